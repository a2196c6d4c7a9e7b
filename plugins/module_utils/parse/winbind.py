# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What decides whether a program reaches winbindd: its helper line, its groups, the groups of the host.

Samples: ``/usr/bin/ntlm_auth --helper-protocol=ntlm-server-1 --allow-mschapv2``; of ``/proc/PID/status`` the lines
``Uid:\\t0\\t0\\t0\\t0`` and ``Groups:\\t42 107``; of ``/etc/group`` ``winbindd_priv:x:107:freerad``.
"""

from __future__ import annotations

import re
import typing as t

ALLOW, NT_KEY = '--allow-mschapv2', '--request-nt-key'     # ntlm_auth(1)


class Rights(t.NamedTuple):
    """Of a process: the effective user, and all its groups."""

    uid: int
    groups: tuple[int, ...]


def rights(status: str) -> Rights | None:
    """What ``/proc/PID/status`` says (proc(5): real, effective, saved, file system), ``None`` where it does not."""
    found = {name: [int(word) for word in re.findall(r'\d{1,10}', rest)]
             for name, rest in re.findall(r'(?m)^(Uid|Gid|Groups):([\t \d]*)$', status)}
    if len(found.get('Uid', ())) < 2 or len(found.get('Gid', ())) < 2 or 'Groups' not in found:
        return None
    return Rights(found['Uid'][1], tuple(sorted({found['Gid'][1], *found['Groups']})))


def groups(text: str) -> dict[str, tuple[int, tuple[str, ...]]]:
    """``{name: (number, members)}`` of ``/etc/group``; lines that are none are passed over."""
    found: dict[str, tuple[int, tuple[str, ...]]] = {}
    for name, number, members in re.findall(r'(?m)^([^:\s]{1,64}):[^:\n]*:(\d{1,10}):([^:\n]*)$', text):
        found.setdefault(name, (int(number), tuple(part.strip() for part in members.split(',') if part.strip())))
    return found


def helper(line: str) -> dict[str, t.Any]:
    """``{program, absolute, allow_mschapv2, request_nt_key, protocol}`` of a command line of ntlm_auth."""
    words = line.split()
    protocol = re.search(r'--helper-protocol[= ](\S+)', line)
    return {'program': words[0][:120] if words else None, 'absolute': line.lstrip().startswith('/'),
            'allow_mschapv2': ALLOW in words, 'request_nt_key': NT_KEY in words,
            'protocol': protocol.group(1)[:40] if protocol else None}
