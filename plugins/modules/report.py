# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: report
short_description: Print and write the report on all hosts that were diagnosed
version_added: 0.1.0
description:
  - Puts the files that M(vpnops.pptp.diagnose) wrote together into C(report.json), and prints them, in full for up to
    five hosts, one line each and the causes for more.
  - Runs on the controller only; use it with C(run_once) and C(delegate_to=localhost).
extends_documentation_fragment:
  - vpnops.pptp.attributes
options:
  hosts:
    description: The hosts to report on. One without a result of this run is a row with the status V(unknown).
    type: list
    elements: str
    required: true
  routers:
    description:
      - Hosts that were diagnosed with O(vpnops.pptp.diagnose#module:role=router).
      - Where a login fails and the host itself can only suspect a router on the way, a router of these that lies in the
        path, or the only one, confirms the cause with its own rules, or rules it out.
      - In O(report_dir), C(hosts/NAME.json) is written anew for hosts whose verdict that changes.
    type: list
    elements: str
    default: []
  radius_servers:
    description:
      - Hosts that were diagnosed with O(vpnops.pptp.diagnose#module:role=radius), or are RADIUS servers besides.
      - They confirm what a VPN server suspects of the RADIUS server that it asks, with their own log and configuration,
        or rule it out, as routers do.
    type: list
    elements: str
    default: []
  report_dir:
    description: The folder given to M(vpnops.pptp.diagnose). Without it, nothing is kept.
    type: path
  fail_on:
    description: Fail when a host is V(broken), or V(degraded) or worse, or V(never).
    type: str
    choices: [never, broken, degraded]
    default: never
  style:
    description: How to print, V(full), V(brief) with one line a host, or V(auto) by the number of hosts.
    type: str
    choices: [auto, full, brief]
    default: auto
  merge:
    description: Also report on everything that earlier or other runs left in O(report_dir).
    type: bool
    default: false
  remediation:
    description: Also fail where a remediation did not come to a good end.
    type: bool
    default: false
seealso:
  - module: vpnops.pptp.diagnose
author:
  - vpnops.pptp maintainers (@vpnops)
"""

EXAMPLES = r"""
- name: Report on all hosts of the play, and fail if one is broken
  vpnops.pptp.report:
    hosts: "{{ ansible_play_hosts_all }}"
    report_dir: ./pptp-report
    fail_on: broken
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
hosts:
  description: How many hosts the report has.
  returned: always
  type: int
  sample: 3
by_status:
  description: How many hosts have which status.
  returned: always
  type: dict
  sample: {broken: 1, healthy: 2}
report:
  description: The path of C(report.json).
  returned: when O(report_dir) is given
  type: str
  sample: /home/admin/pptp-report/report.json
"""
