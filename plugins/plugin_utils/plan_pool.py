# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Planners of the stage address: lists of addresses of pptpd.conf, read where they have one meaning, written anew."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils import pools
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_options import UNDO
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_step import LOW, SESSIONS, Answer, Case
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_words import handed

LISTS = ('localip', 'remoteip')
Range = tuple[int, int]
_ITEM = re.compile(r'(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:-(?:(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.)?(\d{1,3}))?')
_MOST = 32      # items of a list that is still written anew


def reading(facts: Facts, name: str) -> str | None:
    """The list *name* of pptpd.conf as it was meant, in pptpd's own spelling; ``None`` where it has no single meaning.

    Spaces go, a range that runs backwards runs forwards, and ``10.9.0.5-10.9.0.9`` becomes ``10.9.0.5-9``.
    """
    spec = (facts.items('pptp_conf', 'directives', name) or [''])[0]
    ranges = parsed(spec) if isinstance(spec, str) else None
    return written(ranges) if ranges else None


def parsed(spec: str) -> list[Range] | None:
    """The ranges of *spec*, or ``None`` where one item has no single meaning."""
    found: list[Range] = []
    for item in re.split(r'[\s,]+', re.sub(r'\s*-\s*', '-', spec.strip().strip(','))):
        match = _ITEM.fullmatch(item)
        if match is None:
            return None
        octets = [int(part) if part else None for part in match.groups()]
        head, last = [int(part or 0) for part in octets[:4]], octets[7]
        other = [head[index] if octets[4] is None else int(octets[4 + index] or 0) for index in range(3)]
        if any(part > 255 for part in [*head, *other, last or 0]) or other != head[:3]:
            return None
        first, end = _number(head), _number([*head[:3], head[3] if last is None else last])
        found.append((min(first, end), max(first, end)))
    return found if len(found) <= _MOST else None


def written(ranges: t.Sequence[Range]) -> str:
    """*ranges* as pptpd reads them: one range stays within the last octet (pptpd.conf(5))."""
    items = []
    for first, last in ranges:
        while first <= last:
            end = min(last, first | 255)
            items.append(_dotted(first) + ('-%d' % (end & 255) if end > first else ''))
            first = end + 1
    return ','.join(items)


def _number(octets: t.Sequence[int]) -> int:
    return sum(octet << shift for octet, shift in zip(octets, (24, 16, 8, 0), strict=True))


def _dotted(number: int) -> str:
    return '.'.join(str(number >> shift & 255) for shift in (24, 16, 8, 0))


def spec_size(facts: Facts) -> int | None:
    """How many addresses remoteip has as it is written, and not only as many as there are connections."""
    spec = (facts.items('pptp_conf', 'directives', 'remoteip') or [''])[0]
    ranges = parsed(spec) if isinstance(spec, str) else None
    return sum(last - first + 1 for first, last in ranges) if ranges else None


def _risk(facts: Facts) -> str:
    return LOW if facts.flag('pptp_daemon', 'running') is False else SESSIONS


def _server(case: Case, **variables: t.Any) -> list[Answer]:
    named = {'pptp_server_' + name: value for name, value in variables.items()}
    return [case.step('pptp_server', named, _risk(case.facts), UNDO)]


def _given(case: Case) -> dict[str, str]:
    return {name: str(case.choices.given['pptp_server_' + name]) for name in LISTS
            if case.choices.given.get('pptp_server_' + name)}


def conflict(case: Case) -> list[Answer]:
    """The pool without addresses that are taken, and with each once."""
    given = _given(case)
    if 'remoteip' in given:
        return _server(case, **given)
    spec = (case.facts.items('pptp_conf', 'directives', 'remoteip') or [''])[0]
    ranges = parsed(spec) if isinstance(spec, str) else None
    local = pools.pool(case.facts, 'localip')
    if not ranges:
        return [handed(case)]
    taken = {int(item.ip) for _name, item in pools.interfaces(case.facts) or []}
    taken |= {int(item) for item in local} if local is not None and len(local) <= 256 else set()
    free = sorted({number for first, last in ranges for number in range(first, min(last, first + 4095) + 1)} - taken)
    if not free:
        return [handed(case)]
    return _server(case, remoteip=written(_runs(free)))


def _runs(numbers: t.Sequence[int]) -> list[Range]:
    found: list[Range] = []
    for number in numbers:
        if found and found[-1][1] + 1 == number:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def assigned(case: Case) -> list[Answer]:
    """Addresses of the inventory, or those that stand in the file beside `delegate`."""
    given = _given(case)
    there = {name: reading(case.facts, name) for name in LISTS}
    delegate = bool(case.facts.get('pptp_conf', 'directives', 'delegate'))
    values = {name: given.get(name) or there[name] for name in LISTS}
    if not all(values.values()):
        return [handed(case)]
    return _server(case, **given, **({'delegate': False} if delegate else {}))


def other(case: Case) -> list[Answer]:
    """Addresses of the inventory: which are free, no evidence tells."""
    given = _given(case)
    now = {name: reading(case.facts, name) for name in LISTS}
    changes = {name: value for name, value in given.items() if value != now[name]}
    return _server(case, **changes) if changes else [handed(case)]
