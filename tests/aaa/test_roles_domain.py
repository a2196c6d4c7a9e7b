# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Roles winbind and freeradius on a member of a real Samba AD domain: left, joined again, and logins through it."""

from __future__ import annotations

import pathlib

import pytest

from tests.aaa.ad_rig import ADMIN, Domain
from tests.aaa.playing import Done, play, role, roles

PIPE = '/var/lib/samba/winbindd_privileged'
ACCOUNT = {'winbind_join_user': 'Administrator', 'winbind_join_password': ADMIN}


def applied(domain: Domain, folder: pathlib.Path, *options: str, **variables: object) -> Done:
    given = {'winbind_realm': 'LAB.TEST', 'winbind_workgroup': 'LAB', **variables}
    return play(folder, {'member': domain.member}, [roles('member', role('winbind', **given))], options=options)


def groups(domain: Domain) -> str:
    return domain.member.run('id', '-nG', 'freerad').stdout


def test_a_member_gets_its_rights_and_freeradius_hears_of_it(domain: Domain, tmp_path: pathlib.Path) -> None:
    domain.member.run('gpasswd', '--delete', 'freerad', 'winbindd_priv')
    domain.start_radius()                                       # with the right helper line, and without the group
    domain.member.run('chmod', '0755', PIPE)
    before = domain.member.read('/etc/samba/smb.conf')
    tried = applied(domain, tmp_path, '--check', '--diff')
    assert tried.rc == 0, tried.out
    assert 'winbindd_priv' not in groups(domain)
    done = applied(domain, tmp_path, '--diff')
    assert done.rc == 0, done.out
    assert 'winbindd_priv' in groups(domain)
    assert domain.member.run('stat', '-c', '%a %U:%G', PIPE).stdout == '750 root:winbindd_priv\n'
    assert domain.member.read('/etc/samba/smb.conf') == before      # it says that already, in its own spelling
    assert domain.login('good') == 'accept'
    again = applied(domain, tmp_path, '--diff')
    assert again.counts['member']['changed'] == 0, again.out


@pytest.mark.slow
def test_a_host_leaves_the_domain_and_joins_it(domain: Domain, tmp_path: pathlib.Path) -> None:
    assert applied(domain, tmp_path, winbind_state='absent', **ACCOUNT).rc == 0
    assert domain.member.run('net', '-P', 'ads', 'testjoin', check=False).returncode != 0
    assert 'winbindd_priv' not in groups(domain)
    domain.member.run('sh', '-c', 'sed -i "/^ *security/d" /etc/samba/smb.conf')
    done = applied(domain, tmp_path, '-vvv', **ACCOUNT)
    assert done.rc == 0, done.out
    assert ADMIN not in done.out
    assert domain.member.run('net', '-P', 'ads', 'testjoin').returncode == 0
    assert applied(domain, tmp_path, **ACCOUNT).counts['member']['changed'] == 0


def test_a_helper_line_that_lacks_a_flag_gets_it_and_keeps_the_others(domain: Domain, tmp_path: pathlib.Path) -> None:
    line = ('ntlm_auth --request-nt-key --username=%{mschap:User-Name} --domain=LAB '
            '--challenge=%{mschap:Challenge:-00} --nt-response=%{mschap:NT-Response:-00}')
    domain.start_radius(helper=line)
    tasks = [role('freeradius', freeradius_ntlm_auth_repair=True), role('winbind')]
    done = play(tmp_path, {'member': domain.member}, [roles('member', *tasks)])
    assert done.rc == 0, done.out
    text = domain.member.read('/etc/freeradius/3.0/mods-available/mschap')
    assert 'ntlm_auth = "/usr/bin/ntlm_auth --allow-mschapv2 --request-nt-key --username=%{mschap:User-Name} ' in text
    assert domain.login('good') == 'accept'


@pytest.mark.parametrize('way', ['ntlm_auth', pytest.param('winbind', marks=pytest.mark.slow)])
def test_freeradius_asks_the_directory(domain: Domain, tmp_path: pathlib.Path, way: str) -> None:
    domain.start_radius(helper='')
    directory = {'freeradius_directory': way, 'freeradius_directory_domain': 'LAB'}
    tasks = [role('freeradius', **directory), role('winbind')]
    assert play(tmp_path, {'member': domain.member}, [roles('member', *tasks)]).rc == 0
    assert domain.login('good') == 'accept'
    assert domain.login('LAB\\good') == 'accept'
