# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The shape of one entry of the catalogue of causes."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import Fix

HOST = 'host'        # it hits every login on this host
USER = 'user'        # it hits one user
CLIENT = 'client'    # it hits one client, or the path to it


class Cause(t.NamedTuple):
    """A root cause: *slug* is stable once released; *meaning*, *confirm* and *fix* are for people.

    *scope* says whom it hits. *confirm* is how to see it by hand. *source* names where the knowledge is from.
    """

    slug: str
    stage: str
    severity: str
    scope: str
    title: str
    meaning: str
    confirm: str
    fix: Fix
    source: str
