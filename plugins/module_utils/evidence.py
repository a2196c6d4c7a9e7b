# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What was read, and what could not be read and why.

A value without its evidence says nothing: ``None`` from a file that is absent and
``None`` from a file that the caller may not read lead to different verdicts.
"""

from __future__ import annotations

import re
import typing as t

OK = 'ok'                # read whole
TRUNCATED = 'truncated'  # read in part: a size or time cap was reached
ABSENT = 'absent'        # it does not exist on this host, or is not in this bundle
DENIED = 'denied'        # it exists and may not be read
FAILED = 'failed'        # reading it went wrong: exit status, time-out, I/O error

# paths, once links are followed, of which nothing is ever read: they hold secrets, or never end
NEVER = re.compile(r'(?i)(?:/|^)(?:g?shadow-?|id_[a-z0-9]+|sam\.ldb.*|secrets\.[tl]db|passdb\.tdb|.*\.keytab)\Z'
                   r'|\.(?:key|pem|p12|pfx|jks|tdb|ldb)\Z|/(?:private|\.ssh)/|^/proc/k')

NOT_RECORDED = 'not in the bundle'   # the reason of an absence that proves nothing


class Evidence(t.NamedTuple):
    """Where a value came from: a path or a command's name, one of the states above, a short reason."""

    source: str
    status: str = OK
    reason: str = ''


class Reading(t.NamedTuple):
    """A value and its evidence; the value is ``None`` unless the status is ``ok`` or ``truncated``."""

    value: t.Any
    evidence: Evidence


class Trail:
    """The evidence of one fact group, kept in the order of reading, one entry a source."""

    def __init__(self) -> None:
        self._entries: dict[str, Evidence] = {}

    def take(self, reading: Reading) -> t.Any:
        """Record the evidence of *reading* and return its value."""
        self.note(reading.evidence)
        return reading.value

    def note(self, evidence: Evidence) -> None:
        """Record *evidence*; a later entry for the same source replaces the earlier one."""
        self._entries[evidence.source] = evidence

    def status(self, source: str) -> str | None:
        """The status of *source*, or ``None`` when it was not asked for."""
        entry = self._entries.get(source)
        return entry.status if entry else None

    def as_dict(self) -> dict[str, t.Any]:
        """Sources by status: ``{'ok': [source, ...], 'denied': [[source, reason], ...], ...}``.

        Entries with a reason are pairs, the others plain names; a status nobody had is left out.
        """
        grouped: dict[str, t.Any] = {}
        for entry in self._entries.values():
            item = [entry.source, entry.reason] if entry.reason else entry.source
            grouped.setdefault(entry.status, []).append(item)
        return grouped
