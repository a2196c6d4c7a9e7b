# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Why a login was refused: chap-secrets, the name that was sent, and the back-end decide."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils import explain_directory, secrets
from ansible_collections.vpnops.pptp.plugins.plugin_utils.blame import Candidate
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks import radius_probe as probe
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain_mppe import peer_options
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import Proof
from ansible_collections.vpnops.pptp.plugins.plugin_utils.sessions import Log, Session

_MICROSOFT = ('1', '11', '12', '16', '17', '25', '26')    # vendor 311, RFC 2548
_REFUSALS = ('chap-failed', 'trace-chap-failure-691', 'trace-chap-failure-empty', 'chap-no-secret', 'secret-address')
_SERVER_SIDE = ('rad-locked', 'rad-expired', 'rad-restricted', 'rad-no-user', 'rad-ntlm-blocked', 'rad-dc', 'rad-trust',
                'rad-winbind', 'rad-ntlm-auth', 'rad-hashed', 'rad-no-auth-type', 'rad-no-nt-password', 'rad-domain',
                'rad-pap-secret', 'winbind-ntlm', 'winbind-user', 'winbind-dc', 'winbind-locked', 'winbind-expired',
                'winbind-restricted', 'winbind-no-user', 'winbind-no-dc', 'winbind-blocked', 'winbind-down',
                'rad-wrong-password', 'winbind-password', 'rad-ntlm-other')


def startup(facts: Facts, log: Log, session: Session) -> list[Candidate]:
    """pppd refused to start: no suitable secret."""
    proof = log.proof('start-no-secret', 'start-no-address', 'secrets-file-unsafe', 'start-quote')
    defect = secrets.everybody(facts)
    if defect:
        return [Candidate(defect.cause, 97, defect.because, defect.proof + proof)]
    if session.has('start-no-address'):
        return [Candidate('chap-secrets-malformed', 88, 'the line that fits this server allows no address: its address '
                          'column is missing or cut off', proof),
                Candidate('address-not-allowed', 60, 'the address column may hold -', proof)]
    if session.has('secrets-file-unsafe') or log.seen('secrets-file-unsafe'):
        return [Candidate('secrets-readable', 90, 'pppd ignores the file for its mode or owner', proof)]
    if secrets.in_use(facts) and not facts.text('pptp_pppd', 'effective', 'name'):
        return [Candidate('server-name-mismatch', 82, 'no option `name`: pppd looks for the host name', proof)]
    unread = facts.number('pptp_secrets', 'entries') is None and facts.flag('pptp_pppd', 'complete')
    return [Candidate('server-name-mismatch', 58, 'the server column may differ from the option name', proof),
            Candidate('no-secret-for-user', 62 if unread else 52, 'chap-secrets may be missing or empty', proof),
            Candidate('chap-secrets-malformed', 48, 'a stray # or quote may hide the entries', proof)]


def unknown_name(facts: Facts, log: Log, session: Session) -> list[Candidate]:
    """The server found no secret for the name that the client sent."""
    proof = log.proof('chap-no-secret', 'trace-chap-failure-empty')
    user = session.user or ''
    if secrets.in_use(facts) is False and not session.has('chap-no-secret'):
        return backend(facts, log, session)
    return (_broken_name(facts, user, proof) or _other_server(facts, user, proof) or _domain(facts, user, proof)
            or _absent(facts, user, proof, session.has('chap-no-secret')))


def _broken_name(facts: Facts, user: str, proof: tuple[Proof, ...]) -> list[Candidate]:
    for code, source, text in secrets.problems(facts):
        if code == 'backslash-in-name' and '\\' in user:
            return [Candidate('username-domain-format', 92, 'the backslash in chap-secrets is not doubled',
                              (Proof('pptp_secrets.problems', text, source),) + proof)]
        if code in ('bom', 'nbsp', 'unbalanced-quote') and _is_hidden(facts, user, code):
            return [Candidate('chap-secrets-malformed', 90, 'the line of this user is not read: the file %s'
                              % secrets.BREAKING[code], (Proof('pptp_secrets.problems', text, source),) + proof)]
    return []


def _is_hidden(facts: Facts, user: str, code: str) -> bool:
    """Whether *user* is not found for this defect: an open quote swallows lines, the others change the name."""
    clients = [str(item.get('client')) for item in secrets.users(facts)]
    if user in clients:
        return False
    return code == 'unbalanced-quote' or user in {name.replace('\ufeff', '').split('\u00a0')[0] for name in clients}


def _other_server(facts: Facts, user: str, proof: tuple[Proof, ...]) -> list[Candidate]:
    lines = secrets.lines_of(facts, user)
    if not lines or any(secrets.fits_server(facts, item) is not False for item in lines):
        return []
    note = secrets.line_proof(facts, lines[0], 'is not for %s' % secrets.server_name(facts))
    return [Candidate('server-name-mismatch', 93, 'the line of this user is for another server name', (note,) + proof)]


def _domain(facts: Facts, user: str, proof: tuple[Proof, ...]) -> list[Candidate]:
    bare = user.rsplit('\\', 1)[-1] if '\\' in user else user.split('@', 1)[0]
    if bare in ('', user):
        return []
    known = secrets.lines_of(facts, bare)
    because = 'the client sent %s' % user
    if known:
        return [Candidate('username-domain-format', 96, because + ' and chap-secrets has %s' % bare,
                          (secrets.line_proof(facts, known[0], ''),) + proof)]
    return [Candidate('username-domain-format', 84 if '\\' in user else 80, because, proof),
            Candidate('no-secret-for-user', 60, 'the user may be unknown', proof)]


def _absent(facts: Facts, user: str, proof: tuple[Proof, ...], named: bool) -> list[Candidate]:
    listed = secrets.users(facts)
    other = [item for item in listed if user and str(item.get('client')).lower() == user.lower()]
    if other and other[0].get('client') != user:
        note = secrets.line_proof(facts, other[0], 'differs in upper and lower case')
        return [Candidate('no-secret-for-user', 96, 'the name differs in upper and lower case', (note,) + proof)]
    if named and listed and secrets.is_whole(facts):
        return [Candidate('no-secret-for-user', 96, 'chap-secrets has no line for this user', proof)]
    weight = 88 if named else 58
    return [Candidate('no-secret-for-user', weight, 'the server has no secret for this name', proof),
            Candidate('server-name-mismatch', 55, 'its line may be for another server name', proof),
            Candidate('username-domain-format', 40, 'its line may have the name with or without a domain', proof)]


def refused(facts: Facts, log: Log, session: Session) -> list[Candidate]:
    """The server knew the name and refused the response (or a plugin refused it)."""
    proof = log.proof(*[name for name in _REFUSALS if session.has(name)])
    if session.has('chap-no-secret'):
        return unknown_name(facts, log, session)
    if session.has('secret-address'):
        return [Candidate('chap-secrets-malformed', 92, 'a word of the secret was read as an address: a space without '
                          'quotes', log.proof('secret-address') + proof)]
    if secrets.in_use(facts) is False or any(row.program == 'pppd' and row.stage == 'aaa' for row in session.events):
        return backend(facts, log, session)
    return _damaged(facts, session.user or '', proof) or [
        Candidate('wrong-secret', 88 if session.has('trace-chap-failure-691') else 82,
                  'the name is known and the response does not fit', proof),
        Candidate('chap-secrets-malformed', 50, 'an unquoted character may change the secret', proof)]


def _damaged(facts: Facts, user: str, proof: tuple[Proof, ...]) -> list[Candidate]:
    """A defect of the user's own line that changes its secret."""
    for item in secrets.lines_of(facts, user):
        for code, source, text in secrets.problems_at(facts, item.get('line')):
            if code in secrets.BREAKING:
                return [Candidate('chap-secrets-malformed', 93, 'the line of this user %s' % secrets.BREAKING[code],
                                  (Proof('pptp_secrets.problems', text or code, source),) + proof)]
            if code == 'non-ascii-secret':
                return [Candidate('wrong-secret', 84, 'the secret has letters outside ASCII, which clients code '
                                  'differently', (Proof('pptp_secrets.problems', text or code, source),) + proof)]
        if item.get('duplicate_of') is not None:
            note = secrets.line_proof(facts, item, 'line %s is used instead' % item['duplicate_of'])
            return [Candidate('wrong-secret', 88, 'the user stands there twice, and the first line counts',
                              (note,) + proof)]
    return []


def backend(facts: Facts, log: Log, session: Session) -> list[Candidate]:
    """A plugin refused: what the RADIUS server or winbind says on this host decides, else nothing here does."""
    proof = log.proof(*[name for name in _REFUSALS if session.has(name)])
    for name in _SERVER_SIDE:
        line = log.seen(name)
        if line:
            told = explain_directory.candidates(facts, log, line)
            if told:
                return [dataclasses.replace(item, proof=item.proof + proof) for item in told]
            first = line.row.cause.split('|')[0]
            return [Candidate(first, max(82, line.row.weight), 'the back-end says so', (line.proof(),) + proof)]
    return [Candidate('wrong-secret', 56, 'the back-end refused; its own log has the reason', proof),
            Candidate('no-secret-for-user', 50, 'the back-end may not know the user', proof),
            Candidate('radius-unreachable', 44, 'an unreachable RADIUS server looks the same to the client', proof)]


def radius_silent(facts: Facts, log: Log, session: Session) -> list[Candidate]:
    """No answer from the RADIUS server; its own log, when it is on this host, says why."""
    reasons = (('rad-unknown-client', 'radius-unknown-client'), ('rad-no-ma', 'radius-message-authenticator'),
               ('rad-learned-ma', 'radius-message-authenticator'), ('rad-bad-ma', 'radius-secret-mismatch'))
    proof = log.proof('radius-no-reply')
    for name, cause in reasons:
        if log.seen(name) and probe.clears(facts, cause) is None:
            return [Candidate(cause, 97, 'the RADIUS server ignores the requests', log.proof(name) + proof)]
    found = [Candidate('radius-unreachable', 86, 'requests to the RADIUS server time out', proof),
             Candidate('radius-unknown-client', 60, 'it may ignore requests of an unknown client', proof),
             Candidate('radius-message-authenticator', 50, 'it may demand a Message-Authenticator', proof)]
    return _with_probe(facts, found, proof)


def _with_probe(facts: Facts, found: list[Candidate], proof: tuple[Proof, ...]) -> list[Candidate]:
    """The candidates for a silent RADIUS server that a probe of it leaves; where it leaves none, it has come back."""
    for cause in ('radius-secret-mismatch', 'radius-message-authenticator', 'radius-unreachable'):
        seen = probe.proofs(facts, cause)
        if seen and not any(row.get('reading') == 'silent' for row in probe.rows(facts)):
            return [Candidate(cause, 97, 'a probe tells why the RADIUS server is silent to pppd', (*seen, *proof))]
    left = [item for item in found if probe.clears(facts, item.cause) is None]
    if len(left) == len(found):
        return found
    back = Candidate('radius-unreachable', 60, 'it did not answer then, or later than pppd waits, and answers now',
                     proof)
    return [*(Candidate(item.cause, 72, 'it answers a probe, and not pppd', item.proof) for item in left), back]


def bad_digest(facts: Facts, log: Log, session: Session) -> list[Candidate]:
    """An answer that does not verify; a probe that has verified one since says that this is mended."""
    proof = log.proof('radius-bad-digest')
    mended = probe.clears(facts, 'radius-secret-mismatch')
    if mended:
        return [Candidate('radius-secret-mismatch', 60, 'the answer did not verify then, and does now', (*proof,
                                                                                                         mended))]
    return [Candidate('radius-secret-mismatch', 100, 'the answer of the RADIUS server does not verify', proof)]


def attribute(facts: Facts, log: Log, session: Session) -> list[Candidate]:
    """An attribute that the dictionary lacks: 11 and 25 are Microsoft's, without which MS-CHAP cannot be asked for."""
    line = log.seen('radius-attribute')
    number = re.search(r'attribute (\d+)', line.text) if line else None
    sure = number is None or number.group(1) in _MICROSOFT
    return [Candidate('radius-dictionary-microsoft-missing', 96 if sure else 84, 'the RADIUS client of pppd lacks an '
                      'attribute that it needs: its dictionary is incomplete', log.proof('radius-attribute'))]


def client_denied(facts: Facts, log: Log, session: Session) -> list[Candidate]:
    """A client whose response was refused."""
    proof = log.proof('client-failed-denied', 'client-failed', 'trace-chap-failure-691')
    if session.side == 'server':
        return refused(facts, log, session)
    return [Candidate('wrong-secret', 86, 'the server refused the password (E=691)', proof),
            Candidate('chap-secrets-malformed', 50, 'the line on the server may be read differently', proof)]


def client_empty(facts: Facts, log: Log, session: Session) -> list[Candidate]:
    """A client that got a failure without a reason: pppd as a server found no secret, or its plugin refused."""
    if session.side == 'server':
        return unknown_name(facts, log, session)
    proof = log.proof('client-failed-empty', 'trace-chap-failure-empty')
    domain = '\\' in (session.user or '') or '@' in (session.user or '')
    return [Candidate('no-secret-for-user', 62, 'an empty failure: the server found no secret for this name', proof),
            Candidate('username-domain-format', 70 if domain else 40, 'the server may know the name without or with '
                      'its domain', proof),
            Candidate('server-name-mismatch', 48, 'the line on the server may be for another server name', proof),
            Candidate('radius-secret-mismatch', 40, 'a RADIUS plugin of the server refuses in the same way', proof),
            Candidate('radius-unreachable', 38, 'a RADIUS plugin of the server refuses in the same way', proof)]


def no_method(facts: Facts, log: Log, session: Session) -> list[Candidate]:
    """A client that rejects every method: pppd does so without a secret for its name, too (auth.c auth_reset)."""
    proof = log.proof('client-no-method', 'trace-auth-rejected-by-us', 'term-peer-refused-auth')
    if session.side == 'server' or not session.has('client-no-method', 'trace-auth-rejected-by-us'):
        return [Candidate('auth-method-mismatch', 86, 'the two ends agree on no method', proof)]
    refuses = [name for name, _source in peer_options(facts) if name.startswith('refuse-')]
    if {'refuse-mschap-v2', 'refuse-chap'} <= set(refuses):
        return [Candidate('auth-method-mismatch', 88, 'this client refuses the methods of the server', proof)]
    because = 'this client can authenticate with no method at all: '
    return [Candidate('no-secret-for-user', 66, because + 'its chap-secrets has no line for its name (option user or '
                      'name)', proof),
            Candidate('chap-secrets-malformed', 62, because + 'its line in chap-secrets may lack a column', proof),
            Candidate('server-name-mismatch', 58, because + 'its line may be for another remotename', proof),
            Candidate('auth-method-mismatch', 52, because + 'refuse-* may stand in its options', proof)]


def response_wrong(facts: Facts, log: Log, session: Session) -> list[Candidate]:
    """The client does not believe the server (778): the answer S= was made of another name or another password."""
    proof = log.proof('win-778', 'mschap-mutual')
    user = session.user or ''
    if '\\' in user or '@' in user:
        return [Candidate('username-domain-format', 84, 'the client signs %s, and the server answered for the name '
                          'without its domain, or the other way round' % user, proof)]
    if session.side == 'server' and secrets.in_use(facts) is not True:
        sure = secrets.backend(facts) == 'winbind'
        return [Candidate('ad-ntlm-auth-failing', 84 if sure else 64, 'the back-end says yes and gives a wrong session '
                          'key', proof),
                Candidate('radius-secret-mismatch', 60, 'the RADIUS server may answer wrongly', proof),
                Candidate('username-domain-format', 56, 'the back-end may know the user by another name', proof)]
    return [Candidate('radius-secret-mismatch', 62, 'a RADIUS server behind the VPN server may answer wrongly', proof),
            Candidate('username-domain-format', 60, 'the server may know the user by another name', proof)]


def unauthorized(facts: Facts, log: Log, session: Session) -> list[Candidate]:
    """The address column does not allow the address that pptpd gave."""
    proof = log.proof('ip-unauthorized', 'term-ip-unauthorized')
    for item in secrets.lines_of(facts, session.user or ''):
        codes = secrets.problems_at(facts, item.get('line'))
        for code, source, text in codes:
            if code in secrets.BREAKING and code != 'bad-address':
                return [Candidate('chap-secrets-malformed', 97, 'the line of this user %s' % secrets.BREAKING[code],
                                  (Proof('pptp_secrets.problems', text or code, source),) + proof)]
    return [Candidate('address-not-allowed', 97, 'the address column of this user excludes the address from the pool',
                      proof)]


RESOLVERS: dict[str, t.Callable[[Facts, Log, Session], list[Candidate]]] = {
    'start-no-secret': startup, 'start-no-address': startup, 'start-quote': startup, 'secrets-file-unsafe': startup,
    'chap-no-secret': unknown_name, 'trace-chap-failure-empty': client_empty, 'client-failed-empty': client_empty,
    'chap-failed': refused, 'trace-chap-failure-691': client_denied, 'client-failed-denied': client_denied,
    'win-778': response_wrong, 'secret-address': refused, 'radius-no-reply': radius_silent,
    'radius-bad-digest': bad_digest, 'radius-attribute': attribute,
    'client-no-method': no_method, 'trace-auth-rejected-by-us': no_method, 'term-peer-refused-auth': no_method,
    'ip-unauthorized': unauthorized, 'term-ip-unauthorized': unauthorized,
}
