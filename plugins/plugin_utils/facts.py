# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts as the judge reads them: every value may be missing, null or of an unexpected type.

The shapes stand in ``docs/facts.md``. What a host sent is data of a stranger: a value that has not
the expected type reads as not known, and never raises.
"""

from __future__ import annotations

import typing as t

Row = tuple[t.Any, ...]


class Facts:
    """A mapping of subjects; ``read`` collects the names of the subjects that were asked for."""

    def __init__(self, facts: t.Any) -> None:
        self._facts: dict[str, t.Any] = facts if isinstance(facts, dict) else {}
        self.read: set[str] = set()

    def get(self, subject: str, *path: t.Any) -> t.Any:
        """The value at *path* of *subject*, or ``None``."""
        self.read.add(subject)
        value: t.Any = self._facts.get(subject)
        for step in path:
            if not isinstance(value, dict):
                return None
            value = value.get(step)
        return value

    def flag(self, subject: str, *path: t.Any) -> bool | None:
        """A boolean, or ``None``."""
        value = self.get(subject, *path)
        return value if isinstance(value, bool) else None

    def number(self, subject: str, *path: t.Any) -> int | None:
        """An integer, or ``None``; a boolean is none."""
        value = self.get(subject, *path)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def text(self, subject: str, *path: t.Any) -> str | None:
        """A string, or ``None``."""
        value = self.get(subject, *path)
        return value if isinstance(value, str) else None

    def table(self, subject: str, *path: t.Any) -> dict[str, t.Any] | None:
        """A mapping, or ``None``."""
        value = self.get(subject, *path)
        return value if isinstance(value, dict) else None

    def items(self, subject: str, *path: t.Any) -> list[t.Any] | None:
        """A list, or ``None``."""
        value = self.get(subject, *path)
        return value if isinstance(value, list) else None

    def rows(self, subject: str, *path: t.Any, width: int) -> list[Row] | None:
        """A list of rows, each cut or padded with ``None`` to *width*; ``None`` when not known."""
        value = self.items(subject, *path)
        if value is None:
            return None
        rows = (tuple(item) if isinstance(item, (list, tuple)) else (item,) for item in value)
        return [(row + (None,) * width)[:width] for row in rows]

    def maps(self, subject: str, *path: t.Any) -> list[dict[str, t.Any]] | None:
        """A list of mappings, others left out; ``None`` when not known."""
        value = self.items(subject, *path)
        return None if value is None else [item for item in value if isinstance(item, dict)]

    def why(self, subject: str) -> str:
        """Why values of *subject* may be missing, in words: its sources that were not read."""
        evidence = self.get(subject, 'evidence')
        if not isinstance(evidence, dict):
            return 'not collected'
        parts = ['%s %s' % (_source(item), status) for status in ('denied', 'failed', 'absent', 'truncated')
                 for item in listed(evidence.get(status))]
        return ', '.join(parts[:3]) or 'not found in what was read'

    def absent(self, subject: str, source: t.Any) -> bool:
        """Whether the host proves that *source* does not exist (what a bundle merely lacks has a reason beside it)."""
        evidence = self.get(subject, 'evidence')
        return isinstance(evidence, dict) and source in listed(evidence.get('absent'))


def listed(value: t.Any) -> list[t.Any]:
    """*value* when it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def _source(item: t.Any) -> t.Any:
    return item[0] if isinstance(item, (list, tuple)) and item else item
