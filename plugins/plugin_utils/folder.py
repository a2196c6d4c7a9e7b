# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report folder on the controller: private, one file a host, names that cannot leave it.

    vpn1            ->  hosts/vpn1.json
    ../../etc/cron  ->  hosts/%2E.%2F..%2Fetc%2Fcron.json
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import typing as t
from collections.abc import Iterator

HOSTS = 'hosts'
NAME_LIMIT = 180   # bytes of a file name without its ending; file systems allow 255


def file_name(host: str) -> str:
    """A name for *host* that is safe as a file name, different for different hosts, and equal to it where it can be."""
    data = host.encode('utf-8', 'surrogateescape')
    name = re.sub(rb'[^A-Za-z0-9._@+:-]', lambda found: b'%%%02X' % found.group()[0], data).decode('ascii')
    if name[:1] in ('.', '-', ''):
        name = '%%%02X%s' % (ord(name[0]), name[1:]) if name else '%'
    if len(name) > NAME_LIMIT:
        name = name[:NAME_LIMIT - 17] + '%' + hashlib.sha256(data).hexdigest()[:16]
    return name


def host_file(folder: str, host: str) -> str:
    """Where the file of *host* stands in *folder*."""
    return os.path.join(folder, HOSTS, file_name(host) + '.json')


def make(folder: str) -> None:
    """Make *folder* and its parts, readable by this user only; one that exists keeps its mode. Raises ``OSError``."""
    parent = os.path.dirname(os.path.abspath(folder))
    os.makedirs(parent, exist_ok=True)
    for path in (folder, os.path.join(folder, HOSTS)):
        os.makedirs(path, mode=0o700, exist_ok=True)


def write(path: str, chunks: t.Iterable[str | bytes]) -> None:
    """Write *chunks* to *path* at once or not at all, mode 0600. Raises ``OSError``."""
    handle, temporary = tempfile.mkstemp(prefix='.', dir=os.path.dirname(path))
    try:
        with os.fdopen(handle, 'wb') as out:
            for chunk in chunks:
                out.write(chunk.encode('utf-8', 'replace') if isinstance(chunk, str) else chunk)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def dump(value: t.Any) -> str:
    """*value* as JSON that is also harmless inside HTML: ASCII, and no ``<``."""
    return json.dumps(value, indent=1, sort_keys=True).replace('<', '\\u003c')


def load(path: str) -> dict[str, t.Any] | None:
    """The entry in *path*, or ``None`` when it is missing or is not one."""
    try:
        with open(path, encoding='utf-8') as source:
            entry = json.load(source)
    except (OSError, ValueError):
        return None
    return entry if isinstance(entry, dict) and isinstance(entry.get('verdict'), dict) else None


def load_all(folder: str) -> Iterator[dict[str, t.Any]]:
    """Every entry in *folder*, one at a time, by file name."""
    try:
        names = sorted(os.listdir(os.path.join(folder, HOSTS)))
    except OSError:
        return
    for name in names:
        if name.endswith('.json') and not name.startswith('.'):
            entry = load(os.path.join(folder, HOSTS, name))
            if entry is not None:
                yield entry
