# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The state of a systemd unit: ``systemctl show`` (``Key=value`` lines), ``status``, or ``is-active``. Sample::

         Loaded: loaded (/lib/systemd/system/pptpd.service; enabled; preset: enabled)
         Active: failed (Result: exit-code) since Sat 2026-11-22 10:00:00 UTC; 3s ago
       Main PID: 324 (code=exited, status=1/FAILURE)
"""

from __future__ import annotations

import re
import typing as t

_SHOW = (('load', 'LoadState'), ('active', 'ActiveState'), ('sub', 'SubState'), ('enabled', 'UnitFileState'),
         ('result', 'Result'), ('exit_status', 'ExecMainStatus'))
#: what ``systemctl is-active`` prints (systemctl(1))
STATES = ('active', 'inactive', 'failed', 'activating', 'deactivating', 'reloading')
_STATUS = (('load', r'Loaded: ([\w-]+)'), ('active', r'Active: ([\w-]+)'), ('sub', r'Active: [\w-]+ \((\w+)\)'),
           ('enabled', r'Loaded: \w+ \([^;)\n]{0,200}; ([\w-]+)'), ('result', r'\(Result: ([\w-]+)\)'),
           ('exit_status', r'code=\w+, status=(\d+)'))


def parse(text: str) -> dict[str, t.Any] | None:
    """``{load, active, sub, enabled, result, exit_status}`` in systemd's words (exit status an int), each None where
    it does not say; None when the text is of none of these commands."""
    shown = dict(re.findall(r'^(\w+)=(.*?)\r?$', text, re.M))
    if 'ActiveState' in shown:
        unit: dict[str, t.Any] = {key: shown.get(name) or None for key, name in _SHOW}
    else:
        hits = {key: re.search(pattern, text) for key, pattern in _STATUS}
        unit = {key: hit.group(1) if hit else None for key, hit in hits.items()}
        if text.strip() in STATES:
            unit['active'] = text.strip()
        if re.search(r'could not be found|not-found', text):
            unit['load'] = 'not-found'
    status = unit['exit_status']
    unit['exit_status'] = int(status[:9]) if status and status.isascii() and status.isdigit() else None
    return unit if any(unit.values()) else None
