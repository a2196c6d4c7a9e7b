# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One shape for the rules of iptables and nft, and whether a match holds for a packet.

A match has five values: ``NO``, ``YES``, ``MAYBE`` (not decidable here), ``SOME`` (only for some
peers: a rule that drops them says nothing about the others) and ``MOST`` (for all but some).
"""

from __future__ import annotations

import re
import typing as t

NO, SOME, MAYBE, MOST, YES = range(5)
# /etc/protocols; iptables-save prints names or numbers, depending on the version
PROTOCOLS = {'1': 'icmp', '6': 'tcp', '17': 'udp', '47': 'gre', '58': 'ipv6-icmp', 'icmpv6': 'ipv6-icmp'}
CONNTRACK = -200   # NF_IP_PRI_CONNTRACK, linux/netfilter_ipv4.h: before it a packet has no connection
ANY_PORT = 65535
# bytes 0-1 and 2-3 of a GRE header of PPTP (RFC 2637 section 4.1): what ``th sport`` and ``th dport`` of nft see
GRE_PORTS = (0x3001, 0x880b)
_EPHEMERAL = (1024, ANY_PORT)
_INNER = re.compile(r'(lo|ppp|docker|br-|virbr|veth|lxc|lxd|wg|tun|tap|cni|cali|flannel)[\d*+.a-z-]*')
_BARE = ('iif', 'oif')
Test = t.Tuple[str, bool, t.Any]


class Rule(t.NamedTuple):
    """*action*: accept, drop, reject, return, jump, goto, masquerade, dnat, redirect, stolen (to user space) or ``''``,
    with *arg*; *tests*: ``(kind, negated, value)`` in order, all of which must hold; the kind ``set`` is no match but
    an effect, ``(name, value)``: helper, ct, notrack, mss, mark. *source*: ``name:line``; *position*: in its chain."""

    action: str
    arg: t.Any
    tests: tuple[Test, ...]
    source: str
    text: str
    packets: int | None = None
    position: int = 0


class Chain:
    """Rules in order; base chains have *hook* and *priority* (linux/netfilter_ipv4.h), *policy* and its counter."""

    def __init__(self, source: str, hook: str = '', priority: int = 0, policy: str = 'accept',
                 kind: str = 'filter', packets: int | None = None) -> None:
        self.source, self.hook, self.priority, self.policy = source, hook, priority, policy
        self.kind, self.packets, self.rules = kind, packets, t.cast('list[Rule]', [])
        self.devices: tuple[str, ...] = ()   # of an ingress or egress hook
        self.count = 0                       # rules read, with those that were left out
        self._candidates: dict[str, list[Rule]] = {}

    def candidates(self, flow: Flow) -> list[Rule]:
        """The rules without those for another protocol than that of *flow*, which cannot change on the way."""
        if flow.proto not in self._candidates:
            self._candidates[flow.proto] = [rule for rule in self.rules if not _other_protocol(rule, flow.proto)]
        return self._candidates[flow.proto]


def _other_protocol(rule: Rule, proto: str) -> bool:
    for kind, negated, value in rule.tests:
        if kind == 'set':
            return False
        if kind == 'proto' and 'unknown' not in value and (proto in value) is negated:
            return True
    return False


Ruleset = t.Dict[t.Tuple[str, str], Chain]   # (table with its backend, chain)


class Flow(t.NamedTuple):
    """A packet of a connection. Interfaces: a name, ``''`` for none, ``None`` not known. Addresses: an int, a tuple of
    networks ``((first, last), ..)``, ``'any'`` (an arbitrary peer), ``'rest'`` (a peer that no rule names), ``'world'``
    (somewhere in the internet), ``None`` (one of our own, or not known).
    *status*: what conntrack says of the connection for certain (``dnat``, ``expected``, ..); *outer*: the destination
    before conntrack translates an answer back."""

    hooks: tuple[str, ...]
    proto: str
    dport: int | None
    states: frozenset[str]
    iif: str | None
    oif: str | None
    src: t.Any
    dst: t.Any
    sport: int | None = None
    flags: str = 'syn'
    status: frozenset[str] = frozenset()
    direction: str | None = 'original'
    pmtu: int | None = None
    outer: int | None = None


class Packet:
    """A flow on its way: where it is, and what the rules made of it so far. Each of *marks*, *helpers*, *tracked* and
    *sizes* is the set of values that it may have (``None``: any)."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.hook, self.priority = '', 0
        self.src, self.dst, self.dport = flow.src, flow.dst, flow.dport
        self.nat: set[str] = set()       # dnat, snat: done
        self.nat_maybe: set[str] = set()
        self.marks: frozenset[int] | None = frozenset([0])
        self.helpers: frozenset[str] = frozenset([''])
        self.tracked: frozenset[str] = frozenset([''])   # 'template' after a CT rule, 'notrack'
        self.sizes: frozenset[tuple[t.Any, ...]] = frozenset([()])   # of the clamps that were met
        self.version = 0

    def join(self, other: Packet) -> None:
        """Add what became of the same packet on another way."""
        self.marks = None if self.marks is None or other.marks is None else self.marks | other.marks
        self.helpers, self.tracked = self.helpers | other.helpers, self.tracked | other.tracked
        self.sizes = self.sizes | other.sizes

    @property
    def early(self) -> bool:
        """Whether conntrack has not seen the packet yet."""
        return self.hook == 'ingress' or self.hook in ('prerouting', 'output') and self.priority < CONNTRACK

    def nat_doubt(self) -> set[str]:
        """Which of dnat and snat may have been done or not."""
        return self.nat_maybe - self.nat

    @property
    def states(self) -> frozenset[str]:
        """The states that ``ct state`` may show (net/netfilter/nft_ct.c: no connection reads as invalid)."""
        found: set[str] = set()
        for tracked in self.tracked:
            found.update(['untracked'] if tracked == 'notrack' else ['new'] if tracked and self.early else
                         ['invalid'] if self.early else self.flow.states)
        return frozenset(found)


def network(text: str) -> tuple[int, int] | None:
    """``(first, last)`` of an IPv4 address, CIDR, address/netmask or range; ``None`` for anything else."""
    if '-' in text:
        low, _dash, high = text.partition('-')
        first, last = ipv4(low), ipv4(high)
        return (first, last) if first is not None and last is not None else None
    address, _slash, width = text.partition('/')
    value, mask = ipv4(address), ipv4(width) if '.' in width else None
    if width.isdigit() and int(width) <= 32:
        mask = (0xffffffff << (32 - int(width))) & 0xffffffff
    elif not width:
        mask = 0xffffffff
    if value is None or mask is None or (mask ^ 0xffffffff) & ((mask ^ 0xffffffff) + 1):
        return None
    return value & mask, (value & mask) | (mask ^ 0xffffffff)


def cidr(ends: tuple[int, int]) -> str:
    """``192.0.2.0/24`` of its first and last address; a range that is no network as ``first-last``."""
    first, last = ('.'.join(str(number >> shift & 255) for shift in (24, 16, 8, 0)) for number in ends)
    size = ends[0] ^ ends[1]
    if size & (size + 1) or ends[0] & size:
        return '%s-%s' % (first, last)
    return '%s/%d' % (first, 32 - size.bit_length()) if size else first


def ipv4(text: str) -> int | None:
    """The number of a dotted quad, else ``None``."""
    parts = text.split('.')
    value = 0
    for part in parts:
        if not part.isdigit() or len(part) > 3 or not part.isascii() or int(part) > 255:
            return None
        value = value << 8 | int(part)
    return value if len(parts) == 4 else None


def check(test: Test, packet: Packet, rule: Rule) -> int:
    """Whether *test* of *rule* holds for *packet*. Where the outer interface is not known, a rule that accepts
    everything on one interface is taken for an inner network's."""
    kind, negated, value = test
    got = _KINDS[kind](value, packet) if kind in _KINDS else MAYBE
    if got < 0:   # no such thing in this packet: neither the match nor its opposite holds
        return NO
    if negated:
        got = {NO: YES, YES: NO, SOME: MOST, MOST: SOME}.get(got, got)
    if got == MAYBE and kind in _BARE and len(rule.tests) == 1 and rule.action == 'accept':
        return NO
    return got


def _all(values: t.Iterable[t.Any], holds: t.Callable[[t.Any], bool]) -> int:
    found = {holds(value) for value in values}
    return MAYBE if len(found) != 1 else YES if True in found else NO


def _proto(value: t.Any, packet: Packet) -> int:
    if 'unknown' in value and packet.flow.proto not in value:
        return MAYBE
    return YES if packet.flow.proto in value else NO


def _port(port: int | None, ranges: t.Any) -> int:
    if None in ranges:   # a service whose number is not known here
        return YES if _port(port, [item for item in ranges if item]) == YES else MAYBE
    if port is not None:
        return YES if any(low <= port <= high for low, high in ranges) else NO
    low, high = _EPHEMERAL
    if any(first <= low and last >= high for first, last in ranges):
        return YES
    return MAYBE if any(last >= low for _first, last in ranges) else NO


def _ports(value: t.Any, packet: Packet, which: int) -> int:
    flow = packet.flow
    if flow.proto == 'gre':
        return _port(GRE_PORTS[which], value)
    return _port((flow.sport, packet.dport)[which], value)


def _state(value: t.Any, packet: Packet) -> int:
    nat = {name for name in ('dnat', 'snat') if name in packet.nat or name in packet.flow.status}
    if value & nat and not packet.early:
        return YES
    if value & packet.nat_doubt():
        return MAYBE
    return YES if packet.states <= value else MAYBE if packet.states & value else NO


def _status(value: t.Any, packet: Packet) -> int:
    """``ct status``: what a NEW connection cannot be (linux/netfilter/nf_conntrack_common.h), the rest MAYBE."""
    if packet.early or 'untracked' in packet.states:
        return -1 if packet.states <= frozenset(['untracked', 'invalid', 'new']) else MAYBE
    if value & (packet.flow.status | packet.nat):
        return YES
    known = {'dnat', 'snat', 'expected', 'dying'} - packet.nat_doubt()
    if packet.flow.states <= frozenset(['new']):
        known |= {'seen-reply', 'assured'}
    return NO if value <= known else MAYBE


def _all_status(value: t.Any, packet: Packet) -> int:
    """``ct status`` compared as a whole: beside dnat and snat there is always the bit that says it was done."""
    if packet.early or 'untracked' in packet.states:
        return _status(value, packet)
    return NO if value <= {'dnat', 'snat'} else MAYBE


def _direction(value: t.Any, packet: Packet) -> int:
    if packet.early or 'untracked' in packet.states:
        return -1 if packet.states <= frozenset(['untracked', 'invalid']) else MAYBE
    return MAYBE if packet.flow.direction is None else YES if packet.flow.direction in value else NO


def _mark(value: t.Any, packet: Packet) -> int:
    mask, ranges = value
    if packet.marks is None or None in ranges:
        return MAYBE
    return _all(packet.marks, lambda mark: any(low <= mark & mask <= high for low, high in ranges))


def _flags(value: t.Any, packet: Packet) -> int:
    """TCP flags: *value* is ``(mask or None for any of, wanted)``."""
    if packet.flow.proto != 'tcp':
        return NO
    mask, wanted = value
    have = frozenset(packet.flow.flags.split(','))
    return YES if (have & mask == wanted if mask is not None else have & wanted) else NO


def _interface(name: str | None, patterns: t.Sequence[str]) -> int:
    if name is None:
        return NO if all(_INNER.fullmatch(pattern) for pattern in patterns) else MAYBE
    for pattern in patterns:
        if name.startswith(pattern[:-1]) if pattern[-1:] == '*' else name == pattern:
            return YES
    return NO


def _iif(value: t.Any, packet: Packet) -> int:
    flow = packet.flow
    if flow.iif is None and flow.oif and tuple(value) == (flow.oif,):
        return NO   # what is forwarded leaves by another interface
    return _interface('' if packet.hook == 'output' else flow.iif, value)


def _oif(value: t.Any, packet: Packet) -> int:
    flow = packet.flow
    if flow.oif is None and flow.iif and tuple(value) == (flow.iif,):
        return NO
    return _interface('' if packet.hook in ('prerouting', 'input', 'ingress') else flow.oif, value)


_EVERY = (0, 0xffffffff)


def _address(address: t.Any, ranges: t.Sequence[tuple[int, int] | None]) -> int:
    if _EVERY in ranges:
        return YES
    if isinstance(address, int):
        found = any(item and item[0] <= address <= item[1] for item in ranges)
        return YES if found else MAYBE if None in ranges or not ranges else NO
    if isinstance(address, tuple):
        inside = [any(item and item[0] <= low and high <= item[1] for item in ranges) for low, high in address]
        apart = all(item and (item[1] < low or high < item[0]) for low, high in address for item in ranges) and ranges
        return YES if all(inside) else NO if apart else MAYBE
    if address == 'any':
        return SOME
    return MAYBE if address is None or None in ranges or not ranges else NO


def _before_nat(packet: Packet) -> bool:
    return packet.flow.outer is not None and packet.hook in ('ingress', 'prerouting') and packet.priority < -100


def _destination(value: t.Any, packet: Packet) -> int:
    return _address(packet.flow.outer if _before_nat(packet) else packet.dst, value)


def _type(value: t.Any, local: bool) -> int:
    """``addrtype``/``fib type``: a peer is unicast, an address of ours local."""
    return YES if ('local' if local else 'unicast') in value else NO


def _dst_type(value: t.Any, packet: Packet) -> int:
    ours = packet.hook in ('prerouting', 'input', 'ingress') and bool({'input', 'route'} & set(packet.flow.hooks))
    if _before_nat(packet):
        return _type(value, True)
    return _type(value, ours and 'dnat' not in packet.nat) if not packet.nat_doubt() else MAYBE


def _src_type(value: t.Any, packet: Packet) -> int:
    return _type(value, 'output' in packet.flow.hooks)


def _helper(value: t.Any, packet: Packet) -> int:
    """``ct helper``: that of the connection that announced this one (net/netfilter/nft_ct.c)."""
    if packet.early or packet.states == {'untracked'}:
        return -1
    if 'expected' in packet.flow.status:
        return YES if value & {'pptp'} else NO
    return -1 if packet.flow.states <= frozenset(['new']) or packet.flow.proto != 'gre' else MAYBE


def _concat(value: t.Any, packet: Packet) -> int:
    """A concatenation: alternatives, each of several tests that must all hold."""
    best = NO
    for tests in value:
        got = YES if tests else MAYBE
        for test in tests:
            got = min(got, check(test, packet, _NOTHING))
            if got == NO:
                break
        best = max(best, got)
    return best


_NOTHING = Rule('', None, (), '', '')
_KINDS: dict[str, t.Callable[[t.Any, Packet], int]] = {
    'proto': _proto, 'state': _state, 'status': _status, 'all-status': _all_status, 'direction': _direction,
    'mark': _mark, 'flags': _flags,
    'dport': lambda value, packet: _ports(value, packet, 1), 'sport': lambda value, packet: _ports(value, packet, 0),
    'iif': _iif, 'oif': _oif, 'helper': _helper, 'concat': _concat,
    'src': lambda value, packet: _address(packet.src, value), 'dst': _destination,
    'dsttype': _dst_type, 'srctype': _src_type, 'fixed': lambda value, packet: t.cast(int, value),
}
