# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Networks that lose, double and reorder packets: the verdict is the one of a good network, or ``unknown``."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.dial.settings import Settings
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.dial.setup import Setup
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.dial.world import World

USER: dict[str, t.Any] = {'user': 'vpnuser', 'password': 'secretpassword'}
SEEDS = range(25)
# the settings, the server, the step and the words for why that are right
CASES: dict[str, tuple[dict[str, t.Any], dict[str, t.Any], str, tuple[str, ...]]] = {
    'login': ({}, {}, 'ping', ('',)),
    'wrong password': ({'password': 'wrong'}, {}, 'auth', ('rejected', 'terminated', 'hung-up')),
    'no method': ({}, {'methods': ('pap',)}, 'auth', ('no-method', 'terminated')),
    'no encryption': ({}, {'encryption': 0}, 'ccp', ('encryption-refused',)),
    'refused address': ({}, {'refuses': 'Unauthorized remote IP address'}, 'ipcp', ('terminated',)),
    'path': ({'mode': 'path'}, {'eats': 1400}, 'path', ('',)),
    'methods': ({'mode': 'methods'}, {'methods': ('eap', 'mschapv2')}, 'auth', ('',)),
}
NETWORKS: dict[str, dict[str, t.Any]] = {
    'lossy': {'loss': 0.2}, 'doubling': {'double': 0.3}, 'reordering': {'reorder': 0.3},
    'bad': {'loss': 0.2, 'double': 0.2, 'reorder': 0.3}}


@pytest.mark.parametrize('case', CASES)
@pytest.mark.parametrize('network', NETWORKS)
def test_the_verdict_is_right_or_unknown(network: str, case: str) -> None:
    settings, setup, step, whys = CASES[case]
    good = 'ok' if whys == ('',) else 'failed'
    found: list[str] = []    # the server here does not sort, so that for it a late packet is a lost one
    for seed in SEEDS:
        world = World(Settings(**{**USER, **settings}), Setup(**setup), seed=seed, **NETWORKS[network])
        result = world.run()
        found.append(result.status)
        if result.status != 'unknown':
            assert (result.status, result.step) == (good, step), (seed, result)
            assert result.why in whys, (seed, result)
        assert world.server.sessions == 0, (seed, result)
    least = 0.95 if network == 'doubling' else 0 if case == 'path' else 0.3
    assert found.count(good) >= len(SEEDS) * least, found


@pytest.mark.parametrize('loss', [0.0, 0.2])
def test_a_direction_that_is_blocked_is_named_on_a_lossy_network(loss: float) -> None:
    for seed in SEEDS:
        blocked = World(Settings(**USER), seed=seed, loss=loss, eaten='in').run()
        assert (blocked.status, blocked.step, blocked.why) == ('failed', 'gre', 'no-answer')
        deaf = World(Settings(**USER), seed=seed, loss=loss, eaten='out').run()
        assert deaf.status == 'unknown' or (deaf.step, deaf.why) == ('gre', 'not-heard'), deaf
