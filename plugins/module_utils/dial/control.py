# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The client's side of the control connection: start it, place one call, clear it, stop."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.dial.settings import Settings
from ansible_collections.vpnops.pptp.plugins.module_utils.wire import lcp, pptp
from ansible_collections.vpnops.pptp.plugins.module_utils.wire.errors import WireError

MOST = 200    # messages of a server in one session; a real one sends five, and an echo a minute


class Control:
    """*send* takes bytes for TCP. *seen* goes into the result; *peer* is the server's number of the call, once it
    stands. What the server says is dealt with as far as an answer is due, and handed on."""

    def __init__(self, settings: Settings, call_id: int, send: t.Callable[[bytes], None]) -> None:
        self._settings, self.call_id, self._send = settings, call_id, send
        self.seen: dict[str, dict[str, t.Any]] = {}
        self.peer: int | None = None
        self._stream = pptp.Stream()
        self._count = 0
        self.flooded = False

    def start(self) -> None:
        self._say(pptp.StartRequest(host=self._settings.host, vendor=self._settings.vendor))

    def call(self) -> None:
        self._say(pptp.CallRequest(self.call_id))

    def clear(self) -> None:
        self._say(pptp.ClearRequest(self.call_id))

    def stop(self) -> None:
        self._say(pptp.StopRequest())

    def _say(self, message: pptp.Message) -> None:
        self._send(pptp.encode(message))

    def feed(self, data: bytes) -> t.Iterator[pptp.Message]:
        """What the server says in *data*. WireError where that is not PPTP, or too much of it."""
        for message in self._stream.feed(data):
            self._count += 1
            self.flooded = self._count > MOST
            if self.flooded:
                raise WireError('more messages than a server has to say')
            if isinstance(message, pptp.EchoRequest):
                self._say(pptp.EchoReply(message.identifier))
            elif isinstance(message, pptp.StopRequest):
                self._say(pptp.StopReply())
            elif isinstance(message, pptp.StartReply):
                self._started(message)
            elif isinstance(message, pptp.CallReply):
                self._called(message)
            yield message

    def _started(self, reply: pptp.StartReply) -> None:
        self.seen['control'] = {
            'version': '%d.%d' % (reply.version >> 8, reply.version & 0xff), 'result': reply.result,
            'error': reply.error, 'host': lcp.printable(reply.host.encode('utf-8', 'replace')),
            'vendor': lcp.printable(reply.vendor.encode('utf-8', 'replace')), 'firmware': reply.firmware,
            'channels': reply.max_channels}

    def _called(self, reply: pptp.CallReply) -> None:
        if reply.peer_call_id != self.call_id:
            return
        if reply.result == 1:
            self.peer = reply.call_id
        self.seen['call'] = {'result': reply.result, 'error': reply.error, 'cause': reply.cause,
                             'call_id': reply.call_id, 'speed': reply.speed, 'window': reply.window}

    def refusal(self, reply: pptp.StartReply | pptp.CallReply) -> str:
        """In words why the server says no, empty when it says yes."""
        table = pptp.START_RESULTS if isinstance(reply, pptp.StartReply) else pptp.CALL_RESULTS
        if reply.result == 1:
            return ''
        error = '' if not reply.error else ', ' + pptp.words(pptp.ERRORS, reply.error)
        return pptp.words(table, reply.result) + error
