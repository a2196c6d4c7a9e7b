# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A login through the real pppd and its real radius.so, where the kernel has no PPP: see pppd_shim.c.

It is no whole session: there is no LCP, no CCP, and no CHAP packet to a peer.
"""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.wire import mschap
from tests.aaa.ad_space import Space

HERE = pathlib.Path(__file__).resolve().parent
DICTIONARIES = HERE.parent / 'lab/vm/radius-client'
_CHALLENGE, _PEER = bytes(range(16)), bytes(range(32, 48))


class Seen(t.NamedTuple):
    """What pppd made of the answer: *good*; whether it has *keys* for MPPE; the *message* for the client; its *log*."""

    good: bool
    keys: bool
    message: str
    log: str


def missing() -> str:
    """Why this cannot be done here; nothing when it can."""
    return '' if shutil.which('gcc') else 'no gcc here to make the shim with'


def install(space: Space, work: pathlib.Path, dictionaries: bool = True) -> None:
    """The shim, a /dev/ppp that can be opened, and the *dictionaries* that radius.so reads."""
    shim = work / 'shim.so'
    subprocess.run(['gcc', '-shared', '-fPIC', '-Wall', '-Werror', '-o', str(shim), str(HERE / 'pppd_shim.c'), '-ldl'],
                   check=True, timeout=60)
    with shim.open('rb') as stream:
        subprocess.run(space.enter('sh', '-c', 'cat >/shim.so; test -e /dev/ppp || mknod -m 600 /dev/ppp c 1 3'),
                       stdin=stream, check=True, timeout=20)
    if dictionaries:
        write_dictionaries(space)


def write_dictionaries(space: Space) -> None:
    """What radius.so needs beside its configuration and the servers file."""
    for name in ('dictionary', 'dictionary.microsoft', 'port-id-map'):
        space.write(f'/etc/radiusclient/{name}', (DICTIONARIES / name).read_text('utf-8'))


def login(space: Space, user: str, password: str, options: t.Sequence[str] = ('noauth', 'plugin', 'radius.so')) -> Seen:
    """What pppd on *space*, with *options*, makes of a login of *user*."""
    response = _PEER + bytes(8) + mschap.nt_response(_CHALLENGE, _PEER, user, password) + b'\0'
    done = space.run('env', 'LD_PRELOAD=/shim.so', 'pppd', 'nodetach', 'logfd', '2', *options,
                     check=False, timeout=60, SHIM_USER=user, SHIM_CHALLENGE=_CHALLENGE.hex(),
                     SHIM_RESPONSE=response.hex())
    lines = [line for line in done.stderr.splitlines() if line.startswith('verify=')]
    if not lines:
        raise RuntimeError(f'pppd did not ask its plugin:\n{done.stdout}{done.stderr}')
    words = dict(part.partition('=')[::2] for part in lines[0].split(' ', 2))
    return Seen(words['verify'] == '1', words['keys'] == '1', words['message'], done.stderr + done.stdout)
