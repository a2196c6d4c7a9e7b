# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Logins without a telling line: the stage in which they ended, how fast, and the addresses are all there is."""

from __future__ import annotations

import re

from ansible_collections.vpnops.pptp.plugins.plugin_utils import explain_gre, secrets
from ansible_collections.vpnops.pptp.plugins.plugin_utils.blame import Candidate
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.sessions import Log, Session

LCP_PATIENCE = 25.0     # pppd gives LCP up after 10 tries of 3 seconds (fsm.h): whoever lasted as long was not refused
AT_ONCE = 2.0           # a pppd that refuses to start, or a port scanner, is gone by then
SHORT_LIFE = 600.0      # a tunnel that its own packets choke does not live longer
_IPV4 = re.compile(r'(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])')


def silent(facts: Facts, log: Log, session: Session) -> list[Candidate]:
    """The candidates for a failed login of which no line tells why."""
    stage = session.reached
    if _ended_at_once(session):
        return _early_end(log, session)
    if stage in ('gre', 'link', 'control') and session.side == 'server' or stage in ('gre', 'link'):
        return _link(facts, log, session)
    if stage == 'auth':
        return _auth(facts, session)
    if stage == 'mppe':
        return [Candidate('mppe-not-negotiated', 50, 'the login ended in CCP without a reason'),
                Candidate('client-mppe-off', 45, 'the login ended in CCP without a reason')]
    return _address(facts, session) if stage == 'address' else []


def _ended_at_once(session: Session) -> bool:
    """Whether pppd ended before it could say anything: LCP alone would have taken half a minute to give up."""
    if session.side != 'server' or any(row.program == 'pppd' for row in session.events):
        return False
    if session.has('gre-pty-gone'):
        return session.duration is None or session.duration < LCP_PATIENCE
    return session.has('ctrl-call') and session.duration is not None and session.duration <= AT_ONCE


def _early_end(log: Log, session: Session) -> list[Candidate]:
    """pptpd saw its terminal close, or the call end, at once: whatever makes pppd refuse to start."""
    seen = session.has('gre-pty-gone')
    because = 'pppd ended at once; its own lines, or `pppd ... dryrun`, tell why' if seen else \
        'the call ended within %d seconds: pppd refused to start, or the client gave up' % AT_ONCE
    less = 0 if seen else 8
    return [Candidate(slug, weight - less, because, log.proof('gre-pty-gone')) for slug, weight in (
        ('bad-option-syntax', 58), ('plugin-missing-or-version-mismatch', 54), ('chap-secrets-malformed', 52),
        ('server-name-mismatch', 48), ('dev-ppp-missing', 44))]


def _link(facts: Facts, log: Log, session: Session) -> list[Candidate]:
    if session.rcvd_lcp is not None or session.side != 'client':
        return explain_gre.no_lcp(facts, log, session)
    reason = 'the server hung up at once: its own log has the reason (an option, a secret, a plugin)'
    return [Candidate('bad-option-syntax', 46, reason), Candidate('chap-secrets-malformed', 44, reason),
            Candidate('gre-nat-asymmetric', 42, reason)]


def _auth(facts: Facts, session: Session) -> list[Candidate]:
    found = [Candidate('auth-method-mismatch', 45, 'the peer never answered our authentication'),
             Candidate('gre-nat-asymmetric', 40, 'GRE may have stopped after LCP')]
    if session.side == 'server' and secrets.in_use(facts) is False:
        found.append(Candidate('radius-unreachable', 62, 'the client gave up while the back-end did not answer'))
    return found


def _address(facts: Facts, session: Session) -> list[Candidate]:
    """Encrypted, and then nothing: pppd waits for an address (delegate), or the keys of the two ends differ."""
    if session.has('ip-local', 'ip-remote'):
        return []
    because = 'IPCP did not come about and nothing says why: '
    found = [Candidate('ip-pool-not-assigned', 54, because + 'the server may have no address to give (delegate)')]
    if session.has('mppe-on'):
        found.append(Candidate('mppe-peer-bug', 44, because + 'the encrypted packets may not be understood'))
        if session.side == 'client' or secrets.in_use(facts) is not True:
            found.append(Candidate('radius-wrong-mppe-keys', 46, because + 'the keys from RADIUS may not fit'))
    return found


def same_address(log: Log, session: Session) -> list[Candidate]:
    """The client got the very address from which it dials: the route to it leads its GRE packets into the tunnel."""
    line = log.seen('ip-remote')
    newest = next((item for item in reversed(log.sessions) if item.has('ip-remote')), None)
    if session.side != 'server' or line is None or newest is not session or not session.client:
        return []
    if session.client not in _IPV4.findall(line.text):
        return []
    because = 'the tunnel gives the client %s, from which it dials: what is sent to it goes into the tunnel' % \
        session.client
    return [Candidate('ip-pool-conflict', 96, because, (line.proof(),) + log.proof('ctrl-started'))]


def cut_off(log: Log, up: Session) -> list[Candidate]:
    """A tunnel that an ICMP error for GRE ended, where the log shows nothing but that."""
    if not up.is_tail or not up.has('gre-unreachable') or not log.newest_is_up():
        return []
    proof = log.proof('gre-unreachable')
    because = 'GRE was refused in a tunnel that had worked: '
    return [Candidate('gre-nat-asymmetric', 62, because + 'a router on the way forgot it', proof),
            Candidate('gre-blocked', 58, because + 'the client went away without a word, or blocks GRE', proof)]


def short_life(log: Log, up: Session) -> list[Candidate]:
    """A client whose control connection went dumb soon after the tunnel came up."""
    if up.side != 'client' or not up.has('pptp-echo', 'echo-timeout') or not log.newest_is_up():
        return []
    if up.duration is None or up.duration > SHORT_LIFE:
        return []
    proof = log.proof('pptp-echo', 'echo-timeout', 'ip-remote')
    because = 'the tunnel came up and the server fell silent %d seconds later: ' % up.duration
    return [Candidate('routing-loop', 58, because + 'its own packets may be led into the tunnel', proof),
            Candidate('subnet-overlap', 54, because + 'the tunnel may cover the network of this client', proof),
            Candidate('gre-nat-asymmetric', 44, because + 'a router may have dropped the connection', proof)]
