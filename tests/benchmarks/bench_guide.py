# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Measures a diagnosis against the guide as a playbook of 25 tasks and against a bare ping, on one host.

``python bench_guide.py [--runs 3] [--check]``; the collection must be importable and ansible-playbook beside the
interpreter. Cases are interleaved; medians and ratios within one run are what counts. The target is this machine:
through an sshd of the benchmark's own (a port and keys of its own) where there is one, else through a process of the
benchmark (connection plugin ``other_side``, which also counts the calls, costs the controller less than ssh, and so
flatters the guide). Controller CPU is that of ansible-playbook, its workers and ssh clients alone. With ``--check`` a
goal that is missed is exit status 1. Goals, over ssh: at least 6x less wall time and 3x less controller CPU than the
guide with Ansible's defaults; the line "guide, tuned" is without facts and with pipelining.
"""

from __future__ import annotations

import argparse
import getpass
import json
import os
import pathlib
import pickle
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import typing as t

import yaml

HERE = pathlib.Path(__file__).resolve().parent
ANSIBLE = pathlib.Path(sys.executable).with_name('ansible-playbook')
GOALS = {'wall': 6.0, 'cpu': 3.0}
PING = [{'hosts': 'all', 'gather_facts': False, 'vars': {'ansible_pipelining': True},
         'tasks': [{'ansible.builtin.ping': {}}]}]


class Cost(t.NamedTuple):
    """Wall seconds, CPU seconds on the controller, and calls on the target, of one run."""

    wall: float
    cpu: float
    calls: int


class OtherSide:
    """The target: runs the commands that come through a Unix socket, one thread each, and counts them."""

    def __init__(self, path: str) -> None:
        self.calls = 0
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(path)
        self._socket.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            line, _address = self._socket.accept()
            threading.Thread(target=self._answer, args=(line,), daemon=True).start()

    def _answer(self, line: socket.socket) -> None:
        with line, line.makefile('rwb') as stream:
            command, data = pickle.load(stream)
            self.calls += 1
            done = subprocess.run(command, shell=True, input=data or b'', capture_output=True, check=False)
            pickle.dump((done.returncode, done.stdout, done.stderr), stream)


def run(playbook: pathlib.Path, folder: pathlib.Path, side: OtherSide) -> Cost:
    """The cost of *playbook* on one host."""
    env = dict(os.environ, OTHER_SIDE=str(folder / 'socket'), ANSIBLE_DEPRECATION_WARNINGS='0',
               ANSIBLE_CONNECTION_PLUGINS=str(HERE / 'plugins/connection'), ANSIBLE_HOME=str(folder / 'home'))
    for name in ('PYTHONUNBUFFERED', 'PYTHONDONTWRITEBYTECODE'):
        env.pop(name, None)
    calls, start = side.calls, time.monotonic()
    process = subprocess.Popen([str(ANSIBLE), '-i', str(folder / 'hosts.json'), str(playbook)], env=env, cwd=folder,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    error = process.stderr.read() if process.stderr else b''
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit('%s failed: %s' % (playbook, error.decode('utf-8', 'replace')))
    return Cost(time.monotonic() - start, usage.ru_utime + usage.ru_stime, side.calls - calls)


def start_sshd(folder: pathlib.Path) -> tuple[subprocess.Popen[bytes], dict[str, t.Any]] | None:
    """An sshd on a free port of loopback, and the variables of a host that uses it; ``None`` where there is none."""
    path = shutil.which('sshd', path=os.environ['PATH'] + ':/usr/sbin:/usr/local/sbin')
    if path is None:
        return None
    with socket.create_server(('127.0.0.1', 0)) as probe:
        port = probe.getsockname()[1]
    key, config = folder / 'key', folder / 'sshd_config'
    subprocess.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', str(key)], check=True)
    config.write_text('Port %d\nListenAddress 127.0.0.1\nHostKey %s\nAuthorizedKeysFile %s.pub\nStrictModes no\n'
                      'UsePAM no\nPidFile none\nPermitRootLogin yes\n' % (port, key, key))
    if subprocess.run([path, '-t', '-f', str(config)], check=False, stderr=subprocess.DEVNULL).returncode:
        return None
    daemon = subprocess.Popen([path, '-D', '-f', str(config)], stderr=subprocess.DEVNULL)
    return daemon, {'ansible_host': '127.0.0.1', 'ansible_port': port, 'ansible_user': getpass.getuser(),
                    'ansible_ssh_private_key_file': str(key), 'ansible_ssh_common_args':
                    '-F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=%s/known' % folder}


def measure(cases: dict[str, pathlib.Path], runs: int, folder: pathlib.Path) -> dict[str, Cost]:
    """Medians over *runs* interleaved runs, after one that warms the caches."""
    side = OtherSide(str(folder / 'socket'))
    sshd = start_sshd(folder)
    variables = sshd[1] if sshd else {'ansible_connection': 'other_side'}
    variables['ansible_python_interpreter'] = shutil.which('python3')
    print('through %s' % ('ssh' if sshd else 'a process of the benchmark'))
    (folder / 'hosts.json').write_text(json.dumps({'all': {'hosts': {'target': variables}}}))
    try:
        return interleaved(cases, runs, folder, side)
    finally:
        if sshd:
            sshd[0].terminate()
            sshd[0].wait()


def interleaved(cases: dict[str, pathlib.Path], runs: int, folder: pathlib.Path, side: OtherSide
                ) -> dict[str, Cost]:
    """The cases one after the other, *runs* times."""
    found: dict[str, list[Cost]] = {name: [] for name in cases}
    for number in range(runs + 1):
        for name, playbook in cases.items():
            cost = run(playbook, folder, side)
            if number:
                found[name].append(cost)
    return {name: Cost(*(statistics.median(column) for column in zip(*costs, strict=True)))
            for name, costs in found.items()}


def main() -> None:
    """Measure, print, and compare with the goals."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--runs', type=int, default=3)
    parser.add_argument('--check', action='store_true')
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / 'ping.json').write_text(json.dumps(PING))
        guide = yaml.safe_load((HERE / 'guide_25_tasks.yml').read_text())
        plain = [{key: value for key, value in guide[0].items() if key not in ('gather_facts', 'vars')}]
        (folder / 'guide.json').write_text(json.dumps(plain))
        costs = measure({'ping': folder / 'ping.json', 'diagnose': HERE.parents[1] / 'playbooks/diagnose.yml',
                         'guide, tuned': HERE / 'guide_25_tasks.yml', 'guide': folder / 'guide.json'},
                        options.runs, folder)
    base = costs['diagnose']
    print('%-16s %8s %6s %8s %6s %6s' % ('', 'wall s', 'ratio', 'CPU s', 'ratio', 'calls'))
    for name, cost in costs.items():
        ratios = cost.wall / base.wall, cost.cpu / base.cpu
        print('%-16s %8.2f %6.2f %8.2f %6.2f %6s' % (
            name, cost.wall, ratios[0], cost.cpu, ratios[1], cost.calls or '-'))
    usual = costs['guide']
    reached = {'wall': usual.wall / base.wall, 'cpu': usual.cpu / base.cpu}
    missed = [what for what, goal in GOALS.items() if reached[what] < goal]
    print('goals: wall %.1fx of %.0fx, controller CPU %.1fx of %.0fx' % (
        reached['wall'], GOALS['wall'], reached['cpu'], GOALS['cpu']))
    sys.exit(1 if missed and options.check else 0)


if __name__ == '__main__':
    main()
