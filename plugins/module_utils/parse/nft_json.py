# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``nft -j list ruleset`` (libnftables-json(5)), giving the same rules as its text.

Sample::

    {"nftables": [{"chain": {"family": "ip", "table": "t", "name": "in", "hook": "input", "type": "filter", "prio": 0,
     "policy": "drop"}}, {"rule": {"family": "ip", "table": "t", "chain": "in", "expr": [{"accept": null}]}}]}
"""

from __future__ import annotations

import functools
import json
import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.firewall import model as m
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import nft_words as w
from ansible_collections.vpnops.pptp.plugins.module_utils.parse.shapes import ADDRESS, Shapes

_FAMILIES = ('ip', 'inet', 'netdev')
_PASSIVE = frozenset(['counter', 'log', 'comment', 'flow', 'dup', 'last', 'ct timeout', 'ct expectation', 'secmark'])
_VARIES = re.compile(r'(\d(?:(?<="packets": \d)\d*, "bytes": \d+|(?<="right": "\d)%(a)s(?=")'
                     r'|(?<="addr": "\d)%(a)s", "len": \d+|(?<="concat": \["\d)%(a)s(?=")|(?<=[\[ ]\d)\d*(?=[,\]]))'
                     r'|"(?<="prefix": ")(?:[^"\\]|\\.)*")' % {'a': ADDRESS})
_XT = {'CT': ('ct', ''), 'TCPMSS': ('mss', 'pmtu'), 'MARK': ('mark', None), 'CONNMARK': ('mark', None)}
_XT_ACTIONS = {'MASQUERADE': 'masquerade', 'SNAT': 'masquerade', 'DNAT': 'dnat', 'REDIRECT': 'redirect',
               'NFQUEUE': 'stolen', 'TPROXY': 'stolen', 'SYNPROXY': 'stolen', 'REJECT': 'reject',
               'DROP': 'drop', 'ACCEPT': 'accept'}


def parse(text: str, source: str = 'nft-json') -> tuple[m.Ruleset, list[str]]:
    """``(rules, problems)`` as ``nft.parse`` gives them; the source of a rule is its handle."""
    try:
        items = json.loads(text)['nftables']
        objects = [(kind, value) for item in items for kind, value in item.items() if isinstance(value, dict)]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}, ['%s:1: no JSON of nft' % source]
    return _read(objects, source)


def _read(objects: list[tuple[str, t.Any]], source: str) -> tuple[m.Ruleset, list[str]]:
    rules: m.Ruleset = {}
    sets: dict[tuple[str, str], t.Any] = {}
    helpers: dict[tuple[str, str], str] = {}
    problems: list[str] = []
    shapes: dict[str, Shapes] = {}
    for kind, value in objects:
        table = 'nft %s %s' % (value.get('family'), value.get('table'))
        if kind in ('set', 'map'):
            sets[table, '@%s' % value.get('name')] = value.get('elem') or []
        elif kind == 'ct helper':
            helpers[table, str(value.get('name'))] = str(value.get('type'))
        elif kind == 'chain' and value.get('family') in _FAMILIES:
            rules[table, str(value.get('name'))] = _chain(value, source)
    for kind, value in objects:
        key = ('nft %s %s' % (value.get('family'), value.get('table')), str(value.get('chain')))
        if kind != 'rule' or key not in rules:
            continue
        chain = rules[key]
        chain.count += 1
        where = '%s:%s' % (source, value.get('handle', chain.count))
        if key[0] not in shapes:
            shapes[key[0]] = Shapes(_VARIES, functools.partial(_rule, table=key[0], sets=sets, helpers=helpers))
        text = json.dumps(value.get('expr'))
        made, understood = shapes[key[0]].rules(text, where, chain.count)
        chain.rules += made
        if not understood and len(problems) < 100:
            problems.append('%s: %s' % (where, text[:80]))
    return rules, problems


def _rule(text: str, table: str, sets: dict[tuple[str, str], t.Any], helpers: dict[tuple[str, str], str]
          ) -> tuple[list[m.Rule], bool]:
    """The rules of one list of expressions, and whether all of it is known."""
    reader = _Expressions(table, sets, helpers)
    try:
        return reader.rules(json.loads(text) or [], text), reader.known
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        return [m.Rule('stolen', None, (('fixed', False, m.MAYBE),), '', text[:160])], False


def _chain(value: dict[str, t.Any], source: str) -> m.Chain:
    priority = value.get('prio', 0)
    chain = m.Chain('%s:%s' % (source, value.get('handle', 0)), str(value.get('hook', '')),
                    priority if isinstance(priority, int) else w.PRIORITIES.get(str(priority), 0),
                    'drop' if value.get('policy') == 'drop' else 'accept',
                    'nat' if value.get('type') == 'nat' else 'filter')
    devices = value.get('dev') or ()
    chain.devices = (devices,) if isinstance(devices, str) else tuple(devices)
    return chain


def text_of(value: t.Any) -> str:
    """A value as the text of nft writes it."""
    if isinstance(value, dict):
        (kind, inner), = value.items()
        if kind == 'prefix':
            return '%s/%s' % (text_of(inner['addr']), inner['len'])
        if kind == 'range':
            return '%s-%s' % tuple(text_of(item) for item in inner)
        if kind == 'concat':
            return ' . '.join(text_of(item) for item in inner)
        if kind == 'elem':
            return text_of(inner['val'])
        if kind == '|':
            return '|'.join(text_of(item) for item in inner)
        return kind + ' ' + json.dumps(inner)
    if isinstance(value, list):
        return ','.join(text_of(item) for item in value)
    return str(value)


def selector(left: t.Any) -> tuple[str, str | None]:
    """``(selector, mask)`` of the left side of a match."""
    (kind, value), = left.items()
    if kind == '&':
        name, _mask = selector(value[0])
        return name, text_of(value[1])
    if kind == 'payload' and 'protocol' in value:
        words = '%s %s' % (value['protocol'], value['field'])
    elif kind == 'concat':
        return ' . '.join(selector(item)[0] for item in value), None
    elif kind == 'fib':
        flags = value.get('flags') or []
        words = 'fib %s %s' % (' . '.join([flags] if isinstance(flags, str) else flags), value.get('result'))
    elif kind in ('meta', 'ct'):
        words = '%s %s' % (kind, value['key'])
        words = 'ct original' if 'dir' in value else words
    else:
        return '?', None
    return w.known(words) or '?', None


class _Expressions:
    """The expressions of one rule, read from the left."""

    def __init__(self, table: str, sets: dict[tuple[str, str], t.Any], helpers: dict[tuple[str, str], str]) -> None:
        self.table, self.sets, self.helpers = table, sets, helpers
        self.tests: list[m.Test] = []
        self.known = True
        self.packets: int | None = None

    def elements(self, name: str) -> t.Any:
        """Those of the set *name* (``@peers``), None where it is not known."""
        return self.sets.get((self.table, name))

    def rules(self, expressions: list[t.Any], text: str) -> list[m.Rule]:
        """The rule, or one for each element of a verdict map."""
        base = m.Rule('', None, (), '', text[:160])
        action, arg = '', t.cast(t.Any, None)
        for item in expressions:
            (kind, value), = item.items()
            if kind == 'vmap':
                pairs = self.pairs(value['data'])
                return w.vmap(base._replace(packets=self.packets), self.tests, selector(value['key'])[0], pairs)
            if kind in w.VERDICTS:
                action, arg = self.verdict(kind, value)
                break
            action = self.statement(kind, value)
            if action:
                break
        return [base._replace(action=action, arg=arg, tests=tuple(self.tests), packets=self.packets)]

    def verdict(self, kind: str, value: t.Any) -> tuple[str, t.Any]:
        """``(action, argument)``."""
        words = [kind]
        if kind in ('jump', 'goto'):
            words.append(str(value['target']))
        elif isinstance(value, dict) and kind in ('dnat', 'redirect'):
            address, port = value.get('addr'), value.get('port')
            words.append('%s:%s' % (text_of(address) if address else '', port if port else ''))
        return w.action(words)

    def pairs(self, data: t.Any) -> list[tuple[str, str]]:
        """Keys and verdicts of a verdict map."""
        rows = self.elements(data) if isinstance(data, str) else data.get('set')
        found = []
        for row in rows if isinstance(rows, list) else []:
            (kind, target), = row[1].items()
            found.append((text_of(row[0]), kind + (' ' + target['target'] if target else '')))
        return found if isinstance(rows, list) else [('...', '')]

    def statement(self, kind: str, value: t.Any) -> str:
        """Read one statement; an action where it is a target of iptables that ends the rule."""
        if kind == 'match':
            self.match(value)
        elif kind == 'counter':
            self.packets = value.get('packets') if isinstance(value, dict) else None
        elif kind == 'mangle':
            self.mangle(value)
        elif kind == 'ct helper':
            self.tests.append(('set', False, ('helper', self.helpers.get((self.table, str(value)), str(value)))))
        elif kind == 'notrack':
            self.tests.append(('set', False, ('notrack', '')))
        elif kind in ('limit', 'quota', 'ct count'):
            over = isinstance(value, dict) and value.get('inv')
            self.tests.append(('fixed', False, m.NO if over else m.YES))
        elif kind in ('set', 'meter', 'map'):
            self.tests.append(('fixed', False, m.YES))
        elif kind == 'xt' and value.get('type') == 'target':
            if value['name'] in _XT:
                self.tests.append(('set', False, _XT[value['name']]))
            return _XT_ACTIONS.get(value['name'], '')
        elif kind not in _PASSIVE:
            self.known = False
            self.tests.append(('fixed', False, m.MAYBE))
        return ''

    def match(self, value: t.Any) -> None:
        """``{"op", "left", "right"}``."""
        name, mask = selector(value['left'])
        sign = value['op']
        if sign in ('<', '>', '<=', '>='):
            self.tests += w.compare(name, sign, text_of(value['right']))
            return
        right = value['right']
        if isinstance(right, str) and right[:1] == '@':
            rows = self.elements(right)
            values = [w.element(text_of(row)) for row in rows] if isinstance(rows, list) else [right]
        elif isinstance(right, dict) and 'set' in right:
            values = [text_of(row) for row in right['set']]
        elif isinstance(right, list):
            values = [text_of(row) for row in right]
        else:
            values = text_of(right).split(',')
        if ' . ' in name:
            self.tests += w.concat(name, sign == '!=', values)
            return
        self.tests += w.build(name, sign == '!=', values, mask, sign in ('==', '!='))

    def mangle(self, value: t.Any) -> None:
        """``{"key", "value"}``: what a rule writes into the packet."""
        (kind, key), = value['key'].items()
        new = value['value']
        if kind == 'meta' and key.get('key') == 'mark':
            self.tests.append(('set', False, ('mark', (new, 0xffffffff) if isinstance(new, int) else None)))
        elif kind == 'tcp option' and key.get('name') == 'maxseg':
            self.tests.append(('set', False, ('mss', new if isinstance(new, int) else 'pmtu')))
