# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A RADIUS server that runs FreeRADIUS 3: its clients, what it does with MS-CHAP, and what its log says of both."""

from __future__ import annotations

import posixpath
import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils import evidence as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.collect import system
from ansible_collections.vpnops.pptp.plugins.module_utils.commands import RADDB
from ansible_collections.vpnops.pptp.plugins.module_utils.host import Host
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import (
    freeradius_conf as fc,
    freeradius_facts as facts,
    radius_log,
)

PROGRAMS = ('freeradius', 'radiusd')                                            # Debian, RedHat
_LOGS = ('/var/log/freeradius/radius.log', '/var/log/radius/radius.log')
_WINDOW = 2 << 20                                                              # bytes of a log that are read
_POLICY = '/policy.d/'                                                         # not recorded: no module stands there
Facts = t.Dict[str, t.Any]


def collect(host: Host, logs: Facts) -> Facts:
    """``pptp_freeradius`` of docs/facts.md; *logs* is ``pptp_logs``. No shared secret is kept."""
    trail = ev.Trail()
    processes, packages = system.processes(host, trail), system.installed(host, trail)
    version = next((packages[name] for name in PROGRAMS if name in packages), None) if packages else None
    running = None if processes is None else any(name in PROGRAMS for name, _pid in processes)
    base = next((path for path in RADDB if host.stat(path + 'radiusd.conf').value is not None
                 or host.read(path + 'radiusd.conf').evidence.status in (ev.DENIED, ev.FAILED)), None)
    found: Facts = {
        'installed': True if version or base or running else None if packages is None else False,
        'running': running, 'version': re.sub(r'^\d+:', '', version).split('-')[0].split('+')[0] if version else None,
        'config_dir': base.rstrip('/') if base else None, 'sockets': _sockets(host, trail)}
    found.update(_config(host, trail, base))
    found.update(_log(host, trail, (found['log'] or {}).get('file'), logs))
    return dict(found, evidence=trail.as_dict())


def _sockets(host: Host, trail: ev.Trail) -> list[list[t.Any]] | None:
    texts = [trail.take(host.read(path)) for path in ('/proc/net/udp', '/proc/net/udp6')]
    return None if texts[0] is None else facts.sockets('\n'.join(text or '' for text in texts))


def _config(host: Host, trail: ev.Trail, base: str | None) -> Facts:
    """What the configuration in *base* says; all of it is None where it was not read."""
    empty: Facts = dict.fromkeys(('readable', 'clients', 'clients_complete', 'mschap', 'sites', 'log', 'security'))
    if base is None or trail.take(host.read(base + 'radiusd.conf')) is None:
        return dict(empty, readable=False if base else None, problems=[])

    def load(path: str) -> str | None:
        reading = host.read(path)
        if reading.evidence.status != ev.OK:
            trail.note(reading.evidence)
        return None if _POLICY in path else reading.value

    def names(path: str) -> t.Sequence[str] | None:
        if _POLICY in path:
            return ()
        listed = host.list(path.rstrip('/')).value
        return None if listed is None else [
            name for name in listed if getattr(host.stat(posixpath.join(path, name)).value, 'kind', '') != 'dir']

    tree = fc.Tree(base + 'radiusd.conf', load, names)
    clients, complete = facts.clients(tree.top)
    return {'readable': tree.top.whole, 'clients': clients, 'clients_complete': complete,
            'mschap': facts.mschap(tree.top), 'sites': facts.sites(tree.top), 'log': facts.log(tree.top),
            'security': facts.security(tree.top), 'problems': [list(item) for item in tree.problems]}


def _log(host: Host, trail: ev.Trail, named: str | None, logs: Facts) -> Facts:
    """What the log of this server says: about its clients and users, and the signatures that were seen in it."""
    seen, paths = radius_log.Seen(), list(dict.fromkeys([named or _LOGS[0], *_LOGS]))
    read = []
    for path in paths:
        for one in (path + '.1', path):
            text, whole = _tail(host, trail, one)
            if text is not None:
                read.append(one)
                seen.take(text, one if whole else '')
    output = None if read else host.run('journal').value      # `destination = syslog` in the section log
    if output is not None:
        seen.take(output.stdout, '')
        read += ['journal'] if seen.lines else []
    signatures = {name: row for name, row in (logs.get('signatures') or {}).items()
                  if name.startswith('rad-') and isinstance(row, list)}
    return {'log_read': read, 'log_clients': seen.clients(), 'log_users': seen.users(), 'learned': [
        [name, *row] for name, row in list(seen.learned.items())[:20]], 'started': seen.started,
        'signatures': signatures}


def _tail(host: Host, trail: ev.Trail, path: str) -> tuple[str | None, bool]:
    """The end of the log *path*, and whether its lines are numbered as those of the file."""
    info = host.stat(path).value
    opened = host.open(path)
    trail.note(opened.evidence)
    if opened.value is None or info is None:
        return None, False
    start = max(0, info.size - _WINDOW)
    try:
        with opened.value as handle:
            handle.seek(start)
            text = handle.read(_WINDOW).decode('utf-8', 'surrogateescape')
    except (OSError, EOFError) as error:
        trail.note(ev.Evidence(path, ev.FAILED, type(error).__name__))
        return None, False
    return text, not start and opened.evidence.status == ev.OK
