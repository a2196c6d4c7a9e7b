# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The controller, the connection or the power ends in the middle of remediate.yml: nothing is half, and a way leads on.

``PPTP_KILL_POINTS`` says how many points in time (10), ``PPTP_KILL_SEED`` which; both are printed by a test that fails.
"""

from __future__ import annotations

import collections.abc
import os
import random
import re
import subprocess
import time
import typing as t

import container
import pytest
from container import Server
from lab_server import LabServer
from target import Target, kill
from test_remediate import COLUMN, STOPPED, TYPO

from tests.lab.vm import store

POINTS = int(os.environ.get('PPTP_KILL_POINTS', '10'))
SEED = int(os.environ.get('PPTP_KILL_SEED', '4'))
HALF = re.compile(r'\.new$|\.ansible_tmp|\.vpnops-pptp-restore$|\.pptp-guard$')
TASK = 'TASK ['
KINDS = ('controller', 'connection', 'power')


class Known(t.NamedTuple):
    """A server with faults, how it was broken and how it is when all is done, and how many tasks that takes."""

    server: Server | LabServer
    before: tuple[dict[str, str], str, str]
    after: dict[str, str]
    tasks: int


@pytest.fixture(scope='module', params=['container', pytest.param('lab', marks=pytest.mark.lab)])
def known(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
          ) -> collections.abc.Iterator[Known]:
    in_lab = request.param == 'lab'
    why = store.missing() if in_lab else container.missing()
    if why:
        pytest.skip(why)
    home = tmp_path_factory.mktemp('kill')
    server = LabServer(home) if in_lab else Server('bookworm', 'iptables', home)
    try:
        server.sh(TYPO + COLUMN + STOPPED + server.blocked)
        before = state(server)
        tasks, after = server.play('remediate').count(TASK), server.files()
        server.prove()
        server.play('rollback')
        assert state(server) == before
        yield Known(server, before, after, tasks)
    finally:
        server.close()


def state(server: Target) -> tuple[dict[str, str], str, str]:
    return server.files(), server.rules(), server.daemon()


def points() -> list[tuple[int, str, float]]:
    """``(number, what ends, after which part of the tasks)``: random, one in each equal part of the run."""
    dice = random.Random(SEED)
    return [(number, KINDS[number % len(KINDS)], (number + dice.random()) / POINTS) for number in range(POINTS)]


def wait(process: subprocess.Popen[str], tasks: float) -> None:
    """Until so many tasks have begun, and a random moment."""
    left = tasks
    assert process.stdout is not None
    for line in process.stdout:
        left -= line.startswith(TASK)
        if left <= 0:
            break
    time.sleep(random.random())


def end(server: Target, process: subprocess.Popen[str], kind: str) -> None:
    """Have *kind* end."""
    if kind == 'connection':
        server.cut(process)
    else:
        kill(process)
    if kind == 'power':
        server.power_cut()


@pytest.mark.parametrize(('number', 'kind', 'part'), points(), ids=lambda value: str(value)[:6])
def test_a_run_that_is_cut(known: Known, number: int, kind: str, part: float) -> None:
    server, (before, rules, daemon) = known.server, known.before
    process = server.start('remediate')
    wait(process, part * known.tasks)
    end(server, process, kind)
    now = server.files()
    whole = {path for path in now if not HALF.search(path)}
    assert [path for path in whole if content(now[path]) not in map(content, (before.get(path, ''), known.after.get(
        path, '')))] == []
    assert server.sh('echo reachable') == 'reachable\n'
    if number % 2:
        server.play('remediate')
        assert server.entry().get('remediation', {}).get('outcome', 'nothing') in ('done', 'nothing')
        assert server.files() == known.after
        server.prove()
    server.play('rollback')
    if kind == 'power' and not server.records():     # cut before anything was saved: its rules were in memory only
        assert server.files() == before
        server.sh(server.rules_at_start())
    assert state(server) == (before, rules, daemon)


def test_a_run_that_is_cut_before_its_rules_are_confirmed(known: Known) -> None:
    """The host would undo them in a minute; the next run, whose connections work, keeps them."""
    server = known.server
    process = server.start('remediate')
    assert process.stdout is not None
    for line in process.stdout:
        if 'Keep the change if a new connection works' in line:
            break
    kill(process)
    assert 'armed' in server.sh('ls /run/vpnops-pptp/firewall-guard')
    server.play('remediate')
    assert server.entry()['remediation']['outcome'] == 'done'
    assert server.files() == known.after
    assert 'vpnops.pptp tunnel_firewall' in server.rules()
    assert server.sh('ls /run/vpnops-pptp 2>/dev/null || true') == ''
    server.play('rollback')
    assert state(server) == known.before


def content(text: str) -> str:
    """What a file holds, of a line of :meth:`Server.files`."""
    return text.split(' ')[-1]


def test_the_points_are_spread() -> None:
    assert [int(part * POINTS) for _number, _kind, part in points()] == list(range(POINTS))
