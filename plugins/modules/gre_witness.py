# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: gre_witness
short_description: Watch the packets of a dial on a server or router, to tell where GRE is lost
version_added: 0.1.0
description:
  - O(state=started) leaves a small process on the host that counts the packets of PPTP of the dials of
    M(vpnops.pptp.dial), and returns at once. O(state=collected) asks it for what it saw, and ends it.
  - The process reads headers only. The kernel wakes it for TCP 1723 alone, and once a dial has said its name there, for
    the GRE of that call. It has no file and no port, and ends by itself after O(seconds), whatever happens.
  - The counters of rules that drop or reject are read at the start and at the end, with the commands that
    M(vpnops.pptp.server_facts) runs, too. None of them loads a module of the kernel.
attributes:
  check_mode:
    description: Can run in check mode and return what it would return without it.
    support: partial
    details: In check mode no witness is started.
  diff_mode:
    description: Returns details on what has changed, in diff mode.
    support: none
    details: It changes nothing.
  platform:
    description: Target systems it works on.
    support: full
    platforms: linux
options:
  state:
    description: Whether a witness is to be started, or asked and ended.
    type: str
    choices: [started, collected]
    required: true
  seconds:
    description: After how many seconds a witness ends by itself, from 1 to 600.
    type: int
    default: 120
  id:
    description: Which witness to ask, as RV(id) had it when it was started. It is empty where there is none.
    type: str
notes:
  - Needs Python 3.8 or later on the target, and root, or CAP_NET_RAW. Without these it does not fail, and says so.
  - IPv4 only, as PPTP itself is.
seealso:
  - module: vpnops.pptp.server_facts
author:
  - vpnops.pptp maintainers (@vpnops)
"""

EXAMPLES = r"""
- name: Have the server and the router watch
  vpnops.pptp.gre_witness:
    state: started
  register: started

- name: What did they see?
  vpnops.pptp.gre_witness:
    state: collected
    id: "{{ started.id }}"
"""

RETURN = r"""
id:
  description: What the witness is called. Empty where packet sockets are not permitted.
  returned: when started
  type: str
  sample: 5f0c1d2e3a4b5968
reason:
  description: Why there is no witness.
  returned: when started and there is none
  type: str
witness:
  description: What it saw.
  returned: when collected
  type: dict
  contains:
    complete:
      description: Whether it saw everything, so that what it does not name did not come.
      returned: always
      type: bool
    why:
      description:
        - Why it is not complete, else empty. V(gone) means that its time was up or that something ended it.
        - V(dropped) means that the kernel had more packets than it could take, V(flooded) that there were too many,
          V(crowded) that there were too many connections, V(not-permitted) that there never was one.
      returned: always
      type: str
    seconds:
      description: How long it looked.
      returned: always
      type: float
    dropped:
      description: How many packets it missed.
      returned: always
      type: int
    silent:
      description: How many connections to port 1723 never said a name. At most 32 of them are in C(flows).
      returned: always
      type: int
    flows:
      description: The control connections of dials, one for each pair of addresses, and those that never said a name.
      returned: always
      type: list
      elements: dict
      contains:
        name:
          description: What the dial called itself, C(vpnops-) and 16 digits, or empty.
          returned: always
          type: str
        client:
          description: Address and port of the client, as seen here.
          returned: always
          type: list
          elements: raw
        server:
          description: Those of the server, as seen here.
          returned: always
          type: list
          elements: raw
        syn:
          description: The sequence number of the first SYN, which NAT leaves as it is.
          returned: always
          type: int
        calls:
          description: The call ids of the client and of the server, as seen here. Empty where there was no call.
          returned: always
          type: list
          elements: int
        result:
          description: The result of the Outgoing-Call-Reply.
          returned: always
          type: int
        acked:
          description: Whether GRE to the client acknowledged something.
          returned: always
          type: bool
        seen:
          description:
            - How many packets of each kind came in and went out, as C({kind; {interface; [in, out]}}).
            - C(syn), C(syn_ack), C(rst), C(fin), C(control) (TCP with a payload), C(up) and C(down) (GRE to the server
              and to the client), C(icmp) (errors about any of these).
          returned: always
          type: dict
    counters:
      description: Rules and policies that drop or reject, and counted something meanwhile. At most 20.
      returned: always
      type: list
      elements: dict
      contains:
        table:
          description: The table, with the tool that shows it.
          returned: always
          type: str
        chain:
          description: The chain.
          returned: always
          type: str
        position:
          description: The place of the rule in it, none for a policy.
          returned: always
          type: int
        rule:
          description: Its text.
          returned: always
          type: str
        verdict:
          description: V(drop) or V(reject).
          returned: always
          type: str
        packets:
          description: By how many packets its counter rose.
          returned: always
          type: int
        kinds:
          description: Which packets of C(flows), of V(up), V(down), V(syn) and V(syn_ack), end at this rule by the rule
            set, or may end there.
          returned: always
          type: list
          elements: str
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.vpnops.pptp.plugins.module_utils.host import LiveHost
from ansible_collections.vpnops.pptp.plugins.module_utils.probe import witness


def main() -> None:
    """Start one, or ask one."""
    module = AnsibleModule({
        'state': {'type': 'str', 'choices': ['started', 'collected'], 'required': True},
        'seconds': {'type': 'int', 'default': 120},
        'id': {'type': 'str'},
    }, supports_check_mode=True)
    name = module.params['id'] or ''
    if module.params['state'] == 'collected':
        if name and not witness.ID.fullmatch(name):
            module.fail_json(msg='id: not that of a witness')
        module.exit_json(changed=False, witness=witness.collect(LiveHost(), name))
    if not 1 <= module.params['seconds'] <= witness.LONGEST:
        module.fail_json(msg='seconds is from 1 to %d' % witness.LONGEST)
    name, reason = ('', 'check mode') if module.check_mode else witness.start(LiveHost(), module.params['seconds'])
    module.exit_json(changed=False, id=name, **({'reason': reason} if reason else {}))


if __name__ == '__main__':
    main()
