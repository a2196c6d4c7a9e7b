# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a reboot makes of the rules about PPTP, on each of the four firewalls."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils import recorder, subjects
from ansible_collections.vpnops.pptp.plugins.module_utils.bundle import from_texts, unpack
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import nft_config

ADDRESSES = 'lo UNKNOWN 127.0.0.1/8\neth0 UP 203.0.113.10/24\n'
HEAD = '*filter\n:INPUT DROP [0:0]\n-A INPUT -i lo -j ACCEPT\n-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT\n'
ADMITS = '-A INPUT -p tcp -m tcp --dport 1723 -j ACCEPT\n-A INPUT -p gre -j ACCEPT\n'
NFT = '''table inet filter {
chain input {
type filter hook input priority filter; policy drop;
tcp dport 22 accept
%s}
}
'''
NFT_ADMITS = 'tcp dport 1723 counter packets 4 bytes 240 accept\nmeta l4proto gre accept\n'
ZONE = '<?xml version="1.0" encoding="utf-8"?>\n<zone>\n  <short>Public</short>\n  <service name="ssh"/>\n%s</zone>\n'
FIREWALLD = '''table inet firewalld {
chain filter_INPUT {
type filter hook input priority filter + 10; policy accept;
jump filter_INPUT_ZONES
reject with icmpx admin-prohibited
}
chain filter_INPUT_ZONES {
iifname "eth0" goto filter_IN_office
goto filter_IN_public
}
chain filter_IN_office {
jump filter_IN_office_allow
reject with icmpx admin-prohibited
}
chain filter_IN_office_allow {
tcp dport 22 accept
%s}
}
'''


def _facts(files: dict[str, str], *enabled: str) -> dict[str, t.Any]:
    folders: dict[str, list[str]] = {'/etc/systemd/system': ['multi-user.target.wants', 'x.target.wants'],
                                     '/etc/systemd/system/multi-user.target.wants': [],
                                     '/etc/systemd/system/x.target.wants': [name + '.service' for name in enabled]}
    for path in files:
        if path.startswith('/etc/'):
            folders.setdefault(path.rpartition('/')[0], []).append(path.rpartition('/')[2])
    for path in ('/etc/firewalld/zones', '/etc/firewalld/policies', '/etc/firewalld/services'):
        folders.setdefault(path, [])
    texts = dict(files, **{'/commands/ip-addr.txt': ADDRESSES, '/bundle.json': json.dumps({'folders': folders})})
    return dict(subjects.gather(from_texts(texts), ['firewall'])['pptp_firewall'])


def _kept(facts: dict[str, t.Any]) -> tuple[t.Any, t.Any]:
    return facts['survives_reboot']['tcp1723_in'], facts['survives_reboot']['gre_in']


@pytest.mark.parametrize(('saved', 'kept', 'lost', 'appears'), [
    (HEAD + ADMITS, (True, True), 0, 0), (HEAD, (False, False), 2, 0),
    (HEAD + ADMITS.split('\n', maxsplit=1)[0] + '\n', (True, False), 1, 0),
    (HEAD + ADMITS + '-A INPUT -p gre -j LOG\n', (True, True), 0, 1)])
def test_iptables(saved: str, kept: tuple[bool, bool], lost: int, appears: int) -> None:
    facts = _facts({'/commands/iptables-save.txt': HEAD + ADMITS + 'COMMIT\n',
                    '/etc/iptables/rules.v4': saved + 'COMMIT\n'}, 'netfilter-persistent')
    assert facts['boot']['netfilter-persistent']['enabled'] is True   # of whatever target
    assert _kept(facts) == kept
    assert (len(facts['lost_at_reboot']), len(facts['appears_at_reboot'])) == (lost, appears)


@pytest.mark.parametrize('enabled', [(), ('netfilter-persistent', 'firewalld')])
def test_what_nobody_loads_or_somebody_else_too_is_not_known(enabled: tuple[str, ...]) -> None:
    facts = _facts({'/commands/iptables-save.txt': HEAD + ADMITS + 'COMMIT\n',
                    '/etc/iptables/rules.v4': HEAD + 'COMMIT\n'}, *enabled)
    assert _kept(facts) == (None, None)


def test_the_masquerade_and_the_helper_of_iptables() -> None:
    nat = '*nat\n-A POSTROUTING -o eth0 -j MASQUERADE\nCOMMIT\n'
    raw = '*raw\n-A PREROUTING -p tcp -m tcp --dport 1723 -j CT --helper pptp\nCOMMIT\n'
    stateful = HEAD + ADMITS.replace('-p gre', '-p gre -m conntrack --ctstate RELATED,ESTABLISHED') + 'COMMIT\n'
    files = {'/commands/iptables-save.txt': stateful + nat + raw, '/etc/pptpd.conf': 'remoteip 10.99.0.100-200\n'}
    facts = _facts(dict(files, **{'/etc/iptables/rules.v4': stateful}), 'netfilter-persistent')
    assert facts['survives_reboot'] == {'tcp1723_in': True, 'gre_in': False, 'masquerade': False}
    facts = _facts(dict(files, **{'/etc/iptables/rules.v4': stateful + nat + raw}), 'netfilter-persistent')
    assert facts['survives_reboot'] == {'tcp1723_in': True, 'gre_in': True, 'masquerade': True}


@pytest.mark.parametrize(('config', 'kept'), [
    ('flush ruleset\n' + NFT % NFT_ADMITS, (True, True)), (NFT % '', (False, False)),
    (NFT % 'include "/etc/other.nft"\n', (None, None)), (NFT % '' + 'include "/etc/nftables.d/*.nft"\n', (True, True)),
    ('define vpn = 1723\n' + NFT % 'tcp dport $vpn accept # gre\n', (True, False)),
    (NFT % 'tcp dport $x accept\n', (None, None)),
    ('table inet filter { chain input { type filter hook input priority 0; policy drop; '
     'tcp dport { 22, 1723 } accept; ip protocol gre accept } }\n', (True, True))])
def test_nftables(config: str, kept: tuple[t.Any, t.Any]) -> None:
    more = 'insert rule inet filter input tcp dport 1723 accept\nadd rule inet filter input ip protocol 47 accept\n'
    facts = _facts({'/commands/nft.txt': NFT % NFT_ADMITS, '/etc/nftables.conf': '#!/usr/sbin/nft -f\n' + config,
                    '/etc/nftables.d/vpn.nft': more}, 'nftables')
    assert _kept(facts) == kept


@pytest.mark.parametrize(('zone', 'kept'), [
    ('  <port port="1723" protocol="tcp"/>\n  <protocol value="gre"/>\n', (True, True)), ('', (False, False)),
    ('  <port port="1700-1800" protocol="tcp"/>\n  <service name="gre"/>\n', (True, True)),
    ('  <service name="vpn"/>\n', (True, True)),
    ('  <rule family="ipv4">\n<port port="1723" protocol="tcp"/>\n<accept/>\n</rule>\n  <rule>\n    '
     '<protocol value="gre"/>\n    <drop/>\n  </rule>\n', (True, False))])
def test_firewalld(zone: str, kept: tuple[bool, bool]) -> None:
    service = '<service>\n<port protocol="tcp" port="1723"/>\n<protocol value="gre"/>\n</service>\n'
    facts = _facts({'/commands/nft.txt': FIREWALLD % NFT_ADMITS, '/etc/firewalld/zones/office.xml': ZONE % zone,
                    '/etc/firewalld/firewalld.conf': 'DefaultZone=public\n',
                    '/etc/firewalld/services/vpn.xml': service}, 'firewalld')
    assert _kept(facts) == kept
    assert bool(facts['lost_at_reboot']) is (False in kept)


def test_what_a_reload_of_firewalld_would_bring() -> None:
    facts = _facts({'/commands/nft.txt': FIREWALLD % '', '/etc/firewalld/zones/office.xml':
                    ZONE % '  <port port="1723" protocol="tcp"/>\n'}, 'firewalld')
    assert facts['appears_at_reboot'] == ['<port port="1723" protocol="tcp"/>']
    assert _kept(facts) == (None, None)


def test_ufw() -> None:
    chain = '*filter\n:ufw-user-input - [0:0]\n%sCOMMIT\n'
    frame = '*filter\n:INPUT DROP [0:0]\n:ufw-user-input - [0:0]\n-A INPUT -j ufw-user-input\n%sCOMMIT\n'
    admits = ADMITS.replace('INPUT', 'ufw-user-input')
    files = {'/commands/iptables-save.txt': frame % admits, '/etc/ufw/ufw.conf': 'ENABLED=yes\n'}
    facts = _facts(dict(files, **{'/etc/ufw/user.rules': chain % ''}))
    assert (_kept(facts), len(facts['lost_at_reboot'])) == ((False, False), 2)
    facts = _facts(dict(files, **{'/etc/ufw/user.rules': chain % admits}))
    assert (_kept(facts), facts['lost_at_reboot']) == ((True, True), [])
    swapped = chain % admits.replace('-p tcp -m tcp --dport 1723', '-m tcp --dport 1723 -p tcp')
    assert _facts(dict(files, **{'/etc/ufw/user.rules': swapped}))['lost_at_reboot'] == []


def test_it_all_goes_into_a_recording() -> None:
    files = {'/commands/nft.txt': FIREWALLD % NFT_ADMITS, '/etc/firewalld/zones/office.xml': ZONE % '',
             '/etc/firewalld/policies/x.xml': '<policy/>'}
    folders = {'/etc/systemd/system': ['a.target.wants'], '/etc/systemd/system/a.target.wants': ['firewalld.service'],
               '/etc/firewalld/zones': ['office.xml'], '/etc/firewalld/policies': ['x.xml'],
               '/etc/firewalld/services': []}
    host = from_texts(dict(files, **{'/commands/ip-addr.txt': ADDRESSES, '/bundle.json': json.dumps(
        {'folders': folders})}))
    facts = subjects.gather(unpack(recorder.record(host, ['firewall']).packed()), ['firewall'])['pptp_firewall']
    assert _kept(facts) == (False, False)


@pytest.mark.parametrize('text', [
    'delete rule ip x y handle 3', 'rename chain ip x y z', 'table ip x { chain y { $a } }'])
def test_what_is_not_known_makes_the_whole_unknown(text: str) -> None:
    assert nft_config.listing(text) is None


def test_an_include_that_includes_itself_ends() -> None:
    assert nft_config.expanded('include "/x"\n', lambda path: ['include "/x"\n']) is None
