# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""MS-CHAPv2 (RFC 2759): what a client answers to a challenge, and how the server proves that it knows the password.

All challenges are 16 bytes, responses 24. User names go into the hash without their domain (RFC 2759 4).
"""

from __future__ import annotations

import hashlib
import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.wire.des import encrypt
from ansible_collections.vpnops.pptp.plugins.module_utils.wire.errors import WireError
from ansible_collections.vpnops.pptp.plugins.module_utils.wire.md4 import md4

# RFC 2759 6, in its words; FreeRADIUS says 647 of a locked account
CODES = {
    646: 'restricted logon hours',
    647: 'account disabled',
    648: 'password expired',
    649: 'no dial-in permission',
    691: 'authentication failure',
    709: 'error changing password',
}
_MAGIC1 = b'Magic server to client signing constant'                   # RFC 2759 8.7
_MAGIC2 = b'Pad to make it do more than one iteration'
_NUMBER = '=([0-9]{1,10})(?![0-9])'                                    # RFC 2759 6, as is what follows
_FIELDS = {name: re.compile(name + pattern) for name, pattern in (
    ('E', _NUMBER), ('R', '=([01])'), ('C', '=([0-9A-Fa-f]{32})'), ('V', _NUMBER))}


class Failure(t.NamedTuple):
    """A Failure text: *code* of CODES, whether a *retry* is allowed, the new *challenge* (16 bytes), the *version* of
    password changing, the *message*. ``None`` (of *challenge* ``b''``) is what the text lacks."""

    code: int | None
    retry: bool | None
    challenge: bytes
    version: int | None
    message: str


def nt_hash(password: str) -> bytes:
    """NtPasswordHash of RFC 2759 8.3, 16 bytes. (chap_ms.c widens bytes instead, so beyond
    ASCII the hash of a pppd is another one.)"""
    return md4(_encoded(password, 'utf-16-le', 'strict'))


def nt_hash_hash(password: str) -> bytes:
    """HashNtPasswordHash of RFC 2759 8.4: what the session keys are made from (RFC 3079 3.4)."""
    return md4(nt_hash(password))


def challenge_hash(peer: bytes, authenticator: bytes, user: str) -> bytes:
    """ChallengeHash of RFC 2759 8.2, 8 bytes; a ``DOMAIN\\`` before the *user* is left out."""
    name = _encoded(user.rsplit('\\', 1)[-1], 'utf-8', 'surrogateescape')
    return hashlib.sha1(peer + authenticator + name).digest()[:8]


def _encoded(text: str, encoding: str, errors: str) -> bytes:
    """Raised outside of the handler: the codec's own error holds the text, which may be a password."""
    try:
        return text.encode(encoding, errors)
    except UnicodeEncodeError:
        pass
    raise WireError('a name or a password that is not text has no hash')


def challenge_response(challenge: bytes, password_hash: bytes) -> bytes:
    """ChallengeResponse of RFC 2759 8.5: the 8 bytes of *challenge* under the three thirds of *password_hash*."""
    padded = password_hash + bytes(5)
    return b''.join(encrypt(padded[begin:begin + 7], challenge) for begin in (0, 7, 14))


def nt_response(authenticator: bytes, peer: bytes, user: str, password: str) -> bytes:
    """GenerateNTResponse of RFC 2759 8.1, 24 bytes, from both challenges."""
    return challenge_response(challenge_hash(peer, authenticator, user), nt_hash(password))


def authenticator_response(password: str, response: bytes, peer: bytes, authenticator: bytes, user: str) -> str:
    """GenerateAuthenticatorResponse of RFC 2759 8.7: ``S=`` and 40 digits, by which a server that knows the password
    answers the NT-*response*."""
    digest = hashlib.sha1(nt_hash_hash(password) + response + _MAGIC1).digest()
    proof = hashlib.sha1(digest + challenge_hash(peer, authenticator, user) + _MAGIC2).hexdigest()
    return 'S=' + proof.upper()


def failure(text: str | bytes) -> Failure:
    """The fields of *text* such as ``E=691 R=1 C=0123.. V=3 M=Authentication rejected``. It never fails, and may have
    the identifier of RADIUS before it (RFC 2548 2.1.5). The message is the server's: hostile."""
    if isinstance(text, bytes):
        text = text.decode('utf-8', 'replace')
    head, _marker, message = text.partition('M=')
    found = {name: pattern.search(head) for name, pattern in _FIELDS.items()}
    value = {name: match.group(1) if match else None for name, match in found.items()}
    return Failure(_number(value['E']), None if value['R'] is None else value['R'] == '1',
                   bytes.fromhex(value['C'] or ''), _number(value['V']), message)


def _number(digits: str | None) -> int | None:
    return None if digits is None else int(digits)
