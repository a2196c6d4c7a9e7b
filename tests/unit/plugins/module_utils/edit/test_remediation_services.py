# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""FreeRADIUS, winbind and their groups after a rollback: as they were, also where it was cut."""

from __future__ import annotations

import pathlib
import typing as t
from unittest import mock

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import remediation_services as services
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.edit.remediated import Case, Host, begin


class Fake:
    """The services of a host in *states*, and who is in *groups*."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **states: str) -> None:
        self.states: dict[str, str] = states
        self.groups: dict[str, list[str]] = {'winbindd_priv': []}
        monkeypatch.setattr(services, 'states', lambda system: dict(self.states))
        monkeypatch.setattr(services, 'members', lambda path='': {name: list(who) for name, who in self.groups.items()})


def done(case: Case) -> list[str]:
    """The services that were started, stopped or restarted, and the groups that were left."""
    return [line for line in case.system.asked if line.startswith(('systemctl restart', 'systemctl stop', 'gpasswd'))
            and 'pptpd' not in line]


@pytest.fixture(name='fake')
def _fake(monkeypatch: pytest.MonkeyPatch) -> Fake:
    return Fake(monkeypatch, freeradius='active', winbind='inactive')


def test_a_server_that_read_newer_files_reads_the_older_ones(
        case: Case, fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, 'SERVICES', {'freeradius': (str(case.etc / 'ppp'),), 'winbind': ('/none/',)})
    name = begin(case)
    case.write('ppp/chap-secrets', 'new\n', 0o600)
    assert case.records.restore(name)['state'] == 'restored'
    assert done(case) == ['systemctl restart freeradius.service']


def test_a_service_that_was_started_is_stopped_and_one_that_was_stopped_started(case: Case, fake: Fake) -> None:
    name = begin(case)
    fake.states = {'freeradius': 'failed', 'winbind': 'active'}
    case.records.restore(name)
    assert done(case) == ['systemctl restart freeradius.service', 'systemctl stop winbind.service']


def test_who_was_put_into_the_group_leaves_it_and_the_server_hears_of_it(case: Case, fake: Fake) -> None:
    fake.groups = {'winbindd_priv': ['somebody']}
    name = begin(case)
    fake.groups = {'winbindd_priv': ['somebody', 'freerad', '{{ x }}']}
    case.records.restore(name)
    assert done(case) == ['gpasswd --delete freerad winbindd_priv', 'systemctl restart freeradius.service']


@pytest.mark.parametrize('change', ['state', 'group', ''])
def test_what_is_no_file_is_a_change_too(case: Case, fake: Fake, change: str) -> None:
    name = begin(case)
    if change == 'state':
        fake.states = dict(fake.states, winbind='active')
    elif change == 'group':
        fake.groups = {'winbindd_priv': ['freerad']}
    assert (case.records.finish(name)['id'] is not None) is bool(change)


def test_a_restore_that_was_cut_still_knows_who_is_older(
        case: Case, fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, 'SERVICES', {'freeradius': (str(case.etc / 'ppp'),)})
    name = begin(case)
    case.write('ppp/chap-secrets', 'new\n', 0o600)
    with monkeypatch.context() as patch:
        patch.setattr(services, 'settle', mock.Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            case.records.restore(name)
    assert case.records.restore(name)['state'] == 'restored'
    assert done(case) == ['systemctl restart freeradius.service']


def test_the_groups_of_a_host_are_read(tmp_path: pathlib.Path) -> None:
    path = tmp_path / 'group'
    path.write_text('root:x:0:\nwinbindd_priv:x:107:freerad,proxy\nwbpriv:!:88:\n')
    assert services.members(str(path)) == {'winbindd_priv': ['freerad', 'proxy'], 'wbpriv': []}
    assert services.members(str(tmp_path / 'none')) == {}


def test_what_systemd_does_not_know_is_no_service(monkeypatch: pytest.MonkeyPatch) -> None:
    host = Host()
    host.state = {'LoadState': 'not-found', 'ActiveState': 'inactive'}
    monkeypatch.setattr(services.os.path, 'isdir', lambda path: True)
    assert services.states(t.cast('t.Any', host)) == {}
    host.state = {'LoadState': 'loaded', 'ActiveState': 'active'}
    assert set(services.states(t.cast('t.Any', host))) == set(services.SERVICES)
