# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""``firewall-cmd --list-all[-zones]`` and ``ufw status``: only a stand-in where the rules cannot be read. Samples::

    public (active)                 Status: active
      target: default               Default: deny (incoming), allow (outgoing), disabled (routed)
      ports: 1723/tcp               1723/tcp                   ALLOW IN    Anywhere
      protocols: gre                Anywhere/gre               ALLOW IN    Anywhere/gre
"""

from __future__ import annotations

import re
import typing as t

_TARGETS = {'default': 'reject', 'reject': 'reject', 'drop': 'drop'}   # firewalld.zone(5)
_UFW = {'ALLOW': 'accept', 'LIMIT': 'accept', 'DENY': 'drop', 'REJECT': 'reject'}   # ufw(8)


# firewalld.zone(5): zones that are there without a file; what they do with what no rule of theirs admits
_STOCK = {'trusted': 'accept', 'drop': 'drop', 'block': 'reject'}
_RULE = re.compile(r'<rule\b.*?</rule>', re.S)
_PORT = re.compile(r'(?<=port=")(\d{1,5})-(\d{1,5})(?=")')
_TCP = re.compile(r'<port [^>]*port="1723"|<service [^>]*name="pptp"|--dports? 1723\b')
_GRE = re.compile(r'<protocol [^>]*value="(?:gre|47)"|<service [^>]*name="gre"|-p (?:gre|47)\b')


class Zone(t.NamedTuple):
    """What the permanent configuration says: *verdicts* on tcp1723_in, gre_in and masquerade, and the *names* of what
    in it concerns PPTP."""

    verdicts: dict[str, str]
    names: list[str]


def permanent(name: str, text: str | None, others: t.Mapping[str, str], direct: str) -> Zone:
    """The zone *name* from its file *text* (None: as it came), the files of policies and services, and direct.xml."""
    body = _plain(text or '')
    target = re.search(r'<zone\b[^>]*\btarget="([^"]*)"', body)
    word = (target.group(1) if target else '').strip('%').lower()
    closed = {'accept': 'accept', 'drop': 'drop', 'reject': 'reject'}.get(word, 'reject')
    closed = _STOCK.get(name, closed) if text is None else closed
    others = {path: _plain(one) for path, one in others.items()}
    services = {path.rpartition('.')[0]: one for path, one in others.items() if '<service>' in one}
    used = [one for service, one in services.items() if '<service name="%s"' % service in body]
    where = [body, direct, *used, *(one for one in others.values() if '<policy' in one)]
    opened = {'tcp1723_in': any(_TCP.search(one) for one in where), 'gre_in': any(_GRE.search(one) for one in where)}
    verdicts = {flow: 'accept' if yes else closed for flow, yes in opened.items()}
    masquerade = '<masquerade' in body or name == 'external' and text is None or any(
        '<masquerade' in one for one in others.values()) or 'MASQUERADE' in direct
    found = [line.strip() for one in where for line in one.splitlines() if _TCP.search(line) or _GRE.search(line)]
    return Zone(dict(verdicts, masquerade='yes' if masquerade else 'no'), list(dict.fromkeys(found))[:9])


def _plain(text: str) -> str:
    """*text* without comments and rules that refuse, and with port ranges around 1723 as this port."""
    text = re.sub(r'<!--.*?-->', '', text, flags=re.S)
    text = _RULE.sub(lambda found: found.group(0) if '<accept' in found.group(0) else '', text)
    return _PORT.sub(lambda found: '1723' if int(found.group(1)) <= 1723 <= int(found.group(2)) else found.group(0),
                     text)


def zones(text: str) -> dict[str, str]:
    """``{'tcp1723_in': verdict, 'gre_in': verdict}`` of the active zones; they must agree, else ``unknown``."""
    found: dict[str, set[str]] = {'tcp1723_in': set(), 'gre_in': set()}
    for block in re.split(r'\n(?=\S)', text):
        if not re.match(r'[\w-]+ \((?:default|active)', block):
            continue
        values = dict(re.findall(r'^[ \t]+([\w-]+): *(.*)$', block, re.M))
        closed = _TARGETS.get(values.get('target', 'default').strip('%').lower(), 'accept')
        words = ' '.join(values.get(key, '') for key in ('services', 'ports', 'protocols')).split()
        rich = block.partition('rich rules:')[2] + ('gre' if 'pptp' in words else '')   # a service pptp may bring gre
        for flow, names, doubt in (('tcp1723_in', ('1723/tcp', 'pptp'), '1723'), ('gre_in', ('gre', '47'), 'gre')):
            opened = any(name in words for name in names)
            found[flow].add('accept' if opened else 'unknown' if doubt in rich else closed)
    return {flow: verdicts.pop() if len(verdicts) == 1 else 'unknown' for flow, verdicts in found.items()}


def ufw(text: str) -> dict[str, str]:
    """The same of ufw: the first rule from anywhere decides, then the incoming default. Not active: accept."""
    if not re.search(r'^Status: active', text, re.M):
        return dict.fromkeys(('tcp1723_in', 'gre_in'), 'accept' if 'Status: inactive' in text else 'unknown')
    default = re.search(r'Default: (\w+) \(incoming\)', text)
    closed = _UFW.get(default.group(1).upper() if default else '', 'unknown')
    result = {}
    for flow, name in (('tcp1723_in', r'1723(?:/tcp)?|PPTP'), ('gre_in', r'\S+/gre|47\S*')):
        hits = [line for line in text.splitlines()
                if re.match(r'(?:%s|Anywhere)\s' % name, line) and '(v6)' not in line]
        words = re.findall(r'\b(ALLOW|DENY|REJECT|LIMIT)\b', hits[0]) if hits else []
        verdict = _UFW.get(words[0], 'unknown') if words else closed
        anywhere = bool(hits) and re.search(r'(?:ALLOW|DENY|REJECT|LIMIT)(?: IN)?\s+Anywhere', hits[0])
        result[flow] = verdict if anywhere or not hits else 'unknown'
    return result
