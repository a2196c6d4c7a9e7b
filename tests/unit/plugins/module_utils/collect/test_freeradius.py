# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A RADIUS server, live and recorded: the same facts, of Debian's layout and RedHat's."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils import evidence as ev, recorder, subjects
from ansible_collections.vpnops.pptp.plugins.module_utils.bundle import from_texts, unpack
from ansible_collections.vpnops.pptp.plugins.module_utils.collect import freeradius
from ansible_collections.vpnops.pptp.plugins.module_utils.host import LiveHost, Output

LINE = ('Sun Nov 22 07:17:51 2026 : Error: Ignoring request to auth address * port 1812 bound to server default from '
        'unknown client 10.99.1.66 port 37242 proto udp\n')
UDP = ('  sl  local_address rem_address   st\n  420: 00000000:0714 00000000:0000 07 0:0 0:0 0 106\n'
       '  421: 0100007F:0035 00000000:0000 07 0:0 0:0 0 106\n')


def tree(base: str = 'etc/freeradius/3.0/', log: str = 'var/log/freeradius/') -> dict[str, str]:
    """The files of a server."""
    return {
        base + 'radiusd.conf': '# name\nlog {\n\tauth = no\n}\n$INCLUDE clients.conf\nmodules {\n\t$INCLUDE '
                               'mods-enabled/\n}\n'
                               'policy {\n\t$INCLUDE policy.d/\n}\n$INCLUDE sites-enabled/\n',
        base + 'clients.conf': '# x\n\nclient vpn {\n\tipaddr = 10.0.0.1\n\tsecret = hunter2\n}\n',
        base + 'mods-enabled/mschap': 'mschap {\n\tuse_mppe = no\n}\n', base + 'mods-enabled/.old': 'mschap {\n}\n',
        base + 'policy.d/filter': 'filter_username {\n}\n',
        base + 'sites-enabled/default': 'server default {\nauthorize {\n\tmschap\n}\nauthenticate {\n\tmschap\n}\n}\n',
        log + 'radius.log': 'Sun Nov 22 07:00:00 2026 : Info: Ready to process requests\n' + LINE,
        'proc/net/udp': UDP, 'proc/412/comm': 'freeradius\n'}


class Tree(LiveHost):
    """A tree of files without commands."""

    def run(self, name: str) -> ev.Reading:
        if name == 'dpkg-query':
            return ev.Reading(Output('freeradius 3.2.1+dfsg-4+deb12u1 install ok installed\n', 0), ev.Evidence(name))
        return ev.Reading(None, ev.Evidence(name, ev.ABSENT))


def write(folder: pathlib.Path, files: dict[str, str]) -> Tree:
    for path, text in {'var/lib/dpkg/status': '', **files}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return Tree(str(folder))


@pytest.mark.parametrize(('base', 'log'), [('etc/freeradius/3.0/', 'var/log/freeradius/'), ('etc/raddb/',
                                                                                            'var/log/radius/')])
def test_a_recorded_server(tmp_path: pathlib.Path, base: str, log: str) -> None:
    recording = recorder.record(write(tmp_path, tree(base, log)), ['freeradius'])
    assert 'hunter2' not in json.dumps(recording.files())
    found = subjects.gather(unpack(recording.packed()), ['freeradius'])['pptp_freeradius']
    assert (found['installed'], found['running'], found['version'], found['readable']) == (True, True, '3.2.1', True)
    assert found['config_dir'] == '/' + base.rstrip('/')
    assert found['clients'] == [['vpn', '10.0.0.1', True, None, '/%sclients.conf:3' % base]]
    assert found['clients_complete'] is True
    assert found['mschap']['use_mppe'] is False
    assert found['mschap']['sources'] == {'use_mppe': '/%smods-enabled/mschap:2' % base}
    assert (found['sites'][0]['authorize'], found['log']['rejects']) == (True, False)
    assert found['log_clients'][0][:3] == ['unknown', 'auth', '10.99.1.66']
    assert found['log_clients'][0][6:] == ['/%sradius.log:2' % log, 'Sun Nov 22 07:17:51 2026', True]
    assert found['sockets'] == [['0.0.0.0', 1812]]
    assert found['problems'] == []


def test_a_bundle_is_read_as_the_host_is(tmp_path: pathlib.Path) -> None:
    live = subjects.gather(unpack(recorder.record(write(tmp_path, tree()), ['freeradius']).packed()), ['freeradius'])
    sent = subjects.gather(from_texts({**tree(),
                                       'commands/dpkg.txt': 'ii  freeradius  3.2.1+dfsg-4+deb12u1  amd64  x\n'}),
                           ['freeradius'])
    for facts in (live, sent):
        facts['pptp_freeradius'].pop('evidence')
        facts['pptp_freeradius'].pop('sockets')     # of DNS, too, where nobody has left it out
        facts['pptp_freeradius'].pop('version')
    assert live == sent


def test_what_is_not_there_and_what_may_not_be_read() -> None:
    nothing = freeradius.collect(from_texts({}), {})
    assert (nothing['installed'], nothing['config_dir'], nothing['readable'], nothing['clients']) == (None,) * 4
    denied = freeradius.collect(from_texts({'bundle.json': json.dumps({'unread': {
        '/etc/freeradius/3.0/radiusd.conf': 'Permission denied'}})}), {})
    assert (denied['installed'], denied['config_dir'], denied['readable']) == (True, '/etc/freeradius/3.0', False)
    assert denied['clients'] is None
    assert denied['evidence']['denied'][0] == ['/etc/freeradius/3.0/radiusd.conf', 'Permission denied']


def test_a_file_that_was_not_recorded_leaves_the_clients_open() -> None:
    files = tree()
    files['etc/freeradius/3.0/clients.conf'] += '$INCLUDE clients-more.conf\n'
    found = freeradius.collect(from_texts(files), {})
    assert (found['clients'][0][0], found['clients_complete']) == ('vpn', False)
    assert found['problems'] == [['/etc/freeradius/3.0/clients.conf:7', 'unread',
                                  '/etc/freeradius/3.0/clients-more.conf']]


def test_the_log_that_the_configuration_names_and_the_one_before_it() -> None:
    files = tree()
    files['etc/freeradius/3.0/radiusd.conf'] = 'logdir = /srv/log\nlog {\n file = ${logdir}/r.log\n}\n'
    files['srv/log/r.log.1'] = files.pop('var/log/freeradius/radius.log')
    files['srv/log/r.log'] = LINE
    found = freeradius.collect(from_texts(files), {})
    assert found['log_read'] == ['/srv/log/r.log.1', '/srv/log/r.log']
    assert [row[4] for row in found['log_clients']] == [2]
    assert found['log_clients'][0][6] == '/srv/log/r.log:1'


def test_a_server_that_logs_to_the_journal() -> None:
    said = json.dumps({'MESSAGE': LINE.partition(' : ')[2].strip(), 'SYSLOG_IDENTIFIER': 'radiusd', '_PID': '7',
                       '__REALTIME_TIMESTAMP': '1763795871000000'})
    other = json.dumps({'MESSAGE': 'Modem hangup', 'SYSLOG_IDENTIFIER': 'pppd', '_PID': '8'})
    found = freeradius.collect(from_texts({'commands/journal.txt': said + '\n' + other + '\n'}), {})
    assert found['log_read'] == ['journal']
    assert [row[:3] for row in found['log_clients']] == [['unknown', 'auth', '10.99.1.66']]


def test_of_a_long_log_the_end_is_read() -> None:
    files = {'var/log/freeradius/radius.log': LINE + 'Sun Nov 22 07:18:00 2026 : Info: x\n' * 80000 + LINE}
    found = freeradius.collect(from_texts(files), {})
    assert [row[4] for row in found['log_clients']] == [1]
    assert found['log_clients'][0][6].startswith(':')       # the number of its line is not that of the file


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(tree())), st.binary(max_size=200)))
def test_rags_give_facts_and_no_traceback(files: t.Any) -> None:
    json.dumps(freeradius.collect(from_texts(files), {}))
