# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Words of pppd's files: options, peers and secrets share one grammar (``getword`` in pppd's options.c).

Sample: ``alice  pptpd  "my #1" *  # x`` holds the words ``alice``, ``pptpd``, ``my #1`` and ``*``.
White space is ASCII only, ``#`` starts a comment anywhere outside quotes, ``\\`` and a newline are nothing,
quotes may start and stop inside a word and run over newlines to the end of the file.
"""

from __future__ import annotations

import re
import typing as t

QUOTED, ESCAPED, ODD_ESCAPE, HASH, SPANS, OPEN, LONG, COMMENT = (1 << bit for bit in range(8))
MAX_WORD = 1023   # bytes; MAXWORDLEN is 1024 with the final NUL (pppd.h)

_PLAIN = re.compile(rb'[^\\"\'#\0]*\Z')
GAP = re.compile(rb'(?:[ \t\r\v\f]|\\\n|#[^\n]*)*')
_WORD = re.compile(rb'(?:[^\s"\'\\#]+|\\(?:[\s\S]|\Z)|"(?:[^"\\]+|\\(?:[\s\S]|\Z))*(?:"|\Z)'
                   rb"|'(?:[^'\\]+|\\(?:[\s\S]|\Z))*(?:'|\Z))+")
PIECE = re.compile(rb'\\(?:[0-7]{1,3}|x[0-9A-Fa-f]{0,2}|[\s\S]|\Z)|["\']|[^\\"\']+')
_NAMED = {b'a': b'\a', b'b': b'\b', b'f': b'\f', b'n': b'\n', b'r': b'\r', b's': b' ', b't': b'\t',
          b'\n': b'', b'': b''}


class Word(t.NamedTuple):
    """*value* as pppd sees it, the *line* it starts on, *flags*, and its bytes ``[start:end]`` in the UTF-8 text.

    Flags: QUOTED, ESCAPED, ODD_ESCAPE (before a letter or digit), HASH (``#`` touches its end), SPANS (a quoted
    section holds a newline), OPEN (a quote runs to the end of the file), LONG (cut at 1023 bytes), COMMENT (the
    line ends in a comment). *end* is 0 for a plain word unless spans were asked for.
    """

    value: str
    line: int
    flags: int = 0
    start: int = 0
    end: int = 0


def encode(text: str) -> bytes:
    """The bytes behind *text* as ``Host.read`` decoded them."""
    return text.encode('utf-8', 'surrogateescape')


def decode(data: bytes) -> str:
    """Printable text for *data*; bytes that are no UTF-8 read as U+FFFD."""
    return data.decode('utf-8', 'replace')


def lines(text: str, spans: bool = False) -> t.Iterator[list[Word]]:
    """The words of each logical line that holds any; *spans* fills ``start`` and ``end`` of every word."""
    data = encode(text)
    pos, line, size = 0, 1, len(data)
    while pos < size:
        end = data.find(b'\n', pos)
        end = size if end < 0 else end
        chunk = data[pos:end]
        if not spans and len(chunk) <= MAX_WORD and _PLAIN.match(chunk):
            found = [Word(decode(item), line) for item in chunk.split()]
            pos, line = end + 1, line + 1
        else:
            found, pos, line = _line(data, pos, line)
        if found:
            yield found


def words(text: str) -> t.Iterator[Word]:
    """Every word of *text*, in order."""
    for found in lines(text):
        yield from found


def _line(data: bytes, pos: int, line: int) -> tuple[list[Word], int, int]:
    """One logical line from *pos*: its words, and where the next one starts."""
    found: list[Word] = []
    while True:
        gap = t.cast('t.Match[bytes]', GAP.match(data, pos))   # it matches nothing, too
        line, pos = line + data.count(b'\n', pos, gap.end()), gap.end()
        if found and b'#' in gap.group():
            found[-1] = found[-1]._replace(flags=found[-1].flags | COMMENT)
        match = _WORD.match(data, pos)
        if match is None:
            return found, pos + 1, line + 1
        start, pos = pos, match.end()
        raw = match.group()
        value, flags = (raw, 0) if _PLAIN.match(raw) else meaning(raw)
        if value or pos < len(data):   # getword drops an empty word that ends the file
            flags |= (HASH if data[pos:pos + 1] == b'#' else 0) | (LONG if len(value) > MAX_WORD else 0)
            found.append(Word(decode(value[:MAX_WORD].split(b'\0')[0]), line, flags, start, pos))
        line += raw.count(b'\n')


def meaning(raw: bytes) -> tuple[bytes, int]:
    """The bytes that *raw* stands for, however many, and what stood in it."""
    value, quote, flags = [], b'', 0
    for match in PIECE.finditer(raw):
        piece = match.group()
        if piece[:1] == b'\\':
            flags |= ESCAPED | (ODD_ESCAPE if piece[1:2].isalnum() else 0)
            value.append(_unescape(piece[1:]))
        elif piece in (b'"', b"'") and quote in (b'', piece):
            quote = b'' if quote else piece
            flags |= QUOTED
        else:
            flags |= SPANS if quote and b'\n' in piece else 0
            value.append(piece)
    return b''.join(value), flags | (OPEN if quote else 0)


def _unescape(code: bytes) -> bytes:
    if code in _NAMED:
        return _NAMED[code]
    if code[:1] == b'x':
        return bytes([int(code[1:] or b'0', 16)])
    return bytes([int(code, 8) & 255]) if code[:1] in b'01234567' else code
