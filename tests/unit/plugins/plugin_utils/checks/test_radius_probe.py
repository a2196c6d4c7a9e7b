# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the probe's facts prove, rule out, and leave open."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks import radius_probe as rp
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts

CAUSES = sorted({*rp._PROOFS, *rp._SUSPECTS, *rp._CLEARS})


def row(reading: str, kind: str = 'auth', address: str = '10.0.0.2', **more: t.Any) -> dict[str, t.Any]:
    return {'kind': kind, 'server': address, 'port': 1812, 'address': address, 'reading': reading, 'status': None,
            'request': None, 'login': None, 'secret': '/servers:1', **more}


def facts(*rows: t.Any, **more: t.Any) -> Facts:
    return Facts({rp.SUBJECT: {'servers': list(rows), 'sent': ['status'], 'problems': [], 'budget': {'per_server': 30},
                               **more}})


def login(**more: t.Any) -> dict[str, t.Any]:
    keys = {'send': 'equal', 'recv': 'equal'}
    return row('fine', login={'user': 'alice', 'outcome': 'accept', 'keys': keys, 'refused': [], 'error': None, **more})


PROVEN = {
    'radius-unreachable': rp.UNANSWERED,
    'radius-secret-mismatch': ('wrong-secret',), 'radius-message-authenticator': ('message-authenticator-demanded',)}
READINGS = sorted(rp._WORDS)


@pytest.mark.parametrize('reading', READINGS)
def test_each_reading_proves_what_it_says_and_nothing_else(reading: str) -> None:
    found = {cause for cause in CAUSES if rp.proofs(facts(row(reading)), cause)}
    assert found == {cause for cause, readings in PROVEN.items() if reading in readings}


@pytest.mark.parametrize('reading', READINGS)
@pytest.mark.parametrize('cause', CAUSES)
def test_nothing_is_proven_and_ruled_out_at_once(cause: str, reading: str) -> None:
    here = facts(row(reading))
    assert not (rp.clears(here, cause) and (rp.proofs(here, cause) or rp.suspects(here, cause)))


@pytest.mark.parametrize(('reading', 'cleared'), [
    ('fine', {'radius-unreachable', 'radius-unknown-client', 'radius-secret-mismatch', 'radius-message-authenticator'}),
    ('status-fine', {'radius-unreachable', 'radius-unknown-client', 'radius-secret-mismatch'}),
    ('wrong-secret', {'radius-unreachable', 'radius-unknown-client', 'radius-message-authenticator'}),
    ('status-silent', set()), ('silent', set()), ('refused', set()), ('contradictory', set())])
def test_what_is_ruled_out(reading: str, cleared: set[str]) -> None:
    assert {cause for cause in CAUSES if rp.clears(facts(row(reading)), cause)} == cleared


def test_one_server_of_two_clears_nothing() -> None:
    here = facts(row('fine'), row('wrong-secret', address='10.0.0.3'))
    assert rp.clears(here, 'radius-secret-mismatch') is None and rp.proofs(here, 'radius-secret-mismatch')


def test_accounting_proves_nothing_of_logins() -> None:
    here = facts(row('fine'), row('refused', kind='acct'))
    assert rp.proofs(here, 'radius-unreachable') == [] and rp.clears(here, 'radius-unreachable')


def test_accounting_is_told_apart() -> None:
    here = facts(row('refused'), row('refused', kind='acct', port=1813), row('fine', kind='acct'))
    assert [proof.value for proof in rp.accounting(here)] == [
        '10.0.0.2 port 1813: nothing listens there, or a rule rejects it']


def test_who_says_no_is_named() -> None:
    status = {'result': 'prohibited', 'by': '10.0.0.254', 'icmp': [3, 13], 'errno': 113}
    assert rp.proofs(facts(row('prohibited', status=status)), 'radius-unreachable')[0].value == (
        '10.0.0.2 port 1812: a firewall forbids it (ICMP 3/13 from 10.0.0.254, which is not the server)')
    status = {'result': 'denied', 'by': None, 'icmp': None, 'errno': 1}
    assert '(error 1 of this host)' in rp.proofs(facts(row('denied', status=status)), 'radius-unreachable')[0].value


def test_a_wrong_secret_is_shown_with_its_line_and_its_oddities() -> None:
    here = facts(row('wrong-secret'), problems=[['/servers:1', 'secret-cut', '']])
    assert [proof.source for proof in rp.proofs(here, 'radius-secret-mismatch')] == ['/servers:1', '/servers:1']


def test_what_keeps_pppd_from_sending() -> None:
    here = facts(problems=[['/c', 'config-absent', ''], ['/etc/hosts', 'own-name', 'no address'],
                           ['x', 'name-slow', '']])
    assert [proof.value for proof in rp.proofs(here, 'radius-client-config-missing')] == ['/c is missing', 'no address']


@pytest.mark.parametrize(('refused', 'cause'), [
    (['no-keys'], 'radius-no-mppe-keys'), (['no-policy'], 'radius-no-mppe-keys'),
    (['keys-different'], 'radius-wrong-mppe-keys'), (['key-malformed'], 'radius-wrong-mppe-keys'),
    (['service-type'], 'no-dialin-permission'), (['framed-ip'], 'no-dialin-permission'),
    (['success-wrong'], 'ad-ntlm-auth-failing')])
def test_an_accept_that_is_of_no_use(refused: list[str], cause: str) -> None:
    here = facts(login(refused=refused, service_type=6, framed_ip='127.0.0.9'))
    assert {name for name in CAUSES if rp.proofs(here, name)} == {cause}
    assert rp.clears(here, 'radius-no-mppe-keys') is None


def test_a_good_login_clears_the_keys() -> None:
    assert rp.clears(facts(login()), 'radius-no-mppe-keys') and rp.clears(facts(login()), 'radius-wrong-mppe-keys')
    assert rp.clears(facts(row('fine')), 'radius-no-mppe-keys') is None


@pytest.mark.parametrize(('error', 'cause'), [
    ({'code': 647, 'retry': False}, 'ad-account-locked'), ({'code': 691, 'retry': False}, 'ad-account-locked'),
    ({'code': 648, 'retry': False}, 'ad-password-expired'), ({'code': 649, 'retry': False}, 'no-dialin-permission'),
    ({'code': 691, 'retry': True}, 'wrong-secret'), (None, None)])
def test_the_codes_of_a_reject(error: dict[str, t.Any] | None, cause: str | None) -> None:
    here = facts(login(outcome='reject', keys=None, error=error))
    assert {name for name in CAUSES if rp.proofs(here, name)} == ({cause} if cause else set())


def test_the_next_step() -> None:
    assert 'wrong secret' in rp.needs_more(facts(row('status-silent')))
    assert 'Message-Authenticator' in rp.needs_more(facts(row('status-fine')))
    assert rp.needs_more(facts(row('fine'))) == rp.needs_more(Facts({})) == ''
    assert rp.needs_more(facts(row('status-silent'), sent=['status', 'request'])) == ''


@pytest.mark.parametrize(('readings', 'seconds', 'which'), [
    (['fine'], 0, 0), (['silent', 'refused', 'fine'], 60, 2), (['silent'], 30, None), (['wrong-secret', 'fine'], 0, 0),
    (['status-silent', 'fine'], None, None), (['error', 'fine'], 0, 1)])
def test_how_long_pppd_waits(readings: list[str], seconds: int | None, which: int | None) -> None:
    rows = [row(reading) for reading in readings]
    assert rp.waits(facts(*rows)) == (seconds, None if which is None else rows[which])


NAMES = ('servers', 'problems', 'login', 'error', 'keys', 'refused', 'reading', 'kind', 'status', 'icmp', 'code',
         'budget', 'send', 'user')


@settings(max_examples=100, deadline=None)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=9), lambda inner: st.lists(
    inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5), max_leaves=12))
def test_any_facts_are_taken(value: t.Any) -> None:
    server = {'kind': 'auth', 'reading': 'refused', 'login': value, 'status': value, 'request': value}
    for here in (Facts({rp.SUBJECT: value}), facts(value), facts(server), facts(problems=[[value, value, value]]),
                 facts(login(keys={'send': value, 'recv': value}, refused=[value]))):
        for cause in CAUSES:
            rp.proofs(here, cause)
            rp.suspects(here, cause)
            rp.clears(here, cause)
        rp.needs_more(here)
        rp.waits(here)
