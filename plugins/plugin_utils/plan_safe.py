# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a target said, let through as a variable of a role only where it is nothing but what it should be.

Each function gives the value anew, made of parsed parts, or ``None``: a name, a path or a list of addresses that holds
anything else never gets into a variable, so nothing that a target said is ever templated.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils import pools

_NAME = re.compile(r'[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?')
_PATH = re.compile(r'(?:/[A-Za-z0-9_][A-Za-z0-9._-]{0,60}){2,6}')
_WORD = re.compile(r'[a-z0-9][a-z0-9-]{1,40}')
#: Options without a value that a PPTP server may have: what a slip of the pen can have meant.
_OPTIONS = (
    'auth', 'chapms-strip-domain', 'crtscts', 'debug', 'ipcp-accept-local', 'ipcp-accept-remote', 'lock', 'modem',
    'noauth', 'nobsdcomp', 'noccp', 'nodefaultroute', 'nodeflate', 'noipx', 'noipv6', 'nologfd', 'nomppe', 'novj',
    'novjccomp', 'passive', 'persist', 'proxyarp', 'refuse-chap', 'refuse-eap', 'refuse-mschap',
    'refuse-mschap-v2', 'refuse-pap', 'require-chap', 'require-eap', 'require-mppe', 'require-mppe-128',
    'require-mppe-40', 'require-mschap', 'require-mschap-v2', 'require-pap', 'silent', 'usepeerdns')
#: What lets in more people, or fewer, than was meant if the guess is wrong: never a correction.
_NEVER = ('noauth', 'nomppe', 'noccp', 'require-pap', 'require-chap', 'require-eap', 'require-mppe-40',
          'require-mschap')
_SLIPS = 2          # single letters that are wrong, missing, too many or changed places
_LONG = 8           # letters of a word whose slips can be told from another word
_PLACES = ('/etc/', '/usr/local/etc/')


def name(value: t.Any) -> str | None:
    """A host or server name as pppd takes it: letters, digits, dots, dashes and underscores."""
    return str(value) if isinstance(value, str) and _NAME.fullmatch(value) else None


def path(value: t.Any) -> str | None:
    """An absolute path of a configuration file, without anything that a shell or a template reads otherwise."""
    plain = isinstance(value, str) and _PATH.fullmatch(value) and value.startswith(_PLACES)
    return str(value) if plain else None


def source_path(value: t.Any) -> str | None:
    """The path of a source such as ``/etc/ppp/pptpd-options:4``."""
    return path(str(value).rpartition(':')[0])


def word(value: t.Any) -> str | None:
    """A word that could be the name of an option of pppd."""
    return str(value) if isinstance(value, str) and _WORD.fullmatch(value) else None


def address(value: t.Any) -> str | None:
    """An IPv4 address."""
    found = pools.address(value) if isinstance(value, str) and '/' not in value else None
    return str(found) if found is not None else None


def networks(value: t.Any) -> list[str]:
    """Those of a list that are IPv4 networks, written anew."""
    found = [pools.network(item) for item in value] if isinstance(value, list) else []
    return [str(item.cidr) for item in found if item is not None]


def nearest(wrong: str) -> str:
    """The option that *wrong* is a slip of, nothing where there are several or none, or where it decides who comes in.

    ``requier-mppe-128`` is ``require-mppe-128``.
    """
    if len(wrong) < _LONG or wrong in _OPTIONS:
        return ''
    ranked = sorted((slips(wrong, option), option) for option in _OPTIONS)
    (least, option), (second, _other) = ranked[:2]
    return option if least <= _SLIPS and least < second and option not in _NEVER else ''


def slips(one: str, other: str) -> int:
    """How many slips turn *one* into *other*: letters wrong, missing, too many, or two neighbours swapped."""
    rows = [list(range(len(other) + 1))]
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, wanted in enumerate(other, 1):
            cost = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, rows[-2][j - 2] + 1)
            row.append(cost)
        rows.append(row)
    return rows[-1][-1]
