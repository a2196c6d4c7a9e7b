# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The record of a remediation: begin, finish and restore, cut anywhere."""

from __future__ import annotations

import calendar
import contextlib
import os
import time
import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import (
    remediation as re_,
    remediation_files as files,
    remediation_host as host,
)
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.edit.remediated import Case, begin


def test_records_are_named_by_the_date_and_a_later_one_is_the_newest_whatever_the_clocks_say(
        case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """The host was up for a minute only, or its clock was set back: what was done last is undone first."""
    case.system.time = 60.0
    first = begin(case)
    assert abs(time.time() - calendar.timegm(time.strptime(first[:16], '%Y%m%dT%H%M%SZ'))) < 60
    assert abs(time.time() - case.records.status()['began']) < 60
    case.write('pptpd.conf', 'first\n', 0o644)
    case.records.finish(first)
    for clock in (time.time() - 86400, 100_000.0):
        monkeypatch.setattr(host.time, 'time', lambda clock=clock: clock)
        name = begin(case)
        case.write('pptpd.conf', '%d\n' % clock, 0o644)
        case.records.finish(name)
        assert case.records.status()['id'] == name
    assert case.records.restore('')['id'] == name


def test_everything_comes_back(case: Case) -> None:
    before, times = case.look(), (case.etc / 'pptpd.conf').stat().st_mtime_ns
    name = begin(case)
    case.change()
    assert case.records.finish(name)['state'] == 'done'
    found = case.records.restore('')
    assert case.look() == before
    assert (case.etc / 'pptpd.conf').stat().st_mtime_ns == times
    assert (found['id'], found['state'], found['undone'], found['failed_steps']) == (name, 'restored', True, [])
    assert str(case.etc / 'pptpd.conf') in found['changed_paths']
    assert case.records.restore('')['undone'] is False
    assert case.look() == before


def test_a_run_that_changes_nothing_leaves_no_record(case: Case) -> None:
    first = begin(case)
    case.change()
    case.records.finish(first)
    assert case.records.finish(begin(case))['id'] is None
    assert list(case.records.states()) == [first]


def test_what_others_changed_is_named_and_needs_force(case: Case) -> None:
    before, name = case.look(), begin(case)
    case.change()
    case.records.finish(name)
    case.write('ppp/chap-secrets', 'by hand\n', 0o600)
    with pytest.raises(host.RemediationError, match='chap-secrets'):
        case.records.restore('')
    assert case.look()[str(case.etc / 'ppp/chap-secrets')][1] == b'by hand\n'
    case.records.restore('', force=True)
    assert case.look() == before


def test_what_is_put_back_by_itself_each_night_does_not_fill_the_disk(case: Case) -> None:
    for _night in range(re_.KEPT + 3):
        name = begin(case)
        case.write('pptpd.conf', 'new conf\n', 0o644)
        case.records.restore(name)
    assert len(case.records.states()) <= re_.KEPT + 1


def test_old_records_go(case: Case) -> None:
    for number in range(re_.KEPT + 3):
        name = begin(case)
        case.write('pptpd.conf', 'conf %d\n' % number, 0o644)
        case.records.finish(name)
    assert len(case.records.states()) == re_.KEPT


class Cut(BaseException):
    """The power goes."""


@pytest.mark.parametrize('at', range(1, 60, 3))
@pytest.mark.parametrize('what', ['begin', 'finish', 'restore'])
def test_a_cut_at_any_step_leaves_whole_files_and_the_next_call_does_the_rest(
        case: Case, monkeypatch: pytest.MonkeyPatch, what: str, at: int) -> None:
    """The power goes before the *at*-th time that something is renamed, removed or flushed."""
    before = case.look()
    if what != 'begin':
        name = begin(case)
        case.change()
    if what == 'restore':
        case.records.finish(name)
    changed, left = case.look(), [at]

    def cut(real: t.Callable[..., t.Any]) -> t.Callable[..., t.Any]:
        def instead(*arguments: t.Any, **more: t.Any) -> t.Any:
            left[0] -= 1
            if left[0] == 0:
                raise Cut
            return real(*arguments, **more)
        return instead
    with monkeypatch.context() as patch:
        for name_ in ('replace', 'unlink', 'fsync', 'chmod', 'mkdir'):
            patch.setattr(files.os, name_, cut(getattr(os, name_)))
        with contextlib.suppress(Cut):
            {'begin': lambda: begin(case), 'finish': lambda: case.records.finish(name),
             'restore': lambda: case.records.restore(name)}[what]()
    now = case.look()
    for path, (_mode, content) in now.items():
        if not path.endswith((re_.DRAFT, '.new')):
            known = {entry[path][1] for entry in (before, changed) if path in entry}
            assert content in known, path
    if what == 'begin':
        name = begin(case)
        case.change()
    case.records.restore(name, force=True)
    assert case.look() == before


def test_a_beginning_that_was_cut_is_swept_away_with_the_passwords_in_it(
        case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(path: str, value: t.Any) -> None:
        raise Cut
    with monkeypatch.context() as patch, pytest.raises(Cut):
        patch.setattr(files, 'write_json', cut)
        begin(case)
    assert len(list(case.folder.iterdir())) == 1
    assert [path.name for path in case.folder.iterdir()] != [begin(case)]
    assert len(list(case.folder.iterdir())) == 1
