# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A PPTP server to dial without sockets: it behaves as pptpd and pppd do (restart 3 s, ten requests, starting over when
asked to), and can be set up to fail."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.wire import (
    auth,
    ccp,
    gre,
    ip,
    ipcp,
    lcp,
    mppe,
    mschap,
    ppp,
    pptp,
)
from ansible_collections.vpnops.pptp.plugins.module_utils.wire.errors import WireError
from ansible_collections.vpnops.pptp.plugins.module_utils.wire.mppe_cipher import Cipher
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.dial.setup import Setup, suit
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.dial.side import RESTART, TRIES, Side

CALL, CHALLENGE = 0x0102, bytes(range(16))
PAP_TIMEOUT = 30.0


class Server:
    """``tcp`` and ``gre`` take what the client sends, ``out`` holds what goes back, as (``tcp`` or ``gre``, bytes);
    bytes of None over TCP: the server closes."""

    def __init__(self, setup: Setup | None = None) -> None:
        self.setup = setup or Setup()
        self.now = 0.0
        self.out: list[tuple[str, bytes | None]] = []
        self.log: list[str] = []
        self.stream = pptp.Stream()
        self.peer: int | None = None
        self.sent, self.last = 0, 0xffffffff
        self.methods = list(self.setup.methods)
        self.lcp = Side(self, ppp.LCP, self.link_options, self.judge_link)
        self.ccp = Side(self, ppp.CCP, self.mppe_options, self.judge_mppe)
        self.ipcp = Side(self, ppp.IPCP, self.own_options, self.judge_address)
        self.sides = {side.protocol: side for side in (self.lcp, self.ccp, self.ipcp)}
        self.phase = 'dead'
        self.challenge_due: float | None = None
        self.term_due: float | None = None
        self.refuse_due: float | None = None
        self.pap_due: float | None = None
        self.challenges = self.terms = self.refusals = 0
        self.text = ''
        self.verdict: ppp.Packet | None = None
        self.user = ''
        self.keys: tuple[bytes, bytes] | None = None
        self.ciphers: tuple[Cipher, Cipher] | None = None
        self.peer_bits = 0
        self.closed, self.sessions = False, 0

    # TCP

    def tcp(self, data: bytes) -> None:
        for message in self.stream.feed(data):
            self.message(message)

    def say(self, message: pptp.Message) -> None:
        self.out.append(('tcp', pptp.encode(message)))

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.phase = 'dead'
            self.out.append(('tcp', None))

    def message(self, message: pptp.Message) -> None:
        self.log.append(type(message).__name__)
        if isinstance(message, pptp.StartRequest) and self.setup.mute != 'control':
            self.say(pptp.StartReply(result=self.setup.start_result, host='local', vendor='linux', firmware=1))
        elif isinstance(message, pptp.CallRequest) and self.setup.mute != 'call':
            self.say(pptp.CallReply(CALL, message.call_id, self.setup.call_result, window=3, speed=10000000))
            if self.setup.call_result == 1:
                self.call(message.call_id)
        elif isinstance(message, pptp.ClearRequest):
            self.hang_up()
        elif isinstance(message, pptp.StopRequest):
            self.say(pptp.StopReply())
            self.close()

    def call(self, peer: int) -> None:
        self.peer = peer
        self.sessions += 1
        if self.setup.dies:
            self.hang_up()
            self.close()
            return
        self.phase = 'link'
        self.lcp.up()

    def hang_up(self) -> None:
        if self.phase != 'dead' or self.setup.dies:
            self.say(pptp.Disconnect(CALL, 1))
            self.sessions -= 1
        self.phase = 'dead'
        for side in self.sides.values():
            side.down()
        self.term_due = self.challenge_due = self.refuse_due = self.pap_due = None

    # GRE

    def say_ppp(self, protocol: int, packet: ppp.Packet) -> None:
        self.frame(ppp.Frame(protocol, ppp.encode(packet)))

    def speaks(self, protocol: int) -> bool:
        return self.setup.mute != ppp.PROTOCOLS[protocol].lower()

    def frame(self, frame: ppp.Frame) -> None:
        if self.setup.mute == 'gre' or self.peer is None:
            return
        data = ppp.encode_frame(frame, self.setup.short, self.setup.short)
        ack = self.last if self.last != 0xffffffff else None
        self.out.append(('gre', gre.encode(gre.Packet(self.peer, self.sent, ack, data))))
        self.sent += 1

    def gre(self, data: bytes) -> None:
        if 20 + len(data) > self.setup.eats or self.phase == 'dead':
            return
        packet = gre.decode(data)
        if packet.call_id != CALL or packet.sequence is None or gre.distance(packet.sequence, self.last) <= 0:
            return
        self.last = packet.sequence
        if self.setup.mute != 'gre':
            self.out.append(('gre', gre.encode(gre.Packet(t.cast(int, self.peer), ack=self.last))))
        try:
            self.receive(ppp.decode_frame(packet.payload))
        except WireError:
            self.log.append('bad')

    def receive(self, frame: ppp.Frame) -> None:
        if frame.protocol == ppp.COMPRESSED:
            self.encrypted(frame.body)
            return
        if frame.protocol == ppp.IP:
            self.packet(frame.body)
            return
        packet = ppp.decode(frame.body)
        if frame.protocol == ppp.LCP and packet.code >= 5:
            self.link(packet)
        elif frame.protocol != ppp.LCP and self.lcp.state != 'opened':
            self.log.append('early')
        elif frame.protocol == ppp.CCP and self.setup.no_ccp:
            self.say_ppp(ppp.LCP, ppp.Packet(lcp.PROTOCOL_REJECT, 9, lcp.protocol_reject(frame)))
        elif frame.protocol in self.sides:
            if not (self.setup.mute == 'ccp' and frame.protocol == ppp.CCP
                    or self.setup.mute == 'ipcp' and frame.protocol == ppp.IPCP):
                self.sides[frame.protocol].receive(packet)
        elif self.setup.mute != 'auth':
            self.proof(frame.protocol, packet)

    def link(self, packet: ppp.Packet) -> None:
        if packet.code == ppp.TERM_REQUEST:
            self.log.append('term: ' + packet.data.decode())
            self.say_ppp(ppp.LCP, packet._replace(code=ppp.TERM_ACK))
            for side in self.sides.values():
                side.down()
            self.challenge_due = self.pap_due = self.refuse_due = None
        elif packet.code == ppp.TERM_ACK and self.term_due is not None:
            self.hang_up()
            self.close()
        elif packet.code == lcp.ECHO_REQUEST and self.lcp.state == 'opened':
            self.say_ppp(ppp.LCP, packet._replace(code=lcp.ECHO_REPLY))

    def tick(self, now: float) -> None:
        self.now = now
        for side in self.sides.values():
            side.tick()
        if self.challenge_due is not None and now >= self.challenge_due:
            self.challenge()
        if self.term_due is not None and now >= self.term_due:
            self.terminate(self.text)
        if self.refuse_due is not None and now >= self.refuse_due:
            self.refuse()
        if self.pap_due is not None and now >= self.pap_due:
            self.terminate('Authentication failed')

    def due(self) -> float | None:
        times = [side.due for side in self.sides.values()] + [self.challenge_due, self.term_due, self.refuse_due,
                                                              self.pap_due]
        return min((when for when in times if when is not None), default=None)

    def terminate(self, text: str) -> None:
        self.text, self.challenge_due, self.pap_due = text, None, None
        for side in self.sides.values():
            side.due = None
        self.terms += 1
        if self.terms > 2:
            self.hang_up()
            self.close()
            return
        self.term_due = self.now + RESTART
        self.say_ppp(ppp.LCP, ppp.Packet(ppp.TERM_REQUEST, 0x40 + self.terms, text.encode()))

    # options

    def link_options(self) -> list[ppp.Option]:
        method = [(lcp.AUTH, lcp.METHODS[self.methods[0]])] if self.methods else []
        return [(lcp.MRU, b'\x05\x78'), (lcp.ACCM, bytes(4)), *method, (lcp.MAGIC, b'\xbb\x22\xf4\x9e'),
                (lcp.PFC, b''), (lcp.ACFC, b'')]

    def judge_link(self, options: list[ppp.Option]) -> tuple[int, list[ppp.Option]]:
        return 2, options

    def mppe_options(self) -> list[ppp.Option]:
        return [ccp.option(self.setup.encryption)] if self.setup.encryption else []

    def judge_mppe(self, options: list[ppp.Option]) -> tuple[int, list[ppp.Option]]:
        bits = ccp.bits_of(options)
        if bits is not None and not self.setup.encryption:
            return 4, options
        if bits is not None and bits != self.setup.encryption:
            if not bits & self.setup.encryption & 0xe0:     # pppd does not make another offer
                self.terminate('MPPE required but peer negotiation failed')
            return 3, [ccp.option(self.setup.encryption)]
        self.peer_bits = bits or 0
        return 2, options

    def own_options(self) -> list[ppp.Option]:
        return [ipcp.option(ipcp.ADDRESS, self.setup.own)] if self.setup.own else []

    def judge_address(self, options: list[ppp.Option]) -> tuple[int, list[ppp.Option]]:
        given = {ipcp.ADDRESS: self.setup.pool, ipcp.DNS1: self.setup.dns[0], ipcp.DNS2: self.setup.dns[1]}
        rejects = [option for option in options if option[0] not in given]
        naks = [ipcp.option(kind, given[kind]) for kind, value in options
                if kind in given and value != ipcp.encode_address(given[kind])]
        if rejects:
            return 4, rejects
        return (3, naks) if naks else (2, options)

    def refused(self, side: Side, packet: ppp.Packet) -> None:
        """As pppd's lcp_nakci and ccp_rejci do: a method that is not wanted is dropped, a suggested one preferred."""
        options = dict(ppp.decode_options(packet.data))
        if side is self.lcp and lcp.AUTH in options:
            suggested = lcp.method(options[lcp.AUTH]) if packet.code == 3 else ''
            self.methods = suit(self.methods, suggested)
        elif side is self.ccp and self.setup.encryption and packet.code == 3:
            self.terminate('MPPE required but peer negotiation failed')
        elif side is self.ccp and self.setup.encryption:
            self.terminate('MPPE required but peer refused')

    def gave_up(self, side: Side) -> None:
        side.due = None
        if side is self.lcp:
            self.hang_up()
            self.close()
        elif side is self.ccp:
            self.terminate('MPPE required but peer negotiation failed')

    # layers

    def layer_down(self, side: Side) -> None:
        if side is self.lcp:
            self.ccp.down()
            self.ipcp.down()
            self.phase, self.verdict, self.ciphers = 'link', None, None
            self.methods = list(self.setup.methods)      # fsm_sconfreq resets the options (lcp_resetci)
            self.challenge_due = self.pap_due = None

    def layer_up(self, side: Side) -> None:
        if side is self.lcp:
            self.phase = 'auth'
            if self.setup.early_term:
                self.terminate(self.setup.early_term)
            elif self.setup.methods and not self.methods:
                self.terminate('peer refused to authenticate')
            elif not self.methods:
                self.network()
            elif self.methods[0] == 'pap':
                self.pap_due = self.now + PAP_TIMEOUT
            else:
                self.challenges = 0
                self.challenge()
        elif side is self.ccp:
            if self.setup.encryption and self.peer_bits and self.keys:
                keys = (bytes(16), bytes(16)) if self.setup.wrong_keys else self.keys
                self.ciphers = t.cast(t.Any, tuple(Cipher(key, ccp.strengths(self.peer_bits)[0]) for key in keys))
            if self.setup.encryption:
                self.ipcp.up()
        elif self.setup.refuses:
            self.refuse()

    def refuse(self) -> None:
        """Twice, as fsm_close does; then no network is left (np_finished)."""
        self.refusals += 1
        if self.refusals > 2:
            self.refuse_due = None
            self.terminate('No network protocols running')
            return
        self.refuse_due = self.now + RESTART
        self.say_ppp(ppp.IPCP, ppp.Packet(ppp.TERM_REQUEST, 2, self.setup.refuses.encode()))

    def network(self) -> None:
        self.phase = 'network'
        if not self.setup.no_ccp:
            self.ccp.up()
        if not self.setup.encryption or self.setup.no_ccp:
            self.ipcp.up()

    # authentication

    def challenge(self) -> None:
        if self.challenges >= TRIES:
            self.terminate('Authentication failed')
            return
        self.challenges += 1
        self.challenge_due = self.now + RESTART
        if self.setup.mute == 'auth':
            return
        if self.methods[0] == 'eap':
            self.say_ppp(ppp.EAP, ppp.Packet(1, 0x20, b'\x01Name'))
            return
        value = CHALLENGE[:8] if self.methods[0] == 'mschap' else CHALLENGE
        self.say_ppp(ppp.CHAP, ppp.Packet(1, 0x70, auth.encode_challenge(value, b'pptpd')))

    def proof(self, protocol: int, packet: ppp.Packet) -> None:
        if protocol == ppp.EAP:
            kind = packet.data[0]
            if kind == 1:
                self.challenge_due = None
                self.say_ppp(ppp.EAP, ppp.Packet(1, 0x21, b'\x04' + bytes(17)))
            elif kind == 3:
                self.say_ppp(ppp.EAP, ppp.Packet(4, 0x22))
                self.terminate('Authentication failed')
            return
        if self.verdict is None:
            self.challenge_due = self.pap_due = None
            good = self.judge_pap(packet) if protocol == ppp.PAP else self.judge_chap(packet)
            self.say_ppp(protocol, t.cast(ppp.Packet, self.verdict))
            if good:
                self.network()
            else:
                self.terminate('Authentication failed')
        elif self.phase in ('network',):
            self.say_ppp(protocol, self.verdict)

    def judge_pap(self, packet: ppp.Packet) -> bool:
        size = packet.data[0]
        user, rest = packet.data[1:1 + size].decode(), packet.data[1 + size:]
        good = self.setup.users.get(user) == rest[1:].decode()
        text = b'Login ok' if good else b'Login incorrect'
        self.verdict = ppp.Packet(2 if good else 3, packet.id, bytes([len(text)]) + text)
        return good

    def judge_chap(self, packet: ppp.Packet) -> bool:
        response = auth.decode_challenge(packet.data)
        self.user = response.name.decode()
        password = self.setup.users.get(self.user)
        method, text = self.methods[0], b''
        if password is None:
            good = False
        elif method == 'mschapv2':
            peer, answer = response.value[:16], response.value[24:48]
            good = mschap.nt_response(CHALLENGE, peer, self.user, password) == answer
            proof = mschap.authenticator_response(password, answer, peer, CHALLENGE, self.user)
            text = (proof[:-4] + '0000' if self.setup.wrong_proof else proof).encode() + b' M=Access granted'
            master = mppe.master_key(mschap.nt_hash_hash(password), answer)
            self.keys = mppe.send_key(master, server=True), mppe.recv_key(master, server=True)
        elif method == 'mschap':
            good = auth.mschap_response(CHALLENGE[:8], password) == response.value
            key = mppe.start_key_v1(mschap.nt_hash_hash(password), CHALLENGE[:8])
            self.keys, text = (key, key), b'Access granted'
        else:
            good = auth.chap_md5(packet.id, password, CHALLENGE) == response.value
        failure = self.setup.failure.encode() if password is not None else b''
        self.verdict = ppp.Packet(3 if good else 4, packet.id, text if good else failure)
        return good

    # the tunnel

    def encrypted(self, body: bytes) -> None:
        if self.ciphers:
            hidden = self.ciphers[1].decrypt(body)
            if hidden[:2] == b'\0\x21':
                self.packet(hidden[2:])
            else:                                    # pppd: Unsupported protocol 0x.. received
                self.say_ppp(ppp.LCP, ppp.Packet(lcp.PROTOCOL_REJECT, 9, hidden))

    def packet(self, data: bytes) -> None:
        echo = ip.decode(data)
        if echo and self.setup.pings and self.ipcp.state == 'opened' and not self.setup.refuses:
            answer = ip.encode(echo._replace(kind=ip.ECHO_REPLY, source=echo.target, target=echo.source))
            frame = ppp.Frame(ppp.IP, answer)
            if self.ciphers:
                frame = ppp.Frame(ppp.COMPRESSED, self.ciphers[0].encrypt(b'\x21' + answer))
            self.frame(frame)
