# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What every role that writes to a firewall has: one file a provider, a thin start, no shell."""

from __future__ import annotations

import pathlib

import pytest
import yaml

ROLES = pathlib.Path(__file__).resolve().parents[2] / 'roles'
FIREWALL = ('tunnel_firewall', 'gre_conntrack', 'mss_clamp', 'nat')
PROVIDERS = ('firewalld', 'ufw', 'nftables', 'iptables')
SHELLS = {'ansible.builtin.' + name for name in ('shell', 'command', 'raw', 'script')}


@pytest.mark.parametrize('role', FIREWALL)
def test_each_provider_has_its_file(role: str) -> None:
    names = {path.stem for path in (ROLES / role / 'tasks').glob('*.yml')}
    assert names >= {'main', *PROVIDERS}
    spec = yaml.safe_load((ROLES / role / 'meta/argument_specs.yml').read_text('utf-8'))
    options = spec['argument_specs']['main']['options']
    assert options[role + '_provider']['choices'] == ['auto', *PROVIDERS]
    assert options[role + '_state']['choices'] == ['present', 'absent']


@pytest.mark.parametrize('path', sorted(ROLES.glob('*/tasks/main.yml')), ids=lambda path: path.parts[-3])
def test_the_start_of_a_role_is_short(path: pathlib.Path) -> None:
    assert path.read_text('utf-8').count('\n') < 60


@pytest.mark.parametrize('role', FIREWALL)
def test_a_role_runs_no_shell(role: str) -> None:
    files = [yaml.safe_load(path.read_text('utf-8')) for path in (ROLES / role / 'tasks').glob('*.yml')]
    tasks = [task for tasks in files for task in tasks]
    assert [task['name'] for task in tasks if SHELLS & set(task)] == []


@pytest.mark.parametrize('role', FIREWALL)
def test_every_variable_is_in_the_readme(role: str) -> None:
    text = (ROLES / role / 'README.md').read_text('utf-8')
    spec = yaml.safe_load((ROLES / role / 'meta/argument_specs.yml').read_text('utf-8'))
    assert [name for name in spec['argument_specs']['main']['options'] if '| `%s` |' % name not in text] == []
