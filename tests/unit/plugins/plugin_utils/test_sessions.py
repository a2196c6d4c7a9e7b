# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Recorded logins: which count, which are history, and what a line outside them means."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.plugin_utils.blame import Blame, Candidate, ranked
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain import RESOLVERS, SOFT, Explanation, explain
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.sessions import Log, when
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.hosts import (
    failed,
    log_only,
    logs,
    radius_server,
    server,
    session,
    up,
)


def log_of(*sessions: dict[str, t.Any], **more: t.Any) -> Log:
    """The log of *sessions* alone."""
    return Log(Facts(log_only(*sessions, **more)))


def causes(facts: dict[str, t.Any]) -> list[tuple[str, int]]:
    """The candidates of the newest failure."""
    return [(item.cause, item.weight) for blame in Explanation(Facts(facts)).blames[:1] for item in blame.candidates]


@pytest.mark.parametrize(('text', 'expected'), [
    ('2026-11-22T08:19:44.290667+00:00', (2026, 11, 22, 8, 19, 44)), ('2026-11-22 08:19:44', (2026, 11, 22, 8, 19, 44)),
    ('Nov  2 08:19:44', (10, 2, 8, 19, 44)), ('Foo 22 08:19:44', None), ('', None), ('yesterday', None),
])
def test_printed_times(text: str, expected: tuple[int, ...] | None) -> None:
    assert when(text) == expected


def test_failures_of_each_party_that_has_not_come_up_since() -> None:
    alice = failed('auth', 'chap-failed', user='alice', number=1)
    bob = failed('auth', 'chap-failed', user='bob', number=2)
    nobody = failed('gre', 'lcp-timeout', client='192.0.2.9', number=3)
    log = log_of(alice, bob, nobody, up(4, user='alice'))
    assert [(item.user, item.client) for item in log.failing()] == [(None, '192.0.2.9'), ('bob', '198.51.100.7')]
    assert log.newest_is_up()
    assert log.any_up()
    assert log.came_up_after(log.sessions[0])
    assert not log.came_up_after(log.sessions[3])


def test_which_stages_the_newest_login_passed() -> None:
    log = log_of(up(1), failed('auth', 'chap-failed', number=2))
    assert log.passed('gre')
    assert not log.passed('auth')
    assert not log.newest_is_up()
    assert log_of(up(1)).passed('path')
    assert not log_of(failed('', 'chap-failed')).passed('service')
    assert not Log(Facts({})).passed('service')


def test_a_line_is_history_when_a_login_came_up_after_it() -> None:
    line = {'mgr-socket': "MGR: Couldn't create host socket"}
    assert causes(log_only(up(40), lines=line, at='2026-11-22T08:30:00+00:00')) == []
    assert causes(log_only(up(20), lines=line, at='2026-11-22T08:30:00+00:00')) == [('pptpd-not-listening', 95)]
    assert causes(log_only(up(20), lines=line, at='Nov 22 08:30:00')) == []
    assert causes(log_only(lines=line, at='')) == [('pptpd-not-listening', 95)]


def test_a_line_is_refuted_by_a_login_that_got_further() -> None:
    line = {'firewall-1723': 'DROP IN=eth0 DPT=1723'}
    assert causes(log_only(lines=line))[0] == ('tcp1723-blocked', 80)
    facts = log_only(failed('auth', 'peer-refused-auth', number=40), lines=line)
    assert [cause for cause, _weight in causes(facts)] == ['auth-method-mismatch']


@pytest.mark.parametrize(('changes', 'expected'), [
    ({'conf.connections': 2, 'conf.slots': 2, 'addressing': ...}, ('call-slots-exhausted', 90)),
    ({'conf.connections': 100, 'conf.slots': 11, 'addressing': ...}, ('ip-pool-exhausted', 90)),
    ({'conf.connections': 100, 'conf.slots': 11}, ('ip-pool-exhausted', 50)),
    ({'conf': ..., 'addressing': ...}, ('call-slots-exhausted', 90)),
])
def test_no_free_slot_is_the_fault_of_the_smaller_limit(changes: dict[str, t.Any], expected: tuple[str, int]) -> None:
    facts = server({'logs': logs(lines={'mgr-full': 'MGR: No free connection slots or IPs'}), **changes})
    assert causes(facts) == [expected]


@pytest.mark.parametrize(('slots', 'started', 'named'), [
    (11, '2026-11-22T08:31:00+00:00', []), (1, '2026-11-22T08:31:00+00:00', ['call-slots-exhausted']),
    (11, '2026-11-22T08:29:00+00:00', ['call-slots-exhausted'])])
def test_slots_of_a_pptpd_that_was_restarted_since(slots: int, started: str, named: list[str]) -> None:
    told = logs(lines={'mgr-full': 'MGR: No free connection slots or IPs', 'mgr-start': 'MGR: Manager process started'})
    told['signatures']['mgr-start'][3] = started
    facts = server({'logs': told, 'conf.connections': slots, 'conf.slots': slots, 'addressing': ...})
    assert [cause for cause, _weight in causes(facts)] == named


def test_without_a_configuration_the_log_tells_the_limit() -> None:
    full, reduced = 'MGR: No free connection slots or IPs', 'MGR: Maximum of 100 connections reduced to 11'
    assert causes(log_only(lines={'mgr-full': full, 'mgr-reduced': reduced})) == [('ip-pool-exhausted', 90)]


def test_what_a_login_got_past_does_not_explain_it() -> None:
    facts = Facts(log_only(failed('address', 'ip-unauthorized', 'gre-unreachable', user='a')))
    log = Log(facts)
    assert [item.cause for item in explain(facts, log, log.sessions[0])] == ['address-not-allowed']


def test_soft_lines_count_only_where_nothing_else_does() -> None:
    assert causes(log_only(failed('aaa', 'radius-bad-digest', 'chap-failed'))) == [('radius-secret-mismatch', 100)]
    assert causes(log_only(failed('auth', 'chap-failed', user='a')))[0][0] == 'wrong-secret'


def test_the_log_of_the_radius_server_beside_decides() -> None:
    refused = failed('auth', 'chap-failed', 'trace-chap-failure-empty', user='a')
    facts = radius_server({'logs': logs(refused, lines={'rad-locked': '(0xc0000234)'})})
    assert causes(facts)[0][0] == 'ad-account-locked'


@pytest.mark.parametrize(('reached', 'side', 'first'), [
    ('gre', 'server', 'gre-blocked'), ('link', 'client', 'bad-option-syntax'),
    ('auth', 'server', 'auth-method-mismatch'),
    ('mppe', 'server', 'mppe-not-negotiated'), ('address', 'server', 'ip-pool-not-assigned'),
])
def test_a_silent_end_has_candidates_by_its_stage(reached: str, side: str, first: str) -> None:
    found = causes(log_only(failed(reached, 'hangup', side=side)))
    assert found[0][0] == first
    assert all(weight < 80 for _cause, weight in found)


@pytest.mark.parametrize('side', ['server', 'client'])
@pytest.mark.parametrize('name', sorted(RESOLVERS))
def test_every_resolver_answers_with_and_without_a_session(name: str, side: str) -> None:
    assert causes(log_only(failed('link', name, side=side, user='a')))
    assert causes(server({'logs': logs(failed('link', name, side=side, user='alice'))}))
    assert causes(log_only(lines={name: 'x'})) or name in SOFT


def test_sessions_of_unexpected_types_read_as_unknown() -> None:
    odd = session('failed', 'auth', user=3, methods='x', auth=[], rcvd_lcp='yes', start=None)
    facts = log_only(odd)
    odd['events'] = ['no-such-signature', None, 'chap-failed']
    log = Log(Facts(facts))
    assert [row.id for row in log.sessions[0].events] == ['chap-failed']
    assert log.sessions[0].user is None
    assert log.sessions[0].rcvd_lcp is None


def test_a_candidate_decides_only_when_it_stands_alone() -> None:
    def blame(*weights: int) -> Blame:
        return Blame(ranked(Candidate(cause, weight, '') for cause, weight in
                            zip(('wrong-secret', 'gre-blocked'), weights, strict=False)))
    assert blame(80).decided
    assert blame(80, 70).decided
    assert not blame(80, 75).decided
    assert not blame(79).decided
    assert blame(95).confidence == 'certain'
    assert blame(85).confidence == 'likely'
    assert blame(60).confidence == 'possible'
    assert [item.cause for item in ranked([Candidate('nonsense', 99, ''), Candidate('wrong-secret', 1, '')])] == \
        ['wrong-secret']
