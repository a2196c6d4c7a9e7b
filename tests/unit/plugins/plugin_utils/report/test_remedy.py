# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the terminal and the report say of a remediation."""

from __future__ import annotations

import json
import typing as t

import jsonschema
import pytest

from ansible_collections.vpnops.pptp.plugins.plugin_utils import entry as entries, plan
from ansible_collections.vpnops.pptp.plugins.plugin_utils.diagnosis import diagnose
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_step import LEFT_OUT, WARNING, Case, Choices
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_words import WORDS, handed
from ansible_collections.vpnops.pptp.plugins.plugin_utils.report import remedy
from ansible_collections.vpnops.pptp.plugins.plugin_utils.report.terminal import report
from ansible_collections.vpnops.pptp.tests.unit.running import schema

STEP: dict[str, t.Any] = {
    'cause': 'gre-blocked', 'role': 'tunnel_firewall', 'vars': {}, 'risk': 'firewall', 'why': 'GRE is blocked (nft:4)',
    'consent': None, 'undo': 'the role with tunnel_firewall_state: absent'}
NOOP = {'cause': 'wrong-secret', 'why': 'two passwords', 'words': 'type it anew', 'who': 'the user'}
WARNED = {'cause': 'no-masquerade', 'why': WARNING, 'words': 'x', 'who': 'you'}
PROOF = {'proved': ['gre-blocked'], 'unproved': [], 'still': [], 'new': [], 'others': [], 'ok': True, 'why': ''}
RECORD = {'id': '20261126T011500Z-3f9c', 'outcome': 'done', 'proof': PROOF, 'login': 'up', 'reason': None, 'files': 1,
          'before': {'status': 'broken', 'stage': 'gre', 'cause': 'gre-blocked', 'confidence': 'certain'}}


def entry(**more: t.Any) -> dict[str, t.Any]:
    """The entry of a host, with more in it."""
    made = entries.judged('vpn1', 'run', 'live', json.loads(json.dumps(diagnose({}).as_dict())), {})
    return dict(made, **more)


def text(found: dict[str, t.Any]) -> str:
    """What the terminal shows of it."""
    return '\n'.join(report([found], 1, 200))


def test_broken_done_proof_and_what_is_left() -> None:
    shown = text(entry(plan={'steps': [STEP], 'noops': [NOOP, WARNED]}, remediation=RECORD))
    for line in ('  was       broken: gre-blocked (stage gre)',
                 '  done      gre-blocked, by the role tunnel_firewall: GRE is blocked (nft:4)',
                 '  proof     gone: gre-blocked; a real login works', '  end       kept',
                 '  undo      ansible-playbook vpnops.pptp.rollback -e pptp_remediation=20261126T011500Z-3f9c',
                 '  not done  wrong-secret: two passwords', '            for the user: type it anew'):
        assert line in shown, shown
    assert 'left      no-masquerade: warnings' in shown
    assert '-e pptp_only=no-masquerade' in shown


def test_a_cut_says_how_the_host_stands_and_what_to_run() -> None:
    record = {'id': RECORD['id'], 'outcome': 'open', 'failed_steps': ['the host could not be reached: no route']}
    shown = text(entry(plan={'steps': [STEP], 'noops': []}, remediation=record))
    for line in ('  tried     gre-blocked', '  end       it was interrupted', 'a part of it may be done',
                 'run it again', 'the host could not be reached: no route',
                 '  undo      ansible-playbook vpnops.pptp.rollback'):
        assert line in shown, shown


def test_a_step_on_another_host_names_it_in_plain_words() -> None:
    step = dict(STEP, cause='radius-unknown-client', role='freeradius', vars={'host': 'radius'}, why='no client (x:1)')
    shown = text(entry(plan={'steps': [step], 'noops': []}, remediation=RECORD))
    assert 'radius-unknown-client, by the role freeradius on radius: no client (x:1)' in shown
    assert 'host:' not in shown


@pytest.mark.parametrize('cause', sorted(WORDS))
def test_no_words_for_another_admin_are_cut_off(cause: str) -> None:
    long = {'pptp_host': {'hostname': 'v' * 63}, 'pptp_logs': {'sessions': [
        {'outcome': 'failed', 'user': 'u' * 64, 'client': '198.51.100.200'}]}}
    noop = handed(Case({'cause': cause, 'fix': None}, Facts(long), Choices())).as_dict()
    [_why, (_label, said)] = [line for line in remedy.lines(entry(plan={'steps': [], 'noops': [noop]}))
                              if line[1].startswith(cause) or line[1].startswith('for ')]
    assert said.endswith(noop['words'][-20:])


def test_what_was_refused_was_not_tried() -> None:
    record = {'outcome': 'refused', 'reason': 'the rollback of X was interrupted'}
    shown = text(entry(plan={'steps': [STEP], 'noops': []}, remediation=record))
    assert '  would do  gre-blocked' in shown
    assert 'nothing was changed, because the rollback of X was interrupted' in shown


@pytest.mark.parametrize(('outcome', 'said'), [('done', True), ('undone', True), ('half', True), ('open', True),
                                               ('nothing', False), ('refused', False)])
def test_packages_that_stay_are_told(outcome: str, said: bool) -> None:
    step = dict(STEP, role='pptp_server', risk='package')
    record = dict(RECORD, outcome=outcome)
    assert ('packages that were installed stay' in text(entry(plan={'steps': [step], 'noops': []}, remediation=record))
            ) is said
    assert 'packages' not in text(entry(plan={'steps': [STEP], 'noops': []}, remediation=record))


def test_a_host_that_was_not_read_was_not_remediated() -> None:
    assert remedy.failed(entries.unread('vpn1', 'run', 'no route', 'unreachable'))
    assert not remedy.failed(entry())


@pytest.mark.parametrize(('outcome', 'word'), [('done', 'fixed'), ('undone', 'put back'), ('half', 'NOT all put back'),
                                               ('open', 'interrupted'), ('refused', 'refused'), ('nothing', '')])
def test_of_many_hosts_each_line_says_what_came_of_it(outcome: str, word: str) -> None:
    [shown] = [line for line in report([entry(remediation=dict(RECORD, outcome=outcome))], 9, 200)
               if line.startswith('vpn1')]
    assert word in shown
    assert [other for other in ('put back', 'fixed', 'interrupted', 'refused') if other in shown and other not in word
            ] == []


def test_what_pptp_only_leaves_out_is_one_line() -> None:
    left = [dict(NOOP, cause=cause, why=LEFT_OUT, words='Name it in pptp_only, too.')
            for cause in ('dev-ppp-missing', 'no-masquerade', 'pptp-is-weak')]
    shown = text(entry(plan={'steps': [STEP], 'noops': [*left, NOOP]}))
    assert '  left out  by pptp_only: dev-ppp-missing, no-masquerade\n' in shown
    assert 'Name it' not in shown
    assert '  not done  wrong-secret: two passwords' in shown


def test_what_went_away_with_the_fix_is_not_left_to_anybody() -> None:
    found = entry(plan={'steps': [STEP], 'noops': [NOOP]}, remediation=RECORD)
    gone = [dict(finding, result='pass') if finding['cause'] == 'wrong-secret' else finding
            for finding in found['findings']]
    assert 'not done' in text(found)
    assert 'not done' not in text(dict(found, findings=gone))
    assert 'not done' in text(dict(found, findings=gone, remediation={'outcome': 'undone'}))


def test_a_plan_alone_is_what_would_be_done() -> None:
    shown = text(entry(plan={'steps': [STEP], 'noops': []}))
    assert '  would do  gre-blocked' in shown
    assert '  end ' not in shown


@pytest.mark.parametrize(('outcome', 'failed'), [('done', False), ('nothing', False), ('undone', True), ('half', True),
                                                 ('refused', True), ('open', True)])
def test_what_fails_the_play(outcome: str, failed: bool) -> None:
    found = entry(plan={'steps': [STEP], 'noops': []}, remediation=dict(RECORD, outcome=outcome, reason='x'))
    assert remedy.failed(found) is failed
    assert 'because x' in text(found)


def test_words_of_strangers_cannot_leave_their_line() -> None:
    shown = text(entry(plan={'steps': [dict(STEP, why='\x1b[2J{{ x }}\nline')], 'noops': [dict(NOOP, words='\x07a')]}))
    assert '\x1b' not in shown
    assert '\x07' not in shown


def test_the_schema_knows_it_all() -> None:
    found = entry(plan={'steps': [STEP], 'noops': [NOOP]}, remediation=RECORD)
    jsonschema.validate(found, {'$ref': '#/$defs/hostFile', '$defs': schema()['$defs']})
    made = plan.make(found, Choices()).as_dict()
    jsonschema.validate(json.loads(json.dumps(made)), {'$ref': '#/$defs/plan', '$defs': schema()['$defs']})
