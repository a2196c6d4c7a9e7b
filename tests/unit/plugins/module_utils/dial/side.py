# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The automaton of RFC 1661 4.1 to the letter, for the server of the tests: code of its own, with pppd's times."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.wire import ppp

RESTART, TRIES = 3.0, 10


class Owner(t.Protocol):
    """What the automaton needs of its server; *say_ppp* sends, unless it is mute."""

    now: float

    def speaks(self, protocol: int) -> bool:
        """Whether it says anything of *protocol*."""

    def say_ppp(self, protocol: int, packet: ppp.Packet) -> None:
        """Send *packet*."""

    def gave_up(self, side: Side) -> None:
        """No answer."""

    def refused(self, side: Side, packet: ppp.Packet) -> None:
        """A Nak or a Reject."""

    def layer_up(self, side: Side) -> None:
        """Opened."""

    def layer_down(self, side: Side) -> None:
        """Not any more."""


class Side:
    """The automaton of RFC 1661 4.1 for one protocol, with the options that the server asks for."""

    def __init__(self, server: Owner, protocol: int, wanted: t.Callable[[], list[ppp.Option]],
                 judge: t.Callable[[list[ppp.Option]], tuple[int, list[ppp.Option]]]) -> None:
        self.server, self.protocol, self.wanted, self.judge = server, protocol, wanted, judge
        self.state, self.id, self.tries = 'initial', 0, 0
        self.due: float | None = None
        self.agreed: list[ppp.Option] = []      # ours

    def up(self) -> None:
        if self.state == 'initial':
            self.state, self.tries = 'req-sent', 0
            self.renew()

    def down(self) -> None:
        self.state, self.due = 'initial', None

    def renew(self) -> None:
        self.id = self.id % 255 + 1
        self.transmit()

    def transmit(self) -> None:
        self.tries += 1
        self.due = self.server.now + RESTART
        self.agreed = self.wanted()
        self.send(1, self.id, ppp.encode_options(self.agreed))

    def send(self, code: int, number: int, data: bytes = b'') -> None:
        if self.server.speaks(self.protocol):
            self.server.say_ppp(self.protocol, ppp.Packet(code, number, data))

    def tick(self) -> None:
        if self.due is not None and self.server.now >= self.due:
            if self.tries >= TRIES:
                self.server.gave_up(self)
                return
            if self.state == 'ack-rcvd':
                self.state = 'req-sent'
            self.transmit()

    def receive(self, packet: ppp.Packet) -> None:
        if self.state == 'initial':
            self.send(6, packet.id)
            return
        if packet.code == 1:
            self.requested(packet)
        elif packet.id == self.id and packet.code in (2, 3, 4):
            self.answered(packet)

    def requested(self, packet: ppp.Packet) -> None:
        if self.state == 'opened':
            self.server.layer_down(self)
            self.state, self.tries = 'req-sent', 0
            self.renew()
        code, options = self.judge(list(ppp.decode_options(packet.data)))
        self.send(code, packet.id, ppp.encode_options(options))
        if code == 2 and self.state == 'ack-rcvd':
            self.opened()
        elif self.state in ('req-sent', 'ack-sent'):
            self.state = 'ack-sent' if code == 2 else 'req-sent'

    def answered(self, packet: ppp.Packet) -> None:
        if packet.code == 2:
            if self.state == 'ack-sent':
                self.opened()
            elif self.state == 'req-sent':
                self.state = 'ack-rcvd'
            elif self.state == 'opened':
                self.server.layer_down(self)
                self.state, self.tries = 'req-sent', 0
                self.renew()
            return
        self.server.refused(self, packet)
        if self.state == 'ack-rcvd':
            self.state = 'req-sent'
        if self.state != 'initial':
            self.renew()

    def opened(self) -> None:
        self.state, self.due = 'opened', None
        self.server.layer_up(self)
