# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""PPP: its frames (RFC 1661 2, compressed as of 6.5 and 6.6), and the packets and options that its control protocols
share (5 and 6). GRE carries a frame without flags, escapes and checksum."""

from __future__ import annotations

import struct
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.wire.errors import WireError

IP, COMPRESSED = 0x0021, 0x00fd                                  # the numbers of protocols, assigned by IANA
IPCP, IPV6CP, CCP = 0x8021, 0x8057, 0x80fd
LCP, PAP, CHAP, EAP = 0xc021, 0xc023, 0xc223, 0xc227
PROTOCOLS = {IP: 'IP', COMPRESSED: 'compressed', IPCP: 'IPCP', IPV6CP: 'IPV6CP', CCP: 'CCP', LCP: 'LCP', PAP: 'PAP',
             CHAP: 'CHAP', EAP: 'EAP', 0xc029: 'CBCP', 0xc02b: 'BACP', 0xc025: 'LQR', 0x8053: 'ECP', 0x0057: 'IPV6'}
_ADDRESS = b'\xff\x03'
CONF_REQUEST, CONF_ACK, CONF_NAK, CONF_REJECT, TERM_REQUEST, TERM_ACK, CODE_REJECT = range(1, 8)    # RFC 1661 5
_HEADER = struct.Struct('>BBH')
HEADER = _HEADER.size

Option = t.Tuple[int, bytes]


class Frame(t.NamedTuple):
    """*body* is what *protocol* makes of it."""

    protocol: int
    body: bytes


class Packet(t.NamedTuple):
    """Of LCP, CCP, IPCP, PAP, CHAP and EAP, which all have this header."""

    code: int
    id: int
    data: bytes = b''


def encode_frame(frame: Frame, short_address: bool = False, short_protocol: bool = False) -> bytes:
    """The bytes of *frame*, with address and control left out, or with a one-byte number, where the peer has allowed
    it. LCP is never shortened (RFC 1661 6.5, 6.6)."""
    if not 0 <= frame.protocol <= 0xffff:
        raise WireError('a PPP protocol has 16 bits')
    plain = frame.protocol == LCP
    address = b'' if short_address and not plain else _ADDRESS
    one = short_protocol and frame.protocol < 0x100 and frame.protocol & 1 and not plain
    return address + frame.protocol.to_bytes(1 if one else 2, 'big') + frame.body


def decode_frame(data: bytes) -> Frame:
    """The frame in *data*, shortened or not: the low bit of a protocol's first byte is its last one's only."""
    position = 2 if data[:2] == _ADDRESS else 0
    protocol, position = decode_protocol(data, position)
    return Frame(protocol, data[position:])


def decode_protocol(data: bytes, position: int = 0) -> tuple[int, int]:
    """The protocol number at *position*, of one byte or two, and where it ends."""
    if len(data) > position and data[position] & 1:
        return data[position], position + 1
    if len(data) < position + 2 or not data[position + 1] & 1:
        raise WireError('no PPP frame: it has no protocol')
    return int.from_bytes(data[position:position + 2], 'big'), position + 2


def encode(packet: Packet) -> bytes:
    """The bytes of a control *packet*."""
    try:
        return _HEADER.pack(packet.code, packet.id, HEADER + len(packet.data)) + packet.data
    except struct.error as error:
        raise WireError('a PPP packet has a value outside of its field') from error


def decode(body: bytes) -> Packet:
    """The packet in *body*; what comes after it is padding (RFC 1661 5)."""
    if len(body) < HEADER:
        raise WireError('no PPP packet: %d bytes' % len(body))
    code, number, length = _HEADER.unpack_from(body)
    if not HEADER <= length <= len(body):
        raise WireError('a PPP packet that says its length is %d, in %d bytes' % (length, len(body)))
    return Packet(code, number, body[HEADER:length])


def encode_options(options: t.Iterable[Option]) -> bytes:
    """The data of a Configure packet."""
    parts = []
    for kind, value in options:
        if not 0 <= kind < 256 or len(value) > 253:
            raise WireError('option %d does not fit' % kind)
        parts.append(bytes((kind, len(value) + 2)) + value)
    return b''.join(parts)


def decode_options(data: bytes) -> tuple[Option, ...]:
    """Its options in their order."""
    options: list[Option] = []
    position = 0
    while position < len(data):
        if position + 2 > len(data):
            raise WireError('half an option at the end')
        kind, length = data[position], data[position + 1]
        if length < 2 or position + length > len(data):
            raise WireError('option %d at byte %d says length %d' % (kind, position, length))
        options.append((kind, data[position + 2:position + length]))
        position += length
    return tuple(options)


def number(value: bytes, size: int) -> int:
    """An option's *value* that is a number of *size* bytes; WireError for another size."""
    if len(value) != size:
        raise WireError('an option of %d bytes, not %d' % (len(value), size))
    return int.from_bytes(value, 'big')
