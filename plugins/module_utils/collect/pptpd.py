# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""pptpd.conf: the directives in force, the address pools, and what makes pptpd refuse to start."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils import evidence as ev
from ansible_collections.vpnops.pptp.plugins.module_utils.collect.system import absent
from ansible_collections.vpnops.pptp.plugins.module_utils.host import Host
from ansible_collections.vpnops.pptp.plugins.module_utils.parse import pptpd_conf

PATH = '/etc/pptpd.conf'
# where distributions put arguments of the daemon; they win over the file, but for connections (pptpd.c main)
_ARGUMENTS = ('/etc/default/pptpd', '/etc/sysconfig/pptpd', '/etc/systemd/system/pptpd.service')
_SWITCHES = {'c': 'conf', 'o': 'option', 'e': 'ppp', 'l': 'listen', 'C': 'connections', 'd': 'debug', 'w': 'logwtmp',
             'D': 'delegate', 'i': 'noipparam'}
_MAX = 20


def collect(host: Host) -> dict[str, t.Any]:
    """``pptp_conf`` of docs/facts.md; everything that the file decides is None when it cannot be read."""
    trail = ev.Trail()
    given = _arguments(host, trail)
    path = given.pop('conf', (PATH, ''))[0]
    text = trail.take(host.read(path))
    facts: dict[str, t.Any] = {
        'path': path if text is not None else None, 'directives': {name: list(pair) for name, pair in given.items()},
        'ignored': [], 'option_file': given['option'][0] if 'option' in given else None, 'localip': None,
        'remoteip': None, 'defaults_used': [], 'connections': None, 'slots': None, 'errors': []}
    if text is not None:
        _read(host, trail, facts, text)
    facts['evidence'] = trail.as_dict()
    return facts


def _arguments(host: Host, trail: ev.Trail) -> dict[str, tuple[t.Any, str]]:
    """``{directive: (value, file)}`` of pptpd's command line."""
    given: dict[str, tuple[t.Any, str]] = {}
    for path in _ARGUMENTS:
        text = trail.take(host.read(path, 65536)) or ''
        for line in re.findall(r'(?m)^(?:\w*OPT\w*|ExecStart)\s*=(.*)', text):
            for short, long, value in re.findall(r'''(?<![\w/-])-(?:([coelCdwDi])|-([a-z]+))(?:[ =]+([^\s"'$-]\S*))?''',
                                                 line):
                name = _SWITCHES.get(short, long)
                if name in pptpd_conf.FLAGS:
                    given.setdefault(name, (True, path))
                elif value and name in _SWITCHES.values():
                    given.setdefault(name, (value.strip('"\''), path))
    return given


def _read(host: Host, trail: ev.Trail, facts: dict[str, t.Any], text: str) -> None:
    conf, path, errors = pptpd_conf.parse(text), facts['path'], facts['errors']
    for name, (value, line) in conf.directives.items():
        if name == 'connections' or name not in facts['directives']:
            facts['directives'][name] = [value[:1000] if value is not True else value, '%s:%d' % (path, line)]
    facts['ignored'] = [['%s:%d' % (path, line), why, line_text] for line, why, line_text in conf.ignored[:_MAX]]
    if conf.crlf:
        errors.append(['%s:%d' % (path, conf.crlf), 'crlf', 'lines end in CR LF'])
    for name in ('option', 'ppp', 'listen', 'localip', 'remoteip', 'connections'):
        if name in facts['directives'] and not facts['directives'][name][0].strip():
            errors.append([facts['directives'][name][1], 'missing-value', name])
    facts['option_file'] = _value(facts, 'option') or None
    number = re.match(r'\s*\+?(\d{1,6})', str(_value(facts, 'connections')))
    facts['connections'] = int(number.group(1)) if number and int(number.group(1)) else pptpd_conf.CONNECTIONS
    _pools(facts)
    _files(host, trail, facts)
    facts['errors'] = errors[:_MAX]


def _value(facts: dict[str, t.Any], name: str) -> str:
    return str(facts['directives'].get(name, [''])[0])


def _pools(facts: dict[str, t.Any]) -> None:
    facts['slots'] = facts['connections']
    if 'delegate' in facts['directives']:
        facts['localip'] = facts['remoteip'] = []
        return
    for name in ('remoteip', 'localip'):
        spec, source = facts['directives'].get(name, (pptpd_conf.DEFAULTS[name], ''))
        if not source:
            facts['defaults_used'].insert(0, name)
        pool = pptpd_conf.expand(spec, facts['slots'])
        facts[name] = [[pptpd_conf.dotted(first), pptpd_conf.dotted(last)] for first, last in pool.ranges]
        facts['errors'] += [[source, code, '%s %s' % (name, item)] for code, item in pool.errors if spec.strip()]
        if name == 'remoteip' or pool.size != 1:   # one local address serves all
            facts['slots'] = min(facts['slots'], pool.size)
        twice = pptpd_conf.overlap(pool.ranges) if name == 'remoteip' else None
        if twice is not None:
            facts['errors'].append([source, 'duplicate', 'remoteip ' + pptpd_conf.dotted(twice)])


def _files(host: Host, trail: ev.Trail, facts: dict[str, t.Any]) -> None:
    for name, code, usual in (('option', 'options-file-missing', ''), ('ppp', 'binary-missing', '/usr/sbin/pppd')):
        path = _value(facts, name) or usual
        if path.strip():
            reading = host.stat(path)
            trail.note(reading.evidence)
            if absent(reading) or path.endswith('\r'):
                source = facts['directives'].get(name, [None, facts['path']])[1]
                facts['errors'].append([source, code, path.strip()[:80]])
    listen = _value(facts, 'listen').strip()
    if re.match(r'[\d.]+\Z', listen) and listen != '0.0.0.0':
        own = _own_addresses(host, trail)
        if own and listen not in own:
            facts['errors'].append([facts['directives']['listen'][1], 'listen-not-local', listen])


def _own_addresses(host: Host, trail: ev.Trail) -> set[str]:
    text = trail.take(host.read('/proc/net/fib_trie'))
    if text:
        return set(re.findall(r'-- ([\d.]+)\n\s+/32 host LOCAL', text))
    output = trail.take(host.run('ip-addr'))
    return set(re.findall(r'\binet (?:addr:)?([\d.]+)', output.stdout)) if output else set()
