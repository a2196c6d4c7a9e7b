# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A server made of chance, by a seed: it knows the state of the session and the password, so that it gets as far as a
real one, and at each turn says what fits, what nearly fits, or anything at all; with lies in every length."""

from __future__ import annotations

import random
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.dial import events as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.negotiation import Negotiation
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.session import Session
from ansible_collections.vpnops.pptp.plugins.module_utils.wire import auth, ccp, gre, ip, ipcp, lcp, ppp, pptp
from ansible_collections.vpnops.pptp.plugins.module_utils.wire.mppe_cipher import Cipher

TEXTS = (b'', b'Access denied', b'\x1b[2J\r\n', '\u202e\U0001f600'.encode() * 60, b'\xed\xa0\x80' * 99, bytes(1400),
         b'MPPE required but not available', b'E=691 R=1 C=' + b'0' * 32 + b' V=3 M=' + b'x' * 900, b'E=' + b'9' * 400,
         b'E=-1 M={{ 7 * 7 }}', b'S=', b'S=' + b'0' * 40)
MESSAGES: tuple[pptp.Message, ...] = (
    pptp.StartReply(), pptp.StartReply(result=4, error=99), pptp.StartReply(host='\u202e' * 20, vendor='x' * 64),
    pptp.CallReply(1, 0x4242), pptp.CallReply(0xffff, 0x4242, 2, 200), pptp.CallReply(3, 4), pptp.EchoRequest(7),
    pptp.EchoReply(7), pptp.Disconnect(1, 200, 9, 9, 'x' * 128), pptp.StopRequest(9), pptp.StopReply(), pptp.LinkInfo(),
    pptp.WanError(), pptp.IncomingRequest(), pptp.ClearRequest(1), pptp.CallRequest(1), pptp.StartRequest(),
    pptp.Unknown(77, bytes(400)))
CALL = 0x4242


class Villain:
    """*wild* is how much of what it says does not fit, between 0 and 1."""

    def __init__(self, session: Session, seed: int) -> None:
        self.session, self.chance = session, random.Random(seed)
        self.wild = self.chance.choice((0.02, 0.1, 0.4, 0.9))
        self._number = self._requests = 0
        self._cipher: Cipher | None = None

    def event(self) -> ev.Event:
        """What it does next."""
        roll, session = self.chance.random(), self.session
        if session.step == 'tcp' or roll < 0.002:
            return ev.Connected() if roll > 0.001 else ev.Lost(self.chance.choice(('reset', 'closed', 'timeout')))
        if roll < 0.02 * (1 + self.wild):
            return ev.Icmp(3, self.chance.randrange(16), self.chance.choice((0, 68, 576, 1300, 65535)))
        if session.step in ('control', 'call') or roll < 0.06 * (1 + self.wild):
            return ev.Stream(self._bent(self._message()))
        return ev.Gre(self._bent(self._packet()))

    def _odd(self) -> bool:
        return self.chance.random() < self.wild

    def _message(self) -> bytes:
        fitting: dict[str, pptp.Message] = {'control': pptp.StartReply(), 'call': pptp.CallReply(1, CALL)}
        message = fitting.get(self.session.step)
        if message is None and not self._odd():
            message = self.chance.choice((pptp.EchoRequest(3), pptp.LinkInfo(), pptp.WanError()))
        return pptp.encode(self.chance.choice(MESSAGES) if message is None or self._odd() else message)

    def _bent(self, data: bytes) -> bytes:
        """*data*, sometimes with a lie in it: a bit, a length, an end too early or too late."""
        if self.chance.random() >= self.wild / 4 or not data:
            return data
        raw, how = bytearray(data), self.chance.randrange(5)
        place = self.chance.randrange(len(raw))
        if how == 0:
            raw[place] ^= 1 << self.chance.randrange(8)
        elif how == 1:
            raw[place] = self.chance.choice((0, 1, 2, 255))
        elif how == 2:
            del raw[place:]
        elif how == 3:
            raw += bytes(self.chance.choice((1, 40, 3000, 60000)))
        else:
            raw[place:place] = bytes(self.chance.randrange(9))
        return bytes(raw)

    def _packet(self) -> bytes:
        if self._odd() and self.chance.random() < 0.2:
            return bytes(self.chance.getrandbits(8) for _byte in range(self.chance.randrange(60)))
        number, jump = self._number, self.chance.random() * (1.2 - self.wild)
        if jump < 0.05:
            number += self.chance.choice((-3, -1, 1, 2, 17, 1 << 30, 1 << 31))
        self._number = number + 1 if jump > 0.01 else self._number
        ack = self.chance.choice((None, self.session.tunnel.counters.sent, self.chance.getrandbits(32)))
        call = CALL if not self._odd() else self.chance.choice((CALL, 7))
        return gre.encode(gre.Packet(call, number & 0xffffffff, ack, self._frame()))

    def _frame(self) -> bytes:
        protocol, body = self._speech()
        if self._odd():
            protocol = self.chance.choice(sorted(ppp.PROTOCOLS))
        short = self.chance.random() < 0.3
        return ppp.encode_frame(ppp.Frame(protocol, self._bent(body)), short, short)

    def _speech(self) -> tuple[int, bytes]:
        """What fits now; anything of another step now and then."""
        link, step = self.session.link, self.session.step
        if self._odd():
            step = self.chance.choice(('lcp', 'auth', 'ccp', 'ipcp', 'ping', 'echo', 'end'))
        if step == 'auth' and link.login:
            return self._login()
        if step == 'ccp' and link.network:
            return ppp.CCP, self._configure(link.network.ccp, [ccp.option(self._bits())])
        if step == 'ipcp' and link.network:
            return ppp.IPCP, self._configure(link.network.ipcp, [ipcp.option(ipcp.ADDRESS, '10.0.0.1')])
        if step == 'ping' and link.network:
            return self._ping()
        if step in ('lcp', 'gre', 'auth'):
            return ppp.LCP, self._configure(link.lcp, self._link_options())
        code = self.chance.choice((5, 6, 7, 8, 9, 10, 11, 12, 99) if self._odd() else (9, 9, 10, 11, 12))
        data = self.chance.choice((lcp.echo(1), *TEXTS, b'\x80\xfd', b'\x80\x21'))
        number = self.chance.choice((1, 128, 255, self.chance.randrange(256)))
        return ppp.LCP, ppp.encode(ppp.Packet(code, number, data))

    def _bits(self) -> int:
        return self.chance.choice((0x01000040,) * 3 + (0, 0x40, 0x010000e1, 0xffffffff, 0x01000020))

    def _link_options(self) -> list[ppp.Option]:
        method = self.chance.choice((*lcp.METHODS.values(), b'\xc2\x23\x81', b'\xc2\x23\x81', b'\xc2\x23\x99', b''))
        options = [(lcp.MRU, b'\x05\x78'), (lcp.AUTH, method), (lcp.MAGIC, b'BBBB' if self._odd() else b'1234')]
        return options + [(self.chance.randrange(256), bytes(self.chance.randrange(40)))] * self._odd()

    def _configure(self, part: Negotiation, options: list[ppp.Option]) -> bytes:
        """A request of the server, or an answer to one of the session."""
        self._requests += self._odd()
        asked: list[ppp.Option] = list(vars(part)['_request'])
        fitting = 3 if (ipcp.ADDRESS, bytes(4)) in asked else 2
        code = self.chance.choice((1, 2, 2, 3, 4) if self._odd() else (1, fitting))
        if self._odd():
            asked = [(kind, self.chance.choice((value, bytes(4), b''))) for kind, value in asked]
            options = options * self.chance.choice((1, 1, 2, 60))
        number = self._requests % 256 if code == 1 else vars(part)['_id']
        if code == 3 and part is getattr(self.session.link.network, 'ipcp', None):
            asked = [ipcp.option(kind, '10.0.0.9') for kind, _value in asked]
        return ppp.encode(ppp.Packet(code, number, ppp.encode_options(options if code == 1 else asked)))

    def _login(self) -> tuple[int, bytes]:
        login = t.cast(t.Any, self.session.link.login)
        answer = vars(login)['_answer']
        if login.method == 'eap':
            data = bytes((self.chance.choice((1, 2, 4, 13, 26, 99)),)) + self.chance.choice(TEXTS)
            return ppp.EAP, ppp.encode(ppp.Packet(self.chance.choice((1, 1, 1, 3, 4)), self.chance.randrange(9), data))
        if login.method == 'pap':
            text = self.chance.choice(TEXTS)
            return ppp.PAP, ppp.encode(ppp.Packet(self.chance.choice((2, 2, 3)), 1, b'\xff' + text))
        if answer is None or self._odd():
            size = {'mschap': 8}.get(login.method, 16)
            value = bytes(size if not self._odd() else self.chance.randrange(1, 256))
            data = auth.encode_challenge(value, self.chance.choice(TEXTS))
            return ppp.CHAP, ppp.encode(ppp.Packet(1, self.chance.randrange(256), data))
        good = vars(login)['_proof'].encode() or b'Welcome'
        code, text = (3, good) if not self._odd() else (self.chance.choice((3, 4)), self.chance.choice(TEXTS))
        return ppp.CHAP, ppp.encode(ppp.Packet(code, answer.id, text))

    def _ping(self) -> tuple[int, bytes]:
        network = t.cast(t.Any, self.session.link.network)
        echo = ip.Echo(self.chance.choice((0, 8)), bytes(4), bytes(4), 0x5050 if not self._odd() else 1, 1, bytes(32))
        data = b'\0\x21' + (ip.encode(echo) if self.chance.random() < 0.2 else bytes(self.chance.randrange(60)))
        keys = vars(network)['_keys']
        if not keys or self._odd():
            return ppp.IP, data[2:]
        self._cipher = self._cipher or Cipher(keys[1])
        return ppp.COMPRESSED, self._cipher.encrypt(data)
