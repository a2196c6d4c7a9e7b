# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Planners for the options of pppd, in the file that pptpd hands to it; read at each login, so no session ends."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils import secrets
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_safe import nearest, path, source_path, word
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_step import GUESS, LOW, Answer, Case, Variables
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_words import handed

METHODS = ('require-pap', 'require-chap', 'require-mschap', 'require-eap')
UNDO = 'the old file, by the playbook rollback'
MTU = 1400          # fits paths of 1444 and more, PPPoE among them (docs/server-roles.md)
LEAST_MTU = 576     # RFC 791: what every link has to carry
OVERHEAD = 44       # GRE, IP, PPP and MPPE round a packet of the tunnel (RFC 2637 section 4.1, RFC 3078 section 3)

#: Words of other pppds, and what this one calls them; nothing where it does that anyway.
_MEANT = {
    'require-mschapv2': 'require-mschap-v2', 'require-chapms-v2': 'require-mschap-v2',
    '+chapms-v2': 'require-mschap-v2', 'require-chapms': 'require-mschap-v2', '+chapms': 'require-mschap-v2',
    'mppe': 'require-mppe-128', 'mppe-128': 'require-mppe-128', 'mppe-stateless': '',
    'nomppe-stateless': '', 'mppc': '', 'nomppc': '', 'mppe-40': '', 'mppe-56': '', 'refuse-mschapv2': '',
    'refuse-chapms': '', '-chapms': '', '-chapms-v2': '',
}
#: Codes of problems whose word can be made a comment without another meaning for the rest of the file.
_REFUSED = ('unknown-option', 'foreign-option', 'removed-option', 'bad-value', 'too-few-parameters')


def options(facts: Facts, present: t.Sequence[t.Any] = (), absent: t.Sequence[str] = (),
            disable: t.Sequence[str] = (), where: str | None = None) -> Variables | None:
    """Variables of a run of the role; ``None`` where the file has no plain path.

    *present*: names, or ``(name, value)``. The role itself asks pptpd where the facts name no file.
    """
    named = where or facts.text('pptp_conf', 'option_file') or facts.text('pptp_pppd', 'assumed')
    if named is not None and path(named) is None:
        return None
    rows = [{'name': item} if isinstance(item, str) else {'name': item[0], 'value': str(item[1])} for item in present]
    found: dict[str, t.Any] = {'pppd_options_path': named} if named else {}
    for name, value in (('present', rows), ('absent', list(absent)), ('disable', list(disable))):
        if value:
            found['pppd_options_' + name] = value
    return found


def stepped(case: Case, risk: str = LOW, **how: t.Any) -> list[Answer]:
    """The step with these options, or the no-op where the file is not known."""
    variables = options(case.facts, **how)
    return [handed(case)] if variables is None else [case.step('pppd_options', variables, risk, UNDO)]


def refused(case: Case) -> list[Answer]:
    """Lines that pppd refuses: become comments, with the option that was meant where that is beyond doubt."""
    answers: list[Answer] = []
    for source, code, text in case.facts.rows('pptp_pppd', 'problems', width=3) or []:
        if code not in _REFUSED:
            if code == 'option-before-plugin':
                answers += _plugin_first(case, str(text), source)
            elif code in ('unbalanced-quote', 'file-missing', 'cannot-override', 'include-loop', 'word-too-long'):
                answers.append(case.noop('the line has no safe reading: %s (%s)' % (code, source),
                                         'Correct %s: %s' % (source, text)))
            continue
        wrong, where = str(text).split(' ', maxsplit=1)[0], source_path(source)
        meant = _meant(wrong, code)
        if where is None or word(wrong.lstrip('+-')) is None:
            answers.append(case.noop('the word is not one that can be handed on (%s)' % source, 'Correct %s' % source))
            continue
        variables = options(case.facts, present=[meant] if meant else [], disable=[wrong], where=where)
        answers += [case.step('pppd_options', variables, LOW, UNDO)] if variables else [handed(case)]
    return answers


def _meant(wrong: str, code: t.Any) -> str:
    """The option that *wrong* stands for: a word of another pppd, or one with a slip of the pen."""
    if code == 'foreign-option':
        return _MEANT.get(wrong, '')
    return nearest(wrong) if code == 'unknown-option' else ''


def _plugin_first(case: Case, text: str, source: t.Any) -> list[Answer]:
    """``X wants plugin Y.so``: Y is named further down, and has to stand before X."""
    found = re.fullmatch(r'\S+ wants plugin ([a-z][a-z0-9-]{1,30}\.so)', text)
    plugins = [str(item.get('name')) for item in case.facts.maps('pptp_pppd', 'plugins') or []]
    named = [name for name in plugins if found and name.rsplit('/', 1)[-1] == found.group(1)]
    if not named or named[0] != (found.group(1) if found else ''):
        return [case.noop('the plugin that defines it is not named (%s)' % source, 'Correct %s: %s' % (source, text))]
    return stepped(case, present=[('plugin', named[0])])


def keyless(case: Case) -> list[Answer]:
    """MPPE is required: whoever comes in without MS-CHAPv2 fails anyway, so only it is required."""
    require = case.facts.items('pptp_pppd', 'effective', 'require')
    if require == ['mschap-v2'] and case.facts.flag('pptp_pppd', 'effective', 'auth') is not False:
        return [handed(case)]
    return stepped(case, present=['require-mschap-v2'], absent=[*METHODS, 'noauth'])


def encryption(case: Case) -> list[Answer]:
    """What the server offers, where that is not MPPE with 128 bits and no state."""
    facts = case.facts
    fine = facts.text('pptp_pppd', 'effective', 'mppe') == 'require' and \
        128 in (facts.items('pptp_pppd', 'effective', 'mppe_bits') or []) and \
        not any(facts.flag('pptp_pppd', 'effective', name) for name in ('noccp', 'mppe_stateful'))
    if fine:
        return [handed(case)]
    return stepped(case, present=['require-mppe-128'],
                   absent=['nomppe', 'noccp', 'nomppe-128', 'mppe-stateful', 'require-mppe-40'])


def broken_stream(case: Case) -> list[Answer]:
    """State between packets, which one lost packet breaks."""
    if case.facts.flag('pptp_pppd', 'effective', 'mppe_stateful'):
        return stepped(case, absent=['mppe-stateful'])
    return [handed(case)]


def methods(case: Case) -> list[Answer]:
    """No common method: where the server does not take MS-CHAPv2 it is the server's."""
    require = case.facts.items('pptp_pppd', 'effective', 'require')
    if require is None or 'mschap-v2' in require or not case.facts.flag('pptp_pppd', 'complete'):
        return [handed(case)]
    encrypted = case.facts.text('pptp_pppd', 'effective', 'mppe') == 'require'
    others_come_in = case.facts.number('pptp_logs', 'session_counts', 'up') != 0
    risk = GUESS if others_come_in and not encrypted else LOW
    return stepped(case, risk, present=['require-mschap-v2'], absent=METHODS)


def weak(case: Case) -> list[Answer]:
    """MS-CHAPv2 and MPPE with 128 bits, and nothing else: some who come in now will not any more."""
    return stepped(case, GUESS, present=['require-mschap-v2', 'require-mppe-128'],
                   absent=[*METHODS, 'noauth', 'nomppe', 'noccp', 'require-mppe-40'])


def name(case: Case) -> list[Answer]:
    """The server's name, where all lines of chap-secrets agree on another one."""
    from_file = {str(item.get('server')) for item in secrets.users(case.facts)}
    meant = word_of_server(from_file)
    if meant is None or not secrets.is_whole(case.facts):
        return [handed(case)]
    return stepped(case, present=[('name', meant)])


def word_of_server(columns: set[str]) -> str | None:
    """The one name in *columns*, if it is one and plain."""
    from_file = next(iter(columns)) if len(columns) == 1 else ''
    return from_file if re.fullmatch(r'[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62})', from_file) else None


def proxyarp(case: Case) -> list[Answer]:
    """The option."""
    return stepped(case, present=['proxyarp'])


def mtu(case: Case) -> list[Answer]:
    """What the outer link carries, or a narrower one of a router of the inventory, less what is put round a packet."""
    wan, now = case.facts.number('pptp_addressing', 'wan_mtu'), case.facts.number('pptp_pppd', 'effective', 'mtu')
    told = (proof.get('value') for proof in case.proofs('path_mtu'))
    narrow = [value for value in told if isinstance(value, int) and value is not True]
    wan = min(narrow + ([wan] if wan is not None else []), default=None)
    size = min(MTU, wan - OVERHEAD) if wan is not None else MTU
    if size < LEAST_MTU or now is not None and now <= size:
        return [case.noop('the tunnel is narrower than the outer link already: the narrow place is further away',
                          'Find what passes: ping -M do -s 1372 CLIENT through the tunnel, lower until it does, '
                          'and set mtu and mru to that plus 28.')]
    return stepped(case, present=[('mtu', size), ('mru', size)])


def trace(case: Case) -> list[Answer]:
    """pppd's debug."""
    return stepped(case, absent=['debug', 'dump', 'kdebug'])
