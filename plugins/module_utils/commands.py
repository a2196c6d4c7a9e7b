# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every command that a diagnosis may run, by name.

The name is the whole interface: a live host runs ``argv``, a bundle answers from
``commands/<name>.txt`` or one of the other spellings. All of them only read. A command
without ``argv`` is never run: it is understood where somebody recorded it.
"""

from __future__ import annotations

import typing as t


class Command(t.NamedTuple):
    """*argv* to run (empty: only ever read from a bundle), *aliases* that a bundle may use, seconds allowed."""

    argv: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    timeout: float = 5.0


#: programs whose processes are looked for
PROGRAMS = ('pptpd', 'pptpctrl', 'pppd', 'accel-pppd', 'pptp', 'freeradius', 'radiusd', 'winbindd')
_UNIT_PROPERTIES = 'LoadState,ActiveState,SubState,UnitFileState,Result,ExecMainStatus,ExecMainCode,NRestarts,MainPID'
_PACKAGES = ('pptpd', 'ppp', 'pptp-linux', 'accel-ppp', 'network-manager-pptp', 'freeradius', 'winbind')
_RPMS = ('pptpd', 'ppp', 'pptp', 'accel-ppp', 'NetworkManager-pptp', 'freeradius', 'samba-winbind')

COMMANDS: dict[str, Command] = {
    # packages and daemons
    'dpkg-query': Command(('dpkg-query', '-W', '-f', '${Package} ${Version} ${Status}\\n') + _PACKAGES,
                          ('dpkg', 'dpkg-l', 'packages')),
    'rpm': Command(('rpm', '-q', '--qf', '%{NAME} %{VERSION}-%{RELEASE} installed\\n') + _RPMS, ('rpm-q', 'rpm-qa')),
    'pppd-version': Command(('pppd', '--version'), ('pppd',)),
    'pptpd-version': Command(('pptpd', '--version'), ('pptpd',)),
    'systemctl-show': Command(('systemctl', 'show', 'pptpd.service', '--no-pager', '--property=' + _UNIT_PROPERTIES),
                              ('systemctl-show-pptpd',)),
    'systemctl-status': Command((), ('systemctl-status-pptpd', 'systemctl', 'service-pptpd-status', 'status')),
    'systemctl-is-active': Command((), ('systemctl-is-active-pptpd',)),
    'ps': Command((), ('ps-aux', 'ps-ef', 'ps-axww', 'ps-auxww')),
    'ss': Command((), ('ss-tlnp', 'ss-ltnp', 'ss-lntp', 'ss-lnp', 'ss-tulpn', 'ss-ltn', 'netstat', 'netstat-tlnp',
                       'netstat-tulpn', 'netstat-plnt', 'listeners')),
    # kernel
    'uname': Command((), ('uname-a', 'uname-r')),
    'lsmod': Command((), ('modules',)),
    'dmesg': Command(('dmesg',), ('kernel', 'kernel-log')),
    'detect-virt': Command(('systemd-detect-virt',), ('systemd-detect-virt', 'virt')),
    'ls-dev-ppp': Command((), ('ls-l-dev-ppp', 'dev-ppp', 'stat-dev-ppp')),
    # addresses
    'ip-addr': Command(('ip', '-o', 'addr', 'show'), ('ip-a', 'ip-o-addr', 'ip-address', 'ip-addr-show', 'ifconfig')),
    'ip-link': Command(('ip', '-o', 'link', 'show'), ('ip-o-link', 'ip-l', 'ip-link-show')),
    'ip-route': Command(('ip', 'route', 'show'), ('ip-r', 'route', 'route-n', 'routes', 'ip-route-show')),
    'sysctl': Command((), ('sysctl-a', 'sysctls')),
    # firewall and conntrack
    'iptables-save': Command(('iptables-save', '-c'), ('iptables', 'iptables-nft-save', 'iptables-save-c')),
    'iptables-legacy-save': Command(('iptables-legacy-save', '-c'), ('iptables-legacy',)),
    'nft': Command(('nft', 'list', 'ruleset'), ('nft-list-ruleset', 'nft-ruleset', 'ruleset', 'nftables')),
    'nft-json': Command((), ('nft-j', 'nft-j-list-ruleset', 'ruleset-json')),
    'firewall-cmd': Command(('firewall-cmd', '--list-all-zones'),
                            ('firewall-cmd-list-all-zones', 'firewall-cmd-list-all', 'firewalld')),
    'ufw': Command(('ufw', 'status', 'verbose'), ('ufw-status', 'ufw-status-verbose')),
    'iptables-L': Command((), ('iptables-l', 'iptables-L-n-v', 'iptables-list', 'iptables-lnv')),
    'conntrack': Command(('conntrack', '-L', '-p', 'gre'), ('conntrack-L', 'conntrack-l', 'conntrack-gre')),
    # logs: selected by indexed field, newest entries, never the whole journal (facts/performance.md, section 3)
    'journal': Command(
        ('journalctl', '--no-pager', '-q', '-o', 'json', '-n', '6000', '--since=-7days',
         '--output-fields=MESSAGE,SYSLOG_IDENTIFIER,SYSLOG_PID,_PID,_COMM,_HOSTNAME,_TRANSPORT')
        + tuple('SYSLOG_IDENTIFIER=' + name for name in (
            'pppd', 'pptpd', 'pptp', 'pptpctrl', 'accel-pppd', 'radiusd', 'freeradius', 'winbindd',
            'nm-pptp-service', 'NetworkManager'))
        + ('+', '_SYSTEMD_UNIT=pptpd.service', '+', 'UNIT=pptpd.service'),
        ('journalctl', 'journalctl-pptpd', 'journalctl-u-pptpd', 'journalctl-json', 'log', 'logs'), 10.0),
    'journal-kernel': Command((), ('journalctl-k', 'journalctl-kernel')),
}


def spellings(name: str) -> tuple[str, ...]:
    """All names under which a bundle may hold the output of *name*, the usual one first."""
    return (name,) + COMMANDS[name].aliases
