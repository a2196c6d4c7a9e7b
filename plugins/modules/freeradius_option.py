# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: freeradius_option
short_description: Keys in a section of a FreeRADIUS file
version_added: 0.1.0
description:
  - Sets and removes keys in one section of a file of FreeRADIUS 3, such as C(mschap) of F(mods-available/mschap).
  - The file is read as FreeRADIUS reads it. A new key stands below the comment that shows it, if there is one. One is
    left of a key that is managed, as FreeRADIUS does not start with two.
  - Values are shown, in the log and with C(--diff), so a secret is refused, such as O(options[].name=secret) or a
    password. The secret of a client is for M(vpnops.pptp.freeradius_client), the password of a user for
    M(vpnops.pptp.freeradius_user), any other for a file of its own that C($INCLUDE) names, written without a log.
extends_documentation_fragment:
  - ansible.builtin.files
  - vpnops.pptp.writers
options:
  path:
    description: The file.
    type: path
    required: true
  section:
    description: The section, from the outside to the inside. The second name of one stands behind a slash.
    type: list
    elements: str
    default: []
  options:
    description: The keys.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: The key.
        type: str
        required: true
      value:
        description: Its value. It is quoted where that is needed.
        type: str
      first:
        description: Instead of a value, the first word of the one that is there, a command line. Where there is no such
          key, none is made.
        type: str
        default: ''
      words:
        description: Instead of a value, words that the one that is there has to hold. Those that it lacks are put
          behind the first.
        type: list
        elements: str
        default: []
      state:
        description: Whether there is such a key.
        type: str
        choices: [present, absent]
        default: present
      comment:
        description: A line above a new key that says why.
        type: str
        default: ''
  validate:
    description:
      - Have FreeRADIUS read the new file in its place (C(-XC)) before it is put there. If it does not take it, and took
        the old one, the old one stays and the module fails.
      - Needs a mount namespace; where none is allowed it is not asked.
    type: bool
    default: true
seealso:
  - module: vpnops.pptp.freeradius_client
  - module: vpnops.pptp.freeradius_user
author:
  - vpnops.pptp maintainers (@vpnops)
"""

EXAMPLES = r"""
- name: Keys for MPPE
  vpnops.pptp.freeradius_option:
    path: /etc/freeradius/3.0/mods-available/mschap
    section: [mschap]
    options:
      - name: use_mppe
        value: "yes"
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
      description: One of V(added), V(changed), V(removed), V(duplicate), V(section).
      type: str
    name:
      description: The key, or the section.
      type: str
    line:
      description: The line in the old file, or 0.
      type: int
"""

from ansible.module_utils import basic
from ansible.module_utils.basic import AnsibleModule

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import atomic, freeradius_host, raddb_text
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.words import Unfit

REFUSED = ('%s holds a secret, which this module would show. The secret of a client is for '
           'vpnops.pptp.freeradius_client, the password of a user for vpnops.pptp.freeradius_user, and any other for a '
           'file of its own that $INCLUDE names (ansible.builtin.copy with no_log)')


def option(hide):
    """The arguments of one key; *hide* its values from the log."""
    return {
        'name': {'type': 'str', 'required': True},
        'value': {'type': 'str', 'no_log': hide},
        'state': {'type': 'str', 'choices': ['present', 'absent'], 'default': 'present'},
        'comment': {'type': 'str', 'default': '', 'no_log': hide},
        'first': {'type': 'str', 'default': '', 'no_log': hide},
        'words': {'type': 'list', 'elements': 'str', 'default': [], 'no_log': hide},
    }


def carries(each):
    """Whether a key that is asked for, as it was given or read, has a secret with it."""
    if not isinstance(each, dict):
        return raddb_text.secretive(str(each))
    texts = [str(each[name]) for name in ('value', 'first', 'words', 'comment') if each.get(name)]
    return bool(texts) and raddb_text.secretive(str(each.get('name')), *texts)


def main():
    """Read the arguments, change what differs."""
    given = basic._load_params() or {}      # before Ansible logs them
    rows = given.get('options') or []
    hide = any(map(carries, rows if isinstance(rows, list) else [rows]))
    module = AnsibleModule({
        'path': {'type': 'path', 'required': True},
        'section': {'type': 'list', 'elements': 'str', 'default': []},
        'options': {'type': 'list', 'elements': 'dict', 'options': option(hide), 'default': []},
        'validate': {'type': 'bool', 'default': True},
        'backup': {'type': 'bool', 'default': False},
    }, supports_check_mode=True, add_file_common_args=True)
    refused = [each['name'] for each in module.params['options'] if carries(each)]
    if refused:
        module.fail_json(msg=REFUSED % ', '.join(refused))
    params = module.params
    wanted = [raddb_text.Wish(each['name'], each['value'] or '', each['state'] == 'present', each['comment'],
                              each['first'], tuple(each['words']))
              for each in params['options']]
    target = atomic.File(module, private=True)
    if target.data is None:
        module.fail_json(msg='%s: there is no such file' % params['path'])
    try:
        after, changes = raddb_text.edit(target.data, params['section'], wanted)
    except Unfit as error:
        module.fail_json(msg='%s: %s' % (params['path'], error))
    fine = None
    if params['validate'] and after != target.data:
        fine = freeradius_host.accepted(module, target.path, target.data, after)
    before = target.data
    changed, attributes = target.put(after)
    shown = atomic.difference(params['path'], *map(raddb_text.masked, (before, after)))
    module.exit_json(changed=changed, path=target.path, validated=fine, diff=[shown, attributes],
                     changes=[change._asdict() for change in changes],
                     **({'backup_file': target.backup} if target.backup else {}))


if __name__ == '__main__':
    main()
