# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Processes that AnsibleModule.run_command cannot start: one that outlives the module, and one that is watched."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import typing as t

ENVIRONMENT = {'PATH': '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'LC_ALL': 'C'}
PATIENCE = 20   # seconds for a process to end by itself: on a busy host 10 are too few for pppd to hang up
GRACE = 3       # seconds for its children


def detached(argv: t.Sequence[str]) -> int:
    """Start *argv* in a session of its own, where it goes on without this process; its PID."""
    null = subprocess.DEVNULL
    process = subprocess.Popen(list(argv), start_new_session=True, cwd='/', env=ENVIRONMENT, stdin=null, stdout=null,
                               stderr=null)
    process.returncode = 0   # nobody waits for it: it becomes a child of process 1
    return process.pid


class Watched:
    """*argv* as a process that runs, and the file *log* that it prints to."""

    def __init__(self, argv: t.Sequence[str], log: str) -> None:
        with open(log, 'wb') as handle:
            self._process = subprocess.Popen(list(argv), stdin=subprocess.DEVNULL, stdout=handle, cwd='/',
                                             stderr=subprocess.STDOUT, start_new_session=True, env=ENVIRONMENT)
        self._log = log

    def output(self) -> str:
        """What it has printed so far."""
        with open(self._log, 'rb') as handle:
            return handle.read().decode('utf-8', 'replace')

    def status(self) -> int | None:
        """How it has ended, ``None`` while it runs."""
        return self._process.poll()

    def wait(self, seconds: float, done: t.Callable[[str], bool]) -> None:
        """Until *done* is true of its output, it has ended, or *seconds* have passed."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.status() is None and not done(self.output()):
            time.sleep(0.2)

    def end(self) -> None:
        """Ask it to end, and wait for it and for what it has started; who is still there then is killed."""
        if self.status() is None:
            self._process.terminate()
            try:
                self._process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        until = time.monotonic() + GRACE
        try:
            while time.monotonic() < until:
                os.killpg(self._process.pid, 0)
                time.sleep(0.1)
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass    # the usual end
