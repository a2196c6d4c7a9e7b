# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a remediation changes beside files: pptpd, rules, parameters, modules, the device."""

from __future__ import annotations

import contextlib
import pathlib
import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import (
    remediation as re_,
    remediation_host as host,
    remediation_system as parts,
)
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.guard_system import Answer
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.edit.remediated import Case, Host, begin


def test_a_daemon_that_was_restarted_for_another_reason_is_left_alone(case: Case) -> None:
    name = begin(case)
    case.write('ppp/chap-secrets', 'new\n', 0o600)
    case.system.state['MainPID'] = '200'
    case.records.restore(name)
    assert [line for line in case.system.asked if line.startswith('systemctl re')] == []


@pytest.mark.parametrize(('since', 'refused'), [('one boot', True), ('another boot', False)])
def test_rules_that_somebody_changed_since_are_named_unless_the_host_was_started_anew(
        case: Case, monkeypatch: pytest.MonkeyPatch, since: str, refused: bool) -> None:
    monkeypatch.setattr(parts, 'running_since', lambda: 'one boot')
    name = str(case.records.begin([], [], True, '')['id'])
    case.change()
    case.records.finish(name)
    case.system.rules = case.system.rules.replace('ACCEPT', 'DROP')
    monkeypatch.setattr(parts, 'running_since', lambda: since)
    with pytest.raises(host.RemediationError, match='rules of the firewall') if refused else contextlib.nullcontext():
        case.records.restore('')


def test_a_device_that_was_made_goes(case: Case, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    device = tmp_path / 'ppp'
    monkeypatch.setattr(parts, 'DEVICE', str(device))
    name = begin(case)
    device.touch()
    case.write('pptpd.conf', 'new\n', 0o644)
    case.records.finish(name)
    assert case.records.restore(name)['failed_steps'] == []
    assert not device.exists()
    device.touch()
    case.records.restore(begin(case))
    assert device.exists()


def test_the_old_rules_have_as_long_as_the_guard_gives_them(tmp_path: pathlib.Path) -> None:
    class Slow(Host):
        def run(self, argv: t.Sequence[str], text: str = '', timeout: float = 60.0) -> Answer:
            self.asked.append('%s %d' % (argv[0], timeout))
            return Answer(0, '', '')
    system = Slow()
    parts.RuleSets(t.cast('t.Any', system), str(tmp_path)).put_back()
    assert system.asked == ['/bin/sh 180']


def test_the_daemon_reads_its_file_again_where_it_had_read_the_other(case: Case) -> None:
    name = begin(case)
    case.change()
    case.system.state['MainPID'] = '200'
    case.records.restore(name)
    assert 'systemctl restart pptpd.service' in case.system.asked


@pytest.mark.parametrize('rules', ['*filter\n-A INPUT -j DROP\n', ''])
def test_rules_are_loaded_again_where_they_are_not_those_of_before(
        case: Case, monkeypatch: pytest.MonkeyPatch, rules: str) -> None:
    loaded: list[str] = []

    def put_back(self: parts.RuleSets) -> list[str]:
        loaded.append('rules')
        return ['a rule']
    monkeypatch.setattr(parts.RuleSets, 'put_back', put_back)
    name = str(case.records.begin([], [], True, '')['id'])
    case.change()
    case.system.rules = rules or case.system.rules
    found = case.records.restore(name)
    assert loaded == ['rules'] * bool(rules)
    assert found['failed_steps'] == ['a rule'] * bool(rules)


def test_parameters_of_the_kernel_are_set_as_before(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[t.Any] = []

    def set_parameters(wanted: t.Any) -> list[str]:
        asked.append(wanted)
        return ['net.ipv4.ip_forward']
    monkeypatch.setattr(parts, 'set_parameters', set_parameters)
    name = begin(case)
    monkeypatch.setattr(parts, 'parameters', lambda: {'net/ipv4/ip_forward': '1'})
    assert case.records.finish(name)['state'] == 'done'     # a change although no file differs
    assert case.records.restore(name)['failed_steps'] == ['net.ipv4.ip_forward']
    assert asked == [{'net/ipv4/ip_forward': '0'}]


@pytest.mark.parametrize(('before', 'after', 'asked'), [
    ('active', {'ActiveState': 'inactive', 'MainPID': '0'}, ['restart']),
    ('inactive', {'ActiveState': 'failed', 'MainPID': '0'}, ['reset-failed']),
    ('failed', {'ActiveState': 'failed', 'MainPID': '0'}, []),
    ('inactive', {'ActiveState': 'active', 'MainPID': '7'}, ['stop']),
    ('active', {'ActiveState': 'inactive', 'LoadState': 'not-found', 'MainPID': '0'}, [])])
def test_pptpd_runs_or_not_as_before(case: Case, before: str, after: dict[str, str], asked: list[str]) -> None:
    case.system.state['ActiveState'] = before
    name = begin(case)
    case.system.state.update(after)
    case.write('ppp/chap-secrets', 'new\n', 0o600)
    case.records.restore(name)
    found = [line.split()[1] for line in case.system.asked if line.startswith('systemctl')]
    assert [word for word in found if word not in ('show', 'daemon-reload')] == asked


def test_a_daemon_that_was_started_is_a_change(case: Case) -> None:
    case.system.state.update(ActiveState='inactive', MainPID='0')
    name = begin(case)
    case.system.state.update(ActiveState='active', MainPID='7')
    assert case.records.finish(name)['id'] == name


def test_sessions_are_not_ended_unasked_and_the_restore_is_done_later(case: Case) -> None:
    before, name = case.look(), begin(case)
    case.change()
    case.system.state['MainPID'] = '200'
    case.live = 2
    found = case.records.restore(name)
    assert found['state'] == 'restoring'
    assert '2 sessions' in found['left'][0]
    assert case.look() == before
    assert 'systemctl restart pptpd.service' not in case.system.asked
    with pytest.raises(host.RemediationError, match='rollback'):
        begin(case)
    assert case.records.restore(name, drop=True)['state'] == 'restored'
    assert 'systemctl restart pptpd.service' in case.system.asked


def test_a_daemon_that_did_not_run_is_stopped_and_one_that_was_not_touched_runs_on(case: Case) -> None:
    case.system.state.update(ActiveState='inactive', MainPID='0')
    name = begin(case)
    case.system.state.update(ActiveState='active', MainPID='7')
    case.records.restore(name)
    assert 'systemctl stop pptpd.service' in case.system.asked
    case.system.asked.clear()
    name = begin(case)
    case.write('ppp/chap-secrets', 'new\n', 0o600)
    case.records.restore(name)
    assert [line for line in case.system.asked if 'start' in line or 'stop' in line] == []


def test_units_are_read_again_when_the_restart_had_to_wait(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(re_, 'UNITS', str(case.etc / 'ppp/'))
    name = begin(case)
    case.change()
    case.system.state['MainPID'] = '200'
    case.live = 1
    assert case.records.restore(name)['left']
    assert 'systemctl daemon-reload' not in case.system.asked
    case.live = 0
    assert case.records.restore(name)['state'] == 'restored'
    assert [line for line in case.system.asked if line.startswith('systemctl')] == [
        'systemctl daemon-reload', 'systemctl restart pptpd.service']


def test_only_modules_that_were_not_there_are_unloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """modprobe -r would take those with it that they need and nobody else uses: ppp_generic, loaded before."""
    system, there = Host(), ['ppp_generic', 'ppp_async', 'ppp_mppe']
    monkeypatch.setattr(parts, 'modules', lambda: there)
    parts.unload(t.cast('t.Any', system), ['ppp_generic'])
    assert system.asked == ['rmmod ppp_mppe', 'rmmod ppp_async']


def test_a_session_is_a_pppd_of_pptpd_and_not_the_link_to_the_provider(tmp_path: pathlib.Path) -> None:
    assert parts.sessions(str(tmp_path)) == 0
    stat_line = '%d (%s) S %d 42 42 34816 42 4194304 1 0 0 0 0 0 0 0 20 0 1 0 98765 1 1'
    for pid, name, parent in ((10, 'pptpd', 1), (11, 'pptpctrl', 10), (12, 'pppd', 11), (20, 'pppd', 1),
                              (13, 'pptpctrl', 10), (14, 'pppd', 13)):
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / 'stat').write_text(stat_line % (pid, name, parent), 'ascii')
    (tmp_path / '30').mkdir()
    assert parts.sessions(str(tmp_path)) == 2


def test_a_module_that_is_in_use_is_said_to_stay(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, 'unload', lambda system, before: ['ppp_mppe'])
    name = begin(case)
    case.change()
    found = case.records.restore(name)
    assert (found['state'], found['left']) == ('restored', ['the module ppp_mppe stays loaded: it is in use'])


def test_without_systemd_it_is_said_that_pptpd_has_to_be_restarted(case: Case) -> None:
    case.system.state.clear()
    before, name = case.look(), begin(case)
    case.change()
    found = case.records.restore(name)
    assert found['state'] == 'restored'
    assert case.look() == before
    assert 'restart it by hand' in found['left'][0]
    assert case.records.restore(name)['undone'] is False


def test_rules_are_compared_without_counters_and_empty_tables() -> None:
    one = '*nat\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n*filter\n:INPUT DROP [5:300]\n-A INPUT -j ACCEPT\nCOMMIT\n'
    two = '# Generated\n*filter\n:INPUT DROP [9:900]\n-A INPUT -j ACCEPT\nCOMMIT\n'
    assert parts.tables(one) == parts.tables(two)
    assert parts.tables(two) != parts.tables(two.replace('-A INPUT -j ACCEPT\n', ''))
    empty = 'table ip x {\n\tchain a {\n\t\ttype filter hook input priority 0; policy accept;\n\t}\n}\n'
    assert parts.tables(empty) == []
    assert parts.tables(empty.replace('accept', 'drop')) != []
