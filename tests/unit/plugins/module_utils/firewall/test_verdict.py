# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Verdicts on small rule sets; each was seen in a kernel (tests/firewall) first."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.bundle import from_texts
from ansible_collections.vpnops.pptp.plugins.module_utils.collect import firewall
from ansible_collections.vpnops.pptp.plugins.module_utils.firewall import flows, model, verdict
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import iptables, nft

PLACE = flows.Place('eth0', model.ipv4('203.0.113.10'), model.ipv4('10.99.0.100'))


def table(*rules: str, hook: str = 'input', priority: str = '0', policy: str = 'accept', kind: str = 'filter') -> str:
    return 'table inet %s {\nchain c {\ntype %s hook %s priority %s; policy %s;\n%s\n}\n}\n' % (
        'x' + hook + priority.replace('-', 'm'), kind, hook, priority, policy, '\n'.join(rules))


def ask(text: str, flow: str = 'gre_in', helper: bool | None = False, saved: str = '', through: bool = False,
        legacy: str = '') -> verdict.Verdict:
    rules = {**nft.parse(text)[0], **iptables.parse(saved)[0], **iptables.parse(legacy, 'iptables-legacy-save')[0]}
    return verdict.judge(rules, flows.server(PLACE, helper)[flow], through)


@pytest.mark.parametrize(('rule', 'flow', 'word'), [
    ('ct state != established | related drop', 'tcp1723_established', 'drop'),   # != compares the whole
    ('ct state != { established, related } drop', 'tcp1723_established', 'accept'),
    ('ct state ! established,related drop', 'tcp1723_established', 'accept'),
    ('ct status != dnat drop', 'gre_in', 'drop'),
    ('th dport 34827 drop', 'gre_in', 'drop'),                                    # 0x880b, a field of GRE
    ('tcp dport 34827 drop', 'gre_in', 'accept'),
    ('tcp flags != syn drop', 'gre_in', 'accept'),
    ('tcp flags != syn drop', 'tcp1723_established', 'drop'),
    ('oifname "eth0" drop', 'gre_in', 'accept'),
    ('oifname != "eth0" drop', 'gre_in', 'drop'),                                 # there is none: its name is empty
    ('ct helper "pptp" drop', 'gre_in', 'accept'),
    ('meta mark set 0x1 meta mark 0x1 drop', 'gre_in', 'drop'),
    ('ip protocol vmap { tcp : accept, gre : drop }', 'gre_in', 'drop'),
    ('queue', 'gre_in', 'unknown'),
    ('numgen random mod 2 0 drop', 'gre_in', 'unknown'),
    ('udp dport 1812 drop', 'radius_out', 'accept'),
])
def test_one_nft_rule(rule: str, flow: str, word: str) -> None:
    assert ask(table(rule), flow).verdict == word


def test_a_packet_passes_only_if_every_base_chain_lets_it() -> None:
    text = table('accept', priority='-10') + table('ip protocol gre drop', priority='10')
    found = ask(text)
    assert (found.verdict, found.key, found.hook) == ('drop', ('nft inet xinput10', 'c'), 'input')
    assert found.passed[0].text == 'accept'


def test_legacy_tables_count_beside_nft() -> None:
    legacy = '*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p gre -j DROP\nCOMMIT\n'
    assert ask(table('accept'), legacy=legacy).key == ('iptables-legacy-save raw', 'PREROUTING')


def test_the_order_of_legacy_and_nft_at_one_priority_is_not_known() -> None:
    legacy = '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p gre -j MARK --set-xmark 0x1/0xffffffff\nCOMMIT\n'
    found = ask(table('meta mark 0x1 drop'), legacy=legacy)
    assert (found.verdict, found.match) == ('unknown', 'order')


def test_a_state_before_conntrack_reads_as_invalid() -> None:
    assert ask(table('ct state new drop', hook='prerouting', priority='-300')).verdict == 'accept'
    assert ask(table('ct state invalid drop', hook='prerouting', priority='-300')).verdict == 'drop'
    assert ask(table('ct state new drop', hook='prerouting', priority='-150')).verdict == 'drop'


def test_untracked_packets_have_no_state_and_no_nat() -> None:
    text = table('notrack', hook='prerouting', priority='-300') + table('ct state new drop')
    assert ask(text).verdict == 'accept'
    assert ask(text + table('ct state untracked drop', priority='5')).verdict == 'drop'
    nat = table('masquerade', hook='postrouting', priority='100', kind='nat')
    assert ask(nat, 'forward_from_ppp').nat == 'yes'
    assert ask(nat + text, 'forward_from_ppp').nat == 'no'


@pytest.mark.parametrize(('rules', 'helpers'), [
    (table('tcp dport 1723 ct helper set "pptp"', hook='prerouting', priority='-150'), {'pptp'}),
    (table('tcp dport 1723 ct helper set "pptp"', hook='prerouting', priority='-300'), {''}),
    (table('ip saddr 192.0.2.1 ct helper set "pptp"', hook='prerouting', priority='-150'), {'', 'pptp'})])
def test_where_a_helper_is_assigned(rules: str, helpers: set[str]) -> None:
    packet = ask(rules, 'tcp1723_in', through=True).packet
    assert packet is not None and packet.helpers == helpers


def test_the_first_ct_rule_wins() -> None:
    saved = '*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -j CT %s\n-A PREROUTING -p tcp -j CT %s\nCOMMIT\n'
    for first, second, tracked in (('--notrack', '--helper pptp', 'notrack'),
                                   ('--helper pptp', '--notrack', 'template')):
        packet = ask('', 'tcp1723_in', saved=saved % (first, second)).packet
        assert packet is not None and packet.tracked == {tracked}


def test_an_unknown_match_is_named() -> None:
    found = ask('', saved='*filter\n:INPUT DROP [0:0]\n-A INPUT -p gre -m u32 --u32 "6=1" -j ACCEPT\nCOMMIT\n')
    assert (found.verdict, found.match) == ('unknown', 'fixed')
    assert found.undecided is not None and 'u32' in found.undecided.text


def facts(saved: str) -> dict[str, t.Any]:
    return firewall.collect(from_texts({
        'commands/iptables-save.txt': saved, '/etc/pptpd.conf': 'remoteip 10.99.0.100-110\n',
        'commands/ip-addr.txt': '2: eth0    inet 203.0.113.10/24 scope global eth0\n',
        '/etc/iptables/rules.v4': saved, '/etc/ufw/ufw.conf': 'ENABLED=no\n', '/etc/ufw/user.rules': '*filter\n'}))


def test_the_deciding_rule_has_a_place() -> None:
    found = facts('*filter\n:INPUT DROP [0:0]\n:deep - [0:0]\n-A INPUT -p icmp -j ACCEPT\n-A INPUT -j deep\n'
                  '-A deep -p udp -j DROP\n-A deep -p gre -j REJECT\nCOMMIT\n')
    flow = found['flows']['gre_in']
    assert [flow[key] for key in ('verdict', 'table', 'chain', 'hook', 'position')] == [
        'reject', 'iptables-save filter', 'deep', 'input', 2]
    assert flow['passed'] == ['iptables-save:5']
    assert found['flows']['tcp1723_in']['position'] is None   # the policy


def test_a_clamp_that_no_packet_meets_is_none() -> None:
    text = ('*mangle\n:FORWARD ACCEPT [0:0]\n'
            '%s-A FORWARD -o ppp+ -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1356\nCOMMIT\n')
    assert facts(text % '')['mss_clamp'] == 1356
    assert facts(text % '-A FORWARD -j ACCEPT\n')['mss_clamp'] is None
    assert facts(text % '')['flows']['forward_to_ppp']['mss'] == 1356
    assert facts(text % '')['flows']['forward_from_ppp']['mss'] is None


def test_what_survives_a_reboot_as_far_as_files_tell() -> None:
    found = facts('*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p tcp --dport 1723 -j ACCEPT\nCOMMIT\n')
    assert found['boot'] == {
        'netfilter-persistent': {'enabled': None, 'file': '/etc/iptables/rules.v4', 'pptp': True},
        'ufw': {'enabled': False, 'file': '/etc/ufw/user.rules', 'pptp': False}}


def test_only_the_first_gre_packet_blocked_is_unknown() -> None:
    saved = ('*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp --dport 1723 -j CT --helper pptp\nCOMMIT\n'
             '*filter\n:INPUT DROP [0:0]\n-A INPUT -p gre -m conntrack --ctstate ESTABLISHED%s -j ACCEPT\nCOMMIT\n')
    assert facts(saved % '')['flows']['gre_in']['verdict'] == 'unknown'
    assert facts(saved % ',RELATED')['flows']['gre_in']['verdict'] == 'accept'
