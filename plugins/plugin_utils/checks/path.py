# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stage path: what happens to packets once a client is in."""

from __future__ import annotations

from ansible_collections.vpnops.pptp.plugins.plugin_utils import pools
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks.address import pool_proof
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks.common import (
    Check,
    after_reboot,
    by_logs,
    fail,
    is_client_only,
    ok,
    option_source,
    skip,
    unknown,
    warn,
)
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks.control import sureness
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain import Explanation
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain_gre import CLOSED, flow, flow_proof
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import INFO, LIKELY, POSSIBLE, Finding, Proof

OVERHEAD = 40        # IPv4 20, GRE with sequence and acknowledgement 16, PPP 4 (RFC 2637, section 4.1)
MPPE_OVERHEAD = 4    # coherency count and inner protocol (RFC 3078, section 3); pppd takes it off its own mtu
DEFAULT_MTU = 1500   # pppd without the option mtu
_SMALL_WAN = 1480    # below this, packets of a usual LAN do not fit even before the tunnel is added
_CLIENT = 'this host is a PPTP client'


def forwarding(facts: Facts, logs: Explanation) -> Finding:
    """net.ipv4.ip_forward."""
    slug = 'ip-forward-off'
    if is_client_only(facts):
        return skip(slug, _CLIENT)
    value = facts.flag('pptp_addressing', 'ip_forward')
    if value is None:
        return unknown(slug, facts, 'pptp_addressing.ip_forward')
    proof = Proof('pptp_addressing.ip_forward', value, '/proc/sys/net/ipv4/ip_forward')
    return ok(slug, proof) if value else fail(slug, proof)


def forward_rules(facts: Facts, logs: Explanation) -> Finding:
    """The FORWARD chain for packets from ppp interfaces, and for the answers to them."""
    slug, names = 'forward-blocked', ('forward_from_ppp', 'forward_to_ppp')
    if is_client_only(facts):
        return skip(slug, _CLIENT)
    closed = [name for name in names if flow(facts, name) in CLOSED]
    if closed:
        return fail(slug, *(flow_proof(facts, name) for name in closed), confidence=sureness(facts))
    if flow(facts, names[0]) == 'accept' and facts.text('pptp_firewall', 'flows', names[1], 'verdict') != 'unknown':
        return ok(slug, *(flow_proof(facts, name) for name in names if flow(facts, name)))
    return unknown(slug, facts, *('pptp_firewall.flows.' + name for name in names))


def _lan_of(facts: Facts, pool: pools.netaddr.IPSet) -> tuple[str, pools.netaddr.IPNetwork] | None:
    """The interface whose network holds the whole pool."""
    for name, item in pools.interfaces(facts) or []:
        if item.prefixlen < 31 and pool.issubset(pools.netaddr.IPSet(item.cidr)):
            return name, item
    return None


def masquerade(facts: Facts, logs: Explanation) -> Finding:
    """Private pools on the way out; a routed network needs none, so absence alone is only suspicious."""
    slug = 'no-masquerade'
    if is_client_only(facts):
        return skip(slug, _CLIENT)
    pool, verdict = pools.pool(facts, 'remoteip'), flow(facts, 'masquerade')
    if verdict == 'yes':
        return after_reboot(slug, facts, 'masquerade', 'Addresses of clients are translated') or \
            ok(slug, flow_proof(facts, 'masquerade'))
    if pool is None or verdict is None:
        return unknown(slug, facts, 'pptp_conf.remoteip', 'pptp_firewall.flows.masquerade')
    if not pools.is_private(pool):
        return skip(slug, 'the pool has public addresses')
    if _lan_of(facts, pool):
        return skip(slug, 'the pool lies in the LAN of this host, whose router serves it')
    inwards = facts.rows('pptp_firewall', 'flows', 'masquerade', 'elsewhere', width=3)
    if inwards:
        return ok(slug, *(Proof('pptp_firewall.flows.masquerade', 'out of %s: %s' % (name, rule), str(source))
                          for name, rule, source in inwards))
    proof = (pool_proof(facts, 'remoteip', pool), Proof('pptp_firewall.flows.masquerade', 'no', 'NAT rules'))
    others = [Proof('pptp_firewall.rules', str(text), str(source or ''))
              for source, text in facts.rows('pptp_firewall', 'rules', width=2) or []
              if 'masquerade' in str(text).lower() or 'snat' in str(text).lower()]
    if others:
        return fail(slug, *proof, *others[:3], confidence=LIKELY, title='NAT is set up, and does not cover the pool')
    return warn(slug, *proof, confidence=POSSIBLE,
                title='Private addresses leave without translation: right only where the next router routes them back')


def proxy(facts: Facts, logs: Explanation) -> Finding:
    """Pools inside the LAN."""
    slug = 'proxyarp'
    if is_client_only(facts):
        return skip(slug, _CLIENT)
    pool, own = pools.pool(facts, 'remoteip'), pools.interfaces(facts)
    if pool is None or own is None:
        return unknown(slug, facts, 'pptp_conf.remoteip', 'pptp_addressing.interfaces')
    lan = _lan_of(facts, pool)
    if lan is None:
        return skip(slug, 'the pool does not lie in a network of this host')
    proof = (pool_proof(facts, 'remoteip', pool),
             Proof('pptp_addressing.interfaces', '%s on %s' % (lan[1].cidr, lan[0]), 'addresses'))
    option = facts.flag('pptp_pppd', 'effective', 'proxyarp')
    if option:
        return ok(slug, *proof, Proof('pptp_pppd.effective.proxyarp', True, option_source(facts, 'proxyarp')))
    if option is None:
        return unknown(slug, facts, 'pptp_pppd.effective.proxyarp')
    if facts.flag('pptp_addressing', 'proxy_arp'):
        return ok(slug, *proof, Proof('pptp_addressing.proxy_arp', True, 'sysctl'))
    return fail(slug, *proof, Proof('pptp_pppd.effective.proxyarp', False), confidence=LIKELY)


def mtu(facts: Facts, logs: Explanation) -> Finding:
    """The MTU of the tunnel against that of the outer link."""
    slug = 'mtu-fragmentation'
    said = by_logs(slug, logs)
    if said:
        return said
    if is_client_only(facts):
        return unknown(slug, facts, 'pptp_logs.sessions')
    wan, given = facts.number('pptp_addressing', 'wan_mtu'), facts.number('pptp_pppd', 'effective', 'mtu')
    if wan is None or given is None and not facts.flag('pptp_pppd', 'complete'):
        return unknown(slug, facts, 'pptp_addressing.wan_mtu', 'pptp_pppd.effective.mtu')
    size = given if given is not None else DEFAULT_MTU
    proof = (Proof('pptp_pppd.effective.mtu', size, option_source(facts, 'mtu') or "pppd's default"),
             Proof('pptp_addressing.wan_mtu', wan, 'outer interface'))
    if size + OVERHEAD <= wan:
        return ok(slug, *proof)
    clamp = facts.get('pptp_firewall', 'mss_clamp')
    clamped = isinstance(clamp, int) and clamp + 40 + MPPE_OVERHEAD + OVERHEAD <= wan
    if wan < _SMALL_WAN and not clamped and given is not None:
        return fail(slug, *proof, confidence=LIKELY)
    return warn(slug, *proof, title='Full packets of the tunnel are fragmented on the outer link')


def _segment(facts: Facts, size: int) -> int:
    """The TCP segment that fits a tunnel with this option mtu: less 40 for IP and TCP, and what MPPE takes."""
    mppe = facts.text('pptp_pppd', 'effective', 'mppe') == 'require'
    return size - 40 - (MPPE_OVERHEAD if mppe else 0)


def mss(facts: Facts, logs: Explanation) -> Finding:
    """The clamp, where the tunnel is narrower than a LAN."""
    slug = 'mss-clamp-missing'
    if is_client_only(facts):
        return skip(slug, _CLIENT)
    clamp = facts.get('pptp_firewall', 'mss_clamp')
    proofs = (Proof('pptp_firewall.mss_clamp', clamp, 'mangle rules'),)
    size = facts.number('pptp_pppd', 'effective', 'mtu')
    if isinstance(clamp, int) and size is not None and clamp > _segment(facts, size):
        return warn(slug, *proofs, Proof('pptp_pppd.effective.mtu', size, option_source(facts, 'mtu')),
                    title='The MSS clamp lets segments pass that do not fit the tunnel: %d is the most' % _segment(
                        facts, size))
    if clamp is not None:
        return ok(slug, *proofs)
    if not facts.flag('pptp_firewall', 'readable') or flow(facts, 'masquerade') is None:
        return unknown(slug, facts, 'pptp_firewall.mss_clamp')
    wan = facts.number('pptp_addressing', 'wan_mtu')
    trouble = logs.log.seen('gre-xmit-size', 'pptp-too-long')
    if trouble or wan is not None and wan < DEFAULT_MTU:
        proof = [Proof('pptp_firewall.mss_clamp', None, 'mangle rules'), Proof('pptp_addressing.wan_mtu', wan)]
        return warn(slug, *proof, *([trouble.proof()] if trouble else []), severity=INFO)
    return ok(slug, Proof('pptp_addressing.wan_mtu', wan, 'nothing says that path MTU discovery is broken'))


_READS = ('pptp_logs', 'pptp_host', 'pptp_addressing', 'pptp_firewall', 'pptp_conf', 'pptp_pppd')
CHECKS = (
    Check('ip-forward-off', _READS, forwarding),
    Check('forward-blocked', _READS, forward_rules),
    Check('no-masquerade', _READS, masquerade),
    Check('proxyarp', _READS, proxy),
    Check('mtu-fragmentation', _READS, mtu),
    Check('mss-clamp-missing', _READS, mss),
)
