# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one door to a host: read a file, list a folder, run a known command.

Collectors see only :class:`Host`. :class:`LiveHost` answers on the machine itself;
``bundle.Bundle`` answers the same calls from a recording. Nothing here changes the host:
files are opened read only and without touching their access time where the kernel allows it.
"""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import time
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils import evidence as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.commands import COMMANDS

FILE_LIMIT = 4 * 1024 * 1024      # bytes of a configuration file or /proc entry
PIECE = 65536                     # bytes read at once
OUTPUT_LIMIT = 32 * 1024 * 1024   # bytes of a command's output: about 400,000 firewall rules


class Info(t.NamedTuple):
    """What ``stat`` says: *kind* is file, dir, char, link or other; *mode* the permission bits; *mtime* epoch
    seconds; *device* is (major, minor) of a device node. ``None`` where a bundle does not know."""

    kind: str
    size: int
    mode: int | None = None
    uid: int | None = None
    gid: int | None = None
    mtime: float | None = None
    device: tuple[int, int] | None = None


class Output(t.NamedTuple):
    """What a command printed, and its exit status (``None`` from a bundle)."""

    stdout: str
    rc: int | None
    stderr: str = ''


class Host:
    """What every host answers. Each call returns a ``Reading`` and never raises for what the host lacks."""

    def read(self, path: str, limit: int = FILE_LIMIT) -> ev.Reading:
        """The text of *path*: UTF-8, other bytes as surrogate escapes, line ends as they are."""
        opened = self.open(path)
        if opened.value is None:
            return opened
        try:
            with opened.value as handle:
                data = _read_up_to(handle, limit + 1)
        except Exception as error:  # pylint: disable=broad-except  # that of a broken archive is of many kinds
            return ev.Reading(None, ev.Evidence(path, ev.FAILED, _reason(error)))
        if len(data) > limit:
            note = ev.Evidence(path, ev.TRUNCATED, 'first %d bytes' % limit)
            return ev.Reading(data[:limit].decode('utf-8', 'surrogateescape'), note)
        return ev.Reading(data.decode('utf-8', 'surrogateescape'), opened.evidence)

    def open(self, path: str) -> ev.Reading:
        """A binary, seekable handle for reading *path*; the caller closes it."""
        raise NotImplementedError

    def list(self, path: str) -> ev.Reading:
        """The sorted names in folder *path*."""
        raise NotImplementedError

    def stat(self, path: str) -> ev.Reading:
        """:class:`Info` of *path*, links followed."""
        raise NotImplementedError

    def run(self, name: str) -> ev.Reading:
        """:class:`Output` of the command called *name* in ``commands.COMMANDS``."""
        raise NotImplementedError

    def now(self) -> float | None:
        """Epoch seconds on the host, or ``None`` where nobody recorded them."""
        raise NotImplementedError

    def utc_offset(self) -> float:
        """Seconds to add to UTC for the wall clock of the host."""
        raise NotImplementedError

    def euid(self) -> int | None:
        """The user that reads, or ``None`` where nobody recorded it."""
        raise NotImplementedError


class LiveHost(Host):
    """The machine this code runs on. *root* prefixes every path and exists for the tests."""

    def __init__(self, root: str = '') -> None:
        self._root = root.rstrip('/')
        self._env = {'PATH': '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'LC_ALL': 'C'}

    def open(self, path: str) -> ev.Reading:
        try:
            why = self._refusal(path)
            if why:
                return ev.Reading(None, ev.Evidence(path, ev.FAILED, why))
            return ev.Reading(os.fdopen(_open_quietly(self._root + path), 'rb'), ev.Evidence(path))
        except (OSError, ValueError) as error:
            return ev.Reading(None, _evidence(path, error))

    def _refusal(self, path: str) -> str:
        """Why *path* is not opened at all: opening a pipe or a device does something, and some files are secrets."""
        real = os.path.realpath(self._root + path)
        if not stat.S_ISREG(os.stat(real).st_mode):
            return 'not a regular file'
        real = real[len(os.path.realpath(self._root or '/').rstrip('/')):]
        top = real[:real.find('/', 1) + 1]
        outside = top in ('/proc/', '/sys/', '/dev/') and not path.startswith(top)
        return 'it holds secrets' if outside or ev.NEVER.search(real) else ''

    def list(self, path: str) -> ev.Reading:
        try:
            return ev.Reading(sorted(os.listdir(self._root + path)), ev.Evidence(path))
        except (OSError, ValueError) as error:
            return ev.Reading(None, _evidence(path, error))

    def stat(self, path: str) -> ev.Reading:
        try:
            return ev.Reading(info_of(os.stat(self._root + path)), ev.Evidence(path))
        except (OSError, ValueError) as error:
            return ev.Reading(None, _evidence(path, error))

    def run(self, name: str) -> ev.Reading:
        command = COMMANDS[name]
        if not command.argv:
            return ev.Reading(None, ev.Evidence(name, ev.ABSENT, ev.NOT_RECORDED))
        try:
            output = _run(command.argv, self._env, command.timeout)
        except subprocess.TimeoutExpired:
            return ev.Reading(None, ev.Evidence(name, ev.FAILED, 'no answer in %g s' % command.timeout))
        except OSError as error:
            return ev.Reading(None, _evidence(name, error))
        return _judge_output(name, output)

    def now(self) -> float:
        return time.time()

    def utc_offset(self) -> float:
        return float(time.localtime().tm_gmtoff)

    def euid(self) -> int:
        return os.geteuid()


def info_of(result: os.stat_result) -> Info:
    """:class:`Info` from what ``os.stat`` returned."""
    kinds = ((stat.S_ISREG, 'file'), (stat.S_ISDIR, 'dir'), (stat.S_ISCHR, 'char'))
    kind = next((word for test, word in kinds if test(result.st_mode)), 'other')
    device = (os.major(result.st_rdev), os.minor(result.st_rdev)) if kind == 'char' else None
    return Info(kind, result.st_size, stat.S_IMODE(result.st_mode), result.st_uid, result.st_gid,
                result.st_mtime, device)


def _read_up_to(handle: t.BinaryIO, limit: int) -> bytes:
    """At most *limit* bytes, piece by piece: one large read of /proc/sys fails with ENOMEM (proc_sysctl.c)."""
    pieces, left = [], limit
    while left > 0:
        piece = handle.read(min(left, PIECE))
        if not piece:
            break
        pieces.append(piece)
        left -= len(piece)
    return b''.join(pieces)


def _open_quietly(path: str) -> int:
    """A descriptor for reading *path*; O_NOATIME is refused with EPERM to all but the owner and root (open(2))."""
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        return os.open(path, flags | getattr(os, 'O_NOATIME', 0))
    except OSError as error:
        if error.errno != errno.EPERM:
            raise
    return os.open(path, flags)


def _run(argv: t.Sequence[str], env: dict[str, str], timeout: float) -> Output:
    """Run *argv* in a session of its own, so that a time-out ends its children too."""
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=env, cwd='/', start_new_session=True) as process:
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            raise
    return Output(out[:OUTPUT_LIMIT].decode('utf-8', 'surrogateescape'), process.returncode,
                  err[:2000].decode('utf-8', 'replace'))


def _judge_output(name: str, output: Output) -> ev.Reading:
    """Tell a refusal (not root) from an answer; a non-zero exit that printed something is still an answer."""
    if output.rc == 0 or output.stdout.strip():
        return ev.Reading(output, ev.Evidence(name))
    first = output.stderr.strip().splitlines()[:1]
    reason = 'exit %s%s' % (output.rc, ': ' + first[0][:120] if first else '')
    refused = any(word in output.stderr.lower() for word in ('permission denied', 'not permitted', 'be root'))
    return ev.Reading(None, ev.Evidence(name, ev.DENIED if refused else ev.FAILED, reason))


def _evidence(source: str, error: Exception) -> ev.Evidence:
    """*error* as evidence; ``ValueError`` is a NUL in a path."""
    if not isinstance(error, OSError):
        return ev.Evidence(source, ev.FAILED, type(error).__name__)
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return ev.Evidence(source, ev.ABSENT)
    denied = error.errno in (errno.EACCES, errno.EPERM)
    return ev.Evidence(source, ev.DENIED if denied else ev.FAILED, _reason(error))


def _reason(error: Exception) -> str:
    number = getattr(error, 'errno', None)
    return os.strerror(number) if number else type(error).__name__
