# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: chap_secret
short_description: Users of pppd in chap-secrets
version_added: 0.1.0
description:
  - Adds, changes and removes lines of F(/etc/ppp/chap-secrets), one or many in one call, and mends broken ones.
  - Lines are found as pppd finds them, by the exact words in their first two columns, and written in its grammar, so
    that any secret works, with spaces, V(#), quotes, backslashes or letters of any language.
  - Later lines for the same client and server, which pppd ignores, are removed when the first one is managed.
  - A secret of which pppd reads only a part, for an unquoted V(#) or space or a quote that is not closed, is replaced
    with the rest of it. Lines that an open quote had swallowed are lines again then.
extends_documentation_fragment:
  - ansible.builtin.files
  - vpnops.pptp.writers
options:
  path:
    description: The file. Made if it is not there.
    type: path
    default: /etc/ppp/chap-secrets
  client:
    description: The name of the user, exactly as it is sent. V(*) is any.
    type: str
  server:
    description:
      - The C(name) of the server for which the line is. V(*) is any, and is what a new line gets.
      - Without it, O(state=absent) removes the lines of the client for all servers.
    type: str
  secret:
    description:
      - The password, of at most 256 bytes. May be left out where there is a line already.
      - One that begins with V(@/) is refused, as pppd takes it for the name of a file.
      - Letters beyond ASCII are written as UTF-8. pppd takes each of their bytes for a letter, which clients of Windows
        do not, so there is a warning.
    type: str
  addresses:
    description:
      - The addresses that the client may have, such as V(*), V(10.0.0.5), V(10.0.0.0/24), V(!10.0.0.9) or V(-).
      - Without it those that are there stay, and V(*) is written where there are none, as pppd refuses the line then.
    type: list
    elements: str
  state:
    description: Whether there is such a line.
    type: str
    choices: [present, absent]
    default: present
  update_secret:
    description: Whether a secret is set V(always), or V(on_create) of a line only.
    type: str
    choices: [always, on_create]
    default: always
  entries:
    description: Several lines at once, each with O(client) and the like. O(update_secret) is for all of them.
    type: list
    elements: dict
    suboptions:
      client:
        description: See O(client).
        type: str
        required: true
      server:
        description: See O(server).
        type: str
      secret:
        description: See O(secret).
        type: str
      addresses:
        description: See O(addresses).
        type: list
        elements: str
      state:
        description: See O(state).
        type: str
        choices: [present, absent]
        default: present
  purge:
    description: Remove every line that is not one of O(entries).
    type: bool
    default: false
  repair:
    description:
      - Mend lines that have one reading only, whatever their secret is. A missing address column becomes V(*); a byte
        order mark, CR LF line ends and no-break spaces between columns go.
      - What could mean two things stays, and is returned in RV(problems).
    type: bool
    default: false
  mode:
    description: The mode of the file. V(null) leaves it.
    default: '0600'
  owner:
    description: The owner of the file. V(null) leaves it. pppd from 2.5.3 takes no secrets from one that is not root's.
    default: root
author:
  - vpnops.pptp maintainers (@vpnops)
"""

EXAMPLES = r"""
- name: A user, whatever the server calls itself
  vpnops.pptp.chap_secret:
    client: alice
    secret: "{{ vault_alice }}"

- name: The users of this server, and nobody else
  vpnops.pptp.chap_secret:
    entries: "{{ vault_users }}"
    purge: true
    backup: true

- name: Mend what can be mended without a password
  vpnops.pptp.chap_secret:
    repair: true
"""

RETURN = r"""
path:
  description: The file, behind links.
  returned: always
  type: str
backup_file:
  description: The copy of the old file.
  returned: when one was made
  type: str
changes:
  description: What was done, or would be.
  returned: always
  type: list
  elements: dict
  contains:
    action:
      description: One of V(added), V(secret), V(addresses), V(removed), V(duplicate), V(purged), V(bom), V(crlf),
        V(nbsp), V(missing-address-column).
      type: str
    client:
      description: The first column, where it is certain that it is one.
      type: str
    server:
      description: The second column, where it is certain that it is one.
      type: str
    line:
      description: The line in the old file, or 0.
      type: int
problems:
  description: What is wrong in the file as it is now, and not for this module to judge.
  returned: always
  type: list
  elements: dict
  contains:
    line:
      description: The line.
      type: int
    problem:
      description: A code, such as V(unquoted-hash) or V(unquoted-space).
      type: str
    client:
      description: The first column, where it is certain that it is one.
      type: str
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import atomic, chap_shown, chap_text
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.words import Unfit

ENTRY = {
    'client': {'type': 'str', 'required': True},
    'server': {'type': 'str'},
    'secret': {'type': 'str', 'no_log': True},
    'addresses': {'type': 'list', 'elements': 'str'},
    'state': {'type': 'str', 'choices': ['present', 'absent'], 'default': 'present'},
}


def wishes(params):
    """The lines that are asked for."""
    single = [{name: params[name] for name in ENTRY}] if params['client'] is not None else []
    return [chap_text.Wish(each['client'], each['server'], each['secret'], each['addresses'],
                           each['state'] == 'present', params['update_secret'] == 'on_create')
            for each in (params['entries'] or []) + single]


def edited(before, wanted, purge, repair):
    """The file with what is asked for."""
    chap_text.distinct(wanted)
    secrets = chap_text.Secrets(before)
    if repair:
        secrets.repair()
    if purge:
        secrets.purge({wish.key for wish in wanted if wish.present})
    for wish in wanted:
        secrets.apply(wish)
    chap_text.verify(before, secrets, wanted)
    return secrets


def main():
    """Read the arguments, change what differs."""
    module = AnsibleModule({
        'path': {'type': 'path', 'default': '/etc/ppp/chap-secrets'},
        **{name: {**spec, 'required': False} for name, spec in ENTRY.items()},
        'update_secret': {'type': 'str', 'choices': ['always', 'on_create'], 'default': 'always', 'no_log': False},
        'entries': {'type': 'list', 'elements': 'dict', 'options': ENTRY},
        'purge': {'type': 'bool', 'default': False},
        'repair': {'type': 'bool', 'default': False},
        'backup': {'type': 'bool', 'default': False},
        'mode': {'type': 'raw', 'default': '0600'},
        'owner': {'type': 'str', 'default': 'root'},
    }, supports_check_mode=True, add_file_common_args=True,
        mutually_exclusive=[('client', 'entries')], required_one_of=[('client', 'entries', 'repair')])
    params = module.params
    if params['purge'] and params['entries'] is None:
        module.fail_json(msg='purge needs entries: it removes what is not one of them')
    wanted = wishes(params)
    target = atomic.File(module, private=True)
    before = target.data or b''
    try:
        secrets = edited(before, wanted, params['purge'], params['repair'])
    except Unfit as error:
        module.fail_json(msg='%s: %s' % (params['path'], error))
    after = secrets.data()
    changed, attributes = False, {}
    if after or target.data is not None:
        changed, attributes = target.put(after)
    shadows = chap_shown.shadows(after, [wish.key for wish in wanted if wish.present])
    for warning in (*chap_text.empty(wanted), *chap_text.beyond_ascii(wanted), *shadows):
        module.warn(warning)
    shown = atomic.difference(params['path'], *chap_shown.states(before, after, secrets.changes))
    module.exit_json(changed=changed, path=target.path, changes=[change._asdict() for change in secrets.changes],
                     problems=chap_shown.problems(after), diff=[shown, attributes],
                     **({'backup_file': target.backup} if target.backup else {}))


if __name__ == '__main__':
    main()
