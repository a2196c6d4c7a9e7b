# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every check, by hand: one for each cause of the catalogue, in its order; routers and RADIUS servers have others."""

from __future__ import annotations

from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog import rank
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks import (
    aaa,
    aaa_config,
    address,
    auth,
    control,
    directory,
    gre,
    mppe,
    path,
    radius_server,
    router,
    security,
    service,
)
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks.common import Check, skip
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain import Explanation
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import Finding

CHECKS: tuple[Check, ...] = tuple(sorted(
    service.CHECKS + control.CHECKS + gre.CHECKS + auth.CHECKS + aaa.CHECKS + aaa_config.CHECKS
    + directory.CHECKS + mppe.CHECKS + address.CHECKS + path.CHECKS + security.CHECKS,
    key=lambda check: rank(check.cause)))


#: What is asked of a host in another role instead, and why nothing else arises there.
OTHERS: dict[str, tuple[dict[str, Check], str]] = {
    kind.ROLE: ({check.cause: check for check in kind.CHECKS}, kind.NOT_HERE) for kind in (router, radius_server)}


def run_all(facts: Facts, logs: Explanation) -> list[Finding]:
    """One finding of each check, in the order of the catalogue."""
    role = facts.text('pptp_host', 'role') or ''
    if role not in OTHERS:
        return [check.run(facts, logs) for check in CHECKS]
    own, why = OTHERS[role]
    return [own[check.cause].run(facts, logs) if check.cause in own else skip(check.cause, why) for check in CHECKS]
