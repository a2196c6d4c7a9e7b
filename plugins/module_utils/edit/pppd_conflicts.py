# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Options of pppd that cannot stand beside one that is asked for, and why.

Sample: ``against('require-mppe-128')['nomppe']`` is ``it switches MPPE off``.
"""

from __future__ import annotations

from ansible_collections.vpnops.pptp.plugins.module_utils.parse import option_table as table

_MPPE_ON = ('require-mppe', 'require-mppe-40', 'require-mppe-128')
_NO_KEYS = 'MPPE takes its keys from MS-CHAP, so that a session with it and MPPE always fails'
# ccp.c (which bits are cleared, and what else MPPE needs), auth.c (auth and its opposites), options.c (log_to_fd),
# tty.c (modem control and flow control)
_MPPE = {'nomppe': 'it switches MPPE off', 'noccp': 'MPPE is negotiated in CCP', 'require-pap': _NO_KEYS,
         'require-chap': _NO_KEYS}
_LOGIN = ('auth', 'require-pap', 'require-chap', 'require-mschap', 'require-mschap-v2', 'require-eap')
_SAME = 'it says the opposite'
_GROUPS = (
    ('crtscts', 'cdtrcts', 'nocrtscts', 'nocdtrcts', 'xonxoff'),
    ('modem', 'local'),
    ('nodetach', 'updetach'),
    ('logfile', 'nolog', 'nologfd'),
    ('logfd', 'nolog', 'nologfd'),
    ('hide-password', 'show-password'),
    ('name', 'usehostname'),
)
_REFUSING = {'refuse-': 'require-', 'require-': 'refuse-'}


def against(name: str) -> dict[str, str]:
    """Options that *name* excludes, each with the reason."""
    found: dict[str, str] = {}
    for group in _GROUPS:
        if name in group:
            found.update((other, _SAME) for other in group if other != name)
    for other in _opposites(name):
        found[other] = _SAME
    if name in _MPPE_ON:
        found.update(_MPPE)
        found.update({'nomppe' + name[len('require-mppe'):]: 'it switches MPPE off'})
    elif name in ('nomppe', 'noccp'):
        found.update(dict.fromkeys(_MPPE_ON, _MPPE[name]))
    elif name in ('nomppe-40', 'nomppe-128'):
        found['require-' + name[2:]] = _MPPE['nomppe']
    elif name in _LOGIN:
        found['noauth'] = 'it lets clients in without a login'
    elif name == 'noauth':
        found.update(dict.fromkeys(_LOGIN, 'it asks for a login'))
    return found


def _opposites(name: str) -> list[str]:
    """``noX`` for ``X``, ``X`` for ``noX``, ``refuse-X`` for ``require-X`` and back, where there is such an option."""
    forms = ['no' + name, name[2:] if name.startswith('no') else '']
    forms += [other + name[len(prefix):] for prefix, other in _REFUSING.items() if name.startswith(prefix)]
    return [option.name for option in map(table.find, filter(None, forms)) if option and option.name != name]
