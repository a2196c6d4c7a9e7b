# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Failed results as ansible-core 2.16 to 2.21 return them, and the variables for one call without a trace."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.plugin_utils import remote

NO_JSON = 'Module result deserialization failed: No start of json char found'


@pytest.mark.parametrize('result', [
    {'failed': True, 'rc': 127, 'msg': "The module interpreter 'python3' was not found.", 'module_stdout': ''},
    {'failed': True, 'rc': 1, 'msg': NO_JSON, 'module_stdout': '',
     'module_stderr': '  from __future__ import annotations\nSyntaxError: future feature annotations is not defined\n'},
    {'failed': True, 'rc': 1, 'msg': 'MODULE FAILURE: See stdout/stderr for the exact error', 'module_stdout': 'x'},
    {'failed': True, 'msg': 'ansible-core requires a minimum of Python version 3.8. Current version: 3.7.16'},
    {'failed': True, 'msg': 'Ansible requires Python 3.9 or newer on the target. Current version: 3.8.18'},
])
def test_no_usable_python(result: dict[str, t.Any]) -> None:
    assert remote.lacks_python(result)


@pytest.mark.parametrize('result', [
    {'ansible_facts': {}, 'changed': False},
    {'failed': True, 'msg': 'gather_subset: unknown subject x'},
    {'failed': True, 'msg': 'Missing sudo password'},
])
def test_usable_python(result: dict[str, t.Any]) -> None:
    assert not remote.lacks_python(result)


@pytest.mark.parametrize(('result', 'reason'), [
    ({'msg': 'Missing sudo password\nmore'}, 'Missing sudo password'),
    ({'module_stderr': 'Traceback\n  File\nValueError: x\n'}, 'ValueError: x'),
    ({}, 'no answer'),
])
def test_reason(result: dict[str, t.Any], reason: str) -> None:
    assert remote.reason(result) == reason


def test_nothing_is_logged_on_the_target_and_the_shell_finds_python() -> None:
    given = {'ansible_facts': {}, 'x': 1}
    found = remote.variables(given, 'auto')
    assert found == dict(given, ansible_no_target_syslog=True, ansible_python_interpreter='python3')
    assert given == {'ansible_facts': {}, 'x': 1}


@pytest.mark.parametrize(('facts', 'configured'), [
    ({}, '/usr/bin/python3.12'), ({'discovered_interpreter_python': '/usr/bin/python3'}, 'auto')])
def test_an_interpreter_that_is_known_stays(facts: dict[str, str], configured: str) -> None:
    assert 'ansible_python_interpreter' not in remote.variables({'ansible_facts': facts}, configured)
