# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a chain drops the tunnel, as the verdicts have it: in both languages."""

from __future__ import annotations

import time

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.edit.dropping import Chain, drops

BANS = ['-s 192.0.2.9/32 -j DROP', '-m set --match-set f2b src -j DROP', '-m conntrack --ctstate INVALID -j DROP']
TUNNEL = ['-p tcp -m tcp --dport 1723 -j ACCEPT', '-p gre -j ACCEPT']
MINE = [rule.replace('-j', '-m comment --comment "vpnops.pptp tunnel_firewall" -j') for rule in TUNNEL]


@pytest.mark.parametrize(('chain', 'policy', 'rules', 'there'), [
    ('INPUT', 'drop', [], True), ('INPUT', 'accept', [], False), ('INPUT', 'accept', BANS, False),
    ('INPUT', 'accept', [*BANS, '-j DROP'], True), ('INPUT', 'drop', TUNNEL, False),
    ('INPUT', 'drop', MINE, True), ('INPUT', 'drop', TUNNEL[:1], True),
    ('INPUT', 'drop', ['-s 198.51.100.0/24 -j ACCEPT'], True), ('INPUT', 'drop', ['-j ACCEPT'], False),
    ('INPUT', 'accept', ['-i eth0 -j DROP'], True), ('INPUT', 'accept', ['-p tcp -m tcp --dport 23 -j DROP'], False),
    ('INPUT', 'drop', ['-p tcp -m conntrack --ctstate NEW -j ACCEPT', '-p 47 -j ACCEPT'], False),
    ('INPUT', 'drop', ['-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'], True),
    ('OUTPUT', 'drop', ['-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'], True),
    ('OUTPUT', 'drop', ['-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT', '-p gre -j ACCEPT'], False),
    ('FORWARD', 'drop', [], True), ('FORWARD', 'accept', ['-i docker0 -j DROP'], False),
    ('FORWARD', 'drop', ['-i ppp+ -j ACCEPT', '-m conntrack --ctstate ESTABLISHED -j ACCEPT'], False),
    ('PREROUTING', 'drop', [], False)])
def test_iptables(chain: str, policy: str, rules: list[str], there: bool) -> None:
    assert drops({chain: Chain(policy, rules)}, chain) is there


@pytest.mark.parametrize(('rules', 'there'), [
    (['tcp dport 1723 accept', 'ip protocol gre accept', 'drop'], False), (['tcp dport 1723 accept', 'drop'], True),
    (['ct state vmap { 0x1 : drop, established : accept }'], False), (['jump other'], True), (['goto good'], False),
    (['ip saddr @banned drop'], False), (['ip saddr @office accept', 'drop'], True),
    (['meta l4proto 47 accept comment "vpnops.pptp tunnel_firewall"', 'tcp dport 1723 accept', 'drop'], True)])
def test_nft(rules: list[str], there: bool) -> None:
    chains = {'in': Chain('accept', rules), 'other': Chain('', ['udp dport 53 accept', 'drop']),
              'good': Chain('', ['tcp dport 23 drop', 'return'])}
    assert drops(chains, 'in', 'input') is there


def test_it_is_quick_and_takes_no_harm_from_nonsense() -> None:
    start = time.process_time()
    rules = ['-s 10.%d.%d.1/32 -p tcp -m tcp --dport 1723 -j DROP' % (number >> 8, number & 255)
             for number in range(20000)]
    assert drops({'INPUT': Chain('accept', rules)}, 'INPUT') is False
    assert time.process_time() - start < 3
    assert drops({}, 'INPUT') is False
    assert drops({'INPUT': Chain('accept', ['-A', '!', '-j', '\0', '-p', '-m x -j GONE'])}, 'INPUT') in (True, False)
