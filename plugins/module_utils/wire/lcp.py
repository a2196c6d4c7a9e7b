# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""LCP (RFC 1661 6, RFC 1570 2 and 3): its options, methods of authentication, echoes, and why a peer ended the link."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.wire import ppp
from ansible_collections.vpnops.pptp.plugins.module_utils.wire.errors import WireError

PROTOCOL_REJECT, ECHO_REQUEST, ECHO_REPLY, DISCARD_REQUEST, IDENTIFICATION = 8, 9, 10, 11, 12
MRU, ACCM, AUTH, QUALITY, MAGIC, PFC, ACFC, CALLBACK, MRRU, ENDPOINT = 1, 2, 3, 4, 5, 7, 8, 13, 17, 19
OPTIONS = {MRU: 'mru', ACCM: 'accm', AUTH: 'auth', QUALITY: 'quality', MAGIC: 'magic', PFC: 'pfc', ACFC: 'acfc',
           CALLBACK: 'callback', MRRU: 'mrru', ENDPOINT: 'endpoint'}
DEFAULT_MRU = 1500                                               # bytes, RFC 1661 6.1
_SIZES = {MRU: 2, ACCM: 4, MAGIC: 4, PFC: 0, ACFC: 0}            # bytes of the values that are a number
# RFC 1661 6.2, RFC 1994 3, RFC 2433 2, RFC 2759 2, RFC 3748: the value of the option of each method
METHODS = {'pap': b'\xc0\x23', 'chap-md5': b'\xc2\x23\x05', 'mschap': b'\xc2\x23\x80', 'mschapv2': b'\xc2\x23\x81',
           'eap': b'\xc2\x27'}
_NAMES = {value: name for name, value in METHODS.items()}
_RAS_MARK = b'\x00\x3c\xcd\x74'    # between magic number and error code in a Windows client's Terminate-Request


class Reason(t.NamedTuple):
    """Why a peer ended the link: its *text*, cut and printable, and the RAS error *code* of Windows, if it has one."""

    text: str
    code: int | None = None


def method(value: bytes) -> str:
    """The name of the method in an auth option's *value*: one of METHODS, else its number such as ``0xc22399``."""
    return _NAMES.get(value, '0x' + value[:8].hex())


def valid(option: ppp.Option) -> bool:
    """Whether the *option* has the length that its type demands; of types that are not known here, always."""
    kind, value = option
    return len(value) == _SIZES.get(kind, len(value)) and (kind != AUTH or len(value) >= 2)


def value_of(options: t.Iterable[ppp.Option], kind: int) -> int | None:
    """The number of the option *kind* of MRU, ACCM or MAGIC among *options*; None where there is none."""
    return next((ppp.number(value, _SIZES[kind]) for found, value in options if found == kind), None)


def echo(magic: int, data: bytes = b'') -> bytes:
    """The data of an Echo packet."""
    return magic.to_bytes(4, 'big') + data


def decode_echo(data: bytes) -> tuple[int, bytes]:
    """Magic number and data of an Echo, Discard or Identification packet."""
    if len(data) < 4:
        raise WireError('an echo of %d bytes' % len(data))
    return int.from_bytes(data[:4], 'big'), data[4:]


def protocol_reject(frame: ppp.Frame, longest: int = 64) -> bytes:
    """The data of a Protocol-Reject of *frame*, cut (it may be: RFC 1661 5.7)."""
    return frame.protocol.to_bytes(2, 'big') + frame.body[:longest]


def rejected_protocol(data: bytes) -> int:
    """The protocol that a Protocol-Reject names."""
    if len(data) < 2:
        raise WireError('a Protocol-Reject of %d bytes' % len(data))
    return int.from_bytes(data[:2], 'big')


def reason(data: bytes, longest: int = 120) -> Reason:
    """What the *data* of a Terminate-Request says. Of Windows: 4 bytes of magic number, a mark, the error code."""
    if len(data) == 12 and data[4:8] == _RAS_MARK:
        return Reason('', int.from_bytes(data[8:], 'big'))
    return Reason(printable(data, longest))


def printable(data: bytes, longest: int = 120) -> str:
    """*data* as text of at most *longest* characters without control characters; it is the peer's, and hostile."""
    text = data[:4 * longest].decode('utf-8', 'replace')
    return ''.join(char if char.isprintable() else '?' for char in text)[:longest]
