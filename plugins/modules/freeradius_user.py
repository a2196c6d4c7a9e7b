# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: freeradius_user
short_description: Users of FreeRADIUS in its file authorize
version_added: 0.1.0
description:
  - Adds, changes and removes entries of F(mods-config/files/authorize), one or many in one call. A new one stands
    before the first C(DEFAULT).
  - The password is written as it is, as MS-CHAPv2 needs it so. One that is checked by something else than
    C(Cleartext-Password) is refused.
  - FreeRADIUS reads the file when it starts and when it is told to reload.
extends_documentation_fragment:
  - ansible.builtin.files
  - vpnops.pptp.writers
options:
  path:
    description: The file. Without it the one in the folder of FreeRADIUS.
    type: path
  users:
    description: The users.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: The name, exactly as it is sent.
        type: str
        required: true
      secret:
        description: The password. Without it the one that is there stays.
        type: str
      state:
        description: Whether there is such a user.
        type: str
        choices: [present, absent]
        default: present
  validate:
    description:
      - Have FreeRADIUS read the new file in its place (C(-XC)) before it is put there. If it does not take it, and took
        the old one, the old one stays and the module fails.
    type: bool
    default: true
seealso:
  - module: vpnops.pptp.freeradius_client
author:
  - vpnops.pptp maintainers (@vpnops)
"""

EXAMPLES = r"""
- name: A user
  vpnops.pptp.freeradius_user:
    users:
      - name: alice
        secret: "{{ vault_alice }}"
"""

RETURN = r"""
path:
  description: The file, behind links.
  returned: always
  type: str
backup_file:
  description: The copy of the old file.
  returned: when one was made
  type: str
validated:
  description: Whether FreeRADIUS takes the file; V(null) where it was not asked, or did not end in 60 s.
  returned: always
  type: bool
changes:
  description: What was done, or would be.
  returned: always
  type: list
  elements: dict
  contains:
    action:
      description: One of V(added), V(secret), V(removed).
      type: str
    name:
      description: The user.
      type: str
    line:
      description: The line in the old file, or 0.
      type: int
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import atomic, freeradius_host, raddb_users
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.words import Unfit

USER = {
    'name': {'type': 'str', 'required': True},
    'secret': {'type': 'str', 'no_log': True},
    'state': {'type': 'str', 'choices': ['present', 'absent'], 'default': 'present'},
}


def main():
    """Read the arguments, change what differs."""
    module = AnsibleModule({
        'path': {'type': 'path'},
        'users': {'type': 'list', 'elements': 'dict', 'options': USER, 'default': []},
        'validate': {'type': 'bool', 'default': True},
        'backup': {'type': 'bool', 'default': False},
    }, supports_check_mode=True, add_file_common_args=True)
    params = module.params
    params['path'] = params['path'] or freeradius_host.config_dir() + '/mods-config/files/authorize'
    target = atomic.File(module, private=True)
    before = target.data
    if before is None:
        module.fail_json(msg='%s: there is no such file' % params['path'])
    wanted = [raddb_users.User(each['name'], each['secret'], each['state'] == 'present') for each in params['users']]
    try:
        after, changes = raddb_users.edit(before, wanted)
    except Unfit as error:
        module.fail_json(msg='%s: %s' % (params['path'], error))
    fine = None
    if params['validate'] and after != before:
        fine = freeradius_host.accepted(module, target.path, before, after)
    changed, attributes = target.put(after)
    shown = atomic.difference(params['path'], *map(raddb_users.masked, (before, after)))
    module.exit_json(changed=changed, path=target.path, validated=fine, diff=[shown, attributes],
                     changes=[change._asdict() for change in changes],
                     **({'backup_file': target.backup} if target.backup else {}))


if __name__ == '__main__':
    main()
