# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Client, router and server: three network namespaces, real TCP and GRE between them, real rules, and the real pptpd.

``10.77.1.2 c0`` client -- ``lan0 10.77.1.1`` router ``10.77.2.1 wan0`` -- ``s0 10.77.2.2`` server. The router
translates addresses. PPP may be missing in this kernel, so pptpd is given a program instead of pppd that says LCP into
its pty: what pptpd makes of that is GRE of its own, with its own acknowledgements.
"""

from __future__ import annotations

import os
import pathlib
import shutil
import socket
import subprocess
import time
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.dial.settings import LOGIN, Limits, Settings
from ansible_collections.vpnops.pptp.plugins.module_utils.host import LiveHost
from ansible_collections.vpnops.pptp.plugins.module_utils.probe import dialer, dialer_report, witness
from tests.spaces import Inside, ip, sweep

CLIENT, INSIDE, OUTSIDE, SERVER = '10.77.1.2', '10.77.1.1', '10.77.2.1', '10.77.2.2'
_PLAN = '''
link add c0 netns {c} type veth peer name lan0 netns {r}
link add s0 netns {s} type veth peer name wan0 netns {r}
'''
_ADDRESSES = (('c', 'c0', CLIENT), ('r', 'lan0', INSIDE), ('r', 'wan0', OUTSIDE), ('s', 's0', SERVER))
MASQUERADE = '''table ip nat {
  chain post { type nat hook postrouting priority 100; oifname "wan0" masquerade; }
}
'''
HELPER = '''table ip helper {
  ct helper std { type "pptp" protocol tcp; l3proto ip; }
  chain pre { type filter hook prerouting priority -150; tcp dport 1723 ct helper set "std"; }
}
'''
ROUTER = MASQUERADE + HELPER
# an LCP Configure-Request (RFC 1661 5.1) with a magic number, framed and escaped as RFC 1662 has it (4.2, C.2), again
# and again; what comes is read and left alone
_PPPD = '''#!%s
import os, select, time
def check(data):
    value = 0xffff
    for byte in data:
        value ^= byte
        for _bit in range(8):
            value = value >> 1 ^ 0x8408 if value & 1 else value >> 1
    return (value ^ 0xffff).to_bytes(2, 'little')
frame = bytes.fromhex('ff03c0210101000a0506') + os.urandom(4)
frame += check(frame)
frame = b''.join(bytes([0x7d, byte ^ 0x20]) if byte < 0x20 or byte in (0x7d, 0x7e) else bytes([byte]) for byte in frame)
until = time.monotonic() + 30
while time.monotonic() < until:
    os.write(1, b'~' + frame + b'~')
    if select.select([0], [], [], 0.1)[0] and not os.read(0, 4096):
        break
    time.sleep(0.1)
'''
LIMITS = Limits(tcp=0.8, control=2, call=2, gre=0.9, lcp=1, end=0.3, total=6)


def chain(hook: str, rule: str, table: str = 'inet filter') -> str:
    return 'table %s {\n chain %s { type filter hook %s priority 0; policy accept;\n %s\n }\n}\n' % (
        table, hook, hook, rule)


def why_not() -> str:
    """Why this cannot be tried here; empty where it can."""
    missing = [name for name in ('ip', 'nft', 'iptables-nft', 'pptpd') if not shutil.which(name)]
    if os.geteuid() or missing:
        return 'not root' if os.geteuid() else 'not installed: ' + ', '.join(missing)
    name = 'pptpwit-%d-x' % os.getpid()
    if subprocess.run(['ip', 'netns', 'add', name], capture_output=True, check=False).returncode:
        return 'no network namespace can be made'
    try:
        done = subprocess.run(['ip', 'netns', 'exec', name, 'nft', '-f', '-'], input=HELPER.encode(),
                              capture_output=True, check=False)
        return 'nft does not work in a namespace: %s' % done.stderr.decode()[:200] if done.returncode else ''
    finally:
        subprocess.run(['ip', 'netns', 'del', name], check=False)


class Rig:
    """The three of them; use it in a ``with``."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.names = {key: 'pptpwit-%d-%s' % (os.getpid(), key) for key in 'crs'}
        self.fds: dict[str, int] = {}
        self._pptpd: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Rig:
        sweep('pptpwit')
        self.home = os.open('/proc/self/ns/net', os.O_RDONLY)
        try:
            for name in self.names.values():
                ip('netns', 'add', name)
            self._wire()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_args: object) -> None:
        self.stop()
        for fd in self.fds.values():
            os.close(fd)
        for name in self.names.values():
            subprocess.run(['ip', 'netns', 'del', name], capture_output=True, check=False)
        os.close(self.home)

    def _wire(self) -> None:
        for line in _PLAN.format(**self.names).strip().split('\n'):
            ip(*line.split())
        for key, device, address in _ADDRESSES:
            ip('-n', self.names[key], 'addr', 'add', address + '/24', 'dev', device)
            ip('-n', self.names[key], 'link', 'set', device, 'up')
            ip('-n', self.names[key], 'link', 'set', 'lo', 'up')
        ip('-n', self.names['c'], 'route', 'add', 'default', 'via', INSIDE)
        ip('-n', self.names['s'], 'route', 'add', 'default', 'via', OUTSIDE)
        self.fds = {key: os.open('/run/netns/' + name, os.O_RDONLY) for key, name in self.names.items()}
        with self.inside('r'), open('/proc/sys/net/ipv4/ip_forward', 'w', encoding='ascii') as file:
            file.write('1')

    def inside(self, key: str) -> Inside:
        """Be in the namespace *key*."""
        return Inside(self.fds[key], self.home)

    def run(self, key: str, *argv: str, text: str | None = None) -> str:
        """Run a command in the namespace *key*."""
        with self.inside(key):
            done = subprocess.run(argv, input=text, capture_output=True, text=True, check=False, timeout=30)
        assert not done.returncode, (argv, done.stderr)
        return done.stdout

    def rules(self, key: str, text: str = '') -> None:
        """Have these rules of nft in *key*, and no others."""
        self.run(key, 'nft', '-f', '-', text='flush ruleset\n' + text)

    def serve(self) -> None:
        """Start pptpd in the namespace of the server, unless it runs already."""
        if self._pptpd:
            return
        program, config = self.folder / 'pppd', self.folder / 'pptpd.conf'
        program.write_text(_PPPD % shutil.which('python3'))
        program.chmod(0o755)
        config.write_text('localip 10.78.0.1\nremoteip 10.78.0.100-199\nlisten %s\n' % SERVER)
        argv = ['pptpd', '-f', '-c', str(config), '-p', str(self.folder / 'pptpd.pid'), '-e', str(program)]
        with self.inside('s'), open(self.folder / 'pptpd.log', 'wb') as log:
            self._pptpd = subprocess.Popen(argv, stdout=log, stderr=log, start_new_session=True)
        until = time.monotonic() + 5
        while time.monotonic() < until and not self._listens():
            time.sleep(0.05)

    def _listens(self) -> bool:
        with self.inside('s'):
            probe = socket.socket()
        with probe:
            return probe.connect_ex((SERVER, 1723)) == 0

    def stop(self) -> None:
        """End pptpd and what it has started."""
        if self._pptpd:
            with_it = subprocess.run(['ip', 'netns', 'pids', self.names['s']], capture_output=True, text=True,
                                     check=False).stdout.split()
            for pid in with_it:
                subprocess.run(['kill', '-9', pid], capture_output=True, check=False)
            self._pptpd.wait()
            self._pptpd = None

    def watch(self, keys: str = 'rs', seconds: float = 30) -> dict[str, str]:
        """Start a witness in each of *keys*."""
        found = {}
        for key in keys:
            with self.inside(key):
                found[key], reason = witness.start(LiveHost(), seconds)
            assert not reason, reason
        return found

    def collect(self, names: dict[str, str]) -> dict[str, dict[str, t.Any]]:
        """What they saw."""
        found = {}
        for key, name in names.items():
            with self.inside(key):
                found[key] = witness.collect(LiveHost(), name)
        return found

    def dial(self, name: str = '', server: str = SERVER, **settings: t.Any) -> dict[str, t.Any]:
        """A dial from the client, as a row of the module ``dial``."""
        name = name or 'vpnops-' + os.urandom(8).hex()
        with self.inside('c'):
            given = Settings(mode=LOGIN, user='u', password='p', host=name, limits=LIMITS, retry=0.1, **settings)
            done = dialer.dial(server, 1723, given)
        return dialer_report.row(name, done)
