# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""chap-secrets: recorded files of real servers and what pppd made of them, and never a secret."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils.parse import chap_secrets as cs


def codes(text):
    return [(line, code) for line, code, _who in cs.parse(text).problems]


def verdict(text, server='pptpd', client=None):
    """What pppd's start-up check makes of *text*: (line, why)."""
    entry = cs.best(cs.parse(text).entries, server, client)
    return entry and (entry.line, cs.usable(entry))


# text, problems, deciding line; the verdicts were seen in the lab with pppd 2.4.9
@pytest.mark.parametrize(('text', 'problems', 'deciding'), [
    ('# client server secret IP\nvpnuser pptpd secretpassword *\n', [], (2, 'ok')),
    ('vpnuser otherserver secretpassword *\n', [], None),
    ('vpnuser * secretpassword *\n', [], (1, 'ok')),
    ('vpnuser pptpd se#cret *\n', [(1, 'unquoted-hash'), (1, 'missing-address-column')], (1, 'no-address')),
    ('vpnuser pptpd #secret *\n', [(1, 'too-few-words'), (1, 'unquoted-hash')], None),
    ('vpnuser pptpd my secret *\n', [(1, 'unquoted-space')], (1, 'ok')),
    ('vpnuser pptpd my\\secret *\n', [(1, 'backslash-in-secret')], (1, 'ok')),
    ('vpnuser pptpd my"secret *\nbob pptpd pw *\n', [(1, 'unbalanced-quote'), (1, 'missing-address-column')],
     (1, 'no-address')),
    ("vpnuser pptpd my'secret *\n", [(1, 'unbalanced-quote'), (1, 'missing-address-column')], (1, 'no-address')),
    ('vpnuser pptpd "a#b c\\\\d\\"e\'f" *\n', [], (1, 'ok')),
    ('vpnuser pptpd "pässwörd" *\n', [(1, 'non-ascii-secret')], (1, 'ok')),
    ('vpnuser pptpd @secret *\n', [], (1, 'ok')),
    ('vpnuser pptpd secretpassword\n', [(1, 'missing-address-column')], (1, 'no-address')),
    ('vpnuser pptpd secretpassword -\n', [(1, 'address-dash')], (1, 'dash')),
    ('vpnuser pptpd secretpassword !10.0.0.0/8\n', [], (1, 'denied')),
    ('vpnuser pptpd secretpassword 10.99.0.0/24\n', [], (1, 'ok')),
    ('vpnuser pptpd secretpassword 10.99.0.999 *\n', [(1, 'bad-address')], (1, 'ok')),
    ('vpnuser pptpd secretpassword 10.99.0.0/33\n', [(1, 'bad-address')], (1, 'ok')),
    ('vpnuser pptpd secretpassword 10.99.0.0/24+ -- mtu 1400\n', [], (1, 'ok')),
    ('vpnuser pptpd secretpassword -- mtu 1400\n', [(1, 'missing-address-column')], (1, 'no-address')),
    ('vpnuser pptpd secretpassword *\r\n', [(1, 'crlf')], (1, 'ok')),
    ('vpnuser pptpd secretpassword\r\n', [(1, 'crlf'), (1, 'missing-address-column')], (1, 'no-address')),
    ('vpnuser pptpd secretpassword *', [], (1, 'ok')),
    ('CORP\\\\vpnuser pptpd secretpassword *\n', [], (1, 'ok')),
    ('CORP\\vpnuser pptpd secretpassword *\n', [(1, 'backslash-in-name')], (1, 'ok')),
    ('\ufeffvpnuser pptpd secretpassword *\n', [(1, 'bom')], (1, 'ok')),
    ('\ufeff# x\nvpnuser pptpd secretpassword *\n', [(1, 'bom')], (2, 'ok')),
    ('vpnuser\u00a0pptpd pw *\n', [(1, 'missing-address-column'), (1, 'nbsp')], None),
    ('vpnuser pptpd ' + 'x' * 257 + ' *\n', [(1, 'secret-too-long')], (1, 'ok')),
    ('vpnuser pptpd ' + 'x' * 1024 + ' *\n', [(1, 'word-too-long'), (1, 'secret-too-long')], (1, 'ok')),
    ('alice pptpd a *\nalice pptpd b *\n', [(2, 'duplicate')], (1, 'ok')),
    ('bob pptpd pw\nalice pptpd secret *\n', [(1, 'missing-address-column')], (1, 'no-address')),
    ('alice pptpd secret *\nbob pptpd pw\n', [(2, 'missing-address-column')], (1, 'ok')),
    ('* * secret *\nalice pptpd pw\n', [(2, 'missing-address-column')], (2, 'no-address')),
    ('alice PPTPD secret *\n', [], None),
    ('', [], None),
    ('alice \\\n pptpd x *\n', [], (1, 'ok')),
])
def test_recorded(text, problems, deciding):
    assert sorted(codes(text)) == sorted(problems)
    assert verdict(text) == deciding


def test_best_match():
    text = '* * a *\n* pptpd b *\nalice * c *\nalice pptpd d *\nalice pptpd e -\n'
    assert verdict(text)[0] == 4
    assert verdict(text, 'other')[0] == 3
    assert verdict(text, 'pptpd', 'bob')[0] == 2
    assert verdict(text, 'pptpd', 'alice')[0] == 4
    assert verdict('* pptpd b *\nalice * c *\n')[0] == 2


@pytest.mark.parametrize(('secret', 'form'), [('x', 'word'), ('"x"', 'quoted'), ('@/etc/x', 'file'), ('""', 'empty'),
                                              ('@x', 'word')])
def test_forms(secret, form):
    entry = cs.parse('a b %s *' % secret).entries[0]
    assert (entry.form, entry.indirect) == (form, '/etc/x' if form == 'file' else '')


# lines whose columns are out of order must not pass a secret off as a name
@pytest.mark.parametrize(('text', 'names'), [
    ('alice pptpd secretpassword *', ('alice', 'pptpd')),
    ('alice otherserver secretpassword *', ('alice', 'otherserver')),
    ('alice secretpassword *', ('alice', '?')), ('alice secretpassword 10.0.0.1', ('alice', '?')),
    ('alice secretpassword', ('?', '?')), ('secretpassword *', ('?', '*')), ('alice pptpd', ('alice', 'pptpd')),
    ('alice secretpassword pptpd *', ('alice', '?')), ('alice my secretpassword pptpd *', ('alice', '?')),
    ('"alice pptpd secretpassword *\nbob" pptpd x *', ('?', 'pptpd')),
])
def test_names(text, names):
    assert cs.parse(text).entries[0].names == names


def test_nothing_behind_a_stray_quote_is_shown():
    parsed = cs.parse('a pptpd my"x *\nb pptpd "secretpassword" *\nsecretpassword x"y z *\nc d" pptpd x *\n')
    assert 'secretpassword' not in repr([entry.names for entry in parsed.entries]) + repr(parsed.problems)


def test_lines_behind_a_closed_quote_are_as_written():
    parsed = cs.parse('a x my"y *\nb x "z\nc srv pw *\n')
    assert [entry.names for entry in parsed.entries] == [('a', 'x'), ('c', 'srv')]


WORDS = st.sampled_from(['secretpassword', '"', "'", '\\', '#', '\n', ' ', '*', 'alice', 'pptpd', '@/x', '--', '-',
                         '\u00a0', '\r\n', '\udcff', '\0', 'x y'])


@settings(max_examples=200, deadline=None)
@given(st.lists(WORDS, max_size=25).map(' '.join) | st.lists(WORDS, max_size=25).map(''.join))
def test_never_an_error(text):
    parsed = cs.parse(text)
    for server in ('pptpd', '*', ''):
        entry = cs.best(parsed.entries, server)
        assert entry is None or cs.usable(entry)


def test_a_hundred_thousand_lines():
    plain = ''.join('user%d pptpd secret *\n' % number for number in range(60000))
    quoted = ''.join('quoted%d pptpd "sec ret" 10.0.0.1 # x\n' % number for number in range(40000))
    started = time.process_time()
    assert len(cs.parse(plain + quoted).entries) == 100000
    assert time.process_time() - started < 5
