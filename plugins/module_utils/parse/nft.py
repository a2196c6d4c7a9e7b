# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``nft list ruleset``.

Sample::

    table inet vpn {
        chain in {
            type filter hook input priority filter; policy drop;
            iifname { "lo", "eth1" } accept
            ct state vmap { established : accept, invalid : drop }
            meta l4proto gre ct state established,related counter packets 20 bytes 1177 accept
        }
    }
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.firewall import model as m
from ansible_collections.vpnops.pptp.plugins.module_utils.parse.iptables import port_range

# nft(8), "Standard priority names"; srcnat and dstnat are those of ip, ip6 and inet
_PRIORITIES = {'raw': -300, 'mangle': -150, 'dstnat': -100, 'filter': 0, 'security': 50, 'srcnat': 100}
_TOKENS = re.compile(r'"[^"]*"|\{[^{}]*\}|[^\s{}";]+')
# the words of a match, by kind of test and the protocol it implies; yes, no, maybe are fixed values
_KINDS = {
    'iif': 'iif, iifname, meta iif, meta iifname', 'oif': 'oif, oifname, meta oif, meta oifname',
    'proto': 'meta l4proto, ip protocol', 'family': 'meta nfproto', 'dport': 'th dport', 'dport tcp': 'tcp dport',
    'dport udp': 'udp dport', 'state': 'ct state', 'src': 'ip saddr', 'dst': 'ip daddr', 'dsttype': 'fib daddr type',
    'yes tcp': 'tcp flags', 'yes icmp': 'icmp type', 'maybe tcp': 'tcp sport', 'maybe udp': 'udp sport',
    'no': 'ct status, icmpv6 type, ip6 saddr, ip6 daddr, ip6 nexthdr, meta pkttype'}
_FIXED = {'yes': m.YES, 'no': m.NO, 'maybe': m.MAYBE}
_MATCHES = {tuple(words.split()): (_FIXED.get(kind.split()[0], kind.split()[0]), ''.join(kind.split()[1:]))
            for kind, many in _KINDS.items() for words in many.split(', ')}
# statements that decide nothing: words they take
_PASSIVE = dict(dict.fromkeys('counter log notrack all random fully-random persistent continue icmpx queue'.split(), 0),
                **dict.fromkeys('packets bytes prefix level comment group flags type num'.split(), 1), burst=2)
_MANY = 300   # elements: larger sets are blocklists, which no rule for PPTP needs resolved
_VERDICTS = ('accept', 'drop', 'reject', 'return', 'jump', 'goto', 'masquerade', 'snat', 'dnat')
_HEAD = re.compile(r'(table|chain|set|map|ct helper)\s+(?:(\S+)\s+)?(\S+)\s*\{')
_HOOK = re.compile(r'type (\w+) hook (\w+) (?:device\w* .*? )?priority ([\w-]+)(?: ([+-]) (\d+))?;?(?:.*policy (\w+))?')


def parse(text: str, source: str = 'nft') -> tuple[m.Ruleset, list[str]]:
    """``(rules, problems)`` of the tables that see IPv4, named ``nft <family> <table>``."""
    rules: m.Ruleset = {}
    sets: dict[str, list[str]] = {}
    table, chain, current = '', None, ''
    lines = text.splitlines()
    for number, raw in enumerate(lines, 1):
        line = raw.strip()
        head = _HEAD.match(line)
        if head:
            kind, family, name = head.groups()
            if kind == 'table':
                table = 'nft %s %s' % (family or 'ip', name)
            chain = None
            current = '@' + name if kind in ('set', 'map') else ''
            if kind == 'chain' and table.split()[1:2] in (['ip'], ['inet']):
                chain = rules.setdefault((table, name), m.Chain('%s:%d' % (source, number)))
        elif line == '}':
            chain, current = None, ''
        elif current:
            items = line.partition('elements = {')[2] if 'elements' in line else line if current in sets else ''
            if items and len(sets.setdefault(current, [])) < _MANY:
                sets[current].extend(item for item in re.split(r'[,\s}]+', items[:9999]) if item)
        elif chain is not None and line and line[0] != '#':
            _fill(chain, line, '%s:%d' % (source, number), sets)
    return rules, [] if rules or not text.strip() or 'table' in text else ['%s:1: no table' % source]


def _fill(chain: m.Chain, line: str, where: str, sets: dict[str, list[str]]) -> None:
    hook = _HOOK.match(line[:300])
    if not hook:
        chain.rules.extend(_rules(line, where, sets))
        return
    kind, chain.hook, name, sign, offset, policy = hook.groups()
    base = _PRIORITIES.get(name)
    if base is None:
        base = int(name) if re.fullmatch(r'-?[0-9]{1,9}', name) else 0
    chain.priority = base + int((sign or '+') + (offset or '0')[:9])
    chain.kind = 'nat' if kind == 'nat' else 'filter'
    chain.policy = policy if policy == 'drop' else 'accept'


def _rules(line: str, where: str, sets: dict[str, list[str]]) -> list[m.Rule]:
    """One rule, or one for each element of a verdict map."""
    words = _TOKENS.findall(line)
    tests: list[tuple[str, bool, t.Any]] = []
    found = re.search(r'counter packets (\d+)', line)
    base = m.Rule('', None, (), where, line[:160], int(found.group(1)) if found else None)
    index = 0
    while index < len(words):
        size = next((n for n in (3, 2, 1) if tuple(words[index:index + n]) in _MATCHES), 0)
        if size:
            kind, proto = _MATCHES[tuple(words[index:index + size])]
            index += size
            if words[index:index + 1] == ['vmap']:
                return _vmap(base, tests, kind, proto, words[index + 1:index + 2])
            negated = words[index:index + 1] == ['!=']
            index += negated or words[index:index + 1] == ['==']
            values = _values(words[index:index + 1], sets)
            while words[index:index + 1] and words[index].endswith(',') and index + 1 < len(words):
                index += 1
                values += _values(words[index:index + 1], sets)
            tests += _tests(kind, proto, negated, values)
            index += 1
            continue
        action, arg, index = _statement(words, index, tests)
        if action:
            return [base._replace(action=action, arg=arg, tests=tuple(tests))]
    return [base._replace(tests=tuple(tests))]


def _statement(words: list[str], index: int, tests: list[t.Any]) -> tuple[str, t.Any, int]:
    """``(action or '', argument, next index)``; what is not known makes the rule undecidable."""
    word, rest = words[index], words[index + 1:index + 8]
    if word in _VERDICTS:
        return ('masquerade' if word == 'snat' else word), (rest[0].strip('"') if rest else None), len(words)
    if word == 'ct' and rest[:2] == ['helper', 'set']:
        return 'helper', ' '.join(rest[2:3]).strip('"'), len(words)
    if words[index:index + 4] == ['tcp', 'option', 'maxseg', 'size'] and rest[3:4] == ['set']:
        size = ''.join(rest[4:5])
        return 'mss', int(size) if size.isascii() and size.isdigit() else 'pmtu', len(words)
    if word == 'xt' and rest[:1] == ['target']:
        name = ' '.join(rest[1:2]).strip('"')
        return {'CT': 'ct', 'TCPMSS': 'mss', 'MASQUERADE': 'masquerade', 'SNAT': 'masquerade'}.get(name, 'continue'), \
            'pmtu' if name == 'TCPMSS' else None, len(words)
    if word in ('limit', 'meter', 'add', 'update', 'delete', 'meta', 'ct'):
        over = 'over' in rest
        known = word in ('add', 'update', 'delete') or 'set' in rest[:2]
        tests.append(('fixed', False, m.NO if over else m.YES if word == 'limit' or known else m.MAYBE))
        ends = (n for n in range(index + 1, len(words)) if words[n] in _VERDICTS or words[n] in _PASSIVE)
        return '', None, next(ends, len(words))
    if word not in _PASSIVE:
        tests.append(('fixed', False, m.MAYBE))
    return '', None, index + 1 + _PASSIVE.get(word, 0)


def _values(words: list[str], sets: dict[str, list[str]]) -> list[str]:
    text = words[0] if words else ''
    if text.startswith('@'):
        known = sets.get(text, [])
        return known if 0 < len(known) < _MANY else [text]
    return [item.strip('"') for item in re.split(r'[,\s{}]+', text) if item]


def _tests(kind: t.Any, proto: str, negated: bool, values: list[str]) -> list[tuple[str, bool, t.Any]]:
    tests: list[tuple[str, bool, t.Any]] = [('proto', False, frozenset([proto]))] if proto else []
    if isinstance(kind, int):
        return tests + [('fixed', False, kind)]
    if any(value.startswith('@') for value in values):
        peer = kind in ('src', 'dst')
        return tests + [(kind if peer else 'fixed', negated, () if peer else m.MAYBE)]
    if kind == 'family':
        return tests + [('fixed', negated, m.YES if 'ipv4' in values else m.NO)]
    if kind == 'proto':
        return tests + [(kind, negated, frozenset(m.PROTOCOLS.get(value, value) for value in values))]
    if kind == 'dport':
        return tests + [(kind, negated, tuple(port_range(value, '-') for value in values))]
    if kind in ('src', 'dst'):
        return tests + [(kind, negated, tuple(m.network(value) for value in values))]
    return tests + [(kind, negated, frozenset(values) if kind in ('state', 'dsttype') else tuple(values))]


def _vmap(base: m.Rule, tests: list[t.Any], kind: t.Any, proto: str, words: list[str]) -> list[m.Rule]:
    """``{ established : accept, "eth0" : jump wan }`` as rules in a row; a named map cannot be decided."""
    rules = []
    for item in (words[0] if words else '').strip('{}').split(','):
        key, _mark, verdict = item.rpartition(' : ')
        parts = verdict.split() or ['']
        match = _tests(kind, proto, False, [key.strip().strip('"')]) if key else [('fixed', False, m.MAYBE)]
        rules.append(base._replace(action=parts[0] if parts[0] in _VERDICTS else '', arg=' '.join(parts[1:2]),
                                   tests=tuple(tests + match)))
    return rules
