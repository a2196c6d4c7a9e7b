# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``radiusclient.conf`` and the servers file of pppd's radius.so changed as it reads them
(pppd/plugins/radius/config.c).

A key of the first stands in column 0, its value runs to the line's end; the last character of the file is cut off where
no newline ends it. A line of the second is a host and a secret. Sample: setting ``radius_timeout`` to ``3`` in
``authserver a`` / ``#radius_timeout 10`` makes ``authserver a`` / ``#radius_timeout 10`` / ``radius_timeout\t3``.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.edit.words import BOM, Unfit

#: config.h, config_options[]; pppd before 2.4.7 reads no file that has another key.
KEYS = frozenset((
    'acctserver', 'auth_order', 'authserver', 'bindaddr', 'default_realm', 'dictionary', 'issue', 'login_local',
    'login_radius', 'login_timeout', 'login_tries', 'mapfile', 'nas_identifier', 'nologin', 'radius_retries',
    'radius_timeout', 'seqfile', 'servers'))
_NUMBERS = frozenset(('login_timeout', 'login_tries', 'radius_retries', 'radius_timeout'))
_PATHS = frozenset(('dictionary', 'mapfile', 'nologin', 'seqfile', 'servers'))
LONGEST = 510        # bytes of a line of radiusclient.conf (config.c, rc_read_config: buffer[512])
SERVER_LINE = 126    # of a line of the servers file (rc_find_server: buffer[128])
SECRET = 48          # bytes of a secret that are used (includes.h: MAX_SECRET_LENGTH)
HOST = 64            # of a host (radiusclient.h: AUTH_ID_LEN)
SERVERS = 8          # that it takes (radiusclient.h: SERVER_MAX)
#: plugins/radius/config.c, test_config(), with the values of its sample; time-out and retries below the patience of
#: clients (pppd waits for the product, for each server).
NEEDED = {'radius_timeout': '3', 'radius_retries': '3', 'seqfile': '/run/radius.seq', 'nologin': '/etc/nologin',
          'login_tries': '4', 'login_timeout': '60'}
BESIDE = {'servers': 'servers', 'dictionary': 'dictionary', 'mapfile': 'port-id-map'}
FOREIGN = ('/etc/radcli/', '/etc/freeradius/', '/etc/raddb/', '/usr/')
_LINES = re.compile(rb'[^\n]*\n|[^\n]+')
_PARTS = re.compile(rb'[ \t]*([^ \t\r\n]+)([ \t]*)([^\n]*?)[ \t\r]*\Z')
_SERVER = re.compile(rb'[ \t]*([^ \t\r\n]+)([ \t]*)([^ \t\n]*?)((?:[ \t]+[^ \t\r\n][^\n]*?)?)[ \t\r]*\Z')
#: ``host:port:secret`` of libradcli and freeradius-client; radius.so reads on to the port.
_NAMED = re.compile(r'(?m)^[#\s]*(?:auth|acct)server[ \t].*')
_BESIDE_PORT = re.compile(r'(:[^\s:,]*:)\S+')
_INDENTED = re.compile(rb'(?m)^[ \t]+')
_PLAIN = re.compile(r'[!-~]+\Z')
NOTE = '  # (another secret)'


class Wish(t.NamedTuple):
    """A key or a server that is wanted, with its *value* or secret, or not; *keep*: one that is there stays."""

    name: str
    value: str = ''
    present: bool = True
    keep: bool = False


class Change(t.NamedTuple):
    """What was done (added, changed, secret, removed, duplicate, bom, newline, indent) to which line of the old file
    (0: a new one)."""

    action: str
    name: str
    line: int


def check_key(wish: Wish) -> None:
    """:class:`Unfit` where radius.so would refuse or misread the line."""
    name, value = wish.name, wish.value
    if name not in KEYS:
        raise Unfit('radius.so knows no %s; it knows %s' % (name, ', '.join(sorted(KEYS))))
    if not wish.present:
        return
    if not value or value != value.strip() or not value.isprintable():
        raise Unfit('%s needs a value of one line, without spaces around it' % name)
    if len(name) + 1 + len(value.encode('utf-8', 'surrogateescape')) > LONGEST:
        raise Unfit('the line of %s would be longer than the %d bytes that radius.so reads' % (name, LONGEST))
    if name in _NUMBERS and not re.match(r'[1-9][0-9]{0,5}\Z', value):
        raise Unfit('%s needs a number above 0' % name)
    if name in _PATHS and not value.startswith('/'):
        raise Unfit('%s needs an absolute path' % name)


def check_server(wish: Wish) -> None:
    """:class:`Unfit` where radius.so would cut the secret, or not find the server. The text holds no secret."""
    if not _PLAIN.match(wish.name) or wish.name.startswith('#') or len(wish.name) > HOST:
        raise Unfit('a server is a name or an address of at most %d letters' % HOST)
    if not wish.present:
        return
    if not wish.value:
        raise Unfit('the server %s needs a secret' % wish.name)
    if not _PLAIN.match(wish.value):
        raise Unfit('the secret of %s may hold only visible ASCII letters, and no space: radius.so reads it up to the '
                    'first one' % wish.name)
    if len(wish.value) > SECRET:
        raise Unfit('the secret of %s has %d letters, and radius.so uses %d' % (wish.name, len(wish.value), SECRET))
    if len(wish.name) + 1 + len(wish.value) > SERVER_LINE:
        raise Unfit('the line of %s would be longer than the %d bytes that radius.so reads' % (wish.name, SERVER_LINE))


def of_servers(servers: t.Sequence[tuple[str, int, int]]) -> list[Wish]:
    """``authserver`` and ``acctserver`` of *servers* (host, port, port for accounting); nothing for none."""
    for host, *ports in servers:
        check_server(Wish(host, present=False))
        if ',' in host or ':' in host or not all(0 < port < 65536 for port in ports):
            raise Unfit('a server is an IPv4 address or a name, with ports from 1 to 65535')
    if len(servers) > SERVERS:
        raise Unfit('radius.so takes up to %d servers' % SERVERS)
    rows = [('authserver', ','.join('%s:%d' % (host, auth) for host, auth, _acct in servers)),
            ('acctserver', ','.join('%s:%d' % (host, acct) for host, _auth, acct in servers))]
    return [Wish(name, value) for name, value in rows if value]


def needed(data: bytes, path: str, wishes: t.Sequence[Wish]) -> list[Wish]:
    """What radius.so does not start without, beside *wishes*: what is in *data* stays, but for a path of another
    program, whose files radius.so cannot read."""
    folder, _slash, _name = path.rpartition('/')
    there, asked = values(data), {wish.name for wish in wishes}
    rows = {**NEEDED, **{name: '%s/%s' % (folder, base) for name, base in BESIDE.items()}}
    return [Wish(name, value, keep=not there.get(name, '').startswith(FOREIGN))
            for name, value in rows.items() if name not in asked]


def edit(data: bytes, wishes: t.Sequence[Wish]) -> tuple[bytes, list[Change]]:
    """radiusclient.conf *data* with *wishes* true, and what was done."""
    for wish in wishes:
        check_key(wish)
    found = _INDENTED.search(data)    # radius.so reads no file with such a line ("bogus format")
    after, changes = _edited(_INDENTED.sub(b'', data), wishes, 'changed')
    line = data[:found.start()].count(b'\n') + 1 if found else 0
    return after, ([Change('indent', '', line)] if found else []) + changes


def edit_servers(data: bytes, wishes: t.Sequence[Wish]) -> tuple[bytes, list[Change]]:
    """The servers file *data* with *wishes* true, and what was done."""
    for wish in wishes:
        check_server(wish)
    return _edited(data, wishes, 'secret')


def _edited(data: bytes, wishes: t.Sequence[Wish], changed: str) -> tuple[bytes, list[Change]]:
    names = [wish.name for wish in wishes]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Unfit('%s is asked for twice' % twice[0])
    changes: list[Change] = []
    while data.startswith(BOM):
        data = data[len(BOM):]
        changes.append(Change('bom', '', 1))
    if data and not data.endswith(b'\n'):
        data += b'\n'
        changes.append(Change('newline', '', data.count(b'\n')))
    lines = list(enumerate(_LINES.findall(data), 1))
    for wish in wishes:
        lines = _applied(lines, wish, changed, changes)
    return b''.join(line for _number, line in lines), changes


_Lines = t.List[t.Tuple[int, bytes]]


def _applied(lines: _Lines, wish: Wish, changed: str, changes: list[Change]) -> _Lines:
    """Of several lines the one that counts is left: the first of a server, the last of a key (config.c)."""
    about = [each for each in lines if parts(each[1])[0] == wish.name]
    if not wish.present:
        changes += [Change('removed', wish.name, number) for number, _line in about]
        return [each for each in lines if each not in about]
    full = [each for each in about if parts(each[1])[1]]
    if not about:
        changes.append(Change('added', wish.name, 0))
        return _added(lines, wish)
    first = (full or about)[0 if changed == 'secret' else -1]
    new = _written(first[1], wish, _SERVER if changed == 'secret' else _PARTS)
    if new != first[1]:
        changes.append(Change(changed, wish.name, first[0]))
    rest = [each for each in about if each is not first]
    changes += [Change('duplicate', wish.name, number) for number, _line in rest]
    return [(number, new if number == first[0] else line) for number, line in lines if (number, line) not in rest]


def parts(line: bytes) -> tuple[str, str]:
    """Key and value of *line*; empty where it has none, as a comment has."""
    found = _PARTS.match(line.rstrip(b'\n'))
    if found is None or line.startswith(b'#'):
        return '', ''
    return found.group(1).decode('utf-8', 'surrogateescape'), found.group(3).decode('utf-8', 'surrogateescape')


def values(data: bytes) -> dict[str, str]:
    """Keys of radiusclient.conf and their values, without secrets; of several the last that has one, as :func:`edit`
    leaves it."""
    return {name: _BESIDE_PORT.sub(r'\1********', value) if name.endswith('server') else value
            for name, value in _values(data).items()}


def _values(data: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in _LINES.findall(data):
        name, value = parts(line)
        if name in KEYS and (value or name not in found):
            found[name] = value
    return found


def without_secrets(text: str) -> str:
    """*text* of radiusclient.conf, where a secret may stand beside a server for another program, also in comments."""
    return _NAMED.sub(lambda line: _BESIDE_PORT.sub(r'\1********', line.group()), text)


def named(data: bytes) -> list[dict[str, str]]:
    """The servers of radiusclient.conf, as ``host``, each once."""
    found = _values(data)
    words = re.split(r'[,\s]+', ' '.join(found.get(name, '') for name in ('authserver', 'acctserver')))
    return [{'host': host} for host in dict.fromkeys(word.partition(':')[0] for word in words if word)]


def hosts(data: bytes) -> list[str]:
    """The servers of a servers file that have a secret."""
    rows = (parts(line) for line in _LINES.findall(data))
    return list(dict.fromkeys(name for name, value in rows if value))


def _written(line: bytes, wish: Wish, pattern: t.Pattern[bytes]) -> bytes:
    """*line* so that it says *wish*; as it is where it does. What stands behind a secret stays, if it is read to it."""
    found = t.cast('t.Match[bytes]', pattern.match(line.rstrip(b'\n')))
    wanted = wish.value.encode('utf-8', 'surrogateescape')
    name, gap, value, rest = (*found.groups(), b'')[:4]
    clean = line == name + gap + value + rest + b'\n'
    if wish.keep and value:
        return line if clean else name + gap + value + b'\n'
    new = name + (gap or b'\t') + wanted
    rest = rest if len(new + rest) <= SERVER_LINE else b''
    return line if clean and value == wanted else new + rest + b'\n'


def _added(lines: _Lines, wish: Wish) -> _Lines:
    """*lines* and one more, behind the last comment that shows how to write it, or else at the end."""
    sample = re.compile(rb'#[# \t]*' + re.escape(wish.name.encode('utf-8', 'surrogateescape')) + rb'(?:[ \t]|\r?\n|\Z)')
    at = max((index for index, (_number, line) in enumerate(lines, 1) if sample.match(line)), default=len(lines))
    new = ('%s\t%s\n' % (wish.name, wish.value)).encode('utf-8', 'surrogateescape')
    return lines[:at] + [(0, new)] + lines[at:]


def masked(data: bytes, renewed: t.Container[str] = ()) -> str:
    """The servers file without its secrets; servers that are *renewed* have another one."""
    shown = []
    for line in _LINES.findall(data):
        name, value = parts(line)
        text = '%s\t********%s\n' % (name, NOTE if name in renewed else '') if value else \
            line.decode('utf-8', 'replace') if not name else name + '\n'
        shown.append(text if not text.startswith('#') else '# ********\n' if len(text.split()) > 1 else text)
    return ''.join(shown).encode('utf-8', 'replace').decode('utf-8')
