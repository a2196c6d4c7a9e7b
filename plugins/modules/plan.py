# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: plan
short_description: Plan what to do about what M(vpnops.pptp.diagnose) found
version_added: 0.1.0
description:
  - Reads what M(vpnops.pptp.diagnose) wrote in the same run, and turns each finding into a step (a role and its
    variables) or into a no-op with the reason and the words for whoever can do it. Adds both to the file of the host.
  - The target is asked only where nothing but its log speaks for a finding, for what was fixed before.
extends_documentation_fragment:
  - vpnops.pptp.attributes
options:
  report_dir:
    description: The folder on the controller, as of M(vpnops.pptp.diagnose).
    type: path
  only:
    description: Causes to plan for. Without it, all that fail.
    type: list
    elements: str
    default: []
  consent:
    description:
      - Names of causes whose risky steps are allowed, or V(guess) (the evidence leaves another reading, or the step
        changes what the server lets in) and V(packages) (software is installed) for those of all causes.
    type: list
    elements: str
    default: []
  allow_session_drop:
    description: Whether steps may restart pptpd while people are connected.
    type: bool
    default: false
  users:
    description: Names of users for whom a password can be set.
    type: list
    elements: str
    default: []
  addressed:
    description: Those of O(users) whose addresses can be set, too.
    type: list
    elements: str
    default: []
  routers:
    description: Hosts of the run that are routers. What they tell of the path of this host is taken into account.
    type: list
    elements: str
    default: []
  radius_servers:
    description: Hosts of the run that are RADIUS servers. Each end is planned with what the other one tells.
    type: list
    elements: str
    default: []
  vpn_servers:
    description: Hosts of the run that are VPN servers, and may ask those.
    type: list
    elements: str
    default: []
  radius:
    description: What the inventory has for RADIUS. Of secrets only that they are there.
    type: dict
    default: {}
    suboptions:
      servers:
        description: Whether this host has C(radius_client_servers).
        type: bool
        default: false
      secret:
        description: Whether this host has C(radius_client_secret).
        type: bool
        default: false
      secrets:
        description: VPN servers that have it.
        type: list
        elements: str
        default: []
      clients:
        description: Names and addresses of C(freeradius_clients) of this host that have a secret.
        type: list
        elements: str
        default: []
      join:
        description: Whether there is an account that may join this host to a domain.
        type: bool
        default: false
  given:
    description: Values of variables of the role C(pptp_server) that the inventory has, for what no evidence tells.
    type: dict
    default: {}
notes:
  - Returned are causes, roles and variables only. What a target said is in the file of the host.
seealso:
  - module: vpnops.pptp.diagnose
  - module: vpnops.pptp.verify
author:
  - vpnops.pptp maintainers (@vpnops)
"""

EXAMPLES = r"""
- name: Plan
  vpnops.pptp.plan:
    report_dir: ./pptp-report
    consent: [packages]
  register: plan
"""

RETURN = r"""
live:
  description: Whether the findings are those of the host itself, and not of a recorded one.
  returned: success
  type: bool
  sample: true
causes:
  description: The causes that the steps fix.
  returned: success
  type: list
  elements: str
  sample: [gre-blocked]
roles:
  description: The roles to run, in this order.
  returned: success
  type: list
  elements: str
  sample: [tunnel_firewall]
runs:
  description: The variables of each run of each role.
  returned: success
  type: dict
  sample: {tunnel_firewall: [{}]}
firewall:
  description: Whether rules are changed.
  returned: success
  type: bool
  sample: true
users:
  description: Users whose password is set.
  returned: success
  type: list
  elements: str
  sample: []
paths:
  description: Files of this host that may be touched, beside the usual ones.
  returned: success
  type: list
  elements: str
  sample: [/etc/ppp/pptpd-options]
radius:
  description: Whether this host is a RADIUS server.
  returned: success
  type: bool
  sample: false
witness:
  description: The VPN server whose login tells whether this RADIUS server is mended, empty where none does.
  returned: success
  type: str
  sample: vpn1
noops:
  description: How many findings are left alone.
  returned: success
  type: int
  sample: 1
"""
