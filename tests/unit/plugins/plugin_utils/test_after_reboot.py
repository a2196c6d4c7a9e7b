# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What passes now and no more after a reboot is a warning of its cause, with the rules that go."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.plugin_utils.diagnosis import diagnose
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils import hosts

LOST = {'firewall.lost_at_reboot': ['iptables-save:5 -A INPUT -p gre -j ACCEPT'],
        'firewall.boot': {'netfilter-persistent': {'enabled': True, 'file': '/etc/iptables/rules.v4', 'pptp': False}}}


def _found(cause: str, **survives: bool | None) -> dict[str, t.Any]:
    facts = hosts.server(dict(LOST, **{'firewall.survives_reboot': survives}))
    return next(item for item in diagnose(facts).as_dict()['findings'] if item['cause'] == cause)


@pytest.mark.parametrize(('cause', 'flow'), [
    ('tcp1723-blocked', 'tcp1723_in'), ('gre-blocked', 'gre_in'), ('no-masquerade', 'masquerade')])
def test_it_is_said(cause: str, flow: str) -> None:
    found = _found(cause, **{flow: False})
    assert (found['result'], 'no more after a reboot' in found['title']) == ('warn', True)
    assert found['evidence'][0]['value'] == LOST['firewall.lost_at_reboot'][0]
    assert found['evidence'][0]['source'] == 'netfilter-persistent (/etc/iptables/rules.v4)'
    for known in (True, None):
        assert _found(cause, **{flow: known})['result'] == 'pass'


def test_the_host_is_healthy_all_the_same() -> None:
    facts = hosts.server(dict(LOST, **{'firewall.survives_reboot': {'gre_in': False}}))
    assert diagnose(facts).as_dict()['verdict']['cause'] is None
