# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""radiusclient.conf, servers and dictionary as pppd's radius.so reads them: an oracle of config.c and dict.c reads what
was written. Real pppd reads it in tests/aaa."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import radius_dictionary as rd, radius_text as rt
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.words import Unfit
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import radiusclient

Wish = rt.Wish


def read_config(data: bytes) -> dict[str, str]:
    """rc_read_config: the last character of a line goes, whatever it is; a later value wins."""
    found: dict[str, str] = {}
    for raw in re.findall(rb'[^\n]*\n|[^\n]+', data):
        line = raw.decode('latin-1')
        if line[0] in '\n#':
            continue
        line = line[:-1]
        end = min((at for at in (line.find('\t'), line.find(' ')) if at >= 0), default=len(line))
        assert end > 0, 'bogus format'
        found[line[:end]] = line[end + 1:].lstrip(' \t\v\f\r')
    return found


def read_secret(data: bytes, host: str) -> str | None:
    """rc_find_server, of a host that is named as it is."""
    for raw in re.findall(rb'[^\n]*\n|[^\n]+', data):
        words = [word for word in re.split(rb'[ \t\n]+', raw[:127]) if word]
        if not raw.startswith(b'#') and len(words) > 1 and words[0][:64].decode('latin-1') == host:
            return words[1][:48].decode('latin-1')
    return None


LINES = st.lists(st.sampled_from((
    '# a comment', '#radius_timeout\t10', 'authserver\told:1645', 'radius_timeout 10', 'radius_timeout\t20 ', '',
    'seqfile', 'servers   /etc/x', '  login_timeout 9', ' ', 'nas_identifier the name', 'bindaddr *\r',
    'login_tries 4')), max_size=9)
ENDS = st.sampled_from(('\n', ''))


@given(LINES, ENDS, st.sampled_from(('3', '17')))
def test_what_is_written_is_what_radius_so_reads(lines: list[str], end: str, value: str) -> None:
    data = ('\n'.join(lines) + end).encode()
    wishes = [*rt.of_servers([('192.0.2.1', 1812, 1813)]), Wish('radius_timeout', value),
              Wish('bindaddr', present=False)]
    after, changes = rt.edit(data, wishes)
    found = read_config(after)
    assert (found['authserver'], found['radius_timeout']) == ('192.0.2.1:1812', value)
    assert 'bindaddr' not in found
    assert rt.edit(after, wishes) == (after, [])
    assert bool(changes) == (after != data)
    lines = [line.lstrip() for line in lines]
    kept = [line for line in lines if line.startswith(('#', 'nas', 'login', 'servers'))]
    assert [line for line in after.decode().split('\n') if line in kept] == kept


@given(LINES, ENDS)
def test_what_is_needed_is_there_and_what_is_there_stays(lines: list[str], end: str) -> None:
    data = ('\n'.join(lines) + end).encode()
    after, _changes = rt.edit(data, rt.needed(data, '/etc/radiusclient/radiusclient.conf', []))
    found = read_config(after)
    assert set(radiusclient.REQUIRED) - set(found) <= {'authserver', 'acctserver'}
    assert all(found[key] for key in (*rt.NEEDED, *rt.BESIDE))
    if 'servers   /etc/x' in lines:
        assert found['servers'] == '/etc/x'


def test_files_of_other_programs_are_not_named() -> None:
    data = b'servers /etc/radcli/servers\ndictionary /usr/share/freeradius/dictionary\nmapfile /etc/mine\n'
    after, _changes = rt.edit(data, rt.needed(data, '/etc/radiusclient/radiusclient.conf', []))
    found = read_config(after)
    assert (found['servers'], found['mapfile']) == ('/etc/radiusclient/servers', '/etc/mine')
    assert found['dictionary'] == '/etc/radiusclient/dictionary'


def test_the_last_letter_is_not_lost() -> None:
    after, changes = rt.edit(b'radius_retries 3', [Wish('radius_timeout', '3')])
    assert read_config(after) == {'radius_retries': '3', 'radius_timeout': '3'}
    assert [change.action for change in changes] == ['newline', 'added']


@pytest.mark.parametrize('wish', [
    Wish('realm', 'x'), Wish('radius_deadtime', '3'), Wish('authserver', ''), Wish('radius_timeout', '0'),
    Wish('seqfile', 'radius.seq'),
    Wish('nas_identifier', 'a\nb'), Wish('nas_identifier', 'x' * 600), Wish('bindaddr', ' x')])
def test_what_radius_so_refuses_is_refused(wish: rt.Wish) -> None:
    with pytest.raises(Unfit):
        rt.edit(b'', [wish])


@pytest.mark.parametrize(('host', 'secret'), [
    ('#x', 'a'), ('a b', 'a'), ('a' * 65, 'a'), ('a', 'with space'), ('a', 'x' * 49), ('a', 'pass\u00e9'),
    ('h' * 64, 'x' * 63)])
def test_a_secret_that_would_be_cut_is_refused_and_not_repeated(host: str, secret: str) -> None:
    with pytest.raises(Unfit) as error:
        rt.edit_servers(b'', [Wish(host, secret)])
    assert secret == 'a' or secret not in str(error.value)


@pytest.mark.parametrize('servers', [[('a:1', 1, 1)], [('a,b', 1, 1)], [('a', 0, 1)], [('a', 1, 70000)],
                                     [('h%d' % number, 1, 1) for number in range(9)]])
def test_servers_that_cannot_be_named(servers: list[tuple[str, int, int]]) -> None:
    with pytest.raises(Unfit):
        rt.of_servers(servers)


SECRETS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7e), min_size=1, max_size=48)
SERVERS = st.lists(st.sampled_from(('192.0.2.1\told', '192.0.2.1 old2', '# 192.0.2.1 x', 'other Hidden1', '',
                                    ' other Hidden2', 'bare', '192.0.2.11 Hidden3\r')), max_size=6)


@given(SERVERS, ENDS, SECRETS)
def test_a_secret_is_read_as_it_was_given(lines: list[str], end: str, secret: str) -> None:
    data = ('\n'.join(lines) + end).encode()
    after, changes = rt.edit_servers(data, [Wish('192.0.2.1', secret)])
    assert read_secret(after, '192.0.2.1') == secret
    assert read_secret(after, 'other') == read_secret(data + b'\n', 'other')
    assert rt.edit_servers(after, [Wish('192.0.2.1', secret)]) == (after, [])
    gone, _changes = rt.edit_servers(after, [Wish('192.0.2.1', present=False)])
    assert read_secret(gone, '192.0.2.1') is None
    shown = rt.masked(data) + rt.masked(after, {change.name for change in changes})
    assert 'Hidden' not in shown
    assert 'old' not in shown


def test_what_stands_behind_a_secret_stays() -> None:
    """radius.so reads two words of a line."""
    data = b'192.0.2.1  Hidden1 \t# the old one\n192.0.2.2 Hidden2 # Hidden3\n'
    assert rt.edit_servers(data, [Wish('192.0.2.1', 'Hidden1')]) == (data, [])
    after, changes = rt.edit_servers(data, [Wish('192.0.2.1', 'new')])
    assert after == data.replace(b'Hidden1', b'new') and [change.action for change in changes] == ['secret']
    assert 'Hidden' not in rt.masked(data) and rt.hosts(data) == ['192.0.2.1', '192.0.2.2']


@pytest.mark.parametrize('lines', [('radius_timeout 10', 'radius_timeout 3'),
                                   ('radius_timeout 3', 'radius_timeout'), ('radius_timeout', 'radius_timeout 3')])
def test_of_a_key_that_stays_the_line_that_counts_is_left(lines: tuple[str, str]) -> None:
    data = ('\n'.join(lines) + '\n').encode()
    after, changes = rt.edit(data, [Wish('radius_timeout', '9', keep=True)])
    assert (after, rt.values(data)) == (b'radius_timeout 3\n', {'radius_timeout': '3'})
    assert [change.action for change in changes] == ['duplicate']


def test_a_secret_beside_a_server_is_not_shown() -> None:
    """libradcli and freeradius-client know ``host:port:secret``; pppd reads on to the port."""
    data = b'authserver a:1812:Hidden1, b:1812:Hidden2\n#acctserver a:1813:Hidden3\nbindaddr *\n'
    assert rt.without_secrets(data.decode()) == ('authserver a:1812:******** b:1812:********\n'
                                                 '#acctserver a:1813:********\nbindaddr *\n')
    assert 'Hidden' not in str(rt.values(data)) and rt.named(data) == [{'host': 'a'}, {'host': 'b'}]


def test_an_include_with_a_remark_behind_it_is_one() -> None:
    after, _changes = rd.edit(b'INCLUDE /etc/d # mine\n', 'standard', ['/etc/d'])
    assert attributes(after)[1] == ['/etc/d']


def test_a_new_secret_shows_as_a_difference() -> None:
    after, changes = rt.edit_servers(b'a x\n', [Wish('a', 'y')])
    assert rt.masked(b'a x\n') != rt.masked(after, {change.name for change in changes})


def attributes(data: bytes) -> tuple[dict[tuple[str, int], str], list[str]]:
    """rc_read_dictionary of one file: attributes by vendor and number, and the files that it includes."""
    vendors: dict[str, int] = {}
    found: dict[tuple[str, int], str] = {}
    includes = []
    for number, line in enumerate(data.decode().split('\n'), 1):
        words = line.split()
        if line.startswith('VENDOR'):
            vendors[words[1]] = int(words[2])
            found = {key: name for key, name in found.items() if key[0] != words[1]}     # this one hides the old
        elif line.startswith('ATTRIBUTE'):
            assert words[3] in ('string', 'integer', 'ipaddr', 'date'), number
            assert len(words) == 4 or words[4] in vendors, number
            found[(words[4] if len(words) > 4 else '', int(words[2]))] = words[1]
        elif line.startswith('INCLUDE'):
            includes.append(words[1])
    return found, includes


DICTIONARY = st.lists(st.sampled_from((
    'ATTRIBUTE User-Name 1 string', 'ATTRIBUTE User-Name 1 octets', 'VENDOR Microsoft 311', '$INCLUDE /usr/share/x',
    'ATTRIBUTE MS-CHAP-Challenge 11 string Microsoft', 'ATTRIBUTE X 200 string Nobody', '# comment',
    'VENDOR Cisco nine', 'ATTRIBUTE Class 25 string', 'VALUE Service-Type Framed-User 2',
    'VALUE broken', '')), max_size=8)


@given(DICTIONARY, ENDS)
def test_a_dictionary_can_be_read_to_its_end_and_has_what_is_needed(lines: list[str], end: str) -> None:
    data = ('\n'.join(lines) + end).encode()
    path = '/etc/radiusclient/dictionary.microsoft'
    for kind, vendor in (('standard', ''), ('microsoft', rd.VENDOR)):
        after, changes = rd.edit(data, kind, [path] if not vendor else [])
        found, includes = attributes(after)
        assert {(vendor, number) for _name, number, _type in rd.SETS[kind]} <= set(found)
        assert vendor or includes[-1:] == [path]
        assert rd.edit(after, kind, [path] if not vendor else []) == (after, [])
        assert {line for line in lines if line.startswith(('#', '$', 'VALUE S'))} <= set(after.decode().split('\n'))
        assert bool(changes) == (after.rstrip(b'\n') != data.rstrip(b'\n'))


def test_what_was_written_goes_again() -> None:
    mine = b'ATTRIBUTE X 200 string\n'
    after, _changes = rd.edit(mine, 'standard', ['/etc/d'])
    assert rd.edit(after, 'standard', ['/etc/d'], present=False)[0] == mine
    assert rd.edit(rd.edit(b'', 'microsoft')[0], 'microsoft', present=False)[0] == b''


@pytest.mark.parametrize('path', ['dictionary', '/etc/' + 'x' * 60, '/etc/with space'])
def test_an_include_that_radius_so_cannot_follow_is_refused(path: str) -> None:
    with pytest.raises(Unfit):
        rd.edit(b'', 'standard', [path])
