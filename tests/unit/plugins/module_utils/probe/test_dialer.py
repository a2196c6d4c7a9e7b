# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Dials over real sockets through a real network: what comes of them, and that each one is hung up."""

from __future__ import annotations

import signal
import time
import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.probe import dialer_sockets
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.probe import dialing

pytestmark = pytest.mark.skipif(bool(dialing.why_not()), reason=dialing.why_not() or 'here it can')
WITHOUT_RAW = ('setpriv', '--bounding-set', '-net_raw', '--inh-caps', '-net_raw')
END = ['term: vpnops.pptp dial: login', 'ClearRequest', 'StopRequest']


@pytest.fixture(scope='module')
def place() -> t.Iterator[dialing.Net]:
    with dialing.Net() as net:
        yield net


@pytest.fixture
def net(place: dialing.Net) -> t.Iterator[dialing.Net]:
    """With a healthy server, if the test does not start another one."""
    place.serve()
    yield place
    place.stop()


def short(row: dict[str, t.Any]) -> tuple[str, str, str]:
    return row['outcome'], row['step'], row['why']


@pytest.mark.parametrize(('mode', 'step', 'end'), [
    ('login', 'ping', ['login']), ('methods', 'auth', ['methods']), ('path', 'path', ['path']), ('reach', 'call', [])])
def test_each_mode_comes_up_and_hangs_up(net: dialing.Net, mode: str, step: str, end: list[str]) -> None:
    row = net.dial(mode=mode)
    assert short(row) == ('ok', step, '')
    ended = net.ended()
    assert (ended['sessions'], ended['name']) == (0, [row['name']])
    said = ['term: vpnops.pptp dial: ' + name for name in end]
    assert ended['log'] == ['StartRequest', 'CallRequest', *said, *END[1:]]
    assert row['source'][0] == dialing.CLIENT and row['source'][1] > 1023
    assert (row['reason'], row['came']) == ('', 0)


def test_a_login_is_encrypted_both_ways(net: dialing.Net) -> None:
    seen = net.dial()['seen']
    assert (seen['auth']['verified'], seen['ccp']['strength'], seen['ccp']['verified']) == (True, 128, True)
    assert seen['ping']['answered'] and seen['ipcp']['address'] == '10.99.0.100'


@pytest.mark.parametrize(('setup', 'given', 'verdict'), [
    ({}, {'password': 'wrong'}, ('failed', 'auth', 'rejected')),
    ({}, {'user': 'nobody'}, ('failed', 'auth', 'rejected')),
    ({'methods': ['pap']}, {}, ('failed', 'auth', 'no-method')),
    ({'encryption': 0}, {}, ('failed', 'ccp', 'encryption-refused')),
    ({'dies': True}, {}, ('failed', 'gre', 'hung-up')),
    ({'call_result': 4}, {}, ('failed', 'call', 'refused')),
    ({'says': 'HTTP/1.1 400 Bad Request\r\n\r\n'}, {}, ('failed', 'control', 'not-pptp')),
    ({'mute': 'gre'}, {'limits': {'gre': 1}}, ('failed', 'gre', 'no-answer')),
    ({'mute': 'control'}, {'limits': {'control': 0.5}}, ('failed', 'control', 'no-answer')),
    ({'mute': 'auth'}, {'limits': {'total': 1}}, ('unknown', 'auth', 'out-of-time'))])
def test_servers_that_fail(net: dialing.Net, setup: dict[str, t.Any], given: dict[str, t.Any],
                           verdict: tuple[str, str, str]) -> None:
    if setup:
        net.serve(**setup)
    row = net.dial(**given)
    assert short(row) == verdict
    assert net.ended()['sessions'] == 0


def test_the_ways_in_which_there_is_no_connection(net: dialing.Net) -> None:
    row = net.dial(port=1724)
    assert (short(row), row['seen']['tcp']) == (('failed', 'tcp', 'refused'), {'errno': 'ECONNREFUSED'})
    row = net.dial(address='10.9.9.9')                          # the router knows no way
    assert (short(row), row['seen']['tcp']['icmp']) == (('failed', 'tcp', 'unreachable'), [3, 0])
    row = net.dial(address='10.9.2.9')                          # and asks for this one in vain
    assert short(row) == ('failed', 'tcp', 'unreachable')
    assert row['seen']['tcp'] == {'errno': 'EHOSTUNREACH', 'icmp': [3, 1], 'by': dialing.ROUTER}


def test_no_route_at_all(net: dialing.Net) -> None:
    net.run('client', 'ip route del default')
    try:
        row = net.dial()
    finally:
        net.run('client', 'ip route add default via 10.9.1.1')
    assert (short(row), row['seen']) == (('failed', 'tcp', 'unreachable'),
                                         {'ended': {}, 'tcp': {'errno': 'ENETUNREACH'}})


def test_a_firewall_that_drops_and_one_that_rejects(net: dialing.Net) -> None:
    net.run('server', 'iptables -A INPUT -p tcp --dport 1723 -j DROP')
    row = net.dial(limits={'tcp': 0.5})
    assert (short(row), row['times']['total'] < 2000) == (('failed', 'tcp', 'timeout'), True)
    net.run('server', 'iptables -R INPUT 1 -p tcp --dport 1723 -j REJECT --reject-with icmp-admin-prohibited')
    row = net.dial()
    net.run('server', 'iptables -F')
    assert short(row) == ('failed', 'tcp', 'unreachable')
    assert row['seen']['tcp'] == {'errno': 'EHOSTUNREACH', 'icmp': [3, 13], 'by': dialing.SERVER}


def test_where_syns_are_lost_others_are_sent(net: dialing.Net) -> None:
    """The first three of the first connection, so that it alone would need seven seconds."""
    net.run('server', 'iptables -A INPUT -p tcp --syn -m quota --quota 190 -j DROP')
    row = net.dial()
    net.run('server', 'iptables -F')
    assert short(row) == ('ok', 'ping', '')
    assert 1400 < row['times']['tcp'] < 2900
    assert net.ended()['log'][-3:] == END


@pytest.mark.parametrize(('bytes_lost', 'limit', 'verdict'), [
    (100000, 1.0, ('unknown', 'control', 'lossy')), (100000, 7.0, ('failed', 'control', 'no-answer'))])
def test_silence_after_tcp_sent_again_proves_nothing_unless_nothing_came_through(
        net: dialing.Net, bytes_lost: int, limit: float, verdict: tuple[str, str, str]) -> None:
    net.run('server', 'iptables -A INPUT -p tcp -m length --length 100: -m quota --quota %d -j DROP' % bytes_lost)
    row = net.dial(limits={'control': limit})
    net.run('server', 'iptables -F')
    assert short(row) == verdict


def test_gre_that_is_rejected_by_icmp(net: dialing.Net) -> None:
    net.serve(deaf=True)
    row = net.dial(limits={'gre': 1.5})
    assert short(row) == ('failed', 'gre', 'refused')
    assert (row['seen']['icmp'], row['seen']['icmp_by']) == ([[3, 2]], [dialing.SERVER])
    assert net.ended()['sessions'] == 0


def test_icmp_errors_about_another_call_of_this_host_are_not_ours() -> None:
    raw = dialer_sockets.Raw.__new__(dialer_sockets.Raw)
    raw.peer = 0x0201
    quoted = [bytes.fromhex('3001880b0010%04x' % number) for number in (0x0201, 0x0202)]
    assert [raw._own(data) for data in [*quoted, b'', quoted[1][:7]]] == [True, False, True, True]
    raw.peer = None         # before the call stands nothing was sent: whatever comes is about another one
    assert not any(raw._own(data) for data in (*quoted, b''))


def test_gre_that_the_own_firewall_does_not_let_out(net: dialing.Net) -> None:
    net.run('client', 'iptables -A OUTPUT -p gre -j DROP')
    row = net.dial(limits={'lcp': 5})
    net.run('client', 'iptables -F')
    assert row['outcome'] == 'failed' and row['step'] == 'gre'
    assert row['seen']['not_sent']['EPERM'] >= 3
    assert net.ended()['packets'] == 0


@pytest.mark.parametrize(('link', 'mtu'), [('client', 1396), ('router', 1396)])
def test_the_path_is_as_wide_as_its_narrowest_link(net: dialing.Net, link: str, mtu: int) -> None:
    """Found by EMSGSIZE where the link is this host's own, by ICMP where it is a router's."""
    name = {'client': 'inner', 'router': 'wan'}[link]
    net.run(link, 'ip link set %s mtu %d' % (name, mtu))
    try:
        row = net.dial(mode='path')
    finally:
        net.run(link, 'ip link set %s mtu 1500' % name)
        net.run('client', 'ip route flush cache')
    assert short(row) == ('ok', 'path', '')
    assert (row['seen']['path']['largest'], row['seen']['path']['told']) == (mtu, mtu)
    assert row['times']['path'] < 500
    assert net.ended()['largest'] == mtu


def test_a_path_that_swallows_what_is_too_large(net: dialing.Net) -> None:
    net.serve(eats=1400)
    row = net.dial(mode='path')
    assert short(row) == ('ok', 'path', '')
    assert 1396 < row['seen']['path']['largest'] <= 1400


def test_without_a_raw_socket_the_call_is_still_told(net: dialing.Net) -> None:
    row = net.dial(prefix=WITHOUT_RAW)
    assert short(row) == ('unknown', 'gre', 'not-permitted')
    assert row['reason'] == 'raw sockets are not permitted here: become root, or give CAP_NET_RAW'
    assert row['seen']['control']['vendor'] == 'linux' and row['seen']['call']['result'] == 1
    assert net.ended()['log'][-2:] == ['ClearRequest', 'StopRequest']
    assert short(net.dial(prefix=WITHOUT_RAW, mode='reach')) == ('ok', 'call', '')


def test_two_at_once_do_not_disturb_each_other(net: dialing.Net) -> None:
    waits = 'import time; time.sleep(1 - time.time() % 1)'
    rows = [dialing.answer(one) for one in [net.started(waits) for _dial in range(3)]]
    assert [short(row) for row in rows] == [('ok', 'ping', '')] * 3
    assert any(row['seen']['gre']['foreign'] for row in rows)
    assert [net.ended()['sessions'] for _row in rows] == [0, 0, 0]


@pytest.mark.parametrize(('flood', 'verdict'), [
    ('call', ('unknown', 'flooded')), ('control', ('unknown', 'flooded')), ('foreign', ('ok', ''))])
def test_a_server_that_floods(net: dialing.Net, flood: str, verdict: tuple[str, str]) -> None:
    net.serve(flood=flood, mute='auth' if flood == 'control' else '')
    usual = net.dial(address='127.0.0.1')['kib']
    began = time.monotonic()
    row = net.dial(limits={'total': 8})
    assert (row['outcome'], row['why']) == verdict
    assert time.monotonic() - began < 14
    assert row['kib'] < usual + 8192


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_hangs_up(net: dialing.Net, number: signal.Signals) -> None:
    net.serve(mute='auth')
    process = net.started()
    time.sleep(1)
    began = time.monotonic()
    process.send_signal(number)
    assert dialing.answer(process)['came'] == number
    assert time.monotonic() - began < 3
    assert net.ended()['log'][-3:] == END


BROKEN = '''
calls = []
def broken(*given, old=getattr(%s)):
    calls.append(1)
    if len(calls) > 8:
        raise ZeroDivisionError
    return old(*given)
setattr(%s, broken)
'''


@pytest.mark.parametrize('broken', ['dialer.Session, "handle"', 'dialer.dialer_sockets.Raw, "events"'])
def test_an_exception_in_the_middle_hangs_up_as_well_as_it_can(net: dialing.Net, broken: str) -> None:
    errors = net.started(BROKEN % (broken, broken)).communicate(timeout=30)[1]
    assert 'ZeroDivisionError' in errors and 'secretpassword' not in errors
    assert net.ended()['log'] == ['StartRequest', 'CallRequest', 'ClearRequest', 'StopRequest']


def test_no_descriptor_is_left(net: dialing.Net) -> None:
    process = net.started('import os\nfor _turn in range(3):\n    dialer.dial(address, port, settings)\n'
                          '    print(len(os.listdir("/proc/self/fd")), file=sys.stderr)')
    counts = process.communicate(timeout=30)[1].split()
    assert len(counts) == 3 and len(set(counts)) == 1
