# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a lab runs: what is asked for, what works, and what is said where neither does."""

from __future__ import annotations

import dataclasses
import pathlib
import struct
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3]))

from ansible_collections.vpnops.pptp.tests.faults import fault as faults, run
from tests.lab.host import forbid, probe
from tests.lab.host.kernel import HostKernel
from tests.lab.vm import carrier, qemu, store

NO = 'no PPP (/dev/ppp: No such device)'


@pytest.mark.parametrize(('asked', 'reason', 'kind', 'why'), [
    ('', '', 'host', 'its kernel has PPP'),
    ('auto', '', 'host', 'its kernel has PPP'),
    ('', NO, 'vm', NO),
    ('vm', '', 'vm', 'LAB_KIND=vm'),
    ('host', NO, 'host', 'LAB_KIND=host'),
])
def test_what_is_chosen(monkeypatch: pytest.MonkeyPatch, asked: str, reason: str, kind: str, why: str) -> None:
    _here(monkeypatch, asked, reason)
    chosen, said = probe.chosen()
    assert chosen == kind and why in said


def test_the_reason_is_told_with_the_choice(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    said: list[str] = []
    _here(monkeypatch, 'auto', NO)
    assert carrier.choose(tmp_path, tmp_path, said.append).kind == 'vm'
    _here(monkeypatch, 'auto', '')
    assert carrier.choose(tmp_path, tmp_path, said.append).kind == 'host'
    assert said == [f'in a virtual machine (not on this kernel: {NO})',
                    "on this machine's own kernel (its kernel has PPP, MPPE and the rest)"]


def test_what_is_asked_for_and_cannot_be_had_is_an_error(monkeypatch: pytest.MonkeyPatch,
                                                         tmp_path: pathlib.Path) -> None:
    _here(monkeypatch, 'host', NO)
    with pytest.raises(qemu.LabError, match='LAB_KIND=host, but: no PPP'):
        carrier.choose(tmp_path, tmp_path, print)
    assert store.missing() == NO
    _here(monkeypatch, 'container', NO)
    with pytest.raises(qemu.LabError, match='LAB_KIND=container: known are auto, host, vm'):
        carrier.choose(tmp_path, tmp_path, print)
    assert 'known are' in store.missing()


def test_without_either_both_reasons_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    _here(monkeypatch, 'auto', NO)
    monkeypatch.setattr(qemu, 'version', lambda: '')
    assert 'no qemu-system-x86_64' in store.missing() and NO in store.missing()


def test_a_carrier_is_what_it_was_in_another_process(tmp_path: pathlib.Path) -> None:
    first = HostKernel(tmp_path, tmp_path / 'run', print)
    first.images = tmp_path / 'images'
    second = carrier.of('host', tmp_path, tmp_path / 'run', print)
    second.recall({**first.known(), 'pid': 5})
    assert (second.known(), second.pid, second.keys) == (first.known(), 5, tmp_path / 'run')


def test_a_fault_that_needs_a_virtual_machine_is_not_tried_without_one(capsys: pytest.CaptureFixture[str]) -> None:
    plain = faults.load_all()[0]
    bound = dataclasses.replace(plain, name='module-gone', needs='vm')
    assert run.possible([plain, bound], 'vm') == [plain, bound]
    assert run.possible([plain, bound], 'host') == [plain]
    assert capsys.readouterr().out == 'not tried: module-gone: it needs LAB_KIND=vm (docs/lab.md)\n'


@pytest.mark.parametrize(('machine', 'number', 'argument', 'allowed'), [
    ('x86_64', 176, 0, False),      # delete_module
    ('aarch64', 106, 0, False),
    ('aarch64', 176, 0, True),      # getegid
    ('x86_64', 175, 0, True),       # init_module
    ('x86_64', 103, 3, True),       # syslog: read it all
    ('x86_64', 103, 5, False),      # clear it
    ('x86_64', 103, 8, False),      # the level of the console
    ('x86_64', 103, 10, True),      # its size
    ('x86_64', 0, 5, True),
])
def test_what_is_forbidden(machine: str, number: int, argument: int, allowed: bool) -> None:
    assert _run(forbid.program(machine), number, argument) == (0x7fff0000 if allowed else 0x00050001)


def _run(program: bytes, number: int, argument: int) -> int:
    """What the filter answers: the four instructions of the kernel's machine that it has."""
    data = struct.pack('iIQ6Q', number, 0, 0, argument, *[0] * 5)
    steps = list(struct.iter_unpack('HBBI', program))
    held = place = 0
    while True:
        code, yes, no, value = steps[place]
        place += 1
        if code == 0x06:
            return value
        if code == 0x20:
            held = struct.unpack_from('I', data, value)[0]
        else:
            place += yes if (held == value if code == 0x15 else held > value) else no


def _here(monkeypatch: pytest.MonkeyPatch, asked: str, reason: str) -> None:
    """A machine of which *reason* says why its kernel does not do."""
    monkeypatch.setenv('LAB_KIND', asked)
    monkeypatch.setattr(probe, 'why_not', lambda: reason)
