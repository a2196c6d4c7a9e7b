# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Active Directory as the facts of a host show it: who uses winbind, whether it works, what a controller said."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import Proof

WINBIND, PROBE, PLUGIN = 'pptp_winbind', 'pptp_directory_probe', 'pptp_radius'
#: Values of `ntlm auth` with which a controller takes MS-CHAPv2, with ntlm_auth's --allow-mschapv2 or anyway.
ACCEPTS = ('mschapv2-and-ntlmv2-only', 'ntlmv1-permitted')
PIPE_MODE = '0750'      # winbindd does not start with any other (samba util_sock.c, create_pipe_sock)
SKEW = 300              # seconds between two clocks that Kerberos bears
_BROKEN_TRUST = re.compile(
    r'NT_STATUS_(?:ACCESS_DENIED|LOGON_FAILURE|WRONG_PASSWORD|NO_SUCH_USER|NO_TRUST_\w+|TRUSTED_\w+_FAILURE|'
    r'ACCOUNT_DISABLED|CANT_ACCESS_DOMAIN_INFO|INVALID_COMPUTER_NAME)\Z')
_SILENT = ('timeout', 'closed', 'unreachable', 'servfail', 'refused-by-server', 'malformed', 'no-resolver')
_NAMES_WORDS = {
    'timeout': 'no answer', 'closed': 'nothing listens on UDP 53 there', 'unreachable': 'no way there',
    'servfail': 'it fails (SERVFAIL)', 'refused-by-server': 'it refuses (REFUSED)', 'malformed': 'no usable answer',
    'no-resolver': '/etc/resolv.conf names no server', 'nxdomain': 'it knows no such name (NXDOMAIN)',
    'empty': 'it has no such record'}


def in_use(facts: Facts) -> bool | None:
    """Whether anything on this host checks passwords through winbind."""
    users = facts.items(WINBIND, 'used_by')
    if users is None:
        return facts.flag(PLUGIN, 'winbind', 'plugin')
    return bool(users)


def helpers(facts: Facts) -> list[dict[str, t.Any]]:
    """The lines of ntlm_auth that are in force: of pppd's winbind.so, of FreeRADIUS."""
    found = facts.maps(WINBIND, 'helpers')
    if found is None and facts.flag(PLUGIN, 'winbind', 'plugin'):
        row = facts.table(PLUGIN, 'winbind') or {}
        program = row.get('helper')
        return [{'user': 'pppd', 'program': program, 'absolute': str(program or '').startswith('/') or None
                 if program is None else str(program).startswith('/'), 'allow_mschapv2': row.get('allow_mschapv2')}]
    return found or []


def helper_proof(row: dict[str, t.Any], words: str) -> Proof:
    """A helper line as evidence."""
    who = {'freeradius': 'FreeRADIUS', 'pppd': 'pppd'}.get(str(row.get('user')), '')
    return Proof('pptp_winbind.helpers', '%s: %s %s' % (who, row.get('program') or 'ntlm_auth', words),
                 str(row.get('source') or ''))


def without_flag(facts: Facts) -> list[dict[str, t.Any]]:
    """The helper lines that lack --allow-mschapv2."""
    return [row for row in helpers(facts) if row.get('allow_mschapv2') is False]


def running(facts: Facts) -> bool | None:
    """Whether winbindd runs."""
    value = facts.flag(WINBIND, 'running')
    return facts.flag(PLUGIN, 'winbind', 'running') if value is None else value


def locked_out(facts: Facts) -> list[tuple[str, int | None]]:
    """(program, process) of those that may not enter the folder of the privileged pipe."""
    rows = facts.rows(WINBIND, 'privileged', 'users', width=4) or []
    return [(str(name), pid) for name, pid, _uid, inside in rows if inside is False]


def may_enter(facts: Facts) -> bool:
    """Whether all that need the privileged pipe are known to reach it."""
    rows = facts.rows(WINBIND, 'privileged', 'users', width=4) or []
    mode = facts.text(WINBIND, 'privileged', 'mode')
    return mode == PIPE_MODE and all(row[3] is True for row in rows) and \
        (bool(rows) or facts.items(WINBIND, 'used_by') == ['pppd'])


def trust_error(facts: Facts) -> str | None:
    """What the controller said to the password of this machine, where that was no."""
    for asked in ('trust', 'join'):      # wbinfo -t, net rpc testjoin
        error = facts.text(PROBE, asked, 'error')
        if facts.text(PROBE, asked, 'status') == 'failed' and _BROKEN_TRUST.match(error or ''):
            return error
    return None


def refuses_itself(facts: Facts) -> Proof | None:
    """This host is a controller, and its `ntlm auth` refuses MS-CHAPv2."""
    value = facts.items(WINBIND, 'smb', 'ntlm auth')
    if not facts.flag(WINBIND, 'dc') or not value or value[0] in (*ACCEPTS, None):
        return None
    return Proof('pptp_winbind.smb.ntlm auth', value[0], str(value[1]) if len(value) > 1 else '')


def names_fail(facts: Facts) -> Proof | None:
    """What the name servers said when asked for the controllers, where that was none."""
    status = facts.text(PROBE, 'srv', 'status')
    if status in (None, 'ok'):
        return None
    server = facts.text(PROBE, 'srv', 'server') or ''
    return Proof('pptp_directory_probe.srv', '%s: %s' % (facts.text(PROBE, 'srv', 'name') or '',
                                                         _NAMES_WORDS.get(str(status), str(status))),
                 'DNS %s' % server if server else '/etc/resolv.conf')


def names_silent(facts: Facts) -> bool:
    """Whether the name servers did not answer at all."""
    return facts.text(PROBE, 'srv', 'status') in _SILENT


def controllers(facts: Facts) -> tuple[list[Proof], list[Proof]]:
    """The controllers that answer on LDAP or SMB, and those that do not."""
    well: list[Proof] = []
    ill: list[Proof] = []
    for row in facts.maps(PROBE, 'controllers') or []:
        table = row.get('ports')
        ports = table if isinstance(table, dict) else {}
        words = ', '.join('TCP %s %s' % item for item in sorted(ports.items(), key=lambda item: int(item[0])
                                                                if str(item[0]).isdigit() else 0))
        proof = Proof('pptp_directory_probe.controllers', words, '%s %s' % (row.get('name'), row.get('address')))
        (well if 'open' in (ports.get('389'), ports.get('445')) else ill).append(proof)
    return well, ill


def closed_ports(facts: Facts) -> list[Proof]:
    """Ports that controllers which answer on another keep shut."""
    well, _ill = controllers(facts)
    return [proof for proof in well if re.search(r'TCP \d+ (?!open)', str(proof.value))]


def unreachable(facts: Facts) -> list[Proof]:
    """Why no controller can be reached, as far as the probe tells; nothing where one can, or nothing is known."""
    well, ill = controllers(facts)
    if well or facts.flag(PROBE, 'reachable') is not False:
        return []
    names = names_fail(facts)
    return ([names] if names else []) + ill


def account(facts: Facts, *states: str) -> list[Proof]:
    """Those of *states* that the account has which was asked for."""
    if not facts.flag(PROBE, 'account', 'found'):
        return []
    name = facts.text(PROBE, 'account', 'name') or ''
    return [Proof('pptp_directory_probe.account.' + state, True, 'the directory, account %s' % name)
            for state in states if facts.flag(PROBE, 'account', state)]


def account_lacks(facts: Facts, *states: str) -> bool:
    """Whether the account that was asked for is known to have none of *states*."""
    return bool(facts.flag(PROBE, 'account', 'found')) and \
        all(facts.flag(PROBE, 'account', state) is False for state in states)
