# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: directory_probe
short_description: Whether a member of a domain reaches its controllers, and what they say of an account
version_added: 0.1.0
description:
  - Asks the name servers for the controllers of the realm of F(/etc/samba/smb.conf), tries their TCP ports 88, 135, 389
    and 445, and only where these answer runs C(wbinfo --ping-dc), C(wbinfo -t) and the like of C(net).
  - Reads the state of one O(account), where that is asked for, with C(net ads search) and the password of the machine.
  - Never tries a logon, so that no count of bad passwords rises, and ends within 30 seconds whatever does not answer.
attributes:
  check_mode:
    description: Can run in check mode and return what it would return without it.
    support: full
  diff_mode:
    description: Returns details on what has changed, in diff mode.
    support: none
    details: Nothing is changed.
  platform:
    description: Target systems it works on.
    support: full
    platforms: linux
options:
  account:
    description: The account whose state is read, as C(user), C(DOMAIN\user) or C(user@realm).
    type: str
notes:
  - Needs Python 3.8 or later on the target, and root for the trust and the account.
seealso:
  - module: vpnops.pptp.server_facts
author:
  - vpnops.pptp maintainers (@vpnops)
"""

EXAMPLES = r"""
- name: Look at the domain
  vpnops.pptp.directory_probe:

- name: Is the account locked?
  vpnops.pptp.directory_probe:
    account: LAB\alice
"""

RETURN = r"""
ansible_facts:
  description: The facts. Their shape is described in the collection's C(docs/facts.md).
  returned: success
  type: dict
  contains:
    pptp_directory_probe:
      description: What the name servers, the controllers and winbindd say.
      returned: always
      type: dict
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.vpnops.pptp.plugins.module_utils.host import LiveHost
from ansible_collections.vpnops.pptp.plugins.module_utils.probe.directory import Probe


def main() -> None:
    """Probe, and return the facts."""
    module = AnsibleModule(argument_spec={'account': {'type': 'str'}}, supports_check_mode=True)
    account = module.params['account'] or None
    if account is not None and (len(account) > 256 or not account.isprintable()):
        module.fail_json(msg='account: not the name of an account')
    facts = Probe(LiveHost()).run(account)
    module.exit_json(changed=False, ansible_facts={'pptp_directory_probe': facts})


if __name__ == '__main__':
    main()
