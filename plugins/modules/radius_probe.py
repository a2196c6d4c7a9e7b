# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: radius_probe
short_description: Ask the RADIUS servers of pppd, from its own address and with its own secret
version_added: 0.1.0
description:
  - Runs on the VPN server. Reads C(radiusclient.conf) and the servers file as C(radius.so) of pppd reads them, and asks
    each server for authentication and accounting from the address that pppd would have.
  - By itself it sends B(Status-Server) alone. The answer proves the way, the port, the client entry and the shared
    secret. It needs no user, and leaves neither a log line nor a state at the server.
  - What silence means is told by an B(Access-Request) as pppd sends it, of a user that cannot exist. It is sent if you
    allow it. It leaves one failed login in the log of the server.
  - With a test account, B(one login) tells the error code that pppd throws away, and whether the keys for MPPE are
    there and right.
  - It never sends an Access-Request with Message-Authenticator, as C(radtest) does. One of those from the address of
    the VPN server has FreeRADIUS 3.2.5 and later drop all requests of pppd until it is restarted. It never sends
    accounting.
  - The shared secrets stay on the host.
attributes:
  check_mode:
    description: Can run in check mode and return what it would return without it.
    support: partial
    details: In check mode nothing but Status-Server is sent.
  diff_mode:
    description: Returns details on what has changed, in diff mode.
    support: none
    details: It changes nothing.
  facts:
    description: Action returns an C(ansible_facts) dictionary that will update existing host facts.
    support: full
  platform:
    description: Target systems it works on.
    support: full
    platforms: linux
options:
  config:
    description: The configuration of the RADIUS client, as C(radius-config-file) of pppd names it.
    type: path
    default: /etc/radiusclient/radiusclient.conf
  send:
    description:
      - What may be sent. Nothing at all if empty.
      - V(login) sends what V(request) sends first, and the login only where that is answered.
    type: list
    elements: str
    choices: [status, request, login]
    default: [status]
  user:
    description: The test account, for V(login).
    type: str
  password:
    description: Its password.
    type: str
  caller:
    description: The address of a client, as policies of the server may look at it. pptpd has pppd send it.
    type: str
  servers:
    description:
      - Ask these servers, and read no file. pppd itself knows IPv4 alone; here an address may be of IPv6.
    type: list
    elements: dict
    suboptions:
      host:
        description: Its name or address.
        type: str
        required: true
      port:
        description: Its port, 1812 or 1813 unless given.
        type: int
      kind:
        description: What it is for.
        type: str
        choices: [auth, acct]
        default: auth
      secret:
        description: The shared secret.
        type: str
        required: true
  bind:
    description: The address to send from. Without it, that of C(bindaddr), or the one that the routes give.
    type: str
  tries:
    description: How often a request is sent. A login is sent once.
    type: int
    default: 2
  wait:
    description: How many seconds to wait after each.
    type: float
    default: 2
  total:
    description:
      - After how many seconds no answer is waited for any more, whatever the number of servers.
      - V(request) and V(login) may take 12 seconds more each, since FreeRADIUS waits 10 for a domain controller.
    type: float
    default: 10
notes:
  - Needs Python 3.8 or later and nothing else on the target. Needs root where the servers file is readable by root
    alone, as it should be.
seealso:
  - module: vpnops.pptp.radius_facts
author:
  - vpnops.pptp maintainers (@vpnops)
"""

EXAMPLES = r"""
- name: Does the RADIUS server know this VPN server, and its secret?
  vpnops.pptp.radius_probe:

- name: A login with all that pppd looks at
  vpnops.pptp.radius_probe:
    send: [status, login]
    user: probe
    password: "{{ vault_probe }}"

- name: A server before pppd is told of it
  vpnops.pptp.radius_probe:
    servers:
      - host: 192.0.2.20
        secret: "{{ vault_radius }}"
"""

RETURN = r"""
ansible_facts:
  description: The facts. Their shape is described in the collection's C(docs/facts.md).
  returned: success
  type: dict
  contains:
    pptp_radius_probe:
      description: What was sent, what each server answered, and what that means.
      returned: always
      type: dict
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.vpnops.pptp.plugins.module_utils.probe import radius_config, radius_live, sockets

SERVER = {'host': {'type': 'str', 'required': True}, 'port': {'type': 'int'},
          'kind': {'type': 'str', 'choices': ['auth', 'acct'], 'default': 'auth'},
          'secret': {'type': 'str', 'required': True, 'no_log': True}}


def unfit(params):
    """Which argument cannot be used, in words; empty where all can be."""
    if params['bind'] and not sockets.is_address(params['bind']):
        return 'bind is an address of this host'
    if any(row['port'] is not None and not 0 < row['port'] < 65536 for row in params['servers'] or ()):
        return 'a port is from 1 to 65535'
    try:
        (params['password'] or '').encode('utf-16-le')
    except UnicodeEncodeError:
        return 'password is no text'
    return ''


def main():
    """Ask, and return what came."""
    module = AnsibleModule({
        'config': {'type': 'path', 'default': radius_config.CONFIG},
        'send': {'type': 'list', 'elements': 'str', 'choices': ['status', 'request', 'login'], 'default': ['status']},
        'user': {'type': 'str'},
        'password': {'type': 'str', 'no_log': True},
        'caller': {'type': 'str'},
        'servers': {'type': 'list', 'elements': 'dict', 'options': SERVER},
        'bind': {'type': 'str'},
        'tries': {'type': 'int', 'default': 2},
        'wait': {'type': 'float', 'default': 2},
        'total': {'type': 'float', 'default': 10},
    }, supports_check_mode=True)
    params = dict(module.params)
    if 'login' in params['send'] and not (params['user'] and params['password']):
        module.fail_json(msg='A login needs user and password')
    for name, lowest, highest in (('tries', 1, 5), ('wait', 0.1, 10), ('total', 0.1, 60)):
        if not lowest <= params[name] <= highest:
            module.fail_json(msg='%s is from %s to %s' % (name, lowest, highest))
    wrong = unfit(params)
    if wrong:
        module.fail_json(msg=wrong)
    if module.check_mode:
        params['send'] = [word for word in params['send'] if word == 'status']
    module.exit_json(changed=False, ansible_facts={'pptp_radius_probe': radius_live.run(params)})


if __name__ == '__main__':
    main()
