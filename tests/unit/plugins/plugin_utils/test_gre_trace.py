# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a dial is lost, of made-up witnesses; tests/witness has those of real packets."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.plugin_utils import gre_trace

NAME = 'vpnops-0123456789abcdef'
SOURCE = ('192.0.2.7', 4000)
IN, OUT, NONE = {'eth0': [5, 0]}, {'eth0': [0, 5]}, t.cast('dict[str, list[int]]', {})
THROUGH = {'lan0': [5, 0], 'wan0': [0, 5]}
BACK = {'wan0': [5, 0], 'lan0': [0, 5]}
Row = dict[str, t.Any]


def dial(step: str = 'gre', why: str = 'no-answer', received: int = 0, acked: int | None = None, **seen: t.Any) -> Row:
    counted = {'sent': 9, 'received': received, 'acked': acked}
    return {'mode': 'login', 'outcome': 'failed', 'step': step, 'why': why, 'name': NAME if step != 'tcp' else '',
            'source': list(SOURCE), 'seen': {'gre': counted, **seen} if step != 'tcp' else seen}


def flow(name: str = NAME, client: t.Sequence[t.Any] = SOURCE, number: int = 5, acked: bool = False, **seen: t.Any
         ) -> Row:
    return {'name': name, 'client': list(client), 'server': ['198.51.100.1', 1723], 'syn': number, 'acked': acked,
            'result': 1, 'calls': [1, 2] if name else [],
            'seen': {kind: counts for kind, counts in seen.items() if counts}}


def witness(*flows: Row, why: str = '', rules: t.Sequence[Row] = ()) -> Row:
    return {'complete': not why, 'why': why, 'flows': list(flows), 'counters': list(rules)}


def rule(*kinds: str, chain: str = 'INPUT') -> Row:
    return {'table': 'iptables-save filter', 'chain': chain, 'position': 3, 'rule': '-A %s -p gre -j DROP' % chain,
            'verdict': 'drop', 'packets': 7, 'kinds': list(kinds)}


def found(given_: Row, server: Row | None, **routers: Row) -> tuple[t.Any, ...] | None:
    lost = gre_trace.locate(given_, server, routers)
    if lost is None:
        return None
    assert lost['words'] and set(lost) == {'packets', 'direction', 'how', 'at', 'between', 'untranslated', 'rule',
                                           'words', 'also'}
    return lost['direction'], lost['how'], lost['at'] or lost['between'], lost['rule'].get('chain', '')


SERVER, CLIENT = 'server', 'client'
BOTH = flow(up=IN, down=OUT)
OUTPUT = rule('down', chain='OUTPUT')


@pytest.mark.parametrize(('given_', 'server', 'routers', 'expected'), [
    # up
    (dial(), witness(flow()), {}, ('up', 'not-arrived', [CLIENT, SERVER], '')),
    (dial(), witness(flow()), {'gate': witness(flow(up=THROUGH))}, ('up', 'not-arrived', ['gate', SERVER], '')),
    (dial(), witness(flow()), {'gate': witness(flow())}, ('up', 'not-arrived', [CLIENT, 'gate'], '')),
    (dial(), witness(flow()), {'gate': witness()}, ('up', 'not-arrived', [CLIENT, SERVER], '')),
    (dial(), witness(flow()), {'a': witness(flow(up=THROUGH)), 'b': witness(flow())},
     ('up', 'not-arrived', ['a', 'b'], '')),
    (dial(), witness(flow()), {'gate': witness(flow(up=IN))}, ('up', 'dropped', 'gate', '')),
    (dial(), witness(flow()), {'gate': witness(flow(up=IN), rules=[rule('up', chain='FORWARD')])},
     ('up', 'dropped', 'gate', 'FORWARD')),
    (dial(why='not-heard', received=3), witness(BOTH), {}, ('up', 'arrived', SERVER, '')),
    (dial(why='not-heard', received=3), witness(BOTH, rules=[rule('up')]), {}, ('up', 'dropped', SERVER, 'INPUT')),
    (dial(why='not-heard', received=3), witness(BOTH, rules=[rule('down')]), {}, ('up', 'arrived', SERVER, '')),
    (dial(why='not-heard', received=3), witness(BOTH, rules=[rule('up'), rule('up', chain='own')]), {},
     ('up', 'arrived', SERVER, '')),
    (dial(why='not-heard', received=3), witness(BOTH, rules=[rule('up', 'down')]), {}, ('up', 'arrived', SERVER, '')),
    (dial(why='not-heard', received=3), witness(BOTH, rules=[dict(rule('up'), packets=4)]), {},
     ('up', 'arrived', SERVER, '')),
    (dial(why='refused'), witness(BOTH, rules=[rule('up')]), {}, ('up', 'dropped', SERVER, 'INPUT')),
    (dial(not_sent={'EPERM': 9}), witness(flow(down=OUT)), {}, ('up', 'not-sent', CLIENT, '')),
    # down
    (dial(), witness(flow(up=IN)), {}, ('down', 'not-sent', SERVER, '')),
    (dial(), witness(flow(up=IN), rules=[OUTPUT]), {}, ('down', 'not-sent', SERVER, 'OUTPUT')),
    (dial(why='hung-up'), witness(flow(up=IN), rules=[OUTPUT]), {}, ('down', 'not-sent', SERVER, 'OUTPUT')),
    (dial(why='hung-up'), witness(flow(up=IN)), {}, None),
    (dial(), witness(flow(up=IN, down=OUT, acked=True)), {}, ('down', 'not-returned', [SERVER, CLIENT], '')),
    (dial(), witness(BOTH), {}, ('down', 'not-returned', [SERVER, CLIENT], '')),
    (dial(), witness(BOTH, rules=[rule('up')]), {}, ('up', 'dropped', SERVER, 'INPUT')),
    (dial(), witness(flow(up=IN, down=OUT, acked=True)), {'gate': witness(flow(up=THROUGH, down=BACK))},
     ('down', 'not-returned', ['gate', CLIENT], '')),
    (dial(), witness(flow(up=IN, down=OUT, acked=True)), {'gate': witness(flow(up=THROUGH))},
     ('down', 'not-returned', [SERVER, 'gate'], '')),
    (dial(), witness(flow(up=IN, down=OUT, acked=True)),
     {'gate': witness(flow(up={'lan0': [5, 0]}), flow(up={'wan0': [0, 5]}, down={'wan0': [5, 0]}))},
     ('down', 'dropped', 'gate', '')),
    # nothing is lost, or nothing of it can be told
    (dial(step='lcp'), witness(flow()), {}, None), (dial(step='auth', why='rejected'), witness(flow()), {}, None),
    (dial(why='not-permitted'), witness(flow()), {}, None), (dial(), None, {}, None),
    # what is not there proves nothing where the witness is not whole
    (dial(), witness(flow(), why='dropped'), {}, ('up', 'unknown', [], '')),
    (dial(), witness(why='gone'), {}, ('up', 'unknown', [], '')), (dial(), witness(), {}, ('up', 'unknown', [], '')),
    (dial(), witness(flow(up=IN), why='dropped'), {}, ('down', 'unknown', [], '')),
    (dial(why='not-heard', received=3), witness(BOTH, why='dropped'), {}, ('up', 'unknown', [], '')),
    (dial(why='not-heard', received=3), witness(BOTH, why='dropped', rules=[rule('up')]), {},
     ('up', 'dropped', SERVER, 'INPUT')),
    (dial(), witness(flow()), {'gate': witness(flow(up=IN), why='flooded')}, ('up', 'unknown', [], '')),
    (dial(), None, {'gate': witness(flow(up=THROUGH))}, ('up', 'unknown', ['gate', SERVER], '')),
    (dial(), None, {'gate': witness(flow(up=IN))}, ('up', 'dropped', 'gate', '')),
])
def test_gre(given_: Row, server: Row | None, routers: dict[str, Row], expected: tuple[t.Any, ...] | None) -> None:
    assert found(given_, server, **routers) == expected


def silent(client: t.Sequence[t.Any] = SOURCE, number: int = 5, **seen: t.Any) -> Row:
    return flow(name='', client=client, number=number, **seen)


TCP = dial(step='tcp', why='timeout')
MANY = [silent(['203.0.113.9', port], port, syn=IN) for port in range(32)]


@pytest.mark.parametrize(('given_', 'server', 'routers', 'expected'), [
    (TCP, witness(), {}, ('up', 'not-arrived', [CLIENT, SERVER], '')),
    (TCP, witness(flow('vpnops-' + 'f' * 16, number=9)), {}, ('up', 'not-arrived', [CLIENT, SERVER], '')),
    (TCP, witness(), {'gate': witness(silent(syn=IN))}, ('up', 'dropped', 'gate', '')),
    (TCP, witness(silent(['203.0.113.1', 9], 77, syn_ack=OUT)), {}, ('up', 'unknown', [], '')),
    (TCP, witness(*MANY), {}, ('up', 'unknown', [], '')),
    (TCP, witness(why='gone'), {}, ('up', 'unknown', [], '')),
    (dict(TCP, source=[]), witness(), {}, ('up', 'not-arrived', [CLIENT, SERVER], '')),
    (dict(TCP, source=[]), witness(MANY[0]), {}, ('up', 'unknown', [], '')),
])
def test_a_syn_that_did_not_come(given_: Row, server: Row, routers: dict[str, Row], expected: tuple[t.Any, ...]
                                 ) -> None:
    assert found(given_, server, **routers) == expected


def came(name: str, **more: t.Any) -> Row:
    """A row whose SYN came in; the address is that behind a NAT, the port its own or another one."""
    row = silent(['203.0.113.1', 4000 if name == 'port' else 5000], 5)
    row['seen'] = {'syn': IN, **more}
    return row


GATE = witness(dict(silent(), seen={'syn': {'lan0': [3, 0]}}),
               dict(silent(['203.0.113.1', 5000]), seen={'syn': {'wan0': [0, 3]}}))


@pytest.mark.parametrize(('server', 'routers', 'expected'), [
    (witness(came('port')), {}, ('up', 'not-answered', SERVER, '')),
    (witness(came('port'), rules=[rule('syn')]), {}, ('up', 'dropped', SERVER, 'INPUT')),
    (witness(came('port'), rules=[rule('syn_ack', chain='OUTPUT')]), {}, ('down', 'not-sent', SERVER, 'OUTPUT')),
    (witness(came('port', syn_ack=OUT)), {}, ('down', 'not-returned', [SERVER, CLIENT], '')),
    (witness(came('other')), {}, ('up', 'unknown', [], '')),
    (witness(came('other')), {'gate': GATE}, ('up', 'not-answered', SERVER, '')),
    (witness(came('other', syn_ack=OUT)), {'gate': GATE}, ('down', 'not-returned', [SERVER, 'gate'], '')),
    (witness(), {'gate': GATE}, ('up', 'not-arrived', ['gate', SERVER], '')),
    (witness(came('port'), why='dropped'), {}, ('up', 'unknown', [], '')),
])
def test_a_syn_that_came(server: Row, routers: dict[str, Row], expected: tuple[t.Any, ...]) -> None:
    assert found(TCP, server, **routers) == expected


def test_both_ways() -> None:
    lost = gre_trace.locate(dial(), witness(flow(down=OUT)), {'gate': witness(flow(up=IN, down={'wan0': [5, 0]}))})
    assert lost is not None and (lost['direction'], lost['at']) == ('up', 'gate')
    assert lost['also'] is not None and (lost['also']['direction'], lost['also']['at']) == ('down', 'gate')


def test_the_words() -> None:
    lost = gre_trace.locate(dial(why='not-heard', received=3), witness(BOTH, rules=[rule('up')]), {})
    assert lost is not None and lost['words'] == (
        'GRE to the server comes to the server and is dropped by rule 3 of iptables-save filter, chain INPUT: '
        '-A INPUT -p gre -j DROP')
    lost = gre_trace.locate(TCP, witness(), {'gate': witness()})
    assert lost is not None and lost['words'] == 'the SYN to TCP 1723 is lost between the client and the server'


@pytest.mark.parametrize('way', ['up', 'down'])
def test_a_router_that_does_not_translate(way: str) -> None:
    """It does so with TCP, and lets GRE out with the address that it had."""
    up = way == 'up'
    inside = flow(syn=IN, syn_ack=OUT, up=THROUGH if up else NONE)
    outside = flow(client=['203.0.113.1', 4000], syn=OUT, syn_ack=IN, down=NONE if up else BACK)
    server = flow(client=['203.0.113.1', 4000], up=NONE if up else IN, down=NONE if up else OUT, acked=True)
    lost = gre_trace.locate(dial(), witness(server), {'gate': witness(inside, outside)})
    assert lost is not None
    assert (lost['direction'], lost['how'], lost['at'], lost['untranslated']) == (way, 'dropped', 'gate', True)


def test_who_refuses() -> None:
    refused = dial(step='tcp', why='refused')
    lost = gre_trace.locate(refused, witness(came('port', rst=OUT)), {})
    assert lost is not None and lost['words'].endswith('and nothing answers it but a reset: nothing listens there')
    lost = gre_trace.locate(dial(step='tcp', why='unreachable', tcp={'by': '203.0.113.5'}), witness(), {})
    assert lost is not None and lost['words'].endswith('the server; 203.0.113.5 says that it may not pass')
    lost = gre_trace.locate(dial(why='refused', icmp_by=['203.0.113.5']), witness(flow()), {})
    assert lost is not None and lost['words'].endswith('the server; 203.0.113.5 says that it may not pass')


_JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=4),
                     lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
                         ['flows', 'seen', 'gre', 'up', 'down', 'syn', 'name', 'client', 'counters', 'kinds', 'calls',
                          'complete', 'why', 'received', 'acked', 'tcp', 'not_sent']), inner, max_size=4),
                     max_leaves=20)


@settings(max_examples=200)
@given(st.dictionaries(st.sampled_from(['seen', 'source', 'name', 'gre']), _JSON, max_size=3),
       st.dictionaries(st.sampled_from(['flows', 'counters', 'complete', 'why']), _JSON, max_size=4),
       st.sampled_from(['gre', 'tcp']))
def test_whatever_hosts_say(odd: Row, server: Row, step: str) -> None:
    given_ = {**dial(step, 'no-answer' if step == 'gre' else 'timeout'), **odd}
    lost = gre_trace.locate(given_, server, {'gate': server})
    assert lost is None or isinstance(lost['words'], str)
