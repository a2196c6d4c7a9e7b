# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rules of nftables: where they must stand, once, and gone without a trace."""

from __future__ import annotations

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import nft_config, nft_text

# nft 1.1.3, `nft -a -s -y -p list ruleset`
LISTED = """\
table inet filter { # handle 1
\tset banned { # handle 4
\t\ttype ipv4_addr
\t}

\tchain input { # handle 1
\t\ttype filter hook input priority 0; policy drop;
\t\tiifname "lo" accept # handle 5
\t\tct state invalid drop # handle 6
\t\ttcp dport 22 accept # handle 7
\t}

\tchain output { # handle 3
\t\ttype filter hook output priority 0; policy accept;
\t}
}
table inet f2b { # handle 2
\tset bad { # handle 2
\t\ttype ipv4_addr
\t}

\tchain f2b { # handle 1
\t\ttype filter hook input priority -1; policy accept;
\t\tip saddr @bad tcp dport 1723 drop # handle 3
\t}
}
"""
FOLDER = '/etc/nftables.vpnops-pptp.d'
LINE = 'include "/etc/nftables.vpnops-pptp.d/*.nft" # vpnops.pptp'
COMMENT = ' accept comment "vpnops.pptp tunnel_firewall"'
RULES = nft_text.rules('tunnel_firewall', [
    {'hook': 'input', 'match': 'tcp dport 1723', 'peer': 'saddr'},
    {'hook': 'input', 'match': 'ip protocol 47', 'peer': 'saddr'},
    {'hook': 'output', 'match': 'ip protocol 47', 'peer': 'daddr'}], [])
OWN = nft_text.own_table('nat', [], [{'hook': 'postrouting', 'type': 'nat', 'priority': 100,
                                      'rules': ['ip saddr { 192.0.2.0/24 } masquerade']}])


def plan(listing: str, wanted: dict[str, list[str]], own: str = '', owner: str = 'tunnel_firewall') -> nft_text.Plan:
    return nft_text.plan(nft_text.parse(listing), owner, wanted, own)


def listed(*rules: str) -> str:
    return LISTED.replace('\t\tiifname', ''.join('\t\t%s # handle %d\n' % (rule, 20 + number)
                                                 for number, rule in enumerate(rules)) + '\t\tiifname')


def test_rules_go_into_the_base_chains_that_drop_and_no_others() -> None:
    found = plan(LISTED, RULES)
    assert found.chains == ['inet filter input']
    assert found.batch == ('insert rule inet filter input ip protocol 47%s\n'
                           'insert rule inet filter input tcp dport 1723%s\n' % (COMMENT, COMMENT))


def test_rules_that_are_there_are_left_alone() -> None:
    text = listed('tcp dport 1723' + COMMENT, 'ip protocol gre' + COMMENT)
    assert plan(text, RULES).batch == ''


def test_copies_and_what_is_no_longer_wanted_go_by_their_handle() -> None:
    text = listed('tcp dport 1723' + COMMENT, 'tcp dport 1723' + COMMENT, 'ip saddr 192.0.2.7 ip protocol 47' + COMMENT,
                  'ip protocol 47' + COMMENT)
    assert plan(text, RULES).batch == ('delete rule inet filter input handle 21\n'
                                       'delete rule inet filter input handle 22\n')
    assert plan(text, {}).batch.count('delete rule') == 4
    assert plan(text, {}, owner='nat').batch == ''


def test_one_rule_a_source() -> None:
    made = nft_text.rules('o', [{'hook': 'input', 'match': 'x', 'peer': 'saddr'}], ['192.0.2.7/32', '198.51.100.0/24'])
    assert [rule.split(' x ')[0] for rule in made['input']] == ['ip saddr 192.0.2.7', 'ip saddr 198.51.100.0/24']


@pytest.mark.parametrize('foreign', [
    LISTED.replace('inet filter {', 'inet firewalld {'),
    LISTED.replace('\tset banned', '\tflags owner\n\tset banned'),
    '# Warning: table inet filter is managed by iptables-nft, do not touch!\n' + LISTED,
    LISTED.replace('tcp dport 22 accept', 'xt match "tcp" accept'),
    LISTED.replace('inet filter {', 'ip6 filter {')])
def test_tables_of_others_are_left_alone(foreign: str) -> None:
    assert plan(foreign, RULES).chains == []


@pytest.mark.parametrize(('rule', 'drops'), [
    ('drop', True), ('counter drop', True), ('iifname "eth0" drop', True), ('meta l4proto 47 drop', True),
    ('reject with icmpx admin-prohibited', True), ('tcp dport 1723 reject', True),
    ('ip saddr != 192.0.2.0/24 drop', True),
    ('tcp dport { 23, 1723 } drop', True), ('jump bad', True), ('iifname vmap { "eth0" : jump bad }', True),
    ('ip saddr 192.0.2.1 drop', False), ('tcp dport 23 drop', False), ('ct state invalid drop', False),
    ('icmp type echo-request drop', False), ('ip saddr @bad drop', False), ('limit rate over 5/second drop', False),
    ('tcp dport 22 accept', False), ('jump good', False), ('log prefix "drop"', False)])
def test_a_chain_drops_by_a_rule_that_may_fit_pptp(rule: str, drops: bool) -> None:
    text = """table inet filter {
\tchain bad {
\t\tdrop # handle 8
\t}
\tchain good {
\t\ttcp dport 23 drop # handle 9
\t\tjump input # handle 10
\t}
\tchain input {
\t\ttype filter hook input priority 0; policy accept;
\t\t%s # handle 3
\t}
}
""" % rule
    assert bool(plan(text, RULES).chains) is drops


def test_the_own_table_is_made_once_and_goes_whole() -> None:
    made = plan(LISTED, {}, OWN, 'nat')
    assert made.batch == 'table ip vpnops_pptp_nat\ndelete table ip vpnops_pptp_nat\n' + OWN
    comment = OWN.split('comment ')[1].split('"')[1]
    there = LISTED + ('table ip vpnops_pptp_nat { # handle 9\n\tchain postrouting { # handle 1\n'
                      '\t\ttype nat hook postrouting priority 100; policy accept;\n'
                      '\t\tip saddr 192.0.2.0/24 masquerade comment "%s" # handle 2\n\t}\n}\n' % comment)
    assert plan(there, {}, OWN, 'nat').batch == ''
    assert plan(there.replace(comment[-8:], '00000000'), {}, OWN, 'nat').batch == made.batch
    assert plan(there, {}, '', 'nat').batch == 'delete table ip vpnops_pptp_nat\n'


def test_chains_of_iptables_are_left_alone() -> None:
    tables = nft_text.parse(LISTED.replace('inet filter', 'ip filter').replace('chain input', 'chain INPUT'))
    assert nft_text.plan(tables, 'tunnel_firewall', RULES, '', set()).chains == []
    assert nft_text.plan(tables, 'tunnel_firewall', RULES, '', {('ip', 'filter')}).chains == ['ip filter INPUT']


def test_the_file_holds_chains_that_the_configuration_makes() -> None:
    tables = nft_text.parse(LISTED)
    found = nft_text.plan(tables, 'tunnel_firewall', RULES, '', {('inet', 'filter')})
    assert found.file and found.file.startswith('add table inet filter\nadd chain inet filter input\ninsert rule ')
    assert nft_text.plan(tables, 'tunnel_firewall', RULES, '', set()).file is None


def test_tables_and_includes_of_a_configuration() -> None:
    text = 'flush ruleset\n# table inet old {\ninclude "/etc/nftables.d/*.nft"\ntable inet a {\n}\nadd table b\n'
    assert nft_config.declares(text) == {('inet', 'a'), ('ip', 'b')}
    assert nft_config.includes(text + LINE) == ['/etc/nftables.d/*.nft']


def test_what_is_included_is_read_once() -> None:
    texts = {'/etc/nftables.conf': 'include "x/*.nft"\ntable inet a {', '/etc/x/1.nft': 'table b {\ninclude "x/*.nft"'}
    patterns = {'/etc/x/*.nft': ['/etc/x/1.nft', '/etc/x/gone.nft']}
    found = nft_config.declared('/etc/nftables.conf', texts.get, patterns.__getitem__)
    assert found == {('inet', 'a'), ('ip', 'b')}


@pytest.mark.parametrize('text', ['', 'flush ruleset\n', 'table inet a {\n}\n'])
def test_the_line_comes_once_and_goes(text: str) -> None:
    once = nft_config.with_line(text, FOLDER, True)
    assert once == text + LINE + '\n'
    assert nft_config.with_line(once, FOLDER, True) == once
    assert nft_config.with_line(once, FOLDER, False) == text
    assert nft_config.with_line('a', FOLDER, True) == 'a\n' + LINE + '\n'
