# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the witness of a router saw of a dial to a server: the router is named, or cleared, by its own eyes."""

from __future__ import annotations

import copy
import json
import typing as t

import jsonschema
import pytest

from ansible_collections.vpnops.pptp.plugins.plugin_utils import entry as entries, fleet
from ansible_collections.vpnops.pptp.plugins.plugin_utils.diagnosis import diagnose
from ansible_collections.vpnops.pptp.plugins.plugin_utils.report import terminal
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.checks.test_router import NO_HELPER
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.dialled import (
    dialled,
    flow,
    row,
    watched,
    with_dials,
)
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.hosts import DROP, router, server
from ansible_collections.vpnops.pptp.tests.unit.running import schema

Entry = dict[str, t.Any]
RULE = {'table': 'iptables filter', 'chain': 'FORWARD', 'position': 2, 'rule': '-A FORWARD -p gre -j DROP',
        'verdict': 'drop', 'packets': 6, 'kinds': ['up']}
UP, DOWN = {'eaten': 'out'}, {'eaten': 'in'}        # in which direction GRE is lost
SENDS = watched(flow({'down': [0, 6]}))                                     # the server, which hears nothing
ANSWERS = watched(flow({'up': [6, 0], 'down': [0, 6]}, acked=True))         # the server, which is not heard


def judged(facts: Entry, name: str) -> Entry:
    return json.loads(json.dumps(entries.judged(name, 'run', 'live', diagnose(facts).as_dict(), facts)))


def vpn(way: Entry, witness: Entry | None, changes: Entry | None = None) -> Entry:
    facts = with_dials(server({'logs': ..., **(changes or {})}), dialled(row(**way), source='10.1.0.10'),
                       witness=witness)
    return judged(facts, 'vpn1')


def edge(*flows: Entry, changes: Entry | None = None, name: str = 'edge1', **more: t.Any) -> Entry:
    return judged(with_dials(router(changes or {}), {'outcome': 'skipped'}, witness=watched(*flows, **more)), name)


def confirmed(host: Entry, *edges: Entry) -> Entry:
    found = fleet.confirm(host, fleet.routers([*edges, host]))
    jsonschema.validate(entries.without_facts(found), {'$ref': '#/$defs/host', '$defs': schema()['$defs']})
    return found


@pytest.mark.parametrize(('host', 'its_router', 'cause', 'sure'), [
    # it came in and did not get out, by a rule that counted it
    (vpn(UP, SENDS), edge(flow({'up': [6, 0], 'down': [6, 6]}), counters=[RULE]), 'gre-blocked', 'certain'),
    # the same, and no rule did it: a NAT has nobody to send it to
    (vpn(DOWN, ANSWERS), edge(flow({'down': [6, 0], 'up': [6, 6]})), 'gre-nat-asymmetric', 'likely'),
    (vpn(DOWN, ANSWERS), edge(flow({'down': [6, 0], 'up': [6, 6]}), changes=NO_HELPER), 'gre-nat-asymmetric',
     'certain'),
    (vpn(UP, SENDS), edge(flow({'up': [6, 0], 'down': [6, 6]})), 'gre-blocked', 'likely'),
    # nobody watches on the server
    (vpn(UP, None), edge(flow({'up': [6, 0], 'down': [6, 6]}), counters=[RULE]), 'gre-blocked', 'certain'),
])
def test_the_router_in_which_packets_end_is_named(host: Entry, its_router: Entry, cause: str, sure: str) -> None:
    found = confirmed(host, its_router)
    assert (found['router'], found['verdict']['cause'], found['verdict']['confidence']) == ('edge1', cause, sure)
    first = found['findings'][0]
    assert first['evidence'][0]['fact'] == 'edge1 pptp_witness'
    assert 'comes to edge1' in first['evidence'][0]['value']
    assert 'pptp_dial' in [proof['fact'] for proof in first['evidence']]
    assert first['title'].endswith(': edge1')
    assert 'edge1 lies in the path: its witness saw the packets of the dial from client1' in str(first['evidence'])
    assert 'On the router edge1: ' in first['fix']['summary']
    text = '\n'.join(terminal.report([found], 1))
    assert 'Login tried from client1: stopped at gre' in text
    assert 'Mend the router edge1' in text


def test_a_router_that_let_it_through_is_cleared_and_the_place_is_named() -> None:
    host = vpn(DOWN, ANSWERS)
    assert (host['verdict']['cause'], host['verdict']['confidence']) == ('gre-nat-asymmetric', 'likely')
    found = confirmed(host, edge(flow({'down': [6, 6], 'up': [6, 6]}), changes=NO_HELPER))
    assert (found['verdict']['cause'], found['verdict']['confidence']) == ('gre-blocked', 'possible')
    assert found['ruled_out'][-1]['cause'] == 'gre-nat-asymmetric'
    assert found['next_step'] == ('GRE of the server is lost between edge1 and the client: look at what lies between '
                                  'them.')
    found = confirmed(vpn(UP, SENDS), edge(flow({'up': [6, 6], 'down': [6, 6]})))
    witnessed = [proof['value'] for proof in found['findings'][0]['evidence'] if proof['fact'] == 'pptp_witness']
    assert witnessed == ['GRE to the server is lost between edge1 and the server']


@pytest.mark.parametrize(('host', 'edges'), [
    (vpn(UP, SENDS), []), (vpn({}, SENDS), [edge(flow({'up': [6, 0]}))]),
    (vpn(UP, SENDS), [edge(complete=False, why='gone')]),                       # it may have seen nothing at all
    (vpn(UP, SENDS, {'firewall.flows.gre_in': DROP}), [edge(flow({'up': [6, 6]}))]),    # its own rules are enough
    (vpn({'password': 'wrong'}, ANSWERS), [edge(flow({'up': [6, 0]}), counters=[RULE])]),
])
def test_what_a_witness_has_nothing_to_say_about(host: Entry, edges: list[Entry]) -> None:
    assert confirmed(host, *edges)['verdict'] == host['verdict']


def test_nothing_is_changed_twice_or_in_place() -> None:
    host, edges = vpn(UP, SENDS), fleet.routers([edge(flow({'up': [6, 0]}), counters=[RULE])])
    kept = copy.deepcopy(host)
    once = fleet.confirm(host, edges)
    assert host == kept
    assert fleet.confirm(once, edges) is once


def test_a_failure_that_a_router_explains_is_no_open_question() -> None:
    open_one = dict(vpn(UP, SENDS), disagreement=[{'from': 'client1', 'cause': None, 'text': 'x'},
                                                  {'from': 'client1', 'cause': 'gre-blocked', 'text': 'y'}])
    found = confirmed(open_one, edge(flow({'up': [6, 0]}), counters=[RULE]))
    assert [item['text'] for item in found['disagreement']] == ['y']
