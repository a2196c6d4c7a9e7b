# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rule sets in force, and what they do with the flows of PPTP.

Reading loads nothing: each tool is run only where its kernel part is there, or may be.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils import evidence as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.collect import conntrack, system
from ansible_collections.vpnops.pptp.plugins.module_utils.firewall import verdict
from ansible_collections.vpnops.pptp.plugins.module_utils.firewall.model import NO, Chain, Rule, Ruleset, ipv4, match
from ansible_collections.vpnops.pptp.plugins.module_utils.host import Host
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import firewalld, iptables, nft

_LEGACY = '/proc/net/ip_tables_names'
_CONNTRACK_PRIORITY = -200   # NF_IP_PRI_CONNTRACK: a helper set before it is without effect
_DEFAULT_POOL = '192.168.1.234'   # pptpd's own, configure.h DEFAULT_REMOTE_IP_LIST
_CONCERNS = re.compile(r'\b1723\b|\bgre\b|-p 47\b|\bpptp\b|MASQUERADE|masquerade|TCPMSS|maxseg')
_NFT_OF_IPTABLES = {'nft ip ' + name for name in ('raw', 'mangle', 'nat', 'filter', 'security')}


class _Read(t.NamedTuple):
    rules: Ruleset
    backends: list[str]
    readable: bool       # every backend that may be in force was read
    ct_rules: bool       # iptables' CT rules would have been seen
    nat: bool            # nat tables would have been seen
    any: bool            # something was read, or is known not to be there


def collect(host: Host) -> dict[str, t.Any]:
    """``pptp_firewall`` of docs/facts.md."""
    trail = ev.Trail()
    read = _read(host, trail)
    helper, hook_ok = _helper(host, trail, read)
    zones = _zones(host, trail, read)
    flows: dict[str, t.Any] = {}
    order: list[list[str]] = []
    counter = None
    device, pool = system.wan(host, trail) or _named(read.rules), _pool(host, trail)
    for name, flow in verdict.flows(device, pool, helper).items():
        kind = 'nat' if name == 'masquerade' else 'filter'
        result = verdict.judge(read.rules, flow, kind)
        flows[name] = _flow(read, result, name, zones)
        if name == 'gre_in':
            flow, result = _without_helper(read, flows[name], device, pool, flow, result)
            counter = result.by.packets if result.by and result.verdict in ('drop', 'reject') else None
        if result.verdict in ('drop', 'reject') and isinstance(result.by, Rule):
            order += [[_place(rule), _place(result.by), name]
                      for rule in verdict.dead_accepts(read.rules, flow, result.by)]
    return {'backends': read.backends, 'readable': read.readable, 'flows': flows, 'rules': _rules(read.rules),
            'counters': {'gre_drop': counter}, 'mss_clamp': _mss(read.rules), 'order': order[:5], 'helper': helper,
            'helper_hook_ok': hook_ok, 'evidence': trail.as_dict()}


def _without_helper(read: _Read, facts: dict[str, t.Any], device: str | None, pool: int | None, flow: t.Any,
                    result: verdict.Verdict) -> tuple[t.Any, verdict.Verdict]:
    """Note in *facts* what the helper changes for incoming GRE; the flow and verdict to explain: where only the helper
    is in doubt, those without one, which is what a host has unless somebody assigned it."""
    bare = verdict.flows(device, pool, False)['gre_in']
    full = verdict.flows(device, pool, True)['gre_in']
    helped, without = (verdict.judge(read.rules, each) for each in (full, bare))
    stateful = helped.verdict == 'accept' != without.verdict
    facts['stateful'] = stateful if read.any else None
    if not (stateful and facts['verdict'] == 'unknown' and without.verdict in ('drop', 'reject')):
        return flow, result
    by = without.by
    facts['without_helper'] = [without.verdict, by.source if by else None, _words(by)]
    named = (rule for chain in read.rules.values() for rule in chain.rules
             if rule.action == 'accept' and verdict.names(rule))
    facts['asks_for_state'] = any(match(rule, bare) == NO != match(rule, full) for rule in named)
    return bare, without


def _words(by: t.Any) -> str | None:
    return by.text if isinstance(by, Rule) else 'policy %s' % by.policy if isinstance(by, Chain) else None


def _read(host: Host, trail: ev.Trail) -> _Read:
    names = host.read(_LEGACY)
    trail.note(names.evidence)
    no_legacy = system.absent(names) or names.value is not None and not names.value.strip()
    no_nft = system.module_table(host, trail).off('nf_tables')
    texts: dict[str, str | None] = {}
    if not no_legacy:
        texts['iptables-legacy-save'] = _text(host, trail, 'iptables-legacy-save')
    if not no_nft:
        texts['nft'] = _text(host, trail, 'nft')
    if not (no_legacy and (no_nft or ' xt ' not in (texts['nft'] or ' xt '))):
        texts['iptables-save'] = _text(host, trail, 'iptables-save')
    if all(text is None for text in texts.values()):
        texts['iptables-L'] = _text(host, trail, 'iptables-L')
    rules: Ruleset = {}
    for name, text in texts.items():
        if text is not None:
            parsed = iptables.parse_listing(text) if name == 'iptables-L' else \
                nft.parse(text)[0] if name == 'nft' else iptables.parse(text, name)[0]
            rules.update(parsed)
    saved = texts.get('iptables-save')
    if saved and (texts.get('nft') is None or iptables.is_nft(saved)):
        rules = {key: chain for key, chain in rules.items() if key[0] not in _NFT_OF_IPTABLES}
    got_nft = no_nft or texts.get('nft') is not None
    seen_ct = no_legacy or saved is not None or texts.get('iptables-legacy-save') is not None
    got_legacy = seen_ct and not (saved is not None and not no_legacy and iptables.is_nft(saved))
    seen = got_legacy and got_nft or any(text is not None for text in texts.values())
    return _Read(rules, _backends(texts, rules), got_legacy and got_nft, seen_ct,
                 seen and texts.get('iptables-L') is None, seen)


def _text(host: Host, trail: ev.Trail, name: str) -> str | None:
    output = trail.take(host.run(name))
    return output.stdout.encode('utf-8', 'replace').decode() if output else None


def _backends(texts: dict[str, str | None], rules: Ruleset) -> list[str]:
    nft_variant = iptables.is_nft(texts.get('iptables-save') or '')
    found = set()
    for (table, name), chain in rules.items():
        if chain.rules or chain.policy != 'accept':
            tool = table.split()[0]
            by_iptables = tool == 'nft' and table in _NFT_OF_IPTABLES and name.isupper()
            found.add('firewalld' if table == 'nft inet firewalld' else 'ufw' if name.startswith('ufw-') else
                      'iptables-nft' if by_iptables or tool == 'iptables-save' and nft_variant else
                      'nft' if tool == 'nft' else 'iptables-legacy' if tool != 'iptables-L' else 'iptables')
            found.update(['firewalld'] if name in ('INPUT_ZONES', 'INPUT_direct') else [])
    return sorted(found)


def _helper(host: Host, trail: ev.Trail, read: _Read) -> tuple[bool | None, bool | None]:
    """``(assigned to TCP 1723, set behind conntrack's own hook or by a CT rule)``."""
    flow = verdict.flows(None, None, None)['tcp1723_in']
    hooks = []
    hidden = False
    hook_of = _hooks(read.rules)
    for key, chain in read.rules.items():
        for rule in chain.rules:
            if rule.action in ('helper', 'ct') and match(rule, flow) != NO:
                hidden = hidden or rule.action == 'ct'
                if rule.action == 'helper' and rule.arg:
                    base = hook_of.get(key)
                    hooks.append(not key[0].startswith('nft') or base is None or base > _CONNTRACK_PRIORITY)
    release = system.release(host, trail)
    _flows, seen = conntrack.table(host, trail)
    hook_ok = any(hooks) if hooks else None
    if seen or hook_ok:
        return True, hook_ok
    modules = system.module_table(host, trail)
    _sysctl, by_kernel = conntrack.automatic(host, trail, release)
    if by_kernel and not modules.off('nf_conntrack_pptp'):
        return (True if modules.state('nf_conntrack_pptp') in ('loaded', 'builtin') else None), hook_ok
    if seen is False or hook_ok is False:
        return False, hook_ok
    unseen = hidden or not read.ct_rules
    return (None if unseen and not modules.off('nf_conntrack_pptp') else False), hook_ok


def _hooks(rules: Ruleset) -> dict[tuple[str, str], int]:
    """The priority of the base chain, for base chains and those they jump to directly."""
    found = {key: chain.priority for key, chain in rules.items() if chain.hook}
    for key, chain in rules.items():
        for rule in chain.rules if chain.hook else ():
            if rule.action in ('jump', 'goto'):
                found.setdefault((key[0], rule.arg), chain.priority)
    return found


def _zones(host: Host, trail: ev.Trail, read: _Read) -> dict[str, str]:
    """Verdicts of firewalld or ufw where no rule set could be read."""
    if read.any:
        return {}
    for name, parser in (('firewall-cmd', firewalld.zones), ('ufw', firewalld.ufw)):
        text = _text(host, trail, name)
        if text:
            read.backends.append('firewalld' if name == 'firewall-cmd' else name)
            return dict(parser(text), source=name)
    return {}


def _flow(read: _Read, result: verdict.Verdict, name: str, zones: dict[str, str]) -> dict[str, t.Any]:
    notes = []
    word, rule, source = result.verdict, _words(result.by), result.by.source if result.by else None
    seen = read.nat if name == 'masquerade' else read.any
    if name in zones:
        word, source = zones[name], zones['source']
    elif not seen:
        word = 'unknown'
        notes.append('no rule set could be read')
    elif result.undecided:
        notes.append('depends on %s: %s' % (result.undecided.source, result.undecided.text))
    return {'verdict': word, 'rule': rule, 'source': source, 'notes': notes}


def _named(rules: Ruleset) -> str | None:
    """The one interface that rules for PPTP or the masquerade name: whoever wrote them took it for the outer one."""
    found: set[str] = set()
    for chain in rules.values():
        for rule in chain.rules:
            kind = 'oif' if rule.action == 'masquerade' else 'iif' if _CONCERNS.search(rule.text) else None
            for test, negated, value in rule.tests if rule.action in ('masquerade', 'accept', 'helper') else ():
                found.update(value if test == kind and not negated and len(value) == 1 else ())
    found = {name for name in found if name.isalnum() and not name.startswith(('ppp', 'lo'))}
    return found.pop() if len(found) == 1 else None


def _place(rule: Rule) -> str:
    return '%s %s' % (rule.source, rule.text)


def _rules(rules: Ruleset) -> list[list[str]]:
    every = (rule for chain in rules.values() for rule in chain.rules)
    return [[rule.source, rule.text] for rule in every if _CONCERNS.search(rule.text)][:20]


def _mss(rules: Ruleset) -> str | int | None:
    found = [rule.arg for chain in rules.values() for rule in chain.rules if rule.action == 'mss']
    return found[0] if found else None


def _pool(host: Host, trail: ev.Trail) -> int | None:
    """An address that clients get."""
    text = trail.take(host.read('/etc/pptpd.conf', 65536))
    found = re.search(r'^remoteip\s+(\d+\.\d+\.\d+\.\d+)', text or '', re.M)
    return ipv4(found.group(1)) if found else ipv4(_DEFAULT_POOL) if text is not None else None
