# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""pptpd.conf as facts."""

from __future__ import annotations

import json

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.bundle import from_texts
from ansible_collections.vpnops.pptp.plugins.module_utils.collect import pptpd
from ansible_collections.vpnops.pptp.plugins.module_utils.host import LiveHost

LAB = 'option /etc/ppp/pptpd-options\ndebug\nlogwtmp\nlocalip 10.99.0.1\nremoteip 10.99.0.100-110\n'
OPTIONS = {'etc/ppp/pptpd-options': 'name pptpd\n'}


def collect(conf, **files):
    return pptpd.collect(from_texts({'etc/pptpd.conf': conf, **OPTIONS, **files}))


def absent(*paths):
    return {'bundle.json': json.dumps({'absent': list(paths)})}


def test_recorded_file():
    facts = collect(LAB)
    assert facts['path'] == '/etc/pptpd.conf'
    assert facts['directives']['debug'] == [True, '/etc/pptpd.conf:2']
    assert facts['option_file'] == '/etc/ppp/pptpd-options'
    assert (facts['localip'], facts['remoteip']) == ([['10.99.0.1', '10.99.0.1']], [['10.99.0.100', '10.99.0.110']])
    assert (facts['connections'], facts['slots'], facts['defaults_used'], facts['errors']) == (100, 11, [], [])
    assert '/etc/pptpd.conf' in facts['evidence']['ok']


def test_nothing_there_is_not_known():
    facts = pptpd.collect(from_texts({}))
    assert [facts[key] for key in ('path', 'option_file', 'localip', 'remoteip', 'connections', 'slots')] == [None] * 6
    assert facts['errors'] == [] and json.dumps(facts)


def test_built_in_pools():
    facts = collect('option /etc/ppp/pptpd-options\n localip 10.0.0.1\n')
    assert facts['defaults_used'] == ['localip', 'remoteip']
    assert facts['localip'] == [['192.168.0.1', '192.168.0.100']] and facts['slots'] == 100
    assert facts['ignored'] == [['/etc/pptpd.conf:2', 'indented', 'localip 10.0.0.1']]


@pytest.mark.parametrize(('conf', 'slots'), [
    (LAB + 'connections 1\n', 1), (LAB + 'delegate\n', 100), (LAB + 'connections x\n', 11),
    ('localip 10.0.0.1-3\nremoteip 10.0.1.1-9\n', 3),
    ('localip 10.0.0.1\nremoteip 10.0.1.1-250\nconnections 200\n', 200),
])
def test_slots(conf, slots):
    assert collect(conf)['slots'] == slots


@pytest.mark.parametrize(('line', 'code'), [
    ('remoteip 10.99.0.110-100', 'bad-range'), ('remoteip 10.0.0.1, 10.0.0.2', 'space-in-list'),
    ('remoteip 10.0.0.1;2', 'bad-address'), ('remoteip 10.0.0.1-9,10.0.0.9', 'duplicate'),
    ('remoteip', 'missing-value'), ('option', 'missing-value'), ('remoteip 10.0.0.1-9\r', 'crlf'),
])
def test_errors(line, code):
    errors = collect('localip 10.9.9.9\n' + line + '\n')['errors']
    assert ['/etc/pptpd.conf:2', code] in [error[:2] for error in errors]


def test_missing_files_only_where_that_is_proven():
    assert collect('option /etc/ppp/options.pptpd\n')['errors'] == []
    facts = collect('option /etc/ppp/options.pptpd\nppp /opt/pppd\n', **absent('/etc/ppp/options.pptpd', '/opt/pppd'))
    assert [error[:2] for error in facts['errors']] == [['/etc/pptpd.conf:1', 'options-file-missing'],
                                                        ['/etc/pptpd.conf:2', 'binary-missing']]
    facts = collect('option /etc/ppp/pptpd-options\r\n')
    assert [error[1] for error in facts['errors']] == ['crlf', 'options-file-missing']


@pytest.mark.parametrize(('listen', 'files', 'wrong'), [
    ('198.51.100.1', {'commands/ip-addr.txt': '2: eth0 inet 192.0.2.1/24 scope global\n'}, True),
    ('192.0.2.1', {'commands/ip-addr.txt': '2: eth0 inet 192.0.2.1/24 scope global\n'}, False),
    ('198.51.100.1', {'proc/net/fib_trie': '        |-- 192.0.2.1\n           /32 host LOCAL\n'}, True),
    ('198.51.100.1', {}, False),
])
def test_listen(listen, files, wrong):
    errors = collect(LAB + 'listen %s\n' % listen, **files)['errors']
    assert errors == ([['/etc/pptpd.conf:6', 'listen-not-local', listen]] if wrong else [])


def test_command_line_wins():
    facts = collect(LAB + 'connections 5\n', **{
        'etc/default/pptpd': "DAEMON_OPTS='-o /etc/ppp/other --connections 7 -w'\n"})
    assert facts['option_file'] == '/etc/ppp/other'
    assert facts['directives']['option'] == ['/etc/ppp/other', '/etc/default/pptpd']
    assert facts['connections'] == 5
    facts = pptpd.collect(from_texts({'etc/my.conf': LAB, 'etc/systemd/system/pptpd.service':
                                      '[Service]\nExecStart=/usr/sbin/pptpd --fg -c /etc/my.conf $DAEMON_OPTS\n'}))
    assert facts['path'] == '/etc/my.conf'


def test_live_host(tmp_path):
    (tmp_path / 'etc').mkdir()
    (tmp_path / 'etc/pptpd.conf').write_bytes(b'option /etc/ppp/pptpd-options\nlocalip 10.0.0.1\xff\n')
    facts = pptpd.collect(LiveHost(str(tmp_path)))
    assert [error[1] for error in facts['errors']] == ['bad-address', 'options-file-missing', 'binary-missing']
