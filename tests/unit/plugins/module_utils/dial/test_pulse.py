# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The echoes that tell silence from loss."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.dial.pulse import EVERY, LAST, PULSES, Pulse
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.settings import Limits, Settings
from ansible_collections.vpnops.pptp.plugins.module_utils.wire import lcp, ppp
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.dial.setup import Setup
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.dial.world import World


def beaten(answered: t.Container[int], delay: float = 0.01) -> tuple[Pulse, float]:
    """A pulse of which the echoes with these places are answered, and when it was through."""
    sent: list[ppp.Packet] = []
    pulse, now, place = Pulse(sent.append), 0.0, 0
    pulse.start(7, now)
    while not pulse.done:
        assert pulse.deadline is not None
        for packet in sent[place:]:
            if place in answered:
                now = min(now + delay, pulse.deadline)
                pulse.receive(packet._replace(code=lcp.ECHO_REPLY), now)
                pulse.receive(packet._replace(code=lcp.ECHO_REPLY), now)      # doubled on the way
            place += 1
        now = now if pulse.deadline is None else pulse.deadline
        pulse.tick(now)
    assert len({packet.id for packet in sent}) == len(sent) == PULSES
    return pulse, now


@pytest.mark.parametrize(('answered', 'missed', 'most'), [
    (range(PULSES), 0, (PULSES - 1) * EVERY + 0.01), (range(1, PULSES), 1, PULSES * EVERY + LAST),
    (range(PULSES - 1), 1, PULSES * EVERY + LAST), ((3,), PULSES - 1, PULSES * EVERY + LAST),
    ((), 0, PULSES * EVERY + LAST)])
def test_what_a_pulse_misses(answered: t.Container[int], missed: int, most: float) -> None:
    pulse, took = beaten(answered)
    assert (pulse.missed, pulse.deadline) == (missed, None)
    assert took <= most + 1e-9


def test_a_new_pulse_has_new_numbers_and_old_answers_do_not_count() -> None:
    sent: list[ppp.Packet] = []
    pulse = Pulse(sent.append)
    for _round in range(30):
        pulse.start(7, 0.0)
        pulse.start(7, 0.0)
        pulse.receive(ppp.Packet(lcp.ECHO_REPLY, 128 + (sent[-1].id - 129) % 128), 0.0)
        assert pulse.answered == 0
        for number in range(PULSES):
            pulse.tick(number * EVERY)
        pulse.stop()
    assert all(128 <= packet.id < 256 for packet in sent)


def losing(put: t.Callable[..., None], found: list[int], lost: int) -> t.Callable[..., None]:
    """*put*, which loses the fourth echo of the server where *lost*; *found* counts them."""
    def lose(kind: str, direction: str, data: t.Any) -> None:
        if kind == 'server gre' and b'\xc0\x21\x09' in data:
            found.append(1)
            if len(found) == 4 and lost:
                return
        put(kind, direction, data)
    return lose


@pytest.mark.parametrize(('mute', 'settings', 'step'), [
    ('auth', {'limits': Limits(auth=9)}, 'auth'), ('ccp', {}, 'ccp'), ('ipcp', {}, 'ipcp')])
def test_silence_of_a_server_that_answers_echoes_is_its_own(mute: str, settings: dict[str, t.Any], step: str) -> None:
    """And one lost echo among them makes it doubtful."""
    for lost in (0, 1):
        world = World(Settings(user='vpnuser', password='secretpassword', **settings), Setup(
            mute=mute, encryption=0 if mute == 'ccp' else 0x01000040))
        found: list[int] = []
        world.put_gre = losing(world.put_gre, found, lost)    # type: ignore[method-assign]
        result = world.run()
        assert len(found) == PULSES
        assert result[:3] == (('unknown', step, 'lossy') if lost else ('failed', step, 'no-answer'))
