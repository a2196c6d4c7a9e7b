# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Verdicts for the clients that were asked for, and what is said where nobody was."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils import subjects
from ansible_collections.vpnops.pptp.plugins.module_utils.bundle import from_texts
from ansible_collections.vpnops.pptp.plugins.module_utils.collect import firewall

ADDRESSES = 'lo   UNKNOWN  127.0.0.1/8\neth0  UP  203.0.113.10/24\neth1  UP  192.168.77.1/24\n'
OFFICE = '''*filter
:INPUT DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -s 198.51.100.0/24 -p tcp -m tcp --dport 1723 -j ACCEPT
-A INPUT -s 198.51.100.0/24 -p gre -j ACCEPT
%sCOMMIT
'''


def _facts(rules: str, *clients: str, **asked: t.Any) -> dict[str, t.Any]:
    host = from_texts({'commands/iptables-save.txt': rules, 'commands/ip-addr.txt': ADDRESSES})
    return firewall.collect(host, firewall.Asked(clients, **asked))


def _verdicts(facts: dict[str, t.Any]) -> tuple[str, str]:
    return facts['flows']['tcp1723_in']['verdict'], facts['flows']['gre_in']['verdict']


@pytest.mark.parametrize(('clients', 'verdict'), [
    (['198.51.100.7'], 'accept'), (['198.51.100.128/25'], 'accept'), (['198.51.100.0/24'], 'accept'),
    (['192.0.2.1'], 'drop'), (['192.0.2.0/24'], 'drop'), (['198.51.100.7', '192.0.2.1'], 'drop'),
    (['198.51.0.0/16'], 'unknown'), ([], 'unknown')])
def test_a_source_decides_what_is_open_without_one(clients: list[str], verdict: str) -> None:
    assert _verdicts(_facts(OFFICE % '', *clients)) == (verdict, verdict)


def test_each_client_has_its_own_verdict() -> None:
    facts = _facts(OFFICE % '-A INPUT -p tcp -m tcp --dport 1723 -j ACCEPT\n', '198.51.100.7', '192.0.2.0/24')
    assert {client: (row['tcp1723_in'], row['gre_in']) for client, row in facts['clients'].items()} == {
        '198.51.100.7': ('accept', 'accept'), '192.0.2.0/24': ('accept', 'drop')}
    assert _verdicts(facts) == ('accept', 'drop')
    assert facts['asked'] == {'clients': ('198.51.100.7', '192.0.2.0/24'), 'interface': None, 'address': None}


def test_for_anybody_it_says_who_is_admitted_and_what_the_rest_gets() -> None:
    flow = _facts(OFFICE % '')['flows']['gre_in']
    assert (flow['verdict'], flow['rest'], flow['sources']) == ('unknown', 'drop', ['198.51.100.0/24'])
    assert flow['notes'][0] == 'accept from 198.51.100.0/24; drop from elsewhere'
    assert _facts(OFFICE % '')['clients'] == {} and _facts(OFFICE % '')['asked'] is None


def test_so_where_all_others_are_dropped() -> None:
    rules = '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT ! -s 198.51.100.0/24 -p gre -j DROP\nCOMMIT\n'
    flow = _facts(rules)['flows']['gre_in']
    assert (flow['verdict'], flow['rest'], flow['sources']) == ('unknown', 'drop', ['198.51.100.0/24'])
    assert _verdicts(_facts(rules, '198.51.100.7')) == ('accept', 'accept')
    assert _verdicts(_facts(rules.replace('-j DROP', '-j ACCEPT').replace('INPUT ACCEPT', 'INPUT DROP')))[1] == 'accept'


def test_a_ban_counts_for_the_banned_alone() -> None:
    rules = '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -s 192.0.2.9/32 -j DROP\nCOMMIT\n'
    assert _verdicts(_facts(rules)) == ('accept', 'accept')
    assert _verdicts(_facts(rules, '198.51.100.7')) == ('accept', 'accept')


def test_so_does_a_set_of_nft() -> None:
    text = ('table inet f {\nset banned {\ntype ipv4_addr\nelements = { 192.0.2.9, 198.51.100.0/24 }\n}\nchain i {\n'
            'type filter hook input priority 0; policy accept;\nip saddr @banned drop\n}\n}\n')

    def verdict(*clients: str) -> str:
        host = from_texts({'commands/nft.txt': text, 'commands/ip-addr.txt': ADDRESSES})
        facts = firewall.collect(host, firewall.Asked(clients))
        return str(facts['flows']['gre_in']['verdict'])

    assert [verdict(), verdict('192.0.2.9'), verdict('198.51.100.3'), verdict('203.0.113.1')] == [
        'accept', 'drop', 'drop', 'accept']


def test_an_interface_and_an_address() -> None:
    rules = '*filter\n:INPUT DROP [0:0]\n-A INPUT -i eth1 -p tcp -m tcp --dport 1723 -j ACCEPT\n' \
            '-A INPUT -d 203.0.113.11/32 -p gre -j ACCEPT\nCOMMIT\n'
    assert _verdicts(_facts(rules, interface='eth0', address='203.0.113.11')) == ('drop', 'accept')
    assert _verdicts(_facts(rules, interface='eth1')) == ('accept', 'drop')


def test_the_facts_of_a_host_take_them() -> None:
    host = from_texts({'commands/iptables-save.txt': OFFICE % ''})
    facts = subjects.gather(host, ['firewall'], clients={'clients': ('198.51.100.7',)})
    assert facts['pptp_firewall']['flows']['gre_in']['verdict'] == 'accept'


@pytest.mark.parametrize(('upper', 'verdict'), [
    ('128.0.0.0/1 -p gre -j ACCEPT', 'accept'), ('128.0.0.0/1 -p gre -j DROP', 'unknown'),
    ('192.0.0.0/2 -p gre -j ACCEPT', 'unknown')])
def test_both_halves_are_anybody(upper: str, verdict: str) -> None:
    rules = '*filter\n:INPUT DROP [0:0]\n-A INPUT -s 0.0.0.0/1 -p gre -j ACCEPT\n-A INPUT -s %s\nCOMMIT\n' % upper
    assert _facts(rules)['flows']['gre_in']['verdict'] == verdict
