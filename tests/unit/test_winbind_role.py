# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tasks of the role winbind that look at accounts, run in check mode; a real member of a domain is in tests/aaa."""

from __future__ import annotations

import grp
import json
import os
import pathlib
import pwd
import subprocess
import sys
import typing as t

import yaml

from ansible_collections.vpnops.pptp.tests.unit.running import ANSIBLE, ROOT

ME, MINE = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name


def checked(folder: pathlib.Path, tasks: list[t.Any], **given: t.Any) -> subprocess.CompletedProcess[str]:
    """The run of *tasks* in check mode."""
    book = folder / 'book.json'
    variables = {'ansible_python_interpreter': sys.executable, 'winbind_folder': str(folder / 'none'), **given}
    book.write_text(json.dumps([{'hosts': 'localhost', 'connection': 'local', 'gather_facts': False,
                                 'vars': variables, 'tasks': tasks}]), 'utf-8')
    return subprocess.run([str(ANSIBLE), '-i', 'localhost,', '--check', str(book)], cwd=folder, capture_output=True,
                          timeout=120, check=False, text=True, env=dict(
                              os.environ, ANSIBLE_NOCOLOR='1', ANSIBLE_HOME=str(folder / 'home'),
                              PYTHONDONTWRITEBYTECODE='1', ANSIBLE_LOCALHOST_WARNING='0'))


def piped(folder: pathlib.Path, user: str) -> subprocess.CompletedProcess[str]:
    task = {'ansible.builtin.include_role': {'name': 'vpnops.pptp.winbind', 'tasks_from': 'pipe'}}
    return checked(folder, [task], winbind_found={'user': '', 'family': 'Debian'}, winbind_group=MINE,
                   winbind_radius_user=user)


def test_an_account_that_is_misspelt_is_not_made(tmp_path: pathlib.Path) -> None:
    done = piped(tmp_path, 'no-such-radius')
    assert done.returncode == 2, done.stdout
    assert 'There is no account no-such-radius: see winbind_radius_user' in ' '.join(done.stdout.split())
    assert 'changed=0' in done.stdout


def test_an_account_that_is_there_passes(tmp_path: pathlib.Path) -> None:
    done = piped(tmp_path, ME)
    assert (done.returncode, 'failed=0' in done.stdout) == (0, True), done.stdout
    assert piped(tmp_path, '').returncode == 0      # no FreeRADIUS on this host


def test_who_would_leave_the_group_is_announced(tmp_path: pathlib.Path) -> None:
    members = {'getent_group': {'wb': ['x', '1', 'other,' + ME]}}
    tasks = [task for task in yaml.safe_load((ROOT / 'roles/winbind/tasks/absent.yml').read_text('utf-8'))
             if 'winbind_members' in str(task.get('when'))]
    given = {'winbind_members': {'ansible_facts': members}, 'winbind_group': 'wb'}
    done = checked(tmp_path, tasks, winbind_user=ME, **given)
    assert (done.returncode, 'changed=1' in done.stdout) == (0, True), done.stdout
    assert 'changed=0' in checked(tmp_path, tasks, winbind_user='nobody-there', **given).stdout
