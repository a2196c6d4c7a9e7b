# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From facts to one verdict: every check runs, the earliest cause is named, the rest are its consequences.

A defect that keeps everybody out comes before one that hits a user or a client; both come before traffic
that does not pass, and that before security. Within these, the earlier stage comes first.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils import (
    dial_facts,
    dial_joined,
    finding as fi,
    registry,
    remedies,
    words,
)
from ansible_collections.vpnops.pptp.plugins.plugin_utils.blame import Blame
from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog import CAUSES, rank, stage_rank
from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog_entry import HOST, USER
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks import radius_server, router
from ansible_collections.vpnops.pptp.plugins.plugin_utils.dial_joined import Joined
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain import Explanation
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import Finding

HEALTHY, DEGRADED, BROKEN, UNKNOWN = STATUSES = ('healthy', 'degraded', 'broken', 'unknown')
ROLES = ('server', 'client', 'both', 'unknown', *registry.OTHERS)
_EVERYBODY, _SOME, _TRAFFIC, _SECURITY = range(4)


@dataclasses.dataclass(frozen=True)
class Diagnosis:
    """What is wrong with a host.

    *verdict*: ``{status, stage, cause, confidence}``. *findings*: one for each cause, failing ones first. *ruled_out*:
    ``{cause, stage, because}``. *candidates*: ranked ``{cause, weight, because}`` where nothing decides. *next_step*:
    what to run or to look at next. *role*: server, client, both, router, radius or unknown. *note*: what else is
    worth a line. *dials*: ``{from, outcome, step, why, text}``, how each dial ended. *disagreement*: ``{from, cause,
    text}`` where a dial and what was found contradict each other (cause), or nothing explains it (None).
    """

    verdict: dict[str, t.Any]
    findings: tuple[Finding, ...]
    ruled_out: tuple[dict[str, t.Any], ...]
    candidates: tuple[dict[str, t.Any], ...]
    next_step: str
    role: str
    note: str = ''
    dials: tuple[dict[str, t.Any], ...] = ()
    disagreement: tuple[dict[str, t.Any], ...] = ()

    def as_dict(self) -> dict[str, t.Any]:
        """JSON form."""
        return {
            'verdict': dict(self.verdict), 'role': self.role, 'note': self.note, 'next_step': self.next_step,
            'candidates': [dict(item) for item in self.candidates],
            'ruled_out': [dict(item) for item in self.ruled_out],
            'findings': [item.as_dict() for item in self.findings],
            'dials': [dict(item) for item in self.dials],
            'disagreement': [dict(item) for item in self.disagreement],
        }


def diagnose(facts: t.Any) -> Diagnosis:
    """Judge the *facts* of one host (docs/facts.md); whatever is missing or malformed reads as not known."""
    known, logs = _read(facts)
    findings = registry.run_all(known, logs)
    joined = Joined(findings) if _is_other(known) else dial_joined.join(known, findings, logs)
    findings, blame = joined.findings, joined.blame
    if blame is None and not _is_other(known):
        blame = _undecided(findings, logs)
        findings = findings if blame is None else dial_joined.promoted(findings, blame)
    root = _root(findings)
    if root is not None:
        findings = [_consequence(item, root) for item in findings]
        root = next(item for item in findings if item.cause == root.cause)
    status = _status(known, logs, joined, findings, root)
    verdict = _verdict(known, status, root, logs, joined, findings)
    findings = [remedies.fitted(item, known) for item in findings]
    return Diagnosis(
        verdict, tuple(sorted(findings, key=_show_order)),
        tuple(words.ruled_out(findings, logs, root, dial_facts.dials(known))),
        tuple(item.as_dict() for item in blame.candidates[:5]) if blame else (),
        remedies.here(words.next_step(known, logs, verdict, root, blame), known),
        known.text('pptp_host', 'role') or 'unknown',
        words.note(known), dial_joined.shown(known), joined.disagreement)


def _read(facts: t.Any) -> tuple[Facts, Explanation]:
    """The facts with the role that the logs show where nothing else does, and what the logs say."""
    given = facts if isinstance(facts, dict) else {}
    first = Facts(given)
    sides = {item.side for item in Explanation(first).log.sessions}
    role = first.text('pptp_host', 'role')
    if role not in ROLES or role == 'unknown':
        role = 'both' if len(sides) > 1 else next(iter(sides), 'unknown')
    elif role == 'client' and 'server' in sides:
        role = 'both'
    if role in ('client', 'unknown') and first.maps(dial_facts.SUBJECT, 'dials'):
        role = 'both' if role == 'client' else 'server'     # somebody is meant to log in here
    host = first.table('pptp_host') or {}
    known = Facts({**given, 'pptp_host': {**host, 'role': role}})
    return known, Explanation(known)


def _tier(item: Finding) -> int:
    if item.stage == 'security':
        return _EVERYBODY if item.severity == fi.CRITICAL else _SECURITY
    if item.stage == 'path' or item.severity == fi.MINOR:
        return _TRAFFIC
    everybody = item.severity == fi.CRITICAL and (CAUSES[item.cause].scope == HOST or item.confidence == fi.CERTAIN)
    return _EVERYBODY if everybody else _SOME


def _order(item: Finding) -> tuple[int, int, int]:
    return _tier(item), stage_rank(item.stage), rank(item.cause)


def _show_order(item: Finding) -> tuple[t.Any, ...]:
    shown = (fi.FAIL, fi.WARN, fi.UNKNOWN, fi.PASS, fi.NOT_APPLICABLE).index(item.result)
    return (shown, bool(item.blocked_by)) + _order(item)


def _failing(findings: t.Iterable[Finding]) -> list[Finding]:
    return sorted((item for item in findings if item.result == fi.FAIL), key=_order)


def _root(findings: list[Finding]) -> Finding | None:
    """The failing finding that comes first, or the failing one that it follows from."""
    failing = _failing(findings)
    if not failing:
        return None
    by_cause = {item.cause: item for item in failing}
    root, seen = failing[0], set()
    while root.cause not in seen:
        seen.add(root.cause)
        root = next((by_cause[cause] for cause in root.blocked_by if cause in by_cause), root)
    return root


def _undecided(findings: list[Finding], logs: Explanation) -> Blame | None:
    """The newest failed login that nothing explains: of interest unless a failing finding explains logins."""
    failing = _failing(findings)
    blame = logs.undecided() or (None if failing else next(iter(logs.repeated), None))
    if blame is None or failing and _tier(failing[0]) in (_EVERYBODY, _SOME):
        return None
    return blame


def _consequence(item: Finding, root: Finding) -> Finding:
    """Later stages fail or cannot be seen while an earlier one keeps everybody out."""
    later = stage_rank(root.stage) < stage_rank(item.stage) < stage_rank('security')
    if item.result == fi.FAIL and later and _tier(root) == _EVERYBODY:
        return item.blocked(root.cause)
    return item


def _status(facts: Facts, logs: Explanation, joined: Joined, findings: list[Finding], root: Finding | None) -> str:
    failing = _failing(findings)
    if failing and root is not None and _is_other(facts):
        return BROKEN if failing[0].severity == fi.CRITICAL else DEGRADED
    if failing and root is not None:
        return _how_bad(failing[0], logs, joined)
    if joined.failed or logs.log.failing() and not logs.log.newest_is_up() and not _is_other(facts):
        return DEGRADED if joined.works or logs.log.any_up() else BROKEN
    return HEALTHY if joined.works or _works(facts, logs, findings) else UNKNOWN


def _is_other(facts: Facts) -> bool:
    return facts.text('pptp_host', 'role') in registry.OTHERS


def _how_bad(first: Finding, logs: Explanation, joined: Joined) -> str:
    tier, said = _tier(first), logs.named(first.cause) or logs.possible(first.cause)
    refused = joined.failed in ('auth', 'address') and tier == _SOME and CAUSES[first.cause].scope == USER
    if joined.works or refused and all(logs.log.is_own(item) for item in logs.log.failing()):
        return DEGRADED     # a test account that is refused is not everybody
    if said and isinstance(said, Blame) and said.session and said.session.outcome == 'up' and \
            first.cause == 'ip-pool-conflict':
        return BROKEN       # it came up, and carries nothing
    if tier == _EVERYBODY:
        return DEGRADED if said and logs.log.newest_is_up() else BROKEN
    if tier == _SOME and said and (CAUSES[first.cause].scope != HOST or logs.log.failing()):
        return DEGRADED if logs.log.any_up() else BROKEN
    return DEGRADED


def _works(facts: Facts, logs: Explanation, findings: list[Finding]) -> bool:
    """Whether the evidence is enough to call a host healthy: a login that came up, or daemon, configuration, secrets
    and firewall, all of them read."""
    if _is_other(facts):
        serves = facts.text('pptp_host', 'role') == radius_server.ROLE
        return radius_server.serves(findings) if serves else router.carries(findings)
    if logs.log.newest_is_up():
        return True
    if not _read_enough(facts):
        return False
    needed = {'pptpd-not-running', 'pptpd-not-listening'}
    if facts.text('pptp_daemon', 'name') != 'accel-ppp':
        needed.add('bad-option-syntax')
    return needed <= _passing(findings)


def _read_enough(facts: Facts) -> bool:
    """Whether what decides about logins was read: the names and secrets, unless a back-end has them, and the rules."""
    if facts.text('pptp_daemon', 'name') != 'accel-ppp':
        backend = facts.text('pptp_pppd', 'effective', 'backend')
        if facts.number('pptp_secrets', 'entries') is None and backend not in ('radius', 'winbind', 'other'):
            return False
    verdicts = [facts.text('pptp_firewall', 'flows', flow, 'verdict') for flow in ('tcp1723_in', 'gre_in')]
    return facts.flag('pptp_firewall', 'readable') is True or not {None, 'unknown'}.intersection(verdicts)


def _passing(findings: t.Iterable[Finding]) -> set[str]:
    return {item.cause for item in findings if item.result == fi.PASS}


def _verdict(facts: Facts, status: str, root: Finding | None, logs: Explanation, joined: Joined,
             findings: list[Finding]) -> dict[str, t.Any]:
    if root is not None:
        return {'status': status, 'stage': root.stage, 'cause': root.cause, 'confidence': root.confidence}
    stage = None
    if status in (BROKEN, DEGRADED):
        stage = joined.failed or next((item.reached for item in logs.log.failing() if item.reached in fi.STAGES), None)
    sure = _how_sure(facts, logs, joined, findings) if status == HEALTHY else fi.POSSIBLE
    return {'status': status, 'stage': stage, 'cause': None, 'confidence': sure}


def _how_sure(facts: Facts, logs: Explanation, joined: Joined, findings: list[Finding]) -> str:
    """How sure it is that a host is healthy."""
    if _is_other(facts) or joined.works and not facts.get('pptp_daemon'):
        return fi.LIKELY
    if joined.works or logs.log.newest_is_up():
        return fi.CERTAIN
    return fi.LIKELY if 'ppp-kernel-missing' in _passing(findings) else fi.POSSIBLE
