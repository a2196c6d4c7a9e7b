# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""pptpd.conf. The address lists and what pptpd says to them were recorded from pptpd 1.4.0-12 (Debian 12)."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils.parse import pptpd_conf

LAB = 'option /etc/ppp/pptpd-options\ndebug\nlogwtmp\nlocalip 10.99.0.1\nremoteip 10.99.0.100-110\n'


def expand(spec, limit=100):
    pool = pptpd_conf.expand(spec, limit)
    return ['%s-%s' % (pptpd_conf.dotted(first), pptpd_conf.dotted(last)) for first, last in pool.ranges], pool


def test_recorded_file():
    conf = pptpd_conf.parse(LAB)
    assert conf.directives == {'option': ('/etc/ppp/pptpd-options', 1), 'debug': (True, 2), 'logwtmp': (True, 3),
                               'localip': ('10.99.0.1', 4), 'remoteip': ('10.99.0.100-110', 5)}
    assert (conf.ignored, conf.crlf) == ([], 0)


def test_what_is_ignored():
    text = ('\n# x\n localip 10.0.0.1\nlocalip\t10.0.0.2  \nlocalip 10.0.0.3\nLocalip 10.0.0.4\nnothing here\n'
            + 'remoteip ' + '10.0.0.1,' * 60 + '\noption ' + 'x' * 502 + '\n')
    conf = pptpd_conf.parse(text)
    assert conf.directives == {'localip': ('10.0.0.2', 4), 'option': ('x' * 502, 9)}   # 509 characters still pass
    assert [entry[:2] for entry in conf.ignored] == [(3, 'indented'), (5, 'duplicate'), (6, 'unknown'), (7, 'unknown'),
                                                     (8, 'too-long')]
    assert pptpd_conf.parse('option ' + 'x' * 503 + '\n').directives == {}


def test_carriage_returns_belong_to_the_value():
    conf = pptpd_conf.parse('# x\r\n\r\noption /etc/ppp/o\r\ndebug\r\n')
    assert conf.directives == {'option': ('/etc/ppp/o\r', 3)}
    assert (conf.crlf, [entry[:2] for entry in conf.ignored]) == (1, [(4, 'unknown')])
    assert pptpd_conf.parse('\ufeffoption /x\n').directives == {}


@pytest.mark.parametrize(('spec', 'count', 'codes'), [
    ('10.0.0.1 # x', 1, []),                      # inet_addr stops at white space
    ('10.0.0.1 10.0.0.2', 1, []),
    ('10.0.0.1, 10.0.0.2', 1, ['space-in-list']),
    ('10.0.0.1 ,10.0.0.2', 2, []),
    ('10.0.0.5-9', 5, []),
    ('10.0.0.5-9 # c', 0, ['space-in-list']),
    ('10.0.0.9-5', 0, ['bad-range']),
    ('10.0.0.5-10.0.0.9', 0, ['bad-range']),
    ('10.0.0-3.1', 4, []),
    ('10.0-1.0-3.1', 0, ['bad-range']),
    ('10.0.0.250-260', 0, ['bad-address']),
    ('10.0.0.1,,10.0.0.2', 2, ['bad-address']),
    ('10.0.0.1,', 1, ['bad-address']),
    ('234-8', 0, ['bad-range']),
    ('1000.1.1.1', 0, ['bad-address']),
    ('10.0.0.1-1', 1, []),
    ('10.0.0.1\r', 1, []),
    ('10.0.0.1-5\r', 0, ['crlf']),
    ('10.0.0.1;10.0.0.2', 0, ['bad-address']),
    ('localhost', 1, []),
    ('10.0.0.1/24', 0, ['bad-address']),
    ('10.0.0.-5', 0, ['bad-range']),
    ('10.0.0.1234', 0, ['bad-address']),
])
def test_lists_as_recorded(spec, count, codes):
    pool = pptpd_conf.expand(spec, 100)
    assert (pool.size, [code for code, _item in pool.errors]) == (count, codes)


def test_ranges():
    assert expand('10.8.0.234-238,10.8.0.245')[0] == ['10.8.0.234-10.8.0.238', '10.8.0.245-10.8.0.245']
    assert expand('10.1-3.0.9')[0] == ['10.1.0.9-10.1.0.9', '10.2.0.9-10.2.0.9', '10.3.0.9-10.3.0.9']
    assert expand('192.168.1.1-100', 10)[0] == ['192.168.1.1-192.168.1.10']
    assert expand('10.0.0.1,10.0.0.1')[1].size == 2
    assert pptpd_conf.overlap([(5, 9), (1, 5)]) == 5
    assert pptpd_conf.overlap([(5, 9), (1, 4)]) is None


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet='0123456789.-, \r\nabc#', max_size=60))
def test_never_an_error(text):
    pptpd_conf.parse(text)
    pool = pptpd_conf.expand(text, 7)
    assert 0 <= pool.size <= 7
    assert all(0 <= first <= last < 2 ** 32 for first, last in pool.ranges)


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=80))
def test_any_text(text):
    pptpd_conf.parse(text)
    pptpd_conf.expand(text, 100)


def test_linear():
    started = time.process_time()
    pptpd_conf.parse('localip 10.0.0.1\n' * 100000)
    pptpd_conf.expand(',' * 200000, 100)
    pptpd_conf.expand('1.' * 100000 + '-', 100)
    assert time.process_time() - started < 5
