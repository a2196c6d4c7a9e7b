# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From a real FreeRADIUS to the cause: both ends recorded by their own Python, judged as a diagnosis judges them.

pppd itself needs a kernel with PPP; here the probe asks in its place, and the line that it prints where no answer
comes is put into the log.
"""

from __future__ import annotations

import json
import re
import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils import subjects
from ansible_collections.vpnops.pptp.plugins.module_utils.bundle import unpack
from ansible_collections.vpnops.pptp.plugins.plugin_utils import entry as entries, fleet_radius
from ansible_collections.vpnops.pptp.plugins.plugin_utils.diagnosis import diagnose
from tests.aaa.ad_space import Space
from tests.aaa.radius_rig import RAD, RADDB, SECRET, USERS, Edit, Lab, collection, mschap

_RECORD = '''import sys
sys.path.insert(0, '/opt')
from ansible_collections.vpnops.pptp.plugins.module_utils import recorder, subjects
from ansible_collections.vpnops.pptp.plugins.module_utils.host import LiveHost
print(recorder.record(LiveHost(), %r).packed())
'''
_SUBJECTS = ['host', 'conf', 'pppd', 'addressing', 'radius', 'logs', 'freeradius']      # no pptpd is here
_SYSLOG = '''Nov 22 07:17:49 vpn pptpd[90]: CTRL: Client 198.51.100.7 control connection started
Nov 22 07:17:49 vpn pppd[91]: pppd 2.4.9 started by root, uid 0
%sNov 22 07:18:19 vpn pppd[91]: Peer alice failed CHAP authentication
Nov 22 07:18:19 vpn pptpd[90]: CTRL: Client 198.51.100.7 control connection finished
'''
_SILENT = _SYSLOG % 'Nov 22 07:18:19 vpn pppd[91]: rc_send_server: no reply from RADIUS server unknown:1812\n'
_REFUSED = _SYSLOG % ''
_DICTIONARY = ('ATTRIBUTE User-Name 1 string\nATTRIBUTE NAS-IP-Address 4 ipaddr\nATTRIBUTE NAS-Port 5 integer\n'
               'ATTRIBUTE Service-Type 6 integer\nATTRIBUTE Framed-Protocol 7 integer\nVENDOR Microsoft 311\n'
               + ''.join('ATTRIBUTE MS-%d %d string Microsoft\n' % (number, number)
                         for number in (7, 8, 11, 16, 17, 25, 26)))
_SIGNED = '''import hashlib, hmac, socket
packet = b'\\x01\\x07\\x00\\x29' + b'a' * 16 + b'\\x01\\x03x' + b'\\x50\\x12'
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.settimeout(2)
sock.connect(('%s', 1812))
sock.send(packet + hmac.new(b'%s', packet + bytes(16), hashlib.md5).digest())
sock.recv(4096)
'''
Entry = dict[str, t.Any]


def recorded(space: Space, wanted: t.Sequence[str] = tuple(_SUBJECTS)) -> dict[str, t.Any]:
    """The facts of a machine."""
    packed = space.run('python3', '-BIc', _RECORD % list(wanted), timeout=60).stdout.strip()
    for secret in (SECRET, *USERS.values()):
        assert secret not in str(unpack(packed)._files)
    return subjects.gather(unpack(packed), wanted)


def judged(name: str, facts: dict[str, t.Any]) -> Entry:
    return json.loads(json.dumps(entries.judged(name, 'run', 'live', diagnose(facts).as_dict(), facts)))


def prepare(lab: Lab) -> None:
    """What both machines lack for a diagnosis."""
    lab.rad.unpack(collection(lab.work / 'rad.tar.gz'))
    lab.vpn.write('/etc/pptpd.conf', 'option /etc/ppp/pptpd-options\nlocalip 10.9.0.1\nremoteip 10.9.0.10-99\n')
    lab.vpn.write('/etc/ppp/pptpd-options', 'name pptpd\nrequire-mschap-v2\nrequire-mppe-128\nplugin radius.so\n')
    lab.vpn.write('/etc/radiusclient/dictionary', _DICTIONARY)
    lab.vpn.write('/etc/radiusclient/port-id-map', '')


def both(lab: Lab, syslog: str, **probe: t.Any) -> tuple[Entry, Entry, Entry]:
    """The VPN server alone, its RADIUS server, and the VPN server in the light of that."""
    prepare(lab)
    lab.vpn.write('/var/log/syslog', syslog)
    asked = {'pptp_radius_probe': lab.probe(**probe)} if probe else {}
    alone = judged('vpn', {**recorded(lab.vpn), **asked})
    facts = recorded(lab.rad)
    facts['pptp_host']['role'] = 'radius'
    server = judged('rad', facts)
    return alone, server, fleet_radius.confirm(alone, fleet_radius.servers([server]))


class Fault(t.NamedTuple):
    """How the two ends are set, and the causes: of the VPN server alone, of the RADIUS server, of both together."""

    server: dict[str, t.Any]
    client: dict[str, t.Any]
    syslog: str
    alone: str | None
    at_server: str | None
    together: str
    sure: str


_NO_AUTHORIZE = Edit('sites-available/default', r'(?m)^\tmschap$', '')
FAULTS = {
    'unknown client': Fault({'address': '10.99.1.77'}, {}, _SILENT, 'radius-unreachable', 'radius-unknown-client',
                            'radius-unknown-client', 'certain'),
    'Message-Authenticator demanded': Fault({'client': 'require_message_authenticator = yes'}, {}, _SILENT,
                                            'radius-message-authenticator', None, 'radius-message-authenticator',
                                            'certain'),
    'another port': Fault({}, {'auth': f'{RAD}:1645'}, _SILENT, 'radius-unreachable', None, 'radius-unreachable',
                          'certain'),
    'another secret': Fault({}, {'secret': 'other'}, _SILENT, None, 'radius-secret-mismatch', 'radius-secret-mismatch',
                            'certain'),
    'no keys': Fault({'edits': [mschap('use_mppe', 'no')]}, {}, '', None, 'radius-no-mppe-keys', 'radius-no-mppe-keys',
                     'certain'),
    'mschap is not asked': Fault({'edits': [_NO_AUTHORIZE]}, {}, '', None, 'radius-no-mppe-keys', 'radius-no-mppe-keys',
                                 'likely')}


@pytest.mark.parametrize('name', FAULTS)
def test_a_fault_is_named_at_both_ends(lab: Lab, name: str) -> None:
    fault = FAULTS[name]
    lab.start(**fault.server)
    lab.configure(**fault.client)
    alone, server, together = both(lab, fault.syslog, send=['status'])
    assert (server['verdict']['cause'], server['role']) == (fault.at_server, 'radius')
    if fault.alone:
        assert alone['verdict']['cause'] == fault.alone
    assert (together['verdict']['cause'], together['verdict']['confidence']) == (fault.together, fault.sure)
    source = together['findings'][0]['evidence'][0]['source']
    assert source.startswith('rad:') or fault.alone == fault.together


def test_a_pair_in_order(lab: Lab) -> None:
    lab.start()
    lab.configure()
    alone, server, together = both(lab, '', send=['status', 'request'])
    assert (server['verdict']['status'], server['verdict']['cause']) == ('healthy', None)
    assert together is alone
    facts = server['facts']['pptp_freeradius']
    assert (facts['version'], facts['running'], facts['clients_complete']) == (
        lab.version().split('Version ')[1].split(',')[0], True, True)
    assert [row[:4] for row in facts['clients']] == [['vpn', '10.99.1.1', True, None], ['vpn6', 'fd99:1::1', True,
                                                                                        None]]
    assert ['0.0.0.0', 1812] in facts['sockets']
    assert facts['problems'] == []


def test_what_the_server_makes_of_its_own_configuration(lab: Lab) -> None:
    """`freeradius -XC` prints what it has read: the same clients, options and virtual servers."""
    lab.start(client='require_message_authenticator = no', edits=[mschap('require_strong', 'yes')])
    told = lab.rad.run('freeradius', '-XC').stdout
    facts = both(lab, '')[1]['facts']['pptp_freeradius']
    assert 'require_strong = yes' in told
    assert facts['mschap']['require_strong'] is True
    assert facts['clients'][0][3] == 'no'
    for site in facts['sites']:
        assert 'server %s { # from file %s/sites-enabled/' % (site['name'], RADDB) in told


_PLAIN = '''client "quoted name" {
\tipaddr = "192.0.2.1"\t# a remark
\tsecret = %s
}
client 192.0.2.64/26 {
\tsecret\t=\t"%s"
\trequire_message_authenticator=yes
}
client brace{
 ipv4addr = 192.0.2.128/25
 secret := '%s'
 limit {
  lifetime = 0
 }
}
$INCLUDE ${confdir}/clients.d/
$-INCLUDE not-there.conf
'''
_ODD = {'on one line': 'client x { ipaddr = 192.0.2.2, secret = %s }\n',
        'continued': 'client x {\n ipaddr = \\\n192.0.2.2\n secret = %s\n}\n',
        'by a variable': 'where = 192.0.2.2\nclient x {\n ipaddr = ${where}\n secret = %s\n}\n'}


def theirs(lab: Lab) -> list[tuple[str, str]]:
    """Name and address of the clients that FreeRADIUS says it has read."""
    told = lab.rad.run('freeradius', '-XC', check=False).stdout
    assert 'Configuration appears to be OK' in told
    blocks = re.findall(r'(?ms)^ client (.*?) \{(.*?)^ \}', told)
    found = [(name, re.search(r'ipv?4?addr = "?([\d.]+)', body)) for name, body in blocks]
    return [(name, address.group(1) if address else name.partition('/')[0]) for name, address in found]


def ours(lab: Lab) -> tuple[list[tuple[str, str]], bool]:
    facts = both(lab, '')[1]['facts']['pptp_freeradius']
    return [(row[0], str(row[1]).partition('/')[0]) for row in facts['clients']], facts['clients_complete']


def test_the_clients_are_those_that_freeradius_reads(older: Lab) -> None:
    older.start()
    older.rad.write(f'{RADDB}/clients.conf', _PLAIN % ((SECRET,) * 3))
    for number, name in enumerate(('a.conf', '.hidden', 'b.conf~', 'b.conf')):
        older.rad.write(f'{RADDB}/clients.d/{name}', 'client %s {\n ipaddr = 198.51.100.%d\n secret = %s\n}\n' % (
            name.strip('.~'), number, SECRET))
    read, complete = ours(older)
    assert sorted(read) == sorted(theirs(older))
    assert len(read) == 5
    assert complete is True


@pytest.mark.parametrize('name', _ODD)
def test_a_client_whose_lines_are_masked_leaves_the_list_open(older: Lab, name: str) -> None:
    older.start()
    older.rad.write(f'{RADDB}/clients.conf', _ODD[name] % SECRET)
    assert theirs(older) == [('x', '192.0.2.2')]
    assert ours(older)[1] is False


def test_a_user_that_is_refused_is_explained_by_the_server(lab: Lab) -> None:
    lab.start()
    lab.configure()
    lab.login('alice', 'wrong')
    _alone, _server, together = both(lab, _REFUSED)
    assert (together['verdict']['cause'], together['verdict']['confidence']) == ('wrong-secret', 'certain')
    assert 'MS-CHAP2-Response is incorrect' in str(together['findings'][0]['evidence'][0]['value'])


def test_a_demand_that_was_learned_is_known_until_the_restart(newer: Lab) -> None:
    """One Access-Request with Message-Authenticator, as radtest sends it, from the address of the VPN server."""
    newer.start()
    newer.configure()
    newer.vpn.run('python3', '-c', _SIGNED % (RAD, SECRET))
    together = both(newer, _SILENT, send=['status'])[2]
    assert (together['verdict']['cause'], together['verdict']['confidence']) == ('radius-message-authenticator',
                                                                                 'certain')
    assert 'radius.log:' in together['findings'][0]['evidence'][0]['source']
    newer.start()
    assert both(newer, '', send=['status', 'request'])[2]['verdict']['cause'] is None


def test_the_firewall_of_the_radius_server(older: Lab) -> None:
    if older.rad.run('nft', '--version', check=False).returncode:
        pytest.skip('no nft on the machines')
    older.start()
    older.configure()
    prepare(older)
    wanted = [*_SUBJECTS, 'firewall']
    with older.rules(older.rad, 'input udp dport 1812 drop'):
        facts = {**recorded(older.rad, wanted), 'pptp_host': {'role': 'radius'}}
    server = judged('rad', facts)
    assert server['verdict']['cause'] == 'radius-unreachable'
    assert 'udp dport 1812 drop' in json.dumps(server['findings'][0]['evidence'])
    free = judged('rad', {**recorded(older.rad, wanted), 'pptp_host': {'role': 'radius'}})
    assert free['verdict']['status'] == 'healthy'


def test_an_entry_that_is_written_without_a_restart(older: Lab) -> None:
    older.start(address='10.99.1.77')
    older.configure()
    older.probe(send=['status'])
    older.rad.write(f'{RADDB}/clients.conf', 'client vpn {\n ipaddr = 10.99.1.1\n secret = %s\n}\n' % SECRET)
    _alone, server, together = both(older, _SILENT, send=['status'])
    assert server['verdict']['cause'] == together['verdict']['cause'] == 'radius-unknown-client'
    assert 'restart' in server['findings'][0]['fix']['summary']
