# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Facts of made-up hosts: a healthy server, a healthy client, and changes to them."""

from __future__ import annotations

import copy
import typing as t

Facts = dict[str, t.Any]

SECRETS, OPTIONS, CONF = '/etc/ppp/chap-secrets', '/etc/ppp/pptpd-options', '/etc/pptpd.conf'
ACCEPT = {'verdict': 'accept', 'rule': 'policy accept', 'source': 'nft ip filter INPUT', 'notes': []}
DROP = {'verdict': 'drop', 'rule': '-A INPUT -p gre -j DROP', 'source': 'iptables-save:9', 'notes': []}
LAN = [{'name': 'eth0', 'addresses': ['203.0.113.10/24'], 'mtu': 1500, 'kind': 'ether'},
       {'name': 'eth1', 'addresses': ['192.168.77.1/24'], 'mtu': 1500, 'kind': 'ether'}]


def user(client: str, line: int = 1, server: str = 'pptpd', addresses: t.Sequence[str] = ('*',),
         **more: t.Any) -> Facts:
    """A line of chap-secrets."""
    return {'client': client, 'server': server, 'line': line, 'has_secret': True, 'addresses': list(addresses),
            'duplicate_of': None, 'secret_form': 'word', **more}


def session(outcome: str, reached: str, *events: str, side: str = 'server', number: int = 1, **more: t.Any) -> Facts:
    """A login, the *number*-th of the day."""
    at = '2026-11-22T08:%02d:00+00:00' % number
    return {'side': side, 'client': '198.51.100.7', 'user': None, 'start': at, 'end': at, 'outcome': outcome,
            'reached': reached, 'events': list(events), 'source': '/var/log/syslog:%d' % number, 'rcvd_lcp': None,
            'rcvd_lcp_ack': None, 'sent_lcp': None, 'auth': None, 'methods': [], 'duration': 1.0, 'windows_code': None,
            'ms_error': None, **more}


def up(number: int = 1, **more: t.Any) -> Facts:
    """A login that came up."""
    return session('up', 'path', 'ctrl-started', 'mppe-on', number=number, **{'user': 'alice', **more})


def failed(reached: str, *events: str, **more: t.Any) -> Facts:
    """A login that failed."""
    return session('failed', reached, *events, **more)


def logs(*sessions: Facts, lines: t.Mapping[str, str] | None = None, at: str = '2026-11-22T08:30:00+00:00') -> Facts:
    """``pptp_logs`` of *sessions* and of loose *lines* ``{id: text}``, printed at the time *at*."""
    signatures: Facts = {}
    for item in sessions:
        for name in item['events']:
            signatures[name] = [1, 'the line ' + name, item['source'], item['end']]
    signatures.update({name: [1, text, '/var/log/syslog:99', at] for name, text in (lines or {}).items()})
    counts = {word: sum(item['outcome'] == word for item in sessions) for word in ('up', 'failed', 'open')}
    return {'sources': [['/var/log/syslog', 100, '', '']], 'trace': True, 'signatures': signatures,
            'sessions': list(sessions), 'session_counts': {'total': len(sessions), **counts}, 'users': {},
            'unmatched': [], 'evidence': {'ok': ['/var/log/syslog']}}


_SERVER: Facts = {
    'host': {'hostname': 'vpn', 'os': {'id': 'debian', 'version': '12', 'name': 'Debian 12'},
             'kernel': '6.1.0-28-amd64', 'container': '', 'euid': 0, 'role': 'server', 'collected_at': 1.0},
    'daemon': {'name': 'pptpd', 'packages': {'pptpd': '1.4.0-12'}, 'version': '1.4.0', 'installed': True,
               'running': True,
               'unit': {'load': 'loaded', 'active': 'active', 'sub': 'running', 'enabled': 'enabled',
                        'result': 'success', 'exit_status': 0},
               'processes': [['pptpd', 10]],
               'listeners': [{'address': '0.0.0.0', 'port': 1723, 'process': 'pptpd', 'pid': 10}], 'options': []},
    'kernel': {'dev_ppp': {'present': True, 'mode': '0600', 'device': '108:0'},
               'modules': dict.fromkeys(('ppp_generic', 'ppp_async', 'ppp_mppe', 'ip_gre', 'pptp'), 'loadable'),
               'fips': False, 'messages': []},
    'conf': {'path': CONF, 'directives': {'option': [OPTIONS, CONF + ':1'], 'localip': ['10.99.0.1', CONF + ':2'],
                                          'remoteip': ['10.99.0.100-110', CONF + ':3']},
             'ignored': [], 'option_file': OPTIONS, 'localip': [['10.99.0.1', '10.99.0.1']],
             'remoteip': [['10.99.0.100', '10.99.0.110']], 'defaults_used': [], 'connections': 100, 'slots': 11,
             'errors': []},
    'pppd': {'version': '2.4.9', 'files': [['/etc/ppp/options', 'ok'], [OPTIONS, 'ok']],
             'options': [['name', ['pptpd'], OPTIONS + ':1'], ['require-mschap-v2', [], OPTIONS + ':2'],
                         ['require-mppe-128', [], OPTIONS + ':3'], ['mtu', ['1400'], OPTIONS + ':4']],
             'problems': [], 'plugins': [], 'global_file_options': [], 'complete': True, 'assumed': None, 'peers': [],
             'effective': {'name': 'pptpd', 'auth': True, 'require': ['mschap-v2'], 'refuse': [], 'mppe': 'require',
                           'mppe_bits': [128], 'mppe_stateful': False, 'noccp': False, 'mtu': 1400, 'mru': 1400,
                           'proxyarp': True, 'debug': False, 'ipcp_accept_remote': False, 'strip_domain': False,
                           'login': False, 'dns': ['8.8.8.8'], 'backend': 'secrets', 'logfile': None,
                           'chap_secrets': SECRETS, 'lcp_echo': [30, 4], 'remotename': None, 'user': None}},
    'secrets': {'path': SECRETS, 'mode': '0600', 'owner': 0, 'group': 0, 'entries': 1, 'users': [user('alice')],
                'problems': [], 'pap': None,
                'deciding': {'line': 1, 'client': 'alice', 'server': 'pptpd', 'usable': True, 'why': 'ok'}},
    'firewall': {'backends': ['nft'], 'readable': True, 'rules': [], 'counters': {'gre_drop': None},
                 'mss_clamp': 'pmtu', 'order': [],
                 'flows': {**dict.fromkeys(('tcp1723_in', 'gre_in', 'gre_out', 'forward_from_ppp'), ACCEPT),
                           'masquerade': {'verdict': 'yes', 'rule': 'masquerade', 'source': 'nft', 'notes': []}}},
    'conntrack': {'helper_assigned': False, 'helper_hook_ok': None, 'helper_sysctl': None, 'automatic': False,
                  'gre_flows': [], 'stateful_gre': False},
    'addressing': {'interfaces': LAN, 'default_route': {'dev': 'eth0', 'via': '203.0.113.1'},
                   'routes': [['203.0.113.0/24', 'eth0'], ['192.168.77.0/24', 'eth1']], 'ip_forward': True,
                   'proxy_arp': False, 'wan_mtu': 1500, 'ppp_count': 0},
    'radius': {'configured': False, 'config_path': '/etc/radiusclient/radiusclient.conf', 'status': 'absent',
               'servers': [], 'acct_servers': [], 'missing_keys': [], 'servers_file': None, 'dictionary': None,
               'hostname_resolves': True, 'timeout': None, 'retries': None, 'problems': [],
               'winbind': {'plugin': False, 'helper': None, 'allow_mschapv2': None, 'running': False}},
    'logs': logs(up()),
}

PEER = {'path': '/etc/ppp/peers/lab', 'problems': [],
        'options': [['pty', ['pptp 203.0.113.10 --nolaunchpppd'], '/etc/ppp/peers/lab:1'],
                    ['require-mppe-128', [], '/etc/ppp/peers/lab:2']]}


def changed(facts: Facts, changes: t.Mapping[str, t.Any]) -> Facts:
    """A copy of *facts* with ``{'daemon.running': False}`` applied; a value of ``...`` takes the key away."""
    result = copy.deepcopy(facts)
    for path, value in changes.items():
        *steps, last = path.split('.')
        place = result
        for step in steps:
            place = place.setdefault(step if place is not result else 'pptp_' + step, {})
        key = last if steps else 'pptp_' + last
        if value is ...:
            place.pop(key, None)
        else:
            place[key] = copy.deepcopy(value)
    return result


def server(changes: t.Mapping[str, t.Any] | None = None) -> Facts:
    """A healthy PPTP server, changed."""
    facts = {'pptp_' + name: value for name, value in _SERVER.items()}
    return changed(facts, changes or {})


def radius_server(changes: t.Mapping[str, t.Any] | None = None) -> Facts:
    """A healthy PPTP server whose logins RADIUS checks, changed."""
    return server({
        'pppd.effective.backend': 'radius',
        'pppd.plugins': [{'name': 'radius.so', 'path': '/usr/lib/pppd/2.4.9/radius.so', 'found': True,
                          'version_dir': '2.4.9', 'source': OPTIONS + ':9'}],
        'radius.configured': True, 'radius.status': 'ok', 'radius.servers': ['192.168.77.20'],
        'radius.servers_file': {'path': '/etc/radiusclient/servers', 'status': 'ok', 'hosts': ['192.168.77.20'],
                                'missing': []},
        'radius.dictionary': {'path': '/etc/radiusclient/dictionary', 'status': 'ok', 'microsoft': True,
                              'dollar_include': False, 'problems': []},
        **(changes or {})})


def winbind_server(changes: t.Mapping[str, t.Any] | None = None) -> Facts:
    """A healthy PPTP server whose logins winbind checks, changed."""
    return server({
        'pppd.effective.backend': 'winbind',
        'radius.winbind': {'plugin': True, 'helper': '/usr/bin/ntlm_auth', 'allow_mschapv2': True, 'running': True},
        **(changes or {})})


def client(changes: t.Mapping[str, t.Any] | None = None) -> Facts:
    """A healthy PPTP client, changed."""
    facts = {
        'pptp_host': {'hostname': 'laptop', 'role': 'client', 'kernel': '6.1.0', 'container': ''},
        'pptp_pppd': {'version': '2.4.9', 'files': [], 'options': [], 'problems': [], 'plugins': [], 'complete': False,
                      'effective': {}, 'peers': [PEER]},
        'pptp_addressing': {'interfaces': [{'name': 'eth0', 'addresses': ['10.1.0.10/24'], 'kind': 'ether',
                                            'mtu': 1500}],
                            'default_route': {'dev': 'eth0', 'via': '10.1.0.1'}, 'routes': [['10.1.0.0/24', 'eth0']],
                            'ip_forward': False, 'proxy_arp': False, 'wan_mtu': 1500, 'ppp_count': 0},
        'pptp_logs': logs(up(side='client', user='vpnuser')),
    }
    return changed(facts, changes or {})


def with_logs(base: t.Callable[[t.Mapping[str, t.Any]], Facts], *sessions: Facts, **more: t.Any) -> Facts:
    """*base* with the logs of *sessions*; *more* goes to :func:`logs`."""
    return base({'logs': logs(*sessions, **more)})


def log_only(*sessions: Facts, **more: t.Any) -> Facts:
    """A bundle that holds nothing but a log."""
    return {'pptp_logs': logs(*sessions, **more)}


def through(verdict: str = 'accept', rule: str = 'policy accept', source: str = 'nft:9', **more: t.Any) -> Facts:
    """The verdict on a flow, and where the rule stands that decides."""
    return {'verdict': verdict, 'rule': rule, 'source': source, 'table': 'nft inet filter', 'chain': 'forward',
            'hook': 'forward', 'position': None, 'notes': [], **more}


def router(changes: t.Mapping[str, t.Any] | None = None) -> Facts:
    """A NAT router of clients that assigns the helper and forwards what it should, changed."""
    masquerade = {'verdict': 'yes', 'rule': 'oifname "eth1" masquerade', 'source': 'nft:5', 'notes': []}
    names = ('tcp1723_out', 'tcp1723_in', 'gre_out', 'gre_in')
    facts = {
        'pptp_host': {'hostname': 'edge', 'role': 'router', 'kernel': '6.1.0', 'container': ''},
        'pptp_firewall': {'backends': ['nft'], 'readable': True, 'rules': [], 'order': [], 'flows': {},
                          'forward': {**{name: through(stateful=False) for name in names}, 'masquerade': masquerade},
                          'dnat': {'tcp1723': [], 'gre': []}},
        'pptp_conntrack': {'helper_assigned': True, 'helper_hook_ok': True, 'gre_flows': [], 'stateful_gre': False},
        'pptp_addressing': {'interfaces': [{'name': 'eth0', 'addresses': ['10.1.0.1/24'], 'kind': 'ether'},
                                           {'name': 'eth1', 'addresses': ['198.51.100.7/24'], 'kind': 'ether'}],
                            'default_route': {'dev': 'eth1', 'via': '198.51.100.1'}, 'routes': [], 'ip_forward': True},
    }
    return changed(facts, changes or {})
