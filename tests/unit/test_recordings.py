# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every recording of the lab leads to the fault that was injected, whole or in parts; damaged ones to no traceback."""

from __future__ import annotations

import random
import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils import subjects
from ansible_collections.vpnops.pptp.plugins.module_utils.bundle import from_texts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.diagnosis import Diagnosis, diagnose
from ansible_collections.vpnops.pptp.tests.unit import recordings

ROWS = recordings.expectations()
# Where the log alone does not hold what decides: a firewall that drops silently, a quoting defect of chap-secrets.
NEEDS_MORE_THAN_A_LOG = {
    '10-srv-drop-guide2rules-nohelper.server', '11-srv-drop-guide2rules-modloaded.server',
    '35-tcp1723-drop-server.server', '36-tcp1723-reject-server.server', '44c-secret-backslash-unquoted.server',
    't13-45b-secrets-missing.server'}
# Where the configuration alone proves that no login can work.
CONFIGURATION_PROVES = {
    '42-wrong-server-column.server', '44a-secret-hash-unquoted.server', '44d-secret-dquote-inside.server',
    '46b-ip-column-empty.server', '46c-ip-column-dash.server', '47b-secrets-crlf-3col.server',
    '51c-server-pap-with-require-mppe.server', '60-option-typo.server', '60b-option-typo-etc-options.server'}


def judged(texts: dict[str, t.Any]) -> Diagnosis:
    return diagnose(subjects.gather(from_texts(texts)))


def part(name: str, wanted: t.Callable[[str], bool]) -> dict[str, bytes]:
    return {path: text for path, text in recordings.texts(name).items() if wanted(path)}


def is_log(path: str) -> bool:
    return path.startswith('var/log/')


@pytest.mark.parametrize('row', ROWS, ids=lambda row: row.name)
def test_the_cause_is_the_injected_one(row: recordings.Expected) -> None:
    diagnosis = judged(recordings.texts(row.name))
    assert diagnosis.verdict['status'] in row.statuses
    assert (diagnosis.verdict['cause'] or '-') in row.causes
    failing = [finding.cause for finding in diagnosis.findings if finding.result == 'fail']
    assert bool(failing) is (diagnosis.verdict['status'] != 'healthy')


def test_nearly_always_the_best_of_the_possible_causes_comes_first() -> None:
    best = [row.name for row in ROWS if (judged(recordings.texts(row.name)).verdict['cause'] or '-') == row.causes[0]]
    assert len(best) >= 0.95 * len(ROWS)


@pytest.mark.parametrize('row', ROWS, ids=lambda row: row.name)
def test_a_log_alone_names_the_cause_or_nothing_for_certain(row: recordings.Expected) -> None:
    verdict = judged(part(row.name, is_log)).verdict
    if row.name not in NEEDS_MORE_THAN_A_LOG:
        assert (verdict['cause'] or '-') in row.causes
    elif (verdict['cause'] or '-') not in row.causes:
        assert verdict['confidence'] != 'certain'


@pytest.mark.parametrize('row', ROWS, ids=lambda row: row.name)
def test_configuration_alone_is_judged_only_where_it_proves_something(row: recordings.Expected) -> None:
    diagnosis = judged(part(row.name, lambda path: path.startswith('etc/')))
    if row.name in CONFIGURATION_PROVES:
        assert (diagnosis.verdict['status'], diagnosis.verdict['cause'] in row.causes) == ('broken', True)
    elif 'healthy' in row.statuses:
        assert diagnosis.verdict['status'] in ('unknown', 'degraded' if 'degraded' in row.statuses else 'unknown')
    assert diagnosis.verdict['status'] != 'healthy'


def test_an_empty_bundle_is_unknown_and_says_what_to_do_next() -> None:
    diagnosis = judged({})
    assert (diagnosis.verdict['status'], diagnosis.verdict['cause']) == ('unknown', None)
    assert diagnosis.next_step
    assert {finding.result for finding in diagnosis.findings} <= {'unknown', 'not-applicable'}


@pytest.mark.parametrize('row', ROWS[::4], ids=lambda row: row.name)
def test_damaged_files_are_judged_as_far_as_they_go(row: recordings.Expected) -> None:
    dice = random.Random(row.name)
    texts = {}
    for path, text in recordings.texts(row.name).items():
        data = bytearray(text[:dice.randrange(len(text) + 1)])
        for _flip in range(min(20, len(data))):
            data[dice.randrange(len(data))] = dice.randrange(256)
        texts[path] = bytes(data)
    facts = subjects.gather(from_texts(texts))
    assert {subject: values['evidence']['failed'] for subject, values in facts.items()
            if values.get('evidence', {}).get('failed')} == {}
    assert diagnose(facts).verdict['status'] in ('healthy', 'degraded', 'broken', 'unknown')
