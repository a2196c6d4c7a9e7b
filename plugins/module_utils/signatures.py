# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
r"""What log lines mean: one table of message, program, versions, cause, weight and source.

A heading ``# program side stage source`` holds for the rows below it. A row is ``id causes weight regex``, indented to
go on. *causes*: slugs, the likeliest first, or ``-``. *weight* 1-100: how strongly this line alone proves the first,
``@versions`` where not all print it; or a letter if it proves nothing: ``c`` consequence, ``m`` marker of progress,
``n`` noise. A regex matches from the start; ``trace`` has none, sessions derive it. ``start-``: a pppd that never
negotiated. Sources: pppd 2.4.5-2.5.3, pptpd 1.4.0, 1.5.0, pptp-linux 1.10.0, FreeRADIUS 3.2, Samba 4.17, accel-ppp.
"""

from __future__ import annotations

import re
import typing as t

KINDS = {'c': 'consequence', 'm': 'marker', 'n': 'noise'}
TABLE = r"""
# pppd any service options.c
noise-dump - n .{0,200}#\s*(?:\(from|\[don't know)
start-option-unknown bad-option-syntax 95 (?:In (?:file|secrets) .{1,200}?: )?unrecognized option
start-option-args bad-option-syntax 95 (?:In (?:file|secrets) .{1,200}?: )?too few parameters for option
start-option-value bad-option-syntax 90 invalid (?:numeric |address )?parameter|(?:\S+ ){1,3}value (?:must|cannot)
start-option-file bad-option-syntax 90 (?:Warning: c|C)an't open (?:options|log) file
start-option-denied bad-option-syntax 70 using the .{1,80} requires root|.{1,120} cannot be overridden
start-option-word bad-option-syntax 60 warning: word in file
start-plugin-missing plugin-missing-or-version-mismatch 95 Couldn't load plugin
start-plugin-file plugin-missing-or-version-mismatch 95 \S+\.so[.\d]*: (?:cannot open|undefined|wrong|invalid|file too)
start-plugin-version plugin-missing-or-version-mismatch 100 Plugin \S+ is for pppd version
start-plugin-entry plugin-missing-or-version-mismatch 90 \S+ has no initialization entry
start-quote chap-secrets-malformed|bad-option-syntax 80 warning: quoted word runs
start-no-tty - c no device specified and stdin
start-not-root - 60 must be root to run
start-unprivileged pptpd-not-running 50
  getsockopt failed strangely|iptables\S* v.{1,40}(?:can't|Could not).{1,99}(?:Permission|Operation)
# pppd any service sys-linux.c
start-dev-ppp-missing dev-ppp-missing 100
  You need to create the /dev/ppp|Couldn't open (?:the )?/dev/ppp(?: device)?: No such
start-dev-ppp-denied dev-ppp-missing|ppp-kernel-missing 90
  Couldn't (?:re)?open (?:the )?/dev/ppp(?: device)?: (?:Operation not|Permission)
start-dev-ppp-failed ppp-kernel-missing|dev-ppp-missing 85 Couldn't (?:re)?open (?:the )?/dev/ppp
start-ppp-generic ppp-kernel-missing 95 Please load the ppp_generic
start-no-ppp ppp-kernel-missing|dev-ppp-missing 85 (?:\S+ ){0,5}(?i:lacks (?:ppp kernel|kernel support for ppp))
start-ppp-async ppp-kernel-missing 90 Couldn't set tty to PPP disc
start-ppp-unit ppp-kernel-missing|dev-ppp-missing 60 Couldn't (?:get channel n|create new ppp|create ppp i|connect to i)
start-ifname bad-option-syntax 70@2.4.8+ Couldn't rename interface
start-pty-gone - c Failed to open /dev/pts|Couldn't set device to non
# pppd any auth auth.c
start-auth-required - c (?:The|By default the) remote system (?:\(.{0,80}\) )?is required|\(because this system has
start-no-secret no-secret-for-user|server-name-mismatch|chap-secrets-malformed 70 but I couldn't find any suitable
start-no-address chap-secrets-malformed|address-not-allowed 90 \(None of the available
peer-refused-auth auth-method-mismatch 90 peer refused to auth
calling-number address-not-allowed 90 calling number \S+ is not
secrets-file-missing no-secret-for-user|chap-secrets-malformed 85 Can't open (?:chap|PAP|eap-tls|srp) \w+ file
secrets-file-unsafe chap-secrets-malformed 85@2.5.3+
  Can't (?:safely )?use .{0,200}?(?:not owned|is group|because of|not a reg|able by)|Can't access |path component
secrets-file-mode secrets-readable 60 Warning - secret file
secret-indirect chap-secrets-malformed 85 (?:can't open|no secret in) indirect
secret-too-long chap-secrets-malformed 90 Secret for .{0,200} is too long
secret-plugin - 50 Unable to obtain CHAP
secret-address chap-secrets-malformed|address-not-allowed 80
  unknown host .{0,300}? in auth|invalid address length|interface unit \d+ too
pap-no-secret no-secret-for-user 90 no PAP secret found
pap-failed wrong-secret|no-secret-for-user 70 PAP peer authentication failed|\d+ LOGIN FAIL|Peer .{1,80} failed PAP
# pppd server auth chap.c
calling-number-ok - m peer from calling number
auth-ok - m Peer .{1,256}? authenticated with|PAP peer authentication succ|EAP: MSCHAPv2 success for
logwtmp - m pptpd-logwtmp.so ip-up
chap-no-secret no-secret-for-user|server-name-mismatch|username-domain-format 90
  No CHAP secret found for authenticating (?!us to)
chap-failed wrong-secret|no-secret-for-user 40 Peer .{0,256}? failed CHAP auth
session-denied no-dialin-permission 80 Peer .{1,256}? failed \w+ Session|PAM (?:Account checks f|Session d)
pam-failed auth-backend-hashed-password 50 PAM Auth\w+ failed|User unknown, failing
password-expired ad-password-expired 70 Password for .{1,256} has exp
# pppd client auth chap_ms.c
chap-no-secret-us no-secret-for-user|server-name-mismatch 60 No CHAP secret found for authenticating us
client-failed-expired ad-password-expired 90 MS-CHAP auth\w+ failed: .{0,60}(?i:password (?:has )?expired|password must)
client-failed-disabled ad-account-locked 90
  MS-CHAP auth\w+ failed: .{0,60}(?i:account (?:is )?(?:currently )?(?:disabled|locked)|automatically locked)
client-failed-dialin no-dialin-permission 95 (?:Unknown )?MS-CHAP auth\w+ fail\w+: .{0,12}(?:No dial|E=649|Restricted)
client-failed-winbind ad-winbind-not-running|ad-winbind-privileged-pipe 85 MS-CHAP auth\w+ failed: Reading winbind
client-failed-no-user no-secret-for-user 80 MS-CHAP auth\w+ failed: (?:No such user|The specified acc)
client-failed-denied wrong-secret 85 MS-CHAP auth\w+ failed: (?:E=691|.{0,12}(?i:Access denied|
  Auth\w+ (?:failure|rejected)|Wrong password|The attempted|When trying))
client-failed-empty no-secret-for-user|server-name-mismatch|username-domain-format|radius-unreachable|
  radius-secret-mismatch|wrong-secret 45 MS-CHAP auth\w+ failed:\s*$
client-failed wrong-secret 40 (?:(?:Unknown )?MS-CHAP|CHAP|PAP) auth\w+ fail(?:ed|ure)(?!.*rotocol-)
chap-protrej auth-method-mismatch 80 (?:CHAP|PAP|EAP) auth\w+ .{0,40}rotocol-[Rr]eject
chap-timeout radius-unreachable|ad-dc-unreachable|gre-blocked 40@2.4.9+ CHAP auth\w+ timed out
pap-no-answer radius-unreachable|gre-blocked 40 No response to PAP
mschap-mutual radius-secret-mismatch|username-domain-format 60 MS-CHAPv2 (?:Success|mutual)|Server authentication failed
client-auth-ok - m (?:CHAP|PAP|EAP|Chap) authentication succ
client-no-method auth-method-mismatch 80 No auth is possible
eap-unknown auth-method-mismatch 85 EAP: unknown auth|EAP MSCHAPv2 not|EAP: Nak Response with no
eap-failed auth-method-mismatch|wrong-secret 50
  EAP: (?:no resp|too many|timeout|peer rep|unable to|MSCHAPv2 fail)|eap required to|peer doesn't want
# pppd any gre fsm.c
lcp-timeout gre-blocked|gre-conntrack-helper|tcp1723-blocked|isp-filtering 60 LCP: timeout sending
ncp-timeout mppe-peer-bug 30 (?:IPCP|CCP): timeout sending
peer-loopback gre-nat-asymmetric|routing-loop 80 Serial line is looped|appear to have received our
echo-timeout - c No response to \d+ echo|Serial link appears
# pppd any auth fsm.c
term-peer-refused-auth auth-method-mismatch 85 LCP terminated by peer \((?:peer refused|couldn't nego)
term-auth-failed wrong-secret|no-secret-for-user 40 LCP terminated by peer \((?:Auth\w+ f|Failed to auth|login f)
# pppd any mppe fsm.c
term-mppe-unavailable mppe-without-mschapv2|mppe-kernel-missing|radius-no-mppe-keys 55
  LCP terminated by peer \(MPPE required but not
term-mppe-refused mppe-not-negotiated|client-mppe-off|mppe-kernel-missing 70
  LCP terminated by peer \(MPPE required but peer ref
term-mppe-failed mppe-not-negotiated|client-mppe-off 70 LCP terminated by peer \(MPPE required but peer neg
term-mppe-errors mppe-peer-bug 60 LCP terminated by peer \(Too many MPPE
# pppd any address fsm.c
term-ip-unauthorized address-not-allowed 90 IPCP terminated by peer \(Unauth
term-ip ip-pool-not-assigned|subnet-overlap 60 IPCP terminated by peer \((?:Refused|Could not|Interface)
term-ip-other - c IPCP terminated by peer
# pppd any link fsm.c
term-dial-login - c LCP terminated by peer \(vpnops\.pptp dial: login
term-dial-asked - c LCP terminated by peer \(vpnops\.pptp dial:
term-peer - c LCP terminated by peer
term-ncp - n (?:CCP|IPV6CP) terminated by peer
link-bad-packet - 30 Received bad configure-|(?:LCP|IPCP|CCP): Rcvd Code-Rej
# pppd any mppe ccp.c
mppe-no-auth mppe-without-mschapv2 95 MPPE required, but MS-CHAP
mppe-both-auth bad-option-syntax|auth-method-mismatch 80 MPPE required, but auth done
mppe-no-keys radius-no-mppe-keys|mppe-without-mschapv2 70 MPPE required, but keys
mppe-no-size bad-option-syntax 85 MPPE required, but both
mppe-no-kernel mppe-kernel-missing 100 MPPE required, but kernel
mppe-no-module mppe-kernel-missing 95 (?:\S*modprobe: )?FATAL: Module ppp.(?:mppe|comp\S*-18)\S* not found
  |(?:\S*pptpsetup: )?couldn't find MPPE support
mppe-stateful mppe-not-negotiated|mppe-peer-bug 80 Refusing MPPE stateful
mppe-refused client-mppe-off|mppe-kernel-missing 80 MPPE required but peer ref
mppe-failed client-mppe-off|mppe-not-negotiated 75 MPPE required but peer neg
ccp-protrej client-mppe-off|mppe-not-negotiated 70 Protocol-Reject for 'Compression
mppe-errors mppe-peer-bug 70 Too many MPPE|Lost compression sync
ccp-unsupported mppe-not-negotiated 85 Unsupported protocol 'Compression
ncp-unsupported - n (?:Unsupported protocol|Protocol-Reject for) (?:'[^']{1,60}Control[^']{0,30}' )?\(?0x8[02]
mppe-lost-state mppe-peer-bug|radius-wrong-mppe-keys 50 Unsupported protocol .{0,60}rec|Protocol-Reject for unsup
mppe-on - m MPPE \d+-bit
mppe-off - c MPPE disabled|Compression disabled by peer
mppe-lm - n Disabling 40-bit|Peer request for LAN
crypto-legacy mppe-without-mschapv2 60@2.5.1+ Could not load legacy
# pppd any address ipcp.c
ip-unauthorized address-not-allowed 100 Peer is not authorized to use
ip-no-local ip-pool-not-assigned 95 Could not determine local
ip-no-remote ip-pool-not-assigned 60 Could not determine remote
ip-refused ip-pool-conflict|subnet-overlap 70 Peer refused to agree
ip-interface dev-ppp-missing|ip-pool-conflict 60 Interface (?:conf\w+ f|failed to)
ip-local - m local  ?IP address
ip-remote - m remote ?IP address
proxyarp-failed proxyarp n Cannot determine ethernet
route-kept - n not replacing
# pppd any link main.c
pppd-start - m pppd \S+ started by
connect - m Connect: |Starting negotiation
hangup - c Modem hang ?up|Hangup
signal - c Terminating on sig
closed - n Connection terminated|Link terminated
exit - n Exit(?:\.|$)
ip-down - m Script \S*/ip-down started|pptpd-logwtmp\.so ip-down
limit - c Terminating connection due|Connect time exp|Traffic limit
script-missing - 40 Can't execute
pppdb - n Warning: couldn't open ppp database
noise-pppd - n Script |using channel|Using interface|Plugin |Warning: plugin|pptpd-logwtmp|Waiting for|  script
  |Connect time|Sent |Discard|discard|received short|\w+ +DNS|(?:local|remote) +LL|added resp|response found|sending SIG
  |Child process|\w+ing old default|Starting link|\w+ plugin init|Protocol-Reject for|executing the
  |\s*mknod|found interface|updetach|tcflush|PPTP plugin v|RADATTR|nm-pppd-plugin|kernel does not support PPP fi
# pppd server aaa radius.so
radius-config radius-client-config-missing 95
  RADIUS: Can't read config|rc_read_config: |.{1,120}: (?:\w+ not|no \w+(?: file)?) specified
radius-servers-file radius-client-config-missing 90 rc_find_server:
radius-dictionary radius-dictionary-microsoft-missing 90 RADIUS: Can't read dict|rc_read_dictionary:
radius-attribute radius-dictionary-microsoft-missing 95 rc_avpair_(?:new|assign): unknown attr
radius-hostname radius-client-config-missing|dns-resolution-failed 90 rc_get_ipaddr:|rc_own_
radius-no-reply radius-unreachable|radius-unknown-client|radius-message-authenticator 85 rc_send_server:
radius-bad-digest radius-secret-mismatch 100 rc_check_reply: received invalid reply
radius-bad-reply radius-secret-mismatch 40 rc_check_reply:
radius-key-decode radius-wrong-mppe-keys|radius-secret-mismatch 90 RADIUS: (?:Incorrect|Illegal salt)
radius-reply-type no-dialin-permission 80 RADIUS: (?:wrong|bad remote)
radius-seqfile radius-client-config-missing 60 rc_get_seqnbr:
radius-cosmetic - n
  Accounting ST|Interim acc|rc_ip_hostname|rc_map2id|rc_avpair_gen|Looking up serv|.{1,120}unrecognized k
# pppd server aaa winbind.so
winbind-helper ad-ntlm-auth-failing 90
  ntlm_auth-helper|sh: \d+: \S+: not found|unrecognised input from|pppd/winbind|WINBIND: Chall
winbind-no-key radius-no-mppe-keys 85 Did not get user session|NT session key
winbind-declined ad-ntlm-auth-failing|wrong-secret 50 Winbind has declined
winbind-down ad-winbind-not-running|ad-winbind-privileged-pipe 90 Reading winbind reply|could not obtain winbind
winbind-locked ad-account-locked 95 The user account has been auto\w+ locked|The referenced account is currently dis
winbind-expired ad-password-expired 95 The user (?:account password (?:has|\.+) exp|password (?:must|\.+) be changed)
winbind-restricted no-dialin-permission 80
  The user account (?:has expired|has time restr|is restricted so)|Indicates a referenced user
winbind-no-user no-secret-for-user 90 The specified account does not exist
winbind-no-dc ad-dc-unreachable 95 No logon servers are|The transport-connection attempt was ref
winbind-blocked ad-ntlmv1-disabled 95 The authentication failed because NTLM was bl
winbind-password wrong-secret|ad-ntlmv1-disabled 70 When trying to update a password|The attempted logon is invalid
# pptpd server service pptpmanager.c
mgr-start - m MGR: (?:Manager process st|Maximum of \d+ connections av)
mgr-reduced - n MGR: Maximum of|MGR: connections limit
mgr-socket pptpd-not-listening 95 MGR: Couldn't create host|createHostSocket
mgr-full call-slots-exhausted|ip-pool-exhausted 95 MGR: No free connection
mgr-bad-ip bad-option-syntax|ip-pool-not-assigned 95 MGR: (?:Bad .{0,20}IP |Confused in|Invalid list)
mgr-duplicate-ip ip-pool-conflict|bad-option-syntax 95 MGR: Remote IP .{0,80} dup
mgr-no-args ip-pool-exhausted 80 \S*pptpctrl: insufficient
mgr-file bad-option-syntax 95 MGR: (?:PPP |bcrelay b|Config file)
conf-line bad-option-syntax 80 (?:Long config|Config) file line
mgr-probe - n MGR: dropped|MGR: initial
mgr-resource pptpd-not-running 60 MGR: (?:accept|Error|fork|Failed)
ctrl-no-pppd plugin-missing-or-version-mismatch|ppp-kernel-missing 60 CTRL \(PPPD Launcher\): Failed|CTRL: PPPD launch f
ctrl-resource call-slots-exhausted|dev-ppp-missing 60 CTRL: (?:No free Call|openpty|Failed to all)
# pptpd server control pptpctrl.c
ctrl-started - m CTRL: Client \S+ control connection st
ctrl-finished - n CTRL: Client \S+ control connection f
ctrl-call - m CTRL: Starting call
ctrl-eof - c CTRL: (?:EOF or|couldn't read|CTRL read|Error reading)
ctrl-hangup - c CTRL: (?:Received CALL CLR|Request to close|Exiting on)
ctrl-timeout - c CTRL: Session timed
ctrl-garbage isp-filtering 30 CTRL: (?:11 <|Bad magic|PPTP Control Message)
ctrl-linkinfo - n CTRL: (?:Ignored|Got) a SET LINK
# pptpd server gre pptpgre.c
gre-pty-gone - c GRE: read\(fd=\S+ from PTY|CTRL: PTY read
gre-unreachable gre-nat-asymmetric|gre-blocked|gre-conntrack-helper 85
  GRE: read\(fd=\S+ from network .{0,60}(?:Protocol not|refused|No route|Host is|Operation)
gre-too-long mtu-fragmentation|mss-clamp-missing 90 GRE: read\(fd=\S+ from network .{0,60}Message too
gre-network gre-blocked 50 GRE: read\(fd=\S+ from network
gre-collapsed - c CTRL: GRE|CTRL: Error sending GRE
gre-xmit-denied gre-blocked 95 GRE: (?:re-)?xmit failed from decaps_hdlc: Operation
gre-xmit-size mtu-fragmentation 90 GRE: (?:re-)?xmit failed from decaps_hdlc: Message too
gre-xmit gre-blocked 50 GRE: (?:re-)?xmit failed
gre-socket dev-ppp-missing 60 GRE: (?:socket|bind|connect)\(|GRE: continuing
gre-header isp-filtering 40 GRE: Discarding packet by
gre-bad-checksum - n GRE: Bad checksum
gre-bad-packet - n GRE: Received (?:too|bad)
gre-reorder - n GRE: (?:buffering|timeout|discarding)
noise-pptpd - n GRE: accepting|CTRL|MGR
# systemd server service systemd
unit-started - m Started (?:pptpd\.|PoPToP)
unit-failed pptpd-not-running c pptpd\.service: (?:Failed|Main .{0,40}status=[1-9]|Start request)
# pptp client control pptp_callmgr.c
pptp-refused tcp1723-blocked|pptpd-not-running|pptpd-not-listening 80 connect: Connection refused
pptp-timeout tcp1723-blocked|isp-filtering 80 connect:|PPTP: (?:connect f|failed to con)
pptp-socket ppp-kernel-missing 90 PPTP: failed to (?:create|bind)
pptp-no-connection tcp1723-blocked|pptpd-not-running c Could not (?:open control|launch call)|Call manager exited
pptp-dns dns-resolution-failed 95 Host '.{0,255}' possesses|getaddrinfo|gethostby|unknown host|PPTP: Unknown
pptp-stale - 60 Call manager for
pptp-denied call-slots-exhausted 70 Our outgoing call|(?:Reply r|R)esult code is [^1]|Negative reply
pptp-peer-closed - c (?:read|write) (?:returned|error)|Received Stop|Call disconnect
pptp-echo - c closing control connection
pptp-connected - m Client connection est|Outgoing call est
# pptp client gre pptp_gre.c
pptp-gre-unreachable gre-blocked|gre-nat-asymmetric|gre-conntrack-helper 85
  short read \(-?\d+\): (?:Protocol|Operation|Connection ref|No route)
pptp-too-long mtu-fragmentation 90 short read \(-?\d+\): Message too|transmitted GRE packet
pptp-pppd-gone - c short read|pppd may have
pptp-sync bad-option-syntax 90 The ppp mode is|Bad Frame
pptp-reorder - n discarding (?:bogus|dup)|buffering packet|timeout waiting
noise-pptp - n The sync|PPTP_SET|Echo Re|Sent control|Received|Closing|accepting|Non-zero|Discarding GRE|getsockopt
# nm client service nm-pptp-service.c
nm-no-pptp plugin-missing-or-version-mismatch 90 .{0,99}Could not find .{0,9}pp\w+
nm-config bad-option-syntax 70 .{0,99}(?:Missing (?:or invalid )?VPN|Looks like pppd didn't)
nm-exit - c .{0,99}pppd exited with error
# kernel any gre netfilter
kernel-helper-off gre-conntrack-helper 70@<6.0 nf_conntrack: default auto
firewall-gre gre-blocked 85 .*(?:BLOCK|DROP|REJECT|DEN[IY]).*\bPROTO=(?:47|GRE)\b
firewall-1723 tcp1723-blocked 80 .*(?:BLOCK|DROP|REJECT|DEN[IY]).*\bDPT=1723\b
# kernel any mppe ppp_mppe.c
kernel-mppe mppe-peer-bug 60 mppe_\w+\[\d+\]: |osize too
kernel-ppp ppp-kernel-missing 70 ppp_?\w*: (?:Unknown sym|disagrees)
# radius server aaa FreeRADIUS
rad-ok - m Login OK
rad-unknown-client radius-unknown-client 100 Ignoring request to
rad-bad-ma radius-secret-mismatch 95 .{0,99}Received .{0,19}packet from .{0,60}invalid \w+[- ]Auth
rad-no-ma radius-message-authenticator 95 (?:Dropping|Insecure) packet.{0,200}not contain required Message
rad-learned-ma radius-message-authenticator 70@3.2.5+ Setting "require_message_authenticator = true
rad-wrong-password wrong-secret 90 MS-CHAP2?-Response is inc|Cleartext password does not|.{0,200}0x[cC]000006[aAdD]
rad-no-nt-password no-secret-for-user|auth-backend-hashed-password|username-domain-format 80
  No (?:NT.{0,3}|Cleartext)-Pass
rad-no-auth-type radius-dictionary-microsoft-missing 80 No Auth-Type found
rad-hashed auth-backend-hashed-password 90 &?control:Cleartext
rad-locked ad-account-locked 95 SMB-Account-Ctrl|.{0,200}0x[cC]0000(?:072|234)
rad-expired ad-password-expired 95 .{0,200}0x[cC]0000(?:071|224)|The user account pass
rad-restricted no-dialin-permission 80 .{0,300}0x[cC]0000(?:06[eEfF]|070|193|15[bB])|logintime|Account exp|Outside al
rad-no-user no-secret-for-user 90 .{0,200}0x[cC]0000064
rad-ntlm-blocked ad-ntlmv1-disabled 95 .{0,200}0x[cC]0000418
rad-dc ad-dc-unreachable 95 .{0,200}0x[cC]0000(?:05[eE]|233|236)|Failed to read from child
rad-trust ad-winbind-not-running|ad-dc-unreachable 80 .{0,200}0x[cC]0000(?:0[dD][aAfF]|18[a-dA-D]|022)
rad-winbind ad-winbind-privileged-pipe|ad-winbind-not-running 90 .{0,200}Reading winbind reply|Unable to contact winb
rad-ntlm-auth ad-ntlm-auth-failing 95 .{0,80}Failed to execute|Invalid output from ntlm
rad-ntlm-other ad-ntlm-auth-failing 60 Program returned|External script
rad-domain username-domain-format 60 NT Domain delim
rad-pap-secret radius-secret-mismatch 90 Unprintable char
rad-bind radius-unreachable 90 Failed (?:binding to|sending reply)
rad-reject wrong-secret|no-secret-for-user 40 Login incorrect|Invalid user|No NT-Domain|Home Server
noise-radius - n Loaded|Ready|Ignoring|Debugger|systemd|Starting|Signalled|Exiting|Shared secret for|!!|[ #]|Once
  |BlastRADIUS|Setting|UPGRADE|The packet|Please set|It looks
# winbind server aaa winbindd
winbind-pipe ad-winbind-privileged-pipe 95 .{0,99}invalid permissions on dir
winbind-dc ad-dc-unreachable 80 .{0,200}NT_STATUS_(?:NO_LOGON|DOMAIN_CON|HOST_UNR|IO_TIM|CONNECTION_R)
winbind-trust ad-winbind-not-running|ad-dc-unreachable 70
  .{0,200}NT_STATUS_(?:ACCESS_D|NO_TRUST|TRUSTED_|CANT_ACC)|Could not fetch our
winbind-user ad-account-locked|ad-password-expired 80 .{0,200}NT_STATUS_(?:ACCOUNT_LO|ACCOUNT_DI|PASSWORD_[EM])
winbind-ntlm ad-ntlmv1-disabled 90 .{0,200}NT_STATUS_NTLM_BL
# accel server control accel-pppd
accel-connection - m (?:pptp: )?new connection
accel-range address-not-allowed 95 (?:pptp: )?(?:IP is out of client|no IP address range|iprange module)
accel-kernel ppp-kernel-missing 95 failed to (?:load pptp|\w+ PPTP s)|open\(chan\) /dev|ioctl\(PPP
accel-bind pptpd-not-listening 95 (?:pptp: )?failed to (?:create server|bind)
accel-auth-failed wrong-secret|no-secret-for-user 70 .{0,80}: authentication failed|send \[(?:MSCHAP-v2|CHAP) Fail
accel-no-user no-secret-for-user 90 \S+: user not found
accel-method auth-method-mismatch 90 cann't negotiate|auth: unexc
accel-mppe mppe-kernel-missing|mppe-not-negotiated 80 mppe:
accel-pool ip-pool-exhausted 95 (?:ppp: )?no free IPv4|.{0,60}IPv4 address already
accel-radius radius-unreachable 90 radius: (?:no avail|server\()
accel-secrets chap-secrets-malformed|no-secret-for-user 85 chap-secrets: open
accel-ok - m .{0,80}: authentication succ
# trace any gre trace
trace-lcp-no-answer gre-blocked|gre-conntrack-helper|isp-filtering|gre-nat-asymmetric 75
trace-lcp-one-way gre-nat-asymmetric|gre-conntrack-helper|gre-blocked 80
# trace any auth trace
trace-auth-rejected-by-peer auth-method-mismatch 70
trace-auth-rejected-by-us auth-method-mismatch 70
trace-chap-no-response gre-nat-asymmetric|auth-method-mismatch 40
trace-chap-failure-646 no-dialin-permission 80
trace-chap-failure-647 ad-account-locked 90
trace-chap-failure-648 ad-password-expired 95
trace-chap-failure-649 no-dialin-permission 100
trace-chap-failure-691 wrong-secret 80
trace-chap-failure-empty no-secret-for-user|server-name-mismatch|username-domain-format 45
trace-pap-nak wrong-secret|no-secret-for-user 75
win-691 wrong-secret|radius-wrong-mppe-keys 60
win-778 radius-secret-mismatch|username-domain-format|ad-ntlm-auth-failing|radius-wrong-mppe-keys 80
win-812 auth-method-mismatch|no-dialin-permission 70
win-930 radius-unreachable 80
# trace any mppe trace
trace-ccp-confrej-by-peer client-mppe-off|mppe-kernel-missing 80
trace-ccp-confrej-by-us mppe-not-negotiated 80
trace-ccp-bits-differ mppe-not-negotiated 80
trace-ccp-not-compiled mppe-kernel-missing 90
trace-ccp-protrej client-mppe-off 75
win-741 client-mppe-off|mppe-not-negotiated 80
win-742 mppe-not-negotiated 95
# trace any address trace
trace-ipcp-not-started mppe-not-negotiated|mppe-peer-bug 40
trace-ipcp-no-address ip-pool-not-assigned 80
win-52 ip-pool-conflict 90
"""
_FOLD = re.compile(r'(\|)\n  |\n  (\||)')   # a continued line: joined with a blank, none beside a bar


class Signature(t.NamedTuple):
    """A row; *cause* is slugs joined by ``|`` or empty, *kind* cause, consequence, marker or noise (weight 0)."""

    id: str
    program: str
    pattern: str
    versions: str
    side: str
    stage: str
    cause: str
    weight: int
    kind: str
    source: str


def _rows() -> t.Iterator[Signature]:
    program = side = stage = source = ''
    for line in _FOLD.sub(lambda fold: fold.group(1) or fold.group(2) or ' ', TABLE.strip()).splitlines():
        if line.startswith('# '):
            program, side, stage, source = line[2:].split(' ', 3)
            continue
        name, cause, mark, pattern = (line.split(' ', 3) + [''])[:4]
        weight, _at, versions = mark.partition('@')
        yield Signature(name, program, pattern, versions, side, stage, cause.strip('-'),
                        int(weight) if weight.isdigit() else 0, KINDS.get(weight, 'cause'), source)


SIGNATURES: tuple[Signature, ...] = tuple(_rows())
BY_ID: dict[str, Signature] = {row.id: row for row in SIGNATURES}
_SCANS: dict[str, tuple[t.Any, list[Signature]]] = {}
_CACHE: dict[tuple[str, str], Signature | None] = {}
_CACHE_LIMIT = 2048


def _scan(program: str) -> tuple[t.Any, list[Signature]]:
    """One alternation of all rows of *program*, a group a row, compiled when first needed."""
    if program not in _SCANS:
        rows = [row for row in SIGNATURES if row.program == program and row.pattern]
        _SCANS[program] = re.compile('|'.join('(%s)' % row.pattern for row in rows) or '(?!)').match, rows
    return _SCANS[program]


def match(program: str, message: str) -> Signature | None:
    """The signature of *message*, printed by *program*; ``None`` when the table does not know it."""
    key = (program, message)
    if key not in _CACHE:
        if len(_CACHE) >= _CACHE_LIMIT:
            _CACHE.clear()
        find, rows = _scan(program)
        found = find(message)
        _CACHE[key] = rows[found.lastindex - 1] if found else None
    return _CACHE[key]
