# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files of FreeRADIUS 3 changed piece by piece: what is not meant stays byte for byte as it is.

A section may have a key once (conffile.c, cf_pair_parse: "Invalid duplicate configuration item"), so one is left.
Sample: setting ``use_mppe`` of ``mschap`` to ``yes`` in ``mschap {`` / ``#use_mppe = no`` / ``}`` adds a line below the
  comment.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import raddb_tree as tree
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.words import Unfit, newline

#: A name and, after a slash, the second one: ``mschap``, ``client/vpn``, ``server/default``.
Path = t.Sequence[str]
_NAME = re.compile(r'[A-Za-z][A-Za-z0-9_.-]*\Z')
_PLAIN = re.compile(r'[A-Za-z0-9_./:@*][A-Za-z0-9_./:@*+-]*\Z')
_SECRET = re.compile(r'secret|passw|passphrase|bindpw|\bpwd?\b|token|api_?key|hexphrase|hmac_?key', re.I)
_INSIDE = re.compile(rb'(?:password|passwd|pwd|secret)[ \t]*=', re.I)      # of a line that opens a database
_TOLD = re.compile(r'(?im)^([^\n#]*#[^\n]*?(?:secret|passw|passphrase|bindpw)\w*)\W[^\n]*$')
_EXPANDED = re.compile(r'\$(?:ENV)?\{')     # cf_expand_variables
STARS = '********'


class Wish(t.NamedTuple):
    """A key that is wanted, with its *value*, or not; *comment*: a line above a new one that says why. Without a
    *value* the one that is there is amended, a command line: *first* is its first word, and of *words* it lacks
    none."""

    name: str
    value: str = ''
    present: bool = True
    comment: str = ''
    first: str = ''
    words: tuple[str, ...] = ()

    @property
    def amends(self) -> bool:
        """Whether this is about a value that is there."""
        return self.present and not self.value and bool(self.first or self.words)


def amended(value: str, wish: Wish) -> str:
    """The command line *value* as *wish* has it; flags that are not meant stay.

    >>> amended('ntlm_auth --username=%{User-Name}', Wish('', first='/usr/bin/ntlm_auth', words=('--request-nt-key',)))
    '/usr/bin/ntlm_auth --request-nt-key --username=%{User-Name}'
    """
    program, _space, rest = value.partition(' ')
    lacking = [word for word in wish.words if word not in rest.split()]
    return ' '.join(filter(None, (wish.first or program, *lacking, rest)))


class Change(t.NamedTuple):
    """What was done (added, changed, removed, duplicate, section) to which line of the old file (0: a new one)."""

    action: str
    name: str
    line: int


def quoted(value: str, what: str = 'a value') -> str:
    """*value* as FreeRADIUS reads it back: in ``'`` nothing is expanded (cf_section_read, T_SINGLE_QUOTED_STRING), and
    a backslash means something else with and without ``correct_escapes``."""
    if _PLAIN.match(value):
        return value
    if not value.isprintable() or '\\' in value:
        raise Unfit('%s may hold neither a backslash nor what is no printable letter' % what)
    free = [quote for quote in ('"', "'") if quote not in value and not (quote == '"' and _EXPANDED.search(value))]
    if not free:
        raise Unfit('%s may not hold both kinds of quotes, nor ${ beside a single one' % what)
    return free[0] + value + free[0]


class Editor:
    """A file in the making; :attr:`data` is what it is now."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.changes: list[Change] = []
        self.tree = tree.read(data)

    def section(self, path: Path) -> tree.Section | None:
        """The first section at *path*; the file itself for none."""
        found: tree.Section | None = self.tree
        for step in path:
            name, _slash, second = step.partition('/')
            found = next((item for item in found.sections if item.name == name and item.second == second), None) \
                if found else None
        return found

    def set(self, path: Path, wish: Wish) -> None:
        """Make *wish* true in the section at *path*, which is made where it is missing."""
        section = self.section(path)
        if section is None and wish.present:
            section = self._made(path)
        if section is not None:
            self._apply(section, wish)

    def set_at(self, start: int, wish: Wish) -> None:
        """The same in the section of the file that begins at *start*."""
        self._apply(next(item for item in self.tree.sections if item.span[0] == start), wish)

    def _apply(self, section: tree.Section, wish: Wish) -> None:
        if not _NAME.match(wish.name):
            raise Unfit('%s is no name of a key' % wish.name)
        about = [item for item in section.pairs if item.name == wish.name]
        if wish.amends:
            if not about:
                return
            old = about[0].value.encode('latin-1').decode('utf-8', 'surrogateescape')
            wish = wish._replace(value=amended(old, wish))
        keep = about[:1] if wish.present else []
        for item in reversed(about[len(keep):]):
            self._note('duplicate' if wish.present else 'removed', wish.name, item.line)
            line = self.data.rfind(b'\n', 0, item.span[0]) + 1
            self._cut(item)
            self._uncomment(line, wish.comment)
        if wish.present and keep:
            self._change(keep[0], wish)
        elif wish.present:
            self._note('added', wish.name, 0)
            self._insert(section, wish)

    def remove(self, section: tree.Section) -> None:
        """Take away a section, and the lines that it has for itself."""
        self._note('removed', '/'.join(filter(None, (section.name, section.second))), section.line)
        self._cut(section)
        end = newline(self.data)
        if section.span[0] >= len(self.data) and self.data.endswith(end + end):    # the gap above what was appended
            self._put(self.data[:-len(end)])

    def append(self, text: str, name: str) -> None:
        """Add *text*, a section with its newlines, at the end of the file."""
        end = newline(self.data).decode()
        data = self.data if not self.data or self.data.endswith(b'\n') else self.data + end.encode()
        gap = end if data.strip() else ''
        self._note('section', name, 0)
        self._put(data + (gap + text.replace('\n', end)).encode('utf-8', 'surrogateescape'))

    def _note(self, action: str, name: str, line: int) -> None:
        self.changes.append(Change(action, name, line))

    def _put(self, data: bytes) -> None:
        self.data, self.tree = data, tree.read(data)

    def _made(self, path: Path) -> tree.Section:
        """The section at *path*, new in the one above it, which has to be there."""
        name = path[-1].replace('/', ' ')
        above = self.section(path[:-1])
        if above is None:
            raise Unfit('there is no section %s' % path[-2])
        if above is self.tree:
            self.append('%s {\n}\n' % name, path[-1])
        else:
            self._note('section', path[-1], 0)
            self._lines(above, ['%s {' % name, '}'], above.body[1])
        return t.cast('tree.Section', self.section(path))

    def _cut(self, item: tree.Pair | tree.Section) -> None:
        start, end = item.span
        begin, over = self.data.rfind(b'\n', 0, start) + 1, self.data.find(b'\n', end)
        over = over + 1 if over >= 0 else len(self.data)
        after = self.data[end:over].strip(b', \t\r\n')
        if not self.data[begin:start].strip() and (not after or after.startswith(b'#')):
            start, end = begin, over
        else:
            tail = re.match(rb'[ \t]*,?[ \t]*', self.data[end:])
            end += tail.end() if tail else 0
        self._put(self.data[:start] + self.data[end:])

    def _uncomment(self, over: int, comment: str) -> None:
        """Take away the lines of *comment* above the line that begins at *over*, where they are what this wrote."""
        for line in reversed(comment.splitlines()):
            begin = self.data.rfind(b'\n', 0, max(over - 1, 0)) + 1
            if self.data[begin:over].strip() != b'# ' + line.encode('utf-8', 'surrogateescape'):
                return
            self._put(self.data[:begin] + self.data[over:])
            over = begin

    def _change(self, item: tree.Pair, wish: Wish) -> None:
        start, end = item.place
        old, new = self.data[start:end], quoted(wish.value, 'the value of %s' % wish.name)
        if start == end:
            raise Unfit('line %d: %s has no value' % (item.line, wish.name))
        if item.value.encode('latin-1') == wish.value.encode('utf-8', 'surrogateescape') and b'\\' not in old:
            return
        self._note('changed', wish.name, item.line)
        self._put(self.data[:start] + new.encode('utf-8', 'surrogateescape') + self.data[end:])

    def _insert(self, section: tree.Section, wish: Wish) -> None:
        line = '%s = %s' % (wish.name, quoted(wish.value, 'the value of %s' % wish.name))
        start, end = section.body
        if section is not self.tree and b'\n' not in self.data[start:end]:    # all of it on one line
            more = b', ' if self.data[start:end].strip() else b' '
            self._put(self.data[:start] + b' ' + line.encode('utf-8', 'surrogateescape') + more
                      + self.data[start:].lstrip(b' \t'))
            return
        comment = ['# ' + text for text in wish.comment.splitlines()]
        self._lines(section, [*comment, line], self._below_sample(section, wish.name))

    def _below_sample(self, section: tree.Section, name: str) -> int:
        """Behind the last comment of *section* itself that shows how to write *name*, or at its end."""
        start, end = section.body
        sample = re.compile(rb'^[ \t]*#[# \t]*' + name.encode() + rb'[ \t]*[:+]?=[^\n]*\n', re.M)
        inner = [item.span for item in section.sections]
        found = [match.end() for match in sample.finditer(self.data, start, end)
                 if not any(low <= match.start() < high for low, high in inner) and not self._goes_on(match.start())]
        return found[-1] if found else end

    def _goes_on(self, start: int) -> bool:
        """Whether the line before *start* ends with a backslash, so that what looks like a comment is none."""
        return self.data[:start].rstrip(b'\r\n').endswith(b'\\')

    def _lines(self, section: tree.Section, lines: t.Sequence[str], at: int) -> None:
        """Put *lines* into *section* at *at*, indented as what is in it."""
        end = newline(self.data)
        if at == section.body[1] and section is not self.tree:    # in front of the closing brace
            begin = self.data.rfind(b'\n', 0, at) + 1
            if self.data[begin:at].strip():    # something stands before it on its line
                self._put(self.data[:at] + end + self.data[at:])
                return self._lines(self._again(section), lines, self._again(section).body[1])
            at = begin
        elif at and self.data[at - 1:at] != b'\n':
            self.data += end
            at = len(self.data)
        indent = self._indent(section)
        text = b''.join(indent + line.encode('utf-8', 'surrogateescape') + end for line in lines)
        return self._put(self.data[:at] + text + self.data[at:])

    def _again(self, section: tree.Section) -> tree.Section:
        """*section* in the tree as it is now: it begins where it began."""
        todo = [self.tree]
        while todo:
            found = todo.pop()
            if found.span[0] == section.span[0] and found.name == section.name and found is not self.tree:
                return found
            todo += found.sections
        raise Unfit('line %d: the section %s cannot be read' % (section.line, section.name))

    def _indent(self, section: tree.Section) -> bytes:
        if section is self.tree:
            return b''
        for item in section.items:
            begin = self.data.rfind(b'\n', 0, item.span[0]) + 1
            if not self.data[begin:item.span[0]].strip():
                return self.data[begin:item.span[0]]
        begin = self.data.rfind(b'\n', 0, section.span[0]) + 1
        return re.match(rb'[ \t]*', self.data[begin:]).group() + b'\t'  # type: ignore[union-attr]


def edit(data: bytes, path: Path, wishes: t.Sequence[Wish]) -> tuple[bytes, list[Change]]:
    """*data* with *wishes* true in the section at *path*, and what was done."""
    names = [wish.name for wish in wishes]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Unfit('%s is asked for twice' % twice[0])
    editor = Editor(data)
    for wish in wishes:
        editor.set(path, wish)
    return editor.data, editor.changes


def secretive(name: str, *texts: str) -> bool:
    """Whether the key *name* holds a secret, or one of *texts* does.

    >>> secretive('private_key_password', 'x'), secretive('radius_db', 'host=x password=y'), secretive('port', '1')
    (True, True, False)
    """
    return bool(_SECRET.search(name) or any(_INSIDE.search(text.encode('utf-8', 'replace')) for text in texts))


def masked(data: bytes) -> str:
    """The text of *data* without secrets: values of keys that are called so, and comments beside them or about them."""
    try:
        root = tree.read(data)
    except Unfit:
        return ''.join('%s\n' % STARS for _line in data.splitlines())
    places: list[tuple[int, int]] = []
    todo = [root]
    while todo:
        section = todo.pop()
        places += [item.place for item in section.pairs if item.place != (0, 0) and (
            _SECRET.search(item.name) or _INSIDE.search(data[slice(*item.place)]))]
        todo += section.sections
    for start, end in sorted(places, reverse=True):
        data = data[:start] + STARS.encode() + re.sub(rb'\A([ \t]*#)[^\n]+', rb'\1 ' + STARS.encode(), data[end:])
    return _TOLD.sub(r'\1 ' + STARS, data.decode('utf-8', 'replace'))
