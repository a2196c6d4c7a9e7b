# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: winbind_join
short_description: The membership of a host in an Active Directory domain, with Samba
version_added: 0.1.0
description:
  - Joins the domain that F(/etc/samba/smb.conf) names, or leaves it, with C(net ads). A host that is a member already
    (C(net ads testjoin)) is left alone.
  - Where no controller answers, it cannot be told whether the host is one. Nothing is joined or left then, and the
    module fails with what was seen.
  - The password goes to C(net) in a file that only root can read and that is gone afterwards. It stands in no command
    line and no environment.
attributes:
  check_mode:
    description: Can run in check mode and return what it would return without it.
    support: full
  diff_mode:
    description: Returns details on what has changed, in diff mode.
    support: none
  platform:
    description: Target systems it works on.
    support: full
    platforms: posix
options:
  user:
    description: An account that may join hosts to the domain.
    type: str
    required: true
  password:
    description: Its password.
    type: str
    required: true
  state:
    description: Whether the host is a member. V(absent) removes its account from the domain.
    type: str
    choices: [present, absent]
    default: present
  timeout:
    description: After how many seconds to give up, which is needed where no controller answers.
    type: int
    default: 60
notes:
  - Needs Python 3.8 or later and C(net) of Samba on the target.
author:
  - vpnops.pptp maintainers (@vpnops)
"""

EXAMPLES = r"""
- name: A member of the domain
  vpnops.pptp.winbind_join:
    user: "{{ vault_join_user }}"
    password: "{{ vault_join_password }}"
"""

RETURN = r"""
joined:
  description: Whether the host is a member, or would be.
  returned: success
  type: bool
  sample: true
"""

import os
import re
import tempfile

from ansible.module_utils.basic import AnsibleModule

#: A controller says that it does not know this host (by its password), or the host has none. That the join is "not
#: valid" net says whatever the reason is (samba source3/utils/net_ads.c, net_ads_testjoin).
NOT_JOINED = re.compile(r'KDC_ERR_C_PRINCIPAL_UNKNOWN|Client not found in Kerberos|Preauthentication failed|'
                        r'LOGON_FAILURE|The attempted logon is invalid|CANT_ACCESS_DOMAIN_INFO|NO_TRUST_SAM_ACCOUNT',
                        re.I)
#: No controller was reached, or not all of them: what else is said is then no reason to join.
UNREACHED = re.compile(r'NO_?LOGON_SERVERS|No logon servers|Cannot (?:contact|find|resolve|locate)\b|UNREACHABLE|'
                       r'TIME_?OUT|timed? ?out|DOMAIN_CONTROLLER_NOT_FOUND|DC_NOT_FOUND|NO_SUCH_DOMAIN|SERVER_DOWN|'
                       r'CONNECTION_(?:REFUSED|RESET|DISCONNECTED)|Failed to open \S*secrets\.tdb', re.I)
EXPIRED = (124, 137)    # of timeout(1)


def joined(module, net, seconds):
    """Whether the host is a member; the module fails where nothing tells."""
    command = ['timeout', '-k', '5', str(seconds), net, '-P', 'ads', 'testjoin']
    code, out, error = module.run_command(command, environ_update={'LC_ALL': 'C'})
    text = '%s\n%s' % (out, error)
    if code == 0 and 'OK' in out:
        return True
    if code not in EXPIRED and NOT_JOINED.search(text) and not UNREACHED.search(text):
        return False
    seen = 'net ads testjoin did not end within %d s' % seconds if code in EXPIRED else last(text, '')
    module.fail_json(msg='whether this host is a member of the domain cannot be told, nothing was done: %s' % seen)
    return False


def last(text, secret):
    """The last line of *text* that says something, without *secret*."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    line = lines[-1][:200] if lines else 'no word'
    return line.replace(secret, '********') if secret else line


def act(module, net, action, seconds):
    """Join or leave."""
    user, password = module.params['user'], module.params['password']
    if any(letter in user + password for letter in '\r\n\0'):
        module.fail_json(msg='neither the name nor the password may hold a line end')
    handle, path = tempfile.mkstemp(dir=module.tmpdir)
    try:
        with os.fdopen(handle, 'w', encoding='utf-8') as writer:
            writer.write('username = %s\npassword = %s\n' % (user, password))
        code, out, error = module.run_command(['timeout', '-k', '5', str(seconds), net, 'ads', action, '-A', path],
                                              environ_update={'LC_ALL': 'C'})
    finally:
        os.unlink(path)
    if code:
        module.fail_json(msg='net ads %s: %s' % (action, last(error or out, password)))


def main():
    """Look, and act where that is needed."""
    module = AnsibleModule({
        'user': {'type': 'str', 'required': True},
        'password': {'type': 'str', 'required': True, 'no_log': True},
        'state': {'type': 'str', 'choices': ['present', 'absent'], 'default': 'present'},
        'timeout': {'type': 'int', 'default': 60},
    }, supports_check_mode=True)
    seconds = module.params['timeout']
    net = module.get_bin_path('net')
    if not net and module.check_mode:
        module.exit_json(changed=module.params['state'] == 'present', joined=module.params['state'] == 'present')
    if not net:
        module.fail_json(msg='there is no net of Samba')
    wanted, now = module.params['state'] == 'present', joined(module, net, seconds)
    if wanted != now and not module.check_mode:
        act(module, net, 'join' if wanted else 'leave', seconds)
    module.exit_json(changed=wanted != now, joined=wanted)


if __name__ == '__main__':
    main()
