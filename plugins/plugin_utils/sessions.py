# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The recorded logins, as the judge reads them: who failed last, and which stages work.

Newest counts: a failure that a later successful login of the same user (or client) follows is history.
"""

from __future__ import annotations

import calendar
import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.signatures import BY_ID, Signature
from ansible_collections.vpnops.pptp.plugins.plugin_utils import dial_sessions
from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog import stage_rank
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import Proof

SUBJECT = 'pptp_logs'
_USER_LEFT = 0    # Windows' own code in its LCP TermReq: whoever sits there hung up
_STRONG = 70     # rows below that stand in logins that go on
_MONTHS = ('jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec')
_SYSLOG_TIME = re.compile(r'\s*([A-Za-z]{3}) +(\d{1,2}) (\d\d):(\d\d):(\d\d)')
#: What a login prints when it begins.
_BEGINS = ('ctrl-started', 'ctrl-call', 'pppd-start', 'connect', 'pptp-connected')
#: What a login prints once it got to a stage: authentication is over (pppd authorizes the calling number in
#: network_phase), and encryption is on.
_BEYOND = (('mppe', ('auth-ok', 'client-auth-ok', 'calling-number-ok')),
           ('address', ('mppe-on', 'ip-local', 'ip-remote')))
_ZONED = re.compile(r'(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,]\d+)?(?:Z|([+-])(\d\d):?(\d\d))\Z', re.A)
_ISO_TIME = re.compile(r'\s*(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)')


class Session(t.NamedTuple):
    """One login; *events* are the rows of the table of signatures that it printed, in order, unknown ids left out."""

    side: str
    client: str | None
    user: str | None
    start: str
    end: str
    outcome: str
    reached: str
    events: tuple[Signature, ...]
    source: str
    rcvd_lcp: bool | None
    rcvd_ack: bool | None
    auth: str | None
    methods: tuple[str, ...]
    duration: float | None = None
    windows_code: int | None = None

    @property
    def is_tail(self) -> bool:
        """Whether the log begins within this login, and shows that it had been encrypted: it was up before."""
        return not self.has(*_BEGINS) and self.has('mppe-off')

    def has(self, *ids: str) -> bool:
        """Whether one of the signatures *ids* was printed."""
        return any(row.id in ids for row in self.events)

    def passed(self, stage: str) -> bool:
        """Whether this login got beyond *stage*."""
        return self.outcome == 'up' or stage_rank(stage) < stage_rank(self.reached) < len_stages()


class Line(t.NamedTuple):
    """A signature that was seen: its *row*, how often, and its last text, source and time."""

    row: Signature
    times: int
    text: str
    source: str
    time: str

    def proof(self) -> Proof:
        """This line as evidence."""
        return Proof('pptp_logs.signatures.%s' % self.row.id, self.text or _words(self.row.id), self.source)


def _words(name: str) -> str:
    """What a signature without a text of its own says: those that a trace yields."""
    if name.startswith('win-'):
        return 'Windows ended the login with error %s' % name[4:]
    return 'the trace shows: ' + name.replace('trace-', '').replace('-', ' ')


def len_stages() -> int:
    """One more than the rank of the last stage."""
    return stage_rank(None)


class Log:
    """What the logs of a host tell: *sessions* oldest first, *lines* by signature; *own*: our dials of this run."""

    def __init__(self, facts: Facts) -> None:
        known = facts.maps(SUBJECT, 'sessions')
        self.known = known is not None
        self.sessions = [_session(item) for item in known or []]
        self.own = dial_sessions.own(facts, self.sessions, lambda item: second(item.start))
        self._own_ids = frozenset(map(id, [*self.own, *dial_sessions.marked(self.sessions)]))
        self._no_logins = frozenset(map(id, [*dial_sessions.no_logins(facts, self.own),
                                             *dial_sessions.asked(self.sessions)]))
        self.lines = _lines(facts)
        self.users = facts.table(SUBJECT, 'users') or {}
        self.up_count = facts.number(SUBJECT, 'session_counts', 'up') or 0

    def seen(self, *ids: str) -> Line | None:
        """The first of the signatures *ids* that was seen."""
        return next((self.lines[name] for name in ids if name in self.lines), None)

    def proof(self, *ids: str) -> tuple[Proof, ...]:
        """The evidence for those of *ids* that were seen."""
        return tuple(self.lines[name].proof() for name in ids if name in self.lines)

    def real(self) -> list[Session]:
        """The sessions that say something: port scans, health checks and logins still under way do not."""
        return [item for item in self.sessions if item.outcome == 'up' or id(item) not in self._no_logins
                and _counts(item) and not _is_probe(item) and not self._is_stranger(item)]

    def is_own(self, item: Session | None) -> bool:
        """Whether *item* was one of our own dials, of whatever day."""
        return id(item) in self._own_ids

    def _is_stranger(self, item: Session) -> bool:
        """A silent failure from an address that never came up, while others did: a scanner that speaks PPTP."""
        if item.user or any(row.kind == 'cause' for row in item.events):
            return False
        clients = {other.client for other in self.sessions if other.outcome == 'up' and other.side == item.side}
        return bool(clients) and item.client is not None and item.client not in clients

    def newest_up(self) -> Session | None:
        """The newest login that came up."""
        return next((item for item in reversed(self.sessions) if item.outcome == 'up'), None)

    def newest_is_up(self) -> bool:
        """Whether the newest login that says something came up."""
        real = self.real()
        return bool(real) and real[-1].outcome == 'up'

    def any_up(self) -> bool:
        """Whether any login is known to have come up, also those too old to be listed."""
        ups = (entry.get('up') for entry in self.users.values() if isinstance(entry, dict))
        return bool(self.newest_up()) or self.up_count > 0 or any(isinstance(n, int) and n > 0 for n in ups) or \
            any(item.is_tail for item in self.sessions) or self._was_coding()

    def _was_coding(self) -> bool:
        """The kernel misses a flag that MPPE sets every 256 packets: packets had passed before (ppp_mppe.c)."""
        line = self.seen('kernel-mppe')
        return line is not None and 'flag packet' in line.text

    def failing(self) -> list[Session]:
        """The newest failed login of each party that has not come up since, newest first."""
        found: list[Session] = []
        later_up: list[Session] = []
        real = self.real()
        for item in reversed([item for item in real if not _is_echo(item, real)]):
            if item.outcome == 'up':
                later_up.append(item)
            elif not any(self._makes_history(up, item) for up in later_up) and not any(
                    _same_party(item, other) and item.user == other.user for other in found):
                found.append(item)
        return found

    def _makes_history(self, up: Session, failed: Session) -> bool:
        """Whether *failed* is past since its party came *up*. Our own dial from there shows that the way works, and not
        that a client's own settings or password do."""
        beyond = failed.reached in ('auth', 'mppe') and not self.is_own(failed)
        return _same_party(failed, up) and not (self.is_own(up) and beyond)

    def came_up_after(self, failed: Session) -> bool:
        """Whether any login of the same end came up after *failed*, whoever it was."""
        later = self.sessions[self.sessions.index(failed) + 1:] if failed in self.sessions else []
        return any(item.outcome == 'up' and item.side == failed.side for item in later)

    def passed(self, stage: str) -> Session | None:
        """The newest login, if it got beyond *stage*: then nothing that hits everybody is wrong there."""
        real = self.real()
        return real[-1] if real and real[-1].passed(stage) else None

    def is_history(self, line: Line) -> bool:
        """Whether a login came up after *line* was printed; where times do not compare, whether the newest did."""
        up = self.newest_up()
        if up is None:
            return False
        printed, started = when(line.time), when(up.end) or when(up.start)
        if printed and started and len(printed) == len(started):
            return printed <= started
        return self.newest_is_up()

    def restarted_since(self, line: Line) -> bool:
        """Whether pptpd was surely started after *line* was printed."""
        start = self.lines.get('mgr-start')
        printed, started = when(line.time), when(start.time) if start else None
        return bool(printed and started and len(printed) == len(started) and printed < started)

    def is_after_sessions(self, line: Line) -> bool:
        """Whether *line* was surely printed after the newest session began."""
        real = self.real()
        printed, started = when(line.time), when(real[-1].start) if real else None
        return bool(printed and started and len(printed) == len(started) and printed > started)


def when(text: str) -> tuple[int, ...] | None:
    """A printed time as numbers that compare among their like: six of ISO 8601, five of classic syslog."""
    found = _ISO_TIME.match(text)
    if found:
        return tuple(int(part) for part in found.groups())
    found = _SYSLOG_TIME.match(text)
    if found and found.group(1).lower() in _MONTHS:
        month = _MONTHS.index(found.group(1).lower())
        return (month,) + tuple(int(part) for part in found.groups()[1:])
    return None


def second(printed: t.Any) -> t.Any:
    """Seconds since 1970 of a time that says its zone, else *printed*: one log prints it finer than another.

    >>> second('2026-11-26T04:26:42.590078+01:00') - second('2026-11-26T03:26:42Z'), second('Nov 26 03:26:42')
    (0, 'Nov 26 03:26:42')
    """
    found = _ZONED.match(str(printed))
    if not found:
        return printed
    fields = tuple(int(part) for part in found.groups()[:6])
    sign, hours, minutes = found.groups()[6:]
    offset = (int(hours) * 3600 + int(minutes) * 60) * (-1 if sign == '-' else 1) if sign else 0
    try:
        return calendar.timegm(fields) - offset
    except ValueError:
        return printed


def _lines(facts: Facts) -> dict[str, Line]:
    table = facts.table(SUBJECT, 'signatures') or {}
    lines = {}
    for name, entry in table.items():
        row = BY_ID.get(name)
        if row is not None and isinstance(entry, (list, tuple)):
            count, text, source, time = (tuple(entry) + (None,) * 4)[:4]
            lines[name] = Line(row, count if isinstance(count, int) else 1, _text(text), _text(source), _text(time))
    return lines


def _session(item: dict[str, t.Any]) -> Session:
    names = item.get('events')
    ids = tuple(name for name in names if isinstance(name, str) and name in BY_ID) if isinstance(names, list) else ()
    methods, duration, code = item.get('methods'), item.get('duration'), item.get('windows_code')
    outcome, reached = _text(item.get('outcome')), _text(item.get('reached'))
    if outcome == 'open' and 'gre-pty-gone' in ids:     # pppd is gone, whatever else the log leaves out
        outcome = 'failed'
    return Session(
        _text(item.get('side')) or 'server', _text(item.get('client')) or None, _text(item.get('user')) or None,
        _text(item.get('start')), _text(item.get('end')), outcome, _furthest(reached, ids),
        tuple(BY_ID[name] for name in ids), _text(item.get('source')), _flag(item.get('rcvd_lcp')),
        _flag(item.get('rcvd_lcp_ack')), _text(item.get('auth')).lower() or None,
        tuple(_text(name).lower() for name in methods) if isinstance(methods, list) else (),
        float(duration) if isinstance(duration, (int, float)) and not isinstance(duration, bool) else None,
        code if isinstance(code, int) and not isinstance(code, bool) else None)


def _furthest(reached: str, ids: tuple[str, ...]) -> str:
    for stage, shown in _BEYOND:
        if reached and stage_rank(reached) < stage_rank(stage) and any(name in ids for name in shown):
            reached = stage
    return reached


def _text(value: t.Any) -> str:
    return value if isinstance(value, str) else ''


def _flag(value: t.Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _is_probe(item: Session) -> bool:
    """A connection to TCP 1723 without a call (pptpmanager.c: scanners, `nc -z`, monitoring)."""
    return (item.side == 'server' and item.outcome != 'up' and item.reached in ('', 'service', 'control')
            and not item.has('ctrl-call', 'gre-pty-gone') and not any(row.kind == 'cause' for row in item.events))


def _counts(item: Session) -> bool:
    """A failed login, or one without an end that says something strong enough to end it."""
    strong = any(row.kind == 'cause' and row.weight >= _STRONG for row in item.events)
    return strong or item.outcome == 'failed' and item.windows_code != _USER_LEFT


def _is_echo(item: Session, others: list[Session]) -> bool:
    """A silent failure that another log of the same attempt explains (pptp and pppd may write to different files)."""
    if item.outcome == 'up' or any(row.kind == 'cause' for row in item.events):
        return False
    return any(other.side == item.side and other.outcome != 'up' and _same_minute(item, other)
               and any(row.kind == 'cause' for row in other.events) for other in others)


def _same_minute(one: Session, other: Session) -> bool:
    """Whether the times of two logins overlap, as far as both were printed alike."""
    times = [when(text) for text in (one.start, one.end, other.start, other.end)]
    first, last, start, end = times
    if not first or not last or not start or not end or len({len(item) for item in times if item}) > 1:
        return False
    return first <= end and start <= last


def _same_party(failed: Session, other: Session) -> bool:
    if failed.side != other.side:
        return False
    if failed.user and other.user:
        return failed.user == other.user
    if failed.client and other.client:
        return failed.client == other.client
    return True
