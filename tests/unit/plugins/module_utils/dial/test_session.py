# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whole dials at a server without sockets: healthy ones, and one for each way to fail that a client can see."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.dial import events as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.result import STEPS, WHY
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.session import Session
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.settings import ORDERS, Limits, Settings
from ansible_collections.vpnops.pptp.plugins.module_utils.wire import ccp, ip, ppp, pptp
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.dial.setup import Setup
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.dial.world import World

USER: dict[str, t.Any] = {'user': 'vpnuser', 'password': 'secretpassword'}
ANY = ('mschapv2', 'mschap', 'chap-md5', 'pap')


def dial(settings: Settings, setup: Setup | None = None, **network: t.Any) -> World:
    world = World(settings, setup, **network)
    result = world.run()
    assert result.step in STEPS
    assert result.why in ('', *WHY)
    assert isinstance(world.actions[-1], ev.Done)
    assert world.server.sessions == 0 or 'out' in world.eaten, 'a session is left behind'
    return world


def verdict(settings: Settings, setup: Setup | None = None, **network: t.Any) -> tuple[str, str, str]:
    result = dial(settings, setup, **network).session.result
    assert result
    return result.status, result.step, result.why


def seen(settings: Settings, setup: Setup | None = None, **network: t.Any) -> dict[str, t.Any]:
    result = dial(settings, setup, **network).session.result
    assert result
    return result.seen


def test_a_login_that_works() -> None:
    world = dial(Settings(**USER))
    result = world.session.result
    assert result
    assert result[:5] == ('ok', 'ping', '', '', 'login')
    assert list(result.times) == ['tcp', 'control', 'call', 'gre', 'lcp', 'auth', 'ccp', 'ipcp', 'ping', 'total']
    assert result.seen['control']['vendor'] == 'linux'
    assert result.seen['auth'] == {'offered': ['mschapv2'], 'method': 'mschapv2', 'server': 'pptpd', 'verified': True}
    assert result.seen['ccp'] == {'offered': ['128 stateless'], 'strength': 128, 'verified': True}
    assert result.seen['ipcp'] == {'address': '10.99.0.100', 'peer': '10.99.0.1', 'dns': ['8.8.8.8', '8.8.4.4']}
    assert result.seen['ping'] == {'sent': 1, 'answered': True}
    assert result.seen['ended'] == {'link': True, 'call': True, 'control': True}
    ended = ['term: vpnops.pptp dial: login', 'ClearRequest', 'StopRequest']
    assert world.server.log == ['StartRequest', 'CallRequest', *ended]


@pytest.mark.parametrize(('settings', 'setup', 'step'), [
    ({'ping': False}, {}, 'ipcp'),
    ({}, {'pings': False}, 'ping'),
    ({}, {'own': ''}, 'ping'),
    ({}, {'short': True}, 'ping'),
    ({'strengths': (128, 40)}, {'encryption': ccp.STATELESS | ccp.BITS_40}, 'ping'),
    ({'strengths': (40,)}, {'encryption': ccp.STATELESS | ccp.BITS_40}, 'ping'),
    ({'mppe': 'none'}, {'encryption': 0}, 'ping'),
    ({'mppe': 'prefer'}, {'encryption': 0}, 'ping'),
    ({'mppe': 'prefer'}, {'encryption': 0, 'no_ccp': True}, 'ping'),
    ({'methods': ANY}, {'methods': ('mschap',)}, 'ping'),
    ({'methods': ANY, 'mppe': 'none'}, {'methods': ('chap-md5',), 'encryption': 0}, 'ping'),
    ({'methods': ANY, 'mppe': 'none'}, {'methods': ('pap',), 'encryption': 0}, 'ping'),
    ({'mppe': 'none'}, {'methods': (), 'encryption': 0}, 'ping'),
    ({}, {'methods': ('eap', 'mschapv2')}, 'ping'),
    ({'mode': 'reach'}, {}, 'call'),
    ({'mode': 'methods'}, {}, 'auth'),
    ({'mode': 'path'}, {}, 'path'),
])
def test_what_works(settings: dict[str, t.Any], setup: dict[str, t.Any], step: str) -> None:
    assert verdict(Settings(**{**USER, **settings}), Setup(**setup)) == ('ok', step, '')


@pytest.mark.parametrize(('network', 'expected'), [
    ({'connects': 'refused'}, ('failed', 'tcp', 'refused')),
    ({'connects': 'unreachable'}, ('failed', 'tcp', 'unreachable')),
    ({'connects': 'never'}, ('failed', 'tcp', 'timeout')),
    ({'eaten': 'in'}, ('failed', 'gre', 'no-answer')),
    ({'eaten': 'out'}, ('failed', 'gre', 'not-heard')),
    ({'eaten': 'in out'}, ('failed', 'gre', 'no-answer')),
])
def test_what_the_network_does(network: dict[str, t.Any], expected: tuple[str, str, str]) -> None:
    assert verdict(Settings(**USER), **network) == expected


@pytest.mark.parametrize(('settings', 'setup', 'expected'), [
    ({}, {'mute': 'control'}, ('failed', 'control', 'no-answer')),
    ({}, {'start_result': 4}, ('failed', 'control', 'refused')),
    ({}, {'mute': 'call'}, ('failed', 'call', 'no-answer')),
    ({}, {'call_result': 4}, ('failed', 'call', 'refused')),
    ({'mode': 'reach'}, {'call_result': 7}, ('failed', 'call', 'refused')),
    ({'gre': False}, {}, ('unknown', 'gre', 'not-permitted')),
    ({}, {'dies': True}, ('failed', 'gre', 'hung-up')),
    ({}, {'mute': 'gre'}, ('failed', 'gre', 'no-answer')),
    ({}, {'early_term': 'multilink required'}, ('failed', 'auth', 'terminated')),
    ({}, {'methods': ('pap',)}, ('failed', 'auth', 'no-method')),
    ({}, {'methods': ('eap',)}, ('failed', 'auth', 'no-method')),
    ({'methods': ('eap',)}, {'methods': ('eap',)}, ('failed', 'auth', 'no-method')),
    ({'methods': ('chap-md5',)}, {'methods': ('mschapv2', 'mschap')}, ('failed', 'auth', 'no-method')),
    ({}, {'mute': 'auth'}, ('failed', 'auth', 'terminated')),
    ({'limits': Limits(auth=9)}, {'mute': 'auth'}, ('failed', 'auth', 'no-answer')),
    ({'password': 'wrong'}, {}, ('failed', 'auth', 'rejected')),
    ({'user': 'nobody'}, {}, ('failed', 'auth', 'rejected')),
    ({'password': 'no text \ud83d'}, {}, ('failed', 'auth', 'bad-credentials')),
    ({'methods': ('pap',), 'password': 'wrong'}, {'methods': ('pap',)}, ('failed', 'auth', 'rejected')),
    ({'methods': ('chap-md5',), 'password': 'wrong'}, {'methods': ('chap-md5',)}, ('failed', 'auth', 'rejected')),
    ({}, {'wrong_proof': True}, ('failed', 'auth', 'server-not-verified')),
    ({}, {'encryption': 0}, ('failed', 'ccp', 'encryption-refused')),
    ({}, {'no_ccp': True, 'encryption': 0}, ('failed', 'ccp', 'no-ccp')),
    ({}, {'mute': 'ccp', 'encryption': 0}, ('failed', 'ccp', 'no-answer')),
    ({}, {'methods': (), 'encryption': 0}, ('failed', 'ccp', 'no-key')),
    ({}, {'wrong_keys': True}, ('failed', 'ccp', 'keys-differ')),
    ({'methods': ('pap',)}, {'methods': ('pap',), 'encryption': 0}, ('failed', 'ccp', 'no-key')),
    ({}, {'encryption': ccp.STATELESS | ccp.BITS_40}, ('failed', 'ccp', 'strength')),
    ({'mppe': 'none'}, {}, ('failed', 'ccp', 'terminated')),
    ({}, {'early_term': 'MPPE required but not available'}, ('failed', 'ccp', 'terminated')),
    ({}, {'pool': '0.0.0.0'}, ('failed', 'ipcp', 'no-address')),
    ({}, {'mute': 'ipcp'}, ('failed', 'ipcp', 'no-answer')),
    ({}, {'refuses': 'Unauthorized remote IP address'}, ('failed', 'ipcp', 'terminated')),
    ({'mode': 'path'}, {'eats': 500}, ('failed', 'path', 'no-echo')),
    ({'mode': 'path'}, {'early_term': 'whatever'}, ('unknown', 'path', 'cut-short')),
])
def test_each_way_to_fail(settings: dict[str, t.Any], setup: dict[str, t.Any], expected: tuple[str, str, str]) -> None:
    assert verdict(Settings(**{**USER, **settings}), Setup(**setup)) == expected


@pytest.mark.parametrize('text', ['', 'No reason', '\0'])
def test_a_server_that_does_not_say_why_is_not_said_to_have_said_it(text: str) -> None:
    world = World(Settings(**USER))
    up = world.server.layer_up

    def end(side: t.Any) -> None:
        up(side)
        if side is world.server.lcp:
            world.server.terminate(text)
    world.server.layer_up = end    # type: ignore[method-assign]
    result = world.run()
    assert (result.why, result.detail) == ('terminated', {'': 'the text is empty', '\0': '?'}.get(text, text))


@pytest.mark.parametrize('methods', [
    ('mschapv2',), ('pap',), ('eap', 'mschapv2', 'pap'), ('mschapv2', 'mschap', 'chap-md5'),
    ('eap', 'chap-md5', 'mschapv2', 'mschap', 'pap'), ('chap-md5', 'mschapv2', 'mschap', 'pap'), ()])
def test_the_methods_of_a_server(methods: tuple[str, ...]) -> None:
    found = [seen(Settings(mode='methods', suggested=order), Setup(methods=methods))['auth'] for order in ORDERS]
    assert {name for one in found for name in one['offered']} == set(methods)
    assert {one['method'] for one in found} == {'' if methods else 'none'}


def test_what_a_failure_says() -> None:
    failure = 'E=649 R=0 C=%s V=3 M=Not for you' % ('0' * 32)
    found = seen(Settings(user='vpnuser', password='wrong'), Setup(failure=failure))['auth']
    assert found['failure'] == {'code': 649, 'words': 'no dial-in permission', 'message': 'Not for you', 'retry': False}
    assert 'verified' not in found


@pytest.mark.parametrize(('eats', 'largest'), [
    (1500, 1440), (1440, 1440), (1400, 1400), (1399, 1399), (1000, 1000), (576, 576)])
def test_the_largest_packet_that_passes(eats: int, largest: int) -> None:
    path = seen(Settings(mode='path'), Setup(eats=eats))['path']
    assert largest - 3 <= path['largest'] <= largest
    assert (path['mtu'], path['mss']) == (path['largest'] - 44, path['largest'] - 84)
    assert path['asked'] == 1440     # the MRU of 1400 ends the ladder


def test_the_largest_packet_as_a_router_tells_it() -> None:
    """It is believed after a packet of that size has passed, and not before."""
    world = World(Settings(mode='path'), Setup(eats=1400))
    send = world.put_gre

    def put(kind: str, direction: str, data: t.Any) -> None:
        if kind == 'server gre' and 20 + len(data) > 1400:
            world.put(0.01, 'client', ev.Icmp(3, 4, 1400))
        send(kind, direction, data)
    world.put_gre = put    # type: ignore[method-assign]
    result = world.run()
    assert result.seen['path'] == {'largest': 1400, 'asked': 1440, 'mtu': 1356, 'mss': 1316, 'told': 1400}
    assert result.times['path'] < 200


def test_an_icmp_error_is_the_reason_where_nothing_else_comes() -> None:
    world = World(Settings(**USER), Setup(mute='gre'))
    world.put(1, 'client', ev.Icmp(3, 2))
    result = world.run()
    assert (result.step, result.why, result.seen['icmp']) == ('gre', 'refused', [[3, 2]])
    world = World(Settings(**USER))
    world.put(0.01, 'client', ev.Icmp(3, 2))
    assert world.run().status == 'ok'


def test_the_server_hangs_up_and_the_reason_comes_later() -> None:
    """TCP overtakes GRE: the verdict waits for what is still on its way."""
    world = World(Settings(user='vpnuser', password='wrong'))
    deliver = world.put_gre

    def late(kind: str, direction: str, data: t.Any) -> None:
        if kind == 'client' and b'E=691' in data.data:
            world.put(0, 'client', ev.Lost('closed'))
            world.put(0.3, kind, data)
        else:
            deliver(kind, direction, data)
    world.put_gre = late    # type: ignore[method-assign]
    result = world.run()
    assert (result.status, result.step, result.why) == ('failed', 'auth', 'rejected')
    assert result.seen['hang_up']['how'] == 'closed'


@pytest.mark.parametrize('when', [0.015, 0.035, 0.055, 0.09, 0.13, 0.17])
def test_the_connection_is_lost_at_any_time(when: float) -> None:
    world = World(Settings(**USER))
    world.put(when, 'client', ev.Lost('reset'))
    result = world.run()
    assert result.status in ('failed', 'unknown')
    assert result.times['total'] < 5000


@pytest.mark.parametrize('setup', [{}, {'mute': 'auth'}, {'pings': False}])
def test_a_server_is_told_through_the_tunnel_where_the_connection_is_lost(setup: dict[str, t.Any]) -> None:
    """A reset that something on the way has made: the server knows nothing of it, and would keep its session."""
    world = World(Settings(**USER), Setup(**setup))
    world.put(0.11, 'client', ev.Lost('reset'))
    result = world.run()
    assert 'term: vpnops.pptp dial: login' in world.server.log
    assert result.times['total'] < 1000


def test_nobody_is_told_twice() -> None:
    """A server that has ended the link, or the call, itself knows."""
    for setup in ({'dies': True}, {'early_term': 'multilink required'}):
        world = World(Settings(**USER), Setup(**setup))
        world.run()
        assert [said for said in world.server.log if said.startswith('term')] == []


@pytest.mark.parametrize('banner', [
    b'SSH-2.0-OpenSSH_9.2p1 Debian\r\n', b'HTTP/1.1 400 Bad Request\r\n\r\n', bytes(200), b'220 ftp\r\n'])
def test_what_answers_is_not_pptp(banner: bytes) -> None:
    world = World(Settings(**USER), Setup(mute='control'))
    world.put(0.05, 'client', ev.Stream(banner))
    result = world.run()
    assert (result.status, result.step, result.why) == ('failed', 'control', 'not-pptp')


def test_an_echo_and_a_stop_are_answered() -> None:
    world = World(Settings(**USER), Setup(mute='gre'))
    world.put(0.5, 'client', ev.Stream(pptp.encode(pptp.EchoRequest(42)) + pptp.encode(pptp.StopRequest(3))))
    result = world.run()
    sent = b''.join(action.data for action in world.actions if isinstance(action, ev.SendStream))
    assert pptp.encode(pptp.EchoReply(42)) + pptp.encode(pptp.StopReply()) in sent
    assert (result.step, result.why, result.seen['hang_up']['words']) == ('gre', 'hung-up', 'shutting down')


def test_the_password_is_not_shown() -> None:
    settings = Settings(user='vpnuser', password='s3cret-passphrase')
    world = dial(settings)
    for what in (settings, world.session.result, world.actions, vars(world.session.link.login or object)):
        assert 's3cret' not in repr(what)
    assert 's3cret' not in repr(dial(Settings(user='vpnuser', password='s3cret\ud83d')).session.result)


def test_nothing_happens_after_the_end() -> None:
    world = dial(Settings(mode='reach'))
    session = world.session
    assert session.deadline is None
    assert session.handle(ev.Stream(b'x' * 100), world.now) == []
    assert session.handle(ev.Connected(), world.now + 100) == []


def test_a_session_alone_ends_in_time() -> None:
    """Whatever it hears is nothing: every wait is bounded."""
    session = Session(Settings(**USER), bytes)
    session.start(0)
    now = 0.0
    while session.deadline is not None:
        assert session.deadline >= now
        now = session.deadline
        session.handle(ev.Tick(), now)
    assert now <= 15


@pytest.mark.parametrize(('hidden', 'verified'), [
    (b'', None), (b'\x21' + bytes(40), False), (b'\x57' + bytes(40), False), (b'\x02\x81' + bytes(40), False),
    (b'\x57\x60' + bytes(3) + b'\x00\x08\x3a\x01' + bytes(40), True),
    (b'\x00\x21' + ip.encode(ip.Echo(ip.ECHO_REQUEST, bytes(4), bytes(4), 1, 1)), True)])
def test_only_what_makes_sense_shows_that_the_keys_are_the_same(hidden: bytes, verified: bool | None) -> None:
    """A number of a protocol is not enough: of random bytes, one in a hundred begins with one."""
    world = World(Settings(**USER), Setup(pings=False))
    up = world.server.layer_up

    def say(side: t.Any) -> None:
        up(side)
        for _time in range(2 if hidden and side is world.server.ipcp else 0):
            world.server.frame(ppp.Frame(ppp.COMPRESSED, t.cast(t.Any, world.server.ciphers)[0].encrypt(hidden)))
    world.server.layer_up = say    # type: ignore[method-assign]
    result = world.run()
    assert result.seen['ccp']['verified'] is verified
    assert result[:3] == (('failed', 'ccp', 'keys-differ') if verified is False else ('ok', 'ping', ''))


def test_an_answer_in_the_clear_is_none_where_encryption_was_agreed_on() -> None:
    world = World(Settings(**USER))
    packet = world.server.packet

    def clear(data: bytes) -> None:
        kept, world.server.ciphers = world.server.ciphers, None
        packet(data)
        world.server.ciphers = kept
    world.server.packet = clear    # type: ignore[method-assign]
    result = world.run()
    assert (result.status, result.detail) == ('ok', 'no answer to a ping')
    assert result.seen['ping']['answered'] is False
    assert result.seen['ccp']['verified'] is None


@pytest.mark.parametrize('number', [ppp.IPCP, ppp.CCP, ppp.COMPRESSED, 0x1234])
def test_a_server_with_other_keys_may_reject_any_number(number: int) -> None:
    """What it has decrypted begins with a random one, now and then with that of a protocol that it speaks."""
    world = World(Settings(**USER), Setup(wrong_keys=True))
    say = world.server.say_ppp

    def reject(protocol: int, packet: ppp.Packet) -> None:
        if packet.code == 8:
            packet = packet._replace(data=number.to_bytes(2, 'big') + packet.data[2:])
        say(protocol, packet)
    world.server.say_ppp = reject    # type: ignore[method-assign]
    assert world.run()[:3] == ('failed', 'ccp', 'keys-differ')


@pytest.mark.parametrize(('setup', 'text'), [
    ({'encryption': 0}, 'MPPE required but peer refused'),
    ({'encryption': ccp.STATELESS | ccp.BITS_40}, 'MPPE required but peer negotiation failed'),
    ({}, 'vpnops.pptp dial: login')])
def test_the_server_can_log_why_it_was_hung_up_on(setup: dict[str, t.Any], text: str) -> None:
    """In pppd's words, so that its log names the cause also to whoever reads it later."""
    world = World(Settings(**USER), Setup(**setup))
    world.run()
    assert 'term: ' + text in world.server.log
