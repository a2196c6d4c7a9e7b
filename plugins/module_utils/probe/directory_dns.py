# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One question to the name servers of this host, with an end (RFC 1035, 2782, 6891): winbind's own lasts minutes.

    ask(resolvers(text), '_ldap._tcp.dc._msdcs.lab.test', SRV, until)  ->  Answer('ok', '192.168.77.10', [...], {...})
"""

from __future__ import annotations

import random
import re
import select
import socket
import struct
import time
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.probe.sockets import is_address

PORT, A, SRV = 53, 1, 33
_OPT = b'\0\0\x29\x10\0\0\0\0\0\0\0'                 # EDNS: answers of up to 4096 bytes
_CODES = {0: 'ok', 2: 'servfail', 3: 'nxdomain', 5: 'refused-by-server'}
_HOST = re.compile(r'\w[\w.-]{0,253}\Z', re.A)      # what becomes an argument of net(8); Windows has _ in names
_HOPS = 40                                           # compression pointers followed in one name


class Record(t.NamedTuple):
    """Of an A record the *address*; of an SRV record its *host*, *port* and *priority*."""

    name: str
    kind: int
    address: str = ''
    host: str = ''
    port: int = 0
    priority: int = 0


class Answer(t.NamedTuple):
    """*status*: ok, nxdomain, empty, servfail, refused-by-server, closed (nothing listens), unreachable, timeout,
    malformed, no-resolver; *server*: who said so, else the last one asked; *extra*: what came along (addresses)."""

    status: str
    server: str
    records: list[Record]
    extra: list[Record]


class Malformed(Exception):
    """The answer is no message of DNS."""


def resolvers(text: str) -> list[str]:
    """The servers that ``resolv.conf`` names, those that the resolver itself uses (resolv.conf(5), MAXNS 3)."""
    found = re.findall(r'(?m)^nameserver[ \t]+([0-9A-Fa-f:.]{2,45}(?:%[\w.-]{1,15})?)', text)
    return [address for address in found if is_address(address)][:3]


def question(number: int, name: str, kind: int) -> bytes:
    """A query for *name*; ``ValueError`` when it cannot be a name."""
    labels = [label.encode('idna' if not label.isascii() else 'ascii') for label in name.strip('.').split('.')]
    if not all(0 < len(label) < 64 for label in labels) or sum(map(len, labels)) > 230:
        raise ValueError('not a name')
    encoded = b''.join(bytes([len(label)]) + label for label in labels) + b'\0'
    return struct.pack('>6H', number, 0x0100, 1, 0, 0, 1) + encoded + struct.pack('>2H', kind, 1) + _OPT


def decode(data: bytes, number: int, name: str, kind: int) -> tuple[str, list[Record], list[Record]]:
    """The status, answers and other records of the reply *data*; raises :class:`Malformed` for any other message."""
    try:
        ident, flags, questions, answers, authority, additional = struct.unpack_from('>6H', data)
        if ident != number or not flags & 0x8000 or questions != 1:
            raise Malformed
        asked, at = _name(data, 12)
        if asked.lower() != name.strip('.').lower() or struct.unpack_from('>2H', data, at) != (kind, 1):
            raise Malformed
        records, at = _records(data, at + 4, answers)
        status = _CODES.get(flags & 15, 'servfail')
        if flags & 0x0200 and not records:           # cut off: nothing can be said
            return 'malformed', [], []
        _skipped, at = _records(data, at, authority) if not flags & 0x0200 else ([], len(data))
        extra = _records(data, at, additional)[0] if at < len(data) else []
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise Malformed from error
    wanted = [record for record in records if record.kind == kind]
    return (status if wanted or status != 'ok' else 'empty'), wanted, records + extra


def _name(data: bytes, at: int) -> tuple[str, int]:
    """The name at *at*, and where the next thing begins."""
    labels, end, hops = [], 0, 0
    while data[at]:
        length = data[at]
        if length >= 0xc0:
            hops += 1
            end = end or at + 2
            at = struct.unpack_from('>H', data, at)[0] & 0x3fff
            if hops > _HOPS:
                raise Malformed
        elif length < 0x40:
            labels.append(data[at + 1:at + 1 + length].decode('ascii'))
            at += 1 + length
        else:
            raise Malformed
    return '.'.join(labels), end or at + 1


def _records(data: bytes, at: int, count: int) -> tuple[list[Record], int]:
    found = []
    for _number in range(min(count, 200)):
        name, at = _name(data, at)
        kind, _class, _ttl, size = struct.unpack_from('>HHIH', data, at)
        at += 10
        if at + size > len(data):
            raise Malformed
        if kind == A and size == 4:
            found.append(Record(name.lower(), A, socket.inet_ntoa(data[at:at + 4])))
        elif kind == SRV and size > 6:
            priority, _weight, port = struct.unpack_from('>3H', data, at)
            host = _name(data, at + 6)[0].lower()
            found += [Record(name.lower(), SRV, '', host, port, priority)] if _HOST.match(host) else []
        at += size
    return found, at


def ask(servers: t.Sequence[str], name: str, kind: int, until: float) -> Answer:
    """What the first of *servers* that answers says, before the monotonic time *until*; each gets its share of it."""
    answer = Answer('no-resolver', '', [], [])
    for left, server in zip(range(len(servers), 0, -1), servers):
        share = max(0.2, (until - time.monotonic()) / left)
        answer = _one(server, name, kind, time.monotonic() + share)
        if answer.status in ('ok', 'nxdomain', 'empty'):
            break
    return answer


def _one(server: str, name: str, kind: int, until: float) -> Answer:
    number = random.SystemRandom().randrange(65536)
    try:
        with socket.socket(socket.AF_INET6 if ':' in server else socket.AF_INET, socket.SOCK_DGRAM) as link:
            link.connect((server, PORT))
            link.send(question(number, name, kind))
            while True:
                ready = select.select([link], [], [], max(0.0, until - time.monotonic()))[0]
                if not ready:
                    return Answer('timeout', server, [], [])
                try:
                    status, records, extra = decode(link.recv(4096), number, name, kind)
                except Malformed:      # somebody else's, or nonsense: the true one may still come
                    if time.monotonic() >= until:
                        return Answer('malformed', server, [], [])
                    continue
                return Answer(status, server, records, extra)
    except ConnectionRefusedError:
        return Answer('closed', server, [], [])
    except (OSError, ValueError):
        return Answer('unreachable', server, [], [])
