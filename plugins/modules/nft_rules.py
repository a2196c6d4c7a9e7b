# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: nft_rules
short_description: Rules for the tunnel in nftables, now and at boot
version_added: 0.1.0
description:
  - An accept in one table overrides no drop in another. So O(rules) are inserted first, once, into every base chain of
    their hook that drops, by policy or by a rule that is not about given sources, other ports or broken packets.
    Where none drops, nothing is inserted. Chains of firewalld, of iptables and of tables with an owner are left alone.
  - O(chains) and O(objects) make a table of the owner's, C(ip vpnops_pptp_<owner>), for what works from any table.
  - Everything is checked with C(nft -c) and then changed in one step.
  - For the next boot the same rules are written to a file in F(nftables.vpnops-pptp.d) beside the system's nftables
    configuration, which one marked line at its end includes. A chain that the configuration no longer makes does no
    harm. If the configuration does not load any more with that line, it is put back, and the module fails.
extends_documentation_fragment:
  - vpnops.pptp.rules
options:
  rules:
    description: Rules that accept, in the order in which they are to stand.
    type: list
    elements: dict
    default: []
    suboptions:
      hook:
        description: The hook of the base chains.
        type: str
        choices: [input, forward, output]
        required: true
      match:
        description: What the rule matches, as C(nft -s -y -p list ruleset) prints it, without addresses of O(sources).
        type: str
        default: ''
      peer:
        description: Make the rule once for each of O(sources), as source or destination of the packet.
        type: str
        choices: ['', saddr, daddr]
        default: ''
  chains:
    description: Base chains of the owner's table.
    type: list
    elements: dict
    default: []
    suboptions:
      type:
        description: Its type.
        type: str
        choices: [filter, nat, route]
        default: filter
      hook:
        description: Its hook, and its name.
        type: str
        required: true
      priority:
        description: Its priority, as a number.
        type: int
        required: true
      rules:
        description: Its rules, without comments.
        type: list
        elements: str
        required: true
  objects:
    description: Objects that the rules of O(chains) name, one a line.
    type: list
    elements: str
    default: []
  config:
    description:
      - The configuration that is loaded at boot. By default the one of F(/etc/nftables.conf),
        F(/etc/sysconfig/nftables.conf) and F(/etc/nftables.nft) that is there.
    type: path
seealso:
  - module: vpnops.pptp.iptables_rules
  - module: vpnops.pptp.firewall_provider
author:
  - vpnops.pptp maintainers (@vpnops)
"""

EXAMPLES = r"""
- name: Admit GRE wherever it is dropped
  vpnops.pptp.nft_rules:
    owner: tunnel_firewall
    rules:
      - hook: input
        match: ip protocol 47
        peer: saddr

- name: Translate the pool
  vpnops.pptp.nft_rules:
    owner: nat
    chains:
      - type: nat
        hook: postrouting
        priority: 100
        rules: [ip saddr 192.0.2.0/24 masquerade]
"""

RETURN = r"""
batch:
  description: What C(nft -f) was told.
  returned: always
  type: str
chains:
  description: The base chains that hold rules of the owner.
  returned: always
  type: list
  elements: str
persistent:
  description: Whether all of it comes back after the next boot.
  returned: always
  type: bool
"""

import glob
import os

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import addresses, files, nft_config, nft_text

RULE = {
    'hook': {'type': 'str', 'choices': ['input', 'forward', 'output'], 'required': True},
    'match': {'type': 'str', 'default': ''},
    'peer': {'type': 'str', 'choices': ['', 'saddr', 'daddr'], 'default': ''},
}
CHAIN = {
    'type': {'type': 'str', 'choices': ['filter', 'nat', 'route'], 'default': 'filter'},
    'hook': {'type': 'str', 'required': True},
    'priority': {'type': 'int', 'required': True},
    'rules': {'type': 'list', 'elements': 'str', 'required': True},
}


def nft(module, *arguments, **options):
    """Run nft: ``(status, output, error)``."""
    return module.run_command([module.get_bin_path('nft', True), *arguments], **options)


def listing(module):
    """The rule set in force."""
    status, text, error = nft(module, '-a', '-s', '-y', '-p', 'list', 'ruleset')
    if status:
        module.fail_json(msg='nft does not list the rule set: %s' % error.strip())
    return text


def live(module, batch):
    """Change the rule set in force: all of *batch*, or nothing."""
    for arguments in (['-c', '-f', '-'], ['-f', '-']):
        status, _out, error = nft(module, *arguments, data=batch, binary_data=True)
        if status:
            module.fail_json(msg='nft refuses the rules: %s' % error.strip(), batch=batch)


def boot(module, config, owner, text):
    """Change the file of the owner and the line that includes it: ``(changed, differences)``."""
    folder = os.path.join(os.path.dirname(config), nft_config.FOLDER)
    path = '%s/%s.nft' % (folder, owner)
    others = [each for each in glob.glob(folder + '/*.nft') if each != path]
    before = {config: files.read(config), path: files.read(path)}
    line = nft_config.with_line(before[config] or '', folder, bool(text or others))
    after = {path: nft_config.with_header(text), config: line if before[config] is not None else None}
    changed = [name for name in after if after[name] != before[name]]
    if changed and not module.check_mode:
        replace(module, config, {name: (before[name], after[name]) for name in changed})
        if not text and not others and os.path.isdir(folder):
            os.rmdir(folder)
    return bool(changed), [files.difference(name, before[name], after[name]) for name in changed]


def replace(module, config, changes):
    """Write *changes*, and take them back where *config* loaded before and does not load with them."""
    loadable = nft(module, '-c', '-f', config)[0] == 0
    for name, (_before, after) in changes.items():
        files.write(module, name, after)
    status, _out, error = nft(module, '-c', '-f', config)
    if loadable and status:
        for name, (before, _after) in changes.items():
            files.write(module, name, before)
        module.fail_json(msg='%s does not load with the rules, they were not kept: %s' % (config, error.strip()))


def wishes(module):
    """What is wanted: ``(rules by hook, the own table)``."""
    params = module.params
    if params['state'] == 'absent':
        return {}, ''
    try:
        sources = addresses.networks(params['sources'])
    except ValueError as error:
        module.fail_json(msg='sources: %s' % error)
    own = nft_text.own_table(params['owner'], params['objects'], params['chains'])
    return nft_text.rules(params['owner'], params['rules'], sources), own


def main():
    """Read the arguments, change what differs."""
    module = AnsibleModule({
        'owner': {'type': 'str', 'required': True},
        'sources': {'type': 'list', 'elements': 'str', 'default': []},
        'state': {'type': 'str', 'choices': ['present', 'absent'], 'default': 'present'},
        'rules': {'type': 'list', 'elements': 'dict', 'default': [], 'options': RULE},
        'chains': {'type': 'list', 'elements': 'dict', 'default': [], 'options': CHAIN},
        'objects': {'type': 'list', 'elements': 'str', 'default': []},
        'config': {'type': 'path'},
    }, supports_check_mode=True)
    owner = module.params['owner']
    config = module.params['config'] or next(filter(os.path.exists, nft_config.CONFIGS), None)
    wanted, own = wishes(module)
    tables = nft_text.parse(listing(module))
    known = nft_config.declared(config, files.read, glob.glob) if config else set()
    plan = nft_text.plan(tables, owner, wanted, own, known)
    if plan.batch and not module.check_mode:
        live(module, plan.batch)
        left = nft_text.plan(nft_text.parse(listing(module)), owner, wanted, own, known)
        if left.batch:
            module.fail_json(msg='nft lists rules in another form than they were given in', batch=left.batch)
    diff = [files.difference('rules in force', '', plan.batch)] if plan.batch else []
    changed, differences = False, []
    if config:
        changed, differences = boot(module, config, owner, plan.file)
    lost = [chain for chain in plan.chains if tuple(chain.split()[:2]) not in known]
    for chain in lost:
        module.warn('Rules in chain %s last until the next boot: %s' % (
            chain, 'its table is not in %s' % config if config else 'there is no nftables configuration'))
    module.exit_json(changed=bool(plan.batch) or changed, batch=plan.batch, chains=plan.chains,
                     diff=diff + differences, persistent=bool(config) and not lost)


if __name__ == '__main__':
    main()
