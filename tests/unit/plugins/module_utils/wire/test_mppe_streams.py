# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whole MPPE sessions of 40, 56 and 128 bits against an oracle that is written from RFC 3078 and 3079 anew, over
pycryptodome's RC4 and SHA-1: every key up to beyond the point where the count begins again, and packets lost before,
at and after it."""

from __future__ import annotations

import random
import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.wire import mppe, mschap
from ansible_collections.vpnops.pptp.plugins.module_utils.wire.errors import WireError
from ansible_collections.vpnops.pptp.plugins.module_utils.wire.mppe_cipher import COUNTS, FURTHEST, Cipher

START = bytes.fromhex('8b7cdc149b993a1ba118cb153f56dccb')      # RFC 3079 3.5.3: the server's send key
STRENGTHS = (40, 56, 128)
# RFC 3079 3.5.1 to 3.5.3: the initial session keys of that login
FIRST_KEYS = {40: 'd1269ec49fa62e3e', 56: 'd15c00c49fa62e3e', 128: '405cb2247a7956e6e211007ae27b22d4'}
# "test message" under those keys; the one of 56 bits is not in the RFC, and made by pycryptodome (as are the other two)
MESSAGES = {40: '929137917e5803d668d75898', 56: '3f106833fa448da842bc57b8', 128: '81848317df68846272fb5abe'}


def arc4(key: bytes, data: bytes) -> bytes:
    oracle = pytest.importorskip('Crypto.Cipher.ARC4', reason='pycryptodome is not installed')
    return t.cast(bytes, oracle.new(key).encrypt(data))


class Oracle:
    """The sender's side, step by step as the RFCs have it."""

    def __init__(self, start: bytes, strength: int) -> None:
        self.strength, self.size = strength, 16 if strength == 128 else 8
        self.start = start[:self.size]
        self.key = self.reduced(self.sha(self.start))           # RFC 3079 3.4: GetNewKeyFromSHA of itself
        self.count = 0

    def sha(self, key: bytes) -> bytes:
        """GetNewKeyFromSHA: SHA-1 of start key, 40 zeros, present key, 40 times 0xf2."""
        oracle = pytest.importorskip('Crypto.Hash.SHA1', reason='pycryptodome is not installed')
        digest = oracle.new()
        for part in (self.start, b'\0' * 40, key, b'\xf2' * 40):
            digest.update(part)
        return t.cast(bytes, digest.digest()[:self.size])

    def reduced(self, key: bytes) -> bytes:
        """Three known bytes of a key of 40 bits, one of 56 (RFC 3079 3.1, 3.2)."""
        known = {40: b'\xd1\x26\x9e', 56: b'\xd1', 128: b''}[self.strength]
        return known + key[len(known):]

    def packet(self, data: bytes) -> bytes:
        """RFC 3078 7: in stateless mode the key changes before each packet, the first one included."""
        interim = self.sha(self.key)
        self.key = self.reduced(arc4(interim, interim))
        head = 0x9000 | self.count
        self.count = (self.count + 1) & 0x0fff
        return bytes((head >> 8, head & 0xff)) + arc4(self.key, data)


@pytest.mark.parametrize('strength', STRENGTHS)
def test_the_first_key_and_a_message_under_it(strength: int) -> None:
    assert Oracle(START, strength).key.hex() == FIRST_KEYS[strength]
    assert vars(Cipher(START, strength))['_key'].hex() == FIRST_KEYS[strength]
    assert arc4(bytes.fromhex(FIRST_KEYS[strength]), b'test message').hex() == MESSAGES[strength]


@pytest.mark.parametrize('strength', STRENGTHS)
def test_each_packet_is_the_oracles_until_the_count_has_begun_again(strength: int) -> None:
    oracle, cipher = Oracle(START, strength), Cipher(START, strength)
    for number in range(COUNTS + 50):
        data = b'\0\x21' + number.to_bytes(4, 'big') * (1 + number % 5)
        packet = cipher.encrypt(data)
        assert packet == oracle.packet(data), number
        assert int.from_bytes(packet[:2], 'big') == 0x9000 + number % COUNTS


@pytest.mark.parametrize('strength', STRENGTHS)
def test_what_the_oracle_sends_is_read_over_the_wrap_whatever_is_lost(strength: int) -> None:
    chance, oracle, cipher = random.Random(strength), Oracle(START, strength), Cipher(START, strength)
    ahead = read = 0
    for number in range(2 * COUNTS + 100):
        data = b'\0\x21%d' % number
        packet = oracle.packet(data)
        if ahead == 0 and chance.random() < 0.05:     # a run of lost packets begins, some of them as long as may be
            ahead = 1 + chance.choice((1, 2, 30, FURTHEST - 1))
        ahead = max(ahead - 1, 0)
        if ahead:
            continue
        assert cipher.decrypt(packet) == data, number
        with pytest.raises(WireError, match='order'):
            cipher.decrypt(packet)
        read += 1
    assert read > 500


@pytest.mark.parametrize('strength', STRENGTHS)
@pytest.mark.parametrize('at', [0, 1, COUNTS - 2, COUNTS - 1, COUNTS, COUNTS + 1])
@pytest.mark.parametrize('lost', [1, FURTHEST - 1, FURTHEST])
def test_a_gap_around_the_wrap(strength: int, at: int, lost: int) -> None:
    """*lost* packets after number *at*: FURTHEST - 1 of them are made up for, one more is not, and changes nothing."""
    oracle, cipher = Oracle(START, strength), Cipher(START, strength)
    vars(oracle).update(count=(at - 20) % COUNTS)
    vars(cipher).update(_count=(at - 21) % COUNTS)
    for _packet in range(21):
        cipher.decrypt(oracle.packet(b'x'))
    missed = [oracle.packet(b'missed %d' % number) for number in range(lost)]
    if lost >= FURTHEST:
        with pytest.raises(WireError, match='order'):
            cipher.decrypt(oracle.packet(b'x'))
        assert cipher.decrypt(missed[0]) == b'missed 0'
    else:
        assert cipher.decrypt(oracle.packet(b'after it')) == b'after it'
        with pytest.raises(WireError, match='order'):
            cipher.decrypt(missed[-1])


@pytest.mark.parametrize('strength', STRENGTHS)
def test_both_directions_of_a_login_have_keys_of_their_own(strength: int) -> None:
    twice = mschap.nt_hash_hash('clientPass')
    master = mppe.master_key(twice, bytes.fromhex('82309ecd8d708b5ea08faa3981cd83544233114a3d85d6df'))
    server, client = (mppe.send_key(master, server=side) for side in (True, False))
    assert server == START
    assert client != server
    assert mppe.recv_key(master, server=False) == server
    oracle = Oracle(client, strength)
    receiver = Cipher(mppe.recv_key(master, server=True), strength)
    assert receiver.decrypt(oracle.packet(b'to the server')) == b'to the server'
    assert Cipher(server, strength).decrypt(Oracle(client, strength).packet(b'xx')) != b'xx'
