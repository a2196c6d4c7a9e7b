# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The probe on a real host: its files, its names, its network."""

from __future__ import annotations

import os
import socket
import time
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils import evidence as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.host import LiveHost
from ansible_collections.vpnops.pptp.plugins.module_utils.probe import radius, radius_config, sockets
from ansible_collections.vpnops.pptp.plugins.module_utils.probe.radius_config import Plan, Server

_PORTS = {'auth': 1812, 'acct': 1813}   # RFC 2865 3, RFC 2866 3


def run(params: dict[str, t.Any]) -> dict[str, t.Any]:
    """The facts, *params* being those of the module."""
    limits = radius.Limits(params['tries'], min(params['wait'], params['total']), params['total'])
    names = sockets.Names(limits.total / 2)
    trail = ev.Trail()
    own = socket.gethostname()
    if params['servers']:
        plan = given(params['servers'], names, own)
    else:
        plan = radius_config.read(LiveHost(), params['config'], names, own, trail)
    plan = plan._replace(bind=params['bind'] or plan.bind, nas=dict(plan.nas, caller=params['caller'] or ''))
    login = radius.Login(params['user'], params['password']) if params['user'] and params['password'] else None
    world = radius.World(sockets.Network(), time.monotonic, os.urandom, sockets.source)
    facts = radius.probe(plan, params['send'], login, world, limits)
    facts['problems'] += [[name[:80], 'name-slow', 'no answer about this name in time'] for name in names.slow[:5]]
    return dict(facts, evidence=trail.as_dict())


def given(rows: list[dict[str, t.Any]], names: sockets.Names, own: str) -> Plan:
    """The plan for servers that the caller names, IPv6 ones too."""
    servers, problems = [], []
    for row in rows:
        addresses = names(row['host']) or names.sixth(row['host'])
        if not addresses:
            problems.append((row['host'][:80], 'unresolvable', 'no address of %s' % row['host'][:80]))
        servers.append(Server(row['kind'], row['host'], row['port'] or _PORTS[row['kind']],
                              addresses[0] if addresses else '', row['secret'].encode('utf-8', 'surrogateescape'),
                              'servers'))
    return Plan(tuple(servers), '', {'address': (names(own) or [''])[0]}, None, None, tuple(problems))
