# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the networks of clouds do with GRE: the next suspect where a host admits it and none arrives."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import Finding, Proof


class Cloud(t.NamedTuple):
    """*name* for people; *because*: why GRE may not arrive; *look*: what to look at; *fix*: what helps; *never*: GRE
    cannot be let in at all."""

    name: str
    because: str
    look: str
    fix: str
    never: bool = False


_OTHER_VPN = 'Move this server to a network that carries GRE, or to WireGuard, IKEv2 or OpenVPN.'
#: Sources: AWS security groups (any protocol number); GCP firewall rules (protocol numbers); Azure virtual network FAQ
#: ("GRE packets are blocked within VNets"); DigitalOcean cloud firewalls (TCP, UDP and ICMP only); Neutron API
#: security group rules (protocol numbers).
_CLOUDS = {
    'aws': Cloud(
        'AWS', 'a security group or network ACL of AWS admits only what its rules name, and protocol 47 needs a rule '
        'of its own',
        'In AWS, look at the security groups and the network ACL of this instance: rules for custom protocol 47 in '
        'both directions, beside TCP 1723.',
        'In AWS, add a rule "Custom protocol, 47" to the security group, inbound and outbound, and to the network ACL '
        'if it is not the default one.'),
    'azure': Cloud(
        'Azure', 'Azure drops GRE in its virtual networks, whatever the rules say: PPTP cannot work there',
        'Nothing to look at: Azure does not carry GRE. `tcpdump -ni any proto 47` shows none while a client dials.',
        'Impossible in Azure: no rule lets GRE in. ' + _OTHER_VPN, True),
    'gcp': Cloud(
        'Google Cloud', 'a VPC firewall of Google Cloud admits only what its rules name, and protocol 47 needs a rule '
        'of its own',
        'Run `gcloud compute firewall-rules list`: an ingress rule must allow protocol 47, beside tcp:1723.',
        'In Google Cloud, allow protocol 47 and tcp:1723 in an ingress rule of the VPC firewall (`--allow 47,tcp:1723`'
        '). If GRE still does not arrive at the external address: ' + _OTHER_VPN[0].lower() + _OTHER_VPN[1:]),
    'digitalocean': Cloud(
        'DigitalOcean', 'a cloud firewall of DigitalOcean knows TCP, UDP and ICMP only: one that is attached drops GRE',
        'In DigitalOcean, look whether a cloud firewall is attached to this droplet: `doctl compute firewall list`.',
        'In DigitalOcean, detach the cloud firewall from this droplet, which cannot admit GRE, and filter on the '
        'host.'),
    'openstack': Cloud(
        'OpenStack', 'a security group of OpenStack admits only what its rules name, and protocol 47 needs a rule of '
        'its own',
        'Run `openstack security group rule list`: ingress and egress need protocol gre (47), beside TCP 1723.',
        'In OpenStack, add rules for protocol gre (47), ingress and egress, to the security group of this server.'),
}
_NAMES = {'alibaba': 'Alibaba Cloud', 'hetzner': 'Hetzner', 'linode': 'Linode', 'oracle': 'Oracle Cloud',
          'scaleway': 'Scaleway', 'upcloud': 'UpCloud', 'vultr': 'Vultr'}


def cloud(facts: Facts) -> Cloud | None:
    """The cloud in which a host runs, if it is one that filters."""
    slug = facts.text('pptp_host', 'cloud') or ''
    name = _NAMES.get(slug)
    if name is None:
        return _CLOUDS.get(slug)
    return Cloud(name, 'a firewall or security group of %s may not admit protocol 47' % name,
                 'Look at the firewall that %s keeps in front of this server: it must admit protocol 47.' % name,
                 'Admit IP protocol 47 (GRE) in the firewall or security group of %s.' % name)


def proof(facts: Facts) -> Proof:
    """The cloud as evidence."""
    return Proof('pptp_host.cloud', facts.text('pptp_host', 'cloud'), '/sys/class/dmi/id')


def blamed(item: Finding) -> bool:
    """Whether *item* blames the network of a cloud."""
    return any(found.fact == 'pptp_host.cloud' for found in item.evidence)


def look(facts: Facts) -> str:
    """What to look at next in the cloud of this host."""
    found = cloud(facts)
    return found.look if found else ''
