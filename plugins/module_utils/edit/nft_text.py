# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rules in nftables: which of ours are missing, and the batch of ``nft -f`` that puts them in place.

A packet must be accepted in every base chain of its hook: an accept in a table of our own overrides no drop in
another one (nft(8), "Verdict statements"). So rules that admit something are inserted into the base chains that drop;
translation, helper and clamp work from a table of our own. A rule is ours by its comment, ``vpnops.pptp <owner>``.
Sample, of ``nft -a -s -y -p list ruleset``::

    table inet filter { # handle 1
            chain input { # handle 1
                    type filter hook input priority 0; policy drop;
                    ip protocol 47 accept comment "vpnops.pptp tunnel_firewall" # handle 4
            }
    }
"""

from __future__ import annotations

import hashlib
import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import dropping

MARK = 'vpnops.pptp %s'
_TABLE = re.compile(r'table (\S+) (\S+) \{')
_CHAIN = re.compile(r'\tchain (\S+) \{')
_BASE = re.compile(r'\t\ttype (\w+) hook (\w+) .*?priority ([^;]+);(?: policy (\w+);)?')
_RULE = re.compile(r'\t\t(\S.*?) # handle (\d+)$')
_SAME = re.compile(r'\b(ip protocol|meta l4proto) gre\b')
# Tables that somebody else rewrites, or that another tool reads: firewalld's, and those of iptables.
_OWNED = re.compile(r'\tflags [^\n]*\bowner\b')
_IPTABLES = ('filter', 'mangle', 'raw', 'nat', 'security')
_COMPAT = re.compile(r'\bxt (?:match|target)\b|managed by iptables-nft')


class Chain(t.NamedTuple):
    """A chain: its base (``type hook``, or empty), policy, and rules as ``(text, handle)``."""

    kind: str
    hook: str
    policy: str
    rules: list[tuple[str, str]]


class Table(t.NamedTuple):
    """A table by family and name, its chains; *foreign*: not ours to write into."""

    family: str
    name: str
    foreign: bool
    chains: dict[str, Chain]


class Plan(t.NamedTuple):
    """The *batch* for the running rule set (``''``: no change), the *file* for the next boot (``None``: none), and the
    chains that got rules."""

    batch: str
    file: str | None
    chains: list[str]


def parse(listing: str) -> list[Table]:
    """The tables of ``nft -a -s -y -p list ruleset``."""
    tables = []
    warned = False
    block: list[str] = []
    for line in listing.split('\n'):
        if line.startswith('#'):
            warned = bool(_COMPAT.search(line))
        elif line.startswith('table '):
            block = [line]
        elif line == '}' and block:
            tables.append(_table(block, warned))
            block, warned = [], False
        else:
            block.append(line)
    return tables


def _table(block: list[str], warned: bool) -> Table:
    found = _TABLE.match(block[0])
    family, name = found.groups() if found else ('', '')
    chains: dict[str, Chain] = {}
    chain = None
    foreign = warned or name == 'firewalld'
    for line in block:
        start, base, rule = _CHAIN.match(line), _BASE.match(line), _RULE.match(line)
        foreign = foreign or bool(_OWNED.match(line) or _COMPAT.search(line))
        if start:
            chain = start.group(1)
            chains[chain] = Chain('', '', '', [])
        elif line == '\t}':
            chain = None
        elif chain and base:
            chains[chain] = Chain(base.group(1), base.group(2), base.group(4) or '', [])
        elif chain and rule:
            chains[chain].rules.append((rule.group(1), rule.group(2)))
    return Table(family, name, foreign, chains)


def of_iptables(table: Table, chain: str, declared: t.Container[tuple[str, str]] | None) -> bool:
    """Whether *chain* is one that iptables made: a table and chain of its names, which no configuration declares."""
    return table.family == 'ip' and table.name in _IPTABLES and chain.isupper() \
        and declared is not None and ('ip', table.name) not in declared


def rules(owner: str, wanted: t.Iterable[t.Mapping[str, str]], sources: t.Sequence[str]) -> dict[str, list[str]]:
    """The wanted rules (``hook match peer``) by hook, once for each of *sources* where ``peer`` says which side of the
    packet they stand for (``saddr``, ``daddr``)."""
    made: dict[str, list[str]] = {}
    for rule in wanted:
        for source in (sources if rule.get('peer') else None) or ('',):
            address = source[:-3] if source.endswith('/32') else source
            side = 'ip %s %s' % (rule['peer'], address) if address else ''
            words = (side, rule['match'], 'accept comment "%s"' % (MARK % owner))
            made.setdefault(rule['hook'], []).append(' '.join(filter(None, words)))
    return made


def own_table(owner: str, objects: t.Sequence[str], chains: t.Sequence[t.Mapping[str, t.Any]]) -> str:
    """The text of the table of *owner*, ``''`` where nothing is to stand in it. Every rule carries a digest of the
    table, by which it is recognised whatever spelling this version of nft lists it in."""
    if not chains:
        return ''
    body = ['\t' + each for each in objects]
    for chain in chains:
        body += ['\tchain %s {' % chain['hook'], '\t\ttype %(type)s hook %(hook)s priority %(priority)d;' % chain]
        body += ['\t\t%s comment "@"' % rule for rule in chain['rules']] + ['\t}']
    text = '\n'.join(body)
    label = '%s %s' % (MARK % owner, hashlib.sha256(text.encode()).hexdigest()[:8])
    return 'table ip %s {\n%s\n}\n' % (own_name(owner), text.replace('comment "@"', 'comment "%s"' % label))


def own_name(owner: str) -> str:
    """The table of *owner*, in family ip."""
    return 'vpnops_pptp_' + owner


def plan(tables: t.Sequence[Table], owner: str, wanted: t.Mapping[str, t.Sequence[str]], own: str,
         declared: t.Container[tuple[str, str]] | None = None) -> Plan:
    """What makes the rules of *owner* in *tables* those *wanted* and its table *own*.

    *declared*: the tables that the configuration makes at boot, ``None`` for all; only their chains are in the file.
    """
    batch: list[str] = []
    boot: list[str] = []
    places = []
    for table in tables:
        for name, chain in table.chains.items():
            lines = [] if of_iptables(table, name, declared) else list(_wanted(table, name, wanted))
            where = '%s %s %s' % (table.family, table.name, name)
            places += [where] if lines else []
            batch += _changes(chain, where, owner, lines)
            if lines and (declared is None or (table.family, table.name) in declared):
                boot += ['add table %s %s' % (table.family, table.name), 'add chain ' + where]
                boot += ['insert rule %s %s' % (where, line) for line in reversed(lines)]
    replace = 'table ip {0}\ndelete table ip {0}\n'.format(own_name(owner))
    present = [table for table in tables if (table.family, table.name) == ('ip', own_name(owner))]
    if own and not _is_current(present, own):
        batch.append(replace + own)
    elif present and not own:
        batch.append('delete table ip ' + own_name(owner))
    boot += [replace + own] if own else []
    return Plan(_text(batch), _text(boot) or None, places)


def _text(parts: list[str]) -> str:
    return '\n'.join(parts).rstrip('\n') + '\n' if parts else ''


def _wanted(table: Table, name: str, wanted: t.Mapping[str, t.Sequence[str]]) -> t.Sequence[str]:
    chain = table.chains[name]
    foreign = table.foreign or table.name.startswith(own_name('')) or table.family not in ('ip', 'inet')
    if foreign or chain.kind != 'filter' or chain.hook not in wanted:
        return ()
    simple = {each: dropping.Chain(found.policy, [text for text, _handle in found.rules])
              for each, found in table.chains.items()}
    return wanted[chain.hook] if dropping.drops(simple, name, chain.hook) else ()


def _changes(chain: Chain, where: str, owner: str, wanted: t.Sequence[str]) -> list[str]:
    missing = list(dict.fromkeys(wanted))
    changes = []
    for text, handle in chain.rules:
        if text.endswith('comment "%s"' % (MARK % owner)):
            text = _SAME.sub(r'\1 47', text)
            if text in missing:
                missing.remove(text)
            else:
                changes.append('delete rule %s handle %s' % (where, handle))
    return changes + ['insert rule %s %s' % (where, line) for line in reversed(missing)]


def _is_current(tables: t.Sequence[Table], own: str) -> bool:
    comments = sorted(re.findall('comment "[^"]*"', own))
    return any(comments == sorted(comment for chain in table.chains.values() for text, _handle in chain.rules
                                  for comment in re.findall('comment "[^"]*"', text)) for table in tables)
