# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The file of one host, as the actions of one run read it and add to it."""

from __future__ import annotations

import os
import typing as t

from ansible.errors import AnsibleActionFail

from ansible_collections.vpnops.pptp.plugins.plugin_utils import folder
from ansible_collections.vpnops.pptp.plugins.plugin_utils.run import report_folder, run_id

Entry = dict[str, t.Any]


class HostFile:
    """``hosts/<name>.json`` of *host* in the report folder *given* (or the private one of this run)."""

    def __init__(self, host: str, given: str | None, loader: t.Any) -> None:
        self.path = folder.host_file(report_folder(given, loader), host)

    def read(self) -> Entry:
        """The entry that this run wrote; one without findings where there is none."""
        entry = folder.load(self.path)
        return entry if entry is not None and entry.get('run') == run_id() else {'source': 'none', 'findings': []}

    def write(self, entry: Entry) -> None:
        """Put *entry* there. Raises :class:`AnsibleActionFail` where that is not possible."""
        try:
            folder.make(os.path.dirname(os.path.dirname(self.path)))
            folder.write(self.path, [folder.dump(entry)])
        except OSError as error:
            raise AnsibleActionFail('cannot write the report: %s' % error) from error

    def add(self, **parts: t.Any) -> None:
        """Add *parts* to the entry, if there is one."""
        entry = self.read()
        if 'host' in entry:
            self.write(dict(entry, **parts))

    def settle(self, kept: bool) -> None:
        """Make what was read after the fix (``after``) the entry, where that is *kept*; else drop it."""
        entry = self.read()
        after = entry.pop('after', None)
        if after is not None:
            self.write(dict(entry, **after) if kept else entry)

    def note(self, **parts: t.Any) -> None:
        """Add *parts* to what the entry says of the remediation."""
        self.add(remediation=dict(self.read().get('remediation') or {}, **parts))
