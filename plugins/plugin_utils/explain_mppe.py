# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Why encryption was not agreed on: who printed the line, and what the two ends are set to, decide."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils import secrets
from ansible_collections.vpnops.pptp.plugins.plugin_utils.blame import Candidate
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts, listed
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import Proof
from ansible_collections.vpnops.pptp.plugins.plugin_utils.sessions import Log, Session

GONE = ('missing', 'blacklisted')
#: Methods that yield no MPPE keys, as the trace names them.
KEYLESS = ('pap', 'chap md5', 'eap')
_LINES = ('mppe-no-auth', 'mppe-no-keys', 'mppe-refused', 'mppe-failed', 'ccp-protrej', 'term-mppe-unavailable',
          'term-mppe-refused', 'term-mppe-failed', 'trace-ccp-confrej-by-peer', 'trace-ccp-confrej-by-us',
          'trace-ccp-bits-differ', 'trace-ccp-protrej', 'win-741', 'win-742')


def peer_options(facts: Facts) -> list[tuple[str, str]]:
    """``(option, source)`` of the client set-ups of this host (``/etc/ppp/peers/*`` that run pptp)."""
    found = []
    for peer in facts.maps('pptp_pppd', 'peers') or []:
        for row in listed(peer.get('options')):
            if isinstance(row, (list, tuple)) and row:
                found.append((str(row[0]), str(row[-1])))
    return found


def kernel_gone(facts: Facts) -> Proof | None:
    """The proof that this kernel has no MPPE."""
    state = facts.text('pptp_kernel', 'modules', 'ppp_mppe')
    if state in GONE:
        return Proof('pptp_kernel.modules.ppp_mppe', state, 'modules of the running kernel')
    if facts.flag('pptp_kernel', 'fips'):
        return Proof('pptp_kernel.fips', True, '/proc/sys/crypto/fips_enabled')
    return None


def _proof(log: Log, session: Session) -> tuple[Proof, ...]:
    return log.proof(*[name for name in _LINES if session.has(name)])


def _keyless(facts: Facts, session: Session) -> bool:
    """Whether the authentication of *session* yields no MPPE keys."""
    if session.auth and session.auth != 'chap':
        return session.auth in KEYLESS
    return session.side == 'server' and server_is_keyless(facts) is True


def server_is_keyless(facts: Facts) -> bool | None:
    """Whether the server's own options let no authentication pass that yields keys."""
    require = facts.items('pptp_pppd', 'effective', 'require')
    if facts.flag('pptp_pppd', 'effective', 'auth') is False:
        return True
    if require is None:
        return None
    return bool(require) and not any(name in require for name in ('mschap', 'mschap-v2'))


def wants_keys_of_other_methods(facts: Facts) -> bool:
    """Whether the server requires MPPE, and methods of which clients have no keys: one that wants MS-CHAPv2 then finds
    no common method. EAP may be MS-CHAPv2 inside, where a back-end checks it."""
    require = facts.items('pptp_pppd', 'effective', 'require')
    if facts.text('pptp_pppd', 'effective', 'mppe') != 'require' or not require or 'mschap-v2' in require:
        return False
    return 'eap' not in require or secrets.backend(facts) == 'secrets'


def no_keys(facts: Facts, log: Log, session: Session) -> list[Candidate]:
    """``MPPE required, but keys are not available``."""
    proof = _proof(log, session)
    backend = secrets.backend(facts)
    if session.auth == 'chap ms-v2':
        return [Candidate('radius-no-mppe-keys', 90, 'MS-CHAPv2 passed and the back-end gave no keys', proof)]
    if backend in ('radius', 'winbind', 'other') and server_is_keyless(facts) is not True:
        return [Candidate('radius-no-mppe-keys', 92, 'the login passed, and %s gave no keys' % backend, proof)]
    if backend == 'secrets' or _keyless(facts, session):
        return [Candidate('mppe-without-mschapv2', 92, 'the authentication that was used yields no keys', proof)]
    return [Candidate('radius-no-mppe-keys', 68, 'RADIUS may have sent no keys', proof),
            Candidate('mppe-without-mschapv2', 66, 'EAP or another method without keys may have been used', proof)]


def refused(facts: Facts, log: Log, session: Session) -> list[Candidate]:
    """``MPPE required but peer refused``, printed by the end that requires it; or its trace."""
    proof = _proof(log, session)
    if session.side == 'client':
        return [Candidate('mppe-not-negotiated', 84, 'the server does not offer MPPE: it lacks require-mppe', proof),
                Candidate('mppe-kernel-missing', 55, 'or the kernel of the server has no MPPE', proof)]
    require = facts.items('pptp_pppd', 'effective', 'require')
    if require is not None and 'mschap' in require and 'mschap-v2' not in require:
        return [Candidate('mppe-without-mschapv2', 88, 'the server requires MS-CHAPv1', proof)]
    return [Candidate('client-mppe-off', 84, 'the client rejects MPPE: off, or not in its kernel', proof)]


def failed(facts: Facts, log: Log, session: Session) -> list[Candidate]:
    """``MPPE required but peer negotiation failed``, printed by the end that requires it."""
    proof = _proof(log, session)
    no_ccp = session.has('ccp-protrej', 'trace-ccp-protrej')
    if session.has('trace-ccp-bits-differ'):
        return [Candidate('mppe-not-negotiated', 90, 'the two ends allow different key lengths', proof)]
    if session.side == 'client':
        because = 'the server rejects CCP (noccp)' if no_ccp else 'the server does not agree to MPPE as we require it'
        return [Candidate('mppe-not-negotiated', 86, because, proof)]
    if no_ccp:
        return [Candidate('client-mppe-off', 90, 'the client rejects CCP (noccp)', proof)]
    bits = facts.items('pptp_pppd', 'effective', 'mppe_bits')
    if bits == [40]:
        return [Candidate('mppe-not-negotiated', 84, 'the server allows 40 bits only', proof)]
    return [Candidate('client-mppe-off', 66, 'the client may have encryption off', proof),
            Candidate('mppe-not-negotiated', 66, 'the two ends may allow different key lengths', proof)]


def ended_unavailable(facts: Facts, log: Log, session: Session) -> list[Candidate]:
    """The peer ended the link: ``MPPE required but not available`` on its side."""
    proof = _proof(log, session)
    if _keyless(facts, session):
        return [Candidate('mppe-without-mschapv2', 88, 'the authentication that was used yields no keys', proof)]
    require = facts.items('pptp_pppd', 'effective', 'require')
    if session.side == 'server' and session.auth is None and not (require and 'mschap-v2' in require):
        return [Candidate('mppe-without-mschapv2', 66, 'the client has no keys: this server may authenticate it '
                          'without MS-CHAPv2', proof),
                Candidate('client-mppe-off', 62, 'or the kernel of the client has no MPPE', proof)]
    if session.side == 'server':
        return [Candidate('client-mppe-off', 68, 'the client says that MPPE is not available on its side: off, or '
                          'not in its kernel', proof),
                Candidate('mppe-not-negotiated', 45, 'the two ends may want different things', proof)]
    return [Candidate('mppe-kernel-missing', 66, 'the kernel of the server may have no MPPE', proof),
            Candidate('radius-no-mppe-keys', 60, 'RADIUS behind the server may have sent no keys', proof),
            Candidate('mppe-without-mschapv2', 58, 'the server may authenticate without MS-CHAPv2', proof)]


def ended_refused(facts: Facts, log: Log, session: Session) -> list[Candidate]:
    """The peer ended the link because we refused MPPE."""
    proof = _proof(log, session)
    gone = kernel_gone(facts)
    if gone:
        return [Candidate('mppe-kernel-missing', 96, 'we refused since this kernel has no MPPE', (gone,) + proof)]
    if session.side == 'client':
        if session.auth == 'chap ms':
            return [Candidate('mppe-without-mschapv2', 84, 'the server uses MS-CHAPv1', proof)]
        return [Candidate('client-mppe-off', 86, 'the server requires MPPE and this client refuses it', proof),
                Candidate('mppe-kernel-missing', 55, 'or this kernel has no MPPE', proof)]
    mppe = facts.text('pptp_pppd', 'effective', 'mppe')
    mppe = mppe if mppe == 'require' or facts.flag('pptp_pppd', 'complete') else None
    if mppe == 'require':
        return [Candidate('mppe-kernel-missing', 60, 'this kernel may have no MPPE', proof),
                Candidate('mppe-not-negotiated', 60, 'the two ends may allow different key lengths', proof)]
    return [Candidate('mppe-not-negotiated', 92 if mppe else 84, 'the client requires MPPE and this server has no '
                      'require-mppe', proof),
            Candidate('mppe-kernel-missing', 55, 'or this kernel has no MPPE', proof)]


def ended_failed(facts: Facts, log: Log, session: Session) -> list[Candidate]:
    """The peer ended the link because MPPE was not agreed on."""
    proof = _proof(log, session)
    if session.has('trace-ccp-bits-differ'):
        return [Candidate('mppe-not-negotiated', 90, 'the two ends allow different key lengths', proof)]
    if session.side == 'client':
        names = {name for name, _source in peer_options(facts)}
        if names & {'noccp', 'nomppe'} or session.has('trace-ccp-protrej'):
            return [Candidate('client-mppe-off', 90, 'this client has CCP or MPPE off', proof)]
        return [Candidate('client-mppe-off', 66, 'this client may have CCP off', proof),
                Candidate('mppe-not-negotiated', 66, 'the two ends may allow different key lengths', proof)]
    return [Candidate('mppe-not-negotiated', 88, 'the client requires MPPE as this server does not offer it: other key '
                      'length, or noccp', proof)]


def rejected_by_us(facts: Facts, log: Log, session: Session) -> list[Candidate]:
    """The trace shows that we reject the peer's MPPE."""
    return ended_refused(facts, log, session)


def own_ccp_off(facts: Facts, log: Log, session: Session) -> list[Candidate]:
    """Our own pppd does not know CCP (``noccp``): the peer's requests are unsupported here."""
    cause = 'client-mppe-off' if session.side == 'client' else 'mppe-not-negotiated'
    proof = log.proof('ccp-unsupported') + _proof(log, session)
    return [Candidate(cause, 94, 'CCP is off on this side (noccp)', proof)]


def broken(facts: Facts, log: Log, session: Session) -> list[Candidate]:
    """The stream could not be decoded any more (``Too many MPPE errors``, ``Lost compression sync``)."""
    because = 'the encrypted stream could not be decoded any more'
    return [Candidate('mppe-peer-bug', 84, because, log.proof('mppe-errors'))]


def lost_state(facts: Facts, log: Log, session: Session) -> list[Candidate]:
    """Protocol numbers that nobody assigned: the peer decoded our packets, or we its, with other keys."""
    proof = log.proof('mppe-lost-state', 'kernel-mppe')
    because = 'decoded packets are garbage: '
    found = [Candidate('mppe-peer-bug', 58, because + 'packets were lost, or the peer codes wrongly', proof)]
    if secrets.in_use(facts) is not True:
        weight = 62 if session.side == 'server' and not log.seen('kernel-mppe') else 52
        found.append(Candidate('radius-wrong-mppe-keys', weight, because + 'the keys from RADIUS do not fit', proof))
    return found


def no_ccp(facts: Facts, log: Log, session: Session) -> list[Candidate]:
    """The peer answers CCP with a Protocol-Reject."""
    return failed(facts, log, session)


RESOLVERS: dict[str, t.Callable[[Facts, Log, Session], list[Candidate]]] = {
    'mppe-no-keys': no_keys, 'mppe-refused': refused, 'trace-ccp-confrej-by-peer': refused, 'mppe-failed': failed,
    'trace-ccp-confrej-by-us': rejected_by_us, 'trace-ccp-protrej': no_ccp, 'ccp-protrej': no_ccp,
    'ccp-unsupported': own_ccp_off, 'mppe-errors': broken, 'mppe-lost-state': lost_state,
    'term-mppe-unavailable': ended_unavailable, 'term-mppe-refused': ended_refused, 'term-mppe-failed': ended_failed,
}
