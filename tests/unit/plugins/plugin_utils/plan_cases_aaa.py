# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is planned for RADIUS and the directory, at either end: rows as in ``plan_cases``, ``(cause, facts, role, vars,
who, words, why, choices)``."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_step import Radius

CONFIG = '/etc/radiusclient/radiusclient.conf'
CLIENTS, MSCHAP = '/etc/freeradius/3.0/clients.conf', '/etc/freeradius/3.0/mods-enabled/mschap'
ADMIN, DIRECTORY = "the RADIUS server's admin", "the directory's admin"
ASKING = {'own': 'rad', 'clients': [{'cause': 'radius-unknown-client', 'host': 'vpn1', 'address': '10.99.1.1'}]}
GIVEN = {'radius': Radius(servers=True, secret=True, secrets=('vpn1',))}
LISTED = {'radius': Radius(clients=('10.99.1.1',))}


def vpn(*targets: tuple[str, str, int], fleet: t.Any = None, **radius: t.Any) -> dict[str, t.Any]:
    """Facts of a VPN server that asks *targets*."""
    rows = [list(row) for row in targets or (('auth', '10.99.2.2', 1812), ('acct', '10.99.2.2', 1813))]
    return {'pptp_conf': {'path': '/etc/pptpd.conf', 'option_file': '/etc/ppp/pptpd-options'},
            'pptp_radius': {'configured': True, 'config_path': CONFIG, 'status': 'ok', 'targets': rows,
                            'servers_file': {'path': '/etc/radiusclient/servers', 'status': 'ok', 'missing': []},
                            'missing_keys': [],
                            'dictionary': {'path': '/etc/radiusclient/dictionary'}, **radius},
            **({'pptp_fleet': fleet} if fleet else {})}


def rad(*clients: tuple[str, str], fleet: t.Any = None, **more: t.Any) -> dict[str, t.Any]:
    """Facts of a RADIUS server with *clients*."""
    rows = [[name, address, True, None, CLIENTS + ':20'] for name, address in clients]
    return {'pptp_host': {'role': 'radius'}, 'pptp_freeradius': {
        'installed': True, 'running': True, 'config_dir': '/etc/freeradius/3.0', 'clients': rows, 'version': '3.2.7',
        'mschap': {'enabled': True, 'instance': 'mschap', 'source': MSCHAP + ':3'}, **more},
        **({'pptp_fleet': fleet} if fleet else {})}


def asking(cause: str) -> dict[str, t.Any]:
    """What a VPN server blames the host for."""
    return {'own': 'rad', 'clients': [dict(ASKING['clients'][0], cause=cause)]}      # type: ignore[call-overload]


def line(what: str, address: str = '10.99.1.1', since: bool = True) -> list[list[t.Any]]:
    """A line of the log about a client."""
    return [[what, 'auth', address, None, 1, 'words', '/var/log/freeradius/radius.log:7', None, since]]


def member(user: str = 'freeradius', **helper: t.Any) -> dict[str, t.Any]:
    """Facts of a host that checks passwords through winbind."""
    row = {'user': user, 'program': '/usr/bin/ntlm_auth', 'absolute': True, 'exists': True, 'allow_mschapv2': True,
           'request_nt_key': True, 'source': MSCHAP + ':82', **helper}
    return {**rad(), 'pptp_winbind': {'installed': True, 'running': True, 'used_by': [user], 'helpers': [row]}}


def pppd(line_: str) -> dict[str, t.Any]:
    """The same of a VPN server with winbind.so."""
    return {**member('pppd', allow_mschapv2=False), 'pptp_host': {'role': 'server'},
            'pptp_pppd': {'options': [['ntlm_auth-helper', [line_], '/etc/ppp/pptpd-options:9']]}}


_STOPPED = {**member(), 'pptp_winbind': {**member()['pptp_winbind'], 'running': False}}
_BROKEN = {**member(), 'pptp_winbind': {**member()['pptp_winbind'], 'running': False, 'problems': [
    ['/etc/samba/smb.conf:3', 'bad-value', 'security']]}}
_APART = {**member(), 'pptp_winbind': {**member()['pptp_winbind'], 'joined': False}}
_DONE = {'own': 'vpn1', 'server': 'rad', 'ports': [1812], 'fixed': ['radius-no-mppe-keys', 'radius-secret-mismatch']}
_KEYLESS = {'enabled': True, 'instance': 'mschap', 'use_mppe': False, 'source': MSCHAP + ':3',
            'sources': {'use_mppe': MSCHAP + ':22'}}
_MINE = {'freeradius_client_name': 'vpn1', 'freeradius_client_address': '10.99.1.1', 'freeradius_use_secret': True}

Row = tuple[str, dict[str, t.Any], str, dict[str, t.Any], str, str, str, dict[str, t.Any]]


def _step(cause: str, facts: dict[str, t.Any], role: str, variables: dict[str, t.Any], **choices: t.Any) -> Row:
    return cause, facts, role, variables, '', '', '', choices


def _word(cause: str, facts: dict[str, t.Any], who: str, words: str, why: str = '', **choices: t.Any) -> Row:
    return cause, facts, '', {}, who, words, why, choices


ROWS: tuple[Row, ...] = (
    _word('radius-client-config-missing', {}, 'you', 'Write radiusclient.conf'),
    _step('radius-client-config-missing', vpn(missing_keys=['seqfile']), 'radius_client',
          {'radius_client_path': CONFIG, 'radius_client_options_path': '/etc/ppp/pptpd-options',
           'radius_client_use_secret': None}),
    _word('radius-client-config-missing', vpn(status='absent'), 'you', 'radius_client_servers', 'nothing on this host'),
    _step('radius-client-config-missing', vpn(status='absent'), 'radius_client',
          {'radius_client_use_servers': True, 'radius_client_use_secret': True}, **GIVEN),
    _step('radius-client-config-missing', vpn(config_path='/etc/radcli/radiusclient.conf'), 'radius_client',
          {'radius_client_path': CONFIG, 'radius_client_use_servers': True}, **GIVEN),
    _word('radius-client-config-missing', vpn(servers_file={'path': '/x', 'status': 'ok', 'missing': ['10.99.2.2']}),
          'you', 'radius_client_secret'),
    _word('radius-dictionary-microsoft-missing', {}, 'you', 'INCLUDE'),
    _step('radius-dictionary-microsoft-missing', vpn(), 'radius_client', {'radius_client_path': CONFIG}),
    _word('radius-dictionary-microsoft-missing', vpn(dictionary={'path': '/etc/{{ x }}/dictionary'}), 'you', 'INCLUDE'),
    _word('radius-unreachable', {}, ADMIN, 'Start the server'),
    _step('radius-unreachable', rad(running=False), 'freeradius',
          {'freeradius_service_state': 'started', 'freeradius_enabled': True}),
    _step('radius-unreachable', vpn(('auth', '10.99.2.2', 1645), fleet=_DONE), 'radius_client', {
        'radius_client_servers': [{'host': '10.99.2.2', 'port': 1812, 'acct_port': 1813}]}),
    _word('radius-unreachable', vpn(('auth', '{{ x }}', 1645), fleet=_DONE), ADMIN, 'Start the server',
          'rad: it is left'),
    _word('radius-unknown-client', {}, ADMIN, 'clients.conf'),
    _step('radius-unknown-client', rad(fleet=ASKING), 'freeradius', dict(_MINE, freeradius_secret_of='vpn1'), **GIVEN),
    _step('radius-unknown-client', rad(log_clients=line('unknown')), 'freeradius', {
        **_MINE, 'freeradius_client_name': 'vpn-10-99-1-1', 'freeradius_secret_of': ''}, **LISTED),
    _word('radius-unknown-client', rad(fleet=ASKING), 'you', 'radius_client_secret (vaulted) for vpn1',
          'not in the inventory'),
    _word('radius-unknown-client', rad(log_clients=line('unknown', '{{ x }}')), ADMIN, 'clients.conf', **GIVEN),
    _step('radius-unknown-client', rad(('vpn', '10.99.1.0/24'), log_clients=line('unknown')), 'freeradius',
          {'freeradius_service_state': 'restarted'}),
    _word('radius-secret-mismatch', {}, 'you', 'radius_client_secret'),
    _step('radius-secret-mismatch', vpn(), 'radius_client', {'radius_client_use_secret': True}, **GIVEN),
    _step('radius-secret-mismatch', vpn(fleet=_DONE), 'freeradius', {'host': 'rad'}, **GIVEN),
    _step('radius-secret-mismatch', rad(('vpn', '10.99.1.1/32'), fleet=asking('radius-secret-mismatch')),
          'freeradius', {
        'freeradius_client_name': 'vpn', 'freeradius_client_address': '10.99.1.1', 'freeradius_secret_of': 'vpn1',
        'freeradius_clients_path': CLIENTS}, **GIVEN),
    _step('radius-secret-mismatch', rad(('lan', '10.99.0.0/16'), fleet=asking('radius-secret-mismatch')),
          'freeradius', dict(_MINE, freeradius_secret_of='vpn1', freeradius_clients_path=CLIENTS), **GIVEN),
    _word('radius-secret-mismatch', vpn(('auth', 'a', 1812), ('auth', 'b', 1812)), 'you', 'radius_client_servers',
          'several servers', radius=Radius(secret=True)),
    _word('radius-message-authenticator', {}, ADMIN, 'require_message_authenticator = no'),
    _step('radius-message-authenticator', rad(('vpn', '10.99.0.0/16'), fleet=asking('radius-message-authenticator')),
          'freeradius', {'freeradius_client_name': 'vpn', 'freeradius_client_address': '10.99.0.0/16',
                         'freeradius_use_secret': None, 'freeradius_service_state': 'restarted'}),
    _word('radius-message-authenticator', rad(('{{ x }}', '10.99.1.1'), fleet=asking('radius-message-authenticator')),
          ADMIN, 'require_message_authenticator = no'),
    _word('radius-no-mppe-keys', {}, ADMIN, 'use_mppe = yes'),
    _step('radius-no-mppe-keys', rad(mschap=_KEYLESS), 'freeradius',
          {'freeradius_use_mppe': True, 'freeradius_mschap_path': MSCHAP}),
    _word('radius-no-mppe-keys', rad(mschap=dict(_KEYLESS, instance='other')), ADMIN, 'use_mppe = yes'),
    _step('radius-no-mppe-keys', vpn(fleet=_DONE), 'freeradius', {'host': 'rad'}),
    _word('radius-wrong-mppe-keys', {}, 'you', '2.5.1'),
    _word('ad-winbind-not-running', {}, 'you', 'systemctl enable --now winbind'),
    _step('ad-winbind-not-running', _STOPPED, 'winbind',
          {'winbind_service_state': 'started', 'winbind_enabled': True}),
    _word('ad-winbind-not-running', _BROKEN, 'you', '/etc/samba/smb.conf:3'),
    _word('ad-winbind-not-running', {**_STOPPED, 'pptp_winbind': {'installed': False, 'used_by': ['freeradius']}},
          'you', 'vpnops.pptp.winbind'),
    _word('ad-winbind-privileged-pipe', {}, ADMIN, 'winbindd_priv'),
    _step('ad-winbind-privileged-pipe', member(), 'winbind', {'winbind_privileged': True}),
    _word('ad-dc-unreachable', {}, DIRECTORY, '--ping-dc'),
    _word('ad-ntlmv1-disabled', {}, DIRECTORY, 'mschapv2-and-ntlmv2-only'),
    _step('ad-ntlmv1-disabled', member(allow_mschapv2=False), 'freeradius',
          {'freeradius_ntlm_auth_repair': True, 'freeradius_mschap_path': MSCHAP}),
    _step('ad-ntlmv1-disabled', pppd('/usr/bin/ntlm_auth --helper-protocol=ntlm-server-1 --require-membership-of=VPN'),
          'pppd_options', {'pppd_options_present': [{
              'name': 'ntlm_auth-helper', 'value': '/usr/bin/ntlm_auth --helper-protocol=ntlm-server-1 '
                                                   '--allow-mschapv2 --require-membership-of=VPN'}]}),
    _word('ad-ntlmv1-disabled', pppd('ntlm_auth $(id)'), DIRECTORY, 'mschapv2-and-ntlmv2-only'),
    _word('ad-account-locked', {}, DIRECTORY, 'Unlock'),
    _word('ad-password-expired', {}, 'the user', 'change the password'),
    _word('ad-ntlm-auth-failing', {}, DIRECTORY, 'wbinfo -t'),
    _step('ad-ntlm-auth-failing', member(request_nt_key=False), 'freeradius', {'freeradius_ntlm_auth_repair': True}),
    _word('ad-ntlm-auth-failing', _APART, DIRECTORY, 'wbinfo -t'),
    _step('ad-ntlm-auth-failing', _APART, 'winbind', {'winbind_join': True}, radius=Radius(join=True),
          consent=frozenset(['ad-ntlm-auth-failing'])),
    _word('ad-ntlm-auth-failing', _APART, 'you', 'pptp_consent', 'needs your consent', radius=Radius(join=True)),
)
