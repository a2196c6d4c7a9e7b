# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What nft's selectors and values mean for a packet of ours, shared by the text and the JSON.

Sample: ``build('tcp dport', False, ['1723', '8080-8090'])`` gives a test of the protocol and one of the port.
"""

from __future__ import annotations

import functools
import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.firewall import model as m
from ansible_collections.vpnops.pptp.plugins.module_utils.parse.iptables import integer, port_range

# nft(8), "Standard priority names"; srcnat and dstnat are those of ip, ip6 and inet
PRIORITIES = {'raw': -300, 'mangle': -150, 'dstnat': -100, 'filter': 0, 'security': 50, 'srcnat': 100, 'out': 100}
VERDICTS = ('accept', 'drop', 'reject', 'return', 'continue', 'jump', 'goto', 'masquerade', 'snat', 'dnat',
            'redirect', 'queue', 'tproxy', 'synproxy', 'fwd')
_ACTIONS = {'snat': 'masquerade', 'queue': 'stolen', 'tproxy': 'stolen', 'synproxy': 'stolen', 'fwd': 'stolen',
            'continue': ''}
_OTHER_PROTOCOLS = 'sctp dccp udplite ah esp comp icmp igmp'
# selector: kind of test, and the protocol that it implies; yes, no, maybe are fixed values
_KINDS = {
    'iif': 'iif iifname', 'oif': 'oif oifname', 'proto': 'l4proto,ip protocol', 'family': 'nfproto',
    'ether': 'protocol,ether type', 'dport': 'th dport', 'sport': 'th sport', 'dport tcp': 'tcp dport',
    'dport udp': 'udp dport', 'sport tcp': 'tcp sport', 'sport udp': 'udp sport', 'state': 'ct state',
    'status': 'ct status', 'direction': 'ct direction', 'helper': 'ct helper', 'src': 'ip saddr', 'dst': 'ip daddr',
    'dsttype': 'fib daddr type', 'srctype': 'fib saddr type', 'mark': 'mark', 'flags tcp': 'tcp flags',
    'pkttype': 'pkttype',
}
SELECTORS: dict[str, tuple[str, str]] = {}
for _kind, _many in _KINDS.items():
    for _words in _many.split(',') if ',' in _many or _many.count(' ') and _kind not in ('iif', 'oif') \
            else _many.split() if _kind in ('iif', 'oif') else [_many]:
        SELECTORS[_words] = (_kind.split()[0], ''.join(_kind.split()[1:]))
ALL_FLAGS = 'fin,syn,rst,psh,ack,urg,ecn,cwr'
_MANY = 65536   # elements of one set that are kept
_ADDRESSES = {'ip saddr': 'src', 'ip daddr': 'dst'}
_FAMILY = {'ip', 'ipv4'}
_ELEMENT = re.compile(r'\s+(?:timeout|expires|counter|comment|limit|last|quota)\s.*$')


@functools.lru_cache(maxsize=2048)
def known(words: str) -> str | None:
    """The canonical selector of *words*, ``None`` where they are none: ``meta iifname`` is ``iifname``."""
    words = words[5:] if words.startswith('meta ') else words
    if words in SELECTORS or words == 'ct mark':
        return words
    first, _space, rest = words.partition(' ')
    one = bool(rest) and ' ' not in rest
    if one and (first in ('ip6', 'icmpv6', 'arp', 'vlan', 'nd') or first in _OTHER_PROTOCOLS.split()):
        return words
    return words if one and (first, rest) in _ODD else None


_ODD = {(first, rest) for first, many in (
    ('ip', 'ttl length dscp ecn id version frag-off hdrlength checksum'), ('tcp', 'sequence ackseq window doff urgptr'),
    ('udp', 'length checksum'), ('ether', 'saddr daddr'), ('ct', 'expiration zone id bytes packets avgpkt label'),
    ('socket', 'mark transparent wildcard'), ('rt', 'nexthop mtu ipsec classid')) for rest in many.split()}


def build(selector: str, negated: bool, values: t.Sequence[str], mask: str | None = None,
          exact: bool = False) -> list[m.Test]:
    """The tests for ``selector [& mask] [==|!=] values``; unknown ones cannot be decided. *exact*: compared with
    ``==``, ``!=`` or a set, so that of several flags (``new | related``) all and no others have to be there."""
    if selector in _ADDRESSES and mask is None and len(values) == 1:   # of large sets, which no cache would hold
        found = m.network(values[0])
        if found:
            return [(_ADDRESSES[selector], negated, (found,))]
    return list(_build(selector, negated, tuple(values), mask, exact))


@functools.lru_cache(maxsize=4096)
def _build(selector: str, negated: bool, values: t.Sequence[str], mask: str | None, exact: bool) -> list[m.Test]:
    first = selector.split()[0]
    if first in _OTHER_PROTOCOLS.split():
        return [('proto', False, frozenset([first])), ('fixed', False, m.MAYBE)]
    if first in ('ip6', 'icmpv6', 'arp', 'vlan', 'nd'):
        return [('fixed', False, m.NO)]
    kind, proto = SELECTORS.get(selector, ('', ''))
    tests: list[m.Test] = [('proto', False, frozenset([proto]))] if proto else []
    partial = '...' in values
    values = [value for value in values if value != '...']
    if not kind or any(value[:1] == '@' for value in values) or mask and kind not in ('mark', 'flags'):
        return tests + [(kind, negated, ()) if kind in ('src', 'dst') else ('fixed', False, m.MAYBE)]
    if exact and kind in ('state', 'status', 'flags'):
        return tests + [_exact(kind, negated, values, mask)]
    return tests + [_test(kind, negated, values, mask, partial)]


def _exact(kind: str, negated: bool, values: t.Sequence[str], mask: str | None) -> m.Test:
    if kind == 'flags':
        rows = tuple(((kind, False, (_flags(mask or ALL_FLAGS), _flags(value) or frozenset())),) for value in values)
        return ('concat', negated, rows) if len(rows) != 1 else (kind, negated, rows[0][0][2])
    alone = frozenset(value for value in values if '|' not in value)   # a connection has one state at a time
    if kind == 'state':
        return (kind, negated, alone) if alone else ('fixed', negated, m.NO)
    return 'all-status', negated, frozenset('|'.join(values).split('|'))


def _test(kind: str, negated: bool, values: t.Sequence[str], mask: str | None, partial: bool) -> m.Test:
    if kind in ('family', 'ether', 'pkttype'):
        wanted = {'family': _FAMILY, 'ether': _FAMILY | {'0x0800'}, 'pkttype': {'host', 'unicast'}}[kind]
        return 'fixed', negated, m.YES if wanted & set(values) else m.MAYBE if partial else m.NO
    if kind == 'proto':
        names = {m.PROTOCOLS.get(value, value) for value in values} | ({'unknown'} if partial else set())
        return kind, negated, frozenset(names)
    if kind in ('dport', 'sport'):
        return kind, negated, tuple(port_range(value, '-') for value in values) + ((None,) if partial else ())
    if kind in ('src', 'dst'):
        return kind, negated, tuple(m.network(value) for value in values) + ((None,) if partial else ())
    if kind == 'mark':
        bits = integer(mask) if mask else 0xffffffff
        return kind, negated, (bits or 0, tuple(_numbers(value) for value in values))
    if kind == 'flags':
        return kind, negated, (_flags(mask), frozenset(word for value in values for word in _flags(value) or ()))
    if kind in ('iif', 'oif'):
        return ('fixed', negated, m.MAYBE) if partial else (kind, negated, tuple(values))
    return kind, negated, frozenset(values)


def _numbers(text: str) -> tuple[int, int] | None:
    low, _dash, high = text.partition('-')
    first, last = integer(low), integer(high or low)
    return (first, last) if first is not None and last is not None else None


def _flags(text: str | None) -> frozenset[str] | None:
    return None if text is None else frozenset(re.findall(r'[a-z]+', text))


def element(text: str) -> str:
    """One element of a set without its timeout, counter and comment."""
    return (_ELEMENT.sub('', text) if ' ' in text else text).strip().strip('"')


def compare(selector: str, sign: str, value: str) -> list[m.Test]:
    """``tcp dport >= 1024`` as a range; of other selectors it cannot be decided."""
    number = integer(value)
    if number is None or not selector.endswith('port') and selector != 'mark':
        return build(selector, False, [])[:-1] + [('fixed', False, m.MAYBE)]
    top = m.ANY_PORT if selector != 'mark' else 0xffffffff
    low, high = {'<': (0, number - 1), '<=': (0, number), '>': (number + 1, top), '>=': (number, top)}[sign]
    return build(selector, False, ['%d-%d' % (low, high)] if low <= high else [])


def action(words: t.Sequence[str]) -> tuple[str, t.Any]:
    """``(action, argument)`` of the words of a verdict."""
    name, rest = words[0], [word.strip('"') for word in words[1:]]
    arg: t.Any = rest[0] if rest and name in ('jump', 'goto') else None
    if name in ('dnat', 'redirect'):
        target = next((word for word in rest if word[:1].isdigit() or word[:1] == ':'), '')
        address, _colon, port = target.partition(':')
        arg = (m.ipv4(address), int(port) if port.isascii() and port.isdigit() else None)
    return _ACTIONS.get(name, name), arg


def vmap(base: m.Rule, tests: list[m.Test], selector: str, pairs: t.Iterable[tuple[str, str]]) -> list[m.Rule]:
    """``{ established : accept, "eth0" : jump wan }`` as rules in a row, the first that matches being the only one."""
    rules = []
    for key, verdict in pairs:
        if key == '...':
            rules.append(base._replace(action='stolen', tests=(*tests, ('fixed', False, m.MAYBE))))
            continue
        match = concat(selector, False, [key]) if ' . ' in selector else \
            build(selector, False, [element(key)], None, True)
        name, arg = action(verdict.split() or ['continue'])
        rules.append(base._replace(action=name, arg=arg, tests=(*tests, *match)))
    return rules


def concat(selector: str, negated: bool, values: t.Iterable[str]) -> list[m.Test]:
    """``ip saddr . tcp dport { 192.0.2.1 . 1723 }``: alternatives of tests that must all hold."""
    parts = selector.split(' . ')
    protos = [test for part in parts for test in build(part, False, ['0']) if test[0] == 'proto' and SELECTORS.get(
        part, ('', ''))[1]]
    rows = []
    for value in values:
        cells = value.split(' . ')
        if len(cells) != len(parts):
            rows.append([('fixed', False, m.MAYBE)])
            continue
        rows.append([test for part, cell in zip(parts, cells) for test in build(part, False, [element(cell)])])
    return protos + [('concat', negated, tuple(tuple(row) for row in rows))]
