# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Three network namespaces in a row, made and removed here: client, server (with the rules), client of the tunnel.

``c0 10.9.1.2`` -- ``eth0 10.9.1.1`` server ``10.9.2.1 ppp0`` -- ``p0 10.9.2.2``; 198.51.100.9 stands for the internet,
behind the client. Raw sockets, so nothing but the kernel of the server has a say.
"""

from __future__ import annotations

import os
import select
import shutil
import socket
import struct
import subprocess
import time
import typing as t

from tests.spaces import Inside, ip, sweep

CLIENT, SERVER, OUTSIDE, GATEWAY, TUNNEL = '10.9.1.2', '10.9.1.1', '198.51.100.9', '10.9.2.1', '10.9.2.2'
_PLAN = '''
link add c0 netns {c} type veth peer name eth0 netns {s}
link add p0 netns {p} type veth peer name ppp0 netns {s}
link add eth1 netns {s} type veth peer name lan0 netns {p}
'''
_ADDRESSES = (('s', 'eth0', SERVER + '/24'), ('s', 'ppp0', GATEWAY + '/24'), ('s', 'eth1', '192.168.77.1/24'),
              ('c', 'c0', CLIENT + '/24'), ('c', 'c0', OUTSIDE + '/32'), ('p', 'p0', TUNNEL + '/24'))
_DEAF = 'table inet deaf {\nchain in { type filter hook input priority 0; policy drop; }\n}\n'
MTU = {'eth0': 1500, 'ppp0': 1400}


def why_not() -> str:
    """Why the kernel cannot be asked here; empty where it can."""
    missing = [name for name in ('ip', 'nft', 'iptables-nft') if not shutil.which(name)]
    if os.geteuid() or missing:
        return 'not root' if os.geteuid() else 'not installed: ' + ', '.join(missing)
    name = 'pptpfw-%d-x' % os.getpid()
    if subprocess.run(['ip', 'netns', 'add', name], capture_output=True, check=False).returncode:
        return 'no network namespace can be made'
    try:
        done = subprocess.run(['ip', 'netns', 'exec', name, 'nft', 'add', 'table', 'inet', 'x'], capture_output=True,
                              check=False)
        return 'nft does not work in a namespace: %s' % done.stderr.decode().strip() if done.returncode else ''
    finally:
        subprocess.run(['ip', 'netns', 'del', name], check=False)


class Lab:
    """The namespaces; use it in a ``with``."""

    def __init__(self) -> None:
        self.names = {key: 'pptpfw-%d-%s' % (os.getpid(), key) for key in 'csp'}
        self.fds: dict[str, int] = {}
        self.raw: dict[str, socket.socket] = {}
        self.taps: dict[str, socket.socket] = {}

    def __enter__(self) -> Lab:
        sweep('pptpfw')
        self.home = os.open('/proc/self/ns/net', os.O_RDONLY)
        try:
            for name in self.names.values():
                ip('netns', 'add', name)
            self._wire()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_args: object) -> None:
        for item in (*self.raw.values(), *self.taps.values()):
            item.close()
        for fd in self.fds.values():
            os.close(fd)
        for name in self.names.values():
            subprocess.run(['ip', 'netns', 'del', name], capture_output=True, check=False)
        os.close(self.home)

    def _wire(self) -> None:
        for line in _PLAN.format(**self.names).strip().split('\n'):
            ip(*line.split())
        for key, device, address in _ADDRESSES:
            ip('-n', self.names[key], 'addr', 'add', address, 'dev', device)
        for key, device in (('s', 'lo'), ('s', 'eth0'), ('s', 'ppp0'), ('s', 'eth1'), ('c', 'c0'), ('p', 'p0'),
                            ('p', 'lan0')):
            ip('-n', self.names[key], 'link', 'set', device, 'mtu', str(MTU.get(device, 1500)), 'up')
        ip('-n', self.names['p'], 'link', 'set', 'p0', 'mtu', '1400')
        for key, gateway in (('s', CLIENT), ('c', SERVER), ('p', GATEWAY)):
            ip('-n', self.names[key], 'route', 'add', 'default', 'via', gateway)
        self.fds = {key: os.open('/run/netns/' + name, os.O_RDONLY) for key, name in self.names.items()}
        with self.inside('s'):
            for path, value in (('ipv4/ip_forward', '1'), ('ipv4/icmp_ratelimit', '0'),
                                ('ipv4/conf/all/rp_filter', '0'),
                                ('ipv4/conf/default/rp_filter', '0'), ('ipv4/conf/eth0/rp_filter', '0'),
                                ('ipv4/conf/ppp0/rp_filter', '0'), ('netfilter/nf_conntrack_tcp_be_liberal', '1')):
                _write('/proc/sys/net/' + path, value)
        for key, device in (('c', 'c0'), ('p', 'p0')):
            with self.inside(key):
                subprocess.run(['nft', '-f', '-'], input=_DEAF.encode(), check=True)
                tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
                tap.bind((device, 0))
                tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
                tap.setblocking(False)
                self.taps[key] = tap
        for key in 'csp':
            with self.inside(key):
                self.raw[key] = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)

    def inside(self, key: str) -> Inside:
        """Be in the namespace *key*."""
        return Inside(self.fds[key], self.home)

    def run(self, *argv: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command in the server's namespace."""
        with self.inside('s'):
            return subprocess.run(argv, input=text, capture_output=True, text=True, check=False, timeout=30,
                                  env=dict(os.environ, LC_ALL='C'))

    def send(self, key: str, packet: bytes, to: str) -> bool:
        """Send *packet* from the namespace *key*; False where its own rules forbid it."""
        try:
            self.raw[key].sendto(packet, (to, 0))
        except (PermissionError, OSError):
            return False
        return True

    def heard(self, key: str, wait: float = 0.0) -> list[bytes]:
        """The IPv4 packets that came to *key* since the last time."""
        found = []
        end = time.monotonic() + wait
        while True:
            try:
                frame, address = self.taps[key].recvfrom(4096)
                if address[2] != socket.PACKET_OUTGOING:  # type: ignore[attr-defined]
                    found.append(frame[14:])
            except BlockingIOError:
                left = end - time.monotonic()
                if left <= 0 or not select.select([self.taps[key]], [], [], left)[0]:
                    return found


def _write(path: str, value: str) -> None:
    with open(path, 'w', encoding='ascii') as file:
        file.write(value)


def _sum(data: bytes) -> int:
    total = sum(struct.unpack('!%dH' % ((len(data) + 1) // 2), data + b'\0' * (len(data) % 2)))
    total = (total >> 16) + (total & 0xffff)
    return ~(total + (total >> 16)) & 0xffff


def _ip_packet(proto: int, src: str, dst: str, ident: int, payload: bytes) -> bytes:
    head = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(payload), ident, 0, 64, proto, 0, socket.inet_aton(src),
                       socket.inet_aton(dst))
    return head[:10] + struct.pack('!H', _sum(head)) + head[12:] + payload


def _with_sum(proto: int, src: str, dst: str, segment: bytes, at: int) -> bytes:
    pseudo = socket.inet_aton(src) + socket.inet_aton(dst) + struct.pack('!BBH', 0, proto, len(segment))
    return segment[:at] + struct.pack('!H', _sum(pseudo + segment)) + segment[at + 2:]


def tcp(src: str, dst: str, ident: int, ports: tuple[int, int], flags: int, seq: tuple[int, int],
        data: bytes = b'') -> bytes:
    """A TCP segment; a SYN carries an MSS of 1460."""
    options = struct.pack('!BBH', 2, 4, 1460) if flags & 2 else b''
    size = (20 + len(options)) // 4
    head = struct.pack('!HHIIBBHHH', *ports, *seq, size << 4, flags, 64240, 0, 0)
    return _ip_packet(6, src, dst, ident, _with_sum(6, src, dst, head + options + data, 16))


def udp(src: str, dst: str, ident: int, ports: tuple[int, int]) -> bytes:
    """A datagram of four bytes."""
    segment = struct.pack('!HHHH', *ports, 12, 0) + b'ping'
    return _ip_packet(17, src, dst, ident, _with_sum(17, src, dst, segment, 6))


def gre(src: str, dst: str, ident: int, call: int) -> bytes:
    """A GRE packet of PPTP (RFC 2637 section 4.1) with a sequence number and six bytes."""
    head = struct.pack('!HHHHI', 0x3001, 0x880b, 6, call, 1)
    return _ip_packet(47, src, dst, ident, head + b'\xff\x03\xc0\x21\x01\x01')


class Seen(t.NamedTuple):
    """A packet at the far end."""

    ident: int
    src: str
    dst: str
    mss: int | None


def seen(packets: list[bytes]) -> dict[int, Seen]:
    """*packets* by the identification of their IP header."""
    found = {}
    for packet in packets:
        ident = struct.unpack('!H', packet[4:6])[0]
        mss = None
        if packet[9] == 6 and len(packet) >= 44 and packet[40:42] == b'\x02\x04':
            mss = struct.unpack('!H', packet[42:44])[0]
        found[ident] = Seen(ident, socket.inet_ntoa(packet[12:16]), socket.inet_ntoa(packet[16:20]), mss)
    return found
