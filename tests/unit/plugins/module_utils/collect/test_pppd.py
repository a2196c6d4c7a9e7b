# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options of the pppd that pptpd starts, as facts."""

from __future__ import annotations

import json

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.bundle import from_texts
from ansible_collections.vpnops.pptp.plugins.module_utils.collect import pppd, pptpd
from ansible_collections.vpnops.pptp.plugins.module_utils.host import LiveHost

CONF = 'option /etc/ppp/pptpd-options\nlogwtmp\nlocalip 10.99.0.1\nremoteip 10.99.0.100-110\n'
OPTIONS = 'name pptpd\nrequire-mschap-v2\nrequire-mppe-128\nmtu 1400\n'
SYSTEM = 'asyncmap 0\nauth\nlcp-echo-interval 30\nlcp-echo-failure 4\n'


def collect(**files):
    texts = {'etc/pptpd.conf': CONF, 'etc/ppp/options': SYSTEM, 'etc/ppp/pptpd-options': OPTIONS}
    texts.update({name.replace('__', '/'): text for name, text in files.items()})
    return gather({path: text for path, text in texts.items() if text is not None})


def gather(texts):
    host = from_texts(texts)
    facts = pppd.collect(host, pptpd.collect(host))
    json.dumps(facts)
    return facts


def test_reading_order():
    facts = collect(root__ppprc=None)
    assert facts['files'] == [['/etc/ppp/options', 'ok'], ['/root/.ppprc', 'absent'], ['/etc/ppp/pptpd-options', 'ok']]
    assert [name for name, _args, _source in facts['options']] == [
        'asyncmap', 'auth', 'lcp-echo-interval', 'lcp-echo-failure', 'local', 'name', 'require-mschap-v2',
        'require-mppe-128', 'mtu', 'speed', 'ipparam', 'plugin', 'pptpd-original-ip', 'remotenumber']
    assert facts['complete'] is True and facts['assumed'] is None
    assert facts['effective']['lcp_echo'] == [30, 4] and facts['effective']['proxyarp'] is False
    assert facts['global_file_options'] == []


def test_options_in_the_wrong_place():
    facts = collect(etc__ppp__options='auth\nname x\nrequire-mppe-128\nlock\n')
    assert facts['global_file_options'] == [['name', '/etc/ppp/options:2'], ['require-mppe-128', '/etc/ppp/options:3']]
    assert facts['effective']['name'] == 'pptpd'


def test_without_pptpd_conf_the_usual_file_is_assumed():
    facts = gather({'etc/ppp/options.pptpd': OPTIONS})
    assert facts['assumed'] == '/etc/ppp/options.pptpd' and facts['effective']['name'] == 'pptpd'
    assert facts['complete'] is False and facts['effective']['proxyarp'] is None
    assert gather({'etc/pptpd.conf': 'debug\n', 'etc/ppp/pptpd-options': OPTIONS})['effective']['name'] is None


def test_nothing_there_is_not_known():
    facts = gather({})
    assert facts['version'] is None and facts['complete'] is False
    assert facts['effective']['auth'] is None and facts['effective']['name'] is None


def test_unread_files_leave_the_rest_unknown():
    facts = collect(etc__ppp__options=None)
    assert facts['effective']['auth'] is True and facts['effective']['proxyarp'] is None
    facts = collect(etc__pptpd__conf=None, **{'etc/pptpd.conf': 'option /etc/ppp/gone\r\n'})
    assert facts['effective']['name'] is None


@pytest.mark.parametrize(('files', 'version'), [
    ({'commands/pppd-version.txt': 'pppd version 2.4.9\n'}, '2.4.9'),
    ({'commands/dpkg-query.txt': 'ppp 2.5.2-1+1 install ok installed\n'}, '2.5.2'),
    ({'commands/rpm.txt': 'ppp 2.4.5-34.el7 installed\n'}, '2.4.5'),
    ({'usr/lib64/pppd/2.4.7/radius.so': ''}, '2.4.7'),
    ({'usr/lib/pppd/2.4.7/radius.so': '', 'usr/lib/pppd/2.4.9/radius.so': ''}, None),
    ({}, None),
])
def test_version(files, version):
    assert collect(**files)['version'] == version


def plugins(text, **files):
    facts = collect(**{'etc/pptpd.conf': 'option /etc/ppp/pptpd-options\n', 'etc/ppp/pptpd-options': text, **files})
    return [[plugin[key] for key in ('path', 'found', 'version_dir', 'source')] for plugin in facts['plugins']]


def test_plugins():
    where = '/etc/ppp/pptpd-options:1'
    version = {'commands/pppd-version.txt': 'pppd version 2.4.9\n'}
    listed = {**version, 'usr/lib/pppd/2.4.9/radius.so': '', 'usr/lib/pppd/2.4.5/radius.so': ''}
    assert plugins('plugin radius.so') == [[None, None, None, where]]
    assert plugins('plugin radius.so', **version) == [[None, None, None, where]]
    assert plugins('plugin radius.so', **listed) == [['/usr/lib/pppd/2.4.9/radius.so', True, '2.4.9', where]]
    assert plugins('plugin nosuch.so', **listed) == [[None, False, None, where]]
    old = {**version, 'usr/lib/pppd/2.4.5/radius.so': ''}
    assert plugins('plugin radius.so', **old) == [['/usr/lib/pppd/2.4.5/radius.so', True, '2.4.5', where]]
    assert plugins('plugin /opt/x.so') == [['/opt/x.so', None, None, where]]
    assert plugins('plugin /opt/x.so', **{'opt/x.so': ''}) == [['/opt/x.so', True, None, where]]
    gone = {'bundle.json': json.dumps({'absent': ['/opt/x.so']})}
    assert plugins('plugin /opt/x.so', **gone) == [['/opt/x.so', False, None, where]]


def test_peers():
    facts = gather({'etc/ppp/peers/lab': 'pty "pptp 203.0.113.10 --nolaunchpppd"\nname vpnuser\nremotename pptpd\n'
                                         'password secretpassword\nfile /etc/ppp/options.pptp\nblah\n',
                    'etc/ppp/options.pptp': 'noauth\nrequire-mppe\n', 'etc/ppp/peers/isp': 'connect "chat pptp"\n',
                    'etc/ppp/peers/provider': 'plugin rp-pppoe.so\n'})
    (peer,) = facts['peers']
    assert peer['path'] == '/etc/ppp/peers/lab'
    assert ['noauth', [], '/etc/ppp/options.pptp:1'] in peer['options']
    assert peer['problems'] == [['/etc/ppp/peers/lab:6', 'unknown-option', 'blah']]
    assert 'secretpassword' not in repr(facts)


def test_live_host(tmp_path):
    (tmp_path / 'etc/ppp').mkdir(parents=True)
    (tmp_path / 'etc/ppp/options').write_bytes(b'auth\nname \xff\n')
    facts = pppd.collect(LiveHost(str(tmp_path)), {'path': '/etc/pptpd.conf', 'option_file': '/etc/ppp/none',
                                                   'directives': {'option': ['/etc/ppp/none', '/etc/pptpd.conf:1']}})
    assert ['/etc/pptpd.conf:1', 'file-missing', '/etc/ppp/none'] in facts['problems']
    assert facts['complete'] is False and facts['effective']['proxyarp'] is None     # nobody knows what it had
    json.dumps(facts).encode('ascii')
