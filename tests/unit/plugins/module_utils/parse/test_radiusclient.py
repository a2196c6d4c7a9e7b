# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""radiusclient.conf, servers and dictionary as radius.so of pppd 2.4.9 and 2.5.2 reads them (config.c, dict.c)."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.bundle import from_texts
from ansible_collections.vpnops.pptp.plugins.module_utils.collect import radius
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import (
    masking,
    radius_dictionary as rd,
    radiusclient as rc,
)

CONF = {'authserver': '10.0.0.1', 'acctserver': '10.0.0.1', 'servers': '/s', 'dictionary': '/d', 'radius_timeout': '10',
        'radius_retries': '3', 'seqfile': '/q', 'mapfile': '/m'}
MICROSOFT = ('VENDOR Microsoft 311\nATTRIBUTE MS-CHAP-Challenge 11 string Microsoft\n'
             'ATTRIBUTE MS-CHAP2-Response 25 string Microsoft\n')
PPPD: dict[str, t.Any] = {'plugins': [{'name': 'radius.so'}], 'version': '2.4.9', 'options': []}


def text(**changes: str | None) -> str:
    return ''.join('%s %s\n' % pair for pair in {**CONF, **changes}.items() if pair[1] is not None)


@pytest.mark.parametrize(('given', 'codes'), [
    ('authserver 10.0.0.1\n', []), ('authserver\t10.0.0.1\n', []), ('# x\n\nauthserver a\n', []),
    ('authserver a # b\n', []),
    (' authserver a\n', ['bogus-line']), ('\tx\nauthserver a\n', ['bogus-line']), ('authserver\n', ['missing-value']),
    ('wrong a\n', ['unknown-key']), ('radius_deadtime 0\n', ['unknown-key']), ('servers /s \n', ['trailing-space']),
    ('servers /s\r\n', ['trailing-space']), ('radius_timeout 10\r\n', []), ('auth_order local\n', []),
    ('auth_order x\n', [
        'bad-order']), ('auth_order radius,local\n', []), ('servers /%s\n' % ('s' * 600), ['line-too-long'])])
def test_lines(given: str, codes: list[str]) -> None:
    assert [problem[1] for problem in rc.config(given, 'f')[1]] == codes


def test_the_last_of_several_counts_and_pppd_stops_at_a_bogus_line() -> None:
    assert rc.config('servers /a\nservers /b\n', 'f')[0] == {'servers': '/b'}
    assert rc.config('servers /a\n x\nservers /b\n', 'f')[0] == {'servers': '/a'}


@pytest.mark.parametrize(('changes', 'missing'), [
    ({}, []), ({'seqfile': None}, ['seqfile']), ({'mapfile': None, 'dictionary': None}, ['dictionary', 'mapfile']),
    ({'authserver': None}, ['authserver']), ({'radius_timeout': '0'}, ['radius_timeout']),
    ({'radius_retries': '-1'}, ['radius_retries']), ({'login_tries': '0'}, ['login_tries']),
    ({'nologin': None, 'login_tries': None, 'login_timeout': None}, []),        # options.h has defaults for these
    ({'radius_timeout': None}, ['radius_timeout'])])
def test_what_must_be_there(changes: dict[str, str | None], missing: list[str]) -> None:
    assert rc.missing(rc.config(text(**changes), 'f')[0]) == missing


LONG = 's' * 49


@pytest.mark.parametrize(('line', 'codes'), [
    ('10.0.0.1 secret', []), ('10.0.0.1\tsecret more', []), ('10.0.0.1 ' + 's' * 48, []), ('10.0.0.1 ' + LONG,
                                                                                           ['secret-cut']),
    ('10.0.0.1 secret\r', ['secret-carriage-return']), ('10.0.0.1 "secret"', ['secret-quoted']),
    ("10.0.0.1 'x'\r", ['secret-carriage-return', 'secret-quoted']), ('10.0.0.1 "secret', []),
    ('10.0.0.1 ' + ' ' * 120 + 'x', ['line-cut'])])
def test_secrets(line: str, codes: list[str]) -> None:
    rows, problems = rc.servers('# x\n%s\n' % line, 'f')
    assert rows == [('10.0.0.1', 2)]
    assert problems == [('f:2', code, '10.0.0.1') for code in codes]


@pytest.mark.parametrize('line', ['10.0.0.1 secret', '10.0.0.1 ' + LONG, '10.0.0.1 secret\r', '10.0.0.1 "secret"',
                                  '10.0.0.1 "secret', '10.0.0.1 secret more', '10.0.0.1 #secret', 'alone', 'alone  ',
                                  '',
                                  "10.0.0.1 'secret'\r", '  10.0.0.1  secret  '])
def test_masking_keeps_what_is_odd_about_a_secret(line: str) -> None:
    masked = masking.mask_servers(line + '\n')
    assert 'secret' not in masked
    assert 'sss' not in masked
    assert rc.servers(masked, 'f') == rc.servers(line + '\n', 'f')
    assert masking.mask_servers(masked) == masked


@pytest.mark.parametrize(('row', 'name', 'expected'), [
    ('10.0.0.1', '10.0.0.1', True), ('10.0.0.2', '10.0.0.1', False), ('radius', '10.0.0.1', True), ('radius', 'radius',
                                                                                                    True),
    ('10.0.0.1', 'radius', True), ('other', '10.0.0.1', None), ('10.0.0.1', 'other', None), ('vpn/radius', '10.0.0.1',
                                                                                             True),
    ('vpn/10.0.0.2', '10.0.0.1', None)])
def test_hosts_are_compared_by_address(row: str, name: str, expected: bool | None) -> None:
    known = {'radius': '10.0.0.1', '10.0.0.1': '10.0.0.1', '10.0.0.2': '10.0.0.2'}
    assert rc.matches(row, name, known.get) is expected


@pytest.mark.parametrize(('nsswitch', 'expected'), [
    ('hosts: files dns\n', None), ('hosts: files\n', False), ('hosts: files mymachines myhostname\n', True), (None,
                                                                                                              None),
    ('# hosts: files\n', None), ('hosts: files [NOTFOUND=return] dns\n', None),
    ('hosts:\tfiles resolve [!UNAVAIL=return] dns', True)])
def test_whether_the_own_name_resolves_without_hosts(nsswitch: str | None, expected: bool | None) -> None:
    assert rc.resolves_by_files(nsswitch) is expected


@pytest.mark.parametrize(('files', 'lacks', 'code'), [
    ({'/d': MICROSOFT}, 'User-Name', None), ({'/d': 'INCLUDE /m\n', '/m': MICROSOFT}, 'User-Name', None),
    ({'/d': '$INCLUDE /m\n', '/m': MICROSOFT}, 'MS-CHAP-Challenge', None),
    ({'/d': ' INCLUDE /m\n', '/m': MICROSOFT}, 'MS-CHAP-Challenge', None), ({'/d': 'INCLUDE /gone\n'}, '',
                                                                            'include-missing'),
    ({'/d': 'INCLUDE\n'}, '', 'invalid-include'),
    ({'/d': 'ATTRIBUTE X 1 octets\n' + MICROSOFT}, 'MS-CHAP-Challenge', 'invalid-type'),
    ({'/d': 'ATTRIBUTE X 1 ipv4addr\n'}, '', 'invalid-type'),
    ({'/d': 'ATTRIBUTE X 11 string Microsoft\n'}, '', 'unknown-vendor'), ({'/d': 'VENDOR Microsoft\n'}, '',
                                                                          'invalid-vendor'),
    ({'/d': 'ATTRIBUTE X 0x1 string\n'}, '', None), ({'/d': 'ATTRIBUTE X y string\n'}, '', 'invalid-value'),
    ({'/d': 'ATTRIBUTE X 1\n'}, '', 'invalid-attribute'), ({'/d': 'ATTRIBUTE %s 1 string\n' % ('x' * 33)}, '',
                                                           'name-too-long'),
    ({'/d': 'VALUE A B\n'}, '', 'invalid-value-entry'), ({'/d': 'VALUE A B x\n'}, '', 'invalid-value'),
    # FreeRADIUS' own: what stands between BEGIN-VENDOR and END-VENDOR is taken for an attribute of nobody
    ({'/d': 'VENDOR Microsoft 311\nBEGIN-VENDOR Microsoft\nATTRIBUTE MS-CHAP-Challenge 11 string\nEND-VENDOR '
            'Microsoft\n'},
     'MS-CHAP-Challenge', None),
    # a vendor that comes again begins with no attributes (rc_dict_getvendor finds the newest)
    ({'/d': MICROSOFT + 'VENDOR Microsoft 311\n'}, 'MS-CHAP-Challenge', None),
    ({'/d': MICROSOFT + 'VENDOR MS 311\n'}, 'MS-CHAP-Challenge', None)])
def test_dictionaries(files: dict[str, str], lacks: str, code: str | None) -> None:
    found = rd.Dictionary('/d', lambda path: (files.get(path), True))
    assert (found.fatal[1] if found.fatal else None) == code
    assert not lacks or lacks in found.lacks()
    assert found.unread == []


def test_a_type_that_came_with_2_5() -> None:
    assert rd.Dictionary('/d', lambda path: ('ATTRIBUTE X 1 ipv4addr\n', False), True).fatal is None


def collected(files: dict[str, str], **pppd: t.Any) -> dict[str, t.Any]:
    meta = json.dumps({'absent': [path for path in ('/m', '/q', '/d', '/s') if path.lstrip('/') not in files]})
    return radius.collect(from_texts({'bundle.json': meta, **files}), {**PPPD, **pppd})


def test_facts_of_a_configuration() -> None:
    found = collected({
        'etc/radiusclient/radiusclient.conf': text(bindaddr='10.0.0.9', nas_identifier='vpn'),
        's': '10.0.0.1 %s\n' % LONG,
        'd': MICROSOFT + 'INCLUDE /gone\n', 'commands/ip-addr.txt': 'eth0 UP 10.0.0.5/24\n', 'etc/hostname': 'vpn\n',
        'etc/hosts': '127.0.0.1 localhost\n', 'etc/nsswitch.conf': 'hosts: files\n', 'm': ''})
    assert found['hostname_resolves'] is False
    assert (found['bindaddr'], found['bindaddr_local'], found['nas_identifier']) == ('10.0.0.9', False, True)
    assert (found['mapfile'], found['seqfile']) == ({'path': '/m', 'present': True}, {'path': '/q', 'present': False})
    assert ['/s:1', 'secret-cut', '10.0.0.1'] in found['problems']
    assert found['dictionary']['microsoft'] is True
    assert 'MS-CHAP2-Success' in (found['dictionary']['lacks'] or ['MS-CHAP2-Success'])
    assert 'sss' not in json.dumps(found)


def test_radcli_fails_by_its_own_files() -> None:
    """libradcli 1.2.11 of Debian 12: no seqfile, no mapfile, and a type that pppd does not know."""
    conf = '/etc/radcli/radiusclient.conf'
    found = collected({conf.lstrip('/'): 'authserver localhost\nacctserver localhost\nservers /etc/radcli/servers\n'
                       'dictionary /etc/radcli/dictionary\nradius_timeout 10\nradius_retries 3\nbindaddr *\n',
                       'etc/radcli/dictionary': '\n' * 33 + 'ATTRIBUTE Framed-Interface-Id 96 octets\n'},
                      options=[['radius-config-file', [conf], 'x:1']])
    assert found['missing_keys'] == ['seqfile', 'mapfile']
    assert found['fatal'] == [['/etc/radcli/dictionary:34', 'invalid-type', 'ATTRIBUTE Framed-Interface-Id 96 octets']]


@pytest.mark.parametrize('server', ['::1', '[::1]:1812', '2001:db8::1'])
def test_an_ipv6_server_is_none(server: str) -> None:
    found = collected({'etc/radiusclient/radiusclient.conf': text(authserver=server)})
    assert [row[1] for row in found['fatal']] == ['not-ipv4']


def test_a_last_line_without_an_end_loses_a_character() -> None:
    found = collected({'etc/radiusclient/radiusclient.conf': text().rstrip('\n')})
    assert found['mapfile']['path'] == '/'
    assert found['problems'][0][1] == 'last-character-lost'


def test_a_port_ends_where_its_digits_end() -> None:
    """atoi(3); what comes behind it is a secret for other programs."""
    assert rc.targets('a:1645:********,b:x,c:1812', 'auth') == [('a', 1645), ('b', 1812), ('c', 1812)]
