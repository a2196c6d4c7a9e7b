# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files of FreeRADIUS 3 as a tree whose pieces have their places in the file (src/main/conffile.c, cf_section_read).

Sample: ``b'client a {\\n\\tsecret = "x" # mine\\n}\\n'`` is a root with one :class:`Section` ``client``/``a`` of one
:class:`Pair`. What cannot be read as the daemon would is refused, so that nothing is ever written into it.
"""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.edit.words import Unfit

#: token.c, fr_tokens[], in its order.
TOKENS = ('=~', '!~', '{', '}', '(', ')', ',', '+=', '-=', ':=', '=*', '!*', '==', '^=', '=', '!=', '>=', '>', '<=',
          '<', '#', ';')
_SETS = frozenset((':=', '=', '+=', '-=', '==', '!=', '>=', '>', '<=', '<', '!*', '=*', '^=', '=~', '!~'))
_SPACE = ' \t\r\n\v\f'
_QUOTES = '"\'`'
LONGEST = 8191    # letters of a line, continued ones together (conffile.c, buff[])


class Pair(t.NamedTuple):
    """``name = value``, or a word alone. *span* of the statement, *place* of the value with its quotes (empty where
    there is none), *line* from 1."""

    name: str
    value: str
    span: tuple[int, int]
    place: tuple[int, int]
    line: int


class Section(t.NamedTuple):
    """``name second {``. *span* of all of it, *body* between the braces; of the root both are the file."""

    name: str
    second: str
    span: tuple[int, int]
    body: tuple[int, int]
    line: int
    items: list[t.Union[Pair, Section]]   # noqa: UP007 - evaluated by Python 3.8

    @property
    def pairs(self) -> list[Pair]:
        """What is set in it."""
        return [item for item in self.items if isinstance(item, Pair)]

    @property
    def sections(self) -> list[Section]:
        """What is below it."""
        return [item for item in self.items if isinstance(item, Section)]


class Token(t.NamedTuple):
    """*kind*: ``op``, ``word``, the quote, or ``end``; *text* of it without quotes; ``[start:end]`` of the line."""

    kind: str
    text: str
    start: int
    end: int


def read(data: bytes) -> Section:
    """The tree of the file *data*; raises :class:`Unfit` with the line where it cannot be read."""
    return _Reader(data).tree()


class _Open(t.NamedTuple):
    """A section whose end has not come yet."""

    name: str
    second: str
    start: int
    inside: int
    line: int
    items: list[Pair | Section]


class _Reader:
    """Reads a file, one logical line after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._open = [_Open('', '', 0, 0, 1, [])]
        self._text = ''
        self._map: list[int] = []
        self._line = 0

    def tree(self) -> Section:
        """All of it."""
        for number, text, places in logical(self._data):
            self._line, self._text, self._map = number, text, places
            pos = 0
            while 0 <= pos < len(text):
                pos = self._statement(pos)
        if len(self._open) > 1:
            raise Unfit('line %d: the section %s is not closed' % (self._open[-1].line, self._open[-1].name))
        end = len(self._data)
        return Section('', '', (0, end), (0, end), 1, self._open[0].items)

    def _fail(self, what: str) -> t.NoReturn:
        raise Unfit('line %d: %s' % (self._line, what))

    def _token(self, pos: int) -> Token:
        found = token(self._text, pos)
        if found is None:
            self._fail('a quote is not closed')
        return found

    def _statement(self, pos: int) -> int:
        """Read one; where the next one begins, or -1 where the rest of the line says nothing."""
        first = self._expansion(pos) or self._token(pos)
        if first.kind == 'end' or first.text == '#' and first.kind == 'op':
            return -1
        if (first.kind, first.text) == ('op', '}'):
            self._close(first)
            return first.end
        if first.kind == 'op':
            self._fail('nothing can begin with %s' % first.text)
        if first.kind == 'word':
            if first.text.lower() in ('$include', '$-include', '$template'):
                return -1
            if first.text in ('if', 'elsif'):
                return self._enter(first, '', condition(self._text, first.end))
            if first.text == 'map':
                brace = self._token(self._token(self._token(first.end).end).end)
                return self._enter(first, '', brace.start if brace.text == '{' else -1)
        return self._rest(first)

    def _expansion(self, pos: int) -> Token | None:
        start = skip(self._text, pos)
        if not self._text.startswith('%{', start):
            return None
        end = braces(self._text, start + 1)
        if end < 0:
            self._fail('an expansion is not closed')
        return Token('word', self._text[start:end], start, end)

    def _rest(self, first: Token) -> int:
        second = self._token(first.end)
        if second.kind == 'op' and second.text in _SETS:
            return self._pair(first, second)
        if second.kind == 'end' or second.kind == 'op' and second.text in ('#', ','):
            self._add(Pair(first.text, '', self._place(first.start, first.end), (0, 0), self._line))
            return -1
        if (second.kind, second.text) == ('op', '{'):
            return self._enter(first, '', second.start)
        if second.kind == 'op' or second.kind == '`':
            self._fail('%s cannot follow a name' % (second.text if second.kind == 'op' else 'a command'))
        brace = self._token(second.end)
        if (brace.kind, brace.text) != ('op', '{'):
            self._fail('there should be a {')
        return self._enter(first, second.text, brace.start)

    def _pair(self, first: Token, operator: Token) -> int:
        start = skip(self._text, operator.end)
        found = value(self._text, start)
        if found is None or found.kind == 'end':
            self._fail('there should be a value')
        self._add(Pair(first.text, found.text, self._place(first.start, found.end), self._place(start, found.end),
                       self._line))
        pos = skip(self._text, found.end)
        letter = self._text[pos:pos + 1]
        if letter == ',':
            return pos + 1
        if letter not in ('', '#', '}'):
            self._fail('there should be a comma')
        return pos if letter == '}' else -1

    def _enter(self, first: Token, second: str, brace: int) -> int:
        if brace < 0:
            self._fail('there should be a {')
        self._open.append(_Open(first.text, second, self._map[first.start], self._map[brace] + 1, self._line, []))
        return brace + 1

    def _close(self, brace: Token) -> None:
        if len(self._open) < 2:
            self._fail('one } too many')
        done, end = self._open.pop(), self._map[brace.start]
        self._add(Section(done.name, done.second, (done.start, end + 1), (done.inside, end), done.line, done.items))

    def _add(self, item: Pair | Section) -> None:
        self._open[-1].items.append(item)

    def _place(self, start: int, end: int) -> tuple[int, int]:
        return (self._map[start], self._map[end - 1] + 1) if end > start else (self._map[start], self._map[start])


def logical(data: bytes) -> t.Iterator[tuple[int, str, list[int]]]:
    """Lines that are no comment: number, text (bytes as Latin-1) and where each letter stands in *data*."""
    text, places, number, begun = '', t.cast('t.List[int]', []), 0, 0
    pos = 0
    for number, raw in enumerate(data.splitlines(True) if b'\r' not in data else _lines(data), 1):
        line = raw.decode('latin-1')
        bare = line.rstrip('\r\n')
        if text or not _nothing(line):
            begun = begun if text else number
            ends = bare.endswith('\\')
            kept = len(bare) - ends
            text, places = text + bare[:kept], places + list(range(pos, pos + kept))
            if len(text) > LONGEST:
                raise Unfit('line %d: it is too long' % number)
            if not ends:
                yield begun, text, [*places, pos + kept]
                text, places = '', []
        pos += len(raw)
    if text:
        raise Unfit('line %d: it goes on behind the end' % number)


def _lines(data: bytes) -> list[bytes]:
    """Lines as fgets(3) reads them: a carriage return ends none."""
    found = data.split(b'\n')
    return [line + b'\n' for line in found[:-1]] + ([found[-1]] if found[-1] else [])


def _nothing(line: str) -> bool:
    begin = line.lstrip(_SPACE)
    return not begin or begin[0] == '#'


def skip(text: str, pos: int) -> int:
    """Behind the space at *pos*."""
    while pos < len(text) and text[pos] in _SPACE:
        pos += 1
    return pos


def token(text: str, pos: int) -> Token | None:
    """The token at *pos*; ``None`` where its quote is not closed."""
    start = skip(text, pos)
    if start >= len(text):
        return Token('end', '', start, start)
    operator = _operator(text, start)
    if operator:
        return Token('op', operator, start, start + len(operator))
    if text[start] in _QUOTES:
        return quoted(text, start)
    end = start
    while end < len(text) and text[end] not in _SPACE and not _operator(text, end):
        end += 1
    return Token('word', text[start:end], start, end)


def _operator(text: str, pos: int) -> str:
    return next((item for item in TOKENS if text.startswith(item, pos)), '')


def quoted(text: str, start: int) -> Token | None:
    """The string in quotes at *start*, as it stands between them."""
    end = start + 1
    while end < len(text) and text[end] != text[start]:
        end += 2 if text[end] == '\\' else 1
    return Token(text[start], text[start + 1:end], start, end + 1) if end < len(text) else None


def value(text: str, start: int) -> Token | None:
    """The value at *start*: in quotes, or up to the next space or comma (a path holds commas)."""
    if start >= len(text) or text[start] == '#':
        return Token('end', '', start, start)
    if text[start] in _QUOTES:
        return quoted(text, start)
    end, path = start, text[start] == '/'
    while end < len(text) and text[end] not in _SPACE and text[end] >= ' ' and (path or text[end] != ','):
        end += 1
    return Token('word', text[start:end], start, end)


def braces(text: str, start: int) -> int:
    """Behind the brace that closes the one at *start*, or -1."""
    depth = 0
    for pos in range(start, len(text)):
        depth += (text[pos] == '{') - (text[pos] == '}')
        if depth == 0:
            return pos + 1
    return -1


def condition(text: str, pos: int) -> int:
    """Where the brace stands that follows the condition at *pos*, or -1."""
    before = ''
    while pos < len(text):
        letter = text[pos]
        if letter in _QUOTES or letter == '/' and before.endswith('~'):
            end = quoted(text, pos)
            pos, before = (end.end if end else len(text)), ''
            continue
        if text.startswith('%{', pos):
            pos, before = braces(text, pos + 1), ''
            if pos < 0:
                return -1
            continue
        if letter == '{':
            return pos
        before = before if letter in _SPACE else before + letter
        pos += 1
    return -1
