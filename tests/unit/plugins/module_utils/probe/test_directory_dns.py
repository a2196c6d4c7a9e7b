# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One question to a name server, with an end, whatever comes back. A server of our own stands at 127.0.0.1."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
import typing as t

import pytest
from hypothesis import given, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils.probe import directory_dns as dns

NAME = '_ldap._tcp.dc._msdcs.lab.test'
POINTER = b'\xc0\x0c'                     # the name in the question


def labels(name: str) -> bytes:
    return b''.join(bytes([len(part)]) + part.encode() for part in name.split('.')) + b'\0'


def record(name: bytes, kind: int, data: bytes) -> bytes:
    return name + struct.pack('>HHIH', kind, 1, 900, len(data)) + data


def srv(host: str, priority: int = 0, port: int = 389) -> bytes:
    return record(POINTER, dns.SRV, struct.pack('>3H', priority, 100, port) + labels(host))


def reply(number: int = 7, answers: t.Sequence[bytes] = (), extra: t.Sequence[bytes] = (), flags: int = 0x8180,
          name: str = NAME, kind: int = dns.SRV) -> bytes:
    head = struct.pack('>6H', number, flags, 1, len(answers), 0, len(extra))
    return head + labels(name) + struct.pack('>2H', kind, 1) + b''.join(answers) + b''.join(extra)


GLUE = record(labels('dc.lab.test'), dns.A, bytes([192, 168, 77, 10]))


def test_a_question() -> None:
    data = dns.question(0x1234, 'lab.test', dns.A)
    assert data[:12] == b'\x12\x34\x01\0\0\1\0\0\0\0\0\1'
    assert data[12:].startswith(b'\x03lab\x04test\0\0\x01\0\x01')


@pytest.mark.parametrize(('text', 'servers'), [
    ('nameserver 192.0.2.1\nnameserver\tfd00::1\n', ['192.0.2.1', 'fd00::1']),
    ('nameserver fe80::1%eth0\n', ['fe80::1%eth0']), ('# nameserver 192.0.2.1\n', []),
    ('nameserver 1.2.3.4.5\nnameserver ...\nnameserver 192.0.2.1\n', ['192.0.2.1'])])
def test_name_servers_are_addresses(text: str, servers: list[str]) -> None:
    """Anything else would have to be asked for itself, which nobody bounds."""
    assert dns.resolvers(text) == servers


@pytest.mark.parametrize('label', [b'a\0b', b'a b', b'a\nb', b'-x', b'a/b', b'a;b'])
def test_a_controller_is_called_as_hosts_are(label: bytes) -> None:
    """Its name becomes an argument of net(8), and a line of a report."""
    target = bytes([len(label)]) + label + b'\x04test\0'
    data = reply(answers=[record(POINTER, dns.SRV, struct.pack('>3H', 0, 0, 389) + target), srv('dc.lab.test')])
    assert [item.host for item in dns.decode(data, 7, NAME, dns.SRV)[1]] == ['dc.lab.test']


@pytest.mark.parametrize('name', ['', 'a..b', 'x' * 64, '.'.join(['x' * 60] * 4)])
def test_what_is_no_name(name: str) -> None:
    with pytest.raises((ValueError, UnicodeError)):
        dns.question(1, name, dns.A)


def test_an_answer_with_addresses() -> None:
    data = reply(answers=[srv('dc.lab.test', 5), srv('DC2.lab.test')], extra=[GLUE])
    status, found, extra = dns.decode(data, 7, NAME, dns.SRV)
    assert status == 'ok' and [(item.host, item.port, item.priority) for item in found] == [
        ('dc.lab.test', 389, 5), ('dc2.lab.test', 389, 0)]
    assert [item.address for item in extra if item.kind == dns.A] == ['192.168.77.10']


@pytest.mark.parametrize(('flags', 'answers', 'status'), [
    (0x8183, [], 'nxdomain'), (0x8182, [], 'servfail'), (0x8185, [], 'refused-by-server'), (0x8180, [], 'empty'),
    (0x8184, [], 'servfail'), (0x8380, [], 'malformed'), (0x8180, [GLUE], 'empty')])
def test_an_answer_without_records(flags: int, answers: list[bytes], status: str) -> None:
    assert dns.decode(reply(flags=flags, answers=answers), 7, NAME, dns.SRV)[0] == status


@pytest.mark.parametrize('data', [
    b'', b'\0' * 11, reply(number=8), reply(flags=0x0180), reply(name='other.test'), reply(kind=dns.A),
    reply(answers=[srv('dc')])[:-3], reply(answers=[record(POINTER, dns.SRV, b'\0' * 7)[:-7] + b'\xff\xff']),
    reply(answers=[b'\xc0\x3f' + b'\0' * 10]), reply()[:12] + b'\xc0\x0c' + b'\0\x21\0\1', reply(answers=[b'\x80abc'])])
def test_nonsense_is_told_from_an_answer(data: bytes) -> None:
    with pytest.raises(dns.Malformed):
        dns.decode(data, 7, NAME, dns.SRV)


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_end_well(data: bytes, begun: bool) -> None:
    with contextlib.suppress(dns.Malformed):
        dns.decode(reply()[:-4] + data if begun else data, 7, NAME, dns.SRV)


@pytest.mark.parametrize(('text', 'servers'), [
    ('nameserver 192.168.77.10\n# nameserver 1.1.1.1\n nameserver 2.2.2.2\nnameserver fe80::1%eth0\noptions x\n',
     ['192.168.77.10', 'fe80::1%eth0']), ('nameserver a\n', []), ('nameserver 1.1.1.1\n' * 5, ['1.1.1.1'] * 3),
    ('', [])])
def test_resolv_conf(text: str, servers: list[str]) -> None:
    assert dns.resolvers(text) == servers


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> t.Iterator[list[t.Callable[[bytes], list[bytes]]]]:
    """What answers at 127.0.0.1: the function in the list."""
    behaviour: list[t.Callable[[bytes], list[bytes]]] = []
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    link.bind(('127.0.0.1', 0))
    monkeypatch.setattr(dns, 'PORT', link.getsockname()[1])

    def serve() -> None:
        while True:
            query, sender = link.recvfrom(4096)
            if query == b'end':
                return
            for data in behaviour[0](query):
                link.sendto(data, sender)
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield behaviour
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
        last.sendto(b'end', link.getsockname())
    thread.join(5)
    link.close()


def _number(query: bytes) -> int:
    return int.from_bytes(query[:2], 'big')


def test_an_answer_comes(server: t.Any) -> None:
    server.append(lambda query: [reply(_number(query), [srv('dc.lab.test')], [GLUE])])
    answer = dns.ask(['127.0.0.1'], NAME, dns.SRV, time.monotonic() + 5)
    assert answer.status == 'ok' and answer.server == '127.0.0.1' and answer.records[0].host == 'dc.lab.test'


def test_a_stranger_who_guesses_is_not_believed(server: t.Any) -> None:
    server.append(lambda query: [reply(_number(query) ^ 1, [srv('evil.test')]), b'x' * 600,
                                 reply(_number(query), [srv('dc.lab.test')])])
    answer = dns.ask(['127.0.0.1'], NAME, dns.SRV, time.monotonic() + 5)
    assert [item.host for item in answer.records] == ['dc.lab.test']


@pytest.mark.parametrize('flood', [[], [b'nonsense'] * 200])
def test_silence_and_floods_end_in_time(server: t.Any, flood: list[bytes]) -> None:
    server.append(lambda query: flood)
    began = time.monotonic()
    answer = dns.ask(['127.0.0.1'], NAME, dns.SRV, began + 0.5)
    assert answer.status in ('timeout', 'malformed') and not answer.records and time.monotonic() - began < 3


def test_nothing_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.bind(('127.0.0.1', 0))
        monkeypatch.setattr(dns, 'PORT', link.getsockname()[1])
    assert dns.ask(['127.0.0.1'], NAME, dns.SRV, time.monotonic() + 5).status == 'closed'
    assert dns.ask([], NAME, dns.SRV, time.monotonic() + 5).status == 'no-resolver'


def test_the_next_server_is_asked(server: t.Any, monkeypatch: pytest.MonkeyPatch) -> None:
    server.append(lambda query: [reply(_number(query), [srv('dc.lab.test')])])
    answer = dns.ask(['127.0.0.2', '127.0.0.1'], NAME, dns.SRV, time.monotonic() + 5)
    assert (answer.status, answer.server) == ('ok', '127.0.0.1')
