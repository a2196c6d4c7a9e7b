# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From host to host: what a router's own verdict says about the logins that fail behind or in front of it.

A host alone can only suspect a router in the path. Where that router is in the inventory and was read, its findings
confirm the suspicion, with the router's name and rule, or rule it out.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils import dial_facts, dial_gre, finding as fi, narrow, pools
from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog import CAUSES, rank
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks import router
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts, listed

Entry = dict[str, t.Any]
#: What a router can be guilty of, by the stage in which the host's own verdict places the failure.
_GUILT = {
    'control': ('ip-forward-off', 'firewall-rule-order', 'tcp1723-blocked'),
    'gre': ('firewall-rule-order', 'gre-conntrack-helper', 'gre-blocked', 'gre-dnat-missing', 'gre-nat-asymmetric'),
}
CLIENT, SERVER = _ENDS = ('client', 'server')     # at which end of a login a router stands; '' where that is assumed
#: A router without the helper hurts the clients behind it; one that forwards too little, the server.
_SIDES: dict[str, tuple[str, ...]] = {'gre-nat-asymmetric': (CLIENT, ''), 'gre-dnat-missing': (SERVER, '')}
_ON_THE_WAY = ('gre-nat-asymmetric', 'gre-dnat-missing', 'isp-filtering')
_AT_SERVER = ('tcp1723-blocked', 'gre-blocked')   # a client cannot tell whose rules these are
_LEAD = re.compile(r'On (?:that|the) router[:,]? *')


class Router(t.NamedTuple):
    """A router of the inventory: its *host* name, own *addresses*, the *servers* to which it forwards, its failing
    *findings* (worst first), the causes that it is *clear* of with the reason, its *links*: ``{address: (interface,
    mtu)}``, what its *witness* saw of dials, and whether it does *nat* for whom it forwards."""

    host: str
    addresses: frozenset[str]
    servers: frozenset[str]
    findings: tuple[Entry, ...]
    clear: dict[str, str]
    links: dict[str, tuple[str, int]] = {}
    witness: dict[str, t.Any] = {}
    nat: bool | None = None


class Way(t.NamedTuple):
    """Why a router is taken to lie in the path, in *words*, and at which *end*."""

    end: str
    words: str


_ASSUMED = Way('', 'it is the only router of the inventory')


def routers(entries: t.Iterable[Entry]) -> list[Router]:
    """The routers among *entries* that were read."""
    return [_router(entry) for entry in entries if entry.get('role') == router.ROLE and entry.get('facts')]


def _router(entry: Entry) -> Router:
    facts = Facts(entry['facts'])
    known = {item.cause for item in router.CHECKS}
    findings = [item for item in entry['findings'] if item.get('cause') in known]
    bad = sorted((item for item in findings if item['result'] == fi.FAIL),
                 key=lambda item: (bool(item['blocked_by']), rank(item['cause'])))
    return Router(str(entry['host']), frozenset(_addresses(facts)), frozenset(_targets(facts)), tuple(bad),
                  {item['cause']: _first(item) for item in findings if item['result'] == fi.PASS}, narrow.links(facts),
                  facts.table(dial_facts.WITNESS) or {}, router.translates(facts))


def _addresses(facts: Facts) -> list[str]:
    return [str(item.ip) for _name, item in pools.interfaces(facts) or []]


def _targets(facts: Facts) -> list[str]:
    rows = facts.rows('pptp_firewall', 'dnat', 'tcp1723', width=3) or []
    return [str(found) for found in (pools.address(row[2]) for row in rows) if found is not None]


def _first(finding: Entry) -> str:
    proof = next((item for item in finding['evidence'] if item.get('value') is not None), None)
    return str(proof['value']) if proof else str(finding['result'])


def confirm(entry: Entry, known: list[Router]) -> Entry:
    """*entry* with its suspicion against a router confirmed or refuted, and with the narrow link that only a router
    knows; itself where there is nothing to say."""
    if entry.get('router') or not entry.get('facts'):
        return entry
    found = _traced(entry, known) or _confirm(entry, known)
    for item in known:
        found = narrow.judge(found, item.host, item.links)
    return found


def _confirm(entry: Entry, known: list[Router]) -> Entry:
    verdict = entry['verdict']
    stage = verdict.get('stage')
    if not known or entry.get('router') or stage not in _GUILT or not _suspects(entry):
        return entry
    met = [(item, way) for item in known for way in _ways(entry, item)]
    if not met and len(known) == 1:
        met = [(known[0], _ASSUMED)]
    for item, way in met:
        guilt = next((found for found in item.findings
                      if found['cause'] in _GUILT[stage] and way.end in _SIDES.get(found['cause'], (*_ENDS, ''))), None)
        if guilt is not None:
            return _blame(entry, item, way, guilt)
    for item, way in met:
        if verdict.get('cause') in item.clear and way.end and way.end in _SIDES.get(verdict['cause'], ()):
            return _clear(entry, item, way)
    return entry


def _traced(entry: Entry, known: list[Router]) -> Entry | None:
    """*entry* with the place where the packets of a failed dial are lost, as the witnesses on the way saw it."""
    watching = {item.host: item for item in known if item.witness}
    verdict, facts = entry['verdict'], Facts(entry['facts'])
    settled = verdict.get('cause') and verdict.get('confidence') == fi.CERTAIN
    if not watching or settled or verdict.get('status') not in ('broken', 'degraded'):
        return None
    for dial in dial_facts.first_of_each(item for item in dial_facts.dials(facts) if item.fails):
        lost = dial_gre.traces(facts, dial, {name: item.witness for name, item in watching.items()})
        for part in lost:
            if part.get('at') in watching:
                return _caught(entry, watching[part['at']], dial, part)
        between = next((part for part in lost if set(watching).intersection(listed(part.get('between')))), None)
        if between:
            return _placed(entry, watching, dial, between)
    return None


def _caught(entry: Entry, item: Router, dial: dial_facts.Dial, lost: Entry) -> Entry:
    """*entry* with the router blamed in which packets of *dial* ended."""
    stage = 'control' if lost.get('packets') == 'tcp' else 'gre'
    by_rule, proof = bool(lost.get('rule')), dial_gre.proof(lost)._asdict()
    own = [found for found in item.findings if found['cause'] in _GUILT[stage]]
    own.sort(key=lambda found: (found['cause'] in _SIDES) is by_rule)   # a rule drops, and a NAT has nobody to send to
    guilt = own[0] if own else _guilt(item, stage, by_rule, lost)
    sure = fi.CERTAIN if by_rule or guilt['confidence'] == fi.CERTAIN else fi.LIKELY
    way = Way(CLIENT, 'its witness saw the packets of the dial from %s' % dial.host)
    found = _blame(entry, item, way, dict(guilt, confidence=sure, evidence=[proof, *guilt['evidence']]))
    left = [note for note in listed(entry.get('disagreement')) if note.get('cause') or note.get('from') != dial.host]
    return dict(found, disagreement=left)


def _guilt(item: Router, stage: str, by_rule: bool, lost: Entry) -> Entry:
    """The finding on a router whose own rules, as they were read, do not tell why packets end there."""
    cause = 'tcp1723-blocked' if stage == 'control' else 'gre-blocked'
    if stage == 'gre' and not by_rule and item.nat and lost.get('direction') == 'down':
        cause = 'gre-nat-asymmetric'
    known = CAUSES[cause]
    return fi.Finding(cause, known.stage, fi.FAIL, fi.CRITICAL, known.title, (), fi.LIKELY, (), known.fix).as_dict()


def _placed(entry: Entry, watching: dict[str, Router], dial: dial_facts.Dial, lost: Entry) -> Entry:
    """*entry* where packets of *dial* are lost between two hosts: routers that they got through are not to blame."""
    proof, old = dial_gre.proof(lost)._asdict(), entry['verdict'].get('cause')
    item = next(watching[name] for name in lost['between'] if name in watching)
    if old in _SIDES:
        passed = item._replace(clear={**item.clear, old: 'packets of the dial from %s got through it' % dial.host})
        entry = _clear(entry, passed, Way(CLIENT, 'its witness saw them'))
    findings = [dict(found, evidence=[*(other for other in found['evidence'] if other['fact'] != proof['fact']), proof])
                if found['cause'] == entry['verdict'].get('cause') else found for found in entry['findings']]
    return dict(entry, router=item.host, findings=findings, next_step='%s: look at what lies between them.' % (
        proof['value'][:1].upper() + proof['value'][1:]))


def _suspects(entry: Entry) -> bool:
    """Whether the verdict on *entry* leaves room for a router: its own rules and log lines do not decide alone."""
    verdict, role = entry['verdict'], entry.get('role')
    if verdict.get('status') not in ('broken', 'degraded') or role == router.ROLE:
        return False
    open_question = verdict.get('confidence') == fi.POSSIBLE or role == 'client' and verdict.get('cause') in _AT_SERVER
    return verdict.get('confidence') != fi.CERTAIN and (open_question or verdict.get('cause') in _ON_THE_WAY)


def _ways(entry: Entry, item: Router) -> list[Way]:
    """How it is known that *item* lies between the two ends of the logins of *entry*."""
    facts = Facts(entry.get('facts'))
    own, found = set(_addresses(facts)), []
    is_client = entry.get('role') == 'client'
    for address in sorted(own & item.servers):
        found.append(Way(SERVER, 'it forwards TCP 1723 to %s' % address))
    gateway = facts.text('pptp_addressing', 'default_route', 'via')
    if gateway in item.addresses:
        found.append(Way(CLIENT if is_client else SERVER, '%s is the default gateway of this host' % gateway))
    clients = {session.get('client') for session in facts.maps('pptp_logs', 'sessions') or []
               if session.get('side') == 'server' and session.get('outcome') != 'up'}
    for address in sorted(str(client) for client in clients if client in item.addresses):
        found.append(Way(CLIENT, 'the client dials from %s, which is its address' % address))
    return found


def _blame(entry: Entry, item: Router, way: Way, guilt: Entry) -> Entry:
    """*entry* with the finding *guilt* of the router as its own cause."""
    cause, old = guilt['cause'], entry['verdict'].get('cause')
    suspected = {old, *(found.get('cause') for found in listed(entry.get('candidates')))}
    sure = guilt['confidence'] if way.end else fi.LIKELY if cause in suspected else fi.POSSIBLE
    own = next((found for found in entry['findings'] if found['cause'] in (cause, old) and found['evidence']), None)
    seen = [proof for proof in (own['evidence'] if own else [])
            if str(proof.get('fact', '')).startswith(('pptp_logs', dial_facts.SUBJECT))]
    finding = dict(guilt, confidence=sure, blocked_by=[], title='%s: %s' % (CAUSES[cause].title, item.host),
                   evidence=[*(_of(proof, item) for proof in guilt['evidence']),
                             _proof('%s lies in the path: %s' % (item.host, way.words)), *seen[:3]],
                   fix=_fix(guilt.get('fix'), item))
    others = [_acquit(found, item, cause) for found in entry['findings'] if found['cause'] != cause]
    verdict = dict(entry['verdict'], cause=cause, stage=guilt['stage'], confidence=sure)
    gone = [_ruled_out(old, '%s: %s' % (item.host, item.clear[old]))] if old != cause and old in item.clear else []
    return dict(entry, router=item.host, verdict=verdict, findings=[finding, *others], candidates=[],
                ruled_out=listed(entry.get('ruled_out')) + gone,
                next_step='Mend the router %s, then dial and diagnose again.' % item.host)


def _acquit(finding: Entry, item: Router, cause: str) -> Entry:
    """A finding that rested on the suspicion which is now settled otherwise."""
    if finding['result'] != fi.FAIL or finding['confidence'] == fi.CERTAIN or finding['cause'] not in _GUILT['gre']:
        return finding
    because = item.clear.get(finding['cause']) or 'what was seen is explained by %s' % cause
    return dict(finding, result=fi.UNKNOWN, fix=None,
                evidence=[_proof('%s: %s' % (item.host, because)), *finding['evidence']])


def _clear(entry: Entry, item: Router, way: Way) -> Entry:
    """*entry* without its suspicion against *item*; the next candidate takes its place, or any filter on the way."""
    old = entry['verdict']['cause']
    because = '%s (%s): %s' % (item.host, way.words, item.clear[old])
    left = [found for found in listed(entry.get('candidates'))
            if found.get('cause') != old and found.get('cause') in CAUSES]
    changed = dict(entry, router=item.host, ruled_out=[*listed(entry.get('ruled_out')), _ruled_out(old, because)])
    if not left:
        left = [{'cause': 'gre-blocked', 'weight': 50, 'because': 'GRE stops on the way, and not for want of a helper'}]
    best = CAUSES[left[0]['cause']]
    proofs = (fi.Proof('', str(left[0].get('because') or '')), fi.Proof('', 'not %s: %s' % (old, because)))
    promoted = fi.Finding(best.slug, best.stage, fi.FAIL, best.severity, best.title, proofs, fi.POSSIBLE, (), best.fix)
    others = [_acquit(found, item, best.slug) for found in entry['findings'] if found['cause'] != best.slug]
    verdict = dict(entry['verdict'], cause=best.slug, stage=best.stage, confidence=fi.POSSIBLE)
    return dict(changed, verdict=verdict, findings=[promoted.as_dict(), *others], candidates=left)


def _ruled_out(cause: str, because: str) -> Entry:
    return {'cause': cause, 'stage': CAUSES[cause].stage, 'because': because}


def _of(proof: Entry, item: Router) -> Entry:
    source = str(proof.get('source') or '')
    return dict(proof, fact='%s %s' % (item.host, proof.get('fact') or ''),
                source='%s:%s' % (item.host, source) if source else item.host)


def _proof(text: str) -> Entry:
    return fi.Proof('', text)._asdict()


def _fix(fix: Entry | None, item: Router) -> Entry | None:
    """The fix of the router in words: its role runs there, not here."""
    return {'summary': _at(item, str(fix.get('summary') or '')), 'commands': listed(fix.get('commands'))} \
        if fix else None


def _at(item: Router, text: str) -> str:
    """*text* about a router as it reads at another host."""
    rest = _LEAD.sub('', text, count=1) if _LEAD.match(text) else text
    return 'On the router %s: %s' % (item.host, rest[:1].lower() + rest[1:])
