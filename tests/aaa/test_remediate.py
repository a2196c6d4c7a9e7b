# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""remediate.yml and rollback.yml on a RADIUS server: named, mended, proved by a fresh diagnosis, and back to the byte.
Both ends with real logins are in tests/faults."""

from __future__ import annotations

import pathlib
import typing as t

import pytest

from tests.aaa.playing import ROOT, Done, play
from tests.aaa.radius_rig import RADDB, Lab, mschap

GROUPS = {'radius_servers': ['rad'], 'pptp_servers': []}


def run(lab: Lab, folder: pathlib.Path, name: str, *options: str, **variables: t.Any) -> Done:
    return play(folder, {'rad': lab.rad}, ROOT / f'playbooks/{name}.yml', GROUPS, options, **variables)


def digest(lab: Lab) -> str:
    return lab.rad.run('sh', '-c', f'find {RADDB} -type f | sort | xargs stat -c "%n %a %U:%G %Y"; '
                                   f'find {RADDB} -type f | sort | xargs md5sum').stdout


def test_a_server_that_sends_no_keys_and_does_not_run(older: Lab, tmp_path: pathlib.Path) -> None:
    older.start(edits=[mschap('use_mppe', 'no')])
    older.stop()
    before = digest(older)
    tried = run(older, tmp_path / 'try', 'remediate', '--check')
    plan = tried.report['hosts'][0]['plan']
    assert {step['cause']: step['role'] for step in plan['steps']} == {
        'radius-unreachable': 'freeradius', 'radius-no-mppe-keys': 'freeradius'}, tried.out
    assert digest(older) == before
    done = run(older, tmp_path / 'do', 'remediate')
    assert done.rc == 0, done.out
    [host] = done.report['hosts']
    assert host['remediation']['outcome'] == 'done', done.out
    assert sorted(host['remediation']['proof']['proved']) == ['radius-no-mppe-keys', 'radius-unreachable']
    assert older.login('alice')['login']['keys']['send'] == 'equal'
    back = run(older, tmp_path / 'back', 'rollback')
    assert back.rc == 0, back.out
    assert digest(older) == before


@pytest.mark.slow
def test_what_breaks_on_the_way_is_put_back(older: Lab, tmp_path: pathlib.Path) -> None:
    older.start(edits=[mschap('use_mppe', 'no')])
    older.rad.write(f'{RADDB}/mods-enabled/broken', 'nosuchmodule {\n}\n', 0o640)      # it cannot start again
    before = digest(older)
    done = run(older, tmp_path, 'remediate')
    assert done.rc != 0
    assert done.report['hosts'][0]['remediation']['outcome'] == 'undone', done.out
    assert digest(older) == before
