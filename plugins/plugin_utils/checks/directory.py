# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stage aaa: Active Directory through winbind, on a VPN server (winbind.so) and on a RADIUS server (ntlm_auth).

What the probe or the host shows now comes before what its log said; a line is only asked where neither decides.
"""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils import directory as ad
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks import radius_probe as probe
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks.common import (
    Check,
    by_logs,
    fail,
    ok,
    passed,
    skip,
    unknown,
    warn,
)
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain import Explanation
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import (
    INFO,
    LIKELY,
    MAJOR,
    POSSIBLE,
    Finding,
    Proof,
)

_FATAL = ('bad-value', 'bad-section', 'no-name')      # for these Samba takes nothing of smb.conf
_PIPE = '/var/lib/samba/winbindd_privileged'
_REFUSED = ('rad-wrong-password', 'winbind-password')


def _elsewhere(slug: str, facts: Facts, logs: Explanation) -> Finding | None:
    """What the logs say on a host where nothing is known to use winbind; behind RADIUS there may be a domain."""
    if ad.in_use(facts):
        return None
    found = by_logs(slug, logs)
    if found:
        return found
    if ad.in_use(facts) is False and not facts.flag(ad.PLUGIN, 'configured'):
        return skip(slug, 'nothing on this host checks passwords through winbind')
    return passed(slug, logs) or unknown(slug, facts, 'pptp_winbind.used_by')


def running(facts: Facts, logs: Explanation) -> Finding:
    """winbindd, where pppd or FreeRADIUS needs it."""
    slug = 'ad-winbind-not-running'
    found = _elsewhere(slug, facts, logs)
    if found:
        return found
    source = 'processes'
    if ad.running(facts) is False:
        proof = [Proof('pptp_winbind.running', False, source), *_unreadable(facts)]
        stopped = fail(slug, *proof)
        return stopped.blocked('ad-winbind-privileged-pipe') if _wrong_mode(facts) else stopped
    if facts.text(ad.WINBIND, 'ping') == 'failed' or facts.text(ad.PROBE, 'daemon') == 'failed':
        return fail(slug, Proof('pptp_winbind.ping', 'failed', 'wbinfo -p'), confidence=LIKELY)
    if ad.running(facts) and 'ok' in (facts.text(ad.WINBIND, 'ping'), facts.text(ad.PROBE, 'daemon')):
        if _unreadable(facts):
            return warn(slug, *_unreadable(facts), severity=MAJOR,
                        title='winbindd runs, and will not start again: Samba takes nothing of smb.conf')
        return ok(slug, Proof('pptp_winbind.ping', 'ok', 'wbinfo -p'))
    found = by_logs(slug, logs)
    if found:
        return found
    if ad.running(facts):
        return ok(slug, Proof('pptp_winbind.running', True, source))
    return passed(slug, logs) or unknown(slug, facts, 'pptp_winbind.running')


def _unreadable(facts: Facts) -> list[Proof]:
    return [Proof('pptp_winbind.problems', text, str(source or ''))
            for source, code, text in facts.rows(ad.WINBIND, 'problems', width=3) or [] if code in _FATAL]


def _wrong_mode(facts: Facts) -> bool:
    return facts.text(ad.WINBIND, 'privileged', 'mode') not in (None, ad.PIPE_MODE)


def privileged(facts: Facts, logs: Explanation) -> Finding:
    """The folder of the pipe that MS-CHAP needs: its mode, its group, and the groups of the process that runs."""
    slug = 'ad-winbind-privileged-pipe'
    found = _elsewhere(slug, facts, logs)
    if found:
        return found
    outside = ad.locked_out(facts)
    mode, group = (facts.text(ad.WINBIND, 'privileged', key) for key in ('mode', 'group'))
    folder = Proof('pptp_winbind.privileged', 'mode %s, group %s' % (
        mode, group or facts.number(ad.WINBIND, 'privileged', 'gid')), _PIPE)
    if _wrong_mode(facts) and ad.running(facts) is False:
        return fail(slug, folder, title='winbindd does not start: the folder of its pipe has to have the mode %s'
                    % ad.PIPE_MODE)
    if outside:
        names = ', '.join('%s (process %s)' % item for item in outside)
        return fail(slug, folder, Proof('pptp_winbind.privileged.users', '%s lacks the group' % names,
                                        '/proc/PID/status'),
                    title=_restart_only(facts, outside))
    if _wrong_mode(facts):
        return warn(slug, folder, severity=MAJOR, title='winbindd will not start again: the folder of its pipe has to '
                                                        'have the mode %s' % ad.PIPE_MODE)
    if ad.may_enter(facts):
        return ok(slug, folder)
    return by_logs(slug, logs) or passed(slug, logs) or unknown(slug, facts, 'pptp_winbind.privileged')


def _restart_only(facts: Facts, outside: list[tuple[str, int | None]]) -> str:
    """The title where the right was given, and the process is older: a restart is what is missing."""
    members = facts.items(ad.WINBIND, 'privileged', 'members') or []
    users = {'freeradius': 'freerad', 'radiusd': 'radiusd'}
    if all(users.get(name) in members for name, _pid in outside):
        return 'The RADIUS server was given the group of winbind\'s pipe, and runs without it: restart it'
    return ''


def unreachable(facts: Facts, logs: Explanation) -> Finding:
    """The name server, the ports of the controllers, and the connection of winbindd."""
    slug = 'ad-dc-unreachable'
    silent = ad.unreachable(facts)
    if silent:
        title = 'No name server gives the controllers of the domain' if ad.names_fail(facts) else ''
        return fail(slug, *silent, title=title)
    found = _elsewhere(slug, facts, logs)
    if found:
        return found
    status = facts.text(ad.PROBE, 'ping', 'status')
    well, ill = ad.controllers(facts)
    closed = ad.closed_ports(facts)
    if status in ('failed', 'timeout') and not ad.trust_error(facts):
        return fail(slug, Proof('pptp_directory_probe.ping', '%s %s' % (
            status, facts.text(ad.PROBE, 'ping', 'error') or ''), 'wbinfo --ping-dc'), *closed or well,
            confidence=LIKELY)
    names = ad.names_fail(facts)
    if names or ill or closed:
        return warn(slug, *[names] if names else [], *ill, *closed, severity=MAJOR if names else '',
                    title='Some of what leads to the domain controllers does not answer: logins may wait for it')
    if status == 'ok':
        return ok(slug, Proof('pptp_directory_probe.ping', facts.text(ad.PROBE, 'ping', 'dc'), 'wbinfo --ping-dc'))
    if well and ad.trust_error(facts):
        return ok(slug, *well)      # they answer, with a refusal
    return by_logs(slug, logs) or passed(slug, logs) or unknown(slug, facts, 'pptp_directory_probe.ping')


def ntlm_auth(facts: Facts, logs: Explanation) -> Finding:
    """The helper line, the membership in the domain, and the trust."""
    slug = 'ad-ntlm-auth-failing'
    unproved = probe.proofs(facts, slug)
    if unproved:
        return fail(slug, *unproved, confidence=POSSIBLE,
                    title='The RADIUS server accepts a login, and its own proof (S=) is wrong: clients hang up')
    found = _elsewhere(slug, facts, logs)
    if found:
        return found
    bad = _bad_helper(facts)
    if bad:
        return bad
    error = ad.trust_error(facts)
    if error:
        return fail(slug, Proof('pptp_directory_probe.trust', error, 'wbinfo -t'),
                    title='The trust of this machine is broken: the controller refuses it, and with it every user')
    if facts.flag(ad.WINBIND, 'joined') is False or _no_member(facts):
        return fail(slug, *_no_member(facts) or [Proof('pptp_winbind.joined', False, 'secrets.tdb')], confidence=LIKELY,
                    title='This host is no member of a domain')
    skew = facts.number(ad.PROBE, 'clock')
    if skew is not None and abs(skew) > ad.SKEW:
        return warn(slug, Proof('pptp_directory_probe.clock', '%d s' % skew, 'net ads info'), severity=MAJOR,
                    title='The clocks of this host and of the controller differ by more than Kerberos bears')
    rows = ad.helpers(facts)
    if facts.text(ad.PROBE, 'trust', 'status') == 'ok' and all(
            row.get('exists') or row.get('protocol') == 'libwbclient' for row in rows):
        return ok(slug, Proof('pptp_directory_probe.trust', 'ok', 'wbinfo -t'), *[ad.helper_proof(row,
                                                                                                  '') for row in rows])
    found = by_logs(slug, logs) or passed(slug, logs)
    if found:
        return found
    known = [row for row in rows if row.get('program') or row.get('protocol')]
    return ok(slug, *(ad.helper_proof(row, '') for row in known)) if known else \
        unknown(slug, facts, 'pptp_winbind.helpers')


def _bad_helper(facts: Facts) -> Finding | None:
    slug = 'ad-ntlm-auth-failing'
    for row in ad.helpers(facts):
        program = row.get('program')
        if program and row.get('absolute') is False:
            return fail(slug, ad.helper_proof(row, 'is no full path'), title='ntlm_auth is not named by its full path')
        if row.get('exists') is False:
            return fail(slug, ad.helper_proof(row, 'does not exist'),
                        title='The ntlm_auth that is named is not there')
        if row.get('user') == 'freeradius' and row.get('request_nt_key') is False:
            return fail(slug, ad.helper_proof(row, 'without --request-nt-key'),
                        title='FreeRADIUS calls ntlm_auth without --request-nt-key, and so rejects everybody')
        if row.get('user') == 'pppd' and program and row.get('protocol', 'ntlm-server-1') != 'ntlm-server-1':
            return fail(slug, ad.helper_proof(row, 'without --helper-protocol=ntlm-server-1'),
                        title='pppd speaks ntlm-server-1 with ntlm_auth, and that was not told so')
        if row.get('username') in ('%{User-Name}', '%{%{User-Name}:-None}'):
            return warn(slug, ad.helper_proof(row, '--username=%s' % row['username']), severity=MAJOR,
                        title='Names with a domain (LAB\\user) do not get through: --username=%{mschap:User-Name} does')
    return None


def _no_member(facts: Facts) -> list[Proof]:
    """`security` and `server role` of a host that is neither a member nor a controller."""
    rows = [facts.items(ad.WINBIND, 'smb', name) or [None, ''] for name in ('security', 'server role')]
    alone = rows[0][0] in ('auto', 'user') and rows[1][0] in ('auto', 'standalone')
    return [Proof('pptp_winbind.smb.security', rows[0][0], str(rows[0][-1]))] if alone else []


def mschapv2(facts: Facts, logs: Explanation) -> Finding:
    """Both ends have to allow MS-CHAPv2: ntlm_auth by a flag, the controllers by `ntlm auth`."""
    slug = 'ad-ntlmv1-disabled'
    found = _elsewhere(slug, facts, logs)
    if found:
        return found
    own = ad.refuses_itself(facts)
    if own:
        return fail(slug, own, title='This domain controller does not accept MS-CHAPv2')
    lacking = [ad.helper_proof(row, 'without --allow-mschapv2') for row in ad.without_flag(facts)]
    found = by_logs(slug, logs) or passed(slug, logs)
    if lacking and (found is None or found.result not in ('fail', 'pass')):
        if logs.log.seen(*_REFUSED) and not ad.trust_error(facts):
            return fail(slug, *lacking, *logs.log.proof(*_REFUSED), confidence=LIKELY)
        return warn(slug, *lacking, severity=MAJOR,
                    title='ntlm_auth runs without --allow-mschapv2: all controllers but those that still allow '
                          'NTLMv1 refuse every login')
    if found:
        return found
    allowed = [ad.helper_proof(row, '--allow-mschapv2') for row in ad.helpers(facts) if row.get('allow_mschapv2')]
    return ok(slug, *allowed) if allowed else unknown(slug, facts, 'pptp_winbind.helpers')


def _account(slug: str, *states: str) -> t.Callable[[Facts, Explanation], Finding]:
    """A check for the state of an account: the directory, where it was asked, else the logs."""
    def check(facts: Facts, logs: Explanation) -> Finding:
        found = ad.account(facts, *states) or probe.proofs(facts, slug)
        if found:
            return fail(slug, *found)
        told = by_logs(slug, logs)
        if told:
            return told
        if ad.account_lacks(facts, *states):
            name = facts.text(ad.PROBE, 'account', 'name')
            return ok(slug, Proof('pptp_directory_probe.account', 'none of: ' + ', '.join(states), 'account %s' % name))
        return _elsewhere(slug, facts, logs) or passed(slug, logs) or unknown(slug, facts,
                                                                              'pptp_directory_probe.account')
    return check


def restricted(slug: str, facts: Facts) -> Finding | None:
    """What the directory says of the account that was asked for, beyond a lock: for no-dialin-permission."""
    found = ad.account(facts, 'expired', 'elsewhere_only', 'protected', 'smartcard')
    if found:
        return fail(slug, *found, title='The directory lets this account log in elsewhere, or not any more')
    if facts.flag(ad.PROBE, 'account', 'dialin') is False:
        return warn(slug, Proof('pptp_directory_probe.account.dialin', False, 'msNPAllowDialin'), severity=INFO,
                    title='The account has no dial-in permission: NPS refuses it, winbind and FreeRADIUS do not ask')
    return None


def no_account(slug: str, facts: Facts) -> Finding | None:
    """The directory has no account of the name that was asked for."""
    if facts.flag(ad.PROBE, 'account', 'found') is not False:
        return None
    name = facts.text(ad.PROBE, 'account', 'name')
    return fail(slug, Proof('pptp_directory_probe.account.found', False, 'the directory, account %s' % name),
                title='The directory knows no such account')


def _there(slug: str, told: t.Callable[[str, Facts], Finding | None]) -> t.Callable[[Facts, Explanation], Finding]:
    """A check of the stage auth on a RADIUS server: the directory, where it was asked, else the logs."""
    def check(facts: Facts, logs: Explanation) -> Finding:
        return told(slug, facts) or _elsewhere(slug, facts, logs) or by_logs(slug, logs) or \
            unknown(slug, facts, 'pptp_directory_probe.account')
    return check


_READS = ('pptp_logs', 'pptp_radius', 'pptp_winbind', 'pptp_directory_probe')
CHECKS = (
    Check('ad-winbind-not-running', _READS, running),
    Check('ad-winbind-privileged-pipe', _READS, privileged),
    Check('ad-dc-unreachable', _READS, unreachable),
    Check('ad-ntlm-auth-failing', (*_READS, probe.SUBJECT), ntlm_auth),
    Check('ad-ntlmv1-disabled', _READS + ('pptp_freeradius',), mschapv2),
    Check('ad-account-locked', (*_READS, probe.SUBJECT), _account('ad-account-locked', 'locked', 'disabled')),
    Check('ad-password-expired', (*_READS, probe.SUBJECT), _account(
        'ad-password-expired', 'must_change', 'password_expired')),
)
#: What a RADIUS server is asked besides; a VPN server has these among its own.
ON_RADIUS = (
    Check('no-secret-for-user', _READS, _there('no-secret-for-user', no_account)),
    Check('no-dialin-permission', _READS, _there('no-dialin-permission', restricted)),
)
