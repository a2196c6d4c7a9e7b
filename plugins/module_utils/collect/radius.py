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
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import radius_dictionary, radiusclient as rc
from ansible_collections.vpnops.pptp.plugins.module_utils.parse.pppd_options import version_key

_CONFIG = '/etc/radiusclient/radiusclient.conf'   # pppd/plugins/radius/radius.c, default
_IPV6 = re.compile(r'(?<![^\s,])\[?[0-9a-fA-F]*:[0-9a-fA-F:]*:[^\s,]*')
_GIVES_UP = ('bogus-line', 'bad-order')             # problems at which pppd gives up
Facts = t.Dict[str, t.Any]


def collect(host: Host, pppd: Facts) -> Facts:
    """``pptp_radius`` of docs/facts.md; *pppd* is ``pptp_pppd``. No shared secret is kept."""
    trail = ev.Trail()
    options = {option[0]: option[1] for option in pppd.get('options') or () if option[1]}
    plugins = {posixpath.basename(str(plugin.get('name'))) for plugin in pppd.get('plugins') or ()}
    path = (options.get('radius-config-file') or [_CONFIG])[0]
    reading = host.read(path)
    text = trail.take(reading)
    facts: Facts = {
        'configured': bool(plugins & {'radius.so', 'radrealms.so'}), 'config_path': path,
        'status': reading.evidence.status, 'servers': [], 'targets': [], 'acct_servers': [], 'missing_keys': [],
        'servers_file': None, 'dictionary': None, 'hostname_resolves': None, 'timeout': None, 'retries': None,
        'bindaddr': None, 'bindaddr_local': None, 'nas_identifier': None, 'mapfile': None, 'seqfile': None,
        'winbind': _winbind(host, trail, options, plugins), 'problems': [], 'fatal': []}
    names = _Names(host, trail)
    facts['hostname_resolves'] = names.own()
    if text is not None:
        _config(host, trail, names, text.encode('utf-8', 'replace').decode(), facts, pppd.get('version'))
    if path.startswith('/etc/radcli/'):
        facts['problems'].append([path, 'radcli', 'the configuration of radcli, which the plugin of pppd cannot read'])
    facts.update(problems=facts['problems'][:20], fatal=facts['fatal'][:10], evidence=trail.as_dict())
    return facts


def _config(host: Host, trail: ev.Trail, names: _Names, text: str, facts: Facts, version: str | None) -> None:
    path = facts['config_path']
    if text and not text.endswith('\n'):
        text = text[:-1]        # config.c: the last character of each line goes, whatever it is
        facts['problems'].append([path, 'last-character-lost', 'the last line has no end'])
    values, found = rc.config(text, path)
    facts['problems'] += [list(item) for item in found]
    facts['fatal'] += [list(item) for item in found if item[1] in _GIVES_UP]
    hosts, accounting = (rc.server_names(values.get(key, '')) for key in ('authserver', 'acctserver'))
    facts.update(
        servers=hosts, acct_servers=accounting, missing_keys=rc.missing(values), targets=[
            [kind, *target] for kind in ('auth', 'acct') for target in rc.targets(values.get(kind + 'server', ''),
                                                                                  kind)],
        timeout=rc.number(values.get('radius_timeout', '')), retries=rc.number(values.get('radius_retries', '')),
        nas_identifier=bool(values.get('nas_identifier')), bindaddr=values.get('bindaddr') or None,
        bindaddr_local=_local(host, trail, names, values.get('bindaddr')),
        servers_file=_servers(host, trail, names, values.get('servers'), hosts + accounting, facts),
        dictionary=_dictionary(host, trail, values.get('dictionary'), facts, version),
        mapfile=_file(host, values.get('mapfile')), seqfile=_file(host, values.get('seqfile')))
    facts['fatal'] += [[path, 'not-ipv4', '%s %s: radius.so knows IPv4 alone' % (key, name)]
                       for key in ('authserver', 'acctserver') for name in _IPV6.findall(values.get(key, ''))]


class _Names:
    """What this host knows about names without asking anybody."""

    def __init__(self, host: Host, trail: ev.Trail) -> None:
        self._host, self._trail = host, trail
        self._table: dict[str, str] = {'localhost': '127.0.0.1'}
        self._read = trail.take(host.read('/etc/hosts'))
        for line in (self._read or '').splitlines():
            words = line.partition('#')[0].split()
            for word in words[1:] if words and ipv4(words[0]) is not None else ():
                self._table.setdefault(word.lower(), words[0])

    def address(self, name: str) -> str | None:
        """The IPv4 address of *name*; None where only a resolver could tell."""
        return name if ipv4(name) is not None else self._table.get(name.lower())

    def own(self) -> bool | None:
        """Whether the own name resolves; None where a name server may know it, or the files were not read."""
        paths = ('/proc/sys/kernel/hostname', '/etc/hostname')      # pppd asks the kernel (gethostname)
        name = next((text.strip() for text in (self._trail.take(self._host.read(path, 300)) for path in paths) if text),
                    '')
        if not name or self._read is None:
            return None
        if name.lower() in self._table:
            return True
        return rc.resolves_by_files(self._trail.take(self._host.read('/etc/nsswitch.conf')))


def _local(host: Host, trail: ev.Trail, names: _Names, value: str | None) -> bool | None:
    """Whether ``bindaddr`` is an address of this host (sendserver.c binds to it, and gives up where that fails)."""
    address = names.address(value) if value and value != '*' else None
    links = system.ip_addr(host, trail)
    if address is None or not links:
        return None
    return address.startswith('127.') or any(
        address == cidr.partition('/')[0] for link in links.values() for cidr in link['addresses'])


def _file(host: Host, path: str | None) -> Facts | None:
    """``{path, present}``: whether the file is there; None where it is not known."""
    if not path:
        return None
    reading = host.stat(path)
    return {'path': path[:120],
            'present': True if reading.value is not None else False if system.absent(reading) else None}


def _servers(host: Host, trail: ev.Trail, names: _Names, path: str | None, wanted: list[str], facts: Facts
             ) -> Facts | None:
    if not path:
        return None
    reading = host.read(path)
    text = trail.take(reading)
    rows, problems = rc.servers((text or '').encode('utf-8', 'replace').decode(), path)
    facts['problems'] += [list(item) for item in problems]
    lacking: list[str] = []
    unsure: list[str] = []
    for name in dict.fromkeys(wanted) if text is not None else ():
        found = [rc.matches(row.host, name, names.address) for row in rows]
        if True not in found:
            (unsure if None in found else lacking).append(name)
    return {'path': path, 'status': reading.evidence.status, 'hosts': [row.host for row in rows][:10],
            'missing': lacking, 'unsure': unsure}


def _dictionary(host: Host, trail: ev.Trail, path: str | None, facts: Facts, version: str | None) -> Facts | None:
    """See ``radius_dictionary``; ``microsoft`` is None where a file was not read."""
    if not path:
        return None

    def load(name: str) -> tuple[str | None, bool]:
        reading = host.read(name)
        text = trail.take(reading)
        return (None if text is None else text.encode('utf-8', 'replace').decode()), system.absent(reading)

    found = radius_dictionary.Dictionary(path, load, version_key(version) >= (2, 5))
    facts['fatal'] += [list(found.fatal)] if found.fatal else []
    has = {(radius_dictionary.MICROSOFT, 11), (radius_dictionary.MICROSOFT, 25)} <= found.attributes
    return {'path': path, 'status': trail.status(path), 'microsoft': True if has else None if found.unread else False,
            'dollar_include': found.dollar, 'begin_vendor': found.foreign,
            'lacks': None if found.unread else found.lacks(),
            'problems': [list(found.fatal)] if found.fatal else []}


def _winbind(host: Host, trail: ev.Trail, options: dict[str, t.Any], plugins: set[str]) -> dict[str, t.Any]:
    """The plugin's helper: only its program and whether it may use MS-CHAPv2 (ntlm_auth(1))."""
    helper = ' '.join(options.get('ntlm_auth-helper') or ())
    processes = system.processes(host, trail)
    return {'plugin': 'winbind.so' in plugins, 'helper': helper.split()[0] if helper.strip() else None,
            'allow_mschapv2': '--allow-mschapv2' in helper if helper else None,
            'running': None if processes is None else any(name == 'winbindd' for name, _pid in processes)}
