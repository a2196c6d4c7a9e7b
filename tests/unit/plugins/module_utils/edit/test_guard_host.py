# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Arm, confirm, disarm and restore: the states, the files, and who wins. Rules are tested in ``tests/guard``."""

from __future__ import annotations

import json
import os
import pathlib
import stat
import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import guard, guard_host
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.guard_host import Guard, GuardError
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.guard_system import Answer, System

SAVED = '*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n'


class Machine(System):
    """A host whose firewall tools answer from *answers*; its clock and its timer are in the test's hand."""

    def __init__(self, **answers: Answer) -> None:
        self.answers = {name.replace('_', '-'): answer for name, answer in answers.items()}
        self.ran: list[list[str]] = []
        self.clock, self.timer, self.user = 1000.0, False, 0

    def which(self, name: str) -> bool:
        return name in self.answers

    def run(self, argv: t.Sequence[str], text: str = '', timeout: float = 60) -> Answer:
        self.ran.append(list(argv))
        if argv[0] in ('cp', '/bin/sh'):
            return super().run(argv, text, timeout)
        return self.answers.get(argv[0], Answer(127, '', 'missing'))

    def now(self) -> float:
        return self.clock

    def sleep(self, seconds: float) -> None:
        self.clock += seconds

    def euid(self) -> int:
        return self.user

    def start(self, script: str, seconds: int) -> dict[str, t.Any]:
        self.timer = True
        return {'by': 'process', 'pid': 1, 'born': 1}

    def alive(self, timer: dict[str, t.Any]) -> bool:
        return self.timer

    def stop(self, timer: dict[str, t.Any]) -> None:
        self.timer = False


class House(t.NamedTuple):
    """A guard, its machine, its folder and the folder that it guards."""

    guard: Guard
    machine: Machine
    folder: pathlib.Path
    etc: pathlib.Path

    def arm(self, owner: str = '', paths: t.Sequence[str] = ()) -> dict[str, t.Any]:
        wanted = list(paths) or [str(self.etc), str(self.etc.parent / 'absent')]
        return self.guard.arm(60, 'a test', wanted, owner)

    def fire(self) -> None:
        """What the timer does."""
        (self.folder / guard.ARMED).rename(self.folder / guard.FIRING)
        (self.folder / guard.DONE).write_text('1064\n', 'utf-8')


@pytest.fixture
def house(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setattr(guard, 'PATHS', ())
    folder, etc = tmp_path / 'run/vpnops-pptp/firewall-guard', tmp_path / 'etc/a b'
    (tmp_path / 'run').mkdir()
    (etc / 'sub').mkdir(parents=True)
    (etc / 'sub/rules').write_text('old\n', 'utf-8')
    (etc / 'gone').write_text('gone\n', 'utf-8')
    os.symlink('sub/rules', str(etc / 'link'))
    machine = Machine()
    return House(Guard(machine, str(folder)), machine, folder, etc)


def _break(house: House) -> None:
    (house.etc / 'sub/rules').write_text('new\n', 'utf-8')
    (house.etc / 'gone').unlink()
    (house.etc / 'link').unlink()
    (house.etc / 'fresh').mkdir()
    (house.etc / 'fresh/.hidden').write_text('new\n', 'utf-8')
    (house.etc.parent / 'absent').write_text('new\n', 'utf-8')


def _files(house: House) -> dict[str, str]:
    return {str(path.relative_to(house.etc.parent)): path.read_text('utf-8')
            for path in house.etc.parent.rglob('*') if path.is_file()}


def _nothing_left(house: House) -> bool:
    return not house.machine.timer and not house.folder.parent.exists()


def test_armed_is_private_and_says_what_and_how_long(house: House) -> None:
    facts = house.arm()
    assert (facts['state'], facts['armed'], facts['label'], facts['seconds_left']) == ('armed', True, 'a test', 60)
    assert stat.S_IMODE(house.folder.stat().st_mode) == 0o700
    own = [path for path in house.folder.iterdir() if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in own} == {0o600}
    assert json.loads((house.folder / guard.STATE).read_text('utf-8'))['seconds'] == 60
    house.machine.clock += 20
    assert house.guard.status()['seconds_left'] == 40


@pytest.mark.parametrize('what', ['confirm', 'disarm'])
def test_confirmed_keeps_the_change_and_nothing_of_the_guard(house: House, what: str) -> None:
    house.arm()
    _break(house)
    after = _files(house)
    facts = getattr(house.guard, what)()
    assert (facts['state'], facts['armed']) == ('armed', False)
    assert _nothing_left(house)
    assert _files(house) == after


def test_restore_puts_every_file_back(house: House) -> None:
    before = _files(house)
    house.arm()
    _break(house)
    facts = house.guard.restore()
    assert (facts['state'], facts['failed_steps']) == ('restored', [])
    assert _files(house) == before
    assert os.readlink(str(house.etc / 'link')) == 'sub/rules'
    assert not (house.etc / 'fresh').exists()
    assert _nothing_left(house)


def test_a_confirmation_that_comes_too_late_undoes_what_came_after_the_timer_too(house: House) -> None:
    before = _files(house)
    house.arm()
    house.fire()
    _break(house)
    facts = house.guard.confirm()
    assert (facts['state'], facts['restored_at']) == ('restored', 1064)
    assert _files(house) == before
    assert _nothing_left(house)


def test_the_timer_that_has_won_is_waited_for(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.arm()
    (house.folder / guard.ARMED).rename(house.folder / guard.FIRING)

    def sleep(_seconds: float) -> None:
        (house.folder / guard.DONE).write_text('1064\n', 'utf-8')
    monkeypatch.setattr(house.machine, 'sleep', sleep)
    assert house.guard.confirm()['restored_at'] == 1064


def test_a_second_guard_is_refused_and_changes_nothing(house: House) -> None:
    house.arm()
    names = sorted(path.name for path in house.folder.iterdir())
    with pytest.raises(GuardError, match='another change, a test, is not confirmed yet: it is undone in 60 s'):
        house.guard.arm(30, 'another', [])
    assert sorted(path.name for path in house.folder.iterdir()) == names
    assert house.guard.status()['label'] == 'a test'


def test_a_timer_that_was_killed_is_stale(house: House) -> None:
    house.arm()
    house.machine.timer = False
    assert house.guard.status()['state'] == 'stale'
    with pytest.raises(GuardError, match='its timer is gone'):
        house.arm()
    assert house.guard.confirm()['state'] == 'stale'
    assert _nothing_left(house)


def test_what_was_undone_and_nobody_asked_about_is_told_by_the_next(house: House) -> None:
    house.arm()
    house.fire()
    assert house.arm()['notes'] == ['an earlier change, a test, was not confirmed and has been undone']


@pytest.mark.parametrize('what', ['confirm', 'disarm', 'restore', 'status'])
def test_nothing_armed_is_idle(house: House, what: str) -> None:
    assert getattr(house.guard, what)()['state'] == 'idle'
    assert _nothing_left(house)


def test_without_root_nothing_is_armed(house: House) -> None:
    house.machine.user = 1000
    with pytest.raises(GuardError, match='needs root'):
        house.arm()
    assert _nothing_left(house)


@pytest.mark.parametrize(('answers', 'message'), [
    ({'nft': Answer(1, '', 'Operation not permitted')}, 'nft list ruleset: Operation not permitted'),
    ({'iptables_save': Answer(0, SAVED, ''), 'iptables_restore': Answer(2, '', 'line 2 failed'),
      'iptables': Answer(0, 'iptables v1.8.9 (nf_tables)', '')}, 'iptables-restore does not load what it'),
])
def test_what_cannot_be_put_back_is_not_armed(house: House, answers: dict[str, Answer], message: str) -> None:
    house.machine.answers = {name.replace('_', '-'): answer for name, answer in answers.items()}
    with pytest.raises(GuardError, match='nothing was changed: ' + message):
        house.arm()
    assert _nothing_left(house)


class Firewalld(Machine):
    """firewalld, which says *now* at run time and *kept* of its files."""

    def __init__(self, now: dict[str, str], kept: dict[str, str]) -> None:
        super().__init__(firewall_cmd=Answer(0, '', ''))
        self.now_says, self.kept_says = now, kept

    def run(self, argv: t.Sequence[str], text: str = '', timeout: float = 60) -> Answer:
        if argv[0] == 'firewall-cmd':
            says = self.kept_says if '--permanent' in argv else self.now_says
            return Answer(0, says.get(argv[-1], ''), '')
        return super().run(argv, text, timeout)


SAYS = {'--get-default-zone': 'public\n', '--list-all-zones': 'public\n  services: ssh\n', '--get-all-rules': ''}


@pytest.mark.parametrize('other', [
    {}, {'--get-default-zone': 'drop\n'}, {'--list-all-zones': 'public\n  services:\n'},
    {'--get-all-rules': 'ipv4 filter INPUT 0 -j ACCEPT\n'},
])
def test_firewalld_is_reloaded_only_where_that_loses_nothing(house: House, monkeypatch: pytest.MonkeyPatch,
                                                             other: dict[str, str]) -> None:
    monkeypatch.setattr(guard_host, 'FIREWALLD_CONF', str(house.etc / 'absent'))
    keeper = Guard(Firewalld({**SAYS, **other}, SAYS), str(house.folder))
    notes = keeper.arm(60, 'a test', [])['notes']
    assert [note[:43] for note in notes] == (['firewalld has settings that are not permane'] if other else [])
    script = (house.folder / guard.SCRIPT).read_text('utf-8')
    assert ('try reload' in script) is not bool(other)
    keeper.disarm()


def test_a_backend_that_the_kernel_lacks_is_left_out(house: House) -> None:
    house.machine.answers = {'nft': Answer(1, '', 'netlink: Error: Operation not supported')}
    assert house.arm()['armed']


def test_each_backend_is_saved_once(house: House) -> None:
    names = ('iptables', 'iptables-nft', 'iptables-legacy')
    tools = [name + suffix for name in names for suffix in ('-save', '-restore')]
    house.machine.answers = dict.fromkeys(tools, Answer(0, SAVED, ''))
    house.machine.answers['iptables'] = Answer(0, 'iptables v1.8.9 (nf_tables)\n', '')
    house.arm()
    assert [argv for argv in house.machine.ran if argv[0].endswith('-save')] == [
        ['iptables-nft-save', '-c'], ['iptables-legacy-save', '-c']]


def test_a_guard_inside_another_of_the_same_run_is_part_of_it(house: House) -> None:
    more = house.etc.parent / 'more'
    more.write_text('old\n', 'utf-8')
    house.arm('run')
    timer = json.loads((house.folder / guard.STATE).read_text('utf-8'))['timer']
    (house.etc / 'sub/rules').write_text('by the outer change\n', 'utf-8')
    assert house.arm('run', [str(more), str(house.etc / 'sub')])['armed']
    assert json.loads((house.folder / guard.STATE).read_text('utf-8'))['timer'] == timer
    more.write_text('new\n', 'utf-8')
    assert house.guard.confirm('run')['armed']   # the inner one
    facts = house.guard.restore('run')
    assert (facts['state'], facts['fired']) == ('restored', False)
    assert more.read_text('utf-8') == 'old\n'
    assert (house.etc / 'sub/rules').read_text('utf-8') == 'old\n'
    assert _nothing_left(house)


def test_only_the_outermost_confirmation_ends_it(house: House) -> None:
    for _guard in range(3):
        house.arm('run')
    assert [house.guard.confirm('run')['armed'] for _guard in range(3)] == [True, True, False]
    assert _nothing_left(house)


def test_nothing_is_changed_inside_a_guard_that_has_fired(house: House) -> None:
    house.arm('run')
    house.fire()
    with pytest.raises(GuardError, match='part of a test, which was undone by the host itself'):
        house.arm('run')
    assert house.guard.restore('run')['fired']


@pytest.mark.parametrize('fired', [False, True])
def test_another_run_is_left_alone(house: House, fired: bool) -> None:
    before = _files(house)
    house.arm('one')
    if fired:
        house.fire()
        assert house.arm('two')['notes'] != []
    _break(house)
    owner, other = ('two', 'one') if fired else ('one', 'two')
    assert house.guard.confirm(other)['state'] == 'foreign'
    assert house.guard.restore(other)['state'] == 'foreign'
    assert house.guard.status()['armed']
    if not fired:
        with pytest.raises(GuardError, match='not confirmed yet'):
            house.arm(other)
    assert house.guard.restore(owner)['state'] == 'restored'
    assert _files(house) == before


def test_what_cannot_be_written_is_not_armed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    write = Guard._write

    def full(self: Guard, name: str, text: str) -> None:
        if name == guard.STATE:
            raise OSError(28, 'No space left on device')
        write(self, name, text)
    monkeypatch.setattr(Guard, '_write', full)
    with pytest.raises(GuardError, match='nothing was changed: .*No space left'):
        house.arm()
    assert _nothing_left(house)


def test_who_sets_the_clock_does_not_change_the_time_left(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house.machine, 'now', lambda: System.now(house.machine))
    house.arm()
    monkeypatch.setattr('time.time', lambda: 0.0)
    assert house.guard.status()['seconds_left'] in (59, 60)


@pytest.mark.parametrize('path', ['relative/x', '/etc', '/etc/a\nb'])
def test_a_path_that_is_none_or_too_much(house: House, path: str) -> None:
    with pytest.raises(GuardError, match='no path that can be saved'):
        house.guard.arm(60, 'x', [path])
    assert _nothing_left(house)
