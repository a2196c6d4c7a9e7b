# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the module says is JSON, whatever bytes the names of files are."""

from __future__ import annotations

import json
import types
import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import remediation_host as host
from ansible_collections.vpnops.pptp.plugins.modules import remediation


@pytest.mark.parametrize('action', ['restore', 'status'])
def test_what_the_module_says_can_be_read(monkeypatch: pytest.MonkeyPatch, action: str) -> None:
    def odd(*_arguments: t.Any) -> t.Any:
        if action == 'status':
            raise host.RemediationError('/etc/odd\udcff')
        return {'failed_steps': ['/etc/odd\udcff'], 'undone': True}

    said: dict[str, t.Any] = {}

    def ended(**facts: t.Any) -> None:
        said.update(facts)
        raise SystemExit(1)

    monkeypatch.setattr(remediation, 'act', odd)
    monkeypatch.setattr(remediation, 'AnsibleModule', lambda *_spec, **_more: types.SimpleNamespace(
        params={'action': action}, check_mode=False, fail_json=ended))
    pytest.raises(SystemExit, remediation.main)
    assert '/etc/odd\\xff' in said['msg']
    json.dumps(said, ensure_ascii=False).encode('utf-8')
