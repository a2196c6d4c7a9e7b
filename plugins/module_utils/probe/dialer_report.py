# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What came of dials, as plain JSON of bounded size: no bytes, no control characters, no long texts."""

from __future__ import annotations

import statistics
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.dial.result import FAILED, OK, UNKNOWN, WHY
from ansible_collections.vpnops.pptp.plugins.module_utils.probe.dialer import Dial

LONGEST = 200                      # characters of a text
_MOST, _DEEPEST = 40, 6            # entries of a list or dictionary, and how deep they may be nested
WRONG = 691                        # RFC 2759 6: authentication failure
FIRST, BAD = 8, 24                 # rows that are kept of many dials: the first ones, and those that are not ok
_NOUNS = {'reach': 'a call', 'methods': 'the question for its methods', 'login': 'the login', 'path': 'the ladder'}
Row = t.Dict[str, t.Any]


def plain(value: t.Any, depth: int = 0) -> t.Any:
    """*value* as it may go out."""
    if isinstance(value, str):
        return escaped(value)
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if depth < _DEEPEST and isinstance(value, dict):
        return {escaped(str(key)): plain(one, depth + 1) for key, one in list(value.items())[:_MOST]}
    if depth < _DEEPEST and isinstance(value, (list, tuple, set)):
        return [plain(one, depth + 1) for one in list(value)[:_MOST]]
    return type(value).__name__


def escaped(text: str) -> str:
    """*text* with its control characters as ``\\x1b``, cut."""
    cut = text[:LONGEST]
    return ''.join(char if char.isprintable() else char.encode('unicode_escape', 'surrogatepass').decode('ascii')
                   for char in cut)[:LONGEST]


def row(name: str, dial: Dial) -> Row:
    """One dial; *name* is the one that the control connection was started with."""
    result = dial.result
    seen = {**result.seen}
    if dial.refusal:
        seen['tcp'] = dial.refusal
    if dial.offenders:
        seen['icmp_by'] = dial.offenders
    if dial.errors:
        seen['not_sent'] = dial.errors
    return _row(result.mode, result.status, result.step, result.why, result.detail, name=name,
                source=plain(dial.source), times=dict(result.times), seen=plain(seen))


def nameless(mode: str, took: float) -> Row:
    """The row of a server whose name did not resolve, in *took* seconds."""
    return _row(mode, FAILED, 'tcp', 'no-name', '', name='', source=[], times={'total': round(took * 1000)}, seen={})


def _row(mode: str, outcome: str, step: str, why: str, detail: str, **more: t.Any) -> Row:
    return {'mode': mode, 'outcome': outcome, 'step': step, 'why': why, 'words': WHY.get(why, ''),
            'detail': escaped(detail), **more}


class Series:
    """Rows as they come; memory does not grow with their number."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.bad: Row | None = None          # the first one that is not ok
        self.last: Row | None = None
        self.logins = {OK: 0, FAILED: 0, UNKNOWN: 0}
        self.methods: list[str] = []
        self.path: dict[str, int] = {}
        self._took: list[int] = []           # ms of the logins that went well
        self._others = 0

    def add(self, found: Row) -> None:
        """One more."""
        good = found['outcome'] == OK
        self.bad = self.bad or (None if good else found)
        self.last = found
        room = FIRST if good else FIRST + BAD
        if len(self.rows) < room:
            self.rows.append(found)
        else:
            self._others += 1
        if found['mode'] == 'login':
            self.logins[found['outcome']] += 1
            self._took += [found['times']['total']] if good else []
        if found['mode'] == 'methods':
            auth = found['seen'].get('auth', {})
            offered = auth.get('offered') or [auth.get('method')]
            self.methods += [name for name in offered if name and name not in self.methods]
        if good and 'path' in found['seen']:
            self.path = {name: found['seen']['path'][name] for name in ('largest', 'mtu', 'mss')}

    def returns(self) -> Row:
        """What the module returns of them all."""
        chosen = self.bad or t.cast(Row, self.last)
        took = self._took
        speed = {'least': min(took), 'median': round(statistics.median(took)), 'most': max(took)} if took else {}
        return {**{name: chosen[name] for name in ('outcome', 'step', 'why', 'words', 'detail')}, 'dials': self.rows,
                'left_out': self._others, 'methods': self.methods, 'path': self.path, 'logins': self.logins,
                'login_ms': speed}


def message(server: str, user: str, found: Row, methods: t.Sequence[str] = ()) -> str:
    """One line for people about the row *found*; *methods* are those of all rows."""
    mode, outcome = found['mode'], found['outcome']
    who = ('%s at %s' % (user, server) if mode == 'login' else server)
    if outcome == OK:
        return '%s: %s' % (who, _good(mode, found['seen'], methods))
    said = ': '.join(filter(None, (_code(found), found['detail'])))
    verdict = 'fails' if outcome == FAILED else 'is undecided'
    text = '%s: %s %s at the step %s: %s' % (who, _NOUNS[mode], verdict, found['step'], found['words'])
    return text + (' (%s)' % said if said else '')


def _code(found: Row) -> str:
    """What an MS-CHAP refusal is about, where that is neither the user nor the password."""
    failure = found['seen'].get('auth', {}).get('failure', {})
    if found['why'] != 'rejected' or failure.get('code') in (None, WRONG):
        return ''
    return ', '.join(filter(None, ('E=%d' % failure['code'], failure['words'])))


def _good(mode: str, seen: t.Mapping[str, t.Any], methods: t.Sequence[str]) -> str:
    if mode == 'login':
        strength = seen.get('ccp', {}).get('strength')
        mppe = 'MPPE-%s' % strength if strength else 'no encryption'
        return 'logged in by %s with %s, address %s' % (seen['auth']['method'], mppe, seen['ipcp']['address'])
    if mode == 'methods':
        return 'asks for no authentication' if methods == ['none'] else 'asks for %s' % ' '.join(methods)
    if mode == 'path':
        return 'packets of up to %d bytes pass, which leaves an MTU of %d and an MSS of %d in the tunnel' % tuple(
            seen['path'][name] for name in ('largest', 'mtu', 'mss'))
    said = seen.get('control', {})
    return 'takes calls (vendor %s, host %s)' % (said.get('vendor') or '-', said.get('host') or '-')
