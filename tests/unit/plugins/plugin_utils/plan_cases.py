# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is planned for each cause: the facts that matter, what the admin chose, the step or the no-op that comes out.

A case without ``role`` is a no-op, whose words for ``who`` hold ``words``.
"""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.tests.unit.plugins.plugin_utils import plan_cases_aaa

OPTIONS = '/etc/ppp/pptpd-options'
SECRETS = '/etc/ppp/chap-secrets'
CONF: dict[str, t.Any] = {'path': '/etc/pptpd.conf', 'option_file': OPTIONS, 'connections': 100}
IDLE = {'pptp_addressing': {'interfaces': [{'name': 'eth0', 'addresses': ['192.0.2.7/24'], 'mtu': 1500}],
                            'ppp_count': 0, 'wan_mtu': 1500}}
BUSY = {'pptp_addressing': dict(IDLE['pptp_addressing'], ppp_count=3)}
RUNS = {'pptp_daemon': {'name': 'pptpd', 'running': True, 'installed': True}}
STOPPED = {'pptp_daemon': {'name': 'pptpd', 'running': False, 'installed': True}}
FAILED = {'pptp_logs': {'sessions': [{'side': 'server', 'outcome': 'failed', 'user': 'ann', 'client': '198.51.100.9'}],
                        'users': {'ann': {'up': 0, 'failed': 1, 'last': 'failed'}}, 'session_counts': {'up': 0}}}
POOL = {'role': 'vpnops.pptp.nat', 'vars': {'nat_pool': ['10.9.0.0/24']}}
LINE = {'client': 'ann', 'server': 'pptpd', 'line': 3, 'addresses': ['*']}


class Planned(t.NamedTuple):
    """One case; *fix* is that of the finding, *choices* are arguments of ``Choices``, *vars* a part of the step's."""

    cause: str
    facts: dict[str, t.Any] = {}
    role: str = ''
    vars: dict[str, t.Any] = {}
    who: str = ''
    words: str = ''
    why: str = ''
    choices: dict[str, t.Any] = {}
    fix: dict[str, t.Any] = {}
    evidence: tuple[tuple[str, t.Any, str], ...] = (('pptp_conf.path', 'x', '/etc/pptpd.conf:1'),)
    confidence: str = 'certain'
    result: str = 'fail'


def conf(**more: t.Any) -> dict[str, t.Any]:
    """Facts of pptpd.conf."""
    return {'pptp_conf': {**CONF, **more}}


def pool(spec: str, *errors: tuple[str, str], name: str = 'remoteip') -> dict[str, t.Any]:
    """Facts of pptpd.conf with a list of addresses and errors in it."""
    at = '/etc/pptpd.conf:3'
    return conf(directives={name: [spec, at]}, errors=[[at, code, text] for code, text in errors],
                remoteip=[['10.9.0.100', '10.9.0.110']])


def options(*problems: tuple[str, str], path: str = OPTIONS, **effective: t.Any) -> dict[str, t.Any]:
    """Facts of pppd's options with problems in them."""
    return {'pptp_pppd': {'version': '2.4.9', 'complete': True, 'effective': {'backend': 'secrets', **effective},
                          'problems': [['%s:4' % path, code, text] for code, text in problems]}}


def secrets(*problems: str, users: t.Sequence[dict[str, t.Any]] = (LINE,), **more: t.Any) -> dict[str, t.Any]:
    """Facts of chap-secrets whose third line has *problems*."""
    return {'pptp_secrets': {'path': SECRETS, 'entries': len(users), 'users': list(users),
                             'problems': [['%s:3' % SECRETS, code, ''] for code in problems], **more},
            'pptp_pppd': {'version': '2.4.9', 'complete': True, 'effective': {'backend': 'secrets', 'name': 'pptpd'}}}


def merged(*parts: dict[str, t.Any]) -> dict[str, t.Any]:
    """Facts of several subjects."""
    found: dict[str, t.Any] = {}
    for part in parts:
        found.update(part)
    return found


def present(*names: str) -> dict[str, t.Any]:
    """Variables that set options."""
    return {'pppd_options_present': [{'name': name} for name in names]}


_DROP = {'drop': True}
_GIVEN = {'users': ('ann',), 'addressed': ('ann',)}
CASES: tuple[Planned, ...] = (
    # service
    Planned('bad-option-syntax', merged(conf(), options(('unknown-option', 'requier-mppe-128'))), 'pppd_options',
            {'pppd_options_disable': ['requier-mppe-128'], **present('require-mppe-128')}),
    Planned('bad-option-syntax', merged(conf(), options(('unknown-option', 'nonsense'))), 'pppd_options',
            {'pppd_options_disable': ['nonsense'], 'pppd_options_path': OPTIONS}),
    Planned('bad-option-syntax', merged(conf(), options(('unknown-option', 'nonsense'), path='/etc/ppp/options')),
            'pppd_options', {'pppd_options_path': '/etc/ppp/options'}),
    Planned('bad-option-syntax', merged(conf(), options(('foreign-option', 'require-mschapv2'))), 'pppd_options',
            {'pppd_options_disable': ['require-mschapv2'], **present('require-mschap-v2')}),
    Planned('bad-option-syntax', merged(conf(), options(('unbalanced-quote', 'a quote runs to the end'))),
            who='you', why='no safe reading', words=OPTIONS),
    Planned('bad-option-syntax', merged(conf(), options(('unknown-option', '{{lookup("pipe","id")}}'))), who='you',
            why='not one that can be handed on'),
    Planned('bad-option-syntax', merged(conf(), options(('unknown-option', 'nonsense'), path='/etc/{{x}}/options')),
            who='you', why='not one that can be handed on'),
    Planned('bad-option-syntax', merged(pool('10.9.0.110-100', ('bad-range', 'remoteip 10.9.0.110-100')), STOPPED),
            'pptp_server', {'pptp_server_remoteip': '10.9.0.100-110'}),
    Planned('bad-option-syntax', merged(pool('10.9.0.5, 10.9.0.7', ('space-in-list', 'remoteip x')), STOPPED),
            'pptp_server', {'pptp_server_remoteip': '10.9.0.5,10.9.0.7'}),
    Planned('bad-option-syntax', merged(pool('10.9.0.300', ('bad-address', 'remoteip 10.9.0.300')), STOPPED), who='you',
            words='pptp_server_remoteip'),
    Planned('bad-option-syntax', merged(pool('10.9.0.300', ('bad-address', 'remoteip 10.9.0.300')), STOPPED),
            'pptp_server', {'pptp_server_remoteip': '10.8.0.2-9'},
            choices={'given': {'pptp_server_remoteip': '10.8.0.2-9'}}),
    Planned('bad-option-syntax', merged(conf(errors=[['/etc/pptpd.conf:1', 'crlf', 'x']]), STOPPED), 'pptp_server',
            {'pptp_server_repair': True}),
    Planned('bad-option-syntax', merged(conf(errors=[['/etc/pptpd.conf:1', 'missing-value', 'listen']]), STOPPED),
            'pptp_server', {'pptp_server_options': [{'name': 'listen', 'state': 'absent'}]}),
    Planned('bad-option-syntax', merged(conf(errors=[['/etc/pptpd.conf:1', 'options-file-missing', OPTIONS]]), STOPPED),
            'pppd_options', {'pppd_options_path': OPTIONS, 'pppd_options_recommended': True}),
    Planned('bad-option-syntax', merged(conf(errors=[['/etc/pptpd.conf:1', 'binary-missing', '/x']]), RUNS, IDLE),
            who='you', why='packages'),
    Planned('plugin-missing-or-version-mismatch', merged(conf(directives={'logwtmp': [True, 'x']}), RUNS, IDLE),
            'pptp_server', {'pptp_server_logwtmp': 'auto'},
            evidence=(('pptp_pppd.plugins', '/usr/lib/pptpd/pptpd-logwtmp.so is missing', '/etc/pptpd.conf:2'),)),
    Planned('plugin-missing-or-version-mismatch', merged(conf(), secrets()), who='you', why='checks passwords',
            evidence=(('pptp_pppd.plugins', 'radius.so is missing', OPTIONS + ':9'),)),
    Planned('plugin-missing-or-version-mismatch', merged(conf(), secrets()), who='you', why='consent',
            evidence=(('pptp_pppd.plugins', 'nosuch.so is missing', OPTIONS + ':9'),)),
    Planned('plugin-missing-or-version-mismatch', merged(conf(), secrets()), 'pppd_options',
            {'pppd_options_disable': ['plugin nosuch.so']}, choices={'consent': frozenset(['guess'])},
            evidence=(('pptp_pppd.plugins', 'nosuch.so is missing', OPTIONS + ':9'),)),
    Planned('plugin-missing-or-version-mismatch', merged(conf(), secrets(users=())), who='you', why='checks passwords',
            choices={'consent': frozenset(['guess'])},
            evidence=(('pptp_pppd.plugins', 'nosuch.so is missing', OPTIONS + ':9'),)),
    Planned('ppp-kernel-missing', {'pptp_kernel': {'modules': {'ppp_generic': 'missing', 'ppp_async': 'missing'}}},
            who='you', words='reboot'),
    Planned('ppp-kernel-missing', {'pptp_host': {'container': 'lxc'}}, who="the container's host", words='modprobe -a'),
    Planned('ppp-kernel-missing', {'pptp_kernel': {'modules': {'ppp_generic': 'loaded', 'ppp_async': 'blacklisted'}}},
            'ppp_kernel', {'ppp_kernel_unblock': True}, choices={'consent': frozenset(['ppp-kernel-missing'])}),
    Planned('dev-ppp-missing', {'pptp_kernel': {'modules': {'ppp_generic': 'loaded'}}}, 'ppp_kernel',
            {'ppp_kernel_modules': ['ppp_generic']}),
    Planned('mppe-kernel-missing', {'pptp_kernel': {'modules': {'ppp_mppe': 'loadable'}}}, 'ppp_kernel',
            {'ppp_kernel_modules': ['ppp_mppe']}),
    Planned('mppe-kernel-missing', {'pptp_kernel': {'fips': True}}, who='you', words='FIPS'),
    Planned('pptpd-not-running', STOPPED, 'pptp_server',
            {'pptp_server_service_state': 'started', 'pptp_server_enabled': True}),
    Planned('pptpd-not-running', {'pptp_daemon': {'installed': False}}, who='you', words='deploy'),
    Planned('pptpd-not-listening', merged(conf(directives={'listen': ['203.0.113.5', 'x']}), STOPPED), 'pptp_server',
            {'pptp_server_options': [{'name': 'listen', 'state': 'absent'}]}),
    Planned('pptpd-not-listening', {'pptp_daemon': {'listeners': [{'process': 'haproxy', 'port': 1723}]}}, who='you',
            words='Free the port'),
    Planned('pptpd-not-listening', merged(conf(directives={'listen': ['203.0.113.5', 'x']}), {'pptp_daemon': dict(
        STOPPED['pptp_daemon'], listeners=[{'process': 'haproxy', 'port': 1723}])}), who='you', words='Free the port'),
    Planned('pptpd-not-listening', merged({'pptp_daemon': dict(RUNS['pptp_daemon'], listeners=[])}, IDLE),
            'pptp_server', {'pptp_server_service_state': 'restarted'}),
    Planned('call-slots-exhausted', merged(pool('10.9.0.2-21'), conf(
        connections=2, remoteip=[['10.9.0.2', '10.9.0.3']], directives={'remoteip': ['10.9.0.2-21', 'x']}), RUNS, BUSY),
        'pptp_server', {'pptp_server_connections': 20}, choices=_DROP),
    Planned('call-slots-exhausted', merged(conf(connections=2, remoteip=[['10.9.0.2', '10.9.0.3']], directives={
        'remoteip': ['10.9.0.2-21', 'x']}), RUNS, BUSY), who='you', why='ends 3 live sessions',
        words='pptp_allow_session_drop'),
    Planned('call-slots-exhausted', RUNS, who='you', words='pptp_server_connections'),
    # control and gre
    Planned('firewall-rule-order', fix={'role': 'vpnops.pptp.tunnel_firewall'}, role='tunnel_firewall'),
    Planned('tcp1723-blocked', fix={'role': 'vpnops.pptp.tunnel_firewall'}, role='tunnel_firewall'),
    Planned('tcp1723-blocked', who='the cloud', words='TCP 1723'),
    Planned('isp-filtering', FAILED, who='the provider', words='198.51.100.9'),
    Planned('dns-resolution-failed', who="the client's admin", words='A record'),
    Planned('gre-conntrack-helper', fix={'role': 'vpnops.pptp.gre_conntrack'}, role='gre_conntrack',
            vars={'gre_conntrack_mode': 'stateless'}),
    Planned('gre-blocked', fix={'role': 'vpnops.pptp.tunnel_firewall'}, role='tunnel_firewall'),
    Planned('gre-blocked', fix={'role': 'vpnops.pptp.tunnel_firewall'}, confidence='possible', who='you',
            why='consent'),
    Planned('gre-blocked', who='the cloud', words='protocol 47'),
    Planned('gre-dnat-missing', who="the router's admin", words='passthrough'),
    Planned('gre-dnat-missing', fix={'role': 'vpnops.pptp.gre_conntrack', 'vars': {'gre_conntrack_mode': 'helper'}},
            role='gre_conntrack', vars={'gre_conntrack_mode': 'helper'}),
    Planned('gre-nat-asymmetric', fix={'role': 'vpnops.pptp.gre_conntrack', 'vars': {'gre_conntrack_mode': 'helper'}},
            role='gre_conntrack', vars={'gre_conntrack_mode': 'helper'}),
    # auth
    Planned('chap-secrets-malformed', secrets('missing-address-column'), 'chap_secrets',
            {'chap_secrets_repair': True, 'chap_secrets_path': SECRETS}),
    Planned('chap-secrets-malformed', secrets('unquoted-hash'), who='you', words='pptp_users'),
    Planned('chap-secrets-malformed', secrets('unquoted-hash'), 'chap_secrets',
            {'users': ['ann'], 'chap_secrets_server': 'pptpd'}, choices=_GIVEN),
    Planned('chap-secrets-malformed', secrets('bom', path='/etc/ppp/{{ x }}'), who='you'),
    Planned('server-name-mismatch', merged(conf(), secrets(users=[dict(LINE, server='vpn.example.com')])),
            'pppd_options', {'pppd_options_present': [{'name': 'name', 'value': 'vpn.example.com'}]}),
    Planned('server-name-mismatch', merged(conf(), secrets(users=[dict(LINE, server='{{ x }}')])), who='you'),
    Planned('server-name-mismatch', merged(conf(), secrets(users=[dict(LINE, server='a'), dict(LINE, server='b')])),
            who='you', words='second column'),
    Planned('server-name-mismatch', merged(conf(), secrets(users=[dict(LINE, server='vpn.example.com')], entries=50)),
            who='you', words='second column'),
    Planned('username-domain-format', merged(FAILED, secrets()), who="the client's admin", words='without the domain'),
    Planned('username-domain-format', merged(conf(), secrets(), {'pptp_logs': {'users': {
        'CORP\\\\ann': {'last': 'failed'}}}}), 'pppd_options', present('chapms-strip-domain'),
        choices={'consent': frozenset(['username-domain-format'])}),
    Planned('username-domain-format', merged(conf(), secrets(), {'pptp_logs': {'users': {
        'CORP\\\\ann': {'last': 'failed'}}}, 'pptp_pppd': {'version': '2.4.8', 'complete': True}}),
        who="the client's admin", choices={'consent': frozenset(['username-domain-format'])}),
    Planned('no-secret-for-user', merged(secrets(), FAILED), who='you', words='add a line for the user'),
    Planned('no-secret-for-user', merged(secrets(users=[]), FAILED), 'chap_secrets',
            {'users': ['ann'], 'chap_secrets_server': '*'}, choices=_GIVEN),
    Planned('wrong-secret', merged(secrets(), FAILED), who='the user', words='ann: type the password'),
    Planned('wrong-secret', merged(secrets(), FAILED), 'chap_secrets', {'users': ['ann']},
            choices={'users': ('bob', 'ann', 'cid')}),
    Planned('wrong-secret', merged(secrets(), FAILED), 'chap_secrets',
            {'users': ['ann'], 'chap_secrets_server': 'pptpd'}, choices=_GIVEN),
    Planned('auth-method-mismatch', merged(conf(), options(require=['mschap-v2'])), who="the client's admin",
            words='MS-CHAPv2'),
    Planned('auth-method-mismatch', merged(conf(), options(require=['pap']), FAILED), 'pppd_options',
            present('require-mschap-v2')),
    Planned('auth-method-mismatch', merged(conf(), options(require=['pap'])), who='you', why='consent'),
    Planned('auth-method-mismatch', merged(conf(), {'pptp_pppd': dict(
        options(require=['pap'])['pptp_pppd'], complete=False)}, FAILED), who="the client's admin", words='MS-CHAPv2'),
    Planned('address-not-allowed', secrets(), who='you', words='fourth column'),
    Planned('address-not-allowed', secrets(users=(dict(LINE, addresses=['-']),)), 'chap_secrets', {'users': ['ann']},
            choices=_GIVEN),
    Planned('no-dialin-permission', FAILED, who="the directory's admin", words='ann'),
    Planned('auth-backend-hashed-password', FAILED, who="the RADIUS server's admin", words='NT-Password'),
    # aaa
    *(Planned(*row) for row in plan_cases_aaa.ROWS),
    # mppe
    Planned('mppe-without-mschapv2', merged(conf(), options(require=['pap'], mppe='require')), 'pppd_options',
            present('require-mschap-v2')),
    Planned('mppe-without-mschapv2', merged(conf(), options(require=['mschap-v2'], mppe='require')), who='you',
            words='back-end'),
    Planned('mppe-not-negotiated', merged(conf(), options(mppe='none')), 'pppd_options', present('require-mppe-128')),
    Planned('mppe-not-negotiated', merged(conf(), options(mppe='require', mppe_bits=[128])), who="the client's admin",
            words='128 bit'),
    Planned('client-mppe-off', FAILED, who="the client's admin", words='encryption on at the client 198.51.100.9'),
    Planned('mppe-peer-bug', who="the client's admin", words='stateless'),
    Planned('mppe-peer-bug', merged(conf(), options(mppe_stateful=True)), 'pppd_options',
            {'pppd_options_absent': ['mppe-stateful']}),
    # address
    Planned('ip-pool-conflict', merged(pool('192.0.2.5-9'), STOPPED, IDLE), 'pptp_server',
            {'pptp_server_remoteip': '192.0.2.5-6,192.0.2.8-9'}),
    Planned('ip-pool-conflict', merged(pool('10.9.0.1-9'), {'pptp_conf': dict(
        pool('10.9.0.1-9')['pptp_conf'], localip=[['10.9.0.1', '10.9.0.1']])}, STOPPED, IDLE), 'pptp_server',
        {'pptp_server_remoteip': '10.9.0.2-9'}),
    Planned('ip-pool-conflict', merged(pool('vpn.example.com'), STOPPED, IDLE), who='you',
            words='pptp_server_remoteip'),
    Planned('ip-pool-not-assigned', merged(conf(directives={
        'delegate': [True, 'x'], 'localip': ['10.9.0.1', 'x'], 'remoteip': ['10.9.0.5-9', 'x']}), RUNS, IDLE),
        'pptp_server', {'pptp_server_delegate': False}),
    Planned('ip-pool-not-assigned', conf(), who='you', words='pptp_server_localip'),
    Planned('ip-pool-exhausted', RUNS, who='you', words='as many addresses'),
    Planned('ip-pool-exhausted', merged(conf(), RUNS, BUSY), 'pptp_server', {'pptp_server_remoteip': '10.8.0.2-99'},
            choices={'given': {'pptp_server_remoteip': '10.8.0.2-99'}, 'drop': True}),
    Planned('subnet-overlap', RUNS, who='you', words='pptp_server_remoteip'),
    Planned('subnet-overlap', merged(conf(), RUNS, IDLE), 'pptp_server', {'pptp_server_remoteip': '10.8.0.2-9'},
            choices={'given': {'pptp_server_remoteip': '10.8.0.2-9'}}),
    Planned('routing-loop', who="the client's admin", words='host route'),
    # path
    Planned('ip-forward-off', fix=POOL, role='nat', vars={'nat_pool': ['10.9.0.0/24'], 'nat_masquerade': True}),
    Planned('ip-forward-off', who='you', words='localip and remoteip'),
    Planned('forward-blocked', fix=POOL, role='nat'),
    Planned('no-masquerade', fix=POOL, role='nat'),
    Planned('no-masquerade', fix=POOL, result='warn', confidence='possible', who='you',
            words='-e pptp_only=no-masquerade'),
    Planned('proxyarp', merged(conf(), options()), 'pppd_options', present('proxyarp')),
    Planned('mtu-fragmentation', merged(conf(), options(mtu=1496), IDLE), 'pppd_options', {
        'pppd_options_present': [{'name': 'mtu', 'value': '1400'}, {'name': 'mru', 'value': '1400'}]}),
    Planned('mtu-fragmentation', merged(conf(), options(mtu=1400), IDLE), who='you', words='ping -M do'),
    Planned('mtu-fragmentation', merged(conf(), options(mtu=1496), IDLE), who='you', words='ping -M do',
            evidence=(('path_mtu', 600, 'edge1: eth1'),)),
    Planned('mtu-fragmentation', merged(conf(), options(mtu=1400), IDLE), 'pppd_options', {
        'pppd_options_present': [{'name': 'mtu', 'value': '1356'}, {'name': 'mru', 'value': '1356'}]},
        evidence=(('path_mtu', 1400, 'edge1: eth1'),)),
    Planned('mss-clamp-missing', fix={'role': 'vpnops.pptp.mss_clamp'}, role='mss_clamp'),
    # security
    Planned('weak-auth-allowed', merged(conf(), options()), who='you', why='consent'),
    Planned('weak-auth-allowed', merged(conf(), options()), 'pppd_options',
            present('require-mschap-v2', 'require-mppe-128'), choices={'consent': frozenset(['guess'])}),
    Planned('secrets-readable', secrets(), 'chap_secrets', {'chap_secrets_path': SECRETS}),
    Planned('debug-left-on', merged(conf(), options()), 'pppd_options', {'pppd_options_absent': ['debug', 'dump',
                                                                                                 'kdebug']}),
    Planned('pptp-is-weak', result='warn', who='you', words='WireGuard'),
)
