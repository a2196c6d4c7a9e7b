# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Does a chain drop what nobody asked for? Then rules that admit the tunnel must stand in it.

Only such a chain gets rules: an accept at the top of a chain that drops nothing but the banned addresses of
fail2ban would let the banned in again.
"""

from __future__ import annotations

import re
import typing as t

# A drop that is about something else than PPTP from anywhere: given sources, other ports or protocols, broken packets,
# rates. In the words of iptables-save(8) and of `nft list ruleset`.
_OTHER = re.compile(
    r'(?<!! )-s |--match-set|-m (?:recent|hashlimit|limit|geoip)|--ctstate INVALID|--tcp-flags|-i lo\b'
    r'|-p (?!tcp\b|gre\b|47\b|all\b)\S'
    r'|ip6? saddr (?!!=)|@|\blimit rate|\bmeter\b|ct state (?:invalid|\{ ?invalid ?\}|0x1)\b|\bfib\b|tcp flags'
    r'|iif(?:name)? "?lo\b|(?<!with )\bicmp|\budp\b|nfproto (?:ipv6|10)\b'
    r'|(?:l4proto|ip protocol) (?!tcp\b|gre\b|6\b|47\b|\{)\S')
_PORT = re.compile(r'\bdports? ')
_DROP = re.compile(r'-j (?:DROP|REJECT)\b|(?:^|[^:] )(?:drop|reject)\b')
_JUMP = re.compile(r'(?:-j|-g|\bjump|\bgoto) ([^\s,}]+)')


class Chain(t.NamedTuple):
    """The *policy* in lower case (``accept`` where there is none) and the texts of the *rules*."""

    policy: str
    rules: t.Sequence[str]


def drops(chains: t.Mapping[str, Chain], name: str) -> bool:
    """Whether chain *name* of one table, or one that it jumps to, drops by policy or by a rule that may fit PPTP."""
    todo, seen = [name], {name}
    while todo:
        chain = chains.get(todo.pop())
        if chain is None:
            continue
        if chain.policy == 'drop':
            return True
        for rule in chain.rules:
            if _OTHER.search(rule) or _PORT.search(rule) and '1723' not in rule:
                continue
            if _DROP.search(rule):
                return True
            todo += [target for target in _JUMP.findall(rule) if target not in seen]
            seen.update(todo)
    return False
