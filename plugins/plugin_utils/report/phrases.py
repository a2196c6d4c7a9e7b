# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Words for the names of facts and for values that are no text, as a person reads them.

    named('pptp_conntrack.stateful_gre: x')        ->  'firewall: x'
    spoken('pptp_kernel.dev_ppp.present', False)   ->  'missing'
"""

from __future__ import annotations

import re
import typing as t

NAMES = {
    'pptp_addressing.wan_mtu': 'the MTU of the outer interface', 'pptp_addressing.ppp_count': 'ppp interfaces',
    'pptp_addressing.ip_forward': 'forwarding', 'pptp_conf.slots': 'connections that pptpd serves at once',
    'pptp_conf.remoteip': 'the addresses for clients (remoteip)', 'pptp_conf.localip': 'the own addresses (localip)',
    'pptp_conntrack.stateful_gre': 'firewall', 'pptp_conntrack.helper_assigned': 'conntrack',
    'pptp_daemon.name': 'the daemon', 'pptp_daemon.listeners': 'listeners on TCP 1723',
    'pptp_daemon.running': 'the daemon runs', 'pptp_daemon.unit.active': 'the unit of systemd',
    'pptp_firewall.counters.gre_drop': 'packets that were dropped', 'pptp_firewall.flows.gre_in': 'GRE to this host',
    'pptp_firewall.flows.gre_out': 'GRE from this host', 'pptp_firewall.flows.tcp1723_in': 'TCP 1723 to this host',
    'pptp_firewall.flows.forward_from_ppp': 'packets from the tunnels', 'pptp_firewall.flows.masquerade': 'NAT',
    'pptp_firewall.mss_clamp': 'the rule that clamps the MSS', 'pptp_firewall.order': 'the order of the rules',
    'pptp_firewall.rules': 'the rules', 'pptp_kernel.dev_ppp.present': '/dev/ppp', 'pptp_kernel.fips': 'FIPS mode',
    'pptp_logs.sessions': 'the logins in the log', 'pptp_logs.signatures': 'the log', 'pptp_logs.trace': 'the trace',
    'pptp_pppd.effective.auth': 'the option auth', 'pptp_pppd.effective.backend': 'where pppd looks for passwords',
    'pptp_pppd.effective.mppe': 'MPPE in the options of pppd', 'pptp_pppd.effective.mtu': 'the MTU of the tunnels',
    'pptp_pppd.effective.name': "the server's name (option name)", 'pptp_pppd.plugins': 'the plugins of pppd',
    'pptp_pppd.effective.require': 'methods that the options require', 'pptp_pppd.files': 'the options files',
    'pptp_pppd.problems': 'the options files', 'pptp_pppd.version': 'the version of pppd',
    'pptp_freeradius.clients': 'the clients of FreeRADIUS', 'pptp_freeradius.log_clients': 'the log of FreeRADIUS',
    'pptp_freeradius.log_users': 'the log of FreeRADIUS', 'pptp_freeradius.running': 'FreeRADIUS',
    'pptp_freeradius.mschap.use_mppe': 'keys for MPPE (use_mppe)', 'pptp_freeradius.sockets': 'the ports of FreeRADIUS',
    'pptp_radius_probe.servers': 'the probe of RADIUS', 'pptp_dial': 'dial', 'pptp_witness': 'packets seen',
    'pptp_radius.hostname_resolves': "the host's own name in /etc/hosts",
    'pptp_secrets.deciding': 'the line that counts',
    'pptp_secrets.entries': 'lines of chap-secrets', 'pptp_secrets.problems': 'chap-secrets',
    'pptp_secrets.users': 'users in chap-secrets', 'pptp_secrets.mode': 'the mode of chap-secrets',
}
# (true, false) where yes and no would read badly
_BOOLEANS = {
    'pptp_kernel.dev_ppp.present': ('it is there', 'missing'), 'pptp_daemon.running': ('running', 'not running'),
    'pptp_daemon.installed': ('installed', 'not installed'), 'pptp_radius.winbind.running': ('running', 'not running'),
    'pptp_addressing.ip_forward': ('on', 'off'), 'pptp_pppd.plugins.found': ('found', 'not found'),
    'pptp_freeradius.running': ('running', 'not running'),
    'pptp_radius.hostname_resolves': ('it has the name of this host', 'it has not the name of this host'),
}
#: What is wrong with a line of a configuration (docs/facts.md, codes of problems and errors).
_CODES = {
    'unknown-option': 'pppd has no such option', 'foreign-option': 'an option of another program',
    'removed-option': 'pppd no longer has this option', 'too-few-parameters': 'its value is missing',
    'missing-value': 'its value is missing', 'bad-value': 'its value is no good', 'file-missing': 'the file is missing',
    'option-before-plugin': 'stands before the plugin that brings it', 'cannot-override': 'may not be set here',
    'include-loop': 'includes itself', 'unbalanced-quote': 'a quote is not closed', 'bad-range': 'not a range',
    'bad-address': 'not an address', 'space-in-list': 'a space in the list', 'crlf': 'the line ends as in DOS',
    'options-file-missing': 'the options file is missing', 'binary-missing': 'the program is missing',
    'listen-not-local': 'no address of this host', 'missing-address-column': 'the address column is missing',
    'address-dash': 'its addresses allow none', 'unquoted-hash': 'a # that is not in quotes begins a comment',
    'unquoted-space': 'a space that is not in quotes ends the word',
    'backslash-in-name': 'a lone backslash in the name: write two', 'bom': 'the file begins with a byte order mark',
    'backslash-in-secret': 'a lone backslash in the secret: write two', 'secret-too-long': 'the secret is too long',
    'word-too-long': 'a word is too long', 'too-few-words': 'too few words', 'nbsp': 'a no-break space is no space',
    'non-ascii-secret': 'a secret beyond ASCII', 'duplicate': 'an earlier line with the same names counts',
    'indirect-file-missing': 'the file that it names is missing',
}
_CODE = re.compile(r'^([a-z]+(?:-[a-z]+)*)(: |$)')
_FACT = re.compile(r'(?<![\w/])(?:pptp_[a-z_]+(?:\.[a-z0-9_]+)+|pptp_(?:dial|witness)\b)')


def named(text: str) -> str:
    """*text* with the paths of facts in it as words."""
    return _FACT.sub(lambda found: _name(found.group()), text)


def _name(fact: str) -> str:
    subject, _dot, rest = fact.partition('.')
    if fact in NAMES:
        return NAMES[fact]
    if rest.startswith('modules.'):
        return 'the module ' + rest[8:]
    if subject == 'pptp_pppd' and rest.startswith('effective.'):
        return 'the option ' + rest[10:].replace('_', '-')
    return rest.replace('.', ' ').replace('_', ' ')


def spoken(fact: str | None, value: t.Any) -> t.Any:
    """*value* of *fact*: a word for a boolean, and for the code that a problem begins with."""
    kind = str(fact or '')
    if isinstance(value, str) and kind.endswith(('.problems', '.errors')):
        return _CODE.sub(lambda found: _CODES.get(found.group(1), found.group(1)) + found.group(2), value)
    if not isinstance(value, bool):
        return value
    default = ('set', 'not set') if kind.startswith(('pptp_conf.directives', 'pptp_pppd.effective')) else ('yes', 'no')
    return _BOOLEANS.get(kind, default)[0 if value else 1]
