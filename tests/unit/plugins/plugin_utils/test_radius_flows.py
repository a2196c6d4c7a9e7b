# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""RADIUS through the rules of the host: every server that pppd asks, at its own address and port."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils import subjects
from ansible_collections.vpnops.pptp.plugins.module_utils.bundle import from_texts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.diagnosis import diagnose

OPEN = '-A INPUT -p tcp -m tcp --dport 1723 -j ACCEPT\n-A INPUT -p gre -j ACCEPT\n-A INPUT -i lo -j ACCEPT\n'
BACK = '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n'


def _host(rules: str, servers: str = 'authserver 192.168.77.20\nacctserver 192.168.77.20\n') -> dict[str, t.Any]:
    texts = {
        'etc/pptpd.conf': 'option /etc/ppp/options.pptpd\nlocalip 10.99.0.1\nremoteip 10.99.0.100-200\n',
        'etc/ppp/options.pptpd': 'name pptpd\nrequire-mschap-v2\nrequire-mppe-128\nplugin radius.so\n',
        'etc/radiusclient/radiusclient.conf': servers + 'servers /etc/radiusclient/servers\n',
        'etc/hosts': '127.0.0.1 localhost\n192.168.77.21 radius2\n',
        'commands/ip-addr.txt': 'lo UNKNOWN 127.0.0.1/8\neth0 UP 203.0.113.10/24\neth1 UP 192.168.77.1/24\n',
        'commands/ip-route.txt': 'default via 203.0.113.1 dev eth0\n192.168.77.0/24 dev eth1\n',
        'commands/iptables-save.txt': '*filter\n:INPUT DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n%sCOMMIT\n' % rules}
    return subjects.gather(from_texts(texts))


def _ways(facts: dict[str, t.Any]) -> list[tuple[t.Any, ...]]:
    return [(row['kind'], row['server'], row['port'], row['out']['verdict'], row['in']['verdict'])
            for row in facts['pptp_firewall']['radius']]


def _cause(facts: dict[str, t.Any]) -> dict[str, t.Any]:
    found = diagnose(facts).as_dict()
    return next(item for item in found['findings'] if item['cause'] == 'radius-unreachable')


def test_every_server_at_its_address_and_port() -> None:
    servers = 'authserver 192.168.77.20:1645,radius2 localhost\nacctserver 192.168.77.20:1646\n'
    rules = OPEN + '-A INPUT -i eth1 -p udp -m udp --sport 1645 -m conntrack --ctstate ESTABLISHED -j ACCEPT\n'
    facts = _host(rules, servers)
    assert _ways(facts) == [
        ('auth', '192.168.77.20', 1645, 'accept', 'accept'), ('auth', 'radius2', 1812, 'accept', 'drop'),
        ('auth', 'localhost', 1812, 'accept', 'accept'), ('acct', '192.168.77.20', 1646, 'accept', 'drop')]
    assert facts['pptp_firewall']['flows']['radius_in']['verdict'] == 'drop'
    assert facts['pptp_firewall']['flows']['radius_in']['server'] == 'radius2:1812'


@pytest.mark.parametrize(('rules', 'out', 'back'), [
    (OPEN + BACK, 'accept', 'accept'), (OPEN, 'accept', 'drop'),
    (OPEN + BACK + '-A OUTPUT -o eth1 -p udp -j DROP\n', 'drop', 'accept'),
    (OPEN + BACK + '-A OUTPUT -o eth0 -p udp -j DROP\n', 'accept', 'accept'),
    (OPEN + BACK + '-A OUTPUT -d 192.168.77.20/32 -p udp -m udp --dport 1812 -j REJECT\n', 'reject', 'accept'),
    (OPEN + BACK + '-A OUTPUT -s 203.0.113.10/32 -p udp -m udp --dport 1812 -j DROP\n', 'accept', 'accept')])
def test_out_and_back(rules: str, out: str, back: str) -> None:
    assert _ways(_host(rules))[0][3:] == (out, back)


def test_a_dropped_answer_is_named_with_its_rule() -> None:
    found = _cause(_host(OPEN))
    assert found['result'] == 'fail'
    assert found['evidence'][0]['value'].startswith('drop from UDP 1812 of 192.168.77.20: policy drop')
    assert _cause(_host(OPEN + BACK))['result'] != 'fail'
    rule = '-A OUTPUT -p udp -m udp --dport 1812 -j DROP'
    found = _cause(_host(OPEN + BACK + rule + '\n'))
    assert (found['result'], rule in found['evidence'][0]['value']) == ('fail', True)


def test_one_of_two_servers_only_warns() -> None:
    rules = OPEN + BACK + '-A OUTPUT -d 192.168.77.20/32 -j DROP\n'
    assert _cause(_host(rules, 'authserver 192.168.77.20 radius2\nacctserver radius2\n'))['result'] == 'warn'
    assert _cause(_host(rules, 'authserver radius2\nacctserver 192.168.77.20\n'))['result'] == 'warn'


def test_a_port_whose_rules_are_not_kept_is_unknown() -> None:
    facts = _host(OPEN, 'authserver 192.168.77.20:11812\nacctserver 192.168.77.20\n')
    assert _ways(facts)[0] == ('auth', '192.168.77.20', 11812, 'unknown', 'unknown')
    assert _cause(facts)['result'] != 'fail'


@pytest.mark.parametrize(('rules', 'verdicts'), [
    ('-A INPUT -p udp -m udp --dport 1812 -j ACCEPT\n', [('accept', 'accept'), ('accept', 'accept')]),
    ('-A INPUT -s 192.168.77.1/32 -p udp -m udp --dport 1812 -j ACCEPT\n', [('accept', 'accept'), ('drop', 'accept')]),
    ('-A INPUT -p udp -m udp --dport 1813 -j ACCEPT\n', [('drop', 'accept'), ('drop', 'accept')]),
    ('-A INPUT -p udp -j ACCEPT\n-A OUTPUT -d 192.168.77.1/32 -p udp -j REJECT\n', [('accept', 'reject'), ('accept',
                                                                                                           'accept')])])
def test_the_clients_of_a_radius_server_here(rules: str, verdicts: list[tuple[str, str]]) -> None:
    texts = {
        'etc/freeradius/3.0/radiusd.conf': 'client vpn {\nipaddr = 192.168.77.1\n}\nclient office {\nipaddr = '
                                           '10.0.0.0/8\n}\n'
                                           'client localhost {\nipaddr = 127.0.0.1\n}\nserver a {\nlisten {\ntype = '
                                           'auth\n'
                                           'port = 0\n}\nlisten {\ntype = acct\n}\n}\n',
        'commands/ip-addr.txt': 'lo UNKNOWN 127.0.0.1/8\neth1 UP 192.168.77.20/24\n',
        'commands/ip-route.txt': '192.168.77.0/24 dev eth1\n',
        'commands/iptables-save.txt': '*filter\n:INPUT DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n%sCOMMIT\n' % rules}
    rows = subjects.gather(from_texts(texts))['pptp_firewall']['radius_served']
    assert [(row['client'], row['port']) for row in rows] == [('vpn', 1812), ('office', 1812)]
    assert [(row['in']['verdict'], row['out']['verdict']) for row in rows] == verdicts


def test_a_name_that_is_not_known_here_is_not_guessed() -> None:
    rules = OPEN + BACK + '-A OUTPUT -d 192.168.77.20/32 -p udp -j DROP\n'
    assert _ways(_host(rules, 'authserver radius.example.com\nacctserver x\n'))[0][3] == 'unknown'
