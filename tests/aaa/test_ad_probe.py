# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The probe against a real domain: what it sees, that it ends, and that it leaves no trace at the accounts."""

from __future__ import annotations

import collections.abc
import contextlib
import typing as t

import pytest

from tests.aaa import ad_rig, ad_run
from tests.aaa.ad_rig import DC, Domain, rule
from tests.aaa.marks import some


def _probe(domain: Domain, account: str | None = None) -> dict[str, t.Any]:
    found: dict[str, t.Any] = ad_run.probe(domain.member, account)['pptp_directory_probe']
    assert found['seconds'] < 30
    return found


def test_a_cached_controller_is_up_within_seconds(domain: Domain) -> None:
    assert domain.seconds < 30


def test_all_is_well(domain: Domain) -> None:
    found = _probe(domain)
    assert found['srv']['status'] == 'ok' and found['srv']['controllers'] == [['dc.lab.test', 389]]
    assert found['controllers'] == [{'name': 'dc.lab.test', 'address': DC, 'ports': dict.fromkeys(
        ('88', '135', '389', '445'), 'open')}]
    assert (found['daemon'], found['ping']['status'], found['ping']['dc']) == ('ok', 'ok', 'dc.lab.test')
    assert found['trust']['status'] == 'ok' and abs(found['clock']) < 5 and found['account'] is None


@pytest.mark.parametrize(('account', 'state'), some([
    ('good', ''), ('LAB\\locked', 'locked'), ('disabled@lab.test', 'disabled'), ('pwexpired', 'password_expired'),
    ('mustchange', 'must_change'), ('accexpired', 'expired'), ('workstation', 'elsewhere_only'),
    ('protected', 'protected'), ('nodialin', '')], ('LAB\\locked', 'locked'), ('disabled@lab.test', 'disabled'),
    ('nodialin', '')))
def test_the_state_of_an_account(domain: Domain, account: str, state: str) -> None:
    found = _probe(domain, account)['account']
    told = {name for name, value in found.items() if value is True}
    assert found['found'] and told - {'found', 'dialin'} == {state} - {''}
    assert found['dialin'] == {'good': True, 'nodialin': False}.get(account)


@pytest.mark.parametrize('name', some(
    ['nobody', 'go*', '*', 'good)(cn=*', 'OTHER\\good', '\\', '-P', 'dom\u00e4ne'], 'go*', '-P'))
def test_a_name_that_is_none_finds_nobody(domain: Domain, name: str) -> None:
    found = _probe(domain, name)['account']
    assert not found.get('found') and found['status'] in ('ok', 'other-domain')


@contextlib.contextmanager
def _counting(domain: Domain, threshold: int) -> collections.abc.Iterator[None]:
    """The domain counts bad passwords for half an hour, and locks accounts."""
    def policy(number: int, minutes: int) -> None:
        domain.dc.run('samba-tool', 'domain', 'passwordsettings', 'set', f'--account-lockout-threshold={number}',
                      f'--reset-account-lockout-after={minutes}')
    policy(threshold, 30)
    try:
        yield
    finally:
        policy(0, 0)


def _logons(domain: Domain) -> list[str]:
    """The logons of users that the controller judged, by its own audit."""
    return [line for line in domain.dc.read('/var/log/samba/log.samba').splitlines() if 'Auth: [SamLogon' in line]


def test_no_logon_is_tried(domain: Domain) -> None:
    """A wrong password is counted, and in the audit; what the probe does is neither."""
    with _counting(domain, 10):
        domain.start_radius()
        counted, logons = domain.bad_counts(), len(_logons(domain))
        assert domain.login('second', 'wrong').startswith('reject')
        domain.stop_radius()
        before = domain.bad_counts(), _logons(domain)
        assert before[0] == {**counted, 'second': counted['second'] + 1} and len(before[1]) == logons + 1
        for name in ('good', 'locked', 'second'):
            _probe(domain, name)
        assert (domain.bad_counts(), _logons(domain)) == before


def test_winbindd_is_stopped(domain: Domain) -> None:
    domain.member.stop('winbindd')
    try:
        found = _probe(domain)
    finally:
        domain.start_winbind()
    assert found['daemon'] == 'failed' and found['reachable'] and found['ping']['status'] == 'skipped'


def test_whoever_is_not_root_gets_no_false_alarm(domain: Domain) -> None:
    """wbinfo -t of anybody else fails on a healthy machine."""
    program = ad_run.payload('directory_probe')
    done = domain.member.run('setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', 'env', 'HOME=/tmp',
                             'python3', '-', text=program)
    assert '"status": "not-root"' in done.stdout and '"root": false' in done.stdout


@contextlib.contextmanager
def _resolver(domain: Domain, text: str) -> collections.abc.Iterator[None]:
    before = domain.member.read('/etc/resolv.conf')
    domain.member.write('/etc/resolv.conf', text)
    try:
        yield
    finally:
        domain.member.write('/etc/resolv.conf', before)


@pytest.mark.parametrize(('text', 'status'), some([
    ('', 'no-resolver'), ('nameserver 127.0.0.1\n', 'closed'), ('nameserver 10.9.9.9\n', 'unreachable'),
    ('nameserver 192.168.77.99\n', 'timeout')], ('nameserver 192.168.77.99\n', 'timeout')))
def test_the_name_server_is_wrong(domain: Domain, text: str, status: str) -> None:
    with _resolver(domain, text):
        diagnosis = ad_run.judged(domain.member)
        found = _probe(domain)
    assert found['srv']['status'] in (status, 'unreachable') and found['ping']['status'] == 'skipped'
    assert found['seconds'] < 10
    domain.start_radius()
    failing = ad_run.failing(diagnosis)
    assert set(failing) <= {'ad-dc-unreachable', 'radius-unreachable'}, [*map(ad_run.evidence, failing.values())]


def test_the_realm_is_unknown_to_the_name_server(domain: Domain) -> None:
    text = domain.member.read('/etc/samba/smb.conf')
    domain.member.write('/etc/samba/smb.conf', text.replace('LAB.TEST', 'OTHER.LAB.TEST'))
    try:
        found = _probe(domain)
    finally:
        domain.member.write('/etc/samba/smb.conf', text)
    assert found['srv']['status'] == 'nxdomain' and not found['reachable']


@pytest.mark.parametrize(('reject', 'word'), some(
    [(('--reject-with', 'tcp-reset'), 'refused'), ((), 'refused'), (None, 'timeout')], (None, 'timeout')))
def test_the_ports_of_the_controller_are_shut(domain: Domain, reject: tuple[str, ...] | None, word: str) -> None:
    """The name server still answers."""
    target = ('-j', 'DROP') if reject is None else ('-j', 'REJECT', *reject)
    with rule(domain.dc, 'INPUT', '-p', 'tcp', '-i', 'eth0', *target):
        found = _probe(domain)
        domain.start_radius()
        failing = ad_run.failing(ad_run.judged(domain.member))
    assert found['srv']['status'] == 'ok' and set(found['controllers'][0]['ports'].values()) == {word}
    assert found['ping']['status'] == 'skipped' and found['seconds'] < 10
    assert set(failing) == {'ad-dc-unreachable'}


@pytest.mark.slow
def test_one_port_is_shut(domain: Domain) -> None:
    with rule(domain.dc, 'INPUT', '-p', 'tcp', '-i', 'eth0', '--dport', '88', '-j', 'DROP'):
        domain.start_radius()
        diagnosis = ad_run.judged(domain.member)
    shut = next(item for item in diagnosis.findings if item.cause == 'ad-dc-unreachable')
    assert shut.result == 'warn' and 'TCP 88 timeout' in ad_run.evidence(shut)


@pytest.mark.slow
def test_the_controller_is_gone(domain: Domain) -> None:
    """With its DNS: FreeRADIUS gives up after 10 s, and winbindd after 43."""
    domain.start_radius()
    domain.dc.stop('samba')
    try:
        assert domain.login('good', seconds=30).startswith('reject')
        diagnosis = ad_run.judged(domain.member)
    finally:
        domain.start_dc()
        domain.restart_winbind()
    assert set(ad_run.failing(diagnosis)) == {'ad-dc-unreachable'}


@pytest.mark.slow
def test_the_controller_is_a_black_hole(domain: Domain) -> None:
    domain.start_radius()
    with rule(domain.dc, 'INPUT', '-i', 'eth0', '-j', 'DROP'):
        assert domain.login('good', seconds=30).startswith('reject')
        diagnosis = ad_run.judged(domain.member)
        found = _probe(domain, 'good')
    domain.restart_winbind()
    assert set(ad_run.failing(diagnosis)) == {'ad-dc-unreachable'}
    assert found['account']['status'] == 'skipped'


@pytest.mark.slow
def test_winbindd_hangs_and_the_controller_is_well(domain: Domain) -> None:
    """What blocks for a minute is cut off: only the process that answers is stopped."""
    number = domain.member.processes('winbindd')[0]
    domain.member.run('kill', '-STOP', str(number))
    try:
        found = _probe(domain, 'good')
    finally:
        domain.member.run('kill', '-CONT', str(number))
    assert found['daemon'] == 'timeout' and found['ping']['status'] == 'skipped'
    assert found['account']['found']


@pytest.mark.slow
def test_right_passwords_lock_an_account_out(domain: Domain) -> None:
    """The controller takes no MS-CHAPv2: three right passwords, and the account is locked."""
    with _counting(domain, 3):
        domain.restart_dc(ntlm_auth='')
        domain.restart_winbind()
        domain.start_radius()
        try:
            answers = [domain.login('second') for _number in range(4)]
            found = ad_run.failing(ad_run.judged(domain.member, 'second'))
        finally:
            domain.dc.run('samba-tool', 'user', 'unlock', 'second')
            domain.restart_dc(ntlm_auth='mschapv2-and-ntlmv2-only')
            domain.restart_winbind()
    assert 'E=691' in answers[0] and 'E=647' in answers[3]
    assert 'ad-account-locked' in found and not {'wrong-secret'} & set(found)
    assert ad_rig.PASSWORD not in str(found)
