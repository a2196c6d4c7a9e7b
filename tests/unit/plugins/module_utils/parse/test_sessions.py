# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines joined to logins, on a server and on a client, with and without pids, times and debug."""

from __future__ import annotations

import re
import typing as t

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils.parse import sessions as s
from ansible_collections.vpnops.pptp.plugins.module_utils.parse.logline import Splitter
from ansible_collections.vpnops.pptp.plugins.module_utils.parse.trace import is_trace
from ansible_collections.vpnops.pptp.plugins.module_utils.signatures import match

GOOD = """
pptpd[199]: CTRL: Client 10.1.0.10 control connection started
pptpd[199]: CTRL: Starting call (launching pppd, opening GRE)
pppd[200]: Plugin /usr/lib/pptpd/pptpd-logwtmp.so loaded.
pppd[200]: pppd 2.4.9 started by root, uid 0
pppd[200]: Using interface ppp0
pppd[200]: Connect: ppp0 <--> /dev/pts/0
pptpd[199]: GRE: Bad checksum from pppd.
pppd[200]: peer from calling number 10.1.0.10 authorized
pppd[200]: MPPE 128-bit stateless compression enabled
pppd[200]: Cannot determine ethernet address for proxy ARP
pppd[200]: local  IP address 10.99.0.1
pppd[200]: remote IP address 10.99.0.100
pppd[200]: pptpd-logwtmp.so ip-up ppp0 vpnuser 10.1.0.10
pppd[200]: LCP terminated by peer (MPPE disabled)
pppd[200]: Modem hangup
pppd[200]: Connection terminated.
pppd[200]: Exit.
pptpd[199]: CTRL: Client 10.1.0.10 control connection finished
"""
WRONG_PASSWORD = """
pptpd[106]: CTRL: Client 10.1.0.11 control connection started
pptpd[106]: CTRL: Starting call (launching pppd, opening GRE)
pptpd[107]: CTRL (PPPD Launcher): program binary = /usr/sbin/pppd
pppd[107]: pppd 2.4.9 started by root, uid 0
pppd[107]: Connect: ppp0 <--> /dev/pts/0
pppd[107]: sent [LCP ConfReq id=0x1 <mru 1400> <asyncmap 0x0> <auth chap MS-v2> <magic 0xd340c878> <pcomp> <accomp>]
pppd[107]: rcvd [LCP ConfAck id=0x1 <mru 1400> <asyncmap 0x0> <auth chap MS-v2> <magic 0xd340c878> <pcomp> <accomp>]
pppd[107]: rcvd [LCP ConfReq id=0x1 <asyncmap 0x0> <magic 0xc2ea1044> <pcomp> <accomp>]
pppd[107]: sent [LCP ConfAck id=0x1 <asyncmap 0x0> <magic 0xc2ea1044> <pcomp> <accomp>]
pppd[107]: sent [CHAP Challenge id=0x4b <24dec1c42e812153205204c6361d3386>, name = "pptpd"]
pppd[107]: rcvd [CHAP Response id=0x4b <836955a87a057f3e456281c2879b4d6700>, name = "vpnuser"]
pppd[107]: Peer vpnuser failed CHAP authentication
pppd[107]: sent [CHAP Failure id=0x4b "E=691 R=1 C=24dec1c42e812153205204c6361d3386 V=0 M=Access denied"]
pppd[107]: Connection terminated.
pppd[107]: Exit.
pptpd[106]: GRE: read(fd=6,buffer=552aabd520,len=8196) from PTY failed: status = -1 error = Input/output error
pptpd[106]: CTRL: Client 10.1.0.11 control connection finished
pptpd[106]: CTRL: Exiting now
"""
NO_SECRET = """
pptpd[300]: CTRL: Client 10.1.0.12 control connection started
pptpd[300]: CTRL: Starting call (launching pppd, opening GRE)
pptpd[301]: /usr/sbin/pppd: The remote system is required to authenticate itself
pptpd[301]: /usr/sbin/pppd: but I couldn't find any suitable secret (password) for it to use to do so.
pppd[301]: The remote system is required to authenticate itself
pppd[301]: but I couldn't find any suitable secret (password) for it to use to do so.
pptpd[300]: CTRL: Client 10.1.0.12 control connection finished
"""
ADDRESS = """
pppd[683]: pppd 2.4.9 started by root, uid 0
pppd[683]: Connect: ppp0 <--> /dev/pts/0
pptp[685]: anon log[main:pptp.c:353]: The synchronous pptp option is NOT activated
pptp[691]: anon log[ctrlp_disp:pptp_ctrl.c:939]: Outgoing call established (call ID 52212, peer's call ID 0).
pppd[683]: CHAP authentication succeeded
pppd[683]: local  IP address 10.99.0.100
pppd[683]: remote IP address 10.99.0.1
pppd[683]: IPCP terminated by peer (Unauthorized remote IP address)
pppd[683]: Connection terminated.
"""
REFUSED = """
pppd[75]: pppd 2.4.9 started by root, uid 0
pppd[75]: Connect: ppp0 <--> /dev/pts/0
pptp[77]: anon log[main:pptp.c:353]: The synchronous pptp option is NOT activated
pptp[78]: anon warn[open_inetsock:pptp_callmgr.c:352]: connect: Connection refused
pptp[77]: anon fatal[open_callmgr:pptp.c:525]: Call manager exited with error 256
pppd[75]: Modem hangup
"""


def dated(text: str) -> str:
    return ''.join('Nov 22 %02d:%02d:%02d vpn %s\n' % (7 + number // 3600, number // 60 % 60, number % 60, line)
                   for number, line in enumerate(text.strip().splitlines()))


def nameless(text: str) -> str:
    return re.sub(r'(?m)^\w+\[\d+\]: ', '', text.strip())


def joined(text: str) -> tuple[s.Joiner, list[dict[str, t.Any]]]:
    joiner, splitter = s.Joiner(), Splitter()
    for number, raw in enumerate(text.splitlines(), 1):
        line = splitter.split(raw)
        if line is not None:
            signature = None if is_trace(line.message) else match(line.program, line.message)
            joiner.feed(line, signature, 'syslog:%d' % number)
    return joiner, joiner.finish()


def short(session: dict[str, t.Any]) -> tuple[t.Any, ...]:
    return tuple(session[key] for key in ('side', 'outcome', 'reached', 'user', 'client'))


@pytest.mark.parametrize('shape', [dated, str, nameless])
@pytest.mark.parametrize(('text', 'expected'), [
    (GOOD, ('server', 'up', 'path', 'vpnuser', '10.1.0.10')),
    (WRONG_PASSWORD, ('server', 'failed', 'auth', 'vpnuser', '10.1.0.11')),
    (NO_SECRET, ('server', 'failed', 'control', None, '10.1.0.12')),
    (ADDRESS, ('client', 'failed', 'address', None, None)),
    (REFUSED, ('client', 'failed', 'control', None, None))])
def test_a_login_is_one_session(text: str, expected: tuple[t.Any, ...], shape: t.Callable[[str], str]) -> None:
    _joiner, found = joined(shape(text))
    assert [short(session) for session in found] == [expected]


def test_what_a_session_says() -> None:
    _joiner, (session,) = joined(dated(WRONG_PASSWORD))
    assert session['events'] == ['ctrl-started', 'ctrl-call', 'pppd-start', 'connect', 'chap-failed', 'gre-pty-gone',
                                 'trace-chap-failure-691']
    assert session['start'] == 'Nov 22 07:00:00' and session['duration'] == 16.0 and session['source'] == 'syslog:1'
    assert session['rcvd_lcp'] and session['rcvd_lcp_ack'] and session['sent_lcp'] and session['ms_error'] == 691
    assert session['methods'] == ['offered chap MS-v2', 'acked chap MS-v2'] and session['auth'] == 'chap MS-v2'


def test_without_a_trace_nothing_is_known_of_lcp() -> None:
    _joiner, (session,) = joined(GOOD)
    assert session['rcvd_lcp'] is None and session['sent_lcp'] is None and session['methods'] == []


def test_interleaved_logins_stay_apart() -> None:
    pairs = zip(GOOD.strip().splitlines(), WRONG_PASSWORD.strip().splitlines())  # noqa: B905 - Python 3.8
    lines = [line for pair in pairs for line in pair]
    joiner, found = joined(dated('\n'.join(lines)))
    assert [session['outcome'] for session in found] == ['up', 'failed']
    assert joiner.users == {'vpnuser': {'up': 1, 'failed': 1, 'last': 'failed'}}


def test_an_option_error_counts_once() -> None:
    joiner, _found = joined(dated(NO_SECRET))
    assert joiner.events['start-no-secret'][0] == 1


def test_an_open_login_is_neither_up_nor_failed() -> None:
    _joiner, (session,) = joined('\n'.join(WRONG_PASSWORD.strip().splitlines()[:8]))
    assert session['outcome'] == 'open' and session['reached'] == 'link'


def test_a_pppoe_uplink_is_not_a_login() -> None:
    joiner, found = joined('pppd[5]: Plugin rp-pppoe.so loaded.\npppd[5]: pppd 2.4.7 started by root\n'
                           'pppd[6]: pppd 2.4.7 started by root, uid 0\npppd[6]: Connect: ppp0 <--> eth1\n'
                           'pppd[5]: LCP: timeout sending Config-Requests\n'
                           'pppd[6]: LCP: timeout sending Config-Requests\n')
    assert found == [] and 'lcp-timeout' not in joiner.events and joiner.counts['total'] == 0


def test_pppds_own_plugin_for_pptp_is_no_foreign_uplink() -> None:
    _joiner, (session,) = joined('pppd[8]: Plugin pptp.so loaded.\npppd[8]: pppd 2.5.1 started by root, uid 0\n'
                                 'pppd[8]: Connect: pptp-vpn <--> pptp (198.51.100.4)\n'
                                 'pppd[8]: LCP: timeout sending Config-Requests\npppd[8]: Exit.\n')
    assert session['outcome'] == 'failed' and 'lcp-timeout' in session['events']


def test_the_firmware_of_a_router_calls_its_pppd_pptp() -> None:
    _joiner, (session,) = joined(re.sub(r'(?m)^pppd', 'pptp', GOOD.strip()))
    assert short(session) == ('server', 'up', 'path', 'vpnuser', '10.1.0.10')


def test_of_an_l2tp_login_only_radius_counts() -> None:
    joiner, found = joined('pppd[5]: Plugin pppol2tp.so loaded.\npppd[5]: pppd 2.4.9 started by root, uid 0\n'
                           'pppd[5]: rc_avpair_new: unknown attribute 60\n'
                           'pppd[5]: Peer bob failed CHAP authentication\n')
    assert found == [] and list(joiner.events) == ['radius-attribute']


def test_a_control_connection_without_its_beginning_finds_its_pppd() -> None:
    _joiner, (session,) = joined('pppd[31]: Plugin /usr/lib/pptpd/pptpd-logwtmp.so loaded.\n'
                                 'pppd[31]: pppd 2.4.9 started by root, uid 0\n'
                                 'pptpd[30]: CTRL: Reaping child PPP[31]\n'
                                 'pptpd[30]: CTRL: Client 10.1.0.10 control connection finished\n')
    assert session['outcome'] == 'failed' and session['events'] == ['pppd-start']


def test_a_login_whose_beginning_is_missing_was_up() -> None:
    _joiner, (session,) = joined('pppd[31]: Script /etc/ppp/ip-down started (pid 40)\npppd[31]: Exit.\n')
    assert session['outcome'] == 'up'
    _joiner, (session,) = joined('pppd[31]: Connect: ppp0 <--> /dev/pts/0\npppd[31]: local  IP address 10.0.0.1\n'
                                 'pppd[31]: IPCP terminated by peer (Unauthorized remote IP address)\n'
                                 'pppd[31]: Script /etc/ppp/ip-down started (pid 40)\npppd[31]: Exit.\n')
    assert session['outcome'] == 'failed'


def test_a_refused_client_logs_its_pppd_after_its_pptp() -> None:
    lines = REFUSED.strip().splitlines()
    _joiner, (session,) = joined(dated('\n'.join(lines[2:5] + lines[:2] + lines[5:])))
    assert session['events'][:2] == ['pptp-refused', 'pptp-no-connection'] and 'connect' in session['events']


def test_the_mode_of_the_secrets_does_not_hide_how_far_a_login_came() -> None:
    _joiner, (session,) = joined('pppd[5]: Connect: ppp0 <--> /dev/pts/0\n'
                                 'pppd[5]: Warning - secret file /etc/ppp/chap-secrets has world and/or group access\n'
                                 'pppd[5]: MPPE 128-bit stateless compression enabled\npppd[5]: Exit.')
    assert session['reached'] == 'mppe'


def test_persist_makes_several_attempts_of_one_pid() -> None:
    again = 'pppd[75]: Connect: ppp0 <--> /dev/pts/0\npppd[75]: LCP: timeout sending Config-Requests\n'
    _joiner, found = joined(dated('pppd[75]: pppd 2.4.9 started by root, uid 0\n' + again * 3))
    assert [session['outcome'] for session in found] == ['failed'] * 3


def test_a_windows_client_tells_its_error() -> None:
    _joiner, (session,) = joined('pppd[1]: Connect: ppp0 <--> /dev/pts/0\n'
                                 'pppd[1]: LCP terminated by peer (^O;^AM-/^@<M-Mt^@^@^BM-f)\npppd[1]: Exit.')
    assert session['windows_code'] == 742 and 'win-742' in session['events']


def test_memory_is_bounded_and_all_are_counted() -> None:
    text = ''.join(GOOD.replace('199', str(2 * n)).replace('200', str(2 * n + 1)) for n in range(500, 900))
    joiner, found = joined(dated(text))
    assert len(found) == s.KEPT and joiner.counts == {'total': 400, 'up': 400, 'failed': 0, 'open': 0}
    assert joiner.events['mppe-on'][0] == 400


def test_old_sessions_are_closed_while_reading() -> None:
    joiner, splitter = s.Joiner(), Splitter()
    for number in range(1000, 1400):
        line = splitter.split('pppd[%d]: Connect: ppp0 <--> /dev/pts/0' % number)
        assert line is not None
        joiner.feed(line, match('pppd', line.message), 'x')
    assert len(joiner._live) <= s.LIVE and len(joiner._keys) <= s.LIVE


def test_users_are_at_most_twenty_and_escaped() -> None:
    joiner, _found = joined(''.join('pppd[%d]: Peer <script>%d\x1b failed CHAP authentication\n' % (number, number)
                                    for number in range(1, 40)))
    assert len(joiner.users) == s.USERS and '<script>39\\x1b' in joiner.users


def test_no_secret_is_in_what_is_shown() -> None:
    joiner, found = joined(dated(WRONG_PASSWORD) + 'pppd[107]: unknown host secretpassword in auth. address list\n')
    shown = repr((s.scrubbed(joiner.events), found))
    assert 'secretpassword' not in shown and '24dec1c4' not in shown and '836955a8' not in shown


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from((GOOD + WRONG_PASSWORD + NO_SECRET + ADDRESS + REFUSED).strip().splitlines()),
                max_size=40), st.sampled_from([dated, str, nameless]))
def test_any_order_is_joined(lines: list[str], shape: t.Callable[[str], str]) -> None:
    joiner, found = joined(shape('\n'.join(lines)))
    assert joiner.counts['total'] == sum(joiner.counts[key] for key in ('up', 'failed', 'open')) >= len(found)
