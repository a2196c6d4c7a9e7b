# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Questions and answers over UDP, all servers at once: tries, time-outs, what ICMP says, floods.

The network is a *transport* and the time a *clock*, both arguments: nothing here knows a socket.
"""

from __future__ import annotations

import errno
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.probe import radius_requests as rq

TIMEOUT, REFUSED, UNREACHABLE, PROHIBITED, DENIED, ERROR = (
    'timeout', 'refused', 'unreachable', 'prohibited', 'denied', 'error')
DATAGRAMS = 64      # of one question; a flood ends it
AGAIN = 0.5         # seconds that a further try after an ICMP error gets
GRACE = 0.25        # seconds for a right answer to follow a wrong one
# RFC 792 and 1812 5.2.7.1; RFC 4443 3.1: what stands for a port, and what for a ban
_PORT = {4: ((3, 2), (3, 3)), 6: ((1, 4),)}
_BAN = {4: ((3, 9), (3, 10), (3, 13)), 6: ((1, 1), (1, 5), (1, 6))}
_RANK = (rq.AUTHENTIC, rq.FORGED, rq.MALFORMED, DENIED, REFUSED, PROHIBITED, UNREACHABLE, ERROR, TIMEOUT)
_LOCAL = {errno.EPERM: DENIED, errno.EACCES: DENIED, errno.ENETUNREACH: UNREACHABLE, errno.EHOSTUNREACH: UNREACHABLE,
          errno.EINVAL: UNREACHABLE, errno.ECONNREFUSED: REFUSED}      # EINVAL: a blackhole route


class Event(t.NamedTuple):
    """What came: a datagram (*data*), an ICMP error (*icmp*: type and code), or an error of this host (*number*);
    *sender* is who sent it."""

    data: bytes | None = None
    sender: str = ''
    icmp: tuple[int, int] | None = None
    number: int = 0


class Channel(t.Protocol):
    """A way to one port of one address; ``send`` raises OSError."""

    family: int     # 4 or 6

    def send(self, data: bytes) -> None:
        """Send one datagram."""

    def events(self) -> list[Event]:
        """What has come, without waiting; at most some dozens at a time."""

    def close(self) -> None:
        """No more of it."""


class Transport(t.Protocol):
    """The network."""

    def open(self, address: str, port: int, bind: str) -> Channel:
        """A channel; raises OSError."""

    def wait(self, channels: t.Sequence[t.Any], seconds: float) -> None:
        """Return when one of *channels* has events, at the latest after *seconds*."""


class Question(t.NamedTuple):
    """*asked* of *address* and *port*, from *bind* (``''``: any), *tries* times, each *wait* seconds long."""

    asked: rq.Request
    address: str
    port: int
    bind: str
    tries: int
    wait: float


class Answer(t.NamedTuple):
    """*result* is a word of rq.judge or one of this module; *sender*, who answered or sent the ICMP error; *ms* until
    then; *ignored* datagrams that were no answer."""

    result: str
    data: bytes = b''
    sender: str = ''
    icmp: tuple[int, int] | None = None
    ms: int = 0
    ignored: int = 0
    number: int = 0


Chain = t.Generator[Question, Answer, t.Any]


class _Open:
    """One question on its way."""

    def __init__(self, chain: Chain, question: Question, began: float) -> None:
        self.chain, self.question, self.began = chain, question, began
        self.best = Answer(TIMEOUT)
        self.left, self.until, self.seen, self.ignored = question.tries, began, 0, 0
        self.channel: Channel | None = None

    def better(self, result: str, now: float, **more: t.Any) -> None:
        """Keep *result* if it says more than what is known."""
        if _RANK.index(result) < _RANK.index(self.best.result):
            self.best = Answer(result, ms=round((now - self.began) * 1000), **more)

    def done(self, now: float) -> bool:
        """Whether there is an answer, or nothing more to wait for."""
        return self.best.result in (rq.AUTHENTIC, DENIED) or self.seen >= DATAGRAMS or (
            now >= self.until and (self.left <= 0 or self.best.result == rq.FORGED))

    def answer(self) -> Answer:
        """What is known."""
        return self.best._replace(ignored=self.ignored)


def run(chains: t.Iterable[Chain], transport: Transport, clock: t.Callable[[], float], until: float) -> None:
    """Ask what the *chains* ask, each one question after the other and all of them at once. At *until* all is over;
    a question that could not be waited for before that is not asked."""
    going = [item for item in (_next(chain, None, transport, clock(), until) for chain in chains) if item]
    try:
        while going:
            now = clock()
            for item in going:
                _step(item, now, until)
            over = [item for item in going if item.done(now) or now >= until]
            for item in over:
                _close(item)
                going.remove(item)
                following = _next(item.chain, item.answer(), transport, clock(), until)
                going += [following] if following else []
            if not over:
                transport.wait([item.channel for item in going],
                               max(0.0, min(until, *(item.until for item in going)) - now))
    finally:
        for item in going:
            _close(item)


def _next(chain: Chain, answer: Answer | None, transport: Transport, now: float, until: float) -> _Open | None:
    """The next question of *chain*, its channel open."""
    try:
        question = next(chain) if answer is None else chain.send(answer)
    except StopIteration:
        return None
    if now + question.wait > until:
        chain.close()
        return None
    item = _Open(chain, question, now)
    try:
        item.channel = transport.open(question.address, question.port, question.bind)
    except OSError as error:
        _local(item, error.errno, now)
        item.left = 0
    return item


def _step(item: _Open, now: float, until: float) -> None:
    """Take what has come; send again when it is time to."""
    if item.channel is None:
        return
    for event in item.channel.events():
        _take(item, event, now)
    if now < item.until or item.left <= 0 or item.done(now) or now >= until:
        return
    troubled = item.best.result != TIMEOUT
    item.left -= 1
    item.until = now + (min(AGAIN, item.question.wait) if troubled else item.question.wait)
    try:
        item.channel.send(item.question.asked.data)
    except OSError as error:
        _local(item, error.errno, now)


def _take(item: _Open, event: Event, now: float) -> None:
    if event.data is None:
        if event.icmp is not None:
            result = classify(item.channel.family if item.channel else 4, event.icmp)
            item.better(result, now, sender=event.sender, icmp=event.icmp)
            item.until = min(item.until, now + AGAIN)
        elif event.number:
            _local(item, event.number, now)
        return
    item.seen += 1
    verdict = rq.judge(event.data, item.question.asked)
    item.ignored += verdict == rq.MALFORMED
    item.better(verdict, now, data=event.data, sender=event.sender)
    if verdict == rq.FORGED:
        item.until, item.left = min(item.until, now + GRACE), 0


def classify(family: int, icmp: tuple[int, int]) -> str:
    """What an ICMP error says; time exceeded and the rest are ways that do not lead there."""
    return REFUSED if icmp in _PORT[family] else PROHIBITED if icmp in _BAN[family] else UNREACHABLE


def _local(item: _Open, number: int | None, now: float) -> None:
    """An error of this host: its rules (EPERM), its routes, an address that it has not."""
    item.better(_LOCAL.get(number or 0, ERROR), now, number=number or 0)


def _close(item: _Open) -> None:
    if item.channel is not None:
        item.channel.close()
        item.channel = None
