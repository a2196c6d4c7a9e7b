# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""PPTP's control messages: scapy as the oracle, bytes of a real pptpd, and streams cut anywhere."""

from __future__ import annotations

import contextlib
import struct
import typing as t

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils.wire import pptp
from ansible_collections.vpnops.pptp.plugins.module_utils.wire.errors import WireError

MESSAGES: list[pptp.Message] = [
    pptp.StartRequest(0x0100, 3, 3, 9, 0x0102, 'host', 'vendor'),
    pptp.StartReply(0x0100, 2, 4, 1, 2, 7, 0x0102, 'host', 'vendor'),
    pptp.StopRequest(3), pptp.StopReply(2, 6), pptp.EchoRequest(0xdeadbeef), pptp.EchoReply(0xdeadbeef, 2, 5),
    pptp.CallRequest(31393, 2, 2400, 10000000, 3, 2, 3, 4, 2, '42', 'sub'),
    pptp.CallReply(7, 31393, 4, 5, 0x0102, 10000000, 3, 4, 0x01020304),
    pptp.IncomingRequest(7, 8, 1, 0x01020304, 3, 2, '123', '45', 'sub'),
    pptp.IncomingReply(7, 8, 3, 4, 5, 6), pptp.IncomingConnected(7, 64000, 5, 6, 2), pptp.ClearRequest(7),
    pptp.Disconnect(7, 3, 4, 0x0102, 'statistics'), pptp.WanError(7, 1, 2, 3, 4, 5, 6), pptp.LinkInfo(7, 1, 2)]
LENGTHS = [156, 156, 16, 16, 16, 20, 168, 32, 220, 24, 28, 16, 148, 40, 24]    # RFC 2637 2.1 to 2.15


def message(kind: int = 5, length: int = 16, cookie: int = pptp.COOKIE, control: int = 1,
            body: bytes = bytes(4)) -> bytes:
    return struct.pack('>HHIHH', length, control, cookie, kind, 0) + body


@pytest.mark.parametrize('kind', range(1, 16))
def test_each_message_comes_back(kind: int) -> None:
    original = MESSAGES[kind - 1]
    data = pptp.encode(original)
    assert (data[8:10], len(data), pptp.decode(data)) == (bytes((0, kind)), LENGTHS[kind - 1], original)


@pytest.mark.parametrize('kind', range(1, 16))
def test_scapy_reads_what_is_written(kind: int) -> None:
    """Same type, same values in the same order; of an ICRP scapy 2.x says length 148, RFC 2637 2.10 says 24."""
    oracle = pytest.importorskip('scapy.layers.pptp', reason='scapy is not installed')
    read = oracle.PPTP(pptp.encode(MESSAGES[kind - 1]))
    assert read.ctrl_msg_type == kind
    assert read.__class__ is not oracle.PPTP
    skipped = ('len', 'type', 'magic_cookie', 'ctrl_msg_type')
    values = [read.getfieldval(field.name) for field in read.fields_desc
              if field.name not in skipped and not field.name.startswith('reserved')]
    values = [value.rstrip(b'\0').decode() if isinstance(value, bytes) else int(value) for value in values]
    assert values == list(MESSAGES[kind - 1])


def test_a_reply_of_pptpd_1_4_0() -> None:
    """Debian 12's, as it answered in the lab, its header and fields up to the names."""
    data = bytes.fromhex('009c00011a2b3c4d0002000001000100000000000000000000010001') + b'local'.ljust(64, b'\0')
    reply = pptp.decode(data + b'linux'.ljust(64, b'\0'))
    assert reply == pptp.StartReply(0x0100, 1, 0, 0, 0, 1, 1, 'local', 'linux')


@pytest.mark.parametrize(('data', 'complaint'), [
    (b'', '0 bytes'), (b'SSH-2.0-OpenSSH_9', 'cookie'), (message(cookie=0), 'cookie'), (message(length=11), 'is 11'),
    (message(length=65535), 'is 65535'), (message(control=2), 'kind 2'), (message(length=15), '15 bytes in 16'),
    (message(length=14, body=bytes(2)), 'a EchoRequest of 14 bytes'), (message(length=20), '20 bytes in 16'),
])
def test_what_is_not_pptp_is_refused(data: bytes, complaint: str) -> None:
    with pytest.raises(WireError, match=complaint):
        pptp.decode(data)


def test_a_longer_message_is_read_as_far_as_it_is_known() -> None:
    assert pptp.decode(message(length=20, body=bytes(8))) == pptp.EchoRequest(0)


def test_an_unknown_message_is_kept() -> None:
    unknown = pptp.decode(message(kind=99))
    assert unknown == pptp.Unknown(99, bytes(4))
    assert pptp.encode(unknown) == message(kind=99)


@pytest.mark.parametrize('wrong', [pptp.ClearRequest(0x10000), pptp.ClearRequest(-1), pptp.StartRequest(host='x' * 65)])
def test_what_does_not_fit_is_refused(wrong: pptp.Message) -> None:
    with pytest.raises(WireError):
        pptp.encode(wrong)


def test_codes_have_words() -> None:
    assert pptp.words(pptp.CALL_RESULTS, 4) == 'busy'
    assert pptp.words(pptp.ERRORS, 77) == 'code 77'


@settings(deadline=None, max_examples=50)
@given(st.lists(st.sampled_from(MESSAGES), max_size=6), st.data())
def test_a_stream_cut_anywhere_is_the_same_stream(messages: list[pptp.Message], data: st.DataObject) -> None:
    whole = b''.join(map(pptp.encode, messages))
    stream, found = pptp.Stream(), []
    while whole:
        size = data.draw(st.integers(1, len(whole)))
        found += list(stream.feed(whole[:size]))
        whole = whole[size:]
    assert found == messages


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=2000))
def test_a_hostile_stream_gives_messages_or_the_error(data: bytes) -> None:
    stream = pptp.Stream()
    with contextlib.suppress(WireError):
        for begin in range(0, len(data), 100):
            list(stream.feed(data[begin:begin + 100]))
    assert len(vars(stream)['_held']) <= pptp.LONGEST


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 20), st.binary(max_size=300))
def test_a_hostile_body_gives_a_message_or_the_error(kind: int, body: bytes) -> None:
    with contextlib.suppress(WireError):
        pptp.decode(message(kind, 12 + len(body), body=body))


@pytest.mark.parametrize('banner', [b'220 ftp\r\n', b'+OK', b'\0\x9c\0\1\x1a\x2b\x3c\x4e'])
def test_what_is_not_pptp_is_known_by_its_first_bytes(banner: bytes) -> None:
    """Whoever says no more than a short banner is not waited for."""
    with pytest.raises(WireError, match='no PPTP'):
        list(pptp.Stream().feed(banner))
    for end in range(9):
        assert list(pptp.Stream().feed(pptp.encode(pptp.EchoRequest(1))[:end])) == []


def test_messages_before_the_break_are_kept() -> None:
    found: list[t.Any] = []
    with pytest.raises(WireError, match='cookie'):
        for one in pptp.Stream().feed(message() + b'HTTP/1.1 400 Bad Request'):
            found.append(one)
    assert found == [pptp.EchoRequest(0)]
