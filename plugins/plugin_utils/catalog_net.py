# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Causes of the stages mppe, address, path and security."""

from __future__ import annotations

from ansible_collections.vpnops.pptp.plugins.plugin_utils import catalog_entry
from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog_entry import CLIENT, HOST, Cause
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import CRITICAL, INFO, MAJOR, MINOR, Fix

MPPE = (
    Cause(
        'mppe-without-mschapv2', 'mppe', CRITICAL, HOST,
        'Encryption is required and the authentication yields no keys',
        'MPPE keys come out of MS-CHAP only. With PAP, CHAP-MD5, EAP-MD5 or no authentication pppd ends the link after '
        'a successful login.',
        'Read "MPPE required, but MS-CHAP[v2] nor EAP-TLS auth are performed" or "keys are not available".',
        Fix('Require MS-CHAPv2, and only it, where MPPE is required.', 'pppd_options', catalog_entry.MSCHAPV2,
            commands=("grep -nE '^(require|refuse)-|^(no)?auth' /etc/ppp/pptpd-options",)),
        'pppd ccp.c ccp_resetci; RFC 3079'),
    Cause(
        'mppe-not-negotiated', 'mppe', CRITICAL, HOST,
        'The two ends do not agree on MPPE',
        'One end requires encryption that the other does not offer: no require-mppe on the server, 40 against 128 '
        'bits, stateful against stateless, or noccp. pppd has no optional MPPE. Windows says 741 or 742.',
        'The trace shows CCP ConfRej or ConfNak for <mppe ...>, or a Protocol-Reject of CCP.',
        Fix('Set require-mppe-128 in the options file of pptpd, and remove noccp and nomppe.', 'pppd_options',
            {'pppd_options_present': [{'name': 'require-mppe-128'}],
             'pppd_options_absent': ['noccp', 'nomppe', 'nomppe-128']},
            commands=("grep -nE 'mppe|noccp' /etc/ppp/pptpd-options",)),
        'pppd ccp.c ccp_reqci, ccp_rejci; RFC 3078'),
    Cause(
        'client-mppe-off', 'mppe', MAJOR, CLIENT,
        'The client has encryption off',
        'The server requires MPPE and this client rejects it: "no encryption allowed" in Windows, nomppe, noccp or no '
        'mppe option at all on Linux.',
        'The trace of the server shows CCP ConfRej <mppe ...> from the peer; "MPPE required but peer refused".',
        Fix('Turn encryption on at the client (Windows: require encryption; pppd: require-mppe-128, no noccp).'),
        'pppd ccp.c ccp_rejci'),
    Cause(
        'mppe-peer-bug', 'mppe', MAJOR, CLIENT,
        'The encrypted stream breaks',
        'MPPE gives up after too many undecodable packets: packets reordered or lost with stateful mode, or a peer '
        'that codes wrongly.',
        'Read "Too many MPPE errors" or "Lost compression sync"; look for reordering in `GRE: buffering packet` lines.',
        Fix('Use stateless MPPE at both ends, cure packet loss, update the peer.', 'pppd_options',
            {'pppd_options_absent': ['mppe-stateful']}),
        'pppd ccp.c ccp_datainput; linux ppp_mppe.c'),
)

ADDRESS = (
    Cause(
        'ip-pool-conflict', 'address', MAJOR, HOST,
        'The address pool holds an address that is taken',
        'remoteip contains the address of this host, or the same address twice; later versions of pptpd do not start '
        'on a duplicate.',
        'Compare localip and remoteip in pptpd.conf with `ip -br addr`.',
        Fix('Choose a remoteip range without addresses of hosts, and a localip outside it.', 'pptp_server',
            catalog_entry.POOL,
            commands=("grep -nE '^(localip|remoteip)' /etc/pptpd.conf", 'ip -br addr')),
        'pptpd.c processIPStr; pptpd.conf(5)'),
    Cause(
        'ip-pool-not-assigned', 'address', CRITICAL, HOST,
        'Nothing assigns addresses',
        '`delegate` leaves addresses to pppd or RADIUS, and neither has one; IPCP ends without an address. Windows '
        'says 720 or 738.',
        'Read "Could not determine local IP address"; look for delegate, localip and remoteip in pptpd.conf.',
        Fix('Set localip and remoteip and remove delegate, or let RADIUS send Framed-IP-Address.', 'pptp_server',
            dict(catalog_entry.POOL, pptp_server_delegate=False),
            commands=("grep -nE '^(localip|remoteip|delegate)' /etc/pptpd.conf",)),
        'pppd ipcp.c ipcp_up; pptpd.conf(5)'),
    Cause(
        'ip-pool-exhausted', 'address', MAJOR, HOST,
        'The address pool is used up',
        'remoteip has fewer addresses than there are clients; pptpd lowers its slots to the number of addresses.',
        'Compare the size of remoteip with `ip -o link show | grep -c ppp`; read "Maximum of N connections reduced".',
        Fix('Give remoteip as many addresses as clients dial in at once.', 'pptp_server',
            {'pptp_server_remoteip': 'RANGE'},
            commands=(
                "grep -nE '^(connections|remoteip)' /etc/pptpd.conf",
                'systemctl restart pptpd  # ends live sessions')),
        'pptpd.c; pptpmanager.c'),
    Cause(
        'subnet-overlap', 'address', MAJOR, HOST,
        'The addresses of the tunnel overlap another network',
        'The pool, or the network behind the tunnel, is also the network of an interface or a route: packets take the '
        'other way. Typical with 192.168.0.0/24 and 192.168.1.0/24, also pptpd\'s own default.',
        'Compare remoteip with `ip route` on the server and with the LAN of the client.',
        Fix('Move the pool to a network of its own.', 'pptp_server', catalog_entry.POOL,
            commands=("grep -nE '^(localip|remoteip)' /etc/pptpd.conf", 'ip route')),
        'RFC 1918; pptpd.c defaults'),
    Cause(
        'routing-loop', 'address', MAJOR, CLIENT,
        'The route to the server leads into the tunnel',
        'The client sends the GRE packets of the tunnel into the tunnel, since no host route to the server is left '
        'once the default route points to ppp.',
        'Run `ip route get SERVER` on the client: it must not say dev ppp.',
        Fix('Add a host route to the server through the old gateway before the default route is replaced.',
            commands=('ip route add SERVER/32 via GATEWAY',)),
        'pppd defaultroute; pptpclient routing howto'),
)

PATH = (
    Cause(
        'ip-forward-off', 'path', MAJOR, HOST,
        'This host does not forward packets',
        'Logins work and clients reach the server itself, nothing behind it.',
        'Run `sysctl net.ipv4.ip_forward`.',
        Fix('Turn forwarding on, for good.', 'nat',
            commands=(
                "echo 'net.ipv4.ip_forward = 1' > /etc/sysctl.d/60-pptp.conf", 'sysctl -w net.ipv4.ip_forward=1')),
        'linux ip-sysctl'),
    Cause(
        'forward-blocked', 'path', MAJOR, HOST,
        'The firewall does not forward packets of the tunnel',
        'Logins work and clients reach the server only: the firewall drops what comes from ppp interfaces, or the '
        'answers to it.',
        'Run `iptables -L FORWARD -n -v` or `nft list ruleset` while a client pings: the counter of the drop rises.',
        Fix('Admit forwarding from and to ppp interfaces.', 'nat',
            commands=('iptables -I FORWARD -i ppp+ -j ACCEPT', 'iptables -I FORWARD -o ppp+ -j ACCEPT')),
        'iptables(8)'),
    Cause(
        'no-masquerade', 'path', MAJOR, HOST,
        'Private addresses leave without translation',
        'The pool is private and no rule translates it on the way out, so answers from the internet do not come back.',
        'Run `iptables -t nat -L POSTROUTING -n -v` or `nft list ruleset`.',
        Fix('Masquerade the pool on the outer interface, unless the next router routes it back.', 'nat',
            commands=('iptables -t nat -A POSTROUTING -s POOL -o WAN -j MASQUERADE',)),
        'RFC 1918, RFC 3022'),
    Cause(
        'proxyarp', 'path', MAJOR, HOST,
        'Clients have addresses of the LAN and nobody answers ARP for them',
        'The pool lies in the LAN of the server without the option proxyarp, so its hosts cannot answer clients.',
        'On a host of the LAN `arping CLIENT` stays without answer.',
        Fix('Set proxyarp in the options file of pptpd; it holds for logins from then on.', 'pppd_options',
            {'pppd_options_present': [{'name': 'proxyarp'}]},
            commands=('echo proxyarp >> /etc/ppp/pptpd-options',)),
        'pppd sys-linux.c sifproxyarp'),
    Cause(
        'mtu-fragmentation', 'path', MAJOR, HOST,
        'Packets of the tunnel are too big for the path',
        'Logins work, and big transfers hang: the packet with its 44 bytes of overhead does not fit, and the news of '
        'it is dropped on the way.',
        'Run `ping -M do -s 1372 CLIENT` through the tunnel, and lower it until it passes.',
        Fix('Set mtu and mru to the path MTU less 44.', 'pppd_options',
            {'pppd_options_present': [{'name': 'mtu', 'value': 'BYTES'}, {'name': 'mru', 'value': 'BYTES'}]},
            commands=("grep -nE '^m[tr]u' /etc/ppp/pptpd-options",)),
        'RFC 2637 section 4; RFC 3078; RFC 2923'),
    Cause(
        'mss-clamp-missing', 'path', MINOR, HOST,
        'TCP through the tunnel is not clamped to its MTU',
        'Where path MTU discovery is broken, forwarded TCP connections hang unless their MSS is lowered.',
        'Run `iptables -t mangle -S FORWARD | grep TCPMSS`.',
        Fix('Clamp the MSS of forwarded TCP to the path MTU.', 'mss_clamp',
            commands=('iptables -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu',)),
        'RFC 2923; iptables-extensions(8) TCPMSS'),
)

SECURITY = (
    Cause(
        'weak-auth-allowed', 'security', MAJOR, HOST,
        'The server lets weak or no authentication or encryption pass',
        'Without require-mschap-v2 pppd also takes PAP, CHAP-MD5 or EAP-MD5, without require-mppe the tunnel is clear '
        'text, and with noauth anybody may come in.',
        'Run `pppd ... dryrun dump` and look for require-*, noauth and mppe.',
        Fix('Set require-mschap-v2 and require-mppe-128, and nothing else.', 'pppd_options',
            dict(catalog_entry.MSCHAPV2,
                 pppd_options_present=[{'name': 'require-mschap-v2'}, {'name': 'require-mppe-128'}]),
            commands=("grep -nE '^(require|refuse)-|^(no)?auth|mppe' /etc/ppp/pptpd-options",)),
        'pppd auth.c; pppd(8)'),
    Cause(
        'secrets-readable', 'security', MAJOR, HOST,
        'Others may read or write the file of secrets',
        'chap-secrets holds clear passwords. pppd 2.5.3 ignores a file that group or others may write.',
        'Run `ls -l /etc/ppp/chap-secrets`.',
        Fix('Give it to root with mode 0600.', 'chap_secrets',
            commands=('chown root:root /etc/ppp/chap-secrets', 'chmod 600 /etc/ppp/chap-secrets')),
        'pppd auth.c check_access; 2.5.3 utils.c ppp_check_access'),
    Cause(
        'debug-left-on', 'security', MINOR, HOST,
        'Tracing is on',
        'The trace holds user names and MS-CHAP responses, from which passwords can be cracked, and fills logs.',
        'Run `grep -n debug /etc/ppp/pptpd-options /etc/pptpd.conf`.',
        Fix('Remove debug (and logfile) once the fault is found.', 'pppd_options',
            {'pppd_options_absent': ['debug', 'kdebug', 'logfile']},
            commands=("grep -nE '^(debug|logfile|kdebug)' /etc/ppp/pptpd-options /etc/pptpd.conf",)),
        'pppd utils.c dump_packet; RFC 2759'),
    Cause(
        'pptp-is-weak', 'security', INFO, HOST,
        'PPTP protects little',
        'One captured MS-CHAPv2 login is enough to find the key: treat the tunnel as clear text.',
        'Nothing to confirm: a property of the protocol.',
        Fix('Plan the move to WireGuard, OpenVPN or IKEv2.'),
        'RFC 2759, RFC 3078; CloudCracker 2012'),
)
