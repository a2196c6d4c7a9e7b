# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the packets of a dial are lost: what the client sent and heard, beside what each witness on the way saw.

A *dial* is one row of ``dials`` (module ``dial``), a *witness* that of the module ``gre_witness``. What a witness saw
happened, whether it was complete or not; what it did not see did not happen only if it was.
"""

from __future__ import annotations

import typing as t

Mapping = t.Mapping[str, t.Any]
CLIENT, SERVER = 'client', 'server'
_GRE = ('no-answer', 'not-heard', 'refused', 'hung-up')         # why a dial stops at the step gre, with packets lost
_TCP = ('timeout', 'refused', 'unreachable', 'reset')           # the same of the step tcp
_SHOWN = 32                                                     # silent connections that a witness shows
_KINDS = {'gre': ('up', 'down'), 'tcp': ('syn', 'syn_ack')}
_WORDS = {('gre', 'up'): 'GRE to the server', ('gre', 'down'): 'GRE of the server',
          ('tcp', 'up'): 'the SYN to TCP 1723', ('tcp', 'down'): 'the answer to the SYN'}
_RULE = ('table', 'chain', 'position', 'rule', 'verdict', 'packets')


def locate(dial: Mapping, server: Mapping | None, routers: t.Mapping[str, Mapping]) -> dict[str, t.Any] | None:
    """Where packets of *dial* are lost; None where none are, or the dial failed for another reason.

    *server* is the server's witness, None without one; *routers* those of the routers by host name, in the order from
    the client to the server as far as that is known.

    ``packets``: ``tcp`` (the SYN, or what answers it) or ``gre``. ``direction``: ``up`` (to the server) or ``down``.
    ``at``: ``server`` or the router's host name where they came in and did not get on, ``client`` where it sent none,
    else ``''``; ``between``: the last that had them and the first that had not, of ``client``, ``server`` and the
    names of routers; ``[]`` where ``at`` says it. ``how``:

    * ``not-sent``: the server (or client) sent none. Its own rules for output may be why: ``rule``.
    * ``not-arrived``: sent, and lost on the way up before the next that looks, as ``between`` says.
    * ``dropped``: came to ``at`` and got no further; ``rule`` is the counted rule that did it, ``''`` where none was.
    * ``not-answered``: the SYN came to the server, and no rule is seen to drop it, and nothing answered.
    * ``not-returned``: answered, and lost on the way down, as ``between`` says.
    * ``arrived``: came to the server, and no rule is seen to drop it, and its PPP does not hear it.
    * ``unknown``: a witness whose word is needed was not complete; ``words`` has its reason.

    ``untranslated``: ``at`` is a router that lets GRE out with other addresses than the TCP connection has there.
    ``rule``: ``{table, chain, position, rule, verdict, packets}`` of the witness, else ``{}``. ``words``: one sentence,
    whose rule text and names are the host's (hostile). ``also``: the same for the other direction, where that is lost,
    too, else None.
    """
    step, why = dial.get('step'), dial.get('why')
    packets = 'gre' if step == 'gre' and why in _GRE else 'tcp' if step == 'tcp' and why in _TCP else ''
    if not packets or server is None and not routers:
        return None
    known = _syns(dial, [witness for witness in (server, *routers.values()) if isinstance(witness, dict)])
    nodes = [_Node(name, witness, dial, known, packets) for name, witness in routers.items()]
    path = _Path(packets, [node for node in nodes if node.rows], _Node(SERVER, server or {}, dial, known, packets),
                 server is not None, dial)
    lost = [found for found in (path.up(), path.down()) if found]
    return dict(lost[0], also=lost[1] if lost[1:] else None) if lost else None


class _Node:
    """A host with a witness: *rows* are those of the dial, as the host saw it on each side."""

    def __init__(self, name: str, witness: Mapping, dial: Mapping, syns: set[int], packets: str) -> None:
        self.name = name
        self.why = '' if witness.get('complete') is True else str(witness.get('why') or 'not complete')
        self._counters = _maps(witness.get('counters'))
        rows = _maps(witness.get('flows'))
        silent = [row for row in rows if not row.get('name')]
        self.rows = [row for row in rows if dial.get('name') and row.get('name') == dial.get('name')]
        if packets == 'gre':
            self.rows = [row for row in self.rows if row.get('calls')]
            if not self.rows and not self.why:
                self.why = 'the call was not seen there'
        else:
            self.rows += [row for row in silent if isinstance(row.get('syn'), int) and row['syn'] in syns]
            if not self.rows and silent and not self.why:       # one of them may be ours, with another port
                self.why = 'another connection was tried meanwhile'
            if len(silent) >= _SHOWN and not self.why:
                self.why = 'too many connections were tried meanwhile'

    def count(self, kind: str, out: bool) -> int:
        """How many packets of *kind* came in or went *out*."""
        return sum(_count(row, kind, out) for row in self.rows)

    def strays(self, kind: str) -> bool:
        """Whether GRE of *kind* leaves, and never with the addresses that the SYN had on that side."""
        side = [row for row in self.rows if _count(row, 'syn', kind == 'up')]
        left = [row for row in self.rows if _count(row, kind, True)]
        return bool(side and left) and not any(row in side for row in left)

    @property
    def acked(self) -> bool:
        return any(row.get('acked') is True for row in self.rows)

    def rule(self, kind: str) -> dict[str, t.Any]:
        """The counted rule at which packets of *kind* end here, all that came; none where it may be one of several, or
        lets others pass that fit it as well."""
        came = self.count(kind, False)
        passing = [other for other in ('up', 'down', 'syn', 'syn_ack') if other != kind and self.count(other, True)]
        found = [row for row in self._counters if isinstance(row.get('kinds'), list) and kind in row['kinds']
                 and isinstance(row.get('packets'), int) and row['packets'] >= came
                 and not any(other in row['kinds'] for other in passing)]
        return {key: found[0].get(key) for key in _RULE} if len(found) == 1 else {}


class _Path:
    """From the client over *routers* that saw the dial to the *server*."""

    def __init__(self, packets: str, routers: list[_Node], server: _Node, watched: bool, dial: Mapping) -> None:
        self._packets, self._routers, self._server, self._watched = packets, routers, server, watched
        self._dial = dial
        self._up, self._down = _KINDS[packets]

    def up(self) -> dict[str, t.Any] | None:
        """What is lost on the way to the server."""
        server = self._server
        if server.count(self._up, False):
            return self._at_server()
        if self._kept_back:
            return self._found('up', 'not-sent', at=CLIENT)
        lost = self._between('up', False)
        if lost:
            return lost
        if not self._watched:
            beyond = self._routers[-1].name if self._routers else CLIENT
            words = '%s leaves %s, and nobody watches beyond' % (self._what('up'), _node(beyond))
            return self._found('up', 'unknown', between=[beyond, SERVER], words=words)
        return None

    def _at_server(self) -> dict[str, t.Any] | None:
        """What the server does about the packets that came there."""
        server, gre = self._server, self._packets == 'gre'
        answered = bool(server.count(self._down, True))
        heard = gre and (server.acked or isinstance(self._counted.get('acked'), int)) or not gre and answered
        if heard or self._hung_up:
            return None
        rule = server.rule(self._up)
        if rule:
            return self._found('up', 'dropped', at=SERVER, rule=rule)
        if gre and not self._received or not gre and server.rule(self._down):
            return None     # what it sends itself says more: acknowledgements may just be late
        if server.why:
            return self._unknown('up', server)
        return self._found('up', 'arrived' if gre else 'not-answered', at=SERVER)

    def down(self) -> dict[str, t.Any] | None:
        """What is lost on the way back."""
        server = self._server
        if self._received or not self._watched:
            return None
        if server.count(self._down, True):
            return self._between('down', True)
        rule = server.rule(self._down)
        if rule:
            return self._found('down', 'not-sent', at=SERVER, rule=rule)
        if self._packets == 'tcp' or self._hung_up:      # no answer, and no packet that could be lost
            return None
        return self._unknown('down', server) if server.why else self._found('down', 'not-sent', at=SERVER)

    @property
    def _hung_up(self) -> bool:
        """Whether the server cleared the call: what it does not do then is no loss."""
        return self._dial.get('why') == 'hung-up'

    @property
    def _received(self) -> bool:
        return bool(self._counted.get('received'))

    @property
    def _counted(self) -> Mapping:
        """What the client counted of GRE."""
        return _map(_map(self._dial.get('seen')).get('gre'))

    @property
    def _kept_back(self) -> bool:
        """Whether the client's own rules kept it from sending."""
        seen = _map(self._dial.get('seen'))
        if self._packets == 'tcp':
            return _map(seen.get('tcp')).get('errno') == 'EPERM'
        return 'EPERM' in _map(seen.get('not_sent'))

    def _between(self, way: str, answered: bool) -> dict[str, t.Any] | None:
        """Where packets of one *way* got lost, which did not come to its end."""
        kind = self._up if way == 'up' else self._down
        routers = self._routers if way == 'up' else self._routers[::-1]
        stuck = [node for node in routers if node.count(kind, False) and not node.count(kind, True)]
        astray = [node.name for node in routers if self._packets == 'gre' and node.strays(kind)]
        if astray and not stuck:
            words = '%s leaves %s with an address that is not translated, as that of TCP is'
            found = self._found(way, 'dropped', astray[0], words=words % (self._what(way), astray[0]))
            return dict(found, untranslated=True)
        if stuck:
            first = stuck[0]
            rule = first.rule(kind)
            return self._unknown(way, first) if first.why else self._found(way, 'dropped', first.name, rule=rule)
        passed = [node.name for node in routers if node.count(kind, True)]
        blind = [node for node in routers if not node.count(kind, True)]
        ends = (CLIENT, SERVER) if way == 'up' else (SERVER, CLIENT)
        if way == 'up' and not self._watched and not blind:
            return None
        beyond = blind[:1] or ([self._server] if way == 'up' else [])
        if beyond and beyond[0].why:
            return self._unknown(way, beyond[0])
        between = [passed[-1] if passed else ends[0], blind[0].name if blind else ends[1]]
        return self._found(way, 'not-returned' if answered else 'not-arrived', between=between)

    def _unknown(self, way: str, node: _Node) -> dict[str, t.Any]:
        words = 'what became of %s is not known: the witness on %s is not complete (%s)'
        return self._found(way, 'unknown', words=words % (self._what(way), _node(node.name), node.why))

    def _refusal(self, way: str, how: str) -> str:
        """Who says no, where packets are not lost without a word."""
        seen = _map(self._dial.get('seen'))
        if way == 'down' or self._dial.get('why') not in ('refused', 'unreachable'):
            return ''
        if self._packets == 'tcp' and how == 'not-answered' and self._server.count('rst', True):
            return ' but a reset: nothing listens there'
        senders = seen.get('icmp_by') if self._packets == 'gre' else [_map(seen.get('tcp')).get('by')]
        found = [item for item in senders if isinstance(item, str)] if isinstance(senders, list) else []
        return '; %s says that it may not pass' % found[0] if found and found[0] else ''

    def _what(self, way: str) -> str:
        return _WORDS[self._packets, way]

    def _found(self, way: str, how: str, at: str = '', between: list[str] | None = None,
               rule: dict[str, t.Any] | None = None, words: str = '') -> dict[str, t.Any]:
        said = words or _sentence(self._what(way), how, at, between or [], rule or {}) + self._refusal(way, how)
        return {'packets': self._packets, 'direction': way, 'how': how, 'at': at, 'between': between or [],
                'untranslated': False, 'rule': rule or {}, 'words': said, 'also': None}


def _sentence(what: str, how: str, at: str, between: list[str], rule: Mapping) -> str:
    if how in ('not-arrived', 'not-returned'):
        return '%s is lost between %s and %s' % (what, *(_node(name) for name in between))
    place = _node(at)
    named = rule and '%s %s, chain %s: %s' % ('rule %s of' % rule['position'] if rule['position'] else 'the policy of',
                                              rule['table'], rule['chain'], rule['rule'])
    if how == 'dropped':
        return '%s comes to %s and %s' % (what, place, 'is dropped by ' + named if named else 'does not leave it')
    if how == 'not-sent':
        return '%s is not sent by %s%s' % (what, place, ': it is dropped by ' + named if named else '')
    if how == 'not-answered':
        return '%s comes to %s, no rule is seen to drop it, and nothing answers it' % (what, place)
    return '%s comes to %s, no rule is seen to drop it, and its PPP does not hear it' % (what, place)


def _node(name: str) -> str:
    return 'the ' + name if name in (CLIENT, SERVER) else name


def _syns(dial: Mapping, witnesses: list[Mapping]) -> set[int]:
    """The sequence numbers of the SYN of *dial*: of the connections that never said a name and have its address and
    port, or behind a NAT that leaves ports as they are, its port, or else its address: a dial may try more than one.
    NAT leaves sequence numbers as they are."""
    source = dial.get('source')
    if not isinstance(source, list) or len(source) != 2:
        return set()
    rows = [row for witness in witnesses for row in _maps(witness.get('flows')) if not row.get('name')]
    ends = [(row['client'], row['syn']) for row in rows if isinstance(row.get('client'), list)
            and len(row['client']) == 2 and isinstance(row.get('syn'), int)]
    for same in ((True, True), (False, True), (True, False)):
        found = {syn for client, syn in ends if (client[0] == source[0], client[1] == source[1]) == same}
        if found:
            return found
    return set()


def _count(row: Mapping, kind: str, out: bool) -> int:
    pairs = _map(_map(row.get('seen')).get(kind)).values()
    return sum(pair[out] for pair in pairs if isinstance(pair, list) and len(pair) == 2 and isinstance(pair[out], int))


def _map(value: t.Any) -> Mapping:
    return value if isinstance(value, dict) else {}


def _maps(value: t.Any) -> list[Mapping]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
