# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What ``nft -f`` makes of a configuration file, in the form of ``nft list ruleset``. Sample::

    define wan = eth0
    table inet filter { chain input { type filter hook input priority 0; policy drop; iifname $wan accept; } }
    insert rule inet filter input tcp dport 1723 accept
"""

from __future__ import annotations

import re
import typing as t

_COMMENT = re.compile(r'("[^"\n]*")|#[^\n]*')
_INCLUDE = re.compile(r'^\s*include\s+"([^"]+)"\s*;?\s*$', re.M)
_DEFINE = re.compile(r'^\s*(?:define|redefine)\s+(\w+)\s*=\s*(\{[^}]*\}|[^\n;]+)', re.M)
_BLOCK = re.compile(r'(?:(?:add|create)\s+)?(?:table|chain|set|map|ct \w+|flowtable|counter|quota|limit|synproxy'
                    r'|secmark)\b')
_TOKENS = re.compile(r'"[^"\n]*"|[{};\n]|[^"{};\n]+')
_RULE = re.compile(r'(add|insert) rule (?:(ip6?|inet|arp|bridge|netdev) )?(\S+) (\S+) '
                   r'(?:(?:index|handle|position) \d+ )?(.+)')
_MADE = re.compile(r'(?:add |create )?(table|chain|set|map) (?:(ip6?|inet|arp|bridge|netdev) )?(\S+)(?: (\S+))?')
_GONE = re.compile(r'flush ruleset$|(?:delete|destroy) table |table \S+(?: \S+)?$|#')
_ROUNDS = 8   # of variables in variables


def expanded(text: str, read: t.Callable[[str], t.Sequence[str] | None], depth: int = 8) -> str | None:
    """*text* with what it includes in its place; *read* gives the texts of the files of a pattern, None where they are
    not known: then so is the whole."""
    text = _COMMENT.sub(lambda found: found.group(1) or '', text)
    parts: list[str] = []
    end = 0
    for found in _INCLUDE.finditer(text):
        texts = read(found.group(1)) if depth else None
        inner = None if texts is None else [expanded(item, read, depth - 1) for item in texts]
        if inner is None or None in inner:
            return None
        parts += [text[end:found.start()], *(item for item in inner if item is not None)]
        end = found.end()
    return '\n'.join([*parts, text[end:]])


def listing(text: str) -> str | None:
    """The tables that *text*, without includes, makes, as nft lists them; None where it holds what is not known."""
    for _round in range(_ROUNDS):
        names = dict(_DEFINE.findall(text))
        if '$' not in text or not names:
            break
        text = _DEFINE.sub('', text)
        for name, value in names.items():
            text = re.sub(r'\$%s\b' % name, value.strip().replace('\\', ''), text)
    text = _DEFINE.sub('', text)
    if '$' in re.sub(r'"[^"]*"', '', text):
        return None
    tables = _Tables()
    for line in _lines(text.replace('\\\n', ' ')):
        if not tables.take(line):
            return None
    return tables.text()


def _lines(text: str) -> t.Iterator[str]:
    """One statement a line; the braces of blocks end or are a line, those of sets stay within."""
    stack: list[str] = []
    held = ''
    for token in _TOKENS.findall(text):
        if token == '{':
            kind = 'block' if _BLOCK.match(held.strip()) and 'set' not in stack and ' = ' not in held else 'set'
            stack.append(kind)
            held += '{'
            if kind == 'block':
                yield ' '.join(held.split())
                held = ''
        elif token == '}':
            if stack[-1:] == ['set']:
                held += ' }'
            else:
                if held.strip():
                    yield ' '.join(held.split())
                yield '}'
                held = ''
            stack = stack[:-1]
        elif token in (';', '\n') and 'set' not in stack:
            if held.strip():
                yield ' '.join(held.split())
            held = ''
        else:
            held += ' ' if token in (';', '\n') else token
    if held.strip():
        yield ' '.join(held.split())


class _Tables:
    """Tables with their blocks, in order; rules that are added later go to their chains."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[str, list[str]]] = {}
        self.table, self.block = '', ''
        self.alone = False   # a block that stands outside its table

    def take(self, line: str) -> bool:
        """Read one line; whether it is understood."""
        if line == '}':
            self.table, self.block = (self.table, '') if self.block and not self.alone else ('', '')
            self.alone = False
        elif self.block:
            lines = self.tables[self.table][self.block]
            join = line.startswith('policy ') and lines and lines[-1].startswith('type ')
            lines[len(lines) - bool(join):] = [lines[-1] + '; ' + line] if join else [line]
        elif self.table:
            self.block = line.rstrip('{ ')
            if line.endswith('{'):
                self.tables[self.table].setdefault(self.block, [])
            else:
                self.block = ''
        else:
            return self._outside(line)
        return True

    def _outside(self, line: str) -> bool:
        rule = _RULE.match(line)
        if rule:
            how, family, table, chain, text = rule.groups()
            lines = self.tables.get('table %s %s' % (family or 'ip', table), {}).setdefault('chain ' + chain, [])
            first = next((at for at, item in enumerate(lines) if not item.startswith(('type ', 'policy '))), len(lines))
            lines.insert(first if how == 'insert' else len(lines), text)
            return True
        made = _MADE.match(line.rstrip('{ '))
        if made and (line.endswith('{') or not line.rstrip('{ ').count('{')):
            kind, family, name, inner = made.groups()
            table = 'table %s %s' % (family or 'ip', name)
            blocks = self.tables.setdefault(table, {})
            if kind != 'table' and inner:
                blocks.setdefault('%s %s' % (kind, inner), [])
            if line.endswith('{'):
                self.alone = kind != 'table'
                self.table, self.block = table, '' if kind == 'table' else '%s %s' % (kind, inner)
            return True
        return bool(_GONE.match(line))

    def text(self) -> str:
        """All of it."""
        made = {table: ''.join('%s {\n%s}\n' % (name, ''.join(line + '\n' for line in lines))
                               for name, lines in blocks.items()) for table, blocks in self.tables.items()}
        return ''.join('%s {\n%s}\n' % item for item in made.items())
