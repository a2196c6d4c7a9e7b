# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The automaton of options: each order of events, repeats, and answers that are not to a question of this side."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.dial.negotiation import ROUNDS, Negotiation, Policy
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.policies import (
    AddressPolicy,
    EncryptionPolicy,
    LinkPolicy,
)
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.settings import Settings
from ansible_collections.vpnops.pptp.plugins.module_utils.wire import ccp, ipcp, lcp, ppp
from ansible_collections.vpnops.pptp.plugins.module_utils.wire.errors import WireError

MINE, PEERS = ((5, b'MINE'),), ((5, b'PEER'),)
REQUEST = ppp.Packet(1, 9, ppp.encode_options(PEERS))


class Fixed(Policy):
    """Asks for MINE, again and again, and takes everything."""

    def request(self) -> tuple[ppp.Option, ...]:
        return MINE


def begun(policy: Policy | None = None) -> tuple[Negotiation, list[ppp.Packet]]:
    sent: list[ppp.Packet] = []
    made = Negotiation(policy or Fixed(), sent.append, 1.0, 3)
    made.open(0)
    return made, sent


def answer(made: Negotiation, code: int, options: tuple[ppp.Option, ...] = MINE, number: int | None = None) -> None:
    made.receive(ppp.Packet(code, vars(made)['_id'] if number is None else number, ppp.encode_options(options)), 0)


@pytest.mark.parametrize(('events', 'state'), [
    ('', 'requesting'), ('a', 'ack-received'), ('r', 'ack-sent'), ('ar', 'opened'), ('ra', 'opened'),
    ('rn', 'ack-sent'), ('an', 'requesting'), ('rna', 'opened'), ('n', 'requesting'), ('aa', 'ack-received'),
    ('raa', 'opened'), ('rar', 'opened'), ('raR', 'ack-sent'), ('raRa', 'opened'), ('at', 'requesting')])
def test_each_order_of_events(events: str, state: str) -> None:
    """a: my request is acknowledged, n: naked, r: the peer's comes, R: another one, t: time goes by."""
    made, _sent = begun()
    for event in events:
        if event == 'r':
            made.receive(REQUEST, 0)
        elif event == 'R':
            made.receive(REQUEST._replace(id=10), 0)
        elif event == 't':
            made.tick(1.0)
        else:
            answer(made, {'a': 2, 'n': 3}[event])
    assert made.state == state


def test_a_request_is_repeated_with_its_number_until_it_is_given_up() -> None:
    made, sent = begun()
    for second in range(10):
        made.tick(second / 2)
    assert [packet.id for packet in sent] == [1, 1, 1]
    assert (made.state, made.why, made.deadline) == ('failed', 'no-answer', None)
    made.receive(REQUEST, 9)
    assert len(sent) == 3


def test_a_repeated_request_is_acknowledged_again_and_counted() -> None:
    made, sent = begun()
    made.receive(REQUEST, 0)
    answer(made, 2)
    made.receive(REQUEST, 0)
    assert [packet.code for packet in sent] == [1, 2, 2]
    assert (made.state, made.repeats) == ('opened', 1)


def test_an_early_request_is_sent_again_before_the_first_answer_and_is_no_sign_of_loss() -> None:
    sent: list[ppp.Packet] = []
    made = Negotiation(Fixed(), sent.append, 1.0, 3, early=True)
    made.open(0)
    made.receive(REQUEST, 0)
    made.receive(REQUEST._replace(id=10), 0)
    assert [(packet.code, packet.id) for packet in sent] == [(1, 1), (1, 1), (2, 9), (2, 10)]
    answer(made, 2)
    answer(made, 2)
    assert (made.state, made.resent) == ('opened', 0)


def test_an_answer_to_something_else_is_none() -> None:
    made, _sent = begun()
    answer(made, 2, number=99)
    answer(made, 2, PEERS)
    assert made.state == 'requesting'
    with pytest.raises(WireError):
        answer(made, 4, PEERS)
    with pytest.raises(WireError):
        made.receive(REQUEST._replace(data=b'\5'), 0)


def test_an_endless_argument_ends() -> None:
    made, sent = begun()
    for _round in range(3 * ROUNDS):
        answer(made, 3)
    assert (made.state, made.why) == ('failed', 'no-agreement')
    assert len(sent) <= ROUNDS + 1


def link(**settings: t.Any) -> LinkPolicy:
    return LinkPolicy(Settings(**settings), lambda size: b'\x42' * size)


@pytest.mark.parametrize(('options', 'code', 'answered'), [
    ([(lcp.MRU, b'\x05\x78'), (lcp.ACCM, bytes(4)), (lcp.PFC, b''), (lcp.ACFC, b''), (lcp.MAGIC, b'1234')], 2, None),
    ([(lcp.AUTH, lcp.METHODS['mschapv2'])], 2, None),
    ([(lcp.AUTH, lcp.METHODS['eap'])], 3, [(lcp.AUTH, lcp.METHODS['mschapv2'])]),
    ([(lcp.MRU, b'\x05'), (lcp.PFC, b'')], 4, [(lcp.MRU, b'\x05')]),
    ([(lcp.CALLBACK, b'\6'), (lcp.MRRU, b'\x06\x4e'), (lcp.MRU, b'\x05\x78')], 4,
     [(lcp.CALLBACK, b'\6'), (lcp.MRRU, b'\x06\x4e')]),       # as a Windows server asks
    ([(lcp.CALLBACK, b'\6'), (lcp.AUTH, lcp.METHODS['eap'])], 4, [(lcp.CALLBACK, b'\6')]),
])
def test_what_is_answered_in_lcp(options: list[ppp.Option], code: int, answered: list[ppp.Option] | None) -> None:
    assert link().judge(tuple(options)) == (code, tuple(options if answered is None else answered))


def test_a_method_is_rejected_when_there_is_none_left_to_suggest() -> None:
    policy = link()
    options = ((lcp.MRU, b'\x05\x78'), (lcp.AUTH, lcp.METHODS['pap']))
    assert policy.judge(options) == (3, ((lcp.AUTH, lcp.METHODS['mschapv2']),))
    assert policy.judge(options) == (4, options[1:])
    assert (policy.exhausted, policy.offered, policy.mru) == (True, ['pap'], 1400)


def test_its_own_magic_number_comes_back() -> None:
    policy = link()
    for _time in range(3):
        assert policy.judge(((lcp.MAGIC, policy.magic.to_bytes(4, 'big')),)).code == 3
    assert policy.why == 'looped'


@pytest.mark.parametrize(('bits', 'code', 'answered'), [
    (ccp.STATELESS | ccp.BITS_128, 2, ccp.STATELESS | ccp.BITS_128),
    (ccp.BITS_128, 3, ccp.STATELESS | ccp.BITS_128),                     # stateful
    (0x010000e1, 3, ccp.STATELESS | ccp.BITS_128),                       # as Windows asks
    (ccp.STATELESS | ccp.BITS_40, 4, ccp.STATELESS | ccp.BITS_40),
])
def test_what_is_answered_in_ccp(bits: int, code: int, answered: int) -> None:
    policy = EncryptionPolicy((128,), required=False)
    assert policy.judge((ccp.option(bits),)) == (code, (ccp.option(answered),))
    assert policy.judge((ccp.option(bits), (26, b'\x78\0'))).code == 4


def test_what_is_answered_in_ipcp() -> None:
    policy = AddressPolicy()
    assert policy.judge((ipcp.option(ipcp.ADDRESS, '10.99.0.1'),)).code == 2
    assert policy.judge((ipcp.option(ipcp.ADDRESS), (2, b'\0\x2d\x0f\1'))) == (
        4, (ipcp.option(ipcp.ADDRESS), (2, b'\0\x2d\x0f\1')))
    policy.refused((ipcp.option(ipcp.DNS1),), reject=True)
    policy.refused((ipcp.option(ipcp.ADDRESS, '10.99.0.100'),), reject=False)
    assert policy.request() == (ipcp.option(ipcp.ADDRESS, '10.99.0.100'), ipcp.option(ipcp.DNS2))
    policy.agreed(policy.request())
    assert (policy.address, policy.dns, policy.why) == ('10.99.0.100', [], '')
