# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Enhanced GRE (RFC 2637 4.1): IP protocol 47, version 1, with the peer's call number in the key."""

from __future__ import annotations

import struct
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.wire.errors import WireError

PROTOCOL = 47               # of IP
_PPP = 0x880b               # what enhanced GRE carries
_KEY, _SEQUENCE, _ACK, _VERSION = 0x2000, 0x1000, 0x0080, 0x0001
_ALLOWED = _KEY | _SEQUENCE | _ACK | _VERSION    # RFC 2637 4.1: every other bit of the first two bytes is zero
_HEADER = struct.Struct('>HHHH')
_NUMBER = struct.Struct('>I')
OVERHEAD = 16               # bytes before the payload, with both numbers


class Packet(t.NamedTuple):
    """*call_id* is the receiver's. One without *sequence* has no payload: it only acknowledges."""

    call_id: int
    sequence: int | None = None
    ack: int | None = None
    payload: bytes = b''


def encode(packet: Packet) -> bytes:
    """The bytes that follow the IP header; WireError for what has no place in them."""
    if packet.payload and packet.sequence is None:
        raise WireError('a payload needs a sequence number')
    flags = _KEY | _VERSION | _SEQUENCE * (packet.sequence is not None) | _ACK * (packet.ack is not None)
    numbers = [number for number in (packet.sequence, packet.ack) if number is not None]
    try:
        return (_HEADER.pack(flags, _PPP, len(packet.payload), packet.call_id)
                + b''.join(_NUMBER.pack(number) for number in numbers) + packet.payload)
    except struct.error as error:
        raise WireError('a GRE packet has a value outside of its field') from error


def decode(data: bytes) -> Packet:
    """The packet in *data*, which begins after the IP header; what comes after its payload is padding."""
    if len(data) < _HEADER.size:
        raise WireError('no GRE packet: %d bytes' % len(data))
    flags, protocol, length, call_id = _HEADER.unpack_from(data)
    if protocol != _PPP or flags & ~_ALLOWED or not flags & _KEY or not flags & _VERSION:
        raise WireError('GRE that is not of PPTP: flags 0x%04x, protocol 0x%04x' % (flags, protocol))
    numbers: list[int | None] = []
    position = _HEADER.size
    for flag in (_SEQUENCE, _ACK):
        if flags & flag:
            if len(data) < position + _NUMBER.size:
                raise WireError('a GRE packet that ends within its header')
            numbers.append(_NUMBER.unpack_from(data, position)[0])
            position += _NUMBER.size
        else:
            numbers.append(None)
    if numbers[0] is None and length:
        raise WireError('a GRE packet with a payload and no sequence number')
    if len(data) < position + length:
        raise WireError('a GRE packet that says %d bytes of payload and has %d' % (length, len(data) - position))
    return Packet(call_id, numbers[0], numbers[1], data[position:position + length])


def distance(new: int, old: int) -> int:
    """How far the sequence number *new* is ahead of *old*, negative behind it; numbers wrap around after 32 bits."""
    return (new - old + 0x80000000 & 0xffffffff) - 0x80000000
