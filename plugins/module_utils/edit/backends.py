# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The backends of iptables on a host. A packet must pass the rules of both, and each command sees those of one only."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import files, iptables_text
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.guard import backend_of

_LEGACY = '/proc/net/ip_tables_names'    # the kernel's tables of iptables-legacy; asking for others would load modules
_CHAINS = ('INPUT', 'FORWARD', 'OUTPUT')


class Backend(t.NamedTuple):
    """Where rules are: the *command* that begins the names of its tools, such as ``iptables-legacy``, and what its
    ``save`` prints."""

    command: str
    text: str


def read(module: t.Any) -> list[Backend]:
    """The backend of the command ``iptables``, then the other one where it has rules. Empty without iptables."""
    if not module.get_bin_path('iptables-save'):
        return []
    kind = backend_of(module.run_command(['iptables', '-V'])[1])
    other = {'nft': 'iptables-legacy', 'legacy': 'iptables-nft'}[kind]
    commands = ['iptables']
    if module.get_bin_path(other + '-save') and (other == 'iptables-nft' or (files.read(_LEGACY) or '').strip()):
        commands.append(other)
    found = [Backend(command, save(module, command)) for command in commands]
    return found[:1] + [backend for backend in found[1:] if '-A ' in backend.text or drops(backend.text)]


def save(module: t.Any, command: str) -> str:
    """The rules in force, without counters."""
    return str(module.run_command([module.get_bin_path(command + '-save', True)], check_rc=True)[1])


def drops(text: str) -> bool:
    """Whether a chain of *text* that the kernel calls drops packets."""
    lines = text.split('\n')
    return any(iptables_text.drops(lines, iptables_text.Rule('filter', chain, '')) for chain in _CHAINS)


def chosen(found: list[Backend], owner: str) -> tuple[list[Backend], list[Backend]]:
    """Where rules of *owner* belong: the backends that drop, or else the first; and those that hold some needlessly."""
    wanted = [backend for backend in found if drops(backend.text)] or found[:1]
    return wanted, [backend for backend in found if backend not in wanted and iptables_text.owned(backend.text, owner)]
