# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""pppd's options in the order in which it takes them, and what follows from them.

Sample: ``name pptpd`` / ``require-mschap-v2`` / ``plugin radius.so`` / ``mtu 1400 mru 1400``. Line ends mean nothing
to pppd, it ends at the first word that it does not know; here reading goes on with the next line.
"""

from __future__ import annotations

import itertools
import posixpath
import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils import evidence as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import option_table as table, words as w
from ansible_collections.vpnops.pptp.plugins.module_utils.parse.masking import WORD

MASK = '********'
METHODS = ('pap', 'chap', 'mschap', 'mschap-v2', 'eap')
_NUMBER = {'i': re.compile(r'\s*[+-]?\d'), 'x': re.compile(r'\s*[+-]?[0-9a-fA-F]')}
_MAX_FILES, _MAX_OPTIONS, _MAX_PROBLEMS = 30, 400, 20


def version_key(version: str | None) -> tuple[int, ...]:
    """``2.4.9`` as ``(2, 4, 9)``; nothing sorts first."""
    return tuple(int(part) for part in re.findall(r'\d+', version or '')[:3])


class Walk:
    """One pppd reading its options: *load* answers for a path as ``Host.read`` does.

    ``options``: ``[name, [arg, ..], source]``; ``problems``: ``[source, code, text]``; ``files``: ``[path, status]``;
    ``plugins``: ``[name, source]``; ``complete``: whether every file that pppd would read was read, or need not
    be there.
    """

    def __init__(self, load: t.Callable[[str], ev.Reading], version: str | None = None) -> None:
        self.options: list[list[t.Any]] = []
        self.problems: list[list[str]] = []
        self.files: list[list[str]] = []
        self.plugins: list[list[str]] = []
        self.complete = True
        self._load, self._version = load, version_key(version)
        self._groups: set[str] = {''}
        self._open_set = False    # a plugin that we do not know may define any word
        self._stack: list[str] = []

    def file(self, path: str, named_at: str = '') -> None:
        """Read the options file *path*; it must exist when something (*named_at*, a source) names it."""
        if path in self._stack:
            return self._problem(named_at, 'include-loop', path)
        if len(self.files) >= _MAX_FILES:
            return None
        reading = self._load(path)
        self.files.append([path, reading.evidence.status])
        if reading.value is None:
            missing = reading.evidence.status == ev.ABSENT and not reading.evidence.reason
            if missing and named_at:
                self._problem(named_at, 'file-missing', path)
            self.complete = self.complete and missing and not named_at
            return None
        if '\r\n' in reading.value:
            self._problem(path, 'crlf', 'lines end in CR LF')
        self._stack.append(path)
        self._feed(w.words(reading.value), lambda word: '%s:%d' % (path, word.line))
        self._stack.pop()
        return None

    def command_line(self, arguments: t.Iterable[str], source: str) -> None:
        """Take *arguments* as pppd's own."""
        self._feed((w.Word(value, number) for number, value in enumerate(arguments, 1)), lambda word: source)

    def _problem(self, source: str, code: str, text: str) -> None:
        if len(self.problems) < _MAX_PROBLEMS:
            self.problems.append([source, code, text[:80]])

    def _feed(self, stream: t.Iterable[w.Word], source: t.Callable[[w.Word], str]) -> None:
        stream, skip, hidden, last, broken = iter(stream), 0, 0, 0, False
        for word in stream:
            if len(self.options) >= _MAX_OPTIONS:
                break
            broken = self._quotes(word, source) or broken
            if word.line == skip:
                continue
            option = table.find(word.value)
            if option is None or not self._usable(option):
                inner = word.line == hidden or word.line == last and table.wild(word.value) is None
                doubtful = broken or inner or word.flags & w.QUOTED or MASK in word.value \
                    or not WORD.match(word.value)
                show, last = '?' if doubtful else word.value, word.line
                if self._unknown(word, option, show, source(word)):
                    skip = word.line
                continue
            args = list(itertools.islice(stream, option.args))
            spans = [self._quotes(arg, source) for arg in args
                     if option.name not in table.SCRIPTS or arg.flags & w.OPEN]
            broken = any(spans) or broken
            last = args[-1].line if args else word.line
            hidden = last if option.name in table.SECRET or args and args[0].value in table.SECRET else hidden
            self._take(option, word, args, broken, source)

    def _quotes(self, word: w.Word, source: t.Callable[[w.Word], str]) -> bool:
        for bit, code, text in ((w.OPEN, 'unbalanced-quote', 'a quote runs to the end of the file'),
                                (w.LONG, 'word-too-long', 'more than 1023 bytes')):
            if word.flags & bit:
                self._problem(source(word), code, text)
        return bool(word.flags & (w.SPANS | w.OPEN))

    def _usable(self, option: table.Option) -> bool:
        return option.plugin in self._groups or self._open_set

    def _unknown(self, word: w.Word, option: table.Option | None, show: str, source: str) -> bool:
        """Note a word that is no option; whether the rest of its line belongs to it."""
        meaning = None if option or word.flags & w.SPANS else table.wild(word.value)
        if meaning == 'addresses' and not re.match(r'[\d.]*:[\d.]*\Z', show):
            show = '?'
        if meaning:
            self.options.append([meaning, [show], source])
            return False
        if self._open_set or 'pppoe' in self._groups or 'pppoatm' in self._groups:
            return False
        if option:
            self._problem(source, 'option-before-plugin', '%s wants plugin %s.so' % (word.value, option.plugin))
        else:
            self._problem(source, 'foreign-option' if word.value in table.FOREIGN else 'unknown-option', show)
        return True

    def _take(self, option: table.Option, word: w.Word, args: list[w.Word], broken: bool,
              source: t.Callable[[w.Word], str]) -> None:
        where, name = source(word), option.name
        if len(args) < option.args:
            return self._problem(where, 'too-few-parameters', name)
        if self._version and version_key(option.since) > self._version:
            self._problem(where, 'unknown-option', '%s (known from %s)' % (name, option.since))
        if self._version and option.until and version_key(option.until) < self._version:
            self._problem(where, 'removed-option', '%s (until %s)' % (name, option.until))
        value = args[0].value if args else ''
        why = bad_value(option, value)
        if why and not broken:
            self._problem(where, 'bad-value', '%s %s' % (name, why))
        if name in ('file', 'call'):
            return None if broken or why else self.file(value if name == 'file' else '/etc/ppp/peers/' + value, where)
        if name == 'plugin' and not broken:
            self._plugin(value, where)
        self.options.append([name, [_shown(name, arg.value, broken) for arg in args], where])
        return None

    def _plugin(self, value: str, where: str) -> None:
        self.plugins.append([value, where])
        stem = posixpath.basename(value).split('.so')[0]
        self._groups.add(table.PLUGINS.get(stem, ''))
        self._open_set = self._open_set or stem not in table.PLUGINS


def bad_value(option: table.Option, value: str) -> str:
    """Why pppd refuses *value* (options.c ``int_option``, limits, ``callfile``; ipcp.c ``setdnsaddr``), or ``''``."""
    number = _NUMBER.get(option.kind)
    if number and not number.match(value):
        return 'wants a number'
    if option.name == 'mtu' and not 128 <= (_number(value) or 0) <= 16384:
        return 'must be between 128 and 16384'
    if option.name == 'call' and (value[:1] in ('', '/') or '..' in value.split('/')):
        return 'may not contain .. or start with /'
    if option.name in ('ms-dns', 'ms-wins') and re.match(r'[\d.]+\Z', value):
        parts = value.split('.')
        if len(parts) > 4 or not all(parts) or any(int(part) > 255 for part in parts[:-1]) \
                or int(parts[-1]) >= 256 ** (5 - len(parts)):
            return 'wants an address'
    return ''


def _number(value: str) -> int | None:
    match = re.match(r'\s*([+-]?(?:0[xX][0-9a-fA-F]+|\d{1,18}))', value)
    return int(match.group(1), 0 if 'x' in match.group(1).lower() else 10) if match else None


def _shown(name: str, value: str, broken: bool) -> str:
    if name in table.SECRET or ' ' in value and 'pass' in value.lower():
        return MASK
    return '?' if broken else value[:200]


def effective(options: list[list[t.Any]], version: str | None = None, complete: bool = True) -> dict[str, t.Any]:
    """What follows from *options* (``Walk.options``), as docs/facts.md says; ``None`` where a file is missing."""
    at = {name: (index, args) for index, (name, args, _where) in enumerate(options)}

    def last(name: str) -> str | None:
        return at[name][1][0] if name in at else None

    def flag(on: str, off: str = '') -> bool | None:
        if on not in at and off not in at:
            return False if complete else None
        return at.get(on, (-1,))[0] > at.get(off, (-1,))[0]

    result: dict[str, t.Any] = {
        'name': None if flag('usehostname') else last('name'), 'remotename': last('remotename'), 'user': last('user'),
        'require': [name for name in METHODS if 'require-' + name in at],
        'refuse': [name for name in METHODS if 'refuse-' + name in at],
        'mppe_stateful': flag('mppe-stateful', 'nomppe-stateful'), 'noccp': flag('noccp'),
        'mtu': _number(last('mtu') or ''), 'mru': _number(last('mru') or ''),
        'proxyarp': flag('proxyarp', 'noproxyarp'), 'debug': flag('debug'),
        'ipcp_accept_remote': flag('ipcp-accept-remote'), 'strip_domain': flag('chapms-strip-domain'),
        'login': flag('login'), 'dns': [args[0] for name, args, _where in options if name == 'ms-dns'],
        'logfile': last('logfile') if flag('logfile', 'nolog') else None,
        'chap_secrets': last('chap-secrets') or '/etc/ppp/chap-secrets',
        'lcp_echo': [_number(last(name) or '') or 0 for name in ('lcp-echo-interval', 'lcp-echo-failure')],
        'auth': _auth(options, complete), 'backend': _backend(options)}
    result['lcp_echo'] = result['lcp_echo'] if any(result['lcp_echo']) else None
    result['mppe'], result['mppe_bits'] = _mppe(options, version)
    return result


def _auth(options: list[list[t.Any]], complete: bool) -> bool | None:
    """``auth`` and ``require-*`` switch it on, a later ``noauth`` off (auth.c); a root's pppd starts without."""
    auth = False if complete else None
    for name, _args, _where in options:
        if name in ('auth', 'noauth') or name.startswith('require-') and name[8:] in METHODS:
            auth = name != 'noauth'
    return auth


def _mppe(options: list[list[t.Any]], version: str | None) -> tuple[str, list[int]]:
    """Mode and key lengths. From 2.5.0 ``bool`` is C's own, so ``require-mppe`` stores 1, which is 40 bit (ccp.c)."""
    bits: set[int] = set()
    off = False
    for name, _args, _where in options:
        match = re.match(r'(require-|no)mppe(?:-(40|128))?\Z', name)
        if match and match.group(1) == 'no':
            off = True
            bits -= {int(match.group(2))} if match.group(2) else {40, 128}
        elif match:
            every = {40} if version_key(version) >= (2, 5) else {40, 128}
            bits = bits | {int(match.group(2))} if match.group(2) else every
    return ('require' if bits else 'off' if off else 'none'), sorted(bits)


def _backend(options: list[list[t.Any]]) -> str:
    stems = [posixpath.basename(args[0]).split('.so')[0] for name, args, _where in options if name == 'plugin']
    for stem in ('radius', 'winbind'):
        if stem in stems:
            return stem
    return 'other' if any(stem not in table.PLUGINS for stem in stems) else 'secrets'
