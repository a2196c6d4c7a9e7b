# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stage aaa: the files of pppd's RADIUS plugin, without which no request leaves, or not the right one."""

from __future__ import annotations

from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks import radius_probe as probe
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks.aaa import SUBJECT, uses_radius
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks.common import (
    Check,
    by_logs,
    fail,
    ok,
    passed,
    skip,
    unknown,
)
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain import Explanation
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import LIKELY, Finding, Proof

_KEYS = ('MS-MPPE-Encryption-Policy', 'MS-MPPE-Encryption-Types', 'MS-MPPE-Send-Key', 'MS-MPPE-Recv-Key')
_DICTIONARY = 'dictionary'


def client_config(facts: Facts, logs: Explanation) -> Finding:
    """Files and keys that radius.so needs before it sends anything."""
    slug = 'radius-client-config-missing'
    if not uses_radius(facts):
        return by_logs(slug, logs) or _without_radius(slug, facts)
    bad = _files(facts) + _servers_file(facts) + probe.proofs(facts, slug)
    if bad:
        return fail(slug, *bad[:8])
    found = by_logs(slug, logs)
    if found:
        return found
    if _own_name(facts) and not logs.log.passed('aaa'):
        return fail(slug, *_own_name(facts), confidence=LIKELY,
                    title='The name of this host does not resolve, and radius.so needs its address')
    if facts.text(SUBJECT, 'status') in ('ok', 'truncated'):
        return ok(slug, Proof('pptp_radius.status', 'ok', facts.text(SUBJECT, 'config_path') or ''))
    return passed(slug, logs) or unknown(slug, facts, 'pptp_radius.status')


def _files(facts: Facts) -> list[Proof]:
    """What radius.so gives up at, before or instead of a request (config.c, dict.c, clientid.c, sendserver.c)."""
    path = facts.text(SUBJECT, 'config_path') or ''
    bad = [Proof('pptp_radius.missing_keys', str(key), path) for key in facts.items(SUBJECT, 'missing_keys') or []]
    if facts.absent(SUBJECT, path):
        bad.append(Proof('pptp_radius.status', 'absent', path))
    bad += [Proof('pptp_radius.fatal', '%s: %s' % (code, text), str(source or ''))
            for source, code, text in facts.rows(SUBJECT, 'fatal', width=3) or [] if not _is_dictionary(code)]
    for name in ('servers_file', 'dictionary'):
        file = facts.text(SUBJECT, name, 'path') or ''
        if file and facts.absent(SUBJECT, file):
            bad.append(Proof('pptp_radius.%s.status' % name, 'absent', file))
    if facts.flag(SUBJECT, 'mapfile', 'present') is False:
        bad.append(Proof('pptp_radius.mapfile.present', 'the file that mapfile names is missing',
                         facts.text(SUBJECT, 'mapfile', 'path') or ''))
    if facts.flag(SUBJECT, 'bindaddr_local') is False:
        bad.append(Proof('pptp_radius.bindaddr', '%s is no address of this host' % facts.text(SUBJECT, 'bindaddr'),
                         path))
    return bad + [Proof('pptp_radius.problems', text, str(source or ''))
                  for source, code, text in facts.rows(SUBJECT, 'problems', width=3) or [] if code == 'radcli']


def _is_dictionary(code: object) -> bool:
    return str(code).startswith(('invalid-', 'include-', 'name-', 'unknown-vendor'))


def _servers_file(facts: Facts) -> list[Proof]:
    path = facts.text(SUBJECT, 'servers_file', 'path') or ''
    return [Proof('pptp_radius.servers_file.missing', 'no secret for %s' % name, path)
            for name in facts.items(SUBJECT, 'servers_file', 'missing') or []] if not facts.absent(SUBJECT,
                                                                                                   path) else []


def _own_name(facts: Facts) -> list[Proof]:
    """The own name that resolves nowhere, where it is sent as NAS-IP-Address (buildreq.c, rc_get_nas_id)."""
    if facts.flag(SUBJECT, 'hostname_resolves') is False and facts.flag(SUBJECT, 'nas_identifier') is not True:
        return [Proof('pptp_radius.hostname_resolves', False, '/etc/hosts')]
    return []


def _without_radius(slug: str, facts: Facts) -> Finding:
    if uses_radius(facts) is False:
        return skip(slug, 'no RADIUS plugin is in force')
    return unknown(slug, facts, 'pptp_radius.configured')


def dictionary(facts: Facts, logs: Explanation) -> Finding:
    """Microsoft's attributes in the dictionary that radius.so reads."""
    slug = 'radius-dictionary-microsoft-missing'
    if not uses_radius(facts):
        return by_logs(slug, logs) or _without_radius(slug, facts)
    path = facts.text(SUBJECT, _DICTIONARY, 'path') or ''
    fatal = [Proof('pptp_radius.dictionary.problems', '%s: %s' % (code, text), str(source or ''))
             for source, code, text in facts.rows(SUBJECT, _DICTIONARY, 'problems', width=3) or []]
    if fatal:
        return fail(slug, *fatal, title='pppd cannot read the RADIUS dictionary')
    lacks = [str(name) for name in facts.items(SUBJECT, _DICTIONARY, 'lacks') or []]
    microsoft = facts.flag(SUBJECT, _DICTIONARY, 'microsoft')
    if (microsoft is False or lacks) and not facts.absent(SUBJECT, path):
        title = 'The RADIUS dictionary has no attributes for MPPE keys: pppd drops them' if lacks and \
            set(lacks) <= set(_KEYS) else ''
        return fail(slug, Proof('pptp_radius.dictionary.microsoft', _why(facts, lacks), path), title=title)
    found = by_logs(slug, logs)
    if found:
        return found
    if microsoft:
        return ok(slug, Proof('pptp_radius.dictionary.microsoft', True, path))
    return passed(slug, logs) or unknown(slug, facts, 'pptp_radius.dictionary.microsoft')


def _why(facts: Facts, lacks: list[str]) -> str:
    words = 'it lacks %s%s' % (', '.join(lacks[:4]), ', ...' if len(lacks) > 4 else '') if lacks else \
        'no Microsoft attribute'
    if facts.flag(SUBJECT, _DICTIONARY, 'dollar_include'):
        return '$INCLUDE is skipped by pppd, which knows INCLUDE: ' + words
    if facts.flag(SUBJECT, _DICTIONARY, 'begin_vendor'):
        return 'BEGIN-VENDOR is skipped by pppd, which wants the vendor behind each attribute: ' + words
    return words


_READS = ('pptp_logs', SUBJECT, probe.SUBJECT)
CHECKS = (
    Check('radius-client-config-missing', _READS, client_config),
    Check('radius-dictionary-microsoft-missing', _READS, dictionary),
)
