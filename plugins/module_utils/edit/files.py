# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A file that a module changes: read it, write it whole or not at all, take it away, say what differs."""

from __future__ import annotations

import os
import typing as t


def read(path: str) -> str | None:
    """The text of *path*, ``None`` where there is no such file."""
    try:
        with open(path, 'rb') as handle:
            return handle.read().decode('utf-8', 'surrogateescape')
    except FileNotFoundError:
        return None


def write(module: t.Any, path: str, text: str | None, mode: int = 0o644) -> None:
    """Make *text* the content of *path* in one step; ``None`` removes it. An old file keeps its mode and owner."""
    if text is None:
        if os.path.exists(path):
            os.unlink(path)
        return
    old = os.path.exists(path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    draft = os.path.join(module.tmpdir, os.path.basename(path))
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'wb') as handle:
        handle.write(text.encode('utf-8', 'surrogateescape'))
    module.atomic_move(draft, path)
    if not old:
        os.chmod(path, mode)


def difference(path: str, before: str | None, after: str | None) -> dict[str, str]:
    """What Ansible prints with ``--diff``."""
    return {'before_header': path, 'after_header': path, 'before': before or '', 'after': after or ''}
