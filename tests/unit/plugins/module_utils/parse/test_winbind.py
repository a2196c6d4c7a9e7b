# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Helper lines, rights of processes, and what wbinfo and net print (from recorded runs)."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.parse import winbind, winbind_tools

STATUS = 'Name:\tfreeradius\nUid:\t100\t100\t100\t100\nGid:\t102\t102\t102\t102\nGroups:\t42 101 996 \n'
NOW = 1795677000.0      # 2026-11-26
LONG_AGO, NEVER = '131000000000000000', '9223372036854775807'
GOOD = {'userAccountControl': ['512'], 'lockoutTime': ['0'], 'badPwdCount': ['0'], 'accountExpires': [NEVER],
        'pwdLastSet': ['134398057135975750'], 'msDS-User-Account-Control-Computed': ['0']}
STATES = {'disabled', 'locked', 'expired', 'must_change', 'password_expired', 'elsewhere_only', 'smartcard',
          'protected'}


def test_rights_of_a_process() -> None:
    assert winbind.rights(STATUS) == winbind.Rights(100, (42, 101, 102, 996))
    assert winbind.rights('Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nGroups:\t\n') == winbind.Rights(0, (0,))


@pytest.mark.parametrize('text', ['', 'Uid:\n', 'Uid:\t1\t1\nGid:\t1\t1\n', STATUS.replace('Groups', 'groups')])
def test_rights_that_are_not_known(text: str) -> None:
    assert winbind.rights(text) is None


def test_groups() -> None:
    text = 'root:x:0:\n\nbad\nwinbindd_priv:x:107:freerad, other,\nwinbindd_priv:x:9:late\nx:y\n:x:3:\n'
    assert winbind.groups(text) == {'root': (0, ()), 'winbindd_priv': (107, ('freerad', 'other'))}


@pytest.mark.parametrize(('line', 'wanted'), [
    ('/usr/bin/ntlm_auth --helper-protocol=ntlm-server-1 --allow-mschapv2',
     {'program': '/usr/bin/ntlm_auth', 'absolute': True, 'allow_mschapv2': True, 'request_nt_key': False,
      'protocol': 'ntlm-server-1'}),
    ('ntlm_auth --request-nt-key', {'program': 'ntlm_auth', 'absolute': False, 'allow_mschapv2': False,
                                    'request_nt_key': True, 'protocol': None}),
    ('', {'program': None, 'absolute': False, 'allow_mschapv2': False, 'request_nt_key': False, 'protocol': None})])
def test_a_helper_line(line: str, wanted: dict[str, t.Any]) -> None:
    assert winbind.helper(line) == wanted


def test_what_wbinfo_says() -> None:
    ping = 'checking the NETLOGON for domain[LAB] dc connection to "dc.lab.test" succeeded\n'
    trust = ('wbcCheckTrustCredentials(AAA): error code was NT_STATUS_ACCESS_DENIED (0xc0000022)\n'
             'failed to call wbcCheckTrustCredentials: WBC_ERR_AUTH_ERROR\nCould not check secret\n')
    assert winbind_tools.connected_to(ping) == 'dc.lab.test'
    assert winbind_tools.connected_to('... dc connection to "" failed') is None
    assert winbind_tools.error(trust) == 'NT_STATUS_ACCESS_DENIED'
    assert winbind_tools.error('failed to call wbcPingDc: WBC_ERR_DOMAIN_NOT_FOUND') == 'WBC_ERR_DOMAIN_NOT_FOUND'
    assert winbind_tools.error('Ping to winbindd succeeded') is None


@pytest.mark.parametrize(('text', 'seconds'), [
    ('Server time: Sun\nServer time offset: -312\n', -312), ('Server time offset: 0', 0), ('no', None)])
def test_the_clock(text: str, seconds: int | None) -> None:
    assert winbind_tools.offset(text) == seconds


@pytest.mark.parametrize(('name', 'wanted'), [
    ('alice', '(sAMAccountName=alice)(userPrincipalName=alice)'),
    ('LAB\\alice', '(sAMAccountName=alice)(userPrincipalName=alice)'),
    ('alice@lab.test', '(sAMAccountName=alice)(userPrincipalName=alice@lab.test)'),
    ('a*)(b', '(sAMAccountName=a\\2a\\29\\28b)(userPrincipalName=a\\2a\\29\\28b)')])
def test_a_name_cannot_leave_the_filter(name: str, wanted: str) -> None:
    assert winbind_tools.search_filter(name) == '(&(objectCategory=person)(|%s))' % wanted


def test_an_entry_as_net_prints_it() -> None:
    text = ('kinit succeeded but\nGot 2 replies\n\npwdLastSet: 1\nmemberOf: CN=a,DC=x\nmemberOf: CN=b: c\n'
            'unknown: x\n\npwdLastSet: 2\n')
    assert winbind_tools.attributes(text) == {'pwdLastSet': ['1'], 'memberOf': ['CN=a,DC=x', 'CN=b: c']}
    assert winbind_tools.attributes('Got 0 replies\n') == {}
    assert winbind_tools.attributes('ads_connect: No logon servers\n') is None


@pytest.mark.parametrize(('more', 'states'), [
    ({}, set()),
    ({'userAccountControl': ['514']}, {'disabled'}),
    ({'lockoutTime': [LONG_AGO], 'msDS-User-Account-Control-Computed': ['16']}, {'locked'}),
    ({'lockoutTime': [LONG_AGO]}, set()),                                   # it was, and the time is over
    ({'accountExpires': [LONG_AGO]}, {'expired'}),
    ({'accountExpires': ['0']}, set()),
    ({'accountExpires': [str(int((NOW + 11644473600 + 60) * 10**7))]}, set()),
    ({'pwdLastSet': ['0'], 'msDS-User-Account-Control-Computed': ['8388608']}, {'must_change'}),
    ({'pwdLastSet': ['0'], 'userAccountControl': ['66048']}, set()),        # never expires
    ({'pwdLastSet': [LONG_AGO], 'msDS-User-Account-Control-Computed': ['8388608']}, {'password_expired'}),
    ({'userWorkstations': ['PC1,PC2']}, {'elsewhere_only'}),
    ({'userWorkstations': ['PC1, radius']}, set()),
    ({'userAccountControl': ['262656']}, {'smartcard'}),
    ({'memberOf': ['CN=x,DC=lab', 'CN=Protected Users,CN=Users,DC=lab,DC=test']}, {'protected'})])
def test_the_state_of_an_account(more: dict[str, list[str]], states: set[str]) -> None:
    found = winbind_tools.account({**GOOD, **more}, NOW, 'RADIUS')
    assert {name for name in STATES if found[name]} == states
    assert None not in [found[name] for name in STATES]


def test_what_the_directory_does_not_show_is_not_known() -> None:
    found = winbind_tools.account({'badPwdCount': ['many']}, NOW, 'RADIUS')
    unknown = ('disabled', 'locked', 'expired', 'must_change', 'password_expired', 'smartcard', 'bad_count', 'dialin')
    assert all(found[name] is None for name in unknown)


@pytest.mark.parametrize(('row', 'allowed'), [(['TRUE'], True), (['FALSE'], False), ([], None), (['?'], None)])
def test_the_dial_in_permission(row: list[str], allowed: bool | None) -> None:
    assert winbind_tools.account({'msNPAllowDialin': row}, NOW, 'RADIUS')['dialin'] is allowed
