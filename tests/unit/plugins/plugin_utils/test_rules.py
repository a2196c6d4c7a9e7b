# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Commands that fit the rule which decides."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.plugin_utils import rules
from ansible_collections.vpnops.pptp.plugins.plugin_utils.diagnosis import diagnose
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import Fix
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.hosts import server


def drop(table: str, chain: str, position: t.Any, **more: t.Any) -> dict[str, t.Any]:
    return {'verdict': 'drop', 'rule': 'drop', 'source': 'nft:9', 'table': table, 'chain': chain, 'hook': 'input',
            'position': position, 'notes': [], **more}


def fix_of(changes: dict[str, t.Any], cause: str) -> Fix:
    fix = next(item.fix for item in diagnose(server({'logs': ..., **changes})).findings if item.cause == cause)
    assert fix is not None
    return fix


@pytest.mark.parametrize(('flow', 'backends', 'command'), [
    (drop('iptables-save filter', 'INPUT', 4), ['iptables-nft'], 'iptables -I INPUT 4 -p gre -j ACCEPT'),
    (drop('iptables-save filter', 'INPUT', None), ['iptables-nft'], 'iptables -A INPUT -p gre -j ACCEPT'),
    (drop('iptables-legacy-save filter', 'f2b', 1), ['iptables-legacy'], 'iptables-legacy -I f2b 1 -p gre -j ACCEPT'),
    (drop('iptables-save raw', 'PREROUTING', 2), ['iptables-nft'], 'iptables -t raw -I PREROUTING 2 -p gre -j ACCEPT'),
    (drop('nft inet filter', 'input', 3), ['nft'], 'nft insert rule inet filter input index 2 meta l4proto gre accept'),
    (drop('nft ip mine', 'in-put', None), ['nft'], 'nft add rule ip mine in-put meta l4proto gre accept'),
    (drop('nft ip filter', 'INPUT', 2), ['iptables-nft'], 'iptables -I INPUT 2 -p gre -j ACCEPT'),
])
def test_a_rule_goes_in_front_of_the_one_that_decides(
        flow: dict[str, t.Any], backends: list[str], command: str) -> None:
    assert fix_of({'firewall.flows.gre_in': flow, 'firewall.backends': backends}, 'gre-blocked').commands == (command,)


def test_a_rule_outside_a_manager_is_met_where_it_stands_and_the_manager_told() -> None:
    fix = fix_of({'firewall.backends': ['firewalld', 'nft'],
                  'firewall.flows.gre_in': drop('nft inet mine', 'incoming', 1)}, 'gre-blocked')
    assert fix.commands[0] == 'nft insert rule inet mine incoming index 0 meta l4proto gre accept'
    assert fix.commands[-1] == 'firewall-cmd --reload'


@pytest.mark.parametrize(('backends', 'table', 'chain', 'position'), [
    (['firewalld'], 'nft inet firewalld', 'filter_INPUT', 3), (['firewalld'], 'iptables-save filter', 'INPUT', 9),
    (['firewalld'], 'iptables-save filter', 'IN_public_deny', 1),
    (['ufw'], 'iptables-save filter', 'ufw-before-input', 3), (['ufw'], 'iptables-save filter', 'INPUT', None)])
def test_chains_of_a_manager_are_left_to_it(backends: list[str], table: str, chain: str, position: int | None) -> None:
    fix = fix_of({'firewall.backends': backends, 'firewall.flows.gre_in': drop(table, chain, position)}, 'gre-blocked')
    assert all(command.startswith(('firewall-cmd', 'ufw')) for command in fix.commands)


@pytest.mark.parametrize(('table', 'chain'), [
    ('nft inet filter; reboot', 'input'), ('nft inet filter', 'in;reboot'), ('nft inet', 'input'), ('', ''),
    ('nft bridge filter', 'input'), ('iptables-L filter', '$(id)'), ('iptables-L filter', 'INPUT')])
def test_a_name_that_a_shell_would_read_otherwise_is_not_taken(table: str, chain: str) -> None:
    facts = Facts({'pptp_firewall': {'flows': {'gre_in': drop(table, chain, 1)}}})
    assert rules.spot(facts, 'gre_in') is None
    assert rules.commands('gre-blocked', facts) == ()


def test_the_pool_and_the_outer_interface_are_those_of_the_host() -> None:
    fix = fix_of({'firewall.flows.masquerade.verdict': 'no', 'firewall.backends': ['iptables-nft']}, 'no-masquerade')
    assert fix.commands == ('iptables -t nat -A POSTROUTING -s 10.99.0.96/28 -o eth0 -j MASQUERADE',)
    assert (fix.role, dict(fix.vars)) == ('nat', {'nat_pool': ['10.99.0.96/28']})


@pytest.mark.parametrize(('changes', 'cause', 'role'), [
    ({'firewall.flows.gre_in': drop('nft ip filter', 'input', 1)}, 'gre-blocked', 'tunnel_firewall'),
    ({'firewall.flows.tcp1723_in': drop('nft ip filter', 'input', 1)}, 'tcp1723-blocked', 'tunnel_firewall'),
    ({'conntrack.stateful_gre': True}, 'gre-conntrack-helper', 'gre_conntrack'),
    ({'firewall.flows.forward_from_ppp': drop('nft ip filter', 'forward', 1)}, 'forward-blocked', 'nat'),
    ({'firewall.mss_clamp': None, 'addressing.wan_mtu': 1492}, 'mss-clamp-missing', 'mss_clamp'),
    ({'host.cloud': 'azure'}, 'gre-blocked', '')])
def test_the_role_that_helps_on_this_host(changes: dict[str, t.Any], cause: str, role: str) -> None:
    assert fix_of(changes, cause).role == role
