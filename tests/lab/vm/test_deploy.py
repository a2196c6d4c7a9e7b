# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""deploy.yml on machines that have no PPP: from nothing to real logins, twice the same, also after a power cut."""

from __future__ import annotations

import json
import pathlib
import re
import sys
import time
import typing as t

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from ansible_collections.vpnops.pptp.tests.faults import plays, state  # noqa: E402
from tests.lab.vm import store  # noqa: E402
from tests.lab.vm.lab import Lab  # noqa: E402

pytestmark = pytest.mark.skipif(bool(store.missing()), reason=store.missing())
USERS = [{'name': 'alice', 'secret': 'correct horse'}, {'name': 'bob', 'secret': 'p"a\\ss #2'}]
VARIABLES = {'pptp_server_localip': '10.99.0.1', 'pptp_server_remoteip': '10.99.0.100-120', 'nat_wan': 'eth1',
             'nat_pool': ['10.99.0.0/24'], 'pppd_options_dns': ['192.168.77.20'], 'chap_secrets_users': USERS}
#: Debian 13 is the server of that suite without what makes it one.
EMPTY = {'bare': '', 'server13': '''
apt-get -q -y purge pptpd ppp pptp-linux bcrelay
rm -rf /etc/ppp /etc/pptpd.conf* /etc/iptables/rules.v4 /etc/sysctl.d/90-vpn.conf
for table in filter nat mangle; do iptables -t $table -F; done
echo 0 >/proc/sys/net/ipv4/ip_forward
'''}


@pytest.fixture(params=EMPTY)
def case(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> t.Iterator[tuple[Lab, str, pathlib.Path]]:
    """A lab, the empty machine in it, and an inventory in which that is the only server."""
    name = request.param
    with Lab.up() as lab:
        lab.run(name, EMPTY[name], seconds=900)
        inventory = yaml.safe_load(pathlib.Path(lab.inventory).read_text('utf-8'))
        groups = inventory['all']['children']
        hosts = {**groups['pptp_servers']['hosts'], **groups.pop('bare_servers')['hosts']}
        host = dict(hosts[name], pptp_login_server=lab.machines[name].address)
        groups['pptp_servers'] = {'hosts': {name: host}, 'vars': VARIABLES}
        path = tmp_path / 'hosts.yml'
        path.write_text(yaml.safe_dump(inventory), 'utf-8')
        yield lab, name, path


def test_from_nothing_to_logins(case: tuple[Lab, str, pathlib.Path], tmp_path: pathlib.Path) -> None:
    lab, name, inventory = case
    before = state.of(lab, [name])
    deploy(inventory, name, tmp_path / 'check', ['--check', '--diff'])
    assert state.changes(before, state.of(lab, [name])) == []
    run = deploy(inventory, name, tmp_path / 'first')
    assert verdict(run, name) == 'healthy', run.out
    assert re.search(r'^ok: \[%s -> client1' % name, run.out.partition('TASK [Dial]')[2], re.M)
    log_in(lab, 'client2', name, USERS[1])      # client1 is the one that the playbook dials from
    assert lab.transfer('client2', 10) == 10_000_000
    again = deploy(inventory, name, tmp_path / 'second')
    assert again.changed == 0, again.out
    assert lab.ping_through('client2')      # nobody was thrown out
    lab.hangup('client2')
    lab.power_cycle(name)
    wait_for_port(lab, name)
    log_in(lab, 'client1', name, USERS[0])
    lab.hangup('client1')
    assert all(user['secret'] not in text for user in USERS for text in said(tmp_path))


def deploy(inventory: pathlib.Path, name: str, folder: pathlib.Path, more: t.Sequence[str] = ()) -> plays.Run:
    """Run deploy.yml; it has to end well."""
    run = plays.play('deploy', inventory, folder, [name], more=more)
    assert run.rc == 0, run.out
    return run


def verdict(run: plays.Run, name: str) -> str:
    entry = next(entry for entry in run.json('report/report.json')['hosts'] if entry['host'] == name)
    return str(entry['verdict']['status'])


def log_in(lab: Lab, client: str, name: str, user: dict[str, str]) -> None:
    dial = lab.dial(client, name, user['name'], user['secret'])
    assert dial.up and dial.mppe == 'MPPE 128-bit stateless', dial.client_log
    assert lab.ping_through(client)


def wait_for_port(lab: Lab, name: str) -> None:
    for _try in range(20):
        if lab.run(name, 'ss -ltn | grep -q :1723', check=False).returncode == 0:
            return
        time.sleep(3)
    raise AssertionError('pptpd does not come up')


def said(folder: pathlib.Path) -> list[str]:
    """All that the runs printed and wrote."""
    files = [*folder.glob('*/output.txt'), *folder.glob('*/report/**/*.json')]
    assert len(files) > 3, json.dumps([str(path) for path in files])
    return [path.read_text('utf-8') for path in files]
