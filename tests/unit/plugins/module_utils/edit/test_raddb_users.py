# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Users of FreeRADIUS, and parameters of smb.conf. That the daemons read them so is tried in tests/aaa."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import raddb_users as ru, smb_text
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.raddb_text import Wish
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.words import Unfit

FILE = (b'# a comment\nbob\tCleartext-Password := "Hidden1"\n\tReply-Message := "hi",\n\tFilter-Id = x\n\n'
        b'"DOM\\eve" NT-Password := 0xHidden2\n# about DEFAULT\nDEFAULT\tFramed-Protocol == PPP\n'
        b'\tFramed-Protocol = PPP\n')


def test_a_new_user_stands_before_default() -> None:
    after, _changes = ru.edit(FILE, [ru.User('al\\x', "p'1\\")])
    assert b'"al\\x"\tCleartext-Password := \'p\\\'1\\\\\'\n# about DEFAULT\nDEFAULT' in after
    assert ru.edit(after, [ru.User('al\\x', "p'1\\")]) == (after, [])
    assert ru.edit(after, [ru.User('al\\x', present=False)])[0] == FILE


def test_another_password_leaves_the_rest() -> None:
    after, changes = ru.edit(FILE, [ru.User('bob', 'new')])
    assert after == FILE.replace(b'"Hidden1"', b"'new'")
    assert [change.action for change in changes] == ['secret']
    assert ru.edit(FILE, [ru.User('bob', 'Hidden1')]) == (FILE, [])
    assert ru.edit(FILE, [ru.User('bob')]) == (FILE, [])
    assert b'Filter-Id' not in ru.edit(FILE, [ru.User('bob', present=False)])[0]


@pytest.mark.parametrize('user', [ru.User('DOM\\eve', 'x'), ru.User('new'), ru.User('DEFAULT', 'x'),
                                  ru.User('a"b', 'x'), ru.User('a%{b}', 'x'), ru.User('a\\', 'x'),
                                  ru.User('a', 'x\ny')])
def test_what_would_be_read_otherwise_is_refused(user: ru.User) -> None:
    with pytest.raises(Unfit):
        ru.edit(FILE, [user])


def test_no_password_is_shown() -> None:
    assert 'Hidden' not in ru.masked(FILE + b'# joe Cleartext-Password := "Hidden3"\n')


@pytest.mark.parametrize('line', [
    'joe Cleartext-Password = "Hidden1"', 'joe Password == "Hidden1"', 'joe Digest-HA1 := Hidden1',
    'joe Crypt-Password += Hidden1', 'joe Cleartext-Password := "Hidden1 Hidden2',
    "joe SSHA2-256-Password := 'Hid den'",
    'joe PBKDF2-Password := {x}Hidden1=, Auth-Type := PAP', 'joe &control:User-Password := "a\\"Hidden1"'])
def test_no_way_to_write_a_password_shows_it(line: str) -> None:
    shown = ru.masked(line.encode() + b'\nbob Framed-Protocol == PPP\n')
    assert 'Hid' not in shown and 'den' not in shown
    assert shown.startswith('joe ') and shown.endswith('\nbob Framed-Protocol == PPP\n')


SMB = st.lists(st.sampled_from((
    '[global]', '  Security = user', '[share]', 'realm = A', '# realm = B', '; x', 'ntlm  auth=yes',
    'path = /a \\\n  /b', '', 'REALM = C')), max_size=8)


@given(SMB, st.sampled_from(('\n', '')))
def test_a_parameter_is_there_once_and_counts(lines: list[str], end: str) -> None:
    data = ('\n'.join(lines) + end).encode()
    wishes = [Wish('realm', 'LAB.TEST'), Wish('security', 'ads')]
    after, changes = smb_text.edit(data, 'global', wishes)
    found: dict[str, str] = {}
    section = 'global'
    for line in after.decode().replace('\\\n', ' ').split('\n'):
        if line.strip().startswith('['):
            section = line.strip()[1:-1]
        elif '=' in line and line.strip()[0] not in '#;' and section == 'global':
            name, _equals, value = line.partition('=')
            assert smb_text.same(name) not in found or smb_text.same(name) not in ('realm', 'security')
            found[smb_text.same(name)] = value.strip()
    assert (found['realm'], found['security']) == ('LAB.TEST', 'ads')
    assert smb_text.edit(after, 'global', wishes) == (after, [])
    assert bool(changes) == (after != data)
    outside = [line for line in lines if line.startswith(('#', ';', 'path', 'ntlm'))]
    text = after.decode()
    assert all(line in text for line in outside)


def test_names_are_compared_as_samba_does() -> None:
    """strwicmp() passes over space, and over nothing else: ``ntlm_auth`` is no parameter."""
    data = b'[global]\n ntlm_auth = no\n NTLM  AUTH = no\n'
    after, _changes = smb_text.edit(data, 'global', [Wish('ntlm auth', 'yes')])
    assert after == data.replace(b'AUTH = no', b'AUTH = yes')


def test_a_path_in_another_case_is_another_path() -> None:
    data = b'[global]\n log file = /var/log/Samba/%m\n'
    after, changes = smb_text.edit(data, 'global', [Wish('log file', '/var/log/samba/%m')])
    assert b'/var/log/samba/%m' in after and [change.action for change in changes] == ['changed']


def test_a_comment_does_not_go_on_in_the_next_line() -> None:
    data = b'[global]\n# of old: \\\n realm = A\n'
    after, _changes = smb_text.edit(data, 'global', [Wish('realm', 'B')])
    assert after == b'[global]\n# of old: \\\n realm = B\n'


def test_the_same_value_stays_as_it_is_written() -> None:
    data = b'[Global]\n\tSecurity=ADS\n'
    assert smb_text.edit(data, 'global', [Wish('security', 'ads')]) == (data, [])
    assert smb_text.edit(data, 'global', [Wish('security', present=False)])[0] == b'[Global]\n'


@pytest.mark.parametrize('data', [b'realm = A\n[global]\n workgroup = W\n', b'# c\nrealm = A\n[share]\npath = /x\n',
                                  b'realm = A\n', b'[share]\n[ Glo bals ]\nrealm = A\n'])
def test_what_stands_before_the_first_section_is_global(data: bytes) -> None:
    after, changes = smb_text.edit(data, 'global', [Wish('realm', 'B')])
    assert after == data.replace(b'= A', b'= B') and [change.action for change in changes] == ['changed']
    assert smb_text.edit(data, 'global', [Wish('realm', present=False)])[0] == data.replace(b'realm = A\n', b'')
    assert smb_text.edit(data, 'share', [Wish('realm', present=False)]) == (data, [])


def test_a_file_without_a_global_section_gets_one() -> None:
    after, _changes = smb_text.edit(b'# c\n[share]\npath = /x\n', 'global', [Wish('realm', 'B')])
    assert after == b'# c\n[share]\npath = /x\n[global]\n   realm = B\n'
