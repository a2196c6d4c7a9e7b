# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A target in a container with systemd as process 1, a real firewall and the distribution's sshd; Ansible comes over
ssh from the bridge's address. The images are those of ``tests/lab/images``."""

from __future__ import annotations

import functools
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import typing as t

from target import rules_of, split_nft

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
IMAGES = {'firewalld': 'trixie-firewalld', 'ufw': 'bookworm-ufw', 'iptables': 'bookworm-iptables'}
OPTIONS = ('--systemd=always', '--cap-add=NET_ADMIN,NET_RAW')
LABEL = 'vpnops-pptp-guard'
SAVES = ('iptables-save', 'iptables-legacy-save', 'ip6tables-save', 'ip6tables-legacy-save')
SAVED = ('/etc/firewalld', '/etc/ufw', '/etc/default/ufw', '/etc/iptables', '/etc/nftables.conf', '/etc/guard-test')
_SEE = ('find %s \\( -type f -o -type l \\) -printf "%%p %%m %%u %%g %%l " -exec sha256sum {} ";" 2>/dev/null'
        % ' '.join(SAVED))
_INVENTORY = """[all]
target ansible_host={address}
[all:vars]
ansible_port=22
ansible_user=root
ansible_ssh_private_key_file={home}/key
ansible_python_interpreter=/usr/bin/python3
ansible_ssh_common_args='-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null'
"""
_BUILDING = threading.Lock()


def missing() -> str:
    """Why no container can be started here; nothing when one can."""
    if os.geteuid() != 0:
        return 'needs root, for containers that the bridge reaches'
    lacking = [name for name in ('podman', 'ssh', 'ssh-keygen') if shutil.which(name) is None]
    return 'needs ' + ', '.join(lacking) if lacking else ''


class Seen(t.NamedTuple):
    """What a firewall is at one moment: *rules* in force, *files* with owner, mode and checksum, what *tools* say."""

    rules: dict[str, list[str]]
    files: list[str]
    tools: list[str]


class Box:
    """One container; :meth:`close` leaves nothing of it."""

    def __init__(self, flavour: str) -> None:
        self.home = pathlib.Path(tempfile.mkdtemp(prefix='pptp-guard-'))
        self._name = 'pptp-guard-%s' % self.home.name.rpartition('-')[2]
        _run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', str(self.home / 'key'))
        image = _image(IMAGES[flavour])
        try:
            _podman('run', '--detach', '--name', self._name, '--label', LABEL, *OPTIONS, image)
            self._prepare()
        except BaseException:
            self.close()
            raise

    def _prepare(self) -> None:
        self.boot()
        key = (self.home / 'key.pub').read_text('utf-8')
        self.sh('mkdir -p -m 700 /root/.ssh /etc/guard-test; cat >/root/.ssh/authorized_keys', key)
        self.sh('echo old >/etc/guard-test/old; echo gone >/etc/guard-test/gone')

    def boot(self) -> None:
        """Return when systemd is up and its sshd listens, at an address that may be another one than before."""
        address = _podman('inspect', '--format', '{{.NetworkSettings.IPAddress}}', self._name).strip()
        (self.home / 'hosts').write_text(_INVENTORY.format(address=address, home=self.home), 'utf-8')
        for _try in range(120):
            if self.run('systemctl', 'is-active', 'ssh.service').strip() == 'active' \
                    and self.run('systemctl', 'is-system-running').strip() in ('running', 'degraded'):
                return
            time.sleep(0.5)
        raise RuntimeError('systemd or sshd does not come up: ' + self.run('systemctl', 'status', 'ssh.service'))

    def restart(self) -> None:
        """What a power cycle is to a host."""
        _podman('restart', '--time', '0', self._name)
        self.boot()

    def run(self, *argv: str, text: str | None = None) -> str:
        """What *argv* prints in the container, where it need not succeed."""
        return _engine('exec', *(['--interactive'] if text else []), self._name, *argv, text=text).stdout

    def sh(self, script: str, text: str | None = None) -> str:
        """What a shell prints in the container; all of *script* must succeed."""
        done = _engine('exec', *(['--interactive'] if text else []), self._name, 'sh', '-ec', script, text=text)
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def see(self, *tools: str) -> Seen:
        """The rules, files and answers of *tools* (shell commands) at this moment."""
        rules = {name: rules_of(self.run(name)) for name in SAVES}
        rules['nft'] = split_nft(self.run('nft', '-s', 'list', 'ruleset'))
        files = sorted(self.run('sh', '-c', _SEE).splitlines())
        return Seen(rules, files, [self.run('sh', '-c', tool) for tool in tools])

    def left_behind(self) -> list[str]:
        """What the guard has left: files, units and processes."""
        files = self.run('sh', '-c', 'ls -d /run/vpnops-pptp* 2>/dev/null').split()
        units = self.run('systemctl', 'list-units', '--all', '--plain', '--no-legend', 'vpnops-pptp*').splitlines()
        return files + units + [line for line in self.run('ps', '-eo', 'args').splitlines() if 'restore.sh' in line]

    def journal(self) -> str:
        """What the timer's unit has logged."""
        return self.run('journalctl', '--no-pager', '-u', 'vpnops-pptp-firewall-guard.service', '-o', 'cat')

    def play(self, name: str, *args: str, until: str = '', **variables: t.Any) -> subprocess.CompletedProcess[str]:
        """Run the playbook *name* over ssh; when the shell command *until* succeeds in the container, it is killed."""
        wanted = {'seconds': 60, 'firewall_guard_seconds': variables.get('seconds', 60), **variables}
        env = dict(os.environ, ANSIBLE_HOME=str(self.home / 'ansible'), ANSIBLE_NOCOLOR='1', ANSIBLE_TIMEOUT='15',
                   ANSIBLE_SSH_CONTROL_PATH_DIR=str(self.home / 'cp'), ANSIBLE_LOCALHOST_WARNING='0',
                   ANSIBLE_PIPELINING='1', ANSIBLE_INVENTORY_UNPARSED_WARNING='0')
        command = [str(pathlib.Path(sys.executable).with_name('ansible-playbook')), '-i', str(self.home / 'hosts'),
                   str(HERE / (name + '.yml')), '-e', json.dumps(wanted), *args]
        with (self.home / 'out').open('w+') as out, subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env, start_new_session=True) as process:
            for _try in range(300 if until else 0):
                if self.run('sh', '-c', until):
                    os.killpg(process.pid, signal.SIGKILL)   # with its workers and their ssh
                    break
                time.sleep(0.5)
            try:
                status = process.wait(240)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                status = process.wait()
            out.seek(0)
            return subprocess.CompletedProcess(command, status, out.read())

    def wait_for_restore(self, before: Seen) -> None:
        """Return when the guard has restored and all is as *before*, or after a minute."""
        for _try in range(60):
            if self.run('sh', '-c', 'ls /run/vpnops-pptp/firewall-guard/done 2>/dev/null') and self.see() == before:
                return
            time.sleep(0.5)

    def close(self) -> None:
        """End the container."""
        _engine('rm', '--force', '--time', '0', self._name)
        shutil.rmtree(self.home, ignore_errors=True)


@functools.lru_cache
def _settings(image: str) -> dict[str, str]:
    """As ``tools/with-podman``: where a plain "podman run" is refused, settings that ask for less."""
    env = dict(os.environ)
    probe = ['podman', 'run', '--rm', '--network', 'none', image, 'true']
    if 'CONTAINERS_CONF' not in env and subprocess.run(probe, check=False, capture_output=True).returncode:
        env['CONTAINERS_CONF'] = str(ROOT / 'tools/containers-restricted.conf')
    return env


def _image(kind: str) -> str:
    with _BUILDING:
        image = _run(str(ROOT / 'tests/lab/images/build'), kind, env=dict(os.environ, LAB_ENGINE='podman')).split()[-1]
        _ENV.update(_settings(image))
    return image


_ENV: dict[str, str] = {}


def _engine(*words: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(['podman', *words], input=text, capture_output=True, text=True, check=False, timeout=120,
                          env=_ENV or None)


def _podman(*words: str) -> str:
    done = _engine(*words)
    if done.returncode:
        raise RuntimeError('podman %s: %s' % (' '.join(words[:2]), done.stderr[-2000:]))
    return done.stdout


def _run(*argv: str, env: dict[str, str] | None = None) -> str:
    return subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True, env=env).stdout
