# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What stands between a VPN server and its RADIUS server, and who says no: rules and routes of a real kernel."""

from __future__ import annotations

import contextlib
import time
import typing as t

import pytest

from tests.aaa.marks import some
from tests.aaa.radius_rig import RAD, RAD6, ROUTER, SECRET, VPN, Lab

BOTH = ['status', 'request']
ICMP = {'net-unreachable': (0, 'unreachable'), 'host-unreachable': (1, 'unreachable'),
        'prot-unreachable': (2, 'refused'), 'port-unreachable': (3, 'refused'),
        'net-prohibited': (9, 'prohibited'), 'host-prohibited': (10, 'prohibited'),
        'admin-prohibited': (13, 'prohibited')}
ICMP6 = {'no-route': (0, 'unreachable'), 'admin-prohibited': (1, 'prohibited'), 'addr-unreachable': (3, 'unreachable'),
         'port-unreachable': (4, 'refused')}
DROPS = [('router', 'forward udp dport 1812 drop'), ('rad', 'input udp dport 1812 drop'),
         ('router', 'forward udp sport 1812 drop'), ('rad', 'output udp sport 1812 drop'),
         ('vpn', 'input udp sport 1812 drop')]


def _auth(lab: Lab, **params: t.Any) -> dict[str, t.Any]:
    seen = lab.probe(send=BOTH, **params)['servers'][0]
    assert seen['kind'] == 'auth'
    return seen


def _said(row: dict[str, t.Any]) -> tuple[t.Any, ...]:
    return row['result'], row['by'], row['icmp']


def test_a_stopped_server_refuses_by_itself(older: Lab) -> None:
    older.stop()
    seen = _auth(older)
    assert (seen['reading'], _said(seen['status'])) == ('refused', ('refused', RAD, [3, 3]))
    assert seen['request'] is None


@pytest.mark.parametrize('kind', some(ICMP, 'port-unreachable', 'admin-prohibited'))
def test_what_a_router_rejects_is_named_with_the_router(older: Lab, kind: str) -> None:
    older.serve()
    with older.rules(older.router, f'forward udp dport 1812 reject with icmp type {kind}'):
        seen = older.probe(send=BOTH)['servers']
    code, word = ICMP[kind]
    assert (seen[0]['reading'], _said(seen[0]['status'])) == (word, (word, ROUTER, [3, code]))
    assert seen[1]['reading'] == 'fine'


def test_a_rule_of_the_server_itself_is_named_with_the_server(older: Lab) -> None:
    older.serve()
    with older.rules(older.rad, 'input udp dport 1812 reject with icmp type admin-prohibited'):
        assert _said(_auth(older)['status']) == ('prohibited', RAD, [3, 13])


@pytest.mark.parametrize(('where', 'rule'), some(DROPS, ('router', 'forward udp dport 1812 drop')))
def test_what_is_dropped_is_silent_wherever_that_is(older: Lab, where: str, rule: str) -> None:
    older.serve()
    with older.rules(getattr(older, where), rule):
        assert _auth(older)['reading'] == 'silent'


def test_own_rules_are_told_from_those_of_others(older: Lab) -> None:
    older.serve()
    with older.rules(older.vpn, 'output udp dport 1812 drop'):
        began = time.monotonic()
        seen = _auth(older)
    assert (seen['reading'], seen['status']['errno'], seen['status']['by']) == ('denied', 1, None)
    assert time.monotonic() - began < 3
    with older.rules(older.vpn, 'output udp dport 1812 reject with icmp type admin-prohibited'):
        assert _auth(older)['reading'] == 'denied'


@pytest.mark.parametrize(('kind', 'reading', 'number'), some([
    ('prohibit', 'denied', 13), ('unreachable', 'unreachable', 113), ('blackhole', 'unreachable', 22)],
    ('prohibit', 'denied', 13)))
def test_own_routes(older: Lab, kind: str, reading: str, number: int) -> None:
    older.serve()
    with _route(older, kind, RAD):
        seen = _auth(older)
    assert (seen['reading'], seen['status']['errno']) == (reading, number)


def test_no_route_at_all(older: Lab) -> None:
    older.serve()
    older.vpn.outside('ip', 'route', 'del', 'default', 'via', ROUTER)
    try:
        seen = _auth(older)
    finally:
        older.vpn.outside('ip', 'route', 'add', 'default', 'via', ROUTER)
    assert (seen['reading'], seen['status']['errno'], seen['source']) == ('unreachable', 101, None)


@pytest.mark.slow
def test_a_router_that_cannot_reach_the_server_says_so_after_three_seconds(older: Lab) -> None:
    older.configure(auth='10.99.2.66', servers='10.99.2.66 x\n')
    seen = _auth(older, tries=2, wait=2.0)
    assert (seen['reading'], _said(seen['status'])) == ('unreachable', ('unreachable', ROUTER, [3, 1]))


@pytest.mark.slow
def test_a_neighbour_that_is_not_there_is_told_by_this_host_itself(older: Lab) -> None:
    older.configure(auth='10.99.1.66', servers='10.99.1.66 x\n')
    seen = _auth(older, tries=2, wait=2.0)
    assert (seen['reading'], _said(seen['status'])) == ('unreachable', ('unreachable', VPN, [3, 1]))


@pytest.mark.slow
def test_a_routing_loop(older: Lab) -> None:
    older.router.outside('ip', 'route', 'add', '10.99.9.0/24', 'via', RAD)
    older.rad.outside('sysctl', '-qw', 'net.ipv4.ip_forward=1')
    older.configure(auth='10.99.9.9', servers='10.99.9.9 x\n')
    try:
        seen = _auth(older)
    finally:
        older.router.outside('ip', 'route', 'del', '10.99.9.0/24', 'via', RAD)
        older.rad.outside('sysctl', '-qw', 'net.ipv4.ip_forward=0')
    assert (seen['reading'], seen['status']['icmp']) == ('unreachable', [11, 0])


def test_a_server_that_answers_from_another_address_is_heard_as_pppd_hears_it(older: Lab) -> None:
    older.serve()
    older.rad.outside('ip', 'address', 'add', '10.99.2.3/24', 'dev', 'eth0')
    try:
        with older.rules(older.rad, 'output udp sport 1812 ip saddr set 10.99.2.3'):
            seen = _auth(older)
    finally:
        older.rad.outside('ip', 'address', 'del', '10.99.2.3/24', 'dev', 'eth0')
    assert (seen['reading'], seen['address'], seen['status']['by']) == ('fine', RAD, '10.99.2.3')


def test_the_source_address_is_that_of_bindaddr(older: Lab) -> None:
    older.serve(address='10.99.1.9')
    older.configure(more='bindaddr 10.99.1.9\n')
    older.vpn.outside('ip', 'address', 'add', '10.99.1.9/24', 'dev', 'eth0')
    try:
        seen = older.probe(send=BOTH)
    finally:
        older.vpn.outside('ip', 'address', 'del', '10.99.1.9/24', 'dev', 'eth0')
    server = seen['servers'][0]
    assert (seen['bind'], server['source'], server['reading']) == ('10.99.1.9', '10.99.1.9', 'fine')


def test_a_bindaddr_that_is_not_of_this_host(older: Lab) -> None:
    older.configure(more='bindaddr 10.99.1.9\n')
    seen = _auth(older)
    assert (seen['reading'], seen['status']['errno']) == ('error', 99)


def test_names_are_those_of_the_hosts_file(older: Lab) -> None:
    older.serve()
    older.configure(auth='radius.lab.test,10.99.2.2', servers=f'radius.lab.test {SECRET}\n',
                    hosts=f'{RAD} radius.lab.test\n')
    seen = older.probe(send=BOTH)
    assert [(row['server'], row['address'], row['reading']) for row in seen['servers'][:2]] == [
        ('radius.lab.test', RAD, 'fine'), (RAD, RAD, 'fine')]
    assert seen['problems'] == []


def test_a_name_that_does_not_resolve_costs_no_packet(older: Lab) -> None:
    older.configure(auth='gone.lab.test')
    seen = older.probe(send=BOTH)
    assert (seen['servers'][0]['address'], seen['servers'][0]['reading']) == (None, 'not-asked')
    assert [problem[1] for problem in seen['problems']] == ['unresolvable']


@pytest.mark.slow
def test_a_name_server_that_is_silent_does_not_hold_the_probe_up(older: Lab) -> None:
    older.configure(auth=f'gone.lab.test,{RAD}')
    older.serve()
    older.vpn.write('/etc/resolv.conf', f'nameserver {RAD}\noptions timeout:5 attempts:3\n')
    try:
        with older.rules(older.rad, 'input udp dport 53 drop'):
            began = time.monotonic()
            seen = older.probe(total=4.0)
    finally:
        older.vpn.run('rm', '/etc/resolv.conf')
    assert time.monotonic() - began < 7
    assert [row['reading'] for row in seen['servers']] == ['not-asked', 'status-fine', 'fine']
    assert ['gone.lab.test', 'name-slow', 'no answer about this name in time'] in seen['problems']


def _sixth(**more: t.Any) -> dict[str, t.Any]:
    return {'send': BOTH, 'servers': [{'host': RAD6, 'port': None, 'kind': 'auth', 'secret': SECRET, **more}]}


def test_ipv6(lab: Lab) -> None:
    lab.serve()
    seen = lab.probe(**_sixth())['servers'][0]
    assert (seen['reading'], seen['source'], seen['status']['by']) == ('fine', 'fd99:1::1', RAD6)
    assert lab.probe(**_sixth(secret='other'))['servers'][0]['reading'] == 'wrong-secret'


@pytest.mark.parametrize('kind', some(ICMP6, 'admin-prohibited'))
def test_ipv6_errors(older: Lab, kind: str) -> None:
    older.serve()
    with older.rules(older.router, f'forward udp dport 1812 reject with icmpv6 type {kind}'):
        seen = older.probe(**_sixth())['servers'][0]
    code, word = ICMP6[kind]
    assert (seen['reading'], _said(seen['status'])) == (word, (word, 'fd99:1::254', [1, code]))


def test_ipv6_names(older: Lab) -> None:
    older.serve()
    older.configure(hosts=f'{RAD6} six.lab.test\n')
    assert older.probe(**_sixth(host='six.lab.test'))['servers'][0]['address'] == RAD6


@contextlib.contextmanager
def _route(lab: Lab, kind: str, target: str) -> t.Iterator[None]:
    lab.vpn.outside('ip', 'route', 'add', kind, target)
    try:
        yield
    finally:
        lab.vpn.outside('ip', 'route', 'del', kind, target)
