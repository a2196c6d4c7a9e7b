# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Load a rule set, send the packets of PPTP through it, and tell what the kernel did with each."""

from __future__ import annotations

import json
import typing as t

from tests.firewall import netns as n, pptp_control as control

# Own table: what passed every other chain of a hook, with its state, and the errors that a REJECT sends.
_JUDGE = '''table inet judge {
  set passed_in { typeof ip id . ct state; flags dynamic; size 4096; }
  set passed_forward { typeof ip id . ct state; flags dynamic; size 4096; }
  set passed_out { typeof ip id . ct state; flags dynamic; size 4096; }
  set passed_post { typeof ip id . ct state; flags dynamic; size 4096; }
  set errors { type inet_service; flags dynamic; size 4096; }
  set resets { typeof tcp dport . tcp sequence; flags dynamic; size 4096; }
  chain in { type filter hook input priority 10000; ip id != 0 update @passed_in { ip id . ct state }; }
  chain forward { type filter hook forward priority 10000; ip id != 0 update @passed_forward { ip id . ct state }; }
  chain out { type filter hook output priority 10000; ip id != 0 update @passed_out { ip id . ct state }; }
  chain post { type filter hook postrouting priority 10000; ip id != 0 update @passed_post { ip id . ct state }; }
  chain early { type filter hook output priority -400;
    icmp type destination-unreachable update @errors { @th,96,16 } drop
    tcp flags & rst == rst update @resets { tcp dport . tcp sequence } drop
  }
}
'''
_CLEAR = 'flush ruleset\n'
_LEGACY_TABLES = ('raw', 'mangle', 'nat', 'filter', 'security')
SYN, SYNACK, ACK, DATA = 2, 18, 16, 24


class Rules(t.NamedTuple):
    """Texts for iptables-nft-restore, iptables-legacy-restore and nft; empty: not used."""

    nft_variant: str = ''
    legacy: str = ''
    native: str = ''


class Outcome(t.NamedTuple):
    """*verdict* of the kernel on one packet, the conntrack *state* it had at its last hook, and how it arrived."""

    verdict: str
    state: str | None = None
    arrived: n.Seen | None = None


class Kernel:
    """One lab in which rule sets are loaded, one after the other."""

    def __init__(self, lab: n.Lab) -> None:
        self.lab = lab
        self.serial = 0
        self.ident = 0
        self.legacy = False
        self.resets: set[tuple[int, int]] = set()
        self.far: dict[int, n.Seen] = {}   # what arrived, by identification
        # flow: (identification, (port, sequence number) of a reset that answers it, sender)
        self.sent: dict[str, tuple[int, tuple[int, int], str]] = {}

    @property
    def port(self) -> int:
        """The source port of this round's clients."""
        return 30000 + self.serial

    def clear(self) -> None:
        """No rules but those of the judge."""
        if self.legacy:
            empty = ''.join('*%s\nCOMMIT\n' % table for table in _LEGACY_TABLES)
            self.lab.run('iptables-legacy-restore', '-w', text=empty + '')
            self._policies()
            self.legacy = False
        self._must(self.lab.run('nft', '-f', '-', text=_CLEAR + _JUDGE))

    def _policies(self) -> None:
        chains = {'raw': 'PREROUTING OUTPUT', 'mangle': 'PREROUTING INPUT FORWARD OUTPUT POSTROUTING',
                  'nat': 'PREROUTING INPUT OUTPUT POSTROUTING', 'filter': 'INPUT FORWARD OUTPUT'}
        text = ''.join('*%s\n%sCOMMIT\n' % (table, ''.join(':%s ACCEPT [0:0]\n' % name for name in names.split()))
                       for table, names in chains.items())
        self._must(self.lab.run('iptables-legacy-restore', '-w', text=text))

    @staticmethod
    def _must(done: t.Any) -> None:
        if done.returncode:
            raise ValueError('%s: %s' % (' '.join(done.args[:2]), done.stderr.strip()))

    def load(self, rules: Rules) -> dict[str, str]:
        """Load *rules*, and return what the host's tools then show; ValueError where one refuses them."""
        lab = self.lab
        shown = {}
        if rules.native:
            self._must(lab.run('nft', '-f', '-', text=rules.native))
        if rules.nft_variant:
            self._must(lab.run('iptables-nft-restore', text=rules.nft_variant))
            shown['iptables-save'] = lab.run('iptables-nft-save').stdout
        if rules.legacy:
            self.legacy = True
            self._must(lab.run('iptables-legacy-restore', '-w', text=rules.legacy))
            shown['iptables-legacy-save'] = lab.run('iptables-legacy-save').stdout
        listing = lab.run('nft', 'list', 'ruleset')
        self._must(listing)
        shown['nft'] = listing.stdout
        return shown

    def prepare(self) -> None:
        """A fresh start: connections whose control packets passed before there were rules."""
        self.serial += 1   # at most 1000: no port and no call id twice in one lab
        self.ident = 0
        self.sent, self.far = {}, {}
        self.clear()
        self._handshake(20000 + self.serial)
        for key in 'cp':
            self.lab.heard(key)

    def _handshake(self, port: int) -> None:
        self._tcp('', 'c', port, SYN, (100, 0))
        self._tcp('', 's', port, SYNACK, (500, 101))
        self._tcp('', 'c', port, ACK, (101, 501))
        self._tcp('', 's', port, DATA, (501, 101), b'hello')

    def _next(self) -> int:
        self.ident += 1
        return self.ident

    def _tcp(self, flow: str, sender: str, port: int, flags: int, seq: tuple[int, int], data: bytes = b'') -> None:
        ident = self._next()
        if sender == 'c':
            packet = n.tcp(n.CLIENT, n.SERVER, ident, (port, 1723), flags, seq, data)
        else:
            packet = n.tcp(n.SERVER, n.CLIENT, ident, (1723, port), flags, seq, data)
        to, answer = (n.SERVER, port) if sender == 'c' else (n.CLIENT, 1723)
        self._send(flow, sender, packet, to, ident, (answer, seq[1]))

    def _send(self, flow: str, sender: str, packet: bytes, to: str, ident: int,
              answer: tuple[int, int] = (0, 0)) -> None:
        self.lab.send(sender, packet, to)
        if flow:
            self.sent[flow] = (ident, answer, sender)

    def plain(self) -> dict[str, Outcome]:
        """Send the packets of a session without a helper; what became of them."""
        port, call = self.port, self.serial
        self._tcp('tcp1723_in', 'c', port, SYN, (100, 0))
        self._tcp('tcp1723_established', 'c', 20000 + self.serial, DATA, (101, 506), b'x')
        self._tcp('tcp1723_out', 's', 20000 + self.serial, DATA, (506, 101), b'y')
        for flow, sender, src, dst, number in (('gre_in', 'c', n.CLIENT, n.SERVER, call),
                                               ('gre_out', 's', n.SERVER, n.CLIENT, call + 15000)):
            ident = self._next()
            self._send(flow, sender, n.gre(src, dst, ident, number), dst, ident)
        ident = self._next()
        self._send('radius_out', 's', n.udp(n.SERVER, n.CLIENT, ident, (port, 1812)), n.CLIENT, ident)
        ident = self._next()
        self._send('forward_from_ppp', 'p', n.tcp(n.TUNNEL, n.OUTSIDE, ident, (port + 2000, 443), SYN, (100, 0)),
                   n.OUTSIDE, ident, (port + 2000, 0))
        found = self.read()
        way = found['forward_from_ppp'].arrived
        if way and found['forward_from_ppp'].state != 'untracked':
            ident = self._next()
            self._send('forward_to_ppp', 'c', n.tcp(n.OUTSIDE, way.src, ident, (443, port + 2000), SYNACK, (500, 101)),
                       way.src, ident, (443, 101))
        if found['radius_out'].arrived and found['radius_out'].state != 'untracked':
            ident = self._next()
            self._send('radius_in', 'c', n.udp(n.CLIENT, n.SERVER, ident, (1812, port)), n.SERVER, ident)
        return self.read()

    def helped(self) -> dict[str, Outcome] | None:
        """Send a session that a helper would follow; None where its control connection does not get through."""
        port, ours, theirs = 50000 + self.serial, 30000 + self.serial, 45000 + self.serial
        steps = (('c', SYN, b''), ('s', SYNACK, b''), ('c', ACK, b''), ('c', DATA, control.start_request()),
                 ('s', DATA, control.start_reply()), ('c', DATA, control.call_request(theirs)),
                 ('s', DATA, control.call_reply(ours, theirs)))
        at = {'c': 100, 's': 500}
        idents = []
        for sender, flags, data in steps:
            other = at['s' if sender == 'c' else 'c'] if flags != SYN else 0
            self._tcp('', sender, port, flags, (at[sender], other), data)
            idents.append((self.ident, sender))
            at[sender] += len(data) + (1 if flags & 2 else 0)
        return self._follow(idents, ours, theirs)

    def dialled(self) -> dict[str, Outcome] | None:
        """The same of a session that the host with the rules begins."""
        port, ours, theirs = 60000 + self.serial, 20000 + self.serial, 10000 + self.serial
        steps = (('s', SYN, b''), ('c', SYNACK, b''), ('s', ACK, b''), ('s', DATA, control.start_request()),
                 ('c', DATA, control.start_reply()), ('s', DATA, control.call_request(ours)),
                 ('c', DATA, control.call_reply(theirs, ours)))
        at = {'s': 100, 'c': 500}
        idents = []
        for sender, flags, data in steps:
            other = at['c' if sender == 's' else 's'] if flags != SYN else 0
            ident = self._next()
            ends = (n.SERVER, n.CLIENT, (port, 1723)) if sender == 's' else (n.CLIENT, n.SERVER, (1723, port))
            packet = n.tcp(ends[0], ends[1], ident, ends[2], flags, (at[sender], other), data)
            self._send('', sender, packet, ends[1], ident)
            idents.append((ident, sender))
            at[sender] += len(data) + (1 if flags & 2 else 0)
        return self._follow(idents, ours, theirs)

    def _follow(self, idents: list[tuple[int, str]], ours: int, theirs: int) -> dict[str, Outcome] | None:
        passed = self._sets()
        if not all(ident in passed['passed_in' if sender == 'c' else 'passed_post'] for ident, sender in idents):
            return None
        for flow, sender, src, dst, call in (('first_in', 'c', n.CLIENT, n.SERVER, ours),
                                             ('then_out', 's', n.SERVER, n.CLIENT, theirs),
                                             ('then_in', 'c', n.CLIENT, n.SERVER, ours)):
            ident = self._next()
            self._send(flow, sender, n.gre(src, dst, ident, call), dst, ident)
        return self.read()

    def _sets(self) -> dict[str, dict[int, str]]:
        text = self.lab.run('nft', '-j', 'list', 'table', 'inet', 'judge').stdout
        found: dict[str, dict[int, str]] = {}
        for item in json.loads(text)['nftables']:
            if 'set' in item:
                rows: dict[int, str] = {}
                if item['set']['name'] == 'resets':
                    self.resets = {tuple(pair['concat']) for pair in _values(item)}
                    continue
                for value in _values(item):
                    pair = value['concat'] if isinstance(value, dict) else [value, '']
                    rows[_number(pair[0])] = str(pair[1])
                found[item['set']['name']] = rows
        return found

    def read(self) -> dict[str, Outcome]:
        """What became of the packets sent so far."""
        sets = self._sets()
        for key in 'cp':
            self.far.update(n.seen(self.lab.heard(key)))
        found = {}
        for flow, (ident, answer, sender) in self.sent.items():
            arrived = self.far.get(ident)
            hooks = ('passed_in', 'passed_post') if sender != 's' else ('passed_post',)
            hook = next((name for name in hooks if ident in sets[name]), None)
            if hook is None or (hook == 'passed_post' and arrived is None):
                refused = ident in sets['errors'] or answer in self.resets
                found[flow] = Outcome('reject' if refused else 'drop')
            else:
                found[flow] = Outcome('accept', sets[hook][ident], arrived)
        return found


def _values(item: t.Any) -> list[t.Any]:
    return [element['elem']['val'] if isinstance(element, dict) and 'elem' in element else element
            for element in item['set'].get('elem', [])]


def _number(value: t.Any) -> int:
    return int(value) if isinstance(value, (int, str)) and str(value).isdigit() else int(str(value), 0)
