# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the kernel has for PPP: /dev/ppp and the modules."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils import evidence as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.collect import system
from ansible_collections.vpnops.pptp.plugins.module_utils.host import Host
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import modules

# /dev/ppp: character device 108:0 (Documentation/admin-guide/devices.txt)
NAMES = ('ppp_generic', 'ppp_async', 'ppp_mppe', 'ip_gre', 'pptp', 'nf_conntrack_pptp', 'nf_nat_pptp',
         'nf_conntrack_proto_gre')
_FOLDERS = ('/etc/modprobe.d', '/run/modprobe.d', '/usr/lib/modprobe.d', '/lib/modprobe.d')
_MESSAGE = re.compile(r'\b[Pp][Pp][Pp]|mppe|MPPE|automatic helper assignment|pptp')


def collect(host: Host, kernel_release: str | None) -> dict[str, t.Any]:
    """``pptp_kernel`` of docs/facts.md; *kernel_release* is ``pptp_host.kernel``."""
    trail = ev.Trail()
    device = _dev_ppp(host, trail)
    table = system.Modules(host, trail, kernel_release)
    blocked = _blocked(host, trail)
    states = {name: table.state(name) for name in NAMES}
    for name, state in states.items():
        if name in blocked and state not in ('loaded', 'builtin'):
            states[name] = 'blacklisted'
    fips = system.number(host, trail, '/proc/sys/crypto/fips_enabled')
    return {'dev_ppp': device, 'modules': states, 'fips': None if fips is None else bool(fips),
            'messages': _messages(host, trail), 'evidence': trail.as_dict()}


def _dev_ppp(host: Host, trail: ev.Trail) -> dict[str, t.Any]:
    reading = host.stat('/dev/ppp')
    trail.note(reading.evidence)
    info = reading.value
    if info:
        return {'present': True, 'mode': None if info.mode is None else '%04o' % info.mode,
                'device': '%d:%d' % info.device if info.device else None}
    present: bool | None = False if system.absent(reading) else None
    mode = device = None
    output = trail.take(host.run('ls-dev-ppp')) if present is None else None
    if output:
        found = re.search(r'^c([rwxstST-]{9})\S*.*?\b(\d+), *(\d+)\b.*/dev/ppp', output.stdout, re.M)
        present = True if found else False if 'No such file' in output.stdout else None
        if found:
            bits = ''.join('0' if bit == '-' else '1' for bit in found.group(1))
            mode, device = '%04o' % int(bits, 2), '%s:%s' % found.groups()[1:]
    return {'present': present, 'mode': mode, 'device': device}


def _blocked(host: Host, trail: ev.Trail) -> set[str]:
    found: set[str] = set()
    seen: set[str] = set()
    for folder in _FOLDERS:
        for name in (host.list(folder).value or ())[:100]:
            if name.endswith('.conf') and name not in seen:
                seen.add(name)
                text = host.read('%s/%s' % (folder, name), 262144).value or ''
                hits = modules.blocked(text).intersection(NAMES)
                if hits:
                    trail.note(ev.Evidence('%s/%s' % (folder, name)))
                found |= hits
    return found


def _messages(host: Host, trail: ev.Trail) -> list[list[str]]:
    """From recordings only where they exist; a live ring buffer is read once, by ``dmesg``."""
    output = trail.take(host.run('dmesg'))
    lines = (output.stdout if output else '').encode('utf-8', 'replace').decode().splitlines()
    hits = [line for line in lines if _MESSAGE.search(line)]
    return [[line.strip()[:160], 'dmesg'] for line in hits[-5:]]
