# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files of a host into a record and back: each step is on the disk before the next, and each file whole or not at all.

The order of what reaches the disk is what a loss of power leaves behind: a file is written beside its place, flushed,
renamed into it, and its folder is flushed (rename(2), fsync(2)).
"""

from __future__ import annotations

import base64
import contextlib
import glob
import hashlib
import json
import os
import shutil
import stat
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.edit.remediation import DRAFT, VOLATILE, Changes, Item, Items

SIZE_LIMIT = 64 * 1024 * 1024    # bytes of all files to save
COUNT_LIMIT = 5000               # files
#: Extended attributes that decide who may read a file: the context of SELinux, and access lists (acl(5)).
ATTRIBUTES = ('security.selinux', 'system.posix_acl_access', 'system.posix_acl_default')
#: What belongs to packages and the kernel: a new link to it is no reason to take it away.
SYSTEM = ('/usr/', '/lib', '/bin/', '/sbin/', '/dev/', '/proc/', '/sys/', '/run/')
OWN = '/usr/local/'      # below /usr, and the admin's
_KINDS = ((stat.S_ISREG, 'file'), (stat.S_ISLNK, 'link'), (stat.S_ISDIR, 'folder'))


class FilesError(Exception):
    """What was asked for cannot be saved or put back; the message says why."""


def look(patterns: t.Iterable[str]) -> Items:
    """What is at *patterns* and below now. Sockets, devices and pipes are left out, and links are not followed."""
    found: Items = {}
    for pattern in patterns:
        for path in sorted(glob.glob(pattern)) if glob.has_magic(pattern) else [pattern]:
            _walk(path, found)
    return found


def followed(patterns: t.Sequence[str]) -> list[str]:
    """*patterns*, and where links among what they name lead to."""
    found = more = list(patterns)
    while more:
        more = [path for path in targets(look(found), found) if path not in found]
        found = found + more
    return found


def targets(items: Items, roots: t.Container[str] = ()) -> list[str]:
    """The files behind links among *items*, which a change of the link's name changes, and the folders behind those of
    *roots*; never those of the system."""
    links = [(os.path.realpath(item.path), item.path in roots) for item in items.values() if item.kind == 'link']
    return sorted({path for path, root in links if path not in items and path.count('/') > 1 and not _of_system(path)
                   and (os.path.isfile(path) or root and os.path.isdir(path))})


def _of_system(path: str) -> bool:
    return path.startswith(SYSTEM) and not path.startswith(OWN)


def _walk(path: str, found: Items) -> None:
    item = _item(path)
    if item is None or path in VOLATILE or path in found:
        return
    if len(found) >= COUNT_LIMIT:
        raise FilesError('there are more than %d files to save' % COUNT_LIMIT)
    found[path] = item
    if item.kind == 'folder':
        names: list[str] = []
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            names = sorted(os.listdir(path))
        for name in names:
            _walk(os.path.join(path, name), found)


def _item(path: str) -> Item | None:
    """What is at *path*; nothing where it is gone, or goes while it is looked at."""
    try:
        state = os.lstat(path)
        kind = next((name for is_it, name in _KINDS if is_it(state.st_mode)), '')
        content = digest(path) if kind == 'file' else os.readlink(path) if kind == 'link' else ''
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not kind:
        return None
    return Item(path, kind, stat.S_IMODE(state.st_mode), state.st_uid, state.st_gid, state.st_mtime_ns, content,
                extra=_attributes(path))


def _attributes(path: str) -> dict[str, str]:
    found = {}
    for name in ATTRIBUTES:
        with contextlib.suppress(OSError):
            found[name] = base64.b64encode(os.getxattr(path, name, follow_symlinks=False)).decode('ascii')
    return found


def digest(path: str) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    total = hashlib.sha256()
    with open(path, 'rb') as handle:
        for block in iter(lambda: handle.read(1 << 16), b''):
            total.update(block)
    return total.hexdigest()


def save(items: Items, folder: str, taken: int = 0) -> Items:
    """Copy the files among *items* into *folder*, numbered from *taken* on: the items with the names of their copies.

    Raises :class:`FilesError` where a file changed meanwhile, or all are too big.
    """
    if sum(os.path.getsize(item.path) for item in items.values() if item.kind == 'file') > SIZE_LIMIT:
        raise FilesError('the files to save have more than %d bytes' % SIZE_LIMIT)
    done: Items = {}
    for item in items.values():
        if item.kind == 'file':
            taken += 1
            item = item._replace(blob='%04d' % taken)
            target = os.path.join(folder, item.blob)
            _copy(item.path, target, 0o600)
            if digest(target) != item.content:
                raise FilesError('%s changed while it was saved' % item.path)
        done[item.path] = item
    flush(folder)
    return done


def put_back(what: Changes, folder: str) -> list[str]:
    """Carry *what* out, from the copies in *folder*: what failed. One file that cannot come back keeps no other from
    it, and a damaged copy is not put back."""
    failed = [_tried(path, remove, path) for path in what.remove]
    failed += [_tried(item.path, _bring, item, folder) for item in what.put]
    for item in reversed(what.put):     # a folder's time, last of all: what was put into it has changed it
        with contextlib.suppress(OSError):
            os.utime(item.path, ns=(item.mtime, item.mtime), follow_symlinks=False)
    return [text for text in failed if text]


def _tried(path: str, task: t.Callable[..., None], *arguments: t.Any) -> str:
    try:
        task(*arguments)
    except FilesError as error:
        return str(error)
    except OSError as error:
        return '%s: %s' % (path, error.strerror or error)
    return ''


def _bring(item: Item, folder: str) -> None:
    if item.kind == 'folder':
        os.makedirs(item.path, exist_ok=True)
        _dress(item.path, item)
    else:
        _put(item, os.path.join(folder, item.blob))
    flush(os.path.dirname(item.path))


def _put(item: Item, copy: str) -> None:
    draft = os.path.join(os.path.dirname(item.path), '.' + os.path.basename(item.path) + DRAFT)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(draft)
    os.makedirs(os.path.dirname(item.path), exist_ok=True)
    try:
        _draft(item, copy, draft)
        os.replace(draft, item.path)
    except (OSError, FilesError):
        with contextlib.suppress(OSError):
            os.unlink(draft)
        raise


def _draft(item: Item, copy: str, draft: str) -> None:
    if item.kind == 'link':
        os.symlink(item.content, draft)
    else:
        if digest(copy) != item.content:
            raise FilesError('the saved copy of %s is damaged' % item.path)
        _copy(copy, draft, 0o600)
    _dress(draft, item)


def _dress(path: str, item: Item) -> None:
    """Owner, mode, label and access list. One that does not come back is seen when all is compared."""
    os.chown(path, item.uid, item.gid, follow_symlinks=False)
    if item.kind != 'link':
        os.chmod(path, item.mode)
    for name in ATTRIBUTES:
        with contextlib.suppress(OSError):
            if name in item.extra:
                os.setxattr(path, name, base64.b64decode(item.extra[name]), follow_symlinks=False)
            else:
                os.removexattr(path, name, follow_symlinks=False)
    if item.kind == 'file':
        flush(path)


def _copy(source: str, target: str, mode: int) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    with open(source, 'rb') as reader, os.fdopen(os.open(target, flags, mode), 'wb') as writer:
        shutil.copyfileobj(reader, writer)
        writer.flush()
        os.fsync(writer.fileno())


def remove(path: str) -> None:
    """Take *path* away, a folder only where it is empty."""
    try:
        os.unlink(path)
    except IsADirectoryError:
        with contextlib.suppress(OSError):   # something that is no file of ours lies there
            os.rmdir(path)
    except FileNotFoundError:
        return
    flush(os.path.dirname(path))


def write_json(path: str, value: t.Any) -> None:
    """Write *value* to *path*, for root only, so that a loss of power leaves the old content or the new one."""
    draft = path + '.new'
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    with os.fdopen(os.open(draft, flags, 0o600), 'w', encoding='utf-8') as handle:
        json.dump(value, handle, indent=1, sort_keys=True)
        handle.flush()
        os.fsync(handle.fileno())
    os.replace(draft, path)
    flush(os.path.dirname(path))


def read_json(path: str) -> t.Any:
    """The value in *path*, ``None`` where there is none that can be read."""
    try:
        with open(path, encoding='utf-8') as handle:
            return json.load(handle)
    except (OSError, ValueError):
        return None


def flush(path: str) -> None:
    """Have *path*, a file or a folder, on the disk before anything else happens."""
    with contextlib.suppress(OSError):
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def flush_tree(folder: str) -> None:
    """The same for all that lies in *folder*."""
    for place, _folders, names in os.walk(folder):
        for name in names:
            flush(os.path.join(place, name))
        flush(place)
