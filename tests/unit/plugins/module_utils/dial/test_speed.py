# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""On a clean network with a fast server a dial waits for the server's answers and for nothing else: however long a
packet takes, it is over after the same number of round trips."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.dial.result import Result
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.settings import Settings
from ansible_collections.vpnops.pptp.plugins.module_utils.wire import ccp
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.dial import world as network
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.dial.setup import Setup

USER: dict[str, t.Any] = {'user': 'vpnuser', 'password': 'secretpassword'}
# hang-up: link, call, control (the server's close comes with its answer); half a trip: the answers come on the last way
TRIPS: dict[str, tuple[dict[str, t.Any], dict[str, t.Any], float]] = {
    'login': ({}, {}, 11.5),                       # tcp control call lcp auth ccp ipcp ipcp ping + 2.5
    'login by pap': ({'methods': ('pap',), 'mppe': 'none'}, {'methods': ('pap',), 'encryption': 0}, 10.5),
    'login after a nak': ({}, {'methods': ('eap', 'mschapv2')}, 12.5),
    'login with a shorter key': ({'strengths': (128, 40)}, {'encryption': ccp.STATELESS | ccp.BITS_40}, 12.5),
    'reach': ({'mode': 'reach'}, {}, 4.5),
    'methods': ({'mode': 'methods'}, {}, 5.5),
    'path': ({'mode': 'path'}, {}, 8.5),
    'wrong password': ({'password': 'wrong'}, {}, 5.5),
    'no method': ({}, {'methods': ('pap',)}, 5.5),
    'no encryption': ({}, {'encryption': 0}, 8.5),
    'refused address': ({}, {'refuses': 'Unauthorized remote IP address'}, 10.5),
}


def dial(monkeypatch: pytest.MonkeyPatch, delay: float, settings: dict[str, t.Any], setup: dict[str, t.Any]) -> Result:
    monkeypatch.setattr(network, 'DELAY', delay)
    return network.World(Settings(**{**USER, **settings}), Setup(**setup)).run()


@pytest.mark.parametrize('delay', [0.001, 0.01, 0.1, 0.4])
@pytest.mark.parametrize('name', TRIPS)
def test_nothing_but_the_server_is_waited_for(name: str, delay: float, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, setup, trips = TRIPS[name]
    result = dial(monkeypatch, delay, settings, setup)
    assert result.times['total'] == pytest.approx(trips * 2000 * delay, abs=1)
    assert all(took % round(1000 * delay) == 0 for took in result.times.values()), result.times


@pytest.mark.parametrize(('settings', 'setup', 'most'), [
    ({'ping': False}, {}, 4700),         # until a server whose side is not open would have repeated its request,
    ({}, {'pings': False}, 4700),        # and all of a pulse come back
    ({}, {'dies': True}, 700),           # the grace for what TCP may have overtaken
])
def test_the_waits_that_there_are(settings: dict[str, t.Any], setup: dict[str, t.Any], most: int,
                                  monkeypatch: pytest.MonkeyPatch) -> None:
    assert dial(monkeypatch, 0.01, settings, setup).times['total'] <= most


@pytest.mark.parametrize('late', [0.001, 0.02, 0.1, 0.3])
def test_a_server_whose_interface_is_not_up_yet_is_pinged_again_soon(late: float, monkeypatch: pytest.MonkeyPatch
                                                                     ) -> None:
    """It loses the first ping, as a pppd does that has just sent its acknowledgement: what is waited on top is no more
    than what it took."""
    monkeypatch.setattr(network, 'DELAY', 0.001)
    made = network.World(Settings(**USER))
    packet, up = made.server.packet, [0.0]

    def once_it_is_up(data: bytes) -> None:
        up[0] = up[0] or made.server.now + late
        if made.server.now >= up[0]:
            packet(data)
    made.server.packet = once_it_is_up    # type: ignore[method-assign]
    result = made.run()
    assert result.status == 'ok'
    assert result.times['ping'] <= 1000 * (2 * late + 0.03) + 2


def test_a_server_that_begins_with_one_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the driver of Linux does; and one that begins with 0, whose first packet is late, is heard all the same."""
    monkeypatch.setattr(network, 'DELAY', 0.01)
    first = network.World(Settings(**USER))
    first.server.sent = 1
    assert first.run().times['total'] == 230
    late = network.World(Settings(**USER))
    put = late.put_gre

    def delayed(kind: str, direction: str, data: t.Any) -> None:
        if kind == 'client' and data.data[8:12] == bytes(4):
            late.put(0.035, kind, data)
        else:
            put(kind, direction, data)
    late.put_gre = delayed    # type: ignore[method-assign]
    result = late.run()
    assert (result.status, result.seen['gre']['lost'], result.seen['gre']['late']) == ('ok', 0, 0)
    assert result.times['total'] < 300
