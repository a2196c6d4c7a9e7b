# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ask the RADIUS servers of a plan what the caller allows, and put the answers into facts.

Status-Server goes to all of them; the Access-Request of nobody only where Status-Server leaves something open or
settles the secret, and the login, once, to the first server that answered like one.
"""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.module_utils.probe import (
    radius_exchange as ex,
    radius_judge,
    radius_login,
    radius_requests as rq,
)
from ansible_collections.vpnops.pptp.plugins.module_utils.probe.radius_config import Plan, Problem, Server

Facts = t.Dict[str, t.Any]
CLIENT = 30              # seconds that a client waits for the answer to its login
SERVERS = 16             # asked at most: 8 of each kind are all that pppd reads (radiusclient.h, SERVER_MAX)
LOGIN_WAIT = 12.0        # seconds: FreeRADIUS ends an ntlm_auth after 10, also that of a user who is nobody
_USEFUL = (rq.AUTHENTIC, rq.MALFORMED, ex.TIMEOUT)


class Limits(t.NamedTuple):
    """*tries* of *wait* seconds for each request; no request beyond *total* seconds, but for what may wait for
    a domain controller: LOGIN_WAIT more."""

    tries: int = 2
    wait: float = 2.0
    total: float = 10.0


class World(t.NamedTuple):
    """What is not pure: the network, a clock in seconds, random bytes, our address towards another."""

    transport: ex.Transport
    clock: t.Callable[[], float]
    random: rq.Random
    source: t.Callable[[str, str], str]


class Login(t.NamedTuple):
    """A test account."""

    user: str
    password: str


class _Asked:
    """One server, and what it answered."""

    def __init__(self, server: Server, source: str) -> None:
        self.server, self.source = server, source
        self.status: Facts | None = None
        self.request: Facts | None = None
        self.login: Facts | None = None

    def facts(self) -> Facts:
        """Its row in ``servers``."""
        server = self.server
        return {'kind': server.kind, 'server': server.name[:80], 'port': server.port, 'address': server.address or None,
                'source': self.source or None, 'secret': server.source or None, 'status': self.status,
                'request': self.request, 'login': self.login,
                'reading': radius_judge.reading(server.kind, self.status, self.request)}


def probe(plan: Plan, send: t.Collection[str], login: Login | None, world: World, limits: Limits) -> Facts:
    """``pptp_radius_probe`` of docs/facts.md, without its evidence. *send* holds the words that are allowed."""
    end = world.clock() + limits.total + (LOGIN_WAIT if {rq.REQUEST, rq.LOGIN} & set(send) else 0)
    asked = [_Asked(server, world.source(server.address, plan.bind)) for server in plan.servers[:SERVERS]]
    able = [item for item in asked if item.server.secret is not None and item.server.address and send]
    ex.run([_chain(item, plan, send, world, limits) for item in able], world.transport, world.clock, end)
    problems = list(plan.problems)
    sent = [word for word, rows in ((rq.STATUS, [item.status for item in able]),
                                    (rq.REQUEST, [item.request for item in able])) if any(rows)]
    if login and rq.LOGIN in send:
        problems += _log_in(able, plan, login, world)
        sent += [rq.LOGIN] if any(item.login for item in able) else []
    return {'sent': sent, 'servers': [item.facts() for item in asked], 'budget': budget(plan),
            'bind': plan.bind or None, 'nas': plan.nas.get('identifier') or plan.nas.get('address') or None,
            'problems': [list(problem) for problem in problems[:20]]}


def _chain(item: _Asked, plan: Plan, send: t.Collection[str], world: World, limits: Limits) -> ex.Chain:
    """Status-Server, and then, of servers that check logins, the request of nobody."""
    server, secret = item.server, item.server.secret or b''
    if rq.STATUS in send:
        asked = rq.status(secret, world.random)
        answer = yield ex.Question(asked, server.address, server.port, plan.bind, limits.tries, limits.wait)
        item.status = radius_judge.row(answer, asked)
    sofar = radius_judge.reading(server.kind, item.status, None)
    if server.kind != 'auth' or not {rq.REQUEST, rq.LOGIN} & set(send) or sofar == 'wrong-service':
        return
    if item.status is None or item.status['result'] in _USEFUL:
        asked = rq.request(secret, _nas(item, plan), world.random)
        trusted = item.status is not None and item.status['result'] == rq.AUTHENTIC
        wait = max(limits.wait, LOGIN_WAIT / limits.tries) if trusted else limits.wait
        answer = yield ex.Question(asked, server.address, server.port, plan.bind, limits.tries, wait)
        item.request = radius_judge.row(answer, asked)


def _nas(item: _Asked, plan: Plan) -> dict[str, str]:
    return dict(plan.nas, source=item.source)


def _log_in(able: list[_Asked], plan: Plan, login: Login, world: World) -> list[Problem]:
    """One login, sent once: a second one may count as a second wrong password."""
    item = next((item for item in able if (item.request or {}).get('result') == rq.AUTHENTIC), None)
    if item is None:
        return [('pptp_login', 'not-sent', 'no server answers a request like those of pppd')]
    ex.run([_login_chain(item, plan, login, world)], world.transport, world.clock,
           world.clock() + LOGIN_WAIT + 1)
    return []


def _login_chain(item: _Asked, plan: Plan, login: Login, world: World) -> ex.Chain:
    server = item.server
    asked = rq.login(server.secret or b'', _nas(item, plan), login.user, login.password, world.random)
    answer = yield ex.Question(asked, server.address, server.port, plan.bind, 1, LOGIN_WAIT)
    item.login = {'user': login.user[:80], **radius_judge.row(answer, asked)}
    if answer.result == rq.AUTHENTIC:
        item.login.update(radius_login.judge(answer.data, asked, login.user, login.password))


def budget(plan: Plan) -> Facts:
    """How long pppd waits: *per_server* seconds for each that is silent, one after the other, first for the login and
    then, at ip-up, for accounting, against the seconds that a client waits."""
    each = plan.timeout * plan.retries if plan.timeout is not None and plan.retries is not None else None
    counts = {kind: len([server for server in plan.servers if server.kind == kind]) for kind in ('auth', 'acct')}
    return {'timeout': plan.timeout, 'retries': plan.retries, 'per_server': each, 'client': CLIENT,
            'auth': None if each is None else each * counts['auth'],
            'acct': None if each is None else each * counts['acct']}
