# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One dial from the first packet to the last: events in, actions out. No socket, no clock, no randomness of its own."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.dial import events as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.control import Control
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.hangup import HangUp
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.link import Link
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.result import FAILED, OK, STEPS, UNKNOWN, Result
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.settings import PATH, REACH, Settings
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.tunnel import Tunnel
from ansible_collections.vpnops.pptp.plugins.module_utils.wire import pptp
from ansible_collections.vpnops.pptp.plugins.module_utils.wire.errors import WireError

FLOOD = 3000     # GRE packets of a call; a login takes thirty, a ladder of echoes fifty
UNCONFIRMED = 6  # packets; with a fifth of all lost, that happens to one dial in 6000
SUDDEN = 2.5     # seconds: a PPP that ends by itself says so, and waits longer for an answer (pppd: twice 3 s)
ICMPS = 8        # that are remembered
LONGEST = 200    # characters of a detail
EMPTY = 'the text is empty'    # where a server ends the link and does not say why
_PPP = STEPS[STEPS.index('gre'):]


class Session:
    """*entropy* gives as many random bytes as it is asked for (``os.urandom``). ``start``, then ``handle`` each event
    with the time in seconds; ``deadline`` is when the next is due at the latest; ``result`` stands after ``Done``."""

    def __init__(self, settings: Settings, entropy: t.Callable[[int], bytes]) -> None:
        self.settings = settings
        self.result: Result | None = None
        call_id = int.from_bytes(entropy(2), 'big') or 1
        self.control = Control(settings, call_id, lambda data: self._out.append(ev.SendStream(data)))
        self.tunnel = Tunnel(call_id, lambda data, whole: self._out.append(ev.SendGre(data, whole)))
        self.link = Link(settings, entropy, self)
        self._hangup = HangUp(self)
        self._out: list[ev.Action] = []
        self.step = 'tcp'
        self.connected = False
        self._times: dict[str, int] = {}
        self._start = self._begun = self._now = 0.0
        self._limit: float | None = None
        self._verdict: tuple[str, str, str, str] | None = None
        self._gone: float | None = None                 # when the grace after the server's hang-up ends
        self._sudden = False                            # it came without a word before it, or right after one
        self._quiet = False                             # a step got no answer, and echoes are to tell why
        self.seen: dict[str, t.Any] = {}

    @property
    def deadline(self) -> float | None:
        """When ``handle(Tick(), now)`` is due, None once it is over."""
        if self.result:
            return None
        due = [self.tunnel.deadline, self._hangup.deadline]
        if not self._verdict:
            due += [self._limit, self._gone, self._start + self.settings.limits.total, *self.link.deadlines()]
        return min((when for when in due if when is not None), default=None)

    def start(self, now: float) -> list[ev.Action]:
        """The first actions."""
        self._start = self._now = now
        self._begin('tcp', now)
        return [ev.Connect()]

    def handle(self, event: ev.Event, now: float) -> list[ev.Action]:
        """What to do about *event*. Never raises, whatever the server sends."""
        if self.result:
            return []
        self._now = now
        if isinstance(event, ev.Stream):
            self._stream(event.data, now)
        elif isinstance(event, ev.Gre):
            self._gre(event.data, now)
        elif isinstance(event, ev.Icmp):
            self._icmp(event, now)
        elif isinstance(event, ev.Lost):
            self._lost(event.why, now)
        elif isinstance(event, ev.Connected) and self.step == 'tcp' and not self._verdict:
            self.connected = True
            self.passed('tcp', now)
            self.control.start()
        self._tick(now)
        self.tunnel.acknowledge()
        actions, self._out = self._out, []
        return actions

    # what the parts call

    def transmit(self, frame: bytes, dont_fragment: bool = False) -> None:
        """Send a frame through the tunnel."""
        self.tunnel.send(frame, dont_fragment)

    def passed(self, step: str, now: float) -> None:
        """*step* is done: the next begins."""
        if self._verdict or STEPS.index(step) < STEPS.index(self.step):
            return
        self._times[step] = self._times.get(step, 0) + round((now - self._begun) * 1000)
        following = 'path' if step == 'lcp' and self.settings.mode == PATH else STEPS[STEPS.index(step) + 1]
        if step != 'ping':
            self._begin(following, now)

    def back(self, now: float) -> None:
        """LCP starts over."""
        if not self._verdict:
            self._begin('lcp', now)

    def end(self, status: str, step: str, why: str = '', detail: str = '') -> None:
        """The verdict; the first one counts. Without a *step* it is about the present one."""
        if status == OK and self._gone is not None:      # what works over a call that was cleared will not for long
            status, why = UNKNOWN, 'hung-up'
        if not self._verdict:
            if step in ('', self.step):
                self._times.setdefault(self.step, round((self._now - self._begun) * 1000))
            detail = detail or (EMPTY if why == 'terminated' else '')
            self._verdict = status, step or self.step, why, detail[:LONGEST]

    @property
    def why(self) -> str:
        """The word of the verdict, empty before it and where all is well."""
        return self._verdict[2] if self._verdict else ''

    def silent(self, step: str) -> None:
        """All requests of *step* went without an answer."""
        if not self._verdict and step == self.step:
            self._quiet = True

    # steps

    def _begin(self, step: str, now: float) -> None:
        self.step, self._begun, self._quiet = step, now, False
        self.link.pulse.stop()
        self._limit = now + getattr(self.settings.limits, step) if step != 'ping' else None

    def _tick(self, now: float) -> None:
        self._frames(self.tunnel.tick(now), now)
        if not self._verdict and self.tunnel.is_open:
            self.link.tick(now)
        if not self._verdict and self._gone is not None and now >= self._gone:
            self._hung_up()
        if not self._verdict and (self._quiet or self._limit is not None and now >= self._limit):
            self._timed_out(now)
        if not self._verdict and now >= self._start + self.settings.limits.total:
            self.end(UNKNOWN, self.step, 'out-of-time')
        if self._verdict and not self.result:
            self._hangup.go(now)

    def _gre(self, data: bytes, now: float) -> None:
        """One packet. Of a flood none is listened to any more, nor confirmed."""
        if self.tunnel.counters.received > FLOOD:
            self.end(UNKNOWN, self.step, 'flooded')
        else:
            self._frames(self.tunnel.receive(data, now), now)

    def _frames(self, frames: list[bytes], now: float) -> None:
        counters = self.tunnel.counters
        if self.step == 'gre' and (counters.received or counters.acked is not None):
            self.passed('gre', now)
            self.link.lcp.recount()
        for frame in frames:
            self.link.frame(frame, now)

    def _icmp(self, event: ev.Icmp, now: float) -> None:
        if (event.kind, event.code) == (3, 4):
            if self.link.ladder:
                self.link.ladder.too_big(event.mtu, now)
            return
        found = self.seen.setdefault('icmp', [])
        if [event.kind, event.code] not in found and len(found) < ICMPS:
            found.append([event.kind, event.code])

    def _stream(self, data: bytes, now: float) -> None:
        try:
            for message in self.control.feed(data):
                self._message(message, now)
        except WireError as error:
            self.connected = False
            why = 'flooded' if self.control.flooded else 'not-pptp'
            self.end(FAILED if self.step == 'control' else UNKNOWN, self.step, why, str(error))

    def _message(self, message: pptp.Message, now: float) -> None:
        self._hangup.heard(message)
        if self._verdict:
            return
        if isinstance(message, pptp.StartReply) and self.step == 'control':
            self._go_on(message, now)
        elif isinstance(message, pptp.CallReply) and self.step == 'call':
            if message.peer_call_id == self.control.call_id:
                self._go_on(message, now)
        elif isinstance(message, pptp.Disconnect):
            self._server_left('call cleared', pptp.words(pptp.DISCONNECT_RESULTS, message.result), now)
        elif isinstance(message, pptp.StopRequest):
            self._server_left('stopped', pptp.words(pptp.STOP_REASONS, message.reason), now)

    def _go_on(self, reply: pptp.StartReply | pptp.CallReply, now: float) -> None:
        refusal = self.control.refusal(reply)
        if refusal:
            self.end(FAILED, self.step, 'refused', refusal)
        elif self.step == 'control':
            self.passed('control', now)
            self.control.call()
        elif self.settings.mode == REACH:
            self.end(OK, 'call')
        elif not self.settings.gre:
            self.passed('call', now)
            self.end(UNKNOWN, 'gre', 'not-permitted')
        else:
            self.passed('call', now)
            early = self.tunnel.open(reply.call_id, now) if isinstance(reply, pptp.CallReply) else []
            self.link.start(now)
            self._frames(early, now)

    # when it goes wrong

    def _lost(self, why: str, now: float) -> None:
        self.connected = False
        if self.step == 'tcp':
            self.end(FAILED, 'tcp', why)
        else:
            self._server_left(why, '', now)

    def _server_left(self, how: str, words: str, now: float) -> None:
        """The server has hung up over TCP. Why may still be on its way through the tunnel."""
        self.seen.setdefault('hang_up', {'how': how, 'words': words})
        if self._verdict:
            return
        if self.step not in _PPP:
            self.end(FAILED, self.step, 'closed', how)
        elif self._gone is None:
            self._gone = now + self.settings.grace
            self._sudden = not self.tunnel.counters.received or now < self.tunnel.heard + SUDDEN

    def _hung_up(self) -> None:
        if self.step == 'ping':                  # the login stood
            self.end(UNKNOWN, 'ping', 'hung-up')
        elif self.step == 'path':
            self.end(UNKNOWN, 'path', 'cut-short')
        else:
            clear = self._sudden and not any(self.signs)
            self.end(FAILED if clear else UNKNOWN, self.step, 'hung-up', self.seen['hang_up']['words'])

    def _timed_out(self, now: float) -> None:
        """Silence proves something only where no packet was lost before it; echoes of LCP are to show that."""
        if self.step == 'tcp':
            self.end(FAILED, 'tcp', 'timeout')
        elif self.step in ('control', 'call'):
            self.end(FAILED, self.step, 'no-answer')
        elif self.step == 'gre':
            self.end(FAILED, 'gre', 'refused' if self.seen.get('icmp') else 'no-answer')
        elif self.step == 'lcp' and self._not_heard():
            self.end(FAILED, 'gre', 'not-heard')
        elif self.link.pulsing(now):
            self._quiet, self._limit = True, None
        elif self.step == 'ping' and self.link.network:
            self._quiet = False
            self.link.pulse.stop()
            self.link.network.quiet(now)
        elif self.lossy:
            self.end(UNKNOWN, self.step, 'lossy')
        elif self._quiet and self.link.closed:
            self.end(UNKNOWN, self.step, 'no-answer')
        elif self.step == 'path':
            self.end(UNKNOWN, 'path', 'out-of-time')
        else:
            self.end(FAILED, self.step, 'no-answer')

    def _not_heard(self) -> bool:
        """Not one of many packets was confirmed or answered: no network loses them all, and each answer, by chance."""
        counters = self.tunnel.counters
        return counters.acked is None and not self.link.heard and counters.sent >= UNCONFIRMED

    @property
    def lossy(self) -> bool:
        """Whether there are signs that packets of this call were lost."""
        return any((self.tunnel.counters.lost, *self.link.signs))

    @property
    def signs(self) -> tuple[int, ...]:
        """Counters of what shows that the network is not as it should be in any way."""
        counters = self.tunnel.counters
        return (counters.lost, counters.late, counters.reordered, *self.link.signs)

    def _refuted(self, status: str, step: str, why: str) -> bool:
        """Whether a verdict out of silence does not hold any more after what came while hanging up."""
        if status != FAILED or step not in _PPP or why not in ('no-answer', 'not-heard', 'no-echo'):
            return False
        counters = self.tunnel.counters
        if step == 'gre':
            return self.link.heard or counters.acked is not None or why == 'no-answer' and counters.received > 0
        return self.lossy

    def finish(self, now: float, ended: dict[str, bool]) -> None:
        """The hang-up is through."""
        status, step, why, detail = t.cast('tuple[str, str, str, str]', self._verdict)
        if self._refuted(status, step, why):
            status, why = UNKNOWN, 'lossy'
        seen = {**self.control.seen, **self.link.seen(), **self.seen, 'ended': ended}
        if self.tunnel.is_open:
            seen['gre'] = dict(vars(self.tunnel.counters))
        self._times['total'] = round((now - self._start) * 1000)
        self.result = Result(status, step, why, detail, self.settings.mode, self._times, seen)
        self._out += [ev.Close(), ev.Done()]
