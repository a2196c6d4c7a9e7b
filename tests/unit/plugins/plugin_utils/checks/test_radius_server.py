# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""RADIUS servers in their own role: what their configuration and log say about the VPN servers that ask them."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.plugin_utils import registry
from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog import CAUSES
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks import radius_server as checks
from ansible_collections.vpnops.pptp.plugins.plugin_utils.diagnosis import Diagnosis, diagnose
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain import Explanation
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import FAIL, NOT_APPLICABLE, PASS, UNKNOWN, WARN
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.hosts import failed, logs, radius_server
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.radius_hosts import (
    MSCHAP,
    client,
    radius,
    said,
)

Changes = dict[str, t.Any]
STRANGER = '10.9.9.9'
SERVED = {'client': 'vpn', 'address': '192.168.77.1', 'port': 1812, 'out': {},
          'in': {'verdict': 'drop', 'rule': 'policy drop', 'source': 'nft:9'}}

CASES: list[tuple[str, Changes, str, str | None]] = [
    ('in order', {}, 'healthy', None),
    ('it does not run', {'freeradius.running': False}, 'broken', 'radius-unreachable'),
    ('it listens on the old port', {'freeradius.sockets': [['0.0.0.0', 1645], ['0.0.0.0', 1646]]}, 'broken',
     'radius-unreachable'),
    ('it listens on loopback', {'freeradius.sockets': [['127.0.0.1', 1812]]}, 'broken', 'radius-unreachable'),
    ('its firewall', {'firewall': {'readable': True, 'radius_served': [SERVED]}}, 'broken', 'radius-unreachable'),
    ('its firewall, for one of two', {'firewall': {'readable': True, 'radius_served': [SERVED, {**SERVED, 'in': {}}]}},
     'healthy', None),
    ('a client that it does not know', {'freeradius.log_clients': [said('unknown', STRANGER)]}, 'broken',
     'radius-unknown-client'),
    ('one that it does not know before the last start, and has now', {
        'freeradius.log_clients': [said('unknown', since=False)]}, 'healthy', None),
    ('one that clients.conf has, and the running server has not read', {
        'freeradius.log_clients': [said('unknown', since=True)]}, 'broken', 'radius-unknown-client'),
    ('another secret', {'freeradius.log_clients': [said('mismatch', name='vpn')]}, 'broken', 'radius-secret-mismatch'),
    ('another secret, before the last start', {'freeradius.log_clients': [said('mismatch', since=False)]}, 'healthy',
     None),
    ('no keys', {'freeradius.mschap.use_mppe': False}, 'broken', 'radius-no-mppe-keys'),
    ('mschap is not enabled', {'freeradius.mschap': {'enabled': False}}, 'broken', 'radius-no-mppe-keys'),
    ('mschap is not asked', {'freeradius.sites': [{'name': 'default', 'authorize': False, 'authenticate': True,
                                                  'source': 'x:1', 'listens': [['auth', '*', 1812, 'x:2']]}]},
     'broken', 'radius-no-mppe-keys'),
    ('mschap is not asked by a server on loopback', {'freeradius.sites': [
        {'name': 'inner', 'authorize': False, 'authenticate': False, 'source': 'x:1',
         'listens': [['auth', '127.0.0.1', 18120, 'x:2']]}]}, 'healthy', None),
    ('a demand is wrong for VPN servers only', {'freeradius.clients': [client(choice='yes')]}, 'healthy', None),
    ('a demand that was made of one that cannot', {'freeradius.log_clients': [said('demanded')]}, 'broken',
     'radius-message-authenticator'),
    ('hashed passwords', {'logs': logs(lines={'rad-hashed': 'control:Cleartext-Password'})}, 'broken',
     'auth-backend-hashed-password'),
    ('rejects of users are nothing of the host', {'freeradius.log_users': [
        ['alice', 'vpn', False, 'mschap: MS-CHAP2-Response is incorrect', 'x:1', '']], 'logs': logs(
            lines={'rad-wrong-password': 'MS-CHAP2-Response is incorrect'})}, 'healthy', None),
    ('a locked account is nothing of the host', {'logs': logs(lines={'rad-locked': '(0xc0000234)'})}, 'healthy', None),
    ('an unknown user is nothing of the host', {'logs': logs(lines={'rad-no-user': '(0xc0000064)'})}, 'healthy', None),
    ('an account that was asked for is', {'directory_probe': {'account': {'name': 'ann', 'found': True,
                                                                          'locked': True}}},
     'degraded', 'ad-account-locked'),
    ('a mistyped password is nothing of the host', {'logs': logs(lines={'rad-reject': 'Login incorrect'})}, 'healthy',
     None),
    ('nothing was read', {'freeradius': {'installed': True, 'running': None, 'config_dir': None}}, 'unknown', None),
    ('no FreeRADIUS at all', {'freeradius': {'installed': False}}, 'unknown', None),
    ('no facts at all', {'freeradius': ...}, 'unknown', None),
]


def judged(changes: Changes) -> Diagnosis:
    return diagnose(radius(changes))


def found(changes: Changes, cause: str) -> t.Any:
    return next(item for item in judged(changes).findings if item.cause == cause)


@pytest.mark.parametrize(('changes', 'status', 'cause'), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_radius_server(changes: Changes, status: str, cause: str | None) -> None:
    diagnosis = judged(changes)
    assert (diagnosis.verdict['status'], diagnosis.verdict['cause']) == (status, cause)
    assert diagnosis.role == 'radius'
    assert diagnosis.next_step


def test_the_line_that_decides_is_shown_with_its_place() -> None:
    proof = found({'freeradius.mschap.use_mppe': False, 'freeradius.mschap.sources': {'use_mppe': MSCHAP + ':20'}},
                  'radius-no-mppe-keys').evidence[0]
    assert (proof.value, proof.source) == ('use_mppe = no: the answers carry no keys', MSCHAP + ':20')


def test_a_restart_helps_where_the_entry_is_there_already() -> None:
    fix = found({'freeradius.log_clients': [said('unknown')]}, 'radius-unknown-client').fix
    assert fix is not None
    assert 'restart' in fix.summary
    assert fix.commands == ('systemctl restart freeradius',)


@pytest.mark.parametrize(('changes', 'result'), [
    ({'freeradius.clients': [client(choice='yes')]}, WARN),
    ({'freeradius.clients': [client(choice=None)], 'freeradius.security.require_message_authenticator': 'yes'}, WARN),
    ({'freeradius.clients': [client(choice='auto')], 'freeradius.learned': [['vpn', 'true', 'x:1', '']]}, WARN),
    ({'freeradius.clients': [client(choice='auto')], 'freeradius.learned': [['vpn', 'false', 'x:1', '']]}, PASS),
    ({'freeradius.clients': [client(choice=None)], 'freeradius.security.require_message_authenticator': None}, PASS),
    ({'freeradius.clients': [client(choice='no')], 'freeradius.security.require_message_authenticator': 'yes'}, PASS),
    # a server that is older than the option knows nothing of it
    ({'freeradius.clients': [client(choice=None)], 'freeradius.security.require_message_authenticator': 'yes',
      'freeradius.version': '3.2.1'}, PASS),
    ({'freeradius.clients': [client('localhost', '127.0.0.1', 'yes')]}, PASS),
    ({'freeradius.clients': [client(choice='?')]}, UNKNOWN), ({'freeradius.clients': None}, UNKNOWN)])
def test_whose_message_authenticator_is_demanded(changes: Changes, result: str) -> None:
    assert found(changes, 'radius-message-authenticator').result == result


def test_nothing_in_the_log_says_nothing_about_the_secret() -> None:
    """"Login OK" proves nothing: with another secret, the request of pppd is answered just so."""
    changes = {'freeradius.log_users': [['alice', 'vpn', True, '', 'x:1', '']],
               'logs': logs(lines={'rad-ok': 'Login OK'})}
    assert found(changes, 'radius-secret-mismatch').result == UNKNOWN


def test_rejects_that_leave_no_trace() -> None:
    finding = found({'freeradius.log.rejects': False}, 'wrong-secret')
    assert (finding.result, 'auth_reject' in (finding.fix.summary if finding.fix else '')) == (WARN, True)
    assert judged({'freeradius.log.rejects': False}).verdict['status'] == 'healthy'


@pytest.mark.parametrize('check', checks.CHECKS, ids=lambda check: check.cause)
def test_nothing_known_is_no_result(check: t.Any) -> None:
    assert check.run(Facts({}), Explanation(Facts({}))).result == UNKNOWN


@pytest.mark.parametrize('check', checks.CHECKS, ids=lambda check: check.cause)
def test_a_check_reads_only_what_it_declares(check: t.Any) -> None:
    read: set[str] = set()
    for case in CASES:
        facts = Facts(radius(case[1]))
        check.run(facts, Explanation(Facts(radius(case[1]))))
        read |= facts.read
    assert read <= set(check.subjects)


def test_all_other_questions_do_not_arise() -> None:
    known = Facts(radius())
    results = {item.cause: item.result for item in registry.run_all(known, Explanation(known))}
    assert list(results) == list(CAUSES)
    assert {cause for cause, result in results.items() if result != NOT_APPLICABLE} <= {
        check.cause for check in checks.CHECKS}


@pytest.mark.parametrize('junk', [7, 'x', [], [[]], [['unknown']], {'a': 1}, [None], [[1] * 9], None])
@pytest.mark.parametrize('key', sorted(radius()['pptp_freeradius']))
def test_junk_raises_nothing(key: str, junk: t.Any) -> None:
    assert diagnose(radius({'freeradius.' + key: junk})).verdict['status'] in ('healthy', 'broken', 'unknown',
                                                                               'degraded')


def test_the_fault_comes_first_whatever_else_the_log_says() -> None:
    failing = [item.cause for item in judged({'freeradius.running': False,
                                              'freeradius.mschap.use_mppe': False}).findings
               if item.result == FAIL]
    assert failing == ['radius-unreachable', 'radius-no-mppe-keys']


def test_each_end_offers_its_own_role() -> None:
    """The role freeradius runs where FreeRADIUS is, radius_client at the VPN server."""
    silent = {'logs': logs(failed('aaa', 'radius-no-reply'), lines={'rad-unknown-client': 'Ignoring request to'})}
    fix = next(item.fix for item in diagnose(radius_server(silent)).findings if item.cause == 'radius-unknown-client')
    assert fix is not None
    assert (fix.role, fix.summary.startswith('On the RADIUS server: ')) == ('', True)
    fix = found({'freeradius.mschap.use_mppe': False, 'freeradius.config_dir': '/etc/raddb'}, 'radius-no-mppe-keys').fix
    assert fix.role == 'freeradius'
    assert '/etc/raddb/' in ' '.join(fix.commands)
    assert found({'freeradius.log_clients': [said('mismatch')]}, 'radius-secret-mismatch').fix.role != 'radius_client'
