# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A session under hostile hands: driven by an injected clock, watched at every call, and its result looked through."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.dial import events as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.result import STEPS, WHY, Result
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.session import Session
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.settings import Settings

LARGEST = 8192      # bytes of a result as JSON
LONGEST = 200       # characters of a text
SECRET = 'correct-horse-battery'
SENT = (ev.SendStream, ev.SendGre, ev.Close, ev.Done)


def texts(value: t.Any) -> t.Iterator[str]:
    """Every text within *value*; whatever is no plain JSON is an error."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from texts(key)
            yield from texts(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from texts(one)
    elif isinstance(value, str):
        yield value
    else:
        assert value is None or type(value) in (bool, int, float), repr(value)


def check(result: Result) -> Result:
    """*result*, which is as it may go out: small, printable, plain, without secrets, with words that exist."""
    assert result.step in STEPS
    assert result.status in ('ok', 'failed', 'unknown')
    assert (result.why == '') == (result.status == 'ok')
    assert result.why in ('', *WHY)
    for text in texts(tuple(result)):
        assert len(text) <= LONGEST, text
        assert text.isprintable()
        text.encode('utf-8')
        assert SECRET not in text
    assert all(isinstance(took, int) and took >= 0 for took in result.times.values())
    assert len(json.dumps(result._asdict())) <= LARGEST
    return result


class Driver:
    """Hands events to one session, as a transport does. ``sent`` counts its packets and bytes, nothing is kept."""

    def __init__(self, settings: Settings | None = None, begin: float = 50.0) -> None:
        self.settings = settings or Settings(user='vpnuser', password=SECRET)
        self.session = Session(self.settings, lambda size: b'\x42' * size)
        self.begin = self.now = begin
        self.packets = self.octets = 0
        self._look(self.session.start(begin))

    @property
    def latest(self) -> float:
        """When it has to be over."""
        return self.begin + self.settings.limits.total + self.settings.limits.end

    def tell(self, event: ev.Event, later: float = 0.0) -> list[ev.Action]:
        """*event* after so many seconds; ticks that are due before it are not left out."""
        until = self.now + later
        while self.session.deadline is not None and self.session.deadline < until:
            self.now = max(self.now, self.session.deadline)
            self._look(self.session.handle(ev.Tick(), self.now))
        self.now = until
        return self._look(self.session.handle(event, self.now))

    def _look(self, actions: list[ev.Action]) -> list[ev.Action]:
        assert self.session.result is None or self.now <= self.latest + 1e-6
        for action in actions:
            assert isinstance(action, SENT) or isinstance(action, ev.Connect) and self.now == self.begin
            if isinstance(action, (ev.SendStream, ev.SendGre)):
                self.packets, self.octets = self.packets + 1, self.octets + len(action.data)
        return actions

    def end(self) -> Result:
        """What becomes of the session when nothing more happens."""
        turns = 0
        while self.session.deadline is not None:
            turns += 1
            assert turns < 1000, 'it spins'
            self.now = max(self.now, self.session.deadline)
            self._look(self.session.handle(ev.Tick(), self.now))
        assert self.now <= self.latest + 1e-6
        assert self.session.result
        return check(self.session.result)
