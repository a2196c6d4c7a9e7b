# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One plan over both ends: a VPN server that hears nothing, and the RADIUS server that knows why."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.vpnops.pptp.plugins.plugin_utils import plan, plan_fleet, pools
from ansible_collections.vpnops.pptp.plugins.plugin_utils.catalog import CAUSES
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_paths import paths
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_step import Choices, Radius

Entry = dict[str, t.Any]
CLIENTS = '/etc/freeradius/3.0/clients.conf'
GIVEN = Choices(radius=Radius(secret=True, secrets=('vpn1',)))

pytestmark = pytest.mark.skipif(pools.netaddr is None, reason='netaddr is not installed')


def finding(cause: str, confidence: str = 'possible', **proof: t.Any) -> Entry:
    return {'cause': cause, 'stage': CAUSES[cause].stage, 'result': 'fail', 'severity': 'critical', 'title': 'x',
            'confidence': confidence, 'blocked_by': [], 'fix': {'summary': 'x'},
            'evidence': [{'fact': 'pptp_logs.signatures', 'value': 'no reply', 'source': 'log:1', **proof}]}


def vpn(cause: str = 'radius-unreachable', *findings: Entry, port: int = 1812) -> Entry:
    facts = {'pptp_host': {'hostname': 'vpn1'}, 'pptp_conf': {'option_file': '/etc/ppp/pptpd-options'},
             'pptp_radius': {'configured': True, 'status': 'ok', 'config_path': '/etc/radiusclient/radiusclient.conf',
                             'targets': [['auth', '10.99.2.2', port], ['acct', '10.99.2.2', 1813]]},
             'pptp_addressing': {'interfaces': [{'name': 'eth0', 'addresses': ['10.99.1.1/24'], 'mtu': 1500}]}}
    return {'host': 'vpn1', 'role': 'server', 'source': 'live', 'facts': facts, 'findings': [finding(cause), *findings],
            'verdict': {'status': 'broken', 'cause': cause, 'stage': CAUSES[cause].stage, 'confidence': 'possible'},
            'candidates': [], 'ruled_out': []}


def rad(*clients: tuple[str, str, t.Any], findings: t.Sequence[Entry] = (), port: int = 1812, **more: t.Any) -> Entry:
    rows = [[name, address, True, choice, CLIENTS + ':20'] for name, address, choice in clients]
    facts = {'pptp_host': {'hostname': 'rad'}, 'pptp_freeradius': {
        'installed': True, 'running': True, 'config_dir': '/etc/freeradius/3.0', 'version': '3.2.7', 'clients': rows,
        'clients_complete': True, 'sockets': [['0.0.0.0', port]], 'log_clients': [], 'learned': [], **more},
        'pptp_addressing': {'interfaces': [{'name': 'eth0', 'addresses': ['10.99.2.2/24'], 'mtu': 1500}]}}
    return {'host': 'rad', 'role': 'radius', 'source': 'live', 'facts': facts, 'findings': list(findings),
            'verdict': {'status': 'healthy'}, 'candidates': []}


def plans(client: Entry, server: Entry, choices: Choices = GIVEN) -> tuple[plan.Plan, plan.Plan]:
    fleet = plan_fleet.Fleet((server,), (client,))
    made = [plan.make(plan_fleet.prepared(entry, fleet, choices), choices) for entry in (client, server)]
    return made[0], made[1]


def test_an_unknown_client_is_added_where_it_is_unknown() -> None:
    here, there = plans(vpn(), rad(('other', '192.0.2.9', None)))
    [step] = there.steps
    assert (step.cause, step.role) == ('radius-unknown-client', 'freeradius')
    assert step.vars['freeradius_client_address'] == '10.99.1.1'
    assert step.vars['freeradius_secret_of'] == 'vpn1'
    assert here.causes == ['radius-unknown-client']
    assert here.steps[0].vars == {'host': 'rad'}
    assert here.runs == {}                       # it is the other one that is changed


def test_without_the_secret_neither_end_is_changed() -> None:
    here, there = plans(vpn(), rad(('other', '192.0.2.9', None)), Choices())
    assert here.steps == there.steps == ()
    assert 'radius_client_secret' in there.noops[0].words
    assert 'rad: it is left alone there, too' in here.noops[0].why


def test_a_client_that_must_sign_need_not() -> None:
    here, there = plans(vpn(), rad(('vpn', '10.99.1.0/24', 'yes')), Choices())
    assert there.steps[0].vars == {
        'freeradius_client_name': 'vpn', 'freeradius_client_address': '10.99.1.0/24',
        'freeradius_clients_path': CLIENTS, 'freeradius_service_state': 'restarted'}
    assert here.causes == there.causes == ['radius-message-authenticator']


def test_a_secret_that_differs_is_written_at_both_ends() -> None:
    line = ['mismatch', 'auth', '10.99.1.1', 'vpn', 1, 'words', '/var/log/freeradius/radius.log:7', None, True]
    server = rad(('vpn', '10.99.1.1', None), log_clients=[line],
                 findings=[finding('radius-secret-mismatch', 'certain')])
    here, there = plans(vpn(), server)
    assert list(here.runs) == ['radius_client']
    assert list(there.runs) == ['freeradius']
    assert here.runs['radius_client'][0]['radius_client_use_secret'] is True
    assert there.runs['freeradius'][0]['freeradius_use_secret'] is True


def test_a_secret_that_differs_is_a_matter_of_both_ends_whatever_the_server_says() -> None:
    """"Login OK" in its log: only the VPN server has seen that the answer does not verify."""
    client, server = vpn('radius-secret-mismatch'), rad(('vpn', '10.99.1.1', 'no'))
    client['verdict']['confidence'] = client['findings'][0]['confidence'] = 'certain'
    here, there = plans(client, server)
    assert there.runs['freeradius'][0]['freeradius_client_name'] == 'vpn'
    assert there.runs['freeradius'][0]['freeradius_secret_of'] == 'vpn1'
    assert [step.vars.get('host') for step in here.steps] == [None, 'rad']
    assert plan_fleet.witness(server, plan_fleet.Fleet((server,), (client,))) == 'vpn1'


def test_another_port_is_corrected_at_the_vpn_server() -> None:
    here, there = plans(vpn(port=1645), rad(('vpn', '10.99.1.1', 'no')))
    assert there.steps == ()
    assert here.runs['radius_client'][0]['radius_client_servers'] == [
        {'host': '10.99.2.2', 'port': 1812, 'acct_port': 1813}]


def test_of_a_users_own_trouble_nothing_is_planned_at_the_radius_server() -> None:
    row = ['bob', 'vpn', False, 'mschap: MS-CHAP2-Response is incorrect', 'radius.log:9', None]
    client = vpn('wrong-secret')
    client['facts']['pptp_logs'] = {'sessions': [{'side': 'server', 'outcome': 'failed', 'user': 'bob',
                                                  'events': ['chap-failed']}]}
    _here, there = plans(client, rad(('vpn', '10.99.1.1', 'no'), log_users=[row]))
    assert there.steps == ()
    assert there.noops == ()


@pytest.mark.parametrize(('more', 'host'), [((), 'vpn1'), ((finding('pptpd-not-running', 'certain'),), '')])
def test_a_login_tells_of_the_radius_server_only_where_nothing_else_is_wrong(
        more: tuple[Entry, ...], host: str) -> None:
    server = rad(('other', '192.0.2.9', None))
    assert plan_fleet.witness(server, plan_fleet.Fleet((server,), (vpn('radius-unreachable', *more),))) == host


def test_without_radius_servers_nothing_is_different() -> None:
    entry = vpn()
    assert plan_fleet.prepared(entry, plan_fleet.Fleet(), GIVEN) is entry


def test_what_the_roles_touch_is_saved() -> None:
    found = paths({}, {'radius_client': [{'radius_client_path': '/etc/ppp/radius/radiusclient.conf'}], 'winbind': [{}]})
    assert {'/etc/radiusclient', '/etc/hosts', '/etc/ppp/radius/radiusclient.conf', '/etc/samba/smb.conf',
            '/etc/freeradius', '/var/lib/samba/winbindd_privileged'} <= set(found)
    assert paths({}, {'nat': [{}]}) == []


@pytest.mark.parametrize(('target', 'role'), [('10.99.2.2', None), ('10.99.1.1', 'freeradius'),
                                              ('127.0.0.1', 'freeradius'), ('localhost', 'freeradius')])
def test_a_freeradius_that_nobody_asks_is_not_started(target: str, role: str | None) -> None:
    """One is installed on the VPN server and does not run; that matters only where pppd asks this very host."""
    entry = vpn()
    entry['findings'][0]['confidence'] = 'certain'
    entry['facts']['pptp_freeradius'] = {'installed': True, 'running': False, 'config_dir': '/etc/freeradius/3.0'}
    entry['facts']['pptp_radius']['targets'] = [['auth', target, 1812]]
    made = plan.make(plan_fleet.prepared(entry, plan_fleet.Fleet((), (entry,)), GIVEN), GIVEN)
    assert [step.role for step in made.steps] == ([role] if role else [])
    assert bool(role) or '1812' in made.noops[0].words


@pytest.mark.parametrize(('cause', 'words'), [('no-secret-for-user', 'NT-Password'), ('wrong-secret', 'set it there')])
def test_the_words_for_a_user_whom_the_radius_server_refused_are_about_that_server(cause: str, words: str) -> None:
    entry = dict(vpn(cause), radius_server='rad')
    made, _there = plans(entry, rad(('vpn', '10.99.1.1', None)))
    assert not made.steps
    assert words in made.noops[0].words
    assert 'pptp_users' not in made.noops[0].words
