# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What no process of a lab on this machine's own kernel may do: take a module out of it, or its log from others."""

from __future__ import annotations

import ctypes
import os
import platform
import struct

# linux/prctl.h, linux/seccomp.h, linux/filter.h
_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_LOAD, _EQUAL, _ABOVE, _RETURN = 0x20, 0x15, 0x25, 0x06      # BPF_LD|W|ABS, BPF_JMP|JEQ|K, BPF_JMP|JGT|K, BPF_RET|K
_NUMBER, _FIRST_ARGUMENT = 0, 16                             # offsets in struct seccomp_data
_ALLOW, _REFUSE = 0x7fff0000, 0x00050001                     # SECCOMP_RET_ALLOW; SECCOMP_RET_ERRNO, with EPERM
#: Numbers of delete_module and syslog (asm/unistd.h). What runs here is of the machine's own word size.
_CALLS = {'x86_64': (176, 103), 'aarch64': (106, 116)}
_LOG_READS, _LOG_SETS = 3, 8     # actions of syslog up to the first read, those up to the second clear and set


def program(machine: str) -> bytes:
    """The filter for this kind of *machine* (``platform.machine()``), as the kernel takes it."""
    delete_module, syslog = _CALLS[machine]
    steps = [(_LOAD, 0, 0, _NUMBER),
             (_EQUAL, 5, 0, delete_module),
             (_EQUAL, 0, 3, syslog),
             (_LOAD, 0, 0, _FIRST_ARGUMENT),
             (_ABOVE, 1, 0, _LOG_SETS),
             (_ABOVE, 1, 0, _LOG_READS),
             (_RETURN, 0, 0, _ALLOW),
             (_RETURN, 0, 0, _REFUSE)]
    return b''.join(struct.pack('HBBI', *step) for step in steps)


def known() -> bool:
    """Whether the numbers for this machine are."""
    return platform.machine() in _CALLS


def now() -> None:
    """From now on, for this process and all that it starts. For root; there is no way back."""
    text = program(platform.machine())
    held = ctypes.create_string_buffer(text, len(text))
    head = struct.pack('HL', len(text) // 8, ctypes.addressof(held))       # struct sock_fprog
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.c_char_p(head), 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, 'no filter of system calls: ' + os.strerror(number))
