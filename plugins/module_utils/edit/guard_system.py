# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the guard needs of the host it runs on: commands, a clock, and a process that outlives the connection."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import time
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import processes
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.guard import UNIT

TIMEOUT = 60.0   # seconds for one command: saving or testing 50,000 rules takes less


class Answer(t.NamedTuple):
    """Exit status and output of a command; *rc* 127 where it is missing, 124 where it took too long."""

    rc: int
    out: str
    err: str


class System:
    """The host itself. Tests give their own."""

    def which(self, name: str) -> bool:
        """Whether there is a command *name*."""
        return shutil.which(name, path=processes.ENVIRONMENT['PATH']) is not None

    def run(self, argv: t.Sequence[str], text: str = '', timeout: float = TIMEOUT) -> Answer:
        """Run *argv* with *text* as its input; bytes that are not UTF-8 come and go as surrogate escapes.

        It has a session of its own, so that a terminal that hangs up does not end it halfway.
        """
        try:
            done = subprocess.run(list(argv), input=text.encode('utf-8', 'surrogateescape'), check=False,
                                  capture_output=True, timeout=timeout, cwd='/', start_new_session=True,
                                  env=processes.ENVIRONMENT)
        except subprocess.TimeoutExpired:
            return Answer(124, '', 'no answer in %d s' % timeout)
        except OSError as error:
            return Answer(127, '', str(error))
        return Answer(done.returncode, done.stdout.decode('utf-8', 'surrogateescape'),
                      done.stderr.decode('utf-8', 'replace').strip())

    def now(self) -> float:
        """Seconds since the host was started: whoever sets its clock does not change it."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def euid(self) -> int:
        """The user this runs as."""
        return os.geteuid()

    @contextlib.contextmanager
    def alone(self, folder: str, patience: float) -> t.Iterator[None]:
        """Keep all others out of *folder*, which is there meanwhile; afterwards it goes if it is empty.

        ``OSError`` where it cannot be made, ``TimeoutError`` where another one has it for more than *patience* seconds.
        """
        until = self.now() + patience
        handle = _locked(folder)
        while handle is None:
            if self.now() >= until:
                raise TimeoutError('another run is at work there')
            self.sleep(0.1)
            handle = _locked(folder)
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                os.rmdir(folder)
            os.close(handle)

    def systemd(self) -> bool:
        """Whether systemd is process 1, as sd_booted(3) finds out."""
        return os.path.isdir('/run/systemd/system') and self.which('systemd-run')

    def start(self, script: str, seconds: int) -> dict[str, t.Any]:
        """Have ``sh SCRIPT`` run in *seconds*, whatever becomes of this process; what :meth:`alive` needs to know."""
        if self.systemd():
            command = ['systemd-run', '--quiet', '--collect', '--unit=' + UNIT, '--on-active=%ds' % seconds,
                       '--timer-property=AccuracySec=100ms', '--property=KillMode=mixed',
                       '/bin/sh', script, '0', str(seconds)]
            if self.run(command).rc == 0:
                return {'by': 'systemd', 'unit': UNIT}
        pid = processes.detached(['/bin/sh', script, str(seconds), str(seconds)])
        return {'by': 'process', 'pid': pid, 'born': _born(pid)}

    def alive(self, timer: dict[str, t.Any]) -> bool:
        """Whether what :meth:`start` started is still there."""
        if timer.get('by') == 'systemd':
            units = [timer['unit'] + '.timer', timer['unit'] + '.service']
            return any(word.startswith('activ') for word in self.run(['systemctl', 'is-active', *units]).out.split())
        return bool(timer.get('pid')) and timer.get('born') is not None and _born(timer['pid']) == timer['born']

    def stop(self, timer: dict[str, t.Any]) -> None:
        """End it, with the children it has."""
        if timer.get('by') == 'systemd':
            self.run(['systemctl', 'stop', timer['unit'] + '.timer', timer['unit'] + '.service'])
        elif self.alive(timer):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(timer['pid'], signal.SIGTERM)


def _locked(folder: str) -> int | None:
    """An open file that locks *folder* until it is closed; ``None`` where another process has it, or has removed it."""
    os.makedirs(folder, mode=0o700, exist_ok=True)
    with contextlib.suppress(FileNotFoundError, BlockingIOError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(handle), os.stat(folder)):
                return handle
        except OSError:
            os.close(handle)
            raise
        os.close(handle)
    return None


def _born(pid: int) -> int | None:
    """When process *pid* was started (proc_pid_stat(5), field 22), ``None`` when it has ended: no number is reused."""
    try:
        with open('/proc/%d/stat' % pid, encoding='utf-8', errors='replace') as handle:
            fields = handle.read().rpartition(')')[2].split()
    except OSError:
        return None
    return None if fields[0] in 'ZX' else int(fields[19])
