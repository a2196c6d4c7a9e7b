# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Run the modules of the collection in a machine of ad_space, as Ansible does: one program that carries all of it."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils import subjects
from ansible_collections.vpnops.pptp.plugins.module_utils.bundle import unpack
from ansible_collections.vpnops.pptp.plugins.plugin_utils.diagnosis import Diagnosis, diagnose
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import Finding
from tests.aaa.ad_space import Space

# in a process of its own: ansible-core finds collections only where its finder was set up before the first import
_BUILD = '''
import json, sys
from ansible.plugins.loader import init_plugin_loader, module_loader
init_plugin_loader()
from ansible.executor.module_common import modify_module
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
name, args = sys.argv[1], json.loads(sys.argv[2])
path = module_loader.find_plugin_with_context(name).plugin_resolved_path
args.update(_ansible_tmpdir="/tmp", _ansible_remote_tmp="/tmp", _ansible_keep_remote_files=False)
built = modify_module(module_name=name, module_path=path, module_args=args, templar=Templar(loader=DataLoader()),
                      task_vars={"ansible_python_interpreter": "python3"}, module_compression="ZIP_DEFLATED")
sys.stdout.buffer.write(built[0] if isinstance(built, tuple) else built.b_module_data)
'''


_ACCOUNT = 'account-to-be-named'      # one program serves for all accounts


@functools.lru_cache(maxsize=8)
def _payload(name: str, arguments: str) -> str:
    done = subprocess.run([sys.executable, '-c', _BUILD, name, arguments], capture_output=True, text=True, check=True,
                          timeout=60)
    return done.stdout


def payload(name: str) -> str:
    """The program that Ansible would send to run the module *name* without arguments."""
    return _payload(f'vpnops.pptp.{name}', '{}')


def module(space: Space, name: str, account: str | None = None, **arguments: t.Any) -> dict[str, t.Any]:
    """What the module *name* answers there."""
    if account:
        arguments['account'] = _ACCOUNT
    program = _payload(f'vpnops.pptp.{name}', json.dumps(arguments))
    assert not account or _ACCOUNT in program
    program = program.replace(_ACCOUNT, json.dumps(account or '').strip('"').replace('\\', '\\\\'))
    done = space.run('python3', '-', text=program, check=False, timeout=120)
    answer: dict[str, t.Any] = json.loads(done.stdout)
    if done.returncode or answer.get('failed'):
        raise RuntimeError(f'{name}: {answer} {done.stderr}')
    return answer


def facts(space: Space, *more: dict[str, t.Any], role: str = 'radius') -> dict[str, t.Any]:
    """The facts of the machine, which the inventory gives this *role*, through a real recording; *more*: of probes."""
    recording = unpack(module(space, 'server_facts', gather_subset=list(subjects.SUBJECTS))['recording'])
    options = subjects.log_options({'full_logs': False, 'log_paths': [], 'log_seconds': None}, True)
    found = subjects.gather(recording, ['all'], options)
    for part in more:
        found.update(part)
    found['pptp_host']['role'] = role
    return found


def probe(space: Space, account: str | None = None) -> dict[str, t.Any]:
    """The facts of directory_probe."""
    found: dict[str, t.Any] = module(space, 'directory_probe', account)['ansible_facts']
    return found


def judged(space: Space, account: str | None = None, probed: bool = True) -> Diagnosis:
    """Record, probe and judge a RADIUS server, as diagnose.yml does."""
    more = [probe(space, account)] if probed else []
    return diagnose(facts(space, *more))


def failing(diagnosis: Diagnosis) -> dict[str, Finding]:
    """The findings that fail, by cause."""
    return {item.cause: item for item in diagnosis.findings if item.result == 'fail'}


def evidence(finding: Finding) -> str:
    """All its evidence as one text."""
    return '; '.join(f'{proof.fact}={proof.value} [{proof.source}]' for proof in finding.evidence)
