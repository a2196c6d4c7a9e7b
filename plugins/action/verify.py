# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Prove a fix: read the host again, judge it by its files and by what its logs say since, compare with before."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.vpnops.pptp.plugins.action.diagnose import ARGUMENTS as READING, ActionModule as Diagnose
from ansible_collections.vpnops.pptp.plugins.plugin_utils import plan_proof
from ansible_collections.vpnops.pptp.plugins.plugin_utils.diagnosis import diagnose
from ansible_collections.vpnops.pptp.plugins.plugin_utils.run_entry import HostFile

ARGUMENTS = dict(READING, causes={'type': 'list', 'elements': 'str', 'required': True},
                 login={'type': 'str', 'choices': ['', 'up', 'failed'], 'default': ''},
                 login_user={'type': 'str', 'default': ''})


class ActionModule(Diagnose):
    """The action behind M(vpnops.pptp.verify)."""

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Read, judge, compare; fails when something speaks against the fix."""
        task_vars = task_vars or {}
        result = super(Diagnose, self).run(tmp, task_vars)
        _spec, params = self.validate_argument_spec(argument_spec=ARGUMENTS)
        host = task_vars['inventory_hostname']
        kept = HostFile(host, params['report_dir'], self._loader)
        before = kept.read()
        after = self._entry(host, params, task_vars)
        if after['source'] == 'none':
            kept.note(reason='the host could not be read again: %s' % after['reason'])
            return dict(result, failed=True, msg='the host could not be read again')
        after.update(_since(after['facts'], before))
        witness = _witness(params, before, after)
        proof = plan_proof.prove(before, after, params['causes'], witness, _partly(before))
        kept.note(proof=proof.as_dict(), login=witness.outcome or None, reason=proof.why or None,
                  before=before.get('verdict'))
        result.update(changed=False, verdict=after['verdict'], **proof.as_dict())
        if proof.ok:
            kept.add(after={name: after[name] for name in after if name != 'run'})
        else:
            result.update(failed=True, msg='the fix is not proved: %s' % proof.why)
        return result


def _witness(params: dict[str, t.Any], before: dict[str, t.Any], after: dict[str, t.Any]) -> plan_proof.Login:
    """The login after the fix: that of the dials, else the one that the caller made."""
    user = params['login_user']
    told = plan_proof.dialled(before.get('facts'), after.get('facts'), user)
    return told if told.outcome else plan_proof.Login(params['login'], user)


def _partly(entry: dict[str, t.Any]) -> set[str]:
    """Causes of which the plan fixes a part, and leaves the rest to somebody else."""
    plan = entry.get('plan') or {}
    left = {noop['cause'] for noop in plan.get('noops') or []}
    return {step['cause'] for step in plan.get('steps') or []} & left


def _since(facts: dict[str, t.Any], before: dict[str, t.Any]) -> dict[str, t.Any]:
    """The diagnosis of *facts* by what is newer than *before*."""
    fresh = plan_proof.newer(facts, plan_proof.seen(before.get('facts')))
    return dict(json.loads(json.dumps(diagnose(fresh).as_dict())), facts=facts)
