# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Addresses, routes, forwarding and MTU."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils import evidence as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.collect import system
from ansible_collections.vpnops.pptp.plugins.module_utils.host import Host

_KINDS = (('lo', 'loopback'), ('ppp', 'ppp'), ('docker', 'bridge'), ('br', 'bridge'), ('virbr', 'bridge'),
          ('podman', 'bridge'), ('veth', 'veth'), ('tun', 'tun'),
          ('tap', 'tun'), ('wg', 'wireguard'), ('wl', 'wireless'), ('bond', 'bond'))


def collect(host: Host) -> dict[str, t.Any]:
    """``pptp_addressing`` of docs/facts.md."""
    trail = ev.Trail()
    links = system.ip_addr(host, trail) or {}
    routes = system.routes(host, trail)
    default = next(({'dev': device, 'via': via} for name, device, via in routes if name == 'default'), None)
    interfaces = [_interface(host, trail, name, link) for name, link in list(links.items())[:500]]
    ppp = [link for link in interfaces if link['kind'] == 'ppp']
    kept = [link for link in interfaces if link['kind'] != 'ppp'][:25] + ppp[:5]
    outer = system.wan(host, trail)
    forward = system.number(host, trail, '/proc/sys/net/ipv4/ip_forward')
    proxy = system.number(host, trail, '/proc/sys/net/ipv4/conf/all/proxy_arp')
    return {'interfaces': kept, 'default_route': default, 'routes': [[name, device] for name, device, _via in routes
                                                                     if name != 'default'][:30],
            'ip_forward': None if forward is None else bool(forward),
            'proxy_arp': None if proxy is None else bool(proxy),
            'wan_mtu': next((link['mtu'] for link in interfaces if link['name'] == outer), None),
            'ppp_count': len(ppp), 'evidence': trail.as_dict()}


def _interface(host: Host, trail: ev.Trail, name: str, link: dict[str, t.Any]) -> dict[str, t.Any]:
    mtu = link['mtu']
    if mtu is None and not name.startswith('ppp') and re.fullmatch(r'[\w.:-]{1,15}', name):
        mtu = system.number(host, ev.Trail(), '/sys/class/net/%s/mtu' % name)
    kind = next((word for prefix, word in _KINDS if name.startswith(prefix)), 'ether')
    return {'name': name[:40], 'addresses': link['addresses'], 'mtu': mtu, 'kind': kind}
