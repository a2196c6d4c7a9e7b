# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: pppd_debug
short_description: Have pppd trace logins for a while
version_added: 0.1.0
description:
  - V(open) puts C(debug) into the options of pppd, and starts a timer on the target that takes it out again, whatever
    becomes of the connection, the play and the controller. Logins from then on are traced in the log.
  - V(close) does that at once. The file is then byte for byte the old one.
  - With systemd the timer goes on after a restart of the target. Without it a process waits, and after a restart the
    line stays until V(close).
  - A trace holds user names and MS-CHAP responses, from which passwords can be found out.
attributes:
  check_mode:
    description: Can run in check mode and return what it would return without it.
    support: full
  diff_mode:
    description: Returns details on what has changed, in diff mode.
    support: none
    details: One line, always the same.
  platform:
    description: Target systems it works on.
    support: full
    platforms: linux
options:
  action:
    description: What to do. V(status) changes nothing.
    type: str
    required: true
    choices: [open, close, status]
  path:
    description: The file of options. By default the one that C(/etc/pptpd.conf) names.
    type: path
  seconds:
    description: How long to trace, from 10 to 14400. Opening a window that is open starts the time anew.
    type: int
    default: 300
notes:
  - Needs Python 3.8 or later, to open it. What closes it needs a shell, coreutils, grep and sed.
author:
  - vpnops.pptp maintainers (@vpnops)
"""

EXAMPLES = r"""
- name: Trace logins for ten minutes
  vpnops.pptp.pppd_debug:
    action: open
    seconds: 600
"""

RETURN = r"""
file:
  description: The file of options, behind links. Empty where pptpd names none.
  returned: success
  type: str
window:
  description: V(open) or V(closed), as it is now, or would be outside check mode.
  returned: success
  type: str
"""

import os
import time

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import atomic, debug_window, files, processes
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import pptpd_conf

CONFIG = '/etc/pptpd.conf'


def file_of_options(module):
    """The path that was given, or the one that pptpd hands to pppd, ``''`` where it hands none."""
    named = pptpd_conf.parse(files.read(CONFIG) or '').directives.get('option', ('', 0))[0]
    return module.params['path'] or named.rstrip('\r')


def must(module, *argv):
    """Run *argv*, and fail with what it says where it fails."""
    status, _out, said = module.run_command(list(argv))
    if status:
        module.fail_json(msg='%s: %s' % (' '.join(argv), said.strip()))


def own(name):
    """The path of *name* in the folder of the window."""
    return os.path.join(debug_window.FOLDER, name)


def on_disk(*paths):
    """Have *paths* on the disk: the line must not outlive what takes it out."""
    for path in paths:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def arm(module, path, seconds):
    """Start what closes the window."""
    script, turn = own(debug_window.SCRIPT), str(time.time_ns())
    os.makedirs(debug_window.FOLDER, mode=0o700, exist_ok=True)
    files.write(module, script, debug_window.script(path), 0o600)
    on_disk(script, debug_window.FOLDER, os.path.dirname(debug_window.FOLDER))
    if not os.path.isdir('/run/systemd/system'):
        files.write(module, own(debug_window.TURN), turn, 0o600)
        processes.detached(['/bin/sh', script, str(seconds), turn])
        return
    units = {os.path.join(debug_window.UNITS, name): text for name, text in debug_window.units(seconds).items()}
    for name, text in units.items():
        files.write(module, name, text)
    timer = debug_window.UNIT + '.timer'
    must(module, 'systemctl', 'daemon-reload')
    must(module, 'systemctl', '--quiet', 'enable', timer)
    must(module, 'systemctl', 'restart', timer)
    on_disk(*units, debug_window.UNITS, os.path.join(debug_window.UNITS, 'timers.target.wants'))


def close_another(module, path):
    """Close the window on another file than *path*, whose script would be lost."""
    script = own(debug_window.SCRIPT)
    if files.read(script) not in (None, debug_window.script(path)):
        must(module, '/bin/sh', script, '0')


def close(module, path):
    """Close the window now, with the script that would do it later."""
    script = own(debug_window.SCRIPT)
    if not os.path.exists(script):
        os.makedirs(debug_window.FOLDER, mode=0o700, exist_ok=True)
        files.write(module, script, debug_window.script(path), 0o600)
    must(module, '/bin/sh', script, '0')


def without_options(module):
    """pptpd hands no file of options to pppd: no window can be opened, and one that is open is on another file."""
    if module.params['action'] == 'open':
        module.fail_json(msg='%s names no file of options for pppd' % CONFIG)
    changed = module.params['action'] == 'close' and os.path.exists(own(debug_window.SCRIPT))
    if changed and not module.check_mode:
        close(module, '')
    module.exit_json(changed=changed, file='', window='closed')


def main():
    """Open, close or look."""
    module = AnsibleModule({
        'action': {'type': 'str', 'required': True, 'choices': ['open', 'close', 'status']},
        'path': {'type': 'path'},
        'seconds': {'type': 'int', 'default': 300},
    }, supports_check_mode=True)
    least, most = debug_window.SECONDS
    if not least <= module.params['seconds'] <= most:
        module.fail_json(msg='seconds: from %d to %d' % (least, most))
    path, action = file_of_options(module), module.params['action']
    if not path:
        without_options(module)
    if action == 'open' and not os.path.exists(path):   # an empty one would let anybody in
        module.fail_json(msg='there is no file %s' % path)
    if action == 'open' and not module.check_mode:
        close_another(module, os.path.realpath(path))
    module.params.update(path=path, backup=False, unsafe_writes=False)
    target = atomic.File(module)
    data, left = target.data or b'', os.path.isdir(debug_window.FOLDER)
    was_open = debug_window.is_open(data)
    changed = action == 'open' and not was_open or action == 'close' and (was_open or left)
    if changed and action == 'close' and not module.check_mode:
        close(module, target.path)
    elif action == 'open' and not module.check_mode:
        arm(module, target.path, module.params['seconds'])
        target.put(debug_window.opened(data))
    is_open = {'open': True, 'close': False}.get(action, was_open)
    module.exit_json(changed=changed, file=target.path, window='open' if is_open else 'closed')


if __name__ == '__main__':
    main()
