# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: freeradius_client
short_description: Clients of FreeRADIUS, such as a VPN server
version_added: 0.1.0
description:
  - Adds, changes and removes sections C(client) of F(clients.conf), one or many in one call. One that has the address
    already is changed, and keeps its name and its other keys.
  - FreeRADIUS reads them when it starts, and not when it is told to reload.
extends_documentation_fragment:
  - ansible.builtin.files
  - vpnops.pptp.writers
options:
  path:
    description: The file. Without it F(clients.conf) in the folder of FreeRADIUS.
    type: path
  clients:
    description: The clients.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: What it is called in the log.
        type: str
        required: true
      address:
        description: Its address, or a network, as its requests come from it. Needed for a new one.
        type: str
      secret:
        description:
          - The shared secret. Needed for a new one. It may hold no backslash. What pppd is to use has up to 48 visible
            letters.
        type: str
      require_message_authenticator:
        description:
          - Whether requests without a Message-Authenticator are dropped. pppd sends none, so for it this is V(no), and
            has to be said, since FreeRADIUS 3.2.5 and later otherwise learn it from the first packet.
        type: str
        choices: ['yes', 'no', auto]
      limit_proxy_state:
        description: Whether requests with a Proxy-State and no Message-Authenticator are dropped. Written only where
          the installed FreeRADIUS knows it.
        type: str
        choices: ['yes', 'no', auto]
      nas_type:
        description: The kind of client, C(other) for a VPN server.
        type: str
      state:
        description: Whether there is such a client. V(absent) removes the one of that name.
        type: str
        choices: [present, absent]
        default: present
  validate:
    description:
      - Have FreeRADIUS read the new file in its place (C(-XC)) before it is put there. If it does not take it, and took
        the old one, the old one stays and the module fails.
      - Needs a mount namespace; where none is allowed it is not asked.
    type: bool
    default: true
seealso:
  - module: vpnops.pptp.freeradius_option
  - module: vpnops.pptp.radius_secret
author:
  - vpnops.pptp maintainers (@vpnops)
"""

EXAMPLES = r"""
- name: The VPN server
  vpnops.pptp.freeradius_client:
    clients:
      - name: vpn
        address: 192.0.2.1
        secret: "{{ vault_radius_secret }}"
        require_message_authenticator: 'no'
        limit_proxy_state: 'yes'
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

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import (
    atomic,
    freeradius_host,
    raddb_clients,
    raddb_text,
)
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.words import Unfit

SWITCH = {'type': 'str', 'choices': ['yes', 'no', 'auto']}
CLIENT = {
    'name': {'type': 'str', 'required': True},
    'address': {'type': 'str'},
    'secret': {'type': 'str', 'no_log': True},
    'require_message_authenticator': SWITCH,
    'limit_proxy_state': SWITCH,
    'nas_type': {'type': 'str'},
    'state': {'type': 'str', 'choices': ['present', 'absent'], 'default': 'present'},
}
REASONS = {'require_message_authenticator': raddb_clients.REASON, 'limit_proxy_state': raddb_clients.LIMIT}


def wishes(params, knows):
    """The clients that are asked for, with what the installed version *knows*."""
    keys = ['require_message_authenticator', *(['limit_proxy_state'] if knows else []), 'nas_type']
    return [raddb_clients.Client(
        each['name'], each['address'], each['secret'],
        {name: (each[name], REASONS.get(name, '') if each[name] != 'auto' else '') for name in keys if each[name]},
        each['state'] == 'present') for each in params['clients']]


def main():
    """Read the arguments, change what differs."""
    module = AnsibleModule({
        'path': {'type': 'path'},
        'clients': {'type': 'list', 'elements': 'dict', 'options': CLIENT, 'default': []},
        'validate': {'type': 'bool', 'default': True},
        'backup': {'type': 'bool', 'default': False},
    }, supports_check_mode=True, add_file_common_args=True)
    params = module.params
    params['path'] = params['path'] or freeradius_host.config_dir() + '/clients.conf'
    target = atomic.File(module, private=True)
    before = target.data
    if before is None:
        module.fail_json(msg='%s: there is no such file' % params['path'])
    knows = freeradius_host.learns(freeradius_host.version(module, freeradius_host.program(module)))
    try:
        after, changes = raddb_clients.edit(before, wishes(params, knows))
    except Unfit as error:
        module.fail_json(msg='%s: %s' % (params['path'], error))
    fine = None
    if params['validate'] and after != before:
        fine = freeradius_host.accepted(module, target.path, before, after)
    changed, attributes = target.put(after)
    shown = atomic.difference(params['path'], *map(raddb_text.masked, (before, after)))
    module.exit_json(changed=changed, path=target.path, validated=fine, diff=[shown, attributes],
                     changes=[change._asdict() for change in changes],
                     **({'backup_file': target.backup} if target.backup else {}))


if __name__ == '__main__':
    main()
