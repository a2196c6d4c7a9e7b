# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The packets of PPTP on their way through a server and through a router, with the state they have in conntrack."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.firewall.model import Flow

_NEW = frozenset(['new'])
_GOING = frozenset(['established'])
_EXPECTED = frozenset(['expected'])
# daemons.md 7.3: with the helper GRE is RELATED, then ESTABLISHED; without it NEW for ever, in both directions
GRE_STATES = {True: _GOING, False: _NEW, None: _NEW | _GOING}
_IN = ('ingress', 'prerouting', 'input')
_OUT = ('output', 'postrouting', 'egress')
_THROUGH = ('ingress', 'prerouting', 'forward', 'postrouting', 'egress')
RADIUS = 1812   # RFC 2865 section 3


class Place(t.NamedTuple):
    """*wan*: the outer interface, *address*: its own; *pool*: an address that clients get; *peer*: where clients come
    from (networks, or ``any``: anywhere); *server*: of RADIUS; *lan*: the inner interface of a router, *inside*: a
    host there."""

    wan: str | None = None
    address: int | None = None
    pool: int | None = None
    peer: t.Any = 'any'
    server: int | None = None
    lan: str | None = None
    inside: int | None = None


def server(place: Place, helper: bool | None) -> dict[str, Flow]:
    """The flows of a PPTP server."""
    gre = GRE_STATES[helper]
    known = _EXPECTED if helper else frozenset()
    wan, us, peer, pool = place.wan, place.address, place.peer, place.pool
    return {
        'tcp1723_in': Flow(_IN, 'tcp', 1723, _NEW, wan, '', peer, us),
        'tcp1723_established': Flow(_IN, 'tcp', 1723, _GOING, wan, '', peer, us, flags='ack'),
        'tcp1723_out': Flow(_OUT, 'tcp', None, _GOING, '', wan, us, peer, 1723, 'ack', direction='reply'),
        'gre_in': Flow(_IN, 'gre', None, gre, wan, '', peer, us, status=known,
                       direction=None if helper is not False else 'original'),
        'gre_out': Flow(_OUT, 'gre', None, gre, '', wan, us, peer, status=known,
                        direction=None if helper is not False else 'original'),
        'radius_out': Flow(_OUT, 'udp', RADIUS, _NEW, '', None, us if wan else None, place.server),
        'radius_in': Flow(_IN, 'udp', None, _GOING, None, '', place.server, None, RADIUS, direction='reply'),
        'forward_from_ppp': Flow(_THROUGH, 'tcp', 443, _NEW, 'ppp0', wan, pool, 'world'),
        'forward_to_ppp': Flow(_THROUGH, 'tcp', None, _GOING, wan, 'ppp0', 'world', pool, 443, 'syn,ack',
                               direction='reply'),
    }


def client(place: Place) -> Flow:
    """The control connection of a host that dials out."""
    return Flow(_OUT, 'tcp', 1723, _NEW, '', place.wan, place.address, place.peer)


def radius(server_: int | None, port: int, device: str | None, us: int | None) -> tuple[Flow, Flow]:
    """The request to one RADIUS server by the interface *device*, and the answer, which is ESTABLISHED then."""
    asked = Flow(_OUT, 'udp', port, _NEW, '', device, us, server_, flags='')
    answer = Flow(_IN, 'udp', None, _GOING, device, '', server_, us, port, '', frozenset(['seen-reply', 'confirmed']),
                  'reply')
    return asked, answer


def radius_served(peer: t.Any, port: int, device: str | None, us: int | None) -> tuple[Flow, Flow]:
    """The request of a VPN server at *peer* to a RADIUS server here, and the answer."""
    asked = Flow(_IN, 'udp', port, _NEW, device, '', peer, us, flags='')
    answer = Flow(_OUT, 'udp', None, _GOING, '', device, us, peer, port, '', frozenset(['seen-reply', 'confirmed']),
                  'reply')
    return asked, answer


def router(place: Place, helper: bool | None) -> dict[str, Flow]:
    """The flows that a router forwards: ``_out`` from a host behind it to the internet, ``_in`` to one behind it."""
    gre = GRE_STATES[helper]
    known = _EXPECTED if helper else frozenset()
    wan, lan = place.wan, place.lan
    inside, world = place.inside, 'any'
    way = None if helper is not False else 'original'
    return {
        'tcp1723_out': Flow(_THROUGH, 'tcp', 1723, _NEW, lan, wan, inside, world),
        'tcp1723_in': Flow(_THROUGH, 'tcp', 1723, _NEW, wan, lan, place.peer, inside),
        'gre_out': Flow(_THROUGH, 'gre', None, gre, lan, wan, inside, world, status=known, direction=way),
        'gre_in': Flow(_THROUGH, 'gre', None, gre, wan, lan, place.peer, inside, status=known, direction=way),
    }
