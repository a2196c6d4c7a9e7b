# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""RADIUS: the examples of the RFCs, and the rules that a packet of ours keeps."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.wire import radius
from ansible_collections.vpnops.pptp.plugins.module_utils.wire.errors import WireError

AUTHENTICATOR = bytes(range(16))


def test_the_error_is_the_one_of_the_room() -> None:
    assert radius.WireError is WireError


SECRET, OTHER = b'xyzzy5461', b'xyzzy5462'
# request and reply of RFC 2865 7.1 (PAP), 7.2 (CHAP), 7.3 (a challenge, a reject), RFC 5997 6.1, 6.2 (Status-Server)
EXAMPLES = {
    '2865-7.1': ('010000380f403f9473978057bd83d5cb98f4227a01066e656d6f02120dbe708d93d413ce3196e43f782a0aee'
                 '0406c0a80110050600000003',
                 '0200002686fe220e7624ba2a1005f6bf9b55e0b20606000000010f06000000000e06c0a80103'),
    '2865-7.2': ('010100472aee86f08d0d55969ca5978e0d3367a20108666c6f707379031316e97557c316185895f293ff634407'
                 '72750406c0a80110050600000014060600000002070600000001',
                 '0201003815efbc7dab26cfa3dc34d9c03c8601a40606000000020706000000010806fffffffe0a0600000002'
                 '0d06000000010c06000005dc'),
    '2865-7.3': ('01020039f3a47a1f6a6d76710b947ab93041a03901076d6f707379021233657573778289b570885e15084825c5'
                 '0406c0a80110050600000007',
                 '0b02004e36f3c8764ae8c71157403c0c71ff9c4512304368616c6c656e67652033323736393433302e202045'
                 '6e74657220726573706f6e73652061742070726f6d70742e180a3332373639343330'),
    '2865-7.3-reject': ('01030043b122556d428a13d0d6253807c457ecf001076d6f7073790212692c1f205fc081b919b95195f561a581'
                        '0406c0a8011005060000000718103332373639343330',
                        '03030014a42f4fca45916c4e09c8340f9e746aa0'),
    '5997-6.1': ('0cda00268a54f4686fb394c52866e302185d062350125a665e2e1e8411f3e243822097c84fa3',
                 '02da0014ef0d552a4bf2d693ec2b6fe8b5411d66'),
    '5997-6.2': ('0cb30026925f6b66dd5fed571fcb1db7ad3882605012e8d6eabda910875cd91fdade26367858',
                 '05b300140f6f92145f107e2f504e860a4860669c'),
}


def example(name: str) -> tuple[bytes, bytes]:
    request, reply = EXAMPLES[name]
    return bytes.fromhex(request), bytes.fromhex(reply)


@pytest.mark.parametrize('name', EXAMPLES)
def test_a_reply_of_the_rfc_is_authentic(name: str) -> None:
    request, reply = example(name)
    assert radius.authentic(reply, request, SECRET)
    assert radius.authentic(reply + b'padding', request + b'padding', SECRET)
    assert not radius.authentic(reply, request, OTHER)
    assert not radius.authentic(reply, request[:4] + bytes(16) + request[20:], SECRET)
    assert not radius.authentic(reply[:-1] + bytes((reply[-1] ^ 1,)), request, SECRET)
    assert not radius.authentic(reply[:-1], request, SECRET)
    assert not radius.authentic(b'', request, SECRET)
    assert not radius.authentic(reply, b'', SECRET)


@pytest.mark.parametrize('name', EXAMPLES)
def test_a_packet_of_the_rfc_comes_back(name: str) -> None:
    request, reply = example(name)
    assert radius.decode(reply).encode() == reply
    if name == '2865-7.3-reject':    # where the RFC prints State with length 16, and 10 bytes of it
        with pytest.raises(WireError, match='attribute 24 at byte 57 says length 16, beyond the end'):
            radius.decode(request)
    else:
        assert radius.decode(request).encode() == request


@pytest.mark.parametrize('name', ['5997-6.1', '5997-6.2'])
def test_status_server_of_rfc_5997(name: str) -> None:
    request, _reply = example(name)
    assert radius.status_server(request[1], request[4:20], SECRET) == request
    assert radius.message_authenticator_ok(request, request, SECRET) is True
    assert radius.message_authenticator_ok(request, request, OTHER) is False


def test_what_the_examples_say() -> None:
    request, reply = (radius.decode(data) for data in example('2865-7.1'))
    assert (request.code, request.id) == (radius.ACCESS_REQUEST, 0)
    assert request.values(radius.USER_NAME) == [b'nemo']
    assert request.values(radius.NAS_IP_ADDRESS) == [bytes([192, 168, 1, 16])]
    assert request.values(radius.NAS_PORT) == [b'\0\0\0\3']
    assert reply.code == radius.ACCESS_ACCEPT
    assert reply.values(radius.SERVICE_TYPE) == [b'\0\0\0\1']
    assert reply.values(radius.USER_NAME) == []


def signed_reply(request: bytes, secret: bytes, *before: tuple[int, bytes]) -> bytes:
    """A reply with Message-Authenticator behind *before*, made as RFC 2869 5.14 says."""
    blank = radius.Packet(2, request[1], request[4:20], (*before, (80, bytes(16)), (18, b'hello'))).encode()
    mac = hmac.new(secret, blank, 'md5').digest()
    body = radius.Packet(2, request[1], request[4:20], (*before, (80, mac), (18, b'hello'))).encode()
    return body[:4] + hashlib.md5(body + secret).digest() + body[20:]


@pytest.mark.parametrize('before', [(), ((1, b'nemo'), (26, b'\0\0\1\x37\x50\x12' + bytes(16)))])
def test_a_message_authenticator(before: tuple) -> None:
    request = radius.access_request(7, AUTHENTICATOR, [(1, b'nemo')])
    reply = signed_reply(request, SECRET, *before)
    assert radius.authentic(reply, request, SECRET)
    assert radius.message_authenticator_ok(reply, request, SECRET) is True
    assert radius.message_authenticator_ok(reply, request, OTHER) is False
    assert radius.message_authenticator_ok(reply[:-1] + b'O', request, SECRET) is False
    assert radius.message_authenticator_ok(reply[:-1], request, SECRET) is False
    assert radius.message_authenticator_ok(request, request, SECRET) is None


@pytest.mark.parametrize('attributes', [((80, bytes(15)),), ((80, b''),), ((80, bytes(16)), (80, bytes(16)))])
def test_a_message_authenticator_of_another_shape_is_wrong(attributes: tuple) -> None:
    request = radius.access_request(7, AUTHENTICATOR, [])
    reply = radius.Packet(2, 7, AUTHENTICATOR, attributes).encode()
    assert radius.message_authenticator_ok(reply, request, SECRET) is False


def test_no_access_request_of_ours_has_a_message_authenticator() -> None:
    with pytest.raises(WireError):
        radius.access_request(1, AUTHENTICATOR, [(1, b'u'), (80, bytes(16))])


def test_a_microsoft_attribute_comes_back() -> None:
    attributes = [radius.vsa(311, 11, b'c' * 16), (1, b'u'), radius.vsa(9, 1, b'cisco'), radius.vsa(311, 25, b'')]
    packet = radius.decode(radius.access_request(1, AUTHENTICATOR, attributes))
    assert radius.vendor_attributes(packet, radius.MICROSOFT) == ((11, b'c' * 16), (25, b''))
    assert radius.vendor_attributes(packet, 9) == ((1, b'cisco'),)
    assert radius.vendor_attributes(packet, 10) == ()


def test_two_in_one_vendor_specific() -> None:
    packet = radius.Packet(2, 1, AUTHENTICATOR, ((26, b'\0\0\1\x37\7\6\0\0\0\1\x08\6\0\0\0\6'),))
    assert radius.vendor_attributes(packet, 311) == ((7, b'\0\0\0\1'), (8, b'\0\0\0\6'))


def test_the_response_of_rfc_2548() -> None:
    assert radius.mschap2_response(9, b'p' * 16, b'r' * 24) == b'\x09\0' + b'p' * 16 + bytes(8) + b'r' * 24
    for ident, peer, response in ((256, 16, 24), (0, 15, 24), (0, 16, 25)):
        with pytest.raises(WireError):
            radius.mschap2_response(ident, bytes(peer), bytes(response))


@pytest.mark.parametrize('packet', [
    radius.Packet(256, 0, AUTHENTICATOR), radius.Packet(1, -1, AUTHENTICATOR), radius.Packet(1, 0, b'short'),
    radius.Packet(1, 0, AUTHENTICATOR, ((256, b''),)), radius.Packet(1, 0, AUTHENTICATOR, ((2, b'hunter2' * 37),)),
    radius.Packet(1, 0, AUTHENTICATOR, ((2, b'hunter2' * 30),) * 20)])
def test_what_does_not_fit_is_refused_without_its_value(packet: radius.Packet) -> None:
    with pytest.raises(WireError) as caught:
        packet.encode()
    assert 'hunter2' not in str(caught.value)


def test_the_longest_packet_fits() -> None:
    packet = radius.Packet(2, 255, AUTHENTICATOR, ((18, bytes(253)),) * 15 + ((18, bytes(249)),))
    assert len(packet.encode()) == 4096
    assert radius.decode(packet.encode()) == packet


def test_the_longest_vendor_attribute_fits() -> None:
    assert len(radius.vsa(311, 1, bytes(247))[1]) == 253
    with pytest.raises(WireError):
        radius.vsa(311, 1, bytes(248))


def test_no_value_is_shown() -> None:
    packet = radius.Packet(1, 3, AUTHENTICATOR, ((1, b'nemo'), (2, b'hunter2'), radius.vsa(311, 16, b'hunter2')))
    assert repr(packet) == str(packet) == '%s' % (packet,) == '<Access-Request id=3 [1:4 2:7 26:13]>'
    assert repr(radius.Packet(99, 3, AUTHENTICATOR)) == '<code 99 id=3 []>'
