# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A recording answers like the host it was made of."""

from __future__ import annotations

import gzip
import io
import json
import os
import tarfile

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils import bundle as bundles, evidence as ev

FILES = {'etc/pptpd.conf': 'localip 10.0.0.1\n', 'var/log/syslog': 'pppd[1]: x\n',
         'commands/nft-list-ruleset.txt': 'table\n'}


def _folder(tmp_path, files):
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return str(tmp_path)


def _archive(tmp_path, files, prefix=''):
    path = tmp_path / 'host.tar.gz'
    with tarfile.open(path, 'w:gz') as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(prefix + name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return str(path)


@pytest.fixture(params=['folder', 'archive', 'archive in a folder', 'texts'])
def bundle(request, tmp_path):
    if request.param == 'texts':
        return bundles.from_texts(FILES)
    if request.param == 'folder':
        return bundles.open_bundle(_folder(tmp_path, FILES))
    return bundles.open_bundle(_archive(tmp_path, FILES, 'gw1/' if 'folder' in request.param else ''))


def test_files_folders_and_commands_answer(bundle):
    assert bundle.read('/etc/pptpd.conf').value == 'localip 10.0.0.1\n'
    assert bundle.list('/var').value == ['log']
    assert bundle.list('/var/log').value == ['syslog']
    assert bundle.run('nft').value.stdout == 'table\n'
    assert bundle.stat('/etc/pptpd.conf').value.size == 17
    assert bundle.stat('/etc').value.kind == 'dir'


def test_what_is_not_there_is_absent_and_says_that_nobody_recorded_it(bundle):
    for reading in (bundle.read('/etc/ppp/options'), bundle.list('/proc'), bundle.run('dmesg'),
                    bundle.stat('/dev/ppp')):
        assert reading.value is None
        assert reading.evidence.status == ev.ABSENT
        assert reading.evidence.reason == 'not in the bundle'


def test_handles_seek(bundle):
    with bundle.open('/var/log/syslog').value as handle:
        handle.seek(-2, os.SEEK_END)
        assert handle.read() == b'x\n'


def test_an_empty_folder_is_a_bundle(tmp_path):
    empty = bundles.open_bundle(str(tmp_path))
    assert empty.list('/').value is None
    assert empty.now() is None and empty.euid() is None


def test_metadata_tells_modes_absences_and_refusals():
    meta = {'collected_at': 1795334332, 'euid': 1000, 'stat': {'/etc/ppp/chap-secrets': ['100644', 0, 0, 1.5, 9],
                                                               '/dev/ppp': ['020600', 0, 0, 1.0, 0]},
            'absent': ['/etc/ppp/options'], 'unread': {'/etc/ppp/pap-secrets': 'Permission denied'}}
    bundle = bundles.from_texts({'bundle.json': json.dumps(meta), 'etc/ppp/chap-secrets': 'a b c *\n'})
    assert (bundle.now(), bundle.euid()) == (1795334332.0, 1000)
    assert bundle.stat('/etc/ppp/chap-secrets').value.mode == 0o644
    assert bundle.stat('/dev/ppp').value.kind == 'char'
    assert bundle.read('/etc/ppp/options').evidence == ev.Evidence('/etc/ppp/options', ev.ABSENT)
    assert bundle.read('/etc/ppp/pap-secrets').evidence.status == ev.DENIED


@pytest.mark.parametrize('meta', ['{', '[]', '{"stat": 3, "absent": {}, "unread": []}', '{"stat": {"/a": [1]}}',
                                  '\x00'])
def test_broken_metadata_is_no_metadata(meta):
    bundle = bundles.from_texts({'bundle.json': meta, 'a': 'x'})
    assert bundle.read('/a').value == 'x'
    assert bundle.stat('/a').value.kind == 'file'
    assert bundle.read('/b').value is None


@pytest.mark.parametrize('row', [['zz', 0, 0, 0, 0], ['100600', 0, 0], ['100600', 'root', None, 'x', []]])
def test_a_broken_stat_row_is_no_row(row):
    bundle = bundles.from_texts({'bundle.json': json.dumps({'stat': {'/a': row}}), 'a': 'x'})
    info = bundle.stat('/a').value
    assert (info.kind, info.size, info.mode) == ('file', 1, None)


def test_neither_folder_nor_archive_is_an_error_that_names_it(tmp_path):
    with pytest.raises(bundles.BundleError, match='nowhere'):
        bundles.open_bundle(str(tmp_path / 'nowhere'))
    (tmp_path / 'x.tar.gz').write_bytes(b'\x1f\x8b garbage')
    with pytest.raises(bundles.BundleError, match='x.tar.gz'):
        bundles.open_bundle(str(tmp_path / 'x.tar.gz'))


def test_nothing_outside_the_bundle_is_read(tmp_path):
    os.symlink('/etc/passwd', tmp_path / 'link')
    inside = bundles.open_bundle(_folder(tmp_path / 'in', {'a': 'x'}))
    assert inside.read('/../link').value is None
    path = tmp_path / 'evil.tar'
    with tarfile.open(path, 'w') as archive:
        link = tarfile.TarInfo('etc/passwd')
        link.type, link.linkname = tarfile.SYMTYPE, '/etc/passwd'
        archive.addfile(link)
        archive.addfile(tarfile.TarInfo('../up'))
    assert bundles.open_bundle(str(path)).read('/etc/passwd').value is None
    assert bundles.open_bundle(str(path)).read('/up').value is None


def test_a_truncated_archive_gives_what_it_holds_or_an_error(tmp_path):
    path = _archive(tmp_path, {'etc/pptpd.conf': 'x' * 100000})
    data = open(path, 'rb').read()
    open(path, 'wb').write(data[:len(data) // 2])
    try:
        bundle = bundles.open_bundle(path)
    except bundles.BundleError as error:
        assert 'host.tar.gz' in str(error)
    else:
        assert bundle.read('/etc/pptpd.conf').value is None


@pytest.mark.parametrize(('name', 'command'), [
    ('ip-addr.txt', 'ip-addr'), ('ip_addr.txt', 'ip-addr'), ('ip a.txt', 'ip-addr'), ('ss -tlnp.txt', 'ss'),
    ('netstat-plnt-1723.out', 'ss'), ('systemctl_status_pptpd.service.txt', 'systemctl-status'),
    ('journalctl-u-pptpd-n-500.log', 'journal'), ('journalctl -k.txt', 'journal-kernel'), ('dmesg-T', 'dmesg'),
    ('iptables -L -n -v.txt', 'iptables-L'), ('iptables-nvL.txt', 'iptables-L'), ('iptables-t-nat-L.txt', None),
    ('iptables-save-t-nat.txt', 'iptables-save'), ('iptables-legacy-save.txt', 'iptables-legacy-save'),
    ('nft list ruleset.txt', 'nft'), ('lsmod_grep_ppp.txt', 'lsmod'), ('notes.txt', None), ('log-of-my-day.txt', None),
])
def test_outputs_are_found_under_the_names_that_people_give_them(name, command):
    assert bundles.command_of(name) == command


def test_a_rule_set_in_several_files_is_one():
    bundle = bundles.from_texts({'commands/iptables-save-t-nat.txt': '*nat\nCOMMIT\n',
                                 'commands/iptables-save.txt': '*filter\nCOMMIT\n', 'commands/ss.txt': 'a',
                                 'commands/ss-tlnp.txt': 'b'})
    assert bundle.run('iptables-save').value.stdout == '*filter\nCOMMIT\n\n*nat\nCOMMIT\n'
    assert bundle.run('ss').value.stdout == 'a'


@pytest.mark.parametrize('kind', ['pipe', 'device', 'text', 'empty', 'nothing'])
def test_what_is_no_bundle_is_an_error_and_no_wait(kind, tmp_path):
    path = tmp_path / 'x'
    if kind == 'pipe':
        os.mkfifo(path)
    elif kind in ('text', 'empty'):
        path.write_text('hello\n' if kind == 'text' else '')
    with pytest.raises(bundles.BundleError, match='No such file|neither a folder nor a tar archive'):
        bundles.open_bundle('/dev/zero' if kind == 'device' else str(path))


def test_an_archive_that_claims_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(bundles, 'COUNT_LIMIT', 3)
    with pytest.raises(bundles.BundleError, match='more than 3 files'):
        bundles.open_bundle(_archive(tmp_path, {'etc/%d' % number: 'x' for number in range(5)}))
    monkeypatch.setattr(bundles, 'COUNT_LIMIT', 50)
    monkeypatch.setattr(bundles, 'TOTAL_LIMIT', 3)
    with pytest.raises(bundles.BundleError, match='or 3 bytes'):
        bundles.open_bundle(_archive(tmp_path, FILES))


def test_a_header_cannot_fill_the_memory(tmp_path):
    """A whole archive whose first file has a name of 2 MiB."""
    name, member = tarfile.TarInfo('././@LongLink'), tarfile.TarInfo('etc/x')
    name.type, name.size = b'L', 2 << 20
    with gzip.open(tmp_path / 'x.tgz', 'wb') as packed:
        packed.write(name.tobuf() + b'a' * (2 << 20) + member.tobuf() + b'\0' * 1024)
    with pytest.raises(bundles.BundleError, match='neither'):
        bundles.open_bundle(str(tmp_path / 'x.tgz'))


def test_of_a_broken_archive_the_beginning_is_read(tmp_path):
    path = _archive(tmp_path, {'etc/pptpd.conf': 'debug\n', 'var/log/syslog': os.urandom(60000).hex(), 'etc/x': 'x'})
    with open(path, 'r+b') as archive:
        archive.truncate(30000)
    bundle = bundles.open_bundle(path)
    assert bundle.read('/etc/pptpd.conf').value == 'debug\n'
    assert bundle.read('/var/log/syslog').evidence.status == ev.FAILED


@pytest.mark.parametrize('meta', [
    '{"collected_at": 1e999, "utc_offset": 1e999}', '{"collected_at": -1}',
    '{"stat": {"/etc/a": ["100644", 1e999, 0, 0, 0]}}',
    '{"stat": {"/etc/a": ["100644", 0, 0, 0, %s]}}' % ('9' * 300), '{"folders": {"/etc": [null, {}]}}',
    '{"a":' * 100000])
def test_metadata_that_lie_do_no_harm(meta):
    bundle = bundles.from_texts({'bundle.json': meta, 'etc/a': 'x'})
    assert bundle.now() is None
    assert bundle.utc_offset() == 0
    assert bundle.stat('/etc/a').value.size < 1 << 60
    assert bundle.list('/etc').value


def test_a_path_longer_than_any_is_left_out():
    assert bundles.from_texts({'a/' * 100000: 'x', 'etc/a': 'x'}).list('/').value == ['etc']
