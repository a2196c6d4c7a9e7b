# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The files of radius.so as it reads them. (tests/aaa/test_pppd.py asks the real one.)"""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils import evidence as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.host import LiveHost
from ansible_collections.vpnops.pptp.plugins.module_utils.probe import radius_config as rc

NAMES = {'vpn': ['192.0.2.1'], 'radius': ['192.0.2.20', '192.0.2.21'], 'other': ['192.0.2.30']}
CONFIG = ('authserver radius:1645, 192.0.2.30\nacctserver radius\nservers /servers\nradius_timeout 10\n'
          'radius_retries 3\n')


def resolve(name: str) -> list[str]:
    return NAMES.get(name, [name] if name[:1].isdigit() and name[-1:].isdigit() else [])


def read(root: pathlib.Path, config: str | None = CONFIG, servers: str | None = '192.0.2.20 a\nother b\n',
         own: str = 'vpn') -> rc.Plan:
    for name, text in (('config', config), ('servers', servers)):
        if text is not None:
            (root / name).write_bytes(text.encode('utf-8', 'surrogateescape'))
    return rc.read(LiveHost(str(root)), '/config', resolve, own, ev.Trail())


def codes(plan: rc.Plan) -> list[str]:
    return [problem[1] for problem in plan.problems]


def test_whom_pppd_asks(tmp_path: pathlib.Path) -> None:
    plan = read(tmp_path)
    assert plan.servers == (
        rc.Server('auth', 'radius', 1645, '192.0.2.20', b'a', '/servers:1'),
        rc.Server('auth', '192.0.2.30', 1812, '192.0.2.30', b'b', '/servers:2'),
        rc.Server('acct', 'radius', 1813, '192.0.2.20', b'a', '/servers:1'))
    assert (plan.timeout, plan.retries, plan.bind, plan.nas['address'], plan.problems) == (10, 3, '', '192.0.2.1', ())


def test_no_file(tmp_path: pathlib.Path) -> None:
    assert codes(read(tmp_path, config=None, servers=None)) == ['config-absent']
    plan = read(tmp_path, servers=None)
    assert codes(plan) == ['servers-absent', 'no-secret', 'no-secret', 'no-secret']
    assert [server.secret for server in plan.servers] == [None] * 3


def test_a_servers_file_that_only_root_may_read_is_not_said_to_lack_a_secret(tmp_path: pathlib.Path) -> None:
    (tmp_path / 'servers').mkdir()      # which cannot be read, as root itself reads every file
    plan = read(tmp_path, servers=None)
    assert codes(plan) == ['servers-failed'] and [server.secret for server in plan.servers] == [None] * 3


@pytest.mark.parametrize(('more', 'bind', 'found'), [
    ('bindaddr 192.0.2.9\n', '192.0.2.9', []), ('bindaddr *\n', '', []), ('bindaddr gone\n', '', ['bindaddr']),
    ('bindaddr other\n', '192.0.2.30', [])])
def test_bindaddr(tmp_path: pathlib.Path, more: str, bind: str, found: list[str]) -> None:
    plan = read(tmp_path, CONFIG + more)
    assert (plan.bind, codes(plan)) == (bind, found)


def test_own_name(tmp_path: pathlib.Path) -> None:
    assert codes(read(tmp_path, own='gone')) == ['own-name']
    plan = read(tmp_path, CONFIG + 'nas_identifier vpn-one\ndefault_realm lab.test\n', own='gone')
    assert (codes(plan), plan.nas) == ([], {'identifier': 'vpn-one', 'realm': 'lab.test', 'address': ''})


def test_the_last_line_needs_an_end(tmp_path: pathlib.Path) -> None:
    plan = read(tmp_path, CONFIG + 'bindaddr 192.0.2.99')
    assert (plan.bind, codes(plan)) == ('192.0.2.9', ['last-character-lost'])


@pytest.mark.parametrize(('servers', 'secret'), [
    ('192.0.2.20 one\n192.0.2.20 two\n', b'one'), ('#192.0.2.20 one\n192.0.2.20 two\n', b'two'),
    (' 192.0.2.20\tone # mine\n', b'one'), ('192.0.2.20\nradius one\n', b'one'), ('radius one', b'one'),
    ('192.0.2.21 one\nradius two\n', b'two'), ('192.0.2.20 "one two"\n', b'"one'), ('192.0.2.20 one\r\n', b'one\r'),
    ('vpn/radius one\n', b'one'), ('radius/vpn one\n', b'one'), ('other/radius one\nradius two\n', b'two'),
    ('gone/radius one\n', None), ('vpn/gone one\n', None), ('', None), ('\udcff\udcfe \udcff\n', None),
    ('192.0.2.20 p\udcffx\n', b'p\xffx'), ('192.0.2.20 ' + 'x' * 60 + '\n', b'x' * 48),
    ('#' + 'x' * 126 + '192.0.2.20 one\n', b'one')])
def test_the_secret_of_a_server(tmp_path: pathlib.Path, servers: str, secret: bytes | None) -> None:
    assert read(tmp_path, servers=servers).servers[0].secret == secret


@pytest.mark.parametrize(('line', 'found'), [
    (b'a b', []), (b'a ' + b'x' * 49, ['secret-cut']), (b'a ' + b'x' * 48, []), (b'a b\r', ['secret-carriage-return']),
    (b"a 'b'", ['secret-quoted']), (b'a "', []), (b'a b' + b' ' * 200, ['line-cut'])])
def test_oddities(line: bytes, found: list[str]) -> None:
    assert rc.oddities(line, line.split(b' ')[1]) == found


def test_a_comment_has_no_oddities() -> None:
    problems: list[rc.Problem] = []
    assert rc.rows('#192.0.2.20 "x"\n# 192.0.2.20 "x"\n', '/servers', problems) == [] and problems == []


def test_problems_never_hold_a_secret(tmp_path: pathlib.Path) -> None:
    plan = read(tmp_path, servers='192.0.2.20 "%s"\r\n' % ('geheim' * 9))
    assert 'geheim' not in repr(plan.problems) and codes(plan)


def test_hostile_files(tmp_path: pathlib.Path) -> None:
    for text in ('x' * 100000, '\0' * 999, '\udcff' * 500 + '\n', 'authserver ' + ','.join(['a'] * 5000) + '\n',
                 'authserver radius:99999999999999999\nacctserver radius:-1\n', '\n' * 5000 + 'servers\n'):
        plan = read(tmp_path, text, servers=text)
        assert len(plan.servers) <= 16 and len(plan.problems) < 200


def test_number() -> None:
    assert [rc.number(text) for text in ('10', ' 7 x', 'x', '')] == [10, 7, None, None]
