# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Why a dial that reached the server's PPP was not let in: the codes of MS-CHAP, the server's words, its options."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils import secrets
from ansible_collections.vpnops.pptp.plugins.plugin_utils.blame import Candidate
from ansible_collections.vpnops.pptp.plugins.plugin_utils.dial_facts import Dial
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain_mppe import (
    kernel_gone,
    server_is_keyless,
    wants_keys_of_other_methods,
)
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts, listed
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import Proof

Found = list[Candidate]
#: MS-CHAP's failures (RFC 2759 6) that say it all; the causes are those of the same codes in a log.
_CODES = {646: ('no-dialin-permission', 84), 647: ('ad-account-locked', 90), 648: ('ad-password-expired', 95),
          649: ('no-dialin-permission', 95)}
#: pppd's words in a Terminate-Request (auth.c, ccp.c, ipcp.c).
_MPPE, _ADDRESS = 'mppe', 'ip address'
_KEYED = ('mschap', 'mschapv2')


def link(facts: Facts, dial: Dial) -> Found:
    """LCP did not come to an end."""
    if dial.why == 'terminated':
        return ended(facts, dial)
    if dial.why == 'hung-up':
        return [Candidate('gre-nat-asymmetric', 46, 'the server cleared the call in the midst of LCP'),
                Candidate('bad-option-syntax', 42, 'the server cleared the call in the midst of LCP: its log has the '
                                                   'reason')]
    if dial.why == 'no-answer':
        because = 'some GRE passes, and LCP is not answered'
        return [Candidate('gre-blocked', 52, because), Candidate('isp-filtering', 46, because),
                Candidate('gre-nat-asymmetric', 44, because)]
    return []       # a loop, or options without an end: no cause of the catalogue


def auth(facts: Facts, dial: Dial) -> Found:
    """The login itself."""
    if dial.why == 'no-method':
        return _no_method(facts, dial)
    if dial.why == 'rejected':
        return rejected(facts, dial)
    if dial.why == 'server-not-verified':
        return _not_verified(facts, dial)
    if dial.why == 'terminated':
        return ended(facts, dial)
    waits = secrets.in_use(facts) is not True
    because = 'the server has not answered the login' if dial.why == 'no-answer' else \
        'the server cleared the call while it checked the login'
    found = [Candidate('radius-unreachable', 70, because + ': its RADIUS server keeps it waiting'),
             Candidate('ad-dc-unreachable', 56, because + ': its domain controller keeps it waiting')] if waits else []
    return [*found, Candidate('gre-blocked', 44, because + ': GRE may have stopped')]


def _no_method(facts: Facts, dial: Dial) -> Found:
    """The server's methods are none of those that were allowed."""
    offered = [str(name) for name in listed(dial.get('auth', 'offered'))] or dial.detail.split()
    because = 'the server asks for %s' % (', '.join(offered) or 'a method that was not allowed')
    if wants_keys_of_other_methods(facts):
        return [Candidate('mppe-without-mschapv2', 86, because + ', of which no client has keys for MPPE'),
                Candidate('auth-method-mismatch', 74, because)]
    return [Candidate('auth-method-mismatch', 86, because + ', and MS-CHAPv2 is what was offered'),
            Candidate('mppe-without-mschapv2', 50, because)]


def rejected(facts: Facts, dial: Dial) -> Found:
    """The name or the password was refused."""
    code = dial.code
    if code is not None and code in _CODES:
        cause, weight = _CODES[code]
        return [Candidate(cause, weight, 'the server refused the login with E=%d' % code)]
    if secrets.in_use(facts) is False:
        return _by_backend(dial)
    lines = secrets.lines_of(facts, dial.user) if dial.user else []
    told = (secrets.line_proof(facts, lines[0], ''),) if lines else ()
    if code is None and not dial.detail:
        return _unlisted(facts, dial, lines) or _empty(facts, dial, told)
    known = ': the name is known, and the response does not fit' if told or code == 691 else ''
    return [Candidate('wrong-secret', 66, 'the server refused the password, or this account has another one' + known,
                      told),
            Candidate('chap-secrets-malformed', 50, 'an unquoted character may change the secret'),
            Candidate('no-secret-for-user', 30 if told else 48, 'the server may not know the user')]


def _unlisted(facts: Facts, dial: Dial, lines: list[dict[str, t.Any]]) -> Found:
    """What chap-secrets, read whole, says of a name for which the server found no secret."""
    if not dial.user or not secrets.in_use(facts) or not secrets.is_whole(facts):
        return []
    if lines and all(secrets.fits_server(facts, item) is False for item in lines):
        return [Candidate('server-name-mismatch', 88, 'the line of this user is for another server name',
                          (secrets.line_proof(facts, lines[0], ''),))]
    bare = dial.user.rsplit('\\', 1)[-1].split('@', 1)[0]
    known = secrets.lines_of(facts, bare) if bare != dial.user else []
    if known:
        return [Candidate('username-domain-format', 90, 'chap-secrets has this user without the domain',
                          (secrets.line_proof(facts, known[0], ''),))]
    return [] if lines else [Candidate('no-secret-for-user', 90, 'chap-secrets has no line for this user')]


def _empty(facts: Facts, dial: Dial, told: tuple[Proof, ...]) -> Found:
    """pppd says nothing where it finds no secret for the name (chap.c), and where a plugin refuses."""
    because = 'an empty refusal: the server found no secret for this name'
    domain = '\\' in dial.user or '@' in dial.user
    found = [Candidate('no-secret-for-user', 30 if told else 66, because, told),
             Candidate('server-name-mismatch', 60 if told else 50, because + ', which may be there for another server',
                       told)]
    if domain or not told:
        found.append(Candidate('username-domain-format', 70 if domain else 40, because + ', or not in this form'))
    return found + _by_backend(dial) if secrets.in_use(facts) is None else found


def _by_backend(dial: Dial) -> Found:
    because = 'the back-end of the server refused; its own log has the reason'
    return [Candidate('wrong-secret', 56, because), Candidate('no-secret-for-user', 50, because),
            Candidate('radius-secret-mismatch', 46, because + ': the shared secret may differ'),
            Candidate('radius-unreachable', 46, because + ': an unreachable RADIUS server looks the same'),
            Candidate('ad-ntlm-auth-failing', 42, because), Candidate('ad-account-locked', 40, because)]


def _not_verified(facts: Facts, dial: Dial) -> Found:
    """The server's S= does not fit: it was made of another name or another password (778 of Windows)."""
    because = 'the server says yes, and its proof does not fit the password'
    if '\\' in dial.user or '@' in dial.user:
        return [Candidate('username-domain-format', 84, because + ': it answered for the name without its domain')]
    return [Candidate('radius-secret-mismatch', 60, because + ': a RADIUS server behind it answers wrongly'),
            Candidate('ad-ntlm-auth-failing', 58, because + ': the directory gives a wrong session key'),
            Candidate('username-domain-format', 56, because + ': it may know the user by another name')]


def ended(facts: Facts, dial: Dial) -> Found:
    """The server ended the link, and said why."""
    text = dial.detail.lower()
    if _MPPE in text:
        return _no_mppe(facts, dial, text)
    if 'unauthorized' in text and _ADDRESS in text:
        return [Candidate('address-not-allowed', 92, 'the server ended the link: the user may not have the address')]
    if _ADDRESS in text or dial.step == 'ipcp':
        return _no_address('the server ended the link over its addresses')
    if dial.step == 'ccp':
        return _no_mppe(facts, dial, text)
    if 'refused to authenticate' in text or 'negotiate eap' in text:
        return _no_method(facts, dial)
    return rejected(facts, dial) if 'authenticat' in text or 'login failed' in text else []


def _no_mppe(facts: Facts, dial: Dial, text: str) -> Found:
    """``MPPE required but not available``: no keys or no module there; ``.. peer refused``, ``.. negotiation failed``:
    what it demands is not what was allowed here."""
    because = 'the server ended the link over encryption'
    if 'not available' not in text and text:
        return [Candidate('mppe-not-negotiated', 84, because + ': the two ends want different things')]
    gone = kernel_gone(facts)
    if gone:
        return [Candidate('mppe-kernel-missing', 96, because + ': its kernel has no MPPE', (gone,))]
    if dial.get('auth', 'method') not in _KEYED or server_is_keyless(facts):
        return [Candidate('mppe-without-mschapv2', 88, because + ': the method that was used yields no keys')]
    found = [Candidate('mppe-kernel-missing', 62, because + ': its kernel may have no MPPE')]
    if secrets.in_use(facts) is not True:
        sure = secrets.in_use(facts) is False
        found.append(Candidate('radius-no-mppe-keys', 84 if sure else 60, because + ': its back-end gave no keys'))
    return found


def encryption(facts: Facts, dial: Dial) -> Found:
    """CCP."""
    gone, why = kernel_gone(facts), dial.why
    if dial.keys_differ:
        return _other_keys(facts)
    if why == 'terminated':
        return ended(facts, dial)
    if why == 'no-key':
        return [Candidate('mppe-without-mschapv2', 92, 'the server lets in with a method of which no MPPE key comes')]
    if gone and why in ('encryption-refused', 'no-ccp', 'hung-up'):
        return [Candidate('mppe-kernel-missing', 96, 'the server refuses MPPE: its kernel has none', (gone,))]
    if why == 'strength':
        offered = ', '.join(str(item) for item in listed(dial.get('ccp', 'offered')))
        return [Candidate('mppe-not-negotiated', 88, 'the server allows no key length that was offered' + (
            ': ' + offered if offered else ''))]
    if why in ('encryption-refused', 'no-ccp'):
        words = 'the server does not offer MPPE: it lacks require-mppe' if why != 'no-ccp' else \
            'the server rejects CCP, which negotiates encryption (noccp)'
        return [Candidate('mppe-not-negotiated', 88, words),
                Candidate('mppe-kernel-missing', 55, 'or its kernel has no MPPE')]
    return [Candidate('mppe-not-negotiated', 52, 'encryption was not agreed on, and nothing says why'),
            Candidate('radius-no-mppe-keys', 46, 'the back-end of the server may have given no keys'),
            Candidate('mppe-kernel-missing', 44, 'the kernel of the server may have no MPPE')]


def _other_keys(facts: Facts) -> Found:
    because = 'what the server sends through the tunnel cannot be decoded: its keys are others'
    found = [Candidate('mppe-peer-bug', 60, because)]
    if secrets.in_use(facts) is not True:
        sure = secrets.in_use(facts) is False
        found.append(Candidate('radius-wrong-mppe-keys', 84 if sure else 66, because + ', as its back-end gave them'))
    return found


def addressing(facts: Facts, dial: Dial) -> Found:
    """IPCP."""
    if dial.why == 'terminated':
        return ended(facts, dial)
    if dial.why == 'no-address':
        return [Candidate('ip-pool-not-assigned', 84, 'the server assigns no address')]
    return _no_address('no address came, and nothing says why')


def _no_address(because: str) -> Found:
    return [Candidate('ip-pool-not-assigned', 66, because), Candidate('address-not-allowed', 54, because),
            Candidate('subnet-overlap', 40, because)]
