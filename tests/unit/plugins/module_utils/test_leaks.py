# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A host whose files, links and logs hold secrets wherever one has ever been seen: none is in a recording."""

from __future__ import annotations

import json
import os
import pathlib
import time
import traceback

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils import evidence as ev, recorder, subjects
from ansible_collections.vpnops.pptp.plugins.module_utils.bundle import from_texts, unpack
from ansible_collections.vpnops.pptp.plugins.module_utils.host import LiveHost, Output
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import masking

# XX is a secret
FILES = {
    'etc/pptpd.conf': 'option /etc/vpn//server\nremoteip 10.0.0.2-9\npassword XX\n# old XX\n',
    'etc/vpn/server': 'name pptpd\nauth file /etc/vpn/more\nplugin radius.so\n'
                      'radius-config-file /etc/vpn/radius.conf\n'
                      'ip-up-script /etc/vpn/up\n+ua /etc/vpn/ua\nname x # token XX\n',
    'etc/vpn/more': 'password XX\nfile /etc/link.conf\nfile /etc/token\nfile /etc/wg.conf\nfile /etc/pipe\n'
                    'file /etc/zero\nfile /etc/kcore\nfile /etc/vpn/private/x\noption /etc/sub/../shadow\n',
    'etc/vpn/up': 'TOKEN=XX curl -u x:XX http://x\ncat /etc/vpn/word\n',
    'etc/vpn/word': 'XX\n', 'etc/vpn/ua': 'bob\nXX\n',
    'etc/shadow': 'root:$6$XX:1::\n', 'etc/token': 'XX\n', 'etc/wg.conf': '[Interface]\nPrivateKey = XX\n',
    'etc/vpn/private/x': 'name XX\n', 'etc/ppp/options': 'auth\n',
    'etc/vpn/radius.conf': 'authserver r1:1812:XX\nservers /etc/vpn/keys\ndictionary /etc/vpn/dict\nsecret XX\n'
                           'mapfile /etc/vpn/word\n',
    'etc/vpn/keys': 'r1 XX\n', 'etc/vpn/dict': 'INCLUDE /etc/vpn/clients.conf\n',
    'etc/vpn/clients.conf': 'client x { secret = "XX XX" }\nlogin XX\n',
    'etc/default/pptpd': 'DAEMON_OPTS="-o /etc/vpn/opt"\nTOKEN=XX\n. /etc/vpn/word\n', 'etc/vpn/opt': 'password XX\n',
    'etc/systemd/system/pptpd.service': '[Service]\nEnvironment=A=XX\nEnvironmentFile=/etc/vpn/word\n'
                                        'ExecStart=/usr/sbin/pptpd --option /etc/vpn/opt --key XX\n',
    'etc/ppp/peers/isp': 'name bob\npassword XX\n',
    'etc/NetworkManager/system-connections/v': 'service-type=x.pptp\nprivate-key=data:;base64,XX==\npin=XX\n',
    'proc/modules': 'nf_tables 1 0 - Live 0x0\n', 'proc/sys/kernel/osrelease': '6.1.0\n',
    'etc/freeradius/3.0/radiusd.conf': 'name = freeradius # XX\n$INCLUDE clients.conf\n$INCLUDE ${confdir}/more/\n'
                                       'modules {\n'
                                       '$INCLUDE mods-enabled/\n}\n$INCLUDE /opt/radius/sites\n$INCLUDE ../../shadow\n'
                                       '$INCLUDE ../../token\n# $INCLUDE mods-config/files/authorize\nsecret XX\n',
    'etc/freeradius/3.0/clients.conf': 'client vpn {\n\tipaddr = 10.0.0.1 # XX\n\tsecret = XX\n\tsecret = "XX XX"\n\t'
                                       'secret =\n'
                                       'XX\n\tsecret = \\\nXX\n\tsecret="XX\n}\nclient one { secret = XX }\n'
                                       'client two { ipaddr = 10.0.0.2, secret = XX }\n\tshortname = x, secret = XX\n',
    'etc/freeradius/3.0/more/x': "client x {\n secret := 'XX'\n\t'XX'\n\tsecret\t=\t{XX\n}\n",
    'etc/freeradius/3.0/mods-enabled/sql': 'sql {\n login = "radius"\n password = "XX"\n radius_db = "dbname=x '
                                           'password=XX"\n}\n',
    'etc/freeradius/3.0/mods-enabled/ldap': 'ldap {\n identity = "cn=x"\n password = XX\n}\n',
    'etc/freeradius/3.0/mods-enabled/mschap': 'mschap {\n ntlm_auth = "/usr/bin/ntlm_auth --password=XX '
                                              '--challenge=y"\n}\n',
    'etc/freeradius/3.0/mods-enabled/eap': 'eap {\n tls {\n  private_key_password = XX\n }\n}\n',
    'etc/freeradius/3.0/mods-config/files/authorize': 'bob Cleartext-Password := "XX"\n',
    'opt/radius/sites': 'server x {\nauthorize {\n if (User-Password == "XX") {\n update control {\n'
                        '  Cleartext-Password := "XX"\n }\n }\n}\n}\n',
    'etc/raddb/radiusd.conf': '$INCLUDE clients.conf\n',
    'etc/raddb/clients.conf': 'client 10.0.0.0/8 {\nsecret=XX\n}\n',
    'var/log/freeradius/radius.log': 'Sun Nov 22 08:12:03 2026 : Auth: (1) Login incorrect: [bob/XX] (from client '
                                     'vpn port 0)\n',
    'var/log/syslog': 'Nov 25 10:00:00 h pppd[7]: sent [PAP AuthReq id=0x1 user="a" password="XX"]\n',
}
LINE = 'sent [PAP AuthReq id=0x1 user=\\"a\\" password=\\"XX\\"]'
OUTPUTS = {
    'journal': '{"MESSAGE": "%s", "SYSLOG_IDENTIFIER": "pppd", "_CMDLINE": "pppd password XX"}\n' % LINE,
    'dmesg': '[ 1.0] ppp0: password "XX"\n',
    'iptables-save': '-A INPUT -p 47 -m comment --comment "XX" -j LOG --log-prefix "XX"\n',
    'nft': ' ip protocol gre accept comment "XX"\n',
}


class Leaky(LiveHost):
    """A tree of files, and commands whose outputs hold secrets, too."""

    def run(self, name: str) -> ev.Reading:
        if name not in OUTPUTS:
            return ev.Reading(None, ev.Evidence(name, ev.ABSENT))
        return ev.Reading(Output(OUTPUTS[name].replace('XX', 'hunter2'), 0), ev.Evidence(name))


@pytest.fixture
def root(tmp_path: pathlib.Path) -> pathlib.Path:
    for path, text in FILES.items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text.replace('XX', 'hunter2'))
    links = {'etc/link.conf': tmp_path / 'etc/shadow', 'etc/zero': '/dev/zero', 'etc/kcore': '/proc/kcore',
             'etc/ppp/peers/link': tmp_path / 'etc/shadow', 'var/log/ppp.log': tmp_path / 'etc/shadow',
             'var/log/pptp.log': '/dev/zero', 'etc/ppp/peers/word': tmp_path / 'etc/vpn/word'}
    for name, target in links.items():
        (tmp_path / name).symlink_to(target)
    for name in ('etc/pipe', 'etc/ppp/peers/pipe', 'etc/ppp/pap-secrets', 'var/log/pptpd.log'):
        os.mkfifo(tmp_path / name)
    return tmp_path


@pytest.mark.parametrize('whole', [True, False])
def test_a_leaky_host_gives_nothing_away_and_does_not_hang(root: pathlib.Path, whole: bool) -> None:
    begun = time.monotonic()
    recording = recorder.record(Leaky(str(root)), subjects.SUBJECTS, {'full_logs': True}, whole)
    files = recording.files()
    assert [path for path, text in files.items() if 'hunter2' in text] == []
    assert {'/etc/vpn/server', '/etc/vpn/more', '/etc/vpn/opt', '/etc/vpn/radius.conf', '/etc/vpn/keys',
            '/etc/freeradius/3.0/clients.conf', '/etc/freeradius/3.0/more/x', '/opt/radius/sites',
            '/etc/raddb/clients.conf',
            '/etc/vpn/dict', '/commands/journal.txt', '/commands/nft.txt', '/var/log/syslog'} <= set(files)
    assert recording.meta['unread']['/etc/ppp/pap-secrets'] == 'not a regular file'
    assert '/etc/freeradius/3.0/mods-config/files/authorize' not in files
    facts = subjects.gather(unpack(recording.packed()), log_options={'full': True})
    assert facts['pptp_freeradius']['clients'][0][:3] == ['vpn', '10.0.0.1', True]
    assert 'hunter2' not in json.dumps(facts)
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize('path', ['/etc/shadow', '/etc/link.conf', '/etc/zero', '/etc/kcore', '/etc/pipe',
                                  '/etc/vpn/private/x', '/etc', '/etc/\0x'])
def test_what_is_no_plain_file_or_a_secret_is_never_opened(root: pathlib.Path, path: str) -> None:
    reading = LiveHost(str(root)).read(path)
    assert reading.value is None
    assert reading.evidence.status in (ev.FAILED, ev.ABSENT)


def test_a_log_is_never_a_file_below_etc(root: pathlib.Path) -> None:
    (root / 'etc/ppp/options').write_text('logfile /etc/token\n')
    made = recorder.record(Leaky(str(root)), ['logs'], {'log_paths': ['/etc/vpn/word']})
    assert 'hunter2' not in json.dumps(made.files())


def test_a_bundle_that_was_never_masked_shows_no_word_that_is_no_option() -> None:
    facts = subjects.gather(from_texts({
        'etc/pptpd.conf': 'option /etc/x\npassword hunter2\n', 'etc/x': 'PresharedKey=hunter2\nh:1:hunter2\n',
        'etc/shadow': 'root:hunter2:1\n', 'etc/ppp/options': 'file /etc/shadow\n'}))
    assert 'hunter2' not in json.dumps(facts)


def test_an_error_quotes_no_file(root: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(path: str, text: str) -> str:
        raise ValueError(text)

    monkeypatch.setattr(masking, 'mask_file', broken)
    with pytest.raises(RuntimeError) as caught:
        recorder.record(Leaky(str(root)), subjects.SUBJECTS)
    told = ''.join(traceback.format_exception(caught.type, caught.value, caught.tb))
    assert 'RuntimeError: ValueError' in told
    assert 'hunter2' not in told
