# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A login as pppd's radius.so asks for it: one Access-Request with MS-CHAPv2. Runs in the network of a machine.

    python ad_client.py USER PASSWORD SECRET     prints accept or reject, and E=.. where there is one
"""

from __future__ import annotations

import os
import socket
import sys

from ansible_collections.vpnops.pptp.plugins.module_utils.wire import mschap, radius

MICROSOFT, CHALLENGE, RESPONSE, ERROR = 311, 11, 25, 2     # RFC 2548


def login(user: str, password: str, secret: bytes, seconds: float) -> str:
    """Ask 127.0.0.1:1812."""
    challenge, peer = os.urandom(16), os.urandom(16)
    response = mschap.nt_response(challenge, peer, user.rpartition('\\')[2], password)
    request = radius.access_request(7, os.urandom(16), (
        (6, b'\0\0\0\2'), (7, b'\0\0\0\1'), (1, user.encode()), radius.vsa(MICROSOFT, CHALLENGE, challenge),
        radius.vsa(MICROSOFT, RESPONSE, radius.mschap2_response(0, peer, response)), (4, b'\x7f\0\0\1'),
        (5, b'\0\0\0\0')))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.settimeout(seconds)
        link.connect(('127.0.0.1', 1812))
        link.send(request)
        reply = link.recv(4096)
    assert radius.authentic(reply, request, secret)
    packet = radius.decode(reply)
    errors = [value[1:].decode() for kind, value in radius.vendor_attributes(packet, MICROSOFT) if kind == ERROR]
    return ' '.join([{2: 'accept', 3: 'reject'}[packet.code], *errors])


if __name__ == '__main__':
    print(login(sys.argv[1], sys.argv[2], sys.argv[3].encode(), float(sys.argv[4])))  # noqa: T201
