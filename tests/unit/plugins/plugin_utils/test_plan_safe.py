# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a target said gets into a variable only where it is nothing but a name, a path, a network or an option."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.plugin_utils import plan_merge, plan_paths, plan_safe
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_pool import parsed
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_step import Step

HOSTILE = ('{{ 7*7 }}', "{{ lookup('pipe', 'id') }}", '{% if x %}', '$(id)', '`id`', 'a b', 'a\nb', 'a;b', '', '-',
           None, 7, ['x'], '\x1b[2J', 'a' * 70)


@pytest.mark.parametrize('value', HOSTILE)
def test_what_is_no_name_no_path_and_no_option_is_nothing(value: t.Any) -> None:
    assert plan_safe.name(value) is None
    assert plan_safe.path(value) is None
    assert not isinstance(value, str) or plan_safe.path('/etc/ppp/%s' % value) is None
    assert plan_safe.word(value) is None
    assert plan_safe.address(value) is None
    assert plan_safe.networks([value, '10.9.0.0/24']) == ['10.9.0.0/24']


@pytest.mark.parametrize('value', ['/home/me/options', '/tmp/options', '/etc/../root/x', '/etc', 'etc/ppp/options',
                                   '/etc//x', '/etc/.hidden', '/usr/share/x', '/etc/ppp/options '])
def test_a_path_is_one_of_the_configuration(value: str) -> None:
    assert plan_safe.path(value) is None


@pytest.mark.parametrize('value', ['/etc/ppp/pptpd-options', '/usr/local/etc/pptpd.conf'])
def test_such_a_path_passes(value: str) -> None:
    assert plan_safe.path(value) == value
    assert plan_safe.source_path(value + ':14') == value


@pytest.mark.parametrize(('wrong', 'meant'), [
    ('requier-mppe-128', 'require-mppe-128'), ('nodefaultrout', 'nodefaultroute'),
    ('require-mschapv2', 'require-mschap-v2'),
    ('requier-pap', ''), ('noauht', ''), ('require-mppe-14', ''), ('require-mppe-1', ''), ('something-else', ''),
    ('proxyarp', '')])
def test_a_slip_is_corrected_where_one_option_is_meant_and_nobody_comes_in_by_it(wrong: str, meant: str) -> None:
    assert plan_safe.nearest(wrong) == meant


def test_only_plain_files_are_named_for_the_record() -> None:
    facts = {'pptp_conf': {'path': '/etc/pptpd.conf', 'option_file': '/etc/{{ x }}/options'},
             'pptp_secrets': {'path': '/home/me/secrets'}}
    runs = {'pppd_options': [{'pppd_options_path': '/etc/ppp/options', 'pppd_options_absent': ['/etc/x/y']}]}
    assert plan_paths.paths(facts, runs) == ['/etc/ppp/options', '/etc/pptpd.conf']


@pytest.mark.parametrize('spec', ['10.9.0.5-10.9.1.9', '10.9.0.300', '10.9.0.5-300', 'vpn.example.com', '10.9.0.5/24',
                                  '', '10.9.0'])
def test_addresses_with_no_single_meaning_are_none(spec: str) -> None:
    assert parsed(spec) is None


@pytest.mark.parametrize(('one', 'other', 'clash'), [
    ({'pppd_options_present': [{'name': 'noccp'}]}, {'pppd_options_absent': ['noccp']}, True),
    ({'pppd_options_absent': ['noccp']}, {'pppd_options_present': [{'name': 'noccp'}]}, True),
    ({'pppd_options_present': [{'name': 'mtu', 'value': '1400'}]}, {'pppd_options_absent': ['mru']}, False),
    ({'pppd_options_recommended': True}, {'pppd_options_recommended': False}, True)])
def test_what_one_step_sets_and_another_takes_away_is_a_contradiction(
        one: dict[str, t.Any], other: dict[str, t.Any], clash: bool) -> None:
    steps = [Step('proxyarp', 'pppd_options', one), Step('mtu-fragmentation', 'pppd_options', other)]
    runs, clashes = plan_merge.merged(steps)
    assert [item.cause for item in clashes] == ['mtu-fragmentation'] * clash
    assert runs['pppd_options'] == [one if clash else {**one, **other}]
