# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The secrets files as facts."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings, strategies as st

from ansible_collections.vpnops.pptp.plugins.module_utils.bundle import from_texts
from ansible_collections.vpnops.pptp.plugins.module_utils.collect import secrets
from ansible_collections.vpnops.pptp.plugins.module_utils.host import LiveHost
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import masking

PPPD = {'effective': {'name': 'pptpd', 'chap_secrets': '/etc/ppp/chap-secrets', 'remotename': None}, 'complete': True}
NAMELESS = {'effective': {'name': None}, 'complete': True}


def collect(text, pppd=None, **files):
    texts = {'etc/ppp/chap-secrets': text, **files}
    facts = secrets.collect(from_texts({path: item for path, item in texts.items() if item is not None}), pppd or PPPD)
    assert 'secretpassword' not in json.dumps(facts)
    return facts


def test_recorded_file():
    facts = collect('# client server secret IP\nvpnuser pptpd secretpassword *\n', **{
        'bundle.json': json.dumps({'stat': {'/etc/ppp/chap-secrets': ['100600', 0, 0, 1.0, 10]}})})
    assert facts['users'] == [{'client': 'vpnuser', 'server': 'pptpd', 'line': 2, 'has_secret': True,
                               'secret_form': 'word', 'addresses': ['*'], 'duplicate_of': None}]
    assert (facts['mode'], facts['owner'], facts['group'], facts['entries']) == ('0600', 0, 0, 1)
    assert facts['deciding'] == {'line': 2, 'client': 'vpnuser', 'server': 'pptpd', 'usable': True, 'why': 'ok'}
    assert facts['problems'] == [] and facts['pap'] is None


def test_nothing_there_is_not_known():
    facts = collect(None)
    assert facts['entries'] is None and facts['deciding'] is None and facts['mode'] is None
    assert secrets.collect(from_texts({}), {})['path'] == '/etc/ppp/chap-secrets'


def test_what_a_user_can_see_of_a_broken_line():
    facts = collect('alice pptpd my secretpassword *\nalice pptpd x\nbob pptpd @/etc/x *\nalice secretpassword *\n')
    assert [(user['client'], user['server'], user['addresses'], user['duplicate_of']) for user in facts['users']] == [
        ('alice', 'pptpd', ['?', '*'], None), ('alice', 'pptpd', [], 1), ('bob', 'pptpd', ['*'], None),
        ('alice', '?', [], None)]
    assert [problem[:2] for problem in facts['problems']] == [
        ['/etc/ppp/chap-secrets:1', 'unquoted-space'], ['/etc/ppp/chap-secrets:2', 'duplicate'],
        ['/etc/ppp/chap-secrets:2', 'missing-address-column'], ['/etc/ppp/chap-secrets:4', 'missing-address-column']]


def test_duplicates_count_only_lines_that_pppd_takes():
    facts = collect('a pptpd\na pptpd x *\na pptpd y *\nb secretpassword *\nb otherpassword *\n')
    assert [user['duplicate_of'] for user in facts['users']] == [2, None, 2, None, None]


def test_indirect_secret_only_where_its_absence_is_proven():
    line = 'bob pptpd @/secretpassword *\n'
    assert collect(line)['problems'] == []
    facts = collect(line, **{'bundle.json': json.dumps({'absent': ['/secretpassword']})})
    assert facts['problems'] == [['/etc/ppp/chap-secrets:1', 'indirect-file-missing', 'bob']]


@pytest.mark.parametrize(('text', 'pppd', 'files', 'expected'), [
    ('a pptpd x *\n', NAMELESS, {}, (None, None, 'name-unknown')), ('a * x *\n', NAMELESS, {}, (1, True, 'ok')),
    ('a gate x\n', NAMELESS, {'etc/hostname': 'gate\n'}, (1, False, 'no-address')),
    ('a gate x *\n', {'effective': {'name': None}}, {'etc/hostname': 'gate\n'}, (None, None, 'name-unknown')),
    ('a pptpd x *\n', NAMELESS, {'etc/hostname': 'gate\n'}, None), ('a other x *\n', None, {}, None),
    ('a pptpd x -\nbob pptpd y *\n', {'effective': {'name': 'pptpd', 'remotename': 'bob'}}, {}, (2, True, 'ok')),
])
def test_deciding(text, pppd, files, expected):
    deciding = collect(text, pppd, **files)['deciding']
    assert (deciding and (deciding['line'], deciding['usable'], deciding['why'])) == expected


def test_other_path():
    facts = secrets.collect(from_texts({'s': 'a pptpd x *\n'}), {'effective': {'name': 'pptpd', 'chap_secrets': '/s'}})
    assert (facts['path'], facts['entries']) == ('/s', 1)


@pytest.mark.parametrize(('pap', 'name', 'expected'), [
    ('# Debian\n* hostname "" *\nguest hostname "*" -\n', 'hostname', True),
    ('* hostname "" *\n', 'pptpd', False), ('* * "" *\n', 'pptpd', True), ('* * "" -\n', 'pptpd', False),
    ('* * x *\n', 'pptpd', False),
])
def test_pap(pap, name, expected):
    facts = collect('', {'effective': {'name': name}}, **{'etc/ppp/pap-secrets': pap})
    assert facts['pap']['wildcard_empty'] is expected and facts['entries'] == 0


def test_many_users_stay_small():
    text = ''.join('user%d pptpd secretpassword *\n' % number for number in range(3000))
    text += ''.join('late%d pptpd secretpassword\n' % number for number in range(30))
    facts = collect(text)
    assert (facts['entries'], len(facts['users'])) == (3030, 40)
    assert sum(user['client'].startswith('late') for user in facts['users']) == 30
    assert len(facts['problems']) == 4 and len(json.dumps(facts)) < 8000


def test_live_host(tmp_path):
    (tmp_path / 'etc/ppp').mkdir(parents=True)
    path = tmp_path / 'etc/ppp/chap-secrets'
    path.write_bytes(b'alice pptpd secretpassword\xff *\n')
    path.chmod(0o644)
    facts = secrets.collect(LiveHost(str(tmp_path)), PPPD)
    assert facts['mode'] == '0644' and facts['problems'][0][1] == 'non-ascii-secret'
    json.dumps(facts).encode('ascii')


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(['secretpassword', '"', '\\', '#', '\n', ' ', '*', 'alice', 'pptpd', '10.0.0.1', '-']),
                max_size=20).map(' '.join))
def test_masked_bundle_gives_the_same_facts(text):
    bundles = [from_texts({'etc/ppp/chap-secrets': item}) for item in (text, masking.mask_chap_secrets(text))]
    first, second = (secrets.collect(bundle, PPPD) for bundle in bundles)
    assert first == second
