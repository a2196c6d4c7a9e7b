# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A connection to a process on this machine that runs what it is told: a target whose CPU is not the controller's."""

from __future__ import annotations

import os
import pickle
import socket
import typing as t

from ansible.plugins.connection.local import Connection as LocalConnection

DOCUMENTATION = """
name: other_side
short_description: run on this machine, in a process that does not belong to the controller
description: For the benchmarks only.
options: {}
extends_documentation_fragment: [connection_pipelining]
"""


class Connection(LocalConnection):
    """Sends each command through the Unix socket named by ``OTHER_SIDE``; files are copied locally."""

    transport = 'other_side'

    def exec_command(self, cmd: str, in_data: bytes | None = None, sudoable: bool = True) -> tuple[int, t.Any, t.Any]:
        """Run *cmd* there."""
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(os.environ['OTHER_SIDE'])
            line.sendall(pickle.dumps((cmd, in_data)))
            line.shutdown(socket.SHUT_WR)
            with line.makefile('rb') as answer:
                return pickle.load(answer)
