# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: remediation
short_description: Save a host before it is changed, and put it back
version_added: 0.1.0
description:
  - V(begin) saves the configuration of pptpd, pppd and the firewalls, the rule sets in force, the state of pptpd,
    kernel parameters and loaded modules, before anything is touched. The record lies in
    C(/var/lib/vpnops-pptp/remediation), for root only, and outlives a loss of power.
  - V(restore) puts every file back byte for byte, with mode, owner and times, removes what is new, loads the old rule
    sets, and starts or stops pptpd as it was. Interrupted at any point, it does the rest when it is called again.
  - The playbooks C(vpnops.pptp.remediate) and C(vpnops.pptp.rollback) use it.
attributes:
  check_mode:
    description: Can run in check mode and return what it would return without it.
    support: full
    details: Nothing is saved or put back.
  diff_mode:
    description: Returns details on what has changed, in diff mode.
    support: none
    details: A diff would show what the files hold, passwords among it.
  platform:
    description: Target systems it works on.
    support: full
    platforms: linux
options:
  action:
    description:
      - V(begin) starts a record, or goes on with one that was not finished.
      - V(finish) keeps what was done since. Where nothing was changed, no record is kept.
      - V(restore) undoes.
      - V(status) changes nothing.
    type: str
    required: true
    choices: [begin, finish, restore, status]
  id:
    description: The record. For V(restore) and V(status), without it, the newest.
    type: str
    default: ''
  causes:
    description: For V(begin), what is going to be fixed.
    type: list
    elements: str
    default: []
  paths:
    description: For V(begin), more files and folders to save than those of pptpd, pppd and the firewalls.
    type: list
    elements: path
    default: []
  firewall:
    description: For V(begin), whether rules are going to be changed, so that the rule sets in force are saved.
    type: bool
    default: false
  seen:
    description: For V(finish), what the logs had, which the next plan is to leave alone. M(vpnops.pptp.plan) reads it.
    type: dict
    default: {}
  label:
    description: For V(begin), a word of yours that is kept with the record.
    type: str
    default: ''
  run:
    description:
      - Who asks. V(begin) writes it down, and V(finish) and V(restore) fail with it where another one has begun since.
      - The action gives it that of this run of Ansible.
    type: str
    default: ''
  settle:
    description:
      - For V(restore), after how many seconds to look whether something was changed again, and to put it back, too.
      - A task whose connection was cut may go on for a while on the target.
    type: int
    default: 0
  report_dir:
    description: The folder of the report on the controller, as of M(vpnops.pptp.diagnose). The outcome is added to it.
    type: path
  failed_task:
    description: For V(restore), the name of the task for whose failure everything is put back, for the report.
    type: str
  force:
    description: For V(restore), put back what somebody else has changed since, too.
    type: bool
    default: false
  allow_session_drop:
    description:
      - For V(restore), restart or stop pptpd where that is needed, although it ends live sessions.
      - Without it, that is left, and the record stays V(restoring) until V(restore) is called again.
    type: bool
    default: false
notes:
  - Packages that were installed stay. Modules that somebody uses stay loaded.
  - The records hold what the files held, passwords among it. The ten newest that are over are kept.
seealso:
  - module: vpnops.pptp.plan
  - module: vpnops.pptp.firewall_guard
author:
  - vpnops.pptp maintainers (@vpnops)
"""

EXAMPLES = r"""
- name: Save the host
  vpnops.pptp.remediation:
    action: begin
    causes: [gre-blocked]
    firewall: true
  register: saved

- name: Put everything back
  vpnops.pptp.remediation:
    action: restore
    id: "{{ saved.id }}"
"""

RETURN = r"""
id:
  description: The record, V(null) where there is none.
  returned: always
  type: str
  sample: 20261126T011500Z-3f9c
state:
  description: V(open), V(done), V(restoring), V(restored), or V(null).
  returned: always
  type: str
  sample: done
causes:
  description: What it was begun for.
  returned: always
  type: list
  elements: str
  sample: [gre-blocked]
began:
  description: When, in seconds since the epoch.
  returned: when there is a record
  type: int
  sample: 1764115200
records:
  description: How many records there are.
  returned: when there is a record
  type: int
  sample: 1
seen:
  description: What the logs had when it was finished.
  returned: when there is a record that is done
  type: dict
  sample: {}
taken_over:
  description: Whether another run has gone on with the record, which is left alone then.
  returned: when it fails
  type: bool
  sample: false
resumed:
  description: Whether an unfinished record was found and is gone on with.
  returned: for V(begin)
  type: bool
  sample: false
changed_paths:
  description: What differs from what was saved (V(finish)), or was put back or would be (V(restore)).
  returned: for V(finish) and V(restore)
  type: list
  elements: str
  sample: [/etc/pptpd.conf]
failed_steps:
  description: What could not be put back.
  returned: for V(restore)
  type: list
  elements: str
  sample: []
undone:
  description: Whether there was something to undo.
  returned: for V(restore)
  type: bool
  sample: true
left:
  description: What is not as it was - a restart that waits for live sessions to end, a module that is in use.
  returned: for V(restore)
  type: list
  elements: str
  sample: []
modules_left:
  description: Modules that were loaded since and are in use.
  returned: for V(restore)
  type: list
  elements: str
  sample: []
notes:
  description: What a restore would not bring back.
  returned: for V(begin)
  type: list
  elements: str
  sample: []
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.vpnops.pptp.plugins.module_utils.edit.guard_system import System
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.remediation import readable
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.remediation_files import FilesError
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.remediation_host import (
    Records,
    RemediationError,
    TakenOver,
)

ARGUMENTS = {
    'action': {'type': 'str', 'required': True, 'choices': ['begin', 'finish', 'restore', 'status']},
    'id': {'type': 'str', 'default': ''},
    'causes': {'type': 'list', 'elements': 'str', 'default': []},
    'paths': {'type': 'list', 'elements': 'path', 'default': []},
    'firewall': {'type': 'bool', 'default': False},
    'label': {'type': 'str', 'default': ''},
    'seen': {'type': 'dict', 'default': {}},
    'force': {'type': 'bool', 'default': False},
    'allow_session_drop': {'type': 'bool', 'default': False},
    'run': {'type': 'str', 'default': ''},
    'settle': {'type': 'int', 'default': 0},
    'report_dir': {'type': 'path'},       # of the action, on the controller
    'failed_task': {'type': 'str'},
}


def act(records, params, check):
    """Do what *params* say, or in *check* mode say what would be done."""
    action, name, run = params['action'], params['id'], params['run']
    if action == 'restore':
        return records.restore(name, params['force'], params['allow_session_drop'], check, params['settle'], run)
    if action == 'status' or check:
        return dict(records.status(name), resumed=False, notes=[], changed_paths=[])
    if action == 'begin':
        return records.begin(params['causes'], params['paths'], params['firewall'], params['label'], run)
    return records.finish(name, params['seen'], run)


def main():
    """Check, do, answer."""
    module = AnsibleModule(ARGUMENTS, supports_check_mode=True)
    records = Records(System())
    try:
        facts = readable(act(records, module.params, module.check_mode))
    except (RemediationError, FilesError, OSError) as error:
        module.fail_json(msg=readable(str(error)), taken_over=isinstance(error, TakenOver))
    restored = module.params['action'] == 'restore' and facts.get('undone', False)
    failed = facts.get('failed_steps') or []
    if failed:
        module.fail_json(msg='not all could be put back: %s' % ', '.join(failed), changed=True, **facts)
    module.exit_json(changed=restored, **facts)


if __name__ == '__main__':
    main()
