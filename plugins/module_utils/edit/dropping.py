# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Does a chain drop the tunnel? Then rules that admit it must stand there. The verdict is that of the facts.

Only such a chain gets rules: an accept at the top of a chain that drops nothing but the banned addresses of
fail2ban would let the banned in again.
"""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.firewall import flows, verdict
from ansible_collections.vpnops.pptp.plugins.module_utils.firewall.model import Flow, Ruleset
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import iptables, nft

_OURS = '"vpnops.pptp '   # begins the comment of rules of ours, which are not asked
_CLOSED = ('drop', 'reject')
_FLOWS = {
    'input': ('tcp1723_in', 'gre_in'), 'output': ('tcp1723_out', 'gre_out'),
    'forward': ('forward_from_ppp', 'forward_to_ppp'),
}


class Chain(t.NamedTuple):
    """The *policy* in lower case (``accept`` where there is none) and the texts of the *rules*."""

    policy: str
    rules: t.Sequence[str]


def drops(chains: t.Mapping[str, Chain], name: str, hook: str = '') -> bool:
    """Whether chain *name* of one table, of *hook* (else that of its name), drops what PPTP sends through it from
    somebody whom no rule names. Where that depends on what is not known here: whether the rule in doubt admits."""
    hook = hook or name.lower()
    rules = _rules(chains)
    key = next((key for key in rules if key[1] == name), None)
    if key is None or hook not in _FLOWS:
        return False
    rules[key].hook = hook
    made = flows.server(flows.Place(peer='any'), False)
    return any(_stopped(verdict.judge(rules, _anybody(made[one])._replace(hooks=(hook,)))) for one in _FLOWS[hook])


def _anybody(flow: Flow) -> Flow:
    """*flow* with any address where its own is not known."""
    return flow._replace(src='any' if flow.src in (None, 'world') else flow.src,
                         dst='any' if flow.dst in (None, 'world') else flow.dst)


def _stopped(result: verdict.Verdict) -> bool:
    if result.verdict != 'unknown':
        return result.verdict in _CLOSED
    doubt = result.undecided
    most = doubt is not None and any(kind in ('src', 'dst') and negated for kind, negated, _value in doubt.tests)
    return doubt is None or doubt.action not in _CLOSED or most or result.match in ('iif', 'oif')


def _rules(chains: t.Mapping[str, Chain]) -> Ruleset:
    """The chains as a rule set without hooks."""
    words = [rule for chain in chains.values() for rule in chain.rules]
    saved = any(' -j ' in ' ' + rule or ' -g ' in ' ' + rule for rule in words)
    kept = {name: [rule for rule in chain.rules if _OURS not in rule] for name, chain in chains.items()}
    if saved:
        lines = ['-A %s %s' % (name, rule) for name, some in kept.items() for rule in some]
        found = iptables.parse('*x\n%s\n%s\n' % ('\n'.join(':%s -' % name for name in kept), '\n'.join(lines)), 'x',
                               exact=True)[0]
    else:
        found = nft.parse('table inet x {\n%s}\n' % ''.join('chain %s {\n%s\n}\n' % (name, '\n'.join(some))
                                                            for name, some in kept.items()), exact=True)[0]
    for (_table, name), chain in found.items():
        chain.policy = 'drop' if chains[name].policy == 'drop' else 'accept'
        chain.hook, chain.priority = '', 0
    return found
