# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Status-Server and Access-Request together name the fault: every row of the table, with a real FreeRADIUS."""

from __future__ import annotations

import time
import typing as t

import pytest

from tests.aaa.radius_rig import RAD, Edit, Lab

BOTH = ['status', 'request']
NO_STATUS = Edit('radiusd.conf', r'status_server = yes', 'status_server = no')
ACCT_PORT, AUTH_PORT = f'{RAD}:1813', f'{RAD}:1812'


class Row(t.NamedTuple):
    """How FreeRADIUS and pppd's client are set, and what is seen: the two results and the reading."""

    server: dict[str, t.Any]
    client: dict[str, t.Any]
    status: str
    request: str | None
    reading: str


TABLE = {
    'healthy': Row({}, {}, 'authentic', 'authentic', 'fine'),
    'wrong secret': Row({}, {'secret': 'other'}, 'timeout', 'bad-authenticator', 'wrong-secret'),
    'no Status-Server': Row({'edits': [NO_STATUS]}, {}, 'timeout', 'authentic', 'no-status-server'),
    'no Status-Server, wrong secret': Row({'edits': [NO_STATUS]}, {'secret': 'other'}, 'timeout', 'bad-authenticator',
                                          'wrong-secret'),
    'Message-Authenticator demanded': Row({'client': 'require_message_authenticator = yes'}, {}, 'authentic', 'timeout',
                                          'message-authenticator-demanded'),
    'demanded, and a wrong secret': Row({'client': 'require_message_authenticator = yes'}, {'secret': 'other'},
                                        'timeout', 'timeout', 'silent'),
    'unknown client': Row({'address': '10.99.1.77'}, {}, 'timeout', 'timeout', 'silent'),
    'port 1645': Row({}, {'auth': f'{RAD}:1645'}, 'refused', None, 'refused'),
    'logins to the port for accounting': Row({}, {'auth': ACCT_PORT}, 'authentic', None, 'wrong-service'),
}


@pytest.mark.parametrize('case', TABLE)
def test_the_truth_table(lab: Lab, case: str) -> None:
    row = TABLE[case]
    lab.serve(**row.server)
    lab.configure(**row.client)
    seen = lab.probe(send=BOTH)['servers'][0]
    request = seen['request'] and seen['request']['result']
    assert (seen['status']['result'], request, seen['reading']) == row[2:]


def test_by_default_nothing_but_status_server_is_sent_and_nothing_is_logged(lab: Lab) -> None:
    lab.serve()
    before = lab.log()
    seen = lab.probe(wait=1.0)
    assert seen['sent'] == ['status']
    assert [(row['kind'], row['port'], row['reading']) for row in seen['servers']] == [
        ('auth', 1812, 'status-fine'), ('acct', 1813, 'fine')]
    assert [row['status']['code'] for row in seen['servers']] == ['Accept', 'Accounting-Response']
    assert lab.log() == before


def test_silence_to_status_server_alone_is_left_open(lab: Lab) -> None:
    lab.serve()
    lab.configure(secret='other')
    assert [row['reading'] for row in lab.probe()['servers']] == ['status-silent', 'status-silent']


def test_what_the_server_says_of_a_wrong_secret_misleads(lab: Lab) -> None:
    lab.serve()
    lab.configure(secret='other')
    seen = lab.probe(send=BOTH)['servers'][0]
    assert (seen['reading'], seen['request']['code']) == ('wrong-secret', 'Reject')
    assert seen['secret'] == '/etc/radiusclient/servers:1'
    assert 'FAILED: No NT-Password' in lab.log()


def test_an_unknown_client_is_named_by_the_server_alone(lab: Lab) -> None:
    lab.serve(address='10.99.1.77')
    assert lab.probe(send=BOTH)['servers'][0]['reading'] == 'silent'
    assert 'from unknown client 10.99.1.1 ' in lab.log()


def test_accounting_at_the_port_for_logins(lab: Lab) -> None:
    lab.serve()
    lab.configure(acct=AUTH_PORT)
    assert [row['reading'] for row in lab.probe()['servers']] == ['status-fine', 'wrong-service']


def test_the_ports_of_old(lab: Lab) -> None:
    port = Edit('sites-available/default', r'(?s)(type = auth.*?\n\tport = )0(.*?\n\tport = )0', r'\g<1>1645\g<2>1646')
    lab.serve(edits=[port])
    lab.configure(auth=f'{RAD}:1645', acct=f'{RAD}:1646')
    seen = lab.probe(send=BOTH)['servers']
    assert [(row['port'], row['reading']) for row in seen] == [(1645, 'fine'), (1646, 'fine')]


def test_only_newer_servers_sign_their_answers(lab: Lab) -> None:
    lab.serve()
    signed = lab.probe()['servers'][0]['status']['signed']
    assert signed is (True if '3.2.7' in lab.version() else None)


@pytest.mark.slow
def test_a_reject_that_takes_a_second_is_waited_for(older: Lab) -> None:
    older.serve(edits=[Edit('radiusd.conf', r'(?m)^\treject_delay = 0', '\treject_delay = 1')])
    seen = older.probe(send=BOTH, wait=2.0)['servers'][0]
    assert seen['reading'] == 'fine'
    assert 900 < seen['request']['ms'] < 3000


@pytest.mark.slow
def test_a_server_that_is_started_again_between_two_tries_is_heard(older: Lab) -> None:
    older.serve()
    older.stop()
    older.rad.run('sh', '-c', '(sleep 0.4; exec freeradius) >/dev/null 2>&1 &')
    assert older.probe(tries=5, wait=1.0)['servers'][0]['reading'] == 'status-fine'


def test_two_servers_are_asked_at_once(older: Lab) -> None:
    older.serve()
    older.configure(auth=f'{RAD}:1999,{RAD}:1812', timeout=10, retries=3)
    with older.rules(older.rad, 'input udp dport 1999 drop'):
        seen = older.probe(send=BOTH)
    assert [row['reading'] for row in seen['servers']] == ['silent', 'fine', 'fine']
    assert seen['budget'] == {'timeout': 10, 'retries': 3, 'per_server': 30, 'auth': 60, 'acct': 30, 'client': 30}


@pytest.mark.slow
def test_sixteen_silent_servers_take_no_longer_than_the_cap(older: Lab) -> None:
    names = [f'10.99.2.{number}' for number in range(100, 108)]
    older.configure(auth=','.join(names), acct=','.join(names), servers=''.join(f'{name} x\n' for name in names))
    with older.rules(older.router, 'forward ip daddr 10.99.2.100-10.99.2.107 drop'):
        began = time.monotonic()
        seen = older.probe(send=BOTH, wait=2.0, total=3.0)
    assert [row['reading'] for row in seen['servers']] == ['status-silent'] * 16
    assert seen['sent'] == ['status'] and time.monotonic() - began < 4.5
