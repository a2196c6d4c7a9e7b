# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""remediate.yml over recorded hosts: the plan is told, nothing is touched; roles and variables are those there are."""

from __future__ import annotations

import pathlib
import re
import typing as t

import yaml

from ansible_collections.vpnops.pptp.plugins.plugin_utils import plan
from ansible_collections.vpnops.pptp.tests.unit.recordings import BUNDLES
from ansible_collections.vpnops.pptp.tests.unit.running import ROOT, playbook

TASKS = ROOT / 'playbooks/tasks'


def load(name: str) -> list[dict[str, t.Any]]:
    """The tasks of a file."""
    found: list[dict[str, t.Any]] = yaml.safe_load((TASKS / name).read_text('utf-8'))
    return found


def test_a_recorded_host_is_planned_for_and_not_touched(tmp_path: pathlib.Path) -> None:
    hosts = {name: {'pptp_bundle': str(BUNDLES / bundle)} for name, bundle in (
        ('gre', '30-gre-drop-server-in.server'), ('password', '40-wrong-password.server'))}
    run = playbook(tmp_path, 'remediate', hosts, '-e', 'pptp_report_dir=report')
    assert run.rc == 0, run.out
    assert 'would do  gre-blocked, by the role tunnel_firewall: ' in run.out
    assert 'not done  wrong-secret: ' in run.out
    assert 'for the user: vpnuser: type the password of the VPN anew.' in run.out
    assert 'changed=0' in run.out
    plans = {host['host']: host['plan'] for host in run.report()['hosts']}
    assert [step['role'] for step in plans['gre']['steps']] == ['tunnel_firewall']
    assert plans['password']['steps'] == []
    assert all('remediation' not in host for host in run.report()['hosts'])


def test_a_name_that_is_no_cause_is_an_error(tmp_path: pathlib.Path) -> None:
    hosts = {'vpn1': {'pptp_bundle': str(BUNDLES / '40-wrong-password.server')}}
    run = playbook(tmp_path, 'remediate', hosts, '-e', '{"pptp_only": ["gre"]}')
    assert run.rc == 2
    assert 'gre is no cause' in run.out


def test_the_roles_run_in_the_order_of_the_plan() -> None:
    names = [task['ansible.builtin.include_role']['name'].rpartition('.')[2] for task in load('apply.yml')]
    assert tuple(names) == plan.ORDER


def test_a_slow_host_has_more_than_the_minute_of_the_guard() -> None:
    [play] = yaml.safe_load((ROOT / 'playbooks/remediate.yml').read_text('utf-8'))
    assert play['vars']['firewall_guard_seconds'] == '{{ pptp_firewall_guard_seconds | default(180) }}'


def test_every_variable_of_a_plan_is_handed_on_to_its_role() -> None:
    for task in load('apply.yml'):
        role = task['ansible.builtin.include_role']['name'].rpartition('.')[2]
        spec = yaml.safe_load((ROOT / 'roles' / role / 'meta/argument_specs.yml').read_text('utf-8'))
        given = {name for name in task.get('vars', {}) if not name.startswith('pptp_run_')}    # parts of the others
        assert given <= set(spec['argument_specs']['main']['options']), role
    source = '\n'.join(path.read_text('utf-8') for path in (ROOT / 'plugins/plugin_utils').glob('plan*.py'))
    used = (TASKS / 'apply.yml').read_text('utf-8')
    roles = 'ppp_kernel|pppd_options|pptp_server|chap_secrets|nat|gre_conntrack|winbind|freeradius|radius_client'
    named = set(re.findall(r"'((?:%s)_[a-z_]+)'" % roles, source)) - {'radius_client_', 'gre_conntrack_mode'}
    named |= set(re.findall(r'\b(radius_client_[a-z_]+)=', source)) | {'gre_conntrack_mode'}
    named |= {'pptp_server_' + name for name in re.findall(r"\bserver\(case, (?:\w+, )?(\w+)=", source)}
    assert [name for name in sorted(named) if name not in used and name not in ('pppd_options_', 'pptp_server_')] == []


def test_everything_between_the_record_and_its_end_is_put_back_when_it_fails() -> None:
    [guarded] = load('remediate.yml')
    look, inner = guarded['block']
    assert look['vpnops.pptp.remediation']['action'] == 'status'
    actions = [task.get('vpnops.pptp.remediation', {}).get('action') for task in inner['block']]
    assert [action for action in actions if action] == ['begin', 'finish']
    assert actions[-1] == 'finish'
    names = [task.get('ansible.builtin.include_tasks') for task in inner['block']]
    assert actions.index('begin') < names.index('apply.yml') < names.index('prove.yml') < actions.index('finish')
    assert guarded['rescue'][0]['vpnops.pptp.remediation']['action'] == 'restore'


def modules(tasks: list[dict[str, t.Any]], name: str) -> t.Iterator[dict[str, t.Any]]:
    """The arguments of all tasks that call module *name*, in blocks, too."""
    for task in tasks:
        yield from [task[name]] if name in task else []
        for part in ('block', 'rescue', 'always'):
            yield from modules(task.get(part, []), name)


def test_the_record_is_begun_for_what_the_plan_touches() -> None:
    found = {call['action']: call for call in modules(load('remediate.yml'), 'vpnops.pptp.remediation')}
    for name in ('causes', 'paths', 'firewall'):
        assert found['begin'][name] == '{{ pptp_plan.%s }}' % name
    assert found['restore']['allow_session_drop'] == '{{ pptp_allow_session_drop | default(false) }}'
    [proof] = modules(load('prove.yml'), 'vpnops.pptp.verify')
    assert proof['causes'] == '{{ pptp_record.causes }}'


def test_of_the_passwords_given_only_those_of_the_plan_are_written() -> None:
    [task] = [task for task in load('apply.yml') if 'chap_secrets_users' in task.get('vars', {})]
    assert task['vars']['chap_secrets_purge'] is False
    assert "pptp_users | default([]) | selectattr('name', 'in', pptp_run.users | default([]))" in ' '.join(
        task['vars']['chap_secrets_users'].split())


def test_the_proof_may_ask_what_the_first_diagnosis_asked() -> None:
    """What only a login of the probe shows is proved by one only."""
    [play] = yaml.safe_load((ROOT / 'playbooks/remediate.yml').read_text('utf-8'))
    [first] = modules(play['tasks'], 'vpnops.pptp.diagnose')
    [proof] = modules(load('prove.yml'), 'vpnops.pptp.verify')
    assert set(first) - set(proof) == {'bundle', 'witness'}
    same = set(first) - {'bundle', 'witness', 'login_user'}     # that of the witness may be empty: nothing is asked
    assert {name: proof[name] for name in same} == {name: first[name] for name in same}
    assert 'pptp_login_user' in first['login_user'] and 'pptp_login_user' in proof['login_user']
