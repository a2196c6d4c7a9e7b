# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""All facts of a host in one pass: which subject is collected by what, in which order.

    gather(unpack(recording), ['pppd', '!logs'])  ->  {'pptp_pppd': {...}}

One collector that fails costs its own subject only. What comes out is plain JSON: no bytes,
no lone surrogates, at most :data:`LIMIT` bytes; what was cut for that says so in ``evidence``.
"""

from __future__ import annotations

import json
import os
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.collect import (
    addressing,
    conntrack,
    daemon,
    firewall,
    freeradius,
    identity,
    kernel,
    logs,
    pppd,
    pptpd,
    radius,
    secrets,
    winbind,
)
from ansible_collections.vpnops.pptp.plugins.module_utils.host import Host

LIMIT = 64 * 1024   # bytes of JSON: facts go into variables and reports
PREFIX = 'pptp_'

Facts = t.Dict[str, t.Any]
Need = t.Callable[[str], Facts]


def _logs(host: Host, need: Need, options: Facts) -> Facts:
    """The logs, and the file that pppd's option ``logfile`` names."""
    own = (need('pppd').get('effective') or {}).get('logfile')
    extra = (*options.get('extra', ()), own) if own else options.get('extra', ())
    return logs.collect(host, **dict(options, extra=extra))


# subject: what collects it, given the host, the facts of other subjects, and the options for the logs
_COLLECTORS: dict[str, t.Callable[[Host, Need, Facts], Facts]] = {
    'host': lambda host, need, options: identity.collect(host),
    'daemon': lambda host, need, options: daemon.collect(host),
    'kernel': lambda host, need, options: kernel.collect(host, need('host').get('kernel')),
    'conf': lambda host, need, options: pptpd.collect(host),
    'pppd': lambda host, need, options: pppd.collect(host, need('conf')),
    'secrets': lambda host, need, options: secrets.collect(host, need('pppd')),
    'firewall': lambda host, need, options: firewall.collect(
        host, firewall.Asked(**options), need('radius'), need('host').get('role'), need('freeradius')),
    'conntrack': lambda host, need, options: conntrack.collect(host, need('firewall'), need('host').get('kernel')),
    'addressing': lambda host, need, options: addressing.collect(host),
    'radius': lambda host, need, options: radius.collect(host, need('pppd')),
    'logs': _logs,
    'freeradius': lambda host, need, options: freeradius.collect(host, need('logs')),
    'winbind': lambda host, need, options: winbind.collect(host, need('pppd'), need('freeradius')),
}
SUBJECTS = tuple(_COLLECTORS)


class SubsetError(Exception):
    """``gather_subset`` names a subject that does not exist; the message lists those that do."""


def select(subset: t.Sequence[str]) -> list[str]:
    """The subjects that *subset* names, in collecting order: ``all``, names, ``!name``; only negations mean all but."""
    words = [word.strip() for word in subset if word.strip()] or ['all']
    unknown = sorted({word.lstrip('!') for word in words} - set(SUBJECTS) - {'all'})
    if unknown:
        raise SubsetError('unknown subject %s; there are: all, %s' % (', '.join(unknown), ', '.join(SUBJECTS)))
    wanted = {word for word in words if word[0] != '!'}
    if 'all' in wanted or not wanted:
        wanted = set(SUBJECTS)
    refused = {word[1:] for word in words if word[0] == '!'}
    return [name for name in SUBJECTS if name in wanted and name not in refused and 'all' not in refused]


def gather(host: Host, subset: t.Sequence[str] = ('all',), log_options: Facts | None = None,
           clients: Facts | None = None) -> Facts:
    """``{'pptp_<subject>': facts}`` of the subjects that *subset* selects; raises :class:`SubsetError` only.

    *log_options* are the keyword arguments of ``logs.collect``, *clients* those of ``firewall.Asked``. Subjects
    that others build on are collected when needed, and returned only when asked for.
    """
    wanted = select(subset)
    seen: dict[str, Facts] = {}
    options = {'logs': log_options or {}, 'firewall': clients or {}}

    def need(name: str) -> Facts:
        if name not in seen:
            seen[name] = _guarded(name, host, need, options.get(name, {}))
        return seen[name]

    return fit({PREFIX + name: plain(need(name)) for name in wanted})


def log_options(params: t.Mapping[str, t.Any], whole: bool = False) -> Facts:
    """The keyword arguments of ``logs.collect`` from module parameters as in ``recorder.LOG_ARGUMENTS``.

    *whole*: the host is a recording, whose logs were cut to what matters when it was made.
    """
    full = bool(params['full_logs'])
    return {'full': full or whole, 'extra': tuple(params['log_paths']),
            'budget_seconds': float(params['log_seconds'] or (60 if full else 4))}


def _guarded(name: str, host: Host, need: Need, options: Facts) -> Facts:
    """Facts of *name*, or what went wrong: the kind of error and the line; never its text, which may quote a file."""
    try:
        return _COLLECTORS[name](host, need, options)
    except Exception as error:  # pylint: disable=broad-except
        return {'evidence': {'failed': [[name, _where(error)]]}}


def _where(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    return '%s in %s:%d' % (type(error).__name__, os.path.basename(trace.tb_frame.f_code.co_filename), trace.tb_lineno)


def plain(value: t.Any) -> t.Any:
    """*value* as JSON types only: tuples as lists, sets sorted, lone surrogates and bytes replaced."""
    if isinstance(value, str):
        return value if value.isascii() else value.encode('utf-8', 'replace').decode('utf-8', 'replace')
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if abs(value) < 1e300 else None
    if isinstance(value, dict):
        return {plain(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(plain(item) for item in value)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, bytes):
        return value.decode('utf-8', 'replace')
    return str(value)


def size(value: t.Any) -> int:
    """Bytes of *value* as the JSON that Ansible sends (ASCII only)."""
    return len(json.dumps(value))


def fit(facts: Facts, limit: int = LIMIT) -> Facts:
    """*facts*, the longest values halved until all fit into *limit* bytes; each cut is named in its ``evidence``."""
    while size(facts) > limit:
        subject, key = max(((subject, key) for subject, values in facts.items() for key in values),
                           key=lambda pair: size(facts[pair[0]][pair[1]]))
        before = size(facts[subject][key])
        if before <= 4:
            break
        facts[subject][key] = _halve(facts[subject][key], newest=key == 'sessions')
        evidence = facts[subject].setdefault('evidence', {})
        cut = [entry for entry in evidence.get('truncated', []) if not _is_cut(entry, key)]
        evidence['truncated'] = cut + [[_cut_name(key), 'cut to fit %d bytes' % limit]]
        if size(facts[subject][key]) >= before:
            facts[subject][key] = {} if key == 'evidence' else None
    return facts


def _cut_name(key: str) -> str:
    return 'facts.' + key


def _is_cut(entry: t.Any, key: str) -> bool:
    return isinstance(entry, list) and entry[:1] == [_cut_name(key)]


def _halve(value: t.Any, newest: bool = False) -> t.Any:
    """The first (or *newest*: last) half of *value*; a container of one is halved inside."""
    if isinstance(value, str):
        return value[:len(value) // 2]
    if isinstance(value, list):
        half = len(value) // 2
        return (value[-half:] if newest else value[:half]) if half else [_halve(item) for item in value]
    if isinstance(value, dict):
        largest = max(value, key=lambda key: size(value[key]), default=None)
        if largest is not None and size(value[largest]) * 2 > size(value):
            return {key: _halve(item) if key == largest else item for key, item in value.items()}
        return dict(list(value.items())[:max(1, len(value) // 2)])
    return None
