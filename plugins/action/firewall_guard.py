# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The controller's half of the guard: prove that a new connection works, or wait for the host to come back."""

from __future__ import annotations

import hashlib
import time
import typing as t

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible.utils.vars import get_unique_id

from ansible_collections.vpnops.pptp.plugins.plugin_utils.remote_fresh import new_connection_works, patience, reset
from ansible_collections.vpnops.pptp.plugins.plugin_utils.words_guard import gone, incomplete, undone, verdict

PAUSE = 2.0   # seconds between two attempts

display = Display()


class ActionModule(ActionBase):
    """The action behind M(vpnops.pptp.firewall_guard)."""

    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Run the module; before V(confirm) and V(undo), open new connections until one works or there is no hope."""
        result = super().run(tmp, task_vars)
        args = dict(self._task.args)
        whoever = boolean(args.pop('any_run', False), strict=False)
        args['owner'] = '' if whoever else _owner((task_vars or {}).get('inventory_hostname'))
        reason, tried = str(args.pop('reason', 'a task failed')), int(args.pop('connections', 0))
        undo = args.get('action') == 'undo'
        if undo and (tried or self._task.check_mode):
            return dict(result, failed=True, connections=tried, msg=reason)
        if args.get('action') not in ('confirm', 'undo') or self._task.check_mode:
            result.update(self._module(args, task_vars))
            for note in result.get('notes') or ():
                display.warning('%s: %s' % (args.get('label', 'firewall guard'), note))
            return result
        said = self._ask(args, task_vars, result)
        if undo:
            said = undone(reason, said, result)
        if said:
            result.update(failed=True, msg=said)
        return result

    def _ask(self, args: dict[str, t.Any], task_vars: dict[str, t.Any] | None, result: dict[str, t.Any]) -> str | None:
        """Reach the host again and run the module there, into *result*: why the change is not confirmed."""
        began = time.monotonic()
        tried, error = self._reach(float(args.get('seconds', 60)) + float(args.get('return_seconds', 60)))
        away = time.monotonic() - began
        result['connections'] = tried
        if error:
            return gone(args.get('label'), tried, away, error)
        unreachable = boolean(args.get('unreachable', False), strict=False)
        if unreachable:
            args['action'] = 'undo'
        found = self._module(args, task_vars)
        result.update(found)
        return incomplete(found, tried, away) if unreachable else verdict(found, tried, away)

    def _module(self, args: dict[str, t.Any], task_vars: dict[str, t.Any] | None) -> dict[str, t.Any]:
        found = self._execute_module('vpnops.pptp.firewall_guard', module_args=args, task_vars=task_vars)
        found.pop('invocation', None)
        return found

    def _reach(self, seconds: float) -> tuple[int, str]:
        """Try new connections for *seconds*: how many, and the last error, or nothing when one works.

        The connection that is there is given up first: it may be one that the rules let live and no new one follow.
        """
        until = time.monotonic() + seconds
        attempts, error = 0, ''
        reset(self._connection)
        while True:
            attempts += 1
            try:
                error = new_connection_works(self._connection, patience(attempts, until - time.monotonic()))
            except (AnsibleConnectionFailure, AnsibleError, OSError) as problem:
                error = str(problem) or type(problem).__name__
            if not error:
                reset(self._connection)
                return attempts, ''
            display.vv('firewall guard: attempt %d: %s' % (attempts, error), host=self._task.delegate_to)
            if time.monotonic() >= until:
                return attempts, error
            time.sleep(PAUSE)


def _owner(host: t.Any) -> str:
    """Who arms and confirms: this run of Ansible, for *host* of its inventory. The same in every task of a run.

    All of an identifier of Ansible's but its last part is that of the run: a random number that the workers inherit.
    """
    return hashlib.sha256(('%s %s' % (get_unique_id().rpartition('-')[0], host)).encode()).hexdigest()[:16]
