# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The codecs against those of others on random input: pycryptodome (MD4, DES), pyrad and scapy (RADIUS)."""

from __future__ import annotations

import functools
import io
import typing as t

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils.wire import des, mschap, radius
from ansible_collections.vpnops.pptp.plugins.module_utils.wire.md4 import md4

SIXTEEN = st.binary(min_size=16, max_size=16)
SECRETS = st.binary(max_size=47).map(lambda secret: secret + b'.')    # HMAC pads a key with NUL: none at the end
DICTIONARY = """
ATTRIBUTE User-Name 1 string
ATTRIBUTE User-Password 2 octets
ATTRIBUTE NAS-Port 5 integer
ATTRIBUTE Reply-Message 18 octets
ATTRIBUTE Message-Authenticator 80 octets
VENDOR Microsoft 311
BEGIN-VENDOR Microsoft
ATTRIBUTE MS-CHAP-Challenge 11 octets
ATTRIBUTE MS-MPPE-Send-Key 16 octets
ATTRIBUTE MS-CHAP2-Response 25 octets
END-VENDOR Microsoft
"""


@given(st.binary(max_size=300))
def test_md4_is_that_of_pycryptodome(data: bytes) -> None:
    oracle = pytest.importorskip('Crypto.Hash.MD4', reason='pycryptodome is not installed')
    assert md4(data) == oracle.new(data).digest()


@pytest.mark.parametrize('length', range(54, 130))
def test_md4_around_the_end_of_a_block(length: int) -> None:
    oracle = pytest.importorskip('Crypto.Hash.MD4', reason='pycryptodome is not installed')
    assert md4(bytes(range(length))) == oracle.new(bytes(range(length))).digest()


@given(st.binary(min_size=8, max_size=8), st.binary(min_size=8, max_size=8))
def test_des_is_that_of_pycryptodome(key: bytes, block: bytes) -> None:
    oracle = pytest.importorskip('Crypto.Cipher.DES', reason='pycryptodome is not installed')
    assert des.encrypt(key, block) == oracle.new(key, oracle.MODE_ECB).encrypt(block)


@given(st.binary(min_size=8, max_size=8), SIXTEEN)
def test_a_challenge_response_is_three_blocks_of_pycryptodome(challenge: bytes, key: bytes) -> None:
    oracle = pytest.importorskip('Crypto.Cipher.DES', reason='pycryptodome is not installed')
    bits = ''.join(f'{byte:08b}' for byte in key + bytes(5))
    keys = [bytes(int(bits[bit:bit + 7] + '0', 2) for bit in range(third, third + 56, 7)) for third in (0, 56, 112)]
    expected = b''.join(oracle.new(eight, oracle.MODE_ECB).encrypt(challenge) for eight in keys)
    assert mschap.challenge_response(challenge, key) == expected


@functools.lru_cache(maxsize=None)  # noqa: UP033 - Python 3.8 has no cache
def pyrad(name: str) -> t.Any:
    return pytest.importorskip('pyrad.' + name, reason='pyrad is not installed')


@functools.lru_cache(maxsize=None)  # noqa: UP033 - Python 3.8 has no cache
def dictionary() -> t.Any:
    return pyrad('dictionary').Dictionary(io.StringIO(DICTIONARY))


@settings(max_examples=100, deadline=None)
@given(SIXTEEN, SIXTEEN, st.binary(min_size=50, max_size=50), st.integers(0, 255))
def test_pyrad_reads_a_request_of_ours(authenticator: bytes, challenge: bytes, response: bytes, ident: int) -> None:
    data = radius.access_request(ident, authenticator, [
        (1, b'alice'), radius.vsa(311, 11, challenge), radius.vsa(311, 25, response), (5, b'\0\0\0\7')])
    found = pyrad('packet').AuthPacket(packet=data, dict=dictionary(), secret=b'x')
    assert (found.code, found.id, found.authenticator) == (1, ident, authenticator)
    assert [found[name] for name in ('User-Name', 'NAS-Port', 'MS-CHAP-Challenge', 'MS-CHAP2-Response')] \
        == [['alice'], [7], [challenge], [response]]


@settings(max_examples=100, deadline=None)
@given(SECRETS, SIXTEEN, st.integers(0, 255))
def test_pyrad_verifies_a_status_server_of_ours(secret: bytes, authenticator: bytes, ident: int) -> None:
    data = radius.status_server(ident, authenticator, secret)
    found = pyrad('packet').Packet(packet=data, dict=dictionary(), secret=secret)
    assert found.verify_message_authenticator()


@settings(max_examples=100, deadline=None)
@given(SECRETS, SECRETS, SIXTEEN, st.binary(max_size=253), st.booleans())
def test_a_reply_of_pyrad_is_authentic(secret: bytes, other: bytes, authenticator: bytes, text: bytes,
                                       signed: bool) -> None:
    request = radius.access_request(9, authenticator, [(1, b'alice')])
    asked = pyrad('packet').AuthPacket(packet=request, dict=dictionary(), secret=secret)
    answer = asked.CreateReply(message_authenticator=signed)
    answer.code = 3
    answer['Reply-Message'] = text
    data = answer.ReplyPacket()
    assert radius.authentic(data, request, secret)
    assert radius.message_authenticator_ok(data, request, secret) is (True if signed else None)
    assert radius.authentic(data, request, other) is (other == secret)
    assert radius.message_authenticator_ok(data, request, other) in (None, other == secret)
    assert radius.decode(data).values(radius.REPLY_MESSAGE) == [text]


@settings(max_examples=100, deadline=None)
@given(SECRETS, SIXTEEN, st.binary(min_size=1, max_size=60))
def test_a_key_that_pyrad_hid_is_found(secret: bytes, authenticator: bytes, key: bytes) -> None:
    hider = pyrad('packet').Packet(secret=secret, authenticator=authenticator, dict=dictionary())
    assert radius.mppe_key(hider.SaltCrypt(key), authenticator, secret) == key


@functools.lru_cache(maxsize=None)  # noqa: UP033 - Python 3.8 has no cache
def scapy() -> t.Any:
    return pytest.importorskip('scapy.layers.radius', reason='scapy is not installed')


@settings(max_examples=50, deadline=None)
@given(SIXTEEN, SIXTEEN, st.binary(min_size=24, max_size=24), st.integers(0, 255))
def test_scapy_reads_a_login_of_ours(authenticator: bytes, peer: bytes, response: bytes, ident: int) -> None:
    data = radius.access_request(ident, authenticator, [
        (1, b'alice'), radius.vsa(311, 25, radius.mschap2_response(ident, peer, response))])
    name, vendor = scapy().Radius(data).attributes
    assert name.value == b'alice'
    assert (vendor.vendor_id, vendor.vendor_type, bytes(vendor.value)) \
        == (311, 25, bytes((ident, 0)) + peer + bytes(8) + response)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([11, 18, 24, 33]), st.binary(min_size=1, max_size=253)), max_size=8))
def test_a_packet_of_scapy_is_decoded(attributes: list[tuple[int, bytes]]) -> None:
    made = scapy().Radius(code=2, id=5, authenticator=b'a' * 16, attributes=[
        scapy().RadiusAttribute(type=kind, value=value) for kind, value in attributes])
    assert radius.decode(bytes(made)) == (2, 5, b'a' * 16, tuple(attributes))


@settings(max_examples=50, deadline=None)
@given(SECRETS, SIXTEEN)
def test_a_status_server_is_signed_as_scapy_signs_it(secret: bytes, authenticator: bytes) -> None:
    data = radius.status_server(1, authenticator, secret)
    unsigned = scapy().Radius(data)
    assert scapy().RadiusAttr_Message_Authenticator.compute_message_authenticator(
        unsigned, authenticator, secret) == data[-16:]
