# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The one error of this room: what came off the wire, or should go onto it, does not fit."""

from __future__ import annotations


class WireError(ValueError):
    """Bytes that break their protocol; the text says which rule, and never repeats a value: it may be a secret."""
