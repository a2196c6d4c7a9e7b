# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A few echoes of LCP in a row, which tell silence from loss: their answers have numbers in the tunnel, too, so that
whatever the server had said before and did not arrive becomes a gap; and an echo without an answer is one in itself."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.wire import lcp, ppp

PULSES = 10     # echoes; where a fifth of all packets is lost either way, one pulse of 90 comes through whole
EVERY = 0.04    # seconds between them
LAST = 1.0      # seconds for the answer to the last one
FIRST = 128     # the number of the first echo: those of the ladder begin at 1


class Pulse:
    """*send* takes a packet of LCP. ``done`` once all echoes were answered, or waited for. *missed* counts those that
    were not, of pulses of which others were: a server that answers none at all just does not answer echoes."""

    def __init__(self, send: t.Callable[[ppp.Packet], None]) -> None:
        self._send = send
        self.deadline: float | None = None
        self.begun = self.done = False
        self.missed = 0
        self.answered = 0       # of the present pulse
        self._magic = self._left = 0
        self._number = FIRST - 1
        self._open: set[int] = set()

    def start(self, magic: int, now: float) -> None:
        """Begin, unless it has begun; *magic* is this side's number."""
        if not self.begun:
            self.begun, self._magic, self._left, self.answered, self._open = True, magic, PULSES, 0, set()
            self._beat(now)

    def stop(self) -> None:
        """It is not of interest any more."""
        self.begun, self.done, self.deadline = False, False, None

    def _beat(self, now: float) -> None:
        self._left -= 1
        self._number = FIRST + (self._number + 1 - FIRST) % FIRST
        self._open.add(self._number)
        self.deadline = now + (EVERY if self._left else LAST)
        self._send(ppp.Packet(lcp.ECHO_REQUEST, self._number, lcp.echo(self._magic)))

    def receive(self, packet: ppp.Packet, _now: float) -> None:
        """An Echo-Reply; only the first one to each echo counts."""
        if packet.id in self._open and self.begun and not self.done:
            self._open.discard(packet.id)
            self.answered += 1
            if not self._left and not self._open:
                self._end()

    def tick(self, now: float) -> None:
        if self.done or self.deadline is None or now < self.deadline:
            return
        if self._left:
            self._beat(now)
        else:
            self._end()

    def _end(self) -> None:
        self.done, self.deadline = True, None
        self.missed += len(self._open) if self.answered else 0
