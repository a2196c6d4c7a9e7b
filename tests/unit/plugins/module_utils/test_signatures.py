# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The table of signatures: well-formed, told apart by real lines, fast, and printed in docs/signatures.md.

``python tests/unit/plugins/module_utils/test_signatures.py > docs/signatures.md`` writes that page anew.
"""

from __future__ import annotations

import pathlib
import re
import sys
import time

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils import signatures as table
from ansible_collections.vpnops.pptp.plugins.module_utils.parse.trace import STAGES

PAGE = pathlib.Path(__file__).parents[4] / 'docs' / 'signatures.md'
PROGRAMS = {row.program for row in table.SIGNATURES} - {'trace'}
COLUMNS = '| id | side, stage | causes | weight | message (regex) | source |'
INTRO = """# Signatures

What the lines of a log mean. The table stands in `plugins/module_utils/signatures.py`; this page is made from it, and a
test compares them. *Weight*: how strongly the line alone proves the first of its causes (100 names it, 40 is
ambiguous); consequences, markers of progress and noise prove nothing. `start-` are those of a pppd that never began to
negotiate; `trace-` and `win-` are derived from the debug trace of a session.
"""

LINES = [   # program, message as printed, id
    ('pppd', "In file /etc/ppp/pptpd-options: unrecognized option 'requier-mppe-128'", 'start-option-unknown'),
    ('pppd', "unrecognized option 'mppe'", 'start-option-unknown'),
    ('pppd', 'mtu value must be between 128 and 16384', 'start-option-value'),
    ('pppd', "Can't open options file /etc/ppp/nosuch: No such file or directory", 'start-option-file'),
    ('pppd', '/usr/lib/pppd/2.4.9/nosuch.so: cannot open shared object file: No such file', 'start-plugin-file'),
    ('pppd', "Couldn't load plugin nosuch.so", 'start-plugin-missing'),
    ('pppd', 'Plugin /usr/lib/pptpd/pptpd-logwtmp.so is for pppd version 2.4.5, this is 2.4.9', 'start-plugin-version'),
    ('pppd', 'warning: quoted word runs to end of file (/etc/ppp/chap-secret...)', 'start-quote'),
    ('pppd', 'You need to create the /dev/ppp device node by', 'start-dev-ppp-missing'),
    ('pppd', "Couldn't open the /dev/ppp device: No such file or directory", 'start-dev-ppp-missing'),
    ('pppd', "Couldn't open the /dev/ppp device: Operation not permitted", 'start-dev-ppp-denied'),
    ('pppd', 'Sorry - this system lacks PPP kernel support', 'start-no-ppp'),
    ('pppd', 'This system lacks kernel support for PPP.  This could be because', 'start-no-ppp'),
    ('pppd', "Couldn't set tty to PPP discipline: Invalid argument", 'start-ppp-async'),
    ('pppd', 'The remote system (vpn) is required to authenticate itself', 'start-auth-required'),
    ('pppd', "but I couldn't find any suitable secret (password) for it to use to do so.", 'start-no-secret'),
    ('pppd', '(None of the available passwords would let it use an IP address.)', 'start-no-address'),
    ('pppd', 'peer refused to authenticate: terminating link', 'peer-refused-auth'),
    ('pppd', 'Peer vpnuser failed CHAP authentication', 'chap-failed'),
    ('pppd', 'Peer CORP\\\\bob authenticated with CHAP', 'auth-ok'),
    ('pppd', 'No CHAP secret found for authenticating nosuchuser', 'chap-no-secret'),
    ('pppd', 'No CHAP secret found for authenticating us to pptpd', 'chap-no-secret-us'),
    ('pppd', 'unknown host secret in auth. address list', 'secret-address'),
    ('pppd', "Can't safely use /etc/ppp/chap-secrets because /etc is group or other writable", 'secrets-file-unsafe'),
    ('pppd', 'MS-CHAP authentication failed: Access denied', 'client-failed-denied'),
    ('pppd', 'MS-CHAP authentication failed: E=691 Authentication failure', 'client-failed-denied'),
    ('pppd', 'MS-CHAP authentication failed: M=Wrong Password', 'client-failed-denied'),
    ('pppd', 'MS-CHAP authentication failed: ', 'client-failed-empty'),
    ('pppd', 'MS-CHAP authentication failed: E=649 No dialin permission', 'client-failed-dialin'),
    ('pppd', 'Unknown MS-CHAP authentication failure: E=649 R=0', 'client-failed-dialin'),
    ('pppd', 'MS-CHAP authentication failed: The user account password has expired.', 'client-failed-expired'),
    ('pppd', 'CHAP authentication failed', 'client-failed'),
    ('pppd', 'CHAP authentication succeeded', 'client-auth-ok'),
    ('pppd', 'EAP: unknown authentication type 26; Naking', 'eap-unknown'),
    ('pppd', 'LCP: timeout sending Config-Requests', 'lcp-timeout'),
    ('pppd', 'LCP terminated by peer (MPPE required but not available)', 'term-mppe-unavailable'),
    ('pppd', 'LCP terminated by peer (MPPE required but peer refused)', 'term-mppe-refused'),
    ('pppd', 'LCP terminated by peer (peer refused to authenticate)', 'term-peer-refused-auth'),
    ('pppd', 'LCP terminated by peer (MPPE disabled)', 'term-peer'),
    ('pppd', 'LCP terminated by peer (vpnops.pptp dial: login)', 'term-dial-login'),
    ('pppd', 'LCP terminated by peer (vpnops.pptp dial: path)', 'term-dial-asked'),
    ('pppd', 'IPCP terminated by peer (Unauthorized remote IP address)', 'term-ip-unauthorized'),
    ('pppd', 'MPPE required, but MS-CHAP[v2] auth not performed.', 'mppe-no-auth'),
    ('pppd', 'MPPE required, but MS-CHAP[v2] nor EAP-TLS auth are performed.', 'mppe-no-auth'),
    ('pppd', 'MPPE required, but keys are not available.  Possible plugin problem?', 'mppe-no-keys'),
    ('pppd', 'MPPE required, but kernel has no support.', 'mppe-no-kernel'),
    ('pppd', 'MPPE required but peer refused', 'mppe-refused'),
    ('pppd', 'MPPE required but peer negotiation failed', 'mppe-failed'),
    ('pppd', "Protocol-Reject for 'Compression Control Protocol' (0x80fd) received", 'ccp-protrej'),
    ('pppd', "Unsupported protocol 'Compression Control Protocol' (0x80fd) received", 'ccp-unsupported'),
    ('pppd', "Unsupported protocol 'Novell NetWare IPX' (0x2b) received", 'mppe-lost-state'),
    ('pppd', 'MPPE 128-bit stateless compression enabled', 'mppe-on'),
    ('pppd', 'Peer is not authorized to use remote address 10.99.0.100', 'ip-unauthorized'),
    ('pppd', 'Could not determine local IP address', 'ip-no-local'),
    ('pppd', 'local  IP address 10.99.0.1', 'ip-local'),
    ('pppd', 'Cannot determine ethernet address for proxy ARP', 'proxyarp-failed'),
    ('pppd', 'remote IP address 10.0.0.9 # (from /etc/ppp/options)', 'noise-dump'),
    ('pppd', 'Modem hang up', 'hangup'),
    ('pppd', 'Exit', 'exit'),
    ('pppd', 'Script /etc/ppp/ip-down started (pid 77)', 'ip-down'),
    ('pppd', 'FATAL: Module ppp_mppe not found.', 'mppe-no-module'),
    ('pppd', "/usr/sbin/pptpsetup: couldn't find MPPE support in kernel.", 'mppe-no-module'),
    ('pppd', "iptables v1.8.9: can't initialize iptables table `nat': Permission denied", 'start-unprivileged'),
    ('pppd', "Unsupported protocol 'IPv6 Control Protocol' (0x8057) received", 'ncp-unsupported'),
    ('pppd', 'Unsupported protocol 0x5a1b received', 'mppe-lost-state'),
    ('pppd', 'RADATTR plugin removed file /var/run/radattr.ppp1.', 'noise-pppd'),
    ('pppd', 'tcflush failed: Input/output error', 'noise-pppd'),
    ('pppd', "RADIUS: Can't read config file /etc/radiusclient/radiusclient.conf", 'radius-config'),
    ('pppd', '/etc/radiusclient/radiusclient.conf: mapfile not specified', 'radius-config'),
    ('pppd', 'rc_check_reply: received invalid reply digest from RADIUS server', 'radius-bad-digest'),
    ('pppd', 'rc_avpair_new: unknown attribute 11', 'radius-attribute'),
    ('pppd', 'rc_send_server: no reply from RADIUS server unknown:1812', 'radius-no-reply'),
    ('pppd', "rc_get_ipaddr: couldn't resolve hostname: server", 'radius-hostname'),
    ('pppd', 'Winbind has declined authentication for user!', 'winbind-declined'),
    ('pppd', 'The user account has been automatically locked because too many invalid logon', 'winbind-locked'),
    ('pppd', 'The referenced account is currently disabled and cannot be logged on to.', 'winbind-locked'),
    ('pppd', 'The user account password has expired.', 'winbind-expired'),
    ('pppd', 'The user account password ... expired.', 'winbind-expired'),      # scrubbed on the target
    ('pppd', 'The user password ... be changed before logging on the first time.', 'winbind-expired'),
    ('pppd', 'The user account has expired.', 'winbind-restricted'),
    ('pppd', 'The user account is restricted so that it cannot be used to log on from the source workstation.',
     'winbind-restricted'),
    ('pppd', 'Indicates a referenced user name and authentication information are valid, but', 'winbind-restricted'),
    ('pppd', 'The specified account does not exist.', 'winbind-no-user'),
    ('pppd', 'No logon servers are currently available to service the logon request.', 'winbind-no-dc'),
    ('pppd', 'The authentication failed because NTLM was blocked.', 'winbind-blocked'),
    ('pppd', 'When trying to update a password, this return status indicates that the value', 'winbind-password'),
    ('pptpd', 'MGR: Maximum of 100 connections reduced to 11, not enough IP addresses given', 'mgr-reduced'),
    ('pptpd', 'MGR: No free connection slots or IPs - no more clients can connect!', 'mgr-full'),
    ('pptpd', 'MGR: Bad remote IP range: 10.99.0.110-100', 'mgr-bad-ip'),
    ('pptpd', 'MGR: PPP options file /etc/ppp/options.pptpd not readable', 'mgr-file'),
    ('pptpd', 'createHostSocket: Cannot assign requested address', 'mgr-socket'),
    ('pptpd', '/usr/sbin/pptpctrl: insufficient arguments, see man pptpctrl', 'mgr-no-args'),
    ('pptpd', 'CTRL: Client 10.1.0.10 control connection started', 'ctrl-started'),
    ('pptpd', 'GRE: Bad checksum from pppd.', 'gre-bad-checksum'),
    ('pptpd', 'GRE: read(fd=6,buffer=552aabd520,len=8196) from PTY failed: status = -1 error = Input/output error, '
              'usually caused by unexpected termination of pppd, check option syntax and pppd logs', 'gre-pty-gone'),
    ('pptpd', 'GRE: read(fd=7,buffer=55b31bf5c480,len=8260) from network failed: status = -1 error = Protocol not '
              'available', 'gre-unreachable'),
    ('pptpd', 'GRE: read(fd=7,buffer=6097c0,len=8260) from network failed: status = -1 error = Message too long',
     'gre-too-long'),
    ('pptpd', 'GRE: xmit failed from decaps_hdlc: Operation not permitted', 'gre-xmit-denied'),
    ('pptpd', 'CTRL: Ignored a SET LINK INFO packet with real ACCMs! Please forward to the developer', 'ctrl-linkinfo'),
    ('pptp', 'connect: Connection refused', 'pptp-refused'),
    ('pptp', 'connect: No route to host', 'pptp-timeout'),
    ('pptp', 'PPTP: Unknown host vpn.example.net', 'pptp-dns'),
    ('pptp', 'PPTP: failed to create PPTP socket (Protocol not supported)', 'pptp-socket'),
    ('pptp', 'PPTP: connect failed (Network unreachable)', 'pptp-timeout'),
    ('pptp', 'write error: Bad file descriptor', 'pptp-peer-closed'),
    ('pptp', 'short read (-1): Message too long', 'pptp-too-long'),
    ('pptp', 'short read (-1): Input/output error', 'pptp-pppd-gone'),
    ('pptp', 'short read (-1): Protocol not available', 'pptp-gre-unreachable'),
    ('pptp', 'Outgoing call established (call ID 28631, peer\'s call ID 0).', 'pptp-connected'),
    ('kernel', '[UFW BLOCK] IN=eth0 OUT= MAC=00 SRC=198.51.100.7 DST=203.0.113.10 LEN=61 PROTO=47', 'firewall-gre'),
    ('kernel', 'nf_conntrack: default automatic helper assignment has been turned off', 'kernel-helper-off'),
    ('radius', 'MS-CHAP2-Response is incorrect): [alice] (from client vpn port 0)', 'rad-wrong-password'),
    ('radius', 'No NT-Password.  Cannot perform authentication): [nobody] (from client vpn)', 'rad-no-nt-password'),
    ('radius', 'Ignoring request to auth address * port 1812 bound to server default from unknown client 10.99.1.66 '
               'port 56092 proto udp', 'rad-unknown-client'),
    ('radius', "Program returned code (1) and output 'Reading winbind reply failed! (0xc0000001)'", 'rad-winbind'),
    ('radius', "Program returned code (1) and output 'The user account has been automatically locked (0xc0000234)'",
     'rad-locked'),
    ('radius', 'Login OK: [vpnuser] (from client vpn port 0 cli 203.0.113.1)', 'rad-ok'),
    ('accel', 'ppp: no free IPv4 address', 'accel-pool'),
]


def page() -> str:
    """docs/signatures.md as the table wants it."""
    out, heading = [INTRO], ''
    for row in table.SIGNATURES:
        if row.program != heading:
            heading = row.program
            out.append('\n## %s\n\n%s\n|---|---|---|---|---|---|' % (heading, COLUMNS))
        weight = '%d' % row.weight if row.kind == 'cause' else row.kind
        pattern = '`` %s ``' % row.pattern.replace('|', '\\|') if row.pattern else ''
        causes = ', '.join('`%s`' % cause for cause in row.cause.split('|') if cause)
        out.append('| `%s` | %s, %s | %s | %s | %s | %s |' % (
            row.id, row.side, row.stage, causes, weight + (' (%s)' % row.versions if row.versions else ''), pattern,
            row.source))
    return '\n'.join(out) + '\n'


@pytest.mark.parametrize(('program', 'message', 'expected'), LINES, ids=[message[:40] for _p, message, _i in LINES])
def test_a_real_line_is_told(program: str, message: str, expected: str) -> None:
    found = table.match(program, message)
    assert found is not None and found.id == expected


def test_ids_are_unique_and_columns_are_known() -> None:
    assert len(table.BY_ID) == len(table.SIGNATURES) > 200
    for row in table.SIGNATURES:
        assert row.stage in STAGES and row.side in ('any', 'server', 'client'), row.id
        assert row.kind in ('cause', *table.KINDS.values()) and 0 <= row.weight <= 100, row.id
        assert (row.weight > 0) == (row.kind == 'cause') and row.source, row.id
        assert (row.program == 'trace') == (not row.pattern), row.id
        assert all(re.fullmatch(r'[a-z][a-z0-9-]+', cause) for cause in row.cause.split('|') if row.cause), row.id


def test_no_regex_has_a_group_of_its_own() -> None:
    """The rows of a program are told apart by the number of the group around each."""
    assert [row.id for row in table.SIGNATURES if re.compile(row.pattern).groups] == []


def test_what_nobody_prints_matches_nothing() -> None:
    assert all(table.match(program, 'the quick brown fox') is None for program in PROGRAMS)
    assert table.match('nobody', 'LCP: timeout sending Config-Requests') is None


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(PROGRAMS)), st.text(max_size=300))
def test_any_text_is_answered(program: str, text: str) -> None:
    found = table.match(program, text)
    assert found is None or found.program == program


@pytest.mark.parametrize('filler', ['a', ' ', 'DROP ', 'x: ', '0xc00000', 'Peer ', 'In file ', 'a '])
def test_a_long_line_takes_no_time(filler: str) -> None:
    text = (filler * 2000)[:2000]
    begun = time.process_time()
    for program in sorted(PROGRAMS):
        table.match(program, text)
    assert time.process_time() - begun < 0.5


def test_the_cache_is_bounded() -> None:
    for number in range(3 * table._CACHE_LIMIT):
        table.match('pppd', 'Peer %d failed CHAP authentication' % number)
    assert len(table._CACHE) <= table._CACHE_LIMIT


def test_the_page_is_the_table() -> None:
    assert PAGE.read_text('utf-8') == page(), 'write docs/signatures.md anew: see the words at the top of this file'


if __name__ == '__main__':
    sys.stdout.write(page())
