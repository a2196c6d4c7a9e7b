# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Users of FreeRADIUS in ``mods-config/files/authorize`` (src/main/files.c, users(5)).

An entry begins in column 0 with a name and what is checked, and goes on in indented lines. The first that fits counts,
so a new one stands before the first ``DEFAULT``. Sample: ``"alice"\\tCleartext-Password := 'x'``.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.edit.raddb_text import STARS, Change
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.words import Unfit, newline

_LINES = re.compile(rb'[^\n]*\n|[^\n]+')
_NAME = re.compile(rb'(?:"((?:[^"\\]|\\.)*)"|([^\s",#$][^\s,]*))(?=[ \t\r\n,]|\Z)')
_SECRET = re.compile(rb'([\w-]*(?:Password|Passwd|Secret|Digest-HA1)[\w-]*[ \t]*(?:[:+=!<>^-]?=[~*]?|[<>])[ \t]*)'
                     rb'("(?:[^"\\\n]|\\.)*"?|\'(?:[^\'\\\n]|\\.)*\'?|[^\s,]+)', re.I)
_CLEAR = re.compile(rb'Cleartext-Password[ \t]*:=[ \t]*("(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|[^\s,]+)')
_PLAIN_NAME = re.compile(r'[^\x00-\x1f"\x7f%]{1,200}\Z')


class User(t.NamedTuple):
    """A user that is wanted with this *secret* (``None``: the one that is there), or not."""

    name: str
    secret: str | None = None
    present: bool = True


def edit(data: bytes, users: t.Sequence[User]) -> tuple[bytes, list[Change]]:
    """*data* with *users*, and what was done."""
    if len({user.name for user in users}) < len(users):
        raise Unfit('a user is asked for twice')
    changes: list[Change] = []
    for user in users:
        if not _PLAIN_NAME.match(user.name) or user.name == 'DEFAULT' or user.name.endswith('\\'):
            raise Unfit('the name of a user may hold no double quote, no % and no control letter, does not end with a '
                        'backslash, and is not DEFAULT')
        data = _applied(data, user, changes)
    return data, changes


def _applied(data: bytes, user: User, changes: list[Change]) -> bytes:
    lines = _LINES.findall(data)
    mine = [number for number, line in enumerate(lines) if _named(line) == user.name.encode()]
    if not user.present:
        changes += [Change('removed', user.name, number + 1) for number in mine]
        gone = {index for number in mine for index in _entry(lines, number)}
        return b''.join(line for index, line in enumerate(lines) if index not in gone)
    if not mine:
        if user.secret is None:
            raise Unfit('the new user %s needs a secret' % user.name)
        changes.append(Change('added', user.name, 0))
        return _added(lines, user, newline(data))
    if user.secret is None:
        return data
    found = _CLEAR.search(lines[mine[0]])
    if not found:
        raise Unfit('line %d: %s is checked by something else than Cleartext-Password' % (mine[0] + 1, user.name))
    wanted = quoted(user.secret)
    if found.group(1) not in (wanted, b'"%s"' % wanted[1:-1] if b'\\' not in wanted and b'%' not in wanted else wanted):
        changes.append(Change('secret', user.name, mine[0] + 1))
        line = lines[mine[0]]
        lines[mine[0]] = line[:found.start(1)] + wanted + line[found.end(1):]
    return b''.join(lines)


def quoted(secret: str) -> bytes:
    """*secret* in single quotes, in which nothing is expanded (src/lib/token.c)."""
    if not secret or not secret.isprintable():
        raise Unfit('a secret has one line of printable letters')
    return ("'%s'" % secret.replace('\\', '\\\\').replace("'", "\\'")).encode('utf-8', 'surrogateescape')


def _named(line: bytes) -> bytes | None:
    found = _NAME.match(line)
    if found is None or line.startswith(b'#'):
        return None
    return found.group(1) if found.group(1) is not None else found.group(2)    # a backslash stays one in a name


def _entry(lines: list[bytes], first: int) -> range:
    """The lines of the entry that begins on *first*: what follows indented."""
    end = first + 1
    while end < len(lines) and lines[end][:1] in (b' ', b'\t') and lines[end].strip():
        end += 1
    return range(first, end)


def _added(lines: list[bytes], user: User, end: bytes) -> bytes:
    at = next((number for number, line in enumerate(lines) if _named(line) == b'DEFAULT'), len(lines))
    while 0 < at < len(lines) and lines[at - 1].startswith(b'#'):    # comments of that entry
        at -= 1
    if at == len(lines) and lines and not lines[-1].endswith(b'\n'):
        lines[-1] += end
    new = b'"%s"\tCleartext-Password := %s' % (user.name.encode(), quoted(user.secret or '')) + end
    return b''.join([*lines[:at], new, *lines[at:]])


def masked(data: bytes) -> str:
    """The text of *data* without passwords, also of comments."""
    return _SECRET.sub(rb'\g<1>' + STARS.encode(), data).decode('utf-8', 'replace')
