# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What loads rules at boot, and what of those in force that concern PPTP it would bring back, or add."""

from __future__ import annotations

import fnmatch
import posixpath
import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils import evidence as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.collect import system
from ansible_collections.vpnops.pptp.plugins.module_utils.firewall.model import Rule, Ruleset
from ansible_collections.vpnops.pptp.plugins.module_utils.host import Host
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import firewalld, iptables, nft, nft_config

_UNITS = '/etc/systemd/system'
_ZONES = '/etc/firewalld/zones/%s.xml'
# (name, files of its rules, units that load them)
SAVED = (
    ('netfilter-persistent', ('/etc/iptables/rules.v4',), ('netfilter-persistent', 'iptables-persistent')),
    ('iptables-services', ('/etc/sysconfig/iptables',), ('iptables',)),
    ('nftables', ('/etc/nftables.conf', '/etc/sysconfig/nftables.conf'), ('nftables',)),
    ('firewalld', (), ('firewalld',)),
    ('ufw', ('/etc/ufw/user.rules',), ('ufw',)),
)
_ZONE = re.compile(r'(?:filter_)?IN_([A-Za-z0-9_-]+?)(?:_(?:pre|log|deny|allow|post))?$')
_MOST = 5   # names that are listed
Facts = t.Dict[str, t.Any]
Same = t.Tuple[str, str, str, str, t.FrozenSet[str]]


def loaders(host: Host, trail: ev.Trail) -> Facts:
    """``{name: {enabled: bool/null, file: path/null, pptp: bool/null}}`` of what loads rules at boot; those that are
    surely not there are left out. *pptp*: whether the file speaks of PPTP."""
    found: Facts = {}
    for name, paths, units in SAVED:
        rows = {path: trail.take(host.read(path, 262144)) for path in paths}
        have = {path: value for path, value in rows.items() if value is not None}
        enabled = _enabled(host, units) if name != 'ufw' else _ufw_enabled(host, trail)
        if have or enabled:
            path = next(iter(have), None)
            speaks = path and ('1723' in have[path] or 'pptp' in have[path])
            found[name] = {'enabled': enabled, 'file': path, 'pptp': None if path is None else bool(speaks)}
    return found


def rivals(found: Facts) -> list[list[str]]:
    """``[[code, text]]`` where more than one firewall is loaded at boot: the last one wins, or both are in force."""
    on = [name for name, row in found.items() if row['enabled']]
    return [['two-loaders', '%s are all loaded at boot' % ' and '.join(on)]] if len(on) > 1 else []


def _enabled(host: Host, units: t.Sequence[str]) -> bool | None:
    """Whether any target wants one of *units* (systemctl(1), enable: a link in a folder ``.wants``)."""
    listed = host.list(_UNITS)
    folders = [name for name in listed.value or () if name.endswith(('.wants', '.requires'))]
    names = [host.list(posixpath.join(_UNITS, folder)) for folder in folders]
    if any(unit + '.service' in (reading.value or ()) for reading in names for unit in units):
        return True
    if listed.value is not None and all(reading.value is not None for reading in names):
        return False
    stats = [host.stat('%s/%s.target.wants/%s.service' % (_UNITS, target, unit))
             for target in ('multi-user', 'sysinit', 'basic') for unit in units]
    if any(reading.value is not None for reading in stats):
        return True
    return False if all(system.absent(reading) for reading in stats) else None


def _ufw_enabled(host: Host, trail: ev.Trail) -> bool | None:
    text = trail.take(host.read('/etc/ufw/ufw.conf', 65536))
    return None if text is None else 'ENABLED=yes' in text.replace('"', '')


def rules(host: Host, trail: ev.Trail, boot: Facts) -> Ruleset | None:
    """The rule set that iptables' and nftables' files make at boot; None where they are not what makes it, or where it
    cannot be told."""
    on = [name for name, row in boot.items() if row['enabled']]
    if not on or any(row['enabled'] is None for row in boot.values()) or {'ufw', 'firewalld'} & set(on):
        return None
    found: Ruleset = {}
    for name in on:
        path = boot[name]['file']
        text = _whole(host, path) if path else None
        if text is None:
            return None
        listed = _nft(host, path, text) if name == 'nftables' else text
        if listed is None:
            return None
        made, problems = nft.parse(listed, path) if name == 'nftables' else iptables.parse(listed, path)
        if problems:
            return None
        found.update({(_table(table, path), chain): value for (table, chain), value in made.items()})
    return found


def _table(table: str, path: str) -> str:
    return table.replace(path + ' ', 'iptables-save ') if table.startswith(path) else table


def _whole(host: Host, path: str) -> str | None:
    reading = host.read(path)
    return reading.value if reading.value is not None and reading.evidence.status == ev.OK else None


def _nft(host: Host, path: str, text: str) -> str | None:
    def read(pattern: str) -> list[str] | None:
        pattern = pattern if pattern[:1] == '/' else posixpath.join(posixpath.dirname(path), pattern)
        folder, name = posixpath.split(pattern)
        names = [name] if not re.search(r'[*?\[]', name) else fnmatch.filter(host.list(folder).value or (), name)
        if not names and host.list(folder).value is None and not system.absent(host.list(folder)):
            return None
        texts = [_whole(host, posixpath.join(folder, one)) for one in sorted(names)]
        return None if None in texts else [one for one in texts if one is not None]
    whole = nft_config.expanded(text, read)
    return None if whole is None else nft_config.listing(whole)


def changes(now: Ruleset, then: Ruleset, concerns: t.Callable[[Rule], bool]) -> tuple[list[str], list[str]]:
    """``(lost, appears)``: the rules about PPTP that only one of the two has, with where they stand."""
    here, there = _named(now, concerns), _named(then, concerns)
    return ([text for key, text in here.items() if key not in there][:_MOST],
            [text for key, text in there.items() if key not in here][:_MOST])


def _named(rules_: Ruleset, concerns: t.Callable[[Rule], bool]) -> dict[Same, str]:
    return {(table.split()[-1], chain, rule.action, repr(rule.arg), frozenset(map(repr, rule.tests))):
            '%s %s' % (rule.source, rule.text) for (table, chain), value in rules_.items() for rule in value.rules
            if concerns(rule)}


def ufw(host: Host, now: Ruleset, concerns: t.Callable[[Rule], bool]) -> tuple[list[str], list[str]] | None:
    """The same of ufw, whose file holds the chains that a user's rules go to."""
    text = _whole(host, '/etc/ufw/user.rules')
    own = {key: chain for key, chain in now.items() if key[1].startswith('ufw-user-')}
    if text is None or not own:
        return None
    saved, _problems = iptables.parse(text, '/etc/ufw/user.rules')
    return changes(own, {key: chain for key, chain in saved.items() if key[1].startswith('ufw-user-')}, concerns)


def zone(host: Host, trail: ev.Trail, now: Ruleset, wan: str | None) -> firewalld.Zone | None:
    """The permanent configuration of the zone that firewalld has the outer interface in; None where that is not
    known."""
    conf = trail.take(host.read('/etc/firewalld/firewalld.conf', 65536)) or ''
    default = re.search(r'^DefaultZone=(\S+)', conf, re.M)
    name = _zone_of(now, wan) or (default.group(1) if default else None)
    if name is None or not re.fullmatch(r'[\w-]{1,40}', name):
        return None
    reading = host.read(_ZONES % name, 262144)
    if reading.value is None and not (system.absent(reading) or host.list('/etc/firewalld/zones').value is not None):
        return None
    others = {path: _whole(host, posixpath.join(folder, path)) or '' for folder in (
        '/etc/firewalld/policies', '/etc/firewalld/services') for path in host.list(folder).value or ()}
    direct = trail.take(host.read('/etc/firewalld/direct.xml', 262144)) or ''
    return firewalld.permanent(name, reading.value, others, direct)


def _zone_of(now: Ruleset, wan: str | None) -> str | None:
    """The zone that the rules of firewalld send *wan* to; the last that they send everything to, else."""
    found: list[tuple[bool, str]] = []
    for key, value in now.items():
        for rule in value.rules if key[1].endswith('INPUT_ZONES') else ():
            name = _ZONE.match(str(rule.arg)) if rule.action in ('jump', 'goto') else None
            if name and (not rule.tests or any(kind == 'iif' and wan in value_ for kind, _not, value_ in rule.tests)):
                found.append((bool(rule.tests), name.group(1)))
    return max(found, key=lambda item: item[0])[1] if found else None


def survives(now: t.Mapping[str, str | None], then: t.Mapping[str, str | None]) -> Facts:
    """For each flow: whether what passes now passes after a reboot; None where that, or now, is not known."""
    return {name: None if verdict not in ('accept', 'yes') or then.get(name) in (None, 'unknown') else
            then[name] == verdict for name, verdict in now.items()}
