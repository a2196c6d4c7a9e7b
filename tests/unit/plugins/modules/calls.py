# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Modules run as Ansible runs them, in this process or, where they are to die in the middle, in one of their own."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import pathlib
import stat
import subprocess
import sys
import typing as t

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common import warnings

Answer = dict[str, t.Any]
_CODE = ('import os, sys, time; sys.argv = sys.argv[1:]\n'
         'from ansible.module_utils import basic\n'
         'basic._ANSIBLE_ARGS, basic._ANSIBLE_PROFILE = sys.argv[0].encode(), "legacy"\n'
         '%s\n'
         'from ansible_collections.vpnops.pptp.plugins.modules import %s as module\n'
         '%s\n'
         'module.main()\n')


def run(module: str, /, **arguments: t.Any) -> Answer:
    """What *module* answers."""
    mode = {'_ansible_check_mode': arguments.pop('check', False), '_ansible_diff': True}
    if module == 'chap_secret':
        arguments = {'owner': None, **arguments} if os.geteuid() else arguments
    given = json.dumps({'ANSIBLE_MODULE_ARGS': {**arguments, **mode}}).encode()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()) as out:
        patch.setattr(basic, '_ANSIBLE_ARGS', given)
        patch.setattr(basic, '_ANSIBLE_PROFILE', 'legacy', raising=False)
        internal = getattr(warnings, '_internal', None)     # where another test has loaded the controller's side
        if internal is not None:
            patch.setattr(internal, 'is_controller', False)
        with contextlib.suppress(SystemExit):
            importlib.import_module('ansible_collections.vpnops.pptp.plugins.modules.' + module).main()
    return json.loads(out.getvalue())


def mode(path: pathlib.Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def started(module: str, arguments: Answer, before: str = '', after: str = '') -> subprocess.Popen[bytes]:
    """*module* in a process of its own, with code of the test *before* and *after* it is imported."""
    given = json.dumps({'ANSIBLE_MODULE_ARGS': arguments})
    return subprocess.Popen([sys.executable, '-c', _CODE % (before, module, after), given], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT)
