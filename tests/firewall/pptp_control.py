# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The four control messages after which the kernel's helper expects GRE (RFC 2637 sections 2.1, 2.2, 2.7, 2.8)."""

from __future__ import annotations

import struct

_COOKIE = 0x1a2b3c4d


def _message(kind: int, body: bytes) -> bytes:
    return struct.pack('!HHIHH', 12 + len(body), 1, _COOKIE, kind, 0) + body


def start_request() -> bytes:
    """Start-Control-Connection-Request."""
    return _message(1, struct.pack('!HHIIHH64s64s', 0x100, 0, 3, 3, 1, 1, b'', b''))


def start_reply() -> bytes:
    """Start-Control-Connection-Reply: successful."""
    return _message(2, struct.pack('!HBBIIHH64s64s', 0x100, 1, 0, 3, 3, 1, 1, b'', b''))


def call_request(call: int) -> bytes:
    """Outgoing-Call-Request with the client's *call* id."""
    return _message(7, struct.pack('!HHIIIIHHHH64s64s', call, 1, 300, 100000000, 3, 3, 64, 0, 0, 0, b'', b''))


def call_reply(call: int, peer: int) -> bytes:
    """Outgoing-Call-Reply with the server's *call* id and its *peer*'s: connected."""
    return _message(8, struct.pack('!HHBBHIHHI', call, peer, 1, 0, 0, 100000000, 64, 0, 0))
