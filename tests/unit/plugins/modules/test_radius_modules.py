# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The modules that write files of RADIUS and Samba, run as Ansible runs them. FreeRADIUS here is a script that ends as
it is told to; the real one is in tests/aaa."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import freeradius_host
from ansible_collections.vpnops.pptp.tests.unit.plugins.modules.calls import mode, run

SERVERS = [{'host': '192.0.2.1', 'secret': 'Hidden1'}]
CLIENT = [{'name': 'vpn', 'address': '192.0.2.9', 'secret': 'Hidden2', 'require_message_authenticator': 'no',
           'limit_proxy_state': 'yes'}]
needs_root = pytest.mark.skipif(
    bool(os.geteuid())
    or subprocess.run(['unshare', '--mount', 'true'], check=False, capture_output=True).returncode != 0,
    reason='a draft is shown to FreeRADIUS in a mount namespace')


def test_the_servers_file_is_roots_alone(tmp_path: pathlib.Path) -> None:
    path = tmp_path / 'servers'
    tried = run('radius_secret', path=str(path), entries=SERVERS, owner=None, check=True)
    assert tried['changed'] is True
    assert not path.exists()
    done = run('radius_secret', path=str(path), entries=SERVERS, owner=None)
    assert (path.read_text(), mode(path)) == ('192.0.2.1\tHidden1\n', 0o600)
    assert 'Hidden' not in json.dumps([tried['diff'], done['diff'], done['changes']])
    path.chmod(0o644)
    again = run('radius_secret', path=str(path), entries=SERVERS, owner=None)
    assert (again['changed'], again['changes'], mode(path)) == (True, [], 0o600)
    gone = run('radius_secret', path=str(path), entries=[{'host': '192.0.2.1', 'state': 'absent'}], owner=None)
    assert gone['empty'] is True


def test_one_secret_is_for_all_that_have_none(tmp_path: pathlib.Path) -> None:
    path = tmp_path / 'servers'
    run('radius_secret', path=str(path), secret='Hidden2', entries=[*SERVERS, {'host': '192.0.2.2'}], owner=None)
    assert path.read_text() == '192.0.2.1\tHidden1\n192.0.2.2\tHidden2\n'
    assert run('radius_secret', path=str(path), entries=[{'host': '192.0.2.3'}], owner=None)['changed'] is False


def test_what_is_refused_leaves_the_file(tmp_path: pathlib.Path) -> None:
    path = tmp_path / 'servers'
    path.write_text('a b\n')
    failed = run('radius_secret', path=str(path), entries=[{'host': 'a', 'secret': 'Hidden word'}])
    assert failed['failed'] is True
    assert 'Hidden word' not in failed['msg']
    assert path.read_text() == 'a b\n'


def test_a_configuration_from_nothing(tmp_path: pathlib.Path) -> None:
    path = str(tmp_path / 'radiusclient.conf')
    done = run('radius_option', path=path, servers=SERVERS, complete=True, options=[
        {'name': 'nas_identifier', 'value': None}, {'name': 'bindaddr', 'value': '192.0.2.9'}])
    assert done['values']['authserver'] == '192.0.2.1:1812'
    assert done['values']['servers'] == str(tmp_path / 'servers')
    assert (done['hosts'], 'nas_identifier' in done['values']) == ([{'host': '192.0.2.1'}], False)
    assert run('radius_option', path=path, complete=True)['changed'] is False


def test_parameters_of_samba(tmp_path: pathlib.Path) -> None:
    path = tmp_path / 'smb.conf'
    path.write_text('[global]\n\tREALM = OLD # x\n[share]\n')
    done = run('smb_option', path=str(path), options=[{'name': 'realm', 'value': 'LAB.TEST'}, {'name': 'workgroup'}])
    assert path.read_text() == '[global]\n\tREALM = LAB.TEST\n[share]\n'
    assert [change['action'] for change in done['changes']] == ['changed']


@pytest.fixture(name='server')
def _server(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> t.Callable[[str], pathlib.Path]:
    """A FreeRADIUS 3.2.7 that takes no configuration with a certain word in clients.conf."""
    def make(word: str) -> pathlib.Path:
        conf, program = tmp_path / 'clients.conf', tmp_path / 'freeradius'
        conf.write_text('client a {\n\tsecret = Hidden0\n}\n')
        conf.chmod(0o640)
        program.write_text('#!/bin/sh\n[ "$1" = -v ] && echo "FreeRADIUS Version 3.2.7" && exit\n'
                           f'grep -q {word} {conf} || exit 0\necho "{conf}[2]: Hidden9 is wrong"\nexit 1\n')
        program.chmod(0o755)
        monkeypatch.setattr(freeradius_host, '_PLACES', [str(tmp_path)])
        return conf
    return make


@needs_root
def test_what_the_server_takes_is_written(server: t.Callable[[str], pathlib.Path]) -> None:
    conf = server('nothing')
    tried = run('freeradius_client', path=str(conf), clients=CLIENT, check=True)
    assert (tried['changed'], tried['validated']) == (True, True)
    assert 'vpn' not in conf.read_text()
    done = run('freeradius_client', path=str(conf), clients=CLIENT)
    assert '\tlimit_proxy_state = yes\n' in conf.read_text()
    assert mode(conf) == 0o640
    assert 'Hidden' not in json.dumps(done['diff'])
    assert run('freeradius_client', path=str(conf), clients=CLIENT)['changed'] is False


@needs_root
def test_what_the_server_does_not_take_is_not(server: t.Callable[[str], pathlib.Path]) -> None:
    conf = server('Hidden2')
    before = conf.read_text()
    failed = run('freeradius_client', path=str(conf), clients=CLIENT)
    assert failed['failed'] is True
    assert failed['msg'] == f'FreeRADIUS does not take the file, it stays as it is: {conf}[2]'
    assert conf.read_text() == before


@needs_root
def test_a_configuration_that_is_broken_already_can_be_mended(server: t.Callable[[str], pathlib.Path]) -> None:
    conf = server('Hidden0')
    done = run('freeradius_client', path=str(conf), clients=CLIENT)
    assert (done['changed'], done['validated']) == (True, False)
    assert 'client vpn' in conf.read_text()


def test_a_host_without_freeradius(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freeradius_host, 'PROGRAMS', ('no-such-radius',))
    monkeypatch.setattr(freeradius_host, 'FOLDERS', (str(tmp_path),))
    found = run('freeradius_status', group='no-such-group', check=True)
    assert (found['installed'], found['running'], found['config_dir'], found['fine']) == (False, False, '', None)
    assert (found['member'], found['in_group']) == (None, None)


@pytest.mark.parametrize(('user', 'known', 'name'), [
    (65534, (), 'nobody'), (0, ('freerad',), 'freerad'), (0, ('radiusd', 'freerad'), 'freerad'),
    (0, ('radiusd',), 'radiusd'), (0, (), ''), (4242424, ('radiusd',), 'radiusd')])
def test_who_the_server_runs_as(user: int, known: tuple[str, ...], name: str) -> None:
    process = freeradius_host.Process(1, 1.0, frozenset(), user)
    assert freeradius_host.account(process, known.__contains__) == name
    assert user or freeradius_host.account(None, known.__contains__) == name
