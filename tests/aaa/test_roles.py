# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The roles radius_client and freeradius, from nothing to an accepted login: real FreeRADIUS (3.2.1 and 3.2.7), real
pppd with its radius.so (2.4.9 and 2.5.2), and back to the byte.

pppd runs without PPP in the kernel (pppd_plugin.py): its plugin reads its files, asks and judges the answer for real.
"""

from __future__ import annotations

import pathlib
import re
import typing as t

import pytest

from tests.aaa import pppd_plugin
from tests.aaa.ad_space import wait
from tests.aaa.playing import Done, play, role, roles
from tests.aaa.radius_rig import LOG, RAD, RADDB, VPN, Lab

SECRET, PASSWORD = "Hidden'$1#x", "Hidden word'1\\2%{x}"
OPTIONS = '/etc/ppp/pptpd-options'
#: Debian's own configuration, as the rig has put it aside.
_STOCK = f'rm -rf {RADDB} {LOG} && cp -a /raddb {RADDB}'


Verify = t.Callable[[str, str], tuple[bool, bool]]


@pytest.fixture(name='verify')
def _verify(lab: Lab, tmp_path: pathlib.Path) -> Verify:
    """Whether pppd takes a login with the options that pptpd hands to it, and has keys for MPPE then."""
    if pppd_plugin.missing():
        pytest.skip(pppd_plugin.missing())
    pppd_plugin.install(lab.vpn, tmp_path, dictionaries=False)
    return lambda user, password: pppd_plugin.login(lab.vpn, user, password, ('notty', 'file', OPTIONS))[:2]


def files(lab: Lab) -> dict[str, str]:
    """Digest, mode and owner of what the roles may touch, by path."""
    script = ('for f in $(find /etc/radiusclient /etc/ppp /etc/hosts %s -type f); '
              'do stat -c "%%a %%u:%%g" $f; md5sum $f; done')
    found = {}
    for space in (lab.vpn, lab.rad):
        lines = space.run('sh', '-c', script % RADDB, check=False).stdout.splitlines()
        found.update({space.name + line.split()[1]: shown + line
                      for shown, line in zip(lines[::2], lines[1::2], strict=True)})
    return found


def applied(lab: Lab, folder: pathlib.Path, state: str, *options: str, address: str = VPN, **more: t.Any) -> Done:
    both = {'radius_client_servers': [{'host': RAD}], 'radius_client_secret': SECRET, 'radius_client_state': state,
            'radius_client_options_path': OPTIONS}
    server = {'freeradius_state': state, 'freeradius_clients': [{'name': 'vpn1', 'address': address, 'secret': SECRET}],
              'freeradius_users': [{'name': 'LAB\\alice', 'secret': PASSWORD}], 'freeradius_use_mppe': True, **more}
    plays = [roles('rad', role('freeradius', **server)), roles('vpn', role('radius_client', **both))]
    return play(folder, {'vpn': lab.vpn, 'rad': lab.rad}, plays, options=options)


@pytest.fixture(name='stock')
def _stock(lab: Lab) -> Lab:
    """Debian's own FreeRADIUS and ppp, and no RADIUS client."""
    lab.stop()
    lab.rad.run('sh', '-c', _STOCK)
    lab.vpn.run('rm', '-rf', '/etc/radiusclient')
    lab.vpn.write('/etc/hosts', '127.0.0.1 localhost\n')       # its own name does not resolve
    lab.vpn.write(OPTIONS, 'name pptpd\nrequire-mschap-v2\nrequire-mppe-128\nnodefaultroute\nlock\n')
    return lab


def test_a_login_from_nothing_and_back_to_the_byte(stock: Lab, verify: Verify,
                                                   tmp_path: pathlib.Path) -> None:
    before = files(stock)
    tried = applied(stock, tmp_path, 'present', '--check', '--diff')
    assert tried.rc == 0, tried.out
    assert files(stock) == before
    first = applied(stock, tmp_path, 'present', '--diff')
    assert first.rc == 0, first.out
    assert {host: count['changed'] for host, count in first.counts.items()} == {
        host: count['changed'] for host, count in tried.counts.items()}
    assert verify('LAB\\alice', PASSWORD) == (True, True)
    assert verify('LAB\\alice', 'wrong') == (False, False)
    assert re.search(r'Login incorrect \(.*\): \[LAB.+alice\] \(from client vpn1', stock.log())     # auth_reject
    knows = '3.2.7' in stock.version()
    assert ('\tlimit_proxy_state = yes' in stock.rad.read(f'{RADDB}/clients.conf')) is knows
    assert stock.vpn.run('stat', '-c', '%a %U', '/etc/radiusclient/servers').stdout == '600 root\n'
    again = applied(stock, tmp_path, 'present', '--diff', '-vvv')
    assert [count['changed'] for count in again.counts.values()] == [0, 0], again.out
    gone = applied(stock, tmp_path, 'absent', '--diff')
    assert gone.rc == 0, gone.out
    after = files(stock)
    assert {path for path in {*before, *after} if before.get(path) != after.get(path)} == {
        f'{stock.rad.name}{RADDB}/radiusd.conf'}        # auth_reject, which may be the admin's, stays
    assert 'Hidden' not in tried.out + first.out + again.out + gone.out


@pytest.mark.slow
def test_another_password_is_a_reload_and_another_client_a_restart(stock: Lab, verify: Verify, tmp_path: pathlib.Path
                                                                   ) -> None:
    assert applied(stock, tmp_path, 'present').rc == 0
    began = stock.rad.processes('freeradius')
    renewed = applied(stock, tmp_path, 'present', freeradius_users=[{'name': 'LAB\\alice', 'secret': 'Hidden other'}])
    assert renewed.counts['rad']['changed'] == 2, renewed.out         # the file, and the reload
    assert stock.rad.processes('freeradius') == began
    wait(lambda: verify('LAB\\alice', 'Hidden other') == (True, True), 20, 'the reload')
    more = [{'name': 'vpn1', 'address': VPN, 'secret': SECRET},
            {'name': 'b', 'address': '192.0.2.7', 'secret': 'Hidden'}]
    assert applied(stock, tmp_path, 'present', freeradius_clients=more).rc == 0
    assert stock.rad.processes('freeradius') != began


def test_what_freeradius_does_not_take_is_not_written(stock: Lab, tmp_path: pathlib.Path) -> None:
    before = files(stock)
    wrong = applied(stock, tmp_path, 'present', address='no.such.name.lab.test')
    assert wrong.rc != 0
    assert 'does not take the file, it stays as it is' in wrong.out
    assert 'Hidden' not in wrong.out
    assert files(stock) == before
