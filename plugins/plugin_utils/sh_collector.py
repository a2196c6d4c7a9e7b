# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A bundle through nothing but a POSIX shell, for targets whose Python is missing or too old.

``script`` makes the text for ``/bin/sh -s``. It prints frames, each a line ``MARK KIND PATH`` with the
content after it; MARK is random, so that no log can forge one. ``bundle`` reads them back. Secrets are
masked on the target by awk; where there is no awk, files with secrets and logs are not read at all.
"""

from __future__ import annotations

import json
import re
import secrets
import shlex
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.bundle import META, Bundle, from_texts
from ansible_collections.vpnops.pptp.plugins.module_utils.commands import COMMANDS
from ansible_collections.vpnops.pptp.plugins.plugin_utils.remote import RemoteError
from ansible_collections.vpnops.pptp.plugins.plugin_utils.sh_text import (
    EPILOGUE,
    FILES,
    LOGS,
    MODULES,
    OPTIONS,
    PROBES,
    PROLOGUE,
    SECRETS,
    SETTINGS,
)

#: Outputs of commands that a live host reads from /proc instead, or that need another limit.
EXTRA = {
    'ps': 'ps -eo user,pid,ppid,comm || ps',
    'ss': 'ss -tlnp || netstat -tlnp || netstat -tln',
    'lsmod': 'lsmod',
    'uname': 'uname -a',
    'ls-dev-ppp': 'ls -l /dev/ppp',
}
SKIPPED = ('journal-kernel', 'pppd-version')
PLAIN = {'json': 'short-iso', '6000': '3000'}   # the journal as lines, which sed can scrub
KINDS = ('ok', 'absent', 'denied', 'failed', 'stat', 'meta')


def new_mark() -> str:
    """A mark that nothing on the target can know beforehand."""
    return '=pptp=' + secrets.token_hex(12)


def script(mark: str) -> str:
    """The shell text whose frames begin with *mark*."""
    parts = [PROLOGUE.replace('@MARK@', mark)]
    parts += ['probe %s' % path for path in PROBES]
    parts += ['file %s' % path for path in FILES]
    parts += ['settings "%s" %s' % row for row in SETTINGS]
    parts += ['modules "%s"' % path for path in MODULES]
    parts += ['options %s' % path for path in OPTIONS]
    parts += ['secret %s %d' % (path, first) for path, first in SECRETS]
    parts += ['log %s' % path for path in LOGS]
    parts += ['run %s %s' % (name, shlex.quote(command)) for name, command in _commands().items()]
    # pppd reads its options before it tells its version
    parts.append("have dpkg-query || have rpm || run pppd-version 'pppd --version'")
    return '\n'.join([*parts, EPILOGUE])


def _commands() -> dict[str, str]:
    found = {}
    for name, command in COMMANDS.items():
        if command.argv and name not in SKIPPED:
            words = [PLAIN.get(word, word) for word in command.argv if not word.startswith('--output-fields')]
            found[name] = ' '.join(shlex.quote(word) for word in words)
    return dict(found, **EXTRA)


def bundle(output: str, mark: str) -> Bundle:
    """The bundle that the frames in *output* make; raises :class:`RemoteError` when there is none."""
    frames = list(_frames(output, mark))
    if not any(kind == 'meta' for kind, _path, _text in frames):
        first = ' '.join(output.split())[:200]
        raise RemoteError('no usable Python, and no answer from its shell%s' % (': ' + first if first else ''))
    texts: dict[str, t.Any] = {}
    meta: dict[str, t.Any] = {'unread': {}, 'absent': [], 'stat': {}, 'collector': 'sh'}
    for kind, path, text in frames:
        _place(kind, path, text, texts, meta)
    return from_texts(dict(texts, **{META: json.dumps(meta)}))


def _place(kind: str, path: str, text: str, texts: dict[str, t.Any], meta: dict[str, t.Any]) -> None:
    if kind == 'ok':
        texts[path] = text
    elif kind == 'denied':
        meta['unread'][path] = 'Permission denied'
    elif kind == 'failed':
        meta['unread'][path] = 'not read: no awk to mask secrets'
    elif kind == 'absent':
        meta['absent'].append(path)
    elif kind == 'stat':
        table = stat_table(text)
        meta['stat'].update(table)
        texts.update((name, texts.get(name, '')) for name in table if name.endswith('.so'))
    elif kind == 'meta' and path in ('euid', 'collected_at') and text.strip().isdigit():
        meta[path] = int(text)


def _frames(output: str, mark: str) -> t.Iterator[tuple[str, str, str]]:
    """``(kind, path, text)`` of each frame; the line end before the next frame belongs to the frame."""
    for part in output.split('\n' + mark + ' ')[1:]:
        head, _end, text = part.partition('\n')
        kind, _space, path = head.rstrip('\r').partition(' ')
        if kind in KINDS:
            yield kind, path, text


_LS = re.compile(r'^([-bcdlps])([-rwxsStT]{9})\S*\s+\d+\s+(\d+)\s+(\d+)\s+(?:(\d+),\s*)?(\d+)\s.*?\s(/\S.*)$')


def stat_table(listing: str) -> dict[str, list[t.Any]]:
    """``{path: [mode, uid, gid, mtime, size]}`` from ``ls -ldn`` (POSIX: long format with numeric owners)."""
    table = {}
    for line in listing.splitlines():
        found = _LS.match(line)
        if found:
            kind, mode, uid, gid, _major, size, path = found.groups()
            bits = {'c': 0o020000, 'd': 0o040000, '-': 0o100000}.get(kind, 0) | _bits(mode)
            table[path.split(' -> ')[0]] = ['%o' % bits, int(uid), int(gid), 0, int(size)]
    return table


def _bits(mode: str) -> int:
    """The permission bits of ``rw-r-----`` (:manpage:`ls(1)`: s, S, t, T stand in the places of x)."""
    bits = sum(1 << (8 - place) for place, char in enumerate(mode) if char in 'rwxst')
    for place, bit in ((2, 0o4000), (5, 0o2000), (8, 0o1000)):
        bits |= bit if mode[place] in 'sStT' else 0
    return bits
