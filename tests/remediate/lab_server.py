# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The server of the lab (docs/lab.md), on a kernel with PPP: here it ends with a real login."""

from __future__ import annotations

import pathlib
import sys

from target import ROOT, Target

sys.path.insert(0, str(ROOT))
from tests.lab.vm.lab import Lab


class LabServer(Target):
    """The machine ``server`` of a lab of its own."""

    patience = 1800
    blocked = 'iptables -C INPUT -p gre -j DROP 2>/dev/null || iptables -I INPUT -p gre -j DROP\n'
    variables = ('-e', 'pptp_firewall_guard_seconds=300')     # an emulated processor needs minutes for its rules

    def __init__(self, home: pathlib.Path) -> None:
        self.lab = Lab.up()
        self.name, self.home, self.inventory = 'server', home, self.lab.inventory

    def sh(self, script: str) -> str:
        return self.lab.run(self.name, script, seconds=600).stdout

    def power_cut(self) -> None:
        self.lab.power_cycle(self.name)
        # The rule that drops GRE lives in memory only: it comes back with the machine, unless the fix is in the file.
        self.sh('grep -q vpnops.pptp /etc/iptables/rules.v4 || { %s}' % self.blocked)

    def sessions(self) -> str:
        return 'Port=%d|%s/[0-9a-f]{10}' % (self.lab.port(self.name), self.lab.sockets)

    def rules_at_start(self) -> str:
        return self.blocked

    def prove(self) -> None:
        dial = self.lab.dial(server=self.name)
        assert dial.up and '128-bit stateless' in dial.mppe, dial.client_log
        assert self.lab.ping_through()
        self.lab.hangup()
        # The faults come back after this, and a login in the log that worked speaks for the rules of now.
        self.sh('sleep 2; truncate -s 0 /var/log/syslog; journalctl --quiet --rotate --vacuum-time=1s')

    def close(self) -> None:
        self.lab.down()
