# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""radius_probe as Ansible runs it, against a port of this machine where nothing listens."""

from __future__ import annotations

import json
import pathlib
import socket
import typing as t

import pytest

from tests.unit.plugins.modules import calls

SECRETS = {'secret': 'geheim-1', 'password': 'geheim-2'}


@pytest.fixture
def port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.bind(('127.0.0.1', 0))
        return int(own.getsockname()[1])


def probe(**arguments: t.Any) -> dict[str, t.Any]:
    answer = calls.run('radius_probe', tries=1, wait=0.3, **arguments)
    assert not answer.get('failed'), answer
    assert answer['changed'] is False
    return t.cast('dict[str, t.Any]', answer['ansible_facts']['pptp_radius_probe'])


def test_the_servers_that_are_given(port: int) -> None:
    found = probe(servers=[{'host': '127.0.0.1', 'port': port, 'secret': SECRETS['secret']}])
    row = found['servers'][0]
    assert (found['sent'], row['reading'], row['status']['by'], row['secret']) == (
        ['status'], 'refused', '127.0.0.1', 'servers')
    assert 'geheim' not in json.dumps(found)


def test_the_files_of_pppd(tmp_path: pathlib.Path, port: int) -> None:
    servers = tmp_path / 'servers'
    servers.write_text('127.0.0.1 %s\n' % SECRETS['secret'])
    config = tmp_path / 'radiusclient.conf'
    config.write_text('authserver 127.0.0.1:%d\nservers %s\nradius_timeout 10\nradius_retries 3\n' % (port, servers))
    found = probe(config=str(config))
    assert (found['servers'][0]['reading'], found['servers'][0]['secret']) == ('refused', '%s:1' % servers)
    assert found['budget']['auth'] == 30
    assert found['evidence'] == {'ok': [str(config), str(servers)]}


def test_no_file_is_no_failure(tmp_path: pathlib.Path) -> None:
    found = probe(config=str(tmp_path / 'gone'))
    assert (found['servers'], found['problems']) == ([], [[str(tmp_path / 'gone'), 'config-absent', '']])


def test_in_check_mode_nothing_is_sent_but_status_server(port: int) -> None:
    server = {'host': '127.0.0.1', 'port': port, 'secret': SECRETS['secret']}
    given = {'servers': [server], 'send': ['request', 'login'], 'user': 'alice', 'password': SECRETS['password']}
    assert probe(check=True, **given)['sent'] == []
    assert probe(**given)['sent'] == ['request']


@pytest.mark.parametrize(('arguments', 'words'), [
    ({'send': ['login']}, 'user and password'), ({'send': ['radtest']}, 'one or more of'),
    ({'tries': 0}, 'tries is from'), ({'wait': 99.0}, 'wait is from'), ({'total': 0.0}, 'total is from')])
def test_what_is_not_taken(arguments: dict[str, t.Any], words: str) -> None:
    answer = calls.run('radius_probe', **arguments)
    assert answer['failed'] and words in answer['msg']


@pytest.mark.parametrize('arguments', [
    {'bind': 'vpn.example.org'}, {'bind': 'x' * 70}, {'bind': '1.2.3'},
    {'servers': [{'host': '127.0.0.1', 'port': 99999, 'secret': 'x'}]},
    {'servers': [{'host': '127.0.0.1', 'port': 0, 'secret': 'x'}]}])
def test_arguments_that_cannot_be_used_are_refused(arguments: dict[str, t.Any]) -> None:
    server = [{'host': '127.0.0.1', 'port': 9, 'secret': SECRETS['secret']}]
    answer = calls.run('radius_probe', **{'servers': server, 'tries': 1, 'wait': 0.3, **arguments})
    assert answer['failed'] is True
    assert 'Traceback' not in json.dumps(answer)
