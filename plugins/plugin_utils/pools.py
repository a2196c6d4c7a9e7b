# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Address pools, interfaces and routes as sets of addresses."""

from __future__ import annotations

import functools
import typing as t

try:
    import netaddr
except ImportError:   # the action plugin says so before it judges
    netaddr = None

from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts, listed


@functools.cache
def private() -> netaddr.IPSet:
    """RFC 1918 and RFC 6598: addresses that the internet does not route back."""
    return netaddr.IPSet(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'])


def address(value: t.Any) -> netaddr.IPAddress | None:
    """An IPv4 address, or ``None``."""
    try:
        found = netaddr.IPAddress(str(value).split('/', maxsplit=1)[0], flags=netaddr.INET_PTON)
    except (netaddr.AddrFormatError, ValueError, TypeError):
        return None
    return found if found.version == 4 else None


def network(value: t.Any) -> netaddr.IPNetwork | None:
    """An IPv4 network with its host part, or ``None``; ``default`` is 0.0.0.0/0."""
    try:
        found = netaddr.IPNetwork('0.0.0.0/0' if value == 'default' else str(value))
    except (netaddr.AddrFormatError, ValueError, TypeError):
        return None
    return found if found.version == 4 else None


def pool(facts: Facts, name: str) -> netaddr.IPSet | None:
    """The addresses of ``localip`` or ``remoteip``, or ``None`` when not known or empty."""
    rows = facts.rows('pptp_conf', name, width=2)
    if not rows:
        return None
    found = netaddr.IPSet()
    for first, last in rows:
        low, high = address(first), address(last)
        if low is not None and high is not None and low <= high:
            found.update(netaddr.IPSet(netaddr.IPRange(low, high)))
    return found or None


def show(addresses: netaddr.IPSet) -> str:
    """A short name of a set: its ranges, at most three."""
    ranges = [str(item) for item in addresses.iter_ipranges()]
    return ', '.join(ranges[:3]) + (', ...' if len(ranges) > 3 else '')


def spanning(addresses: netaddr.IPSet) -> str:
    """The smallest network that holds them all."""
    cidrs = list(addresses.iter_cidrs())
    return str(netaddr.spanning_cidr(cidrs) if len(cidrs) > 1 else cidrs[0])


def overlaps(addresses: netaddr.IPSet, lan: netaddr.IPNetwork, inside: bool) -> bool:
    """Whether *addresses* reach into *lan*; lying wholly in it counts only where *inside* says so."""
    others = netaddr.IPSet(lan.cidr)
    return bool(addresses & others) and (inside or not addresses.issubset(others))


def is_private(addresses: netaddr.IPSet) -> bool:
    """Whether all of them are private."""
    return addresses.issubset(private())


def excludes(addresses: netaddr.IPSet, column: t.Any) -> bool:
    """Whether an address column surely allows none of *addresses*.

    A single host overrides the pool, so it never excludes (auth.c set_allowed_addrs, ipcp.c); what is not
    understood excludes nothing.
    """
    if not isinstance(column, list) or not column:
        return False
    allowed = netaddr.IPSet()
    for item in column:
        found = network(item) if isinstance(item, str) and not item.startswith('!') else None
        if found is None or found.prefixlen == 32:
            return column == ['-']
        allowed.add(found.cidr)
    return not allowed & addresses


def interfaces(facts: Facts, tunnels: bool = False) -> list[tuple[str, netaddr.IPNetwork]] | None:
    """``(name, address with prefix)`` of the interfaces, without loopback; ppp ones only with *tunnels*."""
    entries = facts.maps('pptp_addressing', 'interfaces')
    if not entries:
        return None
    found = []
    for entry in entries:
        name = str(entry.get('name') or '')
        if name == 'lo' or is_tunnel(name, entry.get('kind')) != tunnels:
            continue
        for item in listed(entry.get('addresses')):
            parsed = network(item)
            if parsed is not None:
                found.append((name, parsed))
    return found


def busy(facts: Facts) -> int | None:
    """How many PPP interfaces there are now; ``None`` when the interfaces were not read."""
    return facts.number('pptp_addressing', 'ppp_count') if facts.maps('pptp_addressing', 'interfaces') else None


def is_tunnel(name: t.Any, kind: t.Any = None) -> bool:
    """Whether an interface is a PPP one."""
    return kind == 'ppp' or str(name or '').startswith('ppp')


def route_to(facts: Facts, target: netaddr.IPAddress) -> tuple[netaddr.IPNetwork, str] | None:
    """The most specific route to *target*, ``(network, device)``, or ``None`` when the routes are not known."""
    best: tuple[netaddr.IPNetwork, str] | None = None
    for cidr, device in facts.rows('pptp_addressing', 'routes', width=2) or []:
        found = network(cidr)
        if found is not None and target in found and (best is None or found.prefixlen > best[0].prefixlen):
            best = (found, str(device or ''))
    default = facts.text('pptp_addressing', 'default_route', 'dev')
    if best is None and default:
        best = (netaddr.IPNetwork('0.0.0.0/0'), default)
    return best
