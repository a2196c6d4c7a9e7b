# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The module ``dial`` and real servers, through a router that does NAT: the right step and cause, as pppd has it."""

from __future__ import annotations

import base64
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import typing as t

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from ansible_collections.vpnops.pptp.plugins.module_utils.wire import mppe, mschap  # noqa: E402
from tests.lab.vm import dial as client, store  # noqa: E402
from tests.lab.vm.lab import PASSWORD, USER, Lab  # noqa: E402

pytestmark = pytest.mark.skipif(bool(store.missing()), reason=store.missing())
LOGINS = int(os.environ.get('DIAL_LOGINS', '1000'))      # in a row; half a second each in an emulated lab
LOSSY = int(os.environ.get('DIAL_LOSSY', '4'))           # through a network that loses a fifth, twice
OPTIONS = '/etc/ppp/pptpd-options'
SERVERS = ['server', 'server13']
# A fifth of all packets is lost in each direction, TCP too, and a quarter overtakes others.
NETEM = 'for link in eth0 eth1; do tc qdisc add dev $link root netem delay 20ms 15ms loss 20% reorder 25% 50%; done'
LEFT = '''ps -e -o comm= | grep -c 'pppd\\|pptpctrl'; ip -br link | grep -c ppp; who | wc -l
ls /proc/$(pgrep -o -x pptpd)/fd | wc -l'''


@pytest.fixture(scope='module')
def running() -> t.Iterator[Lab]:
    with Lab.up() as lab:
        yield lab


@pytest.fixture
def lab(running: Lab) -> t.Iterator[Lab]:
    """A fresh lab."""
    yield running
    running.reset()


def dial(lab: Lab, server: str = 'server', at: str = 'client1', seconds: float = 600, **arguments: t.Any
         ) -> dict[str, t.Any]:
    """What the module says at the client *at*; without a mode it logs in."""
    given = {'server': lab.machines[server].address, 'must': False, **arguments}
    if 'mode' not in given or 'login' in given['mode']:
        given = {'user': USER, 'password': PASSWORD, **given}
    program = str(pathlib.Path(sys.executable).parent / 'ansible')
    done = subprocess.run(
        [program, '-i', lab.inventory, at, '-o', '-m', 'vpnops.pptp.dial', '-a', json.dumps(given)], cwd=ROOT,
        capture_output=True, text=True, check=False, timeout=seconds * client.crowd(),
        env={**os.environ, 'ANSIBLE_HOME': str(lab.folder / 'ansible'), 'ANSIBLE_LOAD_CALLBACK_PLUGINS': '0'})
    assert given.get('password', 'secret') not in done.stdout + done.stderr
    found = t.cast('dict[str, t.Any]', json.loads(done.stdout[done.stdout.index('{'):]))
    assert 'outcome' in found, found
    return found


def short(found: dict[str, t.Any]) -> tuple[str, str, str]:
    return found['outcome'], found['step'], found['why']


def left(lab: Lab, server: str = 'server') -> list[str]:
    """What stands on the server of a call: processes, interfaces, logins, and the open files of pptpd."""
    return lab.run(server, LEFT).stdout.split()


@pytest.mark.parametrize('server', SERVERS)
def test_every_mode(lab: Lab, server: str) -> None:
    before = left(lab, server)
    found = dial(lab, server, mode=['reach', 'methods', 'login', 'path'])
    assert [row['outcome'] for row in found['dials']] == ['ok'] * 6, found
    assert (found['methods'], found['path']) == (['mschapv2'], {'largest': 1440, 'mtu': 1396, 'mss': 1356})
    seen = found['dials'][4]['seen']
    assert (seen['auth']['verified'], seen['ccp']['strength'], seen['ccp']['verified']) == (True, 128, True)
    assert (seen['ipcp']['address'], seen['ipcp']['dns'][0]) == ('10.99.0.100', '192.168.77.20')
    assert seen['ping']['answered']
    assert all(row['seen']['ended'] == {'link': True, 'call': True, 'control': True} for row in found['dials'][1:])
    assert left(lab, server) == before


#: machine, what is done to it, the dial, its verdict
FAULTS: dict[str, tuple[str, str, dict[str, t.Any], tuple[str, str, str]]] = {
    'password': ('server', '', {'password': 'wrong'}, ('failed', 'auth', 'rejected')),
    'user': ('server', '', {'user': 'nobody'}, ('failed', 'auth', 'rejected')),
    'pap': ('server', f'sed -i "s/^require-mschap-v2/require-pap/; /^refuse-pap/d; /mppe/d" {OPTIONS}; '
                      'echo "vpnuser * secretpassword *" >/etc/ppp/pap-secrets', {}, ('failed', 'auth', 'no-method')),
    # pppd ends before it says anything; whether pptpctrl's own acknowledgement comes first is a race
    'no secrets': ('server', ': >/etc/ppp/chap-secrets', {}, ('failed', 'gre lcp', 'hung-up')),
    'no mppe': ('server', f'sed -i /mppe/d {OPTIONS}', {}, ('failed', 'ccp', 'encryption-refused')),
    'no ccp': ('server', f'sed -i /mppe/d {OPTIONS}; echo noccp >>{OPTIONS}', {}, ('failed', 'ccp', 'no-ccp')),
    'stopped': ('server', 'systemctl stop pptpd', {}, ('failed', 'tcp', 'refused')),
    'up at the server': ('server', 'iptables -I INPUT -p gre -j DROP', {}, ('failed', 'gre', 'not-heard')),
    'down at the router': ('router', 'iptables -I FORWARD -i eth1 -p gre -j DROP', {}, ('failed', 'gre', 'no-answer')),
    # the router itself gets what is for the client, and says so to the server, which hangs up
    'no helper': ('router', 'iptables -t raw -F', {}, ('failed', 'gre', 'hung-up')),
    'narrow': ('router', 'ip link set eth1 mtu 1400', {'mode': ['path']}, ('ok', 'path', '')),
}


@pytest.mark.parametrize('name', FAULTS)
def test_a_fault_is_found_at_its_step(lab: Lab, name: str) -> None:
    machine, script, arguments, verdict = FAULTS[name]
    lab.run(machine, script)
    found = dial(lab, **arguments)
    assert short(found) in [(verdict[0], step, verdict[2]) for step in verdict[1].split()], found
    if name == 'password':
        assert found['dials'][0]['seen']['auth']['failure']['code'] == 691
        assert 'Peer vpnuser failed CHAP authentication' in lab.read('server', '/var/log/syslog')
    if name == 'narrow':
        assert found['path'] == {'largest': 1400, 'mtu': 1356, 'mss': 1316}
    if name != 'stopped':
        assert left(lab)[:3] == ['0', '0', '0']


TIMED = '''
start=$(date +%%s.%%N)
pppd call %s logfile /var/log/timed.log updetach >/dev/null 2>&1 </dev/null || exit
up=$(date +%%s.%%N)
pid=$(head -n 1 /run/ppp-%s.pid); kill $pid; while [ -d /proc/$pid ]; do sleep 0.02; done
echo $start $up $(date +%%s.%%N)
'''


def test_a_login_is_faster_than_that_of_pptp_and_pppd(lab: Lab) -> None:
    """The same client, server and account, in turns. Of pppd the time until it has an address and until it is gone; of
    dial all it does, which is a ping and the hang-up as well."""
    assert lab.dial().up
    lab.hangup()
    name = client.link(lab.machines['server'].address)
    theirs, whole, ours = [], [], []
    for _turn in range(3):
        start, up, end = map(float, lab.run('client1', TIMED % (name, name)).stdout.split())
        found = dial(lab)
        assert found['outcome'] == 'ok', found
        theirs.append(up - start)
        whole.append(end - start)
        ours.append(found['login_ms']['median'] / 1000)
    text = 'pppd %.2f s, with hanging up %.2f s; dial %.2f s' % tuple(map(statistics.median, (theirs, whole, ours)))
    print(text)  # noqa: T201
    assert statistics.median(ours) < statistics.median(theirs), text


@pytest.mark.parametrize('clients', [('client1', 'client2'), ('client1', 'client1', 'client1')])
def test_dials_at_once(lab: Lab, clients: tuple[str, ...]) -> None:
    with concurrent.futures.ThreadPoolExecutor() as pool:
        found = list(pool.map(lambda name: dial(lab, at=name, count=3), clients))
    assert [one['logins'] for one in found] == [{'ok': 3, 'failed': 0, 'unknown': 0}] * len(clients), found
    if len(set(clients)) == 1:
        assert any(row['seen']['gre']['foreign'] for one in found for row in one['dials'])


_SAID = re.compile(r'(?:sent|rcvd) \[CHAP (Challenge|Response|Success) id=\S+ (?:<([0-9a-f]+)>|"(S=[0-9A-F]{40}))')
_KEYS = re.compile(r'keys: master: ([0-9a-f]{32}) initial session: ([0-9a-f]{32})')


@pytest.mark.parametrize('server', SERVERS)
def test_mschapv2_and_mppe_are_those_of_pppd_and_its_kernel(lab: Lab, server: str) -> None:
    """pppd takes the response and shows it, its challenge and its proof; the kernel shows the keys of MPPE."""
    lab.run(server, f'grep -q ^debug {OPTIONS} || echo debug >>{OPTIONS}; echo kdebug 7 >>{OPTIONS}')
    found = dial(lab, server)
    assert found['outcome'] == 'ok' and found['dials'][0]['seen']['ccp']['verified'], found
    log = lab.run(server, 'cat /var/log/syslog 2>/dev/null || journalctl -q -o cat').stdout
    said = {kind: value or proof for kind, value, proof in _SAID.findall(log)}
    challenge, response = bytes.fromhex(said['Challenge']), bytes.fromhex(said['Response'])
    peer, answer = response[:16], response[24:48]
    assert mschap.nt_response(challenge, peer, USER, PASSWORD) == answer
    assert mschap.authenticator_response(PASSWORD, answer, peer, challenge, USER) == said['Success']
    master = mppe.master_key(mschap.nt_hash_hash(PASSWORD), answer)
    starts = [mppe.send_key(master, server=False), mppe.recv_key(master, server=False)]
    keys = _KEYS.findall(lab.run('guest', 'dmesg').stdout)[-2:]
    assert sorted(bytes.fromhex(start) for start, _session in keys) == sorted(starts)


def test_tshark_finds_nothing_wrong(lab: Lab, tmp_path: pathlib.Path) -> None:
    if not shutil.which('tshark'):
        pytest.skip('no tshark here (Debian: apt-get install tshark)')
    captures = 'for bridge in br-lan br-wan; do setsid tcpdump -U -i $bridge -w /tmp/$bridge.pcap %s & done; sleep 3'
    lab.run('guest', captures % '"tcp port 1723 or proto 47" >/tmp/tcpdump.log 2>&1 </dev/null')
    dial(lab, mode=['reach', 'methods', 'login', 'path'])
    dial(lab, password='wrong')
    lab.run('server', f'sed -i /mppe/d {OPTIONS}')
    dial(lab)
    lab.run('guest', 'pkill -x tcpdump; sleep 1')
    for bridge in ('br-lan', 'br-wan'):
        path = tmp_path / (bridge + '.pcap')
        path.write_bytes(base64.b64decode(lab.run('guest', f'base64 /tmp/{bridge}.pcap').stdout))
        assert len(_tshark(path, 'pptp')) > 30 and len(_tshark(path, 'lcp')) > 50
        assert _tshark(path, '_ws.malformed or (_ws.expert.severity >= "Warning" and not tcp.analysis.flags)') == []


def _tshark(path: pathlib.Path, condition: str) -> list[str]:
    """The packets that it shows for *condition*."""
    done = subprocess.run(['tshark', '-r', str(path), '-Y', condition], capture_output=True, text=True, check=False,
                          timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_through_loss_and_reordering_it_is_right_or_unknown(lab: Lab) -> None:
    done = lab.run('router', NETEM, check=False)
    if done.returncode:
        pytest.skip('the kernel of the lab has no netem: ' + done.stderr)
    for password, wrong in ((PASSWORD, 'failed'), ('wrong', 'ok')):
        found = dial(lab, count=LOSSY, password=password, seconds=180 * LOSSY)
        assert found['logins'][wrong] == 0, found
        assert sum(found['logins'].values()) == LOSSY
        print(password, found['logins'])  # noqa: T201


@pytest.mark.slow
def test_very_many_logins_leave_nothing_behind(lab: Lab) -> None:
    before = left(lab)
    found = dial(lab, count=LOGINS, seconds=10 * LOGINS)
    assert found['logins'] == {'ok': LOGINS, 'failed': 0, 'unknown': 0}, found
    assert left(lab) == before
    assert lab.run('client1', 'ss -Htan | grep -vc TIME-WAIT; wc -l </proc/net/raw; ls /sys/class/net').stdout.split() \
        == ['0', '1', 'eth0', 'lo']
