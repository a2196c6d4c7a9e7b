# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run wbinfo and net for some seconds at most: against a dead controller they last from 20 to 260."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import typing as t

_ENVIRONMENT = {'PATH': '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'LC_ALL': 'C'}
_LIMIT = 65536     # characters of an output


class Result(t.NamedTuple):
    """*status*: ok (exit 0), failed, timeout, absent (no such program); *text*: all that it printed."""

    status: str
    text: str
    seconds: float


def run(argv: t.Sequence[str], seconds: float) -> Result:
    """Run *argv*, and end it with its children when the time is over."""
    began = time.monotonic()
    try:
        with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env=_ENVIRONMENT, cwd='/', start_new_session=True) as process:
            try:
                data = process.communicate(timeout=seconds)[0]
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
                return Result('timeout', '', time.monotonic() - began)
    except OSError:
        return Result('absent', '', time.monotonic() - began)
    text = data[:_LIMIT].decode('utf-8', 'replace')
    return Result('ok' if process.returncode == 0 else 'failed', text, time.monotonic() - began)
