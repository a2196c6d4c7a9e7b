# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From recorded logins to causes: the table of signatures gives weights, resolvers decide what is ambiguous.

What a login got past is ruled out for it: a line of stage gre explains nothing in a session that reached auth.
"""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.signatures import Signature
from ansible_collections.vpnops.pptp.plugins.plugin_utils import (
    explain_auth,
    explain_directory,
    explain_gre,
    explain_mppe,
    explain_silent,
    pools,
)
from ansible_collections.vpnops.pptp.plugins.plugin_utils.blame import DECIDES, Blame, Candidate, ranked
from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog import CAUSES, stage_rank
from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog_entry import HOST
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import CRITICAL
from ansible_collections.vpnops.pptp.plugins.plugin_utils.sessions import Line, Log, Session

Resolver = t.Callable[[Facts, Log, Session], list[Candidate]]
RESOLVERS: dict[str, Resolver] = {**explain_gre.RESOLVERS, **explain_auth.RESOLVERS, **explain_directory.RESOLVERS,
                                  **explain_mppe.RESOLVERS}

#: Lines that only repeat that a login was refused: they count where nothing in the session says why.
SOFT = frozenset((
    'chap-failed', 'rad-reject', 'client-failed', 'client-failed-empty', 'trace-chap-failure-empty', 'term-auth-failed',
    'win-691', 'trace-chap-no-response', 'chap-timeout', 'ncp-timeout', 'eap-failed', 'mppe-lost-state',
    'radius-bad-reply', 'start-option-word', 'link-bad-packet', 'script-missing', 'trace-ipcp-not-started',
    'gre-network', 'gre-xmit'))
#: Causes that show in logins which came up, too.
AFTER_UP = frozenset(('mtu-fragmentation', 'mppe-peer-bug', 'routing-loop', 'radius-wrong-mppe-keys'))
_SPOILS = 60    # what a line has to weigh to count against a login that came up
_STEP = 20      # what each further cause of a row weighs less


class Explanation:
    """All that the logs say: *log*, and one :class:`Blame` for each current failure, newest first. *repeated* holds
    what a RADIUS server says of refused logins without a reason: it counts where nothing else is known to be wrong."""

    def __init__(self, facts: Facts) -> None:
        self.log = Log(facts)
        self.blames = _of_sessions(facts, self.log)
        self.blames += _of_loose_lines(facts, self.log, bool(self.blames))
        self.repeated = [] if self.blames else _of_loose_lines(facts, self.log, False, soft=True)

    def named(self, cause: str) -> Blame | None:
        """The newest failure whose decided cause is *cause*."""
        return next((blame for blame in self.blames if blame.decided and blame.decided.cause == cause), None)

    def possible(self, cause: str) -> Candidate | None:
        """*cause* as one candidate of a failure that nothing decides."""
        for blame in self.blames:
            if blame.decided is None:
                for candidate in blame.candidates:
                    if candidate.cause == cause:
                        return candidate
        return None

    def undecided(self) -> Blame | None:
        """The newest failure that has candidates and no decided cause."""
        return next((blame for blame in self.blames if blame.candidates and blame.decided is None), None)


def _of_sessions(facts: Facts, log: Log) -> list[Blame]:
    blames = [Blame(_current(explain(facts, log, session), log, session), session) for session in log.failing()]
    up = log.newest_up()
    if up is not None:
        blames.append(Blame(ranked(_after_up(facts, log, up)), up))
    return [blame for blame in blames if blame.candidates]


def _current(candidates: tuple[Candidate, ...], log: Log, session: Session) -> tuple[Candidate, ...]:
    """Without what would hit everybody, once anybody came up after *session*; mere silence is then nothing."""
    if not log.came_up_after(session):
        return candidates
    if not any(row.kind == 'cause' for row in session.events):
        return ()
    return tuple(item for item in candidates if not _hits_everybody(item.cause))


def _hits_everybody(slug: str) -> bool:
    entry = CAUSES[slug]
    return entry.scope == HOST and entry.severity == CRITICAL and entry.stage not in ('auth', 'mppe')


def _after_up(facts: Facts, log: Log, up: Session) -> list[Candidate]:
    """What ended or spoilt a login that came up."""
    found = explain_silent.same_address(log, up) + explain_silent.short_life(log, up) + \
        explain_silent.cut_off(log, up)
    for row in up.events:
        best = _of_row(facts, log, up, row)[:1] if row.kind == 'cause' else []
        found += [item for item in best if item.cause in AFTER_UP and item.weight >= _SPOILS]
    return found


def explain(facts: Facts, log: Log, session: Session) -> tuple[Candidate, ...]:
    """The candidates for the cause of one failed *session*, heaviest first."""
    rows = [row for row in session.events if row.kind == 'cause' and not _refuted(row, session)]
    hard = [row for row in rows if row.id not in SOFT]
    found: list[Candidate] = []
    for row in hard or rows:
        found += _of_row(facts, log, session, row)
    found = [item for item in found if CAUSES.get(item.cause) and CAUSES[item.cause].stage != 'security'
             or item.weight >= DECIDES]
    found += explain_silent.same_address(log, session)
    return ranked(found) if found else ranked(explain_silent.silent(facts, log, session))


def _of_row(facts: Facts, log: Log, session: Session, row: Signature) -> list[Candidate]:
    resolver = RESOLVERS.get(row.id)
    return resolver(facts, log, session) if resolver else _by_row(log, row)


def _refuted(row: Signature, session: Session) -> bool:
    """Whether the session itself got past the stage that this line is about."""
    stages = {CAUSES[slug].stage for slug in row.cause.split('|') if slug in CAUSES}
    early = bool(stages) and stages <= {'control', 'gre'}
    return not stages or stages == {'security'} or early and stage_rank('auth') <= stage_rank(session.reached) < \
        stage_rank(None)


def _by_row(log: Log, row: Signature) -> list[Candidate]:
    """What the table itself says: the first cause with the row's weight, each further one less."""
    line = log.seen(row.id)
    text = line.text if line and line.text else row.id
    proof = log.proof(row.id)
    slugs = [slug for slug in row.cause.split('|') if slug in CAUSES]
    return [Candidate(slug, max(row.weight - _STEP * number, 10), 'the log says: %s' % text, proof)
            for number, slug in enumerate(slugs)]


def _of_loose_lines(facts: Facts, log: Log, failing: bool, soft: bool = False) -> list[Blame]:
    """Lines outside the listed logins: of the manager, the kernel, a RADIUS server, or of older logins; *soft*: those
    of a RADIUS server that only repeat a refusal, and only those."""
    listed = {row.id for session in log.sessions for row in session.events}
    found = []
    for line in log.lines.values():
        wanted = line.row.program == 'radius' if soft else True
        if line.row.kind == 'cause' and line.row.id not in listed and (line.row.id in SOFT) is soft and wanted:
            candidates = _of_line(facts, log, line)
            if candidates and not (failing and candidates[0].weight < DECIDES):
                found.append(Blame(candidates))
    return sorted(found, key=lambda blame: -blame.candidates[0].weight)


def _of_line(facts: Facts, log: Log, line: Line) -> tuple[Candidate, ...]:
    if line.row.id == 'mgr-full' or line.row.id == 'mgr-no-args':
        return _full(facts, log, line)
    if log.is_history(line):
        return ()
    stage = CAUSES[line.row.cause.split('|')[0]].stage if line.row.cause.split('|')[0] in CAUSES else ''
    if stage == 'security' or stage != 'aaa' and log.passed(stage) and not log.is_after_sessions(line):
        return ()
    side = 'client' if line.row.side == 'client' else 'server'
    blank = Session(side, None, None, '', '', 'failed', '', (line.row,), line.source, None, None, None, ())
    return ranked(_of_row(facts, log, blank, line.row))


def _full(facts: Facts, log: Log, line: Line) -> tuple[Candidate, ...]:
    """No free slot: either `connections` or the pool is the limit; pptpd says so when the last slot is taken."""
    proof = (line.proof(),)
    slots = facts.number('pptp_conf', 'slots')
    if slots != 1 and log.restarted_since(line):
        return ()       # of a pptpd that had other slots
    busy = pools.busy(facts)
    limit = facts.number('pptp_conf', 'connections')
    weight = 90
    if slots is not None and busy is not None and busy < slots and slots > 1:
        weight = 50     # it was full then, and is not now
    elif log.is_history(line) and slots != 1:
        weight = 50
    by_pool = slots is not None and limit is not None and slots < limit
    if limit is None or slots is None:
        reduced = log.seen('mgr-reduced')
        by_pool = line.row.id == 'mgr-no-args' or bool(reduced and 'reduced' in reduced.text)
    cause, words = ('ip-pool-exhausted', 'remoteip has too few addresses') if by_pool else \
        ('call-slots-exhausted', '`connections` is the limit')
    return (Candidate(cause, weight, 'no free slot: %s' % words, proof + log.proof('mgr-reduced')),)
