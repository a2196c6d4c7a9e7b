# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The rule sets in force, which tools made them, where they are at odds, and what of them survives a reboot.

Reading loads nothing: each tool is run only where its kernel part is there, or may be.
"""

from __future__ import annotations

import contextlib
import gc
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils import evidence as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.collect import system
from ansible_collections.vpnops.pptp.plugins.module_utils.firewall.model import Ruleset
from ansible_collections.vpnops.pptp.plugins.module_utils.host import Host
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import iptables, nft, nft_json

_LEGACY = '/proc/net/ip_tables_names'
_TABLES = ('raw', 'mangle', 'nat', 'filter', 'security')
_OF_IPTABLES = {'nft ip ' + name for name in _TABLES}
_OTHERS = (('docker', ('DOCKER', 'DOCKER-USER', 'DOCKER-FORWARD')), ('kubernetes', ('KUBE-', 'cali-', 'CILIUM_')),
           ('libvirt', ('LIBVIRT_',)), ('fail2ban', ('f2b-',)), ('podman', ('NETAVARK',)))


class Read(t.NamedTuple):
    """All that was read of the rule sets."""

    rules: Ruleset
    backends: list[str]
    readable: bool       # every backend that may be in force was read
    ct_rules: bool       # iptables' CT rules would have been seen
    nat: bool            # nat tables would have been seen
    any: bool            # something was read, or is known not to be there
    problems: list[str]


@contextlib.contextmanager
def without_collector() -> t.Iterator[None]:
    """Large rule sets are many small objects and no cycles, which Python's collector would look through again and
    again: half of the time of 50,000 rules."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def read(host: Host, trail: ev.Trail) -> Read:
    """The rule sets of *host*."""
    names = host.read(_LEGACY)
    trail.note(names.evidence)
    no_legacy = system.absent(names) or names.value is not None and not names.value.strip()
    no_nft = system.module_table(host, trail).off('nf_tables')
    texts: dict[str, str | None] = {}
    if not no_legacy:
        texts['iptables-legacy-save'] = text(host, trail, 'iptables-legacy-save')
    if not no_nft:
        texts['nft'] = text(host, trail, 'nft')
        if texts['nft'] is None:
            texts['nft-json'] = text(host, trail, 'nft-json')
    seen_nft = texts.get('nft') or texts.get('nft-json')
    if not (no_legacy and (no_nft or not _by_iptables(seen_nft))):
        texts['iptables-save'] = text(host, trail, 'iptables-save')
    if all(value is None for value in texts.values()):
        texts['iptables-L'] = text(host, trail, 'iptables-L')
    rules, problems = _parsed(texts)
    saved = texts.get('iptables-save')
    got_nft = no_nft or texts.get('nft') is not None or texts.get('nft-json') is not None
    seen_ct = no_legacy or saved is not None or texts.get('iptables-legacy-save') is not None
    got_legacy = seen_ct and not (saved is not None and not no_legacy and iptables.is_nft(saved)
                                  and texts.get('iptables-legacy-save') is None)
    seen = got_legacy and got_nft or any(value is not None for value in texts.values())
    return Read(rules, backends(texts, rules), got_legacy and got_nft, seen_ct,
                seen and texts.get('iptables-L') is None, seen, problems)


def _by_iptables(listing: str | None) -> bool:
    """Whether nft's *listing* may hold rules of iptables-nft that only iptables-save can show."""
    return listing is None or ' xt ' in listing or '"xt"' in listing


def text(host: Host, trail: ev.Trail, name: str) -> str | None:
    """The output of the command called *name*."""
    output = trail.take(host.run(name))
    return output.stdout.encode('utf-8', 'replace').decode() if output else None


def _parsed(texts: dict[str, str | None]) -> tuple[Ruleset, list[str]]:
    rules: Ruleset = {}
    problems: list[str] = []
    for name, value in texts.items():
        if value is None:
            continue
        if name == 'iptables-L':
            rules.update(iptables.parse_listing(value))
            continue
        parse = {'nft': nft.parse, 'nft-json': nft_json.parse}.get(name) or (
            lambda saved, source=name: iptables.parse(saved, source))
        found, wrong = parse(value)
        if name == 'iptables-save' and 'iptables-legacy-save' in texts and not iptables.is_nft(value) \
                and texts['iptables-legacy-save']:
            continue   # the same tables twice: iptables is iptables-legacy here
        rules.update(found)
        problems += wrong
    saved = texts.get('iptables-save')
    if saved and (texts.get('nft') is None or iptables.is_nft(saved)):
        known = {table.replace('iptables-save ', 'nft ip ') for table, _chain in rules
                 if table.startswith('iptables-save ')}
        rules = {key: chain for key, chain in rules.items() if key[0] not in known & _OF_IPTABLES}
    return rules, problems


def backends(texts: dict[str, str | None], rules: Ruleset) -> list[str]:
    """The names of docs/facts.md."""
    nft_variant = iptables.is_nft(texts.get('iptables-save') or '')
    found = set()
    for (table, name), chain in rules.items():
        if chain.rules or chain.count or chain.policy != 'accept':
            tool = table.split()[0]
            by_iptables = tool == 'nft' and table in _OF_IPTABLES and name.isupper()
            found.add('firewalld' if table == 'nft inet firewalld' else 'ufw' if name.startswith('ufw-') else
                      'iptables-nft' if by_iptables or tool == 'iptables-save' and nft_variant else
                      'nft' if tool == 'nft' else 'iptables-legacy' if tool != 'iptables-L' else 'iptables')
            found.update(['firewalld'] if name in ('INPUT_ZONES', 'INPUT_direct') else [])
    return sorted(found)


def conflicts(read_: Read) -> list[list[str]]:
    """``[[code, text], ..]``: rule sets that do not know of each other."""
    found = []
    names = set(read_.backends)
    if 'iptables-legacy' in names and names & {'nft', 'iptables-nft', 'firewalld'}:
        found.append(['legacy-beside-nft', 'rules of iptables-legacy are in force beside those of nf_tables, which no '
                                           'nft listing shows'])
    if {'firewalld', 'ufw'} <= names:
        found.append(['two-managers', 'firewalld and ufw are both in force'])
    elif names & {'firewalld', 'ufw'} and 'nft' in names:
        found.append(['manager-beside-nft', 'tables of nft are in force beside those of %s'
                      % ' and '.join(sorted(names & {'firewalld', 'ufw'}))])
    for owner, prefixes in _OTHERS:
        places = sorted({table for (table, chain), rows in read_.rules.items()
                         if rows.count and (chain.startswith(prefixes) or table.split()[-1].startswith(owner + '-'))})
        if places:
            found.append(['other-owner', '%s keeps rules in %s' % (owner, ', '.join(places[:3]))])
    return found
