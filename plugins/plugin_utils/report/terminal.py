# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report on a terminal: what is broken, why, on what evidence, what to do; whole for a few hosts.

For many hosts each is one line, followed by the causes and how many hosts have them.
"""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils.entry import STATUSES, Entry
from ansible_collections.vpnops.pptp.plugins.plugin_utils.report import remedy
from ansible_collections.vpnops.pptp.plugins.plugin_utils.report.phrases import named, spoken
from ansible_collections.vpnops.pptp.plugins.plugin_utils.report.summary import Summary
from ansible_collections.vpnops.pptp.plugins.plugin_utils.report.text import Paint, clean, fold, plain_paint

FEW = 5            # hosts that are shown in full
EVIDENCE_LIMIT = 6
LISTED_LIMIT = 8   # further findings, names in a list
COLOURS = {'broken': 'red', 'degraded': 'yellow', 'unknown': 'purple', 'healthy': 'green'}
LABEL = 10         # width of the words at the left
ADVICE = "PPTP's own encryption is broken: once logins work, move the users to WireGuard, IKEv2 or OpenVPN."


class Terminal:
    """Renders entries; *width* columns, *paint* colours text or leaves it alone."""

    def __init__(self, width: int = 100, paint: Paint = plain_paint) -> None:
        self.width = max(60, min(width, 120))
        self._paint = paint

    def full(self, entry: Entry) -> list[str]:
        """All lines on one host."""
        verdict = entry['verdict']
        lines = self._headline(entry) + self._dials(entry)
        cause = _find(entry['findings'], verdict.get('cause'))
        if cause:
            lines += self._evidence('because', cause) + self._fix('fix', cause.get('fix'))
        if entry.get('reason'):
            lines += self._item('not read' if entry.get('dials') else 'because', clean(entry['reason'], 400))
        lines += self._candidates(entry) + self._others(entry, cause)
        if verdict['status'] != 'healthy':
            lines += self._ruled_out(entry.get('ruled_out') or [])
        lines += self._unread(entry)
        lines += [line for label, text in remedy.lines(entry) for line in self._item(label, text)]
        if verdict['status'] != 'healthy':
            lines += self._item('next', clean(entry.get('next_step'), 400)) if entry.get('next_step') else []
        return lines + (self._item('note', clean(entry['note'], 400)) if entry.get('note') else [])

    def row(self, entry: Entry, name_width: int = 20) -> str:
        """The one line on a host in a list."""
        verdict = entry['verdict']
        status = verdict['status']
        cause = _find(entry['findings'], verdict.get('cause'))
        what = verdict.get('cause') or ''
        if cause:
            what += ': ' + clean(cause['title'])
        elif entry.get('reason'):
            what = '%s: %s' % (entry.get('kind') or 'failed', clean(entry['reason']))
        what = ', '.join(text for text in (remedy.mark(entry), what) if text)
        line = '%-*s %s' % (name_width, clean(entry['host'], 60), self._paint('%-8s' % status, COLOURS.get(status, '')))
        room = self.width - max(name_width, len(clean(entry['host'], 60))) - 10
        return (line + ' ' + (what if len(what) <= room else what[:max(room - 3, 10)] + '...')).rstrip()

    def totals(self, summary: Summary) -> list[str]:
        """How many hosts have which verdict, and which cause."""
        words = ['%s %d' % (self._paint(status, COLOURS[status]), summary.by_status[status])
                 for status in STATUSES if summary.by_status.get(status)]
        return ['%d host%s: %s' % (summary.hosts, '' if summary.hosts == 1 else 's', ', '.join(words) or 'nothing')]

    def causes(self, summary: Summary) -> list[str]:
        """One line a cause, the most frequent first, with some of its hosts."""
        lines = []
        for cause in summary.ranked():
            names = [clean(name, 40) for name in cause['hosts']]
            shown = ', '.join(names[:LISTED_LIMIT]) + (', ...' if len(names) > LISTED_LIMIT else '')
            lines += fold('%s: %s' % (cause['cause'], shown), self.width, '%5d  ' % len(names), ' ' * 7)
        return ['', 'causes x hosts'] + lines if lines else []

    def _headline(self, entry: Entry) -> list[str]:
        verdict = entry['verdict']
        status = verdict['status']
        cause = _find(entry['findings'], verdict.get('cause'))
        text = clean(cause['title']) if cause else _headline_without_cause(entry)
        lead = '%s is %s' % (clean(entry['host'], 60), status)
        lines = fold('%s: %s' % (lead, text) if text else lead, self.width, '', '  ')
        lines[0] = lines[0].replace('is ' + status, 'is ' + self._paint(status.upper(), COLOURS.get(status, '')), 1)
        if cause:
            sure = verdict.get('confidence') or 'possible'
            lines += self._item('cause', '%s (stage %s, %s)' % (verdict['cause'], verdict['stage'], sure))
        return lines

    def _dials(self, entry: Entry) -> list[str]:
        """A line for each host that dialled, and what does not fit what was found."""
        lines: list[str] = []
        for label, found in (('dial', entry.get('dials') or []), ('but', entry.get('disagreement') or [])):
            for number, item in enumerate(found[:LISTED_LIMIT]):
                lines += self._item('' if number else label, clean(named(str(item.get('text'))), 600))
        return lines

    def _evidence(self, label: str, finding: Entry) -> list[str]:
        texts = _proofs(finding.get('evidence') or [])
        lines: list[str] = []
        for text in texts[:EVIDENCE_LIMIT]:
            lines += self._item('' if lines else label, text)
        if len(texts) > EVIDENCE_LIMIT:
            lines += self._item('', 'and %d more in the report' % (len(texts) - EVIDENCE_LIMIT))
        return lines

    def _fix(self, label: str, fix: t.Any) -> list[str]:
        if not fix:
            return []
        if isinstance(fix, str):
            return self._item(label, clean(fix, 400))
        lines = self._item(label, clean(fix.get('summary'), 400))
        for command in fix.get('commands') or []:
            lines.append(' ' * LABEL + '    ' + self._paint(clean(command, 400), 'bright blue'))
        return lines + (self._item('', _role(fix)) if fix.get('role') else [])

    def _candidates(self, entry: Entry) -> list[str]:
        if entry['verdict'].get('cause') and entry['verdict'].get('confidence') != 'possible':
            return []
        lines: list[str] = []
        for item in entry.get('candidates') or []:
            if item['cause'] != entry['verdict'].get('cause'):
                lines += self._item('' if lines else 'or', _because(item))
        return lines

    def _ruled_out(self, items: list[Entry]) -> list[str]:
        """Stages that a login got past in one line, then causes with the reason."""
        stages = [item['stage'] for item in items if not item.get('cause')]
        dialled = any(str(item.get('because')).startswith('the dial') for item in items if not item.get('cause'))
        passed = 'all of %s: the newest %s got past them' % (', '.join(stages), 'dial' if dialled else 'login')
        lines = self._item('ruled out', passed) if stages else []
        for item in [item for item in items if item.get('cause')][:LISTED_LIMIT]:
            lines += self._item('' if lines else 'ruled out', _because(item))
        return lines

    def _others(self, entry: Entry, cause: Entry | None) -> list[str]:
        """Consequences of the cause; then what else is wrong, with its own first evidence; then advice, briefly."""
        bad = [finding for finding in entry['findings']
               if finding['result'] in ('fail', 'warn') and finding is not cause]
        follows = [finding for finding in bad if finding.get('blocked_by')]
        advice = [finding for finding in bad if finding['stage'] == 'security' and finding not in follows]
        further = [finding for finding in bad if finding not in follows and finding not in advice]
        lines = self._titles('so also', follows) + self._titles('besides', further)
        return lines + self._titles('security', [finding for finding in advice if finding['cause'] != 'pptp-is-weak'])

    def _titles(self, label: str, findings: list[Entry]) -> list[str]:
        lines: list[str] = []
        for finding in findings[:LISTED_LIMIT]:
            where = clean((finding.get('evidence') or [{}])[0].get('source'), 80)
            text = '%s (%s%s)' % (clean(finding['title']), finding['cause'], ', ' + where if where else '')
            lines += self._item('' if lines else label, text)
        return lines

    def _unread(self, entry: Entry) -> list[str]:
        """What could not be read: the subjects' evidence, where the verdict suffers from it; root reads all it can."""
        subjects = {name: facts for name, facts in (entry.get('facts') or {}).items() if isinstance(facts, dict)}
        root = subjects.get('pptp_host', {}).get('euid') == 0
        status, sure = entry['verdict'].get('status'), entry['verdict'].get('confidence')
        if status == 'broken' and sure == 'certain' or status == 'healthy' and root:
            return []
        denied = [item for facts in subjects.values() for item in (facts.get('evidence') or {}).get('denied', [])]
        names = [clean(item[0] if isinstance(item, list) else item, 60) for item in denied]
        after = '' if root else ' (not permitted: try -b)'
        return self._list('not read', list(dict.fromkeys(names)), after) if names else []

    def _list(self, label: str, names: list[str], after: str = '') -> list[str]:
        if not names:
            return []
        more = ' and %d more' % (len(names) - LISTED_LIMIT) if len(names) > LISTED_LIMIT else ''
        return self._item(label, ', '.join(names[:LISTED_LIMIT]) + more + after)

    def _item(self, label: str, text: str) -> list[str]:
        return fold(text, self.width, '  %-*s' % (LABEL, label), ' ' * (LABEL + 4))


def report(entries: t.Iterable[Entry], count: int, width: int = 100, paint: Paint = plain_paint,
           brief: bool | None = None) -> t.Iterator[str]:
    """The lines of the whole report on *count* *entries*; *brief* (default: above :data:`FEW`) has a line a host."""
    terminal, summary = Terminal(width, paint), Summary()
    short = count > FEW if brief is None else brief
    for entry in entries:
        summary.add(entry)
        if short:
            yield terminal.row(entry)
        else:
            yield from terminal.full(entry)
            yield ''
    if short:
        yield from terminal.causes(summary)
        yield ''
    if short or count > 1:
        yield from terminal.totals(summary)
    if summary.hosts > summary.by_status.get('unknown', 0):
        yield from fold(ADVICE, terminal.width)


def _find(findings: list[Entry], cause: str | None) -> Entry | None:
    matching = [finding for finding in findings if cause and finding['cause'] == cause and finding['result'] != 'pass']
    return matching[0] if matching else None


def _headline_without_cause(entry: Entry) -> str:
    if entry.get('reason') and not entry.get('dials'):
        return entry.get('kind') or 'it could not be read'
    status = entry['verdict']['status']
    open_question = any(not item.get('cause') for item in entry.get('disagreement') or [])
    return {'healthy': 'nothing found that keeps logins from working',
            'unknown': 'the evidence does not decide'}.get(
                status, 'a dial failed, and nothing that was found explains it' if open_question else '')


def _role(fix: Entry) -> str:
    """The role that does it, with its variables."""
    given = ', '.join('%s: %s' % (name, clean(value)) for name, value in (fix.get('vars') or {}).items())
    return 'or the role %s%s' % (clean(fix['role']), ' with %s' % given if given else '')


def _because(item: Entry) -> str:
    """A candidate, or a cause that was ruled out, with the reason."""
    because = named(item.get('because') or '').replace('not-applicable: ', '')
    return '%s: %s' % (item['cause'], clean(because)) if because else item['cause']


def _proofs(evidence: list[Entry]) -> list[str]:
    """``source: value`` of each proof; of those that only name a source, the ones that no other names."""
    found = []
    for proof in evidence:
        source = clean(proof.get('source') or named(proof.get('fact') or ''))
        value = clean(spoken(proof.get('fact'), proof.get('value')))
        found.append((source, '%s: %s' % (source, value) if source and value else source or value))
    valued = {source for source, text in found if text != source}
    return list(dict.fromkeys(text for source, text in found if text != source or source not in valued))
