# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the packets of a window come to: pure counting, bounded, whatever is sent.

A connection to port 1723 counts for us when its Start-Control-Connection-Request has a host name of the module
``dial``; one that says another name is forgotten, one that says none is kept as silent. GRE belongs to a connection by
both addresses and the call id that its control messages named, so that other sessions of the same two hosts stay out.
"""

from __future__ import annotations

import collections
import re
import socket
import struct
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.probe.witness_filter import ERRORS, GRE, ICMP, PORT, TCP, End
from ansible_collections.vpnops.pptp.plugins.module_utils.wire import gre, pptp
from ansible_collections.vpnops.pptp.plugins.module_utils.wire.errors import WireError

NAME = re.compile(r'vpnops-[0-9a-f]{16}')
NAMED, SILENT, SHOWN = 128, 256, 32   # connections that are kept, and silent ones that are shown
CALLS = 2048                          # calls whose GRE is counted before it is known whose it is
FILTERED = 48                         # connections, the newest, whose GRE is looked at
_INTERFACES = 8                       # that one kind of packet is counted on
_FIN, _SYN, _RST, _ACK = 1, 2, 4, 16  # RFC 9293 3.1
_TCP = struct.Struct('>HHIIBB')
_ADDRESSES = struct.Struct('>4s4s')

Key = t.Tuple[bytes, int, bytes, int]                # client and its port, server and its port
Way = t.Tuple[str, bytes, bytes, int]                # 'gre' or 'icmp', source, target, call id
Counts = t.Dict[str, t.List[int]]                    # interface: [in, out]


class Ip(t.NamedTuple):
    """As much of an IPv4 packet as is needed; *size*: bytes of its body, of which *body* may have fewer."""

    protocol: int
    source: bytes
    target: bytes
    body: bytes
    size: int


def ip(data: bytes) -> Ip | None:
    """The IPv4 packet at the begin of *data*, which may be cut; None where there is none, or a fragment's tail."""
    if len(data) < 20 or data[0] >> 4 != 4:
        return None
    header, total = (data[0] & 15) * 4, int.from_bytes(data[2:4], 'big')
    if header < 20 or len(data) < header or int.from_bytes(data[6:8], 'big') & 0x1fff:
        return None
    source, target = _ADDRESSES.unpack_from(data, 12)
    size = total - header if total >= header else len(data) - header    # 0: of a packet that the host has put together
    return Ip(data[9], source, target, data[header:header + size], size)


class Flow:
    """One connection."""

    def __init__(self) -> None:
        self.name = ''
        self.syn: int | None = None
        self.client_call: int | None = None
        self.server_call: int | None = None
        self.result: int | None = None
        self.seen: dict[str, Counts] = {}


class Table:
    """``feed`` it packets; ``ends`` is what of GRE is wanted, ``rows`` what was seen. *crowded*: something that may
    have been ours had no place."""

    def __init__(self) -> None:
        self._named: dict[Key, Flow] = {}
        self._silent: collections.OrderedDict[Key, Flow] = collections.OrderedDict()
        self._older: list[tuple[Key, Flow]] = []     # of a client that used its port again
        self._gre: dict[Way, Counts] = {}
        self._acked: set[Way] = set()
        self.crowded = False
        self.forgotten = 0                           # silent connections

    def feed(self, data: bytes, interface: str, out: bool) -> bool:
        """Count one packet; whether ``ends`` is another now. Never raises."""
        packet = ip(data)
        if packet is None:
            return False
        if packet.protocol == TCP:
            return self._tcp(packet, interface, out)
        if packet.protocol == GRE:
            self._tunnelled('gre', packet, interface, out)
        elif packet.protocol == ICMP:
            self._icmp(packet, interface, out)
        return False

    # TCP

    def _tcp(self, packet: Ip, interface: str, out: bool) -> bool:
        if len(packet.body) < 20:
            return False
        source, target, sequence, _ack, offset, flags = _TCP.unpack_from(packet.body)
        up = target == PORT
        key = (packet.source, source, packet.target, target) if up else (packet.target, target, packet.source, source)
        size = (offset >> 4) * 4
        if key[3] != PORT or size < 20:
            return False
        flow, changed = self._flow(key), False
        if up and flags & (_SYN | _ACK) == _SYN and (flow is None or flow.syn not in (None, sequence)):
            flow = self._new(key)
            flow.syn = sequence
        if packet.size > size and (flow is not None or up):
            before = _told(flow)
            flow = self._said(key, flow, up, packet.body[size:])
            changed = _told(flow) != before
        if flow is not None:
            for kind in _kinds(flags, packet.size > size):
                _count(flow.seen.setdefault(kind, {}), interface, out)
        return changed or flow is not None and bool(flow.name) and bool(flags & (_FIN | _RST))

    def _flow(self, key: Key) -> Flow | None:
        return self._named.get(key) or self._silent.get(key)

    def _new(self, key: Key) -> Flow:
        """A connection of which nothing is known yet, instead of an older one of the same ports."""
        older = self._named.pop(key, None)
        if older:
            self._older.append((key, older))
        self._silent.pop(key, None)
        flow = self._silent[key] = Flow()
        while len(self._silent) > SILENT:
            self._silent.popitem(last=False)
            self.forgotten += 1
        return flow

    def _said(self, key: Key, flow: Flow | None, up: bool, data: bytes) -> Flow | None:
        """Read the control messages in *data*; the connection, or None where it is none of ours."""
        try:
            for message in pptp.Stream().feed(data):
                if up and isinstance(message, pptp.StartRequest):
                    flow = self._named_as(key, flow, message.host)
                elif flow is not None and flow.name:
                    _called(flow, up, message)
        except WireError:
            pass    # no PPTP, or the middle of a message: counted all the same
        return flow

    def _named_as(self, key: Key, flow: Flow | None, name: str) -> Flow | None:
        if flow is not None and flow.name:
            return flow                      # once more the same, as when it is sent again
        self._silent.pop(key, None)
        if not NAME.fullmatch(name):
            return None
        if len(self._named) + len(self._older) >= NAMED:
            self.crowded = True
            return None
        flow = flow or Flow()
        flow.name = name
        self._named[key] = flow
        return flow

    # GRE, and ICMP about either

    def _tunnelled(self, what: str, packet: Ip, interface: str, out: bool) -> None:
        if len(packet.body) < 8 or packet.body[2:4] != b'\x88\x0b' or not packet.body[1] & 1:   # RFC 2637 4.1
            return
        way = (what, packet.source, packet.target, int.from_bytes(packet.body[6:8], 'big'))
        if way not in self._gre and len(self._gre) >= CALLS and not self._room():
            self.crowded = True
            return
        _count(self._gre.setdefault(way, {}), interface, out)
        if what == 'gre' and _acknowledges(packet):
            self._acked.add(way)

    def _room(self) -> bool:
        """Forget calls between hosts of which no connection has a name."""
        pairs = {frozenset((key[0], key[2])) for key in self._named}
        self._gre = {way: counts for way, counts in self._gre.items() if frozenset(way[1:3]) in pairs}
        self._acked &= set(self._gre)
        return len(self._gre) < CALLS

    def _icmp(self, packet: Ip, interface: str, out: bool) -> None:
        quoted = ip(packet.body[8:]) if packet.body[:1] and packet.body[0] in ERRORS else None
        if quoted is None:
            return
        if quoted.protocol == GRE:
            self._tunnelled('icmp', quoted, interface, out)
        elif quoted.protocol == TCP and len(quoted.body) >= 4:
            ports = int.from_bytes(quoted.body[:2], 'big'), int.from_bytes(quoted.body[2:4], 'big')
            flow = (self._flow((quoted.source, ports[0], quoted.target, ports[1]))
                    or self._flow((quoted.target, ports[1], quoted.source, ports[0])))
            if flow is not None:
                _count(flow.seen.setdefault('icmp', {}), interface, out)

    # what came of it

    def ends(self) -> list[End]:
        """The GRE of the newest connections, by call id as soon as that is known."""
        found: dict[End, None] = {}
        for (client, _port, server, _other), flow in list(self._named.items())[-FILTERED:]:
            known = flow.server_call is not None
            if not known and (flow.result is not None or 'fin' in flow.seen or 'rst' in flow.seen):
                continue    # there will be no call
            found[client, server, flow.server_call] = None
            found[server, client, flow.client_call if known else None] = None
        return list(found)

    @property
    def silent(self) -> int:
        """How many connections never said a name."""
        return len(self._silent) + self.forgotten

    def rows(self) -> list[dict[str, t.Any]]:
        """``flows`` of the module's documentation: those with a name in their order, then the newest silent ones."""
        named = [*self._older, *self._named.items()]
        return [self._row(key, flow) for key, flow in [*named, *list(self._silent.items())[-SHOWN:]]]

    def _row(self, key: Key, flow: Flow) -> dict[str, t.Any]:
        client, port, server, other = key
        seen, acked = dict(flow.seen), False
        if flow.client_call is not None and flow.server_call is not None:
            up, down = (client, server, flow.server_call), (server, client, flow.client_call)
            errors = [self._gre[way] for way in (('icmp', *up), ('icmp', *down)) if way in self._gre]
            for kind, way in (('up', ('gre', *up)), ('down', ('gre', *down))):
                if way in self._gre:
                    seen[kind] = self._gre[way]
            if errors:
                seen['icmp'] = _sum([*errors, seen.get('icmp', {})])
            acked = ('gre', *down) in self._acked
        return {'name': flow.name, 'client': [socket.inet_ntoa(client), port],
                'server': [socket.inet_ntoa(server), other], 'syn': flow.syn, 'result': flow.result, 'acked': acked,
                'calls': [] if None in (flow.client_call, flow.server_call) else [flow.client_call, flow.server_call],
                'seen': seen}


def _told(flow: Flow | None) -> tuple[t.Any, ...]:
    """What of *flow* matters to ``ends``."""
    return (flow.name, flow.client_call, flow.server_call, flow.result) if flow is not None and flow.name else ()


def _kinds(flags: int, payload: bool) -> list[str]:
    found = ['syn_ack' if flags & _ACK else 'syn'] if flags & _SYN else []
    found += ['rst'] if flags & _RST else []
    found += ['fin'] if flags & _FIN else []
    return found + (['control'] if payload else [])


def _called(flow: Flow, up: bool, message: pptp.Message) -> None:
    if up and isinstance(message, pptp.CallRequest):
        flow.client_call = message.call_id
    elif not up and isinstance(message, pptp.CallReply) and message.peer_call_id == flow.client_call:
        flow.result = message.result
        if message.result == 1:
            flow.server_call = message.call_id


def _acknowledges(packet: Ip) -> bool:
    """Whether a GRE packet, of which the payload may be cut off, has an acknowledgement number."""
    try:
        return gre.decode(packet.body[:4] + b'\0\0' + packet.body[6:16]).ack is not None
    except WireError:
        return False


def _count(counts: Counts, interface: str, out: bool) -> None:
    if interface in counts or len(counts) < _INTERFACES:
        counts.setdefault(interface, [0, 0])[out] += 1


def _sum(many: t.Sequence[Counts]) -> Counts:
    found: Counts = {}
    for counts in many:
        for interface, pair in counts.items():
            had = found.get(interface, [0, 0])
            found[interface] = [had[0] + pair[0], had[1] + pair[1]]
    return found
