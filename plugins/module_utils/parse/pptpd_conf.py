# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""pptpd.conf as pptpd reads it (poptop configfile.c, and pptpd.c for address lists).

Sample: ``option /etc/ppp/pptpd-options`` / ``localip 10.9.0.1`` / ``remoteip 10.9.0.100-110,10.9.0.120``.
A keyword stands in column 0, its first line wins, ``#`` starts a comment only there, a CR belongs to the value.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.parse import masking

FLAGS = ('debug', 'noipparam', 'logwtmp', 'delegate')
VALUES = ('option', 'ppp', 'localip', 'remoteip', 'connections', 'listen', 'pidfile', 'speed', 'stimeout', 'bcrelay',
          'vrf')
CONNECTIONS = 100                                                          # defaults.h
DEFAULTS = {'localip': '192.168.0.1-100', 'remoteip': '192.168.1.1-100'}   # defaults.h
_LONG = 510       # MAX_CONFIG_STRING_SIZE 512, less 2: fgets leaves no newline in the buffer of a longer line
_RANGE = re.compile(r'(\d{1,3})(?:-(\d{1,3}))?\.(\d{1,3})(?:-(\d{1,3}))?\.(\d{1,3})(?:-(\d{1,3}))?\.'
                    r'(\d{1,3})(?:-(\d{1,3}))?\Z')
_HOST = re.compile(r'(?=.*[A-Za-z])[A-Za-z0-9](?:[A-Za-z0-9.-]{0,253}[A-Za-z0-9])?\Z')


class Conf(t.NamedTuple):
    """*directives*: ``{name: (value or True, line)}``; *ignored*: (line, why, text) with why one of indented,
    too-long, unknown, duplicate; *crlf*: the first line that ends in CR LF, or 0."""

    directives: dict[str, tuple[t.Any, int]]
    ignored: list[tuple[int, str, str]]
    crlf: int


def parse(text: str) -> Conf:
    """What pptpd takes from *text*, and the lines that it does not."""
    conf, crlf = Conf({}, [], 0), 0
    for number, line in enumerate(text.split('\n'), 1):
        crlf = crlf or (number if line.endswith('\r') else 0)
        trimmed = line.rstrip(' \t')
        if not trimmed or trimmed[0] == '#' or trimmed == '\r':
            continue
        name, _gap, value = re.match(r'([^ \t]*)([ \t]*)(.*)', trimmed, re.S).groups()  # type: ignore[union-attr]
        if len(line) >= _LONG and len(line.encode('utf-8', 'surrogateescape')) >= _LONG:
            why = 'too-long'
        elif line[0] in ' \t':
            why = 'indented'
        elif name not in FLAGS + VALUES:
            why = 'unknown'
        elif name in conf.directives:
            why = 'duplicate'
        else:
            conf.directives[name] = (True if name in FLAGS else value, number)
            continue
        conf.ignored.append((number, why, masking.mask_lines(trimmed.strip(), masking.CONF)[:60]))
    return conf._replace(crlf=crlf)


class Pool(t.NamedTuple):
    """An address list: inclusive integer *ranges* in order, its *size* in addresses (a host name is one),
    and *errors* as (code, item)."""

    ranges: list[tuple[int, int]]
    size: int
    errors: list[tuple[str, str]]


def expand(spec: str, limit: int) -> Pool:
    """The addresses of *spec*, at most *limit*, as ``processIPStr`` walks it.

    Items are separated by commas; white space *after* an address and all behind it is let pass by ``inet_addr``.
    """
    ranges: list[tuple[int, int]] = []
    errors: list[tuple[str, str]] = []
    count = 0
    for item in spec.split(','):
        pair = _item(item)
        if isinstance(pair, str):
            if pair:
                errors.append((pair, item.strip()[:60]))
            count += 0 if pair else 1
            continue
        for first, last in pair:
            last = min(last, first + limit - count - 1)
            if last >= first:
                ranges.append((first, last))
                count += last - first + 1
    return Pool(ranges, min(count, limit), errors)


def _item(item: str) -> list[tuple[int, int]] | str:
    """The ranges of one item, ``''`` for a host name, or the code of what is wrong with it."""
    match = _RANGE.match(item)
    if match is None:
        plain = re.match(r'(\d{1,3}(?:\.\d{1,3}){3})[ \t\r\v\f]', item)
        if plain:
            return _item(plain.group(1))
        if re.search(r'\s', item):
            return 'crlf' if item.endswith('\r') and not re.search(r'\s', item[:-1]) else 'space-in-list'
        if _HOST.match(item):
            return ''
        return 'bad-range' if '-' in item and re.match(r'[\d.-]+\Z', item) else 'bad-address'
    octets = [(int(low), int(high or low)) for low, high in zip(match.groups()[::2], match.groups()[1::2])]
    wide = [index for index in range(4) if match.group(2 * index + 2)]
    if len(wide) > 1 or any(low > high for low, high in octets):
        return 'bad-range'
    if any(high > 255 for _low, high in octets):
        return 'bad-address'
    base = sum(low << 8 * (3 - index) for index, (low, _high) in enumerate(octets))
    if not wide or wide[0] == 3:
        return [(base, base + octets[3][1] - octets[3][0])]
    step, (low, high) = 1 << 8 * (3 - wide[0]), octets[wide[0]]
    return [(base + index * step, base + index * step) for index in range(high - low + 1)]


def overlap(ranges: t.Iterable[tuple[int, int]]) -> int | None:
    """The first address that stands in two of *ranges*, or ``None``."""
    top = -1
    for first, last in sorted(ranges):
        if first <= top:
            return first
        top = max(top, last)
    return None


def dotted(address: int) -> str:
    """``10.9.0.1`` for an integer."""
    return '.'.join(str(address >> shift & 255) for shift in (24, 16, 8, 0))
