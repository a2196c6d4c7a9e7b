# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a configuration of FreeRADIUS 3 means for the logins of a VPN server: clients, rlm_mschap, virtual servers.

Sample: ``client vpn { ipaddr = 192.0.2.0/24 secret = x }`` is ``['vpn', '192.0.2.0/24', True, None, source]``.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.parse import freeradius_conf as fc

CLIENTS = 150                                  # rows that are kept
PORTS = {'auth': 1812, 'acct': 1813, 'auth+acct': 1812}     # RFC 2865 and 2866, section 3; of a port that is 0
_FLAGS = ('--request-nt-key', '--allow-mschapv2')
_ARGUMENT = re.compile(r'--(username|domain)=(\S+)')
_AUTO = ('yes', 'no', 'auto')
Facts = t.Dict[str, t.Any]


def clients(top: fc.Section) -> tuple[list[list[t.Any]], bool]:
    """``([[name, address or prefix, has_secret, require_message_authenticator, source], ..], whether these are all)``.

    Without an address the name of a client is one (main/client.c, client_afrom_cs); 'yes', 'no', 'auto', ``None``
    where the client leaves it to the server, '?' where it cannot be told.
    """
    rows: list[list[t.Any]] = []
    complete = True
    for section in top.walk():
        complete = complete and not _elsewhere(section)
        if section.name != 'client':
            continue
        address = next((pair for pair in map(section.get, ('ipaddr', 'ipv4addr', 'ipv6addr')) if pair), None)
        where = _address(top, address.value if address else section.second, section.get('netmask'))
        complete = complete and bool(where) and section.whole
        rows.append([_shown(section.second), where, section.get('secret') is not None,
                     choice(section.get('require_message_authenticator')), section.source])
    return rows[:CLIENTS], complete and top.whole and len(rows) <= CLIENTS


def _elsewhere(section: fc.Section) -> bool:
    """Whether *section* has clients come from a database, a script, or for one socket only."""
    keys = {pair.key for pair in section.pairs}
    return 'dynamic_clients' in keys or section.name == 'listen' and 'clients' in keys \
        or fc.truth(section.get('read_clients'), False) is not False


def _address(top: fc.Section, text: str | None, netmask: fc.Pair | None) -> str | None:
    value = fc.expand(top, text or '')
    if value is None or fc.MASK in value or not re.match(r'[\w.:*/%-]{1,80}\Z', value):
        return None
    if netmask is not None and '/' not in value:
        return '%s/%s' % (value, netmask.value) if re.match(r'\d{1,3}\Z', netmask.value or '') else None
    return '0.0.0.0/0' if value == '*' else value


def choice(pair: fc.Pair | None) -> str | None:
    """yes, no or auto of *pair* (util/misc.c, fr_bool_auto_parse), ``None`` without one, '?' for anything else."""
    if pair is None:
        return None
    value = (pair.value or '').lower()
    known = fc.truth(pair, None)
    return value if value in _AUTO else '?' if known is None else 'yes' if known else 'no'


def _shown(name: str) -> str:
    return name[:60] if fc.MASK not in name else '?'


def mschap(top: fc.Section) -> Facts | None:
    """The module that checks MS-CHAP (rlm_mschap.c, module_config), ``{'enabled': False}`` without one; ``None`` where
    the modules were not read."""
    modules = top.named('modules')
    found = [item for part in modules for item in part.named('mschap')]
    if not found:
        return {'enabled': False} if modules and all(part.whole for part in modules) and top.whole else None
    section = next((item for item in found if not item.second), found[0])
    return {'enabled': True, 'instance': section.second or 'mschap', 'source': section.source,
            'use_mppe': _flag(section, 'use_mppe', True),
            'require_encryption': _flag(section, 'require_encryption', False),
            'require_strong': _flag(section, 'require_strong', False),
            'with_ntdomain_hack': _flag(section, 'with_ntdomain_hack', True), 'sources': {
                pair.key: pair.source for pair in section.pairs if pair.key in ('use_mppe', 'ntlm_auth')},
            'ntlm_auth': helper(section.get('ntlm_auth')), 'winbind_username': _text(section.get('winbind_username'))}


def _flag(section: fc.Section, key: str, default: bool) -> bool | None:
    return fc.truth(section.get(key), default if section.whole else None)


def _text(pair: fc.Pair | None) -> str | None:
    return None if pair is None else (pair.value or '')[:80]


def helper(pair: fc.Pair | None) -> Facts | None:
    """A line of ntlm_auth: its program, its flags (``None``: masked), how it names the user and the domain."""
    if pair is None:
        return None
    value = (pair.value or '').strip()
    if not value or fc.MASK in value.split()[0]:
        return {'program': None, 'flags': None, 'username': None, 'domain': None, 'source': pair.source}
    named = {key: text[:80] for key, text in _ARGUMENT.findall(value)}
    return {'program': value.split()[0][:120], 'flags': [flag for flag in _FLAGS if flag in value],
            'username': named.get('username'), 'domain': named.get('domain'), 'source': pair.source}


def sites(top: fc.Section) -> list[Facts]:
    """``[{name, authorize, authenticate, source, listens}, ..]``: whether MS-CHAP is in the two sections of a virtual
    server, and where that listens: ``[type, address, port, source]``."""
    names = {item.second or 'mschap' for part in top.named('modules') for item in part.named('mschap')} | {'mschap'}
    servers = [item for item in top.sections if item.name == 'server']
    loose = [top] if top.named('authorize') else []
    return [{'name': _shown(item.second) or 'default', 'source': item.source,
             'authorize': _uses(item, 'authorize', names), 'authenticate': _uses(item, 'authenticate', names),
             'listens': [row for row in map(_listen, item.named('listen')) if row]} for item in (servers + loose)[:20]]


def _uses(server: fc.Section, name: str, modules: set[str]) -> bool | None:
    parts = server.named(name)
    if any(pair.key.lstrip('-') in modules and pair.value is None for part in parts for item in part.walk()
           for pair in item.pairs) or any(item.name in modules for part in parts for item in part.walk()):
        return True
    return False if server.whole and all(item.whole for part in parts for item in part.walk()) else None


def _listen(section: fc.Section) -> list[t.Any] | None:
    """``[type, address, port, source]`` of what takes requests by UDP."""
    pair, address = section.get('type'), next(
        (found for found in map(section.get, ('ipaddr', 'ipv4addr', 'ipv6addr')) if found), None)
    kind = (pair.value or '') if pair else 'auth'
    if kind not in PORTS or (_text(section.get('proto')) or 'udp') == 'tcp':
        return None
    port = _text(section.get('port')) or '0'
    number = int(port[:5]) if re.match(r'\d+\Z', port) else None
    return [kind, (address.value or '')[:60] if address else '*', PORTS[kind] if number == 0 else number,
            section.source]


def log(top: fc.Section) -> Facts:
    """Whether logins and rejects are logged, and where (main/mainconfig.c, log_config)."""
    section = next(iter(top.named('log')), None)
    if section is None:
        return {'auth': None, 'rejects': None, 'destination': None, 'file': None, 'source': None}
    both = _flag(section, 'auth', False)
    pair = section.get('file')
    return {'auth': both, 'rejects': both or _flag(section, 'auth_reject', False),
            'destination': _text(section.get('destination')), 'source': section.source,
            'file': fc.expand(top, pair.value or '') if pair else None}


def security(top: fc.Section) -> Facts:
    """What the server demands of all clients (main/mainconfig.c, security_config)."""
    section = next(iter(top.named('security')), fc.Section('', '', ''))
    pair = section.get('require_message_authenticator')
    return {'require_message_authenticator': choice(pair), 'source': pair.source if pair else section.source,
            'status_server': _flag(section, 'status_server', True)}


def sockets(text: str) -> list[list[t.Any]]:
    """``[[address, port], ..]`` of ``/proc/net/udp`` and ``udp6`` (addresses in host byte order: proc(5))."""
    found = []
    for line in text.splitlines():
        match = re.match(r'\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) ', line)
        if match:
            raw, port = match.groups()
            address = '.'.join(str(int(raw[at:at + 2], 16)) for at in (6, 4, 2, 0)) if len(raw) == 8 else \
                '::' if not raw.strip('0') else '::?'
            found.append([address, int(port, 16)])
    return found[:20]
