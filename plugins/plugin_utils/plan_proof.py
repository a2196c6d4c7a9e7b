# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Does the fix hold? The host after it, judged by its configuration and by what its logs say since; nothing older.

A log keeps what was wrong yesterday. What was in it already when the fix began proves nothing about the host after it:
:func:`newer` takes that out, by comparing what the two readings have, not by clocks.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils import dial_facts, finding as fi
from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog import CAUSES
from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog_entry import CLIENT, USER
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts, listed
from ansible_collections.vpnops.pptp.plugins.plugin_utils.sessions import second

LOGS = 'pptp_logs'
_ALONE = (LOGS, dial_facts.SUBJECT, dial_facts.WITNESS, '')
_OPEN = re.compile(r'(?:policy )?accept\b')     # as explain_gre.flow_proof says it
Entry = t.Mapping[str, t.Any]


class Login(t.NamedTuple):
    """A real login after the fix: its *outcome*, ``up`` or ``failed``, nothing without one, and of which *user*."""

    outcome: str = ''
    user: str = ''


NO_LOGIN = Login()


def dialled(before: t.Any, after: t.Any, user: str = '') -> Login:
    """What the dials in the facts *after* a fix witness, by the account of *user*, or else the one that they took. One
    that could not be tried, as for want of an address, or of which nothing can be said, is no witness; one that failed
    *before* from the same host counts only where no other comes up."""
    then, now = ([dial for dial in dial_facts.dials(Facts(facts)) if dial.mode == dial_facts.LOGIN]
                 for facts in (before, after))
    lasting = {dial.host for dial in then if dial.fails} - {dial.host for dial in then if dial.works}
    works = any(dial.works for dial in now)
    fails = any(dial.fails and dial.why != 'no-name' and not (works and dial.host in lasting) for dial in now)
    took = next((dial.user for dial in now if dial.works or dial.fails), '')
    return Login('failed' if fails else 'up' if works else '', user or took)


class Proof(t.NamedTuple):
    """*proved*: causes that are gone for sure; *unproved*: gone from the files, and only a login would tell; *still*:
    planned ones that are there; *new*: that were not there before; *others*: that were and are, and were not planned;
    *ok*: nothing speaks against the fix; *why*: what does."""

    proved: list[str]
    unproved: list[str]
    still: list[str]
    new: list[str]
    others: list[str]
    ok: bool
    why: str

    def as_dict(self) -> dict[str, t.Any]:
        """JSON form."""
        return dict(self._asdict())


def seen(facts: t.Any) -> dict[str, t.Any]:
    """What the logs of *facts* had, in short: signatures with count, last time and log, sessions by start."""
    logs = Facts(facts)
    table = logs.table(LOGS, 'signatures') or {}
    return {'signatures': {name: _mark(row) for name, row in table.items() if isinstance(row, list) and row},
            'sessions': [list(_key(item)) for item in logs.maps(LOGS, 'sessions') or []]}


def newer(facts: t.Any, old: t.Any) -> dict[str, t.Any]:
    """*facts* with what their logs have beyond *old* (of :func:`seen`)."""
    given = dict(facts) if isinstance(facts, dict) else {}
    logs = given.get(LOGS)
    if not isinstance(logs, dict) or not isinstance(old, dict):
        return given
    known = {str(item) for item in listed(old.get('sessions'))}
    sessions = [item for item in listed(logs.get('sessions'))
                if isinstance(item, dict) and str(list(_key(item))) not in known]
    counts = {name: sum(item.get('outcome') == name for item in sessions) for name in ('up', 'failed', 'open')}
    given[LOGS] = dict(logs, sessions=sessions, session_counts=dict(counts, total=len(sessions)), users={},
                       unmatched=[], signatures=_signatures(logs.get('signatures'), old.get('signatures')))
    return given


def _key(session: t.Mapping[str, t.Any]) -> tuple[t.Any, ...]:
    """What a session is known by in any log that has it, from its beginning on (its user is not known then)."""
    return session.get('side'), second(session.get('start')), session.get('client')


def _signatures(now: t.Any, before: t.Any) -> dict[str, t.Any]:
    before = before if isinstance(before, dict) else {}
    found = {}
    for name, row in now.items() if isinstance(now, dict) else ():
        if not isinstance(row, list) or not row:
            continue
        old = before.get(name)
        known = old if isinstance(old, list) and len(old) > 2 else [0, None, None]
        if _is_new(_mark(row), known):
            both = isinstance(row[0], int) and isinstance(known[0], int) and _mark(row)[2] == known[2]
            found[name] = [row[0] - known[0] if both and row[0] > known[0] else row[0], *row[1:]]
    return found


def _mark(row: list[t.Any]) -> list[t.Any]:
    """Of a signature's *row* (count, text, log and line, last time): count, last time, log."""
    _count, _text, source, last = (row + [None] * 3)[:4]
    return [row[0], second(last), str(source or '').partition(':')[0]]


def _is_new(now: list[t.Any], known: list[t.Any]) -> bool:
    """Whether there is something newer. Another log of the same lines may begin earlier or later: its count says
    nothing."""
    return now[1] != known[1] or now[2] == known[2] and now[0] != known[0]


def prove(before: Entry, after: Entry, causes: t.Sequence[str], login: Login = NO_LOGIN,
          partly: t.Container[str] = ()) -> Proof:
    """Compare the findings *before* and *after* the steps for *causes*.

    *partly*: causes of which a part was left to somebody else, and so may be there still.
    """
    old, now = _by_cause(before), _by_cause(after)
    bad = [name for name, item in now.items() if item.get('result') == fi.FAIL]
    warned = [name for name in causes if _is(old, name, fi.WARN) and _is(now, name, fi.WARN)]
    still = [name for name in causes if (name in bad or name in warned) and name not in partly]
    new = [name for name in bad if name not in causes and not _is(old, name, fi.FAIL, fi.WARN)
           and not alone_in_logs(now[name])]
    others = [name for name in bad if name not in still and name not in new]
    gone = [name for name in causes if name not in bad and name not in warned]
    sure = [name for name in gone if _is(now, name, fi.PASS, fi.NOT_APPLICABLE) or _by_login(before, name, login)
            or not alone_in_logs(old.get(name, {})) and not _unread(now.get(name, {}), old[name], after)]
    why = _why(still, new, others, login.outcome)
    return Proof(sure, [name for name in gone if name not in sure], still, new, others, not why, why)


def _by_login(before: Entry, name: str, login: Login) -> bool:
    """Whether *login* proves that *name* is gone: of one user's own trouble only a login of that user does."""
    if login.outcome != 'up' or name not in CAUSES or CAUSES[name].scope == CLIENT:
        return False
    steps = (before.get('plan') or {}).get('steps') or []
    users = [user for step in steps if step.get('cause') == name for user in step.get('vars', {}).get('users', [])]
    return CAUSES[name].scope != USER or login.user in users


def _why(still: list[str], new: list[str], others: list[str], login: str) -> str:
    if still:
        return 'it is still there: %s' % ', '.join(still)
    if new:
        return 'it broke something else: %s' % ', '.join(new)
    if login == 'failed' and not others:
        return 'a login still fails'
    return ''


def alone_in_logs(finding: t.Mapping[str, t.Any]) -> bool:
    """Whether nothing but the log, or a dial, speaks for *finding*: what else it names lies beyond this host."""
    return all(_beyond(proof) for proof in finding.get('evidence') or [])


def _unread(now: t.Mapping[str, t.Any], old: t.Mapping[str, t.Any], after: Entry) -> bool:
    """Whether it is not known *now*, and what spoke for it in *old* was not read *after*."""
    facts = Facts(after.get('facts'))
    names = [str(proof.get('fact')) for proof in old.get('evidence') or [] if not _beyond(proof)]
    return now.get('result') == fi.UNKNOWN and all(facts.get(*name.split('.')) is None for name in names)


def _beyond(proof: t.Mapping[str, t.Any]) -> bool:
    """Whether *proof* is no fault of this host: a line of a log, a dial, a rule that lets pass, the cloud around it."""
    fact = str(proof.get('fact') or '')
    passes = fact.startswith('pptp_firewall.') and _OPEN.match(str(proof.get('value')))
    return fact.split('.', maxsplit=1)[0] in _ALONE or bool(passes) or fact == 'pptp_host.cloud'


def _by_cause(entry: Entry) -> dict[str, dict[str, t.Any]]:
    return {str(item.get('cause')): item for item in entry.get('findings') or []}


def _is(findings: t.Mapping[str, t.Mapping[str, t.Any]], name: str, *results: str) -> bool:
    return findings.get(name, {}).get('result') in results
