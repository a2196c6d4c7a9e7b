# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One login as pppd makes it, against a real FreeRADIUS: what it accepts, what pppd would make of that, and why not."""

from __future__ import annotations

import json
import typing as t

import pytest

from tests.aaa.radius_rig import RAD, SECRET, USERS, Edit, Lab, mschap

GOOD = {'present': True, 'v1': False, 'send': 'equal', 'recv': 'equal', 'policy': 1, 'types': 6, 'bits': [40, 128]}


def _login(lab: Lab, user: str = 'alice', password: str = '', **params: t.Any) -> dict[str, t.Any]:
    found = lab.login(user, password, **params)['login']
    assert found is not None
    return found


def test_a_login_that_works(lab: Lab) -> None:
    lab.serve()
    seen = lab.login('fixed')
    login = seen['login']
    assert seen['reading'] == 'fine'
    assert (login['outcome'], login['success'], login['keys'], login['refused']) == ('accept', 'verified', GOOD, [])
    assert (login['framed_ip'], login['service_type'], login['framed_protocol']) == ('10.77.0.9', 2, 1)
    assert (login['session_timeout'], login['error']) == (3600, None)
    assert lab.log().count('Login OK: [fixed]') == 1


@pytest.mark.parametrize(('edits', 'keys', 'refused'), [
    ([mschap('use_mppe', 'no')], {'present': False, 'send': 'missing', 'recv': 'missing', 'policy': None, 'types': None,
                                  'bits': []}, ['no-keys']),
    ([mschap('require_encryption', 'yes')], {'policy': 2, 'types': 6}, []),
    ([mschap('require_strong', 'yes')], {'types': 4, 'bits': [128]}, [])])
def test_the_options_of_mschap(lab: Lab, edits: list[Edit], keys: dict[str, t.Any], refused: list[str]) -> None:
    lab.serve(edits=edits)
    login = _login(lab)
    assert (login['outcome'], login['success']) == ('accept', 'verified')
    assert (login['keys'], login['refused']) == ({**GOOD, **keys}, refused)


@pytest.mark.parametrize(('user', 'refused'), [('admin', 'service-type'), ('looped', 'framed-ip')])
def test_what_pppd_refuses_although_radius_accepts(lab: Lab, user: str, refused: str) -> None:
    lab.serve()
    login = _login(lab, user)
    assert (login['outcome'], login['refused'], login['keys']) == ('accept', [refused], GOOD)


@pytest.mark.parametrize(('user', 'password', 'error'), [
    ('alice', 'wrong', (691, True, 'Authentication rejected')), ('nobody', 'x', (691, True, 'Authentication rejected')),
    ('disabled', '', (691, False, 'Account disabled')), ('locked', '', (647, False, 'Account locked out')),
    ('expired', '', None)])
def test_the_codes_that_pppd_throws_away(lab: Lab, user: str, password: str, error: tuple[t.Any, ...] | None) -> None:
    lab.serve()
    login = _login(lab, user, password)
    assert login['outcome'] == 'reject'
    found = login['error']
    assert (found and (found['code'], found['retry'], found['message'])) == error


def test_no_login_is_sent_with_a_wrong_secret(lab: Lab) -> None:
    lab.serve()
    lab.configure(secret='other')
    seen = lab.probe(send=['status', 'login'], user='alice', password=USERS['alice'])
    assert (seen['servers'][0]['reading'], seen['servers'][0]['login']) == ('wrong-secret', None)
    assert seen['sent'] == ['status', 'request'] and ['pptp_login', 'not-sent'] in [row[:2] for row in seen['problems']]
    assert 'alice' not in lab.log()


def test_one_login_is_sent_however_many_servers_there_are(older: Lab) -> None:
    older.serve()
    older.configure(auth=f'{RAD}:1999,{RAD},radius.lab.test', hosts=f'{RAD} radius.lab.test\n')
    seen = older.probe(send=['status', 'login'], user='alice', password='wrong')
    assert [bool(row['login']) for row in seen['servers']] == [False, True, False, False]
    assert older.log().count('[alice]') == 1


def test_the_realm_that_pppd_appends_is_sent_and_not_hashed(older: Lab) -> None:
    older.serve()
    older.configure(more='nas_identifier vpn-one\n')
    older.vpn.run('sed', '-i', 's/^default_realm.*/default_realm lab.test/', '/etc/radiusclient/radiusclient.conf')
    login = _login(older)
    assert (login['outcome'], login['error']['code']) == ('reject', 691)
    assert '[alice@lab.test]' in older.log()


@pytest.mark.slow
def test_a_password_beyond_ascii(older: Lab) -> None:
    account = Edit('mods-config/files/authorize', r'\A', 'zoë Cleartext-Password := "Pässwört-1"\n')
    older.serve(edits=[account])
    assert _login(older, 'zoë', 'Pässwört-1')['outcome'] == 'accept'


def test_a_secret_longer_than_pppd_reads(older: Lab) -> None:
    secret = 'x' * 49
    older.serve(secret=secret)
    older.configure(secret=secret)
    seen = older.probe(send=['status', 'request'])
    assert seen['servers'][0]['reading'] == 'wrong-secret'
    assert ['/etc/radiusclient/servers:1', 'secret-cut', ''] in seen['problems']


@pytest.mark.parametrize(('servers', 'code'), [
    (f'{RAD} {SECRET}\r\n', 'secret-carriage-return'), (f'{RAD} "{SECRET}"\n', 'secret-quoted')])
def test_what_belongs_to_a_secret_for_pppd(older: Lab, servers: str, code: str) -> None:
    older.serve()
    older.configure(servers=servers)
    seen = older.probe(send=['status', 'request'])
    assert seen['servers'][0]['reading'] == 'wrong-secret'
    assert code in [problem[1] for problem in seen['problems']]


@pytest.mark.slow
def test_a_last_line_without_an_end_loses_a_digit_of_its_port(older: Lab) -> None:
    older.serve()
    older.vpn.run('sh', '-c', f'printf "authserver {RAD}:1812" >>/etc/radiusclient/radiusclient.conf')
    seen = older.probe()
    assert seen['servers'][0]['port'] == 181
    assert 'last-character-lost' in [problem[1] for problem in seen['problems']]


def test_no_secret_and_no_password_is_in_what_is_found(lab: Lab) -> None:
    lab.serve()
    for secret in (SECRET, 'other-secret'):
        lab.configure(secret=secret)
        found = json.dumps(lab.probe(send=['status', 'request', 'login'], user='alice', password=USERS['alice']))
        assert secret not in found and USERS['alice'] not in found
