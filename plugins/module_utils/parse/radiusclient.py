# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files of pppd's RADIUS plugin (pppd/plugins/radius/config.c, dict.c): ``radiusclient.conf``, ``servers``,
``dictionary``. Sample::

    authserver      192.168.77.20:1812
    servers         /etc/radiusclient/servers
    radius_timeout  10
"""

from __future__ import annotations

import re
import typing as t

# config.c, test_config(): what a configuration must name
REQUIRED = ('authserver', 'acctserver', 'servers', 'dictionary', 'radius_timeout', 'radius_retries', 'seqfile',
            'mapfile', 'nologin', 'login_tries', 'login_timeout')
# config.h, config_options[]
_KNOWN = frozenset(REQUIRED + ('auth_order', 'issue', 'login_radius', 'login_local', 'default_realm', 'bindaddr',
                               'radius_deadtime', 'nas_identifier'))
# dict.c: integer is needed by all; the second line since ppp 2.4.9
_TYPES = frozenset(('string', 'integer', 'ipaddr', 'date', 'ipv4addr', 'ipv6addr', 'ifid', 'ipv6prefix'))
_MICROSOFT = frozenset(('MS-CHAP-Challenge', 'MS-CHAP2-Response', 'MS-MPPE-Send-Key', 'MS-MPPE-Recv-Key'))


def config(text: str, path: str) -> tuple[dict[str, str], list[tuple[str, str, str]]]:
    """``({key: value}, problems)``; keys stand at column 0, unknown ones are named by a problem."""
    values: dict[str, str] = {}
    problems = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split(None, 1)
        if not words or line[0] in '#':
            continue
        where = '%s:%d' % (path, number)
        if words[0] not in _KNOWN:
            problems.append((where, 'unknown-key', words[0][:40]))
        elif len(words) < 2:
            problems.append((where, 'missing-value', words[0]))
        elif len(values) < 50:
            values[words[0]] = words[1].strip()
    return values, problems


def server_names(value: str) -> list[str]:
    """The hosts of an ``authserver`` value, ports cut off (config.c, set_option_srv: commas or blanks, up to 8)."""
    return [name.partition(':')[0] for name in re.split(r'[,\s]+', value) if name][:8]


def targets(value: str, kind: str) -> list[tuple[str, int]]:
    """``(host, port)`` of each server of *value*; the port that stands for none is that of *kind*, auth or acct
    (config.c, set_option_srv; RFC 2865 and 2866 section 3)."""
    found = []
    for name in [name for name in re.split(r'[,\s]+', value) if name][:8]:
        host, _colon, port = name.partition(':')
        number = int(port[:5]) if port.isascii() and port.isdigit() else 0
        found.append((host[:80], number if 0 < number < 65536 else {'auth': 1812, 'acct': 1813}[kind]))
    return found


def servers(text: str) -> list[str]:
    """The hosts of a servers file that have a secret (find_server: first two words); the secrets stay unread."""
    rows = (line.split(None, 2) for line in text.splitlines() if line and line[0] != '#')
    return [row[0][:80] for row in rows if len(row) > 1]


class Dictionary(t.NamedTuple):
    """What one dictionary file says: *attributes* of Microsoft's, *includes* as pppd follows them, *dollar*: it has
    ```` lines, which pppd does not know, *problems*: ``(source, code, text)``."""

    attributes: set[str]
    includes: list[str]
    dollar: bool
    problems: list[tuple[str, str, str]]


def dictionary(text: str, path: str) -> Dictionary:
    """Read one file; an ATTRIBUTE of another type ends pppd's reading (``invalid type on line ..``)."""
    found = Dictionary(set(), [], False, [])
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if words[:1] == ['$INCLUDE']:
            found = found._replace(dollar=True)
        elif line.startswith('INCLUDE') and len(words) > 1:
            found.includes.append(words[1])
        elif line.startswith('ATTRIBUTE') and len(words) > 3:
            if words[3] not in _TYPES:
                found.problems.append(('%s:%d' % (path, number), 'invalid-type', words[3][:40]))
                break
            found.attributes.update(_MICROSOFT.intersection(words[1:2]))
    return found
