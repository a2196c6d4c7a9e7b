# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the verdict on a router says about the hosts at both ends."""

from __future__ import annotations

import copy
import json
import typing as t

import jsonschema
import pytest

from ansible_collections.vpnops.pptp.plugins.plugin_utils import entry as entries, fleet
from ansible_collections.vpnops.pptp.plugins.plugin_utils.diagnosis import diagnose
from ansible_collections.vpnops.pptp.plugins.plugin_utils.report import terminal
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.checks.test_router import CLOSED, NO_HELPER, TCP
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.hosts import (
    DROP,
    client,
    failed,
    logs,
    router,
    server,
    up,
)
from ansible_collections.vpnops.pptp.tests.unit.running import schema

Entry = dict[str, t.Any]
INNER = [{'name': 'eth0', 'addresses': ['10.1.0.5/24'], 'mtu': 1500, 'kind': 'ether'}]
ONE_WAY = {'logs': logs(failed('gre', 'lcp-timeout', rcvd_lcp=True))}    # from 198.51.100.7, an address of the router
UNREACHABLE = {'logs': logs(failed('gre', 'gre-unreachable'))}
SILENT = {'logs': logs(failed('gre', 'lcp-timeout', rcvd_lcp=False))}
ELSEWHERE = {'logs': logs(failed('gre', 'lcp-timeout', rcvd_lcp=True, client='192.0.2.77'))}
BEHIND = {'logs': logs(failed('gre', 'lcp-timeout', rcvd_lcp=False, client='192.0.2.77')),
          'addressing.interfaces': INNER, 'addressing.default_route': {'dev': 'eth0', 'via': '10.1.0.1'}}
DIALS = {'logs': logs(failed('gre', 'lcp-timeout', side='client', rcvd_lcp=False))}


def entry(facts: Entry, name: str = 'vpn1') -> Entry:
    """The file of a host with these *facts*."""
    return json.loads(json.dumps(entries.judged(name, 'run', 'bundle', diagnose(facts).as_dict(), facts)))


def edge(changes: Entry | None = None, name: str = 'edge1') -> Entry:
    return entry(router(changes or {}), name)


def confirmed(host: Entry, *edges: Entry) -> Entry:
    found = fleet.confirm(host, fleet.routers([*edges, host]))
    jsonschema.validate(entries.without_facts(found), {'$ref': '#/$defs/host', '$defs': schema()['$defs']})
    return found


GUILTY = edge(NO_HELPER)
DNAT = {**NO_HELPER, 'firewall.dnat.tcp1723': [TCP]}


@pytest.mark.parametrize(('host', 'its_router', 'cause', 'confidence'), [
    (server(ONE_WAY), NO_HELPER, 'gre-nat-asymmetric', 'certain'),
    (server(UNREACHABLE), NO_HELPER, 'gre-nat-asymmetric', 'certain'),
    (server(SILENT), NO_HELPER, 'gre-nat-asymmetric', 'certain'),
    (server(ONE_WAY), {**NO_HELPER, 'firewall.readable': False}, 'gre-nat-asymmetric', 'likely'),
    (server(ELSEWHERE), NO_HELPER, 'gre-nat-asymmetric', 'likely'),      # the only router there is
    (server(BEHIND), DNAT, 'gre-dnat-missing', 'certain'),
    (server(ONE_WAY), {'firewall.forward.gre_out': CLOSED}, 'gre-blocked', 'certain'),
    (client(DIALS), NO_HELPER, 'gre-nat-asymmetric', 'certain'),         # its default gateway
    (client(DIALS), {'firewall.forward.gre_in': CLOSED}, 'gre-blocked', 'certain'),
    (client({'logs': logs(failed('control', 'pptp-timeout', side='client'))}),
     {'firewall.forward.tcp1723_out': CLOSED}, 'tcp1723-blocked', 'certain'),
])
def test_a_router_in_the_path_confirms(host: Entry, its_router: Entry, cause: str, confidence: str) -> None:
    found = confirmed(entry(host), edge(its_router))
    assert (found['verdict']['cause'], found['verdict']['confidence']) == (cause, confidence)
    assert found['verdict']['status'] == 'broken'
    assert found['router'] == 'edge1'
    first = found['findings'][0]
    assert first['title'].endswith(': edge1')
    assert first['evidence'][0]['fact'].startswith('edge1 ')
    assert 'On the router edge1: ' in first['fix']['summary']
    assert 'role' not in first['fix']        # it runs on the router
    assert [item['cause'] for item in found['findings'] if item['cause'] == cause] == [cause]
    assert 'edge1' in found['next_step']


@pytest.mark.parametrize(('host', 'edges'), [
    (server(ONE_WAY), []), (server(), [GUILTY]),
    (server({**ONE_WAY, 'firewall.flows.gre_in': DROP}), [GUILTY]),                      # its own rules decide
    (server({'logs': logs(failed('auth', 'chap-failed', user='alice'))}), [GUILTY]),     # another stage
    (server(ELSEWHERE), [GUILTY, edge(NO_HELPER, 'edge2')]),                             # which of the two?
    (server({'logs': ...}), [GUILTY]), (client({'logs': logs(up(side='client'))}), [GUILTY]),
    (server(BEHIND), [GUILTY]),        # clients behind it fail; it says nothing about a server there
])
def test_what_a_router_has_nothing_to_say_about(host: Entry, edges: list[Entry]) -> None:
    before = entry(host)
    assert confirmed(before, *edges) is before


def test_a_router_in_order_is_ruled_out_and_the_next_candidate_comes_up() -> None:
    before = entry(server(ONE_WAY))
    found = confirmed(before, edge())
    assert (before['verdict']['cause'], before['verdict']['confidence']) == ('gre-nat-asymmetric', 'likely')
    assert (found['verdict']['cause'], found['verdict']['confidence']) == ('gre-blocked', 'possible')
    assert found['ruled_out'][-1]['cause'] == 'gre-nat-asymmetric'
    assert 'the helper is assigned' in found['ruled_out'][-1]['because']
    assert [item['cause'] for item in found['findings'] if item['result'] == 'fail'] == ['gre-blocked']


def test_of_several_routers_the_one_in_the_path_is_named() -> None:
    other = edge({**NO_HELPER, 'addressing.interfaces': INNER}, 'edge2')
    assert confirmed(entry(server(ONE_WAY)), other, GUILTY)['router'] == 'edge1'


def test_nothing_is_changed_twice_or_in_place() -> None:
    host, edges = entry(server(ONE_WAY)), fleet.routers([edge({**NO_HELPER, 'firewall.readable': False})])
    kept = copy.deepcopy(host)
    once = fleet.confirm(host, edges)
    assert host == kept
    assert fleet.confirm(once, edges) is once
    assert fleet.confirm(GUILTY, edges) is GUILTY


def test_what_is_certain_stays() -> None:
    host = entry(server(ONE_WAY))
    sure = dict(host, verdict=dict(host['verdict'], confidence='certain'))
    assert confirmed(sure, GUILTY) is sure


def test_hosts_that_were_not_read_and_odd_files_are_left_alone() -> None:
    lost = entries.unread('vpn2', 'run', 'gone', 'unreachable')
    assert confirmed(lost, GUILTY) is lost
    assert fleet.routers([lost, {**GUILTY, 'facts': {}}]) == []
    odd = dict(entry(server(ONE_WAY)), candidates=None, ruled_out=None,
               facts={'pptp_logs': {'sessions': 7}, 'pptp_addressing': {'default_route': {'via': ['x']}}})
    assert fleet.confirm(odd, fleet.routers([GUILTY]))['router'] == 'edge1'


def narrow_edge(mtu: t.Any, address: str = '203.0.113.1/24') -> Entry:
    return edge({'addressing.interfaces': [{'name': 'eth0', 'addresses': ['10.1.0.1/24'], 'mtu': 1500, 'kind': 'ether'},
                                           {'name': 'eth1', 'addresses': [address], 'mtu': mtu, 'kind': 'ether'}]})


@pytest.mark.parametrize(('mtu', 'size', 'named'), [
    (1400, 1400, True), (1400, 1496, True), (1492, 1496, True), (1439, 1400, True), (1440, 1400, False),
    (1492, 1400, False), (1400, 1356, False), (None, 1496, False), (True, 1496, False)])
def test_a_narrow_link_of_the_router_that_a_server_sends_to(mtu: t.Any, size: int, named: bool) -> None:
    host = entry(server({'pppd.effective.mtu': size}))
    found = confirmed(host, narrow_edge(mtu))
    assert (found['verdict']['cause'] == 'mtu-fragmentation') is named
    if not named:
        assert found is host
        return
    assert (found['verdict']['status'], found['router']) == ('degraded', 'edge1')
    assert [item['evidence'][1] for item in found['findings'] if item['cause'] == 'mtu-fragmentation'] == [
        {'fact': 'path_mtu', 'value': mtu, 'source': 'edge1: eth1'}]


def test_a_narrow_link_elsewhere_and_one_behind_another_cause() -> None:
    assert confirmed(entry(server()), narrow_edge(1400, '203.0.113.2/24'))['verdict']['cause'] is None
    found = confirmed(entry(server({'addressing.ip_forward': False})), narrow_edge(1400))
    assert found['verdict']['cause'] == 'ip-forward-off'
    assert {item['cause'] for item in found['findings'] if item['result'] == 'fail'} == {
        'ip-forward-off', 'mtu-fragmentation'}


def test_the_report_names_the_router() -> None:
    found = confirmed(entry(server(ONE_WAY)), GUILTY)
    text = '\n'.join(terminal.report([found], 1))
    assert 'vpn1 is BROKEN: A NAT router in the path carries GRE one way only: edge1' in text
    assert 'edge1 lies in the path: the client dials from 198.51.100.7' in text
