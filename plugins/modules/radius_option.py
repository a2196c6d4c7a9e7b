# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: radius_option
short_description: Keys of radiusclient.conf, for the RADIUS plugin of pppd
version_added: 0.1.0
description:
  - Sets and removes keys of F(/etc/radiusclient/radiusclient.conf), one or many in one call.
  - Lines are read as radius.so of pppd reads them. One line is left of a key that is managed. A newline that is missing
    at the end is added, since the last letter of the file is lost without it, and spaces in front of a key go, since
    the file is not read with them.
  - Values that radius.so would refuse are refused. It reads the file at each login.
extends_documentation_fragment:
  - ansible.builtin.files
  - vpnops.pptp.writers
options:
  path:
    description: The file. Made if it is not there.
    type: path
    default: /etc/radiusclient/radiusclient.conf
  servers:
    description: The servers of C(authserver) and C(acctserver), up to eight, in the order in which they are asked.
    type: list
    elements: dict
    default: []
    suboptions:
      host:
        description: An IPv4 address, or a name.
        type: str
        required: true
      port:
        description: The port for logins.
        type: int
        default: 1812
      acct_port:
        description: The port for accounting.
        type: int
        default: 1813
      secret:
        description: Not used here. It may stand there, so that one list serves M(vpnops.pptp.radius_secret), too.
        type: str
  complete:
    description:
      - Add the keys that radius.so does not start without, where they are missing, with paths in the folder of the
        file. A path that belongs to radcli, FreeRADIUS or a package is replaced, as radius.so cannot read those files.
    type: bool
    default: false
  options:
    description: The keys.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: The key, such as V(authserver).
        type: str
        required: true
      value:
        description: Its value. Without it a key that is there stays, and none is made.
        type: str
      state:
        description: Whether there is such a key.
        type: str
        choices: [present, absent]
        default: present
seealso:
  - module: vpnops.pptp.radius_secret
  - module: vpnops.pptp.radius_dictionary
author:
  - vpnops.pptp maintainers (@vpnops)
"""

EXAMPLES = r"""
- name: The server, and how long a login waits for it
  vpnops.pptp.radius_option:
    servers:
      - host: 192.0.2.10
    complete: true
    options:
      - name: radius_timeout
        value: "3"
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
  description: The servers that it names, each as C(host), once.
  returned: always
  type: list
  elements: dict
values:
  description: The keys that radius.so knows, with their values, as they are afterwards.
  returned: always
  type: dict
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
      description: One of V(added), V(changed), V(removed), V(duplicate), V(bom), V(newline), V(indent).
      type: str
    name:
      description: The key.
      type: str
    line:
      description: The line in the old file, or 0.
      type: int
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import atomic, radius_text
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.words import Unfit

SERVER = {
    'host': {'type': 'str', 'required': True},
    'port': {'type': 'int', 'default': 1812},
    'acct_port': {'type': 'int', 'default': 1813},
    'secret': {'type': 'str', 'no_log': True},
}
OPTION = {
    'name': {'type': 'str', 'required': True},
    'value': {'type': 'str'},
    'state': {'type': 'str', 'choices': ['present', 'absent'], 'default': 'present'},
}


def wishes(params, before):
    """The keys that are asked for, and those that are needed beside what stands *before*."""
    asked = [radius_text.Wish(each['name'], each['value'] or '', each['state'] == 'present')
             for each in params['options'] if each['value'] or each['state'] == 'absent']
    servers = [(each['host'], each['port'], each['acct_port']) for each in params['servers']]
    found = radius_text.of_servers(servers) + asked
    return found + radius_text.needed(before, params['path'], found) if params['complete'] else found


def main():
    """Read the arguments, change what differs."""
    module = AnsibleModule({
        'path': {'type': 'path', 'default': '/etc/radiusclient/radiusclient.conf'},
        'servers': {'type': 'list', 'elements': 'dict', 'options': SERVER, 'default': []},
        'complete': {'type': 'bool', 'default': False},
        'options': {'type': 'list', 'elements': 'dict', 'options': OPTION, 'default': []},
        'backup': {'type': 'bool', 'default': False},
    }, supports_check_mode=True, add_file_common_args=True)
    target = atomic.File(module)
    before = target.data or b''
    try:
        after, changes = radius_text.edit(before, wishes(module.params, before))
    except Unfit as error:
        module.fail_json(msg='%s: %s' % (module.params['path'], error))
    changed, attributes = False, {}
    if after or target.data is not None:
        changed, attributes = target.put(after)
    shown = atomic.difference(module.params['path'], *(
        radius_text.without_secrets(text.decode('utf-8', 'replace')) for text in (before, after)))
    module.exit_json(changed=changed, path=target.path, values=radius_text.values(after),
                     hosts=radius_text.named(after), empty=not after,
                     changes=[change._asdict() for change in changes], diff=[shown, attributes],
                     **({'backup_file': target.backup} if target.backup else {}))


if __name__ == '__main__':
    main()
