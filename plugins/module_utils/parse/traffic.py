# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rules that match no packet of ours. Sample: ``tcp dport 22 accept``."""

from __future__ import annotations

import re

_OTHER_PORT = re.compile(r'(?:--dports?|dport) [{ ]*(\d+(?:[, ]+\d+)*)')
# PPTP, HTTPS, RADIUS (RFC 2865, 2866), bytes of GRE
PORTS = frozenset('1723 443 1812 1813 1645 1646 34827'.split())
_OTHER_PROTOCOL = re.compile(r' -p (?:icmp|ipv6|sctp|esp|ah|udplite|ipv6-icmp|1|50|51)\b'
                             r'|^\s*(?:icmp|icmpv6|icmpx|ip6|sctp|arp|esp) (?!.*\bvmap\b)'
                             r'|meta l4proto (?:icmp|icmpv6|ipv6-icmp|sctp|esp|ah)\b')


def other_traffic(line: str) -> bool:
    """Whether *line*, of iptables-save or nft, is one."""
    if '!' in line or '...' in line:
        return False
    if _OTHER_PROTOCOL.search(line):
        return True
    ports = _OTHER_PORT.search(line) if 'port' in line and 'vmap' not in line else None
    return ports is not None and line[ports.end():][:1] not in ('-', ':', '.') and PORTS.isdisjoint(
        re.findall(r'\d+', ports.group(1)))
