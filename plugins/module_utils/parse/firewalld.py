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

_TARGETS = {'default': 'reject', 'reject': 'reject', 'drop': 'drop'}   # firewalld.zone(5)
_UFW = {'ALLOW': 'accept', 'LIMIT': 'accept', 'DENY': 'drop', 'REJECT': 'reject'}   # ufw(8)


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
