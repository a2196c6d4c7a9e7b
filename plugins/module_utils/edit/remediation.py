# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The record of a remediation, as data: what is saved of a host, and what it takes to bring that back.

Pure: what lies on the host now and what was saved in, a list of changes out. ``remediation_files`` reads and writes,
``remediation_host`` carries out. A record is a folder below :data:`FOLDER`:

    20261126T011500Z-3f9c/manifest.json   what was there, written whole before anything is touched
    20261126T011500Z-3f9c/files/0001      the content of a file
    20261126T011500Z-3f9c/firewall/       rule sets, and the script that loads them again
    20261126T011500Z-3f9c/state.json      open, done, restoring or restored
"""

from __future__ import annotations

import calendar
import re
import time
import typing as t

FOLDER = '/var/lib/vpnops-pptp/remediation'
MANIFEST, STATE, AFTER, FILES, FIREWALL = 'manifest.json', 'state.json', 'after.json', 'files', 'firewall'
OPEN, DONE, RESTORING, RESTORED = 'open', 'done', 'restoring', 'restored'
KEPT = 10           # records that stay
VERSION = 1

#: What the roles of a remediation may touch, beside the files of the firewalls (``guard.PATHS``). Patterns of glob(3);
#: what is not there when a record begins is not there after a restore.
PATHS = (
    '/etc/pptpd.conf', '/etc/default/pptpd', '/etc/sysconfig/pptpd', '/etc/ppp',
    '/etc/modules', '/etc/modules-load.d', '/etc/modprobe.d', '/etc/sysctl.conf', '/etc/sysctl.d',
    '/etc/nftables.vpnops-pptp.d', '/etc/sysconfig/nftables.vpnops-pptp.d',
    '/etc/systemd/system/pptpd.service', '/etc/systemd/system/pptpd.service.d',
    '/etc/systemd/system/*.wants/pptpd.service', '/etc/rc?.d/[SK][0-9][0-9]pptpd',
    '/etc/rc.d/rc?.d/[SK][0-9][0-9]pptpd')
#: Services beside pptpd that a remediation may start, stop or restart, and the folders whose files each reads when it
#: starts. No session hangs on one of them.
SERVICES = {'freeradius': ('/etc/freeradius/',), 'radiusd': ('/etc/raddb/',), 'winbind': ('/etc/samba/',)}
#: Groups into which a remediation may put the user of a RADIUS server (winbindd(8): Debian, RedHat).
GROUPS = ('winbindd_priv', 'wbpriv')
#: What others change there at any time: pppd writes the first (ipcp.c, usepeerdns).
VOLATILE = frozenset(('/etc/ppp/resolv.conf',))
#: A running pptpd has read these; after a restore it has to read them again.
OF_DAEMON = ('/etc/pptpd.conf', '/etc/default/pptpd', '/etc/sysconfig/pptpd', '/etc/systemd/system/pptpd.service')
UNITS = '/etc/systemd/system/'
SYSCTLS = ('net/ipv4/ip_forward',)
MODULES = ('ppp_generic', 'ppp_async', 'ppp_mppe', 'ip_gre', 'nf_conntrack_pptp', 'nf_nat_pptp')
DRAFT = '.vpnops-pptp-restore'   # ends the name of a file that is being written

#: Half-written files of what was cut: of ``edit/atomic``, of Ansible's ``atomic_move``, of the guard, and of this.
_STRAY = re.compile(r'\..+\.new|\.ansible_tmp\S+|.+\.pptp-guard|\..+%s' % re.escape(DRAFT))
_ID = re.compile(r'\d{8}T\d{6}Z-[0-9a-f]{4}')
_STAMP = '%Y%m%dT%H%M%SZ'


class Item(t.NamedTuple):
    """What is at a *path*: *kind* (file, link, folder), *mode*, *uid*, *gid*, *mtime* in nanoseconds, *content* (the
    SHA-256 of a file, the target of a link, nothing for a folder), *blob* (the file of the record that holds it), and
    extended attributes *extra* (name to base64) such as the context of SELinux."""

    path: str
    kind: str
    mode: int
    uid: int
    gid: int
    mtime: int
    content: str
    blob: str = ''
    extra: dict[str, str] = {}

    def same(self, other: Item | None) -> bool:
        """Whether *other* is this very thing; when it was written does not count."""
        return other is not None and self[1:5] + (self.content, self.extra) == \
            other[1:5] + (other.content, other.extra)


Items = t.Dict[str, Item]


class Changes(t.NamedTuple):
    """What brings a host back, in order: paths to *remove* (children first), then items to *put* (parents first)."""

    remove: list[str]
    put: list[Item]

    @property
    def paths(self) -> list[str]:
        """All paths, each once."""
        return sorted({*self.remove, *(item.path for item in self.put)})


def is_id(text: str) -> bool:
    """Whether *text* can be the name of a record."""
    return bool(_ID.fullmatch(text))


def next_id(seconds: float, known: t.Iterable[str], salt: str) -> str:
    """The name of a record that begins at *seconds* since 1970. It sorts behind all that are *known*: the clock may
    have been set back since.

    >>> next_id(1795655700, ['20261126T011500Z-3f9c'], '00ff')
    '20261126T011501Z-00ff'
    """
    last = time.strptime(max(known, default='19700101T000000Z')[:16], _STAMP)
    return time.strftime(_STAMP, time.gmtime(max(seconds, calendar.timegm(last) + 1))) + '-' + salt


def changes(saved: Items, now: Items) -> Changes:
    """From what is there *now* to what was *saved*."""
    remove = sorted((path for path, item in now.items() if path not in saved or _in_the_way(item, saved[path])),
                    reverse=True)
    return Changes(remove, [saved[path] for path in sorted(saved) if not saved[path].same(now.get(path))])


def _in_the_way(now: Item, saved: Item) -> bool:
    """A folder where a file was, or the reverse: no rename replaces the one with the other."""
    return now.kind != saved.kind and 'folder' in (now.kind, saved.kind)


def differing(saved: Items, now: Items) -> list[str]:
    """What is not as it was *saved*. A new folder does not count: where one stays, something lies in it that is neither
    file, link nor folder."""
    return [path for path in changes(saved, now).paths if path in saved or now[path].kind != 'folder']


def strangers(after: Items, now: Items) -> list[str]:
    """What somebody else has changed since the remediation left it as *after*."""
    return [path for path in changes(after, now).paths if path not in VOLATILE]


def strays(saved: Items, now: Items) -> list[str]:
    """Half-written files that were not there when the record began."""
    return [path for path, item in now.items() if path not in saved and item.kind == 'file'
            and _STRAY.fullmatch(path.rsplit('/', 1)[-1])]


def of_daemon(paths: t.Iterable[str]) -> bool:
    """Whether a running pptpd has to be started again for *paths*."""
    return any(path.startswith(OF_DAEMON) for path in paths)


def of_systemd(paths: t.Iterable[str]) -> bool:
    """Whether systemd has to read its units again for *paths*."""
    return any(path.startswith(UNITS) for path in paths)


def as_json(items: Items) -> list[dict[str, t.Any]]:
    """*items* for the manifest."""
    return [item._asdict() for _path, item in sorted(items.items())]


def from_json(rows: t.Any) -> Items:
    """The reverse of :func:`as_json`; raises ``ValueError`` where a row is none."""
    try:
        found = [Item(**row) for row in rows]
    except TypeError as error:
        raise ValueError('the manifest holds something else: %s' % error) from error
    return {item.path: item for item in found}


def readable(value: t.Any) -> t.Any:
    """*value* with names of files that are no UTF-8 spelled out: Ansible refuses an answer that holds one.

    >>> readable({'paths': ['/etc/ppp/\\udcff']})
    {'paths': ['/etc/ppp/\\\\xff']}
    """
    if isinstance(value, str):
        return value.encode('utf-8', 'surrogateescape').decode('utf-8', 'backslashreplace')
    if isinstance(value, dict):
        return {name: readable(item) for name, item in value.items()}
    return [readable(item) for item in value] if isinstance(value, (list, tuple)) else value


def newest(records: t.Mapping[str, str], *states: str) -> str | None:
    """The id of the newest of *records* (id to state), of those in one of *states* where there are any."""
    return max((name for name, state in records.items() if not states or state in states), default=None)


def superfluous(records: t.Mapping[str, str]) -> list[str]:
    """Old records that are over, beyond :data:`KEPT`."""
    over = sorted(name for name, state in records.items() if state in (DONE, RESTORED))
    return over[:-KEPT] if len(over) > KEPT else []
