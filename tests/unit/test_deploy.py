# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What deploy says before it touches anything. What it does is in extensions/molecule/deploy."""

from __future__ import annotations

import json
import pathlib
import sys

import pytest
import yaml
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


@pytest.mark.parametrize('must', ['false', 'no', False])
def test_a_login_that_need_not_work_need_not_be_possible(tmp_path: pathlib.Path, must: object) -> None:
    """`-e pptp_login_must=false` is a text."""
    run = logged_in(tmp_path, pptp_dial_must=must)
    assert (run.rc, 'No account to log in with' in run.out, '...ignoring' in run.out) == (0, True, True), run.out


def test_a_login_takes_the_account_that_is_given(tmp_path: pathlib.Path) -> None:
    run = logged_in(tmp_path, chap_secrets_users=[], pptp_login_user='carol', pptp_login_password='x')
    assert run.rc == 0, run.out


def test_a_login_takes_an_account_of_the_server_and_prints_no_secret(tmp_path: pathlib.Path) -> None:
    users = [{'name': 'al'}, {'name': 'bob', 'secret': 'Secret-of-bob', 'addresses': ['*']},
             {'name': 'eve', 'secret': 'Secret-of-eve'}]
    run = logged_in(tmp_path, '-vvv', chap_secrets_users=users)
    assert run.rc == 0, run.out
    assert '"user": "bob"' in run.out and 'Secret-of' not in run.out


@pytest.mark.parametrize(('given', 'address'), [
    ({'pptp_login_server': 'vpn.example.com', 'ansible_host': '10.0.0.2'}, 'vpn.example.com'),
    ({'ansible_host': '10.0.0.2'}, '10.0.0.2'), ({}, 'vpn2')])
def test_for_a_radius_server_its_witness_is_dialled_where_that_is_dialled(
        tmp_path: pathlib.Path, given: dict[str, str], address: str) -> None:
    (tmp_path / 'login.yml').write_text(json.dumps([{'hosts': 'rad1', 'gather_facts': False, 'tasks': [
        {'ansible.builtin.include_tasks': str(ROOT / 'playbooks/tasks/dial.yml')}]}]))
    rad = {**LOCAL, 'ansible_host': '10.0.0.1', 'pptp_login_client': 'rad1', 'pptp_dial_must': True,
           'pptp_plan': {'witness': 'vpn2'}}
    run = playbook(tmp_path, str(tmp_path / 'login'), {'rad1': rad, 'vpn2': given}, '--check', '-vvv')
    assert run.rc == 0, run.out
    assert '"server": "%s"' % address in run.out


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


def test_a_login_that_fails_is_explained_before_the_run_ends(tmp_path: pathlib.Path) -> None:
    """The second play, on this machine, where no PPTP server listens."""
    play = yaml.safe_load((ROOT / 'playbooks/deploy.yml').read_text('utf-8'))[1]
    text = json.dumps([play]).replace('tasks/dial.yml', str(ROOT / 'playbooks/tasks/dial.yml'))
    (tmp_path / 'prove.yml').write_text(text)
    given = {**LOCAL, 'ansible_become': False, 'pptp_login_client': 'vpn1', 'pptp_login_server': '127.0.0.1',
             'pptp_login_user': 'al', 'pptp_login_password': 'Secret-of-al'}
    run = playbook(tmp_path, str(tmp_path / 'prove'), {'vpn1': given}, '-e', 'pptp_report_dir=report')
    assert run.rc == 2, run.out
    assert 'Login tried from vpn1: stopped at tcp: ' in run.out
    assert run.report()['hosts'][0]['dials'][0]['why'] == 'refused'
    assert 'Secret-of' not in run.out


def test_a_host_that_dials_sets_no_variable_of_the_one_that_is_dialled(tmp_path: pathlib.Path) -> None:
    """Ansible takes `ansible_facts` of a delegated module for those of the server. The liar stands for its Python."""
    answer = {'changed': False, 'outcome': 'ok', 'dials': [], 'ansible_facts': {'pptp_consent': ['guess']}}
    liar = tmp_path / 'liar'
    liar.write_text("#!/bin/sh\necho '%s'\n" % json.dumps(answer))
    liar.chmod(0o755)
    (tmp_path / 'lie.yml').write_text(json.dumps([{'hosts': 'all', 'gather_facts': False, 'tasks': [
        {'ansible.builtin.include_tasks': str(ROOT / 'playbooks/tasks/dial.yml')},
        {'ansible.builtin.debug': {'msg': "consent: {{ pptp_consent | default('mine') }}, "
                                          "outcome: {{ pptp_dialled.results[0].outcome }}"}}]}]))
    given = {**LOCAL, 'ansible_python_interpreter': str(liar), 'pptp_login_client': 'vpn1', 'pptp_dial_must': False}
    run = playbook(tmp_path, str(tmp_path / 'lie'), {'vpn1': given})
    assert 'consent: mine, outcome: ok' in run.out, run.out
