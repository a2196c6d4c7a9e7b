# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts of a target: one call that records, parsed here; through its shell where it has no usable Python."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.vpnops.pptp.plugins.module_utils import recorder, subjects
from ansible_collections.vpnops.pptp.plugins.module_utils.bundle import Bundle, BundleError, unpack
from ansible_collections.vpnops.pptp.plugins.plugin_utils import remote, run_clients, sh_collector
from ansible_collections.vpnops.pptp.plugins.plugin_utils.run import configured_interpreter

MODULE = 'vpnops.pptp.server_facts'
DEFAULTS: dict[str, t.Any] = {'full_logs': False, 'log_paths': [], 'log_seconds': None}


def read_facts(action: ActionBase, subset: t.Sequence[str], params: dict[str, t.Any], task_vars: dict[str, t.Any]
               ) -> tuple[str, dict[str, t.Any]]:
    """``live`` or ``sh``, and the facts of *subset*; *params* as in ``recorder.LOG_ARGUMENTS``, and of
    ``run_clients.ARGUMENTS``, which stay here.

    Raises :class:`remote.RemoteError` when the target gives none, and what a connection raises.
    """
    clients = run_clients.asked(params)
    arguments = dict({name: params[name] for name in recorder.LOG_ARGUMENTS}, gather_subset=subjects.select(subset))
    result = action._execute_module(module_name=MODULE, module_args=arguments,
                                    task_vars=remote.variables(task_vars, configured_interpreter(task_vars)))
    if remote.lacks_python(result):
        return 'sh', subjects.gather(shell_bundle(action), subset, subjects.log_options(params, True), clients)
    if result.get('failed') or result.get('unreachable'):
        raise remote.RemoteError(remote.reason(result))
    try:
        recording = unpack(str(result.get('recording')))
    except BundleError as error:
        raise remote.RemoteError(str(error)) from error
    return 'live', subjects.gather(recording, subset, subjects.log_options(params, True), clients)


def shell_bundle(action: ActionBase) -> Bundle:
    """What the shell of *action*'s target can tell: one command, its text on standard input, no file on the target.

    Raises :class:`remote.RemoteError` when it does not answer.
    """
    mark = sh_collector.new_mark()
    answer = action._low_level_execute_command('/bin/sh -s', in_data=sh_collector.script(mark).encode('utf-8'),
                                               encoding_errors='surrogateescape')
    return sh_collector.bundle(answer['stdout'], mark)


class FactsAction(ActionBase):
    """Returns the facts of :attr:`SUBSET`, or of ``gather_subset`` where that is ``None``."""

    SUBSET: tuple[str, ...] | None = None
    ARGUMENTS: t.ClassVar[dict[str, t.Any]] = {}
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Read, and return ``ansible_facts``."""
        result = super().run(tmp, task_vars)
        subset, params = self.SUBSET, DEFAULTS
        if subset is None:
            spec = dict(recorder.LOG_ARGUMENTS, gather_subset={'type': 'list', 'elements': 'str', 'default': ['all']})
            _spec, params = self.validate_argument_spec(argument_spec=spec)
            subset = params['gather_subset']
        else:
            _spec, given = self.validate_argument_spec(argument_spec=self.ARGUMENTS)
            params = dict(DEFAULTS, **given)
        try:
            _source, facts = read_facts(self, subset, params, task_vars or {})
        except (remote.RemoteError, subjects.SubsetError) as error:
            raise AnsibleActionFail(str(error)) from error
        result.update(changed=False, ansible_facts=facts)
        return result
