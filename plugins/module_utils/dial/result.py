# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What came of a session: how far it got, why no further, and all that was seen on the way."""

from __future__ import annotations

import typing as t

STEPS = ('tcp', 'control', 'call', 'gre', 'lcp', 'auth', 'ccp', 'ipcp', 'ping', 'path', 'end')
OK, FAILED, UNKNOWN = 'ok', 'failed', 'unknown'

# every word for why a step failed or stays unknown
WHY = {
    'no-name': 'the name of the server does not resolve',
    'refused': 'the server refuses the connection, the call, or by ICMP its packets',
    'unreachable': 'the network says that there is no way to the server',
    'timeout': 'nothing answers',
    'reset': 'the connection was torn down',
    'closed': 'the server closed the connection',
    'not-pptp': 'what answers does not speak PPTP',
    'no-answer': 'the server did not answer in time, or not any more',
    'not-permitted': 'raw sockets are not permitted here',
    'hung-up': 'the server cleared the call, and nothing came that says why',
    'not-heard': 'the server is heard and does not hear: packets to it are lost',
    'looped': 'packets come back from a mirror, not from a server',
    'no-agreement': 'both sides insisted on options until one gave up',
    'terminated': 'the server ended the link, and its text says why',
    'no-method': 'no method of authentication that is allowed here is one of the server\'s',
    'rejected': 'the server does not accept the user, the password or both',
    'server-not-verified': 'the server does not know the password: its proof is wrong',
    'bad-credentials': 'a user name or a password that cannot be sent',
    'encryption-refused': 'the server refuses MPPE',
    'no-ccp': 'the server does not negotiate encryption at all',
    'no-key': 'the method of authentication leaves no key for MPPE',
    'strength': 'no key length for MPPE that both sides accept',
    'keys-differ': 'one end cannot decrypt what the other has encrypted: their keys differ',
    'no-ipcp': 'the server does not negotiate addresses',
    'no-address': 'the server assigns no address',
    'no-echo': 'no echo of LCP comes back, not even of the smallest packets that every path must take',
    'lossy': 'packets were lost on the way, so that silence proves nothing',
    'flooded': 'more packets than any server sends',
    'unstable': 'the server started all over again and again',
    'out-of-time': 'all steps together took too long',
    'cut-short': 'the server ended the link before the ladder was through',
}


class Result(t.NamedTuple):
    """*status* is OK, FAILED or UNKNOWN, *step* the one of STEPS that failed or the last one, *why* a word of WHY
    (empty when OK), *detail* a text that may hold the server's words (hostile), *times* the ms that each step took.

    *seen*, each only as far as the session came: ``control`` (version, result, error, host, vendor, firmware,
    channels), ``call`` (result, error, cause, call_id, speed, window), ``gre`` (counters), ``link`` (mru, and what the
    server asked for), ``auth`` (offered, method, server, verified, failure {code, words, retry, message}), ``ccp``
    (offered, wanted, strength, verified), ``ipcp`` (address, peer, dns), ``ping`` and ``path``, ``hang_up`` (what the
    server said when it hung up) and ``ended`` (which of link, call and control it confirmed to be over)."""

    status: str
    step: str
    why: str
    detail: str
    mode: str
    times: dict[str, int]
    seen: dict[str, t.Any]
