# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the model says of the packets that the kernel was given, and where the two disagree."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.firewall import verdict
from ansible_collections.vpnops.pptp.plugins.module_utils.firewall.model import CONNTRACK, Flow, Ruleset, ipv4
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import iptables, nft
from tests.firewall import netns as n
from tests.firewall.kernel import Outcome

_C, _S, _O, _P = (ipv4(address) for address in (n.CLIENT, n.SERVER, n.OUTSIDE, n.TUNNEL))
_IN, _OUT = ('ingress', 'prerouting', 'route'), ('output', 'postrouting')
_HERE = ('ingress', 'prerouting', 'input')
_THROUGH = ('ingress', 'prerouting', 'forward', 'postrouting')
_NEW, _GOING, _RELATED = (frozenset([name]) for name in ('new', 'established', 'related'))
_SEEN = frozenset(['seen-reply', 'confirmed'])
_EXPECTED = frozenset(['expected'])
_PORT = 30001   # of a client; generated rules do not tell those of one range from each other
_OLD = 20001    # of a connection that was there before the rules
FLOWS = {
    'tcp1723_in': Flow(_IN, 'tcp', 1723, _NEW, 'eth0', 'ppp0', _C, _S, _PORT),
    'tcp1723_established': Flow(_HERE, 'tcp', 1723, _GOING, 'eth0', '', _C, _S, _OLD, 'psh,ack',
                                _SEEN),
    'tcp1723_out': Flow(_OUT, 'tcp', _OLD, _GOING, '', 'eth0', _S, _C, 1723, 'psh,ack', _SEEN, 'reply'),
    'gre_in': Flow(_IN, 'gre', None, _NEW, 'eth0', 'ppp0', _C, _S),
    'gre_out': Flow(_OUT, 'gre', None, _NEW, '', 'eth0', _S, _C),
    'radius_out': Flow(_OUT, 'udp', 1812, _NEW, '', 'eth0', _S, _C, _PORT),
    'radius_in': Flow(_HERE, 'udp', _PORT, _GOING, 'eth0', '', _C, _S, 1812, '', _SEEN, 'reply'),
    'forward_from_ppp': Flow(_THROUGH, 'tcp', 443, _NEW, 'ppp0', 'eth0', _P, _O, _PORT),
    'forward_to_ppp': Flow(_THROUGH, 'tcp', _PORT, _GOING, 'eth0', 'ppp0', _O, _P, 443, 'syn,ack', _SEEN, 'reply'),
}
_CLOSED = {'drop', 'reject'}


class Score(t.NamedTuple):
    """How many verdicts were asked for, how many were unknown, and what disagreed with the kernel."""

    asked: int
    unknown: list[str]
    wrong: list[str]


def parsed(shown: dict[str, str]) -> Ruleset:
    """The rules of what the host's tools show, as the collector puts them together."""
    rules, _problems = nft.parse(shown['nft'], exact=True)
    saved: Ruleset = {}
    for name in ('iptables-save', 'iptables-legacy-save'):
        if name in shown:
            saved.update(iptables.parse(shown[name], name, exact=True)[0])
    known = {table.replace('iptables-save ', 'nft ip ') for table, _chain in saved}
    return {**{key: chain for key, chain in rules.items() if key[0] not in known}, **saved}


def compare(rules: Ruleset, kernel: dict[str, Outcome], helped: dict[str, Outcome] | None) -> Score:
    """Ask the model the same."""
    asked, unknown, wrong = 0, [], []
    mixed = len({table.startswith(verdict.LEGACY) for table, _chain in rules}) > 1   # which comes first is not known
    for name, outcome in kernel.items():
        flow = FLOWS[name]
        came_from = kernel['forward_from_ppp'].arrived if name == 'forward_to_ppp' else None
        if came_from and came_from.src != n.TUNNEL:
            flow = flow._replace(outer=_S, status=_SEEN | {'snat'})
        for label, expected, found in _questions(name, flow, rules, outcome):
            asked += 1
            unknown += [label] if found == 'unknown' else []
            wrong += ['%s: the kernel says %s, the model %s' % (label, expected, found)] \
                if found not in (expected, 'unknown') and not (mixed and {found, expected} <= _CLOSED) else []
    if helped:
        for label, expected, found in _helped(rules, helped):
            asked += 1
            unknown += [label] if found == 'unknown' else []
            wrong += ['%s: the kernel says %s, the model %s' % (label, expected, found)] \
                if found not in (expected, 'unknown') and not (mixed and {found, expected} <= _CLOSED) else []
    return Score(asked, unknown, wrong)


def _questions(name: str, flow: Flow, rules: Ruleset, outcome: Outcome) -> t.Iterator[tuple[str, t.Any, t.Any]]:
    result = verdict.judge(rules, flow)
    yield name, outcome.verdict, _word(result, outcome)
    yield from _of_many(name, flow, rules, outcome)
    packet = result.packet
    if outcome.verdict == 'accept' == result.verdict and outcome.arrived and packet and 'forward' in flow.hooks:
        if name == 'forward_from_ppp':
            yield 'masquerade', 'no' if outcome.arrived.src == n.TUNNEL else 'yes', result.nat
        sizes = {min([1460, *(n.MTU['ppp0'] - 40 if size == 'pmtu' else size for size in clamps)])
                 for clamps in packet.sizes}
        yield name + ' mss', outcome.arrived.mss, sizes.pop() if len(sizes) == 1 else 'unknown'


def _of_many(name: str, flow: Flow, rules: Ruleset, outcome: Outcome) -> t.Iterator[tuple[str, t.Any, t.Any]]:
    """What is said of a whole network, or where it is closed of anybody, holds for the one that was asked."""
    if flow.src != _C:
        return
    for label, src in (('net', ((_C & ~255, _C | 255),)), ('pair', ((_C, _C), (_O, _O))), ('any', 'any')):
        result = verdict.judge(rules, flow._replace(src=src))
        if result.verdict != 'unknown' and (src != 'any' or result.verdict in _CLOSED):
            closed = src == 'any' and {result.verdict, outcome.verdict} <= _CLOSED   # by another rule, perhaps
            yield '%s %s' % (name, label), outcome.verdict, outcome.verdict if closed else _word(result, outcome)


def _word(result: verdict.Verdict, outcome: Outcome) -> str:
    """The verdict; where it is sure that the packet is stopped, but not how, either way is right."""
    either = result.undecided is not None and {result.verdict, outcome.verdict} <= _CLOSED
    return outcome.verdict if either else result.verdict


def _helped(rules: Ruleset, seen: dict[str, Outcome]) -> t.Iterator[tuple[str, t.Any, t.Any]]:
    packet = verdict.judge(rules, FLOWS['tcp1723_in'], through=True).packet
    helpers = {name if 'notrack' not in packet.tracked else '' for name in packet.helpers} if packet else {''}
    if len(helpers) > 1 or packet is None or len(packet.tracked) > 1 and 'notrack' in packet.tracked:
        for name in ('first_in', 'then_out', 'then_in'):
            yield name, '', 'unknown'
        return
    flows = {'first_in': FLOWS['gre_in'], 'then_out': FLOWS['gre_out'], 'then_in': FLOWS['gre_in']}
    rest = FLOWS['tcp1723_established'], FLOWS['tcp1723_out'], FLOWS['tcp1723_out']._replace(flags='syn,ack')
    follows = [verdict.judge(rules, flow).packet for flow in rest]
    if helpers != {''} and not any(item and 'notrack' in item.tracked for item in follows):
        first = seen['first_in'].verdict == 'accept' and seen['first_in'].state != 'untracked'
        flows = _expected(rules, flows, first, seen['then_out'])
    redirected = seen['first_in'].arrived is not None   # to another host: what the server sends is no answer then
    for name, flow in flows.items():
        if redirected and name != 'first_in':
            continue
        result = verdict.judge(rules, flow)
        yield name, seen[name].verdict, _word(result, seen[name])
        state = seen[name].state
        if state and result.verdict == 'accept' and 'untracked' not in result.packet.states:
            yield name + ' state', state, ','.join(flow.states)


def _expected(rules: Ruleset, flows: dict[str, Flow], first: bool, second: Outcome) -> dict[str, Flow]:
    """GRE behind the helper. The first packet is RELATED; one that is dropped after conntrack has seen it takes the
    expectation with it (net/netfilter/nf_conntrack_core.c, init_conntrack), and what follows is NEW."""
    known = _EXPECTED | {'confirmed'}
    passed = second.verdict == 'accept' and second.state != 'untracked'
    begin = flows['first_in']._replace(states=_RELATED, status=_EXPECTED)
    answer, last = flows['then_out'], flows['then_in']
    if first:
        answer = answer._replace(states=_GOING, status=known, direction='reply')
        seen = passed or second.verdict != 'accept' and not _early(rules, answer)   # conntrack saw an answer
        last = last._replace(states=_GOING if seen else _RELATED, status=known)
    elif _early(rules, begin):
        answer = answer._replace(states=_RELATED, status=_EXPECTED)
        if passed:
            last = last._replace(states=_GOING, status=known, direction='reply')
        elif _early(rules, answer):
            last = begin
    return {'first_in': begin, 'then_out': answer, 'then_in': last}


def _early(rules: Ruleset, flow: Flow) -> bool:
    """Whether conntrack does not see the packet: it is dropped before, or not to be tracked."""
    result = verdict.judge(rules, flow)
    if result.packet and result.packet.tracked == {'notrack'}:
        return True
    return result.key in rules and result.hook in ('prerouting', 'output') and rules[result.key].priority < CONNTRACK
