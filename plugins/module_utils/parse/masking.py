# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files without their secrets, fit to leave a host; lines, quoting and defects stay where they are.

Sample: ``alice pptpd my"secret *  # old: abc`` becomes ``alice pptpd "********`` with the quote still open.
"""

from __future__ import annotations

import itertools
import posixpath
import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.parse import chap_secrets, option_table, words as w

MASK = '********'
_COMMENT = re.compile(rb'#[^\n]*?(?=\r?(?:\n|\Z))')
_BOM = b'\xef\xbb\xbf'
# what a bare word that pppd would take keeps of its meaning
_STEMS = {None: MASK.encode(), 'speed': b'115200', 'addresses': b'********:', 'device': b'/dev/********'}
_END = re.compile(rb'\\[\s\S]|\r?\n')
_KEYS = (r'(?i)(?:password|passwd|passphrase|secret|bindpw|bind_pw|\bpsk|private_key|nthash|shared_key)'
         r'(?!-flags)[\w-]{0,30}["\']?[ \t]{0,20}(?::=|==|=)[ \t]{0,20}')
_ASSIGNED = re.compile(_KEYS + r'([^\r\n]*)')
_TOKEN = re.compile(_KEYS + r'("[^"\r\n]*"?|\'[^\'\r\n]*\'?|[^\s"\',;}\]]+)')
_SERVER = re.compile(r'(?m)^([ \t]*[^\s#]\S*[ \t]+)[^\s#][^\r\n]*')
_NEVER = re.compile(r'(?i)(?:/|^)(?:g?shadow-?|id_[a-z0-9]+|sam\.ldb.*|secrets\.[tl]db|passdb\.tdb|.*\.keytab)\Z'
                    r'|\.(?:key|pem|p12|pfx|jks|tdb|ldb)\Z|/(?:private|\.ssh)/')


def mask_chap_secrets(text: str) -> str:
    """chap-, pap- or srp-secrets: names and addresses stay, every secret, doubtful word and comment goes."""
    data, out, at = w.encode(text), [], 0
    for found in w.lines(text, spans=True):
        for index, keep in enumerate(chap_secrets.visible(found)):
            word = found[index]
            raw = data[word.start:word.end]
            out += [_bare(data[at:word.start]), raw if keep else _hidden(word, raw, b'-!' if index > 2 else b'')]
            at = word.end
    out.append(_bare(data[at:]))
    return b''.join(out).decode('utf-8', 'surrogateescape')


def _bare(gap: bytes) -> bytes:
    return _COMMENT.sub(b'#', gap) if b'#' in gap else gap


def _hidden(word: w.Word, raw: bytes, leads: bytes = b'', stem: bytes = MASK.encode()) -> bytes:
    """A word of one length for all secrets that has the flags, form and line ends of *word*, and its first character
    when that is one of *leads*; *stem* stands for the rest."""
    first = w.encode(word.value[:1])
    body = (b'@/' if word.value.startswith('@/') else first if first in leads else b'') + stem
    if not word.value:   # empty, or cut at a NUL
        body = b'\0' if raw.strip(b'"\'\\\n') else b''
    if '\u00a0' in word.value:
        body += b'\xc2\xa0'
    elif not word.value.isascii():
        body += b'\xc3\xa4'
    if word.flags & w.LONG or len(word.value) > chap_secrets.MAX_SECRET:
        body += b'*' * (w.MAX_WORD + 1 if word.flags & w.LONG else chap_secrets.MAX_SECRET)
    if word.flags & w.ODD_ESCAPE:
        body = body + b'\\s' if word.value else b'\\0'
    ends = b''.join(end for end in _END.findall(raw) if end[:1] != b'\\' or end[1:] in b'\r\n')
    if word.flags & w.QUOTED:
        body = b'"' + body + ends.replace(b'\\\r', b'\r') + (b'' if word.flags & w.OPEN else b'"')
    else:
        body += ends.replace(b'\\\r', b'')
    return _BOM * raw.startswith(_BOM) + (body or b'""') + b'\\\r' * raw.endswith(b'\\\r')


def mask_options(text: str) -> str:
    """A pppd options or peers file: arguments that hold secrets, words that a broken quote or a secret with spaces
    left behind, and comments that speak of passwords."""
    data, out, at, broken = w.encode(text), [], 0, False
    name, argument = '', 0             # 1: an argument of option *name* comes next, 2: a secret one
    hidden = last = unknown = -1       # the lines of the last secret, word, and word that is no option
    for word in itertools.chain.from_iterable(w.lines(text, spans=True)):
        script = argument and name in option_table.SCRIPTS
        broken = broken or bool(word.flags & (w.OPEN if script else w.SPANS | w.OPEN))
        skip = word.line == unknown
        option = None if argument or skip else option_table.find(word.value)
        secret = broken or argument == 2 or ' ' in word.value and 'pass' in word.value.lower()
        bare = None if argument or word.flags & w.SPANS else option_table.wild(word.value)
        if option is None and not argument:
            secret = secret or bool(word.flags & w.QUOTED) or word.line in (hidden, last if bare is None else -1)
            secret = skip or secret and word.value not in option_table.FOREIGN
            unknown = word.line if bare is None else unknown
        last = word.line
        hidden = last if argument == 2 or argument and word.value in option_table.SECRET else hidden
        name = option.name if option else ''
        argument = 0 if option is None or not option.args else 2 if option.name in option_table.SECRET else 1
        gap, raw = data[at:word.start], data[word.start:word.end]
        out += [_quiet(gap), _hidden(word, raw, stem=_STEMS[bare]) if secret and option is None else raw]
        at = word.end
    out.append(_quiet(data[at:]))
    return b''.join(out).decode('utf-8', 'surrogateescape')


def _quiet(gap: bytes) -> bytes:
    def judge(match: t.Match[bytes]) -> bytes:
        low = match.group().lower()
        return b'#' if any(word in low for word in (b'pass', b'secret', b'chat', b'connect')) else match.group()
    return _COMMENT.sub(judge, gap) if b'#' in gap else gap


def mask_servers(text: str) -> str:
    """radiusclient's servers file, ``host secret`` a line."""
    return _SERVER.sub(lambda match: match.group(1) + MASK, re.sub(r'#[^\r\n]*', '#', text))


def mask_assignments(text: str, tokens: bool = False) -> str:
    """``secret = x``, ``password=x``, ``Cleartext-Password := "x"`` and the like. The rest of the line goes, but for
    closing brackets; with *tokens* (logs, command outputs) only the one word or quoted string behind the sign."""
    def mask(match: t.Match[str]) -> str:
        value = match.group(1)
        head = match.group()[:len(match.group()) - len(value)]
        bare = value.rstrip(' \t})],;')
        return head + (MASK if bare else '') + (value[len(bare):] if not tokens else '')
    return (_TOKEN if tokens else _ASSIGNED).sub(mask, text)


def mask_file(path: str, text: str) -> str | None:
    """*text* of the file at *path* as it may leave the host, or ``None`` when nothing of it may."""
    name = posixpath.basename(path)
    if _NEVER.search(path):
        return None
    if 'secrets' in name:
        return mask_chap_secrets(text)
    if name in ('options', '.ppprc') or re.search(r'(?:^|/)etc/ppp/(?:options|peers/|[\w.-]*options)', path):
        return mask_options(text)
    if name == 'servers':
        return mask_servers(text)
    if path.startswith(('/var/log/', 'var/log/', '/commands/', 'commands/', '/run/', '/proc/')):
        return mask_assignments(text, tokens=True)
    return mask_assignments(text)
