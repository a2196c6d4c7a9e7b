# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stage aaa: RADIUS and Active Directory, as far as configuration and logs of this host tell."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks.common import (
    Check,
    CheckFunction,
    by_logs,
    fail,
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
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import LIKELY, MAJOR, Finding, Proof

SUBJECT = 'pptp_radius'
_BAD_KEYS_VERSION = '2.5.0'   # commit 04f8519 repaired the decoding of MPPE keys in 2.5.1


def uses_radius(facts: Facts) -> bool | None:
    """Whether a radius plugin is in force."""
    return facts.flag(SUBJECT, 'configured')


def uses_winbind(facts: Facts) -> bool | None:
    """Whether the winbind plugin is in force."""
    return facts.flag(SUBJECT, 'winbind', 'plugin')


def client_config(facts: Facts, logs: Explanation) -> Finding:
    """Files and keys that radius.so needs before it sends anything."""
    slug = 'radius-client-config-missing'
    if not uses_radius(facts):
        return by_logs(slug, logs) or _without_radius(slug, facts)
    path = facts.text(SUBJECT, 'config_path') or ''
    bad = [Proof('pptp_radius.missing_keys', str(key), path) for key in facts.items(SUBJECT, 'missing_keys') or []]
    if facts.absent(SUBJECT, path):
        bad.append(Proof('pptp_radius.status', 'absent', path))
    bad += _servers_file(facts)
    dictionary = facts.text(SUBJECT, 'dictionary', 'path') or ''
    if dictionary and facts.absent(SUBJECT, dictionary):
        bad.append(Proof('pptp_radius.dictionary.status', 'absent', dictionary))
    bad += [Proof('pptp_radius.problems', text, str(source or ''))
            for source, code, text in facts.rows(SUBJECT, 'problems', width=3) or [] if code == 'radcli']
    if bad:
        return fail(slug, *bad)
    found = by_logs(slug, logs)
    if found:
        return found
    if facts.flag(SUBJECT, 'hostname_resolves') is False:
        return warn(slug, Proof('pptp_radius.hostname_resolves', False, '/etc/hosts'), severity=MAJOR,
                    title='The name of this host may not resolve, and radius.so needs its address')
    if facts.text(SUBJECT, 'status') in ('ok', 'truncated'):
        return ok(slug, Proof('pptp_radius.status', 'ok', path))
    return passed(slug, logs) or unknown(slug, facts, 'pptp_radius.status')


def _servers_file(facts: Facts) -> list[Proof]:
    path = facts.text(SUBJECT, 'servers_file', 'path') or ''
    if path and facts.absent(SUBJECT, path):
        return [Proof('pptp_radius.servers_file.status', 'absent', path)]
    return [Proof('pptp_radius.servers_file.missing', str(name), path)
            for name in facts.items(SUBJECT, 'servers_file', 'missing') or []]


def _without_radius(slug: str, facts: Facts) -> Finding:
    if uses_radius(facts) is False:
        return skip(slug, 'no RADIUS plugin is in force')
    return unknown(slug, facts, 'pptp_radius.configured')


def dictionary(facts: Facts, logs: Explanation) -> Finding:
    """Microsoft's attributes in the dictionary that radius.so reads."""
    slug = 'radius-dictionary-microsoft-missing'
    if not uses_radius(facts):
        return by_logs(slug, logs) or _without_radius(slug, facts)
    path = facts.text(SUBJECT, 'dictionary', 'path') or ''
    microsoft = facts.flag(SUBJECT, 'dictionary', 'microsoft')
    if microsoft is False and not facts.absent(SUBJECT, path):
        dollar = facts.flag(SUBJECT, 'dictionary', 'dollar_include')
        note = '$INCLUDE is skipped by pppd' if dollar else 'no Microsoft attribute'
        return fail(slug, Proof('pptp_radius.dictionary.microsoft', note, path))
    found = by_logs(slug, logs)
    if found:
        return found
    if microsoft:
        return ok(slug, Proof('pptp_radius.dictionary.microsoft', True, path))
    return passed(slug, logs) or unknown(slug, facts, 'pptp_radius.dictionary.microsoft')


def wrong_keys(facts: Facts, logs: Explanation) -> Finding:
    """pppd 2.5.0 decodes the keys of RADIUS wrongly."""
    slug = 'radius-wrong-mppe-keys'
    version = facts.text('pptp_pppd', 'version')
    if uses_radius(facts) and version == _BAD_KEYS_VERSION:
        return fail(slug, Proof('pptp_pppd.version', version, 'pppd --version'), Proof('pptp_radius.configured', True),
                    confidence=LIKELY)
    found = by_logs(slug, logs)
    if found:
        return found
    if not uses_radius(facts):
        return _without_radius(slug, facts)
    if version:
        return ok(slug, Proof('pptp_pppd.version', version, 'pppd --version'))
    return unknown(slug, facts, 'pptp_pppd.version')


def winbind_running(facts: Facts, logs: Explanation) -> Finding:
    """winbindd, where the winbind plugin needs it."""
    slug = 'ad-winbind-not-running'
    running = facts.flag(SUBJECT, 'winbind', 'running')
    if uses_winbind(facts) and running is False:
        return fail(slug, Proof('pptp_radius.winbind.running', False, 'processes'))
    found = by_logs(slug, logs)
    if found:
        return found
    if uses_winbind(facts) and running:
        return ok(slug, Proof('pptp_radius.winbind.running', True, 'processes'))
    return _without_directory(slug, facts, logs)


def ntlm_auth(facts: Facts, logs: Explanation) -> Finding:
    """The helper line of the winbind plugin."""
    slug = 'ad-ntlm-auth-failing'
    helper = facts.text(SUBJECT, 'winbind', 'helper')
    if uses_winbind(facts) and helper is not None and not helper.startswith('/'):
        return fail(slug, Proof('pptp_radius.winbind.helper', helper), title='ntlm_auth-helper is not a full path')
    found = by_logs(slug, logs)
    if found:
        return found
    if uses_winbind(facts) and helper:
        return ok(slug, Proof('pptp_radius.winbind.helper', helper))
    return _without_directory(slug, facts, logs)


def ntlmv1(facts: Facts, logs: Explanation) -> Finding:
    """--allow-mschapv2, without which a domain with default settings refuses."""
    slug = 'ad-ntlmv1-disabled'
    allowed = facts.flag(SUBJECT, 'winbind', 'allow_mschapv2')
    found = by_logs(slug, logs) or passed(slug, logs)
    if found:
        return found
    if uses_winbind(facts) and allowed is False:
        return warn(slug, Proof('pptp_radius.winbind.allow_mschapv2', False), severity=MAJOR,
                    title='ntlm_auth runs without --allow-mschapv2; domains that allow NTLMv2 only refuse that')
    if uses_winbind(facts) and allowed:
        return ok(slug, Proof('pptp_radius.winbind.allow_mschapv2', True))
    return _without_directory(slug, facts, logs)


def _without_directory(slug: str, facts: Facts, logs: Explanation) -> Finding:
    if uses_winbind(facts) is False and uses_radius(facts) is False:
        return skip(slug, 'neither a RADIUS nor the winbind plugin is in force')
    return passed(slug, logs) or unknown(slug, facts, 'pptp_logs.sessions')


def _told_by_logs(slug: str) -> CheckFunction:
    """A check for a cause that shows in logs only."""
    def check(facts: Facts, logs: Explanation) -> Finding:
        return by_logs(slug, logs) or _without_directory(slug, facts, logs)
    return check


def unreachable(facts: Facts, logs: Explanation) -> Finding:
    """Requests that time out, or that the firewall of this host stops."""
    slug = 'radius-unreachable'
    if uses_radius(facts) and facts.maps('pptp_firewall', 'radius'):
        found = _by_server(slug, facts, logs)
        if found:
            return found
        return _told_by_logs(slug)(facts, logs)
    closed = [flow_proof(facts, name) for name in ('radius_out', 'radius_in') if flow(facts, name) in CLOSED]
    if not (closed and uses_radius(facts) and _asks_elsewhere(facts)):
        return _told_by_logs(slug)(facts, logs)
    if logs.log.passed('aaa'):
        return warn(slug, *closed, title=SIMPLE)
    return fail(slug, *closed, confidence=sureness(facts), title='The firewall of this host stops RADIUS')


def _by_server(slug: str, facts: Facts, logs: Explanation) -> Finding | None:
    """The servers that the rules of this host keep pppd from: all that check logins, some, or those for accounting."""
    closed: dict[str, list[Proof]] = {'auth': [], 'acct': []}
    asked = 0
    for row in facts.maps('pptp_firewall', 'radius') or []:
        asked += row.get('kind') == 'auth'
        proof = next((item for item in (_server_proof(row, way) for way in ('out', 'in')) if item), None)
        if proof and row.get('kind') in closed:
            closed[row['kind']].append(proof)
    if closed['auth'] and len(closed['auth']) == asked and not logs.log.passed('aaa'):
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


_READS = ('pptp_logs', 'pptp_radius')
CHECKS = (
    Check('radius-client-config-missing', _READS, client_config),
    Check('radius-dictionary-microsoft-missing', _READS, dictionary),
    Check('radius-wrong-mppe-keys', _READS + ('pptp_pppd',), wrong_keys),
    Check('ad-winbind-not-running', _READS, winbind_running),
    Check('ad-ntlm-auth-failing', _READS, ntlm_auth),
    Check('ad-ntlmv1-disabled', _READS, ntlmv1),
    Check('radius-unreachable', _READS + ('pptp_firewall',), unreachable),
) + tuple(Check(slug, _READS, _told_by_logs(slug)) for slug in (
    'radius-unknown-client', 'radius-secret-mismatch', 'radius-message-authenticator',
    'radius-no-mppe-keys', 'ad-winbind-privileged-pipe', 'ad-dc-unreachable', 'ad-account-locked',
    'ad-password-expired'))
