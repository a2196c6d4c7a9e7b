# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which logins of a log were our own dials, and which of those are no failed logins: the dial hung up itself.

A dial says so when it hangs up (hangup.py), and pppd logs it: such a login was one of ours, today or last week. Where
the server ends it nothing tells, but: a log is read right after the dials, and what began then, and came from where
they were made, was one of them. A dial that asks for methods or for the size of packets never logs in, and to the
server looks like a client that failed.
"""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.signatures import Signature
from ansible_collections.vpnops.pptp.plugins.plugin_utils.dial_facts import (
    FAILED,
    LOGIN,
    UNKNOWN,
    WITNESS,
    Dial,
    addresses,
    dials,
)
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts

#: Seconds between the first dial and the reading of the log, beside what the dials took: other hosts of the play are
#: dialled, and read, meanwhile.
SLACK = 600
EACH = 3                # logged logins of one dial: the mode methods dials once for each order of methods
_STRONG = 70            # weight of a line that names a cause
_ASKED = 'peer-refused-auth'    # what a server says to one that only asks for its methods
_MARK_ASKED, _MARK_LOGIN = 'term-dial-asked', 'term-dial-login'     # signatures: a dial hung up, and what it was for


class Session(t.Protocol):
    """What is needed of a login (sessions.Session)."""

    @property
    def side(self) -> str:
        """``server``, where this host served it."""

    @property
    def client(self) -> str | None:
        """Its address."""

    @property
    def user(self) -> str | None:
        """Who logged in."""

    @property
    def outcome(self) -> str:
        """up, failed or open."""

    @property
    def rcvd_lcp(self) -> bool | None:
        """Whether LCP of the client arrived, where the log has a trace."""

    @property
    def events(self) -> tuple[Signature, ...]:
        """What it printed."""


S = t.TypeVar('S', bound=Session)


def own(facts: Facts, sessions: t.Sequence[S], began: t.Callable[[S], t.Any]) -> list[S]:
    """Those of *sessions* (oldest first) that were our own dials. *began*: seconds since 1970, or what was printed."""
    known = [dial for dial in dials(facts) if dial.step not in ('', 'tcp')]     # of others it knows nothing
    if not known:
        return []
    now, window = facts.get('pptp_host', 'collected_at'), _seconds(facts, known)
    served = [item for item in sessions if item.side == 'server']
    timed = isinstance(now, (int, float)) and all(isinstance(began(item), int) for item in served)
    newest = served[-EACH * len(known):]
    recent = [item for item in served if now - window <= began(item)] if timed else newest
    sources = set().union(*(addresses(facts, dial) for dial in known))
    mine = [item for item in recent if item.client in sources]
    clients = {item.client for item in recent}
    found = recent if timed and not mine and len(clients) == 1 else mine    # behind a NAT router that nobody watched
    return found[-len(known):]      # nobody from there was later; who was before is a client of its own


def marked(sessions: t.Iterable[S]) -> list[S]:
    """Those of *sessions* that say of themselves that they were dials, of whatever day."""
    return [item for item in sessions if item.side == 'server' and _says(item, _MARK_ASKED, _MARK_LOGIN)]


def _says(item: Session, *ids: str) -> bool:
    return any(row.id in ids for row in item.events)


def _seconds(facts: Facts, known: list[Dial]) -> float:
    took = 0
    for dial in known:
        total = (dial.row.get('times') or {}).get('total') if isinstance(dial.row.get('times'), dict) else None
        took += total if isinstance(total, int) and 0 < total < 10 ** 6 else 0
    watched = facts.get(WITNESS, 'seconds')
    return SLACK + max(took / 1000, watched if isinstance(watched, (int, float)) and 0 < watched < 1000 else 0)


def no_logins(facts: Facts, mine: t.Iterable[S]) -> list[S]:
    """Those of *mine* that failed in the log and not as a login: they prove nothing against the server."""
    known = dials(facts)
    return [item for item in mine if item.outcome != 'up' and _is_none(item, _of(facts, known, item) or known)]


def asked(sessions: t.Iterable[S]) -> list[S]:
    """Those of *sessions* that say of themselves that they only asked: they prove nothing either."""
    return [item for item in sessions if item.side == 'server' and _says(item, _MARK_ASKED)
            and item.outcome != 'up' and not item.user and not _strong(item)]


def _strong(item: Session) -> set[str]:
    """The signatures of *item* that name a cause."""
    return {row.id for row in item.events if row.kind == 'cause' and row.weight >= _STRONG}


def _of(facts: Facts, known: list[Dial], item: Session) -> list[Dial]:
    return [dial for dial in known if item.client in addresses(facts, dial)]


def _is_none(item: Session, known: list[Dial]) -> bool:
    modes = {dial.mode for dial in known}
    causes = [row for row in item.events if row.kind == 'cause']
    if not causes and item.rcvd_lcp is None:
        return True                 # the dial tells how it ended, and this does not
    strong = _strong(item) - ({_ASKED} if 'methods' in modes else set())
    questions = any(dial.mode != LOGIN and (dial.outcome != FAILED or dial.passed('link')) for dial in known)
    if questions and not item.user and not strong:
        return True
    logins = [dial.outcome for dial in known if dial.mode == LOGIN]
    return UNKNOWN in logins and FAILED not in logins and not strong


def logged(facts: Facts, dial: Dial, mine: t.Sequence[S]) -> S | None:
    """The login of *mine* that a failed *dial* left in the log, the newest that fits."""
    left = [item for item in mine if item.outcome != 'up' and item not in no_logins(facts, [item])]
    from_there = [item for item in left if item.client in addresses(facts, dial)]
    return next(reversed(from_there or left), None)
