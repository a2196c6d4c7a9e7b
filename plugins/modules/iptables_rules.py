# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: iptables_rules
short_description: Rules for the tunnel in iptables, now and at boot
version_added: 0.1.0
description:
  - Puts rules first in chains of iptables, once, all in one step, and removes those of the same owner that are no
    longer wanted. Only rules whose comment names the owner are ever touched.
  - Where both backends of iptables have rules, it writes to those that drop packets, because a packet must pass both.
  - Makes the same change in the file that is loaded at boot, and nothing else there.
  - Rules are written as C(iptables-save) prints them, so they are recognised; protocols that F(/etc/protocols) may lack
    by number. Where the kernel shows a rule in another form, the module fails and says so.
extends_documentation_fragment:
  - vpnops.pptp.rules
options:
  rules:
    description: The rules, in the order in which they are to stand.
    type: list
    elements: dict
    default: []
    suboptions:
      table:
        description: The table.
        type: str
        choices: [filter, nat, mangle, raw]
        default: filter
      chain:
        description: A chain that the kernel calls.
        type: str
        required: true
      match:
        description: What the rule matches, without addresses of O(sources), comment and target.
        type: str
        default: ''
      jump:
        description: The target and its options.
        type: str
        default: ACCEPT
      peer:
        description: Make the rule once for each of O(sources), as source (V(s)) or destination (V(d)) of the packet.
        type: str
        choices: ['', s, d]
        default: ''
      where:
        description: Whether the rule is wanted V(always), or only in a chain that drops (V(dropping)).
        type: str
        choices: [always, dropping]
        default: always
  path:
    description:
      - The file in the format of C(iptables-save) that is loaded at boot. Made if it is not there.
      - Without it, or with an empty one, the rules last until the next boot.
    type: str
  live:
    description: Change the rules in force, too.
    type: bool
    default: true
seealso:
  - module: ansible.builtin.iptables
  - module: vpnops.pptp.nft_rules
  - module: vpnops.pptp.firewall_provider
author:
  - vpnops.pptp maintainers (@vpnops)
"""

EXAMPLES = r"""
- name: Admit GRE from the clients' network
  vpnops.pptp.iptables_rules:
    owner: tunnel_firewall
    sources: [192.0.2.0/24]
    rules:
      - chain: INPUT
        match: -p 47
        peer: s
    path: /etc/iptables/rules.v4

- name: Take it back
  vpnops.pptp.iptables_rules:
    owner: tunnel_firewall
    state: absent
    path: /etc/iptables/rules.v4
"""

RETURN = r"""
commands:
  description: What C(iptables-restore) was told.
  returned: always
  type: str
persistent:
  description: Whether the rules come back after the next boot.
  returned: always
  type: bool
"""

import glob
import os

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import (
    addresses,
    backends,
    files,
    iptables_text,
    provider,
)

RULE = {
    'table': {'type': 'str', 'choices': ['filter', 'nat', 'mangle', 'raw'], 'default': 'filter'},
    'chain': {'type': 'str', 'required': True},
    'match': {'type': 'str', 'default': ''},
    'jump': {'type': 'str', 'default': 'ACCEPT'},
    'peer': {'type': 'str', 'choices': ['', 's', 'd'], 'default': ''},
    'where': {'type': 'str', 'choices': ['always', 'dropping'], 'default': 'always'},
}


def restore(module, command, commands):
    """Change the rules in force: all of *commands*, or nothing."""
    tool = [module.get_bin_path(command + '-restore', True), '--wait', '5', '--noflush']
    for arguments in (['--test'], []):
        status, _out, error = module.run_command(tool + arguments, data=commands, binary_data=True)
        if status:
            module.fail_json(msg='%s-restore refuses the rules: %s' % (command, error.strip()), commands=commands)


def live(module, backend, owner, wanted):
    """Change the rules in force, and look at them again: ``(commands, difference)``."""
    change = iptables_text.edit(backend.text, owner, wanted)
    if change.commands and not module.check_mode:
        restore(module, backend.command, change.commands)
        after = backends.save(module, backend.command)
        left = iptables_text.edit(after, owner, wanted)
        if left.commands:
            module.fail_json(msg='The kernel shows rules in another form than they were given in',
                             commands=left.commands)
        nft = module.get_bin_path('nft') if backend.command != 'iptables-legacy' else None
        for table in iptables_text.idle(after, change.commands) if nft else ():
            module.run_command([nft, 'delete', 'table', 'ip', table])
    return change.commands, files.difference('rules of %s in force' % backend.command, backend.text, change.text)


def everywhere(module, owner, wanted):
    """Change the rules in force of each backend that needs it: ``(commands, differences)``."""
    found = backends.read(module)
    if not found:
        module.fail_json(msg='There is no iptables-save on this host')
    here, left = backends.chosen(found, owner)
    for backend in here if wanted else ():
        if backend.command != 'iptables':
            module.warn('Rules of %s drop packets here, and were written to: what loads them at boot has to load '
                        'those for the tunnel, too' % backend.command)
    done = [live(module, backend, owner, wanted) for backend in here]
    done += [live(module, backend, owner, []) for backend in left]
    return ''.join(commands for commands, _difference in done), [difference for _commands, difference in done]


def boot(module, path, owner, wanted):
    """Change the file that is loaded at boot: ``(changed, difference)``."""
    before = files.read(path)
    after = iptables_text.edit(before or '', owner, wanted).text
    changed = after != (before or '')
    if changed and not module.check_mode:
        files.write(module, path, after or None, 0o640)
    return changed, files.difference(path, before, after)


def main():
    """Read the arguments, change what differs."""
    module = AnsibleModule({
        'owner': {'type': 'str', 'required': True},
        'sources': {'type': 'list', 'elements': 'str', 'default': []},
        'state': {'type': 'str', 'choices': ['present', 'absent'], 'default': 'present'},
        'rules': {'type': 'list', 'elements': 'dict', 'default': [], 'options': RULE},
        'path': {'type': 'str'},
        'live': {'type': 'bool', 'default': True},
    }, supports_check_mode=True)
    owner, path = module.params['owner'], module.params['path']
    try:
        sources = addresses.networks(module.params['sources'])
    except ValueError as error:
        module.fail_json(msg='sources: %s' % error)
    wanted = []
    if module.params['state'] == 'present':
        wanted = iptables_text.rules(owner, module.params['rules'], sources)
    changed, commands, diff = False, '', []
    if module.params['live']:
        commands, diff = everywhere(module, owner, wanted)
        changed = bool(commands)
    if path:
        rewritten, difference = boot(module, path, owner, wanted)
        changed, diff = changed or rewritten, diff + [difference]
    elif wanted:
        module.warn('Nothing loads rules of iptables at boot here (netfilter-persistent, iptables-services): '
                    'the rules last until the next boot')
    idle = provider.idle_loader(path, os.path.exists, glob.glob) if path and wanted else ''
    if idle:
        module.warn('%s does not start at boot here, so nothing loads %s then: the rules last until the next boot. '
                    'Look what else stands in that file, then: systemctl enable %s' % (idle, path, idle))
    module.exit_json(changed=changed, commands=commands, diff=diff, persistent=bool(path) and not idle)


if __name__ == '__main__':
    main()
