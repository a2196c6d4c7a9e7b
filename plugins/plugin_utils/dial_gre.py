# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Why a dial got no connection, no call or no GRE: what the witness of the server saw decides, else where it ended."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils import clouds, gre_trace, pools
from ansible_collections.vpnops.pptp.plugins.plugin_utils.blame import Candidate
from ansible_collections.vpnops.pptp.plugins.plugin_utils.dial_facts import WITNESS, Dial, is_translated
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain_gre import CLOSED, flow, flow_proof, local_gre
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts, listed
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import Proof

Found = list[Candidate]
Trace = dict[str, t.Any]
#: What makes pppd end before it says a word, by how often it is the reason.
_EARLY = (('bad-option-syntax', 58), ('plugin-missing-or-version-mismatch', 54), ('chap-secrets-malformed', 52),
          ('no-secret-for-user', 50), ('server-name-mismatch', 48), ('dev-ppp-missing', 46), ('ppp-kernel-missing', 44),
          ('address-not-allowed', 42))
_FULL = 'the kernel took the connection and no process has answered: all slots or addresses are taken, or the daemon ' \
    'hangs'
_ROUTER = 'a NAT router in between lacks the PPTP helper'


def traces(facts: Facts, dial: Dial, routers: t.Mapping[str, t.Any] | None = None) -> list[Trace]:
    """Where the witness of this host, and those of *routers* by name, say that packets of *dial* were lost, each way;
    nothing where they cannot tell."""
    witness = facts.table(WITNESS)
    found = gre_trace.locate(dial.row, witness, routers or {}) if witness or routers else None
    both = [found, found.get('also')] if found else []
    return [part for part in both if isinstance(part, dict) and part.get('how') != 'unknown']


def proof(found: t.Mapping[str, t.Any]) -> Proof:
    """A trace as evidence, with the rule that counted the packets."""
    rule = found.get('rule')
    text = rule.get('rule') if isinstance(rule, dict) else ''
    words = str(found.get('words') or found.get('how') or '')
    return Proof(WITNESS, words if not text or str(text) in words else '%s: %s' % (words, text))


def refused(facts: Facts, dial: Dial) -> Found:
    """TCP was refused: nobody listens, or a rule rejects. Only a firewall does so with an ICMP error."""
    because = 'TCP 1723 was refused: '
    found = [_closed_tcp(facts, 'reject') or _rejected(dial) or
             Candidate('tcp1723-blocked', 56, because + 'a firewall may reject instead of dropping')]
    return [*found, Candidate('pptpd-not-running', 60, because + 'nothing accepts on it'),
            Candidate('pptpd-not-listening', 50, because + 'the daemon may listen on another address'),
            Candidate('bad-option-syntax', 42, because + 'the daemon may not start for its configuration'),
            Candidate('ip-pool-conflict', 40, because + 'the daemon may not start for its addresses')]


def _rejected(dial: Dial) -> Candidate | None:
    """The SYN was answered with an ICMP error of a firewall: iptables' and nft's reject (3, 3), or prohibited (RFC 1812
    5.2.7.1: 9, 10, 13)."""
    kind, by = dial.get('tcp', 'icmp'), dial.get('tcp', 'by')
    if kind not in ([3, 3], [3, 9], [3, 10], [3, 13]):
        return None
    return Candidate('tcp1723-blocked', 86, 'a firewall rejects TCP 1723: ICMP %d, %d from %s' % (
        *kind, by if by and by != dial.target else 'the address that was dialled'))


def silent(facts: Facts, dial: Dial) -> Found:
    """Nothing answers the SYN, or a router says that there is no way."""
    found = traces(facts, dial)
    if found:
        return _tcp_trace(facts, found[0])
    told = dial.why == 'unreachable'
    because = 'a router or host says that there is no way to TCP 1723' if told else 'nothing answers on TCP 1723'
    return [_closed_tcp(facts, 'drop') or _rejected(dial) or
            Candidate('tcp1723-blocked', 66, because + ': a firewall, of this host or in front of it'),
            Candidate('isp-filtering', 50, because + ': something between the two ends may filter it')]


def _closed_tcp(facts: Facts, verdict: str) -> Candidate | None:
    closed = [name for name in ('tcp1723_in', 'tcp1723_established', 'tcp1723_out') if flow(facts, name) in CLOSED]
    if not closed:
        return None
    return Candidate('tcp1723-blocked', 94 if flow(facts, closed[0]) == verdict else 84, 'the rules of this host stop '
                     'TCP 1723', (flow_proof(facts, closed[0]),))


def _tcp_trace(facts: Facts, found: Trace) -> Found:
    seen, how = (proof(found),), found.get('how')
    if how == 'dropped':
        return [Candidate('firewall-rule-order', 70, 'a rule of this host drops the SYN', seen),
                Candidate('tcp1723-blocked', 96, 'a rule of this host drops the SYN', seen)]
    if how == 'not-answered':
        because = 'the SYN came here and nothing answered it'
        return [Candidate('pptpd-not-running', 56, because, seen), Candidate('tcp1723-blocked', 62, because, seen),
                Candidate('pptpd-not-listening', 50, because, seen)]
    because = 'the SYN never came to this host' if how == 'not-arrived' else 'the answer of this host never came back'
    return [Candidate('tcp1723-blocked', 76, because + ': a firewall in front of it', seen),
            Candidate('isp-filtering', 70, because + ': something between the two ends filters it', seen)]


def control(facts: Facts, dial: Dial) -> Found:
    """The control connection or the call was taken and not answered, or refused, or ended."""
    if dial.why == 'not-pptp':
        return [Candidate('pptpd-not-listening', 84, 'what answers on TCP 1723 does not speak PPTP')]
    if dial.why == 'refused':
        return _refusal(dial)
    because = _FULL if dial.why == 'no-answer' else 'the server ended the connection before a call stood'
    closed = _closed_tcp(facts, 'drop')
    return [Candidate('call-slots-exhausted', 60, because), Candidate('ip-pool-exhausted', 56, because),
            Candidate('pptpd-not-running', 40, because), *([closed] if closed else [])]


def _refusal(dial: Dial) -> Found:
    """A result code: RFC 2637 2.2 and 2.8; error 4 is 'no resource'."""
    because = 'the server says: ' + (dial.detail or 'no')
    full = dial.get('call', 'result') == 4 or 4 in (dial.get('call', 'error'), dial.get('control', 'error'))
    if full:
        return [Candidate('call-slots-exhausted', 84, because), Candidate('ip-pool-exhausted', 70, because)]
    return [Candidate('call-slots-exhausted', 52, because), Candidate('ip-pool-exhausted', 48, because)]


def gre(facts: Facts, dial: Dial) -> Found:
    """No GRE, or in one direction only."""
    found = [item for part in traces(facts, dial) for item in _gre_trace(facts, dial, part)]
    if found:
        return found
    if dial.why == 'hung-up':
        return early(facts, dial)
    if dial.why == 'not-heard':
        return local_gre(facts) or _lost_up(facts, dial, 66)
    return _unreachable(facts, dial) if dial.why == 'refused' else _nothing(facts, dial)


def _unreachable(facts: Facts, dial: Dial) -> Found:
    """GRE was answered with an ICMP error. (3, 2), no such protocol, is of a host that serves no call: a router that
    forwards TCP 1723 alone, or one whose pptpctrl is gone; others are of firewalls."""
    codes = [tuple(item) for item in listed(dial.get('icmp')) if isinstance(item, list)]
    by = ', '.join(str(item) for item in listed(dial.get('icmp_by'))) or 'somebody'
    if codes and all(item == (3, 2) for item in codes):
        because = '%s does not take GRE: ' % by
        return [Candidate('gre-dnat-missing', 86 if _forwarded(facts, dial) else 64, because + 'a router there may '
                          'forward TCP 1723 and not GRE'),
                Candidate('gre-nat-asymmetric', 50, because + _ROUTER),
                Candidate('gre-blocked', 46, because + 'the daemon there may serve no call')]
    return local_gre(facts) or [
        Candidate('gre-blocked', 84, 'GRE is answered with an ICMP error by %s: a firewall rejects it' % by),
        Candidate('gre-nat-asymmetric', 60, 'GRE is answered with an ICMP error by %s: %s' % (by, _ROUTER))]


def _nothing(facts: Facts, dial: Dial) -> Found:
    """The server sends by itself and is not heard, whatever the way to it is like."""
    out = [item for item in local_gre(facts) if flow(facts, 'gre_out') in CLOSED]
    return out or [*_lost_down(facts, dial, 62), Candidate(
        'gre-conntrack-helper', 44, 'a firewall of this host may admit GRE only with a state that nothing gives it')]


def early(facts: Facts, dial: Dial) -> Found:
    """The server cleared the call at once: its pppd ended, or its GRE socket got an error."""
    because = 'the server cleared the call before its PPP said a word: '
    found = [Candidate(slug, weight, because + 'pppd may have refused to start') for slug, weight in _EARLY
             if slug != 'no-secret-for-user' or not facts.number('pptp_secrets', 'entries')]
    nat = is_translated(facts, dial)
    if nat is not False:
        found.append(Candidate('gre-nat-asymmetric', 56 if nat else 45, because + _ROUTER))
    if flow(facts, 'gre_out') == 'accept':
        return found
    out = [item for item in local_gre(facts) if flow(facts, 'gre_out') in CLOSED]
    return [*found, *(out or [Candidate('gre-blocked', 45, because + 'the firewall may stop the GRE that it sends')])]


def _gre_trace(facts: Facts, dial: Dial, found: Trace) -> Found:
    """What one direction of a trace means."""
    seen, how = (proof(found),), found.get('how')
    if how == 'not-sent':
        return _not_sent(facts, dial, found)
    if how == 'dropped':
        named = local_gre(facts)
        return [_with(item, seen, 97) for item in named] if named else [
            Candidate('gre-blocked', 96, 'GRE of the client came to this host, and a rule dropped it', seen)]
    if how == 'arrived':
        because = 'GRE of the client came to this host, and pppd does not hear it'
        return [_with(item, seen, 92) for item in local_gre(facts)] or [
            Candidate('gre-blocked', 66, because, seen), Candidate('gre-conntrack-helper', 62, because, seen)]
    lost = _lost_up(facts, dial, 76) if how == 'not-arrived' else _lost_down(facts, dial, 72)
    return [_with(item, seen, item.weight) for item in lost]


def _not_sent(facts: Facts, dial: Dial, found: Trace) -> Found:
    """This host sent no GRE: a rule for its output, or a pppd that ended at once; or the client sent none."""
    if found.get('direction') == 'up':
        return []
    if found.get('rule'):
        return [Candidate('gre-blocked', 96, 'a rule of this host drops the GRE that it sends', (proof(found),))]
    return [_with(item, (proof(found),), min(item.weight + 10, 75)) for item in early(facts, dial)
            if item.cause != 'gre-nat-asymmetric']


def _with(item: Candidate, more: tuple[Proof, ...], weight: int) -> Candidate:
    return Candidate(item.cause, weight, item.because, (*item.proof, *more))


def _lost_up(facts: Facts, dial: Dial, weight: int) -> Found:
    """GRE of the client does not come to this host."""
    cloud = clouds.cloud(facts)
    because = 'the server is heard and does not hear: GRE towards it is dropped'
    found = [Candidate('gre-blocked', weight, because + ', by a firewall in front of it', _admits(facts)),
             Candidate('isp-filtering', 44, because + ' between the two ends')]
    if cloud is not None:
        words = '%s: %s' % (because, cloud.because)
        found[0] = Candidate('gre-blocked', 90 if cloud.never else 82, words, (*_admits(facts), clouds.proof(facts)))
    elif _forwarded(facts, dial):
        found.append(Candidate('gre-dnat-missing', weight + 12, 'this host has a private address, and another one was '
                               'dialled: the router in front must forward GRE, too'))
    if not _admits(facts):
        found.append(Candidate('gre-conntrack-helper', 56, because + ', perhaps for want of a state'))
    return found


def _admits(facts: Facts) -> tuple[Proof, ...]:
    return (flow_proof(facts, 'gre_in'),) if flow(facts, 'gre_in') == 'accept' else ()


def _lost_down(facts: Facts, dial: Dial, weight: int) -> Found:
    """GRE of this host does not come to the client."""
    because = 'GRE of the server does not reach the client'
    nat = is_translated(facts, dial)
    found = [Candidate('gre-blocked', weight - 2, because + ': it is dropped on the way'),
             Candidate('isp-filtering', 44, because + ': the provider may drop it')]
    if nat:
        words = '%s, whose address is translated on the way: %s' % (because, _ROUTER)
        return [Candidate('gre-nat-asymmetric', weight + 14, words), *found]
    found += [Candidate('gre-nat-asymmetric', weight, '%s: %s' % (because, _ROUTER))] if nat is None else []
    return found


def _forwarded(facts: Facts, dial: Dial) -> bool:
    """Whether the address that was dialled is not one of this host, which has private ones only."""
    own, dialled = pools.interfaces(facts), pools.address(dial.target)
    if not own or dialled is None or any(item.ip == dialled for _name, item in own):
        return False
    return all(item.ip in pools.private() for _name, item in own)
