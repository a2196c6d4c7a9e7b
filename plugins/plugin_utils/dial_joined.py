# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Dials beside the findings: what they confirm, what they add, and where the two disagree, which is never settled
silently.

A finding that explains a failed dial gets it as evidence. One that would keep everybody out, and has not kept out a
dial, stays, and counts for less. A failed dial that nothing explains makes its likeliest cause a finding.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils import (
    dial_facts,
    dial_path,
    dial_sessions,
    explain_dial,
    finding as fi,
    pools,
)
from ansible_collections.vpnops.pptp.plugins.plugin_utils.blame import SURE, Blame, Candidate, ranked
from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog import CAUSES, stage_rank
from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog_entry import HOST
from ansible_collections.vpnops.pptp.plugins.plugin_utils.dial_facts import SUBJECT, WITNESS, Dial
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain import Explanation
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import Finding, Proof

_LOGS = 'pptp_logs'
#: What shows later in a login than at its own stage: what keeps pppd from starting, from encrypting, from giving an
#: address.
_SHOWS = {'service': 'gre', 'mppe-kernel-missing': 'mppe', 'radius-no-mppe-keys': 'mppe',
          'radius-wrong-mppe-keys': 'address', 'address-not-allowed': 'address'}
_MOST = 3       # dials that are named as the evidence of one finding
_STRONG = 60    # ... to make a finding surer that rests on the files of the host
_NAMED = 40     # what a candidate has to weigh to be called a possible cause


@dataclasses.dataclass(frozen=True)
class Joined:
    """*findings* in the light of the dials; *blame*: of a dial that nothing decides; *disagreement*: ``{from, cause,
    text}``, without a cause where nothing explains a dial; *works*: whether a login came up; *failed*: the stage at
    which a dial failed first, empty where none did."""

    findings: list[Finding]
    blame: Blame | None = None
    disagreement: tuple[dict[str, t.Any], ...] = ()
    works: bool = False
    failed: str = ''


def join(facts: Facts, findings: list[Finding], logs: Explanation) -> Joined:
    """The *findings* on a host together with the dials to it."""
    known = dial_facts.dials(facts)
    works = [dial for dial in known if dial.works]
    found = dial_path.judged(facts, [_methods(_passed(item, known), known) for item in findings], known)
    found, against = _contradicted(found, known)
    blame = None
    failed = dial_facts.first_of_each(dial for dial in known if dial.fails)
    for dial in failed:
        found, told, more = _one(facts, dial, found, logs, bool(works))
        blame, against = blame or told, against + more
    stage = min((dial.stage for dial in failed), key=stage_rank, default='')
    return Joined(found, blame, tuple(against), bool(works), stage)


def _one(facts: Facts, dial: Dial, findings: list[Finding], logs: Explanation, works: bool
         ) -> tuple[list[Finding], Blame | None, list[dict[str, t.Any]]]:
    """The findings with one failed *dial*, the explanation of it where nothing decides, and what is left open."""
    mate = _mate(facts, dial, logs)
    if mate and mate.decided and _beyond(dial, mate.decided.cause):
        findings, mate = [_overruled(item, dial, mate) for item in findings], None
    could = explain_dial.candidates(facts, dial, findings, works)
    explained = {item.cause for item in could} | ({mate.decided.cause} if mate and mate.decided else set())
    if any(item.cause in explained and item.result == fi.FAIL and not _refuted(item, dial) for item in findings):
        return [_confirmed(item, dial, could) if item.cause in explained else item for item in findings], None, []
    if any(_keeps_out(item) and not _beyond(dial, item.cause) for item in findings):
        return findings, None, [_open(dial)]
    blame = _blame(dial, could, mate)
    if not blame.candidates or blame.candidates[0].weight < _NAMED:
        return findings, blame if blame.candidates else None, [_open(dial)]
    best = blame.candidates[0].cause
    doubt = [_doubt(dial, item) for item in findings if item.cause == best and explain_dial.refutes(item)
             and best not in explain_dial.BEYOND]
    return promoted(findings, blame), None if blame.decided else blame, doubt


def _mate(facts: Facts, dial: Dial, logs: Explanation) -> Blame | None:
    """What the log of the host says of this very dial."""
    session = dial_sessions.logged(facts, dial, logs.log.own)
    return next((blame for blame in logs.blames if session is not None and blame.session is session), None)


def _overruled(item: Finding, dial: Dial, mate: Blame) -> Finding:
    """What the log makes of the very login that was the *dial*, which got further than that."""
    logged = all(proof.fact.startswith(_LOGS) or not proof.fact for proof in item.evidence)
    if item.result != fi.FAIL or not logged or mate.decided is None or item.cause != mate.decided.cause:
        return item
    return dataclasses.replace(item, result=fi.PASS, fix=None, evidence=(Proof(SUBJECT, dial.line()),))


def _blame(dial: Dial, could: tuple[Candidate, ...], mate: Blame | None) -> Blame:
    """What the dial tells, together with what the log of the host does, where that has more than its silence."""
    telling = mate is not None and mate.session is not None and any(row.kind == 'cause' for row in mate.session.events)
    logged = mate.candidates if mate and telling else ()
    proof = Proof(SUBJECT, dial.line())
    told = [dataclasses.replace(item, proof=(proof, *item.proof)) for item in logged]
    both = ranked([*told, *could])
    return Blame(tuple(item for item in both if item.weight >= _NAMED) or both, mate.session if mate else None)


def promoted(findings: list[Finding], blame: Blame) -> list[Finding]:
    """The likeliest candidate as a failing finding, so that its fix is shown."""
    best = blame.candidates[0]
    entry = CAUSES[best.cause]
    return [dataclasses.replace(item, result=fi.FAIL, confidence=blame.confidence, severity=entry.severity,
                                fix=entry.fix, title=entry.title, evidence=best.proof + (Proof('', best.because),))
            if item.cause == best.cause else item for item in findings]


def _confirmed(item: Finding, dial: Dial, could: tuple[Candidate, ...]) -> Finding:
    """*item* with *dial* as evidence, and surer where the host's own files, or a witness, say the same."""
    if item.result != fi.FAIL:
        return item
    mine = next((found for found in could if found.cause == item.cause), None)
    proofs = mine.proof if mine else (Proof(SUBJECT, dial.line()),)
    more = [proof for proof in proofs if proof.fact in (SUBJECT, WITNESS) and proof not in item.evidence]
    if sum(proof.fact == SUBJECT for proof in item.evidence) >= _MOST:
        more = []
    return dataclasses.replace(item, evidence=(*item.evidence, *more), confidence=_surer(item, mine, could))


def _surer(item: Finding, mine: Candidate | None, could: tuple[Candidate, ...]) -> str:
    level = {fi.POSSIBLE: 0, fi.LIKELY: 1, fi.CERTAIN: 2}
    best = level[item.confidence]
    if mine and CAUSES[item.cause].scope == HOST:
        files = any(proof.fact.split('.')[0] not in (_LOGS, SUBJECT, WITNESS, '') for proof in item.evidence)
        best += files and mine.weight >= _STRONG
        if Blame(could).decided is mine:
            best = max(best, 2 if mine.weight >= SURE else 1)
    return next(name for name, number in level.items() if number == min(best, 2))


def _passed(item: Finding, known: list[Dial]) -> Finding:
    """An open question that a dial answers: it got beyond that stage."""
    dial = next((dial for dial in known if _beyond(dial, item.cause)), None)
    suspected = any(proof.fact.startswith(_LOGS) and proof.value is not None for proof in item.evidence)
    if item.result != fi.UNKNOWN or dial is None or suspected:
        return item
    return dataclasses.replace(item, result=fi.PASS, fix=None, evidence=(Proof(SUBJECT, dial.line()),))


def _methods(item: Finding, known: list[Dial]) -> Finding:
    """A server that does not ask for MS-CHAPv2, as a dial that asked for all of its methods has seen."""
    dial = next((dial for dial in known if dial.mode == 'methods' and dial.outcome == dial_facts.OK and dial.asked
                 and 'mschapv2' not in dial.asked), None)
    if dial is None or item.cause != 'auth-method-mismatch' or item.result not in (fi.UNKNOWN, fi.PASS):
        return item
    title = 'The server asks for no authentication: anybody gets in, and without keys for MPPE' if dial.asks_nothing \
        else 'The server does not take MS-CHAPv2, the only method of many clients'
    return dataclasses.replace(
        item, result=fi.WARN, severity=fi.MAJOR, fix=CAUSES[item.cause].fix, evidence=(Proof(SUBJECT, dial.line()),),
        title=title, confidence=fi.LIKELY)


def _beyond(dial: Dial, cause: str) -> bool:
    """Whether *dial* got past the point at which *cause* would have stopped it."""
    stage = CAUSES[cause].stage
    return dial.passed(_SHOWS.get(cause) or _SHOWS.get(stage, stage))


def _keeps_out(item: Finding) -> bool:
    """Whether a failing finding lets nobody in."""
    before = stage_rank(item.stage) < stage_rank('path')
    return item.result == fi.FAIL and item.severity == fi.CRITICAL and before and CAUSES[item.cause].scope == HOST


def _refuted(item: Finding, dial: Dial) -> bool:
    return item.severity == fi.MINOR and _beyond(dial, item.cause)


def _contradicted(findings: list[Finding], known: list[Dial]) -> tuple[list[Finding], list[dict[str, t.Any]]]:
    """The findings that would keep everybody out, and did not stop a dial: they stay, as what does not bite now."""
    found, said = [], []
    for item in findings:
        dial = next((dial for dial in known if _beyond(dial, item.cause)), None) if _keeps_out(item) else None
        if dial is not None:
            proof = Proof(SUBJECT, dial.line())
            item = dataclasses.replace(item, severity=fi.MINOR, evidence=(*item.evidence, proof),
                                       confidence=fi.LIKELY if item.confidence == fi.CERTAIN else item.confidence)
            said.append({'from': dial.host, 'cause': item.cause, 'text': _against(item, dial)})
        found.append(item)
    return found, said


def _against(item: Finding, dial: Dial) -> str:
    did = 'a login from %s came up' % dial.host if dial.works else 'a dial from %s got beyond it (%s)' % (
        dial.host, dial.end(dial.why))
    return '%s would keep everybody out, and %s: what was read tells clients apart, is not in force, or is not all ' \
        'there is.' % (item.cause, did)


def _open(dial: Dial) -> dict[str, t.Any]:
    text = 'The %s from %s %s. Nothing that was found on this host explains that.' % (
        dial.mode or 'dial', dial.host, dial.end())
    return {'from': dial.host, 'cause': None, 'text': text}


def _doubt(dial: Dial, item: Finding) -> dict[str, t.Any]:
    """A dial shows what the host's own files speak against."""
    proof = next((proof for proof in item.evidence if proof.value is not None), Proof('', ''))
    text = 'The %s from %s %s, which is %s; what was read on this host speaks against that: %s: %s.' % (
        dial.mode or 'dial', dial.host, dial.end(), item.cause, proof.fact, proof.value)
    return {'from': dial.host, 'cause': item.cause, 'text': text}


def shown(facts: Facts) -> tuple[dict[str, t.Any], ...]:
    """A line for each host that dialled: ``{from, outcome, step, why, text}``, of its first dial that is not ok, else
    of the last; the text has what came of the logins, too."""
    known, found = dial_facts.dials(facts), []
    for host in dict.fromkeys(dial.host for dial in known):
        rows = [dial for dial in known if dial.host == host]
        count = next((number for number, dial in enumerate(rows, 1) if dial.outcome != dial_facts.OK), len(rows))
        last = rows[count - 1]
        told = rows[:count] + [dial for dial in rows[count:] if dial.mode == dial_facts.LOGIN]
        ends = '; '.join(dict.fromkeys(dial.end() for dial in told))
        lead = 'Login tried from' if any(dial.mode == dial_facts.LOGIN for dial in rows) else 'Dialled from'
        found.append({'from': host, 'outcome': last.outcome, 'step': last.step, 'why': last.why,
                      'text': '%s %s%s: %s' % (lead, host, _elsewhere(facts, last), ends)})
    return tuple(found)


def _elsewhere(facts: Facts, dial: Dial) -> str:
    """What was dialled, where the host has not that address: a router may forward it, or it is the wrong one."""
    own, dialled = pools.interfaces(facts), pools.address(dial.target)
    if not own or dialled is None or dialled.is_loopback() or any(item.ip == dialled for _name, item in own):
        return ''
    return ' to %s, no address of this host' % dialled
