# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""FreeRADIUS 3's grammar (main/conffile.c, 3.2.7), and what a configuration means for VPN servers."""

from __future__ import annotations

import time
import typing as t

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils.parse import freeradius_conf as fc, freeradius_facts as ff

BASE = '/etc/freeradius/3.0/'


def tree(text: str, **files: str) -> fc.Tree:
    """The tree of radiusd.conf *text*; ``sites_a='..'`` is the file ``sites/a``."""
    texts = {BASE + name.replace('_', '/'): body for name, body in files.items()}
    texts[BASE + 'radiusd.conf'] = text

    def names(path: str) -> list[str] | None:
        found = [name[len(path):] for name in texts if name.startswith(path)]
        return found or None

    return fc.Tree(BASE + 'radiusd.conf', texts.get, names)


def pairs(section: fc.Section) -> list[tuple[str, str | None]]:
    return [(pair.key, pair.value) for pair in section.pairs]


@pytest.mark.parametrize(('text', 'expected'), [
    ('a = b', [('a', 'b')]), ('a=b', [('a', 'b')]), ('a\t:=  "b c"', [('a', 'b c')]), ("a = 'b # c'", [('a', 'b # c')]),
    ('a = b # c', [('a', 'b')]), ('# a = b', []), ('a', [('a', None)]), ('a = b, c = d', [('a', 'b'), ('c', 'd')]),
    ('a = "b \\\nc"', [('a', 'b c')]), ('a = b\\\nc', [('a', 'bc')]), ('a = "b\\"c"', [('a', 'b\\"c')]),
    ('a = %{b:-{c}}', [('a', '%{b:-{c}}')]), ('a = ${b}/c', [('a', '${b}/c')]), ('-sql', [('-sql', None)]),
    ('a = b\r\nc = d\r\n', [('a', 'b'), ('c', 'd')]), ('\n\n   \na = b', [('a', 'b')]), ('a =', [('a', '')]),
    ('a = /b{2}/', [('a', '/b{2}/')]), ('a += b', [('a', 'b')])])
def test_pairs(text: str, expected: list[tuple[str, str | None]]) -> None:
    assert pairs(tree(text).top) == expected


@pytest.mark.parametrize(('text', 'expected'), [
    ('a {\n}', [('a', '')]), ('a b {\nc = d\n}', [('a', 'b')]), ('a b { c = d }', [('a', 'b')]), ('a "b c" {\n}',
                                                                                                  [('a', 'b c')]),
    ('a 10.0.0.0/8 {\n}', [('a', '10.0.0.0/8')]), ('a{\n}\nb {\n}', [('a', ''), ('b', '')]),
    ('if (a == "}") {\n}', [('if', '(a == "}")')]), ('if (a =~ /^[0-9]{3}$/) {\nok\n}\nelse {\n}', [
        ('if', '(a =~ /^[0-9]{3}$/)'), ('else', '')]), ('if (a) {\n} else {\n}', [('if', '(a)'), ('else', '')])])
def test_sections(text: str, expected: list[tuple[str, str]]) -> None:
    found = tree(text)
    assert [(item.name, item.second) for item in found.top.sections] == expected
    assert found.problems == []


def test_what_is_included_stands_where_it_is_included() -> None:
    found = tree('confdir = %s\nclient a {\n}\n$INCLUDE ${confdir}/more.conf\nmodules {\n\t$INCLUDE mods/\n}\n'
                 '$-INCLUDE gone\n'
                 % BASE.rstrip('/'), **{'more.conf': 'client b {\n}\n$INCLUDE deep_x', 'deep_x': '', 'mods_y': 'y {\n}',
                                        'mods_x': 'x {\n}', 'mods_.x': 'no {\n}', 'mods_x~': 'no {\n}', 'deep/x': ''})
    assert [item.second for item in found.top.named('client')] == ['a', 'b']
    assert [item.name for item in found.top.named('modules')[0].sections] == ['x', 'y']
    assert found.top.named('client')[1].source == BASE + 'more.conf:1'


@pytest.mark.parametrize(('text', 'code'), [
    ('$INCLUDE gone', 'unread'), ('$INCLUDE ${gone}/a', 'unread'), ('$INCLUDE ********', 'unread'), ('a {',
                                                                                                     'open-section'),
    ('}', 'too-many-braces'), ('a b', 'syntax'), ('a = $ENV{B}', 'environment')])
def test_what_cannot_be_read_is_named(text: str, code: str) -> None:
    found = tree('x = y\n' + text)
    assert [problem[:2] for problem in found.problems][0][1] == code
    assert pairs(found.top)[0] == ('x', 'y')


def test_a_file_that_includes_itself_ends() -> None:
    assert len(tree('$INCLUDE radiusd.conf\n$INCLUDE radiusd.conf').files) < 500


CLIENTS = [
    ('client vpn {\nipaddr = 192.0.2.1\nsecret = ********\n}', ['vpn', '192.0.2.1', True, None], True),
    ('client 192.0.2.0/24 {\nsecret = x\n}', ['192.0.2.0/24', '192.0.2.0/24', True, None], True),
    ('client vpn {\nipv4addr = *\nsecret = x\n}', ['vpn', '0.0.0.0/0', True, None], True),
    ('client vpn {\nipaddr = 192.0.2.0\nnetmask = 24\n}', ['vpn', '192.0.2.0/24', False, None], True),
    ('client vpn {\nipv6addr = ::1\nrequire_message_authenticator = yes\n}', ['vpn', '::1', False, 'yes'], True),
    ('client vpn {\nipaddr = vpn.example\nrequire_message_authenticator = No\n}', ['vpn', 'vpn.example', False, 'no'],
     True),
    ('client vpn {\nipaddr = 192.0.2.1\nrequire_message_authenticator = auto\n}', ['vpn', '192.0.2.1', False, 'auto'],
     True),
    ('client vpn {\nipaddr = 192.0.2.1\nrequire_message_authenticator = $ENV{X}\n}', ['vpn', '192.0.2.1', False, '?'],
     True),
    ('client vpn {\nipaddr = $ENV{X}\n}', ['vpn', None, False, None], False),
    ('client vpn {\nipaddr = ${vpn}\n}\nvpn = 192.0.2.9', ['vpn', '192.0.2.9', False, None], True),
    ('client vpn {\nipaddr = 192.0.2.1\n ********\n}', ['vpn', '192.0.2.1', False, None], True),
    ('client ******** {\nsecret = ********\n}', ['?', None, True, None], False),
    ('client vpn {\nipaddr = 192.0.2.0/24\ndynamic_clients = x\n}', ['vpn', '192.0.2.0/24', False, None], False),
    ('client vpn {\nipaddr = 192.0.2.1\n}\nmodules {\nsql {\nread_clients = yes\n}\n}', ['vpn', '192.0.2.1', False,
                                                                                         None],
     False),
    ('client vpn {\nipaddr = 192.0.2.1\n}\nmodules {\nsql {\nread_clients = no\n}\n}', ['vpn', '192.0.2.1', False,
                                                                                        None],
     True),
    ('server x {\nlisten {\nclients = y\n}\n}\nclients y {\nclient vpn {\nipaddr = 192.0.2.1\n}\n}', [
        'vpn', '192.0.2.1', False, None], False),
    ('client vpn {\nipaddr = 192.0.2.1\n}\n$INCLUDE gone', ['vpn', '192.0.2.1', False, None], False)]


@pytest.mark.parametrize(('text', 'row', 'complete'), CLIENTS)
def test_clients(text: str, row: list[t.Any], complete: bool) -> None:
    rows, whole = ff.clients(tree(text).top)
    assert (rows[0][:4], whole) == (row, complete)


@pytest.mark.parametrize(('text', 'expected'), [
    ('modules {\nmschap {\n}\n}', {'use_mppe': True, 'require_strong': False, 'ntlm_auth': None}),
    ('modules {\nmschap {\nuse_mppe = no\nrequire_strong = yes\n}\n}', {'use_mppe': False, 'require_strong': True}),
    ('modules {\nmschap ad {\nuse_mppe = $ENV{X}\n}\n}', {'instance': 'ad', 'use_mppe': None}),
    ('modules {\nmschap {\npasschange {\nntlm_auth = "/bin/x"\n}\n}\n}', {'ntlm_auth': None}),
    ('modules {\npap {\n}\n}', {'enabled': False}), ('modules {\n$INCLUDE gone/\n}', None), ('', None),
    ('modules {\nmschap {\nwinbind_username = "%{mschap:User-Name}"\n}\n}',
     {'winbind_username': '%{mschap:User-Name}'})])
def test_mschap(text: str, expected: dict[str, t.Any] | None) -> None:
    found = ff.mschap(tree(text).top)
    assert (found and {key: found[key] for key in expected or ()}) == expected


def test_the_line_of_ntlm_auth() -> None:
    line = ('/usr/bin/ntlm_auth --allow-mschapv2 --request-nt-key --username=%{mschap:User-Name:-None} '
            '--domain=%{%{mschap:NT-Domain}:-LAB} --challenge=%{mschap:Challenge:-00}')
    found = ff.mschap(tree('modules {\nmschap {\nntlm_auth = "%s"\n}\n}' % line).top)
    assert found is not None
    assert found['ntlm_auth'] == {
        'program': '/usr/bin/ntlm_auth', 'flags': ['--request-nt-key', '--allow-mschapv2'],
        'username': '%{mschap:User-Name:-None}', 'domain': '%{%{mschap:NT-Domain}:-LAB}',
        'source': BASE + 'radiusd.conf:3'}
    found = ff.mschap(tree('modules {\nmschap {\nntlm_auth = ********\n}\n}').top)
    assert found is not None
    assert found['ntlm_auth']['flags'] is None


@pytest.mark.parametrize(('body', 'expected'), [
    ('authorize {\nmschap\n}\nauthenticate {\nAuth-Type MS-CHAP {\nmschap\n}\n}', (True, True)),
    ('authorize {\n-mschap\n}\nauthenticate {\nmschap\n}', (True, True)),
    ('authorize {\nif (x) {\nmschap\n}\n}\nauthenticate {\npap\n}', (True, False)),
    ('authorize {\npap\n}\nauthenticate {\nmschap {\nok = return\n}\n}', (False, True)),
    ('authorize {\n$INCLUDE gone\n}\nauthenticate {\n}', (None, False)), ('', (False, False))])
def test_whether_a_site_asks_mschap(body: str, expected: tuple[bool | None, bool | None]) -> None:
    site = ff.sites(tree('server default {\n%s\n}' % body).top)[0]
    assert (site['authorize'], site['authenticate']) == expected


def test_where_a_site_listens() -> None:
    text = ('server a {\nlisten {\ntype = auth\nipaddr = *\nport = 0\n}\nlisten {\ntype = acct\nipaddr = 192.0.2.1\n'
            'port = 1646\n}\n'
            'listen {\ntype = auth+acct\nproto = tcp\n}\nlisten {\ntype = control\n}\nlisten {\ntype = auth\nport = '
            '${x}\n}\n}')
    rows = ff.sites(tree(text).top)[0]['listens']
    assert [row[:3] for row in rows] == [['auth', '*', 1812], ['acct', '192.0.2.1', 1646], ['auth', '*', None]]


def test_log_and_security() -> None:
    top = tree('logdir = /x\nlog {\nfile = ${logdir}/radius.log\nauth = no\nauth_reject = yes\n}\nsecurity {\n'
               'require_message_authenticator = yes\n}').top
    assert ff.log(top) == {'auth': False, 'rejects': True, 'destination': None, 'file': '/x/radius.log',
                           'source': BASE + 'radiusd.conf:2'}
    assert ff.security(top)['require_message_authenticator'] == 'yes'
    assert ff.security(tree('').top)['require_message_authenticator'] is None


def test_sockets() -> None:
    """Lines of /proc/net/udp and udp6 of a host that runs FreeRADIUS."""
    text = ('  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n'
            '  420: 00000000:0714 00000000:0000 07 00000000:00000000 00:00000000 00000000   106 0 27018 2 0 0\n'
            '  421: 0100007F:4958 00000000:0000 07 00000000:00000000 00:00000000 00000000   106 0 27019 2 0 0\n'
            '  422: 00000000000000000000000000000000:0714 00000000000000000000000000000000:0000 07 0:0 0:0 0 106\n')
    assert ff.sockets(text) == [['0.0.0.0', 1812], ['127.0.0.1', 18776], ['::', 1812]]


PIECES = st.sampled_from(['a', ' = ', 'b', '{', '}', '\n', '"', "'", '\\', '#', '$INCLUDE x/', '${a}', '$ENV{b}',
                          '%{c}', ',',
                          'if (', ')', 'client vpn {', 'modules {', 'mschap {', '********', '\t', '/x/', ':=', '!*',
                          '\r\n'])


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=40).map(''.join))
def test_nothing_raises(text: str) -> None:
    top = tree(text).top
    for read in (ff.clients, ff.mschap, ff.sites, ff.log, ff.security):
        read(top)


def test_a_helper_of_blanks_is_none() -> None:
    found = ff.mschap(tree('modules {\nmschap {\nntlm_auth = " "\n}\n}').top)
    assert found is not None and found['ntlm_auth']['program'] is None


def test_variables_that_grow_end_soon() -> None:
    """Each of eight is ninety times the next: 90 ** 7 steps, if they were all taken."""
    lines = ['%s = "%s"' % (name, '${%s}' % below * 90) for name, below in zip('abcdefg', 'bcdefgh')]  # noqa: B905
    top = tree('\n'.join([*lines, 'h = x', 'dir = /etc/${name}', 'name = raddb'])).top
    began = time.process_time()
    assert fc.expand(top, '${a}') is None
    assert time.process_time() - began < 2
    assert (fc.expand(top, '${dir}/x'), fc.expand(top, '${none}')) == ('/etc/raddb/x', None)
