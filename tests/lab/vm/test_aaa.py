# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Real logins that FreeRADIUS, or Active Directory behind it, has checked; and what a fault there does to them."""

from __future__ import annotations

import pathlib
import sys
import typing as t

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from tests.lab.vm import aaa, store  # noqa: E402
from tests.lab.vm.lab import Lab  # noqa: E402

pytestmark = pytest.mark.skipif(bool(store.missing()), reason=store.missing())
MPPE = 'MPPE 128-bit stateless'
LOG = '/var/log/freeradius/radius.log'


@pytest.fixture(scope='module')
def running() -> t.Iterator[Lab]:
    with Lab.up() as lab:
        yield lab


@pytest.fixture
def lab(running: Lab) -> t.Iterator[Lab]:
    """A fresh lab."""
    yield running
    running.reset()


@pytest.mark.parametrize(('server', 'radius', 'version'), [
    ('server', 'radius', '3.2.1'), ('server13', 'radius13', '3.2.7')])
def test_logins_that_freeradius_checks(lab: Lab, server: str, radius: str, version: str) -> None:
    assert f'Version {version}' in lab.run(radius, 'freeradius -v').stdout
    lab.use_radius(server, radius)
    dial = lab.dial(server=server, user='radiususer', password='radiuspassword')
    assert (dial.outcome, dial.mppe) == ('up', MPPE), dial.client_log
    assert lab.ping_through() and lab.transfer('client1', 1) == 1_000_000
    assert 'Login OK: [radiususer]' in lab.read(radius, LOG)
    refused = lab.dial('client2', server, user='radiususer', password='wrong')
    assert (refused.outcome, refused.mppe) == ('failed', '')


@pytest.mark.parametrize(('server', 'radius'), [('server', 'radius'), ('server13', 'radius13')])
def test_logins_that_freeradius_has_the_domain_check(lab: Lab, server: str, radius: str) -> None:
    lab.use_radius(server, radius)
    lab.use_directory('ntlm_auth', server, radius)
    dial = lab.dial(server=server, user=aaa.USER, password=aaa.PASSWORD)
    assert (dial.outcome, dial.mppe) == ('up', MPPE), dial.client_log
    assert lab.ping_through() and lab.transfer('client1', 1) == 1_000_000
    assert f'Login OK: [{aaa.USER}]' in lab.read(radius, LOG)
    assert not lab.dial('client2', server, user=aaa.USER, password='wrong').up
    assert '(0xc000006d)' in lab.read(radius, LOG)


@pytest.mark.parametrize('server', ['server', 'server13'])
def test_logins_that_the_vpn_server_has_the_domain_check(lab: Lab, server: str) -> None:
    lab.use_directory('winbind.so', server)
    dial = lab.dial(server=server, user=aaa.USER, password=aaa.PASSWORD)
    assert (dial.outcome, dial.mppe) == ('up', MPPE), dial.client_log
    assert lab.ping_through() and lab.transfer('client1', 1) == 1_000_000
    assert not lab.dial('client2', server, user=aaa.USER, password='wrong').up
    assert 'Winbind has declined authentication' in lab.run(server, 'journalctl -q -o cat -n 50').stdout


def test_the_controller_costs_nothing_until_it_is_asked(lab: Lab) -> None:
    state = 'systemctl show -p FreezerState --value lab@dc.service'
    used = 'systemctl show -p CPUUsageNSec --value lab@dc.service'
    before = lab.run('guest', f'{state}; {used}').stdout
    lab.run('server', 'sleep 3')
    assert before.startswith('frozen') and lab.run('guest', f'{state}; {used}').stdout == before
    assert lab.run('radius', 'systemctl is-active winbind', check=False).stdout.strip() == 'inactive'
    lab.use_directory('winbind.so')
    assert lab.run('guest', state).stdout.strip() == 'running'


def test_a_controller_that_was_cut_off_comes_back(lab: Lab) -> None:
    lab.use_directory('winbind.so')
    lab.power_cycle('dc')
    answered = 'for try in $(seq 120); do timeout 30 wbinfo --ping-dc && exit 0; sleep 1; done; exit 1'
    lab.run('server', answered, seconds=600)
    assert lab.dial(user=aaa.USER, password=aaa.PASSWORD).up
