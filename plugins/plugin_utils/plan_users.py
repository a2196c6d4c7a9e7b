# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Planners for chap-secrets: what can be mended without a password, and passwords that the admin gives."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils import plan_options, pools, secrets
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_safe import name as plain_name, path
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_step import GUESS, LOW, Answer, Case, Variables
from ansible_collections.vpnops.pptp.plugins.plugin_utils.plan_words import handed

#: What the module chap_secret mends with ``repair``: lines with one reading, whatever the password is.
MENDED = ('missing-address-column', 'too-few-words', 'crlf', 'bom', 'nbsp')
_STRIPS = (2, 4, 9)      # the first pppd with chapms-strip-domain
_DOMAIN = re.compile(r'[^\\]{1,64}\\([A-Za-z0-9][A-Za-z0-9._-]{0,62})')


def _file(facts: Facts) -> Variables | None:
    named = secrets.path(facts)
    return {'chap_secrets_path': named} if path(named) else None


def stepped(case: Case, risk: str = LOW, **more: t.Any) -> list[Answer]:
    """A step of the role chap_secrets on the file in use."""
    place = _file(case.facts)
    if place is None:
        return [handed(case)]
    return [case.step('chap_secrets', dict(place, **more), risk, plan_options.UNDO)]


def with_password(case: Case, names: t.Iterable[str]) -> list[Answer]:
    """A step that sets the passwords of *names*, in the line that counts for each of them."""
    answers: list[Answer] = []
    for user in names:
        servers = {str(item.get('server')) for item in secrets.lines_of(case.facts, user)
                   if secrets.fits_server(case.facts, item) is not False}
        own = plain_name(secrets.server_name(case.facts))
        server = own if own in servers else '*'
        answers += stepped(case, users=[user], chap_secrets_server=server)
    return answers


def malformed(case: Case) -> list[Answer]:
    """Lines that are mended; those that are not, with the password where it was given."""
    bad: dict[str, set[str]] = {}
    for code, source, _text in secrets.problems(case.facts):
        if code in secrets.BREAKING or code == 'crlf':
            bad.setdefault(source, set()).add(code)
    answers: list[Answer] = []
    if any(codes.issubset(MENDED) for codes in bad.values()):
        answers += stepped(case, chap_secrets_repair=True)
    hard = [source for source, codes in bad.items() if not codes.issubset(MENDED)]
    by_line = {'%s:%s' % (secrets.path(case.facts), item.get('line')): str(item.get('client'))
               for item in secrets.users(case.facts)}
    names = [by_line.get(source, '') for source in hard]
    answers += with_password(case, dict.fromkeys(name for name in names if name in case.choices.users))
    left = [source for source, name in zip(hard, names, strict=True) if name not in case.choices.users]
    if left or not answers:
        noop = handed(case)
        answers.append(noop._replace(why='%s (%s)' % (noop.why, ', '.join(left[:5]))) if left else noop)
    return answers


def failing(facts: Facts) -> list[str]:
    """Users whose newest login failed. pppd's log writes a backslash of a name twice (utils.c, %q and %v)."""
    table = facts.table('pptp_logs', 'users') or {}
    found = [str(name) for name, row in table.items() if isinstance(row, dict) and row.get('last') == 'failed']
    sessions = [str(item['user']) for item in facts.maps('pptp_logs', 'sessions') or []
                if item.get('user') and item.get('outcome') == 'failed']
    return list(dict.fromkeys(name.replace('\\\\', '\\') for name in [*found, *sessions]))


def password(case: Case) -> list[Answer]:
    """What only a password cures, where the admin gave it; of a RADIUS server that its log tells who is refused."""
    if case.facts.text('pptp_host', 'role') == 'radius':
        logs = case.facts.flag('pptp_freeradius', 'log', 'rejects') is False
        return [case.step('freeradius', {'freeradius_log_rejects': True}, LOW, plan_options.UNDO)] if logs \
            else [handed(case)]
    if secrets.in_use(case.facts) is False:
        return [handed(case)]
    users = case.choices.users
    empty = case.facts.absent(secrets.SUBJECT, secrets.path(case.facts)) or \
        case.facts.number(secrets.SUBJECT, 'entries') == 0
    names = list(users) if empty else [name for name in failing(case.facts) if name in users]
    return with_password(case, names) or [handed(case)]


def addresses(case: Case) -> list[Answer]:
    """The addresses of users for whom the admin gave some, where theirs are what shuts them out."""
    names = [name for name in case.choices.addressed if name in _shut(case)]
    return with_password(case, names) or [handed(case)]


def _shut(case: Case) -> set[str]:
    """Users with a line that the finding names or that excludes the pool, and those whose newest login failed."""
    pool, lines = pools.pool(case.facts, 'remoteip'), secrets.users(case.facts)
    named = {str(proof.get('source')).rpartition(':')[2] for proof in case.finding.get('evidence') or []
             if str(proof.get('fact')).startswith(secrets.SUBJECT)}
    shut = {str(item.get('client')) for item in lines if str(item.get('line')) in named
            or item.get('addresses') == ['-'] or pool and pools.excludes(pool, item.get('addresses'))}
    return shut | set(failing(case.facts)) & {str(item.get('client')) for item in lines}


def version(facts: Facts) -> tuple[int, ...]:
    """Of pppd, as numbers; empty when not known."""
    return tuple(int(part) for part in re.findall(r'\d+', facts.text('pptp_pppd', 'version') or '')[:3])


def domain(case: Case) -> list[Answer]:
    """DOMAIN\\user: the user with a password given, or without the domain where that user has a line."""
    known = {str(item.get('client')) for item in secrets.users(case.facts)}
    names = [name for name in failing(case.facts) if name in case.choices.users]
    if names:
        return with_password(case, names)
    bare = [found.group(1) for found in map(_DOMAIN.fullmatch, failing(case.facts)) if found]
    if bare and all(name in known for name in bare) and version(case.facts) >= _STRIPS:
        return plan_options.stepped(case, GUESS, present=['chapms-strip-domain'])
    return [handed(case)]


def readable(case: Case) -> list[Answer]:
    """Root's, mode 0600: the role sees to it whatever else it does."""
    return stepped(case)
