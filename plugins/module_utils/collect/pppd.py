# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of the pppd that pptpd starts, its plugins, and the peers of a client."""

from __future__ import annotations

import posixpath
import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils import evidence as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.collect import system
from ansible_collections.vpnops.pptp.plugins.module_utils.host import Host
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import pppd_options

SYSTEM = '/etc/ppp/options'    # pathnames.h _PATH_SYSOPTIONS
PEERS = '/etc/ppp/peers'
USUAL = ('/etc/ppp/pptpd-options', '/etc/ppp/options.pptpd')   # Debian, and RHEL and upstream
_LOGWTMP = '/usr/lib/pptpd/pptpd-logwtmp.so'
_ROOTS = ('/usr/lib/pppd', '/usr/lib64/pppd', '/usr/lib/x86_64-linux-gnu/pppd', '/usr/lib/aarch64-linux-gnu/pppd',
          '/usr/local/lib/pppd')
_SERVER_ONLY = re.compile(r'name\Z|require-|nomppe|mppe-|proxyarp\Z|ms-(?:dns|wins)\Z|noauth\Z|plugin\Z|noccp\Z'
                          r'|refuse-|chapms-strip-domain\Z')


def collect(host: Host, conf: dict[str, t.Any]) -> dict[str, t.Any]:
    """``pptp_pppd`` of docs/facts.md, for a pptpd configured as *conf* (``pptp_conf``)."""
    trail = ev.Trail()
    folders = _folders(host, trail)
    version = _version(host, trail, folders)

    def load(path: str) -> ev.Reading:
        reading = host.read(path)
        trail.note(reading.evidence)
        return reading

    walk = pppd_options.Walk(load, version)
    assumed = _walk(walk, host, conf)
    complete = walk.complete
    return {
        'version': version, 'files': walk.files, 'options': walk.options, 'problems': walk.problems,
        'plugins': [_plugin(host, trail, folders, version, name, source) for name, source in walk.plugins],
        'effective': pppd_options.effective(walk.options, version, complete), 'assumed': assumed, 'complete': complete,
        'global_file_options': [[name, source] for name, _args, source in walk.options
                                if source.startswith(SYSTEM + ':') and _SERVER_ONLY.match(name)],
        'peers': _peers(host, trail, load, version), 'evidence': trail.as_dict()}


def _walk(walk: pppd_options.Walk, host: Host, conf: dict[str, t.Any]) -> str | None:
    """Read what ``launch_pppd`` (pptpctrl.c) makes pppd read; the options file when it had to be guessed."""
    walk.file(SYSTEM)
    system_read = walk.complete
    walk.file('/root/.ppprc')
    walk.complete = system_read and walk.files[-1][1] in (ev.OK, ev.ABSENT)   # hardly ever there, nor in a bundle
    given = conf.get('directives') or {}
    walk.command_line(['local'], 'pptpd')
    path, assumed = (conf.get('option_file') or '').strip(), None
    if not path and not conf.get('path'):
        path = assumed = next((usual for usual in USUAL if host.stat(usual).value), None)
        walk.complete = walk.complete and assumed is not None
    if path:
        walk.file(path, (given.get('option') or ['', 'pptpd'])[1])
    words = ['115200'] + ([] if given.get('noipparam') else ['ipparam', '<client>'])
    if given.get('logwtmp'):
        words += ['plugin', _LOGWTMP, 'pptpd-original-ip', '<client>']
    walk.command_line(words + ['remotenumber', '<client>'], 'pptpd')
    return assumed


def _folders(host: Host, trail: ev.Trail) -> dict[str, t.Any]:
    """``{folder of plugins: its names, or None when it could not be listed}``, one for each version installed."""
    found: dict[str, t.Any] = {}
    for root in _ROOTS:
        reading = host.list(root)
        if reading.value is None and not system.absent(reading):
            found[root] = None
        for name in reading.value or ():
            if re.match(r'\d+\.\d+', name):
                found[posixpath.join(root, name)] = trail.take(host.list(posixpath.join(root, name)))
    return found


def _version(host: Host, trail: ev.Trail, folders: dict[str, t.Any]) -> str | None:
    """From its package, else from pppd (which reads its options file for that), else from the one plugin folder."""
    package = (system.installed(host, trail) or {}).get('ppp', '')
    match = re.match(r'(?:\d+:)?(\d+\.\d+(?:\.\d+)?)', package)
    if match is None:
        output = trail.take(host.run('pppd-version'))
        match = re.search(r'pppd version (\d+\.\d+(?:\.\d+)?)', output.stdout + output.stderr) if output else None
    if match:
        return match.group(1)
    names = {posixpath.basename(path) for path in folders if path not in _ROOTS}
    return names.pop() if len(names) == 1 else None


def _plugin(host: Host, trail: ev.Trail, folders: dict[str, t.Any], version: str | None, name: str,
            source: str) -> dict[str, t.Any]:
    if '/' in name:
        reading = host.stat(name)
        trail.note(reading.evidence)
        found = True if reading.value else False if system.absent(reading) else None
        path: str | None = name
    else:
        holders = [folder for folder, names in folders.items() if names and name in names]
        holders.sort(key=lambda folder: posixpath.basename(folder) != version)
        path = posixpath.join(holders[0], name) if holders else None
        # a bundle proves nothing by lacking a folder; a host where none exists does
        found = True if holders else None if None in folders.values() else False
        if not holders and version and any(names and posixpath.basename(folder) == version
                                           for folder, names in folders.items()):
            found = False
    match = re.search(r'/pppd/(\d[\w.]*)/', path or '')
    return {'name': name[:120], 'path': path, 'found': found, 'version_dir': match.group(1) if match else None,
            'source': source}


def _peers(host: Host, trail: ev.Trail, load: t.Callable[[str], ev.Reading],
           version: str | None) -> list[dict[str, t.Any]]:
    """Client side: the files below peers whose ``pty`` runs pptp, at most five."""
    found: list[dict[str, t.Any]] = []
    for name in (trail.take(host.list(PEERS)) or ())[:200]:
        path = posixpath.join(PEERS, name)
        text = host.read(path, 65536).value
        if text is None or 'pptp' not in text or len(found) >= 5:
            continue
        walk = pppd_options.Walk(load, version)
        walk.file(path)
        if any(option == 'pty' and 'pptp' in args[0] or option == 'plugin' and 'pptp' in args[0]
               for option, args, _source in walk.options):
            found.append({'path': path, 'options': walk.options[:60], 'problems': walk.problems})
    return found
