# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The dictionary that pppd's radius.so reads (pppd/plugins/radius/dict.c), and what it has to have for MS-CHAPv2 and
MPPE.

A line is ``ATTRIBUTE name number type [vendor]``, ``VENDOR name number``, ``VALUE attribute name number`` or ``INCLUDE
path``, in column 0. One that radius.so cannot read ends the reading, so it becomes a comment. A second line ``VENDOR
Microsoft`` hides the attributes of the first.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.edit.radius_text import Change
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.words import Unfit

#: RFC 2865 section 5, RFC 2866 section 5, RFC 2869 section 5: what pppd sends or takes (radius.c, avpair.c).
STANDARD = (
    ('User-Name', 1, 'string'), ('Password', 2, 'string'), ('CHAP-Password', 3, 'string'),
    ('NAS-IP-Address', 4, 'ipaddr'), ('NAS-Port-Id', 5, 'integer'), ('Service-Type', 6, 'integer'),
    ('Framed-Protocol', 7, 'integer'), ('Framed-IP-Address', 8, 'ipaddr'), ('Framed-IP-Netmask', 9, 'ipaddr'),
    ('Framed-Routing', 10, 'integer'), ('Filter-Id', 11, 'string'), ('Framed-MTU', 12, 'integer'),
    ('Framed-Compression', 13, 'integer'), ('Reply-Message', 18, 'string'), ('Framed-Route', 22, 'string'),
    ('State', 24, 'string'), ('Class', 25, 'string'), ('Session-Timeout', 27, 'integer'),
    ('Idle-Timeout', 28, 'integer'), ('Called-Station-Id', 30, 'string'), ('Calling-Station-Id', 31, 'string'),
    ('NAS-Identifier', 32, 'string'), ('Acct-Status-Type', 40, 'integer'), ('Acct-Delay-Time', 41, 'integer'),
    ('Acct-Input-Octets', 42, 'integer'), ('Acct-Output-Octets', 43, 'integer'), ('Acct-Session-Id', 44, 'string'),
    ('Acct-Authentic', 45, 'integer'), ('Acct-Session-Time', 46, 'integer'), ('Acct-Input-Packets', 47, 'integer'),
    ('Acct-Output-Packets', 48, 'integer'), ('Acct-Terminate-Cause', 49, 'integer'),
    ('Acct-Input-Gigawords', 52, 'integer'), ('Acct-Output-Gigawords', 53, 'integer'),
    ('CHAP-Challenge', 60, 'string'), ('NAS-Port-Type', 61, 'integer'), ('Connect-Info', 77, 'string'),
    ('Message-Authenticator', 80, 'string'), ('Acct-Interim-Interval', 85, 'integer'))
#: RFC 2548 section 2: MS-CHAP, and the keys of MPPE.
MICROSOFT = (
    ('MS-CHAP-Response', 1, 'string'), ('MS-CHAP-Error', 2, 'string'), ('MS-MPPE-Encryption-Policy', 7, 'string'),
    ('MS-MPPE-Encryption-Types', 8, 'string'), ('MS-CHAP-Domain', 10, 'string'), ('MS-CHAP-Challenge', 11, 'string'),
    ('MS-CHAP-MPPE-Keys', 12, 'string'), ('MS-MPPE-Send-Key', 16, 'string'), ('MS-MPPE-Recv-Key', 17, 'string'),
    ('MS-CHAP2-Response', 25, 'string'), ('MS-CHAP2-Success', 26, 'string'),
    ('MS-Primary-DNS-Server', 28, 'ipaddr'), ('MS-Secondary-DNS-Server', 29, 'ipaddr'))
VENDOR, NUMBER = 'Microsoft', 311
SETS = {'standard': STANDARD, 'microsoft': MICROSOFT}
LONGEST_INCLUDE = 63   # bytes (dict.c: namestr[AUTH_ID_LEN], which a longer one overruns)
ANY = '*'              # what another file defines is not known here
_NAME = 32             # bytes of a name (radiusclient.h: NAME_LENGTH)
#: dict.c; the last four since ppp 2.4.9.
_TYPES = frozenset(('string', 'integer', 'ipaddr', 'date', 'ipv4addr', 'ipv6addr', 'ifid', 'ipv6prefix'))
_LINES = re.compile(rb'[^\n]*\n|[^\n]+')
_NUMBER = re.compile(r'[0-9]')
_VENDOR = re.compile(r'-?[0-9]+')


def readable(line: bytes, vendors: set[str]) -> bool:
    """Whether radius.so can read *line* without harm, when it knows *vendors*; learns one from it."""
    words = line.decode('utf-8', 'surrogateescape').split()
    if line.startswith(b'VENDOR'):
        fine = len(words) > 2 and len(words[1]) <= _NAME and bool(_VENDOR.match(words[2])) and words[1] not in vendors
        vendors.update(words[1:2] if fine else ())
        return fine
    if line.startswith(b'ATTRIBUTE'):
        return len(words) > 3 and len(words[1]) <= _NAME and bool(_NUMBER.match(words[2])) and words[3] in _TYPES \
            and (len(words) < 5 or len(words[4]) <= _NAME and bool(vendors & {words[4], ANY}))
    if line.startswith(b'VALUE'):
        return len(words) > 3 and max(map(len, words[1:3])) <= _NAME and bool(_NUMBER.match(words[3]))
    fine = not line.startswith(b'INCLUDE') or len(words) > 1 and len(words[1]) <= LONGEST_INCLUDE
    vendors.update((ANY,) if line.startswith(b'INCLUDE') else ())
    return fine


def edit(data: bytes, kind: str, includes: t.Sequence[str] = (), present: bool = True) -> tuple[bytes, list[Change]]:
    """*data* so that radius.so can read all of it, with the attributes of the set *kind* and lines that include
    *includes*; not *present*: without what this would have written, as it would have."""
    for path in includes:
        if not path.startswith('/') or len(path.encode()) > LONGEST_INCLUDE or path.split() != [path]:
            raise Unfit('an included dictionary needs an absolute path of at most %d letters' % LONGEST_INCLUDE)
    return _completed(data, kind, includes) if present else _without(data, kind, includes)


def _completed(data: bytes, kind: str, includes: t.Sequence[str]) -> tuple[bytes, list[Change]]:
    changes: list[Change] = []
    if data and not data.endswith(b'\n'):
        data += b'\n'
    lines: list[bytes] = []
    vendors: set[str] = set()
    for number, line in enumerate(_LINES.findall(data), 1):
        fine = readable(line, vendors)
        changes += [] if fine else [Change('disabled', _named(line), number)]
        lines.append(line if fine else b'# ' + line)
    for row in _rows(kind, includes):
        if not _is_there(row, lines):
            changes.append(Change('added', row.split()[1].decode(), 0))
            lines.append(row)
    return b''.join(lines), changes


def _rows(kind: str, includes: t.Sequence[str]) -> list[bytes]:
    tail = '\t%s' % VENDOR if kind == 'microsoft' else ''
    rows = ['VENDOR\t%s\t%d\n' % (VENDOR, NUMBER)] if tail else []
    rows += ['ATTRIBUTE\t%s\t%d\t%s%s\n' % (name, number, type_, tail) for name, number, type_ in SETS[kind]]
    return [row.encode() for row in rows + ['INCLUDE %s\n' % path for path in includes]]


def _is_there(row: bytes, lines: list[bytes]) -> bool:
    """Whether one of *lines* says what *row* says; of an attribute its number and vendor count, and its type."""
    wanted = row.split()
    for line in lines:
        words = line.split()
        if line.startswith(wanted[0]) and (
                words[2:5] == wanted[2:5] if wanted[0] == b'ATTRIBUTE' else words[1:len(wanted)] == wanted[1:]):
            return True
    return False


def _without(data: bytes, kind: str, includes: t.Sequence[str]) -> tuple[bytes, list[Change]]:
    rows = set(_rows(kind, includes))
    changes = [Change('removed', line.split()[1].decode(), number)
               for number, line in enumerate(_LINES.findall(data), 1) if line in rows]
    return b''.join(line for line in _LINES.findall(data) if line not in rows), changes


def _named(line: bytes) -> str:
    words = line.decode('utf-8', 'replace').split()
    return words[1][:60] if len(words) > 1 else words[0][:60]
