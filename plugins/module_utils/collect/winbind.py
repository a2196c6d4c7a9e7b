# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""winbind on this host: who uses it, whether they may, and what smb.conf says. No controller is asked."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils import evidence as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.collect import system
from ansible_collections.vpnops.pptp.plugins.module_utils.host import Host
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import smb_conf, winbind as wb

SMB_CONF = '/etc/samba/smb.conf'                          # Debian, RedHat
PRIVILEGED = '/var/lib/samba/winbindd_privileged'         # winbindd(8); Debian, RedHat
_SECRETS = '/var/lib/samba/private/secrets.tdb'
_NTLM_AUTH = '/usr/bin/ntlm_auth'
_INCLUDES = 12                                            # files followed; Samba goes 100 deep (MAX_INCLUDE_DEPTH)
_SHOWN = ('realm', 'workgroup', 'security', 'server role', 'ntlm auth', 'netbios name', 'password server',
          'winbind use default domain', 'winbind separator')
_DEFAULTS = {'security': 'auto', 'server role': 'auto', 'ntlm auth': 'ntlmv2-only', 'workgroup': 'WORKGROUP'}
_SERVERS = {'freeradius': ('freeradius', 'radiusd')}      # Debian, RedHat

Facts = t.Dict[str, t.Any]


def collect(host: Host, pppd: Facts, freeradius: Facts) -> Facts:
    """``pptp_winbind`` of docs/facts.md; *pppd* and *freeradius* are ``pptp_pppd`` and ``pptp_freeradius``."""
    trail = ev.Trail()
    processes = system.processes(host, trail)
    names = system.installed(host, trail)
    pid = next((number for name, number in processes or () if name == 'winbindd'), None)
    there = host.stat('/usr/sbin/winbindd').value is not None or pid is not None
    packages = None if names is None else bool({'winbind', 'samba-winbind'} & set(names))
    problems: list[list[t.Any]] = []
    smb = read_smb(host, trail, problems)
    helpers = _of_pppd(host, pppd) + _of_freeradius(host, freeradius)
    return {
        'installed': there or packages, 'running': None if processes is None else pid is not None, 'pid': pid,
        'ping': _ping(host, trail), 'used_by': _used_by(helpers, pppd, freeradius), 'helpers': helpers,
        'privileged': _privileged(host, trail, processes), 'smb': smb, 'dc': _is_dc(smb),
        'joined': False if smb and system.absent(host.stat(_SECRETS)) else None,
        'problems': problems[:20], 'evidence': trail.as_dict()}


def read_smb(host: Host, trail: ev.Trail, problems: list[list[t.Any]]) -> Facts | None:
    """``{parameter: [value, source]}``; defaults have the source ``default``. ``None`` where there is no smb.conf."""
    found: dict[str, tuple[str | None, str]] = {}
    if trail.take(host.read(SMB_CONF, 1 << 20)) is None:
        return None
    _file(host, trail, SMB_CONF, found, problems, [])
    facts: Facts = {}
    for name in _SHOWN:
        value = found.get(smb_conf.squeeze(name)) or (_DEFAULTS.get(name), 'default')
        facts[name] = list(value)
    return facts


def _file(host: Host, trail: ev.Trail, path: str, found: dict[str, tuple[str | None, str]],
          problems: list[list[t.Any]], seen: list[str]) -> None:
    """Take the parameters of *path*, and of the files that it includes where it does."""
    seen.append(path)
    text = trail.take(host.read(path, 1 << 20))
    if text is None:
        problems.append([seen[0], 'include-missing', 'not read: %s' % path[:120]])
        return
    conf = smb_conf.parse(text.encode('utf-8', 'replace').decode())
    problems += [['%s:%d' % (path, line), code, words] for line, code, words in conf.problems]
    for line in conf.lines:
        source = '%s:%d' % (path, line.line)
        if line.name in ('include', 'configfile'):
            if not re.match(r'/[^%\s]+\Z', line.value) or line.value in seen or len(seen) >= _INCLUDES:
                problems.append([source, 'include-unread', line.value[:80]])
            else:
                _file(host, trail, line.value, found, problems, seen)
        else:
            found[line.name] = (None if smb_conf.MASK in line.value else line.value[:200], source)


def _is_dc(smb: Facts | None) -> bool | None:
    """Whether this host is itself a controller that judges passwords."""
    role = (smb or {}).get('server role', [None])[0]
    return None if role is None else role == 'dc'


def _ping(host: Host, trail: ev.Trail) -> str | None:
    """What ``wbinfo -p`` came to: ok, failed, timeout; ``None`` where it was not run."""
    reading = host.run('wbinfo')
    output = trail.take(reading)
    if output is not None:
        return 'ok' if 'succeeded' in output.stdout else 'failed'
    reason = reading.evidence.reason
    return 'timeout' if reason.startswith('no answer') else 'failed' if reason.startswith('exit') else None


def _of_pppd(host: Host, pppd: Facts) -> list[Facts]:
    """The helper of pppd's winbind.so, where that is in force."""
    if 'winbind.so' not in {str(plugin.get('name')).rpartition('/')[2] for plugin in pppd.get('plugins') or ()}:
        return []
    rows = [option for option in pppd.get('options') or () if option[0] == 'ntlm_auth-helper']
    line, source = (' '.join(rows[-1][1]), rows[-1][2]) if rows else ('', '')
    return [dict(wb.helper(line), user='pppd', source=source, exists=_exists(host, line))]


def _of_freeradius(host: Host, freeradius: Facts) -> list[Facts]:
    """The helper of FreeRADIUS' module mschap, or libwbclient, which it may use instead (rlm_mschap.c)."""
    module = freeradius.get('mschap') or {}
    row, source = module.get('ntlm_auth'), str(module.get('source') or '')
    if module.get('winbind_username'):
        return [{'user': 'freeradius', 'program': None, 'absolute': None, 'exists': None, 'allow_mschapv2': True,
                 'request_nt_key': True, 'protocol': 'libwbclient', 'source': source}]
    if not isinstance(row, dict):
        return []
    program, flags = row.get('program') or '', row.get('flags')
    return [{'user': 'freeradius', 'program': program or None, 'absolute': program.startswith('/') if program else None,
             'exists': _exists(host, program), 'protocol': None, 'source': str(row.get('source') or source),
             'allow_mschapv2': None if flags is None else wb.ALLOW in flags,
             'request_nt_key': None if flags is None else wb.NT_KEY in flags,
             'username': row.get('username'), 'domain': row.get('domain')}]


def _exists(host: Host, line: str) -> bool | None:
    program = (line.split() or [''])[0]
    if not program.startswith('/') or '$' in program or '%' in program:
        return None
    reading = host.stat(program)
    return True if reading.value is not None else False if system.absent(reading) else None


def _used_by(helpers: list[Facts], pppd: Facts, freeradius: Facts) -> list[str] | None:
    """Who checks passwords through winbind: pppd, freeradius; ``None`` where neither configuration was read whole."""
    users = list(dict.fromkeys(item['user'] for item in helpers))
    known = pppd.get('complete') is not False and (freeradius.get('installed') is False or freeradius.get('mschap'))
    return users if users or known else None


def _privileged(host: Host, trail: ev.Trail, processes: list[list[t.Any]] | None) -> Facts | None:
    """``{path, mode, gid, group, members, users: [[program, pid, uid, in_group], ..]}`` of the folder of the pipe."""
    reading = host.stat(PRIVILEGED)
    info = trail.take(reading)
    if info is None or info.mode is None:
        return None
    table = wb.groups(trail.take(host.read('/etc/group')) or '')
    name, members = next(((name, row[1]) for name, row in table.items() if row[0] == info.gid), (None, ()))
    return {'path': PRIVILEGED, 'mode': '%04o' % info.mode, 'gid': info.gid, 'group': name, 'members': list(members),
            'users': [_user(host, program, pid, info) for program, pid in processes or ()
                      if program in _SERVERS['freeradius']][:4]}


def _user(host: Host, program: str, pid: int, info: t.Any) -> list[t.Any]:
    """Whether a process may enter the folder: as root, by its group, or because anybody may."""
    rights = wb.rights(host.read('/proc/%d/status' % pid, 8192).value or '')
    if rights is None:
        return [program, pid, None, None]
    open_to_all = info.mode & 0o001
    by_group = info.mode & 0o010 and info.gid in rights.groups
    return [program, pid, rights.uid, bool(rights.uid == 0 or by_group or open_to_all)]
