# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: login
short_description: Log in to a PPTP server from this host, with pptp and pppd
version_added: 0.1.0
description:
  - Runs on a client with C(pptp-linux) and C(ppp). Logs in with MS-CHAPv2 and 128-bit MPPE, pings the other end of the
    tunnel through it, and hangs up. Routes and name servers of the client stay as they are.
  - The password stands in a file that only root can read and that is gone afterwards, never in a command line or log.
attributes:
  check_mode:
    description: Can run in check mode and return what it would return without it.
    support: full
    details: Nobody is logged in in check mode, the outcome is V(skipped).
  diff_mode:
    description: Returns details on what has changed, in diff mode.
    support: none
    details: Nothing is changed that is left.
  platform:
    description: Target systems it works on.
    support: full
    platforms: linux
options:
  server:
    description: The name or the IPv4 address of the server.
    type: str
    required: true
  user:
    description: The account.
    type: str
    required: true
  password:
    description: Its password.
    type: str
    required: true
  seconds:
    description:
      - How long the login may take. Where nothing answers, pppd gives up after half a minute by itself; a busy or
        emulated host takes 40 seconds for a login that works.
    type: int
    default: 90
  pings:
    description: How many pings to send through the tunnel.
    type: int
    default: 3
  options:
    description: Further options for pppd, each as a line.
    type: list
    elements: str
    default: []
  must:
    description:
      - Whether the module fails when the login does.
      - It fails in any case where this client cannot dial at all, as without PPP in its kernel, since that tells
        nothing of the server.
    type: bool
    default: true
notes:
  - Needs root on the client, and Python 3.8 or later.
author:
  - vpnops.pptp maintainers (@vpnops)
"""

EXAMPLES = r"""
- name: Prove that people can log in
  vpnops.pptp.login:
    server: vpn.example.com
    user: probe
    password: "{{ vault_probe }}"
  delegate_to: client1
"""

RETURN = r"""
outcome:
  description: V(up), V(failed), or V(skipped) in check mode.
  returned: always
  type: str
exit_code:
  description: How pppd ended, by itself or when it was told to hang up.
  returned: when pppd was run
  type: int
address:
  description: The address that the client got.
  returned: when pppd was run
  type: str
peer:
  description: The address of the server in the tunnel.
  returned: when pppd was run
  type: str
mppe:
  description: The encryption that was agreed on.
  returned: when pppd was run
  type: str
  sample: MPPE 128-bit stateless
pinged:
  description:
    - How many pings were answered, null where there is no C(ping).
    - None may mean that nothing passes, or only that the server drops pings.
  returned: when pppd was run
  type: int
seconds:
  description: How long it took to get an address.
  returned: when pppd was run
  type: float
log:
  description: The last lines of pppd.
  returned: when pppd was run
  type: list
  elements: str
"""

import os
import re
import time

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import client_login, processes


def pinged(module, peer, count):
    """How many of *count* pings *peer* answers."""
    path = module.get_bin_path('ping')
    if not path:
        return None
    said = module.run_command([path, '-n', '-c', str(count), '-W', '3', '-i', '0.3', peer])[1]
    found = re.search(r'(\d+)(?: packets)? received', said)
    return int(found.group(1)) if found else 0


def log_in(module, call, began):
    """Wait for the tunnel, use it, and hang up.

    A pptp whose SYN is not answered outlives pppd by two minutes, and would call the server as soon as its firewall
    lets it: a login that fails, because nobody waits for it. So it is ended with pppd.
    """
    params = module.params
    call.wait(params['seconds'], lambda output: client_login.seen(output).up)
    status, seconds = call.status(), round(time.monotonic() - began, 1)
    seen = client_login.seen(call.output())
    up = seen.up and status is None
    answered = pinged(module, seen.peer, params['pings']) if up and params['pings'] else None
    call.end()
    output = call.output()
    reason = '' if up else client_login.why(output, status)
    return reason, {'exit_code': call.status(), 'pinged': answered, 'seconds': seconds,
                    'log': client_login.log(output), **seen._asdict()}


def start(module):
    """A pppd that logs in, with its secrets in a file of the module's own folder."""
    programs = {name: module.get_bin_path(name, opt_dirs=['/usr/sbin', '/sbin']) for name in ('pptp', 'pppd')}
    missing = [name for name, path in programs.items() if not path]
    if missing:
        module.fail_json(msg='This client has no %s: install pptp-linux and ppp on it' % ' and no '.join(missing))
    params = module.params
    try:
        text = client_login.options(programs['pptp'], params['server'], params['user'], params['password'],
                                    params['options'])
    except ValueError as error:
        module.fail_json(msg=str(error))
    path = os.path.join(module.tmpdir, 'options')
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), 'wb') as handle:
        handle.write(text)
    return processes.Watched([programs['pppd'], 'file', path], os.path.join(module.tmpdir, 'log')), path


def main():
    """Log in, and tell how it went."""
    module = AnsibleModule({
        'server': {'type': 'str', 'required': True},
        'user': {'type': 'str', 'required': True},
        'password': {'type': 'str', 'required': True, 'no_log': True},
        'seconds': {'type': 'int', 'default': 90},
        'pings': {'type': 'int', 'default': 3},
        'options': {'type': 'list', 'elements': 'str', 'default': []},
        'must': {'type': 'bool', 'default': True},
    }, supports_check_mode=True)
    if module.check_mode:
        module.exit_json(changed=False, outcome='skipped')
    began = time.monotonic()
    call, path = start(module)
    try:
        reason, facts = log_in(module, call, began)
    finally:
        call.end()
        os.unlink(path)
    if reason and facts['exit_code'] in client_login.OWN:
        module.fail_json(msg='This client cannot dial: %s' % reason, log=facts['log'])
    facts['outcome'] = 'failed' if reason else 'up'
    message = '%s cannot log in to %s: %s' % (module.params['user'], module.params['server'], reason)
    if reason and module.params['must']:
        module.fail_json(msg=message, **facts)
    module.exit_json(changed=False, **(dict(facts, msg=message) if reason else facts))


if __name__ == '__main__':
    main()
