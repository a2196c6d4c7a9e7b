# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Start a witness of PPTP's packets on this host, and hear what it saw."""

from __future__ import annotations

import os
import re
import socket
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.collect import rulesets
from ansible_collections.vpnops.pptp.plugins.module_utils.host import Host
from ansible_collections.vpnops.pptp.plugins.module_utils.probe import witness_counters, witness_process

LONGEST = 600    # seconds
ID = re.compile(r'[0-9a-f]{16}')
NOT_PERMITTED = 'packet sockets are not permitted here: become root, or give CAP_NET_RAW'
_EMPTY: dict[str, t.Any] = {'complete': False, 'why': '', 'seconds': 0.0, 'dropped': 0, 'silent': 0, 'flows': [],
                            'counters': []}


def start(host: Host, seconds: float) -> tuple[str, str]:
    """The id of a witness that looks already, and ``''``; or ``''`` and why there is none."""
    try:
        witness_process.opened().close()
    except OSError as error:
        denied = isinstance(error, PermissionError)
        return '', NOT_PERMITTED if denied else 'no packet socket: %s' % os.strerror(error.errno or 0)
    name = os.urandom(8).hex()
    with rulesets.without_collector():
        before = witness_counters.counted(witness_counters.read(host))
    with witness_process.opened() as watching, witness_process.listening(name) as server:
        witness = witness_process.Witness(watching, server, seconds, before)
        witness_process.leave(witness, (watching.fileno(), server.fileno()), seconds)
    return name, ''


def collect(host: Host, name: str) -> dict[str, t.Any]:
    """``witness`` of the module's documentation; the witness called *name* ends by that."""
    if not name:
        return dict(_EMPTY, why='not-permitted')
    answer = witness_process.fetched(name)
    if answer is None:
        return dict(_EMPTY, why='gone')
    flows = answer['flows']
    with rulesets.without_collector():
        packets = witness_counters.ours(flows, local)
        counters = witness_counters.rises(answer.pop('extra'), witness_counters.read(host), packets)
    return dict(_EMPTY, complete=not answer['why'], counters=counters, **answer)


def local(address: str) -> bool:
    """Whether *address* is one of this host: to such a one it speaks from that itself. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((address, 9))
            return bool(probe.getsockname()[0] == address)
        except OSError:
            return False
