# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a probe and the log say together: each row of the truth table, with and without a login that failed."""

from __future__ import annotations

import itertools
import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.plugin_utils.diagnosis import Diagnosis, diagnose
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.hosts import failed, logs, radius_server, up

Changes = dict[str, t.Any]
NONE: Changes = {'logs': logs()}
SILENT: Changes = {'logs': logs(failed('aaa', 'radius-no-reply', 'chap-failed', user='alice'))}
DIGEST: Changes = {'logs': logs(failed('aaa', 'radius-bad-digest', 'chap-failed', user='alice'))}
UP: Changes = {'logs': logs(up())}
READINGS = ('fine', 'status-fine', 'wrong-secret', 'no-status-server', 'message-authenticator-demanded',
            'wrong-service',
            'refused', 'prohibited', 'denied', 'unreachable', 'error', 'silent', 'status-silent', 'malformed',
            'contradictory', 'not-asked')


def row(reading: str, kind: str = 'auth', **more: t.Any) -> Changes:
    """A server that was asked."""
    return {'kind': kind, 'server': '192.168.77.20', 'port': 1812 if kind == 'auth' else 1813,
            'address': '192.168.77.20',
            'source': '192.168.77.1', 'secret': '/etc/radiusclient/servers:1', 'status': None, 'request': None,
            'login': None, 'reading': reading, **more}


def probed(*readings: str, sent: t.Sequence[str] = ('status',), **more: t.Any) -> Changes:
    """What the probe says of servers for logins with these *readings*."""
    return {'radius_probe': {'sent': list(sent), 'servers': [row(reading) for reading in readings], 'problems': [],
                             'budget': {'timeout': 10, 'retries': 3, 'per_server': 30, 'client': 30}, **more}}


def judged(*changes: Changes) -> Diagnosis:
    return diagnose(radius_server({key: value for change in changes for key, value in change.items()}))


@pytest.mark.parametrize(('log', 'reading', 'cause', 'confidence'), [
    (NONE, 'wrong-secret', 'radius-secret-mismatch', 'certain'), (SILENT, 'wrong-secret', 'radius-secret-mismatch',
                                                                  'certain'),
    (NONE, 'message-authenticator-demanded', 'radius-message-authenticator', 'certain'),
    (SILENT, 'message-authenticator-demanded', 'radius-message-authenticator', 'certain'),
    (NONE, 'refused', 'radius-unreachable', 'certain'), (SILENT, 'prohibited', 'radius-unreachable', 'certain'),
    (NONE, 'silent', 'radius-unreachable', 'likely'), (SILENT, 'silent', 'radius-unreachable', 'likely'),
    (SILENT, 'status-silent', 'radius-unreachable', 'likely'),
    (SILENT, 'status-fine', 'radius-message-authenticator', 'possible'),        # it answers, and not pppd
    (SILENT, 'fine', 'radius-unreachable', 'possible'),                         # it has come back
    (DIGEST, 'wrong-secret', 'radius-secret-mismatch', 'certain'), (DIGEST, 'not-asked', 'radius-secret-mismatch',
                                                                    'certain'),
    (DIGEST, 'fine', 'radius-secret-mismatch', 'possible'),
])
def test_the_cause(log: Changes, reading: str, cause: str, confidence: str) -> None:
    found = judged(log, probed(reading))
    assert (found.verdict['cause'], found.verdict['confidence']) == (cause, confidence)
    assert found.verdict['status'] == 'broken'


@pytest.mark.parametrize(('log', 'reading'), [(NONE, 'fine'), (NONE, 'status-fine'), (NONE, 'status-silent'), (UP,
                                                                                                               'fine'),
                                              (NONE, 'no-status-server'), (NONE, 'contradictory'), (UP,
                                                                                                    'status-silent')])
def test_no_cause(log: Changes, reading: str) -> None:
    assert judged(log, probed(reading)).verdict['cause'] is None


@pytest.mark.parametrize(('log', 'reading'), list(itertools.product((NONE, SILENT, UP), READINGS)))
def test_a_wrong_secret_is_only_named_on_a_bad_digest(log: Changes, reading: str) -> None:
    found = judged(log, probed(reading))
    wrong = next(item for item in found.findings if item.cause == 'radius-secret-mismatch')
    assert (wrong.result == 'fail') is (reading == 'wrong-secret')


@pytest.mark.parametrize(('log', 'reading'), list(itertools.product((NONE, SILENT), READINGS)))
def test_at_most_one_of_them_is_named(log: Changes, reading: str) -> None:
    named = [item.cause for item in judged(log, probed(reading)).findings
             if item.result == 'fail' and item.cause.startswith('radius-')]
    assert len(named) <= 1


def test_a_server_that_answers_after_silent_ones() -> None:
    words = 'Each login waits %d seconds for RADIUS servers that do not answer'
    for log, seconds, result, more in ((NONE, 30, 'fail', ': the client gives up before'), (UP, 4, 'warn', '')):
        change = probed('silent', 'fine')
        change['radius_probe']['budget']['per_server'] = seconds
        found = next(item for item in judged(log, change).findings if item.cause == 'radius-unreachable')
        assert (found.result, found.title) == (result, words % seconds + more)


def test_what_the_log_of_an_own_server_said_is_mended_where_a_probe_says_so() -> None:
    said: Changes = {'logs': logs(failed('aaa', 'radius-no-reply', user='alice'), lines={
        'rad-unknown-client': 'Ignoring request to auth address'})}
    assert judged(said).verdict['cause'] == 'radius-unknown-client'
    assert judged(said, probed('fine')).verdict == {'status': 'broken', 'stage': 'aaa', 'cause': 'radius-unreachable',
                                                    'confidence': 'possible'}


def test_accounting_that_does_not_answer_only_warns() -> None:
    change = probed('fine')
    change['radius_probe']['servers'].append(row('silent', 'acct'))
    found = next(item for item in judged(UP, change).findings if item.cause == 'radius-unreachable')
    assert found.result == 'warn'
    assert 'accounting' in found.title


def test_a_packet_knows_better_than_a_reading_of_the_rules() -> None:
    closed = {'verdict': 'drop', 'rule': 'policy drop', 'source': 'x:1'}
    rules: Changes = {'firewall.radius': [{'kind': 'auth', 'server': '192.168.77.20', 'port': 1812, 'out': closed,
                                           'in': closed}]}
    assert judged(NONE, rules).verdict['cause'] == 'radius-unreachable'
    assert judged(NONE, rules, probed('fine')).verdict['cause'] is None


def test_what_to_allow_next() -> None:
    assert 'pptp_radius_probe: [status, request]' in judged(SILENT, probed('status-silent')).next_step
    assert 'pptp_radius_probe' not in judged(SILENT, probed('silent', sent=('status', 'request'))).next_step


def test_a_login_that_shows_missing_keys() -> None:
    refused = {'user': 'probe', 'outcome': 'accept', 'refused': ['no-keys'], 'keys': {'send': 'missing',
                                                                                      'recv': 'missing'}}
    change = probed('fine', sent=('status', 'request', 'login'))
    change['radius_probe']['servers'] = [row('fine', login=refused)]
    assert judged(NONE, change).verdict['cause'] == 'radius-no-mppe-keys'


def tried(error: t.Any = None, refused: t.Sequence[str] = (), **more: t.Any) -> Changes:
    """What the probe says of a login with the account that it was given."""
    change = probed('fine', sent=('status', 'login'))
    change['radius_probe']['servers'] = [row('fine', login={
        'user': 'probe', 'outcome': 'reject' if error else 'accept', 'error': error, 'refused': list(refused), **more})]
    return change


@pytest.mark.parametrize(('code', 'retry', 'cause', 'confidence'), [
    (647, False, 'ad-account-locked', 'certain'), (691, False, 'ad-account-locked', 'certain'),
    (648, False, 'ad-password-expired', 'certain'), (649, False, 'no-dialin-permission', 'certain'),
    (691, True, 'wrong-secret', 'possible')])
def test_why_a_login_was_refused_is_told_as_the_server_says_it(code: int, retry: bool, cause: str,
                                                               confidence: str) -> None:
    found = judged(NONE, tried({'code': code, 'retry': retry, 'message': 'no'}))
    assert (found.verdict['cause'], found.verdict['confidence']) == (cause, confidence)
    assert 'login of probe: refused, E=%d' % code in str(found.findings[0].evidence[0].value)


def test_a_test_login_that_is_refused_is_a_warning_where_others_come_in() -> None:
    found = judged(UP, tried({'code': 691, 'retry': True, 'message': 'no'}))
    assert found.verdict['status'] == 'healthy'
    wrong = next(item for item in found.findings if item.cause == 'wrong-secret')
    assert (wrong.result, wrong.title) == ('warn', 'The test login was refused')


def test_what_the_log_decided_stays_beside_a_refused_test_login() -> None:
    locked: Changes = {'logs': logs(failed('auth', 'chap-failed', user='a'), lines={'rad-expired': 'Account expired'})}
    assert judged(locked, tried({'code': 691, 'retry': True, 'message': ''})).verdict['cause'] == 'ad-password-expired'


@pytest.mark.parametrize(('code', 'cause'), [
    ('service-type', 'no-dialin-permission'), ('framed-protocol', 'no-dialin-permission'),
    ('framed-ip', 'no-dialin-permission'), ('success-wrong', 'ad-ntlm-auth-failing'),
    ('success-missing', 'ad-ntlm-auth-failing'), ('success-malformed', 'ad-ntlm-auth-failing')])
def test_an_accept_that_pppd_refuses_is_told(code: str, cause: str) -> None:
    found = judged(NONE, tried(refused=[code], service_type=6, framed_ip='127.0.0.9'))
    confidence = 'possible' if 'success' in code else 'likely'
    assert (found.verdict['cause'], found.verdict['confidence']) == (cause, confidence)
    assert 'login of probe: accepted' in str(found.findings[0].evidence[0].value)


def test_a_probe_that_failed_changes_nothing() -> None:
    broken = {'radius_probe': {'evidence': {'failed': [['radius_probe', 'x']]}}}
    for log in (NONE, SILENT, DIGEST, UP):
        assert judged(log, broken).verdict == judged(log).verdict


@pytest.mark.parametrize('code', ['secret-cut', 'secret-carriage-return', 'secret-quoted', 'line-cut'])
def test_an_odd_secret_is_a_warning_until_an_answer_does_not_verify(code: str) -> None:
    odd: Changes = {'radius.problems': [['/etc/radiusclient/servers:1', code, '192.168.77.20']]}
    for log, result in ((NONE, 'warn'), (DIGEST, 'fail')):
        found = next(item for item in judged(log, odd).findings if item.cause == 'radius-secret-mismatch')
        assert found.result == result
        assert '/etc/radiusclient/servers:1' in [proof.source for proof in found.evidence]


@pytest.mark.parametrize('junk', [7, 'x', [], {}, {'servers': 7}, {'servers': [7, {}]}, None,
                                  {'servers': [{'kind': 'auth', 'reading': 7}]}])
def test_junk_raises_nothing(junk: t.Any) -> None:
    assert judged(SILENT, {'radius_probe': junk}).verdict['cause'] == 'radius-unreachable'
