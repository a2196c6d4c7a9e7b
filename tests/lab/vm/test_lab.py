# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The lab: real logins succeed and fail as they should, and a fresh lab is a fresh lab."""

from __future__ import annotations

import concurrent.futures
import os
import pathlib
import subprocess
import sys
import typing as t

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from tests.lab.vm import store, topology  # noqa: E402
from tests.lab.vm.lab import Lab, LabError  # noqa: E402

pytestmark = pytest.mark.skipif(bool(store.missing()), reason=store.missing())
# What a login through a firewall that drops by default needs, as guides print it: right only with the helper assigned.
GUIDE_RULES = '''iptables -A INPUT -i lo -j ACCEPT
iptables -A INPUT -p tcp --dport 1723 -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT
iptables -A INPUT -p gre -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
iptables -A INPUT -i ppp+ -j ACCEPT
iptables -P INPUT DROP'''


@pytest.fixture(scope='module')
def running() -> t.Iterator[Lab]:
    with Lab.up() as lab:
        yield lab


@pytest.fixture
def lab(running: Lab) -> t.Iterator[Lab]:
    """A fresh lab."""
    yield running
    running.reset()


def test_a_login_is_encrypted_and_carries_10_megabytes(lab: Lab) -> None:
    dial = lab.dial()
    assert (dial.outcome, dial.exit_code, dial.mppe) == ('up', 0, 'MPPE 128-bit stateless'), dial.client_log
    assert dial.address.startswith('10.99.0.1')
    assert lab.ping_through()
    assert lab.transfer('client1', 10) == 10_000_000
    assert lab.transfer('client1', 1, direction='up') == 1_000_000
    lab.hangup()
    assert not lab.ping_through()
    assert lab.transfer('client1', 1) == 0
    assert 'ppp' not in lab.run('client1', 'ip -br link').stdout


def test_a_wrong_password_fails(lab: Lab) -> None:
    dial = lab.dial(password='not the password')
    assert (dial.outcome, dial.exit_code) == ('failed', 19)
    assert 'MS-CHAP authentication failed: Access denied' in dial.client_log
    assert 'Peer vpnuser failed CHAP authentication' in lab.read('server', '/var/log/syslog')


def test_any_password_and_a_fixed_address(lab: Lab) -> None:
    dial = lab.dial(user='second user', password='p"a\\ss #2')
    assert (dial.outcome, dial.address) == ('up', '10.99.0.105'), dial.client_log


def test_blocked_gre_fails(lab: Lab) -> None:
    lab.run('server', 'iptables -I INPUT -p gre -j DROP')
    dial = lab.dial()
    assert (dial.outcome, dial.exit_code) == ('failed', 16)
    assert 'LCP: timeout sending Config-Requests' in dial.client_log


def test_a_stopped_server_is_seen_in_the_client_log(lab: Lab) -> None:
    lab.run('server', 'systemctl stop pptpd')
    dial = lab.dial()
    assert dial.outcome == 'failed'
    assert 'Connection refused' in dial.client_log


def test_without_encryption_the_server_refuses(lab: Lab) -> None:
    dial = lab.dial(options=['nomppe'], without=['require-mppe-128'])
    assert (dial.outcome, dial.mppe) == ('failed', '')
    assert 'MPPE required but peer refused' in lab.read('server', '/var/log/syslog')


def test_two_clients_at_once_behind_one_address(lab: Lab) -> None:
    with concurrent.futures.ThreadPoolExecutor() as pool:
        dials = list(pool.map(lab.dial, ('client1', 'client2')))
    assert [dial.outcome for dial in dials] == ['up', 'up'], [dial.client_log for dial in dials]
    assert len({dial.address for dial in dials}) == 2
    assert lab.ping_through('client1') and lab.ping_through('client2')
    assert lab.run('router', 'conntrack -L -p tcp --dport 1723 2>/dev/null').stdout.count('helper=pptp') == 2
    lab.hangup('client1')
    assert lab.ping_through('client2')


def test_the_router_without_its_helper_keeps_gre_out(lab: Lab) -> None:
    lab.run('router', 'iptables -t raw -F')
    assert not lab.dial().up


def test_a_server_of_debian_13(lab: Lab) -> None:
    dial = lab.dial(server='server13')
    assert (dial.outcome, dial.mppe) == ('up', 'MPPE 128-bit stateless'), dial.client_log
    assert lab.transfer('client1', 1) == 1_000_000
    versions = {name: lab.run(name, 'pppd --version 2>&1').stdout for name in ('server', 'server13')}
    assert 'version 2.4.9' in versions['server'] and 'version 2.5.' in versions['server13']


def test_a_reset_gives_the_identical_lab(lab: Lab) -> None:
    before = _fingerprint(lab)
    lab.run('server', 'rm -rf /etc/ppp; systemctl stop pptpd; iptables -P INPUT DROP; echo x >/x; ip addr flush eth1')
    lab.run('guest', 'ip netns exec router iptables -t raw -F; touch /etc/changed')
    if lab.kind == 'vm':
        lab.run('guest', 'rmmod ppp_mppe')
    lab.power_off('client2')
    assert _fingerprint(lab) != before
    lab.reset()
    assert _fingerprint(lab) == before
    assert lab.dial('client2').up


def _fingerprint(lab: Lab) -> str:
    """Files, rules, addresses, modules, units and processes of the whole lab.

    On this machine's own kernel the modules are the machine's, and what starts anew writes its files at other times,
    Samba its databases as it likes; Samba's processes have their number in their name.
    """
    times, modules = ('%s %T@', "cut -d' ' -f1,3 /proc/modules; ls -la /etc") if lab.kind == 'vm' else ('', 'ls /etc')
    script = f'''cd /lab/m; for name in *; do echo "$name $(systemctl is-active lab@$name)"
find $name/upper -xdev -not -type d -not -path '*/var/log/*' -printf '%p %m {times} %l\\n' | sort
in=/usr/local/lib/lab/in; [ "$(systemctl is-active lab@$name)" = active ] || continue
$in $name iptables-save | grep -v '^[:#]'; $in $name ip -4 -br addr | sed 's,@if[0-9]*,,'
$in $name ps -eo args --no-headers | sed 's/([0-9]*)//' | sort
done; {modules}'''
    text = lab.run('guest', script, seconds=300).stdout
    return '\n'.join(line for line in text.splitlines() if 'ps -eo' not in line and '/usr/local/lib/lab' not in line)


def test_a_power_cut_keeps_the_files_only(lab: Lab) -> None:
    lab.run('server', 'echo kept >/etc/kept; iptables -A INPUT -p tcp --dport 9 -j DROP')
    assert lab.dial().up
    lab.power_cycle('server')
    assert lab.read('server', '/etc/kept') == 'kept\n'
    rules = lab.run('server', 'iptables-save').stdout
    assert '--dport 9' not in rules and 'MASQUERADE' in rules      # those of netfilter-persistent are back
    lab.hangup()
    assert lab.dial().up and lab.ping_through()


def test_a_machine_without_pptpd_can_install_it_without_a_network(lab: Lab) -> None:
    assert lab.run('bare', 'command -v pptpd || command -v pppd', check=False).returncode != 0
    lab.run('bare', 'apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y pptpd', seconds=300)
    assert lab.run('bare', 'ls /usr/sbin/pptpd /usr/sbin/pppd').stdout.split() == ['/usr/sbin/pppd', '/usr/sbin/pptpd']


def test_commands_and_time_outs(lab: Lab) -> None:
    assert lab.run('client2', 'hostname; cat', data='text').stdout == 'client2\ntext'
    assert lab.run('server', 'exit 3', check=False).returncode == 3
    with pytest.raises(LabError, match='status 3'):
        lab.run('server', 'exit 3')
    with pytest.raises(LabError, match='status 124'):
        lab.run('server', 'sleep 300', seconds=1)
    with pytest.raises(LabError, match='no machine'):
        lab.run('nobody', 'true')
    lab.write('server', '/etc/new/file', 'a\n"b"\n', 0o640)
    assert lab.run('server', 'cat /etc/new/file; stat -c %a%U /etc/new/file').stdout == 'a\n"b"\n640root\n'


def test_nothing_is_left_running() -> None:
    with Lab.up() as lab:
        pid, folder, sockets = lab.pid, lab.folder, pathlib.Path(lab.inventory).parent
        assert pathlib.Path(f'/proc/{pid}').exists() and folder.exists()
        assert lab.run('guest', 'ls /run/netns').stdout.split() == sorted(topology.BY_NAME)
    assert not pathlib.Path(f'/proc/{pid}').exists()
    assert not folder.exists() and not sockets.exists()
    with pytest.raises(LabError, match='down'):
        lab.run('server', 'true')


def _play(lab: Lab, host: str, tasks: str) -> str:
    """Run *tasks* (YAML) on *host* with the collection of this checkout."""
    play = lab.folder / 'play.yml'
    play.write_text(f'- hosts: {host}\n  gather_facts: false\n  tasks:\n{tasks}', 'utf-8')
    program = str(pathlib.Path(sys.executable).parent / 'ansible-playbook')
    done = subprocess.run([program, '-i', lab.inventory, str(play)], cwd=ROOT, capture_output=True, text=True,
                          timeout=1800, check=False, env={**os.environ, 'ANSIBLE_HOME': str(lab.folder / 'ansible')})
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    return done.stdout


HELPER = '''
    - ansible.builtin.include_role: {name: vpnops.pptp.gre_conntrack}
      vars: {gre_conntrack_mode: helper, gre_conntrack_provider: iptables, firewall_guard_seconds: 600}
'''


def test_the_helper_role_loads_the_module_and_a_session_passes_a_dropping_firewall(lab: Lab) -> None:
    """What no container shows: the role's modprobe reaches a kernel, and GRE of a real session becomes RELATED."""
    if lab.kind != 'vm':
        pytest.skip("needs a virtual machine: it takes modules out of the kernel, which here is this machine's own")
    lab.run('router', 'iptables -t raw -F; iptables -t nat -F; conntrack -F')        # else the module is in use
    lab.run('router', 'ip route add 10.99.0.0/24 via 203.0.113.10')
    lab.run('guest', 'rmmod nf_nat_pptp nf_conntrack_pptp')
    lab.run('server', GUIDE_RULES)
    lab.run('server', 'ip route replace 10.1.0.0/24 via 203.0.113.1')
    assert not lab.dial().up
    _play(lab, 'server', HELPER)
    assert 'nf_conntrack_pptp' in lab.run('guest', 'cut -d" " -f1 /proc/modules').stdout.split()
    assert '--helper pptp' in lab.run('server', 'iptables-save -t raw').stdout
    dial = lab.dial()
    assert dial.up, dial.client_log
    assert lab.ping_through() and lab.transfer('client1', 1) == 1_000_000
    assert 'helper=pptp' in lab.run('server', 'conntrack -L -p tcp --dport 1723 2>/dev/null').stdout


def test_the_radius_server_answers_a_server(lab: Lab) -> None:
    lab.use_radius('server')
    dial = lab.dial(user='radiususer', password='radiuspassword')
    assert (dial.outcome, dial.mppe) == ('up', 'MPPE 128-bit stateless'), dial.client_log
    assert 'Login OK: [radiususer]' in lab.read('radius', '/var/log/freeradius/radius.log')
    assert not lab.dial('client2', user='radiususer', password='wrong').up
