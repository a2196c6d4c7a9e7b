# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of a pppd file as items that can be cut, commented out and changed where they stand.

Sample: ``name pptpd mtu 1400`` are two items, ``requier-mppe-128`` is one that pppd does not know.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.edit.words import Line, exact, newline, replaced, split
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import option_table as table, words as w

UNKNOWN = '?'


class Item(t.NamedTuple):
    """An option under its canonical *name* (``addresses``, ``speed``, ``device`` for a bare word, ``?`` for one that
    pppd does not know) with its *args*, and all *words* of it."""

    name: str
    args: tuple[bytes, ...]
    words: tuple[w.Word, ...]

    @property
    def start(self) -> int:
        """Where it begins in the file."""
        return self.words[0].start

    @property
    def line(self) -> int:
        """The line that it begins on."""
        return self.words[0].line


def read(data: bytes) -> list[Item]:
    """The options of *data* in their order."""
    flat = [(word, number) for number, line in enumerate(split(data)) for word in line.words]
    items, at = [], 0
    while at < len(flat):
        size = 1 + _arguments(flat, at)
        words = tuple(word for word, _number in flat[at:at + size])
        option = table.find(words[0].value)
        bare = None if option else table.wild(words[0].value)
        args = tuple(exact(data, word) for word in (words if bare else words[1:]))
        items.append(Item(option.name if option else bare or UNKNOWN, args, words))
        at += size
    return items


def _arguments(flat: list[tuple[w.Word, int]], at: int) -> int:
    """How many words after that at *at* belong to it. One on another line that is an option itself does not: the
    argument is missing. To a word that pppd does not know belongs what follows on its line, up to an option."""
    word, line = flat[at]
    option = table.find(word.value)
    if option is None and table.wild(word.value):
        return 0
    count = 0
    for other, number in flat[at + 1:]:
        if option is not None and (count == option.args or number != line and table.find(other.value)):
            break
        if option is None and (number != line or table.find(other.value)):
            break
        count += 1
    return count


def touched(lines: t.Sequence[Line], item: Item) -> list[Line]:
    """Those of *lines* on which *item* stands."""
    starts = {word.start for word in item.words}
    return [line for line in lines if any(word.start in starts for word in line.words)]


def cut(data: bytes, item: Item) -> bytes:
    """*data* without *item*, and without lines on which nothing else stood."""
    starts, changes = {word.start for word in item.words}, []
    for line in touched(split(data), item):
        ours = [word.start in starts for word in line.words]
        first, last = ours.index(True), len(ours) - ours[::-1].index(True)   # they stand in a row
        if all(ours):
            changes.append((line.start, line.end, b''))
        elif first:
            changes.append((line.words[first - 1].end, line.words[last - 1].end, b''))
        else:
            changes.append((line.words[0].start, line.words[last].start, b''))
    return replaced(data, changes)


def commented(data: bytes, item: Item) -> bytes:
    """*data* with *item* as a comment: its line, or a new one above it where other options stand on it, too."""
    lines = touched(split(data), item)
    starts = {word.start for word in item.words}
    if all(word.start in starts for line in lines for word in line.words):
        spans = any(word.flags & (w.SPANS | w.OPEN) for word in item.words)
        end = data.find(b'\n', item.start) + 1 or len(data) if spans else lines[-1].end
        raw = data[lines[0].start:end]
        return data[:lines[0].start] + re.sub(rb'(?m)^(?=[^\n])', b'# ', raw) + data[end:]
    text = b' '.join(data[word.start:word.end] for word in item.words).replace(b'\\\n', b'').split(b'\n', 1)[0]
    rest = cut(data, item)
    return rest[:lines[0].start] + b'# ' + text + newline(data) + rest[lines[0].start:]


def with_argument(data: bytes, item: Item, value: bytes) -> bytes:
    """*data* with *value*, as it is to be written, as the argument of *item*."""
    word = item.words[-1]
    if item.args:
        return replaced(data, [(word.start, word.end, value)])
    return replaced(data, [(word.end, word.end, b' ' + value)])
