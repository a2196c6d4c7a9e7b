# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What FreeRADIUS's log says about its clients and their users (main/listen.c, main/auth.c, lib/radius.c). Samples::

    Sun Nov 22 07:17:49 2026 : Error: Ignoring request to auth address * port 1812 bound to server default from unknown
        client 10.99.1.66 port 56092 proto udp
    Sun Nov 22 07:15:02 2026 : Info: Dropping packet without response because of error: Received packet from 10.99.1.1
        with invalid Message-Authenticator!  (Shared secret is incorrect.) (from client vpn)
    Sun Nov 22 07:19:52 2026 : Error: Setting "require_message_authenticator = true" for client vpn
    Sun Nov 22 08:17:15 2026 : ERROR: (1) mschap: ERROR: Program returned code (1) and output '... (0xc0000234)'
    Sun Nov 22 08:12:03 2026 : Auth: (1) Login incorrect (mschap: MS-CHAP2-Response is incorrect): [bob] (from client ..
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils import signatures
from ansible_collections.vpnops.pptp.plugins.module_utils.parse.logline import Splitter
from ansible_collections.vpnops.pptp.plugins.module_utils.parse.scrub import clean, scrub

ROWS = 12    # clients, and users, that are kept
_LINES = 200000
_OPEN = 1000    # requests whose errors are remembered until the line about their login
_REASON = 260   # characters of such an error: the code of Windows stands at its end
_ADDRESS = r'([0-9a-fA-F.:]{2,45})'
_READY = 'Ready to process requests'
_EVENTS = (
    ('unknown', re.compile(r'Ignoring request to (\S+) .{0,160}?from unknown client %s port' % _ADDRESS)),
    ('mismatch', re.compile(r'.{0,99}?(Received|Accounting-Request) .{0,20}?from (?:host |client )?%s .{0,20}?invalid '
                            r'(?:Message|Request )[ -]?Auth.*?(?:\(from client (\S+)\)|\Z)' % _ADDRESS)),
    ('demanded', re.compile(r'.{0,99}?(Insecure) packet from host %s:.{0,40}not contain required Message-Authenticator'
                            r'.*?(?:\(from client (\S+)\)|\Z)' % _ADDRESS)),
)
_LEARNED = re.compile(r'Setting "require_message_authenticator = (true|false)" for client (\S+)')
_REQUEST = re.compile(r'\((\d+)\) ')
_LOGIN = re.compile(r'(Login OK|Login incorrect|Invalid user)(?: \((.*?)\))?: \[([^\]/]*)[^\]]*\] \(from client (\S+)')


class Seen:
    """What was found: ``clients`` ``[[what, kind, address, client, count, text, source, last], ..]`` (*what*: unknown,
    mismatch or demanded), ``learned`` ``{client: [true or false, source, time]}`` since the last start, ``started``
    ``[source, time]`` of that, ``users`` ``[[user, client, ok, reason, source, time], ..]``, the newest of each:
    *reason* and *source* are of the error of the same request where that says more."""

    def __init__(self) -> None:
        self.lines = 0
        self.started: list[str] | None = None
        self.learned: dict[str, list[str]] = {}
        self._clients: dict[tuple[str, ...], list[t.Any]] = {}
        self._users: dict[str, list[t.Any]] = {}
        self._errors: dict[str, tuple[int, str, str]] = {}
        self._order = 0

    def take(self, text: str, path: str) -> None:
        """Read the log *text* of *path*, the lines of which are the newest yet."""
        splitter = Splitter('radius')
        for number, raw in enumerate(text.split('\n')[:_LINES], 1):
            if raw:
                line = splitter.split(raw)
                if line is not None and line.program == 'radius':
                    self._line(raw, line.message, '%s:%d' % (path, number), line.time)

    def _line(self, raw: str, message: str, source: str, when: str) -> None:
        self.lines += 1
        self._order += 1
        if message.startswith(_READY):
            self.started, self.learned, self._errors = [source, when], {}, {}
        elif 'require_message_authenticator' in message and 'Setting' in message:
            found = _LEARNED.search(message)
            if found:
                self.learned[clean(found.group(2), 60)] = [found.group(1), source, when]
        elif '[' in raw and '] (from client ' in raw:
            self._login(raw, message, source, when)
        else:
            if 'ERROR: ' in raw:
                self._error(raw, message, source)
            self._client(message, source, when)

    def _client(self, message: str, source: str, when: str) -> None:
        for what, pattern in _EVENTS:
            found = pattern.match(message)
            if found:
                kind, address, client = (found.groups() + ('',))[:3]
                kind = kind if what == 'unknown' else 'acct' if kind.startswith('Acc') else 'auth'
                row = self._clients.setdefault((what, kind, address), [0])
                row[:] = [row[0] + 1, clean(client or '', 60), scrub(message), source, when, self._order,
                          self.started is not None]

    def _error(self, raw: str, message: str, source: str) -> None:
        """What a module said of the request ``(number)``, where that names a cause; the weightiest of each."""
        number, row = _REQUEST.search(raw), signatures.match('radius', message)
        if number and row is not None and row.kind == 'cause':
            if len(self._errors) >= _OPEN:
                self._errors.clear()
            kept = self._errors.get(number.group(1))
            if kept is None or kept[0] < row.weight:
                self._errors[number.group(1)] = (row.weight, scrub(message, _REASON), source)

    def _login(self, raw: str, message: str, source: str, when: str) -> None:
        found, number = _LOGIN.search(raw), _REQUEST.search(raw)
        error = self._errors.pop(number.group(1), None) if number else None
        if found:
            verdict, reason, user, client = found.groups()
            row = signatures.match('radius', message)
            if error is not None and verdict != 'Login OK' and (row is None or row.weight < error[0]):
                reason, source = error[1:]
            self._users.pop(user, None)
            self._users[user] = [clean(user, 60), clean(client.rstrip(')'), 60), verdict == 'Login OK',
                                 scrub(reason or '', _REASON if error else 120), source, when]

    def clients(self) -> list[list[t.Any]]:
        """The newest rows of what was said about clients; the last value: whether that was since the last start."""
        rows = sorted(self._clients.items(), key=lambda item: -item[1][5])[:ROWS]
        started = int((self.started or ['0'])[0].rpartition(':')[2])
        return [[what, kind, address, row[1], row[0], row[2], row[3], row[4], self._since(row[3], started)]
                for (what, kind, address), row in rows]

    def _since(self, source: str, started: int) -> bool | None:
        """Whether the line at *source* was printed by the server that runs now; None where no start was logged."""
        if self.started is None:
            return None
        path, _colon, number = source.rpartition(':')
        return path != self.started[0].rpartition(':')[0] or int(number) > started

    def users(self) -> list[list[t.Any]]:
        """The newest word about each of the users that were named last."""
        return list(self._users.values())[-ROWS:][::-1]
