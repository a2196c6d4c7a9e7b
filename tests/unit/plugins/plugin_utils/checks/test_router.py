# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Routers in the path: what their own rules say about TCP 1723 and GRE."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.plugin_utils import registry
from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog import CAUSES
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks import router as checks
from ansible_collections.vpnops.pptp.plugins.plugin_utils.diagnosis import Diagnosis, diagnose
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain import Explanation
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import NOT_APPLICABLE, UNKNOWN
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.hosts import router, through

NO_HELPER = {'conntrack.helper_assigned': False, 'conntrack.helper_hook_ok': None}
NO_NAT = {'firewall.forward.masquerade.verdict': 'no', 'firewall.forward.masquerade.rule': None}
TCP = ['nft:12', 'iif "eth1" tcp dport 1723 dnat to 10.1.0.5', '10.1.0.5']
GRE = ['nft:13', 'iif "eth1" meta l4proto gre dnat to 10.1.0.5', '10.1.0.5']
CLOSED = through('drop', 'meta l4proto gre drop', 'nft:20', position=2, stateful=False)
STATE = through('drop', 'policy drop', 'nft:20', stateful=True)
ANY = {'firewall.dnat': {'tcp1723': [TCP], 'gre': [GRE]}}

CASES: list[tuple[str, dict[str, t.Any], str, str | None]] = [
    ('the helper does it', {}, 'healthy', None),
    ('no helper, clients behind NAT', NO_HELPER, 'broken', 'gre-nat-asymmetric'),
    ('the helper is set where it comes too late', {'conntrack.helper_hook_ok': False}, 'broken', 'gre-nat-asymmetric'),
    ('the NAT half of the helper is not loaded', {'kernel.modules': {'nf_nat_pptp': 'loadable'}}, 'broken',
     'gre-nat-asymmetric'),
    ('it is not needed without NAT', {**NO_NAT, 'kernel.modules': {'nf_nat_pptp': 'loadable'}}, 'healthy', None),
    ('it is loaded', {'kernel.modules': {'nf_nat_pptp': 'loaded'}}, 'healthy', None),
    ('it cannot be missing where GRE is answered', {'kernel.modules': {'nf_nat_pptp': 'loadable'},
                                                    'conntrack.gre_flows': [['a', 'b', False, True]]}, 'healthy', None),
    ('a port forwarding and half of the helper', {'firewall.dnat.tcp1723': [TCP],
                                                  'kernel.modules': {'nf_nat_pptp': 'missing'}}, 'broken',
     'gre-dnat-missing'),
    ('no NAT and no helper', {**NO_NAT, **NO_HELPER}, 'healthy', None),
    ('TCP 1723 is forwarded, GRE is not', {**NO_HELPER, 'firewall.dnat.tcp1723': [TCP]}, 'broken', 'gre-dnat-missing'),
    ('TCP 1723 is forwarded, and the helper follows', {'firewall.dnat.tcp1723': [TCP]}, 'healthy', None),
    ('both are forwarded', {**NO_HELPER, **ANY}, 'healthy', None),
    ('GRE is dropped inwards', {'firewall.forward.gre_in': CLOSED}, 'broken', 'gre-blocked'),
    ('GRE is dropped outwards', {**NO_NAT, 'firewall.forward.gre_out': CLOSED}, 'broken', 'gre-blocked'),
    ('only a state gets through', {**NO_NAT, **NO_HELPER, 'firewall.forward.gre_in': STATE}, 'broken',
     'gre-conntrack-helper'),
    ('a state, NAT and no helper', {**NO_HELPER, 'firewall.forward.gre_in': STATE}, 'broken', 'gre-nat-asymmetric'),
    ('TCP 1723 is dropped', {'firewall.forward.tcp1723_out': CLOSED}, 'broken', 'tcp1723-blocked'),
    ('TCP 1723 from outside is nothing to clients', {'firewall.forward.tcp1723_in': CLOSED}, 'healthy', None),
    ('TCP 1723 from outside is all to a server', {**ANY, 'firewall.forward.tcp1723_in': CLOSED}, 'broken',
     'tcp1723-blocked'),
    ('an earlier rule', {'firewall.forward.gre_in': CLOSED, 'firewall.order': [['a', 'b', 'forward.gre_in']]}, 'broken',
     'firewall-rule-order'),
    ('it forwards nothing', {'addressing.ip_forward': False}, 'broken', 'ip-forward-off'),
    ('the helper is not known', {'conntrack.helper_assigned': None}, 'unknown', None),
    ('a rule that nobody can decide', {'firewall.forward.gre_in': through('unknown', None, None, notes=['m'])},
     'unknown', None),
    ('nothing was read', {'firewall': ..., 'conntrack': ..., 'addressing': ...}, 'unknown', None),
]


def judged(changes: dict[str, t.Any]) -> Diagnosis:
    return diagnose(router(changes))


@pytest.mark.parametrize(('changes', 'status', 'cause'), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_router(changes: dict[str, t.Any], status: str, cause: str | None) -> None:
    found = judged(changes)
    assert (found.verdict['status'], found.verdict['cause']) == (status, cause)
    assert found.role == 'router'
    assert found.next_step


def test_the_rule_that_decides_is_shown_with_its_place() -> None:
    proof = judged({'firewall.forward.gre_in': CLOSED}).findings[0].evidence[0]
    assert (proof.fact, proof.source) == ('pptp_firewall.forward.gre_in', 'nft:20')
    assert proof.value == 'drop meta l4proto gre drop (table nft inet filter, chain forward, rule 2)'


def test_what_could_not_be_decided_is_named() -> None:
    open_flow = through('unknown', None, None, notes=['depends on nft:7: tcp dport 1723 foo'], match='foo')
    finding = next(item for item in judged({'firewall.forward.gre_in': open_flow}).findings
                   if item.cause == 'gre-blocked')
    assert finding.result == UNKNOWN
    assert finding.evidence[0].value == 'depends on nft:7: tcp dport 1723 foo (foo is not known here)'


def test_a_rule_set_that_was_not_read_whole_makes_it_likely() -> None:
    assert judged({**NO_HELPER, 'firewall.readable': False}).verdict['confidence'] == 'likely'
    assert judged(NO_HELPER).verdict['confidence'] == 'certain'


def test_both_forwarded_and_no_helper_is_a_word_to_clients_behind_it() -> None:
    finding = next(item for item in judged({**NO_HELPER, **ANY}).findings if item.cause == 'gre-nat-asymmetric')
    assert finding.result == 'warn'


def test_other_questions_do_not_arise_on_a_router() -> None:
    findings = judged({}).findings
    assert {item.cause for item in findings} == set(CAUSES)
    assert {item.cause for item in findings if item.result != NOT_APPLICABLE} <= set(registry.OTHERS['router'][0])


def test_nothing_known_is_no_result_and_what_is_read_is_declared() -> None:
    for check in checks.CHECKS:
        assert check.run(Facts({}), Explanation(Facts({}))).result == UNKNOWN
        for _name, changes, _status, _cause in CASES:
            facts = Facts(router(changes))
            check.run(facts, Explanation(Facts({})))
            assert facts.read <= set(check.subjects)


def test_the_fix_is_for_a_router() -> None:
    fix = judged(NO_HELPER).findings[0].fix
    assert fix is not None
    assert (fix.role, dict(fix.vars)) == ('gre_conntrack', {'gre_conntrack_mode': 'helper'})
    assert """nft 'add rule ip pptp_helper pre tcp dport 1723 ct helper set "pptp"'""" in fix.commands
    blocked = judged({'firewall.forward.gre_in': CLOSED}).findings[0].fix
    assert blocked is not None
    assert blocked.role == ''
    assert blocked.commands == ('nft insert rule inet filter forward index 1 meta l4proto gre accept',)
