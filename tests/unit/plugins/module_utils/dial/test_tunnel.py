# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The tunnel: packets in and out of their order, numbers that wrap around, what is acknowledged and when."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils.dial.tunnel import HELD, PATIENCE, Tunnel
from ansible_collections.vpnops.pptp.plugins.module_utils.wire import gre

CALL, PEER = 0x4242, 7


def tunnel() -> tuple[Tunnel, list[gre.Packet]]:
    sent: list[gre.Packet] = []
    made = Tunnel(CALL, lambda data, whole: sent.append(gre.decode(data)))
    made.open(PEER, 0)
    return made, sent


def packet(number: int, call: int = CALL, ack: int | None = None) -> bytes:
    return gre.encode(gre.Packet(call, number, ack, b'%d' % number))


def passed(made: Tunnel, *numbers: int) -> list[int]:
    return [int(frame) for number in numbers for frame in made.receive(packet(number), 0)]


@pytest.mark.parametrize(('numbers', 'expected'), [
    ((0, 1, 2), [0, 1, 2]), ((1, 0, 2), [1, 0, 2]), ((2, 1, 0), [0, 1, 2]), ((0, 0, 1, 1), [0, 1]),
    ((0, 2), [0]), ((0, 2, 2, 1), [0, 1, 2]), ((0, 1, 0), [0, 1])])
def test_packets_are_put_in_order(numbers: tuple[int, ...], expected: list[int]) -> None:
    assert passed(tunnel()[0], *numbers) == expected


def test_a_lost_packet_is_waited_for_and_given_up() -> None:
    made = tunnel()[0]
    assert passed(made, 0, 2, 3, 5) == [0]
    assert made.deadline == PATIENCE
    assert made.tick(PATIENCE / 2) == []
    assert made.tick(PATIENCE) == [b'2', b'3']
    assert made.tick(2 * PATIENCE) == [b'5']
    assert (made.counters.lost, made.deadline) == (2, None)
    assert passed(made, 1, 4, 6) == [6]
    assert made.counters.late == 2


def test_nothing_is_acknowledged_that_has_not_come() -> None:
    """RFC 2637 4.1: the highest number in order. Before the first of them there is none."""
    made, sent = tunnel()
    assert passed(made, 5) == []
    made.acknowledge()
    made.send(b'x')
    assert [one.ack for one in sent] == [None]
    assert made.tick(PATIENCE) == [b'5']
    made.acknowledge()
    assert [one.ack for one in sent] == [None, 5]


def test_the_driver_of_linux_begins_with_one_and_loses_nothing() -> None:
    made, _sent = tunnel()
    assert passed(made, 1, 2) == [1, 2]
    assert (made.counters.lost, made.counters.reordered, made.deadline) == (0, 0, None)
    assert passed(made, 4) == []
    assert made.counters.reordered == 1


def test_too_many_that_wait_are_passed_on() -> None:
    made = tunnel()[0]
    assert passed(made, 0, *range(2, HELD + 2)) == [0]
    assert passed(made, HELD + 2) == list(range(2, HELD + 3))


def test_a_peer_may_begin_anywhere_and_wrap_around() -> None:
    made = tunnel()[0]
    assert passed(made, 0xfffffffe) == []
    assert made.tick(1) == []           # behind 0, where numbers begin: half of them are
    made = tunnel()[0]
    assert passed(made, 0x7ffffff0) == []
    assert made.tick(1) == [b'%d' % 0x7ffffff0]
    vars(made)['_last'] = 0xfffffffd
    assert passed(made, 0xfffffffe, 0xffffffff, 0, 1) == [0xfffffffe, 0xffffffff, 0, 1]


def test_what_is_acknowledged() -> None:
    made, sent = tunnel()
    made.acknowledge()
    made.send(b'first')
    made.receive(packet(0, ack=0), 0)
    made.receive(packet(1), 0)
    made.acknowledge()
    made.acknowledge()
    made.send(b'second')
    assert sent == [gre.Packet(PEER, 1, None, b'first'), gre.Packet(PEER, None, 1), gre.Packet(PEER, 2, 1, b'second')]
    assert made.counters.acked == 0


def test_of_another_call_or_nothing_at_all() -> None:
    made, sent = tunnel()
    for data in (packet(0, call=9), b'', b'\x45' * 40):
        assert made.receive(data, 0) == []
    made.acknowledge()
    assert (made.counters.foreign, made.counters.received, sent) == (3, 0, [])


def test_what_comes_before_the_call_stands() -> None:
    made = Tunnel(CALL, lambda data, whole: None)
    assert made.receive(packet(0), 0) == []
    made.send(b'dropped')
    assert made.open(PEER, 0) == [b'0']
    assert made.counters.sent == 0


@settings(deadline=None, max_examples=100)
@given(st.permutations(range(12)), st.sets(st.integers(0, 11)))
def test_order_is_kept_whatever_is_lost(order: list[int], lost: set[int]) -> None:
    made, now, found = tunnel()[0], 0.0, []
    for number in order:
        if number not in lost:
            found += [int(frame) for frame in made.receive(packet(number), now)]
    while made.deadline is not None:
        now = made.deadline
        found += [int(frame) for frame in made.tick(now)]
    kept = [number for number in range(12) if number not in lost]
    assert sorted(found) == kept
    assert found == kept or found[0] == 1, 'all in order, but for a 0 that came after 1'
    assert [number for number in found if number] == [number for number in kept if number]
