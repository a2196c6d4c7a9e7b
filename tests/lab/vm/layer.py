# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The guest's initramfs: what mounts its disk, and the files of the lab and of its machines that go on top."""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import tempfile

from tests.lab.vm.topology import BY_NAME, MACHINES, PORTS, Machine

HERE = pathlib.Path(__file__).resolve().parent
SECRET_FILES = frozenset({'chap-secrets', 'pap-secrets', 'lab_host_key', 'servers'})   # mode 0600, git keeps no modes
EARLY = ('init', 'assemble')       # of the guest's files, those that run before there is a root
SOCKET = '''[Socket]
ListenStream=%d
Accept=yes
MaxConnections=200
[Install]
WantedBy=sockets.target
'''
SERVICE = '''[Unit]
CollectMode=inactive-or-failed
[Service]
ExecStart=/usr/local/lib/lab/login %s
StandardInput=socket
StandardError=journal
KillMode=process
'''
TABLE = '''IMAGE=%s
LAYERS='%s'
NICS='%s'
GATEWAY='%s'
PURGE='%s'
LISTENS='%s'
STATE='%s'
'''


def make(images: pathlib.Path, target: pathlib.Path) -> None:
    """Write ``init.cpio`` and the ssh keys to the folder *target*. *images*: the folder that build-images filled."""
    make_keys(target)
    with tempfile.TemporaryDirectory(prefix='lab-layer-') as folder:
        stage = pathlib.Path(folder)
        shutil.copytree(images / 'early', stage, dirs_exist_ok=True)
        for name in EARLY:
            shutil.copy(HERE / 'guest' / name, stage)
        _link(stage / 'bin/sh', 'busybox')
        tree(stage / 'layer', target)
        _modes(stage)
        names = subprocess.run(['find', '.', '-print0'], cwd=stage, check=True, capture_output=True).stdout
        with (target / 'init.cpio').open('wb') as stream:
            subprocess.run(['cpio', '--quiet', '--null', '-o', '-H', 'newc', '-R', '0:0'], cwd=stage, input=names,
                           stdout=stream, check=True)


def tree(layer: pathlib.Path, keys: pathlib.Path) -> None:
    """Fill the folder *layer* with the files of what runs the machines, and theirs. *keys*: see :func:`make_keys`."""
    shutil.copytree(HERE / 'guest', layer, ignore=shutil.ignore_patterns(*EARLY))
    _ssh_units(layer / 'etc/systemd/system')
    for machine in MACHINES:
        _machine(machine, layer / 'etc/lab', keys)
    shutil.copytree(layer / 'etc/lab/layers' / MACHINES[0].name / 'etc/ssh', layer / 'etc/ssh', dirs_exist_ok=True)
    _quiet(layer)
    _modes(layer)


def make_keys(folder: pathlib.Path) -> None:
    """The key by which the tests enter, and that by which every machine answers; they are worth nothing elsewhere."""
    for name in ('lab_key', 'lab_host_key'):
        if not (folder / name).exists():
            subprocess.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'lab', '-f', str(folder / name)],
                           check=True)


def _ssh_units(units: pathlib.Path) -> None:
    """A socket for each machine, what answers on it, and the order in which they start."""
    names = list(BY_NAME)
    for name, port in PORTS.items():
        _write(units / f'lab-ssh-{name}.socket', SOCKET % port)
        _write(units / f'lab-ssh-{name}@.service', SERVICE % name)
        _link(units / 'sockets.target.wants' / f'lab-ssh-{name}.socket', f'../lab-ssh-{name}.socket')
        if name in names:
            # Two at a time: when all boot at once on a crowded box, systemd's own time-outs begin to fire.
            before = names.index(name) - 2
            if before >= 0:
                _write(units / f'lab@{name}.service.d/order.conf', f'[Unit]\nAfter=lab@{names[before]}.service\n')
            _link(units / 'multi-user.target.wants' / f'lab@{name}.service', '../lab@.service')


def _machine(machine: Machine, lab: pathlib.Path, keys: pathlib.Path) -> None:
    """Its line of the table, its shared layers, and a layer of its own with what only it has."""
    own = lab / 'layers' / machine.name
    for layer in machine.layers:
        shutil.copytree(HERE / 'machines' / layer, lab / 'layers' / f'shared-{layer}', dirs_exist_ok=True)
    layers = [f'shared-{layer}' for layer in machine.layers] + [machine.name]
    _write(lab / machine.name, TABLE % (
        machine.image, ' '.join(layers), ' '.join(machine.nics), machine.gateway, ' '.join(machine.purge),
        ' '.join(map(str, machine.listens)), machine.state))
    _write(own / 'etc/hostname', machine.name + '\n')
    _write(own / 'etc/machine-id', machine.machine_id + '\n')
    _write(own / 'etc/hosts', ''.join(['127.0.0.1 localhost\n', *(
        f'{other.address} {_names(other, machine)}\n' for other in BY_NAME.values())]))
    for unit in machine.units:
        name, target = unit.split('=')
        wants = own / f'etc/systemd/system/{target}.target.wants'
        source = '/etc/systemd/system' if name.startswith('lab-') else '/lib/systemd/system'
        _link(wants / name, f'{source}/{name}')
        if name == 'rsyslog.service':     # its other name is the one by which the journal hands lines on
            _link(own / 'etc/systemd/system/syslog.service', f'{source}/{name}')
    _quiet(own)
    (own / 'etc/ssh').mkdir()
    shutil.copy(keys / 'lab_host_key', own / 'etc/ssh')
    shutil.copy(keys / 'lab_key.pub', own / 'etc/ssh/lab_authorized_keys')


def _names(other: Machine, machine: Machine) -> str:
    """How *machine* calls the *other*: who is in a domain knows the controller from its DNS, but for itself."""
    return f'{other.name}.lab.test {other.name}' if other is machine and other.asleep else other.name


def _quiet(home: pathlib.Path) -> None:
    """Nothing starts in *home*, the root of a machine or of the guest, that only costs time."""
    for name in (HERE / 'quiet.txt').read_text('utf-8').splitlines():
        if not name.startswith('#'):
            _link(home / 'etc/systemd/system' / name, '/dev/null')
    _write(home / 'etc/systemd/system.conf.d/lab.conf', '[Manager]\nDefaultTimeoutStartSec=600\n')
    for name in ('etc/.updated', 'var/.updated'):    # newer than /usr: no rebuilding of caches at the first start
        _write(home / name, '')


def _modes(stage: pathlib.Path) -> None:
    """The modes that the files have on a machine, whatever a checkout made of them."""
    for path in stage.rglob('*'):
        if path.is_symlink():
            continue
        program = path.parent.name in ('lab', 'bin') and 'layers' not in path.parts and path.parent.parent.name != 'etc'
        runs = path.is_dir() or program or path.parent == stage
        path.chmod(0o755 if runs else 0o600 if path.name in SECRET_FILES else 0o644)


def _write(path: pathlib.Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, 'utf-8')


def _link(path: pathlib.Path, target: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)
