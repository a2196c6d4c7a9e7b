# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""diagnose.yml with a VPN server and its RADIUS server, both recorded: what the one suspects, the other tells."""

from __future__ import annotations

import pathlib

from ansible_collections.vpnops.pptp.tests.unit.recordings import texts
from ansible_collections.vpnops.pptp.tests.unit.running import Run, playbook, write_bundle

BASE = 'etc/freeradius/3.0/'
LINE = ('Sun Nov 22 07:17:51 2026 : Error: Ignoring request to auth address * port 1812 bound to server default from '
        'unknown client 192.168.77.1 port 37242 proto udp\n')
RADIUS = {
    BASE + 'radiusd.conf': 'log {\n\tauth = no\n}\n$INCLUDE clients.conf\nmodules {\n\t$INCLUDE mods-enabled/\n}\n'
                           '$INCLUDE sites-enabled/\n',
    BASE + 'clients.conf': 'client localhost {\n\tipaddr = 127.0.0.1\n\tsecret = hunter2\n}\n',
    BASE + 'mods-enabled/mschap': 'mschap {\n}\n',
    BASE + 'sites-enabled/default': 'server default {\nlisten {\n\ttype = auth\n\tipaddr = *\n\tport = 0\n}\n'
                                    'authorize {\n\tmschap\n'
                                    '}\nauthenticate {\n\tmschap\n}\n}\n',
    'var/log/freeradius/radius.log': 'Sun Nov 22 07:00:00 2026 : Info: Ready to process requests\n' + LINE,
    'proc/412/comm': 'freeradius\n',
    'commands/ip-addr.txt': 'lo UNKNOWN 127.0.0.1/8\neth0 UP 192.168.77.20/24\n',
}
CLIENT = ('authserver 192.168.77.20\nacctserver 192.168.77.20\nservers /etc/radiusclient/servers\nseqfile /run/seq\n'
          'dictionary /etc/radiusclient/dictionary\nmapfile /etc/radiusclient/map\nradius_timeout 10\n'
          'radius_retries 3\nlogin_tries 4\nlogin_timeout 60\nnologin /etc/nologin\n')
SILENT = ('Nov 22 07:17:49 vpn pptpd[90]: CTRL: Client 198.51.100.7 control connection started\n'
          'Nov 22 07:17:49 vpn pppd[91]: pppd 2.4.9 started by root, uid 0\n'
          'Nov 22 07:18:19 vpn pppd[91]: rc_send_server: no reply from RADIUS server unknown:1812\n'
          'Nov 22 07:18:19 vpn pppd[91]: Peer vpnuser failed CHAP authentication\n'
          'Nov 22 07:18:19 vpn pptpd[90]: CTRL: Client 198.51.100.7 control connection finished\n')


def run(folder: pathlib.Path, radius: dict[str, str]) -> Run:
    vpn: dict[str, str | bytes] = {
        **texts('80-radius-ok.server'), 'var/log/syslog': SILENT,
        'etc/radiusclient/radiusclient.conf': CLIENT, 'etc/radiusclient/servers': '192.168.77.20 hunter2\n'}
    hosts = {'vpn1': {'pptp_bundle': str(write_bundle(folder / 'vpn1', vpn))},
             'rad1': {'pptp_bundle': str(write_bundle(folder / 'rad1', dict(radius)))}}
    (folder / 'groups.ini').write_text('[pptp_servers]\nvpn1\n[radius_servers]\nrad1\n')
    return playbook(folder, 'diagnose', hosts, '-i', str(folder / 'groups.ini'), '-e', 'pptp_report_dir=report', '-vvv')


def test_the_radius_server_names_the_cause(tmp_path: pathlib.Path) -> None:
    found = run(tmp_path, RADIUS)
    assert found.rc == 0, found.out
    hosts = {host['host']: host for host in found.report()['hosts']}
    assert (hosts['rad1']['role'], hosts['rad1']['verdict']['cause']) == ('radius', 'radius-unknown-client')
    assert hosts['vpn1']['verdict'] == {'status': 'broken', 'stage': 'aaa', 'cause': 'radius-unknown-client',
                                        'confidence': 'certain'}
    assert hosts['vpn1']['radius_server'] == 'rad1'
    assert 'vpn1 is BROKEN: The RADIUS server does not know this VPN server: rad1' in found.out
    assert 'rad1:/var/log/freeradius/radius.log:2' in found.out
    assert 'hunter2' not in found.out


def test_what_the_radius_server_cannot_know_the_vpn_server_tells_it(tmp_path: pathlib.Path) -> None:
    demand = 'client vpn {\n\tipaddr = 192.168.77.1\n\tsecret = hunter2\n\trequire_message_authenticator = yes\n}\n'
    log = RADIUS['var/log/freeradius/radius.log'].replace(LINE, '')
    found = run(tmp_path, {**RADIUS, BASE + 'clients.conf': demand, 'var/log/freeradius/radius.log': log})
    hosts = {host['host']: host['verdict'] for host in found.report()['hosts']}
    assert {verdict['cause'] for verdict in hosts.values()} == {'radius-message-authenticator'}
    assert [hosts[name]['status'] for name in ('vpn1', 'rad1')] == ['broken', 'broken']
    assert found.report('hosts/rad1.json')['verdict'] == hosts['rad1']
    assert 'hunter2' not in found.out
    assert 'hunter2' not in found.report('hosts/rad1.json').__repr__()
