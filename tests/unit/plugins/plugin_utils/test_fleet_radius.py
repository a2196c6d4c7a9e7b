# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a RADIUS server says about the logins at the VPN servers that ask it."""

from __future__ import annotations

import json
import typing as t

import jsonschema
import pytest

from ansible_collections.vpnops.pptp.plugins.plugin_utils import (
    entry as entries,
    fleet_radius,
    fleet_radius_blame as blames,
)
from ansible_collections.vpnops.pptp.plugins.plugin_utils.diagnosis import diagnose
from ansible_collections.vpnops.pptp.plugins.plugin_utils.report import terminal
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.directory_hosts import (
    HELPER,
    OPEN,
    PROBE,
    radius as member,
)
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.hosts import (
    DROP,
    changed,
    client as pptp_client,
    failed,
    logs,
    radius_server,
    server,
    up,
)
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.radius_hosts import (
    CLIENTS,
    LOG,
    RADIUS,
    client,
    radius,
    said,
)
from ansible_collections.vpnops.pptp.tests.unit.running import schema

Entry = dict[str, t.Any]
ASKS = {'radius.targets': [['auth', RADIUS, 1812], ['acct', RADIUS, 1813]]}
SILENT = {**ASKS, 'logs': logs(failed('aaa', 'radius-no-reply', 'chap-failed', user='alice'))}
REFUSED = {**ASKS, 'logs': logs(failed('auth', 'chap-failed', user='alice'))}
KEYLESS = {**ASKS, 'logs': logs(failed('mppe', 'mppe-no-keys', user='alice'))}
DIGEST = {**ASKS, 'logs': logs(failed('aaa', 'radius-bad-digest', user='alice'))}
QUIET = {**ASKS, 'logs': logs()}
OTHERS = [client('localhost', '127.0.0.1', None, 10), client('office', '10.0.0.0/24', 'no', 20)]
REJECT = 'mschap: MS-CHAP2-Response is incorrect'


def entry(facts: Entry, name: str = 'vpn1') -> Entry:
    """The file of a host with these *facts*."""
    return json.loads(json.dumps(entries.judged(name, 'run', 'bundle', diagnose(facts).as_dict(), facts)))


def rad(changes: Entry | None = None, name: str = 'rad1') -> Entry:
    return entry(radius(changes), name)


def confirmed(host: Entry, *others: Entry) -> Entry:
    found = fleet_radius.confirm(host, fleet_radius.servers(others))
    jsonschema.validate(entries.without_facts(found), {'$ref': '#/$defs/host', '$defs': schema()['$defs']})
    assert fleet_radius.confirm(found, fleet_radius.servers(others)) == found
    return found


@pytest.mark.parametrize(('vpn', 'its_server', 'cause', 'confidence'), [
    (SILENT, {'freeradius.log_clients': [said('unknown')], 'freeradius.clients': OTHERS}, 'radius-unknown-client',
     'certain'),
    (SILENT, {'freeradius.log_clients': [said('unknown')]}, 'radius-unknown-client', 'certain'),     # not restarted
    (SILENT, {'freeradius.clients': OTHERS}, 'radius-unknown-client', 'likely'),
    (SILENT, {'freeradius.running': False}, 'radius-unreachable', 'certain'),
    (SILENT, {'freeradius.sockets': [['0.0.0.0', 1645]]}, 'radius-unreachable', 'certain'),
    (SILENT, {'freeradius.sockets': [['192.168.88.1', 1812]]}, 'radius-unreachable', 'certain'),     # another address
    (SILENT, {'firewall': {'radius_served': [{'client': 'vpn', 'address': '192.168.77.1', 'port': 1812, 'in': DROP,
                                              'out': {}}]}},
     'radius-unreachable', 'certain'),
    (SILENT, {'freeradius.clients': [client(choice='yes')]}, 'radius-message-authenticator', 'certain'),
    (SILENT, {'freeradius.clients': [client(choice='auto')], 'freeradius.learned': [['vpn', 'true', 'x:1', '']]},
     'radius-message-authenticator', 'certain'),
    (SILENT, {'freeradius.log_clients': [said('mismatch')]}, 'radius-secret-mismatch', 'certain'),
    (SILENT, {'freeradius.clients': [client('all', '0.0.0.0/0', 'no'), client(choice='yes')]},
     'radius-message-authenticator',
     'certain'),                                                        # the longest prefix counts
    (SILENT, {'freeradius.log_clients': [said('mismatch', '10.9.9.9')]}, 'radius-unreachable', 'likely'),   # of another
    (SILENT, {}, 'radius-unreachable', 'likely'),                        # it is in order: something on the way
    (KEYLESS, {'freeradius.mschap.use_mppe': False}, 'radius-no-mppe-keys', 'certain'),
    (DIGEST, {'freeradius.log_clients': [said('mismatch')]}, 'radius-secret-mismatch', 'certain'),
    (REFUSED, {'freeradius.log_users': [['alice', 'vpn', False, REJECT, 'x:1', '']]}, 'wrong-secret', 'certain'),
    (REFUSED, {'freeradius.log_users': [['alice', 'vpn', False, 'mschap: FAILED: No NT-Password.  Cannot perform',
                                         'x:1',
                                         '']]}, 'no-secret-for-user', 'likely'),
    (REFUSED, {'logs': logs(lines={'rad-hashed': 'control:Cleartext-Password'})}, 'auth-backend-hashed-password',
     'likely'),
    (QUIET, {'freeradius.running': False}, 'radius-unreachable', 'certain'),
    (QUIET, {'freeradius.clients': [client(choice='yes')]}, 'radius-message-authenticator', 'certain'),
    (QUIET, {'freeradius.mschap.use_mppe': False}, 'radius-no-mppe-keys', 'certain'),
])
def test_a_radius_server_confirms_or_names_the_cause(vpn: Entry, its_server: Entry, cause: str,
                                                     confidence: str) -> None:
    found = confirmed(entry(radius_server(vpn)), rad(its_server))
    assert (found['verdict']['cause'], found['verdict']['confidence']) == (cause, confidence)
    assert found['verdict']['status'] in ('broken', 'degraded')
    assert found['radius_server'] == 'rad1'
    first = found['findings'][0]
    assert first['cause'] == cause
    assert first['title'].endswith(': rad1')
    assert first['evidence'][0]['fact'].startswith('rad1 ')
    assert first['evidence'][0]['source'].startswith('rad1')
    assert 'role' not in first['fix']        # it runs on the RADIUS server
    assert [item['cause'] for item in found['findings'] if item['cause'] == cause] == [cause]
    assert 'rad1' in found['next_step']


def test_why_a_test_login_was_refused_stands_in_the_log_of_the_server() -> None:
    login = {'user': 'probe', 'outcome': 'reject', 'refused': [],
             'error': {'code': 691, 'retry': True, 'message': 'Authentication rejected'}}
    asked = {'radius_probe': {'sent': ['status', 'login'], 'servers': [
        {'kind': 'auth', 'server': RADIUS, 'address': RADIUS, 'port': 1812, 'reading': 'fine', 'login': login}]}}
    its_server = {'freeradius.log_users': [['probe', 'vpn', False, 'mschap: FAILED: No NT-Password.  Cannot perform',
                                            LOG + ':1', '']]}
    found = confirmed(entry(radius_server({**QUIET, **asked})), rad(its_server))
    assert (found['verdict']['cause'], found['radius_server']) == ('no-secret-for-user', 'rad1')


@pytest.mark.parametrize(('vpn', 'its_server'), [
    ({**ASKS, 'logs': logs(up())}, {'freeradius.clients': OTHERS}),                   # a login works
    ({**SILENT, 'radius.missing_keys': ['seqfile']}, {'freeradius.clients': OTHERS}),          # its own files decide
    ({**SILENT, 'daemon.running': False, 'daemon.unit.active': 'inactive'}, {'freeradius.clients': OTHERS}),
    (REFUSED, {}), (REFUSED, {'freeradius.clients': OTHERS}), (REFUSED, {'freeradius.mschap.use_mppe': False}),
    (KEYLESS, {'freeradius.log_clients': [said('unknown', '10.9.9.9')]}),             # another client
    (DIGEST, {}), (QUIET, {}), ({**SILENT, 'radius.targets': []}, {'freeradius.clients': OTHERS}),
    (SILENT, {'freeradius': ...}),
])
def test_what_a_radius_server_has_nothing_to_say_about(vpn: Entry, its_server: Entry) -> None:
    before = entry(radius_server(vpn))
    assert confirmed(before, rad(its_server)) is before


def test_a_refusal_is_never_read_as_a_wrong_shared_secret() -> None:
    for reason in (REJECT, 'mschap: FAILED: No NT-Password', 'expiration: Account expired', ''):
        found = confirmed(entry(radius_server(REFUSED)), rad({'freeradius.log_users': [
            ['alice', 'vpn', False, reason, 'x:1', '']]}))
        assert found['verdict']['cause'] != 'radius-secret-mismatch'


def test_one_without_radius_asks_nobody() -> None:
    for facts in (server(), pptp_client()):
        before = entry(facts)
        assert confirmed(before, rad({'freeradius.running': False})) is before


@pytest.mark.parametrize(('target', 'sure'), [(RADIUS, True), ('rad1', True), ('rad', True), ('radius.example', False)])
def test_how_the_server_is_recognised(target: str, sure: bool) -> None:
    vpn = radius_server({**SILENT, 'radius.targets': [['auth', target, 1812]]})
    found = confirmed(entry(vpn), rad({'freeradius.running': False}))
    assert found['verdict']['confidence'] == ('certain' if sure else 'likely')
    if target == 'radius.example':      # a configuration that was not read may name it
        unread = radius_server({**SILENT, 'radius.targets': [], 'radius.status': 'denied'})
        assert confirmed(entry(unread), rad({'freeradius.running': False}))['verdict']['confidence'] == 'likely'
    two = [rad({'freeradius.running': False}), rad({'freeradius.running': False}, 'rad2')]
    assert (confirmed(entry(vpn), *two)['verdict']['confidence'] == 'certain') is sure


def test_a_server_of_both_kinds_judges_itself() -> None:
    own = {**radius({'freeradius.clients': [client('localhost', '127.0.0.1', 'yes')]})}
    facts = changed(radius_server({**SILENT, 'radius.targets': [['auth', '127.0.0.1', 1812]]}), {
        'freeradius': own['pptp_freeradius']})
    found = confirmed(entry(facts))
    assert found['verdict']['cause'] == 'radius-message-authenticator'
    assert found['radius_server'] == 'vpn1'


def test_the_source_address_of_bindaddr_counts() -> None:
    its = rad({'freeradius.clients': [*OTHERS, client('wan', '203.0.113.10', 'no')]})
    found = confirmed(entry(radius_server({**SILENT, 'radius.bindaddr': '192.168.77.1'})), its)
    assert found['verdict']['cause'] == 'radius-unknown-client'
    found = confirmed(entry(radius_server({**SILENT, 'radius.bindaddr': '203.0.113.10'})), its)
    assert (found['verdict']['cause'], found['verdict']['confidence']) == ('radius-unreachable', 'likely')


def test_a_name_in_bindaddr_is_no_address_that_is_missing() -> None:
    found = confirmed(entry(radius_server({**SILENT, 'radius.bindaddr': 'vpn.lab.test'})), rad())
    assert found['verdict']['cause'] == 'radius-unreachable'


@pytest.mark.parametrize('vpn', [QUIET, SILENT])
@pytest.mark.parametrize('its_server', [
    {'freeradius.clients': OTHERS}, {'freeradius.log_clients': [said('mismatch')]},     # behind NAT; mended since
    {'firewall': {'radius_served': [{'client': 'vpn', 'address': '192.168.77.1', 'port': 1812, 'in': DROP,
                                     'out': {}}]}}])
def test_an_answer_that_came_knows_better_than_the_files_of_the_server(vpn: Entry, its_server: Entry) -> None:
    asked = {'radius_probe': {'sent': ['status', 'request'], 'servers': [
        {'kind': 'auth', 'server': RADIUS, 'address': RADIUS, 'port': 1812, 'reading': 'fine'}]}}
    found = confirmed(entry(radius_server({**vpn, **asked})), rad(its_server))
    assert [item['cause'] for item in found['findings'] if item['result'] == 'fail'] == []


TWO = [['auth', RADIUS, 1812], ['auth', '192.0.2.66', 1812]]


def answers(reading: str, other: str) -> Entry:
    """What the probe saw of two servers; that of the inventory is the first."""
    return {'radius.targets': TWO, 'radius_probe': {'sent': ['status', 'request'], 'servers': [
        {'kind': kind, 'server': host, 'address': host, 'port': port, 'reading': told} for kind, host, port, told in (
            ('auth', RADIUS, 1812, reading), ('auth', '192.0.2.66', 1812, other), ('acct', RADIUS, 1812, 'silent'))]}}


@pytest.mark.parametrize('vpn', [SILENT, QUIET])
@pytest.mark.parametrize(('reading', 'other', 'blamed'), [
    ('fine', 'silent', False), ('fine', 'status-silent', False), ('fine', 'refused', False), ('silent', 'fine', True),
    ('silent', 'silent', True)])
@pytest.mark.parametrize('its_server', [
    {'freeradius.clients': OTHERS}, {'freeradius.log_clients': [said('mismatch')]}, {}])
def test_each_server_is_judged_by_its_own_answer(vpn: Entry, its_server: Entry, reading: str, other: str,
                                                 blamed: bool) -> None:
    """A dead one beside it does not keep an answer from counting, nor does another's answer clear it."""
    found = confirmed(entry(radius_server({**vpn, **answers(reading, other)})), rad(its_server))
    if its_server or not blamed:
        assert (found.get('radius_server') == 'rad1') is blamed, found['verdict']


def test_the_report_shows_host_file_and_line() -> None:
    found = confirmed(entry(radius_server(SILENT)), rad({'freeradius.clients': [client(choice='yes', line=33)]}))
    text = '\n'.join(terminal.report([found], 1, 120))
    assert 'a Message-Authenticator, which pppd never sends: rad1' in text
    assert 'rad1:%s:33' % CLIENTS in text
    assert 'On the RADIUS server rad1: ' in text


def test_refuted_suspicions_are_ruled_out_with_the_reason() -> None:
    found = confirmed(entry(radius_server(SILENT)), rad())
    because = {item['cause']: item['because'] for item in found['ruled_out']}
    assert because['radius-unknown-client'] == 'rad1: client vpn is 192.168.77.1'
    assert 'need not send' in because['radius-message-authenticator']
    assert 'tcpdump' in found['next_step']


@pytest.mark.parametrize(('vpn', 'its_server', 'status', 'cause'), [
    (SILENT, {'freeradius.clients': [client(choice='yes')]}, 'broken', 'radius-message-authenticator'),
    (SILENT, {'freeradius.clients': OTHERS}, 'broken', 'radius-unknown-client'),
    (SILENT, {}, 'healthy', None),                          # something on the way
    (REFUSED, {'freeradius.log_users': [['alice', 'vpn', False, REJECT, 'x:1', '']]}, 'healthy', None),
    (SILENT, {'freeradius.running': False}, 'broken', 'radius-unreachable')])
def test_a_server_that_is_to_blame_is_not_in_order(vpn: Entry, its_server: Entry, status: str, cause: str | None
                                                   ) -> None:
    alone = rad(its_server)
    blame = blames.of(confirmed(entry(radius_server(vpn)), alone))
    found = blames.accused(alone, [blame] if blame else [])
    assert (found['verdict']['status'], found['verdict']['cause']) == (status, cause)
    jsonschema.validate(entries.without_facts(found), {'$ref': '#/$defs/host', '$defs': schema()['$defs']})
    assert blames.accused(found, [blame] if blame else []) is found
    if found is not alone:
        assert 'vpn1' in found['findings'][0]['title']
        assert not str(found['findings'][0]['evidence'][0]['source']).startswith('rad1')


def test_only_the_server_that_is_meant_is_accused() -> None:
    blame = blames.of(confirmed(entry(radius_server(SILENT)), rad({'freeradius.clients': OTHERS})))
    assert blame is not None
    for other in (rad(name='rad2'), entry(server(), 'rad1')):
        assert blames.accused(other, [blame]) is other


@pytest.mark.parametrize('junk', [7, 'x', [], [[]], {'a': 1}, [None], None])
@pytest.mark.parametrize('key', ['clients', 'sites', 'sockets', 'log_clients', 'log_users', 'learned', 'mschap',
                                 'security'])
def test_junk_raises_nothing(key: str, junk: t.Any) -> None:
    known = fleet_radius.servers([rad({'freeradius.' + key: junk})])
    for vpn in (SILENT, REFUSED, QUIET):
        assert fleet_radius.confirm(entry(radius_server(vpn)), known)['verdict']['status']


REFUSED_AS = ("Program returned code (1) and output 'The user account has been automatically locked because too many "
              "invalid logon attempts or password change attempts have been requested. (0xc0000234)'")
WRONG = ("Program returned code (1) and output 'The attempted logon is invalid. This is either due to a bad username "
         "or authentication information. (0xc000006d)'")
ANSWERS = {'radius_probe': {'sent': ['status'], 'problems': [], 'servers': [
    {'kind': 'auth', 'server': RADIUS, 'address': RADIUS, 'port': 1812, 'reading': 'status-fine'}]}}
MUTE = {'radius_probe': {'sent': ['status'], 'problems': [], 'servers': [
    {'kind': 'auth', 'server': RADIUS, 'address': RADIUS, 'port': 1812, 'reading': 'silent'}]}}
PATIENT = {'radius.timeout': 2, 'radius.retries': 2}


def told(user: str, reason: str, time: str = 'Sun Nov 22 08:01:05 2026', good: bool = False) -> list[t.Any]:
    return [user, 'vpn', good, reason, LOG + ':44', time]


def refused_as(user: str) -> Entry:
    return {**ASKS, 'logs': logs(failed('auth', 'chap-failed', user=user))}


@pytest.mark.parametrize(('reason', 'cause'), [
    (REFUSED_AS, 'ad-account-locked'),
    ("Program returned code (1) and output 'The referenced account is currently disabled and cannot be logged on to. "
     "(0xc0000072)'", 'ad-account-locked'),
    ("Program returned code (1) and output 'The user account password has expired. (0xc0000071)'",
     'ad-password-expired'),
    ("Program returned code (1) and output 'The user password must be changed before logging on the first time. "
     "(0xc0000224)'", 'ad-password-expired'),
    ("Program returned code (1) and output 'The user account has expired. (0xc0000193)'", 'no-dialin-permission')])
@pytest.mark.parametrize(('here', 'there'), [('alice', 'alice'), ('LAB\\alice', 'alice'), ('alice', 'LAB\\\\alice')])
def test_the_state_of_an_account_is_never_a_wrong_password(reason: str, cause: str, here: str, there: str) -> None:
    alone = entry(member({'freeradius.log_users': [told(there, reason)]}), 'rad1')
    before = entry(radius_server(refused_as(here)))
    assert before['verdict']['cause'] in ('wrong-secret', 'username-domain-format')
    found = confirmed(before, alone)
    assert found['verdict']['cause'] == cause
    assert found['verdict']['confidence'] in ('certain', 'likely')
    first = found['findings'][0]['evidence'][0]
    assert '(0xc0000' in first['value']
    assert first['source'] == 'rad1:%s:44' % LOG
    assert 'the account behind rad1' in found['next_step']
    assert found['findings'][0]['fix']['summary'].startswith('In the directory behind the RADIUS server rad1: ')
    assert not [item for item in found['findings'] if item['cause'] == 'wrong-secret' and item['result'] == 'fail']
    blame = blames.of(found)
    assert blame is not None
    there_too = blames.accused(alone, [blame])
    assert (there_too['verdict']['cause'], there_too['verdict']['status']) == (cause, 'degraded')


def test_the_account_of_another_user_says_nothing() -> None:
    before = entry(radius_server(refused_as('bob')))
    assert confirmed(before, entry(member({'freeradius.log_users': [told('alice', REFUSED_AS)]}), 'rad1')) is before


def test_a_refusal_that_may_be_the_domains_is_no_wrong_password() -> None:
    before = entry(radius_server(REFUSED))
    doubted = confirmed(before, entry(member({'freeradius.log_users': [told('alice', WRONG)]}), 'rad1'))
    assert doubted == dict(before, candidates=doubted['candidates'])     # another order of what it may be, and no more
    assert [item['cause'] for item in doubted['candidates'][:2]] == ['ad-ntlmv1-disabled', 'wrong-secret']
    assert doubted['candidates'][0]['because'].startswith('rad1: nobody has logged in yet')
    others = {'freeradius.log_users': [told('alice', WRONG)], 'logs': logs(lines={'rad-ok': 'Login OK'})}
    found = confirmed(before, entry(member(others), 'rad1'))
    assert (found['verdict']['cause'], found['verdict']['confidence']) == ('wrong-secret', 'likely')


@pytest.mark.parametrize('seen', [ANSWERS, {}])
def test_what_makes_answers_late_is_the_cause(seen: Entry) -> None:
    helper = dict(HELPER, allow_mschapv2=False)
    alone = entry(member({'winbind.helpers': [helper], 'freeradius.log_users': [told('alice', WRONG)],
                          'logs': logs(lines={'rad-wrong-password': WRONG})}), 'rad1')
    assert alone['verdict']['cause'] == 'ad-ntlmv1-disabled'
    found = confirmed(entry(radius_server({**SILENT, **PATIENT, **seen})), alone)
    assert found['verdict']['cause'] == 'ad-ntlmv1-disabled'
    assert found['findings'][0]['evidence'][0]['source'].startswith('rad1:/etc/freeradius/3.0/mods-enabled/mschap:')
    late = next(item for item in found['findings'] if item['cause'] == 'radius-unreachable')
    assert late['result'] == 'warn'
    assert any('radius_timeout 2 x radius_retries 2 = 4 s' in str(proof['value']) for proof in late['evidence'])


def test_a_controller_that_is_gone_makes_answers_late() -> None:
    row = t.cast('list[Entry]', PROBE['controllers'])[0]
    gone = [dict(row, ports=dict.fromkeys(OPEN, 'timeout'))]
    alone = entry(member({'directory_probe.controllers': gone, 'directory_probe.reachable': False}), 'rad1')
    assert alone['verdict']['cause'] == 'ad-dc-unreachable'
    found = confirmed(entry(radius_server({**SILENT, **PATIENT, **ANSWERS})), alone)
    assert found['verdict']['cause'] == 'ad-dc-unreachable'
    assert confirmed(entry(radius_server({**SILENT, **PATIENT, **MUTE})), alone)['verdict']['cause'] != \
        'ad-dc-unreachable'


@pytest.mark.parametrize(('seen', 'users', 'late'), [
    (ANSWERS, [], True), ({}, [told('alice', '', good=True)], True), (ANSWERS, [told('alice', '', good=True)], True),
    ({}, [told('alice', '', 'Sun Nov 22 10:01:05 2026', good=True)], True),      # its clock goes by another zone
    ({}, [told('alice', '', 'Sat Nov 14 08:01:05 2026', good=True)], False),     # a login of last week
    ({}, [told('alice', '', '', good=True)], False), ({}, [told('bob', '', good=True)], False),
    (MUTE, [told('alice', '', good=True)], False), ({}, [], False)])
def test_one_that_answers_is_not_unreachable(seen: Entry, users: list[t.Any], late: bool) -> None:
    found = confirmed(entry(radius_server({**SILENT, **PATIENT, **seen})), rad({'freeradius.log_users': users}))
    assert (found['verdict']['cause'] is None) is late
    result = next(item['result'] for item in found['findings'] if item['cause'] == 'radius-unreachable')
    assert result == ('warn' if late else 'fail')
    assert found['verdict']['status'] == 'broken'
    assert blames.of(found) is None or not late


def test_what_a_late_answer_leaves_open_stays() -> None:
    undecided = {'freeradius.clients': [client(choice='?')]}        # whether a Message-Authenticator is demanded
    before = entry(radius_server({**SILENT, **ANSWERS}))
    assert before['verdict']['cause'] == 'radius-message-authenticator'
    assert confirmed(before, rad(undecided)) is before
    worked = {**undecided, 'freeradius.log_users': [told('alice', REJECT)]}
    assert confirmed(before, rad(worked))['verdict']['cause'] == 'wrong-secret'
