# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""remediate.yml where hosts are lost in the middle: each is a row that says how it stands, and no other stops for it.

The targets are played: they answer each module with what is written for it, because at which task a connection is lost
cannot be chosen with real ones. Real hosts, lost at random, are in tests/remediate.
"""

from __future__ import annotations

import base64
import json
import pathlib
import typing as t
import zlib

import pytest
from ansible.release import __version__ as ansible_version

from ansible_collections.vpnops.pptp.tests.unit.recordings import texts
from ansible_collections.vpnops.pptp.tests.unit.running import Run, playbook

PLAYED = '''
import json, pathlib, re
from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.connection import ConnectionBase
DOCUMENTATION = """
name: played
short_description: answers as written
description: answers as written
options:
  remote_addr: {description: the host, vars: [{name: inventory_hostname}]}
extends_documentation_fragment: [connection_pipelining]
"""
HOME = pathlib.Path('%s')
class Connection(ConnectionBase):
    transport, has_pipelining = 'played', True
    def _connect(self):
        return self
    def close(self):
        pass
    def put_file(self, in_path, out_path):
        raise AssertionError(out_path)
    fetch_file = put_file
    def exec_command(self, cmd, in_data=None, sudoable=True):
        if cmd.startswith('echo '):
            return (0, cmd[5:].encode(), b'')
        host, text = self.get_option('remote_addr'), (in_data or b'').decode('utf-8', 'replace')
        module = re.search(r'ansible_collections\\.vpnops\\.pptp\\.plugins\\.modules\\.(\\w+)', text)
        action = re.search(r'"action\\W+(\\w+)', text)
        name = (module.group(1) if module else cmd) + (' ' + action.group(1) if action else '')
        owner = re.search(r'"owner\\\\?": ?\\\\?"(\\w+)', text)
        with open(HOME / (host + '.asked'), 'a') as log:
            log.write(name + (' as a run' if name.startswith('firewall_guard') and owner else '') + '\\n')
        if re.search(r'"run\\\\?": ?\\\\?"ansible-local', text):
            with open(HOME / (host + '.runs'), 'a') as log:
                log.write(name + (' and what was seen' if 'signatures' in text else '') + '\\n')
        answers = json.loads((HOME / (host + '.json')).read_text())
        answer = answers.get(name, {})
        if isinstance(answer, list):
            answers[name] = answer[1:] if len(answer) > 1 else answer
            (HOME / (host + '.json')).write_text(json.dumps(answers))
            answer = answer[0]
        if answer == 'lost':
            raise AnsibleConnectionFailure('no route to ' + host)
        return (0, json.dumps(answer).encode(), b'')
'''
ID = '20261126T011500Z-3f9c'
Answers = dict[str, t.Any]


def recording(name: str) -> Answers:
    """What ``server_facts`` says of a recorded host."""
    found = {path: data.decode('utf-8', 'surrogateescape') for path, data in texts(name).items()}
    return {'recording': base64.b85encode(zlib.compress(json.dumps(found).encode(), 9)).decode()}


BROKEN, HEALTHY = recording('60-option-typo.server'), recording('00-baseline-routed.server')
STATUS: Answers = {'id': None, 'state': None, 'causes': [], 'changed': False}
GOES_WELL: Answers = {
    'server_facts': [BROKEN, HEALTHY],
    'remediation status': STATUS,
    'remediation begin': {'id': ID, 'state': 'open', 'causes': ['bad-option-syntax'], 'resumed': False},
    'pppd_option': {'changed': True},
    'remediation finish': {'id': ID, 'state': 'done', 'changed_paths': ['/etc/ppp/pptpd-options']},
    'remediation restore': {'id': ID, 'state': 'restored', 'undone': True, 'changed': True, 'changed_paths': ['/x']}}
UNDONE = {'server_facts': [BROKEN, BROKEN]}
BLINK = dict(GOES_WELL, pppd_option='lost')
HOSTS: dict[str, Answers] = {
    'well': {},
    'gone': {'pppd_option': 'lost', 'remediation restore': 'lost', 'server_facts': [BROKEN, 'lost']},
    'unsaved': {'remediation begin': 'lost'},
    'unasked': {'remediation status': 'lost'},
    'unkept': {'remediation finish': 'lost'},
    'deaf': {'server_facts': [BROKEN, 'lost']},
    'refused': {'remediation begin': {'failed': True, 'msg': 'the rollback of X was interrupted'}},
    'taken': {'remediation finish': {'failed': True, 'msg': 'another run has it', 'taken_over': True},
              'remediation restore': {'failed': True, 'msg': 'another run has it', 'taken_over': True}},
    'stuck': dict(UNDONE, **{'remediation restore': {
        'failed': True, 'msg': 'not all', 'state': 'restoring', 'failed_steps': ['/etc/x: no room']}}),
}


falls = pytest.mark.skipif(ansible_version.startswith('2.16.'), reason='ansible-core 2.16 ends a play of which the one '
                           'host is lost in a role: its report has to be asked for again')


def run(folder: pathlib.Path, hosts: dict[str, Answers], *arguments: str) -> Run:
    """remediate.yml on *hosts*, each as what is written for it beyond ``GOES_WELL``."""
    (folder / 'plugins').mkdir()
    (folder / 'plugins/played.py').write_text(PLAYED % folder, 'utf-8')
    for name, answers in hosts.items():
        (folder / (name + '.json')).write_text(json.dumps({**GOES_WELL, **answers}), 'utf-8')
    variables = {'ansible_connection': 'played', 'ansible_python_interpreter': '/usr/bin/python3'}
    return playbook(folder, 'remediate', dict.fromkeys(hosts, variables), '-e', 'pptp_report_dir=report', *arguments,
                    env={'ANSIBLE_CONNECTION_PLUGINS': str(folder / 'plugins')})


@pytest.fixture(scope='module')
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One run over all of them."""
    return run(tmp_path_factory.mktemp('lost'), HOSTS)


def asked(found: Run, host: str) -> list[str]:
    return (found.folder / (host + '.asked')).read_text('utf-8').splitlines()


def record(found: Run, host: str) -> dict[str, t.Any]:
    return t.cast('dict[str, t.Any]', found.report('hosts/%s.json' % host)['remediation'])


@pytest.mark.parametrize(('host', 'outcome', 'reason'), [
    ('well', 'done', ''), ('gone', 'open', ''), ('unsaved', 'refused', 'could not be reached'),
    ('unasked', 'refused', 'could not be reached'), ('unkept', 'undone', 'could not be reached'),
    ('deaf', 'undone', 'the host could not be read again'),
    ('refused', 'refused', 'the rollback of X was interrupted'), ('taken', 'open', 'another run has it'),
    ('stuck', 'half', 'still there')])
def test_each_host_says_how_it_stands_and_none_stops_the_others(
        fleet: Run, host: str, outcome: str, reason: str) -> None:
    found = record(fleet, host)
    assert found['outcome'] == outcome, fleet.out
    assert reason in (found.get('reason') or '')


def test_the_run_fails_and_names_who_is_not_done(fleet: Run) -> None:
    assert fleet.rc, fleet.out
    assert 'the remediation of gone, unsaved, unasked, unkept, deaf, refused, taken, stuck is not done' in fleet.out


def test_nothing_is_touched_without_a_record(fleet: Run) -> None:
    for host in ('unsaved', 'unasked', 'refused'):
        assert not {'pppd_option', 'remediation restore'}.intersection(asked(fleet, host))


def test_what_was_begun_is_put_back_or_that_is_tried(fleet: Run) -> None:
    for host in ('unkept', 'deaf', 'taken', 'stuck'):
        assert asked(fleet, host)[-1] == 'remediation restore'


def test_the_record_is_told_whose_it_is(fleet: Run) -> None:
    """So that of two controllers only one ends it."""
    assert (fleet.folder / 'unkept.runs').read_text('utf-8').splitlines() == [
        'remediation begin', 'remediation finish and what was seen', 'remediation restore']


def test_what_was_put_back_or_not_kept_is_not_called_healthy(fleet: Run) -> None:
    found = {host: fleet.report('hosts/%s.json' % host) for host in HOSTS}
    assert {host: row['verdict']['status'] for host, row in found.items()} == dict(
        dict.fromkeys(HOSTS, 'broken'), well='healthy')


@falls
def test_one_host_alone_that_is_gone_has_its_report(tmp_path: pathlib.Path) -> None:
    found = run(tmp_path, {'gone': HOSTS['gone']})
    assert found.rc == 2, found.out
    assert record(found, 'gone')['outcome'] == 'open'
    text = ' '.join(found.out.partition('TASK [Report]')[2].split())
    for words in ('tried bad-option-syntax', 'it was interrupted', 'no route to gone',
                  'vpnops.pptp.rollback -e pptp_remediation=' + ID, 'the remediation of gone is not done'):
        assert words in text, found.out


@falls
def test_one_host_alone_that_was_lost_for_a_moment_is_put_back(tmp_path: pathlib.Path) -> None:
    found = run(tmp_path, {'blink': BLINK})
    assert found.rc == 2, found.out
    assert record(found, 'blink')['outcome'] == 'undone'
    assert 'could not be reached' in record(found, 'blink')['reason']
    assert asked(found, 'blink')[-2:] == ['pppd_option', 'remediation restore']


def test_one_host_alone_that_is_gone_before_anything_is_planned_has_its_report(tmp_path: pathlib.Path) -> None:
    """The plan asks for the record where only the log speaks."""
    found = run(tmp_path, {'gone': {'server_facts': recording('40-wrong-password.server'),
                                    'remediation status': 'lost'}})
    assert found.rc == 2, found.out
    assert record(found, 'gone')['outcome'] == 'refused'
    assert 'not done wrong-secret' in ' '.join(found.out.split())


def test_rules_of_one_host_alone_that_was_lost_meanwhile_go_their_own_way_back(tmp_path: pathlib.Path) -> None:
    found = run(tmp_path, {'vpn1': {
        'server_facts': recording('30-gre-drop-server-in.server'),
        'remediation begin': dict(GOES_WELL['remediation begin'], causes=['gre-blocked']),
        'firewall_provider': {'provider': 'iptables', 'rules_file': '', 'zone': ''},
        'firewall_guard arm': {'state': 'armed', 'armed': True}, 'iptables_rules': 'lost',
        'firewall_guard undo': {'state': 'restored', 'fired': False, 'failed_steps': [], 'label': 'tunnel_firewall'}}})
    assert found.rc == 2, found.out
    assert record(found, 'vpn1')['outcome'] == 'undone'
    assert asked(found, 'vpn1')[-4:] == [
        'firewall_guard arm as a run', 'iptables_rules', 'firewall_guard undo as a run', 'remediation restore']
    assert 'the host was unreachable during one of its tasks' in ' '.join(found.out.split())


def test_a_password_is_seen_nowhere(tmp_path: pathlib.Path) -> None:
    answers = {'well': {'changed': True, 'problems': []}, 'failed': {'failed': True, 'msg': 'no room'},
               'odd': {'changed': True}}
    (tmp_path / 'users.json').write_text(json.dumps({'pptp_users': [{'name': 'nosuchuser', 'secret': 'xK9#" z'}]}),
                                         'utf-8')
    both = {'server_facts': recording('41-unknown-user.server'),
            'remediation status': dict(STATUS, state='done', seen={'signatures': {'SEEN': [1]}})}
    found = run(tmp_path, {name: dict(both, chap_secret=answer) for name, answer in answers.items()},
                '-vvv', '--diff', '-e', '@users.json')
    assert all('chap_secret' in asked(found, name) for name in answers), found.out
    assert 'xK9' not in found.out
    assert 'SEEN' not in found.out      # of a target's log
    assert [path.name for path in (tmp_path / 'report').rglob('*.json') if 'xK9' in path.read_text('utf-8')] == []


def test_rules_that_a_run_which_was_cut_has_armed_are_confirmed_by_the_next(tmp_path: pathlib.Path) -> None:
    """They are of another run, and what confirms is bound to its own but here."""
    found = run(tmp_path, {'vpn1': {
        'server_facts': HEALTHY, 'remediation status': dict(STATUS, id=ID, state='open'),
        'remediation begin': dict(GOES_WELL['remediation begin'], resumed=True),
        'firewall_guard status': {'state': 'armed'}, 'firewall_guard confirm': {'state': 'armed'}}})
    assert found.rc == 0, found.out
    assert asked(found, 'vpn1') == [
        'server_facts', 'remediation status', 'firewall_guard status as a run', 'firewall_guard confirm',
        'remediation begin', 'server_facts', 'remediation finish']
    assert record(found, 'vpn1')['outcome'] == 'done'


def test_check_mode_says_which_task_would_fail(tmp_path: pathlib.Path) -> None:
    found = run(tmp_path, {'well': {}, 'vpn1': {'pppd_option': {'failed': True, 'msg': 'it is no file'}}}, '--check')
    assert found.rc == 2, found.out
    assert record(found, 'vpn1')['outcome'] == 'refused'
    assert 'Write the options' in record(found, 'vpn1')['reason']
    assert 'would do  bad-option-syntax' in found.out
    assert asked(found, 'vpn1')[-1] == 'pppd_option'
    assert 'remediation' not in found.report('hosts/well.json')
    assert asked(found, 'well')[-1] == 'pppd_option'
