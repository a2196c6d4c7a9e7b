# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One shape for the rules of iptables and nft, and whether a rule matches a flow.

A match has four values: ``NO``, ``YES``, ``MAYBE`` (not decidable here) and ``SOME``
(only for some peers: a rule that drops them says nothing about the others).
"""

from __future__ import annotations

import re
import typing as t

NO, SOME, MAYBE, YES = range(4)
# /etc/protocols; iptables-save prints names or numbers, depending on the version
PROTOCOLS = {'1': 'icmp', '6': 'tcp', '17': 'udp', '47': 'gre', '58': 'ipv6-icmp'}
_INNER = re.compile(r'(lo|ppp|docker|br-|virbr|veth|lxc|lxd|wg|tun|tap|cni|cali|flannel)[\d*+.a-z-]*')
_BARE = ('iif', 'oif')


class Rule(t.NamedTuple):
    """*action*: accept, drop, reject, return, jump, goto, masquerade, dnat, mss, helper, ct or ``''``, with *arg*
    (chain, MSS, helper); *tests*: ``(kind, negated, value)``, all of which must hold; *source*: ``name:line``."""

    action: str
    arg: t.Any
    tests: tuple[tuple[str, bool, t.Any], ...]
    source: str
    text: str
    packets: int | None = None


class Chain:
    """Rules in order; base chains have *hook* and *priority* (linux/netfilter_ipv4.h), *policy* and its counter."""

    def __init__(self, source: str, hook: str = '', priority: int = 0, policy: str = 'accept',
                 kind: str = 'filter', packets: int | None = None) -> None:
        self.source, self.hook, self.priority, self.policy = source, hook, priority, policy
        self.kind, self.packets, self.rules = kind, packets, t.cast('list[Rule]', [])


Ruleset = t.Dict[t.Tuple[str, str], Chain]   # (table with its backend, chain)


class Flow(t.NamedTuple):
    """The first packet of a connection. Interfaces: a name, ``''`` for none, ``None`` not known. Addresses: an int,
    ``'any'`` (an arbitrary peer), ``'world'`` (somewhere in the internet), ``None`` (one of our own, or not known)."""

    hooks: tuple[str, ...]
    proto: str
    dport: int | None
    states: frozenset[str]
    iif: str | None
    oif: str | None
    src: t.Any
    dst: t.Any


def network(text: str) -> tuple[int, int] | None:
    """``(network, mask)`` of an IPv4 address, CIDR or address/netmask; ``None`` for anything else."""
    address, _slash, width = text.partition('/')
    value, mask = ipv4(address), ipv4(width) if '.' in width else None
    if width.isdigit() and int(width) <= 32:
        mask = (0xffffffff << (32 - int(width))) & 0xffffffff
    elif not width:
        mask = 0xffffffff
    return (value & mask, mask) if value is not None and mask is not None else None


def ipv4(text: str) -> int | None:
    """The number of a dotted quad, else ``None``."""
    parts = text.split('.')
    if len(parts) != 4 or not all(part.isascii() and part.isdigit() and len(part) < 4 and int(part) < 256
                                  for part in parts):
        return None
    return sum(int(part) << shift for part, shift in zip(parts, (24, 16, 8, 0)))


def match(rule: Rule, flow: Flow) -> int:
    """Whether *rule* matches *flow*. Where the outer interface is not known, a rule that accepts everything on one
    interface is taken for an inner network's."""
    result = YES
    for kind, negated, value in rule.tests:
        got = _test(kind, value, flow)
        if negated:
            got = {NO: YES, YES: NO, SOME: YES}.get(got, got)
        if got == NO:
            return NO
        if got == MAYBE and kind in _BARE and len(rule.tests) == 1 and rule.action == 'accept':
            return NO
        if got != YES and result != MAYBE:
            result = got
    return result


def _test(kind: str, value: t.Any, flow: Flow) -> int:
    if kind == 'proto':
        return YES if flow.proto in value else NO
    if kind == 'dport':
        return YES if flow.dport is not None and any(low <= flow.dport <= high for low, high in value) else NO
    if kind == 'state':
        return YES if flow.states <= value else MAYBE if flow.states & value else NO
    if kind in _BARE:
        return _interface(flow.iif if kind == 'iif' else flow.oif, value)
    if kind in ('src', 'dst'):
        return _address(flow.src if kind == 'src' else flow.dst, value)
    if kind == 'dsttype':
        return YES if flow.dst is None and 'local' in value else NO
    return value if kind == 'fixed' else MAYBE


def _interface(name: str | None, patterns: t.Sequence[str]) -> int:
    if name is None:
        return NO if all(_INNER.fullmatch(pattern) for pattern in patterns) else MAYBE
    for pattern in patterns:
        if name and (name.startswith(pattern[:-1]) if pattern[-1:] in ('+', '*') else name == pattern):
            return YES
    return NO


def _address(address: t.Any, networks: t.Sequence[tuple[int, int] | None]) -> int:
    if any(net and not net[1] for net in networks):
        return YES
    if address is None or not networks or None in networks:
        return SOME if address == 'any' else MAYBE
    if address in ('any', 'world'):
        return SOME if address == 'any' else NO
    return YES if any(net and address & net[1] == net[0] for net in networks) else NO
