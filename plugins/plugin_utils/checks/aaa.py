# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stage aaa: RADIUS, as far as configuration and logs of this host tell, and a probe from its own address."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks import radius_probe as probe
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks.common import (
    Check,
    CheckFunction,
    blamed,
    by_logs,
    fail,
    finding,
    ok,
    passed,
    skip,
    unknown,
    warn,
)
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks.control import SIMPLE, sureness
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain import Explanation
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain_gre import CLOSED, flow, flow_proof
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import (
    CERTAIN,
    LIKELY,
    MAJOR,
    PASS,
    POSSIBLE,
    UNKNOWN,
    Finding,
    Proof,
)

SUBJECT = 'pptp_radius'
PATIENCE = 30       # seconds that a client waits for the answer to its password (facts of the probe: budget.client)
_BAD_KEYS_VERSION = '2.5.0'   # commit 04f8519 repaired the decoding of MPPE keys in 2.5.1
_SILENCE = ('silent', 'status-silent')
#: What is odd about the secret of this end, as pppd reads it (config.c, rc_find_server).
_ODD = {'secret-cut': 'it is longer than the 48 bytes that pppd takes',
        'line-cut': 'its line is longer than the 127 bytes that pppd reads',
        'secret-carriage-return': 'its line ends as in DOS, and the carriage return is part of it',
        'secret-quoted': 'the quotes are part of it'}


def uses_radius(facts: Facts) -> bool | None:
    """Whether a radius plugin is in force."""
    return facts.flag(SUBJECT, 'configured')


def _without_radius(slug: str, facts: Facts) -> Finding:
    if uses_radius(facts) is False:
        return skip(slug, 'no RADIUS plugin is in force')
    return unknown(slug, facts, 'pptp_radius.configured')


def secret(facts: Facts, logs: Explanation) -> Finding:
    """The shared secret: only an answer that does not verify, or the RADIUS server itself, tells that it differs."""
    slug = 'radius-secret-mismatch'
    odd = [Proof('pptp_radius.problems', '%s: %s' % (name, _ODD[code]), str(source or ''))
           for source, code, name in facts.rows(SUBJECT, 'problems', width=3) or [] if code in _ODD]
    proofs = probe.proofs(facts, slug) if uses_radius(facts) else []
    if proofs:
        return fail(slug, *proofs, *(item for item in odd if item.source not in {known.source for known in proofs}))
    found = blamed(slug, logs)
    if found:
        return fail(slug, *found.evidence, *odd, confidence=found.confidence)
    clear = probe.clears(facts, slug) if uses_radius(facts) else None
    if clear:
        return ok(slug, clear)
    if odd and uses_radius(facts):
        return warn(slug, *odd, severity=MAJOR, title='The shared secret of this end may not be what its writer meant')
    return _told(slug, facts, logs)


def _told(slug: str, facts: Facts, logs: Explanation) -> Finding:
    """By logs, then by a probe that leaves it open, then by a login that got beyond this stage."""
    found = by_logs(slug, logs)
    if found:
        return found
    if not uses_radius(facts):
        return _without_radius(slug, facts)
    open_question = probe.suspects(facts, slug)
    if open_question and not logs.log.passed('aaa'):
        return finding(slug, UNKNOWN, open_question, POSSIBLE)
    return passed(slug, logs) or unknown(slug, facts, 'pptp_logs.sessions')


def _probed(slug: str, confidence: str = CERTAIN) -> CheckFunction:
    """A check for a cause that logs and the probe tell."""
    def check(facts: Facts, logs: Explanation) -> Finding:
        if uses_radius(facts):
            proofs = probe.proofs(facts, slug)
            if proofs:
                return fail(slug, *proofs, confidence=confidence)
            clear = probe.clears(facts, slug)
            if clear:
                return ok(slug, clear)
        return _told(slug, facts, logs)
    return check


def wrong_keys(facts: Facts, logs: Explanation) -> Finding:
    """pppd 2.5.0 decodes the keys of RADIUS wrongly."""
    slug = 'radius-wrong-mppe-keys'
    version = facts.text('pptp_pppd', 'version')
    if uses_radius(facts) and version == _BAD_KEYS_VERSION:
        return fail(slug, Proof('pptp_pppd.version', version, 'pppd --version'), Proof('pptp_radius.configured', True),
                    confidence=LIKELY)
    proofs = probe.proofs(facts, slug) if uses_radius(facts) else []
    if proofs:
        return fail(slug, *proofs)
    found = by_logs(slug, logs)
    if found:
        return found
    if not uses_radius(facts):
        return _without_radius(slug, facts)
    if version:
        return ok(slug, Proof('pptp_pppd.version', version, 'pppd --version'))
    return unknown(slug, facts, 'pptp_pppd.version')


def unreachable(facts: Facts, logs: Explanation) -> Finding:
    """Requests that time out, or that the firewall of this host stops."""
    slug = 'radius-unreachable'
    if uses_radius(facts) and facts.maps('pptp_firewall', 'radius'):
        found = _by_rules(slug, facts, logs)
        if found:
            return found
    closed = [flow_proof(facts, name) for name in ('radius_out', 'radius_in') if flow(facts, name) in CLOSED]
    if closed and uses_radius(facts) and not facts.maps('pptp_firewall', 'radius') and _asks_elsewhere(facts):
        if logs.log.passed('aaa'):
            return warn(slug, *closed, title=SIMPLE)
        return fail(slug, *closed, confidence=sureness(facts), title='The firewall of this host stops RADIUS')
    found = (_by_probe(slug, facts) if uses_radius(facts) else None) or _told(slug, facts, logs)
    return (_patience(slug, facts) or found) if found.result in (PASS, UNKNOWN) and uses_radius(facts) else found


def _by_probe(slug: str, facts: Facts) -> Finding | None:
    """What a probe from pppd's own address met: no server that answers, or one after others that do not."""
    rows, proofs = probe.rows(facts), probe.proofs(facts, slug)
    waited, answering = probe.waits(facts)
    if proofs and answering is None and len(proofs) == len(rows):
        doubtful = any(row.get('reading') in _SILENCE for row in rows)
        return fail(slug, *proofs, confidence=LIKELY if doubtful else CERTAIN)
    if proofs and answering is not None:
        title = 'Each login waits %s seconds for RADIUS servers that do not answer' % waited
        if isinstance(waited, int) and waited >= PATIENCE:
            return fail(slug, *proofs, title=title + ': the client gives up before')
        return warn(slug, *proofs, title=title)
    clear = probe.clears(facts, slug)
    return (_accounting(slug, facts) or _patience(slug, facts) or ok(slug, clear)) if clear else None


def _accounting(slug: str, facts: Facts) -> Finding | None:
    """Servers for accounting that do not answer: pppd waits for them at ip-up, and the session counts nowhere."""
    proof = [item._replace(value='accounting, %s' % item.value) for item in probe.accounting(facts)]
    return warn(slug, *proof, title='RADIUS accounting does not answer: sessions are not counted, and each login waits '
                                    'for it') if proof else None


def _patience(slug: str, facts: Facts) -> Finding | None:
    """A time-out of this host that is longer than any client waits, once a server is silent."""
    timeout, retries = facts.number(SUBJECT, 'timeout'), facts.number(SUBJECT, 'retries')
    servers = len(facts.items(SUBJECT, 'servers') or [])
    if not timeout or not retries or timeout * retries * servers <= PATIENCE:
        return None
    words = 'radius_timeout %d x radius_retries %d x %d server%s = %d seconds' % (
        timeout, retries, servers, '' if servers == 1 else 's', timeout * retries * servers)
    return warn(slug, Proof('pptp_radius.timeout', words, facts.text(SUBJECT, 'config_path') or ''),
                title='A RADIUS server that is silent once keeps logins waiting longer than clients do')


def _by_rules(slug: str, facts: Facts, logs: Explanation) -> Finding | None:
    """The servers that the rules of this host keep pppd from: all that check logins, some, or those for accounting."""
    closed: dict[str, list[Proof]] = {'auth': [], 'acct': []}
    asked = 0
    for row in facts.maps('pptp_firewall', 'radius') or []:
        asked += row.get('kind') == 'auth'
        proof = next((item for item in (_server_proof(row, way) for way in ('out', 'in')) if item), None)
        if proof and row.get('kind') in closed:
            closed[row['kind']].append(proof)
    answered = bool(probe.clears(facts, slug))      # a packet knows better than a reading of the rules
    if closed['auth'] and len(closed['auth']) == asked and not logs.log.passed('aaa') and not answered:
        return fail(slug, *closed['auth'], confidence=sureness(facts), title='The firewall of this host stops RADIUS')
    if closed['auth'] and not logs.named(slug):
        return warn(slug, *closed['auth'], title=SIMPLE if len(closed['auth']) == asked else
                    'The firewall of this host stops RADIUS towards some of the servers: each login waits for them')
    if closed['acct'] and by_logs(slug, logs) is None:
        return warn(slug, *closed['acct'], title='The firewall of this host stops RADIUS accounting: sessions are '
                                                 'not counted, and each login waits for it')
    return None


def _server_proof(row: dict[str, t.Any], way: str) -> Proof | None:
    flow_ = row.get(way)
    if not isinstance(flow_, dict) or flow_.get('verdict') not in CLOSED:
        return None
    where = ', '.join('%s %s' % (word, flow_[key]) for word, key in
                      (('table', 'table'), ('chain', 'chain'), ('rule', 'position')) if flow_.get(key))
    words = '%s %s UDP %s of %s: %s (%s)' % (flow_['verdict'], 'to' if way == 'out' else 'from', row.get('port'),
                                             row.get('server'), flow_.get('rule') or '', where)
    return Proof('pptp_firewall.radius', words, str(flow_.get('source') or ''))


def _asks_elsewhere(facts: Facts) -> bool:
    """Whether requests leave this host, to the port that the verdicts are about (1812, RFC 2865)."""
    servers = [str(item).rpartition(':') for item in facts.items(SUBJECT, 'servers') or []]
    return any((host or port) not in ('localhost', '127.0.0.1') and (not host or port == '1812')
               for host, _colon, port in servers)


_READS = ('pptp_logs', SUBJECT, probe.SUBJECT)
CHECKS = (
    Check('radius-wrong-mppe-keys', (*_READS, 'pptp_pppd'), wrong_keys),
    Check('radius-unreachable', (*_READS, 'pptp_firewall'), unreachable),
    Check('radius-secret-mismatch', _READS, secret),
    *(Check(slug, _READS, _probed(slug)) for slug in (
        'radius-unknown-client', 'radius-message-authenticator', 'radius-no-mppe-keys')),
)
