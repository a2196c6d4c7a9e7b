# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Causes of the stages service, control and gre; within a stage, what explains others stands first."""

from __future__ import annotations

from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog_entry import CLIENT, HOST, Cause
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import CRITICAL, MAJOR, Fix

SERVICE = (
    Cause(
        'bad-option-syntax', 'service', CRITICAL, HOST,
        'A configuration file holds something that pptpd or pppd refuses',
        'pppd exits with status 2 at the first option that it does not know, so every login ends within a second; '
        'pptpd does not even start on a bad range, a bad address or an options file that it cannot read.',
        'Run `pppd pty "sleep 1" nodetach dryrun dump file /etc/ppp/pptpd-options` as root: 0 is good, 2 names the '
        'file and the word. For pptpd.conf, `pptpd --fg` prints the MGR line.',
        Fix('Correct the line that the evidence names, in the file that it names.', 'pppd_options',
            {'pppd_options_disable': ['WORD']},
            commands=(
                'pppd pty "sleep 1" nodetach dryrun dump file /etc/ppp/pptpd-options 10.0.0.1:10.0.0.2',
                'systemctl restart pptpd  # ends live sessions')),
        'pppd options.c parse_args, options_from_file; pptpd.c, configfile.c'),
    Cause(
        'plugin-missing-or-version-mismatch', 'service', CRITICAL, HOST,
        'pppd cannot load a plugin',
        'A plugin file is missing, or was built for another version of pppd. pppd exits with status 2 and the client '
        'sees error 619. Typical after an upgrade of ppp without a rebuilt pptpd-logwtmp.so.',
        'Compare `pppd --version` with the folder under /usr/lib/pppd/ that holds the plugin, and read the lines '
        '"Couldn\'t load plugin" or "Plugin ... is for pppd version".',
        Fix('Install the plugin for the installed pppd, or take its line out; for pptpd-logwtmp that is '
            'the word logwtmp in pptpd.conf.', 'pppd_options', {'pppd_options_disable': ['plugin NAME']},
            commands=('pppd --version', 'find /usr/lib /usr/lib64 -path "*ppp*" -name "*.so"')),
        'pppd options.c loadplugin'),
    Cause(
        'ppp-kernel-missing', 'service', CRITICAL, HOST,
        'The kernel has no PPP',
        'ppp_generic or ppp_async is not there for the running kernel (kernel upgraded without a reboot, slim cloud '
        'kernel, blacklisted, or a container that may not use PPP). pppd exits with status 4.',
        'Run `modprobe -n -v ppp_async` and `uname -r`; in a container ask the host.',
        Fix('Install the modules of the running kernel (linux-image of the same version, kernel-modules '
            'on RHEL), reboot into the installed kernel, or let the container host load them.', 'ppp_kernel',
            commands=(
                'modprobe -a ppp_generic ppp_async ppp_mppe',
                "printf '%s\\n' ppp_generic ppp_async ppp_mppe > /etc/modules-load.d/pptp.conf")),
        'pppd sys-linux.c ppp_available, tty_establish_ppp; linux ppp_generic.c'),
    Cause(
        'dev-ppp-missing', 'service', CRITICAL, HOST,
        'There is no usable /dev/ppp',
        'The device node 108:0 is absent, or this container may not open it. pppd exits with status 4 before it '
        'sends a packet.',
        'Run `ls -l /dev/ppp`: it has to be a character device 108, 0. In a container it needs CAP_NET_ADMIN, too.',
        Fix('Create the node; in a container let its host pass the device and CAP_NET_ADMIN in.', 'ppp_kernel',
            commands=('modprobe ppp_generic', 'test -e /dev/ppp || mknod -m 600 /dev/ppp c 108 0')),
        'pppd sys-linux.c ppp_available'),
    Cause(
        'mppe-kernel-missing', 'service', CRITICAL, HOST,
        'The kernel has no MPPE',
        'ppp_mppe is missing, blacklisted or refused (FIPS mode), and encryption is required. Logins pass '
        'authentication and end in CCP.',
        'Run `modprobe ppp_mppe; echo $?` and `cat /proc/sys/crypto/fips_enabled`.',
        Fix('Install and load ppp_mppe for the running kernel; where FIPS mode forbids it, PPTP with '
            'encryption cannot work on this host.', 'ppp_kernel',
            commands=('modprobe ppp_mppe', 'echo ppp_mppe > /etc/modules-load.d/ppp_mppe.conf')),
        'pppd ccp.c ccp_resetci; linux ppp_mppe.c'),
    Cause(
        'pptpd-not-running', 'service', CRITICAL, HOST,
        'The PPTP daemon does not run',
        'Nothing answers: the unit is stopped, disabled or failed. Debian leaves pptpd disabled after installation.',
        'Run `systemctl status pptpd` and `journalctl -u pptpd -n 20`.',
        Fix('Start and enable the daemon; where it ends again, its last lines in the journal say why.', 'pptp_server',
            commands=('systemctl enable --now pptpd', 'journalctl -u pptpd -n 20 --no-pager')),
        'pptpd.service; README.Debian of pptpd'),
    Cause(
        'pptpd-not-listening', 'service', CRITICAL, HOST,
        'The daemon does not listen where clients knock',
        'TCP 1723 belongs to another process, `listen` names an address that is not on this host, or only '
        'loopback is served.',
        'Run `ss -ltnp sport = :1723` as root.',
        Fix('Free the port or correct `listen` in pptpd.conf, then restart pptpd.', 'pptp_server',
            {'pptp_server_options': [{'name': 'listen', 'state': 'absent'}]},
            commands=('ss -ltnp sport = :1723', 'systemctl restart pptpd  # ends live sessions')),
        'pptpmanager.c createHostSocket'),
    Cause(
        'call-slots-exhausted', 'service', MAJOR, HOST,
        'All connection slots are taken',
        'pptpd accepts no more calls than `connections` allows; a further client waits until it gives up.',
        'Compare `connections` in pptpd.conf (100 when absent) with `ip -o link show | grep -c ppp`; read '
        '"MGR: No free connection slots or IPs".',
        Fix('Raise `connections` in pptpd.conf, give as many remoteip addresses, and let '
            '`lcp-echo-interval 30` with `lcp-echo-failure 4` in the options end dead sessions.', 'pptp_server',
            {'pptp_server_connections': 100, 'pptp_server_remoteip': 'RANGE'},
            commands=(
                "grep -nE '^(connections|remoteip)' /etc/pptpd.conf",
                'systemctl restart pptpd  # ends live sessions')),
        'pptpmanager.c pptp_manager'),
)

CONTROL = (
    Cause(
        'firewall-rule-order', 'control', CRITICAL, HOST,
        'The rule that admits PPTP stands behind one that drops it',
        'A rule for TCP 1723 or GRE exists and is never reached, since an earlier rule decides: appended with -A '
        'after a final DROP or REJECT.',
        'Run `iptables -L INPUT -n -v --line-numbers` or `nft -a list ruleset`: the counter of the accept rule '
        'stays 0.',
        Fix('Move the accept rule in front of the deciding rule, with the tool that manages this '
            'firewall.', 'tunnel_firewall',
            commands=('iptables -I INPUT -p tcp --dport 1723 -j ACCEPT', 'iptables -I INPUT -p gre -j ACCEPT')),
        'iptables(8), nft(8): the first matching terminal rule decides'),
    Cause(
        'tcp1723-blocked', 'control', CRITICAL, HOST,
        'TCP 1723 is blocked',
        'The control connection does not come about: a firewall drops or rejects TCP 1723. Windows says 800, 809 or '
        '678; pptp says "connect: Connection timed out" or "No route to host".',
        'On the server `tcpdump -ni any tcp port 1723` while a client dials: SYN without answer, or no SYN at all.',
        Fix("Admit TCP 1723 and GRE, in the firewall of this host and in the cloud's or router's.", 'tunnel_firewall',
            commands=('iptables -I INPUT -p tcp --dport 1723 -j ACCEPT', 'iptables -I INPUT -p gre -j ACCEPT')),
        'RFC 2637 section 1.3; iptables(8)'),
    Cause(
        'isp-filtering', 'control', MAJOR, CLIENT,
        'Something between client and server filters PPTP',
        'Neither end blocks it, and packets do not arrive: the provider, a cloud network (Azure, some firewalls as '
        'a service) or a hotel network drops TCP 1723 or GRE.',
        'Run `tcpdump -ni any tcp port 1723 or proto 47` on both ends: sent at one, missing at the other.',
        Fix('Nothing on the host helps: ask the provider to let IP protocol 47 pass, or use another VPN protocol.'),
        'RFC 2637 section 1.4; provider documentation'),
    Cause(
        'dns-resolution-failed', 'control', MAJOR, CLIENT,
        'A name does not resolve',
        'The client cannot resolve the name of the server, or it has no IPv4 address (PPTP has no IPv6).',
        'Run `getent ahostsv4 NAME` on the machine whose log complains.',
        Fix('Correct the name, the DNS record or the resolver; an A record is required.'),
        'pptp.c get_ip_address; Windows error 868'),
)

GRE = (
    Cause(
        'gre-conntrack-helper', 'gre', CRITICAL, HOST,
        'GRE is admitted only with a connection state that it never gets',
        'The rule admits GRE when it is ESTABLISHED or RELATED, and without the conntrack helper for PPTP every '
        'packet of a client is NEW. Loading nf_conntrack_pptp assigns nothing since kernel 4.7.',
        'Run `conntrack -L -p gre`: UNREPLIED entries with a key of 0x0. The counter of the GRE rule stays 0.',
        Fix('Admit GRE without a state, or assign the helper to TCP 1723 in raw PREROUTING.', 'gre_conntrack',
            commands=(
                'iptables -I INPUT -p gre -j ACCEPT',
                'modprobe nf_conntrack_pptp',
                'iptables -t raw -A PREROUTING -p tcp --dport 1723 -j CT --helper pptp')),
        'linux commits 3bb398d925ec, b118509076b3; nf_conntrack_pptp.c'),
    Cause(
        'gre-blocked', 'gre', CRITICAL, HOST,
        'GRE (IP protocol 47) is blocked',
        'The call is set up over TCP and no PPP frame gets through, so LCP times out. Windows says 806, 721 or 619. '
        'Security groups of clouds know protocol 47 only where a rule names it, firewalls of DigitalOcean not at all, '
        'and Azure never carries it.',
        'Run `tcpdump -ni any proto 47` on the server while a client dials: packets in one direction only, or none. '
        'Where the server admits GRE and none arrives, look at the firewall or security group of the cloud.',
        Fix('Admit IP protocol 47 in both directions, in every firewall of the path.', 'tunnel_firewall',
            commands=('iptables -I INPUT -p gre -j ACCEPT', 'iptables -I OUTPUT -p gre -j ACCEPT')),
        'RFC 2637 section 4; pptpgre.c'),
    Cause(
        'gre-dnat-missing', 'gre', CRITICAL, HOST,
        'The router in front of the server forwards TCP 1723 but not GRE',
        'The server stands behind DNAT. The port forwarding covers TCP only; protocol 47 needs its own DNAT, or the '
        'PPTP helper on that router.',
        'On the router: `iptables -t nat -S PREROUTING | grep -E "1723|gre|47"`.',
        Fix('On the router, forward IP protocol 47 to the server too, or assign the pptp helper (often '
            'called PPTP passthrough).', 'gre_conntrack', {'gre_conntrack_mode': 'helper'},
            commands=('iptables -t nat -A PREROUTING -i WAN -p gre -j DNAT --to SERVER',)),
        'linux nf_nat_pptp.c; RFC 3022'),
    Cause(
        'gre-nat-asymmetric', 'gre', MAJOR, CLIENT,
        'A NAT router in the path carries GRE one way only',
        'A router that translates addresses has no PPTP helper: packets of the server reach the router and not the '
        'client. It answers "protocol unreachable", seen on the server as "Protocol not available".',
        'On the router `conntrack -L -p gre` shows UNREPLIED entries; on the server `tcpdump -ni any icmp` shows '
        'protocol 47 unreachable.',
        Fix('On that router, load nf_nat_pptp and assign the helper, or turn "PPTP passthrough" on.', 'gre_conntrack',
            {'gre_conntrack_mode': 'helper'},
            commands=('modprobe nf_nat_pptp', 'iptables -t raw -A PREROUTING -p tcp --dport 1723 -j CT --helper pptp')),
        'linux nf_nat_pptp.c, nf_conntrack_proto_gre.c; pptpgre.c decaps_gre'),
)
