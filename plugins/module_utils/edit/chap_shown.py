# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What differs between two states of chap-secrets, without the secrets.

Sample: a line whose secret alone is another one reads ``alice pptpd ******** *  # (another secret)``.
"""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.edit.chap_text import Change
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.words import split
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import chap_secrets, masking, words as w

NOTE = '  # (another secret)'


def states(before: bytes, after: bytes, changes: t.Iterable[Change]) -> tuple[str, str]:
    """Both states with their secrets masked, lines in their places."""
    renewed = {(change.client, change.server) for change in changes if change.action == 'secret'}
    lines = masked(after).split('\n')
    for line in split(after):
        names = tuple(word.value for word in line.words[:2])
        if names in renewed:
            lines[line.words[0].line - 1] += NOTE
    return masked(before), '\n'.join(lines)


def masked(data: bytes) -> str:
    """The text of *data* without its secrets."""
    text = masking.mask_chap_secrets(data.decode('utf-8', 'surrogateescape'))
    return text.encode('utf-8', 'replace').decode('utf-8')


def problems(data: bytes) -> list[dict[str, t.Any]]:
    """What is still wrong in a file, as ``line``, ``problem`` and ``client``."""
    found = chap_secrets.parse(data.decode('utf-8', 'surrogateescape')).problems
    return [{'line': line, 'problem': code, 'client': client.encode('utf-8', 'replace').decode('utf-8')}
            for line, code, client in sorted(set(found))]


def shadows(data: bytes, wanted: t.Iterable[tuple[bytes, bytes]]) -> list[str]:
    """Warnings: lines that pppd prefers to one of *wanted*, as they name the server."""
    entries = chap_secrets.parse(data.decode('utf-8', 'surrogateescape')).entries
    better: dict[str, list[chap_secrets.Entry]] = {}
    for entry in entries:
        if entry.server != '*' and entry.form != 'missing':
            better.setdefault(entry.client, []).append(entry)
    return ['%s: line %d is for the server %s only and decides there, not the line for any server'
            % (entry.names[0], entry.line, entry.names[1])
            for client, server in wanted if server == b'*' for entry in better.get(w.decode(client), [])]
