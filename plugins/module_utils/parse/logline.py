# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One log line into time, host, program, pid and message, whoever wrote it and however it was pasted.

Samples::

    Jan  5 12:00:00 vpn pppd[12]: Modem hangup                      (RFC 3164; also with <30>, without host, OpenWrt)
    2026-11-22T07:58:50.011929+00:00 vpn pptpd[101]: MGR: ...       (RFC 5424 times; journalctl -o short-iso)
    Sun Nov 22 07:58:50 2026 : Auth: (0) Login OK: [bob] (from client vpn port 0)
    {"MESSAGE": "Modem hangup", "SYSLOG_IDENTIFIER": "pppd", "_PID": "12", "__REALTIME_TIMESTAMP": "1763798330011929"}
    anon log[decaps_gre:pptp_gre.c:416]: accepting packet 1         (pptp on a terminal)
    rcvd [LCP ConfAck id=0x1 <mru 1400>]                            (pppd's logfile: neither time nor program)
"""

from __future__ import annotations

import calendar
import json
import re
import time as clock
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.parse.pasted import DECORATION, month_number, undecorated

PROGRAMS = {'pppd': 'pppd', 'pptpd': 'pptpd', 'pptpctrl': 'pptpd', 'pptp': 'pptp', 'kernel': 'kernel',
            'radiusd': 'radius', 'freeradius': 'radius', 'winbindd': 'winbind', 'accel-pppd': 'accel',
            'systemd': 'systemd', 'nm-pptp-service': 'nm', 'nm-pptp': 'nm', 'NetworkManager': 'nm', 'netifd': 'nm',
            'pptpd.service': ''}
LONGEST = 2000   # characters of a line that are looked at
_BYTES = tuple(range(256))
_FAST = re.compile(r'(\d{4}-\S{14,28}|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) (\S+) (pppd|pptpd|pptp)\[(\d+)\]: (.*)')
_LEAD = re.compile(r'(?i)(?:\x1b\[[\d;]*m|\^\[\[\w|\^[A-Z](?=[A-Z])|>+ ?|\s+|[*_`]{2,}|[\w.-]+ *\| |'
                   + DECORATION + r')*(?:<\d{1,3}>(1 )?)?')
_STAMP = re.compile(
    r'\[? *(?:(?:[A-Z][a-z]{2} )?(?P<y>\d{4})[-/](?P<m>\d\d)[-/](?P<d>\d\d)[T ](?P<t>\d\d:\d\d:\d\d)[.,\d]*'
    r'(?:Z|[+-]\d\d:?\d\d| [A-Z]{3,4}(?= ))?'
    r'|(?:[^\W\d_]{2,4}\.?,? )?(?P<b>[^\W\d_]{3,5}\.?|1?\d月) +(?P<e>\d{1,2}) +(?:(?P<y1>\d{4}) )?'
    r'(?P<t1>\d\d:\d\d:\d\d)[.\d]*'
    r'(?: (?P<y2>\d{4}))?|(?P<u>\d{1,10}\.\d{1,6}))(?:, +\d+)?(?P<end>\]:?)?\s*')
_LEVEL = r'(?:[a-z\d]+\.(?:info|notice|err|warn\w*|debug) )?'
_TAG = re.compile(_LEVEL + r'(?:([^\s:[]+) )?' + _LEVEL + r'([\w./+-]+)(?:\[(\d+)\])?: ?(.*)', re.S)
_TAG_5424 = re.compile(r'(\S+) (\S+) (\S+) \S+ (?:-|\[.*?\]) ?(.*)', re.S)
_PPTP = re.compile(r'\S+ +(?:log|warn|fatal|error|debug)\[[^]]*\]: ')
_SPEAKER = re.compile(r'(?:\S{1,40} \((\d{1,9})\): )?(?:/\S+/)?pppd: ')   # netifd: name (pid): /usr/sbin/pppd: ...
# a name and a pid, or a name in brackets, behind what no other pattern knows; nothing that another program says
_EMBEDDED = re.compile(r'(?:(?!\]: ).){0,60}?(?<![\w/.-])(?:(pppd|pptpd|pptpctrl|pptp)\[(\d{1,9})\]:? ?|'
                       r'\[(pppd|pptpd|pptp)\] )(.*)', re.S)
# pppd's own plugin for PPTP (OpenWrt, routers) has the call manager of pptp inside
_CALL_MANAGER = ('connect: ', 'Could not open control', 'Could not launch call', 'Call manager exited', 'PPTP: ',
                 'Client connection est', 'Outgoing call est')
_NAMELESS = ('kernel', 'NetworkManager', 'nm-pptp-service', 'netifd', 'systemd')   # log without a pid, too
_ECHO = re.compile(r'[\w.-]{1,40} \((\d{1,9})\): ')   # netifd: "vpn (123): ..."
_ACCEL = re.compile(r' *(?:info|warn|error|debug|emerg|msg)\d?: (?:[\w.-]*: )?')
_OURS = re.compile(r'pptp|PoPToP|pppd|VPN')
_RADIUS = re.compile(r'(?:: )?(?:[A-Za-z]+: )?(?:\(\d+\) +)?(?:[A-Za-z]+: )?(?:(?:Login incorrect|Invalid user) '
                     r'\((?!Home))?(?:(?:ERROR|WARNING|mschap|pap|chap|eap|expiration|rlm_\w+|FAILED): *)*')


class Line(t.NamedTuple):
    """*time* as printed, *epoch* the same as seconds of the host's wall clock; 0 is a pid that was not printed.
    *program* is one of the table of signatures; *message* lacks what only says who speaks."""

    time: str
    epoch: float | None
    host: str
    program: str
    pid: int
    message: str


class Splitter:
    """Splits the lines of one source. *program* is whose lines they are where they do not say; *reference* (epoch
    seconds) gives the year where lines have none. *echoes* are the programs of which NetworkManager and netifd reprint
    lines that stand nowhere else in the source."""

    def __init__(self, program: str = '', reference: float | None = None, echoes: t.Collection[str] = ()) -> None:
        self._program, self._echoes = program, echoes
        self._today = clock.gmtime(reference)[:3] if reference else (2000, 12, 31)
        self._days: dict[str, float | None] = {}

    def split(self, text: str) -> Line | None:
        """The line, or ``None`` where it is empty or of a program that has nothing to do with PPTP."""
        fast = _FAST.match(text, 0, LONGEST)
        if fast:
            stamp, host, program, pid, message = fast.groups()
            return self._normal(Line(stamp, self.epoch(stamp), host, program, int(pid), message))
        if text.startswith('{'):
            return self._json(text)
        text = text[:LONGEST].rstrip('\r\n').replace('\xa0', ' ')
        lead = _LEAD.match(text)
        stamp = _STAMP.match(text, lead.end()) if lead else None
        if not stamp:
            return self._bare('', None, text[lead.end():] if lead else text)
        return self._tagged(stamp, text[stamp.end():], bool(lead and lead.group(1)))

    def epoch(self, text: str) -> float | None:
        """Wall-clock seconds of a printed time; ``None`` where it is none."""
        end = 10 if text[4:5] == '-' else 6   # "2026-11-22T07:58:50", "Nov 22 07:58:50"
        day = text[:end]
        if day not in self._days:
            found = _STAMP.match(day + ' 00:00:00')
            self._days[day] = self._seconds(found) if found and len(self._days) < 4096 else None
        start = self._days[day]
        try:
            return None if start is None else start + (
                int(text[end + 1:end + 3]) * 3600 + int(text[end + 4:end + 6]) * 60 + int(text[end + 7:end + 9]))
        except ValueError:
            return None

    def _seconds(self, found: t.Any) -> float | None:
        part = found.groupdict()
        if part['u']:
            return float(part['u'])
        year, month, day = self._today
        if part['y']:
            date = int(part['y']), int(part['m']), int(part['d'])
        else:
            date = int(part['y1'] or part['y2'] or year), month_number(part['b']), int(part['e'])
            if not (part['y1'] or part['y2']) and date[1:] > (month, day + 1):
                date = (year - 1,) + date[1:]
        if not 1 <= date[1] <= 12 or not 1 <= date[2] <= 31:
            return None
        hour, minute, second = (int(word) for word in (part['t'] or part['t1']).split(':'))
        return float(calendar.timegm((date[0], date[1], date[2], hour, minute, second)))

    def _tagged(self, stamp: t.Any, rest: str, rfc5424: bool) -> Line | None:
        printed = stamp.group().strip(' []:')
        epoch = self._seconds(stamp)
        if rest.startswith(': '):   # FreeRADIUS: "<time> : Auth: ..."
            return self._normal(Line(printed, epoch, '', 'radius', 0, rest))
        if _ACCEL.match(rest) and stamp.group('end'):
            return self._normal(Line(printed, epoch, '', 'accel', 0, rest))
        tag = (_TAG_5424 if rfc5424 else _TAG).match(rest)
        if tag and (tag.group(2) in PROGRAMS):
            pid = tag.group(3) or ''
            return self._normal(Line(printed, epoch, tag.group(1) or '', tag.group(2),
                                     int(pid) if pid.isdigit() else 0, tag.group(4)))
        if stamp.group('u') and stamp.group('end') and not self._program:   # dmesg: "[  12.345] ..."
            return self._normal(Line(printed, None, '', 'kernel', 0, rest))
        return self._bare(printed, epoch, rest) if self._program else self._embedded(printed, epoch, rest)

    def _bare(self, printed: str, epoch: float | None, text: str) -> Line | None:
        tag = _TAG.match(text) if not printed else None
        if tag and tag.group(2) in PROGRAMS and (tag.group(3) or tag.group(2) in _NAMELESS):
            return self._normal(Line('', None, tag.group(1) or '', tag.group(2), int(tag.group(3) or 0), tag.group(4)))
        found = None if self._program else self._embedded(printed, epoch, text)
        if found or not text.strip() or tag and tag.group(3) and not self._program and tag.group(2)[:5] != 'mppe_':
            return found
        return self._normal(Line(printed, epoch, '', self._program, 0, text))

    def _embedded(self, printed: str, epoch: float | None, text: str) -> Line | None:
        found = _EMBEDDED.match(text)
        if not found:
            return None
        name, pid, bracketed, message = found.groups()
        name = name or (bracketed if bracketed != 'pppd' else '')   # KVpnc says [pppd] of its pptp, too
        return self._normal(Line(printed, epoch, '', name, int(pid or 0), message))

    def _json(self, text: str) -> Line | None:
        try:
            entry = json.loads(text)
        except (ValueError, RecursionError):
            return None
        message = entry.get('MESSAGE') if isinstance(entry, dict) else None
        if isinstance(message, list):   # journalctl prints what is not UTF-8 as numbers
            message = bytes(code for code in message if code in _BYTES).decode('utf-8', 'replace')
        if not isinstance(message, str):
            return None
        kernel = entry.get('_TRANSPORT') == 'kernel'
        program = 'kernel' if kernel else str(entry.get('SYSLOG_IDENTIFIER') or entry.get('_COMM') or '')
        pid, micro = (str(entry.get(a) or entry.get(b) or '0') for a, b in (
            ('SYSLOG_PID', '_PID'), ('__REALTIME_TIMESTAMP', '_SOURCE_REALTIME_TIMESTAMP')))
        epoch = int(micro[:19]) / 1e6 if micro.isdigit() and micro != '0' else None
        printed = clock.strftime('%Y-%m-%dT%H:%M:%SZ', clock.gmtime(min(epoch, 2e11))) if epoch else ''
        if program not in PROGRAMS:
            return None
        return self._normal(Line(printed, epoch, str(entry.get('_HOSTNAME') or ''), program,
                            int(pid[:9]) if pid.isdigit() else 0, message))

    def _normal(self, line: Line) -> Line | None:
        """*line* with the table's name of the program, and its message without prefixes, decorations and later
        physical lines; ``None`` for what systemd and NetworkManager say about others."""
        message = line.message
        if '#' in message or '\n' in message:   # rsyslog writes line ends as #012, tabs as #011
            message = message.replace('#011', '\t').split('#012', 1)[0].split('\n', 1)[0]
        message = undecorated(message.rstrip())
        program, pid = PROGRAMS.get(line.program, line.program) or _guess(message), line.pid
        spoken = _SPEAKER.match(message) if program in ('pptpd', 'pppd', 'nm') and 'pppd: ' in message else None
        if spoken:   # pptpd's and netifd's stderr is their pppd's, too
            program, pid, message = 'pppd', int(spoken.group(1) or pid), message[spoken.end():]
        elif program == 'nm':
            return self._echo(line, message)
        elif program == 'systemd' and not _OURS.search(message):
            return None
        elif program in _PREFIXES:
            prefix = _PREFIXES[program].match(message)
            message = message[prefix.end():] if prefix else message
            program = 'pppd' if program == 'pptp' and not prefix else program   # routers call their pppd "pptp"
        elif program == 'pppd' and message.startswith(_CALL_MANAGER):
            program = 'pptp'
        return Line(line.time, line.epoch, line.host, program, pid, message)

    def _echo(self, line: Line, message: str) -> Line | None:
        """What NetworkManager and netifd print: their own words about VPNs, or a line of pppd or pptp."""
        found = _ECHO.match(message)
        said = message[found.end():] if found else message
        program = 'pptp' if _PPTP.match(said) else 'pppd'
        if said[:1] in '<*[' or not (found or line.program == 'NetworkManager'):
            program = 'nm'
        elif program in self._echoes:
            return self._normal(line._replace(program=program, pid=int(found.group(1)) if found else 0, message=said))
        return line._replace(program='nm', message=said) if program != 'pptp' and _OURS.search(said) else None


_PREFIXES = {'pptp': _PPTP, 'radius': _RADIUS, 'accel': _ACCEL, 'kernel': re.compile(r'\[ *\d+\.\d+\] ?')}


def _guess(message: str) -> str:
    """Who prints such a message: pppd's logfile and a terminal do not say."""
    if message.startswith(('MGR: ', 'CTRL: ', 'CTRL (', 'GRE: ')):
        return 'pptpd'
    if _PPTP.match(message):
        return 'pptp'
    if message.startswith('mppe_') or ' PROTO=' in message:
        return 'kernel'
    return 'radius' if re.match(r'\(\d+\) ', message) else 'pppd'
