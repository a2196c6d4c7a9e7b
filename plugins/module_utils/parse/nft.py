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

import functools
import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.firewall import model as m
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import nft_words as w
from ansible_collections.vpnops.pptp.plugins.module_utils.parse.iptables import integer
from ansible_collections.vpnops.pptp.plugins.module_utils.parse.shapes import ADDRESS, Shapes
from ansible_collections.vpnops.pptp.plugins.module_utils.parse.traffic import other_traffic

_TOKENS = re.compile(r'"[^"]*"|!=?|[<>]=?|==|[{}(),&|]|[^\s{}"(),&|!<>=;]+')
_FAMILIES = ('ip', 'inet', 'netdev')
# statements that decide nothing: words they take
_PASSIVE = dict(dict.fromkeys('counter log notrack all random fully-random persistent icmpx flow offload'.split(), 0),
                **dict.fromkeys('packets bytes prefix level comment group flags type num name snaplen '
                                'queue-threshold add'.split(), 1), burst=2, last=2)
_ENDS = frozenset(w.VERDICTS) | set(_PASSIVE)
_HEAD = re.compile(r'(table|chain|set|map|ct helper|ct \w+|flowtable|counter|quota|limit|synproxy|secmark)'
                   r'\s+(?:(\S+)\s+)?(\S+)\s*\{')
_HOOK = re.compile(r'type (\w+) hook (\w+) (?:devices? *=? *(\{[^}]*\}|\S+) )?priority ([\w-]+)(?: ([+-]) (\d+))?;?'
                   r'(?:.*policy (\w+))?')
_NO_SELECTOR = frozenset(['accept', 'drop', 'counter', 'packets', 'bytes', 'jump', 'goto', 'return', 'log', 'reject'])
_VARIES = re.compile(r'(\d(?:(?<=addr \d)%(a)s(?:/\d+)?(?= )|(?<=[{,] \d)(?:%(a)s(?:/\d+)?|\d*)(?=[, ])'
                     r'|(?<= \. \d)\d*(?=[, ])|(?<=counter packets \d)\d* bytes \d+)'
                     r'|"(?:(?<=prefix ")|(?<=comment "))[^"]*")' % {'a': ADDRESS})
_WIDE = 400   # lines that one rule may take
_OPEN: m.Test = ('fixed', False, m.MAYBE)
Sets = t.Dict[str, t.List[str]]


class _Reader:
    """Where in the text we are."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.rules: m.Ruleset = {}
        self.sets: dict[str, Sets] = {}      # of each table; what a ct helper is, as ``%name``
        self.bodies: list[tuple[str, m.Chain, str, str]] = []   # (table, chain, line, where)
        self.problems: list[str] = []
        self.table = ''

    def chain(self, name: str, lines: t.Iterator[tuple[int, str]], number: int) -> None:
        seen = self.table.split()[1:2] and self.table.split()[1] in _FAMILIES
        chain = m.Chain('%s:%d' % (self.source, number))
        if seen:
            chain = self.rules.setdefault((self.table, name), chain)
        for number, line in lines:
            if line == '}':
                return
            if seen and line[:1] != '#':
                hook = _HOOK.match(line[:300]) if line.startswith('type ') else None
                if hook:
                    _hook(chain, hook)
                    line = line[hook.end():].lstrip('; ')
                if line or not hook:   # an empty one stands for a rule that the recording left out
                    self.bodies.append((self.table, chain, line, '%s:%d' % (self.source, number)))

    def other(self, name: str, lines: t.Iterator[tuple[int, str]]) -> None:
        for _number, line in lines:
            if line == '}':
                return
            if line.startswith('type "'):
                self.sets.setdefault(self.table, {})[name] = [line.split('"')[1]]

    def elements(self, name: str, lines: t.Iterator[tuple[int, str]]) -> None:
        found: list[str] = self.sets.setdefault(self.table, {}).setdefault('@' + name, [])
        inside = False
        for _number, line in lines:
            if line == '}':
                return
            if 'elements = {' in line:
                inside, line = True, line.partition('elements = {')[2]
            if inside and len(found) < w._MANY:
                found += [item.strip() for item in line.partition('}')[0].split(',') if item.strip()]
            inside = inside and '}' not in line


def parse(text: str, source: str = 'nft', exact: bool = False) -> tuple[m.Ruleset, list[str]]:
    """``(rules, problems)`` of the tables that see IPv4, named ``nft <family> <table>``; rules that cannot concern a
    flow of ours are left out, unless *exact*."""
    reader = _Reader(source)
    lines = _joined(text)
    for number, line in lines:
        head = _HEAD.match(line)
        if not head:
            continue
        kind, family, name = head.groups()
        if kind == 'table':
            reader.table = 'nft %s %s' % (family or 'ip', name)
        elif kind == 'chain':
            reader.chain(name, lines, number)
        elif kind in ('set', 'map'):
            reader.elements(name, lines)
        elif not line.endswith('}'):
            reader.other('%' + name, lines)
    shapes: dict[str, Shapes] = {}
    for table, chain, line, where in reader.bodies:
        chain.count += 1
        if not line or not exact and other_traffic(line):
            continue
        if table not in shapes:
            sets = reader.sets.get(table, {})
            shapes[table] = Shapes(_VARIES, functools.partial(_rules, sets=sets))
        made, understood = shapes[table].rules(line, where, chain.count)
        chain.rules += made
        if not understood and len(reader.problems) < 100:
            reader.problems.append('%s: %s' % (where, line[:80]))
    problems = reader.problems if reader.rules or not text.strip() or 'table' in text else ['%s:1: no table' % source]
    return reader.rules, problems


def _joined(text: str) -> t.Iterator[tuple[int, str]]:
    """``(number, line)`` with the lines of an anonymous set joined; a block's own braces end or are a line."""
    number = 0
    lines = text.splitlines()
    while number < len(lines):
        line, first = lines[number].strip(), number + 1
        number += 1
        if '{ #' in line and _HEAD.match(line):   # nft 1.1: `table inet firewalld { # progname firewalld`
            line = line.partition(' #')[0]
        if line.count('{') > line.count('}') and not line.endswith('{') and 'elements' not in line:
            parts = [line]
            depth = line.count('{') - line.count('}')
            while depth > 0 and number < len(lines) and len(parts) < _WIDE:
                parts.append(lines[number].strip())
                depth += parts[-1].count('{') - parts[-1].count('}')
                number += 1
            line = ' '.join(parts)
        yield first, line


def _hook(chain: m.Chain, hook: t.Match[str]) -> None:
    kind, chain.hook, devices, name, sign, offset, policy = hook.groups()
    base = w.PRIORITIES.get(name)
    if base is None:
        base = int(name) if re.fullmatch(r'-?[0-9]{1,9}', name) else 0
    if name == 'dstnat' and chain.hook == 'output':
        base = -100
    chain.priority = base + int((sign or '+') + (offset or '0')[:9])
    chain.kind = 'nat' if kind == 'nat' else 'filter'
    chain.policy = policy if policy == 'drop' else 'accept'
    chain.devices = tuple(re.findall(r'[^\s{},"]+', devices or ''))


def _rules(line: str, sets: Sets) -> tuple[list[m.Rule], bool]:
    """One rule, or one for each element of a verdict map; whether every word is known."""
    counter = re.search(r'counter packets (\d+)', line)
    base = m.Rule('', None, (), '', line[:160], int(counter.group(1)) if counter else None)
    reader = _Words(_TOKENS.findall(line), sets)
    while reader.left():
        if reader.match() or reader.statement():
            continue
        break
    tests = reader.tests
    if reader.pairs is not None:
        return w.vmap(base, tests, reader.selector, reader.pairs), reader.known
    return [base._replace(action=reader.action, arg=reader.arg, tests=tuple(tests))], reader.known


class _Words:
    """The words of one rule, read from the left."""

    def __init__(self, words: list[str], sets: Sets) -> None:
        self.words, self.sets, self.at = words, sets, 0
        self.tests: list[m.Test] = []
        self.action, self.arg = '', t.cast(t.Any, None)
        self.pairs: list[tuple[str, str]] | None = None
        self.selector = ''
        self.known = True

    def left(self) -> bool:
        return self.at < len(self.words)

    def take(self, word: str) -> bool:
        """Step over *word* where it comes next."""
        if self.at < len(self.words) and self.words[self.at] == word:
            self.at += 1
            return True
        return False

    def name(self) -> str | None:
        """The selector that comes next, if one does."""
        if self.words[self.at:self.at + 1] and self.words[self.at] in _NO_SELECTOR:
            return None
        for size in (3, 2, 1) if self.words[self.at:self.at + 1] == ['fib'] else (2, 1):
            words = ' '.join(self.words[self.at:self.at + size])
            found = w.known(words) if self.words[self.at + size - 1:self.at + size] else None
            if found and not (size == 1 and words == 'mark' and self.words[self.at + 1:self.at + 2] == ['set']):
                self.at += size
                return found
        return None

    def match(self) -> bool:
        """Read ``selector [. selector] [& mask] [sign] values``."""
        start = self.at
        selector = self.name()
        if selector is None:
            return False
        if self.words[self.at:self.at + 1] == ['set']:
            self.at = start
            return False
        while self.take('.'):
            selector += ' . ' + (self.name() or '?')
        mask = None
        if self.take('&') or self.take('and'):
            mask = self.group()
        if self.take('vmap'):
            self.selector, self.pairs = selector, self.verdicts()
            self.at = len(self.words)
            return True
        sign = self.words[self.at] if self.left() else ''
        if sign in ('<', '>', '<=', '>='):
            self.at += 2
            self.tests += w.compare(selector, sign, self.words[self.at - 1] if self.at <= len(self.words) else '')
            return True
        exact = sign in ('!=', '==', '{') or sign[:1] == '@'
        negated = self.take('!=') or self.take('!')
        if not negated:
            self.take('==')
        values = self.values()
        if self.take('/'):
            mask, exact = ','.join(self.values()), True
        if ' . ' in selector:
            known = values and not any(value[:1] == '@' or value == '...' for value in values)
            self.tests += w.concat(selector, negated, values) if known else [('fixed', False, m.MAYBE)]
        else:
            self.tests += w.build(selector, negated, values, mask, exact)
        return True

    def group(self) -> str:
        """A mask: one word or ``(a | b)``."""
        if not self.take('('):
            self.at += 1
            return self.words[self.at - 1] if self.at <= len(self.words) else ''
        end = self.words.index(')', self.at) if ')' in self.words[self.at:] else len(self.words)
        text = ' '.join(self.words[self.at:end])
        self.at = end + 1
        return text

    def braces(self) -> list[str]:
        """The items between braces, which stand next."""
        end = self.words.index('}', self.at) if '}' in self.words[self.at:] else len(self.words)
        inner = self.words[self.at + 1:end]
        self.at = end + 1
        items: list[list[str]] = [[]]
        for word in inner:
            if word == ',':
                items.append([])
            else:
                items[-1].append(word.strip('"'))
        return [' '.join(item).replace(' | ', '|') for item in items if item]

    def values(self) -> list[str]:
        """A set, a named one, a list or one value."""
        if not self.left():
            return []
        if self.words[self.at] == '{':
            return [w.element(item) for item in self.braces()]
        if self.words[self.at] == '(':
            return [self.group().replace(' ', '')]
        found = [self.words[self.at].strip('"')]
        self.at += 1
        while self.words[self.at:self.at + 1] in ([','], ['|']) and self.at + 1 < len(self.words):
            word = self.words[self.at + 1].strip('"')
            found = [found[0] + '|' + word] if self.words[self.at] == '|' else found + [word]
            self.at += 2
        if found[0][:1] == '@':
            return [w.element(item) for item in self.sets.get(found[0], found)]
        return found

    def verdicts(self) -> list[tuple[str, str]]:
        """The pairs of a verdict map, anonymous or named."""
        if self.words[self.at:self.at + 1] == ['{']:
            items = self.braces()
        else:
            items = self.sets.get(''.join(self.words[self.at:self.at + 1]), ['...'])
        pairs = []
        for item in items:
            key, _mark, verdict = item.rpartition(' : ')
            pairs.append((w.element(key) if ' . ' not in key else key, verdict) if key else ('...', ''))
        return pairs

    def statement(self) -> bool:
        """Read one statement; False where nothing comes behind it."""
        word = self.words[self.at]
        if word in w.VERDICTS:
            self.action, self.arg = w.action([item for item in self.words[self.at:] if item not in '{}'])
            return False
        if self.effect():
            return True
        if word in ('limit', 'meter', 'add', 'update', 'delete', 'quota') or self.words[self.at:self.at + 2] == [
                'ct', 'count']:
            rest = self.words[self.at:self.at + 8]
            value = m.NO if 'over' in rest else m.YES
            self.tests.append(('fixed', False, m.YES if word in ('add', 'update', 'delete') else value))
            self.skip()
        elif word in _PASSIVE:
            self.at += 1 + (_PASSIVE[word] if word != 'counter' else 0)
        else:
            self.known = False
            self.tests += [_OPEN] if self.tests[-1:] != [_OPEN] else []
            self.skip()
        return True

    def skip(self) -> None:
        """Step over a statement, to the next word that surely begins another."""
        self.at += 1
        while self.left() and self.words[self.at] not in _ENDS:
            if self.words[self.at] == '{':
                self.at = self.words.index('}', self.at) if '}' in self.words[self.at:] else len(self.words)
            if self.left() and self.words[self.at] != '}' and self._selector_here():
                return
            self.at += 1

    def _selector_here(self) -> bool:
        start = self.at
        found = self.name() is not None
        self.at = start
        return found

    def effect(self) -> bool:
        """Statements that change the packet or its connection."""
        rest = [word.strip('"') for word in self.words[self.at:self.at + 8]]
        found: tuple[str, t.Any] | None = None
        if rest[:3] == ['ct', 'helper', 'set']:
            name = ''.join(rest[3:4])
            found, size = ('helper', self.sets.get('%' + name, [name])[0]), 4
        elif rest[:5] == ['tcp', 'option', 'maxseg', 'size', 'set']:
            number = integer(''.join(rest[5:6]))
            found, size = ('mss', 'pmtu' if number is None else number), 6 if number is not None else 7
        elif rest[:3] == ['meta', 'mark', 'set'] or rest[:2] == ['mark', 'set']:
            size = 4 if rest[0] == 'meta' else 3
            number = integer(''.join(rest[size - 1:size]))
            plain = number is not None and ''.join(rest[size:size + 1]) not in ('&', '|', 'and', 'or', 'xor', '^')
            found = ('mark', (number, 0xffffffff) if plain else None)
        elif rest[:1] == ['notrack']:
            found, size = ('notrack', ''), 1
        elif rest[:2] == ['xt', 'target']:
            return self.xt(rest[2] if rest[2:] else '')
        elif 'set' in rest[1:4] and rest[0] in ('meta', 'ct', 'ip', 'tcp', 'udp', 'ether'):
            size = rest.index('set') + 2
        else:
            return False
        if found:
            self.tests.append(('set', False, found))
        self.at += size
        if found is None or found == ('mark', None):
            self.at -= 1
            self.skip()
        return True

    def xt(self, name: str) -> bool:
        """A target of iptables, whose arguments nft does not show."""
        self.at = len(self.words)
        effect = {'CT': ('ct', ''), 'TCPMSS': ('mss', 'pmtu'), 'MARK': ('mark', None), 'CONNMARK': ('mark', None)}
        if name in effect:
            self.tests.append(('set', False, effect[name]))
        self.action = {'MASQUERADE': 'masquerade', 'SNAT': 'masquerade', 'DNAT': 'dnat', 'REDIRECT': 'redirect',
                       'NFQUEUE': 'stolen', 'TPROXY': 'stolen', 'SYNPROXY': 'stolen', 'REJECT': 'reject',
                       'DROP': 'drop', 'ACCEPT': 'accept'}.get(name, '')
        return True
