# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Commands inside the guest and its machines, over one ssh connection that nothing in a machine can cut."""

from __future__ import annotations

import contextlib
import pathlib
import shlex
import shutil
import subprocess
import tempfile
import types

from tests.lab.vm.qemu import LabError

# A guest under software emulation on a loaded box needs 20 s and more for one handshake. chacha20: without AES
# instructions it is the cheapest. Nothing is asked, nothing is read from the caller's own configuration.
OPTIONS = ('-F', 'none', '-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null',
           '-o', 'LogLevel=ERROR', '-o', 'ConnectTimeout=300', '-o', 'IdentitiesOnly=yes',
           '-o', 'GSSAPIAuthentication=no', '-o', 'KexAlgorithms=curve25519-sha256',
           '-o', 'Ciphers=chacha20-poly1305@openssh.com', '-o', 'ServerAliveInterval=30', '-o', 'ServerAliveCountMax=6',
           '-o', 'ControlMaster=auto', '-o', 'ControlPersist=3600')


class Channel:
    """An open door to the guest on *port* of this machine; *keys*: the folder with ``lab_key``."""

    def __init__(self, port: int, keys: pathlib.Path, sockets: pathlib.Path | None = None) -> None:
        # Under /tmp, whatever TMPDIR says: the name of a socket may have 107 bytes.
        self.sockets = sockets or pathlib.Path(tempfile.mkdtemp(prefix='lab-', dir='/tmp'))
        self._line = ['ssh', *OPTIONS, '-i', str(keys / 'lab_key'), '-o', f'ControlPath={self.sockets}/%p',
                      '-p', str(port), 'root@127.0.0.1']

    def __enter__(self) -> Channel:
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None,
                 trace: types.TracebackType | None) -> None:
        self.close()

    def run(self, machine: str, script: str, *, data: str = '', seconds: float = 120,
            check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run *script* with sh inside *machine*, *data* as its input.

        A command that takes longer than *seconds*, or (with *check*) fails, is a :class:`LabError`.
        """
        remote = f'timeout -k 5 {seconds:.0f} /usr/local/lib/lab/in {machine} /bin/sh -c {shlex.quote(script)}'
        try:
            done = subprocess.run([*self._line, remote], input=data, capture_output=True, text=True, errors='replace',
                                  timeout=seconds + 90, check=False)
        except subprocess.TimeoutExpired as exc:
            raise LabError(f'{machine}: no answer within {seconds + 90:.0f} s to: {script}') from exc
        if done.returncode == 255:
            raise LabError(f'{machine}: ssh failed: {done.stderr.strip()[-300:]}')
        if check and done.returncode:
            said = done.stdout[-2000:] + done.stderr[-2000:]
            raise LabError(f'{machine}: status {done.returncode} of: {script}\n{said}')
        return done

    def try_run(self, machine: str, script: str) -> str:
        """Output of *script* (``done`` where it has none) if it succeeds within 5 minutes, else an empty text."""
        with contextlib.suppress(LabError):
            done = self.run(machine, script, seconds=300, check=False)
            if done.returncode == 0:
                return done.stdout.strip() or 'done'
        return ''

    def close(self) -> None:
        """Hang up."""
        for path in self.sockets.glob('*'):
            subprocess.run(['ssh', '-F', 'none', '-o', f'ControlPath={path}', '-O', 'exit', 'lab'], capture_output=True,
                           timeout=20, check=False)
        shutil.rmtree(self.sockets, ignore_errors=True)
