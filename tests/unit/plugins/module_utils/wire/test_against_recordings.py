# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The codecs on bytes that real daemons sent: pppd's radius.so and FreeRADIUS (recordings.tsv says which)."""

from __future__ import annotations

import pathlib

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.wire import mppe, mschap, radius

USER, PASSWORD, SECRET = 'alice', 'alicepw', b'testing123'
ROWS = (line.split('\t') for line in (pathlib.Path(__file__).parent / 'recordings.tsv').read_text().splitlines()
        if not line.startswith('#'))
RECORDED = {name: (bytes.fromhex(request), bytes.fromhex(reply)) for name, request, reply in ROWS}
PPPD = ['pppd-2.4.9', 'pppd-2.5.2']
OURS = sorted(set(RECORDED) - set(PPPD))


def microsoft(data: bytes) -> dict[int, bytes]:
    return dict(radius.vendor_attributes(radius.decode(data), radius.MICROSOFT))


def test_all_are_there() -> None:
    assert sorted(RECORDED) == ['accept', 'disabled', 'locked', *PPPD, 'status', 'status-acct', 'wrong-password']


@pytest.mark.parametrize('name', RECORDED)
def test_what_was_recorded_comes_back(name: str) -> None:
    for data in RECORDED[name]:
        assert radius.decode(data).encode() == data


@pytest.mark.parametrize('name', PPPD)
def test_a_request_like_that_of_pppd(name: str) -> None:
    """What the probe sends is what pppd sends, byte for byte."""
    request, _reply = RECORDED[name]
    sent = radius.decode(request)
    response = microsoft(request)[radius.MS_CHAP2_RESPONSE]
    attributes = [
        (radius.SERVICE_TYPE, b'\0\0\0\2'), (radius.FRAMED_PROTOCOL, b'\0\0\0\1'), (radius.USER_NAME, USER.encode()),
        radius.vsa(radius.MICROSOFT, radius.MS_CHAP_CHALLENGE, microsoft(request)[radius.MS_CHAP_CHALLENGE]),
        radius.vsa(radius.MICROSOFT, radius.MS_CHAP2_RESPONSE,
                   radius.mschap2_response(response[0], response[2:18], response[26:])),
        *[(radius.CALLING_STATION_ID, b'')] * (name == 'pppd-2.5.2'),
        (radius.NAS_IP_ADDRESS, bytes([10, 99, 1, 1])), (radius.NAS_PORT, bytes(4))]
    assert radius.access_request(sent.id, sent.authenticator, attributes) == request
    assert radius.message_authenticator_ok(request, request, SECRET) is None


@pytest.mark.parametrize('name', [*PPPD, 'accept'])
def test_both_sides_know_the_password(name: str) -> None:
    request, reply = RECORDED[name]
    challenge, response = (microsoft(request)[kind] for kind in (radius.MS_CHAP_CHALLENGE, radius.MS_CHAP2_RESPONSE))
    peer, answer = response[2:18], response[26:]
    assert mschap.nt_response(challenge, peer, USER, PASSWORD) == answer
    assert mschap.nt_response(challenge, peer, USER, PASSWORD + '!') != answer
    success = microsoft(reply)[radius.MS_CHAP2_SUCCESS]
    assert success == response[:1] + mschap.authenticator_response(PASSWORD, answer, peer, challenge, USER).encode()


@pytest.mark.parametrize('name', PPPD)
def test_a_secret_that_is_not_theirs(name: str) -> None:
    request, reply = RECORDED[name]
    assert not radius.authentic(reply, request, SECRET)
    assert radius.message_authenticator_ok(reply, request, SECRET) is False


@pytest.mark.parametrize('name', OURS)
def test_a_reply_of_freeradius_is_authentic(name: str) -> None:
    request, reply = RECORDED[name]
    assert radius.authentic(reply, request, SECRET)
    assert not radius.authentic(reply, request, SECRET + b'4')
    assert radius.message_authenticator_ok(reply, request, SECRET) is None    # 3.2.1 sends none
    assert radius.decode(reply).id == radius.decode(request).id


@pytest.mark.parametrize(('name', 'code'), [('status', 2), ('status-acct', 5), ('accept', 2), ('wrong-password', 3)])
def test_the_code_of_a_reply(name: str, code: int) -> None:
    assert radius.decode(RECORDED[name][1]).code == code


def test_the_keys_of_freeradius_are_ours() -> None:
    request, reply = RECORDED['accept']
    found, authenticator = microsoft(reply), radius.decode(request).authenticator
    master = mppe.master_key(mschap.nt_hash_hash(PASSWORD), microsoft(request)[radius.MS_CHAP2_RESPONSE][26:])
    assert radius.mppe_key(found[radius.MS_MPPE_SEND_KEY], authenticator, SECRET) == mppe.send_key(master, True)
    assert radius.mppe_key(found[radius.MS_MPPE_RECV_KEY], authenticator, SECRET) == mppe.recv_key(master, True)
    assert found[radius.MS_MPPE_ENCRYPTION_POLICY] == b'\0\0\0\1'
    assert found[radius.MS_MPPE_ENCRYPTION_TYPES] == b'\0\0\0\6'


@pytest.mark.parametrize('secret', [b'testing124', b'', b'testing123\n'])
def test_a_wrong_secret_gives_no_key(secret: bytes) -> None:
    request, reply = RECORDED['accept']
    with pytest.raises(radius.WireError):
        radius.mppe_key(microsoft(reply)[radius.MS_MPPE_SEND_KEY], radius.decode(request).authenticator, secret)


@pytest.mark.parametrize(('name', 'code', 'retry', 'message'), [
    ('wrong-password', 691, True, 'Authentication rejected'),
    ('disabled', 691, False, 'Account disabled'),
    ('locked', 647, False, 'Account locked out'),
])
def test_why_freeradius_refuses(name: str, code: int, retry: bool, message: str) -> None:
    found = mschap.failure(microsoft(RECORDED[name][1])[radius.MS_CHAP_ERROR])
    assert (found.code, found.retry, found.version, found.message) == (code, retry, 3, message)
    assert len(found.challenge) == 16
