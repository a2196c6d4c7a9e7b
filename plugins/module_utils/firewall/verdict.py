# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a rule set does with a packet: accept, drop or reject, or ``unknown`` and the match that cannot be decided.

A packet passes only if every base chain of each of its hooks lets it pass, in the order of their priorities, whichever
tool made them. What the rules do to it on the way (marks, helper, NAT, MSS) is carried along.
"""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.firewall import model as m

_DEPTH = 64          # nested chains; nft allows 16 (NFT_JUMP_STACK_SIZE), iptables as many as there are chains
_STEPS = 1000000     # rules looked at for one packet
_PASSED = 8          # rules on the way that are kept
_CLOSED = frozenset(['drop', 'reject'])
_FINAL = _CLOSED | {'accept', 'return', 'masquerade', 'dnat', 'redirect', 'stolen'}
_OPENS = frozenset(['accept', 'masquerade'])
_FIRST = frozenset(['new', 'related'])
_NAT = frozenset(['masquerade', 'dnat', 'redirect'])
_MOVES = _NAT - {'masquerade'}
# net/netfilter/nf_nat_proto.c: all nat chains of a hook run at one place, whatever their own priorities
_NAT_PLACE = {'prerouting': -100, 'output': -100, 'input': 100, 'postrouting': 100}
_ROUTES = {'local': ('input',), 'away': ('forward', 'postrouting')}
Key = t.Tuple[str, str]
Found = t.Dict[str, t.Any]   # possible outcome: (what gives it, key of its chain); 'return' is the end of the chain


class Verdict(t.NamedTuple):
    """*verdict* and the rule (or base chain, for its policy) that decides, in the chain *key* (table, chain) of *hook*;
    *undecided*: the rule in doubt, *match*: what in it; *passed*: rules that matched on the way; *nat*: yes, no or
    unknown, whether the source address is rewritten, *nat_by* which rule says so; *packet*: what came out; *some*:
    rules that let some peers pass."""

    verdict: str
    by: m.Rule | m.Chain | None = None
    undecided: m.Rule | None = None
    match: str | None = None
    key: Key = ('', '')
    hook: str = ''
    passed: tuple[m.Rule, ...] = ()
    nat: str = 'no'
    nat_by: m.Rule | None = None
    packet: m.Packet | None = None
    some: tuple[m.Rule, ...] = ()


def judge(rules: m.Ruleset, flow: m.Flow, through: bool = False) -> Verdict:
    """Send *flow* through *rules*; *through*: on to the last hook even where it is dropped before.

    A hook named ``route`` stands for what routing decides: ``input``, or after a DNAT rule the way out. Whether a chain
    of iptables-legacy comes before one of nf_tables with the same priority, no listing tells: both orders are tried.
    """
    result = _judge(rules, flow, through, False)
    if not any(table.startswith(LEGACY) for table, _chain in rules) or all(
            table.startswith(LEGACY) for table, _chain in rules):
        return result
    other = _judge(rules, flow, through, True)
    closed = {result.verdict, other.verdict} <= _CLOSED
    if result.verdict != other.verdict and not closed:
        doubt = next((item for item in (other, result) if item.verdict == 'unknown'), None)
        rule = doubt.undecided if doubt else _rule_of(result, other)
        result = result._replace(verdict='unknown', by=None, undecided=rule, match='order')
    if result.nat != other.nat:
        result = result._replace(nat='unknown')
    if result.packet and other.packet:
        result.packet.join(other.packet)
    return result


LEGACY = 'iptables-legacy'


def _rule_of(*results: Verdict) -> m.Rule:
    found = [item.by for item in results if isinstance(item.by, m.Rule)]
    return found[0] if found else m.Rule('', None, (), '', '')


def _judge(rules: m.Ruleset, flow: m.Flow, through: bool, legacy_first: bool) -> Verdict:
    walk = _Walk(rules, flow)
    hooks = list(flow.hooks)
    while hooks:
        hook = hooks.pop(0)
        if hook == 'route':
            hooks = list(_ROUTES['away' if 'dnat' in walk.packet.nat else 'local'])
            if walk.packet.nat_doubt():
                walk.doubt = walk.doubt or (walk.redirect or m.Rule('', None, (), '', ''), 'dnat')
                return walk.result()
            continue
        if hook == 'forward' and flow.outer is not None and 'notrack' in walk.packet.tracked:
            walk.doubt = walk.doubt or (m.Rule('', None, (), '', ''), 'notrack')   # nothing translates it back
            return walk.result()
        for key in _bases(rules, hook, flow, legacy_first):
            walk.base(key, hook)
            if walk.decided and not through:
                return walk.result()
    return walk.result()


def _bases(rules: m.Ruleset, hook: str, flow: m.Flow, legacy_first: bool) -> list[Key]:
    """The base chains of *hook* in the order in which the kernel calls them: of equal priority the newest first
    (net/netfilter/core.c, nf_hook_entries_grow)."""
    found = [key for key, chain in rules.items() if chain.hook == hook]
    device = flow.iif if hook == 'ingress' else flow.oif
    found = [key for key in found if not rules[key].devices or device is None or device in rules[key].devices]
    place = {}
    for key in found:
        chain, last = rules[key], key[0].startswith(LEGACY) != legacy_first
        nat = chain.kind == 'nat'
        place[key] = (_NAT_PLACE.get(hook, 0) if nat else chain.priority, nat, chain.priority, last)
    found.reverse()
    return sorted(found, key=place.__getitem__)


class _Walk:
    """One packet on its way through the base chains."""

    def __init__(self, rules: m.Ruleset, flow: m.Flow) -> None:
        self.rules, self.flow = rules, flow
        self.packet = m.Packet(flow)
        self.decided: tuple[str, t.Any, Key, str, t.Any] | None = None
        self.doubt: tuple[m.Rule, str] | None = None      # the first that leaves the verdict open
        self.accepted: tuple[t.Any, Key, str] | None = None
        self.passed: list[m.Rule] = []
        self.some: list[m.Rule] = []
        self.nat, self.nat_by = 'no', t.cast('m.Rule | None', None)
        self.open_doubt: tuple[m.Rule, str] | None = None
        self.redirect: m.Rule | None = None
        self.left_out: tuple[m.Rule, str] | None = None   # lets most peers pass: what became of the others is not known
        self.steps = 0
        self.sure = True       # every packet of the flow comes here: what a rule sets is set
        self.memo: dict[t.Any, t.Any] = {}

    def result(self) -> Verdict:
        """What the chains so far say together."""
        empty = Verdict('accept', passed=tuple(self.passed), nat=self.nat, nat_by=self.nat_by, packet=self.packet,
                        some=tuple(self.some))
        if self.decided and self.left_out:
            return empty._replace(verdict='unknown', undecided=self.left_out[0], match=self.left_out[1])
        if self.decided:
            word, by, key, hook, doubt = self.decided   # a doubt here: whether it is drop or reject
            rule, match = doubt or (None, None)
            return empty._replace(verdict=word, by=by, undecided=rule, match=match, key=key, hook=hook)
        if self.doubt:
            return empty._replace(verdict='unknown', undecided=self.doubt[0], match=self.doubt[1])
        by, key, hook = self.accepted or (None, ('', ''), '')
        return empty._replace(by=by, key=key, hook=hook)

    def base(self, key: Key, hook: str) -> None:
        """Run the base chain *key*."""
        chain, packet = self.rules[key], self.packet
        packet.hook, packet.priority = hook, chain.priority
        nat = chain.kind == 'nat'
        if nat:
            packet.priority = _NAT_PLACE.get(hook, 0)
            manipulation = 'dnat' if hook in ('prerouting', 'output') else 'snat'
            if manipulation in packet.nat or not packet.states & _FIRST or self.flow.status & {'snat', 'dnat'}:
                return   # a connection that its master's helper translates comes here neither
        self.memo.clear()
        self.open_doubt = None
        before = self.sure
        found = self.chain(key, _DEPTH)
        self.sure = before
        if 'return' in found:
            found.pop('return')
            found.setdefault(chain.policy, (chain, key))
        if nat:
            found = self._natted(found, packet.states <= _FIRST)
        self._settle(found, key, hook)

    def _natted(self, found: Found, new: bool) -> Found:
        """Note what a nat chain did to the addresses; for the verdict it accepts."""
        if not new:
            found.setdefault('accept', (None, ('', '')))
        packet = self.packet
        done = [name for name in found if name in _NAT]
        for name in done:
            rule = found.pop(name)
            found.setdefault('accept', rule)
            which = 'snat' if name == 'masquerade' else 'dnat'
            certain = len(done) == 1 and not set(found) - {'accept'} and found['accept'] is rule and self.sure
            packet.version += 1
            if certain:
                packet.nat.add(which)
            packet.nat_maybe.add(which)
            if which == 'dnat':
                arg = rule[0].arg or (None, None)
                packet.dst = arg[0] if certain else None
                packet.dport = arg[1] or packet.dport if certain else None
                self.redirect = rule[0]
            else:
                packet.src = None
                self.nat, self.nat_by = ('yes' if certain else 'unknown'), rule[0]
        return found

    def _settle(self, found: Found, key: Key, hook: str) -> None:
        """Add what one base chain says to what is known so far."""
        words = set(found)
        if words and words <= _CLOSED and not self.decided:
            word = 'drop' if 'drop' in words else 'reject'
            self.decided = (word, *found[word], hook, self.open_doubt if len(words) > 1 else self.doubt)
        elif words == {'accept'}:
            by = found['accept'][0]
            if isinstance(by, m.Rule) and len(self.passed) < _PASSED and by not in self.passed:
                self.passed.append(by)
            if self.accepted is None or isinstance(by, m.Rule) or not isinstance(self.accepted[0], m.Rule):
                self.accepted = (by, found['accept'][1] or key, hook)
        elif not words <= _CLOSED:
            self.sure = False
            self.doubt = self.doubt or self.open_doubt or (m.Rule('', None, (), '', ''), 'too many rules')

    def chain(self, key: Key, depth: int) -> Found:
        """The possible outcomes of the chain *key*."""
        packet = self.packet
        mark = (key, packet.version, self.sure)
        if mark in self.memo:
            return dict(self.memo[mark])
        if depth == 0 or key not in self.rules or self.steps > _STEPS:
            return dict.fromkeys(('return', 'drop', 'accept'), (None, key))
        self.memo[mark] = {'return': (None, key)}   # a loop ends here
        found: Found = {}
        sure = self.sure
        for rule in self.rules[key].candidates(self.flow):
            self.steps += 1
            got, kind = self._match(rule)
            if got == m.NO:
                continue
            if got == m.YES and rule.action != 'accept' and len(self.passed) < _PASSED:
                self.passed.append(rule)
            if rule.action and self._act(rule, got, kind, key, depth, found):
                break
        else:
            found.setdefault('return', (None, key))
        self.sure = sure and not (set(found) - {'return'} and len(found) > 1)
        if mark[1] == packet.version:
            self.memo[mark] = dict(found)
        else:
            self.memo.pop(mark, None)
        return found

    def _act(self, rule: m.Rule, got: int, kind: str, key: Key, depth: int, found: Found) -> bool:
        """Add to *found* what *rule* may lead to; whether nothing goes on behind it."""
        sure, self.sure = self.sure, self.sure and got == m.YES
        inner = self._outcomes(rule, key, depth)
        self.sure = sure
        if got == m.MOST:   # who is left out: if dropped that says nothing, if let through it does
            opens = set(inner) <= _OPENS | ({'return'} if rule.action == 'jump' else set())
            got = m.YES if opens else m.MAYBE
            if opens and _OPENS & set(inner) and not self.decided:
                self.left_out = self.left_out or (rule, kind)
            self.some += [rule] if rule.action in _CLOSED and len(self.some) < _PASSED else []
        if got == m.SOME and _MOVES & set(inner):   # for them another hook decides
            got = m.MAYBE
        if got == m.SOME:
            self.some += [rule] if 'accept' in inner and len(self.some) < _PASSED else []
            inner = {name: by for name, by in inner.items() if name in ('accept', 'masquerade', 'return')}
        stays = got == m.YES and (rule.action != 'jump' or 'return' not in inner)
        if rule.action == 'jump':
            inner.pop('return', None)
        for name, by in inner.items():
            found.setdefault(name, by)
        if inner and not stays:
            self.sure = False
        if got != m.YES and inner and self.open_doubt is None:
            self.open_doubt = (rule, kind)
        return stays

    def _outcomes(self, rule: m.Rule, key: Key, depth: int) -> Found:
        if rule.action in ('jump', 'goto'):
            target = (key[0], rule.arg)
            if target not in self.rules and self.open_doubt is None:
                self.open_doubt = (rule, 'target')
            return self.chain(target, depth - 1)
        if rule.action == 'stolen':
            self.open_doubt = self.open_doubt or (rule, 'target')
            return dict.fromkeys(('accept', 'drop'), (rule, key))
        return {rule.action: (rule, key)} if rule.action in _FINAL else {}

    def _match(self, rule: m.Rule) -> tuple[int, str]:
        """``(result, kind of the match in doubt)``; effects take place on the way."""
        result, doubt = m.YES, ''
        for test in rule.tests:
            if test[0] == 'set':
                self._effect(test[2], self.sure and result == m.YES)
                continue
            got = m.check(test, self.packet, rule)
            if got == m.NO:
                return m.NO, ''
            if got != m.YES and result != m.MAYBE and (result, got) != (m.SOME, m.MOST):
                result, doubt = got, test[0]
        return result, doubt

    def _effect(self, effect: tuple[str, t.Any], sure: bool) -> None:
        name, value = effect
        packet = self.packet
        before = (packet.helpers, packet.tracked, packet.marks, packet.sizes)
        if name in ('template', 'notrack') and packet.early:
            free = '' in packet.tracked
            state = 'notrack' if name == 'notrack' else 'template'
            if free:
                alone = sure and packet.tracked == {''}
                packet.tracked = frozenset([state]) if alone else packet.tracked | {state}
                if name == 'template' and value:
                    packet.helpers = frozenset([value]) if alone else packet.helpers | {value}
        elif name == 'helper' and not packet.early and 'new' in packet.states and '' in packet.helpers:
            alone = sure and packet.states == {'new'}
            packet.helpers = packet.helpers - {''} | {value} if alone else packet.helpers | {value}
        elif name == 'mark':
            packet.marks = _marks(packet.marks, value, sure)
        elif name == 'mss' and self.flow.proto == 'tcp':
            smaller = frozenset(tuple(sorted({*size, value}, key=str)) for size in packet.sizes)
            packet.sizes = smaller if sure else packet.sizes | smaller
        if before != (packet.helpers, packet.tracked, packet.marks, packet.sizes):
            packet.version += 1


def _marks(old: frozenset[int] | None, value: tuple[int, int] | None, sure: bool) -> frozenset[int] | None:
    """``(mark & ~mask) ^ value``, as ``MARK --set-xmark`` does; *value* None: anything."""
    if value is None or old is None or len(old) > 16:
        return None
    new = frozenset(mark & ~value[1] ^ value[0] for mark in old)
    return new if sure else old | new


def dead_accepts(rules: m.Ruleset, flow: m.Flow, decider: m.Rule) -> list[m.Rule]:
    """Rules that would accept *flow* in so many words, but stand behind *decider*, in rule order."""
    dead: list[m.Rule] = []
    packet = m.Packet(flow)
    for key, chain in rules.items():
        if chain.hook in flow.hooks and chain.kind != 'nat':
            packet.hook, packet.priority = chain.hook, chain.priority
            order = list(_reachable(rules, key, packet, set(), _DEPTH))
            if decider in order:
                behind = order[order.index(decider) + 1:]
                dead += [rule for rule in behind if rule.action == 'accept' and names(rule)]
    return dead


def holds(rule: m.Rule, packet: m.Packet) -> bool:
    """Whether *rule* may match *packet*, as far as its tests say."""
    return all(test[0] == 'set' or m.check(test, packet, rule) != m.NO for test in rule.tests)


def _reachable(rules: m.Ruleset, key: Key, packet: m.Packet, seen: set[t.Any], depth: int) -> t.Iterator[m.Rule]:
    if key in seen or key not in rules or not depth:
        return
    seen.add(key)
    for rule in rules[key].rules:
        if holds(rule, packet):
            yield rule
            if rule.action in ('jump', 'goto'):
                yield from _reachable(rules, (key[0], rule.arg), packet, seen, depth - 1)


def names(rule: m.Rule) -> bool:
    """Whether *rule* speaks of GRE or of a port."""
    return any(kind == 'dport' or kind == 'proto' and 'gre' in value for kind, negated, value in rule.tests)
