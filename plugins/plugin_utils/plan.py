# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From findings to steps: what is done, by which role, in which order, and what is not done and who can.

A pure function. Each cause has its planner in ``plan_table``; what is asked for, allowed and too weak a reason is the
same for all and stands here. Nothing is guessed: what the evidence leaves open becomes a no-op with its reason.
"""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils import finding as fi
from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog import rank, stage_rank
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_merge import merged
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_proof import alone_in_logs
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_step import (
    CONSENTS,
    FIREWALL,
    GUESS,
    LEFT_OUT,
    PACKAGE,
    SESSIONS,
    STAY,
    WARNING,
    Answer,
    Case,
    Choices,
    Noop,
    Step,
    live,
)
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_table import PLANNERS
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_words import handed

#: The order in which the roles run: the stages of a login, and the daemon after the options that it hands on.
ORDER = ('ppp_kernel', 'pppd_options', 'pptp_server', 'tunnel_firewall', 'gre_conntrack', 'chap_secrets', 'winbind',
         'freeradius', 'radius_client', 'nat', 'mss_clamp')
#: What makes pptpd end as soon as it starts.
_DAEMON, _ENDS = 'pptpd-not-running', ('bad-option-syntax', 'ip-pool-conflict', 'pptpd-not-listening')
RULES = frozenset(('tunnel_firewall', 'gre_conntrack', 'nat', 'mss_clamp'))


class Plan(t.NamedTuple):
    """*steps* in the order of a login, *noops* likewise, and *runs*: ``{role: [variables of a run, ..]}``."""

    steps: tuple[Step, ...]
    noops: tuple[Noop, ...]
    runs: dict[str, list[dict[str, t.Any]]]

    @property
    def causes(self) -> list[str]:
        """What the steps fix, each once."""
        return list(dict.fromkeys(step.cause for step in self.steps))

    @property
    def firewall(self) -> bool:
        """Whether rules are changed."""
        return bool(RULES.intersection(self.runs))

    def as_dict(self) -> dict[str, t.Any]:
        """JSON form, as the report carries it."""
        return {'steps': [step.as_dict() for step in self.steps], 'noops': [noop.as_dict() for noop in self.noops]}


def make(entry: t.Mapping[str, t.Any], choices: Choices) -> Plan:
    """The plan for one host, from its *entry* in the report (findings and facts) and what the admin chose."""
    facts = Facts(entry.get('facts'))
    role = entry.get('role')
    facts = Facts({**(entry.get('facts') or {}), 'pptp_host': {**(facts.table('pptp_host') or {}), 'role': role}})
    answers: list[Answer] = []
    for finding in sorted(_bad(entry), key=_order):
        case = Case(finding, facts, choices)
        refused = _unwanted(case)
        answers += [refused] if refused else [_allowed(case, answer) for answer in PLANNERS[case.cause](case)]
    answers = _waiting(entry, answers)
    steps = tuple(answer for answer in answers if isinstance(answer, Step))
    noops = tuple(answer for answer in answers if isinstance(answer, Noop))
    _runs, clashes = merged(steps)
    lost = {clash.cause for clash in clashes}
    kept = tuple(step for step in steps if step.cause not in lost)
    runs = _as_it_is(merged([step for step in kept if 'host' not in step.vars])[0], facts)
    return Plan(kept, noops + tuple(clashes), {name: runs[name] for name in ORDER if name in runs})


def _as_it_is(runs: dict[str, list[dict[str, t.Any]]], facts: Facts) -> dict[str, list[dict[str, t.Any]]]:
    """*runs*, in which pptpd stays stopped, or not started at boot, where it is so and no step is about that."""
    for run in runs.get('pptp_server', []):
        if facts.flag('pptp_daemon', 'running') is False:
            run.setdefault('pptp_server_service_state', 'stopped')
        if facts.text('pptp_daemon', 'unit', 'enabled') == 'disabled':
            run.setdefault('pptp_server_enabled', False)
    return runs


def _bad(entry: t.Mapping[str, t.Any]) -> list[dict[str, t.Any]]:
    return [item for item in entry.get('findings') or []
            if item.get('result') in (fi.FAIL, fi.WARN) and item.get('cause') in PLANNERS]


def _order(finding: dict[str, t.Any]) -> tuple[int, int]:
    return stage_rank(finding.get('stage')), rank(str(finding['cause']))


def _unwanted(case: Case) -> Noop | None:
    """Why nothing is planned for this finding at all."""
    finding, choices = case.finding, case.choices
    if case.facts.text('pptp_host', 'role') == 'client':
        return handed(case)
    asked = case.cause in choices.only or case.cause in choices.consent
    if choices.only and case.cause not in choices.only:
        return case.noop(LEFT_OUT, 'Name it in pptp_only, too.')
    if finding['result'] == fi.WARN and not asked:
        words = '%s To have it fixed: -e pptp_only=%s' % (case.fix.get('summary') or '', case.cause)
        return case.noop(WARNING, words.strip())
    follows = [str(cause) for cause in finding.get('blocked_by') or []]
    if follows and not asked and alone_in_logs(finding):
        return case.noop('only the log says so, and it may follow from %s' % ', '.join(follows),
                         'Dial again once that is fixed, and diagnose anew.')
    return None


def _waiting(entry: t.Mapping[str, t.Any], answers: list[Answer]) -> list[Answer]:
    """*answers* without a start of the daemon that cannot succeed, since what ends it is not fixed."""
    fixed = {answer.cause for answer in answers if isinstance(answer, Step)}
    ends = {str(cause) for finding in _bad(entry) if finding['cause'] == _DAEMON
            for cause in finding.get('blocked_by') or [] if cause in _ENDS}
    if not ends - fixed:
        return answers
    noop = Noop(_DAEMON, 'it would end again: %s is not fixed' % ', '.join(sorted(ends - fixed)),
                'Fix that first.')
    return [noop if answer.cause == _DAEMON else answer for answer in answers]


def _allowed(case: Case, answer: Answer) -> Answer:
    """*answer*, or why this step is not taken without the word of the admin."""
    if not isinstance(answer, Step):
        return answer
    step = _risky(case, answer)
    asked = [risk for risk in (step.risk, GUESS if _only_possible(case) else '') if risk in CONSENTS]
    for risk in asked:
        name = CONSENTS[risk]
        if not {name, case.cause}.intersection(case.choices.consent):
            words = "To have it done: -e '{\"pptp_consent\": [\"%s\"]}' (or \"%s\" for all such steps)" % (
                case.cause, name)
            return case.noop('%s needs your consent' % _RISKY[risk], words)
    if step.risk == SESSIONS and not case.choices.drop:
        sessions = live(case.facts)
        if sessions != 0:
            many = 'live sessions' if sessions is None else '%d live session%s' % (sessions, 's'[:sessions != 1])
            return case.noop('pptpd has to be restarted for it, which ends %s' % many,
                             'When they may end: -e pptp_allow_session_drop=true. Nothing was changed: what waits in a '
                             'file for the next restart cannot be proved now.')
    return step._replace(consent=CONSENTS[asked[0]] if asked else None)


def _only_possible(case: Case) -> bool:
    return case.finding.get('confidence') == fi.POSSIBLE


def _risky(case: Case, step: Step) -> Step:
    """*step* with the gravest of its risks: a role that sets up pptpd installs it where it is missing."""
    if step.risk == PACKAGE or step.role == 'pptp_server' and case.facts.flag('pptp_daemon', 'installed') is False:
        return step._replace(risk=PACKAGE, undo='%s; %s' % (step.undo, STAY))
    return step._replace(risk=GUESS) if _only_possible(case) and step.risk != SESSIONS else step


_RISKY = {GUESS: 'the evidence allows another reading, or it changes what the server lets in: it', FIREWALL: 'it',
          PACKAGE: 'installing packages, which a rollback leaves installed,'}
