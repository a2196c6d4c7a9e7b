# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What every role that writes to a firewall has: one file a provider, a thin start under the guard, no shell."""

from __future__ import annotations

import pathlib
import re

import pytest
import yaml

from ansible_collections.vpnops.pptp.plugins.module_utils.parse import modules as parse_modules

ROLES = pathlib.Path(__file__).resolve().parents[2] / 'roles'
FIREWALL = ('tunnel_firewall', 'gre_conntrack', 'mss_clamp', 'nat')
SERVER = ('ppp_kernel', 'pptp_server', 'pppd_options', 'chap_secrets', 'pppd_debug', 'radius_client', 'freeradius',
          'winbind')
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


@pytest.mark.parametrize('role', FIREWALL + SERVER)
def test_every_variable_is_in_the_readme(role: str) -> None:
    text = (ROLES / role / 'README.md').read_text('utf-8')
    spec = yaml.safe_load((ROLES / role / 'meta/argument_specs.yml').read_text('utf-8'))
    assert [name for name in spec['argument_specs']['main']['options'] if '| `%s` |' % name not in text] == []


@pytest.mark.parametrize('role', FIREWALL)
def test_a_role_changes_the_firewall_under_the_guard_only(role: str) -> None:
    start = yaml.safe_load((ROLES / role / 'tasks/main.yml').read_text('utf-8'))
    guard = start[-1]
    assert guard['ansible.builtin.include_role'] == {'name': 'vpnops.pptp.firewall_guard'}
    assert guard['vars']['firewall_guard_label'] == role
    assert guard['vars']['firewall_guard_tasks'].startswith('{{ ansible_parent_role_paths | first }}/tasks/')
    assert set(guard) == {'name', 'vars', 'ansible.builtin.include_role'}  # no condition: the guard has its own
    includes = [task.get('ansible.builtin.include_tasks') for task in start]
    assert [name for name in includes if name not in (None, 'modules.yml')] == []
    assert not (ROLES / role / 'handlers').exists()  # they would run when the timer is stopped


@pytest.mark.parametrize('role', FIREWALL)
def test_the_guard_hears_of_every_change(role: str) -> None:
    known = yaml.safe_load((ROLES / role / 'vars/main.yml').read_text('utf-8'))[role + '_guard_results']
    for provider in PROVIDERS:
        for task in yaml.safe_load((ROLES / role / 'tasks' / (provider + '.yml')).read_text('utf-8')):
            if 'ansible.builtin.include_tasks' not in task:
                assert '{{ %s | default({}) }}' % task['register'] in known, task['name']
            assert 'notify' not in task


@pytest.mark.parametrize('role', SERVER)
def test_a_role_of_the_server_can_be_taken_back_and_waits_for_nothing(role: str) -> None:
    spec = yaml.safe_load((ROLES / role / 'meta/argument_specs.yml').read_text('utf-8'))
    assert spec['argument_specs']['main']['options'][role + '_state']['choices'] == ['present', 'absent']
    assert not (ROLES / role / 'handlers').exists()   # they would run after the proof
    for path in (ROLES / role / 'tasks').glob('*.yml'):
        assert not {'ansible.builtin.shell', 'ansible.builtin.raw'} & {
            key for task in yaml.safe_load(path.read_text('utf-8')) for key in task}, path


def test_what_was_just_installed_is_looked_at_before_it_is_configured() -> None:
    """Some packages start it, with addresses that nobody chose, and whether its plugin fits shows only then."""
    tasks = yaml.safe_load((ROLES / 'pptp_server/tasks/install.yml').read_text('utf-8'))
    assert tasks[-1]['register'] == 'pptp_server_found' and 'vpnops.pptp.pptpd_status' in tasks[-1]
    names = [task['name'] for task in yaml.safe_load((ROLES / 'pptp_server/tasks/present.yml').read_text('utf-8'))]
    assert names.index('Install it') < names.index('Need a plugin that fits') < names.index('Write its file')


def test_the_sessions_are_asked_for_before_anything_that_ends_them() -> None:
    names = [task['name'] for task in yaml.safe_load((ROLES / 'pptp_server/tasks/present.yml').read_text('utf-8'))]
    assert names.index('Do not end sessions unasked') < names.index('Run it')
    text = (ROLES / 'pptp_server/tasks/present.yml').read_text('utf-8')
    assert 'check_mode: "{{ ansible_check_mode or pptp_server_held }}"' in text   # nor is anything written


def test_a_role_inside_another_keeps_its_guard() -> None:
    for path in sorted(ROLES.glob('*/tasks/*.yml')):
        for task in yaml.safe_load(path.read_text('utf-8')):
            name = task.get('ansible.builtin.include_role', {}).get('name', '')
            if name.rpartition('.')[2] in FIREWALL and path.name != 'main.yml':
                assert 'pptp_firewall_guard' not in task.get('vars', {}), path


@pytest.mark.parametrize(('text', 'names'), [
    ('blacklist ppp_mppe\n', ['ppp_mppe']), ('  install\tppp-generic /bin/false # no\n', ['ppp_generic']),
    ('# blacklist ppp_mppe\nblacklist ppp_mppe_x\nblacklist ppp-mppe-x\nalias x ppp_mppe\n', []),
    ('install ppp_mppe /sbin/modprobe --ignore-install ppp_mppe && true\n', []),
    ('install ppp_mppe /usr/bin/true\r\nblacklist ppp_async\n', ['ppp_async', 'ppp_mppe']), ('', [])])
def test_lines_are_unblocked_that_the_facts_call_blocked(text: str, names: list[str]) -> None:
    variables = yaml.safe_load((ROLES / 'ppp_kernel/vars/main.yml').read_text('utf-8'))
    modules = yaml.safe_load((ROLES / 'ppp_kernel/defaults/main.yml').read_text('utf-8'))['ppp_kernel_modules']
    assert sorted(parse_modules.blocked(text) & set(modules)) == names
    variables['ppp_kernel_spellings'] = '|'.join(module.replace('_', '[_-]') for module in modules)
    pattern = '{{ ppp_kernel_forbidding }}'
    while '{{' in pattern:
        pattern = re.sub(r'{{ (\w+) }}', lambda found: variables[found.group(1)], pattern)
    assert len([line for line in text.splitlines() if re.match(pattern, line)]) == len(names)
    assert parse_modules.blocked(re.sub('(?m)' + pattern, r'# \g<0>', text)) & set(modules) == set()


def test_what_may_be_the_admins_is_not_taken_back() -> None:
    """auth_reject of FreeRADIUS: nothing tells who has set it."""
    assert 'auth_reject' in (ROLES / 'freeradius/tasks/configure.yml').read_text('utf-8')
    assert 'auth_reject' not in (ROLES / 'freeradius/tasks/absent.yml').read_text('utf-8')
    assert 'auth_reject' in (ROLES / 'freeradius/README.md').read_text('utf-8')
