# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""winbind on a host: who uses it, whether they may, and what smb.conf says, out of recordings."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils import recorder, subjects
from ansible_collections.vpnops.pptp.plugins.module_utils.bundle import from_texts, unpack
from ansible_collections.vpnops.pptp.plugins.module_utils.collect import winbind

SMB = '[global]\n  workgroup = LAB\n  realm = LAB.TEST\n  security = ads\n'
HELPER = '/usr/bin/ntlm_auth --helper-protocol=ntlm-server-1 --allow-mschapv2'
PPPD = {'complete': True, 'plugins': [{'name': 'winbind.so'}],
        'options': [['ntlm_auth-helper', HELPER.split(), '/etc/ppp/pptpd-options:4']]}
NTLM = {'program': '/usr/bin/ntlm_auth', 'flags': ['--request-nt-key', '--allow-mschapv2'],
        'username': '%{mschap:User-Name}', 'domain': None, 'source': '/etc/freeradius/3.0/mods-enabled/mschap:3'}
RADIUS = {'installed': True, 'mschap': {'ntlm_auth': NTLM, 'winbind_username': None, 'source': 'mschap:1'}}
NOBODY: dict[str, t.Any] = {'complete': True, 'plugins': [], 'options': []}
PIPE = '/var/lib/samba/winbindd_privileged'
STATUS = 'Uid:\t%d\t%d\t%d\t%d\nGid:\t102\t102\t102\t102\nGroups:\t%s\n'


def collect(pppd: t.Any = None, radius: t.Any = None, mode: str = '40750', gid: int = 107, groups: str = '42 107',
            uid: int = 100, files: t.Mapping[str, str] | None = None) -> dict[str, t.Any]:
    """Facts of a member that runs winbindd and FreeRADIUS."""
    meta = {'stat': {PIPE: [mode, 0, gid, 0, 4096], '/usr/bin/ntlm_auth': ['100755', 0, 0, 0, 1],
                     '/var/lib/samba/private/secrets.tdb': ['100600', 0, 0, 0, 1]},
            'folders': {'/proc': ['40', '71']}, 'absent': ['/path/to/ntlm_auth', '/opt/gone']}
    texts = {'etc/samba/smb.conf': SMB, 'proc/40/comm': 'winbindd\n', 'proc/71/comm': 'freeradius\n',
             'proc/71/status': STATUS % (uid, uid, uid, uid, groups),
             'etc/group': 'root:x:0:\nwinbindd_priv:x:107:freerad\n',
             'commands/wbinfo.txt': 'Ping to winbindd succeeded\n', 'bundle.json': json.dumps(meta), **(files or {})}
    return winbind.collect(from_texts({path: text for path, text in texts.items() if text}), pppd or NOBODY,
                           {'installed': False} if radius is None else radius)


def test_a_radius_server() -> None:
    facts = collect(radius=RADIUS)
    assert (facts['running'], facts['pid'], facts['ping'], facts['used_by']) == (True, 40, 'ok', ['freeradius'])
    assert facts['helpers'] == [{
        'user': 'freeradius', 'program': '/usr/bin/ntlm_auth', 'absolute': True, 'exists': True, 'protocol': None,
        'allow_mschapv2': True, 'request_nt_key': True, 'source': NTLM['source'], 'username': '%{mschap:User-Name}',
        'domain': None}]
    assert facts['privileged'] == {'path': PIPE, 'mode': '0750', 'gid': 107, 'group': 'winbindd_priv',
                                   'members': ['freerad'], 'users': [['freeradius', 71, 100, True]]}
    assert facts['smb']['realm'] == ['LAB.TEST', '/etc/samba/smb.conf:3']
    assert facts['smb']['ntlm auth'] == ['ntlmv2-only', 'default']
    assert facts['dc'] is False and facts['joined'] is None and facts['problems'] == []


def test_a_vpn_server() -> None:
    facts = collect(PPPD)
    assert facts['used_by'] == ['pppd']
    assert facts['helpers'] == [{
        'user': 'pppd', 'program': '/usr/bin/ntlm_auth', 'absolute': True, 'exists': True, 'allow_mschapv2': True,
        'request_nt_key': False, 'protocol': 'ntlm-server-1', 'source': '/etc/ppp/pptpd-options:4'}]


@pytest.mark.parametrize(('more', 'inside'), [
    ({}, True), ({'groups': '42'}, False), ({'groups': '42', 'uid': 0}, True), ({'mode': '40755', 'groups': ''}, True),
    ({'gid': 0}, False), ({'mode': '40700'}, False),
    ({'files': {'proc/71/status': 'Uid:\n'}}, None)])
def test_who_may_enter_the_folder(more: dict[str, t.Any], inside: bool | None) -> None:
    assert collect(radius=RADIUS, **more)['privileged']['users'][0][3] is inside


@pytest.mark.parametrize(('module', 'wanted'), [
    ({'winbind_username': '%{mschap:User-Name}', 'source': 's'}, {'protocol': 'libwbclient', 'program': None}),
    ({'ntlm_auth': dict(NTLM, program='/path/to/ntlm_auth')}, {'exists': False}),
    ({'ntlm_auth': dict(NTLM, program=None, flags=None)}, {'program': None, 'allow_mschapv2': None, 'exists': None}),
    ({'ntlm_auth': dict(NTLM, program='ntlm_auth', flags=[])}, {'absolute': False, 'allow_mschapv2': False}),
    ({'ntlm_auth': dict(NTLM, program='/opt/unseen')}, {'exists': None})])
def test_other_helpers(module: dict[str, t.Any], wanted: dict[str, t.Any]) -> None:
    found = collect(radius={'installed': True, 'mschap': module})['helpers'][0]
    assert {name: found[name] for name in wanted} == wanted


@pytest.mark.parametrize(('pppd', 'radius', 'users'), [
    (NOBODY, {'installed': False}, []), (NOBODY, {'installed': True, 'mschap': {'ntlm_auth': None}}, []),
    (NOBODY, {'installed': None}, None), ({**NOBODY, 'complete': False}, {'installed': False}, None),
    (PPPD, RADIUS, ['pppd', 'freeradius']), ({**PPPD, 'options': []}, {'installed': None}, ['pppd'])])
def test_who_uses_it(pppd: t.Any, radius: t.Any, users: list[str] | None) -> None:
    assert collect(pppd, radius)['used_by'] == users


def test_a_controller() -> None:
    facts = collect(files={
        'etc/samba/smb.conf': '[global]\nserver role = Active Directory Domain Controller\nNTLM auth = No\n'})
    assert facts['dc'] is True and facts['smb']['ntlm auth'] == ['ntlmv2-only', '/etc/samba/smb.conf:3']


def test_what_smb_conf_includes() -> None:
    facts = collect(files={
        'etc/samba/smb.conf': SMB + 'include = /etc/samba/more.conf\ninclude = /etc/samba/smb.conf.%m\n'
                                    'realm = LAST.TEST\ninclude = /etc/samba/gone.conf\n',
        'etc/samba/more.conf': '[global]\nrealm = MORE.TEST\nnetbios name = X\ninclude = /etc/samba/smb.conf\n'
                               'bad value\n'})
    assert facts['smb']['realm'] == ['LAST.TEST', '/etc/samba/smb.conf:7']
    assert facts['smb']['netbios name'] == ['X', '/etc/samba/more.conf:3']
    assert [row[:2] for row in facts['problems']] == [
        ['/etc/samba/more.conf:5', 'bad-line'], ['/etc/samba/more.conf:4', 'include-unread'],
        ['/etc/samba/smb.conf:6', 'include-unread'], ['/etc/samba/smb.conf', 'include-missing']]


def test_nothing_there_is_not_known() -> None:
    facts = winbind.collect(from_texts({}), {}, {})
    names = ('installed', 'running', 'ping', 'used_by', 'privileged', 'smb', 'dc', 'joined')
    assert [facts[name] for name in names] == [None] * 8


@pytest.mark.parametrize(('said', 'word'), [
    ('Ping to winbindd succeeded\n', 'ok'), ('could not obtain winbind domain name!\n', 'failed'), ('', None)])
def test_the_ping(said: str, word: str | None) -> None:
    assert collect(files={'commands/wbinfo.txt': said})['ping'] == word


@pytest.mark.parametrize(('reason', 'word'), [('no answer in 3 s', 'timeout'), ('exit 1: no', 'failed'), ('', None)])
def test_a_ping_that_printed_nothing(reason: str, word: str | None) -> None:
    meta = json.dumps({'unread': {'/commands/wbinfo.txt': reason}} if reason else {'absent': ['/commands/wbinfo.txt']})
    assert winbind.collect(from_texts({'bundle.json': meta}), {}, {})['ping'] == word


def test_what_a_recording_keeps_of_it() -> None:
    """Only what is needed leaves the host: no share, no script, no other group."""
    secret = 'Top-Secret-1'
    share = '[accounts of %s]' % secret
    bundle = from_texts({
        'etc/samba/smb.conf': SMB + '  add user script = /usr/sbin/add --password %s %%u\n'
                                    '  include = /etc/samba/more.conf\n'
                                    '%s\n  path = /srv/x\n  preexec = mount -o pass=%s\n' % (secret, share, secret),
        'etc/samba/more.conf': 'ntlm auth = yes\nldap admin dn = cn=%s\n' % secret,
        'etc/group': 'winbindd_priv:x:107:freerad\nfriends:x:1000:alice\n', 'proc/71/comm': 'freeradius\n',
        'proc/71/status': 'Name:\tfreeradius\nSeccomp:\t0\n' + STATUS % (100, 100, 100, 100, '107'),
        'bundle.json': json.dumps({'folders': {'/proc': ['71']}})})
    recording = recorder.record(bundle, ['winbind'])
    whole = json.dumps(recording.files())
    assert 'alice' not in whole and 'Seccomp' not in whole and '--password' not in whole
    facts = subjects.gather(unpack(recording.packed()), ['winbind'])['pptp_winbind']
    assert facts['smb']['realm'][0] == 'LAB.TEST' and facts['smb']['ntlm auth'] == [
        'ntlmv1-permitted', '/etc/samba/more.conf:1']
    assert secret not in whole.replace(share, '')
