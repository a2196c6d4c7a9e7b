# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Active Directory: what the host and the probe show names the cause, on a RADIUS server and on a VPN server alike."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.plugin_utils.diagnosis import diagnose
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import Finding
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.directory_hosts import (
    GOOD,
    HELPER,
    OF_PPPD,
    OPEN,
    radius,
    vpn,
)
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.hosts import Facts, failed, logs, up

DIRECTORY = ('ad-winbind-not-running', 'ad-winbind-privileged-pipe', 'ad-dc-unreachable', 'ad-ntlm-auth-failing',
             'ad-ntlmv1-disabled')
WRONG = "Program returned code (1) and output 'The attempted logon is invalid. (0xc000006d)'"
NO_ANSWER = "Program returned code (1) and output 'Reading winbind reply failed! (0xc0000001)'"
SHUT = {**dict.fromkeys(OPEN, 'refused')}
DC = {'name': 'dc.lab.test', 'address': '192.168.77.10'}
FAILED_PING = {'status': 'failed', 'error': 'WBC_ERR_DOMAIN_NOT_FOUND', 'seconds': 21.0, 'dc': None}


def failing(facts: Facts) -> dict[str, Finding]:
    """The failing findings by cause."""
    return {item.cause: item for item in diagnose(facts).findings if item.result == 'fail'}


def of(facts: Facts, cause: str) -> Finding:
    return next(item for item in diagnose(facts).findings if item.cause == cause)


def words(finding: Finding) -> str:
    return finding.title + ' ' + ' '.join('%s %s' % (proof.value, proof.source) for proof in finding.evidence)


@pytest.mark.parametrize('facts', [radius(), vpn(), radius(probed=False), vpn(probed=False)])
def test_a_member_in_order(facts: Facts) -> None:
    assert not failing(facts)
    probed = 'pptp_directory_probe' in facts
    results = {cause: of(facts, cause).result for cause in DIRECTORY}
    assert set(results.values()) == {'pass'} or not probed and results['ad-dc-unreachable'] in ('unknown', 'pass')


CASES: list[tuple[Facts, str, str]] = [
    (radius({'winbind.running': False, 'winbind.ping': None}), 'ad-winbind-not-running', 'processes'),
    (vpn({'winbind.running': False, 'logs': ...}), 'ad-winbind-not-running', 'processes'),
    (radius({'winbind.ping': 'failed', 'directory_probe.daemon': 'failed'}), 'ad-winbind-not-running', 'wbinfo -p'),
    (radius({'winbind.running': False, 'winbind.problems': [['/etc/samba/smb.conf:9', 'bad-value', 'no such value']]}),
     'ad-winbind-not-running', 'smb.conf:9'),
    (radius({'winbind.privileged.users': [['freeradius', 71, 100, False]], 'winbind.privileged.members': []}),
     'ad-winbind-privileged-pipe', 'lacks the group'),
    (radius({'winbind.privileged.users': [['freeradius', 71, 100, False]]}), 'ad-winbind-privileged-pipe', 'restart'),
    (radius({'directory_probe.srv.status': 'timeout', 'directory_probe.controllers': [],
             'directory_probe.reachable': False}), 'ad-dc-unreachable', 'no answer DNS 192.168.77.10'),
    (radius({'directory_probe.srv.status': 'nxdomain', 'directory_probe.controllers': [],
             'directory_probe.reachable': False}), 'ad-dc-unreachable', 'NXDOMAIN'),
    (vpn({'directory_probe.controllers': [dict(DC, ports=SHUT)], 'directory_probe.reachable': False}),
     'ad-dc-unreachable', 'TCP 389 refused'),
    (radius({'directory_probe.ping': FAILED_PING, 'directory_probe.trust.status': 'failed',
             'directory_probe.trust.error': 'NT_STATUS_DOMAIN_CONTROLLER_NOT_FOUND'}), 'ad-dc-unreachable', 'ping-dc'),
    (radius({'directory_probe.ping.status': 'timeout', 'directory_probe.trust.status': 'skipped'}), 'ad-dc-unreachable',
     'timeout'),
    (radius({'winbind.helpers': [dict(HELPER, request_nt_key=False)]}), 'ad-ntlm-auth-failing', '--request-nt-key'),
    (radius({'winbind.helpers': [dict(HELPER, program='/path/to/ntlm_auth', exists=False)]}), 'ad-ntlm-auth-failing',
     'does not exist'),
    (vpn({'winbind.helpers': [dict(OF_PPPD, program='ntlm_auth', absolute=False)]}), 'ad-ntlm-auth-failing',
     'full path'),
    (vpn({'winbind.helpers': [dict(OF_PPPD, protocol=None)]}), 'ad-ntlm-auth-failing', 'ntlm-server-1'),
    (radius({'directory_probe.trust': {'status': 'failed', 'error': 'NT_STATUS_ACCESS_DENIED', 'seconds': 1.0}}),
     'ad-ntlm-auth-failing', 'wbinfo -t'),
    (radius({'directory_probe.ping': FAILED_PING, 'directory_probe.trust.status': 'failed',
             'directory_probe.trust.error': 'NT_STATUS_LOGON_FAILURE',
             'logs': logs(lines={'rad-wrong-password': WRONG})}), 'ad-ntlm-auth-failing', 'NT_STATUS_LOGON_FAILURE'),
    (radius({'directory_probe.ping': FAILED_PING, 'directory_probe.trust.status': 'failed',
             'directory_probe.trust.error': 'NT_STATUS_DOMAIN_CONTROLLER_NOT_FOUND',
             'directory_probe.join': {'status': 'failed', 'error': 'NT_STATUS_NO_TRUST_SAM_ACCOUNT', 'seconds': 1.0}}),
     'ad-ntlm-auth-failing', 'NO_TRUST_SAM_ACCOUNT'),
    (radius({'winbind.joined': False, 'directory_probe': ...}), 'ad-ntlm-auth-failing', 'secrets.tdb'),
    (radius({'winbind.smb.security': ['user', 'smb.conf:2'], 'directory_probe': ...}), 'ad-ntlm-auth-failing',
     'smb.conf:2'),
    (radius({'winbind.helpers': [dict(HELPER, allow_mschapv2=False)],
             'logs': logs(lines={'rad-wrong-password': WRONG})}), 'ad-ntlmv1-disabled', 'mods-enabled/mschap:3'),
    (vpn({'winbind.dc': True, 'winbind.smb.ntlm auth': ['ntlmv2-only', 'default'], 'logs': ...}), 'ad-ntlmv1-disabled',
     'ntlmv2-only default'),
    (radius({'winbind.dc': True, 'winbind.smb.ntlm auth': ['disabled', 'smb.conf:7']}), 'ad-ntlmv1-disabled',
     'smb.conf:7'),
    (radius({'directory_probe.account': dict(GOOD, locked=True)}), 'ad-account-locked', 'account alice'),
    (vpn({'directory_probe.account': dict(GOOD, disabled=True), 'logs': ...}), 'ad-account-locked', 'account alice'),
    (radius({'directory_probe.account': dict(GOOD, must_change=True)}), 'ad-password-expired', 'account alice'),
    (vpn({'directory_probe.account': dict(GOOD, password_expired=True), 'logs': ...}), 'ad-password-expired', 'alice'),
    (radius({'directory_probe.account': dict(GOOD, expired=True)}), 'no-dialin-permission', 'alice'),
    (vpn({'directory_probe.account': dict(GOOD, elsewhere_only=True), 'logs': ...}), 'no-dialin-permission', 'alice'),
    (vpn({'directory_probe.account': {'name': 'bob', 'status': 'ok', 'found': False}, 'logs': ...}),
     'no-secret-for-user', 'account bob'),
]


@pytest.mark.parametrize(('facts', 'cause', 'said'), CASES, ids=['%d-%s' % (number, case[1])
                                                                 for number, case in enumerate(CASES)])
def test_the_cause_and_no_other(facts: Facts, cause: str, said: str) -> None:
    found = failing(facts)
    assert set(found) == {cause}
    assert said in words(found[cause])
    assert diagnose(facts).verdict['cause'] == cause


def test_the_mode_of_the_folder_is_why_winbindd_does_not_start() -> None:
    diagnosis = diagnose(radius({'winbind.running': False, 'winbind.privileged.mode': '0755'}))
    assert diagnosis.verdict['cause'] == 'ad-winbind-privileged-pipe'
    assert of(radius({'winbind.privileged.mode': '0755'}), 'ad-winbind-privileged-pipe').result == 'warn'


@pytest.mark.parametrize(('changes', 'cause', 'said'), [
    ({'directory_probe.controllers': [dict(DC, ports=OPEN),
                                      {'name': 'dc2', 'address': '192.168.77.11', 'ports': SHUT}]},
     'ad-dc-unreachable', 'dc2 192.168.77.11'),
    ({'directory_probe.controllers': [dict(DC, ports={**OPEN, '88': 'timeout'})]}, 'ad-dc-unreachable',
     'TCP 88 timeout'),
    ({'directory_probe.srv.status': 'timeout'}, 'ad-dc-unreachable', 'no answer'),
    ({'directory_probe.clock': -900}, 'ad-ntlm-auth-failing', '-900 s'),
    ({'winbind.helpers': [dict(HELPER, username='%{User-Name}')]}, 'ad-ntlm-auth-failing', 'User-Name'),
    ({'winbind.helpers': [dict(HELPER, allow_mschapv2=False)]}, 'ad-ntlmv1-disabled', '--allow-mschapv2'),
    ({'winbind.problems': [['smb.conf:3', 'no-name', 'nothing']]}, 'ad-winbind-not-running', 'smb.conf:3'),
    ({'directory_probe.account': dict(GOOD, dialin=False)}, 'no-dialin-permission', 'msNPAllowDialin')])
def test_what_does_not_keep_everybody_out_is_a_warning(changes: t.Any, cause: str, said: str) -> None:
    assert not failing(radius(changes))
    finding = of(radius(changes), cause)
    assert finding.result == 'warn' and said in words(finding)


REFUSED = {'logs': logs(failed('auth', 'chap-failed', 'winbind-declined', 'winbind-password', user='alice'))}
TWO = {'logs': logs(failed('auth', 'winbind-declined', 'winbind-password', user='alice', number=1),
                    failed('auth', 'winbind-declined', 'winbind-password', user='bob', number=2))}


def test_one_refusal_where_nobody_ever_came_in_is_not_called_a_wrong_password() -> None:
    verdict = diagnose(vpn(REFUSED)).verdict
    assert (verdict['cause'], verdict['confidence']) == ('ad-ntlmv1-disabled', 'possible')


def test_two_users_refused_where_nobody_ever_came_in() -> None:
    verdict = diagnose(vpn(TWO)).verdict
    assert (verdict['cause'], verdict['confidence']) == ('ad-ntlmv1-disabled', 'likely')


def test_a_refusal_where_others_came_in_is_a_wrong_password() -> None:
    refused = failed('auth', 'winbind-declined', 'winbind-password', user='alice', number=2)
    changes = {'logs': logs(up(number=1, user='bob'), refused)}
    assert diagnose(vpn(changes)).verdict['cause'] == 'wrong-secret'


def test_a_refusal_by_a_helper_without_the_flag() -> None:
    changes = {**REFUSED, 'winbind.helpers': [dict(OF_PPPD, allow_mschapv2=False)]}
    assert diagnose(vpn(changes)).verdict['cause'] == 'ad-ntlmv1-disabled'
    assert 'wrong-secret' not in failing(vpn(changes))


def test_a_flag_that_was_taken_away_since_the_last_login() -> None:
    refused = failed('auth', 'winbind-declined', 'winbind-password', user='alice', number=2)
    changes = {'logs': logs(up(number=1, user='bob'), refused),
               'winbind.helpers': [dict(OF_PPPD, allow_mschapv2=False)]}
    assert set(failing(vpn(changes))) == {'ad-ntlmv1-disabled'}


def test_a_controller_that_refuses_this_machine_is_not_unreachable() -> None:
    """winbindd says that there is none, once that has happened."""
    changes = {'directory_probe.ping': FAILED_PING, 'directory_probe.trust.status': 'failed',
               'directory_probe.trust.error': 'NT_STATUS_DOMAIN_CONTROLLER_NOT_FOUND',
               'directory_probe.join': {'status': 'failed', 'error': 'NT_STATUS_ACCESS_DENIED', 'seconds': 1.0},
               'logs': logs(lines={'rad-dc': 'No logon servers are currently available. (0xc000005e)'})}
    assert set(failing(radius(changes))) == {'ad-ntlm-auth-failing'}


@pytest.mark.parametrize(('changes', 'cause'), [
    ({'winbind.running': False}, 'ad-winbind-not-running'),
    ({'winbind.privileged.users': [['freeradius', 71, 100, False]]}, 'ad-winbind-privileged-pipe'),
    ({'directory_probe.reachable': False, 'directory_probe.controllers': [dict(DC, ports=SHUT)]}, 'ad-dc-unreachable')])
def test_no_answer_of_winbindd_is_told_apart(changes: t.Any, cause: str) -> None:
    assert set(failing(radius({**changes, 'logs': logs(lines={'rad-winbind': NO_ANSWER})}))) == {cause}


def test_a_line_of_the_past_names_nothing_once_all_is_in_order() -> None:
    assert not failing(radius({'logs': logs(lines={'rad-winbind': NO_ANSWER})}))


@pytest.mark.parametrize(('name', 'cause'), [
    ('winbind-locked', 'ad-account-locked'), ('winbind-expired', 'ad-password-expired'),
    ('winbind-restricted', 'no-dialin-permission'), ('winbind-no-user', 'no-secret-for-user'),
    ('winbind-blocked', 'ad-ntlmv1-disabled')])
def test_the_texts_of_winbind_in_the_log_of_pppd(name: str, cause: str) -> None:
    facts = vpn({'logs': logs(failed('auth', 'chap-failed', 'winbind-declined', name, user='alice'))}, probed=False)
    assert set(failing(facts)) == {cause}


@pytest.mark.parametrize('junk', [None, 3, 'x', [], {}, [None], [[1]], {'users': [[]]}, {'a': {'b': 1}}])
@pytest.mark.parametrize('where', [
    'winbind', 'winbind.helpers', 'winbind.privileged', 'winbind.privileged.users', 'winbind.smb',
    'winbind.smb.ntlm auth', 'winbind.used_by', 'winbind.problems', 'directory_probe',
    'directory_probe.srv', 'directory_probe.controllers',
    'directory_probe.ping', 'directory_probe.trust', 'directory_probe.account', 'directory_probe.clock'])
def test_facts_of_a_stranger_never_raise(where: str, junk: t.Any) -> None:
    head, _dot, rest = where.partition('.')
    *steps, last = ['pptp_' + head, *(rest.split('.') if rest else [])]
    for base in (radius, vpn):
        facts = base()
        target: t.Any = facts
        for step in steps:
            target = target[step]
        target[last] = junk
        assert diagnose(facts).verdict['status']


@pytest.mark.parametrize(('mode', 'cause'), [('0750', set()), ('0755', {'ad-winbind-privileged-pipe'})])
def test_what_winbindd_said_of_its_folder_is_over_when_the_mode_is_right(mode: str, cause: set[str]) -> None:
    """FreeRADIUS is stopped, so no process shows that the pipe can be reached; the folder itself tells."""
    said = logs(lines={'winbind-pipe': 'invalid permissions on directory: has 0755 should be 0750'})
    facts = radius({'winbind.privileged.mode': mode, 'winbind.privileged.users': [], 'logs': said,
                    **({} if mode == '0750' else {'winbind.running': False})})
    assert set(failing(facts)) & set(DIRECTORY) - {'ad-winbind-not-running'} == cause
