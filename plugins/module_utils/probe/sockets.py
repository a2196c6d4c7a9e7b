# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""UDP sockets that hear ICMP errors, and names that resolve within a time.

A socket is bound and not connected, as pppd's is: it takes an answer from any address, which a server with several may
give. IP_RECVERR brings the ICMP errors nevertheless, and who sent them (ip(7), linux/errqueue.h).
"""

from __future__ import annotations

import errno
import select
import socket
import struct
import threading
import time
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.probe.radius_exchange import Event

_IP_RECVERR, _IPV6_RECVERR, _MSG_ERRQUEUE = 11, 25, 0x2000   # linux/in.h, linux/in6.h, linux/socket.h
_HOP_BY_ICMP = (2, 3)                                        # linux/errqueue.h, SO_EE_ORIGIN_ICMP and _ICMP6
_MTU = errno.EMSGSIZE                                        # about sizes, and no refusal
_NAMES, _LATE = 40, 0.1                                      # names asked for; seconds for each when time is up
_AT_ONCE = 32                                                # datagrams taken before somebody else has a turn


class Udp:
    """A channel of radius_exchange to one *address* and *port*."""

    def __init__(self, address: str, port: int, bind: str) -> None:
        found = socket.getaddrinfo(address, port, 0, socket.SOCK_DGRAM, 0, socket.AI_NUMERICHOST)[0]
        family, self.remote = found[0], found[4]
        self.family = 6 if family == socket.AF_INET6 else 4
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self.socket.setblocking(False)
            if self.family == 6:
                self.socket.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVERR, 1)
            else:
                self.socket.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)
            self.socket.bind((bind, 0))
        except BaseException:
            self.socket.close()
            raise

    def send(self, data: bytes) -> None:
        """Send one datagram. An ICMP error that has just come is given to whoever sends next: it stands in the error
        queue as well, so a second call tells whether this host itself refuses. EPERM is of its own rules always."""
        try:
            self.socket.sendto(data, self.remote)
        except OSError as error:
            if error.errno == errno.EPERM:
                raise
            self.socket.sendto(data, self.remote)

    def events(self) -> list[Event]:
        """Errors first: they are about what was sent before the answers."""
        found: list[Event] = []
        for read in (self._error, self._datagram):
            while len(found) < _AT_ONCE:
                event = read()
                if event is None:
                    break
                found.append(event)
        return found

    def _error(self) -> Event | None:
        try:
            _data, extra, _flags, _address = self.socket.recvmsg(1, 512, _MSG_ERRQUEUE)
        except OSError:
            return None
        for level, kind, value in extra:
            if (level, kind) in ((socket.IPPROTO_IP, _IP_RECVERR), (socket.IPPROTO_IPV6, _IPV6_RECVERR)):
                return extended(value)
        return Event()

    def _datagram(self) -> Event | None:
        try:
            data, address = self.socket.recvfrom(4097)
        except OSError:      # nothing there, or an error that stands in the error queue as well
            return None
        return Event(data, str(address[0]))

    def close(self) -> None:
        """No more of it."""
        self.socket.close()


def extended(value: bytes) -> Event:
    """The event out of a struct sock_extended_err and the offender's address behind it."""
    if len(value) < 16:
        return Event()
    number, origin, kind, code = struct.unpack_from('=IBBB', value)
    if number == _MTU or origin not in _HOP_BY_ICMP:
        return Event(number=0 if number == _MTU else number)
    return Event(icmp=(kind, code), sender=_offender(value[16:]), number=number)


def _offender(address: bytes) -> str:
    """A sockaddr_in or sockaddr_in6 in words."""
    family = struct.unpack_from('=H', address)[0] if len(address) >= 8 else 0
    if family == socket.AF_INET:
        return socket.inet_ntoa(address[4:8])
    if family == socket.AF_INET6 and len(address) >= 24:
        return socket.inet_ntop(socket.AF_INET6, address[8:24])
    return ''


class Network:
    """The transport of radius_exchange."""

    def open(self, address: str, port: int, bind: str) -> Udp:
        """A channel."""
        return Udp(address, port, bind)

    def wait(self, channels: t.Sequence[t.Any], seconds: float) -> None:
        """Until one of *channels* has something."""
        poll = select.poll()
        for channel in channels:
            if channel is not None:
                poll.register(channel.socket, select.POLLIN | select.POLLERR)
        poll.poll(int(seconds * 1000) + 1)


def source(address: str, bind: str) -> str:
    """The address of this host that a packet to *address* has; nothing is sent."""
    if bind or not address:
        return bind
    family = socket.AF_INET6 if ':' in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((address, 9))
            return str(probe.getsockname()[0])
    except OSError:
        return ''


def is_address(text: str) -> bool:
    """Whether *text* is an address; a socket of Python looks anything else up, for as long as that takes."""
    try:
        socket.inet_pton(socket.AF_INET6 if ':' in text else socket.AF_INET, text.partition('%')[0])
    except (OSError, ValueError):
        return False
    return True


class Names:
    """IPv4 addresses as getaddrinfo has them (hosts file, DNS, whatever nsswitch.conf says), *seconds* in all.

    A name server that is dead makes one call last half a minute; the call goes on in its thread, unheard. When the time
    is used up, a name that the hosts file has is still found.
    """

    def __init__(self, seconds: float) -> None:
        self.left = seconds
        self.known: dict[str, list[str]] = {}
        self.slow: list[str] = []

    def __call__(self, name: str) -> list[str]:
        """The addresses of *name*, in order; none where there are none, or no answer in time."""
        if name not in self.known:
            self.known[name] = [name] if _dotted(name) else self._ask(name) if name and len(self.known) < _NAMES else []
        return self.known[name]

    def sixth(self, name: str) -> list[str]:
        """The IPv6 addresses of *name*; pppd asks for none."""
        return self._ask(name, socket.AF_INET6) if name else []

    def _ask(self, name: str, family: int = socket.AF_INET) -> list[str]:
        found: list[list[str]] = []
        thread = threading.Thread(target=lambda: found.append(_addresses(name, family)), daemon=True)
        began = time.monotonic()
        thread.start()
        thread.join(max(self.left, _LATE))
        self.left -= time.monotonic() - began
        if not found:
            self.slow.append(name)
        return found[0] if found else []


def _dotted(name: str) -> bool:
    try:
        return socket.inet_ntoa(socket.inet_pton(socket.AF_INET, name)) == name
    except (OSError, ValueError):
        return False


def _addresses(name: str, family: int) -> list[str]:
    try:
        rows = socket.getaddrinfo(name, None, family, socket.SOCK_DGRAM)
    except (OSError, UnicodeError, ValueError):
        return []
    return list(dict.fromkeys(str(row[4][0]) for row in rows))
