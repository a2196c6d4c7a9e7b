# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a session is told and what it wants done: the seam between the state machine and whoever owns the sockets.

A transport opens one TCP connection to port 1723 and one raw socket of IP protocol 47 to the same address, *before* it
hands over ``Connected``: the server sends the first GRE packet as soon as it has answered the call. It

* hands over what it reads, without the IP header, from the server's address only. Packets of other calls do no harm;
* connects the raw socket and turns IP_RECVERR on, so that ICMP errors come in (as ``Icmp``), and EMSGSIZE of a send
  is handed over as ``Icmp(3, 4, mtu)``;
* sends a ``SendGre`` with ``dont_fragment`` under IP_PMTUDISC_PROBE, the others without the DF bit;
* calls ``handle`` with ``Tick()`` at ``Session.deadline`` at the latest (early calls do no harm), with a clock that
  never goes back, in seconds;
* carries out the actions in their order, and is through after ``Done``.

Without a raw socket it says so in the settings (``gre=False``), and the session ends with the call.
"""

from __future__ import annotations

import typing as t


def _sized(what: Stream | Gre | SendStream | SendGre) -> str:
    """How packets are printed: what is in them may be a password, or can be cracked."""
    return '%s(%d bytes)' % (type(what).__name__, len(what.data))


class Connected(t.NamedTuple):
    """The TCP connection stands."""


class Lost(t.NamedTuple):
    """The TCP connection does not: *why* is ``refused``, ``unreachable``, ``timeout``, ``reset`` or ``closed``."""

    why: str = 'closed'


class Stream(t.NamedTuple):
    """Bytes that came over TCP."""

    data: bytes

    def __repr__(self) -> str:
        """Without what is in it."""
        return _sized(self)


class Gre(t.NamedTuple):
    """A packet of IP protocol 47 from the server, without its IP header."""

    data: bytes

    def __repr__(self) -> str:
        """Without what is in it."""
        return _sized(self)


class Icmp(t.NamedTuple):
    """An ICMP error that a GRE packet of ours caused; *mtu* comes with (3, 4), 0 where it is not told."""

    kind: int
    code: int
    mtu: int = 0


class Tick(t.NamedTuple):
    """Nothing but the time."""


class Connect(t.NamedTuple):
    """Open the TCP connection."""


class SendStream(t.NamedTuple):
    """Send *data* over TCP."""

    data: bytes

    def __repr__(self) -> str:
        """Without what is in it."""
        return _sized(self)


class SendGre(t.NamedTuple):
    """Send *data* as the body of an IP packet of protocol 47."""

    data: bytes
    dont_fragment: bool = False

    def __repr__(self) -> str:
        """Without what is in it."""
        return _sized(self)


class Close(t.NamedTuple):
    """Close both sockets."""


class Done(t.NamedTuple):
    """Over: ``Session.result`` stands."""


Event = t.Union[Connected, Lost, Stream, Gre, Icmp, Tick]
Action = t.Union[Connect, SendStream, SendGre, Close, Done]
