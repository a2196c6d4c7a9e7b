# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A recorded host gives the facts of the host itself, and holds no secret of it."""

from __future__ import annotations

import gzip
import io
import json
import pathlib
import tarfile

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils import recorder, subjects
from ansible_collections.vpnops.pptp.plugins.module_utils.bundle import from_texts, open_bundle
from ansible_collections.vpnops.pptp.plugins.module_utils.host import LiveHost
from ansible_collections.vpnops.pptp.tests.unit import recordings

SYSLOG = '''Nov 25 10:00:00 h cron[1]: a secretpassword of somebody else
Nov 25 10:00:01 h pppd[7]: pppd 2.4.9 started by root, uid 0
Nov 25 10:00:01 h pppd[7]: rcvd [CHAP Response id=0x1 <00112233445566778899aabbccddeeff00112233>, name = "alice"]
Nov 25 10:00:02 h pppd[7]: sent [PAP AuthReq id=0x1 user="alice" password="secretpassword"]
Nov 25 10:00:02 h pppd[7]: Peer alice failed CHAP authentication
'''
FILES = {
    'etc/hostname': 'vpn\n', 'etc/pptpd.conf': 'option /etc/vpn/server\nlocalip 10.0.0.1\nremoteip 10.0.0.2-9\n',
    'etc/vpn/server': 'name pptpd\nrequire-mschap-v2\nuser x\npassword secretpassword\nlogfile /srv/vpn.log\n',
    'etc/ppp/options': 'auth\nplugin radius.so\nradius-config-file /etc/vpn/radius.conf\n',
    'etc/vpn/radius.conf': 'authserver r1\nservers /etc/vpn/keys\ndictionary /etc/vpn/dict\n',
    'etc/vpn/keys': 'r1 secretpassword\n',
    'etc/ppp/chap-secrets': '# old secretpassword\nalice pptpd secretpassword *\nbob * my"secretpassword *\n',
    'var/log/syslog': SYSLOG, 'srv/vpn.log': 'password = secretpassword\n',
    'proc/1/environ': 'container=lxc\0PASSWORD=secretpassword\0', 'proc/self/x': 'y',
}


def unpack(data: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return {member.name: archive.extractfile(member).read() for member in archive}


@pytest.fixture
def root(tmp_path: pathlib.Path) -> pathlib.Path:
    for path, text in FILES.items():
        target = tmp_path / 'root' / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    (tmp_path / 'root/etc/ppp/chap-secrets').chmod(0o640)
    (tmp_path / 'root/var/log/syslog.2.gz').write_bytes(gzip.compress(SYSLOG.encode()))
    return tmp_path / 'root'


def quiet(facts: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
    """Facts without what cannot be the same: the reasons why something is absent, and the clock."""
    return {name: {key: value for key, value in values.items() if key not in ('evidence', 'collected_at')}
            for name, values in facts.items()}


def test_the_bundle_gives_the_same_facts(root: pathlib.Path, tmp_path: pathlib.Path) -> None:
    host = LiveHost(str(root))
    path = tmp_path / 'x.tar.gz'
    path.write_bytes(recorder.record(host))
    live, replayed = quiet(subjects.gather(host)), quiet(subjects.gather(open_bundle(str(path))))
    for name in live:
        assert replayed[name] == live[name], name


def test_no_secret_is_in_the_bundle(root: pathlib.Path) -> None:
    files = unpack(recorder.record(LiveHost(str(root)), {'full': True}))
    assert {name for name, text in files.items() if b'secretpassword' in text or b'00112233' in text} == set()
    assert {'etc/vpn/server', 'etc/ppp/chap-secrets', 'var/log/syslog', 'proc/1/environ'} <= set(files)
    assert files['proc/1/environ'] == b'container=lxc'
    assert files['var/log/syslog'].count(b'\n') == SYSLOG.count('\n')
    assert b'cron' not in files['var/log/syslog']
    assert json.loads(files['bundle.json'])['stat']['/etc/ppp/chap-secrets'][0] == '100640'


def test_what_may_not_be_read_is_remembered_as_such() -> None:
    class Denied(LiveHost):
        def open(self, path: str):
            if path == '/etc/ppp/chap-secrets':
                return recorder.ev.Reading(None, recorder.ev.Evidence(path, recorder.ev.DENIED, 'Permission denied'))
            return super().open(path)

    meta = json.loads(unpack(recorder.record(Denied('/nonexistent')))['bundle.json'])
    assert meta['unread']['/etc/ppp/chap-secrets'] == 'Permission denied'
    assert '/etc/pptpd.conf' in meta['absent']


def test_a_bundle_that_is_too_large_loses_the_start_of_its_largest_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, 'LIMIT', 20000)
    lines = ''.join('Nov 25 10:%02d:%02d h pppd[%d]: Connect: ppp0 <--> /dev/pts/%d\n' % (number % 60, number % 59, number, number * 7919)
                    for number in range(9000))
    data = recorder.record(from_texts({'var/log/syslog': lines, 'etc/hostname': 'vpn\n'}))
    files = unpack(data)
    assert len(data) <= 20000
    assert files['var/log/syslog'].endswith(lines[-30:].encode())
    assert files['etc/hostname'] == b'vpn\n'


@pytest.mark.parametrize('line', [
    '{"MESSAGE": "sent [PAP AuthReq id=0x1 user=\\"a\\" password=\\"secretpassword\\"]", "SYSLOG_IDENTIFIER": "pppd"}',
    json.dumps({'MESSAGE': list(b'password = "secretpassword"'), 'SYSLOG_IDENTIFIER': 'pppd'}),
    'Nov 25 10:00:02 h pppd[7]: password="secretpassword"', '{"MESSAGE": 1}', '[]', '{'])
def test_journal_lines(line: str) -> None:
    masked = recorder.mask('/commands/journal.txt', line)
    assert 'secretpassword' not in masked
    if line.startswith('{"MESSAGE": ') and line.endswith('}'):
        assert isinstance(json.loads(masked)['MESSAGE'], str)


@pytest.mark.parametrize('path', ['/etc/ssl/private/x.key', '/var/lib/samba/private/secrets.tdb'])
def test_what_is_nothing_but_secret_is_left_out(path: str) -> None:
    assert recorder.mask(path, 'x') is None


@pytest.mark.parametrize('name', ['40-wrong-password.server', '00-baseline-routed.client', '44a-secret-hash-unquoted.server'])
def test_recording_a_recording_changes_nothing(name: str, tmp_path: pathlib.Path) -> None:
    host = recordings.open_recording(name)
    path = tmp_path / 'x.tar.gz'
    path.write_bytes(recorder.record(host))
    before, after = quiet(subjects.gather(host)), quiet(subjects.gather(open_bundle(str(path))))
    for subject in before:
        assert after[subject] == before[subject], subject
