# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Containers with systemd, a real firewall and an sshd each; Ansible reaches them over ssh, through that firewall."""

from __future__ import annotations

import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import time
import typing as t

import yaml

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
SHARED = ROOT / 'extensions/molecule/shared'
ENGINE = os.environ.get('LAB_ENGINE', '')
OPTIONS = yaml.safe_load((SHARED / 'vars/engine.yml').read_text('utf-8'))['lab_run_options']
FIREWALLS = HERE / 'firewalls'
IMAGES = {'iptables': 'bookworm-iptables', 'nftables': 'trixie-firewalld', 'firewalld': 'trixie-firewalld',
          'ufw': 'bookworm-ufw'}   # the firewalld that is installed beside nftables is off, and has to stay so
SSH = '-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR'
_LABEL = 'vpnops-pptp-realfw'
_BOOT_SECONDS = 180
_WORKERS = 4
T = t.TypeVar('T')


class Case(t.NamedTuple):
    """One entry of the table: see ``breakages.yml``."""

    name: str
    provider: str
    fault: str
    causes: list[str]
    stops: list[str]
    result: str = 'fail'
    saved: bool = True
    heals: bool = False
    refuses: str = ''


def cases() -> list[Case]:
    """The table."""
    table = yaml.safe_load((HERE / 'breakages.yml').read_text('utf-8'))
    return [Case('%s-%s' % (provider, entry.pop('name')), provider, **entry)
            for provider, entries in table.items() for entry in entries]


def why_not() -> str:
    """Why no container can be started here; empty where one can."""
    if not ENGINE:
        return 'LAB_ENGINE is not set: run it with `make firewall-real`'
    return '' if os.geteuid() == 0 else 'not root: the packets come from namespaces'


def at_once(work: t.Callable[[T], t.Any], items: t.Iterable[T]) -> list[t.Any]:
    """*work* on each of *items*, a few at a time."""
    with concurrent.futures.ThreadPoolExecutor(_WORKERS) as pool:
        return list(pool.map(work, items))


def engine(*words: str, text: str | None = None) -> str:
    """What podman or docker prints; raises with its error."""
    done = subprocess.run([ENGINE, *words], input=text, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        raise RuntimeError('%s: %s' % (' '.join(words[:3]), (done.stderr + done.stdout)[-2000:]))
    return done.stdout


class Container:
    """A container that runs systemd."""

    def __init__(self, name: str, image: str) -> None:
        self.name = 'realfw-%d-%s' % (os.getpid(), name)
        self.pid, self.address = 0, ''
        engine('run', '--detach', '--name', self.name, '--label', _LABEL, *OPTIONS[ENGINE],
               'localhost/vpnops-pptp-lab:' + image)
        self.look()

    def look(self) -> None:
        """Wait until it has booted, and find out where it is: a start gives it another address."""
        found = json.loads(engine('inspect', self.name))[0]
        self.pid = found['State']['Pid']
        networks = found['NetworkSettings'].get('Networks') or {'': found['NetworkSettings']}
        self.address = next(iter(networks.values()))['IPAddress']
        until = time.monotonic() + _BOOT_SECONDS
        command = [ENGINE, 'exec', self.name, 'systemctl', 'is-system-running', '--wait']
        while True:
            done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_BOOT_SECONDS)
            if done.stdout.strip() == 'running':
                return
            if time.monotonic() > until:
                raise RuntimeError('%s does not boot: %s' % (self.name, done.stdout + done.stderr + self.failed()))
            time.sleep(0.2)

    def failed(self) -> str:
        """The units that failed."""
        done = subprocess.run([ENGINE, 'exec', self.name, 'systemctl', '--failed', '--plain', '--no-legend'],
                              capture_output=True, text=True, check=False)
        return done.stdout

    def shell(self, text: str) -> str:
        """What a script prints in it; raises where a command of it fails."""
        return engine('exec', '--interactive', self.name, 'sh', '-eu', '-s', text=text)

    def restart(self) -> None:
        """Stop it, start it, wait."""
        engine('restart', '--time', '20', self.name)
        self.look()

    def remove(self) -> None:
        """Take it away, whatever state it is in."""
        remove(self.name)


def remove(name: str) -> None:
    """Take the container *name* away, whatever state it is in, if it is there."""
    subprocess.run([ENGINE, 'rm', '--force', '--volumes', '--time', '0', name], capture_output=True, check=False)


class Server(Container):
    """A container with pptpd behind the firewall of *case*, broken as it says."""

    def __init__(self, case: Case, key: str, started: list[Container]) -> None:
        started.append(self)
        super().__init__(case.name, IMAGES[case.provider])
        self.case = case
        engine('cp', '%s/server/.' % SHARED, self.name + ':/')
        self.shell('mkdir -p -m 700 /root/.ssh; echo "%s" >/root/.ssh/authorized_keys\n' % key
                   + 'systemctl enable --quiet --now ssh.service\n' + self._functions() + 'start_firewall\n'
                   + (SHARED / 'start.sh').read_text('utf-8'))

    def _functions(self) -> str:
        """What shell functions there are."""
        return ''.join((FIREWALLS / (name + '.sh')).read_text('utf-8') for name in ('functions', self.case.provider))

    def break_it(self) -> None:
        """Inject the fault, for good unless the case says otherwise."""
        self.shell('%s\n%s\n%s\n' % (self._functions(), self.case.fault, 'keep' if self.case.saved else ''))

    def state(self) -> dict[str, list[str]]:
        """The sections of ``state.sh``."""
        text = self.shell((HERE / 'state.sh').read_text('utf-8'))
        parts = (part.partition('\n') for part in ('\n' + text).split('\n== ')[1:])
        return {title: body.split('\n') for title, _newline, body in parts}


def sweep() -> None:
    """Remove what a run that was killed left behind."""
    names = engine('ps', '--all', '--filter', 'label=' + _LABEL, '--format', '{{.Names}}').split()
    for name in names:
        found = re.fullmatch(r'realfw-(\d+)-.*', name)
        if found and not os.path.exists('/proc/' + found.group(1)):
            remove(name)


class Controller:
    """Runs playbooks against servers from a folder of its own."""

    def __init__(self, home: pathlib.Path) -> None:
        self.home = home
        subprocess.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', str(home / 'key')], check=True)
        self.key = (home / 'key.pub').read_text('utf-8').strip()

    def inventory(self, servers: t.Iterable[Server], variables: t.Mapping[str, t.Any]) -> None:
        """Write the inventory; *variables* by name of a case."""
        hosts = {server.case.name: {'ansible_host': server.address, **variables.get(server.case.name, {})}
                 for server in servers}
        common = {'ansible_user': 'root', 'ansible_ssh_private_key_file': str(self.home / 'key'),
                  'ansible_ssh_common_args': SSH, 'ansible_python_interpreter': '/usr/bin/python3',
                  'firewall_guard_seconds': 900}   # many hosts on a busy machine; tests/guard lets it fire
        (self.home / 'hosts.json').write_text(json.dumps({'all': {'hosts': hosts, 'vars': common}}), 'utf-8')

    def play(self, playbook: pathlib.Path, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run *playbook* against the inventory; its output is JSON."""
        env = dict(os.environ, ANSIBLE_HOME=str(self.home / 'ansible'), ANSIBLE_PIPELINING='1', ANSIBLE_FORKS='8',
                   ANSIBLE_STDOUT_CALLBACK='ansible.posix.json', ANSIBLE_SSH_CONTROL_PATH_DIR=str(self.home / 'cp'),
                   ANSIBLE_TIMEOUT='30', ANSIBLE_LOCALHOST_WARNING='0', ANSIBLE_INVENTORY_ENABLED='yaml')
        command = [str(pathlib.Path(sys.executable).with_name('ansible-playbook')), '-i', str(self.home / 'hosts.json'),
                   str(playbook), *arguments]
        return subprocess.run(command, check=False, capture_output=True, text=True, env=env, timeout=1800, cwd=ROOT)
