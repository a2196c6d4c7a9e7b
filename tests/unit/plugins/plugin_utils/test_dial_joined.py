# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Dials beside what a host's files and logs say: confirmed, added, or told apart; and never counted twice."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils import subjects
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.settings import ORDERS
from ansible_collections.vpnops.pptp.plugins.module_utils.wire import ccp
from ansible_collections.vpnops.pptp.plugins.plugin_utils.diagnosis import Diagnosis, diagnose
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import Finding
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.dialled import CLIENT, dialled, row, with_dials
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.hosts import (
    DROP,
    OPTIONS,
    client,
    failed,
    logs,
    radius_server,
    router,
    server,
    up,
    user,
)
from ansible_collections.vpnops.pptp.tests.unit.recordings import open_recording

NOW = 1795336200.0      # 2026-11-22T08:30:00Z, when the host is read
STATEFUL = {'conntrack.stateful_gre': True, 'firewall.flows.gre_in': DROP}
OUT: dict[str, t.Any] = {'eaten': 'out'}          # GRE of the client does not arrive
DIES: dict[str, t.Any] = {'dies': True}           # the server's pppd does


def judged(facts: t.Any, *rows: t.Any, **more: t.Any) -> Diagnosis:
    return diagnose(with_dials(facts, dialled(*rows, **more)))


def of(found: Diagnosis, cause: str) -> Finding:
    return next(item for item in found.findings if item.cause == cause)


def failing(found: Diagnosis) -> list[str]:
    return [item.cause for item in found.findings if item.result == 'fail']


def said(found: Diagnosis) -> tuple[str, str | None, str]:
    return found.verdict['status'], found.verdict['cause'], found.verdict['confidence']


def read(changes: t.Mapping[str, t.Any] | None = None, *sessions: t.Any) -> t.Any:
    """A server, read at :data:`NOW`, with these *sessions* in its log."""
    return server({'host.collected_at': NOW, 'logs': logs(*sessions), **(changes or {})})


# confirmed

@pytest.mark.parametrize(('changes', 'way', 'cause', 'before', 'after'), [
    (STATEFUL, OUT, 'gre-conntrack-helper', 'certain', 'certain'),
    ({**STATEFUL, 'firewall.readable': False}, OUT, 'gre-conntrack-helper', 'likely', 'certain'),
    ({'firewall.flows.gre_in': DROP, 'firewall.readable': False}, OUT, 'gre-blocked', 'likely', 'certain'),
    ({'firewall.flows.tcp1723_in': DROP, 'firewall.readable': False}, {'connects': 'never'}, 'tcp1723-blocked',
     'likely', 'certain'),
    ({'kernel.modules.ppp_mppe': 'missing'}, {'encryption': 0}, 'mppe-kernel-missing', 'certain', 'certain'),
    ({'pppd.effective.mppe': 'none'}, {'encryption': 0}, 'mppe-not-negotiated', 'likely', 'likely'),
    ({'daemon.running': False, 'daemon.listeners': []}, {'connects': 'refused'}, 'pptpd-not-running', 'certain',
     'certain'),
    ({'pppd.problems': [[OPTIONS + ':2', 'unknown-option', 'requier']]}, DIES, 'bad-option-syntax', 'certain',
     'certain'),
])
def test_what_the_files_say_is_confirmed(changes: dict[str, t.Any], way: dict[str, t.Any], cause: str, before: str,
                                         after: str) -> None:
    facts = server({'logs': ..., **changes})
    old = diagnose(facts)
    if old.verdict['cause'] == cause:
        assert old.verdict['confidence'] == before
    found = judged(facts, row(**way))
    assert (found.verdict['cause'], found.verdict['confidence'], found.disagreement) == (cause, after, ())
    proofs = [proof.value for proof in of(found, cause).evidence if proof.fact == 'pptp_dial']
    assert len(proofs) == 1
    assert str(proofs[0]).startswith('client1: login stopped at ')
    assert set(failing(old)) <= set(failing(found))


def test_one_line_says_how_a_dial_ended() -> None:
    found = judged(server({'logs': ...}), row(password='wrong'))
    assert 'client1: login stopped at auth: rejected (E=691)' in [
        proof.value for proof in of(found, 'wrong-secret').evidence]
    assert [item['text'] for item in found.dials] == [
        'Login tried from client1: stopped at auth: the server does not accept the user, the password or both (E=691)']


def test_several_dials_confirm_once_each_and_no_more_than_three() -> None:
    results = [dialled(row(**OUT), host='client%d' % number) for number in range(5)]
    found = diagnose(with_dials(server({'logs': ..., **STATEFUL}), *results))
    proofs = [proof for proof in of(found, 'gre-conntrack-helper').evidence if proof.fact == 'pptp_dial']
    assert len(proofs) == 3
    assert len(found.dials) == 5


# a login that works

def test_a_login_that_came_up_is_health_without_any_log() -> None:
    found = judged(server({'logs': ..., 'secrets': ..., 'firewall': ...}), row())
    assert said(found) == ('healthy', None, 'certain')
    assert of(found, 'gre-blocked').result == 'pass'
    assert of(found, 'gre-blocked').evidence == (('pptp_dial', 'client1: login came up (MPPE of 128 bits, 10.99.0.100)',
                                                  ''),)
    assert found.dials[0]['text'] == 'Login tried from client1: came up (MPPE of 128 bits, 10.99.0.100)'


@pytest.mark.parametrize('changes', [
    {'firewall.flows.gre_in': DROP}, {'firewall.flows.tcp1723_in': DROP}, STATEFUL,
    {'kernel.modules.ppp_mppe': 'missing'}, {'pppd.problems': [[OPTIONS + ':2', 'unknown-option', 'requier']]},
    {'secrets.deciding': {'line': 1, 'client': 'a', 'server': 'pptpd', 'usable': False, 'why': 'no-address'}}])
def test_what_would_keep_everybody_out_and_did_not_is_told_apart(changes: dict[str, t.Any]) -> None:
    facts = server({'logs': ..., **changes})
    old, found = diagnose(facts), judged(facts, row())
    cause = old.verdict['cause']
    assert (old.verdict['status'], old.verdict['confidence']) == ('broken', 'certain')
    assert said(found) == ('degraded', cause, 'likely')                  # not hidden, and nobody is said to be out
    assert cause in [item['cause'] for item in found.disagreement]
    text = next(item['text'] for item in found.disagreement if item['cause'] == cause)
    assert text.startswith('%s would keep everybody out, and a login from client1 came up' % cause)


def test_what_is_about_traffic_or_security_is_no_contradiction() -> None:
    facts = server({'logs': ..., 'addressing.ip_forward': False, 'secrets.mode': '0644'})
    found = judged(facts, row())
    assert found.disagreement == ()
    assert said(found)[:2] == ('degraded', 'ip-forward-off')


def test_a_dial_that_got_further_contradicts_too() -> None:
    found = judged(server({'logs': ..., 'firewall.flows.gre_in': DROP}), row(encryption=ccp.STATELESS | ccp.BITS_40))
    assert [item['cause'] for item in found.disagreement] == ['gre-blocked', 'mppe-not-negotiated']
    assert 'got beyond it (stopped at ccp: strength)' in found.disagreement[0]['text']
    assert said(found) == ('broken', 'mppe-not-negotiated', 'possible')
    assert 'gre-blocked' in failing(found)


def test_echoes_of_lcp_got_no_further_than_lcp() -> None:
    """The ladder of the mode path needs no authentication: it passed nothing behind the link."""
    found = judged(server({'logs': ..., 'kernel.modules.ppp_mppe': 'missing'}), row('path'), row(encryption=0))
    assert said(found) == ('broken', 'mppe-kernel-missing', 'certain')
    assert found.disagreement == ()
    open_question = judged(server({'logs': ..., 'pppd.effective.mppe': None}), row('path'))
    assert of(open_question, 'mppe-not-negotiated').result == 'unknown'


@pytest.mark.parametrize(('require', 'offered'), [('pap', 'pap'), ('chap', 'chap-md5'), ('mschap', 'mschap')])
def test_a_server_whose_methods_yield_no_keys_is_the_cause_and_not_the_client(require: str, offered: str) -> None:
    """What the log calls a refused authentication, and the dial no common method, follows from it."""
    changes = {'pppd.effective.require': [require], 'pppd.effective.mppe': 'require'}
    for log in (..., logs(failed('auth', 'peer-refused-auth'))):
        found = judged(server({'logs': log, **changes}), row('path', methods=(offered,)), row(methods=(offered,)))
        assert said(found) == ('broken', 'mppe-without-mschapv2', 'certain')
        assert all(item.blocked_by == ('mppe-without-mschapv2',) for item in found.findings
                   if item.result == 'fail' and item.cause == 'auth-method-mismatch')
        assert found.disagreement == ()


def test_one_end_gets_in_and_another_does_not() -> None:
    found = diagnose(with_dials(server({'logs': ...}), dialled(row(), host='client1'), dialled(
        row(eaten='in'), host='client2', source='192.0.2.1')))
    assert said(found) == ('degraded', 'gre-nat-asymmetric', 'possible')
    assert {item['cause'] for item in found.candidates} == {'gre-nat-asymmetric', 'isp-filtering'}
    assert [item['outcome'] for item in found.dials] == ['ok', 'failed']


# a login that fails

def test_a_wrong_test_account_does_not_break_a_healthy_server() -> None:
    found = judged(server({'logs': ...}), row(password='wrong'))
    assert said(found) == ('degraded', 'wrong-secret', 'possible')
    refused = failed('auth', 'trace-chap-failure-691', 'chap-failed', user='alice', number=29)
    found = judged(read({}, refused), row(password='wrong'))
    assert said(found) == ('degraded', 'wrong-secret', 'likely')          # as far as the log says it, and no further
    assert said(diagnose(read({}, refused)))[0] == 'broken'
    found = judged(read({}, up(1), refused), row(password='wrong'))
    assert said(found) == ('degraded', 'wrong-secret', 'likely')


def test_users_who_fail_beside_it_still_count() -> None:
    bob = failed('auth', 'trace-chap-failure-691', 'chap-failed', user='bob', number=3, client='192.0.2.77')
    mine = failed('auth', 'trace-chap-failure-691', 'chap-failed', user='alice', number=29)
    assert said(judged(read({}, bob, mine), row(password='wrong')))[:2] == ('broken', 'wrong-secret')


@pytest.mark.parametrize(('name', 'users', 'cause', 'sure'), [
    ('nobody', [user('alice')], 'no-secret-for-user', 'likely'),
    ('alice', [user('alice', server='other'), user('bob', 2)], 'server-name-mismatch', 'possible'),
    ('LAB\\alice', [user('alice')], 'username-domain-format', 'likely'),
    ('alice', [user('alice')], None, 'possible'),       # it is there, and the server did not find it: other files?
    ('', [user('alice')], 'no-secret-for-user', 'possible')])
def test_an_unknown_test_user_is_told_from_a_wrong_password(name: str, users: t.Any, cause: str | None, sure: str
                                                            ) -> None:
    facts = server({'logs': ..., 'secrets.users': users, 'secrets.entries': len(users)})
    found = diagnose(with_dials(facts, dialled(row(user='nobody', failure='')), user=name))
    assert said(found)[1:] == (cause, sure)
    assert found.verdict['status'] in ('degraded', 'broken')


def test_the_methods_that_a_server_asks_for() -> None:
    asked = [row('methods', methods=('pap', 'chap-md5'), suggested=order) for order in ORDERS]
    found = judged(server({'logs': ...}), *asked)
    assert found.dials[0]['text'] == 'Dialled from client1: the server asks for pap, chap-md5'
    assert of(found, 'auth-method-mismatch').result == 'warn'
    found = judged(server({'logs': ...}), row('methods'))
    assert found.dials[0]['text'] == 'Dialled from client1: the server asks for mschapv2'
    assert of(found, 'auth-method-mismatch').result == 'pass'


def test_what_the_server_itself_says_stands_beside_files_that_say_otherwise() -> None:
    found = judged(server({'logs': ...}), row(encryption=0))
    assert said(found) == ('broken', 'mppe-not-negotiated', 'possible')
    assert found.disagreement[0]['cause'] == 'mppe-not-negotiated'
    assert 'what was read on this host speaks against that: pptp_pppd.effective.mppe' in found.disagreement[0]['text']


def test_a_guess_that_the_files_refute_is_not_made() -> None:
    found = judged(read({'daemon.running': True}), row(**DIES), source=CLIENT)
    assert found.verdict['cause'] in (None, 'gre-nat-asymmetric')
    seen_here = judged(read({}, failed('control', 'ctrl-started', 'ctrl-call', client=CLIENT, number=29)), row(**DIES))
    assert 'gre-nat-asymmetric' not in [item['cause'] for item in seen_here.candidates]     # no NAT in between


def test_what_the_files_refute_is_not_offered_beside_the_likeliest() -> None:
    found = judged(server({'logs': ...}), row(connects='refused'))
    assert said(found)[1] == 'tcp1723-blocked'
    assert 'pptpd-not-running' not in {item['cause'] for item in found.candidates}


def test_a_failure_that_another_stage_cannot_explain_is_left_open() -> None:
    found = judged(server({'logs': ..., 'daemon.running': False, 'daemon.listeners': []}), row(connects='never'))
    assert found.verdict['cause'] == 'pptpd-not-running'
    assert [item['cause'] for item in found.disagreement] == [None]
    assert 'Nothing that was found on this host explains that.' in found.disagreement[0]['text']


# the same login in the log

def test_the_login_of_a_dial_in_the_log_is_the_same_one() -> None:
    own = failed('gre', 'ctrl-started', 'ctrl-call', 'lcp-timeout', number=29, rcvd_lcp=False)
    facts = read({'firewall.flows.gre_in': DROP}, own)
    found = judged(facts, row(**OUT))
    assert failing(found) == failing(diagnose(facts)) == ['gre-blocked']
    assert found.disagreement == ()
    mine = failed('control', 'ctrl-started', 'start-option-unknown', number=29)
    found = judged(read({}, mine), row(**DIES))
    assert said(found) == ('broken', 'bad-option-syntax', 'certain')
    assert [proof.fact for proof in of(found, 'bad-option-syntax').evidence].count('pptp_dial') == 1


def test_what_the_log_decides_counts_where_the_dial_has_no_name_for_it() -> None:
    odd = failed('aaa', 'radius-bad-digest', 'chap-failed', number=29, user='alice')
    facts = radius_server({'host.collected_at': NOW, 'logs': logs(odd)})
    found = judged(facts, row(user='nobody', failure=''))
    assert said(found) == said(diagnose(facts)) == ('broken', 'radius-secret-mismatch', 'certain')
    assert found.disagreement == ()


def test_a_dial_that_hangs_up_itself_tells_why_and_the_silent_log_does_not() -> None:
    own = failed('mppe', 'ctrl-started', 'ctrl-call', number=29, user='alice')
    found = judged(read({'pppd.effective.mppe': 'none'}, own), row(encryption=0))
    assert said(found)[:2] == ('broken', 'mppe-not-negotiated')
    assert found.candidates == ()


@pytest.mark.parametrize('rows', [
    [row(), row('path')], [row('path'), row()], [row(), row('methods'), row('methods'), row('methods')],
    [row('reach'), row()], [row(gre=False)], [row('methods')]])
def test_dials_that_never_log_in_are_no_failed_logins(rows: list[t.Any]) -> None:
    sessions = []
    for number, item in enumerate(rows, 20):
        asked = ('peer-refused-auth',) if item['mode'] == 'methods' else ()
        sessions.append(up(number) if item['mode'] == 'login' and item['outcome'] == 'ok' else
                        failed('auth', 'ctrl-started', 'ctrl-call', *asked, number=number))
    facts = read({}, *sessions)
    assert diagnose(facts).verdict['status'] != 'healthy' or sessions[-1]['outcome'] == 'up'
    found = judged(facts, *rows)
    assert said(found)[:2] == ('healthy', None)
    assert (found.candidates, found.disagreement) == ((), ())


def test_a_real_client_that_asked_for_another_method_is_not_taken_for_a_dial() -> None:
    real = failed('auth', 'ctrl-started', 'peer-refused-auth', number=20, client='192.0.2.77')
    own = failed('auth', 'ctrl-started', 'peer-refused-auth', number=29)
    assert judged(read({}, real, own), row('methods')).verdict['cause'] == 'auth-method-mismatch'
    old = failed('auth', 'ctrl-started', 'peer-refused-auth', number=20)        # from there, ten minutes before
    late = {'host.collected_at': NOW + 3600}
    assert judged(read(late, old), row('methods')).verdict['cause'] == 'auth-method-mismatch'


def test_a_client_of_the_same_address_that_failed_right_before_is_no_dial() -> None:
    """As client1 of the lab, behind its router, whose own pppd refuses MS-CHAPv2."""
    real = failed('auth', 'ctrl-started', 'ctrl-call', 'peer-refused-auth', number=28)
    ladder = failed('gre', 'ctrl-started', 'ctrl-call', 'term-peer', number=29)
    found = judged(read({}, real, ladder, up(30, user=None)), row('path'), row())
    assert said(found)[:2] == ('degraded', 'auth-method-mismatch')


def test_a_dial_behind_a_router_is_found_by_its_time() -> None:
    own = failed('auth', 'ctrl-started', 'ctrl-call', number=29, client='192.0.2.77')
    assert judged(read({}, own), row('path'), source='10.1.0.10').verdict['status'] == 'healthy'
    two = failed('auth', 'ctrl-started', 'ctrl-call', number=29, client='192.0.2.78')
    assert judged(read({}, own, two), row('path'), source='10.1.0.10').verdict['status'] != 'healthy'


def test_a_client_whose_own_settings_are_wrong_stays_wrong_after_a_dial_from_there() -> None:
    real = failed('mppe', 'ctrl-started', 'mppe-refused', number=9, user='alice')
    found = judged(read({}, real, up(29)), row())
    assert said(found) == ('degraded', 'client-mppe-off', 'likely')
    lost = failed('gre', 'ctrl-started', 'ctrl-call', 'lcp-timeout', number=9, user=None)
    assert said(judged(read({}, lost, up(29)), row())) == ('healthy', None, 'certain')     # the way from there works


# the path

@pytest.mark.parametrize(('mtu', 'largest', 'asked', 'result', 'cause'), [
    (1400, 1500, 1500, 'pass', None), (1400, 1400, 1500, 'fail', 'mtu-fragmentation'),
    (1400, 1440, 1500, 'pass', None), (1496, 1500, 1500, 'warn', None), (None, 1400, 1500, 'unknown', None)])
def test_the_path_is_held_against_the_tunnel(mtu: int | None, largest: int, asked: int, result: str,
                                             cause: str | None) -> None:
    measured = row('path')
    measured = dict(measured, seen={**measured['seen'], 'path': {
        'largest': largest, 'asked': asked, 'mtu': largest - 44, 'mss': largest - 84}})
    changes = {'pppd.effective.mtu': mtu, **({} if mtu else {'pppd.complete': False})}
    found = judged(server({'logs': ..., **changes}), row(), measured)
    assert of(found, 'mtu-fragmentation').result == result
    assert found.verdict['cause'] == cause
    if cause:
        assert ('path_mtu', 1400, 'client1') in of(found, cause).evidence
        fix = of(found, cause).fix
        assert fix
        assert '1356' in fix.summary


# other hosts

def test_routers_and_clients() -> None:
    assert judged(router(), row(**OUT)).verdict == diagnose(router()).verdict
    found = judged(client({'logs': ...}), row(**OUT))
    assert (found.role, found.verdict['cause']) == ('both', 'gre-dnat-missing')      # a private address was not dialled


#: A recorded host, the dial that its fault gives, and whether the two ends name the same.
RECORDED = [
    ('00-baseline-routed', {}), ('10-srv-drop-guide2rules-nohelper', OUT), ('21-nat-2clients-nohelper', DIES),
    ('30-gre-drop-server-in', OUT), ('35-tcp1723-drop-server', {'connects': 'never'}),
    ('40-wrong-password', {'password': 'wrong'}), ('42-wrong-server-column', DIES), ('44a-secret-hash-unquoted', DIES),
    ('46b-ip-column-empty', DIES), ('46e-ip-column-wrong-subnet', {'refuses': 'Unauthorized remote IP address'}),
    ('51c-server-pap-with-require-mppe', {'methods': ('pap',)}),
    ('55c-noccp-server', {'no_ccp': True, 'encryption': 0}),
    ('56c-mppe-missing-server-only', {'early_term': 'MPPE required but not available'}), ('60-option-typo', DIES),
    ('57-mppe40-server-128-client', {'encryption': ccp.STATELESS | ccp.BITS_40}), ('61-plugin-missing', DIES),
    ('62-option-path-missing', {'connects': 'refused'}), ('64-connections-1', {'mute': 'control'}),
    ('67c-listen-nonlocal', {'connects': 'refused'}), ('67f-noipparam-delegate', {'mute': 'ipcp'}),
    ('69-dev-ppp-missing', DIES), ('69d-noauth-server', {'methods': (), 'encryption': 0}),
    ('81-radius-no-mppe-keys', {'early_term': 'MPPE required but not available'}),
    ('82-radius-wrong-secret-on-nas', {'user': 'nobody', 'failure': ''}),
    ('t13-45b-secrets-missing', DIES), ('t13-67e-bad-ip-range', {'connects': 'refused'}),
]


@pytest.mark.parametrize(('name', 'way'), RECORDED, ids=[name for name, _way in RECORDED])
def test_recorded_faults_are_confirmed_and_nothing_else_is_named(name: str, way: dict[str, t.Any]) -> None:
    facts = subjects.gather(open_recording(name + '.server'), log_options={'full': True})
    sources = [item['client'] for item in facts['pptp_logs']['sessions'] if item['client']] or [CLIENT]
    old, found = diagnose(facts), judged(facts, row(**way), source=sources[-1])
    assert found.verdict['cause'] == old.verdict['cause']
    assert set(failing(found)) == set(failing(old))
    assert found.disagreement == ()
    if way:
        assert 'pptp_dial' in [proof.fact for proof in of(found, found.verdict['cause']).evidence]
