# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Servers that lie, babble or flood: the session raises nothing, ends within its limits and holds no more for it."""

from __future__ import annotations

import random
import typing as t

import pytest
from hypothesis import given, settings as hypothesis_settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils.dial import events as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.link import COMPLAINTS
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.result import STEPS, WHY, Result
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.session import FLOOD, Session
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.settings import Settings
from ansible_collections.vpnops.pptp.plugins.module_utils.wire import auth, ccp, gre, ipcp, lcp, ppp, pptp
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.dial.setup import Setup
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.dial.world import World

CALL = 0x4242
OPTIONS = st.lists(st.tuples(st.sampled_from((1, 2, 3, 5, 7, 8, 13, 17, 18, 129, 131)),
                             st.sampled_from((b'', bytes(2), bytes(4), b'\1\0\0\x40', b'\x05\x78', b'\xc2\x23\x81',
                                              b'\xc2\x27', b'\xc0\x23', b'BBBB', b'\x0a\x63\0\x64'))), max_size=5)
PACKETS = st.builds(ppp.Packet, st.integers(0, 15), st.integers(0, 4),
                    st.binary(max_size=60) | OPTIONS.map(ppp.encode_options)
                    | st.sampled_from((auth.encode_challenge(bytes(16), b'x'), b'E=691 R=1', b'S=', lcp.echo(1))))
FRAMES = st.builds(ppp.Frame, st.sampled_from(sorted(ppp.PROTOCOLS)), PACKETS.map(ppp.encode) | st.binary(max_size=60))
PAYLOADS = FRAMES.map(ppp.encode_frame) | st.binary(max_size=60)
GRE = st.builds(gre.Packet, st.sampled_from((CALL, CALL, CALL, 7)), st.integers(0, 30) | st.integers(0, 0xffffffff),
                st.none() | st.integers(0, 40), PAYLOADS).map(gre.encode) | st.binary(max_size=60)
MESSAGES = st.sampled_from([pptp.encode(message) for message in (
    pptp.StartReply(), pptp.CallReply(1, CALL), pptp.CallReply(2, 3), pptp.EchoRequest(1), pptp.EchoReply(),
    pptp.Disconnect(1, 2), pptp.LinkInfo(), pptp.WanError(), pptp.StopReply(), pptp.StartReply(result=9),
    pptp.Unknown(77, b''))])
EVENTS = st.one_of(GRE.map(ev.Gre), GRE.map(ev.Gre), GRE.map(ev.Gre), MESSAGES.map(ev.Stream),
                   st.binary(max_size=40).map(ev.Stream), st.builds(ev.Icmp, st.just(3), st.integers(0, 13),
                                                                    st.integers(0, 2000)),
                   st.just(ev.Connected()), st.just(ev.Tick()), st.just(ev.Lost('reset')))
START: list[ev.Event] = [ev.Connected(), ev.Stream(pptp.encode(pptp.StartReply())),
                         ev.Stream(pptp.encode(pptp.CallReply(1, CALL)))]


def end(session: Session, now: float) -> Result:
    """What becomes of *session* when nothing more happens."""
    steps = 0
    while session.deadline is not None:
        now = max(now, session.deadline)
        session.handle(ev.Tick(), now)
        steps += 1
        assert steps < 2000
    assert session.result
    assert session.result.step in STEPS
    assert session.result.why in ('', *WHY)
    return session.result


def begun(mode: str = 'login', **more: t.Any) -> Session:
    session = Session(Settings(mode=mode, user='vpnuser', password='s3cret', **more), lambda size: b'\x42' * size)
    session.start(0)
    for event in START:
        session.handle(event, 0)
    return session


@hypothesis_settings(deadline=None, max_examples=300)
@given(st.sampled_from(('login', 'methods', 'path', 'reach')), st.booleans(),
       st.lists(st.tuples(EVENTS, st.sampled_from((0.0, 0.01, 1.0, 5.0))), max_size=30))
def test_whatever_comes_it_ends(mode: str, started: bool, events: list[tuple[ev.Event, float]]) -> None:
    session = begun(mode) if started else Session(Settings(mode=mode), lambda size: b'\x42' * size)
    now = 0.0
    if not started:
        session.start(now)
    for event, later in events:
        now += later
        for action in session.handle(event, now):
            assert isinstance(action, (ev.SendStream, ev.SendGre, ev.Close, ev.Done))
    result = end(session, now)
    assert 's3cret' not in repr(result)


@hypothesis_settings(deadline=None, max_examples=60)
@given(st.integers(0, 1 << 32), st.floats(0, 1))
def test_a_server_whose_packets_are_damaged(seed: int, damage: float) -> None:
    """Not one that can log in: whatever is bent, S= or a key does not fit any more, or it was not bent."""
    chance = random.Random(seed)
    world = World(Settings(user='vpnuser', password='secretpassword'), seed=seed)
    put = world.put_gre

    def bend(kind: str, direction: str, data: t.Any) -> None:
        if kind == 'client' and chance.random() < damage:
            raw = bytearray(data.data)
            raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
            data = ev.Gre(bytes(raw))
        put(kind, direction, data)
    world.put_gre = bend    # type: ignore[method-assign]
    result = world.run()
    if result.status == 'ok':
        assert result.seen['auth']['verified'] is True


def frame(protocol: int, packet: ppp.Packet) -> bytes:
    return ppp.encode_frame(ppp.Frame(protocol, ppp.encode(packet)))


def configure(protocol: int, code: int, number: int, kind: int, value: bytes) -> bytes:
    return frame(protocol, ppp.Packet(code, number % 256, ppp.encode_options([(kind, value)])))


def test_a_code_that_lcp_does_not_have_is_rejected() -> None:
    """RFC 1661 5.6. Those of RFC 1570 are known, and no rejection is answered; nor is a flood of them."""
    session, said = begun(), []
    for number, code in enumerate((77, 13, 6, 7, 11, 12, 0, *[200] * 50)):
        data = gre.encode(gre.Packet(CALL, number, None, frame(ppp.LCP, ppp.Packet(code, number, b'x' * 99))))
        for action in session.handle(ev.Gre(data), 0.1):
            sent = gre.decode(action.data).payload if isinstance(action, ev.SendGre) else b''
            if sent and (packet := ppp.decode(ppp.decode_frame(sent).body)).code == ppp.CODE_REJECT:
                said.append(packet.data[:2])
    assert said[:3] == [bytes((77, 0)), bytes((13, 1)), bytes((0, 6))]
    assert len(said) == COMPLAINTS


FLOODS = {
    'requests': lambda n: configure(ppp.LCP, 1, n, lcp.MRU, n.to_bytes(2, 'big')),
    'methods': lambda n: configure(ppp.LCP, 1, n, lcp.AUTH, n.to_bytes(3, 'big')),
    'naks': lambda n: configure(ppp.LCP, 3, n, lcp.ACCM, n.to_bytes(4, 'big')),
    'challenges': lambda n: frame(ppp.CHAP, ppp.Packet(1, n % 256, auth.encode_challenge(n.to_bytes(16, 'big'), b'x'))),
    'echoes': lambda n: frame(ppp.LCP, ppp.Packet(9, n % 256, bytes(1400))),
    'protocols': lambda n: ppp.encode_frame(ppp.Frame(0x8001 + 2 * (n % 99), bytes(1000))),
    'addresses': lambda n: configure(ppp.IPCP, 1, n, *ipcp.option(ipcp.ADDRESS, '10.0.0.1')),
    'encrypted': lambda n: ppp.encode_frame(ppp.Frame(ppp.COMPRESSED, bytes(1400))),
    'rubbish': lambda n: bytes(1400),
}


@pytest.mark.parametrize('gaps', [1, 2, 1000])
@pytest.mark.parametrize('name', FLOODS)
def test_a_flood_ends_it(name: str, gaps: int) -> None:
    """Its memory stays what it was: a queue of a few packets, and short lists."""
    session = begun(methods=('mschapv2', 'mschap', 'chap-md5', 'pap'), mppe='prefer')
    up = [ppp.Packet(1, 200, ppp.encode_options([(lcp.AUTH, lcp.METHODS['mschapv2'])])),
          ppp.Packet(2, 1, ppp.encode_options(session.link.policy.request()))]
    for number, packet in enumerate(up):
        session.handle(ev.Gre(gre.encode(gre.Packet(CALL, number, None, frame(ppp.LCP, packet)))), 0.1)
    sent = 0
    for number in range(FLOOD + 100):
        data = gre.encode(gre.Packet(CALL, 2 + number * gaps, None, FLOODS[name](number)))
        sent += len(session.handle(ev.Gre(data), 0.2 + number / 10000))
    assert len(vars(session.tunnel)['_held']) <= 17
    assert len(session.link.policy.offered) <= 16
    assert sent <= 3 * FLOOD + 100
    result = end(session, 1.0)
    assert result.status in ('failed', 'unknown')
    assert name not in ('rubbish', 'protocols', 'encrypted', 'echoes') or gaps > 1 or result.why == 'flooded'
    assert len(repr(result)) < 4000


def test_a_flood_of_messages_and_of_foreign_packets() -> None:
    session = begun()
    for number in range(5000):
        session.handle(ev.Gre(gre.encode(gre.Packet(7, number, None, b'\xff\x03\xc0\x21'))), 0.1)
    assert session.result is None      # another dial at the same server is no flood
    for number in range(300):
        session.handle(ev.Stream(pptp.encode(pptp.EchoRequest(number))), 0.2)
    result = end(session, 0.2)
    assert (result.status, result.why) == ('unknown', 'flooded')


def test_what_comes_before_the_call_is_bounded() -> None:
    session = Session(Settings(), lambda size: b'\x42' * size)
    session.start(0)
    session.handle(START[0], 0)
    for number in range(1000):
        session.handle(ev.Gre(gre.encode(gre.Packet(CALL, number, None, bytes(1400)))), 0)
    assert len(vars(session.tunnel)['_early']) == 16


@pytest.mark.parametrize('text', ['\x1b[31m', '{{ lookup("pipe", "id") }}', '\u202e', 'x' * 5000, '\0\n\r'])
def test_texts_of_the_server_are_cut_and_printable(text: str) -> None:
    failure = 'E=691 R=1 M=' + text
    for setup in (Setup(early_term=text or 'x'), Setup(failure=failure)):
        world = World(Settings(user='vpnuser', password='wrong'), setup)
        detail = world.run().detail
        assert len(detail) <= 120
        assert detail.isprintable()


def test_a_mirror_is_no_server() -> None:
    """Whatever is sent comes back, with the key of this side."""
    session = begun()
    queue = [action.data for action in session.handle(ev.Tick(), 0.0) if isinstance(action, ev.SendGre)]
    first = ppp.Packet(1, 1, ppp.encode_options(session.link.policy.request()))
    queue = [gre.encode(gre.Packet(CALL, 0, None, frame(ppp.LCP, first)))]
    for _round in range(50):
        again: list[bytes] = []
        for data in queue:
            back = gre.decode(data)._replace(call_id=CALL)
            again += [action.data for action in session.handle(ev.Gre(gre.encode(back)), 0.1)
                      if isinstance(action, ev.SendGre)]
        queue = again
    result = end(session, 0.1)
    assert result.status in ('failed', 'unknown')
    assert result.step in ('lcp', 'gre')


def test_a_server_that_offers_bits_that_do_not_exist() -> None:
    for bits in (0, 1, 0xffffffff, ccp.BITS_128, ccp.STATELESS):
        world = World(Settings(user='vpnuser', password='secretpassword'), Setup(encryption=bits))
        world.run()


def test_packets_that_never_came_cost_little() -> None:
    """A server that knows the password claims that 255 were lost before each: after some thousands no key is made."""
    world = World(Settings(user='vpnuser', password='secretpassword'), Setup(pings=False))
    server, session = world.server, world.session
    up = server.layer_up

    def claim(side: t.Any) -> None:
        up(side)
        for number in range(1, 200) if side is server.ipcp else ():
            count = (0x9000 | (256 * number - 1) % 4096).to_bytes(2, 'big')
            server.frame(ppp.Frame(ppp.COMPRESSED, count + bytes(40)))
    server.layer_up = claim    # type: ignore[method-assign]
    result = world.run()
    ciphers = vars(t.cast(t.Any, session.link.network))['_ciphers']
    assert 4000 < ciphers[1].skipped < 4400
    assert (result.status, result.seen['ccp']['verified']) == ('failed', False)
