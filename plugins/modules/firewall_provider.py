# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: firewall_provider
short_description: Which firewall a host has, to write rules to
version_added: 0.1.0
description:
  - Names the one of firewalld, ufw, nftables and iptables that is in force. Changes nothing.
  - A manager that runs comes first, then the one whose rules drop packets, then the one that has rules or is there.
  - Warns where another one drops packets, too, because a packet must pass both.
attributes:
  check_mode:
    description: Can run in check mode and return what it would return without it.
    support: full
    details: It only reads.
  diff_mode:
    description: Returns details on what has changed, in diff mode.
    support: none
    details: It changes nothing.
  platform:
    description: Target systems it works on.
    support: full
    platforms: linux
options:
  provider:
    description: Take this one, whatever is in force.
    type: str
    choices: [auto, firewalld, ufw, nftables, iptables]
    default: auto
seealso:
  - module: vpnops.pptp.firewall_facts
author:
  - vpnops.pptp maintainers (@vpnops)
"""

EXAMPLES = r"""
- name: Find the firewall in force
  vpnops.pptp.firewall_provider:
  register: found
"""

RETURN = r"""
provider:
  description: The firewall.
  returned: success
  type: str
  sample: nftables
why:
  description: What told so.
  returned: success
  type: str
others:
  description: Others that drop packets, too.
  returned: success
  type: list
  elements: str
wan:
  description: The interface of the default route, empty where there is none.
  returned: success
  type: str
zone:
  description: firewalld's zone of that interface, empty where firewalld does not run.
  returned: success
  type: str
zone_bound:
  description: Whether that zone names the interface. If not, it is the default zone.
  returned: success
  type: bool
services:
  description: firewalld's services that are this collection's own.
  returned: success
  type: list
  elements: str
rules_file:
  description: The file from which rules of iptables are loaded at boot, empty where nothing loads them.
  returned: success
  type: str
"""

import glob
import os
import re

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import backends, files, nft_config, provider


def output(module, program, *arguments):
    """What *program* prints, ``None`` where it is not there or fails."""
    path = module.get_bin_path(program)
    if not path:
        return None
    status, text, _error = module.run_command([path, *arguments])
    return None if status else text


def zone_of(module, device):
    """firewalld's zone of *device*, and whether it names it (else it is the default zone)."""
    zone = output(module, 'firewall-cmd', '--get-zone-of-interface=' + device) if device else None
    return (zone or output(module, 'firewall-cmd', '--get-default-zone') or '').strip(), bool(zone)


def rules_of_iptables(module):
    """Those of the backend that drops packets, or else of the usual one; ``None`` where there is no iptables."""
    texts = [backend.text for backend in backends.read(module)]
    return next(filter(backends.drops, texts), texts[0] if texts else None)


def signs(module):
    """Read what tells which firewall is in force."""
    enabled = re.search(r'^ENABLED=["\']?yes', files.read('/etc/ufw/ufw.conf') or '', re.M | re.I)
    return provider.Signs(
        firewalld=output(module, 'firewall-cmd', '--state') is not None,
        ufw=bool(enabled and module.get_bin_path('ufw')),
        nft=output(module, 'nft', '-a', '-s', '-y', '-p', 'list', 'ruleset'),
        iptables=rules_of_iptables(module),
        nft_enabled=bool(glob.glob('/etc/systemd/system/*.wants/nftables.service')
                         or os.path.exists('/etc/runlevels/default/nftables')),
        declared=set().union(*(nft_config.declared(path, files.read, glob.glob) for path in nft_config.CONFIGS)))


def main():
    """Read, choose, answer."""
    choices = ['auto', *provider.NAMES]
    module = AnsibleModule({'provider': {'type': 'str', 'choices': choices, 'default': 'auto'}},
                           supports_check_mode=True)
    chosen = provider.Choice(module.params['provider'], 'it was asked for', [])
    if chosen.provider == 'auto':
        chosen = provider.choose(signs(module))
    if not chosen.provider:
        module.fail_json(msg='There is no firewall to write to: none of firewalld, ufw, nftables and iptables')
    for other in chosen.others:
        module.warn('%s drops packets here, too; rules are written only to %s' % (other, chosen.provider))
    rules_file = next((path for sign, path, _service in provider.RULES_FILES if os.path.exists(sign)), '')
    wan = provider.wan(files.read('/proc/net/route') or '')
    managed = chosen.provider == 'firewalld'
    services = (output(module, 'firewall-cmd', '--get-services') or '').split() if managed else []
    zone, bound = zone_of(module, wan) if managed else ('', False)
    module.exit_json(changed=False, rules_file=rules_file, wan=wan, zone=zone, zone_bound=bound,
                     services=[name for name in services if name.startswith('vpnops-')], **chosen._asdict())


if __name__ == '__main__':
    main()
