# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Login, ladder and hang-up by themselves, where a whole dial does not reach."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.dial import events as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.ladder import Ladder
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.login import AGAIN, CHALLENGES, TIMES, Login
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.session import EMPTY
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.settings import Settings
from ansible_collections.vpnops.pptp.plugins.module_utils.wire import auth, gre, lcp, mschap, ppp
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.dial.world import World

SETTINGS = Settings(user='vpnuser', password='secretpassword')
CHALLENGE = ppp.Packet(auth.CHALLENGE, 7, auth.encode_challenge(bytes(16), b'pptpd'))


def login(method: str = 'mschapv2') -> tuple[Login, list[ppp.Packet]]:
    sent: list[ppp.Packet] = []
    made = Login(SETTINGS, method, lambda size: b'\x42' * size, lambda protocol, packet: sent.append(packet))
    made.start(0)
    return made, sent


def proof(sent: list[ppp.Packet]) -> bytes:
    value = auth.decode_challenge(sent[0].data).value
    return mschap.authenticator_response('secretpassword', value[24:48], value[:16], bytes(16), 'vpnuser').encode()


@pytest.mark.parametrize(('code', 'number', 'text', 'state'), [
    (3, 7, '{}', 'ok'), (3, 7, '{} M=Welcome', 'ok'), (3, 8, '{}', 'waiting'), (4, 8, 'E=691', 'waiting'),
    (4, 7, 'E=691', 'failed'), (3, 7, '', 'failed'), (3, 7, 'S=00', 'failed'), (3, 7, 'M=Welcome {}', 'failed'),
    (9, 7, '{}', 'waiting')])
def test_only_the_answer_to_the_response_counts(code: int, number: int, text: str, state: str) -> None:
    made, sent = login()
    made.receive(ppp.CHAP, ppp.Packet(code, number, b'S=too early'), 0)
    made.receive(ppp.CHAP, CHALLENGE, 0)
    made.receive(ppp.CHAP, ppp.Packet(code, number, text.format(proof(sent).decode()).encode()), 0)
    assert made.state == state


def test_a_proof_in_small_letters_is_one() -> None:
    made, sent = login()
    made.receive(ppp.CHAP, CHALLENGE, 0)
    made.receive(ppp.CHAP, ppp.Packet(3, 7, proof(sent).lower()), 0)
    assert made.state == 'ok'


def test_a_response_is_repeated_a_few_times_and_always_the_same() -> None:
    made, sent = login()
    made.receive(ppp.CHAP, CHALLENGE, 0)
    made.receive(ppp.CHAP, CHALLENGE, 1)
    for time in range(10):
        made.tick(1 + AGAIN * (time + 1))
    assert len(sent) == TIMES
    assert len(set(sent)) == 1
    assert made.deadline is None
    for time in range(100):
        made.behind(100 + time)
    assert len(sent) == 20


def test_challenges_are_not_answered_without_end() -> None:
    made, sent = login()
    for number in range(100):
        made.receive(ppp.CHAP, CHALLENGE._replace(id=number), 0)
    assert len(sent) == CHALLENGES


def test_a_packet_of_another_method_is_not_listened_to() -> None:
    made, sent = login('pap')
    assert sent == [ppp.Packet(1, 1, auth.pap_request('vpnuser', 'secretpassword'))]
    made.receive(ppp.CHAP, CHALLENGE, 0)
    made.receive(ppp.PAP, ppp.Packet(2, 9), 0)
    assert (made.state, len(sent)) == ('waiting', 1)
    made.receive(ppp.PAP, ppp.Packet(2, 1), 0)
    assert made.state == 'ok'


class Climb:
    """A ladder over a path that takes packets up to *eats*, and loses or delays what it is told to."""

    def __init__(self, eats: int, largest: int = 1500) -> None:
        self.eats, self.now = eats, 0.0
        self.queue: list[ppp.Packet] = []
        self.ladder = Ladder(largest, 1, self.queue.append)

    def climb(self, lost: t.Container[int] = (), delay: float = 0.01) -> Ladder:
        self.ladder.start(0)
        count = 0
        while not self.ladder.done:
            waiting, self.queue[:] = list(self.queue), []
            for packet in waiting:
                count += 1
                if len(packet.data) + 44 <= self.eats and count not in lost:
                    self.now += delay
                    self.ladder.tick(self.now)
                    self.ladder.receive(packet._replace(code=lcp.ECHO_REPLY), self.now)
            if not self.queue and self.ladder.deadline is not None:
                self.now = self.ladder.deadline
                self.ladder.tick(self.now)
        return self.ladder


@pytest.mark.parametrize(('eats', 'passed'), [
    (1500, 1500), (2000, 1500), (576, 576), (575, 0), (1400, 1400), (1492, 1492)])
def test_a_ladder(eats: int, passed: int) -> None:
    ladder = Climb(eats).climb()
    assert passed - 3 <= ladder.passed <= passed
    assert not ladder.lost


def test_a_lost_echo_is_one_and_a_late_one_is_not() -> None:
    assert Climb(1500).climb(lost={2}).lost
    assert not Climb(1500).climb(delay=1.5).lost
    assert Climb(1500).climb(delay=1.5).passed == 1500


@pytest.mark.parametrize('eats', [1500, 1400, 900, 576])
def test_a_size_is_given_up_late_where_packets_are_lost(eats: int) -> None:
    """Nine of ten echoes are: without any sign of that before, the first size would be taken for too large."""
    ladder = Climb(eats).climb(lost=[number for number in range(1, 2000) if number % 10])
    assert ladder.lost
    assert ladder.sure
    assert eats - 3 <= ladder.passed <= eats


def test_what_was_given_up_early_is_tried_again_once_a_loss_is_seen() -> None:
    climb = Climb(1500)
    ladder = climb.climb(lost={2, 3, 4, 5})     # all tries of the largest
    assert (ladder.lost, ladder.passed) == (False, 1496)
    ladder.ascertain(climb.now)                 # the session has seen one
    assert not ladder.done
    ladder.receive(climb.queue[-1]._replace(code=lcp.ECHO_REPLY), climb.now)
    assert (ladder.done, ladder.passed) == (True, 1498)


def test_an_echo_that_was_cut_does_not_count() -> None:
    climb = Climb(1500)
    climb.ladder.start(0)
    sent = climb.queue[-1]
    climb.ladder.receive(sent._replace(data=sent.data[:-1]), 0.1)
    climb.ladder.receive(sent._replace(id=99), 0.1)
    climb.ladder.receive(sent._replace(data=sent.data[:4] + b'\x63' + sent.data[5:]), 0.1)
    assert climb.ladder.passed == 0
    climb.ladder.receive(sent, 0.1)
    assert climb.ladder.passed == 576


@pytest.mark.parametrize(('text', 'lost', 'status'), [
    (b'MPPE required but peer negotiation failed', 0, 'failed'),
    (b'MPPE required but peer negotiation failed', 1, 'unknown'), (b'', 0, 'failed'), (b'', 1, 'unknown'),
    (b'Authentication failed', 1, 'failed'), (b'MPPE required but not available', 1, 'unknown')])
def test_the_end_of_a_link_where_packets_are_lost(text: bytes, lost: int, status: str) -> None:
    """While this side is at the login: what belongs to a later step shows that it is behind."""
    world = World(SETTINGS)
    put = world.put_gre
    done: list[int] = []

    def end(kind: str, direction: str, data: t.Any) -> None:
        if kind == 'client' and not done and b'\xc2\x23\1' in data.data:
            done.append(1)
            world.session.tunnel.counters.lost = lost
            packet = ppp.Packet(ppp.TERM_REQUEST, 1, text)
            frame = ppp.encode_frame(ppp.Frame(ppp.LCP, ppp.encode(packet)))
            data = ev.Gre(gre.encode(gre.decode(data.data)._replace(payload=frame)))
        put(kind, direction, data)
    world.put_gre = end    # type: ignore[method-assign]
    result = world.run()
    assert (result.status, result.why, result.detail) == (status, 'terminated', text.decode() or EMPTY)
