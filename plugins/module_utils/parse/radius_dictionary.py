# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The dictionary of pppd's radius.so, read as dict.c does: the first line that it does not like ends the reading.

Sample::

    VENDOR     Microsoft          311
    ATTRIBUTE  MS-CHAP-Challenge  11   string  Microsoft
    INCLUDE    /etc/radiusclient/dictionary.more
"""

from __future__ import annotations

import re
import typing as t

MICROSOFT = 311
#: What radius.so cannot do without: (vendor, number): name (radius.c; RFC 2865, 2548). Where it has no word for
#: Service-Type or Framed-Protocol, it leaves them out.
NEEDED = {(0, 1): 'User-Name', (0, 4): 'NAS-IP-Address', (0, 5): 'NAS-Port', (MICROSOFT, 11): 'MS-CHAP-Challenge',
          (MICROSOFT, 25): 'MS-CHAP2-Response', (MICROSOFT, 26): 'MS-CHAP2-Success',
          (MICROSOFT, 7): 'MS-MPPE-Encryption-Policy', (MICROSOFT, 8): 'MS-MPPE-Encryption-Types',
          (MICROSOFT, 16): 'MS-MPPE-Send-Key', (MICROSOFT, 17): 'MS-MPPE-Recv-Key'}
_TYPES = ('string', 'integer', 'ipaddr', 'date', 'ifid', 'ipv6addr', 'ipv6prefix')
_NAME = 32            # radiusclient.h, NAME_LENGTH
_FILES = 12           # that are followed
Load = t.Callable[[str], t.Tuple[t.Optional[str], bool]]


class Dictionary:
    """What was read, from *path* on. *load* gives ``(text, absent)`` of a file: text ``None`` where it was not read.

    ``attributes``: ``(vendor, number)`` of each; ``dollar``: a line ``$INCLUDE``, which pppd skips; ``foreign``: a line
    BEGIN-VENDOR, which it skips, too, so that the attributes below belong to nobody; ``fatal``: ``(source, code,
    text)`` of the line that ends the reading; ``unread``: files that are not known.
    """

    def __init__(self, path: str, load: Load, ipv4addr: bool = False) -> None:
        self.attributes: set[tuple[int, int]] = set()
        self.dollar, self.foreign = False, False
        self.fatal: tuple[str, str, str] | None = None
        self.unread: list[str] = []
        self._vendors: dict[str, int] = {}
        self._types = (*_TYPES, 'ipv4addr') if ipv4addr else _TYPES      # since ppp 2.5.0
        self._load, self._files = load, t.cast('list[str]', [])
        self._file(path, '')

    def lacks(self) -> list[str]:
        """The attributes that radius.so needs and that are not there."""
        return [name for key, name in NEEDED.items() if key not in self.attributes]

    def _file(self, path: str, source: str) -> None:
        if len(self._files) >= _FILES or path in self._files:
            return      # pppd would go on until its stack ends
        self._files.append(path)
        text, absent = self._load(path)
        if text is None:
            self.unread += [] if absent else [path]
            if absent and source:
                self.fatal = (source, 'include-missing', path[:80])
            return
        for number, line in enumerate(text.splitlines(), 1):
            where = '%s:%d' % (path, number)
            code = self._line(line, where)
            if code:
                self.fatal = (where, code, ' '.join(line.split()[:4])[:80])
            if self.fatal:
                return

    def _line(self, line: str, where: str) -> str:
        """Take one line; why it ends the reading, else nothing."""
        words = line.split()
        for word, read in (('VENDOR', self._vendor), ('ATTRIBUTE', self._attribute), ('VALUE', _value)):
            if line.startswith(word):
                return read(words)
        if line.startswith('INCLUDE'):
            if len(words) < 2:
                return 'invalid-include'
            self._file(words[1], where)
        self.dollar = self.dollar or words[:1] == ['$INCLUDE']
        self.foreign = self.foreign or words[:1] == ['BEGIN-VENDOR']
        return ''

    def _vendor(self, words: list[str]) -> str:
        if len(words) < 3 or not re.match(r'[+-]?\d', words[2]):
            return 'invalid-vendor'
        vendor = self._vendors[words[1]] = _number(words[2])
        self.attributes = {key for key in self.attributes if key[0] != vendor}     # the newest is found, without any
        return 'name-too-long' if len(words[1]) > _NAME else ''

    def _attribute(self, words: list[str]) -> str:
        if len(words) < 4:
            return 'invalid-attribute'
        _keyword, name, value, kind = words[:4]
        vendor = words[4] if len(words) > 4 else ''
        if len(name) > _NAME or len(vendor) > _NAME:
            return 'name-too-long'
        if not value[0].isdigit():
            return 'invalid-value'
        if kind not in self._types:
            return 'invalid-type'
        if vendor and vendor not in self._vendors:
            return 'unknown-vendor'
        self.attributes.add((self._vendors[vendor] if vendor else 0, _number(value)))
        return ''


def _value(words: list[str]) -> str:
    if len(words) < 4:
        return 'invalid-value-entry'
    if len(words[1]) > _NAME or len(words[2]) > _NAME:
        return 'name-too-long'
    return '' if words[3][0].isdigit() else 'invalid-value'


def _number(text: str) -> int:
    """C's atoi."""
    found = re.match(r'[+-]?[0-9]{1,9}', text)
    return int(found.group()) if found else 0
