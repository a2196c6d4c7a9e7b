# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""chap-secrets and pap-secrets as pppd reads them (auth.c ``scan_authfile``), without ever keeping a secret.

Sample: ``alice pptpd "pass word" 10.0.0.5 10.0.1.0/24 -- mtu 1400``: client, server, secret, addresses, options.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.parse import words as w
from ansible_collections.vpnops.pptp.plugins.module_utils.parse.shown import MASK, MAX_SECRET, is_address, visible


class Entry(t.NamedTuple):
    """One line of at least two words. *client* and *server* are exact and only for matching; *names* are what may be
    shown of them (``?`` where a broken line may have put a secret there). *form* is word, quoted, file, empty or
    missing; *indirect* the path behind ``@/path``; *addresses* the words up to ``--``, likewise only for matching."""

    client: str
    server: str
    line: int
    form: str
    addresses: tuple[str, ...]
    names: tuple[str, str]
    indirect: str = ''


class Secrets(t.NamedTuple):
    """*entries* in file order and *problems* as (line, code of docs/facts.md, client that may be shown)."""

    entries: list[Entry]
    problems: list[tuple[int, str, str]]


def parse(text: str) -> Secrets:
    """The entries and problems of a secrets *text*; linear in its length, never an error."""
    result = Secrets([], [])
    if text.startswith('\ufeff'):
        result.problems.append((1, 'bom', ''))
    end = text.find('\r\n')
    if end >= 0:
        result.problems.append((text.count('\n', 0, end) + 1, 'crlf', ''))
    seen: dict[tuple[str, str], int] = {}
    for found in w.lines(text):
        _line(found, result, seen)
    return result


def _line(found: list[w.Word], result: Secrets, seen: dict[tuple[str, str], int]) -> None:
    first = found[0]
    if first.value == '\ufeff' and len(found) == first.line == 1 and not first.flags & w.QUOTED:
        return
    shown = visible(found)
    names = tuple(word.value if (may or not word.value) and MASK not in word.value else '?'
                  for word, may in zip(found[:2], shown))
    who = '' if names[0] == '?' else names[0][:60]
    result.problems.extend((first.line, code, who) for code in _defects(found))
    if len(found) < 2:
        return
    addresses = tuple(word.value for word in found[3:])
    addresses = addresses[:addresses.index('--')] if '--' in addresses else addresses
    secret = found[2].value if len(found) > 2 else ''
    entry = Entry(first.value, found[1].value, first.line, _form(found), addresses, (names[0], names[1]),
                  secret[1:] if secret.startswith('@/') else '')
    result.entries.append(entry)
    if len(found) > 2:
        result.problems.extend((first.line, code, who) for code in _address_defects(addresses))
        if '?' not in names and seen.setdefault(entry.names, first.line) != first.line:
            result.problems.append((first.line, 'duplicate', who))


def _form(found: list[w.Word]) -> str:
    if len(found) < 3:
        return 'missing'
    word = found[2]
    if word.value.startswith('@/'):
        return 'file'
    return 'empty' if not word.value else 'quoted' if word.flags & w.QUOTED else 'word'


def _defects(found: list[w.Word]) -> list[str]:
    flags = 0
    for word in found:
        flags |= word.flags
    secret = found[2] if len(found) > 2 else w.Word('', 0)
    hashed = any(word.flags & w.HASH for word in found[:3]) or len(found) == 2 and found[1].flags & w.COMMENT
    tests = (('too-few-words', len(found) < 3), ('unquoted-hash', hashed),
             ('unbalanced-quote', flags & (w.SPANS | w.OPEN)), ('word-too-long', flags & w.LONG),
             ('backslash-in-name', any(word.flags & w.ODD_ESCAPE for word in found[:2])),
             ('backslash-in-secret', secret.flags & w.ODD_ESCAPE), ('secret-too-long', len(secret.value) > MAX_SECRET),
             ('non-ascii-secret', not secret.value.isascii()), ('nbsp', any('\u00a0' in word.value for word in found)))
    return [code for code, failed in tests if failed]


def _address_defects(addresses: tuple[str, ...]) -> t.Iterator[str]:
    if not addresses:
        yield 'missing-address-column'
    elif addresses[0].startswith('-'):
        yield 'address-dash'
    elif any(not is_address(word) for word in addresses[:-1]):
        yield 'unquoted-space'
    elif any(not is_address(word) or not _in_range(word) for word in addresses):
        yield 'bad-address'


def _in_range(word: str) -> bool:
    numbers = [int(number) for number in re.findall(r'\d+', word)]
    return all(number < 256 for number in numbers[:4]) and all(0 < number < 33 for number in numbers[4:])


def usable(entry: Entry) -> str:
    """``ok``, or why pppd's ``some_ip_ok`` refuses the line: ``no-address``, ``dash`` or ``denied``."""
    for word in entry.addresses:
        if word.startswith('-'):
            return 'dash'
        if not word.startswith('!'):
            return 'ok'
    return 'denied' if entry.addresses else 'no-address'


def best(entries: t.Iterable[Entry], server: str, client: str | None = None) -> Entry | None:
    """The line that pppd takes for *client* (``None``: its start-up check, which takes any) on *server*:
    fewest wildcards, a literal client counting more than a literal server, the first of equals."""
    winner, top = None, -1
    for entry in entries:
        if entry.form == 'missing' or client and entry.client not in (client, '*') \
                or entry.server not in (server, '*'):
            continue
        score = (2 if entry.client != '*' else 0) + (1 if entry.server != '*' else 0)
        if score > top:
            winner, top = entry, score
    return winner
