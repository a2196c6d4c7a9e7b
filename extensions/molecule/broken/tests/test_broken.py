# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each injected fault is named, with evidence; everything else that fails follows from it or is the kernel's."""

from __future__ import annotations

import typing as t


def test_the_fault_is_named_with_its_evidence(platform: dict[str, t.Any], failing: dict[str, t.Any]) -> None:
    assert failing[platform['cause']]['evidence']
    assert failing[platform['cause']]['fix']


def test_nothing_else_is_blamed(platform: dict[str, t.Any], failing: dict[str, t.Any],
                                kernel_causes: frozenset[str]) -> None:
    others = {cause for cause, finding in failing.items() if platform['cause'] not in finding['blocked_by']}
    assert others - kernel_causes == {platform['cause']}


def test_the_verdict_is_the_earliest_cause(platform: dict[str, t.Any], entry: dict[str, t.Any],
                                           kernel_causes: frozenset[str]) -> None:
    assert entry['verdict']['status'] == 'broken'
    assert entry['verdict']['cause'] in kernel_causes | {platform['cause']}


def test_no_secret_is_in_the_report(report_text: str) -> None:
    assert 'not-for-the-report' not in report_text
