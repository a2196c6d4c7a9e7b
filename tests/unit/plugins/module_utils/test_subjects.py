# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The assembler: one subject that fails costs itself only, and what comes out is small, plain JSON."""

from __future__ import annotations

import json
import typing as t

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils import subjects
from ansible_collections.vpnops.pptp.plugins.module_utils.bundle import from_texts

JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
                    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
                    max_leaves=20)


@pytest.mark.parametrize(('subset', 'expected'), [
    ([], list(subjects.SUBJECTS)),
    (['all'], list(subjects.SUBJECTS)),
    (['logs', 'host'], ['host', 'logs']),
    (['!logs'], [name for name in subjects.SUBJECTS if name != 'logs']),
    (['all', '!logs', '!host'], [name for name in subjects.SUBJECTS if name not in ('logs', 'host')]),
    (['logs', '!logs'], []),
    (['!all'], []),
])
def test_select(subset: list[str], expected: list[str]) -> None:
    assert subjects.select(subset) == expected


def test_a_subject_that_does_not_exist_is_named_with_those_that_do() -> None:
    with pytest.raises(subjects.SubsetError, match=r'unknown subject fire; there are: all, host, daemon'):
        subjects.select(['!fire'])


def test_an_empty_bundle_gives_every_subject_and_no_traceback() -> None:
    facts = subjects.gather(from_texts({}))
    assert list(facts) == ['pptp_' + name for name in subjects.SUBJECTS]
    assert [name for name, values in facts.items() if values['evidence'].get('failed')] == []


def test_a_failing_collector_costs_its_own_subject(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: t.Any) -> t.Any:
        raise ValueError('secretpassword')

    monkeypatch.setitem(subjects._COLLECTORS, 'pppd', broken)
    facts = subjects.gather(from_texts({'etc/pptpd.conf': 'localip 10.0.0.1\n'}))
    assert list(facts['pptp_pppd']) == ['evidence']
    subject, reason = facts['pptp_pppd']['evidence']['failed'][0]
    assert subject == 'pppd'
    assert reason.startswith('ValueError in test_subjects.py:')
    assert facts['pptp_conf']['localip'] == [['10.0.0.1', '10.0.0.1']]
    assert 'failed' not in facts['pptp_secrets']['evidence']
    assert 'secretpassword' not in json.dumps(facts)


def test_only_what_was_asked_for_is_returned() -> None:
    assert list(subjects.gather(from_texts({}), ['radius'])) == ['pptp_radius']


@settings(max_examples=100)
@given(JSON)
def test_plain_is_json(value: t.Any) -> None:
    text = json.dumps(subjects.plain(value), allow_nan=False)
    text.encode('ascii')
    json.loads(text).__repr__().encode('utf-8')


def test_plain_replaces_surrogates() -> None:
    assert subjects.plain({'a\udc80': ('b\udcff', {2, 1})}) == {'a?': ['b?', [1, 2]]}


@settings(max_examples=50)
@given(st.dictionaries(st.sampled_from(['pptp_host', 'pptp_logs', 'pptp_pppd']),
                       st.dictionaries(st.sampled_from(['evidence', 'sessions', 'rules', 'name']),
                                       st.lists(st.text(min_size=20), min_size=1) | st.text(min_size=50)
                                       | st.dictionaries(st.text(), st.lists(st.text(min_size=9)))), min_size=1))
def test_fit_ends_and_fits(facts: dict[str, t.Any]) -> None:
    for values in facts.values():
        values['evidence'] = {'ok': ['x' * 30] * 20}
    assert subjects.size(subjects.fit(facts, 900)) <= 900


def test_fit_cuts_the_longest_and_says_so() -> None:
    sessions = [{'start': str(number), 'text': 'x' * 50} for number in range(100)]
    facts = subjects.fit({'pptp_logs': {'sessions': sessions, 'users': {'a': 1}, 'evidence': {'ok': ['syslog']}}}, 3000)
    logs = facts['pptp_logs']
    assert logs['sessions'][-1]['start'] == '99'
    assert 10 < len(logs['sessions']) < 50
    assert logs['users'] == {'a': 1}
    assert logs['evidence'] == {'ok': ['syslog'], 'truncated': [['facts.sessions', 'cut to fit 3000 bytes']]}


def test_small_facts_are_left_alone() -> None:
    facts = {'pptp_host': {'hostname': 'a', 'evidence': {}}}
    assert subjects.fit(json.loads(json.dumps(facts))) == facts
