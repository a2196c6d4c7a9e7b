# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""PPP's frames, packets and options: scapy as the oracle, every form of compression, and hostile bytes."""

from __future__ import annotations

import contextlib
import typing as t

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils.wire import ccp, ipcp, lcp, ppp
from ansible_collections.vpnops.pptp.plugins.module_utils.wire.errors import WireError

FRAMES = st.builds(ppp.Frame, st.sampled_from(sorted(ppp.PROTOCOLS)), st.binary(max_size=40))
OPTIONS = st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=20)), max_size=8).map(tuple)
CODES = st.integers(0, 255)


@settings(deadline=None, max_examples=50)
@given(FRAMES, st.booleans(), st.booleans())
def test_a_frame_comes_back_however_it_is_shortened(frame: ppp.Frame, address: bool, protocol: bool) -> None:
    data = ppp.encode_frame(frame, address, protocol)
    assert ppp.decode_frame(data) == frame
    short = 4 - 2 * address - (protocol and frame.protocol < 0x100) if frame.protocol != ppp.LCP else 4
    assert len(data) == short + len(frame.body)


@pytest.mark.parametrize('data', ['', 'ff03', 'ff03c0', 'c0', 'c020ff'])
def test_what_has_no_protocol_is_no_frame(data: str) -> None:
    with pytest.raises(WireError, match='no protocol'):
        ppp.decode_frame(bytes.fromhex(data))


@settings(deadline=None, max_examples=50)
@given(CODES, CODES, OPTIONS, st.binary(max_size=5))
def test_options_come_back(code: int, number: int, options: tuple[ppp.Option, ...], padding: bytes) -> None:
    packet = ppp.Packet(code, number, ppp.encode_options(options))
    decoded = ppp.decode(ppp.encode(packet) + padding)
    assert decoded == packet
    assert ppp.decode_options(decoded.data) == options


def test_scapy_reads_a_configure_request_of_lcp() -> None:
    oracle = pytest.importorskip('scapy.layers.ppp', reason='scapy is not installed')
    options = ((lcp.MRU, b'\x05\x78'), (lcp.ACCM, bytes(4)), (lcp.AUTH, lcp.METHODS['mschapv2']),
               (lcp.MAGIC, b'\xbb\x22\xf4\x9e'), (lcp.PFC, b''), (lcp.ACFC, b''))
    data = ppp.encode_frame(ppp.Frame(ppp.LCP, ppp.encode(ppp.Packet(1, 7, ppp.encode_options(options)))))
    read = oracle.PPP(b'\xff\x03' + data[2:])[oracle.PPP_LCP_Configure]
    assert (read.code, read.id, len(read.options)) == (1, 7, 6)
    mru, accm, auth, magic = read.options[:4]
    assert (mru.max_recv_unit, accm.accm, magic.magic_number) == (1400, 0, 0xbb22f49e)
    assert (auth.auth_protocol, auth.algorithm) == (0xc223, 0x81)


def test_scapy_reads_echo_terminate_and_protocol_reject() -> None:
    oracle = pytest.importorskip('scapy.layers.ppp', reason='scapy is not installed')
    echo = oracle.PPP_LCP_Echo(ppp.encode(ppp.Packet(lcp.ECHO_REQUEST, 3, lcp.echo(0x01020304, b'data'))))
    assert (echo.code, echo.id, echo.magic_number, echo.data) == (9, 3, 0x01020304, b'data')
    end = oracle.PPP_LCP_Terminate(ppp.encode(ppp.Packet(ppp.TERM_REQUEST, 4, b'User request')))
    assert (end.code, end.data) == (5, b'User request')
    frame = ppp.Frame(ppp.CCP, b'\x01\x01\x00\x04')
    reject = oracle.PPP_LCP_Protocol_Reject(ppp.encode(ppp.Packet(lcp.PROTOCOL_REJECT, 5, lcp.protocol_reject(frame))))
    assert (reject.rejected_protocol, bytes(reject.rejected_information)) == (0x80fd, frame.body)


def test_a_request_for_mppe_is_that_of_pppd() -> None:
    """As a server without CCP sent it back to a pppd 2.4.9 in the lab; scapy does not know CCP."""
    request = ppp.Packet(ppp.CONF_REQUEST, 1, ppp.encode_options([ccp.option(ccp.STATELESS | ccp.BITS_128)]))
    assert ppp.encode(request) == bytes.fromhex('0101000a120601000040')


def test_scapy_reads_ipcp() -> None:
    oracle = pytest.importorskip('scapy.layers.ppp', reason='scapy is not installed')
    options = [ipcp.option(ipcp.ADDRESS, '10.99.0.100'), ipcp.option(ipcp.DNS1, '8.8.8.8'),
               ipcp.option(ipcp.DNS2), ipcp.option(ipcp.NBNS1, '10.0.0.9')]
    read = oracle.PPP_IPCP(ppp.encode(ppp.Packet(3, 2, ppp.encode_options(options)))).options
    assert [(one.type, one.data) for one in read] == [
        (3, '10.99.0.100'), (129, '8.8.8.8'), (131, '0.0.0.0'), (130, '10.0.0.9')]


@pytest.mark.parametrize(('data', 'complaint'), [
    ('', '0 bytes'), ('010100', '3 bytes'), ('01010003', 'is 3'), ('0101000500', 'ok'), ('01010006', 'is 6')])
def test_a_packet_with_a_wrong_length(data: str, complaint: str) -> None:
    if complaint == 'ok':
        assert ppp.decode(bytes.fromhex(data)) == ppp.Packet(1, 1, b'\0')
        return
    with pytest.raises(WireError, match=complaint):
        ppp.decode(bytes.fromhex(data))


@pytest.mark.parametrize('data', ['01', '0100', '0101', '010405', '0104057801'])
def test_options_that_do_not_fit(data: str) -> None:
    with pytest.raises(WireError):
        ppp.decode_options(bytes.fromhex(data))


@pytest.mark.parametrize('make', [
    lambda: ppp.encode_options([(1, bytes(254))]), lambda: ppp.encode_options([(256, b'')]),
    lambda: ppp.encode(ppp.Packet(256, 1)), lambda: ppp.encode(ppp.Packet(1, 1, bytes(65532))),
    lambda: ppp.encode_frame(ppp.Frame(0x10000, b'')), lambda: ipcp.encode_address('10.0.0.256'),
    lambda: ipcp.encode_address('10.0.0'), lambda: ipcp.encode_address('a.b.c.d')])
def test_what_does_not_fit_is_refused(make: t.Callable[[], bytes]) -> None:
    with pytest.raises(WireError):
        make()


@pytest.mark.parametrize(('value', 'name'), [*((value, name) for name, value in lcp.METHODS.items()),
                                             (b'\xc2\x23\x99', '0xc22399'), (b'', '0x'), (b'\xc0\x23\0', '0xc02300')])
def test_methods_have_names(value: bytes, name: str) -> None:
    assert lcp.method(value) == name


def test_what_an_option_must_be_long() -> None:
    assert lcp.valid((lcp.MRU, b'\x05\x78'))
    assert lcp.valid((99, b'anything'))
    assert not lcp.valid((lcp.MRU, b'\x05'))
    assert not lcp.valid((lcp.PFC, b'\0'))
    assert not lcp.valid((lcp.AUTH, b'\xc2'))
    assert lcp.value_of(((lcp.MRU, b'\x05\x78'),), lcp.MRU) == 1400
    assert lcp.value_of((), lcp.MRU) is None


@pytest.mark.parametrize(('data', 'reason'), [
    (b'MPPE disabled', lcp.Reason('MPPE disabled')), (b'', lcp.Reason('')),
    (bytes.fromhex('0f3b01af003ccd74000002b3'), lcp.Reason('', 691)),           # a Windows client, in a pppd's log
    (bytes.fromhex('0f3b01af003ccd7500000002'), lcp.Reason('?;?\ufffd?<\ufffdu????')),
    (b'\x1b[31mred\n', lcp.Reason('?[31mred?')), (b'x' * 1000, lcp.Reason('x' * 120))])
def test_why_a_peer_ended_the_link(data: bytes, reason: lcp.Reason) -> None:
    assert lcp.reason(data) == reason


def test_mppe_bits_have_words() -> None:
    assert ccp.words(ccp.STATELESS | ccp.BITS_128) == '128 stateless'
    assert ccp.words(0x010000e1) == '128 56 40 stateless mppc'
    assert ccp.words(0x00000002) == 'no key length stateful unknown 0x2'
    assert ccp.strengths(0x60) == (128, 40)
    assert ccp.bits_of([(18, b'\1\0\0\x40')]) == ccp.STATELESS | ccp.BITS_128
    assert ccp.bits_of([(26, b'')]) is None
    with pytest.raises(WireError):
        ccp.bits_of([(18, b'\1')])


def test_an_address_comes_back() -> None:
    assert ipcp.address_of([ipcp.option(ipcp.DNS1, '8.8.4.4')], ipcp.DNS1) == '8.8.4.4'
    assert ipcp.address_of([], ipcp.DNS1) is None
    with pytest.raises(WireError):
        ipcp.decode_address(b'\1\2\3')


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=80))
def test_hostile_bytes_give_a_value_or_the_error(data: bytes) -> None:
    for read in (ppp.decode_frame, ppp.decode, ppp.decode_options, lcp.decode_echo, lcp.rejected_protocol, lcp.reason,
                 lcp.method, lambda value: ccp.bits_of(ppp.decode_options(value)),
                 lambda value: ipcp.address_of(ppp.decode_options(value), 3)):
        with contextlib.suppress(WireError):
            t.cast(t.Any, read)(data)
