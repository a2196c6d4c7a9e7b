# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A server that behaves up to a step and then says one thing for ever, fast or slowly: the session ends within its
limits, holds no more bytes for it, answers no more than it is asked, and its result is as small as ever."""

from __future__ import annotations

import itertools
import tracemalloc
import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.dial import events as ev, session as session_of_dial
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.settings import Settings
from ansible_collections.vpnops.pptp.plugins.module_utils.wire import auth, ccp, gre, ipcp, lcp, ppp, pptp
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.dial.server import Server
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.dial.setup import Setup
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.dial.sound import SECRET, Driver

ROOM = 256 * 1024     # bytes: what a session may take on top, whatever comes, and the packet in hand three times
FEW = 400             # packets that are a flood here, so that this takes seconds; test_hostile has the real number
ANY = ('mschapv2', 'mschap', 'chap-md5', 'pap')
STEPS = ('gre', 'lcp', 'auth', 'ccp', 'ipcp', 'ping', 'path', 'end')
Maker = t.Callable[[int], bytes]


def packet(protocol: int, code: int, number: int, data: bytes = b'') -> bytes:
    return ppp.encode_frame(ppp.Frame(protocol, ppp.encode(ppp.Packet(code, number % 256, data))))


def options(*pairs: ppp.Option) -> bytes:
    return ppp.encode_options(pairs)


FRAMES: dict[str, Maker] = {
    'the same request': lambda n: packet(ppp.LCP, 1, 9, options((lcp.MRU, b'\x05\x78'))),
    'requests': lambda n: packet(ppp.LCP, 1, n, options((lcp.MRU, n.to_bytes(2, 'big')))),
    'long requests': lambda n: packet(ppp.LCP, 1, n, options(*[(99, n.to_bytes(4, 'big') * 60)] * 6)),
    'methods': lambda n: packet(ppp.LCP, 1, n, options((lcp.AUTH, b'\xc2\x23' + n.to_bytes(6, 'big')))),
    'naks': lambda n: packet(ppp.LCP, 3, n, options((lcp.MAGIC, n.to_bytes(4, 'big')))),
    'rejects': lambda n: packet(ppp.LCP, 4, n, options((lcp.ACCM, bytes(4)))),
    'acks': lambda n: packet(ppp.LCP, 2, n, options((lcp.ACCM, bytes(4)))),
    'terminate acks': lambda n: packet(ppp.LCP, 6, n),
    'code rejects': lambda n: packet(ppp.LCP, 7, n, bytes(1000)),
    'protocol rejects': lambda n: packet(ppp.LCP, 8, n, n.to_bytes(2, 'big')),
    'echoes': lambda n: packet(ppp.LCP, 9, n, bytes(1400)),
    'echo replies': lambda n: packet(ppp.LCP, 10, n, bytes(1400)),
    'identifications': lambda n: packet(ppp.LCP, 12, n, bytes(1400)),
    'the same challenge': lambda n: packet(ppp.CHAP, 1, 9, auth.encode_challenge(bytes(16), b'x')),
    'challenges': lambda n: packet(ppp.CHAP, 1, n, auth.encode_challenge(n.to_bytes(16, 'big'), b'x' * 900)),
    'successes': lambda n: packet(ppp.CHAP, 3, n, b'S=' + bytes(900)),
    'pap naks': lambda n: packet(ppp.PAP, 3, n + 2, bytes(900)),
    'eap': lambda n: packet(ppp.EAP, 1, n, bytes((n % 256,)) * 900),
    'ccp requests': lambda n: packet(ppp.CCP, 1, n, options(ccp.option(n))),
    'ccp naks': lambda n: packet(ppp.CCP, 3, n, options(ccp.option(0x01000040))),
    'ipcp requests': lambda n: packet(ppp.IPCP, 1, n, options(ipcp.option(ipcp.ADDRESS, '10.0.%d.1' % (n % 256)))),
    'ipcp naks': lambda n: packet(ppp.IPCP, 3, n, options(ipcp.option(ipcp.ADDRESS, '10.0.%d.9' % (n % 256)))),
    'encrypted': lambda n: ppp.encode_frame(ppp.Frame(ppp.COMPRESSED, b'\x90' + n.to_bytes(3, 'big') + bytes(1400))),
    'ip': lambda n: ppp.encode_frame(ppp.Frame(ppp.IP, bytes(1400))),
    'protocols': lambda n: ppp.encode_frame(ppp.Frame(0x8001 + 2 * (n % 99), bytes(1000))),
    'giants': lambda n: bytes(65000),
}
PACKETS: dict[str, Maker] = {
    'acknowledgements': lambda n: gre.encode(gre.Packet(0x4242, ack=n)),
    'of another call': lambda n: gre.encode(gre.Packet(7, n, n, bytes(1400))),
    'giants with gaps': lambda n: gre.encode(gre.Packet(0x4242, 1000 + 2 * n, n, bytes(65000))),
    'gaps': lambda n: gre.encode(gre.Packet(0x4242, 1000 + 2 * n, n, bytes(1400))),
    'backwards': lambda n: gre.encode(gre.Packet(0x4242, 100000 - n, n, bytes(1400))),
    'no gre': lambda n: bytes(1400),
}
MESSAGES: dict[str, Maker] = {
    'start replies': lambda n: pptp.encode(pptp.StartReply(host='x' * 64, vendor='y' * 64)),
    'call replies': lambda n: pptp.encode(pptp.CallReply(n % 65536, 0x4242, 1 + n % 2)),
    'control echoes': lambda n: pptp.encode(pptp.EchoRequest(n)),
    'link infos': lambda n: pptp.encode(pptp.LinkInfo(n % 65536)),
    'unknown': lambda n: pptp.encode(pptp.Unknown(99, bytes(500))),
    'one byte at a time': lambda n: pptp.encode(pptp.EchoRequest(1))[n % 16:n % 16 + 1],
    'full reads': lambda n: pptp.encode(pptp.LinkInfo(1)) * 170,
}


def led(step: str) -> tuple[Driver, Server]:
    """A session that a good server has led to *step*."""
    server = Server(Setup(users={'vpnuser': SECRET}, pings=False))
    mode, mppe = ('path' if step == 'path' else 'login'), ('none' if step == 'ipcp' else 'prefer')
    driver = Driver(Settings(mode=mode, user='vpnuser', password=SECRET, methods=ANY, mppe=mppe))
    todo: list[ev.Event] = [ev.Connected()]
    session = driver.session
    while session.step != step and step != 'end' or step == 'end' and not vars(session)['_verdict']:
        if not todo:
            todo.append(ev.Tick())
        actions = driver.tell(todo.pop(0), 0.01)
        for action in actions:
            if isinstance(action, ev.SendStream):
                server.tcp(action.data)
            elif isinstance(action, ev.SendGre):
                server.gre(action.data)
        if step == 'end' and session.step == 'ping':
            session.end('ok', 'ping')
        todo += [ev.Gre(t.cast(bytes, data)) if kind == 'gre' else ev.Stream(t.cast(bytes, data))
                 for kind, data in server.out]
        server.out.clear()
    return driver, server


def flood(driver: Driver, events: t.Iterator[ev.Event], gap: float) -> int:
    """The bytes that it took at most, beside those that stand already."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for event in events:
            if driver.session.result is not None:
                break
            driver.tell(event, gap)
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def stream_of(name: str, first: int) -> t.Iterator[ev.Event]:
    for number in itertools.count():
        if name in FRAMES:
            yield ev.Gre(gre.encode(gre.Packet(0x4242, first + number, None, FRAMES[name](number))))
        elif name in PACKETS:
            yield ev.Gre(PACKETS[name](number))
        else:
            yield ev.Stream(MESSAGES[name](number))


NAMES = [*FRAMES, *PACKETS, *MESSAGES]


@pytest.mark.parametrize('step', ['lcp', 'auth', 'ipcp', 'ping'])
@pytest.mark.parametrize('name', NAMES)
def test_a_slow_flood_ends_with_the_step(name: str, step: str) -> None:
    driver, server = led(step)
    before = driver.packets
    taken = flood(driver, itertools.islice(stream_of(name, server.sent), 200), 1.0)
    driver.end()
    assert taken < ROOM
    assert driver.packets - before < 500


@pytest.mark.parametrize(('name', 'step'), [
    *((name, step) for name in NAMES for step in STEPS),
    *((name, step) for name in (*PACKETS, *MESSAGES) for step in ('control', 'call'))])
def test_a_fast_flood_takes_no_memory(name: str, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_of_dial, 'FLOOD', FEW)
    driver, server = led(step)
    packets, octets = driver.packets, driver.octets
    taken = flood(driver, itertools.islice(stream_of(name, server.sent), 2 * FEW), 0.0001)
    driver.end()
    assert taken < ROOM
    assert driver.packets - packets < 2 * FEW + 300
    assert driver.octets - octets < 300 * FEW + 200000
