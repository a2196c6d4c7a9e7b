# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every command that a diagnosis may run, by name.

The name is the whole interface: a live host runs ``argv``, a bundle answers from
``commands/<name>.txt`` or one of the other spellings (``commands_aliases``). All of them only read. A command
without ``argv`` is never run: it is understood where somebody recorded it.
"""

from __future__ import annotations

import typing as t


class Command(t.NamedTuple):
    """*argv* to run (empty: only ever read from a bundle), and the seconds allowed."""

    argv: tuple[str, ...] = ()
    timeout: float = 5.0


#: programs whose processes are looked for
PROGRAMS = ('pptpd', 'pptpctrl', 'pppd', 'accel-pppd', 'pptp', 'freeradius', 'radiusd', 'winbindd')
RADDB = ('/etc/freeradius/3.0/', '/etc/raddb/')   # where FreeRADIUS is configured: Debian, RedHat
_UNIT_PROPERTIES = 'LoadState,ActiveState,SubState,UnitFileState,Result,ExecMainStatus,ExecMainCode,NRestarts,MainPID'
_PACKAGES = ('pptpd', 'ppp', 'pptp-linux', 'accel-ppp', 'network-manager-pptp', 'freeradius', 'winbind')
_RPMS = ('pptpd', 'ppp', 'pptp', 'accel-ppp', 'NetworkManager-pptp', 'freeradius', 'samba-winbind')

COMMANDS: dict[str, Command] = {
    # packages and daemons
    'dpkg-query': Command(('dpkg-query', '-W', '-f', '${Package} ${Version} ${Status}\\n') + _PACKAGES),
    'rpm': Command(('rpm', '-q', '--qf', '%{NAME} %{VERSION}-%{RELEASE} installed\\n') + _RPMS),
    'pppd-version': Command(('pppd', '--version')),
    'pptpd-version': Command(('pptpd', '--version')),
    'systemctl-show': Command(('systemctl', 'show', 'pptpd.service', '--no-pager', '--property=' + _UNIT_PROPERTIES)),
    'systemctl-status': Command(),
    'systemctl-is-active': Command(),
    'ps': Command(),
    'ss': Command(),
    # kernel
    'uname': Command(),
    'lsmod': Command(),
    'dmesg': Command(('dmesg',)),
    'detect-virt': Command(('systemd-detect-virt',)),
    'ls-dev-ppp': Command(),
    # addresses
    'ip-addr': Command(('ip', '-o', 'addr', 'show')),
    'ip-link': Command(('ip', '-o', 'link', 'show')),
    'ip-route': Command(('ip', 'route', 'show')),
    'sysctl': Command(),
    # firewall and conntrack
    'iptables-save': Command(('iptables-save', '-c')),
    'iptables-legacy-save': Command(('iptables-legacy-save', '-c')),
    'nft': Command(('nft', 'list', 'ruleset')),
    'nft-json': Command(),
    'firewall-cmd': Command(('firewall-cmd', '--list-all-zones')),
    'ufw': Command(('ufw', 'status', 'verbose')),
    'iptables-L': Command(),
    'conntrack': Command(('conntrack', '-L', '-p', 'gre')),
    'conntrack-control': Command(('conntrack', '-L', '-p', 'tcp', '--dport', '1723')),
    # Active Directory: at once where winbindd is well, never where it waits for a controller (facts/radius-ad.md, 3)
    'wbinfo': Command(('wbinfo', '-p'), 3.0),
    # logs: selected by indexed field, newest entries, never the whole journal (facts/performance.md, section 3)
    'journal': Command(
        ('journalctl', '--no-pager', '-q', '-o', 'json', '-n', '6000', '--since=-7days',
         '--output-fields=MESSAGE,SYSLOG_IDENTIFIER,SYSLOG_PID,_PID,_COMM,_HOSTNAME,_TRANSPORT')
        + tuple('SYSLOG_IDENTIFIER=' + name for name in (
            'pppd', 'pptpd', 'pptp', 'pptpctrl', 'accel-pppd', 'radiusd', 'freeradius', 'winbindd',
            'nm-pptp-service', 'NetworkManager'))
        + ('+', '_SYSTEMD_UNIT=pptpd.service', '+', 'UNIT=pptpd.service'), 10.0),
    'journal-kernel': Command(),
}
