# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What carries the machines of a lab: a virtual machine, or this machine's own kernel."""

from __future__ import annotations

import pathlib
import time
import typing as t

from tests.lab.host import probe
from tests.lab.host.kernel import HostKernel
from tests.lab.vm import boot, qemu, store
from tests.lab.vm.channel import Channel
from tests.lab.vm.topology import GUEST, PORTS


class Carrier(t.Protocol):
    """One lab's carrier. *keys*: the folder with ``lab_key``; *pid*: of the process that the lab hangs on, or 0."""

    kind: str
    keys: pathlib.Path
    pid: int

    def prepare(self) -> None:
        """Make what :meth:`start` needs: minutes the first time, nothing afterwards."""

    def start(self, ports: dict[int, int], stay: bool) -> Channel:
        """A fresh lab, with an open door to it. *ports*: of this machine -> in the lab; *stay*: it outlives us."""

    def stop(self) -> None:
        """End it at once, and leave nothing of it."""

    def known(self) -> dict[str, t.Any]:
        """What :meth:`recall` needs in another process."""

    def recall(self, known: dict[str, t.Any]) -> None:
        """Be the carrier that *known* tells of."""


class VirtualMachine:
    """A guest that goes on from a saved state: see :class:`Carrier`."""

    kind = 'vm'

    def __init__(self, cache: pathlib.Path, folder: pathlib.Path, say: boot.Say) -> None:
        self._cache, self._folder, self._say = cache, folder, say
        self._images = self.keys = cache
        self._acceleration = ''
        self.pid = 0

    def prepare(self) -> None:
        self._images, self.keys, self._acceleration = boot.snapshot(self._cache, self._say)

    def start(self, ports: dict[int, int], stay: bool) -> Channel:
        try:
            return self._restored(ports, stay)
        except qemu.StateError as exc:
            self._say(f'{exc}: making the state anew')
            self.stop()
            store.drop(self._cache, self.keys)
            self.prepare()
            return self._restored(ports, stay)

    def _restored(self, ports: dict[int, int], stay: bool) -> Channel:
        line = qemu.command(self._images, self.keys, self._folder, ports, self._acceleration, restore=True)
        process = qemu.Process(line, self._folder, stay)
        self.pid = process.pid
        process.restore(self.keys / 'state')
        outside = {inside: port for port, inside in ports.items()}[PORTS[GUEST]]
        channel = Channel(outside, self.keys)
        channel.run(GUEST, f'date -s @{time.time():.2f} >/dev/null')
        return channel

    def stop(self) -> None:
        if self.pid:
            qemu.kill(self.pid)
            self.pid = 0

    def known(self) -> dict[str, t.Any]:
        return {'images': str(self._images), 'snapshot': str(self.keys), 'acceleration': self._acceleration}

    def recall(self, known: dict[str, t.Any]) -> None:
        self._images, self.keys = pathlib.Path(known['images']), pathlib.Path(known['snapshot'])
        self._acceleration, self.pid = known['acceleration'], known['pid']


def of(kind: str, cache: pathlib.Path, folder: pathlib.Path, say: boot.Say) -> Carrier:
    """The carrier of this *kind* for the lab that stands in *folder*."""
    return (HostKernel if kind == HostKernel.kind else VirtualMachine)(cache, folder, say)


def choose(cache: pathlib.Path, folder: pathlib.Path, say: boot.Say) -> Carrier:
    """The carrier that LAB_KIND names, or that works here."""
    try:
        kind, why = probe.chosen()
    except ValueError as exc:
        raise qemu.LabError(str(exc)) from exc
    if kind == HostKernel.kind and (reason := probe.why_not()):
        raise qemu.LabError(f'{why}, but: {reason}')
    say({'host': "on this machine's own kernel", 'vm': 'in a virtual machine'}[kind] + f' ({why})')
    return of(kind, cache, folder, say)
