# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Dials at what real servers said: the packets that a pppd received from pptpd and pppd in the lab, each time with one
fault (recorded.txt), in their order. Numbers are those of the requests of this side; its random challenge is that of
the pppd, so that its response must be that of the pppd byte for byte, and the server's proof must fit."""

from __future__ import annotations

import pathlib
import re
import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.dial import events as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.result import Result
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.session import Session
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.settings import Settings
from ansible_collections.vpnops.pptp.plugins.module_utils.wire import auth, ccp, gre, ipcp, lcp, ppp, pptp

LINE = re.compile(r'(?:rcvd|sent) \[(\w+) (\w+) id=0x([0-9a-f]+) ?(.*)\]')
CODES = {name: code for code, name in enumerate(
    ('ConfReq', 'ConfAck', 'ConfNak', 'ConfRej', 'TermReq', 'TermAck', 'CodeRej', 'ProtRej', 'EchoReq', 'EchoRep'), 1)}
CODES.update({'Challenge': 1, 'Response': 2, 'Success': 3, 'Failure': 4, 'AuthReq': 1, 'AuthAck': 2, 'AuthNak': 3,
              'Request': 1})
METHODS = {'pap': 'pap', 'eap': 'eap', 'chap MD5': 'chap-md5', 'chap MS': 'mschap', 'chap MS-v2': 'mschapv2'}
PROTOCOLS = {'LCP': ppp.LCP, 'PAP': ppp.PAP, 'CHAP': ppp.CHAP, 'EAP': ppp.EAP, 'CCP': ppp.CCP, 'IPCP': ppp.IPCP}
TEXT = (pathlib.Path(__file__).parent / 'recorded.txt').read_text('utf-8')
RECORDED = {part.split('\n')[0]: part.split('\n')[1:] for part in TEXT.split('\n== ')[1:]}


def option(text: str) -> ppp.Option:
    """The option that pppd prints as *text*."""
    name, _space, value = text.partition(' ')
    if name in ('mru', 'asyncmap', 'magic'):
        kind, size = {'mru': (lcp.MRU, 2), 'asyncmap': (lcp.ACCM, 4), 'magic': (lcp.MAGIC, 4)}[name]
        return kind, int(value, 0).to_bytes(size, 'big')
    if name == 'auth':
        return lcp.AUTH, lcp.METHODS[METHODS[value]]
    if name == 'mppe':
        bits = {'+H': ccp.STATELESS, '+M': ccp.BITS_56, '+S': ccp.BITS_128, '+L': ccp.BITS_40}
        return ccp.option(sum(bits.get(flag, 0) for flag in value.split()))
    if name == 'addr':
        return ipcp.option(ipcp.ADDRESS, value)
    return {'pcomp': (lcp.PFC, b''), 'accomp': (lcp.ACFC, b''), 'addrs': (ipcp.ADDRESSES, bytes(8)),
            'deflate': (26, b'\x78\0'), 'deflate(old#)': (24, b'\x78\0'), 'compress': (2, b'\0\x2d\x0f\1')}[name]


def packet(line: str) -> tuple[int, ppp.Packet]:
    """Protocol and packet of a line of the trace."""
    protocol, code, number, rest = t.cast('re.Match[str]', LINE.match(line)).groups()
    kind = CODES[code] if protocol != 'EAP' else {'Request': 1, 'Success': 3, 'Failure': 4}[code]
    if code.startswith('Conf'):
        data = ppp.encode_options(option(text) for text in re.findall('<([^>]*)>', rest))
    elif code == 'EchoReq':
        data = int(rest.partition('=')[2], 16).to_bytes(4, 'big')
    elif code == 'ProtRej':
        data = bytes.fromhex(rest)
    elif code in ('Challenge', 'Response'):
        value, name = t.cast('re.Match[str]', re.match('<([0-9a-f]+)>, name = "(.*)"', rest)).groups()
        data = auth.encode_challenge(bytes.fromhex(value), name.encode())
    elif protocol == 'EAP' and kind == 1:
        value = re.sub('.*<Value ([0-9a-f ]+)>.*', r'\1', rest).replace(' ', '')
        data = b'\1Name' if 'Identity' in rest else b'\4\x15' + bytes.fromhex(value) + b'pptpd'
    else:
        data = rest.strip('"').encode()
        data = bytes([len(data)]) + data if protocol == 'PAP' else data
    return PROTOCOLS[protocol], ppp.Packet(kind, int(number, 16), data)


class Player:
    """Hands the recorded packets to a session, each when it is due: answers only once there is a question."""

    def __init__(self, name: str, settings: Settings) -> None:
        lines = RECORDED[name]
        self.script = [packet(line) for line in lines if line.startswith('rcvd')]
        responses = [packet(line)[1] for line in lines if line.startswith('sent')]
        self.response = auth.decode_challenge(responses[0].data) if responses else None
        self.left = 'left' in lines
        peer = self.response.value[:16] if self.response else bytes(16)
        self.session = Session(settings, lambda size: peer if size == 16 else b'\x42' * size)
        self.asked: dict[int, ppp.Packet] = {}          # by protocol, the request of ours without an answer
        self.responses: list[auth.Challenge] = []
        self.number, self.now = 0, 0.0

    def run(self) -> Result:
        self.do(self.session.start(0))
        self.tell(ev.Connected())
        self.tell(ev.Stream(pptp.encode(pptp.StartReply(host='local', vendor='linux'))))
        self.tell(ev.Stream(pptp.encode(pptp.CallReply(0, 0x4242, 1))))
        for protocol, one in self.script:
            self.now += 0.02
            self.play(protocol, one)
        if self.left:
            self.tell(ev.Lost('closed'))
        while self.session.deadline is not None:
            self.now = max(self.now, self.session.deadline)
            self.tell(ev.Tick())
        return t.cast(Result, self.session.result)

    def play(self, protocol: int, one: ppp.Packet) -> None:
        if protocol in (ppp.LCP, ppp.CCP, ppp.IPCP) and one.code in (2, 3, 4):
            mine = self.asked.get(protocol)
            options = ppp.decode_options(one.data)
            if mine is None or one.code == 4 and not set(options) <= set(ppp.decode_options(mine.data)):
                return
            del self.asked[protocol]
            one = one._replace(id=mine.id, data=mine.data if one.code == 2 else one.data)
        self.gre(ppp.encode_frame(ppp.Frame(protocol, ppp.encode(one))))

    def gre(self, frame: bytes) -> None:
        self.tell(ev.Gre(gre.encode(gre.Packet(0x4242, self.number, None, frame))))
        self.number += 1

    def tell(self, event: ev.Event) -> None:
        self.do(self.session.handle(event, self.now))

    def do(self, actions: list[ev.Action]) -> None:
        for action in actions:
            if isinstance(action, ev.SendGre):
                payload = gre.decode(action.data).payload
                if payload:
                    frame = ppp.decode_frame(payload)
                    if frame.protocol != ppp.COMPRESSED:
                        self.sent(frame.protocol, ppp.decode(frame.body))

    def sent(self, protocol: int, mine: ppp.Packet) -> None:
        if protocol in (ppp.LCP, ppp.CCP, ppp.IPCP) and mine.code == 1:
            self.asked[protocol] = mine
        elif protocol == ppp.CHAP:
            self.responses.append(auth.decode_challenge(mine.data))


NONE, REFUSED = 'MPPE required but not available', 'MPPE required but peer refused'
PLAIN = {'mppe': 'none', 'methods': ('mschapv2', 'mschap', 'chap-md5', 'pap')}
EXPECTED: dict[str, tuple[dict[str, t.Any], str, str, str, str]] = {
    '00-baseline-routed': ({'ping': False}, 'ok', 'ipcp', '', ''),
    't13-00-baseline-routed': ({'ping': False}, 'ok', 'ipcp', '', ''),
    '46-ip-column-fixed-outside-pool': ({'ping': False}, 'ok', 'ipcp', '', ''),
    '57c-mppe40-both': ({'ping': False, 'strengths': (40,)}, 'ok', 'ipcp', '', ''),
    '51-server-pap-only': ({**PLAIN, 'ping': False}, 'ok', 'ipcp', '', ''),
    '30-gre-drop-server-in': ({}, 'failed', 'gre', 'not-heard', ''),
    '33-gre-drop-router-s2c': ({}, 'failed', 'gre', 'no-answer', ''),
    '42-wrong-server-column': ({}, 'failed', 'gre', 'hung-up', ''),
    '40-wrong-password': ({'password': 'wrong'}, 'failed', 'auth', 'rejected', 'Access denied'),
    '41-unknown-user': ({'user': 'nosuchuser'}, 'failed', 'auth', 'rejected', ''),
    '82-radius-wrong-secret-on-nas': ({}, 'failed', 'auth', 'rejected', ''),
    '51c-server-pap-with-require-mppe': (PLAIN, 'failed', 'ccp', 'terminated', NONE),
    '51d-server-chap-md5-with-require-mppe': (PLAIN, 'failed', 'ccp', 'terminated', NONE),
    '51e-server-mschap1': (PLAIN, 'failed', 'ccp', 'terminated', REFUSED),
    '52d-server-refuse-all': ({'methods': ('eap',), 'mppe': 'none'}, 'failed', 'ccp', 'terminated', NONE),
    '53-mppe-server-only': ({'mppe': 'none'}, 'failed', 'ccp', 'terminated', REFUSED),
    '55c-noccp-server': ({}, 'failed', 'ccp', 'no-ccp', ''),
    '56e-mppe-missing-server-only-norequire': ({}, 'failed', 'ccp', 'encryption-refused', ''),
    '57-mppe40-server-128-client': ({}, 'failed', 'ccp', 'strength', ''),
    '81-radius-no-mppe-keys': ({}, 'failed', 'ccp', 'terminated', NONE),
    '67f-noipparam-delegate': ({}, 'failed', 'ipcp', 'no-address', ''),
    '46e-ip-column-wrong-subnet': ({}, 'failed', 'ipcp', 'terminated', 'Unauthorized remote IP address'),
}


def test_all_are_there() -> None:
    assert sorted(EXPECTED) == sorted(RECORDED)


@pytest.mark.parametrize('name', EXPECTED)
def test_the_verdict_over_a_real_server(name: str) -> None:
    settings, *expected = EXPECTED[name]
    player = Player(name, Settings(**{'user': 'vpnuser', 'password': 'secretpassword', **settings}))
    result = player.run()
    assert [result.status, result.step, result.why, result.detail] == expected, result
    if player.response and settings.get('password') is None and result.seen['auth']['method'] != 'eap':
        assert player.response.name.decode() == settings.get('user', 'vpnuser')
        if 'user' not in settings:
            expected_value = player.response.value
            if result.seen['auth']['method'] == 'mschap':
                expected_value = bytes(24) + expected_value[24:]
            assert [one.value for one in player.responses] == [expected_value]
    if result.seen.get('auth', {}).get('method') == 'mschapv2' and result.step not in ('auth', 'gre'):
        assert result.seen['auth']['verified'] is True


@pytest.mark.parametrize('name', ['51-server-pap-only', '51e-server-mschap1', '52d-server-refuse-all'])
def test_a_method_that_is_not_allowed_here_gets_no_password(name: str) -> None:
    """The recorded server does not take up the suggestion (its pppd was never asked to), so that it is refused."""
    player = Player(name, Settings(user='vpnuser', password='secretpassword'))
    result = player.run()
    assert result.seen['auth']['offered']
    assert result.status != 'ok'
    assert player.responses == []
