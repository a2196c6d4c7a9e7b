# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Real sockets on the loopback interface: answers, refusals, floods, and names that take too long."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import threading
import time
import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.probe import (
    radius_exchange as ex,
    radius_requests as rq,
    sockets,
)
from tests.unit.plugins.module_utils.probe import network as nt

FAMILIES = [(socket.AF_INET, '127.0.0.1'), (socket.AF_INET6, '::1')]


@contextlib.contextmanager
def server(answers: t.Callable[[bytes], t.Iterable[bytes]], family: int = socket.AF_INET, address: str = '127.0.0.1'
           ) -> t.Iterator[int]:
    """A server that gives *answers*; its port."""
    try:
        own = socket.socket(family, socket.SOCK_DGRAM)
        own.bind((address, 0))
    except OSError as error:
        pytest.skip('no %s here: %s' % (address, error))
    own.settimeout(5)

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                data, client = own.recvfrom(4096)
                for answer in answers(data):
                    own.sendto(answer, client)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield own.getsockname()[1]
    finally:
        with contextlib.suppress(OSError):
            own.shutdown(socket.SHUT_RDWR)
        own.close()
        thread.join(6)


def ask(port: int, address: str = '127.0.0.1', tries: int = 2, wait: float = 0.5) -> ex.Answer:
    found: list[ex.Answer] = []

    def chain() -> ex.Chain:
        found.append((yield ex.Question(rq.status(nt.SECRET, os.urandom), address, port, '', tries, wait)))

    ex.run([chain()], sockets.Network(), time.monotonic, time.monotonic() + 5)
    return found[0]


@pytest.mark.parametrize(('family', 'address'), FAMILIES)
def test_an_answer(family: int, address: str) -> None:
    with server(lambda data: [nt.answer(data, 2)], family, address) as port:
        answer = ask(port, address)
    assert (answer.result, answer.sender) == ('authentic', address)


@pytest.mark.parametrize(('family', 'address', 'icmp'), [(*FAMILIES[0], (3, 3)), (*FAMILIES[1], (1, 4))])
def test_a_closed_port(family: int, address: str, icmp: tuple[int, int]) -> None:
    with server(lambda data: [], family, address) as port:
        pass
    answer = ask(port, address)
    assert (answer.result, answer.sender, answer.icmp) == ('refused', address, icmp)


@pytest.mark.parametrize('junk', [b'', b'x', os.urandom(4000), bytes((2, 0, 0, 20)) + bytes(16)])
def test_a_flood(junk: bytes) -> None:
    began = time.monotonic()
    with server(lambda _data: [junk] * 3000) as port:
        answer = ask(port)
    assert answer.result in ('malformed', 'bad-authenticator') and answer.ignored <= ex.DATAGRAMS + 32
    assert time.monotonic() - began < 8


def test_a_right_answer_in_a_flood() -> None:
    with server(lambda data: [*[os.urandom(30)] * 20, nt.answer(data, 2)]) as port:
        answer = ask(port)
    assert (answer.result, answer.ignored) == ('authentic', 20)


@pytest.mark.parametrize(('value', 'event'), [
    (b'', ex.Event()), (bytes(15), ex.Event()),
    (struct.pack('=IBBBBII', 111, 2, 3, 3, 0, 0, 0) + struct.pack('=HH4s8x', socket.AF_INET, 0, b'\n\0\0\1'),
     ex.Event(icmp=(3, 3), sender='10.0.0.1', number=111)),
    (struct.pack('=IBBBBII', 111, 2, 3, 3, 0, 0, 0), ex.Event(icmp=(3, 3), number=111)),
    (struct.pack('=IBBBBII', 111, 3, 1, 4, 0, 0, 0) + struct.pack('=HHI15sBI', socket.AF_INET6, 0, 0, b'', 1, 0),
     ex.Event(icmp=(1, 4), sender='::1', number=111)),
    (struct.pack('=IBBBBII', 90, 2, 3, 4, 0, 1400, 0), ex.Event()),               # a path with a smaller MTU
    (struct.pack('=IBBBBII', 1, 1, 0, 0, 0, 0, 0), ex.Event(number=1))])
def test_the_error_queue(value: bytes, event: ex.Event) -> None:
    assert sockets.extended(value) == event


def test_our_own_address() -> None:
    assert sockets.source('127.0.0.1', '') == '127.0.0.1'
    assert (sockets.source('127.0.0.1', '192.0.2.1'), sockets.source('', ''), sockets.source('nonsense', '')) == (
        '192.0.2.1', '', '')


def test_names() -> None:
    names = sockets.Names(3.0)
    assert (names('127.0.0.9'), names('localhost'), names('')) == (['127.0.0.9'], ['127.0.0.1'], [])
    assert names('127.0.0.9\r') == names('a\0b') == names('x' * 300) == []


def test_a_name_that_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    free = threading.Event()
    monkeypatch.setattr(sockets, '_addresses', lambda _name, _family: [] if free.wait(20) else [])
    names, began = sockets.Names(0.3), time.monotonic()
    assert [names(name) for name in ('one', 'two', 'one', '192.0.2.1')] == [[], [], [], ['192.0.2.1']]
    assert time.monotonic() - began < 2 and names.slow == ['one', 'two']
    free.set()
