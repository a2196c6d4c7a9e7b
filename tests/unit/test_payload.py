# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a diagnosis costs a host: bytes there (the module) and bytes back (the recording)."""

from __future__ import annotations

import subprocess
import sys

from ansible_collections.vpnops.pptp.plugins.module_utils import recorder, subjects
from ansible_collections.vpnops.pptp.plugins.module_utils.bundle import from_texts, unpack
from ansible_collections.vpnops.pptp.tests.unit import recordings

RATIO = 1.3            # of the payload of ansible.builtin.ping
USUAL = 8 * 1024       # bytes of a recording as it is sent, 95th percentile


# in a process of its own: ansible-core finds collections only where its finder was set up before the first import
PAYLOAD = """
import sys
from ansible.plugins.loader import init_plugin_loader, module_loader
init_plugin_loader()
from ansible.executor.module_common import modify_module
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
for name in sys.argv[1:]:
    path = module_loader.find_plugin_with_context(name).plugin_resolved_path
    built = modify_module(module_name=name, module_path=path, module_args={}, templar=Templar(loader=DataLoader()),
                          task_vars={'ansible_python_interpreter': 'python3'}, module_compression='ZIP_DEFLATED')
    print(len(built[0] if isinstance(built, tuple) else built.b_module_data))
"""


def payloads(*names: str) -> list[int]:
    """Bytes that go to the target to run each module of *names*, as ansible-core builds them, compressed."""
    done = subprocess.run([sys.executable, '-c', PAYLOAD, *names], capture_output=True, text=True, check=True,
                          timeout=60)
    return [int(line) for line in done.stdout.split()]


def test_the_module_is_hardly_larger_than_a_ping() -> None:
    ping, ours = payloads('ansible.builtin.ping', 'vpnops.pptp.server_facts')
    print('payload: ping %d bytes, server_facts %d bytes, %.3fx' % (ping, ours, ours / ping))  # noqa: T201
    assert ours <= RATIO * ping


def test_a_recording_is_small_of_every_recorded_host() -> None:
    sizes = sorted((len(recorder.record(recordings.open_recording(row.name), subjects.SUBJECTS).packed()), row.name)
                   for row in recordings.expectations())
    usual = sizes[int(0.95 * (len(sizes) - 1))]
    median = sizes[len(sizes) // 2]
    print('recording: median %d, 95th percentile %d, largest %d bytes (%s)' % (  # noqa: T201
        median[0], usual[0], *sizes[-1]))
    assert usual[0] <= USUAL
    assert sizes[-1][0] <= subjects.LIMIT


def test_the_worst_host_stays_below_the_cap() -> None:
    """50,000 rules, 20,000 users, a log full of different errors, and names as long as they get."""
    rules = ''.join('-A INPUT -s 10.%d.%d.0/24 -p gre -m comment --comment "%s" -j DROP\n' % (
        number // 250, number % 250, 'x' * 200) for number in range(50000))
    log = ''.join('Nov 25 10:00:%02d h pppd[%d]: error %s number %d failed\n' % (number % 60, number, 'y' * 900, number)
                  for number in range(5000))
    bundle = from_texts({
        'commands/iptables-save.txt': '*filter\n:INPUT ACCEPT [0:0]\n%sCOMMIT\n' % rules, 'var/log/syslog': log,
        'etc/ppp/chap-secrets': ''.join('%s%d pptpd\n' % ('u' * 900, number) for number in range(20000)),
        'etc/ppp/options': ''.join('unknown-%s-%d\n' % ('z' * 900, number) for number in range(5000))})
    packed = recorder.record(bundle, subjects.SUBJECTS).packed()
    assert len(packed) <= subjects.LIMIT
    assert subjects.size(subjects.gather(unpack(packed))) <= subjects.LIMIT
    assert subjects.size(subjects.gather(bundle)) <= subjects.LIMIT
