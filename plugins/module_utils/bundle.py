# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A recorded host: a folder, a ``.tar.gz`` or a mapping that answers like the host itself.

Layout: files at their own paths (``etc/pptpd.conf``), command outputs as
``commands/<name>.txt``, and optionally ``bundle.json`` with ``collected_at`` (epoch
seconds), ``utc_offset`` (seconds), ``euid``, ``stat`` (``{path: [mode, uid, gid, mtime, size]}``, mode octal
text with the file type), ``folders`` (``{path: [name, ..]}``, whatever of it was recorded), ``absent`` (paths
that do not exist), ``unread`` and ``cut`` (``{path: why}``: not readable, not whole).
"""

from __future__ import annotations

import base64
import io
import json
import lzma
import os
import posixpath
import re
import stat
import tarfile
import typing as t
import zlib

from ansible_collections.vpnops.pptp.plugins.module_utils import evidence as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.commands import COMMANDS
from ansible_collections.vpnops.pptp.plugins.module_utils.commands_aliases import spellings
from ansible_collections.vpnops.pptp.plugins.module_utils.host import FILE_LIMIT, Host, Info, Output

MEMBER_LIMIT = 1 << 30   # bytes of one file inside an archive: a log may be large, a bomb may not
TOTAL_LIMIT = 2 << 30    # bytes of all of them
COUNT_LIMIT = 50000      # files of a bundle
HEADER_LIMIT = 1 << 20   # bytes that are read at once of an archive: a header may claim any length
PATH_LIMIT = 4096        # characters of a path: PATH_MAX
PACKED_LIMIT = 16 << 20  # bytes that a recording of at most 64 KiB may unpack to
META = 'bundle.json'
JOINED = ('iptables-save', 'journal')   # commands whose outputs may stand in several files, a table or unit each
# commands of one word whose arguments may follow in the name of the file
OPEN = ('ss', 'netstat', 'ps', 'lsmod', 'dmesg', 'uname', 'sysctl', 'journalctl', 'conntrack', 'ifconfig', 'ufw')


# what tarfile and the decompressors raise for an archive that is none, or breaks off
_BROKEN = (OSError, tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, ValueError, OverflowError)


class BundleError(Exception):
    """The bundle as a whole cannot be read; the message names it."""


class Bundle(Host):
    """A host made of *files*: ``{path without leading slash: callable that opens it}``."""

    def __init__(self, files: dict[str, t.Callable[[], t.BinaryIO]], sizes: dict[str, int] | None = None) -> None:
        self._files = files = {path: opener for path, opener in files.items() if len(path) <= PATH_LIMIT}
        self._sizes = sizes or {}
        self._folders = _folders(files)
        self._commands: dict[str, list[str]] = {}
        for path in sorted(files, key=lambda name: (len(name), name)):
            command = command_of(posixpath.basename(path)) if posixpath.dirname(path) == 'commands' else None
            self._commands.setdefault(command or '', []).append(path)
        self._meta: dict[str, t.Any] = {}
        self._meta = self._read_meta()
        for path, names in self._table('folders').items():
            if isinstance(names, list):
                self._folders.setdefault(_key(path), set()).update(map(str, names))

    def open(self, path: str) -> ev.Reading:
        key = _key(path)
        opener = self._files.get(key)
        if opener is None:
            return ev.Reading(None, self._missing(path))
        if ev.NEVER.search('/' + key):
            return ev.Reading(None, ev.Evidence(path, ev.FAILED, 'it holds secrets'))
        try:
            return ev.Reading(opener(), self._present(path))
        except _BROKEN as error:
            return ev.Reading(None, ev.Evidence(path, ev.FAILED, type(error).__name__))

    def list(self, path: str) -> ev.Reading:
        names = self._folders.get(_key(path))
        if names is None:
            return ev.Reading(None, self._missing(path))
        return ev.Reading(sorted(names), ev.Evidence(path))

    def stat(self, path: str) -> ev.Reading:
        key = _key(path)
        recorded = self._table('stat').get('/' + key)
        if key in self._files or recorded:
            return ev.Reading(_info(recorded, self._sizes.get(key, 0)), ev.Evidence(path))
        if key in self._folders:
            return ev.Reading(Info('dir', 0), ev.Evidence(path))
        return ev.Reading(None, self._missing(path))

    def run(self, name: str) -> ev.Reading:
        paths = self._commands.get(name)
        if paths:
            return self._output(name, paths if name in JOINED else paths[:1])
        return ev.Reading(None, self._missing('/commands/%s.txt' % name)._replace(source=name))

    def now(self) -> float | None:
        value = self._meta.get('collected_at')
        return float(value) if isinstance(value, (int, float)) and 0 < value < 1e11 else None

    def utc_offset(self) -> float:
        value = self._meta.get('utc_offset')
        return float(value) if isinstance(value, (int, float)) and abs(value) < 1e6 else 0.0

    def euid(self) -> int | None:
        value = self._meta.get('euid')
        return value if isinstance(value, int) else None

    def _present(self, path: str) -> ev.Evidence:
        reason = self._table('cut').get(path)
        return ev.Evidence(path, ev.TRUNCATED, reason) if isinstance(reason, str) else ev.Evidence(path)

    def _missing(self, path: str) -> ev.Evidence:
        """A file that the recording could not read is denied; one that it proved absent, or never had, is absent."""
        reason = self._table('unread').get(path)
        if isinstance(reason, str):
            return ev.Evidence(path, ev.DENIED, reason)
        absent = self._meta.get('absent')
        known = isinstance(absent, list) and path in absent
        return ev.Evidence(path, ev.ABSENT, '' if known else ev.NOT_RECORDED)

    def _output(self, name: str, paths: t.Sequence[str]) -> ev.Reading:
        readings = [self.read('/' + path, 32 * FILE_LIMIT) for path in paths]
        texts = [reading.value for reading in readings if reading.value is not None]
        evidence = readings[0].evidence._replace(source=name)
        return ev.Reading(Output('\n'.join(texts), None) if texts else None, evidence)

    def _table(self, name: str) -> dict[str, t.Any]:
        table = self._meta.get(name)
        return table if isinstance(table, dict) else {}

    def _read_meta(self) -> dict[str, t.Any]:
        text = self.read('/' + META).value
        try:
            meta = json.loads(text) if text else {}
        except (ValueError, RecursionError):
            return {}
        return meta if isinstance(meta, dict) else {}


def _normal(word: str) -> str:
    return re.sub(r'[^a-z0-9]+', '-', word.lower()).strip('-')


_NAMES = {_normal(spelling): name for name in reversed(list(COMMANDS)) for spelling in reversed(spellings(name))}


def command_of(file_name: str) -> str | None:
    """The command whose output *file_name* holds, however people spell it: ``ip_addr.txt``, ``ss -tlnp``,
    ``journalctl-u-pptpd-n-500.log``, ``iptables -L -n -v.txt``; ``None`` when it is none of ours."""
    stem = _normal(re.sub(r'\.(?:txt|out|log|json)$', '', file_name))
    if stem in _NAMES:
        return _NAMES[stem]
    if stem.startswith('iptables') and 'save' not in stem:
        return 'iptables-L' if '-t-' not in stem else None
    beginnings = [word for word in _NAMES if stem.startswith(word + '-') and ('-' in word or word in OPEN)]
    return _NAMES[max(beginnings, key=len)] if beginnings else None


def open_bundle(path: str) -> Bundle:
    """The bundle at *path*, a folder or a tar archive (plain, gz, bz2, xz).

    Raises :class:`BundleError` when there is neither. Links, devices and names that
    leave the bundle are ignored; one folder around everything is looked through.
    """
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            return Bundle(*_from_folder(path))
        if not stat.S_ISREG(status.st_mode):
            raise BundleError('%s: neither a folder nor a tar archive' % path)
        return Bundle(*_from_archive(path))
    except tarfile.ReadError as error:
        raise BundleError('%s: neither a folder nor a tar archive' % path) from error
    except _BROKEN as error:
        raise BundleError('%s: not a bundle: %s' % (path, error)) from error


def unpack(packed: str) -> Bundle:
    """The bundle that ``Recording.packed`` made; raises :class:`BundleError` when it is none."""
    try:
        inflate = zlib.decompressobj()
        texts = json.loads(inflate.decompress(base64.b85decode(packed), PACKED_LIMIT))
        return from_texts({str(path): str(text) for path, text in texts.items()})
    except (ValueError, AttributeError, zlib.error, RecursionError) as error:
        raise BundleError('the host sent no recording (%s)' % type(error).__name__) from error


def from_texts(texts: dict[str, t.Any]) -> Bundle:
    """A bundle from ``{path: text or bytes}``, as the sh collector and the tests make it."""
    data = {_key(path): text if isinstance(text, bytes) else text.encode('utf-8', 'surrogateescape')
            for path, text in texts.items()}
    return Bundle({path: _bytes_opener(value) for path, value in data.items()},
                  {path: len(value) for path, value in data.items()})


def _bytes_opener(value: bytes) -> t.Callable[[], t.BinaryIO]:
    return lambda: io.BytesIO(value)


def _from_folder(root: str) -> tuple[dict[str, t.Any], dict[str, int]]:
    files: dict[str, t.Any] = {}
    sizes: dict[str, int] = {}
    os.listdir(root)   # os.walk is silent about a folder that may not be read
    for folder, subfolders, names in os.walk(root):
        subfolders.sort()
        for name in names:
            full = os.path.join(folder, name)
            status = os.lstat(full)
            if stat.S_ISREG(status.st_mode):
                key = os.path.relpath(full, root).replace(os.sep, '/')
                files[key] = lambda full=full: open(full, 'rb')
                sizes[key] = status.st_size
        if len(files) > COUNT_LIMIT:
            raise BundleError('%s: not a bundle: more than %d files' % (root, COUNT_LIMIT))
    return files, sizes


class _Careful:
    """An unpacked stream of which nobody reads more at once than a header may have."""

    def __init__(self, handle: t.Any) -> None:
        self._handle = handle

    def read(self, size: int = -1) -> t.Any:
        """At most *size* bytes, which is never all."""
        if not 0 <= size <= HEADER_LIMIT:
            raise tarfile.ReadError('a header of %d bytes' % size)
        return self._handle.read(size)

    def __getattr__(self, name: str) -> t.Any:
        return getattr(self._handle, name)


class _Archive(tarfile.TarFile):
    def __init__(self, name: t.Any = None, mode: t.Any = 'r', fileobj: t.Any = None, **options: t.Any) -> None:
        super().__init__(name, mode, _Careful(fileobj or open(name, 'rb')), **options)


def _from_archive(path: str) -> tuple[dict[str, t.Any], dict[str, int]]:
    archive = _Archive.open(path)
    members = _members(archive)
    prefix = _common_folder(members)
    files: dict[str, t.Any] = {}
    sizes: dict[str, int] = {}
    for name, member in members.items():
        key = name[len(prefix):]
        files[key] = lambda member=member: archive.extractfile(member)
        sizes[key] = member.size
    return files, sizes


def _members(archive: tarfile.TarFile) -> dict[str, tarfile.TarInfo]:
    """The files of *archive*; of one that breaks off those before the break."""
    members: dict[str, tarfile.TarInfo] = {}
    count = total = 0
    try:
        for member in archive:
            count, total = count + 1, total + max(0, member.size)
            if count > COUNT_LIMIT or total > TOTAL_LIMIT:
                raise BundleError('%s: not a bundle: more than %d files or %d bytes' % (
                    os.fsdecode(archive.name or ''), COUNT_LIMIT, TOTAL_LIMIT))
            if member.isreg() and member.size <= MEMBER_LIMIT and '..' not in member.name.split('/'):
                members[_key(member.name)] = member
    except _BROKEN:
        if not members:
            raise
    return members


def _common_folder(names: t.Iterable[str]) -> str:
    """``'host1/'`` when all *names* lie in that one folder, which is none of a host's own; else ``''``."""
    tops = {name.split('/', 1)[0] if '/' in name else '' for name in names}
    top = tops.pop() if len(tops) == 1 else ''
    return top + '/' if top not in ('', 'etc', 'var', 'commands', 'proc', 'run', 'home', 'root') else ''


def _key(path: str) -> str:
    return posixpath.normpath('/' + path).lstrip('/')


def _folders(files: t.Iterable[str]) -> dict[str, set[str]]:
    folders: dict[str, set[str]] = {}
    for path in files:
        while path:
            path, name = posixpath.split(path)
            folders.setdefault(path, set()).add(name)
    return folders


def _info(recorded: t.Any, size: int) -> Info:
    """:class:`Info` from a row of the ``stat`` table; a row that makes no sense is no row."""
    try:
        mode, uid, gid, mtime, recorded_size = recorded
        full = stat.S_IFREG if mode is None else int(mode, 8)
        values = min(int(recorded_size), 1 << 50), int(uid or 0), int(gid or 0), float(mtime or 0)
    except (TypeError, ValueError, OverflowError):
        return Info('file', size)
    if mode is None:
        return Info('file', values[0])
    kind = 'char' if stat.S_ISCHR(full) else 'dir' if stat.S_ISDIR(full) else 'file'
    device = (108, 0) if kind == 'char' else None
    return Info(kind, values[0], stat.S_IMODE(full), values[1], values[2], values[3], device)
