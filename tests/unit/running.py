# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run the playbooks as a user would, in a folder of their own."""

from __future__ import annotations

import functools
import json
import os
import pathlib
import subprocess
import sys
import typing as t

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
ANSIBLE = pathlib.Path(sys.executable).with_name('ansible-playbook')


class Run(t.NamedTuple):
    """What a run printed, its exit status, and the folder it was started in."""

    rc: int
    out: str
    folder: pathlib.Path

    def report(self, name: str = 'report.json') -> dict[str, t.Any]:
        """The report, or a file of one host, checked against the schema."""
        found = json.loads((self.folder / 'report' / name).read_text('utf-8'))
        definition = {} if name == 'report.json' else {'$ref': '#/$defs/hostFile', '$defs': schema()['$defs']}
        jsonschema.validate(found, definition or schema())
        return found


@functools.cache
def schema() -> dict[str, t.Any]:
    """The schema of the report."""
    return json.loads((ROOT / 'docs/report.schema.json').read_text('utf-8'))


def playbook(folder: pathlib.Path, name: str, hosts: dict[str, dict[str, t.Any]], *arguments: str,
             env: dict[str, str] | None = None) -> Run:
    """Run playbook *name* on the inventory *hosts* (variables by host) in *folder*."""
    inventory = folder / 'inventory.json'
    inventory.write_text(json.dumps({'all': {'hosts': hosts}}), 'utf-8')
    command = [str(ANSIBLE), '-i', str(inventory), str(ROOT / 'playbooks' / (name + '.yml')), *arguments]
    settings = dict(os.environ, ANSIBLE_NOCOLOR='1', ANSIBLE_HOME=str(folder / 'home'), ANSIBLE_LOCALHOST_WARNING='0',
                    ANSIBLE_FORCE_COLOR='0', PYTHONDONTWRITEBYTECODE='1', **(env or {}))
    done = subprocess.run(command, cwd=folder, env=settings, capture_output=True, timeout=120, check=False)
    return Run(done.returncode, (done.stdout + done.stderr).decode('utf-8', 'replace'), folder)


def write_bundle(folder: pathlib.Path, texts: dict[str, str | bytes]) -> pathlib.Path:
    """A bundle in *folder* that holds *texts*."""
    for path, text in texts.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode('utf-8'))
    return folder
