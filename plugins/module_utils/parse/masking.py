# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files without their secrets, fit to leave a host; lines, quoting and defects stay where they are.

Sample: ``alice pptpd my"secret *  # old: abc`` becomes ``alice pptpd "********`` with the quote still open.
"""

from __future__ import annotations

import itertools
import posixpath
import re

from ansible_collections.vpnops.pptp.plugins.module_utils import evidence as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import option_table, shown, words as w
from ansible_collections.vpnops.pptp.plugins.module_utils.parse.scrub import scrub

MASK = '********'
_COMMENT = re.compile(rb'#[^\n]*?(?=\r?(?:\n|\Z))')
_BOM = b'\xef\xbb\xbf'
# what a bare word that pppd would take keeps of its meaning
_STEMS = {None: MASK.encode(), 'speed': b'115200', 'addresses': b'********:', 'device': b'/dev/********'}
_END = re.compile(rb'\\[\s\S]|\r?\n')
_KEYS = (r'(?i)(?:password|passwd|passphrase|secret|bindpw|bind_pw|\bpsk|private_key|nthash|shared_key)'
         r'(?!-flags)[\w-]{0,30}["\']?[ \t]{0,20}(?::=|==|=)[ \t]{0,20}')
_TOKEN = re.compile(_KEYS + r'("[^"\r\n]*"?|\'[^\'\r\n]*\'?|[^\s"\',;}\]]+)')
_REMARK = re.compile(r'(?i)((?:comment|prefix) )(?:"(?:[^"\\\n]|\\.)*|(?=\S*(?:pass|pw|secret|key|token|psk))\S+)')
_SERVER = re.compile(r'(?m)^([ \t]*[^\s#]\S*[ \t]+)((["\']?)(?=\S)\S*?\3(?!\S))[^\r\n]*')
# the lines of a file that are kept; of others the first word is
CONF = r'(?!\S*(?:secret|pass|pw|key|tok))[\w-]+[ \t]'
_SMB = r'(?i)\[|include|workgroup|realm|security|server\s*role|ntlm\s*auth|netbios|password\s*server|winbind'
_UNIT = r'(?:[;\[]|(?:(?!Env|Exec)[A-Z][a-z][A-Za-z]+|ExecStart|\w*OPT\w*)[ \t]*=)'
_CONNECTION = r'\[|service-type='
_DICTIONARY = r'(?:ATTRIBUTE|VALUE|(?:BEGIN-|END-)?VENDOR|\$?INCLUDE)\s'
_ARGUMENT = re.compile(r'(?i)((?<!\w)--?[\w-]*(?:pass|secret|key|token)[\w-]*[= ]+)[^\s-]\S*')
_REST = re.compile(r'\A([ \t]*[^\s=]+(?:[ \t]*=[ \t]*|[ \t]+))(\S.*?)(\r?)\Z')
_SERVER_SECRET = re.compile(r'(:[^\s:,]*:)\S+')
WORD = re.compile(r'[-+]?[A-Za-z][\w.+-]*\Z')   # what an option that nobody knows may look like
# FreeRADIUS: lines that stay as they are, comments gone: sections, names of modules, and settings that are no secret
_INLINE = re.compile(r'(?m)(?:^|[ \t])[ \t]*#[^\r\n]*')
_RADDB = re.compile(
    r'[ \t]*(?:\$-?INCLUDE[ \t]+[\w./${}-]+|(?:ip(?:v[46])?addr|netmask|shortname|require_\w+|limit_proxy_state|proto'
    r'|virtual_server|use_mppe|with_ntdomain_hack|ntlm_auth\w*|winbind_(?:username|domain)|auth\w*|file|destination'
    r'|type|port|status_server|\w+dir|name|prefix|user|group|read_clients)[ \t]*:?='
    r'[ \t]*(?:"[^"\\]*"|\'[^\'\\]*\'|[^\s"\'\\=]*)'
    r'|}|(?:}[ \t]*)?[-+]?[\w.:/-]+(?:[ \t]+(?:[\w.:/*-]+|"[\w.:/* -]+"))?[ \t]*{[ \t]*}?|[-+]?[\w.]+)?[ \t,]*\r?\Z')
_FIRST = re.compile(r'[ \t]*(?:[$&\w.:-]+(?=[ \t=({])(?:[ \t]*:?=)?)?')


def mask_chap_secrets(text: str) -> str:
    """chap-, pap- or srp-secrets: names and addresses stay, every secret, doubtful word and comment goes."""
    data, out, at = w.encode(text), [], 0
    for found in w.lines(text, spans=True):
        for index, keep in enumerate(shown.visible(found)):
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
    if word.flags & w.LONG or len(word.value) > shown.MAX_SECRET:
        body += b'*' * (w.MAX_WORD + 1 if word.flags & w.LONG else shown.MAX_SECRET)
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
    left behind, and comments."""
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
            secret = secret or bool(word.flags & w.QUOTED) or word.line in (hidden, last if bare is None else -1) \
                or bare is None and not WORD.match(word.value) or bare == 'addresses' and word.value.count(':') > 1
            secret = skip or secret and word.value not in option_table.FOREIGN
            unknown = word.line if bare is None else unknown
        last = word.line
        hidden = last if argument == 2 or argument and word.value in option_table.SECRET else hidden
        name = option.name if option else ''
        argument = 0 if option is None or not option.args else 2 if option.name in option_table.SECRET else 1
        gap, raw = data[at:word.start], data[word.start:word.end]
        out += [_bare(gap), _hidden(word, raw, stem=_STEMS[bare]) if secret and option is None else raw]
        at = word.end
    out.append(_bare(data[at:]))
    return b''.join(out).decode('utf-8', 'surrogateescape')


def mask_servers(text: str) -> str:
    """radiusclient's servers file, ``host secret`` a line; of what is longer than pppd takes, 56 signs are left."""
    return _SERVER.sub(lambda found: found.group(1) + found.group(3) + MASK * (7 if len(found.group(2)) > 48 else 1)
                       + found.group(3), re.sub(r'#[^\r\n]*', '#', text))


def mask_assignments(text: str) -> str:
    """``secret = x``, ``password=x``, ``Cleartext-Password := "x"`` and the like: the word or quoted string behind
    the sign."""
    return _TOKEN.sub(lambda found: found.group()[:found.start(1) - found.start()] + MASK, text)


def mask_lines(text: str, keep: str) -> str:
    """*text* with the lines that match *keep* as they are, but for arguments like ``--password x``; of the others the
    first word stays."""
    known = re.compile(keep)

    def mask(line: str) -> str:
        if known.match(line.lstrip()):
            line = _ARGUMENT.sub(r'\1' + MASK, line)
            return _SERVER_SECRET.sub(r'\1' + MASK, line) if line.lstrip()[4:10] == 'server' else line
        return line if line.lstrip()[:1] in ('', '#') else _REST.sub(r'\1%s\3' % MASK, line)
    return '\n'.join(map(mask, text.split('\n')))


def mask_raddb(text: str) -> str:
    """FreeRADIUS' configuration: a line that :data:`_RADDB` does not know keeps its first word and its braces."""
    out, opened = [], False
    for line in _INLINE.sub('', text).split('\n'):
        if opened or not _RADDB.match(line):
            words = '' if opened else _FIRST.match(line).group()   # type: ignore[union-attr]
            braces = 0 if words[-1:] == '=' else line.count('{') - line.count('}')
            out.append(words + ' ' * bool(words.strip()) + MASK + ' {' * braces + ' }' * -braces)
        else:
            out.append(_ARGUMENT.sub(r'\1' + MASK, line))
        opened = line.rstrip()[-1:] in ('\\', '=') or line.count('"') % 2 == 1   # the next line belongs to this one
    return '\n'.join(out)


def mask_named(word: str, text: str) -> str | None:
    """*text* of a file that stands behind *word* (``option``, ``servers``, ..) in another one."""
    if 'secrets' in word:
        return mask_chap_secrets(text)
    if word == 'servers':
        return mask_servers(text)
    if word == 'raddb':
        return mask_raddb(text) if '{' in text or '$' in text or not text.strip() else None
    if word in _NAMED_LINES:
        return mask_lines(text, _NAMED_LINES[word])
    known = any(option_table.find(found.value) for found in w.words(text))
    return mask_options(text) if known or not text.strip() else None


_NAMED_LINES = {'-c': CONF, '--conf': CONF, 'radius-config-file': CONF, 'dictionary': _DICTIONARY,
                'INCLUDE': _DICTIONARY, '$INCLUDE': _DICTIONARY, 'smb': _SMB}
_RULES = ('iptables-save.txt', 'iptables-legacy-save.txt', 'nft.txt', 'ufw.txt', 'firewall-cmd.txt')
_BY_PATH = (('/etc/pptpd.conf', CONF), ('radiusclient.conf', CONF), ('/system-connections/', _CONNECTION),
            ('/etc/default/', _UNIT), ('/etc/sysconfig/', _UNIT), ('/systemd/system/', _UNIT))


def mask_file(path: str, text: str) -> str | None:
    """*text* of the file at *path* as it may leave the host, or ``None`` when nothing of it may."""
    name = posixpath.basename(path)
    if ev.NEVER.search(path):
        return None
    if 'secrets' in name:
        return mask_chap_secrets(text)
    if name in ('options', '.ppprc') or re.search(r'(?:^|/)etc/ppp/(?:options|[\w.-]*options)', path):
        return mask_options(text)
    if '/ppp/peers/' in path:
        return mask_named('call', text)
    if name == 'servers':
        return mask_servers(text)
    if name in ('dmesg.txt', 'journal.txt'):
        return '\n'.join(scrub(line, 600) for line in text.split('\n'))
    for part, keep in _BY_PATH:
        if part in path:
            return mask_lines(text, keep)
    return mask_assignments(_REMARK.sub(r'\1"...', text) if name in _RULES else text)
