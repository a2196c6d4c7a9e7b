# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The witness's filter, run by an interpreter of its own (linux/bpf_common.h); the kernel runs it in tests/witness."""

from __future__ import annotations

import socket
import struct
import typing as t

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils.probe import witness_filter as wf
from tests.unit.plugins.module_utils.probe import witness_packets as pk

CLIENT, SERVER = socket.inet_aton(pk.CLIENT), socket.inet_aton(pk.SERVER)
OUTGOING = 4
_SIZES = {0x00: 4, 0x08: 2, 0x10: 1}


def run(program: list[wf.Instruction], packet: bytes, kind: int = 0) -> int:
    """How many bytes of *packet* the program takes; *kind* is its PACKET_ type."""
    a = x = at = 0
    for _step in range(len(program)):
        code, true, false, k = program[at]
        at += 1
        group = code & 7
        if group == 6:
            return k
        if code == 0x20 and k == 0xfffff004:
            a = kind
        elif group == 0:
            start = k + (x if code & 0xe0 == 0x40 else 0)
            size = _SIZES[code & 0x18]
            if start + size > len(packet):
                return 0
            a = int.from_bytes(packet[start:start + size], 'big')
        elif code == 0xb1:
            if k >= len(packet):
                return 0
            x = (packet[k] & 15) * 4
        elif group == 4:
            a = {0x54: a & k, 0x64: a << k, 0x74: a >> k, 0x0c: a + x}[code] & 0xffffffff
        elif code == 0x07:
            x = a
        else:
            at += true if {0x15: a == k, 0x35: a >= k, 0x45: bool(a & k)}[code] else false
    raise AssertionError('no end')


ENDS = [(CLIENT, SERVER, 22), (SERVER, CLIENT, 11), (CLIENT, socket.inet_aton(pk.OTHER), None)]
BARE, FULL = wf.program(()), wf.program(ENDS)
LATE = 5000     # a sequence number in the middle of a session
OPTIONS = b'\x01' * 8


@pytest.mark.parametrize(('packet', 'taken'), [
    (pk.up(pk.SYN), wf.SNAP_TCP), (pk.down(pk.ACK), wf.SNAP_TCP), (pk.up(pk.ACK, b'x' * 900), wf.SNAP_TCP),
    (pk.ip(6, pk.CLIENT, pk.SERVER, pk.segment((4000, 1723), 2), OPTIONS), wf.SNAP_TCP),
    (pk.ip(6, pk.CLIENT, pk.SERVER, pk.segment((4000, 1724), 2)), 0),
    (pk.ip(6, pk.CLIENT, pk.SERVER, pk.segment((4000, 22), 2), b'\x06\xbb' * 4), 0),
    (pk.ip(17, pk.CLIENT, pk.SERVER, pk.segment((4000, 1723), 2)), 0),
    (pk.ip(6, pk.CLIENT, pk.SERVER, pk.segment((4000, 1723), 2), fragment=0x2000), wf.SNAP_TCP),
    (pk.ip(6, pk.CLIENT, pk.SERVER, pk.segment((4000, 1723), 2), fragment=1), 0),
    (b'\x60' + pk.up(pk.SYN)[1:], 0),
    (pk.gre(pk.CLIENT, pk.SERVER, 22, LATE), 0), (pk.gre(pk.CLIENT, pk.SERVER, 22, 0), wf.SNAP_GRE),
    (pk.gre(pk.CLIENT, pk.SERVER, 99, wf.EARLY - 1), wf.SNAP_GRE), (pk.gre(pk.CLIENT, pk.SERVER, 99, wf.EARLY), 0),
    (pk.gre(pk.CLIENT, pk.SERVER, 22, None, 7), 0),
    (pk.error(pk.OTHER, pk.gre(pk.CLIENT, pk.SERVER, 22, LATE)), wf.SNAP_ICMP),
    (pk.error(pk.OTHER, pk.up(pk.SYN)), wf.SNAP_ICMP), (pk.error(pk.OTHER, pk.down(pk.ACK)), wf.SNAP_ICMP),
    (pk.error(pk.OTHER, pk.up(pk.SYN), 11), wf.SNAP_ICMP), (pk.error(pk.OTHER, pk.up(pk.SYN), 12), wf.SNAP_ICMP),
    (pk.error(pk.OTHER, pk.up(pk.SYN), 8), 0), (pk.error(pk.OTHER, pk.up(pk.SYN), 5), 0),
    (pk.error(pk.OTHER, pk.ip(6, pk.CLIENT, pk.SERVER, pk.segment((1, 2), 2))), 0),
    (pk.error(pk.OTHER, pk.ip(6, pk.CLIENT, pk.SERVER, pk.segment((1, 1723), 2), OPTIONS)), wf.SNAP_ICMP),
    (pk.error(pk.OTHER, pk.ip(17, pk.CLIENT, pk.SERVER, pk.segment((1, 1723), 2))), 0)])
def test_without_a_dial(packet: bytes, taken: int) -> None:
    assert run(BARE, packet) == taken


@pytest.mark.parametrize(('packet', 'taken'), [
    (pk.gre(pk.CLIENT, pk.SERVER, 22, LATE), True), (pk.gre(pk.SERVER, pk.CLIENT, 11, LATE), True),
    (pk.gre(pk.CLIENT, pk.SERVER, 22, None, 7), True), (pk.gre(pk.CLIENT, pk.SERVER, 11, LATE), False),
    (pk.gre(pk.SERVER, pk.CLIENT, 22, LATE), False), (pk.gre(pk.CLIENT, pk.OTHER, 9, LATE), True),
    (pk.gre(pk.OTHER, pk.CLIENT, 9, LATE), False), (pk.gre(pk.OTHER, pk.SERVER, 22, LATE), False),
    (pk.ip(47, pk.CLIENT, pk.SERVER, b'\x20\x00\x08\x00' + b'\0' * 12), False)])
def test_gre_of_a_dial(packet: bytes, taken: bool) -> None:
    assert bool(run(FULL, packet)) is taken


def test_what_only_passes_by_is_not_taken() -> None:
    assert [bool(run(BARE, pk.up(pk.SYN), kind)) for kind in range(5)] == [True, True, True, False, True]


def test_it_takes_nothing_at_all() -> None:
    assert run(wf.NOTHING, pk.up(pk.SYN)) == 0


def test_it_fits_into_the_kernel() -> None:
    program = wf.program([(CLIENT, SERVER, call) for call in range(2 * 48)])
    assert len(program) < 1000 and all(max(true, false) < 256 for _code, true, false, _k in program)
    assert wf.packed(program)[:8] == struct.pack('=HBBI', *program[0]) and len(wf.packed(program)) == 8 * len(program)


@settings(max_examples=200)
@given(st.binary(max_size=200), st.integers(0, 4))
def test_any_bytes(data: bytes, kind: int) -> None:
    assert run(FULL, data, kind) in (0, wf.SNAP_TCP, wf.SNAP_GRE, wf.SNAP_ICMP)


@settings(max_examples=100)
@given(st.data())
def test_whatever_is_cut_off(data: st.DataObject) -> None:
    packet: t.Any = data.draw(st.sampled_from([pk.up(pk.SYN), pk.gre(pk.CLIENT, pk.SERVER, 22, LATE),
                                               pk.error(pk.OTHER, pk.up(pk.SYN))]))
    cut = packet[:data.draw(st.integers(0, len(packet)))]
    assert run(FULL, cut) in (0, run(FULL, packet))
