# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files of FreeRADIUS changed piece by piece. That FreeRADIUS reads them so is tried in tests/aaa."""

from __future__ import annotations

import pytest
from hypothesis import example, given, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import (
    raddb_clients as rc,
    raddb_text as rt,
    raddb_tree as tree,
)
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.words import Unfit

Wish = rt.Wish


def test_every_piece_knows_its_place() -> None:
    data = (b'# c {\nserver default {\n\tlisten { type = auth, port = 0 } # }\n\tauthorize {\n'
            b'\t\tif (&User-Name =~ /^a{2}$/ && "%{x:{}" == \'}\') {\n'
            b'\t\t\tupdate request {\n\t\t\t\t&Tmp := "%{expr: 1}"\n\t\t\t}\n\t\t}\n\t\telse {\n\t\t\tok\n'
            b'\t\t}\n\t\t-sql\n\t\tmap ldap "a { b" {\n\t\t}\n\t}\n}\n$INCLUDE x { y\nlast = "two \\\nlines"\n')
    root = tree.read(data)
    [server] = root.sections
    assert [item.name for item in server.sections] == ['listen', 'authorize']
    [listen, authorize] = server.sections
    assert [(item.name, item.value) for item in listen.pairs] == [('type', 'auth'), ('port', '0')]
    assert [item.name for item in authorize.items] == ['if', 'else', '-sql', 'map']
    assert data[slice(*server.span)].startswith(b'server default {')
    assert data[slice(*root.pairs[0].place)] == b'"two \\\nlines"'


@pytest.mark.parametrize('text', ['a {', 'a }', 'a = ', 'a = "b', 'a = b c', 'a b c', 'a {secret = x}', 'x = y \\',
                                  '= b', 'a = ' + 'x' * 9000, 'if (a {', '%{a'])
def test_what_the_daemon_refuses_is_not_written_into(text: str) -> None:
    with pytest.raises(Unfit, match='line 1'):
        tree.read(b'%s\n' % text.encode())


NAMES = st.sampled_from(('use_mppe', 'secret', 'ntlm_auth', 'other'))
VALUES = st.sampled_from(('yes', 'a b', "it's", 'x"y', '/usr/bin/x --y=%{z}', '$1', 'a,b#c'))
PIECES = st.lists(st.sampled_from((
    'use_mppe = no', '\t#use_mppe = yes', 'secret = "x # y", other = 1 # note', 'sub {', '}', '# text {', '', 'word',
    'ntlm_auth = "/a \\\n b"', 'one { two = 3 }')), max_size=8)


def balanced(pieces: list[str]) -> str:
    depth, found = 0, []
    for piece in pieces:
        if piece == '}' and not depth:
            continue
        depth += (piece == 'sub {') - (piece == '}')
        found.append(piece)
    return '\n'.join(found + ['}'] * depth)


@given(PIECES, NAMES, VALUES, st.sampled_from(('\n', '\r\n')), st.booleans())
@example(['\t#use_mppe = yes', ''], 'use_mppe', 'yes', '\n', True)
def test_a_key_is_there_once_and_the_rest_is_as_it_was(
        pieces: list[str], name: str, value: str, end: str, inside: bool) -> None:
    text = balanced(pieces)
    text = 'mschap {\n%s\n}\n' % text if inside else text + '\n'
    data, path = text.replace('\n', end).encode(), ['mschap'] if inside else []
    wish = Wish(name, value, comment='why')
    after, changes = rt.edit(data, path, [wish])
    section = rt.Editor(after).section(path)
    assert section is not None
    assert [item.value for item in section.pairs if item.name == name] == [value]
    assert rt.edit(after, path, [wish]) == (after, [])
    assert bool(changes) == (after != data)
    before = rt.Editor(data).section(path)
    assert before is not None
    rest = [(item.name, item.value) for item in before.pairs if item.name != name]
    assert [(item.name, item.value) for item in section.pairs if item.name != name] == rest
    assert [item.name for item in section.sections] == [item.name for item in before.sections]
    if not [item for item in before.pairs if item.name == name]:
        assert rt.edit(after, path, [Wish(name, present=False, comment='why')])[0] in (data, data + end.encode())


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        root = tree.read(data)
    except Unfit:
        return
    assert root.span == (0, len(data))


def test_a_command_line_keeps_its_flags() -> None:
    data = b'mschap {\n\tntlm_auth = "ntlm_auth --require-membership-of=VPN --username=%{x}"\n}\n'
    wish = Wish('ntlm_auth', first='/usr/bin/ntlm_auth', words=('--allow-mschapv2', '--request-nt-key'))
    after, _changes = rt.edit(data, ['mschap'], [wish])
    assert after == (b'mschap {\n\tntlm_auth = "/usr/bin/ntlm_auth --allow-mschapv2 --request-nt-key '
                     b'--require-membership-of=VPN --username=%{x}"\n}\n')
    assert rt.edit(after, ['mschap'], [wish]) == (after, [])
    assert rt.edit(b'mschap {\n}\n', ['mschap'], [wish]) == (b'mschap {\n}\n', [])


def test_two_of_a_key_become_one() -> None:
    after, changes = rt.edit(b'log {\n\tauth = no\n\tauth = yes\n}\n', ['log'], [Wish('auth', 'yes')])
    assert after == b'log {\n\tauth = yes\n}\n'
    assert {change.action for change in changes} == {'changed', 'duplicate'}


@pytest.mark.parametrize('value', ['a\\b', 'a\nb', 'both " and \'', "'${x}"])
def test_a_value_that_would_be_read_otherwise_is_refused(value: str) -> None:
    with pytest.raises(Unfit):
        rt.quoted(value)


FILE = (b'client localhost {\n\tipaddr = 127.0.0.1\n\tsecret = Hidden1\n}\n'
        b'client old {\n\tipv4addr = 10.0.0.0/8 # all\n'
        b'\tsecret = "Hidden2"\n\tnas_type = other\n}\nclient 192.0.2.7 { secret = Hidden3 }\n')
MORE = {'require_message_authenticator': ('no', rc.REASON)}


def test_a_client_is_found_by_its_address_and_keeps_its_name() -> None:
    both = [rc.Client('vpn', '10.0.0.0/8', 'new', MORE), rc.Client('x', '192.0.2.7', 'other')]
    after, _changes = rc.edit(FILE, both)
    assert b'client vpn' not in after
    assert b'\tsecret = new\n\tnas_type = other\n\t# pppd sends no Message' in after
    assert b'client 192.0.2.7 { secret = other }' in after
    assert rc.edit(after, [rc.Client('vpn', '10.0.0.0/8', 'new', MORE)]) == (after, [])


def test_a_new_client_goes_without_a_trace() -> None:
    client = rc.Client('vpn', '192.0.2.1', "s'1", MORE)
    after, _changes = rc.edit(FILE, [client])
    assert after.startswith(FILE)
    assert b'client vpn {\n\tipaddr = 192.0.2.1\n\tsecret = "s\'1"\n\t# pppd' in after
    assert rc.edit(after, [client._replace(present=False)])[0] == FILE


def test_a_client_by_name_gets_another_address() -> None:
    after, _changes = rc.edit(FILE, [rc.Client('old', '192.0.2.1')])
    assert b'ipv4addr = 192.0.2.1 # all\n\tsecret = "Hidden2"' in after


@pytest.mark.parametrize('client', [rc.Client('vpn', '192.0.2.1'), rc.Client('vpn', None, 'x'),
                                    rc.Client('a b', '1.2.3.4', 'x'), rc.Client('vpn', 'a {', 'x'),
                                    rc.Client('vpn', '192.0.2.1', 'a\\b')])
def test_what_would_be_no_client_is_refused(client: rc.Client) -> None:
    with pytest.raises(Unfit):
        rc.edit(FILE, [client])


def test_no_secret_is_shown() -> None:
    shown = rt.masked(FILE + b'#\tsecret = Hidden4\nldap {\n\tpassword = Hidden5\n}\n')
    assert 'Hidden' not in shown
    assert shown.count(rt.STARS) == 5
    assert 'Hidden' not in rt.masked(b'client {\n\tsecret = Hidden\n')      # not closed


@pytest.mark.parametrize('text', [
    'client a {\n\tsecret = "x"   # was Hidden1\n\tipaddr = 192.0.2.1 # fine\n}\n',
    '# the secret is Hidden1, fine\n', '# password: Hidden1\n# fine\n', 'ldap { bindpw = Hidden1 }\n# fine\n',
    'sql {\n\tradius_db = "host=x user=y password=Hidden1"\n\tport = 1 # fine\n}\n'])
def test_no_secret_is_shown_wherever_it_stands(text: str) -> None:
    shown = rt.masked(text.encode())
    assert 'Hidden' not in shown
    assert ('fine' in shown) is ('is Hidden1' not in text)


def test_what_goes_on_with_a_line_is_no_comment() -> None:
    data = b'mschap {\n\tother = "a \\\n\t# use_mppe = no\\\n"\n}\n'
    after, _changes = rt.edit(data, ['mschap'], [Wish('use_mppe', 'yes')])
    [other, mppe] = rt.Editor(after).tree.sections[0].pairs
    assert (other.value, mppe.value) == ('a \t# use_mppe = no', 'yes')


def test_only_the_client_of_that_name_is_taken_away() -> None:
    """Another one with the same address is somebody else's."""
    gone = rc.Client('vpn', '10.0.0.0/8', present=False)
    assert rc.edit(FILE, [gone]) == (FILE, [])
    after, _changes = rc.edit(FILE, [gone._replace(name='localhost')])     # its address was changed since
    assert b'client localhost' not in after and b'client old' in after
