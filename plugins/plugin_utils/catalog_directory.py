# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Causes of the stage aaa: Active Directory through winbind."""

from __future__ import annotations

from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog_entry import HOST, USER, Cause
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import CRITICAL, MAJOR, Fix

DIRECTORY = (
    Cause(
        'ad-winbind-not-running', 'aaa', CRITICAL, HOST,
        'winbindd does not answer',
        'ntlm_auth needs the daemon; "Reading winbind reply failed (0xc0000001)".',
        'Run `systemctl status winbind` and `wbinfo -p`.',
        Fix('Start and enable winbind.', 'winbind',
            commands=('systemctl enable --now winbind', 'wbinfo -p')),
        'samba ntlm_auth.c; pppd plugins/winbind.c'),
    Cause(
        'ad-winbind-privileged-pipe', 'aaa', CRITICAL, HOST,
        'The RADIUS server may not use the privileged pipe of winbind',
        'MS-CHAP through ntlm_auth needs the group of /var/lib/samba/winbindd_privileged. The error is the same as '
        'with winbindd stopped, and `wbinfo -p` succeeds.',
        'Run `ls -ld /var/lib/samba/winbindd_privileged` and `id freerad`.',
        Fix('Add the RADIUS user to winbindd_priv and restart the RADIUS server; do not change the '
            "folder's mode.", 'winbind',
            commands=('usermod -aG winbindd_priv freerad', 'systemctl restart freeradius')),
        'samba winbindd.c, util_sock.c create_pipe_sock; winbindd(8)'),
    Cause(
        'ad-dc-unreachable', 'aaa', CRITICAL, HOST,
        'No domain controller answers',
        'winbind or ntlm_auth waits for a controller (0xc000005e, or no output within the time-out).',
        'Run `timeout 20 wbinfo --ping-dc` and `host -t SRV _ldap._tcp.dc._msdcs.REALM`.',
        Fix('Repair DNS, routes or firewall to the domain controllers.',
            commands=('timeout 20 wbinfo --ping-dc',)),
        'samba ntstatus NO_LOGON_SERVERS; FreeRADIUS exec.c'),
    Cause(
        'ad-ntlmv1-disabled', 'aaa', CRITICAL, HOST,
        'The domain does not accept MS-CHAPv2',
        'The controller allows NTLMv2 only, or ntlm_auth runs without --allow-mschapv2. Right passwords are refused '
        'and count towards lockout.',
        'Look for `ntlm auth` on the controllers and for --allow-mschapv2 in the helper line.',
        Fix('Set `ntlm auth = mschapv2-and-ntlmv2-only` on Samba controllers, and add --allow-mschapv2 '
            'to the helper.',
            commands=("testparm -sv 2>/dev/null | grep 'ntlm auth'",)),
        'smb.conf(5) ntlm auth; samba commit 0b500d413c5'),
    Cause(
        'ad-account-locked', 'aaa', MAJOR, USER,
        'The account is locked or disabled',
        'The directory refuses this account whatever the password (0xc0000234, 0xc0000072, E=647).',
        'Look at the account in the directory; `net ads search -P "(sAMAccountName=USER)" lockoutTime`.',
        Fix('Unlock or enable the account, and find what locked it.'),
        'samba ntstatus ACCOUNT_LOCKED_OUT; RFC 2759 section 6 (647)'),
    Cause(
        'ad-password-expired', 'aaa', MAJOR, USER,
        'The password has expired or has to be changed',
        'The directory refuses the login until the password is changed (0xc0000071, 0xc0000224, E=648).',
        'Look at the account: password last set, must change at next logon.',
        Fix('Change the password on a machine of the domain, then dial again.'),
        'samba ntstatus PASSWORD_EXPIRED; RFC 2759 section 6 (648)'),
    Cause(
        'ad-ntlm-auth-failing', 'aaa', CRITICAL, HOST,
        'ntlm_auth does not work',
        'The helper cannot run (wrong path, relative path, missing --request-nt-key), the machine left the domain, or '
        'the directory refuses the account for a reason of its own.',
        'Run `wbinfo -t` as root, and the helper line of the configuration by hand.',
        Fix('Correct the helper line; rejoin the domain when `wbinfo -t` fails.', 'winbind',
            commands=('timeout 20 wbinfo -t',)),
        'FreeRADIUS exec.c, rlm_mschap.c; pppd plugins/winbind.c'),
)
