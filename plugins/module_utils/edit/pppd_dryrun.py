# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What pppd itself says of a file of options: ``pppd dryrun`` reads it, runs the plugins' own checks, and ends.

Sample: ``In file /etc/ppp/x: unrecognized option 'requier-mppe-128'`` becomes ``/etc/ppp/pptpd-options:4:
unrecognized option 'requier-mppe-128'``.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import pppd_items as items
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import masking, words as w

OPTION_ERROR = 2   # EXIT_OPTION_ERROR, pppd.h; 1 and 4 come after the options were taken: secrets, kernel
#: What every pppd reads before it reads another file (_PATH_SYSOPTIONS and _PATH_USEROPT, pathnames.h): the old one
#: would be tried, and an error in it would get into the log as that of a login.
_READ_FIRST = ('/etc/ppp/options', '/root/.ppprc')
_IN_FILE = re.compile(r'In file (\S+): ')
_WORD = re.compile(r"'([^\n]*)'")
_NO_DEVICE = 'no device specified'
#: pppd tells syslog what it reads and why it ends, and no option keeps it from that (main.c, openlog). In the log that
#: would read like a login that fails, and ``set`` and ``connect`` would stand there with what they hold. So the dry run
#: has /dev/null where the others have /dev/log: in a view of the files that is its own and ends with it (unshare(1)).
_ALONE = ('unshare', '--mount', 'sh', '-c', 'mount --bind /dev/null /dev/log && exec "$@"', 'sh')


def can_try(path: str) -> bool:
    """Whether a dry run tells anything about a draft of the file at *path*."""
    return path not in _READ_FIRST


def arguments(pppd: str, path: str, data: bytes) -> list[str]:
    """The command that checks *data*, which is at *path*."""
    own_channel = any(item.name in ('pty', 'device', 'socket', 'notty', 'plugin') and _is_channel(item)
                      for item in items.read(data))
    return [pppd, 'dryrun', 'nodetach', *([] if own_channel else ['notty']), 'file', path]


def unheard(command: t.Sequence[str]) -> list[str]:
    """*command* so that no syslog hears of it. Where that is not allowed, ``unheard(['true'])`` fails."""
    return [*_ALONE, *command]


def _is_channel(item: items.Item) -> bool:
    return item.name != 'plugin' or any(stem in b''.join(item.args) for stem in (b'pppoe', b'pppoatm', b'pppol2tp'))


def complaint(status: int, output: str, path: str, data: bytes, named: str) -> str | None:
    """pppd's complaint about *data*, which was at *path* and is to be *named*; ``''`` where it has none, ``None``
    where it ended before it had read it, for another file. A word that may be a part of a secret is not repeated.
    """
    if status < 0:   # in a plugin, most likely
        return '%s: pppd is killed by signal %d' % (named, -status)
    if status != OPTION_ERROR:
        return ''
    lines = [re.sub(r'\A\S*pppd: ', '', line) for line in output.split('\n') if line.strip()]
    said = '; '.join([line for line in lines if _about(line, path)][:2])
    if not said:
        return None
    if _NO_DEVICE in said:
        return ''
    text = _IN_FILE.sub('', said)
    quote = _WORD.search(text)
    line = _line(data, quote.group(1) if quote else _named(text, data))
    if quote and not _may_show(quote.group(1), data, line):
        text = text.replace(quote.group(), "'?'")
    return '%s%s: %s' % (named, ':%d' % line if line else '', masking.mask_assignments(text)[:300])


def _about(line: str, path: str) -> bool:
    found = _IN_FILE.search(line)
    return not found or found.group(1) == path


def _named(text: str, data: bytes) -> str:
    """The word of *data* that the message *text* is about: an option, or the argument of one."""
    known = [word.value for item in items.read(data) for word in item.words]
    spoken = re.findall(r'[^\s:;,()]+', text)
    return next((word for word in [*spoken, *(word.rpartition('/')[2] for word in spoken)] if word in known), '')


def _line(data: bytes, word: str) -> int:
    """The line of the last item that *word* begins, or else is a part of; 0 where there is none."""
    found = items.read(data)
    own = [item.line for item in found if item.words[0].value == word]
    return (own or [each.line for item in found for each in item.words if each.value == word] or [0])[-1 if own else 0]


def _may_show(word: str, data: bytes, line: int) -> bool:
    text = masking.mask_options(data.decode('utf-8', 'surrogateescape'))
    return any(each.value == word and each.line == line for each in w.words(text))


def judged(before: str | None, after: str, names: t.Iterable[str]) -> bool:
    """Whether the complaint *after* is about the change: there was none *before*, or it is about one of *names*."""
    about = any(re.search(r'(?<![\w-])%s(?![\w-])' % re.escape(name), after) for name in names)
    return bool(after) and (before == '' or about)
