# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""pppd's debug trace, and what Windows clients hide in a Terminate-Request."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils.parse.trace import Trace, ms_error, windows_code
from ansible_collections.vpnops.pptp.plugins.module_utils.signatures import BY_ID

ASK = 'sent [LCP ConfReq id=0x1 <mru 1400> <asyncmap 0x0> <auth chap MS-v2> <magic 0xd340c878> <pcomp> <accomp>]'
ACKED = 'rcvd [LCP ConfAck id=0x1 <mru 1400> <asyncmap 0x0> <auth chap MS-v2> <magic 0xd340c878> <pcomp> <accomp>]'
ASKED = 'rcvd [LCP ConfReq id=0x1 <asyncmap 0x0> <magic 0xc2ea1044> <pcomp> <accomp>]'
RESPONSE = 'rcvd [CHAP Response id=0x4b <836955a87a057f3e>, name = "CORP\\\\vpnuser"]'
MPPE = '<mppe +H -M +S -L -D -C>'

PATTERNS = [
    ([ASK] * 10, ['trace-lcp-no-answer']),
    ([ASK, ASKED, 'sent [LCP ConfAck id=0x1 <magic 0x1>]'] * 4, ['trace-lcp-one-way']),
    ([ASK, ACKED, ASKED], []),
    ([ASK, 'rcvd [LCP ConfRej id=0x1 <auth chap MS-v2>]'], ['trace-auth-rejected-by-peer']),
    (['rcvd [LCP ConfReq id=0x1 <auth pap>]', 'sent [LCP ConfRej id=0x1 <auth pap>]'], ['trace-auth-rejected-by-us']),
    (['sent [CHAP Challenge id=0x1 <00>, name = "pptpd"]', ACKED] * 3, ['trace-chap-no-response']),
    ([RESPONSE, 'sent [CHAP Failure id=0x4b "E=691 R=1 C=00 V=0 M=Access denied"]'], ['trace-chap-failure-691']),
    ([RESPONSE, 'sent [CHAP Failure id=0x4b ""]'], ['trace-chap-failure-empty']),
    (['rcvd [PAP AuthReq id=0x1 user="u" password=<hidden>]', 'sent [PAP AuthNak id=0x1 "Login incorrect"]'],
     ['trace-pap-nak']),
    (['sent [CCP ConfReq id=0x1 %s]' % MPPE, 'rcvd [CCP ConfRej id=0x1 %s]' % MPPE], ['trace-ccp-confrej-by-peer']),
    (['rcvd [CCP ConfReq id=0x1 %s]' % MPPE, 'sent [CCP ConfRej id=0x1 %s]' % MPPE], ['trace-ccp-confrej-by-us']),
    (['sent [CCP ConfReq id=0x1 <mppe +H -M -S +L -D -C>]', 'rcvd [CCP ConfReq id=0x1 %s]' % MPPE,
      'sent [CCP ConfRej id=0x1 %s]' % MPPE], ['trace-ccp-bits-differ']),
    (['rcvd [CCP ConfReq id=0x1 < 12 06 01 00 00 01>]', 'sent [CCP ConfRej id=0x1 < 12 06 01 00 00 01>]'],
     ['trace-ccp-not-compiled']),
    (['rcvd [LCP ProtRej id=0x2 80 fd 01 01 00 0a 12 06 01 00 00 40]'], ['trace-ccp-protrej']),
    (['rcvd [CCP ConfAck id=0x1 %s]' % MPPE, 'sent [CCP ConfAck id=0x1 %s]' % MPPE], ['trace-ipcp-not-started']),
    (['sent [IPCP ConfRej id=0x2 <addr 0.0.0.0>]'], ['trace-ipcp-no-address']),
]


def fed(lines: list[str]) -> Trace:
    trace = Trace()
    for line in lines:
        trace.feed(line)
    return trace


@pytest.mark.parametrize(('lines', 'expected'), PATTERNS, ids=[str(expected) for _l, expected in PATTERNS])
def test_a_pattern_earns_its_signature(lines: list[str], expected: list[str]) -> None:
    assert fed(lines).events() == expected
    assert set(expected) <= set(BY_ID)


def test_methods_side_and_user() -> None:
    trace = fed([ASK.replace('chap MS-v2', 'eap'), 'rcvd [LCP ConfNak id=0x1 <auth chap MS-v2>]', ASK, ACKED, RESPONSE])
    assert trace.methods == ['offered eap', 'wanted chap MS-v2', 'offered chap MS-v2', 'acked chap MS-v2']
    assert trace.auth == 'chap MS-v2' and trace.asks is True and trace.user == 'CORP\\vpnuser' and trace.stage == 4


@pytest.mark.parametrize(('text', 'code'), [
    ('LCP terminated by peer (^O;^AM-/^@<M-Mt^@^@^BM-3)', 691), ('x^@<M-Mt^@^@^BM-f', 742), ('^@<M-Mt^@^@^BM-e', 741),
    ('^@<M-Mt^@^@^C,', 812), ('^@<M-Mt^@^@^CM-"', 930), ('^@<M-Mt^@^@^@^@', 0), ('^@<M-Mt^@^@^@4', 52),
    ('rcvd [LCP TermReq id=0x3 0f 3b 01 af 00 3c cd 74 00 00 02 b3]', 691), ('"\\000<\\315t\\000\\000\\002\\263"', 691),
    (r'id=0x5"\177\000<\37777777715t\000\000\003\n"', 778), (r'"\000<\37777777715t\000\000\002\37777777663"', 691),
    ('LCP terminated by peer (User request)', None), ('^@<M-Mt^@', None), ('', None)])
def test_windows_tells_its_error(text: str, code: int | None) -> None:
    assert windows_code(text) == code


def test_the_code_of_ms_chap() -> None:
    assert ms_error('E=649 R=0 C=00 V=3 M=No dialin') == 649 and ms_error('Access denied') is None


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(['sent [', 'rcvd [']),
                          st.sampled_from(['LCP ', 'CHAP ', 'CCP ', 'IPCP ', '']),
                          st.text(max_size=40)).map(''.join), max_size=12))
def test_any_trace_is_read(lines: list[str]) -> None:
    trace = fed(lines)
    assert all(name.startswith('trace-') for name in trace.events()) and 0 <= trace.stage <= 7


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet='^M-@<t\\0123456789 abcd', max_size=60))
def test_any_text_decodes_or_not(text: str) -> None:
    code = windows_code(text)
    assert code is None or 0 <= code < 1 << 32
