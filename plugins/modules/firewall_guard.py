# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: firewall_guard
short_description: Undo a firewall change by itself unless a new connection confirms it
version_added: 0.1.0
description:
  - V(arm) saves the rule sets and files of all firewalls on the target and starts a timer there that puts them back.
  - V(confirm) opens a new connection to the target, runs a command through it, and only then stops the timer. When the
    change has cut the target off, it waits until the target has come back by itself, and fails with what happened.
  - The role C(vpnops.pptp.firewall_guard) does both around a file of tasks.
  - The timer is one of systemd where that is process 1, else a process of its own. It needs neither the connection nor
    Python nor Ansible. What it saves lies in C(/run/vpnops-pptp/firewall-guard), for root only, and is gone after
    V(confirm), V(disarm) and V(restore), and after a restart of the target.
extends_documentation_fragment:
  - vpnops.pptp.attributes
attributes:
  check_mode:
    details: Nothing is armed, restored or disarmed, and nothing has to be confirmed.
options:
  action:
    description:
      - V(arm), before a change. Fails, and changes nothing, while another change is not confirmed, and where what was
        saved could not be loaded again. What the same run has armed on that host already is no other change, then this
        one is part of it. It has no timer of its own, and only the last V(confirm) stops that of the first V(arm).
      - V(confirm), after it. Fails when the change was undone, and when this run has armed nothing.
      - V(disarm) stops the timer without asking anything, whoever has armed it.
      - V(restore) puts everything back now, with all changes that are part of it.
      - V(undo), for a rescue section, waits until the target can be reached, puts everything back that this run has
        armed, and fails with O(reason).
      - V(status) changes nothing.
    type: str
    required: true
    choices: [arm, confirm, disarm, restore, status, undo]
  seconds:
    description:
      - For V(arm), how long the change and its confirmation may take, from 10 to 3600 seconds.
      - For V(confirm) and V(undo), the same value, so that it knows how long the target may be away.
    type: int
    default: 60
  return_seconds:
    description: For V(confirm) and V(undo), how long to wait for the target after it must have undone the change.
    type: int
    default: 60
  unreachable:
    description:
      - For V(confirm), that a task of the change was unreachable. As the change may then be incomplete, everything is
        put back at once when the target can be reached, and the task fails.
    type: bool
    default: false
  any_run:
    description: For V(confirm), whether to confirm what another run has armed, too, such as one that was cut.
    type: bool
    default: false
  reason:
    description: For V(undo), what has failed.
    type: str
    default: a task failed
  connections:
    description: For V(undo), RV(connections) of what has failed. Unless it is 0, everything has been put back already.
    type: int
    default: 0
  owner:
    description: The run and the host that this is for. Set by the action plugin, whatever is given.
    type: str
    default: ''
  label:
    description: What is changed, for messages.
    type: str
    default: a firewall change
  paths:
    description:
      - More files and folders to save and put back. A file that is not there is removed by a restore.
      - Saved anyway are C(/etc/firewalld), C(/etc/iptables), C(/etc/nftables), C(/etc/nftables.conf),
        C(/etc/nftables.d), C(/etc/sysconfig/iptables), C(/etc/sysconfig/ip6tables), C(/etc/sysconfig/nftables.conf),
        C(/etc/default/ufw) and C(/etc/ufw).
    type: list
    elements: path
    default: []
notes:
  - Saved are the rule sets of iptables and ip6tables (both backends), of nftables except the families arp and bridge,
    and IP sets. Not saved are routes, kernel parameters and loaded modules, which do not cut a connection.
  - firewalld is reloaded after its files are put back, unless it has settings that are not permanent.
seealso:
  - module: vpnops.pptp.firewall_facts
author:
  - vpnops.pptp maintainers (@vpnops)
"""

EXAMPLES = r"""
- name: Arm the way back
  vpnops.pptp.firewall_guard:
    action: arm
    label: let GRE in

- name: Let GRE in
  ansible.builtin.iptables:
    chain: INPUT
    protocol: gre
    jump: ACCEPT
    action: insert

- name: Keep that if a new connection works
  vpnops.pptp.firewall_guard:
    action: confirm
"""

RETURN = r"""
state:
  description:
    - What the guard was found in.
    - V(idle), nothing is armed. V(armed), the timer runs. V(restoring), it has fired. V(restored), everything was put
      back. V(stale), armed, but the timer is gone. V(foreign), another run has armed it, and it was left alone.
    - For V(arm), what it is in now.
  returned: always
  type: str
  sample: armed
armed:
  description: Whether the timer runs now.
  returned: always
  type: bool
  sample: true
changed:
  description: Whether rules were put back. Arming, confirming and disarming are not counted as changes.
  returned: always
  type: bool
  sample: false
label:
  description: What is or was guarded.
  returned: always
  type: str
  sample: let GRE in
by:
  description: What the timer is, V(systemd) or V(process).
  returned: always
  type: str
  sample: systemd
seconds_left:
  description: Seconds until the change is undone, while it is armed.
  returned: always
  type: int
  sample: 58
restored_at:
  description: When the target put everything back, in seconds since the epoch.
  returned: always
  type: int
  sample: 1764115200
failed_steps:
  description: The parts of a restore that did not succeed.
  returned: always
  type: list
  elements: str
  sample: []
notes:
  description: What a restore would not bring back.
  returned: always
  type: list
  elements: str
  sample: []
fired:
  description: Whether the timer had begun to put everything back.
  returned: for V(confirm), V(restore) and V(undo)
  type: bool
  sample: false
connections:
  description: How many new connections were tried.
  returned: for V(confirm) and V(undo), outside check mode
  type: int
  sample: 1
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import guard
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.guard_host import Guard, GuardError
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.guard_system import System


def main() -> None:
    module = AnsibleModule({
        'action': {'type': 'str', 'required': True,
                   'choices': ['arm', 'confirm', 'disarm', 'restore', 'status', 'undo']},
        'seconds': {'type': 'int', 'default': 60},
        'return_seconds': {'type': 'int', 'default': 60},
        'unreachable': {'type': 'bool', 'default': False},
        'any_run': {'type': 'bool', 'default': False},
        'reason': {'type': 'str', 'default': 'a task failed'},
        'connections': {'type': 'int', 'default': 0},
        'owner': {'type': 'str', 'default': ''},
        'label': {'type': 'str', 'default': 'a firewall change'},
        'paths': {'type': 'list', 'elements': 'path', 'default': []},
    }, supports_check_mode=True)
    params = module.params
    if not guard.SECONDS[0] <= params['seconds'] <= guard.SECONDS[1]:
        module.fail_json(msg='seconds: from %d to %d' % guard.SECONDS)
    keeper = Guard(System())
    try:
        if module.check_mode or params['action'] == 'status':
            facts = keeper.status()
        elif params['action'] == 'arm':
            facts = keeper.arm(params['seconds'], params['label'], params['paths'], params['owner'])
        elif params['action'] == 'confirm':
            facts = keeper.confirm(params['owner'])
        elif params['action'] == 'undo':
            facts = keeper.restore(params['owner'])
        elif params['action'] == 'restore':
            facts = keeper.restore()
        else:
            facts = keeper.disarm()
    except GuardError as error:
        module.fail_json(msg=str(error))
    put_back = params['action'] in ('confirm', 'restore', 'undo') and facts['state'] == 'restored'
    module.exit_json(changed=put_back and not module.check_mode, **facts)


if __name__ == '__main__':
    main()
