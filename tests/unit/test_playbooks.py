# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The playbooks as users run them: real ansible-playbook, local connection, recorded hosts."""

from __future__ import annotations

import json
import os
import pathlib
import re
import stat
import sys
import typing as t

import pytest

from ansible_collections.vpnops.pptp.tests.unit.recordings import BUNDLES, texts
from ansible_collections.vpnops.pptp.tests.unit.running import ROOT, Run, playbook, write_bundle

LOCAL = {'ansible_connection': 'local'}
BROKEN = {'pptp_bundle': str(BUNDLES / '40-wrong-password.server')}
HEALTHY = {'pptp_bundle': str(BUNDLES / '00-baseline-routed.server')}
REPORT = ('-e', 'pptp_report_dir=report')
# counts what is run and copied on the target, and is a local connection otherwise
COUNTING = '''
from ansible.plugins.connection.local import Connection as Local
DOCUMENTATION = """
name: counting
short_description: counts
description: counts
options: {}
extends_documentation_fragment: [connection_pipelining]
"""
class Connection(Local):
    transport = 'counting'
    def exec_command(self, cmd, in_data=None, sudoable=True):
        with open('%s', 'a') as log:
            log.write('exec %%d\\n' %% len(in_data or b''))
        return super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
    def put_file(self, in_path, out_path):
        with open('%s', 'a') as log:
            log.write('put\\n')
        return super().put_file(in_path, out_path)
'''


@pytest.fixture(scope='module')
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One run over a broken, a healthy and an empty bundle, the machine itself, and three hosts that cannot be read."""
    folder = tmp_path_factory.mktemp('fleet')
    write_bundle(folder / 'empty', {'readme.txt': ''})
    return playbook(folder, 'diagnose', {
        'broken': BROKEN, 'healthy': HEALTHY, 'empty': {'pptp_bundle': 'empty'}, '../live': LOCAL,
        'gone': {'ansible_host': '127.0.0.1', 'ansible_port': 1}, 'nobundle': {'pptp_bundle': 'nowhere.tar.gz'},
        'noplugin': {'ansible_connection': 'no.such.plugin'},
    }, *REPORT)


def entry(run: Run, name: str) -> dict[str, t.Any]:
    return run.report('hosts/%s.json' % name)


def test_hosts_that_cannot_be_read_are_rows_and_no_crash(fleet: Run) -> None:
    assert fleet.rc == 0, fleet.out
    assert 'Traceback' not in fleet.out
    hosts = {host['host']: host for host in fleet.report()['hosts']}
    assert [(name, hosts[name]['kind']) for name in ('gone', 'nobundle', 'noplugin')] == [
        ('gone', 'unreachable'), ('nobundle', 'failed'), ('noplugin', 'missing')]
    assert 'Connection refused' in hosts['gone']['reason']
    assert 'nowhere.tar.gz' in hosts['nobundle']['reason']


def test_bundles_are_judged(fleet: Run) -> None:
    assert entry(fleet, 'broken')['verdict']['cause'] == 'wrong-secret'
    assert entry(fleet, 'broken')['source'] == 'bundle'
    assert entry(fleet, 'healthy')['verdict']['status'] == 'healthy'
    assert entry(fleet, 'empty')['verdict']['status'] == 'unknown'


def test_the_machine_itself_is_read(fleet: Run) -> None:
    found = entry(fleet, '%2E.%2Flive')
    assert found['host'] == '../live'
    assert found['source'] == 'live'
    assert found['facts']['pptp_host']['euid'] == os.geteuid()


def test_only_the_user_may_read_the_report(fleet: Run) -> None:
    where = fleet.folder / 'report'
    assert stat.S_IMODE(where.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in where.rglob('*.json')} == {0o600}


def test_the_terminal_has_a_line_a_host_and_no_json(fleet: Run) -> None:
    assert re.search(r'^broken +broken +wrong-secret: ', fleet.out, re.MULTILINE)
    assert re.search(r'^gone +unknown +unreachable: ', fleet.out, re.MULTILINE)
    assert '7 hosts: broken ' in fleet.out
    assert 'pptp_host' not in fleet.out
    assert '"verdict"' not in fleet.out
    assert '\x1b' not in fleet.out


def test_one_host_is_told_in_full(tmp_path: pathlib.Path) -> None:
    run = playbook(tmp_path, 'diagnose', {'vpn1': BROKEN})
    assert run.rc == 0
    assert 'vpn1 is BROKEN: ' in run.out
    assert 'cause     wrong-secret (stage auth, ' in run.out
    assert run.out.count('is BROKEN') == 1
    assert not (tmp_path / 'report').exists()


def test_one_invocation_a_host_and_nothing_copied(tmp_path: pathlib.Path) -> None:
    log = tmp_path / 'log'
    (tmp_path / 'plugins').mkdir()
    (tmp_path / 'plugins/counting.py').write_text(COUNTING % (log, log))
    run = playbook(tmp_path, 'diagnose', {'vpn1': {'ansible_connection': 'counting'}}, *REPORT,
                   env={'ANSIBLE_CONNECTION_PLUGINS': str(tmp_path / 'plugins')})
    assert run.rc == 0, run.out
    assert entry(run, 'vpn1')['source'] == 'live'
    assert [line.split()[0] for line in log.read_text().splitlines()] == ['exec']


@pytest.mark.parametrize('python', ['/no/such/python', '/bin/false'])
def test_without_a_python_the_shell_collects(tmp_path: pathlib.Path, python: str) -> None:
    run = playbook(tmp_path, 'diagnose', {'old': dict(LOCAL, ansible_python_interpreter=python)}, *REPORT)
    assert run.rc == 0, run.out
    found = entry(run, 'old')
    assert found['source'] == 'sh'
    assert found['facts']['pptp_host']['euid'] == os.geteuid()


@pytest.mark.parametrize(('fail_on', 'hosts', 'rc'), [
    ('never', {'a': BROKEN}, 0), ('broken', {'a': BROKEN, 'b': BROKEN}, 2), ('degraded', {'a': HEALTHY}, 0)])
def test_the_play_fails_once_if_asked_to(
        tmp_path: pathlib.Path, fail_on: str, hosts: dict[str, t.Any], rc: int) -> None:
    run = playbook(tmp_path, 'diagnose', hosts, '-e', 'pptp_fail_on=' + fail_on)
    assert run.rc == rc
    assert run.out.count('FAILED!') == (1 if rc else 0)
    assert ('%d of %d hosts broken' % (len(hosts), len(hosts)) in run.out) == bool(rc)


def test_a_wrong_value_is_named(tmp_path: pathlib.Path) -> None:
    run = playbook(tmp_path, 'diagnose', {'a': HEALTHY}, '-e', 'pptp_fail_on=sometimes')
    assert run.rc == 2
    assert 'never, broken, degraded' in run.out


@pytest.mark.parametrize('name', ['diagnose', 'remediate', 'deploy'])
@pytest.mark.parametrize('value', ['contoller', False, ''])
def test_who_is_to_dial_is_one_of_three_words(tmp_path: pathlib.Path, name: str, value: object) -> None:
    """`pptp_dial: no` in an inventory is no word, and shall not dial from all clients."""
    run = playbook(tmp_path, name, {'vpn1': {**HEALTHY, 'pptp_dial': value}})
    assert run.rc == 2
    assert 'pptp_dial is clients, controller or none' in run.out
    assert 'ok=0    changed=0' in run.out


def test_check_mode_says_the_same_and_the_group_narrows(tmp_path: pathlib.Path) -> None:
    (tmp_path / 'groups.ini').write_text('[pptp_servers]\nvpn1\n')
    run = playbook(tmp_path, 'diagnose', {'vpn1': BROKEN, 'web1': LOCAL}, '-i', str(tmp_path / 'groups.ini'),
                   '--check', *REPORT)
    assert run.rc == 0
    assert 'vpn1 is BROKEN: ' in run.out
    assert [host['host'] for host in run.report()['hosts']] == ['vpn1']


def test_the_audit_has_all_hosts_and_what_other_runs_left_is_not_taken_for_new(tmp_path: pathlib.Path) -> None:
    first = playbook(tmp_path, 'audit', {'a': BROKEN, 'b': BROKEN, 'c': HEALTHY}, *REPORT)
    assert 'causes x hosts\n    2  wrong-secret: a, b\n' in first.out
    second = playbook(tmp_path, 'audit', {'a': {'ansible_connection': 'no.such.plugin'}}, *REPORT)
    assert [(host['host'], host['kind']) for host in second.report()['hosts']] == [('a', 'missing')]


def test_a_collected_bundle_gives_the_same_verdict(tmp_path: pathlib.Path) -> None:
    collected = playbook(tmp_path, 'collect', {'vpn/1': LOCAL}, '-e', 'pptp_bundle_dir=kept')
    assert collected.rc == 0, collected.out
    bundle = tmp_path / 'kept/vpn%2F1.tar.gz'
    assert stat.S_IMODE(bundle.stat().st_mode) == 0o600
    run = playbook(tmp_path, 'diagnose', {'live': LOCAL, 'kept': {'pptp_bundle': str(bundle)}}, *REPORT)
    assert entry(run, 'kept')['verdict'] == entry(run, 'live')['verdict']


def test_a_host_without_python_is_collected_through_its_shell(tmp_path: pathlib.Path) -> None:
    old = dict(LOCAL, ansible_python_interpreter='/no/such/python')
    run = playbook(tmp_path, 'collect', {'old': old}, '-e', 'pptp_bundle_dir=kept')
    assert run.rc == 0, run.out
    assert (tmp_path / 'kept/old.tar.gz').stat().st_size > 500


def test_a_router_is_read_too_and_decides_what_the_server_only_suspects(tmp_path: pathlib.Path) -> None:
    hosts = {name: {'pptp_bundle': str(write_bundle(tmp_path / name, texts('25-nat-fwd-drop-nohelper.' + kind)))}
             for name, kind in (('vpn1', 'server'), ('edge1', 'router'))}
    (tmp_path / 'groups.ini').write_text('[pptp_servers]\nvpn1\n[pptp_routers]\nedge1\n')
    run = playbook(tmp_path, 'diagnose', {**hosts, 'web1': LOCAL}, '-i', str(tmp_path / 'groups.ini'), *REPORT)
    assert run.rc == 0, run.out
    found = {host['host']: host for host in run.report()['hosts']}
    assert sorted(found) == ['edge1', 'vpn1']
    assert (found['edge1']['role'], found['edge1']['verdict']['cause']) == ('router', 'gre-nat-asymmetric')
    assert found['vpn1']['router'] == 'edge1'
    assert entry(run, 'vpn1')['verdict'] == found['vpn1']['verdict']
    assert entry(run, 'vpn1')['facts']
    assert 'vpn1 is BROKEN: A NAT router in the path carries GRE one way only: edge1' in run.out


def test_in_check_mode_nobody_watches_and_without_servers_only_who_is_nothing_else_is_dialled(tmp_path: pathlib.Path
                                                                                              ) -> None:
    groups = {'pptp_clients': 'c1', 'pptp_routers': 'edge1', 'radius_servers': 'rad1'}
    (tmp_path / 'groups.json').write_text(json.dumps({'all': {'children': {
        name: {'hosts': {host: {}}} for name, host in groups.items()}}}))
    (tmp_path / 'watch.yml').write_text(json.dumps([{'hosts': 'all', 'gather_facts': False, 'tasks': [
        {'ansible.builtin.include_tasks': str(ROOT / 'playbooks/tasks/watch.yml')}]}]))
    local = {**LOCAL, 'ansible_python_interpreter': sys.executable}
    run = playbook(tmp_path, str(tmp_path / 'watch'), dict.fromkeys(('vpn1', 'c1', 'edge1', 'rad1'), local),
                   '-i', 'groups.json', '--check', '-v')
    assert run.rc == 0, run.out
    assert '"reason": "check mode"' in run.out
    assert 'witness' not in run.out.split('[Collect what was seen]')[1]
    assert re.findall('dial.yml for (.*)', run.out) == ['vpn1']
