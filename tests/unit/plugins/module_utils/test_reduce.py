# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is left out of a recording never matters: the same lines at the same places, the same verdicts."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils import reduce as less
from ansible_collections.vpnops.pptp.plugins.module_utils.bundle import from_texts
from ansible_collections.vpnops.pptp.plugins.module_utils.collect import firewall


@pytest.mark.parametrize('rule', [
    '-A INPUT -p udp -m udp --dport 53 -j ACCEPT', '-A INPUT -p tcp -m tcp --dport 22 -j DROP',
    '-A INPUT -p tcp -m multiport --dports 80,8443 -j ACCEPT', '[3:180] -A INPUT -p icmp -j ACCEPT',
    '\t\tudp dport 53 accept', '\t\ttcp dport 22 accept', '\t\ttcp dport { 80, 8443 } accept',
    '\t\tmeta l4proto ipv6-icmp accept', '\t\ticmp type echo-request accept',
])
def test_a_rule_that_no_packet_of_pptp_matches_goes(rule: str) -> None:
    assert less.ruleset(rule) == ('-A INPUT ~' if '-A ' in rule else '')   # its place in the chain counts


@pytest.mark.parametrize('rule', [
    '-A INPUT -p udp -m udp --sport 1812 -j ACCEPT', '-A OUTPUT -p udp -j DROP', '\t\tudp dport 1812 accept',
    '\t\ttcp dport 443 drop', '-A INPUT ! -p icmp -j DROP',
    '-A INPUT -p tcp -m tcp --dport 1723 -j ACCEPT', '-A INPUT -p tcp -m tcp --dport 1000:2000 -j DROP',
    '-A INPUT -p tcp -m multiport --dports 22,1700:1800 -j DROP', '-A INPUT -p tcp -m tcp ! --dport 22 -j DROP',
    '-A INPUT -p tcp -m multiport ! --dports 22,80 -j DROP', '-A INPUT -p 47 -j ACCEPT', '-A INPUT -j DROP',
    '-A INPUT -p tcp -m tcp --sport 22 -j DROP', ':INPUT DROP [0:0]', '*filter', 'COMMIT', '-A INPUT -i lo -j ACCEPT',
    '\t\ttcp dport != 22 drop', '\t\ttcp dport 1024-65535 accept', '\t\ttcp dport { 22, 1000-2000 } drop',
    '\t\ttcp dport vmap { 22 : accept, 1723 : drop }', '\t\tct state established,related accept', '\t\tjump pptp',
    '\t\tmeta l4proto gre accept', '\t\tip protocol 47 drop', '\t\ttcp dport @ports accept',
])
def test_a_rule_that_may_match_stays(rule: str) -> None:
    assert less.ruleset(rule) == rule


def test_a_long_set_is_cut_and_stays_a_set() -> None:
    line = '\t\telements = { ' + ', '.join('10.0.%d.1' % number for number in range(200)) + ' }'
    short = less.ruleset(line)
    assert len(short) < 420
    assert short.startswith('\t\telements = { 10.0.0.1') and short.endswith('.1, ... }')


_MATCHES = st.sampled_from(['', ' -p gre', ' -p 47', ' -p udp', ' -p tcp', ' -p tcp -m tcp --dport 1723', ' -p icmp',
                            ' -p tcp -m tcp --dport 22', ' -p tcp -m tcp --dport 1000:2000', ' -i lo', ' -i eth0',
                            ' -p tcp -m multiport --dports 22,1723', ' -p tcp -m multiport --dports 22,80',
                            ' -p tcp -m tcp ! --dport 22', ' -m conntrack --ctstate ESTABLISHED,RELATED',
                            ' -s 10.0.0.0/8', ' -p udp -m udp --dport 1723'])
_RULES = st.lists(st.tuples(st.sampled_from(['INPUT', 'OUTPUT', 'user']), _MATCHES,
                            st.sampled_from(['ACCEPT', 'DROP', 'user', 'RETURN', 'LOG'])), max_size=12)


@settings(max_examples=200, deadline=None)
@given(_RULES, st.sampled_from(['ACCEPT', 'DROP']))
def test_a_reduced_rule_set_judges_alike(rules: list[tuple[str, str, str]], policy: str) -> None:
    lines = ['-A %s%s -j %s' % rule for rule in rules if rule[0] != 'user' or rule[2] != 'user']
    head = ['*filter', ':INPUT %s [0:0]' % policy, ':OUTPUT ACCEPT [0:0]', ':user - [0:0]']
    text = '\n'.join([*head, *lines, 'COMMIT', ''])
    full, short = (_flows(each) for each in (text, less.ruleset(text)))
    assert short == full


def _flows(text: str) -> t.Any:
    facts = firewall.collect(from_texts({'commands/iptables-save.txt': text, 'commands/nft.txt': ''}))
    return facts['flows'], facts['order']


def test_comments_lose_their_words_and_keep_their_lines() -> None:
    assert less.comments('# old secret\nname pptpd # x\n  ; no\n') == '#\nname pptpd # x\n  ;\n'


def test_a_long_secrets_file_keeps_the_odd_lines_where_they_are() -> None:
    lines = ['user%d pptpd ******** *' % number for number in range(3000)]
    lines[2500] = 'odd pptpd ********'
    kept = less.secrets('\n'.join(lines)).split('\n')
    assert len(kept) == len(lines)
    assert kept[2500] == 'odd pptpd ********'
    assert kept[:200] == lines[:200] and set(kept[200:2500]) == {''}
    assert less.secrets('\n'.join(lines[:500])) == '\n'.join(lines[:500])


def test_only_what_concerns_pptp_is_kept_of_the_kernel() -> None:
    tcp = ('  sl  local_address rem_address   st\n   0: 00000000:06BB 00000000:0000 0A 0:0\n'
           '   1: 00000000:0016 00000000:0000 0A 0:0\n   2: 0100007F:06BB 0200007F:9999 01 0:0\n')
    assert less.listeners(tcp) == '  sl  local_address rem_address   st\n   0: 00000000:06BB 00000000:0000 0A 0:0'
    assert less.kernel('ext4 1 0\nppp_mppe 2 0\nnf_conntrack 3 0\n') == 'ppp_mppe 2 0\nnf_conntrack 3 0'
    text = '# ppp\nblacklist pcspkr\ninstall ppp_mppe /bin/false\n'
    assert less.modprobe(text) == '\n\ninstall ppp_mppe /bin/false\n'
    assert less.environ('SECRET=x\0container=lxc\0PATH=/') == 'container=lxc'
    assert less.packages('ppp 2.4.9 install ok installed\nxl2tpd  unknown ok not-installed\n'
                         ) == 'ppp 2.4.9 install ok installed\n\n'
