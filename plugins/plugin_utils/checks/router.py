# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A NAT router or filter between clients and a server: does it carry TCP 1723 and GRE, both ways?

Measured: without the helper no client behind a masquerade gets a tunnel, not even a single one; a server behind a
port forwarding needs TCP 1723 and GRE forwarded, or TCP 1723 and the helper.
"""

from __future__ import annotations

import re

from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks.common import (
    Check,
    fail,
    ok,
    skip,
    unknown,
    warn,
)
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks.control import sureness
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain import Explanation
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain_gre import (
    CLOSED,
    FORWARD,
    dead_rule,
    flow,
    flow_path,
    flow_proof,
    helper_proof,
)
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import (
    CRITICAL,
    FAIL,
    LIKELY,
    NOT_APPLICABLE,
    PASS,
    WARN,
    Finding,
    Proof,
)

ROLE = 'router'
_NAT_MODULE = 'nf_nat_pptp'   # rewrites call ids and addresses (linux nf_nat_pptp.c)
NOT_HERE = 'this host is a router'
_GRE_WORD = re.compile(r'\bgre\b|-p 47\b|\b(?:l4proto|protocol) 47\b', re.IGNORECASE)
_DIRECTIONS = ('gre_out', 'gre_in')
_GRE_FLOWS = tuple(FORWARD + name for name in _DIRECTIONS)


def helped(facts: Facts) -> bool | None:
    """Whether control connections get the helper here; ``None`` when not known."""
    assigned = facts.flag('pptp_conntrack', 'helper_assigned')
    return False if assigned and facts.flag('pptp_conntrack', 'helper_hook_ok') is False else assigned


def nat_helped(facts: Facts) -> bool | None:
    """The same where addresses are translated: that takes the NAT half of the helper, which no rule loads."""
    return False if helped(facts) and _half(facts) else helped(facts)


def _half(facts: Facts) -> Proof | None:
    """The NAT half of the helper that is not in the kernel, unless GRE was seen to be answered."""
    state = facts.text('pptp_kernel', 'modules', _NAT_MODULE)
    rows = facts.rows('pptp_conntrack', 'gre_flows', width=4) or []
    if state not in ('loadable', 'missing', 'blacklisted') or any(row[2] is False for row in rows):
        return None
    return Proof('pptp_kernel.modules.' + _NAT_MODULE, 'the helper is assigned, and %s is not loaded' % _NAT_MODULE,
                 '/proc/modules')


def translates(facts: Facts) -> bool | None:
    """Whether what leaves gets the address of this router."""
    verdict = flow(facts, FORWARD + 'masquerade') or flow(facts, 'masquerade')
    return None if verdict is None else verdict == 'yes'


def forwardings(facts: Facts) -> tuple[list[Proof], list[Proof]] | None:
    """``(rules that forward TCP 1723 to a server, those that forward GRE)``; ``None`` when the rules are not known."""
    given = facts.table('pptp_firewall', 'dnat')
    if given is not None:
        tables = [facts.rows('pptp_firewall', 'dnat', name, width=3) or [] for name in ('tcp1723', 'gre')]
        tcp, gre = ([Proof('pptp_firewall.dnat', str(row[1]), str(row[0] or '')) for row in rows] for rows in tables)
        return tcp, gre
    rows = facts.rows('pptp_firewall', 'rules', width=2)
    if rows is None or translates(facts) is None:
        return None
    found = [Proof('pptp_firewall.rules', str(text), str(source or '')) for source, text in rows
             if re.search(r'dnat', str(text), re.IGNORECASE)]
    return ([item for item in found if '1723' in item.value],
            [item for item in found if _GRE_WORD.search(item.value)])


def dnat(facts: Facts, logs: Explanation) -> Finding:
    """A port forwarding of TCP 1723 without one of GRE, and without the helper that would make up for it."""
    slug, rules = 'gre-dnat-missing', forwardings(facts)
    if rules is None:
        return unknown(slug, facts, 'pptp_firewall.rules')
    tcp, gre = rules
    if not tcp:
        return skip(slug, 'no rule forwards TCP 1723 to a server')
    if gre or nat_helped(facts):
        return ok(slug, *tcp[:1], *(gre[:1] or _helper(facts)))
    if nat_helped(facts) is None:
        return unknown(slug, facts, 'pptp_conntrack.helper_assigned')
    return fail(slug, *tcp[:2], *_no_helper(facts), Proof('', 'no rule forwards GRE (IP protocol 47)'),
                confidence=sureness(facts))


def asymmetric(facts: Facts, logs: Explanation) -> Finding:
    """Clients behind this router: their addresses are translated, so GRE comes back only with the helper."""
    slug, nat = 'gre-nat-asymmetric', translates(facts)
    if nat is False:
        return skip(slug, 'this router does not translate the addresses of what it forwards')
    if nat is None or nat_helped(facts) is None:
        return unknown(slug, facts, 'pptp_firewall.flows.masquerade', 'pptp_conntrack.helper_assigned')
    proof = (flow_proof(facts, _nat(facts)), *_no_helper(facts), *_unanswered(facts))
    if nat_helped(facts):
        return ok(slug, *_helper(facts), flow_proof(facts, _nat(facts)))
    if (forwardings(facts) or ([], []))[0]:
        return warn(slug, *proof, title='Clients behind this router that dial out get no GRE back')
    return fail(slug, *proof, confidence=LIKELY if helped(facts) else sureness(facts), severity=CRITICAL)


def _nat(facts: Facts) -> str:
    return FORWARD + 'masquerade' if flow(facts, FORWARD + 'masquerade') else 'masquerade'


def _helper(facts: Facts) -> tuple[Proof, ...]:
    """What is known about the helper alone."""
    return tuple(item for item in helper_proof(facts) if item.fact.startswith('pptp_conntrack.helper'))


def _no_helper(facts: Facts) -> tuple[Proof, ...]:
    half = _half(facts)
    if helped(facts) and half:
        return (half,)
    if facts.flag('pptp_conntrack', 'helper_assigned'):
        return _helper(facts)
    return (Proof('pptp_conntrack.helper_assigned', 'no rule assigns the PPTP helper to TCP 1723 here'),)


def _unanswered(facts: Facts) -> tuple[Proof, ...]:
    """GRE that was seen and got no answer."""
    rows = facts.rows('pptp_conntrack', 'gre_flows', width=4) or []
    seen = ['%s to %s' % (src, dst) for src, dst, unreplied, _helper in rows if unreplied]
    return (Proof('pptp_conntrack.gre_flows', 'GRE without an answer: ' + ', '.join(seen[:2]), 'conntrack'),) \
        if seen else ()


def state(facts: Facts, logs: Explanation) -> Finding:
    """Forwarding rules that ask for a state which GRE has with the helper only."""
    slug = 'gre-conntrack-helper'
    asking = [name for name in _GRE_FLOWS if facts.flag('pptp_firewall', *flow_path(name), 'stateful')]
    if asking and helped(facts) is False:
        found = fail(slug, *(flow_proof(facts, name) for name in asking), *_no_helper(facts),
                     confidence=sureness(facts))
        return found.blocked('gre-nat-asymmetric') if asymmetric(facts, logs).result == FAIL else found
    if helped(facts) or all(facts.flag('pptp_firewall', *flow_path(name), 'stateful') is False for name in _GRE_FLOWS):
        return ok(slug, *_helper(facts), *(flow_proof(facts, name) for name in _GRE_FLOWS))
    return unknown(slug, facts, 'pptp_conntrack.helper_assigned', 'pptp_firewall.forward')


def blocked(facts: Facts, logs: Explanation) -> Finding:
    """GRE has to pass in both directions."""
    slug = 'gre-blocked'
    closed = [name for name in _GRE_FLOWS if flow(facts, name) in CLOSED]
    if closed and all(facts.flag('pptp_firewall', *flow_path(name), 'stateful') for name in closed):
        return skip(slug, 'a rule forwards GRE, and what it lacks is the conntrack helper')
    if closed:
        found = fail(slug, *(flow_proof(facts, name) for name in closed), confidence=sureness(facts),
                     title='This router does not forward GRE %s' % _ways(closed))
        return found.blocked('firewall-rule-order') if dead_rule(facts, *_GRE_FLOWS) else found
    if all(flow(facts, name) == 'accept' for name in _GRE_FLOWS):
        return ok(slug, *(flow_proof(facts, name) for name in _GRE_FLOWS))
    return unknown(slug, facts, *('pptp_firewall.' + name for name in _GRE_FLOWS))


def _ways(closed: list[str]) -> str:
    words = [name.rsplit('_', 1)[-1] for name in closed]
    return {'out': 'outwards', 'in': 'inwards'}.get(' '.join(words), 'in either direction')


def tcp_blocked(facts: Facts, logs: Explanation) -> Finding:
    """TCP 1723 has to pass towards the server: outwards for clients behind this router, inwards where it forwards."""
    slug, rules = 'tcp1723-blocked', forwardings(facts)
    way_in, way_out = FORWARD + 'tcp1723_in', FORWARD + 'tcp1723_out'
    needed = [way_in] if rules and rules[0] else [way_out] if translates(facts) else [way_in, way_out]
    closed = [name for name in needed if flow(facts, name) in CLOSED]
    if len(closed) == len(needed):
        found = fail(slug, *(flow_proof(facts, name) for name in closed), confidence=sureness(facts),
                     title='This router does not forward TCP 1723')
        return found.blocked('firewall-rule-order') if dead_rule(facts, *needed) else found
    open_ways = [name for name in needed if flow(facts, name) == 'accept']
    return ok(slug, *(flow_proof(facts, name) for name in open_ways)) if open_ways else \
        unknown(slug, facts, *('pptp_firewall.' + name for name in needed))


def rule_order(facts: Facts, logs: Explanation) -> Finding:
    """Forwarding rules for PPTP that an earlier rule makes dead."""
    slug, names = 'firewall-rule-order', (FORWARD + 'tcp1723_in', FORWARD + 'tcp1723_out', *_GRE_FLOWS)
    dead = dead_rule(facts, *names)
    if dead:
        return fail(slug, dead, confidence=sureness(facts))
    if all(flow(facts, name) is None for name in names):
        return unknown(slug, facts, 'pptp_firewall.order', 'pptp_firewall.forward')
    return ok(slug, *(flow_proof(facts, name) for name in names if flow(facts, name)))


def forwarding(facts: Facts, logs: Explanation) -> Finding:
    """A router that forwards nothing."""
    slug, value = 'ip-forward-off', facts.flag('pptp_addressing', 'ip_forward')
    if value is None:
        return unknown(slug, facts, 'pptp_addressing.ip_forward')
    proof = (Proof('pptp_addressing.ip_forward', value, '/proc/sys/net/ipv4/ip_forward'),)
    return ok(slug, *proof) if value else fail(slug, *proof, severity=CRITICAL)


def carries(findings: list[Finding]) -> bool:
    """Whether a router with these *findings* is known to carry PPTP."""
    results = {item.cause: item.result for item in findings}
    return results.get('gre-blocked') == PASS and all(
        results.get(slug) in (PASS, WARN, NOT_APPLICABLE) for slug in ('gre-nat-asymmetric', 'gre-dnat-missing'))


_READS = ('pptp_firewall', 'pptp_conntrack', 'pptp_kernel')
CHECKS = (
    Check('firewall-rule-order', _READS, rule_order),
    Check('tcp1723-blocked', _READS, tcp_blocked),
    Check('gre-conntrack-helper', _READS, state),
    Check('gre-blocked', _READS, blocked),
    Check('gre-dnat-missing', _READS, dnat),
    Check('gre-nat-asymmetric', _READS, asymmetric),
    Check('ip-forward-off', ('pptp_addressing',), forwarding),
)
