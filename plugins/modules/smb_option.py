# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: smb_option
short_description: Parameters of smb.conf, for winbind
version_added: 0.1.0
description:
  - Sets and removes parameters in one section of F(/etc/samba/smb.conf), one or many in one call.
  - Names are compared as Samba does, without regard to case and spaces. One line is left of a parameter that is
    managed.
  - Nothing is restarted. Not all parameters are read on a reload.
extends_documentation_fragment:
  - ansible.builtin.files
  - vpnops.pptp.writers
options:
  path:
    description: The file. Made if it is not there.
    type: path
    default: /etc/samba/smb.conf
  section:
    description: The section.
    type: str
    default: global
  options:
    description: The parameters.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: The parameter, such as V(realm).
        type: str
        required: true
      value:
        description: Its value. Without it a parameter that is there stays, and none is made.
        type: str
      state:
        description: Whether there is such a parameter.
        type: str
        choices: [present, absent]
        default: present
author:
  - vpnops.pptp maintainers (@vpnops)
"""

EXAMPLES = r"""
- name: A member of the domain
  vpnops.pptp.smb_option:
    options:
      - name: security
        value: ads
      - name: realm
        value: LAB.TEST
      - name: workgroup
        value: LAB
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
changes:
  description: What was done, or would be.
  returned: always
  type: list
  elements: dict
  contains:
    action:
      description: One of V(added), V(changed), V(removed), V(duplicate).
      type: str
    name:
      description: The parameter.
      type: str
    line:
      description: The line in the old file, or 0.
      type: int
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import atomic, smb_text
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.raddb_text import Wish
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.words import Unfit

OPTION = {
    'name': {'type': 'str', 'required': True},
    'value': {'type': 'str'},
    'state': {'type': 'str', 'choices': ['present', 'absent'], 'default': 'present'},
}


def main():
    """Read the arguments, change what differs."""
    module = AnsibleModule({
        'path': {'type': 'path', 'default': '/etc/samba/smb.conf'},
        'section': {'type': 'str', 'default': 'global'},
        'options': {'type': 'list', 'elements': 'dict', 'options': OPTION, 'default': []},
        'backup': {'type': 'bool', 'default': False},
    }, supports_check_mode=True, add_file_common_args=True)
    params = module.params
    wanted = [Wish(each['name'], each['value'] or '', each['state'] == 'present')
              for each in params['options'] if each['value'] or each['state'] == 'absent']
    target = atomic.File(module)
    before = target.data or b''
    try:
        after, changes = smb_text.edit(before, params['section'], wanted)
    except Unfit as error:
        module.fail_json(msg='%s: %s' % (params['path'], error))
    changed, attributes = False, {}
    if after or target.data is not None:
        changed, attributes = target.put(after)
    shown = atomic.difference(params['path'], before.decode('utf-8', 'replace'), after.decode('utf-8', 'replace'))
    module.exit_json(changed=changed, path=target.path, changes=[change._asdict() for change in changes],
                     diff=[shown, attributes], **({'backup_file': target.backup} if target.backup else {}))


if __name__ == '__main__':
    main()
