# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the checks share: the accessor of facts, address pools, and the rules of chap-secrets."""

from __future__ import annotations

import typing as t

import netaddr
import pytest

from ansible_collections.vpnops.pptp.plugins.plugin_utils import pools, secrets
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import Finding, Fix, Proof
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.hosts import SECRETS, server, user


def test_values_of_the_wrong_type_read_as_not_known() -> None:
    facts = Facts({'a': {'flag': 'yes', 'number': True, 'text': 3, 'rows': [[1], 2, [1, 2, 3]], 'maps': [{}, 1]},
                   'b': 1})
    assert facts.flag('a', 'flag') is None
    assert facts.number('a', 'number') is None
    assert facts.text('a', 'text') is None
    assert facts.rows('a', 'rows', width=2) == [(1, None), (2, None), (1, 2)]
    assert facts.maps('a', 'maps') == [{}]
    assert facts.get('b', 'c', 'd') is None
    assert facts.table('a', 'text') is None
    assert facts.rows('c', 'x', width=1) is None
    assert facts.read == {'a', 'b', 'c'}
    assert Facts(None).get('a') is None


def test_why_a_value_is_missing() -> None:
    facts = Facts({'a': {'evidence': {'denied': [['/x', 'Permission denied']], 'absent': ['/y'], 'ok': ['/z']}}})
    assert facts.why('a') == '/x denied, /y absent'
    assert facts.why('b') == 'not collected'
    assert Facts({'a': {'evidence': {}}}).why('a') == 'not found in what was read'


def test_only_a_proven_absence_is_one() -> None:
    facts = Facts({'a': {'evidence': {'absent': ['/y', ['/z', 'not in the bundle']]}}})
    assert facts.absent('a', '/y')
    assert not facts.absent('a', '/z')
    assert not facts.absent('b', '/y')


def test_a_finding_as_json() -> None:
    found = Finding('a', 'auth', 'fail', 'major', 'T', (Proof('f', 1, 's'),), fix=Fix('do', vars={'x': 1}))
    assert found.blocked('b', 'a').blocked('b').blocked_by == ('b',)
    assert found.as_dict()['fix'] == {'summary': 'do', 'vars': {'x': 1}}
    assert found.as_dict()['evidence'] == [{'fact': 'f', 'value': 1, 'source': 's'}]


@pytest.mark.parametrize(('ranges', 'expected'), [
    ([['10.0.0.1', '10.0.0.3']], 3), ([['10.0.0.3', '10.0.0.1']], None), ([['x', 'y']], None), ([], None), (None, None),
    ([['10.0.0.1', '10.0.0.1'], ['10.0.1.0', '10.0.1.255']], 257), ([['::1', '::2']], None),
])
def test_pools(ranges: t.Any, expected: int | None) -> None:
    found = pools.pool(Facts({'pptp_conf': {'remoteip': ranges}}), 'remoteip')
    assert (None if found is None else found.size) == expected


@pytest.mark.parametrize(('column', 'expected'), [
    (['*'], False), (['-'], True), (['10.98.0.0/24'], True), (['10.99.0.0/24'], False), (['10.98.0.5'], False),
    (['10.98.0.0/24', '*'], False), (['!10.99.0.0/16', '10.98.0.0/24'], False), (['?'], False), ([], False),
    (None, False), ([3], False), (['10.98.0.0/24+'], False),
])
def test_which_address_columns_exclude_the_pool(column: t.Any, expected: bool) -> None:
    assert pools.excludes(netaddr.IPSet(['10.99.0.96/28']), column) is expected


def test_the_route_to_an_address_is_the_most_specific() -> None:
    facts = Facts({'pptp_addressing': {
        'routes': [['default', 'ppp0'], ['203.0.113.0/24', 'eth1'], ['203.0.113.10', 'eth0']],
        'default_route': {'dev': 'ppp0', 'via': None}}})
    target = netaddr.IPAddress('203.0.113.10')
    assert pools.route_to(facts, target) == (netaddr.IPNetwork('203.0.113.10/32'), 'eth0')
    assert pools.route_to(facts, netaddr.IPAddress('8.8.8.8')) == (netaddr.IPNetwork('0.0.0.0/0'), 'ppp0')
    assert pools.route_to(Facts({}), target) is None


def test_empty_interfaces_are_unread_ones() -> None:
    assert pools.interfaces(Facts({'pptp_addressing': {'interfaces': [], 'ppp_count': 0}})) is None
    assert pools.busy(Facts({'pptp_addressing': {'interfaces': [], 'ppp_count': 0}})) is None
    assert pools.busy(Facts(server())) == 0


def defect(changes: dict[str, t.Any]) -> tuple[str, str] | None:
    """Cause and confidence of what keeps everybody out."""
    found = secrets.everybody(Facts(server(changes)))
    return (found.cause, found.confidence) if found else None


_DECIDING = {'line': 1, 'client': 'alice', 'server': 'pptpd', 'usable': False, 'why': 'no-address'}


@pytest.mark.parametrize(('changes', 'expected'), [
    ({}, None),
    ({'secrets.deciding': _DECIDING}, ('chap-secrets-malformed', 'certain')),
    ({'secrets.deciding': {**_DECIDING, 'why': 'dash'}}, ('address-not-allowed', 'certain')),
    ({'secrets.deciding': {**_DECIDING, 'why': 'denied'}}, ('address-not-allowed', 'certain')),
    ({'secrets.deciding': _DECIDING, 'pppd.effective.backend': 'radius'}, None),
    ({'secrets.deciding': _DECIDING, 'pppd.effective.require': ['pap']}, None),
    ({'secrets.deciding': _DECIDING, 'pppd.complete': False}, ('chap-secrets-malformed', 'likely')),
    ({'secrets.deciding': _DECIDING, 'pppd.complete': False, 'pppd.effective.name': None}, None),
    ({'secrets.entries': 0, 'secrets.users': [], 'secrets.deciding': None}, ('no-secret-for-user', 'certain')),
    ({'secrets.entries': 0, 'secrets.users': [], 'secrets.deciding': None,
      'secrets.problems': [[SECRETS + ':1', 'too-few-words', 'alice']]}, ('chap-secrets-malformed', 'certain')),
    ({'secrets.entries': None, 'secrets.users': [], 'secrets.deciding': None}, None),
    ({'secrets.users': [user('alice', server='x')], 'secrets.deciding': None}, ('server-name-mismatch', 'certain')),
    ({'secrets.users': [user('alice', server='x')], 'secrets.deciding': None, 'secrets.entries': 99},
     ('server-name-mismatch', 'likely')),
    ({'secrets.users': [user('alice', server='vpn')], 'secrets.deciding': None, 'pppd.effective.name': None}, None),
    ({'secrets.users': [user('alice', server='x')], 'secrets.deciding': None, 'pppd.effective.name': None},
     ('server-name-mismatch', 'certain')),
    ({'secrets.users': [user('alice', server='*')], 'secrets.deciding': None}, None),
    ({'secrets.users': [user('alice', addresses=['10.98.0.0/24']), user('bob', 2, addresses=['*'])],
      'secrets.entries': 2}, None),
])
def test_what_keeps_everybody_out(changes: dict[str, t.Any], expected: tuple[str, str] | None) -> None:
    assert defect(changes) == expected
