# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: firewall_facts
short_description: What the firewall does to PPTP on a host
version_added: 0.1.0
description:
  - The rule sets in force (iptables, nftables, firewalld, ufw), and what they do to TCP 1723, to GRE
    and to forwarded packets.
  - The same facts as C(pptp_firewall) of M(vpnops.pptp.server_facts), and nothing else.
extends_documentation_fragment:
  - vpnops.pptp.attributes.facts
options:
  clients:
    description:
      - Addresses or networks (IPv4) of clients. The verdicts on the firewall are about their packets then, and about
        those of the client that fares worst where the rules tell them apart.
      - Without it they are about anybody, and are unknown where the rules admit some sources only.
    type: list
    elements: str
    default: []
  interface:
    description:
      - The interface by which packets of clients arrive. Without it, that of the default route.
    type: str
  address:
    description:
      - The address of this host that clients connect to. Without it, the first one of the interface.
    type: str
seealso:
  - module: vpnops.pptp.server_facts
author:
  - vpnops.pptp maintainers (@vpnops)
"""

EXAMPLES = r"""
- name: Read the facts
  vpnops.pptp.firewall_facts:

- name: Read what the firewall does with packets from two offices
  vpnops.pptp.firewall_facts:
    clients: [203.0.113.7, 198.51.100.0/24]
    interface: eth0
"""

RETURN = r"""
ansible_facts:
  description: The facts. Their shape is described in the collection's C(docs/facts.md).
  returned: success
  type: dict
  contains:
    pptp_firewall:
      description: What the firewall does to PPTP on a host.
      returned: always
      type: dict
"""
