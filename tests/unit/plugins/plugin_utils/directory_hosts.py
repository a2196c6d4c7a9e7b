# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts of made-up members of a domain: a RADIUS server with ntlm_auth, a VPN server with winbind.so."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils import hosts, radius_hosts
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.hosts import Facts, changed

HELPER = {'user': 'freeradius', 'program': '/usr/bin/ntlm_auth', 'absolute': True, 'exists': True,
          'allow_mschapv2': True, 'request_nt_key': True, 'protocol': None, 'username': '%{mschap:User-Name}',
          'domain': None, 'source': '/etc/freeradius/3.0/mods-enabled/mschap:3'}
OF_PPPD = {'user': 'pppd', 'program': '/usr/bin/ntlm_auth', 'absolute': True, 'exists': True, 'allow_mschapv2': True,
           'request_nt_key': False, 'protocol': 'ntlm-server-1', 'source': '/etc/ppp/pptpd-options:4'}
OPEN = dict.fromkeys(('88', '135', '389', '445'), 'open')
WINBIND = {
    'installed': True, 'running': True, 'pid': 40, 'ping': 'ok', 'used_by': ['freeradius'], 'helpers': [HELPER],
    'privileged': {'path': '/var/lib/samba/winbindd_privileged', 'mode': '0750', 'gid': 107, 'group': 'winbindd_priv',
                   'members': ['freerad'], 'users': [['freeradius', 71, 100, True]]},
    'smb': {'realm': ['LAB.TEST', '/etc/samba/smb.conf:3'], 'security': ['ads', '/etc/samba/smb.conf:4'],
            'server role': ['auto', 'default'], 'ntlm auth': ['ntlmv2-only', 'default']},
    'dc': False, 'joined': None, 'problems': [], 'evidence': {}}
PROBE = {
    'realm': 'LAB.TEST', 'workgroup': 'LAB', 'root': True, 'reachable': True, 'daemon': 'ok', 'clock': 0,
    'account': None,
    'srv': {'name': '_ldap._tcp.dc._msdcs.lab.test', 'status': 'ok', 'server': '192.168.77.10', 'servers': [],
            'controllers': [['dc.lab.test', 389]], 'ms': 1},
    'controllers': [{'name': 'dc.lab.test', 'address': '192.168.77.10', 'ports': OPEN}],
    'ping': {'status': 'ok', 'error': None, 'seconds': 0.1, 'dc': 'dc.lab.test'},
    'trust': {'status': 'ok', 'error': None, 'seconds': 0.3}, 'join': None, 'seconds': 1.0, 'problems': [],
    'evidence': {}}
GOOD = {'name': 'alice', 'status': 'ok', 'found': True, 'bad_count': 0, 'dialin': None, **dict.fromkeys(
    ('disabled', 'locked', 'expired', 'must_change', 'password_expired', 'elsewhere_only', 'smartcard', 'protected'),
    False)}


def radius(changes: t.Mapping[str, t.Any] | None = None, probed: bool = True) -> Facts:
    """A FreeRADIUS that asks ntlm_auth, changed."""
    facts = radius_hosts.radius()
    facts['pptp_winbind'] = WINBIND
    if probed:
        facts['pptp_directory_probe'] = PROBE
    return changed(facts, changes or {})


def vpn(changes: t.Mapping[str, t.Any] | None = None, probed: bool = True) -> Facts:
    """A PPTP server whose pppd asks winbind.so, changed."""
    facts = hosts.winbind_server()
    facts['pptp_winbind'] = dict(WINBIND, used_by=['pppd'], helpers=[OF_PPPD],
                                 privileged=dict(t.cast(Facts, WINBIND['privileged']), users=[]))
    if probed:
        facts['pptp_directory_probe'] = PROBE
    return changed(facts, changes or {})
