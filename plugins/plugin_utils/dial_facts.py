# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The dials of a host as the judge reads them: how far each came, why no further, and which logged logins were they."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog import stage_rank
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts, listed

SUBJECT, WITNESS = 'pptp_dial', 'pptp_witness'
OK, FAILED, UNKNOWN = 'ok', 'failed', 'unknown'
LOGIN, PATH = 'login', 'path'
#: The stage at which a dial works, by its step.
STAGES = {'tcp': 'control', 'control': 'control', 'call': 'control', 'gre': 'gre', 'lcp': 'link', 'auth': 'auth',
          'ccp': 'mppe', 'ipcp': 'address', 'ping': 'path', 'path': 'path', 'end': 'path'}
#: What a dial may fail at through its own account and settings alone: the server has no part in it.
OWN_FAULT = ('bad-credentials', 'not-permitted', 'not-tried')
_TEXT = 160     # letters of a text of the server in a line


class Dial(t.NamedTuple):
    """One dial: of *host* (of the inventory, or ``controller``) in a *mode*; *outcome*, *step*, *why* as the module has
    them, *words* the sentence for *why*, *detail* what the server said (hostile). *source* is the address that it was
    made from, *row* the whole of it, *server* what was dialled, as it was given."""

    host: str
    mode: str
    outcome: str
    step: str
    why: str
    words: str
    detail: str
    source: str
    target: str
    user: str
    asked: tuple[str, ...]
    row: dict[str, t.Any]
    server: str = ''

    def get(self, *path: str) -> t.Any:
        """What was seen, at *path*; None where it was not."""
        value: t.Any = self.row.get('seen')
        for step in path:
            value = value.get(step) if isinstance(value, dict) else None
        return value

    @property
    def stage(self) -> str:
        """The stage of a login that it worked on last."""
        return STAGES.get(self.step, '')

    @property
    def code(self) -> int | None:
        """The number of MS-CHAP's failure."""
        code = self.get('auth', 'failure', 'code')
        return code if isinstance(code, int) and not isinstance(code, bool) else None

    @property
    def keys_differ(self) -> bool:
        """Whether packets came that could not be decoded with the keys of the login."""
        return self.mode == LOGIN and self.get('ccp', 'verified') is False

    @property
    def works(self) -> bool:
        """Whether it is a login that came up and carries something."""
        return self.mode == LOGIN and self.outcome == OK and not self.keys_differ

    @property
    def fails(self) -> bool:
        """Whether it failed, and not by its own fault."""
        failed = self.outcome == FAILED and self.why not in OWN_FAULT and self.step != 'path'
        return failed and not self.is_unsent and not self.is_unnamed or self.keys_differ

    @property
    def asks_nothing(self) -> bool:
        """Whether the server lets in without authentication."""
        return self.asked in ((), ('none',))

    @property
    def is_unsent(self) -> bool:
        """Whether the host that dialled did not let its own GRE packets out."""
        return self.step == 'gre' and bool(self.get('not_sent'))

    @property
    def is_unnamed(self) -> bool:
        """Whether it had no address to dial, only a name by which the controller reaches the host: an alias without a
        domain, or IPv6."""
        return self.why == 'no-name' and bool(self.server) and (':' in self.server or '.' not in self.server)

    def passed(self, stage: str) -> bool:
        """Whether it got beyond *stage*."""
        if self.outcome == OK and self.mode == LOGIN:
            return stage_rank(stage) < stage_rank('path')
        reached = 'auth' if self.step == 'path' else self.stage     # the ladder of that mode is one of LCP's echoes
        known = self.outcome in (OK, FAILED) and reached
        return bool(known) and stage_rank(stage) < stage_rank(reached)

    def line(self) -> str:
        """Who dialled, what, and how it ended, in one line."""
        says = self.outcome == OK and self.mode != LOGIN
        return '%s: %s%s' % (self.host, '' if says else '%s ' % (self.mode or 'dial'), self.end(self.why))

    def end(self, why: str = '') -> str:
        """How it ended; *why* instead of the sentence for it."""
        if self.keys_differ:
            return 'came up, and what the server sends cannot be decoded with its keys'
        if self.outcome == OK:
            return self._success()
        if self.is_unnamed:
            return 'could not be tried: %s has no IPv4 address there; pptp_login_server is the address to dial' % (
                self.server[:_TEXT])
        if not self.step:
            return 'could not be tried' + (': %s' % self.detail[:_TEXT] if self.detail else '')
        note = 'E=%d' % self.code if self.code is not None else self.detail[:_TEXT]
        ends = 'stopped at' if self.outcome == FAILED else 'tells nothing, it ended at'
        return '%s %s: %s%s' % (ends, self.step, why or self.words or self.why, ' (%s)' % note if note else '')

    def _success(self) -> str:
        if self.mode == LOGIN:
            strength, address = self.get('ccp', 'strength'), self.get('ipcp', 'address')
            parts = ['MPPE of %s bits' % strength if strength else 'without encryption', str(address or '')]
            return 'came up (%s)' % ', '.join(part for part in parts if part)
        if self.mode == PATH:
            return 'the path carries %s of %s bytes' % (self.get('path', 'largest'), self.get('path', 'asked'))
        if self.mode == 'methods':
            return 'the server asks for %s' % (', '.join(self.asked) if not self.asks_nothing else 'no authentication')
        return 'the server takes calls'


def dials(facts: Facts) -> list[Dial]:
    """Every dial, in the order in which they were made from each host."""
    found: list[Dial] = []
    for item in facts.maps(SUBJECT, 'dials') or []:
        rows = [row for row in listed(item.get('dials')) if isinstance(row, dict)]
        found += [_dial(item, row) for row in rows or [item]]
    return found


def first_of_each(known: t.Iterable[Dial]) -> list[Dial]:
    """One of the *known* dials of each host: a further one fails for the same reason."""
    found: dict[str, Dial] = {}
    for dial in known:
        found.setdefault(dial.host, dial)
    return list(found.values())


def _dial(item: dict[str, t.Any], row: dict[str, t.Any]) -> Dial:
    mode, outcome, step, why, words, detail = (
        _text(row.get(key)) for key in ('mode', 'outcome', 'step', 'why', 'words', 'detail'))
    source = (listed(row.get('source')) or [''])[0]
    asked = tuple(name for name in listed(item.get('methods')) if isinstance(name, str))
    return Dial(_text(item.get('from')) or 'a client', mode, outcome if outcome in (OK, FAILED) else UNKNOWN, step, why,
                words, detail, _text(source), _text(item.get('address')), _text(item.get('user')), asked, row,
                _text(item.get('server')))


def _text(value: t.Any) -> str:
    return value if isinstance(value, str) else ''


def flow_of(facts: Facts, dial: Dial) -> dict[str, t.Any] | None:
    """What the witness of this host saw of *dial*."""
    name = dial.row.get('name')
    rows = facts.maps(WITNESS, 'flows') or []
    return next((row for row in rows if name and row.get('name') == name), None)


def addresses(facts: Facts, dial: Dial) -> set[str]:
    """The addresses from which *dial* came, on this host: what the witness saw, else its own."""
    flow = flow_of(facts, dial)
    client = listed(flow.get('client'))[:1] if flow else []
    return {_text(item) for item in client if _text(item)} or ({dial.source} if dial.source else set())


def is_translated(facts: Facts, dial: Dial) -> bool | None:
    """Whether *dial* came here with another address than it was made from; None where nobody saw."""
    flow = flow_of(facts, dial)
    seen = listed(flow.get('client'))[:1] if flow else []
    logged = any(item.get('client') == dial.source for item in facts.maps('pptp_logs', 'sessions') or [])
    return (seen != [dial.source] if seen else False if logged else None) if dial.source else None
