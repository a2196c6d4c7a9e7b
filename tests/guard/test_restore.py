# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whatever rules there are, a restore makes them what they were, in a real kernel and without Ansible."""

from __future__ import annotations

import pathlib
import shutil
import tempfile
import time
import typing as t

import pytest
from target import Target, missing

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing() or 'nothing is missing')

RULES = """
table inet mixed {
    set aging { type ipv4_addr; flags timeout; timeout 1h; elements = { 192.0.2.1 timeout 30m } }
    set ranges { type ipv4_addr; flags interval; elements = { 10.0.0.0/8, 192.0.2.0-192.0.2.9 } }
    map ports { type inet_service : verdict; elements = { 22 : accept, 1723 : jump pptp } }
    counter passed { packets 5 bytes 300 }
    ct helper pptp-helper { type "pptp" protocol tcp; }
    chain pptp { accept; }
    chain input {
        type filter hook input priority filter; policy accept;
        ct state established,related accept
        tcp dport vmap @ports
        ip saddr @ranges meta l4proto gre counter name passed accept comment "it's } ; table x {"
        limit rate 5/minute burst 3 packets log prefix "it's " reject with icmpx admin-prohibited
    }
    chain helper { type filter hook prerouting priority -150; tcp dport 1723 ct helper set "pptp-helper"; }
}
table ip nat6 { chain post { type nat hook postrouting priority srcnat; oifname "eth0" masquerade; }; }
table ip6 own { chain c { tcp flags syn tcp option maxseg size set rt mtu; }; }
table inet asleep { flags dormant; chain input { type filter hook input priority 0; drop; }; }
table netdev early { chain in { type filter hook ingress device "guard1" priority 0; meta l4proto 47 drop; }; }
"""
IPTABLES = """
iptables -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu
iptables -t raw -A PREROUTING -p tcp --dport 1723 -j CT --helper pptp
iptables -P FORWARD DROP
iptables -N mine
iptables -A INPUT -m comment --comment "it's; a \\$name" -m limit --limit 5/min -j mine
iptables -A mine -m conntrack --ctstate NEW -m multiport --dports 22,1723 -j REJECT --reject-with tcp-reset
ip6tables -A INPUT -s 2001:db8::/32 -j DROP
"""
WRECK = """
nft flush ruleset
nft add table inet mixed
nft add table ip new
nft 'add chain ip new in { type filter hook input priority 0; policy drop; }'
iptables -P INPUT DROP
iptables -A INPUT -p tcp --dport 22 -j DROP
iptables -t nat -A POSTROUTING -j MASQUERADE
iptables-legacy -A INPUT -j DROP
ip6tables -t mangle -A INPUT -j DROP
"""


@pytest.fixture
def target() -> t.Iterator[Target]:
    home = pathlib.Path(tempfile.mkdtemp(prefix='pptp-guard-'))
    host = Target(home)
    try:
        yield host
    finally:
        host.close()
        shutil.rmtree(home, ignore_errors=True)


def test_everything_comes_back(target: Target) -> None:
    target.load(RULES)
    target.run('sh', '-c', IPTABLES)
    before = _stable(target)
    assert target.guard('arm')['armed']
    target.run('sh', '-c', WRECK)
    assert _stable(target) != before
    found = target.guard('restore')
    assert (found['state'], found['failed_steps']) == ('restored', [])
    assert _stable(target) == before
    assert target.left_behind() == []


def test_a_table_that_iptables_cannot_save_whole_keeps_its_sets(target: Target) -> None:
    target.load('table ip filter { set friends { type ipv4_addr; elements = { 192.0.2.7 }; }\nchain INPUT { '
                'type filter hook input priority filter; ip saddr @friends accept; tcp dport { 22, 80 } accept; }; }')
    before = target.run('nft', '-s', 'list', 'ruleset')
    assert target.guard('arm')['armed']
    target.run('nft', 'flush', 'ruleset')
    assert target.guard('restore')['failed_steps'] == []
    assert target.run('nft', '-s', 'list', 'ruleset') == before


def test_one_table_that_cannot_come_back_does_not_keep_the_others(target: Target) -> None:
    target.run('ip', 'link', 'add', 'gone0', 'type', 'veth', 'peer', 'name', 'gone1')
    target.load('table inet lost { chain c { iif "gone0" accept; }; }\ntable ip kept { chain c { accept; }; }\n'
                'table ip deleted { chain c { accept; }; }')
    before = _stable(target)
    assert target.guard('arm')['armed']
    target.load('flush table ip kept\ndelete table ip deleted\nadd table ip new\nadd rule inet lost c drop')
    target.run('ip', 'link', 'delete', 'gone0')
    assert target.guard('restore')['failed_steps'] == ['nft inet lost']
    after = _stable(target)
    assert [table for table in after['nft'] if 'inet lost' not in table] \
        == [table for table in before['nft'] if 'inet lost' not in table]


def test_a_guard_that_waits_leaves_nothing_when_it_is_told_to_stop(target: Target) -> None:
    assert target.guard('arm')['by'] == 'process'
    assert len(target.left_behind()) == 3   # its folder, its shell and the sleep of that
    assert target.guard('disarm')['state'] == 'armed'
    assert target.left_behind() == []


def test_what_is_changed_after_the_timer_has_fired_is_undone_too(target: Target) -> None:
    before = target.rules()
    assert target.guard('arm', seconds=2)['armed']
    target.wait_for_restore()
    target.run('iptables', '-I', 'INPUT', '-j', 'DROP')   # by a play that was slower than its timer
    assert target.rules() != before
    deadline = time.monotonic() + 10
    while target.rules() != before and time.monotonic() < deadline:
        time.sleep(0.2)
    assert target.rules() == before
    target.run('iptables', '-A', 'INPUT', '-s', '192.0.2.1', '-j', 'DROP')
    assert target.guard('confirm')['state'] == 'restored'
    assert target.rules() == before
    assert target.left_behind() == []


def _stable(target: Target) -> dict[str, list[str]]:
    """The rules, without the time that an element of a set still has."""
    rules = target.rules()
    rules['nft'] = [' '.join(word for word in table.split() if not word.endswith(('s', 's,')) or 'm' not in word)
                    for table in rules['nft']]
    return rules
