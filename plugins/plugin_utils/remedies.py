# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The fix of a finding as it reads on this host: its own paths, and the firewall that is in force."""

from __future__ import annotations

import dataclasses
import re

from ansible_collections.vpnops.pptp.plugins.plugin_utils import secrets
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import Finding, Fix

_OPTIONS = '/etc/ppp/pptpd-options'     # Debian's; RedHat's is /etc/ppp/options.pptpd
_CONF = '/etc/pptpd.conf'
_PLAIN = re.compile(r'/[\w./-]{1,80}')  # a path that may stand in a command: nothing that a shell reads otherwise
_RADIUS = '/etc/radiusclient/'

_FIREWALLD_RELOAD = 'firewall-cmd --reload'
#: Commands of the firewall managers (firewall-cmd(1); ufw(8), whose ``proto gre`` needs 0.35 or later; nft(8)). The
#: names of nft's tables and chains are the usual ones: the evidence has the rule that decides.
_COMMANDS: dict[str, dict[str, tuple[str, ...]]] = {
    'firewalld': {
        'tcp': ('firewall-cmd --permanent --add-port=1723/tcp',),
        'gre': ('firewall-cmd --permanent --add-protocol=gre',),
        'forward': ('firewall-cmd --permanent --direct --add-rule ipv4 filter FORWARD 0 -i ppp+ -j ACCEPT',
                    'firewall-cmd --permanent --direct --add-rule ipv4 filter FORWARD 0 -o ppp+ -j ACCEPT'),
        'nat': ('firewall-cmd --permanent --add-masquerade',)},
    'ufw': {
        'tcp': ('ufw allow 1723/tcp',), 'gre': ('ufw allow proto gre from any',),
        'forward': ('ufw route allow in on ppp+', 'ufw route allow out on ppp+')},
    'nft': {
        'tcp': ('nft insert rule inet filter input tcp dport 1723 accept',),
        'gre': ('nft insert rule inet filter input meta l4proto gre accept',),
        'forward': ('nft insert rule inet filter forward iifname "ppp*" accept',
                    'nft insert rule inet filter forward oifname "ppp*" accept'),
        'nat': ('nft add rule ip nat postrouting ip saddr POOL oifname WAN masquerade',)},
}
_NEEDS = {'tcp1723-blocked': ('tcp', 'gre'), 'gre-blocked': ('gre',), 'gre-conntrack-helper': ('gre',),
          'firewall-rule-order': ('tcp', 'gre'), 'forward-blocked': ('forward',), 'no-masquerade': ('nat',)}
#: What a client sees and the server has to cure.
_AT_SERVER = ('pptpd-not-running', 'pptpd-not-listening', 'call-slots-exhausted', 'tcp1723-blocked',
              'firewall-rule-order', 'gre-conntrack-helper', 'gre-dnat-missing', 'no-secret-for-user',
              'server-name-mismatch', 'mppe-without-mschapv2', 'mppe-not-negotiated')
_LOGWTMP = ("sed -i 's/^logwtmp/#logwtmp/' %s" % _CONF, 'systemctl restart pptpd  # ends live sessions')


def here(text: str, facts: Facts) -> str:
    """*text* with the paths of this host instead of the usual ones."""
    for usual, own in ((_OPTIONS, _options_file(facts)), (_CONF, facts.text('pptp_conf', 'path')),
                       (secrets.DEFAULT_PATH, secrets.path(facts)), (_RADIUS, _radius_folder(facts))):
        if own and own != usual and _PLAIN.fullmatch(own):
            text = text.replace(usual, own)
    return text


def _options_file(facts: Facts) -> str | None:
    return facts.text('pptp_conf', 'option_file') or facts.text('pptp_pppd', 'assumed')


def _radius_folder(facts: Facts) -> str | None:
    path = facts.text('pptp_radius', 'config_path') or ''
    return path.rsplit('/', 1)[0] + '/' if '/' in path else None


def fitted(item: Finding, facts: Facts) -> Finding:
    """*item* with the commands of the firewall in force, and the paths of this host."""
    if item.fix is None:
        return item
    if facts.text('pptp_host', 'role') == 'client':
        return _for_client(item, item.fix)
    commands = _firewall(item, facts) or _plugin(item) or item.fix.commands
    fix = Fix(here(item.fix.summary, facts), item.fix.role, item.fix.vars,
              tuple(here(command, facts) for command in commands))
    return dataclasses.replace(item, fix=fix)


def _for_client(item: Finding, fix: Fix) -> Finding:
    """What has to be done at the other end says so; its commands are not for this host."""
    own = any(proof.fact.startswith('pptp_pppd.peers') or proof.fact.endswith('client-no-method')
              for proof in item.evidence)
    if own or not (item.cause in _AT_SERVER or item.cause.startswith(('radius-', 'ad-', 'ip-pool-'))):
        return item
    return dataclasses.replace(item, fix=dataclasses.replace(fix, summary='On the server: ' + fix.summary))


def _firewall(item: Finding, facts: Facts) -> tuple[str, ...]:
    backends = facts.items('pptp_firewall', 'backends') or []
    manager = next((name for name in ('firewalld', 'ufw', 'nft') if name in backends), '')
    if manager == 'nft' and any(str(name).startswith('iptables') for name in backends):
        return ()
    known = _COMMANDS.get(manager, {})
    found = tuple(command for need in _NEEDS.get(item.cause, ()) for command in known.get(need, ()))
    return found + (_FIREWALLD_RELOAD,) if found and manager == 'firewalld' else found


def _plugin(item: Finding) -> tuple[str, ...]:
    """What takes pptpd's own plugin out, where it is the one that does not load."""
    named = item.cause == 'plugin-missing-or-version-mismatch' and any(
        'logwtmp' in str(proof.value) for proof in item.evidence)
    return _LOGWTMP if named else ()
