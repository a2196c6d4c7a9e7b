# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""DES of one block (FIPS 46-3), encryption only: the DesEncrypt() of RFC 2759 8.6.

Bits are numbered as the standard does: 1 is the leftmost. Speed does not matter here (a login needs three blocks).
"""

from __future__ import annotations

from ansible_collections.vpnops.pptp.plugins.module_utils.wire.errors import WireError

_IP = (58, 50, 42, 34, 26, 18, 10, 2, 60, 52, 44, 36, 28, 20, 12, 4, 62, 54, 46, 38, 30, 22, 14, 6, 64, 56, 48, 40,
       32, 24, 16, 8, 57, 49, 41, 33, 25, 17, 9, 1, 59, 51, 43, 35, 27, 19, 11, 3, 61, 53, 45, 37, 29, 21, 13, 5, 63,
       55, 47, 39, 31, 23, 15, 7)
_INVERSE = tuple(_IP.index(bit) + 1 for bit in range(1, 65))
_E = tuple((4 * group + bit - 1) % 32 + 1 for group in range(8) for bit in range(6))
_P = (16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11,
      4, 25)
_PC1 = (57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44, 36,
        63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20, 12, 4)
_PC2 = (14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2, 41, 52, 31, 37, 47,
        55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32)
_SHIFTS = (1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1)
_SBOXES = tuple([int(digit, 16) for digit in box] for box in (    # four rows of sixteen each
    'e4d12fb83a6c59070f74e2d1a6cb953841e8d62bfc973a50fc8249175b3ea06d',
    'f18e6b34972dc05a3d47f28ec01a69b50e7ba4d158c6932fd8a13f42b67c05e9',
    'a09e63f51dc7b428d709346a285ecbf1d6498f30b12c5ae71ad069874fe3b52c',
    '7de3069a1285bc4fd8b56f03472c1ae9a690cb7df13e52843f06a1d8945bc72e',
    '2c417ab6853fd0e9eb2c47d150fa3986421bad78f9c5630eb8c71e2d6f09a453',
    'c1af92680d34e75baf427c9561de0b389ef528c3704a1db6432c95fabe17608d',
    '4b2ef08d3c975a61d0b7491ae35c2f8614bdc37eaf6805926bd814a7950fe23c',
    'd2846fb1a93e50c71fd8a374c56b0e927b419ce206adf35821e74a8dfc90356b'))


def encrypt(key: bytes, block: bytes) -> bytes:
    """*block* (8 bytes) under *key*: 8 bytes whose lowest bits, the parity, do not count, or the 7 without them."""
    if len(key) == 7:
        key = expand(key)
    if len(key) != 8 or len(block) != 8:
        raise WireError('DES takes a key of 7 or 8 bytes and a block of 8')
    bits = _permute(int.from_bytes(block, 'big'), _IP, 64)
    left, right = bits >> 32, bits & 0xffffffff
    for subkey in _subkeys(int.from_bytes(key, 'big')):
        left, right = right, left ^ _mangle(right, subkey)
    return _permute(right << 32 | left, _INVERSE, 64).to_bytes(8, 'big')


def expand(key: bytes) -> bytes:
    """The 56 bits of *key* as 8 bytes of seven bits each, parity bits unset (RFC 2759 8.6)."""
    bits = int.from_bytes(key, 'big')
    return bytes((bits >> shift & 0x7f) << 1 for shift in range(49, -1, -7))


def _permute(value: int, table: tuple[int, ...], width: int) -> int:
    result = 0
    for bit in table:
        result = result << 1 | value >> width - bit & 1
    return result


def _subkeys(key: int) -> list[int]:
    both = _permute(key, _PC1, 64)
    c, d = both >> 28, both & 0xfffffff
    found = []
    for shift in _SHIFTS:
        c, d = (half << shift & 0xfffffff | half >> 28 - shift for half in (c, d))
        found.append(_permute(c << 28 | d, _PC2, 56))
    return found


def _mangle(half: int, subkey: int) -> int:
    mixed, result = _permute(half, _E, 32) ^ subkey, 0
    for number, box in enumerate(_SBOXES):
        six = mixed >> 42 - 6 * number & 0x3f
        row, column = six >> 4 & 2 | six & 1, six >> 1 & 0xf
        result = result << 4 | box[16 * row + column]
    return _permute(result, _P, 32)
