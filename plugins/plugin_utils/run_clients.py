# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whose packets the verdicts on the firewall are about: options of actions that never go to a target."""

from __future__ import annotations

import re
import typing as t

from ansible.errors import AnsibleActionFail

from ansible_collections.vpnops.pptp.plugins.module_utils.firewall.model import ipv4, network

ARGUMENTS: dict[str, t.Any] = {
    'clients': {'type': 'list', 'elements': 'str', 'default': []},
    'interface': {'type': 'str'},
    'address': {'type': 'str'},
}
MOST = 32   # client networks; each is judged by itself
_INTERFACE = re.compile(r'[\w.@:-]{1,15}')   # IFNAMSIZ, linux/if.h


def asked(params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The keyword arguments of ``collect.firewall.Asked``; raises :class:`AnsibleActionFail` for what is none."""
    clients = [str(item).strip() for item in params.get('clients') or ()]
    wrong = [item for item in clients if network(item) is None]
    if wrong or len(clients) > MOST:
        raise AnsibleActionFail('clients: %s' % ('no IPv4 address or network: %s' % ', '.join(wrong[:3]) if wrong else
                                                 'more than %d' % MOST))
    interface, address = params.get('interface') or None, params.get('address') or None
    if interface and not _INTERFACE.fullmatch(interface):
        raise AnsibleActionFail('interface: no name of one: %s' % interface)
    if address and ipv4(address) is None:
        raise AnsibleActionFail('address: no IPv4 address: %s' % address)
    return {'clients': tuple(clients), 'interface': interface, 'address': address}
