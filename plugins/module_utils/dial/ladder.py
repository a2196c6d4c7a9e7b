# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The largest packet that passes: echoes of LCP of growing and shrinking size, which may not be fragmented."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.wire import gre, lcp, ppp

OVERHEAD = 20 + gre.OVERHEAD + 4    # bytes of an IP packet before what PPP carries: IP, GRE, PPP's address and protocol
ECHO = ppp.HEADER + 4               # bytes of an echo before its data
TUNNEL = OVERHEAD + 4               # what MPPE and the inner protocol add, for packets of the tunnel
TCP = 40                            # headers of IP and TCP within it
SMALLEST = 576                      # every IPv4 host takes that (RFC 791 3.1)
TRIES = 4                           # of one size
FIRST_TRIES, FIRST_EVERY = 20, 0.5  # of the smallest, which must pass, and the seconds between them
SURE_TRIES, SURE_EVERY = 28, 0.05   # of one size where packets are lost, and the seconds between them
LONGEST_WAIT, SHORTEST_WAIT = 1.0, 0.5    # seconds; the wait is four times what an echo took
STEP = 4                            # bytes: how exact the answer is


class Ladder:
    """*send* takes an echo packet that may not be fragmented. Sizes are of the IP packet on the wire, by bisection
    between SMALLEST and *largest*. ``done`` once it is through; *lost*: a size passed, and not at the first try (an
    echo tells which one it answers: that it is late is no loss). From then on, or from ``ascertain`` on, it is
    ``sure``: each size is tried so often that what does not pass is too large, whatever else is lost."""

    def __init__(self, largest: int, magic: int, send: t.Callable[[ppp.Packet], None]) -> None:
        self._magic, self._send = magic, send
        self._low, self._high = 0, max(largest, SMALLEST)      # what passed, the most that may pass
        self.largest = self._high
        self.done = self.lost = self.sure = False
        self.mtu = 0                                           # as a router has told it
        self.deadline: float | None = None
        self._size, self._tries, self._id, self._wait = SMALLEST, 0, 1, LONGEST_WAIT
        self._sent: dict[int, float] = {}                      # when each try was

    @property
    def passed(self) -> int:
        """Bytes of the largest IP packet that passed; 0 for none."""
        return self._low

    def start(self, now: float) -> None:
        self._probe(now)

    def ascertain(self, now: float) -> None:
        """Packets are lost: once more from what has passed upwards."""
        self._doubt()
        self._next(now)

    def _doubt(self) -> None:
        if not self.sure:
            self.done, self.sure, self._high = False, True, self.mtu or self.largest

    def _probe(self, now: float) -> None:
        self._tries += 1
        soon = self.sure and self._tries < SURE_TRIES
        self.deadline = now + (SURE_EVERY if soon else self._wait if self._low else FIRST_EVERY)
        self._sent[self._tries] = now
        data = lcp.echo(self._magic, bytes((self._tries,)) + bytes(self._size - OVERHEAD - ECHO - 1))
        self._send(ppp.Packet(lcp.ECHO_REQUEST, self._id, data))

    def receive(self, packet: ppp.Packet, now: float) -> None:
        """An Echo-Reply: it counts when all the data came back."""
        if self.done or packet.id != self._id or len(packet.data) + ppp.HEADER + OVERHEAD < self._size:
            return
        number = lcp.decode_echo(packet.data)[1][0]
        if number not in self._sent:
            return
        if number > 1:
            self.lost = True
            self._doubt()
        took = 4 * (now - self._sent[number])
        self._wait = min(max(took, self._wait if self._low else 0, SHORTEST_WAIT), LONGEST_WAIT)
        self._low = self._size
        self._next(now)

    def too_big(self, mtu: int, now: float) -> None:
        """A router or this host said that a packet does not fit, and perhaps what would."""
        if self.done or self._size <= (mtu or self._low):
            return
        if SMALLEST <= mtu < self._size:
            self.mtu = mtu
            self._high = min(self._high, mtu)
        else:
            self._high = self._size - 1
        self._next(now)

    def tick(self, now: float) -> None:
        if self.done or self.deadline is None or now < self.deadline:
            return
        if self._tries < (SURE_TRIES if self.sure else TRIES if self._low else FIRST_TRIES):
            self._probe(now)
        else:
            self._high = self._size - 1
            self._next(now)

    def _next(self, now: float) -> None:
        """The largest that may pass first: most paths let it, and then it is over."""
        first = self._low == SMALLEST and self._high in (self.largest, self.mtu)
        if self._high < SMALLEST or self._high - self._low < STEP:
            self.done, self.deadline = True, None
            return
        self._size = self._high if first else (self._low + self._high + 1) // 2
        self._tries, self._id, self._sent = 0, self._id % 255 + 1, {}
        self._probe(now)

    def seen(self) -> dict[str, t.Any]:
        """For the result: *mtu* and *mss* are those for a tunnel with MPPE over this path."""
        passed = self.passed
        return {'largest': passed, 'asked': self.largest, 'mtu': max(passed - TUNNEL, 0),
                'mss': max(passed - TUNNEL - TCP, 0), 'told': self.mtu}
