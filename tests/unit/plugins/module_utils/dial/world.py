# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A network without sockets and with a clock of its own: it delays, loses, doubles and reorders GRE, never TCP."""

from __future__ import annotations

import heapq
import itertools
import random
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.dial import events as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.result import Result
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.session import Session
from ansible_collections.vpnops.pptp.plugins.module_utils.dial.settings import Settings
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.dial.server import Server
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.dial.setup import Setup

DELAY = 0.01        # seconds, one way
LONGEST = 200.0     # of a session: far beyond its limits


class World:
    """One dial of *settings* at *server*. *eaten*: directions (``in``, ``out``) whose GRE never arrives."""

    def __init__(self, settings: Settings, setup: Setup | None = None, seed: int = 1, loss: float = 0,
                 double: float = 0, reorder: float = 0, eaten: str = '', connects: str = '') -> None:
        self.random = random.Random(seed)
        self.session = Session(settings, lambda size: bytes(self.random.getrandbits(8) for _byte in range(size)))
        self.server = Server(setup)
        self.loss, self.double, self.reorder, self.eaten, self.connects = loss, double, reorder, eaten, connects
        self.now = 100.0
        self.queue: list[tuple[float, int, str, t.Any]] = []
        self.count = itertools.count()
        self.actions: list[ev.Action] = []
        self.closed = False

    def put(self, delay: float, kind: str, what: t.Any) -> None:
        heapq.heappush(self.queue, (self.now + delay, next(self.count), kind, what))

    def put_gre(self, kind: str, direction: str, data: t.Any) -> None:
        if direction in self.eaten.split():
            return
        for _copy in range(2 if self.random.random() < self.double else 1):
            if self.random.random() >= self.loss:
                late = self.random.random() * 0.1 if self.random.random() < self.reorder else 0
                self.put(DELAY + late, kind, data)

    def run(self) -> Result:
        begin = self.now
        self.act(self.session.start(self.now))
        turns = 0
        while self.session.result is None:
            turns += 1
            assert turns < 3000, 'the session spins'
            due = [self.session.deadline, self.server.due(), self.queue[0][0] if self.queue else None]
            self.now = max(self.now, min(when for when in due if when is not None))
            assert self.now < begin + LONGEST, 'the session does not end'
            self.server.tick(self.now)
            self.flush()
            while self.queue and self.queue[0][0] <= self.now:
                _when, _number, kind, what = heapq.heappop(self.queue)
                self.deliver(kind, what)
            self.act(self.session.handle(ev.Tick(), self.now))
        while self.queue:
            self.now, _number, kind, what = heapq.heappop(self.queue)
            if kind.startswith('server'):
                self.server.now = self.now
                self.deliver(kind, what)
        return self.session.result

    def deliver(self, kind: str, what: t.Any) -> None:
        if kind == 'server tcp':
            if not self.server.closed:
                self.server.tcp(what)
        elif kind == 'server gre':
            self.server.gre(what)
        else:
            self.act(self.session.handle(what, self.now))
        self.flush()

    def flush(self) -> None:
        out, self.server.out = self.server.out, []
        for kind, data in out:
            if kind == 'gre':
                self.put_gre('client', 'in', ev.Gre(t.cast(bytes, data)))
            else:
                self.put(DELAY, 'client', ev.Lost('closed') if data is None else ev.Stream(data))

    def act(self, actions: list[ev.Action]) -> None:
        self.actions += actions
        for action in actions:
            if isinstance(action, ev.Connect):
                if self.connects != 'never':
                    self.put(DELAY, 'client', ev.Lost(self.connects) if self.connects else ev.Connected())
            elif isinstance(action, ev.SendStream):
                self.put(DELAY, 'server tcp', action.data)
            elif isinstance(action, ev.SendGre):
                self.put_gre('server gre', 'out', action.data)
