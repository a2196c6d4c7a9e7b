# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The window opens with one line, and its script, run by a real shell, leaves the old bytes, mode and owner."""

from __future__ import annotations

import doctest
import pathlib
import subprocess

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import debug_window as window


def test_the_samples() -> None:
    assert doctest.testmod(window).failed == 0


def closed(path: pathlib.Path, folder: pathlib.Path, seconds: str = '0') -> int:
    """Run the script for *path*, its own folders being below *folder*."""
    text = window.script(str(path))
    for own in (window.FOLDER, window.UNITS, '/var/lib/vpnops-pptp'):
        text = text.replace(own, str(folder) + own)
    script = folder / 'close.sh'
    script.write_text(text)
    return subprocess.run(['sh', str(script), seconds], check=False, timeout=30).returncode


@pytest.mark.parametrize('data', [b'', b'name pptpd\n', b'name pptpd', b'# gr\xfcn \xff\r\ndebug\r\n',
                                  b'\n\ndebug # mine\n', b'# debug # vpnops.pptp pppd_debug\n',
                                  b'debug # vpnopsxpptp pppd_debug\n'])
def test_it_closes_to_the_very_bytes(tmp_path: pathlib.Path, data: bytes) -> None:
    path = tmp_path / 'pptpd options'
    path.write_bytes(window.opened(data))
    path.chmod(0o640)
    assert window.is_open(path.read_bytes())
    assert not window.is_open(data)
    assert closed(path, tmp_path) == 0
    assert path.read_bytes() == data
    assert path.stat().st_mode & 0o777 == 0o640
    assert {entry.name for entry in tmp_path.iterdir()} == {'pptpd options', 'close.sh'}


def test_what_others_wrote_meanwhile_stays(tmp_path: pathlib.Path) -> None:
    path = tmp_path / 'options'
    path.write_bytes(b'ms-dns 10.0.0.1\n' + window.opened(b'name pptpd\n') + b'mtu 1400\n')
    assert closed(path, tmp_path) == 0
    assert path.read_bytes() == b'ms-dns 10.0.0.1\nname pptpd\nmtu 1400\n'


def test_a_file_that_is_gone_is_no_failure(tmp_path: pathlib.Path) -> None:
    assert closed(tmp_path / 'gone', tmp_path) == 0


def test_opening_twice_is_opening_once() -> None:
    assert window.opened(window.opened(b'x\n')) == window.opened(b'x\n')


def test_the_timer_goes_on_after_a_restart() -> None:
    units = window.units(300)
    assert 'OnActiveSec=300' in units[window.UNIT + '.timer']
    assert 'WantedBy=timers.target' in units[window.UNIT + '.timer']
    assert window.FOLDER.startswith('/var/lib/')
