# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""No secret, no control character, no long line."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils.parse.scrub import LONGEST, clean, scrub

LINES = [   # %s is the secret
    'rcvd [PAP AuthReq id=0x1 user="bob" password="%s"]',
    'Login incorrect (mschap: x): [bob/%s] (from client vpn port 0 cli 10.0.0.1)',
    'Login OK: [bob/%s] (from client vpn port 0)',
    'unknown host %s in auth. address list',
    'invalid address length %s in auth. address list',
    'warning: word in file /etc/ppp/chap-secrets too long (%s...)',
    "In secrets file: unrecognized option '%s'",
    'User-Password = "%s"', 'Cleartext-Password := "%s"', 'secret = "%s"', 'Shared secret: %s',
    'Exec: /usr/bin/ntlm_auth --username=bob --password=%s --domain=CORP', 'NT_KEY: %s',
    'pppd call vpn user bob password %s debug', 'sudo: root : COMMAND=/usr/bin/pptp h user bob password %s',
    'sudo: root : COMMAND=/usr/bin/radtest bob %s localhost 0 x', 'Login OK: [bob smith/%s] (from client vpn port 0)',
    'rlm_sql: INSERT INTO radpostauth (user, pass) VALUES ("bob", "%s")', 'Tunnel-Password:1 = "%s"',
    'pap: Login attempt with password "%s" (8 bytes)', 'Comparing with "known good" Cleartext-Password "%s"',
    'chat[9]: send (%s^M)', 'recv [RADIUS(1) Access-Request <User-Password %s>]',
    "In file /etc/ppp/options: unrecognized option '%s'"]
HEX = [
    'sent [CHAP Challenge id=0x4b <%s>, name = "pptpd"]', 'rcvd [CHAP Response id=0x4b <%s>, name = "bob"]',
    'sent [CHAP Success id=0x1 "S=%s M=Access granted"]',
    'sent [CHAP Failure id=0x4b "E=691 R=1 C=%s V=0 M=Access denied"]',
    'MS-MPPE-Send-Key = 0x%s', '--nt-response=%s', 'ntlm_auth --challenge=%s --nt-response=00', 'raw %s']

EVIDENCE = [
    "but I couldn't find any suitable secret (password) for it to use to do so.",
    'MS-CHAP authentication failed: The user account password has expired.',
    'rcvd [LCP TermReq id=0x3 0f 3b 01 af 00 3c cd 74 00 00 02 b3]',
    'sent [LCP ConfReq id=0x1 <mru 1400> <auth chap MS-v2> <magic 0xd340c878> <pcomp> <accomp>]',
    'Peer is not authorized to use remote address 10.99.0.100',
    'warning: quoted word runs to end of file (/etc/ppp/chap-secret...)',
    "In file /etc/ppp/options: unrecognized option 'require-mppe-12'", 'Connect: ppp0 <--> /dev/pts/1',
    "In file /etc/ppp/options: unrecognized option 'mppe'",
    'Dropping packet: (Shared secret is incorrect.) (from client vpn)']


@pytest.mark.parametrize('line', LINES)
@pytest.mark.parametrize('secret', ['secretpassword', 'pa"ss', "it's", 'a/b]c', 'x' * 1990])
def test_a_password_goes(line: str, secret: str) -> None:
    written = secret.replace('"', '\\"') if '"%s"' in line else secret
    text = scrub(line % written)
    assert secret not in text and secret[:8] not in text
    assert text.startswith(line[:8])


@pytest.mark.parametrize('line', HEX)
@settings(max_examples=20, deadline=None)
@given(key=st.binary(min_size=8, max_size=49))
def test_key_material_goes(line: str, key: bytes) -> None:
    for digits in (key.hex(), key.hex().upper()):
        assert digits[:16] not in scrub(line % digits)


@pytest.mark.parametrize('line', EVIDENCE)
def test_evidence_stays(line: str) -> None:
    assert scrub(line) == line


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=400))
def test_what_comes_out_is_one_short_printable_line(text: str) -> None:
    result = scrub(text)
    assert len(result) <= LONGEST and not any(char < ' ' or '\x7f' <= char <= '\xa0' for char in result)
    result.encode('utf-8')


def test_what_stands_after_a_password_stays() -> None:
    assert scrub('Login OK: [bob/a]b/c] (from client vpn)') == 'Login OK: [bob/...] (from client vpn)'


def test_characters_are_named() -> None:
    assert clean('a\x1b[0m\n\udcff\u202e') == 'a\\x1b[0m\\x0a\\xff\\u202e'
    assert scrub("{{ lookup('pipe', 'x') }} <script>") == "{{ lookup('pipe', 'x') }} <script>"


@pytest.mark.parametrize('filler', ['password', '"', '<<<', '[a/', '--password=', 'pppd password ',
                                    'unknown host ', 'ab ', 'a\\'])
def test_a_long_line_takes_no_time(filler: str) -> None:
    begun = time.process_time()
    scrub(filler * 100000)
    assert time.process_time() - begun < 0.5
