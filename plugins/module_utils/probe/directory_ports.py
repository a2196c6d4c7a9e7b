# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which TCP ports of several hosts answer, all asked at once, within a time."""

from __future__ import annotations

import errno
import select
import socket
import time
import typing as t

Target = t.Tuple[str, int]
_WORDS = {0: 'open', errno.ECONNREFUSED: 'refused', errno.ETIMEDOUT: 'timeout', errno.EPERM: 'prohibited-here',
          errno.EACCES: 'prohibited-here', errno.EINPROGRESS: ''}


def word(number: int) -> str:
    """A result of connect(2) in a word: open, refused, timeout, prohibited-here (a rule or route of this host),
    unreachable; empty while it is not known."""
    return _WORDS.get(number, 'unreachable')


def probe(targets: t.Iterable[Target], seconds: float) -> dict[Target, str]:
    """``{(address, port): word}``; no byte is sent on a connection."""
    results: dict[Target, str] = {}
    links: dict[socket.socket, Target] = {}
    until = time.monotonic() + seconds
    try:
        for target in dict.fromkeys(targets):
            link = socket.socket(socket.AF_INET6 if ':' in target[0] else socket.AF_INET, socket.SOCK_STREAM)
            links[link] = target
            link.setblocking(False)
            results[target] = _connect(link, target)
        waiting = [link for link, target in links.items() if not results[target]]
        while waiting and time.monotonic() < until:
            ready = select.select([], waiting, [], max(0.0, until - time.monotonic()))[1]
            for link in ready:
                results[links[link]] = word(link.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
                waiting.remove(link)
    finally:
        for link in links:
            link.close()
    return {target: found or 'timeout' for target, found in results.items()}


def _connect(link: socket.socket, target: Target) -> str:
    try:
        return word(link.connect_ex(target))
    except (OSError, ValueError, OverflowError):
        return 'unreachable'
