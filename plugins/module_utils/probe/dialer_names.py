# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The name of a server, resolved as any program of this host resolves it, but within a time."""

from __future__ import annotations

import socket
import threading


def resolve(name: str, seconds: float) -> list[str]:
    """The IPv4 addresses of *name* in getaddrinfo's order (hosts file, DNS, whatever nsswitch.conf says); none where
    there are none, or no answer within *seconds*: a name server that is dead makes one call last half a minute, which
    then goes on in its thread, unheard."""
    found: list[list[str]] = []
    thread = threading.Thread(target=lambda: found.append(_addresses(name)), daemon=True)
    thread.start()
    thread.join(seconds)
    return found[0] if found else []


def _addresses(name: str) -> list[str]:
    try:
        rows = socket.getaddrinfo(name, None, socket.AF_INET, socket.SOCK_STREAM)
    except (OSError, UnicodeError, ValueError):
        return []
    return list(dict.fromkeys(str(row[4][0]) for row in rows))
