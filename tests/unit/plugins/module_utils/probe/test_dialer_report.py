# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What goes out of a dial: plain, bounded, and the right one of many."""

from __future__ import annotations

import json
import typing as t

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils.dial.result import Result
from ansible_collections.vpnops.pptp.plugins.module_utils.probe import dialer, dialer_report as report, dialer_sockets
from ansible_collections.vpnops.pptp.plugins.module_utils.wire import mschap


def row(status: str = 'ok', mode: str = 'login', seen: dict[str, t.Any] | None = None, **more: t.Any) -> report.Row:
    result = Result(status, more.pop('step', 'ping'), more.pop('why', ''), '', mode, {'total': more.pop('took', 5)},
                    seen or {})
    return report.row('vpnops-0', dialer.Dial(result, ['10.0.0.1', 4000], more.pop('refusal', {}), '', {}, []))


def series(*rows: report.Row) -> report.Row:
    found = report.Series()
    for one in rows:
        found.add(one)
    return found.returns()


_VALUES = st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
                       lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner),
                       max_leaves=20)


@given(_VALUES)
@settings(max_examples=100, deadline=None)
def test_whatever_was_seen_goes_out_as_json(value: t.Any) -> None:
    text = json.dumps(report.plain({'a': value}), ensure_ascii=False)
    assert text.isprintable()
    text.encode('utf-8')


def test_texts_lists_and_depths_are_cut() -> None:
    deep: t.Any = 'x'
    for _level in range(50):
        deep = [deep]
    found = report.plain({'text': 'x' * 999, 'list': list(range(999)), 'deep': deep, 'bytes': b'secret'})
    assert (len(found['text']), len(found['list']), found['bytes']) == (200, 40, 'bytes')
    assert len(json.dumps(found['deep'])) < 40


def test_control_characters_are_shown_and_not_sent() -> None:
    assert report.escaped('a\x1b[1m\n\u202e\udc80') == 'a\\x1b[1m\\n\\u202e\\udc80'
    assert len(report.escaped('\x1b' * 500)) == 200


def test_the_first_that_is_not_ok_is_the_answer() -> None:
    found = series(row(), row('unknown', step='ccp', why='lossy'), row('failed', step='auth', why='rejected'), row())
    assert (found['outcome'], found['step'], found['why']) == ('unknown', 'ccp', 'lossy')
    assert found['logins'] == {'ok': 2, 'failed': 1, 'unknown': 1}
    assert series(row(mode='reach', step='call'), row())['step'] == 'ping'


def test_a_path_is_told_only_where_it_was_found_out() -> None:
    """The ladder that was cut short has passed its lowest rung, which says nothing of the path."""
    rung = {'path': {'largest': 576, 'asked': 1440, 'mtu': 532, 'mss': 492, 'told': 0}}
    for status in ('unknown', 'failed'):
        assert series(row(status, 'path', rung, step='path', why='cut-short'))['path'] == {}
    assert series(row(mode='path', seen=rung, step='path'))['path'] == {'largest': 576, 'mtu': 532, 'mss': 492}


def test_of_many_some_are_kept() -> None:
    found = series(*[row(took=n) for n in range(1, 101)], *[row('failed', step='auth', why='rejected')] * 100)
    kept = [one['outcome'] for one in found['dials']]
    assert (kept.count('ok'), kept.count('failed'), found['left_out']) == (8, 24, 168)
    assert found['login_ms'] == {'least': 1, 'median': 50, 'most': 100}


def test_how_the_connection_failed_is_told() -> None:
    found = row('failed', step='tcp', why='refused', refusal={'errno': 'ECONNREFUSED'})
    assert found['seen'] == {'tcp': {'errno': 'ECONNREFUSED'}}
    assert found['words'].startswith('the server refuses')


@pytest.mark.parametrize(('mode', 'seen', 'words'), [
    ('login', {'auth': {'method': 'pap'}, 'ipcp': {'address': '10.0.0.9'}},
     'u at s: logged in by pap with no encryption, address 10.0.0.9'),
    ('reach', {'control': {'vendor': 'linux', 'host': ''}}, 's: takes calls (vendor linux, host -)'),
    ('path', {'path': {'largest': 1440, 'mtu': 1396, 'mss': 1356}},
     's: packets of up to 1440 bytes pass, which leaves an MTU of 1396 and an MSS of 1356 in the tunnel')])
def test_a_line_for_people(mode: str, seen: dict[str, t.Any], words: str) -> None:
    assert report.message('s', 'u', row(mode=mode, seen=seen)) == words


@pytest.mark.parametrize(('code', 'detail', 'words'), [
    (691, 'Access denied', ' (Access denied)'), (649, '', ' (E=649, no dial-in permission)'), (None, 'No', ' (No)'),
    (648, 'Call us', ' (E=648, password expired: Call us)'), (5, '', ' (E=5)'), (691, '', '')])
def test_a_refusal_that_is_not_about_the_password_is_said(code: int | None, detail: str, words: str) -> None:
    failure = {'code': code, 'words': mschap.CODES.get(code or 0, ''), 'message': detail, 'retry': None}
    found = {**row('failed', step='auth', why='rejected', seen={'auth': {'failure': failure}}), 'detail': detail}
    assert report.message('s', 'u', found).partition('the password or both')[2] == words


@pytest.mark.parametrize(('status', 'step', 'why', 'resent', 'acked', 'verdict'), [
    ('failed', 'control', 'no-answer', 0, 1, ('failed', 'no-answer')),
    ('failed', 'control', 'no-answer', 2, 157, ('unknown', 'lossy')),
    ('failed', 'control', 'no-answer', 2, 1, ('unknown', 'lossy')),
    ('failed', 'control', 'no-answer', 5, 1, ('failed', 'no-answer')),
    ('failed', 'control', 'no-answer', 5, 157, ('unknown', 'lossy')),
    ('failed', 'call', 'no-answer', 5, 157, ('failed', 'no-answer')),
    ('failed', 'call', 'no-answer', 5, 325, ('unknown', 'lossy')),
    ('failed', 'control', 'closed', 1, 1, ('unknown', 'lossy')),
    ('failed', 'control', 'closed', 0, 157, ('failed', 'closed')),
    ('failed', 'call', 'refused', 3, 325, ('failed', 'refused')),
    ('failed', 'auth', 'rejected', 3, 400, ('failed', 'rejected')),
    ('ok', 'call', '', 3, 325, ('ok', ''))])
def test_what_tcp_lost_makes_silence_no_proof(status: str, step: str, why: str, resent: int, acked: int,
                                              verdict: tuple[str, str]) -> None:
    control = dialer_sockets.Control('192.0.2.1', 1723)
    control.resent, control.acked = resent, acked
    found = dialer.judged(Result(status, step, why, '', 'login', {}, {}), control)
    assert (found.status, found.why) == verdict
