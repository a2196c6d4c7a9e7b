# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a dial is lost, on real packets: rules that drop them before, in and behind a router, and a real pptpd."""

from __future__ import annotations

import signal
import socket
import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.wire import gre
from ansible_collections.vpnops.pptp.plugins.plugin_utils import gre_trace
from tests.witness import rig as lab


def traced(rig: lab.Rig, **settings: t.Any) -> tuple[dict[str, t.Any] | None, dict[str, t.Any], dict[str, t.Any]]:
    """Where a dial is lost, the dial, and what was seen of it. Its limits are short: on a busy machine, one that could
    not make up its mind is made again."""
    for _number in range(4):
        names = rig.watch()
        dial = rig.dial(**settings)
        seen = rig.collect(names)
        assert all(found['complete'] for found in seen.values()), seen
        if (dial['step'], dial['outcome']) != ('gre', 'unknown'):
            break
    return gre_trace.locate(dial, seen['s'], {'gate': seen['r']}), dial, seen


def rule(hook: str, text: str) -> str:
    return lab.chain(hook, text)


def through(hook: str, text: str) -> str:
    """The router translates, has the helper, and this rule."""
    return lab.ROUTER + lab.chain(hook, text)


def test_all_well(rig: lab.Rig) -> None:
    lost, dial, seen = traced(rig)
    assert lost is None
    inside, outside = seen['r']['flows']
    server = seen['s']['flows'][0]
    assert (dial['step'], inside['name'], outside['name'], server['name']) == ('lcp', *[dial['name']] * 3)
    assert (inside['client'], outside['client'][0], server['client']) == (
        dial['source'], lab.OUTSIDE, outside['client'])
    assert inside['calls'][1:] == [dial['seen']['call']['call_id']] and server['calls'] == outside['calls']
    sent = dial['seen']['gre']['sent']
    assert inside['seen']['up'] == {'lan0': [sent, 0]} and outside['seen']['up'] == {'wan0': [0, sent]}
    assert server['seen']['up'] == {'s0': [sent, 0]}
    assert server['seen']['down']['s0'][1] >= dial['seen']['gre']['received']
    assert (server['result'], server['acked'], server['syn']) == (1, True, inside['syn'])
    assert server['seen']['syn'] == {'s0': [1, 0]} and server['seen']['syn_ack'] == {'s0': [0, 1]}


# who has the rule, the rule, and: packets, direction, how, at, between, chain of the rule
LOST = [
    ('c', rule('output', 'tcp dport 1723 counter drop'), ('tcp', 'up', 'not-arrived', '', ['client', 'server'], '')),
    ('r', through('forward', 'tcp dport 1723 counter drop'), ('tcp', 'up', 'dropped', 'gate', [], 'forward')),
    ('r', through('forward', 'tcp sport 1723 counter drop'), ('tcp', 'down', 'dropped', 'gate', [], 'forward')),
    ('s', rule('input', 'tcp dport 1723 counter drop'), ('tcp', 'up', 'dropped', 'server', [], 'input')),
    ('s', rule('input', 'tcp dport 1723 drop'), ('tcp', 'up', 'not-answered', 'server', [], '')),
    ('s', rule('output', 'tcp sport 1723 counter drop'), ('tcp', 'down', 'not-sent', 'server', [], 'output')),
    ('s', rule('input', 'ip protocol gre counter drop'), ('gre', 'up', 'dropped', 'server', [], 'input')),
    ('s', rule('input', 'ip protocol gre drop'), ('gre', 'up', 'arrived', 'server', [], '')),
    ('s', rule('input', 'ip protocol gre counter reject'), ('gre', 'up', 'dropped', 'server', [], 'input')),
    ('s', rule('output', 'ip protocol gre counter drop'), ('gre', 'down', 'not-sent', 'server', [], 'output')),
    ('r', through('forward', 'iifname "lan0" ip protocol gre counter drop'),
     ('gre', 'up', 'dropped', 'gate', [], 'forward')),
    ('r', through('forward', 'iifname "wan0" meta l4proto gre counter drop'),
     ('gre', 'down', 'dropped', 'gate', [], 'forward')),
    ('r', lab.MASQUERADE, ('gre', 'down', 'dropped', 'gate', [], '')),
    ('c', rule('output', 'ip protocol gre drop'), ('gre', 'up', 'not-sent', 'client', [], '')),
    ('c', rule('prerouting', 'ip protocol gre drop').replace('priority 0', 'priority -300'),
     ('gre', 'down', 'not-returned', '', ['gate', 'client'], '')),
]


@pytest.mark.parametrize(('where', 'rules', 'expected'), LOST, ids=[
    'SYN before the router', 'SYN in the router', 'its answer in the router', 'SYN at the server',
    'SYN at the server, not counted', 'its answer at the server', 'GRE at the server', 'GRE at the server, not counted',
    'GRE refused by the server', 'GRE out of the server', 'GRE in the router', 'GRE of the server in the router',
    'router without the helper', 'GRE out of the client', 'GRE behind the router'])
def test_lost(rig: lab.Rig, where: str, rules: str, expected: tuple[t.Any, ...]) -> None:
    rig.rules(where, rules)
    lost, dial, seen = traced(rig)
    assert lost is not None, (dial, seen)
    got = tuple(lost[key] for key in ('packets', 'direction', 'how', 'at', 'between'))
    assert (*got, lost['rule'].get('chain', '')) == expected, (lost, dial, seen)


FORWARDED = '''table ip nat {
  chain pre { type nat hook prerouting priority -100; iifname "lan0" tcp dport 1723 dnat to 10.77.2.2; %s }
}
'''


@pytest.mark.parametrize(('helper', 'rule', 'expected'), [
    (lab.HELPER, '', None), ('', '', ('up', 'dropped', 'gate', False)),
    ('', 'iifname "lan0" ip protocol gre dnat to 10.77.2.2;', ('down', 'dropped', 'gate', True))],
    ids=['helper', 'TCP alone', 'GRE as well, without the helper'])
def test_a_router_that_forwards_to_a_server_behind_it(rig: lab.Rig, helper: str, rule: str,
                                                      expected: tuple[str, ...] | None) -> None:
    rig.rules('r', FORWARDED % rule + helper)
    lost, dial, seen = traced(rig, server=lab.INSIDE)
    assert [row['server'][0] for row in seen['r']['flows']] == [lab.INSIDE, lab.SERVER]
    got = (lost['direction'], lost['how'], lost['at'], lost['untranslated']) if lost else None
    assert got == expected, (lost, dial, seen)


def test_a_router_that_translates_tcp_alone(rig: lab.Rig) -> None:
    rig.rules('r', lab.MASQUERADE.replace('masquerade', 'ip protocol tcp masquerade'))
    lost, dial, seen = traced(rig)
    assert lost is not None and (lost['direction'], lost['how'], lost['at'], lost['untranslated']) == (
        'up', 'dropped', 'gate', True), (lost, dial, seen)


FIFTH = 'ip protocol gre numgen random mod 5 == 0 counter drop'


def test_a_fifth_is_lost_and_nothing_is_made_of_it(rig: lab.Rig) -> None:
    rig.rules('s', rule('input', FIFTH))
    rig.rules('c', rule('input', FIFTH))
    lost, dial, seen = traced(rig)
    assert lost is None and dial['step'] != 'gre', (lost, dial, seen)
    assert seen['s']['counters'][0]['kinds'] == ['up']


def test_a_rule_that_drops_some_is_not_why_all_are_lost(rig: lab.Rig) -> None:
    """In the router the helper may lose track by it (its expectation goes with the first packet), and then does not
    translate: whatever becomes of this, the rule is not to blame for all of it."""
    rig.rules('r', through('forward', FIFTH))
    lost, dial, seen = traced(rig)
    assert lost is None or not lost['rule'] and not (lost['also'] or lost)['rule'], (lost, dial, seen)


TABLE = ('*filter\n:INPUT %s [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n'
         '-A INPUT -p tcp -m tcp --dport 1723 -j ACCEPT\n%sCOMMIT\n')
EMPTY = '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n'
GUIDE = '-A INPUT -p gre -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n'


@pytest.mark.parametrize(('tool', 'policy', 'rules', 'position', 'shown'), [
    ('iptables-legacy', 'DROP', '', None, 'policy drop'), ('iptables-nft', 'DROP', GUIDE, None, 'policy drop'),
    ('iptables-legacy', 'DROP', GUIDE, None, 'policy drop'),
    ('iptables-nft', 'ACCEPT', '-A INPUT -s 10.77.2.0/24 -p gre -j DROP\n', 2, '-A INPUT -s 10.77.2.0/24 -p gre -j'),
    ('iptables-nft', 'ACCEPT', '-N own\n-A own -p 47 -j REJECT\n-A INPUT -j own\n', 1, '-A own -p gre -j REJECT')])
def test_rules_of_iptables(rig: lab.Rig, tool: str, policy: str, rules: str, position: int | None, shown: str
                           ) -> None:
    rig.run('s', tool + '-restore', text=TABLE % (policy, rules))
    try:
        lost, dial, seen = traced(rig)
        assert lost is not None, (dial, seen)
        assert (lost['direction'], lost['how'], lost['at']) == ('up', 'dropped', 'server'), (lost, seen['s'])
        assert lost['rule']['rule'].startswith(shown) and lost['rule']['position'] == position
        assert lost['rule']['packets'] == dial['seen']['gre']['sent']
        assert lost['rule']['table'].startswith('iptables-legacy-save' if 'legacy' in tool else 'iptables-save')
        assert len(seen['s']['counters']) == 1
    finally:
        rig.run('s', tool + '-restore', text=EMPTY)


def test_another_session_of_the_same_hosts_is_not_counted(rig: lab.Rig) -> None:
    names = rig.watch()
    with rig.inside('c'):
        other = socket.socket(socket.AF_INET, socket.SOCK_RAW, 47)
    with rig.inside('s'):
        back = socket.socket(socket.AF_INET, socket.SOCK_RAW, 47)
    with other, back:
        def noise(*_args: object) -> None:
            other.sendto(gre.encode(gre.Packet(777, 1, 5, b'x' * 20)), (lab.SERVER, 0))
            back.sendto(gre.encode(gre.Packet(778, 1, 5, b'x' * 20)), (lab.OUTSIDE, 0))
        before = signal.signal(signal.SIGALRM, noise)
        signal.setitimer(signal.ITIMER_REAL, 0.01, 0.003)
        try:
            dial = rig.dial()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
    seen = rig.collect(names)
    assert seen['s']['complete'] and gre_trace.locate(dial, seen['s'], {'gate': seen['r']}) is None
    row, = seen['s']['flows']
    assert row['seen']['up'] == {'s0': [dial['seen']['gre']['sent'], 0]}
    assert row['seen']['down']['s0'][0] == 0 and row['seen']['down']['s0'][1] < 40
