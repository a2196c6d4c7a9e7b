# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every recording of the lab leads to the fault that was injected, whole or in parts; damaged ones to no traceback."""

from __future__ import annotations

import json
import random
import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.action.diagnose import in_role
from ansible_collections.vpnops.pptp.plugins.module_utils import subjects
from ansible_collections.vpnops.pptp.plugins.module_utils.bundle import from_texts
from ansible_collections.vpnops.pptp.plugins.plugin_utils import entry as entries, fleet
from ansible_collections.vpnops.pptp.plugins.plugin_utils.diagnosis import Diagnosis, diagnose
from ansible_collections.vpnops.pptp.tests.unit import recordings

ROWS = recordings.expectations()
ROUTERS = recordings.expectations(routers=True)
# What the router of an experiment makes of the verdict on an end of the line: the cause, and whether it decides.
WITH_ROUTER = {
    '21-nat-2clients-nohelper.server': ('gre-nat-asymmetric', True),
    '22-nat-1client-helper.server': (None, False),
    '24-nat-2clients-modloaded-norule.server': ('gre-nat-asymmetric', True),
    '25-nat-fwd-drop-nohelper.server': ('gre-nat-asymmetric', True),
    '26-nat-fwd-drop-helper.server': (None, False),
    '27-nat-fwd-drop-nohelper-lan-any-out.server': ('gre-nat-asymmetric', True),
    '30-gre-drop-server-in.server': ('gre-blocked', False),
    '30-gre-drop-server-in.client': ('gre-blocked', False),
    '31-gre-drop-server-out.server': ('gre-blocked', False),
    '32-gre-drop-router-c2s.server': ('gre-blocked', True),
    '33-gre-drop-router-s2c.server': ('gre-blocked', True),
    '33-gre-drop-router-s2c.client': ('gre-blocked', True),
    '34-gre-reject-server-in.server': ('gre-blocked', False),
    '35-tcp1723-drop-server.server': ('tcp1723-blocked', False),
    '35-tcp1723-drop-server.client': ('tcp1723-blocked', False),
    '36-tcp1723-reject-server.server': ('tcp1723-blocked', False),
}
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


def judged(texts: dict[str, t.Any], role: str = 'auto') -> Diagnosis:
    return diagnose(in_role(subjects.gather(from_texts(texts)), role))


def entry(name: str) -> entries.Entry:
    """The file that a run would write for the recorded host *name*."""
    facts = in_role(subjects.gather(recordings.open_recording(name)), 'router' if name.endswith('.router') else 'auto')
    return json.loads(json.dumps(entries.judged(name, 'run', 'bundle', diagnose(facts).as_dict(), facts)))


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


@pytest.mark.parametrize('row', ROUTERS, ids=lambda row: row.name)
def test_a_router_is_judged_by_its_own_rules(row: recordings.Expected) -> None:
    verdict = judged(recordings.texts(row.name), 'router').verdict
    assert verdict['status'] in row.statuses
    assert (verdict['cause'] or '-') in row.causes


@pytest.mark.parametrize(('name', 'expected'), WITH_ROUTER.items(), ids=list(WITH_ROUTER))
def test_the_router_of_an_experiment_decides_what_its_ends_only_suspect(
        name: str, expected: tuple[str | None, bool]) -> None:
    router = entry(name.rsplit('.', 1)[0] + '.router')
    found = fleet.confirm(entry(name), fleet.routers([router]))
    assert (found['verdict']['cause'], found.get('router') == router['host']) == expected
    if found.get('router'):
        assert found['verdict']['confidence'] == 'likely'    # the recordings lack the legacy rule sets


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
