# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A connection to the target that is new, whatever the connection plugin keeps open."""

from __future__ import annotations

import secrets
import typing as t

from ansible.plugins.connection import ConnectionBase

# Seconds for the first attempts to connect, and for all others. A packet that is dropped and a handshake that is slow
# look the same: the first attempts end early, in order to make many, and a busy or emulated host, which needs 5 to 15 s
# for a key exchange, gets it done in the second or third, all within the 60 s of a guard.
PATIENCE = (5, 10, 20)

# ssh takes the first value of an option, so these stand before all others: no shared connection, and an end to one
# that is cut after it has begun (ssh_config(5); ConnectTimeout covers the handshake, too).
_NEW = ('-o ControlMaster=no -o ControlPath=none -o ControlPersist=no -o ConnectionAttempts=1 '
        '-o ConnectTimeout=%d -o ServerAliveInterval=%d -o ServerAliveCountMax=2 ')


def patience(attempt: int, left: float) -> int:
    """Seconds for this *attempt* (the first is 1), of which *left* seconds are left for all of them.

    >>> [patience(attempt, 60) for attempt in (1, 2, 3, 4)], patience(4, 12.5), patience(4, 1)
    ([5, 10, 20, 20], 12, 5)
    """
    return max(PATIENCE[0], min(PATIENCE[min(attempt, len(PATIENCE)) - 1], int(left)))


def is_ssh(connection: t.Any) -> bool:
    """Whether *connection* runs the ssh program, which may share connections."""
    return getattr(connection, 'transport', None) == 'ssh'


def reset(connection: t.Any) -> None:
    """Give up what *connection* has open, so that its next command connects anew. A failure to do so is none."""
    try:
        if type(connection).reset is not ConnectionBase.reset:
            connection.reset()
        else:
            connection.close()
            connection._connected = False
    except Exception:   # whatever a plugin raises for a connection that is dead already
        connection._connected = False


def new_connection_works(connection: t.Any, seconds: int = PATIENCE[0]) -> str:
    """Run one command over a new connection: nothing when it answered, else what it said. Raises what the plugin does.

    With ssh, connecting may take *seconds*, and so may a silence after it. Every other setting is that of *connection*:
    host, user, key, jump hosts.
    """
    word = secrets.token_hex(8)
    if not is_ssh(connection):
        return _answered(connection.exec_command('echo ' + word, in_data=None, sudoable=False), word)
    before = {name: connection.get_option(name) for name in ('ssh_args', 'reconnection_retries')}
    try:
        connection.set_option('ssh_args', _NEW % (seconds, (seconds + 1) // 2) + (before['ssh_args'] or ''))
        connection.set_option('reconnection_retries', 0)
        return _answered(connection.exec_command('echo ' + word, in_data=None, sudoable=False), word)
    finally:
        for name, value in before.items():
            connection.set_option(name, value)


def _answered(answer: tuple[int, bytes, bytes], word: str) -> str:
    status, out, err = answer
    if status == 0 and word.encode() in out:
        return ''
    return err.decode('utf-8', 'replace').strip()[-300:] or 'the command ended with status %d' % status
