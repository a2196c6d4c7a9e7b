# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How two sides of PPP come to terms about options (RFC 1661 4), the same for LCP, CCP and IPCP.

What is particular to one of them is its policy. Departures from the RFC, for the sake of networks that lose and
double packets: a Configure-Request that was answered already, byte for byte, gets the same answer again, without
starting over or thinking of something new; and a repeated request keeps its number, so that any answer to it counts.
And where it begins *early*, its first request goes once more before its first answer: a server whose PPP was not up
yet, which is the rule, has lost it.
"""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.wire import ppp
from ansible_collections.vpnops.pptp.plugins.module_utils.wire.errors import WireError

CLOSED, REQUESTING, ACK_RECEIVED, ACK_SENT, OPENED, FAILED = 'closed', 'requesting', 'ack-received', 'ack-sent', \
    'opened', 'failed'
ROUNDS = 20    # of Nak and Reject from either side; pppd gives up after 10 (lcp-max-failure)


class Answer(t.NamedTuple):
    """To a Configure-Request: CONF_ACK, CONF_NAK or CONF_REJECT with the *options* concerned."""

    code: int
    options: tuple[ppp.Option, ...]


class Policy:
    """What is asked for and what is accepted; *why* is a word of result.WHY once there can be no agreement."""

    why = ''

    def request(self) -> tuple[ppp.Option, ...]:
        """What to ask for now."""
        return ()

    def judge(self, options: tuple[ppp.Option, ...]) -> Answer:
        """What to say to the peer's request."""
        return Answer(ppp.CONF_ACK, options)

    def refused(self, options: tuple[ppp.Option, ...], reject: bool) -> None:
        """The peer wants other values (a Nak: these), or does not want to hear of *options* (a Reject)."""

    def agreed(self, options: tuple[ppp.Option, ...]) -> None:
        """The peer has accepted *options*."""

    def accepted(self, options: tuple[ppp.Option, ...]) -> None:
        """The peer's *options* were accepted."""


class Negotiation:
    """*send* takes a packet. *state* is one of those above; *heard* counts the peer's packets, *answers* those to ours,
    *repeats* what the peer repeated although it was answered, *resent* our repeated requests that were then answered:
    both are signs of loss."""

    def __init__(self, policy: Policy, send: t.Callable[[ppp.Packet], None], retry: float, tries: int,
                 early: bool = False) -> None:
        self.policy, self._send, self._retry, self._tries, self._early = policy, send, retry, tries, early
        self.state, self.why = CLOSED, ''
        self.deadline: float | None = None
        self.heard = self.answers = self.repeats = self.resent = 0
        self._id = 0
        self._sent = self._rounds = self._repeated = 0
        self._anew = False                         # a request that was answered is sent again
        self._request: tuple[ppp.Option, ...] = ()
        self._asked: ppp.Packet | None = None      # the peer's last request, and what was said to it
        self._said: ppp.Packet | None = None

    def open(self, now: float) -> None:
        """Begin, unless it has begun."""
        if self.state == CLOSED:
            self.state = REQUESTING
            self._renew(now)

    def _renew(self, now: float) -> None:
        """A new request."""
        self._id = self._id % 255 + 1
        self._sent, self._repeated, self._request = 0, 0, self.policy.request()
        self._transmit(now)

    def _transmit(self, now: float) -> None:
        self._sent += 1
        self.deadline = now + self._retry
        self._send(ppp.Packet(ppp.CONF_REQUEST, self._id, ppp.encode_options(self._request)))

    def tick(self, now: float) -> None:
        """Repeat the request when it is time."""
        if self.deadline is None or now < self.deadline or self.state in (CLOSED, OPENED, FAILED):
            return
        if self._sent >= self._tries:
            self.fail('no-answer')
            return
        if self.state == ACK_RECEIVED:             # answered it is; the peer has not asked for anything yet
            self.state, self._anew = REQUESTING, True
        else:
            self._repeated += 1
        self._transmit(now)

    @property
    def behind(self) -> bool:
        """Whether the peer may take this for open, and its answer, to a request that was repeated, may be lost."""
        return self.state == ACK_SENT and (self._anew or self._repeated > 0)

    def recount(self) -> None:
        """All the tries again: only now is there somebody to answer."""
        self._sent, self._repeated = min(self._sent, 1), 0

    def fail(self, why: str) -> None:
        """It is over."""
        self.state, self.why, self.deadline = FAILED, self.why or why, None

    def receive(self, packet: ppp.Packet, now: float) -> None:
        """One of the four Configure packets; a peer that begins makes this side begin. WireError for options that do
        not fit."""
        if self.state == FAILED:
            return
        options = ppp.decode_options(packet.data)
        self.heard += 1
        if packet.code == ppp.CONF_REQUEST:
            if self._early and self.heard == 1 and self.state == REQUESTING:
                self._transmit(now)
            self.open(now)
            self._answer(packet, options, now)
        elif packet.id == self._id and self.state not in (CLOSED, OPENED):
            self._answered(packet.code, options, now)
        if self.policy.why:
            self.fail(self.policy.why)

    def _answer(self, packet: ppp.Packet, options: tuple[ppp.Option, ...], now: float) -> None:
        if packet == self._asked and self._said:
            self.repeats += 1
            self._send(self._said)
            return
        if self.state == OPENED:                   # the peer starts all over
            self.state = REQUESTING
            self._renew(now)
        answer = self.policy.judge(options)
        self._asked, self._said = packet, ppp.Packet(answer.code, packet.id, ppp.encode_options(answer.options))
        self._send(self._said)
        if answer.code == ppp.CONF_ACK:
            self.policy.accepted(options)
            self._move({REQUESTING: ACK_SENT, ACK_RECEIVED: OPENED})
        else:
            self._round()
            self._move({ACK_SENT: REQUESTING})

    def _answered(self, code: int, options: tuple[ppp.Option, ...], now: float) -> None:
        self.answers += 1
        if code == ppp.CONF_ACK:
            if options == self._request and self.state != ACK_RECEIVED:
                self.resent += self._repeated > 0
                self.recount()                     # RFC 1661 4.1: irc
                self.policy.agreed(options)
                self._move({REQUESTING: ACK_RECEIVED, ACK_SENT: OPENED})
            return
        if code == ppp.CONF_REJECT and not set(options) <= set(self._request):
            raise WireError('options are rejected that were not asked for')
        self._round()
        self.policy.refused(options, code == ppp.CONF_REJECT)
        self.resent += self._repeated > 0
        self._move({ACK_RECEIVED: REQUESTING})
        if not self.policy.why and self.state != FAILED:
            self._renew(now)

    def _round(self) -> None:
        self._rounds += 1
        if self._rounds > ROUNDS:
            self.fail('no-agreement')

    def _move(self, moves: dict[str, str]) -> None:
        self.state = moves.get(self.state, self.state)
        if self.state == OPENED:
            self.deadline = None


def sort(options: tuple[ppp.Option, ...], rejected: t.Callable[[ppp.Option], bool],
         naked: t.Callable[[ppp.Option], ppp.Option | None]) -> Answer:
    """The answer to *options*: rejects come before naks (RFC 1661 5.4); *naked* gives the value wanted instead."""
    rejects = tuple(option for option in options if rejected(option))
    if rejects:
        return Answer(ppp.CONF_REJECT, rejects)
    wanted = tuple(better for better in map(naked, options) if better is not None)
    return Answer(ppp.CONF_NAK, wanted) if wanted else Answer(ppp.CONF_ACK, options)
