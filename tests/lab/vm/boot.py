# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From disks to a saved running state: KVM where it works, software emulation otherwise."""

from __future__ import annotations

import contextlib
import json
import pathlib
import random
import socket
import time
import typing as t

from tests.lab.vm import layer, qemu, store
from tests.lab.vm.channel import Channel
from tests.lab.vm.topology import GUEST, MACHINES, PORTS

Say = t.Callable[[str], None]
KVM_LIMIT = 10           # seconds to the first line of our init; where KVM only seems to work, nothing ever comes
BOOT_LIMIT = 3000        # seconds until every machine runs, emulated on a crowded box; 60 to 90 are usual


PLACES = range(20000, 32768)    # below those that Linux gives to connections (net.ipv4.ip_local_port_range)
_GIVEN: set[int] = set()        # to labs of this process


def free_ports() -> dict[int, int]:
    """A port of this machine for each that the guest listens on. A lab keeps them while it is reset, when for a moment
    nobody listens there."""
    with contextlib.ExitStack() as holders:
        return {_free_port(holders): inside for inside in PORTS.values()}


def _free_port(holders: contextlib.ExitStack) -> int:
    for port in random.SystemRandom().sample(PLACES, len(PLACES)):
        with contextlib.suppress(OSError):
            if port not in _GIVEN:
                holders.enter_context(socket.create_server(('127.0.0.1', port)))
                _GIVEN.add(port)
                return port
    raise qemu.LabError(f'no port of {PLACES.start} to {PLACES.stop - 1} is free')


def snapshot(cache: pathlib.Path, say: Say) -> tuple[pathlib.Path, pathlib.Path, str]:
    """The folders of the disks and of a running state, made if need be, and the acceleration the state is for."""
    version = qemu.version()
    if not version:
        raise qemu.LabError('no qemu-system-x86_64 here (Debian: apt-get install qemu-system-x86)')
    with store.lock(cache):
        images = store.images(cache, say)
        target = store.snapshot_folder(cache, images, version)
        if not target.exists():
            with store.made(target) as part:
                _boot_and_save(images, part, say)
        store.keep(target)
    return images, target, json.loads((target / 'info.json').read_text())['acceleration']


def _boot_and_save(images: pathlib.Path, part: pathlib.Path, say: Say) -> None:
    layer.make(images, part)
    ports = free_ports()
    process, acceleration = _started(images, part, ports, say)
    outside = {inside: port for port, inside in ports.items()}[PORTS[GUEST]]
    try:
        with Channel(outside, part) as channel:
            begin = time.monotonic()
            wait_until_ready(process.check, channel, part, say)
            say(f'all machines run after {time.monotonic() - begin:.0f} s; saving the state')
            put_to_sleep(channel)
            channel.run(GUEST, 'sync; echo 3 >/proc/sys/vm/drop_caches', seconds=120)
        time.sleep(2)    # the guest takes note that the connection is gone
        process.save(part / 'state')
    except qemu.LabError as exc:
        raise qemu.LabError(f'{exc}; the last lines of the console: {tail(part)}') from exc
    finally:
        process.stop()
    (part / 'info.json').write_text(json.dumps({'acceleration': acceleration}))


def _started(images: pathlib.Path, part: pathlib.Path, ports: dict[int, int], say: Say) -> tuple[qemu.Process, str]:
    """A guest that has begun to boot."""
    for acceleration in ('kvm', 'tcg'):
        if acceleration == 'kvm' and not _may_use_kvm():
            continue
        line = qemu.command(images, part, part, ports, acceleration, restore=False)
        process = qemu.Process(line, part)
        if acceleration == 'tcg' or _begins(process, part):
            say(f'booting the guest ({acceleration})')
            return process, acceleration
        process.stop()
        (part / 'ram').unlink(missing_ok=True)
        say('KVM is there but runs nothing: going on with software emulation')
    raise AssertionError('unreachable')


def _may_use_kvm() -> bool:
    try:
        with open('/dev/kvm', 'r+b'):
            return True
    except OSError:
        return False


def _begins(process: qemu.Process, part: pathlib.Path) -> bool:
    deadline = time.monotonic() + KVM_LIMIT
    while time.monotonic() < deadline:
        try:
            process.check()
        except qemu.LabError:
            return False
        if 'LAB-INIT' in tail(part, 5000):
            return True
        time.sleep(0.2)
    return False


def wait_until_ready(check: t.Callable[[], None], channel: Channel, part: pathlib.Path, say: Say,
                     pause: float = 1) -> None:
    """Until every machine runs. *check* raises when none ever will; *part*: the folder with ``console.log``."""
    deadline = time.monotonic() + BOOT_LIMIT
    told = time.monotonic()
    while time.monotonic() < deadline:
        check()
        if 'LAB-FAILED' in tail(part, 5000):
            break
        begin = time.monotonic()
        if channel.try_run(GUEST, '/usr/local/lib/lab/ready'):
            return
        took = time.monotonic() - begin
        if time.monotonic() - told > 20:
            told = time.monotonic()
            say('  still booting; machines that run: ' + _running(channel))
        time.sleep(max(pause, 2 * took))     # looking must not be what it waits for
    raise qemu.LabError('the guest did not become ready')


def put_to_sleep(channel: Channel) -> None:
    """Freeze the machines that cost nothing until somebody wakes them."""
    for machine in MACHINES:
        if machine.asleep:
            channel.run(GUEST, f'systemctl freeze lab@{machine.name}.service')


def _running(channel: Channel) -> str:
    return {'': 'no answer', 'done': 'none yet'}.get(names := channel.try_run(GUEST, _RUNNING), names)


_RUNNING = ("systemctl list-units --plain --no-legend --state=running 'lab@*' | "
            "sed 's/lab@\\(.*\\).service .*/\\1/' | paste -sd' '")


def tail(part: pathlib.Path, size: int = 600) -> str:
    """The end of what the console said."""
    try:
        return (part / 'console.log').read_text('utf-8', 'replace')[-size:]
    except OSError:
        return ''
