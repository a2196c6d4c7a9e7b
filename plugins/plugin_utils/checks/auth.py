# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stage auth: methods, chap-secrets, names and addresses."""

from __future__ import annotations

from ansible_collections.vpnops.pptp.plugins.plugin_utils import pools, secrets
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks import directory, radius_probe as probe
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks.common import (
    Check,
    blamed,
    by_logs,
    fail,
    is_client_only,
    not_pptpd,
    ok,
    option_source,
    passed,
    skip,
    suspected,
    unknown,
    warn,
)
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain import Explanation
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain_mppe import peer_options, wants_keys_of_other_methods
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import (
    CERTAIN,
    CRITICAL,
    LIKELY,
    MAJOR,
    POSSIBLE,
    Finding,
    Proof,
)

METHODS = ('pap', 'chap', 'mschap', 'mschap-v2', 'eap')


def methods(facts: Facts, logs: Explanation) -> Finding:
    """What the two ends allow."""
    slug = 'auth-method-mismatch'
    if is_client_only(facts):
        return _client_methods(facts, logs)
    said = by_logs(slug, logs)
    if said:
        return said.blocked('mppe-without-mschapv2') if wants_keys_of_other_methods(facts) else said
    require = facts.items('pptp_pppd', 'effective', 'require')
    source = option_source(facts, *('require-%s' % name for name in METHODS))
    if require and 'mschap-v2' not in require:
        return warn(slug, Proof('pptp_pppd.effective.require', ', '.join(map(str, require)), source),
                    title='The server does not take MS-CHAPv2, the only method of many clients', severity=MAJOR)
    if require:
        return ok(slug, Proof('pptp_pppd.effective.require', ', '.join(map(str, require)), source))
    return passed(slug, logs) or unknown(slug, facts, 'pptp_pppd.effective.require')


def _client_methods(facts: Facts, logs: Explanation) -> Finding:
    slug = 'auth-method-mismatch'
    refused = {name: source for name, source in peer_options(facts) if name.startswith('refuse-')}
    proof = [Proof('pptp_pppd.peers', name, source) for name, source in refused.items()]
    if all('refuse-%s' % name in refused for name in METHODS):
        return fail(slug, *proof, title='This client refuses every authentication method')
    said = by_logs(slug, logs)
    if said:
        return said
    if 'refuse-mschap-v2' in refused and not logs.log.newest_is_up():
        return warn(slug, *proof, title='This client refuses MS-CHAPv2, which most servers require', severity=MAJOR)
    return passed(slug, logs) or unknown(slug, facts, 'pptp_logs.sessions')


def _everybody(slug: str, facts: Facts, logs: Explanation) -> Finding | None:
    """Failing when chap-secrets keeps everybody out for the reason *slug*, or recorded logins say so."""
    if not_pptpd(facts, slug):
        return by_logs(slug, logs) or (passed(slug, logs) if is_client_only(facts) else None) or not_pptpd(facts, slug)
    defect = secrets.everybody(facts)
    if defect and defect.cause == slug:
        title = defect.because[0].upper() + defect.because[1:] if slug == 'no-secret-for-user' else ''
        return fail(slug, *defect.proof, Proof('', defect.because), confidence=defect.confidence, title=title,
                    severity=CRITICAL)
    return blamed(slug, logs) or suspected(slug, logs)


def _not_used(slug: str, facts: Facts, logs: Explanation) -> Finding | None:
    if secrets.in_use(facts) is False:
        return skip(slug, 'logins are checked by %s, not by chap-secrets'
                    % facts.text('pptp_pppd', 'effective', 'backend'))
    return None


def malformed(facts: Facts, logs: Explanation) -> Finding:
    """Lines that are not read as they were meant."""
    slug = 'chap-secrets-malformed'
    found = _everybody(slug, facts, logs) or _not_used(slug, facts, logs)
    if found:
        return found
    out = _shut_out(slug, facts, logs)
    if out:
        return out
    entries = facts.number('pptp_secrets', 'entries')
    rows = secrets.problems(facts)
    bad = [Proof('pptp_secrets.problems', '%s: %s' % (code, text), source) for code, source, text in rows
           if code in secrets.BREAKING or code in secrets.DOUBTFUL]
    if bad:
        hard = any(code in secrets.BREAKING for code, _source, _text in rows)
        title = 'Lines of chap-secrets may not be read as they were meant'
        return warn(slug, *bad[:6], title=title, severity=MAJOR if hard else '')
    if entries is not None:
        return ok(slug, Proof('pptp_secrets.entries', entries, secrets.path(facts)))
    return passed(slug, logs) or unknown(slug, facts, 'pptp_secrets.entries')


def _shut_out(slug: str, facts: Facts, logs: Explanation) -> Finding | None:
    """Users whose own line keeps them out, unless a login of theirs came up."""
    if not secrets.in_use(facts):
        return None
    came_up = {session.user for session in logs.log.sessions if session.outcome == 'up'}
    bad = [(item, code, source) for item, code, source in secrets.shut_out(facts) if item.get('client') not in came_up]
    proof = [Proof('pptp_secrets.problems', 'the line of %s %s' % (secrets.shown(item), secrets.BREAKING[code]), source)
             for item, code, source in bad]
    lines = sorted({int(item['line']) for item, _code, _source in bad if isinstance(item.get('line'), int)})
    title = 'Users of chap-secrets cannot log in: line %s' % ', '.join(map(str, lines[:8]))
    return fail(slug, *proof[:6], confidence=LIKELY, severity=MAJOR, title=title) if bad else None


def server_name(facts: Facts, logs: Explanation) -> Finding:
    """The second column against `name`."""
    slug = 'server-name-mismatch'
    found = _everybody(slug, facts, logs) or _not_used(slug, facts, logs)
    if found:
        return found
    name, listed = secrets.server_name(facts), secrets.users(facts)
    other = [item for item in listed if secrets.fits_server(facts, item) is False and item.get('server') != '?']
    if other and len(other) == len(listed):
        return warn(slug, *(secrets.line_proof(facts, item, '') for item in other[:3]),
                    Proof('pptp_pppd.effective.name', name), title='No line of chap-secrets names this server')
    if name and listed:
        return ok(slug, Proof('pptp_pppd.effective.name', name, option_source(facts, 'name')))
    return passed(slug, logs) or unknown(slug, facts, 'pptp_pppd.effective.name', 'pptp_secrets.users')


def domain_format(facts: Facts, logs: Explanation) -> Finding:
    """Names with a domain."""
    slug = 'username-domain-format'
    found = by_logs(slug, logs) or _not_used(slug, facts, logs)
    if found:
        return found
    bad = [Proof('pptp_secrets.problems', text, source) for code, source, text in secrets.problems(facts)
           if code == 'backslash-in-name']
    if bad:
        return warn(slug, *bad, title='A backslash in a user name has to be written twice', severity=MAJOR)
    return passed(slug, logs) or unknown(slug, facts, 'pptp_logs.sessions')


def no_secret(facts: Facts, logs: Explanation) -> Finding:
    """Users without a line, and files without users."""
    slug = 'no-secret-for-user'
    found = directory.no_account(slug, facts) or _everybody(slug, facts, logs) or _not_used(slug, facts, logs) \
        or passed(slug, logs)
    if found:
        return found
    entries = facts.number('pptp_secrets', 'entries')
    if entries and facts.get('pptp_logs', 'sessions') == []:
        return ok(slug, Proof('pptp_secrets.entries', entries, secrets.path(facts)))
    return unknown(slug, facts, 'pptp_secrets.entries', 'pptp_logs.sessions')


def wrong_secret(facts: Facts, logs: Explanation) -> Finding:
    """No file tells that a password is wrong: only a login does, and a refusal of a test login is only one sign."""
    slug = 'wrong-secret'
    refused = probe.proofs(facts, slug)
    if refused and not blamed(slug, logs):
        if logs.log.newest_is_up() or any(blame.decided for blame in logs.blames):
            return warn(slug, *refused, title='The test login was refused')
        return fail(slug, *refused, confidence=POSSIBLE, title='The test login was refused')
    return by_logs(slug, logs) or passed(slug, logs) or unknown(slug, facts, 'pptp_logs.sessions')


def address(facts: Facts, logs: Explanation) -> Finding:
    """The fourth column against the pool."""
    slug = 'address-not-allowed'
    found = _everybody(slug, facts, logs) or _not_used(slug, facts, logs)
    if found:
        return found
    pool, listed = pools.pool(facts, 'remoteip'), secrets.users(facts)
    bad = [item for item in listed if item.get('addresses') == ['-'] or pool and
           pools.excludes(pool, item.get('addresses'))]
    if bad:
        shown = (secrets.line_proof(facts, item, ' '.join(map(str, item['addresses']))) for item in bad[:4])
        return warn(slug, *shown, title='The address column of some users excludes the pool', severity=MAJOR,
                    confidence=LIKELY)
    if listed and pool:
        return ok(slug, Proof('pptp_secrets.users', '%d lines allow an address of %s' % (len(listed), pools.show(pool)),
                              secrets.path(facts)))
    return passed(slug, logs, 'address') or unknown(slug, facts, 'pptp_secrets.users', 'pptp_conf.remoteip')


def dialin(facts: Facts, logs: Explanation) -> Finding:
    """The permission is at the directory: a refusal tells, or the state of the account, where that was asked for; an
    answer that pppd refuses is one of the same server."""
    slug = 'no-dialin-permission'
    told = probe.proofs(facts, slug)
    if told:
        return fail(slug, *told, confidence=CERTAIN if 'E=649' in str(told[0].value) else LIKELY)
    return directory.restricted(slug, facts) or by_logs(slug, logs) or passed(slug, logs) or \
        unknown(slug, facts, 'pptp_logs.sessions')


def hashed(facts: Facts, logs: Explanation) -> Finding:
    """What a back-end stores shows in its own log only."""
    slug = 'auth-backend-hashed-password'
    found = by_logs(slug, logs)
    if found:
        return found
    if secrets.in_use(facts):
        return ok(slug, Proof('pptp_pppd.effective.backend', 'secrets', 'chap-secrets holds clear passwords'))
    return passed(slug, logs) or unknown(slug, facts, 'pptp_logs.sessions')


_HOST = ('pptp_logs', 'pptp_host', 'pptp_daemon')
_SECRETS = _HOST + ('pptp_secrets', 'pptp_pppd', 'pptp_conf')
CHECKS = (
    Check('chap-secrets-malformed', _SECRETS, malformed),
    Check('server-name-mismatch', _SECRETS, server_name),
    Check('username-domain-format', _SECRETS, domain_format),
    Check('no-secret-for-user', (*_SECRETS, 'pptp_directory_probe'), no_secret),
    Check('wrong-secret', ('pptp_logs', probe.SUBJECT), wrong_secret),
    Check('auth-method-mismatch', _HOST + ('pptp_pppd',), methods),
    Check('address-not-allowed', _SECRETS, address),
    Check('no-dialin-permission', ('pptp_logs', 'pptp_directory_probe', probe.SUBJECT), dialin),
    Check('auth-backend-hashed-password', ('pptp_logs', 'pptp_pppd'), hashed),
)
