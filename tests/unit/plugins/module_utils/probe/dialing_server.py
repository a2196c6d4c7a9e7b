# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The scripted PPTP server of the tests of ``dial``, behind real sockets. Real servers need a kernel with PPP: they are
in the lab.

    python dialing_server.py '{"methods": ["mschapv2"], "flood": ""}'

takes the fields of its Setup, and ``flood``: ``call`` (GRE of the call without end), ``foreign`` (GRE of another one),
or ``control`` (messages over TCP); ``deaf``: it has no raw socket, so its kernel answers GRE with an ICMP error;
``says``: what it says over TCP instead of anything else; ``drops``: so many connections it closes at once. It writes a
line of JSON for each call that has ended.
"""

from __future__ import annotations

import contextlib
import json
import select
import socket
import sys
import time
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.wire import gre, lcp, ppp, pptp
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.dial.server import CALL, Server
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.dial.setup import Setup

PORT = 1723
BURST = 200         # packets of a flood in one turn


class Call:
    """One control connection: the scripted server knows one call number, so it is exchanged for one of its own."""

    def __init__(self, own: socket.socket, number: int, setup: Setup) -> None:
        self.socket, self.number = own, number
        self.server = Server(setup)
        self.client = own.getpeername()[0]
        self.names: list[str] = []
        self.packets = self.sizes = 0

    def tcp(self, data: bytes) -> None:
        if int.from_bytes(data[8:10], 'big') == 1:            # Start-Control-Connection-Request
            self.names.append(data[28:92].rstrip(b'\0').decode('latin-1'))
        self.server.tcp(data)

    def gre(self, data: bytes) -> None:
        self.packets, self.sizes = self.packets + 1, max(self.sizes, 20 + len(data))
        self.server.gre(data[:6] + CALL.to_bytes(2, 'big') + data[8:])

    def out(self, raw: socket.socket | None) -> None:
        rows, self.server.out = self.server.out, []
        for kind, data in rows:
            if kind == 'gre' and raw:
                raw.sendto(t.cast(bytes, data), (self.client, 0))
            elif kind == 'tcp' and data is None:
                self.socket.shutdown(socket.SHUT_WR)
            elif kind == 'tcp':
                self.socket.send(self._numbered(t.cast(bytes, data)))

    def _numbered(self, data: bytes) -> bytes:
        if int.from_bytes(data[8:10], 'big') in (8, 13):      # Outgoing-Call-Reply, Call-Disconnect-Notify
            return data[:12] + self.number.to_bytes(2, 'big') + data[14:]
        return data

    def report(self) -> str:
        return json.dumps({'name': self.names[:1], 'log': self.server.log, 'sessions': self.server.sessions,
                           'packets': self.packets, 'largest': self.sizes})


class Daemon:
    """All calls, one raw socket."""

    def __init__(self, options: dict[str, t.Any]) -> None:
        self.flood, self.says, self.drops = options.pop('flood', ''), options.pop('says', ''), options.pop('drops', 0)
        self.raw = None
        if not options.pop('deaf', False):
            self.raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, gre.PROTOCOL)
        fields: dict[str, t.Any] = {name: tuple(value) if isinstance(value, list) else value
                                    for name, value in options.items()}
        self.setup = Setup(**fields)
        self.listener = socket.create_server(('', PORT))
        self.calls: dict[int, Call] = {}
        self.count = 0x0200

    def serve(self) -> None:
        while True:
            now = time.monotonic()
            dues = [due for due in (call.server.due() for call in self.calls.values()) if due is not None]
            pause = 0.001 if self.flood and self.calls else max(0.0, min([*dues, now + 1]) - now)
            sockets = [self.listener, *([self.raw] if self.raw else []), *(c.socket for c in self.calls.values())]
            ready = select.select(sockets, [], [], pause)[0]
            for one in ready:
                self.read(one)
            for call in list(self.calls.values()):
                call.server.tick(time.monotonic())
                with contextlib.suppress(OSError):       # the client has gone
                    call.out(self.raw)
                    self.pour(call)

    def read(self, one: socket.socket) -> None:
        if one is self.listener:
            own, _address = one.accept()
            if self.drops:
                self.drops -= 1
                own.close()
                return
            self.count += 1
            self.calls[own.fileno()] = Call(own, self.count, self.setup)
            if self.says:
                own.send(self.says.encode())
        elif one is self.raw:
            data = one.recv(65535)
            data = data[(data[0] & 15) * 4:]
            for call in self.calls.values():
                if int.from_bytes(data[6:8], 'big') == call.number:
                    call.server.now = time.monotonic()
                    call.gre(data)
        else:
            self.stream(self.calls[one.fileno()])

    def stream(self, call: Call) -> None:
        try:
            data = call.socket.recv(4096)
        except OSError:
            data = b''
        call.server.now = time.monotonic()
        if data and not self.says:
            call.tcp(data)
        elif not data:
            sys.stdout.write(call.report() + '\n')
            sys.stdout.flush()
            del self.calls[call.socket.fileno()]
            call.socket.close()

    def pour(self, call: Call) -> None:
        """A burst of what nobody has asked for."""
        if self.flood == 'control' and call.names:
            call.socket.send(pptp.encode(pptp.EchoRequest(7)) * 4)
        elif self.flood in ('call', 'foreign') and call.server.peer is not None and self.raw:
            frame = ppp.encode_frame(ppp.Frame(ppp.LCP, ppp.encode(ppp.Packet(lcp.DISCARD_REQUEST, 1, bytes(64)))))
            for _packet in range(BURST):
                number = call.server.peer if self.flood == 'call' else call.server.peer ^ 1
                call.server.sent += self.flood == 'call'
                self.raw.sendto(gre.encode(gre.Packet(number, call.server.sent, None, frame)), (call.client, 0))


if __name__ == '__main__':
    Daemon(json.loads(sys.argv[1])).serve()
