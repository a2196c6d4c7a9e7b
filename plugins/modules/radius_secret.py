# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: radius_secret
short_description: Servers and shared secrets of the RADIUS plugin of pppd
version_added: 0.1.0
description:
  - Adds, changes and removes lines of the C(servers) file that F(/etc/radiusclient/radiusclient.conf) names.
  - A secret that radius.so would cut off (spaces, more than 48 letters) is refused. Later lines for the same server,
    which it ignores, are removed when the first one is managed.
  - It reads the file at each login.
extends_documentation_fragment:
  - ansible.builtin.files
  - vpnops.pptp.writers
options:
  path:
    description: The file. Made if it is not there.
    type: path
    default: /etc/radiusclient/servers
  secret:
    description: The shared secret of those O(entries) that have none of their own.
    type: str
  entries:
    description: The servers.
    type: list
    elements: dict
    default: []
    suboptions:
      host:
        description: The address or name, as it stands in C(authserver) and C(acctserver), without a port.
        type: str
        required: true
      secret:
        description: The shared secret. Without any the line stays as it is, and no new one is made.
        type: str
      port:
        description: Not used here. It may stand there, so that one list serves M(vpnops.pptp.radius_option), too.
        type: int
      acct_port:
        description: See O(entries[].port).
        type: int
      state:
        description: Whether there is such a server.
        type: str
        choices: [present, absent]
        default: present
  mode:
    description: The mode of the file. V(null) leaves it.
    default: '0600'
  owner:
    description: The owner of the file. V(null) leaves it.
    default: root
seealso:
  - module: vpnops.pptp.radius_option
author:
  - vpnops.pptp maintainers (@vpnops)
"""

EXAMPLES = r"""
- name: The secret that is shared with the RADIUS server
  vpnops.pptp.radius_secret:
    entries:
      - host: 192.0.2.10
        secret: "{{ vault_radius_secret }}"
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
hosts:
  description: The servers that have a secret in it.
  returned: always
  type: list
  elements: str
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
      description: One of V(added), V(secret), V(removed), V(duplicate), V(bom), V(newline).
      type: str
    name:
      description: The server.
      type: str
    line:
      description: The line in the old file, or 0.
      type: int
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import atomic, radius_text
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.words import Unfit

ENTRY = {
    'host': {'type': 'str', 'required': True},
    'secret': {'type': 'str', 'no_log': True},
    'port': {'type': 'int'},
    'acct_port': {'type': 'int'},
    'state': {'type': 'str', 'choices': ['present', 'absent'], 'default': 'present'},
}


def wishes(params):
    """The lines that are asked for."""
    rows = [(each['host'], each['secret'] or params['secret'] or '', each['state'] == 'present')
            for each in params['entries']]
    return [radius_text.Wish(*row) for row in rows if row[1] or not row[2]]


def main():
    """Read the arguments, change what differs."""
    module = AnsibleModule({
        'path': {'type': 'path', 'default': '/etc/radiusclient/servers'},
        'secret': {'type': 'str', 'no_log': True},
        'entries': {'type': 'list', 'elements': 'dict', 'options': ENTRY, 'default': []},
        'backup': {'type': 'bool', 'default': False},
        'mode': {'type': 'raw', 'default': '0600'},
        'owner': {'type': 'str', 'default': 'root'},
    }, supports_check_mode=True, add_file_common_args=True)
    wanted = wishes(module.params)
    target = atomic.File(module, private=True)
    before = target.data or b''
    try:
        after, changes = radius_text.edit_servers(before, wanted)
    except Unfit as error:
        module.fail_json(msg='%s: %s' % (module.params['path'], error))
    changed, attributes = False, {}
    if after or target.data is not None:
        changed, attributes = target.put(after)
    renewed = {change.name for change in changes if change.action == 'secret'}
    shown = atomic.difference(module.params['path'], radius_text.masked(before), radius_text.masked(after, renewed))
    module.exit_json(changed=changed, path=target.path, empty=not after, hosts=radius_text.hosts(after),
                     changes=[change._asdict() for change in changes],
                     diff=[shown, attributes], **({'backup_file': target.backup} if target.backup else {}))


if __name__ == '__main__':
    main()
