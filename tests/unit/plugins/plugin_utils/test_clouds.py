# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Clouds that filter GRE in front of a host which admits it."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.plugin_utils.diagnosis import Diagnosis, diagnose
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.hosts import DROP, failed, logs, server, up

SILENT = logs(failed('gre', 'lcp-timeout', rcvd_lcp=False))
ONE_WAY = logs(failed('gre', 'lcp-timeout', rcvd_lcp=True))
CLOUDS = {'aws': 'AWS', 'azure': 'Azure', 'gcp': 'Google Cloud', 'digitalocean': 'DigitalOcean',
          'openstack': 'OpenStack', 'hetzner': 'Hetzner', 'oracle': 'Oracle Cloud'}


def judged(cloud: str | None, said: t.Any = 'silent', **changes: t.Any) -> Diagnosis:
    """A server in *cloud* whose log says *said*."""
    return diagnose(server({'host.cloud': cloud, 'logs': SILENT if said == 'silent' else ... if said is None else said,
                            **{name.replace('__', '.'): value for name, value in changes.items()}}))


@pytest.mark.parametrize(('cloud', 'name'), CLOUDS.items())
def test_where_the_host_admits_gre_the_cloud_is_the_next_suspect(cloud: str, name: str) -> None:
    found = judged(cloud)
    assert found.verdict['cause'] == 'gre-blocked'
    finding = found.findings[0]
    assert 'pptp_host.cloud' in [proof.fact for proof in finding.evidence]
    assert finding.fix is not None
    assert name in finding.fix.summary
    assert finding.fix.commands == ()
    assert found.next_step
    assert found.verdict['confidence'] == ('likely' if cloud == 'azure' else 'possible')


def test_in_azure_it_is_impossible_whatever_the_log_has() -> None:
    found = judged('azure', None)
    assert (found.verdict['cause'], found.verdict['confidence']) == ('gre-blocked', 'likely')
    assert found.findings[0].fix is not None
    assert found.findings[0].fix.summary.startswith('Impossible in Azure')
    assert 'Azure' in found.next_step


def test_a_login_that_works_says_more_than_the_name_of_the_cloud() -> None:
    assert judged('azure', logs(up())).verdict['status'] == 'healthy'


@pytest.mark.parametrize('cloud', ['', None, 'no-such-cloud', 'aws'])
def test_the_rules_of_the_host_come_first(cloud: str | None) -> None:
    found = judged(cloud, firewall__flows__gre_in=DROP)
    assert 'pptp_host.cloud' not in [proof.fact for proof in found.findings[0].evidence]
    assert found.verdict['confidence'] == 'certain'


def test_a_private_address_in_a_cloud_is_no_port_forwarding() -> None:
    inner = [{'name': 'eth0', 'addresses': ['10.0.0.4/24'], 'mtu': 1500, 'kind': 'ether'}]
    candidates = {cloud: [item['cause'] for item in judged(cloud, addressing__interfaces=inner).candidates]
                  for cloud in ('', 'aws')}
    assert 'gre-dnat-missing' in candidates['']
    assert 'gre-dnat-missing' not in candidates['aws']


def test_elsewhere_no_cloud_is_named() -> None:
    assert 'pptp_host.cloud' not in [proof.fact for item in judged('').findings for proof in item.evidence]
    assert judged('aws', ONE_WAY).verdict['cause'] == 'gre-nat-asymmetric'
