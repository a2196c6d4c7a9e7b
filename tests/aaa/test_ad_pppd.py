# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A VPN server that asks the domain itself: the real pppd 2.4.9 and its real winbind.so, by the shim of pppd_shim.c.

Its log is what syslog would have of it; pptpd and the kernel's PPP are not there, and not judged here.
"""

from __future__ import annotations

import contextlib
import pathlib
import subprocess
import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.plugin_utils.diagnosis import diagnose
from tests.aaa import ad_rig, ad_run, pppd_plugin
from tests.aaa.ad_rig import Domain
from tests.aaa.marks import some

HERE = pathlib.Path(__file__).resolve().parent
HELPER = '/usr/bin/ntlm_auth --helper-protocol=ntlm-server-1 --allow-mschapv2'
OPTIONS = '/etc/ppp/pptpd-options'
STAGE = ('ad-', 'wrong-secret', 'no-secret-for-user', 'no-dialin-permission', 'username-domain-format')


@pytest.fixture(scope='module')
def vpn(domain: Domain, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Domain]:
    """The member as a VPN server alone, and as nothing of that kind afterwards."""
    if pppd_plugin.missing():
        pytest.skip(pppd_plugin.missing())
    shim = tmp_path_factory.mktemp('shim') / 'shim.so'
    subprocess.run(['gcc', '-shared', '-fPIC', '-o', str(shim), str(HERE / 'pppd_shim.c'), '-ldl'], check=True,
                   timeout=60)
    script = 'cat >/shim.so; test -e /dev/ppp || mknod -m 600 /dev/ppp c 1 3'
    with shim.open('rb') as stream:
        subprocess.run(domain.member.enter('sh', '-c', script), stdin=stream, check=True, timeout=20)
    domain.stop_radius()
    domain.member.write('/etc/pptpd.conf', f'option {OPTIONS}\nlocalip 10.99.0.1\nremoteip 10.99.0.100-110\n')
    yield domain
    domain.member.run('rm', '-f', '/etc/pptpd.conf', OPTIONS, '/var/log/syslog')


def _login(domain: Domain, user: str, password: str = ad_rig.PASSWORD, helper: str = HELPER) -> pppd_plugin.Seen:
    """One login; the log of pppd is put where syslog has it, with what pptpd says before it."""
    domain.member.write(OPTIONS, 'name pptpd\nrequire-mschap-v2\nrequire-mppe-128\nplugin winbind.so\n'
                                 f'ntlm_auth-helper "{helper}"\n', 0o600)
    options = ('noauth', 'plugin', 'winbind.so', 'ntlm_auth-helper', helper)
    seen = pppd_plugin.login(domain.member, user, password, options)
    said = [line for line in seen.log.splitlines() if line and 'verify=' not in line and 'device' not in line]
    lines = ['pptpd[40]: CTRL: Client 198.51.100.7 control connection started', 'pptpd[40]: CTRL: Starting call',
             'pppd[41]: pppd 2.4.9 started by root, uid 0', *(f'pppd[41]: {line}' for line in said),
             'pppd[41]: ' + ('MPPE 128-bit stateless compression enabled' if seen.good else
                             f'Peer {user} failed CHAP authentication')]
    now = domain.member.run('date', '+%b %e %H:%M:%S').stdout.strip()
    domain.member.write('/var/log/syslog', ''.join(f'{now} vpn {line}\n' for line in lines), 0o640)
    return seen


def _causes(domain: Domain, *more: dict[str, t.Any]) -> tuple[set[str], str]:
    """What fails of the stages auth and aaa, and what the verdict would be of these alone."""
    diagnosis = diagnose(ad_run.facts(domain.member, *more, role='server'))
    failing = {cause for cause in ad_run.failing(diagnosis) if cause.startswith(STAGE)}
    possible = [item['cause'] for item in diagnosis.candidates]
    return failing, possible[0] if possible else ''


def test_a_login(vpn: Domain) -> None:
    seen = _login(vpn, 'good')
    assert seen.good and seen.keys and seen.message.startswith('S=')
    assert _causes(vpn, ad_run.probe(vpn.member)) == (set(), '')


@pytest.mark.parametrize(('user', 'cause'), some([
    ('locked', 'ad-account-locked'), ('disabled', 'ad-account-locked'), ('pwexpired', 'ad-password-expired'),
    ('mustchange', 'ad-password-expired'), ('accexpired', 'no-dialin-permission'), ('nohours', 'no-dialin-permission'),
    ('workstation', 'no-dialin-permission'), ('protected', 'no-dialin-permission'), ('nobody', 'no-secret-for-user')],
    ('locked', 'ad-account-locked'), ('mustchange', 'ad-password-expired'), ('protected', 'no-dialin-permission')))
def test_the_log_of_pppd_tells_the_state_of_an_account(vpn: Domain, user: str, cause: str) -> None:
    assert not _login(vpn, user).good
    assert _causes(vpn)[0] == {cause}


def test_a_flag_is_missing(vpn: Domain) -> None:
    assert not _login(vpn, 'good', helper=HELPER.replace(' --allow-mschapv2', '')).good
    assert _causes(vpn, ad_run.probe(vpn.member))[0] == {'ad-ntlmv1-disabled'}


def test_the_helper_is_not_there(vpn: Domain) -> None:
    assert not _login(vpn, 'good', helper=HELPER.replace('/usr/bin', '/opt/samba/bin')).good
    assert _causes(vpn, ad_run.probe(vpn.member))[0] == {'ad-ntlm-auth-failing'}


def test_the_helper_has_no_full_path(vpn: Domain) -> None:
    with contextlib.suppress(RuntimeError):      # pppd refuses the option and does not start
        _login(vpn, 'good', helper=HELPER.replace('/usr/bin/', ''))
    assert _causes(vpn)[0] == {'ad-ntlm-auth-failing'}


def test_winbindd_is_stopped(vpn: Domain) -> None:
    vpn.member.stop('winbindd')
    try:
        assert not _login(vpn, 'good').good
        found = _causes(vpn, ad_run.probe(vpn.member))
    finally:
        vpn.start_winbind()
    assert found[0] == {'ad-winbind-not-running'}


def test_a_wrong_password_where_nobody_has_come_in_yet_is_no_certain_one(vpn: Domain) -> None:
    """winbind.so prints the same for a controller that takes no MS-CHAPv2."""
    assert not _login(vpn, 'good', 'wrong').good
    failing, first = _causes(vpn, ad_run.probe(vpn.member))
    assert 'wrong-secret' not in failing and (first or 'ad-ntlmv1-disabled') == 'ad-ntlmv1-disabled'


@pytest.mark.slow
def test_the_controller_keeps_its_default(vpn: Domain) -> None:
    vpn.restart_dc(ntlm_auth='')
    vpn.restart_winbind()
    try:
        assert not _login(vpn, 'good').good
        failing, _first = _causes(vpn, ad_run.probe(vpn.member))
    finally:
        vpn.restart_dc(ntlm_auth='mschapv2-and-ntlmv2-only')
        vpn.restart_winbind()
    assert 'wrong-secret' not in failing
