# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""MD5, which CHAP (RFC 1994) and RADIUS (RFC 2865) are made of, where FIPS mode allows no other use of it, too."""

from __future__ import annotations

import hashlib
import typing as t


def new(data: bytes = b'') -> t.Any:
    """The hash object of *data* (the argument is of Python 3.9)."""
    try:
        return hashlib.md5(data, usedforsecurity=False)
    except TypeError:
        return hashlib.md5(data)
