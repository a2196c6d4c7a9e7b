# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the rule sets in force do with the packets of PPTP, on a server and on a router."""

from __future__ import annotations

import itertools
import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils import evidence as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.collect import (
    boot,
    firewall_helper,
    firewall_radius,
    rulesets,
    system,
)
from ansible_collections.vpnops.pptp.plugins.module_utils.firewall import flows as fl, verdict
from ansible_collections.vpnops.pptp.plugins.module_utils.firewall.model import (
    Chain,
    Flow,
    Packet,
    Rule,
    Ruleset,
    cidr,
    ipv4,
    network,
)
from ansible_collections.vpnops.pptp.plugins.module_utils.host import Host
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import firewalld, pptpd_conf

_DEFAULT_POOL = pptpd_conf.DEFAULTS['remoteip'].partition('-')[0]
_CONCERNS = re.compile(r'\b1723\b|\bgre\b|-p 47\b|\bpptp\b|MASQUERADE|masquerade|TCPMSS|maxseg')
_WORDS = ('1723', 'gre', '-p 47', 'pptp', 'MASQUERADE', 'masquerade', 'TCPMSS', 'maxseg')
_NOT_INNER = re.compile(r'lo$|ppp|docker|veth|br-|virbr|wg|tun|tap')
_CLOSED = ('drop', 'reject')
_WORST = ('drop', 'reject', 'unknown', 'accept')
_BACK = ('tcp1723_established', 'tcp1723_out', 'radius_in', 'radius_out', 'forward_to_ppp')
_KEPT = ('tcp1723_in', 'gre_in', 'masquerade')   # flows of which a reboot is asked
_OF_FLOW = {'tcp1723_in': re.compile(r'1723'), 'gre_in': re.compile(r'-p (?:gre|47)\b'),
            'masquerade': re.compile(r'MASQUERADE|SNAT')}
_PASSED, _PARTS, _NAT_FLOWS = 5, 12, ('forward_from_ppp', 'tcp1723_out')


class Asked(t.NamedTuple):
    """Whose packets to judge: from *clients* (addresses or networks; none: anybody), by *interface*, to *address*;
    where the latter are not given they are those of the default route."""

    clients: tuple[str, ...] = ()
    interface: str | None = None
    address: str | None = None


_ANYBODY = Asked()


def collect(host: Host, asked: Asked = _ANYBODY, radius: dict[str, t.Any] | None = None, role: str | None = None,
            freeradius: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
    """``pptp_firewall`` of docs/facts.md; *radius* and *freeradius* are the facts called so, *role* that of
    ``pptp_host``."""
    with rulesets.without_collector():
        return _collect(host, asked, radius or {}, role == 'client', freeradius or {})


def _collect(host: Host, asked: Asked, radius: dict[str, t.Any], dials: bool, freeradius: dict[str, t.Any]
             ) -> dict[str, t.Any]:
    trail = ev.Trail()
    read = rulesets.read(host, trail)
    place = _place_of(host, trail, read.rules, asked)
    helper, hook_ok = firewall_helper.assigned(host, trail, read, place, dials)
    report = _Report(read, _zones(host, trail, read), _inner(host, trail, place.wan))
    report.run('flows', fl.server(place, helper), fl.server(place, False), fl.server(place, True))
    report.run('forward', fl.router(place, helper), fl.router(place, False), fl.router(place, True))
    servers = firewall_radius.rows(host, trail, radius, report.of)
    report.found['flows'].update({'radius_' + way: worst for way in ('out', 'in')
                                  for worst in [firewall_radius.worst(servers, way)] if worst})
    after = _after_reboot(host, trail, read, place, dials, report.found['flows'])
    return {'backends': read.backends, 'readable': read.readable, 'flows': report.found['flows'],
            'forward': report.found['forward'], 'dnat': _dnat(read, place), 'rules': _rules(read.rules),
            'counters': {'gre_drop': report.counter}, 'mss_clamp': _mss(report), 'order': report.order[:5],
            'helper': helper, 'helper_hook_ok': hook_ok,
            'conflicts': rulesets.conflicts(read) + boot.rivals(after['boot']), **after,
            'asked': asked._asdict() if asked != _ANYBODY else None, 'clients': report.clients,
            'radius': servers, 'radius_served': firewall_radius.served(host, trail, freeradius, report.of),
            'evidence': trail.as_dict()}


class _Report:
    """The verdicts on groups of flows, as facts."""

    def __init__(self, read: rulesets.Read, zones: dict[str, str], inner: dict[str, int]) -> None:
        self.read, self.zones, self.inner = read, zones, inner
        self.found: dict[str, t.Any] = {}
        self.order: list[list[str]] = []
        self.counter: int | None = None
        self.sizes: list[t.Any] = []
        self.clients: dict[str, dict[str, str]] = {}

    def run(self, group: str, flows: dict[str, Flow], bare: dict[str, Flow], full: dict[str, Flow]) -> None:
        """Judge *flows*; *bare* and *full* are the same without and with the helper."""
        rows: dict[str, t.Any] = {}
        self.found[group] = rows
        for name, flow in flows.items():
            result = self._judge(flow)
            rows[name] = self._flow(result, name if group == 'flows' else '')
            self._by_source(rows[name], flow, result, name if group == 'flows' else 'forward.' + name)
            if flow.proto == 'gre':
                flow, result = self._states(rows[name], name == 'gre_in' and group == 'flows', flow, result,
                                            bare[name], full[name])
            if name in _NAT_FLOWS:
                rows['masquerade'] = self._masquerade(flow)
            if flow.proto == 'tcp' and 'forward' in flow.hooks:
                rows[name]['mss'] = self._size(flow)
            if result.verdict in _CLOSED and isinstance(result.by, Rule) and (group == 'forward' or name not in _BACK):
                named = name if group == 'flows' else 'forward.' + name
                self.order += [[_place(rule), _place(result.by), named]
                               for rule in verdict.dead_accepts(self.read.rules, flow, result.by)]

    def of(self, flow: Flow) -> dict[str, t.Any]:
        """The facts of one more flow."""
        return self._flow(self._judge(flow), '')

    def _judge(self, flow: Flow) -> verdict.Verdict:
        """Of several clients the one that fares worst."""
        peers = _peers(flow)
        if not isinstance(peers, tuple) or len(peers) == 1:
            result = self._of_one(flow)
            return self._of_parts(flow, result) if peers == 'any' and result.some else result
        return min((self._of_one(_of_peer(flow, (ends,))) for ends in peers),
                   key=lambda result: _WORST.index(result.verdict))

    def _of_parts(self, flow: Flow, result: verdict.Verdict) -> verdict.Verdict:
        """*result*, or what all get where rules for few networks say the same of each, such as one for either half of
        all addresses."""
        side = 'dst' if flow.hooks[:1] == ('output',) else 'src'
        nets = [ends for rule in result.some for kind, _not, value in rule.tests if kind == side for ends in value
                if ends]
        starts = sorted({0, 1 << 32}.union(*({first, last + 1} for first, last in nets)))
        if result.verdict != 'unknown' or len(starts) > _PARTS:
            return result
        parts = [self._of_one(_of_peer(flow, ((first, after - 1),))) for first, after in zip(starts, starts[1:])]
        return parts[0] if len({part.verdict for part in parts}) == 1 else result

    def _of_one(self, flow: Flow) -> verdict.Verdict:
        """With the helper GRE is RELATED first and ESTABLISHED then: both have to pass, for a first packet that is
        dropped takes the helper's expectation with it. Where the other side is the first, only the second matters."""
        result = verdict.judge(self.read.rules, flow)
        if flow.proto == 'gre' and flow.states == {'established'} and result.verdict == 'accept':
            first = verdict.judge(self.read.rules, flow._replace(states=frozenset(['related'])))
            if first.verdict != 'accept':
                rule = first.undecided or (first.by if isinstance(first.by, Rule) else None)
                return result._replace(verdict='unknown', by=None, match=first.match or 'state',
                                       undecided=rule or Rule('', None, (), _source(first.by), _words(first.by) or ''))
        return result

    def _by_source(self, facts: dict[str, t.Any], flow: Flow, result: verdict.Verdict, name: str) -> None:
        """Note where the rules tell clients by their addresses: what each of those asked for gets, or the rest."""
        side = 'dst' if flow.hooks[:1] == ('output',) else 'src'
        peers = _peers(flow)
        if isinstance(peers, tuple):
            for ends in peers:
                one = self._judge(_of_peer(flow, (ends,)))
                self.clients.setdefault(cidr(ends), {})[name] = one.verdict
        elif peers == 'any' and result.verdict == 'unknown' and result.some:
            rest = self._judge(_of_peer(flow, 'rest'))
            named = [cidr(ends) for rule in result.some for kind, negated, value in rule.tests
                     if kind == side and negated is (rule.action in _CLOSED) for ends in value if ends]
            if named and rest.verdict != 'unknown':
                facts.update(rest=rest.verdict, sources=named[:_PASSED])
                facts['notes'].insert(0, '%s from %s%s; %s from elsewhere' % (
                    'accept', ', '.join(named[:_PASSED]), ' ..' if len(named) > _PASSED else '', rest.verdict))

    def _states(self, facts: dict[str, t.Any], counted: bool, flow: Flow, result: verdict.Verdict, bare: Flow,
                full: Flow) -> tuple[Flow, verdict.Verdict]:
        """Note in *facts* what the helper changes for GRE; the flow and verdict to explain: where only the helper is in
        doubt, those without one, which is what a host has unless somebody assigned it."""
        helped, without = self._judge(full), self._judge(bare)
        stateful = helped.verdict == 'accept' != without.verdict
        facts['stateful'] = stateful if self.read.any else None
        if stateful and facts['verdict'] == 'unknown' and without.verdict in _CLOSED:
            by = without.by
            facts['without_helper'] = [without.verdict, by.source if by else None, _words(by)]
            named = [rule for chain in self.read.rules.values() for rule in chain.rules
                     if rule.action == 'accept' and verdict.names(rule)]
            facts['asks_for_state'] = any(verdict.holds(rule, Packet(full)) and not verdict.holds(rule, Packet(bare))
                                          for rule in named)
            flow, result = bare, without
        if counted:
            self.counter = result.by.packets if result.by and result.verdict in _CLOSED else None
        return flow, result

    def _masquerade(self, flow: Flow) -> dict[str, t.Any]:
        result = verdict.judge(self.read.rules, flow, through=True)
        rule = result.nat_by
        word, notes = result.nat, []
        if not self.read.nat:
            word, notes = 'unknown', ['no rule set could be read']
        elif word == 'unknown' and rule:
            notes = ['depends on %s: %s' % (rule.source, rule.text)]
        return {'verdict': word, 'rule': _words(rule), 'source': rule.source if rule else None, 'notes': notes,
                **({'elsewhere': self._elsewhere(flow)} if word == 'no' else {})}

    def _elsewhere(self, flow: Flow) -> list[list[str]]:
        """``[[interface, rule, source], ..]``: where else the packets of *flow* are translated on their way out."""
        found = []
        for name, inside in list(self.inner.items())[:5]:
            rule = verdict.judge(self.read.rules, flow._replace(oif=name, dst=inside), through=True).nat_by
            found += [[name, rule.text, rule.source]] if rule and rule.action == 'masquerade' else []
        return found

    def _size(self, flow: Flow) -> t.Any:
        """What clamps the MSS of a SYN: a size, ``pmtu``, or None for nothing."""
        result = verdict.judge(self.read.rules, flow, through=True)
        met = result.packet.sizes if result.packet else frozenset()
        sizes = [min((size for size in clamps if isinstance(size, int)), default='pmtu') for clamps in met if clamps]
        if 'ppp0' in (flow.iif, flow.oif):
            self.sizes += sorted(sizes, key=str)
        return sizes[0] if len(met) == len(sizes) == 1 else None

    def _flow(self, result: verdict.Verdict, name: str) -> dict[str, t.Any]:
        by, notes = result.by, []
        facts: dict[str, t.Any] = {'verdict': result.verdict, 'rule': _words(by), 'source': by.source if by else None}
        if name in self.zones:
            facts.update(verdict=self.zones[name], source=self.zones['source'])
        elif not self.read.any:
            facts['verdict'] = 'unknown'
            notes.append('no rule set could be read')
        elif result.undecided and result.verdict == 'unknown':
            notes.append('depends on %s: %s' % (result.undecided.source, result.undecided.text))
            facts['match'] = result.match
        if by:
            facts.update(table=result.key[0], chain=result.key[1], hook=result.hook,
                         position=by.position if isinstance(by, Rule) else None)
        passed = [rule.source for rule in result.passed if rule is not by][:_PASSED]
        facts.update({'passed': passed} if passed else {}, notes=notes)
        return facts


def _after_reboot(host: Host, trail: ev.Trail, read: rulesets.Read, place: fl.Place, dials: bool,
                  flows: dict[str, t.Any]) -> dict[str, t.Any]:
    """What loads rules at boot, and what of the rules about PPTP comes back."""
    found = boot.loaders(host, trail)
    on = [name for name, row in found.items() if row['enabled']]
    now = {name: flows.get(name, {}).get('verdict') for name in _KEPT}
    then: dict[str, str | None] = {}
    lost: list[str] = []
    appears: list[str] = []
    rules = boot.rules(host, trail, found) if read.any else None
    if rules is not None:
        then = _verdicts(rules, place, dials)
        lost, appears = boot.changes(read.rules, rules, _concerns)
    elif on == ['ufw']:
        changed = boot.ufw(host, read.rules, _concerns)
        lost, appears = changed or ([], [])
        then = {name: 'drop' if any(_OF_FLOW[name].search(text) for text in lost) else verdict_
                for name, verdict_ in now.items() if changed}
    elif on == ['firewalld']:
        zone = boot.zone(host, trail, read.rules, place.wan)
        then = dict(zone.verdicts) if zone else {}
        lost = [_words_of(flows[name]) for name in now if zone and now[name] in ('accept', 'yes')
                and then[name] not in ('accept', 'yes')]
        appears = zone.names if zone and any(now[name] in _CLOSED and then[name] == 'accept' for name in now) else []
    return {'boot': found, 'survives_reboot': boot.survives(now, then), 'lost_at_reboot': lost,
            'appears_at_reboot': appears}


def _words_of(facts: dict[str, t.Any]) -> str:
    return '%s %s' % (facts.get('source') or '', facts.get('rule') or '')


def _verdicts(rules: Ruleset, place: fl.Place, dials: bool) -> dict[str, str | None]:
    """Those on the rules that are loaded at boot."""
    helper = firewall_helper.reached(rules, place, dials)
    report = _Report(rulesets.Read(rules, [], True, True, True, True, []), {}, {})
    report.run('flows', fl.server(place, helper), fl.server(place, False), fl.server(place, True))
    return {name: report.found['flows'][name]['verdict'] for name in _KEPT}


def _peers(flow: Flow) -> t.Any:
    return flow.dst if flow.hooks[:1] == ('output',) else flow.src


def _of_peer(flow: Flow, peer: t.Any) -> Flow:
    return flow._replace(dst=peer) if flow.hooks[:1] == ('output',) else flow._replace(src=peer)


def _source(by: t.Any) -> str:
    return by.source if by else ''


def _words(by: t.Any) -> str | None:
    return by.text if isinstance(by, Rule) else 'policy %s' % by.policy if isinstance(by, Chain) else None


def _place_of(host: Host, trail: ev.Trail, rules: Ruleset, asked: Asked) -> fl.Place:
    """The interfaces and addresses of the flows."""
    wan = asked.interface or system.wan(host, trail) or _named(rules)
    links = {name: [network(cidr) for cidr in link['addresses'] if ipv4(cidr.partition('/')[0]) is not None]
             for name, link in (system.ip_addr(host, trail) or {}).items()}
    own = {name: ipv4(link['addresses'][0].partition('/')[0])
           for name, link in (system.ip_addr(host, trail) or {}).items() if link['addresses']}
    inner = [name for name, nets in links.items() if name != wan and not _NOT_INNER.match(name) and nets]
    net = links[inner[0]][0] if len(inner) == 1 and wan else None
    inside = net[0] + 2 if net and net[1] - net[0] > 3 else None
    peers = tuple(ends for ends in map(network, asked.clients) if ends)
    address = ipv4(asked.address or '') or own.get(wan or '')
    return fl.Place(wan, address, _pool(host, trail), peers or 'any', lan=inner[0] if len(inner) == 1 and wan else None,
                    inside=inside, server=None)


def _inner(host: Host, trail: ev.Trail, wan: str | None) -> dict[str, int]:
    """The inner interfaces, and an address behind each."""
    found: dict[str, int] = {}
    for name, link in (system.ip_addr(host, trail) or {}).items() if wan else ():
        nets = [net for net in map(network, link['addresses']) if net and net[1] - net[0] > 3]
        if nets and name != wan and not _NOT_INNER.match(name):
            found[name] = nets[0][0] + 2
    return found


def _zones(host: Host, trail: ev.Trail, read: rulesets.Read) -> dict[str, str]:
    """Verdicts of firewalld or ufw where no rule set could be read."""
    if read.any:
        return {}
    for name, parser in (('firewall-cmd', firewalld.zones), ('ufw', firewalld.ufw)):
        text = rulesets.text(host, trail, name)
        if text:
            read.backends.append('firewalld' if name == 'firewall-cmd' else name)
            return dict(parser(text), source=name)
    return {}


def _dnat(read: rulesets.Read, place: fl.Place) -> dict[str, t.Any] | None:
    """The rules that forward TCP 1723 and GRE from outside to another host."""
    if not read.nat:
        return None
    flows = fl.router(place, False)
    found: dict[str, t.Any] = {}
    for name, flow in (('tcp1723', flows['tcp1723_in']), ('gre', flows['gre_in'])):
        packet = Packet(flow._replace(dst=place.address, states=frozenset(['new'])))
        packet.hook, packet.priority = 'prerouting', -100
        rules = [rule for chain in read.rules.values() for rule in chain.rules
                 if rule.action == 'dnat' and verdict.holds(rule, packet)]
        found[name] = [[rule.source, rule.text, _dotted(rule.arg)] for rule in rules][:5]
    return found


def _dotted(arg: t.Any) -> str | None:
    number = arg[0] if arg else None
    return None if number is None else '.'.join(str(number >> shift & 255) for shift in (24, 16, 8, 0))


def _named(rules: Ruleset) -> str | None:
    """The one interface that rules for PPTP or the masquerade name: whoever wrote them took it for the outer one."""
    found: set[str] = set()
    for chain in rules.values():
        for rule in chain.rules:
            kind = 'oif' if rule.action == 'masquerade' else 'iif' if _concerns(rule) else None
            sets = any(test[0] == 'set' for test in rule.tests)
            for test, negated, value in rule.tests if sets or rule.action in ('masquerade', 'accept') else ():
                found.update(value if test == kind and not negated and len(value) == 1 else ())
    found = {name for name in found if name.isalnum() and not name.startswith(('ppp', 'lo'))}
    return found.pop() if len(found) == 1 else None


def _place(rule: Rule) -> str:
    return '%s %s' % (rule.source, rule.text)


def _rules(rules: Ruleset) -> list[list[str]]:
    every = (rule for chain in rules.values() for rule in chain.rules)
    return [[rule.source, rule.text] for rule in itertools.islice(filter(_concerns, every), 20)]


def _concerns(rule: Rule) -> bool:
    return any(word in rule.text for word in _WORDS) and bool(_CONCERNS.search(rule.text))


def _mss(report: _Report) -> str | int | None:
    """The clamp that a SYN to or from a client meets, in either direction."""
    return report.sizes[0] if report.sizes else None


def _pool(host: Host, trail: ev.Trail) -> int | None:
    """An address that clients get."""
    text = trail.take(host.read('/etc/pptpd.conf', 65536))
    found = re.search(r'^remoteip\s+(\d+\.\d+\.\d+\.\d+)', text or '', re.M)
    return ipv4(found.group(1)) if found else ipv4(_DEFAULT_POOL) if text is not None else None
