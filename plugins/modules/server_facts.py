# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: server_facts
short_description: Everything about the PPTP server or client on a host, in one round trip
version_added: 0.1.0
description:
  - Reads the packages, daemons, kernel modules, configuration, C(chap-secrets), firewall, connection tracking,
    addresses, RADIUS client and logs that decide whether a PPTP login works.
  - Facts only, no verdict. M(vpnops.pptp.diagnose) judges them.
  - At most 64 KiB are returned. What had to be cut for that is named in the C(evidence) of its subject.
extends_documentation_fragment:
  - vpnops.pptp.attributes.facts
  - vpnops.pptp.attributes.logs
options:
  gather_subset:
    description:
      - The subjects to return, V(all) of them or some of V(host), V(daemon), V(kernel), V(conf), V(pppd), V(secrets),
        V(firewall), V(conntrack), V(addressing), V(radius) and V(logs).
      - A name with V(!) in front leaves that subject out; with nothing but such names, all others are returned.
    type: list
    elements: str
    default: [all]
  packed:
    description:
      - Return the facts as RV(packed), one compressed word, instead of RV(ansible_facts).
      - M(vpnops.pptp.diagnose) asks for this; for everything else leave it off.
    type: bool
    default: false
seealso:
  - module: vpnops.pptp.diagnose
author:
  - vpnops.pptp maintainers (@vpnops)
"""

EXAMPLES = r"""
- name: Read everything
  vpnops.pptp.server_facts:

- name: Read all but the logs
  vpnops.pptp.server_facts:
    gather_subset: ['!logs']

- name: Read a log that stands elsewhere, whole
  vpnops.pptp.server_facts:
    gather_subset: [logs]
    log_paths: [/srv/log/vpn.log]
    full_logs: true
"""

RETURN = r"""
packed:
  description: The same facts as JSON, deflated and in base64.
  returned: with O(packed)
  type: str
ansible_facts:
  description: One key a subject. The shapes are described in the collection's C(docs/facts.md).
  returned: without O(packed)
  type: dict
  contains:
    pptp_host:
      description: Name, operating system, kernel, container, and whether the host is a server or a client.
      returned: when selected
      type: dict
    pptp_daemon:
      description: Packages, unit, processes and the listener on TCP 1723.
      returned: when selected
      type: dict
    pptp_kernel:
      description: C(/dev/ppp) and the kernel modules.
      returned: when selected
      type: dict
    pptp_conf:
      description: What C(pptpd.conf) says, and what is wrong with it.
      returned: when selected
      type: dict
    pptp_pppd:
      description: The options that pppd ends up with, and what is wrong with them.
      returned: when selected
      type: dict
    pptp_secrets:
      description: The users of C(chap-secrets) and what is wrong with their lines, never a secret.
      returned: when selected
      type: dict
    pptp_firewall:
      description: What the rule sets do to TCP 1723, GRE, and forwarded packets.
      returned: when selected
      type: dict
    pptp_conntrack:
      description: The connection tracking helper for PPTP.
      returned: when selected
      type: dict
    pptp_addressing:
      description: Interfaces, routes, forwarding.
      returned: when selected
      type: dict
    pptp_radius:
      description: The RADIUS and winbind configuration of pppd.
      returned: when selected
      type: dict
    pptp_logs:
      description: Known messages and the newest sessions.
      returned: when selected
      type: dict
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.vpnops.pptp.plugins.module_utils import subjects
from ansible_collections.vpnops.pptp.plugins.module_utils.host import LiveHost


def main() -> None:
    """Collect, and return the facts."""
    spec = dict(subjects.LOG_ARGUMENTS, gather_subset={'type': 'list', 'elements': 'str', 'default': ['all']},
                packed={'type': 'bool', 'default': False})
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    try:
        facts = subjects.gather(LiveHost(), module.params['gather_subset'], subjects.log_options(module.params))
    except subjects.SubsetError as error:
        module.fail_json(msg='gather_subset: %s' % error)
    if module.params['packed']:
        module.exit_json(changed=False, packed=subjects.pack(facts))
    module.exit_json(changed=False, ansible_facts=facts)


if __name__ == '__main__':
    main()
