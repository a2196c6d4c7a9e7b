# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Words and logical lines of pppd's files as pieces that can be changed: every byte of a file is in one of them.

Sample: ``quoted('my #1')`` is ``b'"my #1"'``; ``split(b'a b\\n# c\\n')`` is a line of two words and one of none.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.parse import words as w

BOM = b'\xef\xbb\xbf'
_PLAIN = re.compile(rb'[A-Za-z0-9_.:/,+=@%!*?^~()\[\]{}|<>&;$-]+\Z')
_SPECIAL = re.compile(rb'[\\"]')
_CONTROL = re.compile(rb'[\x01-\x1f\x7f]')


class Unfit(ValueError):
    """What is asked for cannot be written, or not without harm. The message holds no text of a file or secret."""


class Line(t.NamedTuple):
    """A logical line, the bytes ``[start:end]`` of the file: its *words* with their spans in the file, and whether a
    newline *closed* it."""

    start: int
    end: int
    words: list[w.Word]
    closed: bool


def quoted(value: str, what: str = 'a word', most: int = w.MAX_WORD) -> bytes:
    """The bytes that ``getword`` reads as *value*, of at most *most* bytes; :class:`Unfit` names *what* otherwise."""
    data = w.encode(value)
    if b'\0' in data or b'\n' in data:
        raise Unfit('%s may hold no newline and no NUL: pppd reads a line at a time' % what)
    if len(data) > most:
        raise Unfit('%s has %d bytes, pppd takes %d' % (what, len(data), most))
    if _PLAIN.match(data):
        return data
    data = _SPECIAL.sub(rb'\\\g<0>', data)
    return b'"%s"' % _CONTROL.sub(lambda found: b'\\%03o' % ord(found.group()), data)


def split(data: bytes) -> list[Line]:
    """The logical lines of *data*, empty ones too; together they are all of it."""
    found = w.lines(data.decode('utf-8', 'surrogateescape'), spans=True)
    lines, pos, following = [], 0, next(found, None)
    while pos < len(data):
        end, words = _gap(data, pos), []
        if following and following[0].start == end:
            words, following = following, next(found, None)
            end = _gap(data, words[-1].end)
        closed = data[end:end + 1] == b'\n'
        end = end + 1 if closed else len(data)
        lines.append(Line(pos, end, words, closed))
        pos = end
    return lines


def _gap(data: bytes, pos: int) -> int:
    return t.cast('t.Match[bytes]', w.GAP.match(data, pos)).end()   # it matches nothing, too


def exact(data: bytes, word: w.Word) -> bytes:
    """The bytes that pppd has for *word* of *data*: cut at 1023, and at a NUL."""
    return w.meaning(data[word.start:word.end])[0][:w.MAX_WORD].split(b'\0', 1)[0]


def newline(data: bytes) -> bytes:
    """How lines of *data* end: as the last of them does."""
    at = data.rfind(b'\n')
    return b'\r\n' if at > 0 and data[at - 1:at] == b'\r' else b'\n'


def closed(data: bytes) -> bytes:
    """*data* so that a line may follow; :class:`Unfit` where a quote runs to its end."""
    for end in (b'', newline(data), b'\n' + newline(data)):   # a backslash makes nothing of the first newline
        lines = split(data + end)
        if not lines or lines[-1].closed and not _adds(data, end, lines):
            return data + end
    line = next((line.words[0].line for line in lines for word in line.words if word.flags & w.OPEN), 0)
    raise Unfit('line %d: a quote is not closed and runs to the end of the file' % line)


def _adds(data: bytes, end: bytes, lines: list[Line]) -> bool:
    """Whether *end* makes a word more of *data*, as a carriage return does behind a backslash. An empty word that ends
    a file is none (:func:`parse.words.lines`)."""
    before = split(data)[-1].words if data else []
    after = [word for word in lines[-1].words if exact(data + end, word)]
    return len(after) > len([word for word in before if exact(data, word)])


def replaced(data: bytes, changes: t.Iterable[tuple[int, int, bytes]]) -> bytes:
    """*data* with the bytes ``[start:end]`` replaced, for each of *changes*, which do not overlap."""
    for start, end, new in sorted(changes, reverse=True):
        data = data[:start] + new + data[end:]
    return data
