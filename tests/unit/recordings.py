# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The recorded hosts under ``tests/bundles``, for every test that wants them."""

from __future__ import annotations

import functools
import pathlib
import tarfile
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils import bundle as bundles

BUNDLES = pathlib.Path(__file__).resolve().parents[1] / 'bundles'


class Expected(t.NamedTuple):
    """A row of ``expected.tsv``: which statuses and causes are right, the best first (``-``: no cause)."""

    name: str
    statuses: list[str]
    causes: list[str]


def expectations(routers: bool = False) -> list[Expected]:
    """The rows of ``expected.tsv`` on servers and clients, or those on *routers*."""
    return [row for row in _rows() if row.name.endswith('.router') is routers]


def _rows() -> list[Expected]:
    rows = (BUNDLES / 'expected.tsv').read_text().splitlines()
    fields = (row.split('\t') for row in rows if row and not row.startswith('#'))
    return [Expected(name, statuses.split('|'), causes.split('|')) for name, statuses, causes in fields]


@functools.lru_cache(maxsize=None)  # noqa: UP033 - Python 3.8 has no cache
def _packed() -> dict[str, dict[str, bytes]]:
    found: dict[str, dict[str, bytes]] = {}
    with tarfile.open(BUNDLES / 'recordings.tar.xz') as archive:
        for member in archive:
            name, path = member.name.split('/', 1)
            found.setdefault(name, {})[path] = archive.extractfile(member).read()
    return found


def texts(name: str) -> dict[str, bytes]:
    """``{path: content}`` of the recorded host *name*."""
    folder = BUNDLES / name
    if folder.is_dir():
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob('*') if path.is_file()}
    return _packed()[name]


def open_recording(name: str) -> bundles.Bundle:
    """The recorded host *name* as a bundle."""
    return bundles.from_texts(texts(name))
