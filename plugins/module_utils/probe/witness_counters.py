# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The counters of the rules that drop or reject, before and after a dial, and which packets of it each may have had.

A counter that rose proves that the rule dropped something. That it dropped packets of ours is said only of a rule that
the rule set itself, followed for such a packet, ends at or may end at (``firewall.verdict``).
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils import evidence as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.collect import rulesets, system
from ansible_collections.vpnops.pptp.plugins.module_utils.firewall import flows as fl, model as m, verdict
from ansible_collections.vpnops.pptp.plugins.module_utils.host import Host
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import iptables, masking, nft

CLOSED = ('drop', 'reject')
RULES, SHOWN, TEXT = 20000, 20, 200      # that are remembered, and shown; characters of one
_LEGACY = '/proc/net/ip_tables_names'
_COUNTER = re.compile(r'counter packets \d+ bytes \d+ ?')
_KEY = 110                               # characters by which a rule is known again, whatever its counter says
_BY_IPTABLES = {'nft ip ' + table for table in ('raw', 'mangle', 'nat', 'filter', 'security')}
ROWS = 64                                # of the witness, whose packets are sent through the rules
_IN = ('ingress', 'prerouting', 'input')
_OUT = ('output', 'postrouting', 'egress')
_THROUGH = ('ingress', 'prerouting', 'forward', 'postrouting', 'egress')
_GRE = m.Flow((), 'gre', None, fl.GRE_STATES[None], None, None, None, None, direction=None)
_SYN = m.Flow((), 'tcp', None, frozenset(['new']), None, None, None, None)
_SYN_ACK = _SYN._replace(states=frozenset(['established']), flags='syn,ack', direction='reply')
# kind of packet: whose it is, for whom, and how it looks
KINDS = {'up': ('client', 'server', _GRE), 'down': ('server', 'client', _GRE), 'syn': ('client', 'server', _SYN),
         'syn_ack': ('server', 'client', _SYN_ACK)}

Flow = t.Mapping[str, t.Any]
End = t.Sequence[t.Any]       # address and port


def read(host: Host) -> m.Ruleset:
    """The rule sets of *host* as its tools show them, each tool only where its part of the kernel is there (as the
    recorder does it), with every rule that may drop a packet."""
    trail = ev.Trail()
    texts: dict[str, str] = {}
    names = host.read(_LEGACY)
    if names.value and names.value.strip():
        texts['iptables-legacy-save'] = rulesets.text(host, trail, 'iptables-legacy-save') or ''
    if not system.module_table(host, trail).off('nf_tables'):
        for name in ('nft', 'iptables-save'):
            texts[name] = rulesets.text(host, trail, name) or ''
    return parsed(texts)


def parsed(texts: t.Mapping[str, str]) -> m.Ruleset:
    """*texts* by the name of the command. What nft shows of tables that iptables made is left to iptables-save."""
    rules: m.Ruleset = {}
    saved = masking.mask_file('/commands/iptables-save.txt', texts.get('iptables-save', '')) or ''
    if texts.get('iptables-legacy-save'):
        rules.update(iptables.parse(_masked(texts, 'iptables-legacy-save'), 'iptables-legacy-save', exact=True)[0])
    if saved and (iptables.is_nft(saved) or not rules):
        rules.update(iptables.parse(saved, 'iptables-save', exact=True)[0])
    known = {table.replace('iptables-save ', 'nft ip ') for table, _chain in rules}
    for (table, chain), found in nft.parse(_masked(texts, 'nft'), exact=True)[0].items():
        if table not in known & _BY_IPTABLES or not iptables.is_nft(saved):
            rules[table, chain] = found
    return rules


def _masked(texts: t.Mapping[str, str], name: str) -> str:
    return masking.mask_file('/commands/%s.txt' % name, texts.get(name, '')) or ''


class Row(t.NamedTuple):
    """A rule or policy that drops or rejects; *by* is what ``verdict.judge`` calls it."""

    table: str
    chain: str
    position: int | None
    rule: str
    verdict: str
    packets: int
    by: t.Any


def closing(rules: m.Ruleset) -> dict[str, Row]:
    """All of those in *rules* that count, under a key by which each is known again."""
    found: dict[str, Row] = {}
    same: dict[str, int] = {}
    for row in _closing(rules):
        base = '%s %s %s' % (row.table, row.chain, row.rule[:_KEY])
        same[base] = same.get(base, 0) + 1
        found[base if same[base] == 1 else '%s #%d' % (base, same[base])] = row
    return found


def _closing(rules: m.Ruleset) -> t.Iterator[Row]:
    for (table, name), chain in rules.items():
        if chain.policy in CLOSED and chain.packets is not None:
            yield Row(table, name, None, 'policy ' + chain.policy, chain.policy, chain.packets, chain)
        for rule in chain.rules:
            if rule.action in CLOSED and rule.packets is not None:
                text = _COUNTER.sub('', rule.text)
                yield Row(table, name, rule.position, text[:TEXT], rule.action, rule.packets, rule)


def counted(rules: m.Ruleset) -> dict[str, int]:
    """What is remembered of *rules* until the end: counters above 0. Where they are too many, all that is missing here
    is not known, which the key ``''`` says."""
    found = {key: row.packets for key, row in closing(rules).items() if row.packets}
    return found if len(found) <= RULES else {**dict(list(found.items())[:RULES]), '': 1}


def rises(before: t.Mapping[str, int], rules: m.Ruleset, packets: t.Mapping[str, t.Iterable[m.Flow]]
          ) -> list[dict[str, t.Any]]:
    """``counters`` of the module's documentation, those that *packets* of ours may end at first. A rule that was not
    there before has counted from 0; one that was loaded anew counts less than before, and that is its rise."""
    found = []
    for key, row in closing(rules).items():
        had = before.get(key, row.packets if '' in before else 0)
        rise = row.packets - had if row.packets >= had else row.packets
        if rise > 0:
            found.append((row, rise))
    kinds = _Kinds(rules, packets)
    told = sorted(((kinds.of(row), row, rise) for row, rise in found), key=lambda item: (not item[0], -item[2]))
    return [{'table': row.table, 'chain': row.chain, 'position': row.position, 'rule': row.rule, 'verdict': row.verdict,
             'packets': rise, 'kinds': kind} for kind, row, rise in told[:SHOWN]]


class _Kinds:
    """Which packets of ours end, or may end, at a rule."""

    def __init__(self, rules: m.Ruleset, packets: t.Mapping[str, t.Iterable[m.Flow]]) -> None:
        self._ends = [(kind, packet, verdict.judge(rules, packet)) for kind, found in packets.items()
                      for packet in found]

    def of(self, row: Row) -> list[str]:
        found = {kind for kind, packet, result in self._ends
                 if (result.by is row.by if result.verdict in CLOSED else
                     result.verdict == 'unknown' and _may(row, packet))}
        return sorted(found)


def _may(row: Row, packet: m.Flow) -> bool:
    """Where the rule set leaves open what becomes of *packet*: whether the rule itself fits it."""
    if isinstance(row.by, m.Chain):
        return row.by.hook in packet.hooks
    return verdict.holds(row.by, m.Packet(packet))


def ours(flows: t.Sequence[Flow], local: t.Callable[[str], bool]) -> dict[str, list[m.Flow]]:
    """The packets of *flows* (rows of the witness) by kind, as the rules here met them: what came in, whether it was
    for this host or not, and what the server sends where this host is the server. A rule of the hook forward sees the
    sender's address as it came and the receiver's as it leaves, so that all rows of a connection are looked at."""
    found: dict[str, dict[m.Flow, None]] = {}
    for row in flows[:ROWS]:
        same = [other for other in flows[:ROWS] if _connection(other) == _connection(row)]
        for kind, (source, target, _shape) in KINDS.items():
            rows = found.setdefault(kind, {})
            for interface, pair in row['seen'].get(kind, {}).items():
                for other in same if pair[0] else ():
                    hooks = _IN if local(other[target][0]) else _THROUGH
                    rows[_packet(kind, row[source], other[target], hooks, interface)] = None
            if source == 'server' and local(row[source][0]):
                rows[_packet(kind, row[source], row[target], _OUT, '')] = None
    return {kind: list(rows) for kind, rows in found.items()}


def _connection(row: Flow) -> tuple[t.Any, ...]:
    """What the rows of one connection have in common, which NAT gives two."""
    return (row['name'],) if row['name'] else ('', row['syn'])


def _packet(kind: str, source: End, target: End, hooks: tuple[str, ...], interface: str) -> m.Flow:
    shape = KINDS[kind][2]
    oif, gre = '' if hooks == _IN else None, shape.proto == 'gre'
    return shape._replace(hooks=hooks, iif=interface, oif=oif, src=m.ipv4(source[0]), dst=m.ipv4(target[0]),
                          sport=None if gre else source[1], dport=None if gre else target[1])
