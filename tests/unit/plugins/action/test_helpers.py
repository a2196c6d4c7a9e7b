# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The parts of the actions that need no run of Ansible."""

from __future__ import annotations

import os
import pathlib
import types

import pytest

from ansible_collections.vpnops.pptp.plugins.action import diagnose
from ansible_collections.vpnops.pptp.plugins.module_utils.bundle import BundleError
from ansible_collections.vpnops.pptp.plugins.plugin_utils import entry as entries, run

LOADER = types.SimpleNamespace(get_basedir=lambda: '/playbooks')


def test_a_bundle_is_found_beside_the_inventory_and_from_here(
        tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / 'inventory/b').mkdir(parents=True)
    (tmp_path / 'here/c').mkdir(parents=True)
    monkeypatch.chdir(tmp_path / 'here')
    known = {'inventory_dir': str(tmp_path / 'inventory')}
    assert run.find_bundle('b', known, LOADER) == str(tmp_path / 'inventory/b')
    assert run.find_bundle('c', known, LOADER) == str(tmp_path / 'here/c')
    assert run.find_bundle(str(tmp_path / 'here'), {}, LOADER) == str(tmp_path / 'here')
    with pytest.raises(BundleError, match=r'no bundle at .*inventory/d, /playbooks/d, .*here/d'):
        run.find_bundle('d', known, LOADER)


def test_the_report_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert run.report_folder('out', LOADER) == str(tmp_path / 'out')
    assert run.report_folder(None, LOADER).endswith('/pptp-report')
    assert os.path.basename(os.path.dirname(run.report_folder(None, LOADER))) == run.run_id()


def test_the_stub_holds_words_of_ours_only() -> None:
    finding = {'cause': 'x', 'result': 'fail', 'title': '{{ evil }}'}
    diagnosis = {'verdict': {'status': 'broken', 'stage': 'auth', 'cause': 'x', 'confidence': 'certain'},
                 'findings': [finding, dict(finding, result='pass')]}
    entry = entries.judged('h', 'run', 'live', diagnosis, {'pptp_host': {'hostname': '{{ evil }}'}})
    assert diagnose.brief(entry) == {'verdict': diagnosis['verdict'], 'findings': 1, 'source': 'live'}


@pytest.mark.parametrize('lead', [
    'Data could not be sent to remote host "vpn1". Make sure this host can be reached over ssh: ',
    'Failed to connect to the host via ssh: ', 'Task failed: Failed to connect to the host via ssh: ', ''])
def test_the_reason_of_a_connection_comes_first(lead: str) -> None:
    assert run.one_line(OSError(lead + 'ssh: connect to host vpn1\nport 22: Connection refused')) \
        == 'ssh: connect to host vpn1 port 22: Connection refused'
