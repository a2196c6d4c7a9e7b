# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a RADIUS server that was read says of one VPN server: what it is guilty of, and what it is clear of."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils import signatures
from ansible_collections.vpnops.pptp.plugins.plugin_utils import (
    explain_directory,
    pools,
    radius_clients as rc,
)
from ansible_collections.vpnops.pptp.plugins.plugin_utils.blame import Blame, Candidate, ranked
from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog import CAUSES
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import CERTAIN, LIKELY, POSSIBLE, Proof
from ansible_collections.vpnops.pptp.plugins.plugin_utils.fleet_radius_late import bare
from ansible_collections.vpnops.pptp.plugins.plugin_utils.sessions import Line, Log

Entry = dict[str, t.Any]
_SURE = 90      # weight of a signature that allows no other reading
_PREFIX = re.compile(r'(?:(?:mschap|pap|chap|eap|expiration|rlm_\w+|ERROR|FAILED): *)*')


class Server(t.NamedTuple):
    """A RADIUS server of the inventory: its *host* name, the *names* and *addresses* it goes by, its *facts* and its
    own failing *findings*."""

    host: str
    names: frozenset[str]
    addresses: frozenset[str]
    facts: Facts
    findings: tuple[Entry, ...]


class Guilt(t.NamedTuple):
    """A *cause* that lies at the RADIUS server, with its proofs there. A *possible* one is the first of *readings* that
    the same words have, and decides nothing."""

    cause: str
    confidence: str
    proof: tuple[Proof, ...]
    readings: tuple[Candidate, ...] = ()


class View(t.NamedTuple):
    """What a server says of a VPN server: *guilt*, the first explains the others, and ``{cause: why it is not so}``."""

    guilt: tuple[Guilt, ...]
    clear: dict[str, Proof]


def of(server: Server, port: int, ours: t.Collection[str], users: t.Collection[str] = ()) -> View:
    """The view of *server*, asked at UDP *port*, of a VPN server with the addresses *ours*, of whose *users* logins
    were refused."""
    facts, guilt = server.facts, t.cast('list[Guilt]', [])
    clear: dict[str, Proof] = {}
    closed = rc.silent_port(facts, port, server.addresses)
    if closed:
        guilt.append(Guilt('radius-unreachable', CERTAIN, (closed,)))
    guilt += _unknown(facts, ours, clear)
    closed_to = rc.stopped(facts, port)
    for client in dict.fromkeys(item for item in (rc.covering(facts, address) for address in ours) if item):
        guilt += _demand(facts, client, clear)
        if (client.address, port) in closed_to:
            guilt.append(Guilt('radius-unreachable', CERTAIN, (closed_to[client.address, port],)))
    guilt += [Guilt('radius-secret-mismatch', CERTAIN, (line.proof(), *_client(facts, line.address)))
              for line in rc.lines(facts, 'mismatch') if line.address in ours and line.since is not False][:1]
    guilt += [Guilt(str(item['cause']), str(item['confidence']), _proofs(item)) for item in server.findings
              if item['cause'] not in {found.cause for found in guilt} and item['cause'] not in _PER_CLIENT]
    return View(tuple(guilt + _refusals(facts, users)), clear)


#: Causes of which a server is guilty towards some clients: its own findings may be about others.
_PER_CLIENT = ('radius-unknown-client', 'radius-secret-mismatch', 'radius-message-authenticator', 'radius-unreachable')


def _unknown(facts: Facts, ours: t.Collection[str], clear: dict[str, Proof]) -> list[Guilt]:
    for line in rc.lines(facts, 'unknown'):
        if line.address in ours and rc.current(facts, line):
            return [Guilt('radius-unknown-client', CERTAIN, (line.proof(), *_client(facts, line.address)))]
    known = [item for item in (rc.covering(facts, address) for address in ours) if item]
    if known:
        clear['radius-unknown-client'] = Proof(rc.SUBJECT + '.clients', 'client %s is %s' % (
            known[0].name, known[0].address), known[0].source)
        return []
    if not ours or not rc.complete(facts):
        return []
    rows = rc.clients(facts)
    words = 'no client section has %s, only %s' % (', '.join(sorted(ours)[:4]), ', '.join(
        '%s (%s)' % (item.name, item.address) for item in rows[:5]) or 'none at all')
    source = rows[0].source.rpartition(':')[0] if rows else '%s/clients.conf' % facts.text(rc.SUBJECT, 'config_dir')
    return [Guilt('radius-unknown-client', LIKELY, (Proof(rc.SUBJECT + '.clients', words, source),))]


def _client(facts: Facts, address: str) -> tuple[Proof, ...]:
    entry = rc.covering(facts, address)
    return () if entry is None else (
        Proof(rc.SUBJECT + '.clients', 'client %s is %s' % (entry.name, entry.address), entry.source),)


def _demand(facts: Facts, client: rc.Client, clear: dict[str, Proof]) -> list[Guilt]:
    demand = rc.demands(facts, client)
    if demand:
        return [Guilt('radius-message-authenticator', CERTAIN, (demand,))]
    if client.choice != '?':
        clear['radius-message-authenticator'] = Proof(
            rc.SUBJECT + '.clients', 'client %s need not send a Message-Authenticator' % client.name, client.source)
    return []


def _proofs(item: Entry) -> tuple[Proof, ...]:
    return tuple(Proof(str(proof.get('fact') or ''), proof.get('value'), str(proof.get('source') or ''))
                 for proof in item.get('evidence') or [])


def _refusals(facts: Facts, users: t.Collection[str]) -> list[Guilt]:
    """Why the newest login of one of *users* was refused, by the log of the server."""
    found, log, asked = t.cast('list[Guilt]', []), Log(facts), {bare(name) for name in users}
    for name, _client_name, good, reason, source, time in facts.rows(rc.SUBJECT, 'log_users', width=6) or []:
        row = signatures.match('radius', _PREFIX.sub('', reason, count=1)) if isinstance(reason, str) else None
        if good is False and row is not None and bare(name) in asked:
            words = 'the login of %s was refused: %s' % (name, reason)
            proof = Proof(rc.SUBJECT + '.log_users', words, str(source))
            found += _refusal(facts, log, str(name), Line(row, 1, str(reason), str(source), str(time)), proof)
    return found


def _refusal(facts: Facts, log: Log, user: str, line: Line, proof: Proof) -> list[Guilt]:
    """Of what *user* was refused for by *line*: texts of the domain that stand for several causes decide nothing."""
    told = Blame(ranked(explain_directory.candidates(facts, log, line)))
    if told.candidates:
        chosen = told.decided
        if chosen is None:
            return [Guilt(told.candidates[0].cause, POSSIBLE, (proof,), told.candidates)]
        return [Guilt(chosen.cause, told.confidence, (proof, *(item for item in chosen.proof if item != line.proof())))]
    slug = _cause(line.row, user)
    return [Guilt(slug, CERTAIN if line.row.weight >= _SURE else LIKELY, (proof,))] if slug in CAUSES else []


def _cause(row: signatures.Signature | None, user: str) -> str:
    if row is None or row.kind != 'cause' or row.id == 'rad-reject':
        return ''
    slugs = row.cause.split('|')
    return 'username-domain-format' if 'username-domain-format' in slugs and re.search(r'[\\@]', user) else slugs[0]


def own_addresses(facts: Facts) -> list[str]:
    """The addresses of a host, without loopback and tunnels."""
    return [str(item.ip) for _name, item in pools.interfaces(facts) or []]
