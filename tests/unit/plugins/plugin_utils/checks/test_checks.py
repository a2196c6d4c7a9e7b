# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every check on its cases, and the set of checks as a whole."""

from __future__ import annotations

import pytest

from ansible_collections.vpnops.pptp.plugins.plugin_utils import registry
from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog import CAUSES
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain import Explanation
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import FAIL, PASS, UNKNOWN, WARN, Finding
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils import hosts
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.checks.cases import CASES, KINDS, Case

RESULTS = {'trips': (FAIL, WARN), 'passes': (PASS,), 'unknown': (UNKNOWN,)}
BY_CAUSE = {check.cause: check for check in registry.CHECKS}


def judge(case: Case) -> Finding:
    """The finding of the case's check, for the facts as they are."""
    logs = Explanation(Facts(case.facts))
    return BY_CAUSE[case.cause].run(Facts(case.facts), logs)


@pytest.mark.parametrize('case', CASES, ids=['%s-%s-%d' % (case.cause, case.kind, number)
                                             for number, case in enumerate(CASES)])
def test_a_check_on_its_case(case: Case) -> None:
    finding = judge(case)
    if case.cause == 'isp-filtering' and case.kind == 'trips':   # only ever one of several explanations
        assert finding.result in (UNKNOWN, FAIL)
        return
    assert finding.result in RESULTS[case.kind], finding
    assert finding.cause == case.cause
    assert finding.stage == CAUSES[case.cause].stage
    assert finding.evidence


def test_every_cause_has_a_check_and_three_kinds_of_cases() -> None:
    assert [check.cause for check in registry.CHECKS] == list(CAUSES)
    assert {(case.cause, case.kind) for case in CASES} == {(cause, kind) for cause in CAUSES for kind in KINDS}


@pytest.mark.parametrize('check', registry.CHECKS, ids=lambda check: check.cause)
def test_a_check_reads_only_what_it_declares(check: registry.Check) -> None:
    read: set[str] = set()
    for case in CASES:
        facts = Facts(case.facts)
        check.run(facts, Explanation(Facts(case.facts)))
        read |= facts.read
    assert read <= set(check.subjects)


@pytest.mark.parametrize('check', registry.CHECKS, ids=lambda check: check.cause)
def test_nothing_known_is_no_result(check: registry.Check) -> None:
    assert check.run(Facts({}), Explanation(Facts({}))).result == UNKNOWN


def test_tripping_findings_carry_a_fix_and_a_source() -> None:
    for case in CASES:
        finding = judge(case)
        if finding.result == FAIL:
            assert finding.fix is not None
            assert finding.fix.summary
            assert any(proof.fact for proof in finding.evidence)


def test_a_healthy_server_passes_all_but_the_advice() -> None:
    logs = Explanation(Facts(hosts.server()))
    loud = [finding.cause for finding in registry.run_all(Facts(hosts.server()), logs)
            if finding.result in (FAIL, WARN)]
    assert loud == ['pptp-is-weak']
