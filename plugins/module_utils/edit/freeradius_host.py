# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""FreeRADIUS on a host: where its files are, which version it is, what it says of a draft, and of its process.

``freeradius -XC`` reads the whole configuration and ends, beside a server that runs. A draft is shown to it in place of
the file, in a view of the file system that is its own and ends with it (unshare(1)).
"""

from __future__ import annotations

import contextlib
import glob
import os
import pwd
import re
import time
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import files

FOLDERS = ('/etc/freeradius/3.0', '/etc/freeradius', '/etc/raddb', '/usr/local/etc/raddb')
PROGRAMS = ('freeradius', 'radiusd')
ACCOUNTS = ('freerad', 'radiusd')      # that its packages make: Debian, RedHat
#: Versions from which a client is asked for a Message-Authenticator once it has sent one (CVE-2024-3596).
LEARNS = ((3, 0, 27), (3, 2, 5))
_PLACES = ['/usr/sbin', '/sbin', '/usr/local/sbin']
_VERSION = re.compile(r'FreeRADIUS Version (\d+)\.(\d+)\.(\d+)')
_STARTED = re.compile(r'\) \S (?:\S+ ){18}(\d+) ')       # proc_pid_stat(5): starttime
_COMPLAINT = re.compile(
    r'^(?:\S+: )?(/\S+\[\d+\]|Errors? (?:reading|parsing)[^"\n]{0,60}|Failed to [^"\n]{0,60})', re.M)
SECONDS = 60       # for -XC: names of hosts in it are looked up, and a database may be asked
_EXPIRED = (124, 137)      # of timeout(1)
_ALONE = ('unshare', '--mount', 'sh', '-c', 'mount --bind "$1" "$2" && shift 2 && exec "$@"', 'sh')


def config_dir() -> str:
    """The folder of its configuration, ``''`` where there is none."""
    return next((path for path in FOLDERS if os.path.isfile(path + '/radiusd.conf')), '')


def program(module: t.Any) -> str:
    """The daemon, ``''`` where it is not installed."""
    found = (module.get_bin_path(name, opt_dirs=_PLACES) for name in PROGRAMS)
    return next((path for path in found if path), '')


def version(module: t.Any, path: str) -> tuple[int, ...]:
    """Of the daemon at *path*; nothing where it does not tell."""
    found = _VERSION.search(' '.join(module.run_command([path, '-v'])[1:])) if path else None
    return tuple(int(part) for part in found.groups()) if found else ()


def learns(numbers: tuple[int, ...]) -> bool:
    """Whether this version may demand a Message-Authenticator by itself, and knows ``limit_proxy_state``.

    >>> learns((3, 2, 1)), learns((3, 2, 7)), learns((3, 0, 27)), learns(())
    (False, True, True, False)
    """
    return any(numbers[:2] == first[:2] and numbers >= first for first in LEARNS) or numbers >= (3, 3)


class Said(t.NamedTuple):
    """What the daemon says of a configuration: whether it is *fine* (``None``: it could not be asked, or did not end),
    and *where* it found something, or that it did not end. Values stay out: one of them may be a secret."""

    fine: bool | None
    where: str = ''


def check(module: t.Any, path: str = '', data: bytes | None = None) -> Said:
    """Have the daemon read its configuration, with *data* in place of the file at *path* if one is given."""
    daemon = program(module)
    if not daemon:
        return Said(None)
    command = ['timeout', '-k', '5', str(SECONDS), daemon, '-XC']
    if data is None:
        return _asked(module, command)
    if not os.path.exists(path) or not module.get_bin_path('unshare'):
        return Said(None)
    draft = os.path.join(module.tmpdir, 'freeradius-draft')
    try:
        _draft(draft, os.stat(path), data)
        if module.run_command([*_ALONE, draft, path, 'true'])[0]:
            return Said(None)
        return _asked(module, [*_ALONE, draft, path, *command])
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(draft)


def _asked(module: t.Any, command: list[str]) -> Said:
    code, out, error = module.run_command(command, environ_update={'LC_ALL': 'C'})
    if code in _EXPIRED:
        return Said(None, '-XC did not end within %d s' % SECONDS)
    found = _COMPLAINT.findall(out + '\n' + error)
    return Said(code == 0, '' if code == 0 else '; '.join(dict.fromkeys(found[-3:])))


def _draft(draft: str, old: os.stat_result, data: bytes) -> None:
    """*data* in the file *draft*, readable by whom the *old* one is."""
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'wb') as handle:
        handle.write(data)
        os.fchown(handle.fileno(), old.st_uid, old.st_gid)
        os.fchmod(handle.fileno(), old.st_mode & 0o777)


def accepted(module: t.Any, path: str, before: bytes | None, after: bytes) -> bool | None:
    """Whether the daemon takes the file *after*, ``None`` where it cannot be asked or does not end. The module fails
    where the change is to blame, or may be, and *path* stays as it is."""
    said = check(module, path, after) if before is not None else Said(None)
    if said.fine is None and said.where:
        module.warn('Whether FreeRADIUS takes the file is not known: %s' % said.where)
    if said.fine is False and before != after:
        old = check(module)
        if old.fine is not False:
            module.fail_json(msg='FreeRADIUS does not take the file, it stays as it is: %s' % (said.where or path))
        module.warn('FreeRADIUS does not take its configuration, nor did it before: %s' % (said.where or path))
    return said.fine


class Process(t.NamedTuple):
    """The daemon that runs: its *age* in seconds, the *groups* that it has (numbers), and the *user* it runs as."""

    pid: int
    age: float
    groups: frozenset[int]
    user: int = 0


def running() -> Process | None:
    """The daemon, in the same namespace of processes as this one."""
    for path in sorted(glob.glob('/proc/[0-9]*')):
        if text(path + '/comm').strip() in PROGRAMS and _namespace(path) in ('', _namespace('/proc/self')):
            status = text(path + '/status')
            return Process(int(os.path.basename(path)), _age(text(path + '/stat')), _groups(status), _user(status))
    return None


def text(path: str) -> str:
    """What *path* holds, ``''`` where it is not there or may not be read."""
    try:
        return files.read(path) or ''
    except OSError:
        return ''


def _namespace(folder: str) -> str:
    try:
        return os.readlink(folder + '/ns/pid')
    except OSError:
        return ''


def _age(stat: str) -> float:
    found, uptime = _STARTED.search(stat), text('/proc/uptime').split()
    return float(uptime[0]) - int(found.group(1)) / os.sysconf('SC_CLK_TCK') if found and uptime else 0.0


def account(process: Process | None, known: t.Callable[[str], bool]) -> str:
    """The name of the account that the server runs as: that of *process*, else the one that its package made, where it
    is *known*; ``''`` where neither tells. (Who owns the configuration does not: often that is root.)"""
    if process is not None and process.user:
        with contextlib.suppress(KeyError):
            return pwd.getpwuid(process.user).pw_name
    return next(filter(known, ACCOUNTS), '')


def _user(status: str) -> int:
    found = re.search(r'^Uid:\s+\d+\s+(\d+)', status, re.M)     # proc(5): real, effective
    return int(found.group(1)) if found else 0


def _groups(status: str) -> frozenset[int]:
    lines = re.findall(r'^(?:Gid|Groups):[ \t]*([\d \t]*)$', status, re.M)
    return frozenset(int(word) for line in lines for word in line.split())


def unread(folder: str, process: Process) -> bool:
    """Whether a file below *folder* was changed since *process* began; lists of users are read on a reload, too."""
    limit = time.time() - process.age + 0.1      # so fine are the ticks of a process
    for place, folders, names in os.walk(folder):
        if place.startswith(folder + '/mods-config/files'):
            folders.clear()
            continue
        for name in names:
            try:
                if limit < os.stat(os.path.join(place, name)).st_mtime <= time.time():
                    return True
            except OSError:
                continue
    return False
