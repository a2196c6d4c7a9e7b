# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A call leaves no process behind. The pppd here is a shell; the lab has real ones."""

from __future__ import annotations

import os
import pathlib
import time

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import client_login, processes
from ansible_collections.vpnops.pptp.plugins.modules import login
from ansible_collections.vpnops.pptp.tests.unit.plugins.modules import calls


def test_a_login_on_a_busy_host_is_waited_for() -> None:
    """One took 42 s in the lab at a load of 16, and what fails is over after the 30 calls of pppd."""
    source = pathlib.Path(login.__file__ or '').read_text('utf-8')
    assert "'seconds': {'type': 'int', 'default': 90}" in source
    assert 'lcp-max-configure 30' in client_login.options('pptp', 'h', 'u', 'p').decode()


def is_running(pid: int) -> bool:
    """Whether there is such a process that has not ended."""
    try:
        return pathlib.Path('/proc/%d/stat' % pid).read_text('utf-8').rpartition(')')[2].split()[0] != 'Z'
    except OSError:
        return False


@pytest.mark.parametrize(('status', 'tells'), [(4, ''), (9, ''), (16, 'failed'), (19, 'failed')])
def test_a_client_that_cannot_dial_says_nothing_of_the_server(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch,
                                                              status: int, tells: str) -> None:
    for name, text in (('pptp', 'exit 0'), ('pppd', 'exit %d' % status)):
        (tmp_path / name).write_text('#!/bin/sh\n%s\n' % text)
        (tmp_path / name).chmod(0o755)
    monkeypatch.setattr(login.AnsibleModule, 'get_bin_path', lambda self, name, **more: os.fspath(tmp_path / name))
    done = calls.run('login', server='vpn.test', user='u', password='secret word', must=False)
    assert done.get('outcome', '') == tells and done.get('failed', False) is not bool(tells)
    assert tells or 'This client cannot dial' in done['msg']


@pytest.mark.parametrize('script', ['sleep 60 & echo $!; exit 16', 'sleep 60 & echo $!; wait'])
def test_a_pptp_that_outlives_pppd_is_ended(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch,
                                            script: str) -> None:
    monkeypatch.setattr(processes, 'GRACE', 0.3)
    call = processes.Watched(['/bin/sh', '-c', 'trap "exit 5" TERM; ' + script], os.fspath(tmp_path / 'log'))
    until = time.monotonic() + 20
    while not call.output().strip() and time.monotonic() < until:
        time.sleep(0.05)
    child = int(call.output())
    assert is_running(child)
    call.end()
    while is_running(child) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_running(child)
    call.end()      # twice is no error
    assert call.status() in (5, 16)
