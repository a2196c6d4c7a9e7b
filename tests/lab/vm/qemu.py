# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One QEMU process: start it, save its running state, go on from a saved state.

The guest's memory is a file. While a state is made the file is shared with QEMU, so it holds the memory; a restored
guest maps it privately, so the file never changes and any number of guests can start from it.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import time
import typing as t

MEMORY = 2048            # MiB
CONSOLE = 'console=ttyS0 net.ifnames=0 mitigations=off quiet loglevel=4 audit=0 apparmor=0 panic=-1'
# Software emulation is fastest with an old CPU: AVX2 and SHA instructions cost more to emulate than they save.
CPU = {'kvm': 'host', 'tcg': 'Nehalem'}
SUITES = ('bookworm', 'trixie')       # the disks, in the order in which the guest sees them
PROGRAMS = (b'qemu-system', b'/lab/host/serve.py')      # what a lab hangs on, this way or that
ACCELERATION = {'kvm': 'kvm', 'tcg': 'tcg,thread=multi,tb-size=1024'}


class LabError(Exception):
    """The lab cannot be had, or broke; the message says what to look at."""


class StateError(LabError):
    """QEMU does not take the saved state."""


def version() -> str:
    """The first line of ``qemu-system-x86_64 --version``; an empty text where there is none."""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(['qemu-system-x86_64', '--version'], capture_output=True, text=True, timeout=30,
                              check=True)
        return done.stdout.splitlines()[0]
    return ''


def command(images: pathlib.Path, snapshot: pathlib.Path, run: pathlib.Path, ports: dict[int, int],
            acceleration: str, restore: bool) -> list[str]:
    """The command line. *ports*: port on this machine -> port in the guest. It is the same for both uses but for
    what *restore* says, as a saved state asks for."""
    forwards = ''.join(f',hostfwd=tcp:127.0.0.1:{outside}-:{inside}' for outside, inside in ports.items())
    shared = 'off' if restore else 'on'
    line = ['qemu-system-x86_64', '-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none',
            '-M', 'q35,memory-backend=pc.ram', '-accel', ACCELERATION[acceleration], '-cpu', CPU[acceleration],
            '-smp', '2', '-m', str(MEMORY),
            '-object', f'memory-backend-file,id=pc.ram,size={MEMORY}M,mem-path={snapshot}/ram,share={shared}',
            '-kernel', str(images / 'vmlinuz'), '-initrd', str(snapshot / 'init.cpio'), '-append', CONSOLE]
    for suite in SUITES:
        line += ['-drive', f'file={images}/{suite}.ext4,if=virtio,format=raw,readonly=on,file.locking=off']
    line += ['-netdev', 'user,id=n0' + forwards, '-device', 'virtio-net-pci,netdev=n0', '-device', 'virtio-rng-pci',
             '-serial', f'file:{run}/console.log', '-qmp', f'unix:{run}/qmp,server=on,wait=off']
    return line + (['-incoming', 'defer'] if restore else [])


class Process:
    """A running QEMU, with its control socket."""

    def __init__(self, line: list[str], run: pathlib.Path, stay: bool = False) -> None:
        """*stay*: it outlives this process (else it ends with it, however that ends)."""
        self.run = run
        (run / 'qmp').unlink(missing_ok=True)
        prefix = [] if stay else ['setpriv', '--pdeathsig', 'TERM']
        with (run / 'qemu.log').open('ab') as log:
            self._process = subprocess.Popen(prefix + line, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                             start_new_session=True)
        self.pid = self._process.pid

    def ask(self, name: str, **arguments: t.Any) -> t.Any:
        """The answer to one control command, within 30 s."""
        with self._connection() as stream:
            json.loads(stream.readline())
            for request in ({'execute': 'qmp_capabilities'}, {'execute': name, 'arguments': arguments}):
                stream.write(json.dumps(request).encode() + b'\n')
                stream.flush()
                answer: dict[str, t.Any] = {'event': ''}
                while 'event' in answer:
                    answer = json.loads(stream.readline() or b'{"error": "the control socket was closed"}')
                if 'error' in answer:
                    raise LabError(f'QEMU: {name}: {answer["error"]}')
        return answer['return']

    @contextlib.contextmanager
    def _connection(self) -> t.Iterator[t.BinaryIO]:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(30)
            self._connect(connection)
            with connection.makefile('rwb') as stream:
                yield t.cast(t.BinaryIO, stream)

    def _connect(self, connection: socket.socket) -> None:
        for attempt in range(100):
            self.check()
            try:
                return connection.connect(str(self.run / 'qmp'))
            except OSError:
                time.sleep(0.02 * min(attempt, 10))
        raise LabError('QEMU does not answer on its control socket')

    def check(self) -> None:
        """Raise if it has ended."""
        if self._process.poll() is not None:
            text = (self.run / 'qemu.log').read_text('utf-8', 'replace')[-500:]
            kind = StateError if 'load of migration failed' in text else LabError
            raise kind(f'QEMU ended with status {self._process.returncode}: {text}')

    def save(self, state: pathlib.Path) -> None:
        """Stop the guest and write its state, without the memory, to *state*."""
        self._share()
        self.ask('stop')
        self.ask('migrate', uri=f'exec:cat > {state}')
        self._wait('query-migrate', 'completed', ('failed', 'cancelled'))

    def restore(self, state: pathlib.Path) -> None:
        """Go on from *state*."""
        self._share()
        self.ask('migrate-incoming', uri=f'exec:cat {state}')
        self._wait('query-status', 'paused', ('internal-error', 'io-error', 'shutdown'))
        self.ask('cont')

    def _share(self) -> None:
        self.ask('migrate-set-capabilities', capabilities=[{'capability': 'x-ignore-shared', 'state': True}])

    def _wait(self, question: str, wanted: str, bad: tuple[str, ...], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            status = self.ask(question).get('status')
            if status == wanted:
                return
            if status in bad:
                break
            time.sleep(0.05)
        raise LabError(f'QEMU: {question} says {status!r}, not {wanted!r}')

    def stop(self) -> None:
        """End it, within 15 s."""
        kill(self.pid)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(15)


def kill(pid: int, seconds: float = 10) -> None:
    """End what a lab hangs on, if this is the process id of one."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + seconds
        with contextlib.suppress(OSError):
            if not alive(pid):
                break
            os.kill(pid, number)
        while alive(pid) and time.monotonic() < deadline:
            time.sleep(0.05)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def alive(pid: int) -> bool:
    """Whether this process id is that of what a lab hangs on."""
    with contextlib.suppress(OSError):
        status = pathlib.Path(f'/proc/{pid}/stat').read_text('utf-8', 'replace').rpartition(')')[2].split()[0]
        line = pathlib.Path(f'/proc/{pid}/cmdline').read_bytes()
        return status != 'Z' and any(name in line for name in PROGRAMS)
    return False
