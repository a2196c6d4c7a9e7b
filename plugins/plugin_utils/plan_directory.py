# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Planners of the stage aaa for Active Directory: winbindd, its pipe, the helper line. The domain itself is never
touched, but for a membership that the inventory has an account for."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils import (
    directory as ad,
    plan_aaa,
    plan_options,
    plan_safe,
    radius_clients as rc,
)
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_step import FLEET, GUESS, LOW, Answer, Case
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_words import handed

NTLM_AUTH = '/usr/bin/ntlm_auth'
#: A helper line of pppd that can be written anew: a path and flags, nothing that a shell or a template reads.
_HELPER = re.compile(r'/?[A-Za-z0-9_./-]{1,80}(?: --[a-z0-9-]{1,40}(?:=[A-Za-z0-9_.-]{1,80})?)*')


def _member(facts: Facts) -> bool:
    """Whether this host itself uses winbind."""
    return ad.in_use(facts) is True


def _elsewhere(case: Case) -> list[Answer]:
    return plan_aaa.elsewhere(case) if case.facts.text(FLEET, 'server') else [handed(case)]


def running(case: Case) -> list[Answer]:
    """Start it, now and at boot, with a pipe that it can start with; installing it is for the role."""
    facts = case.facts
    if not _member(facts):
        return _elsewhere(case)
    broken = [row for row in facts.rows(ad.WINBIND, 'problems', width=3) or []
              if row[1] in ('bad-value', 'bad-section', 'no-name')]
    if facts.flag(ad.WINBIND, 'installed') is False:
        return [case.noop('winbind is not installed', 'Run the role vpnops.pptp.winbind with winbind_realm, '
                          'winbind_workgroup and, to join, winbind_join_user and winbind_join_password.')]
    if broken:
        return [case.noop('Samba takes nothing of smb.conf (%s)' % broken[0][0], 'Correct %s: %s' % (
            broken[0][0], broken[0][2]))]
    state = 'restarted' if ad.running(facts) else 'started'
    return [case.step('winbind', {'winbind_service_state': state, 'winbind_enabled': True}, LOW, plan_options.UNDO)]


def privileged(case: Case) -> list[Answer]:
    """Group and mode of the folder, the user in the group, FreeRADIUS restarted where it began without it."""
    if not _member(case.facts) or case.facts.flag(ad.WINBIND, 'installed') is False:
        return _elsewhere(case)
    return [case.step('winbind', {'winbind_privileged': True}, LOW, plan_options.UNDO)]


def ntlm_auth(case: Case) -> list[Answer]:
    """The helper line; or the membership, with an account for it."""
    facts = case.facts
    if not _member(facts):
        return _elsewhere(case)
    answers = [answer for row in ad.helpers(facts) if _bad(row) for answer in _mended(case, row)]
    if answers:
        return answers
    apart = ad.trust_error(facts) or facts.flag(ad.WINBIND, 'joined') is False
    if apart and case.choices.radius.join:
        return [case.step('winbind', {'winbind_join': True}, GUESS, 'net ads leave; a rollback keeps the membership')]
    return [handed(case)]


def _bad(row: dict[str, t.Any]) -> bool:
    return row.get('absolute') is False or row.get('exists') is False or \
        row.get('user') == 'freeradius' and row.get('request_nt_key') is False or \
        row.get('user') == 'pppd' and bool(row.get('program')) and \
        row.get('protocol', 'ntlm-server-1') != 'ntlm-server-1'


def mschapv2(case: Case) -> list[Answer]:
    """The flag at this end; the controllers are their admin's."""
    if not _member(case.facts):
        return _elsewhere(case)
    answers = [answer for row in ad.without_flag(case.facts) for answer in _mended(case, row)]
    return answers or [handed(case)]


def _mended(case: Case, row: dict[str, t.Any]) -> list[Answer]:
    """The line of *row* with the full path and the flags that it lacks."""
    if row.get('user') == 'pppd':
        return _of_pppd(case)
    where = plan_safe.source_path(row.get('source'))
    instance = case.facts.text(rc.SUBJECT, 'mschap', 'instance') or 'mschap'
    if where is None or instance != 'mschap':
        return [handed(case)]
    return [case.step('freeradius', {'freeradius_ntlm_auth_repair': True, 'freeradius_mschap_path': where}, LOW,
                      plan_options.UNDO)]


def _of_pppd(case: Case) -> list[Answer]:
    rows = [row for row in case.facts.rows('pptp_pppd', 'options', width=3) or [] if row[0] == 'ntlm_auth-helper']
    line = ' '.join(map(str, rows[-1][1])) if rows and isinstance(rows[-1][1], list) else ''
    line = ' '.join(line.split())
    if not _HELPER.fullmatch(line):
        return [handed(case)]
    program, _space, rest = line.partition(' ')
    flags = [flag for flag in rest.split() if not flag.startswith('--helper-protocol')]
    program = program if program.startswith('/usr/') and program.endswith('/ntlm_auth') else NTLM_AUTH
    wanted = ['--helper-protocol=ntlm-server-1', '--allow-mschapv2']
    new = ' '.join([program, *wanted, *(flag for flag in flags if flag not in wanted)])
    return plan_options.stepped(case, present=[('ntlm_auth-helper', new)], where=plan_safe.source_path(rows[-1][2]))
