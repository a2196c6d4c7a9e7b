# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The sh collector: what it prints becomes the same facts, secrets stay on the target, and no log can forge a frame."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils import reduce, subjects
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import masking
from ansible_collections.vpnops.pptp.plugins.plugin_utils import remote, sh_collector, sh_text
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.parse import test_scrub

MARK = '=pptp=test'
SHELLS = [[name, *words] for name, *words in (('dash', '-s'), ('bash', '--posix', '-s'), ('busybox', 'sh', '-s'))
          if shutil.which(name)]
AWKS = [[name, *words] for name, *words in (('mawk',), ('gawk', '--posix'), ('original-awk',), ('busybox', 'awk'))
        if shutil.which(name)]
SECRETS = '''# alice old secretpassword0
alice pptpd secretpassword1 *
bob * "secret password2" 10.0.0.5
carol pptpd secret#password3 *
dave secretpassword4
eve pptpd secretpassword5
mallory pptpd secret password6 *
'''


def frame(kind: str, path: str, text: str = '') -> str:
    return '\n%s %s %s\n%s' % (MARK, kind, path, text)


def run(shell: list[str], root: pathlib.Path) -> str:
    """What the script prints on a host whose /etc, /var and /proc stand under *root*."""
    text = sh_collector.script(MARK)
    for top in ('tmp', 'etc', 'var', 'proc'):
        text = text.replace(' /%s/' % top, ' %s/%s/' % (root, top))
    done = subprocess.run(shell, input=text.encode(), capture_output=True, timeout=60, check=False)
    assert done.stderr == b''
    return done.stdout.decode('utf-8', 'surrogateescape').replace(' %s/' % root, ' /')


@pytest.fixture
def host(tmp_path: pathlib.Path) -> pathlib.Path:
    files = {
        'etc/pptpd.conf': 'option /etc/ppp/pptpd-options\nlocalip 10.0.0.1\nremoteip 10.0.0.2-9\n',
        'etc/ppp/options': 'auth\nlock\n',
        'etc/ppp/pptpd-options': 'name pptpd\nrequire-mschap-v2\npassword secretpassword7\n',
        'etc/ppp/chap-secrets': SECRETS,
        'etc/radiusclient/servers': 'radius.example secretpassword8 # secretpassword9\n',
        'var/log/syslog': 'Nov 25 10:00:00 h cron[1]: secretpasswordA\n'
                          'Nov 25 10:00:01 h pppd[7]: rcvd [CHAP Response id=0x1 '
                          '<00112233445566778899aabbccddeeff>, name = "a"]\n'
                          'Nov 25 10:00:02 h pppd[7]: sent [PAP AuthReq id=0x1 user="a" password="secretpasswordB"]\n'
                          + frame('ok', '/etc/ppp/chap-secrets', 'forged * x *\n').replace(MARK, '=pptp=guess'),
    }
    for path, text in files.items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    (tmp_path / 'etc/ppp/chap-secrets').chmod(0o600)
    return tmp_path


@pytest.mark.parametrize('shell', SHELLS, ids=lambda words: pathlib.Path(words[0]).name)
def test_a_host_through_its_shell(shell: list[str], host: pathlib.Path) -> None:
    output = run(shell, host)
    assert 'secretpassword' not in output
    assert not [word for word in ('password2', 'password3', 'password6', '00112233445566') if word in output]
    facts = subjects.gather(sh_collector.bundle(output, MARK))
    assert facts['pptp_conf']['option_file'] == '/etc/ppp/pptpd-options'
    assert facts['pptp_pppd']['effective']['name'] == 'pptpd'
    assert facts['pptp_secrets']['mode'] == '0600'
    assert {user['client'] for user in facts['pptp_secrets']['users']} >= {'alice', 'bob', 'carol', 'eve', 'mallory'}
    assert ['/etc/ppp/chap-secrets:4', 'unquoted-hash'] in [row[:2] for row in facts['pptp_secrets']['problems']]
    assert facts['pptp_host']['euid'] is not None
    assert facts['pptp_addressing']['ip_forward'] is None


@pytest.mark.parametrize('shell', SHELLS, ids=lambda words: pathlib.Path(words[0]).name)
def test_nothing_is_sent_unmasked_where_there_is_no_awk(shell: list[str], host: pathlib.Path) -> None:
    text = sh_collector.script(MARK).replace('for a in awk mawk gawk original-awk', 'for a in no-such-awk')
    for top in ('etc', 'var'):
        text = text.replace(' /%s/' % top, ' %s/%s/' % (host, top))
    done = subprocess.run(shell, input=text.encode(), capture_output=True, timeout=60, check=False)
    output = done.stdout.decode()
    assert 'secret' not in output.replace('chap-secrets', '').replace('pap-secrets', '')
    assert '%s failed %s/etc/ppp/chap-secrets' % (MARK, host) in output


@pytest.mark.parametrize('awk', AWKS, ids=lambda words: pathlib.Path(words[0]).name)
@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(['alice ', 'pptpd ', '"', "'", '\\', '#', ' ', '\t', '\n', '\r\n', '*', '10.0.0.1 ',
                                 '@/x ', 'SECRET',
                                 'SECRET ', 'ä', '- ', '"SECRET" '])).map(''.join))
def test_awk_masks_no_less_than_the_parser_says(awk: list[str], text: str) -> None:
    done = subprocess.run([*awk, '-v', 'first=3', sh_text._MASK], input=text.encode(),
                          capture_output=True, env={'LC_ALL': 'C'}, timeout=20, check=False)
    assert done.returncode == 0
    if 'SECRET' not in masking.mask_chap_secrets(text):
        assert b'SECRET' not in done.stdout


OPTION_TEXTS = [
    'password SECRET', 'password "a SECRET"', 'password my SECRET', '"password" SECRET', 'pass\\word SECRET',
    'PASSWORD SECRET', 'name x password: SECRET', 'password\nSECRET', 'password\n# x\n\nSECRET', 'password\\\n SECRET',
    'name x password=SECRET', 'avpair "Password=SECRET"',
    'connect "chat ogin: x word: SECRET"', 'welcome "curl -u x:SECRET"', 'passwd SECRET',
    'pty "pptp h --password SECRET"', 'PresharedKey=SECRET', 'user bob%SECRET', 'password "a\n SECRET"', '# SECRET']


@pytest.mark.parametrize('awk', AWKS, ids=lambda words: pathlib.Path(words[0]).name)
@pytest.mark.parametrize('text', OPTION_TEXTS)
def test_awk_masks_options(awk: list[str], text: str) -> None:
    text = 'name pptpd\n' + text + '\nmtu 1400\nplugin passwordfd.so\nhide-password\nmru 1400\n'
    done = subprocess.run([*awk, '-v', 'first=0', sh_text._MASK], input=text.encode(), capture_output=True,
                          env={'LC_ALL': 'C'}, timeout=20, check=True)
    assert b'SECRET' not in done.stdout
    assert done.stdout.startswith(b'name pptpd\n')
    assert done.stdout.endswith(b'mtu 1400\nplugin passwordfd.so\nhide-password\nmru 1400\n')
    assert done.stdout.count(b'\n') == text.count('\n')


@pytest.mark.parametrize('awk', AWKS, ids=lambda words: pathlib.Path(words[0]).name)
@pytest.mark.parametrize(('kind', 'path', 'text'), [
    ('conf', '/etc/pptpd.conf', 'localip 10.0.0.1\ndebug\npassword SECRET\n# SECRET\n token SECRET\n'),
    ('conf', '/etc/radiusclient/radiusclient.conf', 'authserver r:1812:SECRET\nservers /x\nradius_secret SECRET\n'),
    ('unit', '/etc/default/pptpd', 'PASSWORD=SECRET\nexport DB=SECRET\nDAEMON_OPTS="-o /x --password SECRET -d"\n'),
    ('unit', '/etc/systemd/system/pptpd.service', '[Service]\nType=forking\nEnvironment=A=SECRET\n'
     'ExecStartPre=/bin/x SECRET\nExecStart=/usr/sbin/pptpd -o /x\n')])
def test_awk_masks_settings_as_python_does(awk: list[str], kind: str, path: str, text: str) -> None:
    done = subprocess.run([*awk, '-v', 'kind=' + kind, sh_text._SETTINGS], input=text.encode(), capture_output=True,
                          timeout=20, check=True)
    python = reduce.comments(masking.mask_file(path, text))
    assert 'SECRET' not in python
    assert done.stdout.decode() == python


def scrubbed(line: str) -> str:
    done = subprocess.run(['sed', '-E', sh_text._RULES], input=line.encode(), capture_output=True, timeout=20,
                          check=True)
    return done.stdout.decode()


@pytest.mark.parametrize('line', test_scrub.LINES + test_scrub.HEX)
def test_sed_scrubs_what_python_scrubs(line: str) -> None:
    secret = '00112233445566778899aabbccddeeff' if line in test_scrub.HEX else 'hunter2'
    assert secret not in scrubbed(line % secret)


@pytest.mark.parametrize('line', test_scrub.EVIDENCE)
def test_sed_keeps_evidence(line: str) -> None:
    assert scrubbed(line) == line


@pytest.mark.parametrize('shell', SHELLS, ids=lambda words: pathlib.Path(words[0]).name)
def test_pipes_devices_and_links_to_secrets_are_not_read(shell: list[str], host: pathlib.Path) -> None:
    (host / 'etc/ppp/peers').mkdir()
    (host / 'etc/shadow').write_text('root:secretpassword:1\n')
    for name in ('etc/ppp/peers/pipe', 'var/log/pptpd.log', 'etc/ppp/pap-secrets'):
        os.mkfifo(host / name)
    (host / 'etc/ppp/peers/zero').symlink_to('/dev/zero')
    (host / 'etc/ppp/peers/link').symlink_to(host / 'etc/shadow')
    (host / 'etc/default').mkdir()
    (host / 'etc/default/pptpd').symlink_to(host / 'etc/shadow')
    assert 'secretpassword' not in run(shell, host)


def test_frames_become_a_bundle() -> None:
    output = 'banner\n' + frame('meta', 'euid', '1000\n') + frame('ok', '/etc/pptpd.conf', 'localip 10.0.0.1\n\n') \
        + frame('absent', '/etc/ppp/options') + frame('denied', '/etc/ppp/chap-secrets') \
        + frame('stat', '/etc/pptpd.conf', '-rw-r----- 1 0 4 18 Nov 25 22:11 /etc/pptpd.conf\n') \
        + frame('ok', '/commands/nft.txt', '') + frame('meta', 'end')
    bundle = sh_collector.bundle(output, MARK)
    assert bundle.read('/etc/pptpd.conf').value == 'localip 10.0.0.1\n\n'
    assert bundle.euid() == 1000
    assert bundle.read('/etc/ppp/chap-secrets').evidence.status == 'denied'
    assert bundle.read('/etc/ppp/options').evidence == ('/etc/ppp/options', 'absent', '')
    assert bundle.stat('/etc/pptpd.conf').value[:5] == ('file', 18, 0o640, 0, 4)
    assert bundle.run('nft').value.stdout == ''


@pytest.mark.parametrize(('line', 'entry'), [
    ('crw------- 1 0 0 108, 0 Nov 25 22:11 /dev/ppp', ['20600', 0, 0, 0, 0]),
    ('-rwsr-xr-- 1 0 30 403832 Jan  1  2023 /usr/sbin/pppd', ['104754', 0, 30, 0, 403832]),
    ('drwxr-xr-t. 2 0 0 40 Nov 25 22:11 /run/x', ['41755', 0, 0, 0, 40]),
    ('total 4', None),
])
def test_stat_table(line: str, entry: list[object] | None) -> None:
    assert list(sh_collector.stat_table(line).values()) == ([entry] if entry else [])


@pytest.mark.parametrize('output', ['', 'sh: not found', frame('ok', '/etc/pptpd.conf', 'cut')])
def test_no_answer_is_an_error_of_its_own(output: str) -> None:
    with pytest.raises(remote.RemoteError, match='no usable Python'):
        sh_collector.bundle(output, MARK)


@settings(max_examples=50)
@given(st.text())
def test_any_output_is_read_or_refused(text: str) -> None:
    try:
        subjects.gather(sh_collector.bundle(text + frame('meta', 'end') + text, MARK), ['conf'])
    except remote.RemoteError:
        pytest.fail('it has an end')
