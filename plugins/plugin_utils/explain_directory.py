# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a refusal by winbind or ntlm_auth means: the same text stands for several causes, and facts tell them apart.

0xc000006d is a wrong password, a controller or a helper that takes no MS-CHAPv2, or a broken trust; 0xc0000001 is
winbindd stopped, its privileged pipe forbidden, or a controller that is not there (facts/radius-ad.md, section 3).
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils import directory
from ansible_collections.vpnops.pptp.plugins.plugin_utils.blame import Candidate
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.sessions import Line, Log, Session

_LOCAL = re.compile(r'(?:MS-CHAP2?-Response is inc|Cleartext password does not)')     # of users that FreeRADIUS knows
_NO_ANSWER = ('rad-winbind', 'winbind-down')
_REFUSED = ('rad-wrong-password', 'winbind-password', 'winbind-declined')
#: Texts of the controller: where one of them stands, that winbind declined says nothing more.
_SPECIFIC = ('winbind-locked', 'winbind-expired', 'winbind-restricted', 'winbind-no-user', 'winbind-no-dc',
             'winbind-blocked', 'winbind-password', 'winbind-down')
_MANY = 2      # users from which on it is hardly the password of each


def candidates(facts: Facts, log: Log, line: Line) -> list[Candidate]:
    """The candidates for one *line* of winbind's or ntlm_auth's; none where the table of signatures knows best."""
    if line.row.id in _NO_ANSWER:
        return _no_answer(facts, line)
    if line.row.id in _REFUSED and directory.in_use(facts) and not _LOCAL.search(line.text):
        return _refused(facts, log, line)
    return []


def _no_answer(facts: Facts, line: Line) -> list[Candidate]:
    proof = (line.proof(),)
    if directory.in_use(facts) and directory.running(facts) is False:
        return [Candidate('ad-winbind-not-running', 97, 'winbindd does not run', proof)]
    if directory.locked_out(facts):
        return [Candidate('ad-winbind-privileged-pipe', 97, 'winbindd runs, and its pipe is forbidden', proof)]
    if directory.unreachable(facts):
        return [Candidate('ad-dc-unreachable', 96, 'winbindd waited for a controller', proof)]
    if directory.running(facts) and directory.may_enter(facts):
        return [Candidate('ad-dc-unreachable', 64, 'winbindd runs, its pipe is allowed: it may have waited for a '
                          'controller', proof),
                Candidate('ad-winbind-not-running', 60, 'winbindd may have been stopped then', proof),
                Candidate('ad-winbind-privileged-pipe', 50, 'the right may be younger than the line', proof)]
    return []


def _refused(facts: Facts, log: Log, line: Line) -> list[Candidate]:
    """The controller, or ntlm_auth, said that the password is wrong."""
    proof = (line.proof(),)
    error, own = directory.trust_error(facts), directory.refuses_itself(facts)
    if error:
        return [Candidate('ad-ntlm-auth-failing', 97, 'the controller refuses this machine itself (%s), and so every '
                          'user' % error, proof)]
    if own:
        return [Candidate('ad-ntlmv1-disabled', 97, 'this controller takes no MS-CHAPv2', (own, *proof))]
    lacking = [directory.helper_proof(row, 'without --allow-mschapv2') for row in directory.without_flag(facts)]
    if lacking and not log.newest_is_up():
        return [Candidate('ad-ntlmv1-disabled', 92, 'ntlm_auth runs without --allow-mschapv2: right passwords are '
                          'refused as wrong', (*lacking, *proof)),
                Candidate('wrong-secret', 60, 'the password may be wrong besides', proof)]
    if log.seen('rad-ok') or log.any_up():
        return [Candidate('wrong-secret', 90, 'others have logged in, so the controller takes MS-CHAPv2', proof),
                Candidate('ad-ntlmv1-disabled', 40, 'unless that has changed', proof)]
    many = len(refused_users(facts, log)) >= _MANY
    return [Candidate('ad-ntlmv1-disabled', 86 if many else 72, 'nobody has logged in yet%s: the controllers may take '
                      'no MS-CHAPv2, which looks like a wrong password' % (
                          ', and several were refused' if many else ''), proof),
            Candidate('wrong-secret', 60 if many else 66, 'the password may be wrong', proof),
            Candidate('ad-ntlm-auth-failing', 50, 'the trust of this machine may be broken: wbinfo -t as root', proof)]


def refused_users(facts: Facts, log: Log) -> set[str]:
    """Who was refused, as far as the logs of pppd and of FreeRADIUS tell."""
    rows = facts.rows('pptp_freeradius', 'log_users', width=4) or []
    return {str(row[0]) for row in rows if row[2] is False} | {item.user for item in log.failing() if item.user}


def _resolver(name: str) -> t.Callable[[Facts, Log, Session], list[Candidate]]:
    def resolve(facts: Facts, log: Log, session: Session) -> list[Candidate]:
        line = log.seen(name)
        if name == 'winbind-declined' and session.has(*_SPECIFIC):
            return []
        found = candidates(facts, log, line) if line else []
        return found or (_as_the_table(line) if line else [])
    return resolve


def _as_the_table(line: Line) -> list[Candidate]:
    """As explain.py has it: the first cause with the weight of the row, each further one 20 less."""
    slugs = line.row.cause.split('|')
    return [Candidate(slug, max(line.row.weight - 20 * number, 10), 'the log says: %s' % (line.text or line.row.id),
                      (line.proof(),)) for number, slug in enumerate(slugs) if slug]


def _pipe(facts: Facts, log: Log, _session: Session) -> list[Candidate]:
    """winbindd did not take the mode of its folder: over where the mode is right now."""
    line = log.seen('winbind-pipe')
    right = facts.text(directory.WINBIND, 'privileged', 'mode') == directory.PIPE_MODE
    return _as_the_table(line) if line and not right else []


RESOLVERS: dict[str, t.Callable[[Facts, Log, Session], list[Candidate]]] = {
    'winbind-pipe': _pipe, **{name: _resolver(name) for name in (*_NO_ANSWER, *_REFUSED)}}
