# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a target runs: record what the subjects need, and of the logs the newest lines that concern PPTP.

    record(LiveHost(), ['pppd', 'logs']).packed()   travels; the controller parses it as it does any bundle
"""

from __future__ import annotations

import collections
import json
import posixpath
import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils import recording as rec
from ansible_collections.vpnops.pptp.plugins.module_utils.collect import scan
from ansible_collections.vpnops.pptp.plugins.module_utils.host import Host
from ansible_collections.vpnops.pptp.plugins.module_utils.parse.scrub import scrub
from ansible_collections.vpnops.pptp.plugins.module_utils.reading_list import READS

# the options that every module reading logs has, as an argument_spec
LOG_ARGUMENTS = {
    'full_logs': {'type': 'bool', 'default': False},
    'log_paths': {'type': 'list', 'elements': 'path', 'default': []},
    'log_seconds': {'type': 'int'},
}
DAYS = 7 * 86400     # seconds that a log may be old
SMALL = 256 * 1024   # bytes of a syslog of which every line is looked at
KEPT, KEPT_WHOLE = 160 * 1024, 4 * 1024 * 1024   # characters that are kept of one log
LINE = 600           # characters of a line

_FOLDERS = ('', 'ppp', 'pptpd', 'freeradius', 'radius', 'samba', 'accel-ppp')
_NAME = re.compile(r'(?:(syslog|messages|daemon|local2|user)|pp\w*|pptp[\w.-]*?|accel-ppp[\w.-]*?|radius|'
                   r'log\.(?:winbindd|wb-\S*?))'
                   r'(?:\.log)?(?:[.-]\d{1,10})?(?:\.log)?(?:\.gz)?')
# of other programs' lines in a syslog only the line ends are kept, so that numbers stay true
_SYSLOG = re.compile(r'(?:[A-Z][a-z]{2} [ \d]\d [\d:]{8}|\d{4}-\d\d-\d\dT\S+) \S+ \S+: ')
_RELEVANT = re.compile(r'pptp|ppp|mppe|\bgre\b|=47\b|conntrack|radius|winbind|ntlm|accel|Manager\S+ [^<]', re.I)
_FIELDS = ('__REALTIME_TIMESTAMP', 'SYSLOG_IDENTIFIER', 'SYSLOG_PID', '_PID', '_COMM', '_TRANSPORT')


def record(host: Host, subjects: t.Sequence[str], params: t.Mapping[str, t.Any] | None = None,
           whole: bool = False) -> rec.Recording:
    """Record what *subjects* need. *params* are module parameters as in :data:`LOG_ARGUMENTS`; *whole* leaves out
    nothing but secrets."""
    given = params or {}
    full = bool(given.get('full_logs'))
    seconds = given.get('log_seconds') or (60 if full else 4)

    def logs(recording: rec.Recording) -> None:     # its time begins with the first log: all before may be slow, too
        _Logs(recording, scan.Budget(seconds), full).take(given.get('log_paths') or ())

    try:
        return rec.record(host, [name for name in subjects if name in READS], whole, logs)
    except Exception as error:  # pylint: disable=broad-except  # its text may quote a file
        raise RuntimeError(type(error).__name__) from None


class _Logs:
    """Adds the logs to a *recording*."""

    def __init__(self, recording: rec.Recording, budget: scan.Budget, full: bool) -> None:
        self._recording, self._budget, self._full = recording, budget, full
        self._kept = KEPT_WHOLE if recording.whole else KEPT
        self._now = recording.host.now()

    def take(self, extra: t.Sequence[str]) -> None:
        for base in _FOLDERS:
            where = posixpath.join('/var/log', base).rstrip('/')
            names = self._recording.host.list(where)
            if names.value is None and not base:
                self._recording.note(where, names.evidence)
            for name in names.value or ():
                found = _NAME.fullmatch(name)
                if found or base in _FOLDERS[1:3]:
                    self._file(posixpath.join(where, name), bool(found and found.group(1)) and not base)
        options = [text for path, text in self._recording.texts.items() if path.startswith('/etc/')]
        named = [path for text in options for path in re.findall(r'(?m)^[ \t]*logfile[ \t]+(/\S+)', text)]
        for path in [*extra, *named]:
            self._file(path, False)
        self._journal()

    def _file(self, path: str, syslog: bool) -> None:
        info = self._recording.host.stat(path).value
        if info is None or info.kind != 'file' or path in self._recording.texts or path.startswith('/etc/'):
            return
        old = info.mtime and self._now and self._now - info.mtime > DAYS
        size = info.size * (scan.GZIP_RATIO if path.endswith('.gz') else 1)
        if not self._full and (old or path.endswith('.gz') and size > scan.WINDOW):
            return
        opened = self._recording.host.open(path)
        if opened.value is None:
            self._recording.note(path, opened.evidence)
            return
        start = 0 if self._full or path.endswith('.gz') else max(0, info.size - scan.WINDOW)
        with opened.value as handle:
            handle.seek(start)
            reader = scan.Gunzip(handle) if path.endswith('.gz') else handle
            lines = _newest(scan.hits(reader, scan.PPTP if syslog and size > SMALL else None, self._budget), self._kept)
        self._keep(path, lines, info, 'the newest lines about PPTP' if size > SMALL or start else '')

    def _keep(self, path: str, lines: list[str], info: t.Any, cut: str) -> None:
        if not any(lines):
            if self._budget.spent:
                self._recording.meta['unread'][path] = 'time budget'
            return
        path = path[:-3] if path.endswith('.gz') else path
        text = '\n'.join(lines) + '\n'
        self._recording.texts[path] = text
        size = len(text.encode('utf-8', 'replace'))
        self._recording.meta['stat'][path] = [None, None, None, info.mtime, size]
        if cut or self._budget.spent:
            self._recording.meta['cut'][path] = cut or 'time budget'

    def _journal(self) -> None:
        reading = self._recording.host.run('journal')
        if reading.value is None:
            self._recording.note('/commands/journal.txt', reading.evidence)
            return
        lines = _limited(map(_entry, reading.value.stdout.split('\n')), self._kept)
        self._recording.texts['/commands/journal.txt'] = '\n'.join(lines)


def _entry(line: str) -> str:
    try:
        entry = json.loads(line)
        message = entry['MESSAGE']
        raw = bytes(message).decode('utf-8', 'replace') if isinstance(message, list) else str(message)
        return json.dumps(dict({name: entry[name] for name in _FIELDS if name in entry}, MESSAGE=scrub(raw, LINE)))
    except (ValueError, KeyError, TypeError, RecursionError):
        return '' if line[:1] == '{' else scrub(line, LINE)


def _newest(lines: t.Iterable[bytes], limit: int) -> list[str]:
    """The last of *lines* that fit into *limit* characters, scrubbed; of other programs' lines nothing."""
    texts = (line.decode('utf-8', 'surrogateescape') for line in lines)
    return [scrub(line, LINE) if _RELEVANT.search(line) or not _SYSLOG.match(line) else ''
            for line in _limited(texts, limit)]


def _limited(lines: t.Iterable[str], limit: int) -> list[str]:
    kept: collections.deque[str] = collections.deque()
    size = 0
    for line in lines:
        kept.append(line)
        size += len(line) + 1
        while size > limit and kept:
            size -= len(kept.popleft()) + 1
    return list(kept)
