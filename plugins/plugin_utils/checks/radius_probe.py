# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the active probe of RADIUS (pptp_radius_probe) proves of a cause, what it rules out, and what it leaves open."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts, listed
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import Proof

SUBJECT = 'pptp_radius_probe'
Row = dict[str, t.Any]

#: Readings of which no answer comes back, and those after which pppd has an answer that it can use.
UNANSWERED = ('refused', 'prohibited', 'denied', 'unreachable', 'error', 'silent', 'malformed', 'wrong-service')
USABLE = ('fine', 'no-status-server')
_WORDS = {
    'fine': 'answers, and the secret is right',
    'status-fine': 'answers Status-Server, and the secret is right',
    'no-status-server': 'answers a request of pppd, and the secret is right (it knows no Status-Server)',
    'wrong-secret': 'answers, and its answer does not verify with the secret of this host',
    'message-authenticator-demanded': 'answers Status-Server, the secret is right, and drops a request like those of '
                                      'pppd: it demands a Message-Authenticator',
    'wrong-service': 'answers as a server of the other kind: the ports for logins and accounting are mixed up',
    'refused': 'nothing listens there, or a rule rejects it',
    'prohibited': 'a firewall forbids it',
    'denied': 'a rule or route of this host forbids it',
    'unreachable': 'no way leads there',
    'error': 'nothing can be sent',
    'silent': 'answers neither Status-Server nor a request like those of pppd: a firewall drops them, the server does '
              'not know this client, or does not trust it',
    'status-silent': 'does not answer Status-Server',
    'malformed': 'something answers that is no RADIUS server',
    'contradictory': 'answers differ: more than one server behind this address',
}
_CONFIG = {   # problems that keep pppd from sending anything
    'config-absent': 'is missing', 'servers-absent': 'is missing', 'unresolvable': '', 'no-secret': '', 'own-name': ''}
_SECRET = {'secret-cut': 'pppd takes only the first 48 bytes of this secret',
           'line-cut': 'pppd reads 127 bytes of a line, and this one is longer',
           'secret-carriage-return': 'the line ends as in DOS: the carriage return is part of the secret for pppd',
           'secret-quoted': 'the quotes are part of the secret for pppd'}


def rows(facts: Facts, kind: str = 'auth') -> list[Row]:
    """The servers of *kind* that were asked, in pppd's order."""
    return [row for row in facts.maps(SUBJECT, 'servers') or []
            if row.get('kind') == kind and row.get('reading') not in (None, 'not-asked')]


def proofs(facts: Facts, cause: str) -> list[Proof]:
    """What was seen that proves *cause*; nothing where the probe has nothing to say."""
    maker = _PROOFS.get(cause)
    return maker(facts) if maker else []


def suspects(facts: Facts, cause: str) -> list[Proof]:
    """What was seen that *cause* would explain, besides other things."""
    readings = _SUSPECTS.get(cause, ())
    return [_proof(row) for row in rows(facts) if row.get('reading') in readings]


def clears(facts: Facts, cause: str, of: t.Callable[[Row], bool] = lambda row: True) -> Proof | None:
    """What was seen that rules *cause* out for all servers that check logins, or those for which *of* holds."""
    found = [row for row in rows(facts) if of(row)]
    if cause in ('radius-no-mppe-keys', 'radius-wrong-mppe-keys'):
        return next((_login_proof(row, 'the keys for MPPE came, and are those that a client derives')
                     for row in found if _keys(row) == {'equal'} and not _refused(row)), None)
    readings = _CLEARS.get(cause)
    if not readings or not found or any(row.get('reading') not in readings for row in found):
        return None
    return _proof(found[0])


def accounting(facts: Facts) -> list[Proof]:
    """The servers for accounting that do not answer: sessions are not counted, and after each login pppd waits for
    them."""
    return [_proof(row) for row in rows(facts, 'acct') if row.get('reading') in UNANSWERED]


def needs_more(facts: Facts) -> str:
    """What to allow next so that more is known; empty where nothing is left open."""
    readings = {str(row.get('reading')) for row in rows(facts)}
    sent = facts.items(SUBJECT, 'sent') or []
    if 'request' in sent or not readings & {'status-silent', 'status-fine'}:
        return ''
    if 'status-silent' in readings:
        return ('Allow one request like those of pppd, of a user that does not exist (pptp_radius_probe: [status, '
                'request]; one failed login in the log of the server): it tells a wrong secret from a server that '
                'does not answer Status-Server and from silence.')
    return ('Allow one request like those of pppd (pptp_radius_probe: [status, request]; one failed login in the log '
            'of the server): it tells whether the server demands a Message-Authenticator.')


def waits(facts: Facts) -> tuple[int | None, Row | None]:
    """``(seconds, row)``: how long pppd waits for servers that are silent to it before one that answers it, and which
    that is (a wrong answer ends its search, too); ``None`` for what is not known, or where none answers."""
    each = facts.number(SUBJECT, 'budget', 'per_server')
    waited = 0
    for row in rows(facts):
        reading = row.get('reading')
        if reading in (*USABLE, 'status-fine', 'wrong-secret', 'malformed', 'contradictory'):
            return waited, row
        if reading == 'status-silent':
            return None, None
        if each is None:
            return None, None
        waited += 0 if reading == 'error' else each
    return waited, None


def _where(row: Row) -> str:
    name, address = str(row.get('server')), str(row.get('address'))
    return '%s port %s' % (name if name == address else '%s (%s)' % (name, address), row.get('port'))


def _proof(row: Row) -> Proof:
    reading = str(row.get('reading'))
    words = '%s: %s%s' % (_where(row), _WORDS.get(reading, reading), _detail(row))
    return Proof('%s.servers' % SUBJECT, words, str(row.get('secret') or '') if reading == 'wrong-secret' else '')


def _detail(row: Row) -> str:
    """Who said so: the offender of an ICMP error, this host's error."""
    for key in ('request', 'status'):
        seen = row.get(key)
        if isinstance(seen, dict) and seen.get('result') == row.get('reading'):
            icmp = listed(seen.get('icmp'))
            if len(icmp) == 2 and seen.get('by'):
                router = '' if seen['by'] == row.get('address') else ', which is not the server'
                return ' (ICMP %s/%s from %s%s)' % (icmp[0], icmp[1], seen['by'], router)
            return ' (error %s of this host)' % seen['errno'] if seen.get('errno') else ''
    return ''


def _by_reading(*readings: str) -> t.Callable[[Facts], list[Proof]]:
    def found(facts: Facts) -> list[Proof]:
        return [_proof(row) for row in rows(facts) if row.get('reading') in readings]
    return found


def _secret(facts: Facts) -> list[Proof]:
    found = _by_reading('wrong-secret')(facts)
    return found + ([Proof(SUBJECT + '.problems', _SECRET[code], str(source))
                     for source, code, _text in _problems(facts) if code in _SECRET] if found else [])


def _config(facts: Facts) -> list[Proof]:
    return [Proof(SUBJECT + '.problems', str(text or '%s %s' % (source, _CONFIG[code])), str(source))
            for source, code, text in _problems(facts) if code in _CONFIG]


def _problems(facts: Facts) -> list[tuple[t.Any, str, t.Any]]:
    return [(source, str(code), text) for source, code, text in facts.rows(SUBJECT, 'problems', width=3) or []]


def login(facts: Facts) -> Row | None:
    """The answer to the test login, with the row that it belongs to as ``row``."""
    for row in rows(facts):
        if isinstance(row.get('login'), dict):
            return dict(row['login'], row=row)
    return None


def _refused(row: Row) -> list[t.Any]:
    seen = row.get('login')
    return listed(seen.get('refused')) if isinstance(seen, dict) else []


def _keys(row: Row) -> set[str]:
    seen = row.get('login')
    keys = seen.get('keys') if isinstance(seen, dict) else None
    return {str(keys.get('send')), str(keys.get('recv'))} if isinstance(keys, dict) else set()


def _login_proof(row: Row, words: str) -> Proof:
    return Proof(SUBJECT + '.servers', '%s, login of %s: %s' % (_where(row), (row.get('login') or {}).get('user'),
                                                                words), '')


_REFUSED = {
    'no-keys': 'accepted, and no keys for MPPE came', 'no-policy': 'accepted, and no MS-MPPE-Encryption-Policy came',
    'keys-different': 'accepted, and the keys for MPPE are not those that a client derives',
    'key-malformed': 'accepted, and pppd cannot read its keys for MPPE',
    'service-type': 'accepted with a Service-Type other than Framed, which pppd refuses',
    'framed-protocol': 'accepted with a Framed-Protocol other than PPP, which pppd refuses',
    'framed-ip': 'accepted with a Framed-IP-Address that pppd refuses',
    'success-missing': 'accepted without MS-CHAP2-Success, which pppd refuses',
    'success-malformed': 'accepted with an MS-CHAP2-Success that pppd refuses',
    'success-wrong': 'accepted with an MS-CHAP2-Success that does not fit the password: the client hangs up',
}


def _by_refusal(*codes: str) -> t.Callable[[Facts], list[Proof]]:
    def found(facts: Facts) -> list[Proof]:
        return [_login_proof(row, _REFUSED[code] + _which(row, code)) for row in rows(facts)
                for code in _refused(row) if code in codes]
    return found


def _which(row: Row, code: str) -> str:
    key = {'service-type': 'service_type', 'framed-protocol': 'framed_protocol', 'framed-ip': 'framed_ip'}.get(code)
    return ' (%s)' % row['login'].get(key) if key else ''


def _by_error(*tests: t.Callable[[Row], bool]) -> t.Callable[[Facts], list[Proof]]:
    """Logins that were refused with an MS-CHAP-Error for which one of *tests* holds."""
    def found(facts: Facts) -> list[Proof]:
        seen = login(facts)
        error = seen.get('error') if seen else None
        if not seen or not isinstance(error, dict) or not any(test(error) for test in tests):
            return []
        words = 'refused, E=%s R=%d %s' % (error.get('code'), error.get('retry') is True, error.get('message') or '')
        return [_login_proof(seen['row'], words.strip())]
    return found


def _coded(code: int) -> t.Callable[[Row], bool]:
    return lambda error: error.get('code') == code


def _disabled(error: Row) -> bool:
    """E=691 R=0: rlm_mschap says so of a disabled account, and of nothing else."""
    return error.get('code') == 691 and error.get('retry') is False


def _mistaken(error: Row) -> bool:
    """A wrong password or user, or a directory that says so of anything."""
    return error.get('code') == 691 and error.get('retry') is not False


_reply = _by_refusal('service-type', 'framed-protocol', 'framed-ip')    # as pppd's own log of it (radius-reply-type)
_PROOFS: dict[str, t.Callable[[Facts], list[Proof]]] = {
    'radius-unreachable': _by_reading(*UNANSWERED),
    'radius-secret-mismatch': _secret,
    'radius-message-authenticator': _by_reading('message-authenticator-demanded'),
    'radius-client-config-missing': _config,
    'radius-no-mppe-keys': _by_refusal('no-keys', 'no-policy'),
    'radius-wrong-mppe-keys': _by_refusal('keys-different', 'key-malformed'),
    'ad-ntlm-auth-failing': _by_refusal('success-missing', 'success-malformed', 'success-wrong'),
    'ad-account-locked': _by_error(_coded(647), _disabled),
    'ad-password-expired': _by_error(_coded(648)),
    'no-dialin-permission': lambda facts: _by_error(_coded(649))(facts) + _reply(facts),
    'wrong-secret': _by_error(_mistaken),
}
_SUSPECTS = {
    'radius-unreachable': ('status-silent',),
    'radius-unknown-client': ('silent', 'status-silent'),
    'radius-secret-mismatch': ('status-silent', 'silent'),
    'radius-message-authenticator': ('silent',),
}
_CLEARS = {
    'radius-unreachable': (*USABLE, 'status-fine', 'wrong-secret', 'message-authenticator-demanded'),
    'radius-unknown-client': (*USABLE, 'status-fine', 'wrong-secret', 'message-authenticator-demanded'),
    'radius-secret-mismatch': (*USABLE, 'status-fine', 'message-authenticator-demanded'),
    'radius-message-authenticator': (*USABLE, 'wrong-secret'),
}
