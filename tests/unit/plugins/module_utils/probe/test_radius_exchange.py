# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tries, time-outs, ICMP errors and floods, with a clock that the test turns."""

from __future__ import annotations

import errno
import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.probe import radius_exchange as ex, radius_requests as rq
from tests.unit.plugins.module_utils.probe import network as nt

ASKED = rq.status(nt.SECRET, bytes)


def ask(script: nt.Script, tries: int = 2, wait: float = 2.0, until: float = 60.0, bind: str = ''
        ) -> tuple[ex.Answer | None, nt.Network]:
    """The answer to one question, and the network that it came through."""
    found: list[ex.Answer] = []
    net = nt.Network({(nt.ADDRESS, 1812): script})

    def chain() -> ex.Chain:
        found.append((yield ex.Question(ASKED, nt.ADDRESS, 1812, bind, tries, wait)))

    ex.run([chain()], net, net.clock, net.now + until)
    return (found[0] if found else None), net


def result(script: nt.Script, **more: t.Any) -> str:
    """Its result alone."""
    return ask(script, **more)[0].result    # type: ignore[union-attr]


def test_an_answer_ends_it_at_once() -> None:
    answer, net = ask(nt.replies(2, after=0.3))
    assert answer and (answer.result, answer.sender, answer.ms) == ('authentic', nt.ADDRESS, 300)
    assert (len(net.channels[0].sent), net.channels[0].closed) == (1, True)


def test_silence_takes_tries_times_wait() -> None:
    answer, net = ask(lambda _data, _number: [], tries=3, wait=2.0)
    assert answer and (answer.result, answer.data) == ('timeout', b'')
    assert len(net.channels[0].sent) == 3 and 6.0 <= net.now - 1000 < 6.1
    assert len(set(net.channels[0].sent)) == 1        # the same packet, as the server's memory of it demands


def test_an_answer_to_the_second_try() -> None:
    answer, net = ask(lambda data, number: nt.replies(2)(data, number) if number == 2 else [])
    assert answer and answer.result == 'authentic' and 2000 < answer.ms < 2100


def test_a_late_answer_to_the_first_try() -> None:
    assert result(lambda data, number: nt.replies(2, after=3.5)(data, number) if number == 1 else []) == 'authentic'


@pytest.mark.parametrize(('script', 'word'), [
    (nt.icmp(3, 3), 'refused'), (nt.icmp(3, 13), 'prohibited'), (nt.icmp(3, 1), 'unreachable'),
    (nt.icmp(11, 0), 'unreachable'), (nt.replies(2, secret=b'other'), 'bad-authenticator'),
    (nt.replies(2, ident=9), 'malformed'), (nt.replies(1), 'malformed'), (nt.replies(99), 'malformed'),
    (lambda data, _number: [(0.1, ex.Event(data, nt.ADDRESS))], 'malformed'),      # echo
    (lambda _data, _number: [(0.1, ex.Event(b'', nt.ADDRESS))], 'malformed')])
def test_what_comes_is_named(script: nt.Script, word: str) -> None:
    assert result(script) == word


def test_after_an_icmp_error_one_more_try_is_made_soon() -> None:
    answer, net = ask(nt.icmp(3, 3, '198.51.100.1'))
    assert answer and (answer.sender, answer.icmp) == ('198.51.100.1', (3, 3))
    assert len(net.channels[0].sent) == 2 and net.now - 1000 < 1.2
    assert result(lambda data, number: nt.icmp(3, 1)(data, number) if number == 1 else nt.replies(2)(data, number)) == \
        'authentic'


@pytest.mark.parametrize(('number', 'word', 'seconds'), [
    (errno.EPERM, 'denied', 0), (errno.EACCES, 'denied', 0), (errno.ENETUNREACH, 'unreachable', 3),
    (errno.EHOSTUNREACH, 'unreachable', 3), (errno.EINVAL, 'unreachable', 3), (errno.ENOBUFS, 'error', 3)])
def test_an_error_of_this_host(number: int, word: str, seconds: float) -> None:
    answer, net = ask(lambda _data, _number: [(0, ex.Event(number=number))])
    assert answer and (answer.result, answer.number) == (word, number)
    assert net.now - 1000 <= seconds


def test_an_address_that_is_not_of_this_host() -> None:
    answer, net = ask(nt.replies(2), bind='not-mine')
    assert answer and (answer.result, answer.number) == ('error', errno.EADDRNOTAVAIL) and net.channels == []


def test_a_right_answer_behind_wrong_ones_is_found() -> None:
    def script(data: bytes, _number: int) -> list[tuple[float, ex.Event]]:
        wrong = [(0.01 * count, ex.Event(nt.answer(data, 2, secret=b'forger'), '198.51.100.6')) for count in range(9)]
        return [*wrong, (0.2, ex.Event(nt.answer(data, 2), nt.ADDRESS))]
    answer, _net = ask(script)
    assert answer and (answer.result, answer.sender) == ('authentic', nt.ADDRESS)


@pytest.mark.parametrize('junk', [b'', b'x' * 4096, bytes((2, 77, 0, 20)) + bytes(16), bytes((2, 0, 0xff, 0xff)) * 9])
def test_a_flood_ends(junk: bytes) -> None:
    flood = [(0.0001 * count, ex.Event(junk, '198.51.100.6')) for count in range(5000)]
    answer, net = ask(lambda _data, _number: flood)
    assert answer and answer.result == 'malformed' and 1 < answer.ignored <= ex.DATAGRAMS + 32
    assert net.now - 1000 < 4.1


def test_a_wrong_answer_that_is_repeated_for_ever_ends() -> None:
    def script(data: bytes, _number: int) -> list[tuple[float, ex.Event]]:
        return [(0.1 * count, ex.Event(nt.answer(data, 3, secret=bytes([count])), nt.ADDRESS)) for count in range(200)]
    answer, net = ask(script)
    assert answer and answer.result == 'bad-authenticator' and net.now - 1000 < 1


def test_a_question_that_the_time_does_not_allow_is_not_asked() -> None:
    answer, net = ask(nt.replies(2), wait=2.0, until=1.0)
    assert answer is None and net.channels == []


def test_the_end_comes_when_it_was_said() -> None:
    answer, net = ask(lambda _data, _number: [], tries=5, wait=2.0, until=5.0)
    assert answer and answer.result == 'timeout' and net.now - 1000 < 5.1 and net.channels[0].closed


def test_what_goes_wrong_closes_all_sockets() -> None:
    net = nt.Network({})

    def chain() -> ex.Chain:
        yield ex.Question(ASKED, nt.ADDRESS, 1812, '', 1, 1.0)
        raise RuntimeError('of the caller')

    def other() -> ex.Chain:
        yield ex.Question(ASKED, nt.ADDRESS, 1813, '', 9, 9.0)

    with pytest.raises(RuntimeError):
        ex.run([chain(), other()], net, net.clock, net.now + 99)
    assert [channel.closed for channel in net.channels] == [True, True]


def test_ipv6_has_codes_of_its_own() -> None:
    assert [ex.classify(6, (1, code)) for code in range(7)] == [
        'unreachable', 'prohibited', 'unreachable', 'unreachable', 'refused', 'prohibited', 'prohibited']
    assert [ex.classify(4, (3, code)) for code in (0, 1, 2, 3, 4, 5, 9, 10, 11, 13)] == [
        'unreachable', 'unreachable', 'refused', 'refused', 'unreachable', 'unreachable', 'prohibited', 'prohibited',
        'unreachable', 'prohibited']
