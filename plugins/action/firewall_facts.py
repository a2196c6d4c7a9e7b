# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The facts of one subject."""

from __future__ import annotations

from ansible_collections.vpnops.pptp.plugins.plugin_utils import run_clients
from ansible_collections.vpnops.pptp.plugins.plugin_utils.remote_facts import FactsAction


class ActionModule(FactsAction):
    """The action behind M(vpnops.pptp.firewall_facts)."""

    SUBSET = ('firewall',)
    ARGUMENTS = run_clients.ARGUMENTS
