# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Planners of the stage aaa for RADIUS: on the VPN server, on a RADIUS server of the inventory, or in words.

Who asks whom stands in the facts ``pptp_fleet`` of :mod:`plan_fleet`. A secret is never in a plan: it names the host
for whose variables it stands in the inventory.
"""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils import plan_options, plan_safe, pools, radius_clients as rc
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_step import FLEET, GUESS, LOW, Answer, Case, Step
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_words import handed

CLIENT = 'pptp_radius'
USUAL = '/etc/radiusclient/radiusclient.conf'
#: Keys that the role cannot make up.
_WHO = ('authserver', 'acctserver')
_SET_SECRET = 'Set radius_client_secret (vaulted) for %s in the inventory, and remediate again.'


class Asker(t.NamedTuple):
    """A VPN server: the *address* that its requests come from, and its name in the inventory (nothing where it is not
    there)."""

    address: str
    host: str

    @property
    def name(self) -> str:
        """What a client section of its own is called."""
        return plan_safe.name(self.host) or 'vpn-' + self.address.replace('.', '-')


def here(facts: Facts) -> bool:
    """Whether this host is the RADIUS server that a step is about: in that role, blamed, or asked by itself."""
    if not rc.here(facts) or facts.text('pptp_host', 'role') == 'radius':
        return rc.here(facts)
    server = facts.text(FLEET, 'server')
    return server == facts.text(FLEET, 'own') if server else _asks_itself(facts)


def _asks_itself(facts: Facts) -> bool:
    own = {str(item.ip) for _name, item in pools.interfaces(facts) or []} | {'localhost'}
    asked = [str(host) for kind, host, _port in facts.rows(CLIENT, 'targets', width=3) or [] if kind == 'auth']
    return bool(asked) and all(host in own or host.startswith('127.') for host in asked)


def elsewhere(case: Case) -> list[Answer]:
    """Done on the RADIUS server, where the same run does it; else the words for its admin."""
    server = plan_safe.name(case.facts.text(FLEET, 'server'))
    if server and case.cause in (case.facts.items(FLEET, 'fixed') or []):
        return [case.step('freeradius', {'host': server}, LOW, 'rollback of %s' % server)]
    noop = handed(case)
    return [noop._replace(why='%s: it is left alone there, too' % server) if server else noop]


def client(case: Case, **variables: t.Any) -> list[Answer]:
    """A step of the role radius_client on the files in use."""
    named = plan_safe.path(case.facts.text(CLIENT, 'config_path'))
    options = case.facts.text('pptp_conf', 'option_file') or case.facts.text('pptp_pppd', 'assumed')
    if options and plan_safe.path(options) is None:
        return [handed(case)]
    place = {'radius_client_path': named if named and not named.startswith('/etc/radcli/') else USUAL}
    if options:
        place['radius_client_options_path'] = options
    return [case.step('radius_client', {**place, **variables}, LOW, plan_options.UNDO)]


def files(case: Case) -> list[Answer]:
    """Files and keys of radius.so, with servers and secrets of the inventory where the host has none."""
    ours, facts = case.choices.radius, case.facts
    if not facts.flag(CLIENT, 'configured'):
        return [handed(case)]
    missing = facts.items(CLIENT, 'missing_keys') or []
    gone = facts.text(CLIENT, 'status') != 'ok' or (facts.text(CLIENT, 'config_path') or '').startswith('/etc/radcli/')
    nobody = gone or any(key in missing for key in _WHO)
    no_secret = nobody or bool(facts.items(CLIENT, 'servers_file', 'missing')) or \
        facts.text(CLIENT, 'servers_file', 'status') not in ('ok', None)
    if nobody and not ours.servers:
        return [case.noop('which RADIUS server it is, nothing on this host tells',
                          'Set radius_client_servers and radius_client_secret in the inventory, and remediate again. '
                          'Or: Write radiusclient.conf, servers and the dictionaries yourself.')]
    if no_secret and not ours.secret:
        return [case.noop('the shared secret is not known', _SET_SECRET % 'this host')]
    found = {'radius_client_use_servers': nobody, 'radius_client_use_secret': no_secret}
    return client(case, **{name: True for name, value in found.items() if value})


def dictionary(case: Case) -> list[Answer]:
    """Microsoft's attributes; the role knows them."""
    named = plan_safe.path(case.facts.text(CLIENT, 'dictionary', 'path'))
    if not case.facts.flag(CLIENT, 'configured') or named is None:
        return [handed(case)]
    return client(case)


def unreachable(case: Case) -> list[Answer]:
    """A server that does not run, or another port than the one it listens on."""
    facts = case.facts
    if here(facts) and facts.flag(rc.SUBJECT, 'running') is False and facts.flag(rc.SUBJECT, 'installed') is not False:
        return [case.step('freeradius', {'freeradius_service_state': 'started', 'freeradius_enabled': True}, LOW,
                          plan_options.UNDO)]
    ports = facts.items(FLEET, 'ports') or []
    rows = [row for row in facts.rows(CLIENT, 'targets', width=3) or [] if row[0] == 'auth']
    host = plan_safe.name(rows[0][1]) if len(rows) == 1 else None
    if host and len(ports) == 1 and rows[0][2] != ports[0]:
        server = {'host': host, 'port': int(ports[0]), 'acct_port': int(ports[0]) + 1}
        return client(case, radius_client_servers=[server])
    return [handed(case)] if here(facts) else elsewhere(case)


def askers(case: Case, *kinds: str) -> list[Asker]:
    """The VPN servers that a finding of a RADIUS server is about: those that blame it, else those in its log."""
    found = [Asker(address, str(row.get('host') or '')) for row in case.facts.maps(FLEET, 'clients') or []
             if row.get('cause') == case.cause for address in [plan_safe.address(row.get('address'))] if address]
    told = (plan_safe.address(line.address) for kind in kinds for line in rc.lines(case.facts, kind)
            if kind != 'unknown' or rc.current(case.facts, line))
    return list(dict.fromkeys(found)) or [Asker(address, '') for address in dict.fromkeys(told) if address]


def unknown(case: Case) -> list[Answer]:
    """A client section for each of them, with the secret of the inventory."""
    if not here(case.facts):
        return elsewhere(case)
    answers: list[Answer] = []
    for asker in askers(case, 'unknown'):
        if rc.covering(case.facts, asker.address):
            answers.append(case.step('freeradius', {'freeradius_service_state': 'restarted'}, LOW, plan_options.UNDO))
            continue
        answers += _with_secret(case, asker, asker.name, asker.address)
    return answers or [handed(case)]


def _with_secret(case: Case, asker: Asker, name: str, address: str, **more: t.Any) -> list[Answer]:
    """A step that writes a client with its secret, or which variable to set."""
    ours = case.choices.radius
    listed = bool({name, address, asker.address, asker.host} & set(ours.clients))
    if not listed and asker.host not in ours.secrets:
        whose = asker.host or 'the VPN server'
        words = '%s Or give it here: freeradius_clients with name, address (%s) and secret.' % (
            _SET_SECRET % whose, address)
        return [case.noop('the shared secret of %s is not in the inventory' % whose, words)]
    variables = {'freeradius_client_name': name, 'freeradius_client_address': address,
                 'freeradius_secret_of': '' if listed else asker.host, 'freeradius_use_secret': True, **more}
    return [case.step('freeradius', variables, LOW if listed or asker.host else GUESS, plan_options.UNDO)]


def secret(case: Case) -> list[Answer]:
    """The secret of the inventory at both ends, as far as they are in it."""
    if here(case.facts):
        answers: list[Answer] = []
        for asker in askers(case, 'mismatch'):
            place = _section(case, asker.address)
            if place and '/' in place[0][1]:    # others may use the one of the network: the longest prefix counts
                answers += _with_secret(case, asker, asker.name, asker.address, **place[1])
            elif place:
                answers += _with_secret(case, asker, *place[0], **place[1])
        mine = _own_secret(case) if case.facts.flag(CLIENT, 'configured') else []
        return answers + mine or [handed(case)]
    own = _own_secret(case)
    alone = case.facts.text(FLEET, 'server') is None and isinstance(own[0], Step)
    return own if alone else own + elsewhere(case)


def _own_secret(case: Case) -> list[Answer]:
    hosts = {row[1] for row in case.facts.rows(CLIENT, 'targets', width=3) or []}
    if not case.choices.radius.secret:
        return [case.noop('which end has the right secret, nothing tells', _SET_SECRET % 'this host')]
    if len(hosts) > 1 and not case.choices.radius.servers:
        return [case.noop('it names several servers, which may have different secrets',
                          'Set radius_client_servers, each with its secret, and remediate again.')]
    more = {'radius_client_use_servers': True} if len(hosts) > 1 else {}
    return client(case, radius_client_use_secret=True, **more)


def _section(case: Case, address: str) -> tuple[tuple[str, str], dict[str, str]] | None:
    """Name and address of the client section that counts for *address*, and the file where it stands."""
    found = rc.covering(case.facts, address)
    network = pools.network(found.address) if found else None
    name, where = plan_safe.name(found.name if found else None), plan_safe.source_path(found.source if found else None)
    if network is None or name is None or where is None:
        return None
    return (name, str(network.cidr).replace('/32', '')), {'freeradius_clients_path': where}


def authenticator(case: Case) -> list[Answer]:
    """pppd sends none: its clients need not, whatever the server's own setting is."""
    facts = case.facts
    if not here(facts):
        return elsewhere(case)
    addresses = [asker.address for asker in askers(case, 'demanded')]
    addresses = addresses or [item.address.partition('/')[0] for item in rc.clients(facts) if rc.demands(facts, item)]
    answers: list[Answer] = []
    for address in addresses:
        place = _section(case, address)
        if place:
            variables = {'freeradius_client_name': place[0][0], 'freeradius_client_address': place[0][1], **place[1],
                         'freeradius_service_state': 'restarted'}
            answers.append(case.step('freeradius', variables, LOW, plan_options.UNDO))
    return answers or [handed(case)]


def keys(case: Case) -> list[Answer]:
    """use_mppe = yes, where it says no."""
    if not here(case.facts):
        return elsewhere(case)
    table = case.facts.table(rc.SUBJECT, 'mschap') or {}
    sources = table.get('sources')
    where = sources.get('use_mppe') if isinstance(sources, dict) else None
    path = plan_safe.source_path(where or table.get('source'))
    if table.get('use_mppe') is not False or table.get('instance', 'mschap') != 'mschap' or path is None:
        return [handed(case)]
    return [case.step('freeradius', {'freeradius_use_mppe': True, 'freeradius_mschap_path': path}, LOW,
                      plan_options.UNDO)]
