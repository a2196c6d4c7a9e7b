# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Lines of chap-secrets that have one reading only, mended without knowing a secret.

Sample: ``vpnuser pptpd secretpassword`` becomes ``vpnuser pptpd secretpassword *``. A byte order mark goes, CR LF
becomes LF, a no-break space between columns a space. Whatever could mean two things stays as it is.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.edit.words import BOM, split
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import words as w
from ansible_collections.vpnops.pptp.plugins.module_utils.parse.shown import NAMES, is_address

Done = t.Tuple[str, str, str, int]   # what, client, server, line
_NBSP = b'\xc2\xa0'
_BROKEN = w.SPANS | w.OPEN
_DOUBTFUL = _BROKEN | w.LONG | w.HASH


def repair(data: bytes) -> tuple[bytes, list[Done]]:
    """*data* with what can be mended, and what was: ``bom``, ``crlf``, ``nbsp``, ``missing-address-column``."""
    done: list[Done] = []
    while data.startswith(BOM):
        data = data[len(BOM):]
        done.append(('bom', '', '', 1))
    pieces, number = [], 1
    for line in split(data):
        raw = data[line.start:line.end]
        pieces.append(_mended(raw, line.words, number, done))
        number += raw.count(b'\n')
    return b''.join(pieces), done


def _mended(raw: bytes, words: list[w.Word], number: int, done: list[Done]) -> bytes:
    if any(word.flags & _BROKEN for word in words):
        return raw
    if b'\r\n' in raw and b'\\\r\n' not in raw:
        raw = re.sub(rb'\r+\n', b'\n', raw)
        if not any(each[0] == 'crlf' for each in done):
            done.append(('crlf', '', '', number))
    if not words:
        return raw
    new, what = _spaced(raw), 'nbsp'
    if new is None:
        new, what = _addressed(raw), 'missing-address-column'
    if new is None:
        return raw
    names = [word.value for word in split(new)[0].words[:2]]
    done.append((what, names[0], names[1], words[0].line))
    return new


def _spaced(raw: bytes) -> bytes | None:
    """*raw* with spaces for its no-break spaces, where it is no good line as it is, and a whole one then."""
    if _NBSP not in raw or _good(raw) or b'"' in raw or b"'" in raw or b'#' in raw:
        return None
    new = raw.replace(_NBSP, b' ')
    if _good(new):
        return new
    return _addressed(new) if len(split(raw)[0].words) < 3 else None


def _good(raw: bytes) -> bool:
    words = split(raw)[0].words
    return len(words) > 3 and all(is_address(word.value) for word in words[3:]) \
        and _in_order(words) and not words[2].flags & _DOUBTFUL


def _in_order(words: list[w.Word]) -> bool:
    """Whether the first three words of a line may be a client, a server and a secret."""
    server, secret = words[1].value, words[2].value
    return not (is_address(secret) or secret in NAMES or secret == '--' or is_address(server) and server != '*')


def _addressed(raw: bytes) -> bytes | None:
    """*raw* with an address column, where it is a client, a server and a secret and nothing else."""
    words = split(raw)[0].words
    if len(words) != 3 or any(word.flags & _DOUBTFUL for word in words) or _NBSP in raw:
        return None
    if not _in_order(words):
        return None
    comment = raw[words[2].end:].strip().lstrip(b'#').split()
    if comment and is_address(w.decode(comment[-1])):   # a secret with a space and #, perhaps
        return None
    return raw[:words[2].end] + b' *' + raw[words[2].end:]
