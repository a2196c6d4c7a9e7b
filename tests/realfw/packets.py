# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Real packets as a witness: what a peer gets through to a server, and a client of its tunnel through the server.

The kernel has no PPP everywhere: a veth named ``ppp0`` stands for the tunnel, as long as somebody looks.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import subprocess
import threading
import time
import typing as t

from tests.firewall import netns
from tests.realfw.fleet import Container
from tests.spaces import inside, ip

CLIENT, GATEWAY = '10.99.0.100', '10.99.0.1'   # of the pool in extensions/molecule/shared/server/etc/pptpd.conf
MOST = 1360                                    # the MTU 1400 less IP and TCP
ALL = ('control', 'gre', 'forward', 'masquerade', 'clamp')
_SECONDS = 0.4
_TRIES = 4
_NUMBERS = itertools.count(1)
_LOCK = threading.Lock()


def of(container: Container) -> str:
    """The network namespace of *container*."""
    return '/proc/%d/ns/net' % container.pid


def passing(server: Container, peer: Container) -> set[str]:
    """Which of ``ALL`` get through *server*."""
    found = set()
    if _control(server, peer):
        found.add('control')
    if _gre(server, peer):
        found.add('gre')
    arrived = _through(server, peer)
    if arrived:
        found.add('forward')
        found |= {'masquerade'} if arrived.src == server.address else set()
        found |= {'clamp'} if arrived.mss is not None and arrived.mss <= MOST else set()
    return found


def _control(server: Container, peer: Container) -> bool:
    """A connect to TCP 1723, where pptpd listens."""
    with inside(of(peer)):
        plug = socket.socket()
    plug.settimeout(_SECONDS * _TRIES)
    with plug:
        return plug.connect_ex((server.address, 1723)) == 0


def _gre(server: Container, peer: Container) -> bool:
    """A GRE packet of PPTP; a raw socket hears it once every rule has let it in."""
    with inside(of(server)):
        ear = socket.socket(socket.AF_INET, socket.SOCK_RAW, 47)
    with inside(of(peer)):
        mouth = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    ident = _ident()
    with ear, mouth:
        packet = netns.gre(peer.address, server.address, ident, ident)
        return _heard(mouth, packet, server.address, ear, 0) is not None


def _through(server: Container, peer: Container) -> netns.Seen | None:
    """A SYN of a tunnel's client to the peer, as it arrives there."""
    with _tunnel(server) as name, inside('/run/netns/' + name):
        mouth = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        with inside(of(peer)):
            ear = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
        ident = _ident()
        with mouth, ear:
            packet = netns.tcp(CLIENT, peer.address, ident, (40000 + ident % 20000, 80), 2, (ident, 0))
            heard = _heard(mouth, packet, peer.address, ear, 14)
    return netns.seen([heard])[ident] if heard else None


@contextlib.contextmanager
def _tunnel(server: Container) -> t.Iterator[str]:
    """``ppp0`` of *server* and the namespace of its client."""
    name = 'realfw-%d-%d' % (os.getpid(), _ident())
    ip('netns', 'add', name)
    try:
        ip('link', 'add', 'ppp0', 'mtu', '1400', 'netns', str(server.pid), 'type', 'veth', 'peer', 'name', 'c0',
           'mtu', '1400', 'netns', name)
        ip('-n', name, 'address', 'add', CLIENT + '/32', 'dev', 'c0')
        ip('-n', name, 'link', 'set', 'c0', 'up')
        ip('-n', name, 'route', 'add', 'default', 'via', GATEWAY, 'dev', 'c0', 'onlink')
        with inside(of(server)):
            ip('address', 'add', GATEWAY, 'peer', CLIENT, 'dev', 'ppp0')
            ip('link', 'set', 'ppp0', 'up')
        yield name
    finally:
        with inside(of(server)):
            subprocess.run(['ip', 'link', 'del', 'ppp0'], capture_output=True, check=False)
        subprocess.run(['ip', 'netns', 'del', name], capture_output=True, check=False)


def _heard(mouth: socket.socket, packet: bytes, to: str, ear: socket.socket, offset: int) -> bytes | None:
    """Send *packet*, a few times for the sake of ARP, and return it as it comes out."""
    for _try in range(_TRIES):
        mouth.sendto(packet, (to, 0))
        until = time.monotonic() + _SECONDS
        while time.monotonic() < until:
            ear.settimeout(max(until - time.monotonic(), 0.01))
            try:
                found = ear.recv(4096)[offset:]
            except TimeoutError:
                break
            if found[4:6] == packet[4:6]:
                return found
    return None


def _ident() -> int:
    with _LOCK:
        return next(_NUMBERS)
