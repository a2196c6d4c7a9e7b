# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stage security: advice that stands beside the way of a login."""

from __future__ import annotations

import dataclasses
import re

from ansible_collections.vpnops.pptp.plugins.plugin_utils import secrets
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks.common import (
    Check,
    blamed,
    fail,
    is_client_only,
    not_pptpd,
    ok,
    option_source,
    skip,
    unknown,
    warn,
)
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks.mppe import mppe_proof
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain import Explanation
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain_mppe import KEYLESS
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import CRITICAL, INFO, LIKELY, MAJOR, Finding, Proof

_STRICT = (2, 5, 3)     # utils.c ppp_check_access: files that others may write are ignored
_IGNORED = 'pppd ignores the file of secrets, since others own it or may write to it'
_KEYED = ('mschap', 'mschap-v2')


def weak_auth(facts: Facts, logs: Explanation) -> Finding:
    """What the server lets pass."""
    slug = 'weak-auth-allowed'
    if not_pptpd(facts, slug):
        return not_pptpd(facts, slug) or skip(slug, '')
    require, whole = facts.items('pptp_pppd', 'effective', 'require'), facts.flag('pptp_pppd', 'complete')
    mppe, auth = facts.text('pptp_pppd', 'effective', 'mppe'), facts.flag('pptp_pppd', 'effective', 'auth')
    if require is None or not whole and not (require and mppe == 'require'):
        return _seen_in_the_clear(slug, logs) or unknown(slug, facts, 'pptp_pppd.effective')
    shown = Proof('pptp_pppd.effective.require', ', '.join(map(str, require)) or 'none',
                  option_source(facts, 'noauth', 'auth', *('require-%s' % name for name in require)))
    if auth is False:
        return fail(slug, Proof('pptp_pppd.effective.auth', False, option_source(facts, 'noauth')),
                    title='Anybody may come in: peers need not authenticate')
    if mppe != 'require' and not any(name in require for name in _KEYED):
        return fail(slug, shown, mppe_proof(facts), title='Logins are unencrypted, and so is the tunnel')
    if mppe != 'require':
        return warn(slug, mppe_proof(facts), title='Encryption is not required', severity=MAJOR)
    others = [str(name) for name in require if name != 'mschap-v2']
    if others or not require:
        return warn(slug, shown, title='Other methods than MS-CHAPv2 are allowed', severity=MAJOR)
    if 40 in (facts.items('pptp_pppd', 'effective', 'mppe_bits') or []):
        return warn(slug, mppe_proof(facts), title='40 bit keys are allowed')
    return ok(slug, shown, mppe_proof(facts))


def _seen_in_the_clear(slug: str, logs: Explanation) -> Finding | None:
    """A login that came up without keys, where the options are not known."""
    session = logs.log.newest_up()
    if session is None or session.side != 'server' or session.auth not in KEYLESS or session.has('mppe-on'):
        return None
    return fail(slug, Proof('pptp_logs.sessions', 'came up with %s and without MPPE' % session.auth, session.source),
                confidence=LIKELY, title='Logins are unencrypted, and so is the tunnel')


def readable(facts: Facts, logs: Explanation) -> Finding:
    """Mode and owner of chap-secrets."""
    slug = 'secrets-readable'
    mode = facts.text('pptp_secrets', 'mode')
    said = blamed(slug, logs)
    if said:
        return dataclasses.replace(said, severity=CRITICAL, title=_IGNORED)
    if mode is None or not re.fullmatch(r'0?[0-7]{3,4}', mode):
        line = logs.log.seen('secrets-file-mode')
        return warn(slug, line.proof()) if line else unknown(slug, facts, 'pptp_secrets.mode')
    bits, owner = int(mode, 8), facts.number('pptp_secrets', 'owner')
    proof = (Proof('pptp_secrets.mode', mode, secrets.path(facts)), Proof('pptp_secrets.owner', owner))
    strict = _version(facts) >= _STRICT
    if strict and (bits & 0o022 or owner not in (0, None)) and not is_client_only(facts):
        return fail(slug, *proof, Proof('pptp_pppd.version', facts.text('pptp_pppd', 'version')),
                    title=_IGNORED, severity=CRITICAL)
    if bits & 0o077 or owner not in (0, None):
        return warn(slug, *proof, severity=MAJOR)
    return ok(slug, *proof)


def _version(facts: Facts) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r'\d+', facts.text('pptp_pppd', 'version') or '')[:3])


def debug(facts: Facts, logs: Explanation) -> Finding:
    """pppd's trace."""
    slug = 'debug-left-on'
    value, log_file = facts.flag('pptp_pppd', 'effective', 'debug'), facts.text('pptp_pppd', 'effective', 'logfile')
    if value:
        also = [Proof('pptp_pppd.effective.logfile', log_file, option_source(facts, 'logfile'))] if log_file else []
        return warn(slug, Proof('pptp_pppd.effective.debug', True, option_source(facts, 'debug')), *also)
    if value is False:
        return ok(slug, Proof('pptp_pppd.effective.debug', False))
    if facts.flag('pptp_logs', 'trace'):
        return warn(slug, Proof('pptp_logs.trace', True, 'the log holds the trace of pppd'))
    return unknown(slug, facts, 'pptp_pppd.effective.debug')


def replace_pptp(facts: Facts, logs: Explanation) -> Finding:
    """Advice for every server."""
    slug = 'pptp-is-weak'
    role = facts.text('pptp_host', 'role')
    name = facts.text('pptp_daemon', 'name')
    if role in ('server', 'both') or name:
        return warn(slug, Proof('pptp_daemon.name', name, 'this host serves PPTP'), severity=INFO)
    if role == 'client':
        return skip(slug, 'the advice is for the server')
    if facts.flag('pptp_daemon', 'installed') is False:
        return ok(slug, Proof('pptp_daemon.installed', False, 'packages'))
    return unknown(slug, facts, 'pptp_host.role', 'pptp_daemon.name')


_READS = ('pptp_logs', 'pptp_host', 'pptp_daemon', 'pptp_pppd')
CHECKS = (
    Check('weak-auth-allowed', _READS, weak_auth),
    Check('secrets-readable', _READS + ('pptp_secrets',), readable),
    Check('debug-left-on', _READS, debug),
    Check('pptp-is-weak', _READS, replace_pptp),
)
