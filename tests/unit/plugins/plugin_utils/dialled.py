# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Dials as the module returns them: the real state machine at the server without sockets, and what a witness saw."""

from __future__ import annotations

import functools
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.dial.settings import Settings
from ansible_collections.vpnops.pptp.plugins.module_utils.probe import dialer, dialer_report
from ansible_collections.vpnops.pptp.plugins.plugin_utils import remote_dial
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.dial.setup import Setup
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.dial.world import World
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.hosts import Facts

CLIENT, SERVER = '198.51.100.7', '203.0.113.10'     # of the logins in hosts.py
NETWORK = ('eaten', 'connects', 'loss', 'seed')     # keys that are about the network
NAME = 'vpnops-%016x'


@functools.lru_cache(maxsize=None)  # noqa: UP033 - Python 3.8 has no cache
def _row(mode: str, given: tuple[tuple[str, t.Any], ...]) -> Facts:
    more = dict(given)
    network = {key: more.pop(key) for key in NETWORK if key in more}
    settings = {key: more.pop(key) for key in list(more) if key in Settings.__dataclass_fields__ and key != 'methods'}
    settings = {'user': 'vpnuser', 'password': 'secretpassword', 'mode': mode, **settings}
    result = World(Settings(**settings), Setup(**more), **network).run()
    dial = dialer.Dial(result, [CLIENT, 40000], {}, '', {}, [])
    return dialer_report.row(NAME % 1, dial)


def row(mode: str = 'login', **given: t.Any) -> Facts:
    """One dial; *given* are settings of it, of the server (setup.Setup) or of the network (world.World)."""
    return dict(_row(mode, tuple(given.items())))


def dialled(*rows: Facts, host: str = 'client1', source: str = CLIENT, **more: t.Any) -> Facts:
    """What the module returns of *rows*, made by *host* from *source*."""
    series = dialer_report.Series()
    for item in rows or (row(),):
        series.add({**item, 'source': [source, 40000]})
    return {'from': host, **series.returns(), 'msg': 'said', 'server': 'vpn', 'address': SERVER, 'reason': '', **more}


def with_dials(facts: t.Any, *results: Facts, witness: Facts | None = None, user: str = '') -> Facts:
    """*facts* as the diagnosis has them after these dials, by the account of *user*."""
    return remote_dial.add(facts, {'dials': results or (dialled(),), 'witness': witness or {}, 'login_user': user})


def flow(seen: t.Mapping[str, t.Any], name: str = NAME % 1, client: str = CLIENT, **more: t.Any) -> Facts:
    """What a witness saw of one dial, ``{kind: [in, out]}`` on one interface."""
    return {'name': name, 'client': [client, 40000], 'server': [SERVER, 1723], 'calls': [1, 2], 'result': 1,
            'acked': False, 'seen': {kind: {'eth0': pair} for kind, pair in seen.items()}, **more}


def watched(*flows: Facts, counters: t.Sequence[Facts] = (), **more: t.Any) -> Facts:
    """A witness that saw these *flows* and that these counters rose."""
    return {'complete': True, 'why': '', 'seconds': 9.0, 'dropped': 0, 'flows': list(flows),
            'counters': list(counters), **more}
