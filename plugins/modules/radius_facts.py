# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: radius_facts
short_description: The RADIUS and winbind configuration of pppd on a host
version_added: 0.1.0
description:
  - The plugin lines, C(radiusclient.conf), servers and dictionary. Only files are read, no request is ever sent.
  - The same facts as C(pptp_radius) of M(vpnops.pptp.server_facts), and nothing else.
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
  vpnops.pptp.radius_facts:
"""

RETURN = r"""
ansible_facts:
  description: The facts. Their shape is described in the collection's C(docs/facts.md).
  returned: success
  type: dict
  contains:
    pptp_radius:
      description: The RADIUS and winbind configuration of pppd on a host.
      returned: always
      type: dict
"""
