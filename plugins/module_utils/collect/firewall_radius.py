# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the rule sets do with RADIUS: a pair of verdicts for each server that pppd asks, and each client of one here."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils import evidence as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.collect import system
from ansible_collections.vpnops.pptp.plugins.module_utils.firewall import flows as fl
from ansible_collections.vpnops.pptp.plugins.module_utils.firewall.model import Flow, ipv4, network
from ansible_collections.vpnops.pptp.plugins.module_utils.host import Host
from ansible_collections.vpnops.pptp.plugins.module_utils.parse.traffic import PORTS

_CLIENTS = 20    # rows of clients
_LOOPBACK = 127 << 24 | 1
_WORST = ('drop', 'reject', 'unknown', 'accept')
Facts = t.Dict[str, t.Any]


def rows(host: Host, trail: ev.Trail, radius: Facts, judge: t.Callable[[Flow], Facts]) -> list[Facts]:
    """``[{kind, server, port, address, out, in}, ..]`` for the servers in the facts *radius*; *judge* gives the facts
    of a flow. Rules for ports that no rule of a recording is kept for cannot be judged."""
    found: list[Facts] = []
    for kind, name, port in (radius.get('targets') or ()) if radius.get('configured') else ():
        address = ipv4(name) if ipv4(name) is not None else _by_name(host, trail, name)
        device, us = _way(host, trail, address)
        asked, answer = fl.radius(address, port, device, us)
        row = {'kind': kind, 'server': name, 'port': port, 'address': address is not None,
               'out': judge(asked), 'in': judge(answer)}
        if str(port) not in PORTS:
            for way in ('out', 'in'):
                row[way] = {'verdict': 'unknown', 'rule': None, 'source': None,
                            'notes': ['rules for UDP port %d are not kept' % port]}
        found.append(row)
    return found


def served(host: Host, trail: ev.Trail, freeradius: Facts, judge: t.Callable[[Flow], Facts]) -> list[Facts]:
    """``[{client, address, port, in, out}, ..]`` for the clients of a FreeRADIUS here, at the ports where it takes
    logins; those on this very host aside."""
    ports = {row[2] for site in freeradius.get('sites') or () for row in site['listens']
             if row[0] != 'acct' and not str(row[1]).startswith(('127.', '::1'))}
    found: list[Facts] = []
    for name, address, *_others in freeradius.get('clients') or ():
        ends = network(address) if address else None
        if ends is None or ends[0] >> 24 == 127 or len(found) >= _CLIENTS:
            continue
        device, us = _way(host, trail, ends[0]) if ends[0] == ends[1] else (None, None)
        for port in sorted(port for port in ports if str(port) in PORTS):
            asked, answer = fl.radius_served((ends,), port, device, us)
            found.append({'client': name, 'address': address, 'port': port, 'in': judge(asked), 'out': judge(answer)})
    return found


def worst(found: list[Facts], way: str) -> Facts | None:
    """Of the servers that check logins, the verdict of the one that fares worst; *way*: out or in."""
    flows = [dict(row[way], server='%s:%d' % (row['server'], row['port'])) for row in found if row['kind'] == 'auth']
    return min(flows, key=lambda flow: _WORST.index(flow['verdict']), default=None)


def _by_name(host: Host, trail: ev.Trail, name: str) -> int | None:
    """The address of *name* in /etc/hosts."""
    for line in (trail.take(host.read('/etc/hosts')) or '').splitlines():
        words = line.partition('#')[0].split()
        if len(words) > 1 and name.lower() in (word.lower() for word in words[1:]) and ipv4(words[0]) is not None:
            return ipv4(words[0])
    return _LOOPBACK if name == 'localhost' else None


def _way(host: Host, trail: ev.Trail, address: int | None) -> tuple[str | None, int | None]:
    """The interface towards *address* and our address there; None where no route tells."""
    if address is None:
        return None, None
    own = {name: [ipv4(cidr.partition('/')[0]) for cidr in link['addresses']]
           for name, link in (system.ip_addr(host, trail) or {}).items()}
    if address >> 24 == 127 or any(address in addresses for addresses in own.values()):
        return 'lo', address
    best: tuple[int, str | None] = (-1, None)
    for target, device, _via in system.routes(host, trail):
        ends = (0, 0xffffffff) if target == 'default' else network(target)
        if ends and ends[0] <= address <= ends[1]:
            best = max(best, (32 - (ends[1] - ends[0]).bit_length(), device), key=lambda item: item[0])
    if best[1] is None:
        near = [name for name, link in (system.ip_addr(host, trail) or {}).items()
                if _inside(address, link['addresses'])]
        best = (0, near[0] if near else None)
    us = [item for item in own.get(best[1] or '', ()) if item is not None]
    return best[1], us[0] if us else None


def _inside(address: int, cidrs: t.Iterable[str]) -> bool:
    return any(ends and ends[0] <= address <= ends[1] for ends in map(network, cidrs))
