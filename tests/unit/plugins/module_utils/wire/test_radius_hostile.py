# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""RADIUS from a hostile server: a value or WireError whatever it sends, soon, and with nothing of it in the text."""

from __future__ import annotations

import contextlib
import time
import typing as t

import pytest
from hypothesis import example, given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils.wire import radius
from ansible_collections.vpnops.pptp.plugins.module_utils.wire.errors import WireError

AUTHENTICATOR = bytes(16)
REQUEST = radius.access_request(7, AUTHENTICATOR, [(1, b'nemo')])
SECRET = b'a-secret-of-ours'


def packet(body: bytes, length: int | None = None) -> bytes:
    """A reply with *body* for its attributes, which claims to have *length* bytes."""
    return b'\x02\x07' + (20 + len(body) if length is None else length).to_bytes(2, 'big') + AUTHENTICATOR + body


@pytest.mark.parametrize(('data', 'reason'), [
    (b'', 'no packet'),
    (packet(b'')[:19], 'no packet'),
    (packet(b'', 0), 'outside'),
    (packet(b'', 19), 'outside'),
    (packet(bytes(5000), 4097), 'outside'),
    (packet(b'', 65535), 'outside'),
    (packet(b'\x12\x06abcd', 27), 'cut off'),
    (packet(b'', 4096), 'cut off'),
    (packet(b'\x12'), 'half an attribute'),
    (packet(b'\x12\x00'), 'length 0'),
    (packet(b'\x12\x01\x12\x03a'), 'length 1'),
    (packet(b'\x12\x06abc'), 'beyond the end'),
    (packet(b'\x12\xff'), 'beyond the end'),
    (packet(b'\x12\x06abcd', 25), 'beyond the end'),
    (packet(b'\x12\x06abcd\x12'), 'half an attribute'),
])
def test_a_lying_packet(data: bytes, reason: str) -> None:
    with pytest.raises(WireError, match=reason):
        radius.decode(data)
    assert not radius.authentic(data, REQUEST, SECRET)
    assert not radius.message_authenticator_ok(data, REQUEST, SECRET)


def test_an_attribute_without_a_value_is_no_lie() -> None:
    assert radius.decode(packet(b'\x1f\x02\x12\x02')).attributes == ((31, b''), (18, b''))


@pytest.mark.parametrize('kind', [bytes, bytearray, memoryview])
def test_padding_is_not_read(kind: t.Callable[[bytes], bytes]) -> None:
    found = radius.decode(kind(packet(b'\x12\x03a') + b'\x12\x00' + bytes(5000)))
    assert found.attributes == ((18, b'a'),)
    assert hash(found.authenticator) == hash(bytes(16))    # bytes, whatever it was decoded from


MICROSOFT = b'\0\0\1\x37'


@pytest.mark.parametrize(('value', 'reason'), [
    (b'', 'no vendor'), (b'\0\0\1', 'no vendor'),
    (MICROSOFT + b'\x1a', 'half an attribute'), (MICROSOFT + b'\x1a\x00', 'length 0'),
    (MICROSOFT + b'\x1a\x01', 'length 1'), (MICROSOFT + b'\x1a\x2dS=', 'beyond the end'),
    (MICROSOFT + b'\x07\x06\0\0\0\1\x08\xff', 'beyond the end')])
def test_a_lying_vendor_attribute(value: bytes, reason: str) -> None:
    found = radius.decode(packet(bytes((26, len(value) + 2)) + value))
    with pytest.raises(WireError, match=reason):
        radius.vendor_attributes(found, radius.MICROSOFT)


def test_the_format_of_another_vendor_is_its_own_business() -> None:
    found = radius.Packet(2, 7, AUTHENTICATOR, ((26, b'\0\0\1\xad\0\0\x98\x41abcd'), (26, MICROSOFT + b'\x07\x03x')))
    assert radius.vendor_attributes(found, radius.MICROSOFT) == ((7, b'x'),)    # 429, US Robotics: types of 4 bytes


@pytest.mark.parametrize(('value', 'reason'), [
    (b'', 'whole blocks'), (b'\x80', 'whole blocks'), (b'\x80\0', 'whole blocks'), (b'\x80\0' + bytes(15), 'whole'),
    (b'\x80\0' + bytes(33), 'whole blocks'), (b'\x7f\0' + bytes(32), 'salt')])
def test_a_lying_key(value: bytes, reason: str) -> None:
    with pytest.raises(WireError, match=reason):
        radius.mppe_key(value, AUTHENTICATOR, SECRET)


@pytest.mark.parametrize('length', [0, 32, 255])
def test_a_key_that_lies_about_its_length(length: int) -> None:
    stream = radius._md5(SECRET + AUTHENTICATOR + b'\x80\0')
    hidden = bytes((stream[0] ^ length,)) + bytes(31)
    with pytest.raises(WireError, match='impossible'):
        radius.mppe_key(b'\x80\0' + hidden, AUTHENTICATOR, SECRET)


ATTRIBUTE = st.tuples(st.sampled_from([1, 18, 26, 80, 255]), st.integers(0, 255), st.binary(max_size=40))
VENDOR = st.tuples(st.just(26), st.integers(0, 60),
                   st.tuples(st.just(MICROSOFT), st.binary(max_size=40)).map(b''.join))


def _bytes(attributes: list[tuple[int, int, bytes]], length: int | None, honest: bool, cut: int) -> bytes:
    body = b''.join(bytes((kind, len(value) + 2 if honest else claim)) + value for kind, claim, value in attributes)
    data = packet(body, length)
    return data[:max(len(data) - cut, 0)]


HOSTILE = st.one_of(
    st.binary(max_size=200),
    st.builds(_bytes, st.lists(st.one_of(ATTRIBUTE, VENDOR), max_size=12), st.one_of(st.none(), st.integers(0, 65535)),
              st.booleans(), st.integers(0, 30)))


@settings(max_examples=500, deadline=None)
@given(HOSTILE)
@example(packet(b'\x1a\x06' + MICROSOFT))
def test_whatever_comes_is_a_packet_or_an_error(data: bytes) -> None:
    assert radius.authentic(data, REQUEST, SECRET) is False
    assert radius.message_authenticator_ok(data, REQUEST, SECRET) in (False, None)
    try:
        found = radius.decode(data)
    except WireError as error:
        assert len(str(error)) < 100
        return
    assert found.encode() == data[:int.from_bytes(data[2:4], 'big')]
    assert len(repr(found)) < 20000
    try:
        inner = radius.vendor_attributes(found, radius.MICROSOFT)
    except WireError:
        return
    assert all(0 <= kind < 256 for kind, _value in inner)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=70), st.binary(min_size=16, max_size=16), st.binary(max_size=20))
def test_whatever_comes_is_a_key_or_an_error(value: bytes, authenticator: bytes, secret: bytes) -> None:
    with contextlib.suppress(WireError):
        assert 0 < len(radius.mppe_key(value, authenticator, secret)) < len(value)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=253)), max_size=16), st.integers(0, 255))
def test_what_was_encoded_is_decoded(attributes: list[tuple[int, bytes]], ident: int) -> None:
    sent = radius.Packet(2, ident, AUTHENTICATOR, tuple(attributes))
    assert radius.decode(sent.encode()) == sent


@pytest.mark.parametrize('body', [b'\x12\x02' * 2038, b'\x1a\x08' + MICROSOFT + b'\x07\x02', b'\x50\x02' * 2038,
                                  (b'\x1a\xfe' + MICROSOFT + b'\x07\x02' * 124) * 16])
def test_the_worst_packet_costs_little(body: bytes) -> None:
    data = packet(body) + bytes(60000)
    begin = time.process_time()
    for _run in range(20):
        radius.vendor_attributes(radius.decode(data), radius.MICROSOFT)
        radius.message_authenticator_ok(data, REQUEST, SECRET)
        radius.authentic(data, REQUEST, SECRET)
    assert time.process_time() - begin < 2.0    # of 20 runs; measured: under 0.1 s
