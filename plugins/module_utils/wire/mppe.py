# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The keys of MPPE from an MS-CHAPv2 login (RFC 3079 3.3 and 3.4), as a RADIUS server hands them to pppd, and from an
MS-CHAP login (2.3)."""

from __future__ import annotations

import hashlib

_MAGIC1 = b'This is the MPPE Master Key'
_MAGIC2 = b'On the client side, this is the send key; on the server side, it is the receive key.'
_MAGIC3 = b'On the client side, this is the receive key; on the server side, it is the send key.'
_PAD1, _PAD2 = bytes(40), b'\xf2' * 40
KEY = 16    # bytes: the start key for 128 bits; those for 40 and 56 bits are its first 8


def master_key(nt_hash_hash: bytes, nt_response: bytes) -> bytes:
    """GetMasterKey of RFC 3079 3.4, 16 bytes; *nt_hash_hash* is that of mschap.py."""
    return hashlib.sha1(nt_hash_hash + nt_response + _MAGIC1).digest()[:16]


def send_key(master: bytes, server: bool) -> bytes:
    """GetAsymmetricStartKey of RFC 3079 3.4 for what the *server* (else the client) sends. A RADIUS server's
    MS-MPPE-Send-Key is that of the *server*: the access server's own (RFC 2548 2.4.2)."""
    return _start_key(master, _MAGIC3 if server else _MAGIC2)


def recv_key(master: bytes, server: bool) -> bytes:
    """The same for what it receives: the other side's send key."""
    return send_key(master, not server)


def start_key_v1(nt_hash_hash: bytes, challenge: bytes) -> bytes:
    """Get_Start_Key of RFC 3079 2.3 from the 8 bytes of an MS-CHAP *challenge*: 128 bits, both directions."""
    return hashlib.sha1(nt_hash_hash + nt_hash_hash + challenge).digest()[:KEY]


def _start_key(master: bytes, magic: bytes) -> bytes:
    return hashlib.sha1(master + _PAD1 + magic + _PAD2).digest()[:KEY]
