# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Causes of the stage auth."""

from __future__ import annotations

from ansible_collections.vpnops.pptp.plugins.plugin_utils import catalog_entry
from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog_entry import CLIENT, HOST, USER, Cause
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import CRITICAL, MAJOR, Fix

AUTH = (
    Cause(
        'chap-secrets-malformed', 'auth', CRITICAL, HOST,
        'chap-secrets is not read as it was meant',
        'A line lacks its address column, or an unquoted #, space, quote or backslash changes it. When the line is '
        'the first that fits the server, pppd refuses to start for everybody.',
        'Run `pppd pty "sleep 1" nodetach dryrun file /etc/ppp/pptpd-options 10.0.0.1:10.0.0.2`; 1 is a refusal. A '
        'good line reads: "user" server "secret" *',
        Fix('Rewrite the line: client, server, secret in double quotes with \\\\ and \\" for a backslash '
            'and a quote, then * or an address.', 'chap_secrets', {'chap_secrets_repair': True},
            commands=('pppd pty "sleep 1" nodetach dryrun file /etc/ppp/pptpd-options 10.0.0.1:10.0.0.2; echo $?',)),
        'pppd auth.c scan_authfile, set_allowed_addrs; options.c getword'),
    Cause(
        'server-name-mismatch', 'auth', CRITICAL, HOST,
        'The server column of chap-secrets is not the name of this server',
        'pppd looks for lines whose second column equals its option `name` (the host name when absent), letter for '
        'letter, or is *.',
        'Compare `grep -h "^name" /etc/ppp/pptpd-options` with the second column of /etc/ppp/chap-secrets.',
        Fix('Write the value of `name`, or *, into the second column, or set `name` to what stands '
            'there.', 'pppd_options', {'pppd_options_present': [{'name': 'name', 'value': 'SERVER'}]},
            commands=("grep -hn '^name' /etc/ppp/pptpd-options",)),
        'pppd auth.c have_chap_secret, scan_authfile'),
    Cause(
        'username-domain-format', 'auth', MAJOR, USER,
        'The client sends DOMAIN\\user or user@domain and the line has another form',
        'pppd compares the whole name. A backslash in chap-secrets has to be written twice.',
        'Read the name in "No CHAP secret found for authenticating ...".',
        Fix('Write the name as the client sends it (DOMAIN\\\\user), or set chapms-strip-domain (pppd '
            '2.4.9 and later), or drop the domain at the client.', 'chap_secrets',
            {'chap_secrets_users': [{'name': 'DOMAIN\\USER', 'secret': 'PASSWORD'}]}),
        'pppd chap.c chap_verify_response, chap_ms.c ChallengeHash'),
    Cause(
        'no-secret-for-user', 'auth', MAJOR, USER,
        'There is no secret for this user',
        'No line of chap-secrets has this name (upper and lower case count), or the file is missing or empty. pppd '
        'answers with an empty CHAP failure.',
        'Run `grep -n "USER" /etc/ppp/chap-secrets`, and look at the case.',
        Fix('Add a line for the user: "USER" SERVER "PASSWORD" *, with SERVER as in the option name.', 'chap_secrets',
            {'chap_secrets_users': [{'name': 'USER', 'secret': 'PASSWORD'}]},
            commands=("grep -n 'USER' /etc/ppp/chap-secrets",)),
        'pppd auth.c get_secret, chap.c chap_verify_response'),
    Cause(
        'wrong-secret', 'auth', MAJOR, USER,
        'The password is wrong',
        'The name was found and the response does not fit: client and server hold different secrets. The client sees '
        'error 691.',
        'The trace shows CHAP Failure with "E=691 R=1". Type the password anew at the client; look for a second line '
        'with the same name, of which only the first counts.',
        Fix('Set the password anew at both ends; in chap-secrets write it in double quotes.', 'chap_secrets',
            {'chap_secrets_users': [{'name': 'USER', 'secret': 'PASSWORD'}]}),
        'RFC 2759 section 6; pppd chap_ms.c chapms2_verify_response'),
    Cause(
        'auth-method-mismatch', 'auth', MAJOR, CLIENT,
        'Client and server share no authentication method',
        'The server requires methods that the client does not allow, or the client refuses to authenticate at all. '
        'Windows says 734, 812 or 919. On a server only require-* matter: refuse-* restrict what the server itself '
        'answers with.',
        'The trace shows LCP ConfRej or ConfNak for <auth ...>; compare require-* on the server with the security '
        'settings of the client.',
        Fix('Require MS-CHAPv2 on the server and allow it at the client (and only it).', 'pppd_options',
            catalog_entry.MSCHAPV2,
            commands=("grep -nE '^(require|refuse)-|^(no)?auth' /etc/ppp/pptpd-options",)),
        'pppd auth.c link_established, lcp.c lcp_reqci; RFC 1661 section 5'),
    Cause(
        'address-not-allowed', 'auth', MAJOR, USER,
        'The address column does not allow the address that this user gets',
        'The fourth column holds "-", or networks outside the pool. A single address in it overrides the pool; a '
        'network does not.',
        'Read "Peer is not authorized to use remote address", and compare the fourth column with remoteip.',
        Fix('Write * or an address or network of the pool into the fourth column.', 'chap_secrets',
            {'chap_secrets_users': [{'name': 'USER', 'addresses': ['*']}]},
            commands=("grep -n '^remoteip' /etc/pptpd.conf",)),
        'pppd auth.c set_allowed_addrs, auth_ip_addr; ipcp.c ipcp_up'),
    Cause(
        'no-dialin-permission', 'auth', MAJOR, USER,
        'The account may not dial in',
        'The directory or the RADIUS server denies remote access to this account (E=649), though the password is '
        'right.',
        'Look at the Dial-in tab of the account and at the network policies of NPS.',
        Fix('Grant remote access to the account, or add it to the group that the policy asks for.'),
        'RFC 2759 section 6 (649); pppd chap_ms.c chapms_handle_failure'),
    Cause(
        'auth-backend-hashed-password', 'auth', CRITICAL, HOST,
        'The back-end stores passwords in a form that MS-CHAPv2 cannot use',
        'MS-CHAPv2 needs the clear password or its NT hash. A crypt, SSHA or SHA hash can only check PAP.',
        'FreeRADIUS says "No NT-Password. Cannot perform authentication" for a user who exists.',
        Fix('Store NT-Password (or the clear password) for VPN users in the back-end, or let winbind '
            'check them.'),
        'FreeRADIUS rlm_mschap.c; RFC 2759 section 8.3'),
)
