# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""PAP, CHAP and EAP: examples of the RFCs, what a pppd of the lab sent, scapy as the oracle, and hostile bytes."""

from __future__ import annotations

import contextlib
import hashlib
import typing as t

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils.wire import auth, ppp
from ansible_collections.vpnops.pptp.plugins.module_utils.wire.errors import WireError

# pppd 2.4.9 as client against pptpd in the lab: user vpnuser, password secretpassword
CHALLENGE = bytes.fromhex('5cc256ff05147a4823442339e57b19ae')
RESPONSE = bytes.fromhex('0ffe10919a70e5539697b982302658f70000000000000000'
                         '658e6b3363569dc9482ecb2003830054c21d367e6f5aa87700')
V1_CHALLENGE = bytes.fromhex('07f53f2fc5e215ed')
V1_RESPONSE = bytes(24) + bytes.fromhex('84775eb953796b1b4a4fe4bc7642ec325d7b2e5706f970aa01')
EAP_MD5 = bytes.fromhex('9d53efc0cfc49e1d8eb52de545b404e60ae573aeb6')
EAP_MD5_ANSWER = bytes.fromhex('8ccc90b988bf3746cbbf82c0eb58a471')


def test_an_mschapv2_response_is_that_of_pppd() -> None:
    assert auth.mschapv2_response(CHALLENGE, RESPONSE[:16], 'vpnuser', 'secretpassword') == RESPONSE


def test_an_mschap_response_is_that_of_pppd() -> None:
    assert auth.mschap_response(V1_CHALLENGE, 'secretpassword') == V1_RESPONSE


def test_an_md5_response_is_that_of_pppd() -> None:
    """The recorded one is EAP's, which is computed in the same way (RFC 3748 5.4)."""
    assert auth.chap_md5(0xd9, 'secretpassword', EAP_MD5) == EAP_MD5_ANSWER


@pytest.mark.parametrize('size', [0, 7, 9, 15, 17])
def test_a_challenge_has_one_length(size: int) -> None:
    with pytest.raises(WireError, match='challenge of %d bytes' % size):
        auth.mschap_response(bytes(size), 'x')
    with pytest.raises(WireError, match='challenge of %d bytes' % size):
        auth.mschapv2_response(bytes(size), bytes(16), 'x', 'y')


def test_scapy_reads_pap_chap_and_eap() -> None:
    oracle = pytest.importorskip('scapy.layers.ppp', reason='scapy is not installed')
    pap = oracle.PPP_PAP_Request(ppp.encode(ppp.Packet(1, 1, auth.pap_request('nemo', 'pass'))))
    assert (pap.username, pap.password) == (b'nemo', b'pass')
    chap = oracle.PPP_CHAP_ChallengeResponse(ppp.encode(ppp.Packet(2, 1, auth.encode_challenge(b'value', b'name'))))
    assert (chap.value, chap.optional_name) == (b'value', b'name')
    eap = pytest.importorskip('scapy.layers.eap')
    assert eap.EAP(ppp.encode(ppp.Packet(2, 1, auth.eap_identity('nemo')))).identity == b'nemo'
    assert eap.EAP(ppp.encode(ppp.Packet(2, 1, auth.eap_nak(26)))).desired_auth_types == [26]


def test_md5_is_there_in_fips_mode_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """As OpenSSL has it then; a host of that mode is none that tests run on."""
    real = hashlib.md5

    def strict(data: bytes = b'', usedforsecurity: bool = True) -> t.Any:
        if usedforsecurity:
            raise ValueError('[digital envelope routines] unsupported')
        return real(data)
    expected = auth.chap_md5(7, 'secretpassword', CHALLENGE)
    monkeypatch.setattr(hashlib, 'md5', strict)
    assert auth.chap_md5(7, 'secretpassword', CHALLENGE) == expected


@settings(deadline=None, max_examples=50)
@given(st.binary(min_size=1, max_size=255), st.binary(max_size=50))
def test_a_challenge_comes_back(value: bytes, name: bytes) -> None:
    assert auth.decode_challenge(auth.encode_challenge(value, name)) == (value, name)


@pytest.mark.parametrize('data', [b'', b'\0', b'\0name', b'\x05four'])
def test_a_value_that_does_not_fit(data: bytes) -> None:
    with pytest.raises(WireError):
        auth.decode_challenge(data)


@pytest.mark.parametrize(('data', 'text'), [(b'', b''), (b'\x08Login ok', b'Login ok'), (b'\xffcut', b'cut')])
def test_the_text_of_pap(data: bytes, text: bytes) -> None:
    assert auth.pap_message(data) == text


def test_what_does_not_fit_is_refused_without_a_word_of_it() -> None:
    with pytest.raises(WireError) as caught:
        auth.pap_request('x', 's3cret' * 50)
    assert 's3cret' not in str(caught.value)
    with pytest.raises(WireError) as caught:
        auth.pap_request('x', 's3cret\ud83d')
    assert 's3cret' not in repr(caught.value)
    assert caught.value.__context__ is None
    with pytest.raises(WireError):
        auth.encode_challenge(bytes(256), b'')


def test_a_response_is_not_shown() -> None:
    assert 'd367e' not in repr(auth.decode_challenge(auth.encode_challenge(RESPONSE, b'vpnuser')))
    assert repr(auth.Challenge(b'd367e', b'x')) == '<5 bytes>'


def test_eap_types() -> None:
    assert [auth.eap_name(auth.eap_type(bytes((kind,)))) for kind in (4, 26, 99)] == ['md5', 'mschapv2', 'type 99']
    with pytest.raises(WireError):
        auth.eap_type(b'')


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 255), st.text(max_size=20), st.binary(max_size=20))
def test_md5_is_what_rfc_1994_says(number: int, password: str, challenge: bytes) -> None:
    with contextlib.suppress(WireError):
        expected = hashlib.md5(bytes([number]) + password.encode('utf-8') + challenge).digest()
        assert auth.chap_md5(number, password, challenge) == expected
