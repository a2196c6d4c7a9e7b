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
        'FreeRADIUS or pppd asks the domain through ntlm_auth, and ntlm_auth needs this daemon: without it nobody '
        'comes in, and the log says "Reading winbind reply failed (0xc0000001)". A mistake in smb.conf keeps it from '
        'starting.',
        'Run `systemctl status winbind`, `wbinfo -p` and `testparm -s`.',
        Fix('Start and enable winbind.', 'winbind',
            commands=('systemctl enable --now winbind', 'wbinfo -p')),
        'samba ntlm_auth.c; pppd plugins/winbind.c',
        'It is all on the Linux host; the domain controllers see no request.'),
    Cause(
        'ad-winbind-privileged-pipe', 'aaa', CRITICAL, HOST,
        'The RADIUS server may not use the privileged pipe of winbind',
        'MS-CHAP through ntlm_auth needs the group of /var/lib/samba/winbindd_privileged. The error is the same as '
        'with winbindd stopped, and `wbinfo -p` succeeds.',
        'Run `ls -ld /var/lib/samba/winbindd_privileged` and `id freerad`.',
        Fix('Add the RADIUS user to winbindd_priv and restart the RADIUS server; do not change the '
            "folder's mode.", 'winbind',
            commands=('usermod -aG winbindd_priv freerad', 'systemctl restart freeradius')),
        'samba winbindd.c, util_sock.c create_pipe_sock; winbindd(8)',
        'It is all on the Linux host; the domain controllers see no request.'),
    Cause(
        'ad-dc-unreachable', 'aaa', CRITICAL, HOST,
        'No domain controller answers',
        'winbind or ntlm_auth waits for a controller (0xc000005e, or no output within the time-out) for up to a '
        'minute: FreeRADIUS kills it after 10 seconds, and pppd and the client have given up. A dead name server looks '
        'the same.',
        'Run `timeout 20 wbinfo --ping-dc` and `host -t SRV _ldap._tcp.dc._msdcs.REALM`.',
        Fix('Repair DNS, routes or firewall to the domain controllers.',
            commands=('timeout 20 wbinfo --ping-dc',)),
        'samba ntstatus NO_LOGON_SERVERS; FreeRADIUS exec.c',
        'On a controller: `dcdiag /test:dns`, and a firewall that admits TCP 88, 135, 389, 445 and 49152-65535 from '
        'the Linux host; that host has to ask the DNS of the domain. Where NPS checks the logins, its event 6273 has '
        'the reason code 4, 5 or 6: `nltest /sc_verify:DOMAIN` on the NPS.'),
    Cause(
        'ad-ntlmv1-disabled', 'aaa', CRITICAL, HOST,
        'The domain does not accept MS-CHAPv2',
        'The controller allows NTLMv2 only, or ntlm_auth runs without --allow-mschapv2. Right passwords are refused '
        'and count towards lockout.',
        'Look for `ntlm auth` on the controllers and for --allow-mschapv2 in the helper line. To the user, and in the '
        'log, it looks like a wrong password (0xc000006d): that everybody is refused tells it.',
        Fix('Set `ntlm auth = mschapv2-and-ntlmv2-only` on Samba controllers, and add --allow-mschapv2 '
            'to the helper.',
            commands=("testparm -sv 2>/dev/null | grep 'ntlm auth'",)),
        'smb.conf(5) ntlm auth; samba commit 0b500d413c5',
        'Controllers with the policy "LAN Manager authentication level" at "Refuse LM & NTLM" want --allow-mschapv2 '
        'at the helper. With "Restrict NTLM: NTLM authentication in this domain" not Disabled, and for members of '
        'Protected Users, they refuse even that. Where NPS checks the logins, set the DWORD "Enable NTLMv2 '
        'Compatibility" below `HKLM\\SYSTEM\\CurrentControlSet\\Services\\RemoteAccess\\Policy` to 1, and '
        '`Restart-Service IAS`. Then unlock who was locked out: `Search-ADAccount -LockedOut | Unlock-ADAccount`.'),
    Cause(
        'ad-account-locked', 'aaa', MAJOR, USER,
        'The account is locked or disabled',
        'The directory refuses this account whatever the password (0xc0000234, 0xc0000072, E=647); others come in. '
        'Where several are locked at once, look for ad-ntlmv1-disabled first: it makes right passwords count as wrong.',
        'Look at the account in the directory; `net ads search -P "(sAMAccountName=USER)" lockoutTime`.',
        Fix('Unlock or enable the account, and find what locked it.'),
        'samba ntstatus ACCOUNT_LOCKED_OUT; RFC 2759 section 6 (647)',
        '`Get-ADUser USER -Properties LockedOut,Enabled`, then `Unlock-ADAccount USER` or `Enable-ADAccount USER`; '
        'event 4740 on the controllers names the machine that locked it. On NPS, event 6273 has the reason code 34 '
        '(disabled), 36 (locked), or 64: its own lockout for remote access, below '
        '`HKLM\\SYSTEM\\CurrentControlSet\\Services\\RemoteAccess\\Parameters\\AccountLockout`.'),
    Cause(
        'ad-password-expired', 'aaa', MAJOR, USER,
        'The password has expired or has to be changed',
        'The directory refuses the login until the password is changed (0xc0000071, 0xc0000224, E=648); others come '
        'in. pppd cannot change it over the tunnel.',
        'Look at the account: password last set, must change at next logon.',
        Fix('Change the password on a machine of the domain, then dial again.'),
        'samba ntstatus PASSWORD_EXPIRED; RFC 2759 section 6 (648)',
        '`Get-ADUser USER -Properties PasswordExpired,PasswordLastSet`. Who sits far away needs a new one: '
        '`Set-ADAccountPassword USER -Reset`, and `Set-ADUser USER -ChangePasswordAtLogon $false`. On NPS, event 6273 '
        'has the reason code 33.'),
    Cause(
        'ad-ntlm-auth-failing', 'aaa', CRITICAL, HOST,
        'ntlm_auth does not work',
        'The helper cannot run (wrong path, relative path, missing --request-nt-key), the machine left the domain, or '
        'the directory refuses the account for a reason of its own. With a broken membership every right password '
        'looks wrong (0xc000006d), and only wbinfo -t tells.',
        'Run `wbinfo -t` as root, and the helper line of the configuration by hand.',
        Fix('Correct the helper line; rejoin the domain when `wbinfo -t` fails.', 'winbind',
            commands=('timeout 20 wbinfo -t',)),
        'FreeRADIUS exec.c, rlm_mschap.c; pppd plugins/winbind.c',
        'Look at the account of the Linux host: `Get-ADComputer NAME -Properties Enabled,PasswordLastSet`. Where it is '
        'gone, disabled or reset, join again there (`net ads join -U USER`), and restart winbind and FreeRADIUS; two '
        'hosts of one name take it from each other.'),
)
