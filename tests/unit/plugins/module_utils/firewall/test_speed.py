# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Large rule sets: seconds, megabytes, and a cost that grows with the rules and no faster."""

from __future__ import annotations

import json
import re
import time
import tracemalloc
import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.bundle import from_texts
from ansible_collections.vpnops.pptp.plugins.module_utils.collect import firewall

MANY, FEW = 50000, 10000
NOMINAL = 0.25   # seconds that _machine takes on the machine of the figure, which has nothing else to do


def _addresses(count: int) -> t.Iterator[str]:
    return ('10.%d.%d.1' % (number % 250, number // 250) for number in range(count))


def _saved(rows: t.Iterable[str]) -> dict[str, str]:
    return {'commands/iptables-save.txt': '*filter\n:INPUT DROP [0:0]\n:LOGGED - [0:0]\n-A LOGGED -j LOG\n%s\n'
                                          '-A INPUT -p gre -j ACCEPT\nCOMMIT\n' % '\n'.join(rows)}


def _others(count: int) -> dict[str, str]:
    return _saved('-A INPUT -s %s/32 -p tcp -m tcp --dport %d -m comment --comment "x y" -j ACCEPT' % (
        address, number % 3000) for number, address in enumerate(_addresses(count)))


def _ours(count: int) -> dict[str, str]:
    return _saved('[0:0] -A INPUT -s %s/32 -p tcp -m tcp --dport 1723 -m conntrack --ctstate NEW -j ACCEPT' % address
                  for address in _addresses(count))


def _jumps(count: int) -> dict[str, str]:
    return _saved('-A INPUT -p tcp -m multiport --dports 22,1723 -j LOGGED' for _number in range(count))


def _nft(count: int) -> dict[str, str]:
    rows = ('ip saddr %s tcp dport { 22, %d } counter packets 0 bytes 0 accept' % (address, 1000 + number % 3000)
            for number, address in enumerate(_addresses(count)))
    return {'commands/nft.txt': 'table inet f {\nchain i {\ntype filter hook input priority 0; policy drop;\n%s\n'
                                'ip protocol gre accept\n}\n}\n' % '\n'.join(rows)}


def _set(count: int) -> dict[str, str]:
    return {'commands/nft.txt': 'table inet f {\nset s {\ntype ipv4_addr\nelements = { %s }\n}\nchain i {\n'
                                'type filter hook input priority 0; policy drop;\nip saddr @s drop\n'
                                'ip protocol gre accept\n}\n}\n' % ',\n'.join(_addresses(count))}


def _table(rules: t.Iterable[str], sets: str = '') -> dict[str, str]:
    return {'commands/nft.txt': 'table inet f {\n%schain i {\ntype filter hook input priority 0; policy drop;\n%s\n'
                                'ip protocol gre accept\n}\n}\n' % (sets, '\n'.join(rules))}


def _nft_ours(count: int) -> dict[str, str]:
    return _table('ip saddr %s tcp dport 1723 ct state new counter packets %d bytes 0 accept' % (address, number)
                  for number, address in enumerate(_addresses(count)))


def _nft_ports(count: int) -> dict[str, str]:
    return _table('ip saddr %s tcp dport { 22, 1723, %d } log prefix "%d" accept' % (address, number + 1, number)
                  for number, address in enumerate(_addresses(count)))


def _nft_pairs(count: int) -> dict[str, str]:
    return _table('ip saddr . tcp dport { %s . 1723, 10.9.9.9 . 443 } accept' % address
                  for address in _addresses(count))


def _nft_json(count: int) -> dict[str, str]:
    def rule(number: int, *matches: tuple[str, str, t.Any]) -> dict[str, t.Any]:
        found = [{'match': {'op': '==', 'left': {'payload': {'protocol': proto, 'field': field}}, 'right': value}}
                 for proto, field, value in matches]
        return {'rule': {'family': 'inet', 'table': 'f', 'chain': 'i', 'handle': number, 'expr': [
            *found, {'counter': {'packets': number, 'bytes': 0}}, {'accept': None}]}}
    chain = {'family': 'inet', 'table': 'f', 'name': 'i', 'type': 'filter', 'hook': 'input', 'prio': 0,
             'policy': 'drop'}
    rules = [rule(number, ('ip', 'saddr', address), ('tcp', 'dport', 1723))
             for number, address in enumerate(_addresses(count))]
    return {'commands/nft-json.txt': json.dumps({'nftables': [{'chain': chain}, *rules,
                                                              rule(0, ('ip', 'protocol', 'gre'))]})}


def _sets(count: int) -> dict[str, str]:
    return _table(['ip saddr @s tcp dport 1723 accept', 'ip daddr @s tcp dport 1723 accept'] * 10,
                  'set s {\ntype ipv4_addr\nelements = { %s }\n}\n' % ',\n'.join(_addresses(count)))


def _map(count: int) -> dict[str, str]:
    return _table(['ip saddr vmap @s'], 'map s {\ntype ipv4_addr : verdict\nelements = { %s }\n}\n' % ',\n'.join(
        address + ' : accept' for address in _addresses(count)))


def _seconds(texts: dict[str, str]) -> float:
    best = 1e9
    for _try in range(2):
        host = from_texts(texts)
        start = time.process_time()
        assert firewall.collect(host)['flows']['gre_in']['verdict'] == 'accept'
        best = min(best, time.process_time() - start)
    return best


def _machine() -> float:
    """How fast this machine is now: the seconds of a work of the same kind."""
    start, found = time.process_time(), {}
    for number in range(200000):
        match = re.match(r'(\w+) (\w+) (\d+)', 'tcp dport %d' % number)
        assert match
        found[match.group(3)] = match.groups()
    return time.process_time() - start


@pytest.mark.parametrize('make', [
    _others, _ours, _jumps, _nft, _set, _nft_ours, _nft_ports, _nft_pairs, _nft_json, _sets, _map])
def test_fifty_thousand_rules_in_seconds_and_five_times_the_rules_in_five_times_the_time(
        make: t.Callable[[int], dict[str, str]]) -> None:
    few, many = _seconds(make(FEW)), _seconds(make(MANY))
    assert many < 3 * max(1, _machine() / NOMINAL)   # as long on a machine that is slower, or has other work
    assert many < 10 * few + 0.2


@pytest.mark.parametrize(('make', 'count'), [(_ours, MANY), (_nft_ports, FEW), (_nft_json, FEW)])
def test_fifty_thousand_rules_need_little_memory(make: t.Callable[[int], dict[str, str]], count: int) -> None:
    host = from_texts(make(count))
    tracemalloc.start()
    firewall.collect(host)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < (300 << 20) * count // MANY
