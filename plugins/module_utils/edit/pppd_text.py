# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A file of pppd options changed: set, removed, commented out; everything else byte for byte as it was.

Sample: setting ``require-mppe-128`` and ``mtu`` to ``1400`` in ``nomppe`` / ``mtu 1500 mru 1500`` makes ``mtu 1400
mru 1500`` / ``require-mppe-128``.
"""

from __future__ import annotations

import posixpath
import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import pppd_conflicts, pppd_items as items
from ansible_collections.vpnops.pptp.plugins.module_utils.edit.words import BOM, Unfit, closed, newline, quoted, split
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import masking, option_table as table, words as w
from ansible_collections.vpnops.pptp.plugins.module_utils.parse.pppd_options import bad_value

# Options of which each occurrence counts (auth.c, options.c, ipcp.c): those that are replaced as a whole, and the
# most there may be of them, and those that are added to.
WHOLE = {'ms-dns': 2, 'ms-wins': 2}
MANY = frozenset(('plugin', 'file', 'call', 'set', 'unset', 'allow-ip', 'allow-number', 'avpair'))
#: Bare words, by what they mean.
BARE = {'addresses': re.compile(r'[\w.-]*:[\w.-]*\Z'), 'speed': re.compile(r'[1-9]\d*\Z'),
        'device': re.compile(r'/dev/\S+\Z')}
_LOGGED = ('password', 'srp-pn-secret')


class Wish(t.NamedTuple):
    """An option that is wanted, with its *values* (one, but for :data:`WHOLE` and :data:`MANY`), or not: then with
    no values all of its occurrences are meant."""

    name: str
    values: t.Sequence[str] = ()
    present: bool = True


class Change(t.NamedTuple):
    """What was done (added, changed, moved, removed, disabled, conflict, bom) to which option on which line of the
    file as it was then (0: a new one), and *why* for a conflict."""

    action: str
    name: str
    line: int
    why: str = ''


def canonical(name: str) -> str:
    """The name under which pppd's table has *name*."""
    option = table.find(name)
    return option.name if option else name


def check(wish: Wish, foreign: bool = False) -> None:
    """:class:`Unfit` where pppd would refuse the option. *foreign*: a plugin that may define any option is loaded."""
    option, name = table.find(wish.name), wish.name
    if option is None and name not in BARE and not (foreign and re.match(r'[A-Za-z][\w.+-]*\Z', name)):
        if wish.present:
            other = ', it is a word of another one' if name in table.FOREIGN else ''
            raise Unfit('pppd knows no option %s%s' % (name[:60], other))
        return
    if not wish.present:
        return
    if name in BARE and option is None and (len(wish.values) != 1 or not BARE[name].match(wish.values[0])):
        raise Unfit('%s needs one value, such as %s' % (
            name, {'addresses': '10.0.0.1:', 'speed': '115200', 'device': '/dev/ttyS0'}[name]))
    if option is not None:
        _check_values(option, wish)
    for value in wish.values:
        quoted(value, 'the value of %s' % name)


def _check_values(option: table.Option, wish: Wish) -> None:
    most = WHOLE.get(option.name, 1 << 16 if option.name in MANY else option.args)
    if option.args and not wish.values:
        raise Unfit('%s needs a value' % wish.name)
    if len(wish.values) > most:
        raise Unfit('%s takes %s' % (wish.name, 'at most %d values' % most if most else 'no value'))
    if option.name in _LOGGED:
        raise Unfit('%s is a secret, which would stand in logs; it belongs into a secrets file' % wish.name)
    for value in wish.values:
        why = bad_value(option, value)
        if why:
            raise Unfit('%s %s' % (wish.name, why))


class Options:
    """An options file being changed: its *data*, and in *changes* what was done."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.changes: list[Change] = []
        self.unmark()

    def _note(self, action: str, name: str, line: int, why: str = '') -> None:
        self.changes.append(Change(action, name, line, why))

    def unmark(self) -> None:
        """Take away a byte order mark, which pppd takes for a part of the first word."""
        while self.data.startswith(BOM):
            self.data = self.data[len(BOM):]
            self._note('bom', '', 1)

    def of(self, name: str) -> list[items.Item]:
        """The occurrences of the option *name*, or of a word that pppd does not know."""
        return [item for item in items.read(self.data) if item.name == name
                or item.name == items.UNKNOWN and item.words[0].value == name]

    def disable(self, text: str, wishes: t.Sequence[Wish] = ()) -> None:
        """Comment out every option that begins with the words of *text*, but for what *wishes* ask for."""
        wanted = [word.value for word in w.words(text)]
        if not wanted:
            raise Unfit('a word to be disabled is empty')
        found = self._beginning(wanted, wishes)
        while found:
            self._note('disabled', wanted[0], found[0].line)
            self.data = items.commented(self.data, found[0])
            found = self._beginning(wanted, wishes)

    def _beginning(self, wanted: list[str], wishes: t.Sequence[Wish]) -> list[items.Item]:
        return [item for item in items.read(self.data)
                if [word.value for word in item.words[:len(wanted)]] == wanted
                and not any(wish.present and _fulfils(item, wish) for wish in wishes)]

    def absent(self, wish: Wish) -> None:
        """Remove the option, with the values of *wish* if it has any."""
        self._cut(lambda item: not wish.values or any(_same(item, value, '/' in value) for value in wish.values),
                  canonical(wish.name))

    def _cut(self, which: t.Callable[[items.Item], bool], name: str, action: str = 'removed', why: str = '') -> None:
        for item in reversed([item for item in self.of(name) if which(item)]):
            self._note(action, name, item.line, why)
            self.data = items.cut(self.data, item)

    def present(self, wish: Wish) -> None:
        """Set the option; what cannot stand beside it goes."""
        name = canonical(wish.name)
        for other, why in pppd_conflicts.against(name).items():
            self._cut(lambda item: True, other, 'conflict', why)
        if name in WHOLE:
            self._whole(name, wish.values)
        elif name in MANY:
            for value in wish.values:
                found = [item for item in self.of(name) if _same(item, value, name != 'plugin')]
                self._change(found[0], value) if found else self._add(name, quoted(value))
        elif not self.of(name):
            self._add(name, *map(quoted, wish.values))
        elif wish.values:
            self._change(self.of(name)[-1], wish.values[0])

    def _whole(self, name: str, values: t.Sequence[str]) -> None:
        for index, value in enumerate(values):
            found = self.of(name)
            if index < len(found):
                self._change(found[index], value)
            else:
                self._add(name, quoted(value))
        for item in reversed(self.of(name)[len(values):]):
            self._note('removed', name, item.line)
            self.data = items.cut(self.data, item)

    def _change(self, item: items.Item, value: str) -> None:
        if item.args != (w.encode(value),):
            self._note('changed', item.name, item.line)
            self.data = items.with_argument(self.data, item, quoted(value))

    def _add(self, name: str, *values: bytes) -> None:
        self._note('added', name, 0)
        bare = name in BARE and table.find(name) is None
        self._append(b' '.join(values if bare else (w.encode(name), *values)))

    def unfinished(self) -> items.Item | None:
        """The last option, if it lacks its value: it would take what is written behind it."""
        last = next(reversed(items.read(self.data)), None)
        option = table.find(last.words[0].value) if last else None
        return last if last and option and len(last.args) < option.args else None

    def _append(self, text: bytes) -> None:
        last = self.unfinished()
        if last:
            raise Unfit('line %d: %s has no value, and would take what is written behind it' % (last.line, last.name))
        data = closed(self.data)
        self.data = data + text + newline(data)

    def order(self, wish: Wish) -> None:
        """Have a plugin of *wish* stand before the options that it defines, and an option of *wish* behind its
        plugin."""
        option, name = table.find(wish.name), canonical(wish.name)
        loads = [item for item in self.of('plugin') if option and option.plugin and _group(item) == option.plugin]
        found = self.of(name) if loads else []
        early = [item for item in found if item.start < loads[0].start]
        kept = early if name in MANY else early[len(found) - 1:]   # one that is early and not the last has no effect
        texts = [b' '.join(self.data[word.start:word.end] for word in item.words) for item in kept]
        for item in reversed(early):
            self._note('moved' if item in kept else 'removed', name, item.line)
            self.data = items.cut(self.data, item)
        for text in texts:
            self._append(text)
        for value in wish.values if canonical(wish.name) == 'plugin' else ():
            self._order_plugin(w.encode(value))

    def _order_plugin(self, value: bytes) -> None:
        load = next(item for item in self.of('plugin') if item.args == (value,))
        options = ((item, table.find(item.words[0].value)) for item in items.read(self.data))
        needs = next((item for item, option in options if option and option.plugin == _group(load) != ''), None)
        if needs is not None and needs.start < load.start:
            self._note('moved', 'plugin', load.line)
            text = b' '.join(self.data[word.start:word.end] for word in load.words) + newline(self.data)
            at = items.touched(split(self.data), needs)[0].start
            self.data = items.cut(self.data, load)
            self.data = self.data[:at] + text + self.data[at:]


def _fulfils(item: items.Item, wish: Wish) -> bool:
    return item.name == canonical(wish.name) \
        and (not wish.values or any(_same(item, each, True) for each in wish.values))


def _same(item: items.Item, value: str, exactly: bool) -> bool:
    """Whether *value* is the argument of *item*, or, unless *exactly*, the plugin of that name."""
    if exactly or item.name != 'plugin' or not item.args:
        return w.encode(value) in item.args
    return posixpath.basename(w.encode(value)) == posixpath.basename(item.args[0])


def _group(item: items.Item) -> str | None:
    """The options that a plugin defines, ``None`` where it may be any."""
    stem = posixpath.basename(item.args[0].decode('utf-8', 'replace') if item.args else '').split('.so')[0]
    return table.PLUGINS.get(stem)


def edit(data: bytes, wishes: t.Sequence[Wish], disable: t.Iterable[str] = ()) -> Options:
    """The file *data* with *wishes* true, and the options that begin with one of *disable* commented out."""
    options = Options(data)
    foreign = any(_group(item) is None for item in options.of('plugin'))
    present = [canonical(wish.name) for wish in wishes if wish.present]
    for wish in wishes:
        check(wish, foreign)
        others = sorted(set(pppd_conflicts.against(canonical(wish.name))) & set(present)) if wish.present else []
        if others:
            raise Unfit('%s and %s exclude each other' % (wish.name, others[0]))
    _distinct(wishes)
    for text in disable:
        options.disable(text, wishes)
    last = options.unfinished()
    for wish in sorted(wishes, key=lambda each: (each.present, last is None or canonical(each.name) != last.name)):
        (options.present if wish.present else options.absent)(wish)
    for wish in filter(lambda each: each.present, wishes):
        options.order(wish)
    options.unmark()
    return options


def _distinct(wishes: t.Sequence[Wish]) -> None:
    """:class:`Unfit` where two of *wishes* are about the same option."""
    wanted: dict[str, set[str]] = {}
    for wish in (wish for wish in wishes if wish.present):
        name = canonical(wish.name)
        if name in wanted and name not in MANY:
            raise Unfit('%s is asked for twice' % wish.name)
        wanted.setdefault(name, set()).update(wish.values)
    for wish in (wish for wish in wishes if not wish.present):
        both = wanted.get(canonical(wish.name))
        if both is not None and (not wish.values or both.intersection(wish.values)):
            raise Unfit('%s is asked for twice' % wish.name)


def orphans(data: bytes, wishes: t.Iterable[Wish]) -> list[str]:
    """Warnings: options of *wishes* whose plugin is not loaded in the file."""
    groups = {_group(item) for item in Options(data).of('plugin')}
    wanted = [(wish.name, table.find(wish.name)) for wish in wishes if wish.present]
    return ['%s is an option of the plugin %s.so, which the file does not load' % (name, option.plugin)
            for name, option in wanted if option and option.plugin and not groups & {option.plugin, None}]


def states(before: bytes, options: Options) -> tuple[str, str]:
    """Both states of the file without secrets and comments, but for the first word of what was commented out."""
    disabled = {w.encode(change.name) for change in options.changes if change.action == 'disabled'}
    lines = _masked(options.data).split('\n')
    for number, line in enumerate(options.data.split(b'\n')):
        words = line.split(None, 2)
        if words[:1] == [b'#'] and words[1:] and words[1] in disabled:
            lines[number] = '# ' + w.decode(words[1])
    return _masked(before), '\n'.join(lines)


def _masked(data: bytes) -> str:
    return masking.mask_options(data.decode('utf-8', 'surrogateescape')).encode('utf-8', 'replace').decode('utf-8')
