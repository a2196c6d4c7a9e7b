# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Network namespaces of tests, named ``PREFIX-PID-letter``: entered by this thread, and swept away after a crash."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import subprocess
import typing as t

_LIBC = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNET = 0x40000000      # linux/sched.h


class Inside:
    """Within it this thread is in the namespace *fd*, and then in *home* again."""

    def __init__(self, fd: int, home: int) -> None:
        self.fd, self.home = fd, home

    def __enter__(self) -> None:
        _enter(self.fd)

    def __exit__(self, *_args: object) -> None:
        _enter(self.home)


@contextlib.contextmanager
def inside(path: str) -> t.Iterator[None]:
    """Be in the network namespace at *path*, with this thread only."""
    there, home = os.open(path, os.O_RDONLY), os.open('/proc/thread-self/ns/net', os.O_RDONLY)
    try:
        with Inside(there, home):
            yield
    finally:
        os.close(there)
        os.close(home)


def sweep(prefix: str) -> None:
    """Remove what a run that was killed left behind."""
    for name in os.listdir('/run/netns') if os.path.isdir('/run/netns') else ():
        found = re.fullmatch(r'%s-(\d+)-[a-z]' % re.escape(prefix), name)
        if found and not os.path.exists('/proc/' + found.group(1)):
            subprocess.run(['ip', 'netns', 'del', name], capture_output=True, check=False)


def ip(*words: str) -> None:
    """Run ip(8), which has to succeed."""
    subprocess.run(['ip', *words], check=True, capture_output=True)


def _enter(fd: int) -> None:
    if _LIBC.setns(fd, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), 'setns')
