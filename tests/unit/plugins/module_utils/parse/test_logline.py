# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One line, however it was written or pasted."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils.parse.logline import Splitter

NOV = 1795334330.0   # 2026-11-22 07:58:50
HANGUP = ('pppd', 12, 'Modem hangup')

LINES = [
    ('Nov 22 07:58:50 vpn pppd[12]: Modem hangup', NOV, HANGUP),
    ('Nov 22 07:58:50.123456 vpn pppd[12]: Modem hangup', NOV, HANGUP),
    ('2026-11-22T07:58:50.011929+00:00 vpn pppd[12]: Modem hangup', NOV, HANGUP),
    ('2026-11-22T07:58:50+0100 vpn pppd[12]: Modem hangup\r', NOV, HANGUP),
    ('Sun 2026-11-22 07:58:50 UTC vpn pppd[12]: Modem hangup', NOV, HANGUP),
    ('<30>Nov 22 07:58:50 pppd[12]: Modem hangup', NOV, HANGUP),
    ('<30>1 2026-11-22T07:58:50Z vpn pppd 12 - - Modem hangup', NOV, HANGUP),
    ('Sun Nov 22 07:58:50 2026 daemon.info pppd[12]: Modem hangup', NOV, HANGUP),
    ('Nov 22 07:58:50 openwrt daemon.notice pppd[12]: Modem hangup', NOV, HANGUP),
    ('> Nov 22 07:58:50 vpn pppd[12]: Modem hangup', NOV, HANGUP),
    ('pptp-1  | Nov 22 07:58:50 vpn pppd[12]: Modem hangup', NOV, HANGUP),
    ('    pppd[12]: Modem hangup', None, HANGUP),
    ('Modem hangup', None, ('pppd', 0, 'Modem hangup')),
    ('rcvd [LCP TermAck id=0x2]', None, ('pppd', 0, 'rcvd [LCP TermAck id=0x2]')),
    ('/usr/sbin/pppd: In file /etc/ppp/options: x', None, ('pppd', 0, 'In file /etc/ppp/options: x')),
    ('Nov 22 07:58:50 vpn pptpd[9]: /usr/sbin/pppd: The remote system', NOV, ('pppd', 9, 'The remote system')),
    ('Nov 22 07:58:50 vpn pptpctrl[9]: CTRL: x', NOV, ('pptpd', 9, 'CTRL: x')),
    ('CTRL: Client 10.1.0.10 control connection started', None,
     ('pptpd', 0, 'CTRL: Client 10.1.0.10 control connection started')),
    ('anon log[decaps_gre:pptp_gre.c:416]: accepting packet 1', None, ('pptp', 0, 'accepting packet 1')),
    ('Nov 22 07:58:50 c pptp[7]: anon fatal[open_callmgr:pptp.c:525]: Call manager exited with error 256', NOV,
     ('pptp', 7, 'Call manager exited with error 256')),
    ('Sun Nov 22 07:58:50 2026 : Auth: (0) Login OK: [bob] (from client vpn port 0)', NOV,
     ('radius', 0, 'Login OK: [bob] (from client vpn port 0)')),
    ('Sun Nov 22 07:58:50 2026 : Auth: (3) Login incorrect (mschap: MS-CHAP2-Response is incorrect): [x]', NOV,
     ('radius', 0, 'MS-CHAP2-Response is incorrect): [x]')),
    ('Sun Nov 22 07:58:50 2026 : ERROR: (0) mschap: ERROR: Failed to read from child output', NOV,
     ('radius', 0, 'Failed to read from child output')),
    ('[2026-11-22 07:58:50]:  info: ppp0: disconnected', NOV, ('accel', 0, 'disconnected')),
    ('[    5.123456] PPP MPPE Compression module registered', None,
     ('kernel', 0, 'PPP MPPE Compression module registered')),
    ('Nov 22 07:58:50 vpn kernel: [    5.1] PPP generic driver version 2.4.2', NOV,
     ('kernel', 0, 'PPP generic driver version 2.4.2')),
    ('Nov 22 07:58:50 vpn pppd[12]: You need to create#012executing#012#011mknod', NOV,
     ('pppd', 12, 'You need to create')),
    ('Sun 2026-11-22 07:58:50 UTC vpn pptpd.service[9]: CTRL: x', NOV, ('pptpd', 9, 'CTRL: x')),
    # other locales, missing or doubled blanks, decorations
    ('lis 22 07:58:50 vpn pppd[12]: Modem hangup', NOV, HANGUP),
    ('Nov\xa022\xa007:58:50 vpn pppd[12]: Modem hangup', NOV, HANGUP),
    ('нояб. 22 07:58:50 vpn pppd[12]: Modem hangup', NOV, HANGUP),
    ('NOV 22  07:58:50 vpn pppd[12]: Modem hangup', NOV, HANGUP),
    ('Nov 22 07:58:50  pppd[12]: Modem hangup', NOV, HANGUP),
    ('**Nov 22 07:58:50 vpn pppd[12]: Modem hangup**', NOV, HANGUP),
    ('[COLOR="red"]Nov 22 07:58:50 vpn pppd[12]: Modem hangup[/COLOR]', NOV, HANGUP),
    ('Nov 22 07:58:50 vpn pppd[12]: [B]Modem hangup[/B] ', NOV, HANGUP),
    ('^[[BNov 22 07:58:50 vpn pppd[12]: Modem hangup', NOV, HANGUP),
    ('07:58:50 vpn pppd[12]: Modem hangup', None, HANGUP),
    ('debug: [pppd] Modem hangup', None, ('pppd', 0, 'Modem hangup')),
    ('debug: [pppd] anon warn[open_inetsock:pptp_callmgr.c:326]: connect: Connection refused', None,
     ('pptp', 0, 'connect: Connection refused')),
    # routers: pppd under the name pptp, pppd's plugin with pptp's call manager, netifd, a bare level
    ('Nov 22 07:58:50 pptp[12]: Modem hangup', NOV, HANGUP),
    ('Nov 22 07:58:50 gw pppd[12]: Call manager exited with error 1', NOV,
     ('pptp', 12, 'Call manager exited with error 1')),
    ('2026-11-22T07:58:50+00:00 notice pppd[12]: Modem hangup', NOV, HANGUP),
    ("Sun Nov 22 07:58:50 2026 daemon.notice netifd: vpn (77): /usr/sbin/pppd: In file /tmp/o: unrecognized option 'x'",
     NOV, ('pppd', 77, "In file /tmp/o: unrecognized option 'x'")),
    ('Nov 22 07:58:50 c pptp[7]: anon  log[main:pptp.c:350]: The synchronous pptp option is NOT activated', NOV,
     ('pptp', 7, 'The synchronous pptp option is NOT activated')),
    ('kernel: [UFW BLOCK] IN=eth0 OUT= PROTO=47', None, ('kernel', 0, '[UFW BLOCK] IN=eth0 OUT= PROTO=47')),
    ('mppe_decompress[0]: osize too small!', None, ('kernel', 0, 'mppe_decompress[0]: osize too small!')),
]


@pytest.mark.parametrize(('text', 'epoch', 'rest'), LINES, ids=[text[:40] for text, _e, _r in LINES])
def test_a_line_is_split(text: str, epoch: float | None, rest: tuple[str, int, str]) -> None:
    line = Splitter(reference=NOV + 3600).split(text)
    assert line is not None and (line.program, line.pid, line.message) == rest
    assert line.epoch == epoch


def test_others_are_ignored() -> None:
    splitter = Splitter()
    assert splitter.split('Nov 22 07:58:50 vpn sshd[1]: Failed password for root') is None
    assert splitter.split('Nov 22 07:58:50 vpn systemd[1]: Started cron.service') is None
    assert splitter.split('sshd[12]: session closed') is None and splitter.split('cron[1]: run pppd[5]: x') is None
    assert splitter.split('') is None and splitter.split('   ') is None and splitter.split('{"MESSAGE": 1}') is None


@pytest.mark.parametrize(('text', 'rest'), [
    ('Nov 22 07:58:50 pc NetworkManager[9]: Modem hangup', ('pppd', 0, 'Modem hangup')),
    ('Nov 22 07:58:50 pc NetworkManager[9]: nm-pptp-service-8 log[main:pptp.c:350]: The sync', ('pptp', 0, 'The sync')),
    ('Nov 22 07:58:50 gw netifd: vpn (77): Modem hangup', ('pppd', 77, 'Modem hangup'))])
def test_a_reprinted_line_counts_where_it_stands_alone(text: str, rest: tuple[str, int, str]) -> None:
    line = Splitter(echoes={'pppd', 'pptp'}).split(text)
    assert line is not None and (line.program, line.pid, line.message) == rest
    again = Splitter().split(text)
    assert again is None or again.program == 'nm'


def test_networkmanager_speaks_for_itself() -> None:
    for echoes in ((), ('pppd',)):
        line = Splitter(echoes=echoes).split('Nov 22 07:58:50 pc NetworkManager[9]: <warn>  VPN plugin failed: 1')
        assert line is not None and line.program == 'nm'


def test_a_year_is_guessed_backwards() -> None:
    """In January, a line of December is last year's."""
    january = Splitter(reference=1798761600.0)   # 2027-01-01
    assert january.epoch('Dec 31 23:59:59') == 1798761599.0
    assert january.epoch('Jan  1 00:00:00') == 1798761600.0
    assert january.epoch('Feb 31 99:99:99') is not None and january.epoch('nonsense') is None


def test_a_journal_entry_may_hold_bytes() -> None:
    entry = {'MESSAGE': [77, 111, 255], 'SYSLOG_IDENTIFIER': 'pppd', '_PID': '12',
             '__REALTIME_TIMESTAMP': '1795334330011929', '_HOSTNAME': 'vpn', '_CMDLINE': 'x' * 9000}
    line = Splitter().split(json.dumps(entry))
    assert line == ('2026-11-22T07:58:50Z', 1795334330.011929, 'vpn', 'pppd', 12, 'Mo\ufffd')


def test_a_log_of_one_program_needs_no_names() -> None:
    line = Splitter('winbind').split('  invalid permissions on directory /var/lib/samba/winbindd_privileged')
    assert line is not None and line.program == 'winbind'


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=200), st.sampled_from([text for text, _e, _r in LINES]).flatmap(
    lambda text: st.tuples(st.integers(0, len(text)), st.text(max_size=5)).map(
        lambda cut: text[:cut[0]] + cut[1] + text[cut[0]:]))))
def test_any_text_is_split_or_not(text: str) -> None:
    line = Splitter(reference=NOV).split(text)
    assert line is None or (line.pid >= 0 and '\n' not in line.message)


@pytest.mark.parametrize('filler', ['a', ' ', '> ', 'a| ', '[', '1', 'Nov 22 ', '<30>', '\x1b[1m', '{"', '\\'])
def test_a_long_line_takes_no_time(filler: str) -> None:
    begun = time.process_time()
    Splitter().split(filler * 500000)
    assert time.process_time() - begun < 0.5
