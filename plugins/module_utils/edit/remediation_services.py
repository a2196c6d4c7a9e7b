# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Services and groups that a remediation of RADIUS may change: how they were, and back to that.

A restart of FreeRADIUS or winbind ends no session, so it is done whenever one may have read newer files.
"""

from __future__ import annotations

import os
import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import files
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.guard_system import System
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.remediation import GROUPS, SERVICES

States = t.Dict[str, str]
_GROUP = re.compile(r'([a-z_][a-z0-9_-]*):[^:]*:\d+:(.*)')
_USER = re.compile(r'[a-z_][a-z0-9_-]{0,31}')


def states(system: System) -> States:
    """``{service: active, inactive, failed, ..}`` of those that systemd knows; nothing without systemd."""
    if not os.path.isdir('/run/systemd/system'):
        return {}
    found = {}
    for name in SERVICES:
        answer = system.run(['systemctl', 'show', '--property=LoadState,ActiveState', name + '.service'])
        shown = dict(line.partition('=')[::2] for line in answer.out.splitlines())
        if shown.get('LoadState') in ('loaded', 'masked'):
            found[name] = shown.get('ActiveState', '')
    return found


def same(before: States, now: States) -> bool:
    """Whether each runs as it did."""
    return {name: _runs(state) for name, state in before.items()} == {name: _runs(now.get(name)) for name in before}


def _runs(state: str | None) -> bool:
    return state in ('active', 'activating', 'reloading')


def stale(paths: t.Iterable[str], everything: bool = False) -> list[str]:
    """The services that may have read *paths*, or all where their groups changed.

    >>> stale(['/etc/raddb/clients.conf', '/etc/pptpd.conf'])
    ['radiusd']
    """
    changed = list(paths)
    return [name for name, folders in SERVICES.items()
            if everything or any(path.startswith(folders) for path in changed)]


def settle(system: System, before: States, older: t.Container[str]) -> list[str]:
    """Have each run, or not, as *before*; those that are *older* than their files are restarted. What failed."""
    now, failed = states(system), []
    for name, state in before.items():
        action = ''
        if _runs(state):
            action = 'restart' if name in older or not _runs(now.get(name)) else ''
        elif _runs(now.get(name)):
            action = 'stop'
        if action and system.run(['systemctl', action, name + '.service']).rc:
            failed.append('systemctl %s %s.service' % (action, name))
    return failed


def members(path: str = '/etc/group') -> dict[str, list[str]]:
    """Who is in the groups that a remediation may add to."""
    found = {}
    for line in (files.read(path) or '').splitlines():
        row = _GROUP.match(line)
        if row and row.group(1) in GROUPS:
            found[row.group(1)] = [name for name in row.group(2).split(',') if name]
    return found


def added(before: t.Mapping[str, t.Sequence[str]], now: t.Mapping[str, t.Sequence[str]]) -> list[tuple[str, str]]:
    """``(user, group)`` of those that were not there *before*.

    >>> added({'wbpriv': ['a']}, {'wbpriv': ['a', 'radiusd']})
    [('radiusd', 'wbpriv')]
    """
    return [(user, group) for group, users in now.items() for user in users
            if user not in before.get(group, []) and _USER.fullmatch(user)]


def take_out(system: System, before: t.Mapping[str, t.Sequence[str]]) -> list[str]:
    """Take those out of the groups that were not in them *before*; what failed."""
    return ['gpasswd --delete %s %s' % pair for pair in added(before, members())
            if system.run(['gpasswd', '--delete', *pair]).rc]
