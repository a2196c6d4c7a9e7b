# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines found in large, gzipped and broken logs."""

from __future__ import annotations

import gzip
import io
import random

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils.collect import scan

HIT = b'Nov 22 07:58:50 vpn pppd[12]: Modem hangup'


def found(data: bytes, pattern: object = scan.PPTP) -> list[bytes]:
    return list(scan.hits(io.BytesIO(data), pattern, scan.Budget(30)))


def test_only_lines_of_pptp_are_found() -> None:
    lines = [b'x apparmor support', HIT, b'', b'a pptpd[1]: x', b'a pptp[1]: x', b'a pptpctrl[1]: x',
             b'systemd[1]: Started pptpd.service', b'b ppd[', b'accel-pppd[3]: x']
    assert found(b'\n'.join(lines)) == [lines[1], *lines[3:7], lines[8]]


def test_a_line_with_two_names_is_one_line() -> None:
    line = b'a systemd[1]: pppd[1]: pptpd[2]: x'
    assert found(line + b'\n' + HIT) == [line, HIT]


def test_chatter_is_left_out() -> None:
    assert found(b'a pptpd[1]: GRE: accepting packet #1\na pppd[1]: sent [LCP EchoReq id=0x0 magic=0x1]\n') == []


@pytest.mark.parametrize('size', [scan.CHUNK - 40, scan.CHUNK, scan.CHUNK + 1, 3 * scan.CHUNK])
def test_a_line_across_chunks_is_whole(size: int) -> None:
    other = b'other line of text\n'
    data = other * (size // len(other)) + b'.' * (size % len(other)) + b'\n' + HIT + b'\n' + HIT
    assert found(data) == [HIT, HIT]


def test_a_line_without_end_does_not_grow() -> None:
    lines = found(b'z' * (9 * scan.CHUNK) + HIT + b'\n' + HIT + b'\n')
    assert lines[-1] == HIT and max(map(len, lines)) <= 2 * scan.CHUNK


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([HIT, b'', b'pp', b'sshd[1]: x', b'pppd[', b'\x00\xff', b'a' * 700]), max_size=60))
def test_it_finds_what_a_simple_reading_finds(lines: list[bytes]) -> None:
    data = b'\n'.join(lines * 40)
    assert found(data) == [line for line in data.split(b'\n') if scan.PPTP.search(line)]


def test_all_lines_are_given_where_no_pattern_is() -> None:
    assert found(b'a\nb\r\n\nc', None) == [b'a', b'b', b'', b'c']


def test_gzip_is_read_in_members_and_to_the_break() -> None:
    dice = random.Random(1)
    noise = b''.join(b'%x\n' % dice.getrandbits(512) for _line in range(9000))
    packed = gzip.compress(noise + HIT + b'\n') + gzip.compress(HIT + b'\n')
    assert list(scan.hits(scan.Gunzip(io.BytesIO(packed)), scan.PPTP, scan.Budget(30))) == [HIT, HIT]
    cut = packed[:len(packed) // 2]
    assert list(scan.hits(scan.Gunzip(io.BytesIO(cut)), scan.PPTP, scan.Budget(30))) == []
    for broken in (b'', b'no gzip', packed[:5]):
        assert scan.Gunzip(io.BytesIO(broken)).readinto(memoryview(bytearray(10))) == 0


def test_a_part_ends_where_it_should() -> None:
    data = (HIT + b'\n') * 10
    reader = io.BytesIO(data)
    first = list(scan.hits(scan.Part(reader, 5 * (len(HIT) + 1)), scan.PPTP, scan.Budget(30)))
    assert len(first) == 5 and len(list(scan.hits(reader, scan.PPTP, scan.Budget(30)))) == 5


def test_no_time_no_lines() -> None:
    budget = scan.Budget(-1)
    assert list(scan.hits(io.BytesIO(HIT), scan.PPTP, budget)) == [] and budget.spent
