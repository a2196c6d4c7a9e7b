# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Causes x hosts: grows with the names of hosts and causes only, not with what was found on them."""

from __future__ import annotations

import typing as t


class Summary:
    """Counts of verdicts and, for every cause, the hosts on which it is the cause or one finding among others."""

    def __init__(self) -> None:
        self.hosts = 0
        self.by_status: dict[str, int] = {}
        self._causes: dict[str, dict[str, t.Any]] = {}

    def add(self, entry: dict[str, t.Any]) -> None:
        """Count *entry*."""
        verdict, host = entry['verdict'], entry['host']
        self.hosts += 1
        self.by_status[verdict['status']] = self.by_status.get(verdict['status'], 0) + 1
        if verdict.get('cause'):
            self._row(verdict['cause'], verdict.get('stage'), '')['hosts'].append(host)
        for finding in entry['findings']:
            if finding.get('result') not in ('fail', 'warn'):
                continue
            row = self._row(finding['cause'], finding['stage'], finding['title'])
            if finding['cause'] != verdict.get('cause') and row['also'][-1:] != [host]:
                row['also'].append(host)

    def ranked(self) -> list[dict[str, t.Any]]:
        """The causes of verdicts, the most frequent first."""
        return [row for row in self.rows() if row['hosts']]

    def rows(self) -> list[dict[str, t.Any]]:
        """All causes found: ``{cause, stage, title, hosts, also}``, the most frequent first."""
        return sorted(self._causes.values(), key=lambda row: (-len(row['hosts']), -len(row['also']), row['cause']))

    def as_dict(self) -> dict[str, t.Any]:
        """JSON form, as ``report.json`` carries it."""
        return {'hosts': self.hosts, 'by_status': self.by_status, 'causes': self.rows()}

    def _row(self, cause: str, stage: str | None, title: str) -> dict[str, t.Any]:
        row = self._causes.setdefault(cause, {'cause': cause, 'stage': stage, 'title': '', 'hosts': [], 'also': []})
        row['title'] = row['title'] or title
        return row
