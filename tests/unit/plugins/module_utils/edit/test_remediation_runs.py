# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Two runs at once, one after another that was cut, and the guard of their rules."""

from __future__ import annotations

import concurrent.futures
import itertools
import time
import types
import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import (
    remediation as re_,
    remediation_files as files,
    remediation_host as host,
)
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.guard_host import GuardError
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.guard_system import System
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.edit.remediated import Case, Host, begin


def test_a_later_run_does_not_save_what_the_first_has_changed(case: Case) -> None:
    before, name = case.look(), begin(case)
    case.change()
    case.records.begin([], [str(case.etc / 'ppp/chap-secrets'), str(case.etc / 'ppp/new')], False, '')
    case.records.restore(name)
    assert case.look() == before


def test_an_unfinished_record_is_gone_on_with_and_keeps_the_oldest_state(case: Case) -> None:
    before, name = case.look(), begin(case)
    case.change()
    more = case.etc / 'further'
    more.write_text('y', 'utf-8')
    found = case.records.begin(['y-cause'], [str(more)], False, '')
    assert (found['id'], found['resumed'], found['causes']) == (name, True, ['x-cause', 'y-cause'])
    more.write_text('z', 'utf-8')
    case.records.restore('')
    after = case.look()
    assert after.pop(str(more))[1] == b'y'
    assert after == before


def test_of_two_controllers_at_once_the_later_one_ends_it(case: Case) -> None:
    before, name = case.look(), begin(case, 'one')
    case.change()
    assert case.records.begin(['y-cause'], [], False, '', 'two')['id'] == name
    changed = case.look()
    for late in (lambda: case.records.finish(name, run='one'), lambda: case.records.restore(name, run='one')):
        with pytest.raises(host.TakenOver, match='another run'):
            late()
    assert case.look() == changed
    assert case.records.finish(name, run='two')['state'] == 'done'
    with pytest.raises(host.TakenOver):
        case.records.finish(name, run='one')
    assert case.records.restore('')['state'] == 'restored'    # rollback.yml is no part of a run
    assert case.look() == before


def test_a_record_that_another_run_has_put_back_is_not_called_undone(case: Case) -> None:
    name = begin(case, 'one')
    case.records.begin([], [], False, '', 'two')
    case.records.restore(name, run='two')
    case.change()
    with pytest.raises(host.TakenOver):
        case.records.restore(name, run='one')


def test_begin_finish_and_restore_keep_each_other_out_and_a_look_does_not(case: Case) -> None:
    def alone(ask: t.Callable[[], t.Any]) -> int:
        case.system.asked.clear()
        ask()
        return case.system.asked.count('alone in %s' % case.folder)
    assert alone(lambda: case.records.restore('')) == 0     # there is none: nothing is made for it, either
    assert alone(lambda: begin(case)) == 1
    case.change()
    name = case.records.status()['id']
    assert alone(lambda: case.records.finish(name)) == 1
    assert alone(lambda: case.records.restore('', dry=True)) == 0
    assert alone(case.records.status) == 0
    assert alone(lambda: case.records.restore('')) == 1


def test_two_that_begin_at_the_same_moment_have_one_record(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the real lock; the one that saves takes its time."""
    class Locking(Host):
        alone = System.alone

        def now(self) -> float:
            return time.monotonic()

        def sleep(self, seconds: float) -> None:
            time.sleep(seconds)

    def slow(items: re_.Items, folder: str, taken: int = 0) -> re_.Items:
        time.sleep(0.3)
        return save(items, folder, taken)
    save = files.save
    monkeypatch.setattr(files, 'save', slow)
    both = [host.Records(t.cast('t.Any', Locking()), str(case.folder)) for _number in range(2)]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        found = list(pool.map(lambda records: records.begin([], [], False, ''), both))
    assert found[0]['id'] == found[1]['id']
    assert sorted(item['resumed'] for item in found) == [False, True]


def test_nobody_waits_for_ever_and_that_is_said(case: Case) -> None:
    def busy(folder: str, patience: float) -> t.Any:
        raise TimeoutError('another run is at work there')
    case.system.alone = busy  # type: ignore[method-assign]
    with pytest.raises(host.RemediationError, match='another run is at work there'):
        begin(case)
    assert not case.folder.exists()


@pytest.mark.parametrize(('state', 'asked'), [('idle', False), ('armed', False), ('restored', True), ('stale', True)])
def test_the_guard_of_a_run_that_was_cut_is_ended_where_it_is_over(case: Case, state: str, asked: bool) -> None:
    case.records.begin([], [], True, '')
    case.guard = state
    assert case.records.begin([], [], True, '')['resumed']
    assert ('guard restore' in case.system.asked) is asked


def test_a_guard_of_somebody_else_is_left_alone(case: Case) -> None:
    name = begin(case)
    case.change()
    case.guard = 'stale'
    case.records.begin([], [], True, '')
    assert 'guard restore' not in case.system.asked
    case.records.restore(name)
    assert 'guard restore' in case.system.asked     # rules are part of it now
    case.system.asked.clear()
    name = begin(case)
    case.write('pptpd.conf', 'new\n', 0o644)
    case.records.finish(name)
    case.records.restore(name)
    assert 'guard restore' not in case.system.asked


def test_who_is_rolled_back_in_the_middle_keeps_nothing_and_undoes_what_came_later(case: Case) -> None:
    before, name = case.look(), begin(case, 'one')
    case.change()
    case.records.restore('')
    case.write('pptpd.conf', 'later\n', 0o644)
    with pytest.raises(host.RemediationError, match='rolled back'):
        case.records.finish(name, run='one')
    assert case.records.restore(name, run='one')['state'] == 'restored'
    assert case.look() == before


def test_what_a_task_does_after_its_connection_was_cut_is_put_back_too(case: Case) -> None:
    before, name = case.look(), begin(case)
    case.change()
    late = iter(['ppp/chap-secrets', 'ppp/late'])

    def cut() -> None:
        for path in itertools.islice(late, 1):
            case.write(path, 'late', 0o600)

    case.system.late = cut  # type: ignore[method-assign]
    assert case.records.restore(name, settle=3)['state'] == 'restored'
    assert case.look() == before
    assert case.system.asked.count('sleep 3') == 3


@pytest.mark.parametrize('state', ['armed', 'restoring', 'restored', 'stale'])
def test_rules_that_nobody_confirmed_are_not_kept(case: Case, state: str) -> None:
    """The task that confirms them was lost with the connection: the host takes them back in a minute, or has."""
    before, name = case.look(), str(case.records.begin(['x-cause'], [], True, '')['id'])
    case.change()
    case.guard = state
    with pytest.raises(host.RemediationError, match='not confirmed'):
        case.records.finish(name)
    assert case.records.states() == {name: 'open'}
    case.records.restore(name)
    assert case.look() == before


def test_a_guard_of_somebody_else_is_no_matter_of_a_run_without_rules(case: Case) -> None:
    case.guard, name = 'armed', begin(case)
    case.change()
    assert case.records.finish(name)['state'] == 'done'


def test_a_guard_that_does_not_end_keeps_no_file_from_coming_back(
        case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    def restore() -> None:
        raise GuardError('another run is at work there')
    before, name = case.look(), str(case.records.begin([], [], True, '')['id'])
    case.change()
    monkeypatch.setattr(host, 'Guard', lambda system: types.SimpleNamespace(restore=restore))
    found = case.records.restore(name)
    assert (found['state'], found['failed_steps']) == ('restoring', ['another run is at work there'])
    assert case.look() == before


def test_a_rollback_that_waits_is_finished_before_a_newer_one_is_undone(case: Case) -> None:
    names = []
    for text in ('one\n', 'two\n'):
        names.append(begin(case))
        case.write('pptpd.conf', text, 0o644)
        case.records.finish(names[-1])
    case.system.state['MainPID'], case.live = '200', 1
    assert case.records.restore(names[0], force=True)['state'] == 'restoring'
    case.live = 0
    found = case.records.restore('')
    assert (found['id'], found['state']) == (names[0], 'restored')
    assert case.records.states()[names[1]] == 'done'


@pytest.mark.parametrize('ask', ['begin', 'restore'])
def test_whoever_is_not_root_is_told_so(case: Case, ask: str) -> None:
    begin(case)
    case.system.euid = lambda: 1000  # type: ignore[method-assign]
    with pytest.raises(host.RemediationError, match='needs root'):
        begin(case) if ask == 'begin' else case.records.restore('', dry=True)
