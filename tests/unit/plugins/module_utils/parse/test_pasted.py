# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What terminals, forums and locales do to a log, undone."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils.parse import pasted


@pytest.mark.parametrize(('name', 'number'), [
    ('Jan', 1), ('JUN', 6), ('janv.', 1), ('févr.', 2), ('Mär', 3), ('Okt', 10), ('août', 8), ('juil.', 7), ('дек', 12),
    ('май', 5), ('čen', 6), ('čec', 7), ('szept', 9), ('5月', 5), ('12月', 12), ('foo', 0), ('', 0)])
def test_months_of_other_locales(name: str, number: int) -> None:
    assert pasted.month_number(name) == number


@pytest.mark.parametrize(('text', 'plain'), [
    ('**Modem hangup**', 'Modem hangup'), ('[B]Modem hangup[/B]', 'Modem hangup'),
    ('[COLOR=#ff0000]Modem hangup[/COLOR]**', 'Modem hangup'),
    ('Connect: ppp0 &lt;--&gt; /dev/pts/0', 'Connect: ppp0 <--> /dev/pts/0'),
    ('sent [LCP TermAck id=0x2]', 'sent [LCP TermAck id=0x2]'), ('Client 192.0.2.*** gone', 'Client 192.0.2.*** gone'),
    ('Login OK: [bob/x] (from client a)', 'Login OK: [bob/x] (from client a)')])
def test_decorations_go(text: str, plain: str) -> None:
    assert pasted.undecorated(text) == plain


@pytest.mark.parametrize('glue', [' ', ''])
@pytest.mark.parametrize('head', ['', 'Mar  3 09:00:01 gw ', '2026-03-03T09:00:01.5+00:00 gw '])
def test_records_on_one_line_are_told_apart(glue: str, head: str) -> None:
    first, second = head + 'pptpd[40]: CTRL: Starting call (launching pppd)', head + 'pppd[41]: Modem hangup'
    assert [record.strip() for record in pasted.records(first + glue + second)] == [first, second]


@pytest.mark.parametrize('text', [
    'Mar  3 09:00:01 gw pptp[7]: anon log[main:pptp.c:314]: The synchronous pptp option is NOT activated',
    'Mar  3 09:00:01 gw pptpd[40]: /usr/sbin/pppd: In file /etc/ppp/options: unrecognized option', '', 'no head',
    'Mar  3 09:00:01 gw pptpd[40]: CTRL: Reaping child PPP[41]'])
def test_one_record_stays_one(text: str) -> None:
    assert pasted.records(text) == [text]


def known(text: str) -> bool:
    return text.startswith('Exit')


def unwrapped(*lines: str) -> list[list[str]]:
    return list(pasted.unwrapped([line.encode() for line in lines], known))


def test_a_wrapped_line_is_joined_and_lines_keep_their_numbers() -> None:
    head = 'Mar  3 09:00:01 gw pptpd[40]: CTRL: Client 192.0.2.7 control connection'
    assert unwrapped(head, 'finished', 'Exit.') == [[head + ' finished'], [], ['Exit.']]
    assert unwrapped('rcvd [CHAP Failure id=0x7 "E=691', 'R=1"]', 'Exit.') == [
        ['rcvd [CHAP Failure id=0x7 "E=691 R=1"]'], [], ['Exit.']]


@pytest.mark.parametrize('after', ['Exit.', 'pppd[41]: x', 'Mar  3 09:00:02 gw cron[1]: x', '$ tail -f log', '',
                                   '# comment', '{"MESSAGE": "x"}'])
def test_what_begins_anew_is_not_joined(after: str) -> None:
    head = 'Mar  3 09:00:01 gw pptpd[40]: CTRL: Client 192.0.2.7 control connection'
    assert unwrapped(head, after) == [[head], [after]]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=90), st.sampled_from([
    b'Mar  3 09:00:01 gw pptpd[40]: CTRL: Client 192.0.2.7 control connection ', b'rcvd [LCP ConfReq id=0x1',
    b'pptpd[40]: CTRL: pppd[41]: x', b'finished'])), max_size=12))
def test_every_line_is_answered_once(lines: list[bytes]) -> None:
    assert len(list(pasted.unwrapped(lines, known))) == len(lines)


@pytest.mark.parametrize('filler', ['pppd[1]: ', ']: ', '**', '[B]', '&lt;', 'Mar 3 09:00:01 ', 'sent ['])
def test_a_long_line_takes_no_time(filler: str) -> None:
    text = filler * (20000 // len(filler))
    begun = time.process_time()
    pasted.records(text)
    pasted.undecorated(text)
    list(pasted.unwrapped([text.encode()] * 3, known))
    assert time.process_time() - begun < 0.5
