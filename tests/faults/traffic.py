# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What goes through a tunnel: a ping, and bytes that have to arrive as they were sent."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.tests.faults.fault import INTERNET

INSIDE_HOST = '192.168.77.20'       # behind the server: the RADIUS server of the lab
INTERNET_HOST = '198.51.100.1'      # given/internet.yml
MEGABYTES = 10
_HANG = 20      # seconds without an end after which a small transfer counts as one that hangs
_PATIENCE = 600     # 10 MB take 10 s on an idle machine with two cores, and minutes on a busy one

Lab = t.Any


def route(lab: Lab, client: str, target: str, interface: str) -> None:
    """Let *client* send what is for *target* through the tunnel, as a default route would."""
    if target == INTERNET:
        lab.run(client, 'ip route replace %s/32 dev %s' % (INTERNET_HOST, interface))


def ping(lab: Lab, client: str, target: str) -> bool:
    """Whether the host answers through the tunnel."""
    return lab.ping_through(client, INTERNET_HOST if target == INTERNET else INSIDE_HOST)


def transfer(lab: Lab, client: str, target: str, works: bool) -> bool:
    """Whether the bytes arrive, down from *target*: all of them, or (not *works*) enough to see that they hang."""
    megabytes, seconds = (MEGABYTES, _PATIENCE) if works else (0.5, _HANG)
    if target != INTERNET:
        return bool(lab.transfer(client, megabytes, seconds=seconds))
    from tests.lab.vm.lab import counting
    size = int(megabytes * 1_000_000)
    script = 'timeout %d nc -d -w 20 %s 8000 | head -c %d | sha256sum' % (seconds, INTERNET_HOST, size)
    return lab.run(client, script, check=False, seconds=seconds + 30).stdout.split()[:1] == [counting(size)]
