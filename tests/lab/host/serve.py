# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The process that a lab on this machine's own kernel hangs on: when it ends, however it ends, all of the lab does.

    python3 serve.py FOLDER IMAGES PORT=MACHINE ...

It starts the first process of the lab (``enter``) in namespaces of its own, and hands each connection to a port of the
loopback to an sshd inside. FOLDER holds ``layer``, and gets ``console.log``.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import selectors
import signal
import socket
import subprocess
import sys
import time
import types

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2]))

from tests.lab.host import forbid  # noqa: E402

ASSEMBLE = HERE.parent / 'vm/guest/assemble'
NAMESPACES = ('--mount', '--net', '--pid', '--uts', '--ipc', '--cgroup')
PREFIX = 'pptp-lab-'
LIMIT = 20               # seconds for the processes of a lab to end once they are killed


class Inside:
    """The first process of a lab, and its control group."""

    def __init__(self, folder: pathlib.Path, images: pathlib.Path) -> None:
        self._group = cgroups() / (PREFIX + str(os.getpid()))
        self._group.mkdir()
        (folder / 'root').mkdir(exist_ok=True)
        with (folder / 'console.log').open('ab') as console:
            self._process = subprocess.Popen(
                ['setpriv', '--pdeathsig', 'KILL', 'sh', '-c', 'echo 0 >"$0"/cgroup.procs && exec unshare "$@"',
                 self._group, *NAMESPACES, '--fork', '--kill-child', 'sh', HERE / 'enter', ASSEMBLE, images,
                 folder / 'layer', folder / 'root'],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console)

    @property
    def pid(self) -> int:
        """Its process id; 0 when there is none."""
        parent = self._process.pid
        with contextlib.suppress(OSError, IndexError):
            return int(pathlib.Path(f'/proc/{parent}/task/{parent}/children').read_text().split()[0])
        return 0

    def handle(self) -> int:
        """A file descriptor that can be read from once it has ended."""
        return os.pidfd_open(self._process.pid)

    def end(self) -> None:
        """Kill it, and with it all that is in its namespaces."""
        if pid := self.pid:
            os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(LIMIT)
        remove(self._group)


def cgroups() -> pathlib.Path:
    """Where control groups of the second version are mounted; raises ``OSError`` where they are not."""
    for line in pathlib.Path('/proc/self/mounts').read_text('utf-8').splitlines():
        _source, where, kind = line.split()[:3]
        if kind == 'cgroup2':
            return pathlib.Path(where)
    raise OSError('no control groups of the second version here')


def remove(group: pathlib.Path) -> None:
    """Remove a control group whose processes have been killed."""
    for _try in range(50):
        for path in sorted(group.rglob('*/'), reverse=True):
            with contextlib.suppress(OSError):
                path.rmdir()
        with contextlib.suppress(OSError):
            group.rmdir()
        if not group.exists():
            return
        time.sleep(0.1)


def sweep() -> None:
    """Remove the control groups of labs that were killed from outside: they are empty, and nobody's."""
    for path in cgroups().glob(PREFIX + '*'):
        line = b''
        with contextlib.suppress(OSError):
            line = pathlib.Path('/proc', path.name.removeprefix(PREFIX), 'cmdline').read_bytes()
        if b'python' not in line:       # it is over (of one that nobody has waited for the line is empty)
            remove(path)


def doors(inside: Inside, ports: dict[int, str]) -> None:
    """Let in whoever knocks, as long as the lab goes on."""
    with contextlib.ExitStack() as stack:
        selector = stack.enter_context(selectors.DefaultSelector())
        for port, machine in ports.items():
            listener = stack.enter_context(socket.create_server(('127.0.0.1', port), backlog=200))
            selector.register(listener, selectors.EVENT_READ, machine)
        over = inside.handle()
        selector.register(over, selectors.EVENT_READ)
        while True:
            for key, _events in selector.select():
                if key.fd == over:
                    return
                with key.fileobj.accept()[0] as connection:     # type: ignore[union-attr]
                    _let_in(inside.pid, key.data, connection)


def _let_in(pid: int, machine: str, connection: socket.socket) -> None:
    """Start an sshd for *connection*. (Those that have ended are collected when the next one starts.)"""
    if pid:
        line = ['nsenter', '-t', str(pid), '-m', '-u', '-i', '-n', '-p', '-C', '/usr/local/lib/lab/login', machine]
        subprocess.Popen(line, stdin=connection.fileno(), stdout=connection.fileno(), stderr=subprocess.DEVNULL)


def _quit(_number: int, _frame: types.FrameType | None) -> None:
    raise SystemExit


def main() -> None:
    """Until a signal, or until the lab ends."""
    folder, images = map(pathlib.Path, sys.argv[1:3])
    ports = {int(port): machine for port, _equals, machine in (word.partition('=') for word in sys.argv[3:])}
    signal.signal(signal.SIGTERM, _quit)
    forbid.now()
    sweep()
    inside = Inside(folder, images)
    try:
        doors(inside, ports)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        inside.end()


if __name__ == '__main__':
    main()
