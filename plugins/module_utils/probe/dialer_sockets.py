# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The two sockets of a dial: TCP to the server's port, and a raw one for GRE, which hears ICMP errors as well.

What they bring are the events of ``dial.events``. The kernel hands a raw socket that is connected the packets of the
server alone, those of other calls among them (raw(7)); of ICMP errors the eight bytes that they quote tell whose they
are: the number of the call is in them.
"""

from __future__ import annotations

import collections
import errno
import socket
import struct
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.dial import events as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.wire import gre

# linux/in.h and asm-generic/socket.h, which Python names only in part
_IP_MTU_DISCOVER, _IP_RECVERR, _PMTUDISC_DONT, _PMTUDISC_PROBE, _MSG_ERRQUEUE = 10, 11, 0, 3, 0x2000
_RCVBUFFORCE = 33
_LOCAL, _ICMP = 1, 2            # linux/errqueue.h, SO_EE_ORIGIN_
_BUFFER = 1 << 20               # bytes that the kernel may hold until they are read, where it lets us say so
_AT_ONCE = 64                   # packets taken until time has a turn
_ERRORS = 32                    # ICMP errors, likewise
_UNSENT = 1 << 16               # bytes of TCP that may wait for a server that does not read
_OFFENDERS = 8                  # that are remembered
_BESIDES = (1.5, 2.5)           # seconds after which one more connection is tried
_TOTAL_RETRANS, _BYTES_ACKED = 100, 120      # linux/tcp.h, offsets in struct tcp_info; the latter since Linux 4.1
_LOST = {errno.ECONNREFUSED: 'refused', errno.ETIMEDOUT: 'timeout', errno.ECONNRESET: 'reset', errno.EPIPE: 'reset'}


class Report(t.NamedTuple):
    """An entry of the error queue: *icmp* and *sender* where an ICMP error made it, *mtu* where it is about a size,
    *data* is what it quotes."""

    number: int
    icmp: tuple[int, int] | None
    sender: str
    mtu: int
    data: bytes


def reports(own: socket.socket) -> t.Iterator[Report]:
    """What stands in the error queue, at most _ERRORS of it."""
    for _count in range(_ERRORS):
        try:
            data, extra, _flags, _address = own.recvmsg(64, 512, _MSG_ERRQUEUE)
        except OSError:
            return
        for level, kind, value in extra:
            if (level, kind) == (socket.IPPROTO_IP, _IP_RECVERR) and len(value) >= 16:
                yield _report(value, data)


def _report(value: bytes, data: bytes) -> Report:
    """Out of a struct sock_extended_err and the sockaddr_in of the offender behind it (linux/errqueue.h)."""
    number, origin, kind, code, _pad, info = struct.unpack_from('=IBBBBI', value)
    about = number == errno.EMSGSIZE
    sender = socket.inet_ntoa(value[20:24]) if origin == _ICMP and len(value) >= 24 else ''
    return Report(number, (kind, code) if origin == _ICMP else None, sender, info if about else 0, data)


class Control:
    """The TCP connection. Where two SYNs got no answer, other connections are tried besides, so that a verdict of
    silence stands on twelve of them within ten seconds, and not on four; the first one that stands is it."""

    def __init__(self, address: str, port: int) -> None:
        self.remote = address, port
        self.source: list[t.Any] = []
        self.refusal: dict[str, t.Any] = {}      # how the connection failed
        self.open = False                        # it stands
        self.resent, self.acked = 0, 0           # segments that were sent again, bytes that the server confirmed
        self.sockets: list[socket.socket] = []
        self._begun: float | None = None
        self._gone = False
        self._unsent = bytearray()

    @property
    def alive(self) -> bool:
        """Whether anything may still come of it."""
        return bool(self.sockets) and not self._gone

    @property
    def writes(self) -> bool:
        """Whether it waits for the moment to write."""
        return not self.open or bool(self._unsent)

    @property
    def due(self) -> float | None:
        """When to ``connect`` once more, if it does not stand by then."""
        if self._begun is None or self.open or self._gone or len(self.sockets) > len(_BESIDES):
            return None
        return self._begun + _BESIDES[len(self.sockets) - 1]

    def connect(self, now: float) -> list[ev.Event]:
        """Begin. With IP_RECVERR the first ICMP error ends it, and says which it was (ip(7))."""
        self._begun = now if self._begun is None else self._begun
        own = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.sockets.append(own)
        own.setblocking(False)
        own.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)
        number = own.connect_ex(self.remote)
        self.source = self.source or list(own.getsockname())     # by it a witness knows a SYN that nobody answers
        return [] if number in (0, errno.EINPROGRESS) else self._failed(own, number)

    def _failed(self, own: socket.socket, number: int) -> list[ev.Event]:
        self._gone = True
        found = list(reports(own))
        self.refusal = {'errno': errno.errorcode.get(number, str(number))}
        if found and found[0].icmp:
            self.refusal.update(icmp=list(found[0].icmp), by=found[0].sender)
        return [ev.Lost(_LOST.get(number, 'unreachable'))]

    def send(self, data: bytes) -> list[ev.Event]:
        """Send *data*, now or as soon as possible."""
        if self._gone or len(self._unsent) > _UNSENT:
            return []
        self._unsent += data
        return self._flush()

    def _flush(self) -> list[ev.Event]:
        try:
            while self._unsent:
                del self._unsent[:self.sockets[0].send(self._unsent)]
        except BlockingIOError:
            pass
        except OSError as error:
            return self._lost(error)
        return []

    def _lost(self, error: OSError) -> list[ev.Event]:
        self._gone = True
        return [ev.Lost(_LOST.get(error.errno or 0, 'reset'))]

    def events(self) -> list[ev.Event]:
        """What has happened."""
        if not self.open:
            return self._connected()
        found = self._flush() if self._unsent else []
        if self._gone:
            return found
        try:
            data = self.sockets[0].recv(4096)
        except BlockingIOError:
            return found
        except OSError as error:
            return found + self._lost(error)
        self._gone = not data
        return [*found, ev.Stream(data) if data else ev.Lost('closed')]

    def _connected(self) -> list[ev.Event]:
        for own in self.sockets:
            number = own.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if number:
                return self._failed(own, number)
            try:
                own.getpeername()
            except OSError:                 # not yet
                continue
            return self._stands(own)
        return []

    def _stands(self, own: socket.socket) -> list[ev.Event]:
        """The others are closed at once: a pptpd listens to nobody else until a connection has said something."""
        for other in self.sockets:
            if other is not own:
                other.close()
        self.sockets, self.open = [own], True
        self.source = list(own.getsockname())
        own.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 0)    # a call outlives an ICMP error
        return [ev.Connected()]

    def close(self) -> None:
        """End it, and note how it fared."""
        if self.open:
            try:
                info = self.sockets[0].getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 136)
                self.resent, = struct.unpack_from('=I', info, _TOTAL_RETRANS)
                self.acked, = struct.unpack_from('=Q', info, _BYTES_ACKED)
            except (OSError, struct.error):      # closed already, or an older kernel
                pass
        for own in self.sockets:
            own.close()


class Raw:
    """The raw socket. OSError where there can be none: PermissionError without CAP_NET_RAW."""

    def __init__(self, address: str) -> None:
        self.errors: collections.Counter[str] = collections.Counter()      # of sending, by this host itself
        self.offenders: list[str] = []                                     # who sent the ICMP errors
        self.peer: int | None = None                                       # the number of our call at the server
        self._whole = False
        self._too_large = 0                 # the MTU, where this host itself has just found a packet too large
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, gre.PROTOCOL)
        try:
            self.socket.setblocking(False)
            self.socket.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)
            self.socket.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _PMTUDISC_DONT)
            self._enlarge()
            self._connect(address)
        except BaseException:
            self.socket.close()
            raise

    def _enlarge(self) -> None:
        try:
            self.socket.setsockopt(socket.SOL_SOCKET, _RCVBUFFORCE, _BUFFER)
        except OSError:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)

    def _connect(self, address: str) -> None:
        """Without a route there is no packet of that server either: TCP will say so."""
        try:
            self.socket.connect((address, 0))
        except OSError:
            self.socket.bind(('127.0.0.1', 0))

    def send(self, data: bytes, dont_fragment: bool) -> list[ev.Event]:
        """Send one packet. An error that stands here may be of an earlier one, which is then in the error queue."""
        if dont_fragment != self._whole:
            self._whole = dont_fragment
            kind = _PMTUDISC_PROBE if dont_fragment else _PMTUDISC_DONT
            self.socket.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, kind)
        found: list[ev.Event] = []
        for again in (True, False):
            try:
                self.socket.send(data)
                break
            except OSError as error:
                found += self._icmp()
                if error.errno == errno.EMSGSIZE and (self._too_large or not again):
                    return [*found, ev.Icmp(3, 4, self._too_large)]
                if not again:
                    self.errors[errno.errorcode.get(error.errno or 0, str(error.errno))] += 1
        return found

    def _icmp(self) -> list[ev.Event]:
        found: list[ev.Event] = []
        self._too_large = 0
        for report in reports(self.socket):
            if report.icmp is None:
                self._too_large = report.mtu
            elif self._own(report.data):
                found.append(ev.Icmp(*report.icmp, report.mtu))
                if report.sender not in self.offenders[:_OFFENDERS]:
                    self.offenders = [*self.offenders, report.sender][:_OFFENDERS]
        return found

    def _own(self, quoted: bytes) -> bool:
        """Whether the packet that an error quotes is of this call, of which none was sent before it stood."""
        return self.peer is not None and (len(quoted) < 8 or int.from_bytes(quoted[6:8], 'big') == self.peer)

    def events(self) -> list[ev.Event]:
        """What has come. Errors first: they are about what was sent before the answers."""
        found = self._icmp()
        for _count in range(_AT_ONCE):
            try:
                data = self.socket.recv(65535)
            except BlockingIOError:
                break
            except OSError:             # it stands in the error queue as well
                continue
            found.append(ev.Gre(data[(data[0] & 0xf) * 4:] if data else b''))
        return found
