# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A narrow link further away: neither end sees it where ICMP is dropped, but the router that has it tells."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils import finding as fi, pools
from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog import CAUSES
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks.path import DEFAULT_MTU, MPPE_OVERHEAD, OVERHEAD
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts

CAUSE = 'mtu-fragmentation'
FACT = 'path_mtu'       # of the proof that holds what the path carries: plans read it
Entry = dict[str, t.Any]


def links(facts: Facts) -> dict[str, tuple[str, int]]:
    """``{address: (interface, mtu)}`` of a router."""
    sizes = {str(link.get('name')): link.get('mtu') for link in facts.maps('pptp_addressing', 'interfaces') or []}
    return {str(item.ip): (name, mtu) for name, item in pools.interfaces(facts) or []
            if isinstance(mtu := sizes.get(name), int) and not isinstance(mtu, bool)}


def judge(entry: Entry, router: str, known: t.Mapping[str, tuple[str, int]]) -> Entry:
    """*entry* of a server, with the cause where the link of *router* that it sends to is too narrow for its tunnel."""
    facts = Facts(entry.get('facts'))
    gateway = facts.text('pptp_addressing', 'default_route', 'via')
    given = facts.number('pptp_pppd', 'effective', 'mtu')
    size = given if given is not None else DEFAULT_MTU if facts.flag('pptp_pppd', 'complete') else None
    if entry.get('role') not in ('server', 'both') or gateway is None or gateway not in known or size is None:
        return entry
    name, mtu = known[gateway]
    if size + OVERHEAD <= mtu:
        return entry
    proofs = (fi.Proof('pptp_pppd.effective.mtu', size),
              fi.Proof(FACT, mtu, '%s: %s' % (router, name)),
              fi.Proof('', '%s lies in the path: %s is the default gateway of this host' % (router, gateway)))
    fix = fi.Fix('Set mtu and mru in the options file of pptpd to %d: the link of %s carries %d bytes.' % (
        mtu - OVERHEAD - MPPE_OVERHEAD, router, mtu), 'pppd_options')
    cause = CAUSES[CAUSE]
    found = fi.Finding(CAUSE, cause.stage, fi.FAIL, cause.severity, cause.title, proofs, fi.LIKELY, (), fix).as_dict()
    others = [item for item in entry['findings'] if item['cause'] != CAUSE]
    verdict = entry['verdict']
    if not any(item['result'] == fi.FAIL for item in others):
        verdict = {'status': 'degraded', 'stage': cause.stage, 'cause': CAUSE, 'confidence': fi.LIKELY}
    return dict(entry, router=entry.get('router') or router, verdict=verdict, findings=[found, *others])
