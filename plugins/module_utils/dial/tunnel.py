# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One call's GRE: numbers and acknowledges what is sent, and brings what is received back into its order."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.wire import gre
from ansible_collections.vpnops.pptp.plugins.module_utils.wire.errors import WireError

HELD = 16       # packets that may wait for one before them; pptpd itself holds back 300 at most
PATIENCE = 0.3  # seconds that they wait, as pptpd and pptp-linux have it
LONGEST = 2048  # bytes of a packet: MRUs end at 1500, and what is held back takes no more memory than this allows
EARLY = 16      # packets that may overtake the answer to the call
# Number of the first packet. RFC 2637 4.1.2 has 0; but the PPTP driver of Linux drops that as an old one, and begins
# with 1 itself (drivers/net/ppp/pptp.c, pptp_rcv and pptp_xmit; accel-ppp uses it), and so does pptp-linux
# (pptp_gre.c). pptpd begins with 0 and takes any number first.
FIRST = 1
_NONE = 0xffffffff      # before the first number, whichever that is


class Counters:
    """What the tunnel counted. *lost* are numbers that never came, *late* came after they were given up or twice,
    *foreign* are of another call or no GRE of PPTP; *acked* is the last number of ours that the server confirmed."""

    def __init__(self) -> None:
        self.sent = self.received = self.lost = self.late = self.reordered = self.foreign = 0
        self.acked: int | None = None


class Tunnel:
    """*send* takes a packet and whether it may not be fragmented. Time is in seconds, as everywhere in this room."""

    def __init__(self, call_id: int, send: t.Callable[[bytes, bool], None]) -> None:
        self.call_id, self._send = call_id, send
        self.counters = Counters()
        self.deadline: float | None = None     # when what is held has waited long enough
        self.heard = 0.0                       # when the server's PPP last spoke; at first, when the call stood
        self._peer: int | None = None
        self._next = FIRST
        self._last = _NONE                     # the last number that was passed on
        self._owed = False                     # an acknowledgement is
        self._held: dict[int, bytes] = {}
        self._early: list[bytes] = []
        self._before = False                   # a server that seems to begin with FIRST may have sent one before it

    def open(self, peer: int, now: float) -> list[bytes]:
        """The call stands, *peer* is its number at the server. The frames that came before that answer did."""
        self._peer, self.heard = peer, now
        early, self._early = self._early, []
        return [frame for data in early for frame in self.receive(data, now)]

    @property
    def is_open(self) -> bool:
        return self._peer is not None

    def send(self, frame: bytes, dont_fragment: bool = False) -> None:
        """Send one PPP frame; it acknowledges what was received, always, so that its overhead is always the same."""
        if self._peer is None:
            return
        self._transmit(gre.Packet(self._peer, self._next, self._last, frame), dont_fragment)
        self._next = (self._next + 1) & 0xffffffff

    def acknowledge(self) -> None:
        """Acknowledge what no frame has acknowledged yet."""
        if self._owed and self._peer is not None and self._last != _NONE:
            self._transmit(gre.Packet(self._peer, ack=self._last), False)

    def _transmit(self, packet: gre.Packet, dont_fragment: bool) -> None:
        if self._last == _NONE:                # nothing to acknowledge yet, or nothing in order
            packet = packet._replace(ack=None)
        else:
            self._owed = False
        self.counters.sent += 1
        self._send(gre.encode(packet), dont_fragment)

    def receive(self, data: bytes, now: float) -> list[bytes]:
        """The frames that can be passed on now that *data* is here, in their order."""
        packet = self._own(data)
        if packet is None:
            return []
        if self._peer is None:
            self._early += [data][:EARLY - len(self._early)]
            return []
        if packet.ack is not None:
            self._confirmed(packet.ack)
        if packet.sequence is None:
            return []
        self.counters.received += 1
        self._owed, self.heard = True, now
        return self._sort(packet.sequence, packet.payload, now)

    def _own(self, data: bytes) -> gre.Packet | None:
        try:
            packet = gre.decode(data if len(data) <= LONGEST else b'')
        except WireError:
            packet = gre.Packet(-1)
        if packet.call_id == self.call_id:
            return packet
        self.counters.foreign += 1
        return None

    def _confirmed(self, number: int) -> None:
        acked = self.counters.acked
        if acked is None or gre.distance(number, acked) > 0:
            self.counters.acked = number

    def _sort(self, number: int, payload: bytes, now: float) -> list[bytes]:
        ahead = gre.distance(number, self._last)
        if ahead == FIRST + 1 and self._last == _NONE and not self._held:     # it begins there: do not wait
            self._last, self._before, ahead = FIRST - 1, True, 1
        if ahead <= 0 or number in self._held:
            return self._behind(number, payload)
        self._held[number] = payload
        if ahead == 1:
            return self._in_order(now)
        self.counters.reordered += 1
        if len(self._held) > HELD:
            return self._give_up(now)
        if self.deadline is None:
            self.deadline = now + PATIENCE
        return []

    def _behind(self, number: int, payload: bytes) -> list[bytes]:
        """One that comes late or twice is dropped, but for the very first."""
        if self._before and number < FIRST:
            self._before = False
            self.counters.reordered += 1
            return [payload]
        self.counters.late += 1
        return []

    def _in_order(self, now: float) -> list[bytes]:
        """What has no gap before it any more."""
        frames = []
        while (self._last + 1) & 0xffffffff in self._held:
            self._last = (self._last + 1) & 0xffffffff
            frames.append(self._held.pop(self._last))
        self.deadline = now + PATIENCE if self._held else None
        return frames

    def _give_up(self, now: float) -> list[bytes]:
        """Count the first gap as lost, and pass on what comes after it."""
        first = min(self._held, key=lambda number: gre.distance(number, self._last))
        self.counters.lost += min(gre.distance(first, self._last) - 1, HELD)   # a peer may start at any number
        self._last = (first - 1) & 0xffffffff
        return self._in_order(now)

    def tick(self, now: float) -> list[bytes]:
        """What has waited long enough for those before it."""
        if self.deadline is None or now < self.deadline:
            return []
        return self._give_up(now)
