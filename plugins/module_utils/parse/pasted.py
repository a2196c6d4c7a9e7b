# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
r"""What terminals, forums and mail do to a log, undone: joined records, wrapped lines, decorations, month names.

Samples::

    ... pptpd[9]: CTRL: Starting call Jan  5 12:00:00 vpn pppd[10]: Modem hangup     (two records on one line)
    ... pptpd[9]: GRE: read(fd=6) from PTY \n failed: status = -1                    (one record on two)
    [B]... **LCP: timeout sending Config-Requests**[/B]                             (bold, in two ways)
"""

from __future__ import annotations

import re
import typing as t

DECORATION = r'\[/?(?:B|I|U|S|COLOR|SIZE|FONT|QUOTE|CODE|PHP|HTML|EMAIL|URL|LIST)(?:=[^]\s]{0,99})?\]'
_DECORATED = re.compile(r'(?i)' + DECORATION + r'|^[*_`]{2,}|[*_`]{2,}\s*$')
_ENTITIES = {'&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&nbsp;': ' ', '&amp;': '&'}
_ENTITY = re.compile('|'.join(_ENTITIES))
_AGAIN = re.compile(   # where a second record may begin
    r'(?:(?:[^\W\d_]{3,5} +\d{1,2} +\d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT[\d:.+Z-]{8,24}) +\S+ +)?'
    r'(?<![\w/-])(?:pppd|pptpd|pptpctrl|pptp|NetworkManager)\[\d+\]: ')
_TRACE = re.compile(r'(?:^|: )(?:sent|rcvd) \[[^]]*$')
_HEADED = re.compile(r'.{0,99}?[\w.-]\[\d+\]: ')
_ANEW = re.compile(r'.{0,60}?(?:\w\[\d+\]|\d\d:\d\d)')
# month names of other languages by their first letters, January first
_NAMES = """jan ene gen sty led янв oca січ urt
feb fev fév lut úno фев şub лют
mar mär mrt bře мар бер maa
apr abr avr ápr kwi dub апр nis кві
may mai mag maj máj kvě май мая тра mei
jun juin giu jún cze čen июн haz чер
jul juil lug júl lip čec čvc июл tem лип
aug ago aoû août sie srp авг ağu сер
sep set szep wrz zář сен eyl вер
oct okt ott out paź říj окт eki жов
nov lis ноя kas
dec dez dic déc gru pro дек ara гру"""
_MONTHS = {name: number for number, row in enumerate(_NAMES.split('\n'), 1) for name in row.split()}


def month_number(name: str) -> int:
    """The number of a printed month, in English or as other locales abbreviate it; 0 where nobody prints that."""
    if name[:2].strip('月').isdigit():
        return int(name[:2].strip('月'))
    name = name.lower().rstrip('.')
    return _MONTHS.get(name[:4]) or _MONTHS.get(name[:3], 0)


def undecorated(text: str) -> str:
    """*text* without forum and Markdown marks around it, HTML entities resolved."""
    if '&' in text:
        text = _ENTITY.sub(lambda found: _ENTITIES[found.group()], text)
    return _DECORATED.sub('', text) if text[:1] in '[*_`' or text[-1:] in ']*_`' else text


def records(text: str) -> list[str]:
    """The log records that stand on one line, mostly one."""
    if text.count(']: ') < 2:
        return [text]
    head = _HEADED.match(text)
    starts = [found.start() for found in _AGAIN.finditer(text, head.end())] if head else []
    return [text[begin:end] for begin, end in zip([0] + starts, starts + [None])]


def unwrapped(lines: t.Iterable[bytes], known: t.Callable[[str], bool]) -> t.Iterator[list[str]]:
    """For each of *lines* the records that begin on it. A line without a head that nobody prints (*known*) continues
    the record before it, where that had a head or is a packet without its end."""
    held: list[str] = []
    waiting = 0   # lines swallowed: empty lists keep the numbers of lines true
    for raw in lines:
        text = raw.decode('utf-8', 'surrogateescape')
        if held and waiting < 3 and _continues(held[-1], text, known):
            held[-1] = _joined(held[-1], text)
            waiting += 1
            continue
        if held:
            yield held
        for _line in range(waiting):
            yield []
        held, waiting = records(text) or [''], 0
    yield from [held] if held else []
    yield from [[]] * waiting


def _continues(before: str, text: str, known: t.Callable[[str], bool]) -> bool:
    if not text.strip() or len(before) > 1000 or text[:1] in '{<$#':
        return False
    if _TRACE.search(before):
        return text[:6] not in ('sent [', 'rcvd [') and not _HEADED.match(text)
    return len(before) > 60 and bool(_HEADED.match(before)) and not _ANEW.match(text) and not known(text)


def _joined(before: str, text: str) -> str:
    """Forums wrap between words and eat the blank; terminals wrap anywhere."""
    blank = '' if before.endswith(' ') or (len(before) % 80 == 0 and before[-1:].isalnum()) else ' '
    return before.rstrip('\r\n') + blank + text.strip()
