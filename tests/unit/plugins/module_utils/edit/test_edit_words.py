# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Words that pppd reads as they were meant, and files of which no byte is lost."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import words as e
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import words as w
from ansible_collections.vpnops.pptp.tests.unit.plugins.module_utils.edit.daemons import Pppd, needs_pppd

# what a secret may hold: everything but a newline and a NUL
SECRETS = st.text(st.one_of(st.sampled_from(' \t\r\v\f"\'\\#@*-!=;$`%{}07xnsé€\u00a0\ufeff\x7f\x1b'),
                            st.characters(codec='utf-8', exclude_characters='\n\0')), max_size=60)
PIECES = st.lists(st.sampled_from([b'a', b'bob', b'"', b"'", b'\\', b'#', b'\n', b'\r\n', b' ', b'\t', b'\xff', b'""',
                                   b'\\\n', b'\xef\xbb\xbf', b'\0', b'--', b'*', b'x' * 40]), max_size=25).map(b''.join)


@pytest.mark.parametrize(('value', 'written'), [
    ('plain', b'plain'), ('', b'""'), ('my #1', b'"my #1"'), ('a"b', b'"a\\"b"'), ("o'neil", b'"o\'neil"'),
    ('CORP\\eve', b'"CORP\\\\eve"'), ('é', b'"\xc3\xa9"'), ('\t7', b'"\\0117"'), ('@home', b'@home'), ('*', b'*'),
    ('--', b'--'), ('10.0.0.0/24+', b'10.0.0.0/24+')])
def test_a_word_is_quoted_where_it_must_be(value: str, written: bytes) -> None:
    assert e.quoted(value) == written


@settings(max_examples=80, deadline=None)
@given(SECRETS)
def test_a_quoted_word_reads_as_itself(value: str) -> None:
    data = b'a ' + e.quoted(value) + b' b\n'
    (line,) = e.split(data)
    assert [e.exact(data, word) for word in line.words] == [b'a', w.encode(value), b'b']


@pytest.mark.parametrize(('value', 'why'), [
    ('a\nb', 'newline'), ('a\0', 'NUL'), ('é' * 512, '1024 bytes, pppd takes 1023')])
def test_what_no_word_can_hold_is_refused_without_being_shown(value: str, why: str) -> None:
    with pytest.raises(e.Unfit, match=why) as caught:
        e.quoted(value, 'the secret of bob')
    assert value not in str(caught.value) and 'the secret of bob' in str(caught.value)


@settings(max_examples=80, deadline=None)
@given(PIECES)
def test_lines_are_the_whole_file(data: bytes) -> None:
    lines = e.split(data)
    assert b''.join(data[line.start:line.end] for line in lines) == data
    assert [line.start for line in lines[1:]] == [line.end for line in lines[:-1]]
    read = [[word[:3] for word in found] for found in w.lines(data.decode('utf-8', 'surrogateescape'))]
    assert [[word[:3] for word in line.words] for line in lines if line.words] == read


def test_words_end_where_they_end_for_pppd() -> None:
    data = b'al\0ice ' + b'x' * 1030 + b' "" y\0z'
    (line,) = e.split(data)
    assert [e.exact(data, word) for word in line.words] == [b'al', b'x' * 1023, b'', b'y']


def test_a_newline_is_added_where_it_is_one() -> None:
    assert e.closed(b'a\r\nb') == b'a\r\nb\r\n' and e.closed(b'') == b''
    assert e.closed(b'a\r\nb \\') == b'a\r\nb \\\n\r\n'
    assert e.closed(b'a ""') == b'a ""\n'


@settings(max_examples=80, deadline=None)
@given(PIECES)
@example(b'"\\')
def test_a_line_can_follow_a_closed_file(data: bytes) -> None:
    try:
        closed = e.closed(data)
    except e.Unfit:
        # a backslash makes nothing of the first newline, and an open quote with nothing in it is no word at the end
        assert any(word.flags & w.OPEN for line in e.split(data + b'\n\n') for word in line.words)
        return
    assert closed.startswith(data) and closed[len(data):].strip() == b''
    more = e.split(closed + b'new line\n')
    assert [e.exact(closed + b'new line\n', word) for word in more[-1].words] == [b'new', b'line']
    assert len(more) == len(e.split(closed)) + 1


@needs_pppd
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(SECRETS.filter(lambda text: len(text.encode()) < 257 and not text.startswith('@/')), max_size=8))
def test_pppd_reads_every_secret_as_it_was_meant(pppd: Pppd, secrets: list[str]) -> None:
    users = [b'user%d' % number for number in range(len(secrets))]
    data = b''.join(b'user%d srv %s 10.0.0.5\n' % each for each in enumerate(map(e.quoted, secrets)))
    assert pppd.secrets(data, [(user, b'srv') for user in users]) == [(w.encode(secret), True) for secret in secrets]
