# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is not done on this host, and the very words to hand to whoever can do it.

A word in braces is filled with what the newest failed login says: ``{user}``, ``{client}`` (its address), ``{host}``,
``{address}`` (of this host, as its RADIUS server sees it).
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils import plan_safe
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts, listed
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_step import FLEET, Case, Noop

USER, CLIENT, ROUTER = 'the user', "the client's admin", "the router's admin"
PROVIDER, CLOUD = 'the provider', 'the cloud'
DIRECTORY, RADIUS, OUTSIDE = "the directory's admin", "the RADIUS server's admin", "the container's host"
YOU = 'you'


class Hand(t.NamedTuple):
    """*who* can do it, *why* it is not done here, and the *words* for them."""

    who: str
    why: str
    words: str


_ELSEWHERE = 'it is not on this host'
_NO_PASSWORD = 'only somebody who knows the password can write it, and none was given'
_FILES_OF_RADIUS = 'it needs addresses and a shared secret that nothing on this host tells'
WORDS: dict[str, Hand] = {
    'bad-option-syntax': Hand(
        YOU, 'the line has no safe reading',
        'Correct the line that the evidence names, in the file that it names.'),
    'plugin-missing-or-version-mismatch': Hand(
        YOU, 'the plugin checks passwords or addresses: without it other people would be let in',
        'Install the plugin that was built for the installed pppd, from the same repository as ppp.'),
    'ppp-kernel-missing': Hand(
        YOU, 'the running kernel has no such module',
        'Install the modules of the running kernel, or reboot into the installed one, then remediate again.'),
    'dev-ppp-missing': Hand(
        YOU, 'the device cannot be made here',
        'mknod -m 600 /dev/ppp c 108 0'),
    'mppe-kernel-missing': Hand(
        YOU, 'the running kernel has no ppp_mppe, or may not use it (FIPS mode)',
        'Install the modules of the running kernel; in FIPS mode PPTP with encryption cannot work: use IKEv2 or '
        'OpenVPN.'),
    'pptpd-not-running': Hand(
        YOU, 'no pptpd is installed',
        'Run the playbook vpnops.pptp.deploy.'),
    'pptpd-not-listening': Hand(
        YOU, 'another program has TCP 1723',
        'Free the port: stop that program or move it to another one (ss -ltnp sport = :1723).'),
    'call-slots-exhausted': Hand(
        YOU, 'how many may connect at once is your choice',
        'Set pptp_server_connections and pptp_server_remoteip in the inventory, and remediate with -e '
        'pptp_allow_session_drop=true.'),
    'firewall-rule-order': Hand(
        ROUTER, _ELSEWHERE,
        'On the firewall in front of {host}, move the rule that admits TCP 1723 and IP protocol 47 in front of the '
        'one that drops.'),
    'tcp1723-blocked': Hand(
        CLOUD, 'the rules of this host admit TCP 1723: it is blocked elsewhere',
        'Admit TCP 1723 and IP protocol 47 (GRE) to {host}: security group, network ACL, router.'),
    'isp-filtering': Hand(
        PROVIDER, _ELSEWHERE,
        'IP protocol 47 (GRE) and TCP 1723 between the client {client} and {host} are lost on the way. Let them '
        'pass, or say that they are filtered: another VPN protocol is needed then.'),
    'dns-resolution-failed': Hand(
        CLIENT, _ELSEWHERE,
        'The name of the VPN server does not resolve to an IPv4 address: correct the name, the A record or the '
        'resolver.'),
    'gre-conntrack-helper': Hand(
        ROUTER, _ELSEWHERE,
        'Assign the conntrack helper pptp to TCP 1723, or admit IP protocol 47 without a state.'),
    'gre-blocked': Hand(
        CLOUD, 'the rules of this host admit GRE: it is blocked elsewhere',
        'Admit IP protocol 47 (GRE, not a TCP port) to and from {host}: security group, network ACL, router.'),
    'gre-dnat-missing': Hand(
        ROUTER, _ELSEWHERE,
        'You forward TCP 1723 to {host}: forward IP protocol 47 (GRE) to it, too, or turn PPTP passthrough on (the '
        'conntrack helper pptp).'),
    'gre-nat-asymmetric': Hand(
        ROUTER, _ELSEWHERE,
        'Your NAT drops IP protocol 47 in one direction. Load nf_nat_pptp and assign the helper pptp to TCP 1723, '
        'or turn PPTP passthrough on. It is the one in front of the client {client}.'),
    'chap-secrets-malformed': Hand(
        YOU, _NO_PASSWORD + ': the line has more than one reading',
        'Give the password in pptp_users. Or rewrite the line: "USER" * "PASSWORD" *, with \\" and \\\\ for a quote '
        'and a backslash.'),
    'server-name-mismatch': Hand(
        YOU, 'the lines name several servers, and which one this is, nothing tells',
        'Write * into the second column of chap-secrets, or set the option name to what stands there.'),
    'username-domain-format': Hand(
        CLIENT, 'which form of the name is meant, nothing tells',
        'Dial as the name stands in chap-secrets, without the domain; or give the user, with the domain, in '
        'pptp_users.'),
    'no-secret-for-user': Hand(
        YOU, _NO_PASSWORD,
        'If {user} may come in: give name and secret in pptp_users (a vaulted list) and remediate again, or add a '
        'line for the user by hand. If not, nothing is wrong.'),
    'wrong-secret': Hand(
        USER, 'the two ends hold different passwords, and which one is right, nothing tells',
        '{user}: type the password of the VPN anew. If it is right: -e @vaulted.yml with pptp_users sets it on the '
        'server.'),
    'auth-method-mismatch': Hand(
        CLIENT, _ELSEWHERE,
        'Allow MS-CHAPv2, and only it, in the security settings of the client {client}.'),
    'address-not-allowed': Hand(
        YOU, 'who may have which address is your choice',
        'Give {user} an address of the pool, or *, in the fourth column of chap-secrets (pptp_users with '
        'addresses).'),
    'no-dialin-permission': Hand(
        DIRECTORY, _ELSEWHERE,
        'Allow dial-in (remote access) for the account {user}, add it to the group of the network policy, or move its '
        'end where it has expired: '
        'Set-ADUser USER -Replace @{msNPAllowDialin=$true}. What RADIUS answers has to have the Service-Type '
        'Framed-User or none, and no Framed-IP-Address that pppd refuses, such as one of 127.0.0.0/8.'),
    'auth-backend-hashed-password': Hand(
        RADIUS, _ELSEWHERE,
        'The account {user} has no NT-Password and no clear password: MS-CHAPv2 needs one of them. Store it, or let '
        'winbind check the account.'),
    'radius-client-config-missing': Hand(
        YOU, _FILES_OF_RADIUS,
        'Write radiusclient.conf, servers and the dictionaries that the evidence names; let the name of this host '
        'resolve. Or set radius_client_servers and radius_client_secret, and run the role vpnops.pptp.radius_client.'),
    'radius-dictionary-microsoft-missing': Hand(
        YOU, 'which dictionary is read is not known here',
        'Add the line INCLUDE /etc/radiusclient/dictionary.microsoft (without $) and that file; the role '
        'vpnops.pptp.radius_client does both.'),
    'radius-unreachable': Hand(
        RADIUS, _ELSEWHERE,
        'Requests from {host} get no answer. Start the server, open UDP 1812 and 1813 to {host}, and make {host} '
        'one of its clients. On NPS, in PowerShell: Start-Service IAS; Get-NetFirewallRule -DisplayGroup "Network '
        'Policy Server" | Enable-NetFirewallRule; on Windows Server 2019 sc.exe sidtype IAS unrestricted, too, and a '
        'reboot. Event 13 of the source NPS in the log System: {host} is none of its clients.'),
    'radius-unknown-client': Hand(
        RADIUS, _ELSEWHERE,
        'Add the address of {host} as a client, with the shared secret of {host}: in clients.conf of FreeRADIUS, and '
        'restart it (a reload is not enough); on NPS in PowerShell: New-NpsRadiusClient -Name "{host}" -Address '
        '{address} -SharedSecret SECRET.'),
    'radius-secret-mismatch': Hand(
        RADIUS, _FILES_OF_RADIUS,
        'Write the same secret for {host} into the configuration of the RADIUS server and into the servers file on '
        '{host}: in clients.conf of FreeRADIUS, and restart it; on NPS: Set-NpsRadiusClient -Name "{host}" '
        '-SharedSecret SECRET. That its log says "Login OK" (NPS: event 6272) proves nothing.'),
    'radius-message-authenticator': Hand(
        RADIUS, _ELSEWHERE,
        'Set require_message_authenticator = no for the client {host} and restart FreeRADIUS: pppd never sends one. '
        'Never run radtest on {host}. On NPS, in PowerShell: Set-NpsRadiusClient -Name "{host}" '
        '-AuthAttributeRequired $false; and netsh nps set requiremsgauth all = "disable" (KB5040268).'),
    'radius-no-mppe-keys': Hand(
        RADIUS, _ELSEWHERE,
        'Send MS-MPPE keys: use_mppe = yes in mods-available/mschap, and restart FreeRADIUS. On NPS: Network Policies, '
        'the policy of the VPN, Settings, Encryption: tick "Strongest encryption (MPPE 128-bit)", clear "No '
        'encryption".'),
    'radius-wrong-mppe-keys': Hand(
        YOU, 'another pppd is needed, or the same secret at both ends',
        'Update ppp to 2.5.1 or later; compare the shared secrets.'),
    'ad-winbind-not-running': Hand(
        YOU, 'starting it may join a domain anew, which needs an account of it',
        'systemctl enable --now winbind; wbinfo -p'),
    'ad-winbind-privileged-pipe': Hand(
        RADIUS, _ELSEWHERE,
        'Add the user of the RADIUS server to winbindd_priv and restart it: usermod -aG winbindd_priv freerad; '
        'systemctl restart freeradius. Leave the folder of the pipe at mode 0750: with another one winbindd does not '
        'start again.'),
    'ad-dc-unreachable': Hand(
        DIRECTORY, _ELSEWHERE,
        '{host} reaches no domain controller: let it ask the DNS of the domain, and open TCP 88, 135, 389, 445 and '
        '49152-65535 from it to the controllers (timeout 20 wbinfo --ping-dc).'),
    'ad-ntlmv1-disabled': Hand(
        DIRECTORY, _ELSEWHERE,
        'On each Samba controller set ntlm auth = mschapv2-and-ntlmv2-only in [global] of smb.conf, and restart samba '
        '(systemctl restart samba-ad-dc; a reload is not enough); add --allow-mschapv2 to the helper line. On Windows: '
        'set the policy "Network security: Restrict NTLM: NTLM authentication in this domain" to Disabled, and take '
        'VPN users out of Protected Users: Remove-ADGroupMember "Protected Users" -Members USER. Until then each try '
        'counts as a bad password, and locks accounts. On NPS: set the DWORD "Enable NTLMv2 Compatibility" below '
        'HKLM\\SYSTEM\\CurrentControlSet\\Services\\RemoteAccess\\Policy to 1, and Restart-Service IAS.'),
    'ad-account-locked': Hand(
        DIRECTORY, _ELSEWHERE,
        'Unlock or enable the account {user}, and find what locked it: Unlock-ADAccount or Enable-ADAccount in '
        'PowerShell (event 4740 on the controllers names the machine that locked it), samba-tool user unlock or user '
        'enable on Samba.'),
    'ad-password-expired': Hand(
        USER, _ELSEWHERE,
        '{user}: change the password on a machine of the domain, then dial again. Who cannot get at one asks for a new '
        'one: Set-ADAccountPassword USER -Reset in PowerShell, samba-tool user setpassword on Samba; without "must '
        'change at next logon", which PPTP cannot do.'),
    'ad-ntlm-auth-failing': Hand(
        DIRECTORY, 'the helper or the membership in the domain is broken',
        'Run wbinfo -t as root on the host with winbind, {host} or its RADIUS server: where it fails, '
        'join the domain again (net ads join -U USER), or set '
        'winbind_join_user and winbind_join_password (vaulted) and remediate with the consent ad-ntlm-auth-failing.'),
    'mppe-without-mschapv2': Hand(
        YOU, 'a back-end checks the passwords',
        'Let the back-end offer MS-CHAPv2.'),
    'mppe-not-negotiated': Hand(
        CLIENT, 'the server offers MPPE-128: the client asks for something else',
        'Ask for 128 bit, stateless encryption at the client {client}.'),
    'client-mppe-off': Hand(
        CLIENT, _ELSEWHERE,
        'Turn encryption on at the client {client} (Windows: require encryption; pppd: require-mppe-128, no noccp).'),
    'mppe-peer-bug': Hand(
        CLIENT, _ELSEWHERE,
        'Use stateless MPPE at the client {client}, update its VPN client, look for packet loss and reordering on '
        'the way.'),
    'ip-pool-conflict': Hand(
        YOU, 'which addresses are free, nothing on this host tells',
        'Set pptp_server_remoteip (and pptp_server_localip) in the inventory to free addresses.'),
    'ip-pool-not-assigned': Hand(
        YOU, 'which addresses are free, nothing on this host tells',
        'Set pptp_server_localip and pptp_server_remoteip in the inventory, and remediate again.'),
    'ip-pool-exhausted': Hand(
        YOU, 'which addresses are free, nothing on this host tells',
        'Set pptp_server_remoteip in the inventory to as many addresses as clients, and remediate with -e '
        'pptp_allow_session_drop=true.'),
    'subnet-overlap': Hand(
        YOU, 'which network is free at both ends, nothing on this host tells',
        'Set pptp_server_localip and pptp_server_remoteip in the inventory to a network that neither end uses, such '
        'as one of 10.x, and remediate again.'),
    'routing-loop': Hand(
        CLIENT, _ELSEWHERE,
        'Add a host route to the VPN server through the old gateway before the default route moves into the tunnel.'),
    'ip-forward-off': Hand(
        YOU, 'the pool of addresses is not known',
        'sysctl -w net.ipv4.ip_forward=1'),
    'forward-blocked': Hand(
        YOU, 'the pool of addresses is not known',
        'Admit forwarding from and to ppp interfaces.'),
    'no-masquerade': Hand(
        YOU, 'the pool of addresses is not known',
        'Masquerade the pool on the outer interface.'),
    'proxyarp': Hand(
        YOU, 'the options file of pptpd is not known',
        'Add proxyarp to it.'),
    'mtu-fragmentation': Hand(
        YOU, 'the options file of pptpd is not known',
        'Set mtu and mru in it.'),
    'mss-clamp-missing': Hand(
        YOU, 'no firewall of this host forwards',
        'Clamp the MSS where the packets pass.'),
    'weak-auth-allowed': Hand(
        YOU, 'the options file of pptpd is not known',
        'Set require-mschap-v2 and require-mppe-128.'),
    'secrets-readable': Hand(
        YOU, 'the path of the file is unusual',
        'chown root:root and chmod 600 the file.'),
    'debug-left-on': Hand(
        YOU, 'the options file of pptpd is not known',
        'Remove debug from it.'),
    'pptp-is-weak': Hand(
        YOU, 'it is a property of the protocol',
        'Plan the move to WireGuard, IKEv2 or OpenVPN.'),
}
#: The same where a RADIUS server that was read has refused the user.
_AT_RADIUS = {
    'no-secret-for-user': Hand(
        RADIUS, 'the RADIUS server checks the logins, and its users are not ours to make',
        'The RADIUS server has no password of {user} that MS-CHAPv2 can use: it does not know the name, or has only a '
        'hash. Store the clear password or an NT-Password there, or let winbind check the account.'),
    'wrong-secret': Hand(
        USER, 'the two ends hold different passwords, and which one is right, nothing tells',
        '{user}: type the password of the VPN anew. If it is right, the one at the RADIUS server is not: set it '
        'there.'),
}
_BLANK = re.compile(r'(?:the account \{(user)\}|\{(user|client|host|address)\})')
#: Names of users that read like a word of the sentence.
_PLAIN = ('user', 'the user', 'account', 'name')
_CONTAINER = ('ppp-kernel-missing', 'dev-ppp-missing', 'mppe-kernel-missing')
_MODULES = ('On the host of the container: modprobe -a ppp_generic ppp_async ppp_mppe, and give the container the '
            'device /dev/ppp and the capability CAP_NET_ADMIN.')


def handed(case: Case) -> Noop:
    """The no-op of *case*: why it is not done here, and the words for whoever can."""
    hand = WORDS[case.cause]
    if case.cause in _CONTAINER and case.facts.text('pptp_host', 'container'):
        hand = Hand(OUTSIDE, 'a container uses the kernel of its host', _MODULES)
    elif case.facts.text('pptp_host', 'role') == 'client' and case.cause in ('gre-blocked', 'tcp1723-blocked'):
        hand = Hand("the server's admin", _ELSEWHERE, hand.words)
    elif case.fix.get('summary', '').startswith('On the server: '):
        hand = Hand("the server's admin", _ELSEWHERE, str(case.fix['summary'])[15:])
    elif case.facts.text(FLEET, 'server'):
        hand = _AT_RADIUS.get(case.cause, hand)
    known = _who(case.facts)
    words = _BLANK.sub(lambda found: known[found.group(1) or found.group(2)][bool(found.group(1))], hand.words)
    return Noop(case.cause, hand.why, ' '.join(words.split()).replace(' .', '.'), hand.who)


def _who(facts: Facts) -> dict[str, tuple[str, str]]:
    """The user and the client of the newest login that failed, and this host: what stands for each, alone and behind
    the word "the account"."""
    sessions = [item for item in listed(facts.get('pptp_logs', 'sessions')) if isinstance(item, dict)]
    last = next((item for item in reversed(sessions) if item.get('outcome') == 'failed'), {})
    user = str(last.get('user') or '').strip()
    shown = '"%s"' % user if user.lower() in _PLAIN else user
    found = {'client': str(last.get('client') or ''), 'address': _address(facts) or 'ADDRESS',
             'host': plan_safe.name(facts.text('pptp_host', 'hostname')) or 'the VPN server'}
    return {'user': (shown or 'the user', 'the account %s' % shown if user else 'the account of the user'),
            **{name: (text, text) for name, text in found.items()}}


def _address(facts: Facts) -> str | None:
    """The address that requests for RADIUS come from: as the probe saw it, else as bindaddr has it."""
    sent = [row.get('source') for row in facts.maps('pptp_radius_probe', 'servers') or [] if row.get('kind') == 'auth']
    given = [*sent, facts.text('pptp_radius', 'bindaddr')]
    return next((address for address in map(plan_safe.address, given) if address), None)
