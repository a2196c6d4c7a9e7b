# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the rule sets in force do with the packets of PPTP, on a server and on a router."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils import evidence as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.collect import conntrack, rulesets, system
from ansible_collections.vpnops.pptp.plugins.module_utils.firewall import flows as fl, verdict
from ansible_collections.vpnops.pptp.plugins.module_utils.firewall.model import (
    CONNTRACK,
    NO,
    Chain,
    Flow,
    Packet,
    Rule,
    Ruleset,
    check,
    ipv4,
    network,
)
from ansible_collections.vpnops.pptp.plugins.module_utils.host import Host
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import firewalld

_DEFAULT_POOL = '192.168.1.234'   # pptpd's own, configure.h DEFAULT_REMOTE_IP_LIST
_CONCERNS = re.compile(r'\b1723\b|\bgre\b|-p 47\b|\bpptp\b|MASQUERADE|masquerade|TCPMSS|maxseg')
_NOT_INNER = re.compile(r'lo$|ppp|docker|veth|br-|virbr|wg|tun|tap')
_CLOSED = ('drop', 'reject')
_BACK = ('tcp1723_established', 'tcp1723_out', 'radius_in', 'radius_out', 'forward_to_ppp')
_PASSED, _NAT_FLOWS = 5, ('forward_from_ppp', 'tcp1723_out')


def collect(host: Host) -> dict[str, t.Any]:
    """``pptp_firewall`` of docs/facts.md."""
    trail = ev.Trail()
    read = rulesets.read(host, trail)
    place = _place_of(host, trail, read.rules)
    helper, hook_ok = _helper(host, trail, read, place)
    report = _Report(read, _zones(host, trail, read))
    report.run('flows', fl.server(place, helper), fl.server(place, False), fl.server(place, True))
    report.run('forward', fl.router(place, helper), fl.router(place, False), fl.router(place, True))
    return {'backends': read.backends, 'readable': read.readable, 'flows': report.found['flows'],
            'forward': report.found['forward'], 'dnat': _dnat(read, place), 'rules': _rules(read.rules),
            'counters': {'gre_drop': report.counter}, 'mss_clamp': _mss(report), 'order': report.order[:5],
            'helper': helper, 'helper_hook_ok': hook_ok, 'conflicts': rulesets.conflicts(read),
            'boot': rulesets.boot(host, trail), 'evidence': trail.as_dict()}


class _Report:
    """The verdicts on groups of flows, as facts."""

    def __init__(self, read: rulesets.Read, zones: dict[str, str]) -> None:
        self.read, self.zones = read, zones
        self.found: dict[str, t.Any] = {}
        self.order: list[list[str]] = []
        self.counter: int | None = None
        self.sizes: list[t.Any] = []

    def run(self, group: str, flows: dict[str, Flow], bare: dict[str, Flow], full: dict[str, Flow]) -> None:
        """Judge *flows*; *bare* and *full* are the same without and with the helper."""
        rows: dict[str, t.Any] = {}
        self.found[group] = rows
        for name, flow in flows.items():
            result = self._judge(flow)
            rows[name] = self._flow(result, name if group == 'flows' else '')
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

    def _judge(self, flow: Flow) -> verdict.Verdict:
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
        return {'verdict': word, 'rule': _words(rule), 'source': rule.source if rule else None, 'notes': notes}

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


def _source(by: t.Any) -> str:
    return by.source if by else ''


def _words(by: t.Any) -> str | None:
    return by.text if isinstance(by, Rule) else 'policy %s' % by.policy if isinstance(by, Chain) else None


def _place_of(host: Host, trail: ev.Trail, rules: Ruleset) -> fl.Place:
    """The interfaces and addresses of the flows."""
    wan = system.wan(host, trail) or _named(rules)
    links = {name: [network(cidr) for cidr in link['addresses'] if ipv4(cidr.partition('/')[0]) is not None]
             for name, link in (system.ip_addr(host, trail) or {}).items()}
    own = {name: ipv4(link['addresses'][0].partition('/')[0])
           for name, link in (system.ip_addr(host, trail) or {}).items() if link['addresses']}
    inner = [name for name, nets in links.items() if name != wan and not _NOT_INNER.match(name) and nets]
    net = links[inner[0]][0] if len(inner) == 1 and wan else None
    inside = net[0] + 2 if net and net[1] - net[0] > 3 else None
    return fl.Place(wan, own.get(wan or ''), _pool(host, trail), lan=inner[0] if len(inner) == 1 and wan else None,
                    inside=inside, server=None)


def _helper(host: Host, trail: ev.Trail, read: rulesets.Read, place: fl.Place) -> tuple[bool | None, bool | None]:
    """``(assigned to TCP 1723, set behind conntrack's own hook or by a CT rule)``."""
    flow = fl.server(fl.Place(), None)['tcp1723_in']
    hooks: list[bool] = []
    hidden = False
    for rule, hook, priority in _helpers(read.rules):
        packet = Packet(flow)
        packet.hook, packet.priority = hook, priority
        if all(test[0] == 'set' or check(test, packet, rule) != NO for test in rule.tests):
            effects = [test[2] for test in rule.tests if test[0] == 'set']
            hidden = hidden or any(name == 'ct' for name, _value in effects)
            if any(name == 'template' and value for name, value in effects):
                hooks.append(True)
            elif any(name == 'helper' for name, _value in effects):
                hooks.append(priority >= CONNTRACK)
    release = system.release(host, trail)
    _flows, seen = conntrack.table(host, trail)
    hook_ok = any(hooks) if hooks else None
    if seen or hook_ok and _reached(read.rules, place):
        return True, hook_ok
    if hook_ok:
        return False, hook_ok
    modules = system.module_table(host, trail)
    _sysctl, by_kernel = conntrack.automatic(host, trail, release)
    if by_kernel and not modules.off('nf_conntrack_pptp'):
        return (True if modules.state('nf_conntrack_pptp') in ('loaded', 'builtin') else None), hook_ok
    if seen is False or hook_ok is False:
        return False, hook_ok
    unseen = hidden or not read.ct_rules
    return (None if unseen and not modules.off('nf_conntrack_pptp') else False), hook_ok


def _reached(rules: Ruleset, place: fl.Place) -> bool:
    """Whether a control connection, to this host or through it, may really get the helper."""
    flows = [fl.server(place, None)['tcp1723_in'], *list(fl.router(place, None).values())[:2]]
    packets = [verdict.judge(rules, flow, through=True).packet for flow in flows]
    return any(packet and packet.helpers != {''} and packet.tracked != {'notrack'} for packet in packets)


def _helpers(rules: Ruleset) -> t.Iterator[tuple[Rule, str, int]]:
    """Rules that set a helper, with the hook and priority of their base chain, or of one that jumps there."""
    hooks = {key: (chain.hook, chain.priority) for key, chain in rules.items() if chain.hook}
    for _round in range(4):
        for key in list(hooks):
            for rule in rules[key].rules:
                if rule.action in ('jump', 'goto') and (key[0], rule.arg) in rules:
                    hooks.setdefault((key[0], rule.arg), hooks[key])
    for key, chain in rules.items():
        for rule in chain.rules:
            if any(test[0] == 'set' and test[2][0] in ('helper', 'template', 'ct') for test in rule.tests):
                yield (rule, *hooks.get(key, ('prerouting', 0)))


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
            kind = 'oif' if rule.action == 'masquerade' else 'iif' if _CONCERNS.search(rule.text) else None
            sets = any(test[0] == 'set' for test in rule.tests)
            for test, negated, value in rule.tests if sets or rule.action in ('masquerade', 'accept') else ():
                found.update(value if test == kind and not negated and len(value) == 1 else ())
    found = {name for name in found if name.isalnum() and not name.startswith(('ppp', 'lo'))}
    return found.pop() if len(found) == 1 else None


def _place(rule: Rule) -> str:
    return '%s %s' % (rule.source, rule.text)


def _rules(rules: Ruleset) -> list[list[str]]:
    every = (rule for chain in rules.values() for rule in chain.rules)
    return [[rule.source, rule.text] for rule in every if _CONCERNS.search(rule.text)][:20]


def _mss(report: _Report) -> str | int | None:
    """The clamp that a SYN to or from a client meets, in either direction."""
    return report.sizes[0] if report.sizes else None


def _pool(host: Host, trail: ev.Trail) -> int | None:
    """An address that clients get."""
    text = trail.take(host.read('/etc/pptpd.conf', 65536))
    found = re.search(r'^remoteip\s+(\d+\.\d+\.\d+\.\d+)', text or '', re.M)
    return ipv4(found.group(1)) if found else ipv4(_DEFAULT_POOL) if text is not None else None
