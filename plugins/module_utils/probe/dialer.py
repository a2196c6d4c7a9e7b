# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One dial over real sockets: a ``dial.session.Session`` with a clock, and hung up whatever happens."""

from __future__ import annotations

import collections
import dataclasses
import os
import select
import signal
import socket
import time
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.dial import events as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.result import FAILED, UNKNOWN, Result
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.session import Session
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.settings import Settings
from ansible_collections.vpnops.pptp.plugins.module_utils.probe import dialer_sockets
from ansible_collections.vpnops.pptp.plugins.module_utils.wire import pptp

NOT_PERMITTED = 'raw sockets are not permitted here: become root, or give CAP_NET_RAW'
# bytes that the server confirms when it has been asked; its SYN is one of them
_ASKED = {'control': len(pptp.encode(pptp.StartRequest()))}
_ASKED['call'] = _ASKED['control'] + len(pptp.encode(pptp.CallRequest(1)))
_TRIES = 5          # that TCP sends the same again: of a network that loses a fifth, one in 15,000 is lost so often
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Dial(t.NamedTuple):
    """*source* are address and port of this side's end of the TCP connection, *refusal* how the kernel put it that
    there was none, *reason* why there was no raw socket, *errors* what this host said to packets that it did not send,
    *offenders* the senders of ICMP errors."""

    result: Result
    source: list[t.Any]
    refusal: dict[str, t.Any]
    reason: str
    errors: dict[str, int]
    offenders: list[str]


class Interrupts:
    """While it lasts, signals that would end this process are noted (``came``) and wake whoever waits for
    ``socket``. A signal that is ignored stays ignored."""

    def __init__(self) -> None:
        self.came = 0
        self.socket, self._writer = socket.socketpair()
        self.socket.setblocking(False)
        self._writer.setblocking(False)
        self._before: dict[int, t.Any] = {}
        self._wakeup = -1

    def __enter__(self) -> Interrupts:
        self._wakeup = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        for number in _SIGNALS:
            if signal.getsignal(number) != signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._note)
        return self

    def _note(self, number: int, _frame: object) -> None:
        self.came = self.came or number

    def __exit__(self, *_error: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup)
        self.socket.close()
        self._writer.close()


def dial(address: str, port: int, settings: Settings, interrupts: Interrupts | None = None) -> Dial:
    """Dial *address* once. A signal of *interrupts* ends it early, with a proper hang-up; who calls looks at
    ``came``. Any exception is one of this code: it hangs up as well as it can, and passes it on."""
    reason, raw = '', None
    try:
        raw = dialer_sockets.Raw(address)
    except PermissionError:
        reason = NOT_PERMITTED
    except OSError as error:
        reason = 'no raw socket for GRE: %s' % error.strerror
    control = dialer_sockets.Control(address, port)
    call = _Call(settings if raw else dataclasses.replace(settings, gre=False), control, raw, interrupts)
    return Dial(judged(call.run(), control), control.source, control.refusal, reason, dict(raw.errors) if raw else {},
                raw.offenders if raw else [])


def judged(result: Result, control: dialer_sockets.Control) -> Result:
    """*result* in the light of TCP, of which a session knows nothing: where segments had to be sent again, silence or
    an end of the control connection proves nothing, unless the server never confirmed what was asked."""
    if result.status != FAILED or result.step not in _ASKED or result.why not in ('no-answer', 'closed'):
        return result
    unheard = control.acked <= _ASKED[result.step] and control.resent >= _TRIES and result.why == 'no-answer'
    if not control.resent or unheard:
        return result
    return result._replace(status=UNKNOWN, why='lossy')


class _Call:
    """A session, its sockets, and the time."""

    def __init__(self, settings: Settings, control: dialer_sockets.Control, raw: dialer_sockets.Raw | None,
                 interrupts: Interrupts | None) -> None:
        self.session = Session(settings, os.urandom)
        self._control, self._raw, self._interrupts = control, raw, interrupts
        self._stopped = False

    def run(self) -> Result:
        """From the first packet to the last."""
        try:
            self._carry_out(self.session.start(time.monotonic()))
            while self.session.result is None:
                self._turn()
            return self.session.result
        except BaseException:
            self._abandon()
            raise
        finally:
            self._close()

    def _turn(self) -> None:
        """Wait for what comes next, and see to it."""
        dues = [due for due in (self.session.deadline, self._control.due) if due is not None]
        self._wait(min(dues) - time.monotonic())
        if self._interrupts and self._interrupts.came and not self._stopped:
            self._stopped = True
            self.session.end(UNKNOWN, '', 'out-of-time')
        if self._control.alive:
            self._hand(self._control.events())
        due = self._control.due
        if due is not None and time.monotonic() >= due:
            self._hand(self._control.connect(due))
        if self._raw:
            self._raw.peer = self.session.control.peer
            self._hand(self._raw.events())
        self._hand([ev.Tick()])

    def _wait(self, seconds: float) -> None:
        poll = select.poll()
        for own in self._control.sockets if self._control.alive else ():
            poll.register(own, select.POLLIN | (select.POLLOUT if self._control.writes else 0))
        if self._raw:
            poll.register(self._raw.socket, select.POLLIN)
        if self._interrupts and not self._stopped:
            poll.register(self._interrupts.socket, select.POLLIN)
        poll.poll(max(0, int(seconds * 1000) + 1))

    def _hand(self, events: t.Iterable[ev.Event]) -> None:
        for event in events:
            self._carry_out(self.session.handle(event, time.monotonic()))

    def _carry_out(self, actions: t.Iterable[ev.Action]) -> None:
        """Do *actions* in their order; what they bring about comes after them."""
        left = collections.deque([actions])
        while left:
            events: list[ev.Event] = []
            for action in left.popleft():
                events += self._do(action)
            left.extend(self.session.handle(event, time.monotonic()) for event in events)

    def _do(self, action: ev.Action) -> list[ev.Event]:
        if isinstance(action, ev.Connect):
            return self._control.connect(time.monotonic())
        if isinstance(action, ev.SendStream):
            return self._control.send(action.data)
        if isinstance(action, ev.SendGre) and self._raw:
            self._raw.peer = self.session.control.peer
            return self._raw.send(action.data, action.dont_fragment)
        if isinstance(action, ev.Close):
            self._close()
        return []

    def _abandon(self) -> None:
        """Hang up without a session that could be trusted, and without waiting: a server ends the call over TCP."""
        if self._control.open:
            self._control.send(pptp.encode(pptp.ClearRequest(self.session.control.call_id)))
            self._control.send(pptp.encode(pptp.StopRequest()))

    def _close(self) -> None:
        self._control.close()
        if self._raw:
            self._raw.socket.close()
