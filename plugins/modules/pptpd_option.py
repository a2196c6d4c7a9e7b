# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: pptpd_option
short_description: Directives of pptpd.conf
version_added: 0.1.0
description:
  - Sets and removes directives of F(/etc/pptpd.conf), one or many in one call.
  - Lines are read as pptpd reads them. The first of several decides, one that is indented or too long is ignored, a
    carriage return and a comment behind a value are parts of it.
  - One line is left of a directive that is managed. A new one stands below the comment that shows it, if there is one.
  - Values that pptpd would refuse or ignore are refused. It is not restarted.
extends_documentation_fragment:
  - ansible.builtin.files
  - vpnops.pptp.writers
options:
  path:
    description: The file. Made if it is not there.
    type: path
    default: /etc/pptpd.conf
  name:
    description: The directive, such as V(remoteip).
    type: str
  value:
    description:
      - Its value, none for V(debug), V(noipparam), V(logwtmp) and V(delegate).
      - Several are joined by commas, for V(localip) and V(remoteip).
    type: list
    elements: str
  state:
    description: Whether there is such a directive.
    type: str
    choices: [present, absent]
    default: present
  options:
    description: Several directives at once.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: See O(name).
        type: str
        required: true
      value:
        description: See O(value).
        type: list
        elements: str
      state:
        description: See O(state).
        type: str
        choices: [present, absent]
        default: present
  repair:
    description: Take away carriage returns and a byte order mark, which pptpd takes for a part of the words.
    type: bool
    default: false
seealso:
  - module: vpnops.pptp.pppd_option
author:
  - vpnops.pptp maintainers (@vpnops)
"""

EXAMPLES = r"""
- name: The addresses, and no logging to wtmp
  vpnops.pptp.pptpd_option:
    options:
      - name: localip
        value: 10.9.0.1
      - name: remoteip
        value: [10.9.0.100-199, 10.9.0.220]
      - name: logwtmp
        state: absent
    backup: true
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
      description: One of V(added), V(changed), V(removed), V(duplicate), V(bom), V(crlf).
      type: str
    name:
      description: The directive.
      type: str
    line:
      description: The line in the old file, or 0.
      type: int
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import atomic, pptpd_text
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.words import Unfit

OPTION = {
    'name': {'type': 'str', 'required': True},
    'value': {'type': 'list', 'elements': 'str'},
    'state': {'type': 'str', 'choices': ['present', 'absent'], 'default': 'present'},
}


def wishes(params):
    """The directives that are asked for."""
    single = [{name: params[name] for name in OPTION}] if params['name'] else []
    return [pptpd_text.Wish(each['name'], ','.join(each['value'] or []), each['state'] == 'present')
            for each in params['options'] + single]


def main():
    """Read the arguments, change what differs."""
    module = AnsibleModule({
        'path': {'type': 'path', 'default': '/etc/pptpd.conf'},
        **{name: {**spec, 'required': False} for name, spec in OPTION.items()},
        'options': {'type': 'list', 'elements': 'dict', 'options': OPTION, 'default': []},
        'repair': {'type': 'bool', 'default': False},
        'backup': {'type': 'bool', 'default': False},
    }, supports_check_mode=True, add_file_common_args=True)
    wanted = wishes(module.params)
    target = atomic.File(module)
    try:
        after, changes = pptpd_text.edit(target.data or b'', wanted, module.params['repair'])
    except Unfit as error:
        module.fail_json(msg='%s: %s' % (module.params['path'], error))
    changed, attributes = False, {}
    if after or target.data is not None:
        changed, attributes = target.put(after)
    if any(wish.present and wish.name == 'stimeout' for wish in wanted):
        module.warn('pptpd never reads stimeout from its file; its option -t works')
    shown = atomic.difference(module.params['path'], *map(pptpd_text.masked, (target.data or b'', after)))
    module.exit_json(changed=changed, path=target.path, changes=[change._asdict() for change in changes],
                     diff=[shown, attributes], **({'backup_file': target.backup} if target.backup else {}))


if __name__ == '__main__':
    main()
