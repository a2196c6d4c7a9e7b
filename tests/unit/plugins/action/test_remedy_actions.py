# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The parts of the actions of a remediation that need no run of Ansible."""

from __future__ import annotations

import json
import pathlib
import types
import typing as t

import pytest
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure

from ansible_collections.vpnops.pptp.plugins.action.diagnose import ARGUMENTS as READING
from ansible_collections.vpnops.pptp.plugins.action.plan import ActionModule as Plan, chosen
from ansible_collections.vpnops.pptp.plugins.action.remediation import _note, _outcome
from ansible_collections.vpnops.pptp.plugins.action.verify import ARGUMENTS, _partly, _since, _witness
from ansible_collections.vpnops.pptp.plugins.module_utils import subjects
from ansible_collections.vpnops.pptp.plugins.plugin_utils import entry as entries, plan_proof
from ansible_collections.vpnops.pptp.plugins.plugin_utils.diagnosis import diagnose
from ansible_collections.vpnops.pptp.plugins.plugin_utils.run import run_id
from ansible_collections.vpnops.pptp.plugins.plugin_utils.run_entry import HostFile
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.dialled import dialled, row, with_dials
from ansible_collections.vpnops.pptp.tests.unit.recordings import open_recording

PARAMS: dict[str, t.Any] = {'only': [], 'consent': [], 'users': [], 'addressed': [], 'allow_session_drop': False,
                            'given': {}}


def test_the_choices_of_the_admin() -> None:
    found = chosen(dict(PARAMS, only=['gre-blocked'], consent=['guess'], users=['ann'], allow_session_drop=True,
                        given={'pptp_server_localip': '', 'pptp_server_remoteip': '10.9.0.2-9'}))
    assert (found.only, found.consent, found.users, found.drop) == ({'gre-blocked'}, {'guess'}, ('ann',), True)
    assert found.given == {'pptp_server_remoteip': '10.9.0.2-9'}


@pytest.mark.parametrize(('name', 'value'), [('only', 'gre'), ('only', 'guess'), ('consent', 'everything')])
def test_a_name_that_means_nothing_is_an_error(name: str, value: str) -> None:
    with pytest.raises(AnsibleActionFail, match='pptp_%s: %s is no cause' % (name, value)):
        chosen(dict(PARAMS, **{name: [value]}))


@pytest.mark.parametrize(('action', 'found', 'outcome'), [
    ('begin', {'id': 'x'}, 'open'), ('begin', {'failed': True}, 'refused'), ('finish', {'id': 'x'}, 'done'),
    ('finish', {'id': None}, 'nothing'), ('finish', {'failed': True}, 'open'),
    ('restore', {'state': 'restored'}, 'undone'),
    ('restore', {'state': 'restoring'}, 'half'), ('restore', {'failed': True}, 'half'), ('status', {'id': 'x'}, ''),
    ('status', {'failed': True}, 'refused'), ('restore', {'failed': True, 'lost': True}, 'open'),
    ('restore', {'failed': True, 'taken_over': True}, 'open')])
def test_what_came_of_it(action: str, found: dict[str, t.Any], outcome: str) -> None:
    assert _outcome(action, found) == outcome


def noted(folder: pathlib.Path, *answers: tuple[str, dict[str, t.Any], t.Any]) -> dict[str, t.Any]:
    """What the file of a host says after these *answers* of the module."""
    kept = HostFile('vpn1', str(folder), types.SimpleNamespace())
    kept.write(entries.unread('vpn1', run_id(), 'x'))
    for action, found, failed_task in answers:
        _note(kept, action, found, 'x', failed_task)
    return t.cast('dict[str, t.Any]', kept.read()['remediation'])


def test_why_is_said_once_by_what_came_first(tmp_path: pathlib.Path) -> None:
    lost = {'failed': True, 'msg': 'not confirmed'}
    found = noted(tmp_path, ('begin', {'id': 'x'}, None), ('finish', lost, None),
                  ('restore', {'id': 'x', 'state': 'restored'}, 'Keep it'))
    assert (found['outcome'], found['reason'], found['failed_steps']) == ('undone', 'not confirmed', [])
    found = noted(tmp_path, ('begin', {'id': 'x'}, None), ('restore', {'failed': True, 'msg': 'no room'}, 'Write'))
    assert (found['outcome'], found['reason'], found['failed_steps']) == (
        'half', 'the task "Write" failed', ['no room'])
    assert found['id'] == 'x'


def test_what_was_read_after_the_fix_counts_where_it_is_kept(tmp_path: pathlib.Path) -> None:
    kept = HostFile('vpn1', str(tmp_path), types.SimpleNamespace())
    for outcome, note in ((True, 'after'), (False, 'before')):
        kept.write(dict(entries.unread('vpn1', run_id(), 'x'), note='before', after={'note': 'after'}))
        kept.settle(outcome)
        assert kept.read()['note'] == note
        assert 'after' not in kept.read()


@pytest.fixture(scope='module')
def told() -> dict[str, t.Any]:
    """The entry of a host of which nothing but the log says what is wrong."""
    facts = subjects.gather(open_recording('40-wrong-password.server'), ['all'])
    return dict(json.loads(json.dumps(diagnose(facts).as_dict())), facts=facts, source='live')


def failing(entry: dict[str, t.Any]) -> list[str]:
    return [item['cause'] for item in entry['findings'] if item['result'] == 'fail']


def test_what_the_log_had_before_is_no_proof_against_the_fix(told: dict[str, t.Any]) -> None:
    assert 'wrong-secret' in failing(told)
    assert 'wrong-secret' not in failing(_since(told['facts'], told))
    assert 'wrong-secret' in failing(_since(told['facts'], {}))


@pytest.mark.parametrize('record', [{'state': 'done'}, {'state': 'open', 'seen': {}}, {'failed': True}, None])
def test_what_the_log_had_when_the_last_remediation_ended_is_left_alone(told: dict[str, t.Any], record: t.Any) -> None:
    class Asked(Plan):
        def __init__(self, answer: t.Any) -> None:
            self.answer = answer

        def _execute_module(self, *_arguments: t.Any, **_more: t.Any) -> t.Any:
            if self.answer is None:
                raise AnsibleConnectionFailure('no route')
            return self.answer
    assert 'wrong-secret' in failing(Asked(record)._without_history(told, {}))
    ended = Asked({'state': 'done', 'seen': plan_proof.seen(told['facts'])})
    assert 'wrong-secret' not in failing(ended._without_history(told, {}))


def test_a_cause_with_a_step_and_a_noop_is_fixed_in_part() -> None:
    steps, noops = [{'cause': 'a'}, {'cause': 'b'}], [{'cause': 'b'}, {'cause': 'c'}]
    assert _partly({'plan': {'steps': steps, 'noops': noops}}) == {'b'}
    assert _partly({}) == set()


@pytest.mark.parametrize(('dials', 'login', 'outcome'), [
    ([], '', ''), ([], 'up', 'up'), ([dialled()], '', 'up'), ([dialled(row(password='wrong'))], 'up', 'failed'),
    ([dialled(row(gre=False))], '', ''), ([dialled(row(gre=False))], 'failed', 'failed'),
    ([{'from': 'client1', 'unreachable': True}], '', ''), ([{'from': 'client1', 'outcome': 'skipped'}], '', '')])
def test_dials_are_the_login_that_proves_a_fix(dials: list[t.Any], login: str, outcome: str) -> None:
    after = {'facts': with_dials({}, *dials)} if dials else {'facts': {}}
    assert _witness({'login': login, 'login_user': 'ann'}, {}, after) == plan_proof.Login(outcome, 'ann')


def test_what_is_read_for_a_proof_is_what_is_read_for_a_diagnosis() -> None:
    assert set(READING) <= set(ARGUMENTS)
    assert (ARGUMENTS['dials']['default'], ARGUMENTS['witness']['default']) == ([], {})


def test_the_file_of_a_host_is_added_to_and_that_of_another_run_is_not_taken(tmp_path: pathlib.Path) -> None:
    kept = HostFile('vpn1', str(tmp_path), types.SimpleNamespace())
    kept.add(plan={})
    assert kept.read() == {'source': 'none', 'findings': []}
    made = entries.unread('vpn1', run_id(), 'x')
    kept.write(made)
    kept.note(outcome='open')
    kept.note(reason='y')
    assert kept.read()['remediation'] == {'outcome': 'open', 'reason': 'y'}
    kept.write(dict(made, run='another'))
    assert kept.read() == {'source': 'none', 'findings': []}
