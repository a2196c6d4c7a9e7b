# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Record a host: the module masks and packs on the target, this writes the archive and returns a short answer."""

from __future__ import annotations

import base64
import binascii
import os
import typing as t

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.vpnops.pptp.plugins.module_utils import recorder, recorder_archive
from ansible_collections.vpnops.pptp.plugins.module_utils.reading_list import READS
from ansible_collections.vpnops.pptp.plugins.plugin_utils import folder, remote
from ansible_collections.vpnops.pptp.plugins.plugin_utils.remote_facts import shell_bundle
from ansible_collections.vpnops.pptp.plugins.plugin_utils.run import configured_interpreter

MODULE = 'vpnops.pptp.bundle'
ARGUMENTS = dict(recorder.LOG_ARGUMENTS, dest={'type': 'path', 'required': True})


class ActionModule(ActionBase):
    """The action behind M(vpnops.pptp.bundle)."""

    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Record the host, and write ``DEST/NAME.tar.gz``, readable by this user only."""
        task_vars = task_vars or {}
        result = super().run(tmp, task_vars)
        _spec, params = self.validate_argument_spec(argument_spec=ARGUMENTS)
        data = self._record(params, task_vars)
        where = os.path.abspath(params['dest'])
        path = os.path.join(where, folder.file_name(task_vars['inventory_hostname']) + '.tar.gz')
        try:
            os.makedirs(where, mode=0o700, exist_ok=True)
            folder.write(path, [data])
        except OSError as error:
            raise AnsibleActionFail('cannot write the bundle: %s' % error) from error
        result.update(changed=False, path=path, size=len(data))
        return result

    def _record(self, params: dict[str, t.Any], task_vars: dict[str, t.Any]) -> bytes:
        variables = remote.variables(task_vars, configured_interpreter(task_vars))
        answer = self._execute_module(module_name=MODULE, module_args=dict(params), task_vars=variables)
        if remote.lacks_python(answer):
            return self._through_shell(params)
        if answer.get('failed') or answer.get('unreachable'):
            raise AnsibleActionFail(remote.reason(answer))
        try:
            return base64.b64decode(answer['bundle'], validate=True)
        except (KeyError, binascii.Error) as error:
            raise AnsibleActionFail('the host sent no bundle') from error

    def _through_shell(self, params: dict[str, t.Any]) -> bytes:
        try:
            return recorder_archive.archive(recorder.record(shell_bundle(self), READS, params, whole=True))
        except remote.RemoteError as error:
            raise AnsibleActionFail(str(error)) from error
