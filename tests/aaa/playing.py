# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ansible on machines of namespaces: its ssh is a script that enters them, so that all but the network of it is
real."""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import sys
import typing as t

from tests.aaa.ad_space import Space

ROOT = pathlib.Path(__file__).resolve().parents[2]
#: Takes the arguments of ssh(1) that Ansible gives: options, the host, a command.
_SSH = '''#!{python}
import os, sys
pids, args = {pids}, sys.argv[1:]
while args and args[0].startswith('-'):
    args = args[2:] if args[0] in ('-o', '-p', '-l', '-i', '-F', '-S') else args[1:]
host, command = args[0].rpartition('@')[2], ' '.join(args[1:])
path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
os.execvp('nsenter', ['nsenter', '--target=%d' % pids[host], '--mount', '--net', '--uts', '--ipc', '--pid', '--root',
                      '--wd', '--', 'env', '-i', path, 'HOME=/root', 'LC_ALL=C.UTF-8', '/bin/sh', '-c', command])
'''


class Done(t.NamedTuple):
    """What a run printed, its exit status, what it counted for each host, and its report, if it made one."""

    rc: int
    out: str
    counts: dict[str, dict[str, int]]
    report: dict[str, t.Any]


def play(folder: pathlib.Path, spaces: t.Mapping[str, Space], playbook: pathlib.Path | list[dict[str, t.Any]],
         groups: t.Mapping[str, t.Sequence[str]] | None = None, options: t.Sequence[str] = (), timeout: float = 500,
         **variables: t.Any) -> Done:
    """Run *playbook* (a file, or plays) on *spaces*, in *groups*, with *variables* for all of them."""
    folder.mkdir(parents=True, exist_ok=True)
    ssh = folder / 'ssh'
    ssh.write_text(_SSH.format(python=sys.executable, pids=repr({name: space.pid for name, space in spaces.items()})))
    ssh.chmod(0o755)
    inventory = {'all': {'vars': {
        'ansible_ssh_executable': str(ssh), 'ansible_ssh_transfer_method': 'piped', 'ansible_user': 'root',
        'ansible_python_interpreter': '/usr/bin/python3', 'pptp_report_dir': str(folder / 'report'), **variables},
        'hosts': {name: {'ansible_host': name} for name in spaces},
        'children': {name: {'hosts': {host: {} for host in hosts}} for name, hosts in (groups or {}).items()}}}
    (folder / 'inventory.json').write_text(json.dumps(inventory))
    if isinstance(playbook, list):
        (folder / 'play.yml').write_text(json.dumps(playbook))
        playbook = folder / 'play.yml'
    command = [str(pathlib.Path(sys.executable).with_name('ansible-playbook')), '-i', str(folder / 'inventory.json'),
               *options, str(playbook)]
    env = dict(os.environ, ANSIBLE_NOCOLOR='1', ANSIBLE_HOME=str(folder / 'home'), ANSIBLE_PIPELINING='1',
               ANSIBLE_SSH_ARGS='', ANSIBLE_SSH_CONTROL_PATH_DIR=str(folder / 'cp'), PYTHONDONTWRITEBYTECODE='1')
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, timeout=timeout, check=False)
    out = (done.stdout + done.stderr).decode('utf-8', 'replace')
    path = folder / 'report/report.json'
    return Done(done.returncode, out, _counts(out), json.loads(path.read_text()) if path.exists() else {})


def _counts(out: str) -> dict[str, dict[str, int]]:
    rows = re.findall(r'^(\S+) +: (ok=\d+ .*)$', out, re.M)
    return {host: {name: int(count) for name, count in re.findall(r'(\w+)=(\d+)', row)} for host, row in rows}


def role(name: str, **variables: t.Any) -> dict[str, t.Any]:
    """A task that runs a role of the collection."""
    return {'ansible.builtin.include_role': {'name': 'vpnops.pptp.' + name}, 'vars': variables}


def roles(hosts: str, *tasks: dict[str, t.Any]) -> dict[str, t.Any]:
    """A play of *tasks*."""
    return {'hosts': hosts, 'gather_facts': False, 'tasks': list(tasks)}
