# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a change of the PPTP server has to know of the one that runs: who is logged in, and whether it read its file.

Pure: what ``/proc`` and the pid files say in, answers out. The module ``pptpd_status`` reads them.
"""

from __future__ import annotations

import re
import typing as t

YOUNG = 60.0   # seconds: pppd gives up LCP after 30 (10 requests, 3 s apart; fsm.h), and a login after another 30
_STAT = re.compile(r'(\d+) \((.*)\) \S (\d+) (?:\S+ ){17}(\d+)', re.S)   # proc_pid_stat(5): pid, comm, ppid, starttime
_LISTEN = '0A'       # TCP_LISTEN in /proc/net/tcp
_PORT = '06BB'       # 1723
_FAMILIES = (('debian', 'Debian'), ('ubuntu', 'Debian'), ('rhel', 'RedHat'), ('fedora', 'RedHat'),
             ('centos', 'RedHat'), ('suse', 'Suse'), ('opensuse', 'Suse'), ('alpine', 'Alpine'))


class Process(t.NamedTuple):
    """A process: *started* is in clock ticks after the kernel's start."""

    pid: int
    name: str
    parent: int
    started: int


def process(stat: str) -> Process | None:
    """The process that a ``/proc/<pid>/stat`` tells of.

    >>> process('42 (pppd) S 41 42 42 34816 42 4194304 1 0 0 0 0 0 0 0 20 0 1 0 98765 1 1')
    Process(pid=42, name='pppd', parent=41, started=98765)
    """
    found = _STAT.match(stat)
    return Process(int(found.group(1)), found.group(2), int(found.group(3)), int(found.group(4))) if found else None


def sessions(processes: t.Sequence[Process], interfaces: t.Mapping[int, bool], age: t.Callable[[Process], float]
             ) -> tuple[int, int]:
    """How many clients are logged in, and how many are still trying.

    *interfaces*: whether the ppp interface of a pppd (by pid) is up, which pppd does last, after IPCP. A pppd of
    which no interface is known counts as logged in once its *age* (seconds) is beyond every timer of a login.
    """
    calls = {process.pid for process in processes if process.name == 'pptpctrl'}
    daemons = [process for process in processes if process.name == 'pppd' and process.parent in calls]
    up = sum(interfaces.get(process.pid, age(process) > YOUNG) for process in daemons)
    return up, len(daemons) - up


def listening(tables: t.Iterable[str]) -> bool:
    """Whether one of *tables* (``/proc/net/tcp``, ``/proc/net/tcp6``) has a socket that listens on port 1723."""
    rows = (line.split() for table in tables for line in table.splitlines())
    return any(len(row) > 3 and row[3] == _LISTEN and row[1].rpartition(':')[2] == _PORT for row in rows)


def family(release: str) -> str:
    """The family of distributions of an ``os-release``, ``''`` where none is known.

    >>> family('ID=rocky\\nID_LIKE="rhel centos fedora"')
    'RedHat'
    """
    words = re.findall(r'^ID(?:_LIKE)?=["\']?([^"\'\n]*)', release, re.M)
    names = ' '.join(words).lower().replace('-', ' ').split()
    return next((known for name in names for word, known in _FAMILIES if name == word), '')


def plugin_fits(plugin: bytes | None, version: str | None) -> bool | None:
    """Whether *plugin* (its bytes, none where it is not there) was built for pppd *version*, ``None`` where that is
    not known.

    pppd compares its own version with the symbol ``pppd_version`` of the plugin, letter for letter (options.c,
    loadplugin); that is a string of its own in the file.
    """
    if plugin is None or not version:
        return None
    if not plugin:
        return False
    found = set(re.findall(rb'\0(\d+\.\d+\.\d+[a-z0-9.-]*)\0', plugin))
    return version.encode('ascii', 'replace') in found if found else None
