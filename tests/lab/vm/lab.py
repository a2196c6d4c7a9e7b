# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lab for real logins: a PPTP server, a NAT router, clients and a RADIUS server on a kernel that has PPP.

    with Lab.up() as lab:
        assert lab.dial().up and lab.transfer('client1', 10)
        lab.reset()                       # the identical fresh lab again, in seconds
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import itertools
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import types
import typing as t

import yaml

from tests.lab.vm import aaa, boot, carrier, dial, qemu, store
from tests.lab.vm.channel import OPTIONS, Channel
from tests.lab.vm.qemu import LabError
from tests.lab.vm.topology import BY_NAME, GUEST, PORTS, Machine

__all__ = ['Lab', 'LabError']
USER, PASSWORD = 'vpnuser', 'secretpassword'
INSIDE = '192.168.77.20'     # a host behind the servers: it sends on port 8000, takes on port 8001


def say(text: str) -> None:
    """Progress, for whoever waits."""
    print(f'[lab {time.strftime("%H:%M:%S")}] {text}', file=sys.stderr, flush=True)  # noqa: T201


class Lab:
    """A running lab. Made by :meth:`up`; ends with :meth:`down`, with its context, or with this process."""

    machines: t.Mapping[str, Machine] = types.MappingProxyType(BY_NAME)

    def __init__(self, run: pathlib.Path, on: carrier.Carrier, stay: bool = False) -> None:
        """Not started yet: see :meth:`up` and :meth:`attach`."""
        self.folder, self._carrier, self._stay = run, on, stay
        self._ports: dict[int, int] = {}
        self._channel: Channel | None = None

    @classmethod
    def up(cls, cache_dir: str | pathlib.Path | None = None, *, name: str = '', stay: bool = False,
           kind: str = '') -> Lab:
        """A fresh lab: from its saved state in seconds, the first time in minutes.

        Any number may run side by side (about 0.4 GiB each). *name*: a lasting folder for what :meth:`attach` needs;
        *stay*: it goes on after this process; *kind*: ``host`` or ``vm``, by default what LAB_KIND says, or what works.
        """
        cache = pathlib.Path(cache_dir).resolve() if cache_dir else store.folder()
        runs = cache / 'run'
        runs.mkdir(parents=True, exist_ok=True)
        run = runs / name if name else pathlib.Path(tempfile.mkdtemp(dir=runs, prefix='lab-'))
        if name:
            end(run)
            run.mkdir()
        store.sweep(runs)
        try:
            lab = cls(run, carrier.of(kind, cache, run, say) if kind else carrier.choose(cache, run, say), stay)
        except LabError:
            run.rmdir()
            raise
        try:
            lab._carrier.prepare()
            lab._ports = boot.free_ports()
            lab._start()
        except BaseException:
            lab.down()
            raise
        return lab

    @classmethod
    def attach(cls, name: str, cache_dir: str | pathlib.Path | None = None) -> Lab:
        """The lab that :meth:`up` left running under this name."""
        cache = pathlib.Path(cache_dir).resolve() if cache_dir else store.folder()
        run = cache / 'run' / name
        try:
            known = json.loads((run / 'lab.json').read_text())
        except OSError:
            raise LabError(f'no lab called {name!r} runs: start one with "lab up"') from None
        lab = cls(run, carrier.of(known['kind'], cache, run, say), stay=True)
        lab._carrier.recall(known)
        lab._ports = {int(outside): inside for outside, inside in known['ports'].items()}
        lab._channel = Channel(lab.port(GUEST), lab._carrier.keys, pathlib.Path(known['sockets']))
        return lab

    def __enter__(self) -> Lab:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None,
                 trace: types.TracebackType | None) -> None:
        self.down()

    def reset(self) -> None:
        """Back to the state of a fresh lab: files, processes, connections, rules, modules, all of it."""
        self._stop()
        self._start()

    def down(self) -> None:
        """Stop it, and leave nothing behind but the cache."""
        self._stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, machine: str, script: str, check: bool = True, *, data: str = '',
            seconds: float = 120) -> subprocess.CompletedProcess[str]:
        """Run *script* (sh, as root) on *machine*; ``guest`` is the machine on which the others run."""
        self._known(machine)
        return self._open.run(machine, script, data=data, seconds=seconds, check=check)

    def write(self, machine: str, path: str, text: str, mode: int = 0o644) -> None:
        """Put a whole file in place, owned by root."""
        self.run(machine, f"umask 077; mkdir -p \"$(dirname '{path}')\"; "
                          f"cat >'{path}.lab' && chmod {mode:o} '{path}.lab' && mv '{path}.lab' '{path}'", data=text)

    def read(self, machine: str, path: str) -> str:
        """The text of a file."""
        return self.run(machine, f"cat '{path}'").stdout

    def dial(self, client: str = 'client1', server: str = 'server', user: str = USER, password: str = PASSWORD,
             options: t.Sequence[str] = (), without: t.Collection[str] = ()) -> dial.Dial:
        """Log in from *client*. *server*: a machine, or an address; *options*: more lines for the client's pppd."""
        address = self._address(server)
        text = dial.peer(address, user, password, options, without)
        self.write(client, f'/etc/ppp/peers/{dial.link(address)}', text, 0o600)
        begin = time.monotonic()
        limit = dial.LIMIT * dial.crowd()
        done = self.run(client, dial.script(address, limit), check=False, seconds=limit + 30)
        return dial.judge(done.returncode, done.stdout + done.stderr, time.monotonic() - begin)

    def hangup(self, client: str = 'client1', server: str = '') -> None:
        """End the tunnels of *client*, or the one to *server*."""
        self.run(client, dial.hangup(dial.link(self._address(server)) if server else 'lab-*'))

    def ping_through(self, client: str = 'client1', target: str = INSIDE, size: int = 56) -> bool:
        """Whether *target*, by default a host behind the server, answers one of three pings through the tunnel."""
        script = f'''case "$(ip route get {target})" in *" dev ppp"*) ;; *) exit 9 ;; esac
for i in 1 2 3; do ping -n -q -c 1 -W 2 -s {size} {target} && exit 0; done; exit 1'''
        return self.run(client, script, check=False).returncode == 0

    def transfer(self, client: str = 'client1', megabytes: float = 10, direction: str = 'down',
                 seconds: float = 0) -> int:
        """Send so much through the tunnel to a host behind the server (or from there); the bytes that arrived whole.

        0 where it does not get through within *seconds* (by default a minute and 4 s for each megabyte, and more on a
        crowded box), or where what arrives is not what was sent.
        """
        seconds = seconds or (60 + 4 * megabytes) * dial.crowd()
        size = int(megabytes * 1_000_000)
        limit = f'timeout {seconds:.0f}'
        script = {'down': f'{limit} nc -d -w 20 {INSIDE} 8000 | head -c {size} | sha256sum',
                  'up': f'seq 1 50000000 2>/dev/null | head -c {size} | {limit} nc -N -w 60 {INSIDE} 8001'}[direction]
        done = self.run(client, f'case "$(ip route get {INSIDE})" in *" dev ppp"*) ;; *) exit 9 ;; esac; {script}',
                        check=False, seconds=seconds + 30)
        return size if done.stdout.split()[:1] == [counting(size)] else 0

    def use_radius(self, server: str = 'server', radius: str = 'radius') -> None:
        """Let *server* ask *radius* (FreeRADIUS 3.2.1; ``radius13``: 3.2.7), where radiususer/radiuspassword is known
        besides the usual user, and let that one log each login."""
        aaa.use_radius(self, server, radius)

    def use_directory(self, how: str = aaa.NTLM_AUTH, server: str = 'server', radius: str = 'radius') -> None:
        """Let the domain LAB check logins, where aaa.USER/aaa.PASSWORD is known: through *radius* (``ntlm_auth``, with
        :meth:`use_radius` before), or by *server* itself (``winbind.so``). The controller is there in seconds."""
        aaa.use_directory(self, how, server, radius)

    def power_cycle(self, machine: str, seconds: float = 240) -> None:
        """Cut the power of one machine and let it start again: its processes die at once, its network, rules and
        connections are gone, its files stay as they are. (What a disk has not written yet is not lost here.)"""
        self.power_off(machine)
        self.run(GUEST, f'systemctl start lab@{machine}.service', seconds=seconds)

    def power_off(self, machine: str) -> None:
        """Its processes die at once."""
        self._known(machine, guest=False)
        self.run(GUEST, f'systemctl kill -s KILL lab@{machine}.service; systemctl stop lab@{machine}.service; '
                        f'systemctl reset-failed lab@{machine}.service 2>/dev/null; true')

    @property
    def inventory(self) -> str:
        """The path of an inventory for ansible-playbook, with every machine in its group."""
        path = self.folder / 'inventory.yml'
        groups: dict[str, t.Any] = {}
        for machine in self.machines.values():
            for group in machine.groups:
                hosts = groups.setdefault(group, {'hosts': {}})['hosts']
                hosts[machine.name] = {'ansible_port': self.port(machine.name)}
        ssh = [option for option in OPTIONS[2:] if option != '-o' and not option.startswith('ControlPersist')]
        variables = {
            'ansible_host': '127.0.0.1', 'ansible_user': 'root', 'ansible_python_interpreter': '/usr/bin/python3',
            'ansible_ssh_private_key_file': str(self._carrier.keys / 'lab_key'), 'ansible_ssh_pipelining': True,
            'ansible_ssh_args': ' '.join(['-F none', *(f'-o {option}' for option in ssh), '-o ControlPersist=600']),
            'ansible_control_path_dir': str(self._open.sockets), 'ansible_timeout': 300}
        path.write_text(yaml.safe_dump({'all': {'vars': variables, 'children': groups}}), 'utf-8')
        return str(path)

    def port(self, machine: str) -> int:
        """The port of this machine's loopback on which *machine* answers ssh."""
        return {inside: outside for outside, inside in self._ports.items()}[PORTS[machine]]

    def ssh(self, machine: str) -> list[str]:
        """The command that opens a session on *machine*."""
        options = itertools.takewhile(lambda option: not option.startswith('Control'), OPTIONS)
        return ['ssh', *list(options)[:-1], '-t', '-i', str(self._carrier.keys / 'lab_key'), '-p',
                str(self.port(machine)), 'root@127.0.0.1']

    @property
    def sockets(self) -> pathlib.Path:
        """The folder of the connections that are kept open, those of Ansible among them."""
        return self._open.sockets

    @property
    def pid(self) -> int:
        """Process id of what it hangs on, 0 when it is down."""
        return self._carrier.pid

    @property
    def kind(self) -> str:
        """``vm``, or ``host`` where the machines run on this machine's own kernel."""
        return self._carrier.kind

    @property
    def _open(self) -> Channel:
        if self._channel is None:
            raise LabError('the lab is down')
        return self._channel

    def _known(self, machine: str, guest: bool = True) -> None:
        if machine not in self.machines and not (guest and machine == GUEST):
            raise LabError(f'no machine {machine!r}: there are {", ".join(self.machines)}')

    def _address(self, server: str) -> str:
        return self.machines[server].address if server in self.machines else server

    def _start(self) -> None:
        begin = time.monotonic()
        self._channel = self._carrier.start(self._ports, self._stay)
        say(f'the lab runs ({time.monotonic() - begin:.1f} s)')
        self._save()

    def _stop(self) -> None:
        if self._channel:
            self._channel.close()
            self._channel = None
        self._carrier.stop()

    def _save(self) -> None:
        """Note down what :meth:`attach` needs."""
        (self.folder / 'lab.json').write_text(json.dumps({
            'ports': {str(outside): inside for outside, inside in self._ports.items()},
            'sockets': str(self._open.sockets), 'kind': self.kind, 'pid': self.pid, **self._carrier.known()}))


@functools.lru_cache(maxsize=8)
def counting(size: int) -> str:
    """SHA-256 of the first *size* bytes of what ``seq 1 50000000`` prints."""
    total, length = hashlib.sha256(), 0
    for first in itertools.count(1, 10000):
        block = ''.join(f'{number}\n' for number in range(first, first + 10000)).encode()[:size - length]
        total.update(block)
        length += len(block)
        if length == size:
            break
    return total.hexdigest()


def end(run: pathlib.Path) -> bool:
    """Stop the lab that stands in the folder *run*, if one does."""
    if not run.exists():
        return False
    with contextlib.suppress(OSError, ValueError):
        known = json.loads((run / 'lab.json').read_text())
        qemu.kill(known['pid'])
        shutil.rmtree(known['sockets'], ignore_errors=True)
    shutil.rmtree(run, ignore_errors=True)
    return True
