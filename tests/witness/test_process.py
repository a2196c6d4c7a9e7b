# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The witness as a process: that it ends, that it is bounded, whom it answers, and how Ansible starts it."""

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

from ansible_collections.vpnops.pptp.plugins.module_utils.host import LiveHost
from ansible_collections.vpnops.pptp.plugins.module_utils.probe import witness, witness_process
from ansible_collections.vpnops.pptp.plugins.module_utils.wire import gre
from ansible_collections.vpnops.pptp.plugins.plugin_utils import gre_trace
from tests.firewall import netns
from tests.witness import rig as lab


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
    rig.rules('s', lab.chain('input', 'ip protocol gre counter drop'))
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
    first = ansible(rig, 'state=started seconds=90')
    assert first['changed'] is False and time.monotonic() - begun < 45
    assert process(first['id']) is not None
    dial = rig.dial()
    found = ansible(rig, 'state=collected id=' + first['id'])['witness']
    assert found['complete'] and found['flows'][0]['name'] == dial['name'] and 'up' in found['flows'][0]['seen']
    assert gone(first['id'], 1)
    second = ansible(rig, 'state=started seconds=1')
    assert gone(second['id'], 1.5)
    assert ansible(rig, 'state=collected id=' + second['id'])['witness']['why'] == 'gone'
