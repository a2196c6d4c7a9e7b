# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How the server of the tests is set up, and what a pppd makes of a method that it is not granted."""

from __future__ import annotations

import dataclasses

from ansible_collections.vpnops.pptp.plugins.module_utils.wire import ccp


@dataclasses.dataclass
class Setup:
    """How the server is; the defaults are a healthy one."""

    users: dict[str, str] = dataclasses.field(default_factory=lambda: {'vpnuser': 'secretpassword'})
    methods: tuple[str, ...] = ('mschapv2',)     # that it asks for, the preferred first
    encryption: int = ccp.STATELESS | ccp.BITS_128     # 0: none
    no_ccp: bool = False                         # Protocol-Reject
    pool: str = '10.99.0.100'
    own: str = '10.99.0.1'
    dns: tuple[str, str] = ('8.8.8.8', '8.8.4.4')
    refuses: str = ''                            # the text of IPCP's Terminate-Request once it is up
    start_result: int = 1
    call_result: int = 1
    mute: str = ''                               # control, call, gre, auth, ccp, ipcp: no word of that
    dies: bool = False                           # pppd does, before it says anything
    failure: str = 'E=691 R=1 C=00000000000000000000000000000000 V=0 M=Access denied'
    wrong_proof: bool = False
    wrong_keys: bool = False                     # for MPPE, as from a RADIUS server with another secret
    eats: int = 1 << 16                          # larger IP packets never arrive, either way
    pings: bool = True
    early_term: str = ''                         # the text of a Terminate-Request as soon as LCP is up
    short: bool = False                          # leaves address and control out, shortens protocols


ALGORITHMS = ('mschapv2', 'mschap', 'chap-md5')     # in the order in which pppd drops them


def suit(methods: list[str], suggested: str) -> list[str]:
    """What pppd's lcp_nakci makes of the *methods* left to it when another is *suggested* (``''``: a Reject)."""
    asked, chap = methods[0], [name for name in ALGORITHMS if name in methods]
    others = [name for name in methods if name not in chap]
    if asked in chap and suggested == 'pap':
        return others
    if suggested in chap:
        chap = [suggested]
    elif asked in chap:
        chap = chap[1:]
    if asked not in ALGORITHMS:
        others.remove(asked)
    eap = [name for name in others if name == 'eap']
    return eap + [name for name in ('chap-md5', 'mschapv2', 'mschap') if name in chap] + [
        name for name in others if name != 'eap']
