# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The JSON of nft gives the rules that its text gives (both as nft 1.0.6 wrote them of one rule set)."""

from __future__ import annotations

import json
import typing as t

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils.firewall import flows, verdict
from ansible_collections.vpnops.pptp.plugins.module_utils.firewall.model import Ruleset
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import nft, nft_json

TEXT = '''table inet vpn {
    ct helper std {
        type "pptp" protocol tcp
        l3proto ip
    }

    set peers {
        type ipv4_addr
        flags interval
        elements = { 198.51.100.0/24, 203.0.113.7,
                 10.20.0.0-10.20.0.9 }
    }

    chain pre {
        type filter hook prerouting priority mangle; policy accept;
        tcp dport 1723 ct helper set "std"
    }

    chain in {
        type filter hook input priority filter; policy drop;
        ct state != established | related ip saddr @peers counter packets 2 bytes 120 accept
        ct state vmap { invalid : drop, established : accept, related : jump more }
        tcp dport { 22, 1700-1800 } accept
        tcp flags syn / syn,rst meta mark set 0x00000001
        meta mark & 0x00000003 == 0x00000001 goto more
        ip saddr . tcp dport { 192.0.2.1 . 1723 } drop
        limit rate over 5/second burst 5 packets drop
        socket wildcard 0 reject
    }

    chain more {
        iifname "eth*" ip protocol gre accept
        tcp dport >= 1024 return
    }
}
'''.replace('    ', '\t')


def _match(left: t.Any, right: t.Any, sign: str = '==') -> dict[str, t.Any]:
    return {'match': {'op': sign, 'left': left, 'right': right}}


def _payload(protocol: str, field: str) -> dict[str, t.Any]:
    return {'payload': {'protocol': protocol, 'field': field}}


def _jump(name: str) -> dict[str, t.Any]:
    return {'jump': {'target': name}}


_STATE, _PORT = {'ct': {'key': 'state'}}, _payload('tcp', 'dport')
_RULES = [
    ('pre', [_match(_PORT, 1723), {'ct helper': 'std'}]),
    ('in', [_match(_STATE, {'|': ['established', 'related']}, '!='), _match(_payload('ip', 'saddr'), '@peers'),
            {'counter': {'packets': 2, 'bytes': 120}}, {'accept': None}]),
    ('in', [{'vmap': {'key': _STATE, 'data': {'set': [
        ['invalid', {'drop': None}], ['established', {'accept': None}], ['related', _jump('more')]]}}}]),
    ('in', [_match(_PORT, {'set': [22, {'range': [1700, 1800]}]}), {'accept': None}]),
    ('in', [_match({'&': [_payload('tcp', 'flags'), ['syn', 'rst']]}, 'syn'),
            {'mangle': {'key': {'meta': {'key': 'mark'}}, 'value': 1}}]),
    ('in', [_match({'&': [{'meta': {'key': 'mark'}}, 3]}, 1), {'goto': {'target': 'more'}}]),
    ('in', [_match({'concat': [_payload('ip', 'saddr'), _PORT]}, {'set': [{'concat': ['192.0.2.1', 1723]}]}),
            {'drop': None}]),
    ('in', [{'limit': {'rate': 5, 'burst': 5, 'per': 'second', 'inv': True}}, {'drop': None}]),
    ('in', [_match({'socket': {'key': 'wildcard'}}, 0), {'reject': {'type': 'icmpx', 'expr': 'port-unreachable'}}]),
    ('more', [_match({'meta': {'key': 'iifname'}}, 'eth*'), _match(_payload('ip', 'protocol'), 'gre'),
              {'accept': None}]),
    ('more', [_match(_PORT, 1024, '>='), {'return': None}]),
]
_PLACE = {'family': 'inet', 'table': 'vpn'}
OBJECTS = [
    {'metainfo': {'version': '1.0.6', 'json_schema_version': 1}}, {'table': {'family': 'inet', 'name': 'vpn'}},
    {'ct helper': {**_PLACE, 'name': 'std', 'type': 'pptp', 'protocol': 'tcp', 'l3proto': 'ip'}},
    {'set': {**_PLACE, 'name': 'peers', 'type': 'ipv4_addr', 'flags': ['interval'], 'elem': [
        {'prefix': {'addr': '198.51.100.0', 'len': 24}}, '203.0.113.7', {'range': ['10.20.0.0', '10.20.0.9']}]}},
    {'chain': {**_PLACE, 'name': 'pre', 'type': 'filter', 'hook': 'prerouting', 'prio': -150, 'policy': 'accept'}},
    {'chain': {**_PLACE, 'name': 'in', 'type': 'filter', 'hook': 'input', 'prio': 0, 'policy': 'drop'}},
    {'chain': {**_PLACE, 'name': 'more'}},
    *({'rule': {**_PLACE, 'chain': chain, 'handle': number, 'expr': expressions}}
      for number, (chain, expressions) in enumerate(_RULES)),
]


def _same(rules: Ruleset) -> t.Any:
    return {key: (chain.hook, chain.priority, chain.policy, chain.kind,
                  [(rule.action, rule.arg, rule.tests, rule.packets, rule.position) for rule in chain.rules])
            for key, chain in rules.items()}


def test_the_text_and_the_json_give_the_same_rules() -> None:
    text, json_ = nft.parse(TEXT), nft_json.parse(json.dumps({'nftables': OBJECTS}))
    assert _same(text[0]) == _same(json_[0])
    assert len(text[1]) == len(json_[1]) == 0


def test_the_verdict_is_the_same() -> None:
    flow = flows.server(flows.Place('eth0'), True)['gre_in']
    found = [verdict.judge(rules, flow) for rules in (
        nft.parse(TEXT)[0], nft_json.parse(json.dumps({'nftables': OBJECTS}))[0])]
    assert [(item.verdict, item.key) for item in found] == [('accept', ('nft inet vpn', 'in'))] * 2


@pytest.mark.parametrize('text', ['', 'x', '[]', '{"nftables": 1}', '{"nftables": [[1]]}'])
def test_what_is_no_json_of_nft_is_a_problem(text: str) -> None:
    assert nft_json.parse(text) == ({}, ['nft-json:1: no JSON of nft'])


_JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8), lambda inner: (
    st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ['match', 'op', 'left', 'right', 'payload', 'set', 'vmap', 'meta', 'key', 'counter', 'xt', 'jump', 'target']),
        inner, max_size=3)), max_leaves=12)


@settings(max_examples=100, deadline=None)
@given(st.lists(_JSON, max_size=4))
def test_odd_expressions_are_undecided_and_no_error(expressions: list[t.Any]) -> None:
    rule = {'rule': {**_PLACE, 'chain': 'in', 'expr': expressions}}
    rules, _problems = nft_json.parse(json.dumps({'nftables': [OBJECTS[5], rule]}))
    assert verdict.judge(rules, flows.server(flows.Place(), None)['gre_in']).verdict in ('drop', 'unknown', 'accept')


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(TEXT.replace('\n', ' \n ').split(' ')), max_size=60))
def test_shuffled_words_are_no_error(words: list[str]) -> None:
    head = 'table inet t {\nchain in {\ntype filter hook input priority 0; policy drop;\n'
    rules, _problems = nft.parse(head + ' '.join(words) + '\n}\n}\n')
    assert verdict.judge(rules, flows.server(flows.Place(), None)['gre_in']).verdict
