# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The parts of the lab that need no virtual machine."""

from __future__ import annotations

import hashlib
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3]))

from tests.lab.vm import dial, lab, layer, qemu, store, topology

UP = '''Using interface ppp0
CHAP authentication succeeded
MPPE 128-bit stateless compression enabled
local  IP address 10.99.0.100
remote IP address 10.99.0.1
'''


@pytest.mark.parametrize(('status', 'output', 'wanted'), [
    (0, UP, ('up', '10.99.0.100', 'MPPE 128-bit stateless', 'ppp0')),
    (0, UP.replace('MPPE 128-bit stateless compression enabled\n', ''), ('up', '10.99.0.100', '', 'ppp0')),
    (19, 'Using interface ppp1\nMS-CHAP authentication failed: Access denied\n', ('failed', '', '', 'ppp1')),
    # It had an address for a moment: the server did not allow it.
    (16, UP + 'IPCP terminated by peer (Unauthorized remote IP address)\n',
     ('failed', '', 'MPPE 128-bit stateless', 'ppp0')),
    # What pptp says is no word of pppd.
    (16, '---- pptp\nlocal  IP address 1.2.3.4\n', ('failed', '', '', '')),
    (124, '', ('failed', '', '', '')),
])
def test_what_a_dial_says(status: int, output: str, wanted: tuple[str, ...]) -> None:
    judged = dial.judge(status, output, 1.5)
    assert (judged.outcome, judged.address, judged.mppe, judged.interface) == wanted
    assert (judged.exit_code, judged.client_log, judged.seconds) == (status, output, 1.5)


def test_a_peer_file_holds_any_password() -> None:
    text = dial.peer('10.0.0.1', 'CORP\\me', 'a "b"\\ #c', ['mtu 1400'], ['require-mppe-128'])
    assert '\nuser "CORP\\\\me"\npassword "a \\"b\\"\\\\ #c"\n' in text
    assert 'mtu 1400' in text.splitlines() and 'require-mppe-128' not in text
    assert 'linkname lab-10-0-0-1' in text


def test_more_patience_where_it_is_crowded(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = []
    monkeypatch.setattr('os.cpu_count', lambda: 2)
    for load in (0.0, 2.0, 8.0, 100.0):
        monkeypatch.setattr('os.getloadavg', lambda load=load: (load, 0, 0))
        counts.append(int(dial.patience()[1].split()[1]))
    assert counts == [5, 5, 20, 25]


@pytest.mark.parametrize('size', [1, 5, 100_000, 1_000_000])
def test_the_sum_of_what_seq_counts(size: int) -> None:
    text = ''.join(f'{number}\n' for number in range(1, 200_000))[:size]
    assert lab.counting(size) == hashlib.sha256(text.encode()).hexdigest()


def test_every_machine_has_its_own_address_and_port() -> None:
    addresses = [nic.split('=')[2] for machine in topology.MACHINES for nic in machine.nics]
    assert len(set(addresses)) == len(addresses)
    assert len(set(topology.PORTS.values())) == len(topology.MACHINES) + 1
    assert all((layer.HERE / 'machines' / name).is_dir() for machine in topology.MACHINES for name in machine.layers)


def test_a_key_changes_with_what_it_hangs_on(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, 'HERE', tmp_path)
    (tmp_path / 'folder').mkdir()
    (tmp_path / 'folder/file').write_text('one')
    keys = [store.digest([tmp_path / 'folder'], 'QEMU 7'), store.digest([tmp_path / 'folder'], 'QEMU 8')]
    (tmp_path / 'folder/file').write_text('two')
    keys.append(store.digest([tmp_path / 'folder'], 'QEMU 7'))
    (tmp_path / 'folder/file').rename(tmp_path / 'folder/other')
    keys.append(store.digest([tmp_path / 'folder'], 'QEMU 7'))
    assert len(set(keys)) == 4


def test_the_newest_are_kept(tmp_path: pathlib.Path) -> None:
    for number, name in enumerate('abcde'):
        (tmp_path / name).mkdir()
        store.os.utime(tmp_path / name, (number, number))
    store.keep(tmp_path / 'a')
    assert sorted(path.name for path in tmp_path.iterdir()) == ['a', 'd', 'e']


def test_only_a_qemu_is_ended() -> None:
    assert not qemu.alive(1)
    qemu.kill(1)


def test_a_lab_that_is_not_there(tmp_path: pathlib.Path) -> None:
    with pytest.raises(lab.LabError, match='lab up'):
        lab.Lab.attach('nobody', tmp_path)
    assert not lab.end(tmp_path / 'run/nobody')


def test_what_killed_labs_left_is_swept(tmp_path: pathlib.Path) -> None:
    for name, age in (('old', 7200), ('new', 0)):
        (tmp_path / name).mkdir()
        (tmp_path / f'sockets-{name}').mkdir()
        (tmp_path / name / 'lab.json').write_text(f'{{"pid": 1, "sockets": "{tmp_path}/sockets-{name}"}}')
        then = store.time.time() - age
        store.os.utime(tmp_path / name, (then, then))
    store.sweep(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ['new', 'sockets-new']
