# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A RADIUS server (FreeRADIUS 3) behind VPN servers: does it take their requests, and send what pppd needs?

"Login OK" in its log proves nothing: with another shared secret it says so, too, and pppd drops the answer. And that a
client demands a Message-Authenticator is wrong for a VPN server only; which client is one, the inventory tells
(``fleet_radius``).
"""

from __future__ import annotations

import dataclasses

from ansible_collections.vpnops.pptp.plugins.plugin_utils import radius_clients as rc
from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog import CAUSES
from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog_entry import USER
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks import directory
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks.common import (
    Check,
    blamed,
    by_logs,
    fail,
    finding,
    ok,
    skip,
    unknown,
    warn,
)
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks.control import sureness
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain import Explanation
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import (
    FAIL,
    LIKELY,
    MAJOR,
    PASS,
    UNKNOWN,
    WARN,
    Finding,
    Fix,
    Proof,
)

ROLE = 'radius'
NOT_HERE = 'this host is a RADIUS server'
_MSCHAP = rc.SUBJECT + '.mschap'
_RESTART = Fix('FreeRADIUS reads its clients only when it starts: restart it.', 'freeradius',
               commands=('systemctl restart freeradius',))
_LOG_REJECTS = Fix('Set auth_reject = yes in the section log of radiusd.conf, and restart FreeRADIUS: without it '
                   'nothing tells why a login was refused.', 'freeradius')


def unreachable(facts: Facts, logs: Explanation) -> Finding:
    """The daemon, and the port that VPN servers ask."""
    slug = 'radius-unreachable'
    if not rc.here(facts):
        return _absent(slug, facts)
    port = next((number for _address, number, _source in rc.listens(facts) if number in (1812, 1645)), 1812)
    closed = rc.silent_port(facts, port)
    if closed:
        return fail(slug, closed, title='FreeRADIUS does not run' if closed.fact.endswith('running') else
                    'FreeRADIUS does not take requests at UDP %d' % port)
    stopped = rc.stopped(facts)
    if stopped and len(stopped) == len(facts.maps('pptp_firewall', 'radius_served') or []):
        return fail(slug, *stopped.values(), confidence=sureness(facts), title='The firewall of this host stops RADIUS')
    found = by_logs(slug, logs)
    if found and facts.flag(rc.SUBJECT, 'running') is not True:
        return found
    if stopped:
        return warn(slug, *stopped.values(), severity=MAJOR,
                    title='The firewall of this host stops the requests of some clients')
    if facts.flag(rc.SUBJECT, 'running') is None:
        return unknown(slug, facts, rc.SUBJECT + '.running')
    seen = [row for row in facts.rows(rc.SUBJECT, 'sockets', width=2) or [] if row[1] == port]
    return ok(slug, Proof(rc.SUBJECT + '.running', True, 'processes'),
              *(Proof(rc.SUBJECT + '.sockets', 'UDP %d at %s' % (row[1], row[0]), '/proc/net/udp') for row in seen[:1]))


def unknown_client(facts: Facts, logs: Explanation) -> Finding:
    """Requests of addresses that have no entry among the clients, or none that the running server has read."""
    slug = 'radius-unknown-client'
    if not rc.here(facts):
        return _absent(slug, facts)
    for line in rc.lines(facts, 'unknown'):
        entry = rc.covering(facts, line.address)
        if not rc.current(facts, line):
            continue
        if entry is not None:
            note = Proof(rc.SUBJECT + '.clients', '%s has an entry, client %s, that the running server has not read' % (
                line.address, entry.name), entry.source)
            found = fail(slug, line.proof(), note, confidence=LIKELY, title='FreeRADIUS runs with older clients')
            return dataclasses.replace(found, fix=_RESTART)
        return fail(slug, line.proof(), *_entries(facts), confidence=LIKELY,
                    title='FreeRADIUS ignores the requests of %s: no client has this address' % line.address)
    return ok(slug, *_entries(facts)) if rc.clients(facts) else unknown(slug, facts, rc.SUBJECT + '.clients')


def _entries(facts: Facts) -> tuple[Proof, ...]:
    names = ['%s (%s)' % (item.name, item.address) for item in rc.clients(facts)]
    source = (rc.clients(facts)[0].source if names else '').rpartition(':')[0]
    words = ', '.join(names[:6]) + (' and %d more' % (len(names) - 6) if len(names) > 6 else '')
    return (Proof(rc.SUBJECT + '.clients', 'the clients are ' + words, source),) if names else ()


def secret(facts: Facts, logs: Explanation) -> Finding:
    """Requests whose Message-Authenticator or accounting digest was made with another secret."""
    slug = 'radius-secret-mismatch'
    if not rc.here(facts):
        return _absent(slug, facts)
    for line in rc.lines(facts, 'mismatch'):
        if line.since is not False:
            entry = rc.covering(facts, line.address)
            where = (Proof(rc.SUBJECT + '.clients', 'client %s' % entry.name, entry.source),) if entry else ()
            return fail(slug, line.proof(), *where,
                        title='The shared secret of %s is not that of client %s' % (
                            line.address, line.client or (entry.name if entry else '?')))
    if not facts.items(rc.SUBJECT, 'log_read'):
        return unknown(slug, facts, rc.SUBJECT + '.log_read')
    return finding(slug, UNKNOWN, [Proof('', 'nothing in the log, which proves nothing: a wrong secret of a request '
                                             'for MS-CHAP is logged as Login OK; the VPN server tells')])


def authenticator(facts: Facts, logs: Explanation) -> Finding:
    """Clients whose requests are dropped unless they carry a Message-Authenticator, which pppd never sends."""
    slug = 'radius-message-authenticator'
    if not rc.here(facts):
        return _absent(slug, facts)
    for line in rc.lines(facts, 'demanded'):
        if line.since is not False:
            return fail(slug, line.proof(), confidence=LIKELY)
    found = [(item, rc.demands(facts, item)) for item in rc.clients(facts)
             if not item.address.startswith(('127.', '::1'))]
    proofs = [proof for _item, proof in found if proof]
    if proofs:
        return warn(slug, *proofs[:4], severity=MAJOR, title='VPN servers among these clients cannot log anybody in: a '
                    'Message-Authenticator is demanded of them, which pppd never sends')
    if not rc.clients(facts):
        return unknown(slug, facts, rc.SUBJECT + '.clients')
    if any(item.choice == '?' for item, _proof in found):
        return unknown(slug, facts, rc.SUBJECT + '.security')
    return ok(slug, Proof(rc.SUBJECT + '.clients', 'no client has to send a Message-Authenticator',
                          facts.text(rc.SUBJECT, 'config_dir') or ''))


def no_keys(facts: Facts, logs: Explanation) -> Finding:
    """rlm_mschap: is it asked, and does it make MPPE keys?"""
    slug = 'radius-no-mppe-keys'
    if not rc.here(facts):
        return _absent(slug, facts)
    table = facts.table(rc.SUBJECT, 'mschap')
    if table is None:
        return unknown(slug, facts, _MSCHAP)
    source = str(table.get('source') or '')
    if table.get('enabled') is False:
        return fail(slug, Proof(_MSCHAP + '.enabled', 'no module mschap is enabled',
                                (facts.text(rc.SUBJECT, 'config_dir') or '') + '/mods-enabled'), confidence=LIKELY)
    if table.get('use_mppe') is False:
        where = (table.get('sources') or {}).get('use_mppe') if isinstance(table.get('sources'), dict) else None
        return fail(slug, Proof(_MSCHAP + '.use_mppe', 'use_mppe = no: the answers carry no keys',
                                str(where or source)))
    left_out = _left_out(facts)
    if left_out:
        return fail(slug, *left_out, confidence=LIKELY,
                    title='MS-CHAP is not checked by the virtual server that is asked')
    if table.get('use_mppe') is None:
        return unknown(slug, facts, _MSCHAP + '.use_mppe')
    return ok(slug, Proof(_MSCHAP + '.use_mppe', True, source))


def _left_out(facts: Facts) -> list[Proof]:
    """Virtual servers that listen for logins and leave MS-CHAP out of one of their two sections."""
    found = []
    for site in facts.maps(rc.SUBJECT, 'sites') or []:
        asked = [row for row in site.get('listens') or [] if isinstance(row, list) and len(row) == 4
                 and row[0] in ('auth', 'auth+acct') and not str(row[1]).startswith('127.')]
        for part in ('authorize', 'authenticate'):
            if asked and site.get(part) is False:
                found.append(Proof('%s.sites' % rc.SUBJECT, 'server %s: no mschap in %s' % (site.get('name'), part),
                                   str(site.get('source') or '')))
    return found


def hashed(facts: Facts, logs: Explanation) -> Finding:
    """A back-end whose passwords are hashes that MS-CHAP cannot use; only the log tells."""
    slug = 'auth-backend-hashed-password'
    if not rc.here(facts):
        return _absent(slug, facts)
    return blamed(slug, logs) or unknown(slug, facts, rc.SUBJECT + '.signatures.rad-hashed')


def rejects(facts: Facts, logs: Explanation) -> Finding:
    """Whether refused logins leave a trace, and those that did."""
    slug = 'wrong-secret'
    if not rc.here(facts):
        return _absent(slug, facts)
    logged = facts.flag(rc.SUBJECT, 'log', 'rejects')
    source = facts.text(rc.SUBJECT, 'log', 'source') or ''
    if logged is False:
        found = warn(slug, Proof(rc.SUBJECT + '.log.rejects', 'refused logins are not logged (auth = no)', source),
                     title='FreeRADIUS does not log why it refuses logins')
        return dataclasses.replace(found, fix=_LOG_REJECTS)
    refused = [Proof(rc.SUBJECT + '.log_users', 'refused: %s (%s)' % (user, reason or 'no reason'), str(where or ''))
               for user, _client, good, reason, where, _time in facts.rows(rc.SUBJECT, 'log_users', width=6) or []
               if good is False]
    if refused:
        return finding(slug, UNKNOWN, refused[:4])
    return ok(slug, Proof(rc.SUBJECT + '.log.rejects', True, source)) if logged else \
        unknown(slug, facts, rc.SUBJECT + '.log')


def _of_users(check: Check) -> Check:
    """*check*; what only the log says of one user is nothing of this host, unless the directory was asked about it."""
    def run(facts: Facts, logs: Explanation) -> Finding:
        found = check.run(facts, logs)
        asked = any(proof.fact.startswith('pptp_directory_probe') for proof in found.evidence)
        return found if asked or found.result != FAIL else dataclasses.replace(found, result=UNKNOWN, fix=None)
    return check._replace(run=run) if CAUSES[check.cause].scope == USER else check


def _absent(slug: str, facts: Facts) -> Finding:
    if facts.flag(rc.SUBJECT, 'installed') is False:
        return skip(slug, 'no FreeRADIUS is installed here')
    return unknown(slug, facts, rc.SUBJECT + '.config_dir')


def serves(findings: list[Finding]) -> bool:
    """Whether a RADIUS server with these *findings* is known to serve VPN servers."""
    results = {item.cause: item.result for item in findings}
    return all(results.get(slug) in (PASS, WARN) for slug in (
        'radius-unreachable', 'radius-unknown-client', 'radius-no-mppe-keys', 'radius-message-authenticator'))


_READS = ('pptp_logs', rc.SUBJECT)
CHECKS = (
    Check('radius-unreachable', (*_READS, 'pptp_firewall'), unreachable),
    Check('radius-unknown-client', _READS, unknown_client),
    Check('radius-secret-mismatch', _READS, secret),
    Check('radius-message-authenticator', _READS, authenticator),
    Check('radius-no-mppe-keys', _READS, no_keys),
    Check('auth-backend-hashed-password', _READS, hashed),
    Check('wrong-secret', _READS, rejects),
    *map(_of_users, (*directory.CHECKS, *directory.ON_RADIUS)),
)
