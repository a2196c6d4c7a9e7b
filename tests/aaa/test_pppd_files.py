# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is said of the files of radius.so beside what pppd 2.4.9 and 2.5.2 make of them: each is broken in one way."""

from __future__ import annotations

import typing as t

import pytest

from tests.aaa import pppd_plugin
from tests.aaa.marks import some
from tests.aaa.radius_rig import RAD, SECRET, USERS, Lab
from tests.aaa.test_judged import recorded

CONF, WORDS = '/etc/radiusclient/radiusclient.conf', '/etc/radiusclient/dictionary'
_SPARED = ('Service-Type', 'Framed-Protocol')       # which pppd leaves out where it has no word for them
SERVERS, MORE = '/etc/radiusclient/servers', '/etc/radiusclient/dictionary.microsoft'


class Change(t.NamedTuple):
    """In *file*, what sed's *script* does."""

    file: str
    script: str


CHANGES = {
    'nothing': Change(CONF, ''),
    **{f'no {key}': Change(CONF, f'/^{key}/d') for key in (
        'auth_order', 'login_tries', 'login_timeout', 'nologin', 'issue', 'authserver', 'acctserver', 'servers',
        'dictionary', 'seqfile', 'mapfile', 'default_realm')},
    'retries 0': Change(CONF, 's/^radius_retries.*/radius_retries 0/'),
    'login_tries 0': Change(CONF, 's/^login_tries.*/login_tries 0/'),
    'timeout x': Change(CONF, 's/^radius_timeout.*/radius_timeout x/'),
    'a leading blank': Change(CONF, '$a \\ seqfile /x'),
    'a bad order': Change(CONF, 's/^auth_order.*/auth_order tacacs/'),
    'local first': Change(CONF, 's/^auth_order.*/auth_order local,radius/'),
    'an unknown key': Change(CONF, '$a radius_deadtime 0'),
    'a key twice': Change(CONF, '$a servers /gone'),
    'a blank behind a path': Change(CONF, 's/^servers.*/& /'),
    'a blank behind a number': Change(CONF, 's/^radius_timeout.*/& /'),
    'line ends of DOS': Change(CONF, 's/$/\\r/'),
    'ipv6': Change(CONF, 's/^authserver.*/authserver fd99:2::2/'),
    'no secret': Change(SERVERS, 's/ .*//;s/\\t.*//'),
    'no mapfile there': Change(CONF, 's/^mapfile.*/mapfile /gone/'.replace('/gone', '\\/gone')),
    'dollar': Change(WORDS, 's/^INCLUDE/$INCLUDE/'),
    'include of nothing': Change(WORDS, 's/^INCLUDE.*/INCLUDE \\/gone/'),
    'include without a name': Change(WORDS, 's/^INCLUDE.*/INCLUDE/'),
    'a type of others': Change(WORDS, '1i ATTRIBUTE X 250 octets'),
    'ipv4addr': Change(WORDS, '1i ATTRIBUTE X 250 ipv4addr'),
    'ipv6addr': Change(WORDS, '1i ATTRIBUTE X 250 ipv6addr'),
    'no vendor': Change(MORE, '/^VENDOR/d'),
    'no challenge': Change(MORE, '/MS-CHAP-Challenge/d'),
    'no response': Change(MORE, '/MS-CHAP2-Response/d'),
    'no success': Change(MORE, '/MS-CHAP2-Success/d'),
    'no keys': Change(MORE, '/MPPE-.*-Key/d'),
    'no policy': Change(MORE, '/MPPE-Encryption-Policy/d'),
    'another name': Change(MORE, 's/MS-CHAP-Challenge/Challenge/'),
    'a long name': Change(WORDS, '1i ATTRIBUTE ' + 'X' * 40 + ' 250 string'),
    'no number': Change(WORDS, '1i ATTRIBUTE X y string'),
    **{f'no {name}': Change(WORDS, f'/{name}/d') for name in (
        'Service-Type', 'Framed-Protocol', 'NAS-Port', 'NAS-IP-Address', 'User-Name')},
}


def _install(lab: Lab) -> None:
    if not lab.vpn.run('test', '-e', '/shim.so', check=False).returncode:
        pppd_plugin.write_dictionaries(lab.vpn)
    else:
        pppd_plugin.install(lab.vpn, lab.work)
    lab.vpn.write('/etc/pptpd.conf', 'option /etc/ppp/pptpd-options\nlocalip 10.9.0.1\nremoteip 10.9.0.10-99\n')
    lab.vpn.write('/etc/ppp/pptpd-options', 'name pptpd\nrequire-mschap-v2\nrequire-mppe-128\nplugin radius.so\n')


@pytest.mark.parametrize('case', some(CHANGES, 'nothing', 'no mapfile', 'dollar'))
def test_the_files_are_judged_as_pppd_judges_them(lab: Lab, case: str) -> None:
    if pppd_plugin.missing():
        pytest.skip(pppd_plugin.missing())
    lab.serve()
    lab.configure(timeout=1, retries=1, servers=f'{RAD} {SECRET}\n')
    _install(lab)
    change = CHANGES[case]
    if change.script:
        lab.vpn.run('sed', '-i', change.script, change.file)
    theirs = pppd_plugin.login(lab.vpn, 'alice', USERS['alice'])
    ours = recorded(lab.vpn)['pptp_radius']
    open_ = case == 'no mapfile there' and ours['mapfile']['present'] is None     # a file that no recording holds
    assert open_ or bool(_why(ours)) != (theirs.good and theirs.keys), (theirs, _why(ours))


def _why(facts: dict[str, t.Any]) -> list[t.Any]:
    """What the facts hold against the files."""
    words, mapfile = facts['dictionary'] or {}, facts['mapfile'] or {}
    found = [*facts['fatal'], *facts['missing_keys'], *(facts['servers_file'] or {}).get('missing', []),
             *(name for name in words.get('lacks') or [] if name not in _SPARED), *(words.get('problems') or [])]
    statuses = [part.get('status') for part in (facts['servers_file'], words) if part]
    return found + ['unreadable'] * statuses.count('absent') + ['mapfile'] * (mapfile.get('present') is False)
