# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lab on this machine's own kernel: the same disks, files and scripts as in the virtual machine, in namespaces."""

from __future__ import annotations

import pathlib
import subprocess
import sys
import typing as t

from tests.lab.vm import boot, layer, qemu, store
from tests.lab.vm.channel import Channel
from tests.lab.vm.topology import GUEST, PORTS

SERVE = pathlib.Path(__file__).resolve().parent / 'serve.py'
#: What no process of the lab may do to the machine that it runs on.
WITHOUT = ('sys_time', 'sys_rawio', 'audit_control', 'audit_read', 'mac_admin', 'mac_override', 'wake_alarm')
PAUSE = 0.3              # seconds between two looks at whether the machines run
END = 30                 # seconds for all of its processes to end


class HostKernel:
    """What carries the machines of a lab; see :class:`tests.lab.vm.carrier.Carrier`."""

    kind = 'host'

    def __init__(self, cache: pathlib.Path, folder: pathlib.Path, say: boot.Say) -> None:
        self._cache, self._say = cache, say
        self.folder = self.keys = folder
        self.images = cache
        self.pid = 0
        self._process: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        """The disks, built if need be, and the files that go on top of them."""
        with store.lock(self._cache):
            self.images = store.images(self._cache, self._say)
        layer.make_keys(self.folder)
        layer.tree(self.folder / 'layer', self.folder)

    def start(self, ports: dict[int, int], stay: bool) -> Channel:
        """Let the machines start from their disks, until all of them run."""
        self._serve(ports, stay)
        outside = {inside: port for port, inside in ports.items()}[PORTS[GUEST]]
        channel = Channel(outside, self.keys)
        try:
            boot.wait_until_ready(self._check, channel, self.folder, self._say, PAUSE)
            boot.put_to_sleep(channel)
        except BaseException as exc:
            channel.close()
            if isinstance(exc, qemu.LabError):
                raise qemu.LabError(f'{exc}; the last lines of the console: {boot.tail(self.folder)}') from exc
            raise
        return channel

    def _serve(self, ports: dict[int, int], stay: bool) -> None:
        """Start what the lab hangs on; it ends with this process unless it is to *stay*."""
        names = {inside: name for name, inside in PORTS.items()}
        bound = ['--bounding-set=' + ','.join(f'-{name}' for name in WITHOUT)]
        bound += [] if stay else ['--pdeathsig', 'TERM']
        doors = [f'{outside}={names[inside]}' for outside, inside in ports.items()]
        (self.folder / 'console.log').unlink(missing_ok=True)
        with (self.folder / 'serve.log').open('wb') as log:
            self._process = subprocess.Popen(
                ['setpriv', *bound, sys.executable, str(SERVE), str(self.folder), str(self.images), *doors],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd='/', start_new_session=True)
        self.pid = self._process.pid

    def _check(self) -> None:
        """Raise if the lab has ended."""
        if self._process and self._process.poll() is not None:
            raise qemu.LabError(f'the lab ended: {(self.folder / "serve.log").read_text("utf-8")[-500:]}')

    def stop(self) -> None:
        """End it: what it was made of is gone with its last process."""
        if self.pid:
            qemu.kill(self.pid, END)
            self.pid = 0

    def known(self) -> dict[str, t.Any]:
        """What another process needs to know of it."""
        return {'images': str(self.images)}

    def recall(self, known: dict[str, t.Any]) -> None:
        """Be the one that *known* describes."""
        self.images, self.pid = pathlib.Path(known['images']), known['pid']
