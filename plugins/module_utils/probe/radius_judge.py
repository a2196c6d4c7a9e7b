# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the answers of one server mean together: the truth table of Status-Server and Access-Request.

Each alone cannot tell a wrong secret from a firewall: FreeRADIUS drops a Status-Server with a wrong secret without a
word, and answers such an Access-Request, in a way that does not verify.
"""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.probe import radius_requests as rq
from ansible_collections.vpnops.pptp.plugins.module_utils.probe.radius_exchange import (
    DENIED,
    ERROR,
    PROHIBITED,
    REFUSED,
    TIMEOUT,
    UNREACHABLE,
    Answer,
)
from ansible_collections.vpnops.pptp.plugins.module_utils.wire import radius

Facts = t.Dict[str, t.Any]
SILENCE = (TIMEOUT,)
WAY = (DENIED, REFUSED, PROHIBITED, UNREACHABLE, ERROR)
_ACCOUNTING = 'Accounting-Response'


def row(answer: Answer, asked: rq.Request) -> Facts:
    """R of docs/facts.md."""
    data = answer.data if answer.result in (rq.AUTHENTIC, rq.FORGED) else b''
    signed = radius.message_authenticator_ok(data, asked.data, asked.secret) if data else None
    return {'result': answer.result, 'by': answer.sender or None, 'icmp': list(answer.icmp) if answer.icmp else None,
            'ms': answer.ms if answer.result != TIMEOUT else None, 'code': rq.code(data), 'signed': signed,
            'ignored': answer.ignored, 'errno': answer.number or None}


def reading(kind: str, status: Facts | None, request: Facts | None) -> str:
    """The row of the truth table (docs/facts.md) for a server of *kind* auth or acct."""
    asked = status or request
    if asked is None:
        return 'not-asked'
    first, second = (status or {}).get('result'), (request or {}).get('result')
    results = [result for result in (first, second) if result]
    if rq.FORGED in results and rq.AUTHENTIC not in results:
        return 'wrong-secret'
    if status and first == rq.AUTHENTIC and (status['code'] == _ACCOUNTING) != (kind == 'acct'):
        return 'wrong-service'
    if rq.AUTHENTIC in results:
        return _trusted(kind, first, second)
    way = next((result for word in WAY for result in results if result == word), None)
    if way:
        return way
    if rq.MALFORMED in results:
        return rq.MALFORMED
    return 'silent' if second or not first else 'status-silent'


def _trusted(kind: str, first: str | None, second: str | None) -> str:
    """One of the two answers proves the secret."""
    if second == rq.AUTHENTIC:
        return 'no-status-server' if first == TIMEOUT else 'fine'
    if second is None:
        return 'fine' if kind == 'acct' else 'status-fine'
    return 'message-authenticator-demanded' if second == TIMEOUT else 'contradictory'
