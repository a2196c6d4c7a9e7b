# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the rules assign the conntrack helper to the control connections that matter on a host."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils import evidence as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.collect import conntrack, rulesets, system
from ansible_collections.vpnops.pptp.plugins.module_utils.firewall import flows as fl, verdict
from ansible_collections.vpnops.pptp.plugins.module_utils.firewall.model import (
    CONNTRACK,
    NO,
    Packet,
    Rule,
    Ruleset,
    check,
)
from ansible_collections.vpnops.pptp.plugins.module_utils.host import Host


def assigned(host: Host, trail: ev.Trail, read: rulesets.Read, place: fl.Place, dials: bool
             ) -> tuple[bool | None, bool | None]:
    """``(assigned to TCP 1723, set behind conntrack's own hook or by a CT rule)``; *dials*: by this host to a server,
    which OUTPUT sees, and PREROUTING does not."""
    flow = fl.client(fl.Place()) if dials else fl.server(fl.Place(), None)['tcp1723_in']
    hooks: list[bool] = []
    hidden = False
    sees = ('output', 'postrouting') if dials else ('prerouting', 'input', 'forward', 'postrouting')
    for rule, hook, priority in _helpers(read.rules):
        packet = Packet(flow)
        packet.hook, packet.priority = hook, priority
        if all(test[0] == 'set' or check(test, packet, rule) != NO for test in rule.tests):
            effects = [test[2] for test in rule.tests if test[0] == 'set']
            hidden = hidden or any(name == 'ct' for name, _value in effects)
            if any(name == 'template' and value for name, value in effects):
                hooks.append(hook in sees)
            elif any(name == 'helper' for name, _value in effects):
                hooks.append(hook in sees and priority >= CONNTRACK)
    release = system.release(host, trail)
    _flows, seen = conntrack.table(host, trail)
    hook_ok = any(hooks) if hooks else None
    if seen or hook_ok and reached(read.rules, place, dials):
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


def reached(rules: Ruleset, place: fl.Place, dials: bool) -> bool:
    """Whether a control connection, to this host or through it, or of one that *dials*, may get the helper."""
    flows = [fl.server(place, None)['tcp1723_in'], *list(fl.router(place, None).values())[:2]]
    flows = [fl.client(place)] if dials else flows
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
