# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The collectors of identity, daemon, kernel, addressing and RADIUS on recordings, whole and in rags."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils.bundle import from_texts
from ansible_collections.vpnops.pptp.plugins.module_utils.collect import (
    addressing,
    conntrack,
    daemon,
    firewall,
    identity,
    kernel,
    radius,
    system,
)
from ansible_collections.vpnops.pptp.plugins.module_utils.evidence import Trail
from ansible_collections.vpnops.pptp.plugins.module_utils.host import LiveHost

SERVER = {
    'etc/hostname': 'vpn1\n',
    'etc/os-release': 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n',
    'etc/pptpd.conf': 'option /etc/ppp/pptpd-options\n',
    'commands/uname.txt': 'Linux vpn1 6.1.0-28-amd64 #1 SMP\n',
    'commands/ss.txt': 'LISTEN 0 3 0.0.0.0:1723 0.0.0.0:* users:(("pptpd",pid=324,fd=6))\n',
    'commands/dpkg-l.txt': 'ii  pptpd  1.4.0-12+b2  amd64  PoPToP\n',
    'commands/ps-aux.txt': 'root 324 0.0 0.1 2480 1664 ? Ss 10:00 0:00 /usr/sbin/pptpd --fg\n',
    'etc/default/pptpd': '# x\nDAEMON_OPTS="-o /etc/ppp/other"\n',
}
RADIUS_CONF = '''authserver 192.168.77.20:1812
acctserver 192.168.77.20
servers /etc/radiusclient/servers
dictionary /etc/radiusclient/dictionary
radius_timeout 10
radius_retries 0
seqfile /var/run/radius.seq
mapfile /etc/radiusclient/port-id-map
nologin /etc/nologin
login_tries 4
'''
PPPD: dict[str, t.Any] = {
    'options': [['plugin', ['radius.so'], 'x:1'], ['debug', [], 'x:2']],
    'plugins': [{'name': 'radius.so'}],
}


def test_a_recorded_server() -> None:
    host = from_texts(SERVER)
    found = identity.collect(host)
    assert (found['role'], found['hostname'], found['kernel']) == ('server', 'vpn1', '6.1.0-28-amd64')
    assert found['os'] == {'id': 'debian', 'version': '12', 'name': 'Debian GNU/Linux 12 (bookworm)'}
    facts = daemon.collect(host)
    assert (facts['name'], facts['version'], facts['installed'], facts['running']) == ('pptpd', '1.4.0', True, True)
    assert facts['listeners'] == [{'address': '0.0.0.0', 'port': 1723, 'process': 'pptpd', 'pid': 324}]
    assert facts['options'] == ['-o', '/etc/ppp/other']


@pytest.mark.parametrize(
    ('texts', 'role'),
    [
        ({'etc/ppp/peers/work': '# x\npty "pptp vpn.example.org --nolaunchpppd"\n'}, 'client'),
        (
            {
                'etc/NetworkManager/system-connections/w.nmconnection': (
                    '[vpn]\nservice-type=org.freedesktop.NetworkManager.pptp\n'
                )
            },
            'client',
        ),
        ({'commands/dpkg-query.txt': 'pptp-linux 1.10.0-1 install ok installed\n'}, 'client'),
        ({'etc/pptpd.conf': '', 'etc/ppp/peers/work': 'pty "pptp a"\n'}, 'both'),
        ({'etc/ppp/peers/dsl': 'pty "pppoe -I eth0"\n'}, 'unknown'),
        ({}, 'unknown'),
    ],
)
def test_role(texts: dict[str, str], role: str) -> None:
    assert identity.collect(from_texts(texts))['role'] == role


def test_accel_ppp_is_recognised() -> None:
    facts = daemon.collect(from_texts({'commands/ps.txt': '  88 ?  00:00:00 accel-pppd\n'}))
    assert (facts['name'], facts['running'], facts['processes']) == ('accel-ppp', True, [['accel-pppd', 88]])


def test_a_failed_unit_and_nothing_else() -> None:
    status = 'Loaded: loaded (/lib/systemd/system/pptpd.service; enabled)\nActive: inactive (dead)\n'
    facts = daemon.collect(from_texts({'commands/systemctl-status-pptpd.txt': status}))
    assert (facts['name'], facts['running'], facts['unit']['active']) == ('pptpd', False, 'inactive')
    assert (facts['listeners'], facts['processes'], facts['installed']) == (None, None, None)


@pytest.mark.parametrize(
    ('texts', 'present'),
    [
        ({'commands/ls-dev-ppp.txt': 'crw------- 1 root root 108, 0 Nov 22 10:00 /dev/ppp\n'}, True),
        ({'commands/ls-dev-ppp.txt': "ls: cannot access '/dev/ppp': No such file or directory\n"}, False),
        ({'bundle.json': '{"absent": ["/dev/ppp"]}'}, False),
        ({}, None),
    ],
)
def test_dev_ppp(texts: dict[str, str], present: bool | None) -> None:
    found = kernel.collect(from_texts(texts), None)['dev_ppp']
    assert found == {'present': present, 'mode': '0600' if present else None, 'device': '108:0' if present else None}


def test_modules() -> None:
    folder = 'lib/modules/6.1/modules.'
    found = kernel.collect(
        from_texts(
            {
                'proc/modules': 'ppp_generic 53248 3 - Live 0x0\n',
                folder + 'builtin': 'kernel/net/ipv4/ip_gre.ko\n',
                folder + 'dep': 'kernel/drivers/net/ppp/ppp_async.ko:\nkernel/drivers/net/ppp/ppp_mppe.ko:\n',
                'etc/modprobe.d/no.conf': 'install ppp_mppe /bin/true\n',
                'commands/dmesg.txt': 'a\n[1.0] PPP generic driver\n',
            }
        ),
        '6.1',
    )
    states = ('loaded', 'loadable', 'blacklisted', 'builtin', 'missing')
    assert tuple(found['modules'].values())[:5] == states
    assert found['messages'] == [['[1.0] PPP generic driver', 'dmesg']]
    assert set(kernel.collect(from_texts({'commands/lsmod.txt': 'x 1 0\n'}), '6.1')['modules'].values()) == {
        'unknown'
    }


def test_addressing_of_recorded_outputs() -> None:
    found = addressing.collect(
        from_texts(
            {
                'commands/ip-a.txt': (
                    'lo UNKNOWN 127.0.0.1/8\neth0@if10 UP 203.0.113.10/24\n'
                    'ppp0 UNKNOWN 10.99.0.1 peer 10.99.0.100/32\n'
                ),
                'commands/sysctl.txt': 'net.ipv4.ip_forward = 0\nnet.ipv4.ip_forward_use_pmtu = 1\n',
                'commands/route-n.txt': '0.0.0.0  203.0.113.1  0.0.0.0  UG  0  0  0 eth0\n',
            }
        )
    )
    assert (found['ip_forward'], found['proxy_arp'], found['ppp_count']) == (False, None, 1)
    assert found['default_route'] == {'dev': 'eth0', 'via': '203.0.113.1'}
    assert [(link['name'], link['kind']) for link in found['interfaces']] == [
        ('lo', 'loopback'),
        ('eth0', 'ether'),
        ('ppp0', 'ppp'),
    ]


def test_a_live_root_with_mtu_and_route(tmp_path: pathlib.Path) -> None:
    for path, text in {
        'proc/net/route': 'eth0\t00000000\t017100CB\t0003\t0\t0\t0\t00000000\t0\t0\t0\n',
        'proc/sys/net/ipv4/ip_forward': '1\n',
        'proc/7/comm': 'pptpd\n',
        'proc/net/tcp': '0: 00000000:06BB 00000000:0000 0A 0 0 0 0 0 9 1\n',
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    host = LiveHost(str(tmp_path))
    host.run = from_texts({}).run  # type: ignore[method-assign]
    assert addressing.collect(host)['ip_forward'] is True
    assert daemon.collect(host)['listeners'] == [{'address': '0.0.0.0', 'port': 1723, 'process': 'pptpd', 'pid': 7}]
    assert (daemon.collect(host)['installed'], kernel.collect(host, None)['dev_ppp']['present']) == (False, False)


@pytest.mark.parametrize(
    ('modules', 'names', 'ran'),
    [
        ('ppp_generic 1 0 - Live 0x0\n', '', []),
        ('nf_tables 1 0 - Live 0x0\n', '', ['nft', 'iptables-save']),
        ('ip_tables 1 0 - Live 0x0\n', 'filter\n', ['iptables-legacy-save', 'iptables-save']),
        ('', None, ['nft', 'iptables-save', 'conntrack']),
    ],
)
def test_no_tool_runs_that_would_load_a_module(
    tmp_path: pathlib.Path, modules: str, names: str | None, ran: list[str]
) -> None:
    for path, text in {'proc/modules': modules, 'proc/net/ip_tables_names': names}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        if text is not None:
            (tmp_path / path).write_text(text)
    host, asked, nothing = LiveHost(str(tmp_path)), [], from_texts({})
    host.run = lambda name: (asked.append(name), nothing.run(name))[1]  # type: ignore[method-assign, func-returns-value]
    firewall.collect(host)
    assert [name for name in asked if name in ('nft', 'iptables-save', 'iptables-legacy-save', 'conntrack')] == ran


@pytest.mark.parametrize(
    ('release', 'sysctl', 'automatic'),
    [
        ('2.6.32-431.el6.x86_64', None, True),
        ('3.10.0-1160.el7', '1', True),
        ('4.19.0-6', None, False),
        ('4.19.0-6', '1', True),
        ('4.4.0', '0', False),
        ('6.1.0', '1', False),
        (None, None, None),
    ],
)
def test_who_assigns_the_helper(release: str | None, sysctl: str | None, automatic: bool | None) -> None:
    texts = {'proc/sys/net/netfilter/nf_conntrack_helper': sysctl} if sysctl else {}
    found = conntrack.collect(from_texts(texts), {}, release)
    assert (found['automatic'], found['helper_sysctl']) == (automatic, int(sysctl) if sysctl else None)


def test_radius_files() -> None:
    found = radius.collect(
        from_texts(
            {
                'etc/radiusclient/radiusclient.conf': RADIUS_CONF,
                'etc/radiusclient/servers': 'otherhost secretpassword\n',
                'etc/radiusclient/dictionary': (
                    'ATTRIBUTE User-Name 1 string\nINCLUDE /etc/radiusclient/dictionary.microsoft\n'
                ),
                'etc/radiusclient/dictionary.microsoft': (
                    'VENDOR Microsoft 311\n'
                    'ATTRIBUTE MS-CHAP-Challenge 11 string Microsoft\n'
                    'ATTRIBUTE MS-CHAP2-Response 25 string Microsoft\n'
                ),
                'etc/hostname': 'server\n',
                'etc/hosts': '127.0.0.1 localhost\n127.0.1.1 server.lab server\n',
            }
        ),
        PPPD,
    )
    assert (found['configured'], found['status'], found['servers'], found['hostname_resolves']) == (
        True,
        'ok',
        ['192.168.77.20'],
        True,
    )
    assert found['missing_keys'] == ['radius_retries']      # login_timeout has a default
    assert found['servers_file'] == {
        'path': '/etc/radiusclient/servers',
        'status': 'ok',
        'hosts': ['otherhost'],
        'missing': [],
        'unsure': ['192.168.77.20'],    # a name server may know otherhost
    }
    assert (found['dictionary']['microsoft'], found['dictionary']['dollar_include']) == (True, False)
    assert 'secretpassword' not in json.dumps(found)


@pytest.mark.parametrize(
    ('more', 'microsoft'),
    [
        ({}, None),
        ({'bundle.json': '{"absent": ["/etc/radiusclient/dictionary.microsoft"]}'}, False),
        ({'etc/radiusclient/dictionary.microsoft': '# empty\n'}, False),
    ],
)
def test_microsoft_attributes_are_unknown_where_the_file_was_not_recorded(
    more: dict[str, str], microsoft: bool | None
) -> None:
    texts = {
        'etc/radiusclient/radiusclient.conf': RADIUS_CONF,
        'etc/radiusclient/dictionary': (
            'INCLUDE /etc/radiusclient/dictionary.microsoft\nINCLUDE /etc/radiusclient/dictionary\n'
        ),
    }
    assert radius.collect(from_texts({**texts, **more}), PPPD)['dictionary']['microsoft'] is microsoft


def test_radcli_and_winbind() -> None:
    helper = '/usr/bin/ntlm_auth --helper-protocol=ntlm-server-1 --allow-mschapv2'
    pppd = {
        'options': [
            ['radius-config-file', ['/etc/radcli/radiusclient.conf'], 'x:1'],
            ['ntlm_auth-helper', [helper], 'x:2'],
        ],
        'plugins': [{'name': '/usr/lib/pppd/2.4.9/winbind.so'}],
    }
    found = radius.collect(from_texts({}), pppd)
    assert [problem[1] for problem in found['problems']] == ['radcli']
    assert found['winbind'] == {
        'plugin': True,
        'helper': '/usr/bin/ntlm_auth',
        'allow_mschapv2': True,
        'running': None,
    }


def test_a_question_is_asked_once() -> None:
    host, asked = from_texts(SERVER), []
    run = host.run
    host.run = lambda name: (asked.append(name), run(name))[1]  # type: ignore[method-assign, func-returns-value]
    identity.collect(host)
    daemon.collect(host)
    assert asked.count('dpkg-query') == asked.count('ps') == 1
    trail = Trail()
    system.processes(host, trail)
    assert trail.as_dict() == {'ok': ['ps']}


_COMMANDS = (
    'nft',
    'iptables-save',
    'iptables-L',
    'conntrack',
    'ip-addr',
    'ip-route',
    'ps',
    'ss',
    'lsmod',
    'dmesg',
    'uname',
    'systemctl-status',
    'ls-dev-ppp',
    'sysctl',
    'detect-virt',
    'ufw',
    'firewall-cmd',
    'dpkg-query',
)
_FILES = (
    'etc/hostname',
    'etc/os-release',
    'etc/pptpd.conf',
    'etc/default/pptpd',
    'proc/modules',
    'proc/net/tcp',
    'etc/radiusclient/radiusclient.conf',
    'etc/modprobe.d/a.conf',
    'etc/hosts',
    'etc/redhat-release',
)


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(_FILES + tuple('commands/%s.txt' % name for name in _COMMANDS)), st.binary(max_size=200)
    )
)
def test_rags_give_facts_and_no_traceback(files: dict[str, bytes]) -> None:
    host = from_texts(files)
    who = identity.collect(host)
    wall = firewall.collect(host)
    json.dumps(
        [
            who,
            wall,
            daemon.collect(host),
            kernel.collect(host, who['kernel']),
            addressing.collect(host),
            conntrack.collect(host, wall, who['kernel']),
            radius.collect(host, PPPD),
        ]
    ).encode('utf-8')
    assert '\\udc' not in json.dumps([who, wall])
