# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A recording as a file to keep or to send in, a ``.tar.gz``: ``archive(record(LiveHost(), ['all'], whole=True))``."""

from __future__ import annotations

import io
import tarfile

from ansible_collections.vpnops.pptp.plugins.module_utils.recording import Recording

LIMIT = 8 * 1024 * 1024   # bytes of an archive: it travels in one answer


def archive(recording: Recording) -> bytes:
    """*recording* as a ``.tar.gz`` of at most :data:`LIMIT` bytes: the largest text is cut until it fits."""
    while True:
        data = _pack(recording.files(), recording.host.now() or 0)
        largest = max(recording.texts, key=lambda path: len(recording.texts[path]), default='')
        if len(data) <= LIMIT or not recording.texts.get(largest):
            return data
        text = recording.texts[largest]
        recording.texts[largest] = text[len(text) // 2:].partition('\n')[2]
        recording.meta['cut'][largest] = 'cut to fit %d bytes' % LIMIT


def _pack(files: dict[str, str], mtime: float) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode='w:gz', format=tarfile.PAX_FORMAT) as packed:
        for path, text in sorted(files.items()):
            data = text.encode('utf-8', 'surrogateescape')
            member = tarfile.TarInfo(path.lstrip('/'))
            member.size, member.mode, member.mtime = len(data), 0o600, int(mtime)
            packed.addfile(member, io.BytesIO(data))
    return buffer.getvalue()
