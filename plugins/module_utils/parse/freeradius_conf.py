# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""FreeRADIUS 3's configuration as a tree (main/conffile.c, cf_section_read). Sample::

    client vpn {                     # a section: name1 name2
        ipaddr = 192.0.2.0/24        # a pair
        secret = ********            # masked where it was recorded
    }
    $INCLUDE sites-enabled/          # a file, or the files of a folder, into the current section
"""

from __future__ import annotations

import posixpath
import re
import typing as t

MASK = '********'
_DEPTH, _FILES, _ITEMS, _PROBLEMS = 12, 200, 5000, 20
_EXPANDED, _LONGEST = 9, 8192      # rounds of variables in variables, and how long a value may get
_CONDITION = re.compile(r'\s*(if|elsif)\b(.*)\{([^{]*)\Z', re.S)
_STRING = r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|`(?:[^`\\]|\\.)*`|/(?:[^/\\\s]|\\.)*/(?=\s|$|\{)'
_TOKEN = re.compile(r'\s*(?:(#.*)|([{}])|([:+=!<>^-]?=[~*]?|[!=]~|!\*|\+\+|[<>])|(,)|(' + _STRING + r')|'
                    r'((?:[%$]\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|[^\s{}",=#])+|\S))', re.S)
_VALUE = re.compile(r'\s*(?:(%s)|([^\s,#][^\s,]*))?' % _STRING, re.S)
_VARIABLE = re.compile(r'\$\{([^{}]*)\}')
_NAME = re.compile(r'[A-Za-z0-9._-]+\Z')     # files of an included folder; those with a leading dot are left out
Load = t.Callable[[str], t.Optional[str]]
Names = t.Callable[[str], t.Optional[t.Sequence[str]]]


class Pair(t.NamedTuple):
    """``key = value``, or a word by itself: then *value* is ``None``. *value* may hold :data:`MASK`."""

    key: str
    value: str | None
    source: str


class Section:
    """``name second { .. }``: its *pairs* and *sections* in order; *whole* is false where a part could not be read."""

    def __init__(self, name: str, second: str, source: str) -> None:
        self.name, self.second, self.source = name, second, source
        self.pairs: list[Pair] = []
        self.sections: list[Section] = []
        self.whole = True

    def get(self, key: str) -> Pair | None:
        """The first pair *key*, which is the one that counts (cf_pair_find)."""
        return next((pair for pair in self.pairs if pair.key == key), None)

    def named(self, name: str) -> list[Section]:
        """The sections called *name* in this one."""
        return [item for item in self.sections if item.name == name]

    def walk(self) -> t.Iterator[Section]:
        """This section and all below it."""
        yield self
        for item in self.sections:
            yield from item.walk()


class Tree:
    """The configuration that begins in *path*: *top*, and *problems* ``(source, code, text)``, codes ``unread`` (an
    included file), ``syntax``, ``too-many-braces``, ``open-section``, ``environment`` (``$ENV{..}``).

    *load* gives the text of a file, *names* those in a folder; ``None`` where it cannot be read.
    """

    def __init__(self, path: str, load: Load, names: Names) -> None:
        self.top, self.problems, self.files = Section('', '', path), t.cast('list[tuple[str, str, str]]', []), [path]
        self._load, self._names, self._items = load, names, 0
        self._include(path, self.top, '', 0)

    def _problem(self, source: str, code: str, text: str) -> None:
        if len(self.problems) < _PROBLEMS:
            self.problems.append((source, code, text[:80]))

    def _include(self, path: str, into: Section, source: str, depth: int, optional: bool = False) -> None:
        names = self._names(path) if path.endswith('/') else None
        text = None if path.endswith('/') or depth > _DEPTH or len(self.files) > _FILES else self._load(path)
        for name in sorted(names or ()):
            if _NAME.match(name) and name[0] != '.':
                self._include(path + name, into, source, depth + 1)
        if text is not None:
            self.files.append(path)
            _Reader(self, path, into, depth).read(text)
        elif names is None and not optional:
            into.whole = False
            self._problem(source, 'unread', path)


class _Reader:
    """Reads one file into the section *into*."""

    def __init__(self, tree: Tree, path: str, into: Section, depth: int) -> None:
        self._tree, self._path, self._depth = tree, path, depth
        self._stack = [into]

    def read(self, text: str) -> None:
        """Take all lines of *text*."""
        for number, line in _logical(text):
            source = '%s:%d' % (self._path, number)
            if MASK in line and line.strip().strip('{} ') == MASK:    # what follows a masked line
                continue
            found = _CONDITION.match(line)
            if found:
                self._open(found.group(1), found.group(2).strip(), source)
                line = found.group(3)
            self._line(line, source)
        for left in self._stack[1:]:
            self._tree._problem(left.source, 'open-section', left.name)
            self._stack[0].whole = False

    def _open(self, name: str, second: str, source: str) -> None:
        section = Section(name, second, source)
        self._stack[-1].sections.append(section)
        self._stack.append(section)

    def _close(self, source: str) -> None:
        if len(self._stack) > 1:
            self._stack.pop()
        else:
            self._tree._problem(source, 'too-many-braces', '}')

    def _line(self, line: str, source: str) -> None:
        words: list[str] = []
        at = 0
        while at < len(line):
            found = _TOKEN.match(line, at)
            if not found or found.group(1):
                break
            at = found.end()
            _comment, brace, sign, comma, quoted, word = found.groups()
            if brace == '{':
                self._open(words[0] if words else '', ' '.join(words[1:]), source)
            elif brace:
                self._pair(words, None, source)
                self._close(source)
            elif sign and words:
                value = _VALUE.match(line, at)
                at = value.end() if value else at
                self._pair(words, (value.group(1) or value.group(2) or '') if value else '', source)
            elif comma:
                self._pair(words, None, source)
            else:
                words.append(quoted[1:-1] if quoted and quoted[0] != '/' else quoted or word or sign or '')
                continue
            words = []
        self._pair(words, None, source)

    def _pair(self, words: list[str], value: str | None, source: str) -> None:
        if not words:
            return
        if words[0].lower() in ('$include', '$-include'):
            self._included(words, source)
            return
        section = self._stack[-1]
        if value is None and len(words) > 1:
            section.whole = False
            if MASK not in words[1:]:
                self._tree._problem(source, 'syntax', words[0][:40])
        if value is not None and '$ENV{' in value:
            self._tree._problem(source, 'environment', words[0][:40])
        self._tree._items += 1
        if self._tree._items <= _ITEMS:
            section.pairs.append(Pair(words[0][:80], None if value is None else unquoted(value)[:400], source))

    def _included(self, words: list[str], source: str) -> None:
        name = expand(self._tree.top, words[1] if len(words) > 1 else '')
        if name is None or not name or MASK in name:
            self._stack[-1].whole = False
            return self._tree._problem(source, 'unread', words[-1])
        path = name if name[0] == '/' else posixpath.join(posixpath.dirname(self._path), name)
        clean = posixpath.normpath(path) + ('/' if path.endswith('/') else '')
        return self._tree._include(clean, self._stack[-1], source, self._depth + 1, words[0][1] == '-')


def _logical(text: str) -> t.Iterator[tuple[int, str]]:
    """``(number of the last physical line, line)``: a backslash at the end joins the next line."""
    kept = ''
    for number, line in enumerate(text.split('\n'), 1):
        line = line.rstrip('\r')
        if not kept and line.lstrip()[:1] in ('#', ''):
            continue
        if line.endswith('\\'):
            kept += line[:-1]
            continue
        yield number, kept + line
        kept = ''
    if kept:
        yield text.count('\n') + 1, kept


def unquoted(value: str) -> str:
    """*value* without its quotes."""
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in '"\'`' else value


def expand(top: Section, value: str) -> str | None:
    """*value* with each ``${name}`` of the top level replaced; ``None`` where one is not known here, or where there is
    no end to it."""
    values = {pair.key: pair.value for pair in reversed(top.pairs)} if '${' in value else {}
    for _round in range(_EXPANDED):
        names = dict.fromkeys(_VARIABLE.findall(value))
        for name in names:
            inner = values.get(name)
            if inner is None or len(value) > _LONGEST:
                return None
            value = value.replace('${%s}' % name, inner)
        if not names:
            break
    return None if '$ENV{' in value or '${' in value else value


def truth(pair: Pair | None, default: bool | None) -> bool | None:
    """yes or no of *pair*; *default* where it is not there, ``None`` where it cannot be told (conffile.c, the words
    of PW_TYPE_BOOLEAN)."""
    if pair is None:
        return default
    return {'yes': True, 'on': True, 'true': True, 'no': False, 'off': False, 'false': False}.get(
        (pair.value or '').lower())
