# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Dial: of the accounts that are known here, only the one that logs in is told to the host that dials."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.vpnops.pptp.plugins.module_utils.dial import account

MODULE = 'vpnops.pptp.dial'


class ActionModule(ActionBase):
    """The action behind M(vpnops.pptp.dial)."""

    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """What the module returns."""
        result = super().run(tmp, task_vars)
        result.update(self._execute_module(module_name=MODULE, module_args=_narrowed(self._task.args),
                                           task_vars=task_vars))
        result.pop('ansible_facts', None)   # they would be those of the host that is dialled, and its variables
        return result


def _narrowed(given: dict[str, t.Any]) -> dict[str, t.Any]:
    """The arguments *given*, with user and password instead of ``accounts``."""
    known = given.get('accounts') or []
    if not isinstance(known, (list, tuple)) or not all(isinstance(row, dict) for row in known):
        raise AnsibleActionFail('accounts is no list of {name, secret}')
    who = account.chosen(given.get('user'), given.get('password'), known)
    narrowed = {key: value for key, value in given.items() if key != 'accounts'}
    return dict(narrowed, user=who.name, password=who.secret) if who.name else narrowed
