# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Servers that answer everything, and never in a way that lets it end."""

from __future__ import annotations

import itertools
import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.dial import events as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.settings import Settings
from ansible_collections.vpnops.pptp.plugins.module_utils.wire import auth, ccp, ipcp, lcp, ppp, pptp
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.dial.server import Server
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.dial.setup import Setup
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.dial.sound import SECRET, check
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.dial.world import World

COUNT = itertools.count(1)


def world(setup: Setup | None = None, **settings: t.Any) -> World:
    made = setup or Setup()
    made.users = {'vpnuser': SECRET}
    return World(Settings(**{'user': 'vpnuser', 'password': SECRET, **settings}), made)


def fresh(kind: int) -> list[ppp.Option]:
    return [(kind, next(COUNT).to_bytes(4, 'big'))]


@pytest.mark.parametrize(('protocol', 'code', 'options', 'step', 'whys'), [
    ('lcp', 3, lambda asked: fresh(lcp.MAGIC), 'lcp', ('looped',)),
    ('lcp', 3, lambda asked: fresh(lcp.ACCM), 'lcp', ('no-agreement',)),
    ('lcp', 4, lambda asked: asked, 'lcp', ('no-agreement',)),               # nothing at all, too
    ('lcp', 4, lambda asked: [*asked, (99, b'x')], 'lcp', ('lossy',)),       # what was not asked for: no answer
    ('ccp', 3, lambda asked: [ccp.option(0x01000040)], 'ccp', ('no-agreement',)),
    ('ccp', 3, lambda asked: fresh(ccp.MPPE), 'ccp', ('encryption-refused', 'strength')),
    ('ccp', 4, lambda asked: asked, 'ccp', ('encryption-refused',)),
    ('ipcp', 3, lambda asked: fresh(ipcp.ADDRESS), 'ipcp', ('no-agreement',)),
    ('ipcp', 3, lambda asked: [*fresh(ipcp.DNS1), *fresh(ipcp.NBNS1)], 'ipcp', ('no-agreement',)),
    ('ipcp', 3, lambda asked: [(ipcp.ADDRESS, b'')], 'ipcp', ('lossy',)),
    ('ipcp', 4, lambda asked: asked, 'ipcp', ('no-address',)),
])
def test_an_argument_about_options_ends(protocol: str, code: int, options: t.Callable[[t.Any], t.Any], step: str,
                                        whys: tuple[str, ...]) -> None:
    made = world()
    getattr(made.server, protocol).judge = lambda asked: (code, options(asked))
    result = check(made.run())
    assert (result.step, result.status) == (step, 'unknown' if whys == ('lossy',) else 'failed'), result
    assert result.why in whys        # a server that repeats what was acknowledged looks like one that does not hear
    assert result.times['total'] < 25000


@pytest.mark.parametrize(('protocol', 'wanted', 'step'), [
    ('lcp', lambda: [(lcp.AUTH, b'\xc2\x23' + next(COUNT).to_bytes(4, 'big'))], 'auth'),
    ('lcp', lambda: fresh(99), 'lcp'),
    ('ccp', lambda: [(99, b''), *fresh(ccp.MPPE)], 'ccp'),
    ('ipcp', lambda: [*fresh(ipcp.DNS1)], 'ipcp'),
])
def test_a_server_that_insists_on_something_else_each_time(protocol: str, wanted: t.Any, step: str) -> None:
    made = world()
    getattr(made.server, protocol).wanted = wanted
    made.server.refused = lambda side, packet: None    # type: ignore[method-assign]
    result = check(made.run())
    assert (result.status, result.step) == ('failed', step), result
    assert result.times['total'] < 20000


class Restarting(Server):
    """It begins LCP anew as soon as *protocol* stands."""

    protocol = ppp.LCP

    def layer_up(self, side: t.Any) -> None:
        super().layer_up(side)
        if side.protocol == self.protocol:
            self.layer_down(self.lcp)
            self.lcp.state = 'req-sent'
            self.lcp.tries = 0
            self.lcp.renew()


@pytest.mark.parametrize('protocol', [ppp.LCP, ppp.CCP])
def test_a_server_that_starts_over_again_and_again(protocol: int) -> None:
    made = world()
    made.server = Restarting(made.server.setup)
    made.server.protocol = protocol
    result = check(made.run())
    assert (result.status, result.step, result.why) == ('unknown', 'lcp', 'unstable')
    assert result.times['total'] < 10000


class Asking(Server):
    """It answers each answer with another question."""

    def proof(self, protocol: int, packet: ppp.Packet) -> None:
        number = next(COUNT) % 256
        if protocol == ppp.CHAP:
            size = 8 if self.methods[0] == 'mschap' else 16
            self.say_ppp(ppp.CHAP, ppp.Packet(1, number, auth.encode_challenge(bytes([number]) * size, b'x')))
        elif protocol == ppp.EAP:
            self.say_ppp(ppp.EAP, ppp.Packet(1, number, bytes([1 + number % 200])))
        else:
            self.say_ppp(ppp.LCP, ppp.Packet(lcp.ECHO_REQUEST, number, bytes(4)))


@pytest.mark.parametrize('method', ['mschapv2', 'mschap', 'chap-md5', 'eap', 'pap'])
def test_a_server_that_never_has_enough_of_answers(method: str) -> None:
    made = world(Setup(methods=(method,)), methods=(method,))
    made.server = Asking(made.server.setup)
    result = check(made.run())
    assert (result.status, result.step) in (('failed', 'auth'), ('unknown', 'auth')), result
    assert result.times['total'] < 45000


@pytest.mark.parametrize('message', [
    pptp.StartReply(), pptp.StartReply(result=3), pptp.CallReply(1, 9), pptp.EchoRequest(1), pptp.LinkInfo(1),
    pptp.StopReply(), pptp.Disconnect(9, 1), pptp.ClearRequest(9), pptp.Unknown(9, b'')])
@pytest.mark.parametrize('mute', ['control', 'call', 'gre', 'ipcp'])
def test_control_messages_without_end(message: pptp.Message, mute: str) -> None:
    made = world(Setup(mute=mute))
    for number in range(500):
        made.put(0.05 * number, 'client', ev.Stream(pptp.encode(message)))
    result = check(made.run())
    answers = isinstance(message, pptp.StartReply) and message.result == 1 and mute == 'control'
    assert result.status == 'ok' if answers else result.status in ('failed', 'unknown')
    assert result.times['total'] < 30000
