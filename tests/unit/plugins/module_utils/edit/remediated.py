# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Real files in a folder of the test, a host that only answers commands, and the records of that."""

from __future__ import annotations

import contextlib
import os
import pathlib
import stat
import types
import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import (
    remediation as re_,
    remediation_host as host,
    remediation_system as parts,
)
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.guard_system import Answer


class Host:
    """The commands that a host was asked for; a pptpd that runs with process id *pid*, or none."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.state = {'LoadState': 'loaded', 'ActiveState': 'active', 'MainPID': '100'}
        self.rules = '*filter\n-A INPUT -p tcp -j ACCEPT\n'
        self.time = 1_764_115_200.0

    def which(self, name: str) -> bool:
        return name == 'iptables-nft-save'

    def run(self, argv: t.Sequence[str], text: str = '', timeout: float = 60.0) -> Answer:
        self.asked.append(' '.join(argv))
        if argv[0] == 'systemctl' and argv[1] == 'show':
            return Answer(0, '\n'.join('%s=%s' % pair for pair in self.state.items()), '')
        return Answer(0, self.rules if argv[0] == 'iptables-nft-save' else '', '')

    def now(self) -> float:
        self.time += 1
        return self.time

    def sleep(self, seconds: float) -> None:
        self.asked.append('sleep %d' % seconds)
        self.late()

    @contextlib.contextmanager
    def alone(self, folder: str, patience: float) -> t.Iterator[None]:
        self.asked.append('alone in %s' % folder)
        yield

    def late(self) -> None:
        """What a task does whose connection was cut."""

    def euid(self) -> int:
        return 0


class Case:
    """A host with files below *etc*, and its records."""

    live: int = 0
    guard: str = 'idle'

    def __init__(self, home: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.etc, self.system = home / 'etc', Host()
        (self.etc / 'ppp').mkdir(parents=True)
        self.write('pptpd.conf', 'old conf\n', 0o644)
        self.write('ppp/chap-secrets', 'old secret\n', 0o600)
        (self.etc / 'ppp/link').symlink_to('chap-secrets')
        monkeypatch.setattr(host, '_wanted', lambda paths: [str(self.etc / 'pptpd.conf'), str(self.etc / 'ppp'),
                                                            str(self.etc / 'rc?.d/S*pptpd'), *paths])
        monkeypatch.setattr(re_, 'OF_DAEMON', (str(self.etc / 'pptpd.conf'),))
        monkeypatch.setattr(parts, 'daemon', lambda system: dict(system.state))
        monkeypatch.setattr(parts, 'parameters', lambda: {'net/ipv4/ip_forward': '0'})
        monkeypatch.setattr(parts, 'set_parameters', lambda wanted: [])
        monkeypatch.setattr(parts, 'modules', list)
        monkeypatch.setattr(parts, 'sessions', lambda: self.live)
        monkeypatch.setattr(host, 'Guard', lambda system: types.SimpleNamespace(
            restore=lambda: self.system.asked.append('guard restore'), status=lambda: {'state': self.guard}))
        self.records = host.Records(t.cast('t.Any', self.system), str(home / 'records'))
        self.folder = home / 'records'

    def write(self, name: str, text: str, mode: int) -> None:
        path = self.etc / name
        path.write_text(text, 'utf-8')
        path.chmod(mode)

    def change(self) -> None:
        """What a remediation does."""
        self.write('pptpd.conf', 'new conf\n', 0o600)
        self.write('ppp/chap-secrets', 'new secret\n', 0o644)
        self.write('ppp/new', 'x', 0o644)
        (self.etc / 'ppp/link').unlink()
        (self.etc / 'ppp/sub').mkdir()
        self.write('ppp/sub/file', 'x', 0o644)
        (self.etc / 'rc2.d').mkdir()
        (self.etc / 'rc2.d/S01pptpd').symlink_to('../init.d/pptpd')

    def look(self) -> dict[str, tuple[int, bytes | str]]:
        """Everything there is, with mode and content."""
        found: dict[str, tuple[int, bytes | str]] = {}
        for path in sorted(self.etc.rglob('*')):
            mode = stat.S_IMODE(path.lstat().st_mode)
            if path.is_symlink():
                found[str(path)] = (mode, os.readlink(path))
            elif path.is_file():
                found[str(path)] = (mode, path.read_bytes())
        return found


def begin(case: Case, run: str = '') -> str:
    return str(case.records.begin(['x-cause'], [], False, '', run)['id'])
