# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Processes that AnsibleModule.run_command cannot start: those that outlive the module."""

from __future__ import annotations

import subprocess
import typing as t

ENVIRONMENT = {'PATH': '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'LC_ALL': 'C'}


def detached(argv: t.Sequence[str]) -> int:
    """Start *argv* in a session of its own, where it goes on without this process; its PID."""
    null = subprocess.DEVNULL
    process = subprocess.Popen(list(argv), start_new_session=True, cwd='/', env=ENVIRONMENT, stdin=null, stdout=null,
                               stderr=null)
    process.returncode = 0   # nobody waits for it: it becomes a child of process 1
    return process.pid
