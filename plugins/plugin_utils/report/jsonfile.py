# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``report.json``: written host by host, so that its size does not matter (``docs/report.schema.json``)."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils.entry import SCHEMA_VERSION, Entry, timestamp, without_facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.folder import dump
from ansible_collections.vpnops.pptp.plugins.plugin_utils.report.summary import Summary


def report(entries: t.Iterable[Entry]) -> t.Iterator[str]:
    """The text of ``report.json`` on *entries*, in pieces: hosts in their order, the summary last."""
    summary = Summary()
    yield '{\n"schema_version": %d,\n"generated_at": "%s",\n"hosts": [' % (SCHEMA_VERSION, timestamp())
    separator = '\n'
    for entry in entries:
        summary.add(entry)
        yield separator + dump(without_facts(entry))
        separator = ',\n'
    yield '\n],\n"summary": %s\n}\n' % dump(summary.as_dict())
