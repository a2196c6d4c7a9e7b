# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The options that say whose packets the verdicts are about."""

from __future__ import annotations

import typing as t

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.vpnops.pptp.plugins.plugin_utils import run_clients


def test_what_was_asked_for() -> None:
    given = {'clients': [' 198.51.100.7', '10.0.0.0/8'], 'interface': 'eth0.5', 'address': '192.0.2.1'}
    assert run_clients.asked(given) == dict(given, clients=('198.51.100.7', '10.0.0.0/8'))
    assert run_clients.asked({}) == {'clients': (), 'interface': None, 'address': None}


@pytest.mark.parametrize('params', [
    {'clients': ['2001:db8::1']}, {'clients': ['office']}, {'clients': ['10.0.0.0/33']}, {'interface': 'eth0; id'},
    {'address': '10.0.0.0/8'}, {'clients': ['10.0.0.1'] * 33}])
def test_what_is_no_client_is_refused(params: dict[str, t.Any]) -> None:
    with pytest.raises(AnsibleActionFail):
        run_clients.asked(params)
