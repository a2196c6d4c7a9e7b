# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rules that differ only in addresses and counters are read once: large rule sets are made of few shapes.

Sample: ``ip saddr 192.0.2.1 drop`` and ``ip saddr 192.0.2.2 drop`` are one shape.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.firewall import model as m

ADDRESS = r'\d{0,2}\.\d{1,3}\.\d{1,3}\.\d{1,3}'   # without its first digit, by which a pattern is quick to start
_SHAPES = 1024            # kinds of rules that are kept
_MOST = 9                 # addresses and ports of one rule
_STAND = 255 << 24        # what stands for an address, and a number more for each further one: 255.0.0.0 ..
_PORT = 64000             # and for a port
_NUMBER = re.compile(r'\d+')
Read = t.Callable[[str], t.Tuple[t.List[m.Rule], bool]]
Path = t.Tuple[int, ...]
Known = t.Tuple[m.Rule, t.List[Path]]   # a rule, and where in its tests the addresses and ports stand


class Shapes:
    """*varies*: a pattern with one group for what may differ: addresses, ports, counters, words in quotes; *read*: what
    gives the rules of a text and whether every word was understood."""

    def __init__(self, varies: re.Pattern[str], read: Read) -> None:
        self._varies, self._read = varies, read
        self._known: dict[str, Known | None] = {}

    def rules(self, text: str, where: str, position: int) -> tuple[list[m.Rule], bool]:
        """The rules of *text*, which stands at *where*, the *position*-th of its chain, and whether all is known."""
        parts = self._varies.split(text)
        shape = '\0'.join(parts[::2])
        if shape not in self._known and len(self._known) < _SHAPES:
            self._known[shape] = self._learn(parts)
        found = self._known.get(shape)
        if found is None:
            made, understood = self._read(text)
            return [rule._replace(source=where, position=position) for rule in made], understood
        model, places = found
        tests, packets, at = model.tests, model.packets, 0
        for value in parts[1::2]:
            kind = _kind(value)
            if kind == 'counter':
                packets = int(_NUMBER.findall(value)[0])
            elif kind != 'words':
                tests = _with(tests, places[at], _ends(value, kind))
                at += 1
        return [m.Rule(model.action, model.arg, tests, where, text[:160], packets, position)], True

    def _learn(self, parts: list[str]) -> Known | None:
        """What all rules of this shape have in common; None where it is none that can be copied: each address and port
        has to come back as one part of one test."""
        stand, marks = list(parts), t.cast('list[int]', [])
        for number in range(1, len(parts), 2):
            kind = _kind(parts[number])
            if kind == 'address':
                stand[number] = '255.0.0.%d' % len(marks) + ('", "len": 32' if '"' in parts[number] else '')
                marks.append(_STAND + len(marks))
            elif kind == 'port':
                stand[number] = str(_PORT + len(marks))
                marks.append(_PORT + len(marks))
        made, understood = self._read(''.join(stand)) if len(marks) <= _MOST else ([], False)
        if len(made) != 1 or not understood:
            return None
        found = [list(_paths(made[0].tests, (mark, mark))) for mark in marks]
        return (made[0], [paths[0] for paths in found]) if all(len(paths) == 1 for paths in found) else None


def _kind(value: str) -> str:
    if value[0] == '"':
        return 'words'
    return 'port' if value.isdigit() else 'counter' if 'bytes' in value else 'address'


def _ends(value: str, kind: str) -> tuple[int, int] | None:
    if kind == 'port':
        return (int(value), int(value)) if len(value) < 6 else None
    return m.network(value.replace('", "len": ', '/'))


def _paths(value: t.Any, wanted: tuple[int, int], path: Path = ()) -> t.Iterator[Path]:
    if value == wanted:
        yield path
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            yield from _paths(item, wanted, (*path, number))


def _with(value: tuple[t.Any, ...], path: Path, new: t.Any) -> tuple[t.Any, ...]:
    """*value*, a tuple of tuples, with *new* at *path*."""
    first = path[0]
    inner = new if len(path) == 1 else _with(value[first], path[1:], new)
    return (*value[:first], inner, *value[first + 1:])
