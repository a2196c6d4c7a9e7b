# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where a dial is lost, on real packets: rules that drop them before, in and behind a router, and a real pptpd."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import time
import typing as t

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from ansible_collections.vpnops.pptp.plugins.module_utils.host import LiveHost
from ansible_collections.vpnops.pptp.plugins.module_utils.probe import witness, witness_process
from ansible_collections.vpnops.pptp.plugins.module_utils.wire import gre
from ansible_collections.vpnops.pptp.plugins.plugin_utils import gre_trace
from tests.firewall import netns
from tests.witness import rig as lab

REASON = lab.why_not()
pytestmark = pytest.mark.skipif(bool(REASON), reason='no witness can stand here: ' + REASON)
ROUTER = lab.MASQUERADE + lab.HELPER
Seen = tuple[dict[str, t.Any], dict[str, dict[str, t.Any]]]


@pytest.fixture(scope='module')
def rig(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[lab.Rig]:
    with lab.Rig(tmp_path_factory.mktemp('rig')) as made:
        made.serve()
        yield made


@pytest.fixture(autouse=True)
def _clean(rig: lab.Rig) -> None:
    rig.rules('r', ROUTER)
    rig.rules('s')
    rig.rules('c')


def traced(rig: lab.Rig, **settings: t.Any) -> tuple[dict[str, t.Any] | None, dict[str, t.Any], dict[str, t.Any]]:
    """Where a dial is lost, the dial, and what was seen of it."""
    names = rig.watch()
    dial = rig.dial(**settings)
    seen = rig.collect(names)
    assert all(found['complete'] for found in seen.values()), seen
    return gre_trace.locate(dial, seen['s'], {'gate': seen['r']}), dial, seen


def chain(hook: str, rule: str, table: str = 'inet filter') -> str:
    return 'table %s {\n chain %s { type filter hook %s priority 0; policy accept;\n %s\n }\n}\n' % (
        table, hook, hook, rule)


def test_all_well(rig: lab.Rig) -> None:
    lost, dial, seen = traced(rig)
    assert lost is None
    inside, outside = seen['r']['flows']
    server = seen['s']['flows'][0]
    assert (dial['step'], inside['name'], outside['name'], server['name']) == ('lcp', *[dial['name']] * 3)
    assert (inside['client'], outside['client'][0], server['client']) == (
        dial['source'], lab.OUTSIDE, outside['client'])
    assert inside['calls'][1:] == [dial['seen']['call']['call_id']] and server['calls'] == outside['calls']
    sent = dial['seen']['gre']['sent']
    assert inside['seen']['up'] == {'lan0': [sent, 0]} and outside['seen']['up'] == {'wan0': [0, sent]}
    assert server['seen']['up'] == {'s0': [sent, 0]}
    assert server['seen']['down']['s0'][1] >= dial['seen']['gre']['received']
    assert (server['result'], server['acked'], server['syn']) == (1, True, inside['syn'])
    assert server['seen']['syn'] == {'s0': [1, 0]} and server['seen']['syn_ack'] == {'s0': [0, 1]}


# who has the rule, the rule, and: packets, direction, how, at, between, chain of the rule
LOST = [
    ('c', chain('output', 'tcp dport 1723 counter drop'), ('tcp', 'up', 'not-arrived', '', ['client', 'server'], '')),
    ('r', ROUTER + chain('forward', 'tcp dport 1723 counter drop'), ('tcp', 'up', 'dropped', 'gate', [], 'forward')),
    ('r', ROUTER + chain('forward', 'tcp sport 1723 counter drop'), ('tcp', 'down', 'dropped', 'gate', [], 'forward')),
    ('s', chain('input', 'tcp dport 1723 counter drop'), ('tcp', 'up', 'dropped', 'server', [], 'input')),
    ('s', chain('input', 'tcp dport 1723 drop'), ('tcp', 'up', 'not-answered', 'server', [], '')),
    ('s', chain('output', 'tcp sport 1723 counter drop'), ('tcp', 'down', 'not-sent', 'server', [], 'output')),
    ('s', chain('input', 'ip protocol gre counter drop'), ('gre', 'up', 'dropped', 'server', [], 'input')),
    ('s', chain('input', 'ip protocol gre drop'), ('gre', 'up', 'arrived', 'server', [], '')),
    ('s', chain('input', 'ip protocol gre counter reject'), ('gre', 'up', 'dropped', 'server', [], 'input')),
    ('s', chain('output', 'ip protocol gre counter drop'), ('gre', 'down', 'not-sent', 'server', [], 'output')),
    ('r', ROUTER + chain('forward', 'iifname "lan0" ip protocol gre counter drop'),
     ('gre', 'up', 'dropped', 'gate', [], 'forward')),
    ('r', ROUTER + chain('forward', 'iifname "wan0" meta l4proto gre counter drop'),
     ('gre', 'down', 'dropped', 'gate', [], 'forward')),
    ('r', lab.MASQUERADE, ('gre', 'down', 'dropped', 'gate', [], '')),
    ('c', chain('output', 'ip protocol gre drop'), ('gre', 'up', 'not-sent', 'client', [], '')),
    ('c', chain('prerouting', 'ip protocol gre drop').replace('priority 0', 'priority -300'),
     ('gre', 'down', 'not-returned', '', ['gate', 'client'], '')),
]


@pytest.mark.parametrize(('where', 'rules', 'expected'), LOST, ids=[
    'SYN before the router', 'SYN in the router', 'its answer in the router', 'SYN at the server',
    'SYN at the server, not counted', 'its answer at the server', 'GRE at the server', 'GRE at the server, not counted',
    'GRE refused by the server', 'GRE out of the server', 'GRE in the router', 'GRE of the server in the router',
    'router without the helper', 'GRE out of the client', 'GRE behind the router'])
def test_lost(rig: lab.Rig, where: str, rules: str, expected: tuple[t.Any, ...]) -> None:
    rig.rules(where, rules)
    lost, dial, seen = traced(rig)
    assert lost is not None, (dial, seen)
    got = tuple(lost[key] for key in ('packets', 'direction', 'how', 'at', 'between'))
    assert (*got, lost['rule'].get('chain', '')) == expected, (lost, dial, seen)


TABLE = ('*filter\n:INPUT %s [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n'
         '-A INPUT -p tcp -m tcp --dport 1723 -j ACCEPT\n%sCOMMIT\n')
EMPTY = '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n'
GUIDE = '-A INPUT -p gre -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n'


@pytest.mark.parametrize('tool', ['iptables-nft', 'iptables-legacy'])
@pytest.mark.parametrize(('policy', 'rules', 'position', 'rule'), [
    ('DROP', '', None, 'policy drop'), ('DROP', GUIDE, None, 'policy drop'),
    ('ACCEPT', '-A INPUT -s 10.77.2.0/24 -p gre -j DROP\n', 2, '-A INPUT -s 10.77.2.0/24 -p gre -j DROP'),
    ('ACCEPT', '-N own\n-A own -p 47 -j REJECT\n-A INPUT -j own\n', 1, '-A own -p gre -j REJECT')])
def test_rules_of_iptables(rig: lab.Rig, tool: str, policy: str, rules: str, position: int | None, rule: str) -> None:
    rig.run('s', tool + '-restore', text=TABLE % (policy, rules))
    try:
        lost, dial, seen = traced(rig)
        assert lost is not None, (dial, seen)
        assert (lost['direction'], lost['how'], lost['at']) == ('up', 'dropped', 'server'), (lost, seen['s'])
        assert lost['rule']['rule'].startswith(rule) and lost['rule']['position'] == position
        assert lost['rule']['packets'] == dial['seen']['gre']['sent']
        assert lost['rule']['table'].startswith('iptables-legacy-save' if 'legacy' in tool else 'iptables-save')
        assert len(seen['s']['counters']) == 1
    finally:
        rig.run('s', tool + '-restore', text=EMPTY)


def test_another_session_of_the_same_hosts_is_not_counted(rig: lab.Rig) -> None:
    names = rig.watch()
    with rig.inside('c'):
        other = socket.socket(socket.AF_INET, socket.SOCK_RAW, 47)
    with rig.inside('s'):
        back = socket.socket(socket.AF_INET, socket.SOCK_RAW, 47)
    with other, back:
        def noise(*_args: object) -> None:
            other.sendto(gre.encode(gre.Packet(777, 1, 5, b'x' * 20)), (lab.SERVER, 0))
            back.sendto(gre.encode(gre.Packet(778, 1, 5, b'x' * 20)), (lab.OUTSIDE, 0))
        before = signal.signal(signal.SIGALRM, noise)
        signal.setitimer(signal.ITIMER_REAL, 0.01, 0.003)
        try:
            dial = rig.dial()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
    seen = rig.collect(names)
    assert seen['s']['complete'] and gre_trace.locate(dial, seen['s'], {'gate': seen['r']}) is None
    row, = seen['s']['flows']
    assert row['seen']['up'] == {'s0': [dial['seen']['gre']['sent'], 0]}
    assert row['seen']['down']['s0'][0] == 0 and row['seen']['down']['s0'][1] < 40


def process(name: str) -> int | None:
    """The process that listens under *name*."""
    for pid in filter(str.isdigit, os.listdir('/proc')):
        with contextlib.suppress(OSError):
            if pathlib.Path('/proc/%s/comm' % pid).read_text() == 'gre_witness\n' and name in _socket_names(pid):
                return int(pid)
    return None


def _socket_names(pid: str) -> str:
    inodes = {os.readlink(link).strip('socket:[]') for link in pathlib.Path('/proc/%s/fd' % pid).iterdir()}
    lines = pathlib.Path('/proc/%s/net/unix' % pid).read_text().splitlines()
    return '\n'.join(line for line in lines if len(line.split()) > 6 and line.split()[6] in inodes)


def gone(name: str, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process(name) is None:
            return True
        time.sleep(0.05)
    return False


def test_it_ends_when_it_is_asked_and_leaves_nothing(rig: lab.Rig) -> None:
    name = rig.watch('s')['s']
    pid = process(name)
    assert pid is not None
    assert {os.readlink('/proc/%d/fd/%d' % (pid, fd)) for fd in range(3)} == {'/dev/null'}
    assert len(os.listdir('/proc/%d/fd' % pid)) == 5 and os.readlink('/proc/%d/cwd' % pid) == '/'
    assert os.getsid(pid) != os.getsid(0)
    assert rig.collect({'s': name})['s']['complete']
    assert gone(name, 2)
    assert rig.collect({'s': name})['s'] == {'complete': False, 'why': 'gone', 'seconds': 0.0, 'dropped': 0,
                                             'silent': 0, 'flows': [], 'counters': []}


def test_it_ends_by_itself(rig: lab.Rig) -> None:
    name = rig.watch('s', seconds=1)['s']
    assert process(name) is not None and gone(name, 2)
    assert rig.collect({'s': name})['s']['why'] == 'gone'


def test_it_ends_even_where_it_is_stuck(rig: lab.Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witness_process.Witness, 'run', lambda self: time.sleep(30))
    name = rig.watch('s', seconds=1)['s']
    assert process(name) is not None and gone(name, 2)


def test_one_that_was_killed_is_no_witness(rig: lab.Rig) -> None:
    names = rig.watch()
    pid = process(names['s'])
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    rig.rules('s', chain('input', 'ip protocol gre counter drop'))
    dial = rig.dial()
    seen = rig.collect(names)
    assert (seen['s']['complete'], seen['s']['why']) == (False, 'gone')
    lost = gre_trace.locate(dial, seen['s'], {'gate': seen['r']})
    assert lost is not None and lost['how'] == 'unknown' and 'gone' in lost['words']


def test_two_at_once_see_the_same(rig: lab.Rig) -> None:
    first, second = rig.watch('s'), rig.watch('s')
    dial = rig.dial()
    seen = [rig.collect(names)['s'] for names in (first, second)]
    assert seen[0]['flows'] == seen[1]['flows'] and seen[0]['flows'][0]['name'] == dial['name']


def test_strangers_get_no_answer(rig: lab.Rig) -> None:
    name = rig.watch('s')['s']
    code = ('import os, socket, sys; os.setgid(65534); os.setuid(65534); s = socket.socket(socket.AF_UNIX);'
            's.connect("\\0vpnops.pptp.gre_witness." + sys.argv[1]); print(s.recv(10))')
    assert rig.run('s', sys.executable, '-c', code, name).strip() == "b''"
    assert rig.collect({'s': name})['s']['complete']


def test_an_answer_of_a_stranger_is_none(rig: lab.Rig) -> None:
    code = ('import os, socket; os.setgid(65534); os.setuid(65534); s = socket.socket(socket.AF_UNIX);'
            's.bind("\\0vpnops.pptp.gre_witness.0123456789abcdef"); s.listen(1); print(1, flush=True);'
            'c = s.accept()[0]; c.sendall(b"{}")')
    with rig.inside('s'), subprocess.Popen([sys.executable, '-c', code], stdout=subprocess.PIPE) as liar:
        assert liar.stdout is not None and liar.stdout.readline() == b'1\n'
        assert witness.collect(LiveHost(), '0123456789abcdef')['why'] == 'gone'


def test_a_flood_is_cut_off(rig: lab.Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """SYNs from ever new ports and GRE of ever new calls: bounded in packets, memory and rows."""
    monkeypatch.setattr(witness_process, 'MOST', 20000)
    rig.rules('r')
    names = rig.watch('s')
    pid = process(names['s'])
    assert pid is not None
    before = _memory(pid)
    with rig.inside('r'):
        raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
        other = socket.socket(socket.AF_INET, socket.SOCK_RAW, 47)
    with raw, other:
        for number in range(30000):
            if number % 2:
                raw.sendto(struct.pack('>HHIIBBHHH', number, 1723, number, 0, 0x50, 2, 100, 0, 0), (lab.SERVER, 0))
            else:
                other.sendto(gre.encode(gre.Packet(number, 1, None, b'x')), (lab.SERVER, 0))
    time.sleep(0.5)
    assert _memory(pid) - before < 4000
    seen = rig.collect(names)['s']
    assert (seen['complete'], len(seen['flows'])) == (False, 32) and seen['why'] in ('flooded', 'dropped')
    assert len(json.dumps(seen)) < 16000


def test_packets_that_it_missed_are_said(rig: lab.Rig) -> None:
    name = rig.watch('s')['s']
    pid = process(name)
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    with rig.inside('c'):
        raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
    with raw:
        for number in range(8000):
            raw.sendto(struct.pack('>HHIIBBHHH', 4000, 1723, number, 0, 0x50, 16, 100, 0, 0), (lab.SERVER, 0))
    os.kill(pid, signal.SIGCONT)
    seen = rig.collect({'s': name})['s']
    assert (seen['complete'], seen['why']) == (False, 'dropped') and seen['dropped'] > 1000


def _memory(pid: int) -> int:
    """KiB that are its own."""
    rows = pathlib.Path('/proc/%d/smaps_rollup' % pid).read_text().splitlines()
    return sum(int(row.split()[1]) for row in rows if row.startswith(('Private_Dirty', 'Swap:')))


def test_other_traffic_does_not_wake_it(rig: lab.Rig) -> None:
    """GRE of other sessions, and TCP to another port: the kernel's filter keeps them off."""
    names = rig.watch('s')
    pid = process(names['s'])
    assert pid is not None
    before = _switches(pid)
    with rig.inside('r'):
        other = socket.socket(socket.AF_INET, socket.SOCK_RAW, 47)
    with other:
        for _number in range(3000):
            other.sendto(gre.encode(gre.Packet(5, 5000, None, b'x' * 100)), (lab.SERVER, 0))
    time.sleep(0.2)
    assert _switches(pid) - before <= 2
    assert rig.collect(names)['s']['complete']


def _switches(pid: int) -> int:
    rows = pathlib.Path('/proc/%d/status' % pid).read_text().splitlines()
    return int(next(row.split()[1] for row in rows if row.startswith('voluntary_ctxt_switches')))


def test_without_the_right_it_says_so(rig: lab.Rig) -> None:
    code = ('import os, sys; sys.path.insert(0, sys.argv[1]); '
            'from ansible_collections.vpnops.pptp.plugins.module_utils.host import LiveHost; '
            'from ansible_collections.vpnops.pptp.plugins.module_utils.probe import witness; '
            'os.setgid(65534); os.setuid(65534); print(witness.start(LiveHost(), 5))')
    said = rig.run('s', sys.executable, '-c', code, str(pathlib.Path(__file__).resolve().parents[2]))
    assert said.strip() == str(('', witness.NOT_PERMITTED))
    assert witness.collect(LiveHost(), '')['why'] == 'not-permitted'


def test_a_link_without_a_header_as_ppp_is(rig: lab.Rig) -> None:
    """A tun device (linux/if_tun.h): what is written to it comes in there as a bare IP packet."""
    with rig.inside('s'), open('/dev/net/tun', 'r+b', buffering=0) as tun:
        fcntl.ioctl(tun, 0x400454ca, struct.pack('16sH22x', b'ppp9', 0x1001))     # TUNSETIFF: IFF_TUN, IFF_NO_PI
        rig.run('s', 'ip', 'addr', 'add', '10.79.0.1/24', 'dev', 'ppp9')
        rig.run('s', 'ip', 'link', 'set', 'ppp9', 'up')
        names = rig.watch('s')
        tun.write(netns.tcp('10.79.0.2', lab.SERVER, 1, (4000, 1723), 2, (77, 0)))
        time.sleep(0.2)
        row, = rig.collect(names)['s']['flows']
    assert (row['client'], row['syn'], row['seen']) == (
        ['10.79.0.2', 4000], 77, {'syn': {'ppp9': [1, 0]}, 'syn_ack': {'ppp9': [0, row['seen']['syn_ack']['ppp9'][1]]}})


def ansible(rig: lab.Rig, arguments: str, *options: str) -> dict[str, t.Any]:
    """What the module answers on the server, sent over a pipe as with ssh, so that it has no file there."""
    tool = pathlib.Path(sys.executable).with_name('ansible')
    environment = dict(os.environ, ANSIBLE_PIPELINING='1', ANSIBLE_HOME=str(rig.folder / 'ansible'))
    argv = [str(tool), '-i', 'localhost,', '-c', 'local', '-e', 'ansible_python_interpreter=' + sys.executable,
            '-m', 'vpnops.pptp.gre_witness', '-a', arguments, *options, 'localhost']
    with rig.inside('s'):
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=60, env=environment)
    assert ' => ' in done.stdout, done.stdout + done.stderr
    return t.cast('dict[str, t.Any]', json.loads(done.stdout.partition(' => ')[2]))


def test_by_ansible(rig: lab.Rig) -> None:
    """The task is done at once, and the process lasts: until it is asked, or its time is up."""
    begun = time.monotonic()
    first = ansible(rig, 'state=started seconds=30')
    assert first['changed'] is False and time.monotonic() - begun < 15
    assert process(first['id']) is not None
    dial = rig.dial()
    found = ansible(rig, 'state=collected id=' + first['id'])['witness']
    assert found['complete'] and found['flows'][0]['name'] == dial['name'] and found['flows'][0]['acked']
    assert gone(first['id'], 1)
    second = ansible(rig, 'state=started seconds=1')
    assert gone(second['id'], 1.5)
    assert ansible(rig, 'state=collected id=' + second['id'])['witness']['why'] == 'gone'
