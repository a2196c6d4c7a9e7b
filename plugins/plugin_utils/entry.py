# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One host's part of a report: what ``hosts/<name>.json`` holds (``docs/report.schema.json``)."""

from __future__ import annotations

import time
import typing as t

SCHEMA_VERSION = 1
STATUSES = ('broken', 'degraded', 'unknown', 'healthy')   # worst first; unknown is a result of its own

Entry = dict[str, t.Any]


def timestamp(seconds: float | None = None) -> str:
    """*seconds* since the epoch, or now, as ``2026-11-25T20:15:00Z``."""
    return time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(seconds))


def judged(host: str, run: str, source: str, diagnosis: Entry, facts: Entry) -> Entry:
    """The entry of a *host* whose *facts*, read as *source* says (live, sh, bundle), led to *diagnosis*."""
    return dict(_frame(host, run, source), **diagnosis, facts=facts)


def unread(host: str, run: str, reason: str, kind: str = 'failed') -> Entry:
    """The entry of a *host* that could not be read, and why; *kind* is unreachable, failed or missing."""
    verdict = {'status': 'unknown', 'stage': None, 'cause': None, 'confidence': None}
    return dict(_frame(host, run, 'none'), reason=reason[:500], kind=kind, verdict=verdict, findings=[],
                ruled_out=[], candidates=[], next_step=None, note='', role='unknown', facts={})


def dialled(host: str, run: str, reason: str, kind: str, diagnosis: Entry, facts: Entry) -> Entry:
    """The entry of a *host* that could not be read, as :func:`unread`, and was dialled: that led to *diagnosis*."""
    return dict(unread(host, run, reason, kind), **diagnosis, facts=facts)


def without_facts(entry: Entry) -> Entry:
    """*entry* as it stands in ``report.json``."""
    return {key: value for key, value in entry.items() if key not in ('facts', 'run')}


def _frame(host: str, run: str, source: str) -> Entry:
    return {'schema_version': SCHEMA_VERSION, 'host': host, 'run': run, 'generated_at': timestamp(),
            'source': source, 'reason': None, 'kind': None}
