# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""MS-CHAPv2 and the keys of MPPE: the examples of RFC 2759 and RFC 3079, and every shape of a failure text."""

from __future__ import annotations

import traceback
import typing as t

import pytest
from hypothesis import given, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils.wire import mppe, mschap
from ansible_collections.vpnops.pptp.plugins.module_utils.wire.errors import WireError

# RFC 2759 9.2
USER, PASSWORD = 'User', 'clientPass'
AUTHENTICATOR = bytes.fromhex('5b5d7c7d7b3f2f3e3c2c602132262628')
PEER = bytes.fromhex('21402324255e262a28295f2b3a337c7e')
RESPONSE = bytes.fromhex('82309ecd8d708b5ea08faa3981cd83544233114a3d85d6df')
# RFC 3079 3.5.3
MASTER = bytes.fromhex('fdece3717a8c838cb388e527ae3cdd31')
SEND = bytes.fromhex('8b7cdc149b993a1ba118cb153f56dccb')


def test_the_steps_of_rfc_2759() -> None:
    assert mschap.nt_hash(PASSWORD).hex() == '44ebba8d5312b8d611474411f56989ae'
    assert mschap.nt_hash_hash(PASSWORD).hex() == '41c00c584bd2d91c4017a2a12fa59f3f'
    assert mschap.challenge_hash(PEER, AUTHENTICATOR, USER).hex() == 'd02e4386bce91226'
    assert mschap.nt_response(AUTHENTICATOR, PEER, USER, PASSWORD) == RESPONSE
    assert mschap.authenticator_response(PASSWORD, RESPONSE, PEER, AUTHENTICATOR, USER) \
        == 'S=407A5589115FD0D6209F510FE9C04566932CDA56'


def test_the_two_raw_keys_of_rfc_2759_9_3() -> None:
    assert mschap.nt_hash('MyPw')[:14].hex() == 'fc156af7edcd6c' + '0edde3337d427f'


def test_the_keys_of_rfc_3079() -> None:
    master = mppe.master_key(mschap.nt_hash_hash(PASSWORD), RESPONSE)
    assert master == MASTER
    assert mppe.send_key(master, server=True) == mppe.recv_key(master, server=False) == SEND
    assert mppe.recv_key(master, server=True) == mppe.send_key(master, server=False) != SEND


@pytest.mark.parametrize('user', ['User', 'LAB\\User', 'A\\B\\User', '\\User'])
def test_the_domain_is_no_part_of_the_hash(user: str) -> None:
    assert mschap.nt_response(AUTHENTICATOR, PEER, user, PASSWORD) == RESPONSE


def test_a_realm_is_part_of_it() -> None:
    assert mschap.nt_response(AUTHENTICATOR, PEER, 'User@lab', PASSWORD) != RESPONSE


def test_a_password_is_hashed_as_utf_16() -> None:
    assert mschap.nt_hash('p\u00e4\U0001d11e') == mschap.md4(b'p\x00\xe4\x00\x34\xd8\x1e\xdd')
    assert mschap.nt_hash('').hex() == '31d6cfe0d16ae931b73c59d7e0c089c0'


def test_a_user_name_keeps_its_bytes() -> None:
    raw = b'm\xfcller'.decode('utf-8', 'surrogateescape')    # what Ansible makes of a name that is not UTF-8
    assert mschap.challenge_hash(PEER, AUTHENTICATOR, raw) \
        == mschap.hashlib.sha1(PEER + AUTHENTICATOR + b'm\xfcller').digest()[:8]


@pytest.mark.parametrize('make', [
    mschap.nt_hash, lambda text: mschap.challenge_hash(PEER, AUTHENTICATOR, text)])
def test_what_is_no_text_is_refused_without_a_word_of_it(make: t.Callable[[str], bytes]) -> None:
    with pytest.raises(WireError) as caught:
        make('hunter2\ud800')
    assert caught.value.__context__ is None
    assert 'hunter2' not in ''.join(traceback.format_exception_only(WireError, caught.value))


C = 'f62d4945d9f674676bc8a7573bed587f'


@pytest.mark.parametrize(('text', 'expected'), [
    ('E=691 R=1 C=%s V=3 M=Authentication rejected' % C, (691, True, bytes.fromhex(C), 3, 'Authentication rejected')),
    ('E=647 R=0 C=%s V=3 M=Account locked out' % C, (647, False, bytes.fromhex(C), 3, 'Account locked out')),
    # pppd's winbind.so
    ('E=691 R=1 C=%s V=0 M=The user account password has expired.' % C.upper(),
     (691, True, bytes.fromhex(C), 0, 'The user account password has expired.')),
    ('E=648 R=0 V=3', (648, False, b'', 3, '')),
    ('E=691 R=1 C=0123 V=3 M=short challenge', (691, True, b'', 3, 'short challenge')),
    ('E=691', (691, None, b'', None, '')),
    ('E=691 R=1 M=E=648 R=0 V=9', (691, True, b'', None, 'E=648 R=0 V=9')),
    ('M=only E=691', (None, None, b'', None, 'only E=691')),
    ('Access denied', (None, None, b'', None, '')),
    ('', (None, None, b'', None, '')),
    ('E=%s R=1 V=%s' % ('6' * 5000, '3' * 11), (None, True, b'', None, '')),    # int() itself refuses so many digits
    ('E=\u0661 R=2', (None, None, b'', None, '')),
    (b'\xdbE=691 R=0 V=3 M=Account disabled', (691, False, b'', 3, 'Account disabled')),
    (b'EE=691 R=0 V=3 M=x\xff', (691, False, b'', 3, 'x\ufffd')),
    (b'ME=691 R=0', (691, False, b'', None, '')),
])
def test_a_failure_text(text: str | bytes, expected: tuple) -> None:
    assert tuple(mschap.failure(text)) == expected


def test_freeradius_and_rfc_speak_of_the_same_codes() -> None:
    assert sorted(mschap.CODES) == [646, 647, 648, 649, 691, 709]


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300),
                 st.text(alphabet='ERCVM= 0123456789abcdef', max_size=300)))
def test_no_failure_text_breaks_it(text: str | bytes) -> None:
    found = mschap.failure(text)
    assert len(found.challenge) in (0, 16)
    assert found.code is None or 0 <= found.code < 10 ** 10
