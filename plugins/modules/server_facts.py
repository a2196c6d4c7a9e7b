# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: server_facts
short_description: Everything about the PPTP server or client on a host, in one round trip
version_added: 0.1.0
description:
  - Reads whatever decides whether a PPTP login works. Facts only, no verdict. M(vpnops.pptp.diagnose) judges them.
  - The target only records what the subjects need, secrets masked, in at most 64 KiB; an action plugin of the same
    name parses that on the controller. What had to be cut is named in the C(evidence) of its subject.
extends_documentation_fragment:
  - vpnops.pptp.attributes.facts
  - vpnops.pptp.attributes.logs
options:
  gather_subset:
    description:
      - The subjects to return, V(all) of them or some of V(host), V(daemon), V(kernel), V(conf), V(pppd), V(secrets),
        V(firewall), V(conntrack), V(addressing), V(radius), V(logs), V(freeradius)
        and V(winbind).
      - A name with V(!) in front leaves that subject out; with nothing but such names, all others are returned.
    type: list
    elements: str
    default: [all]
seealso:
  - module: vpnops.pptp.diagnose
author:
  - vpnops.pptp maintainers (@vpnops)
"""

EXAMPLES = r"""
- name: Read everything, and a log that stands elsewhere, whole
  vpnops.pptp.server_facts:
    full_logs: true
    log_paths: [/srv/log/vpn.log]
"""

RETURN = r"""
ansible_facts:
  description: One key a subject, C(pptp_host), C(pptp_logs) and so on. C(docs/facts.md) has their shapes.
  returned: success
  type: dict
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.vpnops.pptp.plugins.module_utils import recorder
from ansible_collections.vpnops.pptp.plugins.module_utils.host import LiveHost


def main() -> None:
    """Record, and return the recording; the action plugin of the same name makes facts of it."""
    spec = dict(recorder.LOG_ARGUMENTS, gather_subset={'type': 'list', 'elements': 'str', 'default': ['all']})
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    recording = recorder.record(LiveHost(), module.params['gather_subset'], module.params)
    module.exit_json(changed=False, recording=recording.packed())


if __name__ == '__main__':
    main()
