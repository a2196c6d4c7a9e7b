# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The machines of the lab: addresses, files, services. Everything else reads this table.

    client1 10.1.0.10  client2 10.1.0.11 --(br-lan)-- 10.1.0.1 router 203.0.113.1 --(br-wan)--
    203.0.113.10 server 192.168.77.1 --(br-corp)-- 192.168.77.20 radius        (the other servers likewise)
"""

from __future__ import annotations

import dataclasses
import hashlib

GUEST = 'guest'              # the name under which commands reach the virtual machine itself
FIRST_PORT = 2200            # of the ssh sockets inside the guest; the guest's own is the first


@dataclasses.dataclass(frozen=True)
class Machine:
    """One instance. *nics*: ``interface=bridge=address/bits``; *layers*: folders under ``machines/``, in order."""

    name: str
    groups: tuple[str, ...]
    nics: tuple[str, ...]
    layers: tuple[str, ...] = ()
    gateway: str = ''
    image: str = 'bookworm'
    units: tuple[str, ...] = ()      # enabled, with the target that wants them: pptpd.service=multi-user
    listens: tuple[int, ...] = ()    # ports without which the lab is not ready
    purge: tuple[str, ...] = ()      # packages of the image that this machine does not have

    @property
    def address(self) -> str:
        """Its first address, without the mask."""
        return self.nics[0].split('=')[2].split('/')[0]

    @property
    def machine_id(self) -> str:
        """Fixed, so that systemd never takes a start for the first one and enables what Debian's presets say."""
        return hashlib.md5(('vpnops.pptp ' + self.name).encode(), usedforsecurity=False).hexdigest()


_FIREWALL = 'netfilter-persistent.service=multi-user'


def _server(name: str, last: int, corp: int, image: str = 'bookworm') -> Machine:
    syslog = ('rsyslog.service=multi-user',) if image == 'bookworm' else ()
    return Machine(name, ('pptp_servers',), (f'eth0=br-wan=203.0.113.{last}/24', f'eth1=br-corp=192.168.77.{corp}/24'),
                   ('ppp', 'server'), '203.0.113.1', units=('pptpd.service=multi-user', _FIREWALL, *syslog),
                   listens=(1723,), image=image)


def _client(number: int) -> Machine:
    return Machine(f'client{number}', ('pptp_clients',), (f'eth0=br-lan=10.1.0.{9 + number}/24',), ('ppp',), '10.1.0.1')


MACHINES: tuple[Machine, ...] = (
    Machine('router', ('pptp_routers',), ('eth0=br-lan=10.1.0.1/24', 'eth1=br-wan=203.0.113.1/24'), ('router',),
            units=(_FIREWALL,)),
    _server('server', 10, 1),
    _server('server13', 13, 13, image='trixie'),
    Machine('bare', ('bare_servers',), ('eth0=br-wan=203.0.113.14/24', 'eth1=br-corp=192.168.77.14/24'), ('ppp',),
            '203.0.113.1', units=(_FIREWALL,), purge=('pptpd', 'bcrelay', 'pptp-linux', 'ppp')),
    Machine('radius', ('radius_servers',), ('eth0=br-corp=192.168.77.20/24',), ('radius',),
            units=('freeradius.service=multi-user', 'lab-send.socket=sockets', 'lab-receive.socket=sockets'),
            listens=(1812, 8000, 8001)),
    _client(1),
    _client(2),
)
BY_NAME = {machine.name: machine for machine in MACHINES}
PORTS = {name: FIRST_PORT + number for number, name in enumerate((GUEST, *BY_NAME))}
