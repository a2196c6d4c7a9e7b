# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Addresses that rules are made for."""

from __future__ import annotations

import ipaddress
import typing as t


def networks(sources: t.Iterable[str]) -> list[str]:
    """*sources* as IPv4 networks in their usual form, ``[]`` for anybody. Raises ``ValueError``, which names the bad
    one: IPv6 is bad, because PPTP has none (pptpd listens on IPv4 only)."""
    found = [str(ipaddress.IPv4Network(source.strip(), strict=False)) for source in sources]
    return [] if '0.0.0.0/0' in found else found
