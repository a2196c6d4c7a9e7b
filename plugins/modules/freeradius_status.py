# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: freeradius_status
short_description: What must be known of FreeRADIUS before and after it is changed
version_added: 0.1.0
description:
  - Tells whether FreeRADIUS is installed and runs, where its files are, whether the server that runs has read them
    since they were changed, and which groups it has. Changes nothing.
extends_documentation_fragment:
  - vpnops.pptp.attributes
options:
  group:
    description: A group to ask for, whether the server that runs is in it.
    type: str
  check:
    description: Whether the server reads its configuration to see whether it is fine (C(freeradius -XC)).
    type: bool
    default: false
notes:
  - Needs Python 3.8 or later and nothing else on the target.
seealso:
  - module: vpnops.pptp.freeradius_client
  - module: vpnops.pptp.freeradius_option
author:
  - vpnops.pptp maintainers (@vpnops)
"""

EXAMPLES = r"""
- name: Look at the server
  vpnops.pptp.freeradius_status:
    group: winbindd_priv
  register: found
"""

RETURN = r"""
installed:
  description: Whether there is a FreeRADIUS.
  returned: success
  type: bool
version:
  description: Its version, empty where it does not tell.
  returned: success
  type: str
  sample: 3.2.7
learns:
  description: Whether this version may demand a Message-Authenticator by itself, and knows C(limit_proxy_state).
  returned: success
  type: bool
config_dir:
  description: The folder of its configuration, empty where there is none.
  returned: success
  type: str
  sample: /etc/freeradius/3.0
user:
  description: The user that the server runs as, or would, empty where neither its process nor its package tells.
  returned: success
  type: str
  sample: freerad
service:
  description: The name of its service.
  returned: success
  type: str
  sample: freeradius
unit:
  description: What systemd says of its unit, V(enabled), V(disabled), V(masked) or the like, empty where there is none.
  returned: success
  type: str
  sample: enabled
running:
  description: Whether it runs.
  returned: success
  type: bool
stale:
  description: Whether a file of the configuration is newer than the server that runs.
  returned: success
  type: bool
in_group:
  description: Whether the server that runs is in O(group), null where there is no server or no such group.
  returned: success
  type: bool
member:
  description: Whether its user is in O(group), null where there is no such group.
  returned: success
  type: bool
fine:
  description: Whether it takes its configuration, null where it was not asked, or did not end in 60 s.
  returned: success
  type: bool
where:
  description: Where it found something wrong.
  returned: success
  type: str
family:
  description: The family of distributions, V(Debian), V(RedHat), V(Suse) or V(Alpine), empty where none is known.
  returned: success
  type: str
  sample: Debian
service_manager:
  description: V(systemd), or V(service) where that is not process 1.
  returned: success
  type: str
  sample: systemd
"""

import grp
import os
import pwd

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import freeradius_host as host, pptpd_live


def unit(module, service):
    """What systemd says of the unit, ``''`` where there is none."""
    path = module.get_bin_path('systemctl')
    said = module.run_command([path, 'is-enabled', service + '.service'])[1].strip() if path else ''
    return '' if said == 'not-found' else said


def known(name):
    """Whether there is such a user."""
    try:
        return bool(pwd.getpwnam(name))
    except KeyError:
        return False


def membership(name, user, process):
    """Whether *user*, and the server that runs, are in the group *name*."""
    try:
        group = grp.getgrnam(name or '')
        primary = pwd.getpwnam(user).pw_gid if user else None
    except KeyError:
        return None, None
    return user in group.gr_mem or primary == group.gr_gid, group.gr_gid in process.groups if process else None


def main():
    """Look, and answer."""
    module = AnsibleModule({'group': {'type': 'str'}, 'check': {'type': 'bool', 'default': False}},
                           supports_check_mode=True)
    daemon, folder, process = host.program(module), host.config_dir(), host.running()
    numbers = host.version(module, daemon)
    user = host.account(process, known)
    service = os.path.basename(daemon) or host.PROGRAMS[0]
    member, inside = membership(module.params['group'], user, process)
    said = host.check(module) if module.params['check'] else host.Said(None)
    module.exit_json(
        changed=False, installed=bool(daemon), version='.'.join(map(str, numbers)), learns=host.learns(numbers),
        config_dir=folder, user=user, service=service, unit=unit(module, service), running=process is not None,
        stale=bool(process and folder and host.unread(folder, process)), in_group=inside, member=member,
        fine=said.fine, where=said.where, family=pptpd_live.family(host.text('/etc/os-release')),
        service_manager='systemd' if os.path.isdir('/run/systemd/system') else 'service')


if __name__ == '__main__':
    main()
