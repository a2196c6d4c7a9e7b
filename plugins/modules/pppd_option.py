# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: pppd_option
short_description: Options of pppd in a file
version_added: 0.1.0
description:
  - Sets, removes and comments out options in a file of pppd, one or many in one call, also where several stand on a
    line. The file is read in pppd's own grammar, and an option known under each of its names.
  - An option that cannot stand beside one that is asked for, such as C(nomppe) beside C(require-mppe-128), is
    removed, and the reason returned.
  - A plugin is put before the options that it defines.
extends_documentation_fragment:
  - ansible.builtin.files
  - vpnops.pptp.writers
options:
  path:
    description:
      - The file, which is the one that F(/etc/pptpd.conf) names for a PPTP server. Made if it is not there.
      - Every pppd of the host reads F(/etc/ppp/options).
    type: path
    required: true
  name:
    description:
      - The option, such as V(require-mppe-128).
      - V(addresses), V(speed) and V(device) are the bare words C(10.0.0.1:10.0.0.2), C(115200) and C(/dev/ttyS0).
    type: str
  value:
    description:
      - Its value, if it takes one. Of an option that stands there more than once the last is changed, which decides.
      - C(ms-dns) and C(ms-wins) take up to two, and are replaced as a whole. Those that may be given again and again,
        such as C(plugin), C(set) or C(allow-ip), are added to.
      - With O(state=absent) only occurrences with it are removed.
      - A word, a number, or a list of them. It is logged like any argument of a module.
    type: raw
  state:
    description: Whether there is such an option.
    type: str
    choices: [present, absent]
    default: present
  options:
    description: Several options at once.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: See O(name).
        type: str
        required: true
      value:
        description: See O(value).
        type: raw
      state:
        description: See O(state).
        type: str
        choices: [present, absent]
        default: present
  absent:
    description: Names of options to remove.
    type: list
    elements: str
    default: []
  disable:
    description:
      - Words to comment out where an option begins with them, known to pppd or not, such as V(requier-mppe-128) or
        V(plugin gone.so). What is asked for stays.
    type: list
    elements: str
    default: []
  validate:
    description:
      - Have C(pppd dryrun) read the new file before it is put in place, where pppd is installed. It loads plugins and
        opens a C(logfile), opens no link, and tells syslog nothing where a mount namespace of its own is allowed.
      - If it does not take it, and took the old one, or if it complains about an option that is asked for, the old
        file stays as it is and the module fails with what pppd says.
    type: bool
    default: false
seealso:
  - module: vpnops.pptp.pptpd_option
  - module: vpnops.pptp.chap_secret
author:
  - vpnops.pptp maintainers (@vpnops)
"""

EXAMPLES = r"""
- name: MS-CHAPv2 and MPPE, and servers for names
  vpnops.pptp.pppd_option:
    path: /etc/ppp/pptpd-options
    options:
      - name: require-mschap-v2
      - name: require-mppe-128
      - name: ms-dns
        value: [10.0.0.1, 10.0.0.2]
    absent: [debug]
    validate: true

- name: Keep a line that pppd does not know as a comment
  vpnops.pptp.pppd_option:
    path: /etc/ppp/pptpd-options
    disable: [requier-mppe-128]
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
      description: One of V(added), V(changed), V(moved), V(removed), V(disabled), V(conflict), V(bom).
      type: str
    name:
      description: The option.
      type: str
    line:
      description: The line on which it stood, or 0.
      type: int
    why:
      description: Why it cannot stand beside what is asked for.
      type: str
validated:
  description: Whether pppd takes the file; V(null) where it was not asked, is not installed, or cannot say.
  returned: always
  type: bool
"""

import os

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import atomic, pppd_dryrun, pppd_text
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.words import Unfit

OPTION = {
    'name': {'type': 'str', 'required': True},
    'value': {'type': 'raw'},
    'state': {'type': 'str', 'choices': ['present', 'absent'], 'default': 'present'},
}


def words(value):
    """The words of a *value* as it was given; a string is one, whatever it holds."""
    given = value if isinstance(value, list) else [] if value is None or value == '' else [value]
    if not all(isinstance(each, (str, int)) and not isinstance(each, bool) for each in given):
        raise Unfit('a value is neither a word nor a number: quote it')
    return tuple(map(str, given))


def wishes(params):
    """The options that are asked for."""
    single = [{name: params[name] for name in OPTION}] if params['name'] else []
    gone = [{'name': name, 'value': None, 'state': 'absent'} for name in params['absent']]
    return [pppd_text.Wish(each['name'], words(each['value']), each['state'] == 'present')
            for each in params['options'] + single + gone]


def complaint(module, pppd, data, named):
    """What pppd says against *data*."""
    path = os.path.join(module.tmpdir, 'options')
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'wb') as handle:
        handle.write(data)
    command = pppd_dryrun.arguments(pppd, path, data)
    if os.path.exists('/dev/log') and module.get_bin_path('unshare') and \
            module.run_command(pppd_dryrun.unheard(['true']))[0] == 0:
        command = pppd_dryrun.unheard(command)
    status, out, error = module.run_command(command, data='', environ_update={'LC_ALL': 'C'})
    os.unlink(path)
    return pppd_dryrun.complaint(status, error + out, path, data, named)


def validated(module, before, after, wanted):
    """Whether pppd takes *after*, ``None`` where nobody can say; the module fails where the change is to blame."""
    pppd = module.get_bin_path('pppd', opt_dirs=['/usr/sbin', '/sbin', '/usr/local/sbin'])
    if not pppd:
        return None
    named = module.params['path']
    says = complaint(module, pppd, after, named)
    if says is None:
        module.warn('pppd cannot say whether it takes %s: it does not take another file of options' % named)
        return None
    if not says:
        return True
    old = complaint(module, pppd, before, named) if before is not None else ''
    names = [name for wish in wanted if wish.present for name in (wish.name, *wish.values)]
    if before != after and pppd_dryrun.judged(old, says, names):
        module.fail_json(msg='pppd does not take the file, it stays as it is: %s' % says)
    module.warn('pppd does not take the file, nor did it before: %s' % says)
    return False


def main():
    """Read the arguments, change what differs."""
    module = AnsibleModule({
        'path': {'type': 'path', 'required': True},
        **{name: {**spec, 'required': False} for name, spec in OPTION.items()},
        'options': {'type': 'list', 'elements': 'dict', 'options': OPTION, 'default': []},
        'absent': {'type': 'list', 'elements': 'str', 'default': []},
        'disable': {'type': 'list', 'elements': 'str', 'default': []},
        'validate': {'type': 'bool', 'default': False},
        'backup': {'type': 'bool', 'default': False},
    }, supports_check_mode=True, add_file_common_args=True)
    target = atomic.File(module)
    before = target.data
    try:
        wanted = wishes(module.params)
        options = pppd_text.edit(before or b'', wanted, module.params['disable'])
    except Unfit as error:
        module.fail_json(msg='%s: %s' % (module.params['path'], error))
    after = options.data
    tried = module.params['validate'] and pppd_dryrun.can_try(target.path)
    fine = validated(module, before, after, wanted) if tried else None
    changed, attributes = False, {}
    if after or before is not None:
        changed, attributes = target.put(after)
    for warning in pppd_text.orphans(after, wanted):
        module.warn(warning)
    shown = atomic.difference(module.params['path'], *pppd_text.states(before or b'', options))
    module.exit_json(changed=changed, path=target.path, changes=[change._asdict() for change in options.changes],
                     validated=fine, diff=[shown, attributes],
                     **({'backup_file': target.backup} if target.backup else {}))


if __name__ == '__main__':
    main()
