# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A log line that may leave the host: without secrets, on one line, short.

Sample: ``[CHAP Response id=0x4b <8369...00>, name = "bob"]`` becomes ``[CHAP Response id=0x4b <...>, name = "bob"]``.
What goes: challenges, responses, authenticators and keys (any 16 hexadecimal digits), passwords in PAP traces, RADIUS
attributes and arguments of ntlm_auth, the password after the user in FreeRADIUS's brackets, and the words that pppd
quotes from chap-secrets, which may be a part of an unquoted password.
"""

from __future__ import annotations

import re

LONGEST = 160   # characters of a scrubbed text
_SCAN = 2000    # characters that are looked at
_QUOTES = r'"(?:[^"\\]|\\.)*"?|\'[^\']*\'?'
_QUOTED = r'(?:%s|<<<.*?>>>|\S+)' % _QUOTES
_RULES = tuple((re.compile(pattern, re.S), replacement) for pattern, replacement in (
    (r'(?i)(--(?:password|challenge|nt-response|lm-response)[= ]).*?(?= --|$)', r'\1...'),
    (r'(?i)((?:password|passwd|pwd|secret|\w*-key|nt-hash|nt_key|nthash|lm-response|nt-response|challenge)\w*["\']?'
     r'(?::\d+(?=\s*:?=))?\s*(?::?=|:)\s*)' + _QUOTED, r'\1...'),
    (r'(?i)((?:\bpppd\b|COMMAND=).*?\spassword\s+)' + _QUOTED, r'\1...'),
    (r'(?i)((?:password|secret|match)\s+)(?:%s)' % _QUOTES, r'\1...'),
    (r'(?i)(<[\w-]*(?:password|challenge|response|key)\s)[^>]*', r'\1...'),
    (r'((?:\brad(?:test|client)|\bsmbclient|(?<!<)-->|INSERT INTO|SELECT|UPDATE) |(?:send|expect) \().*', r'\1...'),
    (r'(Login [^[]*\[[^]/]*)/(?:.*\](?= \(from)|.*)', r'\1/...]'),
    (r"(unrecognized option ')(?![^']*(?:\w-[a-z]|mpp|chap|pap\b|ppp|comp|auth|dns|ip\b))[^']*", r'\1?'),
    (r'(\[[^]/\s]*)/.*\](?= \(from|$)', r'\1/...]'), (r'(\[[^]/\s]*)/(?!\.\.\.\]).*', r'\1/...'),
    (r'(unknown host |invalid address length |length syntax: |too large for subnet ).*?( in auth.*|$)', r'\1?\2'),
    (r'(In secrets file: [\w ]*?)[\'"].*', r'\1?'),
    (r'(warning: (?:word in file .* too long|quoted word runs to end of file) \()(?!/).*', r'\1?)'),
    (r'\b(S|C)=[0-9A-Fa-f]+', r'\1=...'),
    (r'[0-9A-Fa-f]{16,}|(?:[0-9A-Fa-f]{2}[ :]){15,}[0-9A-Fa-f]*', '...'),
    (r'\b0x[0-9A-Fa-f]{9,}', '0x...'),
))
_UNSAFE = re.compile('[\x00-\x1f\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]')


def scrub(text: str, longest: int = LONGEST) -> str:
    """*text* without secrets and control characters, at most *longest* characters."""
    text = text[:_SCAN]
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return clean(text, longest)


def clean(text: str, longest: int = LONGEST) -> str:
    r"""*text* with control, bidirectional and undecodable characters as ``\x1b``, at most *longest* characters."""
    text = _UNSAFE.sub(lambda found: _escape(ord(found.group())), text)
    return text if len(text) <= longest else text[:longest - 1] + '\u2026'


def _escape(code: int) -> str:
    if 0xdc80 <= code <= 0xdcff:   # a byte that was not UTF-8 (PEP 383)
        code -= 0xdc00
    return '\\x%02x' % code if code < 256 else '\\u%04x' % code
