# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Causes of the stage aaa: RADIUS."""

from __future__ import annotations

from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog_entry import HOST, Cause
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import CRITICAL, Fix

RADIUS = (
    Cause(
        'radius-client-config-missing', 'aaa', CRITICAL, HOST,
        'The RADIUS client of pppd is not configured',
        'radius.so reads /etc/radiusclient/radiusclient.conf, and no package ships it. The file, a required key, the '
        'servers file, its entry for the server, or the address of this host\'s own name is missing. So no request '
        'leaves this host, and every login is refused at once; the RADIUS server sees nothing. The files of radcli '
        '(/etc/radcli) do not do: radius.so cannot read them.',
        'Read "RADIUS: Can\'t read config file" or "rc_..." in the log of pppd: it names the file, the key or the '
        'name.',
        Fix('Write radiusclient.conf, servers and the dictionaries; let the name of this host resolve.',
            'radius_client',
            commands=('grep -vE "^ *(#|$)" /etc/radiusclient/radiusclient.conf', 'getent hosts "$(hostname)"')),
        'pppd plugins/radius/config.c, sendserver.c, ip_util.c',
        'It is all on the VPN server: NPS has nothing to do with it, and logs nothing.'),
    Cause(
        'radius-dictionary-microsoft-missing', 'aaa', CRITICAL, HOST,
        'The RADIUS dictionary has no Microsoft attributes',
        'Without dictionary.microsoft the request leaves without the MS-CHAP attributes and the server rejects it, '
        'whatever the password is. '
        'pppd knows the word INCLUDE, and skips FreeRADIUS\' $INCLUDE in silence.',
        'Read "rc_avpair_new: unknown attribute 11"; run `grep -n INCLUDE /etc/radiusclient/dictionary`.',
        Fix('Add `INCLUDE /etc/radiusclient/dictionary.microsoft` (no $) and that file.', 'radius_client',
            commands=('grep -n INCLUDE /etc/radiusclient/dictionary',)),
        'pppd plugins/radius/dict.c, avpair.c',
        'It is all on the VPN server. NPS gets a request without credentials, and denies it (event 6273 in the log '
        'Security).'),
    Cause(
        'radius-unreachable', 'aaa', CRITICAL, HOST,
        'The RADIUS server does not answer',
        'Requests time out: server down, UDP 1812 blocked, wrong port, or the server drops what it does not trust. '
        'pppd waits timeout times retries, 30 seconds by default, and the client gives up first.',
        'Read "rc_send_server: no reply from RADIUS server"; run `tcpdump -ni any udp port 1812` here while a client '
        'dials: requests without answers mean the way or the server, answers mean that pppd waits too short, and '
        'nothing at all means the rules of this host.',
        Fix('Start the server, open UDP 1812 and 1813 to it, correct authserver.', 'radius_client',
            commands=('tcpdump -ni any udp port 1812',)),
        'pppd plugins/radius/sendserver.c',
        'In PowerShell on the NPS: `Get-Service IAS` (start it), `Get-NetFirewallRule -DisplayGroup "Network Policy '
        'Server"` (enable them). On Windows Server 2019 these rules admit nothing until `sc.exe sidtype IAS '
        'unrestricted` and a reboot. Event 13 of the source NPS in the log System says that the VPN server is none of '
        'its clients. NPS is not known to answer Status-Server: a probe of nothing else hears silence from a healthy '
        'one; Test-NetConnection tells nothing of UDP.'),
    Cause(
        'radius-unknown-client', 'aaa', CRITICAL, HOST,
        'The RADIUS server does not know this VPN server',
        'The source address of the requests stands in no client section, so they are ignored without an answer. A '
        'second address of the VPN server, or NAT on the way, is enough.',
        'The RADIUS server says "Ignoring request ... from unknown client"; compare the address with clients.conf.',
        Fix("Add the VPN server's source address to clients.conf (or NPS RADIUS clients), or set "
            'bindaddr.', 'freeradius'),
        'FreeRADIUS main/listen.c',
        'The log System has event 13 of the source NPS with the very address. In PowerShell: `New-NpsRadiusClient '
        '-Name vpn1 -Address ADDRESS -SharedSecret SECRET`, and `Restart-Service IAS`. One that is there may be '
        'disabled: `Get-NpsRadiusClient`.'),
    Cause(
        'radius-secret-mismatch', 'aaa', CRITICAL, HOST,
        'The shared secret differs between VPN server and RADIUS server',
        'The answer of the RADIUS server does not verify with the secret of this host, and pppd drops it: nobody comes '
        'in. The log of the RADIUS server may even say "Login OK", since it needs no secret to check MS-CHAP.',
        'Read "rc_check_reply: received invalid reply digest"; compare the servers file with clients.conf.',
        Fix('Write the same secret into both files.', 'radius_client'),
        'pppd plugins/radius/sendserver.c rc_check_reply; RFC 2865 section 3',
        'Event 6272 (access granted) beside a client that is refused is this cause; event 14 of the source NPS, an '
        'invalid authenticator, too. In PowerShell: `Set-NpsRadiusClient -Name vpn1 -SharedSecret SECRET`, and the '
        'same secret into the servers file of the VPN server. pppd takes 48 bytes of it: secrets that NPS generates '
        'are longer.'),
    Cause(
        'radius-message-authenticator', 'aaa', CRITICAL, HOST,
        'The RADIUS server demands a Message-Authenticator, which pppd never sends',
        'Requests without it are dropped, and nobody comes in: pppd logs "no reply", FreeRADIUS mostly nothing. '
        'FreeRADIUS 3.2.5 and later learns the demand from the first packet of a client: one radtest from this host '
        'locks pppd out until FreeRADIUS restarts. NPS may be set to demand it, too.',
        'The RADIUS server says "does not contain required Message-Authenticator" or "Setting '
        'require_message_authenticator = true".',
        Fix('Set require_message_authenticator = no for this client in clients.conf, and restart '
            'FreeRADIUS; never run radtest on the VPN server.', 'freeradius',
            commands=('systemctl restart freeradius',)),
        'FreeRADIUS main/listen.c; CVE-2024-3596',
        'For this client: `Set-NpsRadiusClient -Name vpn1 -AuthAttributeRequired $false`. For all, where the updates '
        'of July 2024 were followed by `netsh nps set requiremsgauth all = "enable"`: the same with "disable" '
        '(KB5040268). It makes forged answers possible for who sits between the two: keep them on a network of '
        'their own.'),
    Cause(
        'radius-no-mppe-keys', 'aaa', CRITICAL, HOST,
        'RADIUS accepts the login and sends no MPPE keys',
        'MPPE is required and the Access-Accept lacks MS-MPPE-Send-Key, MS-MPPE-Recv-Key or a policy. The password is '
        'right, and the connection ends right after it.',
        'Read "MPPE required, but keys are not available" while the RADIUS server says "Login OK".',
        Fix('On FreeRADIUS set use_mppe = yes in mods-available/mschap; on NPS allow encryption in the '
            'policy.', 'freeradius',
            commands=('grep -nE "use_mppe|require_" /etc/freeradius/3.0/mods-available/mschap',)),
        'pppd plugins/radius/radius.c, ccp.c; RFC 2548 section 2.4',
        'NPS console, Policies, Network Policies, the policy of the VPN: Settings, Encryption: tick "Strongest '
        'encryption (MPPE 128-bit)" and clear "No encryption"; Constraints, Authentication Methods: only MS-CHAP-v2 '
        '(PAP and CHAP give no keys). Event 6272 names the policy that was used: it may be another one.'),
    Cause(
        'radius-wrong-mppe-keys', 'aaa', CRITICAL, HOST,
        'The MPPE keys from RADIUS do not fit',
        'The keys are decoded wrongly (pppd 2.5.0), or with another secret: login works, and no data passes.',
        'Read "RADIUS: Incorrect key length" or "Illegal salt value"; run `pppd --version`.',
        Fix('Update pppd to 2.5.1 or later; give both ends the same shared secret.'),
        'pppd commit 04f8519; plugins/radius/radius.c radius_setmppekeys2',
        'NPS is not to blame for pppd 2.5.0: update it. Else set the shared secret anew at both ends, as for '
        'radius-secret-mismatch.'),
)
