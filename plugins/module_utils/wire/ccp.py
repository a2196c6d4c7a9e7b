# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""CCP (RFC 1962) with its one option that matters here: MPPE's supported bits (RFC 3078 2)."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.wire import ppp

RESET_REQUEST, RESET_ACK = 14, 15
MPPE = 18
STATELESS, BITS_40, BITS_56, BITS_128 = 0x01000000, 0x20, 0x80, 0x40     # H, L, M, S of RFC 3078 2.1
COMPRESSION, OBSOLETE = 0x01, 0x10                                       # C (MPPC) and D
STRENGTHS = {128: BITS_128, 56: BITS_56, 40: BITS_40}
_KNOWN = STATELESS | BITS_40 | BITS_56 | BITS_128 | COMPRESSION | OBSOLETE


def option(bits: int) -> ppp.Option:
    """MPPE's option with these *bits*."""
    return MPPE, bits.to_bytes(4, 'big')


def bits_of(options: t.Iterable[ppp.Option]) -> int | None:
    """The bits of the MPPE option among *options*, None where there is none; WireError for one of another length."""
    return next((ppp.number(value, 4) for kind, value in options if kind == MPPE), None)


def strengths(bits: int) -> tuple[int, ...]:
    """The key lengths in *bits*, the strongest first."""
    return tuple(length for length, bit in STRENGTHS.items() if bits & bit)


def words(bits: int) -> str:
    """*bits* for a reader, such as ``128 40 stateless``; pppd writes them as ``<mppe +H -M +S +L -D -C>``."""
    parts = [str(length) for length in strengths(bits)] or ['no key length']
    parts.append('stateless' if bits & STATELESS else 'stateful')
    parts += [word for bit, word in ((COMPRESSION, 'mppc'), (OBSOLETE, 'obsolete')) if bits & bit]
    if bits & ~_KNOWN:
        parts.append('unknown 0x%x' % (bits & ~_KNOWN))
    return ' '.join(parts)
