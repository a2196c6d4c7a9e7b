# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A target with its own kernel rule sets and its own sshd, in namespaces; a controller in another one, over a veth."""

from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import typing as t

HERE = pathlib.Path(__file__).parent
PORT = 2222
NEEDED = ('ip', 'unshare', 'nsenter', 'iptables', 'nft', 'ssh', 'ssh-keygen', 'sshd')
_XTABLES = re.compile(r'table ip6? (raw|mangle|nat|filter|security) ')   # iptables-save says what is in them
_EDIT = 'ansible_collections.vpnops.pptp.plugins.module_utils.edit'
_CALL = """
import json
from {0}.guard_host import Guard, GuardError
from {0}.guard_system import System
try:
    print(json.dumps(Guard(System()).{1}({2})))
except GuardError as error:
    print(json.dumps(dict(error=str(error))))
"""
_PATH = '/usr/sbin:/sbin:/usr/bin:/bin'

_START = """set -e
mount --make-rprivate /
cp -a /etc {home}/etc
mount --bind {home}/etc /etc
mount -t tmpfs tmpfs /run
mkdir -p /run/sshd /etc/guard-test
sed -i 's/^root:[^:]*:/root:*:/' /etc/shadow
echo old >/etc/guard-test/old
echo gone >/etc/guard-test/gone
ip link set lo up
exec {sshd} -D -e -f {home}/sshd_config 2>{home}/sshd.log
"""
_SSHD = """Port {port}
HostKey {home}/host
AuthorizedKeysFile {home}/key.pub
StrictModes no
UsePAM no
UseDNS no
PermitRootLogin prohibit-password
PidFile none
Subsystem sftp internal-sftp
"""
_INVENTORY = """[all]
target ansible_host=10.99.47.2
[all:vars]
ansible_port={port}
ansible_user=root
ansible_ssh_private_key_file={home}/key
ansible_python_interpreter={python}
ansible_ssh_common_args='-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null'
"""


def missing() -> str:
    """Why no target can be made here; nothing when one can."""
    if os.geteuid() != 0:
        return 'needs root for network namespaces'
    lacking = [name for name in NEEDED if shutil.which(name, path=_PATH) is None]
    if lacking:
        return 'needs ' + ', '.join(lacking)
    probe = subprocess.run(['unshare', '-n', '-m', '-p', '--fork', 'true'], check=False, capture_output=True, text=True)
    return '' if probe.returncode == 0 else 'no namespaces here: ' + probe.stderr.strip()


def has_legacy() -> bool:
    """Whether the kernel still has the backend that came before nftables."""
    return subprocess.run(['unshare', '-n', 'iptables-legacy', '-S'], check=False, capture_output=True).returncode == 0


class Target:
    """Both namespaces; :meth:`close` leaves nothing of them."""

    def __init__(self, home: pathlib.Path) -> None:
        self.home = home
        for name in ('key', 'host'):
            _run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', str(home / name))
        values = {'home': home, 'port': PORT, 'python': _python(), 'sshd': shutil.which('sshd', path=_PATH)}
        (home / 'sshd_config').write_text(_SSHD.format(**values), 'utf-8')
        (home / 'hosts').write_text(_INVENTORY.format(**values), 'utf-8')
        (home / 'start').write_text(_START.format(**values), 'utf-8')
        self._shells = [_unshare('sleep', '600'), _unshare('sh', str(home / 'start'))]
        self._controller, self._target = (_inner(shell.pid) for shell in self._shells)
        self._wire()
        self._await_sshd()

    def _wire(self) -> None:
        _run('nsenter', '-t', str(self._controller), '-n', 'ip', 'link', 'add', 'guard0', 'type', 'veth',
             'peer', 'name', 'guard1', 'netns', str(self._target))
        for pid, name, address in ((self._controller, 'guard0', '10.99.47.1/24'),
                                   (self._target, 'guard1', '10.99.47.2/24')):
            inside = ('nsenter', '-t', str(pid), '-n')
            _run(*inside, 'ip', 'link', 'set', name, 'up')
            _run(*inside, 'ip', 'address', 'add', address, 'dev', name)

    def _await_sshd(self) -> None:
        for _try in range(100):
            if ':%d ' % PORT in self.run('ss', '-ltn'):
                return
            time.sleep(0.1)
        raise RuntimeError('sshd does not listen: ' + (self.home / 'sshd.log').read_text('utf-8'))

    def run(self, *argv: str) -> str:
        """What *argv* prints on the target, where it need not succeed."""
        command = ['nsenter', '-t', str(self._target), '-a', *argv]
        return subprocess.run(command, check=False, capture_output=True, text=True).stdout

    def guard(self, action: str, seconds: int = 60, owner: str = '') -> dict[str, t.Any]:
        """Arm, confirm, disarm or restore without Ansible; ``error`` where that is refused."""
        arguments = '%d, "a test", ["/etc/guard-test"], %r' % (seconds, owner) if action == 'arm' else repr(owner)
        text = _CALL.format(_EDIT, action, '' if action == 'disarm' else arguments)
        return json.loads(self.run(sys.executable, '-c', text))

    def load(self, text: str) -> None:
        """Load an nft script, which must succeed."""
        done = subprocess.run(['nsenter', '-t', str(self._target), '-a', 'nft', '-f', '-'], check=False, text=True,
                              input=text, capture_output=True)
        assert done.returncode == 0, done.stderr

    def rules(self) -> dict[str, list[str]]:
        """All rule sets in force, without counters, whatever the order of tables."""
        saves = ('iptables-save', 'iptables-legacy-save', 'ip6tables-save', 'ip6tables-legacy-save')
        return {'nft': split_nft(self.run('nft', '-s', 'list', 'ruleset')),
                **{name: rules_of(self.run(name)) for name in saves}}

    def left_behind(self) -> list[str]:
        """What the guard has left: files and processes."""
        files = self.run('sh', '-c', 'ls -d /run/vpnops-pptp* 2>/dev/null').split()
        processes = [line for line in self.run('ps', '-eo', 'args').splitlines()
                     if 'restore.sh' in line or line.startswith('sleep ')]
        return files + processes

    def wait_for_restore(self, before: dict[str, list[str]] | None = None) -> None:
        """Return when the guard has restored and the rules are those *before*, or after three quarters of a minute."""
        for _try in range(300):
            if self.run('sh', '-c', 'ls /run/vpnops-pptp/firewall-guard/done 2>/dev/null') \
                    and (before is None or self.rules() == before):
                return
            time.sleep(0.15)

    def play(self, *args: str, pipelining: bool = False, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run ``play.yml`` from the controller's namespace."""
        extra = [word for name, value in variables.items() for word in ('-e', '%s=%s' % (name, value))]
        env = dict(os.environ, ANSIBLE_HOME=str(self.home / 'ansible'), ANSIBLE_NOCOLOR='1', ANSIBLE_TIMEOUT='5',
                   ANSIBLE_SSH_CONTROL_PATH_DIR=str(self.home / 'cp'), ANSIBLE_LOCALHOST_WARNING='0',
                   ANSIBLE_PIPELINING=str(pipelining))
        command = ['nsenter', '-t', str(self._controller), '-a', '--wd=.',
                   str(pathlib.Path(sys.executable).with_name('ansible-playbook')),
                   '-i', str(self.home / 'hosts'), str(HERE / 'play.yml'), *extra, *args]
        return subprocess.run(command, check=False, capture_output=True, text=True, env=env, timeout=150)

    def close(self) -> None:
        """End both namespaces with all that runs in them."""
        for shell in self._shells:
            shell.kill()   # --kill-child takes process 1 of the namespace along, and that everything in it
            shell.wait()


def split_nft(ruleset: str) -> list[str]:
    """The tables, in the order of their names; of those that iptables can read, only the names."""
    tables = re.split(r'^(?=table )', ruleset, flags=re.MULTILINE)
    return sorted(table.split('\n')[0] if _XTABLES.match(table) else table for table in tables)


def rules_of(saved: str) -> list[str]:
    """Rules, own chains and policies but ACCEPT, each with its table: an empty legacy table cannot be unloaded."""
    found, table = [], ''
    for line in saved.splitlines():
        table = line if line.startswith('*') else table
        if line.startswith(('-A', ':')) and ' ACCEPT [' not in line:
            found.append('%s %s' % (table, line.split(' [')[0]))
    return found


def _python() -> str:
    return shutil.which('python3', path='/usr/bin:/bin') or sys.executable


def _run(*argv: str) -> str:
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


def _unshare(*argv: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(['unshare', '-n', '-m', '-p', '--fork', '--kill-child', '--mount-proc', *argv],
                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def _inner(pid: int) -> int:
    """The process that ``unshare`` *pid* has forked into the namespaces."""
    children = pathlib.Path('/proc/%d/task/%d/children' % (pid, pid))
    for _try in range(100):
        found = children.read_text('utf-8').split()
        if found:
            return int(found[0])
        time.sleep(0.05)
    raise RuntimeError('unshare made no process')
