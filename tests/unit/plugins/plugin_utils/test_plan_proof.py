# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What proves a fix, what refutes it, and that an old log does neither."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.probe import dialer_report
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_proof import Login, dialled, newer, prove, seen
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils import dialled as dials

FILE = ({'fact': 'pptp_conf.path', 'value': 1, 'source': '/etc/pptpd.conf:1'},)
LOG = ({'fact': 'pptp_logs.sessions', 'value': 'x', 'source': '/var/log/syslog:3'}, {'fact': '', 'value': 'so'})

FLOW = {'fact': 'pptp_firewall.flows.gre_in', 'source': 'nft:43'}
IN_FRONT = (*LOG, dict(FLOW, value='accept -A INPUT -p gre -j ACCEPT (table ip filter, chain INPUT, rule 2)'))
POLICY = (*LOG, dict(FLOW, value='policy accept (table ip filter, chain INPUT)'))
CLOUD = (*IN_FRONT, {'fact': 'pptp_host.cloud', 'value': 'azure', 'source': '/sys/class/dmi/id'})
OURS = (*LOG, dict(FLOW, value='drop -A INPUT -j DROP (table ip filter, chain INPUT, rule 1)'))


def host(**results: t.Any) -> dict[str, t.Any]:
    """An entry: ``gre_blocked='fail'``, or ``('fail', LOG)`` with its evidence."""
    findings = []
    for name, result in results.items():
        word, evidence = result if isinstance(result, tuple) else (result, FILE)
        findings.append({'cause': name.replace('_', '-'), 'result': word, 'evidence': list(evidence)})
    return {'findings': findings}


@pytest.mark.parametrize(('after', 'ok', 'why'), [
    (host(gre_blocked='pass'), True, ''),
    (host(gre_blocked='unknown'), True, ''),
    (host(gre_blocked='fail'), False, 'still there: gre-blocked'),
    (host(gre_blocked='pass', proxyarp='fail'), False, 'something else: proxyarp'),
    (host(gre_blocked='pass', wrong_secret=('fail', LOG)), True, ''),
])
def test_the_cause_has_to_be_gone_and_nothing_new_may_fail(after: dict[str, t.Any], ok: bool, why: str) -> None:
    before = host(gre_blocked='fail', proxyarp='pass', wrong_secret='unknown')
    proof = prove(before, after, ['gre-blocked'])
    assert (proof.ok, why in proof.why) == (ok, True)


@pytest.mark.parametrize(('evidence', 'ok'), [(IN_FRONT, True), (POLICY, True), (CLOUD, True), (OURS, False)])
def test_the_next_obstacle_on_the_way_is_not_of_the_fix(evidence: t.Any, ok: bool) -> None:
    """TCP 1723 is open now, so clients that waited come as far as GRE, and fail there: in front of this host."""
    proof = prove(host(tcp1723_blocked='fail'), host(tcp1723_blocked='pass', gre_blocked=('fail', evidence)),
                  ['tcp1723-blocked'])
    assert (proof.ok, proof.new, proof.others) == (ok, [] if ok else ['gre-blocked'], ['gre-blocked'] if ok else [])


def test_what_was_broken_and_was_not_to_be_fixed_does_not_count() -> None:
    proof = prove(host(gre_blocked='fail', proxyarp='fail'), host(gre_blocked='pass', proxyarp='fail'), ['gre-blocked'])
    assert (proof.ok, proof.proved, proof.others) == (True, ['gre-blocked'], ['proxyarp'])


def test_a_warning_that_was_to_be_fixed_has_to_be_gone() -> None:
    before = host(no_masquerade='warn')
    assert prove(before, host(no_masquerade='warn'), ['no-masquerade']).still == ['no-masquerade']
    assert prove(before, host(no_masquerade='pass'), ['no-masquerade']).ok


def test_a_part_that_is_left_to_others_may_be_there_still() -> None:
    before = host(chap_secrets_malformed='fail')
    proof = prove(before, before, ['chap-secrets-malformed'], partly={'chap-secrets-malformed'})
    assert (proof.ok, proof.proved, proof.others) == (True, [], ['chap-secrets-malformed'])


def test_what_shows_in_logins_only_is_proved_by_a_login_of_that_user() -> None:
    before = dict(host(wrong_secret=('fail', LOG)), plan={'steps': [
        {'cause': 'wrong-secret', 'vars': {'users': ['ann']}}]})
    after = host(wrong_secret='unknown')
    assert prove(before, after, ['wrong-secret']).unproved == ['wrong-secret']
    assert prove(before, after, ['wrong-secret'], Login('up', 'bob')).unproved == ['wrong-secret']
    assert prove(before, after, ['wrong-secret'], Login('up', 'ann')).proved == ['wrong-secret']


def test_what_could_not_be_read_again_is_not_proved_to_be_gone() -> None:
    before = host(gre_blocked=('fail', OURS))
    for value, proved in ((None, []), ({'verdict': 'accept'}, ['gre-blocked'])):
        facts = {'pptp_firewall': {'flows': {'gre_in': value}}}
        for result in ('unknown', 'pass'):
            proof = prove(before, dict(host(gre_blocked=result), facts=facts), ['gre-blocked'])
            assert proof.ok
            assert proof.proved == (['gre-blocked'] if result == 'pass' else proved)
            assert prove(before, dict(host(gre_blocked=result), facts=facts), ['gre-blocked'], Login('up', 'ann')
                         ).proved == ['gre-blocked']


def test_a_login_that_fails_refutes_unless_something_known_keeps_it_from_working() -> None:
    before, after = host(gre_blocked='fail'), host(gre_blocked='pass')
    assert prove(before, after, ['gre-blocked'], Login('failed')).why == 'a login still fails'
    both = host(gre_blocked='fail', dev_ppp_missing='fail')
    assert prove(both, host(gre_blocked='pass', dev_ppp_missing='fail'), ['gre-blocked'], Login('failed')).ok


def logs(*sessions: dict[str, t.Any], **signatures: list[t.Any]) -> dict[str, t.Any]:
    return {'pptp_logs': {'sessions': list(sessions), 'signatures': signatures, 'session_counts': {},
                          'users': {'a': {}}, 'evidence': {}}}


def test_of_the_logs_counts_what_is_new() -> None:
    old = {'side': 'server', 'start': '1', 'client': 'c', 'user': 'a', 'source': 's', 'outcome': 'failed'}
    new = dict(old, start='2', outcome='up')
    before = logs(old, chap_failed=[2, 'x', 's', 't1'], quiet=[1, 'y', 's', 't1'])
    after = logs(old, new, chap_failed=[3, 'x', 's', 't2'], quiet=[1, 'y', 's', 't1'])
    found = newer(after, seen(before))['pptp_logs']
    assert found['sessions'] == [new]
    assert found['session_counts'] == {'up': 1, 'failed': 0, 'open': 0, 'total': 1}
    assert found['signatures'] == {'chap_failed': [1, 'x', 's', 't2']}
    assert found['users'] == {}


def test_the_same_line_in_another_log_is_not_new() -> None:
    """The second reading may have the journal only, with times to the second and other counts."""
    file = {'side': 'server', 'start': '2026-11-26T03:28:19.746170+00:00', 'client': 'c', 'user': None,
            'source': '/var/log/syslog:24', 'outcome': 'failed'}
    journal = dict(file, start='2026-11-26T03:28:19Z', source='journal')
    later = dict(journal, start='2026-11-26T03:30:00Z')
    before = logs(file, hangup=[1, 'x', '/var/log/syslog:31', '2026-11-26T03:28:31.858717+00:00'])
    after = logs(journal, later, hangup=[2, 'x', 'journal', '2026-11-26T03:28:31Z'],
                 closed=[1, 'y', 'journal', '2026-11-26T03:30:01Z'])
    found = newer(after, seen(before))['pptp_logs']
    assert (found['sessions'], list(found['signatures'])) == ([later], ['closed'])


def test_a_login_that_was_on_its_way_is_not_new_when_it_has_failed() -> None:
    begun = {'side': 'server', 'start': '2026-11-26T03:28:19Z', 'client': 'c', 'user': None, 'source': 'journal',
             'outcome': 'open'}
    assert newer(logs(dict(begun, user='ann', outcome='failed')), seen(logs(begun)))['pptp_logs']['sessions'] == []


@pytest.mark.parametrize('odd', [None, {}, [], {'pptp_logs': None}, {'pptp_logs': {'sessions': 'x', 'signatures': 3}}])
def test_odd_facts_are_no_error(odd: t.Any) -> None:
    assert isinstance(newer(odd, seen(odd)), dict)
    assert isinstance(newer(odd, {'sessions': 'x', 'signatures': []}), dict)
    assert isinstance(newer(odd, {'sessions': [[{}, []], {}, 3], 'signatures': {'a': [[], {}, None]}}), dict)


def test_a_cause_that_this_version_does_not_know_is_not_proved() -> None:
    """Begun by another version, or made up by the target."""
    proof = prove(host(), host(), ['no-such-cause'], Login('up', 'ann'))
    assert (proof.ok, proof.proved, proof.unproved) == (True, [], ['no-such-cause'])


def test_a_record_that_a_target_has_made_up_is_no_error() -> None:
    session = {'side': 'server', 'start': {}, 'client': [], 'outcome': 'up'}
    made_up = {'sessions': [['server', {}, []]], 'signatures': {'row': [{}]}}
    found = newer(logs(session, row=[1, 'x', 's', 't']), made_up)
    assert found['pptp_logs']['sessions'] == []


UP: dict[str, t.Any] = {}
REFUSED, BLIND = {'password': 'wrong'}, {'gre': False}


def after_dials(*ends: tuple[str, dict[str, t.Any]]) -> dict[str, t.Any]:
    """Facts of a host to which these hosts dialled, each in its way."""
    results = [dials.dialled(dials.row(**way), dials.row('path'), host=host) for host, way in ends]
    return dials.with_dials({}, *results) if results else {}


@pytest.mark.parametrize(('before', 'after', 'outcome'), [
    ([], [], ''), ([], [('a', UP)], 'up'), ([], [('a', REFUSED)], 'failed'), ([], [('a', BLIND)], ''),
    ([], [('a', UP), ('b', BLIND)], 'up'), ([], [('a', UP), ('b', REFUSED)], 'failed'),
    ([('b', REFUSED)], [('a', UP), ('b', REFUSED)], 'up'),          # it failed from there before, too
    ([('b', UP)], [('a', UP), ('b', REFUSED)], 'failed'), ([('a', REFUSED)], [('a', REFUSED)], 'failed'),
    ([('a', REFUSED)], [('a', UP)], 'up'), ([('a', BLIND)], [('a', REFUSED)], 'failed')])
def test_what_dials_witness(before: t.Any, after: t.Any, outcome: str) -> None:
    assert dialled(after_dials(*before), after_dials(*after), 'ann') == Login(outcome, 'ann')


def test_a_dial_says_whose_account_it_took() -> None:
    """As where the playbook knows a list of accounts, and names none."""
    facts = dials.with_dials({}, dials.dialled(user='bob'))
    assert dialled({}, facts) == Login('up', 'bob')
    assert dialled({}, facts, 'ann') == Login('up', 'ann')


def test_a_dial_that_could_not_be_tried_is_no_witness() -> None:
    facts = dials.with_dials({}, {'from': 'a', 'unreachable': True, 'msg': 'gone'})
    assert dialled({}, facts).outcome == ''
    assert dialled({}, dials.with_dials({}, dials.dialled(dials.row('methods')))).outcome == ''    # nobody logged in
    for odd in (None, 7, {'pptp_dial': 7}, {'pptp_dial': {'dials': [7, {'dials': [7]}]}}):
        assert dialled(odd, odd).outcome == ''


@pytest.mark.parametrize('name', ['vpn.example.com', 'vpn1', '2001:db8::10'])
def test_a_name_that_its_client_does_not_resolve_undoes_no_fix(name: str) -> None:
    nameless = dialer_report.nameless('login', 1.0)
    facts = dials.with_dials({}, dials.dialled(nameless, server=name))
    assert dialled({}, facts).outcome == ''
    assert dialled({}, dials.with_dials({}, dials.dialled(nameless), dials.dialled(host='b'))).outcome == 'up'


def test_what_only_a_dial_shows_is_no_fault_of_the_host() -> None:
    proof = {'fact': 'pptp_dial', 'value': 'client1: login stopped at gre: no-answer', 'source': ''}
    new = host(gre_blocked='pass')
    new['findings'].append({'cause': 'gre-nat-asymmetric', 'result': 'fail', 'evidence': [proof]})
    assert prove(host(gre_blocked='fail'), new, ['gre-blocked']).new == []
