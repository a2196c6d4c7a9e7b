# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A real timer process: it is there, it fires, it can be stopped with its child."""

from __future__ import annotations

import concurrent.futures
import os
import pathlib
import time
import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import guard_system
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.guard_system import Answer, System


class NoSystemd(System):
    """A host without systemd."""

    def systemd(self) -> bool:
        return False


class Systemd(System):
    """A host on which systemd-run and systemctl answer *answer*."""

    def __init__(self, answer: Answer) -> None:
        self.answer, self.ran = answer, []   # type: t.Tuple[Answer, t.List[t.List[str]]]

    def systemd(self) -> bool:
        return True

    def run(self, argv: t.Sequence[str], text: str = '', timeout: float = 60) -> Answer:
        self.ran.append(list(argv))
        return self.answer


def _script(folder: pathlib.Path, text: str) -> str:
    (folder / 'script').write_text(text, 'utf-8')
    return str(folder / 'script')


def _wait(condition: t.Callable[[], bool]) -> bool:
    for _try in range(100):
        if condition():
            return True
        time.sleep(0.05)
    return False


def test_it_fires_in_a_session_of_its_own_and_is_then_gone(tmp_path: pathlib.Path) -> None:
    system = NoSystemd()
    timer = system.start(_script(tmp_path, 'echo "$1 $2" >"${0%/*}/fired"; sleep 0.3'), 12)
    assert timer['by'] == 'process'
    assert system.alive(timer)
    assert os.getsid(timer['pid']) == timer['pid']
    assert _wait(lambda: not system.alive(timer))
    assert (tmp_path / 'fired').read_text('utf-8') == '12 12\n'


def test_it_is_stopped_with_its_child(tmp_path: pathlib.Path) -> None:
    system = NoSystemd()
    timer = system.start(_script(tmp_path, 'sleep 60 & echo $! >"${0%/*}/child"; wait'), 12)
    assert _wait(lambda: (tmp_path / 'child').exists() and bool((tmp_path / 'child').read_text('utf-8').strip()))
    child = int((tmp_path / 'child').read_text('utf-8'))
    system.stop(timer)
    assert _wait(lambda: not system.alive(timer) and guard_system._born(child) is None)
    system.stop(timer)


def test_another_process_with_its_number_is_not_it() -> None:
    system = NoSystemd()
    stranger = {'by': 'process', 'pid': os.getpid(), 'born': 1}
    assert not system.alive(stranger)
    system.stop(stranger)   # would end this test


@pytest.mark.parametrize('timer', [{}, {'by': 'process'}, {'by': 'process', 'pid': 2 ** 22 + 1, 'born': None}])
def test_no_timer(timer: dict[str, t.Any]) -> None:
    assert not NoSystemd().alive(timer)


def test_systemd_is_asked_first() -> None:
    system = Systemd(Answer(0, 'inactive\nactive\n', ''))
    timer = system.start('/x', 60)
    assert timer == {'by': 'systemd', 'unit': 'vpnops-pptp-firewall-guard'}
    assert '--on-active=60s' in system.ran[0]
    assert system.ran[0][-4:] == ['/bin/sh', '/x', '0', '60']
    assert system.alive(timer)
    system.stop(timer)
    assert system.ran[-1] == ['systemctl', 'stop', timer['unit'] + '.timer', timer['unit'] + '.service']


def test_without_its_help_a_process_does(tmp_path: pathlib.Path) -> None:
    timer = Systemd(Answer(1, 'inactive\nfailed\n', 'no bus')).start(_script(tmp_path, ':'), 12)
    assert timer['by'] == 'process'
    assert not Systemd(Answer(3, 'inactive\nfailed\n', '')).alive({'by': 'systemd', 'unit': 'x'})


def test_one_after_the_other_and_nothing_stays(tmp_path: pathlib.Path) -> None:
    folder, inside = tmp_path / 'x', []

    def work(number: int) -> None:
        with System().alone(str(folder), 10):
            inside.append(number)
            (folder / 'mine').mkdir()   # fails where another one is there
            time.sleep(0.02)
            (folder / 'mine').rmdir()
            assert inside[-1] == number
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(24)))
    assert sorted(inside) == list(range(24))
    assert not folder.exists()


def test_who_waits_too_long_gives_up(tmp_path: pathlib.Path) -> None:
    with System().alone(str(tmp_path / 'x'), 1), pytest.raises(TimeoutError, match='another run'), \
            System().alone(str(tmp_path / 'x'), 0.2):
        pass


def test_a_command_that_is_missing() -> None:
    assert System().run(['/no/such/command']).rc == 127
