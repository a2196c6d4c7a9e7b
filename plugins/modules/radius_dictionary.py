# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: radius_dictionary
short_description: A dictionary that the RADIUS plugin of pppd can read
version_added: 0.1.0
description:
  - Adds the attributes that radius.so of pppd needs for MS-CHAPv2 and MPPE to a dictionary, and lines that include
    other ones, as it reads them - C(INCLUDE) with an absolute path, not C($INCLUDE), which it skips.
  - A line that radius.so cannot read ends its reading of the whole file, so it becomes a comment. Other lines stay.
extends_documentation_fragment:
  - ansible.builtin.files
  - vpnops.pptp.writers
options:
  path:
    description: The file. Made if it is not there.
    type: path
    default: /etc/radiusclient/dictionary
  kind:
    description: Which attributes it has - those of RFC 2865, 2866 and 2869, or those of Microsoft (RFC 2548).
    type: str
    choices: [standard, microsoft]
    default: standard
  includes:
    description: Dictionaries to include, by their absolute paths of at most 63 letters.
    type: list
    elements: path
    default: []
  state:
    description: With V(absent) the lines that this module would write are removed.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: vpnops.pptp.radius_option
author:
  - vpnops.pptp maintainers (@vpnops)
"""

EXAMPLES = r"""
- name: Microsoft's attributes
  vpnops.pptp.radius_dictionary:
    path: /etc/radiusclient/dictionary.microsoft
    kind: microsoft

- name: The standard ones, and those
  vpnops.pptp.radius_dictionary:
    includes: [/etc/radiusclient/dictionary.microsoft]
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
empty:
  description: Whether nothing is left in it.
  returned: always
  type: bool
changes:
  description: What was done, or would be.
  returned: always
  type: list
  elements: dict
  contains:
    action:
      description: One of V(added), V(removed), V(disabled).
      type: str
    name:
      description: The attribute, vendor or file.
      type: str
    line:
      description: The line in the old file, or 0.
      type: int
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import atomic, radius_dictionary
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.words import Unfit


def main():
    """Read the arguments, change what differs."""
    module = AnsibleModule({
        'path': {'type': 'path', 'default': '/etc/radiusclient/dictionary'},
        'kind': {'type': 'str', 'choices': ['standard', 'microsoft'], 'default': 'standard'},
        'includes': {'type': 'list', 'elements': 'path', 'default': []},
        'state': {'type': 'str', 'choices': ['present', 'absent'], 'default': 'present'},
        'backup': {'type': 'bool', 'default': False},
    }, supports_check_mode=True, add_file_common_args=True)
    params = module.params
    target = atomic.File(module)
    before = target.data or b''
    try:
        after, changes = radius_dictionary.edit(before, params['kind'], params['includes'],
                                                params['state'] == 'present')
    except Unfit as error:
        module.fail_json(msg='%s: %s' % (params['path'], error))
    changed, attributes = False, {}
    if after or target.data is not None:
        changed, attributes = target.put(after)
    shown = atomic.difference(params['path'], before.decode('utf-8', 'replace'), after.decode('utf-8', 'replace'))
    module.exit_json(changed=changed, path=target.path, empty=not after,
                     changes=[change._asdict() for change in changes], diff=[shown, attributes],
                     **({'backup_file': target.backup} if target.backup else {}))


if __name__ == '__main__':
    main()
