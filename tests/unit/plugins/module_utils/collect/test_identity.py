# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The cloud that a host runs in, by its DMI tables."""

from __future__ import annotations

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.bundle import from_texts
from ansible_collections.vpnops.pptp.plugins.module_utils.collect import identity
from ansible_collections.vpnops.pptp.plugins.module_utils.reading_list import reads

DMI = 'sys/class/dmi/id/'
AZURE = '7783-7084-3265-9085-8269-3286-77'


@pytest.mark.parametrize(('tables', 'cloud'), [
    ({'sys_vendor': 'Amazon EC2\n', 'product_name': 't3.micro\n'}, 'aws'),
    ({'sys_vendor': 'Xen', 'product_name': 'HVM domU', 'bios_vendor': 'Amazon EC2'}, 'aws'),
    ({'sys_vendor': 'Microsoft Corporation', 'product_name': 'Virtual Machine', 'chassis_asset_tag': AZURE}, 'azure'),
    ({'sys_vendor': 'Microsoft Corporation', 'product_name': 'Virtual Machine'}, ''),    # a Hyper-V of one's own
    ({'sys_vendor': 'Google', 'product_name': 'Google Compute Engine'}, 'gcp'),
    ({'sys_vendor': 'DigitalOcean', 'product_name': 'Droplet'}, 'digitalocean'),
    ({'sys_vendor': 'OpenStack Foundation', 'product_name': 'OpenStack Nova'}, 'openstack'),
    ({'sys_vendor': 'Huawei', 'chassis_asset_tag': 'HUAWEICLOUD'}, 'openstack'),
    ({'sys_vendor': 'QEMU', 'product_name': 'Standard PC (Q35 + ICH9, 2009)'}, ''),
    ({'sys_vendor': ''}, ''),
    ({}, None),
])
def test_the_cloud(tables: dict[str, str], cloud: str | None) -> None:
    found = identity.collect(from_texts({DMI + name: text for name, text in tables.items()}))
    assert found['cloud'] == cloud


def test_the_tables_are_on_the_reading_list() -> None:
    assert '/%schassis_asset_tag' % DMI in reads(['host']).files
