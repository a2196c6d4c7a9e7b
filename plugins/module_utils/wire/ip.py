# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""As much of IPv4 (RFC 791) and ICMP (RFC 792) as one ping through the tunnel takes. An address is four bytes."""

from __future__ import annotations

import struct
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.wire.errors import WireError

HEADER = 20
ICMP = 1
ECHO_REPLY, ECHO_REQUEST = 0, 8
_IP = struct.Struct('>BBHHHBBH4s4s')
_ECHO = struct.Struct('>BBHHH')


class Echo(t.NamedTuple):
    """A ping or its answer: *kind* is ECHO_REQUEST or ECHO_REPLY."""

    kind: int
    source: bytes
    target: bytes
    identifier: int
    sequence: int
    data: bytes = b''


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    padded = data + b'\0' * (len(data) % 2)
    total = sum(struct.unpack('>%dH' % (len(padded) // 2), padded))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def is_ipv6(data: bytes) -> bool:
    """Whether *data* is a packet of IPv6 (RFC 8200 3), as far as its version and its length tell."""
    return len(data) >= 40 and data[0] >> 4 == 6 and int.from_bytes(data[4:6], 'big') == len(data) - 40


def encode(echo: Echo) -> bytes:
    """The IPv4 packet of *echo*."""
    body = _ECHO.pack(echo.kind, 0, 0, echo.identifier, echo.sequence) + echo.data
    body = body[:2] + checksum(body).to_bytes(2, 'big') + body[4:]
    head = _IP.pack(0x45, 0, HEADER + len(body), 0, 0, 64, ICMP, 0, echo.source, echo.target)
    return head[:10] + checksum(head).to_bytes(2, 'big') + head[12:] + body


def decode(data: bytes) -> Echo | None:
    """The echo in an IPv4 packet, None where it is something else; WireError where *data* is no IPv4 packet at all, as
    after a decryption with the wrong key."""
    if len(data) < HEADER or data[0] >> 4 != 4:
        raise WireError('no IPv4 packet')
    length, size = (data[0] & 0xf) * 4, int.from_bytes(data[2:4], 'big')
    if not HEADER <= length <= size <= len(data) or checksum(data[:length]):
        raise WireError('no IPv4 packet: its header does not fit')
    body = data[length:size]
    if data[9] != ICMP or len(body) < _ECHO.size or body[0] not in (ECHO_REPLY, ECHO_REQUEST) or checksum(body):
        return None
    kind, _code, _sum, identifier, sequence = _ECHO.unpack_from(body)
    return Echo(kind, data[12:16], data[16:20], identifier, sequence, body[_ECHO.size:])
