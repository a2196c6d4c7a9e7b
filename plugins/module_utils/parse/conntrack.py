# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``conntrack -L``. Sample::

    gre      47 26 src=203.0.113.10 dst=10.1.0.10 srckey=0x0 dstkey=0xbb9c [UNREPLIED] src=... mark=0 use=1
    tcp      6 431993 ESTABLISHED src=10.1.0.10 dst=203.0.113.10 sport=50228 dport=1723 src=... mark=0 helper=pptp use=2
"""

from __future__ import annotations

import re
import typing as t

_KEYED = re.compile(r'\bsrckey=0x0*[1-9a-f]')   # a source key: the helper expected this flow; 0x0 without it
_ADDRESS = re.compile(r'\b(src|dst)=([0-9a-fA-F.:]+)')


def unhelped(text: str) -> int:
    """How many control connections are open and have no helper: what was there before a helper was assigned never
    gets one (net/netfilter/nf_conntrack_helper.c, __nf_ct_try_assign_helper: for new connections only)."""
    return sum(1 for line in text.splitlines() if line.startswith('tcp') and ' ESTABLISHED ' in line
               and ' dport=1723 ' in line and 'helper=' not in line)


def parse(text: str) -> tuple[list[list[t.Any]], bool | None]:
    """``([[src, dst, unreplied, helper], ..], helper)`` of GRE and of TCP 1723.

    *helper*: True where a control connection has it, or GRE was answered (both directions share one entry only
    with it, daemons.md 7.3) or has a source key; False where there are such entries and none has it; else None.
    """
    flows: list[list[t.Any]] = []
    seen: list[bool] = []
    for line in text.splitlines():
        words = line.split(None, 4)
        gre = 'gre' in words[:3]
        if not gre and ('tcp' not in words[:3] or ' dport=1723 ' not in line):
            continue
        unreplied = '[UNREPLIED]' in line
        keyed = _KEYED.search(line.partition('[UNREPLIED]')[0])
        helper = 'helper=pptp' in line or gre and (not unreplied or bool(keyed))
        ends = dict(reversed(_ADDRESS.findall(line)[:2]))
        seen.append(helper)
        if gre:
            flows.append([ends.get('src'), ends.get('dst'), unreplied, helper])
    return flows, any(seen) if seen else None
