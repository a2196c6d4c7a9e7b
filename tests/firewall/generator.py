# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Random rule sets, the same one for the same seed: iptables (either variant), nft, and both at once."""

from __future__ import annotations

import random
import re
import typing as t

from tests.firewall.kernel import Rules

_STATES = ('NEW', 'ESTABLISHED', 'RELATED', 'INVALID', 'UNTRACKED')
_NETS = ('10.9.1.2/32', '10.9.1.0/24', '10.9.1.1/32', '10.9.2.0/24', '10.9.2.2/32', '198.51.100.0/24', '10.0.0.0/8',
         '192.168.0.0/16', '203.0.113.7/32')
_DEVICES = ('eth0', 'ppp0', 'eth1', 'lo')
_BUILT_IN = {'filter': ('INPUT', 'FORWARD', 'OUTPUT'), 'raw': ('PREROUTING', 'OUTPUT'),
             'mangle': ('PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'),
             'nat': ('PREROUTING', 'POSTROUTING')}
_HOOKS = ('prerouting', 'input', 'forward', 'output', 'postrouting')
_PROTOCOLS = (
    '', '', '-p tcp', '-p gre', '-p gre', '-p 47', '-p udp', '-p icmp', '! -p tcp', '! -p gre',
    '-p tcp -m tcp --dport 1723', '-p tcp -m tcp --dport 1723', '-p tcp -m tcp --dport 1000:2000',
    '-p tcp -m tcp ! --dport 1723', '-p tcp -m multiport --dports 22,1723,443',
    '-p tcp -m multiport ! --dports 22,443', '-p tcp -m tcp --sport 1024:65535',
    '-p tcp -m tcp --tcp-flags SYN,RST,ACK SYN', '-p tcp -m tcp ! --syn', '-p udp -m udp --dport 1812',
    '-p udp -m udp --sport 1812', '-p tcp -m tcp --dport 443', '-p tcp -m multiport --sports 443,1723',
)
_ODD = ('-m string --string zz --algo bm', '-m length --length 0:9000', '-m ttl --ttl-gt 3',
        '-m statistic --mode random --probability 0.5', '-m u32 --u32 "6 & 0xFF = 47"')
_ODD_NFT = ('ip ttl > 3', 'ip length < 9000', 'meta length > 10', 'ip dscp cs0', 'numgen random mod 2 0',
            'socket wildcard 0')


_LATER = 1000000   # seeds from here on have more matches; those before it keep their rule sets


def make(seed: int) -> tuple[Rules, bool]:
    """``(rules, whether they are made of supported matches only)``."""
    dice = random.Random(seed)
    odd = dice.random() < 0.1
    kind = dice.choice(('nft_variant', 'native', 'native', 'legacy', 'mixed', 'mixed'))
    parts = {kind} if kind != 'mixed' else set(dice.sample(('nft_variant', 'native', 'legacy'), dice.choice((2, 2, 3))))
    open_up = dice.random() < 0.4   # so that a control connection gets through and the helper has something to do
    made = {}
    for part in sorted(parts):
        writer = Nft(dice, odd, open_up) if part == 'native' else Iptables(dice, odd, open_up)
        writer.more = seed >= _LATER
        made[part] = writer.text()
    return Rules(**made), not odd


class Iptables:
    """One text for iptables-restore."""

    def __init__(self, dice: random.Random, odd: bool, open_up: bool) -> None:
        self.dice, self.odd, self.open_up, self.more = dice, odd, open_up, False

    def text(self) -> str:
        tables = ['filter'] + [name for name in ('raw', 'mangle', 'nat') if self.dice.random() < 0.5]
        return ''.join(self.table(name) for name in tables)

    def table(self, table: str) -> str:
        dice = self.dice
        own = ['chain%d' % number for number in range(dice.choice((0, 1, 2, 4)))]
        lines = ['*' + table]
        for name in _BUILT_IN[table]:
            closed = table == 'filter' and dice.random() < 0.4 or table != 'nat' and dice.random() < 0.05
            lines.append(':%s %s [0:0]' % (name, 'DROP' if closed else 'ACCEPT'))
        lines += [':%s - [0:0]' % name for name in own]
        for name in _BUILT_IN[table]:
            if self.open_up and name in ('INPUT', 'OUTPUT') and table == 'filter':
                lines.append('-A %s -p tcp -m tcp --%sport 1723 -j ACCEPT' % (name, 'd' if name == 'INPUT' else 's'))
            lines += [self.rule(table, name, own) for _number in range(dice.choice((0, 1, 2, 3, 5, 8)))]
        for number, name in enumerate(own):
            lines += [self.rule(table, name, own[number + 1:]) for _number in range(dice.choice((0, 1, 2, 4)))]
        return '\n'.join([*lines, 'COMMIT', ''])

    def rule(self, table: str, chain: str, own: list[str]) -> str:
        dice = self.dice
        matches = self.matches(table, chain)
        target = self.target(table, chain, own)
        if target.startswith(('CT --helper', 'TCPMSS')) or '--to-destination' in target or 'tcp-reset' in target:
            matches = [item for item in matches if not item.startswith(('-p', '! -p', '-m tcp', '-m multiport'))]
            matches.insert(0, '-p tcp -m tcp --tcp-flags SYN,RST SYN' if 'TCPMSS' in target else
                           '-p tcp' if 'reset' in target and dice.random() < 0.5 else '-p tcp -m tcp --dport 1723')
        return ' '.join(['-A', chain, *matches, *(['-j ' + target] if target[:2] != '-g' and target else [target])])

    def matches(self, table: str, chain: str) -> list[str]:
        dice = self.dice
        found = [dice.choice(_PROTOCOLS)]
        sign = dice.choice(('', '', '', '! '))
        if dice.random() < 0.25 and chain not in ('OUTPUT', 'POSTROUTING'):
            found.append('%s-i %s' % (sign, dice.choice((*_DEVICES, 'eth+', 'ppp+'))))
        if dice.random() < 0.2 and chain not in ('INPUT', 'PREROUTING'):
            found.append('%s-o %s' % (sign, dice.choice((*_DEVICES, 'eth+', 'ppp+'))))
        for option in ('-s', '-d'):
            if dice.random() < 0.15:
                found.append('%s%s %s' % (dice.choice(('', '', '! ')), option, dice.choice(_NETS)))
        if dice.random() < 0.25:
            states = ','.join(dice.sample(_STATES, dice.choice((1, 1, 2, 3))))
            found.append('-m conntrack %s--ctstate %s' % (dice.choice(('', '', '', '! ')), states))
        if self.more and dice.random() < 0.3:   # rules of one shape
            found.append(dice.choice(('-s 10.9.1.%d', '! -s 10.9.1.%d', '-d 10.9.%d.0/24', '-s 10.9.1.2 -d 10.9.1.%d',
                                      '-m iprange ! --src-range 10.9.1.0-10.9.1.%d')) % dice.choice((1, 2, 3, 4)))
            found = [item for item in found[:-1] if ' -s ' not in ' ' + item and ' -d ' not in ' ' + item] + found[-1:]
        found += self.rare(chain)
        return [item for item in found if item]

    def rare(self, chain: str) -> list[str]:
        dice = self.dice
        found = []
        if dice.random() < 0.06:
            found.append('-m mark %s--mark %s' % (dice.choice(('', '! ')), dice.choice(('0x1', '0x2', '0x4/0x4'))))
        if dice.random() < 0.06:
            found.append('-m addrtype %s--%s-type %s' % (dice.choice(('', '! ')), dice.choice(('dst', 'src')),
                                                         dice.choice(('LOCAL', 'UNICAST', 'BROADCAST'))))
        if dice.random() < 0.04:
            found.append('-m limit --limit 1000/sec --limit-burst 100')
        if dice.random() < 0.03:
            found.append('-m pkttype --pkt-type %s' % dice.choice(('unicast', 'broadcast')))
        if dice.random() < 0.03:
            found.append('-m conntrack --ctdir %s' % dice.choice(('ORIGINAL', 'REPLY')))
        if dice.random() < 0.03:
            found.append('-m iprange --src-range 10.9.1.%d-10.9.1.9' % dice.choice((0, 2, 3)))
        if dice.random() < 0.03:
            found.append('-m comment --comment "-j ACCEPT \\" --dport 1"')
        if self.odd and dice.random() < 0.2:
            found.append(dice.choice(_ODD))
        return found

    def target(self, table: str, chain: str, own: list[str]) -> str:
        dice = self.dice
        choices = ['ACCEPT'] * 5 + ['RETURN', 'LOG', 'MARK --set-xmark %s' % dice.choice(('0x1/0xffffffff', '0x4/0x4'))]
        if table != 'nat':
            choices += ['DROP'] * (4 if table == 'filter' else 1)
        if table == 'filter' and chain in ('INPUT', 'FORWARD', 'OUTPUT'):
            choices += ['REJECT', 'REJECT --reject-with icmp-host-prohibited', 'REJECT --reject-with tcp-reset']
        if table == 'raw':
            choices += ['CT --helper pptp'] * (5 if self.open_up else 2) + ['CT --notrack']
        if table == 'mangle' and chain in ('FORWARD', 'POSTROUTING'):
            choices += ['TCPMSS --set-mss 1300', 'TCPMSS --clamp-mss-to-pmtu', 'TCPMSS --set-mss 1200']
        if table == 'nat' and chain == 'POSTROUTING':
            choices += ['MASQUERADE'] * 5 + ['SNAT --to-source 10.9.1.1']
        if table == 'nat' and chain == 'PREROUTING':
            choices += ['DNAT --to-destination 10.9.2.2:1723', 'DNAT --to-destination 10.9.2.2']
        if own:
            choices += [dice.choice(own), dice.choice(own), '-g ' + dice.choice(own)]
        if table == 'mangle':
            choices = [item for item in choices if item != 'MARK' or chain != 'OUTPUT']
        return dice.choice(choices)


class Nft:
    """One text for nft."""

    def __init__(self, dice: random.Random, odd: bool, open_up: bool) -> None:
        self.dice, self.odd, self.open_up, self.family = dice, odd, open_up, 'ip'
        self.more = False

    def text(self) -> str:
        return ''.join(self.table(number) for number in range(self.dice.choice((1, 1, 2))))

    def table(self, number: int) -> str:
        dice = self.dice
        own = ['sub%d' % index for index in range(dice.choice((0, 1, 2, 3)))]
        self.family = dice.choice(('ip', 'inet'))
        lines = ['table %s fuzz%d {' % (self.family, number),
                 'ct helper std { type "pptp" protocol tcp; l3proto ip; }', *self.sets(own)]
        for index, name in reversed(list(enumerate(own))):
            lines += ['chain %s {' % name, *self.some(name, own[index + 1:], (0, 1, 2, 4)), '}']
        for index in range(dice.choice((1, 2, 3, 5))):
            lines += self.base(index, own)
        return '\n'.join([*lines, '}', ''])

    def base(self, index: int, own: list[str]) -> list[str]:
        dice = self.dice
        nat = dice.random() < 0.15
        hook = dice.choice(('prerouting', 'postrouting') if nat else (*_HOOKS, 'input', 'input', 'output'))
        priority = {'prerouting': 'dstnat', 'postrouting': 'srcnat'}[hook] if nat else dice.choice(
            (-300, -250, -150, -10, 0, 0, 0, 10, 50, 'filter', 'mangle - 5', 'raw'))
        policy = 'drop' if not nat and dice.random() < 0.25 else 'accept'
        lines = ['chain base%d {' % index,
                 'type %s hook %s priority %s; policy %s;' % ('nat' if nat else 'filter', hook, priority, policy)]
        if self.open_up and not nat:
            lines += ['tcp dport 1723 accept', 'tcp sport 1723 accept'] if priority not in (-300, -250, 'raw') or \
                dice.random() < 0.5 else []
        if self.open_up and hook == 'prerouting' and not nat:
            lines.insert(2, 'tcp dport 1723 ct helper set "std"')
        return [*lines, *self.some('nat ' + hook if nat else hook, [] if nat else own, (1, 2, 3, 5, 8)), '}']

    def sets(self, own: list[str]) -> list[str]:
        return ['set peers { type ipv4_addr; flags interval; elements = { 10.9.1.2, 198.51.100.0/24, '
                '10.20.0.0-10.20.0.9 } }', 'set ports { type inet_service; elements = { 22, 443, 1723 } }',
                'set pairs { type ipv4_addr . inet_service; elements = { 10.9.1.2 . 1723, 10.9.2.2 . 443 } }',
                'map ways { type inet_proto : verdict; elements = { tcp : accept, gre : %s, 17 : continue } }'
                % self.dice.choice(('drop', 'accept', 'return')),
                'set names { type ifname; elements = { "eth0", "lo" } }']

    def some(self, where: str, own: list[str], sizes: t.Sequence[int]) -> list[str]:
        return [self.rule(where, own) for _number in range(self.dice.choice(sizes))]

    def rule(self, where: str, own: list[str]) -> str:
        dice = self.dice
        parts = [self.match(where) for _number in range(dice.choice((0, 1, 1, 1, 2, 2, 3)))]
        if dice.random() < 0.3:
            parts.insert(dice.randrange(len(parts) + 1), 'counter')
        if dice.random() < 0.05 and where != 'nat':
            parts.append('meta mark set %s' % dice.choice(('0x1', '0x2')))
        vmap = dice.random() < 0.07 and not where.startswith('nat')
        last = self.vmap(own) if vmap else self.verdict(where, own)
        return ' '.join(_of_one_protocol([*(parts[:1] if vmap else parts), last]))

    def vmap(self, own: list[str]) -> str:
        way = 'jump ' + own[0] if own else 'accept'
        return self.dice.choice((
            'ct state vmap { established : accept, related : %s, invalid : drop }' % way,
            'iifname vmap { "eth0" : %s, "ppp0" : accept }' % way, 'ip protocol vmap @ways',
            'tcp dport vmap { 22 : drop, 1000-2000 : %s, 443 : return }' % way,
            'meta l4proto vmap { gre : %s, 6 : continue, udp : drop }' % way,
            'ip saddr vmap { 10.9.1.0/24 : %s, 10.9.2.2 : drop }' % way,
            'ip saddr . tcp dport vmap { 10.9.1.2 . 1723 : %s, 10.9.2.2 . 443 : drop }' % way))

    def match(self, where: str) -> str:
        dice = self.dice
        if self.more and dice.random() < 0.3:   # rules of one shape
            number = dice.choice((1, 2, 3, 4))
            return dice.choice((
                'ip saddr 10.9.1.%d' % number, 'ip saddr != 10.9.%d.0/24' % number, 'ip daddr 10.9.1.%d' % number,
                'ip saddr { 10.9.1.%d, 10.9.2.0/24 }' % number, 'tcp dport { %d, 1723 }' % (440 + number),
                'tcp dport { %d, 8080 }' % (441 + number), 'ip saddr 10.9.1.2 ip daddr 10.9.1.%d' % number,
                'ip saddr . ip daddr { 10.9.1.%d . 10.9.1.1, 10.9.2.2 . 198.51.100.9 }' % number,
                'ip saddr . tcp dport { 10.9.1.%d . 1723, 10.9.2.2 . %d }' % (number, 440 + number),
                'counter packets %d bytes 0 ip saddr 10.9.1.%d' % (number, number)))
        sign = dice.choice(('', '', '!= '))
        pool = ['tcp dport %s%s' % (sign, dice.choice(('1723', '{ 22, 1723 }', '1000-2000', '@ports', '443'))),
                'meta l4proto %s%s' % (sign, dice.choice(('gre', 'tcp', '{ gre, icmp }', '{ 6, 17 }'))),
                'ip protocol %s%s' % (sign, dice.choice(('gre', '47', 'udp', '{ gre, tcp }'))),
                'ct state %s%s' % (sign, dice.choice(('new', 'established,related', '{ new, untracked }', 'invalid',
                                                      'established'))),
                'iifname %s%s' % (sign, dice.choice(('"eth0"', '"eth*"', '{ "lo", "ppp0" }', '@names'))),
                'oifname %s%s' % (sign, dice.choice(('"eth0"', '"ppp*"', '{ "lo", "eth1" }'))),
                'ip saddr %s%s' % (sign, dice.choice((*_NETS, '@peers', '{ 10.9.1.0/24, 10.9.2.2 }'))),
                'ip daddr %s%s' % (sign, dice.choice((*_NETS, '@peers'))),
                'meta nfproto ipv4' if self.family == 'inet' else 'meta protocol ip', 'udp sport 1812',
                'th dport %s%s' % (sign, dice.choice(('1723', '30000-40000', '{ 443, 1812 }'))), 'udp dport 1812',
                'ip saddr . tcp dport { 10.9.1.2 . 1723, 10.9.2.2 . 443 }', 'ip saddr . tcp dport @pairs',
                'tcp flags & (fin | syn | rst | ack) == syn', 'tcp flags syn', 'tcp flags & syn != 0',
                'meta mark %s%s' % (sign, dice.choice(('0x1', '0x2', '0x0'))), 'tcp dport >= 1024', 'tcp sport < 2000',
                'fib daddr type %s' % dice.choice(('local', 'unicast', 'broadcast')), 'meta pkttype host',
                'ct direction %s' % dice.choice(('original', 'reply')), 'ct status %s' % dice.choice((
                    'dnat', 'snat', 'expected')), 'icmp type echo-request', 'iif "eth0"', 'meta protocol ip',
                'limit rate 1000/second burst 100 packets', 'limit rate over 1000/second burst 100 packets',
                'ct helper "pptp"', 'meta mark & 0x3 == 0x1', 'ct status != dnat']
        if self.odd and dice.random() < 0.2:
            pool = list(_ODD_NFT)
        return dice.choice(pool)

    def verdict(self, where: str, own: list[str]) -> str:
        dice = self.dice
        choices = ['accept'] * 5 + ['drop'] * 3 + ['return', 'continue', 'log prefix "drop accept " level info',
                                                   'counter comment "jump nowhere"']
        if where in ('input', 'forward', 'output'):
            choices += ['reject', 'reject with icmp type admin-prohibited']
        if where in ('prerouting', 'output'):
            choices += ['notrack']
        if where in ('prerouting', 'input'):
            choices += ['ct helper set "std"'] * 2
        if where in ('forward', 'postrouting'):
            return 'tcp flags syn tcp option maxseg size set %s' % dice.choice(('1300', 'rt mtu', '1200')) \
                if dice.random() < 0.1 else dice.choice(choices)
        if where == 'nat postrouting':
            choices = ['masquerade'] * 3 + ['accept', 'ip saddr 10.9.2.0/24 snat ip to 10.9.1.1', 'return', 'drop']
        if where == 'nat prerouting':
            choices = ['tcp dport 1723 dnat ip to 10.9.2.2:1723', 'ip protocol gre dnat ip to 10.9.2.2', 'accept',
                       'return']
        if own:
            choices += ['jump ' + dice.choice(own)] * 2 + ['goto ' + dice.choice(own)]
        return dice.choice(choices)


_PROTOCOL = re.compile(r'\b(tcp (?:dport|sport|flags)|udp|icmp type|ip protocol|meta l4proto)\b')


def _of_one_protocol(parts: list[str]) -> list[str]:
    """*parts* without those for another protocol than the last: nft refuses what can never match."""
    kept: list[str] = []
    wanted = None
    for part in reversed(parts):
        found = _PROTOCOL.search(part)
        word = found.group(1).split()[0] if found else None
        if word and wanted not in (None, word):
            continue
        wanted = word or wanted
        kept.insert(0, part)
    return kept
