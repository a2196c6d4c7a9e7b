# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the lab can run on this machine's own kernel: found out by trying, in namespaces that are gone afterwards.

Nothing of the machine changes but its list of modules: those that a login needs are loaded, and stay.
"""

from __future__ import annotations

import ctypes
import fcntl
import functools
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import typing as t

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2]))

from tests.lab.host import forbid, serve  # noqa: E402

KINDS = ('auto', 'host', 'vm')
TOOLS = ('ip', 'mount', 'nsenter', 'pivot_root', 'setpriv', 'unshare')
#: What a login, its NAT and the firewalls of the machines need of the kernel, each a module or built in.
MODULES = ('ppp_generic', 'ppp_async', 'ppp_mppe', 'bridge', 'veth', 'overlay', 'nf_nat_pptp', 'nf_tables',
           'nft_compat', 'nft_chain_nat', 'nft_ct', 'nft_masq', 'ip_tables', 'iptable_raw', 'iptable_mangle',
           'iptable_nat', 'iptable_filter', 'xt_CT', 'xt_MASQUERADE', 'xt_TCPMSS', 'xt_conntrack')
#: Those of them that no trial below covers.
SILENT = ('nf_nat_pptp', 'nf_tables', 'nft_compat', 'xt_CT', 'xt_MASQUERADE', 'xt_TCPMSS', 'xt_conntrack')
LIMIT = 900              # seconds; one or two are usual, and an emulated processor on a crowded box took two minutes
_NO_PPP = 3              # exit status where all is well but the kernel
# linux/ppp-ioctl.h, linux/ppp-comp.h
_PPP = os.makedev(108, 0)
_NEW_UNIT, _SET_COMPRESSOR = 0xc004743e, 0x4010744d
_MPPE_128_STATELESS = b'\x12\x06\x01\x00\x00\x40' + bytes(16)      # the option of CCP, and a key


class NoRoom(Exception):
    """Machines cannot be kept apart here, on any kernel."""


class NoPPP(Exception):
    """This kernel has not what a login needs."""


def chosen() -> tuple[str, str]:
    """``host`` or ``vm``, and why: what LAB_KIND says, else what works."""
    wanted = os.environ.get('LAB_KIND') or 'auto'
    if wanted not in KINDS:
        raise ValueError(f'LAB_KIND={wanted}: known are {", ".join(KINDS)}')
    if wanted != 'auto':
        return wanted, f'LAB_KIND={wanted}'
    reason = why_not()
    return ('vm', f'not on this kernel: {reason}') if reason else ('host', 'its kernel has PPP, MPPE and the rest')


def why_not() -> str:
    """Why the machines cannot run on this machine's own kernel; nothing when they can."""
    return _tried()[1]


def no_room() -> str:
    """Why machines cannot be kept apart here, whatever the kernel has; nothing when they can."""
    status, said = _tried()
    return '' if status in (0, _NO_PPP) else said


@functools.lru_cache(maxsize=1)
def _tried() -> tuple[int, str]:
    """The exit status and the last words of :func:`main` in namespaces of its own."""
    if os.geteuid():
        return 1, 'only root may make namespaces and mount disks'
    lacking = [tool for tool in TOOLS if not shutil.which(tool)]
    if lacking:
        return 1, f'no {", ".join(lacking)} here'
    try:
        done = subprocess.run(['unshare', '--mount', '--net', sys.executable, __file__], capture_output=True, text=True,
                              timeout=LIMIT, check=False)
    except (OSError, subprocess.SubprocessError) as exc:
        return 1, str(exc)
    said = (done.stdout.strip() or done.stderr.strip()).splitlines()[-1:]
    return done.returncode, '' if done.returncode == 0 else (said or ['no namespaces here'])[0]


def attempt(folder: pathlib.Path) -> None:
    """Try everything in an empty *folder*; raises :class:`NoRoom` or :class:`NoPPP`. (In namespaces of its own.)"""
    _load()
    _do('no file system in memory', 'mount', '-t', 'tmpfs', 'lab', str(folder))
    try:
        _network()
        _overlay(folder)
        _groups()
        if not forbid.known():
            raise NoRoom('its kind of processor is not known to the filter of system calls')
        _ppp(folder)
    finally:
        subprocess.run(['umount', '-l', folder], check=False)
    lacking = [name for name in SILENT if not _has(name)]
    if lacking:
        raise NoPPP(f'no module {", ".join(lacking)}')


def _load() -> None:
    if shutil.which('modprobe'):
        subprocess.run(['modprobe', '-q', '-a', *MODULES], capture_output=True, check=False)


def _has(name: str) -> bool:
    """Whether a module is loaded or built in."""
    if pathlib.Path('/sys/module', name).exists():
        return True
    built_in = pathlib.Path('/lib/modules', os.uname().release, 'modules.builtin')
    return built_in.exists() and f'/{name}.ko' in built_in.read_text('utf-8')


def _ppp(folder: pathlib.Path) -> None:
    """An interface for PPP, and MPPE on it, as pppd asks for them."""
    node = folder / 'ppp'
    try:
        os.mknod(node, 0o600 | 0o020000, _PPP)
        with node.open('r+b', buffering=0) as unit:
            fcntl.ioctl(unit, _NEW_UNIT, struct.pack('i', -1))
            option = ctypes.create_string_buffer(_MPPE_128_STATELESS, len(_MPPE_128_STATELESS))
            try:
                fcntl.ioctl(unit, _SET_COMPRESSOR, struct.pack('PIi', ctypes.addressof(option), len(option), 1))
            except OSError as exc:
                raise NoPPP(f'no MPPE ({exc.strerror})') from exc
    except OSError as exc:
        raise NoPPP(f'no PPP (/dev/ppp: {exc.strerror})') from exc


def _network() -> None:
    _do('no bridges', 'ip', 'link', 'add', 'lab-bridge', 'type', 'bridge')
    _do('no pairs of interfaces', 'ip', 'link', 'add', 'lab-one', 'type', 'veth', 'peer', 'name', 'lab-two')


def _overlay(folder: pathlib.Path) -> None:
    for name in ('lower', 'upper', 'work', 'root'):
        (folder / name).mkdir()
    _do('no overlay file system', 'mount', '-t', 'overlay', '-o',
        f'lowerdir={folder}/lower,upperdir={folder}/upper,workdir={folder}/work', 'overlay', f'{folder}/root')


def _groups() -> None:
    try:
        group = serve.cgroups() / f'{serve.PREFIX}{os.getpid()}'
        group.mkdir()
        group.rmdir()
    except OSError as exc:
        raise NoRoom(f'no control group can be made: {exc}') from exc


def _do(what: str, *line: str) -> None:
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoRoom(f'{what} ({done.stderr.strip()})')


def main() -> t.NoReturn:
    """Exit status 0, or another one with the reason as output."""
    status = 0
    with tempfile.TemporaryDirectory(prefix='lab-probe-') as folder:
        try:
            attempt(pathlib.Path(folder))
        except (NoRoom, NoPPP) as exc:
            sys.stdout.write(f'{exc}\n')
            status = _NO_PPP if isinstance(exc, NoPPP) else 1
    sys.exit(status)


if __name__ == '__main__':
    main()
