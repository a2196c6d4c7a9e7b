# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""pppd's words: against a second reading of its grammar, and against pppd itself where there is one."""

from __future__ import annotations

import shutil
import subprocess
import time

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils.parse import option_table, words as w

PPPD = shutil.which('pppd', path='/usr/sbin:/sbin:/usr/bin')
BITS = st.sampled_from(['a', 'b7', '"', "'", '\\', '#', '\n', ' ', '\t', '\r\n', '\v', '\u00a0', 'é', '7', 'x4',
                        '\\n', '\\\n', 's', '\0', '\udcff', '\x1c', '\x85'])
TEXTS = st.lists(BITS, max_size=25).map(''.join)


def values(text):
    return [[word.value for word in found] for found in w.lines(text)]


def unescape(data, pos):
    """What stands behind a backslash: where it ends, and its value."""
    code = data[pos:pos + 1]
    named = {ord('a'): b'\a', ord('b'): b'\b', ord('f'): b'\f', ord('n'): b'\n', ord('r'): b'\r', ord('s'): b' ',
             ord('t'): b'\t', ord('\n'): b''}
    if code and code[0] in named:
        return pos + 1, named[code[0]]
    digits, base, most = (b'01234567', 8, 3) if code != b'x' else (b'0123456789abcdefABCDEF', 16, 2)
    start = end = pos + (code == b'x')
    while end < start + most and data[end:end + 1] and data[end] in digits:
        end += 1
    return (end, bytes([int(data[start:end] or b'0', base) & 255])) if end > pos else (pos + 1, code)


def skip(data, pos):
    """The end of the white space and comments at *pos*, and whether a line ended there."""
    newline = False
    while pos < len(data):
        if data[pos:pos + 2] == b'\\\n':
            pos += 2
        elif data[pos:pos + 1] == b'#':
            while pos < len(data) and data[pos:pos + 1] != b'\n':
                pos += 1
        elif data[pos:pos + 1] in (b' ', b'\t', b'\r', b'\v', b'\f', b'\n'):
            newline = newline or data[pos:pos + 1] == b'\n'
            pos += 1
        else:
            break
    return pos, newline


def reference(text):
    """The automaton of getword, one byte at a time; ``[(value, starts a line)]``."""
    data, pos, found = w.encode(text), 0, []
    while True:
        pos, newline = skip(data, pos)
        if pos >= len(data):
            return found
        value = quote = b''
        while pos < len(data):
            char, pos = data[pos:pos + 1], pos + 1
            if char == b'\\':
                pos, piece = unescape(data, pos)
                value += piece
            elif char == quote:
                quote = b''
            elif not quote and char in (b'"', b"'"):
                quote = char
            elif not quote and char in (b' ', b'\t', b'\r', b'\v', b'\f', b'\n', b'#'):
                pos -= 1
                break
            else:
                value += char
        if value or pos < len(data):
            found.append((w.decode(value[:1023].split(b'\0')[0]), newline or not found))


@pytest.mark.parametrize(('text', 'expected'), [
    ('alice pptpd "my #1" * # x\n', [['alice', 'pptpd', 'my #1', '*']]),
    ('a\\\nb c\nd', [['ab', 'c'], ['d']]),
    ('vpnuser pptpd se#cret *\nx', [['vpnuser', 'pptpd', 'se'], ['x']]),
    ('my"sec ret"x y', [['mysec retx', 'y']]),
    ('CORP\\\\u "a\\"b" \'c\\\'d\'', [['CORP\\u', 'a"b', "c'd"]]),
    ('\\x41\\101\\s. \\8 \\x', [['AA .', '8', '']]),
    ('a "x\ny" b\nc', [['a', 'x\ny', 'b'], ['c']]),
    ('a "x\ny', [['a', 'x\ny']]),
    ('""', []), ('"" \n', [['']]), ('\\', []), ('', []), ('#x', []),
    ('a\u00a0b c', [['a\u00a0b', 'c']]),
    ('# c \\\nb', [['b']]),
])
def test_words(text, expected):
    assert values(text) == expected


def test_flags_and_lines():
    (one, two), (three,) = w.lines('# x\n\n"a\nb" c\\q#\nd')
    assert (one.line, one.flags) == (3, w.QUOTED | w.SPANS)
    assert (two.line, two.flags) == (4, w.ESCAPED | w.ODD_ESCAPE | w.HASH | w.COMMENT)
    assert (three.line, three.flags) == (5, 0)
    assert next(w.words('x"y')).flags == w.QUOTED | w.OPEN
    long = [(word.flags, len(word.value)) for word in w.words('b' * 1023 + ' ' + 'b' * 1024)]
    assert long == [(0, 1023), (w.LONG, 1023)]


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_reads_like_the_automaton(text):
    found = [(word.value, index == 0) for line in w.lines(text) for index, word in enumerate(line)]
    assert found == reference(text)


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_spans_hold_the_words(text):
    data = w.encode(text)
    fast, exact = list(w.lines(text)), list(w.lines(text, spans=True))
    assert [[word[:3] for word in line] for line in fast] == [[word[:3] for word in line] for line in exact]
    for word in (word for line in exact for word in line):
        assert 0 <= word.start < word.end <= len(data)
        assert data.count(b'\n', 0, word.start) + 1 == word.line


@pytest.mark.parametrize('text', ['"' + 'a' * 400000, '\\' * 400001, '\\\n' * 200000, '" ' * 200000, '#\n' * 200000,
                                  'a"' * 200000, "'\"" * 200000])
def test_linear(text):
    started = time.process_time()
    for _word in w.words(text):
        pass
    assert time.process_time() - started < 5


@pytest.mark.skipif(PPPD is None, reason='needs pppd')
@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(['a', 'zq', '"', "'", '\\', '#', '\n', ' ', '\r', '\v', '7', 'x4', '\\n', '\\\n']),
                min_size=1, max_size=9).map(''.join))
def test_pppd_stops_at_our_first_word(tmp_path_factory, text):
    path = tmp_path_factory.mktemp('pppd') / 'options'
    path.write_bytes(text.encode())
    done = subprocess.run([PPPD, 'dryrun', 'nodetach', 'file', str(path)], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=20, check=False)
    _head, _sep, rest = done.stdout.decode('utf-8', 'replace').partition("unrecognized option '")
    ours = [word.value for word in w.words(text) if option_table.wild(word.value) is None]
    if not ours or '\0' in text:
        assert not rest
    else:
        assert rest.startswith(ours[0] + "'\n")
