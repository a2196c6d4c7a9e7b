# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files that ``nft -f`` reads at boot: what they declare, and the line that includes ours."""

from __future__ import annotations

import re
import typing as t

#: of Debian, Arch and SUSE; of Fedora and RHEL; of Alpine
CONFIGS = ('/etc/nftables.conf', '/etc/sysconfig/nftables.conf', '/etc/nftables.nft')
#: a folder of our own beside the configuration: others may be included before the chains that we write into
FOLDER = 'nftables.vpnops-pptp.d'
Tables = t.Set[t.Tuple[str, str]]
_INCLUDE = re.compile(r'^\s*include\s+"([^"]+)"', re.M)
_TABLE = re.compile(r'\btable\s+(?:(ip6?|inet|arp|bridge|netdev)\s+)?([A-Za-z_]\w*)')
_HEADER = '# vpnops.pptp: made by Ansible, changes are overwritten\n'


def includes(text: str) -> list[str]:
    """The patterns that *text* includes, ours excepted."""
    return [pattern for pattern in _INCLUDE.findall(text) if FOLDER not in pattern]


def declares(text: str) -> Tables:
    """The tables that *text* names, as ``(family, name)``."""
    uncommented = re.sub(r'#.*', '', text)
    return {(family or 'ip', name) for family, name in _TABLE.findall(uncommented)}


def declared(path: str, read: t.Callable[[str], str | None], names: t.Callable[[str], t.Iterable[str]]) -> Tables:
    """The tables that the configuration *path* and what it includes name; *read* and *names* (of a pattern) reach the
    files. Patterns without a folder are looked for in /etc (nft's default include path)."""
    found: Tables = set()
    seen: set[str] = set()
    todo = [path]
    while todo:
        path = todo.pop()
        text = None if path in seen else read(path)
        seen.add(path)
        if text is not None:
            found |= declares(text)
            todo += [name for pattern in includes(text) for name in names(
                pattern if pattern.startswith('/') else '/etc/' + pattern)]
    return found


def with_line(text: str, folder: str, wanted: bool) -> str:
    """*text* with the line that includes *folder* at its end, or without it."""
    line = 'include "%s/*.nft" # vpnops.pptp' % folder
    has = line in text.split('\n')
    if has == wanted:
        return text
    if wanted:
        return '%s%s%s\n' % (text, '' if text.endswith('\n') or not text else '\n', line)
    return text.replace(line + '\n', '')


def with_header(text: str | None) -> str | None:
    """*text* as the file that is included."""
    return _HEADER + text if text else None
