# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The three requests that are sent, and what one datagram says that comes back. Bytes in, values out.

Never an Access-Request with Message-Authenticator: one is enough to have FreeRADIUS 3.2.5 and later drop every request
of pppd until it is restarted (``require_message_authenticator = auto``). ``radius.access_request`` refuses to make one.
"""

from __future__ import annotations

import socket
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.wire import mschap, radius
from ansible_collections.vpnops.pptp.plugins.module_utils.wire.errors import WireError

STATUS, REQUEST, LOGIN = 'status', 'request', 'login'
AUTHENTIC, FORGED, MALFORMED = 'authentic', 'bad-authenticator', 'malformed'
FRAMED, PPP = 2, 1                       # RFC 2865 5.6, 5.7; radius.c, radius_chap_verify
NAS_IDENTIFIER = 32
_ANSWERS = {radius.ACCESS_REQUEST: (2, 3, 11), radius.STATUS_SERVER: (2, 3, 5, 11)}   # RFC 2865 4, RFC 5997 4
Random = t.Callable[[int], bytes]


class Request(t.NamedTuple):
    """One request: its *data*, the *secret* that answers are checked with, and of a login the challenges."""

    kind: str
    data: bytes
    secret: bytes
    challenge: bytes = b''
    peer: bytes = b''
    response: bytes = b''


def status(secret: bytes, random: Random) -> Request:
    """Status-Server (RFC 5997): no user, no log line, no state, and its answer proves the secret."""
    return Request(STATUS, radius.status_server(random(1)[0], random(16), secret), secret)


def nobody(random: Random) -> str:
    """A user that cannot exist; no realm in it, which a server might send on to another."""
    return 'pptp-probe-' + random(6).hex()


def request(secret: bytes, nas: dict[str, str], random: Random) -> Request:
    """What pppd sends for a login, of :func:`nobody`: the answer to expect is a reject."""
    return _access(REQUEST, secret, nas, nobody(random), random(16), random(16), random(24), random)


def login(secret: bytes, nas: dict[str, str], user: str, password: str, random: Random) -> Request:
    """What pppd sends when *user* logs in. The realm that pppd appends is no part of what the client hashed."""
    challenge, peer = random(16), random(16)
    response = mschap.nt_response(challenge, peer, user, password)
    realm = nas.get('realm', '')
    name = user + '@' + realm if realm and '@' not in user else user
    return _access(LOGIN, secret, nas, name, challenge, peer, response, random)


def _access(kind: str, secret: bytes, nas: dict[str, str], name: str, challenge: bytes, peer: bytes, response: bytes,
            random: Random) -> Request:
    """The attributes of radius_chap_verify and rc_auth_using_server, in their order."""
    value = name.encode('utf-8', 'surrogateescape')[:radius.LONGEST]
    ident = random(1)[0]
    attributes = [
        (radius.SERVICE_TYPE, FRAMED.to_bytes(4, 'big')), (radius.FRAMED_PROTOCOL, PPP.to_bytes(4, 'big')),
        (radius.USER_NAME, value), radius.vsa(radius.MICROSOFT, radius.MS_CHAP_CHALLENGE, challenge),
        radius.vsa(radius.MICROSOFT, radius.MS_CHAP2_RESPONSE, radius.mschap2_response(ident, peer, response)),
        *_station(nas), _nas(nas), (radius.NAS_PORT, bytes(4))]
    data = radius.access_request(random(1)[0], random(16), attributes)
    return Request(kind, data, secret, challenge, peer, response)


def _station(nas: dict[str, str]) -> list[radius.Attribute]:
    """Calling-Station-Id, which pptpd has pppd send (ipparam): the client's address."""
    caller = nas.get('caller', '').encode('utf-8', 'surrogateescape')[:radius.LONGEST]
    return [(radius.CALLING_STATION_ID, caller)] if caller else []


def _nas(nas: dict[str, str]) -> radius.Attribute:
    """buildreq.c, rc_get_nas_id: the identifier where there is one, else the address of the host's own name."""
    if nas.get('identifier'):
        return NAS_IDENTIFIER, nas['identifier'].encode('utf-8', 'surrogateescape')[:radius.LONGEST]
    address = nas.get('address') or nas.get('source') or '0.0.0.0'
    if ':' in address:
        return radius.NAS_IPV6_ADDRESS, socket.inet_pton(socket.AF_INET6, address.partition('%')[0])
    return radius.NAS_IP_ADDRESS, socket.inet_aton(address)


def judge(data: bytes, asked: Request) -> str:
    """What the datagram *data* is: an ``authentic`` answer, one with a ``bad-authenticator``, or ``malformed``: no
    answer to what was *asked*. (pppd takes the first datagram that comes, and gives up when it is none.)"""
    try:
        packet = radius.decode(data)
    except WireError:
        return MALFORMED
    if packet.code not in _ANSWERS[asked.data[0]] or packet.id != asked.data[1]:
        return MALFORMED
    return AUTHENTIC if radius.authentic(data, asked.data, asked.secret) else FORGED


def code(data: bytes) -> str | None:
    """The name of an answer's code, short: Accept, Reject, Challenge, Accounting-Response."""
    name = radius.CODES.get(data[0]) if data else None
    return name[len('Access-'):] if name and name.startswith('Access-') else name
