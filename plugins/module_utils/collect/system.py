# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What several collectors ask the host: module states, running programs, packages, the outer interface."""

from __future__ import annotations

import re
import typing as t
import weakref

from ansible_collections.vpnops.pptp.plugins.module_utils import evidence as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.commands import PROGRAMS
from ansible_collections.vpnops.pptp.plugins.module_utils.firewall.model import ipv4
from ansible_collections.vpnops.pptp.plugins.module_utils.host import Host
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import addresses, modules, packages, sockets

_CAP = 1000       # processes looked at
# IANA: private, shared (RFC 6598), link-local and loopback space
_PRIVATE = re.compile(r'(10|127|169\.254|192\.168|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\.')


def once(function: t.Callable[[Host, ev.Trail], t.Any]) -> t.Callable[[Host, ev.Trail], t.Any]:
    """Ask each host only once, and give everyone who asks the value and the evidence."""
    cache: t.Any = weakref.WeakKeyDictionary()

    def ask(host: Host, trail: ev.Trail) -> t.Any:
        if host not in cache:
            own = ev.Trail()
            cache[host] = (function(host, own), own)
        value, own = cache[host]
        for status, items in own.as_dict().items():
            for item in items:
                source, reason = (item, '') if isinstance(item, str) else item
                trail.note(ev.Evidence(source, status, reason))
        return value
    ask.__doc__ = function.__doc__
    return ask


def absent(reading: ev.Reading) -> bool:
    """Whether the host proves that it does not exist; a bundle that merely lacks it proves nothing."""
    return reading.evidence.status == ev.ABSENT and reading.evidence.reason != 'not in the bundle'


@once
def release(host: Host, trail: ev.Trail) -> str | None:
    """The kernel's release, such as ``6.1.0-28-amd64``."""
    text = trail.take(host.read('/proc/sys/kernel/osrelease', 256))
    if text is None:
        output = trail.take(host.run('uname'))
        found = re.search(r'(?<![\w.])\d+\.\d+\.\d[\w.+~-]*', output.stdout) if output else None
        return found.group(0)[:80] if found else None
    return text.strip()[:80] or None


class Modules:
    """The kernel modules of *host*."""

    def __init__(self, host: Host, trail: ev.Trail, kernel: str | None) -> None:
        text = trail.take(host.read('/proc/modules'))
        if not text:
            output = trail.take(host.run('lsmod'))
            text = output.stdout if output else None
        self.loaded = modules.loaded(text) if text else None
        self._host, self._trail, self._kernel = host, trail, kernel
        self._texts: dict[str, str | None] = {}

    def state(self, name: str) -> str:
        """``loaded``, ``builtin``, ``loadable``, ``missing`` or ``unknown``."""
        if self.loaded and name in self.loaded:
            return 'loaded'
        for kind, word in (('builtin', 'builtin'), ('dep', 'loadable')):
            text = self._text(kind)
            if text and modules.listed(text, name):
                return word
        complete = self._text('builtin') is not None and self._text('dep') is not None
        return 'missing' if complete else 'unknown'

    def off(self, name: str) -> bool:
        """Whether *name* is known not to be in the kernel now."""
        listed = modules.listed(self._text('builtin') or '', name)
        return bool(self.loaded) and name not in (self.loaded or ()) and not listed

    def _text(self, kind: str) -> str | None:
        if kind not in self._texts and self._kernel and '/' not in self._kernel:
            path = '/lib/modules/%s/modules.%s' % (self._kernel, kind)
            self._texts[kind] = self._trail.take(self._host.read(path))
        return self._texts.get(kind)


@once
def module_table(host: Host, trail: ev.Trail) -> Modules:
    """The modules of the running kernel."""
    return Modules(host, trail, release(host, trail))


@once
def processes(host: Host, trail: ev.Trail) -> list[list[t.Any]] | None:
    """``[[name, pid], ..]`` of the programs that matter, or None where nothing shows them."""
    names = host.list('/proc')
    pids = [name for name in names.value or () if name.isdigit()]
    if not pids:
        output = trail.take(host.run('ps'))
        return sockets.processes(output.stdout, PROGRAMS)[:40] if output else None
    trail.note(ev.Evidence('/proc', ev.TRUNCATED if len(pids) > _CAP else ev.OK))
    found = []
    for pid in pids[:_CAP]:
        name = (host.read('/proc/%s/comm' % pid, 64).value or '').strip()
        if name in PROGRAMS:
            found.append([name, int(pid)])
    return found[:40]


_DATABASES = (('dpkg-query', '/var/lib/dpkg/status'), ('rpm', '/var/lib/rpm'), ('rpm', '/usr/lib/sysimage/rpm'))


@once
def installed(host: Host, trail: ev.Trail) -> dict[str, str] | None:
    """``{package: version}`` of those that matter, or None where no package manager answers."""
    for command, proof in _DATABASES:
        if not absent(host.stat(proof)):
            output = trail.take(host.run(command))
            if output:
                return packages.parse(output.stdout)
    return None


@once
def wan(host: Host, trail: ev.Trail) -> str | None:
    """The interface towards the internet: of the default route, else of a public address, else the only one."""
    for name, device, _via in routes(host, trail):
        if name == 'default':
            return device
    links = {name: link['addresses'] for name, link in (ip_addr(host, trail) or {}).items()
             if not re.match(r'lo$|ppp|docker|veth|br-|virbr', name)}
    public = [name for name, ips in links.items()
              if any(ipv4(ip.partition('/')[0]) is not None and not _PRIVATE.match(ip) for ip in ips)]
    chosen = public or list(links)
    return chosen[0] if len(chosen) == 1 else None


@once
def ip_addr(host: Host, trail: ev.Trail) -> dict[str, t.Any] | None:
    """See ``addresses.parse``; None where no command shows them."""
    output = trail.take(host.run('ip-addr'))
    return addresses.parse(output.stdout) if output else None


@once
def routes(host: Host, trail: ev.Trail) -> list[tuple[str, str, str | None]]:
    """IPv4 routes, see ``addresses.routes``; empty where nothing shows them."""
    text = trail.take(host.read('/proc/net/route'))
    if text is None:
        output = trail.take(host.run('ip-route'))
        text = output.stdout if output else ''
    return addresses.routes(text)


def number(host: Host, trail: ev.Trail, path: str, limit: int = 64) -> int | None:
    """The number in a file of /proc or /sys, or the same key of a recorded ``sysctl -a``."""
    text = trail.take(host.read(path, limit))
    if text is None and path.startswith('/proc/sys/'):
        output = host.run('sysctl').value
        key = path[len('/proc/sys/'):].replace('/', '[./]')
        found = re.search(r'^%s\s*=\s*(-?\d+)' % key, output.stdout, re.M) if output else None
        text = found.group(1) if found else None
        if found:
            trail.note(ev.Evidence('sysctl'))
    text = (text or '').strip()
    return int(text[:12]) if re.fullmatch(r'-?[0-9]+', text) else None
