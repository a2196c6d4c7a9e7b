# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: verify
short_description: Prove that what was fixed is fixed
version_added: 0.1.0
description:
  - Reads the host again and compares with what M(vpnops.pptp.diagnose) wrote in the same run. Fails when a cause is
    still there, when something else broke, or when a login still fails although nothing known keeps it from working.
  - Of the logs counts only what they have since then.
extends_documentation_fragment:
  - vpnops.pptp.attributes
  - vpnops.pptp.attributes.logs
options:
  causes:
    description: What was fixed.
    type: list
    elements: str
    required: true
  dials:
    description:
      - What came of dialling the host after the fix, as of M(vpnops.pptp.diagnose). A login that came up or failed
        counts; one that could not be tried, or of which nothing can be said, does not.
    type: list
    elements: dict
    default: []
  witness:
    description: As of M(vpnops.pptp.diagnose).
    type: dict
    default: {}
  login:
    description: What came of a real login after the fix by other means; O(dials) tell it by themselves.
    type: str
    choices: ['', up, failed]
    default: ''
  login_user:
    description: Whose login it was. That of somebody else proves nothing about one user's password.
    type: str
    default: ''
  bundle:
    description: As of M(vpnops.pptp.diagnose).
    type: path
  report_dir:
    description: The folder on the controller, as of M(vpnops.pptp.diagnose).
    type: path
  role:
    description: As of M(vpnops.pptp.diagnose).
    type: str
    choices: [auto, router, radius]
    default: auto
  clients:
    description: As of M(vpnops.pptp.diagnose).
    type: list
    elements: str
    default: []
  interface:
    description: As of M(vpnops.pptp.diagnose).
    type: str
  address:
    description: As of M(vpnops.pptp.diagnose).
    type: str
  radius_probe:
    description: As of M(vpnops.pptp.diagnose).
    type: list
    elements: str
    choices: [status, request, login]
    default: [status]
  login_password:
    description: As of M(vpnops.pptp.diagnose).
    type: str
  account:
    description: As of M(vpnops.pptp.diagnose).
    type: str
seealso:
  - module: vpnops.pptp.diagnose
  - module: vpnops.pptp.dial
  - module: vpnops.pptp.plan
author:
  - vpnops.pptp maintainers (@vpnops)
"""

EXAMPLES = r"""
- name: Log in from a client
  vpnops.pptp.dial:
    server: vpn.example.com
    user: probe
    password: "{{ vault_probe }}"
    must: false
  delegate_to: client1
  register: dialled

- name: Prove it
  vpnops.pptp.verify:
    causes: [gre-blocked]
    dials: "{{ [{'from': 'client1'} | combine(dialled)] }}"
    login_user: probe
"""

RETURN = r"""
verdict:
  description: The verdict on the host now, as of M(vpnops.pptp.diagnose).
  returned: when the host could be read
  type: dict
  sample: {status: healthy, stage: null, cause: null, confidence: likely}
ok:
  description: Whether nothing speaks against the fix.
  returned: when the host could be read
  type: bool
  sample: true
proved:
  description: Causes that are gone.
  returned: when the host could be read
  type: list
  elements: str
  sample: [gre-blocked]
unproved:
  description: Causes that show in logins only, of which there was none.
  returned: when the host could be read
  type: list
  elements: str
  sample: []
still:
  description: Causes that are still there.
  returned: when the host could be read
  type: list
  elements: str
  sample: []
new:
  description: Causes that were not there before.
  returned: when the host could be read
  type: list
  elements: str
  sample: []
others:
  description: Causes that were there before, are there, and were not to be fixed.
  returned: when the host could be read
  type: list
  elements: str
  sample: []
why:
  description: What speaks against the fix.
  returned: when the host could be read
  type: str
  sample: ''
"""
