# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From host to host: what a RADIUS server says about the logins that fail at the VPN servers which ask it.

A VPN server hears nothing, or "no". Where its RADIUS server is in the inventory and was read, that server's log and
configuration tell which it is, with its name, file and line, or rule out what the VPN server suspects.
"""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils import (
    finding as fi,
    fleet_radius_late as late,
    fleet_radius_view as views,
    pools,
)
from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog import CAUSES, stage_rank
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks import radius_probe as probe
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks.radius_server import CHECKS, ROLE
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain import Explanation
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts, listed

Entry = dict[str, t.Any]
Server = views.Server
KEY = 'radius_server'       # of an entry: the RADIUS server that changed its verdict
SILENT = ('radius-unreachable', 'radius-unknown-client', 'radius-message-authenticator')
_SECRET = 'radius-secret-mismatch'
_PORT = 1812    # RFC 2865, section 3
_KEYLESS = ('radius-no-mppe-keys', 'mppe-without-mschapv2', 'radius-wrong-mppe-keys')
#: What pppd is told with a plain "no", or with an answer that it may not believe.
_REFUSED = ('wrong-secret', 'no-secret-for-user', 'username-domain-format', 'no-dialin-permission',
            'auth-backend-hashed-password', 'radius-dictionary-microsoft-missing', 'auth-method-mismatch',
            'server-name-mismatch', 'chap-secrets-malformed', 'ad-winbind-not-running', 'ad-winbind-privileged-pipe',
            'ad-dc-unreachable', 'ad-ntlmv1-disabled', 'ad-account-locked', 'ad-password-expired',
            'ad-ntlm-auth-failing')
_ADMITS = {'silent': (*SILENT, _SECRET), 'refused': (*_REFUSED, _SECRET), 'keyless': ('radius-no-mppe-keys',),
           'secret': (_SECRET,), 'quiet': (*SILENT, _SECRET, 'radius-no-mppe-keys')}
#: What the directory says of one account, whatever the password: it is mended there.
_ACCOUNT = ('ad-account-locked', 'ad-password-expired', 'no-dialin-permission')
_USER_FIX = {
    'wrong-secret': 'Type the password of the VPN anew; or set it at the RADIUS server, for this user.',
    'no-secret-for-user': 'Add this user to the RADIUS server, with a password that MS-CHAP can use.',
    'username-domain-format': 'Log in with the name as the RADIUS server has it, or let it strip the domain.'}


class Link(t.NamedTuple):
    """A RADIUS *server* that a VPN server asks at UDP *port*; *sure*: by its address or name, and not only since it is
    the only one of the inventory."""

    server: Server
    port: int
    sure: bool


def servers(entries: t.Iterable[Entry]) -> list[Server]:
    """The RADIUS servers among *entries* that were read: those in the role, and VPN servers that are both."""
    return [_server(entry) for entry in entries if entry.get('facts') and (
        entry.get('role') == ROLE or Facts(entry['facts']).text('pptp_freeradius', 'config_dir'))]


def _server(entry: Entry) -> Server:
    facts = Facts(entry['facts'])
    own = entry['findings'] if entry.get('role') == ROLE else [
        check.run(facts, Explanation(facts)).as_dict() for check in CHECKS]
    names = {str(entry['host']).lower(), (facts.text('pptp_host', 'hostname') or '').lower()} - {''}
    return Server(str(entry['host']), frozenset(names), frozenset(views.own_addresses(facts)), facts,
                  tuple(item for item in own if item['result'] == fi.FAIL))


def confirm(entry: Entry, known: t.Sequence[Server]) -> Entry:
    """*entry* of a VPN server in the light of the RADIUS servers *known*; itself where they have nothing to say."""
    facts = Facts(entry.get('facts'))
    if entry.get(KEY) or not facts.flag('pptp_radius', 'configured') or entry.get('role') == ROLE:
        return entry
    known = [*known, *(server for server in servers([entry]) if server.host not in {item.host for item in known})]
    if not known:
        return entry
    kinds = symptoms(entry, facts)
    admitted = {cause for kind in kinds for cause in _ADMITS[kind]}
    met = [(link, _refuted(facts, link, views.of(link.server, link.port, addresses(facts, link), _users(facts))))
           for link in links(facts, known)]
    slow = {link.server.host: late.proof(entry, link.server.facts, addresses(facts, link)) for link, _view in met
            if 'silent' in kinds}
    for link, view in met:
        proof = slow.get(link.server.host)
        guilt = next((found for found in view.guilt if not found.readings
                      and (found.cause in admitted or proof and found.cause in _REFUSED)), None)
        if guilt is not None:
            found = _blame(entry, link, guilt)
            return late.noted(found, link.server.host, proof) if proof and guilt.cause not in SILENT else found
    for link, view in met:
        proof = slow.get(link.server.host)
        if proof and link.sure:
            return _late(entry, link, view, proof)
        if 'silent' in kinds and link.sure and _answer(facts, link, 'radius-unreachable') is None:
            return _clear(entry, link, view)
    return _doubted(entry, met) if 'refused' in kinds else entry


def _doubted(entry: Entry, met: t.Iterable[tuple[Link, views.View]]) -> Entry:
    """*entry* with all that the words of its RADIUS server may mean, where they decide nothing."""
    for link, view in met:
        for guilt in view.guilt:
            if guilt.readings and entry['verdict'].get('confidence') == fi.POSSIBLE:
                told = [{**item.as_dict(), 'because': '%s: %s' % (link.server.host, item.because)}
                        for item in guilt.readings]
                known = {item.cause for item in guilt.readings}
                rest = [item for item in listed(entry.get('candidates')) if item.get('cause') not in known]
                return dict(entry, candidates=told + rest)
    return entry


def _refuted(facts: Facts, link: Link, view: views.View) -> views.View:
    """*view* without what an answer over *link* to the probe of the VPN server rules out: a packet knows better than
    files. What other servers answered, or did not, is none."""
    return view._replace(guilt=tuple(item for item in view.guilt if _answer(facts, link, item.cause) is None))


def _answer(facts: Facts, link: Link, cause: str) -> fi.Proof | None:
    """What the server of *link* answered to the probe that rules *cause* out."""
    return probe.clears(facts, cause, lambda row: _over(facts, link, row))


def _over(facts: Facts, link: Link, row: Entry) -> bool:
    """Whether *row* of the probe is about the server of *link*; of one that is only assumed its port has to do."""
    told = {str(row.get('server') or '').lower(), str(row.get('address') or '').lower()}
    return row.get('port') == link.port and (not link.sure or any(_is(facts, link.server, name) for name in told))


def _is(facts: Facts, server: Server, name: str) -> bool:
    """Whether *name*, of a RADIUS server as this host has it, is *server*."""
    local = name.startswith('127.') or name == 'localhost'
    return name in server.addresses or name in server.names or local and bool(
        set(views.own_addresses(facts)) & server.addresses)


def _late(entry: Entry, link: Link, view: views.View, proof: fi.Proof) -> Entry:
    """*entry* of a VPN server whose RADIUS server works on its requests, and is too slow for pppd."""
    found = late.cleared(entry, link.server.host, proof, view.clear)
    return found if found is entry else dict(found, **{KEY: link.server.host})


def symptoms(entry: Entry, facts: Facts) -> set[str]:
    """What the VPN server has seen of its RADIUS server: silent, refused, keyless, secret (an answer that does not
    verify), or quiet: nothing at all, yet."""
    verdict = entry['verdict']
    cause, stage = verdict.get('cause'), verdict.get('stage')
    seen = {cause, *(item.get('cause') for item in listed(entry.get('candidates')))}
    if verdict.get('status') in ('healthy', 'unknown'):
        worked = any(item.get('outcome') == 'up' for item in facts.maps('pptp_logs', 'sessions') or [])
        return set() if worked else {'quiet'}
    certain = verdict.get('confidence') == fi.CERTAIN
    if stage_rank(stage) < stage_rank('link') or certain and cause not in (*SILENT, _SECRET, *_KEYLESS, *_REFUSED):
        return set()
    kinds = {kind for kind, causes in (('silent', SILENT), ('keyless', _KEYLESS), ('secret', (_SECRET,)))
             if seen & set(causes)}
    if seen & set(_REFUSED) or cause is None and stage in ('auth', 'aaa'):
        kinds.add('refused')
    said = {name for item in facts.maps('pptp_logs', 'sessions') or [] for name in listed(item.get('events'))}
    if 'chap-failed' in said and 'radius-no-reply' not in said and cause not in SILENT:
        kinds.discard('silent')
    return kinds


def links(facts: Facts, known: t.Sequence[Server]) -> list[Link]:
    """The servers of the inventory that pppd asks about logins, in its order."""
    found: list[Link] = []
    for kind, host, port in facts.rows('pptp_radius', 'targets', width=3) or []:
        for server in known:
            if kind == 'auth' and isinstance(port, int) and _is(facts, server, str(host or '').lower()):
                found.append(Link(server, port, True))
    if found or len(known) != 1:
        return found
    ports = [row[2] for row in facts.rows('pptp_radius', 'targets', width=3) or [] if row[0] == 'auth']
    if not ports and facts.text('pptp_radius', 'status') != 'ok':
        ports = [_PORT]         # its configuration was not read
    return [Link(known[0], ports[0], False)] if len(ports) == 1 and isinstance(ports[0], int) else []


def addresses(facts: Facts, link: Link) -> list[str]:
    """The addresses from which the requests of this host may come: that of ``bindaddr``, else its own."""
    bound = pools.address(facts.text('pptp_radius', 'bindaddr'))     # a name, or *, says nothing here
    if bound is not None:
        return [str(bound)]
    own = views.own_addresses(facts)
    return [*own, '127.0.0.1'] if set(own) & link.server.addresses else own


def _users(facts: Facts) -> set[str]:
    tried = probe.login(facts) or {}
    asked = {str(tried['user'])} if tried.get('user') and tried.get('outcome') == 'reject' else set()
    failed = [item for item in facts.maps('pptp_logs', 'sessions') or [] if item.get('outcome') == 'failed']
    return asked | {str(item['user']) for item in failed if item.get('user')}


def _blame(entry: Entry, link: Link, guilt: views.Guilt) -> Entry:
    """*entry* with the *guilt* of its RADIUS server as its own cause."""
    cause, old, host = CAUSES[guilt.cause], entry['verdict'].get('cause'), link.server.host
    sure = guilt.confidence if link.sure else fi.LIKELY
    own = next((item for item in entry['findings'] if item['cause'] in (guilt.cause, old) and item['evidence']), None)
    seen = [proof for proof in (own['evidence'] if own else [])
            if str(proof.get('fact', '')).startswith(('pptp_logs', 'pptp_radius_probe'))]
    where = 'In the directory behind the' if guilt.cause in _ACCOUNT else 'On the'
    summary = _USER_FIX.get(guilt.cause) or (cause.fix.summary if cause.fix else '')
    found = fi.Finding(cause.slug, cause.stage, fi.FAIL, cause.severity, '%s: %s' % (cause.title, host),
                       tuple(of(proof, host) for proof in guilt.proof), sure, (),
                       fi.Fix('%s RADIUS server %s: %s' % (where, host, summary[:1].lower() + summary[1:]),
                              commands=cause.fix.commands if guilt.cause.startswith('radius-') else ()))
    finding = found.as_dict()
    finding['evidence'] += [*seen[:3]] + ([] if link.sure else [fi.Proof(
        '', '%s is the only RADIUS server of the inventory: that this host asks it, is assumed' % host)._asdict()])
    others = [_acquit(item, host, guilt.cause) for item in entry['findings'] if item['cause'] != guilt.cause]
    status = entry['verdict']['status']
    verdict = dict(entry['verdict'], cause=guilt.cause, stage=cause.stage, confidence=sure,
                   status=status if status in ('broken', 'degraded') else 'broken')
    return dict(entry, **{KEY: host}, verdict=verdict, findings=[finding, *others], candidates=[],
                next_step='Mend %s %s, then dial and diagnose again.' % (
                    'the account behind' if guilt.cause in _ACCOUNT else 'the RADIUS server', host))


def of(proof: fi.Proof, host: str) -> fi.Proof:
    """*proof* of *host* as it reads at another host."""
    return fi.Proof('%s %s' % (host, proof.fact), proof.value, '%s:%s' % (host, proof.source) if proof.source else host)


def _acquit(item: Entry, host: str, cause: str) -> Entry:
    """A finding that rested on the suspicion which is now settled otherwise."""
    if item['result'] != fi.FAIL or item['confidence'] == fi.CERTAIN or \
            item['cause'] not in (*SILENT, *_REFUSED, *_KEYLESS):
        return item
    note = fi.Proof('', '%s: what was seen is explained by %s' % (host, cause))._asdict()
    return dict(item, result=fi.UNKNOWN, fix=None, evidence=[note, *item['evidence']])


def _clear(entry: Entry, link: Link, view: views.View) -> Entry:
    """*entry* of a VPN server that hears nothing of a RADIUS server in order: something on the way stops it."""
    verdict, host = entry['verdict'], link.server.host
    if link.server.facts.flag('pptp_freeradius', 'running') is not True or verdict.get('confidence') == fi.CERTAIN or \
            'radius-unknown-client' not in view.clear:
        return entry
    cause = CAUSES['radius-unreachable']
    proofs = [of(proof, host) for proof in view.clear.values()]
    old = next((item for item in entry['findings'] if item['cause'] == verdict.get('cause')), None)
    seen = [proof for proof in (old['evidence'] if old else []) if str(proof.get('fact', '')).startswith('pptp_')]
    note = fi.Proof('', '%s runs, takes requests at UDP %d and knows this host: a firewall there or on the way stops '
                        'them, or its answers' % (host, link.port))
    fix = fi.Fix('Open UDP %d between this host and %s, both ways.' % (link.port, host),
                 commands=('tcpdump -ni any udp port %d  # on both' % link.port,))
    found = fi.Finding(cause.slug, cause.stage, fi.FAIL, cause.severity, '%s: %s' % (cause.title, host),
                       (*proofs, note), fi.LIKELY, (), fix).as_dict()
    found['evidence'] += seen[:3]
    gone = [{'cause': slug, 'stage': CAUSES[slug].stage, 'because': '%s: %s' % (host, proof.value)}
            for slug, proof in view.clear.items()]
    others = [_acquit(item, host, cause.slug) for item in entry['findings'] if item['cause'] != cause.slug]
    return dict(entry, **{KEY: host}, verdict=dict(verdict, cause=cause.slug, stage=cause.stage, confidence=fi.LIKELY),
                findings=[found, *others], candidates=[], ruled_out=[*listed(entry.get('ruled_out')), *gone],
                next_step='Run `tcpdump -ni any udp port %d` here and on %s while a client dials.' % (link.port, host))
