# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A file that a module changes, whole or not at all: a link is followed, mode, owner and context stay unless asked."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
import typing as t

PATIENCE = 60   # seconds to wait for another module that changes a file of the same folder


class File:
    """The file behind the option ``path`` of *module*; *data* is ``None`` where there is none."""

    def __init__(self, module: t.Any, private: bool = False) -> None:
        self.module, self.private = module, private
        self.named = module.params['path']
        self.path = os.path.realpath(self.named)
        self.backup = ''
        self._turn = _Turn(os.path.dirname(self.path))
        if not module.check_mode and not self._turn.come():
            module.fail_json(msg='%s: another process keeps its folder locked' % self.named)
        self.data = self._read()

    def _read(self) -> bytes | None:
        if os.path.exists(self.path) and not os.path.isfile(self.path):
            self.module.fail_json(msg='%s is no regular file' % self.named)
        try:
            with open(self.path, 'rb') as handle:
                return handle.read()
        except FileNotFoundError:
            return None
        except OSError as error:
            self.module.fail_json(msg='%s cannot be read: %s' % (self.named, error.strerror))
            raise

    def put(self, data: bytes) -> tuple[bool, dict[str, t.Any]]:
        """Make *data* the content, and the attributes those that are asked for: whether anything changed, and the
        difference of the attributes."""
        differs = data != self.data
        attributes: dict[str, t.Any] = {}
        changed = self._attributes(attributes) if self.data is not None else False
        if differs and not self.module.check_mode:
            if self.module.params.get('backup') and self.data is not None:
                with _umask(0o077):
                    self.backup = self.module.backup_local(self.path)
            try:
                self._write(data)
            except OSError as error:
                self.module.fail_json(msg='%s cannot be written: %s' % (self.named, error.strerror))
            self._attributes({})
        return differs or changed, attributes

    def _attributes(self, difference: dict[str, t.Any]) -> bool:
        asked = {name: value for name, value in self.module.params.items() if value != ''}   # null comes as ''
        arguments = self.module.load_file_common_arguments(asked, path=self.path)
        return self.module.set_fs_attributes_if_different(arguments, False, difference)

    def _write(self, data: bytes) -> None:
        folder, name = os.path.split(self.path)
        if not os.path.isdir(folder):
            self.module.fail_json(msg='there is no directory %s' % folder)
        draft = os.path.join(folder, '.%s.new' % name)
        try:
            with contextlib.suppress(FileNotFoundError):   # of a run that did not come to its end
                os.unlink(draft)
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), 'wb') as handle:
                handle.write(data)
                handle.flush()
                os.fsync(handle.fileno())
            with _umask(0o077 if self.private else 0o022):
                self.module.atomic_move(draft, self.path, unsafe_writes=self.module.params['unsafe_writes'])
            _sync(folder)
        finally:
            with contextlib.suppress(OSError):
                os.unlink(draft)


class _Turn:
    """The right to change files of *folder*, which one process has at a time, until this goes."""

    def __init__(self, folder: str) -> None:
        self._handle = -1
        with contextlib.suppress(OSError):
            self._handle = os.open(folder, os.O_RDONLY)

    def come(self) -> bool:
        """Wait for it; whether it came. Where there is no folder, or no lock on its file system, nobody waits."""
        until = time.monotonic() + PATIENCE
        while self._handle >= 0 and time.monotonic() < until:
            try:
                fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except BlockingIOError:
                time.sleep(0.1)
            except OSError:
                return True
        return self._handle < 0

    def __del__(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)


@contextlib.contextmanager
def _umask(mask: int) -> t.Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def _sync(folder: str) -> None:
    """Have the name on the disk, too."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def difference(path: str, before: str, after: str) -> dict[str, str]:
    """What Ansible prints with ``--diff``."""
    return {'before_header': path, 'after_header': path, 'before': before, 'after': after}
