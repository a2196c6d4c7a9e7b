# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Put the files of all hosts together: ``report.json``, the text on the terminal, and whether to fail."""

from __future__ import annotations

import os
import shutil
import typing as t
from collections.abc import Iterator

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible.utils.color import stringc
from ansible.utils.display import Display

from ansible_collections.vpnops.pptp.plugins.plugin_utils import (
    entry as entries,
    fleet,
    fleet_radius,
    fleet_radius_blame,
    folder,
    pools,
)
from ansible_collections.vpnops.pptp.plugins.plugin_utils.report import jsonfile, remedy, terminal
from ansible_collections.vpnops.pptp.plugins.plugin_utils.report.summary import Summary
from ansible_collections.vpnops.pptp.plugins.plugin_utils.run import report_folder, run_id

FAIL_ON = {'never': (), 'broken': ('broken',), 'degraded': ('broken', 'degraded')}
ARGUMENTS = {
    'report_dir': {'type': 'path'},
    'hosts': {'type': 'list', 'elements': 'str', 'required': True},
    'routers': {'type': 'list', 'elements': 'str', 'default': []},
    'radius_servers': {'type': 'list', 'elements': 'str', 'default': []},
    'fail_on': {'type': 'str', 'choices': list(FAIL_ON), 'default': 'never'},
    'style': {'type': 'str', 'choices': ['auto', 'full', 'brief'], 'default': 'auto'},
    'merge': {'type': 'bool', 'default': False},
    'remediation': {'type': 'bool', 'default': False},
}
STYLES = {'auto': None, 'full': False, 'brief': True}
NARROW = 100   # columns when the width of the terminal is not known, or no terminal

display = Display()


class ActionModule(ActionBase):
    """The action behind M(vpnops.pptp.report)."""

    _requires_connection = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: t.Any = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        """Write, print, count; fail once when *fail_on* says so."""
        result = super().run(tmp, task_vars)
        _spec, params = self.validate_argument_spec(argument_spec=ARGUMENTS)
        where = report_folder(params['report_dir'], self._loader)
        if params['routers'] + params['radius_servers'] and pools.netaddr is None:
            raise AnsibleActionFail('netaddr is missing on the controller: python -m pip install netaddr')
        known = _known(where, params)
        summary, failures = Summary(), []
        for entry in _collect(where, params, known):
            summary.add(entry)
            failures += [entry['host']] if remedy.failed(entry) else []
        if params['report_dir']:
            result['report'] = _write(where, params, known)
        _show(_collect(where, params, known), summary.hosts, STYLES[params['style']], result.get('report'))
        if not params['report_dir']:
            shutil.rmtree(where, ignore_errors=True)
        result.update(changed=False, hosts=summary.hosts, by_status=summary.by_status)
        bad = sum(summary.by_status.get(status, 0) for status in FAIL_ON[params['fail_on']])
        if bad:
            result.update(failed=True, msg='%d of %d hosts %s' % (bad, summary.hosts, _reached(params['fail_on'])))
        if params['remediation'] and failures:
            result.update(failed=True, msg='the remediation of %s is not done' % ', '.join(failures[:8]))
        return result


def _reached(fail_on: str) -> str:
    return 'broken' if fail_on == 'broken' else 'broken or degraded'


class Others(t.NamedTuple):
    """The hosts of this run that tell about others, and what is said about RADIUS servers."""

    routers: list[fleet.Router]
    radius: list[fleet_radius.Server]
    blames: tuple[fleet_radius_blame.Blame, ...] = ()

    def confirm(self, entry: entries.Entry) -> entries.Entry:
        """*entry* in the light of what they say."""
        confirmed = fleet_radius.confirm(fleet.confirm(entry, self.routers), self.radius)
        return fleet_radius_blame.accused(confirmed, self.blames)


def _known(where: str, params: dict[str, t.Any]) -> Others:
    """What the routers and RADIUS servers of this run say; a VPN server may have its RADIUS server aboard."""
    named = {name: list(_read(where, dict(params, hosts=params[name], merge=False)))
             for name in ('routers', 'radius_servers') if params[name]}
    found = Others(fleet.routers(named.get('routers', [])), fleet_radius.servers(named.get('radius_servers', [])))
    blames = map(fleet_radius_blame.of, _collect(where, params, found)) if found.radius else ()
    return found._replace(blames=tuple(blame for blame in blames if blame))


def _collect(where: str, params: dict[str, t.Any], known: Others) -> Iterator[entries.Entry]:
    """The entries to report on, as they are in the light of what is *known* of others."""
    return (known.confirm(entry) for entry in _read(where, params))


def _read(where: str, params: dict[str, t.Any]) -> Iterator[entries.Entry]:
    """The entries of this run's hosts, in the order of the inventory; with *merge* also all others found."""
    for host in params['hosts']:
        entry = folder.load(folder.host_file(where, host))
        current = entry is not None and (params['merge'] or entry.get('run') == run_id())
        yield entry if current else entries.unread(host, run_id(), 'no result of this run', 'missing')
    if params['merge']:
        known = set(params['hosts'])
        yield from (entry for entry in folder.load_all(where) if entry['host'] not in known)


def _write(where: str, params: dict[str, t.Any], known: Others) -> str:
    """Write the report, and anew the files of hosts whose verdict another host changed."""
    path = os.path.join(where, 'report.json')
    try:
        folder.make(where)
        folder.write(path, jsonfile.report(_collect(where, params, known)))
        for entry in _read(where, params) if any(known) else ():
            changed = known.confirm(entry)
            if changed is not entry:
                folder.write(folder.host_file(where, entry['host']), [folder.dump(changed)])
    except OSError as error:
        raise AnsibleActionFail('cannot write the report: %s' % error) from error
    return path


def _show(found: Iterator[entries.Entry], count: int, brief: bool | None, path: str | None) -> None:
    """Print the report in pieces, through Ansible's own display and with its rules for colours."""
    width = display.columns + 1 if getattr(display, 'columns', 79) > 79 else NARROW
    lines = ['']
    for line in terminal.report(found, count, width, _paint, brief):
        lines.append(line)
        if len(lines) >= 200:
            display.display('\n'.join(lines))
            lines = []
    if path:
        lines.append('Report: %s' % path)
    display.display('\n'.join(lines))


def _paint(text: str, colour: str) -> str:
    return stringc(text, colour) if colour else text
