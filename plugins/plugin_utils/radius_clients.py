# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a FreeRADIUS makes of one VPN server: its entry among the clients, and whether its requests are dropped."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils import pools
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain_gre import CLOSED
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import Proof

SUBJECT = 'pptp_freeradius'
AUTO_SINCE = (3, 2, 5)      # and 3.0.27: the first that learn what a client can (CVE-2024-3596)


class Client(t.NamedTuple):
    """A client section: its *name*, *address* or prefix, own *choice* of require_message_authenticator, *source*."""

    name: str
    address: str
    choice: str | None
    source: str


class Line(t.NamedTuple):
    """What the log said about a client: *what* is unknown, mismatch or demanded; *since*: by the server that runs."""

    what: str
    kind: str
    address: str
    client: str
    text: str
    source: str
    since: bool | None

    def proof(self) -> Proof:
        """This line as evidence."""
        return Proof(SUBJECT + '.log_clients', self.text, self.source)


def here(facts: Facts) -> bool:
    """Whether this host is, or was meant to be, a RADIUS server."""
    return facts.flag(SUBJECT, 'installed') is True or facts.text(SUBJECT, 'config_dir') is not None


def clients(facts: Facts) -> list[Client]:
    """The client sections that were read."""
    return [Client(str(name or ''), str(address or ''), choice if isinstance(choice, str) else None, str(source or ''))
            for name, address, _secret, choice, source in facts.rows(SUBJECT, 'clients', width=5) or []]


def complete(facts: Facts) -> bool:
    """Whether these are all: no file unread, no name instead of an address, none from a database."""
    return facts.flag(SUBJECT, 'clients_complete') is True and all(
        ':' in item.address or pools.network(item.address) is not None for item in clients(facts))


def covering(facts: Facts, address: str) -> Client | None:
    """The client section that counts for requests from *address*: the longest prefix (main/client.c, client_find)."""
    target = pools.address(address)
    found = [(network.prefixlen, item) for item in clients(facts) for network in [pools.network(item.address)]
             if network is not None and target is not None and target in network]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def learns(facts: Facts) -> bool | None:
    """Whether this version has ``auto``, which learns from the first packet; ``None`` where it is not known."""
    version = facts.text(SUBJECT, 'version')
    numbers = tuple(int(part) for part in re.findall(r'\d+', version or '')[:3])
    if len(numbers) < 3:
        return None
    return numbers >= AUTO_SINCE or (3, 0, 27) <= numbers < (3, 1)


def demands(facts: Facts, client: Client) -> Proof | None:
    """The proof that requests of *client* without Message-Authenticator are dropped: by its own section, by that of
    the server, or because the server has learned so since it started."""
    if client.choice == 'yes':
        return Proof(SUBJECT + '.clients', 'require_message_authenticator = yes for client %s' % client.name,
                     client.source)
    if client.choice == 'no' or client.choice == '?':
        return None
    general = facts.text(SUBJECT, 'security', 'require_message_authenticator')
    if client.choice is None and general == 'yes' and learns(facts) is not False:
        return Proof(SUBJECT + '.security.require_message_authenticator',
                     'require_message_authenticator = yes for all clients without a choice of their own',
                     facts.text(SUBJECT, 'security', 'source') or '')
    if client.choice is None and general == 'no':
        return None
    return learned(facts, client)


def learned(facts: Facts, client: Client) -> Proof | None:
    """The line with which the server that runs learned that *client* sends a Message-Authenticator."""
    for name, value, source, _time in facts.rows(SUBJECT, 'learned', width=4) or []:
        if name == client.name and value == 'true':
            return Proof(SUBJECT + '.learned', 'Setting "require_message_authenticator = true" for client %s' % name,
                         str(source or ''))
    return None


def lines(facts: Facts, what: str) -> list[Line]:
    """What the log said about clients, the newest first."""
    rows = facts.rows(SUBJECT, 'log_clients', width=9) or []
    return [Line(str(row[0]), str(row[1]), str(row[2]), str(row[3] or ''), str(row[5] or ''), str(row[6] or ''),
                 row[8] if isinstance(row[8], bool) else None) for row in rows if row[0] == what]


def current(facts: Facts, line: Line) -> bool:
    """Whether what *line* says of an unknown client still holds: no entry covers it, or the server that runs printed it
    and reads clients.conf only when it starts."""
    return covering(facts, line.address) is None or line.since is True


def listens(facts: Facts, kind: str = 'auth') -> list[tuple[str, int, str]]:
    """``(address, port, source)`` where requests of *kind* are taken, by the configuration."""
    found = []
    for site in facts.maps(SUBJECT, 'sites') or []:
        for row in site.get('listens') or []:
            if isinstance(row, (list, tuple)) and len(row) == 4 and isinstance(row[2], int) and \
                    row[0] in (kind, 'auth+acct'):
                found.append((str(row[1]), row[2], str(row[3] or '')))
    return found


def silent_port(facts: Facts, port: int, own: t.Collection[str] = ()) -> Proof | None:
    """The proof that nobody takes requests at UDP *port* (at one of the addresses *own*, where they are given)."""
    if facts.flag(SUBJECT, 'running') is False:
        return Proof(SUBJECT + '.running', 'FreeRADIUS does not run', 'processes')
    sockets = facts.rows(SUBJECT, 'sockets', width=2)
    watched = port in (1812, 1813, 1645, 1646)
    taken = [str(address) for address, number in sockets or [] if number == port]
    if sockets is not None and watched and not taken:
        other = sorted({number for _address, number in sockets if isinstance(number, int)})
        return Proof(SUBJECT + '.sockets', 'nobody listens on UDP %d%s' % (
            port, ', but on %s' % ', '.join(map(str, other)) if other else ''), '/proc/net/udp')
    if taken and all(address.startswith('127.') or address not in own and own and not _any(address)
                     for address in taken):
        return Proof(SUBJECT + '.sockets', 'UDP %d is taken at %s only' % (port, ', '.join(taken)), '/proc/net/udp')
    if sockets is None:
        return _by_configuration(facts, port)
    return None


def stopped(facts: Facts, port: int | None = None) -> dict[tuple[str, int], Proof]:
    """``{(client's address, port): proof}`` of the clients whose requests, or answers, the rules of this host stop."""
    found: dict[tuple[str, int], Proof] = {}
    for row in facts.maps('pptp_firewall', 'radius_served') or []:
        for way, words in (('in', 'from'), ('out', 'back to')):
            flow = row.get(way)
            at = row.get('port')
            if isinstance(flow, dict) and flow.get('verdict') in CLOSED and isinstance(at, int) and port in (None, at):
                said = '%s UDP %d %s client %s: %s' % (flow['verdict'], at, words, row.get('client'), flow.get('rule'))
                proof = Proof('pptp_firewall.radius_served', said, str(flow.get('source') or ''))
                found.setdefault((str(row.get('address')), at), proof)
    return found


def _any(address: str) -> bool:
    return address in ('0.0.0.0', '::', '*', '::?')


def _by_configuration(facts: Facts, port: int) -> Proof | None:
    found = listens(facts) + listens(facts, 'acct')
    if not found or any(number == port and not address.startswith('127.') for address, number, _source in found):
        return None
    address, number, source = found[0]
    return Proof(SUBJECT + '.sites', 'no virtual server listens on UDP %d: %s:%d' % (port, address, number), source)
