# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Why no LCP came through, and why TCP 1723 did not connect: the firewall, conntrack and the trace decide."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils import clouds, pools
from ansible_collections.vpnops.pptp.plugins.plugin_utils.blame import Candidate
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts, listed
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import Proof
from ansible_collections.vpnops.pptp.plugins.plugin_utils.sessions import Log, Session

CLOSED = ('drop', 'reject')
_NAMED = re.compile(r'\b(?:1723|gre|pptp)\b|-p 47\b|\b(?:l4proto|protocol) 47\b', re.IGNORECASE)
_WORDS = {'yes': 'source address rewritten:', 'no': 'source address not rewritten'}
FORWARD = 'forward.'    # before the name of a flow: what a router does with it
_PPTP_LINES = ('pptp-refused', 'pptp-timeout', 'pptp-no-connection', 'pptp-connected', 'pptp-gre-unreachable',
               'noise-pptp', 'pptp-peer-closed', 'pptp-pppd-gone')


def flow_path(name: str) -> tuple[str, ...]:
    """Where a flow stands in ``pptp_firewall``: among ``flows``, or, as ``forward.gre_in``, elsewhere."""
    return tuple(name.split('.')) if '.' in name else ('flows', name)


def flow(facts: Facts, name: str) -> str | None:
    """The verdict of the firewall for one flow, ``None`` when unknown."""
    verdict = facts.text('pptp_firewall', *flow_path(name), 'verdict')
    return None if verdict == 'unknown' else verdict


def flow_proof(facts: Facts, name: str) -> Proof:
    """The rule that decides one flow, as evidence: its text, its table, its chain and where it stands there."""
    path = flow_path(name)
    rule = facts.text('pptp_firewall', *path, 'rule') or ''
    verdict = str(flow(facts, name) or 'unknown')
    said = '' if rule == 'policy ' + verdict else _WORDS.get(verdict, verdict)
    words = [said, rule, place(facts, name)]
    return Proof('pptp_firewall.' + '.'.join(path), ' '.join(word for word in words if word),
                 facts.text('pptp_firewall', *path, 'source') or '')


def names_pptp(facts: Facts, name: str) -> bool:
    """Whether the rule that decides a flow speaks of TCP 1723 or GRE."""
    return bool(_NAMED.search(facts.text('pptp_firewall', *flow_path(name), 'rule') or ''))


def place(facts: Facts, name: str) -> str:
    """``(table ip filter, chain INPUT, rule 3)`` of the rule that decides a flow, as far as it is known."""
    path = flow_path(name)
    found = ['%s %s' % (word, facts.get('pptp_firewall', *path, key)) for word, key in
             (('table', 'table'), ('chain', 'chain'), ('rule', 'position')) if facts.get('pptp_firewall', *path, key)]
    return '(%s)' % ', '.join(found) if found else ''


def stateful(facts: Facts) -> list[str]:
    """The flows of GRE that a rule admits only with a connection state."""
    found = [name for name in ('gre_in', 'gre_out') if facts.flag('pptp_firewall', 'flows', name, 'stateful')]
    return found or (['gre_in'] if facts.flag('pptp_conntrack', 'stateful_gre') else [])


def helper_lacks(facts: Facts) -> bool | None:
    """Whether GRE is admitted only with a state that nothing gives it; ``None`` when not known."""
    if not stateful(facts):
        return facts.flag('pptp_conntrack', 'stateful_gre')
    assigned = facts.flag('pptp_conntrack', 'helper_assigned')
    if assigned:
        return facts.flag('pptp_conntrack', 'helper_hook_ok') is False
    return None if assigned is None else True


def helper_proof(facts: Facts) -> tuple[Proof, ...]:
    """Why :func:`helper_lacks` says so."""
    words = {('stateful_gre', True): 'GRE passes only with a connection state',
             ('stateful_gre', False): 'GRE needs no connection state',
             ('helper_assigned', True): 'the helper is assigned to TCP 1723',
             ('helper_assigned', False): 'no helper is assigned to TCP 1723',
             ('helper_hook_ok', True): 'and in a hook where it works',
             ('helper_hook_ok', False): 'the rule that assigns the helper stands in a hook where it does nothing for '
                                        'these connections'}
    return tuple(flow_proof(facts, name) for name in stateful(facts) or ['gre_in']) + tuple(
        Proof('pptp_conntrack.%s' % name, text) for (name, value), text in words.items()
        if facts.flag('pptp_conntrack', name) is value)


def dead_rule(facts: Facts, *flows: str) -> Proof | None:
    """An accept rule for one of *flows* that an earlier rule makes dead while the flow stays closed."""
    for accept, earlier, name in facts.rows('pptp_firewall', 'order', width=3) or []:
        if name in flows and (flow(facts, str(name)) in CLOSED or closed_without_helper(facts)):
            return Proof('pptp_firewall.order', '%s never reached: %s decides before' % (accept, earlier), str(name))
    return None


def closed_without_helper(facts: Facts) -> bool:
    """Whether only a conntrack helper that nobody saw could let GRE in."""
    return bool(facts.get('pptp_firewall', 'flows', 'gre_in', 'without_helper'))


def _unless_helped(facts: Facts) -> Candidate:
    """GRE is closed unless the helper is assigned, which the evidence does not tell."""
    verdict, source, text = (listed(facts.get('pptp_firewall', 'flows', 'gre_in', 'without_helper')) + [None] * 3)[:3]
    proof = (Proof('pptp_firewall.flows.gre_in', '%s %s, unless the conntrack helper is assigned' % (text, verdict),
                   str(source)),)
    if facts.flag('pptp_firewall', 'flows', 'gre_in', 'asks_for_state'):
        return Candidate('gre-conntrack-helper', 84, 'GRE is admitted only with a state that it gets from the '
                         'conntrack helper', proof)
    return Candidate('gre-blocked', 82, 'no rule of this host admits GRE', proof)


def local_gre(facts: Facts) -> list[Candidate]:
    """What in the firewall of this host stops GRE."""
    found = []
    dead = dead_rule(facts, 'gre_in')
    if dead:
        weight = 96 if flow(facts, 'gre_in') in CLOSED else 82
        found.append(Candidate('firewall-rule-order', weight, 'an earlier rule makes the rule for GRE dead', (dead,)))
    if helper_lacks(facts):
        found.append(Candidate('gre-conntrack-helper', 96, 'GRE is admitted only with a state that it gets from the '
                               'conntrack helper, and none is assigned', helper_proof(facts)))
    if not found and closed_without_helper(facts):
        found.append(_unless_helped(facts))
    if not found:
        for name, words in (('gre_in', 'incoming'), ('gre_out', 'outgoing')):
            if flow(facts, name) in CLOSED:
                found.append(Candidate('gre-blocked', 94, 'the firewall of this host %ss %s GRE' % (
                    flow(facts, name), words), (flow_proof(facts, name),)))
    return found[:1]


def no_lcp(facts: Facts, log: Log, session: Session) -> list[Candidate]:
    """LCP did not come about in *session*."""
    own = [] if log.came_up_after(session) else local_gre(facts)
    if own:
        return own
    proof = log.proof('lcp-timeout', 'trace-lcp-no-answer', 'trace-lcp-one-way', 'kernel-helper-off', 'firewall-gre')
    if session.side == 'client':
        return _client(facts, log, session, proof)
    one_way = session.rcvd_lcp is True or session.has('trace-lcp-one-way')
    return _one_way(proof) if one_way else _nothing(facts, session, proof)


def _one_way(proof: tuple[Proof, ...]) -> list[Candidate]:
    because = 'frames of the client arrive and ours do not reach it: a NAT router in between lacks the PPTP helper'
    return [Candidate('gre-nat-asymmetric', 84, because, proof),
            Candidate('gre-blocked', 60, 'GRE towards the client is dropped on the way', proof)]


def _nothing(facts: Facts, session: Session, proof: tuple[Proof, ...]) -> list[Candidate]:
    """The server received no LCP at all, or the log does not tell."""
    traced = session.rcvd_lcp is False or session.has('trace-lcp-no-answer')
    ours_open = flow(facts, 'gre_in') == 'accept'
    found = [_in_front(facts, proof) if ours_open else
             Candidate('gre-blocked', 62 if traced else 56, 'no LCP frame of the client arrived', proof),
             Candidate('isp-filtering', 40, 'something between the two ends may drop GRE', proof),
             Candidate('gre-nat-asymmetric', 44, 'a NAT router in between may lack the PPTP helper', proof)]
    found += _by_cloud(facts, proof, ours_open)
    if _behind_nat(facts, session) and clouds.cloud(facts) is None:     # a cloud translates all protocols, one to one
        found.append(Candidate('gre-dnat-missing', 70 if ours_open else 63, 'this host has a private address and the '
                               'client a public one: the router in front must forward GRE, too', proof))
    if not ours_open and helper_lacks(facts) is None:
        hint = bool(log_hint(proof))
        found.append(Candidate('gre-conntrack-helper', 58 if hint else 50, 'the firewall may admit GRE only with a '
                               'state that it gets from the conntrack helper', proof))
    return found


def _in_front(facts: Facts, proof: tuple[Proof, ...]) -> Candidate:
    return Candidate('gre-blocked', 62, 'no LCP frame of the client arrived though this host admits GRE: a firewall in '
                     'front of it drops GRE', proof + (flow_proof(facts, 'gre_in'),))


def _by_cloud(facts: Facts, proof: tuple[Proof, ...], ours_open: bool) -> list[Candidate]:
    """The network of a cloud, once this host itself admits GRE; where it never carries GRE, in any case."""
    cloud = clouds.cloud(facts)
    if cloud is None or not (ours_open or cloud.never):
        return []
    ours = (flow_proof(facts, 'gre_in'),) if ours_open else ()
    words = 'no LCP frame of the client arrived%s: ' % (' though this host admits GRE' if ours_open else '')
    return [Candidate('gre-blocked', 88 if cloud.never else 74, words + cloud.because,
                      proof + ours + (clouds.proof(facts),))]


def log_hint(proof: tuple[Proof, ...]) -> bool:
    """Whether the kernel said that it assigns no helper."""
    return any(item.fact.endswith('kernel-helper-off') for item in proof)


def _behind_nat(facts: Facts, session: Session) -> bool:
    """Whether the server has private addresses only and the client a public one."""
    own = pools.interfaces(facts)
    client = pools.address(session.client)
    if not own or client is None or client in pools.private():
        return False
    return all(item.ip in pools.private() for _name, item in own)


def _client(facts: Facts, log: Log, session: Session, proof: tuple[Proof, ...]) -> list[Candidate]:
    """A client that got no LCP through."""
    connected = session.has('pptp-connected') or session.rcvd_lcp is True
    if not connected and log.seen(*_PPTP_LINES):
        return _pending(log, proof)
    if session.rcvd_lcp is True:
        return [Candidate('gre-blocked', 62, 'the server is heard and does not hear us: GRE towards it is dropped, '
                          'most often by its own firewall', proof),
                Candidate('gre-conntrack-helper', 58, 'the firewall of the server may ask for a state', proof),
                Candidate('isp-filtering', 40, 'something between the two ends may drop GRE', proof)]
    found = [Candidate('gre-blocked', 62, 'nothing of the server arrives over GRE', proof),
             Candidate('gre-nat-asymmetric', 54, 'the NAT router of this client may lack the PPTP helper', proof),
             Candidate('gre-conntrack-helper', 44, 'a firewall may admit GRE only with a state', proof),
             Candidate('isp-filtering', 42, 'the provider may drop GRE', proof)]
    if session.rcvd_lcp is False and connected:
        found[0], found[1] = (found[0], Candidate('gre-nat-asymmetric', 60, found[1].because, proof))
    if not connected:
        found.append(Candidate('tcp1723-blocked', 52, 'the log does not show that TCP 1723 connected', proof))
    return found


def _pending(log: Log, proof: tuple[Proof, ...]) -> list[Candidate]:
    """pppd gave up while pptp still waited in connect(): the SYN is dropped (no refusal would take that long)."""
    because = 'pppd gave up before pptp had a control connection: SYN packets to TCP 1723 get no answer'
    return [Candidate('tcp1723-blocked', 84, because, proof + log.proof('pptp-timeout', 'pptp-no-connection')),
            Candidate('isp-filtering', 50, 'something between the two ends may drop TCP 1723', proof)]


def refused(facts: Facts, log: Log, session: Session) -> list[Candidate]:
    """pptp says ``connect: Connection refused``."""
    if session.has('lcp-timeout') and not session.has('pptp-connected'):
        return _pending(log, log.proof('lcp-timeout'))
    proof = log.proof('pptp-refused')
    return [Candidate('pptpd-not-running', 60, 'nothing accepts on TCP 1723 of the server', proof),
            Candidate('tcp1723-blocked', 56, 'a firewall may reject TCP 1723 instead of dropping it', proof),
            Candidate('pptpd-not-listening', 45, 'the daemon may listen on another address', proof)]


def unreachable(facts: Facts, log: Log, session: Session) -> list[Candidate]:
    """The GRE socket got an ICMP error (server: ``GRE: read ... from network failed``)."""
    line = log.seen('gre-unreachable')
    proof = log.proof('gre-unreachable')
    if line and 'not permitted' in line.text:
        return [Candidate('gre-blocked', 88, 'the firewall of this host refuses GRE', proof)]
    because = 'a router in front of the client answers GRE with an ICMP error: it has no PPTP helper, or rejects GRE'
    return [Candidate('gre-nat-asymmetric', 88, because, proof),
            Candidate('gre-blocked', 50, 'the client or a firewall rejects GRE', proof)]


def pptp_unreachable(facts: Facts, log: Log, session: Session) -> list[Candidate]:
    """The GRE socket of a client got an error (pptp: ``short read``)."""
    own = local_gre(facts)
    if own:
        return own
    proof = log.proof('pptp-gre-unreachable')
    return [Candidate('gre-blocked', 82, 'GRE towards the server is refused on the way or by its firewall', proof),
            Candidate('gre-nat-asymmetric', 60, 'the NAT router of this client may refuse GRE', proof)]


RESOLVERS: dict[str, t.Callable[[Facts, Log, Session], list[Candidate]]] = {
    'lcp-timeout': no_lcp, 'trace-lcp-no-answer': no_lcp, 'trace-lcp-one-way': no_lcp,
    'pptp-refused': refused, 'gre-unreachable': unreachable, 'pptp-gre-unreachable': pptp_unreachable,
}
