# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The filter that the kernel runs on every packet of the host, so that hardly any of them wakes the witness.

Classic BPF over what a packet socket of type SOCK_DGRAM has: it begins with the IP header, whatever the link is
(Ethernet, VLAN, PPP). Instructions: linux/filter.h, linux/bpf_common.h, Documentation/networking/filter.rst of the
kernel. A load beyond the end of a packet ends the program with 0, which drops it.
"""

from __future__ import annotations

import struct
import typing as t

SNAP_TCP, SNAP_GRE, SNAP_ICMP = 600, 80, 160   # bytes that are kept: headers, and two control messages
PORT, TCP, ICMP, GRE = 1723, 6, 1, 47
ERRORS = (3, 11, 12)          # ICMP (RFC 792): unreachable, time exceeded, parameter problem
_OTHER_HOST = 3               # linux/if_packet.h, PACKET_OTHERHOST: only passing by, and no packet of this host
_PACKET_TYPE = 0xfffff004     # linux/filter.h, SKF_AD_OFF + SKF_AD_PKTTYPE
_OFFSET = 0x1fff              # linux/ip.h, IP_OFFSET: of a fragment
_PPP, _SEQUENCE = 0x880b, 0x1000    # RFC 2637 4.1: of GRE as PPTP has it
EARLY = 16                    # sequence numbers, from 0
_INSTRUCTION = struct.Struct('=HBBI')   # linux/filter.h, struct sock_filter
# linux/bpf_common.h: class, size, mode and operation added up
_LD_W, _LD_H, _LD_B = 0x20, 0x28, 0x30               # A = packet[k], of 4, 2 or 1 bytes
_LD_HX, _LD_BX = 0x48, 0x50                          # A = packet[X + k]
_LDX_HEADER = 0xb1                                   # X = 4 * (packet[k] & 0xf)
_AND, _LSH, _RSH, _ADD_X, _TAX = 0x54, 0x64, 0x74, 0x0c, 0x07
_LD_WX = 0x40                                        # the same of 4 bytes
_JEQ, _JGE, _JSET, _RET = 0x15, 0x35, 0x45, 0x06

Instruction = t.Tuple[int, int, int, int]            # code, steps if true, steps if false, k
End = t.Tuple[bytes, bytes, t.Optional[int]]         # source, target (4 bytes each), call id (None: any)


def _op(code: int, k: int = 0, true: int = 0, false: int = 0) -> Instruction:
    return code, true, false, k


_DROP = _op(_RET)
# one of the two ports at X
_PORTS = [_op(_LD_HX, 0), _op(_JEQ, PORT, 2), _op(_LD_HX, 2), _op(_JEQ, PORT, 0, 1)]
_TCP = [*_PORTS, _op(_RET, SNAP_TCP), _DROP]
# an error about GRE, or about the port: the IP header that it quotes begins at X + 8
_ICMP = [_op(_LD_BX, 0), *(_op(_JEQ, kind, left) for kind, left in zip(ERRORS, (3, 2, 1))), _DROP,
         _op(_LD_BX, 17), _op(_JEQ, GRE, 12), _op(_JEQ, TCP, 1), _DROP,
         _op(_LD_BX, 8), _op(_AND, 15), _op(_LSH, 2), _op(_ADD_X), _op(_TAX),
         _op(_LD_HX, 8), _op(_JEQ, PORT, 3), _op(_LD_HX, 10), _op(_JEQ, PORT, 1), _DROP, _op(_RET, SNAP_ICMP)]
_HEAD = [_op(_LD_W, _PACKET_TYPE), _op(_JEQ, _OTHER_HOST, 0, 1), _DROP,
         _op(_LD_B, 0), _op(_RSH, 4), _op(_JEQ, 4, 1), _DROP,
         _op(_LD_H, 6), _op(_JSET, _OFFSET, 0, 1), _DROP,
         _op(_LDX_HEADER, 0), _op(_LD_B, 9)]
_GRE = [_op(_LD_HX, 2), _op(_JEQ, _PPP, 1), _DROP,
        _op(_LD_HX, 0), _op(_JSET, _SEQUENCE, 0, 3), _op(_LD_WX, 8), _op(_JGE, EARLY, 1), _op(_RET, SNAP_GRE)]
NOTHING = [_DROP]


def program(ends: t.Iterable[End]) -> list[Instruction]:
    """TCP of the port, ICMP errors about it and about GRE, and of GRE the first packets of any call, which may come
    before the filter knows it, and all of what *ends* name: the call id of a packet is its receiver's (RFC 2637 4.1).
    At most 4096 instructions (BPF_MAXINSNS): seven for each."""
    found = [*_HEAD, _op(_JEQ, TCP, 0, len(_TCP)), *_TCP, _op(_JEQ, ICMP, 0, len(_ICMP)), *_ICMP,
             _op(_JEQ, GRE, 1), _DROP, *_GRE]
    for source, target, call in ends:
        named = [] if call is None else [_op(_LD_HX, 6), _op(_JEQ, call, 0, 1)]
        rest = len(named) + 1
        found += [_op(_LD_W, 12), _op(_JEQ, int.from_bytes(source, 'big'), 0, rest + 2),
                  _op(_LD_W, 16), _op(_JEQ, int.from_bytes(target, 'big'), 0, rest), *named, _op(_RET, SNAP_GRE)]
    return [*found, _DROP]


def packed(instructions: t.Iterable[Instruction]) -> bytes:
    """The array of struct sock_filter."""
    return b''.join(_INSTRUCTION.pack(*instruction) for instruction in instructions)
