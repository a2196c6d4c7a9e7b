# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the witness makes of packets: whose they are, which way they went, and that nothing grows without end."""

from __future__ import annotations

import json
import socket
import typing as t

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils.probe import witness_flows
from ansible_collections.vpnops.pptp.plugins.module_utils.probe.witness_flows import Table
from ansible_collections.vpnops.pptp.plugins.module_utils.wire import pptp
from tests.unit.plugins.module_utils.probe import witness_packets as pk

CLIENT, SERVER = socket.inet_aton(pk.CLIENT), socket.inet_aton(pk.SERVER)


def fed(packets: t.Iterable[tuple[bytes, bool]], interface: str = 'eth0') -> Table:
    table = Table()
    for data, out in packets:
        table.feed(data, interface, out)
    return table


def test_a_dial() -> None:
    gre = [(pk.gre(pk.CLIENT, pk.SERVER, 22, 0), False), (pk.gre(pk.SERVER, pk.CLIENT, 11, 0, 0), True),
           (pk.gre(pk.CLIENT, pk.SERVER, 22, None, 0), False)]
    table = fed(pk.session() + gre + [(pk.up(pk.FIN | pk.ACK), False), (pk.down(pk.RST), True)])
    assert table.rows() == [{
        'name': pk.NAME, 'client': [pk.CLIENT, 4000], 'server': [pk.SERVER, 1723], 'syn': 5, 'result': 1, 'acked': True,
        'calls': [11, 22], 'seen': {
            'syn': {'eth0': [1, 0]}, 'syn_ack': {'eth0': [0, 1]}, 'control': {'eth0': [2, 2]}, 'fin': {'eth0': [1, 0]},
            'rst': {'eth0': [0, 1]}, 'up': {'eth0': [2, 0]}, 'down': {'eth0': [0, 1]}}}]
    assert (table.silent, table.crowded) == (0, False)


def test_an_acknowledgement_to_the_server_says_nothing_of_the_server() -> None:
    table = fed([*pk.session(), (pk.gre(pk.CLIENT, pk.SERVER, 22, None, 0), False),
                 (pk.gre(pk.SERVER, pk.CLIENT, 11, 0), True)])
    assert table.rows()[0]['acked'] is False


def test_the_payload_need_not_be_there() -> None:
    packet = pk.gre(pk.SERVER, pk.CLIENT, 11, 0, 9, b'x' * 1000)
    assert fed([*pk.session(), (packet[:60], True)]).rows()[0]['acked'] is True


def test_a_router_has_a_row_for_each_side() -> None:
    inside, outside = pk.session(), pk.session(client=pk.OTHER, port=5000, calls=(33, 22))
    table = Table()
    for (data, out), (other, back) in zip(inside, outside):  # noqa: B905  # Python 3.8
        table.feed(data, 'lan0', out)
        table.feed(other, 'wan0', not back)
    table.feed(pk.gre(pk.SERVER, pk.OTHER, 33), 'wan0', False)
    table.feed(pk.gre(pk.SERVER, pk.CLIENT, 11), 'lan0', True)
    rows = table.rows()
    assert [(row['name'], row['syn'], row['calls'], row['seen']['down']) for row in rows] == [
        (pk.NAME, 5, [11, 22], {'lan0': [0, 1]}), (pk.NAME, 5, [33, 22], {'wan0': [1, 0]})]


def test_gre_of_other_calls_is_not_counted() -> None:
    table = fed([*pk.session(), (pk.gre(pk.CLIENT, pk.SERVER, 23), False), (pk.gre(pk.SERVER, pk.CLIENT, 22), True),
                 (pk.gre(pk.CLIENT, pk.OTHER, 22), False)])
    assert not {'up', 'down'} & set(table.rows()[0]['seen'])


def test_gre_that_overtakes_the_answer_to_the_call_is_counted() -> None:
    session = pk.session()
    table = fed([(pk.gre(pk.SERVER, pk.CLIENT, 11), True), *session[:-1], (pk.gre(pk.SERVER, pk.CLIENT, 11, 1), True),
                 session[-1]])
    assert table.rows()[0]['seen']['down'] == {'eth0': [0, 2]}


def test_what_is_asked_of_the_filter() -> None:
    table, session = Table(), pk.session()
    asked = [(table.feed(data, 'eth0', out), table.ends()) for data, out in session]
    nothing: list[t.Any] = []
    both = [(CLIENT, SERVER, None), (SERVER, CLIENT, None)]
    assert asked == [(False, nothing)] * 3 + [(True, both), (False, both), (True, both),
                                              (True, [(CLIENT, SERVER, 22), (SERVER, CLIENT, 11)])]


def test_a_call_that_is_refused_wants_no_gre() -> None:
    table = fed(pk.session(result=7, calls=(11, 0)))
    assert (table.ends(), table.rows()[0]['result'], table.rows()[0]['calls']) == ([], 7, [])


def test_an_answer_to_another_call_is_none() -> None:
    stray = pptp.encode(pptp.CallReply(99, 12))
    assert fed([*pk.session()[:-1], (pk.down(pk.ACK, stray), True)]).rows()[0]['calls'] == []
    assert fed([*pk.session(), (pk.down(pk.ACK, stray), True)]).rows()[0]['calls'] == [11, 22]


def test_a_connection_that_ends_before_the_call_wants_no_gre() -> None:
    table = fed(pk.session()[:5])
    assert table.ends() and table.feed(pk.down(pk.FIN), 'eth0', True) and not table.ends()


def test_other_clients_are_forgotten() -> None:
    """Theirs is not kept, and neither asks for GRE."""
    table = fed(pk.session(name='windows'))
    assert (table.rows(), table.silent, table.ends()) == ([], 0, [])


@pytest.mark.parametrize('name', ['vpnops-0123456789abcde', 'vpnops-0123456789ABCDEF', 'xvpnops-0123456789abcdef',
                                  'vpnops-0123456789abcdef0', ''])
def test_names_that_are_none_of_ours(name: str) -> None:
    assert fed(pk.session(name=name)).rows() == []


def test_a_client_cannot_be_named_by_the_server() -> None:
    data = pptp.encode(pptp.StartRequest(host=pk.NAME))
    assert fed([(pk.up(pk.SYN), False), (pk.down(pk.ACK, data), True)]).rows()[0]['name'] == ''


def test_silent_connections() -> None:
    table = fed([(pk.up(pk.SYN, port=port), False) for port in range(1, 41)] + [(pk.up(pk.SYN, port=40), False)])
    rows = table.rows()
    assert table.silent == 40 and len(rows) == witness_flows.SHOWN and {row['name'] for row in rows} == {''}
    assert rows[-1] == {'name': '', 'client': [pk.CLIENT, 40], 'server': [pk.SERVER, 1723], 'syn': 1, 'result': None,
                        'acked': False, 'calls': [], 'seen': {'syn': {'eth0': [2, 0]}}}


def test_a_port_that_is_used_again() -> None:
    table = fed([*pk.session(), *((data, out) for data, out in pk.session(name=pk.NAME[:-1] + '0', calls=(12, 23)))])
    assert [row['name'] for row in table.rows()] == [pk.NAME]     # the same SYN once more: no new connection
    second = pk.session(name=pk.NAME[:-1] + '0', calls=(12, 23))
    second[0] = (pk.up(pk.SYN, sequence=6), False)
    table = fed([*pk.session(), *second])
    assert [(row['name'][-1], row['calls'], row['syn']) for row in table.rows()] == [
        ('f', [11, 22], 5), ('0', [12, 23], 6)]


def test_errors_of_icmp() -> None:
    gre_up, gre_down = pk.gre(pk.CLIENT, pk.SERVER, 22, 9), pk.gre(pk.SERVER, pk.CLIENT, 11, 9)
    errors = [(pk.error(pk.OTHER, gre_up), True), (pk.error(pk.OTHER, gre_down), False),
              (pk.error(pk.OTHER, pk.up(pk.ACK)), False), (pk.error(pk.OTHER, pk.down(pk.ACK)), False),
              (pk.error(pk.OTHER, pk.gre(pk.CLIENT, pk.SERVER, 99, 9)), False), (pk.error(pk.OTHER, gre_up, 8), False)]
    row, = fed(pk.session() + errors).rows()
    assert row['seen']['icmp'] == {'eth0': [3, 1]} and 'up' not in row['seen']


def test_named_connections_are_bounded() -> None:
    table = Table()
    for number in range(witness_flows.NAMED + 5):
        for data, out in pk.session(port=1024 + number, name='vpnops-%016x' % number):
            table.feed(data, 'eth0', out)
    assert table.crowded and len(table.rows()) == witness_flows.NAMED
    assert len(table.ends()) <= 2 * witness_flows.FILTERED


def test_silent_connections_are_bounded() -> None:
    table = fed((pk.up(pk.SYN, port=1 + number % 60000, client='10.0.%d.1' % (number // 60000)), False)
                for number in range(70000))
    assert (table.silent, len(table._silent)) == (70000, witness_flows.SILENT)


def test_calls_are_bounded_and_ours_are_kept() -> None:
    noise = [(pk.gre(pk.OTHER, pk.SERVER, call), False) for call in range(witness_flows.CALLS + 5)]
    table = fed([*pk.session(), (pk.gre(pk.CLIENT, pk.SERVER, 22), False), *noise])
    assert len(table._gre) < witness_flows.CALLS and not table.crowded
    assert table.rows()[0]['seen']['up'] == {'eth0': [1, 0]}
    flood = [(pk.gre(pk.CLIENT, pk.SERVER, call), False) for call in range(witness_flows.CALLS + 5)]
    table = fed([*pk.session()[:-1], *flood])
    assert table.crowded and len(table._gre) == witness_flows.CALLS


def test_interfaces_are_bounded() -> None:
    table = Table()
    for number in range(50):
        table.feed(pk.up(pk.SYN), 'eth%d' % number, False)
    assert len(table.rows()[0]['seen']['syn']) == 8


@settings(max_examples=200)
@given(st.lists(st.tuples(st.binary(max_size=120), st.booleans()), max_size=4))
def test_any_bytes(packets: list[tuple[bytes, bool]]) -> None:
    json.dumps(fed(packets).rows())


@settings(max_examples=200)
@given(st.data())
def test_a_session_with_a_few_bytes_changed(data: st.DataObject) -> None:
    table = Table()
    packets = [*pk.session(), (pk.gre(pk.SERVER, pk.CLIENT, 11, 0, 0), True),
               (pk.error(pk.OTHER, pk.up(pk.SYN)), False)]
    for packet, out in packets:
        changed = bytearray(packet)
        for _number in range(data.draw(st.integers(0, 2))):
            changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
        table.feed(bytes(changed)[:data.draw(st.integers(0, 400))], 'eth0', out)
    json.dumps(table.rows())
    table.ends()
