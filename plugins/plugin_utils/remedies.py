# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The fix of a finding as it reads on this host: its own paths, and the firewall that is in force."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils import clouds, pools, rules, secrets
from ansible_collections.vpnops.pptp.plugins.plugin_utils.explain_gre import flow
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.finding import Finding, Fix

_OPTIONS = '/etc/ppp/pptpd-options'     # Debian's; RedHat's is /etc/ppp/options.pptpd
_CONF = '/etc/pptpd.conf'
_PLAIN = re.compile(r'/[\w./-]{1,80}')  # a path that may stand in a command: nothing that a shell reads otherwise
_RADIUS = '/etc/radiusclient/'
_RADDB = '/etc/freeradius/3.0'      # RedHat's is /etc/raddb

_FIREWALLD_RELOAD = 'firewall-cmd --reload'
#: Commands of the firewall managers (firewall-cmd(1); ufw(8), whose ``proto gre`` needs 0.35 or later; nft(8)). The
#: names of nft's tables and chains are the usual ones: the evidence has the rule that decides.
_COMMANDS: dict[str, dict[str, tuple[str, ...]]] = {
    'firewalld': {
        'tcp': ('firewall-cmd --permanent --add-port=1723/tcp',),
        'gre': ('firewall-cmd --permanent --add-protocol=gre',),
        'forward': ('firewall-cmd --permanent --direct --add-rule ipv4 filter FORWARD 0 -i ppp+ -j ACCEPT',
                    'firewall-cmd --permanent --direct --add-rule ipv4 filter FORWARD 0 -o ppp+ -j ACCEPT'),
        'nat': ('firewall-cmd --permanent --add-masquerade',),
        'helper': ('firewall-cmd --permanent --new-service=pptp',
                   'firewall-cmd --permanent --service=pptp --add-port=1723/tcp',
                   'firewall-cmd --permanent --service=pptp --add-helper=pptp',
                   'firewall-cmd --permanent --add-service=pptp')},
    'ufw': {
        'tcp': ('ufw allow 1723/tcp',), 'gre': ('ufw allow proto gre from any',),
        'forward': ('ufw route allow in on ppp+', 'ufw route allow out on ppp+')},
    'nft': {
        'tcp': ('nft insert rule inet filter input tcp dport 1723 accept',),
        'gre': ('nft insert rule inet filter input meta l4proto gre accept',),
        'forward': ('nft insert rule inet filter forward iifname "ppp*" accept',
                    'nft insert rule inet filter forward oifname "ppp*" accept'),
        'nat': ('nft add rule ip nat postrouting ip saddr POOL oifname WAN masquerade',),
        'helper': ('modprobe nf_nat_pptp', 'nft add table ip pptp_helper',
                   """nft 'add ct helper ip pptp_helper pptp { type "pptp" protocol tcp; l3proto ip; }'""",
                   "nft 'add chain ip pptp_helper pre { type filter hook prerouting priority -150; }'",
                   """nft 'add rule ip pptp_helper pre tcp dport 1723 ct helper set "pptp"'""")},
}
_HELPER = ('gre-nat-asymmetric', 'gre-dnat-missing', 'gre-conntrack-helper')   # of a router: nothing else helps
_NEEDS = {'tcp1723-blocked': ('tcp', 'gre'), 'gre-blocked': ('gre',), 'gre-conntrack-helper': ('gre',),
          'firewall-rule-order': ('tcp', 'gre'), 'forward-blocked': ('forward',), 'no-masquerade': ('nat',)}
#: What a client sees and the server has to cure.
_AT_SERVER = ('pptpd-not-running', 'pptpd-not-listening', 'call-slots-exhausted', 'tcp1723-blocked',
              'firewall-rule-order', 'gre-conntrack-helper', 'gre-dnat-missing', 'no-secret-for-user',
              'server-name-mismatch', 'mppe-without-mschapv2', 'mppe-not-negotiated')
#: Causes whose role runs on the router in the path, and those which the own rules of a host have or have not.
_ON_ROUTERS = ('gre-nat-asymmetric', 'gre-dnat-missing')
_OWN_RULES = {'tcp1723-blocked': ('tcp1723_in',), 'gre-blocked': ('gre_in', 'gre_out'),
              'firewall-rule-order': ('tcp1723_in', 'gre_in')}
_LOGWTMP = ("sed -i 's/^logwtmp/#logwtmp/' %s" % _CONF, 'systemctl restart pptpd  # ends live sessions')


def here(text: str, facts: Facts) -> str:
    """*text* with the paths of this host instead of the usual ones."""
    for usual, own in ((_OPTIONS, _options_file(facts)), (_CONF, facts.text('pptp_conf', 'path')),
                       (secrets.DEFAULT_PATH, secrets.path(facts)), (_RADIUS, _radius_folder(facts)),
                       (_RADDB, facts.text('pptp_freeradius', 'config_dir'))):
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
    summary, cloud = rules.summary(item.cause, facts) or item.fix.summary, clouds.cloud(facts)
    if cloud and item.cause == 'gre-blocked' and clouds.blamed(item):
        return dataclasses.replace(item, fix=Fix(cloud.fix))
    role, variables = _role(item, item.fix, facts)
    if item.fix.role == 'freeradius' and not role and not summary.startswith('On '):
        summary = 'On the RADIUS server: ' + summary[:1].lower() + summary[1:]
    fix = Fix(here(summary, facts), role, variables,
              tuple(rules.named(here(command, facts), facts) for command in commands))
    return dataclasses.replace(item, fix=fix)


def _role(item: Finding, fix: Fix, facts: Facts) -> tuple[str, dict[str, t.Any]]:
    """The role that helps on this very host, with its variables; none where the rules of another one are to blame."""
    router = facts.text('pptp_host', 'role') == 'router'
    if fix.role == 'freeradius' and facts.text('pptp_freeradius', 'config_dir') is None or \
            fix.role == 'radius_client' and facts.text('pptp_host', 'role') == 'radius':
        return '', {}       # it runs at the other end
    if item.cause in _ON_ROUTERS or item.cause == 'gre-conntrack-helper':
        if not router:
            return (fix.role, {}) if item.cause == 'gre-conntrack-helper' else ('', {})
        return fix.role, {'gre_conntrack_mode': 'helper'}
    if router or item.cause in _OWN_RULES and all(flow(facts, name) == 'accept' for name in _OWN_RULES[item.cause]):
        return '', {}
    if item.cause == 'plugin-missing-or-version-mismatch' and _plugin(item):
        return 'pptp_server', {'pptp_server_logwtmp': False}
    if fix.role != 'nat':
        return fix.role, dict(fix.vars)
    pool = pools.pool(facts, 'remoteip')
    variables: dict[str, t.Any] = {'nat_pool': [pools.spanning(pool)]} if pool is not None else {}
    if item.cause != 'no-masquerade' and flow(facts, 'masquerade') == 'no':
        variables['nat_masquerade'] = False     # as it is now: another cause, and another choice
    return fix.role, variables


def _for_client(item: Finding, fix: Fix) -> Finding:
    """What has to be done at the other end says so; its commands are not for this host."""
    own = any(proof.fact.startswith('pptp_pppd.peers') or proof.fact.endswith('client-no-method')
              for proof in item.evidence)
    if own or not (item.cause in _AT_SERVER or item.cause.startswith(('radius-', 'ad-', 'ip-pool-'))):
        return dataclasses.replace(item, fix=dataclasses.replace(fix, role='', vars={})) \
            if item.cause in _ON_ROUTERS or item.cause in _OWN_RULES else item
    return dataclasses.replace(item, fix=dataclasses.replace(fix, summary='On the server: ' + fix.summary, role='',
                                                             vars={}))


def _firewall(item: Finding, facts: Facts) -> tuple[str, ...]:
    """The commands of the manager in force; of none, a rule in front of the one that decides."""
    backends = facts.items('pptp_firewall', 'backends') or []
    manager = next((name for name in ('firewalld', 'ufw') if name in backends), '')
    direct = rules.commands(item.cause, facts, manager)
    if not manager and not direct and 'nft' in backends and not any(
            str(name).startswith('iptables') for name in backends):
        manager = 'nft'
    known = _COMMANDS.get(manager, {})
    needs = ('helper',) if item.cause in _HELPER and facts.text('pptp_host', 'role') == 'router' else \
        _NEEDS.get(item.cause, ())
    found = tuple(command for need in needs for command in known.get(need, ()))
    return direct + (found + (_FIREWALLD_RELOAD,) if found and manager == 'firewalld' else found)


def _plugin(item: Finding) -> tuple[str, ...]:
    """What takes pptpd's own plugin out, where it is the one that does not load."""
    named = item.cause == 'plugin-missing-or-version-mismatch' and any(
        'logwtmp' in str(proof.value) for proof in item.evidence)
    return _LOGWTMP if named else ()
