# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Texts without what no check looks at, line for line: a dropped line stays as an empty one.

So ``path:line`` means the same in a reduced recording as on the host, and the empty lines cost
nothing once compressed. Sample: ``-A INPUT -p udp -j DROP`` goes, ``-A INPUT -p 47 -j DROP`` stays.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.parse.traffic import other_traffic

_COMMENT = re.compile(r'^([ \t]*[#;])[^\r\n]*', re.M)
_KERNEL = re.compile(r'ppp|pptp|gre|conntrack|nf_tables|ip_tables|slhc|mppe', re.I)
_APPENDED = re.compile(r'^(?:\[\d+:\d+\] )?(-A \S+)')
_ELEMENTS = 400   # characters of a line of an nft set that are kept
_FIRST, _LINES = 200, 500   # of a secrets file longer than _LINES lines, the first ones and all odd ones
_PLAIN = re.compile(r'^[ \t]*[\w.@\\-]+[ \t]+[\w.*-]+[ \t]+["\']?\*{8}["\']?[ \t]+[\w.*/+!-]+[ \t]*\r?$')


def filtered(text: str, keep: t.Callable[[str], t.Any]) -> str:
    """*text* with the lines that *keep* refuses emptied."""
    return '\n'.join(line if keep(line) else '' for line in text.split('\n'))


def comments(text: str) -> str:
    """*text* with the words of its comment lines gone; the sign stays."""
    return _COMMENT.sub(r'\1', text)


def kernel(text: str) -> str:
    """Lists of modules and the kernel's log: what concerns PPP and the firewall."""
    return '\n'.join(line[:200] for line in text.split('\n') if _KERNEL.search(line))


def modprobe(text: str) -> str:
    """A file of modprobe.d: the lines that name a module that matters."""
    return filtered(text, lambda line: _KERNEL.search(line) and line[:1] != '#')


def listeners(text: str) -> str:
    """``/proc/net/tcp``: the heading and who listens (state 0A) on port 1723 (06BB)."""
    first, *others = text.split('\n')
    return '\n'.join([first] + [line for line in others if ':06BB ' in line and ' 0A ' in line])


def sockets(text: str) -> str:
    """``/proc/net/udp``: who has one of the ports of RADIUS, 1812, 1813, 1645 and 1646."""
    return filtered(text, re.compile(':(?:071[45]|066[DE]) ').search)


def groups(text: str) -> str:
    """``/etc/group``: those by which winbind's pipe is opened."""
    return filtered(text, re.compile('winbind|wbpriv|freerad|radiusd|root').match)


def rights(text: str) -> str:
    """``/proc/PID/status``: the user, and the groups."""
    return filtered(text, re.compile('[UG]id|Groups').match)


def environ(text: str) -> str:
    """``/proc/1/environ``: the word that a container manager sets."""
    return '\0'.join(word for word in text.split('\0') if word.startswith('container='))


def packages(text: str) -> str:
    """A package manager's answer without the lines about packages that are not there."""
    return filtered(text, lambda line: 'not-installed' not in line and 'is not installed' not in line)


def ruleset(text: str) -> str:
    """iptables-save or nft: without rules that no packet of PPTP can match, and with long sets cut."""
    return '\n'.join(_rule(line) for line in text.split('\n'))


def _rule(line: str) -> str:
    if other_traffic(line):
        found = _APPENDED.match(line)   # its place in the chain counts
        return found.group(1) + ' ~' if found else ''
    if len(line) <= _ELEMENTS:
        return line
    return line[:_ELEMENTS].rpartition(',')[0] + ', ... }' if '{' in line else line[:_ELEMENTS]


def secrets(text: str) -> str:
    """A masked secrets file: of a long one the first lines and those that are not plain."""
    lines = text.split('\n')
    if len(lines) <= _LINES:
        return text
    kept = lines[:_FIRST] + [line if not _PLAIN.match(line) else '' for line in lines[_FIRST:_FIRST + 100000]]
    return '\n'.join(kept)
