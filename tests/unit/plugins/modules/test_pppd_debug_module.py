# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A window is closed again, whatever ends in the middle. Without systemd, which runs in the lab."""

from __future__ import annotations

import os
import pathlib
import time
import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import debug_window
from ansible_collections.vpnops.pptp.plugins.modules import pppd_debug
from ansible_collections.vpnops.pptp.tests.unit.plugins.modules.calls import Answer, run, started

pytestmark = pytest.mark.skipif(os.path.isdir('/run/systemd/system'), reason='needs a host without systemd')
OLD = b'name pptpd\nmtu 1400'


class Place(t.NamedTuple):
    """The options of pppd, the file of pptpd that names them, and the folder of the window."""

    options: pathlib.Path
    config: pathlib.Path
    folder: pathlib.Path


@pytest.fixture(name='place')
def _place(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    place = Place(tmp_path / 'options', tmp_path / 'pptpd.conf', tmp_path / 'lib/window')
    place.options.write_bytes(OLD)
    place.config.write_text('option %s\n' % place.options)
    place.folder.parent.mkdir()
    monkeypatch.setattr(debug_window, 'FOLDER', str(place.folder))
    monkeypatch.setattr(debug_window, 'SECONDS', (1, 300))
    monkeypatch.setattr(pppd_debug, 'CONFIG', str(place.config))
    return place


def within(seconds: float, done: t.Callable[[], bool]) -> bool:
    """Whether *done* comes true."""
    until = time.monotonic() + seconds
    while not done() and time.monotonic() < until:
        time.sleep(0.1)
    return done()


def is_open(path: pathlib.Path) -> bool:
    return debug_window.is_open(path.read_bytes())


def test_it_opens_and_closes(place: Place) -> None:
    would = run('pppd_debug', action='open', check=True)
    assert would['changed'] and place.options.read_bytes() == OLD and not place.folder.exists()
    done = run('pppd_debug', action='open', seconds=60)
    assert done['changed'] and done['window'] == 'open' and is_open(place.options)
    assert not run('pppd_debug', action='open', seconds=60)['changed']
    assert run('pppd_debug', action='status')['window'] == 'open'
    assert run('pppd_debug', action='close', check=True)['changed'] and is_open(place.options)
    assert run('pppd_debug', action='close')['changed'] and place.options.read_bytes() == OLD
    again = run('pppd_debug', action='close')
    assert (again['changed'], again['window']) == (False, 'closed') and not place.folder.exists()


def test_it_closes_by_itself(place: Place) -> None:
    run('pppd_debug', action='open', seconds=1)
    assert within(20, lambda: not place.folder.exists()) and place.options.read_bytes() == OLD


def test_the_end_of_an_older_window_is_not_that_of_a_newer(place: Place) -> None:
    run('pppd_debug', action='open', seconds=2)
    run('pppd_debug', action='close')
    run('pppd_debug', action='open', seconds=2)
    run('pppd_debug', action='open', seconds=60)
    time.sleep(3)
    assert is_open(place.options) and place.folder.exists()
    run('pppd_debug', action='close')


def test_a_window_on_another_file_is_closed_first(place: Place, tmp_path: pathlib.Path) -> None:
    run('pppd_debug', action='open', seconds=60)
    other = tmp_path / 'other'
    other.write_bytes(OLD)
    run('pppd_debug', action='open', seconds=60, path=str(other))
    assert is_open(other) and place.options.read_bytes() == OLD
    closed = run('pppd_debug', action='close')     # pptpd names the first one
    assert closed['changed'] and other.read_bytes() == OLD and not place.folder.exists()


def test_a_server_that_is_gone_can_be_closed(place: Place) -> None:
    run('pppd_debug', action='open', seconds=60)
    place.config.unlink()
    assert run('pppd_debug', action='close')['changed'] and place.options.read_bytes() == OLD
    again = run('pppd_debug', action='close')
    assert [again[name] for name in ('changed', 'file', 'window')] == [False, '', 'closed']
    assert 'names no file of options' in run('pppd_debug', action='open')['msg']


def test_a_file_that_is_not_there_is_not_made(place: Place) -> None:
    """pptpd does not start without it; with an empty one it would let anybody in."""
    place.options.unlink()
    for check in (True, False):
        done = run('pppd_debug', action='open', check=check)
        assert done['failed'] and 'no file %s' % place.options in done['msg']
    assert not place.options.exists() and not place.folder.exists()


def test_a_carriage_return_belongs_to_no_name(place: Place) -> None:
    place.config.write_bytes(b'option %s\r\n' % os.fsencode(place.options))
    assert run('pppd_debug', action='status')['file'] == str(place.options)


STEPS = ('os.makedirs', 'pppd_debug.files.write', 'pppd_debug.processes.detached', 'atomic.File.put', 'os.rename')


def killed(place: Place, arguments: Answer, step: str) -> None:
    """The module, killed when it comes to *step*."""
    call = started('pppd_debug', arguments, '', '\n'.join((
        'import os', 'from ansible_collections.vpnops.pptp.plugins.modules import pppd_debug',
        'from ansible_collections.vpnops.pptp.plugins.module_utils.edit import atomic, debug_window',
        'debug_window.FOLDER, debug_window.SECONDS = %r, (1, 300)' % str(place.folder),
        '%s = lambda *given, **more: os.kill(os.getpid(), 9)' % step)))
    said = call.communicate(timeout=60)[0]
    assert call.returncode in (-9, 0), said


@pytest.mark.parametrize('step', STEPS)
def test_who_is_killed_leaves_no_trace(step: str, place: Place) -> None:
    killed(place, {'action': 'open', 'seconds': 1, 'path': str(place.options)}, step)
    assert within(20, lambda: not is_open(place.options)) and place.options.read_bytes() == OLD
    run('pppd_debug', action='close')
    assert within(20, lambda: not place.folder.exists())
    assert sorted(each.name for each in place.options.parent.iterdir()) == ['lib', 'options', 'pptpd.conf']
