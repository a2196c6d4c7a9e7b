# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: dial
short_description: Dial a PPTP server in user space, from TCP to a ping through the tunnel
version_added: 0.1.0
description:
  - Makes a real PPTP call from this host without pppd, without PPP in its kernel, without an interface, a route or a
    file, and without anything to install. It walks through TCP, the control connection, the call, GRE, LCP,
    authentication, CCP with MPPE, and IPCP, pings the server through the encrypted tunnel, and hangs up.
  - Stops at the step that fails, and says which it was and why, in the server's own words where it has some.
  - What cannot be known is V(unknown), as where packets are lost. It never guesses.
  - Every step has a time limit. Whatever happens, also where the module is told to end by a signal, it takes the
    session down at the server, as far as that listens.
  - The password is used to answer the server's challenge. It is in no log, no process list and no result.
attributes:
  check_mode:
    description: Can run in check mode and return what it would return without it.
    support: full
    details: Nothing is dialled in check mode, the outcome is V(skipped).
  diff_mode:
    description: Returns details on what has changed, in diff mode.
    support: none
    details: It changes nothing.
  platform:
    description: Target systems it works on.
    support: full
    platforms: linux
options:
  server:
    description: The name or the IPv4 address of the server. Of several addresses the first is dialled.
    type: str
    required: true
  port:
    description: Its TCP port.
    type: int
    default: 1723
  mode:
    description:
      - What to find out. Of several, one after the other.
      - V(reach) makes the control connection and a call, and no login.
      - V(methods) finds out which methods of authentication the server asks for. It needs no account. It takes three
        calls, since pppd names only some of its methods in each.
      - V(login) logs in.
      - V(path) finds the largest packet that passes unfragmented both ways, from which MTU and MSS follow. It needs no
        account, since it uses echoes of LCP.
      - V(all) is V(path) and V(login) where there is an account, V(methods) where not.
      - If not given, V(login) where there is O(user) or one of O(accounts), V(methods) where not.
    type: list
    elements: str
    choices: [reach, methods, login, path, all]
  user:
    description: The account, with its domain as C(DOMAIN\\user) where the server wants that.
    type: str
  password:
    description: Its password. Without it, the one that O(accounts) has.
    type: str
  accounts:
    description:
      - Accounts of which one logs in, as the role C(chap_secrets) takes them. It is that of O(user), or else the
        first one that is present and has a secret.
      - The host that dials is told of that one only.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Its name.
        type: str
        required: true
      secret:
        description: Its password.
        type: str
      state:
        description: One that is V(absent) is not used.
        type: str
        choices: [present, absent]
        default: present
  methods:
    description:
      - By which methods a login may be made. A server that asks for one of them gets that one, whichever it is. To one
        that asks for another these are suggested, the first one first.
      - V(pap) sends the password in the clear, readable by anybody on the way.
    type: list
    elements: str
    choices: [mschapv2, mschap, chap-md5, pap]
    default: [mschapv2]
  mppe:
    description:
      - V(require) fails a login without encryption, as Windows does in its default settings.
      - V(prefer) takes it where the server has it, V(none) does not ask for it.
    type: str
    choices: [require, prefer, none]
    default: require
  strengths:
    description: Lengths of MPPE's keys that will do, the preferred first.
    type: list
    elements: int
    choices: [128, 56, 40]
    default: [128]
  ping:
    description:
      - Whether to ping the server through the tunnel, which shows that both sides have the same keys.
      - No answer is no failure, since many servers drop pings. Without an answer or a ping, a login has to stand for
        some seconds, since the server may still refuse the address.
    type: bool
    default: true
  count:
    description: How many times to do each mode, one after the other.
    type: int
    default: 1
  seconds:
    description:
      - After how many seconds a dial is over, whatever the server does. Steps have limits of their own, below that; a
        login may take 40 seconds to be checked, since a server may wait 30 for RADIUS or a domain controller.
      - Hanging up takes 3 seconds at most, after that.
    type: float
    default: 120
  must:
    description: Whether the module fails where a dial fails or its outcome is unknown.
    type: bool
    default: true
notes:
  - Needs Python 3.8 or later and nothing else on the target.
  - GRE needs root, or C(CAP_NET_RAW). Without it the control connection and the call are still tried and told, and
    RV(reason) says so.
  - The control connection is started with a host name C(vpnops-) and 16 digits, new each time, by which the server's
    log and packet captures show it.
  - A host that already has a PPTP connection to the same server can still dial it.
seealso:
  - module: vpnops.pptp.diagnose
author:
  - vpnops.pptp maintainers (@vpnops)
"""

EXAMPLES = r"""
- name: Prove that people can log in
  vpnops.pptp.dial:
    server: vpn.example.com
    user: probe
    password: "{{ vault_probe }}"

- name: What can be found out without an account?
  vpnops.pptp.dial:
    server: vpn.example.com
    mode: [reach, methods, path]
    must: false
  register: found

- name: From the controller
  vpnops.pptp.dial:
    server: "{{ ansible_host }}"
    user: probe
    password: "{{ vault_probe }}"
  delegate_to: localhost
  become: true

- name: A server that knows nothing better
  vpnops.pptp.dial:
    server: 203.0.113.10
    user: probe
    password: "{{ vault_probe }}"
    methods: [mschapv2, chap-md5]
    mppe: prefer
"""

RETURN = r"""
outcome:
  description:
    - V(ok), V(failed), V(unknown), or V(skipped) in check mode.
    - It and the next four are of the first dial that is not ok, or else of the last.
  returned: always
  type: str
step:
  description: The step at which it ended, of C(tcp), C(control), C(call), C(gre), C(lcp), C(auth), C(ccp), C(ipcp),
    C(ping), C(path).
  returned: when something was dialled
  type: str
why:
  description: Why, in a word; empty where all is well.
  returned: when something was dialled
  type: str
  sample: rejected
words:
  description: The same in a sentence.
  returned: when something was dialled
  type: str
detail:
  description: What the server said, if it did. Control characters are escaped.
  returned: when something was dialled
  type: str
  sample: Access denied
msg:
  description: All that in a line.
  returned: when something was dialled
  type: str
server:
  description: The server as it was given.
  returned: when something was dialled
  type: str
user:
  description: The account that was chosen, also where a mode did not need it; empty without one.
  returned: when something was dialled
  type: str
address:
  description: The address that was dialled; empty where the name has none.
  returned: when something was dialled
  type: str
dials:
  description: Each dial. Of very many the first ones, and the first ones that are not ok.
  returned: when something was dialled
  type: list
  elements: dict
  contains:
    mode:
      description: Of O(mode).
      type: str
    outcome:
      description: As above, and so are C(step), C(why), C(words) and C(detail).
      type: str
    name:
      description: The host name that the control connection was started with.
      type: str
    source:
      description: Address and port of this side.
      type: list
    times:
      description: Milliseconds of each step, and of all.
      type: dict
    seen:
      description:
        - What the server showed, as far as it came. C(control), C(call), C(gre), C(link), C(auth), C(ccp), C(ipcp),
          C(ping), C(path), C(hang_up), C(ended).
        - C(tcp) is how the network refused the connection, C(icmp) and C(icmp_by) are ICMP errors about GRE and their
          senders, C(not_sent) are packets that this host itself did not let out.
      type: dict
left_out:
  description: How many dials are not in RV(dials).
  returned: when something was dialled
  type: int
methods:
  description:
    - The methods of authentication that the server asks for, in the order in which it named them; V(none) where it asks
      for none.
    - Empty without the mode V(methods).
  returned: when something was dialled
  type: list
  elements: str
path:
  description:
    - C(largest) is the largest IP packet that passes, in bytes. C(mtu) and C(mss) are those for a tunnel with MPPE.
    - Empty without the mode V(path), and where its outcome is not V(ok).
  returned: when something was dialled
  type: dict
logins:
  description: How many logins were C(ok), C(failed) and C(unknown).
  returned: when something was dialled
  type: dict
login_ms:
  description: The C(least), C(median) and C(most) milliseconds of those that were ok, with hanging up.
  returned: when something was dialled
  type: dict
reason:
  description: Why this host could not send GRE, if that was so.
  returned: when something was dialled
  type: str
"""

import signal

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.vpnops.pptp.plugins.module_utils.dial import account
from ansible_collections.vpnops.pptp.plugins.module_utils.probe import dialer, dialer_series

ARGUMENTS = {
    'server': {'type': 'str', 'required': True},
    'port': {'type': 'int', 'default': 1723},
    'mode': {'type': 'list', 'elements': 'str', 'choices': ['reach', 'methods', 'login', 'path', account.ALL]},
    'user': {'type': 'str'},
    'password': {'type': 'str', 'no_log': True},
    'accounts': {'type': 'list', 'elements': 'dict', 'default': [], 'options': {
        'name': {'type': 'str', 'required': True}, 'secret': {'type': 'str', 'no_log': True},
        'state': {'type': 'str', 'choices': ['present', 'absent'], 'default': 'present'}}},
    'methods': {'type': 'list', 'elements': 'str', 'choices': ['mschapv2', 'mschap', 'chap-md5', 'pap'],
                'default': ['mschapv2']},
    'mppe': {'type': 'str', 'choices': ['require', 'prefer', 'none'], 'default': 'require'},
    'strengths': {'type': 'list', 'elements': 'int', 'choices': [128, 56, 40], 'default': [128]},
    'ping': {'type': 'bool', 'default': True},
    'count': {'type': 'int', 'default': 1},
    'seconds': {'type': 'float', 'default': 120},
    'must': {'type': 'bool', 'default': True},
}


def unfit(params):
    """Which argument cannot be used, in words; empty where all can be."""
    if 'login' in params['mode'] and not (params['user'] and params['password']):
        return ('No account to log in with: give user and password (in the playbooks pptp_login_user and '
                'pptp_login_password), or accounts of which one has a secret (chap_secrets_users)')
    for name in ('mode', 'methods', 'strengths'):
        if not params[name]:
            return '%s is empty' % name
    for name, lowest, highest in (('port', 1, 65535), ('count', 1, 100000), ('seconds', 1, 600)):
        if not lowest <= params[name] <= highest:
            return '%s is from %d to %d' % (name, lowest, highest)
    return '' if params['server'].strip() else 'server is empty'


def main():
    """Dial, and tell how it went."""
    module = AnsibleModule(ARGUMENTS, supports_check_mode=True)
    params = dict(module.params)
    who = account.chosen(params['user'], params['password'], params['accounts'])
    params.update(mode=account.modes(params['mode'], params['user'], who), user=who.name, password=who.secret)
    wrong = unfit(params)
    if wrong:
        module.fail_json(msg=wrong)
    if module.check_mode:
        module.exit_json(changed=False, outcome='skipped')
    with dialer.Interrupts() as interrupts:
        found = dialer_series.run(params, interrupts)
    if interrupts.came:
        module.fail_json(msg='Stopped by %s; hung up' % signal.Signals(interrupts.came).name)
    if params['must'] and found['outcome'] != 'ok':
        module.fail_json(**found)
    module.exit_json(changed=False, **found)


if __name__ == '__main__':
    main()
