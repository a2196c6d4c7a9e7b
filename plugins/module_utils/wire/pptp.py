# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The control connection of PPTP (RFC 2637 2, TCP port 1723): its fifteen messages, and the stream they come in.

A server's bytes are hostile: decoding gives a value or WireError, and never holds more than one message. Texts of the
peer (host name, vendor) are cut at their first NUL; they are as hostile as ever.
"""

from __future__ import annotations

import struct
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.wire.errors import WireError

PORT, VERSION, COOKIE = 1723, 0x0100, 0x1a2b3c4d    # RFC 2637 1, 2.1 and 1.4
_HEADER = struct.Struct('>HHIHxx')                  # length, kind of message (1: control), cookie, type
_MARK = struct.pack('>HI', 1, COOKIE)               # the bytes from the third on
HEADER = _HEADER.size
LONGEST = 512                                       # bytes; the longest of RFC 2637, an ICRQ, has 220


class StartRequest(t.NamedTuple):
    """SCCRQ (2.1). *framing*: 1 asynchronous, 2 synchronous; *bearer*: 1 analog, 2 digital; both sums."""

    version: int = VERSION
    framing: int = 3
    bearer: int = 3
    max_channels: int = 0
    firmware: int = 0
    host: str = ''
    vendor: str = ''


class StartReply(t.NamedTuple):
    """SCCRP (2.2). *result* of START_RESULTS, *error* of ERRORS."""

    version: int = VERSION
    result: int = 1
    error: int = 0
    framing: int = 3
    bearer: int = 3
    max_channels: int = 0
    firmware: int = 0
    host: str = ''
    vendor: str = ''


class StopRequest(t.NamedTuple):
    """StopCCRQ (2.3). *reason* of STOP_REASONS."""

    reason: int = 1


class StopReply(t.NamedTuple):
    """StopCCRP (2.4)."""

    result: int = 1
    error: int = 0


class EchoRequest(t.NamedTuple):
    """Echo-Request (2.5)."""

    identifier: int = 0


class EchoReply(t.NamedTuple):
    """Echo-Reply (2.6)."""

    identifier: int = 0
    result: int = 1
    error: int = 0


class CallRequest(t.NamedTuple):
    """OCRQ (2.7). Speeds in bit/s, *window* in packets, *delay* in tenths of a second."""

    call_id: int = 0
    serial: int = 0
    min_speed: int = 2400
    max_speed: int = 10000000
    bearer: int = 3
    framing: int = 3
    window: int = 64
    delay: int = 0
    phone_length: int = 0
    phone: str = ''
    subaddress: str = ''


class CallReply(t.NamedTuple):
    """OCRP (2.8). *call_id* is the server's, *peer_call_id* that of the request; *result* of CALL_RESULTS."""

    call_id: int = 0
    peer_call_id: int = 0
    result: int = 1
    error: int = 0
    cause: int = 0
    speed: int = 0
    window: int = 0
    delay: int = 0
    channel: int = 0


class IncomingRequest(t.NamedTuple):
    """ICRQ (2.9)."""

    call_id: int = 0
    serial: int = 0
    bearer: int = 0
    channel: int = 0
    dialed_length: int = 0
    dialing_length: int = 0
    dialed: str = ''
    dialing: str = ''
    subaddress: str = ''


class IncomingReply(t.NamedTuple):
    """ICRP (2.10)."""

    call_id: int = 0
    peer_call_id: int = 0
    result: int = 1
    error: int = 0
    window: int = 0
    delay: int = 0


class IncomingConnected(t.NamedTuple):
    """ICCN (2.11)."""

    peer_call_id: int = 0
    speed: int = 0
    window: int = 0
    delay: int = 0
    framing: int = 0


class ClearRequest(t.NamedTuple):
    """Call-Clear-Request (2.12). *call_id* is the sender's own."""

    call_id: int = 0


class Disconnect(t.NamedTuple):
    """Call-Disconnect-Notify, CDN (2.13). *result* of DISCONNECT_RESULTS."""

    call_id: int = 0
    result: int = 0
    error: int = 0
    cause: int = 0
    statistics: str = ''


class WanError(t.NamedTuple):
    """WAN-Error-Notify, WEN (2.14): counts since the call began."""

    peer_call_id: int = 0
    crc: int = 0
    framing: int = 0
    hardware: int = 0
    buffer: int = 0
    timeout: int = 0
    alignment: int = 0


class LinkInfo(t.NamedTuple):
    """Set-Link-Info, SLI (2.15): the character maps of PPP."""

    peer_call_id: int = 0
    send_accm: int = 0xffffffff
    receive_accm: int = 0xffffffff


class Unknown(t.NamedTuple):
    """A message of a type that RFC 2637 does not have."""

    kind: int
    body: bytes


Message = t.Union[StartRequest, StartReply, StopRequest, StopReply, EchoRequest, EchoReply, CallRequest, CallReply,
                  IncomingRequest, IncomingReply, IncomingConnected, ClearRequest, Disconnect, WanError, LinkInfo,
                  Unknown]
# type of the message: its class, and the fields after the header, reserved ones (x) included
_FIELDS: tuple[tuple[int, t.Any, str], ...] = (
    (1, StartRequest, 'HxxIIHH64s64s'), (2, StartReply, 'HBBIIHH64s64s'), (3, StopRequest, 'Bxxx'),
    (4, StopReply, 'BBxx'), (5, EchoRequest, 'I'), (6, EchoReply, 'IBBxx'),
    (7, CallRequest, 'HHIIIIHHHxx64s64s'), (8, CallReply, 'HHBBHIHHI'),
    (9, IncomingRequest, 'HHIIHH64s64s64s'), (10, IncomingReply, 'HHBBHHxx'), (11, IncomingConnected, 'HxxIHHI'),
    (12, ClearRequest, 'Hxx'), (13, Disconnect, 'HBBHxx128s'), (14, WanError, 'HxxIIIIII'), (15, LinkInfo, 'HxxII'))
_LAYOUTS = {kind: (shape, struct.Struct('>' + fields)) for kind, shape, fields in _FIELDS}
_KINDS = {shape: kind for kind, (shape, _layout) in _LAYOUTS.items()}

# the words of the RFC, shortened
START_RESULTS = {1: 'established', 2: 'general error', 3: 'a control channel exists already',
                 4: 'not authorized to establish one', 5: 'protocol version not supported'}
STOP_REASONS = {1: 'none', 2: 'protocol version not supported', 3: 'shutting down'}
CALL_RESULTS = {1: 'connected', 2: 'general error', 3: 'no carrier', 4: 'busy', 5: 'no dial tone', 6: 'time-out',
                7: 'administratively prohibited'}
DISCONNECT_RESULTS = {1: 'lost carrier', 2: 'general error', 3: 'administrative shutdown', 4: 'on request'}
ERRORS = {0: 'none', 1: 'not connected', 2: 'bad format', 3: 'bad value', 4: 'no resource', 5: 'bad call id',
          6: 'error of the server'}


def words(table: t.Mapping[int, str], code: int) -> str:
    """The words of *code* in one of the tables here, ``code 9`` where it has none."""
    return table.get(code, 'code %d' % code)


def encode(message: Message) -> bytes:
    """The bytes of *message*, header included; WireError for a value that does not fit into its field."""
    if isinstance(message, Unknown):
        kind, body = message.kind, message.body
    else:
        kind = _KINDS[type(message)]
        layout = _LAYOUTS[kind][1]
        values = [value.encode('utf-8', 'replace') if isinstance(value, str) else value for value in message]
        try:
            body = layout.pack(*values)
        except struct.error as error:
            raise WireError('a %s has a value outside of its field' % type(message).__name__) from error
        if any(len(value) > (128 if kind == 13 else 64) for value in values if isinstance(value, bytes)):
            raise WireError('a %s has a text that is too long' % type(message).__name__)
    return _HEADER.pack(HEADER + len(body), 1, COOKIE, kind) + body


def decode(data: bytes) -> Message:
    """The message that *data* holds exactly. One that is longer than RFC 2637 has it is read as far as that goes."""
    length, kind = _checked(data)
    if len(data) != length:
        raise WireError('a control message of %d bytes in %d' % (length, len(data)))
    body = data[HEADER:]
    if kind not in _LAYOUTS:
        return Unknown(kind, body)
    shape, layout = _LAYOUTS[kind]
    if len(body) < layout.size:
        raise WireError('a %s of %d bytes, not %d' % (shape.__name__, len(data), HEADER + layout.size))
    values = layout.unpack_from(body)
    return t.cast(Message, shape(*(_text(value) if isinstance(value, bytes) else value for value in values)))


def _text(field: bytes) -> str:
    return field.partition(b'\0')[0].decode('utf-8', 'replace')


def _checked(data: bytes) -> tuple[int, int]:
    """Length and type of the message at the begin of *data*."""
    if len(data) < HEADER:
        raise WireError('no control message: %d bytes' % len(data))
    length, control, cookie, kind = _HEADER.unpack_from(data)
    if cookie != COOKIE:
        raise WireError('no PPTP: the magic cookie is missing')
    if not HEADER <= length <= LONGEST:
        raise WireError('a control message that says its length is %d' % length)
    if control != 1:
        raise WireError('a message that is not a control message: kind %d' % control)
    return length, kind


class Stream:
    """Puts messages together from the pieces in which TCP brings them. It holds less than one message between calls."""

    def __init__(self) -> None:
        self._held = b''

    def feed(self, data: bytes) -> t.Iterator[Message]:
        """The messages that *data* completes, one by one. WireError once the stream is not PPTP (any more): nothing
        after that can be told apart, so there is nothing left but to close it. Read the iterator to its end."""
        held, self._held = self._held + data, b''
        while len(held) >= HEADER:
            length = _checked(held)[0]
            if len(held) < length:
                break
            message, held = held[:length], held[length:]
            yield decode(message)
        if not _MARK.startswith(held[2:2 + len(_MARK)]) and len(held) < HEADER:
            raise WireError('no PPTP: the magic cookie is missing')
        self._held = held
