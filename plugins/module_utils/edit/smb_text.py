# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``smb.conf`` changed as Samba reads it (smb.conf(5), lib/util/tini.c): names without regard to case and spaces, of
several the last, ``\\`` at the end of a line goes on with the next. What stands before the first section is global.

Sample: setting ``security`` to ``ads`` in ``[global]`` / ``  Security = user`` makes ``[global]`` / ``  Security =
  ads``.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.edit.raddb_text import Change, Wish
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.words import Unfit, newline

_LOGICAL = re.compile(rb'[ \t]*[#;][^\n]*(?:\n|\Z)|(?:[^\n]*\\\r?\n)*[^\n]*(?:\n|\Z)')    # a comment ends with its line
_SECTION = re.compile(rb'[ \t]*\[([^\]\n]*)\]')
_PAIR = re.compile(rb'([ \t]*)([^=#;\[\n][^=\n]*?)([ \t]*=[ \t]*)((?:[^\n]*\\\r?\n)*[^\n]*?)([ \t\r]*)\n?\Z', re.S)
_SPACES = re.compile(r'\s+')
_NAME = re.compile(r'[a-z][a-z0-9 :*_.-]*\Z', re.I)


def same(name: str) -> str:
    """*name* as Samba compares it.

    >>> same('NTLM  auth') == same('ntlmauth')
    True
    """
    return _SPACES.sub('', name).lower()


def _section(name: str) -> str:
    """*name* of a section as Samba compares it (param/loadparm.h: GLOBAL_NAME, GLOBAL_NAME2)."""
    return 'global' if same(name) == 'globals' else same(name)


def edit(data: bytes, section: str, wishes: t.Sequence[Wish]) -> tuple[bytes, list[Change]]:
    """*data* with *wishes* true in *section*, and what was done."""
    keys = [same(wish.name) for wish in wishes]
    if len(set(keys)) < len(keys):
        raise Unfit('a parameter is asked for twice')
    changes: list[Change] = []
    for wish in wishes:
        if not _NAME.match(wish.name) or wish.present and (not wish.value.isprintable() or wish.value.endswith('\\')):
            raise Unfit('%s is no parameter with a value of one line' % wish.name)
        data = _applied(data, section, wish, changes)
    return data, changes


def _applied(data: bytes, section: str, wish: Wish, changes: list[Change]) -> bytes:
    lines, named = [line for line in _LOGICAL.findall(data) if line], False
    inside, about, end, now = [], t.cast('t.List[int]', []), 0, 'global'
    for index, line in enumerate(lines):
        found = _SECTION.match(line)
        if found:
            now, named = _section(found.group(1).decode('utf-8', 'surrogateescape')), True
        if now == _section(section):
            inside += [index] if named else []
            end = index + 1 if named and line.strip() else end
            pair = _PAIR.match(line) if not found else None
            if pair and same(pair.group(2).decode('utf-8', 'surrogateescape')) == same(wish.name):
                about.append(index)
    numbers = _numbers(lines)
    if not wish.present:
        changes += [Change('removed', wish.name, numbers[index]) for index in about]
        return b''.join(line for index, line in enumerate(lines) if index not in about)
    if about:
        return _changed(lines, about, wish, changes, numbers)
    changes.append(Change('added', wish.name, 0))
    return _added(data, lines, section, wish, end if inside else -1)


def _numbers(lines: list[bytes]) -> list[int]:
    found, number = [], 1
    for line in lines:
        found.append(number)
        number += line.count(b'\n')
    return found


def _changed(lines: list[bytes], about: list[int], wish: Wish, changes: list[Change], numbers: list[int]) -> bytes:
    last = about[-1]
    indent, name, gap, value, _tail = t.cast('t.Match[bytes]', _PAIR.match(lines[last])).groups()
    wanted = wish.value.encode('utf-8', 'surrogateescape')
    if value != wanted and (b'/' in wanted or value.lower() != wanted.lower()):     # paths have their case
        changes.append(Change('changed', wish.name, numbers[last]))
        end = newline(lines[last]) if lines[last].endswith(b'\n') else b''
        lines[last] = indent + name + gap + wanted + end
    changes += [Change('duplicate', wish.name, numbers[index]) for index in about[:-1]]
    return b''.join(line for index, line in enumerate(lines) if index not in about[:-1])


def _added(data: bytes, lines: list[bytes], section: str, wish: Wish, at: int) -> bytes:
    end = newline(data)
    text = ('   %s = %s' % (wish.name, wish.value)).encode('utf-8', 'surrogateescape') + end
    if at < 0:
        gap = b'' if not data or data.endswith(b'\n') else end
        return data + gap + b'[%s]' % section.encode() + end + text
    if not lines[at - 1].endswith(b'\n'):
        lines[at - 1] += end
    return b''.join([*lines[:at], text, *lines[at:]])
