# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Machines without a kernel of their own: a root of Debian under an overlay, with its own network, name and processes.

    with Space('member', lower) as member:      # lower: a folder, or a disk of the lab (.ext4)
        member.write('/etc/resolv.conf', 'nameserver 192.168.77.10\\n')
        member.run('winbindd', '-D')

All that a machine writes stays in memory and is gone with it; so is every process that it started.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import signal
import subprocess
import time
import typing as t

# Process 1: it mounts the root, and then only reaps. The arguments: its name, the lower root, the folder for mounts.
_INIT = r'''
set -e
exec 2>&1
name=$1 lower=$2 work=$3
mount --make-rprivate /
mount -t tmpfs -o mode=0755 tmpfs "$work"
mkdir "$work/lower" "$work/upper" "$work/work" "$work/root"
if [ -f "$lower" ]; then mount -o ro,loop,noload "$lower" "$work/lower"; else mount --bind "$lower" "$work/lower"; fi
mount -t overlay -o "lowerdir=$work/lower,upperdir=$work/upper,workdir=$work/work" overlay "$work/root"
cd "$work/root"
mkdir -p proc sys dev run tmp old
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t tmpfs -o mode=0755 tmpfs dev
mount -t tmpfs -o mode=0755 tmpfs run
mkdir dev/shm dev/pts run/samba run/lock
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
chmod 1777 dev/shm tmp
for node in null zero full random urandom tty; do touch dev/$node; mount --bind /dev/$node dev/$node; done
printf '%s\n' "$name" >etc/hostname
hostname "$name"
ip link set lo up
pivot_root . old
cd /
umount -l /old
exec /usr/bin/python3 -c '
import os, signal, sys
signal.signal(signal.SIGTERM, lambda *rest: sys.exit())
print("up", flush=True)
while True:
    try:
        os.wait()
    except ChildProcessError:
        signal.sigtimedwait({signal.SIGCHLD}, 0.2)
'
'''
_ENVIRONMENT = {'PATH': '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'LC_ALL': 'C.UTF-8'}


class Space:
    """A machine called *name* over the root *lower*; it is up within the context."""

    def __init__(self, name: str, lower: pathlib.Path, work: pathlib.Path) -> None:
        self.name = name
        self._lower, self._work = lower.resolve(), work
        self._holder: subprocess.Popen[str] | None = None
        self.pid = 0             # of its process 1, as this machine sees it

    def __enter__(self) -> Space:
        self._work.mkdir(parents=True, exist_ok=True)
        holder = subprocess.Popen(
            ['unshare', '--net', '--mount', '--uts', '--ipc', '--pid', '--fork', '--kill-child', 'sh', '-c', _INIT,
             'init', self.name, str(self._lower), str(self._work)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=_ENVIRONMENT)
        self._holder = holder
        assert holder.stdout
        said = holder.stdout.readline()
        if said != 'up\n':
            self.__exit__()
            raise RuntimeError(f'{self.name} does not start: {said}')
        self.pid = int(pathlib.Path(f'/proc/{holder.pid}/task/{holder.pid}/children').read_text().split()[0])
        return self

    def __exit__(self, *_error: object) -> None:
        if self._holder:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid or self._holder.pid, signal.SIGKILL)
            self._holder.wait(20)
        with contextlib.suppress(OSError):
            self._work.rmdir()

    def enter(self, *argv: str) -> list[str]:
        """The command line that runs *argv* inside."""
        return ['nsenter', f'--target={self.pid}', '--mount', '--net', '--uts', '--ipc', '--pid', '--root', '--wd',
                '--', *argv]

    def run(self, *argv: str, check: bool = True, timeout: float = 60, text: str = '', **more: str
            ) -> subprocess.CompletedProcess[str]:
        """Run *argv* inside, with *text* on its input and *more* in its environment."""
        done = subprocess.run(self.enter(*argv), input=text, capture_output=True, text=True, timeout=timeout,
                              check=False, env=dict(_ENVIRONMENT, **more))
        if check and done.returncode:
            raise RuntimeError(f'{self.name}: {" ".join(argv)}: exit {done.returncode}\n{done.stdout}{done.stderr}')
        return done

    def outside(self, *argv: str) -> None:
        """Run a program of this machine in its network only."""
        subprocess.run(['nsenter', f'--target={self.pid}', '--net', '--', *argv], check=True, capture_output=True,
                       timeout=30)

    def write(self, name: str, text: str, mode: int = 0o644) -> None:
        """Write the file *name*, by a process of the machine's own: its links mean its files."""
        self.run('sh', '-c', 'mkdir -p "${1%/*}" && cat >"$1" && chmod "$2" "$1"', 'sh', name, f'{mode:o}', text=text)

    def read(self, name: str) -> str:
        """The text of the file *name*."""
        return self.run('cat', name).stdout

    def unpack(self, archive: pathlib.Path) -> None:
        """Put the files of a ``.tar.gz`` into its root."""
        with archive.open('rb') as stream:
            subprocess.run(self.enter('tar', '-C', '/', '-xzpf', '-', '--numeric-owner', '--xattrs',
                                      '--xattrs-include=*'), stdin=stream, check=True, timeout=60, env=_ENVIRONMENT)

    def pack(self, archive: pathlib.Path, *names: str) -> None:
        """Keep files of it as a ``.tar.gz``."""
        with archive.open('wb') as stream:
            subprocess.run(self.enter('tar', '-C', '/', '-czf', '-', '--numeric-owner', '--xattrs',
                                      '--xattrs-include=*', '--exclude=*.sock', '--warning=no-file-ignored', *names),
                           stdout=stream, check=True, timeout=60, env=_ENVIRONMENT)

    def processes(self, program: str) -> list[int]:
        """The processes of *program*, as it sees them itself."""
        found = self.run('sh', '-c', 'cd /proc && grep -lx "$1" [0-9]*/comm 2>/dev/null', 'sh', program, check=False)
        return sorted(int(line.partition('/')[0]) for line in found.stdout.split())

    def stop(self, program: str, limit: float = 20) -> None:
        """End all processes of *program* there, and wait until they are gone."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            end = time.monotonic() + limit / 2
            while time.monotonic() < end:
                found = self.processes(program)
                if not found:
                    return
                self.run('kill', f'-{int(number)}', *map(str, found), check=False)
                time.sleep(0.2)
        raise RuntimeError(f'{program} does not end in {self.name}')


def cable(one: Space, other: Space, addresses: tuple[str, str]) -> None:
    """Connect two machines: each gets an eth0 with its address."""
    subprocess.run(['ip', 'link', 'add', 'eth0', 'netns', str(one.pid), 'type', 'veth', 'peer', 'name', 'eth0', 'netns',
                    str(other.pid)], check=True, timeout=20)
    for space, address in zip((one, other), addresses, strict=True):
        space.outside('ip', 'address', 'add', address, 'dev', 'eth0')
        space.outside('ip', 'link', 'set', 'eth0', 'up')


def wait(what: t.Callable[[], t.Any], limit: float, name: str, pause: float = 0.2) -> float:
    """Wait until *what* is true; the seconds that it took."""
    begin = time.monotonic()
    while not what():
        if time.monotonic() - begin > limit:
            raise TimeoutError(f'{name}: not within {limit:g} s')
        time.sleep(pause)
    return time.monotonic() - begin
