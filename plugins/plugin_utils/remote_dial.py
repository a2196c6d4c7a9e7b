# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What was dialled, and what a witness saw meanwhile, as facts of the host that was dialled (docs/facts.md).

Both hold words of servers and strangers: they are bounded here, never templated, and escaped where they are shown.
"""

from __future__ import annotations

import json
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.subjects import fit, plain
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import listed
from ansible_collections.vpnops.pptp.plugins.plugin_utils.run import one_line

DIAL, WITNESS = 'pptp_dial', 'pptp_witness'
ARGUMENTS: dict[str, t.Any] = {
    'dials': {'type': 'list', 'elements': 'dict', 'default': []},
    'witness': {'type': 'dict', 'default': {}},
}
OUTCOMES = ('ok', 'failed', 'unknown')
NOT_TRIED = 'not-tried'     # why of a dial of which there is no result
LOOP = 'pptp_dialler'       # loop_var of playbooks/tasks/dial.yml
LIMIT = 16 * 1024           # bytes of each of the two
MOST = 8                    # hosts that dial, and rows of each
_TEXT, _ITEMS, _DEPTH = 200, 64, 8
_LONG = 2000                # letters of a reason, what Ansible says before it among them
_KEYS = ('from', 'outcome', 'step', 'why', 'words', 'detail', 'user', 'server', 'address', 'reason', 'logins',
         'methods', 'path', 'dials')
_ROW = ('mode', 'outcome', 'step', 'why', 'words', 'detail', 'name', 'source', 'times', 'seen')
_SEEN = ('complete', 'why', 'seconds', 'dropped', 'flows', 'counters')
Values = dict[str, t.Any]


def add(facts: Values, params: t.Mapping[str, t.Any]) -> Values:
    """*facts* with those of *params* (as in :data:`ARGUMENTS`, and ``login_user``: whose account it was where a dial
    does not say so); a dial that was skipped leaves nothing."""
    found = dict(facts)
    account = {'user': params['login_user']} if params.get('login_user') else {}
    dials = [_dial({**account, **item}) for item in params.get('dials') or ()
             if isinstance(item, dict) and not _skipped(item)]
    if dials:
        untried = [[row['from'], row.get('detail') or NOT_TRIED] for row in dials if row.get('why') == NOT_TRIED]
        ok = [row['from'] for row in dials if row.get('why') != NOT_TRIED]
        found[DIAL] = _fitted(DIAL, {'dials': dials[:MOST], 'evidence': _evidence(ok, untried)})
    if params.get('witness'):
        found[WITNESS] = _witness(params['witness'])
    return found


def _skipped(item: Values) -> bool:
    return item.get('outcome') == 'skipped' or bool(item.get('skipped')) and item.get('outcome') not in OUTCOMES


def _dial(item: Values) -> Values:
    """One host's dial. A result without an outcome says that it could not be tried, and why."""
    given = _pure(item)
    row = {'from': _name(item), **{key: given[key] for key in _KEYS[1:] if key in given}}
    if row.get('outcome') not in OUTCOMES:
        reason = item.get('msg')
        detail = one_line(Exception(reason[:_LONG])) if isinstance(reason, str) and reason.strip() else ''
        return {'from': row['from'], 'outcome': 'unknown', 'step': '', 'why': NOT_TRIED, 'words': '',
                'detail': _pure({'detail': detail})['detail'], 'dials': []}
    rows = item.get('dials')
    return dict(row, dials=_rows(rows if isinstance(rows, list) else []))


def _name(given: Values) -> str:
    """Who dialled: as the loop of the playbooks names it, which the host that dials cannot change, or as the caller
    does."""
    name = given.get(LOOP, given.get('from'))
    pure = _pure({'from': name})['from']
    return 'controller' if pure == 'localhost' else pure if isinstance(pure, str) else ''


def _rows(rows: list[t.Any]) -> list[Values]:
    """The first of each kind, then others, at most :data:`MOST`, in their order."""
    known = [(number, row) for number, row in enumerate(rows) if isinstance(row, dict)]
    kinds: dict[tuple[str, ...], int] = {}
    for number, row in known:
        kinds.setdefault(tuple(str(row.get(key)) for key in _ROW[:4]), number)
    first = set(kinds.values())
    kept = sorted(sorted(known, key=lambda pair: (pair[0] not in first, pair[0]))[:MOST], key=lambda pair: pair[0])
    return [{key: value for key, value in _pure(row).items() if key in _ROW} for _number, row in kept]


def _witness(given: Values) -> Values:
    """What was seen, our own flows first; where some of it is left out, the rest no longer proves an absence."""
    flows = [row for row in listed(given.get('flows')) if isinstance(row, dict)]
    flows.sort(key=lambda row: not row.get('name'))
    pure = _pure({**given, 'flows': flows})
    seen = {key: pure[key] for key in _SEEN if key in pure}
    whole, why = seen.get('complete') is True, str(seen.get('why') or '')
    seen['evidence'] = _evidence(['gre_witness'], []) if whole else _evidence([], [['gre_witness', why]])
    found = _fitted(WITNESS, seen)
    whole_lists = {'flows': flows, 'counters': listed(given.get('counters'))}
    cut = [key for key, rows in whole_lists.items() if len(listed(found.get(key))) < len(rows)]
    if cut:
        found.update(complete=False, why=why or 'cut')
    if 'counters' in cut:       # of two rules that fit, the one that is left would look like the only one
        found['counters'] = []
    return found


def _evidence(ok: list[str], failed: list[list[str]]) -> Values:
    return {name: value for name, value in (('ok', ok), ('failed', failed)) if value}


def _fitted(name: str, values: Values) -> Values:
    return t.cast('Values', fit({name: values}, LIMIT)[name])


def _pure(value: Values) -> Values:
    """*value* as JSON gives it: no type of Ansible's, no text, list or depth without end."""
    return t.cast('Values', json.loads(json.dumps(plain(_bounded(value, _DEPTH)))))


def _bounded(value: t.Any, depth: int) -> t.Any:
    if isinstance(value, (str, bytes)):
        return value[:_TEXT]
    if isinstance(value, dict):
        pairs = list(value.items())[:_ITEMS] if depth else []
        return {str(key)[:_TEXT]: _bounded(item, depth - 1) for key, item in pairs}
    if isinstance(value, (list, tuple)):
        return [_bounded(item, depth - 1) for item in value[:_ITEMS]] if depth else []
    return value if value is None or isinstance(value, (bool, int, float)) else str(value)[:_TEXT]
