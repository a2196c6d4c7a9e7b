# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Try the lab on a kernel with PPP where this machine's has none: inside the lab's own virtual machine, whose machines
are stopped, whose modules for PPP are taken out and whose scripts are removed, so that it is a Debian like any other.

    tests/lab/host/try-in-vm                     the lab's own tests, and a login by hand
    tests/lab/host/try-in-vm 'COMMAND'           anything else, in the checkout there; LAB_KIND is auto
"""

from __future__ import annotations

import io
import json
import pathlib
import re
import subprocess
import sys
import sysconfig
import tarfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from tests.lab.vm import carrier, qemu  # noqa: E402
from tests.lab.vm.lab import Lab, LabError, say  # noqa: E402
from tests.lab.vm.topology import GUEST  # noqa: E402

HOME = '/try'
PATIENCE = 1800          # seconds, for what takes 20 on a machine with nothing else to do
#: Of this environment, what the lab, its tests and ansible-playbook import.
PACKAGES = ('_pytest', 'pytest', 'py.py', 'iniconfig', 'packaging', 'pluggy', 'pygments', 'yaml', '_yaml', 'jinja2',
            'markupsafe', 'ansible', 'resolvelib', 'netaddr',
            'pytest-*.dist-info', 'pluggy-*.dist-info', 'jinja2-*.dist-info')
#: What they do not need there: emulated, each megabyte takes seconds. (Compiled files stay: to compile takes minutes.)
HEAVY = re.compile(r'/netaddr/(tests|eui/.*\.txt)|/ansible/(galaxy/data|modules/__pycache__|cli/galaxy)'
                   r'|/pygments/(lexers|styles)/(?!(__pycache__/)?(__init__|_mapping|python|diff|default)|__pycache__$)')
STRIP = '''
systemctl thaw lab@dc.service
systemctl kill -s KILL 'lab@*.service'; systemctl stop 'lab@*.service'; systemctl reset-failed
ip -all netns delete
for link in br-lan br-wan br-corp; do ip link del $link; done
for home in /lab/m/*; do umount "$home/root"; done
umount /lab/m
modprobe -r nf_nat_pptp nf_conntrack_pptp xt_CT ppp_mppe ppp_async ppp_generic
cd /usr/local/lib/lab && rm net root leader ready setup hardware
cut -d' ' -f1 /proc/modules | grep -E 'ppp|pptp' && exit 1
umount /lab/images/trixie; rm -rf /etc/lab /etc/systemd/system/lab@* /etc/systemd/system/lab-setup*
systemctl daemon-reload'''
UNPACK = f'''mkdir {HOME} && cd {HOME} && tar -xzf - && python3 -m venv --without-pip venv
mv packages/* venv/lib/python3.*/site-packages/
cd venv/lib/python3.*/site-packages && mkdir -p ansible_collections/vpnops
ln -s {HOME}/checkout ansible_collections/vpnops/pptp
cat >{HOME}/venv/bin/ansible-playbook <<'END'
#!{HOME}/venv/bin/python
from ansible.cli.playbook import main
main()
END
chmod 755 {HOME}/venv/bin/ansible-playbook'''
DEFAULT = '''tests/lab/vm/lab up && tests/lab/vm/lab dial && tests/lab/vm/lab down &&
python -m pytest -q -p no:cacheprovider --noconftest -rs --durations=0 tests/lab/vm/test_lab.py tests/lab/host'''


def main() -> int:
    """The exit status of the command."""
    command = ' '.join(sys.argv[1:]) or DEFAULT
    with Lab.up(kind=carrier.VirtualMachine.kind) as lab:
        say('making a machine of its own out of the guest')
        lab.run(GUEST, STRIP, seconds=PATIENCE)
        _send(lab)
        _disks(lab)
        say(f'there: {command}')
        return _stream(lab, f'cd {HOME}/checkout && export PATH={HOME}/venv/bin:$PATH '
                            f'LAB_CACHE={HOME}/cache; {command}')


def _disks(lab: Lab) -> None:
    """The images, which are the guest's own disks, where the lab there looks for them."""
    key = pathlib.Path(json.loads((lab.folder / 'lab.json').read_text())['images']).name
    folder = f'{HOME}/cache/images/{key}'
    links = ''.join(f'ln -s /dev/vd{chr(ord("a") + number)} {folder}/{suite}.ext4\n'
                    for number, suite in enumerate(qemu.SUITES))
    lab.run(GUEST, f'mkdir -p {folder}\n{links}')


def _send(lab: Lab) -> None:
    """The checkout as it is, and the packages of this environment."""
    text = io.BytesIO()
    with tarfile.open(fileobj=text, mode='w:gz', compresslevel=3) as archive:
        for name in _tracked():
            archive.add(ROOT / name, f'checkout/{name}', recursive=False)
        site = pathlib.Path(sysconfig.get_path('purelib'))
        for pattern in PACKAGES:
            for path in site.glob(pattern):
                archive.add(path, f'packages/{path.name}', filter=_lean)
    status = _stream(lab, UNPACK, text.getvalue())
    if status:
        raise LabError(f'the checkout cannot be unpacked there (status {status})')


def _tracked() -> list[str]:
    done = subprocess.run(['git', 'ls-files', '--cached', '--others', '--exclude-standard'], cwd=ROOT, check=True,
                          capture_output=True, text=True)
    return [name for name in done.stdout.splitlines() if (ROOT / name).exists()]


def _lean(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if HEAVY.search(member.name) else member


def _stream(lab: Lab, script: str, data: bytes = b'') -> int:
    """Run *script* on the guest with its output as ours."""
    line = [word for word in lab.ssh(GUEST) if word != '-t']
    return subprocess.run([*line, script], input=data, check=False).returncode


if __name__ == '__main__':
    try:
        sys.exit(main())
    except LabError as exc:
        sys.exit(f'lab: {exc}')
