# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parsers of what describes a host's system: packages, units, sockets, modules, addresses, conntrack, RADIUS client."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils.parse import (
    addresses,
    conntrack,
    firewalld,
    iptables,
    modules,
    nft,
    packages,
    radius_dictionary,
    radiusclient,
    sockets,
    units,
)


@pytest.mark.parametrize(
    ('text', 'found'),
    [
        (
            'pptpd 1.4.0-12 install ok installed\nppp 2.4.9-1+1.1+b1 deinstall ok config-files\n',
            {'pptpd': '1.4.0-12'},
        ),
        ('ii  pptpd   1.4.0-12+b2  amd64  PoPToP\nrc  ppp  2.4.9-1  amd64  gone\n', {'pptpd': '1.4.0-12+b2'}),
        (
            'pptpd-1.4.0-4.el7.x86_64\nkernel-3.10.0-1160.el7.x86_64\nppp-2.4.5-34.el7_7.x86_64\n',
            {'pptpd': '1.4.0-4.el7', 'ppp': '2.4.5-34.el7_7'},
        ),
        ('package pptpd is not installed\nppp 2.4.5-33.el7 installed\n', {'ppp': '2.4.5-33.el7'}),
        ('ppp 2.5.2-1\npptpclient 1.10.0-4\n', {'ppp': '2.5.2-1', 'pptpclient': '1.10.0-4'}),
        ('pptpd - 1.4.0-3\n', {'pptpd': '1.4.0-3'}),
        ('pptpd/stable,now 1.4.0-12 amd64 [installed]\n', {'pptpd': '1.4.0-12'}),
    ],
)
def test_packages(text: str, found: dict[str, str]) -> None:
    assert packages.parse(text) == found


def test_unit_as_shown() -> None:
    text = (
        'Result=exit-code\nNRestarts=0\nExecMainStatus=1\nLoadState=loaded\n'
        'ActiveState=failed\nSubState=failed\nUnitFileState=enabled\n'
    )
    assert units.parse(text) == {
        'load': 'loaded',
        'active': 'failed',
        'sub': 'failed',
        'enabled': 'enabled',
        'result': 'exit-code',
        'exit_status': 1,
    }


def test_unit_as_status() -> None:
    text = '''× pptpd.service - PoPToP Point to Point Tunneling Server
     Loaded: loaded (/lib/systemd/system/pptpd.service; disabled; preset: enabled)
     Active: failed (Result: exit-code) since Sat 2026-11-22 10:00:00 UTC; 3s ago
    Process: 324 ExecStart=/usr/sbin/pptpd --fg (code=exited, status=1/FAILURE)
'''
    assert units.parse(text) == {
        'load': 'loaded',
        'active': 'failed',
        'sub': None,
        'enabled': 'disabled',
        'result': 'exit-code',
        'exit_status': 1,
    }
    running = '     Loaded: loaded (/x; enabled)\n     Active: active (running) since Sat\n'
    assert (units.parse(running) or {})['sub'] == 'running'
    assert (units.parse('Unit pptpd.service could not be found.\n') or {})['load'] == 'not-found'
    assert units.parse('something else') is None


def test_listeners() -> None:
    row = '   0: %s 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 18466 1 0 100 0 0 10 0\n'
    assert sockets.proc_tcp(
        row % '0A00CB71:06BB' + row % '00000000:0016' + row.replace(' 0A ', ' 01 ') % '0A00CB72:06BB', 1723
    ) == ['113.203.0.10']
    ss = 'LISTEN 0      3            0.0.0.0:1723      0.0.0.0:*    users:(("pptpd",pid=324,fd=6))\n'
    netstat = (
        'tcp        0      0 0.0.0.0:1723            0.0.0.0:*               LISTEN      324/pptpd\n'
        'tcp        0      0 10.0.0.1:1723           10.0.0.9:5000           ESTABLISHED 330/pptpctrl\n'
    )
    expected = [{'address': '0.0.0.0', 'port': 1723, 'process': 'pptpd', 'pid': 324}]
    assert sockets.listeners(ss, 1723) == expected == sockets.listeners(netstat, 1723)
    assert sockets.listeners('LISTEN 0 3 0.0.0.0:1723 0.0.0.0:*\n', 1723) == [
        dict(expected[0], process=None, pid=None)
    ]


@pytest.mark.parametrize(
    'line',
    [
        'root         324  0.0  0.1   2480  1664 ?        Ss   10:00   0:00 /usr/sbin/pptpd --fg',
        'root         324       1  0 10:00 ?        00:00:00 /usr/sbin/pptpd --fg',
        '    324 ?        00:00:00 pptpd',
        '  324 root      1056 S    /usr/sbin/pptpd',
    ],
)
def test_processes(line: str) -> None:
    noise = 'root  400  0.0  0.1  2480 1664 pts/0  S+  10:00  0:00 grep pptpd\n' if ' 0.0 ' in line else ''
    assert sockets.processes(noise + line + '\n', ('pptpd', 'pppd')) == [['pptpd', 324]]


def test_modules() -> None:
    assert modules.loaded('Module  Size  Used by\nppp_mppe  16384  2\nppp_generic 53248 3 ppp_mppe,ppp_async\n') == {
        'ppp_mppe',
        'ppp_generic',
    }
    assert modules.listed(
        'kernel/drivers/net/ppp/ppp_mppe.ko.xz: kernel/drivers/net/ppp/ppp_generic.ko.xz\n', 'ppp_mppe'
    )
    assert not modules.listed('kernel/net/ipv4/gre.ko\n', 'ip_gre')
    text = '# blacklist pptp\ninstall ppp_mppe /bin/false\nblacklist ppp-async\ninstall ip_gre /sbin/modprobe x\n'
    assert modules.blocked(text) == {'ppp_mppe', 'ppp_async'}


@pytest.mark.parametrize(
    'text',
    [
        '2: eth0    inet 203.0.113.10/24 brd 203.0.113.255 scope global eth0\\       valid_lft forever\n',
        (
            '2: eth0@if10: <BROADCAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP\n'
            '    inet 203.0.113.10/24 brd 203.0.113.255 scope global eth0\n'
        ),
        'eth0@if10        UP             203.0.113.10/24 fe80::cc3a:f3ff:fee9:4975/64 \n',
        (
            'eth0: flags=4163<UP,RUNNING>  mtu 1500\n        inet 203.0.113.10  '
            'netmask 255.255.255.0  broadcast 203.0.113.255\n'
        ),
        (
            'eth0      Link encap:Ethernet  HWaddr 00:11:22:33:44:55\n          inet '
            'addr:203.0.113.10  Bcast:203.0.113.255  Mask:255.255.255.0\n'
        ),
    ],
)
def test_addresses(text: str) -> None:
    assert addresses.parse(text)['eth0']['addresses'] == ['203.0.113.10/24']
    assert addresses.parse(text)['eth0']['mtu'] == (1500 if 'mtu' in text else None)


def test_peer_addresses_and_other_mtus() -> None:
    brief = 'ppp0             UNKNOWN        10.99.0.1 peer 10.99.0.100/32 fe80::1 peer fe80::2/128 \n'
    assert addresses.parse(brief) == {'ppp0': {'addresses': ['10.99.0.1/32'], 'mtu': None}}
    old = (
        'ppp0      Link encap:Point-to-Point Protocol\n'
        '          inet addr:10.0.0.1  P-t-P:10.0.0.2  Mask:255.255.255.255\n'
        '          UP POINTOPOINT RUNNING  MTU:1396  Metric:1\n'
    )
    assert addresses.parse(old) == {'ppp0': {'addresses': ['10.0.0.1/32'], 'mtu': 1396}}


def test_routes() -> None:
    proc = (
        'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\n'
        'eth0\t00000000\t017100CB\t0003\t0\t0\t0\t00000000\t0\t0\t0\n'
        'ppp0\t6400630A\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0\n'
    )
    assert addresses.routes(proc) == [('default', 'eth0', '203.0.113.1'), ('10.99.0.100/32', 'ppp0', None)]
    shown = 'default via 203.0.113.1 dev eth0 onlink \n10.99.0.100 dev ppp0 proto kernel scope link src 10.99.0.1\n'
    assert addresses.routes(shown) == addresses.routes(proc)
    old = '0.0.0.0         203.0.113.1     0.0.0.0         UG    0      0        0 eth0\n'
    assert addresses.routes(old) == [('default', 'eth0', '203.0.113.1')]


def test_conntrack() -> None:
    helped = (
        'gre      47 %s src=10.1.0.10 dst=203.0.113.10 srckey=0x2feb '
        'dstkey=0x0 %s src=203.0.113.10 dst=10.1.0.10 srckey=0x0 dstkey=0x9ece use=1\n'
    )
    bare = (
        'gre      47 29 src=10.1.0.10 dst=203.0.113.10 srckey=0x0 '
        'dstkey=0x80 [UNREPLIED] src=203.0.113.10 dst=10.1.0.10 srckey=0x80 dstkey=0x0 use=1\n'
    )
    assert conntrack.parse(helped % ('179', '') + bare) == (
        [['10.1.0.10', '203.0.113.10', False, True], ['10.1.0.10', '203.0.113.10', True, False]],
        True,
    )
    assert conntrack.parse(bare)[1] is False
    assert conntrack.parse(helped % ('29', '[UNREPLIED]'))[1] is True    # expected, and not answered yet
    assert conntrack.parse('conntrack v1.4.7 (conntrack-tools): 0 flow entries have been shown.\n') == ([], None)


def test_radiusclient() -> None:
    values, problems = radiusclient.config('# x\nauthserver 10.0.0.1:1812\nsequence /x\nradius_timeout\n', 'c')
    assert values == {'authserver': '10.0.0.1:1812', 'radius_timeout': ''}
    assert problems == [('c:3', 'unknown-key', 'sequence'), ('c:4', 'missing-value', 'radius_timeout')]
    assert radiusclient.servers('# c\n10.0.0.1 secretpassword\nlonely\n') == ([('10.0.0.1', 2)], [])


_WORDS = st.sampled_from(
    '''-A INPUT :INPUT *filter -p gre tcp --dport 1723 ! -j ACCEPT -g --ctstate NEW chain table { } inet
    type filter hook input priority policy drop; vmap "lo" : , @s elements = ct state helper set accept jump in limit
    rate over xt target "CT" Chain (policy DROP) 0 mtu <UP> inet peer 10.0.0.1/99 UP 00000000 dev
    gre 47 src= LISTEN :1723 0A
    Active: code=x, status=9 = INCLUDE ATTRIBUTE --set-mss 999999999999999 \n \r \t %s'''.split(' ')
)
_TEXT = st.one_of(st.text(max_size=300), st.lists(_WORDS, max_size=60).map(' '.join))
_PARSERS: tuple[t.Callable[[str], t.Any], ...] = (
    iptables.parse,
    iptables.parse_listing,
    nft.parse,
    firewalld.zones,
    firewalld.ufw,
    packages.parse,
    units.parse,
    conntrack.parse,
    addresses.parse,
    addresses.routes,
    modules.loaded,
    modules.blocked,
    lambda text: sockets.processes(text, ('pptpd', 'pppd')),
    lambda text: sockets.listeners(text, 1723),
    lambda text: sockets.proc_tcp(text, 1723),
    radiusclient.servers,
    lambda text: radiusclient.config(text, 'x'),
    lambda text: radius_dictionary.Dictionary('x', lambda path: (text, False)).lacks(),
    radiusclient.server_names,
)


@settings(max_examples=100, deadline=None)
@given(_TEXT)
def test_no_text_makes_a_parser_fail(text: str) -> None:
    for parser in _PARSERS:
        parser(text)


@pytest.mark.parametrize(('text', 'active'), [('active\n', 'active'), ('failed\n', 'failed'), ('perhaps\n', None)])
def test_the_one_word_of_is_active(text: str, active: str | None) -> None:
    unit = units.parse(text)
    assert (unit and unit['active']) == active
