# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: bundle
short_description: Record a host as a bundle, secrets masked on the host
version_added: 0.1.0
description:
  - Records exactly what a diagnosis reads, files, logs and the output of commands, as one C(.tar.gz) on the controller.
  - Passwords, hashes and keys are masked before anything leaves the host. Nothing is left on it.
  - Hand the bundle to M(vpnops.pptp.diagnose) as O(vpnops.pptp.diagnose#module:bundle); the verdict is the same.
extends_documentation_fragment:
  - vpnops.pptp.attributes
  - vpnops.pptp.attributes.logs
options:
  dest:
    description: The folder on the controller for C(NAME.tar.gz).
    type: path
    required: true
seealso:
  - module: vpnops.pptp.diagnose
author:
  - vpnops.pptp maintainers (@vpnops)
"""

EXAMPLES = r"""
- name: Record the hosts of the play
  vpnops.pptp.bundle:
    dest: ./bundles
"""

RETURN = r"""
path:
  description: The bundle on the controller.
  returned: success
  type: str
  sample: /home/admin/bundles/vpn1.tar.gz
size:
  description: Its size in bytes.
  returned: success
  type: int
  sample: 14203
"""

import base64

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.vpnops.pptp.plugins.module_utils import recorder, recorder_archive
from ansible_collections.vpnops.pptp.plugins.module_utils.host import LiveHost
from ansible_collections.vpnops.pptp.plugins.module_utils.reading_list import READS


def main() -> None:
    """Record, and return the archive as text; the action plugin of the same name writes it to a file."""
    spec = dict(recorder.LOG_ARGUMENTS, dest={'type': 'path', 'required': True})
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    data = recorder_archive.archive(recorder.record(LiveHost(), READS, module.params, whole=True))
    module.exit_json(changed=False, bundle=base64.b64encode(data).decode('ascii'), size=len(data))


if __name__ == '__main__':
    main()
