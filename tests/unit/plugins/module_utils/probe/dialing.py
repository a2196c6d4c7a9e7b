# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A client, a router and a server in network name spaces of their own, which are gone with the test.

    10.9.1.2 client ── 10.9.1.1 router 10.9.2.1 ── 10.9.2.2 server

    with Net() as net:
        net.serve(methods=['pap'])
        answer = net.dial(mode='login')
"""

from __future__ import annotations

import functools
import json
import os
import pathlib
import subprocess
import sys
import time
import typing as t

import pytest

CLIENT, ROUTER, SERVER = '10.9.1.2', '10.9.1.1', '10.9.2.2'
PLACES = ('client', 'router', 'server')
USER = {'user': 'vpnuser', 'password': 'secretpassword'}
_LINKS = '''
ip link add inner netns {client} type veth peer name lan netns {router}
ip link add outer netns {server} type veth peer name wan netns {router}
nsenter -t {client} -n sh -ec 'ip link set lo up; ip addr add 10.9.1.2/24 dev inner; ip link set inner up
  ip route add default via 10.9.1.1'
nsenter -t {server} -n sh -ec 'ip link set lo up; ip addr add 10.9.2.2/24 dev outer; ip link set outer up
  ip route add default via 10.9.2.1'
nsenter -t {router} -n sh -ec 'ip addr add 10.9.1.1/24 dev lan; ip link set lan up; ip addr add 10.9.2.1/24 dev wan
  ip link set wan up; echo 1 >/proc/sys/net/ipv4/ip_forward'
'''
# What of ``dialer.dial`` a test wants to know, without Ansible: code of the test may come before.
_DIAL = '''
import json, resource, signal, sys
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.settings import Limits, Settings
from ansible_collections.vpnops.pptp.plugins.module_utils.probe import dialer, dialer_report
given = json.loads(sys.argv[1])
limits = Limits(**given.pop('limits', {}))
address, port = given.pop('address'), given.pop('port')
settings = Settings(**{k: tuple(v) if isinstance(v, list) else v for k, v in given.items()}, limits=limits)
signal.signal(signal.SIGINT, signal.default_int_handler)     # a shell starts what is in its background without
%s
with dialer.Interrupts() as interrupts:
    dial = dialer.dial(address, port, settings, interrupts)
print(json.dumps({**dialer_report.row(settings.host, dial), 'reason': dial.reason, 'came': interrupts.came,
                  'kib': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))
'''


def why_not() -> str:
    """Why there can be no name spaces here; empty where there can."""
    try:
        done = subprocess.run(['unshare', '--net', 'true'], capture_output=True, check=False, timeout=20)
    except OSError as error:
        return str(error)
    return 'needs root, for network name spaces' if done.returncode else ''


class Net:
    """It stands within its context."""

    def __init__(self) -> None:
        self._holders: dict[str, subprocess.Popen[bytes]] = {}
        self._daemon: subprocess.Popen[str] | None = None

    def __enter__(self) -> Net:
        try:
            for place in PLACES:
                self._holders[place] = subprocess.Popen(['unshare', '--net', 'sleep', '600'])
            for holder in self._holders.values():
                _until(functools.partial(_apart, holder.pid))
            script = _LINKS.format(**{place: holder.pid for place, holder in self._holders.items()})
            subprocess.run(['sh', '-ec', script], check=True, timeout=30)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()
        for holder in self._holders.values():
            holder.kill()
            holder.wait()

    def inside(self, place: str, *command: str) -> list[str]:
        """*command* as it runs at *place*."""
        return ['nsenter', '-t', str(self._holders[place].pid), '-n', *command]

    def run(self, place: str, script: str) -> str:
        """The output of *script* (sh) there; what is not here skips the test."""
        done = subprocess.run(self.inside(place, 'sh', '-ec', script), capture_output=True, text=True, check=False,
                              timeout=30)
        if done.returncode:
            pytest.skip('this machine cannot do that: %s: %s' % (script, done.stderr.strip()[-200:]))
        return done.stdout

    def serve(self, **setup: t.Any) -> None:
        """Start the scripted server, instead of the one before."""
        self.stop()
        program = str(pathlib.Path(__file__).with_name('dialing_server.py'))
        self._daemon = subprocess.Popen(self.inside('server', sys.executable, program, json.dumps(setup)),
                                        stdout=subprocess.PIPE, text=True)
        table = pathlib.Path('/proc/%d/net/tcp' % self._holders['server'].pid)
        _until(lambda: ':06BB 00000000:0000 0A' in table.read_text())      # it listens on 1723

    def stop(self) -> None:
        """No server any more."""
        if self._daemon:
            self._daemon.kill()
            self._daemon.communicate()
            self._daemon = None

    def ended(self) -> dict[str, t.Any]:
        """What the server has to say of the next call that has ended."""
        assert self._daemon and self._daemon.stdout
        return t.cast('dict[str, t.Any]', json.loads(self._daemon.stdout.readline()))

    def started(self, before: str = '', prefix: t.Sequence[str] = (), **given: t.Any) -> subprocess.Popen[str]:
        """A dial of the client with Settings *given*; *before*: Python that runs first."""
        arguments = {'address': SERVER, 'port': 1723, 'host': 'vpnops-0123456789abcdef', **USER, **given}
        return subprocess.Popen(
            self.inside('client', *prefix, sys.executable, '-c', _DIAL % before, json.dumps(arguments)),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def dial(self, before: str = '', prefix: t.Sequence[str] = (), **given: t.Any) -> dict[str, t.Any]:
        """What came of it."""
        return answer(self.started(before, prefix, **given))


def answer(process: subprocess.Popen[str]) -> dict[str, t.Any]:
    """What a dial says; the password is nowhere in it."""
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert 'secretpassword' not in out + errors
    return t.cast('dict[str, t.Any]', json.loads(out))


def _apart(pid: int) -> bool:
    """Whether the process has a network of its own by now."""
    return os.stat('/proc/%d/ns/net' % pid).st_ino != os.stat('/proc/self/ns/net').st_ino


def _until(true: t.Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)
