# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Collects what the logs say about PPTP: files, rotated files, the journal and the kernel's ring buffer.

Files first, the newest window only; the journal where no file is fresh or none knows of PPTP; other files only where
the usual ones say nothing. A line that stands in several sources counts once.
"""

from __future__ import annotations

import heapq
import io
import posixpath
import re
import typing as t
import zlib

from ansible_collections.vpnops.pptp.plugins.module_utils import evidence as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.collect import scan
from ansible_collections.vpnops.pptp.plugins.module_utils.host import Host
from ansible_collections.vpnops.pptp.plugins.module_utils.parse.logline import Line, Splitter
from ansible_collections.vpnops.pptp.plugins.module_utils.parse.pasted import records, unwrapped
from ansible_collections.vpnops.pptp.plugins.module_utils.parse.scrub import clean, scrub
from ansible_collections.vpnops.pptp.plugins.module_utils.parse.sessions import Joiner, add_event, scrubbed
from ansible_collections.vpnops.pptp.plugins.module_utils.parse.trace import is_trace
from ansible_collections.vpnops.pptp.plugins.module_utils.signatures import BY_ID, match

DAY = 86400
SMALL = 256 * 1024   # bytes of a file in which every line is looked at
OWN = 2 << 20        # bytes read of a log that belongs to one program
DENSE = 200          # lines of PPTP in the last 64 KiB that make a log chatty, so that
CHATTY = 6 << 20     # this many bytes of it hold thousands of logins
KEYS = 20000         # lines remembered to tell what stands twice
_USUAL = re.compile(r'(?:syslog|messages|daemon|local2|user)(?:\.log)?')
_OWN = re.compile(r'(?:pp\w*|pptp[\w.-]*|accel-ppp[\w.-]*|radius|log\.(?:winbindd|wb-)\S*)(?:\.log)?')
_FOLDERS = (('', ''), ('ppp', ''), ('pptpd', ''), ('freeradius', 'radius'), ('radius', 'radius'), ('samba', 'winbind'),
            ('accel-ppp', 'accel'))
_WHOLE = ('ppp', 'pptpd', 'accel-ppp')   # folders of which every file counts
_ROTATED = re.compile(r'(.+?)[.-](\d{8,10}|\d{1,3})(\.log)?(\.gz)?$')
_OTHER = re.compile(r'\.(?:gz|xz|bz2|zst|journal|tdb|db|pcap|json|tar|conf|ko|so)$|^[wb]tmp|^lastlog|^faillog')
_BAD = re.compile(r'(?i)fail|error|unable|cannot|can\'t|couldn\'t|could not|invalid|denied|refus|timed? ?out|no such')

# what says that a program speaks for itself: syslog's and journalctl -o json's form of its name
_HEARD = (('pppd', b'pppd['), ('pptp', b'pptp['), ('pppd', b'"pppd"'), ('pptp', b'"pptp"'))


def _known(text: str) -> bool:
    line = Splitter().split(text)
    return bool(line and (is_trace(line.message) or match(line.program, line.message)))


class Source(t.NamedTuple):
    """A file to scan: whose log it is, which lines count, from which byte."""

    path: str
    program: str = ''
    pattern: t.Any = None
    start: int = 0
    old: int = 0   # bytes after *start* whose lines are counted, not joined


class _Run:
    """One collection: what was read, and what came of it."""

    def __init__(self, host: Host, seconds: float, full: bool) -> None:
        self.host, self.full, self.trail = host, full, ev.Trail()
        self.budget, self.joiner, self.now = scan.Budget(seconds), Joiner(), host.now()
        self.sources: list[list[t.Any]] = []
        self.unmatched: dict[tuple[str, str], int] = {}
        self._keys: dict[int, int] = {}

    def lines(self, source: Source) -> t.Iterator[tuple[float, str, Line]]:
        """The parsed lines of *source*, each with what to sort it by."""
        opened = self.host.open(source.path)
        self.trail.note(opened.evidence)
        if opened.value is None:
            return
        with opened.value as handle:
            if source.start:
                handle.seek(source.start)
                self.trail.note(ev.Evidence(source.path, ev.TRUNCATED, 'from byte %d' % source.start))
            reader = scan.Gunzip(handle) if source.path.endswith('.gz') else handle
            lines = scan.hits(reader, source.pattern, self.budget)
            try:
                if source.old:
                    self._count(source.path, scan.hits(scan.Part(reader, source.old), source.pattern, self.budget))
                yield from self.parsed(source.path, lines, source.program, source.pattern is None and not source.start)
            except (OSError, EOFError, zlib.error) as error:
                self.trail.note(ev.Evidence(source.path, ev.FAILED, type(error).__name__))
        if self.budget.spent:
            self.trail.note(ev.Evidence(source.path, ev.TRUNCATED, 'time budget'))

    def _count(self, name: str, lines: t.Iterable[bytes]) -> None:
        """Count the signatures of *lines* too old to be joined to logins: each distinct message is looked up once."""
        seen: dict[bytes, list[t.Any]] = {}
        for line in lines:
            message = line.partition(b']: ')[2]
            if message[:6] not in (b'sent [', b'rcvd ['):
                entry = seen.setdefault(message, [0, line])
                entry[0] += 1
                entry[1] = line
                if len(seen) >= KEYS // 8:
                    self._look_up(name, seen)
        self._look_up(name, seen)

    def _look_up(self, name: str, seen: dict[bytes, list[t.Any]]) -> None:
        splitter = Splitter('', self.now)
        for count, raw in seen.values():
            line = splitter.split(raw.decode('utf-8', 'surrogateescape'))
            signature = match(line.program, line.message) if line else None
            if line and signature:
                add_event(self.joiner.events, signature, line, name, count)
        seen.clear()

    def parsed(self, name: str, lines: t.Iterable[bytes], program: str, numbered: bool
               ) -> t.Iterator[tuple[float, str, Line]]:
        """*lines* split; a line without a time sorts with the one before it; *numbered*: they are all of the source."""
        lines = list(lines) if numbered else lines
        heard = {who for who, mark in _HEARD if not numbered or any(mark in raw for raw in lines)}
        splitter = Splitter(program, self.now, {'pppd', 'pptp'} - heard)
        physical = unwrapped(lines, _known) if numbered else (
            records(raw.decode('utf-8', 'surrogateescape')) for raw in lines)
        note: list[t.Any] = [name, 0, '', '']
        last = 0.0
        for number, texts in enumerate(physical, 1):
            for line in map(splitter.split, texts):
                if line is None:
                    continue
                last = last if line.epoch is None else line.epoch
                note[1:] = [note[1] + 1, note[2] or line.time, line.time or note[3]]
                yield last, '%s:%d' % (name, number) if numbered else name, line
        if note[1]:
            self.sources.append(note)

    def take(self, streams: list[t.Iterable[tuple[float, str, Line]]], dedupe: bool) -> None:
        """Feed the lines of all *streams*, in the order of time."""
        merged = heapq.merge(*streams, key=lambda item: item[0]) if len(streams) > 1 else streams[0] if streams else ()
        for _order, name, line in merged:
            if not dedupe or not self._double(line, name):
                signature = None if is_trace(line.message) else match(line.program, line.message)
                self.joiner.feed(line, signature, name)
                if signature is None and (line.pid or line.time):
                    self._odd(line)

    def _double(self, line: Line, name: str) -> bool:
        """Whether another source had this line; zones differ by quarters of an hour."""
        if line.epoch is None:
            return False
        who, second = hash(name.partition(':')[0]), int(line.epoch) % 900
        keys = [hash((at, line.pid, line.message)) for at in (second, second - 1, second + 1)]
        if any(self._keys.get(key, who) != who for key in keys):
            return True
        if len(self._keys) >= KEYS:
            self._keys.clear()
        self._keys[keys[0]] = who
        return False

    def _odd(self, line: Line) -> None:
        if line.program in ('kernel', 'nm', 'systemd') or is_trace(line.message) or not _BAD.search(line.message):
            return
        key = line.program, re.sub(r'\d+', 'N', scrub(line.message, 120))
        if key in self.unmatched or len(self.unmatched) < 64:
            self.unmatched[key] = self.unmatched.get(key, 0) + 1

    def useful(self) -> bool:
        """Whether a log read so far concerned PPTP; the kernel's does not count."""
        return self.joiner.busy() or any(BY_ID[name].program != 'kernel' for name in self.joiner.events)

    def as_dict(self) -> dict[str, t.Any]:
        sessions = self.joiner.finish()
        odd = sorted(self.unmatched.items(), key=lambda item: -item[1])[:5]
        return {
            'sources': [[clean(str(name)), count, clean(first, 40), clean(last, 40)]
                        for name, count, first, last in self.sources[:20]],
            'trace': self.joiner.traced,
            'signatures': scrubbed(self.joiner.events),
            'sessions': sessions, 'session_counts': self.joiner.counts, 'users': self.joiner.users,
            'unmatched': [[program, text, count] for (program, text), count in odd],
            'evidence': self.trail.as_dict()}


def collect(host: Host, budget_seconds: float = 4.0, full: bool = False, extra: t.Sequence[str] = ()
            ) -> dict[str, t.Any]:
    """The subject ``pptp_logs`` of docs/facts.md. *full* reads whole files and all rotated ones; *extra* are paths of
    pppd's ``logfile`` option."""
    run = _Run(host, budget_seconds, full)
    found = _usual(run)
    known = {source.path for source in found}
    found += [Source(path, '', None, _start(run, path, OWN)) for path in extra
              if path not in known and host.stat(path).value]
    fresh = any(_fresh(run, source.path) for source in found if not source.program)
    run.take([run.lines(source) for source in found], len(found) > 1 or not fresh)
    if not fresh or not run.useful():
        _command(run, 'journal', None)
    if not _command(run, 'dmesg', scan.KERNEL) and not _command(run, 'journal-kernel', scan.KERNEL):
        path = '/var/log/kern.log'
        run.take([run.lines(Source(path, 'kernel', scan.KERNEL, _start(run, path, OWN)))], False)
    for others in (_others, _loose):
        if not run.useful():
            run.take([run.lines(source) for source in others(run, {source.path for source in found})], True)
    return run.as_dict()


def _usual(run: _Run) -> list[Source]:
    """Files at their usual places, with those rotated ones that the window still reaches."""
    found = []
    for folder, program in _FOLDERS:
        base = posixpath.join('/var/log', folder)
        names = run.host.list(base).value or []
        if not folder and not names:
            run.trail.note(run.host.list(base).evidence)
        for name in names:
            own = not _ROTATED.match(name) and (folder in _WHOLE or bool(_OWN.fullmatch(name)))
            if own or (not folder and _USUAL.fullmatch(name)):
                path = posixpath.join(base, name)
                found += _with_rotated(run, path, program, own, names)
    return found


def _with_rotated(run: _Run, path: str, program: str, own: bool, names: t.Sequence[str]) -> list[Source]:
    """*path*, and before it the older files of its row, oldest first, as far as the window reaches."""
    left = OWN if own else scan.WINDOW
    row = [path] + [posixpath.join(posixpath.dirname(path), name) for name in _older(posixpath.basename(path), names)]
    found: list[Source] = []
    for one in row:
        info = run.host.stat(one).value
        if info is None or info.kind != 'file':
            continue
        weight = info.size * (scan.GZIP_RATIO if one.endswith('.gz') else 1)
        if not run.full and (left <= 0 or (one.endswith('.gz') and weight > left)
                             or (found and _age(run, found[-1]) > 7 * DAY)):
            break
        left = CHATTY if left > CHATTY and one == path and _dense(run, one, info.size) else left
        start = 0 if run.full or one.endswith('.gz') else max(0, info.size - left)
        whole = own or weight <= SMALL
        old = max(0, weight - max(0, left)) if run.full and not whole else 0
        found.append(Source(one, program, None if whole else scan.PPTP, start,
                            1 << 62 if old and one.endswith('.gz') else old))
        left -= weight
    return found[::-1]


def _older(name: str, names: t.Sequence[str]) -> list[str]:
    """The rotated files of *name*, newest first: ``.1``, ``.2.gz``; ``-20260105`` counts down."""
    row = []
    for one in names:
        found = _ROTATED.match(one)
        if found and found.group(1) + (found.group(3) or '') == name:
            number = int(found.group(2))
            row.append((-number if number > 9999 else number, one))
    return [one for _rank, one in sorted(row)]


def _age(run: _Run, source: Source) -> float:
    """Seconds from the first line of *source* to now (0 where unknown)."""
    opened = run.host.open(source.path)
    if opened.value is None or run.now is None or source.path.endswith('.gz'):
        return 0
    with opened.value as handle:
        epoch = Splitter('', run.now).epoch(handle.readline(200).decode('utf-8', 'replace'))
    return run.now - epoch if epoch else 0


def _dense(run: _Run, path: str, size: int) -> bool:
    """Whether the end of *path* is full of debug lines."""
    opened = run.host.open(path)
    if opened.value is None or size < CHATTY:
        return False
    with opened.value as handle:
        handle.seek(max(0, size - 65536))
        return len(scan.PPTP.findall(handle.read(65536))) > DENSE


def _start(run: _Run, path: str, window: int) -> int:
    info = run.host.stat(path).value
    return max(0, info.size - window) if info and not run.full else 0


def _fresh(run: _Run, path: str) -> bool:
    info = run.host.stat(path).value
    return bool(info and info.mtime and run.now and run.now - info.mtime < DAY)


def _command(run: _Run, name: str, pattern: t.Any) -> bool:
    """Feed the output of a command; whether there was one."""
    output = run.trail.take(run.host.run(name))
    if output is None:
        return False
    reader = io.BytesIO(output.stdout.encode('utf-8', 'surrogateescape'))
    run.take([run.parsed(name, scan.hits(reader, pattern, run.budget), 'kernel' if pattern else '', False)], True)
    return True


def _others(run: _Run, known: set[str]) -> list[Source]:
    """Any other plain file under /var/log, three folders deep."""
    found: list[Source] = []
    folders = ['/var/log']
    while folders and len(found) < 40:
        base = folders.pop(0)
        for name in run.host.list(base).value or []:
            path = posixpath.join(base, name)
            info = run.host.stat(path).value
            if info and info.kind == 'dir' and base.count('/') < 4 and len(folders) < 40:
                folders.append(path)
            elif info and info.kind == 'file' and path not in known and not _OTHER.search(name) and info.size:
                found.append(Source(path, '', None if info.size <= SMALL else scan.PPTP, max(0, info.size - OWN)))
    return found[:40]


def _loose(run: _Run, _known: set[str]) -> list[Source]:
    """Files that lie at the top of a folder which somebody sent."""
    paths = ['/' + name for name in run.host.list('/').value or [] if re.search(r'(?i)\.(?:log|txt|out)$|log', name)]
    infos = [(path, run.host.stat(path).value) for path in paths[:40]]
    return [Source(path, '', None, max(0, info.size - OWN)) for path, info in infos if info and info.kind == 'file']
