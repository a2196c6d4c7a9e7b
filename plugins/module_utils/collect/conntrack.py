# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The PPTP conntrack helper: assigned by a rule, by the kernel itself, or seen at work."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils import evidence as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.collect import system
from ansible_collections.vpnops.pptp.plugins.module_utils.host import Host
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import conntrack

_SYSCTL = '/proc/sys/net/netfilter/nf_conntrack_helper'
# the kernel assigns helpers by itself: by default before 4.7 (3bb398d925ec), if told to before 6.0 (b118509076b3)
_BY_DEFAULT, _IF_TOLD = (4, 7), (6, 0)


def collect(host: Host, firewall: dict[str, t.Any], kernel_release: str | None) -> dict[str, t.Any]:
    """``pptp_conntrack`` of docs/facts.md, from the host and its ``pptp_firewall`` facts."""
    trail = ev.Trail()
    flows, _seen = table(host, trail)
    sysctl, by_kernel = automatic(host, trail, kernel_release)
    return {'helper_assigned': firewall.get('helper'), 'helper_hook_ok': firewall.get('helper_hook_ok'),
            'helper_late': _late(host, trail) if firewall.get('helper') and firewall.get('helper_hook_ok') else None,
            'helper_sysctl': sysctl, 'automatic': by_kernel, 'gre_flows': flows[:5],
            'stateful_gre': (firewall.get('flows') or {}).get('gre_in', {}).get('stateful'),
            'evidence': trail.as_dict()}


@system.once
def table(host: Host, trail: ev.Trail) -> tuple[list[list[t.Any]], bool | None]:
    """See ``parse.conntrack``; the command is left alone where it would load nf_conntrack_netlink."""
    if system.module_table(host, trail).off('nf_conntrack_netlink'):
        trail.note(ev.Evidence('conntrack', ev.ABSENT, 'nf_conntrack_netlink is not loaded'))
        return [], None
    text = _listed(host, trail)
    return conntrack.parse(text) if text is not None else ([], None)


def _listed(host: Host, trail: ev.Trail) -> str | None:
    output, control = trail.take(host.run('conntrack')), host.run('conntrack-control').value
    found = [item.stdout for item in (output, control) if item]
    return '\n'.join(found) if found else None


def _late(host: Host, trail: ev.Trail) -> int | None:
    """Open control connections that have no helper although new ones get it; None where none can be seen."""
    if system.module_table(host, trail).off('nf_conntrack_netlink'):
        return None
    text = _listed(host, trail)
    return None if text is None else conntrack.unhelped(text)


def automatic(host: Host, trail: ev.Trail, release: str | None) -> tuple[int | None, bool | None]:
    """``(sysctl, whether the kernel assigns helpers by itself)``; None where the release is not known."""
    sysctl = system.number(host, trail, _SYSCTL)
    found = re.match(r'(\d{1,3})\.(\d{1,4})', release or '')
    if found is None:
        return sysctl, None
    version = (int(found.group(1)), int(found.group(2)))
    return sysctl, version < _IF_TOLD and (sysctl == 1 or version < _BY_DEFAULT and sysctl is None)
