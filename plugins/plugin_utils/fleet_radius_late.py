# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Answers that come too late: pppd logs "no reply from RADIUS server" of one that works on its request.

FreeRADIUS waits for ntlm_auth or a database (up to 10 s and more where a domain controller is gone), and pppd gives up
after radius_timeout x radius_retries. Nothing on the way is wrong then; what makes the server slow is, or what it says.
"""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils import finding as fi, radius_clients as rc
from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog import CAUSES
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks import radius_probe as probe
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts, listed
from ansible_collections.vpnops.pptp.plugins.plugin_utils.sessions import when

Entry = dict[str, t.Any]
CAUSE = 'radius-unreachable'
_ANSWERS = (*probe.USABLE, 'status-fine')
_DEMAND = 'radius-message-authenticator'
_WAIT = 120             # seconds after the start of a login within which FreeRADIUS logs what it made of it
_AHEAD = 10             # seconds by which two clocks may differ
_QUARTER = 900          # local times of two hosts differ by quarters of an hour,
_ZONES = 14 * 3600      # and by no more than this (UTC+14)
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def proof(entry: Entry, theirs: Facts, ours: t.Collection[str]) -> fi.Proof | None:
    """The proof that the server with the facts *theirs* works on requests of the VPN server of *entry*, which has the
    addresses *ours*: it logged the login that pppd had no answer to, or it answers a probe."""
    facts = Facts(entry.get('facts'))
    own = next((item for item in entry['findings'] if item['cause'] == CAUSE), None)
    blocked = own is not None and own['result'] == fi.FAIL and (own['confidence'] == fi.CERTAIN or any(
        str(seen.get('fact') or '').startswith('pptp_firewall') for seen in listed(own.get('evidence'))))
    if blocked or probe.proofs(facts, CAUSE) or probe.suspects(facts, CAUSE):
        return None
    return _processed(facts, theirs, ours) or _answered(facts)


def _processed(facts: Facts, theirs: Facts, ours: t.Collection[str]) -> fi.Proof | None:
    names = {client.name for client in (rc.covering(theirs, address) for address in ours) if client}
    unanswered = [item for item in facts.maps('pptp_logs', 'sessions') or []
                  if 'radius-no-reply' in listed(item.get('events')) and item.get('user')]
    for user, client, good, reason, source, time in theirs.rows(rc.SUBJECT, 'log_users', width=6) or []:
        if client in names and any(bare(item['user']) == bare(user) and _meets(str(item.get('start')), str(time))
                                   for item in unanswered):
            words = 'the login of %s was %s: %s' % (user, 'accepted' if good else 'refused', reason or 'no reason')
            return fi.Proof(rc.SUBJECT + '.log_users', words, str(source or ''))
    return None


def _answered(facts: Facts) -> fi.Proof | None:
    rows = probe.rows(facts)
    if not rows or any(row.get('reading') not in _ANSWERS for row in rows):
        return None
    return probe.clears(facts, CAUSE)


def bare(user: t.Any) -> str:
    """*user* without its NT domain; the domain does not mind upper and lower case."""
    return str(user).rpartition('\\')[2].casefold()


def _meets(start: str, logged: str) -> bool:
    """Whether a line *logged* by FreeRADIUS, in its local time, may be about the login that began at *start*."""
    first, then = _moment(start), _moment(logged[4:] if logged[3:4] == ' ' else logged)     # without the weekday
    if first is None or then is None:
        return False
    apart = then - first + _AHEAD
    return abs(apart) <= _ZONES + _WAIT and apart % _QUARTER <= _WAIT + _AHEAD


def _moment(text: str) -> int | None:
    """A printed time as seconds since the new year, which syslog does not name (a leap year, for it to compare)."""
    parts = when(text)
    if parts is None:
        return None
    month, day, hour, minute, second = (parts[1] - 1, *parts[2:]) if len(parts) == 6 else parts
    days = sum(_DAYS[:month]) + day - 1
    return ((days * 24 + hour) * 60 + minute) * 60 + second


def noted(entry: Entry, host: str, seen: fi.Proof) -> Entry:
    """*entry* with the lateness of *host* as a warning in place of its unreachability."""
    cause, facts = CAUSES[CAUSE], Facts(entry.get('facts'))
    budget = _budget(facts)
    where = facts.text('pptp_radius', 'config_path') or ''
    local = seen.fact.startswith(probe.SUBJECT)
    title = '%s answers, and later than pppd waits' % host if not local else \
        '%s answers now: not when pppd asked, or later than pppd waits' % host
    found = fi.Finding(cause.slug, cause.stage, fi.WARN, fi.MAJOR, title, (
        seen if local else seen._replace(fact='%s %s' % (host, seen.fact), source='%s:%s' % (host, seen.source)),
        fi.Proof('pptp_radius.timeout', 'answers later than pppd waits: ' + budget, where)), fi.LIKELY, (),
        fi.Fix('Mend what makes the RADIUS server slow; else give it more time: radius_timeout in %s.' % (
            where or 'radiusclient.conf'))).as_dict()
    old = next((item for item in entry['findings'] if item['cause'] == CAUSE), None)
    found['evidence'] += [item for item in (old['evidence'] if old else [])
                          if str(item.get('fact') or '').startswith('pptp_logs')][:2]
    others = [item for item in entry['findings'] if item['cause'] != CAUSE]
    failing = sum(item['result'] == fi.FAIL for item in others)
    return dict(entry, findings=[*others[:failing], found, *others[failing:]])


def _budget(facts: Facts) -> str:
    timeout, retries = facts.number('pptp_radius', 'timeout'), facts.number('pptp_radius', 'retries')
    if not timeout or not retries:
        return 'radius_timeout x radius_retries'
    return 'radius_timeout %d x radius_retries %d = %d s' % (timeout, retries, timeout * retries)


def cleared(entry: Entry, host: str, seen: fi.Proof, clear: t.Container[str]) -> Entry:
    """*entry* that hears *host* too late, and where nothing else is known to be wrong. What the probe leaves open, a
    Message-Authenticator that is demanded, stays where *clear* does not have it and the log of *host* neither."""
    verdict = entry['verdict']
    local = seen.fact.startswith(probe.SUBJECT)
    if verdict.get('cause') == _DEMAND and local and _DEMAND not in clear:
        return entry
    late = noted(entry, host, seen)
    gone = (CAUSE, _DEMAND, 'radius-unknown-client')
    findings = [dict(item, result=fi.UNKNOWN, fix=None) if item['cause'] in gone and item['result'] == fi.FAIL else item
                for item in late['findings']]
    left = next((item for item in findings if item['result'] == fi.FAIL and not item['blocked_by']), None)
    if left is not None and verdict.get('cause') not in gone:
        return dict(late, findings=findings)
    return dict(late, findings=findings, candidates=[], verdict=dict(
        verdict, cause=None, stage='aaa', confidence=fi.POSSIBLE),
        next_step='Look into the log of %s for what takes it so long, else raise radius_timeout here (%s); then dial '
                  'again.' % (host, _budget(Facts(entry.get('facts')))))
