# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""MPPE itself (RFC 3078), stateless: packets of PPP protocol 0x00fd, each under a key of its own (RFC 3079 3)."""

from __future__ import annotations

import hashlib

from ansible_collections.vpnops.pptp.plugins.module_utils.wire.errors import WireError
from ansible_collections.vpnops.pptp.plugins.module_utils.wire.rc4 import rc4

FLUSHED, ENCRYPTED = 0x8000, 0x1000    # A and D of RFC 3078 3.1; B and C stay zero without compression
COUNTS = 4096                          # the coherency count has 12 bits
HEADER = 2                             # bytes
FURTHEST = 256                         # how many packets in a row may be lost: each costs a hash, and a liar is bounded
_PAD1, _PAD2 = bytes(40), b'\xf2' * 40
_SALTS = {128: b'', 56: b'\xd1', 40: b'\xd1\x26\x9e'}    # RFC 3079 3.1 and 3.2: known bytes at the begin of a short key


class Cipher:
    """One direction of a session: the sender has one, the receiver one with the same start key. It shows no key.
    *skipped* counts the keys of lost packets: each was work for nothing."""

    def __init__(self, start_key: bytes, strength: int = 128) -> None:
        """*start_key*: 16 bytes for a *strength* of 128 bits, the first 8 are used for 56 and 40."""
        if strength not in _SALTS or len(start_key) != 16:
            raise WireError('MPPE takes a start key of 16 bytes and 128, 56 or 40 bits')
        self._salt = _SALTS[strength]
        self._start = start_key[:16 if strength == 128 else 8]
        self._key = self._salted(self._digest(self._start))    # RFC 3079 3.4: the initial session key
        self.skipped = 0
        self._count = COUNTS - 1                               # of the packet that had this key: the first is 0

    def encrypt(self, data: bytes) -> bytes:
        """The body of the next packet; *data* begins with the protocol that it hides."""
        self._next()
        return (FLUSHED | ENCRYPTED | self._count).to_bytes(2, 'big') + rc4(self._key, data)

    def decrypt(self, body: bytes) -> bytes:
        """What the packet with *body* hides. WireError, and nothing changed, for one that is late or again there, that
        is not encrypted or not stateless, or that comes after more than FURTHEST lost ones."""
        if len(body) < HEADER:
            raise WireError('an MPPE packet of %d bytes' % len(body))
        head = int.from_bytes(body[:2], 'big')
        if head & 0xf000 != FLUSHED | ENCRYPTED:
            raise WireError('an MPPE packet with flags 0x%x' % (head >> 12))
        ahead = (head - self._count) % COUNTS
        if not 1 <= ahead <= FURTHEST:
            raise WireError('an MPPE packet out of its order')
        self.skipped += ahead - 1
        for _lost in range(ahead):
            self._next()
        return rc4(self._key, body[2:])

    def _next(self) -> None:
        """The next session key: stateless MPPE changes it before each packet (RFC 3078 7)."""
        interim = self._digest(self._key)
        self._key = self._salted(rc4(interim, interim))
        self._count = (self._count + 1) % COUNTS

    def _digest(self, key: bytes) -> bytes:
        """GetNewKeyFromSHA of RFC 3079 3.3.2."""
        return hashlib.sha1(self._start + _PAD1 + key + _PAD2).digest()[:len(self._start)]

    def _salted(self, key: bytes) -> bytes:
        return self._salt + key[len(self._salt):]
