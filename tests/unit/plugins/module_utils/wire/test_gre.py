# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Enhanced GRE: scapy as the oracle, the limits, and sequence numbers that wrap around."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import example, given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils.wire import gre
from ansible_collections.vpnops.pptp.plugins.module_utils.wire.errors import WireError

NUMBERS = st.integers(0, 0xffffffff)
PACKETS = st.one_of(
    st.builds(gre.Packet, st.integers(0, 0xffff), NUMBERS, st.none() | NUMBERS, st.binary(max_size=64)),
    st.builds(gre.Packet, st.integers(0, 0xffff), st.none(), st.none() | NUMBERS, st.just(b'')))


@settings(deadline=None, max_examples=50)
@given(PACKETS, st.binary(max_size=8))
def test_a_packet_comes_back(packet: gre.Packet, padding: bytes) -> None:
    assert gre.decode(gre.encode(packet) + padding) == packet


@settings(deadline=None, max_examples=50)
@given(PACKETS)
def test_scapy_reads_what_is_written(packet: gre.Packet) -> None:
    oracle = pytest.importorskip('scapy.layers.l2', reason='scapy is not installed')
    read = oracle.GRE_PPTP(gre.encode(packet))
    assert (read.proto, read.version, read.key_present, read.call_id) == (0x880b, 1, 1, packet.call_id)
    assert (read.payload_len, read.sequence_number) == (len(packet.payload), packet.sequence)
    assert read.ack_number == packet.ack
    assert bytes(read.payload) == packet.payload


@pytest.mark.parametrize(('data', 'complaint'), [
    ('', '0 bytes'), ('3001880b0000', '6 bytes'),
    ('30010800000400010000000041424344', 'not of PPTP'),       # another protocol
    ('3000880b000400010000000041424344', 'not of PPTP'),       # version 0
    ('b001880b000400010000000041424344', 'not of PPTP'),       # a checksum
    ('3101880b000400010000000041424344', 'not of PPTP'),       # recursion
    ('1001880b000400010000000041424344', 'not of PPTP'),       # no key
    ('3001880b000400010000', 'within its header'), ('3081880b0000000100000000', 'within its header'),
    ('2001880b0004000141424344', 'no sequence number'),
    ('3001880b0005000100000000414243', '5 bytes of payload and has 3'),
])
def test_what_is_not_of_pptp_is_refused(data: str, complaint: str) -> None:
    with pytest.raises(WireError, match=complaint):
        gre.decode(bytes.fromhex(data))


@pytest.mark.parametrize('wrong', [
    gre.Packet(1, payload=b'x'), gre.Packet(0x10000, 1), gre.Packet(1, 1 << 32), gre.Packet(1, 1, 0, bytes(65536))])
def test_what_does_not_fit_is_refused(wrong: gre.Packet) -> None:
    with pytest.raises(WireError):
        gre.encode(wrong)


@settings(deadline=None, max_examples=50)
@given(NUMBERS, st.integers(-0x80000000, 0x7fffffff))
@example(0xffffffff, 1)
@example(0, -1)
def test_the_distance_wraps_around(old: int, ahead: int) -> None:
    assert gre.distance((old + ahead) & 0xffffffff, old) == ahead


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=64) | st.binary(max_size=32).map(lambda rest: b'\x30\x81\x88\x0b' + rest))
def test_hostile_bytes_give_a_packet_or_the_error(data: bytes) -> None:
    with contextlib.suppress(WireError):
        gre.decode(data)
