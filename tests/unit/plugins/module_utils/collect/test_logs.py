# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the logs of a recorded host say, wherever they lie and however they were written."""

from __future__ import annotations

import gzip
import json
import typing as t

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils.bundle import from_texts
from ansible_collections.vpnops.pptp.plugins.module_utils.collect import logs, scan

FAILED = """\
Nov 22 07:58:53 vpn pptpd[106]: CTRL: Client 10.1.0.10 control connection started
Nov 22 07:58:53 vpn pptpd[106]: CTRL: Starting call (launching pppd, opening GRE)
Nov 22 07:58:53 vpn pppd[107]: pppd 2.4.9 started by root, uid 0
Nov 22 07:58:53 vpn pppd[107]: Connect: ppp0 <--> /dev/pts/0
Nov 22 07:58:56 vpn pppd[107]: Peer vpnuser failed CHAP authentication
Nov 22 07:58:56 vpn pppd[107]: Exit.
Nov 22 07:58:56 vpn pptpd[106]: CTRL: Client 10.1.0.10 control connection finished
"""
BARE = ''.join(line.split(']: ', 1)[1] + '\n' for line in FAILED.splitlines())
OTHER = 'Nov 22 07:58:50 vpn sshd[9]: Failed password for invalid user support from 198.51.100.7\n'
KEYS = {'sources', 'trace', 'signatures', 'sessions', 'session_counts', 'users', 'unmatched', 'evidence'}


def collected(files: dict[str, t.Any], **options: t.Any) -> dict[str, t.Any]:
    facts = logs.collect(from_texts(files), **options)
    assert set(facts) == KEYS
    json.dumps(facts).encode('utf-8')
    return facts


def outcomes(facts: dict[str, t.Any]) -> list[tuple[str, str, str]]:
    return [(session['outcome'], session['reached'], session['user']) for session in facts['sessions']]


@pytest.mark.parametrize('path', [
    'var/log/syslog', 'var/log/messages', 'var/log/daemon.log', 'var/log/local2.log', 'var/log/ppp.log',
    'var/log/pptpd.log', 'var/log/ppp/anything', 'var/log/custom/vpn.log', 'commands/journal.txt',
    'commands/journalctl.log', 'client.log', 'paste.txt'])
@pytest.mark.parametrize('text', [FAILED, FAILED.replace('\n', '\r\n'), OTHER * 5000 + FAILED],
                         ids=['plain', 'crlf', 'large'])
def test_a_log_is_found(path: str, text: str) -> None:
    facts = collected({path: text})
    assert outcomes(facts) == [('failed', 'auth', 'vpnuser')]
    assert facts['session_counts'] == {'total': 1, 'up': 0, 'failed': 1, 'open': 0}
    assert facts['signatures']['chap-failed'][:2] == [1, 'Peer vpnuser failed CHAP authentication']


def test_a_log_that_only_networkmanager_keeps_is_read() -> None:
    echoed = ''.join('Nov 22 07:58:5%d pc NetworkManager[9]: %s\n' % (number, line) for number, line in enumerate([
        'Using interface ppp0', 'Connect: ppp0 <--> /dev/pts/1', 'LCP: timeout sending Config-Requests',
        'Connection terminated.']))
    assert outcomes(collected({'var/log/syslog': echoed})) == [('failed', 'gre', None)]
    both = echoed + echoed.replace('NetworkManager[9]', 'pppd[12]')
    facts = collected({'var/log/syslog': both})
    assert len(facts['sessions']) == 1 and facts['signatures']['lcp-timeout'][0] == 1


def test_wrapped_and_joined_lines_are_read() -> None:
    wrapped = FAILED.replace('control connection finished', 'control connection\nfinished')
    joined = FAILED.replace('\n', ' ')
    for text in (wrapped, joined):
        facts = collected({'var/log/syslog': text})
        assert outcomes(facts) == [('failed', 'auth', 'vpnuser')] and 'ctrl-finished' in facts['signatures']


def test_a_line_has_its_number() -> None:
    facts = collected({'var/log/syslog': OTHER + FAILED})
    assert facts['signatures']['chap-failed'][2:] == ['/var/log/syslog:6', 'Nov 22 07:58:56']
    assert facts['sessions'][0]['source'] == '/var/log/syslog:2'
    assert facts['sources'] == [['/var/log/syslog', 7, 'Nov 22 07:58:53', 'Nov 22 07:58:56']]


@pytest.mark.parametrize('path', ['client.log', 'var/log/ppp.log'])
def test_a_logfile_without_names_and_times(path: str) -> None:
    assert outcomes(collected({path: BARE})) == [('failed', 'auth', 'vpnuser')]
    elsewhere = collected({'opt/x.log': BARE}, extra=['/opt/x.log', '/opt/absent'])
    assert outcomes(elsewhere) == [('failed', 'auth', 'vpnuser')]


def test_the_journal_may_be_json() -> None:
    rows = [{'MESSAGE': line, 'SYSLOG_IDENTIFIER': 'pptpd' if line[:4] == 'CTRL' else 'pppd', '_PID': '7',
             '__REALTIME_TIMESTAMP': str(1795334330000000 + number)} for number, line in enumerate(BARE.splitlines())]
    assert outcomes(collected({'commands/journalctl.txt': '\n'.join(map(json.dumps, rows))})) == [
        ('failed', 'auth', 'vpnuser')]


def test_a_line_in_two_logs_counts_once() -> None:
    daemon = ''.join(line for line in FAILED.splitlines(True) if 'pptpd' in line)
    iso = FAILED.replace('Nov 22 ', '2026-11-22T').replace(' vpn ', '.5+05:30 vpn ')
    facts = collected({'var/log/syslog': FAILED, 'var/log/daemon.log': daemon, 'commands/journal.txt': iso})
    assert facts['session_counts']['total'] == 1
    assert {name: entry[0] for name, entry in facts['signatures'].items()} == dict.fromkeys(
        ['ctrl-started', 'ctrl-call', 'pppd-start', 'connect', 'chap-failed', 'exit', 'ctrl-finished'], 1)


def test_the_newest_line_counts_whichever_log_is_read_first() -> None:
    line = '2026-11-22T%s+00:00 gw pptpd[%d]: MGR: Manager process started\n'
    facts = collected({'var/log/syslog': line % ('08:31:00', 7),
                       'commands/journal.txt': line % ('08:12:00', 5) + line % ('08:31:00', 7)})
    assert facts['signatures']['mgr-start'][::3] == [2, '2026-11-22T08:31:00+00:00']


def test_programs_split_over_files_are_joined() -> None:
    files = {'var/log/daemon.log': ''.join(line for line in FAILED.splitlines(True) if 'pptpd[' in line),
             'var/log/messages': ''.join(line for line in FAILED.splitlines(True) if 'pppd[' in line)}
    assert collected(files)['session_counts']['total'] == 1


def test_rotated_logs_are_read_as_far_as_the_window_reaches() -> None:
    first, second = (FAILED.replace('106', '%d06' % digit).replace('107', '%d07' % digit) for digit in (4, 5))
    files = {'var/log/syslog': OTHER, 'var/log/syslog.1': FAILED, 'var/log/syslog.2.gz': gzip.compress(first.encode()),
             'var/log/messages-20261101': second, 'var/log/messages': OTHER}
    assert collected(files)['session_counts']['total'] == 3
    big = {'var/log/syslog': OTHER * (scan.WINDOW // len(OTHER) + 9) + first, 'var/log/syslog.1': FAILED}
    assert collected(big)['signatures']['chap-failed'][0] == 1
    assert collected(big, full=True)['signatures']['chap-failed'][0] == 2
    assert '/var/log/syslog' in [source for source, _why in collected(big)['evidence']['truncated']]


def test_what_is_older_than_the_window_is_counted_in_full() -> None:
    text = FAILED + OTHER * (scan.WINDOW // len(OTHER) + 9) + FAILED
    facts = collected({'var/log/syslog': text}, full=True)
    assert facts['session_counts']['total'] == 1 and facts['signatures']['chap-failed'][0] == 2


def test_the_budget_ends_a_scan_with_a_note() -> None:
    facts = collected({'var/log/syslog': FAILED}, budget_seconds=-1.0)
    assert facts['sessions'] == [] and ['/var/log/syslog', 'time budget'] in facts['evidence']['truncated']


def test_radius_kernel_and_winbind_speak_too() -> None:
    facts = collected({
        'var/log/freeradius/radius.log': 'Sun Nov 22 07:58:50 2026 : Auth: (0) Login incorrect (mschap: MS-CHAP2-'
                                         'Response is incorrect): [bob/secretpassword] (from client vpn port 0)\n',
        'var/log/samba/log.winbindd': '[2026/11/22 07:58:50.1,  0] ../../source3/winbindd/winbindd.c:1061(main)\n'
                                      '  invalid permissions on directory /var/lib/samba/winbindd_privileged\n',
        'commands/dmesg.txt': '[    5.0] nf_conntrack: default automatic helper assignment has been turned off\n'})
    assert set(facts['signatures']) == {'rad-wrong-password', 'winbind-pipe', 'kernel-helper-off'}
    assert 'secretpassword' not in json.dumps(facts)


def test_the_kernel_alone_does_not_hide_a_loose_log() -> None:
    kernel = '[    5.0] nf_conntrack: default automatic helper assignment has been turned off\n'
    assert outcomes(collected({'commands/dmesg.txt': kernel, 'client.log': FAILED})) == [('failed', 'auth', 'vpnuser')]


def test_an_unknown_error_is_shown_once_with_its_count() -> None:
    text = ''.join('Nov 22 07:58:50 vpn pppd[%d]: strange failure of gadget %d\n' % (n, n) for n in range(9))
    assert collected({'var/log/syslog': text})['unmatched'] == [['pppd', 'strange failure of gadget N', 9]]


def test_hostile_text_is_data() -> None:
    line = "Nov 22 07:58:56 vpn pppd[7]: Peer {{ lookup('pipe', 'x') }}<script>\x1b[31m failed CHAP authentication\n"
    facts = collected({'var/log/syslog': line})
    assert list(facts['users']) == ["{{ lookup('pipe', 'x') }}<script>\\x1b[31m"]
    assert '\x1b' not in repr(facts)


@pytest.mark.parametrize('files', [
    {}, {'etc/pptpd.conf': 'x'}, {'var/log/syslog': ''}, {'var/log/syslog': b'\xff\x00' * 999},
    {'var/log/syslog.2.gz': b'broken', 'var/log/syslog': OTHER}, {'commands/journal.txt': '{'}])
def test_nothing_gives_nothing(files: dict[str, t.Any]) -> None:
    facts = collected(files)
    assert facts['sessions'] == [] and facts['signatures'] == {} and facts['unmatched'] == []


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(['var/log/syslog', 'var/log/ppp.log', 'x.log', 'commands/journal.txt']), st.binary(max_size=400),
       st.integers(0, len(FAILED)))
def test_any_bytes_are_read(path: str, junk: bytes, at: int) -> None:
    text = FAILED.encode()
    collected({path: text[:at] + junk + text[at:]})


def test_facts_stay_small() -> None:
    noisy = ''.join(FAILED.replace('vpnuser', 'u%d' % n * 200).replace('107', str(9000 + n)) for n in range(200))
    assert len(json.dumps(collected({'var/log/syslog': noisy}))) < 16000
