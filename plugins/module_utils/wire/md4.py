# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""MD4 (RFC 1320), which no OpenSSL 3 offers any more and MS-CHAP is built upon."""

from __future__ import annotations

import struct
import typing as t

_MASK = 0xffffffff
_START = (0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476)    # RFC 1320 3.3


def _f(x: int, y: int, z: int) -> int:
    return x & y | ~x & z


def _g(x: int, y: int, z: int) -> int:
    return x & y | x & z | y & z


def _h(x: int, y: int, z: int) -> int:
    return x ^ y ^ z


# RFC 1320 3.4: of each round the function, the constant, the order of the words and the four shifts
_ROUNDS: tuple[tuple[t.Callable[[int, int, int], int], int, tuple[int, ...], tuple[int, ...]], ...] = (
    (_f, 0, tuple(range(16)), (3, 7, 11, 19)),
    (_g, 0x5a827999, (0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), (3, 5, 9, 13)),
    (_h, 0x6ed9eba1, (0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15), (3, 9, 11, 15)),
)


def md4(data: bytes) -> bytes:
    """The digest of *data*, 16 bytes."""
    padding = b'\x80' + bytes((55 - len(data)) % 64)
    padded = data + padding + struct.pack('<Q', len(data) * 8 & 0xffffffffffffffff)
    state: tuple[int, ...] = _START
    for words in struct.iter_unpack('<16I', padded):
        state = _block(state, words)
    return struct.pack('<4I', *state)


def _block(state: tuple[int, ...], words: tuple[int, ...]) -> tuple[int, ...]:
    a, b, c, d = state
    for function, constant, order, shifts in _ROUNDS:
        for step, index in enumerate(order):
            total = a + function(b, c, d) + words[index] + constant & _MASK
            shift = shifts[step % 4]
            a, b, c, d = d, (total << shift | total >> 32 - shift) & _MASK, b, c
    return tuple(old + new & _MASK for old, new in zip(state, (a, b, c, d)))
