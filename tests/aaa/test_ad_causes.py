# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each way in which logins against Active Directory fail, made in a real domain: the cause is named, and no other.

Real FreeRADIUS, ntlm_auth, winbindd and Samba; what the modules of the collection record and probe there, judged here.
"""

from __future__ import annotations

import collections.abc
import contextlib

import pytest

from tests.aaa import ad_rig, ad_run
from tests.aaa.ad_rig import Domain
from tests.aaa.marks import some

WRONG = {'wrong-secret', 'no-secret-for-user'}


@pytest.fixture(autouse=True)
def _mended(domain: Domain) -> collections.abc.Iterator[None]:
    """Every test finds all in order, and leaves it so."""
    domain.start_radius()
    yield
    domain.stop_radius()


def test_all_is_well(domain: Domain) -> None:
    assert domain.login('good') == 'accept'
    diagnosis = ad_run.judged(domain.member)
    assert not ad_run.failing(diagnosis)
    passing = {item.cause for item in diagnosis.findings if item.result == 'pass'}
    assert {'ad-winbind-not-running', 'ad-winbind-privileged-pipe', 'ad-dc-unreachable', 'ad-ntlm-auth-failing',
            'ad-ntlmv1-disabled'} <= passing


def test_winbindd_is_stopped(domain: Domain) -> None:
    domain.member.stop('winbindd')
    try:
        assert domain.login('good').startswith('reject')
        diagnosis = ad_run.judged(domain.member)
    finally:
        domain.start_winbind()
    assert set(ad_run.failing(diagnosis)) == {'ad-winbind-not-running'}
    assert diagnosis.verdict['cause'] == 'ad-winbind-not-running' and diagnosis.verdict['confidence'] == 'certain'


@contextlib.contextmanager
def _without_group(domain: Domain) -> collections.abc.Iterator[None]:
    domain.member.run('gpasswd', '-d', 'freerad', 'winbindd_priv')
    domain.start_radius()
    try:
        yield
    finally:
        domain.member.run('usermod', '-aG', 'winbindd_priv', 'freerad')


def test_freeradius_lacks_the_group_of_the_pipe(domain: Domain) -> None:
    with _without_group(domain):
        assert domain.login('good').startswith('reject')
        diagnosis = ad_run.judged(domain.member)
    assert set(ad_run.failing(diagnosis)) == {'ad-winbind-privileged-pipe'}
    assert 'lacks the group' in ad_run.evidence(ad_run.failing(diagnosis)['ad-winbind-privileged-pipe'])


def test_freeradius_was_given_the_group_and_not_restarted(domain: Domain) -> None:
    with _without_group(domain):
        pass
    assert domain.login('good').startswith('reject')
    found = ad_run.failing(ad_run.judged(domain.member))
    assert set(found) == {'ad-winbind-privileged-pipe'}
    assert 'restart' in found['ad-winbind-privileged-pipe'].title


def test_the_folder_of_the_pipe_has_another_group(domain: Domain) -> None:
    domain.member.run('chgrp', 'root', '/var/lib/samba/winbindd_privileged')
    try:
        assert domain.login('good').startswith('reject')
        found = ad_run.failing(ad_run.judged(domain.member))
    finally:
        domain.member.run('chgrp', 'winbindd_priv', '/var/lib/samba/winbindd_privileged')
    assert set(found) == {'ad-winbind-privileged-pipe'}
    assert 'group root' in ad_run.evidence(found['ad-winbind-privileged-pipe'])


def test_the_popular_chmod_works_until_winbindd_starts_again(domain: Domain) -> None:
    folder = '/var/lib/samba/winbindd_privileged'
    domain.member.run('chmod', '755', folder)
    try:
        assert domain.login('good') == 'accept'
        warned = next(item for item in ad_run.judged(domain.member).findings
                      if item.cause == 'ad-winbind-privileged-pipe')
        domain.member.stop('winbindd')
        domain.member.run('winbindd', '-D', check=False)
        stopped = ad_run.judged(domain.member)
    finally:
        domain.member.run('chmod', '750', folder)
        domain.restart_winbind()
    assert warned.result == 'warn' and '0750' in warned.title
    assert stopped.verdict['cause'] == 'ad-winbind-privileged-pipe'


def test_a_flag_is_missing_and_right_passwords_are_wrong(domain: Domain) -> None:
    domain.start_radius(ad_rig.HELPER.replace(' --allow-mschapv2', ''))
    assert domain.login('good').startswith('reject E=691')
    diagnosis = ad_run.judged(domain.member)
    assert set(ad_run.failing(diagnosis)) == {'ad-ntlmv1-disabled'}
    assert '--allow-mschapv2' in ad_run.evidence(ad_run.failing(diagnosis)['ad-ntlmv1-disabled'])


@pytest.mark.parametrize('helper', [
    ad_rig.HELPER.replace(' --request-nt-key', ''), ad_rig.HELPER.replace('/usr/bin/', '/path/to/')])
def test_the_helper_line_is_wrong(domain: Domain, helper: str) -> None:
    domain.start_radius(helper)
    assert domain.login('good').startswith('reject')
    diagnosis = ad_run.judged(domain.member)
    assert set(ad_run.failing(diagnosis)) == {'ad-ntlm-auth-failing'}
    assert diagnosis.verdict['confidence'] == 'certain'


def test_the_trust_is_broken_while_logins_still_work_and_after(domain: Domain) -> None:
    domain.dc.run('samba-tool', 'user', 'setpassword', 'RADIUS$', '--newpassword=broken-Trust-1')
    try:
        assert domain.login('good') == 'accept'                     # by the connection that is open
        before = ad_run.judged(domain.member)
        domain.restart_winbind()
        assert domain.login('good').startswith('reject E=691')      # like a wrong password
        after = ad_run.judged(domain.member)
    finally:
        domain.member.run('net', 'ads', 'join', '-U', f'Administrator%{ad_rig.ADMIN}', '--no-dns-updates')
        domain.restart_winbind()
    for diagnosis in (before, after):
        assert set(ad_run.failing(diagnosis)) == {'ad-ntlm-auth-failing'}
        assert 'wbinfo -t' in ad_run.evidence(ad_run.failing(diagnosis)['ad-ntlm-auth-failing'])
    assert domain.login('good') == 'accept'


def test_the_controller_keeps_its_default(domain: Domain) -> None:
    domain.restart_dc(ntlm_auth='')
    domain.restart_winbind()
    try:
        assert domain.login('good').startswith('reject E=691')
        one = ad_run.judged(domain.member)
        assert domain.login('second').startswith('reject E=691')
        two = ad_run.judged(domain.member)
    finally:
        domain.restart_dc(ntlm_auth='mschapv2-and-ntlmv2-only')
        domain.restart_winbind()
    assert not WRONG & set(ad_run.failing(one))
    assert set(ad_run.failing(two)) == {'ad-ntlmv1-disabled'}


@pytest.mark.parametrize(('account', 'cause'), some([
    ('locked', 'ad-account-locked'), ('disabled', 'ad-account-locked'), ('pwexpired', 'ad-password-expired'),
    ('mustchange', 'ad-password-expired'), ('accexpired', 'no-dialin-permission'),
    ('workstation', 'no-dialin-permission'), ('protected', 'no-dialin-permission'), ('nobody', 'no-secret-for-user')],
    ('locked', 'ad-account-locked'), ('mustchange', 'ad-password-expired'), ('nobody', 'no-secret-for-user')))
def test_the_directory_tells_the_state_of_an_account(domain: Domain, account: str, cause: str) -> None:
    """Nobody has tried to log in: the log has nothing."""
    found = ad_run.failing(ad_run.judged(domain.member, account))
    assert set(found) == {cause}
    assert account in ad_run.evidence(found[cause])


@pytest.mark.parametrize(('account', 'code', 'cause'), some([
    ('locked', 'E=647', 'ad-account-locked'), ('disabled', 'E=691', 'ad-account-locked'),
    ('pwexpired', 'E=648', 'ad-password-expired'), ('mustchange', 'E=648', 'ad-password-expired'),
    ('accexpired', 'E=691', 'no-dialin-permission'), ('nohours', 'E=691', 'no-dialin-permission'),
    ('workstation', 'E=691', 'no-dialin-permission'), ('protected', 'E=691', 'no-dialin-permission')],
    ('locked', 'E=647', 'ad-account-locked'), ('protected', 'E=691', 'no-dialin-permission')))
def test_the_log_tells_the_state_of_an_account(domain: Domain, account: str, code: str, cause: str) -> None:
    """By the hexadecimal code in it, nothing of the directory is asked: a question of one user, not of this server."""
    assert domain.login(account).startswith(f'reject {code}')
    diagnosis = ad_run.judged(domain.member, probed=False)
    assert not ad_run.failing(diagnosis)
    told = {item.cause for item in diagnosis.findings if item.result == 'unknown'
            and 'pptp_logs.signatures' in ad_run.evidence(item)}
    assert cause in told
    assert told <= {cause, 'no-secret-for-user'}


def test_a_wrong_password_is_one_where_others_log_in(domain: Domain) -> None:
    assert domain.login('second') == 'accept'
    assert domain.login('good', 'wrong').startswith('reject E=691')
    diagnosis = ad_run.judged(domain.member)
    assert not ad_run.failing(diagnosis)        # nothing is wrong with this server
    wrong = next(item for item in diagnosis.findings if item.cause == 'wrong-secret')
    assert wrong.result == 'unknown' and 'good' in ad_run.evidence(wrong)
