# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: pptpd_status
short_description: What must be known of a PPTP server before and after it is changed
version_added: 0.1.0
description:
  - Tells whether pptpd is installed, runs and listens, who is logged in, and whether it has read its file since that
    was changed. Changes nothing.
  - A restart of pptpd ends all sessions, because its unit stops the whole control group.
extends_documentation_fragment:
  - vpnops.pptp.attributes
options:
  config:
    description: The file of pptpd.
    type: path
    default: /etc/pptpd.conf
  wait:
    description: For how many seconds to wait for a pptpd that was just started to listen.
    type: int
    default: 0
notes:
  - Needs Python 3.8 or later and nothing else on the target.
seealso:
  - module: vpnops.pptp.server_facts
author:
  - vpnops.pptp maintainers (@vpnops)
"""

EXAMPLES = r"""
- name: Look at the server
  vpnops.pptp.pptpd_status:
  register: found

- name: Restart it when nobody is logged in
  ansible.builtin.service:
    name: pptpd
    state: restarted
  when: found.sessions == 0
"""

RETURN = r"""
installed:
  description: Whether there is a pptpd.
  returned: success
  type: bool
unit:
  description: What systemd says of its unit, V(enabled), V(disabled), V(masked) or the like, empty where there is none.
  returned: success
  type: str
  sample: enabled
running:
  description: Whether it runs.
  returned: success
  type: bool
listening:
  description: Whether something listens on TCP 1723.
  returned: success
  type: bool
sessions:
  description: How many clients are logged in. Their ppp interface is up.
  returned: success
  type: int
  sample: 3
dialing:
  description: How many logins are under way.
  returned: success
  type: int
  sample: 0
stale:
  description: Whether the running pptpd is older than its file.
  returned: success
  type: bool
option_file:
  description: The file of options for pppd that the file of pptpd names, empty where it names none.
  returned: success
  type: str
  sample: /etc/ppp/pptpd-options
option_shared:
  description: Whether that is F(/etc/ppp/options), which every other pppd of the host reads, too.
  returned: success
  type: bool
pppd_version:
  description: The version of pppd, empty where there is none.
  returned: success
  type: str
  sample: 2.4.9
logwtmp_fits:
  description:
    - Whether the plugin of pptpd is there and was built for this pppd, null where that is not known.
  returned: success
  type: bool
family:
  description: The family of distributions, V(Debian), V(RedHat), V(Suse) or V(Alpine), empty where none is known.
  returned: success
  type: str
  sample: Debian
service_manager:
  description: V(systemd), or V(service) where that is not process 1.
  returned: success
  type: str
  sample: systemd
"""

import glob
import os
import re
import time

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import files, pptpd_live
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import pptpd_conf

_PLUGINS = ('/usr/lib/pptpd/pptpd-logwtmp.so', '/usr/lib64/pptpd/pptpd-logwtmp.so')   # Debian, RedHat
_SHARED = '/etc/ppp/options'
_PID_FILES = ('/run/ppp*.pid', '/var/run/ppp*.pid')                                   # pppd main.c create_pidfile


def text(path):
    """What *path* holds, ``''`` where it is not there or may not be read."""
    try:
        return files.read(path) or ''
    except OSError:
        return ''


def namespace(pid):
    """The namespace of processes that *pid* is in, ``''`` where that is not told."""
    try:
        return os.readlink('/proc/%s/ns/pid' % pid)
    except OSError:
        return ''


def processes():
    """All processes that can be seen, but those of containers on this host."""
    found = (pptpd_live.process(text(path)) for path in glob.glob('/proc/[0-9]*/stat'))
    ours = ('', namespace('self'))
    return [process for process in found if process and namespace(process.pid) in ours]


def interfaces():
    """Whether the interface of each pppd that has a pid file is up."""
    found = {}
    for path in (path for pattern in _PID_FILES for path in glob.glob(pattern)):
        pid = text(path).split('\n')[0].strip()
        flags = text('/sys/class/net/%s/flags' % os.path.basename(path)[:-4]).strip()
        if pid.isdigit() and flags:
            found[int(pid)] = bool(int(flags, 16) & 1)   # IFF_UP
    return found


def age(process):
    """For how many seconds *process* has run."""
    uptime = float(text('/proc/uptime').split()[0])
    return uptime - process.started / os.sysconf('SC_CLK_TCK')


def stale(path, daemons):
    """Whether one of *daemons* is older than the last change of *path*."""
    if not daemons or not os.path.exists(path):
        return False
    return 0 <= time.time() - os.stat(path).st_mtime < min(age(daemon) for daemon in daemons) - 0.1


def pppd_version(module):
    """What ``pppd --version`` says, ``''`` without a pppd."""
    path = module.get_bin_path('pppd')
    said = ' '.join(module.run_command([path, '--version'])[1:]) if path else ''
    found = re.search(r'version (\d\S*)', said)
    return found.group(1) if found else ''


def unit(module):
    """What systemd says of the unit, ``''`` where there is none."""
    path = module.get_bin_path('systemctl')
    said = module.run_command([path, 'is-enabled', 'pptpd.service'])[1].strip() if path else ''
    return '' if said == 'not-found' else said


def plugin(installed):
    """The bytes of the plugin of a pptpd that is *installed*: none of its plugin is not there."""
    path = next((path for path in _PLUGINS if os.path.exists(path)), None)
    if path is None:
        return b'' if installed else None
    with open(path, 'rb') as handle:
        return handle.read()


def listens(seconds):
    """Whether TCP 1723 is listened on, within *seconds*."""
    until = time.monotonic() + seconds
    while True:
        if pptpd_live.listening([text('/proc/net/tcp'), text('/proc/net/tcp6')]):
            return True
        if time.monotonic() >= until:
            return False
        time.sleep(0.25)


def main():
    """Look, and answer."""
    module = AnsibleModule({'config': {'type': 'path', 'default': '/etc/pptpd.conf'},
                            'wait': {'type': 'int', 'default': 0}}, supports_check_mode=True)
    config = module.params['config']
    heard = listens(module.params['wait'])
    seen = processes()
    daemons = [process for process in seen if process.name == 'pptpd']
    up, dialing = pptpd_live.sessions(seen, interfaces(), age)
    version, installed = pppd_version(module), bool(module.get_bin_path('pptpd'))
    option = pptpd_conf.parse(text(config)).directives.get('option', ('', 0))[0].rstrip('\r')
    module.exit_json(
        changed=False, installed=installed, unit=unit(module), running=bool(daemons),
        listening=heard, sessions=up, dialing=dialing, stale=stale(config, daemons), option_file=option,
        option_shared=os.path.realpath(option) == os.path.realpath(_SHARED),
        pppd_version=version, logwtmp_fits=pptpd_live.plugin_fits(plugin(installed), version),
        family=pptpd_live.family(text('/etc/os-release')),
        service_manager='systemd' if os.path.isdir('/run/systemd/system') else 'service')


if __name__ == '__main__':
    main()
