# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Finds the lines of a log that concern PPTP, in a window of a large or gzipped file, at the speed of memory.

One case-sensitive regex with a literal beginning lets ``re`` skip with memchr; decoding and parsing are for hits only.
"""

from __future__ import annotations

import re
import time
import typing as t
import zlib

CHUNK = 256 * 1024          # bytes read at once
WINDOW = 16 * 1024 * 1024   # bytes of the newest log that are read unless all is asked for
GZIP_RATIO = 8              # a log shrinks to about an eighth
# pppd[12], pptpd[12], pptp[12], pptpctrl[12]; pptpd.service (systemd); nm-pptp-service; mppe_decompress (kernel)
PPTP = re.compile(rb'pp(?:pd\[|tp(?:d?\[|d\.s|ctrl\[|-s)|e_de)')
KERNEL = re.compile(rb'mppe_|ppp|PPP|nf_conntrack: def|PROTO=(?:47|GRE)|DPT=1723')
# messages that a chatty session prints for every packet, or for itself; they say nothing
_CHATTER = (b'GRE: accepting', b'sent [LCP Echo', b'rcvd [LCP Echo', b'anon log[decaps_gre', b'CTRL: I wrote',
            b'CTRL: Sent', b'CTRL: Made', b'CTRL: Received PPTP', b'CTRL: Reaping')


class Budget:
    """Seconds that all scans together may take."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self.spent = False

    def left(self) -> bool:
        """Whether there is time left; remembers that there was not."""
        self.spent = self.spent or time.monotonic() > self._until
        return not self.spent


class Gunzip:
    """Reads a gzip stream, several members too, without holding it; a broken one just ends."""

    def __init__(self, handle: t.BinaryIO) -> None:
        self._handle, self._inflate, self._rest = handle, zlib.decompressobj(31), b''

    def readinto(self, view: memoryview) -> int:
        """Fill *view* with plain bytes; 0 at the end."""
        while True:
            data = self._rest or self._handle.read(CHUNK // 4)
            try:
                if self._inflate.eof and data:
                    self._inflate = zlib.decompressobj(31)
                plain = self._inflate.decompress(data, len(view))
            except zlib.error:
                return 0
            self._rest = self._inflate.unconsumed_tail or self._inflate.unused_data
            if plain:
                view[:len(plain)] = plain
                return len(plain)
            if not data:
                return 0


class Part:
    """The first *size* bytes of a reader."""

    def __init__(self, reader: t.Any, size: int) -> None:
        self._reader, self._left = reader, size

    def readinto(self, view: memoryview) -> int:
        """Fill *view* as far as the part goes."""
        got = self._reader.readinto(view[:self._left]) or 0
        self._left -= got
        return got


def hits(reader: t.Any, pattern: t.Any, budget: Budget) -> t.Iterator[bytes]:
    """The lines that *pattern* finds (all where it is ``None``), without per-packet chatter; a line longer than a
    chunk comes in pieces. *reader* has ``readinto``."""
    buffer = bytearray(2 * CHUNK)
    view = memoryview(buffer)
    kept = 0
    while budget.left():
        got = reader.readinto(view[kept:kept + CHUNK])
        end = kept + (got or 0)
        cut = buffer.rfind(b'\n', 0, end) + 1 if got and end < 2 * CHUNK - 1 else end
        if not got and not end:
            return
        if cut or not got:
            yield from _lines(buffer, cut or end, pattern)
            buffer[:end - cut] = buffer[cut:end]
            kept = end - cut
        else:
            kept = end if end < CHUNK else 0
        if not got:
            return


def _lines(buffer: bytearray, end: int, pattern: t.Any) -> t.Iterator[bytes]:
    if pattern is None:
        yield from bytes(buffer[:end]).splitlines()
        return
    done = 0
    for found in pattern.finditer(buffer, 0, end):
        at = found.start()
        if at < done:
            continue
        first = buffer.rfind(b'\n', done, at) + 1 or done
        done = buffer.find(b'\n', at, end)
        done = end if done < 0 else done
        if not buffer.startswith(_CHATTER, buffer.find(b': ', at, done) + 2):
            yield bytes(buffer[first:done])
