# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The controller's half of the guard: prove that a new connection works, or wait for the host to come back."""

from __future__ import annotations

import time
import typing as t

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.vpnops.pptp.plugins.plugin_utils.remote_fresh import new_connection_works, reset
from ansible_collections.vpnops.pptp.plugins.plugin_utils.words_guard import gone, incomplete, verdict

PAUSE = 2.0   # seconds between two attempts

display = Display()


class ActionModule(ActionBase):
    """The action behind M(vpnops.pptp.firewall_guard)."""

    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Run the module; before V(confirm), open new connections until one works or there is no hope."""
        result = super().run(tmp, task_vars)
        args = dict(self._task.args)
        unreachable = boolean(args.get('unreachable', False), strict=False)
        if args.get('action') != 'confirm' or self._task.check_mode:
            result.update(self._module(args, task_vars))
            for note in result.get('notes') or ():
                display.warning('%s: %s' % (args.get('label', 'firewall guard'), note))
            return result
        began = time.monotonic()
        attempts, error = self._reach(float(args.get('seconds', 60)) + float(args.get('return_seconds', 60)))
        away = time.monotonic() - began
        if error:
            return dict(result, failed=True, attempts=attempts, msg=gone(args.get('label'), attempts, away, error))
        if unreachable:
            args['action'] = 'restore'
        found = self._module(args, task_vars)
        said = incomplete(found) if unreachable else verdict(found, attempts, away)
        result.update(found, attempts=attempts, failed=bool(found.get('failed')) or said is not None)
        if said:
            result['msg'] = said
        return result

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
                error = new_connection_works(self._connection)
            except (AnsibleConnectionFailure, AnsibleError, OSError) as problem:
                error = str(problem) or type(problem).__name__
            if not error:
                reset(self._connection)
                return attempts, ''
            display.vv('firewall guard: attempt %d: %s' % (attempts, error), host=self._task.delegate_to)
            if time.monotonic() >= until:
                return attempts, error
            time.sleep(PAUSE)
