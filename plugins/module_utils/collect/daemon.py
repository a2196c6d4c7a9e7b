# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The PPTP server: packages, unit, processes, and who listens on TCP 1723."""

from __future__ import annotations

import re
import shlex
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils import evidence as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.collect import system
from ansible_collections.vpnops.pptp.plugins.module_utils.host import Host
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import sockets, units

_MANAGERS = ('pptpd', 'accel-pppd')
PORT = 1723   # RFC 2637, section 3.1.3
_BINARIES = ('/usr/sbin/pptpd', '/usr/local/sbin/pptpd', '/usr/bin/pptpd', '/usr/sbin/accel-pppd')
_DEFAULTS = ('/etc/default/pptpd', '/etc/sysconfig/pptpd')
_UNITS = ('/etc/systemd/system/pptpd.service', '/lib/systemd/system/pptpd.service',
          '/usr/lib/systemd/system/pptpd.service')


def collect(host: Host) -> dict[str, t.Any]:
    """``pptp_daemon`` of docs/facts.md."""
    trail = ev.Trail()
    packages = system.installed(host, trail)
    processes = system.processes(host, trail)
    listeners = _listeners(host, trail)
    unit = _unit(host, trail)
    running = _running(processes, listeners, unit)
    name = _name(host, packages or {}, processes or [], unit)
    version = (packages or {}).get(name or '')
    return {'name': name, 'packages': packages or {}, 'version': re.split(r'[-+~]', version)[0] if version else None,
            'installed': _installed(host, packages, name), 'running': running, 'unit': unit,
            'processes': processes, 'listeners': listeners, 'options': _options(host, trail),
            'evidence': trail.as_dict()}


def _name(host: Host, packages: dict[str, str], processes: list[list[t.Any]], unit: t.Any) -> str | None:
    running = {process[0] for process in processes}
    if 'accel-pppd' in running:
        return 'accel-ppp'
    if running & {'pptpd', 'pptpctrl'} or 'pptpd' in packages:
        return 'pptpd'
    if 'accel-ppp' in packages or host.stat('/etc/accel-ppp.conf').value:
        return 'accel-ppp'
    found = unit and unit['load'] == 'loaded' or host.stat('/etc/pptpd.conf').value
    return 'pptpd' if found or any(host.stat(path).value for path in _BINARIES[:3]) else None


def _installed(host: Host, packages: dict[str, str] | None, name: str | None) -> bool | None:
    stats = [host.stat(path) for path in _BINARIES]
    if (packages and name in packages) or any(stat.value for stat in stats):
        return True
    return False if all(system.absent(stat) for stat in stats) or packages else None


def _running(processes: t.Any, listeners: t.Any, unit: t.Any) -> bool | None:
    if processes is not None:
        return any(name in _MANAGERS for name, _pid in processes)
    if unit and unit['active']:
        return unit['active'] in ('active', 'activating', 'reloading')
    return True if listeners and any(row['process'] in _MANAGERS for row in listeners) else None


def _unit(host: Host, trail: ev.Trail) -> dict[str, t.Any] | None:
    if not system.absent(host.stat('/run/systemd/system')):
        for command in ('systemctl-show', 'systemctl-status', 'systemctl-is-active'):
            output = trail.take(host.run(command))
            unit = units.parse(output.stdout) if output else None
            if unit:
                return unit
    return None


def _listeners(host: Host, trail: ev.Trail) -> list[dict[str, t.Any]] | None:
    texts = [trail.take(host.read(path)) for path in ('/proc/net/tcp', '/proc/net/tcp6')]
    if texts[0] is None:
        output = trail.take(host.run('ss'))
        return sockets.listeners(output.stdout, PORT)[:8] if output else None
    found = [row for text in texts for row in sockets.proc_tcp(text or '', PORT)]
    owners = [row for row in system.processes(host, trail) or () if row[0] in _MANAGERS]
    process, pid = owners[0] if len(owners) == 1 else (None, None)   # they end when they cannot bind: pptpmanager.c
    return [{'address': address, 'port': PORT, 'process': process, 'pid': pid} for address in found[:8]]


def _options(host: Host, trail: ev.Trail) -> list[str]:
    """Words after the program: of DAEMON_OPTS or OPTIONS in the defaults, and of the unit's ExecStart."""
    words: list[str] = []
    units_seen = 0
    for path in _DEFAULTS + _UNITS:
        if units_seen:
            break
        text = (trail.take(host.read(path, 65536)) or '').encode('utf-8', 'replace').decode()
        for value in re.findall(r'''^(?:DAEMON_OPTS|OPTIONS|PPTPD_OPTS|ExecStart)[ \t]*=(.*)$''', text, re.M):
            try:
                parts = shlex.split(value)
            except ValueError:
                parts = value.split()
            parts = ' '.join(parts).split()
            units_seen += path in _UNITS
            words += [part[:80] for part in parts if not part.endswith('pptpd') and part[:1] != '$']
    return words[:20]
