# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stage control: TCP 1723 and the names behind it."""

from __future__ import annotations

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
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain import Explanation
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain_gre import CLOSED, dead_rule, flow, flow_proof
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import CERTAIN, LIKELY, Finding

TCP_FLOWS = ('tcp1723_in', 'tcp1723_established', 'tcp1723_out')   # SYN, what follows, and the answers
SIMPLE = 'The rules forbid it now, and the newest login got through: they were changed since, or are not read whole'


def sureness(facts: Facts) -> str:
    """A verdict over every rule set in force is certain, over some of them likely."""
    return CERTAIN if facts.flag('pptp_firewall', 'readable') else LIKELY


def rule_order(facts: Facts, logs: Explanation) -> Finding:
    """Accept rules that an earlier rule makes dead."""
    slug = 'firewall-rule-order'
    if is_client_only(facts):
        return skip(slug, 'this host is a PPTP client')
    for name, stage in (('tcp1723_in', 'control'), ('gre_in', 'gre')):
        dead = dead_rule(facts, name)
        if dead and logs.log.passed(stage):
            return warn(slug, dead, title=SIMPLE)
        if dead:
            return fail(slug, dead, flow_proof(facts, name), confidence=sureness(facts))
    said = by_logs(slug, logs)
    if said:
        return said
    if facts.items('pptp_firewall', 'order') is None or flow(facts, 'tcp1723_in') is None:
        return passed(slug, logs, 'gre') or unknown(slug, facts, 'pptp_firewall.order', 'pptp_firewall.flows')
    return ok(slug, flow_proof(facts, 'tcp1723_in'), flow_proof(facts, 'gre_in'))


def tcp_blocked(facts: Facts, logs: Explanation) -> Finding:
    """The firewall of this host, and what dialling clients say."""
    slug = 'tcp1723-blocked'
    if is_client_only(facts):
        return by_logs(slug, logs) or passed(slug, logs) or unknown(slug, facts, 'pptp_logs.sessions')
    closed = tuple(flow_proof(facts, name) for name in TCP_FLOWS if flow(facts, name) in CLOSED)
    if closed and logs.log.passed('control'):
        return warn(slug, *closed, title=SIMPLE)
    if closed:
        found = fail(slug, *closed, confidence=sureness(facts))
        return found.blocked('firewall-rule-order') if dead_rule(facts, 'tcp1723_in') else found
    said = by_logs(slug, logs) or after_reboot(slug, facts, 'tcp1723_in', 'TCP 1723 is admitted') or passed(slug, logs)
    if said:
        return said
    if flow(facts, 'tcp1723_in') == 'accept' and facts.flag('pptp_firewall', 'readable'):
        return ok(slug, flow_proof(facts, 'tcp1723_in'))
    return unknown(slug, facts, 'pptp_firewall.flows.tcp1723_in')


def filtering(facts: Facts, logs: Explanation) -> Finding:
    """Only the logs of an end can point to the path, and only a login that works clears it."""
    slug = 'isp-filtering'
    return by_logs(slug, logs) or passed(slug, logs, 'gre') or unknown(slug, facts, 'pptp_logs.sessions')


def names(facts: Facts, logs: Explanation) -> Finding:
    """Name resolution at the client."""
    slug = 'dns-resolution-failed'
    said = by_logs(slug, logs) or passed(slug, logs)
    if said:
        return said
    if facts.text('pptp_host', 'role') == 'server':
        return skip(slug, 'the client resolves the name of the server')
    return unknown(slug, facts, 'pptp_logs.sessions')


_READS = ('pptp_logs', 'pptp_host', 'pptp_firewall')
CHECKS = (
    Check('firewall-rule-order', _READS, rule_order),
    Check('tcp1723-blocked', _READS, tcp_blocked),
    Check('isp-filtering', ('pptp_logs',), filtering),
    Check('dns-resolution-failed', ('pptp_logs', 'pptp_host'), names),
)
