# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One login by pptp-linux and pppd as a text of options to start it, and as the meaning of what it printed.

Pure. The module ``login`` runs it. The password stands in the file of options only, which nobody but root can read.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.edit.words import quoted
from ansible_collections.vpnops.pptp.plugins.module_utils.parse.scrub import scrub

_LONGEST = 255   # bytes of a user and a password; pppd cuts what is longer (pppd.h: MAXNAMELEN, MAXSECRETLEN)
_SHOWN = 20      # lines of a log
HOST = re.compile(r'[A-Za-z0-9](?:[A-Za-z0-9.-]{0,253}[A-Za-z0-9])?\Z')   # pppd gives it to a shell: nothing else
# As a Windows client of default settings asks: MS-CHAPv2 and 128-bit MPPE or nothing, no route, one try. With pppd's
# own timers (3 s, 10 times) each lost packet costs 3 s; its patience of half a minute is kept. Where nobody is left to
# hang up, pppd does after ten minutes.
_ALWAYS = ('noauth', 'nodetach', 'nodefaultroute', 'nopersist', 'noipdefault', 'logfd 1', 'hide-password',
           'refuse-pap', 'refuse-chap', 'refuse-mschap', 'refuse-eap', 'require-mppe-128',
           'nobsdcomp', 'nodeflate', 'maxconnect 600', 'lcp-restart 1', 'lcp-max-configure 30')
_LOCAL = re.compile(r'^local  ?IP address (\S+)', re.M)
_PEER = re.compile(r'^remote IP address (\S+)', re.M)
_MPPE = re.compile(r'^MPPE .*(?=compression enabled)', re.M)
_TELLING = re.compile(r'failed|refused|timeout|timed out|terminat|could not|couldn\'t|not |unreachable|hangup', re.I)
#: pppd(8), EXIT STATUS, and what it is for a PPTP client
EXITS = {1: 'it could not start', 2: 'it did not understand its options', 3: 'it is not run by root',
         4: 'the kernel has no PPP', 8: 'the connection was not made', 9: 'pptp could not be run',
         10: 'PPP was not negotiated', 11: 'the server did not authenticate itself', 15: 'the server fell silent',
         16: 'the server hung up', 17: 'its own packets came back', 19: 'the server refused the login'}
#: those that tell of the client alone: nothing was asked of the server
OWN = frozenset({1, 2, 3, 4, 9})


class Seen(t.NamedTuple):
    """What the output of a pppd tells: the two addresses and the *mppe* of a tunnel that is up, else ``''``."""

    address: str
    peer: str
    mppe: str

    @property
    def up(self) -> bool:
        """Whether the login has worked."""
        return bool(self.address and self.peer)


def options(pptp: str, server: str, user: str, password: str, more: t.Sequence[str] = ()) -> bytes:
    """The file of options: a login of *user* at *server* with the program *pptp*. *more* are further lines.

    ``Unfit`` where a word cannot be written, ``ValueError`` where *server* is no name and no address.
    """
    if not HOST.match(server):
        raise ValueError('%r is no name and no IPv4 address' % server)
    lines = [b'pty "%s %s --nolaunchpppd --loglevel 0"' % (pptp.encode('utf-8'), server.encode('ascii')),
             b'user ' + quoted(user, 'the user', _LONGEST),
             b'password ' + quoted(password, 'the password', _LONGEST)]
    return b'\n'.join([*lines, *(line.encode('utf-8') for line in (*_ALWAYS, *more)), b''])


def seen(output: str) -> Seen:
    """What *output* tells so far.

    >>> seen('MPPE 128-bit stateless compression enabled\\nlocal  IP address 10.9.0.9\\nremote IP address 10.9.0.1\\n')
    Seen(address='10.9.0.9', peer='10.9.0.1', mppe='MPPE 128-bit stateless')
    """
    found = (pattern.search(output) for pattern in (_LOCAL, _PEER))
    address, peer = (match.group(1) if match else '' for match in found)
    mppe = _MPPE.search(output)
    return Seen(address, peer, mppe.group().strip() if mppe else '')


def log(output: str) -> list[str]:
    """The last lines of *output*, without what a trace has to crack."""
    return [scrub(line) for line in output.splitlines()[-_SHOWN:]]


def why(output: str, status: int | None) -> str:
    """Why there is no tunnel: the meaning of the exit *status* (``None``: it still ran), and the line that tells."""
    reason = 'it took too long' if status is None else EXITS.get(status, 'pppd ended with status %d' % status)
    lines = [scrub(line.strip()) for line in output.splitlines() if _TELLING.search(line)]
    said = next((line for line in lines if not line.startswith(('Modem hangup', 'Connection terminated'))), '')
    return '%s (%s)' % (reason, said) if said else reason
