# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Diagnose one host: one call on the target (or a bundle), judged here, one file written, a short answer returned.

A second call probes RADIUS or the directory, where the first shows that logins depend on it.

Nothing that a target said is returned to Ansible or templated. A host that cannot be reached or
read is an entry of its own, never a failed task.
"""

from __future__ import annotations

import json
import os
import typing as t

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase

from ansible_collections.vpnops.pptp.plugins.module_utils import recorder, subjects
from ansible_collections.vpnops.pptp.plugins.module_utils.bundle import BundleError, open_bundle
from ansible_collections.vpnops.pptp.plugins.plugin_utils import (
    entry as entries,
    folder,
    pools,
    registry,
    remote,
    remote_dial,
    remote_probes,
    run_clients,
)
from ansible_collections.vpnops.pptp.plugins.plugin_utils.diagnosis import diagnose
from ansible_collections.vpnops.pptp.plugins.plugin_utils.remote_facts import read_facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.run import (
    find_bundle,
    one_line,
    report_folder,
    run_id,
)

ROLES = ('auto', *registry.OTHERS)
ARGUMENTS = dict(recorder.LOG_ARGUMENTS, **run_clients.ARGUMENTS, **remote_probes.ARGUMENTS, **remote_dial.ARGUMENTS,
                 bundle={'type': 'path'}, report_dir={'type': 'path'},
                 role={'type': 'str', 'choices': list(ROLES), 'default': 'auto'})


class ActionModule(ActionBase):
    """The action behind M(vpnops.pptp.diagnose)."""

    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Read, judge, write ``hosts/<name>.json``, and return the short answer."""
        task_vars = task_vars or {}
        if pools.netaddr is None:
            raise AnsibleActionFail('netaddr is missing on the controller: python -m pip install netaddr')
        result = super().run(tmp, task_vars)
        _spec, params = self.validate_argument_spec(argument_spec=ARGUMENTS)
        host = task_vars['inventory_hostname']
        entry = self._entry(host, params, task_vars)
        path = folder.host_file(report_folder(params['report_dir'], self._loader), host)
        try:
            folder.make(os.path.dirname(os.path.dirname(path)))
            folder.write(path, [folder.dump(entry)])
        except OSError as error:
            raise AnsibleActionFail('cannot write the report: %s' % error) from error
        result.update(brief(entry), changed=False)
        return result

    def _entry(self, host: str, params: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        run = run_id()
        try:
            source, facts = self._facts(params, task_vars)
        except AnsibleConnectionFailure as error:
            return _dialled(host, run, params, one_line(error), 'unreachable')
        except (AnsibleError, BundleError, remote.RemoteError) as error:
            return _dialled(host, run, params, one_line(error))
        except Exception as error:  # pylint: disable=broad-except
            return _dialled(host, run, params, 'reading it failed: %s' % type(error).__name__)
        facts = remote_probes.add(self, source, in_role(facts, params['role']), params, task_vars)
        facts = remote_dial.add(facts, params)
        try:
            diagnosis = diagnose(facts).as_dict()
        except Exception as error:  # pylint: disable=broad-except
            return entries.unread(host, run, 'the judge failed: %s' % type(error).__name__)
        return entries.judged(host, run, source, json.loads(json.dumps(diagnosis)), facts)

    def _facts(self, params: dict[str, t.Any], task_vars: dict[str, t.Any]) -> tuple[str, dict[str, t.Any]]:
        """Where the facts came from (bundle, live, sh), and the facts."""
        if params['bundle']:
            found = find_bundle(params['bundle'], task_vars, self._loader)
            return 'bundle', subjects.gather(open_bundle(found), log_options=subjects.log_options(params),
                                             clients=run_clients.asked(params))
        return read_facts(self, ['all'], params, task_vars)


def _dialled(host: str, run: str, params: dict[str, t.Any], reason: str, kind: str = 'failed') -> dict[str, t.Any]:
    """The entry of a host that could not be read: what the dials to it alone tell, where there are any."""
    facts = remote_dial.add({}, params)
    if remote_dial.DIAL not in facts:
        return entries.unread(host, run, reason, kind)
    try:
        diagnosis = diagnose(facts).as_dict()
    except Exception as error:  # pylint: disable=broad-except
        return entries.unread(host, run, 'the judge failed: %s' % type(error).__name__)
    return entries.dialled(host, run, reason, kind, json.loads(json.dumps(diagnosis)), facts)


def in_role(facts: dict[str, t.Any], role: str) -> dict[str, t.Any]:
    """*facts* of a host that is said to have this *role*; ``auto`` leaves it to what was read."""
    return facts if role == 'auto' else dict(facts, pptp_host=dict(facts.get('pptp_host') or {}, role=role))


def brief(entry: dict[str, t.Any]) -> dict[str, t.Any]:
    """What goes to Ansible: words of our own and counts, nothing that a target said."""
    failing = [finding for finding in entry['findings'] if finding.get('result') in ('fail', 'warn')]
    return {'verdict': entry['verdict'], 'findings': len(failing), 'source': entry['source']}
