# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The other names under which a bundle may hold the output of a command; no target needs them."""

from __future__ import annotations

ALIASES: dict[str, tuple[str, ...]] = {
    'dpkg-query': ('dpkg', 'dpkg-l', 'packages'),
    'rpm': ('rpm-q', 'rpm-qa'),
    'pppd-version': ('pppd',),
    'pptpd-version': ('pptpd',),
    'systemctl-show': ('systemctl-show-pptpd',),
    'systemctl-status': ('systemctl-status-pptpd', 'systemctl', 'service-pptpd-status', 'status'),
    'systemctl-is-active': ('systemctl-is-active-pptpd',),
    'ps': ('ps-aux', 'ps-ef', 'ps-axww', 'ps-auxww'),
    'ss': ('ss-tlnp', 'ss-ltnp', 'ss-lntp', 'ss-lnp', 'ss-tulpn', 'ss-ltn', 'netstat', 'netstat-tlnp',
           'netstat-tulpn', 'netstat-plnt', 'listeners'),
    'uname': ('uname-a', 'uname-r'),
    'lsmod': ('modules',),
    'dmesg': ('kernel', 'kernel-log'),
    'detect-virt': ('systemd-detect-virt', 'virt'),
    'ls-dev-ppp': ('ls-l-dev-ppp', 'dev-ppp', 'stat-dev-ppp'),
    'ip-addr': ('ip-a', 'ip-o-addr', 'ip-address', 'ip-addr-show', 'ifconfig'),
    'ip-link': ('ip-o-link', 'ip-l', 'ip-link-show'),
    'ip-route': ('ip-r', 'route', 'route-n', 'routes', 'ip-route-show'),
    'sysctl': ('sysctl-a', 'sysctls'),
    'iptables-save': ('iptables', 'iptables-nft-save', 'iptables-save-c'),
    'iptables-legacy-save': ('iptables-legacy',),
    'nft': ('nft-list-ruleset', 'nft-ruleset', 'ruleset', 'nftables'),
    'nft-json': ('nft-j', 'nft-j-list-ruleset', 'ruleset-json'),
    'firewall-cmd': ('firewall-cmd-list-all-zones', 'firewall-cmd-list-all', 'firewalld'),
    'ufw': ('ufw-status', 'ufw-status-verbose'),
    'iptables-L': ('iptables-l', 'iptables-L-n-v', 'iptables-list', 'iptables-lnv'),
    'conntrack': ('conntrack-L', 'conntrack-l', 'conntrack-gre'),
    'journal': ('journalctl', 'journalctl-pptpd', 'journalctl-u-pptpd', 'journalctl-json', 'log', 'logs'),
    'journal-kernel': ('journalctl-k', 'journalctl-kernel'),
}


def spellings(name: str) -> tuple[str, ...]:
    """All names under which a bundle may hold the output of *name*, the usual one first."""
    return (name,) + ALIASES.get(name, ())
