# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a member reaches its domain: name server, ports, and only then what can block (wbinfo, net).

    Probe(host, tools, clock).run(account='alice')  ->  pptp_directory_probe of docs/facts.md

No logon is tried: what is asked of an account is what the directory says of it.
"""

from __future__ import annotations

import re
import time
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils import evidence as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.collect.winbind import read_smb
from ansible_collections.vpnops.pptp.plugins.module_utils.host import Host
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import winbind_tools as parse
from ansible_collections.vpnops.pptp.plugins.module_utils.probe import directory_dns as dns, directory_ports as ports
from ansible_collections.vpnops.pptp.plugins.module_utils.probe.directory_tools import Result, run as run_tool
from ansible_collections.vpnops.pptp.plugins.module_utils.probe.sockets import is_address

LIMIT = 27.0                      # seconds for everything
DNS_SECONDS, PORT_SECONDS = 2.0, 3.0
PING_SECONDS, TRUST_SECONDS, TOOL_SECONDS = 20.0, 15.0, 8.0
PORTS = (88, 135, 389, 445)       # Kerberos, endpoint mapper, LDAP, SMB
CONTROLLERS = 4                   # asked, of those that DNS names
Facts = t.Dict[str, t.Any]
Runner = t.Callable[[t.Sequence[str], float], Result]
_NOT_RUN: Facts = {'status': 'skipped', 'error': None, 'seconds': None}


class Probe:
    """One probe of *host*; *runner* runs a program for some seconds at most."""

    def __init__(self, host: Host, runner: Runner = run_tool, limit: float = LIMIT) -> None:
        self._host, self._run = host, runner
        self._until = time.monotonic() + limit
        self._trail = ev.Trail()
        self._problems: list[list[t.Any]] = []

    def run(self, account: str | None = None) -> Facts:
        """``pptp_directory_probe`` of docs/facts.md."""
        began = time.monotonic()
        smb = read_smb(self._host, self._trail, []) or {}
        values = {name: row[0] for name, row in smb.items()}
        realm = (values.get('realm') or '').strip('"') or None
        facts: Facts = {'realm': realm, 'workgroup': values.get('workgroup'), 'root': self._host.euid() == 0}
        facts.update(self._network(realm, values.get('password server') or ''))
        facts.update(self._winbind(facts))
        facts['account'] = self._account(facts, account, values) if account else None
        return dict(facts, seconds=round(time.monotonic() - began, 1), problems=self._problems,
                    evidence=self._trail.as_dict())

    def _network(self, realm: str | None, named: str) -> Facts:
        """The SRV records, and which controllers answer on which ports."""
        servers = dns.resolvers(self._trail.take(self._host.read('/etc/resolv.conf', 65536)) or '')
        if not realm:
            self._problems.append(['/etc/samba/smb.conf', 'no-realm', 'smb.conf names no realm'])
            return {'srv': None, 'controllers': []}
        name = '_ldap._tcp.dc._msdcs.%s' % realm.lower()
        began = time.monotonic()
        answer = dns.ask(servers, name, dns.SRV, began + DNS_SECONDS)
        srv = {'name': name, 'status': answer.status, 'server': answer.server or None, 'servers': servers,
               'ms': int((time.monotonic() - began) * 1000),
               'controllers': [[item.host, item.port] for item in answer.records[:20]]}
        hosts = [item.host for item in sorted(answer.records, key=lambda item: item.priority)]
        hosts += [word for word in re.split(r'[\s,]+', named) if word not in ('', '*')]
        addresses = self._addresses(servers, list(dict.fromkeys(hosts))[:CONTROLLERS], answer.extra)
        seen = ports.probe([(address, port) for _name, address in addresses for port in PORTS], PORT_SECONDS)
        return {'srv': srv, 'controllers': [
            {'name': name, 'address': address, 'ports': {str(port): seen[address, port] for port in PORTS}}
            for name, address in addresses]}

    def _addresses(self, servers: list[str], hosts: list[str], extra: list[dns.Record]) -> list[tuple[str, str]]:
        """(name, address) of each of *hosts*: what came with the answer, else one question for each."""
        known = {item.name: item.address for item in extra if item.kind == dns.A}
        until = time.monotonic() + DNS_SECONDS
        found = []
        for host in hosts:
            address = host if is_address(host) else known.get(host)
            if address is None and time.monotonic() < until:
                answer = dns.ask(servers, host, dns.A, until)
                address = answer.records[0].address if answer.records else None
            if address is None:
                self._problems.append([host[:120], 'no-address', 'no name server gives its address'])
            else:
                found.append((host, address))
        return found

    def _winbind(self, facts: Facts) -> Facts:
        """What winbindd says; nothing is asked of it that waits for a controller unless one answers."""
        daemon = self._tool(('wbinfo', '-p'), 3.0)
        result: Facts = {'daemon': daemon['status'], 'ping': dict(_NOT_RUN), 'trust': dict(_NOT_RUN), 'join': None,
                         'clock': None, 'reachable': reachable(facts) is not None}
        if result['reachable'] and daemon['status'] == 'ok':
            ping = self._tool(('wbinfo', '--ping-dc'), PING_SECONDS)
            ping['dc'] = parse.connected_to(ping.pop('text'))
            result['ping'] = ping
            if ping['status'] != 'timeout':
                result['trust'] = self._trust(facts['root'])
        controller = reachable(facts)
        if controller:
            found = self._tool(('net', 'ads', 'info', '-S', controller['name']), 5.0)
            result['clock'] = parse.offset(found['text']) if found['status'] == 'ok' else None
        if controller and facts['root'] and result['trust']['status'] != 'ok':
            # winbindd shuns a controller that refused it once, and then only says that there is none: this asks it anew
            result['join'] = self._tool(('net', 'rpc', 'testjoin', '-S', controller['address']), TOOL_SECONDS)
            del result['join']['text']
        return result

    def _trust(self, root: bool) -> Facts:
        if not root:      # wbinfo -t of anybody else fails on a healthy machine
            return dict(_NOT_RUN, status='not-root')
        found = self._tool(('wbinfo', '-t'), TRUST_SECONDS)
        del found['text']
        return found

    def _account(self, facts: Facts, name: str, values: t.Mapping[str, t.Any]) -> Facts:
        """What the directory says of the account *name*."""
        domain = name.rpartition('\\')[0]
        if domain and domain.lower() not in {str(facts[key] or '').lower() for key in ('workgroup', 'realm')}:
            return {'name': name, 'status': 'other-domain'}
        controller = reachable(facts)
        if not controller or not facts['root']:
            return {'name': name, 'status': 'skipped' if facts['root'] else 'not-root'}
        question = ('net', 'ads', 'search', '-P', '-S', controller['name'], parse.search_filter(name))
        found = self._tool(question + parse.ATTRIBUTES, TOOL_SECONDS)
        attributes = parse.attributes(found['text'])
        if attributes is None:
            return {'name': name, 'status': found['status'] if found['status'] != 'ok' else 'failed',
                    'error': found['error']}
        if not attributes:
            return {'name': name, 'status': 'ok', 'found': False}
        own = (self._host.read('/etc/hostname', 300).value or '').partition('.')[0].strip()
        now = (self._host.now() or 0) + (facts['clock'] or 0)
        state = parse.account(attributes, now, values.get('netbios name') or own)
        return dict(state, name=name, status='ok', found=True)

    def _tool(self, argv: t.Sequence[str], seconds: float) -> Facts:
        """``{status, error, seconds, text}`` of one program: ok, failed, timeout, absent, skipped (no time left)."""
        left = min(seconds, self._until - time.monotonic())
        if left < 0.5:
            return {'status': 'skipped', 'error': None, 'seconds': None, 'text': ''}
        found = self._run(argv, left)
        self._trail.note(ev.Evidence(' '.join(argv[:3]), ev.OK if found.status == 'ok' else ev.FAILED,
                                     '' if found.status == 'ok' else found.status))
        return {'status': found.status, 'error': None if found.status == 'ok' else parse.error(found.text),
                'seconds': round(found.seconds, 1), 'text': found.text}


def reachable(facts: Facts) -> Facts | None:
    """The first controller that answers on the ports without which winbindd waits for a minute."""
    return next((row for row in facts['controllers'] if 'open' in (row['ports']['389'], row['ports']['445'])), None)
