# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a reader is told beside the verdict: firewalls side by side, and rules that a reboot takes."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.plugin_utils.diagnosis import diagnose
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import UNKNOWN
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.hosts import ACCEPT, server

BY_RULE = {**ACCEPT, 'rule': 'tcp dport 1723 accept', 'position': 2}
SAVED = {'enabled': True, 'file': '/etc/nftables.conf', 'pptp': True}


def note(**changes: t.Any) -> str:
    return diagnose(server({name.replace('__', '.'): value for name, value in changes.items()})).note


@pytest.mark.parametrize(('boot', 'rule', 'lost'), [
    ({'nftables': {**SAVED, 'pptp': False}}, BY_RULE, True),
    ({'nftables': SAVED}, BY_RULE, False),
    ({'nftables': {**SAVED, 'pptp': False}}, ACCEPT, False),                   # nothing is to be saved
    ({'nftables': {**SAVED, 'pptp': False, 'enabled': False}}, BY_RULE, False),
    ({'nftables': {**SAVED, 'pptp': None}}, BY_RULE, False),
    ({'nftables': {**SAVED, 'pptp': False}, 'ufw': SAVED}, BY_RULE, False),
    ({}, BY_RULE, False), (None, BY_RULE, False), ({'nftables': 7}, BY_RULE, False)])
def test_rules_that_are_gone_after_a_reboot(boot: t.Any, rule: dict[str, t.Any], lost: bool) -> None:
    found = note(firewall__boot=boot, firewall__flows__tcp1723_in=rule)
    assert ('do not survive a reboot: nftables loads /etc/nftables.conf' in found) is lost


def test_firewalls_side_by_side() -> None:
    rows = [['legacy-beside-nft', 'rules of iptables-legacy are in force'], ['other-owner', 'docker keeps rules']]
    said = 'Firewalls side by side: rules of iptables-legacy are in force. A packet must pass them all.'
    assert note(firewall__conflicts=rows) == said
    assert note(firewall__conflicts=rows[1:]) == ''
    assert note(firewall__conflicts=7) == ''


@pytest.mark.parametrize(('cause', 'flow'), [
    ('tcp1723-blocked', 'tcp1723_in'), ('gre-blocked', 'gre_in'), ('gre-blocked', 'gre_out'),
    ('forward-blocked', 'forward_from_ppp'), ('forward-blocked', 'forward_to_ppp'), ('no-masquerade', 'masquerade')])
def test_a_match_that_nobody_can_decide_is_named(cause: str, flow: str) -> None:
    doubt = {'verdict': 'unknown', 'rule': None, 'source': None, 'match': '-m recent --rcheck',
             'notes': ['depends on iptables-save:7: -A INPUT -m recent --rcheck -j DROP']}
    found = diagnose(server({'firewall.flows.' + flow: doubt, 'logs': ...})).findings
    finding = next(item for item in found if item.cause == cause)
    assert finding.result == UNKNOWN
    assert 'depends on iptables-save:7: -A INPUT -m recent --rcheck -j DROP (-m recent --rcheck is not known here)' in [
        proof.value for proof in finding.evidence]
