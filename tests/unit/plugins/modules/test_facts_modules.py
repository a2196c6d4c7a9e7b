# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The facts modules as a user calls them; every module documents what it takes."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess

import pytest
import yaml

from ansible_collections.vpnops.pptp.plugins.module_utils import recorder, subjects
from ansible_collections.vpnops.pptp.tests.unit.running import ANSIBLE, ROOT

PLAY = [{'hosts': 'localhost', 'connection': 'local', 'gather_facts': False, 'tasks': [
    {'vpnops.pptp.server_facts': {'gather_subset': ['host', 'conf']}},
    {'vpnops.pptp.radius_facts': {}}, {'vpnops.pptp.firewall_facts': {}}, {'vpnops.pptp.conntrack_facts': {}},
    {'vpnops.pptp.pppd_facts': {}},
    {'ansible.builtin.copy': {'dest': 'facts.json', 'content': '{{ ansible_facts | to_json }}'}},
    {'vpnops.pptp.server_facts': {'gather_subset': ['fire']}, 'ignore_errors': True},
    {'vpnops.pptp.radius_facts': {'gather_subset': ['host']}, 'ignore_errors': True},
]}]


@pytest.fixture(scope='module')
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, dict[str, dict[str, object]]]:
    folder = tmp_path_factory.mktemp('facts')
    PLAY[0]['tasks'][5]['ansible.builtin.copy']['dest'] = str(folder / 'facts.json')
    (folder / 'play.json').write_text(json.dumps(PLAY))
    env = dict(os.environ, ANSIBLE_NOCOLOR='1', ANSIBLE_HOME=str(folder / 'home'), ANSIBLE_LOCALHOST_WARNING='0')
    run = subprocess.run([str(ANSIBLE), str(folder / 'play.json')], env=env, cwd=folder, capture_output=True,
                         timeout=120, check=False)
    assert run.returncode == 0, run.stdout
    return run.stdout.decode(), json.loads((folder / 'facts.json').read_text())


def test_what_was_asked_for_is_in_the_facts(done: tuple[str, dict[str, dict[str, object]]]) -> None:
    _out, facts = done
    assert {name for name in facts if name.startswith('pptp_')} == {
        'pptp_host', 'pptp_conf', 'pptp_radius', 'pptp_firewall', 'pptp_conntrack', 'pptp_pppd'}
    assert facts['pptp_host']['euid'] == os.geteuid()


def test_wrong_arguments_are_named(done: tuple[str, dict[str, dict[str, object]]]) -> None:
    out, _facts = done
    assert 'unknown subject fire; there are: all, host' in out
    assert 'Unsupported parameters' in out


def documentation(path: pathlib.Path) -> dict[str, object]:
    return yaml.safe_load(path.read_text('utf-8').split('DOCUMENTATION = r"""')[1].split('"""')[0])


def test_the_log_options_are_documented_as_they_are() -> None:
    text = (ROOT / 'plugins/doc_fragments/attributes.py').read_text('utf-8')
    options = yaml.safe_load(text.split('LOGS = r"""')[1].split('"""')[0])['options']
    for option in options.values():
        del option['description']
    assert options == recorder.LOG_ARGUMENTS


def test_the_documented_subjects_are_the_real_ones() -> None:
    described = str(documentation(ROOT / 'plugins/modules/server_facts.py')['options']['gather_subset'])
    assert [name for name in subjects.SUBJECTS if 'V(%s)' % name not in described] == []
