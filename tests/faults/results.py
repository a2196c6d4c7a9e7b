# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the runs found, one JSON file a fault, and docs/faults.md out of them."""

from __future__ import annotations

import hashlib
import json
import pathlib
import time
import typing as t

import yaml

from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import STAGES
from ansible_collections.vpnops.pptp.tests.faults.fault import HERE, LOGIN, NOTHING, PING, TRANSFER, Fault

Result = dict[str, t.Any]
PAGE = HERE.parents[1] / 'docs/faults.md'
BEGIN, END = '<!-- made by make faults-table -->', '<!-- end of the table -->'


def digest(fault: Fault) -> str:
    """What tells a result from one of an older file: a hash of the file and of what it is given."""
    own = HERE / (fault.name + '.yml')
    given = yaml.safe_load(own.read_text('utf-8')).get('given', [])
    files = [own, *(HERE / 'given' / (name + '.yml') for name in given)]
    return hashlib.sha256(b'\0'.join(path.read_bytes() for path in files)).hexdigest()[:16]


def write(folder: pathlib.Path, fault: Fault, result: Result) -> None:
    """Put *result* into *folder*."""
    full = dict(result, file=digest(fault), at=time.strftime('%Y-%m-%d', time.gmtime()))
    (folder / (fault.name + '.json')).write_text(json.dumps(full, indent=1, sort_keys=True) + '\n', 'utf-8')


def read(folder: pathlib.Path, fault: Fault) -> Result | None:
    """The result of *fault* in *folder*, ``None`` where there is none or it is of another file."""
    path = folder / (fault.name + '.json')
    found = json.loads(path.read_text('utf-8')) if path.is_file() else {}
    return found if found.get('file') == digest(fault) else None


def good(folder: pathlib.Path, known: t.Iterable[Fault]) -> set[str]:
    """The names of the *known* faults whose newest result in *folder* is a whole and good one."""
    found = ((fault.name, read(folder, fault)) for fault in known)
    return {name for name, result in found if result and result['outcome'] == 'ok'}


def table(known: t.Sequence[Fault], folder: pathlib.Path) -> str:
    """The table of docs/faults.md; raises :class:`KeyError` with the faults that lack a good result of their file."""
    found = {fault.name: read(folder, fault) for fault in known}
    bad = [name for name, result in found.items() if not result or result['outcome'] != 'ok']
    if bad:
        raise KeyError(', '.join(bad))
    rows = [_row(fault, found[fault.name] or {}) for fault in sorted(known, key=_order)]
    head = '| fault | at | what the client sees | named | what `remediate` does | then |\n|---|---|---|---|---|---|\n'
    return head + '\n'.join(rows) + '\n'


def _order(fault: Fault) -> tuple[t.Any, ...]:
    return fault.name.startswith('two-'), STAGES.index(fault.stage), fault.cause == 'none', fault.name


def _row(fault: Fault, result: Result) -> str:
    debian = ', on Debian 13' if fault.server == 'server13' and 'Debian 13' not in fault.title else ''
    name = '[%s](../tests/faults/%s.yml)%s' % (fault.title, fault.name, debian)
    return '| %s |' % ' | '.join([name, fault.place, _suffered(fault, result), _named(fault), _done(fault, result),
                                  _then(fault, result)])


def _suffered(fault: Fault, result: Result) -> str:
    if fault.fails == LOGIN:
        return 'no login, pppd exits with %s' % result['before']['exit']
    return {PING: 'a login, and no ping through it', TRANSFER: 'a login, and transfers that hang',
            NOTHING: 'all works'}[fault.fails]


def _named(fault: Fault) -> str:
    if fault.cause == 'none':
        return 'nothing'
    link = '[%s](causes/%s.md)' % (fault.cause, fault.cause)
    return link + (' (a warning)' if fault.result == 'warn' else '')


def _done(fault: Fault, result: Result) -> str:
    if not fault.remedy.fixes:
        words = (result.get('words') or [''])[0].replace('|', '\\|')
        return 'nothing' + (', and says: "%s"' % words if words else '')
    places = {'router': ' on the router', 'radius': ' on the RADIUS server', 'radius13': ' on the RADIUS server'}
    roles = dict.fromkeys('`%s`%s' % (step['role'], places.get(step['host'], '')) for step in result['steps'])
    given = ', '.join('`%s`' % name for name in fault.remedy.vars)
    return ', '.join(roles) + (' (given %s)' % given if given else '')


def _then(fault: Fault, result: Result) -> str:
    if not fault.remedy.fixes:
        return 'as before'
    after = result['after']
    return 'login, %s, ping, 10 MB; a second run changes nothing' % after['mppe']


def page(known: t.Sequence[Fault], folder: pathlib.Path) -> str:
    """docs/faults.md with the table of the results in *folder* between its marks."""
    text = PAGE.read_text('utf-8')
    head, mark, rest = text.partition(BEGIN)
    _old, end, tail = rest.partition(END)
    if not mark or not end:
        raise KeyError('%s has no %s or %s' % (PAGE.name, BEGIN, END))
    days = sorted({result['at'] for result in filter(None, (read(folder, fault) for fault in known))})
    said = 'Run of %s: %d faults.\n\n' % (' to '.join(dict.fromkeys((days[0], days[-1]))), len(known))
    return head + BEGIN + '\n' + said + table(known, folder) + END + tail
