# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Packets for the tests of the witness, as a packet socket has them: from the IP header on."""

from __future__ import annotations

import socket
import struct

from ansible_collections.vpnops.pptp.plugins.module_utils.wire import gre as wire, pptp

CLIENT, SERVER, OTHER = '192.0.2.7', '198.51.100.1', '203.0.113.9'
NAME = 'vpnops-0123456789abcdef'
FIN, SYN, RST, ACK = 1, 2, 4, 16


def ip(protocol: int, source: str, target: str, body: bytes, options: bytes = b'', fragment: int = 0) -> bytes:
    """An IPv4 packet; its checksum is left out, which the witness does not look at."""
    head = struct.pack('>BBHHHBBH4s4s', 0x45 + len(options) // 4, 0, 20 + len(options) + len(body), 1, fragment, 64,
                       protocol, 0, socket.inet_aton(source), socket.inet_aton(target))
    return head + options + body


def segment(ports: tuple[int, int], flags: int, data: bytes = b'', sequence: int = 1) -> bytes:
    return struct.pack('>HHIIBBHHH', *ports, sequence, 0, 0x50, flags, 100, 0, 0) + data


def up(flags: int, data: bytes = b'', port: int = 4000, sequence: int = 1, client: str = CLIENT) -> bytes:
    """TCP of the client."""
    return ip(6, client, SERVER, segment((port, 1723), flags, data, sequence))


def down(flags: int, data: bytes = b'', port: int = 4000, client: str = CLIENT) -> bytes:
    """TCP of the server."""
    return ip(6, SERVER, client, segment((1723, port), flags, data))


def gre(source: str, target: str, call: int, sequence: int | None = 0, ack: int | None = None,
        payload: bytes = b'x') -> bytes:
    packet = wire.Packet(call, sequence, ack, payload if sequence is not None else b'')
    return ip(47, source, target, wire.encode(packet))


def error(sender: str, about: bytes, kind: int = 3, code: int = 13) -> bytes:
    """The ICMP error about a packet, of which it quotes eight bytes behind the header (RFC 792)."""
    quoted = about[:(about[0] & 15) * 4 + 8]
    return ip(1, sender, socket.inet_ntoa(about[12:16]), struct.pack('>BBHI', kind, code, 0, 0) + quoted)


def session(port: int = 4000, name: str = NAME, calls: tuple[int, int] = (11, 22), client: str = CLIENT,
            result: int = 1) -> list[tuple[bytes, bool]]:
    """The control connection of a dial as the server sees it: packets, and whether they leave."""
    start, reply = pptp.StartRequest(host=name), pptp.StartReply()
    call, answer = pptp.CallRequest(calls[0]), pptp.CallReply(calls[1], calls[0], result)
    return [(up(SYN, port=port, client=client, sequence=5), False), (down(SYN | ACK, port=port, client=client), True),
            (up(ACK, port=port, client=client), False),
            (up(ACK, pptp.encode(start), port, client=client), False),
            (down(ACK, pptp.encode(reply), port, client), True),
            (up(ACK, pptp.encode(call), port, client=client), False),
            (down(ACK, pptp.encode(answer), port, client), True)]
