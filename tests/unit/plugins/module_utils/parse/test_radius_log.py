# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""FreeRADIUS's log; the lines were printed by 3.2.1 and 3.2.7 of Debian (`LOG` stands in both versions unless said)."""

from __future__ import annotations

import pathlib

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils import signatures
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import radius_log
from ansible_collections.vpnops.pptp.plugins.module_utils.parse.logline import Splitter

PATH = '/var/log/freeradius/radius.log'
READY = 'Sun Nov 22 07:14:00 2026 : Info: Ready to process requests\n'
UNKNOWN = ('Sun Nov 22 07:17:51 2026 : Error: Ignoring request to auth address * port 1812 bound to server default '
           'from '
           'unknown client 10.99.1.66 port 37242 proto udp\n')
MISMATCH = ('Sun Nov 22 07:15:31 2026 : Info: Dropping packet without response because of error: Received packet from '
            '10.99.1.1 with invalid Message-Authenticator!  (Shared secret is incorrect.) (from client vpn)\n')
ACCOUNTING = ('Sun Nov 22 07:15:31 2026 : Info: Dropping packet without response because of error: Received '
              'Accounting-Request packet from client 10.99.1.1 with invalid Request Authenticator!  (Shared secret is '
              'incorrect.) (from client vpn)\n')
LEARNED = 'Sun Nov 22 07:20:50 2026 : Error: Setting "require_message_authenticator = %s" for client vpn\n'     # 3.2.7
INCORRECT = ('Sun Nov 22 08:12:03 2026 : Auth: (1) Login incorrect (mschap: MS-CHAP2-Response is incorrect): [alice] '
             '(from client vpn port 0)\n')
ACCEPTED = 'Sun Nov 22 08:12:09 2026 : Auth: (2) Login OK: [alice] (from client vpn port 0)\n'
DEMANDED = ('Sun Nov 22 07:20:52 2026 : Info: Dropping packet without response because of error: Insecure packet '
            'from host '
            '10.99.1.1:  Packet does not contain required Message-Authenticator attribute.  You may need to set '
            '"require_message_authenticator = no" in the configuration. (from client vpn)\n')      # 3.2.7, debug


def seen(*texts: str) -> radius_log.Seen:
    found = radius_log.Seen()
    found.take(''.join(texts), PATH)
    return found


def test_who_is_not_known() -> None:
    row = seen(READY, UNKNOWN, UNKNOWN).clients()[0]
    assert row[:5] == ['unknown', 'auth', '10.99.1.66', '', 2]
    assert row[5].startswith('Ignoring request to auth address')
    assert row[6:] == [PATH + ':3', 'Sun Nov 22 07:17:51 2026', True]


def test_whose_secret_is_another() -> None:
    rows = seen(MISMATCH, ACCOUNTING).clients()
    assert [row[:5] for row in rows] == [['mismatch', 'acct', '10.99.1.1', 'vpn', 1], ['mismatch', 'auth', '10.99.1.1',
                                                                                       'vpn', 1]]
    assert rows[0][8] is None       # no start was logged


def test_a_line_before_the_last_start_is_of_another_server() -> None:
    assert [row[8] for row in seen(UNKNOWN, READY).clients()] == [False]
    assert [row[8] for row in seen(READY, UNKNOWN, READY, MISMATCH).clients()] == [True, False]


def test_what_was_learned_is_forgotten_at_a_start() -> None:
    assert seen(LEARNED % 'true').learned == {'vpn': ['true', PATH + ':1', 'Sun Nov 22 07:20:50 2026']}
    assert seen(LEARNED % 'true', READY).learned == {}
    assert seen(READY, LEARNED % 'false', LEARNED % 'true').learned['vpn'][0] == 'true'


def test_a_demand_that_pppd_cannot_meet() -> None:
    assert [row[:4] for row in seen(DEMANDED).clients()] == [['demanded', 'auth', '10.99.1.1', 'vpn']]


def test_the_newest_word_about_a_user_counts() -> None:
    assert seen(INCORRECT).users() == [
        ['alice', 'vpn', False, 'mschap: MS-CHAP2-Response is incorrect', PATH + ':1', 'Sun Nov 22 08:12:03 2026']]
    assert [row[2] for row in seen(INCORRECT, ACCEPTED).users()] == [True]


def test_a_password_that_the_log_holds_is_not_taken() -> None:
    line = 'Sun Nov 22 08:12:03 2026 : Auth: (1) Login incorrect: [alice/hunter2] (from client vpn port 0)\n'
    assert 'hunter2' not in str(seen(line).users())
    assert seen(line).users()[0][0] == 'alice'


def test_a_name_forges_no_line() -> None:
    evil = 'x] (from client vpn port 0) Ignoring request to auth address * from unknown client 9.9.9.9 port 1'
    line = 'Sun Nov 22 08:12:03 2026 : Auth: (1) Login incorrect: [%s] (from client real port 0)\n' % evil
    assert seen(line).clients() == []


RECORDED = pathlib.Path(__file__).resolve().parents[4] / 'bundles/aaa'


def recorded(version: str) -> str:
    return (RECORDED / ('radius-%s.log' % version)).read_text('utf-8')


def test_a_recorded_log_of_3_2_1() -> None:
    found = seen(recorded('321'))
    assert {tuple(row[:4]) for row in found.clients()} == {
        ('unknown', 'auth', '10.99.1.66', ''), ('mismatch', 'auth', '10.99.1.1', 'vpn'),
        ('mismatch', 'acct', '10.99.1.1', 'vpn')}
    assert found.learned == {}
    users = {row[0]: (row[2], row[3]) for row in found.users()}
    assert users['nobody'] == (False, 'mschap: FAILED: No NT-Password.  Cannot perform authentication')
    assert users['locked'][1].startswith('mschap: SMB-Account-Ctrl (or ntlm_auth) says that the account is locked out')


def test_a_recorded_log_of_3_2_7() -> None:
    found = seen(recorded('327'))
    assert {tuple(row[:4]) for row in found.clients()} == {('mismatch', 'auth', '10.99.1.1', 'vpn')}
    assert found.learned['vpn'][0] == 'false'
    at = [number for number, line in enumerate(recorded('327').split('\n')) if 'authenticator = true' in line]
    parts = ['\n'.join(recorded('327').split('\n')[:number + 1]) for number in at]
    assert [seen(text).learned['vpn'][0] for text in parts] == ['true'] * 4


@pytest.mark.parametrize('version', ['321', '327'])
def test_every_recorded_line_is_known(version: str) -> None:
    splitter = Splitter('radius')
    lines = [line for line in map(splitter.split, recorded(version).split('\n')) if line]
    assert [line.message for line in lines if signatures.match(line.program, line.message) is None] == []


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([READY, UNKNOWN, MISMATCH, LEARNED, INCORRECT, ACCEPTED, DEMANDED, '\n', '[',
                                 '] (from client ',
                                 'Login OK: [', '\x00', 'x' * 3000, ' : ', '\udce9']), max_size=20).map(''.join))
def test_nothing_raises(text: str) -> None:
    found = seen(text)
    assert len(found.clients()) <= radius_log.ROWS
    found.users()


LOCKED = ("Thu Nov 26 09:41:39 2026 : ERROR: (%d) mschap: ERROR: Program returned code (1) and output 'The user "
          'account has been automatically locked because too many invalid logon attempts or password change attempts '
          "have been requested. (0xc0000234)'\n")
NO_DOMAIN = ('Thu Nov 26 09:41:39 2026 : Auth: (%d) Login incorrect (mschap: No NT-Domain was found in the User-Name): '
             '[%s] (from client vpn port 0 cli 203.0.113.1)\n')


def test_the_error_of_a_request_is_the_reason_of_its_refusal() -> None:
    row = seen(LOCKED % 3, NO_DOMAIN % (3, 'locked')).users()[0]
    assert row[:3] == ['locked', 'vpn', False]
    assert row[3].startswith('Program returned code (1)')
    assert row[3].endswith("(0xc0000234)'")
    assert row[4] == PATH + ':1'
    rows = seen(LOCKED % 3, NO_DOMAIN % (4, 'bob'), NO_DOMAIN % (3, 'locked')).users()     # requests interleave
    assert [(row[0], row[4]) for row in rows] == [('locked', PATH + ':1'), ('bob', PATH + ':2')]
    for gone in (READY, INCORRECT.replace('(1) Login', '(3) Login')):       # another request has the number since
        assert seen(LOCKED % 3, gone, NO_DOMAIN % (3, 'locked')).users()[0][3].startswith('mschap: No NT-Domain')
    kept = seen(INCORRECT, ACCEPTED.replace('alice', 'bob')).users()
    assert [row[3] for row in kept] == ['', 'mschap: MS-CHAP2-Response is incorrect']
