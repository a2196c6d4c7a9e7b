# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The role radius_client takes its files back: run for real, in a folder of its own."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import typing as t

import pytest

from ansible_collections.vpnops.pptp.tests.unit.running import ANSIBLE


@pytest.fixture(name='place')
def _place() -> t.Iterator[pathlib.Path]:
    """A folder with a short path: pppd takes 63 letters of one."""
    with tempfile.TemporaryDirectory() as name:
        yield pathlib.Path(name, 'radiusclient')


@pytest.mark.skipif(os.geteuid() != 0, reason='the files are root\'s')
@pytest.mark.parametrize('listed', [True, False])
def test_no_shared_secret_stays_behind(place: pathlib.Path, tmp_path: pathlib.Path, listed: bool) -> None:
    """Also where the servers are not named again."""
    place.mkdir()
    (place / 'radiusclient.conf').write_text('authserver 192.0.2.10:1812\nservers %s/servers\n' % place, 'utf-8')
    (place / 'servers').write_text('192.0.2.10\tHidden1\n', 'utf-8')
    given = {'radius_client_path': str(place / 'radiusclient.conf'), 'radius_client_state': 'absent',
             'radius_client_servers': [{'host': '192.0.2.10'}] if listed else [],
             'ansible_python_interpreter': sys.executable}
    task = {'ansible.builtin.include_role': {'name': 'vpnops.pptp.radius_client', 'tasks_from': 'remove'}}
    book = tmp_path / 'book.json'
    book.write_text(json.dumps([{'hosts': 'localhost', 'connection': 'local', 'gather_facts': False, 'vars': given,
                                 'tasks': [task]}]), 'utf-8')
    settings = dict(os.environ, ANSIBLE_NOCOLOR='1', ANSIBLE_HOME=str(tmp_path / 'home'), PYTHONDONTWRITEBYTECODE='1',
                    ANSIBLE_LOCALHOST_WARNING='0')
    counts = []
    for option in ('--check', '--diff'):        # what is announced is what is done
        done = subprocess.run([str(ANSIBLE), '-i', 'localhost,', option, str(book)], cwd=tmp_path, env=settings,
                              capture_output=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout.decode()
        assert b'Hidden1' not in done.stdout + done.stderr
        counts.append(done.stdout.split(b'changed=')[1].split()[0])
        assert place.exists() is (option == '--check')
    assert counts[0] == counts[1], done.stdout.decode()
