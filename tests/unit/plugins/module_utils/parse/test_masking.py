# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Masking: no secret is left, and what is wrong with a file still is."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils import evidence as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import chap_secrets as cs, masking, pppd_options

SECRETS = st.sampled_from(['alice', 'bob', 'pptpd', '*', '-', '"', "'", '\\', '#', '\n', ' ', ' ', '\t', '\r\n',
                           '10.0.0.1',
                           'hunter2', '@/etc/x', '--', '!10.0.0.0/8', '\ufeff', '\u00a0', 'é', '""', '\\s', '\\\n',
                           'y' * 300, 'y' * 1024, '\udce9', '300.1.1.1/40', 'alice pptpd hunter2 *\n', '-x'])
OPTIONS = st.sampled_from(['name pptpd', 'password hunter2', 'connect "chat\nx"', 'mtu 1400', 'mtu', '"', "'", '\\',
                           '#', '\n', '\n', '\r\n', '+mschap-v2', 'plugin radius.so', 'file /etc/a', 'call b', 'blah',
                           '10.0.0.1:10.0.0.2', '115200', 'ms-dns 8.8.8.888\n', '\ufeff', '# password hunter2\n',
                           'pty "pptp --pass hunter2"', 'mppe required\n', '30'])


def seen(text):
    parsed = cs.parse(text)
    entries = [(entry.names, entry.line, entry.form, [word if cs.is_address(word) else '?' for word in entry.addresses])
               for entry in parsed.entries]
    best = cs.best(parsed.entries, 'pptpd')
    return entries, parsed.problems, best and (best.line, cs.usable(best))


@settings(max_examples=400, deadline=None)
@given(st.lists(SECRETS, max_size=30).map(''.join))
def test_masked_secrets_have_the_same_defects(text):
    masked = masking.mask_chap_secrets(text)
    assert seen(masked) == seen(text)
    assert masking.mask_chap_secrets(masked) == masked


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(['"', "'", ' ', '\n', '#', 'hunter2', '\\', 'pptpd', '*']), max_size=20).map(''.join))
def test_no_secret_column_survives(text):
    """Whatever stands in the third column or behind a stray quote is gone, and so is every comment."""
    for line in masking.mask_chap_secrets(text).split('\n'):
        assert 'hunter2' not in line.split('#')[1:]
    for found in cs.w.lines(masking.mask_chap_secrets(text)):
        assert all('hunter2' not in word.value for word in found[2:])


def walked(text):
    files = {'/o': text, '/etc/a': 'noauth', '/etc/ppp/peers/b': text}
    walk = pppd_options.Walk(
        lambda path: ev.Reading(files.get(path), ev.Evidence(path, ev.OK if path in files else ev.ABSENT)), '2.4.9')
    walk.file('/o')
    return [problem[:2] for problem in walk.problems], [option[::2] for option in walk.options]


@settings(max_examples=300, deadline=None)
@given(st.lists(OPTIONS, max_size=20).map(' '.join))
def test_masked_options_mean_the_same(text):
    masked = masking.mask_options(text)
    assert 'hunter2' not in masked
    assert walked(masked) == walked(text)
    assert masking.mask_options(masked) == masked


@pytest.mark.parametrize(('text', 'expected'), [
    ('# client server secret IP\nvpnuser pptpd secretpassword *\n', '#\nvpnuser pptpd ******** *\n'),
    ('#alice pptpd secretpassword *\r\nvpnuser pptpd "secret password" 10.0.0.1\r\n',
     '#\r\nvpnuser pptpd "********" 10.0.0.1\r\n'),
    ('vpnuser pptpd se#cretpassword *\n', 'vpnuser pptpd ********#\n'),
    ('vpnuser pptpd my secretpassword *\n', 'vpnuser pptpd ******** ******** *\n'),
    ('vpnuser pptpd my"secretpassword *\nbob pptpd pw *\n', 'vpnuser pptpd "********\n\n'),
    ('vpnuser secretpassword *\n', 'vpnuser ******** ********\n'),
    ('CORP\\\\bob pptpd x\\y *\n', 'CORP\\\\bob pptpd ********\\s *\n'),
])
def test_secrets_files(text, expected):
    assert masking.mask_chap_secrets(text) == expected


@pytest.mark.parametrize(('text', 'expected'), [
    ('name pptpd # ours\npassword secretpassword\nmtu 1400\n', 'name pptpd #\npassword ********\nmtu 1400\n'),
    ('password my secretpassword\nmtu 1400\n', 'password ******** ********\nmtu 1400\n'),
    ('#password secretpassword\nuser bob\n', '#\nuser bob\n'),
    ('connect "chat word: secretpassword"\n', 'connect "********"\n'),
    ('name "x\npassword secretpassword\n', 'name "********\n\n'),
])
def test_options_files(text, expected):
    assert masking.mask_options(text) == expected


@pytest.mark.parametrize(('text', 'expected'), [
    ('secret = testing123 # x\n', 'secret = ******** # x\n'), ('  secret="a b"\r\nx=1', '  secret=********\r\nx=1'),
    ('client x { secret = testing123 }\n', 'client x { secret = ******** }\n'),
    ('bob Cleartext-Password := "hello"\n', 'bob Cleartext-Password := ********\n'),
    ('[vpn-secrets]\npassword=hunter2\npassword-flags=1\n', '[vpn-secrets]\npassword=********\npassword-flags=1\n'),
    ('ldap_passwd = x\npassword server = dc1\nsecret =\n', 'ldap_passwd = ********\npassword server = dc1\nsecret =\n'),
])
def test_assignments(text, expected):
    assert masking.mask_assignments(text) == expected


def test_logs_keep_their_lines():
    line = 'pppd[7]: rcvd [PAP AuthReq id=0x1 user="bob" password="hunter2"]\n'
    assert masking.mask_file('/var/log/syslog', line) == line.replace('"hunter2"', '********')
    line = "pppd[7]: can't open indirect secret file /etc/x: No such file\n"
    assert masking.mask_file('/var/log/syslog', line) == line


@pytest.mark.parametrize(('path', 'gone'), [
    ('/etc/shadow', True), ('/etc/ssl/private/x.key', True), ('/var/lib/samba/private/secrets.tdb', True),
    ('/etc/ssl/x.pem', True), ('/root/.ssh/id_rsa', True), ('/etc/krb5.keytab', True), ('/etc/pptpd.conf', False),
    ('/etc/ppp/options', False),
])
def test_files_that_never_leave(path, gone):
    assert (masking.mask_file(path, 'x') is None) == gone


@pytest.mark.parametrize('path', [
    '/etc/ppp/chap-secrets', 'etc/ppp/pap-secrets', '/etc/ppp/chap-secrets.bak', '/etc/ppp/srp-secrets',
    '/etc/ppp/options', '/etc/ppp/pptpd-options', '/etc/ppp/options.pptpd', '/etc/ppp/peers/isp', '/root/.ppprc',
    '/etc/radiusclient/servers', '/etc/freeradius/3.0/clients.conf',
    '/etc/NetworkManager/system-connections/vpn.nmconnection'])
def test_each_kind_of_file(path):
    text = {'servers': 'radius.example secretpassword\n', 'clients.conf': 'secret = secretpassword\n',
            'vpn.nmconnection': 'password=secretpassword\n'}.get(path.rsplit('/', 1)[-1])
    text = text or ('alice pptpd secretpassword *\n' if 'secrets' in path else 'password secretpassword\n')
    masked = masking.mask_file(path, text)
    assert masked and 'secretpassword' not in masked and '********' in masked


RADDB = st.sampled_from(['client vpn {', '\n', '\n', '\n', 'secret = ', 'hunter2', '"hunter2', "'hunter2'", ' ', '{',
                         '}', '\\', '#',
                         ',', 'ipaddr = 10.0.0.1', 'mschap', 'use_mppe = no', '$INCLUDE x', '\t', '\r\n',
                         'update control {',
                         'Cleartext-Password := ', 'if (User-Password == "hunter2") {', 'ntlm_auth = "x --password ',
                         'private_key_password=', 'file = '])


@settings(max_examples=400, deadline=None)
@given(st.lists(RADDB, max_size=30).map(''.join))
@example('ipaddr = 10.0.0.1private_key_password=hunter2')
def test_no_secret_of_freeradius_survives(text):
    """A secret stands behind a sign, in quotes, or on a line of its own below either; never in the place of a name."""
    masked = masking.mask_raddb(text)
    for before, line in zip([''] + text.split('\n'), masked.split('\n')):  # noqa: B905 - Python 3.8
        if before.rstrip()[-1:] in ('=', '\\') and '#' not in before:
            assert 'hunter2' not in line
    assert not re.search(r'(?:secret|password) ?:?= ?[^ *\n]*hunter2', masked)
    assert '"hunter2' not in masked
    assert masked.count('\n') == text.count('\n')
    assert masking.mask_raddb(masked) == masked


@pytest.mark.parametrize(('line', 'expected'), [
    ('\tsecret = x', '\tsecret = ********'), ('secret=x', 'secret= ********'), ('secret x', 'secret ********'),
    ('ipaddr = 10.0.0.0/8 # x', 'ipaddr = 10.0.0.0/8'), ('client x {', 'client x {'), ('}', '}'), ('-sql', '-sql'),
    ('if (a == "x") {', 'if ******** {'), ('} else {', '} else {'), ('client x { secret = y }', 'client ********'),
    ('ntlm_auth = "/bin/n --password=x --username=y"', 'ntlm_auth = "/bin/n --password=******** --username=y"'),
    ('ntlm_auth = "/bin/n \\"x"', 'ntlm_auth = ********'), ('# secret = x', ''), ('$INCLUDE a/', '$INCLUDE a/'),
    ('Auth-Type MS-CHAP {', 'Auth-Type MS-CHAP {'), ('require_message_authenticator = auto',
                                                     'require_message_authenticator = auto'),
    ('&control:Cleartext-Password := "x"', '&control:Cleartext-Password := ********')])
def test_lines_of_freeradius(line, expected):
    assert masking.mask_raddb(line) == expected


def test_radius_servers():
    assert masking.mask_servers('# host secret\n10.0.0.1  top secret\r\nalone\n') == '#\n10.0.0.1  ********\r\nalone\n'


@pytest.mark.parametrize(('path', 'text', 'expected'), [
    ('/etc/pptpd.conf',
     'localip 10.0.0.1\ndebug\npassword hunter2\n  token x y\r\nlocalipp 10.0.0.1-9\noptions /etc/ppp/o\n',
     'localip 10.0.0.1\ndebug\npassword ********\n  token ********\r\nlocalipp 10.0.0.1-9\noptions /etc/ppp/o\n'),
    ('/etc/default/pptpd', 'PASSWORD=hunter2\nexport DB=mysql://u:p@h\nDAEMON_OPTS="-o /etc/o --password hunter2"\n',
     'PASSWORD=********\nexport ********\nDAEMON_OPTS="-o /etc/o --password ********\n'),
    ('/etc/systemd/system/pptpd.service',
     '[Service]\nType=forking\nEnvironment=TOKEN=x\nExecStartPre=/bin/x hunter2\nExecStart=/usr/sbin/pptpd -o /x\n',
     '[Service]\nType=forking\nEnvironment=********\nExecStartPre=********\nExecStart=/usr/sbin/pptpd -o /x\n'),
    ('/etc/NetworkManager/system-connections/v',
     '[vpn]\nservice-type=org.x.pptp\nprivate-key=data:;base64,QQ==\npin=1234x\n',
     '[vpn]\nservice-type=org.x.pptp\nprivate-key=********\npin=********\n'),
    ('/etc/radiusclient/radiusclient.conf', 'authserver r1:1812:hunter2\nservers /etc/s\nsecret hunter2\n',
     'authserver r1:1812:********\nservers /etc/s\nsecret ********\n'),
    ('/etc/radiusclient/radiusclient.conf',
     '  authserver r1:1812:hunter2\nacctserver r1:1813,r2:1813:hunter2 r3::hunter2\n',
     '  authserver r1:1812:********\nacctserver r1:1813,r2:1813:******** r3::********\n'),
])
def test_of_other_lines_the_first_word_stays(path, text, expected):
    assert masking.mask_file(path, text) == expected


@pytest.mark.parametrize(('word', 'text', 'expected'), [
    ('option', 'name pptpd\npassword hunter2\n', 'name pptpd\npassword ********\n'), ('file', 'hunter2\n', None),
    ('-o', 'root:$6$hunter2:1::\n', None), ('file', '[Peer]\nPresharedKey = hunter2\n', None), ('file', '', ''),
    ('option', 'name pptpd\nPresharedKey=hunter2\nh:1:d:hunter2\n', 'name pptpd\n********\n********:\n'),
    ('servers', 'r1 hunter2\n', 'r1 ********\n'), ('chap-secrets', 'a * hunter2 *\n', 'a * ******** *\n'),
    ('dictionary', 'ATTRIBUTE MS-CHAP-MPPE-Keys 12 string\n', 'ATTRIBUTE MS-CHAP-MPPE-Keys 12 string\n'),
    ('INCLUDE', 'ATTRIBUTE x 1 string\nclient { secret hunter2 }\n', 'ATTRIBUTE x 1 string\nclient ********\n'),
])
def test_a_file_is_masked_as_what_names_it_says(word, text, expected):
    assert masking.mask_named(word, text) == expected


def test_remarks_of_rules_and_the_log_of_the_kernel():
    rule = '-A INPUT -p 47 -m comment --comment "the password is \\"hunter2\\"" -j ACCEPT\n'
    masked = masking.mask_file('/commands/iptables-save.txt', rule)
    assert masked == '-A INPUT -p 47 -m comment --comment "..." -j ACCEPT\n'
    assert 'hunter2' not in masking.mask_file('/commands/dmesg.txt', '[ 1.2] ppp0: login [PAP x password "hunter2"]\n')


@pytest.mark.parametrize('text', ['alice pptpd secret *\n' * 40000, 'password' * 40000, 'secret = ' + ' }' * 100000,
                                  '#' * 200000, '"\n' * 100000, ' ' * 200000 + 'x', 'password \n' * 40000])
def test_linear(text):
    started = time.process_time()
    for mask in (masking.mask_chap_secrets, masking.mask_options, masking.mask_servers, masking.mask_assignments):
        mask(text)
    masking.mask_lines(text, masking.CONF)
    assert time.process_time() - started < 10
