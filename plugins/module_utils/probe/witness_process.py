# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The witness itself: a process that has left the module that started it, until it is asked or its time is up.

It has no file and no port. Its answer is fetched over a Unix socket in the abstract namespace (unix(7)), whose name is
random and gone with it; both ends look who the other is (SO_PEERCRED). Whatever happens, the kernel's alarm ends it.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import os
import select
import signal
import socket
import struct
import time
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.probe import witness_filter
from ansible_collections.vpnops.pptp.plugins.module_utils.probe.witness_flows import Table

MOST = 200000                  # packets; then it looks at no more
BUFFER = 1 << 20               # bytes of the kernel for packets that wait
ANSWER = 16 << 20              # bytes of an answer, with the counters of 20,000 rules
PREFIX = '\0vpnops.pptp.gre_witness.'
_ETH_P_ALL = 3                 # linux/if_ether.h: what leaves is shown to sockets for all protocols only (packet(7))
_ATTACH_FILTER = 26            # asm-generic/socket.h, SO_ATTACH_FILTER
_BUFFER_FORCE = 33             # SO_RCVBUFFORCE, there
_PACKET, _STATISTICS = 263, 6  # linux/socket.h, SOL_PACKET; linux/if_packet.h, PACKET_STATISTICS
_OUTGOING = 4                  # linux/if_packet.h, PACKET_OUTGOING
_IP_TYPES = (0x0800, 0x8100, 0x88a8)    # linux/if_ether.h: IP, also inside of a VLAN
_COUNTED = struct.Struct('=II')         # linux/if_packet.h, struct tpacket_stats: packets, drops
_CREDENTIALS = struct.Struct('=iII')    # linux/socket.h, struct ucred
_AT_ONCE, _PATIENCE = 256, 5   # packets until somebody else has a turn; seconds for whoever asks


def opened() -> socket.socket:
    """A packet socket over all interfaces that hears the control connections; PermissionError and the like."""
    watching = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ETH_P_ALL))
    try:
        watching.setblocking(False)
        attach(watching, witness_filter.NOTHING)
        with contextlib.suppress(BlockingIOError):     # it heard everything until it had a filter
            for _number in range(MOST):
                watching.recv(1)
        missed(watching)
        try:
            watching.setsockopt(socket.SOL_SOCKET, _BUFFER_FORCE, BUFFER)
        except OSError:     # CAP_NET_RAW alone
            watching.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        attach(watching, witness_filter.program(()))
    except BaseException:
        watching.close()
        raise
    return watching


def missed(watching: socket.socket) -> int:
    """How many packets found no place in the buffer, since this was asked last."""
    counted = watching.getsockopt(_PACKET, _STATISTICS, _COUNTED.size)
    return int(_COUNTED.unpack(counted)[1])


def attach(watching: socket.socket, program: t.Iterable[witness_filter.Instruction]) -> None:
    """Have *program* as the filter instead of the one before, with no packet in between (struct sock_fprog)."""
    code = witness_filter.packed(program)
    buffer = ctypes.create_string_buffer(code, len(code))
    watching.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, struct.pack('@HP', len(code) // 8, ctypes.addressof(buffer)))


def listening(name: str) -> socket.socket:
    """Where the answer is to be fetched."""
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(PREFIX + name)
    server.listen(2)
    server.setblocking(False)
    return server


class Witness:
    """*extra* goes into the answer as it is."""

    def __init__(self, watching: socket.socket, server: socket.socket, seconds: float, extra: t.Any) -> None:
        self._watching, self._server = watching, server
        self._begun = time.monotonic()
        self._until = self._begun + seconds
        self._extra = extra
        self._table = Table()
        self._packets = self._dropped = 0

    def run(self) -> None:
        """Until somebody has asked, or the time is up."""
        poll = select.poll()
        poll.register(self._watching, select.POLLIN)
        poll.register(self._server, select.POLLIN)
        while True:
            left = self._until - time.monotonic()
            if left <= 0:
                return
            ready = [fd for fd, _what in poll.poll(int(left * 1000) + 1)]
            if self._watching.fileno() in ready:
                if self._packets < MOST:
                    self._take()
                if self._packets >= MOST:
                    poll.unregister(self._watching)
            if self._server.fileno() in ready and self._ask():
                return

    def _take(self) -> bool:
        """Count what waits, and have the filter fit; whether there may be more."""
        changed, more = False, True
        for _number in range(_AT_ONCE):
            try:
                data, (interface, protocol, kind, *_link) = self._watching.recvfrom(witness_filter.SNAP_TCP)
            except BlockingIOError:
                more = False
                break
            except OSError:                      # of an interface that went down: said once
                continue
            self._packets += 1
            if protocol in _IP_TYPES:
                plain = interface.encode('ascii', 'replace').decode()      # any bytes may be in a name (dev_valid_name)
                changed = self._table.feed(data, plain, kind == _OUTGOING) or changed
        if self._packets >= MOST:
            attach(self._watching, witness_filter.NOTHING)
        elif changed:
            attach(self._watching, witness_filter.program(self._table.ends()))
        return more and self._packets < MOST

    def _ask(self) -> bool:
        """Answer who asks, if that is root or whom this runs as; whether the answer was given."""
        try:
            asking = self._server.accept()[0]
        except OSError:
            return False
        with asking:
            if not trusted(asking):
                return False
            asking.settimeout(_PATIENCE)
            for _round in range(MOST // _AT_ONCE):
                if not self._take():
                    break
            with contextlib.suppress(OSError):
                asking.sendall(json.dumps(self._answer()).encode())
                return True
        return False

    def _answer(self) -> dict[str, t.Any]:
        self._dropped += missed(self._watching)
        why = 'flooded' if self._packets >= MOST else 'dropped' if self._dropped else \
            'crowded' if self._table.crowded else ''
        return {'why': why, 'dropped': self._dropped, 'seconds': round(time.monotonic() - self._begun, 1),
                'flows': self._table.rows(), 'silent': self._table.silent, 'extra': self._extra}


def trusted(peer: socket.socket) -> bool:
    """Whether the other end of a Unix socket is root, or the same user."""
    found = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return _CREDENTIALS.unpack(found)[1] in (0, os.geteuid())


def leave(witness: Witness, keep: t.Iterable[int], seconds: float) -> None:
    """Run *witness* in a process that nobody waits for, with no descriptor of this one but *keep*. No program is
    started: with pipelining the module has no file that one could run. Returns once it looks."""
    ready, told = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setsid()
            if not os.fork():
                _settle({*keep, told}, seconds)
                os.close(told)
                witness.run()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    os.close(told)
    select.select([ready], [], [], _PATIENCE)     # at its end when the last process that has *told* has closed it
    os.close(ready)


def _settle(keep: set[int], seconds: float) -> None:
    gc.freeze()      # what the module has left stays in the pages that it has made
    for which in (signal.SIGALRM, signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(which, signal.SIG_DFL)
    with contextlib.suppress(OSError), open('/proc/self/comm', 'w', encoding='ascii') as name:
        name.write('gre_witness')
    signal.setitimer(signal.ITIMER_REAL, seconds)     # nobody handles it: it ends the process
    os.chdir('/')
    null = os.open(os.devnull, os.O_RDWR)
    for number in {0, 1, 2} - keep:
        os.dup2(null, number)
    for number in [int(name) for name in os.listdir('/proc/self/fd')]:
        if number > 2 and number not in keep:
            with contextlib.suppress(OSError):
                os.close(number)


def fetched(name: str) -> dict[str, t.Any] | None:
    """The answer of the witness called *name*, which ends by that; None where there is none any more."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.settimeout(_PATIENCE)
        try:
            asking.connect(PREFIX + name)
            if not trusted(asking):
                return None
            answer = json.loads(_all(asking))
        except (OSError, ValueError):
            return None
    return answer if isinstance(answer, dict) else None


def _all(asking: socket.socket) -> bytes:
    pieces, size = [], 0
    until = time.monotonic() + 2 * _PATIENCE
    while size < ANSWER and time.monotonic() < until:
        piece = asking.recv(65536)
        if not piece:
            break
        pieces.append(piece)
        size += len(piece)
    return b''.join(pieces)
