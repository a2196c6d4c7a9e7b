# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: diagnose
short_description: Name the cause that keeps PPTP logins from working on a host
version_added: 0.1.0
description:
  - Reads the host once with M(vpnops.pptp.server_facts), or a recorded host from O(bundle), judges the facts on the
    controller, and writes what was found to one file of this host in O(report_dir).
  - Where logins depend on RADIUS or winbind, a second call asks the RADIUS servers for a sign of life
    (O(radius_probe)), and looks for the domain controllers. It is bounded in time, and never fails the diagnosis.
  - Where the target has no Python that C(ansible-core) can use, its shell collects instead.
  - A host that cannot be reached or read is a result with the status V(unknown), not a failed task.
  - M(vpnops.pptp.report) puts the files of all hosts together and prints them.
    The playbook C(vpnops.pptp.diagnose) runs both.
extends_documentation_fragment:
  - vpnops.pptp.attributes
  - vpnops.pptp.attributes.logs
options:
  bundle:
    description:
      - A recorded host (a folder or an archive made by M(vpnops.pptp.bundle)) to judge instead of the host itself,
        to which no connection is made then.
      - A relative path is looked for beside the inventory, beside the playbook, and in the current folder.
    type: path
  report_dir:
    description:
      - The folder on the controller for C(hosts/NAME.json).
      - Without it, the files live in a private folder until the end of the run.
    type: path
  role:
    description:
      - What the host is. V(auto) goes by what was read, a server or a client. V(router) judges a router or firewall
        between clients and a server, by whether it carries TCP 1723 and GRE both ways. V(radius) judges a RADIUS server
        that VPN servers ask, by its clients, by what it does with MS-CHAP, and by its log.
    type: str
    choices: [auto, router, radius]
    default: auto
  clients:
    description:
      - Addresses or networks (IPv4) of clients. The verdicts on the firewall are about their packets then, and about
        those of the client that fares worst where the rules tell them apart.
      - Without it they are about anybody, and are unknown where the rules admit some sources only.
    type: list
    elements: str
    default: []
  interface:
    description:
      - The interface by which packets of clients arrive. Without it, that of the default route.
    type: str
  address:
    description:
      - The address of this host that clients connect to. Without it, the first one of the interface.
    type: str
  radius_probe:
    description:
      - What a VPN server whose logins RADIUS checks may send to its RADIUS servers, by M(vpnops.pptp.radius_probe).
        Nothing at all if empty.
      - V(status) needs no user, and leaves nothing at the server. V(request) leaves one failed login in its log.
        V(login) is one login with O(login_user) and O(login_password), and is left out without them.
    type: list
    elements: str
    choices: [status, request, login]
    default: [status]
  login_user:
    description: The test account, for V(login) of O(radius_probe).
    type: str
  login_password:
    description: Its password.
    type: str
  account:
    description:
      - A user whose state is read in the directory, without any logon, where logins are checked by winbind.
    type: str
  dials:
    description:
      - What came of dialling this host, one result of M(vpnops.pptp.dial) for each host that dialled, with its name as
        C(from). They join what the files and the logs say; where they contradict it, the report says so.
      - Of a host that could not be read, they alone give a verdict.
    type: list
    elements: dict
    default: []
  witness:
    description:
      - The C(witness) of M(vpnops.pptp.gre_witness) on this host, for the time of the O(dials). It tells where packets
        were lost.
    type: dict
    default: {}
notes:
  - Set C(ansible_pipelining) to V(true), as the playbook does, so that the module is not copied to the target first.
seealso:
  - module: vpnops.pptp.dial
  - module: vpnops.pptp.gre_witness
  - module: vpnops.pptp.report
  - module: vpnops.pptp.server_facts
author:
  - vpnops.pptp maintainers (@vpnops)
"""

EXAMPLES = r"""
- name: Diagnose the hosts of the play
  vpnops.pptp.diagnose:
    report_dir: ./pptp-report

- name: Diagnose a host from what a customer sent
  vpnops.pptp.diagnose:
    bundle: bundles/customer-17.tar.gz
"""

RETURN = r"""
verdict:
  description: The verdict on the host.
  returned: success
  type: dict
  contains:
    status:
      description: One of V(healthy), V(degraded), V(broken), V(unknown).
      type: str
      returned: success
    stage:
      description: The stage of a login that fails, or V(null).
      type: str
      returned: success
    cause:
      description: The slug of the cause, or V(null).
      type: str
      returned: success
    confidence:
      description: One of V(certain), V(likely), V(possible), or V(null).
      type: str
      returned: success
  sample: {status: broken, stage: auth, cause: chap-secrets-malformed, confidence: certain}
findings:
  description: How many findings are wrong or a warning.
  returned: success
  type: int
  sample: 3
source:
  description: Where the facts came from, V(live), V(sh), V(bundle), or V(none) when the host could not be read.
  returned: success
  type: str
  sample: live
"""
