# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What every server goes through, all of them at once; the tests then ask what was seen.

broken - diagnosed - repaired in check mode - repaired - diagnosed - once more - restarted - diagnosed - taken back -
diagnosed. Repaired is with the roles and variables that the report names, and with nothing else.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
import typing as t

from tests.realfw import fleet, packets

FIREWALL_CAUSES = frozenset((
    'tcp1723-blocked', 'firewall-rule-order', 'gre-blocked', 'gre-conntrack-helper', 'gre-dnat-missing',
    'gre-nat-asymmetric', 'ip-forward-off', 'forward-blocked', 'no-masquerade', 'mss-clamp-missing'))
DIAGNOSE = fleet.ROOT / 'playbooks/diagnose.yml'
REPAIR = fleet.HERE / 'repair.yml'
_AT_ONCE = 12   # a systemd takes about five of the 128 inotify instances that a user has by default
UNGUARDED = ('-e', 'pptp_firewall_guard=false')   # for the sake of time: the first repair is under the guard
State = dict[str, list[str]]


def parts(chosen: list[fleet.Case]) -> list[list[fleet.Case]]:
    """*chosen* in parts of as many as can run at once."""
    return [chosen[start:start + _AT_ONCE] for start in range(0, len(chosen), _AT_ONCE)]


class Run(t.NamedTuple):
    """What one run of the roles did on one host: *changed* tasks, their *diffs*, why it *failed*."""

    changed: list[str]
    diffs: list[t.Any]
    failed: list[str]


@dataclasses.dataclass
class Seen:
    """What was seen of one server, by the name of the moment."""

    case: fleet.Case
    packets: dict[str, set[str]] = dataclasses.field(default_factory=dict)
    states: dict[str, State] = dataclasses.field(default_factory=dict)
    entries: dict[str, dict[str, t.Any]] = dataclasses.field(default_factory=dict)
    runs: dict[str, Run] = dataclasses.field(default_factory=dict)

    def blamed(self, moment: str) -> dict[str, dict[str, t.Any]]:
        """The firewall's causes that fail or warn at *moment*, but for what follows from the expected one."""
        found = {item['cause']: item for item in self.entries[moment]['findings']
                 if item['result'] in ('fail', 'warn') and item['cause'] in FIREWALL_CAUSES}
        return {cause: item for cause, item in found.items()
                if cause in self.case.causes or self.case.causes[0] not in item['blocked_by']}

    def fixes(self) -> list[dict[str, t.Any]]:
        """The ``fix`` of each expected cause in the first report."""
        found = self.blamed('broken')
        return [found[cause]['fix'] for cause in self.case.causes if cause in found and found[cause].get('fix')]


class Story:
    """Tells it: after :meth:`tell`, ``seen`` has everything."""

    def __init__(self, home: pathlib.Path, chosen: list[fleet.Case]) -> None:
        self.home = home
        self.seen = {case.name: Seen(case) for case in chosen}
        self.controller = fleet.Controller(home)
        self.servers: list[fleet.Server] = []
        self.containers: list[fleet.Container] = []

    def tell(self) -> None:
        """All of it; the containers are gone afterwards."""
        fleet.sweep()
        try:
            self._start()
            self._look('healthy')
            fleet.at_once(fleet.Server.break_it, self.servers)
            self._look('broken')
            self._diagnose('broken')
            self._repair('announced', '--check', '--diff')
            self._look('announced', with_packets=False)
            self._repair('repaired', '--diff')
            self._look('repaired')
            self._diagnose('repaired')
            self._repair('again', *UNGUARDED)
            self._look('again', with_packets=False)
            fleet.at_once(fleet.Server.restart, self.servers)
            self._look('restarted')
            self._diagnose('restarted')
            self._repair('back', *UNGUARDED, state='absent')
            self._look('back')
            self._diagnose('back')
        finally:
            fleet.at_once(fleet.Container.remove, self.containers)

    def _start(self) -> None:
        self.peer = fleet.Container('peer', fleet.IMAGES['iptables'])
        self.containers.append(self.peer)
        self.servers = fleet.at_once(lambda case: fleet.Server(case, self.controller.key, self.containers),
                                     [seen.case for seen in self.seen.values()])

    def _look(self, moment: str, with_packets: bool = True) -> None:
        def look(server: fleet.Server) -> None:
            seen = self.seen[server.case.name]
            seen.states[moment] = server.state()
            if with_packets:
                seen.packets[moment] = packets.passing(server, self.peer)
        fleet.at_once(look, self.servers)

    def _diagnose(self, moment: str) -> None:
        self.controller.inventory(self.servers, {})
        folder = self.home / ('report-' + moment)
        done = self.controller.play(DIAGNOSE, '-e', 'pptp_report_dir=%s' % folder)
        for name, seen in self.seen.items():
            path = folder / 'hosts' / (name + '.json')
            if not path.exists():
                raise RuntimeError('no report of %s: %s' % (name, (done.stdout + done.stderr)[-3000:]))
            seen.entries[moment] = json.loads(path.read_text('utf-8'))

    def _repair(self, moment: str, *arguments: str, state: str = 'present') -> None:
        self.controller.inventory(self.servers, {name: _variables(seen.fixes(), state)
                                                 for name, seen in self.seen.items()})
        done = self.controller.play(REPAIR, *arguments)
        (self.home / ('run-%s.json' % moment)).write_text(done.stdout + done.stderr, 'utf-8')
        try:
            plays = json.loads(done.stdout)['plays']
        except ValueError:
            raise RuntimeError('%s: %s' % (moment, (done.stdout + done.stderr)[-3000:])) from None
        tasks = [(task['task']['name'], task['hosts']) for play in plays for task in play['tasks']]
        for name, seen in self.seen.items():
            own = [(task, hosts[name]) for task, hosts in tasks if name in hosts]
            seen.runs[moment] = Run([task for task, result in own if result.get('changed')],
                                    [result['diff'] for _task, result in own if result.get('diff')],
                                    ['%s: %s' % (task, result.get('msg')) for task, result in own
                                     if result.get('failed') or result.get('unreachable')])


def _variables(fixes: list[dict[str, t.Any]], state: str) -> dict[str, t.Any]:
    """The host variables that apply the roles of *fixes*, or take back what they did."""
    roles = list(dict.fromkeys(fix['role'] for fix in fixes if fix.get('role')))
    found: dict[str, t.Any] = {'realfw_roles': roles}
    for fix in fixes:
        found.update(fix.get('vars') or {})
    if state == 'absent':
        # what gre_conntrack does without a state it leaves to tunnel_firewall (roles/gre_conntrack/README.md)
        roles += ['vpnops.pptp.tunnel_firewall'] if 'vpnops.pptp.gre_conntrack' in roles else []
        found['realfw_roles'] = list(dict.fromkeys(reversed(roles)))
        found.update({role.rsplit('.', 1)[-1] + '_state': 'absent' for role in roles})
    return found
