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
        'servers file, its entry for the server, or the address of this host\'s own name is missing.',
        'Read "RADIUS: Can\'t read config file" or "rc_..." in the log of pppd.',
        Fix('Write radiusclient.conf, servers and the dictionaries; let the name of this host resolve.',
            'radius_client',
            commands=('grep -vE "^ *(#|$)" /etc/radiusclient/radiusclient.conf', 'getent hosts "$(hostname)"')),
        'pppd plugins/radius/config.c, sendserver.c, ip_util.c'),
    Cause(
        'radius-dictionary-microsoft-missing', 'aaa', CRITICAL, HOST,
        'The RADIUS dictionary has no Microsoft attributes',
        'Without dictionary.microsoft the request leaves without the MS-CHAP attributes and the server rejects it. '
        'pppd knows the word INCLUDE, and skips FreeRADIUS\' $INCLUDE in silence.',
        'Read "rc_avpair_new: unknown attribute 11"; run `grep -n INCLUDE /etc/radiusclient/dictionary`.',
        Fix('Add `INCLUDE /etc/radiusclient/dictionary.microsoft` (no $) and that file.', 'radius_client',
            commands=('grep -n INCLUDE /etc/radiusclient/dictionary',)),
        'pppd plugins/radius/dict.c, avpair.c'),
    Cause(
        'radius-unreachable', 'aaa', CRITICAL, HOST,
        'The RADIUS server does not answer',
        'Requests time out: server down, UDP 1812 blocked, wrong port, or the server drops what it does not trust. '
        'pppd waits timeout times retries, 30 seconds by default, and the client gives up first.',
        'Read "rc_send_server: no reply from RADIUS server"; run `tcpdump -ni any udp port 1812`.',
        Fix('Start the server, open UDP 1812 and 1813 to it, correct authserver.', 'radius_client',
            commands=('tcpdump -ni any udp port 1812',)),
        'pppd plugins/radius/sendserver.c'),
    Cause(
        'radius-unknown-client', 'aaa', CRITICAL, HOST,
        'The RADIUS server does not know this VPN server',
        'The source address of the requests stands in no client section, so they are ignored without an answer.',
        'The RADIUS server says "Ignoring request ... from unknown client"; compare the address with clients.conf.',
        Fix("Add the VPN server's source address to clients.conf (or NPS RADIUS clients), or set "
            'bindaddr.', 'freeradius'),
        'FreeRADIUS main/listen.c'),
    Cause(
        'radius-secret-mismatch', 'aaa', CRITICAL, HOST,
        'The shared secret differs between VPN server and RADIUS server',
        'The answer does not verify. The log of the RADIUS server may even say "Login OK".',
        'Read "rc_check_reply: received invalid reply digest"; compare the servers file with clients.conf.',
        Fix('Write the same secret into both files.', 'radius_client'),
        'pppd plugins/radius/sendserver.c rc_check_reply; RFC 2865 section 3'),
    Cause(
        'radius-message-authenticator', 'aaa', CRITICAL, HOST,
        'The RADIUS server demands a Message-Authenticator, which pppd never sends',
        'FreeRADIUS 3.2.5 and later learns the demand from the first packet of a client: one radtest from this host '
        'locks pppd out until FreeRADIUS restarts. NPS may be set to demand it, too.',
        'The RADIUS server says "does not contain required Message-Authenticator" or "Setting '
        'require_message_authenticator = true".',
        Fix('Set require_message_authenticator = no for this client in clients.conf, and restart '
            'FreeRADIUS; never run radtest on the VPN server.', 'freeradius',
            commands=('systemctl restart freeradius',)),
        'FreeRADIUS main/listen.c; CVE-2024-3596'),
    Cause(
        'radius-no-mppe-keys', 'aaa', CRITICAL, HOST,
        'RADIUS accepts the login and sends no MPPE keys',
        'MPPE is required and the Access-Accept lacks MS-MPPE-Send-Key, MS-MPPE-Recv-Key or a policy.',
        'Read "MPPE required, but keys are not available" while the RADIUS server says "Login OK".',
        Fix('On FreeRADIUS set use_mppe = yes in mods-available/mschap; on NPS allow encryption in the '
            'policy.', 'freeradius',
            commands=('grep -nE "use_mppe|require_" /etc/freeradius/3.0/mods-available/mschap',)),
        'pppd plugins/radius/radius.c, ccp.c; RFC 2548 section 2.4'),
    Cause(
        'radius-wrong-mppe-keys', 'aaa', CRITICAL, HOST,
        'The MPPE keys from RADIUS do not fit',
        'The keys are decoded wrongly (pppd 2.5.0), or with another secret: login works, and no data passes.',
        'Read "RADIUS: Incorrect key length" or "Illegal salt value"; run `pppd --version`.',
        Fix('Update pppd to 2.5.1 or later; give both ends the same shared secret.'),
        'pppd commit 04f8519; plugins/radius/radius.c radius_setmppekeys2'),
)
