# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: pppd_facts
short_description: The options that pppd ends up with on a PPTP server
version_added: 0.1.0
description:
  - The option files in the order in which pppd reads them, the effective options, plugins, and what is wrong with them.
  - The same facts as C(pptp_pppd) of M(vpnops.pptp.server_facts), and nothing else.
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
  vpnops.pptp.pppd_facts:
"""

RETURN = r"""
ansible_facts:
  description: The facts. Their shape is described in the collection's C(docs/facts.md).
  returned: success
  type: dict
  contains:
    pptp_pppd:
      description: The options that pppd ends up with on a PPTP server.
      returned: always
      type: dict
"""
