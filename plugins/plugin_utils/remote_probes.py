# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The second round trip of a diagnosis: a probe of RADIUS or of the directory, where the first one says that pppd (or
FreeRADIUS) uses it. A probe that fails costs nothing but its own facts."""

from __future__ import annotations

import re
import typing as t

from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

from ansible_collections.vpnops.pptp.plugins.module_utils.subjects import fit, plain
from ansible_collections.vpnops.pptp.plugins.plugin_utils import remote
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.run import configured_interpreter

RADIUS, DIRECTORY = 'vpnops.pptp.radius_probe', 'vpnops.pptp.directory_probe'
SENT = ('status', 'request', 'login')
ARGUMENTS: dict[str, t.Any] = {
    'radius_probe': {'type': 'list', 'elements': 'str', 'choices': list(SENT), 'default': ['status']},
    'login_user': {'type': 'str'},
    'login_password': {'type': 'str', 'no_log': True},
    'account': {'type': 'str'},
}
LIMIT = 16 * 1024      # bytes of what a probe adds to the facts of a host
_OTHERS = ('router',)  # roles that ask nobody
_PATH = re.compile(r'/[\w./+-]{1,200}')
Args = dict[str, t.Any]


def wanted(facts: Args, params: t.Mapping[str, t.Any]) -> list[tuple[str, Args]]:
    """``(module, arguments)`` of the probes that apply to a host with these *facts*."""
    known, found = Facts(facts), t.cast('list[tuple[str, Args]]', [])
    role = known.text('pptp_host', 'role')
    send = [word for word in params.get('radius_probe') or () if word != 'login' or _account(params)]
    if role in _OTHERS:
        return found
    config = known.text('pptp_radius', 'config_path') or ''
    plain = not config or _PATH.fullmatch(config)       # a probe of another file would tell of other servers
    if send and plain and role != 'radius' and known.flag('pptp_radius', 'configured'):
        arguments: Args = {'send': send, **({'config': config} if config else {})}
        if 'login' in send:
            arguments.update(user=params['login_user'], password=params['login_password'])
        found.append((RADIUS, arguments))
    if uses_directory(known):
        found.append((DIRECTORY, {'account': params['account']} if params.get('account') else {}))
    return found


def _account(params: t.Mapping[str, t.Any]) -> bool:
    return bool(params.get('login_user') and params.get('login_password'))


def uses_directory(known: Facts) -> bool:
    """Whether logins are checked by winbind: by pppd's plugin, or by rlm_mschap of a FreeRADIUS here."""
    mschap = known.table('pptp_freeradius', 'mschap') or {}
    return known.flag('pptp_radius', 'winbind', 'plugin') is True or \
        bool(mschap.get('ntlm_auth') or mschap.get('winbind_username'))


def add(action: ActionBase, source: str, facts: Args, params: t.Mapping[str, t.Any], task_vars: Args) -> Args:
    """*facts* with what the probes saw that apply, where they were read live; *params* as in :data:`ARGUMENTS`."""
    for module, arguments in wanted(facts, params) if source == 'live' else ():
        name = 'pptp_' + module.rpartition('.')[2]
        facts = {**facts, name: _run(action, module, arguments, name, task_vars)}
    return facts


def _run(action: ActionBase, module: str, arguments: Args, name: str, task_vars: Args) -> Args:
    try:
        result = action._execute_module(module_name=module, module_args=arguments,
                                        task_vars=remote.variables(task_vars, configured_interpreter(task_vars)))
    except AnsibleConnectionFailure:
        return _failed(name, 'the connection was lost')
    except Exception as error:  # pylint: disable=broad-except  # its text may quote what a target said
        return _failed(name, type(error).__name__)
    if result.get('failed') or result.get('unreachable') or result.get('skipped'):
        return _failed(name, remote.reason(result))
    given = result.get('ansible_facts')
    found = given.get(name) if isinstance(given, dict) else None
    if not isinstance(found, dict):
        return _failed(name, 'no facts')
    return t.cast('Args', fit({name: plain(found)}, LIMIT)[name])


def _failed(name: str, reason: str) -> Args:
    return {'evidence': {'failed': [[name.replace('pptp_', ''), reason[:200]]]}}
