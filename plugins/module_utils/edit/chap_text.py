# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""chap-secrets changed: one line a client and server, everything else byte for byte as it was.

Sample: setting the secret ``my #1`` in ``alice pptpd old 10.0.0.5 # x`` makes ``alice pptpd "my #1" 10.0.0.5 # x``.
"""

from __future__ import annotations

import collections
import contextlib
import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import chap_repair
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.words import (
    Line,
    Unfit,
    closed,
    exact,
    newline,
    quoted,
    replaced,
    split,
)
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import words as w
from ansible_collections.vpnops.pptp.plugins.module_utils.parse.shown import MAX_SECRET, is_address, visible

ANY = '*'
_HOST = re.compile(r'!?[A-Za-z0-9][A-Za-z0-9._-]*(?:/\d{1,2}\+?)?\Z')
_NUMBERS = re.compile(r'!?[\d.]+(?:/\d*\+?)?\Z')
_IPV4 = re.compile(r'!?(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)'
                   r'(?:/(?:3[0-2]|[12]\d|[1-9])\+?)?\Z')
_BROKEN = w.SPANS | w.OPEN


class Wish(t.NamedTuple):
    """A line that is wanted. *server* ``None``: any on removal, else ``*``; *secret* ``None``: the one that is there;
    *addresses* ``None``: those that are there, else ``*``; *keep*: the secret is for a new line only."""

    client: str
    server: str | None = None
    secret: str | None = None
    addresses: t.Sequence[str] | None = None
    present: bool = True
    keep: bool = False

    @property
    def key(self) -> tuple[bytes, bytes]:
        """The first two words."""
        return w.encode(self.client), w.encode(ANY if self.server is None else self.server)


class Change(t.NamedTuple):
    """What was done (added, secret, addresses, removed, duplicate, purged, or a repair) to which line of the old
    file (0: a new one)."""

    action: str
    client: str
    server: str
    line: int


def check(wish: Wish) -> None:
    """:class:`Unfit` where no line can say what is wished, or where it would not mean that to pppd."""
    if not wish.client or wish.server == '':
        raise Unfit('client and server may not be empty: pppd takes any name then')
    quoted(wish.client, 'the name of a client')
    quoted(wish.server or ANY, 'the name of a server')
    if wish.secret is not None:
        quoted(wish.secret, 'the secret of %s' % wish.client, MAX_SECRET)
        if wish.secret.startswith('@/'):
            raise Unfit('the secret of %s starts with @/, which pppd takes for the name of a file' % wish.client)
    if wish.addresses is not None and not wish.addresses:
        raise Unfit('%s needs an address: without one pppd allows none; * is any' % wish.client)
    for address in wish.addresses or ():
        if not (is_address(address) or _HOST.match(address)) or _NUMBERS.match(address) and not _IPV4.match(address):
            raise Unfit('an address of %s is none: *, -, 10.0.0.5, 10.0.0.0/24, !10.0.0.9 or a host name'
                        % wish.client)


class Secrets:
    """A secrets file being changed; *changes* says what was done."""

    def __init__(self, data: bytes) -> None:
        self.changes: list[Change] = []
        self._pieces: list[_Piece] = []
        self._index: dict[tuple[bytes, bytes], list[_Piece]] = {}
        self._read(data, list(range(1, data.count(b'\n') + 2)))

    def _read(self, data: bytes, origins: list[int]) -> None:
        """Take *data*, whose lines have the numbers *origins* in the old file; what is beyond them is new."""
        self._pieces, self._index, at = [], {}, 0
        for line in split(data):
            piece = _Piece(data[line.start:line.end], line, origins[at] if at < len(origins) else 0)
            at += piece.height
            self._take(piece)

    def _take(self, piece: _Piece) -> None:
        self._pieces.append(piece)
        if len(piece.words) > 1:
            self._index.setdefault(piece.key, []).append(piece)

    def _origins(self) -> list[int]:
        return [piece.first and piece.first + offset for piece in self._pieces if piece.raw
                for offset in range(piece.height)]

    def data(self) -> bytes:
        """The file as it is now."""
        return b''.join(piece.raw for piece in self._pieces)

    def count(self, wish: Wish) -> int:
        """How many lines are for what *wish* is about."""
        return len(self._about(wish))

    def whole(self, without: t.Container[int] = ()) -> collections.Counter[tuple[bytes, ...]]:
        """The words of each line, but those of lines *without* and of broken ones."""
        return collections.Counter(tuple(piece.values()) for piece in self._pieces if piece.words
                                   and piece.number not in without
                                   and not any(word.flags & _BROKEN for word in piece.words))

    def torn(self) -> int:
        """How many lines are no lines: the rest of a secret with a newline in it, most likely."""
        return sum(piece.torn for piece in self._pieces)

    def apply(self, wish: Wish) -> None:
        """Make *wish* true."""
        check(wish)
        if wish.present:
            found = self._index.get(wish.key)
            self._set(found[0], wish) if found else self._add(wish)
            self._drop(self._index[wish.key][1:], 'duplicate')
            self._index[wish.key] = self._index[wish.key][:1]
            return
        found = self._about(wish)
        while found:   # lines that a quote had swallowed come up
            self._drop(found, 'removed')
            found = self._about(wish)

    def _about(self, wish: Wish) -> list[_Piece]:
        anywhere = wish.server is None and not wish.present
        keys = [key for key in self._index if key[0] == wish.key[0]] if anywhere else [wish.key]
        return [piece for key in keys for piece in self._index.get(key, []) if piece.words]

    def purge(self, keep: t.Container[tuple[bytes, bytes]]) -> None:
        """Remove every line whose client and server are not in *keep*."""
        found = self._others(keep)
        while found:   # lines that a quote had swallowed come up
            self._drop(found, 'purged')
            found = self._others(keep)

    def _others(self, keep: t.Container[tuple[bytes, bytes]]) -> list[_Piece]:
        return [piece for piece in self._pieces if piece.words and piece.key not in keep]

    def repair(self) -> None:
        """Mend what has one reading only (:mod:`chap_repair`)."""
        data, done = chap_repair.repair(self.data())
        self.changes += [Change(action, client, server, line) for action, client, server, line in done]
        self._read(data, list(range(1, data.count(b'\n') + 2)))

    def _drop(self, pieces: t.Iterable[_Piece], action: str) -> None:
        again = False
        for piece in pieces:
            self._note(action, piece)
            again = piece.clear() or again
        if again:
            self._read(self.data(), self._origins())

    def _note(self, action: str, piece: _Piece) -> None:
        words = piece.words if len(piece.words) > 2 else []
        names = [word.value if shown else '' for word, shown in zip(words[:2], visible(words))] or ['', '']
        self.changes.append(Change(action, names[0], names[1], piece.number))

    def _add(self, wish: Wish) -> None:
        if wish.secret is None:
            raise Unfit('there is no line for %s yet: it needs a secret' % wish.client)
        words = [wish.client, ANY if wish.server is None else wish.server, wish.secret, *(wish.addresses or [ANY])]
        self.changes.append(Change('added', words[0], words[1], 0))
        last = next((piece for piece in reversed(self._pieces) if piece.raw), None)
        if last is not None and not last.closed:
            self._read(closed(self.data()), self._origins())
            last = self._pieces[-1]
        raw = b' '.join(map(quoted, words)) + newline(last.raw if last else b'')
        self._take(_Piece(raw, split(raw)[0], 0))

    def _set(self, piece: _Piece, wish: Wish) -> None:
        raw = piece.rewritten(wish)
        if raw == piece.raw:
            return
        lines = split(raw)
        now, before = [exact(raw, word) for word in lines[0].words], piece.values()
        for action, start, end in (('secret', 2, 3), ('addresses', 3, None)):
            if now[start:end] != before[start:end]:
                self.changes.append(Change(action, wish.client, w.decode(wish.key[1]), piece.number))
        if len(lines) == 1:
            piece.become(raw, lines[0])
        else:   # lines that a quote had swallowed are lines again
            piece.raw = raw
            self._read(self.data(), self._origins())


class _Piece:
    """A logical line on its own: its bytes *raw* and its words with their spans in them."""

    def __init__(self, raw: bytes, line: Line, first: int) -> None:
        self.first = first
        self.become(raw, line)

    def become(self, raw: bytes, line: Line) -> None:
        """Be *raw*, which *line* tells the words of."""
        self.raw, self.closed = raw, line.closed
        self.words = [word._replace(start=word.start - line.start, end=word.end - line.start) for word in line.words]

    @property
    def height(self) -> int:
        """How many lines of the file it is."""
        return self.raw.count(b'\n') + (not self.raw.endswith(b'\n'))

    @property
    def torn(self) -> bool:
        """Whether a quote that is not closed begins in its first two columns."""
        return any(word.flags & _BROKEN for word in self.words[:2])

    @property
    def number(self) -> int:
        """Where its words begin in the old file, 0 for a new line."""
        start = self.words[0].start if self.words else 0
        return self.first and self.first + self.raw.count(b'\n', 0, start)

    @property
    def key(self) -> tuple[bytes, bytes]:
        """The first two words as pppd has them; the second is empty where there is none."""
        values = [exact(self.raw, word) for word in self.words[:2]] + [b'', b'']
        return values[0], values[1]

    def values(self) -> list[bytes]:
        """All words as pppd has them."""
        return [exact(self.raw, word) for word in self.words]

    def clear(self) -> bool:
        """Be nothing, but for the lines that an open quote had swallowed; whether there are such lines."""
        bad = next((word for word in self.words if word.flags & _BROKEN), None)
        end = bad and self.raw.find(b'\n', bad.start) + 1 or len(self.raw)
        cut, self.raw, self.words = self.raw[:end], self.raw[end:], []
        self.first += cut.count(b'\n')
        return bool(self.raw)

    def rewritten(self, wish: Wish) -> bytes:
        """The line with the secret and addresses of *wish*; only what differs is replaced."""
        words, values = self.words, self.values()
        end = values.index(b'--', 3) if b'--' in values[3:] else len(values)
        bad = next((word for word in words[2:end] if word.flags & _BROKEN), None)
        whole = len(words) > 2 and bad is not words[2]
        if not whole and (wish.secret is None):
            raise Unfit('line %d has no whole secret: give the one of %s' % (self.number, wish.client))
        renew = wish.secret is not None and not (whole and (wish.keep or values[2] == w.encode(wish.secret)))
        secret = quoted(wish.secret or '') if renew else self.raw[words[2].start:words[2].end]
        old = values[3:words.index(bad)] + self._last(bad) if bad else values[3:end]
        wanted = _kept(old, renew) if wish.addresses is None else [w.encode(each) for each in wish.addresses]
        column = b' '.join(quoted(each.decode('utf-8', 'surrogateescape')) for each in wanted)
        if bad or renew and (len(words) == 2 or len(words) == 3 and words[2].flags & w.HASH):
            return self._rebuilt(secret, column, bad or words[-1])
        changes = [(words[2].start, words[2].end, secret)] if renew else []
        if old and old != wanted:
            changes.append((words[3].start, words[end - 1].end, column))
        elif not old:
            changes.append((words[2].end, words[2].end, b' ' + column))
        return replaced(self.raw, changes)

    def _last(self, bad: w.Word) -> list[bytes]:
        """The address at the end of the line on which the quote of *bad* is opened."""
        tokens = self.raw[bad.start:].split(b'\n', 1)[0].split()
        return tokens[-1:] if is_address(w.decode(tokens[-1])) else []

    def _rebuilt(self, secret: bytes, column: bytes, bad: w.Word) -> bytes:
        """A line with new third and fourth columns, and no comment: it was the end of a secret, or so it seemed.
        What follows on the line after that of *bad* begins lines of its own."""
        words, end = self.words, self.raw.find(b'\n', bad.start)
        rest = b'' if end < 0 else self.raw[end - (self.raw[end - 1:end] == b'\r'):]
        gap = self.raw[words[1].end:words[2].start] if len(words) > 2 else b' '
        return self.raw[:words[1].end] + gap + secret + b' ' + column + rest


def _kept(old: list[bytes], renewed: bool) -> list[bytes]:
    """The addresses of a line that is not told any. Of a new secret's line, words that are none were a part of the
    old secret, where more words follow them."""
    texts = [w.decode(each) for each in old]
    if renewed and not all(map(is_address, texts[:-1])):
        old = [each for each, text in zip(old, texts) if is_address(text)]
    return old or [w.encode(ANY)]


def verify(before: bytes, secrets: Secrets, wishes: t.Iterable[Wish]) -> None:
    """:class:`Unfit` where the file would not hold afterwards what it must: every wish, and what was there before."""
    after = Secrets(secrets.data())
    for wish in wishes:
        if after.count(wish) != int(wish.present):
            raise Unfit('the line of %s cannot be changed safely: a quote is not closed' % wish.client)
    changed = {change.line for change in secrets.changes}
    with contextlib.suppress(Unfit):
        before = closed(before)
    old = Secrets(before)
    if old.whole(changed) - after.whole() or after.torn() > old.torn():
        raise Unfit('other lines would change: a quote is not closed')


def distinct(wishes: t.Sequence[Wish]) -> None:
    """:class:`Unfit` where two of *wishes* are about the same line."""
    lines = collections.Counter(wish.key for wish in wishes)
    clients = collections.Counter(wish.client for wish in wishes)
    for wish in wishes:
        if lines[wish.key] > 1 or not wish.present and wish.server is None and clients[wish.client] > 1:
            raise Unfit('%s is asked for twice' % wish.client)


def beyond_ascii(wishes: t.Iterable[Wish]) -> list[str]:
    """Warnings: secrets of which pppd and some clients make different UTF-16 (chap_ms.c, ascii2unicode)."""
    return ['the secret of %s has letters beyond ASCII, which pppd takes byte by byte: clients that do not, as those '
            'of Windows, cannot log in' % wish.client
            for wish in wishes if wish.present and wish.secret is not None and not wish.secret.isascii()]


def empty(wishes: t.Iterable[Wish]) -> list[str]:
    """Warnings: clients that are to have no password."""
    return ['the secret of %s is empty: whoever knows the name may log in' % wish.client
            for wish in wishes if wish.present and wish.secret == '']
