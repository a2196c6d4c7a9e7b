# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""pptpd.conf changed as pptpd reads it: a keyword in column 0, of several lines the first, values to the line's end.

Sample: setting ``remoteip`` to ``10.9.0.100-110`` in `` remoteip 10.0.0.1`` / ``debug`` makes ``remoteip
10.9.0.100-110`` / ``debug``: the indented line meant nothing to pptpd.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.edit.words import BOM, Unfit
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import masking, pptpd_conf

KNOWN = pptpd_conf.FLAGS + pptpd_conf.VALUES
_LONGEST = 509    # bytes of a line that is not ignored (pptpd_conf)
_LINES = re.compile(rb'[^\n]*\n|[^\n]+')
_RETURNS = re.compile(rb'\r+(?=\n|\Z)')
_LINE = re.compile(rb'([ \t]*)([^ \t\r]*)([ \t]*)(.*)\Z', re.S)
_PATHS, _NUMBERS = ('option', 'ppp', 'pidfile'), ('connections', 'speed', 'stimeout')
_IPV4 = re.compile(r'(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.|\Z)){4}(?<!\.)\Z')


class Wish(t.NamedTuple):
    """A directive that is wanted, with its *value* (``''`` for a flag), or not."""

    name: str
    value: str = ''
    present: bool = True


class Change(t.NamedTuple):
    """What was done (added, changed, removed, duplicate, bom, crlf) to which line of the old file (0: a new one)."""

    action: str
    name: str
    line: int


def check(wish: Wish) -> None:
    """:class:`Unfit` where pptpd would ignore or refuse the line."""
    name, value = wish.name, wish.value
    if name not in KNOWN:
        raise Unfit('pptpd knows no %s; it knows %s' % (name, ', '.join(KNOWN)))
    if not wish.present:
        return
    if (name in pptpd_conf.FLAGS) != (value == ''):
        raise Unfit('%s %s' % (name, 'is a flag, and takes no value' if value else 'needs a value'))
    if re.search(r'[\s\0]', value):
        raise Unfit('the value of %s may hold no white space: it would be a part of it' % name)
    if len(name) + 1 + len(value.encode('utf-8', 'surrogateescape')) > _LONGEST:
        raise Unfit('the line of %s would be longer than the %d bytes that pptpd reads' % (name, _LONGEST))
    why = _refused(name, value)
    if why:
        raise Unfit('%s %s' % (name, why))


def _refused(name: str, value: str) -> str:
    if name in ('localip', 'remoteip'):
        pool = pptpd_conf.expand(value, 1 << 16)
        if pool.errors:
            return 'holds what is no address, range in one octet or host name (%s): %s' % pool.errors[0]
        twice = pptpd_conf.overlap(pool.ranges) if name == 'remoteip' else None
        return 'holds %s twice, and pptpd would not start' % pptpd_conf.dotted(twice) if twice is not None else ''
    if name in _PATHS and not value.startswith('/'):
        return 'needs an absolute path'
    if name in _NUMBERS and not re.match(r'[1-9]\d{0,8}\Z', value):
        return 'needs a number above 0'
    return 'needs an IPv4 address' if name == 'listen' and not _IPV4.match(value) else ''


def edit(data: bytes, wishes: t.Sequence[Wish], repair: bool = False) -> tuple[bytes, list[Change]]:
    """*data* with *wishes* true, and what was done. *repair* takes away a byte order mark and carriage returns, which
    pptpd takes for a part of the values."""
    changes: list[Change] = []
    for wish in wishes:
        check(wish)
        if sum(each.name == wish.name for each in wishes) > 1:
            raise Unfit('%s is asked for twice' % wish.name)
    while repair and data.startswith(BOM):
        data = data[len(BOM):]
        changes.append(Change('bom', '', 1))
    found = _RETURNS.search(data) if repair else None
    if found:
        changes.append(Change('crlf', '', data[:found.start()].count(b'\n') + 1))
        data = _RETURNS.sub(b'', data)
    lines = list(enumerate(_LINES.findall(data), 1))
    for wish in wishes:
        lines = _applied(lines, wish, changes)
    return b''.join(line for _number, line in lines), changes


def _applied(lines: list[tuple[int, bytes]], wish: Wish, changes: list[Change]) -> list[tuple[int, bytes]]:
    about = [(number, line) for number, line in lines if _parts(line)[1] == wish.name.encode()]
    if not wish.present:
        changes += [Change('removed', wish.name, number) for number, _line in about]
        return [each for each in lines if each not in about]
    if not about:
        changes.append(Change('added', wish.name, 0))
        return _added(lines, wish)
    first = next((each for each in about if _effective(each[1])), about[0])
    new = _written(first[1], wish)
    if new != first[1]:
        changes.append(Change('changed', wish.name, first[0]))
    rest = [each for each in about if each is not first]
    changes += [Change('duplicate', wish.name, number) for number, _line in rest]
    return [(number, new if number == first[0] else line) for number, line in lines if (number, line) not in rest]


def _parts(line: bytes) -> tuple[bytes, bytes, bytes, bytes, bytes]:
    """Indent, name, gap, value (a carriage return is a part of it) and newline."""
    end = b'\n' if line.endswith(b'\n') else b''
    body = line[:len(line) - len(end)]
    indent, name, gap, value = t.cast('t.Match[bytes]', _LINE.match(body)).groups()
    return indent, name, gap, value.rstrip(b' \t'), end


def _effective(line: bytes) -> bool:
    indent, name, gap, value, end = _parts(line)
    cut = not gap and value   # debug\r is another word than debug
    return not indent and not cut and len(line) - len(end) <= _LONGEST


def _written(line: bytes, wish: Wish) -> bytes:
    """*line* so that it says *wish*; as it is where it does."""
    _indent, name, gap, value, end = _parts(line)
    wanted = wish.value.encode('utf-8', 'surrogateescape')
    if _effective(line) and (wish.name in pptpd_conf.FLAGS or value == wanted):
        return line
    return (name + (gap or b' ') + wanted if wanted else name) + end


def _added(lines: list[tuple[int, bytes]], wish: Wish) -> list[tuple[int, bytes]]:
    """*lines* and one more, behind the last comment that shows how to write it, or else at the end."""
    sample = re.compile(rb'[ \t]*#[# \t]*' + wish.name.encode() + rb'(?:[ \t]|\r?\n|\Z)')
    at = max((index for index, (_number, line) in enumerate(lines, 1) if sample.match(line)), default=len(lines))
    new = (' '.join(filter(None, (wish.name, wish.value))) + '\n').encode('utf-8', 'surrogateescape')
    before = lines[:at]
    if before and not before[-1][1].endswith(b'\n'):
        before[-1] = (before[-1][0], before[-1][1] + b'\n')
    return before + [(0, new)] + lines[at:]


def masked(data: bytes) -> str:
    """The text of *data* as it may be shown."""
    text = masking.mask_lines(data.decode('utf-8', 'surrogateescape'), masking.CONF)
    return text.encode('utf-8', 'replace').decode('utf-8')
