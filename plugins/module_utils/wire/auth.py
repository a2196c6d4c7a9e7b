# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a PPP client proves who it is: PAP (RFC 1334), CHAP with MD5 (RFC 1994), MS-CHAP (RFC 2433) and MS-CHAPv2
(RFC 2759), and as much of EAP (RFC 3748) as it takes to say one's name and to refuse a method."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.wire import md5, mschap
from ansible_collections.vpnops.pptp.plugins.module_utils.wire.errors import WireError

PAP_REQUEST, PAP_ACK, PAP_NAK = 1, 2, 3
CHALLENGE, RESPONSE, SUCCESS, FAILURE = 1, 2, 3, 4
EAP_REQUEST, EAP_RESPONSE, EAP_SUCCESS, EAP_FAILURE = 1, 2, 3, 4
EAP_IDENTITY, EAP_NOTIFICATION, EAP_NAK = 1, 2, 3
EAP_TYPES = {1: 'identity', 2: 'notification', 3: 'nak', 4: 'md5', 5: 'otp', 6: 'gtc', 13: 'tls', 21: 'ttls',
             25: 'peap', 26: 'mschapv2'}    # RFC 3748 5, and IANA's list
_CHALLENGES = {'mschap': 8, 'mschapv2': 16}    # bytes, RFC 2433 3 and RFC 2759 3


class Challenge(t.NamedTuple):
    """A CHAP packet's *value* and the *name* of who sent it: a challenge or a response."""

    value: bytes
    name: bytes

    def __repr__(self) -> str:
        """A response can be cracked: only the length is shown."""
        return '<%d bytes>' % len(self.value)


def pap_request(user: str, password: str) -> bytes:
    """The data of an Authenticate-Request (RFC 1334 2.2.1): the password is readable in it."""
    fields = [text_bytes(text) for text in (user, password)]
    if any(len(field) > 255 for field in fields):
        raise WireError('PAP has no room for a name or a password beyond 255 bytes')
    return b''.join(bytes((len(field),)) + field for field in fields)


def pap_message(data: bytes) -> bytes:
    """The text of an Ack or a Nak. It is left out by some, so what does not fit is no error."""
    return data[1:1 + data[0]] if data else b''


def encode_challenge(value: bytes, name: bytes) -> bytes:
    """The data of a CHAP Challenge or Response (RFC 1994 4.1)."""
    if len(value) > 255:
        raise WireError('CHAP has no room for a value beyond 255 bytes')
    return bytes((len(value),)) + value + name


def decode_challenge(data: bytes) -> Challenge:
    """Value and name of a Challenge or a Response."""
    if not data or data[0] < 1 or len(data) < 1 + data[0]:
        raise WireError('a CHAP value that does not fit into its packet')
    return Challenge(data[1:1 + data[0]], data[1 + data[0]:])


def chap_md5(number: int, password: str, challenge: bytes) -> bytes:
    """The 16 bytes that answer the *challenge* of packet *number* (RFC 1994 2)."""
    return bytes(md5.new(bytes((number,)) + text_bytes(password) + challenge).digest())


def mschap_response(challenge: bytes, password: str) -> bytes:
    """The 49 bytes of MS-CHAP (RFC 2433 4): no LM response, the NT response, and the flag to use that."""
    _sized('mschap', challenge)
    return bytes(24) + mschap.challenge_response(challenge, mschap.nt_hash(password)) + b'\1'


def mschapv2_response(challenge: bytes, peer: bytes, user: str, password: str) -> bytes:
    """The 49 bytes of MS-CHAPv2 (RFC 2759 4): the 16 of the *peer* challenge, 8 of zero, the NT response, no flags."""
    _sized('mschapv2', challenge)
    return peer + bytes(8) + mschap.nt_response(challenge, peer, user, password) + b'\0'


def _sized(method: str, challenge: bytes) -> None:
    if len(challenge) != _CHALLENGES[method]:
        raise WireError('a challenge of %d bytes, %s has %d' % (len(challenge), method, _CHALLENGES[method]))


def name(user: str) -> bytes:
    """The name in a response of CHAP or EAP; that of a pppd has 255 bytes at most, too."""
    data = text_bytes(user)
    if len(data) > 255:
        raise WireError('a name beyond 255 bytes')
    return data


def text_bytes(text: str) -> bytes:
    """A name or a password as it is sent. Raised outside of the handler: the codec's own error holds the text."""
    try:
        return text.encode('utf-8', 'surrogateescape')
    except UnicodeEncodeError:
        pass
    raise WireError('a name or a password that is not text')


def eap_type(data: bytes) -> int:
    """The type of an EAP Request or Response."""
    if not data:
        raise WireError('an EAP packet without a type')
    return data[0]


def eap_identity(user: str) -> bytes:
    """The data of a Response that says one's name."""
    return bytes((EAP_IDENTITY,)) + name(user)


def eap_nak(wanted: int = 0) -> bytes:
    """The data of a Response that refuses a method (RFC 3748 5.3.1); 0 for *wanted*: there is none that would do."""
    return bytes((EAP_NAK, wanted))


def eap_name(kind: int) -> str:
    """The name of an EAP type, ``type 99`` where it has none."""
    return EAP_TYPES.get(kind, 'type %d' % kind)
