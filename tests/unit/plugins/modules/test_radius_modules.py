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
from ansible.module_utils import basic

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


class Net:
    """A ``net`` of Samba that says one thing, and notes how it was called."""

    def __init__(self, folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._program, self._calls = folder / 'net', folder / 'calls'
        monkeypatch.setenv('PATH', str(folder), prepend=os.pathsep)

    def says(self, *lines: str, code: int = 255) -> None:
        words = ''.join("echo '%s'\n" % line.replace("'", "'\\''") for line in lines)
        self._program.write_text('#!/bin/sh\necho "$*" >>%s\n%sexit %d\n' % (self._calls, words, code))
        self._program.chmod(0o755)

    def hangs(self) -> None:
        self._program.write_text('#!/bin/sh\necho "$*" >>%s\nexec sleep 30\n' % self._calls)
        self._program.chmod(0o755)

    def asked(self) -> list[str]:
        return [line for line in self._calls.read_text().splitlines() if 'testjoin' not in line]


@pytest.fixture(name='net')
def _net(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Net:
    return Net(tmp_path, monkeypatch)


JOIN = {'user': 'admin', 'password': 'Hidden1'}
KINIT = 'kerberos_kinit_password MEM1$@AAA.TEST failed: '
INVALID = 'Join to domain is not valid: '


@pytest.mark.parametrize('lines', [
    (INVALID + 'No logon servers are currently available to service the logon request.',),
    (INVALID + 'NT_STATUS_NO_LOGON_SERVERS',), (INVALID + 'NT_STATUS_HOST_UNREACHABLE',),
    (INVALID + 'NT_STATUS_IO_TIMEOUT',), (INVALID + 'NT_STATUS_DOMAIN_CONTROLLER_NOT_FOUND',),
    (INVALID + '{Device Timeout} The specified I/O operation on %hs was not completed',),
    (KINIT + 'Cannot contact any KDC for requested realm', INVALID + 'NT_STATUS_NO_LOGON_SERVERS'),
    (KINIT + 'Cannot contact any KDC for requested realm', INVALID + 'LDAP_INVALID_CREDENTIALS'),
    (KINIT + 'Preauthentication failed', INVALID + 'NT_STATUS_IO_TIMEOUT'),          # of one controller of two
    ("ldb: Failed to connect to '/var/lib/samba/private/secrets.ldb' with backend 'tdb': No such file or directory",
     INVALID + 'NT_STATUS_NO_LOGON_SERVERS'),
    ('Failed to open /var/lib/samba/private/secrets.tdb', 'Failed to set machine account: NT_STATUS_INTERNAL_ERROR'),
    (KINIT + 'Clock skew too great', INVALID + 'NT_STATUS_TIME_DIFFERENCE_AT_DC')])
@pytest.mark.parametrize('state', ['present', 'absent'])
def test_a_dead_controller_is_no_reason_to_join(net: Net, lines: tuple[str, ...], state: str) -> None:
    net.says(*lines)
    failed = run('winbind_join', **JOIN, state=state)
    assert failed.get('failed') is True, failed
    assert failed['msg'].startswith('whether this host is a member of the domain cannot be told')
    assert lines[-1] in failed['msg']
    assert net.asked() == []


def test_a_controller_that_never_answers_is_no_reason_to_join(net: Net) -> None:
    net.hangs()
    failed = run('winbind_join', **JOIN, timeout=1)
    assert failed['failed'] is True
    assert 'net ads testjoin did not end within 1 s' in failed['msg']
    assert net.asked() == []


@pytest.mark.parametrize('lines', [      # measured
    (KINIT + 'Preauthentication failed', INVALID + 'LDAP_INVALID_CREDENTIALS'),
    (KINIT + 'Client not found in Kerberos database', INVALID + 'LDAP_INVALID_CREDENTIALS'),
    ('Failed to set machine account: NT_STATUS_CANT_ACCESS_DOMAIN_INFO',)])
def test_a_host_that_is_no_member_joins(net: Net, lines: tuple[str, ...]) -> None:
    net.says(*lines)
    tried = run('winbind_join', **JOIN, check=True)
    assert (tried['changed'], net.asked()) == (True, [])
    failed = run('winbind_join', **JOIN)        # this net says it of everything
    assert failed['msg'].startswith('net ads join: ')
    assert len(net.asked()) == 1 and 'Hidden' not in net.asked()[0]
    net.says('Join is OK', code=0)
    assert run('winbind_join', **JOIN)['changed'] is False


@needs_root
def test_a_server_that_hangs_over_its_configuration_is_not_waited_for(
        server: t.Callable[[str], pathlib.Path], monkeypatch: pytest.MonkeyPatch) -> None:
    conf = server('nothing')
    program = conf.parent / 'freeradius'
    program.write_text(program.read_text().replace('grep', 'sleep 30; grep'))
    monkeypatch.setattr(freeradius_host, 'SECONDS', 1)
    done = run('freeradius_client', path=str(conf), clients=CLIENT)
    assert (done['changed'], done['validated']) == (True, None)
    assert 'did not end within 1 s' in str(done['warnings'])


@needs_root
def test_no_draft_with_a_secret_stays_behind(server: t.Callable[[str], pathlib.Path], tmp_path: pathlib.Path,
                                             monkeypatch: pytest.MonkeyPatch) -> None:
    conf, place = server('nothing'), tmp_path / 'module'
    place.mkdir()

    class Module:
        """As much of a module as this needs; what it runs is cut."""

        tmpdir = str(place)

        def get_bin_path(self, name: str, **_options: t.Any) -> str:
            return '/bin/' + name

        def run_command(self, command: list[str], **_options: t.Any) -> tuple[int, str, str]:
            if command[-1] != 'true':
                raise KeyboardInterrupt
            return 0, '', ''

    with pytest.raises(KeyboardInterrupt):
        freeradius_host.check(Module(), str(conf), b'secret = Hidden\n')
    assert list(place.iterdir()) == []


@pytest.mark.parametrize('option', [
    {'name': 'secret', 'value': 'Hidden1'}, {'name': 'password', 'value': 'Hidden1'},
    {'name': 'private_key_password', 'value': 'Hidden1'}, {'name': 'bindpw', 'value': 'Hidden1'},
    {'name': 'psk_hexphrase', 'value': 'Hidden1'}, {'name': 'radius_db', 'value': 'host=x password=Hidden1'},
    {'name': 'password', 'words': ['Hidden1']}, {'name': 'password', 'first': 'Hidden1'},
    {'name': 'x', 'value': 'y', 'comment': 'password = Hidden1'},
    {'name': 'secret', 'value': 'Hidden1', 'unknown': 'x'}, 'name=secret value=Hidden1'])
def test_a_secret_is_refused_and_in_no_log(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch,
                                           option: t.Any) -> None:
    path, logged = tmp_path / 'mschap', []
    path.write_text('mschap {\n\tsecret = Hidden0\n}\n')
    monkeypatch.setattr(basic.AnsibleModule, 'log', lambda *words, **more: logged.append([words[1:], more]))
    failed = run('freeradius_option', path=str(path), section=['mschap'], options=[option], validate=False)
    assert failed.get('failed') is True
    assert 'Hidden' not in json.dumps(failed) + str(logged)
    assert 'unknown' in option or 'vpnops.pptp.freeradius_client' in failed['msg']
    assert path.read_text() == 'mschap {\n\tsecret = Hidden0\n}\n'


def test_what_is_no_secret_is_shown(tmp_path: pathlib.Path) -> None:
    path = tmp_path / 'mschap'
    path.write_text('mschap {\n\tsecret = Hidden0\n}\n')
    done = run('freeradius_option', path=str(path), section=['mschap'], validate=False, options=[
        {'name': 'use_mppe', 'value': 'yes'}, {'name': 'secret', 'state': 'absent'}])
    assert path.read_text() == 'mschap {\n\tuse_mppe = yes\n}\n'
    assert 'use_mppe = yes' in json.dumps(done['diff']) and 'Hidden' not in json.dumps(done)
