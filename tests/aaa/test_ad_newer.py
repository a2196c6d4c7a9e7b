# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A member of Debian 13, whose Samba (4.22) and FreeRADIUS (3.2.7) print other words: the same causes."""

from __future__ import annotations

import pytest

from tests.aaa import ad_rig, ad_run
from tests.aaa.ad_rig import Domain


def test_all_is_well(newer_member: Domain) -> None:
    newer_member.start_radius()
    assert newer_member.login('good') == 'accept'
    found = ad_run.probe(newer_member.member, 'LAB\\good')['pptp_directory_probe']
    assert (found['daemon'], found['ping']['status'], found['trust']['status']) == ('ok', 'ok', 'ok')
    assert found['ping']['dc'] == 'dc.lab.test' and found['clock'] is not None and found['account']['found']
    assert not ad_run.failing(ad_run.judged(newer_member.member))


@pytest.mark.slow
@pytest.mark.parametrize(('account', 'cause'), [
    ('locked', 'ad-account-locked'), ('mustchange', 'ad-password-expired'), ('protected', 'no-dialin-permission'),
    ('nobody', 'no-secret-for-user')])
def test_the_state_of_an_account(newer_member: Domain, account: str, cause: str) -> None:
    newer_member.start_radius()
    assert set(ad_run.failing(ad_run.judged(newer_member.member, account))) == {cause}


@pytest.mark.slow
def test_a_flag_is_missing(newer_member: Domain) -> None:
    newer_member.start_radius(ad_rig.HELPER.replace(' --allow-mschapv2', ''))
    assert newer_member.login('good').startswith('reject E=691')
    assert set(ad_run.failing(ad_run.judged(newer_member.member))) == {'ad-ntlmv1-disabled'}


@pytest.mark.slow
def test_winbindd_is_stopped(newer_member: Domain) -> None:
    newer_member.start_radius()
    newer_member.member.stop('winbindd')
    try:
        assert newer_member.login('good').startswith('reject')
        found = ad_run.failing(ad_run.judged(newer_member.member))
    finally:
        newer_member.start_winbind()
    assert set(found) == {'ad-winbind-not-running'}


def test_the_trust_is_broken(newer_member: Domain) -> None:
    newer_member.start_radius()
    newer_member.dc.run('samba-tool', 'user', 'setpassword', 'RADIUS13$', '--newpassword=broken-Trust-1')
    newer_member.restart_winbind()
    try:
        assert newer_member.login('good').startswith('reject E=691')
        found = ad_run.failing(ad_run.judged(newer_member.member))
    finally:
        newer_member.member.run('net', 'ads', 'join', '-U', f'Administrator%{ad_rig.ADMIN}', '--no-dns-updates')
        newer_member.restart_winbind()
    assert set(found) == {'ad-ntlm-auth-failing'}
