# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What deploy says before it touches anything. What it does is in extensions/molecule/deploy."""

from __future__ import annotations

import json
import pathlib
import sys

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.vpnops.pptp.plugins.action import dial
from ansible_collections.vpnops.pptp.tests.unit.running import ROOT, Run, playbook

LOCAL = {'ansible_connection': 'local', 'ansible_python_interpreter': sys.executable}


def test_all_that_is_missing_is_named_at_once_and_nothing_is_done(tmp_path: pathlib.Path) -> None:
    given = {**LOCAL, 'pptp_server_localip': '10.99.0.1', 'chap_secrets_users': []}
    run = playbook(tmp_path, 'deploy', {'vpn1': given})
    assert run.rc == 2
    assert 'Nothing was changed. What is missing is pptp_server_remoteip, ' in run.out
    assert 'nat_pool, ' in run.out
    assert 'chap_secrets_users, ' in run.out
    assert 'pptp_server_localip, ' not in run.out
    assert 'ok=0    changed=0' in run.out


def logged_in(folder: pathlib.Path, *arguments: str, **given: object) -> Run:
    (folder / 'login.yml').write_text(json.dumps([{'hosts': 'all', 'gather_facts': False, 'tasks': [
        {'ansible.builtin.include_tasks': str(ROOT / 'playbooks/tasks/dial.yml')}]}]))
    variables = {**LOCAL, 'pptp_login_client': 'vpn1', 'pptp_dial_modes': ['login'], 'pptp_dial_must': True, **given}
    return playbook(folder, str(folder / 'login'), {'vpn1': variables}, '--check', *arguments)


def test_a_login_without_an_account_says_what_it_wants(tmp_path: pathlib.Path) -> None:
    users = [{'name': 'al'}, {'name': 'bob', 'secret': None}, {'name': 'eve', 'secret': 'x', 'state': 'absent'}]
    run = logged_in(tmp_path, chap_secrets_users=users)
    assert run.rc == 2
    assert 'No account to log in with: give user and password (in the playbooks pptp_login_user and' in run.out


def test_a_login_takes_the_account_that_is_given(tmp_path: pathlib.Path) -> None:
    run = logged_in(tmp_path, chap_secrets_users=[], pptp_login_user='carol', pptp_login_password='x')
    assert run.rc == 0, run.out


def test_a_login_takes_an_account_of_the_server_and_prints_no_secret(tmp_path: pathlib.Path) -> None:
    users = [{'name': 'al'}, {'name': 'bob', 'secret': 'Secret-of-bob', 'addresses': ['*']},
             {'name': 'eve', 'secret': 'Secret-of-eve'}]
    run = logged_in(tmp_path, '-vvv', chap_secrets_users=users)
    assert run.rc == 0, run.out
    assert '"user": "bob"' in run.out and 'Secret-of' not in run.out


def test_of_the_accounts_only_the_one_that_logs_in_is_sent() -> None:
    users = [{'name': 'bob', 'secret': 'b'}, {'name': 'eve', 'secret': 'e'}]
    assert dial._narrowed({'server': 'vpn1', 'accounts': users}) == {'server': 'vpn1', 'user': 'bob', 'password': 'b'}
    assert dial._narrowed({'user': 'eve', 'accounts': users}) == {'user': 'eve', 'password': 'e'}
    assert dial._narrowed({'user': 'carol', 'accounts': users}) == {'user': 'carol'}
    for wrong in ('bob', {'bob': 'b'}, ['bob']):
        with pytest.raises(AnsibleActionFail, match='accounts is no list'):
            dial._narrowed({'accounts': wrong})


def test_with_a_radius_server_no_users_are_needed(tmp_path: pathlib.Path) -> None:
    given = {**LOCAL, 'pptp_server_localip': '10.99.0.1', 'radius_client_servers': [{'host': '192.0.2.10'}]}
    run = playbook(tmp_path, 'deploy', {'vpn1': given})
    assert run.rc == 2
    assert 'nat_pool, ' in run.out
    assert 'chap_secrets_users, ' not in run.out
