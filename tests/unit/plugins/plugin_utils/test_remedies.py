# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The fix as it reads on a host: its firewall, its paths, and the end that has to act."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.plugin_utils import remedies
from ansible_collections.vpnops.pptp.plugins.plugin_utils.diagnosis import diagnose
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import Fix
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.hosts import (
    DROP,
    OPTIONS,
    client,
    failed,
    logs,
    server,
)


def fix_of(facts: dict[str, t.Any], cause: str) -> Fix:
    """The fix that a diagnosis gives for *cause*."""
    found = next(item.fix for item in diagnose(facts).findings if item.cause == cause)
    assert found is not None
    return found


@pytest.mark.parametrize(('backends', 'first'), [
    (['iptables', 'firewalld'], 'firewall-cmd --permanent --add-protocol=gre'),
    (['iptables-nft', 'ufw'], 'ufw allow proto gre from any'),
    (['nft'], 'nft insert rule inet filter input meta l4proto gre accept'),
    (['iptables-nft', 'nft'], 'iptables -I INPUT -p gre -j ACCEPT'),
    (['iptables'], 'iptables -I INPUT -p gre -j ACCEPT'),
])
def test_the_firewall_in_force_gets_its_own_commands(backends: list[str], first: str) -> None:
    facts = server({'firewall.backends': backends, 'firewall.flows.gre_in': DROP, 'logs': ...})
    commands = fix_of(facts, 'gre-blocked').commands
    assert commands[0] == first
    assert ('firewall-cmd --reload' in commands) == ('firewalld' in backends)


def test_the_paths_are_those_of_the_host() -> None:
    red_hat = '/etc/ppp/options.pptpd'
    facts = server({'conf.option_file': red_hat, 'pppd.problems': [[red_hat + ':3', 'unknown-option', 'mppe']]})
    assert red_hat in ' '.join(fix_of(facts, 'bad-option-syntax').commands)
    assert red_hat in diagnose(facts).next_step
    assert OPTIONS not in diagnose(facts).next_step


def test_a_path_that_a_shell_would_read_otherwise_is_not_taken() -> None:
    hostile = Facts({'pptp_conf': {'option_file': '/etc/x; rm -rf /'}})
    assert remedies.here('cat ' + OPTIONS, hostile) == 'cat ' + OPTIONS


def test_only_the_plugin_of_pptpd_is_taken_out_by_command() -> None:
    def plugin(name: str) -> dict[str, t.Any]:
        return server({'pppd.plugins': [{'name': name, 'path': None, 'found': False, 'version_dir': None,
                                         'source': OPTIONS + ':9'}]})

    cause = 'plugin-missing-or-version-mismatch'
    assert 'logwtmp' in fix_of(plugin('/usr/lib/pptpd/pptpd-logwtmp.so'), cause).commands[0]
    assert 'logwtmp' not in ' '.join(fix_of(plugin('radius.so'), cause).commands)


def test_what_the_server_has_to_cure_says_so_on_a_client() -> None:
    timeout = client({'logs': logs(failed('control', 'pptp-timeout', side='client'))})
    assert fix_of(timeout, 'tcp1723-blocked').summary.startswith('On the server: ')
    own = client({'logs': logs(failed('auth', 'client-no-method', side='client'))})
    assert not fix_of(own, 'no-secret-for-user').summary.startswith('On the server')
