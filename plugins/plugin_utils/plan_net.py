# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Planners for what the firewall and the routes of this host decide: stages control, gre and path."""

from __future__ import annotations

from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import COLLECTION
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_safe import networks
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_step import FIREWALL, Answer, Case
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_words import handed

_UNDO = 'role %s with %s_state: absent'


def rules(case: Case) -> list[Answer]:
    """The role that the finding names for this very host; none where the rules of another one are to blame."""
    role = str(case.fix.get('role') or '').replace(COLLECTION + '.', '')
    if role == 'gre_conntrack':
        mode = 'helper' if (case.fix.get('vars') or {}).get('gre_conntrack_mode') == 'helper' else 'stateless'
        return [case.step(role, {'gre_conntrack_mode': mode}, FIREWALL, _UNDO % (role, role))]
    if role in ('tunnel_firewall', 'mss_clamp'):
        return [case.step(role, {}, FIREWALL, _UNDO % (role, role))]
    return [handed(case)]


def nat(case: Case) -> list[Answer]:
    """Forwarding and translation, of the pool that the server gives out and nothing else."""
    given = case.fix.get('vars') or {}
    pool = networks(given.get('nat_pool'))
    if not pool:
        return [case.noop('the pool of addresses is not known',
                          'Set localip and remoteip in pptpd.conf, or run the role nat with nat_pool.')]
    variables = {'nat_pool': pool, 'nat_masquerade': given.get('nat_masquerade') is not False}
    return [case.step('nat', variables, FIREWALL, _UNDO % ('nat', 'nat'))]
