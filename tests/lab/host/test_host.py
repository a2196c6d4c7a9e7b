# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lab on this machine's own kernel: its machines start, stay apart from the machine, and leave nothing behind.

None of these tests logs in, so none needs PPP. (Where there is PPP, tests/lab/vm/test_lab.py has the logins.)
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import time
import typing as t

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from tests.lab.host import probe, serve  # noqa: E402
from tests.lab.vm import store, topology  # noqa: E402
from tests.lab.vm.lab import Lab, LabError  # noqa: E402

pytestmark = pytest.mark.skipif(bool(probe.no_room()), reason=probe.no_room())
UP = f'''import sys, time
sys.path.insert(0, {str(ROOT)!r})
from tests.lab.vm.lab import Lab
with Lab.up(kind='host') as lab:
    print(lab.pid, lab.folder, lab.sockets, flush=True)
    time.sleep(600)
'''


@pytest.fixture(scope='module')
def lab() -> t.Iterator[Lab]:
    with Lab.up(kind='host') as lab:
        yield lab


def seen() -> dict[str, t.Any]:
    """What of this machine a lab could change: its interfaces, rules, mounts, disks and parameters."""
    return {command: _said(command) for command in (
        'ip -br addr', 'ip route', 'ip netns', 'hostname', 'nft -s list ruleset', 'iptables-save | grep -v "^[#:]"',
        f'grep -F {store.folder()} /proc/self/mounts', f'losetup -a | grep -F {store.folder()}',
        'sysctl -a | grep -E "^net.ipv4.(ip_forward|conf.*forwarding)|^kernel.(hostname|panic|printk)"')}


def spaces(pid: int) -> set[str]:
    """The name spaces in which the processes of the lab are that hangs on *pid*, but for those of this machine."""
    group = serve.cgroups() / f'{serve.PREFIX}{pid}'
    pids = {word for path in group.rglob('cgroup.procs') for word in path.read_text('utf-8').split()}
    return _spaces(pids) - _spaces({str(os.getpid())})


def _spaces(pids: t.Iterable[str]) -> set[str]:
    found: set[str] = set()
    for pid in pids:
        with contextlib.suppress(OSError):
            found.update(os.readlink(path) for path in pathlib.Path('/proc', pid, 'ns').iterdir())
    return found


def _nothing_left(held: set[str], before: dict[str, t.Any]) -> None:
    """All is as before. (The kernel takes name spaces and mounts apart a moment after their last process.)"""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and (held & _all_spaces() or seen() != before):
        time.sleep(0.2)
    assert not held & _all_spaces()
    assert seen() == before


def _all_spaces() -> set[str]:
    return _spaces(path.name for path in pathlib.Path('/proc').glob('[0-9]*'))


def _said(command: str) -> str:
    return subprocess.run(command, shell=True, capture_output=True, text=True, check=False).stdout


def test_every_machine_has_its_own_system(lab: Lab) -> None:
    for name, machine in topology.BY_NAME.items():
        assert lab.run(name, 'hostname; cat /proc/1/comm').stdout.split() == [name, 'systemd']
        assert machine.address in lab.run(name, 'ip -br addr').stdout
    lab.write('server', '/etc/only-here', 'text')
    assert lab.run('server13', 'ls /etc/only-here', check=False).returncode
    lab.run('server', 'iptables -I INPUT -p tcp --dport 9 -j DROP')
    assert '--dport 9' not in lab.run('router', 'iptables-save').stdout
    assert 'pptpd' in lab.run('server', 'ps -e').stdout and 'pptpd' not in lab.run('client1', 'ps -e').stdout


def test_the_machines_reach_each_other_by_their_networks_only(lab: Lab) -> None:
    lab.run('client1', 'ping -n -q -c 1 -W 5 203.0.113.10')       # through the router
    assert lab.run('client1', 'ping -n -q -c 1 -W 1 192.168.77.20', check=False).returncode
    lab.run('client1', 'nc -z -w 5 203.0.113.10 1723')
    assert 'default' not in lab.run('guest', 'ip route').stdout


def test_a_power_cut_keeps_the_files_only(lab: Lab) -> None:
    lab.run('server', 'echo kept >/etc/kept; iptables -A INPUT -p tcp --dport 9 -j DROP')
    lab.power_cycle('server')
    assert lab.read('server', '/etc/kept') == 'kept\n'
    rules = lab.run('server', 'iptables-save').stdout
    assert '--dport 9' not in rules and 'MASQUERADE' in rules
    lab.run('client1', 'nc -z -w 5 203.0.113.10 1723')      # its neighbours still find it


@pytest.mark.parametrize('machine', ['server', topology.GUEST])
def test_what_is_the_whole_machine_s_stays_as_it_is(lab: Lab, machine: str) -> None:
    before = _said('dmesg | head -n 1')
    for script, word in (('sysctl -w kernel.panic=7', 'permission denied'), ('date -s @0', 'not permitted'),
                         ('dmesg -C', 'not permitted')):
        done = lab.run(machine, script, check=False)
        assert word in done.stderr, script
    unload = f'import ctypes; c = ctypes.CDLL(None, use_errno=True); {_UNLOAD}; print(ctypes.get_errno())'
    assert lab.run(machine, f"python3 -c '{unload}'").stdout == '1\n'       # EPERM, and not ENOENT
    assert _said('dmesg | head -n 1') == before and time.time() > 1e9


_UNLOAD = 'c.syscall({"x86_64": 176, "aarch64": 106}[__import__("platform").machine()], b"no_such_module", 0)'


def test_a_reset_gives_a_fresh_lab(lab: Lab) -> None:
    lab.run('server', 'rm -rf /etc/ppp; echo x >/x; iptables -P INPUT DROP; ip addr flush dev eth1')
    lab.run('guest', 'touch /etc/changed; ip link del br-wan')
    inventory = lab.inventory
    lab.reset()
    assert lab.run('server', 'ls /x; cat /etc/ppp/pptpd-options; iptables-save', check=False).stdout.count('DROP') == 0
    assert 'br-wan' in lab.run('guest', 'ls /etc/changed; ip -br link', check=False).stdout
    assert lab.inventory == inventory
    lab.run('client1', 'nc -z -w 5 203.0.113.10 1723')


def test_labs_run_side_by_side(lab: Lab) -> None:
    lab.write('server', '/etc/mine', 'one')
    with Lab.up(kind='host') as other:
        assert lab.run('server', 'cat /etc/mine').stdout == 'one'
        assert other.run('server', 'ls /etc/mine', check=False).returncode
        other.run('client1', 'nc -z -w 5 203.0.113.10 1723')
    lab.run('client1', 'nc -z -w 5 203.0.113.10 1723')


def test_the_machine_is_as_it_was() -> None:
    before = seen()
    with Lab.up(kind='host') as lab:
        folder, sockets, group = lab.folder, lab.sockets, serve.cgroups() / f'{serve.PREFIX}{lab.pid}'
        during, held = seen(), spaces(lab.pid)
        assert {name for name in before if before[name] != during[name]} <= {f'losetup -a | grep -F {store.folder()}'}
        assert len([name for name in held if name.startswith('net:')]) == len(topology.MACHINES) + 1
        lab.reset()
        held |= spaces(lab.pid)
    assert not folder.exists() and not sockets.exists() and not group.exists()
    _nothing_left(held, before)
    with pytest.raises(LabError, match='down'):
        lab.run('server', 'true')


@pytest.mark.parametrize('victim', ['test', 'serve'])
def test_nothing_is_left_of_a_killed_test(victim: str) -> None:
    """*victim*: the process that uses the lab, or the one that the lab hangs on."""
    before = seen()
    with subprocess.Popen([sys.executable, '-c', UP], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True) as process:
        assert process.stdout is not None
        pid, folder, sockets = process.stdout.readline().split()
        held = spaces(int(pid))
        os.kill(process.pid if victim == 'test' else int(pid), signal.SIGKILL)
        process.kill()
    assert held
    _nothing_left(held, before)
    serve.sweep()       # as the next lab does: of a killed serve.py an empty control group stays
    assert not (serve.cgroups() / (serve.PREFIX + pid)).exists()
    for path in (folder, sockets):      # files only, which a later lab sweeps
        subprocess.run(['rm', '-rf', path], check=True)
