# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files of a host into a record and back: links, folders, owners, labels, and what is refused."""

from __future__ import annotations

import errno
import json
import os
import pathlib
import stat
import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import (
    remediation as re_,
    remediation_files as files,
    remediation_host as host,
)
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.edit.remediated import Case, begin


def test_a_link_that_was_there_is_followed_and_a_new_one_is_not(case: Case, tmp_path: pathlib.Path) -> None:
    for name in ('behind', 'other'):
        (tmp_path / name).write_text('old', 'utf-8')
    (case.etc / 'ppp/before').symlink_to(tmp_path / 'behind')
    name = begin(case)
    (case.etc / 'ppp/after').symlink_to(tmp_path / 'other')
    (tmp_path / 'behind').write_text('new', 'utf-8')
    case.records.finish(name)
    case.records.restore(name)
    assert (tmp_path / 'behind').read_text('utf-8') == 'old'
    assert (tmp_path / 'other').read_text('utf-8') == 'old'
    assert not (case.etc / 'ppp/after').is_symlink()


def test_what_lies_behind_a_folder_that_is_a_link_is_saved_too(case: Case, tmp_path: pathlib.Path) -> None:
    real = tmp_path / 'elsewhere/ppp'
    real.parent.mkdir()
    (case.etc / 'ppp').rename(real)
    (case.etc / 'ppp').symlink_to(real)
    (tmp_path / 'behind').write_text('old', 'utf-8')
    (real / 'further').symlink_to(tmp_path / 'behind')
    name = begin(case)
    case.write('ppp/chap-secrets', 'new secret\n', 0o644)
    case.write('ppp/new', 'x', 0o644)
    (tmp_path / 'behind').write_text('new', 'utf-8')
    assert case.records.restore(name)['state'] == 'restored'
    assert sorted(path.name for path in real.iterdir()) == ['chap-secrets', 'further', 'link']
    assert (real / 'chap-secrets').read_text('utf-8') == 'old secret\n'
    assert stat.S_IMODE((real / 'chap-secrets').stat().st_mode) == 0o600
    assert (tmp_path / 'behind').read_text('utf-8') == 'old'


def test_a_link_to_what_the_admin_installed_is_followed_and_one_to_a_package_is_not(
        case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    places = {'own': '/usr/local/etc/pptpd.conf', 'package': '/usr/lib/systemd/system/pptpd.service'}
    for name, path in places.items():
        (case.etc / 'ppp' / name).symlink_to(path)
    monkeypatch.setattr(files.os.path, 'isfile', lambda path: path in places.values())
    assert files.targets(files.look([str(case.etc / 'ppp')])) == ['/usr/local/etc/pptpd.conf']


def test_a_folder_where_a_file_was_is_in_the_way_and_so_is_the_reverse(case: Case) -> None:
    (case.etc / 'ppp/peers').mkdir()
    case.write('ppp/peers/isp', 'x', 0o644)
    before, name = case.look(), begin(case)
    (case.etc / 'ppp/chap-secrets').unlink()
    (case.etc / 'ppp/chap-secrets').mkdir()
    case.write('ppp/chap-secrets/inside', 'x', 0o644)
    (case.etc / 'ppp/peers/isp').unlink()
    (case.etc / 'ppp/peers').rmdir()
    case.write('ppp/peers', 'x', 0o644)
    found = case.records.restore(name)
    assert (found['state'], found['failed_steps']) == ('restored', [])
    assert case.look() == before


def test_what_pppd_itself_writes_there_is_nobodys_change(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    assert {'/etc/ppp/resolv.conf'} == re_.VOLATILE
    monkeypatch.setattr(files, 'VOLATILE', {str(case.etc / 'ppp/resolv.conf')})
    name = begin(case)
    case.change()
    case.records.finish(name)
    case.write('ppp/resolv.conf', 'nameserver 192.0.2.1\n', 0o644)
    assert case.records.restore('')['state'] == 'restored'
    assert (case.etc / 'ppp/resolv.conf').exists()


def test_what_a_later_run_names_is_followed_too(case: Case, tmp_path: pathlib.Path) -> None:
    (tmp_path / 'behind').write_text('old', 'utf-8')
    (case.etc / 'more').symlink_to(tmp_path / 'behind')
    name = begin(case)
    case.records.begin([], [str(case.etc / 'more')], False, '')
    (tmp_path / 'behind').write_text('new', 'utf-8')
    case.records.restore(name)
    assert (tmp_path / 'behind').read_text('utf-8') == 'old'


class Attributes:
    """Extended attributes by inode: a file system of a test has no labels of SELinux."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.known: dict[tuple[int, str], bytes] = {}
        for name in ('get', 'set', 'remove'):
            monkeypatch.setattr(files.os, name + 'xattr', getattr(self, name))

    @staticmethod
    def _key(path: t.Any, name: str, follow: bool) -> tuple[int, str]:
        return (os.stat(path) if follow else os.lstat(path)).st_ino, name

    def get(self, path: t.Any, name: str, *, follow_symlinks: bool = True) -> bytes:
        try:
            return self.known[self._key(path, name, follow_symlinks)]
        except KeyError as error:
            raise OSError(errno.ENODATA, 'none') from error

    def set(self, path: t.Any, name: str, value: bytes, *, follow_symlinks: bool = True) -> None:
        self.known[self._key(path, name, follow_symlinks)] = value

    def remove(self, path: t.Any, name: str, *, follow_symlinks: bool = True) -> None:
        if self.known.pop(self._key(path, name, follow_symlinks), None) is None:
            raise OSError(errno.ENODATA, 'none')


def test_labels_and_access_lists_come_back_those_of_links_too_and_new_ones_go(
        case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Attributes(monkeypatch)
    label, access = 'security.selinux', 'system.posix_acl_access'
    paths = {case.etc / 'ppp/chap-secrets': b'secret_t', case.etc / 'ppp/link': b'link_t', case.etc / 'ppp': b'etc_t'}
    for path, value in paths.items():
        store.set(path, label, value, follow_symlinks=False)
    name = begin(case)
    case.change()
    store.known.clear()
    store.set(case.etc / 'ppp', access, b'somebody may read it')
    found = case.records.restore(name)
    assert (found['state'], found['failed_steps']) == ('restored', [])
    for path, value in paths.items():
        assert store.get(path, label, follow_symlinks=False) == value
    with pytest.raises(OSError, match='none'):
        store.get(case.etc / 'ppp', access)


def test_what_did_not_come_back_is_said_and_does_not_keep_the_rest_from_coming(
        case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    before, name = case.look(), begin(case)
    case.change()
    stuck = {str(case.etc / 'ppp/chap-secrets'), str(case.etc / 'ppp/new')}

    def refuse(real: t.Callable[..., None]) -> t.Callable[..., None]:
        def instead(*paths: str) -> None:
            if stuck.intersection(paths):
                raise PermissionError(errno.EPERM, 'Operation not permitted')
            real(*paths)
        return instead
    with monkeypatch.context() as patch:
        for name_ in ('replace', 'unlink'):
            patch.setattr(files.os, name_, refuse(getattr(os, name_)))
        found = case.records.restore(name)
    assert found['state'] == 'restoring'
    assert sorted(found['failed_steps']) == ['%s: Operation not permitted' % path for path in sorted(stuck)]
    now = case.look()
    assert {path for path in {*before, *now} if before.get(path) != now.get(path)} == stuck
    assert case.records.restore(name)['state'] == 'restored'
    assert case.look() == before


def test_what_differs_although_nothing_failed_is_said(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    name = begin(case)
    case.change()
    monkeypatch.setattr(files, '_dress', lambda path, item: None)
    found = case.records.restore(name)
    assert found['state'] == 'restoring'
    assert '%s is not as it was' % (case.etc / 'pptpd.conf') in found['failed_steps']


def test_the_record_is_private(case: Case) -> None:
    name = begin(case)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (case.folder / name).rglob('*')}
    assert stat.S_IMODE((case.folder / name).stat().st_mode) == 0o700
    assert modes <= {0o600, 0o700}


def test_half_written_files_of_a_run_that_was_cut_are_not_kept(case: Case) -> None:
    name = begin(case)
    case.change()
    for stray in ('ppp/.chap-secrets.new', 'ppp/.ansible_tmpx7', 'ppp/.options' + re_.DRAFT):
        case.write(stray, 'half', 0o600)
    case.records.finish(name)
    assert [path for path in case.look() if 'half' in str(case.look()[path][1])] == []


@pytest.mark.skipif(os.geteuid() != 0, reason='needs root, for owners')
def test_owners_come_back_of_links_and_folders_too(case: Case) -> None:
    paths = [case.etc / 'ppp/chap-secrets', case.etc / 'ppp/link', case.etc / 'ppp']
    for path in paths:
        os.chown(path, 1, 2, follow_symlinks=False)
    name = begin(case)
    case.change()
    for path in [*paths[:1], *paths[2:]]:
        os.chown(path, 0, 0, follow_symlinks=False)
    assert case.records.restore(name)['state'] == 'restored'
    assert {(path.lstat().st_uid, path.lstat().st_gid) for path in paths} == {(1, 2)}


def test_a_file_that_changes_while_it_is_saved_is_no_way_back(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    def copy(source: str, target: str, mode: int) -> None:
        pathlib.Path(target).write_text('another', 'utf-8')
    monkeypatch.setattr(files, '_copy', copy)
    with pytest.raises(host.RemediationError, match='nothing was changed.*changed while it was saved'):
        begin(case)


def test_too_many_files_are_refused(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, 'COUNT_LIMIT', 2)
    with pytest.raises(host.RemediationError, match='more than 2 files'):
        begin(case)


def test_a_damaged_copy_is_not_put_back(case: Case) -> None:
    name = begin(case)
    for copy in (case.folder / name / 'files').iterdir():
        copy.write_bytes(b'rotten')
    case.change()
    found = case.records.restore(name)
    assert 'damaged' in found['failed_steps'][0]
    assert found['state'] == 'restoring'
    assert b'rotten' not in [content for _mode, content in case.look().values()]


def test_names_of_files_that_are_no_text_do_not_keep_the_answer_from_the_controller(
        case: Case) -> None:
    """Ansible refuses an answer that is no UTF-8."""
    name = begin(case)
    (case.etc / 'ppp/odd\udcff\n{{ 7*7 }}').write_text('x', 'utf-8')
    found = re_.readable(dict(case.records.restore(name), why=('odd\udcff', 7, None)))
    assert found['changed_paths'] == [str(case.etc / 'ppp/odd\\xff\n{{ 7*7 }}')]
    assert found['why'] == ['odd\\xff', 7, None]
    json.dumps(found, ensure_ascii=False).encode('utf-8')


def test_what_cannot_be_saved_is_refused_before_anything_is_touched(
        case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, 'SIZE_LIMIT', 3)
    with pytest.raises(host.RemediationError, match='nothing was changed'):
        begin(case)
    assert case.records.states() == {}


@pytest.mark.parametrize('path', ['relative', '/etc', '/etc/ppp/../../x'])
def test_a_path_that_is_none_is_refused(tmp_path: pathlib.Path, path: str) -> None:
    with pytest.raises(host.RemediationError, match='no path'):
        host._wanted([path])


@pytest.mark.parametrize('which', ['digest', 'readlink', 'listdir'])
def test_what_vanishes_while_it_is_looked_at_is_not_there(case: Case, monkeypatch: pytest.MonkeyPatch,
                                                          which: str) -> None:
    place = files if which == 'digest' else files.os
    name, real = begin(case), getattr(place, which)
    passing = {'digest': 'ppp/options.tmp', 'readlink': 'ppp/passing', 'listdir': 'ppp/folder'}[which]
    path = case.etc / passing

    def vanish(asked: str) -> t.Any:
        if asked == str(path):
            raise FileNotFoundError(errno.ENOENT, 'No such file or directory', asked)
        return real(asked)
    if which == 'digest':
        path.write_text('x', 'utf-8')
    elif which == 'readlink':
        path.symlink_to('nowhere')
    else:
        path.mkdir()
    case.change()
    monkeypatch.setattr(place, which, vanish)
    case.records.finish(name)
    found = case.records.restore(name)
    assert (found['state'], found['failed_steps']) == ('restored', [])
