# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Three cases for each cause of the catalogue: one that trips, one that passes, one that stays unknown."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils import hosts
from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils.hosts import (
    ACCEPT,
    CONF,
    DROP,
    OPTIONS,
    SECRETS,
    client,
    failed,
    log_only,
    logs,
    radius_server,
    server,
    up,
    user,
    winbind_server,
)

TRIPS, PASSES, UNKNOWN = KINDS = ('trips', 'passes', 'unknown')


class Case(t.NamedTuple):
    """*facts* for which the check of *cause* gives a result of this *kind*."""

    cause: str
    kind: str
    facts: dict[str, t.Any]


def _fails(reached: str, *events: str, base: t.Callable[..., t.Any] = server, **more: t.Any) -> dict[str, t.Any]:
    side = 'client' if base is client else 'server'
    return base({'logs': logs(failed(reached, *events, side=side, **more))})


_SERVICE = {
    'bad-option-syntax': [server({'pppd.problems': [[OPTIONS + ':3', 'unknown-option', 'requier-mppe-128']]}),
                          server({'conf.errors': [[CONF + ':3', 'bad-range', 'remoteip 10.99.0.110-100']],
                                  'daemon.running': False}),
                          log_only(failed('control', 'start-option-unknown'))],
    'plugin-missing-or-version-mismatch': [
        server({'pppd.plugins': [{'name': 'nosuch.so', 'path': None, 'found': False, 'version_dir': None,
                                  'source': OPTIONS + ':9'}]}),
        server({'pppd.version': '2.5.2', 'pppd.plugins': [{'name': 'radius.so', 'path': '/usr/lib/pppd/2.4.9/radius.so',
                                                           'found': True, 'version_dir': '2.4.9', 'source': OPTIONS}]}),
        log_only(failed('control', 'start-plugin-version'))],
    'ppp-kernel-missing': [server({'kernel.modules.ppp_async': 'missing'}),
                           server({'kernel.modules.ppp_generic': 'blacklisted'}),
                           log_only(failed('control', 'start-ppp-generic'))],
    'dev-ppp-missing': [server({'kernel.dev_ppp.present': False}), server({'kernel.dev_ppp.device': '1:3'}),
                        log_only(failed('control', 'start-dev-ppp-missing'))],
    'mppe-kernel-missing': [server({'kernel.modules.ppp_mppe': 'missing'}), server({'kernel.fips': True}),
                            server({'kernel.modules.ppp_mppe': 'missing', 'pppd.effective.mppe': 'none', 'logs': ...}),
                            log_only(failed('mppe', 'mppe-no-kernel'))],
    'pptpd-not-running': [server({'daemon.running': False, 'daemon.listeners': []}),
                          server({'daemon.running': None, 'daemon.unit.active': 'failed'}),
                          server({'daemon.running': False, 'daemon.installed': False})],
    'pptpd-not-listening': [server({'daemon.listeners': []}),
                            server({'daemon.running': False,
                                    'daemon.listeners': [{'address': '0.0.0.0', 'port': 1723, 'process': None}]}),
                            server({'daemon.listeners': [{'address': '0.0.0.0', 'port': 1723, 'process': 'docker-proxy',
                                                          'pid': 4}]}),
                            server({'daemon.listeners': [{'address': '127.0.0.1', 'port': 1723, 'process': 'pptpd',
                                                          'pid': 4}]}),
                            server({'daemon.running': False, 'daemon.listeners': [],
                                    'conf.errors': [[CONF + ':5', 'listen-not-local', '192.0.2.1']]}),
                            log_only(lines={'mgr-socket': "MGR: Couldn't create host socket"})],
    'call-slots-exhausted': [server({'conf.connections': 2, 'conf.slots': 2, 'addressing.ppp_count': 2}),
                             server({'logs': logs(lines={'mgr-full': 'MGR: No free connection slots or IPs'}),
                                     'conf.connections': 1, 'conf.slots': 1})],
}
_CONTROL_AND_GRE = {
    'firewall-rule-order': [server({'firewall.flows.tcp1723_in': DROP, 'logs': ...,
                                    'firewall.order': [['-A INPUT -p tcp --dport 1723 -j ACCEPT', '-A INPUT -j DROP',
                                                        'tcp1723_in']]})],
    'tcp1723-blocked': [server({'firewall.flows.tcp1723_in': DROP, 'logs': ...}),
                        server({'firewall.flows.tcp1723_established': DROP, 'logs': ...}),
                        server({'firewall.flows.tcp1723_out': DROP, 'logs': ...}),
                        _fails('control', 'pptp-timeout', base=client),
                        _fails('control', 'lcp-timeout', 'pptp-refused', base=client)],
    'isp-filtering': [_fails('control', 'pptp-timeout', base=client)],
    'dns-resolution-failed': [_fails('control', 'pptp-dns', base=client)],
    'gre-conntrack-helper': [server({'conntrack.stateful_gre': True, 'firewall.flows.gre_in': DROP, 'logs': ...}),
                             server({'conntrack.stateful_gre': True, 'conntrack.helper_assigned': True,
                                     'conntrack.helper_hook_ok': False, 'logs': ...}),
                             server({'firewall.flows.gre_out': {**DROP, 'stateful': True}, 'logs': ...})],
    'gre-blocked': [server({'firewall.flows.gre_in': DROP, 'logs': ...}),
                    server({'firewall.flows.gre_out': DROP, 'logs': ...}), log_only(failed('link', 'gre-xmit-denied'))],
    'gre-dnat-missing': [server({'firewall.rules': [['iptables-save:4', '-A PREROUTING -p tcp --dport 1723 -j DNAT '
                                                     '--to-destination 10.0.0.2']]})],
    'gre-nat-asymmetric': [_fails('link', 'gre-unreachable'), _fails('link', 'trace-lcp-one-way', rcvd_lcp=True)],
}
_BROKEN_LINE = {'secrets.deciding': {'line': 1, 'client': 'alice', 'server': 'pptpd', 'usable': False,
                                     'why': 'no-address'},
                'secrets.problems': [[SECRETS + ':1', 'missing-address-column', 'alice']],
                'secrets.users': [user('alice', addresses=())], 'logs': ...}
_AUTH = {
    'chap-secrets-malformed': [server(_BROKEN_LINE), _fails('auth', 'secret-address', 'chap-failed', user='alice'),
                               server({'secrets.problems': [[SECRETS + ':2', 'unquoted-hash', 'bob']]})],
    'server-name-mismatch': [server({'secrets.users': [user('alice', server='PPTPD')], 'secrets.deciding': None,
                                     'logs': ...}),
                             _fails('control', 'start-no-secret', base=lambda changes: server({
                                 **changes, 'secrets.users': [user('alice', server='vpn2')],
                                 'secrets.deciding': None}))],
    'username-domain-format': [_fails('auth', 'chap-no-secret', 'chap-failed', user='CORP\\alice'),
                               server({'secrets.problems': [[SECRETS + ':1', 'backslash-in-name', 'CORPalice']]})],
    'no-secret-for-user': [_fails('auth', 'chap-no-secret', 'chap-failed', user='mallory'),
                           server({'secrets.entries': None, 'secrets.users': [], 'secrets.deciding': None,
                                   'secrets.evidence': {'absent': [SECRETS]}, 'logs': ...})],
    'wrong-secret': [_fails('auth', 'trace-chap-failure-691', 'chap-failed', user='alice'),
                     _fails('auth', 'client-failed-denied', base=client)],
    'auth-method-mismatch': [_fails('auth', 'peer-refused-auth'),
                             server({'pppd.effective.require': ['pap'], 'logs': ...}),
                             client({'pppd.peers': [{'path': 'p', 'problems': [], 'options': [
                                 ['refuse-' + name, [], 'p:1'] for name in ('pap', 'chap', 'mschap', 'mschap-v2',
                                                                            'eap')]}]})],
    'address-not-allowed': [server({'secrets.deciding': {'line': 1, 'client': 'alice', 'server': 'pptpd',
                                                         'usable': False, 'why': 'dash'}}),
                            server({'secrets.users': [user('alice', addresses=['10.98.0.0/24'])]}),
                            _fails('address', 'ip-unauthorized', user='alice')],
    'no-dialin-permission': [_fails('auth', 'client-failed-dialin', base=client)],
    'auth-backend-hashed-password': [radius_server({'logs': logs(lines={'rad-hashed': 'control:Cleartext-Password'})})],
}


def _probed(*readings: str, more: t.Mapping[str, t.Any] | None = None, **probe: t.Any) -> dict[str, t.Any]:
    """A VPN server whose RADIUS servers gave the probe these *readings*."""
    rows = [{'kind': 'auth', 'server': '192.168.77.20', 'port': 1812, 'address': '192.168.77.20', 'reading': reading,
             'login': None} for reading in readings]
    facts = {'sent': ['status', 'request'], 'servers': rows, 'problems': [], 'budget': {'per_server': 30}, **probe}
    return radius_server({'radius_probe': facts, 'logs': ..., **(more or {})})


_AAA = {
    'radius-client-config-missing': [
        radius_server({'radius.missing_keys': ['seqfile']}),
        radius_server({'radius.status': 'absent',
                       'radius.evidence': {'absent': ['/etc/radiusclient/radiusclient.conf']}}),
        radius_server({'radius.servers_file.missing': ['192.168.77.20']}),
        radius_server({'radius.fatal': [['/etc/radiusclient/radiusclient.conf:3', 'bogus-line',
                                         'it begins with a blank']]}),
        radius_server({'radius.mapfile': {'path': '/etc/radiusclient/port-id-map', 'present': False}}),
        radius_server({'radius.bindaddr': '10.0.0.9', 'radius.bindaddr_local': False}),
        radius_server({'radius.hostname_resolves': False, 'logs': ...}),
        _probed(problems=[['/etc/hosts', 'own-name', 'the name of this host has no IPv4 address: pppd sends nothing']]),
        log_only(failed('aaa', 'radius-config', 'chap-failed'))],
    'radius-dictionary-microsoft-missing': [radius_server({'radius.dictionary.microsoft': False,
                                                           'radius.dictionary.dollar_include': True}),
                                            radius_server({'radius.dictionary.lacks': ['MS-MPPE-Send-Key']}),
                                            radius_server({'radius.dictionary.problems': [
                                                ['/etc/radiusclient/dictionary:34', 'invalid-type', 'octets']]}),
                                            log_only(failed('aaa', 'radius-attribute', 'chap-failed'))],
    'radius-unreachable': [_fails('aaa', 'radius-no-reply', base=radius_server), _probed('refused'), _probed('silent'),
                           _probed('silent', 'fine'), _probed('fine', more={'radius.timeout': 20, 'radius.retries': 3}),
                           radius_server({'firewall.flows.radius_in': DROP, 'logs': ...}),
                           radius_server({'firewall.flows.radius_out': DROP})],
    'radius-unknown-client': [radius_server({'logs': logs(failed('aaa', 'radius-no-reply'), lines={
        'rad-unknown-client': 'Ignoring request to auth address'})})],
    'radius-secret-mismatch': [_fails('aaa', 'radius-bad-digest', base=radius_server), _probed('wrong-secret'),
                               radius_server({'radius.problems': [['/etc/radiusclient/servers:1', 'secret-cut', 'x']],
                                              'logs': ...})],
    'radius-message-authenticator': [radius_server({'logs': logs(failed('aaa', 'radius-no-reply'), lines={
        'rad-no-ma': 'does not contain required Message-Authenticator'})}), _probed('message-authenticator-demanded')],
    'radius-no-mppe-keys': [_fails('mppe', 'mppe-no-keys', base=radius_server)],
    'radius-wrong-mppe-keys': [radius_server({'pppd.version': '2.5.0', 'pppd.plugins': []}),
                               _fails('aaa', 'radius-key-decode', base=radius_server)],
    'ad-winbind-not-running': [winbind_server({'radius.winbind.running': False})],
    'ad-winbind-privileged-pipe': [radius_server({'logs': logs(failed('auth', 'chap-failed'), lines={
        'rad-winbind': 'Reading winbind reply failed!'})})],
    'ad-dc-unreachable': [radius_server({'logs': logs(lines={'rad-dc': '(0xc000005e)'})})],
    'ad-ntlmv1-disabled': [winbind_server({'radius.winbind.allow_mschapv2': False, 'logs': ...}),
                           radius_server({'logs': logs(lines={'rad-ntlm-blocked': '(0xc0000418)'})})],
    'ad-account-locked': [radius_server({'logs': logs(lines={'rad-locked': '(0xc0000234)'})}),
                          _fails('auth', 'trace-chap-failure-647', base=client)],
    'ad-password-expired': [_fails('auth', 'trace-chap-failure-648', base=client)],
    'ad-ntlm-auth-failing': [winbind_server({'radius.winbind.helper': 'ntlm_auth'})],
}
_MPPE = {
    'mppe-without-mschapv2': [server({'pppd.effective.require': ['pap']}), server({'pppd.effective.auth': False}),
                              server({'pppd.effective.require': ['eap']}),
                              server({'pppd.effective.require': ['chap', 'mschap-v2'], 'logs': ...}),
                              log_only(failed('mppe', 'mppe-no-auth'))],
    'mppe-not-negotiated': [server({'pppd.effective.noccp': True}),
                            server({'pppd.effective.mppe': 'none', 'pppd.effective.mppe_bits': []}),
                            _fails('mppe', 'mppe-failed', 'trace-ccp-bits-differ'), log_only(failed('mppe', 'win-742')),
                            _fails('mppe', 'mppe-refused', base=client)],
    'client-mppe-off': [_fails('mppe', 'mppe-refused'), _fails('mppe', 'mppe-failed', 'ccp-protrej'),
                        _fails('mppe', 'term-mppe-refused', base=client)],
    'mppe-peer-bug': [server({'logs': logs(hosts.session('up', 'path', 'mppe-on', 'mppe-errors'))})],
}
_ADDRESS = {
    'ip-pool-conflict': [server({'conf.remoteip': [['203.0.113.1', '203.0.113.20']]}),
                         server({'conf.remoteip': [['10.99.0.1', '10.99.0.9']]}),
                         server({'conf.errors': [[CONF + ':3', 'duplicate', 'remoteip 10.99.0.101']],
                                 'daemon.running': False})],
    'ip-pool-not-assigned': [server({'conf.directives': {'delegate': [True, CONF + ':4']}, 'conf.remoteip': [],
                                     'conf.localip': [], 'logs': ...}),
                             server({'conf.defaults_used': ['localip', 'remoteip']}),
                             log_only(failed('address', 'ip-no-local'))],
    'ip-pool-exhausted': [server({'addressing.ppp_count': 11}),
                          server({'logs': logs(lines={'mgr-full': 'MGR: No free connection slots or IPs'}),
                                  'addressing': ...})],
    'subnet-overlap': [server({'addressing.routes': [['10.99.0.0/24', 'wg0']]}),
                       server({'conf.remoteip': [['192.168.77.100', '192.168.78.10']],
                               'pppd.effective.proxyarp': False}),
                       client({'addressing.interfaces': [
                           {'name': 'eth0', 'addresses': ['192.168.1.20/24'], 'mtu': 1500, 'kind': 'ether'},
                           {'name': 'ppp0', 'addresses': ['192.168.1.101/32'], 'mtu': 1396, 'kind': 'ppp'}]})],
    'routing-loop': [client({'addressing.default_route': {'dev': 'ppp0', 'via': None}})],
}
_INSIDE = {'conf.remoteip': [['192.168.77.100', '192.168.77.110']]}
_PATH = {
    'ip-forward-off': [server({'addressing.ip_forward': False})],
    'forward-blocked': [server({'firewall.flows.forward_from_ppp': DROP}),
                        server({'firewall.flows.forward_to_ppp': DROP})],
    'no-masquerade': [server({'firewall.flows.masquerade.verdict': 'no'}),
                      server({'firewall.flows.masquerade.verdict': 'no', 'firewall.rules': [
                          ['iptables-save:7', '-A POSTROUTING -s 192.168.0.0/24 -o eth0 -j MASQUERADE']]})],
    'proxyarp': [server({**_INSIDE, 'pppd.effective.proxyarp': False})],
    'mtu-fragmentation': [server({'pppd.effective.mtu': 1496}), server({'addressing.wan_mtu': 1400}),
                          server({'logs': logs(up(), failed('path', 'gre-xmit-size', number=2, user='bob'))})],
    'mss-clamp-missing': [server({'firewall.mss_clamp': None, 'addressing.wan_mtu': 1492}),
                          server({'firewall.mss_clamp': 1360})],
}
_SECURITY = {
    'weak-auth-allowed': [server({'pppd.effective.auth': False}),
                          server({'pppd.effective.require': ['pap'], 'pppd.effective.mppe': 'none'}),
                          server({'pppd.effective.mppe': 'none'}), server({'pppd.effective.mppe_bits': [40, 128]}),
                          server({'pppd.effective.require': ['chap', 'mschap-v2']}),
                          log_only(hosts.session('up', 'path', 'ip-remote', auth='pap'))],
    'secrets-readable': [server({'secrets.mode': '0644'}), server({'secrets.mode': '0660', 'pppd.version': '2.5.3'})],
    'debug-left-on': [server({'pppd.effective.debug': True})],
    'pptp-is-weak': [server()],
}
_TRIPS = {**_SERVICE, **_CONTROL_AND_GRE, **_AUTH, **_AAA, **_MPPE, **_ADDRESS, **_PATH, **_SECURITY}

#: Where a healthy server with a login is not what passes.
_PASSES = {
    **{cause: [radius_server()] for cause in _AAA if cause.startswith(('radius', 'ad-'))},
    **{cause: [radius_server(), _probed('fine')] for cause in (
        'radius-unreachable', 'radius-unknown-client', 'radius-secret-mismatch', 'radius-message-authenticator')},
    **{cause: [winbind_server()] for cause in ('ad-winbind-not-running', 'ad-ntlmv1-disabled', 'ad-ntlm-auth-failing')},
    'routing-loop': [client()],
    'proxyarp': [server(_INSIDE)],
    'gre-conntrack-helper': [server({'conntrack.stateful_gre': True, 'conntrack.helper_assigned': True,
                                     'conntrack.helper_hook_ok': True, 'logs': ...}), server()],
    'gre-dnat-missing': [server({'firewall.rules': [
        ['a:1', '-A PREROUTING -p tcp --dport 1723 -j DNAT --to-destination 10.0.0.2'],
        ['a:2', '-A PREROUTING -p gre -j DNAT --to-destination 10.0.0.2']], 'logs': ...})],
    'pptp-is-weak': [{'pptp_host': {'role': 'unknown'}, 'pptp_daemon': {'installed': False}}],
    'tcp1723-blocked': [server({'logs': ...}), client()],
    'firewall-rule-order': [server({'logs': ...})],
    'gre-blocked': [server({'logs': ...})],
    'mss-clamp-missing': [server(), server({'firewall.mss_clamp': 1356}),
                          server({'firewall.mss_clamp': 1360, 'pppd.effective.mppe': 'none'})],
    'subnet-overlap': [server(), server(_INSIDE)],
    'secrets-readable': [server(), server({'pppd.version': '2.5.3'})],
}
#: Where something was read and the question stays open; everywhere, empty facts stay unknown.
_DENIED = {'evidence': {'denied': [[SECRETS, 'Permission denied']]}}
_UNKNOWN = {
    'chap-secrets-malformed': [server({'secrets': _DENIED, 'logs': ...})],
    'server-name-mismatch': [server({'secrets': _DENIED, 'logs': ...})],
    'address-not-allowed': [server({'secrets': _DENIED, 'logs': ...})],
    'no-secret-for-user': [server({'secrets': _DENIED, 'logs': ...}), server({'secrets.evidence': {'absent': [
        [SECRETS, 'not in the bundle']]}, 'secrets.entries': None, 'secrets.users': [], 'logs': ...})],
    'wrong-secret': [server({'logs': ...})],
    **{cause: [_probed('status-silent')] for cause in (
        'radius-unreachable', 'radius-unknown-client', 'radius-secret-mismatch', 'radius-message-authenticator')},
    'ppp-kernel-missing': [server({'kernel.modules.ppp_async': 'unknown', 'logs': ...})],
    'tcp1723-blocked': [server({'firewall': {'evidence': {'denied': [['nft', 'exit 1: not permitted']]}}, 'logs': ...}),
                        _fails('control', 'pptp-refused', base=client)],
    'gre-blocked': [server({'firewall.flows.gre_in': {**ACCEPT, 'verdict': 'unknown'}, 'logs': ...})],
    'gre-conntrack-helper': [server({'conntrack.stateful_gre': True, 'conntrack.helper_assigned': None, 'logs': ...})],
    'pptpd-not-running': [server({'daemon.running': None, 'daemon.unit': None, 'logs': ...})],
    'subnet-overlap': [server({'addressing.interfaces': []})],
    'mtu-fragmentation': [server({'addressing.wan_mtu': None})],
    'bad-option-syntax': [{'pptp_host': {'role': 'server'}, 'pptp_conf': {'path': None, 'errors': []},
                           'pptp_pppd': {'files': [[OPTIONS, 'denied']], 'problems': []}}],
    'weak-auth-allowed': [server({'pppd.complete': False, 'pppd.effective.require': [], 'pppd.effective.mppe': 'none',
                                  'pppd.effective.auth': None, 'logs': ...})],
}


def _cases() -> t.Iterator[Case]:
    for cause, tripping in _TRIPS.items():
        yield from (Case(cause, TRIPS, facts) for facts in tripping)
        yield from (Case(cause, PASSES, facts) for facts in _PASSES.get(cause, [server()]))
        yield from (Case(cause, UNKNOWN, facts) for facts in [{}, *_UNKNOWN.get(cause, [])])


CASES: list[Case] = list(_cases())
