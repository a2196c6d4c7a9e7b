# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""dial as Ansible runs it: what it takes, what it returns, and when it fails."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
import typing as t

import pytest

from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.probe import dialing
from tests.unit.plugins.modules import calls

USER = dialing.USER
SPACES = pytest.mark.skipif(bool(dialing.why_not()), reason=dialing.why_not() or 'here it can')


@pytest.fixture(scope='module')
def place() -> t.Iterator[dialing.Net]:
    with dialing.Net() as net:
        yield net


@pytest.fixture
def net(place: dialing.Net) -> t.Iterator[dialing.Net]:
    """With a healthy server, if the test does not start another one."""
    place.serve()
    yield place
    place.stop()


def started(net: dialing.Net, **arguments: t.Any) -> subprocess.Popen[str]:
    """The module on the client of *net*."""
    given = {'server': dialing.SERVER, **arguments}
    code = calls._CODE % ('', 'dial', '')
    command = net.inside('client', sys.executable, '-c', code, json.dumps({'ANSIBLE_MODULE_ARGS': given}))
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def said(process: subprocess.Popen[str]) -> dict[str, t.Any]:
    """Its answer, in which the password is nowhere."""
    out, errors = process.communicate(timeout=60)
    assert errors == ''
    assert 'secretpassword' not in out.partition('"invocation"')[0]
    return t.cast('dict[str, t.Any]', json.loads(out))


def dial(net: dialing.Net, **arguments: t.Any) -> dict[str, t.Any]:
    return said(started(net, **arguments))


@SPACES
def test_a_login(net: dialing.Net) -> None:
    found = dial(net, **USER)
    assert (found['outcome'], found['step'], found['changed']) == ('ok', 'ping', False)
    assert found['msg'] == 'vpnuser at 10.9.2.2: logged in by mschapv2 with MPPE-128, address 10.99.0.100'
    assert (found['logins'], found['left_out']) == ({'ok': 1, 'failed': 0, 'unknown': 0}, 0)
    assert found['invocation']['module_args']['password'] == 'VALUE_SPECIFIED_IN_NO_LOG_PARAMETER'
    assert found['user'] == 'vpnuser'
    [row] = found['dials']
    assert row['name'].startswith('vpnops-') and len(row['name']) == 23
    assert net.ended()['name'] == [row['name']]
    assert set(row) == {'mode', 'outcome', 'step', 'why', 'words', 'detail', 'name', 'source', 'times', 'seen'}


@SPACES
def test_a_login_that_fails_fails_the_task_unless_it_may(net: dialing.Net) -> None:
    found = dial(net, user='vpnuser', password='wrong')
    assert found['failed'] is True and found['why'] == 'rejected'
    assert found['msg'] == ('vpnuser at 10.9.2.2: the login fails at the step auth: the server does not accept the '
                            'user, the password or both (Access denied)')
    found = dial(net, user='vpnuser', password='wrong', must=False)
    assert 'failed' not in found and found['outcome'] == 'failed'
    assert found['dials'][0]['seen']['auth']['failure']['code'] == 691


@SPACES
def test_modes_one_after_the_other(net: dialing.Net) -> None:
    net.serve(methods=['eap', 'mschapv2', 'mschap', 'pap'])
    found = dial(net, mode=['reach', 'methods', 'path'])
    assert [row['mode'] for row in found['dials']] == ['reach', 'methods', 'methods', 'methods', 'path']
    assert found['methods'] == ['eap', 'mschapv2', 'pap', 'mschap']
    assert found['path'] == {'largest': 1440, 'mtu': 1396, 'mss': 1356}
    assert len({row['name'] for row in found['dials']}) == 5
    assert found['logins'] == {'ok': 0, 'failed': 0, 'unknown': 0}


@SPACES
def test_without_a_user_the_methods_are_asked_for(net: dialing.Net) -> None:
    found = dial(net)
    assert (found['methods'], found['msg']) == (['mschapv2'], '10.9.2.2: asks for mschapv2')
    net.serve(methods=['mschapv2', 'mschap', 'chap-md5', 'pap'])
    assert dial(net)['msg'] == '10.9.2.2: asks for mschapv2 mschap pap chap-md5'
    net.serve(methods=[])
    assert dial(net)['msg'] == '10.9.2.2: asks for no authentication'


@SPACES
def test_many_logins_are_counted_and_not_kept(net: dialing.Net) -> None:
    found = dial(net, count=20, **USER)
    assert found['logins'] == {'ok': 20, 'failed': 0, 'unknown': 0}
    assert (len(found['dials']), found['left_out']) == (8, 12)
    assert 0 < found['login_ms']['least'] <= found['login_ms']['median'] <= found['login_ms']['most'] < 5000
    assert [net.ended()['sessions'] for _login in range(20)] == [0] * 20


@SPACES
def test_nobody_is_called_twice_who_is_not_there(net: dialing.Net) -> None:
    net.stop()
    found = dial(net, mode=['reach', 'methods', 'path'], must=False)
    assert [(row['mode'], row['why']) for row in found['dials']] == [('reach', 'refused')]


@SPACES
@pytest.mark.parametrize(('drops', 'outcome'), [(1, 'ok'), (2, 'failed')])
def test_a_server_that_closes_without_a_word_is_called_once_more(net: dialing.Net, drops: int, outcome: str) -> None:
    net.serve(drops=drops)
    found = dial(net, must=False, **USER)
    [row] = found['dials']
    assert (found['outcome'], row['seen']['dropped']) == (outcome, 1)
    assert outcome == 'ok' or (row['step'], row['why']) == ('control', 'closed')


@SPACES
def test_what_the_server_says_is_escaped(net: dialing.Net) -> None:
    net.serve(failure='E=691 R=0 C=00000000000000000000000000000000 V=3 M={{ 7*7 }} \x1b[31m\u202e')
    found = dial(net, must=False, **{**USER, 'password': 'wrong'})
    assert '\x1b' not in json.dumps(found, ensure_ascii=False) and '\u202e' not in json.dumps(found, ensure_ascii=False)
    assert found['detail'].startswith('{{ 7*7 }} ')


@SPACES
def test_a_signal_ends_it_with_a_proper_hang_up(net: dialing.Net) -> None:
    net.serve(mute='auth')
    process = started(net, must=False, **USER)
    time.sleep(1.5)
    process.send_signal(signal.SIGTERM)
    found = said(process)
    assert found['failed'] and found['msg'] == 'Stopped by SIGTERM; hung up'
    assert net.ended()['log'][-3:] == ['term: vpnops.pptp dial: login', 'ClearRequest', 'StopRequest']


def test_in_check_mode_nobody_is_called() -> None:
    with socket.create_server(('127.0.0.1', 0)) as listener:
        answer = calls.run('dial', server='127.0.0.1', port=listener.getsockname()[1], check=True)
        listener.settimeout(0.2)
        with pytest.raises(TimeoutError):
            listener.accept()
    assert (answer['outcome'], answer['changed']) == ('skipped', False)


def test_a_name_that_does_not_resolve(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_rest: t.Any) -> t.NoReturn:
        raise socket.gaierror(-2, 'unknown')

    monkeypatch.setattr(socket, 'getaddrinfo', nobody)
    answer = calls.run('dial', server='vpn.invalid', must=False)
    assert (answer['outcome'], answer['step'], answer['why'], answer['address']) == ('failed', 'tcp', 'no-name', '')
    assert answer['msg'] == ('vpn.invalid: the question for its methods fails at the step tcp: '
                             'the name of the server does not resolve')


def test_a_name_that_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    def late(*_rest: t.Any) -> list[t.Any]:
        time.sleep(20)
        return []

    monkeypatch.setattr(socket, 'getaddrinfo', late)
    began = time.monotonic()
    answer = calls.run('dial', server='vpn.example.org', must=False, seconds=1)
    assert answer['why'] == 'no-name' and time.monotonic() - began < 4


@pytest.mark.parametrize(('arguments', 'words'), [
    ({'mode': ['login']}, 'user and password'), ({'user': 'alice'}, 'user and password'),
    ({'count': 0}, 'count is from'), ({'seconds': 0.0}, 'seconds is from'), ({'port': 0}, 'port is from'),
    ({'mode': ['guess']}, 'one or more of'), ({'methods': ['eap']}, 'one or more of'),
    ({'strengths': [64]}, 'one or more of'), ({'methods': []}, 'methods is empty'), ({'mode': []}, 'mode is empty'),
    ({'server': ' '}, 'server is empty')])
def test_what_is_not_taken(arguments: dict[str, t.Any], words: str) -> None:
    answer = calls.run('dial', **{'server': '192.0.2.1', **arguments})
    assert answer['failed'] and words in answer['msg']


@pytest.mark.parametrize('server', ['a' * 300, 'x\0y', '256.256.256.256', '::1', '..'])
def test_names_that_are_none(server: str) -> None:
    answer = calls.run('dial', server=server, must=False)
    assert answer['why'] == 'no-name' and 'Traceback' not in json.dumps(answer)
