# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A window of time in which pppd traces logins: the line that opens it, and the script that closes it.

Pure: bytes of the file of options in and out, texts of the script and of the units. The module ``pppd_debug`` does it.
The line stands first, so that the file is byte for byte the old one without it, whatever its end is.
"""

from __future__ import annotations

import shlex

FOLDER = '/var/lib/vpnops-pptp/pppd-debug'       # outlives a restart of the host, as the line does
UNIT = 'vpnops-pptp-pppd-debug'                  # of the timer and the service that it starts
UNITS = '/etc/systemd/system'
SCRIPT = 'close.sh'
TURN = 'turn'                                    # which of several waiting processes closes it: the newest
SECONDS = (10, 14400)                            # least and most time
LINE = b'debug # vpnops.pptp pppd_debug\n'

_SCRIPT = '''\
# vpnops.pptp pppd_debug: has pppd trace no more. Needs nothing but a shell, coreutils, grep and sed.
if [ "${{1:-0}}" -gt 0 ]; then
  sleep "$1"
  [ "$(cat {folder}/{turn} 2>/dev/null)" = "$2" ] || exit 0
fi
file={file}
draft=$file.vpnops-pptp
if grep -qxF {line} "$file"; then
  cp -p "$file" "$draft" && sed {delete} "$file" >"$draft" && mv -f "$draft" "$file" || exit 1
fi
rm -rf {folder}
rmdir /var/lib/vpnops-pptp 2>/dev/null
if [ -e {units}/{unit}.timer ]; then
  systemctl --quiet disable {unit}.timer
  rm -f {units}/{unit}.timer {units}/{unit}.service
  systemctl daemon-reload
  systemctl stop {unit}.timer 2>/dev/null
fi
exit 0
'''
_SERVICE = '''\
# vpnops.pptp pppd_debug
[Unit]
Description=End of the trace of pppd

[Service]
Type=oneshot
ExecStart=/bin/sh {folder}/{script}
Restart=on-failure
RestartSec=30
'''
_TIMER = '''\
# vpnops.pptp pppd_debug
[Unit]
Description=Time until the trace of pppd ends

[Timer]
OnActiveSec={seconds}
AccuracySec=1s

[Install]
WantedBy=timers.target
'''


def opened(data: bytes) -> bytes:
    """The file of options with the line that opens the window; one that is open stays as it is.

    >>> opened(b'name pptpd')
    b'debug # vpnops.pptp pppd_debug\\nname pptpd'
    """
    return data if is_open(data) else LINE + data


def is_open(data: bytes) -> bool:
    """Whether the line stands in *data*."""
    return LINE.strip() in data.splitlines()


def script(path: str) -> str:
    """The script that takes the line out of *path*, and everything of the window away; its arguments are seconds to
    wait before, and the turn that has to be the same then."""
    line = LINE.decode('ascii').strip()
    return _SCRIPT.format(file=shlex.quote(path), line=shlex.quote(line), folder=FOLDER, turn=TURN, unit=UNIT,
                          units=UNITS, delete=shlex.quote('/^%s$/d' % line.replace('.', '[.]')))


def units(seconds: int) -> dict[str, str]:
    """The units by their names. The timer is enabled: after a restart of the host it goes on, from the start."""
    return {UNIT + '.service': _SERVICE.format(folder=FOLDER, script=SCRIPT),
            UNIT + '.timer': _TIMER.format(seconds=seconds)}
