# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The verdict: which cause is named of several, how bad it is, and what is said when nothing decides."""

from __future__ import annotations

import copy
import json
import typing as t

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog import CAUSES
from ansible_collections.vpnops.pptp.plugins.plugin_utils.diagnosis import STATUSES, Diagnosis, diagnose
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import CONFIDENCES, RESULTS, STAGES
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.checks.cases import CASES
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.hosts import (
    CONF,
    DROP,
    OPTIONS,
    SECRETS,
    client,
    failed,
    log_only,
    logs,
    radius_server,
    server,
    session,
    up,
    user,
    winbind_server,
)


def said(facts: t.Any) -> tuple[str, str | None, str]:
    """Status, cause and confidence."""
    verdict = diagnose(facts).verdict
    return verdict['status'], verdict['cause'], verdict['confidence']


def failing(diagnosis: Diagnosis) -> dict[str, tuple[str, ...]]:
    """``{cause: blocked_by}`` of the failing findings."""
    return {item.cause: item.blocked_by for item in diagnosis.findings if item.result == 'fail'}


def test_a_healthy_server_is_healthy_with_and_without_a_login() -> None:
    assert said(server()) == ('healthy', None, 'certain')
    assert said(server({'logs': ...})) == ('healthy', None, 'likely')
    assert failing(diagnose(server())) == {}


@pytest.mark.parametrize('facts', [None, {}, [], 'text', {'pptp_host': None}, {'pptp_logs': {'sessions': 3}},
                                   {'pptp_daemon': {'evidence': {'failed': [['daemon', 'boom']]}}}])
def test_nothing_known_is_unknown(facts: t.Any) -> None:
    assert said(facts) == ('unknown', None, 'possible')
    assert 'Not enough was read' in diagnose(facts).next_step


def test_configuration_alone_is_not_health() -> None:
    assert said(server({'daemon': ..., 'kernel': ..., 'logs': ...}))[0] == 'unknown'


def test_the_earliest_stage_is_the_cause_and_the_later_its_consequence() -> None:
    facts = server({'daemon.running': False, 'daemon.listeners': [], 'logs': ..., 'secrets.deciding': {
        'line': 1, 'client': 'a', 'server': 'pptpd', 'usable': False, 'why': 'no-address'}})
    found = diagnose(facts)
    assert found.verdict == {'status': 'broken', 'stage': 'service', 'cause': 'pptpd-not-running',
                             'confidence': 'certain'}
    assert failing(found) == {'pptpd-not-running': (), 'chap-secrets-malformed': ('pptpd-not-running',)}


def test_what_stops_the_daemon_comes_before_the_stopped_daemon() -> None:
    facts = server({'daemon.running': False, 'daemon.listeners': [], 'logs': ...,
                    'conf.errors': [[CONF + ':2', 'options-file-missing', '/etc/ppp/nothing']]})
    assert said(facts) == ('broken', 'bad-option-syntax', 'certain')
    twice = server({'daemon.running': False, 'daemon.listeners': [], 'logs': ...,
                    'conf.errors': [[CONF + ':3', 'duplicate', 'remoteip 10.99.0.101']]})
    assert said(twice) == ('broken', 'ip-pool-conflict', 'certain')
    assert failing(diagnose(twice))['pptpd-not-running'] == ('ip-pool-conflict',)


def test_an_error_in_pptpd_conf_does_not_break_the_daemon_that_runs() -> None:
    assert said(server({'conf.errors': [[CONF + ':3', 'bad-range', 'remoteip']]}))[0] == 'healthy'


def test_what_hits_everybody_comes_before_what_hits_one() -> None:
    facts = server({'pppd.effective.require': ['pap'],
                    'logs': logs(failed('auth', 'chap-no-secret', 'chap-failed', user='mallory'))})
    assert said(facts)[:2] == ('broken', 'mppe-without-mschapv2')


def test_one_user_who_fails_degrades_and_all_who_fail_break() -> None:
    wrong = failed('auth', 'trace-chap-failure-691', 'chap-failed', user='bob', number=2)
    assert said(server({'logs': logs(up(1), wrong)})) == ('degraded', 'wrong-secret', 'likely')
    assert said(server({'logs': logs(wrong)})) == ('broken', 'wrong-secret', 'likely')


def test_old_failures_of_a_user_who_came_up_since_are_history() -> None:
    wrong = failed('auth', 'trace-chap-failure-691', 'chap-failed', user='alice')
    assert said(server({'logs': logs(wrong, up(2))})) == ('healthy', None, 'certain')


def test_what_hit_everybody_is_history_once_anybody_came_up() -> None:
    broken = failed('control', 'start-option-unknown', client='192.0.2.1')
    assert said(server({'logs': logs(broken)})) == ('broken', 'bad-option-syntax', 'certain')
    assert said(server({'logs': logs(broken, up(2))})) == ('healthy', None, 'certain')


def test_a_client_whose_gre_is_lost_while_others_come_up_has_a_path_of_its_own() -> None:
    lost = failed('gre', 'lcp-timeout', client='192.0.2.1', number=1)
    found = diagnose(server({'logs': logs(lost, up(2)), 'firewall.flows.gre_in': DROP}))
    assert found.verdict['status'] == 'degraded'
    assert [item['cause'] for item in found.candidates] == ['gre-nat-asymmetric', 'isp-filtering']
    silent = failed('gre', 'ctrl-started', 'ctrl-call', 'hangup', client='192.0.2.1', number=1)
    assert said(server({'logs': logs(silent, up(2))})) == ('healthy', None, 'certain')


def test_a_pppd_that_ends_at_once_has_candidates_and_a_way_to_decide() -> None:
    found = diagnose(log_only(failed('control', 'ctrl-started', 'ctrl-call', 'gre-pty-gone')))
    assert found.verdict == {'status': 'broken', 'stage': 'service', 'cause': 'bad-option-syntax',
                             'confidence': 'possible'}
    assert 'dryrun' in found.next_step


def test_a_scanner_that_calls_in_silence_is_no_failed_login() -> None:
    scan = failed('gre', 'ctrl-started', 'ctrl-call', 'hangup', client='192.0.2.1', number=2)
    assert said(server({'logs': logs(up(1), scan)})) == ('healthy', None, 'certain')
    known = failed('gre', 'ctrl-started', 'ctrl-call', 'hangup', number=2)
    assert said(server({'logs': logs(up(1), known)})) == ('broken', 'gre-blocked', 'possible')


def test_a_login_under_way_says_nothing() -> None:
    assert said(server({'logs': logs(up(1), session('open', 'gre', 'ctrl-started', number=2))}))[0] == 'healthy'


def test_port_scans_are_no_failed_logins() -> None:
    scan = failed('control', 'ctrl-started', 'ctrl-eof', number=2)
    assert said(server({'logs': logs(up(1), scan)})) == ('healthy', None, 'certain')


def test_a_login_that_passed_clears_the_firewall_reading_and_says_so() -> None:
    wrong = failed('auth', 'trace-chap-failure-691', 'chap-failed', user='alice')
    found = diagnose(server({'logs': logs(wrong), 'firewall.flows.gre_in': DROP}))
    assert found.verdict['cause'] == 'wrong-secret'
    assert {'service', 'control', 'gre', 'link'} <= {entry['stage'] for entry in found.ruled_out}
    assert [item.result for item in found.findings if item.cause == 'gre-blocked'] == ['warn']


@pytest.mark.parametrize(('changes', 'cause', 'confidence'), [
    ({'firewall.flows.gre_in': DROP}, 'gre-blocked', 'certain'),
    ({'firewall.flows.gre_in': DROP, 'conntrack.stateful_gre': True}, 'gre-conntrack-helper', 'certain'),
    ({'firewall.flows.gre_in': DROP, 'firewall.order': [['accept', 'drop', 'gre_in']]},
     'firewall-rule-order', 'certain'),
    ({}, 'gre-blocked', 'possible'),
])
def test_the_firewall_decides_why_no_lcp_arrives(changes: dict[str, t.Any], cause: str, confidence: str) -> None:
    silent = failed('gre', 'lcp-timeout', 'trace-lcp-no-answer', rcvd_lcp=False)
    found = diagnose(server({'logs': logs(silent), **changes}))
    assert (found.verdict['cause'], found.verdict['confidence']) == (cause, confidence)
    assert bool(found.candidates) == (confidence == 'possible')


def test_a_server_with_private_addresses_only_wants_gre_forwarded() -> None:
    facts = server({'logs': logs(failed('gre', 'lcp-timeout', rcvd_lcp=False)), 'addressing.interfaces': [
        {'name': 'eth0', 'addresses': ['192.168.1.2/24'], 'mtu': 1500, 'kind': 'ether'}]})
    assert said(facts)[1] == 'gre-dnat-missing'


def test_the_ends_of_one_line_differ() -> None:
    refused = 'pptp-refused'
    found = diagnose(client({'logs': logs(failed('control', refused, side='client'))}))
    assert [item['cause'] for item in found.candidates][:2] == ['pptpd-not-running', 'tcp1723-blocked']
    assert 'systemctl status pptpd' in found.next_step or found.verdict['stage'] == 'service'
    pending = failed('control', 'lcp-timeout', refused, side='client')
    assert said(client({'logs': logs(pending)})) == ('broken', 'tcp1723-blocked', 'likely')
    assert said(client({'logs': logs(failed('mppe', 'mppe-refused', side='client'))}))[1] == 'mppe-not-negotiated'
    assert said(server({'logs': logs(failed('mppe', 'mppe-refused'))}))[1] == 'client-mppe-off'


def test_the_role_is_read_from_the_log_where_nothing_else_tells() -> None:
    assert diagnose(log_only(failed('gre', 'lcp-timeout', side='client'))).role == 'client'
    assert diagnose(log_only(up(1))).role == 'server'
    assert diagnose(client({'logs': logs(up(1))})).role == 'both'
    assert diagnose({}).role == 'unknown'


@pytest.mark.parametrize(('name', 'changes', 'cause'), [
    ('CORP\\alice', {}, 'username-domain-format'),
    ('alice@example.org', {}, 'username-domain-format'),
    ('Alice', {}, 'no-secret-for-user'),
    ('mallory', {}, 'no-secret-for-user'),
    ('bob', {'secrets.users': [user('alice'), user('bob', 2, server='vpn2')], 'secrets.entries': 2},
     'server-name-mismatch'),
    ('first', {'secrets.problems': [[SECRETS + ':1', 'bom', '']], 'secrets.users': [user('\ufefffirst')]},
     'chap-secrets-malformed'),
    ('mallory', {'secrets.problems': [[SECRETS + ':1', 'bom', '']]}, 'no-secret-for-user'),
])
def test_the_name_that_was_sent_decides(name: str, changes: dict[str, t.Any], cause: str) -> None:
    facts = server({'logs': logs(failed('auth', 'chap-no-secret', 'chap-failed', user=name)), **changes})
    assert said(facts)[:2] == ('broken', cause)


def test_a_defect_of_the_users_own_line_comes_before_a_wrong_password() -> None:
    wrong = failed('auth', 'trace-chap-failure-691', 'chap-failed', user='alice')
    facts = server({'logs': logs(wrong), 'secrets.problems': [[SECRETS + ':1', 'backslash-in-secret', 'alice']]})
    assert said(facts)[:2] == ('broken', 'chap-secrets-malformed')


def test_a_backend_that_refuses_is_asked_for_its_own_log() -> None:
    found = diagnose(radius_server({'logs': logs(failed('auth', 'chap-failed', 'trace-chap-failure-empty', user='a'))}))
    assert found.verdict['confidence'] == 'possible'
    assert found.candidates[0]['cause'] == 'wrong-secret'


REJECT = {'rad-reject': 'Login incorrect: [a] (from client vpn port 0)'}


@pytest.mark.parametrize(('facts', 'cause'), [
    (radius_server({'logs': logs(failed('auth', 'chap-failed', 'rad-reject', user='a'),
                                 lines={'rad-dc': '0xc000005e'})}), 'ad-dc-unreachable'),
    (log_only(lines={**REJECT, 'rad-no-nt-password': 'No NT-Password'}), 'no-secret-for-user'),
    (server({'logs': logs(lines=REJECT), 'firewall.flows.forward_from_ppp': DROP}), 'forward-blocked'),
    (log_only(lines=REJECT), 'wrong-secret'),
])
def test_a_plain_reject_of_radius_is_a_symptom(facts: t.Any, cause: str) -> None:
    assert said(facts)[1] == cause


def test_a_plain_reject_takes_no_candidate_away() -> None:
    plain = [failed('auth', 'chap-failed', *more, user='a') for more in ((), ('rad-reject',))]
    found = [[item['cause'] for item in diagnose(radius_server({'logs': logs(one)})).candidates] for one in plain]
    assert found[0] == found[1] and 'radius-unreachable' in found[0]


@pytest.mark.parametrize(('backend', 'auth', 'cause'), [
    ('radius', None, 'radius-no-mppe-keys'), ('secrets', None, 'mppe-without-mschapv2'),
    ('secrets', 'eap', 'mppe-without-mschapv2'), (None, 'chap MS-v2', 'radius-no-mppe-keys'),
])
def test_missing_keys_are_the_methods_or_the_backends_fault(backend: str | None, auth: str | None, cause: str) -> None:
    facts = server({'logs': logs(failed('mppe', 'mppe-no-keys', auth=auth)), 'pppd.effective.backend': backend})
    assert said(facts)[1] == cause


def test_a_router_that_answers_after_the_client_gave_up_is_no_cause_of_its_own() -> None:
    found = diagnose(server({'logs': logs(failed('gre', 'gre-unreachable')), 'firewall.flows.gre_in': DROP}))
    assert found.verdict['cause'] == 'gre-blocked'
    assert [item.blocked_by for item in found.findings if item.cause == 'gre-nat-asymmetric'] == [('gre-blocked',)]


def test_an_undecided_login_comes_before_traffic_that_does_not_pass() -> None:
    found = diagnose(server({'logs': logs(failed('gre', 'lcp-timeout')), 'addressing.ip_forward': False}))
    assert found.verdict['stage'] == 'gre'
    assert 'ip-forward-off' in failing(found)


MASQUERADE = ['iptables-save:7', '-A POSTROUTING -s 10.99.0.0/24 -o eth1 -j MASQUERADE']


@pytest.mark.parametrize(('changes', 'expected'), [
    ({'addressing.ip_forward': False}, ('degraded', 'ip-forward-off', 'certain')),
    ({'pppd.effective.require': ['pap'], 'pppd.effective.mppe': 'none'}, ('degraded', 'weak-auth-allowed', 'certain')),
    ({'firewall.flows.masquerade.verdict': 'no'}, ('healthy', None, 'certain')),
    ({'firewall.flows.masquerade.verdict': 'no', 'firewall.rules': [MASQUERADE]},
     ('degraded', 'no-masquerade', 'likely')),
    ({'firewall.flows.masquerade': {'verdict': 'no', 'elsewhere': [['eth1', *MASQUERADE]]},
      'firewall.rules': [MASQUERADE]}, ('healthy', None, 'certain')),
    ({'secrets.mode': '0644'}, ('healthy', None, 'certain')),
    ({'pppd.effective.debug': True}, ('healthy', None, 'certain')),
    ({'conf.connections': 2, 'conf.slots': 2, 'addressing.ppp_count': 2},
     ('degraded', 'call-slots-exhausted', 'likely')),
    ({'pppd.problems': [[OPTIONS + ':3', 'unknown-option', 'x']]}, ('broken', 'bad-option-syntax', 'likely')),
])
def test_how_bad_it_is(changes: dict[str, t.Any], expected: tuple[str, str | None, str]) -> None:
    assert said(server(changes)) == expected


def test_accel_ppp_is_named_and_its_log_judged() -> None:
    facts = server({'daemon.name': 'accel-ppp', 'logs': logs(failed('auth', 'accel-no-user'))})
    found = diagnose(facts)
    assert 'accel-ppp' in found.note
    assert found.verdict['cause'] == 'no-secret-for-user'
    assert [item.result for item in found.findings if item.cause == 'chap-secrets-malformed'] == ['not-applicable']


def test_noise_makes_no_finding() -> None:
    noisy = session('up', 'path', 'ctrl-started', 'gre-bad-checksum', 'proxyarp-failed', 'ctrl-linkinfo',
                    'gre-pty-gone', 'hangup', 'term-peer')
    assert said(server({'logs': logs(noisy, lines={'gre-bad-packet': 'GRE: Received too short'})}))[0] == 'healthy'


@pytest.mark.parametrize('case', CASES, ids=['%d-%s' % pair for pair in enumerate(case.cause for case in CASES)])
def test_the_json_form_uses_the_agreed_words(case: t.Any) -> None:
    found = json.loads(json.dumps(diagnose(case.facts).as_dict()))
    assert set(found) == {'verdict', 'findings', 'ruled_out', 'candidates', 'next_step', 'role', 'note', 'dials',
                          'disagreement'}
    assert found['verdict']['status'] in STATUSES
    assert found['verdict']['confidence'] in CONFIDENCES
    assert found['verdict']['stage'] in (*STAGES, None)
    assert len(found['findings']) == len(CAUSES)
    assert all(item['result'] in RESULTS for item in found['findings'])
    results = {item['cause']: item['result'] for item in found['findings']}
    assert found['verdict']['cause'] is None or results[found['verdict']['cause']] == 'fail'


_JUNK = st.one_of(st.none(), st.booleans(), st.integers(-5, 10**12), st.text(max_size=6), st.just([]), st.just({}),
                  st.lists(st.one_of(st.none(), st.text(max_size=3), st.lists(st.integers(), max_size=3),
                                     st.dictionaries(st.text(max_size=3), st.none(), max_size=2)), max_size=3))


def _places(value: t.Any, path: tuple[t.Any, ...] = ()) -> t.Iterator[tuple[t.Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from _places(item, (*path, key))


_BASES = [server({'logs': logs(up(), failed('auth', 'chap-no-secret', 'chap-failed', user='x', number=2))}),
          client({'logs': logs(failed('gre', 'lcp-timeout', side='client'))}), *(case.facts for case in CASES[::7])]


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(_BASES), st.data())
def test_no_facts_make_it_stumble(base: dict[str, t.Any], data: st.DataObject) -> None:
    facts = copy.deepcopy(base)
    places = list(_places(facts))
    for place in data.draw(st.lists(st.sampled_from(places), max_size=4)) if places else []:
        inner: t.Any = facts
        try:
            for key in place[:-1]:
                inner = inner[key]
            inner[place[-1]] = copy.deepcopy(data.draw(_JUNK))
        except (KeyError, IndexError, TypeError):
            continue
    json.dumps(diagnose(facts).as_dict())


def test_a_client_tunnel_that_falls_silent_soon_is_degraded() -> None:
    short = session('up', 'path', 'pptp-connected', 'ip-local', 'ip-remote', 'pptp-echo', side='client', duration=120.0)
    assert said(log_only(short)) == ('degraded', 'routing-loop', 'possible')
    assert said(log_only({**short, 'duration': 7200.0})) == ('healthy', None, 'certain')


def test_a_tunnel_whose_end_alone_is_in_the_log_and_was_refused_is_degraded() -> None:
    tail = session('up', 'path', 'gre-unreachable', 'gre-collapsed', 'hangup', 'mppe-off')
    assert said(log_only(tail))[:2] == ('degraded', 'gre-nat-asymmetric')
    whole = session('up', 'path', 'ctrl-started', 'mppe-on', 'gre-unreachable', 'gre-collapsed', 'mppe-off')
    assert said(log_only(whole))[0] == 'healthy'


def test_a_windows_user_who_hangs_up_is_no_failed_login() -> None:
    left = failed('mppe', 'ctrl-started', 'connect', 'mppe-on', 'term-peer', windows_code=0)
    assert said(log_only(left))[:2] == ('unknown', None)
    assert said(log_only({**left, 'windows_code': None}))[0] == 'broken'


def test_two_files_of_one_attempt_are_one_failure() -> None:
    control = failed('control', 'pptp-refused', side='client')
    silent = failed('gre', 'pppd-start', 'connect', 'hangup', side='client')
    assert said(log_only(control, silent))[1] == said(log_only(control))[1] == 'pptpd-not-running'
    later = failed('gre', 'pppd-start', 'connect', 'hangup', side='client', number=9)
    assert said(log_only(control, later))[1] != 'pptpd-not-running'


def test_a_wrong_answer_of_the_server_is_winbinds_where_winbind_checks() -> None:
    wrong = failed('auth', 'win-778', user='alice')
    assert said(winbind_server({'logs': logs(wrong)})) == ('broken', 'ad-ntlm-auth-failing', 'likely')
    assert said(log_only(wrong)) == ('broken', 'ad-ntlm-auth-failing', 'possible')
    assert said(log_only({**wrong, 'user': 'CORP\\alice'}))[1] == 'username-domain-format'


def test_a_file_of_secrets_that_pppd_ignores_breaks_logins() -> None:
    changes = {'secrets.mode': '0660', 'pppd.version': '2.5.3', 'logs': ...}
    assert said(server(changes)) == ('broken', 'secrets-readable', 'certain')
    assert said(server({**changes, 'secrets.mode': '0644'}))[0] == 'healthy'


def test_a_listener_of_an_address_that_is_elsewhere() -> None:
    changes = {'conf.directives.listen': ['192.0.2.77', CONF + ':5'], 'daemon.listeners': [], 'daemon.running': None,
               'daemon.unit': None, 'logs': ...}
    assert said(server(changes))[1] == 'pptpd-not-listening'
    assert said(server({**changes, 'conf.directives.listen': ['203.0.113.10', CONF + ':5']}))[1] == 'pptpd-not-running'
