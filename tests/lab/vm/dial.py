# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One login by pptp-linux and pppd: the script that a client runs, and what its output says."""

from __future__ import annotations

import dataclasses
import os
import re
import typing as t

LIMIT = 60               # seconds for one login; one with GRE dropped takes 7 on a box with nothing else to do
# noipv6: pppd detaches when any protocol is up, and IPv6 is faster; child-timeout: pptp sees the end of pppd late.
OPTIONS = ('noauth', 'lock', 'nobsdcomp', 'nodeflate', 'debug', 'nodefaultroute', 'noipv6', 'child-timeout 1',
           'require-mppe-128', 'refuse-eap')
CORP = '192.168.77.0/24'
_ADDRESS = re.compile(r'^local +IP address (\S+)', re.MULTILINE)
_INTERFACE = re.compile(r'^Using interface (ppp\d+)', re.MULTILINE)
_MPPE = re.compile(r'^(MPPE .* (?:enabled|disabled))', re.MULTILINE)
_CONTROL = '---- pptp'


@dataclasses.dataclass(frozen=True)
class Dial:
    """How a login went. *mppe*: ``MPPE 128-bit stateless`` or an empty text; *seconds*: from call to address."""

    outcome: t.Literal['up', 'failed']
    exit_code: int
    client_log: str
    address: str
    mppe: str
    seconds: float
    interface: str = ''

    @property
    def up(self) -> bool:
        """Whether the tunnel stands."""
        return self.outcome == 'up'


def patience() -> tuple[str, str]:
    """How often, a second apart, the client calls before it gives up.

    pppd's own 10 times 3 s cost half a minute wherever GRE is blocked, and 5 times are enough; but not on a box with
    more to do than it has processors, where the emulated server needs longer to answer at all. Never longer than the
    server's own pppd waits (30 s): its hanging up would be the last line of the log, and not what the client saw.
    """
    return 'lcp-restart 1', f'lcp-max-configure {round(5 * min(crowd(), 5))}'


def crowd() -> float:
    """How many times as long as with nothing else to do anything may take: load for each processor, 1 to 12."""
    return min(max(os.getloadavg()[0] / (os.cpu_count() or 1), 1), 12)


def quoted(text: str) -> str:
    """*text* as one word of pppd's option files."""
    return '"' + text.replace('\\', '\\\\').replace('"', '\\"') + '"'


def peer(server: str, user: str, password: str, options: t.Sequence[str], without: t.Collection[str]) -> str:
    """The peer file. *options* follow the usual ones, of which those named in *without* are left out."""
    lines = [f'pty "pptp {server} --nolaunchpppd --loglevel 1"', f'user {quoted(user)}', f'password {quoted(password)}',
             'remotename pptpd', f'linkname {link(server)}', f'ipparam {link(server)}']
    return '\n'.join([*lines, *(option for option in (*OPTIONS, *patience()) if option not in without), *options, ''])


def link(server: str) -> str:
    """The name that pppd gives the connection to *server*."""
    return 'lab-' + server.replace('.', '-')


def script(server: str, limit: float) -> str:
    """For the client: dial within *limit* seconds, then a route to the network behind; exits as pppd does."""
    name = link(server)
    log = f'/var/log/ppp-{name}.log'
    return f'''
rm -f {log}
since=$(date +%s)
timeout -k 5 {limit:.0f} pppd call {name} logfile {log} updetach >/dev/null 2>&1 </dev/null
status=$?
cat {log}
if [ $status = 0 ]; then
  interface=$(sed -n 2p /run/ppp-{name}.pid)
  ip route replace {CORP} dev "$interface"
else
  echo '{_CONTROL}'
  journalctl -q -o cat --since "@$since" -t pptp -n 40
  pkill -f '^pptp {server} '    # without an answer to its SYN it goes on for two minutes, and calls in vain
fi
exit $status
'''


def hangup(name: str) -> str:
    """For the client: end the connection called *name* (``*`` for all), and wait until it is gone."""
    return f'''
for file in /run/ppp-{name}.pid; do
  [ -e "$file" ] || continue
  pid=$(head -n 1 "$file")
  kill "$pid" 2>/dev/null
  for i in $(seq 100); do [ -d "/proc/$pid" ] || break; [ "$i" != 80 ] || kill -9 "$pid"; sleep 0.1; done
done
exit 0
'''


def judge(status: int, output: str, seconds: float) -> Dial:
    """What the output of :func:`script` says."""
    log = output.partition(_CONTROL)[0]
    address, interface, mppe = (_last(pattern, log) for pattern in (_ADDRESS, _INTERFACE, _MPPE))
    up = status == 0 and bool(address)
    return Dial('up' if up else 'failed', status, output, address if up else '',
                mppe.replace(' compression enabled', '') if mppe.endswith('enabled') else '', seconds, interface)


def _last(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.findall(text)
    return found[-1] if found else ''
