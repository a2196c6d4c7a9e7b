# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The record on the target, and what the report says of it."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

from ansible_collections.vpnops.pptp.plugins.plugin_utils import plan_proof
from ansible_collections.vpnops.pptp.plugins.plugin_utils.run import one_line, run_id
from ansible_collections.vpnops.pptp.plugins.plugin_utils.run_entry import HostFile

MODULE = 'vpnops.pptp.remediation'
Found = dict[str, t.Any]


class ActionModule(ActionBase):
    """The action behind M(vpnops.pptp.remediation)."""

    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Run the module, and note in the host's file what came of it."""
        task_vars = task_vars or {}
        result = super().run(tmp, task_vars)
        args = dict(self._task.args)
        kept = HostFile(task_vars['inventory_hostname'], args.pop('report_dir', None), self._loader)
        failed_task = args.pop('failed_task', None)
        action = str(args.get('action'))
        if failed_task is not None and self._task.check_mode:
            kept.note(outcome='refused', reason=_reason(action, {}, failed_task))
            return dict(result, changed=False)
        if action == 'finish':
            args['seen'] = plan_proof.seen(kept.read().get('facts'))
        if action in ('begin', 'finish') or failed_task is not None:
            args['run'] = run_id()
        found = self._ask(args, task_vars)
        if not self._task.check_mode:
            _note(kept, action, found, args.get('id'), failed_task)
        result.update(found)
        return result

    def _ask(self, args: dict[str, t.Any], task_vars: dict[str, t.Any]) -> Found:
        """What the module answers. Where the task ignores that a host is unreachable, that is a failure: whatever
        comes next relies on it."""
        try:
            found = self._execute_module(MODULE, module_args=args, task_vars=task_vars)
        except AnsibleConnectionFailure as error:
            if not self._task.ignore_unreachable:
                raise
            return {'failed': True, 'lost': True, 'msg': 'the host could not be reached: %s' % one_line(error)}
        for name in ('invocation', 'seen'):
            found.pop(name, None)
        return found


def _note(kept: HostFile, action: str, found: Found, asked: t.Any, failed_task: t.Any) -> None:
    outcome = _outcome(action, found)
    if action in ('finish', 'restore'):
        kept.settle(outcome in ('done', 'nothing'))
    if outcome:
        kept.note(id=found.get('id') or asked or None, outcome=outcome, left=found.get('left', []),
                  failed_steps=_steps(action, found), files=len(found.get('changed_paths') or []),
                  reason=(kept.read().get('remediation') or {}).get('reason') or _reason(action, found, failed_task))


def _outcome(action: str, found: Found) -> str:
    """What the report calls it; nothing where nothing came of it yet."""
    if action == 'begin':
        return 'refused' if found.get('failed') else 'open'
    if action == 'finish':
        return 'open' if found.get('failed') else 'done' if found.get('id') else 'nothing'
    if action == 'restore':
        return 'undone' if found.get('state') == 'restored' else 'open' if _not_mine(found) else 'half'
    return 'refused' if found.get('failed') else ''


def _not_mine(found: Found) -> bool:
    """Whether nothing was put back: the host is not there, or another run has gone on with it."""
    return bool(found.get('lost') or found.get('taken_over'))


def _steps(action: str, found: Found) -> list[str]:
    """What could not be put back, or why nothing was."""
    failed = action == 'restore' and found.get('failed')
    return list(found.get('failed_steps') or ([str(found.get('msg'))] if failed else []))


def _reason(action: str, found: Found, failed_task: t.Any) -> str | None:
    if failed_task is not None:
        return 'the task "%s" failed' % failed_task if failed_task else 'the host could not be reached in between'
    return str(found.get('msg')) if found.get('failed') and action != 'restore' else None
