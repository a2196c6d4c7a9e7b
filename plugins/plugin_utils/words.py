# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The sentences of a diagnosis: what was ruled out and why, and what to do next."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils import clouds, finding as fi
from ansible_collections.vpnops.pptp.plugins.plugin_utils.blame import Blame
from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog import CAUSES, stage_rank
from ansible_collections.vpnops.pptp.plugins.plugin_utils.checks import radius_probe, radius_server, router
from ansible_collections.vpnops.pptp.plugins.plugin_utils.dial_facts import Dial
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain import Explanation
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain_gre import CLOSED, flow, names_pptp
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import STAGES, Finding

#: What decides between the candidates of a stage, by the side whose log was read.
_DECIDES = {
    ('control', 'client'): 'On the server, run `systemctl status pptpd` and `ss -ltn sport = :1723`: with a listener '
                           'it is a firewall, without one the daemon.',
    ('gre', 'client'): 'On the server, run `tcpdump -ni any proto 47` while the client dials: packets that arrive '
                       'without an answer are dropped by its firewall, and none at all are lost on the way.',
    ('gre', 'server'): 'Run `tcpdump -ni any proto 47 or icmp` here while a client dials, and read the rule set: '
                       'packets that arrive are dropped by this host, none at all are lost on the way.',
    ('auth', 'client'): 'Read the log of pppd on the server for the same minute, which has the reason: "No CHAP secret '
                        'found", "failed CHAP authentication" or a RADIUS line.',
    ('auth', 'server'): 'Put `debug` into the options file of pptpd and dial once: the CHAP Failure and the <auth ...> '
                        'options in the trace decide.',
    ('mppe', 'client'): 'Read the log of pppd on the server for the same minute, and run `modprobe ppp_mppe` there.',
    ('mppe', 'server'): 'Put `debug` into the options file of pptpd and dial once: CCP ConfRej, ConfNak or Protocol-'
                        'Reject in the trace tells which end refuses what.',
    ('service', 'server'): 'As root, run `pppd pty "sleep 1" nodetach dryrun dump file /etc/ppp/pptpd-options 10.0.0.1:'
                           '10.0.0.2`: it names what pppd refuses (1: secrets, 2: options or plugin, 4: kernel).',
    ('service', 'client'): 'Read the log of pptpd and pppd on the server for the same minute: it names the option, '
                           'secret or plugin.',
}
_IN_ORDER = {router.ROLE: 'This router carries PPTP, as far as its rules tell.',
             radius_server.ROLE: 'This RADIUS server takes the logins of its clients, as far as its configuration and '
                                 'its log tell; whether the secrets agree, each VPN server tells.'}
_OWN_SECRET = 'On this client, compare the options `user` (or `name`) and `remotename` with the first two columns of ' \
    '/etc/ppp/chap-secrets, and look for refuse-* in its options.'
_SERVER_FILES = (
    ('pptp_daemon', 'running', 'the state of the daemon'), ('pptp_conf', 'path', '/etc/pptpd.conf'),
    ('pptp_pppd', 'files', 'the options files of pppd'), ('pptp_secrets', 'entries', '/etc/ppp/chap-secrets'),
    ('pptp_firewall', 'backends', 'the rule sets'), ('pptp_logs', 'sources', 'the log of a failed login'),
)


def ruled_out(findings: t.Iterable[Finding], logs: Explanation, root: Finding | None,
              dials: t.Sequence[Dial] = ()) -> list[dict[str, t.Any]]:
    """Stages that the newest login, or every one of *dials*, got past, and explanations of the failure that other
    evidence refutes."""
    found: list[dict[str, t.Any]] = []
    telling = [dial for dial in dials if dial.works or dial.fails]
    for stage in STAGES[:stage_rank('path')]:
        session, shows = logs.log.passed(stage), 'gre' if stage == 'service' else stage     # of pppd, once it speaks
        by_dial = bool(telling) and all(dial.passed(shows) for dial in telling)
        if (session or by_dial) and (root is None or stage_rank(stage) < stage_rank(root.stage)):
            because = 'the newest login (%s) got beyond it' % (session.source or session.start or session.side) \
                if session else 'the dial from %s got beyond it' % telling[0].host
            found.append({'cause': None, 'stage': stage, 'because': because})
    others = _other_readings(logs)
    for item in findings:
        if item.cause in others and item.result in (fi.PASS, fi.NOT_APPLICABLE, fi.WARN) and \
                not any(entry['stage'] == item.stage for entry in found):
            proof = next((entry for entry in item.evidence if entry.value is not None), None)
            because = '%s: %s' % (proof.fact or item.result, proof.value) if proof else item.result
            found.append({'cause': item.cause, 'stage': item.stage, 'because': because})
    return found


def _other_readings(logs: Explanation) -> set[str]:
    """The causes that the lines of the newest failure could also have."""
    rows = [row for blame in logs.blames[:1] for row in (blame.session.events if blame.session else ())]
    return {slug for row in rows for slug in row.cause.split('|') if slug in CAUSES}


def next_step(facts: Facts, logs: Explanation, verdict: dict[str, t.Any], root: Finding | None,
              blame: Blame | None) -> str:
    """One or two sentences: what would decide, confirm or be needed."""
    if root is not None and root.cause == 'gre-blocked' and clouds.blamed(root):
        return clouds.look(facts)
    more = radius_probe.needs_more(facts) if root is not None and root.stage == 'aaa' else ''
    if more and root is not None and root.confidence != fi.CERTAIN:
        return more
    if blame is not None and root is not None:
        return _what_decides(facts, blame, root.stage)
    if root is not None:
        return CAUSES[root.cause].confirm
    if verdict['status'] == 'healthy':
        return _IN_ORDER.get(facts.text('pptp_host', 'role') or '', 'Nothing to do for logins.')
    if verdict['status'] in ('broken', 'degraded'):
        return _DECIDES.get((verdict['stage'], 'server')) or _DECIDES[('auth', 'server')]
    if logs.log.seen('mgr-start') and not logs.log.sessions:
        return 'pptpd started and no client reached it: run `tcpdump -ni any tcp port 1723` while a client dials.'
    if facts.text('pptp_host', 'role') == router.ROLE:
        return 'Not enough was read to judge this router: its rule sets, as root (iptables-save, nft list ruleset).'
    if facts.text('pptp_host', 'role') == radius_server.ROLE:
        return 'Not enough was read to judge this RADIUS server: its configuration and its log, as root.'
    missing = [name for subject, key, name in _SERVER_FILES if not facts.get(subject, key)]
    return 'Not enough was read to judge: add %s.' % ', '.join(missing[:4]) if missing else \
        'Dial once and diagnose again: nothing here shows a login.'


def _what_decides(facts: Facts, blame: Blame, stage: str) -> str:
    session = blame.session
    side = session.side if session else 'server' if facts.get('pptp_daemon') else 'client'
    if session and any(row.id.startswith('start-') for row in session.events):
        return _DECIDES[('service', 'server')]
    if session and side == 'client' and session.has('client-no-method', 'trace-auth-rejected-by-us'):
        return _OWN_SECRET
    return _DECIDES.get((stage, side)) or CAUSES[blame.candidates[0].cause].confirm


def note(facts: Facts) -> str:
    """What else a reader should know: another server software, firewalls side by side, rules that a reboot takes."""
    notes = []
    if facts.text('pptp_daemon', 'name') == 'accel-ppp':
        notes.append('This host runs accel-ppp: its log was judged, and the files of pptpd and pppd do not apply.')
    conflicts = [str(text) for code, text in facts.rows('pptp_firewall', 'conflicts', width=2) or []
                 if code in ('legacy-beside-nft', 'two-managers', 'manager-beside-nft', 'two-loaders')]
    if conflicts:
        notes.append('Firewalls side by side: %s. A packet must pass them all.' % '; '.join(conflicts[:2]))
    return ' '.join(notes + _docker(facts) + _after_reboot(facts))


def _docker(facts: Facts) -> list[str]:
    """Docker closes FORWARD for everybody, and makes its own chains anew."""
    there = any(code == 'other-owner' and str(text).startswith('docker ')
                for code, text in facts.rows('pptp_firewall', 'conflicts', width=2) or [])
    closed = any(flow(facts, name) in CLOSED and facts.text('pptp_firewall', 'flows', name, 'rule') == 'policy drop'
                 for name in ('forward_from_ppp', 'forward_to_ppp'))
    return ['Docker keeps FORWARD closed on this host: rules for what clients send belong into its chain DOCKER-USER, '
            'which it calls first and leaves alone.'] if there and closed else []


def _after_reboot(facts: Facts) -> list[str]:
    """Where rules admit PPTP now that the file loaded at boot does not name."""
    if set((facts.table('pptp_firewall', 'survives_reboot') or {}).values()) - {None}:
        return []   # the checks of these flows say it
    boot = facts.table('pptp_firewall', 'boot') or {}
    rows = [(name, row) for name, row in sorted(boot.items()) if isinstance(row, dict) and row.get('enabled')]
    by_rule = any(flow(facts, name) == 'accept' and facts.number('pptp_firewall', 'flows', name, 'position')
                  and names_pptp(facts, name) for name in ('tcp1723_in', 'gre_in'))
    if not by_rule or any(row.get('pptp') is not False for _name, row in rows):
        return []
    return ['The rules that admit PPTP now do not survive a reboot: %s loads %s, which does not name it.' % (
        name, row.get('file')) for name, row in rows[:1]]
