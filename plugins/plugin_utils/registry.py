# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every check, by hand: one for each cause of the catalogue, in its order."""

from __future__ import annotations

from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog import rank
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks import (
    aaa,
    address,
    auth,
    control,
    gre,
    mppe,
    path,
    security,
    service,
)
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks.common import Check
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain import Explanation
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import Finding

CHECKS: tuple[Check, ...] = tuple(sorted(
    service.CHECKS + control.CHECKS + gre.CHECKS + auth.CHECKS + aaa.CHECKS + mppe.CHECKS + address.CHECKS
    + path.CHECKS + security.CHECKS, key=lambda check: rank(check.cause)))


def run_all(facts: Facts, logs: Explanation) -> list[Finding]:
    """One finding of each check, in the order of the catalogue."""
    return [check.run(facts, logs) for check in CHECKS]
