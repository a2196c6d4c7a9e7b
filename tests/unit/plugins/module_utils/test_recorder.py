# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A recorded host gives the facts of the host itself, and holds no secret of it."""

from __future__ import annotations

import gzip
import io
import json
import os
import pathlib
import tarfile
import time

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils import (
    commands,
    evidence as ev,
    recorder,
    recorder_archive,
    subjects,
)
from ansible_collections.vpnops.pptp.plugins.module_utils.bundle import from_texts, open_bundle, unpack
from ansible_collections.vpnops.pptp.plugins.module_utils.host import Host, LiveHost
from ansible_collections.vpnops.pptp.tests.unit import recordings

ALL = subjects.SUBJECTS
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
    'proc/net/route': 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n',
}


def unpacked(data: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return {member.name: archive.extractfile(member).read() for member in archive}


@pytest.fixture
def root(tmp_path: pathlib.Path) -> pathlib.Path:
    for path, text in FILES.items():
        target = tmp_path / 'root' / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    (tmp_path / 'root/etc/ppp/chap-secrets').chmod(0o640)
    return tmp_path / 'root'


def quiet(facts: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
    """Facts without what cannot be the same: the reasons why something is absent, and the clock."""
    return {name: {key: value for key, value in values.items() if key not in ('evidence', 'collected_at')}
            for name, values in facts.items()}


def facts_of(host: Host) -> dict[str, dict[str, object]]:
    return quiet(subjects.gather(host, log_options={'full': True}))


def test_a_recording_and_a_bundle_give_the_facts_of_the_host(root: pathlib.Path, tmp_path: pathlib.Path,
                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    for name, command in commands.COMMANDS.items():   # they would answer for this machine, and anew each time
        monkeypatch.setitem(commands.COMMANDS, name, command._replace(argv=()))
    host = LiveHost(str(root))
    live = facts_of(host)
    path = tmp_path / 'x.tar.gz'
    path.write_bytes(recorder_archive.archive(recorder.record(host, ALL, whole=True)))
    for replayed in (facts_of(unpack(recorder.record(host, ALL).packed())), facts_of(open_bundle(str(path)))):
        for name in live:
            assert replayed[name] == live[name], name


@pytest.mark.parametrize('whole', [True, False])
def test_no_secret_is_in_a_recording(root: pathlib.Path, whole: bool) -> None:
    files = recorder.record(LiveHost(str(root)), ALL, {'full_logs': True}, whole).files()
    assert {name for name, text in files.items() if 'secretpassword' in text or '00112233' in text} == set()
    assert set(files) >= {'/etc/vpn/server', '/etc/ppp/chap-secrets', '/var/log/syslog', '/proc/1/environ',
                          '/srv/vpn.log'}
    assert files['/proc/1/environ'] == 'container=lxc'
    assert files['/var/log/syslog'].count('\n') == SYSLOG.count('\n')
    assert 'cron' not in files['/var/log/syslog']
    assert json.loads(files['/bundle.json'])['stat']['/etc/ppp/chap-secrets'][0] == '100640'


def test_what_may_not_be_read_is_remembered_as_such() -> None:
    class Denied(LiveHost):
        def open(self, path: str) -> ev.Reading:
            if path == '/etc/ppp/chap-secrets':
                return ev.Reading(None, ev.Evidence(path, ev.DENIED, 'Permission denied'))
            return super().open(path)

    recording = recorder.record(Denied('/nonexistent'), ALL)
    assert recording.meta['unread']['/etc/ppp/chap-secrets'] == 'Permission denied'
    assert '/etc/pptpd.conf' in recording.meta['absent']


def test_a_slow_host_does_not_lose_its_logs(root: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time for logs begins with them: what comes before takes an emulated processor longer than that."""
    class Slow(LiveHost):
        clock = 0.0

        def run(self, *args: object, **more: object) -> ev.Reading:
            Slow.clock += 10
            return ev.Reading(None, ev.Evidence('x', ev.ABSENT, 'not here'))

    monkeypatch.setattr('time.monotonic', lambda: Slow.clock)
    assert recorder.record(Slow(str(root)), ALL).texts['/var/log/syslog'].count('\n') == SYSLOG.count('\n')
    assert Slow.clock > 50


def test_a_log_for_which_there_was_no_time_is_remembered_as_such(root: pathlib.Path) -> None:
    recording = recorder.record(LiveHost(str(root)), ALL, {'log_seconds': -1})
    assert recording.meta['unread']['/var/log/syslog'] == 'time budget'


def test_a_large_log_is_cut_to_its_newest_lines() -> None:
    lines = ''.join('Nov 25 10:%02d:%02d h pppd[%d]: Connect: ppp0 <--> /dev/pts/%d\n' % (
        number % 60, number % 59, number, number * 7919) for number in range(9000))
    recording = recorder.record(from_texts({'var/log/syslog': lines}), ['logs'])
    assert recording.texts['/var/log/syslog'].endswith(lines[-30:])
    assert len(recording.texts['/var/log/syslog']) <= recorder.KEPT + 1
    assert recording.meta['cut']['/var/log/syslog'] == 'the newest lines about PPTP'


def test_an_archive_that_is_too_large_loses_the_start_of_its_largest_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder_archive, 'LIMIT', 20000)
    lines = ''.join('Nov 25 10:%02d:%02d h pppd[%d]: Connect: ppp0 <--> /dev/pts/%d\n' % (
        number % 60, number % 59, number, number * 7919) for number in range(9000))
    files = unpacked(recorder_archive.archive(recorder.record(
        from_texts({'var/log/syslog': lines, 'etc/hostname': 'vpn\n'}), ALL, whole=True)))
    assert files['var/log/syslog'].endswith(lines[-30:].encode())
    assert files['etc/hostname'] == b'vpn\n'


def test_old_and_rotated_logs(tmp_path: pathlib.Path) -> None:
    log = tmp_path / 'var/log'
    log.mkdir(parents=True)
    for name, age in (('syslog', 0), ('syslog.1', 3), ('syslog.9', 30), ('dpkg.log', 0)):
        (log / name).write_text(SYSLOG)
        os.utime(log / name, (time.time() - age * 86400,) * 2)
    (log / 'syslog.2.gz').write_bytes(gzip.compress(SYSLOG.encode()))
    (log / 'messages').write_bytes(b'\x1f\x8b nonsense \xff\n')
    short, full = (set(recorder.record(LiveHost(str(tmp_path)), ['logs'], {'full_logs': full}).texts)
                   for full in (False, True))
    assert {name for name in short if 'syslog' in name} == {'/var/log/syslog', '/var/log/syslog.1', '/var/log/syslog.2'}
    assert full - short == {'/var/log/syslog.9'}


@pytest.mark.parametrize('line', [
    '{"MESSAGE": "sent [PAP AuthReq id=0x1 user=\\"a\\" password=\\"secretpassword\\"]", "SYSLOG_IDENTIFIER": "pppd"}',
    json.dumps({'MESSAGE': list(b'password = "secretpassword"'), 'SYSLOG_IDENTIFIER': 'pppd'}),
    'Nov 25 10:00:02 h pppd[7]: password="secretpassword"', '{"MESSAGE": 1}', '[]', '{'])
def test_journal_lines(line: str) -> None:
    masked = recorder.record(from_texts({'commands/journal.txt': line}), ['logs']).texts['/commands/journal.txt']
    assert 'secretpassword' not in masked
    if line.startswith('{"MESSAGE": ') and line.endswith('}'):
        assert isinstance(json.loads(masked)['MESSAGE'], str)


@pytest.mark.parametrize('name', [row.name for row in recordings.expectations()])
def test_recording_a_recording_changes_no_fact(name: str) -> None:
    host = recordings.open_recording(name)
    before, after = facts_of(host), facts_of(unpack(recorder.record(host, ALL).packed()))
    for subject in before:
        assert after[subject] == before[subject], subject
