# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a machine is like, as lines that can be compared: files, rules, kernel parameters, the daemon."""

from __future__ import annotations

import difflib
import typing as t

#: Files by size, mode, owner and time: whoever wrote one anew is seen, too. Counters are left out.
_SCRIPT = r'''
find /etc /usr/local -xdev \( -type f -o -type l \) -printf '%p %s %m %U:%G %T@ %l\n' | sort
for save in iptables-save iptables-legacy-save; do
  $save 2>/dev/null | sed -n "/^#/d; s/ \[[0-9]*:[0-9]*\]$//; s/^/$save /; p"
done
nft -s list ruleset 2>/dev/null | grep -v '^#' | sed 's/^/nft /'
echo "ip_forward $(cat /proc/sys/net/ipv4/ip_forward)"
echo "/dev/ppp $(stat -c '%t:%T %a' /dev/ppp 2>&1)"
echo "pptpd $(systemctl is-active pptpd) $(systemctl is-enabled pptpd 2>&1) $(pgrep -x pptpd | head -n 1)"
for unit in freeradius winbind samba-ad-dc; do
  state=$(systemctl show -p ActiveState,UnitFileState,MainPID "$unit" 2>/dev/null | paste -sd' ')
  [ "${state#*=inactive}" != "$state" ] || echo "$unit $state"
done
stat -c '%n %a %U:%G' /var/lib/samba/winbindd_privileged /var/lib/samba/private/secrets.tdb 2>/dev/null
'''


def of(lab: t.Any, machines: t.Sequence[str]) -> list[str]:
    """The state of the *machines*."""
    return ['%s: %s' % (machine, line) for machine in machines
            for line in lab.run(machine, _SCRIPT, check=False).stdout.splitlines()]


def changes(before: list[str], after: list[str]) -> list[str]:
    """The lines that are there no more (``-``) or only now (``+``)."""
    diff = difflib.unified_diff(before, after, lineterm='', n=0)
    return [line for line in diff if line[:1] in '+-' and line[:3] not in ('+++', '---')]
