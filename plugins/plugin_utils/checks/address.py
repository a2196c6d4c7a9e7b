# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stage address: pools, overlaps and the route to the server."""

from __future__ import annotations

import re

from ansible_collections.vpnops.pptp.plugins.plugin_utils import pools, secrets
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks.common import (
    Check,
    blamed,
    by_logs,
    fail,
    is_client_only,
    not_pptpd,
    ok,
    passed,
    skip,
    suspected,
    unknown,
    warn,
)
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks.service import capacity, conf_errors
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain import Explanation
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import LIKELY, MAJOR, Finding, Proof


def pool_proof(facts: Facts, name: str, pool: pools.netaddr.IPSet) -> Proof:
    """A pool as evidence."""
    given = facts.items('pptp_conf', 'directives', name) or []
    source = str(given[1]) if len(given) > 1 else "pptpd's default"
    return Proof('pptp_conf.%s' % name, pools.show(pool), source)


def assigned(facts: Facts, logs: Explanation) -> Finding:
    """Who gives addresses."""
    slug = 'ip-pool-not-assigned'
    if not_pptpd(facts, slug):
        return by_logs(slug, logs) or (passed(slug, logs) if is_client_only(facts) else None) \
            or not_pptpd(facts, slug) or skip(slug, '')
    delegate = facts.items('pptp_conf', 'directives', 'delegate')
    backend = secrets.backend(facts)
    said = by_logs(slug, logs)
    if delegate and backend == 'secrets' and not logs.log.passed('address') and not _fixed_addresses(facts):
        return fail(slug, Proof('pptp_conf.directives.delegate', True, str(delegate[-1])),
                    Proof('pptp_pppd.effective.backend', backend), confidence='likely' if said is None else 'certain')
    if said:
        return said
    defaults = facts.items('pptp_conf', 'defaults_used')
    if defaults and not delegate:
        return warn(slug, Proof('pptp_conf.defaults_used', ', '.join(map(str, defaults)),
                                facts.text('pptp_conf', 'path') or ''),
                    title="pptpd uses addresses of its own choice (192.168.0.1, 192.168.1.1-100)")
    pool = pools.pool(facts, 'remoteip')
    if pool:
        return ok(slug, pool_proof(facts, 'remoteip', pool))
    return passed(slug, logs) or unknown(slug, facts, 'pptp_conf.remoteip')


def _fixed_addresses(facts: Facts) -> bool:
    """Whether pppd has addresses of its own: an option ``local:remote``."""
    return any(name in ('addresses', 'local:remote') for name, _args, _source in
               facts.rows('pptp_pppd', 'options', width=3) or [])


def exhausted(facts: Facts, logs: Explanation) -> Finding:
    """Calls against the pool."""
    return capacity('ip-pool-exhausted', facts, logs)


def conflict(facts: Facts, logs: Explanation) -> Finding:
    """Pool addresses that are taken."""
    slug = 'ip-pool-conflict'
    if not_pptpd(facts, slug):
        return by_logs(slug, logs) or (passed(slug, logs) if is_client_only(facts) else None) \
            or not_pptpd(facts, slug) or skip(slug, '')
    twice = conf_errors(facts, ('duplicate',))
    if twice and facts.flag('pptp_daemon', 'running'):
        return warn(slug, *twice, title='remoteip holds an address twice: pptpd may not start again', severity=MAJOR)
    if twice:
        return fail(slug, *twice)
    pool, local = pools.pool(facts, 'remoteip'), pools.pool(facts, 'localip')
    own = pools.interfaces(facts)
    taken = [(name, item.ip) for name, item in own or [] if pool and item.ip in pool]
    if pool and taken:
        found = [Proof('pptp_addressing.interfaces', '%s on %s' % (ip, name), 'addresses') for name, ip in taken[:4]]
        return fail(slug, pool_proof(facts, 'remoteip', pool), *found, confidence=LIKELY)
    if pool and local and local & pool:
        return fail(slug, pool_proof(facts, 'remoteip', pool), pool_proof(facts, 'localip', local), confidence=LIKELY)
    said = by_logs(slug, logs)
    if said:
        return said
    if pool and own is not None:
        return ok(slug, pool_proof(facts, 'remoteip', pool))
    return passed(slug, logs) or unknown(slug, facts, 'pptp_conf.remoteip', 'pptp_addressing.interfaces')


def overlap(facts: Facts, logs: Explanation) -> Finding:
    """The pool against networks that lie elsewhere."""
    slug = 'subnet-overlap'
    said = blamed(slug, logs)
    if said:
        return said
    if is_client_only(facts):
        return _client_overlap(facts, logs)
    pool, own = pools.pool(facts, 'remoteip'), pools.interfaces(facts)
    if not pool or own is None:
        return suspected(slug, logs) or unknown(slug, facts, 'pptp_conf.remoteip', 'pptp_addressing.interfaces')
    hits = _routes_over(facts, pool, own)
    defaults = 'remoteip' in (facts.items('pptp_conf', 'defaults_used') or [])
    if not facts.flag('pptp_pppd', 'effective', 'proxyarp'):
        hits += [Proof('pptp_addressing.interfaces', '%s on %s' % (item.cidr, name), 'addresses')
                 for name, item in own if pools.overlaps(pool, item, defaults)]
    if hits:
        return fail(slug, pool_proof(facts, 'remoteip', pool), *hits[:4], confidence=LIKELY)
    return suspected(slug, logs) or ok(slug, pool_proof(facts, 'remoteip', pool))


def _routes_over(facts: Facts, pool: pools.netaddr.IPSet,
                 own: list[tuple[str, pools.netaddr.IPNetwork]]) -> list[Proof]:
    """Routes to pool addresses by way of another device or gateway, which are not the LAN itself."""
    lans = {item.cidr for _name, item in own}
    found = []
    for cidr, device in facts.rows('pptp_addressing', 'routes', width=2) or []:
        route = pools.network(cidr)
        if route is None or route.prefixlen in (0, 32) or route.cidr in lans or pools.is_tunnel(device):
            continue
        if pool & pools.netaddr.IPSet(route.cidr) and route.prefixlen >= 12:
            found.append(Proof('pptp_addressing.routes', '%s dev %s' % (cidr, device), 'routes'))
    return found


def _client_overlap(facts: Facts, logs: Explanation) -> Finding:
    slug = 'subnet-overlap'
    tunnels, own = pools.interfaces(facts, tunnels=True), pools.interfaces(facts)
    if not tunnels or not own:
        return suspected(slug, logs) or unknown(slug, facts, 'pptp_addressing.interfaces')
    both = [(tunnel, lan, name) for _ppp, tunnel in tunnels for name, lan in own
            if tunnel.ip in lan.cidr and lan.prefixlen < 32]
    if both:
        tunnel, lan, name = both[0]
        value = 'tunnel %s lies in %s on %s' % (tunnel.ip, lan.cidr, name)
        return fail(slug, Proof('pptp_addressing.interfaces', value, 'addresses'), confidence=LIKELY)
    return suspected(slug, logs) or ok(slug, Proof('pptp_addressing.interfaces', str(tunnels[0][1].ip), 'addresses'))


def loop(facts: Facts, logs: Explanation) -> Finding:
    """On a client: the way to the server."""
    slug = 'routing-loop'
    said = by_logs(slug, logs)
    if said:
        return said
    if facts.text('pptp_host', 'role') == 'server':
        return skip(slug, 'only the routes of a client can lead into its own tunnel')
    server = _server_of_client(facts)
    route = pools.route_to(facts, server) if server is not None else None
    if server is None or route is None:
        return passed(slug, logs) or unknown(slug, facts, 'pptp_pppd.peers', 'pptp_addressing.routes')
    proof = Proof('pptp_addressing.routes', '%s goes by %s dev %s' % (server, route[0], route[1]), 'routes')
    return fail(slug, proof) if pools.is_tunnel(route[1]) else ok(slug, proof)


def _server_of_client(facts: Facts) -> pools.netaddr.IPAddress | None:
    """The address after ``pptp`` in the ``pty`` option, or of the plugin's ``pptp_server``."""
    for peer in facts.maps('pptp_pppd', 'peers') or []:
        for name, args, _source in Facts({'x': peer}).rows('x', 'options', width=3) or []:
            words = ' '.join(map(str, args)) if isinstance(args, list) else ''
            found = re.search(r'(?:pptp|^)\s+(?:--?\S+\s+)*(\d{1,3}(?:\.\d{1,3}){3})\b', ' ' + words) \
                if name in ('pty', 'pptp_server') else None
            if found:
                return pools.address(found.group(1))
    return None


_HOST = ('pptp_logs', 'pptp_host', 'pptp_daemon')
CHECKS = (
    Check('ip-pool-conflict', _HOST + ('pptp_conf', 'pptp_addressing'), conflict),
    Check('ip-pool-not-assigned', _HOST + ('pptp_conf', 'pptp_pppd'), assigned),
    Check('ip-pool-exhausted', _HOST + ('pptp_conf', 'pptp_addressing'), exhausted),
    Check('subnet-overlap', _HOST + ('pptp_conf', 'pptp_addressing', 'pptp_pppd'), overlap),
    Check('routing-loop', ('pptp_logs', 'pptp_host', 'pptp_pppd', 'pptp_addressing'), loop),
)
