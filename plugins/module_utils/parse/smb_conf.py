# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""smb.conf as Samba reads it (lib/util/tini.c, lib/param/loadparm.c), as far as logins through winbind depend on it.

Sample: ``NTLM  Auth = Yes`` in ``[Global]`` sets ``ntlm auth``. Names ignore case and blanks, a line that ends in
``\\`` goes on, ``#`` and ``;`` start comments only where a line begins, and what stands before the first section is
global.
"""

from __future__ import annotations

import re
import typing as t

MASK = '********'
# other names of the same parameter, without blanks (lib/param/param_table.c, smb.conf(5))
SYNONYMS = {'lockdir': 'lockdirectory', 'debuglevel': 'loglevel', 'privatedirectory': 'privatedir'}
# values that mean the same (lib/param/param_table.c: enum_ntlm_auth, enum_server_role, enum_security), by ours
NTLM_AUTH = {'ntlmv2-only': ('ntlmv2-only', 'no', 'false', '0'),
             'ntlmv1-permitted': ('ntlmv1-permitted', 'yes', 'true', '1'),
             'mschapv2-and-ntlmv2-only': ('mschapv2-and-ntlmv2-only',), 'disabled': ('disabled',)}
SERVER_ROLE = {'auto': ('auto',), 'standalone': ('standalone server', 'standalone'),
               'member': ('member server', 'member'),
               'classic dc': ('classic primary domain controller', 'classic backup domain controller'),
               'dc': ('active directory domain controller', 'domain controller', 'dc')}
SECURITY: dict[str, tuple[str, ...]] = {'auto': ('auto',), 'user': ('user',), 'domain': ('domain',), 'ads': ('ads',)}
_ENUMS: dict[str, t.Mapping[str, tuple[str, ...]]] = {
    'ntlmauth': NTLM_AUTH, 'serverrole': SERVER_ROLE, 'security': SECURITY}
_GLOBAL = ('global', 'globals')      # GLOBAL_NAME, GLOBAL_NAME2


class Line(t.NamedTuple):
    """A parameter of the global section: *name* without blanks and in lower case, its *value*, its first *line*."""

    name: str
    value: str
    line: int


class Conf(t.NamedTuple):
    """*lines* of the global section, in order; *problems*: (line, code, text) with code bad-line, which Samba passes
    over, or bad-value, bad-section or no-name, for which it takes nothing of the file."""

    lines: list[Line]
    problems: list[tuple[int, str, str]]


def squeeze(name: str) -> str:
    """*name* as names are compared: without blanks, in lower case (strwicmp), a synonym by its usual name."""
    bare = re.sub(r'\s+', '', name).lower()
    return SYNONYMS.get(bare, bare)


def parse(text: str) -> Conf:
    """The global parameters in *text*."""
    conf, inside = Conf([], []), True
    for number, line in _lines(text):
        if line[0] == '[':
            name, closed, _rest = line[1:].partition(']')
            if not closed or not name.strip():
                conf.problems.append((number, 'bad-section', 'no name in brackets'))
            inside = squeeze(name) in _GLOBAL
        elif MASK not in line.partition('=')[0]:    # else it was left out of the recording
            _parameter(conf, number, line, inside)
    return conf


def _parameter(conf: Conf, number: int, line: str, inside: bool) -> None:
    name, equals, value = (part.strip() for part in line.partition('='))
    if not equals:
        conf.problems.append((number, 'bad-line', 'a line without ='))
        return
    if not name:
        conf.problems.append((number, 'no-name', 'nothing before the ='))
    if not name or not inside:
        return
    name = squeeze(name)
    if name in _ENUMS and value != MASK:
        meant = enum(name, value)
        if meant is None:
            conf.problems.append((number, 'bad-value', 'Samba does not know this value'))
            return
        value = meant
    conf.lines.append(Line(name, value, number))


def enum(name: str, value: str) -> str | None:
    """What *value* of the parameter *name* means, ``None`` when Samba does not know it."""
    found = [word for word, spellings in _ENUMS[name].items() if value.lower() in spellings]
    return found[0] if found else None


def _lines(text: str) -> t.Iterator[tuple[int, str]]:
    """(number, line) of what is no comment and not empty: continued lines joined, runs of blanks made one."""
    held, first = '', 0
    lines = text.replace('\r', '').split('\n')
    for number, raw in enumerate(lines, 1):
        if not held and raw.strip()[:1] in ('', '#', ';'):
            continue
        held, first = (held + raw, first) if held else (raw, number)
        joined = re.sub(r'\s+', ' ', held)
        found = re.search(r'\\ ?\Z', joined) if number < len(lines) else None
        if found:
            held = joined[:found.start()] or ' '
            continue
        held = ''
        if joined.strip():
            yield first, joined.strip()


def yes(value: str | None) -> bool | None:
    """A boolean of Samba's (lib/util: conv_str_bool), ``None`` for other words."""
    word = (value or '').strip().lower()
    return True if word in ('yes', 'true', '1', 'on') else False if word in ('no', 'false', '0', 'off') else None
