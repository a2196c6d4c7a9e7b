# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Plan what to do about the findings of a host: reads its file of this run, adds the plan to it.

What is returned to Ansible are causes, roles and variables: words of this collection and values made anew from parsed
parts (``plan_safe``). What a target said stays in the file.
"""

from __future__ import annotations

import json
import typing as t

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

from ansible_collections.vpnops.pptp.plugins.plugin_utils import (
    fleet,
    fleet_radius,
    plan,
    plan_fleet,
    plan_proof,
    pools,
)
from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog import CAUSES
from ansible_collections.vpnops.pptp.plugins.plugin_utils.diagnosis import diagnose
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_paths import paths
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_step import CONSENTS, Choices, Radius
from ansible_collections.vpnops.pptp.plugins.plugin_utils.run_entry import Entry, HostFile

_NAMES = {'type': 'list', 'elements': 'str', 'default': []}
ARGUMENTS = {'report_dir': {'type': 'path'}, 'only': _NAMES, 'consent': _NAMES, 'users': _NAMES, 'addressed': _NAMES,
             'allow_session_drop': {'type': 'bool', 'default': False}, 'given': {'type': 'dict', 'default': {}},
             'routers': _NAMES, 'radius_servers': _NAMES, 'vpn_servers': _NAMES, 'radius': {
                 'type': 'dict', 'default': {}, 'options': {
                     'servers': {'type': 'bool', 'default': False}, 'secret': {'type': 'bool', 'default': False},
                     'secrets': _NAMES, 'clients': _NAMES, 'join': {'type': 'bool', 'default': False}}}}
_RECORD = 'vpnops.pptp.remediation'


class ActionModule(ActionBase):
    """The action behind M(vpnops.pptp.plan)."""

    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Read the entry, plan, add the plan to the entry, and return what the roles need."""
        task_vars = task_vars or {}
        if pools.netaddr is None:
            raise AnsibleActionFail('netaddr is missing on the controller: python -m pip install netaddr')
        result = super().run(tmp, task_vars)
        _spec, params = self.validate_argument_spec(argument_spec=ARGUMENTS)
        choices = chosen(params)
        kept = HostFile(task_vars['inventory_hostname'], params['report_dir'], self._loader)
        entry = fleet.confirm(self._without_history(kept.read(), task_vars), self._routers(params))
        others = plan_fleet.Fleet(*(tuple(self._entries(params, name)) for name in ('radius_servers', 'vpn_servers')))
        entry = plan_fleet.prepared(entry, others, choices)
        made = plan.make(entry, choices)
        kept.add(plan=json.loads(json.dumps(made.as_dict())), verdict=entry['verdict'])
        radius = entry.get('role') == fleet_radius.ROLE
        live = entry.get('source') in ('live', 'sh')
        result.update(changed=False, live=live, causes=made.causes if live else [], runs=made.runs if live else {},
                      roles=list(made.runs) if live else [], firewall=made.firewall,
                      users=sorted({name for step in made.steps for name in step.vars.get('users', [])}),
                      paths=paths(entry.get('facts'), made.runs), noops=len(made.noops), radius=radius,
                      witness=plan_fleet.witness(entry, others) if radius else '')
        return result

    def _routers(self, params: dict[str, t.Any]) -> list[fleet.Router]:
        """The routers of this run that were read: what a narrow link of theirs means for this host."""
        return fleet.routers(self._entries(params, 'routers'))

    def _entries(self, params: dict[str, t.Any], name: str) -> t.Iterator[Entry]:
        """What this run wrote of the hosts of the argument *name*."""
        files = (HostFile(host, params['report_dir'], self._loader) for host in params[name])
        return (entry for entry in (kept.read() for kept in files) if entry.get('facts'))

    def _without_history(self, entry: Entry, task_vars: dict[str, t.Any]) -> Entry:
        """*entry* without what only the log says, and said already when a remediation of this host was finished."""
        told = [item for item in entry['findings'] if item.get('result') == 'fail' and plan_proof.alone_in_logs(item)]
        if not told or entry.get('source') != 'live':
            return entry
        try:
            record = self._execute_module(_RECORD, module_args={'action': 'status'}, task_vars=task_vars)
        except AnsibleConnectionFailure:    # whoever changes the host will see it, and say so in the report
            return entry
        if record.get('state') != 'done' or not isinstance(record.get('seen'), dict):
            return entry
        facts = plan_proof.newer(entry['facts'], record['seen'])
        return dict(entry, findings=json.loads(json.dumps(diagnose(facts).as_dict()))['findings'])


def chosen(params: dict[str, t.Any]) -> Choices:
    """The choices of the admin; raises :class:`AnsibleActionFail` for a name that means nothing."""
    known = {'only': set(CAUSES), 'consent': set(CAUSES).union(CONSENTS.values())}
    for name, words in known.items():
        wrong = sorted(set(params[name]) - words)
        if wrong:
            raise AnsibleActionFail('pptp_%s: %s is no cause (docs/causes.md has them)%s' % (
                name, wrong[0], '' if name == 'only' else ', nor one of %s' % ', '.join(sorted(CONSENTS.values()))))
    given = {name: value for name, value in params['given'].items() if value not in (None, '', [])}
    return Choices(frozenset(params['only']), frozenset(params['consent']), params['allow_session_drop'],
                   tuple(params['users']), tuple(params['addressed']), given, _radius(params.get('radius') or {}))


def _radius(given: dict[str, t.Any]) -> Radius:
    """What the inventory has for RADIUS; nothing where nothing was said."""
    secrets, clients = (tuple(filter(None, given.get(name) or [])) for name in ('secrets', 'clients'))
    return Radius(bool(given.get('servers')), bool(given.get('secret')), secrets, clients, bool(given.get('join')))
