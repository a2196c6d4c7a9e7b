# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: conntrack_facts
short_description: The connection tracking helper for PPTP on a host
version_added: 0.1.0
description:
  - Whether the kernel assigns the PPTP helper, and whether the rule that admits GRE depends on it.
  - The same facts as C(pptp_conntrack) of M(vpnops.pptp.server_facts), and nothing else.
extends_documentation_fragment:
  - vpnops.pptp.attributes.facts
options: {}
seealso:
  - module: vpnops.pptp.server_facts
author:
  - vpnops.pptp maintainers (@vpnops)
"""

EXAMPLES = r"""
- name: Read the facts
  vpnops.pptp.conntrack_facts:
"""

RETURN = r"""
ansible_facts:
  description: The facts. Their shape is described in the collection's C(docs/facts.md).
  returned: success
  type: dict
  contains:
    pptp_conntrack:
      description: The connection tracking helper for PPTP on a host.
      returned: always
      type: dict
"""
