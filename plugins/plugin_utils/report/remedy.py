# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a remediation did, for the terminal: what was broken, what was done, what proves it, what is left for whom."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils.entry import Entry
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_step import LEFT_OUT, PACKAGE, STAY, WARNING
from ansible_collections.vpnops.pptp.plugins.plugin_utils.report.text import clean

#: Outcomes of ``remediation.outcome``, and which of them make the play fail.
FAILED = ('undone', 'half', 'refused', 'open')
_SAID = {
    'done': 'kept', 'nothing': 'nothing had to be changed', 'undone': 'everything is as it was before',
    'half': 'NOT everything could be put back', 'refused': 'nothing was changed',
    'open': 'it was interrupted, and a part of it may be done: run it again, which goes on from there, or roll it back',
}
#: In the one line that a host of many has.
_MARKS = {'done': 'fixed', 'undone': 'put back', 'half': 'NOT all put back', 'open': 'interrupted',
          'refused': 'refused'}
ROLLBACK = 'ansible-playbook vpnops.pptp.rollback -e pptp_remediation=%s'

Line = tuple[str, str]
_WORDS = 1200       # letters of what is handed to another admin: all of it, a command that is cut off helps nobody


def failed(entry: Entry) -> bool:
    """Whether the remediation of this host did not come to a good end, or to none because it could not be read."""
    return entry.get('source') == 'none' or (entry.get('remediation') or {}).get('outcome') in FAILED


def mark(entry: Entry) -> str:
    """What came of it, in a word or two; nothing where nothing did."""
    return _MARKS.get(str((entry.get('remediation') or {}).get('outcome')), '')


def lines(entry: Entry) -> list[Line]:
    """``(label, text)`` for everything that is to be said of the plan and of what came of it."""
    plan, record = entry.get('plan') or {}, entry.get('remediation') or {}
    found = _was(record) + _steps(plan.get('steps') or [], record.get('outcome'))
    found += _proof(record) + _end(record) + _stay(plan.get('steps') or [], record.get('outcome'))
    return found + _noops(plan.get('noops') or [], _gone(entry))


def _was(record: Entry) -> list[Line]:
    before = record.get('before') or {}
    if not before.get('cause'):
        return []
    return [('was', '%s: %s (stage %s)' % (before.get('status'), before['cause'], before.get('stage')))]


def _steps(steps: list[Entry], outcome: t.Any) -> list[Line]:
    label = {'done': 'done', 'nothing': 'done', 'refused': 'would do', None: 'would do'}.get(outcome, 'tried')
    return [(label if number == 0 else '', '%s, by the role %s%s: %s' % (
        clean(step['cause']), clean(step['role']), _with(step.get('vars') or {}), clean(step.get('why'), 300)))
        for number, step in enumerate(steps)]


def _with(variables: Entry) -> str:
    """The variables of a step; one on another host names it."""
    given = ', '.join('%s: %s' % (name, clean(value)) for name, value in variables.items() if name != 'host')
    where = ' on %s' % clean(variables['host']) if variables.get('host') else ''
    return '%s (%s)' % (where, given) if given else where


def _proof(record: Entry) -> list[Line]:
    proof = record.get('proof')
    if not proof:
        return []
    parts = ['gone: %s' % ', '.join(proof['proved'])] if proof.get('proved') else []
    parts += ['a real login works'] if record.get('login') == 'up' else []
    parts += ['only a login will tell: %s' % ', '.join(proof['unproved'])] if proof.get('unproved') else []
    parts += ['still there, and not part of it: %s' % ', '.join(proof['others'])] if proof.get('others') else []
    return [('proof', '; '.join(parts))] if parts else []


def _end(record: Entry) -> list[Line]:
    outcome = record.get('outcome')
    if not outcome:
        return []
    text = _SAID.get(str(outcome), str(outcome))
    if record.get('reason'):
        text = '%s, because %s' % (text, clean(record['reason'], 300))
    found = [('end', text)]
    found += [('', clean(item)) for item in [*(record.get('failed_steps') or []), *(record.get('left') or [])][:8]]
    if outcome in ('done', 'open', 'half') and record.get('id'):
        found.append(('undo', ROLLBACK % clean(record['id'])))
    return found


def _stay(steps: list[Entry], outcome: t.Any) -> list[Line]:
    done = outcome in ('done', 'undone', 'half', 'open')
    return [('', STAY)] if done and any(step.get('risk') == PACKAGE for step in steps) else []


def _noops(noops: list[Entry], gone: t.Container[str]) -> list[Line]:
    left = [noop for noop in noops if noop['cause'] not in gone]
    found: list[Line] = []
    for noop in (item for item in left if item['why'] not in (WARNING, LEFT_OUT)):
        found.append(('' if found else 'not done', '%s: %s' % (noop['cause'], clean(noop['why'], 300))))
        if noop.get('words'):
            found.append(('', 'for %s: %s' % (noop.get('who') or 'you', clean(noop['words'], _WORDS))))
    warned, out = ([noop['cause'] for noop in left if noop['why'] == why and noop['cause'] != 'pptp-is-weak']
                   for why in (WARNING, LEFT_OUT))
    if out:
        found.append(('left out', 'by pptp_only: %s' % ', '.join(out)))
    if warned:
        found.append(('left', '%s: warnings, by which no login is known to fail; -e pptp_only=%s fixes one' % (
            ', '.join(warned), warned[0])))
    return found


def _gone(entry: Entry) -> set[str]:
    """What was a no-op, and went away with what was done."""
    if not (entry.get('remediation') or {}).get('proof', {}).get('ok'):
        return set()
    return {finding['cause'] for finding in entry.get('findings') or []
            if finding['result'] in ('pass', 'not-applicable')}
