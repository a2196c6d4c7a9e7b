# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Listeners and processes: ``/proc/net/tcp``, ``ss -tlnp``, ``netstat -tlnp``, ``ps``. Samples::

       0: 00000000:06BB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 18466 1 ...
    LISTEN 0      3            0.0.0.0:1723      0.0.0.0:*    users:(("pptpd",pid=324,fd=6))
    tcp        0      0 0.0.0.0:1723            0.0.0.0:*               LISTEN      324/pptpd
    root         324  0.0  0.1   2480  1664 ?        Ss   10:00   0:00 /usr/sbin/pptpd --fg
"""

from __future__ import annotations

import re
import typing as t

_OWNER = re.compile(r'\(\("([^"]+)",(?:pid=)?(\d+)|\s(\d+)/(\S+)')


def proc_tcp(text: str, port: int) -> list[str]:
    """The addresses of listeners on *port* (state 0A, address in host byte order: proc(5))."""
    found = []
    for line in text.splitlines():
        words = line.split()
        if len(words) > 3 and words[3] == '0A' and words[1].endswith(':%04X' % port):
            raw = words[1][:-5]
            if re.fullmatch('[0-9A-Fa-f]{8}', raw):
                found.append('.'.join(str(int(raw[at:at + 2], 16)) for at in (6, 4, 2, 0)))
            elif set(raw) == {'0'}:
                found.append('::')
    return found


def listeners(text: str, port: int) -> list[dict[str, t.Any]]:
    """``[{address, port, process, pid}, ..]`` of TCP listeners on *port* out of ss or netstat."""
    found = []
    for line in text.splitlines():
        words = line.split()
        local = next((word for word in words if word.endswith((':%d' % port, ':pptp'))), None)
        if local is None or 'LISTEN' not in words or words[0].startswith('udp'):
            continue
        owner = _OWNER.search(line)
        name, pid = (owner.group(1) or owner.group(4), owner.group(2) or owner.group(3)) if owner else (None, None)
        found.append({'address': local.rpartition(':')[0].strip('[]').partition('%')[0], 'port': port,
                      'process': name, 'pid': int(pid[:9]) if pid else None})
    return found


def processes(text: str, wanted: t.Container[str]) -> list[list[t.Any]]:
    """``[[name, pid], ..]`` of the programs *wanted*, out of any ps layout with a pid column."""
    found = []
    for line in text.splitlines():
        words = line.split()
        pid = next((word for word in words[:3] if word.isascii() and word.isdigit()), None)
        start = 10 if len(words) > 10 and re.fullmatch(r'[\d.]+', words[2]) and '.' in words[2] else 1
        for word in words[start:start + 7]:
            name = word.rstrip(':').rpartition('/')[2]
            if name in wanted and pid:
                found.append([name, int(pid[:9])])
                break
            if start == 10 and word not in ('/bin/sh', 'sh', '-c', '-e'):
                break
    return found
