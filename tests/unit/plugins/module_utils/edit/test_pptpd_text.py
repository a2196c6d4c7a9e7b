# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""pptpd.conf: the one line of a directive that pptpd reads, and everything else as it was; pptpd has the last word."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import pptpd_text, words as e
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.pptpd_text import Wish
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import pptpd_conf
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.edit.daemons import Pptpd, needs_pptpd

GONE = ('', False)
DEBIAN = b"""\
# TAG: option
option /etc/ppp/pptpd-options

# TAG: debug
#debug

logwtmp
# (Recommended)
#localip 192.168.0.1
#remoteip 192.168.0.234-238,192.168.0.245
# or
#localip 192.168.0.234-238,192.168.0.245
#remoteip 192.168.1.234-238,192.168.1.245
"""


def edited(data: bytes, *wishes: Wish, repair: bool = False) -> bytes:
    after, changes = pptpd_text.edit(data, wishes, repair)
    assert pptpd_text.edit(after, wishes, repair) == (after, [])
    assert (after == data) == (not changes)
    return after


@pytest.mark.parametrize(('data', 'wish', 'after'), [
    (b'', Wish('debug'), b'debug\n'),
    (b'# x\noption /a', Wish('debug'), b'# x\noption /a\ndebug\n'),
    (b'option /a\nlogwtmp\n', Wish('option', '/b'), b'option /b\nlogwtmp\n'),
    (b'option \t/a  \n', Wish('option', '/a'), b'option \t/a  \n'),
    (b'option \t/a  \n', Wish('option', '/b'), b'option \t/b\n'),
    (b'option /a # mine\n', Wish('option', '/a'), b'option /a\n'),
    (b'option /a\noption /b\n', Wish('option', '/b'), b'option /b\n'),
    (b'option /a\n option /b\noption /c\n', Wish('option', *GONE), b''),
    (b' option /a\nlogwtmp\n', Wish('option', '/b'), b'option /b\nlogwtmp\n'),
    (b' option /a\noption /b\n', Wish('option', '/b'), b'option /b\n'),
    (b' option /a\n\noption\t/b\n', Wish('option', '/b'), b'\noption\t/b\n'),
    (b'option /a\r\nlogwtmp\r\n', Wish('option', '/a'), b'option /a\nlogwtmp\r\n'),
    (b'debug\r\n', Wish('debug'), b'debug\n'), (b'debug', Wish('debug'), b'debug'),
    (b'debug now\n', Wish('debug'), b'debug now\n'),
    (b'debugger x\n#debug\n', Wish('debug'), b'debugger x\n#debug\ndebug\n'),
    (b'remoteip ' + b'10.0.0.1,' * 60 + b'10.0.1.1\n', Wish('remoteip', '10.0.0.1-9'), b'remoteip 10.0.0.1-9\n'),
    (b'\xff\xfe\noption /a\n', Wish('option', '/\xe9'), b'\xff\xfe\noption /\xc3\xa9\n'),
    (b'Option /a\n', Wish('option', '/b'), b'Option /a\noption /b\n'),
    (DEBIAN, Wish('localip', '10.9.0.1'),
     DEBIAN.replace(b'#localip 192.168.0.234-238,192.168.0.245\n',
                    b'#localip 192.168.0.234-238,192.168.0.245\nlocalip 10.9.0.1\n')),
    (DEBIAN, Wish('debug'), DEBIAN.replace(b'#debug\n', b'#debug\ndebug\n')),
    (DEBIAN, Wish('logwtmp', *GONE), DEBIAN.replace(b'logwtmp\n', b'')),
])
def test_one_line_of_a_directive_is_left(data: bytes, wish: Wish, after: bytes) -> None:
    assert edited(data, wish) == after


def test_carriage_returns_and_a_mark_go_where_asked() -> None:
    data = b'\xef\xbb\xbf# x\r\noption /a\r\ndebug\r\r\n\rvrf x\ry\n'
    after, changes = pptpd_text.edit(data, [], repair=True)
    assert after == b'# x\noption /a\ndebug\n\rvrf x\ry\n'
    assert [tuple(change) for change in changes] == [('bom', '', 1), ('crlf', '', 1)]
    assert pptpd_text.edit(data, []) == (data, [])
    assert pptpd_text.edit(after, [], repair=True) == (after, [])    # else pptpd is restarted at each run


def test_changes_name_the_lines() -> None:
    done = pptpd_text.edit(b'debug\n\n option /a\nlogwtmp\ndebug\n', [
        Wish('debug'), Wish('option', '/b'), Wish('logwtmp', *GONE), Wish('connections', '5')])
    assert [tuple(change) for change in done[1]] == [
        ('duplicate', 'debug', 5), ('changed', 'option', 3), ('removed', 'logwtmp', 4), ('added', 'connections', 0)]


@pytest.mark.parametrize(('wish', 'why'), [
    (Wish('locallip', '10.0.0.1'), 'pptpd knows no locallip'), (Wish('debug', 'yes'), 'takes no value'),
    (Wish('option'), 'needs a value'), (Wish('option', 'x'), 'absolute path'), (Wish('option', '/a b'), 'white space'),
    (Wish('option', '/a\n'), 'white space'), (Wish('localip', '10.0.0.1, 10.0.0.2'), 'white space'),
    (Wish('remoteip', '10.0.0.9-2'), 'bad-range'), (Wish('remoteip', '10.0.0.1-9,10.0.0.5'), '10.0.0.5 twice'),
    (Wish('localip', '10.0.0.256'), 'bad-address'), (Wish('listen', '10.0.0'), 'IPv4'), (Wish('listen', '::1'), 'IPv4'),
    (Wish('connections', '0'), 'above 0'), (Wish('connections', 'many'), 'above 0'),
    (Wish('remoteip', ','.join('10.0.0.%d' % number for number in range(80))), 'longer than the 509 bytes')])
def test_what_pptpd_would_refuse_is_refused(wish: Wish, why: str) -> None:
    with pytest.raises(e.Unfit, match=why):
        pptpd_text.edit(b'', [wish])


def test_a_directive_is_asked_for_once() -> None:
    with pytest.raises(e.Unfit, match='debug is asked for twice'):
        pptpd_text.edit(b'', [Wish('debug'), Wish('debug', *GONE)])


LINES = st.lists(st.sampled_from([
    b'option /a\rb', b'\r', b'option /a', b' option /b', b'option /c\r', b'debug',
    b'debug x', b'localip 10.0.0.1', b'#option /x', b'', b'# c',
    b'\xff', b'remoteip 10.0.0.2-9', b'logwtmp', b'\tlogwtmp', b'nonsense 1', b'connections 5', b'vrf ' + b'v' * 600,
]), max_size=10)
WISHES = st.lists(st.sampled_from([
    Wish('option', '/a'), Wish('option', '/n'), Wish('option', *GONE), Wish('debug'), Wish('debug', *GONE),
    Wish('localip', '10.0.0.7'), Wish('localip', *GONE), Wish('remoteip', '10.1.0.1-7,10.1.0.9'), Wish('logwtmp'),
    Wish('vrf', 'blue'), Wish('connections', '9')]), max_size=5, unique_by=lambda wish: wish.name)


@settings(max_examples=60, deadline=None)
@given(LINES, st.sampled_from([b'', b'\n']), WISHES)
def test_other_lines_stay(lines: list[bytes], end: bytes, wishes: list[Wish]) -> None:
    data = b'\n'.join(lines) + end
    edited(data, *wishes, repair=True)
    after = edited(data, *wishes)
    names = {wish.name for wish in wishes}

    def others(text: bytes) -> list[bytes]:
        return [line for line in text.split(b'\n') if not line.split()
                or line.split()[0].decode('utf-8', 'replace') not in names]
    assert [line for line in others(after) if line] == [line for line in others(data) if line]
    read = pptpd_conf.parse(after.decode('utf-8', 'surrogateescape')).directives
    assert {wish.name: read.get(wish.name, (None,))[0] for wish in wishes} == {
        wish.name: (wish.value or True) if wish.present else None for wish in wishes}


@needs_pptpd
@pytest.mark.parametrize(('data', 'wishes', 'says'), [
    (b'option /none/a\noption /none/b\n', [Wish('option', '/none/c')], ['/none/c not readable']),
    (b' option /none/a\r\n', [Wish('option', '/none/c')], ['/none/c not readable']),
    (b'option /none/a\nconnections 50\n',
     [Wish('option', *GONE), Wish('localip', '10.9.0.1'), Wish('remoteip', '10.9.0.2-9,10.9.0.20')],
     ['Maximum of 9 connections available', 'Maximum of 50 connections reduced to 9']),
    (b'debug\r\nremoteip 10.9.0.1-9\r\n',
     [Wish('connections', '4'), Wish('remoteip', '10.9.0.1-9'), Wish('localip', '10.9.0.100')],
     ['Maximum of 4 connections available']),
])
def test_pptpd_reads_what_was_asked_for(
        pptpd: Pptpd, data: bytes, wishes: list[Wish], says: list[str]) -> None:
    said = pptpd.says(edited(data, *wishes))
    assert [each for each in says if each not in said] == [], said
    assert 'starts with a space' not in said


@needs_pptpd
@pytest.mark.parametrize('value', ['10.0.0.9-2', '10.0.0.1-9,10.0.0.5', '10.0.0.256', '10.0.0.1, 10.0.0.2'])
def test_pptpd_refuses_what_we_refuse(pptpd: Pptpd, value: str) -> None:
    said = pptpd.says(b'localip 10.9.0.1\nremoteip ' + value.encode() + b'\n')
    assert 'connections available' not in said and 'MGR: ' in said
