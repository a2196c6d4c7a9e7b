# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every check, by hand: one for each cause of the catalogue, in its order; a router has its own."""

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
    router,
    security,
    service,
)
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks.common import Check, skip
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain import Explanation
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import Finding

CHECKS: tuple[Check, ...] = tuple(sorted(
    service.CHECKS + control.CHECKS + gre.CHECKS + auth.CHECKS + aaa.CHECKS + mppe.CHECKS + address.CHECKS
    + path.CHECKS + security.CHECKS, key=lambda check: rank(check.cause)))


#: What is asked of a router instead; nothing else arises there.
ROUTER: dict[str, Check] = {check.cause: check for check in router.CHECKS}


def run_all(facts: Facts, logs: Explanation) -> list[Finding]:
    """One finding of each check, in the order of the catalogue."""
    if facts.text('pptp_host', 'role') != router.ROLE:
        return [check.run(facts, logs) for check in CHECKS]
    return [ROUTER[check.cause].run(facts, logs) if check.cause in ROUTER else skip(check.cause, router.NOT_HERE)
            for check in CHECKS]
