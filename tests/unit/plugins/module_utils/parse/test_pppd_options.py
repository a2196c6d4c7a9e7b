# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""pppd's options: reading order, problems, and what follows from them."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils import evidence as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import option_table, pppd_options

PPPD = shutil.which('pppd', path='/usr/sbin:/sbin:/usr/bin')
LAB = """name pptpd
require-mschap-v2
refuse-pap
refuse-chap
refuse-mschap
refuse-eap
require-mppe-128
ms-dns 8.8.8.8
mtu 1400
mru 1400
proxyarp
lock
nobsdcomp
novj
novjccomp
debug
"""


def walk(text, version=None, **files):
    files = {'/etc/ppp/' + name.replace('__', '/'): value for name, value in files.items()}
    files['/o'] = text

    def load(path):
        if path in files:
            return ev.Reading(files[path], ev.Evidence(path))
        return ev.Reading(None, ev.Evidence(path, ev.ABSENT))
    done = pppd_options.Walk(load, version)
    done.file('/o')
    return done


def codes(done):
    return [(source, code) for source, code, _text in done.problems]


def effect(text, version=None):
    done = walk(text, version)
    return pppd_options.effective(done.options, version, done.complete)


def test_recorded_options():
    done = walk(LAB)
    assert done.problems == []
    assert done.options[0] == ['name', ['pptpd'], '/o:1']
    found = pppd_options.effective(done.options)
    assert {key: found[key] for key in ('name', 'auth', 'require', 'refuse', 'mppe', 'mppe_bits', 'mtu', 'dns')} == {
        'name': 'pptpd', 'auth': True, 'require': ['mschap-v2'], 'refuse': ['pap', 'chap', 'mschap', 'eap'],
        'mppe': 'require', 'mppe_bits': [128], 'mtu': 1400, 'dns': ['8.8.8.8']}
    assert (found['proxyarp'], found['noccp'], found['backend'], found['lcp_echo']) == (True, False, 'secrets', None)


@pytest.mark.parametrize(('text', 'expected'), [
    ('requier-mppe-128\nmtu 1400', [('/o:1', 'unknown-option')]),
    ('mtu 1400 mru 1400', []),
    ('mppe required,stateless\nname x', [('/o:1', 'foreign-option')]),
    ('+chapms-v2', [('/o:1', 'foreign-option')]),
    ('name', [('/o:1', 'too-few-parameters')]),
    ('mtu auto', [('/o:1', 'bad-value')]),
    ('mtu 64', [('/o:1', 'bad-value')]),
    ('ms-dns 8.8.8.888', [('/o:1', 'bad-value')]),
    ('ms-dns dns.example.org\nms-dns 10.1', []),
    ('call ../x', [('/o:1', 'bad-value')]),
    ('name "pptpd\nmtu 1400', [('/o:1', 'unbalanced-quote')]),
    ('name pptpd\r\nauth\r\n', [('/o', 'crlf')]),
    ('name ' + 'x' * 1024, [('/o:1', 'word-too-long')]),
    ('file /etc/none', [('/o:1', 'file-missing')]),
    ('file /o', [('/o:1', 'include-loop')]),
    ('radius-config-file /x\nplugin radius.so', [('/o:1', 'option-before-plugin')]),
    ('plugin radius.so\nradius-config-file /x\navpair a=b\nmap-to-ifname', []),
    ('plugin winbind.so ntlm_auth-helper "/usr/bin/ntlm_auth --helper-protocol=ntlm-server-1"', []),
    ('plugin third.so\nwhatever 7\nelse', []),
    ('plugin rp-pppoe.so\neth0\nnic-eth1', []),
    ('115200 0x10 /dev/ttyS0 ttyS0 pts/3 10.0.0.1:10.0.0.2 :10.0.0.9 a:b', []),
    ('-chap +pap -mschap-v2 +mppe-128 -d -detach +ipv6 -all', []),
    ('\ufeffname pptpd', [('/o:1', 'unknown-option')]),
    ('connect "chat -v\n ATDT"\nname x', []),
])
def test_problems(text, expected):
    assert codes(walk(text)) == expected


@pytest.mark.parametrize(('text', 'version', 'expected'), [
    ('chap-secrets /x', '2.4.9', [('/o:1', 'unknown-option')]), ('chap-secrets /x', '2.5.1', []),
    ('chap-secrets /x', None, []), ('noipx', '2.5.2', []),
    ('ipx', '2.5.2', [('/o:1', 'removed-option')]), ('ipx', '2.4.9', []), ('replacedefaultroute', '2.4.5', []),
])
def test_versions(text, version, expected):
    assert codes(walk(text, version)) == expected


def test_files_are_read_where_they_are_named():
    done = walk('name a\ncall isp\nname c', peers__isp='name b\nfile /etc/ppp/more', more='mtu 1000')
    assert [(name, args) for name, args, _source in done.options] == [
        ('name', ['a']), ('name', ['b']), ('mtu', ['1000']), ('name', ['c'])]
    assert done.files == [['/o', 'ok'], ['/etc/ppp/peers/isp', 'ok'], ['/etc/ppp/more', 'ok']]


def test_no_word_behind_a_password_is_shown():
    done = walk('user bob password hunter secretpassword 12345 secretpassword:x\nset A=secretpassword\n'
                'name "x\nsecretpassword" secretpassword\nipparam secretpassword')
    assert 'secretpassword' not in repr([done.options, done.problems])
    assert ['user', ['bob'], '/o:1'] in done.options


@pytest.mark.parametrize(('text', 'auth', 'require'), [
    ('', False, []), ('auth', True, []), ('auth\nnoauth', False, []), ('noauth\n+mschap-v2', True, ['mschap-v2']),
    ('require-pap\nnoauth', False, ['pap']), ('refuse-pap', False, []),
])
def test_auth(text, auth, require):
    found = effect(text)
    assert (found['auth'], found['require']) == (auth, require)


@pytest.mark.parametrize(('text', 'version', 'expected'), [
    ('', None, ('none', [])), ('nomppe', None, ('off', [])), ('require-mppe', '2.4.9', ('require', [40, 128])),
    ('require-mppe', '2.5.2', ('require', [40])), ('+mppe\n-mppe-40', '2.4.9', ('require', [128])),
    ('require-mppe-40\nrequire-mppe-128', None, ('require', [40, 128])),
    ('require-mppe-128\nnomppe-128', None, ('off', [])), ('mppe-stateful', None, ('none', [])),
])
def test_mppe(text, version, expected):
    found = effect(text, version)
    assert (found['mppe'], found['mppe_bits']) == expected


def test_the_rest_of_effective():
    found = effect('usehostname\nname x\nproxyarp\nnoproxyarp\nlogfile /l\nnolog\nplugin radius.so\nremotename r\n'
                   'lcp-echo-interval 30\nlcp-echo-failure 4\nchap-secrets /s\nmru 0x100\nmppe-stateful\n-ccp')
    assert found['name'] is None and found['proxyarp'] is False and found['logfile'] is None
    assert (found['backend'], found['remotename'], found['lcp_echo'], found['chap_secrets'], found['mru']) == (
        'radius', 'r', [30, 4], '/s', 256)
    assert found['mppe_stateful'] is True and found['noccp'] is True
    unknown = pppd_options.effective([], None, complete=False)
    assert unknown['auth'] is None and unknown['proxyarp'] is None


def test_repeated_includes_end():
    files = {'f%d' % number: 'file /etc/ppp/f%d\n' % (number + 1) * 2 for number in range(40)}
    done = walk('file /etc/ppp/f0', **files)
    assert len(done.files) <= 30 and len(walk('debug\n' * 5000).options) <= 400


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(option_table.names() + ['"', '\n', '#', '1', '\\', 'x y', '/o', '::', '9' * 30]),
                max_size=20).map(' '.join))
def test_never_an_error(text):
    done = walk(text, '2.4.9')
    pppd_options.effective(done.options, '2.4.9', done.complete)
    assert all(isinstance(arg, str) for _name, args, _source in done.options for arg in args)


# compiled in or not as the distribution likes
OPTIONAL = {'ms-lanman', 'mschap-challenge', 'mschap2-peer-challenge', 'srp-interval', 'srp-pn-secret',
            'srp-use-pseudonym', 'up_sdnotify', 'ca', 'capath', 'cert', 'key', 'crl', 'crl-dir', 'max-tls-version',
            'need-peer-eap', 'active-filter', 'pass-filter'}
UNSAFE = {'plugin', 'file', 'call', 'privgroup', 'logfile', '-h', '--help', '-v', '--version', '+ua', 'logfd'}


def pppd_says(path, text):
    path.write_text(text)
    done = subprocess.run([PPPD, 'dryrun', 'nodetach', 'file', str(path)], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=20, check=False)
    return done.stdout.decode()


@pytest.mark.skipif(PPPD is None, reason='needs pppd')
def test_pppd_knows_what_the_table_says_it_knows(tmp_path):
    version = subprocess.run([PPPD, '--version'], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    key = pppd_options.version_key(version.stdout.decode())
    wrong = []
    for name in option_table.names():
        option = option_table.find(name)
        old = option.until and pppd_options.version_key(option.until) < key
        if name in UNSAFE | OPTIONAL or option.plugin or old or pppd_options.version_key(option.since) > key:
            continue
        said = pppd_says(tmp_path / 'o', '%s %s\nno-such-word\n' % (name, '1000' if option.args else ''))
        if 'unrecognized option' in said and "'no-such-word'" not in said:
            wrong.append((name, said))
    assert wrong == []
