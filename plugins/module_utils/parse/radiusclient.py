# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files of pppd's RADIUS plugin (pppd/plugins/radius/config.c, options.h): ``radiusclient.conf`` and ``servers``.

Sample::

    authserver      192.168.77.20:1812
    servers         /etc/radiusclient/servers
    radius_timeout  10
"""

from __future__ import annotations

import re
import typing as t

# config.c, test_config(), less what options.h has a default for: what a configuration must name
REQUIRED = ('authserver', 'acctserver', 'servers', 'dictionary', 'radius_timeout', 'radius_retries', 'seqfile',
            'mapfile')
_SERVERS = ('authserver', 'acctserver')
NUMBERS = ('radius_timeout', 'radius_retries', 'login_tries', 'login_timeout')      # each has to be above 0
_PATHS = ('servers', 'dictionary', 'seqfile', 'mapfile')
# options.h, config_options[]
_KNOWN = frozenset(REQUIRED + NUMBERS + ('config_file', 'auth_order', 'nologin', 'issue', 'login_radius', 'login_local',
                                         'default_realm', 'bindaddr', 'nas_identifier'))
LINE, SERVER_LINE = 511, 127     # bytes of a line: buffer[512] and buffer[128], with fgets
SECRET = 48                      # radiusclient.h, MAX_SECRET_LENGTH: of a longer one the rest is dropped
Problem = t.Tuple[str, str, str]


def config(text: str, path: str) -> tuple[dict[str, str], list[Problem]]:
    """``({key: value}, problems)`` as pppd takes them: a value ends with its line, blanks and all; the last one counts.
    Codes: ``bogus-line`` (pppd gives up), ``unknown-key``, ``missing-value``, ``bad-order`` (it gives up),
    ``trailing-space`` (it is part of a path), ``line-too-long``."""
    values: dict[str, str] = {}
    problems: list[Problem] = []
    for number, line in enumerate(text.split('\n'), 1):
        where, key = '%s:%d' % (path, number), re.split(r'[ \t]', line, maxsplit=1)[0]
        if not line or line[0] == '#' or line == '\r':
            continue
        if not key:
            problems.append((where, 'bogus-line', 'it begins with a blank'))
            break
        value = line[len(key) + 1:].lstrip(' \t\r\f\v')
        code = _code(key, value, line)
        if code:
            problems.append((where, code, key[:40]))
        if code == 'bad-order':
            break
        if key in _KNOWN and len(values) < 50:
            values[key] = value if key in _PATHS else value.strip()
    return values, problems


def _code(key: str, value: str, line: str) -> str:
    if key.rstrip('\r') not in _KNOWN:
        return 'unknown-key'
    if key not in _KNOWN or not value.strip():
        return 'missing-value'
    if key == 'auth_order' and not re.match(r'(?:local(?:[, \t]+radius)?|radius(?:[, \t]+local)?)\S*\s*\Z', value):
        return 'bad-order'
    if key in _PATHS and value != value.rstrip():
        return 'trailing-space'
    return 'line-too-long' if len(line) > LINE else ''


def missing(values: t.Mapping[str, str]) -> list[str]:
    """The keys without which pppd gives up (test_config; it crashes where a time-out is missing), and numbers that
    are not above 0."""
    names = [key for key in REQUIRED if key not in values or key in _SERVERS and not server_names(values[key])]
    return names + [key for key in NUMBERS if key in values and not number(values[key])]


def number(text: str) -> int | None:
    """The number above 0 that *text* begins with (atoi), else 0 or ``None``."""
    found = re.match(r'[0-9]{1,6}', text)
    return int(found.group(0)) if found else None


def server_names(value: str) -> list[str]:
    """The hosts of an ``authserver`` value, ports cut off (config.c, set_option_srv: commas or blanks, up to 8)."""
    return [name.partition(':')[0] for name in re.split(r'[,\s]+', value) if name][:8]


def targets(value: str, kind: str) -> list[tuple[str, int]]:
    """``(host, port)`` of each server of *value*; the port that stands for none is that of *kind*, auth or acct
    (config.c, set_option_srv; RFC 2865 and 2866 section 3)."""
    found = []
    for name in [name for name in re.split(r'[,\s]+', value) if name][:8]:
        host, _colon, port = name.partition(':')
        number_ = number(port) or 0      # atoi: what libradcli has behind the port, a secret, does not count
        found.append((host[:80], number_ if 0 < number_ < 65536 else {'auth': 1812, 'acct': 1813}[kind]))
    return found


class Row(t.NamedTuple):
    """A line of a servers file that has a secret: its *host*, ``a/b`` for a pair, and the *line*."""

    host: str
    line: int


def servers(text: str, path: str = '') -> tuple[list[Row], list[Problem]]:
    """The hosts of a servers file that have a secret (rc_find_server: the first two words), and what is odd about a
    secret: ``secret-cut`` (pppd takes 48 bytes), ``line-cut`` (it reads 127), ``secret-carriage-return``,
    ``secret-quoted`` (both are part of it). The secrets stay unread."""
    rows, problems = [], []
    for number_, line in enumerate(text.split('\n'), 1):
        words = re.split(r'[ \t]+', line.strip(' \t'))
        if line[:1] == '#' or len(words) < 2 or not words[1].strip('\r'):
            continue
        rows.append(Row(words[0][:64], number_))
        secret = words[1].rstrip('\r')
        tests = (('secret-cut', len(secret.encode('utf-8', 'surrogateescape')) > SECRET),
                 ('line-cut', len(line) > SERVER_LINE), ('secret-carriage-return', words[1].endswith('\r')),
                 ('secret-quoted', len(secret) > 1 and secret[0] == secret[-1] and secret[0] in '"\''))
        problems += [('%s:%d' % (path, number_), code, words[0][:64]) for code, true in tests if true]
    return rows[:64], problems


def matches(row: str, name: str, known: t.Callable[[str], str | None]) -> bool | None:
    """Whether the host *row* of a servers file is the server *name* (find_match: by address); *known* gives the address
    of a name, ``None`` where only a resolver could tell, and so this returns ``None``."""
    parts = row.split('/')[:2]
    if name in parts:
        return True
    address, others = known(name), [known(part) for part in parts]
    if address is not None and address in others:
        return True
    return None if address is None or None in others else False


def resolves_by_files(nsswitch: str | None) -> bool | None:
    """Whether the own name resolves though /etc/hosts lacks it, by ``hosts:`` of nsswitch.conf(5): with nss-myhostname
    or nss-resolve always, by files alone never; ``None`` where a name server may know it."""
    found = re.search(r'(?m)^\s*hosts:([^#\n]*)', nsswitch or '')
    if not found:
        return None
    services = set(re.sub(r'\[[^]]*\]', ' ', found.group(1)).split())
    if services & {'myhostname', 'resolve'}:
        return True
    return False if services <= {'files', 'compat', 'db'} else None
