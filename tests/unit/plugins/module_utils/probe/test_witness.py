# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Asking a witness; one at work, with its packets, is in tests/witness."""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import threading
import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.host import LiveHost
from ansible_collections.vpnops.pptp.plugins.module_utils.probe import witness, witness_process

ANSWER: dict[str, t.Any] = {'why': '', 'dropped': 0, 'seconds': 1.5, 'silent': 0, 'flows': [], 'extra': {}}


@contextlib.contextmanager
def answering(data: bytes) -> t.Iterator[str]:
    """Something that says *data* to whoever asks it."""
    name = os.urandom(8).hex()
    server = witness_process.listening(name)
    server.setblocking(True)

    def answer() -> None:
        with server, server.accept()[0] as asking:
            asking.sendall(data)
    thread = threading.Thread(target=answer)
    thread.start()
    yield name
    thread.join()


def test_an_answer() -> None:
    with answering(json.dumps(ANSWER).encode()) as name:
        found = witness.collect(LiveHost(), name)
    assert found == {'complete': True, 'why': '', 'seconds': 1.5, 'dropped': 0, 'silent': 0, 'flows': [],
                     'counters': found['counters']}


def test_an_answer_that_is_not_complete() -> None:
    with answering(json.dumps(dict(ANSWER, why='dropped', dropped=4)).encode()) as name:
        found = witness.collect(LiveHost(), name)
    assert (found['complete'], found['why'], found['dropped']) == (False, 'dropped', 4)


@pytest.mark.parametrize('data', [b'', b'{', b'[]', json.dumps(ANSWER).encode()[:-1], b'\xff\xfe'])
def test_what_is_no_answer(data: bytes) -> None:
    with answering(data) as name:
        assert witness.collect(LiveHost(), name)['why'] == 'gone'


def test_nobody_there() -> None:
    assert witness.collect(LiveHost(), '0' * 16)['why'] == 'gone'
    assert witness.collect(LiveHost(), '')['why'] == 'not-permitted'


def test_an_answer_without_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witness_process, 'ANSWER', 100000)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                theirs.send(b'x' * 4096)
        assert 100000 <= len(witness_process._all(ours)) < 200000


def test_a_module_without_packet_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: t.Any) -> t.Any:
        raise PermissionError(1, 'Operation not permitted')
    monkeypatch.setattr(witness_process.socket, 'socket', refuse)
    assert witness.start(LiveHost(), 5) == ('', witness.NOT_PERMITTED)


def test_addresses_of_this_host() -> None:
    assert witness.local('127.0.0.1') and not witness.local('192.0.2.1') and not witness.local('255.255.255.255')


def test_it_rests_once_it_has_seen_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where packets are left that it did not take, as after somebody who asked and did not wait for the answer. A
    pair of sockets instead of the one for packets."""
    turns: list[int] = []

    class Counted:
        def __init__(self, own: t.Any) -> None:
            self.register, self.unregister, self._poll = own.register, own.unregister, own.poll

        def poll(self, left: int) -> t.Any:
            turns.append(left)
            return self._poll(left)
    poll = select.poll
    near, far = socket.socketpair()
    with near, far, witness_process.listening(os.urandom(8).hex()) as server:
        own = witness_process.Witness(near, server, 0.3, None)
        own._packets = witness_process.MOST
        far.send(b'one that waits')
        monkeypatch.setattr(select, 'poll', lambda: Counted(poll()))
        own.run()
    assert len(turns) < 10
