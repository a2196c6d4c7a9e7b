# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines joined into logins: pptpctrl and its pppd on a server, pppd and its pptp on a client.

A server's pieces share pids (``CTRL (PPPD Launcher)`` speaks with the pid that pppd will have) or follow each other;
without pids and times a new login begins where pppd starts, or connects, again. Sample of three lines, one login::

    pptpd[106]: CTRL: Client 10.1.0.10 control connection started
    pppd[107]: pppd 2.4.9 started by root, uid 0
    pptpd[106]: CTRL: Client 10.1.0.10 control connection finished
"""

from __future__ import annotations

import collections
import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.parse.logline import Line
from ansible_collections.vpnops.pptp.plugins.module_utils.parse.scrub import clean, scrub
from ansible_collections.vpnops.pptp.plugins.module_utils.parse.trace import (
    STAGES,
    Trace,
    is_trace,
    ms_error,
    windows_code,
)
from ansible_collections.vpnops.pptp.plugins.module_utils.signatures import BY_ID, Signature

KEPT, LIVE, USERS = 12, 48, 20   # sessions reported, sessions that may still grow, user names reported
NEAR = 30                       # seconds within which a pppd belongs to a control connection
_REVOKED = ('ip-unauthorized', 'term-ip-unauthorized', 'ip-no-local', 'ip-refused', 'term-ip', 'ip-interface')
_ENDS = ('closed', 'exit', 'ctrl-finished', 'hangup', 'pptp-no-connection')
_LIFT = {'pppd-start': 1, 'connect': 2, 'pptp-connected': 2, 'logwtmp': 7, 'ip-local': 7}
_STARTS = ('pppd-start', 'connect')
_BEGINS = ('using channel', 'Using interface', 'sent [LCP ConfReq')
_USER = re.compile(r'(?:Peer |authenticating |succeeded for |failed for |ip-up \S+ )'
                   r'"?(.{1,256}?)"?(?= failed| auth|$| \d+\.)')
_CLIENT = re.compile(r'(?:Client|number|ip-up \S+ \S+) "?([\da-fA-F.:]{3,39})')
_DIALS = re.compile(r'.{0,24}\bpptp \S')   # pppd's pty script
# PPPoE, L2TP; but <--> pptp (address): pppd's own plugin, on OpenWrt and in the accel-pptpd of router firmware
_FOREIGN = re.compile(r'Connect: \S+ ?<--> (?!/dev/|pptp)|Plugin \S*(?:pppoe|l2tp|pppoatm)', re.I)
_REAPED = re.compile(r'CTRL: Reaping child PPP\[(\d{1,9})\]')

Events = t.Dict[str, t.List[t.Any]]   # id -> [count, last text, source, last time, its seconds since 1970]


def add_event(events: Events, signature: Signature, line: Line, source: str, count: int = 1) -> None:
    """Count *line* under its signature. What pppd says before it starts comes twice, in its own name and on pptpd's
    standard error. The newest is kept, whichever log is read first. The text is still raw: :func:`scrubbed` is for
    whoever shows it."""
    entry = events.get(signature.id)
    if entry is None or entry[1] != line.message or not signature.id.startswith('start-'):
        _merge(events, signature.id, [count, line.message, source, line.time, line.epoch])


def _merge(events: Events, name: str, entry: list[t.Any]) -> None:
    old = events.get(name, [0, *entry[1:]])
    older = None not in (old[4], entry[4]) and entry[4] < old[4]
    events[name] = [old[0] + entry[0], *(old if older else entry)[1:]]


def scrubbed(events: Events) -> Events:
    """*events* fit to leave the host; only what may be a cause keeps its text in full; lumped noise goes."""
    kept = {name: entry for name, entry in events.items() if not name.startswith('noise-')}
    return {name: [entry[0], scrub(entry[1], 160 if BY_ID[name].kind in ('cause', 'consequence') else 60),
                   clean(entry[2]), entry[3]]
            for name, entry in kept.items()}


class Session:
    """A login as far as the log shows it."""

    def __init__(self, line: Line, source: str) -> None:
        self.start, self.end, self.source = line.time, line.time, source
        self.epochs = [line.epoch, line.epoch]
        self.side = ''
        self.client: str | None = None
        self.user: str | None = None
        self.events: Events = {}
        self.trace = Trace()
        self.stage = 0
        self.code: int | None = None
        self.error: int | None = None
        self.marks: set[str] = set()
        self.keys: list[tuple[str, int]] = []
        self.up = self.ended = self.foreign = self.pppd = self.pptp = False

    def take(self, line: Line, signature: Signature | None, source: str) -> None:
        """Add a line of this login."""
        self.end = line.time or self.end
        if line.epoch is not None:
            self.epochs = [line.epoch if self.epochs[0] is None else self.epochs[0], line.epoch]
        if is_trace(line.message):
            self.trace.feed(line.message)
        elif signature is not None:
            self._known(line.message, signature)
            add_event(self.events, signature, line, source)
        if not self.pptp and line.program == 'pptp':
            self.pptp, self.side = True, self.side or 'client'

    def _known(self, message: str, signature: Signature) -> None:
        name = signature.id
        self.marks.add(name)
        if signature.side != 'any':
            self.side = self.side or signature.side
        if name in _LIFT or signature.kind in ('cause', 'marker') and not name.startswith('start-'):
            self.stage = max(self.stage, _LIFT.get(name) or STAGES.index(signature.stage))
        if name in ('ip-remote', 'ip-local') or name == 'ip-down' and not self.marks.intersection(_REVOKED):
            self.up = True   # pppd prints both addresses when IPCP is done; ip-down undoes what ip-up did
        elif name in _REVOKED:
            self.up = False
        elif name in _ENDS:
            self.ended = True
        elif name.startswith('term-'):
            self.code = self.code if self.code is not None else windows_code(message)
        if name in ('connect', 'noise-pppd') and _FOREIGN.match(message):
            self.foreign = True
        elif name == 'noise-pppd' and _DIALS.match(message):
            self.side = self.side or 'client'
        elif 'fail' in name and self.error is None:
            self.error = ms_error(message)
        found = _CLIENT.search(message) if name in ('ctrl-started', 'calling-number-ok', 'logwtmp') else None
        self.client = self.client or (found.group(1) if found else None)
        found = _USER.search(message) if name in _NAMES else None
        self.user = found.group(1) if found else self.user

    def reached(self) -> str:
        """The last stage that was completed or worked on."""
        if self.up:
            return 'path'
        stage = max(self.stage, self.trace.stage, 2 if 'connect' in self.marks else 0)
        named = [STAGES.index(BY_ID[name].stage) for name in self.events
                 if BY_ID[name].weight > 50 and not name.startswith(('start-', 'secrets-file-mode'))]
        stage = min(stage, max(named)) if named else stage   # the other side may have been ahead
        if stage == 2 and self.side == 'client' and self.pptp and 'pptp-connected' not in self.marks:
            stage = 1   # the data channel was never tried
        return STAGES[max(stage, 1)]

    def outcome(self) -> str:
        """``up``, ``failed`` or ``open``: the log ends before the login does."""
        if self.up:
            return 'up'
        named = any(BY_ID[name].weight >= 40 and name != 'secrets-file-mode' for name in self.events)
        return 'failed' if self.ended or named else 'open'

    def as_dict(self, side: str) -> dict[str, t.Any]:
        """The session as docs/facts.md has it; *side* where the session does not tell."""
        trace, first, last = self.trace, self.epochs[0], self.epochs[1]
        traced = bool(trace.seen)
        self.side = self.side or {True: 'server', False: 'client', None: side}[trace.asks]
        events = [name for name in self.events if BY_ID[name].kind != 'noise']
        return {
            'side': self.side, 'client': self.client, 'user': self.name(),
            'start': self.start, 'end': self.end, 'outcome': self.outcome(), 'reached': self.reached(),
            'events': events[:24], 'source': clean(self.source),
            'rcvd_lcp': any(key.startswith('rcvd LCP') for key in trace.seen) if traced else None,
            'rcvd_lcp_ack': bool(trace.has('rcvd LCP ConfAck')) if traced else None,
            'sent_lcp': bool(trace.has('sent LCP ConfReq')) if traced else None,
            'auth': trace.auth, 'methods': trace.methods,
            'duration': round(last - first, 1) if first is not None and last is not None else None,
            'windows_code': trace.code if trace.code is not None else self.code,
            'ms_error': trace.error if trace.error is not None else self.error}

    def name(self) -> str | None:
        """The user, as pppd's own lines have it or else the trace."""
        name = self.user or self.trace.user
        return clean(name, 64) if name else None

    def conclude(self) -> None:
        """Add what only the whole trace tells: nothing where the login worked."""
        codes = [code for code in (self.trace.code, self.code) if code]
        derived = (self.trace.events() if self.outcome() != 'up' else []) + ['win-%d' % code for code in codes[:1]]
        for name in derived:
            if name in BY_ID:
                self.events[name] = [1, '', self.source, self.end, self.epochs[1]]


_NAMES = ('chap-failed', 'chap-no-secret', 'auth-ok', 'pap-failed', 'logwtmp', 'session-denied')


class Joiner:
    """Feeds lines to sessions, keeps the newest, counts all; memory does not grow with the log."""

    def __init__(self) -> None:
        self.events: Events = {}
        self.counts = {'total': 0, 'up': 0, 'failed': 0, 'open': 0}
        self.users: dict[str, dict[str, t.Any]] = {}
        self.traced = False
        self._live: list[Session] = []
        self._keys: dict[tuple[str, int], Session] = {}
        self._done: collections.deque[Session] = collections.deque(maxlen=KEPT)
        self._lines = {'pptpd': 0, 'pptp': 0}

    def feed(self, line: Line, signature: Signature | None, source: str) -> None:
        """Give *line* to its session, or count it alone where it belongs to none."""
        program = line.program
        if program in self._lines:
            self._lines[program] += 1
        find = {'pptpd': self._control, 'pppd': self._pppd, 'pptp': self._pptp}.get(program)
        session = find(line, signature, source) if find else None
        if session is not None:
            session.take(line, signature, source)
        elif signature is not None:
            add_event(self.events, signature, line, source)

    def _new(self, line: Line, source: str) -> Session:
        session = Session(line, source)
        self._live.append(session)
        if len(self._live) > LIVE:
            self._flush(self._live.pop(0))
        return session

    def _bind(self, session: Session, key: tuple[str, int]) -> Session:
        self._keys[key] = session
        session.keys.append(key)
        return session

    def _control(self, line: Line, signature: Signature | None, source: str) -> Session | None:
        if line.message.startswith('CTRL (PPPD'):   # the child that becomes pppd
            waiting = self._waiting(line, 'server')
            if waiting and line.pid:
                waiting.pppd = True
                self._bind(waiting, ('pppd', line.pid))
            return waiting
        if line.message.startswith('MGR'):   # the manager speaks for all
            return None
        session = self._keys.get(('pptpd', line.pid))
        reaped = _REAPED.match(line.message)
        child = self._keys.get(('pppd', int(reaped.group(1)))) if reaped else None
        if child and not session and child.side != 'client':   # the log has not the beginning of the control connection
            return self._bind(child, ('pptpd', line.pid))
        begins = signature is not None and signature.id == 'ctrl-started'
        if session and not (begins and 'ctrl-started' in session.marks):
            done = 'ctrl-finished' in session.marks
            return None if done and signature and signature.kind == 'noise' else session
        if not begins and (not line.message.startswith(('CTRL:', 'GRE:')) or not line.pid or signature is None
                           or signature.kind == 'noise'):
            return None
        session = self._bind(self._new(line, source), ('pptpd', line.pid))
        session.side = 'server'
        return session

    def _pppd(self, line: Line, signature: Signature | None, source: str) -> Session | None:
        session = self._keys.get(('pppd', line.pid))
        mark = signature.id if signature else ''
        again = session is not None and (mark in _STARTS and mark in session.marks or session.ended and (
            mark in _STARTS or line.message.startswith(_BEGINS)))
        if session is not None and not again:
            return session
        if not line.pid and not signature and not is_trace(line.message):
            return None
        waiting = None if again and line.pid else self._waiting(line, '')
        session = waiting or self._new(line, source)
        session.pppd, session.ended = True, False   # a pptp of another log file may have ended before
        return self._bind(session, ('pppd', line.pid))

    def _pptp(self, line: Line, _signature: Signature | None, source: str) -> Session:
        session = self._keys.get(('pptp', line.pid))
        if session and not (not line.pid and session.ended and line.message.startswith('The synchronous')):
            return session
        for candidate in reversed(self._live):
            if candidate.side != 'server' and not candidate.foreign and self._near(candidate, line, 4 * NEAR):
                return self._bind(candidate, ('pptp', line.pid))
        return self._bind(self._new(line, source), ('pptp', line.pid))

    def _waiting(self, line: Line, side: str) -> Session | None:
        """The session without a pppd that began shortly before *line*: the next lower pid, else the newest."""
        free = [session for session in self._live if not session.pppd and (not session.ended or session.pptp)
                and side in ('', session.side) and self._near(session, line, NEAR)]
        below = [session for session in free if session.keys and 0 < session.keys[0][1] < line.pid]
        return max(below, key=lambda session: session.keys[0][1]) if below else free[-1] if free else None

    @staticmethod
    def _near(session: Session, line: Line, seconds: float) -> bool:
        last = session.epochs[1]
        return last is None or line.epoch is None or abs(line.epoch - last) <= seconds

    def _flush(self, session: Session) -> None:
        for key in session.keys:
            if self._keys.get(key) is session:
                del self._keys[key]
        if session.foreign:   # other servers of this host ask the same RADIUS server with the same files
            self.events.update({name: entry for name, entry in session.events.items() if BY_ID[name].stage == 'aaa'
                                and name not in self.events})
            return
        session.conclude()
        for name, entry in session.events.items():
            _merge(self.events, name, entry)
        outcome = session.outcome()
        self.counts['total'] += 1
        self.counts[outcome] += 1
        self.traced = self.traced or bool(session.trace.seen)
        self._done.append(session)
        user = session.name()
        if outcome != 'open' and user:
            self._count_user(user, outcome)

    def _count_user(self, name: str, outcome: str) -> None:
        entry = self.users.pop(name, {'up': 0, 'failed': 0})
        entry[outcome] += 1
        entry['last'] = outcome
        self.users[name] = entry
        if len(self.users) > USERS:
            del self.users[next(iter(self.users))]

    def busy(self) -> bool:
        """Whether any line belonged to a login."""
        return bool(self._live or self._done)

    def finish(self) -> list[dict[str, t.Any]]:
        """End all sessions; the newest :data:`KEPT`, newest last."""
        for session in self._live:
            self._flush(session)
        self._live = []
        side = 'client' if self._lines['pptp'] and not self._lines['pptpd'] else 'server'
        return [session.as_dict(side) for session in self._done]
