# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sessions of chance: a villain by a seed, and what real servers said, with lies in it. Always a result, never an
exception, and no login that was not one."""

from __future__ import annotations

import random
import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.dial import events as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.result import Result
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.settings import Settings
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.dial.sound import SECRET, Driver, check
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.dial.test_recorded import EXPECTED, Player
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.dial.villain import Villain

ANY = ('mschapv2', 'mschap', 'chap-md5', 'pap', 'eap')
PAUSES = (0.0, 0.0, 0.001, 0.02, 0.02, 1.0, 5.0)


def proven(result: Result) -> None:
    """A login by MS-CHAPv2 that succeeds is one whose server knows the password."""
    seen = result.seen.get('auth', {})
    if result.status == 'ok' and result.step in ('ping', 'ipcp') and seen['method'] == 'mschapv2':
        assert seen['verified'] is True


@pytest.mark.parametrize('block', range(5))
def test_a_villain_gets_nothing_but_a_result(block: int) -> None:
    for seed in range(100 * block, 100 * block + 100):
        chance = random.Random(seed)
        driver = Driver(Settings(
            mode=chance.choice(('login',) * 4 + ('methods', 'path', 'reach')), user='vpnuser', password=SECRET,
            methods=chance.choice((ANY, ('mschapv2',))), mppe=chance.choice(('require', 'prefer', 'none')),
            strengths=chance.choice(((128,), (128, 56, 40))), ping=chance.random() < 0.8))
        villain = Villain(driver.session, seed)
        for _turn in range(400):
            if driver.session.result is not None:
                break
            driver.tell(villain.event(), chance.choice(PAUSES) if chance.random() < 0.3 else 0.0005)
        proven(driver.end())


class Liar(Player):
    """Plays a recording, and *change*s what it hands over."""

    change: t.Callable[[bytes], list[bytes]]

    def tell(self, event: ev.Event) -> None:
        if isinstance(event, (ev.Gre, ev.Stream)):
            for data in self.change(event.data):
                super().tell(type(event)(data))
        else:
            super().tell(event)


class Bend:
    """What becomes of a packet, by chance: a bit, a byte, a length that says more or less, cut, doubled, lost, late."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.rate = self.chance.choice((0.03, 0.1, 0.4))
        self.late: list[bytes] = []

    def __call__(self, data: bytes) -> list[bytes]:
        late, self.late = self.late, []
        if self.chance.random() >= self.rate:
            return [data, *late]
        raw, place = bytearray(data), self.chance.randrange(len(data))
        how = self.chance.randrange(8)
        if how == 0:
            raw[place] ^= 1 << self.chance.randrange(8)
        elif how == 1:
            raw[place] = self.chance.randrange(256)
        elif how == 2:              # both bytes of what is a length at many a place
            raw[place:place + 2] = self.chance.choice((b'\0\0', b'\0\3', b'\xff\xff', b'\0\4'))
        elif how == 3:
            del raw[place:]
        elif how == 4:
            raw[place:place] = bytes(self.chance.randrange(1, 400))
        elif how == 5:
            return [data, data, *late]
        elif how == 6:
            self.late = [data]
            return late
        else:
            return late
        return [bytes(raw), *late]


@pytest.mark.parametrize('name', EXPECTED)
def test_a_recording_with_lies(name: str) -> None:
    settings, expected, *_rest = EXPECTED[name]
    for seed in range(40):
        player = Liar(name, Settings(**{'user': 'vpnuser', 'password': 'secretpassword', **settings}))
        player.change = Bend(seed)
        result = check(player.run())
        proven(result)
        assert expected == 'ok' or result.status != 'ok' or result.seen['ccp']['strength'] is None, (seed, result)
