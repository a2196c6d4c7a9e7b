# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What every check needs: findings out of the catalogue, and what the logs say about a cause."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils import finding as fi
from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog import CAUSES
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain import Explanation
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts, listed
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import Finding, Proof

CheckFunction = t.Callable[[Facts, Explanation], Finding]


class Check(t.NamedTuple):
    """A registered check: it answers for one *cause* and reads the *subjects* (and what the logs were found to say)."""

    cause: str
    subjects: tuple[str, ...]
    run: CheckFunction


def finding(slug: str, result: str, proof: t.Iterable[Proof] = (), confidence: str = fi.CERTAIN, title: str = '',
            severity: str = '') -> Finding:
    """A finding for *slug* with the catalogue's words where none are given; a fix comes with fail, warn and unknown."""
    entry = CAUSES[slug]
    wants_fix = result in (fi.FAIL, fi.WARN)
    return Finding(slug, entry.stage, result, severity or entry.severity, title or entry.title, tuple(proof),
                   confidence, (), entry.fix if wants_fix else None)


def fail(slug: str, *proof: Proof, confidence: str = fi.CERTAIN, title: str = '', severity: str = '') -> Finding:
    """It is broken, on this evidence."""
    return finding(slug, fi.FAIL, proof, confidence, title, severity)


def warn(slug: str, *proof: Proof, confidence: str = fi.LIKELY, title: str = '', severity: str = '') -> Finding:
    """It does not break logins now."""
    return finding(slug, fi.WARN, proof, confidence, title, severity or fi.MINOR)


def ok(slug: str, *proof: Proof) -> Finding:
    """It is in order, on this evidence."""
    return finding(slug, fi.PASS, proof)


def skip(slug: str, why: str) -> Finding:
    """The question does not arise on this host."""
    return finding(slug, fi.NOT_APPLICABLE, (Proof('', why),))


def unknown(slug: str, facts: Facts, *names: str) -> Finding:
    """What could not be read or decided: each of *names* is ``subject.key``; a flow tells which match it depends on,
    for others its subject's evidence tells why."""
    missing = [name for name in names if _is_open(facts.get(*name.split('.')))] or names
    return finding(slug, fi.UNKNOWN, (_open_question(facts, name) for name in missing))


def _is_open(value: t.Any) -> bool:
    return value.get('verdict') in (None, 'unknown') if isinstance(value, dict) else value in (None, [], 'unknown')


def _open_question(facts: Facts, name: str) -> Proof:
    value = facts.get(*name.split('.'))
    notes = [str(note) for note in listed(value.get('notes'))] if isinstance(value, dict) else []
    if notes and _is_open(value):
        match = value.get('match')
        return Proof(name, '; '.join(notes[:2]) + (' (%s is not known here)' % match if match else ''),
                     str(value.get('source') or ''))
    return Proof(name, None, facts.why(name.split('.', maxsplit=1)[0]))


def after_reboot(slug: str, facts: Facts, flow: str, what: str) -> Finding | None:
    """The warning that *flow*, which passes now, does so no more after a reboot; *what*: it, for people."""
    if facts.flag('pptp_firewall', 'survives_reboot', flow) is not False:
        return None
    lost = [str(text) for text in facts.items('pptp_firewall', 'lost_at_reboot') or []]
    boot = facts.table('pptp_firewall', 'boot') or {}
    by = ['%s (%s)' % (name, row.get('file')) if row.get('file') else name for name, row in sorted(boot.items())
          if isinstance(row, dict) and row.get('enabled')]
    proof = [Proof('pptp_firewall.lost_at_reboot', text, ', '.join(by)) for text in lost[:3]]
    return warn(slug, *proof or [Proof('pptp_firewall.survives_reboot.' + flow, False, ', '.join(by))],
                title='%s now, and no more after a reboot: what is loaded then lacks rules that are in force' % what)


def blamed(slug: str, logs: Explanation) -> Finding | None:
    """The failing finding that a recorded failure gives for *slug*, if it was decided."""
    blame = logs.named(slug)
    if blame is None or blame.decided is None:
        return None
    proof = (Proof('pptp_logs.sessions', _describe(blame.session), blame.session.source),) if blame.session else ()
    note = Proof('', blame.decided.because)
    return finding(slug, fi.FAIL, blame.decided.proof + proof + (note,), blame.confidence)


def _describe(session: t.Any) -> str:
    words = [session.side, session.outcome, 'in %s' % session.reached if session.reached else '',
             'user %s' % session.user if session.user else '', 'from %s' % session.client if session.client else '',
             session.start]
    return ' '.join(word for word in words if word)


def suspected(slug: str, logs: Explanation) -> Finding | None:
    """The unknown finding for a cause that is one of several candidates."""
    candidate = logs.possible(slug)
    if candidate is None:
        return None
    note = Proof('', 'one of several explanations (weight %d): %s' % (candidate.weight, candidate.because))
    return finding(slug, fi.UNKNOWN, candidate.proof + (note,), fi.POSSIBLE)


def by_logs(slug: str, logs: Explanation) -> Finding | None:
    """Blamed or suspected."""
    return blamed(slug, logs) or suspected(slug, logs)


def passed(slug: str, logs: Explanation, stage: str = '') -> Finding | None:
    """The passing finding that the newest login gives, if it got beyond the stage of *slug*."""
    session = logs.log.passed(stage or CAUSES[slug].stage)
    if session is None:
        return None
    words = 'the newest login got beyond this stage: %s' % _describe(session)
    return ok(slug, Proof('pptp_logs.sessions', words, session.source))


def is_client_only(facts: Facts) -> bool:
    """Whether this host dials out and serves nobody."""
    return facts.text('pptp_host', 'role') == 'client'


def not_pptpd(facts: Facts, slug: str) -> Finding | None:
    """Why a question about pptpd does not arise: a client, or accel-ppp."""
    if is_client_only(facts):
        return skip(slug, 'this host is a PPTP client')
    if facts.text('pptp_daemon', 'name') == 'accel-ppp':
        return skip(slug, 'this host runs accel-ppp, which reads none of the files of pptpd and pppd')
    return None


def option_source(facts: Facts, *names: str) -> str:
    """Where the last of the pppd options *names* stands."""
    rows = facts.rows('pptp_pppd', 'options', width=3) or []
    found = [str(source or '') for name, _args, source in rows if name in names]
    return found[-1] if found else ''
