# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Rules in the format of iptables-save(8): which of ours are missing, and the text with them in place.

One edit serves the kernel (as input of ``iptables-restore --noflush``) and the file that is loaded at boot. A rule
is ours by its comment, ``vpnops.pptp <owner>``; the rest of the text is never touched. Sample::

    *filter
    :INPUT DROP [12:960]
    -A INPUT -p 47 -m comment --comment "vpnops.pptp tunnel_firewall" -j ACCEPT
    -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
    COMMIT
"""

from __future__ import annotations

import re
import shlex
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import dropping

MARK = 'vpnops.pptp %s'
_ADDED = '# vpnops.pptp: added with its first rule, goes with its last'
_APPEND = re.compile(r'(?:\[\d+:\d+\] )?-A (\S+) (.*)')
_CHAIN = re.compile(r':(\S+) (\S+)')
_SAME = {'gre': '47'}   # where /etc/protocols is missing, 47 is all that iptables reads and writes
_Lines = t.List[str]


class Rule(t.NamedTuple):
    """A rule of *chain* in *table*; *where*: ``always``, or ``dropping`` for a chain that drops."""

    table: str
    chain: str
    spec: str
    where: str = 'always'


class Edit(t.NamedTuple):
    """The new *text*, and *commands*: the input of iptables-restore that does the same, ``''`` for no change."""

    text: str
    commands: str


def rules(owner: str, wanted: t.Iterable[t.Mapping[str, t.Any]], sources: t.Sequence[str]) -> list[Rule]:
    """Each wanted rule (``table chain match jump where peer``), once for each of *sources* where ``peer`` says which
    side of the packet they stand for (``s``, ``d``)."""
    comment = '-m comment --comment "%s"' % (MARK % owner)
    made = []
    for rule in wanted:
        for address in (sources if rule.get('peer') else None) or ('',):
            side = '-%s %s' % (rule['peer'], address) if address else ''
            words = (side, rule['match'], comment, '-j ' + rule['jump'])
            made.append(Rule(rule['table'], rule['chain'], ' '.join(filter(None, words)), rule['where']))
    return made


def edit(text: str, owner: str, wanted: t.Sequence[Rule]) -> Edit:
    """*text* with the rules of *owner* made those *wanted*: missing ones first in their chain, all others gone."""
    lines = text.split('\n')
    missing = list(dict.fromkeys(rule for rule in wanted if rule.where == 'always' or drops(lines, rule)))
    commands: dict[str, _Lines] = {}
    kept = []
    for table, line in _tabled(lines):
        found = _APPEND.match(line)
        if found and _is_mine(line, owner):
            same = [rule for rule in missing if (rule.table, rule.chain) == (table, found.group(1))
                    and _key(rule.spec) == _key(found.group(2))]
            if not same:
                commands.setdefault(table, []).append('-D %s %s' % found.groups())
                continue
            missing.remove(same[0])
        kept.append(line)
    for rule in reversed(missing):
        _insert(kept, rule)
        commands.setdefault(rule.table, []).append('-I %s 1 %s' % (rule.chain, rule.spec))
    batch = ''.join('*%s\n%s\nCOMMIT\n' % (table, '\n'.join(each)) for table, each in commands.items())
    return Edit('\n'.join(_without_empty(kept)), batch)


def idle(text: str, commands: str) -> list[str]:
    """The tables of *text*, as the kernel keeps them in nf_tables, that *commands* left without anything: no rule, no
    chain of anybody's, no policy but accept. The kernel makes a table for its first rule, and never takes it away."""
    if '(nf_tables)' not in text:
        return []
    used = {table for table, line in _tabled(text.split('\n'))
            if _APPEND.match(line) or _CHAIN.match(line) and line.split()[1] != 'ACCEPT'}
    touched = [line[1:] for line in commands.split('\n') if line.startswith('*')]
    return [table for table in touched if table not in used]


def _tabled(lines: t.Iterable[str]) -> t.Iterator[tuple[str, str]]:
    """Each line with the table it stands in (``''``: none)."""
    table = ''
    for line in lines:
        if line.startswith('*'):
            table = line[1:].strip()
        yield table, line
        if line.startswith('COMMIT'):
            table = ''


def owned(text: str, owner: str) -> bool:
    """Whether *text* has rules of *owner*."""
    return any(_is_mine(line, owner) for line in text.split('\n'))


def _is_mine(line: str, owner: str) -> bool:
    return '--comment "%s"' % (MARK % owner) in line


def _key(spec: str) -> list[str]:
    """*spec* in one spelling: protocols by number, single addresses with their mask."""
    try:
        words = shlex.split(spec)
    except ValueError:
        words = spec.split()
    return [word + '/32' if before in ('-s', '-d') and '/' not in word else _SAME.get(word, word)
            for before, word in zip([''] + words, words)]


def drops(lines: _Lines, rule: Rule) -> bool:
    """Whether the chain of *rule* drops, in the lines of iptables-save."""
    policies: dict[str, str] = {}
    specs: dict[str, _Lines] = {}
    for table, line in _tabled(lines):
        if table == rule.table:
            chain, found = _CHAIN.match(line), _APPEND.match(line)
            if chain:
                policies[chain.group(1)] = chain.group(2).lower()
            elif found:
                specs.setdefault(found.group(1), []).append(found.group(2))
    return dropping.drops({name: dropping.Chain(policies.get(name, ''), specs.get(name, ()))
                           for name in (*policies, *specs)}, rule.chain)


def _insert(lines: _Lines, rule: Rule) -> None:
    if '*' + rule.table not in (line.strip() for line in lines):
        end = len(lines) - (lines[-1] == '')
        lines[end:end] = [_ADDED, '*' + rule.table, 'COMMIT']
        if end == len(lines) - 3:
            lines.append('')
    place = len(lines)
    for number, (table, line) in enumerate(_tabled(lines)):
        if table == rule.table:
            found = _APPEND.match(line)
            if found and found.group(1) == rule.chain or line.startswith('COMMIT'):
                place = number
                break
            place = number + 1   # behind the last line of a table that nothing commits
    lines.insert(place, '-A %s %s' % (rule.chain, rule.spec))


def _without_empty(lines: _Lines) -> _Lines:
    """*lines* without the tables that were added here and hold nothing any more."""
    kept = list(lines)
    for number in range(len(kept) - 3, -1, -1):
        if kept[number] == _ADDED and kept[number + 2].startswith('COMMIT'):
            del kept[number:number + 3]
    return [] if kept == [''] else kept
