# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The shape of one entry of the catalogue of causes."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import Fix

HOST = 'host'        # it hits every login on this host
USER = 'user'        # it hits one user
CLIENT = 'client'    # it hits one client, or the path to it

# Variables of roles that several fixes share; capitals stand for what only this host or its administrator knows.
MSCHAPV2: dict[str, t.Any] = {
    'pppd_options_present': [{'name': 'require-mschap-v2'}],
    'pppd_options_absent': ['noauth', 'require-pap', 'require-chap', 'require-mschap', 'require-eap']}
POOL: dict[str, t.Any] = {'pptp_server_localip': 'ADDRESS', 'pptp_server_remoteip': 'RANGE'}


class Cause(t.NamedTuple):
    """A root cause: *slug* is stable once released; *meaning*, *confirm* and *fix* are for people.

    *scope* says whom it hits. *confirm* is how to see it by hand. *source* names where the knowledge is from. *windows*
    is for who has a Network Policy Server or Active Directory at the other end.
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
    windows: str = ''
