# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the actions know about the run of Ansible that they are part of."""

from __future__ import annotations

import os
import re
import typing as t

from ansible import constants as C

from ansible_collections.vpnops.pptp.plugins.module_utils.bundle import BundleError

# the beginnings of connection/ssh.py; behind them stands what ssh said
_SSH = re.compile(r'^(?:Task failed: )?(?:Data could not be sent to .{0,300} over ssh'
                  r'|Failed to connect to the host via ssh): ')
FOLDER = 'pptp-report'   # inside Ansible's private folder of this run, which it removes at the end


def find_bundle(path: str, task_vars: dict[str, t.Any], loader: t.Any) -> str:
    """*path* itself, or beside the inventory, the playbook or here; raises :class:`BundleError` with the places."""
    if os.path.isabs(path):
        bases = ['']
    else:
        bases = [base for base in (task_vars.get('inventory_dir'), loader.get_basedir(), os.getcwd()) if base]
    tried = [os.path.join(base, path) for base in bases]
    for candidate in tried:
        if os.path.exists(candidate):
            return candidate
    raise BundleError('no bundle at %s' % ', '.join(dict.fromkeys(tried)))


def report_folder(given: str | None, loader: t.Any) -> str:
    """The folder for the report: *given*, relative to where Ansible was started, or a private one of this run."""
    return os.path.abspath(os.path.expanduser(given)) if given else os.path.join(C.DEFAULT_LOCAL_TMP, FOLDER)


def run_id() -> str:
    """What tells the files of this run from older ones in the same folder."""
    return os.path.basename(C.DEFAULT_LOCAL_TMP)


def one_line(error: BaseException) -> str:
    """The text of *error* in one line, without what the ssh connection says before the reason."""
    text = ' '.join(str(getattr(error, 'message', None) or error).split()) or type(error).__name__
    return _SSH.sub('', text)


def configured_interpreter(task_vars: dict[str, t.Any]) -> t.Any:
    """``interpreter_python`` as the host's variables and the configuration have it."""
    return C.config.get_config_value('INTERPRETER_PYTHON', variables=task_vars)
