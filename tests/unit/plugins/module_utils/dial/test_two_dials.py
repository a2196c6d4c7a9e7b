# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Two dials at once from one host to one server: the raw socket of each hears the GRE packets of both. A packet with
the number of another call changes nothing but the count of foreign ones."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.dial import events as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.result import Result
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.session import Session
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.settings import Settings
from ansible_collections.vpnops.pptp.plugins.module_utils.wire import gre, lcp, ppp, pptp
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.dial.setup import Setup
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.dial.test_lossy import NETWORKS
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.dial.world import World

GOOD: dict[str, t.Any] = {'user': 'vpnuser', 'password': 'secretpassword'}
WRONG = {**GOOD, 'password': 'wrong'}


def heard(world: World) -> list[tuple[float, ev.Gre]]:
    """What its raw socket hears when it dials alone, with the time since it began."""
    found: list[tuple[float, ev.Gre]] = []
    begin, deliver = world.now, world.deliver

    def note(kind: str, what: t.Any) -> None:
        if kind == 'client' and isinstance(what, ev.Gre):
            found.append((world.now - begin, what))
        deliver(kind, what)
    world.deliver = note    # type: ignore[method-assign]
    world.run()
    return found


def without(result: Result) -> Result:
    """*result* but for the count of foreign packets."""
    seen = {**result.seen, 'gre': {**result.seen['gre'], 'foreign': 0}}
    return result._replace(seen=seen)


@pytest.mark.parametrize('network', ['clean', *NETWORKS])
@pytest.mark.parametrize(('mine', 'others'), [(GOOD, GOOD), (GOOD, WRONG), (WRONG, GOOD)])
def test_another_dial_changes_nothing(mine: dict[str, t.Any], others: dict[str, t.Any], network: str) -> None:
    kind = NETWORKS.get(network, {})
    for seed in range(15):
        other = heard(World(Settings(**others), Setup(), seed=seed + 1000, **kind))
        alone = World(Settings(**mine), Setup(), seed=seed, **kind).run()
        both = World(Settings(**mine), Setup(), seed=seed, **kind)
        for when, packet in other:
            both.put(when + 0.001 * seed, 'client', packet)
        result = both.run()
        assert without(result) == without(alone), seed
        assert result.seen['gre']['foreign'] > 0
        assert both.server.sessions == 0


def test_what_the_other_hears_before_this_call_stands_takes_no_room() -> None:
    session = Session(Settings(**GOOD), lambda size: b'\x42' * size)
    session.start(0)
    session.handle(ev.Connected(), 0)
    session.handle(ev.Stream(pptp.encode(pptp.StartReply())), 0)
    request = ppp.encode_frame(ppp.Frame(ppp.LCP, ppp.encode(ppp.Packet(1, 1, ppp.encode_options([(lcp.PFC, b'')])))))
    for number in range(100):
        session.handle(ev.Gre(gre.encode(gre.Packet(7, number, None, request))), 0)
    session.handle(ev.Gre(gre.encode(gre.Packet(0x4242, 0, None, request))), 0)
    session.handle(ev.Stream(pptp.encode(pptp.CallReply(1, 0x4242))), 0)
    assert session.step == 'lcp'
    assert (session.tunnel.counters.received, session.tunnel.counters.foreign) == (1, 100)


def test_a_call_reply_to_another_call_is_none() -> None:
    session = Session(Settings(**GOOD), lambda size: b'\x42' * size)
    session.start(0)
    session.handle(ev.Connected(), 0)
    session.handle(ev.Stream(pptp.encode(pptp.StartReply()) + pptp.encode(pptp.CallReply(1, 7))), 0)
    assert session.step == 'call'
