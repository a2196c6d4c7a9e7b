# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A network and a clock that do what a test says, so that a minute of waiting takes none."""

from __future__ import annotations

import errno
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.probe import radius, radius_exchange as ex
from ansible_collections.vpnops.pptp.plugins.module_utils.probe.radius_config import Plan, Server
from ansible_collections.vpnops.pptp.plugins.module_utils.wire import radius as wire

SECRET, ADDRESS = b'sesame', '192.0.2.20'
Script = t.Callable[[bytes, int], t.Any]    # a datagram and its number; what follows: [(seconds, ex.Event), ..]


def answer(request: bytes, code: int, attributes: t.Sequence[wire.Attribute] = (), secret: bytes = SECRET,
           ident: int | None = None) -> bytes:
    """The answer to *request* that a server with *secret* makes."""
    empty = wire.Packet(code, request[1] if ident is None else ident, request[4:20], tuple(attributes)).encode()
    return empty[:4] + wire._md5(empty + secret) + empty[20:]


class Channel:
    """One socket: its events come when the clock says so."""

    family = 4

    def __init__(self, world: Network, script: Script) -> None:
        self.world, self.script = world, script
        self.coming: list[tuple[float, ex.Event]] = []
        self.sent: list[bytes] = []
        self.closed = False

    def send(self, data: bytes) -> None:
        self.sent.append(data)
        for after, event in self.script(data, len(self.sent)):
            if event.number and event.data is None and event.icmp is None:
                raise OSError(event.number, 'as told')
            self.coming.append((self.world.now + after, event))

    def events(self) -> list[ex.Event]:
        found = [event for when, event in self.coming if when <= self.world.now][:32]
        self.coming = [pair for pair in self.coming if pair[1] not in found]
        return found

    def close(self) -> None:
        self.closed = True


class Network:
    """Transport and clock; *scripts* by address and port."""

    def __init__(self, scripts: dict[tuple[str, int], Script]) -> None:
        self.scripts, self.now, self.drawn = scripts, 1000.0, 7
        self.channels: list[Channel] = []

    def open(self, address: str, port: int, bind: str) -> Channel:
        if bind == 'not-mine':
            raise OSError(errno.EADDRNOTAVAIL, 'as told')
        self.channels.append(Channel(self, self.scripts.get((address, port), lambda _data, _number: [])))
        return self.channels[-1]

    def wait(self, channels: t.Sequence[t.Any], seconds: float) -> None:
        ready = [when for channel in channels if channel for when, _event in channel.coming]
        self.now = min([self.now + seconds + 0.001, *[max(self.now, when) for when in ready]])

    def clock(self) -> float:
        return self.now

    def world(self) -> radius.World:
        return radius.World(self, self.clock, self.draw, lambda _address, bind: bind or '192.0.2.1')

    def draw(self, size: int) -> bytes:
        """Bytes that are others each time."""
        self.drawn += 1
        return bytes((self.drawn + index) % 256 for index in range(size))


def plan(*ports: int, kind: str = 'auth', secret: bytes | None = SECRET, bind: str = '', **nas: str) -> Plan:
    """One server for each of *ports*."""
    servers = tuple(Server(kind, ADDRESS, port, ADDRESS, secret, 'servers:1') for port in ports)
    return Plan(servers, bind, {'address': '192.0.2.1', **nas}, 10, 3, ())


def replies(code: int, after: float = 0.01, **more: t.Any) -> Script:
    """A server that answers everything with *code*."""
    return lambda data, _number: [(after, ex.Event(answer(data, code, **more), ADDRESS))]


def icmp(kind: int, code: int, sender: str = ADDRESS) -> Script:
    """Somebody who answers everything with an ICMP error."""
    return lambda _data, _number: [(0.01, ex.Event(icmp=(kind, code), sender=sender))]
