# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whom pppd's radius.so asks, from where and with which secret: its files read as it reads them, names resolved.

The secrets stay in the values of this module; nothing here is meant for a report but ``problems``.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils import evidence as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.host import Host
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import radiusclient

CONFIG = '/etc/radiusclient/radiusclient.conf'   # radius.c, the default of radius-config-file
LINE = 127               # config.c, rc_find_server: buffer[128] with fgets
SECRET = 48              # radiusclient.h, MAX_SECRET_LENGTH
_GIVES_UP = ('bogus-line', 'bad-order')          # config.c, rc_read_config: pppd reads no further, and asks nobody
Resolve = t.Callable[[str], t.List[str]]   # IPv4 addresses of a name, in order; none where it does not resolve
Problem = t.Tuple[str, str, str]           # source, code, text


class Server(t.NamedTuple):
    """One server of pppd's list: *kind* auth or acct, *name* as written, *address* ``''`` where it does not resolve,
    *secret* ``None`` where the servers file has none, *source* of the secret."""

    kind: str
    name: str
    port: int
    address: str
    secret: bytes | None
    source: str


class Plan(t.NamedTuple):
    """What pppd does: *bind*, its source address or ``''``; *nas* of ``address``, ``identifier``, ``realm``;
    seconds and tries, ``None`` where not known."""

    servers: tuple[Server, ...]
    bind: str
    nas: dict[str, str]
    timeout: int | None
    retries: int | None
    problems: tuple[Problem, ...]


def read(host: Host, path: str, resolve: Resolve, own_name: str, trail: ev.Trail) -> Plan:
    """The plan out of the file at *path* and of the servers file that it names."""
    text = trail.take(host.read(path))
    if text is None:
        return Plan((), '', {}, None, None, ((path, 'config-' + str(trail.status(path)), ''),))
    problems: list[Problem] = []
    own = (resolve(own_name) or [''])[0]
    if text and not text.endswith('\n'):
        text = text[:-1]      # config.c: the last character of each line goes, whatever it is
        problems.append((path, 'last-character-lost', 'the last line has no end, and pppd drops its last character'))
    values, found = radiusclient.config(text, path)
    problems += [problem for problem in found if problem[1] in _GIVES_UP]
    secrets = _secrets(host, values.get('servers', ''), trail, problems)
    servers = tuple(_server(kind, name, port, _secret(name, secrets, own, resolve, problems, path), resolve)
                    for kind in ('auth', 'acct')
                    for name, port in radiusclient.targets(values.get(kind + 'server', ''), kind))
    nas = {'identifier': values.get('nas_identifier', ''), 'realm': values.get('default_realm', ''),
           'address': own}
    if not nas['address'] and not nas['identifier']:
        problems.append(('/etc/hosts', 'own-name', 'the name of this host has no IPv4 address: pppd sends nothing'))
    return Plan(servers, _bind(values.get('bindaddr', ''), resolve, problems, path), nas,
                number(values.get('radius_timeout', '')), number(values.get('radius_retries', '')), tuple(problems))


def number(text: str) -> int | None:
    """The integer that *text* begins with (atoi)."""
    found = re.match(r'\s*([0-9]{1,6})', text)
    return int(found.group(1)) if found else None


def _bind(value: str, resolve: Resolve, problems: list[Problem], path: str) -> str:
    """ip_util.c, rc_own_bind_ipaddress: what does not resolve is any address."""
    if value in ('', '*'):
        return ''
    found = resolve(value)
    if not found:
        problems.append((path, 'bindaddr', 'bindaddr does not resolve: pppd takes any address'))
    return found[0] if found else ''


def _server(kind: str, name: str, port: int, row: Row | None, resolve: Resolve) -> Server:
    address = (resolve(name) or [''])[0]
    return Server(kind, name, port, address, row.secret if row else None, row.source if row else '')


def _secret(name: str, secrets: list[Row] | None, own: str, resolve: Resolve, problems: list[Problem], path: str
            ) -> Row | None:
    """The first line of the servers file that is of the server *name*."""
    addresses = resolve(name)
    if not addresses:
        problems.append((path, 'unresolvable', 'no IPv4 address of %s' % name[:80]))
        return None
    row = next((row for row in secrets or () if _match(row.name, addresses[0], own, resolve)), None)
    if row is None and secrets is not None:
        problems.append((path, 'no-secret', 'the servers file has no secret for %s' % name[:80]))
    return row


class Row(t.NamedTuple):
    """One line of a servers file."""

    name: str
    secret: bytes
    source: str


def _match(name: str, address: str, own: str, resolve: Resolve) -> bool:
    """Whether a line that begins with *name* is of the server at *address* (rc_find_server, find_match): of a pair
    ``one/two`` the second is meant where the first is this host, else the first."""
    first, pair, second = name.partition('/')
    if pair and own and own in resolve(first):
        return address in resolve(second)
    return address in resolve(first)


def _secrets(host: Host, path: str, trail: ev.Trail, problems: list[Problem]) -> list[Row] | None:
    """The lines of the servers file; ``None`` where it is there and was not read: pppd, which is root, may have."""
    text = trail.take(host.read(path)) if path else ''
    if text is None:
        problems.append((path, 'servers-' + str(trail.status(path)), ''))
        return [] if trail.status(path) == ev.ABSENT else None
    return rows(text, path, problems)


def rows(text: str, path: str, problems: list[Problem]) -> list[Row]:
    """The lines of a servers file as rc_find_server reads them, oddities of their secrets in *problems*.

    >>> rows('# x\\n10.0.0.1  abc # no comment\\n', 'f', [])
    [Row(name='10.0.0.1', secret=b'abc', source='f:2')]
    """
    found = []
    for number_, line in enumerate(text.split('\n'), 1):
        where = '%s:%d' % (path, number_)
        for piece in _pieces(line.encode('utf-8', 'surrogateescape')):
            words = re.split(rb'[ \t]+', piece.strip(b' \t'))
            if piece[:1] == b'#' or len(words) < 2 or not words[1]:
                continue
            problems += [(where, code, '') for code in oddities(piece, words[1])]
            found.append(Row(words[0].decode('utf-8', 'surrogateescape')[:64], words[1][:SECRET], where))
    return found[:64]


def _pieces(line: bytes) -> list[bytes]:
    return [line[start:start + LINE] for start in range(0, len(line), LINE)][:4]


def oddities(line: bytes, secret: bytes) -> list[str]:
    """Why *secret* may not be what its writer meant: pppd takes quotes, carriage returns and marks as they stand."""
    tests = (('secret-cut', len(secret) > SECRET), ('line-cut', len(line) >= LINE),
             ('secret-carriage-return', secret.endswith(b'\r')),
             ('secret-quoted', len(secret) > 1 and secret[:1] == secret[-1:] and secret[:1] in (b'"', b"'")))
    return [code for code, true in tests if true]
