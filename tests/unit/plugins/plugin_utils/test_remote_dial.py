# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What dials and a witness become as facts: bounded, plain JSON, and nothing but what the contract names."""

from __future__ import annotations

import json
import typing as t

import jsonschema
import pytest
from ansible.errors import AnsibleConnectionFailure, AnsibleError

from ansible_collections.vpnops.pptp.plugins.action import diagnose as action
from ansible_collections.vpnops.pptp.plugins.plugin_utils import remote_dial
from ansible_collections.vpnops.pptp.plugins.plugin_utils.report import terminal
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.hosts import server
from ansible_collections.vpnops.pptp.tests.unit.running import schema

HOSTILE = '\x1b[2J{{ 1 }}\u202e'
REFUSED: dict[str, t.Any] = {
    'from': 'client1', 'outcome': 'failed', 'step': 'auth', 'why': 'rejected', 'words': 'no', 'detail': HOSTILE,
    'server': 'vpn', 'address': '203.0.113.10', 'changed': False, 'invocation': {'module_args': {'password': 'x'}},
    'msg': 'told', 'logins': {'ok': 0, 'failed': 1, 'unknown': 0},
    'dials': [{'mode': 'login', 'outcome': 'failed', 'step': 'auth', 'why': 'rejected', 'words': 'no',
               'detail': HOSTILE, 'name': 'vpnops-0011223344556677', 'source': ['198.51.100.7', 40000],
               'times': {'total': 2034}, 'seen': {'auth': {'failure': {'code': 691}}}, 'secret': 'x'}]}
FLOW: dict[str, t.Any] = {'name': 'vpnops-0011223344556677', 'client': ['198.51.100.7', 40000],
                          'server': ['203.0.113.10', 1723], 'calls': [1, 2], 'result': 1, 'acked': True,
                          'seen': {'up': {'eth0': [3, 0]}}}


def dialled(*dials: t.Any, **witness: t.Any) -> dict[str, t.Any]:
    return remote_dial.add({}, {'dials': list(dials), 'witness': witness})


def test_a_dial_keeps_what_the_contract_names_and_nothing_else() -> None:
    row = dialled(REFUSED)['pptp_dial']['dials'][0]
    assert set(REFUSED) - set(row) == {'changed', 'invocation', 'msg'}
    assert (row['from'], row['detail']) == ('client1', HOSTILE)      # untouched: whoever shows it escapes it
    assert 'secret' not in row['dials'][0]
    assert dialled(REFUSED)['pptp_dial']['evidence'] == {'ok': ['client1']}


@pytest.mark.parametrize('result', [
    {'unreachable': True, 'msg': 'no route'}, {'failed': True, 'msg': 'no route'}, {'msg': 'no route'},
    {'outcome': 'up', 'msg': 'no route'}])
def test_a_dial_that_could_not_be_tried_is_unknown(result: dict[str, t.Any]) -> None:
    found = dialled({'from': 'client1', **result})['pptp_dial']
    assert found['dials'] == [{'from': 'client1', 'outcome': 'unknown', 'step': '', 'why': 'not-tried', 'words': '',
                               'detail': 'no route', 'dials': []}]
    assert found['evidence'] == {'failed': [['client1', 'no route']]}


def test_the_reason_comes_before_what_ansible_says_about_it() -> None:
    said = 'Task failed: Data could not be sent to remote host "%s". Make sure this host can be reached over ssh: ' \
        'ssh: connect to host x port 1:\nConnection refused' % ('x' * 150)
    row = dialled({'from': 'client1', 'unreachable': True, 'msg': said})['pptp_dial']['dials'][0]
    assert row['detail'] == 'ssh: connect to host x port 1: Connection refused'
    assert dialled({'from': 'client1', 'msg': ['x']})['pptp_dial']['dials'][0]['detail'] == ''


@pytest.mark.parametrize('dials', [[], [{'from': 'x', 'outcome': 'skipped'}], [{'from': 'x', 'skipped': True}], ['x'],
                                   [None]])
def test_nothing_dialled_leaves_no_fact(dials: list[t.Any]) -> None:
    assert dialled(*dials) == {}


def test_of_a_thousand_dials_each_kind_stays() -> None:
    many = [dict(REFUSED['dials'][0], outcome='ok', step='ping', why='')] * 500 + REFUSED['dials']
    rows = dialled(dict(REFUSED, dials=many))['pptp_dial']['dials'][0]['dials']
    assert len(rows) == remote_dial.MOST
    assert [row['outcome'] for row in rows][0::7] == ['ok', 'failed']


@pytest.mark.parametrize('value', ['x' * 10 ** 6, ['x' * 300] * 500, {'k%d' % n: 'x' * 300 for n in range(999)},
                                   b'\xff\xfe', float('nan'), 10 ** 400, {1: {2: {}}}, object()])
def test_whatever_it_is_it_is_plain_and_small(value: t.Any) -> None:
    deep: t.Any = value
    for _level in range(50):
        deep = [deep, value]
    found = dialled(dict(REFUSED, detail=value, dials=[{'seen': deep, 'times': value}] * 9), flows=[
        dict(FLOW, seen=deep, client=value)] * 300, counters=deep, complete=True)
    for name in ('pptp_dial', 'pptp_witness'):
        assert len(json.dumps(found[name], allow_nan=False)) <= remote_dial.LIMIT + 100
        assert isinstance(json.loads(json.dumps(found[name]))['evidence'], dict)


def test_a_witness_of_which_a_part_is_left_out_proves_no_absence() -> None:
    assert dialled(complete=True, flows=[FLOW], counters=[])['pptp_witness'] == {
        'complete': True, 'flows': [FLOW], 'counters': [], 'evidence': {'ok': ['gre_witness']}}
    scan = dict(FLOW, name='')
    found = dialled(complete=True, why='', flows=[scan] * 200 + [FLOW])['pptp_witness']
    assert (found['complete'], found['why'], found['flows'][0]) == (False, 'cut', FLOW)
    gone = dialled(complete=False, why='gone')['pptp_witness']
    assert gone == {'complete': False, 'why': 'gone', 'flows': [], 'evidence': {'failed': [['gre_witness', 'gone']]}}
    assert 'pptp_witness' not in dialled(REFUSED)


class Target:
    """Stands for an action plugin: what reading the host gives."""

    def __init__(self, read: t.Any) -> None:
        self.read = read

    def _facts(self, params: t.Any, task_vars: t.Any) -> t.Any:
        if isinstance(self.read, Exception):
            raise self.read
        return 'live', self.read


def entry(monkeypatch: pytest.MonkeyPatch, read: t.Any, **params: t.Any) -> dict[str, t.Any]:
    monkeypatch.setattr(action, 'run_id', lambda: 'run')
    given: dict[str, t.Any] = dict({'role': 'auto', 'bundle': None, 'radius_probe': [], 'dials': [], 'witness': {}},
                                   **params)
    return action.ActionModule._entry(t.cast('t.Any', Target(read)), 'vpn1', given, {})


def test_the_diagnosis_judges_with_them(monkeypatch: pytest.MonkeyPatch) -> None:
    found = entry(monkeypatch, server(), dials=[REFUSED], witness={'complete': True, 'flows': [FLOW]})
    assert found['facts']['pptp_dial']['dials'][0]['why'] == 'rejected'
    assert found['facts']['pptp_witness']['flows'] == [FLOW]
    assert entry(monkeypatch, AnsibleError('no shell'))['source'] == 'none'


@pytest.mark.parametrize(('error', 'kind'), [(AnsibleError('no shell'), 'failed'), (KeyError('x'), 'failed'),
                                             (AnsibleConnectionFailure('gone'), 'unreachable')])
def test_a_host_that_could_not_be_read_is_judged_by_its_dials(monkeypatch: pytest.MonkeyPatch, error: Exception,
                                                              kind: str) -> None:
    found = entry(monkeypatch, error, dials=[REFUSED])
    jsonschema.validate(found, {'$ref': '#/$defs/hostFile', '$defs': schema()['$defs']})
    assert (found['source'], found['kind'], found['role']) == ('none', kind, 'server')
    assert (found['verdict']['status'], found['verdict']['cause']) == ('degraded', 'wrong-secret')
    text = [line.strip() for line in terminal.report([found], 1)]
    assert text[2] == 'dial      Login tried from client1: stopped at auth: no (E=691)'
    assert any(line.startswith('not read') for line in text)
    for nothing in ({}, {'witness': {'complete': True}}, {'dials': [{'from': 'client1', 'outcome': 'skipped'}]}):
        assert entry(monkeypatch, error, **nothing)['verdict']['status'] == 'unknown'


def test_the_loop_of_the_playbook_names_who_dialled() -> None:
    names = [dialled(dict(REFUSED, **{'from': name}) if name else {
        key: value for key, value in dict(REFUSED, pptp_dialler=other).items() if key != 'from'})['pptp_dial'][
            'dials'][0]['from'] for name, other in (('client1', ''), ('', 'client2'), ('', 'localhost'), ('', 7))]
    assert names == ['client1', 'client2', 'controller', '']


def test_a_host_that_dials_cannot_pass_for_another() -> None:
    """What the host itself answers may hold any key; that of the loop is Ansible's, and the last."""
    lie = {'from': 'controller', **{'k%d' % number: 1 for number in range(99)}, **REFUSED, 'pptp_dialler': 'client1'}
    assert dialled(dict(lie, **{'from': 'controller'}))['pptp_dial']['dials'][0]['from'] == 'client1'
    assert dialled(dict(lie, outcome='?'))['pptp_dial']['evidence'] == {'failed': [['client1', 'told']]}


@pytest.mark.parametrize('value', [True, 7, 'x', None, {'a': 1}, [7, None]])
def test_a_witness_of_any_shape_is_taken(value: t.Any) -> None:
    for key in ('flows', 'counters', 'complete', 'why', 'seconds'):
        assert 'evidence' in dialled(**{'complete': True, 'flows': [FLOW], key: value})['pptp_witness']


def test_of_counted_rules_all_stay_or_none() -> None:
    """One of two rules that both fit would look like the only one."""
    rule = {'table': '\u20ac' * 200, 'chain': '\u20ac' * 200, 'position': 1, 'rule': '\u20ac' * 200,
            'verdict': 'drop', 'packets': 9, 'kinds': ['up']}
    found = dialled(complete=True, why='', flows=[FLOW], counters=[rule] * 20)['pptp_witness']
    assert (found['counters'], found['complete'], found['why'], found['flows']) == ([], False, 'cut', [FLOW])
