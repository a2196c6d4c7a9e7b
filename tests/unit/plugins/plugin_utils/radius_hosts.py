# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts of made-up RADIUS servers: a healthy FreeRADIUS, and changes to it."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.hosts import Facts, changed, logs

BASE = '/etc/freeradius/3.0'
LOG = '/var/log/freeradius/radius.log'
CLIENTS, MSCHAP, SITE = BASE + '/clients.conf', BASE + '/mods-enabled/mschap', BASE + '/sites-enabled/default'
VPN = '192.168.77.1'        # of hosts.radius_server, towards its RADIUS server
RADIUS = '192.168.77.20'


def client(name: str = 'vpn', address: str | None = VPN, choice: str | None = 'no', line: int = 30) -> list[t.Any]:
    """A client section."""
    return [name, address, True, choice, '%s:%d' % (CLIENTS, line)]


def said(what: str, address: str = VPN, since: bool | None = True, name: str = '',
         text: str = 'the line') -> list[t.Any]:
    """What the log says about a client, as ``pptp_freeradius.log_clients`` has it."""
    return [what, 'auth', address, name, 3, text, LOG + ':7', 'Sun Nov 22 07:17:49 2026', since]


def radius(changes: t.Mapping[str, t.Any] | None = None) -> Facts:
    """A FreeRADIUS in order, in the role of a RADIUS server, changed."""
    listens = [['auth', '*', 1812, SITE + ':59'], ['acct', '*', 1813, SITE + ':205']]
    facts: Facts = {
        'pptp_host': {'hostname': 'rad', 'role': 'radius', 'kernel': '6.1.0', 'container': ''},
        'pptp_freeradius': {
            'installed': True, 'running': True, 'version': '3.2.7', 'config_dir': BASE, 'readable': True,
            'sockets': [['0.0.0.0', 1812], ['0.0.0.0', 1813], ['::', 1812]],
            'clients': [client('localhost', '127.0.0.1', None, 10), ['localhost_ipv6', '::1', True, None,
                                                                     CLIENTS + ':20'],
                        client()], 'clients_complete': True,
            'mschap': {'enabled': True, 'instance': 'mschap', 'source': MSCHAP + ':11', 'use_mppe': True,
                       'require_encryption': False, 'require_strong': False, 'with_ntdomain_hack': True, 'sources': {},
                       'ntlm_auth': None, 'winbind_username': None},
            'sites': [{'name': 'default', 'source': SITE + ':47', 'authorize': True, 'authenticate': True,
                       'listens': listens}],
            'log': {'auth': True, 'rejects': True, 'destination': 'files', 'file': LOG,
                    'source': BASE + '/radiusd.conf:276'},
            'security': {'require_message_authenticator': 'auto', 'source': BASE + '/radiusd.conf:723',
                         'status_server': True},
            'problems': [], 'log_read': [LOG], 'log_clients': [], 'log_users': [], 'learned': [],
            'started': [LOG + ':1', 'Sun Nov 22 07:00:00 2026'], 'signatures': {}},
        'pptp_addressing': {'interfaces': [{'name': 'eth0', 'addresses': [RADIUS + '/24'], 'mtu': 1500,
                                            'kind': 'ether'}],
                            'default_route': None, 'routes': [], 'ip_forward': False},
        'pptp_radius': {'configured': False, 'winbind': {'plugin': False}},
        'pptp_logs': logs(),
    }
    return changed(facts, changes or {})
