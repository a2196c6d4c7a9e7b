# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Playbooks as a user runs them, against a lab."""

from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import sys
import time
import typing as t

ROOT = pathlib.Path(__file__).resolve().parents[2]
ANSIBLE = pathlib.Path(sys.executable).with_name('ansible-playbook')
_RECAP = re.compile(r'^(\S+)\s+:((?:\s+\w+=\d+)+)\s*$', re.M)
_PATIENCE = 1800    # seconds: a remediation on an emulated processor takes one to two minutes, on a busy machine more

#: On a busy machine an emulated one needs minutes to change its rules.
_SLOW = {'pptp_firewall_guard_seconds': 300}


class Run(t.NamedTuple):
    """What a playbook printed, its exit status, its seconds, the counts of its recap by host, and its folder."""

    rc: int
    out: str
    seconds: float
    recap: dict[str, dict[str, int]]
    folder: pathlib.Path

    @property
    def changed(self) -> int:
        """Tasks that changed something, on all hosts."""
        return sum(counts.get('changed', 0) for counts in self.recap.values())

    def host(self, name: str) -> dict[str, t.Any]:
        """The file of one host in the report, as the playbook wrote it."""
        return self.json('report/hosts/%s.json' % name)

    def json(self, name: str) -> dict[str, t.Any]:
        """A JSON file that the playbook wrote; an empty one where it did not."""
        path = self.folder / name
        return json.loads(path.read_text('utf-8')) if path.is_file() else {}


def play(name: str, inventory: str | os.PathLike[str], folder: pathlib.Path, hosts: t.Sequence[str],
         extra: dict[str, t.Any] | None = None, more: t.Sequence[str] = ()) -> Run:
    """Run playbook *name* on *hosts* of the *inventory* with the variables *extra* and *more* arguments; its files go
    to *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    variables = folder / 'vars.json'
    variables.write_text(json.dumps({'pptp_report_dir': str(folder / 'report'), **_SLOW, **(extra or {})}), 'utf-8')
    variables.chmod(0o600)
    argv = [str(ANSIBLE), '-i', str(inventory), '--limit', ','.join(hosts), '-e', '@%s' % variables,
            str(ROOT / 'playbooks' / (name + '.yml')), *more]
    begin = time.monotonic()
    with (folder / 'output.txt').open('wb') as output:
        done = subprocess.run(argv, cwd=folder, env=_environment(folder), stdin=subprocess.DEVNULL, check=False,
                              stdout=output, stderr=subprocess.STDOUT, timeout=_PATIENCE)
    out = (folder / 'output.txt').read_text('utf-8', 'replace')
    return Run(done.returncode, out, time.monotonic() - begin, recap(out), folder)


def recap(out: str) -> dict[str, dict[str, int]]:
    """The counts of ``PLAY RECAP`` by host.

    >>> recap('PLAY RECAP ***\\nserver  : ok=3    changed=1    failed=0\\n')
    {'server': {'ok': 3, 'changed': 1, 'failed': 0}}
    """
    tail = out[out.rfind('PLAY RECAP'):] if 'PLAY RECAP' in out else ''
    return {host: {key: int(count) for key, count in (pair.split('=') for pair in counts.split())}
            for host, counts in _RECAP.findall(tail)}


def _environment(folder: pathlib.Path) -> dict[str, str]:
    """A connection is kept within *folder* only: a lab that was reset does not know the old ones."""
    return dict(os.environ, PATH='%s:%s' % (ANSIBLE.parent, os.environ['PATH']), PYTHONDONTWRITEBYTECODE='1',
                ANSIBLE_NOCOLOR='1', ANSIBLE_FORCE_COLOR='0', ANSIBLE_LOCALHOST_WARNING='0', ANSIBLE_TIMEOUT='60',
                ANSIBLE_HOME=str(folder / 'home'), ANSIBLE_PIPELINING='1', ANSIBLE_GATHERING='explicit',
                ANSIBLE_INTERPRETER_PYTHON='/usr/bin/python3')
