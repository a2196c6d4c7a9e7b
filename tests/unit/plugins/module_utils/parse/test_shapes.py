# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rules that are copied from one of their shape are the rules that reading each of them gives."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.firewall.model import Ruleset
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import iptables, nft, nft_json, shapes
from tests.firewall import generator

NFT = '''ip saddr %(a)s tcp dport 1723 counter packets %(n)d bytes 4%(n)d log prefix "%(a)s " accept comment "x%(n)d"
ip saddr != %(a)s/24 ip daddr 10.%(n)d.0.9 meta l4proto gre drop
ip saddr { %(a)s, 10.0.%(n)d.0/24 } tcp dport { 22, 1723, %(n)d } accept
ip saddr . tcp dport { %(a)s . 1723, 10.1.%(n)d.1 . %(n)d } accept
ip saddr %(a)s-203.0.113.9 tcp dport %(n)d-2000 drop
meta mark %(n)d ip protocol { 47, %(n)d } accept
ip saddr 255.0.0.0 tcp dport { 64000, %(n)d } ip daddr 255.0.0.1 accept
ip saddr %(a)s ip ttl %(n)d tcp dport 1723 strange { %(n)d, 5 } accept
ip saddr %(a)s tcp dport vmap { 1723 : accept, %(n)d : drop }
tcp dport 1723 dnat to %(a)s:1723
ip saddr %(a)s masquerade
ip saddr 0.0.0.0/0 tcp dport { 1723, 99999 } accept
ip saddr 300.1.1.%(n)d tcp dport 1723 accept
ct mark { %(n)d, 7 } tcp sport . ip saddr { 1723 . %(a)s } accept'''
IPTABLES = r'''-A INPUT -s %(a)s/32 -d 10.0.%(n)d.0/24 -p tcp -m comment --comment "x \" -s 10.0.0.1 y" -j ACCEPT
[%(n)d:60] -A INPUT ! -s %(a)s -p gre -j DROP
-A INPUT -p tcp -m comment --comment %(a)s -m multiport --dports 22,1723,%(n)d -j LOG --log-prefix " -s %(a)s "
-A INPUT -s %(a)s/255.255.255.0 -p tcp -m tcp --dport 1723 -j DNAT --to-destination %(a)s:%(n)d
-A INPUT -p tcp -m mark --mark 0x%(n)d -s %(a)s -j MARK --set-xmark 0x%(n)d/0xffffffff'''


def _many(template: str) -> str:
    return '\n'.join(template % {'a': '198.51.100.%d' % number, 'n': number} for number in (1, 2, 47, 250))


def _table(rules: str) -> str:
    return 'table inet f {\nchain i {\ntype filter hook input priority 0; policy drop;\n%s\n}\n}\n' % rules


def _saved(rules: str) -> str:
    return '*filter\n:INPUT DROP [0:0]\n%s\nCOMMIT\n' % rules


def _match(left: t.Any, right: t.Any) -> dict[str, t.Any]:
    return {'match': {'op': '==', 'left': left, 'right': right}}


def _json() -> str:
    saddr, dport = ({'payload': {'protocol': one, 'field': field}}
                    for one, field in (('ip', 'saddr'), ('tcp', 'dport')))
    rows: list[t.Any] = []
    for number in (1, 2, 47, 250):
        address = '198.51.100.%d' % number
        for match in (_match(saddr, address), _match(saddr, {'prefix': {'addr': address, 'len': number % 32}}),
                      _match(saddr, {'set': [address, {'range': [address, '203.0.113.1']}]}),
                      _match({'concat': [saddr, dport]}, {'set': [{'concat': [address, number]}]}),
                      _match(dport, {'set': [22, number, {'range': [100, 2000]}]})):
            rows.append([match, {'counter': {'packets': number, 'bytes': 5}}, {'log': {'prefix': '"%s' % address}},
                         {'accept': None}])
    chain = {'family': 'ip', 'table': 't', 'name': 'i', 'hook': 'input', 'type': 'filter', 'prio': 0, 'policy': 'drop'}
    return json.dumps({'nftables': [{'chain': chain}] + [
        {'rule': {'family': 'ip', 'table': 't', 'chain': 'i', 'handle': number, 'expr': row}}
        for number, row in enumerate(rows)]})


def _plain(rules: Ruleset) -> t.Any:
    return {key: [tuple(rule) for rule in chain.rules] for key, chain in rules.items()}


def _same(read: t.Callable[[], tuple[Ruleset, list[str]]], monkeypatch: pytest.MonkeyPatch) -> int:
    copied, problems = read()
    with monkeypatch.context() as patch:
        patch.setattr(shapes, '_SHAPES', 0)
        each, others = read()
    assert _plain(copied) == _plain(each)
    assert problems == others
    return sum(len(chain.rules) for chain in copied.values())


def test_copied_rules_are_those_that_were_read(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _same(lambda: nft.parse(_table(_many(NFT)), exact=True), monkeypatch) > 50
    assert _same(lambda: iptables.parse(_saved(_many(IPTABLES)), exact=True), monkeypatch) == 20
    assert _same(lambda: nft_json.parse(_json()), monkeypatch) == 20


def test_so_are_random_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(150):
        rules, _supported = generator.make(seed)
        _same(lambda text=rules.native: nft.parse(text, exact=True), monkeypatch)  # type: ignore[misc]
        for text in (rules.nft_variant, rules.legacy):
            _same(lambda text=text: iptables.parse(text, exact=True), monkeypatch)  # type: ignore[misc]


def test_most_of_them_are_copied() -> None:
    read: list[str] = []

    def note(text: str) -> t.Any:
        read.append(text)
        return nft._rules(text, {})

    one = shapes.Shapes(nft._VARIES, note)
    for number in range(200):
        one.rules('ip saddr 10.0.0.%d tcp dport { 22, %d } counter packets %d bytes 1 accept' % (
            number, number + 1, number), 'nft:1', 1)
    assert len(read) == 1
