# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The modules that write files: whole or not at all, modes and links kept, no secret anywhere, pppd asked first."""

from __future__ import annotations

import fcntl
import json
import os
import pathlib
import stat
import subprocess
import sys
import typing as t

import pytest
from ansible.module_utils import basic

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import atomic
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.edit.daemons import PPPD
from ansible_collections.vpnops.pptp.tests.unit.plugins.modules.calls import mode, run, started
from ansible_collections.vpnops.pptp.tests.unit.running import ANSIBLE

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason='needs root, for owners')
needs_pppd = pytest.mark.skipif(PPPD is None, reason='needs pppd')
SECRETS = ['Hidden#One', 'Hidden "Two"', 'Hidden\\Three', 'Hidden ünf', '@Hidden']
MODULES = {'chap_secret': {'client': 'a', 'secret': 'sesame'}, 'pptpd_option': {'name': 'debug'},
           'pppd_option': {'name': 'debug'}}


@pytest.mark.parametrize('name', MODULES)
def test_check_mode_says_what_a_run_does_and_a_second_run_nothing(name: str, tmp_path: pathlib.Path) -> None:
    path = tmp_path / 'file'
    path.write_bytes(b'# mine\r\n')
    would = run(name, path=str(path), check=True, **MODULES[name])
    assert would['changed'] and path.read_bytes() == b'# mine\r\n'
    did = run(name, path=str(path), backup=True, **MODULES[name])
    backup = pathlib.Path(did.pop('backup_file'))
    assert (did['changed'], did['changes'], did['diff']) == (True, would['changes'], would['diff'])
    assert backup.read_bytes() == b'# mine\r\n' and path.read_bytes().startswith(b'# mine\r\n')
    again = run(name, path=str(path), backup=True, **MODULES[name])
    assert not again['changed'] and 'backup_file' not in again and again['changes'] == []


@pytest.mark.parametrize('name', MODULES)
def test_a_link_stays_a_link_and_a_file_keeps_its_mode(name: str, tmp_path: pathlib.Path) -> None:
    path, link = tmp_path / 'real', tmp_path / 'link'
    path.write_text('# mine\n')
    path.chmod(0o640)
    link.symlink_to('real')
    done = run(name, path=str(link), **MODULES[name])
    assert done['changed'] and done['path'] == str(path)
    assert link.is_symlink() and path.read_text().startswith('# mine\n') and path.read_text() != '# mine\n'
    assert mode(path) == (0o600 if name == 'chap_secret' else 0o640)


@needs_root
@pytest.mark.parametrize('name', MODULES)
@pytest.mark.parametrize('there', [b'debug\na * sesame *\n', b'# mine\n', None])
def test_check_mode_tells_of_owner_and_mode_as_a_run_does(name: str, there: bytes | None, tmp_path: pathlib.Path
                                                          ) -> None:
    path = tmp_path / 'file'
    if there is not None:
        path.write_bytes(there)
        os.chown(path, 12, 34)
    asked = {'path': str(path), 'mode': '0640', 'owner': 'root', 'group': 'root', **MODULES[name]}
    would, did, again = run(name, check=True, **asked), run(name, **asked), run(name, **asked)
    assert would['changed'] and not again['changed'] and again['diff'][1] == {}
    assert [(would[each], each) for each in ('changed', 'changes', 'diff')] == [
        (did[each], each) for each in ('changed', 'changes', 'diff')]
    assert (path.stat().st_uid, path.stat().st_gid, mode(path)) == (0, 0, 0o640)


@needs_root
def test_owner_and_mode_are_kept_or_set_as_asked(tmp_path: pathlib.Path) -> None:
    path = tmp_path / 'options'
    path.write_text('lock\n')
    os.chown(path, 12, 34)
    run('pppd_option', path=str(path), name='debug')
    assert (path.stat().st_uid, path.stat().st_gid) == (12, 34)
    done = run('pppd_option', path=str(path), name='debug', owner='root', mode='0604')
    assert done['changed'] and done['changes'] == [] and (path.stat().st_uid, mode(path)) == (0, 0o604)
    os.chown(path, 12, 34)
    run('chap_secret', path=str(path), repair=True)
    assert (path.stat().st_uid, mode(path)) == (0, 0o600)


def test_new_files_and_their_modes(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    attributes = basic.AnsibleModule.set_fs_attributes_if_different

    def watched(self: t.Any, *arguments: t.Any, **options: t.Any) -> t.Any:
        seen.append(mode(tmp_path / 'secrets'))
        return attributes(self, *arguments, **options)

    monkeypatch.setattr(basic.AnsibleModule, 'set_fs_attributes_if_different', watched)
    run('chap_secret', path=str(tmp_path / 'secrets'), client='a', secret='sesame')
    assert seen == [0o600]    # from its first moment
    monkeypatch.undo()
    run('pptpd_option', path=str(tmp_path / 'conf'), name='debug')
    assert mode(tmp_path / 'conf') == 0o644
    for name, wanted in MODULES.items():
        gone = str(tmp_path / 'none' / 'file')
        assert 'no directory' in run(name, path=gone, **wanted)['msg']
        assert run(name, path=gone, check=True, **wanted)['changed']
        absent = {**wanted, 'state': 'absent'}
        assert not run(name, path=gone, **absent)['changed'] and not (tmp_path / 'none').exists()


@needs_root
@pytest.mark.parametrize('name', MODULES)
def test_what_is_no_file_stays_what_it_is(name: str, tmp_path: pathlib.Path) -> None:
    device, pipe, folder, link = (tmp_path / each for each in ('null', 'pipe', 'folder', 'link'))
    os.mknod(device, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    os.mkfifo(pipe)
    folder.mkdir()
    link.symlink_to(device)     # as chap-secrets -> /dev/null
    for path in (link, folder, device, pipe):
        done = run(name, path=str(path), **MODULES[name])
        assert done['failed'] and '%s is no regular file' % path in done['msg']
    assert stat.S_ISCHR(device.stat().st_mode) and stat.S_ISFIFO(pipe.stat().st_mode) and link.is_symlink()


@pytest.mark.parametrize('name', MODULES)
def test_a_copy_is_nobody_elses_from_its_first_moment(name: str, tmp_path: pathlib.Path,
                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    path, masks = tmp_path / 'file', []
    path.write_text('# mine\n')
    copy = basic.AnsibleModule.backup_local

    def watched(self: t.Any, *arguments: t.Any) -> t.Any:
        masks.append(os.umask(0o022))
        os.umask(masks[-1])
        return copy(self, *arguments)

    monkeypatch.setattr(basic.AnsibleModule, 'backup_local', watched)
    done = run(name, path=str(path), backup=True, **MODULES[name])
    assert masks == [0o077] and mode(pathlib.Path(done['backup_file'])) == mode(path)


def test_several_at_once_wait_for_each_other(tmp_path: pathlib.Path) -> None:
    path = tmp_path / 'secrets'
    path.write_text('a * old *\n')
    slow = 'fsync = os.fsync; os.fsync = lambda handle: (time.sleep(0.4), fsync(handle))'
    wanted = [{'path': str(path), 'client': 'user%d' % number, 'secret': 'sesame', 'owner': None}
              for number in range(4)]
    calls = [started('chap_secret', each, slow) for each in wanted]
    said = [call.communicate(timeout=60)[0] for call in calls]
    assert [call.returncode for call in calls] == [0] * 4, said
    assert sorted(path.read_text().splitlines()) == ['a * old *', *('user%d * sesame *' % each for each in range(4))]
    assert list(tmp_path.iterdir()) == [path]


def test_who_waits_too_long_says_for_what(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, folder = tmp_path / 'conf', os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    monkeypatch.setattr(atomic, 'PATIENCE', 0.2)
    done = run('pptpd_option', path=str(path), name='debug')
    assert done['failed'] and '%s: another process' % path in done['msg'] and not path.exists()
    assert run('pptpd_option', path=str(path), name='debug', check=True)['changed']
    os.close(folder)
    assert run('pptpd_option', path=str(path), name='debug')['changed']


@pytest.mark.parametrize('step', ['fsync', 'rename'])
def test_a_file_is_whole_when_the_power_goes(step: str, tmp_path: pathlib.Path) -> None:
    path = tmp_path / 'secrets'
    path.write_text('a * old *\n')
    end = 'os.%s = lambda *arguments: os._exit(9)' % step
    arguments = {'path': str(path), 'client': 'b', 'secret': 'sesame', 'owner': None}
    call = started('chap_secret', arguments, end)
    said = call.communicate(timeout=60)[0]
    assert call.returncode == 9, said
    assert path.read_text() == 'a * old *\n'
    assert [mode(each) for each in tmp_path.iterdir() if each != path] == [0o600]
    run('chap_secret', **arguments)
    assert path.read_text() == 'a * old *\nb * sesame *\n' and list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_put_in_place_leaves_nothing_behind(
        tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / 'secrets'
    path.write_text('a * old *\n')

    def refuse(*arguments: t.Any, **options: t.Any) -> None:
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(atomic.os, 'fsync', refuse)
    done = run('chap_secret', path=str(path), client='b', secret='sesame')
    assert done['failed'] and 'No space left' in done['msg']
    assert path.read_text() == 'a * old *\n' and list(tmp_path.iterdir()) == [path]


def test_several_secrets_at_once(tmp_path: pathlib.Path) -> None:
    path = tmp_path / 'secrets'
    path.write_bytes(b'bob pptpd old *\nold * gone *\n')
    wanted = [{'client': 'bob', 'server': 'pptpd', 'secret': SECRETS[0]}, {'client': 'eve', 'secret': SECRETS[1]},
              {'client': 'zed', 'state': 'absent'}]
    done = run('chap_secret', path=str(path), entries=wanted, purge=True)
    assert path.read_text() == 'bob pptpd "Hidden#One" *\neve * "Hidden \\"Two\\"" *\n'
    assert [change['action'] for change in done['changes']] == ['purged', 'secret', 'added']
    twice = [{'client': 'bob', 'secret': 'Hidden'}, {'client': 'bob', 'server': '*', 'secret': 'Hidden2'}]
    assert 'bob is asked for twice' in run('chap_secret', path=str(path), entries=twice)['msg']
    assert 'purge needs entries' in run('chap_secret', path=str(path), client='bob', secret='x', purge=True)['msg']
    assert run('chap_secret', path=str(path), entries=[], purge=True)['changed'] and path.read_text() == ''


def test_problems_and_warnings(tmp_path: pathlib.Path) -> None:
    path = tmp_path / 'secrets'
    path.write_text('bob pptpd x\neve pptpd y#z *\n')
    done = run('chap_secret', path=str(path), repair=True, client='bob', secret='new')
    assert done['problems'][-1] == {'line': 2, 'problem': 'unquoted-hash', 'client': 'eve'}
    assert any('line 1 is for the server pptpd only' in str(each) for each in done['warnings'])
    assert path.read_text() == 'bob pptpd x *\neve pptpd y#z *\nbob * new *\n'


@pytest.mark.parametrize('arguments', [
    {'client': 'bob', 'secret': 'Hidden\nline'}, {'client': 'bob', 'secret': '@/Hidden'},
    {'client': 'bob', 'secret': 'Hidden' * 50}, {'client': 'bob', 'secret': 'Hidden', 'addresses': ['no no']},
    {'client': 'bob', 'secret': 'Hidden', 'addresses': []}, {'client': '', 'secret': 'Hidden'},
    {'entries': [{'client': 'bob', 'secret': 'Hidden', 'server': ''}]},
    {'entries': [{'client': 'b', 'secret': 'Hidden'}, {'client': 'b', 'server': '*', 'secret': 'Hidden2'}]},
    {'client': 'bob', 'secret': 'Hidden', 'server': 'torn'}])
def test_no_failure_shows_a_secret(arguments: dict[str, t.Any], tmp_path: pathlib.Path) -> None:
    path = tmp_path / 'secrets'
    path.write_text('eve pptpd "Hidden *\n')
    done = run('chap_secret', path=str(path), **arguments)
    assert done['failed'] and 'Hidden' not in json.dumps(done)
    assert path.read_text() == 'eve pptpd "Hidden *\n'


@pytest.mark.parametrize(('name', 'value', 'line'), [
    ('mtu', 1400, 'mtu 1400\n'), ('mtu', '1400', 'mtu 1400\n'), ('bsdcomp', '15,15', 'bsdcomp 15,15\n'),
    ('ms-dns', ['10.0.0.1', '10.0.0.2'], 'ms-dns 10.0.0.1\nms-dns 10.0.0.2\n'), ('debug', None, 'debug\n'),
    ('name', 'a, b', 'name "a, b"\n'), ('name', True, None), ('name', {'a': 1}, None), ('name', '', None)])
def test_values_as_they_are_given(name: str, value: t.Any, line: str | None, tmp_path: pathlib.Path) -> None:
    for number, arguments in enumerate([{'name': name, 'value': value}, {'options': [{'name': name, 'value': value}]}]):
        path = tmp_path / str(number)
        done = run('pppd_option', path=str(path), **arguments)
        assert (path.read_text() if path.exists() else None) == line
        assert bool(done.get('failed')) == (line is None)


@needs_pppd
def test_pppd_is_asked_first(tmp_path: pathlib.Path) -> None:
    path = tmp_path / 'options'
    path.write_text('lock\n')
    done = run('pppd_option', path=str(path), name='plugin', value='gone.so', validate=True)
    assert done['failed'] and '%s:2: ' % path in done['msg'] and "Couldn't load plugin gone.so" in done['msg']
    assert path.read_text() == 'lock\n'
    path.write_text('plugin gone.so\n')
    same = run('pppd_option', path=str(path), name='plugin', value='gone.so', validate=True)
    assert (same['changed'], same['validated']) == (False, False)     # it was so before: there is nothing to refuse
    path.write_text('lock\n')
    good = run('pppd_option', path=str(path), name='mtu', value='1400', validate=True)
    assert (good['validated'], path.read_text()) == (True, 'lock\nmtu 1400\n')
    path.write_text('lock\nrequier-mppe-128\nbad-too\n')
    half = run('pppd_option', path=str(path), disable=['requier-mppe-128'], name='debug', validate=True)
    assert half['validated'] is False and path.read_text() == 'lock\n# requier-mppe-128\nbad-too\ndebug\n'
    assert any("%s:3: unrecognized option 'bad-too'" % path in str(each) for each in half['warnings'])


@needs_pppd
def test_asking_pppd_starts_nothing(tmp_path: pathlib.Path) -> None:
    path, mark = tmp_path / 'options', tmp_path / 'mark'
    script = '"/bin/sh -c \'touch %s\'"' % mark
    for word in ('pty', 'connect', 'init', 'disconnect', 'welcome', 'ip-up-script', 'ip-down-script'):
        path.write_text('%s %s\nnodetach\nupdetach\npersist\ndemand\n10.0.0.1:10.0.0.2\n' % (word, script))
        done = run('pppd_option', path=str(path), name='mtu', value=1400, validate=True)
        assert done['changed'] and not mark.exists(), (word, done)


USERS = [{'client': 'user%d' % number, 'secret': secret} for number, secret in enumerate(SECRETS)]
PLAY = [{'hosts': 'localhost', 'gather_facts': False, 'tasks': [
    {'vpnops.pptp.chap_secret': {'path': '{{ folder }}/secrets', 'owner': None, 'entries': USERS}},
    {'vpnops.pptp.chap_secret': {'path': '{{ folder }}/secrets', 'owner': None, 'client': 'x', 'secret': '@/Hidden'},
     'ignore_errors': True}]}]


def test_no_secret_is_in_what_ansible_prints(tmp_path: pathlib.Path) -> None:
    (tmp_path / 'play.yml').write_text(json.dumps(PLAY))
    (tmp_path / 'secrets').write_text('user0 * "Hidden old" *\nother * Hidden *\n')
    out = ''
    for options in (['--check'], [], []):
        done = subprocess.run(
            [str(ANSIBLE), '-i', 'localhost,', '-c', 'local', '-vvvv', '--diff', *options, '-e',
             json.dumps({'folder': str(tmp_path), 'ansible_python_interpreter': sys.executable}), 'play.yml'],
            cwd=tmp_path, env=dict(os.environ, ANSIBLE_HOME=str(tmp_path / 'home'), ANSIBLE_NOCOLOR='1'), timeout=120,
            capture_output=True, check=False)
        out += (done.stdout + done.stderr).decode()
        assert done.returncode == 0, out
    assert 'Hidden' not in out and '(another secret)' in out
    assert [out.count('changed=%d' % number) for number in (1, 0)] == [2, 1]
