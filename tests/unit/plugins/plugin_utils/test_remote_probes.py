# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The second round trip: when a probe is run, with what, and that it never costs more than its own facts."""

from __future__ import annotations

import types
import typing as t

import pytest
from ansible.errors import AnsibleConnectionFailure, AnsibleError

from ansible_collections.vpnops.pptp.plugins.action import diagnose as action
from ansible_collections.vpnops.pptp.plugins.plugin_utils import remote_probes as probes
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.hosts import (
    client,
    radius_server,
    router,
    server,
    winbind_server,
)
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.radius_hosts import radius

PARAMS: dict[str, t.Any] = {'radius_probe': ['status'], 'login_user': None, 'login_password': None, 'account': None}
CONFIG = '/etc/radiusclient/radiusclient.conf'
NTLM = {'freeradius.mschap.ntlm_auth': {'program': '/usr/bin/ntlm_auth', 'flags': []}}
LOGIN = {'login_user': 'probe', 'login_password': 'hunter2'}


@pytest.mark.parametrize(('facts', 'params', 'expected'), [
    (radius_server(), {}, [(probes.RADIUS, {'send': ['status'], 'config': CONFIG})]),
    (radius_server(), {'radius_probe': []}, []), (server(), {}, []), (client(), {}, []), (router(), {}, []), ({}, {},
                                                                                                              []),
    (radius_server({'radius.configured': None}), {}, []),
    (radius_server({'radius.config_path': '/etc/x.conf'}), {}, [(probes.RADIUS, {'send': ['status'],
                                                                                 'config': '/etc/x.conf'})]),
    (radius_server({'radius.config_path': '/etc/{{ x }}'}), {}, []),      # another file would tell of another server
    (radius_server(), {'radius_probe': ['status', 'request']}, [
        (probes.RADIUS, {'send': ['status', 'request'], 'config': CONFIG})]),
    (radius_server(), {'radius_probe': ['status', 'login']}, [(probes.RADIUS, {'send': ['status'], 'config': CONFIG})]),
    (radius_server(), {'radius_probe': ['login'], **LOGIN}, [(probes.RADIUS, {
        'send': ['login'], 'config': CONFIG, 'user': 'probe', 'password': 'hunter2'})]),
    (radius_server(), LOGIN, [(probes.RADIUS, {'send': ['status'], 'config': CONFIG})]),    # no password without need
    (winbind_server(), {}, [(probes.DIRECTORY, {})]),
    (winbind_server(), {'account': 'ann'}, [(probes.DIRECTORY, {'account': 'ann'})]),
    (radius(), {}, []), (radius(NTLM), {}, [(probes.DIRECTORY, {})]),
    (radius({'freeradius.mschap.winbind_username': '%{User-Name}'}), {}, [(probes.DIRECTORY, {})]),
    (radius({'radius.configured': True}), {}, []),
])
def test_which_probes_apply(facts: dict[str, t.Any], params: dict[str, t.Any], expected: t.Any) -> None:
    assert probes.wanted(facts, {**PARAMS, **params}) == expected


class Target:
    """Stands for an action plugin with a connection: what its modules answer."""

    def __init__(self, answer: t.Any) -> None:
        self.answer, self.asked = answer, t.cast('list[tuple[str, t.Any]]', [])

    def _execute_module(self, module_name: str, module_args: t.Any, task_vars: t.Any) -> t.Any:
        self.asked.append((module_name, module_args))
        assert task_vars['ansible_no_target_syslog'] is True
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def added(answer: t.Any, source: str = 'live') -> tuple[dict[str, t.Any], Target]:
    target = Target(answer)
    return probes.add(t.cast('t.Any', target), source, radius_server(), PARAMS, {}), target


def test_what_a_probe_saw_is_added() -> None:
    facts, target = added({'ansible_facts': {'pptp_radius_probe': {'sent': ['status'], 'servers': []}}})
    assert facts['pptp_radius_probe'] == {'sent': ['status'], 'servers': []}
    assert [name for name, _args in target.asked] == [probes.RADIUS]
    assert {key: value for key, value in facts.items() if key != 'pptp_radius_probe'} == radius_server()


@pytest.mark.parametrize('source', ['sh', 'bundle'])
def test_only_a_live_host_with_python_is_asked(source: str) -> None:
    facts, target = added({}, source)
    assert (facts, target.asked) == (radius_server(), [])


@pytest.mark.parametrize(('answer', 'why'), [
    ({'failed': True, 'msg': 'no such file'}, 'no such file'), ({'unreachable': True, 'msg': 'gone'}, 'gone'),
    ({'failed': True, 'module_stdout': '', 'rc': 127}, 'no answer'), ({}, 'no facts'), ({'ansible_facts': 7},
                                                                                        'no facts'),
    ({'ansible_facts': {'pptp_radius_probe': [1]}}, 'no facts'), ({'skipped': True, 'msg': 'check mode'}, 'check mode'),
    (AnsibleConnectionFailure('hunter2'), 'the connection was lost'), (AnsibleError('hunter2'), 'AnsibleError'),
    (KeyError('hunter2'), 'KeyError')])
def test_a_probe_that_fails_costs_only_its_own_facts(answer: t.Any, why: str) -> None:
    facts, _target = added(answer)
    assert facts['pptp_radius_probe'] == {'evidence': {'failed': [['radius_probe', why]]}}
    assert facts['pptp_radius'] == radius_server()['pptp_radius']


def test_a_flood_is_cut() -> None:
    facts, _target = added({'ansible_facts': {'pptp_radius_probe': {'servers': ['x' * 1000] * 1000, 'sent': b'\xff'}}})
    assert len(str(facts['pptp_radius_probe'])) < 20000


def test_the_diagnosis_judges_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    row = {'kind': 'auth', 'server': 'r', 'port': 1812, 'address': '10.0.0.1', 'reading': 'wrong-secret', 'login': None}
    found = {'sent': ['status', 'request'], 'servers': [row], 'problems': []}
    target = Target({'ansible_facts': {'pptp_radius_probe': found}})
    target._facts = lambda params, task_vars: ('live', radius_server())   # type: ignore[attr-defined]
    monkeypatch.setattr(action, 'run_id', lambda: 'run')
    entry = action.ActionModule._entry(t.cast('t.Any', target), 'vpn1', dict(PARAMS, role='auto', bundle=None), {})
    assert entry['verdict']['cause'] == 'radius-secret-mismatch'
    assert entry['facts']['pptp_radius_probe'] == found


def test_the_password_is_marked_as_one() -> None:
    assert probes.ARGUMENTS['login_password']['no_log'] is True
    assert types.MappingProxyType(action.ARGUMENTS)['radius_probe']['default'] == ['status']
