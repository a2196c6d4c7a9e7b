# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The file of options of one login, read as pppd reads it, and what its output means (texts of recorded logins)."""

from __future__ import annotations

import doctest

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import client_login
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import words

UP = ('Using interface ppp0\nConnect: ppp0 <--> /dev/pts/1\nCHAP authentication succeeded\n'
      'MPPE 128-bit stateless compression enabled\nlocal  IP address 10.99.0.100\nremote IP address 10.99.0.1\n')
REFUSED = ('Using interface ppp0\nConnect: ppp0 <--> /dev/pts/1\nMS-CHAP authentication failed: Access denied\n'
           'CHAP authentication failed\nModem hangup\nConnection terminated.\n')


def test_the_samples() -> None:
    assert doctest.testmod(client_login).failed == 0


@pytest.mark.parametrize('password', ['plain', 'a b#c', 'quo"te\\', "it's", 'grün', '@/etc/passwd'])
def test_pppd_reads_the_very_password(password: str) -> None:
    text = client_login.options('/usr/sbin/pptp', '203.0.113.10', 'CORP\\alice', password)
    lines = {line[0].value: line for line in words.lines(text.decode('utf-8'))}
    assert words.encode(lines['password'][1].value) == password.encode('utf-8')
    assert lines['user'][1].value == 'CORP\\alice'
    assert lines['pty'][1].value == '/usr/sbin/pptp 203.0.113.10 --nolaunchpppd --loglevel 0'


@pytest.mark.parametrize('server', ['', 'a b', 'x;reboot', '$(reboot)', '-h', 'a\nnoauth', '"'])
def test_a_server_that_a_shell_would_read_otherwise_is_refused(server: str) -> None:
    with pytest.raises(ValueError, match='is no name'):
        client_login.options('pptp', server, 'alice', 'x')


def test_a_newline_in_the_password_is_refused_without_showing_it() -> None:
    with pytest.raises(ValueError, match='the password') as caught:
        client_login.options('pptp', 'vpn', 'alice', 'geheim\nnoauth')
    assert 'geheim' not in str(caught.value)


def test_a_password_that_pppd_would_cut_is_refused() -> None:
    """It keeps 255 bytes of it, without a word (auth.c: MAXSECRETLEN with its NUL), and logs in with those."""
    assert b'x' * 255 in client_login.options('pptp', 'vpn', 'alice', 'x' * 255)
    for user, password in (('alice', 'x' * 256), ('x' * 256, 'y')):
        with pytest.raises(ValueError, match='pppd takes 255'):
            client_login.options('pptp', 'vpn', user, password)


def test_a_login_that_nobody_ends_ends_itself() -> None:
    lines = client_login.options('pptp', 'vpn', 'alice', 'x', ['maxconnect 7']).decode().splitlines()
    assert [line for line in lines if line.startswith('maxconnect')] == ['maxconnect 600', 'maxconnect 7']


def test_a_trace_that_somebody_has_on_shows_nothing_to_crack() -> None:
    output = 'rcvd [CHAP Challenge id=0x5e <%s>, name = "pptpd"]\nsent [CHAP Response id=0x5e <%s>, name = "al"]\n' % (
        'ab' * 16, 'cd' * 49) + 'x\n' * 30 + 'MS-CHAP authentication failed: E=691 R=0 C=%s\n' % ('ef' * 16)
    shown = str(client_login.log(output)) + client_login.why(output, 19) + str(client_login.log(output[:300]))
    assert not any(part * 8 in shown for part in ('ab', 'cd', 'ef')) and 'E=691' in shown
    assert len(client_login.log(output)) == 20


def test_up_is_two_addresses() -> None:
    assert client_login.seen(UP) == ('10.99.0.100', '10.99.0.1', 'MPPE 128-bit stateless')
    assert client_login.seen(UP).up
    assert not client_login.seen(UP.rpartition('remote')[0]).up
    assert not client_login.seen(REFUSED).up


@pytest.mark.parametrize(('output', 'status', 'words_of_it'), [
    (REFUSED, 19, 'the server refused the login (MS-CHAP authentication failed: Access denied)'),
    ('LCP: timeout sending Config-Requests\nConnection terminated.\n', 10,
     'PPP was not negotiated (LCP: timeout sending Config-Requests)'),
    ('Modem hangup\nConnection terminated.\n', 16, 'the server hung up'),
    ('', None, 'it took too long'), ('', 99, 'pppd ended with status 99')])
def test_a_failure_says_why(output: str, status: int | None, words_of_it: str) -> None:
    assert client_login.why(output, status) == words_of_it
