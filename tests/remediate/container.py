# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A PPTP server with systemd in a container.

The kernel need not have PPP: what a login would prove is proved in the lab (tests/lab). Here the files, the rules and
the daemon are real. Started by ``tools/with-podman``, which builds the images and says how containers run here.
"""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import time

from target import ROOT, Target

SHARED = ROOT / 'extensions/molecule/shared'
ENGINE = os.environ.get('LAB_ENGINE', '')
OPTIONS = {
    'podman': ['--systemd=always', '--cap-add=NET_ADMIN,NET_RAW', '--sysctl=net.ipv4.ip_forward=1'],
    'docker': ['--privileged', '--cgroupns=host', '--volume=/sys/fs/cgroup:/sys/fs/cgroup:rw', '--tmpfs=/run',
               '--tmpfs=/run/lock', '--tmpfs=/tmp', '--sysctl=net.ipv4.ip_forward=1', '--env=container=docker'],
}


def missing() -> str:
    """Why no container can be made here; nothing when one can."""
    return '' if ENGINE else 'no container engine: run it with tools/with-podman, as `make remediate` does'


class Server(Target):
    """A container; :meth:`close` removes it."""

    blocked = 'iptables -D INPUT -p gre -j ACCEPT; iptables -I INPUT -p gre -j DROP\n'
    count = 0

    def __init__(self, suite: str, firewall: str, home: pathlib.Path) -> None:
        Server.count += 1
        self.name, self.home, self.firewall = 'pptp-fix-%d-%d' % (os.getpid(), Server.count), home, firewall
        _run(ENGINE, 'run', '--detach', '--name', self.name, '--label', 'vpnops-pptp-fix', *OPTIONS[ENGINE],
             'localhost/vpnops-pptp-lab:' + suite)
        self._await_boot()
        _run(ENGINE, 'cp', '%s/server/.' % SHARED, self.name + ':/')
        self.sh((SHARED / ('firewall-%s.sh' % firewall)).read_text('utf-8') + (SHARED / 'start.sh').read_text('utf-8'))
        self.inventory = str(home / 'hosts.yml')
        (home / 'hosts.yml').write_text(json.dumps({'pptp_servers': {'hosts': {self.name: {
            'ansible_connection': 'community.docker.docker', 'ansible_user': 'root',
            'ansible_python_interpreter': '/usr/bin/python3'}}}}), 'utf-8')

    def _await_boot(self) -> None:
        for _try in range(60):
            state = subprocess.run([ENGINE, 'exec', self.name, 'systemctl', 'is-system-running'], check=False,
                                   capture_output=True, text=True).stdout.strip()
            if state in ('running', 'degraded'):
                return
            time.sleep(0.5)
        raise RuntimeError('systemd does not come up: ' + state)

    def sh(self, script: str) -> str:
        command = [ENGINE, 'exec', '--interactive', self.name, 'sh', '-eu', '-s']
        done = subprocess.run(command, input=script, check=False, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError('%s\n%s%s' % (script, done.stdout, done.stderr))
        return done.stdout

    def power_cut(self) -> None:
        _run(ENGINE, 'kill', '--signal', 'KILL', self.name)
        for _try in range(20):
            if subprocess.run([ENGINE, 'start', self.name], check=False, capture_output=True).returncode == 0:
                break
            time.sleep(0.5)
        self._await_boot()

    def sessions(self) -> str:
        return 'docker .*%s' % self.name

    def rules_at_start(self) -> str:
        return (SHARED / 'firewall-iptables.sh').read_text('utf-8') + self.blocked

    def close(self) -> None:
        subprocess.run([ENGINE, 'rm', '--force', '--volumes', self.name], check=False, capture_output=True)


def _run(*argv: str) -> None:
    subprocess.run(argv, check=True, capture_output=True)
