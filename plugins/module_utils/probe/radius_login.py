# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the answer to a login says, and what pppd would do with it (radius.c, radius_setparams; ccp.c).

No key, hash or response is in what is returned: only whether they are there and equal.
"""

from __future__ import annotations

import socket
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.probe import radius_requests as rq
from ansible_collections.vpnops.pptp.plugins.module_utils.wire import mppe, mschap, radius
from ansible_collections.vpnops.pptp.plugins.module_utils.wire.errors import WireError

Facts = t.Dict[str, t.Any]
SESSION_TIMEOUT, IDLE_TIMEOUT, MS_CHAP_MPPE_KEYS = 27, 28, 12
SUCCESS = 43             # bytes of MS-CHAP2-Success: identifier, S= and 40 digits (radius.c)
KEY = 34                 # bytes of an MPPE key attribute: salt and two blocks (radius.c, radius_setmppekeys2)
BITS = ((2, 40), (4, 128))                       # RFC 2548 2.4.5, MS-MPPE-Encryption-Types
_ANY, _NAS = 'client-chooses', 'nas-chooses'     # RFC 2865 5.8: 255.255.255.255 and .254
_TEXT = 120


def judge(data: bytes, asked: rq.Request, user: str, password: str) -> Facts:
    """The answer *data*, authentic, to the login *asked* of *user*."""
    packet = radius.decode(data)
    try:
        own = radius.vendor_attributes(packet, radius.MICROSOFT)
    except WireError:
        own = ()
    facts: Facts = {'outcome': (rq.code(data) or '').lower(), 'error': _error(own), 'reply': _reply(packet)}
    if packet.code != radius.ACCESS_ACCEPT:
        return facts
    facts.update(_proof(own, asked, user, password), keys=_keys(own, asked, password), **_session(packet))
    facts['refused'] = refused(facts)
    return facts


def _one(own: t.Sequence[radius.Attribute], kind: int) -> bytes | None:
    return next((value for found, value in own if found == kind), None)


def _error(own: t.Sequence[radius.Attribute]) -> Facts | None:
    """MS-CHAP-Error, which pppd throws away: ``{code, retry, version, message, meaning}``."""
    value = _one(own, radius.MS_CHAP_ERROR)
    if value is None:
        return None
    found = mschap.failure(value[:radius.LONGEST])
    return {'code': found.code, 'retry': found.retry, 'version': found.version, 'message': clean(found.message),
            'meaning': mschap.CODES.get(found.code or 0)}


def _reply(packet: radius.Packet) -> str | None:
    """Reply-Message, which pppd gives to the client."""
    text = ' '.join(value.decode('utf-8', 'replace') for value in packet.values(radius.REPLY_MESSAGE)[:3])
    return clean(text) or None


def clean(text: str) -> str:
    """*text* of a server in one short line: nothing that cannot be printed, nor turns the writing round."""
    return ' '.join(''.join(char if char.isprintable() else ' ' for char in text).split())[:_TEXT]


def _proof(own: t.Sequence[radius.Attribute], asked: rq.Request, user: str, password: str) -> Facts:
    """``success``: missing, malformed, verified or wrong (the client hangs up on that: RFC 2759 8.8)."""
    value = _one(own, radius.MS_CHAP2_SUCCESS)
    if value is None:
        return {'success': 'missing'}
    if len(value) != SUCCESS or value[1:3] != b'S=':
        return {'success': 'malformed'}
    expected = mschap.authenticator_response(password, asked.response, asked.peer, asked.challenge, user)
    return {'success': 'verified' if value[1:] == expected.encode('ascii') else 'wrong'}


def _keys(own: t.Sequence[radius.Attribute], asked: rq.Request, password: str) -> Facts:
    """``{present, send, recv, policy, types, bits}``; send and recv are missing, malformed (pppd refuses the login),
    equal to what the client derives, or different."""
    master = mppe.master_key(mschap.nt_hash_hash(password), asked.response)
    found = {name: _key(_one(own, kind), asked, derived) for name, kind, derived in (
        ('send', radius.MS_MPPE_SEND_KEY, mppe.send_key(master, True)),
        ('recv', radius.MS_MPPE_RECV_KEY, mppe.recv_key(master, True)))}
    policy, types = (_number(_one(own, kind)) for kind in (radius.MS_MPPE_ENCRYPTION_POLICY,
                                                           radius.MS_MPPE_ENCRYPTION_TYPES))
    return {'present': 'missing' not in found.values(), 'v1': _one(own, MS_CHAP_MPPE_KEYS) is not None, **found,
            'policy': policy, 'types': types, 'bits': [bits for flag, bits in BITS if (types or 0) & flag]}


def _key(value: bytes | None, asked: rq.Request, derived: bytes) -> str:
    if value is None:
        return 'missing'
    try:
        key = radius.mppe_key(value, asked.data[4:20], asked.secret)
    except WireError:
        return 'malformed'
    if len(value) != KEY or len(key) != mppe.KEY:
        return 'malformed'
    return 'equal' if key == derived else 'different'


def _number(value: bytes | None) -> int | None:
    return int.from_bytes(value, 'big') if value is not None and len(value) == 4 else None


def _session(packet: radius.Packet) -> Facts:
    """What else pppd reads of an accept."""
    numbers = {name: _number((packet.values(kind) or [None])[-1]) for name, kind in (   # type: ignore[list-item]
        ('service_type', radius.SERVICE_TYPE), ('framed_protocol', radius.FRAMED_PROTOCOL),
        ('session_timeout', SESSION_TIMEOUT), ('idle_timeout', IDLE_TIMEOUT))}
    address = _number((packet.values(radius.FRAMED_IP_ADDRESS) or [None])[-1])          # type: ignore[list-item]
    return {**numbers, 'framed_ip': {None: None, 0xffffffff: _ANY, 0xfffffffe: _NAS}[address]
            if address in (None, 0xffffffff, 0xfffffffe) else socket.inet_ntoa((address or 0).to_bytes(4, 'big'))}


def refused(facts: Facts) -> list[str]:
    """Why pppd refuses a login that RADIUS accepts, or has no use for its keys; codes, in pppd's order."""
    keys, address = facts['keys'], facts['framed_ip']
    tests = (
        ('service-type', facts['service_type'] not in (None, rq.FRAMED)),
        ('framed-protocol', facts['framed_protocol'] not in (None, rq.PPP)),
        ('framed-ip', bad_address(address)),
        ('success-malformed', facts['success'] == 'malformed'), ('success-missing', facts['success'] == 'missing'),
        ('key-malformed', 'malformed' in (keys['send'], keys['recv'])),
        ('no-keys', not keys['present']), ('no-policy', keys['present'] and keys['policy'] is None),
        ('policy-zero', keys['policy'] == 0), ('success-wrong', facts['success'] == 'wrong'),
        ('keys-different', 'different' in (keys['send'], keys['recv'])))
    return [code for code, true in tests if true]


def bad_address(address: str | None) -> bool:
    """auth.c, ppp_bad_ip_addr: loopback, multicast, and beyond; the two special ones are none."""
    if address is None or address in (_ANY, _NAS):
        return False
    first = int(address.partition('.')[0])
    return first == 127 or first >= 224
