# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which firewall is in force on a host, from signs that were read there."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.edit import backends, dropping, nft_text

NAMES = ('firewalld', 'ufw', 'nftables', 'iptables')
#: what loads rules of iptables at boot, the file it loads, and its service: Debian, Fedora and RHEL, Alpine, Arch
RULES_FILES = (
    ('/usr/share/netfilter-persistent/plugins.d/15-ip4tables', '/etc/iptables/rules.v4', 'netfilter-persistent'),
    ('/usr/libexec/iptables/iptables.init', '/etc/sysconfig/iptables', 'iptables'),
    ('/etc/init.d/iptables', '/etc/iptables/rules-save', 'iptables'),
    ('/usr/lib/systemd/system/iptables.service', '/etc/iptables/iptables.rules', 'iptables'),
)
#: where it stands that a service starts at boot: systemd, SysV, OpenRC
STARTS = ('/etc/systemd/system/*.wants/%s.service', '/etc/rc[2-5S].d/S??%s', '/etc/runlevels/*/%s')
_HOOKS = ('input', 'forward', 'output')


class Signs(t.NamedTuple):
    """firewalld answers; ufw is enabled; what nft and iptables-save list (``None``: no such tool); whether
    nftables.service is enabled; the tables that nftables' configuration makes."""

    firewalld: bool
    ufw: bool
    nft: str | None
    iptables: str | None
    nft_enabled: bool
    declared: t.Container[tuple[str, str]]


class Choice(t.NamedTuple):
    """The *provider* (``''``: none is there), *why*, and what else drops packets."""

    provider: str
    why: str
    others: list[str]


def choose(signs: Signs) -> Choice:
    """The firewall to write to: a manager that runs, else the one whose rules drop, else the one that has any."""
    native, native_drops = _native(signs)
    iptables_drops = bool(signs.iptables) and backends.drops(signs.iptables or '')
    ranked = [('firewalld', signs.firewalld, 'firewalld is running'), ('ufw', signs.ufw, 'ufw is enabled'),
              ('nftables', native_drops, 'tables of nftables drop packets'),
              ('iptables', iptables_drops, 'chains of iptables drop packets'),
              ('nftables', native, 'there are tables of nftables'),
              ('nftables', signs.nft is not None and signs.nft_enabled, 'nftables.service is enabled'),
              ('iptables', signs.iptables is not None, 'iptables is there'),
              ('nftables', signs.nft is not None, 'nft is there')]
    found = next(((name, why) for name, holds, why in ranked if holds), ('', 'there is none'))
    managed = found[0] in ('firewalld', 'ufw')
    others = [name for name, holds, _why in ranked[:4]
              if holds and name != found[0] and not (managed and name == 'iptables')]
    return Choice(found[0], found[1], others)


def idle_loader(path: str, exists: t.Callable[[str], bool], found: t.Callable[[str], t.Sequence[str]]) -> str:
    """The service that would load *path*, and does not start at boot; ``''`` where it does, or is none of those known.

    *exists* says whether a path is there, *found* names the paths that a pattern of glob(7) matches.
    """
    name = next((service for sign, file, service in RULES_FILES if file == path and exists(sign)), '')
    return '' if not name or any(found(pattern % name) for pattern in STARTS) else name


def _native(signs: Signs) -> tuple[bool, bool]:
    """Whether somebody filters with nftables itself, and whether that drops."""
    some = drop = False
    for table in nft_text.parse(signs.nft or ''):
        if table.foreign or table.family not in ('ip', 'inet') or table.name.startswith(nft_text.own_name('')):
            continue
        simple = {name: dropping.Chain(chain.policy, [text for text, _handle in chain.rules])
                  for name, chain in table.chains.items()}
        for name, chain in table.chains.items():
            if chain.kind == 'filter' and chain.hook in _HOOKS \
                    and not nft_text.of_iptables(table, name, signs.declared):
                some, drop = True, drop or dropping.drops(simple, name, chain.hook)
    return some, drop


def wan(routes: str) -> str:
    """The interface of the default route with the least metric in /proc/net/route, ``''`` where there is none."""
    found = []
    for line in routes.splitlines()[1:]:
        words = line.split()
        if len(words) > 7 and words[1] == '00000000' and words[7] == '00000000' and words[6].isdigit():
            found.append((int(words[6]), words[0]))
    return min(found)[1] if found else ''
