# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""MPPE: the examples of RFC 3079, pycryptodome's RC4, and packets that are lost, late, doubled or forged."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils.wire import ip, mppe, mschap
from ansible_collections.vpnops.pptp.plugins.module_utils.wire.errors import WireError
from ansible_collections.vpnops.pptp.plugins.module_utils.wire.mppe_cipher import Cipher
from ansible_collections.vpnops.pptp.plugins.module_utils.wire.rc4 import rc4

# RFC 3079 3.5: user "User", password "clientPass"
AUTHENTICATOR = bytes.fromhex('5b5d7c7d7b3f2f3e3c2c602132262628')
PEER = bytes.fromhex('21402324255e262a28295f2b3a337c7e')
START = bytes.fromhex('8b7cdc149b993a1ba118cb153f56dccb')
VECTORS = {128: '405cb2247a7956e6e211007ae27b22d4', 56: 'd15c00c49fa62e3e', 40: 'd1269ec49fa62e3e'}
ENCRYPTED = {128: '81848317df68846272fb5abe', 40: '929137917e5803d668d75898'}


def pair(strength: int = 128) -> tuple[Cipher, Cipher]:
    return Cipher(START, strength), Cipher(START, strength)


def test_the_start_key_of_the_rfc() -> None:
    response = mschap.nt_response(AUTHENTICATOR, PEER, 'User', 'clientPass')
    master = mppe.master_key(mschap.nt_hash_hash('clientPass'), response)
    assert mppe.send_key(master, server=True) == START


def test_the_start_key_of_the_rfc_for_mschap() -> None:
    """RFC 3079 2.5.3."""
    key = mppe.start_key_v1(mschap.nt_hash_hash('clientPass'), bytes.fromhex('102db5df085d3041'))
    assert key.hex() == 'a8947850cfc0acc1d1789fb62ddcddb0'
    assert vars(Cipher(key))['_key'].hex() == '59d159bc09f76f1da2a86a28ffec0b1e'


@pytest.mark.parametrize('strength', VECTORS)
def test_the_session_key_of_the_rfc(strength: int) -> None:
    assert vars(Cipher(START, strength))['_key'].hex() == VECTORS[strength]


@pytest.mark.parametrize('strength', ENCRYPTED)
def test_the_message_of_the_rfc(strength: int) -> None:
    assert rc4(bytes.fromhex(VECTORS[strength]), b'test message').hex() == ENCRYPTED[strength]


@settings(deadline=None, max_examples=50)
@given(st.binary(min_size=5, max_size=16), st.binary(max_size=100))
def test_rc4_is_that_of_pycryptodome(key: bytes, data: bytes) -> None:
    oracle = pytest.importorskip('Crypto.Cipher.ARC4', reason='pycryptodome is not installed')
    assert rc4(key, data) == oracle.new(key).encrypt(data)


@pytest.mark.parametrize('key', [b'', bytes(257)])
def test_rc4_has_limits(key: bytes) -> None:
    with pytest.raises(WireError):
        rc4(key, b'')


@pytest.mark.parametrize('strength', VECTORS)
def test_packets_come_back_in_spite_of_lost_ones(strength: int) -> None:
    sender, receiver = pair(strength)
    packets = [sender.encrypt(b'%d' % number) for number in range(300)]
    assert [packet[:2].hex() for packet in packets[:3]] == ['9000', '9001', '9002']
    for number in (0, 1, 5, 44, 299):
        assert receiver.decrypt(packets[number]) == b'%d' % number
    for late in (299, 298, 0):
        with pytest.raises(WireError, match='order'):
            receiver.decrypt(packets[late])


def test_the_count_wraps_around() -> None:
    sender, receiver = pair()
    for number in range(4098):
        assert receiver.decrypt(sender.encrypt(b'x')) == b'x', number
    assert sender.encrypt(b'')[:2] == b'\x90\x02'


@pytest.mark.parametrize(('body', 'complaint'), [
    (b'', '0 bytes'), (b'\x90', '1 bytes'), (b'\x80\x00x', 'flags 0x8'), (b'\x10\x00x', 'flags 0x1'),
    (b'\xf0\x00x', 'flags 0xf'), (b'\x9f\xffx', 'order'), (b'\x91\x00x', 'order')])
def test_a_forged_packet_changes_nothing(body: bytes, complaint: str) -> None:
    sender, receiver = pair()
    with pytest.raises(WireError, match=complaint):
        receiver.decrypt(body)
    assert receiver.decrypt(sender.encrypt(b'well')) == b'well'


@pytest.mark.parametrize(('key', 'strength'), [(bytes(8), 128), (bytes(16), 64)])
def test_a_key_that_is_none(key: bytes, strength: int) -> None:
    with pytest.raises(WireError):
        Cipher(key, strength)


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=40))
def test_hostile_bytes_give_a_value_or_the_error(body: bytes) -> None:
    with contextlib.suppress(WireError):
        Cipher(START).decrypt(body)
    with contextlib.suppress(WireError):
        ip.decode(body)


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=65), st.integers(0, 0xffff))
def test_a_ping_is_one_for_scapy_and_comes_back(data: bytes, number: int) -> None:
    echo = ip.Echo(ip.ECHO_REQUEST, bytes([10, 99, 0, 100]), bytes([10, 99, 0, 1]), number, 1, data)
    packet = ip.encode(echo)
    assert ip.decode(packet + b'padding') == echo
    oracle = pytest.importorskip('scapy.layers.inet', reason='scapy is not installed')
    read = oracle.IP(packet)
    sums = read.chksum, read[oracle.ICMP].chksum
    del read.chksum, read[oracle.ICMP].chksum
    again = oracle.IP(bytes(read))
    assert (again.chksum, again[oracle.ICMP].chksum) == sums
    assert (read.src, read.dst, read[oracle.ICMP].id) == ('10.99.0.100', '10.99.0.1', number)


def test_a_packet_that_is_no_ping() -> None:
    packet = ip.encode(ip.Echo(ip.ECHO_REPLY, bytes(4), bytes(4), 1, 1, b'data'))
    assert ip.decode(packet[:-1] + b'X') is None       # its checksum does not fit
    with pytest.raises(WireError):
        ip.decode(packet[:-1])
    with pytest.raises(WireError):
        ip.decode(b'\x60' + packet[1:])
