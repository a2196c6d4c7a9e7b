# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What pppd's ``debug`` trace of one session says: who sent what, and what the peer made of it.

Sample: ``rcvd [LCP ConfReq id=0x1 <mru 1400> <auth chap MS-v2> <magic 0xd340c878>]`` (utils.c: dump_packet).
"""

from __future__ import annotations

import re
import typing as t

STAGES = ('service', 'control', 'gre', 'link', 'auth', 'aaa', 'mppe', 'address', 'path')
_PROTOCOLS = {'LCP': 3, 'PAP': 4, 'CHAP': 4, 'EAP': 4, 'CCP': 6, 'IPCP': 7}   # the stage that each belongs to
_VERBS = {'ConfReq': 'offered ', 'ConfAck': 'acked ', 'ConfNak': 'wanted ', 'ConfRej': 'rejected '}
_AUTH = re.compile(r'<auth ([^>]{1,24})>')
_NAME = re.compile(r'(?:name = |user=|<Name )"((?:[^"\\]|\\.)*)"')
_MAGIC = '\x00<\xcdt'   # 00 3c cd 74, before the RAS error in a Windows Terminate-Request
_CARET = re.compile(r'M-\^(.)|M-(.)|\^(.)|\\(3777777\d{4}|[0-7]{3})|\\([nrt"\\])', re.S)   # signed: 37777777715
_HEX = re.compile(r'00 3c cd 74((?: [\da-f]{2}){4})')
_ERROR = re.compile(r'E=(\d{1,5})')


def is_trace(message: str) -> bool:
    """Whether *message* is a line of the trace."""
    return message[:6] in ('sent [', 'rcvd [')


def windows_code(text: str) -> int | None:
    """The RAS error that a Windows client put into its Terminate-Request, from pppd's printed or hexadecimal form:
    ``^@<M-Mt^@^@^BM-3`` and ``00 3c cd 74 00 00 02 b3`` are 691. ``None`` where there is none."""
    found = _HEX.search(text)
    if found:
        return int(found.group(1).replace(' ', ''), 16)
    plain = _CARET.sub(_uncaret, text)
    at = plain.find(_MAGIC)
    tail = plain[at + 4:at + 8] if at >= 0 else ''
    return sum((ord(char) & 255) << shift for char, shift in zip(tail, (24, 16, 8, 0))) if len(tail) == 4 else None


def _uncaret(found: t.Any) -> str:
    meta_control, meta, control, octal, letter = found.groups()
    if octal:
        return chr(int(octal, 8) & 255) if octal.strip('01234567') == '' else str(octal)
    if letter:
        return {'n': '\n', 'r': '\r', 't': '\t'}.get(letter, letter)
    char = ord(meta_control or meta or control) & 127
    return chr((char ^ 64 if meta is None else char) | (0 if control else 128))


def ms_error(text: str) -> int | None:
    """The ``E=`` of an MS-CHAP failure (RFC 2759, section 6), or ``None``."""
    found = _ERROR.search(text)
    return int(found.group(1)) if found else None


def name_in(text: str) -> str | None:
    """The user that a CHAP Response, PAP AuthReq or EAP Identity names, without pppd's escapes."""
    found = _NAME.search(text)
    return found.group(1).replace('\\"', '"').replace('\\\\', '\\') if found else None


class Trace:
    """The trace of one session, fed line by line."""

    def __init__(self) -> None:
        self.seen: dict[str, int] = {}     # 'rcvd [LCP ConfReq' -> count
        self.methods: list[str] = []       # 'offered chap MS-v2', ...
        self.auth: str | None = None       # the method that was agreed on
        self.user: str | None = None
        self.error: int | None = None      # E= of an MS-CHAP failure
        self.code: int | None = None       # RAS error of a Windows client
        self.asks: bool | None = None      # we ask the peer to authenticate itself: we are the server
        self.stage = 0
        self._found: set[str] = set()
        self._sizes: dict[str, set[str]] = {'sent': set(), 'rcvd': set()}

    def has(self, *keys: str) -> int:
        """How many packets of the kinds *keys* were seen."""
        return sum(self.seen.get(key, 0) for key in keys)

    def feed(self, message: str) -> None:
        """Take one line of the trace."""
        words = message.split(' ', 3)
        if len(words) < 3:
            return
        way, protocol, code = words[0], words[1][1:], words[2].rstrip(']')
        key = '%s %s %s' % (way, protocol, code)
        self.seen[key] = self.seen.get(key, 0) + 1
        stage = _PROTOCOLS.get(protocol, 0)
        if stage == 3 and (way == 'sent' or code == 'ConfReq') or stage > 4 and way == 'rcvd':
            stage = min(stage, 2)   # proves neither that our packets arrive nor that we got so far
        self.stage = max(self.stage, stage)
        if len(words) > 3 and (self.seen[key] < 9 or code == 'TermReq'):   # the same again and again says nothing new
            if protocol == 'LCP':
                self._lcp(way, code, words[3])
            elif protocol in ('CHAP', 'PAP', 'EAP'):
                self._auth(way, protocol, code, words[3])
            elif protocol == 'CCP':
                self._ccp(way, code, words[3])
            elif key == 'sent IPCP ConfRej' and '0.0.0.0' in words[3]:
                self._found.add('trace-ipcp-no-address')

    def _lcp(self, way: str, code: str, rest: str) -> None:
        method = _AUTH.search(rest)
        if code == 'ConfReq' and self.asks is None and way == 'sent':
            self.asks = False
        if method and code in _VERBS:
            said = _VERBS[code] + method.group(1)
            if said not in self.methods and len(self.methods) < 9:
                self.methods.append(said)
            if code == 'ConfReq':
                self.asks = way == 'sent'
            elif code == 'ConfAck':
                self.auth = method.group(1)
            elif code == 'ConfRej':
                self._found.add('trace-auth-rejected-by-' + ('peer' if way == 'rcvd' else 'us'))
        elif code == 'TermReq' and way == 'rcvd':
            self.code = windows_code(rest) if self.code is None else self.code
        elif code == 'ProtRej' and way == 'rcvd' and ' 80 fd' in rest:
            self._found.add('trace-ccp-protrej')

    def _auth(self, way: str, protocol: str, code: str, rest: str) -> None:
        if code in ('Response', 'AuthReq') and not (protocol == 'EAP' and 'Identity' not in rest):
            self.user = name_in(rest) or self.user
        elif code == 'Failure' and protocol == 'CHAP':
            self.error = ms_error(rest)
            self._found.add('trace-chap-failure-%s' % (self.error or ('empty' if '""' in rest else 'other')))
        elif code == 'AuthNak':
            self._found.add('trace-pap-nak')
        self.auth = self.auth or protocol.lower()

    def _ccp(self, way: str, code: str, rest: str) -> None:
        if code == 'ConfReq' and '<mppe' in rest:
            self._sizes[way] |= {size for size in ('+S', '+L', '+M') if size in rest}
        elif code == 'ConfRej' and '<mppe' in rest:
            self._found.add('trace-ccp-confrej-by-' + ('peer' if way == 'rcvd' else 'us'))
        elif code == 'ConfRej' and '< 12 06' in rest:
            self._found.add('trace-ccp-not-compiled')

    def events(self) -> list[str]:
        """Ids of the table of signatures that the trace of a failed session earns."""
        found, sent, got = set(self._found), self.has('sent LCP ConfReq'), self.has('rcvd LCP ConfReq')
        answers = self.has('rcvd LCP ConfAck', 'rcvd LCP ConfNak', 'rcvd LCP ConfRej')
        if sent >= 3 and not any(key.startswith('rcvd') for key in self.seen):
            found.add('trace-lcp-no-answer')
        elif sent >= 2 and got >= 2 and not answers:
            found.add('trace-lcp-one-way')
        if self.has('sent CHAP Challenge') >= 3 and not self.has('rcvd CHAP Response'):
            found.add('trace-chap-no-response')
        sizes = self._sizes
        if sizes['sent'] and sizes['rcvd'] and not sizes['sent'] & sizes['rcvd']:
            found.add('trace-ccp-bits-differ')
            found -= {'trace-ccp-confrej-by-us', 'trace-ccp-confrej-by-peer'}
        if self.has('rcvd CCP ConfAck') and self.has('sent CCP ConfAck') and not self.has('sent IPCP ConfReq'):
            found.add('trace-ipcp-not-started')
        return sorted(found)
