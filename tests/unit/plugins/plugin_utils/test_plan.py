# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The plan: one case and more a cause, what the admin allows, the order, and nothing of a target in a variable."""

from __future__ import annotations

import json
import re
import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.plugin_utils import finding as fi, plan
from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog import CAUSES
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_step import Case, Choices
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_table import FIXES, PLANNERS
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_words import WORDS, handed
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils import plan_cases as pc
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.plan_cases import CASES, Planned


def finding(case: Planned) -> dict[str, t.Any]:
    """The finding of *case* as the report has it."""
    cause = CAUSES[case.cause]
    return {'cause': case.cause, 'stage': cause.stage, 'result': case.result, 'severity': cause.severity,
            'title': cause.title, 'confidence': case.confidence, 'blocked_by': [],
            'evidence': [dict(zip(('fact', 'value', 'source'), row, strict=True)) for row in case.evidence],
            'fix': {'summary': cause.fix.summary, **case.fix}}


def entry(*cases: Planned, role: str = '') -> dict[str, t.Any]:
    """The host of *cases*."""
    facts = pc.merged(*(c.facts for c in cases))
    role = role or facts.get('pptp_host', {}).get('role') or 'server'
    return {'role': role, 'findings': [finding(case) for case in cases], 'facts': facts}


@pytest.mark.parametrize('case', CASES, ids=lambda case: '%s-%s' % (case.cause, case.role or case.who))
def test_what_comes_of_a_cause(case: Planned) -> None:
    made = plan.make(entry(case), Choices(**case.choices))
    if case.role:
        step = next(item for item in made.steps if item.role == case.role)
        assert {name: step.vars.get(name) for name in case.vars} == case.vars
        assert step.why
        assert step.undo
        return
    assert made.steps == ()
    noop = made.noops[0]
    assert (noop.cause, noop.who) == (case.cause, case.who)
    assert case.words in noop.words
    assert case.why in noop.why
    assert noop.why
    assert noop.words
    assert not re.search(r'\{(user|client|host|address)\}', noop.words)


def worded(cause: str, user: t.Any = None, **facts: t.Any) -> str:
    """What is handed on for *cause* where the login of *user* failed."""
    sessions = [{'outcome': 'failed', 'user': user, 'client': '198.51.100.7'}]
    case = Case({'cause': cause}, Facts({'pptp_logs': {'sessions': sessions}, **facts}), Choices())
    return handed(case).words


@pytest.mark.parametrize(('user', 'said'), [
    ('ann', 'the account ann,'), (None, 'the account of the user,'), ('', 'the account of the user,'),
    (' ', 'the account of the user,'), ('user', 'the account "user",'), ('the user', 'the account "the user",'),
    ('{host}', 'the account {host},'), ('{user}', 'the account {user},')])
def test_the_account_of_nobody_in_particular_reads_well(user: t.Any, said: str) -> None:
    assert said in worded('ad-account-locked', user)
    assert 'the account the user' not in worded('no-dialin-permission', user)


@pytest.mark.parametrize(('facts', 'said'), [
    ({}, '-Name "the VPN server" -Address ADDRESS '),
    ({'pptp_host': {'hostname': 'vpn1'}, 'pptp_radius': {'bindaddr': '10.99.1.1'}}, '-Name "vpn1" -Address 10.99.1.1 '),
    ({'pptp_radius': {'bindaddr': '*'}, 'pptp_radius_probe': {'servers': [
        {'kind': 'acct', 'source': '10.9.9.9'}, {'kind': 'auth', 'source': '10.99.1.2'}]}}, '-Address 10.99.1.2 '),
    ({'pptp_host': {'hostname': '"; Remove-Item C:'}, 'pptp_radius': {'bindaddr': '$(calc)'}},
     '-Name "the VPN server" -Address ADDRESS '),
])
def test_commands_for_another_admin_hold_nothing_but_names_and_addresses(facts: dict[str, t.Any], said: str) -> None:
    assert said in worded('radius-unknown-client', **facts)


def test_every_cause_has_a_planner_words_and_a_case() -> None:
    assert set(PLANNERS) == set(WORDS) == set(CAUSES)
    assert {case.cause for case in CASES} == set(CAUSES)
    assert {case.cause for case in CASES if case.role} == set(FIXES)


def test_a_role_is_one_that_exists_and_has_a_place_in_the_order() -> None:
    for case in CASES:
        assert case.role in ('', *plan.ORDER)
    assert plan.RULES.issubset(plan.ORDER)


_SAFE = re.compile(r'[\w ./,*:+=-]*\Z')


@pytest.mark.parametrize('case', CASES, ids=lambda case: '%s-%s' % (case.cause, case.role or case.who))
def test_no_variable_holds_what_a_template_would_read(case: Planned) -> None:
    made = plan.make(entry(case), Choices(**case.choices))

    def walk(value: t.Any) -> None:
        if isinstance(value, dict):
            for name, item in value.items():
                walk(name)
                walk(item)
        elif isinstance(value, list):
            for item in value:
                walk(item)
        elif isinstance(value, str):
            assert _SAFE.match(value), value
    walk(made.runs)
    json.dumps(made.as_dict())


def test_steps_come_in_the_order_of_a_login_and_one_run_a_role() -> None:
    chosen = [next(case for case in CASES if case.cause == cause and case.role and not case.choices)
              for cause in ('forward-blocked', 'mppe-not-negotiated', 'gre-blocked', 'tcp1723-blocked', 'proxyarp')]
    made = plan.make(entry(*chosen), Choices())
    assert made.causes == ['tcp1723-blocked', 'gre-blocked', 'mppe-not-negotiated', 'forward-blocked', 'proxyarp']
    assert list(made.runs) == ['pppd_options', 'tunnel_firewall', 'nat']
    assert [len(runs) for runs in made.runs.values()] == [1, 1, 1]
    names = [item['name'] for item in made.runs['pppd_options'][0]['pppd_options_present']]
    assert names == ['require-mppe-128', 'proxyarp']
    assert made.firewall


def test_a_file_of_its_own_is_a_run_of_its_own() -> None:
    facts = pc.merged(pc.conf(), pc.options(('unknown-option', 'nonsense'), path='/etc/ppp/options'))
    cases = (Planned('bad-option-syntax', facts), Planned('proxyarp', facts))
    made = plan.make(entry(*cases), Choices())
    assert [run['pppd_options_path'] for run in made.runs['pppd_options']] == ['/etc/ppp/options', pc.OPTIONS]


def test_contradicting_steps_are_not_both_done() -> None:
    facts = pc.merged(pc.conf(), pc.options(mtu=1496), pc.IDLE)
    mtu = Planned('mtu-fragmentation', facts)
    other = Planned('mtu-fragmentation', pc.merged(facts, {'pptp_addressing': {'wan_mtu': 1300}}))
    steps = plan.make(entry(mtu), Choices()).steps + plan.make(entry(other), Choices()).steps
    runs, clashes = plan.merged(steps)
    assert len(runs['pppd_options']) == 1
    assert [clash.cause for clash in clashes] == ['mtu-fragmentation']


def test_only_what_is_asked_for() -> None:
    cases = (Planned('gre-blocked', fix={'role': 'vpnops.pptp.tunnel_firewall'}), Planned('proxyarp', pc.merged(
        pc.conf(), pc.options())))
    made = plan.make(entry(*cases), Choices(only=frozenset(['proxyarp'])))
    assert made.causes == ['proxyarp']
    assert 'pptp_only' in made.noops[0].why


def test_a_warning_is_fixed_when_it_is_named() -> None:
    case = Planned('no-masquerade', fix=pc.POOL, result='warn', confidence='likely')
    assert plan.make(entry(case), Choices()).steps == ()
    assert plan.make(entry(case), Choices(only=frozenset(['no-masquerade']))).causes == ['no-masquerade']
    assert plan.make(entry(case), Choices(consent=frozenset(['no-masquerade']))).causes == ['no-masquerade']


@pytest.mark.parametrize(('consent', 'planned'), [((), False), (('guess',), True), (('gre-blocked',), True),
                                                  (('packages',), False), (('proxyarp',), False)])
def test_what_is_only_possible_needs_consent(consent: tuple[str, ...], planned: bool) -> None:
    case = Planned('gre-blocked', fix={'role': 'vpnops.pptp.tunnel_firewall'}, confidence=fi.POSSIBLE)
    assert bool(plan.make(entry(case), Choices(consent=frozenset(consent))).steps) is planned


def restarting(confidence: str = fi.CERTAIN) -> Planned:
    facts = pc.merged(pc.conf(directives={'logwtmp': [True, 'x']}), pc.RUNS, pc.IDLE)
    return Planned('plugin-missing-or-version-mismatch', facts, confidence=confidence)


def test_a_restart_for_what_is_only_possible_needs_both_words() -> None:
    for confidence, more, consent, planned in (
            (fi.POSSIBLE, {}, (), False), (fi.POSSIBLE, {}, ('guess',), True),
            (fi.POSSIBLE, pc.BUSY, ('guess',), False), (fi.LIKELY, {}, (), True)):
        case = restarting(confidence)
        made = plan.make(entry(case._replace(facts=pc.merged(case.facts, more))), Choices(consent=frozenset(consent)))
        assert bool(made.steps) is planned, (confidence, more, consent)
        assert [step.risk for step in made.steps] == ['session-drop'] * planned


@pytest.mark.parametrize(('confidence', 'consent', 'planned'), [
    (fi.CERTAIN, (), False), (fi.CERTAIN, ('guess',), False), (fi.CERTAIN, ('packages',), True),
    (fi.POSSIBLE, ('guess',), False), (fi.POSSIBLE, ('packages',), False), (fi.POSSIBLE, ('guess', 'packages'), True),
    (fi.POSSIBLE, ('bad-option-syntax',), True)])
def test_packages_need_their_own_word_and_are_said_to_stay(
        confidence: str, consent: tuple[str, ...], planned: bool) -> None:
    case = Planned('bad-option-syntax', pc.merged(pc.conf(errors=[['/etc/pptpd.conf:1', 'binary-missing', '/x']]),
                                                  pc.RUNS, pc.IDLE), confidence=confidence)
    made = plan.make(entry(case), Choices(consent=frozenset(consent)))
    assert [step.risk for step in made.steps] == ['package'] * planned
    assert all('packages that were installed stay' in step.undo for step in made.steps)


def test_a_server_that_is_not_installed_is_not_installed_on_the_side() -> None:
    gone = {'pptp_daemon': {'name': None, 'running': False, 'installed': False}}
    case = Planned('bad-option-syntax', pc.merged(pc.conf(errors=[['/etc/pptpd.conf:1', 'crlf', 'x']]), gone))
    assert plan.make(entry(case), Choices()).steps == ()
    assert 'packages' in plan.make(entry(case), Choices()).noops[0].words
    assert plan.make(entry(case), Choices(consent=frozenset(['packages']))).steps


@pytest.mark.parametrize(('daemon', 'kept'), [
    ({'running': False, 'unit': {'enabled': 'disabled'}}, {'pptp_server_service_state': 'stopped',
                                                           'pptp_server_enabled': False}),
    ({'running': True, 'unit': {'enabled': 'disabled'}}, {'pptp_server_enabled': False}),
    ({'running': True, 'unit': {'enabled': 'enabled'}}, {}), ({'running': None, 'unit': None}, {})])
def test_pptpd_is_not_started_or_enabled_on_the_side(daemon: dict[str, t.Any], kept: dict[str, t.Any]) -> None:
    """Stopped because of something else that nobody here can fix, a start of it would only undo what can be fixed."""
    facts = pc.merged(pc.conf(errors=[['/etc/pptpd.conf:1', 'crlf', 'x']]), pc.IDLE, {'pptp_daemon': daemon})
    made = plan.make(entry(Planned('bad-option-syntax', facts)), Choices())
    assert made.runs['pptp_server'] == [{'pptp_server_repair': True, **kept}]


def test_of_a_cause_whose_steps_contradict_each_other_none_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def planner(case: t.Any) -> t.Any:
        return [case.step('pptp_server', {'pptp_server_remoteip': pool}) for pool in ('10.9.0.2-9', '10.8.0.2-9')]
    monkeypatch.setitem(plan.PLANNERS, 'ip-pool-conflict', planner)
    made = plan.make(entry(Planned('ip-pool-conflict', pc.STOPPED), Planned('proxyarp', pc.merged(
        pc.conf(), pc.options(), pc.STOPPED))), Choices())
    assert (made.causes, list(made.runs)) == (['proxyarp'], ['pppd_options'])
    assert [noop.cause for noop in made.noops] == ['ip-pool-conflict']


@pytest.mark.parametrize('value', ['many', '0', '-1', '1.5', True])
def test_a_number_of_connections_that_is_none_is_not_handed_on(value: t.Any) -> None:
    case = Planned('call-slots-exhausted', pc.merged(pc.conf(), pc.STOPPED))
    made = plan.make(entry(case), Choices(given={'pptp_server_connections': value}))
    assert made.steps == ()
    assert 'pptp_server_connections' in made.noops[0].words


@pytest.mark.parametrize(('more', 'evidence', 'names'), [
    ({}, (), ['bob']), (pc.pool('10.9.0.2-9'), (), ['bob', 'cid']), (pc.FAILED, (), ['ann', 'bob']),
    ({}, (('pptp_secrets.deciding', 'it only denies addresses', pc.SECRETS + ':5'),), ['bob', 'dan'])])
def test_addresses_are_given_to_whom_they_shut_out_and_nobody_else(
        more: dict[str, t.Any], evidence: t.Any, names: list[str]) -> None:
    users = [dict(pc.LINE, client=name, line=line, addresses=column) for name, line, column in (
        ('ann', 2, ['*']), ('bob', 3, ['-']), ('cid', 4, ['172.16.0.0/24']), ('dan', 5, ['!10.0.0.0/8']))]
    case = Planned('address-not-allowed', pc.merged(pc.secrets(users=users), more), evidence=evidence)
    every = ('ann', 'bob', 'cid', 'dan', 'eve')
    made = plan.make(entry(case), Choices(users=every, addressed=every))
    assert [name for step in made.steps for name in step.vars['users']] == names


def test_who_translates_elsewhere_is_not_made_to_here() -> None:
    fix = {'role': 'vpnops.pptp.nat', 'vars': {'nat_pool': ['10.9.0.0/24'], 'nat_masquerade': False}}
    made = plan.make(entry(Planned('forward-blocked', fix=fix)), Choices())
    assert made.runs['nat'] == [{'nat_pool': ['10.9.0.0/24'], 'nat_masquerade': False}]


def test_sessions_are_counted_and_not_ended_unasked() -> None:
    facts = pc.merged(pc.conf(directives={'logwtmp': [True, 'x']}), pc.RUNS)
    for more, drop, planned in ((pc.IDLE, False, True), (pc.BUSY, False, False), (pc.BUSY, True, True),
                                ({}, False, False)):
        case = Planned('plugin-missing-or-version-mismatch', pc.merged(facts, more))
        assert bool(plan.make(entry(case), Choices(drop=drop)).steps) is planned, (more, drop)


def test_a_daemon_that_would_end_again_is_not_started() -> None:
    broken = Planned('bad-option-syntax', pc.merged(pc.pool('10.9.0.300', ('bad-address', 'remoteip x')), pc.STOPPED))
    found = entry(broken, Planned('pptpd-not-running', pc.STOPPED))
    found['findings'][1]['blocked_by'] = ['bad-option-syntax']
    made = plan.make(found, Choices())
    assert made.steps == ()
    assert 'bad-option-syntax is not fixed' in made.noops[1].why
    again = plan.make(found, Choices(given={'pptp_server_remoteip': '10.9.0.2-9'}))
    assert again.causes == ['bad-option-syntax', 'pptpd-not-running']
    assert again.runs['pptp_server'] == [{'pptp_server_remoteip': '10.9.0.2-9', 'pptp_server_service_state': 'started',
                                          'pptp_server_enabled': True}]


def test_what_only_an_old_log_says_waits_for_its_cause() -> None:
    log = (('pptp_logs.sessions', 'x', '/var/log/syslog:1'),)
    found = entry(Planned('gre-blocked', fix={'role': 'vpnops.pptp.tunnel_firewall'}, evidence=log))
    found['findings'][0]['blocked_by'] = ['bad-option-syntax']
    assert 'may follow from bad-option-syntax' in plan.make(found, Choices()).noops[0].why


def test_a_client_is_told_and_not_changed() -> None:
    made = plan.make(entry(*(case for case in CASES if case.role), role='client'), Choices(drop=True))
    assert made.steps == ()
    assert all(noop.words for noop in made.noops)
