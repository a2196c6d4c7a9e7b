# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What of the lab needs no lab."""

from __future__ import annotations

import socket

import pytest

from tests.lab.vm import boot
from tests.lab.vm.qemu import LabError
from tests.lab.vm.topology import PORTS


def test_a_lab_keeps_its_ports_while_it_is_reset() -> None:
    """Nobody listens there for a moment: another lab must not get them, nor a connection that needs any port."""
    labs = [boot.free_ports() for _lab in range(50)]
    assert all(list(ports.values()) == list(PORTS.values()) for ports in labs)
    given = [port for ports in labs for port in ports]
    assert len(set(given)) == len(given)
    with open('/proc/sys/net/ipv4/ip_local_port_range', encoding='ascii') as known:
        assert max(given) < int(known.read().split()[0])


def test_a_port_where_somebody_listens_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(('127.0.0.1', 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setattr(boot, 'PLACES', range(port, port + 1))
        with pytest.raises(LabError, match='no port of'):
            boot.free_ports()
