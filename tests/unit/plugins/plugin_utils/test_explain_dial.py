# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From a dial alone to a verdict: a host that nobody could read, and each way in which a client can fail to get in."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils.dial.result import STEPS, WHY
from ansible_collections.vpnops.pptp.plugins.module_utils.wire import ccp, mschap
from ansible_collections.vpnops.pptp.plugins.plugin_utils import dial_facts, entry as entries, explain_dial
from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog import CAUSES
from ansible_collections.vpnops.pptp.plugins.plugin_utils.diagnosis import Diagnosis, diagnose
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.report import terminal
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.dialled import (
    CLIENT,
    dialled,
    flow,
    row,
    watched,
    with_dials,
)

RULE = {'table': 'iptables filter', 'chain': 'INPUT', 'position': 3, 'rule': '-A INPUT -p gre -j DROP',
        'verdict': 'drop', 'packets': 6, 'kinds': ['up']}


def alone(witness: dict[str, t.Any] | None = None, **way: t.Any) -> Diagnosis:
    """What one dial tells of a host of which nothing else is known."""
    return diagnose(with_dials({}, dialled(row(**way)), witness=witness))


@pytest.mark.parametrize(('way', 'status', 'cause', 'sure'), [
    ({}, 'healthy', None, 'likely'),
    ({'mode': 'reach'}, 'unknown', None, 'possible'),
    ({'mode': 'methods'}, 'unknown', None, 'possible'),
    ({'gre': False}, 'unknown', None, 'possible'),
    ({'password': 'no text \ud83d'}, 'unknown', None, 'possible'),          # an account that cannot be sent
    ({'connects': 'refused'}, 'broken', 'pptpd-not-running', 'possible'),
    ({'connects': 'unreachable'}, 'broken', 'tcp1723-blocked', 'possible'),
    ({'connects': 'never'}, 'broken', 'tcp1723-blocked', 'possible'),
    ({'mute': 'control'}, 'degraded', 'call-slots-exhausted', 'possible'),
    ({'call_result': 4}, 'degraded', 'call-slots-exhausted', 'likely'),
    ({'call_result': 7}, 'degraded', 'call-slots-exhausted', 'possible'),
    ({'eaten': 'out'}, 'broken', 'gre-blocked', 'possible'),
    ({'eaten': 'in'}, 'degraded', 'gre-nat-asymmetric', 'possible'),
    ({'dies': True}, 'broken', 'bad-option-syntax', 'possible'),
    ({'early_term': 'multilink required'}, 'broken', None, 'possible'),     # no cause of the catalogue
    ({'early_term': 'peer refused to authenticate'}, 'degraded', 'auth-method-mismatch', 'likely'),
    ({'methods': ('pap',)}, 'degraded', 'auth-method-mismatch', 'likely'),
    ({'methods': ('eap',)}, 'degraded', 'auth-method-mismatch', 'likely'),
    ({'password': 'wrong'}, 'degraded', 'wrong-secret', 'possible'),
    ({'user': 'nobody', 'failure': ''}, 'degraded', 'no-secret-for-user', 'possible'),
    ({'password': 'wrong', 'failure': 'E=649 R=0 M=x'}, 'degraded', 'no-dialin-permission', 'certain'),
    ({'password': 'wrong', 'failure': 'E=648 R=0 M=x'}, 'degraded', 'ad-password-expired', 'certain'),
    ({'password': 'wrong', 'failure': 'E=647 R=0 M=x'}, 'degraded', 'ad-account-locked', 'likely'),
    ({'password': 'wrong', 'failure': 'E=646 R=0 M=x'}, 'degraded', 'no-dialin-permission', 'likely'),
    ({'wrong_proof': True}, 'broken', 'radius-secret-mismatch', 'possible'),
    ({'encryption': 0}, 'broken', 'mppe-not-negotiated', 'likely'),
    ({'no_ccp': True, 'encryption': 0}, 'broken', 'mppe-not-negotiated', 'likely'),
    ({'encryption': ccp.STATELESS | ccp.BITS_40}, 'broken', 'mppe-not-negotiated', 'likely'),
    ({'methods': (), 'encryption': 0}, 'broken', 'mppe-without-mschapv2', 'likely'),
    ({'early_term': 'MPPE required but not available'}, 'broken', 'mppe-kernel-missing', 'possible'),
    ({'early_term': 'MPPE required but peer negotiation failed'}, 'broken', 'mppe-not-negotiated', 'likely'),
    ({'pool': '0.0.0.0'}, 'broken', 'ip-pool-not-assigned', 'likely'),
    ({'mute': 'ipcp'}, 'broken', 'ip-pool-not-assigned', 'possible'),
    ({'refuses': 'Unauthorized remote IP address'}, 'degraded', 'address-not-allowed', 'likely'),
    ({'refuses': 'Could not determine local IP address'}, 'broken', 'ip-pool-not-assigned', 'possible'),
    ({'pool': CLIENT, 'refuses': 'x'}, 'degraded', 'ip-pool-conflict', 'certain'),
])
def test_a_dial_alone_gives_a_verdict(way: dict[str, t.Any], status: str, cause: str | None, sure: str) -> None:
    found = alone(**way)
    assert (found.verdict['status'], found.verdict['cause'], found.verdict['confidence']) == (status, cause, sure)
    assert found.role == 'server'
    assert len(found.dials) == 1
    root = next((item for item in found.findings if item.cause == cause), None)
    assert root is None or 'pptp_dial' in [proof.fact for proof in root.evidence]
    assert bool(found.candidates) == (sure == 'possible' and cause is not None)


def test_what_a_dial_got_past_is_ruled_out() -> None:
    stages = ['service', 'control', 'gre', 'link', 'auth', 'aaa']
    assert [item['stage'] for item in alone(encryption=0).ruled_out] == stages
    assert [item['stage'] for item in alone(connects='refused').ruled_out] == []
    both = diagnose(with_dials({}, dialled(row(encryption=0)), dialled(row(eaten='in'), host='client2')))
    assert [item['stage'] for item in both.ruled_out] == ['control']
    text = '\n'.join(terminal.report([entries.judged('vpn', 'run', 'live', alone(encryption=0).as_dict(), {})], 1))
    assert 'ruled out all of service, control, gre, link, auth, aaa: the newest dial got past them' in text


def test_a_failure_without_a_cause_is_said_plainly() -> None:
    found = alone(early_term='multilink required')
    assert found.verdict['stage'] == 'auth'
    assert found.disagreement == ({'from': 'client1', 'cause': None, 'text': 'The login from client1 stopped at auth: '
                                   'the server ended the link, and its text says why (multilink required). Nothing '
                                   'that was found on this host explains that.'},)


@pytest.mark.parametrize(('way', 'witness', 'cause', 'sure'), [
    # the server's own witness decides what the dial alone leaves open
    ({'eaten': 'out'}, watched(flow({'up': [6, 0], 'down': [0, 6]}), counters=[RULE]), 'gre-blocked', 'certain'),
    ({'eaten': 'out'}, watched(flow({'up': [6, 0], 'down': [0, 6]})), 'gre-blocked', 'possible'),
    ({'eaten': 'out'}, watched(flow({'down': [0, 6]})), 'gre-blocked', 'possible'),
    ({'eaten': 'in'}, watched(flow({'up': [6, 0], 'down': [0, 6]}, acked=True, client='192.0.2.9')),
     'gre-nat-asymmetric', 'likely'),
    ({'eaten': 'in'}, watched(flow({'up': [6, 0], 'down': [0, 6]}, acked=True)), 'gre-blocked', 'possible'),
    ({'eaten': 'in'}, watched(flow({'up': [6, 0]}), counters=[dict(RULE, chain='OUTPUT', kinds=['down'])]),
     'gre-blocked', 'certain'),
    ({'mute': 'gre'}, watched(flow({'up': [6, 0]})), 'bad-option-syntax', 'possible'),
    ({'connects': 'never'}, watched(), 'tcp1723-blocked', 'possible'),
    ({'connects': 'never'}, watched(flow({'syn': [5, 0]}, name='', calls=[], syn=7), counters=[
        dict(RULE, rule='-p tcp --dport 1723 -j DROP', kinds=['syn'])]), 'tcp1723-blocked', 'certain'),
])
def test_a_witness_tells_where_packets_are_lost(way: dict[str, t.Any], witness: dict[str, t.Any], cause: str,
                                                sure: str) -> None:
    found = alone(witness, **way)
    assert (found.verdict['cause'], found.verdict['confidence']) == (cause, sure)
    evidence = next(item for item in found.findings if item.cause == cause).evidence
    assert [proof.fact for proof in evidence[:2]] == ['pptp_dial', 'pptp_witness']
    if sure == 'certain':
        assert str(witness['counters'][0]['rule']) in str(evidence[1].value)


def test_a_witness_that_is_not_whole_decides_nothing() -> None:
    whole = alone(watched(flow({'down': [0, 6]})), eaten='out').candidates
    assert [item['cause'] for item in whole] == ['gre-blocked', 'gre-conntrack-helper', 'isp-filtering']
    blind = alone(watched(complete=False, why='gone'), eaten='out')
    assert blind.candidates == alone(eaten='out').candidates
    assert not [item for item in blind.findings for proof in item.evidence if proof.fact == 'pptp_witness']


def test_keys_that_differ_are_no_login_that_works() -> None:
    good = row()
    odd = dict(good, seen={**good['seen'], 'ccp': {'strength': 128, 'verified': False}})
    found = diagnose(with_dials({}, dialled(odd)))
    assert (found.verdict['status'], found.verdict['cause']) == ('broken', 'radius-wrong-mppe-keys')
    assert found.dials[0]['text'] == ('Login tried from client1: came up, and what the server sends cannot be decoded '
                                      'with its keys')


def test_a_host_whose_own_firewall_holds_back_its_packets_proves_nothing() -> None:
    silent = row(eaten='in')
    found = diagnose(with_dials({}, dialled(dict(silent, seen={**silent['seen'], 'not_sent': {'EPERM': 9}}))))
    assert (found.verdict['status'], found.disagreement) == ('unknown', ())


def failed(step: str, why: str, **seen: t.Any) -> dict[str, t.Any]:
    return {'mode': 'login', 'outcome': 'failed', 'step': step, 'why': why, 'words': WHY.get(why, ''), 'detail': '',
            'name': '', 'source': [], 'times': {}, 'seen': seen}


@pytest.mark.parametrize('step', STEPS)
@pytest.mark.parametrize('why', ['no-name', *WHY])
def test_whatever_it_stopped_at_is_a_known_cause_or_none(step: str, why: str) -> None:
    facts = Facts(with_dials({}, dialled(failed(step, why))))
    dial = dial_facts.dials(facts)[0]
    found = explain_dial.candidates(facts, dial)
    assert [item.cause for item in found if item.cause not in CAUSES] == []
    assert not (found and why in dial_facts.OWN_FAULT)
    assert all(item.proof[0].fact == 'pptp_dial' for item in found)
    assert dial.line()


@pytest.mark.parametrize(('step', 'why', 'seen', 'cause', 'sure'), [
    ('tcp', 'refused', {'tcp': {'errno': 'ECONNREFUSED', 'icmp': [3, 3], 'by': '203.0.113.1'}}, 'tcp1723-blocked',
     'likely'),
    ('tcp', 'refused', {'tcp': {'errno': 'ECONNREFUSED'}}, 'pptpd-not-running', 'possible'),
    ('tcp', 'unreachable', {'tcp': {'errno': 'EHOSTUNREACH', 'icmp': [3, 13], 'by': '203.0.113.1'}},
     'tcp1723-blocked', 'likely'),
    ('tcp', 'unreachable', {'tcp': {'errno': 'EHOSTUNREACH', 'icmp': [3, 1], 'by': '203.0.113.1'}},
     'tcp1723-blocked', 'possible'),
    ('gre', 'refused', {'icmp': [[3, 2]], 'icmp_by': ['203.0.113.10']}, 'gre-dnat-missing', 'possible'),
    ('gre', 'refused', {'icmp': [[3, 3]], 'icmp_by': ['203.0.113.10']}, 'gre-blocked', 'likely'),
])
def test_who_sent_an_error_tells_more(step: str, why: str, seen: dict[str, t.Any], cause: str, sure: str) -> None:
    found = diagnose(with_dials({}, dialled(failed(step, why, **seen))))
    assert (found.verdict['cause'], found.verdict['confidence']) == (cause, sure)
    evidence = next(str(item.evidence) for item in found.findings if item.cause == cause)
    assert ('from 203.0.113.1' in evidence or 'by 203.0.113.10' in evidence) is (sure == 'likely')


def nameless(server: str, *more: t.Any) -> Diagnosis:
    return diagnose(with_dials({}, dialled(failed('tcp', 'no-name'), server=server), *more))


def test_the_name_of_the_server_may_have_no_address() -> None:
    found = nameless('vpn.example.com')
    assert (found.verdict['cause'], found.verdict['confidence']) == ('dns-resolution-failed', 'likely')


@pytest.mark.parametrize('server', ['vpn1', 'vpn-1', '2001:db8::10', 'fe80::1%eth0'])
def test_a_name_that_only_the_inventory_has_proves_nothing(server: str) -> None:
    """By which the controller reaches it: an alias of its ssh, or IPv6. No client types that."""
    found = nameless(server)
    assert (found.verdict['status'], found.verdict['cause'], found.disagreement) == ('unknown', None, ())
    assert found.dials[0]['text'] == ('Login tried from client1: could not be tried: %s has no IPv4 address there; '
                                      'pptp_login_server is the address to dial' % server)
    both = nameless(server, dialled(row(), host='client2'))
    assert both.verdict['status'] == 'healthy'


def test_every_step_has_its_stage_and_every_code_its_words() -> None:
    assert set(dial_facts.STAGES) == set(STEPS)
    assert set(explain_dial.RESOLVERS) <= set(STEPS)
    assert {646, 647, 648, 649, 691} <= set(mschap.CODES)


anything = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=9),
                        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
                            st.sampled_from(['dials', 'seen', 'auth', 'failure', 'code', 'step', 'outcome', 'mode',
                                             'why', 'flows', 'counters', 'name', 'source', 'path', 'largest', 'ccp',
                                             'times']),
                            inner, max_size=5), max_leaves=20)


@settings(max_examples=150, deadline=None)
@given(anything, anything)
def test_facts_of_any_shape_are_judged(dial: t.Any, witness: t.Any) -> None:
    for facts in ({'pptp_dial': dial, 'pptp_witness': witness}, {'pptp_dial': {'dials': [dial, {'dials': [dial]}]},
                                                                 'pptp_witness': {'flows': [witness]}}):
        assert diagnose(facts).as_dict()['verdict']['status'] in ('healthy', 'degraded', 'broken', 'unknown')
