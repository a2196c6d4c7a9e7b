# Copyright: (c) 2026, vpnops.pptp maintainers
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The words of a plan: what a planner is given, and what it answers with."""

from __future__ import annotations

import typing as t

from ansible_collections.vpnops.pptp.plugins.plugin_utils import pools
from ansible_collections.vpnops.pptp.plugins.plugin_utils.facts import Facts

LOW = 'low'                     # a file of pptpd or pppd, read at the next login
FIREWALL = 'firewall'           # rules, changed under the guard
SESSIONS = 'session-drop'       # pptpd has to be restarted, which ends live sessions
PACKAGE = 'package'             # software is installed, and stays after a rollback
GUESS = 'guess'                 # the evidence leaves another reading, or the policy of the server changes
RISKS = (LOW, FIREWALL, SESSIONS, PACKAGE, GUESS)
#: Names of consent that say yes to a risk of any cause; the name of a cause says yes to this cause alone.
CONSENTS = {GUESS: 'guess', PACKAGE: 'packages'}

#: What no rollback takes back.
STAY = 'packages that were installed stay'
#: Reasons of no-ops that only need somebody to ask for them.
LEFT_OUT = 'pptp_only leaves it out'
WARNING = 'it is a warning: no login is known to fail by it'

#: Facts that :mod:`plan_fleet` adds: what other hosts of the run say of this one, or it of them.
FLEET = 'pptp_fleet'

Variables = t.Mapping[str, t.Any]


class Radius(t.NamedTuple):
    """What the inventory has for RADIUS, never a secret itself. *servers*: this host has ``radius_client_servers``,
    *secret*: and ``radius_client_secret``; *secrets*: VPN servers that have the latter; *clients*: names and addresses
    of ``freeradius_clients`` with a secret; *join*: an account that may join a domain."""

    servers: bool = False
    secret: bool = False
    secrets: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    join: bool = False


class Choices(t.NamedTuple):
    """What the admin chose. *only*: causes to fix, nothing means all that fail; *consent*: names of causes or of
    :data:`CONSENTS`; *drop*: live sessions may be ended; *users*: names for which a password is given;
    *addressed*: those for which addresses are, too; *given*: values of ``pptp_server_localip``,
    ``pptp_server_remoteip`` and the like that the inventory has; *radius*: what it has for RADIUS."""

    only: frozenset[str] = frozenset()
    consent: frozenset[str] = frozenset()
    drop: bool = False
    users: tuple[str, ...] = ()
    addressed: tuple[str, ...] = ()
    given: Variables = {}
    radius: Radius = Radius()


class Step(t.NamedTuple):
    """One thing to do: run *role* with *vars* because of *cause*; *why*: what the finding says; *undo*: what takes it
    back beside a rollback. *vars* hold words of ours and values that ``plan_safe`` let pass."""

    cause: str
    role: str
    vars: Variables
    risk: str = LOW
    why: str = ''
    consent: str | None = None
    undo: str = ''

    def as_dict(self) -> dict[str, t.Any]:
        """JSON form."""
        return dict(self._asdict(), vars=dict(self.vars))


class Noop(t.NamedTuple):
    """What is not done: *cause*, *why*, and the *words* to hand to *who* can do it."""

    cause: str
    why: str
    words: str
    who: str = 'you'

    def as_dict(self) -> dict[str, t.Any]:
        """JSON form."""
        return dict(self._asdict())


class Case(t.NamedTuple):
    """What a planner reads: the *finding* as the report has it, the *facts* of the host and the *choices*."""

    finding: dict[str, t.Any]
    facts: Facts
    choices: Choices

    @property
    def cause(self) -> str:
        """The cause of the finding."""
        return str(self.finding['cause'])

    @property
    def fix(self) -> dict[str, t.Any]:
        """The fix of the finding: ``summary``, ``role``, ``vars``, ``commands``."""
        return self.finding.get('fix') or {}

    def proofs(self, fact: str) -> list[dict[str, t.Any]]:
        """The evidence of *fact*, such as ``pptp_pppd.problems``."""
        return [item for item in self.finding.get('evidence') or [] if item.get('fact') == fact]

    def step(self, role: str, variables: Variables, risk: str = LOW, undo: str = '') -> Step:
        """A step for this case."""
        return Step(self.cause, role, variables, risk, why(self.finding), None, undo)

    def noop(self, reason: str, words: str = '', who: str = 'you') -> Noop:
        """A no-op for this case; without *words* those of the catalogue."""
        return Noop(self.cause, reason, words or str(self.fix.get('summary') or ''), who)


Answer = Step | Noop
Planner = t.Callable[[Case], t.Sequence[Answer]]


def why(finding: dict[str, t.Any]) -> str:
    """The title of *finding*, and where its first evidence stands."""
    sources = [str(item.get('source')) for item in finding.get('evidence') or [] if item.get('source')]
    return '%s (%s)' % (finding.get('title'), sources[0]) if sources else str(finding.get('title'))


def live(facts: Facts) -> int | None:
    """How many sessions are up; ``None`` when nothing tells."""
    busy = pools.busy(facts)
    if busy is not None:
        return busy
    rows = facts.rows('pptp_daemon', 'processes', width=2)
    return None if rows is None else sum(name == 'pppd' for name, _pid in rows)
