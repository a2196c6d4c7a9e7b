# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Steps into runs of roles: one run a role, and one more only for another file."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_step import Noop, Step

#: Variables that say which file a run is about: runs that differ in them cannot be one.
PLACES = ('pppd_options_path', 'chap_secrets_path', 'chap_secrets_server', 'freeradius_client_name',
          'freeradius_mschap_path', 'host')

Run = dict[str, t.Any]


def merged(steps: t.Sequence[Step]) -> tuple[dict[str, list[Run]], list[Noop]]:
    """``{role: [variables, ..]}``, and the steps that contradict an earlier one: that one wins, and they are looked at
    again once it is done."""
    runs: dict[str, list[Run]] = {}
    clashes: list[Noop] = []
    for step in steps:
        mine = runs.setdefault(step.role, [])
        place = _place(step.vars)
        run = next((item for item in mine if _place(item) == place), None)
        if run is None:
            mine.append({name: _copy(value) for name, value in step.vars.items()})
        elif _contradicts(run, step.vars):
            clashes.append(Noop(step.cause, 'it contradicts an earlier step of this plan',
                                'Remediate again: what is left then is planned anew.'))
        else:
            _add(run, step.vars)
    return runs, clashes


def _place(variables: t.Mapping[str, t.Any]) -> tuple[t.Any, ...]:
    return tuple(variables.get(name) for name in PLACES)


def _copy(value: t.Any) -> t.Any:
    return list(value) if isinstance(value, list) else value


def _contradicts(run: Run, more: t.Mapping[str, t.Any]) -> bool:
    if any(name in run and not isinstance(value, list) and run[name] != value for name, value in more.items()):
        return True
    both = {name: [*run.get(name, []), *more.get(name, [])] for name in ('pppd_options_present', 'pppd_options_absent')}
    values: dict[str, set[str]] = {}
    for item in both['pppd_options_present']:
        values.setdefault(item['name'], set()).add(str(item.get('value')))
    return any(len(found) > 1 for found in values.values()) or \
        bool(set(values).intersection(both['pppd_options_absent']))


def _add(run: Run, more: t.Mapping[str, t.Any]) -> None:
    for name, value in more.items():
        if isinstance(value, list):
            run[name] = [*run.get(name, []), *(item for item in value if item not in run.get(name, []))]
        else:
            run[name] = value
