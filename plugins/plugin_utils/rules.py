# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Commands that put a rule in front of the one that decides, in the table and the chain where that one stands.

iptables counts rules from 1 (iptables(8), ``-I chain rulenum``), nft from 0 (nft(8), ``index``).
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils import pools
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain_gre import CLOSED, FORWARD, flow, flow_path
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts

_NAME = re.compile(r'[A-Za-z_][\w.+-]{0,40}')   # a name that may stand in a command
_FIREWALLD = re.compile(r'(?:INPUT|FORWARD|OUTPUT)(?:_|$)|(?:IN|FWD[IO]?|POST|PRE)_')   # its chains in iptables
_TABLES = ('raw', 'mangle', 'nat', 'filter', 'security')   # of iptables
_FAMILIES = ('ip', 'ip6', 'inet')
#: What a flow needs, in the words of iptables and of nft.
_TCP = ('-p tcp --dport 1723', 'tcp dport 1723')
_GRE = ('-p gre', 'meta l4proto gre')
_NEEDS: dict[str, tuple[str, str]] = {
    'tcp1723_in': _TCP, 'gre_in': _GRE, 'gre_out': _GRE, 'forward_from_ppp': ('-i ppp+', 'iifname "ppp*"'),
    'forward_to_ppp': ('-o ppp+', 'oifname "ppp*"'), FORWARD + 'tcp1723_out': _TCP, FORWARD + 'tcp1723_in': _TCP,
    FORWARD + 'gre_out': _GRE, FORWARD + 'gre_in': _GRE,
}
_OF = {
    'tcp1723-blocked': ('tcp1723_in', FORWARD + 'tcp1723_out', FORWARD + 'tcp1723_in'),
    'gre-blocked': ('gre_in', 'gre_out', FORWARD + 'gre_out', FORWARD + 'gre_in'),
    'gre-conntrack-helper': ('gre_in', 'gre_out'),
    'firewall-rule-order': ('tcp1723_in', 'gre_in', *(FORWARD + name for name in (
        'tcp1723_out', 'tcp1723_in', 'gre_out', 'gre_in'))),
    'forward-blocked': ('forward_from_ppp', 'forward_to_ppp'),
}

_WHAT = {'tcp1723-blocked': 'TCP 1723', 'gre-blocked': 'GRE (IP protocol 47)', 'firewall-rule-order': 'PPTP',
         'forward-blocked': 'what comes from ppp interfaces, and the answers,'}


class Spot(t.NamedTuple):
    """Where a rule stands: *tool* (nft, iptables, iptables-legacy), *table* (with its family for nft), *chain*, and
    its number from 1, ``None`` where the policy decides."""

    tool: str
    table: str
    chain: str
    number: int | None


def spot(facts: Facts, name: str) -> Spot | None:
    """Where the rule stands that decides the flow *name*; ``None`` where that is not known."""
    path = flow_path(name)
    table, chain = (facts.text('pptp_firewall', *path, key) or '' for key in ('table', 'chain'))
    words = table.split()
    if len(words) < 2 or not all(_NAME.fullmatch(word) for word in (*words[1:], chain)):
        return None
    number = facts.number('pptp_firewall', *path, 'position')
    if words[0] == 'nft' and _by_iptables(facts, words, chain):
        return Spot('iptables', words[2], chain, number)
    if words[0] == 'nft':
        return Spot('nft', ' '.join(words[1:]), chain, number) if len(words) == 3 and words[1] in _FAMILIES else None
    tool = {'iptables-save': 'iptables', 'iptables-legacy-save': 'iptables-legacy'}.get(words[0])
    return Spot(tool, words[1], chain, number) if tool else None


def _by_iptables(facts: Facts, words: list[str], chain: str) -> bool:
    """Whether nft shows a chain that iptables made and manages: nft must leave it alone."""
    return words[1:2] == ['ip'] and words[-1] in _TABLES and 'iptables-nft' in (
        facts.items('pptp_firewall', 'backends') or []) and (chain.isupper() or chain.startswith('ufw'))


def commands(cause: str, facts: Facts, manager: str = '') -> tuple[str, ...]:
    """What admits the closed flows of *cause*; nothing where *manager* made the chain, which it would make anew."""
    found = []
    for name in _flows_of(cause, facts):
        place = spot(facts, name)
        if place and flow(facts, name) in CLOSED and not _is_of(manager, place):
            found.append(_command(place, *_NEEDS[name]))
    return tuple(dict.fromkeys(found))


def summary(cause: str, facts: Facts) -> str:
    """What these commands do, in words; nothing where the rules of this host do not close anything."""
    closed = cause != 'gre-conntrack-helper' and any(flow(facts, name) in CLOSED for name in _flows_of(cause, facts))
    return 'Admit %s where the rules of this host stop it now, in front of the one that decides, and save them for ' \
        'the next boot.' % _WHAT[cause] if closed and cause in _WHAT else ''


def _flows_of(cause: str, facts: Facts) -> list[str]:
    router = facts.text('pptp_host', 'role') == 'router'
    return [name for name in _OF.get(cause, ()) if name.startswith(FORWARD) == router]


def _is_of(manager: str, place: Spot) -> bool:
    if manager == 'ufw':
        return place.chain.startswith('ufw') or place.number is None
    if manager != 'firewalld':
        return False
    return 'firewalld' in place.table if place.tool == 'nft' else bool(_FIREWALLD.match(place.chain))


def _command(place: Spot, iptables: str, nft: str) -> str:
    if place.tool == 'nft':
        where = '%s %s' % (place.table, place.chain)
        return 'nft add rule %s %s accept' % (where, nft) if place.number is None else \
            'nft insert rule %s index %d %s accept' % (where, place.number - 1, nft)
    table = '' if place.table == 'filter' else '-t %s ' % place.table
    where = '-A %s' % place.chain if place.number is None else '-I %s %d' % (place.chain, place.number)
    return '%s %s%s %s -j ACCEPT' % (place.tool, table, where, iptables)


def named(command: str, facts: Facts) -> str:
    """*command* with the pool and the outer interface of this host in place of POOL and WAN."""
    pool, device = pools.pool(facts, 'remoteip'), facts.text('pptp_addressing', 'default_route', 'dev')
    if pool is not None and ' POOL ' in command:
        command = command.replace(' POOL ', ' %s ' % pools.spanning(pool))
    if device and _NAME.fullmatch(device):
        command = re.sub(r'\bWAN\b', device, command)
    return command
