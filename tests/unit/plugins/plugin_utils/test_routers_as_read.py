# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Routers from the text of their rule set to the verdict: what was measured of NAT, port forwardings and the helper."""

from __future__ import annotations

import pytest

from ansible_collections.vpnops.pptp.plugins.action.diagnose import in_role
from ansible_collections.vpnops.pptp.plugins.module_utils import subjects
from ansible_collections.vpnops.pptp.plugins.module_utils.bundle import from_texts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.diagnosis import diagnose

TEXTS = {
    'commands/ip-addr.txt': '1: lo    inet 127.0.0.1/8 scope host lo\n'
                            '2: eth0    inet 10.1.0.1/24 brd 10.1.0.255 scope global eth0\n'
                            '3: eth1    inet 203.0.113.1/24 brd 203.0.113.255 scope global eth1\n',
    'commands/ip-route.txt': 'default via 203.0.113.254 dev eth1\n10.1.0.0/24 dev eth0\n',
    'proc/sys/net/ipv4/ip_forward': '1\n', 'proc/sys/kernel/osrelease': '6.1.0-28-amd64\n',
}
HELPER = '*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -m tcp --dport 1723 -j CT --helper pptp\nCOMMIT\n'
MASQUERADE = '-A POSTROUTING -o eth1 -j MASQUERADE'
TCP = '-A PREROUTING -i eth1 -p tcp -m tcp --dport 1723 -j DNAT --to-destination 10.1.0.5'
GRE = '-A PREROUTING -i eth1 -p gre -j DNAT --to-destination 10.1.0.5'
STATE = '-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'
OUT = '-A FORWARD -i eth0 -j ACCEPT'
TCP_IN = '-A FORWARD -i eth1 -p tcp -m tcp --dport 1723 -j ACCEPT'
GRE_IN = '-A FORWARD -i eth1 -p gre -j ACCEPT'


def nat(*rules: str) -> str:
    return '*nat\n:PREROUTING ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n%s\nCOMMIT\n' % '\n'.join(rules)


def forward(*rules: str, policy: str = 'DROP') -> str:
    return '*filter\n:FORWARD %s [0:0]\n%s\nCOMMIT\n' % (policy, '\n'.join(rules))


@pytest.mark.parametrize(('rules', 'status', 'cause'), [
    (nat(MASQUERADE), 'broken', 'gre-nat-asymmetric'),
    (HELPER + nat(MASQUERADE), 'healthy', None),
    (nat(MASQUERADE) + forward(STATE, OUT), 'broken', 'gre-nat-asymmetric'),
    (HELPER + nat(MASQUERADE) + forward(STATE, OUT), 'healthy', None),
    (HELPER + nat(MASQUERADE) + forward('-A FORWARD -p gre -j DROP', STATE, OUT), 'broken', 'gre-blocked'),
    (nat(TCP, MASQUERADE), 'broken', 'gre-dnat-missing'),
    (nat(TCP, GRE, MASQUERADE), 'healthy', None),
    (HELPER + nat(TCP, MASQUERADE), 'healthy', None),
    (nat(TCP, GRE, MASQUERADE) + forward(STATE, TCP_IN, OUT), 'broken', 'gre-conntrack-helper'),
    (nat(TCP, GRE, MASQUERADE) + forward(STATE, TCP_IN, GRE_IN, OUT), 'healthy', None),
    (HELPER + nat(TCP, MASQUERADE) + forward(STATE, TCP_IN, OUT), 'healthy', None),
    (nat(TCP, GRE, MASQUERADE) + forward(STATE, GRE_IN, OUT), 'broken', 'tcp1723-blocked'),
    (forward(STATE, OUT, TCP_IN), 'broken', 'gre-conntrack-helper'),
    (HELPER + forward(STATE, OUT, TCP_IN), 'healthy', None),
    (forward(policy='ACCEPT'), 'healthy', None),
    (forward('-A FORWARD -i eth1 -j DROP', GRE_IN, policy='ACCEPT'), 'broken', 'firewall-rule-order'),
])
def test_a_rule_set_of_a_router(rules: str, status: str, cause: str | None) -> None:
    facts = in_role(subjects.gather(from_texts({**TEXTS, 'commands/iptables-save.txt': rules})), 'router')
    verdict = diagnose(facts).verdict
    assert (verdict['status'], verdict['cause']) == (status, cause)
