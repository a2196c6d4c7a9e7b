# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the status makes of the file of pptpd; processes and sessions are in test_pptpd_live."""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import subprocess
import time

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.edit.pptpd_live import Process
from ansible_collections.vpnops.pptp.plugins.modules import pptpd_status
from ansible_collections.vpnops.pptp.tests.unit.plugins.modules.calls import run


@pytest.mark.parametrize(('text', 'named', 'shared'), [
    ('option /etc/ppp/pptpd-options\n', '/etc/ppp/pptpd-options', False),
    ('option /etc/ppp/pptpd-options\r\n', '/etc/ppp/pptpd-options', False),
    ('option /etc/ppp/options\n', '/etc/ppp/options', True), ('option /etc//ppp/../ppp/options\n', None, True),
    ('#option /x\n', '', False), ('\xff\0\n', '', False)])
def test_the_file_of_options(text: str, named: str | None, shared: bool, tmp_path: pathlib.Path) -> None:
    (tmp_path / 'conf').write_text(text, 'latin-1')
    found = run('pptpd_status', config=str(tmp_path / 'conf'))
    assert found['option_file'] == (named if named is not None else text.split()[1])
    assert found['option_shared'] is shared


def test_a_file_that_is_not_there(tmp_path: pathlib.Path) -> None:
    found = run('pptpd_status', config=str(tmp_path / 'none'))
    assert (found['changed'], found['option_file'], found['stale']) == (False, '', False)


@pytest.mark.skipif(subprocess.run(['unshare', '--pid', '--fork', 'true'], check=False).returncode != 0,
                    reason='needs root, for a namespace')
def test_the_daemon_of_a_container_is_not_that_of_its_host(tmp_path: pathlib.Path) -> None:
    program = tmp_path / 'pptpd'
    shutil.copy('/bin/sleep', program)
    commands = [[str(program), '60'], ['unshare', '--pid', '--fork', '--kill-child', str(program), '60']]
    calls = [subprocess.Popen(command) for command in commands]
    try:
        until = time.monotonic() + 20
        while len(named(program)) < 2 and time.monotonic() < until:
            time.sleep(0.1)
        assert len(named(program)) == 2
        seen = [process.pid for process in pptpd_status.processes() if process.pid in named(program)]
        assert seen == [calls[0].pid]
    finally:
        for call in calls:
            call.kill()
            call.wait()


def named(program: pathlib.Path) -> list[int]:
    """The processes that run *program*."""
    found = []
    for path in pathlib.Path('/proc').glob('[0-9]*/exe'):
        with contextlib.suppress(OSError):
            if os.readlink(path) == str(program):
                found.append(int(path.parent.name))
    return found


@pytest.mark.parametrize(('ages', 'changed', 'stale'), [
    ([100.0], 50, True), ([100.0], 200, False), ([100.0], 105, False), ([100.0, 10.0], 50, False), ([], 50, False),
    ([100.0], -3600, False),     # a clock that was set back: else pptpd were restarted by each run of an hour
])
def test_a_daemon_that_is_older_than_its_file(ages: list[float], changed: int, stale: bool, tmp_path: pathlib.Path,
                                              monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / 'conf'
    path.touch()
    os.utime(path, (time.time() - changed,) * 2)
    daemons = [Process(number, 'pptpd', 1, 0) for number in range(len(ages))]
    monkeypatch.setattr(pptpd_status, 'age', lambda process: ages[process.pid])
    assert pptpd_status.stale(str(path), daemons) is stale
