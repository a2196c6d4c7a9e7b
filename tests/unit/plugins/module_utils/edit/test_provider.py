# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which firewall is in force."""

from __future__ import annotations

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import provider

NATIVE = """table inet filter {
\tchain input {
\t\ttype filter hook input priority 0; policy %s;
\t}
}
"""
COMPAT = """table ip filter {
\tchain INPUT {
\t\ttype filter hook input priority 0; policy drop;
\t}
}
"""
DROP = '*filter\n:INPUT DROP [0:0]\nCOMMIT\n'
NOTHING = provider.Signs(False, False, None, None, False, set())


@pytest.mark.parametrize(('signs', 'name', 'others'), [
    ({}, '', []),
    ({'firewalld': True, 'nft': NATIVE % 'drop', 'iptables': DROP}, 'firewalld', ['nftables']),
    ({'ufw': True, 'nft': COMPAT, 'iptables': DROP}, 'ufw', []),
    ({'firewalld': True, 'ufw': True}, 'firewalld', ['ufw']),
    ({'nft': NATIVE % 'drop', 'iptables': ''}, 'nftables', []),
    ({'nft': NATIVE % 'drop', 'iptables': DROP}, 'nftables', ['iptables']),
    ({'nft': NATIVE % 'accept', 'iptables': DROP}, 'iptables', []),
    ({'nft': COMPAT, 'iptables': DROP}, 'iptables', []),
    ({'nft': COMPAT, 'iptables': '', 'declared': {('ip', 'filter')}}, 'nftables', []),
    ({'nft': NATIVE % 'accept', 'iptables': ''}, 'nftables', []),
    ({'nft': '', 'iptables': '', 'nft_enabled': True}, 'nftables', []),
    ({'nft': '', 'iptables': ''}, 'iptables', []),
    ({'nft': ''}, 'nftables', []),
])
def test_the_firewall_in_force(signs: dict, name: str, others: list[str]) -> None:
    chosen = provider.choose(NOTHING._replace(**signs))
    assert (chosen.provider, chosen.others) == (name, others)


def test_our_own_table_is_nobodys_firewall() -> None:
    own = (NATIVE % 'drop').replace('inet filter', 'ip vpnops_pptp_nat')
    assert provider.choose(NOTHING._replace(nft=own, iptables='')).provider == 'iptables'


def test_the_interface_of_the_default_route() -> None:
    routes = ('Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n'
              'eth1\t00000000\t0102A8C0\t0003\t0\t0\t200\t00000000\t0\t0\t0\n'
              'eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n'
              'ppp0\t0100630A\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0\n')
    assert provider.wan(routes) == 'eth0'
    assert provider.wan('garbage\nx y') == provider.wan('') == ''


@pytest.mark.parametrize(('path', 'starts', 'idle'), [
    ('/etc/iptables/rules.v4', (), 'netfilter-persistent'),
    ('/etc/iptables/rules.v4', ('/etc/systemd/system/*.wants/netfilter-persistent.service',), ''),
    ('/etc/iptables/rules.v4', ('/etc/rc[2-5S].d/S??netfilter-persistent',), ''),
    ('/root/rules', (), ''), ('/etc/sysconfig/iptables', (), '')])
def test_a_loader_that_does_not_start_at_boot_is_named(path: str, starts: tuple[str, ...], idle: str) -> None:
    assert provider.idle_loader(path, '/usr/share/netfilter-persistent/plugins.d/15-ip4tables'.__eq__,
                                lambda pattern: [pattern] if pattern in starts else []) == idle
