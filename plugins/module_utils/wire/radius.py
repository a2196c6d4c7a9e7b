# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""RADIUS (RFC 2865) as a client of pppd's kind needs it, with Message-Authenticator (RFC 2869 5.14, RFC 5997 for
Status-Server) and Microsoft's attributes (RFC 2548).

Replies are hostile: decoding gives a value or WireError, in time linear in at most 4096 bytes. An attribute is a pair
(type, value), and no text made here shows a value.
"""

from __future__ import annotations

import hmac
import struct
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.wire import md5
from ansible_collections.vpnops.pptp.plugins.module_utils.wire.errors import WireError

Attribute = t.Tuple[int, bytes]

ACCESS_REQUEST, ACCESS_ACCEPT, ACCESS_REJECT, ACCESS_CHALLENGE, STATUS_SERVER = 1, 2, 3, 11, 12
CODES = {1: 'Access-Request', 2: 'Access-Accept', 3: 'Access-Reject', 4: 'Accounting-Request',
         5: 'Accounting-Response', 11: 'Access-Challenge', 12: 'Status-Server', 13: 'Status-Client'}
USER_NAME, NAS_IP_ADDRESS, NAS_PORT, SERVICE_TYPE, FRAMED_PROTOCOL, FRAMED_IP_ADDRESS = 1, 4, 5, 6, 7, 8
REPLY_MESSAGE, VENDOR_SPECIFIC, CALLING_STATION_ID, MESSAGE_AUTHENTICATOR, NAS_IPV6_ADDRESS = 18, 26, 31, 80, 95
MICROSOFT = 311                                                        # RFC 2548 2, and the types of its attributes:
MS_CHAP_ERROR, MS_MPPE_ENCRYPTION_POLICY, MS_MPPE_ENCRYPTION_TYPES, MS_CHAP_CHALLENGE = 2, 7, 8, 11
MS_MPPE_SEND_KEY, MS_MPPE_RECV_KEY, MS_CHAP2_RESPONSE, MS_CHAP2_SUCCESS = 16, 17, 25, 26
HEADER, MAXIMUM = 20, 4096                                             # bytes of a packet, RFC 2865 3
LONGEST, LONGEST_VENDOR = 253, 247                                     # bytes of a value, RFC 2865 5 and 5.26


class Packet(t.NamedTuple):
    """*code*, *id*, *authenticator* (16 bytes) and *attributes* in their order."""

    code: int
    id: int
    authenticator: bytes
    attributes: tuple[Attribute, ...] = ()

    def __repr__(self) -> str:
        """Types and lengths; a value may be a password or a key."""
        shown = ' '.join('%d:%d' % (kind, len(value)) for kind, value in self.attributes)
        return '<%s id=%d [%s]>' % (CODES.get(self.code, 'code %d' % self.code), self.id, shown)

    def values(self, kind: int) -> list[bytes]:
        """The values of the attributes of type *kind*."""
        return [value for found, value in self.attributes if found == kind]

    def encode(self) -> bytes:
        """The bytes; WireError for what does not fit in them."""
        if len(self.authenticator) != 16 or not (0 <= self.code < 256 and 0 <= self.id < 256):
            raise WireError('a packet has a code and an id of one byte and an authenticator of 16')
        body = b''.join(_attribute(kind, value, LONGEST) for kind, value in self.attributes)
        if HEADER + len(body) > MAXIMUM:
            raise WireError('a packet has at most %d bytes' % MAXIMUM)
        return struct.pack('>BBH', self.code, self.id, HEADER + len(body)) + self.authenticator + body


def _attribute(kind: int, value: bytes, longest: int) -> bytes:
    if not 0 <= kind < 256 or len(value) > longest:
        raise WireError('attribute %d: a type is one byte, a value has at most %d' % (kind, longest))
    return bytes((kind, len(value) + 2)) + value


def decode(data: bytes) -> Packet:
    """The packet that *data* begins with; what follows its length is padding (RFC 2865 3)."""
    data = _packet(data)
    attributes = tuple((kind, value) for _offset, kind, value in _walk(data, HEADER))
    return Packet(data[0], data[1], data[4:HEADER], attributes)


def _packet(data: bytes) -> bytes:
    if len(data) < HEADER:
        raise WireError('%d bytes are no packet: its header has %d' % (len(data), HEADER))
    length = struct.unpack_from('>H', data, 2)[0]
    if not HEADER <= length <= MAXIMUM:
        raise WireError('length %d is outside %d to %d' % (length, HEADER, MAXIMUM))
    if length > len(data):
        raise WireError('cut off: %d bytes of %d' % (len(data), length))
    return bytes(data[:length])


def _walk(data: bytes, offset: int) -> t.Iterator[tuple[int, int, bytes]]:
    """The attributes of *data* from *offset* on, as (where, type, value)."""
    while offset < len(data):
        if len(data) - offset < 2:
            raise WireError('half an attribute at byte %d' % offset)
        kind, length = data[offset], data[offset + 1]
        if length < 2:
            raise WireError('attribute %d at byte %d says length %d' % (kind, offset, length))
        if offset + length > len(data):
            raise WireError('attribute %d at byte %d says length %d, beyond the end' % (kind, offset, length))
        yield offset, kind, data[offset + 2:offset + length]
        offset += length


def status_server(ident: int, authenticator: bytes, secret: bytes) -> bytes:
    """A Status-Server request of nothing but its Message-Authenticator (RFC 5997 3, example 6.1)."""
    empty = Packet(STATUS_SERVER, ident, authenticator, ((MESSAGE_AUTHENTICATOR, bytes(16)),)).encode()
    return empty[:-16] + _hmac_md5(secret, empty)


def access_request(ident: int, authenticator: bytes, attributes: t.Sequence[Attribute]) -> bytes:
    """An Access-Request like pppd's. One with Message-Authenticator is refused: to FreeRADIUS in ``auto`` it says
    that this client always sends it, and from then on pppd's own requests are dropped."""
    if any(kind == MESSAGE_AUTHENTICATOR for kind, _value in attributes):
        raise WireError('an Access-Request of ours has no Message-Authenticator')
    return Packet(ACCESS_REQUEST, ident, authenticator, tuple(attributes)).encode()


def authentic(reply: bytes, request: bytes, secret: bytes) -> bool:
    """Whether the Response Authenticator of *reply* to *request* was made with *secret* (RFC 2865 3)."""
    try:
        reply, request = _packet(reply), _packet(request)
    except WireError:
        return False
    return _md5(reply[:4] + request[4:HEADER] + reply[HEADER:] + secret) == reply[4:HEADER]


def message_authenticator_ok(reply: bytes, request: bytes, secret: bytes) -> bool | None:
    """Whether the Message-Authenticator of *reply* to *request* was made with *secret*, ``None`` when it has none
    (RFC 2869 5.14). For a request itself, give it as both."""
    try:
        reply, request = _packet(reply), _packet(request)
        found = [(offset, value) for offset, kind, value in _walk(reply, HEADER) if kind == MESSAGE_AUTHENTICATOR]
    except WireError:
        return False
    if not found:
        return None
    offset, value = found[0]
    if len(found) > 1 or len(value) != 16:
        return False
    signed = reply[:4] + request[4:HEADER] + reply[HEADER:offset + 2] + bytes(16) + reply[offset + 18:]
    return _hmac_md5(secret, signed) == value


def vsa(vendor: int, kind: int, value: bytes) -> Attribute:
    """The Vendor-Specific attribute of *vendor* that holds *value* as its type *kind* (RFC 2865 5.26)."""
    return VENDOR_SPECIFIC, struct.pack('>I', vendor) + _attribute(kind, value, LONGEST_VENDOR)


def vendor_attributes(packet: Packet, vendor: int) -> tuple[Attribute, ...]:
    """The attributes of *vendor* in *packet*; WireError where their lengths lie. Of other vendors nothing is read:
    some have a format of their own."""
    found: list[Attribute] = []
    for value in packet.values(VENDOR_SPECIFIC):
        if len(value) < 4:
            raise WireError('a Vendor-Specific attribute of %d bytes has no vendor' % len(value))
        if struct.unpack_from('>I', value)[0] == vendor:
            found.extend((kind, inner) for _offset, kind, inner in _walk(value, 4))
    return tuple(found)


def mschap2_response(ident: int, peer: bytes, response: bytes) -> bytes:
    """The value of MS-CHAP2-Response (RFC 2548 2.3.2): identifier, flags, peer challenge, reserved, NT-Response."""
    if not 0 <= ident < 256 or len(peer) != 16 or len(response) != 24:
        raise WireError('MS-CHAP2-Response takes a challenge of 16 bytes and a response of 24')
    return bytes((ident, 0)) + peer + bytes(8) + response


def mppe_key(value: bytes, request_authenticator: bytes, secret: bytes) -> bytes:
    """The key in MS-MPPE-Send-Key or MS-MPPE-Recv-Key (RFC 2548 2.4.2): salt, then key length, key and padding,
    hidden by *secret*. What a wrong secret reveals is an error or, one time in many, a key that is none."""
    salt, hidden = value[:2], value[2:]
    if len(salt) < 2 or not hidden or len(hidden) % 16:
        raise WireError('an MPPE key has a salt and whole blocks of 16 bytes, not %d bytes' % len(value))
    if not salt[0] & 0x80:
        raise WireError('the salt of an MPPE key begins with a set bit')
    plain, mixed = b'', request_authenticator + salt
    for begin in range(0, len(hidden), 16):
        block = hidden[begin:begin + 16]
        plain += bytes(a ^ b for a, b in zip(block, _md5(secret + mixed)))
        mixed = block
    if not 0 < plain[0] < len(plain):
        raise WireError('the length of an MPPE key is impossible: wrong secret, or not for this request')
    return plain[1:1 + plain[0]]


def _md5(data: bytes) -> bytes:
    return bytes(md5.new(data).digest())


def _hmac_md5(key: bytes, data: bytes) -> bytes:
    return hmac.new(key, data, md5.new).digest()
