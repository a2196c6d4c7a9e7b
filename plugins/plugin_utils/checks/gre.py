# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stage gre: IP protocol 47 through firewalls, conntrack and NAT."""

from __future__ import annotations

from ansible_collections.vpnops.pptp.plugins.plugin_utils import clouds
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks.common import (
    Check,
    after_reboot,
    by_logs,
    fail,
    is_client_only,
    ok,
    passed,
    skip,
    unknown,
    warn,
)
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks.control import SIMPLE, sureness
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks.router import forwardings
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain import Explanation
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain_gre import (
    CLOSED,
    dead_rule,
    flow,
    flow_proof,
    helper_lacks,
    helper_proof,
    stateful,
)
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import FAIL, LIKELY, Finding, Proof

_RULES = ('pptp_firewall', 'pptp_conntrack')


def blocked(facts: Facts, logs: Explanation) -> Finding:
    """GRE in and out of this host."""
    slug = 'gre-blocked'
    closed = [name for name in ('gre_in', 'gre_out') if flow(facts, name) in CLOSED]
    proof = [flow_proof(facts, name) for name in closed]
    drops = facts.number('pptp_firewall', 'counters', 'gre_drop')
    proof += [Proof('pptp_firewall.counters.gre_drop', drops, 'packets')] if drops and 'gre_in' in closed else []
    if closed and not is_client_only(facts):
        if logs.log.passed('gre'):
            return warn(slug, *proof, title=SIMPLE)
        if helper_lacks(facts) and set(closed) <= set(stateful(facts)):
            return skip(slug, 'a rule admits GRE, and what it lacks is the conntrack helper')
        found = fail(slug, *proof, confidence=sureness(facts))
        return found.blocked('firewall-rule-order') if dead_rule(facts, 'gre_in') else found
    said = by_logs(slug, logs) or after_reboot(slug, facts, 'gre_in', 'GRE is admitted') or passed(slug, logs)
    if said:
        return said
    cloud = clouds.cloud(facts)
    if cloud and cloud.never and not is_client_only(facts):
        return fail(slug, clouds.proof(facts), Proof('', cloud.because), confidence=LIKELY)
    if flow(facts, 'gre_in') == flow(facts, 'gre_out') == 'accept' and facts.flag('pptp_firewall', 'readable') \
            and not helper_lacks(facts):
        return ok(slug, flow_proof(facts, 'gre_in'), flow_proof(facts, 'gre_out'))
    return unknown(slug, facts, 'pptp_firewall.flows.gre_in', 'pptp_firewall.flows.gre_out')


def helper(facts: Facts, logs: Explanation) -> Finding:
    """A stateful rule for GRE without the helper."""
    slug = 'gre-conntrack-helper'
    lacks = helper_lacks(facts)
    if lacks and logs.log.passed('gre'):
        return warn(slug, *helper_proof(facts), title=SIMPLE)
    if lacks and not is_client_only(facts):
        dead = dead_rule(facts, 'gre_in')
        found = fail(slug, *helper_proof(facts), confidence=sureness(facts))
        return found.blocked('firewall-rule-order') if dead else found
    late = facts.number('pptp_conntrack', 'helper_late')
    if late and lacks is False and stateful(facts) and not by_logs(slug, logs):
        return warn(slug, Proof('pptp_conntrack.helper_late', '%d open without the helper' % late, 'conntrack'),
                    *helper_proof(facts), title='Clients that connected before the helper was assigned have none: they '
                                                'must connect anew')
    said = by_logs(slug, logs) or passed(slug, logs)
    if said:
        return said
    if lacks is False:
        return ok(slug, *helper_proof(facts))
    return unknown(slug, facts, 'pptp_conntrack.stateful_gre', 'pptp_conntrack.helper_assigned')


def dnat(facts: Facts, logs: Explanation) -> Finding:
    """A port forwarding of TCP 1723 on this host that forgets GRE."""
    slug, known = 'gre-dnat-missing', forwardings(facts)
    forwards, with_gre = known or ([], [])
    helped = facts.flag('pptp_conntrack', 'helper_assigned')
    if forwards and not with_gre and helped is False:
        return fail(slug, *forwards[:2], Proof('pptp_conntrack.helper_assigned', helped), confidence=sureness(facts))
    said = by_logs(slug, logs) or passed(slug, logs)
    if said:
        return said
    if is_client_only(facts):
        return skip(slug, 'this host is a PPTP client')
    if forwards and (with_gre or helped):
        return ok(slug, *forwards[:2])
    return unknown(slug, facts, 'pptp_logs.sessions')


def asymmetric(facts: Facts, logs: Explanation) -> Finding:
    """A NAT router in the path shows in the logs of the ends only.

    Where this host itself drops GRE, the client gives up and its router answers what still comes: no defect of its own.
    """
    slug = 'gre-nat-asymmetric'
    said = by_logs(slug, logs)
    if said and said.result == FAIL and not is_client_only(facts):
        own = [item for item in (helper(facts, logs), blocked(facts, logs)) if item.result == FAIL and any(
            proof.fact.startswith(_RULES) for proof in item.evidence)]
        said = said.blocked(*(item.cause for item in own))
    return said or passed(slug, logs) or unknown(slug, facts, 'pptp_logs.sessions')


_READS = ('pptp_logs', 'pptp_host', 'pptp_firewall', 'pptp_conntrack')
CHECKS = (
    Check('gre-conntrack-helper', _READS, helper),
    Check('gre-blocked', _READS, blocked),
    Check('gre-dnat-missing', _READS, dnat),
    Check('gre-nat-asymmetric', _READS, asymmetric),
)
