# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Addresses and routes: ``ip [-o|-br] addr``, ifconfig, ``ip route``, ``route -n``, ``/proc/net/route``. Samples::

    2: eth0    inet 203.0.113.10/24 brd 203.0.113.255 scope global eth0\\       valid_lft forever preferred_lft forever
    2: eth0@if10: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000
    ppp0             UNKNOWN        10.99.0.1 peer 10.99.0.100/32
    eth0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500
    eth0	00000000	010071CB	0003	0	0	0	00000000	0	0	0
"""

from __future__ import annotations

import re
import typing as t

_ONE = re.compile(r'^\d+: (\S+?)(?:@\S+)?\s+inet6? (\S+)(?: peer (\S+))?')
_HEAD = re.compile(r'^(?:\d+: )?([\w.-]+)(?:@[\w.-]+)?:? .*?(?:<|flags=).*?\bmtu (\d+)|^([\w.:-]+)\s+Link encap:')
_BRIEF = re.compile(r'^([\w.-]+)(?:@\S+)?\s+(?:UNKNOWN|UP|DOWN|LOWERLAYERDOWN|DORMANT)\b(.*)')
_INET = re.compile(r'^\s+inet6?\s+(?:addr:\s*)?(\S+)(?:.*?\bpeer (\S+))?(?:.*?(?:netmask|Mask:)\s*(\S+))?')


def parse(text: str) -> dict[str, dict[str, t.Any]]:
    """``{name: {'addresses': [cidr, ..], 'mtu': int or None}}`` in the order of the text, link-local ones left out."""
    found: dict[str, dict[str, t.Any]] = {}
    name = ''
    for whole in text.splitlines():
        line = whole[:500]
        one, head, brief, inet = _ONE.match(line), _HEAD.match(line), _BRIEF.match(line), _INET.match(line)
        if one:
            _add(found, one.group(1), one.group(2), one.group(3))
        elif head:
            name = head.group(1) or head.group(3)
            entry = found.setdefault(name, {'addresses': [], 'mtu': None})
            entry['mtu'] = int(head.group(2)[:9]) if head.group(2) else None
        elif brief:
            found.setdefault(brief.group(1), {'addresses': [], 'mtu': None})
            for address, peer in re.findall(r'(?<!peer )(\b[0-9a-fA-F:.]+(?:/\d+)?)(?: peer (\S+))?', brief.group(2)):
                _add(found, brief.group(1), address, peer)
        elif inet and name:
            _add(found, name, inet.group(1), inet.group(2), inet.group(3))
        elif name and 'MTU:' in line:
            size = re.search(r'MTU:(\d+)', line)
            found[name]['mtu'] = int(size.group(1)[:9]) if size else None
    return found


def _add(found: dict[str, t.Any], name: str, address: str, peer: str | None, netmask: str | None = None) -> None:
    entry = found.setdefault(name, {'addresses': [], 'mtu': None})
    if '/' not in address and netmask and re.fullmatch(r'[\d.]{7,15}', netmask):
        address += '/%d' % sum(bin(int(part)).count('1') for part in netmask.split('.') if part)
    elif peer and '/' not in address:
        address += '/32'
    if not address.lower().startswith('fe80') and len(entry['addresses']) < 8:
        entry['addresses'].append(address[:50])


def routes(text: str) -> list[tuple[str, str, str | None]]:
    """``[(cidr or 'default', device, gateway or None), ..]`` in the order of the text."""
    found: list[tuple[str, str, str | None]] = []
    for line in text.splitlines():
        words = line.split()
        if len(words) >= 8 and all(re.fullmatch('[0-9A-Fa-f]{8}', words[at]) for at in (1, 2, 7)):
            target, via, mask = (_quad(words[at]) for at in (1, 2, 7))
            found.append((_cidr(target, mask), words[0], None if via == '0.0.0.0' else via))
        elif 'dev' in words[:-1]:
            where = dict(zip(words, words[1:]))
            target = words[0] if '/' in words[0] or words[0] == 'default' else words[0] + '/32'
            if words[0] not in ('unreachable', 'blackhole', 'prohibit', 'local', 'broadcast'):
                found.append((target, where['dev'], where.get('via')))
        elif len(words) == 8 and words[0][0].isdigit() and re.fullmatch(r'[\d.]{7,15}', words[2]):
            found.append((_cidr(words[0], words[2]), words[7], None if words[1] in ('0.0.0.0', '*') else words[1]))
    return found


def _quad(text: str) -> str:
    return '.'.join(str(int(text[at:at + 2], 16)) for at in (6, 4, 2, 0))


def _cidr(target: str, mask: str) -> str:
    width = sum(bin(int(part)).count('1') for part in mask.split('.') if part)
    return 'default' if (target, width) == ('0.0.0.0', 0) else '%s/%d' % (target, width)
