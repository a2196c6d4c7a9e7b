# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The PPP side of a session: LCP, the login, CCP, IPCP, in that order, and what is carried over them."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.dial.ladder import OVERHEAD, Ladder
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.login import Login
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.negotiation import CLOSED, FAILED, OPENED, Negotiation
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.network import Network
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.policies import LinkPolicy
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.pulse import Pulse
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.result import STEPS
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.settings import LOGIN, METHODS, PATH, Settings
from ansible_collections.vpnops.pptp.plugins.module_utils.wire import lcp, ppp
from ansible_collections.vpnops.pptp.plugins.module_utils.wire.errors import WireError

RESTARTS = 5        # of LCP, when the server starts over
COMPLAINTS = 8      # Protocol-Rejects and Code-Rejects that are sent
ECHOES = 100        # of the server that are answered; a real one sends two a minute
AHEAD = 1.0         # seconds between answers to a server that goes on as if it had confirmed the login
# pppd's words in a Terminate-Request, and the step that they belong to
_ENDS = (('auth', ('authenticat', 'login failed', 'negotiate eap')), ('ccp', ('mppe',)),
         ('ipcp', ('ip address', 'no network protocols')))
# of a server that did not hear; it says the last where its acknowledgement of CCP was lost and the request comes again
_SILENCE = ('negotiation failed', 'not responding', 'mppe disabled')
UNHEARD = 3         # challenges that were repeated, or may have been, before an end: it may be for want of an answer
PATIENT = 15.0      # seconds that a server waits for an answer at least, before it gives up for want of one


class Port(t.Protocol):
    """What a link needs of its session."""

    def transmit(self, frame: bytes, dont_fragment: bool = False) -> None:
        """Send a frame through the tunnel."""

    def passed(self, step: str, now: float) -> None:
        """The *step* is done."""

    def back(self, now: float) -> None:
        """LCP starts over."""

    @property
    def lossy(self) -> bool:
        """Whether there are signs that packets were lost."""

    @property
    def signs(self) -> tuple[int, ...]:
        """Counters of everything that shows that packets are lost, late, or come out of their order."""

    @property
    def step(self) -> str:
        """The present one."""

    def silent(self, step: str) -> None:
        """All requests of *step* went without an answer."""

    def end(self, status: str, step: str, why: str = '', detail: str = '') -> None:
        """The session has come to its end; the first one counts."""


class Link:
    """*ended*: the peer has ended the link; *confirmed*: it has confirmed that this side did."""

    def __init__(self, settings: Settings, entropy: t.Callable[[int], bytes], port: Port) -> None:
        self._settings, self._entropy, self._port = settings, entropy, port
        self.policy = LinkPolicy(settings, entropy)
        self.lcp = Negotiation(self.policy, lambda packet: self.send(ppp.LCP, packet), settings.retry, settings.tries,
                               early=True)
        self.login: Login | None = None
        self.network: Network | None = None
        self.ladder: Ladder | None = None
        self.pulse = Pulse(lambda packet: self.send(ppp.LCP, packet))
        self.ended = self.confirmed = False
        self.closing = False
        self._restarts = self._complaints = self._echoes = 0
        self._ahead = 0.0
        self._open = False          # the peer speaks as one whose side is open
        self._past = [0, 0]         # repeats and resent of what was dropped when LCP started over

    def send(self, protocol: int, packet: ppp.Packet, dont_fragment: bool = False) -> None:
        self._port.transmit(ppp.encode_frame(ppp.Frame(protocol, ppp.encode(packet))), dont_fragment)

    def start(self, now: float) -> None:
        self.lcp.open(now)

    def close(self, reason: str) -> None:
        """Ask the peer to end the link, for this *reason* (ASCII)."""
        self.closing = True
        self.send(ppp.LCP, ppp.Packet(ppp.TERM_REQUEST, 255, reason.encode('ascii')))

    def _above(self) -> list[Negotiation | Login]:
        """What stands on LCP, and falls with it."""
        return [part for part in (self.login, *(self.network.parts if self.network else ())) if part]

    @property
    def signs(self) -> tuple[int, ...]:
        """How often something was sent twice that was not heard the first time, and what a pulse missed."""
        parts = [self.lcp, *self._above()]
        return (self._past[0] + sum(part.repeats for part in parts), self._past[1] + sum(part.resent for part in parts),
                self.pulse.missed)

    def deadlines(self) -> list[float | None]:
        """When ``tick`` is due."""
        return [part.deadline for part in (self.lcp, self.login, self.network, self.ladder, self.pulse) if part]

    def pulsing(self, now: float) -> bool:
        """Whether it is too early to judge silence: a pulse, which begins now if it has not, is not through."""
        if self.lcp.state != OPENED or self.ladder:
            return False
        self.pulse.start(self.policy.magic, now)
        return not self.pulse.done

    def tick(self, now: float) -> None:
        if self.closing:
            return
        self.lcp.tick(now)
        for part in (self.login, self.network, self.ladder, self.pulse):
            if part:
                part.tick(now)
        self._follow(now)

    def frame(self, data: bytes, now: float) -> None:
        """One frame of the peer. What does not fit is dropped, as a lost one is."""
        try:
            frame = ppp.decode_frame(data)
            if frame.protocol == ppp.LCP:
                self._lcp(ppp.decode(frame.body), now)
            elif self.lcp.state == OPENED and not self.closing:
                self._open = True
                self._other(frame, now)
        except WireError:
            return
        if not self.closing:
            self._follow(now)

    def _lcp(self, packet: ppp.Packet, now: float) -> None:
        if packet.code == ppp.TERM_REQUEST:
            self.send(ppp.LCP, packet._replace(code=ppp.TERM_ACK))
            self._terminated(lcp.reason(packet.data), now)
        elif packet.code == ppp.TERM_ACK:
            self.confirmed = self.confirmed or self.closing
        elif packet.code == lcp.ECHO_REQUEST and self.lcp.state == OPENED and self._echoes < ECHOES:
            self._echoes += 1
            data = lcp.echo(self.policy.magic, lcp.decode_echo(packet.data)[1])
            self.send(ppp.LCP, ppp.Packet(lcp.ECHO_REPLY, packet.id, data))
        elif self.closing:
            return
        elif ppp.CONF_REQUEST <= packet.code <= ppp.CONF_REJECT:
            self._negotiated(packet, now)
        elif packet.code == lcp.ECHO_REPLY:
            (self.ladder or self.pulse).receive(packet, now)
        elif packet.code == lcp.PROTOCOL_REJECT and self.network:
            self.network.refused(lcp.rejected_protocol(packet.data), now)
        elif not ppp.CONF_REQUEST <= packet.code <= lcp.IDENTIFICATION:
            self._complain(ppp.CODE_REJECT, ppp.encode(packet)[:64])

    def _complain(self, code: int, data: bytes) -> None:
        """Send a Code-Reject or a Protocol-Reject (RFC 1661 5.6, 5.7), unless that was done often enough."""
        if self._complaints < COMPLAINTS:
            self._complaints += 1
            self.send(ppp.LCP, ppp.Packet(code, self._complaints, data))

    def _negotiated(self, packet: ppp.Packet, now: float) -> None:
        before = self.lcp.state
        self.lcp.receive(packet, now)
        if self.policy.exhausted:
            self._exhausted(now)
        elif before == OPENED and self.lcp.state != OPENED:
            self._down(now)
        if before != OPENED and self.lcp.state == OPENED and not self.policy.exhausted:
            self._up(now)

    def _exhausted(self, now: float) -> None:
        """The server has named every method that it has; or, for a login, none that is allowed here. One that is may
        have been named, and agreed upon, and lost again as LCP started over."""
        if self._settings.mode == METHODS:
            self._port.passed('lcp', now)
            self._port.end('ok', 'auth')
        elif set(self.policy.offered) & set(self._settings.methods):
            self._port.end('unknown', 'lcp', 'unstable')
        else:
            self._port.end('failed', 'auth', 'no-method', ' '.join(self.policy.offered))

    def _down(self, now: float) -> None:
        self._restarts += 1
        for part in self._above():
            self._past = [self._past[0] + part.repeats, self._past[1] + part.resent]
        self.login = self.network = self.ladder = None
        if self._restarts > RESTARTS:
            self._port.end('unknown', 'lcp', 'unstable')
        else:
            self._port.back(now)

    def _up(self, now: float) -> None:
        self._port.passed('lcp', now)
        if self._settings.mode == METHODS:
            self._port.end('ok', 'auth')
        elif self._settings.mode == PATH:
            largest = min(self._settings.largest, OVERHEAD + self.policy.mru)
            self.ladder = Ladder(largest, self.policy.magic, lambda packet: self.send(ppp.LCP, packet, True))
            self.ladder.start(now)
        elif self._settings.mode == LOGIN:
            self.login = Login(self._settings, self.policy.method, self._entropy, self.send)
            self.login.start(now)

    def _terminated(self, reason: lcp.Reason, now: float) -> None:
        self.ended = True
        if self.closing:
            return
        text = reason.text if reason.code is None else 'error %d of Windows' % reason.code
        step = next((step for step, words in _ENDS if any(word in text.lower() for word in words)), '')
        if self.ladder:
            self._port.end('unknown', 'path', 'cut-short', text)
        else:
            self._port.end('unknown' if self._doubtful(step, text, now) else 'failed', step, 'terminated', text)

    def _doubtful(self, step: str, text: str, now: float) -> bool:
        """Where packets are lost, a server can give up because it does not hear, and this side can be behind."""
        if not (self._port.lossy or self.lcp.behind):
            return False
        gave_up = any(word in text.lower() for word in _SILENCE) or bool(self.login and self._unheard(now))
        return not step or gave_up or STEPS.index(step) > STEPS.index(self._port.step)

    def _unheard(self, now: float) -> bool:
        """Whether the server may have waited in vain for this side's answer."""
        login = t.cast(Login, self.login)
        again = login.repeats + self._port.signs[0]
        return again > UNHEARD or login.since is not None and now >= login.since + PATIENT

    def _other(self, frame: ppp.Frame, now: float) -> None:
        if frame.protocol in (ppp.PAP, ppp.CHAP, ppp.EAP):
            if self.login:
                self.login.receive(frame.protocol, ppp.decode(frame.body), now)
        elif frame.protocol in (ppp.CCP, ppp.IPCP, ppp.COMPRESSED, ppp.IP):
            self._later(frame, now)
        else:
            self._complain(lcp.PROTOCOL_REJECT, lcp.protocol_reject(frame))

    def _later(self, frame: ppp.Frame, now: float) -> None:
        """Of a protocol that comes after the login. A server that speaks it has confirmed the login: when that was
        lost, it says so again when asked again."""
        if self.network:
            self.network.frame(frame, now)
        elif self.login and now >= self._ahead:
            self._ahead = now + AHEAD
            self.login.behind(now)

    def _follow(self, now: float) -> None:
        """What follows from the state of the parts."""
        if self.lcp.state == FAILED and self.lcp.why == 'no-answer':
            self._port.silent('lcp')
        elif self.lcp.state == FAILED:
            self._port.end('failed', 'lcp', self.lcp.why)
        if self.login and self.login.state == 'failed':
            self._port.end('failed', 'auth', self.login.why, self.login.detail)
        elif self.login and self.login.state == 'ok' and not self.network:
            self._port.passed('auth', now)
            self.network = Network(self._settings, self.login.keys, self.send, self._port)
            self.network.start(now)
        if self.network:
            self.network.follow(now)
        if self.ladder and self.ladder.done:
            self._climbed(self.ladder, now)

    def _climbed(self, ladder: Ladder, now: float) -> None:
        doubt = ladder.lost or self._port.lossy
        if doubt and ladder.passed and not ladder.sure:
            ladder.ascertain(now)
        elif doubt and not ladder.sure:
            self._port.end('unknown', 'path', 'lossy')
        elif not ladder.passed:     # as long as nothing but LCP comes, the peer may not have opened its side
            self._port.end('failed' if self._open else 'unknown', 'path', 'no-echo')
        else:
            self._port.end('ok', 'path')

    @property
    def heard(self) -> bool:
        """Whether the peer has shown that it hears this side."""
        return self.lcp.answers > 0 or self.lcp.state not in (CLOSED, FAILED, 'requesting', 'ack-sent')

    @property
    def closed(self) -> bool:
        """Whether the peer's side of LCP may not be open: nothing has come that shows that it is."""
        return not self._open and not self.pulse.answered

    def seen(self) -> dict[str, t.Any]:
        """For the result."""
        found: dict[str, t.Any] = {}
        if self.lcp.heard:
            found['link'] = {'mru': self.policy.mru, 'asked': self.policy.asked}
            found['auth'] = {'offered': self.policy.offered, 'method': self.policy.method}
        if self.login:
            found['auth'].update(self.login.seen)
        if self.network:
            found.update(self.network.seen())
        if self.ladder:
            found['path'] = self.ladder.seen()
        return found
