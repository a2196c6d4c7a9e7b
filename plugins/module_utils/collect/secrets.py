# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""chap-secrets and pap-secrets: who is in them, what is broken, which line decides; never a secret."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils import evidence as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.collect.system import absent
from ansible_collections.vpnops.pptp.plugins.module_utils.host import Host
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import chap_secrets

PAP = '/etc/ppp/pap-secrets'
LIMIT = 16 * 1024 * 1024            # bytes read of a secrets file
_USERS, _EACH, _FILES = 40, 4, 50   # users shown, problems of one code, indirect files looked at


def collect(host: Host, pppd: dict[str, t.Any]) -> dict[str, t.Any]:
    """``pptp_secrets`` of docs/facts.md, for a pppd with the facts *pppd* (``pptp_pppd``)."""
    trail = ev.Trail()
    effective = pppd.get('effective') or {}
    path = effective.get('chap_secrets') or '/etc/ppp/chap-secrets'
    server = effective.get('name') or (_hostname(host, trail) if pppd.get('complete') else None)
    text = trail.take(host.read(path, LIMIT))
    facts: dict[str, t.Any] = {'path': path, 'entries': None, 'users': [], 'problems': [], 'deciding': None}
    facts['mode'], facts['owner'], facts['group'] = _mode(host, path)
    if text is not None:
        parsed = chap_secrets.parse(text)
        usable = [entry for entry in parsed.entries if entry.form != 'missing']
        problems = sorted(parsed.problems + _indirect(host, usable))
        facts['entries'], facts['users'] = len(usable), _users(parsed.entries, problems)
        facts['problems'] = _few(problems, path)
        facts['deciding'] = _deciding(usable, server, effective.get('remotename'))
    facts['pap'] = _pap(host, trail, server)
    facts['evidence'] = trail.as_dict()
    return facts


def _hostname(host: Host, trail: ev.Trail) -> str | None:
    for path in ('/proc/sys/kernel/hostname', '/etc/hostname'):
        text = trail.take(host.read(path, 4096))
        if text and text.strip():
            return text.split()[0]
    return None


def _mode(host: Host, path: str) -> tuple[str | None, int | None, int | None]:
    info = host.stat(path).value
    if info is None or info.mode is None:
        return None, None, None
    return '%04o' % info.mode, info.uid, info.gid


def _indirect(host: Host, entries: list[chap_secrets.Entry]) -> list[tuple[int, str, str]]:
    """Entries whose ``@/path`` does not exist. The path stays out of the evidence: it may be meant as a password."""
    named = [entry for entry in entries if entry.indirect][:_FILES]
    return [(entry.line, 'indirect-file-missing', entry.names[0]) for entry in named
            if absent(host.stat(entry.indirect))]


def _users(entries: list[chap_secrets.Entry], problems: list[tuple[int, str, str]]) -> list[dict[str, t.Any]]:
    """The first users, those with a problem before the others, in file order."""
    bad = {line for line, _code, _who in problems}
    chosen = sorted(entries, key=lambda entry: entry.line not in bad)[:_USERS] if len(entries) > _USERS else entries
    first: dict[tuple[str, str], int] = {}
    for entry in entries:
        if entry.form != 'missing' and '?' not in entry.names:
            first.setdefault(entry.names, entry.line)
    return [{'client': entry.names[0][:64], 'server': entry.names[1][:64], 'line': entry.line,
             'has_secret': entry.form not in ('missing', 'empty'), 'secret_form': entry.form,
             'addresses': [word if chap_secrets.is_address(word) else '?' for word in entry.addresses[:5]],
             'duplicate_of': None if first.get(entry.names) == entry.line else first.get(entry.names)}
            for entry in sorted(chosen, key=lambda entry: entry.line)]


def _few(problems: list[tuple[int, str, str]], path: str) -> list[list[str]]:
    counts: dict[str, int] = {}
    kept = []
    for line, code, who in problems:
        counts[code] = counts.get(code, 0) + 1
        if counts[code] <= _EACH:
            kept.append(['%s:%d' % (path, line), code, who])
    return kept


def _deciding(entries: list[chap_secrets.Entry], server: str | None, remotename: str | None) -> t.Any:
    if server is None and any(entry.server != '*' for entry in entries):
        return {'line': None, 'client': None, 'server': None, 'usable': None, 'why': 'name-unknown'}
    entry = chap_secrets.best(entries, server or '*', remotename)
    if entry is None:
        return None
    why = chap_secrets.usable(entry)
    return {'line': entry.line, 'client': entry.names[0][:64], 'server': entry.names[1][:64], 'usable': why == 'ok',
            'why': why}


def _pap(host: Host, trail: ev.Trail, server: str | None) -> dict[str, t.Any] | None:
    text = trail.take(host.read(PAP, LIMIT))
    if text is None:
        return None
    entries = [entry for entry in chap_secrets.parse(text).entries if entry.form != 'missing']
    open_to_all = any(entry.client == '*' and entry.form == 'empty' and entry.server in ('*', server)
                      and chap_secrets.usable(entry) == 'ok' for entry in entries)
    return {'path': PAP, 'mode': _mode(host, PAP)[0], 'entries': len(entries), 'wildcard_empty': open_to_all}
