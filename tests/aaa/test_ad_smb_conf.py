# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The cases of smb.conf against Samba itself: testparm says whether it takes the file, and what it takes."""

from __future__ import annotations

from tests.aaa.ad_rig import Domain
from tests.aaa.ad_smb_cases import CASES

_WORDS = {'dc': 'active directory domain controller', 'standalone': 'standalone server'}


def test_samba_reads_each_case_as_we_do(domain: Domain) -> None:
    wrong = []
    for name, (text, expected) in CASES.items():
        domain.member.write('/tmp/case.conf', text)
        for parameter, default in (('ntlm auth', 'ntlmv2-only'), ('workgroup', 'WORKGROUP'), ('server role', 'auto')):
            done = domain.member.run('testparm', '-s', f'--parameter-name={parameter}', '/tmp/case.conf', check=False)
            said = None if 'Error loading services' in done.stderr else done.stdout.strip()
            value = None if expected is None else expected.get(parameter.replace(' ', ''), default)
            value = value.upper() if value and parameter == 'workgroup' else _WORDS.get(value or '', value)
            if said != value and not ('service name in service' in done.stderr and value is None):
                wrong.append((name, parameter, said, value))
    assert not wrong
