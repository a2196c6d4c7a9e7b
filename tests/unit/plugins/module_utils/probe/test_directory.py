# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the probe asks and leaves alone. The name server, the ports and the programs are made up here; the real ones
are in tests/aaa."""

from __future__ import annotations

import errno
import socket
import sys
import time
import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.bundle import from_texts
from ansible_collections.vpnops.pptp.plugins.module_utils.probe import (
    directory,
    directory_dns as dns,
    directory_ports as ports,
    directory_tools as tools,
)

SMB = '[global]\nrealm = LAB.TEST\nworkgroup = LAB\nsecurity = ads\nnetbios name = RADIUS\n'
OPEN = dict.fromkeys(('88', '135', '389', '445'), 'open')
WELL = {'wbinfo -p': ('ok', 'Ping to winbindd succeeded'), 'wbinfo --ping-dc': ('ok', 'dc connection to "dc.lab.test"'),
        'wbinfo -t': ('ok', ''), 'net ads info': ('ok', 'Server time offset: 2'),
        'net rpc testjoin': ('ok', "Join to 'LAB' is OK"),
        'net ads search': ('ok', 'Got 1 replies\n\nuserAccountControl: 514\npwdLastSet: 1\n')}


class World:
    """A domain: what its name server says, which ports are open, what the programs print."""

    def __init__(self) -> None:
        self.srv = dns.Answer('ok', '192.168.77.10', [dns.Record('x', dns.SRV, '', 'dc.lab.test', 389, 0)],
                              [dns.Record('dc.lab.test', dns.A, '192.168.77.10')])
        self.word = 'open'
        self.programs = dict(WELL)
        self.ran: list[str] = []

    def ask(self, servers: t.Any, name: str, kind: int, until: float) -> dns.Answer:
        return self.srv if kind == dns.SRV else dns.Answer('nxdomain', '', [], [])

    def probe(self, targets: t.Iterable[tuple[str, int]], seconds: float) -> dict[tuple[str, int], str]:
        return dict.fromkeys(targets, self.word)

    def run(self, argv: t.Sequence[str], seconds: float) -> tools.Result:
        words = ' '.join(argv)
        self.ran.append(words)
        name = next(name for name in self.programs if words.startswith(name))
        return tools.Result(*self.programs[name], 0.1)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    found = World()
    monkeypatch.setattr(dns, 'ask', found.ask)
    monkeypatch.setattr(ports, 'probe', found.probe)
    return found


def probe(world: World, account: str | None = None, smb: str = SMB, euid: int = 0, limit: float = 27
          ) -> dict[str, t.Any]:
    host = from_texts({'etc/samba/smb.conf': smb, 'etc/resolv.conf': 'nameserver 192.168.77.10\n',
                       'etc/hostname': 'radius\n', 'bundle.json': '{"euid": %d, "collected_at": 1795677000}' % euid})
    return directory.Probe(host, world.run, limit).run(account)


def test_all_is_well(world: World) -> None:
    facts = probe(world)
    assert facts['controllers'] == [{'name': 'dc.lab.test', 'address': '192.168.77.10', 'ports': OPEN}]
    assert (facts['ping']['dc'], facts['trust']['status'], facts['clock']) == ('dc.lab.test', 'ok', 2)
    assert world.ran == ['wbinfo -p', 'wbinfo --ping-dc', 'wbinfo -t', 'net ads info -S dc.lab.test']


@pytest.mark.parametrize('word', ['refused', 'timeout', 'unreachable', 'prohibited-here'])
def test_nothing_that_blocks_is_run_when_no_port_answers(world: World, word: str) -> None:
    world.word = word
    facts = probe(world, 'alice')
    assert world.ran == ['wbinfo -p'] and facts['reachable'] is False
    assert facts['ping']['status'] == facts['account']['status'] == 'skipped'


def test_no_name_no_port(world: World) -> None:
    world.srv = dns.Answer('timeout', '192.168.77.10', [], [])
    facts = probe(world)
    assert facts['srv']['status'] == 'timeout' and facts['controllers'] == [] and world.ran == ['wbinfo -p']


def test_a_controller_that_smb_conf_names_is_asked_without_dns(world: World) -> None:
    world.srv = dns.Answer('timeout', '192.168.77.10', [], [])
    facts = probe(world, smb=SMB + 'password server = 192.168.77.11, dc2.lab.test, *\n')
    assert [row['address'] for row in facts['controllers']] == ['192.168.77.11']
    assert [row[:2] for row in facts['problems']] == [['dc2.lab.test', 'no-address']]
    assert facts['ping']['status'] == 'ok'


@pytest.mark.parametrize('name', ['1.2.3.4.5', '256.0.0.1', ':::', '1234567'])
def test_what_only_looks_like_an_address_is_not_connected_to(world: World, name: str) -> None:
    """connect(2) of Python would ask a name server for it, for as long as that takes."""
    world.srv = dns.Answer('timeout', '192.168.77.10', [], [])
    facts = probe(world, smb=SMB + 'password server = %s\n' % name)
    assert (facts['controllers'], facts['problems'][0][:2]) == ([], [name, 'no-address'])


def test_a_ping_that_hangs_ends_it(world: World) -> None:
    world.programs['wbinfo --ping-dc'] = ('timeout', '')
    facts = probe(world)
    assert facts['ping']['status'] == 'timeout' and facts['trust']['status'] == 'skipped'
    assert 'wbinfo -t' not in world.ran


def test_a_controller_that_is_shunned_is_asked_anew(world: World) -> None:
    """Samba 4.22, once the controller has refused this machine."""
    world.programs['wbinfo --ping-dc'] = ('failed', 'failed to call wbcPingDc: WBC_ERR_DOMAIN_NOT_FOUND')
    world.programs['wbinfo -t'] = ('failed', 'error code was NT_STATUS_DOMAIN_CONTROLLER_NOT_FOUND (0xc0000233)')
    world.programs['net rpc testjoin'] = ('failed', "Join to domain 'LAB' is not valid: NT_STATUS_ACCESS_DENIED")
    facts = probe(world)
    assert world.ran[-1] == 'net rpc testjoin -S 192.168.77.10'
    assert facts['join'] == {'status': 'failed', 'error': 'NT_STATUS_ACCESS_DENIED', 'seconds': 0.1}


def test_not_root(world: World) -> None:
    facts = probe(world, 'alice', euid=1000)
    assert facts['trust']['status'] == facts['account']['status'] == 'not-root' and facts['ping']['status'] == 'ok'
    assert not [line for line in world.ran if 'search' in line or line == 'wbinfo -t']


def test_winbindd_does_not_answer(world: World) -> None:
    world.programs['wbinfo -p'] = ('failed', 'could not obtain winbind domain name!')
    facts = probe(world)
    assert facts['daemon'] == 'failed' and facts['ping']['status'] == 'skipped' and facts['clock'] == 2


def test_no_realm(world: World) -> None:
    facts = probe(world, smb='[global]\nworkgroup = W\n')
    assert facts['srv'] is None and [row[1] for row in facts['problems']] == ['no-realm']


@pytest.mark.parametrize(('name', 'status'), [
    ('alice', 'ok'), ('lab\\alice', 'ok'), ('LAB.TEST\\alice', 'ok'), ('OTHER\\alice', 'other-domain')])
def test_an_account(world: World, name: str, status: str) -> None:
    found = probe(world, name)['account']
    assert found['status'] == status and found.get('disabled') == (True if status == 'ok' else None)


@pytest.mark.parametrize(('said', 'wanted'), [
    (('ok', 'Got 0 replies'), {'status': 'ok', 'found': False}),
    (('failed', 'ads_connect: NT_STATUS_LOGON_FAILURE'), {'status': 'failed', 'error': 'NT_STATUS_LOGON_FAILURE'}),
    (('timeout', ''), {'status': 'timeout', 'error': None}), (('absent', ''), {'status': 'absent', 'error': None})])
def test_an_account_that_is_not_found(world: World, said: tuple[str, str], wanted: dict[str, t.Any]) -> None:
    world.programs['net ads search'] = said
    assert probe(world, 'alice')['account'] == dict(wanted, name='alice')


def test_no_time_is_left(world: World) -> None:
    facts = probe(world, 'alice', limit=0.1)
    assert world.ran == [] and facts['daemon'] == 'skipped' and facts['account']['status'] == 'skipped'


def test_nothing_is_ever_tried_as_a_user(world: World) -> None:
    probe(world, 'alice')
    for line in world.ran:
        assert line.split()[0] in ('wbinfo', 'net')
        assert not {'-a', '-K', '-U', '--authenticate', 'join'} & set(line.split())


def test_a_program_that_hangs_is_ended_with_its_children() -> None:
    began = time.monotonic()
    found = tools.run(['/bin/sh', '-c', 'sleep 60 & sleep 60'], 0.5)
    assert found.status == 'timeout' and time.monotonic() - began < 10


@pytest.mark.parametrize(('argv', 'status', 'text'), [
    (['/bin/sh', '-c', 'echo out; echo err >&2'], 'ok', 'out\nerr\n'),
    (['/bin/sh', '-c', 'echo no; exit 255'], 'failed', 'no\n'),
    (['/nowhere/wbinfo'], 'absent', '')])
def test_a_program(argv: list[str], status: str, text: str) -> None:
    found = tools.run(argv, 20)
    assert (found.status, found.text) == (status, text)


def test_programs_speak_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv('LANG', 'de_DE.UTF-8')
    assert 'LC_ALL=C' in tools.run(['env'], 20).text.split()


def test_ports() -> None:
    with socket.socket() as listener, socket.socket() as closed:
        listener.bind(('127.0.0.1', 0))
        listener.listen()
        closed.bind(('127.0.0.1', 0))
        opened, shut = ('127.0.0.1', listener.getsockname()[1]), ('127.0.0.1', closed.getsockname()[1])
        found = ports.probe([opened, shut, ('nonsense', 1), opened], 5)
    assert found == {opened: 'open', shut: 'refused', ('nonsense', 1): 'unreachable'}


@pytest.mark.skipif(sys.platform != 'linux', reason='numbers of errors of Linux')
@pytest.mark.parametrize(('name', 'word'), [
    ('ECONNREFUSED', 'refused'), ('EHOSTUNREACH', 'unreachable'), ('EPERM', 'prohibited-here'),
    ('ETIMEDOUT', 'timeout')])
def test_words_for_errors(name: str, word: str) -> None:
    assert ports.word(getattr(errno, name)) == word
