# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a session is to do, and how long it may take."""

from __future__ import annotations

import dataclasses
import typing as t

REACH, METHODS, LOGIN, PATH = 'reach', 'methods', 'login', 'path'
# A pppd makes the CHAP algorithm that is suggested to it its only one, and does not name the others any more (lcp.c,
# lcp_nakci; of one that it does not have it drops another than the one it asked for): each comes first once.
ORDERS = (('mschapv2', 'mschap', 'chap-md5', 'pap'), ('mschap', 'chap-md5', 'mschapv2', 'pap'),
          ('chap-md5', 'mschapv2', 'mschap', 'pap'))


class Limits(t.NamedTuple):
    """Seconds until a step counts as failed. A pppd of the server may wait 30 s for RADIUS or a domain controller
    before it answers a login, and gives up on its own after ten requests of 3 s each (its defaults), so *auth* is
    longer than that. A *ping* waits until a pppd has repeated twice (after 3 s each) what it got no answer to: until
    then its side may not be open; where no packet was lost, late or out of its order, once is enough. A login without
    a ping has to stand as long. *end* is for the whole hang-up, *total* for everything before that."""

    tcp: float = 10
    control: float = 10
    call: float = 15
    gre: float = 10
    lcp: float = 15
    auth: float = 40
    ccp: float = 10
    ipcp: float = 15
    ping: float = 7
    path: float = 25
    end: float = 3
    total: float = 120


@dataclasses.dataclass(frozen=True)
class Settings:
    """*mode*: ``reach`` (control connection and a call), ``methods`` (the methods of authentication that the server
    asks for), ``login``, or ``path`` (the largest packet that passes).

    *methods* are those of lcp.METHODS by which a login may be made, the preferred first (``pap`` shows the password to
    whoever reads along). *suggested* are those that the mode ``methods`` suggests to the server, in this order; three
    sessions, each with one of ORDERS, show all that a pppd has.
    *mppe*: ``require``, ``prefer`` or ``none``; *strengths* are the key lengths that will do, the preferred first.
    *retry*, *tries*: a Configure-Request is repeated after so many seconds, so many times (RFC 1661 4.6 has 3 s and
    10; a second is ample on today's networks, and a dial is waited for). *grace* is how long GRE packets are still
    listened to when the server has hung up over TCP, which may overtake them.
    """

    mode: str = LOGIN
    user: str = ''
    password: str = dataclasses.field(default='', repr=False)
    methods: tuple[str, ...] = ('mschapv2',)
    suggested: tuple[str, ...] = ORDERS[0]
    mppe: str = 'require'
    strengths: tuple[int, ...] = (128,)
    ping: bool = True
    gre: bool = True
    host: str = ''
    vendor: str = 'vpnops.pptp'
    limits: Limits = Limits()
    retry: float = 1.0
    tries: int = 10
    grace: float = 0.5
    largest: int = 1500    # bytes of an IP packet: where the ladder of the mode path ends
