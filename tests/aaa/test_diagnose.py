# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""diagnose.yml against machines with a real FreeRADIUS: the second round trip, what it tells, and what it never says.

The machines share the kernel of this one, which may have no PPP: their verdict is about that, so findings are compared.
"""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest

from tests.aaa.ad_space import Space
from tests.aaa.radius_rig import RAD, SECRET, USERS, Lab
from tests.aaa.test_judged import prepare
from tests.unit.running import Run, playbook

_SHELL = '#!/bin/sh\nexec nsenter --target=%d --mount --net --uts --ipc --pid --root --wd -- /bin/sh "$@"\n'
PASSWORD = USERS['alice']


def host(folder: pathlib.Path, space: Space) -> dict[str, t.Any]:
    """The variables of a machine: its shell is one inside."""
    shell = folder / (space.name + '.sh')
    shell.write_text(_SHELL % space.pid)
    shell.chmod(0o755)
    return {'ansible_connection': 'local', 'ansible_shell_executable': str(shell), 'ansible_executable': str(shell),
            'ansible_python_interpreter': '/usr/bin/python3'}


def run(lab: Lab, folder: pathlib.Path, *arguments: str, **variables: t.Any) -> Run:
    """diagnose.yml with the VPN server and its RADIUS server; all that Ansible can say is in ``out``."""
    prepare(lab)
    (folder / 'groups.ini').write_text('[pptp_servers]\nvpn\n[radius_servers]\nrad\n')
    (folder / 'extra.json').write_text(json.dumps({'pptp_report_dir': 'report', **variables}))
    hosts = {space.name: host(folder, space) for space in (lab.vpn, lab.rad)}
    return playbook(folder, 'diagnose', hosts, '-i', str(folder / 'groups.ini'), '-e', '@extra.json', '-vvvv',
                    *arguments)


def finding(run_: Run, name: str, cause: str) -> dict[str, t.Any]:
    found = run_.report('hosts/%s.json' % name)
    return next(item for item in found['findings'] if item['cause'] == cause)


def probe(run_: Run) -> dict[str, t.Any]:
    return run_.report('hosts/vpn.json')['facts']['pptp_radius_probe']


@pytest.fixture
def ready(older: Lab) -> Lab:
    """A pair in order, FreeRADIUS 3.2.1."""
    older.start()
    older.configure()
    return older


def test_by_default_status_server_alone_is_sent(ready: Lab, tmp_path: pathlib.Path) -> None:
    before = ready.log()
    done = run(ready, tmp_path)
    assert done.rc == 0, done.out
    assert (probe(done)['sent'], probe(done)['servers'][0]['reading']) == (['status'], 'status-fine')
    assert finding(done, 'vpn', 'radius-secret-mismatch')['result'] == 'pass'
    assert done.report('hosts/rad.json')['verdict']['status'] == 'healthy'
    assert ready.log() == before
    assert SECRET not in done.out


def test_nothing_is_sent_where_nothing_is_allowed(ready: Lab, tmp_path: pathlib.Path) -> None:
    done = run(ready, tmp_path, pptp_radius_probe=[])
    assert 'pptp_radius_probe' not in done.report('hosts/vpn.json')['facts']


def test_a_wrong_secret_by_a_request_like_those_of_pppd(ready: Lab, tmp_path: pathlib.Path) -> None:
    ready.configure(secret='another-secret')
    done = run(ready, tmp_path, pptp_radius_probe=['status', 'request'])
    assert finding(done, 'vpn', 'radius-secret-mismatch')['result'] == 'fail'
    assert 'another-secret' not in done.out + json.dumps(done.report('hosts/vpn.json'))


def test_a_login_with_a_test_account_whose_password_is_told_nobody(ready: Lab, tmp_path: pathlib.Path) -> None:
    done = run(ready, tmp_path, pptp_radius_probe=['status', 'login'], pptp_login_user='alice',
               pptp_login_password=PASSWORD)
    assert probe(done)['servers'][0]['login']['keys']['send'] == 'equal'
    assert finding(done, 'vpn', 'radius-no-mppe-keys')['result'] == 'pass'
    assert PASSWORD not in done.out + json.dumps(done.report('hosts/vpn.json'))


def test_check_mode_sends_status_server_alone(ready: Lab, tmp_path: pathlib.Path) -> None:
    done = run(ready, tmp_path, '--check', pptp_radius_probe=['status', 'request'])
    assert probe(done)['sent'] == ['status']


def test_a_dead_server_costs_bounded_time_and_no_diagnosis(ready: Lab, tmp_path: pathlib.Path) -> None:
    with ready.rules(ready.rad, 'input udp dport 1812 drop'):
        done = run(ready, tmp_path)
    assert done.rc == 0, done.out
    assert probe(done)['servers'][0]['reading'] == 'status-silent'
    assert RAD in json.dumps(finding(done, 'vpn', 'radius-unreachable')['evidence'])
