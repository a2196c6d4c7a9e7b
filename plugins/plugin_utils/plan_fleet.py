# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One plan over both ends of RADIUS: a RADIUS server is planned with what the VPN servers of the run suffer from it,
and a VPN server knows what is done there.

The facts ``pptp_fleet`` carry it: ``{own, clients: [{cause, host, address}]}`` of a RADIUS server, ``{own, server,
fixed: [cause, ..], ports: [port, ..]}`` of a VPN server whose RADIUS server is to blame.
"""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils import (
    finding as fi,
    fleet_radius as fr,
    plan,
    radius_clients as rc,
)
from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog import CAUSES
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts, listed
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_step import FLEET, Choices

Entry = dict[str, t.Any]
_BOTH = 'radius-secret-mismatch'
_OURS = ('radius-', 'ad-')   # causes that are the server's; of a user's own trouble nothing is planned there
_AUTH_PORTS = (1812, 1645)   # RFC 2865 section 3, and the older one


class Fleet(t.NamedTuple):
    """The entries of the run: *radius* servers, and the *vpn* servers that may ask them."""

    radius: tuple[Entry, ...] = ()
    vpn: tuple[Entry, ...] = ()


class Blame(t.NamedTuple):
    """The *server* (its name in the inventory) that a VPN server puts its failure down to, and the *cause*."""

    server: str
    cause: str


def prepared(entry: Entry, fleet: Fleet, choices: Choices) -> Entry:
    """*entry* as the others of *fleet* show it, with the facts that the planners of RADIUS read."""
    servers = fr.servers(fleet.radius)
    if not servers or not entry.get('facts'):
        return entry
    if entry.get('role') == fr.ROLE:
        return accused(entry, [fr.confirm(each, servers) for each in fleet.vpn], servers)
    found = fr.confirm(entry, servers)
    blame = blamed(found, servers)
    if blame is None:
        return found
    server = next(item for item in [*servers, *fr.servers([entry])] if item.host == blame.server)
    ports = {row[1] for row in server.facts.rows(rc.SUBJECT, 'sockets', width=2) or []} & set(_AUTH_PORTS)
    there = next((each for each in fleet.radius if each.get('host') == server.host != entry.get('host')), None)
    fixed = plan.make(prepared(there, fleet, choices), choices).causes if there and there.get('role') == fr.ROLE else []
    own = {'own': str(entry['host']), 'server': server.host, 'ports': sorted(ports), 'fixed': fixed}
    if server.host == entry.get('host'):
        own['clients'] = _asking(found, servers, blame)
    return dict(found, facts={**found['facts'], FLEET: own})


def blamed(entry: Entry, servers: t.Sequence[fr.Server]) -> Blame | None:
    """The RADIUS server that *entry* of a VPN server, already confirmed, puts its failure down to. A secret that
    differs is a matter of both ends, whatever either of them says: nothing tells which one is wrong."""
    cause = str(entry['verdict'].get('cause'))
    if entry.get(fr.KEY):
        return Blame(str(entry[fr.KEY]), cause)
    if not any(item['cause'] == _BOTH and item['result'] == fi.FAIL for item in entry['findings']):
        return None
    links = fr.links(Facts(entry['facts']), servers)
    return next((Blame(link.server.host, _BOTH) for link in links if link.sure), None)


def accused(entry: Entry, vpn: t.Sequence[Entry], servers: t.Sequence[fr.Server]) -> Entry:
    """*entry* of a RADIUS server with what VPN servers blame it for as its own findings."""
    pairs = [(each, blamed(each, servers)) for each in vpn if each.get('facts')]
    mine = [(each, blame) for each, blame in pairs if blame and blame.server == entry['host']
            and blame.cause.startswith(_OURS)]
    findings = {str(item['cause']): item for item in entry['findings']}
    for each, blame in mine:
        findings[blame.cause] = _own(entry, each, blame.cause, findings.get(blame.cause))
    clients = [row for each, blame in mine for row in _asking(each, servers, blame)]
    return dict(entry, findings=list(findings.values()),
                facts={**entry['facts'], FLEET: {'own': str(entry['host']), 'clients': clients}})


def _asking(entry: Entry, servers: t.Sequence[fr.Server], blame: Blame) -> list[Entry]:
    """The addresses from which the VPN server of *entry* asks the one that it blames."""
    facts, found = Facts(entry['facts']), t.cast('list[Entry]', [])
    for link in fr.links(facts, [*servers, *fr.servers([entry])]):
        if link.server.host == blame.server:
            own = fr.addresses(facts, link)
            told = [line.address for line in rc.lines(link.server.facts, 'unknown') if line.address in own]
            sent = [str(row.get('source')) for row in facts.maps('pptp_radius_probe', 'servers') or []
                    if row.get('kind') == 'auth' and row.get('source')]
            known = [item for item in own if rc.covering(link.server.facts, item)]
            address = next(iter(told[:1] or sent[:1] or known[:1] or (own if len(own) == 1 else [])), None)
            found += [{'cause': blame.cause, 'host': str(entry['host']), 'address': address}] if address else []
    return found


def _own(entry: Entry, vpn: Entry, cause: str, old: Entry | None) -> Entry:
    """What *vpn* says of *entry*, as a finding of its own."""
    told = next(item for item in vpn['findings'] if item['cause'] == cause)
    host = str(entry['host'])
    proofs = [dict(proof, fact=_without(proof.get('fact'), host + ' '),
                   source=_without(proof.get('source'), host + ':'))
              for proof in listed(told.get('evidence')) if str(proof.get('fact') or '').startswith(host + ' ')]
    entry_ = CAUSES[cause]
    found = fi.Finding(cause, entry_.stage, fi.FAIL, entry_.severity, '%s (%s)' % (entry_.title, vpn['host']), (),
                       told['confidence'], (), entry_.fix).as_dict()
    seen = listed(old.get('evidence')) if old and old.get('result') in (fi.FAIL, fi.WARN) else []
    return dict(found, evidence=proofs + [item for item in seen if item not in proofs])


def _without(text: t.Any, start: str) -> str:
    return str(text or '')[len(start):] if str(text or '').startswith(start) else str(text or '')


def witness(entry: Entry, fleet: Fleet) -> str:
    """The VPN server whose login tells whether *entry*, a RADIUS server, is mended: one that blames nothing else."""
    servers = fr.servers(fleet.radius)
    for each in (fr.confirm(item, servers) for item in fleet.vpn if item.get('facts')):
        bad = {item['cause'] for item in each['findings'] if item['result'] == fi.FAIL and not item.get('blocked_by')}
        blame = blamed(each, servers)
        if blame and blame.server == entry.get('host') and bad == {blame.cause}:
            return str(each['host'])
    return ''
