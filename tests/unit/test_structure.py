# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The shape of the house: which room a file stands in, what it may import, and how long it may grow."""

from __future__ import annotations

import ast
import pathlib
import statistics
import sys
import typing as t

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
HOME = 'ansible_collections.vpnops.pptp.plugins.'

FILE_CEILING = 400       # lines
MEDIAN_CEILING = 150     # lines, over the plugins
FUNCTION_CEILING = 50    # lines, documentation and all

# A file belongs to the first room whose prefix fits (paths under plugins/). What is not named here serves the facts
# on the target, and the judge on the controller: the room there with the strictest rules.
ROOMS = (
    ('module_utils/evidence', 'knowledge'), ('module_utils/signatures', 'knowledge'),
    ('module_utils/commands', 'door'), ('module_utils/host', 'door'), ('module_utils/bundle', 'door'),
    ('module_utils/parse', 'parse'), ('module_utils/firewall', 'parse'),
    ('module_utils/wire', 'wire'), ('module_utils/dial', 'dial'),
    ('module_utils/collect', 'collect'),
    ('module_utils/', 'facts'), ('modules', 'facts'),
    ('plugin_utils/report', 'report'), ('plugin_utils/entry', 'report'), ('plugin_utils/folder', 'report'),
    ('plugin_utils/plan', 'plan'),
    ('plugin_utils/remote', 'action'), ('plugin_utils/run', 'action'), ('plugin_utils/sh', 'action'),
    ('action', 'action'),
    ('plugin_utils/', 'judge'),
    ('doc_fragments', 'documentation'),
)
_TARGET = ('knowledge', 'door', 'parse', 'collect')
MAY_IMPORT = {
    'door': ('door', 'knowledge'),
    'knowledge': ('knowledge',),
    'parse': ('parse', 'knowledge'),
    'collect': _TARGET,
    'wire': ('wire',),
    'dial': ('dial', 'wire'),
    'facts': (*_TARGET, 'wire', 'dial', 'facts'),
    'judge': ('judge', 'knowledge'),
    'plan': ('plan', 'judge'),
    'report': ('report', 'plan', 'judge'),
    'action': (*_TARGET, 'wire', 'dial', 'facts', 'judge', 'plan', 'report', 'action'),
    'documentation': (),
}
IO = frozenset({'asyncio', 'ctypes', 'fcntl', 'glob', 'io', 'mmap', 'multiprocessing', 'os', 'pathlib', 'select',
                'shutil', 'signal', 'socket', 'subprocess', 'tempfile', 'threading', 'urllib'})
CLOCK = frozenset({'datetime', 'random', 'time'})
FORBIDDEN = {'parse': IO, 'knowledge': IO, 'wire': IO | CLOCK | {'secrets'}, 'dial': IO | CLOCK | {'secrets'},
             'judge': IO | CLOCK, 'plan': IO | CLOCK}


def room_of(path: str) -> str | None:
    """The room of the plugin file at *path* (under ``plugins/``), ``None`` when it stands in none."""
    return next((room for prefix, room in ROOMS if path.startswith(prefix)), None)


def imports(source: str) -> set[str]:
    """Full names of the modules that *source* imports, at its top or inside a function."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            name = '.' * node.level + (node.module or '')
            if name.startswith(HOME) and room_of(_under_plugins(name)) is None:   # of a package: its files are meant
                found.update('%s.%s' % (name, alias.name) for alias in node.names)
            else:
                found.add(name)
    return found


def _under_plugins(name: str) -> str:
    return name[len(HOME):].replace('.', '/')


def wrong_imports(path: str, source: str) -> list[str]:
    """What the file at *path* imports although its room may not."""
    room = room_of(path)
    if room is None:
        return ['%s stands in no room' % path]
    wrong = []
    for name in sorted(imports(source)):
        other = room_of(_under_plugins(name)) if name.startswith(HOME) else None
        if name.startswith('.'):
            wrong.append('%s: relative import' % path)
        elif other is not None and other not in MAY_IMPORT[room]:
            wrong.append('%s (%s) imports %s (%s)' % (path, room, name, other))
        elif name.split('.')[0] in FORBIDDEN.get(room, ()):
            wrong.append('%s (%s) imports %s' % (path, room, name))
        elif path.startswith('module_utils/') and not _allowed_on_target(name):
            wrong.append('%s goes to the target and imports %s' % (path, name))
    return wrong


def _allowed_on_target(name: str) -> bool:
    return name.startswith(HOME + 'module_utils') or name.split('.')[0] in sys.stdlib_module_names


def long_functions(source: str) -> list[str]:
    """Functions of *source* above the ceiling, as ``name (lines)``."""
    functions = (node for node in ast.walk(ast.parse(source))
                 if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))
    sizes = ((node.name, (node.end_lineno or node.lineno) - node.lineno + 1) for node in functions)
    return ['%s (%d)' % (name, size) for name, size in sizes if size > FUNCTION_CEILING]


def role_mismatches(defaults: dict[str, t.Any], options: dict[str, t.Any]) -> list[str]:
    """Where a role's *defaults* and the *options* of its argument specification disagree."""
    documented = {name: spec['default'] for name, spec in options.items() if 'default' in spec}
    wrong = ['%s: no default documented' % name for name in defaults if name not in documented]
    wrong += ['%s: documented default is not set' % name for name in documented if name not in defaults]
    wrong += ['%s: %r is documented as %r' % (name, defaults[name], value) for name, value in documented.items()
              if name in defaults and defaults[name] != value]
    return wrong + ['%s: has a default and is required' % name for name, spec in options.items()
                    if spec.get('required') and name in defaults]


def _files(*folders: str, suffixes: tuple[str, ...] = ('.py',)) -> list[pathlib.Path]:
    found = (path for folder in folders for path in (ROOT / folder).rglob('*'))
    return sorted(path for path in found if path.is_file() and path.suffix in suffixes
                  and not {'bundles', 'output', '__pycache__'} & set(path.relative_to(ROOT).parts))


PLUGINS = _files('plugins')
CODE = _files('plugins', 'roles', 'playbooks', 'tests', 'tools', 'extensions', 'examples',
              suffixes=('.py', '.yml', '.sh', ''))
ROLES = sorted((ROOT / 'roles').glob('*/')) if (ROOT / 'roles').is_dir() else []


def _name(path: pathlib.Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize('path', PLUGINS, ids=_name)
def test_a_stage_imports_only_from_its_left(path: pathlib.Path) -> None:
    assert wrong_imports(path.relative_to(ROOT / 'plugins').as_posix(), path.read_text('utf-8')) == []


def test_no_file_is_above_the_ceiling() -> None:
    lengths = {_name(path): path.read_text('utf-8').count('\n') for path in CODE}
    assert {name: length for name, length in lengths.items() if length > FILE_CEILING} == {}


def test_the_median_plugin_file_is_short() -> None:
    assert statistics.median(path.read_text('utf-8').count('\n') for path in PLUGINS) < MEDIAN_CEILING


@pytest.mark.parametrize('path', _files('plugins', 'tests', 'tools'), ids=_name)
def test_no_function_is_above_the_ceiling(path: pathlib.Path) -> None:
    assert long_functions(path.read_text('utf-8')) == []


@pytest.mark.skipif(not ROLES, reason='the collection has no role yet')
@pytest.mark.parametrize('role', ROLES, ids=_name)
def test_role_defaults_are_the_documented_ones(role: pathlib.Path) -> None:
    defaults = yaml.safe_load((role / 'defaults/main.yml').read_text('utf-8')) or {}
    specs = yaml.safe_load((role / 'meta/argument_specs.yml').read_text('utf-8'))['argument_specs']
    assert role_mismatches(defaults, specs['main'].get('options', {})) == []


def test_every_module_is_in_the_action_group() -> None:
    groups = yaml.safe_load((ROOT / 'meta/runtime.yml').read_text('utf-8'))['action_groups']
    assert sorted(groups['pptp']) == sorted(path.stem for path in PLUGINS if path.parent.name == 'modules')


@pytest.mark.parametrize(('path', 'source', 'complaint'), [
    ('module_utils/parse/x.py', 'import os', 'imports os'),
    ('module_utils/parse/x.py', 'def f():\n    import os.path', 'imports os.path'),
    ('module_utils/parse/x.py', f'from {HOME}module_utils import host', '(door)'),
    ('module_utils/collect/x.py', f'from {HOME}plugin_utils.catalog import CAUSES', '(judge)'),
    ('module_utils/wire/x.py', 'import random', 'imports random'),
    ('module_utils/wire/x.py', f'from {HOME}module_utils.parse import words', '(parse)'),
    ('module_utils/dial/x.py', 'import socket', 'imports socket'),
    ('module_utils/dial/x.py', 'import time', 'imports time'),
    ('module_utils/dial/x.py', f'from {HOME}module_utils.host import LiveHost', '(door)'),
    ('module_utils/wire/x.py', f'from {HOME}module_utils.dial.session import Session', '(dial)'),
    ('module_utils/collect/x.py', 'import netaddr', 'goes to the target'),
    ('module_utils/collect/x.py', 'from . import y', 'relative'),
    ('plugin_utils/checks/x.py', 'import time', 'imports time'),
    ('plugin_utils/checks/x.py', f'from {HOME}module_utils.host import LiveHost', '(door)'),
    ('plugin_utils/checks/x.py', f'from {HOME}plugin_utils.report import text', '(report)'),
    ('plugin_utils/report/x.py', f'from {HOME}module_utils.collect import logs', '(collect)'),
    ('plugin_utils/other.py', 'import os', '(judge) imports os'),
    ('filter/other.py', '', 'no room'),
])
def test_a_wrong_import_is_seen(path: str, source: str, complaint: str) -> None:
    assert [complaint in wrong for wrong in wrong_imports(path, source)] == [True]


def test_a_right_import_is_not_complained_about() -> None:
    source = f'import re\nfrom {HOME}module_utils import evidence as ev\nfrom {HOME}module_utils.parse import nft'
    assert wrong_imports('module_utils/collect/x.py', source) == []


def test_a_long_function_is_seen() -> None:
    assert long_functions('def f():\n' + '    x = 1\n' * FUNCTION_CEILING) == ['f (51)']
    assert long_functions('def f():\n' + '    x = 1\n' * (FUNCTION_CEILING - 1)) == []


@pytest.mark.parametrize(('defaults', 'options', 'wrong'), [
    ({'a': 1}, {'a': {'default': 1}, 'b': {'required': True}}, []),
    ({'a': 1}, {'a': {'default': 2}}, ['a: 1 is documented as 2']),
    ({'a': 1}, {}, ['a: no default documented']),
    ({}, {'a': {'default': 2}}, ['a: documented default is not set']),
    ({'a': 1}, {'a': {'default': 1, 'required': True}}, ['a: has a default and is required']),
])
def test_a_role_that_disagrees_with_its_documentation_is_seen(
        defaults: dict[str, t.Any], options: dict[str, t.Any], wrong: list[str]) -> None:
    assert role_mismatches(defaults, options) == wrong
