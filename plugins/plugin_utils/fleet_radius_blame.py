# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The other way round: a RADIUS server that VPN servers have to blame is not in order, whatever it says of itself.

Alone it cannot know which of its clients are VPN servers; those of the inventory tell it.
"""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils import finding as fi, fleet_radius as fr
from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog import CAUSES

Entry = dict[str, t.Any]
#: Of a wrong password it is not guilty; the state of an account is to be mended there, or behind it.
_OURS = ('radius-', 'ad-', 'auth-backend-', 'no-dialin-permission')


class Blame(t.NamedTuple):
    """A VPN server *vpn* blames the RADIUS server *server*, by its own *finding*."""

    server: str
    vpn: str
    finding: Entry


def of(entry: Entry) -> Blame | None:
    """What *entry* of a VPN server, already confirmed, blames its RADIUS server for; nothing where the trouble lies
    between the two."""
    cause, sure = str(entry['verdict'].get('cause')), entry['verdict'].get('confidence')
    finding = next((item for item in entry['findings'] if item['cause'] == cause), None)
    between = cause == 'radius-unreachable' and sure != fi.CERTAIN
    if not entry.get(fr.KEY) or finding is None or between or not cause.startswith(_OURS):
        return None
    return Blame(str(entry[fr.KEY]), str(entry['host']), finding)


def accused(entry: Entry, blames: t.Iterable[Blame]) -> Entry:
    """*entry* of a RADIUS server with what the VPN servers of *blames* have to say of it; itself where that is
    nothing, or nothing that it does not say by itself."""
    mine = [item for item in blames if item.server == entry.get('host')] if entry.get('role') == fr.ROLE else []
    for blame in mine:
        entry = _accused(entry, blame)
    return entry


def _accused(entry: Entry, blame: Blame) -> Entry:
    cause, host = CAUSES[blame.finding['cause']], str(entry['host'])
    old = next((item for item in entry['findings'] if item['cause'] == cause.slug), None)
    if old is not None and old['result'] == fi.FAIL:
        return entry
    proofs = [dict(proof, fact=str(proof['fact'])[len(host) + 1:], source=str(proof['source'])[len(host) + 1:])
              for proof in blame.finding['evidence'] if str(proof.get('fact') or '').startswith(host + ' ')]
    found = fi.Finding(cause.slug, cause.stage, fi.FAIL, cause.severity, '%s (%s)' % (cause.title, blame.vpn), (),
                       blame.finding['confidence'], (), cause.fix).as_dict()
    note = fi.Proof('', '%s has logins that fail for this' % blame.vpn)._asdict()
    findings = [dict(found, evidence=[*proofs, note]),
                *(item for item in entry['findings'] if item['cause'] != cause.slug)]
    verdict = entry['verdict']
    if not any(item['result'] == fi.FAIL for item in entry['findings']):
        status = 'broken' if cause.severity == fi.CRITICAL else 'degraded'
        verdict = {'status': status, 'stage': cause.stage, 'cause': cause.slug, 'confidence': found['confidence']}
    return dict(entry, findings=findings, verdict=verdict, next_step=cause.confirm)
