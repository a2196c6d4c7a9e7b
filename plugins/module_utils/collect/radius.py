# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""pppd's RADIUS and winbind clients: configuration only, nothing is asked of any server."""

from __future__ import annotations

import posixpath
import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils import evidence as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.collect import system
from ansible_collections.vpnops.pptp.plugins.module_utils.firewall.model import ipv4
from ansible_collections.vpnops.pptp.plugins.module_utils.host import Host
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import radiusclient

_CONFIG = '/etc/radiusclient/radiusclient.conf'   # pppd/plugins/radius/radius.c, default
_FILES = 12                                        # dictionaries followed


def collect(host: Host, pppd: dict[str, t.Any]) -> dict[str, t.Any]:
    """``pptp_radius`` of docs/facts.md; *pppd* is ``pptp_pppd``. No shared secret is kept."""
    trail = ev.Trail()
    problems: list[t.Any] = []
    options = {option[0]: option[1] for option in pppd.get('options') or () if option[1]}
    plugins = {posixpath.basename(str(plugin.get('name'))) for plugin in pppd.get('plugins') or ()}
    configured = bool(plugins & {'radius.so', 'radrealms.so'})
    path = (options.get('radius-config-file') or [_CONFIG])[0]
    reading = host.read(path)
    text = trail.take(reading)
    facts: dict[str, t.Any] = {
        'configured': configured, 'config_path': path, 'status': reading.evidence.status, 'servers': [], 'targets': [],
        'acct_servers': [], 'missing_keys': [], 'servers_file': None, 'dictionary': None,
        'hostname_resolves': _hostname(host, trail), 'timeout': None, 'retries': None,
        'winbind': _winbind(host, trail, options, plugins)}
    if text is not None:
        facts.update(_config(host, trail, text, path, problems))
    if path.startswith('/etc/radcli/'):
        problems.append([path, 'radcli', 'the configuration of radcli, which the plugin of pppd cannot read'])
    facts.update(problems=problems[:20], evidence=trail.as_dict())
    return facts


def _config(host: Host, trail: ev.Trail, text: str, path: str, problems: list[t.Any]) -> dict[str, t.Any]:
    values, found = radiusclient.config(text.encode('utf-8', 'replace').decode(), path)
    problems += [list(item) for item in found]
    missing = [key for key in radiusclient.REQUIRED if key not in values]
    for key in ('radius_timeout', 'radius_retries'):
        if key in values and not _number(values[key]):
            missing.append(key)
    hosts = radiusclient.server_names(values.get('authserver', ''))
    accounting = radiusclient.server_names(values.get('acctserver', ''))
    targets = [[kind, *target] for kind, key in (('auth', 'authserver'), ('acct', 'acctserver'))
               for target in radiusclient.targets(values.get(key, ''), kind)]
    return {'servers': hosts, 'targets': targets, 'acct_servers': accounting, 'missing_keys': missing,
            'timeout': _number(values.get('radius_timeout', '')), 'retries': _number(values.get('radius_retries', '')),
            'servers_file': _servers(host, trail, values.get('servers'), hosts + accounting),
            'dictionary': _dictionary(host, trail, values.get('dictionary'))}


def _number(text: str) -> int | None:
    found = re.match(r'[0-9]{1,6}', text)
    return int(found.group(0)) if found else None


def _servers(host: Host, trail: ev.Trail, path: str | None, wanted: list[str]) -> dict[str, t.Any] | None:
    if not path:
        return None
    reading = host.read(path)
    text = trail.take(reading)
    names = [name.encode('utf-8', 'replace').decode() for name in radiusclient.servers(text or '')]
    return {'path': path, 'status': reading.evidence.status, 'hosts': names[:10],
            'missing': [name for name in dict.fromkeys(wanted) if name not in names] if text is not None else []}


def _dictionary(host: Host, trail: ev.Trail, path: str | None) -> dict[str, t.Any] | None:
    """Follow INCLUDE as dict.c does: the first file that is missing or has a bad type ends the reading."""
    if not path:
        return None
    queue, seen = [path], t.cast('list[str]', [])
    attributes: set[str] = set()
    problems: list[t.Any] = []
    dollar, unread = False, False
    while queue and len(seen) < _FILES:
        name = queue.pop(0)
        if name in seen:
            continue
        seen.append(name)
        text = trail.take(host.read(name))
        if text is None:
            unread = unread or trail.status(name) != ev.ABSENT or not system.absent(host.read(name))
            problems += [] if name == path else [[name, 'include-' + str(trail.status(name)), 'not read']]
            continue
        found = radiusclient.dictionary(text.encode('utf-8', 'replace').decode(), name)
        attributes |= found.attributes
        dollar, queue = dollar or found.dollar, found.includes + queue
        problems += [list(item) for item in found.problems]
    microsoft = True if len(attributes) > 1 else None if unread else False
    return {'path': path, 'status': trail.status(path), 'microsoft': microsoft, 'dollar_include': dollar,
            'problems': problems[:5]}


def _hostname(host: Host, trail: ev.Trail) -> bool | None:
    """Whether the host's own name stands in /etc/hosts; None where it does not, as DNS may know it."""
    name = (trail.take(host.read('/etc/hostname', 300)) or '').strip()
    text = trail.take(host.read('/etc/hosts'))
    if not name or text is None:
        return None
    for line in text.splitlines():
        words = line.partition('#')[0].split()
        if len(words) > 1 and ipv4(words[0]) is not None and name.lower() in (word.lower() for word in words[1:]):
            return True
    return None


def _winbind(host: Host, trail: ev.Trail, options: dict[str, t.Any], plugins: set[str]) -> dict[str, t.Any]:
    """The plugin's helper: only its program and whether it may use MS-CHAPv2 (ntlm_auth(1))."""
    helper = ' '.join(options.get('ntlm_auth-helper') or ())
    processes = system.processes(host, trail)
    return {'plugin': 'winbind.so' in plugins, 'helper': helper.split()[0] if helper.strip() else None,
            'allow_mschapv2': '--allow-mschapv2' in helper if helper else None,
            'running': None if processes is None else any(name == 'winbindd' for name, _pid in processes)}
