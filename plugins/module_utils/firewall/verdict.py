# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a rule set does with a flow: one verdict, or ``unknown`` where a match cannot be decided here."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.firewall import model as m

_FINAL = ('accept', 'drop', 'reject')
_DEPTH = 32   # nested chains; netfilter itself refuses more than a stack of 16 in nft
_NEW = frozenset(['new'])
_HELPED = frozenset(['related', 'established'])
# daemons.md 7.3: with the helper GRE is RELATED, then ESTABLISHED; without it NEW for ever, in both directions
GRE_STATES = {True: _HELPED, False: _NEW, None: _NEW | _HELPED}


def flows(wan: str | None, pool: int | None, helper: bool | None) -> dict[str, m.Flow]:
    """The flows of a PPTP server whose outer interface is *wan* and whose clients get an address like *pool*."""
    gre = GRE_STATES[helper]
    out = (wan, pool, 'world')
    return {
        'tcp1723_in': m.Flow(('prerouting', 'input'), 'tcp', 1723, _NEW, wan, '', 'any', None),
        'gre_in': m.Flow(('prerouting', 'input'), 'gre', None, gre, wan, '', 'any', None),
        'gre_out': m.Flow(('output', 'postrouting'), 'gre', None, gre, '', wan, None, 'any'),
        'forward_from_ppp': m.Flow(('prerouting', 'forward', 'postrouting'), 'tcp', 443, _NEW, 'ppp0', *out),
        'masquerade': m.Flow(('postrouting',), 'tcp', 443, _NEW, '', *out),
    }


class Verdict(t.NamedTuple):
    """*verdict* and the rule (or base chain, for its policy) that decides; *undecided*: the rule in doubt."""

    verdict: str
    by: m.Rule | m.Chain | None = None
    undecided: m.Rule | None = None


def judge(rules: m.Ruleset, flow: m.Flow, kind: str = 'filter') -> Verdict:
    """The first base chain that drops or rejects decides; one in doubt makes the whole unknown; else accept.

    With *kind* ``nat`` the verdict is ``yes`` (the source address is rewritten), ``no`` or ``unknown``.
    """
    bases = [key for key, chain in rules.items()
             if chain.hook in flow.hooks and (chain.kind == 'nat') == (kind == 'nat')]
    bases.sort(key=lambda key: (flow.hooks.index(rules[key].hook), rules[key].priority))
    results = [_base(rules, key, flow) for key in bases]
    if kind == 'nat':
        results = [item._replace(verdict={'masquerade': 'yes', 'unknown': 'unknown'}.get(item.verdict, 'no'))
                   for item in results]
    for wanted in (('yes',) if kind == 'nat' else ('drop', 'reject'), ('unknown',)):
        for item in results:
            if item.verdict in wanted:
                return item
    named = [item for item in results if isinstance(item.by, m.Rule)] or results
    return named[-1] if named else Verdict('no' if kind == 'nat' else 'accept')


def _base(rules: m.Ruleset, key: tuple[str, str], flow: m.Flow) -> Verdict:
    found, doubt = _walk(rules, key, flow, {}, _DEPTH)
    chain = rules[key]
    if 'return' in found:
        found.pop('return')
        found.setdefault(chain.policy, chain)
    if set(found) <= {'drop', 'reject'} and len(found) > 1:
        found.pop('reject')
    if len(found) == 1:
        return Verdict(*next(iter(found.items())))
    return Verdict('unknown', None, doubt)


def _walk(rules: m.Ruleset, key: tuple[str, str], flow: m.Flow, memo: dict[t.Any, t.Any],
          depth: int) -> tuple[dict[str, t.Any], m.Rule | None]:
    """``({possible outcome: first rule that gives it}, rule in doubt)``; ``return`` is the end of the chain."""
    if key in memo:
        return dict(memo[key][0]), memo[key][1]
    if depth == 0 or key not in rules:
        return dict.fromkeys(('return',) if key not in rules else ('return', 'drop', 'accept')), None
    memo[key] = ({'return': None}, None)   # a loop ends here
    found: dict[str, t.Any] = {}
    doubt = None
    for rule in rules[key].rules:
        if rule.action in _FINAL or rule.action in ('return', 'masquerade', 'jump', 'goto'):
            got = m.match(rule, flow)
            if got == m.NO:
                continue
            result, inner = _result(rules, key, rule, flow, memo, depth)
            if got == m.SOME:
                result = {name: by for name, by in result.items() if name in ('accept', 'masquerade')}
            stays = got == m.YES and (rule.action != 'jump' or 'return' not in result)
            if rule.action == 'jump':
                result.pop('return', None)
            for name, by in result.items():
                found.setdefault(name, by)
            doubt = doubt or inner or (rule if got != m.YES and result else None)
            if stays:
                break
    else:
        found.setdefault('return', None)
    memo[key] = (dict(found), doubt)
    return found, doubt


def _result(rules: m.Ruleset, key: tuple[str, str], rule: m.Rule, flow: m.Flow, memo: dict[t.Any, t.Any],
            depth: int) -> tuple[dict[str, t.Any], m.Rule | None]:
    if rule.action in ('jump', 'goto'):
        return _walk(rules, (key[0], rule.arg), flow, memo, depth - 1)
    return {rule.action: rule}, None


def dead_accepts(rules: m.Ruleset, flow: m.Flow, decider: m.Rule) -> list[m.Rule]:
    """Rules that would accept *flow* in so many words, but stand behind *decider*, in rule order."""
    dead: list[m.Rule] = []
    for key, chain in rules.items():
        if chain.hook in flow.hooks and chain.kind != 'nat':
            seen: set[t.Any] = set()
            order = list(_reachable(rules, key, flow, seen, _DEPTH))
            if decider in order:
                behind = order[order.index(decider) + 1:]
                dead += [rule for rule in behind if rule.action == 'accept' and names(rule)]
    return dead


def _reachable(rules: m.Ruleset, key: tuple[str, str], flow: m.Flow, seen: set[t.Any],
               depth: int) -> t.Iterator[m.Rule]:
    if key in seen or key not in rules or not depth:
        return
    seen.add(key)
    for rule in rules[key].rules:
        if m.match(rule, flow) != m.NO:
            yield rule
            if rule.action in ('jump', 'goto'):
                yield from _reachable(rules, (key[0], rule.arg), flow, seen, depth - 1)


def names(rule: m.Rule) -> bool:
    """Whether *rule* speaks of GRE or of a port."""
    return any(kind == 'dport' or kind == 'proto' and 'gre' in value for kind, negated, value in rule.tests)
