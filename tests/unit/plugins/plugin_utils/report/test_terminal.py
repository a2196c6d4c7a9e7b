# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The report on the terminal: one screen for a host, one line each for many, and no control character of a stranger."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.plugin_utils import entry as entries
from ansible_collections.vpnops.pptp.plugins.plugin_utils.report import terminal
from ansible_collections.vpnops.pptp.plugins.plugin_utils.report.text import clean

HOSTILE = "\x1b[2J\x1b]0;pwned\x07 {{ lookup('pipe', 'touch x') }} <script>\u202egnp\u2028\u009b31m"


def finding(cause: str, stage: str = 'auth', result: str = 'fail', **more: t.Any) -> dict[str, t.Any]:
    return dict({'cause': cause, 'stage': stage, 'result': result, 'severity': 'critical', 'title': 'Title of ' + cause,
                 'confidence': 'certain', 'blocked_by': [], 'evidence': [], 'fix': None}, **more)


def entry(host: str = 'vpn1', status: str = 'broken', cause: str | None = 'no-secret', confidence: str = 'certain',
          **more: t.Any) -> dict[str, t.Any]:
    verdict = {'status': status, 'stage': 'auth' if cause else None, 'cause': cause,
               'confidence': confidence if cause else None}
    diagnosis = dict({'verdict': verdict, 'findings': [finding(cause)] if cause else [], 'ruled_out': [],
                      'candidates': [], 'next_step': None, 'note': '', 'role': 'server'}, **more)
    return entries.judged(host, 'run', 'live', diagnosis, {})


def could(cause: str) -> dict[str, t.Any]:
    return {'cause': cause, 'weight': 50, 'because': 'it may'}


def past(stage: str) -> dict[str, t.Any]:
    return {'cause': None, 'stage': stage, 'because': 'the newest login got beyond it'}


def lines(*found: dict[str, t.Any], **more: t.Any) -> list[str]:
    return list(terminal.report(found, len(found), **more))


def test_a_broken_host_on_one_screen() -> None:
    proofs = [{'fact': 'pptp_secrets.deciding', 'value': 'no address column', 'source': '/etc/ppp/chap-secrets:1'},
              {'fact': 'pptp_logs', 'value': 'required to authenticate itself', 'source': '/var/log/syslog:10'}]
    fix = {'summary': 'Give line 1 a fourth word.', 'commands': ["sed -i '1s/$/ */' /etc/ppp/chap-secrets"]}
    found = entry(findings=[
        finding('no-secret', title='chap-secrets has no usable line', evidence=proofs, fix=fix),
        finding('wrong-secret', title='Wrong password', blocked_by=['no-secret']),
        finding('no-masquerade', 'path', title='Nothing masquerades',
                evidence=[{'fact': 'x', 'value': None, 'source': 'nft'}]),
        finding('pptp-is-weak', 'security', 'warn'), finding('gre-blocked', 'gre', 'pass')],
        ruled_out=[past('control'), past('gre'), {'cause': 'mss', 'stage': 'path', 'because': 'a rule clamps'}],
        next_step='Dial again.', note='It runs accel-ppp.')
    assert lines(found) == [
        'vpn1 is BROKEN: chap-secrets has no usable line',
        '  cause     no-secret (stage auth, certain)',
        '  because   /etc/ppp/chap-secrets:1: no address column',
        '            /var/log/syslog:10: required to authenticate itself',
        '  fix       Give line 1 a fourth word.',
        "              sed -i '1s/$/ */' /etc/ppp/chap-secrets",
        '  so also   Wrong password (wrong-secret)',
        '  besides   Nothing masquerades (no-masquerade, nft)',
        '  ruled out all of control, gre: the newest login got past them',
        '            mss: a rule clamps',
        '  next      Dial again.',
        '  note      It runs accel-ppp.',
        '', terminal.ADVICE]


def told(text: str, cause: str | None = None) -> dict[str, t.Any]:
    return {'from': 'client1', 'outcome': 'failed', 'step': 'auth', 'why': 'rejected', 'text': text} if cause is None \
        else {'from': 'client1', 'cause': cause or None, 'text': text}


def test_dials_stand_at_the_top_and_what_does_not_fit_below_them() -> None:
    found = entry(dials=[told('Login tried from client1: stopped at auth: no (E=691)'),
                         told('Dialled from client2: x')],
                  disagreement=[told('pptp_conf.slots says otherwise.', 'gre-blocked')])
    assert lines(found)[:5] == [
        'vpn1 is BROKEN: Title of no-secret',
        '  cause     no-secret (stage auth, certain)',
        '  dial      Login tried from client1: stopped at auth: no (E=691)',
        '            Dialled from client2: x',
        '  but       connections that pptpd serves at once says otherwise.']
    open_one = entry(cause=None, dials=[told('x')], disagreement=[told('Nothing explains it.', '')])
    assert lines(open_one)[0] == 'vpn1 is BROKEN: a dial failed, and nothing that was found explains it'


def test_a_host_without_a_decision_names_the_candidates_and_the_next_step() -> None:
    found = entry(status='unknown', cause=None, next_step='Run tcpdump.',
                  candidates=[could('gre-blocked'), could('isp-filtering')])
    found['facts'] = {'pptp_secrets': {'evidence': {'denied': [['/etc/ppp/chap-secrets', 'Permission denied']]}}}
    text = '\n'.join(lines(found))
    assert 'vpn1 is UNKNOWN: the evidence does not decide' in text
    assert '  or        gre-blocked: it may\n            isp-filtering: it may\n' in text
    assert 'not read  /etc/ppp/chap-secrets (not permitted: try -b)' in text
    assert 'next      Run tcpdump.' in text


@pytest.mark.parametrize(('status', 'euid', 'shown'), [
    ('healthy', 1000, 'not read  nft (not permitted: try -b)'), ('healthy', 0, ''), ('unknown', 0, 'not read  nft')])
def test_what_could_not_be_read_is_told_of_a_healthy_host_too(status: str, euid: int, shown: str) -> None:
    found = entry(status=status, cause=None)
    found['facts'] = {'pptp_firewall': {'evidence': {'denied': ['nft']}}, 'pptp_host': {'euid': euid}}
    text = [line.strip() for line in lines(found)]
    assert [line for line in text if line.startswith('not read')] == ([shown] if shown else [])


def test_a_source_that_another_proof_explains_is_not_repeated() -> None:
    proofs = [{'fact': 'a', 'value': None, 'source': 'syslog'}, {'fact': 'b', 'value': 'x', 'source': 'syslog'},
              {'fact': 'b', 'value': 'x', 'source': 'syslog'}, {'fact': 'c', 'value': None, 'source': 'nft'}]
    text = lines(entry(findings=[finding('no-secret', evidence=proofs)]))
    assert text[2:4] == ['  because   syslog: x', '            nft']


def test_unread_hosts_are_rows() -> None:
    gone = entries.unread('vpn9', 'run', 'Connection timed out', 'unreachable')
    assert lines(gone) == ['vpn9 is UNKNOWN: unreachable', '  because   Connection timed out', '']
    assert terminal.Terminal().row(gone).split() == ['vpn9', 'unknown', 'unreachable:', 'Connection', 'timed', 'out']


def test_many_hosts_are_one_line_each_and_the_causes() -> None:
    found = [entry('vpn%d' % number) for number in range(7)] + [entry('ok', 'healthy', None)]
    text = lines(*found)
    assert text[0] == 'vpn0                 broken   no-secret: Title of no-secret'
    assert text[7] == 'ok                   healthy'
    assert text[8:11] == ['', 'causes x hosts', '    7  no-secret: vpn0, vpn1, vpn2, vpn3, vpn4, vpn5, vpn6']
    assert '8 hosts: broken 7, healthy 1' in text
    assert len(text) == 14


def test_style_overrules_the_number() -> None:
    assert lines(entry(), brief=True)[0].startswith('vpn1                 broken')
    assert 'host6 is BROKEN: Title of no-secret' in lines(*[entry('host%d' % n) for n in range(9)], brief=False)


def test_colours_are_the_painters() -> None:
    text = lines(entry(), paint=lambda word, colour: '<%s>%s' % (colour, word))
    assert text[0] == 'vpn1 is <red>BROKEN: Title of no-secret'


def test_nothing_of_a_stranger_reaches_the_terminal_raw() -> None:
    proof = {'fact': HOSTILE, 'value': HOSTILE, 'source': HOSTILE}
    bad = finding('no-secret', title=HOSTILE, evidence=[proof], fix={'summary': HOSTILE, 'commands': [HOSTILE]})
    found = entry(HOSTILE, findings=[bad], note=HOSTILE, next_step=HOSTILE,
                  ruled_out=[dict(past('gre'), cause='x', because=HOSTILE)],
                  candidates=[dict(could('x'), because=HOSTILE)], dials=[dict(told(HOSTILE), **{'from': HOSTILE})],
                  disagreement=[told(HOSTILE, 'x')])
    found['facts'] = {'pptp_pppd': {'evidence': {'denied': [[HOSTILE, HOSTILE]]}}}
    for brief in (True, False):
        text = '\n'.join(lines(found, entries.unread(HOSTILE, 'run', HOSTILE), brief=brief))
        assert all(char.isprintable() or char == '\n' for char in text)
    assert r'\x1b[2J' in text


@settings(max_examples=100)
@given(st.text() | st.binary().map(lambda data: data.decode('utf-8', 'surrogateescape'))
       | st.lists(st.integers()) | st.none())
def test_clean_is_one_printable_line(value: t.Any) -> None:
    text = clean(value)
    assert text.isprintable()
    assert len(text) <= 2000


@pytest.mark.parametrize('width', [0, 60, 100, 500])
def test_lines_are_folded(width: int) -> None:
    long = finding('no-secret', evidence=[{'fact': 'a', 'value': 'word ' * 60, 'source': 'x' * 200}])
    assert max(len(line) for line in lines(entry(findings=[long]), width=width)) <= max(60, min(width, 120))
